import Testing

@testable import Bus
@testable import Devices

@Suite struct LocalAPICTests {
    /// An APIC, enabled by software, with an 8259 pair behind LINT0.
    private final class Bench {
        let rig: ChipRig
        let pic = PIC()
        let apic: LocalAPIC
        var ended: [UInt8] = []

        init(isPresent: Bool = true, enabled: Bool = true) throws {
            rig = try ChipRig()
            apic = LocalAPIC(isPresent: isPresent, pic: pic, clock: rig.clock.port("local APIC"), memory: rig.memory)
            apic.pins = rig.pins
            pic.onINTR = { [unowned apic] in apic.setLine(LocalAPIC.Input.lint0, $0) }
            apic.onEndOfInterrupt = { [unowned self] in ended.append($0) }
            for (offset, value) in [(0, 0x11), (1, 0x08), (1, 4), (1, 1), (1, 0)] { pic.master.writePort(UInt16(offset), .byte, UInt32(value)) }
            if enabled { self[0xF0] = 0x1FF }
        }
        subscript(_ offset: UInt32) -> UInt32 {
            get { apic.readMemory(offset, .dword) }
            set { apic.writeMemory(offset, .dword, newValue) }
        }
        var intr: Bool { rig.pins.intr }
        /// A fixed interrupt to itself.
        func interrupt(_ vector: UInt32) { self[0x300] = 0x4_0000 | vector }
        func end() { self[0xB0] = 0 }
        func send(_ vector: UInt8, mode: APICMessage.Mode = .fixed, to destination: UInt8 = 0, logical: Bool = false, level: Bool = false) -> Bool {
            apic.send(APICMessage(mode: mode, vector: vector, destination: destination, isLogical: logical, isLevel: level))
        }
        func bit(_ base: UInt32, _ vector: UInt32) -> Bool { self[base + vector / 32 * 16] >> (vector & 31) & 1 != 0 }
    }

    @Test func powerUp() throws {
        let bench = try Bench(enabled: false)
        #expect(bench[0x20] == 0 && bench[0x30] == 0x0005_0014 && bench[0x80] == 0 && bench[0xD0] == 0)
        #expect(bench[0xE0] == 0xFFFF_FFFF && bench[0xF0] == 0xFF)
        for offset in stride(from: UInt32(0x320), through: 0x370, by: 16) { #expect(bench[offset] == 0x1_0000) }
        #expect(bench.apic.apicBase == 0xFEE0_0900)
    }

    @Test func bytesOfARegisterAndWhatLiesBetween() throws {
        let bench = try Bench()
        bench[0xE0] = 0x5FFF_FFFF
        #expect(bench.apic.readMemory(0xE3, .byte) == 0x5F)
        #expect(bench.apic.readMemory(0x32, .word) == 5)
        #expect(bench.apic.readMemory(0x34, .dword) == 0)
        bench.apic.writeMemory(0x80, .byte, 0x50)
        bench.apic.writeMemory(0x84, .dword, 0x50)
        #expect(bench[0x80] == 0)
    }

    // MARK: Priority

    @Test func higherClassesNestAndLowerOnesWait() throws {
        let bench = try Bench()
        bench.interrupt(0x41)
        #expect(bench.intr && bench.bit(0x200, 0x41))
        #expect(bench.apic.acknowledge() == 0x41)
        #expect(!bench.intr && bench.bit(0x100, 0x41) && !bench.bit(0x200, 0x41))
        #expect(bench[0xA0] == 0x40, "PPR")
        bench.interrupt(0x4F)
        #expect(!bench.intr, "same class")
        bench.interrupt(0x51)
        #expect(bench.intr)
        #expect(bench.apic.acknowledge() == 0x51)
        bench.end()
        #expect(!bench.intr)
        bench.end()
        #expect(bench.apic.acknowledge() == 0x4F)
    }

    @Test(arguments: [(0x40, true), (0x4F, true), (0x50, false), (0xFF, false)] as [(UInt32, Bool)])
    func taskPriority(tpr: UInt32, passes: Bool) throws {
        let bench = try Bench()
        bench[0x80] = tpr
        bench.interrupt(0x53)
        #expect(bench.intr == passes)
        #expect(bench[0xA0] == tpr)
        if !passes { #expect(bench.apic.acknowledge() == 0xFF, "spurious") }
        bench[0x80] = 0
        #expect(bench.intr)
    }

    @Test func aSpuriousVectorIsNotInService() throws {
        let bench = try Bench()
        bench[0xF0] = 0x1AF
        #expect(bench.apic.acknowledge() == 0xAF)
        #expect(!bench.bit(0x100, 0xAF))
    }

    @Test func levelsTellTheirEnd() throws {
        let bench = try Bench()
        #expect(bench.send(0x61, level: true))
        #expect(bench.send(0x71))
        #expect(bench.bit(0x180, 0x61) && !bench.bit(0x180, 0x71))
        _ = bench.apic.acknowledge()
        _ = bench.apic.acknowledge()
        bench.end()
        #expect(bench.ended == [])
        _ = bench.apic.acknowledge()
        bench.end()
        #expect(bench.ended == [0x61])
    }

    // MARK: Destinations

    @Test func destinations() throws {
        let bench = try Bench()
        bench[0x20] = 0x0300_0000
        #expect(bench.send(0x60, to: 3) && bench.send(0x60, to: 0xFF) && !bench.send(0x60, to: 0))
        bench[0xD0] = 0x2400_0000
        #expect(bench.send(0x60, to: 0x04, logical: true) && bench.send(0x60, to: 0xF0, logical: true))
        #expect(!bench.send(0x60, to: 0x03, logical: true))
        bench[0xE0] = 0x0FFF_FFFF
        #expect(bench.send(0x60, to: 0x2C, logical: true) && !bench.send(0x60, to: 0x14, logical: true) && !bench.send(0x60, to: 0x21, logical: true))
        #expect(bench.send(0x60, to: 0xFF, logical: true))
    }

    @Test func interruptCommands() throws {
        let bench = try Bench()
        for (command, nmis, smis, resets) in [
            (0x4_0400, 1, 0, 0), (0x8_0200, 1, 1, 0), (0xC_4500, 1, 1, 0), (0xC_4699, 1, 1, 0), (0x4_4500, 1, 1, 1), (0x8_8500, 1, 1, 1),
            (0x8_4699, 1, 1, 1),
        ] as [(UInt32, Int, Int, Int)] {
            bench[0x300] = command
            #expect((bench.rig.pins.nmis, bench.rig.pins.smis, bench.rig.pins.resets) == (nmis, smis, resets), "\(String(command, radix: 16))")
            #expect(bench[0x300] == command, "the delivery status is idle")
        }
        #expect(!bench.intr)
        bench[0x310] = 0x0500_0000
        bench[0x300] = 0x55
        #expect(!bench.intr, "nobody there")
        bench[0x310] = 0
        bench[0x300] = 0x55
        #expect(bench.apic.acknowledge() == 0x55)
    }

    // MARK: Errors

    @Test func errorsShowAfterAWriteAndInterruptOnce() throws {
        let bench = try Bench()
        bench[0x370] = 0xE1
        bench.interrupt(0x0F)
        #expect(bench.apic.acknowledge() == 0xE1)
        #expect(bench[0x280] == 0)
        bench[0x280] = 0
        #expect(bench[0x280] == 0x20, "send illegal vector")
        _ = bench.send(0x05)
        _ = bench[0x400]
        bench[0x280] = 0
        #expect(bench[0x280] == 0xC0, "receive illegal vector, illegal register")
        bench[0x280] = 0
        #expect(bench[0x280] == 0)
    }

    @Test func anIllegalVectorOfTheErrorItself() throws {
        let bench = try Bench()
        bench[0x370] = 0x05
        bench.interrupt(0)
        #expect(!bench.intr)
    }

    // MARK: Enabling

    @Test func softwareDisableMasksWhatIsLocal() throws {
        let bench = try Bench()
        bench[0x350] = 0x700
        bench.pic.setLine(1, true)
        #expect(bench.intr)
        bench[0xF0] = 0xFF
        #expect(!bench.intr && bench[0x350] == 0x1_0700)
        bench[0x350] = 0x700
        #expect(bench[0x350] == 0x1_0700, "the mask cannot be taken away")
        #expect(!bench.send(0x50) && bench.send(0, mode: .nmi))
        #expect(bench.rig.pins.nmis == 1)
        var enabled = 0
        bench.apic.onEnabled = { enabled += 1 }
        bench[0xF0] = 0x1FF
        #expect(enabled == 1 && bench[0x350] == 0x1_0700)
    }

    /// Globally disabled, LINT0 is INTR and LINT1 is NMI (SDM Vol. 3A §10.4.3).
    @Test func globalDisableGivesThePinsBack() throws {
        let bench = try Bench()
        bench.interrupt(0x80)
        #expect(bench.apic.writeAPICBase(0xFEE0_0100))
        #expect(!bench.intr && bench.rig.memory.read(0xFEE0_0030, .dword) == 0xFFFF_FFFF)
        #expect(!bench.send(0x80))
        bench.pic.setLine(3, true)
        #expect(bench.intr)
        #expect(bench.apic.acknowledge() == 0x0B)
        bench.apic.setLine(LocalAPIC.Input.lint1, true)
        #expect(bench.rig.pins.nmis == 1)
        #expect(bench.apic.writeAPICBase(0xFEE0_0900))
        #expect(bench[0xF0] == 0xFF, "it has forgotten")
    }

    @Test func itsPageMoves() throws {
        let bench = try Bench()
        #expect(bench.rig.memory.read(0xFEE0_0030, .dword) == 0x0005_0014)
        #expect(bench.apic.writeAPICBase(0x8765_4800))
        #expect(bench.apic.apicBase == 0x8765_4900, "the bootstrap processor stays one")
        #expect(bench.rig.memory.read(0xFEE0_0030, .dword) == 0xFFFF_FFFF)
        #expect(bench.rig.memory.read(0x8765_4030, .dword) == 0x0005_0014)
        for reserved in [1, 0x80, 0x400, 0x200, UInt64(1) << 32] { #expect(!bench.apic.writeAPICBase(0xFEE0_0900 | reserved)) }
        bench.apic.reset()
        #expect(bench.rig.memory.read(0xFEE0_0030, .dword) == 0x0005_0014)
    }

    @Test func aProcessorWithoutOne() throws {
        let bench = try Bench(isPresent: false)
        #expect(bench.apic.apicBase == nil && !bench.apic.writeAPICBase(0xFEE0_0900))
        #expect(bench.rig.memory.read(0xFEE0_0030, .dword) == 0xFFFF_FFFF)
        bench.pic.setLine(0, true)
        #expect(bench.intr && bench.apic.acknowledge() == 0x08)
    }

    @Test func initKeepsIdentityBaseAndVirtualWire() throws {
        let bench = try Bench()
        bench[0x20] = 0x0700_0000
        bench[0x350] = 0x8700
        bench[0x360] = 0x8400
        bench[0x320] = 0x40
        bench[0x380] = 1000
        bench.interrupt(0x50)
        bench.apic.initialize()
        #expect(bench[0x20] == 0x0700_0000 && bench[0xF0] == 0x1FF && bench[0x350] == 0x8700)
        #expect(bench[0x360] == 0x1_0000 && bench[0x320] == 0x1_0000 && bench[0x390] == 0 && !bench.intr)
        #expect(bench.rig.clock.nextDeadline == nil)
        bench[0x350] = 0x1_0700
        bench.apic.initialize()
        #expect(bench[0xF0] == 0xFF && bench[0x350] == 0x1_0000)
    }

    // MARK: Pins

    @Test func theEightTwoFiveNinesComeThroughVirtualWire() throws {
        let bench = try Bench()
        bench.pic.setLine(3, true)
        #expect(!bench.intr, "LINT0 is masked")
        bench[0x350] = 0x700
        #expect(bench.intr)
        bench[0x80] = 0xFF
        #expect(bench.intr, "ExtINT has no priority")
        #expect(bench.apic.acknowledge() == 0x0B)
        #expect(!bench.intr && bench[0xA0] == 0xFF && !bench.bit(0x100, 0x0B))
    }

    @Test func anIOAPICsExtINT() throws {
        let bench = try Bench()
        bench.pic.setLine(3, true)
        #expect(bench.send(0, mode: .external))
        #expect(bench.intr && bench.apic.acknowledge() == 0x0B)
        #expect(!bench.intr)
    }

    @Test func lint1IsNMIOnItsEdge() throws {
        let bench = try Bench()
        bench[0x360] = 0x400
        for level in [true, true, false, true] { bench.apic.setLine(LocalAPIC.Input.lint1, level) }
        #expect(bench.rig.pins.nmis == 2)
        bench[0x360] = 0x1_0400
        bench.apic.setLine(LocalAPIC.Input.lint1, false)
        bench.apic.setLine(LocalAPIC.Input.lint1, true)
        #expect(bench.rig.pins.nmis == 2)
    }

    @Test func aFixedLocalPin() throws {
        let bench = try Bench()
        bench[0x360] = 0x48
        bench.apic.setLine(LocalAPIC.Input.lint1, true)
        #expect(bench.apic.acknowledge() == 0x48)
        bench.end()
        #expect(!bench.intr, "an edge")
        bench[0x360] = 0x8048
        #expect(bench.intr && bench[0x360] == 0xC048, "a level, with its remote IRR")
        #expect(bench.apic.acknowledge() == 0x48)
        bench.end()
        #expect(bench.apic.acknowledge() == 0x48, "it still stands")
        bench.apic.setLine(LocalAPIC.Input.lint1, false)
        bench.end()
        #expect(!bench.intr && bench[0x360] == 0x8048)
        bench[0x360] = 0xA048
        #expect(bench.intr, "active low")
    }

    // MARK: Timer

    @Test(arguments: [(0x0, 2), (0x1, 4), (0x2, 8), (0x3, 16), (0x8, 32), (0x9, 64), (0xA, 128), (0xB, 1)] as [(UInt32, UInt64)])
    func oneShotWithEveryDivisor(code: UInt32, divisor: UInt64) throws {
        let bench = try Bench()
        bench[0x3E0] = code
        bench[0x320] = 0x70
        bench[0x380] = 1000
        #expect(bench[0x390] == 1000)
        bench.rig.pass(LocalAPIC.tick * divisor * 400)
        #expect(bench[0x390] == 600)
        bench.rig.pass(LocalAPIC.tick * divisor * 600 - 1)
        #expect(bench[0x390] == 1 && !bench.intr)
        bench.rig.pass(1)
        #expect(bench[0x390] == 0 && bench.intr)
        #expect(bench.apic.acknowledge() == 0x70)
        bench.end()
        bench.rig.pass(1_000_000_000)
        #expect(!bench.intr && bench.rig.clock.nextDeadline == nil && bench[0x380] == 1000)
    }

    @Test func periodic() throws {
        let bench = try Bench()
        bench[0x3E0] = 0xB
        bench[0x320] = 0x2_0070
        bench[0x380] = 100_000
        var count = 0
        for _ in 0..<50 {
            bench.rig.pass(100_000)
            guard bench.intr else { continue }
            count += 1
            _ = bench.apic.acknowledge()
            bench.end()
        }
        #expect(count == 5)
        bench.rig.time.now += 250_000
        #expect(bench[0x390] == 75_000)
        bench[0x380] = 0
        #expect(bench[0x390] == 0 && bench.rig.clock.nextDeadline == nil)
    }

    /// Four periods passed before the host looked: one interrupt then, the three others in the middle of the next periods.
    @Test func ticksThatTheHostMissedAreOwed() throws {
        let bench = try Bench()
        bench[0x3E0] = 0xB
        bench[0x320] = 0x2_0070
        bench[0x380] = 100_000
        bench.rig.time.now = 4_000_000
        bench.rig.clock.runDue()
        var times: [UInt64] = []
        while bench.rig.time.now < 9_900_000 {
            if bench.intr {
                times.append(bench.rig.time.now)
                _ = bench.apic.acknowledge()
                bench.end()
            }
            bench.rig.pass(100_000)
        }
        #expect(times == [4_000_000, 4_500_000, 5_000_000, 5_500_000, 6_000_000, 6_500_000, 7_000_000, 8_000_000, 9_000_000])
        #expect(bench.rig.clock.events.count == 1)
        try expectRoundTrip(bench.apic)
    }

    @Test func aMaskedTimerCountsWithoutWakingAnyone() throws {
        let bench = try Bench()
        bench[0x3E0] = 0xB
        bench[0x320] = 0x3_0070
        bench[0x380] = 100
        #expect(bench.rig.clock.nextDeadline == nil)
        bench.rig.time.now += 10_250
        #expect(bench[0x390] == 75)
        bench[0x320] = 0x2_0070
        #expect(bench.rig.clock.nextDeadline == 11_000)
    }

    @Test func anotherDivisorGoesOnFromTheCount() throws {
        let bench = try Bench()
        bench[0x3E0] = 0xB
        bench[0x320] = 0x70
        bench[0x380] = 1000
        bench.rig.pass(5000)
        bench[0x3E0] = 0
        #expect(bench[0x390] == 500)
        bench.rig.pass(9999)
        #expect(!bench.intr)
        bench.rig.pass(1)
        #expect(bench.intr)
    }

    /// A guest must not keep the machine from coming to anything else.
    @Test func theFastestTimerLeavesTime() throws {
        let bench = try Bench()
        bench[0x3E0] = 0xB
        bench[0x320] = 0x2_0070
        bench[0x380] = 1
        bench.rig.time.now += 1_000_000
        bench.rig.clock.runDue()
        #expect(bench.intr)
        #expect(bench.rig.clock.nextDeadline.map { $0 > bench.rig.time.now + 1000 } == true)
    }

    @Test func stateSurvives() throws {
        let bench = try Bench()
        bench[0x320] = 0x2_0070
        bench[0x380] = 12345
        bench.interrupt(0x91)
        try expectRoundTrip(bench.apic)
        #expect(bench.intr)
        bench.apic.state.base = 0xFEE0_0901
        let bad = try bench.apic.save()
        #expect(throws: SnapshotError.self) { try bench.apic.restore(bad) }
    }
}
