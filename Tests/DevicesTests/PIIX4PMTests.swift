import Testing

@testable import Bus
@testable import Devices

@Suite struct PIIX4PMTests {
    private final class Bench {
        let rig: ChipRig
        let ports = PortSpace()
        let power: PIIX4PM
        var powerOffs = 0

        init() throws {
            rig = try ChipRig()
            power = PIIX4PM(ports: ports, clock: rig.clock.port("power"), sci: rig.line(9), pins: rig.pins)
            rig.plug(power)
            power.onPowerOff = { [unowned self] in powerOffs += 1 }
        }
        func acpi(_ command: UInt32 = 0xF1) { power.apm.writePort(0, .byte, command) }
        var sci: Bool { rig.level(9) }
    }

    private static let wrap: UInt64 = 1 << 24

    @Test func theTimerRunsAtItsRateAndWraps() throws {
        let bench = try Bench()
        bench.rig.time.now = 1_000_000_000
        #expect(bench.rig.inp(8, .dword) == 3_579_545)
        bench.rig.time.now = 3600 * 1_000_000_000
        #expect(bench.rig.inp(8, .dword) == UInt32(3600 * 3_579_545 % Self.wrap))
        #expect(bench.rig.inp(9) == UInt32((3600 * 3_579_545 % Self.wrap) >> 8 & 0xFF))
        bench.rig.time.now = Self.wrap * 1_000_000_000 / PIIX4PM.timerFrequency
        #expect(bench.rig.inp(8, .dword) == 0xFF_FFFF)
        bench.rig.time.now += 1
        #expect(bench.rig.inp(8, .dword) == 0)
    }

    /// Time that goes on with every look at it, as the host's does.
    private final class RunningTime: TimeSource {
        private var looks: UInt64 = 0
        var now: UInt64 {
            looks += 1
            return looks * 9_973
        }
    }

    /// Firmware takes a timer that seems to go back for one that has gone round.
    @Test func theTimerIsReadAtOneMoment() throws {
        let clock = Clock(RunningTime()), sink = Edges()
        let power = PIIX4PM(ports: PortSpace(), clock: clock.port("power"), sci: IRQLine(sink, 9), pins: Pins())
        var last: UInt32 = 0
        for _ in 0..<20_000 {
            let value = power.readPort(8, .dword)
            #expect(value >= last)
            last = value
        }
    }

    @Test func theTimersOverflowIsSeenWithoutEvents() throws {
        let bench = try Bench()
        let half = Self.wrap / 2 * 1_000_000_000 / PIIX4PM.timerFrequency
        bench.rig.pass(half)
        #expect(bench.rig.inp(0, .word) == 0)
        bench.rig.pass(300)
        #expect(bench.rig.inp(0, .word) == 1)
        bench.rig.out(0, 1, .word)
        #expect(bench.rig.inp(0, .word) == 0)
        bench.rig.pass(half)
        #expect(bench.rig.inp(0, .word) == 1, "bit 23 falling counts too")
        #expect(bench.rig.clock.nextDeadline == nil)
    }

    @Test func theTimersOverflowInterrupts() throws {
        let bench = try Bench()
        bench.acpi()
        bench.rig.out(2, 1, .word)
        let half = Self.wrap / 2 * 1_000_000_000 / PIIX4PM.timerFrequency
        bench.rig.pass(half)
        #expect(!bench.sci)
        bench.rig.pass(300)
        #expect(bench.sci)
        #expect(bench.rig.clock.nextDeadline == nil, "nothing more before the guest cleared it")
        bench.rig.out(0, 1, .word)
        #expect(!bench.sci)
        #expect(bench.rig.clock.nextDeadline != nil)
        bench.rig.out(2, 0, .word)
        #expect(bench.rig.clock.nextDeadline == nil)
    }

    @Test func theSMICommandTurnsACPIOnAndOff() throws {
        let bench = try Bench()
        #expect(bench.rig.inp(4, .word) == 0)
        bench.acpi()
        #expect(bench.rig.inp(4, .word) == 1)
        #expect(bench.power.apm.readPort(0, .byte) == 0xF1)
        bench.acpi(0xF0)
        #expect(bench.rig.inp(4, .word) == 0)
        bench.power.apm.writePort(1, .byte, 0x5A)
        #expect(bench.power.apm.readPort(1, .byte) == 0x5A)
    }

    /// SeaBIOS sets APMC_EN and SMI_EN, writes the command port and waits for its handler.
    @Test func theCommandPortAsksForAnSMI() throws {
        let bench = try Bench()
        func set(_ value: UInt8) {
            bench.power.configuration.write(0x5B, value)
            bench.power.configurationChanged(0x58)
        }
        bench.rig.out(0x28, 1, .dword)
        bench.acpi(0)
        #expect(bench.rig.pins.smis == 0 && bench.rig.inp(0x18, .word) == 0, "APMC_EN is clear")
        set(2)
        bench.acpi(0x55)
        #expect(bench.rig.pins.smis == 1 && bench.rig.inp(0x18, .word) == 0x20 && bench.power.apm.readPort(0, .byte) == 0x55)
        bench.rig.out(0x18, 0x20, .word)
        #expect(bench.rig.inp(0x18, .dword) == 0)
        bench.power.apm.writePort(1, .byte, 1)
        #expect(bench.rig.pins.smis == 1, "the status port is only a byte")
        bench.rig.out(0x28, 0, .dword)
        bench.acpi(0xF1)
        #expect(bench.rig.pins.smis == 1 && bench.rig.inp(0x18, .word) == 0x20, "SMI_EN is clear")
        #expect(bench.rig.inp(4, .word) == 1)
    }

    @Test func thePowerButtonIsALevelUntilCleared() throws {
        let bench = try Bench()
        bench.power.pressPowerButton()
        #expect(bench.rig.inp(0, .word) == 0x100)
        #expect(!bench.sci)
        bench.rig.out(2, 0x100, .word)
        #expect(!bench.sci, "SCI_EN is clear")
        bench.acpi()
        #expect(bench.sci)
        bench.rig.out(0, 0xFEFF, .word)
        #expect(bench.sci, "only a 1 clears")
        bench.rig.out(1, 1)
        #expect(!bench.sci)
        #expect(bench.rig.inp(0, .dword) == 0x0100_0000)
    }

    @Test func generalPurposeEventsAtBothAddresses() throws {
        let bench = try Bench()
        bench.acpi()
        bench.power.state.generalStatus = 0x0002
        bench.power.generalEvents.writePort(2, .word, 0x0003)
        #expect(bench.rig.inp(0x0C, .dword) == 0x0003_0002)
        #expect(bench.power.generalEvents.readPort(0, .dword) == 0x0003_0002)
        #expect(bench.sci)
        bench.power.generalEvents.writePort(0, .byte, 2)
        #expect(!bench.sci)
        #expect(bench.rig.inp(0x0C, .dword) == 0x0003_0000)
    }

    @Test(arguments: [(0, true), (1, false), (2, true), (3, false), (7, false)] as [(UInt32, Bool)])
    func sleepTypes(type: UInt32, off: Bool) throws {
        let bench = try Bench()
        bench.acpi()
        bench.rig.out(4, 1 | type << 10, .word)
        #expect(bench.powerOffs == 0, "the type alone does nothing")
        bench.rig.out(4, 1 | type << 10 | 1 << 13, .word)
        #expect(bench.powerOffs == (off ? 1 : 0))
        #expect(bench.rig.inp(4, .word) == 1 | type << 10, "SUS_EN reads 0")
        #expect(bench.rig.inp(0, .word) == (off ? 0 : 0x8000), "a sleep refused has woken")
        #expect(!bench.sci)
    }

    @Test func softOffByByteWrites() throws {
        let bench = try Bench()
        bench.rig.out(5, 0x20)
        #expect(bench.powerOffs == 1)
    }

    @Test func theWindowGoesWhereConfigurationSays() throws {
        let bench = try Bench()
        bench.power.configuration.write(0x40, 0xFF)
        bench.power.configuration.write(0x41, 0xB0)
        bench.power.configurationChanged(0x40)
        #expect(bench.ports.read(0xB0C8, .dword) == 0xFFFF_FFFF, "PMIOSE is clear")
        bench.power.configuration.write(0x80, 1)
        bench.power.configurationChanged(0x80)
        bench.rig.time.now = 1_000_000_000
        #expect(bench.ports.read(0xB0C8, .dword) == 3_579_545)
        #expect(bench.power.configuration.dword(0x40) == 0xB0C1)
        bench.power.reset()
        #expect(bench.ports.read(0xB0C8, .dword) == 0xFFFF_FFFF)
    }

    @Test func stateSurvives() throws {
        let bench = try Bench()
        bench.acpi()
        bench.rig.out(2, 0x121, .word)
        bench.power.pressPowerButton()
        try expectRoundTrip(bench.power)
        #expect(bench.sci)
        bench.power.state.configuration.bytes[0] = 0
        let bad = try bench.power.save()
        #expect(throws: SnapshotError.self) { try bench.power.restore(bad) }
    }
}
