import Bus
import X86

/// What system management mode keeps in the processor beside its save area (SDM Vol. 3C chapter 34).
package struct SystemManagement: Codable, Equatable, Sendable {
    package var base: UInt32 = 0x30000
    /// From the SMI to RSM: SMI, NMI and INIT wait.
    package var isActive = false
    /// NMI was blocked before, and is again after RSM (§34.8).
    package var nmiWasBlocked = false
}

/// The state save area, SMBASE + FE00h to SMBASE + FFFFh (SDM Vol. 3C table 34-1). What the table leaves to the processor stands where other
/// software models of it keep it: CR4, the descriptor caches, GDTR and IDTR.
private struct SaveArea {
    static let size = 512
    /// Offset in the table, which counts from SMBASE + 8000h, of the first byte.
    static let first = 0x7E00

    enum Field {
        static let base = 0x7EF8, revision = 0x7EFC, autoHalt = 0x7F00, cr4 = 0x7F14
        static let idtrLimit = 0x7F54, idtrBase = 0x7F58, gdtrLimit = 0x7F70, gdtrBase = 0x7F74
        static let tr = 0x7FC4, trCache = 0x7F5C, ldtr = 0x7FC0, ldtrCache = 0x7F78
        static let dr7 = 0x7FC8, dr6 = 0x7FCC, general = 0x7FD0, eip = 0x7FF0, eflags = 0x7FF4, cr3 = 0x7FF8, cr0 = 0x7FFC
        static func selector(_ segment: Int) -> Int { 0x7FA8 + segment * 4 }
        static func cache(_ segment: Int) -> Int { segment < 3 ? 0x7F84 + segment * 12 : 0x7F2C + (segment - 3) * 12 }
    }
    /// SMBASE can be moved; I/O instructions are not restarted.
    static let revision: UInt32 = 0x0002_0000
    /// The auto HALT restart field is the upper word of its double word.
    static let halted: UInt32 = 1 << 16

    var bytes: [UInt8]

    subscript(_ field: Int) -> UInt32 {
        get { (0..<4).reduce(0) { $0 | UInt32(bytes[field - Self.first + $1]) << UInt32($1 * 8) } }
        set { for index in 0..<4 { bytes[field - Self.first + index] = UInt8(truncatingIfNeeded: newValue >> UInt32(index * 8)) } }
    }

    mutating func store(_ cache: SegmentCache, selector: Int, at field: Int) {
        self[selector] = UInt32(cache.selector)
        self[field] = UInt32(cache.attributes)
        self[field + 4] = cache.limit
        self[field + 8] = cache.base
    }

    func cache(selector: Int, at field: Int) -> SegmentCache {
        var cache = SegmentCache()
        cache.selector = UInt16(truncatingIfNeeded: self[selector])
        cache.attributes = UInt16(truncatingIfNeeded: self[field]) & 0xF0FF
        cache.limit = self[field + 4]
        cache.base = self[field + 8]
        cache.settle()
        return cache
    }
}

extension Processor {
    private static let saveArea: UInt32 = 0xFE00
    private static let entry: UInt32 = 0x8000

    var isLocalAPICEnabled: Bool { (interrupts.apicBase ?? 0) & 1 << 11 != 0 }

    package func pulseSMI() { e.s.pending.insert(.smi) }

    /// INIT (SDM Vol. 3A table 9-1): as RESET, but the FPU, MTRRs, MSRs, the time-stamp counter and SMBASE stay.
    package func initialize() {
        let old = e.s
        reset()
        let e = e
        e.s.fpu = old.fpu
        e.s.machine = old.machine
        e.s.pat = old.pat
        e.s.tscOffset = old.tscOffset
        (e.s.sysenterCS, e.s.sysenterESP, e.s.sysenterEIP) = (old.sysenterCS, old.sysenterESP, old.sysenterEIP)
        e.s.smm.base = old.smm.base
        // CD and NW.
        e.s.cr0 = e.s.cr0 & ~0x6000_0000 | old.cr0 & 0x6000_0000
    }

    /// SMI: everything into the save area, then the execution environment of §34.5.1.
    func enterSystemManagement() {
        let e = e
        e.s.pending.remove(.smi)
        let area = savedState()
        e.s.smm.isActive = true
        e.s.smm.nmiWasBlocked = e.s.nmiBlocked
        e.s.nmiBlocked = true
        onSystemManagement?(true)
        memory.write(e.s.smm.base &+ Self.saveArea, area.bytes)

        e.s.halted = false
        // PE, EM, TS, PG.
        e.s.cr0 &= ~0x8000_000D
        e.s.cr4 = 0
        e.s.dr[7] = 0x400
        e.settleBreakpoints()
        var flat = SegmentCache()
        flat.attributes = 0x8093
        flat.limit = 0xFFFF_FFFF
        flat.settle()
        for number in 0..<6 { e.s.segments[number] = flat }
        e.s.segments[1].selector = UInt16(truncatingIfNeeded: e.s.smm.base >> 4)
        e.s.segments[1].base = e.s.smm.base
        e.s.stackMask = 0xFFFF
        e.setCPL(0)
        e.s.eip = Self.entry
        e.setEFLAGS(2)
        flushTranslations()
    }

    private func savedState() -> SaveArea {
        typealias Field = SaveArea.Field
        let e = e
        var area = SaveArea(bytes: [UInt8](repeating: 0, count: SaveArea.size))
        area[Field.base] = e.s.smm.base
        area[Field.revision] = SaveArea.revision
        area[Field.autoHalt] = e.s.halted ? SaveArea.halted : 0
        for number in 0..<8 { area[Field.general + number * 4] = e.reg(UInt8(number)) }
        (area[Field.eip], area[Field.eflags]) = (e.s.eip, e.eflags)
        (area[Field.cr0], area[Field.cr3], area[Field.cr4]) = (e.s.cr0, e.s.cr3, e.s.cr4)
        (area[Field.dr6], area[Field.dr7]) = (e.s.dr[6], e.s.dr[7])
        for number in 0..<6 { area.store(e.s.segments[number], selector: Field.selector(number), at: Field.cache(number)) }
        area.store(e.s.tr, selector: Field.tr, at: Field.trCache)
        area.store(e.s.ldtr, selector: Field.ldtr, at: Field.ldtrCache)
        (area[Field.gdtrBase], area[Field.gdtrLimit]) = (e.s.gdtr.base, UInt32(e.s.gdtr.limit))
        (area[Field.idtrBase], area[Field.idtrLimit]) = (e.s.idtr.base, UInt32(e.s.idtr.limit))
        return area
    }

    /// RSM. A save area that no processor could have left shuts it down (§34.4.2).
    fileprivate func leaveSystemManagement() {
        typealias Field = SaveArea.Field
        let e = e
        let area = SaveArea(bytes: memory.read(e.s.smm.base &+ Self.saveArea, count: SaveArea.size))
        e.s.smm.isActive = false
        e.s.nmiBlocked = e.s.smm.nmiWasBlocked
        onSystemManagement?(false)

        takeX87Back()
        let cr0 = area[Field.cr0] & 0xE005_002F | 0x10, cr4 = area[Field.cr4]
        guard cr0 & 0x8000_0001 != 0x8000_0000, cr0 & 0x6000_0000 != 0x2000_0000, cr4 & ~model.writableCR4 == 0 else {
            e.s.pending.insert(.shutdown)
            return
        }
        (e.s.cr0, e.s.cr3, e.s.cr4) = (cr0, area[Field.cr3], cr4)
        e.s.smm.base = area[Field.base]
        for number in 0..<8 { e.setReg(UInt8(number), area[Field.general + number * 4]) }
        for number in 0..<6 { e.s.segments[number] = area.cache(selector: Field.selector(number), at: Field.cache(number)) }
        e.s.tr = area.cache(selector: Field.tr, at: Field.trCache)
        e.s.ldtr = area.cache(selector: Field.ldtr, at: Field.ldtrCache)
        e.s.gdtr = TableRegister(base: area[Field.gdtrBase], limit: UInt16(truncatingIfNeeded: area[Field.gdtrLimit]))
        e.s.idtr = TableRegister(base: area[Field.idtrBase], limit: UInt16(truncatingIfNeeded: area[Field.idtrLimit]))
        e.s.dr[6] = area[Field.dr6] & 0xE00F | 0xFFFF_0FF0
        e.s.dr[7] = area[Field.dr7] & 0xFFFF_2FFF | 0x400
        e.settleBreakpoints()
        e.s.stackMask = e.ss.isBig ? 0xFFFF_FFFF : 0xFFFF
        e.s.eip = area[Field.eip]
        let isProtected = cr0 & 1 != 0
        let eflags = isProtected ? area[Field.eflags] : area[Field.eflags] & ~EFLAGS.vm
        e.setCPL(!isProtected ? 0 : eflags & EFLAGS.vm != 0 ? 3 : e.ss.dpl)
        e.setEFLAGS(eflags)
        if eflags & EFLAGS.rf != 0 { e.s.pending.insert(.resume) }
        e.s.halted = area[Field.autoHalt] & SaveArea.halted != 0
        flushTranslations()
        guard cr0 & 0x8000_0000 != 0, cr4 & CR4.pae != 0 else { return }
        do { try loadPDPTEs() } catch { e.s.pending.insert(.shutdown) }
    }
}

extension Execution {
    func resumeFromSystemManagement() throws(Fault) {
        guard s.smm.isActive else { throw .invalidOpcode }
        owner.leaveSystemManagement()
    }
}
