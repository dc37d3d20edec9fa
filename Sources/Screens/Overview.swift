import Contract
import Picture
import TUI

/// Columns of the machine list that fit a width; Tags, MIPS, Screen and memory give way in this order.
struct ListColumns {
    var tags = true, mips = true, screen = true, memory = true, history = true
    var name: Int
    var nameX: Int { 4 }
    var stateX: Int { 4 + name + 1 }
    var historyX: Int { stateX + 15 }
    /// Columns after the last cell of each figure.
    var percentEnd = 0, mipsEnd = 0, memoryEnd = 0, screenX = 0, tagsX = 0

    init(width: Int) {
        var needed = 80
        if needed > width {
            tags = false
            needed -= 8
        }
        if needed > width {
            mips = false
            needed -= 6
        }
        if needed > width {
            screen = false
            needed -= 9
        }
        if needed > width {
            memory = false
            needed -= 10
        }
        if needed > width {
            history = false
            needed -= 10
        }
        name = max(8, 15 + min(15, width - needed))
        var x = stateX + 13
        if history { x += 10 }
        percentEnd = x + 4
        x = percentEnd
        if mips { x += 6 }
        mipsEnd = x
        if memory { x += 10 }
        memoryEnd = x
        screenX = x + 2
        tagsX = x + (screen ? 10 : 2)
    }
}

extension Model {
    /// Rows of the list: everything above the detail, which has ten rows where there is room.
    var listRows: Int { max(1, size.height - 5 - detailRows) }

    var detailRows: Int { size.height >= 22 ? max(10, (size.height - 4) / 2) : size.height >= 14 ? min(10, size.height - 12) : 0 }

    func drawOverview(on frame: inout Frame) {
        drawHeader(.machines, on: &frame)
        let columns = ListColumns(width: frame.width)
        drawHeadings(columns, on: &frame)
        for row in 0..<listRows {
            guard let machine = machines[safe: top + row] else { break }
            drawRow(machine, columns, y: 2 + row, on: &frame)
        }
        if machines.isEmpty { frame.put("No machines yet. N makes one.", 4, 2, .muted) }
        let shelf = 2 + listRows
        if detailRows > 0 {
            let tabs = detailTabs
            let shown = machines.count - top - listRows
            frame.shelf(
                tabs.map(\.rawValue), active: tabs.firstIndex(of: detailTab), y: shelf, note: shown > 0 ? "\(shown) more below" : "")
            drawDetail(Rect(0, shelf + 1, frame.width, detailRows), on: &frame)
        } else {
            frame.shelf(selectedMachine.map { [$0.name] } ?? [], active: 0, y: shelf)
        }
        drawEventLine(on: &frame, idle: library.isEmpty ? "" : "Machines live in \(library).")
        var actions: [Action] = [.open, .start, .pause, .power, .turnOff, .media, .edit, .new, .theme, .help, .quit]
        if selectedMachine?.state == .off { actions.removeAll { $0 == .start } }
        if let machine = selectedMachine, machine.state == .running || machine.state == .paused { actions.removeAll { $0 == .new || $0 == .theme } }
        var hints = Keymap.hints(actions, self)
        if let machine = selectedMachine, isFetching(machine.id) { hints.insert(Hint("Ctrl-C", "cancel the fetch"), at: 0) }
        frame.footer(hints, y: frame.height - 1)
    }

    private func drawHeadings(_ columns: ListColumns, on frame: inout Frame) {
        frame.put("Name", columns.nameX, 1, .muted)
        frame.put("State", columns.stateX, 1, .muted)
        if columns.history { frame.put("CPU", columns.historyX, 1, .muted) }
        frame.putRight(columns.history ? "%" : "CPU %", right: columns.percentEnd, 1, .muted)
        if columns.mips { frame.putRight("MIPS", right: columns.mipsEnd, 1, .muted) }
        if columns.memory { frame.putRight("Mem MB", right: columns.memoryEnd, 1, .muted) }
        if columns.screen { frame.put("Screen", columns.screenX, 1, .muted) }
        if columns.tags { frame.put("Tags", columns.tagsX, 1, .muted) }
    }

    private func drawRow(_ machine: MachineSummary, _ columns: ListColumns, y: Int, on frame: inout Frame) {
        let isSelected = machine.id == selected
        func style(_ role: Role) -> Style { .role(isSelected ? .selected : role) }
        if isSelected {
            frame.fill(Rect(0, y, frame.width, 1), .role(.selected))
            frame.put("▸", 0, y, .role(.selected))
        }
        frame.put(machine.state.glyph, 2, y, style(machine.state.role))
        frame.put(machine.name, columns.nameX, y, style(.text), width: columns.name)
        frame.put(machine.state.rawValue, columns.stateX, y, style(machine.state.role))
        if machine.state != .off {
            frame.putRight(Format.since(now - machine.since), right: columns.stateX + 13, y, style(.muted))
        }
        if let fetch = fetches[machine.id], isFetching(machine.id) {
            if let fraction = fetch.fraction {
                if columns.history { frame.bar(fraction, columns.historyX, y, width: 8) }
                frame.putRight("\(Int(fraction * 100))%", right: columns.percentEnd, y, style(.text))
            }
        } else if machine.state == .running {
            if columns.history { frame.sparkline(cpuHistory[machine.id] ?? [], columns.historyX, y, width: 8, selected: isSelected) }
            frame.putRight(machine.cpuPercent.map(Format.whole) ?? "-", right: columns.percentEnd, y, style(.text))
            if columns.mips { frame.putRight(machine.guestMIPS.map(Format.whole) ?? "-", right: columns.mipsEnd, y, style(.text)) }
        }
        if columns.memory {
            frame.putRight("/" + Text.rightAligned("\(machine.memoryMiB)", to: 4), right: columns.memoryEnd, y, style(.text))
            if let resident = machine.residentMiB { frame.putRight("\(resident)", right: columns.memoryEnd - 5, y, style(.text)) }
        }
        if columns.screen, let address = machine.screenAddress {
            frame.put(Format.shortAddress(address), columns.screenX, y, style(.text), width: 6)
            if machine.viewers > 0 { frame.put(machine.viewers > 9 ? "+" : "\(machine.viewers)", columns.screenX + 6, y, style(.text)) }
        }
        if columns.tags {
            let tags = machine.tags.joined(separator: " ")
            frame.put(tags, columns.tagsX, y, style(.muted), width: frame.width - columns.tagsX - 1)
        }
    }

    // MARK: Detail

    private func drawDetail(_ rect: Rect, on frame: inout Frame) {
        guard let machine = selectedMachine else { return }
        switch detailTab {
        case .summary: drawSummary(machine, rect, on: &frame)
        case .log:
            let entries = log.filter { $0.machine == machine.id }
            if entries.isEmpty {
                frame.put("Nothing has happened to \(machine.name) since Vitrine started.", 2, rect.y, .muted, width: rect.width - 3)
            }
            for (row, entry) in entries.suffix(rect.height).enumerated() { draw(entry, y: rect.y + row, name: false, on: &frame) }
        case .report:
            for (row, line) in reportLines.prefix(rect.height).enumerated() { frame.put(line, 2, rect.y + row, .text, width: rect.width - 3) }
        }
    }

    private func drawSummary(_ machine: MachineSummary, _ rect: Rect, on frame: inout Frame) {
        let picture = pictures[machine.id]
        let hasCase = rect.width >= 60 && rect.height >= 4
        let caseX = hasCase ? max(42, rect.width - 82) : rect.width
        var y = rect.y
        func room() -> Bool { y < rect.bottom }
        func fact(_ label: String, _ value: String, _ role: Role = .text) {
            guard room() else { return }
            frame.put(label, 2, y, .muted)
            frame.put(value, 13, y, .role(role), width: caseX - 14)
            y += 1
        }
        if let fetch = fetches[machine.id], isFetching(machine.id) {
            fact("Fetching", fetch.message)
            if room() {
                if let fraction = fetch.fraction { frame.bar(fraction, 13, y, width: 16) }
                let total = fetch.total.map { " of \(Format.megabytes($0))" } ?? ""
                frame.put(Format.megabytes(fetch.bytes) + total, fetch.fraction == nil ? 13 : 31, y, .text, width: caseX - 32)
                y += 1
            }
        } else if let fetch = machine.fetch {
            fact("To fetch", fetch)
        }
        fact("Processor", machine.processor)
        if let resident = machine.residentMiB {
            fact("Memory", "\(resident) of \(Format.grouped(machine.memoryMiB)) MB resident")
        } else {
            fact("Memory", "\(Format.grouped(machine.memoryMiB)) MB")
        }
        if machine.state == .running {
            for (label, history, value, unit) in [
                ("CPU", cpuHistory[machine.id] ?? [], machine.cpuPercent, "%"), ("MIPS", mipsHistory[machine.id] ?? [], machine.guestMIPS, ""),
            ] where room() {
                let peak = unit == "%" ? 100 : max(1, history.max() ?? 1)
                frame.put(label, 2, y, .muted)
                frame.sparkline(history.map { $0 / peak * 100 }, 13, y, width: 16)
                frame.putRight((value.map(Format.whole) ?? "-") + unit, right: 35, y)
                y += 1
            }
        }
        if let address = machine.screenAddress { fact("Screen", "\(address)  \(Format.viewers(machine.viewers))") }
        for (slot, path) in machine.disks.sorted(by: { $0.key < $1.key }) { fact(Format.drive(slot, isCD: false), Format.fileName(path)) }
        for drive in machine.removable {
            fact(Format.drive(drive.slot, isCD: drive.isCD), drive.medium.map(Format.fileName) ?? "empty", drive.medium == nil ? .muted : .text)
        }
        for remark in machine.remarks where room() {
            frame.put("!", 2, y, .role(.warning))
            frame.put(remark, 4, y, .text, width: caseX - 5)
            y += 1
        }
        for (index, line) in Text.wrapped(machine.notes, to: max(10, caseX - 15)).enumerated() where !machine.notes.isEmpty {
            fact(index == 0 ? "Notes" : "", line)
        }
        if hasCase { drawCase(machine, picture, Rect(caseX, rect.y, rect.width - caseX - 1, rect.height), on: &frame) }
    }

    /// Behind the glass: the guest now, or its last picture.
    private func drawCase(_ machine: MachineSummary, _ picture: Picture?, _ rect: Rect, on frame: inout Frame) {
        var title = "", note = ""
        var top = 0, left = 0
        let inner = rect.inset(1, 1)
        switch picture {
        case .text(let text):
            title = "\(text.columns)x\(text.rows)"
            if let cursor = text.cursor {
                top = max(0, min(cursor.row - inner.height + 1, text.rows - inner.height))
                left = max(0, min(cursor.column - inner.width + 1, text.columns - inner.width))
            }
            if text.rows > inner.height { note = "rows \(top + 1)-\(min(text.rows, top + inner.height))" }
        case .pixels(let pixels): title = "\(pixels.width)x\(pixels.height)"
        case .blank, nil: break
        }
        frame.box(rect, title: title, note: note, dialog: false)
        switch picture {
        case .text(let text): GuestPicture.draw(text, in: inner, left: left, top: top, on: &frame)
        case .pixels(let pixels): GuestPicture.draw(pixels, in: inner, on: &frame)
        case .blank: frame.put("the screen is blank", inner.x + 1, inner.y, .muted, width: inner.width - 1)
        case nil: frame.put("no picture yet", inner.x + 1, inner.y, .muted, width: inner.width - 1)
        }
    }

    // MARK: Log

    func draw(_ entry: LogEntry, y: Int, name: Bool, selected: Bool = false, on frame: inout Frame) {
        func style(_ role: Role) -> Style { .role(selected ? .selected : role) }
        frame.put(Format.time(entry.time, offset: utcOffset, seconds: true), 2, y, style(.muted))
        switch entry.level {
        case .info: break
        case .warning: frame.put("!", 11, y, style(.warning))
        case .error: frame.put("✖", 11, y, style(.error))
        }
        var x = 13
        if name {
            frame.put(entry.machine.map { machine($0)?.name ?? $0.rawValue } ?? "host", x, y, style(.muted), width: 15)
            x += 16
        }
        frame.put(entry.text, x, y, style(.text), width: frame.width - x - 1)
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
            draw(entry, y: 2 + row, name: true, selected: isSelected, on: &frame)
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

    var reportLines: [String] { Text.wrapped(selectedMachine?.report ?? "", to: max(20, size.width - 4)) }

    func drawReport(on frame: inout Frame) {
        guard let machine = selectedMachine else { return }
        let x = frame.put("\(machine.name) crashed", 1, 0, .role(.error))
        frame.put("\(Format.time(machine.since, offset: utcOffset, seconds: true))", x + 4, 0, .muted)
        frame.shelf(["Report"], active: 0, y: 1, focused: true)
        let lines = reportLines, rows = max(1, frame.height - 4)
        let top = max(0, min(reportTop, lines.count - rows))
        for (row, line) in lines.dropFirst(top).prefix(rows).enumerated() { frame.put(line, 2, 2 + row, .text, width: frame.width - 3) }
        if toast != nil {
            drawEventLine(on: &frame)
        } else if lines.count > rows {
            frame.put("lines \(top + 1)-\(min(lines.count, top + rows)) of \(lines.count)", 1, frame.height - 2, .muted)
        }
        frame.footer(
            [Hint("S", "start again"), Hint("E", "edit"), Hint("Up Down", "scroll"), Hint("?", "help"), Hint("q", "back")], y: frame.height - 1)
    }
}

extension FetchProgress {
    var fraction: Double? { total.flatMap { $0 > 0 ? min(1, Double(bytes) / Double($0)) : nil } }
}
