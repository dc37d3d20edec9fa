package import Bus

/// The registers of the Bochs VBE extensions: a linear mode of any size beside the VGA's own.
struct DISPI: Codable, Equatable, Sendable {
    static let greatest: (width: UInt16, height: UInt16, depth: UInt16) = (2560, 1600, 32)

    enum Register: UInt16 {
        case id, width, height, depth, enable, bank, virtualWidth, virtualHeight, x, y, videoMemory
    }

    struct Enable: OptionSet, Codable, Equatable, Sendable {
        let rawValue: UInt16
        static let enabled = Self(rawValue: 0x01)
        /// The size registers answer with their maxima.
        static let capabilities = Self(rawValue: 0x02)
        static let wideDAC = Self(rawValue: 0x20)
        static let linearFrameBuffer = Self(rawValue: 0x40)
        static let keepMemory = Self(rawValue: 0x80)
        static let all: Self = [.enabled, .capabilities, .wideDAC, .linearFrameBuffer, .keepMemory]
    }

    private var id: UInt16 = 0xB0C5
    private(set) var width: UInt16 = 0, height: UInt16 = 0, depth: UInt16 = 8
    private(set) var enable: Enable = []
    /// 64 KiB pieces.
    private(set) var bank: UInt16 = 0
    private(set) var virtualWidth: UInt16 = 0
    private(set) var x: UInt16 = 0, y: UInt16 = 0

    var isEnabled: Bool { enable.contains(.enabled) && width > 0 && height > 0 }
    /// A mode whose pixels stand one after the other.
    var isLinear: Bool { isEnabled && depth != 4 }
    var hasWideDAC: Bool { enable.contains(.wideDAC) }
    /// Bytes of a line of the virtual screen (in a planar mode, of one plane times four).
    var pitch: Int { depth == 4 ? Int(virtualWidth / 8) * 4 : Int(virtualWidth) * bytesPerPixel }
    var bytesPerPixel: Int { Int(depth + 7) / 8 }

    func validate() throws(SnapshotError) {
        guard (0xB0C0...0xB0C5).contains(id), width <= Self.greatest.width, height <= Self.greatest.height, Self.isDepth(depth),
            Enable.all.isSuperset(of: enable), Int(bank) < VGA.vramBytes >> 16, virtualWidth >= width || !enable.contains(.enabled)
        else { throw SnapshotError(VGA.part, "no such VBE mode") }
    }

    private static func isDepth(_ value: UInt16) -> Bool { [4, 8, 15, 16, 24, 32].contains(value) }

    func read(_ index: UInt16) -> UInt16 {
        let capabilities = enable.contains(.capabilities)
        return switch Register(rawValue: index) {
        case .id: id
        case .width: capabilities ? Self.greatest.width : width
        case .height: capabilities ? Self.greatest.height : height
        case .depth: capabilities ? Self.greatest.depth : depth
        case .enable: enable.rawValue
        case .bank: bank
        case .virtualWidth: virtualWidth
        case .virtualHeight: pitch > 0 ? UInt16(min(VGA.vramBytes / pitch, 0xFFFF)) : 0
        case .x: x
        case .y: y
        case .videoMemory: UInt16(VGA.vramBytes >> 16)
        case nil: 0
        }
    }

    /// - Returns: whether video memory is to be cleared.
    mutating func write(_ index: UInt16, _ value: UInt16) -> Bool {
        switch Register(rawValue: index) {
        case .id: if (0xB0C0...0xB0C5).contains(value) { id = value }
        case .width:
            if value <= Self.greatest.width { width = value }
            virtualWidth = max(virtualWidth, width)
        case .height: if value <= Self.greatest.height { height = value }
        case .depth: if value == 0 || Self.isDepth(value) { depth = value == 0 ? 8 : value }
        case .enable:
            let starts = value & 1 != 0 && !enable.contains(.enabled)
            enable = Enable(rawValue: value).intersection(.all)
            if !enable.contains(.enabled) { bank = 0 }
            guard starts else { return false }
            (virtualWidth, x, y) = (width, 0, 0)
            return !enable.contains(.keepMemory)
        case .bank: if Int(value) < VGA.vramBytes >> 16 { bank = value }
        case .virtualWidth: virtualWidth = max(value, width)
        case .x: x = value
        case .y: y = value
        case .virtualHeight, .videoMemory, nil: break
        }
        return false
    }
}

extension VGA {
    fileprivate func writeVBE(_ index: UInt16, _ value: UInt16) {
        let before = registers.vbe
        if registers.vbe.write(index, value) { vram.clear() }
        if registers.vbe != before { derive() }
    }

    /// The VBE index port (offset 0) and data port (1; 2 where words must be aligned).
    package final class VBEPorts: PortMapped {
        private unowned let vga: VGA
        private var index: UInt16 {
            get { vga.registers.vbeIndex }
            set { vga.registers.vbeIndex = newValue }
        }
        init(_ vga: VGA) { self.vga = vga }

        package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 { UInt32(offset == 0 ? index : vga.registers.vbe.read(index)) }
        package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
            let value = UInt16(truncatingIfNeeded: value)
            if offset == 0 { index = value } else { vga.writeVBE(index, value) }
        }
    }
}
