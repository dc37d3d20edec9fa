import Bus
import HostMemory

/// Linear to physical (SDM Vol. 3A chapter 4).
extension Processor {
    package func flushTranslations() { tlb.flush() }

    /// The physical address behind `linear`, with accessed and dirty bits set; fills the translation map where plain memory stands there.
    /// - Throws: #PF, with CR2 set.
    @inline(never)
    func translate(_ linear: UInt32, write: Bool, user: Bool, fetch: Bool = false) throws(Fault) -> UInt32 {
        let e = e
        let physical: UInt32
        if e.s.cr0 & 0x8000_0000 == 0 {
            physical = linear & memory.addressMask
        } else if e.s.cr4 & 0x20 == 0 {
            physical = try walk(linear, write: write, user: user, fetch: fetch)
        } else {
            physical = try walkPAE(linear, write: write, user: user, fetch: fetch)
        }
        if write {
            if blocks.holdsNoCode(physical), let host = unsafe memory.writableHostPage(physical) {
                unsafe tlb.fill(linear, host: host, user: user, write: true)
            }
        } else if let host = unsafe memory.readableHostPage(physical) {
            unsafe tlb.fill(linear, host: host, user: user, write: false)
        }
        return physical
    }

    private func pageFault(_ linear: UInt32, present: Bool, write: Bool, user: Bool, fetch: Bool) -> Fault {
        e.s.cr2 = linear
        return .page((present ? 1 : 0) | (write ? 2 : 0) | (user ? 4 : 0) | (fetch && e.s.efer & 0x800 != 0 ? 16 : 0))
    }

    private func walk(_ linear: UInt32, write: Bool, user: Bool, fetch: Bool) throws(Fault) -> UInt32 {
        let e = e
        let directoryAddress = (e.s.cr3 & 0xFFFF_F000) | linear >> 20 & 0xFFC
        let directory = memory.read(directoryAddress, .dword)
        guard directory & 1 != 0 else { throw pageFault(linear, present: false, write: write, user: user, fetch: fetch) }
        let protectsSupervisor = e.s.cr0 & 0x10000 != 0
        if directory & 0x80 != 0 && e.s.cr4 & 0x10 != 0 {
            if (user && directory & 4 == 0) || (write && directory & 2 == 0 && (user || protectsSupervisor)) {
                throw pageFault(linear, present: true, write: write, user: user, fetch: fetch)
            }
            mark(directoryAddress, directory, write ? 0x60 : 0x20)
            return ((directory & 0xFFC0_0000) | linear & 0x003F_FFFF) & memory.addressMask
        }
        let tableAddress = (directory & 0xFFFF_F000) | linear >> 10 & 0xFFC
        let table = memory.read(tableAddress, .dword)
        guard table & 1 != 0 else { throw pageFault(linear, present: false, write: write, user: user, fetch: fetch) }
        let both = directory & table
        if (user && both & 4 == 0) || (write && both & 2 == 0 && (user || protectsSupervisor)) {
            throw pageFault(linear, present: true, write: write, user: user, fetch: fetch)
        }
        mark(directoryAddress, directory, 0x20)
        mark(tableAddress, table, write ? 0x60 : 0x20)
        return ((table & 0xFFFF_F000) | linear & 0xFFF) & memory.addressMask
    }

    private func walkPAE(_ linear: UInt32, write: Bool, user: Bool, fetch: Bool) throws(Fault) -> UInt32 {
        let e = e
        let pointer = e.s.pdpte[Int(linear >> 30)]
        guard pointer & 1 != 0 else { throw pageFault(linear, present: false, write: write, user: user, fetch: fetch) }
        let directoryAddress = UInt32(truncatingIfNeeded: pointer) & 0xFFFF_F000 | linear >> 18 & 0xFF8
        let directory = read64(directoryAddress)
        guard directory & 1 != 0 else { throw pageFault(linear, present: false, write: write, user: user, fetch: fetch) }
        let protectsSupervisor = e.s.cr0 & 0x10000 != 0
        let noExecute: UInt64 = e.s.efer & 0x800 != 0 ? 1 << 63 : 0
        if directory & 0x80 != 0 {
            if (user && directory & 4 == 0) || (write && directory & 2 == 0 && (user || protectsSupervisor)) || (fetch && directory & noExecute != 0)
            {
                throw pageFault(linear, present: true, write: write, user: user, fetch: fetch)
            }
            mark(directoryAddress, UInt32(truncatingIfNeeded: directory), write ? 0x60 : 0x20)
            return (UInt32(truncatingIfNeeded: directory) & 0xFFE0_0000 | linear & 0x001F_FFFF) & memory.addressMask
        }
        let tableAddress = UInt32(truncatingIfNeeded: directory) & 0xFFFF_F000 | linear >> 9 & 0xFF8
        let table = read64(tableAddress)
        guard table & 1 != 0 else { throw pageFault(linear, present: false, write: write, user: user, fetch: fetch) }
        let both = directory & table
        if (user && both & 4 == 0) || (write && both & 2 == 0 && (user || protectsSupervisor)) || (fetch && (directory | table) & noExecute != 0) {
            throw pageFault(linear, present: true, write: write, user: user, fetch: fetch)
        }
        mark(directoryAddress, UInt32(truncatingIfNeeded: directory), 0x20)
        mark(tableAddress, UInt32(truncatingIfNeeded: table), write ? 0x60 : 0x20)
        return (UInt32(truncatingIfNeeded: table) & 0xFFFF_F000 | linear & 0xFFF) & memory.addressMask
    }

    private func read64(_ address: UInt32) -> UInt64 { UInt64(memory.read(address, .dword)) | UInt64(memory.read(address &+ 4, .dword)) << 32 }

    private func mark(_ address: UInt32, _ entry: UInt32, _ bits: UInt32) {
        if entry & bits != bits { memory.write(address, .dword, entry | bits) }
    }

    /// Loads the four page directory pointers (SDM Vol. 3A §4.4.1).
    func loadPDPTEs() throws(Fault) {
        let base = e.s.cr3 & 0xFFFF_FFE0
        for index in 0..<4 {
            let entry = read64(base &+ UInt32(index) &* 8)
            if entry & 1 != 0 && entry & 0x1E6 != 0 { throw .protection(0) }
            e.s.pdpte[index] = entry
        }
    }
}
