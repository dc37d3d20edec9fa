import HostMemory

/// The flat translation maps (DESIGN §4): for each of {supervisor, user} × {read, write, fetch} one word per page of the guest's linear space,
/// host address minus linear address, or 0 where the slow path must decide. The host commits only the entries that are touched.
///
/// The maps of one privilege level form a bank: read, write, fetch, one behind the other, and before them what translated code keeps of them:
/// `slotCount` one-page caches for reads, as many for writes, and the page that the stack was last seen in. A bank has one base address, so that a change of
/// privilege changes one register of translated code and all that hangs on it.
@safe
final class TranslationMaps {
    enum Access: UInt32 { case read, write, fetch }

    /// A one-page cache: linear and host address of a page's first byte. `base` is `Slot.none` where nothing is cached.
    struct Slot {
        var base: UInt
        var host: UInt
        /// No 32-bit address is at most 4095 above it.
        static let none: UInt = 1 << 40
    }

    private static let entries = 1 << 20
    static let mapBytes = entries * 8
    static let slotCount = 32
    /// Relative to a bank's base: read slots, write slots, and the host page of the stack window.
    static let readSlots = -2 * slotCount * 16, writeSlots = -slotCount * 16, stackWindow = readSlots - 16
    private static let prefix = 4096
    private static let bankBytes = prefix + 3 * mapBytes

    private let region: Region
    private let bases: (supervisor: UnsafeMutablePointer<UInt>, user: UnsafeMutablePointer<UInt>, nothing: UnsafeMutablePointer<UInt>)
    /// Map number << 20 | page number of every entry filled since the last flush, so that a flush clears exactly those; those of global pages
    /// apart, because they outlive a load of CR3.
    private(set) var filled: [UInt32] = []
    private var filledGlobal: [UInt32] = []

    init() throws(HostMemoryError) {
        region = try Region("translation maps", size: 3 * Self.bankBytes)
        let first = unsafe region.base + Self.prefix
        func base(_ number: Int) -> UnsafeMutablePointer<UInt> { unsafe (first + number * Self.bankBytes).assumingMemoryBound(to: UInt.self) }
        unsafe bases = (base(0), base(1), base(2))
        filled.reserveCapacity(4096)
        filledGlobal.reserveCapacity(4096)
        unsafe forgetSlots(bases.nothing)
        forgetSlots()
    }

    private static func number(user: Bool, _ access: Access) -> UInt32 { (user ? 3 : 0) + access.rawValue }
    private func map(_ number: UInt32) -> UnsafeMutablePointer<UInt> {
        unsafe (number >= 3 ? bases.user : bases.supervisor) + Int(number >= 3 ? number - 3 : number) * Self.entries
    }

    func map(user: Bool, _ access: Access) -> UnsafeMutablePointer<UInt> { unsafe map(Self.number(user: user, access)) }

    /// A bank without entries: every access takes the slow path. Its maps are never written, so the host never commits them.
    func nothing(_ access: Access) -> UnsafeMutablePointer<UInt> { unsafe bases.nothing + Int(access.rawValue) * Self.entries }

    func fill(_ linear: UInt32, host: UnsafeMutableRawPointer, user: Bool, _ access: Access, isGlobal: Bool) {
        let number = Self.number(user: user, access)
        let place = unsafe map(number) + Int(linear >> 12), delta = UInt(bitPattern: host) &- UInt(linear & ~0xFFF)
        // Who translates by the slow path what is there already would make the lists longer and longer.
        if unsafe place.pointee == delta { return }
        unsafe place.pointee = delta
        if isGlobal { filledGlobal.append(number << 20 | linear >> 12) } else { filled.append(number << 20 | linear >> 12) }
    }

    func flush(keepingGlobal: Bool) {
        forgetSlots()
        for entry in filled { unsafe map(entry >> 20)[Int(entry & 0xFFFFF)] = 0 }
        filled.removeAll(keepingCapacity: true)
        if keepingGlobal { return }
        for entry in filledGlobal { unsafe map(entry >> 20)[Int(entry & 0xFFFFF)] = 0 }
        filledGlobal.removeAll(keepingCapacity: true)
    }

    func flush(page linear: UInt32) {
        forgetSlots()
        for number in UInt32(0)..<6 { unsafe map(number)[Int(linear >> 12)] = 0 }
    }

    /// Takes write access to one host page away from every alias of it: it holds code now. Entries that are gone already leave the lists, which
    /// would otherwise only grow where code and data alternate without a flush.
    func forbidWrites(to host: UnsafeMutableRawPointer) {
        forgetSlots()
        unsafe forbidWrites(to: host, &filled)
        unsafe forbidWrites(to: host, &filledGlobal)
    }

    private func forbidWrites(to host: UnsafeMutableRawPointer, _ list: inout [UInt32]) {
        var kept = 0
        for index in list.indices {
            let entry = list[index]
            let place = unsafe map(entry >> 20) + Int(entry & 0xFFFFF)
            let delta = unsafe place.pointee
            if delta == 0 { continue }
            if (entry >> 20) % 3 == Access.write.rawValue && delta &+ UInt(entry & 0xFFFFF) << 12 == UInt(bitPattern: host) {
                unsafe place.pointee = 0
                continue
            }
            list[kept] = entry
            kept += 1
        }
        list.removeSubrange(kept...)
    }

    // MARK: What translated code keeps

    private func forgetSlots() {
        unsafe forgetSlots(bases.supervisor)
        unsafe forgetSlots(bases.user)
    }

    private func forgetSlots(_ base: UnsafeMutablePointer<UInt>) {
        let raw = UnsafeMutableRawPointer(base)
        unsafe raw.storeBytes(of: Slot.none, toByteOffset: Self.stackWindow, as: UInt.self)
        let slots = unsafe (raw + Self.readSlots).assumingMemoryBound(to: Slot.self)
        for index in 0..<2 * Self.slotCount { unsafe slots[index].base = Slot.none }
    }

    /// Whether the stack window of the bank at `base` was forgotten since it was last set.
    static func hasLostWindow(_ base: UnsafeMutablePointer<UInt>) -> Bool {
        unsafe UnsafeRawPointer(base).load(fromByteOffset: stackWindow, as: UInt.self) == Slot.none
    }
}
