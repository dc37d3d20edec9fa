package import HostMemory

/// The guest's physical address space: which host bytes, or which device, stand behind each 4 KiB page.
///
/// Layers of higher priority hide lower ones and may be moved or switched off (PAM, SMRAM, PCI base address registers); what they hid comes
/// back. Every move calls `onChange`, because the processor's translations hold host addresses.
@safe
package final class MemoryMap {
    package enum Target {
        /// Bytes of `region` from `offset` on.
        case memory(Region, offset: Int)
        case device(any MemoryMapped)
        /// Reads all ones, ignores writes; hides what lies below.
        case nothing
    }

    /// A handle for a layer that can be moved.
    package struct Layer: Sendable { fileprivate let index: Int }

    private struct Entry {
        let name: String
        let priority: Int
        var start: UInt32
        var count: Int
        var read: Target
        var write: Target
        var enabled: Bool
    }

    private var entries: [Entry] = []
    private var devices: [any MemoryMapped] = []
    private var deviceBase: [UInt32] = []
    /// Per page: host address of the page (its low 12 bits are 0), or device number << 1 | 1, or 0 where nothing answers.
    private let pageTables: Region
    private let readPages: UnsafeMutablePointer<UInt>
    private let writePages: UnsafeMutablePointer<UInt>

    /// Physical address lines that reach memory: bit 20 is clear while the A20 gate is shut.
    package private(set) var addressMask: UInt32 = 0xFFFF_FFFF
    /// The map changed; cached host addresses are stale.
    package var onChange: (() -> Void)?
    /// Someone other than the processor (DMA, a bus master) wrote these pages: first page number and count.
    package var onForeignWrite: ((_ firstPage: UInt32, _ pages: Int) -> Void)?
    package private(set) var unclaimed: UInt64 = 0

    package init() throws(HostMemoryError) {
        pageTables = try Region("physical memory map", size: 2 << 23)
        unsafe readPages = pageTables.base.assumingMemoryBound(to: UInt.self)
        unsafe writePages = readPages + (1 << 20)
    }

    /// Adds a layer over `length` bytes from `start`; both must be multiples of 4096.
    /// - Parameter enabled: false for layers that software places later.
    @discardableResult
    package func map(
        _ name: String, at start: UInt32, length: Int, priority: Int = 0, read: Target, write: Target, enabled: Bool = true
    ) -> Layer {
        precondition(start & 0xFFF == 0 && length & 0xFFF == 0 && length > 0 && Int(start) + length <= 1 << 32, "\(name) is not page aligned")
        entries.append(Entry(name: name, priority: priority, start: start, count: length >> 12, read: read, write: write, enabled: enabled))
        if enabled { rebuild(Int(start >> 12), length >> 12) }
        return Layer(index: entries.count - 1)
    }

    /// RAM: both ways to the same bytes.
    @discardableResult
    package func map(_ name: String, ram region: Region, offset: Int = 0, at start: UInt32, length: Int, priority: Int = 0) -> Layer {
        map(name, at: start, length: length, priority: priority, read: .memory(region, offset: offset), write: .memory(region, offset: offset))
    }

    /// Moves a layer to `start` (page aligned), or takes it off the bus with nil. Places that run over 4 GiB are refused: the layer goes off.
    package func place(_ layer: Layer, at start: UInt32?) {
        let old = entries[layer.index]
        let fits = start.map { $0 & 0xFFF == 0 && Int($0 >> 12) + old.count <= 1 << 20 } ?? false
        if old.enabled == fits && (!fits || old.start == start) { return }
        entries[layer.index].enabled = fits
        if let start, fits { entries[layer.index].start = start }
        if old.enabled { rebuild(Int(old.start >> 12), old.count) }
        if fits { rebuild(Int(entries[layer.index].start >> 12), old.count) }
    }

    /// Puts a layer on the bus where it last stood, or takes it off.
    package func setEnabled(_ layer: Layer, _ enabled: Bool) { place(layer, at: enabled ? entries[layer.index].start : nil) }

    /// Changes what a layer's reads and writes reach (PAM attributes).
    package func retarget(_ layer: Layer, read: Target, write: Target) {
        entries[layer.index].read = read
        entries[layer.index].write = write
        if entries[layer.index].enabled { rebuild(Int(entries[layer.index].start >> 12), entries[layer.index].count) }
    }

    /// The A20 gate (keyboard controller, port 92h): shut, address bit 20 reads as 0.
    package func setA20(_ open: Bool) {
        let mask: UInt32 = open ? 0xFFFF_FFFF : 0xFFEF_FFFF
        guard mask != addressMask else { return }
        addressMask = mask
        onChange?()
    }
    package var a20IsOpen: Bool { addressMask == 0xFFFF_FFFF }

    // MARK: Access

    /// Host address of the page that holds `address`, for reads; nil where a device or nothing stands.
    @inline(__always)
    package func readableHostPage(_ address: UInt32) -> UnsafeMutableRawPointer? {
        let entry = unsafe readPages[Int((address & addressMask) >> 12)]
        return unsafe entry & 1 == 0 ? UnsafeMutableRawPointer(bitPattern: entry) : nil
    }

    /// Host address of the page that holds `address`, for writes; nil where a device, ROM or nothing stands.
    @inline(__always)
    package func writableHostPage(_ address: UInt32) -> UnsafeMutableRawPointer? {
        let entry = unsafe writePages[Int((address & addressMask) >> 12)]
        return unsafe entry & 1 == 0 ? UnsafeMutableRawPointer(bitPattern: entry) : nil
    }

    package func read(_ address: UInt32, _ width: Width) -> UInt32 {
        let physical = address & addressMask
        let offset = Int(physical & 0xFFF)
        guard offset + width.bytes <= 4096 else {
            let half: Width = width == .dword ? .word : .byte
            let low = read(address, half)
            return low | read(address &+ UInt32(half.rawValue), half) << UInt32(half.bytes * 8)
        }
        let entry = unsafe readPages[Int(physical >> 12)]
        if entry & 1 != 0 {
            let number = Int(entry >> 1)
            return devices[number].readMemory(physical &- deviceBase[number], width) & width.mask
        }
        guard let page = unsafe UnsafeRawPointer(bitPattern: entry) else {
            unclaimed &+= 1
            return width.mask
        }
        switch width {
        case .byte: return unsafe UInt32((page + offset).load(as: UInt8.self))
        case .word: return unsafe UInt32((page + offset).loadUnaligned(as: UInt16.self))
        case .dword: return unsafe (page + offset).loadUnaligned(as: UInt32.self)
        }
    }

    package func write(_ address: UInt32, _ width: Width, _ value: UInt32) {
        let physical = address & addressMask
        let offset = Int(physical & 0xFFF)
        guard offset + width.bytes <= 4096 else {
            let half: Width = width == .dword ? .word : .byte
            write(address, half, value & half.mask)
            write(address &+ UInt32(half.rawValue), half, value >> UInt32(half.bytes * 8))
            return
        }
        let entry = unsafe writePages[Int(physical >> 12)]
        if entry & 1 != 0 {
            let number = Int(entry >> 1)
            devices[number].writeMemory(physical &- deviceBase[number], width, value & width.mask)
            return
        }
        guard let page = unsafe UnsafeMutableRawPointer(bitPattern: entry) else {
            unclaimed &+= 1
            return
        }
        switch width {
        case .byte: unsafe (page + offset).storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
        case .word: unsafe (page + offset).storeBytes(of: UInt16(truncatingIfNeeded: value), as: UInt16.self)
        case .dword: unsafe (page + offset).storeBytes(of: value, as: UInt32.self)
        }
    }

    /// A bus master's read: any length, byte by byte where a device answers.
    package func read(_ address: UInt32, count: Int) -> [UInt8] {
        var result = [UInt8](repeating: 0xFF, count: max(count, 0))
        var done = 0
        while done < result.count {
            let at = address &+ UInt32(truncatingIfNeeded: done)
            let piece = min(result.count - done, 4096 - Int(at & 0xFFF))
            if let page = unsafe readableHostPage(at) {
                unsafe result.withUnsafeMutableBytes {
                    unsafe $0.baseAddress?.advanced(by: done).copyMemory(from: page + Int(at & 0xFFF), byteCount: piece)
                }
            } else {
                for index in 0..<piece { result[done + index] = UInt8(truncatingIfNeeded: read(at &+ UInt32(index), .byte)) }
            }
            done += piece
        }
        return result
    }

    /// A bus master's write. Translations of code in these pages are told through `onForeignWrite`.
    package func write(_ address: UInt32, _ bytes: [UInt8]) {
        var done = 0
        while done < bytes.count {
            let at = address &+ UInt32(truncatingIfNeeded: done)
            let piece = min(bytes.count - done, 4096 - Int(at & 0xFFF))
            if let page = unsafe writableHostPage(at) {
                unsafe bytes.withUnsafeBytes {
                    guard let source = $0.baseAddress else { return }
                    unsafe (page + Int(at & 0xFFF)).copyMemory(from: source + done, byteCount: piece)
                }
                onForeignWrite?((at & addressMask) >> 12, 1)
            } else {
                for index in 0..<piece { write(at &+ UInt32(index), .byte, UInt32(bytes[done + index])) }
            }
            done += piece
        }
    }

    /// One line per enabled layer, by address: the board's documentation.
    package var map: String {
        func hex(_ value: UInt32) -> String {
            let digits = String(value, radix: 16, uppercase: true)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }
        return entries.filter(\.enabled).sorted { ($0.start, $0.priority) < ($1.start, $1.priority) }
            .map { "\(hex($0.start))-\(hex($0.start &+ UInt32(truncatingIfNeeded: $0.count << 12) &- 1))  \($0.name)\n" }.joined()
    }

    // MARK: Building

    private func rebuild(_ first: Int, _ count: Int) {
        for page in first..<(first + count) {
            unsafe readPages[page] = 0
            unsafe writePages[page] = 0
        }
        let order = entries.indices.filter { entries[$0].enabled }.sorted { (entries[$0].priority, $0) < (entries[$1].priority, $1) }
        for index in order {
            let entry = entries[index]
            let start = Int(entry.start >> 12)
            let low = max(first, start), high = min(first + count, start + entry.count)
            guard low < high else { continue }
            unsafe fill(readPages, entry.read, entry, low..<high)
            unsafe fill(writePages, entry.write, entry, low..<high)
        }
        onChange?()
    }

    private func fill(_ table: UnsafeMutablePointer<UInt>, _ target: Target, _ entry: Entry, _ pages: Range<Int>) {
        let start = Int(entry.start >> 12)
        switch target {
        case .nothing:
            for page in pages { unsafe table[page] = 0 }
        case .device(let device):
            let number = number(of: device, base: entry.start)
            for page in pages { unsafe table[page] = UInt(number) << 1 | 1 }
        case .memory(let region, let offset):
            for page in pages {
                let at = offset + (page - start) << 12
                unsafe table[page] = at >= 0 && at + 4096 <= region.size ? UInt(bitPattern: region.base + at) : 0
            }
        }
    }

    private func number(of device: any MemoryMapped, base: UInt32) -> Int {
        if let known = devices.indices.first(where: { devices[$0] === device && deviceBase[$0] == base }) { return known }
        devices.append(device)
        deviceBase.append(base)
        return devices.count - 1
    }
}
