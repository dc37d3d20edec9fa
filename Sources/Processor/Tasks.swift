import X86

/// Hardware task switches (SDM Vol. 3A §7.3).
extension Execution {
    enum TaskSwitch { case call, jump, iret }

    /// EIP must name where the old task goes on.
    func switchTask(to selector: UInt16, _ kind: TaskSwitch, external: UInt32) throws(Fault) {
        let code = UInt32(selector & 0xFFFC) + external
        guard selector & 4 == 0, let at = descriptorAddress(selector), var new = try descriptor(selector) else {
            throw kind == .iret ? .invalidTSS(code) : .protection(code)
        }
        let type = new.attributes & 0x1F
        guard kind == .iret ? (type == 3 || type == 11) : (type == 1 || type == 9) else {
            throw kind == .iret ? .invalidTSS(code) : .protection(code)
        }
        guard new.isPresent else { throw .notPresent(code) }
        let is32 = type & 8 != 0
        guard new.limit >= (is32 ? 0x67 : 0x2B) else { throw .invalidTSS(code) }

        try saveTask(dropNT: kind == .iret)
        let old = s.tr
        if kind != .call, let oldAt = descriptorAddress(old.selector) {
            let access = try readLinear(oldAt &+ 5, 1, user: false)
            try writeLinear(oldAt &+ 5, access & ~2, 1, user: false)
        }
        if kind != .iret {
            new.attributes |= 2
            try writeLinear(at &+ 5, UInt64(new.attributes & 0xFF), 1, user: false)
        }
        if kind == .call { try writeLinear(new.base, UInt64(old.selector), 2, user: false) }
        new.selector = selector
        s.tr = new
        s.cr0 |= 8
        try loadTask(is32, nested: kind == .call)
    }

    private func saveTask(dropNT: Bool) throws(Fault) {
        let base = s.tr.base
        let flags = dropNT ? eflags & ~EFLAGS.nt : eflags
        if s.tr.attributes & 8 != 0 {
            try writeLinear(base &+ 0x20, UInt64(s.eip), 4, user: false)
            try writeLinear(base &+ 0x24, UInt64(flags), 4, user: false)
            for number in UInt8(0)..<8 { try writeLinear(base &+ 0x28 &+ UInt32(number) * 4, UInt64(reg(number, as: UInt32.self)), 4, user: false) }
            for number in UInt8(0)..<6 {
                try writeLinear(base &+ 0x48 &+ UInt32(number) * 4, UInt64(unsafe segment(number).pointee.selector), 2, user: false)
            }
        } else {
            try writeLinear(base &+ 0x0E, UInt64(s.eip & 0xFFFF), 2, user: false)
            try writeLinear(base &+ 0x10, UInt64(flags & 0xFFFF), 2, user: false)
            for number in UInt8(0)..<8 { try writeLinear(base &+ 0x12 &+ UInt32(number) * 2, UInt64(reg(number, as: UInt16.self)), 2, user: false) }
            for number in UInt8(0)..<4 {
                try writeLinear(base &+ 0x22 &+ UInt32(number) * 2, UInt64(unsafe segment(number).pointee.selector), 2, user: false)
            }
        }
    }

    private func loadTask(_ is32: Bool, nested: Bool) throws(Fault) {
        let base = s.tr.base
        var flags: UInt32
        var selectors: [UInt16] = []
        let ldt: UInt16
        if is32 {
            if s.cr0 & 0x8000_0000 != 0 {
                let cr3 = try system32(base &+ 0x1C)
                if cr3 != s.cr3 {
                    s.cr3 = cr3
                    if s.cr4 & 0x20 != 0 { try owner.loadPDPTEs() }
                    owner.flushTranslations()
                }
            }
            s.eip = try system32(base &+ 0x20)
            flags = try system32(base &+ 0x24)
            for number in UInt8(0)..<8 { setReg(number, try system32(base &+ 0x28 &+ UInt32(number) * 4)) }
            for number in UInt32(0)..<6 { selectors.append(try system16(base &+ 0x48 &+ number * 4)) }
            ldt = try system16(base &+ 0x60)
        } else {
            s.eip = UInt32(try system16(base &+ 0x0E))
            flags = UInt32(try system16(base &+ 0x10))
            for number in UInt8(0)..<8 { setReg(number, try system16(base &+ 0x12 &+ UInt32(number) * 2)) }
            for number in UInt32(0)..<4 { selectors.append(try system16(base &+ 0x22 &+ number * 2)) }
            selectors += [0, 0]
            ldt = try system16(base &+ 0x2A)
        }
        if nested { flags |= EFLAGS.nt }
        setEFLAGS(flags)
        s.dr[7] &= ~0x155
        try loadLDT(ldt)
        if isV86 {
            setCPL(3)
            for number in UInt8(0)..<6 { loadRealSegment(number, selectors[Int(number)]) }
            return
        }
        let code = UInt32(selectors[1] & 0xFFFC)
        guard code != 0, var target = try descriptor(selectors[1]), target.isCode else { throw .invalidTSS(code) }
        guard target.isPresent else { throw .notPresent(code) }
        setCPL(UInt8(selectors[1] & 3))
        target.selector = selectors[1]
        unsafe segment(1).pointee = target
        try loadSegment(2, selectors[2])
        for number: UInt8 in [0, 3, 4, 5] { try loadSegment(number, selectors[Int(number)]) }
    }

    func loadLDT(_ selector: UInt16) throws(Fault) {
        let code = UInt32(selector & 0xFFFC)
        guard code != 0 else {
            s.ldtr = SegmentCache()
            s.ldtr.attributes = 0
            s.ldtr.selector = selector
            return
        }
        guard selector & 4 == 0, let cache = try descriptor(selector), cache.attributes & 0x1F == 2 else { throw .protection(code) }
        guard cache.isPresent else { throw .notPresent(code) }
        s.ldtr = cache
    }

    func loadTaskRegister(_ selector: UInt16) throws(Fault) {
        let code = UInt32(selector & 0xFFFC)
        guard code != 0, selector & 4 == 0, var cache = try descriptor(selector), let at = descriptorAddress(selector) else {
            throw .protection(code)
        }
        guard cache.attributes & 0x1F == 1 || cache.attributes & 0x1F == 9 else { throw .protection(code) }
        guard cache.isPresent else { throw .notPresent(code) }
        cache.attributes |= 2
        try writeLinear(at &+ 5, UInt64(cache.attributes & 0xFF), 1, user: false)
        s.tr = cache
    }

    /// Whether the I/O permission bitmap forbids these ports (SDM Vol. 1 §19.5.2).
    func checkPort(_ port: UInt16, _ width: UInt8) throws(Fault) {
        guard isProtected, s.cpl > iopl || isV86 else { return }
        guard s.tr.isPresent, s.tr.attributes & 8 != 0, s.tr.limit >= 0x67 else { throw .protection(0) }
        let map = UInt32(try system16(s.tr.base &+ 0x66))
        let at = map + UInt32(port >> 3)
        guard at + 1 <= s.tr.limit else { throw .protection(0) }
        let bits = try system16(s.tr.base &+ at)
        if bits >> (port & 7) & (UInt16(1) << UInt16(width) - 1) != 0 { throw .protection(0) }
    }
}
