import X86

/// Moves, the stack and exchanges (SDM Vol. 1 §5.1.1).
extension Execution {
    @inline(__always) func move(_ i: UnsafePointer<Instruction>) throws(Fault) {
        switch unsafe i.pointee.width {
        case 4: try unsafe move(i, UInt32.self)
        case 1: try unsafe move(i, UInt8.self)
        default: try unsafe move(i, UInt16.self)
        }
    }

    @inline(__always) private func move<T: FixedWidthInteger & UnsignedInteger>(_ i: UnsafePointer<Instruction>, _: T.Type) throws(Fault) {
        switch unsafe i.pointee.form {
        case .ge: unsafe setReg(i.pointee.reg, try source(i) as T)
        case .ei: try unsafe store(i, T(truncatingIfNeeded: i.pointee.immediate))
        case .ri: unsafe setReg(i.pointee.rm, T(truncatingIfNeeded: i.pointee.immediate))
        default: try unsafe store(i, reg(i.pointee.reg, as: T.self))
        }
    }

    /// MOVZX and MOVSX: `width` is the source's; the destination's is the operand size.
    func extend(_ i: UnsafePointer<Instruction>, signed: Bool) throws(Fault) {
        let value: UInt32
        if unsafe i.pointee.width == 1 {
            let byte: UInt8 = try unsafe source(i)
            value = signed ? UInt32(bitPattern: Int32(Int8(bitPattern: byte))) : UInt32(byte)
        } else {
            let word: UInt16 = try unsafe source(i)
            value = signed ? UInt32(bitPattern: Int32(Int16(bitPattern: word))) : UInt32(word)
        }
        unsafe setWidth(i.pointee.reg, value, i.pointee.isOperand16 ? 2 : 4)
    }

    func exchange(_ i: UnsafePointer<Instruction>) throws(Fault) {
        let other = unsafe i.pointee.has(.r) ? UInt8(0) : i.pointee.reg
        switch unsafe i.pointee.width {
        case 4: try unsafe exchange(i, other, UInt32.self)
        case 1: try unsafe exchange(i, other, UInt8.self)
        default: try unsafe exchange(i, other, UInt16.self)
        }
    }

    private func exchange<T: FixedWidthInteger & UnsignedInteger>(_ i: UnsafePointer<Instruction>, _ other: UInt8, _: T.Type) throws(Fault) {
        let mine: T = reg(other)
        var theirs: T = 0
        try unsafe change(i) { (old: T) in
            theirs = old
            return mine
        }
        setReg(other, theirs)
    }

    func exchangeAdd(_ i: UnsafePointer<Instruction>) throws(Fault) {
        switch unsafe i.pointee.width {
        case 4: try unsafe exchangeAdd(i, UInt32.self)
        case 1: try unsafe exchangeAdd(i, UInt8.self)
        default: try unsafe exchangeAdd(i, UInt16.self)
        }
    }

    private func exchangeAdd<T: FixedWidthInteger & UnsignedInteger>(_ i: UnsafePointer<Instruction>, _: T.Type) throws(Fault) {
        var old: T = 0
        let addend: T = unsafe reg(i.pointee.reg)
        var sum: T = 0
        try unsafe change(i) { (value: T) in
            old = value
            sum = add(value, addend)
            return sum
        }
        unsafe setReg(i.pointee.reg, old)
        if unsafe !i.pointee.isMemory { unsafe setReg(i.pointee.rm, sum) }
    }

    func compareExchange(_ i: UnsafePointer<Instruction>) throws(Fault) {
        switch unsafe i.pointee.width {
        case 4: try unsafe compareExchange(i, UInt32.self)
        case 1: try unsafe compareExchange(i, UInt8.self)
        default: try unsafe compareExchange(i, UInt16.self)
        }
    }

    private func compareExchange<T: FixedWidthInteger & UnsignedInteger>(_ i: UnsafePointer<Instruction>, _: T.Type) throws(Fault) {
        let accumulator: T = reg(0)
        var old: T = 0
        try unsafe change(i) { (value: T) in
            old = value
            _ = subtract(accumulator, value)
            return unsafe accumulator == value ? reg(i.pointee.reg) : value
        }
        if old != accumulator { setReg(0, old) }
    }

    func compareExchange8(_ i: UnsafePointer<Instruction>) throws(Fault) {
        let segment = unsafe i.pointee.segment, at = unsafe address(i)
        try probeWrite(segment, at, 8)
        let low: UInt32 = try read(segment, at), high: UInt32 = try read(segment, at &+ 4)
        let equal = low == eax && high == edx
        try write(segment, at, equal ? ebx : low)
        try write(segment, at &+ 4, equal ? ecx : high)
        if !equal { (eax, edx) = (low, high) }
        setZeroOnly(equal)
    }

    // MARK: Stack

    func pushOperand(_ i: UnsafePointer<Instruction>) throws(Fault) {
        let width = unsafe i.pointee.width
        switch unsafe i.pointee.form {
        case .i: try unsafe push(i.pointee.immediate, width)
        case .r: try unsafe push(reg(i.pointee.rm), width)
        default: try unsafe push(source32(i), width)
        }
    }

    func popOperand(_ i: UnsafePointer<Instruction>) throws(Fault) {
        let width = unsafe i.pointee.width
        if unsafe !i.pointee.isMemory {
            let value = try pop(width)
            unsafe setWidth(i.pointee.rm, value, width)
            return
        }
        // The address is worked out with ESP already raised; a fault in the store lowers it again.
        let old = esp
        let value = try pop(width)
        do { try unsafe store32(i, value) } catch {
            esp = old
            throw error
        }
    }

    func pushAll(_ width: UInt8) throws(Fault) {
        let old = esp
        do {
            for number in UInt8(0)..<8 { try push(number == 4 ? old : reg(number), width) }
        } catch {
            esp = old
            throw error
        }
    }

    func popAll(_ width: UInt8) throws(Fault) {
        var values: [UInt32] = []
        for index in UInt32(0)..<8 { values.append(try peek(index * UInt32(width), width)) }
        for index in 0..<8 where index != 3 { setWidth(UInt8(7 - index), values[index], width) }
        setESP(esp &+ UInt32(width) * 8)
    }

    func enter(_ i: UnsafePointer<Instruction>) throws(Fault) {
        let width = unsafe i.pointee.width, level = unsafe i.pointee.immediate2 & 31
        let size = unsafe i.pointee.immediate & 0xFFFF
        let old = esp
        do {
            try push(ebp, width)
            let frame = esp
            var base = ebp
            if level > 0 {
                for _ in 1..<max(level, 1) {
                    base = base &- UInt32(width)
                    let at = base & s.stackMask
                    try push(width == 4 ? read(2, at) : UInt32(read(2, at, as: UInt16.self)), width)
                }
                try push(frame, width)
            }
            let final = esp &- size
            try probeWrite(2, final & s.stackMask, UInt32(width))
            setESP(final)
            setWidth(5, frame, width)
        } catch {
            esp = old
            throw error
        }
    }

    func leave(_ width: UInt8) throws(Fault) {
        let at = ebp & s.stackMask
        let value = width == 4 ? try read(2, at, as: UInt32.self) : UInt32(try read(2, at, as: UInt16.self))
        setESP(ebp &+ UInt32(width))
        setWidth(5, value, width)
    }

    // MARK: Far pointers

    func farPointer(_ i: UnsafePointer<Instruction>) throws(Fault) -> (selector: UInt16, offset: UInt32) {
        let at = unsafe address(i), segment = unsafe i.pointee.segment, width = unsafe i.pointee.width
        let offset = width == 4 ? try read(segment, at, as: UInt32.self) : UInt32(try read(segment, at, as: UInt16.self))
        // Each part of the pointer is an access of its own, at an offset of the address size (as the 80286 does on record).
        return unsafe (try read(segment, (at &+ UInt32(width)) & addressMask(i)), offset)
    }

    func loadFar(_ i: UnsafePointer<Instruction>) throws(Fault) {
        let (selector, offset) = try unsafe farPointer(i)
        try unsafe loadSegment(UInt8(truncatingIfNeeded: i.pointee.immediate2), selector)
        unsafe setWidth(i.pointee.reg, offset, i.pointee.width)
    }

    /// BOUND.
    func bound(_ i: UnsafePointer<Instruction>) throws(Fault) {
        let at = unsafe address(i), segment = unsafe i.pointee.segment
        let second = unsafe (at &+ UInt32(i.pointee.width)) & addressMask(i)
        if unsafe i.pointee.width == 4 {
            let low = Int32(bitPattern: try read(segment, at)), high = Int32(bitPattern: try read(segment, second))
            let index = unsafe Int32(bitPattern: reg(i.pointee.reg))
            if index < low || index > high { throw .bound }
        } else {
            let low = Int16(bitPattern: try read(segment, at)), high = Int16(bitPattern: try read(segment, second))
            let index = unsafe Int16(bitPattern: reg(i.pointee.reg))
            if index < low || index > high { throw .bound }
        }
    }
}
