import Configuration
import Contract
import TUI

/// A text on its way to a guest, at the pace of its keyboard: what is not yet typed can be taken back.
struct GuestTyping: Equatable, Sendable {
    enum Rest: Equatable, Sendable {
        case characters(ArraySlice<Character>)
        /// For a serial port, whose line is as slow.
        case bytes(ArraySlice<UInt8>, port: Int)
    }
    var machine: MachineID
    var rest: Rest
    var total: Int
    var done = 0
    var began: Double
    /// When the next piece is due.
    var due: Double

    /// Strokes a piece; a keyboard is given fifty a second.
    static let strokes = 25, period = 0.5
    static let bytes = 96, bytePeriod = 0.1
}

extension Model {
    /// Types a text on a guest's keyboard, or sends it to the serial port that is shown.
    mutating func type(_ text: String, to id: MachineID) -> [Effect] {
        guard let machine = machine(id), machine.state == .running || machine.state == .starting else { return [] }
        if typing != nil {
            say(words("A text is still being typed. %1 Esc stops it.", hostKey.label))
            return []
        }
        if let port = console.port {
            let bytes = TerminalKeys.paste(text, bracketed: consoleTerminal?.bracketedPaste ?? false)
            typing = GuestTyping(machine: id, rest: .bytes(bytes[...], port: port), total: bytes.count, began: now, due: now)
        } else {
            let layout = KeyboardLayout(rawValue: machine.keyboard) ?? .us
            let known = text.filter { layout.strokes(for: $0) != nil }
            if known.count < text.count { say(Model.missing(text, layout, words), error: true) }
            typing = GuestTyping(machine: id, rest: .characters(Array(known)[...]), total: known.count, began: now, due: now)
        }
        return typeOn()
    }

    private static func missing(_ text: String, _ layout: KeyboardLayout, _ words: Language) -> String {
        var missing: [Character] = []
        for character in text where layout.strokes(for: character) == nil && !missing.contains(character) { missing.append(character) }
        let shown = missing.prefix(5).map(String.init).joined(separator: " ")
        return words("Left out, on no key of a %1 keyboard: %2", words(layout.name), shown)
            + (missing.count > 5 ? " " + words("and %1 more", missing.count - 5) : "")
    }

    /// The next piece, when it is due.
    mutating func typeOn() -> [Effect] {
        guard var typing, now >= typing.due else { return [] }
        guard let machine = machine(typing.machine), machine.state == .running || machine.state == .starting else {
            self.typing = nil
            return []
        }
        let input: GuestInput
        switch typing.rest {
        case .characters(let rest):
            let layout = KeyboardLayout(rawValue: machine.keyboard) ?? .us
            var strokes = 0
            let piece = rest.prefix { character in
                strokes += layout.strokes(for: character)?.count ?? 0
                return strokes <= GuestTyping.strokes
            }
            input = .text(String(piece))
            typing.done += piece.count
            typing.rest = .characters(rest.dropFirst(piece.count))
            typing.due = now + GuestTyping.period
        case .bytes(let rest, let port):
            let piece = rest.prefix(GuestTyping.bytes)
            input = .serial(port: port, Array(piece))
            typing.done += piece.count
            typing.rest = .bytes(rest.dropFirst(piece.count), port: port)
            typing.due = now + GuestTyping.bytePeriod
        }
        guard typing.total > 0 else {
            self.typing = nil
            return []
        }
        self.typing = typing.done >= typing.total ? nil : typing
        return [.submit(.input(typing.machine, input), .input)]
    }

    mutating func stopTyping() {
        guard let typing else { return }
        self.typing = nil
        say(words("Stopped after %1 of %2 characters.", Format.grouped(typing.done), Format.grouped(typing.total)))
    }

    /// What a long text's progress is, past a third of a second.
    var typingLine: String? {
        guard let typing, now - typing.began >= 0.3 else { return nil }
        return words("typing %1 of %2", Format.grouped(typing.done), Format.grouped(typing.total))
    }
}
