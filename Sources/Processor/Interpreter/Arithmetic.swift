import X86

/// Binary arithmetic and logic (SDM Vol. 1 §5.1.2 and §5.1.4): each is a pure function of two operands that leaves the flags behind.
protocol BinaryOperation {
    static func apply<T: FixedWidthInteger & UnsignedInteger>(_ e: Execution, _ a: T, _ b: T) -> T
}

extension Execution {
    /// Moves a vector of carries so that the operand's top bit comes to bit 31; AF stays bit 3.
    @inline(__always) private func setCarries<T: FixedWidthInteger & UnsignedInteger>(_ carries: T) {
        let wide = UInt32(truncatingIfNeeded: carries)
        s.flagCarries = T.bitWidth == 32 ? wide : wide &<< UInt32(32 - T.bitWidth) | wide & 8
    }
    @inline(__always) func add<T: FixedWidthInteger & UnsignedInteger>(_ a: T, _ b: T, carry: T = 0) -> T {
        let result = a &+ b &+ carry
        setCarries(a & b | (a | b) & ~result)
        setResult(result)
        return result
    }
    @inline(__always) func subtract<T: FixedWidthInteger & UnsignedInteger>(_ a: T, _ b: T, borrow: T = 0) -> T {
        let result = a &- b &- borrow
        setCarries(~a & b | (~a | b) & result)
        setResult(result)
        return result
    }
    @inline(__always) func logic<T: FixedWidthInteger & UnsignedInteger>(_ result: T) -> T {
        s.flagCarries = 0
        setResult(result)
        return result
    }
    @inline(__always) func increment<T: FixedWidthInteger & UnsignedInteger>(_ a: T) -> T {
        let carry = cf
        let result = a &+ 1
        setResult(result)
        setCarries(cf: carry, of: result == T(1) << T(T.bitWidth - 1), af: result & 15 == 0)
        return result
    }
    @inline(__always) func decrement<T: FixedWidthInteger & UnsignedInteger>(_ a: T) -> T {
        let carry = cf
        let result = a &- 1
        setResult(result)
        setCarries(cf: carry, of: a == T(1) << T(T.bitWidth - 1), af: a & 15 == 0)
        return result
    }
}

enum Add: BinaryOperation {
    @inline(__always) static func apply<T: FixedWidthInteger & UnsignedInteger>(_ e: Execution, _ a: T, _ b: T) -> T { e.add(a, b) }
}
enum AddWithCarry: BinaryOperation {
    @inline(__always) static func apply<T: FixedWidthInteger & UnsignedInteger>(_ e: Execution, _ a: T, _ b: T) -> T {
        e.add(a, b, carry: e.cf ? 1 : 0)
    }
}
enum Subtract: BinaryOperation {
    @inline(__always) static func apply<T: FixedWidthInteger & UnsignedInteger>(_ e: Execution, _ a: T, _ b: T) -> T { e.subtract(a, b) }
}
enum SubtractWithBorrow: BinaryOperation {
    @inline(__always) static func apply<T: FixedWidthInteger & UnsignedInteger>(_ e: Execution, _ a: T, _ b: T) -> T {
        e.subtract(a, b, borrow: e.cf ? 1 : 0)
    }
}
enum And: BinaryOperation {
    @inline(__always) static func apply<T: FixedWidthInteger & UnsignedInteger>(_ e: Execution, _ a: T, _ b: T) -> T { e.logic(a & b) }
}
enum Or: BinaryOperation {
    @inline(__always) static func apply<T: FixedWidthInteger & UnsignedInteger>(_ e: Execution, _ a: T, _ b: T) -> T { e.logic(a | b) }
}
enum Xor: BinaryOperation {
    @inline(__always) static func apply<T: FixedWidthInteger & UnsignedInteger>(_ e: Execution, _ a: T, _ b: T) -> T { e.logic(a ^ b) }
}

extension Execution {
    /// ADD, OR, ADC, SBB, AND, SUB, XOR.
    @inline(__always) func binary<O: BinaryOperation>(_: O.Type, _ i: UnsafePointer<Instruction>) throws(Fault) {
        switch unsafe i.pointee.width {
        case 4: try unsafe binary(O.self, i, UInt32.self)
        case 1: try unsafe binary(O.self, i, UInt8.self)
        default: try unsafe binary(O.self, i, UInt16.self)
        }
    }

    @inline(__always) private func binary<O: BinaryOperation, T: FixedWidthInteger & UnsignedInteger>(
        _: O.Type, _ i: UnsafePointer<Instruction>, _: T.Type
    ) throws(Fault) {
        switch unsafe i.pointee.form {
        case .ge:
            let source: T = try unsafe source(i)
            unsafe setReg(i.pointee.reg, O.apply(self, reg(i.pointee.reg, as: T.self), source))
        default:
            let operand: T = unsafe i.pointee.has(.ei) ? T(truncatingIfNeeded: i.pointee.immediate) : reg(i.pointee.reg)
            if unsafe !i.pointee.isMemory {
                unsafe setReg(i.pointee.rm, O.apply(self, reg(i.pointee.rm, as: T.self), operand))
            } else {
                try unsafe modify(i.pointee.segment, address(i)) { (old: T) in O.apply(self, old, operand) }
            }
        }
    }

    /// CMP and TEST: a binary operation that keeps only the flags.
    @inline(__always) func compare<O: BinaryOperation>(_: O.Type, _ i: UnsafePointer<Instruction>) throws(Fault) {
        switch unsafe i.pointee.width {
        case 4: try unsafe compare(O.self, i, UInt32.self)
        case 1: try unsafe compare(O.self, i, UInt8.self)
        default: try unsafe compare(O.self, i, UInt16.self)
        }
    }

    @inline(__always) private func compare<O: BinaryOperation, T: FixedWidthInteger & UnsignedInteger>(
        _: O.Type, _ i: UnsafePointer<Instruction>, _: T.Type
    ) throws(Fault) {
        let first: T = try unsafe source(i)
        switch unsafe i.pointee.form {
        case .ge: _ = unsafe O.apply(self, reg(i.pointee.reg, as: T.self), first)
        case .ei: _ = unsafe O.apply(self, first, T(truncatingIfNeeded: i.pointee.immediate))
        default: _ = unsafe O.apply(self, first, reg(i.pointee.reg, as: T.self))
        }
    }

    /// The E operand's value.
    @inline(__always) func source<T: FixedWidthInteger & UnsignedInteger>(_ i: UnsafePointer<Instruction>) throws(Fault) -> T {
        if unsafe i.pointee.isMemory { return try unsafe read(i.pointee.segment, address(i), as: T.self) }
        return unsafe reg(i.pointee.rm)
    }

    @inline(__always) func store<T: FixedWidthInteger & UnsignedInteger>(_ i: UnsafePointer<Instruction>, _ value: T) throws(Fault) {
        if unsafe i.pointee.isMemory { try unsafe write(i.pointee.segment, address(i), value) } else { unsafe setReg(i.pointee.rm, value) }
    }

    @inline(__always) func change<T: FixedWidthInteger & UnsignedInteger>(
        _ i: UnsafePointer<Instruction>, _ change: (T) throws(Fault) -> T
    ) throws(Fault) {
        if unsafe i.pointee.isMemory {
            try unsafe modify(i.pointee.segment, address(i), change)
        } else {
            unsafe setReg(i.pointee.rm, try change(reg(i.pointee.rm)))
        }
    }

    /// The E operand widened to 32 bits.
    func source32(_ i: UnsafePointer<Instruction>) throws(Fault) -> UInt32 {
        switch unsafe i.pointee.width {
        case 1: return UInt32(try unsafe source(i) as UInt8)
        case 2: return UInt32(try unsafe source(i) as UInt16)
        default: return try unsafe source(i)
        }
    }

    /// Writes `value` to register `number` in the instruction's width.
    @inline(__always) func setWidth(_ number: UInt8, _ value: UInt32, _ width: UInt8) {
        switch width {
        case 1: setReg(number, UInt8(truncatingIfNeeded: value))
        case 2: setReg(number, UInt16(truncatingIfNeeded: value))
        default: setReg(number, value)
        }
    }

    @inline(__always) func store32(_ i: UnsafePointer<Instruction>, _ value: UInt32) throws(Fault) {
        switch unsafe i.pointee.width {
        case 1: try unsafe store(i, UInt8(truncatingIfNeeded: value))
        case 2: try unsafe store(i, UInt16(truncatingIfNeeded: value))
        default: try unsafe store(i, value)
        }
    }

    func incDec(_ i: UnsafePointer<Instruction>, up: Bool) throws(Fault) {
        switch unsafe i.pointee.width {
        case 4: try unsafe change(i) { (v: UInt32) in up ? increment(v) : decrement(v) }
        case 2: try unsafe change(i) { (v: UInt16) in up ? increment(v) : decrement(v) }
        default: try unsafe change(i) { (v: UInt8) in up ? increment(v) : decrement(v) }
        }
    }

    func not(_ i: UnsafePointer<Instruction>) throws(Fault) {
        switch unsafe i.pointee.width {
        case 4: try unsafe change(i) { (v: UInt32) in ~v }
        case 2: try unsafe change(i) { (v: UInt16) in ~v }
        default: try unsafe change(i) { (v: UInt8) in ~v }
        }
    }

    func negate(_ i: UnsafePointer<Instruction>) throws(Fault) {
        switch unsafe i.pointee.width {
        case 4: try unsafe change(i) { (v: UInt32) in subtract(0, v) }
        case 2: try unsafe change(i) { (v: UInt16) in subtract(0, v) }
        default: try unsafe change(i) { (v: UInt8) in subtract(0, v) }
        }
    }

    // MARK: Multiplication and division

    func multiply(_ i: UnsafePointer<Instruction>, signed: Bool) throws(Fault) {
        let value = try unsafe source32(i)
        switch unsafe i.pointee.width {
        case 1:
            let al = UInt8(truncatingIfNeeded: eax), b = UInt8(truncatingIfNeeded: value)
            let product = signed ? UInt16(bitPattern: Int16(Int8(bitPattern: al)) * Int16(Int8(bitPattern: b))) : UInt16(al) * UInt16(b)
            setReg(0, product)
            let low = UInt8(truncatingIfNeeded: product)
            setProduct(overflow: signed ? Int16(bitPattern: product) != Int16(Int8(bitPattern: low)) : product >> 8 != 0)
        case 2:
            let ax = UInt16(truncatingIfNeeded: eax), b = UInt16(truncatingIfNeeded: value)
            let product = signed ? UInt32(bitPattern: Int32(Int16(bitPattern: ax)) * Int32(Int16(bitPattern: b))) : UInt32(ax) * UInt32(b)
            let low = UInt16(truncatingIfNeeded: product)
            setReg(0, low)
            setReg(2, UInt16(truncatingIfNeeded: product >> 16))
            setProduct(overflow: signed ? Int32(bitPattern: product) != Int32(Int16(bitPattern: low)) : product >> 16 != 0)
        default:
            guard signed else { return multiplyWide(value) }
            let product = Int64(Int32(bitPattern: eax)) &* Int64(Int32(bitPattern: value))
            let low = UInt32(truncatingIfNeeded: product)
            eax = low
            edx = UInt32(truncatingIfNeeded: product >> 32)
            setProduct(overflow: product != Int64(Int32(bitPattern: low)))
        }
    }

    @inline(__always) private func setProduct(overflow: Bool) { setCarries(cf: overflow, of: overflow, af: af) }

    @inline(__always) func multiplySigned(_ a: UInt32, _ b: UInt32) -> UInt32 {
        let product = Int64(Int32(bitPattern: a)) &* Int64(Int32(bitPattern: b))
        let low = UInt32(truncatingIfNeeded: product)
        setProduct(overflow: product != Int64(Int32(bitPattern: low)))
        return low
    }

    /// MUL: EDX:EAX = EAX * `value`.
    @inline(__always) func multiplyWide(_ value: UInt32) {
        let product = UInt64(eax) &* UInt64(value)
        eax = UInt32(truncatingIfNeeded: product)
        edx = UInt32(truncatingIfNeeded: product >> 32)
        setProduct(overflow: product >> 32 != 0)
    }

    /// IMUL with a register destination.
    func multiplyTo(_ i: UnsafePointer<Instruction>) throws(Fault) {
        let hasImmediate = unsafe i.pointee.has(.gei)
        if unsafe i.pointee.width == 4 {
            let a: UInt32 = try unsafe source(i)
            unsafe setReg(i.pointee.reg, multiplySigned(a, hasImmediate ? i.pointee.immediate : reg(i.pointee.reg)))
        } else {
            let a: UInt16 = try unsafe source(i)
            let b: UInt16 = unsafe hasImmediate ? UInt16(truncatingIfNeeded: i.pointee.immediate) : reg(i.pointee.reg)
            let product = Int32(Int16(bitPattern: a)) * Int32(Int16(bitPattern: b))
            let low = UInt16(truncatingIfNeeded: product)
            unsafe setReg(i.pointee.reg, low)
            setProduct(overflow: product != Int32(Int16(bitPattern: low)))
        }
    }

    func divide(_ i: UnsafePointer<Instruction>, signed: Bool) throws(Fault) {
        let value = try unsafe source32(i)
        let bits: UInt64 = unsafe UInt64(i.pointee.width) * 8
        let dividend: UInt64
        switch unsafe i.pointee.width {
        case 1: dividend = UInt64(eax & 0xFFFF)
        case 2: dividend = UInt64(edx & 0xFFFF) << 16 | UInt64(eax & 0xFFFF)
        default: dividend = UInt64(edx) << 32 | UInt64(eax)
        }
        let quotient: UInt64, remainder: UInt64
        if signed {
            let shift = Int64(64 - bits * 2), half = Int64(64 - bits)
            let a = (Int64(bitPattern: dividend) &<< shift) &>> shift
            let b = (Int64(value) &<< half) &>> half
            guard b != 0, !(a == .min && b == -1) else { throw .divide }
            let q = a / b
            guard q == (q &<< half) &>> half else { throw .divide }
            quotient = UInt64(bitPattern: q)
            remainder = UInt64(bitPattern: a % b)
        } else {
            guard value != 0 else { throw .divide }
            quotient = dividend / UInt64(value)
            remainder = dividend % UInt64(value)
            guard quotient >> bits == 0 else { throw .divide }
        }
        switch unsafe i.pointee.width {
        case 1: setReg(0, UInt16(truncatingIfNeeded: quotient & 0xFF | (remainder & 0xFF) << 8))
        case 2:
            setReg(0, UInt16(truncatingIfNeeded: quotient))
            setReg(2, UInt16(truncatingIfNeeded: remainder))
        default:
            eax = UInt32(truncatingIfNeeded: quotient)
            edx = UInt32(truncatingIfNeeded: remainder)
        }
        setResult(1 as UInt32)
        s.flagCarries |= 8
    }

    // MARK: Decimal

    func decimalAdjust(subtract isSubtraction: Bool) {
        let al = UInt8(truncatingIfNeeded: eax), carry = cf
        let adjusts = al & 15 > 9 || af, isHigh = al > 0x99 || carry
        let correction: UInt8 = (adjusts ? 6 : 0) + (isHigh ? 0x60 : 0)
        setReg(0, isSubtraction ? subtract(al, correction) : add(al, correction))
        setCarries(cf: isHigh || isSubtraction && adjusts && al < 6, of: of, af: adjusts)
    }

    func asciiAdjust(subtract isSubtraction: Bool) {
        let adjusts = eax & 15 > 9 || af
        let ax = UInt16(truncatingIfNeeded: eax), correction: UInt16 = adjusts ? 0x106 : 0
        setReg(0, (isSubtraction ? subtract(ax, correction) : add(ax, correction)) & 0xFF0F)
        setCarries(cf: adjusts, of: of, af: adjusts)
    }

    func asciiAdjustMultiply(_ base: UInt8) throws(Fault) {
        guard base != 0 else { throw .divide }
        let al = UInt8(truncatingIfNeeded: eax)
        setReg(0, UInt16(al / base) << 8 | UInt16(al % base))
        _ = logic(al % base)
    }

    func asciiAdjustDivide(_ base: UInt8) {
        let al = UInt8(truncatingIfNeeded: eax), ah = UInt8(truncatingIfNeeded: eax >> 8)
        setReg(0, UInt16(add(al, ah &* base)))
    }
}
