import X86

/// MMX and SSE instructions (SDM Vol. 1 §5.4 to §5.10). Moves are made here, everything that computes by the host, verbatim.
extension Execution {
    func vector(_ i: UnsafePointer<Instruction>) throws(Fault) {
        let operation = unsafe i.pointee.operation
        switch operation {
        case .EMMS, .MMX_MOVD_LOAD, .MMX_MOVD_STORE, .MMX_MOV_LOAD, .MMX_MOV_STORE, .MASKMOVQ, .MMX_OP, .MMX_OP_I, .MMX_TO_G, .MMX_FROM_G:
            try checkMMX()
            return try unsafe mmx(i, operation)
        default: try checkSSE()
        }
        let reg = unsafe Int(i.pointee.reg & 7), rm = unsafe Int(i.pointee.rm & 7), isMemory = unsafe i.pointee.isMemory
        switch operation {
        case .SSE_MOV_LOAD: try unsafe setXMM(reg, source128(i))
        case .SSE_MOV_STORE: try unsafe store128(i, (s.fpu.xmm[reg * 2], s.fpu.xmm[reg * 2 + 1]))
        case .MOVSS_LOAD:
            if isMemory {
                setXMM(reg, (UInt64(try unsafe load(i) as UInt32), 0))
            } else {
                s.fpu.xmm[reg * 2] = s.fpu.xmm[reg * 2] & ~0xFFFF_FFFF | s.fpu.xmm[rm * 2] & 0xFFFF_FFFF
            }
        case .MOVSS_STORE:
            if isMemory {
                try unsafe store(i, UInt32(truncatingIfNeeded: s.fpu.xmm[reg * 2]))
            } else {
                s.fpu.xmm[rm * 2] = s.fpu.xmm[rm * 2] & ~0xFFFF_FFFF | s.fpu.xmm[reg * 2] & 0xFFFF_FFFF
            }
        case .MOVSD_LOAD:
            if isMemory { setXMM(reg, (try unsafe load(i), 0)) } else { s.fpu.xmm[reg * 2] = s.fpu.xmm[rm * 2] }
        case .MOVSD_STORE:
            if isMemory { try unsafe save(i, s.fpu.xmm[reg * 2]) } else { s.fpu.xmm[rm * 2] = s.fpu.xmm[reg * 2] }
        case .MOVLPS_LOAD: s.fpu.xmm[reg * 2] = try unsafe load(i)
        case .MOVHPS_LOAD: s.fpu.xmm[reg * 2 + 1] = try unsafe load(i)
        case .MOVLPS_STORE: try unsafe save(i, s.fpu.xmm[reg * 2])
        case .MOVHPS_STORE: try unsafe save(i, s.fpu.xmm[reg * 2 + 1])
        case .MOVHLPS: s.fpu.xmm[reg * 2] = s.fpu.xmm[rm * 2 + 1]
        case .MOVLHPS: s.fpu.xmm[reg * 2 + 1] = s.fpu.xmm[rm * 2]
        case .SSE_MOVD_LOAD: setXMM(reg, (UInt64(try unsafe source(i) as UInt32), 0))
        case .SSE_MOVD_STORE: try unsafe store(i, UInt32(truncatingIfNeeded: s.fpu.xmm[reg * 2]))
        case .SSE_MOVQ_LOAD: setXMM(reg, (isMemory ? try unsafe load(i) : s.fpu.xmm[rm * 2], 0))
        case .SSE_MOVQ_STORE:
            if isMemory { try unsafe save(i, s.fpu.xmm[reg * 2]) } else { setXMM(rm, (s.fpu.xmm[reg * 2], 0)) }
        case .MASKMOVDQU:
            try unsafe maskedStore(
                i, value: (s.fpu.xmm[reg * 2], s.fpu.xmm[reg * 2 + 1]), mask: (s.fpu.xmm[rm * 2], s.fpu.xmm[rm * 2 + 1]), count: 16)
        case .MOVQ2DQ:
            try checkPendingMathError()
            s.fpu.enterMMX()
            setXMM(reg, (s.fpu.mmx(UInt8(rm)), 0))
        case .MOVDQ2Q:
            try checkPendingMathError()
            s.fpu.enterMMX()
            s.fpu.setMMX(UInt8(reg), s.fpu.xmm[rm * 2])
        case .SSE_OP: try unsafe compute(i, .sse, immediate: nil)
        case .SSE_OP_I:
            if unsafe i.pointee.form == .qi {
                try unsafe shift128(i)
            } else {
                // INSERTPS: the element select means a register's; memory has but one.
                let mask: UInt32 = unsafe isMemory && i.pointee.immediate2 == 0x721 ? 0x3F : 0xFF
                try unsafe compute(i, .sse, immediate: UInt8(truncatingIfNeeded: i.pointee.immediate & mask))
            }
        case .SSE_BLENDV:
            let math = try math
            math[MathUnit.Slot.third] = s.fpu.xmm[0]
            math[MathUnit.Slot.third + 8] = s.fpu.xmm[1]
            try unsafe compute(i, .sseBlend, immediate: nil)
        case .SSE_COMI:
            try unsafe compute(i, .sseCompare, immediate: nil)
            setStatusFlags(UInt32(truncatingIfNeeded: try math[MathUnit.Slot.flags] as UInt64) & 0x8D5)
        case .SSE_TO_G:
            try unsafe compute(i, .sseToG, immediate: immediateByte(i))
            unsafe setReg(i.pointee.reg, try math[MathUnit.Slot.eax] as UInt32)
        case .SSE_FROM_G:
            try math[MathUnit.Slot.ecx] = try unsafe generalSource(i)
            try unsafe compute(i, .sseFromG, immediate: immediateByte(i))
        case .SSE_FROM_MMX:
            if unsafe !isMemory || i.pointee.immediate2 & 0xC00 == 0 { try checkPendingMathError() }
            try unsafe compute(i, .sseFromMMX, immediate: nil)
        case .SSE_TO_MMX:
            try checkPendingMathError()
            try unsafe compute(i, .sseToMMX, immediate: nil)
            s.fpu.enterMMX()
            s.fpu.setMMX(UInt8(reg), try math[MathUnit.Slot.first])
        case .SSE_EXTRACT_I:
            let math = try math
            math[MathUnit.Slot.first] = s.fpu.xmm[reg * 2]
            math[MathUnit.Slot.first + 8] = s.fpu.xmm[reg * 2 + 1]
            unsafe math.vector(i.pointee.immediate2, .sseExtract, immediate: UInt8(truncatingIfNeeded: i.pointee.immediate))
            let value: UInt32 = math[MathUnit.Slot.ecx]
            if isMemory { try unsafe store32(i, value) } else { unsafe setReg(i.pointee.rm, value) }
        case .SSE_STRING_I:
            let math = try math
            math[MathUnit.Slot.eax] = eax
            math[MathUnit.Slot.edx] = edx
            try unsafe compute(i, .sseString, immediate: UInt8(truncatingIfNeeded: i.pointee.immediate))
            setStatusFlags(UInt32(truncatingIfNeeded: math[MathUnit.Slot.flags] as UInt64) & 0x8D5)
            if unsafe i.pointee.immediate2 & 1 != 0 {
                ecx = math[MathUnit.Slot.ecx]
            } else {
                setXMM(0, (math[MathUnit.Slot.first], math[MathUnit.Slot.first + 8]))
            }
        default: throw .invalidOpcode
        }
    }

    // MARK: SSE

    @inline(__always) private func setXMM(_ number: Int, _ value: (UInt64, UInt64)) {
        s.fpu.xmm[number * 2] = value.0
        s.fpu.xmm[number * 2 + 1] = value.1
    }

    private func immediateByte(_ i: UnsafePointer<Instruction>) -> UInt8? {
        unsafe i.pointee.form == .pqi ? UInt8(truncatingIfNeeded: i.pointee.immediate) : nil
    }

    private func generalSource(_ i: UnsafePointer<Instruction>) throws(Fault) -> UInt32 {
        unsafe i.pointee.isMemory ? try source32(i) : reg(i.pointee.rm)
    }

    /// The rows say which instructions demand 16-byte alignment.
    @inline(__always) private func checkAlignment(_ i: UnsafePointer<Instruction>) throws(Fault) {
        if unsafe i.pointee.properties.rawValue & 8 != 0 && (segment(i.pointee.segment).pointee.base &+ address(i)) & 15 != 0 { throw .protection(0) }
    }

    @inline(__always) private func load<T: FixedWidthInteger & UnsignedInteger>(_ i: UnsafePointer<Instruction>) throws(Fault) -> T {
        try unsafe read(i.pointee.segment, address(i))
    }

    @inline(__always) private func save(_ i: UnsafePointer<Instruction>, _ value: UInt64) throws(Fault) {
        try unsafe write(i.pointee.segment, address(i), value)
    }

    /// XMM rm, or memory of the instruction's width, zero-extended.
    private func source128(_ i: UnsafePointer<Instruction>) throws(Fault) -> (UInt64, UInt64) {
        guard unsafe i.pointee.isMemory else {
            let rm = unsafe Int(i.pointee.rm & 7)
            return (s.fpu.xmm[rm * 2], s.fpu.xmm[rm * 2 + 1])
        }
        switch unsafe i.pointee.width {
        case 2: return (UInt64(try unsafe load(i) as UInt16), 0)
        case 4: return (UInt64(try unsafe load(i) as UInt32), 0)
        case 8: return (try unsafe load(i), 0)
        default:
            try unsafe checkAlignment(i)
            let segment = unsafe i.pointee.segment, at = unsafe address(i)
            if checksAlignment { _ = try linear(segment, at, 16, write: false) }
            return (try read(segment, at), try read(segment, at &+ 8))
        }
    }

    private func store128(_ i: UnsafePointer<Instruction>, _ value: (UInt64, UInt64)) throws(Fault) {
        guard unsafe i.pointee.isMemory else { return unsafe setXMM(Int(i.pointee.rm & 7), value) }
        try unsafe checkAlignment(i)
        let segment = unsafe i.pointee.segment, at = unsafe address(i)
        // Nothing may be written when the second half faults.
        let cache = unsafe self.segment(segment)
        if unsafe checksAlignment || UInt64(at) + 16 > cache.pointee.writeEnd || (cache.pointee.base &+ at) & 0xFFF > 0xFF0 {
            try probeWrite(segment, at, 16)
        }
        try write(segment, at, value.0)
        try write(segment, at &+ 8, value.1)
    }

    /// Runs the instruction on the host: destination `reg`, source `rm` or memory. The result of `.sse`, `.sseBlend`, `.sseFromG` and
    /// `.sseFromMMX` goes to XMM reg; of the others the caller takes it from the exchange area.
    private func compute(_ i: UnsafePointer<Instruction>, _ shape: MathUnit.Shape, immediate: UInt8?) throws(Fault) {
        let math = try math
        let reg = unsafe Int(i.pointee.reg & 7), opcode = unsafe i.pointee.immediate2
        switch shape {
        case .sseFromG: break
        case .sseFromMMX:
            if unsafe i.pointee.isMemory {
                math[MathUnit.Slot.second] = try unsafe load(i) as UInt64
            } else {
                math[MathUnit.Slot.second] = unsafe s.fpu.mmx(i.pointee.rm)
                s.fpu.enterMMX()
            }
        default:
            let source = try unsafe source128(i)
            math[MathUnit.Slot.second] = source.0
            math[MathUnit.Slot.second + 8] = source.1
        }
        math[MathUnit.Slot.first] = s.fpu.xmm[reg * 2]
        math[MathUnit.Slot.first + 8] = s.fpu.xmm[reg * 2 + 1]
        let rounds = MathUnit.usesMXCSR(opcode)
        // Masked, with clear flags: what is set afterwards is this instruction's.
        if rounds { math[MathUnit.Slot.mxcsr] = s.fpu.mxcsr & ~0x3F | 0x1F80 }
        math.vector(opcode, shape, immediate: immediate)
        if rounds {
            var flags = (math[MathUnit.Slot.mxcsrOut] as UInt32) & 0x3F
            if s.fpu.mxcsr & 0x800 == 0 && hasTinyResult(opcode, math[MathUnit.Slot.first], math[MathUnit.Slot.first + 8]) { flags |= 0x10 }
            let unmasked = flags & ~(s.fpu.mxcsr >> 7)
            // What is found before the computation, and unmasked, prevents it (SDM Vol. 1 §11.5.2).
            s.fpu.mxcsr |= unmasked & 7 != 0 ? flags & 7 : flags
            if unmasked != 0 { throw s.cr4 & 0x400 != 0 ? .simd : .invalidOpcode }
        }
        switch shape {
        case .sse, .sseBlend, .sseFromG, .sseFromMMX: setXMM(reg, (math[MathUnit.Slot.first], math[MathUnit.Slot.first + 8]))
        default: break
        }
    }

    /// Unmasked underflow is reported for every tiny result, masked underflow only where it is inexact too (SDM Vol. 1 §11.5.2.5): whether an
    /// arithmetic result holds a denormal.
    private func hasTinyResult(_ opcode: UInt16, _ low: UInt64, _ high: UInt64) -> Bool {
        let prefix = opcode >> 10 & 3, code = opcode & 0xFF
        var isDouble = prefix & 1 != 0
        let isScalar = prefix >= 2 && code < 0x7C
        switch opcode >> 8 & 3 {
        case 1:
            switch code {
            case 0x58, 0x59, 0x5C, 0x5E: break
            case 0x5A:
                if prefix & 1 == 0 { return false }
                isDouble = false
            case 0x7C, 0x7D, 0xD0: isDouble = prefix == 1
            default: return false
            }
        case 3:
            guard code == 0x40 || code == 0x41 else { return false }
            isDouble = code == 0x41
        default: return false
        }
        func isTiny(_ word: UInt64) -> Bool {
            if isDouble { return word & 0x7FF0_0000_0000_0000 == 0 && word << 1 != 0 }
            let upper = UInt32(truncatingIfNeeded: word >> 32), lower = UInt32(truncatingIfNeeded: word)
            return lower & 0x7F80_0000 == 0 && lower << 1 != 0 || !isScalar && upper & 0x7F80_0000 == 0 && upper << 1 != 0
        }
        return isTiny(low) || !isScalar && isTiny(high)
    }

    /// The variable-count opcode that does what a shift group's immediate form does: 71, 72, 73 /2, /4, /6.
    private func variableShift(_ i: UnsafePointer<Instruction>) -> UInt16 {
        let opcode = unsafe i.pointee.immediate2
        return unsafe opcode & 0xFF00 | 0xC0 &+ UInt16(i.pointee.reg & 6) << 3 | opcode & 3
    }

    private func shift128(_ i: UnsafePointer<Instruction>) throws(Fault) {
        let rm = unsafe Int(i.pointee.rm & 7), count = unsafe i.pointee.immediate & 0xFF
        let low = s.fpu.xmm[rm * 2], high = s.fpu.xmm[rm * 2 + 1]
        if unsafe i.pointee.reg & 3 == 3 {
            // PSRLDQ, PSLLDQ: whole bytes
            let value = UInt128(high) << 64 | UInt128(low)
            let result = count > 15 ? 0 : unsafe i.pointee.reg == 3 ? value >> UInt128(count * 8) : value << UInt128(count * 8)
            setXMM(rm, (UInt64(truncatingIfNeeded: result), UInt64(truncatingIfNeeded: result >> 64)))
            return
        }
        let math = try math
        math[MathUnit.Slot.first] = low
        math[MathUnit.Slot.first + 8] = high
        math[MathUnit.Slot.second] = UInt64(count)
        math[MathUnit.Slot.second + 8] = 0 as UInt64
        unsafe math.vector(variableShift(i), .sse)
        setXMM(rm, (math[MathUnit.Slot.first], math[MathUnit.Slot.first + 8]))
    }

    /// MASKMOVQ, MASKMOVDQU: bytes whose mask has bit 7, to DS:EDI.
    private func maskedStore(_ i: UnsafePointer<Instruction>, value: (UInt64, UInt64), mask: (UInt64, UInt64), count: UInt32) throws(Fault) {
        let segment = unsafe i.pointee.segment, at = unsafe edi & addressMask(i)
        if checksAlignment { _ = try linear(segment, at, 8, write: true) }
        try probeWrite(segment, at, count, aligned: false)
        for index in UInt32(0)..<count {
            let shift = UInt64(index & 7) * 8
            if (index < 8 ? mask.0 : mask.1) >> shift & 0x80 == 0 { continue }
            try write(segment, at &+ index, UInt8(truncatingIfNeeded: (index < 8 ? value.0 : value.1) >> shift))
        }
    }

    // MARK: MMX

    private func mmx(_ i: UnsafePointer<Instruction>, _ operation: Operation) throws(Fault) {
        let reg = unsafe i.pointee.reg, rm = unsafe i.pointee.rm, isMemory = unsafe i.pointee.isMemory
        switch operation {
        case .EMMS:
            s.fpu.enterMMX()
            s.fpu.tags = 0xFFFF
            return
        case .MMX_MOVD_LOAD:
            let value: UInt32 = try unsafe source(i)
            s.fpu.enterMMX()
            s.fpu.setMMX(reg, UInt64(value))
            return
        case .MMX_MOVD_STORE:
            try unsafe store(i, UInt32(truncatingIfNeeded: s.fpu.mmx(reg)))
            s.fpu.enterMMX()
            return
        case .MMX_MOV_LOAD:
            let value = isMemory ? try unsafe load(i) : s.fpu.mmx(rm)
            s.fpu.enterMMX()
            s.fpu.setMMX(reg, value)
            return
        case .MMX_MOV_STORE:
            if isMemory { try unsafe save(i, s.fpu.mmx(reg)) } else { s.fpu.setMMX(rm, s.fpu.mmx(reg)) }
            s.fpu.enterMMX()
            return
        case .MASKMOVQ:
            try unsafe maskedStore(i, value: (s.fpu.mmx(reg), 0), mask: (s.fpu.mmx(rm), 0), count: 8)
            s.fpu.enterMMX()
            return
        default: break
        }

        let math = try math
        let opcode = unsafe i.pointee.immediate2
        if operation == .MMX_FROM_G {
            math[MathUnit.Slot.ecx] = try unsafe generalSource(i)
        } else if isMemory {
            math[MathUnit.Slot.second] = unsafe i.pointee.width == 4 ? UInt64(try load(i) as UInt32) : try load(i) as UInt64
        } else {
            math[MathUnit.Slot.second] = s.fpu.mmx(rm)
        }
        math[MathUnit.Slot.first] = s.fpu.mmx(reg)
        s.fpu.enterMMX()
        switch operation {
        case .MMX_OP:
            math.vector(opcode, .mmx)
            s.fpu.setMMX(reg, math[MathUnit.Slot.first])
        case .MMX_OP_I:
            if unsafe i.pointee.form == .qi {
                math[MathUnit.Slot.first] = s.fpu.mmx(rm)
                math[MathUnit.Slot.second] = unsafe UInt64(i.pointee.immediate & 0xFF)
                unsafe math.vector(variableShift(i), .mmx)
                s.fpu.setMMX(rm, math[MathUnit.Slot.first])
            } else {
                unsafe math.vector(opcode, .mmx, immediate: UInt8(truncatingIfNeeded: i.pointee.immediate))
                s.fpu.setMMX(reg, math[MathUnit.Slot.first])
            }
        case .MMX_FROM_G:
            unsafe math.vector(opcode, .mmxFromG, immediate: UInt8(truncatingIfNeeded: i.pointee.immediate))
            s.fpu.setMMX(reg, math[MathUnit.Slot.first])
        default:
            unsafe math.vector(opcode, .mmxToG, immediate: immediateByte(i))
            setReg(reg, math[MathUnit.Slot.eax] as UInt32)
        }
    }
}
