import Contract
import Picture
import TUI

extension Model {
    var layout: OverviewLayout { OverviewLayout(size) }

    /// The list from top to bottom: machines, and under a shelf of their own the samples that are still to be fetched.
    var listLines: [ListLine] {
        var lines = machines.indices.filter { machines[$0].fetch == nil }.map { ListLine.machine($0) }
        let shelved = machines.indices.filter { machines[$0].fetch != nil }.map { ListLine.machine($0) }
        if !shelved.isEmpty { lines += (lines.isEmpty ? [] : [.blank]) + [.shelf] + shelved }
        return lines
    }

    /// Machines in the order of the list.
    var listed: [MachineSummary] {
        listLines.compactMap { line in if case .machine(let index) = line { machines[index] } else { nil } }
    }

    func drawOverview(on frame: inout Frame) {
        let layout = layout
        drawHeader(.machines, on: &frame)
        let columns = ListColumns(width: layout.left - (layout.guest == nil ? 0 : 1))
        drawHeadings(columns, y: layout.listY - 1, on: &frame)
        let lines = listLines
        for row in 0..<layout.listRows {
            let y = layout.listY + row
            switch lines[safe: top + row] {
            case .machine(let index):
                let machine = machines[index]
                if machine.fetch == nil {
                    drawRow(machine, columns, y: y, width: layout.left, on: &frame)
                } else {
                    drawShelved(machine, y: y, width: layout.left, on: &frame)
                }
            case .shelf:
                frame.fill(Rect(0, y, layout.left, 1), .role(.rule), "─")
                frame.put(" Samples to fetch ", 1, y, .muted)
                if layout.left >= 66 { frame.putRight(" from the Debian archive, signature checked ", right: layout.left - 1, y, .muted) }
            case .blank, nil: break
            }
        }
        if machines.isEmpty { frame.put(isListKnown ? "No machines yet. N makes one." : "reading …", 4, layout.listY, .muted) }
        drawDetailShelf(layout, below: lines.count - top - layout.listRows, on: &frame)
        if layout.detailRows > 0 { drawDetail(Rect(0, layout.listY + layout.listRows + 1, layout.left, layout.detailRows), on: &frame) }
        drawSidePane(layout, on: &frame)
        var place = library.isEmpty ? "" : "Machines live in \(library)."
        if fetches.isEmpty, machines.contains(where: { $0.fetch != nil }) { place += " Nothing was downloaded." }
        drawEventLine(on: &frame, idle: place)
        frame.footer(overviewHints, y: frame.height - 1)
    }

    private func drawDetailShelf(_ layout: OverviewLayout, below: Int, on frame: inout Frame) {
        let y = layout.listY + layout.listRows
        let note = below > 0 ? "\(below) more below" : ""
        if layout.left < 60 || layout.detailRows == 0 {
            frame.shelf(selectedMachine.map { [$0.name] } ?? [], active: 0, y: y, width: layout.left, note: note)
        } else {
            let tabs = detailTabs
            let titles = tabs.map { $0 == .summary ? selectedMachine.flatMap { isIntroduced($0) ? $0.name : nil } ?? $0.rawValue : $0.rawValue }
            frame.shelf(titles, active: tabs.firstIndex(of: detailTab), y: y, width: layout.left, note: note)
        }
    }

    private var overviewHints: [Hint] {
        guard size.width >= 60 else { return Keymap.hints([.open, .pause, .help, .quit], self) }
        var actions: [Action] = [.open, .start, .pause, .power, .turnOff, .media, .edit, .new, .theme, .help, .quit]
        guard let machine = selectedMachine else { return Keymap.hints(actions, self) }
        if machine.state == .off { actions.removeAll { $0 == .start } }
        if machine.fetch != nil { actions.removeAll { $0 == .media || $0 == .edit } }
        if machine.state == .running || machine.state == .paused { actions.removeAll { $0 == .new || $0 == .theme } }
        guard isFetching(machine) else { return Keymap.hints(actions, self) }
        return [Hint("Ctrl-C", "cancel the fetch")] + Keymap.hints([.new, .log, .theme, .help, .quit], self)
    }

    private func drawHeadings(_ columns: ListColumns, y: Int, on frame: inout Frame) {
        frame.put("Name", columns.nameX, y, .muted)
        frame.put("State", columns.stateX, y, .muted)
        if columns.history { frame.put("CPU", columns.historyX, y, .muted) }
        frame.putRight(columns.history ? "%" : "CPU %", right: columns.percentEnd, y, .muted)
        if columns.mips { frame.putRight("MIPS", right: columns.mipsEnd, y, .muted) }
        if columns.memory { frame.putRight("Mem MB", right: columns.memoryEnd, y, .muted) }
        if columns.screen { frame.put("Screen", columns.screenX, y, .muted) }
        if columns.tags { frame.put("Tags", columns.tagsX, y, .muted) }
    }

    /// Draws the selection under a row; the styles of what stands on it.
    private func select(_ machine: MachineSummary, y: Int, width: Int, on frame: inout Frame) -> (Role) -> Style {
        guard machine.id == selected else { return { .role($0) } }
        frame.fill(Rect(0, y, width, 1), .role(.selected))
        frame.put("▸", 0, y, .role(.selected))
        return { _ in .role(.selected) }
    }

    private func drawRow(_ machine: MachineSummary, _ columns: ListColumns, y: Int, width: Int, on frame: inout Frame) {
        let style = select(machine, y: y, width: width, on: &frame)
        guard machine.isReadable else {
            frame.put("!", 2, y, style(.warning))
            frame.put(machine.name, columns.nameX, y, style(.text), width: columns.name)
            frame.put("cannot be read", columns.stateX, y, style(.warning))
            return
        }
        frame.put(machine.state.glyph, 2, y, style(machine.state.role))
        frame.put(machine.name, columns.nameX, y, style(.text), width: columns.name)
        frame.put(machine.state.rawValue, columns.stateX, y, style(machine.state.role))
        if columns.since, machine.state != .off {
            frame.putRight(Format.since(now - machine.since), right: columns.stateX + 13, y, style(.muted))
        }
        if machine.state == .running {
            if columns.history {
                frame.sparkline(cpuHistory[machine.id] ?? [], columns.historyX, y, width: 8, selected: machine.id == selected)
            }
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
            frame.put(tags, columns.tagsX, y, style(.muted), width: width - columns.tagsX - 1)
        }
    }

    /// A sample that is still to be fetched: what it is, and what it costs; while it comes, how far it is.
    private func drawShelved(_ machine: MachineSummary, y: Int, width: Int, on frame: inout Frame) {
        let style = select(machine, y: y, width: width, on: &frame)
        if machine.state != .off { frame.put(machine.state.glyph, 2, y, style(machine.state.role)) }
        frame.put(machine.name, 4, y, style(.text), width: 15)
        let textX = 20
        var right = width - 1
        if isFetching(machine) {
            let progress = fetches[machine.id]
            if let progress, let fraction = progress.fraction {
                if width >= 60, let total = progress.total {
                    right = frame.putRight(Format.part(progress.bytes, of: total), right: right, y, style(.text)) - 2
                }
                right = frame.putRight(Text.rightAligned("\(Int(fraction * 100))%", to: 4), right: right, y, style(.text)) - 1
                let bar = width >= 60 ? 16 : 8
                frame.bar(fraction, right - bar, y, width: bar, selected: machine.id == selected)
                right -= bar + 1
            }
            frame.put(progress?.message ?? "waiting", textX, y, style(.muted), width: max(0, right - textX))
            return
        }
        if let failed = fetches[machine.id], failed.phase == .failed {
            frame.putRight(Text.clipped(Format.firstSentence(failed.message), to: right - textX), right: right, y, style(.error))
            return
        }
        right = frame.putRight(Text.clipped(machine.fetch ?? "", to: right - textX), right: right, y, style(.muted)) - 2
        if width >= 60 { frame.put(Format.firstSentence(machine.notes), textX, y, style(.muted), width: max(0, right - textX)) }
    }
}

extension FetchProgress {
    var fraction: Double? { total.flatMap { $0 > 0 ? min(1, Double(bytes) / Double($0)) : nil } }
}
