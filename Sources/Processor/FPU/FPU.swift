import X86

/// x87, MMX and SSE: what may run when, and the common state.
extension Execution {
    /// Executes an operation of the x87, MMX or SSE units.
    @inline(never)
    func executeFPU(_ i: UnsafePointer<Instruction>) throws(Fault) {
        let operation = unsafe i.pointee.operation
        if s.translation.holdsX87 != 0, unsafe i.pointee.usesX87Registers { owner.takeX87Back() }
        switch operation {
        case .WAIT:
            // CR0.MP and TS (SDM Vol. 3A table 9-3)
            if s.cr0 & 0xA == 0xA { throw .noMathCoprocessor }
            try checkPendingMathError()
        case .FXSAVE, .FXRSTOR:
            if s.cr0 & 0xC != 0 { throw .noMathCoprocessor }
            if operation == .FXSAVE { try unsafe fxsave(i) } else { try unsafe fxrstor(i) }
        case .LDMXCSR, .STMXCSR:
            try checkSSE()
            let at = unsafe address(i), segment = unsafe i.pointee.segment
            if operation == .STMXCSR {
                try write(segment, at, s.fpu.mxcsr)
            } else {
                let value: UInt32 = try read(segment, at)
                if value & ~FPUState.mxcsrMask != 0 { throw .protection(0) }
                s.fpu.mxcsr = value
            }
        default:
            if operation.isVector {
                try unsafe vector(i)
            } else if operation.isFPU {
                if s.cr0 & 0xC != 0 { throw .noMathCoprocessor }
                try unsafe x87(i)
            } else {
                throw .invalidOpcode
            }
        }
    }

    /// The host's units, built at the first use.
    @inline(__always) var math: MathUnit {
        get throws(Fault) {
            if let unit = owner.mathUnit { return unsafe unsafeDowncast(unit, to: MathUnit.self) }
            return try buildMath()
        }
    }

    @inline(never) private func buildMath() throws(Fault) -> MathUnit {
        do {
            let unit = try MathUnit()
            owner.mathUnit = unit
            return unit
        } catch {
            // The host has no memory left for a page of stubs: the guest sees no coprocessor.
            throw .noMathCoprocessor
        }
    }

    // MARK: May it run?

    /// SDM Vol. 3A §13.1, table 13-1
    @inline(__always) func checkSSE() throws(Fault) {
        if s.cr0 & 4 != 0 || s.cr4 & 0x200 == 0 { throw .invalidOpcode }
        if s.cr0 & 8 != 0 { throw .noMathCoprocessor }
    }

    /// SDM Vol. 3A table 12-1
    @inline(__always) func checkMMX() throws(Fault) {
        if s.cr0 & 4 != 0 { throw .invalidOpcode }
        if s.cr0 & 8 != 0 { throw .noMathCoprocessor }
        try checkPendingMathError()
    }

    /// An unmasked exception of an earlier x87 instruction is reported now: by #MF, or, where CR0.NE leaves that to the board, by standing still until
    /// the interrupt that FERR# asked for (SDM Vol. 1 appendix D.2), unless IGNNE# says to go on.
    @inline(__always) func checkPendingMathError() throws(Fault) {
        guard s.fpu.status & 0x80 != 0 else { return }
        if s.cr0 & 0x20 != 0 { throw .mathError }
        if !s.ignoresMathErrors { throw .standstill }
    }
}

/// An 80-bit extended value (SDM Vol. 1 §4.2.2).
struct Extended: Equatable {
    var significand: UInt64
    /// Sign and exponent.
    var exponent: UInt16

    /// The QNaN that masked invalid operations give.
    static let indefinite = Extended(significand: 0xC000_0000_0000_0000, exponent: 0xFFFF)
    static let zero = Extended(significand: 0, exponent: 0)
}

extension FPUState {
    /// Bits of MXCSR that may be set, as FXSAVE reports them: all sixteen, with DAZ.
    static let mxcsrMask: UInt32 = 0xFFFF

    /// Exception flags of the status word.
    enum Exception {
        static let invalid: UInt16 = 1, denormal: UInt16 = 2, zeroDivide: UInt16 = 4, overflow: UInt16 = 8, underflow: UInt16 = 16,
            precision: UInt16 = 32
        static let stack: UInt16 = 0x41
    }
    static let c0: UInt16 = 0x100, c1: UInt16 = 0x200, c2: UInt16 = 0x400, c3: UInt16 = 0x4000

    var top: UInt16 {
        get { status >> 11 & 7 }
        set { status = status & ~0x3800 | (newValue & 7) << 11 }
    }

    /// The physical register of ST(i).
    @inline(__always) func physical(_ st: UInt8) -> Int { Int((top &+ UInt16(st)) & 7) }
    @inline(__always) func isEmpty(_ st: UInt8) -> Bool { tags >> UInt16(physical(st) * 2) & 3 == 3 }
    @inline(__always) func isEmpty(physical number: Int) -> Bool { tags >> UInt16(number * 2) & 3 == 3 }

    /// ST(i). Setting marks it valid: the full tag is worked out when someone stores it.
    @inline(__always) subscript(_ st: UInt8) -> Extended {
        get {
            let number = physical(st)
            return Extended(significand: registers[number * 2], exponent: UInt16(truncatingIfNeeded: registers[number * 2 + 1]))
        }
        set {
            let number = physical(st)
            registers[number * 2] = newValue.significand
            registers[number * 2 + 1] = UInt64(newValue.exponent)
            tags &= ~(3 << UInt16(number * 2))
        }
    }

    @inline(__always) mutating func push(_ value: Extended) {
        top = top &- 1
        self[0] = value
    }

    @inline(__always) mutating func free(_ st: UInt8) { tags |= 3 << UInt16(physical(st) * 2) }

    @inline(__always) mutating func pop() {
        free(0)
        top = top &+ 1
    }

    /// The tag word as software sees it: 0 valid, 1 zero, 2 special, 3 empty.
    var fullTags: UInt16 {
        var result: UInt16 = 0
        for number in 0..<8 {
            let tag: UInt16
            if isEmpty(physical: number) {
                tag = 3
            } else {
                let significand = registers[number * 2], exponent = registers[number * 2 + 1] & 0x7FFF
                if exponent == 0 {
                    tag = significand == 0 ? 1 : 2
                } else {
                    tag = exponent == 0x7FFF || significand >> 63 == 0 ? 2 : 0
                }
            }
            result |= tag << UInt16(number * 2)
        }
        return result
    }

    /// ES and B follow from flags and masks.
    mutating func summarize() {
        if status & ~control & 0x3F != 0 { status |= 0x8080 } else { status &= ~0x8080 }
    }

    /// FNINIT
    mutating func initialize() {
        control = 0x37F
        status = 0
        tags = 0xFFFF
        opcode = 0
        instructionPointer = 0
        dataPointer = 0
        instructionSelector = 0
        dataSelector = 0
    }

    // MMX registers lie over the physical x87 registers (SDM Vol. 1 §9.2.1).
    @inline(__always) func mmx(_ number: UInt8) -> UInt64 { registers[Int(number & 7) * 2] }
    @inline(__always) mutating func setMMX(_ number: UInt8, _ value: UInt64) {
        registers[Int(number & 7) * 2] = value
        registers[Int(number & 7) * 2 + 1] = 0xFFFF
    }
    /// Every MMX instruction but EMMS makes all tags valid and TOP 0.
    @inline(__always) mutating func enterMMX() {
        tags = 0
        status &= ~0x3800
    }
}
