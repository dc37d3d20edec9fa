import X86

/// Virtual-8086 mode, its extensions (CR4.VME) and protected-mode virtual interrupts (CR4.PVI): SDM Vol. 3B chapter 20.
extension Execution {
    /// CLI and STI.
    func setInterruptFlag(_ on: Bool) throws(Fault) {
        if !isProtected || s.cpl <= iopl {
            if on {
                if s.systemFlags & EFLAGS.if == 0 { s.pending.insert(.shadow) }
                s.systemFlags |= EFLAGS.if
            } else {
                s.systemFlags &= ~EFLAGS.if
            }
            return updateInterrupt()
        }
        guard s.cpl == 3, s.cr4 & (isV86 ? CR4.vme : CR4.pvi) != 0 else { throw .protection(0) }
        if on {
            if s.systemFlags & EFLAGS.vip != 0 { throw .protection(0) }
            s.systemFlags |= EFLAGS.vif
        } else {
            s.systemFlags &= ~EFLAGS.vif
        }
    }

    /// Whether flags, INT n and IRET of this V86 code, which may not touch IF, work on VIF instead.
    private func virtualizesInterrupts(_ width: UInt8) throws(Fault) -> Bool {
        guard isV86, iopl < 3 else { return false }
        guard s.cr4 & CR4.vme != 0, width == 2 else { throw .protection(0) }
        return true
    }

    /// The low word of EFLAGS as V86 code sees it: IOPL 3, VIF for IF.
    private var virtualFlags: UInt32 {
        eflags & 0xFFFF & ~EFLAGS.if | EFLAGS.iopl | (s.systemFlags & EFLAGS.vif != 0 ? EFLAGS.if : 0)
    }

    private func setVirtualFlags(_ value: UInt32) throws(Fault) {
        if value & EFLAGS.tf != 0 || value & EFLAGS.if != 0 && s.systemFlags & EFLAGS.vip != 0 { throw .protection(0) }
        let mask = 0x7FD5 & ~(EFLAGS.if | EFLAGS.iopl)
        setEFLAGS(eflags & ~(mask | EFLAGS.vif) | value & mask | (value & EFLAGS.if != 0 ? EFLAGS.vif : 0))
    }

    func pushFlags(_ width: UInt8) throws(Fault) {
        try push(virtualizesInterrupts(width) ? virtualFlags : eflags & ~(EFLAGS.rf | EFLAGS.vm), width)
    }

    func popFlags(_ width: UInt8) throws(Fault) {
        if try virtualizesInterrupts(width) {
            try setVirtualFlags(peek(0, 2))
            return setESP(esp &+ 2)
        }
        let value = try pop(width)
        let mask = writableFlags(width) & ~EFLAGS.rf
        setEFLAGS(eflags & ~(mask | EFLAGS.rf) | value & mask)
    }

    /// IRET from V86 mode to V86 mode.
    func returnInV86(_ width: UInt8) throws(Fault) {
        let isVirtual = try virtualizesInterrupts(width)
        let ip = try pop(width), selector = try pop(width), flags = try pop(width)
        guard ip <= cs.limit else { throw .protection(0) }
        if isVirtual {
            try setVirtualFlags(flags)
        } else {
            let kept = EFLAGS.iopl | EFLAGS.vm | EFLAGS.vif | EFLAGS.vip
            setEFLAGS(width == 4 ? flags & ~kept | eflags & kept : eflags & 0xFFFF_0000 | eflags & EFLAGS.iopl | flags & 0xCFFF)
        }
        loadRealSegment(1, UInt16(truncatingIfNeeded: selector))
        s.eip = ip
    }

    /// The interrupt redirection bitmap, 32 bytes below the I/O permission bitmap: whether INT `vector` leaves V86 mode (§20.3, table 20-2).
    func trapsFromV86(_ vector: UInt8) throws(Fault) -> Bool {
        guard s.tr.isPresent, s.tr.attributes & 8 != 0, s.tr.limit >= 0x67 else { throw .protection(0) }
        let map = UInt32(try system16(s.tr.base &+ 0x66))
        guard map >= 32, map - 32 + UInt32(vector >> 3) <= s.tr.limit else { throw .protection(0) }
        let bits = try readLinear(s.tr.base &+ map &- 32 &+ UInt32(vector >> 3), 1, user: false)
        return bits >> UInt64(vector & 7) & 1 != 0
    }

    /// INT n straight to the 8086 program's own handler (§20.3.3, methods 5 and 6).
    func redirectToV86(_ vector: UInt8, returningTo next: UInt32) throws(Fault) {
        try attempt { () throws(Fault) in
            let target = try system32(UInt32(vector) * 4)
            try push(iopl < 3 ? virtualFlags : eflags & 0xFFFF, 2)
            try push(UInt32(cs.selector), 2)
            try push(next & 0xFFFF, 2)
            clearFlags(EFLAGS.tf | EFLAGS.rf | (iopl < 3 ? EFLAGS.vif : EFLAGS.if))
            loadRealSegment(1, UInt16(truncatingIfNeeded: target >> 16))
            s.eip = target & 0xFFFF
        }
    }
}
