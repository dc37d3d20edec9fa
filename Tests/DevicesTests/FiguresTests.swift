import Testing

@testable import Bus
@testable import Devices

/// What chips count for figures of load.
@Suite struct FiguresTests {
    private final class Client: BlockClient {
        func blockCompleted(_ tag: UInt32, _ result: Result<[UInt8], BlockError>) {}
    }

    @Test func aDriveCountsWhatReachedItsMedium() throws {
        let rig = try ChipRig()
        let medium = MemoryMedium(sectors: 8, badSector: 7)
        let port = BlockPort(medium, clock: rig.clock.port("drive"), timing: .fixed(latency: 10), worker: nil, wake: {})
        let client = Client()
        port.client = client
        let operations: [BlockOperation] = [
            .read(sector: 0, count: 3), .write(sector: 1, bytes: [UInt8](repeating: 1, count: 1024)), .flush, .read(sector: 7, count: 1),
            .write(sector: 7, bytes: [UInt8](repeating: 1, count: 512)), .write(sector: 8, bytes: [UInt8](repeating: 1, count: 512)),
        ]
        for operation in operations {
            port.submit(operation, tag: 0)
            rig.pass(20)
        }
        #expect(port.bytesRead == 3 * 512)
        #expect(port.bytesWritten == 1024)
        port.change(nil)
        port.submit(.write(sector: 0, bytes: [UInt8](repeating: 1, count: 512)), tag: 0)
        rig.pass(20)
        #expect(port.bytesWritten == 1024)
    }

    @Test(arguments: [true, false]) func everyInterruptTakenCounts(hasAPIC: Bool) throws {
        let rig = try ChipRig()
        let pic = PIC()
        let apic = LocalAPIC(isPresent: hasAPIC, pic: pic, clock: rig.clock.port("local APIC"), memory: rig.memory)
        apic.pins = rig.pins
        #expect(apic.acknowledged == 0)
        for _ in 0..<3 { _ = apic.acknowledge() }
        #expect(apic.acknowledged == 3)
    }

    @Test func aMouseKnowsWhetherAnyoneListens() throws {
        let rig = try ChipRig()
        let mouse = Mouse(clock: rig.clock.port("mouse"))
        #expect(!mouse.hasListener)
        for (command, listens) in [(0xF4, true), (0xF5, false), (0xF0, true), (0xEA, false), (0xF4, true), (0xFF, false)] as [(UInt8, Bool)] {
            mouse.receive(command)
            #expect(mouse.hasListener == listens, "\(command)")
        }
    }
}
