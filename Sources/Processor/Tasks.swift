import X86

/// Hardware task switches (SDM Vol. 3A §7.3).
extension Execution {
    enum TaskSwitch { case call, jump, iret }

    /// Switches tasks. EIP must name where the old task goes on. Faults before the commit point leave everything as it was; later ones
    /// belong to the new task (§7.3, table 7-1).
    func switchTask(to selector: UInt16, _ kind: TaskSwitch, external: UInt32) throws(Fault) {
        let code = UInt32(selector & 0xFFFC) + external
        guard code & 0xFFFC != 0, selector & 4 == 0, let at = descriptorAddress(selector), var new = try descriptor(selector) else {
            throw kind == .iret ? .invalidTSS(code) : .protection(code)
        }
        let type = new.attributes & 0x1F
        guard kind == .iret ? (type == 3 || type == 11) : (type == 1 || type == 9) else {
            throw kind == .iret ? .invalidTSS(code) : .protection(code)
        }
        guard new.isPresent else { throw .notPresent(code) }
        let is32 = type & 8 != 0
        guard new.limit >= (is32 ? 0x67 : 0x2B) else { throw .invalidTSS(code) }

        // Everything that the switch touches must be there before anything changes.
        let oldAt = kind == .call ? nil : descriptorAddress(s.tr.selector)
        let oldIs32 = s.tr.attributes & 8 != 0
        try probeSystem(s.tr.base &+ (oldIs32 ? 0x20 : 0x0E), oldIs32 ? 0x40 : 0x1C, write: true)
        try probeSystem(new.base, is32 ? 0x68 : 0x2C, write: false)
        if kind == .call { try probeSystem(new.base, 2, write: true) }
        if kind != .iret { try probeSystem(at &+ 5, 1, write: true) }
        if let oldAt { try probeSystem(oldAt &+ 5, 1, write: true) }

        try saveTask(is32: oldIs32, dropNT: kind == .iret)
        let old = s.tr.selector
        if let oldAt {
            let access = try readLinear(oldAt &+ 5, 1, user: false)
            try writeLinear(oldAt &+ 5, access & ~2, 1, user: false)
        }
        if kind != .iret {
            new.attributes |= 2
            try writeLinear(at &+ 5, UInt64(new.attributes & 0xFF), 1, user: false)
        }
        if kind == .call { try writeLinear(new.base, UInt64(old), 2, user: false) }
        new.selector = selector
        s.tr = new
        owner.takeX87Back()
        s.cr0 |= 8
        let loaded = try readTask(is32)
        s.taskSwitches &+= 1
        unsafe s.current = owner.blocks.scratchStart
        try enterTask(loaded, nested: kind == .call, external: external)
    }

    /// Raises the page fault that an access to `bytes` bytes by the processor itself would.
    private func probeSystem(_ linear: UInt32, _ bytes: UInt32, write: Bool) throws(Fault) {
        _ = try owner.translate(linear, write: write, user: false)
        if linear & 0xFFF > 4096 - bytes { _ = try owner.translate(linear &+ bytes &- 1, write: write, user: false) }
    }

    private func saveTask(is32: Bool, dropNT: Bool) throws(Fault) {
        let base = s.tr.base
        let flags = dropNT ? eflags & ~EFLAGS.nt : eflags
        if is32 {
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

    /// A task's registers as its TSS holds them.
    private struct TaskImage {
        var cr3: UInt32?
        var eip: UInt32 = 0
        var eflags: UInt32 = 0
        var general: [UInt32] = []
        var selectors: [UInt16] = []
        var ldt: UInt16 = 0
        var traps = false
    }

    private func readTask(_ is32: Bool) throws(Fault) -> TaskImage {
        let base = s.tr.base
        var image = TaskImage()
        if is32 {
            image.cr3 = try system32(base &+ 0x1C)
            image.eip = try system32(base &+ 0x20)
            image.eflags = try system32(base &+ 0x24)
            for number in UInt32(0)..<8 { image.general.append(try system32(base &+ 0x28 &+ number * 4)) }
            for number in UInt32(0)..<6 { image.selectors.append(try system16(base &+ 0x48 &+ number * 4)) }
            image.ldt = try system16(base &+ 0x60)
            image.traps = try system16(base &+ 0x64) & 1 != 0
        } else {
            image.eip = UInt32(try system16(base &+ 0x0E))
            image.eflags = UInt32(try system16(base &+ 0x10))
            // The upper halves come up as ones, as on every processor that was looked at.
            for number in UInt32(0)..<8 { image.general.append(UInt32(try system16(base &+ 0x12 &+ number * 2)) | 0xFFFF_0000) }
            for number in UInt32(0)..<4 { image.selectors.append(try system16(base &+ 0x22 &+ number * 2)) }
            image.selectors += [0, 0]
            image.ldt = try system16(base &+ 0x2A)
        }
        return image
    }

    private func enterTask(_ image: TaskImage, nested: Bool, external: UInt32) throws(Fault) {
        let isPaging = s.cr0 & 0x8000_0000 != 0
        if let cr3 = image.cr3, isPaging {
            s.cr3 = cr3
            owner.flushTranslations(keepingGlobal: true)
        }
        s.eip = image.eip
        for number in UInt8(0)..<8 { setReg(number, image.general[Int(number)]) }
        for number in UInt8(0)..<6 { loadNull(number, image.selectors[Int(number)]) }
        setEFLAGS(nested ? image.eflags | EFLAGS.nt : image.eflags)
        if s.systemFlags & EFLAGS.rf != 0 { s.pending.insert(.resume) }
        s.dr[7] &= ~0x155
        settleBreakpoints()
        s.ldtr = SegmentCache()
        s.ldtr.attributes = 0
        s.ldtr.selector = image.ldt
        setCPL(isV86 ? 3 : UInt8(image.selectors[1] & 3))
        if image.traps {
            s.debugHits |= 1 << 15
            s.pending.insert(.debug)
        }
        if image.cr3 != nil, isPaging, s.cr4 & CR4.pae != 0 { try owner.loadPDPTEs() }
        try loadTaskLDT(image.ldt, external)
        if isV86 {
            for number in UInt8(0)..<6 { loadRealSegment(number, image.selectors[Int(number)]) }
        } else {
            for number: UInt8 in [2, 0, 3, 4, 5] { try loadTaskSegment(number, image.selectors[Int(number)], external) }
            try loadTaskCode(image.selectors[1], external)
        }
        guard s.eip <= cs.limit else { throw .protection(external) }
    }

    private func loadTaskLDT(_ selector: UInt16, _ external: UInt32) throws(Fault) {
        let code = UInt32(selector & 0xFFFC)
        guard code != 0 else { return }
        guard selector & 4 == 0, let cache = try descriptor(selector), cache.attributes & 0x1F == 2, cache.isPresent else {
            throw .invalidTSS(code + external)
        }
        s.ldtr = cache
    }

    private func loadTaskCode(_ selector: UInt16, _ external: UInt32) throws(Fault) {
        let code = UInt32(selector & 0xFFFC), level = UInt8(selector & 3)
        guard code != 0, var target = try descriptor(selector), target.isCode else { throw .invalidTSS(code + external) }
        guard target.attributes & 4 != 0 ? target.dpl <= level : target.dpl == level else { throw .invalidTSS(code + external) }
        guard target.isPresent else { throw .notPresent(code + external) }
        try markAccessed(selector, &target)
        unsafe segment(1).pointee = target
    }

    /// As `loadSegment`, with the error codes of a task switch.
    private func loadTaskSegment(_ number: UInt8, _ selector: UInt16, _ external: UInt32) throws(Fault) {
        do { try loadSegment(number, selector) } catch {
            throw error.vector == 13 ? .invalidTSS(error.errorCode + external) : Fault(vector: error.vector, errorCode: error.errorCode + external)
        }
    }

    // MARK: LLDT, LTR and the I/O permission bitmap

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
