import Configuration
import Contract
import Picture
import Screens
import TUI
import Testing

/// Serial ports as terminals in a console, and keyboards of several countries.
@Suite struct SerialConsoleTests {
    private let freedos = MachineID(rawValue: "freedos")
    private let host = Key.control("]")

    private func console(_ output: String, _ width: Int = 80, _ height: Int = 24) -> Harness {
        let harness = Harness(width, height)
        harness.change("freedos") { $0.terminals = [0] }
        harness.press(.down, .enter, host, .character("t"))
        send(output, harness)
        return harness
    }

    private func send(_ output: String, _ harness: Harness) {
        var screen = TerminalScreen()
        _ = screen.feed(output.utf8)
        harness.send(.terminal(freedos, 0, screen.picture))
    }

    @Test func aSerialPortHasItsOwnTab() {
        let harness = console("\u{1b}[32mDebian\u{1b}[m GNU/Linux\r\n\r\nlogin: ")
        #expect(harness.model.watchedTerminal?.port == 0)
        harness.expect(
            "Debian GNU/Linux\n\nlogin:" + String(repeating: "\n", count: 21)
                + " ● freedos COM1   Ctrl-] q leaves   Ctrl-] ? menu      rows 1-23 of 24, 1 below")
        #expect(harness.frame.cursor == Point(7, 2))
        #expect(harness.frame[0, 0] == Cell("D", .guest(foreground: 0x00cd00, background: 0, underlined: false)))
        harness.press(host, .character("?"))
        #expect(harness.screen.contains("next tab: screen") && !harness.screen.contains("Ctrl-Alt-Del"))
        harness.press(.character("t"))
        #expect(harness.model.watchedTerminal == nil && !harness.screen.contains("COM1"))
    }

    @Test func keysGoAsBytes() {
        let harness = console("$ ")
        harness.type("l")
        harness.press(
            .enter, .up, .control("c"), .backspace, .function(1), .function(5), .delete, Key(.right, control: true), Key(.character("x"), alt: true))
        send("\u{1b}[?1h", harness)
        harness.press(.up)
        let sent = harness.commands.map { command -> String in
            guard case .input(_, .serial(port: 0, let bytes)) = command else { return "?" }
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(
            sent == [
                "l", "\r", "\u{1b}[A", "\u{3}", "\u{7f}", "\u{1b}OP", "\u{1b}[15~", "\u{1b}[3~", "\u{1b}[1;5C", "\u{1b}x", "\u{1b}OA",
            ])
    }

    @Test func aPasteIsBytesAndCannotSteer() {
        let harness = console("$ ")
        harness.send(.paste("ls\u{1b}[A\nü"))
        #expect(harness.commands == [.input(freedos, .serial(port: 0, Array("ls[A\rü".utf8)))])
        send("\u{1b}[?2004h", harness)
        harness.send(.paste("x"))
        #expect(harness.commands.last == .input(freedos, .serial(port: 0, Array("\u{1b}[200~x\u{1b}[201~".utf8))))
    }

    @Test func itsScrollbackIsExact() {
        let harness = console((1...40).map { "line \($0)" }.joined(separator: "\r\n"))
        harness.press(host, .pageUp)
        #expect(harness.screen.contains("scrollback: 16 lines") && harness.frame.lines[0] == "line 1")
        harness.press(.character("c"), .home, .character("y"))
        #expect(harness.copied == "line 23")
    }

    @Test func wideCharactersAreCopiedWhole() {
        let harness = console("日本語 text\r\n")
        harness.press(host, .character("c"), .up, .home, .right, .character("v"), .character(" "), .right, .character("y"))
        #expect(harness.copied == "本語")
    }

    @Test func aMachineWithoutTerminalSaysSo() {
        let harness = Harness()
        harness.press(.down, .enter, host, .character("t"))
        #expect(harness.screen.contains("It has no serial terminal.") && harness.model.watchedTerminal == nil)
    }
}

@Suite struct KeyboardLayoutTests {
    typealias Stroke = KeyboardLayout.Stroke

    @Test(arguments: KeyboardLayout.allCases) func everyKeyboardTypesASCII(_ layout: KeyboardLayout) {
        let missing = (0x20...0x7e).compactMap { Unicode.Scalar(UInt32($0)).map(Character.init) }.filter { layout.strokes(for: $0) == nil }
        #expect(missing.isEmpty)
        // No two characters come from the same strokes, but for a carriage return and its kin.
        let typed = (0x21...0x7e).compactMap { Unicode.Scalar(UInt32($0)).map(Character.init) }.compactMap { layout.strokes(for: $0) }
        #expect(Set(typed).count == typed.count)
    }

    @Test func keysStandWhereTheyDo() {
        let wanted: [(KeyboardLayout, Character, [Stroke])] = [
            (.us, "z", [Stroke(0x2c)]), (.us, "@", [Stroke(0x03, shift: true)]), (.us, "~", [Stroke(0x29, shift: true)]),
            (.uk, "@", [Stroke(0x28, shift: true)]), (.uk, "£", [Stroke(0x04, shift: true)]), (.uk, "#", [Stroke(0x2b)]),
            (.uk, "\\", [Stroke(0x56)]), (.uk, "€", [Stroke(0x05, altGr: true)]), (.uk, "¬", [Stroke(0x29, shift: true)]),
            (.de, "z", [Stroke(0x15)]), (.de, "y", [Stroke(0x2c)]), (.de, "ß", [Stroke(0x0c)]), (.de, "@", [Stroke(0x10, altGr: true)]),
            (.de, "\\", [Stroke(0x0c, altGr: true)]), (.de, "ä", [Stroke(0x28)]), (.de, "|", [Stroke(0x56, altGr: true)]),
            (.de, "~", [Stroke(0x1b, altGr: true)]), (.de, "é", [Stroke(0x0d), Stroke(0x12)]), (.de, "^", [Stroke(0x29), Stroke(0x39)]),
            (.de, "#", [Stroke(0x2b)]), (.de, "{", [Stroke(0x08, altGr: true)]), (.fr, "a", [Stroke(0x10)]), (.fr, "1", [Stroke(0x02, shift: true)]),
            (.fr, "&", [Stroke(0x02)]), (.fr, "m", [Stroke(0x27)]), (.fr, "@", [Stroke(0x0b, altGr: true)]),
            (.fr, "ê", [Stroke(0x1a), Stroke(0x12)]),
            (.fr, "Ö", [Stroke(0x1a, shift: true), Stroke(0x18, shift: true)]), (.fr, "!", [Stroke(0x35)]), (.fr, "}", [Stroke(0x0d, altGr: true)]),
            (.fr, "$", [Stroke(0x1b)]), (.fr, "*", [Stroke(0x2b)]), (.es, "ñ", [Stroke(0x27)]), (.es, "á", [Stroke(0x28), Stroke(0x1e)]),
            (.es, "ü", [Stroke(0x28, shift: true), Stroke(0x16)]), (.es, "@", [Stroke(0x03, altGr: true)]), (.es, "{", [Stroke(0x28, altGr: true)]),
            (.es, "\\", [Stroke(0x29, altGr: true)]), (.es, "}", [Stroke(0x2b, altGr: true)]), (.es, "/", [Stroke(0x08, shift: true)]),
            (.es, "+", [Stroke(0x1b)]), (.es, "[", [Stroke(0x1a, altGr: true)]), (.jp, "@", [Stroke(0x1a)]), (.jp, "\"", [Stroke(0x03, shift: true)]),
            (.jp, "_", [Stroke(0x73, shift: true)]), (.jp, "|", [Stroke(0x7d, shift: true)]), (.jp, ":", [Stroke(0x28)]),
            (.jp, "=", [Stroke(0x0c, shift: true)]),
            (.jp, "~", [Stroke(0x0d, shift: true)]), (.jp, "]", [Stroke(0x2b)]),
        ]
        for (layout, character, strokes) in wanted { #expect(layout.strokes(for: character) == strokes, "\(layout) \(character)") }
        #expect(KeyboardLayout.us.strokes(for: "é") == nil && KeyboardLayout.jp.strokes(for: "日") == nil)
    }

    @Test func aConfigurationNamesIt() throws {
        #expect(MachineConfiguration(name: "x").keyboard == .us)
        #expect(MachineConfiguration.SerialPort(word: "terminal") == .terminal && MachineConfiguration.SerialPort.terminal.word == "terminal")
    }
}
