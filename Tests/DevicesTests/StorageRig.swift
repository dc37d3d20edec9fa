@testable import Bus
@testable import Devices

/// A medium in memory.
final class MemoryMedium: BlockDevice {
    let sectorSize: Int
    let sectorCount: UInt64
    let isReadOnly: Bool
    private let contents: Mutexed<[UInt8]>
    private let flushes = Mutexed(0)
    /// Reading or writing this sector fails.
    let badSector: UInt64?

    /// Every sector starts with its own number, in 32 bits.
    init(sectors: Int, sectorSize: Int = 512, readOnly: Bool = false, badSector: UInt64? = nil) {
        (self.sectorSize, sectorCount, isReadOnly, self.badSector) = (sectorSize, UInt64(sectors), readOnly, badSector)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(sectors * sectorSize)
        for sector in 0..<sectors {
            for index in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: sector >> (index * 8))) }
            bytes += repeatElement(UInt8(truncatingIfNeeded: sector &* 31), count: sectorSize - 4)
        }
        contents = Mutexed(bytes)
    }

    var bytes: [UInt8] { contents.withLock { $0 } }
    func replace(_ bytes: [UInt8]) { contents.withLock { $0 = bytes } }
    var flushCount: Int { flushes.withLock { $0 } }
    func sector(_ number: Int) -> [UInt8] { Array(bytes[number * sectorSize..<(number + 1) * sectorSize]) }

    private func check(_ sector: UInt64, _ count: Int) throws(BlockError) {
        if let badSector, badSector >= sector, badSector < sector + UInt64(count) { throw .host(reason: "scratch") }
    }
    func read(_ sector: UInt64, count: Int) throws(BlockError) -> [UInt8] {
        try check(sector, count)
        return contents.withLock { Array($0[Int(sector) * sectorSize..<(Int(sector) + count) * sectorSize]) }
    }
    func write(_ sector: UInt64, _ bytes: [UInt8]) throws(BlockError) {
        try check(sector, bytes.count / sectorSize)
        contents.withLock { $0.replaceSubrange(Int(sector) * sectorSize..<Int(sector) * sectorSize + bytes.count, with: bytes) }
    }
    func flush() throws(BlockError) { flushes.withLock { $0 += 1 } }
}

/// Time that stands still until told.
final class StoppedTime: TimeSource {
    var now: UInt64 = 0
}

/// Counts the edges of interrupt lines.
final class Edges: InterruptSink {
    var rises: [Int: Int] = [:]
    var levels: [Int: Bool] = [:]
    func setLine(_ number: Int, _ level: Bool) {
        if level { rises[number, default: 0] += 1 }
        levels[number] = level
    }
}

/// Ports, time and interrupt lines for drives; media answer when `settle` is called.
final class StorageRig {
    let time = StoppedTime()
    let clock: Clock
    let ports = PortSpace()
    let edges = Edges()
    private var blockPorts: [BlockPort] = []

    init() { clock = Clock(time) }

    func port(_ medium: (any BlockDevice)?) -> BlockPort {
        let port = BlockPort(medium, clock: clock.port("block\(blockPorts.count)"), timing: .fixed(latency: 1000), worker: nil, wake: {})
        blockPorts.append(port)
        return port
    }
    func line(_ number: Int) -> IRQLine { IRQLine(edges, number) }

    /// Lets every request under way complete.
    func settle() {
        while blockPorts.contains(where: \.isBusy) {
            time.now += 1000
            clock.runDue()
        }
    }

    func out(_ port: UInt16, _ value: Int, _ width: Width = .byte) { ports.write(port, width, UInt32(truncatingIfNeeded: value)) }
    func inp(_ port: UInt16, _ width: Width = .byte) -> Int { Int(ports.read(port, width)) }
}
