import Testing

@testable import Bus
@testable import Devices

@Suite struct SystemControlTests {
    private func board() throws -> (ChipRig, SystemControl, PIT) {
        let rig = try ChipRig()
        let pit = PIT(irq: rig.line(0), clock: rig.clock.port("pit"))
        let system = SystemControl(pit: pit, clock: rig.clock.port("system"), memory: rig.memory, pins: rig.pins)
        rig.plug(system)
        return (rig, system, pit)
    }

    @Test func timerTwosGateAndOutput() throws {
        let (rig, _, pit) = try board()
        pit.writePort(3, .byte, 0xB0)
        pit.writePort(2, .byte, 100)
        pit.writePort(2, .byte, 0)
        rig.pass(10_000_000)
        #expect(rig.inp(0) & 0x20 == 0, "no gate, no count")
        rig.out(0, 0x01)
        rig.pass(80_000)
        #expect(rig.inp(0) & 0x21 == 0x01)
        rig.pass(10_000)
        #expect(rig.inp(0) & 0x21 == 0x21)
    }

    @Test func enablesAreKeptAndStatusIsNot() throws {
        let (rig, _, _) = try board()
        rig.out(0, 0xFE)
        #expect(rig.inp(0) & 0xCF == 0x0E)
    }

    /// Delay loops wait for edges of the refresh toggle: 66 of them are a millisecond.
    @Test func refreshToggles() throws {
        let (rig, _, _) = try board()
        var edges = 0, last = rig.inp(0) & 0x10
        for _ in 0..<1000 {
            rig.pass(1000)
            let now = rig.inp(0) & 0x10
            if now != last { edges += 1 }
            last = now
        }
        #expect(edges == 66)
    }

    @Test func fastA20() throws {
        let (rig, system, _) = try board()
        #expect(rig.inp(0x31) == 0x02)
        rig.out(0x31, 0x00)
        #expect(!rig.memory.a20IsOpen)
        #expect(rig.inp(0x31) == 0x00)
        system.isA20Open = true
        #expect(rig.memory.a20IsOpen)
        #expect(rig.inp(0x31) == 0x02, "the keyboard controller's hand shows here")
        rig.out(0x31, 0x00)
        system.reset()
        #expect(rig.memory.a20IsOpen)
    }

    @Test func fastResetIsAnEdge() throws {
        let (rig, _, _) = try board()
        rig.out(0x31, 0x03)
        #expect(rig.pins.resets == 1)
        rig.out(0x31, 0x03)
        #expect(rig.pins.resets == 1)
        rig.out(0x31, 0x02)
        rig.out(0x31, 0x03)
        #expect(rig.pins.resets == 2)
    }

    @Test func stateSurvives() throws {
        let (rig, system, _) = try board()
        rig.out(0, 0x03)
        rig.out(0x31, 0x00)
        try expectRoundTrip(system)
        #expect(!rig.memory.a20IsOpen)
    }
}
