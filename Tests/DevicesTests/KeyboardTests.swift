import Testing

@testable import Bus
@testable import Devices

/// All that a device on the line has to say.
func drain(_ device: any PS2Device) -> [UInt8] {
    var bytes: [UInt8] = []
    while let byte = device.send() { bytes.append(byte) }
    return bytes
}

@Suite struct KeyboardTests {
    private func key(_ name: String) throws -> KeyCode { try #require(KeyCode(named: name)) }

    private func strokes(_ set: UInt8, _ name: String, holding: String? = nil) throws -> (make: [UInt8], break: [UInt8]) {
        let keyboard = Keyboard()
        keyboard.receive(0xF0)
        keyboard.receive(set)
        if let holding { keyboard.key(try key(holding), down: true) }
        _ = drain(keyboard)
        keyboard.key(try key(name), down: true)
        let make = drain(keyboard)
        keyboard.key(try key(name), down: false)
        return (make, drain(keyboard))
    }

    /// Table of scan codes of the IBM reference: set, key, make, break.
    @Test(
        arguments: [
            (1, "a", [0x1E], [0x9E]), (2, "a", [0x1C], [0xF0, 0x1C]), (3, "a", [0x1C], [0xF0, 0x1C]),
            (1, "f7", [0x41], [0xC1]), (2, "f7", [0x83], [0xF0, 0x83]), (3, "f7", [0x37], [0xF0, 0x37]),
            (2, "esc", [0x76], [0xF0, 0x76]), (3, "esc", [0x08], [0xF0, 0x08]), (2, "less", [0x61], [0xF0, 0x61]),
            (1, "up", [0xE0, 0x48], [0xE0, 0xC8]), (2, "up", [0xE0, 0x75], [0xE0, 0xF0, 0x75]), (3, "up", [0x63], [0xF0, 0x63]),
            (2, "rightctrl", [0xE0, 0x14], [0xE0, 0xF0, 0x14]), (3, "rightctrl", [0x58], [0xF0, 0x58]),
            (2, "kpdivide", [0xE0, 0x4A], [0xE0, 0xF0, 0x4A]), (3, "kpdivide", [0x77], [0xF0, 0x77]), (3, "kpminus", [0x84], [0xF0, 0x84]),
            (1, "printscreen", [0xE0, 0x2A, 0xE0, 0x37], [0xE0, 0xB7, 0xE0, 0xAA]),
            (2, "printscreen", [0xE0, 0x12, 0xE0, 0x7C], [0xE0, 0xF0, 0x7C, 0xE0, 0xF0, 0x12]), (3, "printscreen", [0x57], [0xF0, 0x57]),
            (1, "pause", [0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5], []), (2, "pause", [0xE1, 0x14, 0x77, 0xE1, 0xF0, 0x14, 0xF0, 0x77], []),
            (3, "pause", [0x62], [0xF0, 0x62]), (2, "win", [0xE0, 0x1F], [0xE0, 0xF0, 0x1F]), (3, "win", [0x8B], [0xF0, 0x8B]),
        ] as [(UInt8, String, [UInt8], [UInt8])])
    func scanCodes(set: UInt8, name: String, make: [UInt8], broken: [UInt8]) throws {
        let codes = try strokes(set, name)
        #expect(codes.make == make)
        #expect(codes.break == broken)
    }

    @Test(
        arguments: [
            ("ctrl", "pause", [0xE0, 0x7E, 0xE0, 0xF0, 0x7E], []), ("alt", "printscreen", [0x84], [0xF0, 0x84]),
            ("shift", "printscreen", [0xE0, 0x7C], [0xE0, 0xF0, 0x7C]), ("rightctrl", "printscreen", [0xE0, 0x7C], [0xE0, 0xF0, 0x7C]),
        ] as [(String, String, [UInt8], [UInt8])])
    func keysThatDependOnOthers(holding: String, name: String, make: [UInt8], broken: [UInt8]) throws {
        let codes = try strokes(2, name, holding: holding)
        #expect(codes.make == make)
        #expect(codes.break == broken)
    }

    /// Through the controller's translation, set 2 is set 1.
    @Test func translatedSetTwoIsSetOne() throws {
        for (name, code) in KeyCode.names where code != 0xC6 {
            let two = try strokes(2, name), one = try strokes(1, name)
            for (two, one) in [(two.make, one.make), (two.break, one.break)] {
                var translated: [UInt8] = [], breaks = false
                for byte in two {
                    if byte == 0xF0 {
                        breaks = true
                    } else if byte == 0xE0 {
                        translated.append(byte)
                    } else {
                        translated.append(ScanCodes.translate(byte) | (breaks ? 0x80 : 0))
                        breaks = false
                    }
                }
                #expect(translated == one, "\(name)")
            }
        }
    }

    @Test(
        arguments: [
            ([0xEE], [0xEE]), ([0xF2], [0xFA, 0xAB, 0x83]), ([0xFF], [0xFA, 0xAA]), ([0xF3, 0x20], [0xFA, 0xFA]),
            ([0xF0, 0x00], [0xFA, 0xFA, 0x02]),
            ([0xF0, 0x03, 0xF0, 0x00], [0xFA, 0xFA, 0xFA, 0xFA, 0x03]), ([0xF0, 0x04], [0xFA, 0xFE]), ([0xE0], [0xFE]), ([0x00], [0xFE]),
            ([0xED, 0xF4], [0xFA, 0xFA]), ([0xF7], [0xFA]), ([0xFB, 0x1C], [0xFA, 0xFA]),
        ] as [([UInt8], [UInt8])])
    func commands(sent: [UInt8], answer: [UInt8]) {
        let keyboard = Keyboard()
        for byte in sent { keyboard.receive(byte) }
        #expect(keyboard.isAnswering)
        #expect(drain(keyboard) == answer)
        #expect(!keyboard.isAnswering && !keyboard.hasOutput)
    }

    @Test func lights() {
        let keyboard = Keyboard()
        keyboard.receive(0xED)
        keyboard.receive(0x06)
        #expect(keyboard.state.leds == [.numLock, .capsLock])
        keyboard.receive(0xFF)
        #expect(keyboard.state.leds == [])
    }

    @Test func resendRepeatsTheLastByte() throws {
        let keyboard = Keyboard()
        keyboard.key(try key("a"), down: true)
        #expect(keyboard.send() == 0x1C)
        keyboard.receive(0xFE)
        #expect(drain(keyboard) == [0x1C])
    }

    @Test func answersGoBeforeKeysAndSomeCommandsDropThem() throws {
        let keyboard = Keyboard()
        keyboard.key(try key("a"), down: true)
        keyboard.receive(0xED)
        #expect(drain(keyboard) == [0xFA, 0x1C])
        for command: UInt8 in [0xF4, 0xF5, 0xF6, 0xFF] {
            keyboard.receive(0xF4)
            keyboard.key(try key("a"), down: true)
            keyboard.receive(command)
            #expect(!drain(keyboard).contains(0x1C))
        }
    }

    @Test func scanningStopsAndStarts() throws {
        let keyboard = Keyboard()
        keyboard.receive(0xF5)
        _ = drain(keyboard)
        keyboard.key(try key("a"), down: true)
        #expect(!keyboard.hasOutput)
        keyboard.receive(0xF4)
        _ = drain(keyboard)
        keyboard.key(try key("a"), down: true)
        #expect(keyboard.hasOutput)
    }

    /// Keys nobody fetches are lost whole, and a release always finds room after its press did.
    @Test func aFullKeyboardLosesWholeKeys() throws {
        let keyboard = Keyboard()
        let up = try key("up")
        var pressed = 0
        for _ in 0..<1000 {
            let before = keyboard.state.keys.count
            keyboard.key(up, down: true)
            if keyboard.state.keys.count > before { pressed += 1 }
        }
        keyboard.key(up, down: false)
        let bytes = drain(keyboard)
        #expect(bytes == [UInt8](repeating: 0, count: pressed * 2).enumerated().map { $0.offset % 2 == 0 ? 0xE0 : 0x75 } + [0xE0, 0xF0, 0x75])
        #expect(pressed > 16)
    }

    @Test func stateSurvives() throws {
        let keyboard = Keyboard()
        keyboard.receive(0xF0)
        keyboard.receive(3)
        keyboard.key(try key("a"), down: true)
        keyboard.receive(0xED)
        try expectRoundTrip(keyboard)
        keyboard.state.scanSet = 4
        let bad = try keyboard.save()
        #expect(throws: SnapshotError.self) { try keyboard.restore(bad) }
    }
}
