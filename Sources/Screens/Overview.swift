import Contract
import Picture
import TUI

extension Model {
    func drawOverview(on frame: inout Frame) {
        let layout = layout
        drawHeader(.machines, on: &frame)
        frame.mark(Rect(0, layout.listY, layout.left, layout.listRows), .pane(0))
        let lines = listLines
        drawHeadings(listColumns, y: layout.listY - 1, on: &frame)
        drawList(lines, on: &frame)
        drawDetailShelf(layout, below: lines.count - top - layout.listRows, on: &frame)
        if layout.detailRows > 0 {
            let rect = Rect(0, layout.shelfY + 1, layout.left, layout.detailRows)
            frame.mark(rect, .pane(1))
            drawDetail(rect, on: &frame)
        }
        drawSidePane(layout, on: &frame)
        if finder.isTyping {
            drawFinder(on: &frame)
            frame.footer(
                [
                    Hint("Enter", words("keep filter")), Hint("Esc", words("clear")), Hint("Up Down", words("select")),
                    Hint("Tab", words("complete")), Hint("F1", words("help")),
                ],
                y: frame.height - 1)
            return
        }
        var place = library.isEmpty ? "" : words("Machines live in %1.", library)
        if fetches.isEmpty, machines.contains(where: { $0.fetch != nil }) { place += " " + words("Nothing was downloaded.") }
        drawEventLine(on: &frame, idle: place)
        frame.footer(overviewHints, y: frame.height - 1)
    }

    /// How many machines there are, and what most of them do.
    var census: String {
        let here = machines.filter { $0.fetch == nil }
        let states: [(MachineState, String)] = [(.running, words("running")), (.paused, words("paused"))]
        let parts = states.compactMap { state, word in
            let count = here.count { $0.state == state }
            return count == 0 ? nil : "\(count) \(word)"
        }
        return ([words.machines(here.count)] + parts).joined(separator: ", ")
    }

    /// The rows between the headings and the shelf.
    private func drawList(_ lines: [ListLine], on frame: inout Frame) {
        let layout = layout, columns = listColumns
        var number = lines.prefix(top).count { if case .machine = $0 { true } else { false } }
        for row in 0..<layout.listRows {
            let y = layout.listY + row
            switch lines[safe: top + row] {
            case .machine(let index):
                let machine = machines[index]
                frame.mark(Rect(0, y, layout.left, 1), .row(number))
                number += 1
                if machine.fetch == nil {
                    drawRow(machine, columns, y: y, width: layout.left, on: &frame)
                } else {
                    drawShelved(machine, y: y, width: layout.left, on: &frame)
                }
            case .shelf:
                frame.fill(Rect(0, y, layout.left, 1), .role(.rule), "─")
                frame.put(" " + words("Samples to fetch") + " ", 1, y, .muted)
                if layout.left >= 66 {
                    frame.putRight(" " + words("from the Debian archive, signature checked") + " ", right: layout.left - 1, y, .muted)
                }
            case .group(let tag):
                frame.fill(Rect(0, y, layout.left, 1), .role(.rule), "─")
                frame.put(" " + Text.clipped(groupTitle(tag), to: layout.left - 4) + " ", 1, y, .muted)
            case .blank, nil: break
            }
        }
        if machines.isEmpty {
            frame.put(isListKnown ? words("No machines yet. N makes one.") : words("reading …"), 4, layout.listY, .muted, width: layout.left - 5)
        } else if lines.isEmpty {
            frame.put(nothingMatches, 4, layout.listY, .muted, width: layout.left - 5)
        }
    }

    private func drawDetailShelf(_ layout: OverviewLayout, below: Int, on frame: inout Frame) {
        let y = layout.shelfY
        frame.mark(Rect(0, y, layout.left, 1), .shelf)
        let note = [finderNote, below > 0 ? words("%1 more below", below) : ""].filter { !$0.isEmpty }.joined(separator: "  ")
        if layout.left < 60 || layout.detailRows == 0 {
            let title = marks.isEmpty ? selectedMachine?.name : words("%1 marked", marks.count)
            frame.shelf(title.map { [$0] } ?? [], active: 0, y: y, width: layout.left, note: note)
            return
        }
        if !marks.isEmpty {
            frame.shelf([words("Marked")], active: 0, y: y, width: layout.left, note: note)
            return
        }
        let titles = detailTabs.map {
            $0 == .summary ? selectedMachine.flatMap { isIntroduced($0) ? $0.name : nil } ?? words($0.rawValue) : words($0.rawValue)
        }
        frame.tabs(titles, active: detailTabs.firstIndex(of: detailTab) ?? 0, y: y, width: layout.left, note: note)
    }

    private var overviewHints: [Hint] {
        if !marks.isEmpty { return markedHints }
        guard size.width >= 60 else { return Keymap.hints([.open, .pause, .palette, .help], self) }
        guard let machine = selectedMachine else { return Keymap.hints([.new, .filter, .settings, .theme, .palette, .help, .quit], self) }
        if isFetching(machine) {
            return [Hint("Ctrl-C", words("cancel the fetch"))] + Keymap.hints([.new, .log, .theme, .palette, .help, .quit], self)
        }
        switch machine.state {
        case .running, .paused: return Keymap.hints([.open, .pause, .save, .power, .media, .edit, .palette, .help], self)
        case .saved: return Keymap.hints([.open, .discard, .clone, .delete, .edit, .new, .palette, .help], self)
        case .starting, .stopping, .saving, .restoring: return Keymap.hints([.open, .turnOff, .new, .jobs, .palette, .help, .quit], self)
        case .off, .crashed:
            if isIntroduced(machine) || machine.isSample { return Keymap.hints([.open, .new, .settings, .theme, .palette, .help, .quit], self) }
            return Keymap.hints([.open, .edit, .media, .clone, .delete, .new, .palette, .help], self)
        }
    }

    /// What the marked can do, and how many of them.
    private var markedHints: [Hint] {
        let actions: [Action] = [.pause, .save, .power, .start, .turnOff, .tags]
        let hints = actions.compactMap { action -> Hint? in
            let count = markedMachines.count { obstacle(to: action, $0) == nil }
            guard count > 0, let binding = keymap.binding(action) else { return nil }
            return Hint(binding.label, "\(words(binding.word)) \(count)")
        }
        return hints.prefix(size.width < 60 ? 2 : 5) + [Hint("Space", words("mark")), Hint("Esc", words("unmark")), Hint("?", words("help"))]
    }

    private func drawHeadings(_ columns: ListColumns, y: Int, on frame: inout Frame) {
        let order = order, arrow = order.isReversed ? "▴" : "▾"
        // With one machine there is no order to speak of.
        let isSorted = listLines.count { if case .machine(let index) = $0 { machines[index].fetch == nil } else { false } } > 1
        func left(_ title: String, _ x: Int, _ column: ListColumn) {
            let end = frame.put(title, x, y, .muted)
            let isKey = isSorted && order.column == column
            if isKey { frame.put(arrow, end + 1, y, .muted) }
            frame.mark(Rect(x, y, Text.width(title) + 2, 1), .heading(ListColumn.allCases.firstIndex(of: column) ?? 0))
        }
        func right(_ title: String, _ end: Int, _ column: ListColumn?) {
            let x = frame.putRight(title, right: end, y, .muted)
            guard let column else { return }
            if isSorted, order.column == column { frame.put(arrow, x - 1, y, .muted) }
            frame.mark(Rect(x - 1, y, end - x + 1, 1), .heading(ListColumn.allCases.firstIndex(of: column) ?? 0))
        }
        left(words("Name"), columns.nameX, .name)
        left(words("State"), columns.stateX, .state)
        if isSearchingScreens, size.width >= 60 {
            frame.put(words("On the screen"), Model.foundX, y, .muted)
            return
        }
        if columns.history {
            left("CPU", columns.historyX, .cpu)
            right("%", columns.percentEnd, nil)
        } else {
            right(words("CPU %"), columns.percentEnd, .cpu)
        }
        if columns.wide { left(words("Speed"), columns.speedX, .mips) }
        if columns.mips { right("MIPS", columns.mipsEnd, columns.wide ? nil : .mips) }
        if columns.wide {
            left(words("Disk"), columns.diskX, .disk)
            right("kB/s", columns.rateEnd, nil)
        }
        if columns.memory { right(words("Mem MB"), columns.memoryEnd, .memory) }
        if columns.uptime { right("Up", columns.uptimeEnd, nil) }
        if columns.screen { left(words("Screen"), columns.screenX, .screen) }
        if columns.tags { left(words("Tags"), columns.tagsX, .tags) }
    }

    /// Where the found line of a screen begins: column 36.
    static let foundX = 35
}

extension Frame {
    /// A shelf whose tabs can be clicked. Where not all fit, those before the active one give way.
    mutating func tabs(_ titles: [String], active: Int, y: Int, width: Int, note: String = "") {
        var first = 0
        func needed(_ first: Int) -> Int { titles[first...max(first, active)].reduce(1) { $0 + Text.width($1) + 4 } }
        while first < active, needed(first) > width { first += 1 }
        let shown = Array(titles[first...])
        shelf(shown, active: active - first, y: y, width: width, note: note)
        var x = 1
        for (index, title) in shown.enumerated() {
            let cells = Text.width(title) + 4
            guard x + cells <= width else { break }
            mark(Rect(x, y, cells, 1), .tab(first + index))
            x += cells
        }
    }
}

extension FetchProgress {
    var fraction: Double? { total.flatMap { $0 > 0 ? min(1, Double(bytes) / Double($0)) : nil } }
}
