import X86

/// x87 instructions (SDM Vol. 1 chapter 8; §5.2). Stack, tags, pointers and exceptions are kept here; values are computed by the host.
///
/// Masked exceptions give the host's default results. Unmasked invalid, denormal and zero-divide leave operands and stack alone; unmasked
/// overflow and underflow give the scaled result in registers, nothing in memory; inexact always stores. The fault itself comes with the next
/// waiting instruction.
extension Execution {
    func x87(_ i: UnsafePointer<Instruction>) throws(Fault) {
        let operation = unsafe i.pointee.operation
        switch operation {
        // These do not wait for pending exceptions, nor do they touch the pointers.
        case .FNINIT:
            s.fpu.initialize()
            updateFERR()
            return
        case .FNCLEX:
            s.fpu.status &= 0x7F00
            updateFERR()
            return
        case .FNSTSW_AX: return setReg(0, s.fpu.status)
        case .FNSTSW_M: return try unsafe write(i.pointee.segment, address(i), s.fpu.status)
        case .FNSTCW: return try unsafe write(i.pointee.segment, address(i), s.fpu.control)
        case .FNSTENV: return try unsafe storeEnvironment(i)
        case .FNSAVE: return try unsafe saveState(i)
        case .FNSETPM: return
        default: break
        }
        try checkPendingMathError()
        switch operation {
        case .FLDCW:
            s.fpu.control = try unsafe read(i.pointee.segment, address(i), as: UInt16.self) & 0x1F3F | 0x40
            s.fpu.summarize()
            updateFERR()
            return
        case .FLDENV: return try unsafe loadEnvironment(i)
        case .FRSTOR: return try unsafe restoreState(i)
        default: break
        }

        let fop = unsafe i.pointee.immediate2
        switch operation {
        case .FADD, .FMUL, .FSUB, .FSUBR, .FDIV, .FDIVR, .FIADD, .FIMUL, .FISUB, .FISUBR, .FIDIV, .FIDIVR: try unsafe arithmetic(i, pop: false)
        case .FADDP, .FMULP, .FSUBP, .FSUBRP, .FDIVP, .FDIVRP: try unsafe arithmetic(i, pop: true)
        case .FCOM, .FICOM, .FUCOM: try unsafe compare(i, pops: 0)
        case .FCOMP, .FICOMP, .FUCOMP: try unsafe compare(i, pops: 1)
        case .FCOMPP, .FUCOMPP: try unsafe compare(i, pops: 2)
        case .FCOMI, .FUCOMI: try unsafe compareToFlags(i, pops: 0)
        case .FCOMIP, .FUCOMIP: try unsafe compareToFlags(i, pops: 1)
        case .FTST: try unsafe compare(i, pops: 0)

        case .FLD_M32, .FLD_M64, .FILD, .FBLD: try unsafe loadConverted(i)
        case .FLD_M80:
            let segment = unsafe i.pointee.segment, at = unsafe address(i)
            let significand: UInt64 = try read(segment, at), exponent: UInt16 = try read(segment, at &+ 8)
            unsafe pointers(i)
            pushChecked(Extended(significand: significand, exponent: exponent))
        case .FLD_ST:
            unsafe pointers(i)
            let source = unsafe i.pointee.rm
            if s.fpu.isEmpty(source) {
                if !note(FPUState.Exception.stack, c1: false) { s.fpu.push(.indefinite) }
            } else {
                pushChecked(s.fpu[source])
            }
        case .FLD1, .FLDL2T, .FLDL2E, .FLDPI, .FLDLG2, .FLDLN2, .FLDZ:
            unsafe pointers(i)
            _ = try math.x87(fop, control: masked, loads: 0, results: 1, leftover: 0)
            pushChecked(try result(MathUnit.Slot.resultA))

        case .FST, .FSTP:
            unsafe pointers(i)
            let target = unsafe i.pointee.rm
            if s.fpu.isEmpty(0) {
                // D9 D8+i, an alias, pops an empty register without complaint.
                if fop & 0x7F8 == 0x1D8 {
                    s.fpu.status &= ~FPUState.c1
                    return s.fpu.pop()
                }
                if note(FPUState.Exception.stack, c1: false) { return }
                s.fpu[target] = .indefinite
            } else {
                s.fpu.status &= ~FPUState.c1
                s.fpu[target] = s.fpu[0]
            }
            if operation == .FSTP { s.fpu.pop() }
        case .FST_M32, .FST_M64: try unsafe storeConverted(i, pop: false)
        case .FSTP_M32, .FSTP_M64: try unsafe storeConverted(i, pop: true)
        case .FIST: try unsafe storeConverted(i, pop: false)
        case .FISTP, .FISTTP, .FBSTP: try unsafe storeConverted(i, pop: true)
        case .FSTP_M80:
            var value = s.fpu[0], flags: UInt16 = 0
            if s.fpu.isEmpty(0) {
                flags = FPUState.Exception.stack
                value = .indefinite
            }
            try unsafe probeWrite(i.pointee.segment, address(i), 10)
            if flags & ~s.fpu.control & 1 == 0 { try unsafe storeExtended(i.pointee.segment, address(i), value) }
            unsafe pointers(i)
            if !note(flags, c1: false) { s.fpu.pop() }

        case .FXCH:
            unsafe pointers(i)
            let other = unsafe i.pointee.rm
            if s.fpu.isEmpty(0) || s.fpu.isEmpty(other) {
                if note(FPUState.Exception.stack, c1: false) { return }
                if s.fpu.isEmpty(0) { s.fpu[0] = .indefinite }
                if s.fpu.isEmpty(other) { s.fpu[other] = .indefinite }
            }
            s.fpu.status &= ~FPUState.c1
            let old = s.fpu[0]
            s.fpu[0] = s.fpu[other]
            s.fpu[other] = old
        case .FCMOVCC:
            unsafe pointers(i)
            let source = unsafe i.pointee.rm
            if s.fpu.isEmpty(0) || s.fpu.isEmpty(source) {
                if !note(FPUState.Exception.stack, c1: false) { s.fpu[0] = .indefinite }
            } else if unsafe moveCondition(i.pointee.reg) {
                s.fpu[0] = s.fpu[source]
            }
        case .FCHS, .FABS:
            unsafe pointers(i)
            if underflows(0) { return }
            s.fpu.status &= ~FPUState.c1
            var value = s.fpu[0]
            value.exponent = operation == .FABS ? value.exponent & 0x7FFF : value.exponent ^ 0x8000
            s.fpu[0] = value
        case .FXAM:
            unsafe pointers(i)
            s.fpu.status = s.fpu.status & ~0x4700 | classOfTop

        case .FSQRT, .FRNDINT, .F2XM1, .FSIN, .FCOS:
            unsafe pointers(i)
            if operation == .FSIN || operation == .FCOS { s.fpu.status &= ~FPUState.c2 }
            if underflows(0) { return }
            try transcendental(
                fop, operands: 1, results: 1, leftover: 0, keepsC2: operation == .FSQRT || operation == .FRNDINT || operation == .F2XM1)
        case .FPREM, .FPREM1, .FSCALE:
            unsafe pointers(i)
            if operation != .FSCALE { s.fpu.status &= ~(s.fpu.isEmpty(0) || s.fpu.isEmpty(1) ? FPUState.c2 : 0) }
            if underflows(1) { return }
            let status = try prepare(fop, a: s.fpu[0], b: s.fpu[1], loads: 2, results: 1, leftover: 1)
            guard !blocks(status) else { return }
            s.fpu[0] = try result(MathUnit.Slot.resultA)
            note(status, conditions: operation == .FSCALE ? FPUState.c1 : 0x4700)
        case .FYL2X, .FYL2XP1, .FPATAN:
            unsafe pointers(i)
            if s.fpu.isEmpty(0) || s.fpu.isEmpty(1) {
                if note(FPUState.Exception.stack, c1: false) { return }
                s.fpu[1] = .indefinite
                s.fpu.pop()
                return
            }
            let status = try prepare(fop, a: s.fpu[0], b: s.fpu[1], loads: 2, results: 1, leftover: 0)
            guard !blocks(status) else { return }
            s.fpu[1] = try result(MathUnit.Slot.resultA)
            note(status)
            s.fpu.pop()
        case .FPTAN, .FSINCOS, .FXTRACT:
            unsafe pointers(i)
            try twoResults(fop, operation)

        case .FDECSTP:
            s.fpu.status &= ~FPUState.c1
            s.fpu.top = s.fpu.top &- 1
        case .FINCSTP:
            s.fpu.status &= ~FPUState.c1
            s.fpu.top = s.fpu.top &+ 1
        case .FFREE:
            s.fpu.status &= ~FPUState.c1
            unsafe s.fpu.free(i.pointee.rm)
        case .FFREEP:
            s.fpu.status &= ~FPUState.c1
            unsafe s.fpu.free(i.pointee.rm)
            s.fpu.pop()
        case .FNOP: break
        default: throw .invalidOpcode
        }
    }

    // MARK: Exceptions

    /// The guest's rounding and precision with all exceptions masked.
    private var masked: UInt16 { s.fpu.control & 0xF00 | 0x7F }

    /// Sets exception flags.
    /// - Returns: whether one of `flags` is unmasked.
    @discardableResult
    private func note(_ flags: UInt16, c1: Bool) -> Bool {
        if c1 { s.fpu.status |= FPUState.c1 } else { s.fpu.status &= ~FPUState.c1 }
        guard flags != 0 else { return false }
        s.fpu.status |= flags
        s.fpu.summarize()
        updateFERR()
        return flags & ~s.fpu.control & 0x3F != 0
    }

    /// Takes over flags, and those condition bits that the instruction defines, from the host's status word.
    private func note(_ status: UInt16, conditions: UInt16 = FPUState.c1) {
        s.fpu.status = s.fpu.status & ~conditions | status & conditions
        guard status & 0x3F != 0 else { return }
        s.fpu.status |= status & 0x3F
        s.fpu.summarize()
        updateFERR()
    }

    /// Whether an exception stops the operation before it changes anything; it is noted then.
    private func blocks(_ status: UInt16) -> Bool {
        guard status & ~s.fpu.control & 7 != 0 else { return false }
        note(status & 7, c1: false)
        return true
    }

    /// An operation of one or two operands whose result goes to ST(0): whether one of ST(0)...ST(last) is empty. The masked response is given.
    private func underflows(_ last: UInt8) -> Bool {
        guard s.fpu.isEmpty(0) || last > 0 && s.fpu.isEmpty(last) else { return false }
        if !note(FPUState.Exception.stack, c1: false) { s.fpu[0] = .indefinite }
        return true
    }

    /// FERR#, where CR0.NE leaves exceptions to the interrupt controller.
    func updateFERR() {
        guard s.cr0 & 0x20 == 0 else { return }
        owner.onFloatingPointError?(s.fpu.status & 0x80 != 0)
    }

    private func pushChecked(_ value: Extended) {
        if s.fpu.isEmpty(7) {
            s.fpu.status &= ~FPUState.c1
            s.fpu.push(value)
        } else if !note(FPUState.Exception.stack, c1: true) {
            s.fpu.push(.indefinite)
        }
    }

    /// FIP, FDP and FOP of the last non-control instruction.
    @inline(__always) private func pointers(_ i: UnsafePointer<Instruction>) {
        s.fpu.opcode = unsafe i.pointee.immediate2
        s.fpu.instructionPointer = instructionEIP
        s.fpu.instructionSelector = unsafe segment(1).pointee.selector
        if unsafe i.pointee.isMemory {
            s.fpu.dataPointer = unsafe address(i)
            s.fpu.dataSelector = unsafe segment(i.pointee.segment).pointee.selector
        }
    }

    // MARK: Running

    private func put(_ slot: Int, _ value: Extended) throws(Fault) {
        let math = try math
        math[slot] = value.significand
        math[slot + 8] = value.exponent
    }

    private func result(_ slot: Int) throws(Fault) -> Extended {
        let math = try math
        return Extended(significand: math[slot], exponent: math[slot + 8])
    }

    /// Overflow and underflow run unmasked where the guest has them so: the host then gives the scaled result (SDM Vol. 1 §8.5.4).
    @inline(__always)
    private func prepare(_ fop: UInt16, a: Extended, b: Extended, loads: Int, results: Int, leftover: Int) throws(Fault) -> UInt16 {
        try put(MathUnit.Slot.a, a)
        if loads > 1 { try put(MathUnit.Slot.b, b) }
        return try math.x87(fop, control: s.fpu.control & 0xF18 | 0x67, conditions: s.fpu.status, loads: loads, results: results, leftover: leftover)
    }

    private func transcendental(_ fop: UInt16, operands: Int, results: Int, leftover: Int, keepsC2: Bool) throws(Fault) {
        let status = try prepare(fop, a: s.fpu[0], b: .zero, loads: operands, results: results, leftover: leftover)
        guard !blocks(status) else { return }
        s.fpu[0] = try result(MathUnit.Slot.resultA)
        note(status, conditions: keepsC2 ? FPUState.c1 : FPUState.c1 | FPUState.c2)
    }

    private func twoResults(_ fop: UInt16, _ operation: Operation) throws(Fault) {
        if operation != .FXTRACT { s.fpu.status &= ~FPUState.c2 }
        if s.fpu.isEmpty(0) {
            if note(FPUState.Exception.stack, c1: false) { return }
            s.fpu[0] = .indefinite
            s.fpu.push(.indefinite)
            return
        }
        if !s.fpu.isEmpty(7) {
            if note(FPUState.Exception.stack, c1: true) { return }
            s.fpu[0] = .indefinite
            s.fpu.push(.indefinite)
            return
        }
        let status = try prepare(fop, a: s.fpu[0], b: .zero, loads: 1, results: 2, leftover: 0)
        guard !blocks(status) else { return }
        if operation != .FXTRACT && status & FPUState.c2 != 0 {
            // Out of range: nothing changes but C2.
            return note(status, conditions: FPUState.c1 | FPUState.c2)
        }
        s.fpu[0] = try result(MathUnit.Slot.resultB)
        s.fpu.push(try result(MathUnit.Slot.resultA))
        note(status, conditions: operation == .FXTRACT ? FPUState.c1 : FPUState.c1 | FPUState.c2)
    }

    // MARK: Arithmetic

    /// Reads the memory operand of `width` 2, 4, 8 or 10 bytes into the exchange area.
    private func operandToExchange(_ i: UnsafePointer<Instruction>) throws(Fault) {
        let math = try math
        let segment = unsafe i.pointee.segment, at = unsafe address(i)
        switch unsafe i.pointee.width {
        case 2: math[MathUnit.Slot.memory] = try read(segment, at) as UInt16
        case 4: math[MathUnit.Slot.memory] = try read(segment, at) as UInt32
        case 8: math[MathUnit.Slot.memory] = try read(segment, at) as UInt64
        default:
            let low: UInt64 = try read(segment, at), high: UInt16 = try read(segment, at &+ 8)
            math[MathUnit.Slot.memory] = low
            math[MathUnit.Slot.memory + 8] = high
        }
    }

    /// FOP of a memory form, with the operand in the exchange area.
    private func memoryForm(_ i: UnsafePointer<Instruction>) -> UInt16 { unsafe i.pointee.immediate2 & 0x738 | 0x47 }

    private func arithmetic(_ i: UnsafePointer<Instruction>, pop: Bool) throws(Fault) {
        if unsafe i.pointee.isMemory {
            try unsafe operandToExchange(i)
            unsafe pointers(i)
            if underflows(0) { return }
            let status = try prepare(unsafe memoryForm(i), a: s.fpu[0], b: .zero, loads: 1, results: 1, leftover: 0)
            guard !blocks(status) else { return }
            s.fpu[0] = try result(MathUnit.Slot.resultA)
            return note(status)
        }
        unsafe pointers(i)
        let other = unsafe i.pointee.rm
        let target = unsafe i.pointee.form == .stsi ? 0 : other
        if s.fpu.isEmpty(0) || s.fpu.isEmpty(other) {
            if note(FPUState.Exception.stack, c1: false) { return }
            s.fpu[target] = .indefinite
            if pop { s.fpu.pop() }
            return
        }
        // Always as ST(0) := ST(0) op ST(1), the target in ST(0).
        let kind: UInt16 =
            switch unsafe i.pointee.operation {
            case .FADD, .FADDP: 0
            case .FMUL, .FMULP: 1
            case .FSUB, .FSUBP: 4
            case .FSUBR, .FSUBRP: 5
            case .FDIV, .FDIVP: 6
            default: 7
            }
        let status = try prepare(0xC1 | kind << 3, a: s.fpu[target], b: s.fpu[target == 0 ? other : 0], loads: 2, results: 1, leftover: 1)
        guard !blocks(status) else { return }
        s.fpu[target] = try result(MathUnit.Slot.resultA)
        note(status)
        if pop { s.fpu.pop() }
    }

    // MARK: Comparisons

    private func compare(_ i: UnsafePointer<Instruction>, pops: Int) throws(Fault) {
        let operation = unsafe i.pointee.operation
        let status: UInt16
        if unsafe i.pointee.isMemory {
            try unsafe operandToExchange(i)
            unsafe pointers(i)
            if s.fpu.isEmpty(0) {
                unorderedByUnderflow(pops)
                return
            }
            // FICOM and FCOM m: the variant that does not pop, /2.
            status = try prepare(unsafe memoryForm(i) & ~8, a: s.fpu[0], b: .zero, loads: 1, results: 0, leftover: 1)
        } else {
            unsafe pointers(i)
            let other: UInt8 = unsafe operation == .FTST ? 0 : pops == 2 ? 1 : i.pointee.rm
            if s.fpu.isEmpty(0) || s.fpu.isEmpty(other) {
                unorderedByUnderflow(pops)
                return
            }
            if operation == .FTST {
                status = try prepare(0x1E4, a: s.fpu[0], b: .zero, loads: 1, results: 0, leftover: 1)
            } else {
                let isUnordered = operation == .FUCOM || operation == .FUCOMP || operation == .FUCOMPP
                status = try prepare(isUnordered ? 0x5E1 : 0x0D1, a: s.fpu[0], b: s.fpu[other], loads: 2, results: 0, leftover: 2)
            }
        }
        let isBlocked = blocks(status)
        // An unmasked denormal is reported with the result in place; only an invalid operand leaves the condition codes alone.
        if isBlocked && status & ~s.fpu.control & 1 != 0 { return }
        note(status & ~FPUState.c1, conditions: 0x4700)
        if !isBlocked { for _ in 0..<pops { s.fpu.pop() } }
    }

    private func unorderedByUnderflow(_ pops: Int) {
        s.fpu.status |= FPUState.c0 | FPUState.c2 | FPUState.c3
        if note(FPUState.Exception.stack, c1: false) { return }
        for _ in 0..<pops { s.fpu.pop() }
    }

    private func compareToFlags(_ i: UnsafePointer<Instruction>, pops: Int) throws(Fault) {
        unsafe pointers(i)
        let other = unsafe i.pointee.rm
        var flags: UInt32 = 0x45, isBlocked = false
        if s.fpu.isEmpty(0) || s.fpu.isEmpty(other) {
            if note(FPUState.Exception.stack, c1: false) { return }
        } else {
            let isUnordered = unsafe i.pointee.operation == .FUCOMI || i.pointee.operation == .FUCOMIP
            let status = try prepare(isUnordered ? 0x3E9 : 0x3F1, a: s.fpu[0], b: s.fpu[other], loads: 2, results: 0, leftover: 2)
            isBlocked = blocks(status)
            if isBlocked && status & ~s.fpu.control & 1 != 0 { return }
            // C1 is what the silicon makes of it: cleared by Intel's, left alone by AMD's.
            note(status)
            flags = UInt32(truncatingIfNeeded: try math[MathUnit.Slot.flags] as UInt64) & 0x8D5
        }
        setStatusFlags(flags)
        if !isBlocked { for _ in 0..<pops { s.fpu.pop() } }
    }

    /// B, E, BE, U and their opposites.
    private func moveCondition(_ code: UInt8) -> Bool {
        let holds =
            switch code & 3 {
            case 0: cf
            case 1: zf
            case 2: cf || zf
            default: pf
            }
        return holds != (code & 4 != 0)
    }

    /// FXAM: C1 is the sign, C3 C2 C0 the class (SDM Vol. 2A, FXAM).
    private var classOfTop: UInt16 {
        let value = s.fpu[0]
        let sign: UInt16 = value.exponent & 0x8000 != 0 ? FPUState.c1 : 0
        if s.fpu.isEmpty(0) { return sign | FPUState.c3 | FPUState.c0 }
        let exponent = value.exponent & 0x7FFF, isNormal = value.significand >> 63 != 0
        if exponent == 0 { return sign | FPUState.c3 | (value.significand == 0 ? 0 : FPUState.c2) }
        if !isNormal { return sign }
        if exponent == 0x7FFF { return sign | FPUState.c0 | (value.significand << 1 == 0 ? FPUState.c2 : 0) }
        return sign | FPUState.c2
    }

    // MARK: Loads and stores

    private func loadConverted(_ i: UnsafePointer<Instruction>) throws(Fault) {
        try unsafe operandToExchange(i)
        unsafe pointers(i)
        guard s.fpu.isEmpty(7) else { return pushChecked(.zero) }
        let status = try unsafe math.x87(memoryForm(i), control: masked, loads: 0, results: 1, leftover: 0)
        guard !blocks(status) else { return }
        s.fpu.push(try result(MathUnit.Slot.resultA))
        note(status & ~FPUState.c1)
    }

    private func storeConverted(_ i: UnsafePointer<Instruction>, pop: Bool) throws(Fault) {
        let math = try math
        let width = unsafe i.pointee.width, operation = unsafe i.pointee.operation
        var status: UInt16 = 0
        if s.fpu.isEmpty(0) {
            status = FPUState.Exception.stack
            switch operation {
            case .FST_M32, .FSTP_M32: math[MathUnit.Slot.memory] = 0xFFC0_0000 as UInt32
            case .FST_M64, .FSTP_M64: math[MathUnit.Slot.memory] = 0xFFF8_0000_0000_0000 as UInt64
            case .FBSTP:
                math[MathUnit.Slot.memory] = 0xC000_0000_0000_0000 as UInt64
                math[MathUnit.Slot.memory + 8] = 0xFFFF as UInt16
            default: math[MathUnit.Slot.memory] = width == 8 ? 1 << 63 : width == 4 ? 0x8000_0000 : 0x8000 as UInt64
            }
        } else {
            // The popping variant, so that the host's stack ends empty. All masked: a value that is not stored is not looked at.
            let isFloat = operation == .FST_M32 || operation == .FST_M64
            let fop = unsafe memoryForm(i) | (isFloat || operation == .FIST ? 8 : 0)
            try put(MathUnit.Slot.a, s.fpu[0])
            status = math.x87(fop, control: masked, loads: 1, results: 0, leftover: 0)
        }
        if status & ~s.fpu.control & 0x1F != 0 {
            try unsafe probeWrite(i.pointee.segment, address(i), UInt32(width))
            unsafe pointers(i)
            note(status & 0x1F | status & 0x40, c1: false)
            return
        }
        let segment = unsafe i.pointee.segment, at = unsafe address(i)
        switch width {
        case 2: try write(segment, at, math[MathUnit.Slot.memory] as UInt16)
        case 4: try write(segment, at, math[MathUnit.Slot.memory] as UInt32)
        case 8: try write(segment, at, math[MathUnit.Slot.memory] as UInt64)
        default: try storeExtended(segment, at, Extended(significand: math[MathUnit.Slot.memory], exponent: math[MathUnit.Slot.memory + 8]))
        }
        unsafe pointers(i)
        note(status & 0x7F, c1: status & FPUState.c1 != 0)
        if pop { s.fpu.pop() }
    }

    func storeExtended(_ segment: UInt8, _ at: UInt32, _ value: Extended) throws(Fault) {
        try probeWrite(segment, at, 10)
        try write(segment, at, value.significand)
        try write(segment, at &+ 8, value.exponent)
    }
}
