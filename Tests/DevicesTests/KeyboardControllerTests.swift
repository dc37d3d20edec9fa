import Testing

@testable import Bus
@testable import Devices

@Suite struct KeyboardControllerTests {
    /// The controller with its real keyboard and mouse. Interrupts are on, as firmware leaves them.
    private final class Bench {
        let rig: ChipRig
        let keyboard = Keyboard()
        let mouse: Mouse
        let system: SystemControl
        let controller: KeyboardController

        init(command: UInt32 = 0x47) throws {
            rig = try ChipRig()
            mouse = Mouse(clock: rig.clock.port("mouse"))
            let pit = PIT(irq: rig.line(0), clock: rig.clock.port("pit"))
            system = SystemControl(pit: pit, clock: rig.clock.port("system"), memory: rig.memory, pins: rig.pins)
            controller = KeyboardController(
                keyboard: keyboard, aux: mouse, keyboardIRQ: rig.line(1), auxIRQ: rig.line(12), system: system, pins: rig.pins,
                clock: rig.clock.port("keyboard controller"))
            rig.plug(controller)
            rig.out(4, 0x60)
            rig.out(0, command)
        }

        var status: UInt32 { rig.inp(4) }
        var isFull: Bool { status & 1 != 0 }
        func ask(_ command: UInt32) -> UInt32 {
            rig.out(4, command)
            #expect(isFull)
            return rig.inp(0)
        }
        func aux(_ byte: UInt32) {
            rig.out(4, 0xD4)
            rig.out(0, byte)
        }
        func key(_ name: String, down: Bool) {
            if let code = KeyCode(named: name) { keyboard.key(code, down: down) } else { Issue.record("no key \(name)") }
        }

        /// What a driver reads that takes a byte at each interrupt, with time passing.
        func interrupts(_ milliseconds: Int = 50) -> (keyboard: [UInt32], mouse: [UInt32]) {
            var read: (keyboard: [UInt32], mouse: [UInt32]) = ([], [])
            for _ in 0..<milliseconds * 20 {
                if rig.level(1) {
                    #expect(status & 0x21 == 0x01)
                    read.keyboard.append(rig.inp(0))
                } else if rig.level(12) {
                    #expect(status & 0x21 == 0x21)
                    read.mouse.append(rig.inp(0))
                }
                rig.pass(50_000)
            }
            return read
        }
    }

    // MARK: Commands

    @Test(arguments: [(0xAA, 0x55), (0xAB, 0x00), (0xA9, 0x00), (0xA4, 0xF1), (0x20, 0x47), (0xC0, 0xB0), (0xE0, 0x03)] as [(UInt32, UInt32)])
    func answers(command: UInt32, answer: UInt32) throws {
        let bench = try Bench()
        #expect(bench.ask(command) == answer)
        #expect(!bench.isFull)
        #expect(bench.rig.inp(0) == answer, "the buffer keeps showing it")
    }

    @Test func statusTellsCommandFromData() throws {
        let bench = try Bench()
        #expect(bench.status == 0x14)
        bench.rig.out(4, 0xAE)
        #expect(bench.status == 0x1C)
        bench.rig.out(0, 0xEE)
        #expect(bench.status == 0x15)
    }

    @Test func theSystemFlagComesWithTheSelfTest() throws {
        let bench = try Bench(command: 0x03)
        #expect(bench.status & 4 == 0)
        _ = bench.ask(0xAA)
        #expect(bench.status & 4 != 0)
        #expect(bench.ask(0x20) == 0x07)
    }

    @Test func theCommandByteSwitchesInterrupts() throws {
        let bench = try Bench(command: 0x44)
        bench.key("a", down: true)
        #expect(bench.isFull && !bench.rig.level(1))
        bench.rig.out(4, 0x60)
        bench.rig.out(0, 0x45)
        #expect(bench.rig.level(1))
        _ = bench.rig.inp(0)
        #expect(!bench.rig.level(1))
    }

    @Test func disabledDevicesWait() throws {
        let bench = try Bench()
        bench.aux(0xF4)
        #expect(bench.rig.inp(0) == 0xFA)
        bench.rig.out(4, 0xAD)
        bench.rig.out(4, 0xA7)
        #expect(bench.ask(0x20) == 0x77)
        bench.key("a", down: true)
        bench.mouse.motion(dx: 1, dy: 0, buttons: [])
        bench.rig.pass(10_000_000)
        #expect(!bench.isFull)
        bench.rig.out(4, 0xA8)
        #expect(bench.status & 0x21 == 0x21)
        bench.rig.out(4, 0xAE)
        let read = bench.interrupts()
        #expect(read.keyboard == [0x1E])
        #expect(read.mouse == [0x08, 1, 0])
    }

    @Test func writingToADeviceEnablesIt() throws {
        let bench = try Bench(command: 0x77)
        bench.rig.out(0, 0xEE)
        #expect(bench.rig.inp(0) == 0xEE)
        bench.aux(0xF2)
        #expect(bench.rig.inp(0) == 0xFA)
        #expect(bench.rig.inp(0) == 0x00)
        #expect(bench.ask(0x20) == 0x47)
    }

    /// As Linux finds an auxiliary port, and that its interrupt is wired; no multiplexer answers.
    @Test(arguments: [0x5A, 0xA5, 0xF0, 0x56, 0xA4] as [UInt32]) func auxLoop(value: UInt32) throws {
        let bench = try Bench()
        bench.rig.out(4, 0xD3)
        bench.rig.out(0, value)
        #expect(bench.status & 0x21 == 0x21)
        #expect(bench.rig.level(12) && !bench.rig.level(1))
        #expect(bench.rig.inp(0) == value)
        bench.rig.out(4, 0xD2)
        bench.rig.out(0, value)
        #expect(bench.status & 0x21 == 0x01)
        #expect(bench.rig.level(1) && !bench.rig.level(12))
        #expect(bench.rig.inp(0) == value, "not translated")
    }

    @Test func theOutputPort() throws {
        let bench = try Bench()
        #expect(bench.ask(0xD0) == 0xCB)
        bench.rig.pass(1_000_000)
        bench.key("a", down: true)
        bench.rig.out(4, 0xD0)
        #expect(bench.rig.inp(0) == 0x1E, "what was there first")
        #expect(bench.rig.inp(0) == 0xDB)
        for (value, open) in [(UInt32(0xDD), false), (0xDF, true)] {
            bench.rig.out(4, 0xD1)
            bench.rig.out(0, value)
            #expect(bench.rig.memory.a20IsOpen == open)
            #expect(bench.ask(0xD0) & 2 == (open ? 2 : 0))
            bench.rig.out(4, value ^ 2)
            #expect(bench.rig.memory.a20IsOpen == !open)
            bench.rig.out(4, value)
            #expect(bench.rig.memory.a20IsOpen == open)
        }
        #expect(bench.rig.pins.resets == 0)
        #expect(!bench.keyboard.hasOutput, "data of a command is not the keyboard's")
    }

    @Test(arguments: [(0xFE, 1), (0xF0, 1), (0xFF, 0), (0xFD, 0)] as [(UInt32, Int)]) func resetPulse(command: UInt32, resets: Int) throws {
        let bench = try Bench()
        bench.rig.out(4, command)
        #expect(bench.rig.pins.resets == resets)
        #expect(bench.rig.memory.a20IsOpen)
    }

    @Test func resetByTheOutputPort() throws {
        let bench = try Bench()
        bench.rig.out(4, 0xD1)
        bench.rig.out(0, 0xDE)
        #expect(bench.rig.pins.resets == 1)
    }

    @Test func aCommandTakesThePlaceOfOneThatWaits() throws {
        let bench = try Bench()
        bench.rig.out(4, 0xD1)
        bench.rig.out(4, 0xAE)
        bench.rig.out(0, 0xEE)
        #expect(bench.rig.pins.resets == 0)
        #expect(bench.rig.inp(0) == 0xEE)
    }

    // MARK: Translation

    @Test(
        arguments: [
            ("a", [0x1E, 0x9E]), ("f7", [0x41, 0xC1]), ("up", [0xE0, 0x48, 0xE0, 0xC8]), ("pause", [0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5]),
            ("printscreen", [0xE0, 0x2A, 0xE0, 0x37, 0xE0, 0xB7, 0xE0, 0xAA]),
        ] as [(String, [UInt32])])
    func translation(name: String, codes: [UInt32]) throws {
        let bench = try Bench()
        bench.key(name, down: true)
        bench.key(name, down: false)
        #expect(bench.interrupts().keyboard == codes)
    }

    @Test func withoutTranslation() throws {
        let bench = try Bench(command: 0x07)
        bench.key("up", down: true)
        bench.key("up", down: false)
        #expect(bench.interrupts().keyboard == [0xE0, 0x75, 0xE0, 0xF0, 0x75])
    }

    /// The identity of a keyboard whose controller translates.
    @Test func answersOfTheKeyboardAreTranslatedToo() throws {
        let bench = try Bench()
        bench.rig.out(0, 0xF2)
        #expect([bench.rig.inp(0), bench.rig.inp(0), bench.rig.inp(0)] == [0xFA, 0xAB, 0x41])
        bench.rig.out(0, 0xF0)
        bench.rig.out(0, 0x00)
        #expect([bench.rig.inp(0), bench.rig.inp(0), bench.rig.inp(0)] == [0xFA, 0xFA, 0x41])
    }

    @Test func anAnswerBetweenTheBreakPrefixAndItsCode() throws {
        let bench = try Bench()
        bench.key("up", down: false)
        #expect(bench.rig.inp(0) == 0xE0)
        bench.keyboard.state.keys = [0x75]
        bench.controller.state.isBreak = true
        bench.rig.out(0, 0xED)
        #expect(bench.interrupts().keyboard == [0xFA, 0xC8])
    }

    // MARK: One byte at a time

    @Test func nothingOverwritesAnUnreadByte() throws {
        let bench = try Bench()
        bench.aux(0xF4)
        _ = bench.rig.inp(0)
        bench.rig.pass(1_000_000)
        bench.key("a", down: true)
        bench.mouse.motion(dx: 2, dy: 0, buttons: [])
        bench.key("b", down: true)
        bench.rig.out(4, 0x20)
        bench.aux(0xF2)
        bench.rig.pass(100_000_000)
        #expect(bench.rig.rises(1) == 1)
        #expect(bench.rig.inp(0) == 0x1E)
        #expect(bench.rig.inp(0) == 0x47, "the controller first")
        let read = bench.interrupts()
        #expect(read.keyboard == [0x30])
        #expect(read.mouse == [0xFA, 0x00])
    }

    /// A game's handler and the BIOS's after it both read the key: the next one must not be there yet.
    @Test func keysComeALineTimeApart() throws {
        let bench = try Bench()
        bench.key("a", down: true)
        bench.key("a", down: false)
        #expect(bench.rig.inp(0) == 0x1E)
        bench.rig.pass(300_000)
        #expect(!bench.isFull)
        #expect(bench.rig.inp(0) == 0x1E)
        bench.rig.pass(400_000)
        #expect(bench.isFull)
        #expect(bench.rig.inp(0) == 0x9E)
        #expect(bench.rig.rises(1) == 2)
        bench.rig.pass(10_000_000)
        #expect(bench.rig.clock.nextDeadline == nil, "nothing to say, nothing due")
    }

    /// Answers are there for whoever polls without time passing, each with its edge.
    @Test func answersComeAtOnce() throws {
        let bench = try Bench()
        bench.rig.out(0, 0xFF)
        #expect(bench.rig.inp(0) == 0xFA)
        #expect(bench.rig.inp(0) == 0xAA)
        #expect(bench.rig.rises(1) == 2)
        #expect(!bench.isFull)
        bench.aux(0xFF)
        #expect([bench.rig.inp(0), bench.rig.inp(0), bench.rig.inp(0)] == [0xFA, 0xAA, 0x00])
        #expect(bench.rig.rises(12) == 3)
    }

    @Test func motionReachesTheDriverWhole() throws {
        let bench = try Bench()
        bench.aux(0xF4)
        _ = bench.rig.inp(0)
        for _ in 0..<20 { bench.mouse.motion(dx: 100, dy: -50, buttons: []) }
        let bytes = bench.interrupts(200).mouse
        #expect(bytes.count % 3 == 0)
        #expect(stride(from: 1, to: bytes.count, by: 3).reduce(0) { $0 + Int(bytes[$1]) } == 2000)
        #expect(stride(from: 2, to: bytes.count, by: 3).reduce(0) { $0 + Int(bytes[$1]) } == 1000)
    }

    @Test func unreadAnswersAreBounded() throws {
        let bench = try Bench()
        for _ in 0..<1000 {
            bench.rig.out(4, 0x20)
            bench.rig.out(0, 0xF2)
            bench.aux(0xE9)
        }
        try expectRoundTrip(bench.controller)
        try expectRoundTrip(bench.keyboard)
        try expectRoundTrip(bench.mouse)
    }

    @Test func stateSurvives() throws {
        let bench = try Bench()
        bench.key("a", down: false)
        bench.rig.out(4, 0xD4)
        try expectRoundTrip(bench.controller)
        #expect(bench.rig.level(1))
        #expect(bench.rig.inp(0) == 0x9E)
        bench.controller.state.answers = Array(repeating: .init(value: 0), count: 17)
        let bad = try bench.controller.save()
        #expect(throws: SnapshotError.self) { try bench.controller.restore(bad) }
    }
}
