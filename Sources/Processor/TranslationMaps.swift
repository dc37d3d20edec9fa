import HostMemory

/// The flat translation maps (DESIGN §4): for each of {supervisor, user} × {read, write} one word per page of the guest's linear space, host
/// address minus linear address, or 0 where the slow path must decide. The host commits only the entries that are touched.
@safe
final class TranslationMaps {
    private static let entries = 1 << 20
    private let region: Region
    private let maps: UnsafeMutablePointer<UInt>
    /// Page number | map number << 20 of every entry filled since the last flush, so that a flush clears exactly those.
    private var filled: [UInt32] = []

    init() throws(HostMemoryError) {
        region = try Region("translation maps", size: 4 * Self.entries * 8)
        unsafe maps = region.base.assumingMemoryBound(to: UInt.self)
        filled.reserveCapacity(4096)
    }

    func map(user: Bool, write: Bool) -> UnsafeMutablePointer<UInt> {
        unsafe maps + ((user ? 2 : 0) + (write ? 1 : 0)) * Self.entries
    }

    func fill(_ linear: UInt32, host: UnsafeMutableRawPointer, user: Bool, write: Bool) {
        let page = linear >> 12
        unsafe map(user: user, write: write)[Int(page)] = UInt(bitPattern: host) &- UInt(linear & ~0xFFF)
        filled.append(page | (user ? 2 << 20 : 0) | (write ? 1 << 20 : 0))
    }

    func flush() {
        for entry in filled { unsafe maps[Int(entry)] = 0 }
        filled.removeAll(keepingCapacity: true)
    }

    func flush(page linear: UInt32) {
        for number in 0..<4 { unsafe maps[number * Self.entries + Int(linear >> 12)] = 0 }
    }

    /// Takes write access to one host page away from every alias of it: it holds code now.
    func forbidWrites(to host: UnsafeMutableRawPointer) {
        for entry in filled where entry & 1 << 20 != 0 {
            let linear = UInt(entry & 0xFFFFF) << 12
            if unsafe maps[Int(entry)] != 0 && maps[Int(entry)] &+ linear == UInt(bitPattern: host) { unsafe maps[Int(entry)] = 0 }
        }
    }
}
