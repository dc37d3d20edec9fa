import X86

/// String instructions (SDM Vol. 1 §5.1.8), one iteration at a time and restartable between iterations.
extension Execution {
    enum StringOperation { case movs, cmps, stos, lods, scas, ins, outs }

    /// False: an interrupt is due in mid-repeat; EIP already names this instruction again, leave the block.
    func string(_ kind: StringOperation, _ i: UnsafePointer<Instruction>) throws(Fault) -> Bool {
        switch unsafe i.pointee.width {
        case 1: try unsafe string(kind, i, UInt8.self)
        case 2: try unsafe string(kind, i, UInt16.self)
        default: try unsafe string(kind, i, UInt32.self)
        }
    }

    @inline(__always)
    private func string<T: FixedWidthInteger & UnsignedInteger>(_ kind: StringOperation, _ i: UnsafePointer<Instruction>, _: T.Type) throws(Fault)
        -> Bool
    {
        guard unsafe i.pointee.isRep || i.pointee.isRepne else {
            _ = try unsafe once(kind, i, T.self)
            return true
        }
        let mask = unsafe addressMask(i)
        if kind == .ins || kind == .outs { try checkPort(UInt16(truncatingIfNeeded: edx), UInt8(T.bitWidth / 8)) }
        while ecx & mask != 0 {
            if try unsafe bulk(kind, i, T.self, mask) { continue }
            let goesOn = try unsafe once(kind, i, T.self)
            setSized(1, (ecx & mask) &- 1, mask)
            if kind == .cmps || kind == .scas {
                if !goesOn { return true }
            }
            s.budget &-= 1
            if ecx & mask != 0 && (!s.pending.isEmpty || s.budget <= s.repeatLimit) {
                // Whatever comes between two iterations sees RF set (SDM Vol. 3B §17.3.1.1).
                s.systemFlags |= EFLAGS.rf
                s.pending.insert(.resume)
                s.eip = instructionEIP
                return false
            }
        }
        return true
    }

    /// MOVS and STOS upward, as much as stays in mapped pages: the same effect as single iterations, in one copy.
    @inline(__always)
    private func bulk<T: FixedWidthInteger & UnsignedInteger>(
        _ kind: StringOperation, _ i: UnsafePointer<Instruction>, _: T.Type, _ mask: UInt32
    ) throws(Fault) -> Bool {
        guard kind == .movs || kind == .stos, s.systemFlags & EFLAGS.df == 0, s.pending.isEmpty else { return false }
        let size = UInt32(T.bitWidth / 8)
        let left = ecx & mask
        guard left > 3 else { return false }
        let target = unsafe segment(0)
        let to = edi & mask
        let toLinear = unsafe target.pointee.base &+ to
        var bytes = min(UInt32(clamping: UInt64(left) * UInt64(size)), 4096 - (toLinear & 0xFFF))
        let writeDelta = unsafe s.writeMap[Int(toLinear >> 12)]
        guard writeDelta != 0 else { return false }
        bytes = min(bytes, mask - to)
        if kind == .movs {
            let source = unsafe segment(i.pointee.segment)
            let from = esi & mask
            let fromLinear = unsafe source.pointee.base &+ from
            let readDelta = unsafe s.readMap[Int(fromLinear >> 12)]
            guard readDelta != 0 else { return false }
            bytes = min(bytes, 4096 - (fromLinear & 0xFFF), mask - from) / size * size
            guard bytes > 0, unsafe UInt64(from) + UInt64(bytes) <= source.pointee.readEnd,
                unsafe UInt64(to) + UInt64(bytes) <= target.pointee.writeEnd
            else {
                return false
            }
            let read = readDelta &+ UInt(fromLinear), write = writeDelta &+ UInt(toLinear)
            // An upward copy onto bytes just ahead repeats a pattern: only single iterations do that.
            guard write <= read || write >= read + UInt(bytes) else { return false }
            unsafe UnsafeMutableRawPointer(bitPattern: write).unsafelyUnwrapped.copyMemory(
                from: UnsafeRawPointer(bitPattern: read).unsafelyUnwrapped, byteCount: Int(bytes))
            setSized(6, from &+ bytes, mask)
        } else {
            bytes = bytes / size * size
            guard bytes > 0, unsafe UInt64(to) + UInt64(bytes) <= target.pointee.writeEnd else { return false }
            let host = unsafe UnsafeMutableRawPointer(bitPattern: writeDelta &+ UInt(toLinear)).unsafelyUnwrapped
            let value: T = reg(0)
            var at = 0
            while at < Int(bytes) {
                unsafe host.storeBytes(of: value, toByteOffset: at, as: T.self)
                at += Int(size)
            }
        }
        setSized(7, to &+ bytes, mask)
        setSized(1, left &- bytes / size, mask)
        s.budget &-= Int(bytes / size)
        return true
    }

    /// One iteration. For CMPS and SCAS: whether the repeat goes on.
    @inline(__always)
    private func once<T: FixedWidthInteger & UnsignedInteger>(_ kind: StringOperation, _ i: UnsafePointer<Instruction>, _: T.Type) throws(Fault)
        -> Bool
    {
        let mask = unsafe addressMask(i)
        let size = UInt32(T.bitWidth / 8)
        let step = s.systemFlags & EFLAGS.df == 0 ? size : 0 &- size
        let source = unsafe i.pointee.segment
        switch kind {
        case .movs:
            let value: T = try read(source, esi & mask)
            try write(0, edi & mask, value)
            setSized(6, esi &+ step, mask)
            setSized(7, edi &+ step, mask)
        case .stos:
            try write(0, edi & mask, reg(0, as: T.self))
            setSized(7, edi &+ step, mask)
        case .lods:
            setReg(0, try read(source, esi & mask) as T)
            setSized(6, esi &+ step, mask)
        case .cmps:
            let b: T = try read(0, edi & mask)
            let a: T = try read(source, esi & mask)
            _ = subtract(a, b)
            setSized(6, esi &+ step, mask)
            setSized(7, edi &+ step, mask)
        case .scas:
            let b: T = try read(0, edi & mask)
            _ = subtract(reg(0, as: T.self), b)
            setSized(7, edi &+ step, mask)
        case .ins:
            let port = UInt16(truncatingIfNeeded: edx)
            try checkPort(port, UInt8(size))
            try probeWrite(0, edi & mask, size)
            try write(0, edi & mask, T(truncatingIfNeeded: portRead(port, UInt8(size))))
            setSized(7, edi &+ step, mask)
        case .outs:
            let port = UInt16(truncatingIfNeeded: edx)
            try checkPort(port, UInt8(size))
            let value: T = try read(source, esi & mask)
            portWrite(port, UInt8(size), UInt32(truncatingIfNeeded: value))
            setSized(6, esi &+ step, mask)
        }
        return unsafe zf == i.pointee.isRep
    }
}
