import Bus
import HostMemory

/// Linear to physical (SDM Vol. 3A chapter 4).
extension Processor {
    package func flushTranslations() { tlb.flush(keepingGlobal: false) }
    func flushTranslations(keepingGlobal: Bool) { tlb.flush(keepingGlobal: keepingGlobal && e.s.cr4 & CR4.pge != 0) }

    /// What the tables say of a page.
    private struct Page {
        var physical: UInt32
        var isGlobal = false
    }

    /// Bits of a PAE entry that must be clear: physical addresses here have 32 bits. Bit 63 is XD where EFER.NXE is set, and reserved else.
    private static let reservedPAE: UInt64 = 0x7FFF_FFFF_0000_0000

    /// The physical address behind `linear`, with accessed and dirty bits set; fills the translation map where plain memory stands there.
    /// - Throws: #PF, with CR2 set.
    @inline(never)
    func translate(_ linear: UInt32, write: Bool, user: Bool, fetch: Bool = false) throws(Fault) -> UInt32 {
        try translate(linear, write: write, user: user, fetch: fetch, marks: true)
    }

    /// The physical address behind a page that is mapped for fetches already: nothing changes.
    func mappedCode(_ linear: UInt32) -> UInt32? { try? translate(linear, write: false, user: e.s.cpl == 3, fetch: true, marks: false) }

    private func translate(_ linear: UInt32, write: Bool, user: Bool, fetch: Bool, marks: Bool) throws(Fault) -> UInt32 {
        let e = e
        let page: Page
        if e.s.cr0 & 0x8000_0000 == 0 {
            page = Page(physical: linear & memory.addressMask)
        } else if e.s.cr4 & CR4.pae == 0 {
            page = try walk(linear, write: write, user: user, fetch: fetch, marks: marks)
        } else {
            page = try walkPAE(linear, write: write, user: user, fetch: fetch, marks: marks)
        }
        let physical = page.physical
        guard marks else { return physical }
        if fetch {
            if let host = unsafe memory.readableHostPage(physical) {
                unsafe tlb.fill(linear, host: host, physical: physical, user: user, .fetch, isGlobal: page.isGlobal)
            }
        } else if !e.isWatched(page: linear) {
            if write {
                if blocks.holdsNoCode(physical), let host = unsafe memory.writableHostPage(physical) {
                    unsafe tlb.fill(linear, host: host, physical: physical, user: user, .write, isGlobal: page.isGlobal)
                }
            } else if let host = unsafe memory.readableHostPage(physical) {
                unsafe tlb.fill(linear, host: host, physical: physical, user: user, .read, isGlobal: page.isGlobal)
            }
        }
        return physical
    }

    /// The access that a walk is for, and the faults it may raise (§4.7).
    private struct Walk {
        var linear: UInt32
        var write: Bool
        var user: Bool
        var fetch: Bool
        var protectsSupervisor: Bool
        var noExecute: Bool

        func allows(_ rights: UInt32, noExecute bit: Bool) -> Bool {
            if user && rights & 4 == 0 { return false }
            if write && rights & 2 == 0 && (user || protectsSupervisor) { return false }
            return !(fetch && bit)
        }
    }

    private func fault(_ walk: Walk, _ cause: UInt32) -> Fault {
        e.s.cr2 = walk.linear
        return .page(cause | (walk.write ? 2 : 0) | (walk.user ? 4 : 0) | (walk.fetch && walk.noExecute ? 16 : 0))
    }
    private static let notPresent: UInt32 = 0, protected: UInt32 = 1, reserved: UInt32 = 9

    private func walk(_ linear: UInt32, write: Bool, user: Bool, fetch: Bool, marks: Bool) throws(Fault) -> Page {
        let e = e
        let walk = Walk(
            linear: linear, write: write, user: user, fetch: fetch, protectsSupervisor: e.s.cr0 & 0x10000 != 0, noExecute: false)
        let globals = e.s.cr4 & CR4.pge != 0
        let directoryAddress = (e.s.cr3 & 0xFFFF_F000) | linear >> 20 & 0xFFC
        let directory = memory.read(directoryAddress, .dword)
        guard directory & 1 != 0 else { throw fault(walk, Self.notPresent) }
        if directory & 0x80 != 0 && e.s.cr4 & CR4.pse != 0 {
            if directory & 0x003F_E000 != 0 { throw fault(walk, Self.reserved) }
            guard walk.allows(directory, noExecute: false) else { throw fault(walk, Self.protected) }
            if marks { mark(directoryAddress, directory, write ? 0x60 : 0x20) }
            return Page(
                physical: ((directory & 0xFFC0_0000) | linear & 0x003F_FFFF) & memory.addressMask, isGlobal: globals && directory & 0x100 != 0)
        }
        let tableAddress = (directory & 0xFFFF_F000) | linear >> 10 & 0xFFC
        let table = memory.read(tableAddress, .dword)
        guard table & 1 != 0 else { throw fault(walk, Self.notPresent) }
        guard walk.allows(directory & table, noExecute: false) else { throw fault(walk, Self.protected) }
        if marks { mark(directoryAddress, directory, 0x20) }
        if marks { mark(tableAddress, table, write ? 0x60 : 0x20) }
        return Page(physical: ((table & 0xFFFF_F000) | linear & 0xFFF) & memory.addressMask, isGlobal: globals && table & 0x100 != 0)
    }

    private func walkPAE(_ linear: UInt32, write: Bool, user: Bool, fetch: Bool, marks: Bool) throws(Fault) -> Page {
        let e = e
        let hasNX = e.s.efer & 0x800 != 0
        let walk = Walk(
            linear: linear, write: write, user: user, fetch: fetch, protectsSupervisor: e.s.cr0 & 0x10000 != 0, noExecute: hasNX)
        let reserved = Self.reservedPAE | (hasNX ? 0 : 1 << 63)
        let globals = e.s.cr4 & CR4.pge != 0
        let pointer = e.s.pdpte[Int(linear >> 30)]
        guard pointer & 1 != 0 else { throw fault(walk, Self.notPresent) }
        let directoryAddress = UInt32(truncatingIfNeeded: pointer) & 0xFFFF_F000 | linear >> 18 & 0xFF8
        let directory = read64(directoryAddress)
        let directoryLow = UInt32(truncatingIfNeeded: directory)
        guard directory & 1 != 0 else { throw fault(walk, Self.notPresent) }
        if directory & reserved != 0 { throw fault(walk, Self.reserved) }
        if directory & 0x80 != 0 {
            if directory & 0x001F_E000 != 0 { throw fault(walk, Self.reserved) }
            guard walk.allows(directoryLow, noExecute: directory >> 63 != 0) else { throw fault(walk, Self.protected) }
            if marks { mark(directoryAddress, directoryLow, write ? 0x60 : 0x20) }
            return Page(
                physical: (directoryLow & 0xFFE0_0000 | linear & 0x001F_FFFF) & memory.addressMask, isGlobal: globals && directory & 0x100 != 0)
        }
        let tableAddress = directoryLow & 0xFFFF_F000 | linear >> 9 & 0xFF8
        let table = read64(tableAddress)
        let tableLow = UInt32(truncatingIfNeeded: table)
        guard table & 1 != 0 else { throw fault(walk, Self.notPresent) }
        if table & reserved != 0 { throw fault(walk, Self.reserved) }
        guard walk.allows(directoryLow & tableLow, noExecute: (directory | table) >> 63 != 0) else { throw fault(walk, Self.protected) }
        if marks { mark(directoryAddress, directoryLow, 0x20) }
        if marks { mark(tableAddress, tableLow, write ? 0x60 : 0x20) }
        return Page(physical: (tableLow & 0xFFFF_F000 | linear & 0xFFF) & memory.addressMask, isGlobal: globals && table & 0x100 != 0)
    }

    private func read64(_ address: UInt32) -> UInt64 { UInt64(memory.read(address, .dword)) | UInt64(memory.read(address &+ 4, .dword)) << 32 }

    /// Sets accessed and dirty bits.
    private func mark(_ address: UInt32, _ entry: UInt32, _ bits: UInt32) {
        guard entry & bits != bits else { return }
        memory.write(address, .dword, entry | bits)
        blocks.written(address & memory.addressMask, 4, e)
    }

    /// Loads the four page directory pointers (SDM Vol. 3A §4.4.1); all or none.
    func loadPDPTEs() throws(Fault) {
        let base = e.s.cr3 & 0xFFFF_FFE0
        var entries = e.s.pdpte
        for index in 0..<4 {
            let entry = read64(base &+ UInt32(index) &* 8)
            if entry & 1 != 0 && entry & 0xFFFF_FFFF_0000_01E6 != 0 { throw .protection(0) }
            entries[index] = entry
        }
        e.s.pdpte = entries
    }
}
