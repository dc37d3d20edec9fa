import Contract
import TUI

/// Rows of the load screen at one height: the host's graph, the table, the selected machine's graph.
struct LoadLayout: Equatable {
    /// Rows of the two graphs; 0 leaves the part out.
    var host: Int, machine: Int
    /// First row of the table, and how many there are between its headings and its sum.
    var tableY: Int, rows: Int
    /// The shelf of the machine's graph.
    var machineY: Int

    init(_ size: Size) {
        let height = size.height
        host = height < 16 ? 0 : max(2, min(10, height / 6))
        machine = height < 20 ? 0 : max(2, min(8, height / 8))
        tableY = host == 0 ? 3 : host + 5
        machineY = height - 2 - (machine == 0 ? 0 : machine + 2)
        // Below the machines: a blank row and the sum.
        rows = max(1, machineY - tableY - 2)
    }
}

extension Model {
    var loadLayout: LoadLayout { LoadLayout(size) }

    func drawLoad(on frame: inout Frame) {
        let layout = loadLayout
        drawHeader(.load, on: &frame)
        if layout.host > 0 { drawHost(layout, on: &frame) }
        drawTable(layout, on: &frame)
        if layout.machine > 0 { drawMachineGraph(layout, on: &frame) }
        drawEventLine(on: &frame)
        frame.footer(loadHints, y: frame.height - 1)
    }

    private var loadHints: [Hint] {
        let panels = [Action.cpuPanel, .memoryPanel, .diskPanel].compactMap { keymap.binding($0)?.label }.joined(separator: " ")
        var write = Keymap.hints([.write], self)
        if loadState.csv != nil, !write.isEmpty { write[0].word = words("ends the file") }
        return Keymap.hints([.open, .sort], self) + [Hint(panels, words("panel"))] + Keymap.hints([.interval], self) + write
            + Keymap.hints([.help], self) + [Hint("q", words("back"))]
    }

    private func drawHost(_ layout: LoadLayout, on frame: inout Frame) {
        var note = ""
        if let host, host.processors > 0 {
            note = words(host.processors == 1 ? "%1 CPU, %2 MB" : "%1 CPUs, %2 MB", host.processors, Format.grouped(host.memoryMiB))
        }
        frame.shelf([words("Host")], active: 0, y: 1, note: note)
        frame.graph(loadState.host, Rect(1, 2, frame.width - 2, layout.host), peak: 100)
        let y = layout.host + 2
        var x = frame.put("CPU", 1, y, .muted) + 3
        x = frame.put(host.map { Format.percent($0.cpuPercent) } ?? "-", x, y) + 1
        x = frame.put(words("now"), x, y, .muted) + 3
        if let peak = loadState.host.suffix((frame.width - 2) * 2).max() {
            x = frame.put(Format.percent(peak), x, y) + 1
            x = frame.put(words("peak"), x, y, .muted) + 3
        }
        let machines = loadMachines
        let read = machines.compactMap { loadFigure(.read, $0) }, write = machines.compactMap { loadFigure(.write, $0) }
        guard !(read + write).isEmpty else { return }
        let text = words("Disk  read %1  write %2 KiB/s", Format.rate(read.reduce(0, +)), Format.rate(write.reduce(0, +)))
        if x + Text.width(text) < frame.width { frame.putRight(text, right: frame.width - 1, y, .muted) }
    }

    /// Columns after the last cell of each figure; what does not fit is left out from the right.
    private func columns(_ width: Int) -> (name: Int, ends: [Int], history: Int) {
        let metrics = loadState.panel.metrics
        var shown = metrics.count
        let least = width < 60 ? 10 : 15
        func needed() -> Int { 4 + least + metrics.prefix(shown).reduce(0) { $0 + $1.width } + 1 }
        while shown > 1, needed() > width { shown -= 1 }
        let spare = max(0, width - needed()), name = least + min(15, spare)
        var x = 4 + name
        let ends = metrics.prefix(shown).map { metric -> Int in
            x += metric.width
            return x
        }
        // The rest shows how it was.
        let rest = width - 3 - x
        return (name, ends, rest >= 12 ? min(60, rest) : 0)
    }

    private func drawTable(_ layout: LoadLayout, on frame: inout Frame) {
        let panel = loadState.panel, metrics = panel.metrics, shown = loadMachines
        let (name, ends, history) = columns(frame.width)
        let shelfY = layout.tableY - 2
        var note = words("every %1 s", loadState.interval)
        if loadState.csv != nil { note = words("to CSV") + "  " + note }
        let below = shown.count - loadState.top - layout.rows
        if below > 0 { note = words("%1 more below", below) + "  " + note }
        frame.shelf(
            LoadPanel.allCases.map { words($0.rawValue) }, active: LoadPanel.allCases.firstIndex(of: panel), y: shelfY, note: note, focused: true)
        markPanels(shelfY, on: &frame)

        let y = layout.tableY - 1, arrow = loadState.isReversed ? "▴" : "▾"
        frame.put(words("Name") + (loadState.sort == 0 ? " " + arrow : ""), 4, y, .muted)
        frame.mark(Rect(2, y, name + 2, 1), .heading(0))
        for (index, end) in ends.enumerated() {
            let sorted = loadState.sort == index + 1
            // The mark takes the cell after the heading, so that the heading stands still.
            frame.putRight(words(metrics[index].heading), right: end, y, .muted)
            if sorted { frame.put(arrow, end, y, .muted) }
            frame.mark(Rect(end - metrics[index].width + 1, y, metrics[index].width, 1), .heading(index + 1))
        }
        if history > 0 { frame.put(panel == .cpu ? words("CPU %") : "", (ends.last ?? 0) + 3, y, .muted) }
        if shown.isEmpty {
            frame.put(
                words("No machine runs. %1 goes to the list.", keymap.binding(.machines)?.label ?? "1"), 4, layout.tableY, .muted,
                width: frame.width - 5)
            return
        }
        for row in 0..<layout.rows {
            guard let machine = shown[safe: loadState.top + row] else { break }
            let y = layout.tableY + row, isSelected = machine.id == selected
            func style(_ role: Role) -> Style { .role(isSelected ? .selected : role) }
            if isSelected {
                frame.fill(Rect(0, y, frame.width, 1), .role(.selected))
                frame.put("▸", 0, y, .role(.selected))
            }
            frame.put(machine.state.glyph, 2, y, style(machine.state.role))
            frame.put(machine.name, 4, y, style(.text), width: name)
            for (index, end) in ends.enumerated() {
                guard let value = loadFigure(metrics[index], machine) else {
                    frame.putRight("-", right: end, y, style(.muted))
                    continue
                }
                frame.putRight(metrics[index].text(value), right: end, y, style(.text))
            }
            if history > 0, panel == .cpu {
                frame.sparkline(cpuHistory[machine.id] ?? [], (ends.last ?? 0) + 3, y, width: history, selected: isSelected)
            }
            frame.mark(Rect(0, y, frame.width, 1), .row(loadState.top + row))
        }
        drawSum(shown, ends, y: min(layout.machineY - 1, layout.tableY + shown.count + 1), on: &frame)
    }

    private func drawSum(_ shown: [MachineSummary], _ ends: [Int], y: Int, on frame: inout Frame) {
        frame.put(words("Sum"), 4, y, .muted)
        for (index, end) in ends.enumerated() {
            guard let metric = loadState.panel.metrics[safe: index], metric.isAdded else { continue }
            let values = shown.compactMap { loadFigure(metric, $0) }
            if !values.isEmpty { frame.putRight(metric.text(values.reduce(0, +)), right: end, y) }
        }
    }

    private func markPanels(_ y: Int, on frame: inout Frame) {
        var x = 1
        for (action, panel) in zip([Action.cpuPanel, .memoryPanel, .diskPanel], LoadPanel.allCases) {
            let width = Text.width(words(panel.rawValue)) + (panel == loadState.panel ? 4 : 2)
            if let key = keymap.binding(action)?.keys.first { frame.mark(Rect(x, y, width, 1), .key(key)) }
            x += width + 1
        }
    }

    /// The last minute of the selected machine, over the full width.
    private func drawMachineGraph(_ layout: LoadLayout, on frame: inout Frame) {
        let y = layout.machineY, machine = loadMachines.first { $0.id == selected }
        frame.shelf(machine.map { [$0.name] } ?? [], active: 0, y: y, note: machine == nil ? "" : words("last 60 s"))
        guard let machine else { return }
        let history = (cpuHistory[machine.id] ?? []).suffix(60)
        frame.graph(history, Rect(1, y + 1, frame.width - 2, layout.machine), peak: max(100, history.max() ?? 100), count: 60)
        let row = y + 1 + layout.machine
        guard machine.state == .running, !history.isEmpty else {
            frame.put(words("%1 for %2", words(machine.state), Format.duration(now - machine.since, words)), 1, row, .muted, width: frame.width - 2)
            return
        }
        func mean(_ values: some Collection<Double>) -> Double { values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) }
        let speed = (mipsHistory[machine.id] ?? []).suffix(60)
        var x = frame.put("CPU", 1, row, .muted) + 3
        for (text, word) in [(Format.percent(machine.cpuPercent ?? 0), words("used")), (Format.percent(mean(history)), words("mean"))] {
            x = frame.put(text, x, row) + 1
            x = frame.put(word, x, row, .muted) + 3
        }
        x = max(x + 3, frame.width / 2)
        guard x + 30 < frame.width else { return }
        x = frame.put("MIPS", x, row, .muted) + 2
        for (value, word) in [(machine.guestMIPS ?? 0, words("now")), (mean(speed), words("mean"))] {
            x = frame.put(Text.rightAligned(Format.whole(value), to: 5), x, row) + 1
            x = frame.put(word, x, row, .muted) + 3
        }
    }
}
