import HostMemory

/// The flat translation maps (DESIGN §4): for each of {supervisor, user} × {read, write, fetch} one word per page of the guest's linear space,
/// host address minus linear address, or 0 where the slow path must decide. The host commits only the entries that are touched.
@safe
final class TranslationMaps {
    enum Access: UInt32 { case read, write, fetch }

    private static let entries = 1 << 20
    private let region: Region
    private let maps: UnsafeMutablePointer<UInt>
    /// Map number << 20 | page number of every entry filled since the last flush, so that a flush clears exactly those; those of global pages
    /// apart, because they outlive a load of CR3.
    private var filled: [UInt32] = []
    private var filledGlobal: [UInt32] = []

    init() throws(HostMemoryError) {
        region = try Region("translation maps", size: 7 * Self.entries * 8)
        unsafe maps = region.base.assumingMemoryBound(to: UInt.self)
        filled.reserveCapacity(4096)
        filledGlobal.reserveCapacity(4096)
    }

    private static func number(user: Bool, _ access: Access) -> UInt32 { (user ? 3 : 0) + access.rawValue }

    func map(user: Bool, _ access: Access) -> UnsafeMutablePointer<UInt> { unsafe maps + Int(Self.number(user: user, access)) * Self.entries }

    /// The map without entries: every access takes the slow path. Never written, so the host never commits it.
    var nothing: UnsafeMutablePointer<UInt> { unsafe maps + 6 * Self.entries }

    func fill(_ linear: UInt32, host: UnsafeMutableRawPointer, user: Bool, _ access: Access, isGlobal: Bool) {
        let entry = Self.number(user: user, access) << 20 | linear >> 12
        unsafe maps[Int(entry)] = UInt(bitPattern: host) &- UInt(linear & ~0xFFF)
        if isGlobal { filledGlobal.append(entry) } else { filled.append(entry) }
    }

    func flush(keepingGlobal: Bool) {
        for entry in filled { unsafe maps[Int(entry)] = 0 }
        filled.removeAll(keepingCapacity: true)
        if keepingGlobal { return }
        for entry in filledGlobal { unsafe maps[Int(entry)] = 0 }
        filledGlobal.removeAll(keepingCapacity: true)
    }

    func flush(page linear: UInt32) {
        for number in 0..<6 { unsafe maps[number * Self.entries + Int(linear >> 12)] = 0 }
    }

    /// Takes write access to one host page away from every alias of it: it holds code now. Entries that are gone already leave the lists, which
    /// would otherwise only grow where code and data alternate without a flush.
    func forbidWrites(to host: UnsafeMutableRawPointer) {
        unsafe forbidWrites(to: host, &filled)
        unsafe forbidWrites(to: host, &filledGlobal)
    }

    private func forbidWrites(to host: UnsafeMutableRawPointer, _ list: inout [UInt32]) {
        var kept = 0
        for index in list.indices {
            let entry = list[index]
            let delta = unsafe maps[Int(entry)]
            if delta == 0 { continue }
            if (entry >> 20) % 3 == Access.write.rawValue && delta &+ UInt(entry & 0xFFFFF) << 12 == UInt(bitPattern: host) {
                unsafe maps[Int(entry)] = 0
                continue
            }
            list[kept] = entry
            kept += 1
        }
        list.removeSubrange(kept...)
    }
}
