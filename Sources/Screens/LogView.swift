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
            frame.put(entry.machine.map { machine($0)?.name ?? $0.rawValue } ?? "host", x, y, style(.muted), width: 15)
            x += 16
        }
        frame.put(entry.text, x, y, style(.text), width: left + width - x - 1)
    }

    func drawLog(on frame: inout Frame) {
        drawHeader(.log, on: &frame)
        frame.put("Time", 2, 1, .muted)
        frame.put("Machine", 13, 1, .muted)
        frame.put("Event", 29, 1, .muted)
        let detail = frame.height >= 16 ? 4 : 0
        let rows = frame.height - 4 - detail - (detail > 0 ? 1 : 0)
        let selectedRow = logSelected ?? log.count - 1
        let top = ListWindow.top(logSelected == nil ? log.count : logTop, selected: log.isEmpty ? nil : selectedRow, rows: rows, count: log.count)
        for row in 0..<max(0, rows) {
            guard let entry = log[safe: top + row] else { break }
            let isSelected = top + row == selectedRow
            if isSelected {
                frame.fill(Rect(0, 2 + row, frame.width, 1), .role(.selected))
                frame.put("▸", 0, 2 + row, .role(.selected))
            }
            draw(entry, 0, 2 + row, frame.width, name: true, selected: isSelected, on: &frame)
        }
        if log.isEmpty { frame.put("Nothing has happened yet.", 13, 2, .muted) }
        if detail > 0, let entry = log[safe: selectedRow] {
            let who = entry.machine.map { machine($0)?.name ?? $0.rawValue } ?? "host"
            frame.shelf(["\(who), \(Format.time(entry.time, offset: utcOffset, seconds: true))"], active: 0, y: 2 + rows)
            for (row, line) in Text.wrapped(entry.text, to: frame.width - 4).prefix(detail).enumerated() { frame.put(line, 2, 3 + rows + row) }
        }
        if toast != nil {
            drawEventLine(on: &frame)
        } else {
            frame.put(log.count == 1 ? "1 event" : "\(Format.grouped(log.count)) events", 1, frame.height - 2, .muted)
            if logSelected == nil { frame.putRight("following", right: frame.width - 1, frame.height - 2, .muted) }
        }
        frame.footer(
            [Hint("Up Down", "select"), Hint("G", "newest"), Hint("1", "machines"), Hint("?", "help"), Hint("q", "back")], y: frame.height - 1)
    }

    // MARK: Report

    func reportLines(_ width: Int) -> [String] { Text.wrapped(selectedMachine?.report ?? "", to: max(20, width - 4)) }

    func drawReport(on frame: inout Frame) {
        guard let machine = selectedMachine else { return }
        let x = frame.put("\(machine.name) crashed", 1, 0, .role(.error))
        frame.put("\(Format.time(machine.since, offset: utcOffset, seconds: true))", x + 4, 0, .muted)
        frame.shelf(["Report"], active: 0, y: 1, focused: true)
        let explains = frame.height >= 18
        let lines = reportLines(frame.width), rows = max(1, frame.height - (explains ? 7 : 4))
        let top = max(0, min(reportTop, lines.count - rows))
        for (row, line) in lines.dropFirst(top).prefix(rows).enumerated() { frame.put(line, 2, 2 + row, .text, width: frame.width - 3) }
        if explains {
            frame.shelf(["What now"], active: 0, y: 2 + rows)
            frame.put("S starts it again; this report stands here until then.", 2, 3 + rows)
            frame.put("E changes its settings. Its disks were closed cleanly.", 2, 4 + rows)
        }
        if toast != nil {
            drawEventLine(on: &frame)
        } else if lines.count > rows {
            frame.put("lines \(top + 1)-\(min(lines.count, top + rows)) of \(lines.count)", 1, frame.height - 2, .muted)
        }
        frame.footer(
            [Hint("S", "start again"), Hint("E", "edit"), Hint("Up Down", "scroll"), Hint("?", "help"), Hint("q", "back")], y: frame.height - 1)
    }
}
