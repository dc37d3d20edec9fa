import X86

/// IRET, and what RETF shares with it (SDM Vol. 2A, IRET and RET).
extension Execution {
    /// IRET. NMIs may come again from here on, even where it faults (SDM Vol. 3A §6.7.1).
    func interruptReturn(_ width: UInt8) throws(Fault) {
        s.nmiBlocked = false
        try attempt { () throws(Fault) in
            if !isProtected { return try returnInRealMode(width) }
            if isV86 { return try returnInV86(width) }
            if s.systemFlags & EFLAGS.nt != 0 {
                let link = try system16(s.tr.base)
                s.eip = unsafe s.eip &+ UInt32(s.current.pointee.offset) &+ UInt32(s.current.pointee.length)
                return try switchTask(to: link, .iret, external: 0)
            }
            let ip = try pop(width)
            let selector = UInt16(truncatingIfNeeded: try pop(width))
            let flags = try pop(width)
            if width == 4 && flags & EFLAGS.vm != 0 && s.cpl == 0 { return try returnToV86(ip, selector, flags) }
            try returnFar(selector, ip, popped: width, extra: 0, isInterrupt: flags)
        }
        if s.systemFlags & EFLAGS.rf != 0 { s.pending.insert(.resume) }
    }

    private func returnInRealMode(_ width: UInt8) throws(Fault) {
        let ip = try pop(width), selector = try pop(width), flags = try pop(width)
        guard ip <= cs.limit else { throw .protection(0) }
        loadRealSegment(1, UInt16(truncatingIfNeeded: selector))
        s.eip = ip
        setEFLAGS(width == 4 ? flags & 0x257FD5 | eflags & 0x1A0000 : eflags & 0xFFFF_0000 | flags)
    }

    private func returnToV86(_ ip: UInt32, _ selector: UInt16, _ flags: UInt32) throws(Fault) {
        let newESP = try pop(4), newSS = try pop(4), es = try pop(4), ds = try pop(4), fs = try pop(4), gs = try pop(4)
        guard ip <= 0xFFFF else { throw .protection(0) }
        setEFLAGS(flags & 0x3F7FD5)
        setCPL(3)
        for (number, value) in [(UInt8(0), es), (1, UInt32(selector)), (2, newSS), (3, ds), (4, fs), (5, gs)] {
            loadRealSegment(number, UInt16(truncatingIfNeeded: value))
        }
        s.eip = ip
        esp = newESP
    }

    /// The flags that IRET and POPF may change at this privilege.
    func writableFlags(_ width: UInt8) -> UInt32 {
        var mask: UInt32 = width == 4 ? 0x257FD5 : 0x7FD5
        if s.cpl > 0 { mask &= ~EFLAGS.iopl }
        if s.cpl > iopl { mask &= ~EFLAGS.if }
        return mask
    }

    /// RETF n.
    func farReturn(_ width: UInt8, _ extra: UInt32) throws(Fault) {
        try attempt { () throws(Fault) in
            let ip = try pop(width)
            let selector = UInt16(truncatingIfNeeded: try pop(width))
            guard isProtected && !isV86 else {
                guard ip <= cs.limit else { throw .protection(0) }
                loadRealSegment(1, selector)
                s.eip = ip
                setESP(esp &+ extra)
                return
            }
            try returnFar(selector, ip, popped: width, extra: extra, isInterrupt: nil)
        }
    }

    /// The common end of RETF and IRET in protected mode: CS:EIP (and EFLAGS) are popped already.
    private func returnFar(_ selector: UInt16, _ ip: UInt32, popped width: UInt8, extra: UInt32, isInterrupt flags: UInt32?) throws(Fault) {
        let code = UInt32(selector & 0xFFFC)
        let level = UInt8(selector & 3)
        guard code != 0, var target = try descriptor(selector), target.isCode, level >= s.cpl else { throw .protection(code) }
        if target.attributes & 4 != 0 {
            guard target.dpl <= level else { throw .protection(code) }
        } else {
            guard target.dpl == level else { throw .protection(code) }
        }
        guard target.isPresent else { throw .notPresent(code) }
        let mask = writableFlags(width) | (s.cpl == 0 && width == 4 ? EFLAGS.vif | EFLAGS.vip : 0)
        setESP(esp &+ extra)
        if level > s.cpl {
            let newESP = try pop(width)
            let stackSelector = UInt16(truncatingIfNeeded: try pop(width))
            let stackCode = UInt32(stackSelector & 0xFFFC)
            guard stackCode != 0, var stack = try descriptor(stackSelector) else { throw .protection(stackCode) }
            guard UInt8(stackSelector & 3) == level, stack.dpl == level, stack.attributes & 0x1A == 0x12 else { throw .protection(stackCode) }
            guard stack.isPresent else { throw .stack(stackCode) }
            guard ip <= target.limit else { throw .protection(0) }
            try markAccessed(selector, &target)
            try markAccessed(stackSelector, &stack)
            setCPL(level)
            enterStack(stack, newESP)
            setESP(esp &+ extra)
            for number: UInt8 in [0, 3, 4, 5] {
                let cache = unsafe segment(number).pointee
                if cache.dpl < level && (!cache.isCode || cache.attributes & 4 == 0) { loadNull(number, 0) }
            }
        } else {
            guard ip <= target.limit else { throw .protection(0) }
            try markAccessed(selector, &target)
        }
        unsafe segment(1).pointee = target
        s.eip = ip
        if let flags { setEFLAGS(eflags & ~mask | flags & mask) }
    }
}
