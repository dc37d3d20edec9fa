package import Bus

/// The firmware configuration device: what the board's maker tells SeaBIOS, and files.
/// Source: QEMU docs/specs/fw_cfg.rst. Ports: 0 selector (16 bits), 1 data, 4 and 8… the DMA address (big-endian halves, low half starts).
package final class FirmwareConfig: Device, PortMapped {
    package static let part = "firmware configuration"
    package struct State: DeviceState {
        var selector: UInt16 = 0
        var offset: UInt32 = 0
        var dmaHigh: UInt32 = 0
        package func validate() throws(SnapshotError) {}
    }

    package var state = State()
    private let memory: MemoryMap
    private var items: [UInt16: [UInt8]] = [0: Array("QEMU".utf8), 1: [3, 0, 0, 0]]
    private var files: [(name: String, bytes: [UInt8])] = []

    package init(memory: MemoryMap) { self.memory = memory }
    package func reset() { state = State() }

    package func set(_ key: UInt16, _ bytes: [UInt8]) { items[key] = bytes }
    package func set(_ key: UInt16, number: UInt32, bytes: Int) {
        items[key] = (0..<bytes).map { UInt8(truncatingIfNeeded: number >> UInt32($0 * 8)) }
    }

    /// Adds a file under the next free key from 20h on and rewrites the directory (key 19h).
    package func add(file name: String, _ bytes: [UInt8]) {
        files.append((name, bytes))
        var directory = be32(UInt32(files.count))
        for (index, file) in files.enumerated() {
            let key = UInt16(0x20 + index)
            items[key] = file.bytes
            directory += be32(UInt32(truncatingIfNeeded: file.bytes.count)) + be32(UInt32(key) << 16)
            let name = Array(file.name.utf8.prefix(55))
            directory += name + [UInt8](repeating: 0, count: 56 - name.count)
        }
        items[0x19] = directory
    }

    private func be32(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(24 - $0 * 8)) } }

    private func next() -> UInt8 {
        guard let item = items[state.selector & 0xBFFF], Int(state.offset) < item.count else { return 0 }
        defer { state.offset &+= 1 }
        return item[Int(state.offset)]
    }

    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
        switch offset {
        case 1: UInt32(next())
        case 4: 0x554D_4551
        case 8: 0x4746_4320
        default: 0
        }
    }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        switch (offset, width) {
        case (0, .word):
            state.selector = UInt16(truncatingIfNeeded: value)
            state.offset = 0
        case (4, .dword): state.dmaHigh = value.byteSwapped
        case (8, .dword): dma(value.byteSwapped)
        default: break
        }
    }

    /// Zeros that a read may get behind the end of its item.
    private static let longestPadding = 1 << 20

    /// A control block: control, length, address (64 bits), all big-endian.
    private func dma(_ block: UInt32) {
        func field(_ at: UInt32) -> UInt32 { memory.read(block &+ at, .dword).byteSwapped }
        let control = field(0)
        let length = Int(field(4)), address = field(12)
        if control & 8 != 0 {
            state.selector = UInt16(truncatingIfNeeded: control >> 16)
            state.offset = 0
        }
        if control & 2 != 0 {
            let item = items[state.selector & 0xBFFF] ?? []
            // A length of 4 GB would keep the machine's thread busy for seconds.
            guard length <= item.count + Self.longestPadding else { return memory.write(block, .dword, UInt32(1).byteSwapped) }
            var done = 0
            while done < length {
                let count = min(length - done, 1 << 16)
                let from = min(Int(state.offset), item.count), to = min(from + count, item.count)
                memory.write(address &+ UInt32(truncatingIfNeeded: done), Array(item[from..<to]) + [UInt8](repeating: 0, count: count - (to - from)))
                state.offset &+= UInt32(count)
                done += count
            }
        } else if control & 4 != 0 {
            state.offset &+= UInt32(truncatingIfNeeded: length)
        }
        memory.write(block, .dword, control & 0x10 != 0 ? UInt32(1).byteSwapped : 0)
    }
}
