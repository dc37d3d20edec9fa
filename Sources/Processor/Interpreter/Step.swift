import X86

/// The forms of instructions that programs are mostly made of, each a case of `execute`'s one switch: operation, operand size and where the operands
/// stand are settled when the block is built, not every time it runs. Names: operation, then R register, M memory, I immediate, in the order
/// destination, source; 32-bit operands unless a number says otherwise. All have 32-bit addresses.
enum Step: UInt8 {
    /// Whatever has no short cut.
    case general = 0
    case fall, leave
    case moveRR, moveRI, moveRM, moveMR, moveMI, move8RR, move8RI, move8RM, move8MR, move8MI
    case zero8R, zero8M, zero16R, zero16M, sign8R, sign8M, sign16R, sign16M
    case lea
    case addRR, addRI, addRM, addMR, addMI
    case orRR, orRI, orRM, orMR, orMI
    case adcRR, adcRI, adcRM, adcMR, adcMI
    case sbbRR, sbbRI, sbbRM, sbbMR, sbbMI
    case andRR, andRI, andRM, andMR, andMI
    case subRR, subRI, subRM, subMR, subMI
    case xorRR, xorRI, xorRM, xorMR, xorMI
    case compareRR, compareRI, compareRM, compareMR, compareMI
    case testRR, testRI, testMR, testMI
    case compare8RR, compare8RI, compare8RM, compare8MR, compare8MI
    case test8RR, test8RI, test8MI
    case increment, decrement
    case shiftLeft, shiftRight, shiftArithmetic
    case multiplyRR, multiplyRM, multiplyRRI, multiplyR, multiplyM
    case pushR, pushI, pushM, popR
    case jump, call, ret
    case jumpIf
    case jumpIfZero, jumpIfNotZero, jumpIfCarry, jumpIfNotCarry, jumpIfSign, jumpIfNotSign
    case moveIfRR

    init(for i: Instruction) {
        self = .general
        if i.operation == .BLOCK_FALL { self = .fall }
        if i.operation == .BLOCK_LEAVE { self = .leave }
        guard i.prefixes.rawValue & Instruction.Prefixes.unusual.rawValue == 0 else { return }
        switch i.operation {
        case .MOV: self = Self.move(i)
        case .MOVZX where !i.isOperand16:
            self = i.width == 1 ? (i.isMemory ? .zero8M : .zero8R) : (i.isMemory ? .zero16M : .zero16R)
        case .MOVSX where !i.isOperand16:
            self = i.width == 1 ? (i.isMemory ? .sign8M : .sign8R) : (i.isMemory ? .sign16M : .sign16R)
        case .LEA where i.width == 4: self = .lea
        case .ADD: self = Self.binary(i, .addRR)
        case .OR: self = Self.binary(i, .orRR)
        case .ADC: self = Self.binary(i, .adcRR)
        case .SBB: self = Self.binary(i, .sbbRR)
        case .AND: self = Self.binary(i, .andRR)
        case .SUB: self = Self.binary(i, .subRR)
        case .XOR: self = Self.binary(i, .xorRR)
        case .CMP: self = i.width == 1 ? Self.binary8(i, .compare8RR) : Self.binary(i, .compareRR)
        case .TEST: self = Self.test(i)
        case .INC where i.width == 4 && !i.isMemory: self = .increment
        case .DEC where i.width == 4 && !i.isMemory: self = .decrement
        case .SHL where i.width == 4 && !i.isMemory && i.form != .ecl: self = .shiftLeft
        case .SHR where i.width == 4 && !i.isMemory && i.form != .ecl: self = .shiftRight
        case .SAR where i.width == 4 && !i.isMemory && i.form != .ecl: self = .shiftArithmetic
        case .IMUL_G where i.width == 4:
            if i.form == .gei { self = i.isMemory ? .general : .multiplyRRI } else { self = i.isMemory ? .multiplyRM : .multiplyRR }
        case .MUL where i.width == 4: self = i.isMemory ? .multiplyM : .multiplyR
        case .PUSH where i.width == 4: self = i.form == .i ? .pushI : i.isMemory ? .pushM : .pushR
        case .POP where i.width == 4 && !i.isMemory: self = .popR
        case .JMP where !i.isOperand16: self = .jump
        case .CALL where !i.isOperand16: self = .call
        case .RET where !i.isOperand16: self = .ret
        case .JCC where !i.isOperand16: self = Self.jumpIf(i)
        case .CMOVCC where i.width == 4 && !i.isMemory: self = .moveIfRR
        default: break
        }
    }

    private static func move(_ i: Instruction) -> Step {
        let register: Step, immediate: Step, load: Step, store: Step, storeImmediate: Step
        switch i.width {
        case 4: (register, immediate, load, store, storeImmediate) = (.moveRR, .moveRI, .moveRM, .moveMR, .moveMI)
        case 1: (register, immediate, load, store, storeImmediate) = (.move8RR, .move8RI, .move8RM, .move8MR, .move8MI)
        default: return .general
        }
        switch i.form {
        case .ge: return i.isMemory ? load : .general
        case .eg: return i.isMemory ? store : register
        case .ei: return i.isMemory ? storeImmediate : immediate
        case .ri: return immediate
        default: return .general
        }
    }

    /// The step of a binary operation whose five steps begin with `first`: RR, RI, RM, MR, MI.
    private static func binary(_ i: Instruction, _ first: Step) -> Step { i.width == 4 ? five(i, first) : .general }
    private static func binary8(_ i: Instruction, _ first: Step) -> Step { i.width == 1 ? five(i, first) : .general }

    private static func five(_ i: Instruction, _ first: Step) -> Step {
        let distance: UInt8
        switch i.form {
        case .eg: distance = i.isMemory ? 3 : 0
        case .ei: distance = i.isMemory ? 4 : 1
        // Between registers this form's destination is `reg`; assemblers prefer the other one.
        case .ge: distance = i.isMemory ? 2 : 255
        default: distance = 255
        }
        return distance == 255 ? .general : Step(rawValue: first.rawValue + distance) ?? .general
    }

    private static func test(_ i: Instruction) -> Step {
        switch (i.width, i.form, i.isMemory) {
        case (4, .eg, false): .testRR
        case (4, .eg, true): .testMR
        case (4, .ei, false): .testRI
        case (4, .ei, true): .testMI
        case (1, .eg, false): .test8RR
        case (1, .ei, false): .test8RI
        case (1, .ei, true): .test8MI
        default: .general
        }
    }

    private static func jumpIf(_ i: Instruction) -> Step {
        switch i.reg {
        case 2: .jumpIfCarry
        case 3: .jumpIfNotCarry
        case 4: .jumpIfZero
        case 5: .jumpIfNotZero
        case 8: .jumpIfSign
        case 9: .jumpIfNotSign
        default: .jumpIf
        }
    }
}
