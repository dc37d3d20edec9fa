import Contract
import TUI

/// A line above a dialog's fields.
enum DialogLine: Equatable {
    case text(String)
    /// A machine with what it takes in MB, and what becomes of it; a bar while that goes on.
    case machine(MachineSummary, memory: Int, text: String, fraction: Double?)
}

extension Model {
    /// What the dialog says. Where it is about what changes meanwhile, it says it anew.
    private func lines(of dialog: Dialog, width: Int) -> [DialogLine] {
        func wrap(_ line: DialogLine) -> [DialogLine] {
            guard case .text(let text) = line, !text.isEmpty, Text.width(text) > width else { return [line] }
            return Text.wrapped(text, to: width).map { .text($0) }
        }
        switch dialog.kind {
        case .quit: return quitLines(dialog).flatMap(wrap)
        case .delete(let ids, let mustType):
            let head = deletionLines(ids.compactMap(machine), isTyped: mustType != nil, width: width)
            return (head + dialog.lines.map { .text($0) } + (mustType == nil ? [] : [.text("")])).flatMap(wrap)
        default: return dialog.lines.map { .text($0) }.flatMap(wrap)
        }
    }

    /// What goes to the trash, and what stays where it is.
    private func deletionLines(_ machines: [MachineSummary], isTyped: Bool, width: Int) -> [DialogLine] {
        guard let machine = machines.first, machines.count == 1 else {
            let names = machines.map(\.name).joined(separator: ", ")
            let disks = machines.reduce(0) { sum, machine in sum + machine.disks.values.count(where: machine.owns) }
            let saved = machines.count { $0.savedAt != nil }
            var parts = [disks == 1 ? words("1 disk") : words("%1 disks", disks)]
            if saved > 0 { parts.append(saved == 1 ? words("1 saved state") : words("%1 saved states", saved)) }
            return [.text(words("%1 and everything in their folders move to the trash:", words.machines(machines.count))), .text("")]
                + Text.wrapped(names, to: width - 2).map { .text("  " + $0) }
                + [.text("  " + parts.joined(separator: ", ")), .text("")]
        }
        let disks = machine.disks.sorted { $0.key < $1.key }
        let owned = disks.filter { machine.owns($0.value) }
        let others = (disks.map(\.value) + machine.removable.compactMap(\.medium)).filter { !machine.owns($0) }.map(Format.fileName)
        guard isTyped else {
            return [.text(words("%1 moves to the trash. It has no disks of its own.", machine.name))] + stay(others) + [.text("")]
        }
        var lines: [DialogLine] = [.text(words("%1 and everything in its folder move to the trash:", machine.name)), .text("")]
        func row(_ name: String, _ what: String, _ note: String) {
            lines.append(.text(width < 50 ? "  \(name)  \(note)" : "  \(Text.padded(name, to: 20)) \(Text.padded(what, to: 12)) \(note)"))
        }
        for (slot, path) in owned { row(Format.fileName(path), words("disk %1", slot), sizeNote(of: path, machine)) }
        if let saved = machine.savedAt {
            let moment = Format.moment(saved, now: now, offset: utcOffset, words)
            row(words("its state"), words("saved state"), machine.savedBytes.map { Format.size($0) + ", " + moment } ?? moment)
        }
        return lines + [.text("")] + stay(others)
    }

    private func stay(_ names: [String]) -> [DialogLine] {
        guard let name = names.first else { return [] }
        return [
            .text(
                names.count == 1
                    ? words("%1 stays: it lies outside the folder.", name)
                    : words("%1 stay: they lie outside the folder.", names.joined(separator: ", ")))
        ]
    }

    func draw(_ dialog: Dialog, on frame: inout Frame) {
        if let media = dialog.media { return draw(media, title: dialog.title, on: &frame) }
        frame.mute()
        frame.unmarkAll()
        let wide = frame.width < 60 ? frame.width - 2 : 66
        let lines = lines(of: dialog, width: wide - 4)
        let entryRows = dialog.entries.isEmpty ? 0 : dialog.entries.count + 1
        let messageRows = dialog.refusal.isEmpty ? 0 : Dialog.messageRows
        let buttons = dialog.answers.map { Button($0.label, isEnabled: dialog.isEnabled($0)) }
        let fits = buttons.reduce(-2) { $0 + Text.width($1.label) + 6 } <= wide - 4
        let height = min(frame.height - 2, lines.count + entryRows + 6 + messageRows + (fits ? 0 : 1))
        let box = frame.box(.centred(wide, height, in: Size(frame.width, frame.height - 1)), title: dialog.title)
        let x = box.x + 2
        var y = box.y + 1
        let room = max(0, height - 6 - entryRows - messageRows - (fits ? 0 : 1))
        // Where there is no room for all, blank lines go first.
        for line in (lines.count > room ? lines.filter { $0 != .text("") } : lines).prefix(room) {
            draw(line, x, y, box.right - 1, on: &frame)
            y += 1
        }
        if !dialog.refusal.isEmpty {
            for (row, line) in Text.wrapped("✖ " + dialog.refusal, to: box.width - 3).prefix(Dialog.messageRows).enumerated() {
                frame.put(line, x, box.bottom - 3 - Dialog.messageRows + row, .dialog(.error))
            }
        }
        for index in dialog.entries.indices { draw(dialog, entry: index, x, &y, box, on: &frame) }
        drawButtons(buttons, dialog, x, box.bottom - (fits ? 2 : 3), box.right, on: &frame)
        frame.fill(Rect(0, frame.height - 1, frame.width, 1), .text)
        frame.footer(dialog.hints(words), y: frame.height - 1)
    }

    private func draw(_ line: DialogLine, _ x: Int, _ y: Int, _ right: Int, on frame: inout Frame) {
        switch line {
        case .text(let text): frame.put(text, x, y, .dialog(.text), width: right - x)
        case .machine(let machine, let memory, let text, let fraction):
            frame.put(machine.state.glyph, x + 2, y, .dialog(machine.state.role))
            let isWide = right - x >= 50
            frame.put(machine.name, x + 4, y, .dialog(.text), width: isWide ? 15 : 12)
            let after = x + (isWide ? 29 : 17)
            if isWide { frame.putRight("\(Format.grouped(memory)) MB", right: x + 26, y, .dialog(.text)) }
            if let fraction {
                let bar = max(4, min(20, right - after - 7))
                frame.bar(fraction, after, y, width: bar)
                frame.put(Text.rightAligned("\(Int(fraction * 100))%", to: 4), after + bar + 1, y, .dialog(.text))
            } else {
                let role: Role = machine.state == .saved ? .saved : machine.savingObstacle == nil ? .text : .warning
                frame.put(text, after, y, .dialog(role), width: right - after)
            }
        }
    }

    private func draw(_ dialog: Dialog, entry index: Int, _ x: Int, _ y: inout Int, _ box: Rect, on frame: inout Frame) {
        let entry = dialog.entries[index], focused = index == dialog.focus
        if dialog.isTyped {
            frame.put(entry.label, x, y, .dialog(.text))
            y += 1
            let width = max(10, min(36, box.width - 22))
            frame.put(focused ? "▸" : " ", x - 2, y, .dialog(.accent))
            frame.field(entry.field, x, y, width: width, focused: focused, dialog: true)
            frame.mark(Rect(x, y, width, 1), .field(index))
            let role: Role = if case .clone = dialog.kind { .error } else { .muted }
            frame.put(dialog.note(index, words), x + width + 2, y, .dialog(role), width: box.right - x - width - 3)
        } else {
            if index == 0 { y += 1 }
            frame.put(focused ? "▸" : " ", x - 2, y, .dialog(.accent))
            frame.put(entry.label, x, y, .dialog(.muted))
            frame.field(entry.field, x + 11, y, width: box.width - 14, focused: focused, dialog: true)
            frame.mark(Rect(x + 11, y, box.width - 14, 1), .field(index))
        }
        y += 1
    }

    /// In one row, or in two where they do not fit.
    private func drawButtons(_ buttons: [Button], _ dialog: Dialog, _ x: Int, _ y: Int, _ right: Int, on frame: inout Frame) {
        let focus = dialog.focusedEntry == nil ? dialog.focus - dialog.entries.count : nil
        var column = x, row = y
        for (index, button) in buttons.enumerated() {
            let cells = Text.width(button.label) + 4
            if column > x, column + cells > right - 1 { (column, row) = (x, row + 1) }
            frame.buttons([button], focus: focus == index ? 0 : nil, column, row)
            frame.mark(Rect(column, row, cells, 1), .field(dialog.entries.count + index))
            column += cells + 2
        }
    }
}

extension Dialog {
    static let messageRows = 3

    /// A label above each field, and beside it how right it is.
    var isTyped: Bool {
        switch kind {
        case .delete(_, .some), .clone, .tags: true
        default: false
        }
    }

    func hints(_ words: Language) -> [Hint] {
        switch kind {
        case .delete(_, .some):
            return [Hint("Enter", words("delete, once the name is complete")), Hint("Tab", words("buttons")), Hint("Esc", words("cancel"))]
        case .clone:
            return [Hint("Enter", words("clone")), Hint("Tab", words("buttons")), Hint("Ctrl-U", words("clear")), Hint("Esc", words("cancel"))]
        case .tags:
            return [Hint("Enter", words("set tags")), Hint("Tab", words("buttons")), Hint("Ctrl-U", words("clear")), Hint("Esc", words("cancel"))]
        case .quit(let saves):
            if saves { return [Hint("Esc", words("stop saving and stay"))] }
            return answers.compactMap { answer in answer.letter.map { Hint(String($0), answer.hint) } } + [Hint("Esc", words("stay"))]
        default:
            let letters = answers.compactMap { answer in
                answer.choice == .cancel ? nil : answer.letter.map { Hint(String($0), answer.hint) }
            }
            return letters + [Hint("Tab", words("buttons")), Hint("Esc", words("cancel"))]
        }
    }
}
