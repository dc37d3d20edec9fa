import Testing

@testable import Bus
@testable import Devices

@Suite struct PCIBusTests {
    private final class Function: PCIFunction {
        var configuration: PCIConfiguration
        var changes: [Int] = []
        init() {
            configuration = PCIConfiguration(vendor: 0x8086, device: 0x1234, classCode: 0x060100, revision: 5)
            configuration.allow(0x40, [0xFF, 0x0F, 0xFF, 0xFF])
        }
        func configurationChanged(_ register: Int) { changes.append(register) }
    }

    private func bus() throws -> (ChipRig, PCIBus, Function) {
        let rig = try ChipRig()
        let bus = PCIBus(), function = Function()
        bus.plug(function, device: 3, function: 2)
        rig.plug(bus)
        return (rig, bus, function)
    }
    private static let address: UInt32 = 0x8000_1A00

    @Test(
        arguments: [(0, .dword, 0x1234_8086), (0, .word, 0x8086), (2, .word, 0x1234), (1, .byte, 0x80), (3, .byte, 0x12), (1, .word, 0x3480)]
            as [(UInt16, Width, UInt32)])
    func dataInEveryWidth(offset: UInt16, width: Width, value: UInt32) throws {
        let (rig, _, _) = try bus()
        rig.out(0, Self.address, .dword)
        #expect(rig.inp(4 + offset, width) == value)
    }

    @Test func writesReachWritableBitsAlone() throws {
        let (rig, _, function) = try bus()
        rig.out(0, Self.address | 0x40, .dword)
        rig.out(4, 0xFFFF_FFFF, .dword)
        #expect(rig.inp(4, .dword) == 0xFFFF_0FFF)
        rig.out(6, 0x55)
        rig.out(4, 0x1234, .word)
        #expect(rig.inp(4, .dword) == 0xFF55_0234)
        #expect(function.changes == [0x40, 0x40, 0x40])
        rig.out(0, Self.address, .dword)
        rig.out(4, 0, .dword)
        #expect(rig.inp(4, .dword) == 0x1234_8086)
    }

    /// No enable bit, another bus, another device, another function.
    @Test(arguments: [0x0000_1A00, 0x8001_1A00, 0x8000_2200, 0x8000_1800] as [UInt32]) func nobodyAnswersElsewhere(address: UInt32) throws {
        let (rig, _, function) = try bus()
        rig.out(0, address, .dword)
        #expect(rig.inp(4, .dword) == 0xFFFF_FFFF)
        #expect(rig.inp(4, .word) == 0xFFFF)
        #expect(rig.inp(7) == 0xFF)
        rig.out(4, 0, .dword)
        #expect(function.changes.isEmpty)
    }

    /// How systems find the mechanism: a byte at CFBh must not disturb it, and mechanism #2 must not be seen.
    @Test func theAddressIsADoubleWord() throws {
        let (rig, _, _) = try bus()
        rig.out(0, 0x8000_0000, .dword)
        #expect(rig.inp(0, .dword) == 0x8000_0000)
        rig.out(3, 0x01)
        rig.out(0, 0)
        rig.out(2, 0, .word)
        #expect(rig.inp(0, .dword) == 0x8000_0000)
        #expect(rig.inp(0) == 0xFF)
        #expect(rig.inp(2) == 0xFF)
        rig.out(0, 0xFFFF_FFFF, .dword)
        #expect(rig.inp(0, .dword) == 0x80FF_FFFC)
    }

    @Test(arguments: [(0x02, 0x06, true), (0x00, 0x04, false), (0x02, 0x0E, true)] as [(UInt32, UInt32, Bool)])
    func resetControl(first: UInt32, second: UInt32, hard: Bool) throws {
        let (rig, bus, _) = try bus()
        var resets: [PCIBus.Reset] = []
        bus.onReset = { resets.append($0) }
        rig.out(1, first)
        #expect(resets.isEmpty)
        rig.out(1, second)
        #expect(resets == [hard ? .hard : .soft])
        #expect(rig.inp(1) == second)
        rig.out(1, second)
        #expect(resets.count == 1, "RCPU must rise")
        rig.out(0, 0, .word)
        rig.out(0, second << 8, .word)
        #expect(resets.count == 2)
        #expect(rig.inp(0, .word) == second << 8 | 0xFF)
    }

    @Test func stateSurvives() throws {
        let (rig, bus, _) = try bus()
        rig.out(0, Self.address | 8, .dword)
        rig.out(1, 2)
        try expectRoundTrip(bus)
        #expect(rig.inp(4) == 5)
    }
}
