import Glibc

@testable import Bus
@testable import HostMemory
@testable import Processor

/// A processor with RAM, a page of device memory, a few ports and an interrupt controller of one line. Everything on it does the same each time.
final class Board {
    /// Physical addresses: RAM from 0, then one page that a device answers for.
    static let ramSize = 0x5_0000, device: UInt32 = 0x5_0000

    let ram: Region
    let memory: MemoryMap
    let processor: Processor
    let controller = Controller()
    private let panel = Panel()
    private let window: DeviceWindow

    init(
        _ engine: Engine, threshold: Int = 0, isExact: Bool = true, codeCacheBytes: Int = 64 << 20, time: any TimeSource = InstructionCount()
    ) throws {
        ram = try Region("RAM", size: Self.ramSize)
        memory = try MemoryMap()
        window = try DeviceWindow()
        let ports = PortSpace()
        memory.map("RAM", ram: ram, at: 0, length: Self.ramSize)
        memory.map("device", at: Self.device, length: 4096, read: .device(window), write: .device(window))
        ports.attach(panel, 0xF0...0xF7, "panel", registers: .dword)
        processor = try Processor(
            memory: memory, ports: ports, interrupts: controller, time: time, model: .max, engine: engine, codeCacheBytes: codeCacheBytes)
        processor.translationThreshold = threshold
        processor.isExact = isExact
        processor.random = { 0x9E37_79B1 }
        controller.processor = processor
        (time as? InstructionCount)?.processor = processor
        panel.board = self
        window.controller = controller
    }

    var e: Execution { processor.e }

    /// What the devices saw, in order.
    var events: [DeviceEvent] { panel.events + window.events }

    /// Puts `image` into RAM, the devices to their beginning, and the processor to `state`.
    func load(_ image: [UInt8], _ state: ProcessorSnapshot) throws {
        ram.copy(image, at: 0)
        window.reset()
        panel.reset()
        controller.reset()
        try processor.restore(state)
    }

    func put(_ address: UInt32, _ bytes: [UInt8]) { ram.copy(bytes, at: Int(address)) }
    func word(_ address: UInt32) -> UInt32 { memory.read(address, .dword) }

    func hasSameMemory(_ other: Board) -> Bool {
        ram.equals(other.ram) && window.hasSameMemory(other.window)
    }

    /// Addresses of bytes that differ, device memory behind RAM.
    func differences(_ other: Board) -> [(address: Int, ours: UInt8, theirs: UInt8)] {
        let ours = ram.slice(at: 0, count: ram.size) + window.bytes, theirs = other.ram.slice(at: 0, count: ram.size) + other.window.bytes
        return ours.indices.filter { ours[$0] != theirs[$0] }.map { ($0, ours[$0], theirs[$0]) }
    }
}

/// One access to a device.
struct DeviceEvent: Equatable {
    var isWrite: Bool
    var address: UInt32
    var width: UInt8
    var value: UInt32
}

/// A page of memory that is a device: every access is seen, and one to the last sixteen bytes raises the interrupt line.
final class DeviceWindow: MemoryMapped {
    static let interruptOffset: UInt32 = 0xFF0

    weak var controller: Controller?
    private let store: Region
    private(set) var events: [DeviceEvent] = []

    init() throws { store = try Region("device memory", size: 4096) }

    /// The page as every program finds it.
    private static let pristine = (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }

    func reset() {
        store.copy(Self.pristine, at: 0)
        events.removeAll(keepingCapacity: true)
    }
    var bytes: [UInt8] { store.slice(at: 0, count: 4096) }
    func hasSameMemory(_ other: DeviceWindow) -> Bool { store.equals(other.store) }

    func readMemory(_ offset: UInt32, _ width: Width) -> UInt32 {
        var value: UInt32 = 0
        for index in 0..<width.bytes { value |= unsafe UInt32(store.bytes[(Int(offset) + index) & 0xFFF]) << UInt32(index * 8) }
        note(DeviceEvent(isWrite: false, address: offset, width: width.rawValue, value: value))
        return value
    }
    func writeMemory(_ offset: UInt32, _ width: Width, _ value: UInt32) {
        for index in 0..<width.bytes { unsafe store.bytes[(Int(offset) + index) & 0xFFF] = UInt8(truncatingIfNeeded: value >> UInt32(index * 8)) }
        note(DeviceEvent(isWrite: true, address: offset, width: width.rawValue, value: value))
    }
    private func note(_ event: DeviceEvent) {
        if events.count < 4000 { events.append(event) }
        if event.address >= Self.interruptOffset { controller?.raise() }
    }
}

/// The board's ports, by which a program asks for what happens from outside.
final class Panel: PortMapped {
    /// Offsets from port F0h.
    enum Port: UInt16 {
        /// Written: the run loop gets control behind this instruction.
        case stop
        /// Written: the interrupt line goes up.
        case interrupt
        /// Written: a bus master copies as descriptor number `value` says.
        case transfer
        /// Written: NMI.
        case nonMaskable
    }

    weak var board: Board?
    private(set) var events: [DeviceEvent] = []
    private var reads: UInt32 = 0

    func reset() {
        events.removeAll(keepingCapacity: true)
        reads = 0
    }

    func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
        reads &+= 1
        let value = (reads &* 0x9E37_79B1) ^ UInt32(offset)
        note(DeviceEvent(isWrite: false, address: UInt32(offset), width: width.rawValue, value: value))
        return value
    }

    func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        note(DeviceEvent(isWrite: true, address: UInt32(offset), width: width.rawValue, value: value))
        guard let board else { return }
        switch Port(rawValue: offset) {
        case .stop: board.processor.leaveSoon()
        case .interrupt: board.controller.raise()
        case .transfer:
            // Source, destination, count: twelve bytes each.
            let at = World.transfers + (value & 7) * 12
            let bytes = board.memory.read(board.word(at), count: Int(board.word(at + 8) & 0xFFF))
            board.memory.write(board.word(at + 4), bytes)
        case .nonMaskable: board.processor.pulseNMI()
        case nil: break
        }
    }
    private func note(_ event: DeviceEvent) { if events.count < 4000 { events.append(event) } }
}

/// An interrupt controller of one line, which the acknowledge cycle lowers.
final class Controller: InterruptController {
    weak var processor: Processor?
    private(set) var isRequesting = false

    func reset() { isRequesting = false }
    func raise() {
        isRequesting = true
        processor?.setINTR(true)
    }
    func acknowledge() -> UInt8 {
        isRequesting = false
        processor?.setINTR(false)
        return World.interruptVector
    }
}

/// Time that follows the count of instructions: who asks for it at another place in a unit gets another answer.
final class InstructionCount: TimeSource {
    weak var processor: Processor?
    var now: UInt64 { 1_234_567_890 &+ (processor?.instructionsExecuted ?? 0) &* 10 }
}

extension Region {
    fileprivate func equals(_ other: Region) -> Bool { unsafe size == other.size && memcmp(base, other.base, size) == 0 }
}
