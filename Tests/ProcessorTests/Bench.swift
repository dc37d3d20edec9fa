@testable import Bus
@testable import HostMemory
@testable import Processor

/// A processor on a bare board: RAM from 0, no devices, no interrupts.
final class Bench {
    final class NoInterrupts: InterruptController {
        var isRequesting: Bool { false }
        func acknowledge() -> UInt8 { 0 }
        var apicBase: UInt64? = 0xFEE0_0900
        func writeAPICBase(_ value: UInt64) -> Bool {
            guard value & 0xFFFF_FFFF_0000_06FF == 0 else { return false }
            apicBase = value
            return true
        }
    }
    final class Standstill: TimeSource {
        var now: UInt64 = 0
    }

    let ram: Region
    let memory: MemoryMap
    let ports = PortSpace()
    let processor: Processor
    private let interrupts = NoInterrupts()

    init(megabytes: Int = 2, model: ProcessorModel = .pentium4) throws {
        ram = try Region("RAM", size: megabytes << 20)
        memory = try MemoryMap()
        memory.map("RAM", ram: ram, at: 0, length: megabytes << 20)
        processor = try Processor(memory: memory, ports: ports, interrupts: interrupts, time: Standstill(), model: model)
        processor.isExact = true
        processor.translationThreshold = 0
    }

    var e: Execution { processor.e }

    /// Real mode, all segments 0, code at `address`.
    func load(_ code: [UInt8], at address: UInt32 = 0x1000) {
        memory.write(address, code)
        for number in UInt8(0)..<6 { e.loadRealSegment(number, 0) }
        e.s.eip = address
        e.esp = 0x8000
    }

    /// Runs until HLT or `limit` instructions.
    @discardableResult func run(limit: Int = 10_000) -> StopReason { processor.run(budget: limit) }
}
