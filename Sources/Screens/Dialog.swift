import Contract
import TUI

/// A question: some lines, perhaps fields, and buttons. The focus runs over fields, then buttons.
struct Dialog: Equatable, Sendable {
    enum Kind: Equatable, Sendable {
        case turnOff(MachineID), reset(MachineID), delete(MachineID, mustType: String?), media, discard, quit
        case leave(MachineID)
    }
    enum Choice: Equatable, Sendable { case cancel, act, other }
    struct Entry: Equatable, Sendable {
        var label: String
        var field: TextField
        /// What stood there when the dialog opened.
        let original: String
        init(label: String, field: TextField) { (self.label, self.field, original) = (label, field, field.text) }
    }
    struct Answer: Equatable, Sendable {
        var label: String
        var choice: Choice
        /// Acts without moving the focus, where no text is typed.
        var letter: Character?
        /// What the footer says.
        var hint: String
    }

    var kind: Kind
    var title: String
    var lines: [String] = []
    var entries: [Entry] = []
    var answers: [Answer]
    var focus = 0
    /// The line that was focused last: what buttons are about.
    var entry = 0
    /// The discs of a machine stand here in place of lines and buttons.
    var media: Media?

    static func turnOff(_ machine: MachineSummary) -> Dialog {
        var lines = ["\(machine.name) is turned off as if its plug were pulled.", "What its guest has not written to disk is lost."]
        if machine.viewers > 0 { lines.append("\(Format.viewers(machine.viewers)) connected.") }
        return Dialog(
            kind: .turnOff(machine.id), title: "Turn off \(machine.name)", lines: lines,
            answers: [
                Answer(label: "Cancel", choice: .cancel, letter: nil, hint: ""),
                Answer(label: "Power button", choice: .other, letter: "b", hint: "press the power button"),
                Answer(label: "Turn off", choice: .act, letter: "t", hint: "turn off"),
            ])
    }

    static func reset(_ machine: MachineSummary) -> Dialog {
        Dialog(
            kind: .reset(machine.id), title: "Reset \(machine.name)",
            lines: ["\(machine.name) restarts at once.", "What its guest has not written to disk is lost."],
            answers: [
                Answer(label: "Cancel", choice: .cancel, letter: nil, hint: ""),
                Answer(label: "Reset", choice: .act, letter: "r", hint: "reset"),
            ])
    }

    static func leave(_ machine: MachineSummary) -> Dialog {
        Dialog(
            kind: .leave(machine.id), title: "Leave \(machine.name)",
            lines: ["\(machine.name) lives in this process and ends with it.", "What its guest has not written to disk is lost."],
            answers: [
                Answer(label: "Stay", choice: .cancel, letter: "s", hint: "stay"),
                Answer(label: "Power button", choice: .other, letter: "b", hint: "press the power button"),
                Answer(label: "Turn off and leave", choice: .act, letter: "t", hint: "turn off and leave"),
            ])
    }

    static func delete(_ machine: MachineSummary) -> Dialog {
        let disks = machine.disks.sorted { $0.key < $1.key }
        var dialog = Dialog(
            kind: .delete(machine.id, mustType: disks.isEmpty ? nil : machine.name), title: "Delete \(machine.name)",
            lines: ["\(machine.name) and everything in its folder are deleted:", ""],
            answers: [
                Answer(label: "Cancel", choice: .cancel, letter: nil, hint: ""),
                Answer(label: "Delete", choice: .act, letter: disks.isEmpty ? "d" : nil, hint: "delete"),
            ])
        if disks.isEmpty {
            dialog.lines[1] = "It has no disks of its own; only its settings are lost."
        } else {
            for (slot, path) in disks { dialog.lines.append("  \(Text.padded(Format.fileName(path), to: 24))  disk \(slot)") }
            dialog.lines += ["", "Images outside the folder stay. There is no way back.", ""]
            dialog.entries = [Entry(label: "Type \(machine.name) to confirm", field: TextField())]
        }
        return dialog
    }

    static func discard(_ form: Form?) -> Dialog {
        let changes = form?.changes ?? 0
        return Dialog(
            kind: .discard, title: "Discard changes",
            lines: [
                form?.machine == nil
                    ? "The machine was not made yet. What was typed here is lost."
                    : changes < 2 ? "What was changed here is lost." : "\(changes) changes of \(form?.original.name ?? "") are lost."
            ],
            answers: [
                Answer(label: "Go on editing", choice: .cancel, letter: nil, hint: ""),
                Answer(label: "Discard", choice: .act, letter: "d", hint: "discard"),
            ])
    }

    static func quit(_ live: [MachineSummary], now: Double) -> Dialog {
        var lines = [
            "\(live.count == 1 ? "1 machine lives" : "\(live.count) machines live") in this process and end\(live.count == 1 ? "s" : "") with it.",
            "",
        ]
        for machine in live.prefix(8) {
            let state = "\(machine.state.rawValue) for \(Format.since(now - machine.since))"
            lines.append("  \(machine.state.glyph) \(Text.padded(machine.name, to: 20)) \(state)")
        }
        if live.count > 8 { lines.append("  and \(live.count - 8) more") }
        lines += ["", "What a guest has not written to disk is lost."]
        return Dialog(
            kind: .quit, title: "Quit Vitrine", lines: lines,
            answers: [
                Answer(label: "Stay", choice: .cancel, letter: "s", hint: "stay"),
                Answer(label: "Power buttons", choice: .other, letter: "p", hint: "power buttons"),
                Answer(label: "Turn off", choice: .act, letter: "t", hint: "turn off and quit"),
            ])
    }

    var count: Int { entries.count + answers.count }
    var focusedEntry: Int? { focus < entries.count ? focus : nil }

    /// Delete waits until the name is typed.
    func isEnabled(_ answer: Answer) -> Bool {
        guard answer.choice == .act, case .delete(_, let name?) = kind else { return true }
        return entries[safe: 0]?.field.text == name
    }

    func note(_ entry: Int) -> String {
        guard case .delete(_, let name?) = kind else { return "" }
        let typed = entries[safe: entry]?.field.text ?? ""
        if typed == name { return "complete" }
        guard name.hasPrefix(typed) else { return "differs" }
        let left = name.count - typed.count
        return left == 1 ? "1 letter to go" : "\(left) letters to go"
    }

    mutating func paste(_ text: String) {
        guard let index = focusedEntry else { return }
        entries[index].field.insert(text)
    }

    mutating func move(_ step: Int) {
        for _ in 0..<count {
            focus = (focus + step + count) % count
            if focus < entries.count { entry = focus }
            if focus < entries.count || isEnabled(answers[focus - entries.count]) { return }
        }
    }
}

extension Model {
    mutating func pressInDialog(_ key: Key) -> [Effect] {
        guard var dialog else { return [] }
        if dialog.media != nil { return pressInMedia(key) }
        switch key {
        case .escape, .control("c"):
            self.dialog = nil
            return []
        case .tab, .down: dialog.move(1)
        case .backTab, .up: dialog.move(-1)
        case .enter:
            let answer: Dialog.Answer?
            if dialog.focusedEntry != nil {
                answer = dialog.answers.first { $0.choice == .act }
            } else {
                answer = dialog.answers[safe: dialog.focus - dialog.entries.count]
            }
            guard let answer, dialog.isEnabled(answer) else { return [] }
            return choose(answer.choice, dialog)
        default:
            if let index = dialog.focusedEntry {
                _ = dialog.entries[index].field.handle(key)
            } else if key == .left {
                dialog.move(-1)
            } else if key == .right {
                dialog.move(1)
            } else if dialog.entries.isEmpty, let typed = key.typed?.lowercased(),
                let answer = dialog.answers.first(where: { $0.letter.map(String.init) == typed }), dialog.isEnabled(answer)
            {
                return choose(answer.choice, dialog)
            }
        }
        self.dialog = dialog
        return []
    }

    private mutating func choose(_ choice: Dialog.Choice, _ dialog: Dialog) -> [Effect] {
        self.dialog = nil
        guard choice != .cancel else { return [] }
        switch dialog.kind {
        case .turnOff(let id):
            return choice == .other ? [.submit(.powerButton(id), .action(.power, id))] : [.submit(.turnOff(id), .action(.turnOff, id))]
        case .reset(let id): return [.submit(.reset(id), .action(.reset, id))]
        case .leave(let id):
            if choice == .other { return [.submit(.powerButton(id), .action(.power, id))] }
            return [.submit(.turnOff(id), .action(.turnOff, id)), .quit]
        case .delete(let id, _): return [.submit(.delete(id), .action(.delete, id))]
        case .media: return []
        case .discard:
            leaveForm()
            return []
        case .quit:
            if choice == .act {
                say("Turning machines off.")
                return [.submit(.shutDown, .shutDown)]
            }
            quitsWhenOff = true
            let live = liveMachines
            say("Waiting for \(live.count) to turn off. T turns off one that does not.")
            return live.map { .submit(.powerButton($0.id), .action(.power, $0.id)) }
        }
    }

    func draw(_ dialog: Dialog, on frame: inout Frame) {
        if let media = dialog.media { return draw(media, title: dialog.title, on: &frame) }
        frame.mute()
        let wide = min(frame.width - 4, 66)
        let entryRows = dialog.entries.isEmpty ? 0 : dialog.entries.count + 1
        let lines = dialog.lines.flatMap { $0.isEmpty ? [""] : Text.width($0) <= wide - 4 ? [$0] : Text.wrapped($0, to: wide - 4) }
        let height = min(frame.height - 2, lines.count + entryRows + 6)
        let box = frame.box(.centred(wide, height, in: Size(frame.width, frame.height - 1)), title: dialog.title)
        let x = box.x + 2
        var y = box.y + 1
        let room = height - 6 - entryRows
        for line in lines.prefix(max(0, room)) {
            frame.put(line, x, y, .dialog(.text), width: box.width - 3)
            if let state = MachineState.allCases.first(where: { line.hasPrefix("  \($0.glyph) ") }) {
                frame.put(state.glyph, x + 2, y, .dialog(state.role))
            }
            y += 1
        }
        for (index, entry) in dialog.entries.enumerated() {
            let focused = index == dialog.focus
            if dialog.isTyped {
                frame.put(entry.label, x, y, .dialog(.text))
                y += 1
                frame.put(focused ? "▸" : " ", x - 2, y, .dialog(.accent))
                frame.field(entry.field, x, y, width: min(36, box.width - 22), focused: focused, dialog: true)
                frame.put(dialog.note(index), x + min(36, box.width - 22) + 2, y, .dialog(.muted))
            } else {
                if index == 0 { y += 1 }
                frame.put(focused ? "▸" : " ", x - 2, y, .dialog(.accent))
                frame.put(entry.label, x, y, .dialog(.muted))
                frame.field(entry.field, x + 11, y, width: box.width - 14, focused: focused, dialog: true)
            }
            y += 1
        }
        y = box.bottom - 2
        frame.buttons(
            dialog.answers.map { Button($0.label, isEnabled: dialog.isEnabled($0)) },
            focus: dialog.focusedEntry == nil ? dialog.focus - dialog.entries.count : nil,
            x, y)
        frame.fill(Rect(0, frame.height - 1, frame.width, 1), .text)
        frame.footer(dialog.hints, y: frame.height - 1)
    }
}

extension Dialog {
    var isTyped: Bool { if case .delete(_, .some) = kind { true } else { false } }

    var hints: [Hint] {
        switch kind {
        case .delete(_, .some): return [Hint("Enter", "delete, once the name is complete"), Hint("Tab", "buttons"), Hint("Esc", "cancel")]
        default:
            let letters = answers.compactMap { answer in
                answer.choice == .cancel ? nil : answer.letter.map { Hint(String($0), answer.hint) }
            }
            return letters + [Hint("Tab", "buttons"), Hint("Esc", kind == .quit ? "stay" : "cancel")]
        }
    }
}
