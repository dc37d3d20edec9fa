import HostMemory

/// The flat translation maps (DESIGN §4): for each of {supervisor, user} × {read, write, fetch} one word per page of the guest's linear space,
/// host address minus linear address, or 0 where the slow path must decide. The host commits only the entries that are touched.
///
/// The maps of one privilege level form a bank: read, write, fetch, one behind the other, and before them what translated code keeps of them:
/// one-page caches for its places of access, and the page that the stack was last seen in. A bank has one base address, so that a change of
/// privilege changes one register of translated code and all that hangs on it.
@safe
final class TranslationMaps {
    enum Access: UInt32 { case read, write, fetch }

    /// A one-page cache of one place of access: linear and host address of a page's first byte. `base` is `Slot.none` where nothing is cached.
    struct Slot {
        var base: UInt
        var host: UInt
        /// No 32-bit address is at most 4095 above it.
        static let none: UInt = 1 << 40
        static let empty = Slot(base: none, host: 0)
    }

    /// The bookkeeping of `Routines.refill` for a slot, of the same size and apart from it: translated code reads slots all the time, these seldom.
    struct Upkeep {
        /// Misses left until the place goes by the map; then accesses left until it does not.
        var patience: UInt32 = firstPatience
        /// The lists of slots in use that it is in.
        var lists: UInt64 = 0
        /// Slots that got a page since the last flush; and those that kept one through a flush of all but global pages.
        static let recent: UInt64 = 1, lasting: UInt64 = 2
        static let firstPatience: UInt32 = 2
    }

    private static let entries = 1 << 20
    /// A map's first `entries` words are its pages'. The rest is never filled, and never committed: there an address that is not a multiple of its operand's
    /// size is looked for (`SlotRoutines.swift`).
    private static let mapEntries = entries << 3
    static let mapBytes = mapEntries * 8
    /// Places of access have slots in turn; more places than slots share them.
    static let slotCount = 1 << 15
    /// Relative to a bank's base: the host page of the stack window, the count of listed slots, their list (offsets of 4 bytes), the slots'
    /// bookkeeping, and the slots.
    static let stackWindow = -16, listCount = -24
    static let list = listCount - slotCount * 4, lastingCount = list - 8, lastingList = lastingCount - slotCount * 4
    static let upkeep = lastingList - 8 - slotCount * MemoryLayout<Upkeep>.stride
    static let slots = upkeep - slotCount * MemoryLayout<Slot>.stride & ~63
    /// From a slot to its bookkeeping.
    static let upkeepBehindSlot = upkeep - slots
    /// Where indirect jumps went: linear address and mode tag, then the translation's start. Found by `jumpIndex`. The count of those in use, their list, and
    /// they themselves.
    static let jumpBits = 11, jumpCount = slots - 8, jumpList = jumpCount - (4 << jumpBits), jumps = jumpList - (16 << jumpBits)
    static let jumpFactor: UInt32 = 0x9E37_79B1
    private static let prefix = (-jumps + 4095) & ~4095
    private static let bankBytes = prefix + 3 * mapBytes

    private let region: Region
    private let bases: (supervisor: UnsafeMutablePointer<UInt>, user: UnsafeMutablePointer<UInt>, nothing: UnsafeMutablePointer<UInt>)
    /// An entry that was filled since the last flush.
    private struct Filled {
        /// Map number << 20 | linear page number.
        var entry: UInt32
        /// For entries that allow writes: the physical page, and the next in its list, one more than the index.
        var physical: UInt32
        var next: UInt32
    }
    /// What was filled, so that a flush clears exactly that; and per physical page the first of those that allow writes to it, one more than the
    /// index. Entries of global pages apart, because they outlive a load of CR3.
    @safe private struct FillList {
        var filled: [Filled] = []
        let heads: UnsafeMutablePointer<UInt32>
    }
    private var local: FillList
    /// Entries in the lists.
    var filledCount: Int { local.filled.count + global.filled.count }
    private var global: FillList
    private let headMemory: Region
    private var lastingPages = PageFilter()
    /// A list that grew so long is mostly of entries that INVLPG cleared.
    private static let longest = 1 << 18

    init() throws(HostMemoryError) {
        region = try Region("translation maps", size: 3 * Self.bankBytes)
        headMemory = try Region("writable pages", size: 2 * Self.entries * 4)
        let heads = unsafe headMemory.base.assumingMemoryBound(to: UInt32.self)
        local = unsafe FillList(heads: heads)
        global = unsafe FillList(heads: heads + Self.entries)
        let first = unsafe region.base + Self.prefix
        func base(_ number: Int) -> UnsafeMutablePointer<UInt> { unsafe (first + number * Self.bankBytes).assumingMemoryBound(to: UInt.self) }
        unsafe bases = (base(0), base(1), base(2))
        unsafe forgetSlots(bases.nothing)
        forgetSlots()
    }

    private static func number(user: Bool, _ access: Access) -> UInt32 { (user ? 3 : 0) + access.rawValue }
    private func map(_ number: UInt32) -> UnsafeMutablePointer<UInt> {
        unsafe (number >= 3 ? bases.user : bases.supervisor) + Int(number >= 3 ? number - 3 : number) * Self.mapEntries
    }

    func map(user: Bool, _ access: Access) -> UnsafeMutablePointer<UInt> { unsafe map(Self.number(user: user, access)) }

    /// A bank without entries: every access takes the slow path. Its maps are never written, so the host never commits them.
    func nothing(_ access: Access) -> UnsafeMutablePointer<UInt> { unsafe bases.nothing + Int(access.rawValue) * Self.mapEntries }

    /// - Parameter physical: address of the page behind `linear`.
    func fill(_ linear: UInt32, host: UnsafeMutableRawPointer, physical: UInt32, user: Bool, _ access: Access, isGlobal: Bool) {
        let number = Self.number(user: user, access)
        let delta = UInt(bitPattern: host) &- UInt(linear & ~0xFFF)
        let place = unsafe map(number) + Int(linear >> 12)
        if unsafe place.pointee == delta { return }
        unsafe place.pointee = delta
        let entry = number << 20 | linear >> 12, page = access == .write ? physical >> 12 : Self.noPage
        if isGlobal { Self.note(entry, page, &global) } else { Self.note(entry, page, &local) }
        if local.filled.count + global.filled.count > Self.longest { flush(keepingGlobal: false) }
    }
    private static let noPage: UInt32 = 1 << 20

    private static func note(_ entry: UInt32, _ page: UInt32, _ list: inout FillList) {
        var next: UInt32 = 0
        if page != noPage {
            unsafe next = list.heads[Int(page)]
            unsafe list.heads[Int(page)] = UInt32(list.filled.count + 1)
        }
        list.filled.append(Filled(entry: entry, physical: page, next: next))
    }

    func flush(keepingGlobal: Bool) {
        clear(&local)
        if !keepingGlobal { clear(&global) }
        unsafe forgetSlots(bases.user)
        unsafe forgetJumps(bases.user)
        unsafe forgetJumps(bases.supervisor)
        if keepingGlobal { forgetLocalSlots() } else { unsafe forgetSlots(bases.supervisor) }
    }

    /// Empties the supervisor's slots of pages that are not mapped any more. Those that hold a global page are looked at again only when they get another
    /// page, or when everything goes.
    private func forgetLocalSlots() {
        let base = unsafe bases.supervisor
        let raw = UnsafeMutableRawPointer(base)
        unsafe raw.storeBytes(of: Slot.none, toByteOffset: Self.stackWindow, as: UInt.self)
        unsafe forEachSlot(base, Self.listCount, Self.list) { slot, upkeep, offset in
            unsafe upkeep.pointee.lists &= ~Upkeep.recent
            let page = unsafe Int(truncatingIfNeeded: slot.pointee.base >> 12), delta = unsafe slot.pointee.host &- slot.pointee.base
            guard unsafe page < Self.entries && (base[page] == delta || base[Self.mapEntries + page] == delta) else {
                unsafe slot.pointee.base = Slot.none
                return
            }
            guard unsafe upkeep.pointee.lists & Upkeep.lasting == 0 else { return }
            let count = unsafe raw.load(fromByteOffset: Self.lastingCount, as: Int.self)
            guard count < Self.slotCount else {
                unsafe slot.pointee.base = Slot.none
                return
            }
            unsafe upkeep.pointee.lists |= Upkeep.lasting
            lastingPages.insert(UInt32(truncatingIfNeeded: page))
            unsafe raw.storeBytes(of: offset, toByteOffset: Self.lastingList + count * 4, as: Int32.self)
            unsafe raw.storeBytes(of: count + 1, toByteOffset: Self.lastingCount, as: Int.self)
        }
        unsafe raw.storeBytes(of: 0, toByteOffset: Self.listCount, as: Int.self)
    }

    /// The slots in one of a bank's lists, and where they are from the bank's base.
    private func forEachSlot(
        _ base: UnsafeMutablePointer<UInt>, _ count: Int, _ list: Int,
        _ body: (UnsafeMutablePointer<Slot>, UnsafeMutablePointer<Upkeep>, Int32) -> Void
    ) {
        let raw = UnsafeMutableRawPointer(base)
        for index in unsafe 0..<min(raw.load(fromByteOffset: count, as: Int.self), Self.slotCount) {
            let offset = unsafe raw.load(fromByteOffset: list + index * 4, as: Int32.self)
            unsafe body(Self.slot(base, Int(offset)), Self.upkeep(base, Int(offset)), offset)
        }
    }

    private func clear(_ list: inout FillList) {
        for item in list.filled {
            unsafe map(item.entry >> 20)[Int(item.entry & 0xFFFFF)] = 0
            if item.physical != Self.noPage { unsafe list.heads[Int(item.physical)] = 0 }
        }
        list.filled.removeAll(keepingCapacity: true)
    }

    func flush(page linear: UInt32) {
        let page = Int(linear >> 12)
        func flush(_ base: UnsafeMutablePointer<UInt>) {
            // What is kept of a page was taken from its entries.
            if unsafe base[page] != 0 || base[Self.mapEntries + page] != 0 { unsafe forgetSlots(base, page: linear & ~0xFFF) }
            if unsafe base[2 * Self.mapEntries + page] != 0 { unsafe forgetJumps(base, page: linear & ~0xFFF) }
            for access in 0..<3 { unsafe base[access * Self.mapEntries + page] = 0 }
        }
        unsafe flush(bases.supervisor)
        unsafe flush(bases.user)
    }

    /// Takes write access to a physical page away from every alias of it: it holds code now.
    func forbidWrites(to physical: UInt32, host: UnsafeMutableRawPointer) {
        for list in [local, global] {
            let head = unsafe list.heads + Int(physical >> 12)
            var index = unsafe head.pointee
            unsafe head.pointee = 0
            while index != 0 {
                let item = list.filled[Int(index) - 1]
                let place = unsafe map(item.entry >> 20) + Int(item.entry & 0xFFFFF)
                // Meanwhile the entry may be another page's.
                if unsafe place.pointee != 0 && place.pointee &+ UInt(item.entry & 0xFFFFF) << 12 == UInt(bitPattern: host) {
                    unsafe place.pointee = 0
                    unsafe forgetSlots(item.entry >> 20 >= 3 ? bases.user : bases.supervisor, page: item.entry << 12)
                }
                index = item.next
            }
        }
    }

    // MARK: What translated code keeps

    /// Empties a slot in every bank before a new place of access uses it.
    func prepare(slot number: Int) {
        let offset = Self.slots + number * MemoryLayout<Slot>.stride
        func prepare(_ base: UnsafeMutablePointer<UInt>) {
            let upkeep = unsafe Self.upkeep(base, offset)
            unsafe Self.slot(base, offset).pointee = .empty
            unsafe upkeep.pointee = Upkeep(lists: upkeep.pointee.lists)
        }
        unsafe prepare(bases.supervisor)
        unsafe prepare(bases.user)
        unsafe prepare(bases.nothing)
    }

    private static func slot(_ base: UnsafeMutablePointer<UInt>, _ offset: Int) -> UnsafeMutablePointer<Slot> {
        unsafe (UnsafeMutableRawPointer(base) + offset).assumingMemoryBound(to: Slot.self)
    }
    /// The bookkeeping of the slot at `offset`.
    private static func upkeep(_ base: UnsafeMutablePointer<UInt>, _ offset: Int) -> UnsafeMutablePointer<Upkeep> {
        unsafe (UnsafeMutableRawPointer(base) + offset + upkeepBehindSlot).assumingMemoryBound(to: Upkeep.self)
    }

    /// Of bank `base`: the entry for code at `linear` in a mode is where translated code will find `code`.
    func rememberJump(_ base: UnsafeMutablePointer<UInt>, _ linear: UInt32, _ tag: UInt, _ code: UInt) {
        guard unsafe base != bases.nothing else { return }
        let raw = UnsafeMutableRawPointer(base)
        let index = Int((linear &* Self.jumpFactor) >> UInt32(32 - Self.jumpBits))
        let entry = unsafe (raw + Self.jumps).assumingMemoryBound(to: UInt.self) + index * 2
        if unsafe entry[0] == 0 {
            let count = unsafe raw.load(fromByteOffset: Self.jumpCount, as: Int.self)
            unsafe raw.storeBytes(of: Int32(index * 16), toByteOffset: Self.jumpList + (count & (1 << Self.jumpBits - 1)) * 4, as: Int32.self)
            unsafe raw.storeBytes(of: count + 1, toByteOffset: Self.jumpCount, as: Int.self)
        }
        unsafe entry[0] = UInt(linear) &+ tag
        unsafe entry[1] = code
    }

    /// An entry that was emptied for one page only: still listed, never found.
    private static let noJump: UInt = 1

    private func forgetJumps(_ base: UnsafeMutablePointer<UInt>, page: UInt32? = nil) {
        let raw = UnsafeMutableRawPointer(base)
        let count = unsafe raw.load(fromByteOffset: Self.jumpCount, as: Int.self)
        for number in 0..<min(count, 1 << Self.jumpBits) {
            let offset = unsafe Int(raw.load(fromByteOffset: Self.jumpList + number * 4, as: Int32.self))
            let entry = unsafe (raw + Self.jumps + offset).assumingMemoryBound(to: UInt.self)
            if let page {
                if unsafe UInt32(truncatingIfNeeded: entry.pointee) & ~0xFFF == page { unsafe entry.pointee = Self.noJump }
            } else {
                unsafe entry.pointee = 0
            }
        }
        if page == nil { unsafe raw.storeBytes(of: 0, toByteOffset: Self.jumpCount, as: Int.self) }
    }

    /// Everything that translated code has in mind of where code is.
    func forgetJumps() {
        unsafe forgetJumps(bases.supervisor)
        unsafe forgetJumps(bases.user)
    }

    private func forgetSlots() {
        unsafe forgetSlots(bases.supervisor)
        unsafe forgetSlots(bases.user)
    }

    private func forgetSlots(_ base: UnsafeMutablePointer<UInt>) {
        let raw = UnsafeMutableRawPointer(base)
        unsafe raw.storeBytes(of: Slot.none, toByteOffset: Self.stackWindow, as: UInt.self)
        func forget(_ slot: UnsafeMutablePointer<Slot>, _ upkeep: UnsafeMutablePointer<Upkeep>, _: Int32) {
            unsafe slot.pointee.base = Slot.none
            unsafe upkeep.pointee.lists = 0
            unsafe upkeep.pointee.patience = max(upkeep.pointee.patience, Upkeep.firstPatience)
        }
        unsafe forEachSlot(base, Self.listCount, Self.list, forget)
        unsafe forEachSlot(base, Self.lastingCount, Self.lastingList, forget)
        unsafe raw.storeBytes(of: 0, toByteOffset: Self.listCount, as: Int.self)
        unsafe raw.storeBytes(of: 0, toByteOffset: Self.lastingCount, as: Int.self)
        if unsafe base == bases.supervisor { lastingPages = PageFilter() }
    }

    /// More slots than this are emptied rather than searched: few places of access run between two flushes of a page.
    private static let mostToSearch = 128

    /// Empties the slots of one page, and perhaps others.
    private func forgetSlots(_ base: UnsafeMutablePointer<UInt>, page linear: UInt32) {
        let raw = UnsafeMutableRawPointer(base)
        unsafe raw.storeBytes(of: Slot.none, toByteOffset: Self.stackWindow, as: UInt.self)
        func forget(_ slot: UnsafeMutablePointer<Slot>, _: UnsafeMutablePointer<Upkeep>, _: Int32) {
            if unsafe slot.pointee.base == UInt(linear) { unsafe slot.pointee.base = Slot.none }
        }
        if unsafe raw.load(fromByteOffset: Self.listCount, as: Int.self) <= Self.mostToSearch {
            unsafe forEachSlot(base, Self.listCount, Self.list, forget)
        } else {
            unsafe forEachSlot(base, Self.listCount, Self.list) { slot, upkeep, _ in
                unsafe slot.pointee.base = Slot.none
                unsafe upkeep.pointee.lists &= ~Upkeep.recent
            }
            unsafe raw.storeBytes(of: 0, toByteOffset: Self.listCount, as: Int.self)
        }
        if lastingPages.mayContain(linear >> 12) { unsafe forEachSlot(base, Self.lastingCount, Self.lastingList, forget) }
    }

    /// Whether the stack window of the bank at `base` was forgotten since it was last set.
    static func hasLostWindow(_ base: UnsafeMutablePointer<UInt>) -> Bool {
        unsafe UnsafeRawPointer(base).load(fromByteOffset: stackWindow, as: UInt.self) == Slot.none
    }
}

/// A set of page numbers that may say yes where it should not.
private struct PageFilter {
    private var words = InlineArray<64, UInt64>(repeating: 0)

    mutating func insert(_ page: UInt32) { words[Int(page >> 6 & 63)] |= 1 << UInt64(page & 63) }
    func mayContain(_ page: UInt32) -> Bool { words[Int(page >> 6 & 63)] >> UInt64(page & 63) & 1 != 0 }
}
