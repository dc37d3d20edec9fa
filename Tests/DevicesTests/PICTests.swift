import Testing

@testable import Bus
@testable import Devices

@Suite struct PICTests {
    /// The pair as firmware sets it up: vectors 08h and 70h, everything unmasked.
    private func pair(masterICW4: UInt32 = 1, slaveICW4: UInt32 = 1) -> (PIC, Pins) {
        let pic = PIC(), pins = Pins()
        pic.onINTR = { pins.intr = $0 }
        for (window, base, cascade, icw4) in [(pic.master, UInt32(0x08), UInt32(4), masterICW4), (pic.slave, 0x70, 2, slaveICW4)] {
            window.writePort(0, .byte, 0x11)
            window.writePort(1, .byte, base)
            window.writePort(1, .byte, cascade)
            window.writePort(1, .byte, icw4)
            window.writePort(1, .byte, 0)
        }
        return (pic, pins)
    }

    private func pulse(_ pic: PIC, _ lines: Int...) {
        for line in lines { pic.setLine(line, false) }
        for line in lines { pic.setLine(line, true) }
    }
    private func isr(_ window: PIC.Window) -> UInt32 {
        window.writePort(0, .byte, 0x0B)
        return window.readPort(0, .byte)
    }
    private func irr(_ window: PIC.Window) -> UInt32 {
        window.writePort(0, .byte, 0x0A)
        return window.readPort(0, .byte)
    }

    @Test(arguments: [0, 1, 3, 7, 8, 9, 12, 15]) func everyLineHasItsVector(line: Int) {
        let (pic, pins) = pair()
        #expect(!pins.intr)
        pulse(pic, line)
        #expect(pins.intr)
        #expect(pic.acknowledge() == UInt8(line < 8 ? 0x08 + line : 0x70 + line - 8))
        #expect(!pins.intr)
        #expect(isr(pic.master) == (line < 8 ? 1 << UInt32(line) : 4))
        #expect(isr(pic.slave) == (line < 8 ? 0 : 1 << UInt32(line - 8)))
    }

    @Test func priorityFallsWithTheNumberAndTheSlaveStandsAtTwo() {
        let (pic, _) = pair()
        pulse(pic, 7, 15, 3, 8, 1, 0)
        var vectors: [UInt8] = []
        for _ in 0..<6 {
            vectors.append(pic.acknowledge())
            pic.slave.writePort(0, .byte, 0x20)
            pic.master.writePort(0, .byte, 0x20)
        }
        #expect(vectors == [0x08, 0x09, 0x70, 0x77, 0x0B, 0x0F])
    }

    @Test func lowerPriorityWaitsForTheEndOfInterrupt() {
        let (pic, pins) = pair()
        pulse(pic, 3)
        _ = pic.acknowledge()
        pulse(pic, 4)
        #expect(!pins.intr)
        pulse(pic, 1)
        #expect(pins.intr)
        #expect(pic.acknowledge() == 0x09)
        pic.master.writePort(0, .byte, 0x20)
        #expect(isr(pic.master) == 0x08, "the non-specific end takes the one of highest priority")
        #expect(!pins.intr)
        pic.master.writePort(0, .byte, 0x63)
        #expect(pins.intr)
        #expect(pic.acknowledge() == 0x0C)
    }

    @Test func anEdgeIsOneRequestHoweverLongTheLineStands() {
        let (pic, pins) = pair()
        pulse(pic, 5)
        _ = pic.acknowledge()
        pic.master.writePort(0, .byte, 0x20)
        #expect(!pins.intr)
        pic.setLine(5, true)
        #expect(!pins.intr)
        pulse(pic, 5)
        #expect(pins.intr)
    }

    @Test(arguments: [(5, UInt8(0x0F)), (11, 0x77)]) func aLineThatFellBeforeTheAcknowledgementIsSpurious(line: Int, vector: UInt8) {
        let (pic, pins) = pair()
        pulse(pic, line)
        pic.setLine(line, false)
        #expect(!pins.intr)
        if line >= 8 {
            // The slave's request vanishes between the two cycles: the master has already served its input.
            pic.state.master.edges |= 4
            pic.state.master.lines |= 4
        }
        #expect(pic.acknowledge() == vector)
        #expect(isr(pic.slave) == 0)
        #expect(isr(pic.master) == (line < 8 ? 0 : 4))
    }

    @Test func levelInputsAskAsLongAsTheyStand() {
        let (pic, pins) = pair()
        pic.levelControl.writePort(1, .byte, 0xFF)
        #expect(pic.levelControl.readPort(1, .byte) == 0xDE, "8 and 13 stay edge-triggered")
        pic.levelControl.writePort(0, .byte, 0xFF)
        #expect(pic.levelControl.readPort(0, .byte) == 0xF8, "0, 1 and 2 too")
        pic.setLine(9, true)
        for _ in 0..<3 {
            #expect(pic.acknowledge() == 0x71)
            #expect(!pins.intr)
            pic.slave.writePort(0, .byte, 0x20)
            pic.master.writePort(0, .byte, 0x20)
            #expect(pins.intr)
        }
        pic.setLine(9, false)
        #expect(!pins.intr)
        #expect(irr(pic.slave) == 0)
    }

    @Test func masksHoldRequestsBackWithoutLosingThem() {
        let (pic, pins) = pair()
        pic.master.writePort(1, .byte, 0x20)
        pulse(pic, 5)
        #expect(!pins.intr)
        #expect(irr(pic.master) == 0x20)
        pic.master.writePort(1, .byte, 0)
        #expect(pins.intr)
        #expect(pic.master.readPort(1, .byte) == 0)
    }

    @Test func pollingAcknowledges() {
        let (pic, pins) = pair()
        pic.master.writePort(0, .byte, 0x0C)
        #expect(pic.master.readPort(0, .byte) == 0)
        pulse(pic, 6, 14)
        pic.master.writePort(0, .byte, 0x0C)
        #expect(pic.master.readPort(0, .byte) == 0x82)
        pic.slave.writePort(0, .byte, 0x0C)
        #expect(pic.slave.readPort(1, .byte) == 0x86, "either port answers the poll")
        #expect(pic.slave.readPort(1, .byte) == 0, "once")
        #expect(isr(pic.master) == 4)
        #expect(isr(pic.slave) == 0x40)
        #expect(!pins.intr, "6 waits behind 2")
    }

    @Test func initialisationForgetsEdges() {
        let (pic, pins) = pair()
        pulse(pic, 3)
        pic.master.writePort(1, .byte, 0xFF)
        pic.master.writePort(0, .byte, 0x11)
        #expect(irr(pic.master) == 0)
        for word: UInt32 in [0x20, 4, 1] { pic.master.writePort(1, .byte, word) }
        #expect(pic.master.readPort(1, .byte) == 0, "ICW1 clears the mask")
        #expect(!pins.intr, "the line still stands, but did not rise")
        pulse(pic, 3)
        #expect(pic.acknowledge() == 0x23)
    }

    @Test(arguments: [(0x11, [0x40, 4, 1]), (0x13, [0x40, 1]), (0x10, [0x40, 4]), (0x12, [0x40])] as [(UInt32, [UInt32])])
    func initialisationTakesAsManyWordsAsICW1Says(icw1: UInt32, words: [UInt32]) {
        let (pic, _) = pair()
        pic.master.writePort(0, .byte, icw1)
        for word in words { pic.master.writePort(1, .byte, word) }
        pic.master.writePort(1, .byte, 0xA5)
        #expect(pic.master.readPort(1, .byte) == 0xA5)
        pulse(pic, 1)
        #expect(pic.acknowledge() == 0x41)
    }

    @Test func automaticEndLeavesNothingInService() {
        let (pic, pins) = pair(masterICW4: 3)
        pulse(pic, 3, 4)
        #expect(pic.acknowledge() == 0x0B)
        #expect(isr(pic.master) == 0)
        #expect(pins.intr)
        // Rotating, the one served goes to the end.
        pic.master.writePort(0, .byte, 0x80)
        #expect(pic.acknowledge() == 0x0C)
        pulse(pic, 3, 5)
        #expect(pic.acknowledge() == 0x0D)
        pic.master.writePort(0, .byte, 0x00)
        pulse(pic, 6)
        #expect(pic.acknowledge() == 0x0E)
        pulse(pic, 6, 7)
        #expect(pic.acknowledge() == 0x0E, "6 comes first of 6, 7, 0 … 5 while nothing rotates")
    }

    @Test func rotation() {
        let (pic, _) = pair()
        // 4 becomes the lowest: 5 the first.
        pic.master.writePort(0, .byte, 0xC4)
        pulse(pic, 1, 4, 6)
        #expect(pic.acknowledge() == 0x0E)
        pic.master.writePort(0, .byte, 0xA0)
        // 6 was served and became the lowest: 7, 0, 1 …
        #expect(pic.acknowledge() == 0x09)
        pic.master.writePort(0, .byte, 0xE1)
        pulse(pic, 1, 8)
        #expect(pic.acknowledge() == 0x70, "the input of the slave is now first")
    }

    @Test func specialMaskLetsLowerInputsThrough() {
        let (pic, pins) = pair()
        pulse(pic, 3)
        _ = pic.acknowledge()
        pic.master.writePort(1, .byte, 0x08)
        pulse(pic, 5)
        #expect(!pins.intr)
        pic.master.writePort(0, .byte, 0x68)
        #expect(pins.intr)
        #expect(pic.acknowledge() == 0x0D)
        pulse(pic, 6)
        #expect(!pins.intr, "5 is in service and not masked")
        pic.master.writePort(0, .byte, 0x20)
        #expect(isr(pic.master) == 0x08, "a masked input is no business of a non-specific end")
        pic.master.writePort(0, .byte, 0x48)
        #expect(!pins.intr)
    }

    @Test func specialFullyNestedSlaveInterruptsItself() {
        for (icw4, nests) in [(UInt32(0x01), false), (0x11, true)] {
            let (pic, pins) = pair(masterICW4: icw4)
            pulse(pic, 12)
            #expect(pic.acknowledge() == 0x74)
            pulse(pic, 9)
            #expect(pins.intr == nests)
            pulse(pic, 4)
            #expect(pins.intr == nests)
        }
    }

    /// The slave's INT stays high when it has more to say at once: the master must not lose it for want of an edge.
    @Test func slaveWithAutomaticEndIsNotForgotten() {
        let (pic, pins) = pair(slaveICW4: 3)
        pulse(pic, 10, 11)
        #expect(pic.acknowledge() == 0x72)
        pic.master.writePort(0, .byte, 0x20)
        #expect(pins.intr)
        #expect(pic.acknowledge() == 0x73)
    }

    @Test func stateSurvives() throws {
        let (pic, pins) = pair()
        pulse(pic, 3, 9)
        _ = pic.acknowledge()
        try expectRoundTrip(pic)
        #expect(!pins.intr)
        pic.master.writePort(0, .byte, 0x20)
        pic.slave.writePort(0, .byte, 0x20)
        #expect(pins.intr)
        pic.state.master.first = 9
        let bad = try pic.save()
        #expect(throws: SnapshotError.self) { try pic.restore(bad) }
    }
}
