@testable import Processor
import TestSupport
@testable import X86

/// Writes instructions: a row of the table with all that its encoding leaves open, drawn so that it works on what the registers hold now.
struct Encoder {
    /// Where memory operands go: a linear address for an operand of up to `size` bytes.
    typealias Target = (_ random: inout RandomSource, _ size: Int, _ isAligned: Bool) -> UInt32

    let world: World
    let scout: Scout
    var random: RandomSource
    var target: Target
    /// Prefixes that change nothing but lengths and sizes, in percent.
    var prefixes = 12
    /// Operands that memory shall hold: physical address and bytes.
    private(set) var patches: [(physical: UInt32, bytes: [UInt8])] = []

    init(_ world: World, _ scout: Scout, seed: UInt64, target: @escaping Target = Encoder.plainTarget) {
        (self.world, self.scout, self.target) = (world, scout, target)
        random = RandomSource(seed: seed)
    }

    /// Mostly within the data pages, often at the end of one.
    static func plainTarget(_ random: inout RandomSource, _ size: Int, _ isAligned: Bool) -> UInt32 {
        let bytes = World.dataPages << 12
        var at: Int
        switch random.below(20) {
        case 0...11: at = random.below(bytes - 0x200)
        case 12...14: at = (1 + random.below(World.dataPages - 1)) << 12 - random.below(size + 1)
        case 15, 16: return World.stack + UInt32(random.below(World.stackPages << 12 - 0x200))
        case 17: return Board.device + UInt32(random.below(0xF00))
        default: at = random.below(0x40)
        }
        if isAligned { at &= ~15 }
        return World.data + UInt32(at)
    }

    private var bases: [UInt32] { (0..<6).map { scout.e.s.segments[$0].base } }

    // MARK: Rows

    /// What would leave the code, or has an idiom of its own.
    static let excluded: Set<Operation> = [
        .HLT, .JMP, .JCC, .CALL, .JECXZ, .LOOP, .LOOPE, .LOOPNE, .JMP_E, .CALL_E, .JMP_FAR, .JMP_FAR_E, .CALL_FAR, .CALL_FAR_E, .RET, .RET_FAR, .IRET,
        .INT, .INT3, .INT1, .SYSENTER, .SYSEXIT, .RSM, .MOVS, .CMPS, .STOS, .LODS, .SCAS, .INS, .OUTS, .XLAT,
    ]
    static let branches: Set<Operation> = [.JMP, .JCC, .CALL, .JECXZ, .LOOP, .LOOPE, .LOOPNE]
    static let strings: Set<Operation> = [.MOVS, .CMPS, .STOS, .LODS, .SCAS, .INS, .OUTS, .XLAT]

    /// Operations that leave flags alone where the manual calls them undefined: what stands there then depends on who still wants it.
    static func leavesUndefinedFlags(_ form: InstructionForm) -> Bool {
        ![.AND, .OR, .XOR, .TEST].contains(form.row.operation) && !form.row.flags.undefined.isEmpty
    }

    mutating func drawRow(weights: (Int, Int, Int) = (70, 15, 15), where isWanted: (InstructionForm) -> Bool) -> InstructionForm {
        while true {
            let weight = random.below(weights.0 + weights.1 + weights.2)
            let unit: InstructionForm.Unit = weight < weights.0 ? .integer : weight < weights.0 + weights.1 ? .x87 : .vector
            // Half by operation, so that one with a single row is as likely as one with twenty.
            let index =
                random.chance(50) ? random.pick(random.pick(InstructionForm.byOperation)) : random.below(InstructionForm.all.count)
            let form = InstructionForm.all[index]
            if form.unit == unit && isWanted(form) { return form }
        }
    }

    // MARK: Bytes

    /// The bytes of one instruction. Relative branches lead `distance` bytes on from behind themselves.
    mutating func encode(_ form: InstructionForm, distance: UInt32 = 0, isMemory wanted: Bool? = nil) -> [UInt8] {
        let row = form.row
        var code: [UInt8] = []
        var operand16 = world.mode.is16, address16 = world.mode.is16
        var segment: Int?
        let isString = Self.strings.contains(row.operation)
        if form.unit != .vector && row.prefix == nil && !Self.branches.contains(row.operation) && random.chance(prefixes) {
            code.append(0x66)
            operand16.toggle()
        }
        if random.chance(prefixes / 2) && !isString {
            code.append(0x67)
            address16.toggle()
        }
        if random.chance(prefixes / 2) {
            let number = random.below(6)
            code.append([0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65][number])
            segment = number
        }
        let isMemory = form.allowsMemory && (!form.allowsRegister || wanted ?? random.chance(60))
        let mayLock = row.entry.properties.contains(.lock)
        if mayLock && isMemory && random.chance(prefixes) { code.append(0xF0) }
        if isString && row.operation != .XLAT && random.chance(60) { code.append(random.chance(60) ? 0xF3 : 0xF2) }
        if let prefix = row.prefix, prefix > 0 { code.append([0, 0x66, 0xF3, 0xF2][Int(prefix)]) }
        if row.map > 0 { code.append(0x0F) }
        if row.map > 1 { code.append(row.map == 2 ? 0x38 : 0x3A) }
        code.append(row.opcode)
        switch form.modRM {
        case .none: break
        case .fixed(let byte, let choices): code.append(byte &+ UInt8(random.below(choices)))
        case .any, .digit:
            var reg = UInt8(random.below(8))
            if case .digit(let digit) = form.modRM { reg = digit }
            // A stack pointer that is not one ends most programs.
            if reg == 4, row.operands.first?.first == "G", random.chance(90) { reg = 0 }
            if isMemory {
                emitMemory(reg, row, address16: address16, segment: segment, &code)
            } else {
                var rm = UInt8(random.below(8))
                if rm == 4, row.operands.first?.first == "E", random.chance(90) { rm = 1 }
                code.append(0xC0 | reg << 3 | rm)
            }
        }
        emitImmediate(row, operand16: operand16, address16: address16, segment: segment, distance: distance, &code)
        return code
    }

    private mutating func emitImmediate(
        _ row: InstructionRow, operand16: Bool, address16: Bool, segment: Int?, distance: UInt32, _ code: inout [UInt8]
    ) {
        switch row.entry.immediate {
        case .none: break
        case .byte, .signedByte:
            var value = random.chance(50) ? random.word() & 0xFF : Values.integer(&random) & 0xFF
            if row.operation == .AAM && random.chance(60) { value = 10 }
            if row.operation == .IN_I || row.operation == .OUT_I { value = 0xF4 }
            code += value.bytes(1)
        case .relativeByte: code += distance.bytes(1)
        case .relativeZ: code += distance.bytes(operand16 ? 2 : 4)
        case .word: code += (random.chance(80) ? UInt32(random.below(40)) : random.word()).bytes(2)
        case .z: code += Values.integer(&random).bytes(operand16 ? 2 : 4)
        case .far: code += Values.integer(&random).bytes(operand16 ? 2 : 4) + UInt32(random.pick(world.selectors)).bytes(2)
        case .wordByte: code += UInt32(random.below(200)).bytes(2) + UInt32(random.chance(80) ? random.below(4) : random.below(256)).bytes(1)
        case .offset:
            let linear = world.window &+ target(&random, Self.size(row), false)
            code += (linear &- bases[segment ?? 3]).bytes(address16 ? 2 : 4)
        }
    }

    private static func size(_ row: InstructionRow) -> Int { row.entry.width == Entry.operandSized ? 4 : max(1, Int(row.entry.width)) }

    private mutating func emitMemory(_ reg: UInt8, _ row: InstructionRow, address16: Bool, segment: Int?, _ code: inout [UInt8]) {
        let isAligned = row.entry.properties.contains(.aligned) && random.chance(95) || row.operation == .FXSAVE || row.operation == .FXRSTOR
        let physical = target(&random, Self.size(row), isAligned)
        let linear = world.window &+ physical
        patch(physical, row)
        let bases = bases, e = scout.e
        func register(_ number: Int) -> UInt32 { e.reg(UInt8(number)) }
        func isByte(_ value: UInt32) -> Bool { Int32(bitPattern: value) == Int32(Int8(truncatingIfNeeded: value)) }
        if address16 {
            let rm = random.below(9)
            let (base, index): (Int?, Int?) = [(3, 6), (3, 7), (5, 6), (5, 7), (6, nil), (7, nil), (5, nil), (3, nil), (nil, nil)][rm]
            let wanted = linear &- bases[segment ?? (base == 5 ? 2 : 3)]
            let sum = (base.map(register) ?? 0) &+ (index.map(register) ?? 0)
            let value = UInt32(bitPattern: Int32(Int16(truncatingIfNeeded: wanted &- sum)))
            if rm == 8 {
                code.append(reg << 3 | 6)
                code += wanted.bytes(2)
            } else if isByte(value) && random.chance(80) {
                code.append(0x40 | reg << 3 | UInt8(rm))
                code += value.bytes(1)
            } else {
                code.append(0x80 | reg << 3 | UInt8(rm))
                code += value.bytes(2)
            }
            return
        }
        switch random.below(10) {
        case 0...2:
            code.append(reg << 3 | 5)
            code += (linear &- bases[segment ?? 3]).bytes(4)
        case 3...6:
            let base = random.below(8)
            let value = linear &- bases[segment ?? (base == 4 || base == 5 ? 2 : 3)] &- register(base)
            let isShort = isByte(value) && random.chance(80)
            code.append((isShort ? 0x40 : 0x80) | reg << 3 | UInt8(base))
            if base == 4 { code.append(0x24) }
            code += value.bytes(isShort ? 1 : 4)
        default:
            let base = random.below(8), scale = UInt32(random.below(4))
            var index = random.below(8)
            if index == 4 { index = 1 }
            let value = linear &- bases[segment ?? (base == 4 || base == 5 ? 2 : 3)] &- register(base) &- register(index) << scale
            code.append(0x84 | reg << 3)
            code.append(UInt8(scale) << 6 | UInt8(index) << 3 | UInt8(base))
            code += value.bytes(4)
        }
    }

    /// Puts a fitting operand where the instruction will look; most of memory is random, and good enough.
    private mutating func patch(_ physical: UInt32, _ row: InstructionRow) {
        var bytes: [UInt8]
        switch row.operation {
        case .LDMXCSR: bytes = Registers.drawMXCSR(&random).bytes(4)
        case .FLDCW: bytes = Registers.drawControl(&random).bytes(2)
        case .FXRSTOR: bytes = Registers.drawFloatingPoint(&random)
        case .FLDENV, .FRSTOR: bytes = UInt32(Registers.drawControl(&random)).bytes(4) + UInt32(0).bytes(4) + random.word().bytes(4)
        case .LOAD_FAR:
            bytes = random.word().bytes(4) + UInt32(random.pick(world.selectors)).bytes(2)
            if world.mode.is16 { bytes = random.word().bytes(2) + UInt32(random.pick(world.selectors)).bytes(4) }
        case .MOV_SEG_LOAD, .LAR, .LSL, .VERR, .VERW, .ARPL: bytes = UInt32(random.pick(world.selectors)).bytes(2)
        case .CMPXCHG, .CMPXCHG8B: bytes = scout.e.eax.bytes(4) + scout.e.edx.bytes(4)
        case .DIV, .IDIV: bytes = (random.word() | 0x4000_4040).bytes(4)
        default:
            guard random.chance(30) else { return }
            switch row.entry.width {
            case 10:
                let value = Values.extended(&random)
                bytes = value.significand.bytes(8) + UInt32(value.exponent).bytes(2)
            case 4 where row.operation.isFPU: bytes = Values.single(&random).bytes(4)
            case 8 where row.operation.isFPU: bytes = Values.double(&random).bytes(8)
            case 16: bytes = Values.vector(&random).littleEndianBytes
            default: bytes = Values.integer(&random).bytes(4)
            }
        }
        guard physical >= World.data, Int(physical) + bytes.count <= Board.ramSize, physical < World.tables else { return }
        patches.append((physical, bytes))
        scout.patch(physical, bytes)
    }

    /// Loads a register with an offset that reaches a linear address through a segment.
    func load(_ number: UInt8, _ value: UInt32) -> [UInt8] { (world.mode.is16 ? [0x66] : []) + [0xB8 + number] + value.bytes(4) }
}
