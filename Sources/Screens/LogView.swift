import Contract
import TUI

extension Model {
    func draw(_ entry: LogEntry, _ left: Int, _ y: Int, _ width: Int, name: Bool, selected: Bool = false, on frame: inout Frame) {
        func style(_ role: Role) -> Style { .role(selected ? .selected : role) }
        frame.put(Format.time(entry.time, offset: utcOffset, seconds: true), left + 2, y, style(.muted))
        switch entry.level {
        case .info: break
        case .warning: frame.put("!", left + 11, y, style(.warning))
        case .error: frame.put("✖", left + 11, y, style(.error))
        }
        var x = left + 13
        if name {
            frame.put(entry.machine.map { machine($0)?.name ?? $0.rawValue } ?? words("host"), x, y, style(.muted), width: 15)
            x += 16
        }
        frame.put(entry.text, x, y, style(.text), width: left + width - x - 1)
    }

    func drawLog(on frame: inout Frame) {
        drawHeader(.log, on: &frame)
        frame.put(words("Time"), 2, 1, .muted)
        frame.put(words("Machine"), 13, 1, .muted)
        frame.put(words("Event"), 29, 1, .muted)
        let shown = shownEvents, count = shown.count
        let detail = frame.height >= 16 ? 4 : 0
        let rows = frame.height - 4 - detail - (detail > 0 ? 1 : 0)
        let selectedRow = min(logSelected ?? count - 1, count - 1)
        let top = ListWindow.top(logSelected == nil ? count : logTop, selected: count == 0 ? nil : selectedRow, rows: rows, count: count)
        frame.mark(Rect(0, 2, frame.width, rows), .pane(0))
        for row in 0..<max(0, rows) {
            guard let entry = shown[safe: top + row] else { break }
            let isSelected = top + row == selectedRow
            frame.mark(Rect(0, 2 + row, frame.width, 1), .row(top + row))
            if isSelected {
                frame.fill(Rect(0, 2 + row, frame.width, 1), .role(.selected))
                frame.put("▸", 0, 2 + row, .role(.selected))
            }
            draw(entry, 0, 2 + row, frame.width, name: true, selected: isSelected, on: &frame)
            guard !isSelected else { continue }
            let wanted = logState.filter.text
            frame.emphasize(who(entry), Model.places(of: wanted, in: who(entry)), 13, 2 + row, width: 15)
            frame.emphasize(entry.text, Model.places(of: wanted, in: entry.text), 29, 2 + row, width: frame.width - 30)
        }
        if eventCount == 0 {
            frame.put(words("Nothing has happened yet."), 13, 2, .muted)
        } else if count == 0 {
            frame.put(words("No event matches. Esc shows all %1.", eventCount), 13, 2, .muted, width: frame.width - 14)
        }
        if detail > 0, let entry = shown[safe: selectedRow] {
            frame.shelf(["\(who(entry)), \(Format.time(entry.time, offset: utcOffset, seconds: true))"], active: 0, y: 2 + rows)
            for (row, line) in Text.wrapped(entry.text, to: frame.width - 4).prefix(detail - 1).enumerated() { frame.put(line, 2, 3 + rows + row) }
            if let next = entry.machine.flatMap(machine) {
                let report = next.state == .crashed && next.report != nil
                frame.put(
                    report ? words("Enter shows its report.") : words("Enter goes to %1, which is %2 now.", next.name, words(next.state)), 2,
                    2 + rows + detail,
                    .muted,
                    width: frame.width - 3)
            }
        }
        drawLogLine(count, on: &frame)
    }

    /// The two rows below: what is typed or shown, and the keys.
    private func drawLogLine(_ count: Int, on frame: inout Frame) {
        let y = frame.height - 2, of = words("%1 of %2", Format.grouped(count), Format.grouped(eventCount))
        switch logState.typing {
        case .path(let field):
            frame.drawPrompt(
                words("Write to:") + " ", field, note: count == 1 ? words("1 event") : words("%1 events", Format.grouped(count)), isTyped: true)
            frame.footer(
                [Hint("Enter", words("write")), Hint("Ctrl-U", words("clear")), Hint("F1", words("help")), Hint("Esc", words("cancel"))],
                y: frame.height - 1)
            return
        case .filter:
            frame.drawPrompt("/", logState.filter, note: words("%1    machine, text", of), isTyped: true)
            frame.footer(
                [Hint("Enter", words("keep filter")), Hint("Up Down", words("select")), Hint("F1", words("help")), Hint("Esc", words("clear"))],
                y: frame.height - 1)
            return
        case nil: break
        }
        if toast != nil {
            drawEventLine(on: &frame)
        } else {
            let events = eventCount == 1 ? words("1 event, no filter") : words("%1 events, no filter", Format.grouped(eventCount))
            frame.put(
                logState.filter.text.isEmpty ? events : words("%1 events match %2", of, logState.filter.text), 1, y, .muted, width: frame.width - 14)
            if logSelected == nil { frame.putRight(words("following"), right: frame.width - 1, y, .muted) }
        }
        func hint(_ action: Action, _ word: String) -> [Hint] { Keymap.hints([action], self).map { Hint($0.key, word) } }
        var hints: [Hint] = []
        if let machine = selectedEvent?.machine.flatMap(machine) {
            hints.append(
                Hint(keymap.binding(.open)?.label ?? "Enter", machine.state == .crashed && machine.report != nil ? words("report") : words("machine"))
            )
        }
        hints += hint(.filter, words("filter"))
        if logSelected != nil { hints += hint(.follow, words("follow")) }
        if log.contains(where: { $0.level == .error }), let next = Keymap.hints([.nextMatch], self).first,
            let previous = Keymap.hints([.previousMatch], self).first
        {
            hints.append(Hint("\(next.key) \(previous.key)", words("next error")))
        }
        if count > 0 { hints += hint(.copy, words("copy")) + hint(.write, words("to file")) }
        frame.footer(hints + Keymap.hints([.help], self) + hint(.quit, words("back")), y: frame.height - 1)
    }

    // MARK: Report

    func reportLines(_ width: Int) -> [String] { Text.wrapped(selectedMachine?.report ?? "", to: max(20, width - 4)) }

    func drawReport(on frame: inout Frame) {
        guard let machine = selectedMachine else { return }
        let x = frame.put(words("%1 crashed", machine.name), 1, 0, .role(.error))
        frame.put("\(Format.time(machine.since, offset: utcOffset, seconds: true))", x + 4, 0, .muted)
        frame.shelf([words("Report")], active: 0, y: 1, focused: true)
        let explains = frame.height >= 18
        let lines = reportLines(frame.width), rows = max(1, frame.height - (explains ? 7 : 4))
        let top = max(0, min(reportTop, lines.count - rows))
        for (row, line) in lines.dropFirst(top).prefix(rows).enumerated() { frame.put(line, 2, 2 + row, .text, width: frame.width - 3) }
        if explains {
            frame.shelf([words("What now")], active: 0, y: 2 + rows)
            frame.put(words("S starts it again; this report stands here until then."), 2, 3 + rows)
            frame.put(words("E changes its settings. Its disks were closed cleanly."), 2, 4 + rows)
        }
        if toast != nil {
            drawEventLine(on: &frame)
        } else if lines.count > rows {
            frame.put(words("lines %1-%2 of %3", top + 1, min(lines.count, top + rows), lines.count), 1, frame.height - 2, .muted)
        }
        frame.footer(
            [
                Hint("S", words("start again")), Hint("E", words("edit")), Hint("Up Down", words("scroll")), Hint("?", words("help")),
                Hint("q", words("back")),
            ], y: frame.height - 1)
    }
}
