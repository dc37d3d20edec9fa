import FoundationEssentials
import HostMemory

@testable import Bus
@testable import Devices

/// A processor's pins, remembered.
final class RecordedPins: ProcessorPins {
    var intr = false
    var resets = 0, nmis = 0, smis = 0
    func setINTR(_ level: Bool) { intr = level }
    func pulseNMI() { nmis += 1 }
    func pulseSMI() { smis += 1 }
    func requestReset() { resets += 1 }
}

/// A device with what it needs around it, and every way by which a guest or the outside world reaches it, to be taken at random.
final class Bench {
    struct Saved {
        var states: [Data]
        var events: [Clock.Event]
        var time: UInt64
        var memory: [[UInt8]]
        var media: [[UInt8]]
    }

    let time = StoppedTime()
    let clock: Clock
    let ports = PortSpace()
    let memory: MemoryMap
    let edges = Edges()
    let pins = RecordedPins()
    /// The device under test, then those that hold a part of what it is.
    var devices: [any Device] = []
    private(set) var regions: [Region] = []
    private var media: [MemoryMedium] = []
    private var blockPorts: [BlockPort] = []
    private var accesses: [(inout Numbers) -> UInt32] = []

    init() throws {
        clock = Clock(time)
        memory = try MemoryMap()
        var random = Numbers()
        let ram = try region("ram", 1 << 20)
        let noise = (0..<4096).map { _ in UInt8(truncatingIfNeeded: random.next() >> 20) }
        for at in stride(from: 0, to: ram.size, by: noise.count) { ram.copy(noise, at: at) }
        memory.map("RAM", ram: ram, at: 0, length: ram.size)
    }

    func region(_ name: String, _ size: Int) throws -> Region {
        let region = try Region(name, size: size)
        regions.append(region)
        return region
    }
    func save(region: Region) { regions.append(region) }
    var ram: Region { regions[0] }
    func line(_ number: Int) -> IRQLine { IRQLine(edges, number) }

    func drive(_ medium: MemoryMedium?) -> BlockPort {
        if let medium { media.append(medium) }
        let port = BlockPort(medium, clock: clock.port("block\(blockPorts.count)"), timing: .fixed(latency: 1000), worker: nil, wake: {})
        blockPorts.append(port)
        return port
    }

    // MARK: Ways to reach it

    /// Anything that answers with a number.
    func access(_ body: @escaping (inout Numbers) -> UInt32) { accesses.append(body) }
    /// Anything that comes from outside.
    func event(_ body: @escaping (inout Numbers) -> Void) {
        accesses.append {
            body(&$0)
            return 0
        }
    }

    /// Accesses as the port space makes them: inside the range, no wider than the chip.
    func ports(_ device: any PortMapped, _ offsets: ClosedRange<UInt16>, widest: Width = .byte, weight: Int = 4) {
        for _ in 0..<weight {
            accesses.append { random in
                let width = random.width(widest)
                let offset = offsets.lowerBound + UInt16(random.below(offsets.count - min(width.bytes, offsets.count) + 1))
                if random.below(2) == 0 { return device.readPort(offset, width) & width.mask }
                device.writePort(offset, width, random.value() & width.mask)
                return 0
            }
        }
    }

    func memory(_ device: any MemoryMapped, size: Int) {
        accesses.append { random in
            let width = random.width(.dword)
            let offset = UInt32(random.below(size - 3))
            if random.below(2) == 0 { return device.readMemory(offset, width) & width.mask }
            device.writeMemory(offset, width, random.value() & width.mask)
            return 0
        }
    }

    /// Configuration registers, as the host bridge reaches them.
    func configuration(_ function: any PCIFunction) {
        accesses.append { random in
            let width = random.width(.dword)
            let at = random.below(256) & ~(width.bytes - 1)
            if random.below(2) == 0 { return function.configuration.dword(at) & width.mask }
            let value = random.value()
            for index in 0..<width.bytes { function.configuration.write(at + index, UInt8(truncatingIfNeeded: value >> UInt32(index * 8))) }
            function.configurationChanged(at & 0xFC)
            return 0
        }
    }

    // MARK: Use

    /// Some accesses, with time between them; the answers and what the interrupt lines then were.
    @discardableResult
    func run(_ count: Int, _ random: inout Numbers) -> [UInt32] {
        var answers: [UInt32] = []
        for _ in 0..<count {
            answers.append(accesses[random.below(accesses.count)](&random))
            time.now += UInt64(random.below(random.below(16) == 0 ? 20_000_000 : 20_000))
            clock.runDue()
            answers.append(levels)
        }
        return answers
    }

    /// Every interrupt line, and INTR.
    var levels: UInt32 { edges.levels.reduce(pins.intr ? 1 << 31 : 0) { $0 | ($1.value ? 1 << UInt32($1.key) : 0) } }

    func states() throws -> [Data] { try devices.map { try $0.save() } }

    func save() throws -> Saved {
        blockPorts.forEach { $0.drain() }
        return Saved(
            states: try states(), events: clock.events, time: time.now, memory: regions.map { $0.slice(at: 0, count: $0.size) },
            media: media.map(\.bytes))
    }

    func restore(_ saved: Saved) throws {
        for (region, bytes) in zip(regions, saved.memory) { region.copy(bytes, at: 0) }
        for (medium, bytes) in zip(media, saved.media) { medium.replace(bytes) }
        time.now = saved.time
        try restore(saved.states)
        try clock.restore(saved.events)
    }

    func restore(_ states: [Data]) throws {
        for (device, state) in zip(devices, states) { try device.restore(state) }
        for device in devices { (device as? IDEChannel)?.drivesRestored() }
    }
}

extension Numbers {
    mutating func below(_ limit: Int) -> Int { Int(next() >> 33) % max(limit, 1) }

    mutating func width(_ widest: Width) -> Width {
        let all: [Width] = [.byte, .word, .dword].filter { $0.rawValue <= widest.rawValue }
        return all[below(all.count)]
    }

    /// The values that registers know: single bits, small numbers, all or nothing, and any.
    mutating func value() -> UInt32 {
        let number = UInt32(truncatingIfNeeded: next())
        switch below(8) {
        case 0: return number
        case 1: return 1 << (number & 31)
        case 2, 3: return number & 0xF
        case 4: return number & 1 == 0 ? 0 : .max
        default: return number & 0xFF
        }
    }
}
