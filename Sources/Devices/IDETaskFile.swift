import Bus

/// The Status register.
package struct ATAStatus: OptionSet, Codable, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    static let ERR = Self(rawValue: 0x01), DRQ = Self(rawValue: 0x08), DSC = Self(rawValue: 0x10)
    static let DF = Self(rawValue: 0x20), DRDY = Self(rawValue: 0x40), BSY = Self(rawValue: 0x80)
    /// What the packet commands call ERR.
    static let CHK = ERR
}

/// The Error register.
package struct ATAError: OptionSet, Codable, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    static let ABRT = Self(rawValue: 0x04), IDNF = Self(rawValue: 0x10), UNC = Self(rawValue: 0x40)
    /// After a reset or EXECUTE DEVICE DIAGNOSTIC the register holds a code instead: 01h, passed.
    static let passed = Self(rawValue: 0x01)
}

/// The registers through which the host and one drive talk (ATA/ATAPI-6 §7).
package struct IDETaskFile: Codable, Equatable, Sendable {
    var features: UInt8 = 0, sectorCount: UInt8 = 1, lbaLow: UInt8 = 1, lbaMid: UInt8 = 0, lbaHigh: UInt8 = 0
    /// What the registers held before their last write: the high halves of 48-bit commands.
    var previousFeatures: UInt8 = 0, previousSectorCount: UInt8 = 0
    var previousLow: UInt8 = 0, previousMid: UInt8 = 0, previousHigh: UInt8 = 0
    var device: UInt8 = 0
    var status: ATAStatus = []
    var error: ATAError = .passed
    /// The drive asserts INTRQ, as far as it is selected and nIEN allows.
    var isInterrupting = false

    var isDevice1: Bool { device & 0x10 != 0 }
    var usesLBA: Bool { device & 0x40 != 0 }

    /// The 16 bits that ATAPI calls the byte count.
    var byteCount: Int {
        get { Int(lbaHigh) << 8 | Int(lbaMid) }
        set {
            lbaMid = UInt8(truncatingIfNeeded: newValue)
            lbaHigh = UInt8(truncatingIfNeeded: newValue >> 8)
        }
    }

    /// What tells a disk from a packet device after a reset (ATA/ATAPI-6 §9.12).
    mutating func putSignature(packet: Bool) {
        (sectorCount, lbaLow) = (1, 1)
        (lbaMid, lbaHigh) = packet ? (0x14, 0xEB) : (0, 0)
        device &= 0x10
        error = .passed
    }
}

/// The data a drive and its host are moving: one DRQ block after another through the data port, or a stream by DMA.
package struct IDETransfer: Codable, Equatable, Sendable {
    package enum Direction: String, Codable, Sendable { case none, toHost, fromHost }
    /// The most that a drive holds between the medium and the host.
    static let capacity = 256 * 512

    private(set) var direction = Direction.none
    private(set) var isDMA = false
    private(set) var buffer: [UInt8] = []
    private(set) var position = 0
    /// Where the DRQ block that the host now moves ends.
    private(set) var blockEnd = 0

    var isActive: Bool { direction != .none }
    var isBlockMoved: Bool { position == blockEnd }
    var isAllMoved: Bool { position == buffer.count }
    var remaining: Int { buffer.count - position }

    mutating func begin(_ direction: Direction, _ bytes: [UInt8], block: Int, dma: Bool) {
        (self.direction, isDMA, buffer, position) = (direction, dma, bytes, 0)
        blockEnd = dma ? bytes.count : min(bytes.count, max(block, 1))
    }

    /// Opens the next DRQ block of at most `size` bytes.
    mutating func openBlock(_ size: Int) { blockEnd = min(buffer.count, position + max(size, 1)) }

    /// Ends the transfer and gives away what was moved.
    mutating func end() -> [UInt8] {
        defer { self = IDETransfer() }
        return buffer
    }

    /// An access to the data port. The port is 16 bits wide: a byte access moves a word and shows half of it.
    mutating func take(_ width: Width) -> UInt32 {
        let end = min(position + max(width.bytes, 2), blockEnd)
        var value: UInt32 = 0
        for (shift, at) in (position..<end).enumerated() { value |= UInt32(buffer[at]) << UInt32(shift * 8) }
        position = end
        return value & width.mask
    }

    mutating func put(_ width: Width, _ value: UInt32) {
        let end = min(position + max(width.bytes, 2), blockEnd)
        for (shift, at) in (position..<end).enumerated() { buffer[at] = UInt8(truncatingIfNeeded: value >> UInt32(shift * 8)) }
        position = end
    }

    /// What a bus master fetches from the drive.
    mutating func take(count: Int) -> [UInt8] {
        let end = min(position + max(count, 0), buffer.count)
        defer { position = end }
        return Array(buffer[position..<end])
    }

    /// What a bus master brings to the drive.
    mutating func put(_ bytes: [UInt8]) {
        let count = min(bytes.count, remaining)
        buffer.replaceSubrange(position..<position + count, with: bytes.prefix(count))
        position += count
    }

    var isSound: Bool {
        guard buffer.count <= Self.capacity, position >= 0, position <= blockEnd, blockEnd <= buffer.count else { return false }
        return isActive ? position < blockEnd && (!isDMA || blockEnd == buffer.count) : buffer.isEmpty
    }
}
