import X86

/// FSTENV, FSAVE, FXSAVE and their opposites (SDM Vol. 1 §8.1.10, §10.5).
extension Execution {
    /// Where instruction and data pointers are linear addresses instead of selector and offset.
    private var isRealFormat: Bool { !isProtected || isV86 }

    private func storeEnvironment(_ i: UnsafePointer<Instruction>, extra: UInt32) throws(Fault) -> UInt32 {
        let segment = unsafe i.pointee.segment, at = unsafe address(i)
        let is16 = unsafe i.pointee.isOperand16
        let size: UInt32 = is16 ? 14 : 28
        try probeWrite(segment, at, size + extra)
        let f = s.fpu
        var words: [UInt16] = [f.control, f.status, f.fullTags]
        let opcode = f.opcode & 0x7FF
        if isRealFormat {
            let code = f.instructionPointer &+ UInt32(f.instructionSelector) << 4, data = f.dataPointer &+ UInt32(f.dataSelector) << 4
            let high = UInt16(truncatingIfNeeded: code >> 16), dataHigh = UInt16(truncatingIfNeeded: data >> 16)
            let low = UInt16(truncatingIfNeeded: code), dataLow = UInt16(truncatingIfNeeded: data)
            if is16 {
                words += [low, high << 12 | opcode, dataLow, dataHigh << 12]
            } else {
                words = Self.widened(words)
                words += [low, 0xFFFF, high << 12 | opcode, high >> 4, dataLow, 0xFFFF, dataHigh << 12, dataHigh >> 4]
            }
        } else {
            let code = f.instructionPointer, data = f.dataPointer
            if is16 {
                words += [UInt16(truncatingIfNeeded: code), f.instructionSelector, UInt16(truncatingIfNeeded: data), f.dataSelector]
            } else {
                words = Self.widened(words)
                words += [UInt16(truncatingIfNeeded: code), UInt16(truncatingIfNeeded: code >> 16), f.instructionSelector, opcode]
                words += [UInt16(truncatingIfNeeded: data), UInt16(truncatingIfNeeded: data >> 16), f.dataSelector, 0xFFFF]
            }
        }
        for (index, word) in words.enumerated() { try write(segment, at &+ UInt32(index) * 2, word) }
        return size
    }

    private static func widened(_ words: [UInt16]) -> [UInt16] { words.flatMap { [$0, 0xFFFF] } }

    func storeEnvironment(_ i: UnsafePointer<Instruction>) throws(Fault) {
        _ = try unsafe storeEnvironment(i, extra: 0)
        s.fpu.control |= 0x3F
        s.fpu.summarize()
        updateFERR()
    }

    /// Reads the environment, and what comes behind it with `behind`, and only then changes anything.
    func loadEnvironment(_ i: UnsafePointer<Instruction>) throws(Fault) {
        s.fpu = try unsafe environment(i).state
        updateFERR()
    }

    private func environment(_ i: UnsafePointer<Instruction>) throws(Fault) -> (state: FPUState, size: UInt32) {
        let segment = unsafe i.pointee.segment, at = unsafe address(i)
        let is16 = unsafe i.pointee.isOperand16
        var f = s.fpu
        let step: UInt32 = is16 ? 2 : 4
        var fields: [UInt32] = []
        for index in UInt32(0)..<7 {
            fields.append(is16 ? UInt32(try read(segment, at &+ index * 2, as: UInt16.self)) : try read(segment, at &+ index * 4, as: UInt32.self))
        }
        f.control = UInt16(truncatingIfNeeded: fields[0]) & 0x1F3F | 0x40
        f.status = UInt16(truncatingIfNeeded: fields[1])
        f.tags = UInt16(truncatingIfNeeded: fields[2])
        if isRealFormat {
            f.opcode = UInt16(truncatingIfNeeded: fields[4]) & 0x7FF
            f.instructionPointer = fields[3] & 0xFFFF | (fields[4] & 0x0FFF_F000) << 4
            f.dataPointer = fields[5] & 0xFFFF | (fields[6] & 0x0FFF_F000) << 4
            f.instructionSelector = 0
            f.dataSelector = 0
        } else {
            f.instructionPointer = fields[3]
            f.instructionSelector = UInt16(truncatingIfNeeded: fields[4])
            f.opcode = is16 ? 0 : UInt16(truncatingIfNeeded: fields[4] >> 16) & 0x7FF
            f.dataPointer = fields[5]
            f.dataSelector = UInt16(truncatingIfNeeded: fields[6])
        }
        f.summarize()
        return (f, step * 7)
    }

    func saveState(_ i: UnsafePointer<Instruction>) throws(Fault) {
        let size = try unsafe storeEnvironment(i, extra: 80)
        // The whole was probed: what follows is written where it stands, aligned or not.
        var at = unsafe segment(i.pointee.segment).pointee.base &+ address(i) &+ size
        for number in UInt8(0)..<8 {
            let value = s.fpu[number]
            try writeLinear(at, value.significand, 8, user: s.cpl == 3)
            try writeLinear(at &+ 8, UInt64(value.exponent), 2, user: s.cpl == 3)
            at &+= 10
        }
        s.fpu.initialize()
        updateFERR()
    }

    func restoreState(_ i: UnsafePointer<Instruction>) throws(Fault) {
        try unsafe probeRead(i.pointee.segment, address(i), i.pointee.isOperand16 ? 94 : 108)
        var (f, size) = try unsafe environment(i)
        var at = unsafe segment(i.pointee.segment).pointee.base &+ address(i) &+ size
        let tags = f.tags
        for number in UInt8(0)..<8 {
            let exponent = UInt16(truncatingIfNeeded: try readLinear(at &+ 8, 2, user: s.cpl == 3))
            f[number] = Extended(significand: try readLinear(at, 8, user: s.cpl == 3), exponent: exponent)
            at &+= 10
        }
        f.tags = tags
        s.fpu = f
        updateFERR()
    }

    // MARK: FXSAVE

    func fxsave(_ i: UnsafePointer<Instruction>) throws(Fault) {
        let segment = unsafe i.pointee.segment, at = unsafe address(i)
        if try linear(segment, at, 512, write: true) & 15 != 0 { throw .protection(0) }
        try probeWrite(segment, at, 512)
        let f = s.fpu
        var present: UInt64 = 0
        for number in 0..<8 where !f.isEmpty(physical: number) { present |= 1 << UInt64(number) }
        try write(segment, at, UInt64(f.control) | UInt64(f.status) << 16 | present << 32 | UInt64(f.opcode & 0x7FF) << 48)
        try write(segment, at &+ 8, UInt64(f.instructionPointer) | UInt64(f.instructionSelector) << 32)
        try write(segment, at &+ 16, UInt64(f.dataPointer) | UInt64(f.dataSelector) << 32)
        try write(segment, at &+ 24, UInt64(f.mxcsr) | UInt64(FPUState.mxcsrMask) << 32)
        for number in UInt8(0)..<8 {
            let value = f[number], offset = at &+ 32 &+ UInt32(number) * 16
            try write(segment, offset, value.significand)
            try write(segment, offset &+ 8, UInt64(value.exponent))
        }
        for number in 0..<16 { try write(segment, at &+ 160 &+ UInt32(number) * 8, f.xmm[number]) }
    }

    func fxrstor(_ i: UnsafePointer<Instruction>) throws(Fault) {
        let segment = unsafe i.pointee.segment, at = unsafe address(i)
        if try linear(segment, at, 512, write: false) & 15 != 0 { throw .protection(0) }
        try probeRead(segment, at, 512)
        var f = s.fpu
        let first: UInt64 = try read(segment, at)
        f.control = UInt16(truncatingIfNeeded: first) & 0x1F3F | 0x40
        f.status = UInt16(truncatingIfNeeded: first >> 16)
        f.opcode = UInt16(truncatingIfNeeded: first >> 48) & 0x7FF
        let code: UInt64 = try read(segment, at &+ 8), data: UInt64 = try read(segment, at &+ 16)
        f.instructionPointer = UInt32(truncatingIfNeeded: code)
        f.instructionSelector = UInt16(truncatingIfNeeded: code >> 32)
        f.dataPointer = UInt32(truncatingIfNeeded: data)
        f.dataSelector = UInt16(truncatingIfNeeded: data >> 32)
        for number in UInt8(0)..<8 {
            let offset = at &+ 32 &+ UInt32(number) * 16
            f[number] = Extended(significand: try read(segment, offset), exponent: try read(segment, offset &+ 8))
        }
        f.tags = 0
        for number in UInt16(0)..<8 where first >> (32 + UInt64(number)) & 1 == 0 { f.tags |= 3 << (number * 2) }
        if s.cr4 & 0x200 != 0 {
            f.mxcsr = try read(segment, at &+ 24)
            if f.mxcsr & ~FPUState.mxcsrMask != 0 { throw .protection(0) }
            for number in 0..<16 { f.xmm[number] = try read(segment, at &+ 160 &+ UInt32(number) * 8) }
        }
        f.summarize()
        s.fpu = f
        updateFERR()
    }
}
