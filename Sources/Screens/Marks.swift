import Contract
import TUI

extension Model {
    static let bulkActions: [Action] = [.start, .pause, .save, .power, .reset, .turnOff, .discard, .delete, .tags]

    /// Marked machines take the selection's place.
    func isBulk(_ action: Action) -> Bool { page == .machines && !marks.isEmpty && Model.bulkActions.contains(action) }

    /// In the order of the list; what a filter hides comes last and is acted on too.
    var markedMachines: [MachineSummary] {
        let shown = listed.filter { marks.contains($0.id) }
        let ids = Set(shown.map(\.id))
        return shown + machines.filter { marks.contains($0.id) && !ids.contains($0.id) }
    }

    /// Marks, and goes on to the next, so that several in a row take as many key presses.
    mutating func toggleMark() {
        guard let id = selected, machine(id) != nil else { return }
        toggleMark(of: id)
        move(.down)
    }

    /// What a Ctrl-click on a row of the list does.
    mutating func markRow(_ row: Int) {
        guard let machine = listed[safe: row] else { return }
        selected = machine.id
        toggleMark(of: machine.id)
    }

    private mutating func toggleMark(of id: MachineID) {
        if marks.remove(id) == nil { marks.insert(id) }
        keepTab()
    }

    /// All that are shown, but for samples that are not here yet; a second time none.
    mutating func markAll() {
        let shown = Set(listed.filter { $0.fetch == nil }.map(\.id))
        if shown.isSubset(of: marks) { marks.subtract(shown) } else { marks.formUnion(shown) }
        keepTab()
    }

    /// Esc: the filter goes first, then the marks.
    mutating func stepBackInList() {
        if finder.isActive { clearFinder() } else { marks = [] }
        keepTab()
    }

    mutating func keepTab() {
        marks.formIntersection(machines.map(\.id))
        if !detailTabs.contains(detailTab) { detailTab = .summary }
    }

    /// What stands in the detail while machines are marked: their sum, and what would happen to how many.
    func drawMarked(_ rect: Rect, on frame: inout Frame) {
        let marked = markedMachines
        var y = rect.y
        func room() -> Bool { y < rect.bottom }
        func label(_ text: String) { frame.put(text, 2, y, .muted) }
        label(words("%1 marked", marked.count))
        frame.put(marked.map(\.name).joined(separator: ", "), 13, y, .text, width: rect.width - 14)
        y += rect.height >= 8 ? 2 : 1
        guard room() else { return }
        label(words("Together"))
        var sums = [words("%1 MB configured", Format.grouped(marked.reduce(0) { $0 &+ $1.memoryMiB }))]
        let resident = marked.compactMap(\.residentMiB)
        if !resident.isEmpty { sums.append(words("%1 MB resident", Format.grouped(resident.reduce(0, &+)))) }
        let load = marked.compactMap(\.cpuPercent)
        if !load.isEmpty { sums.append(words("%1% of one CPU", Format.whole(load.reduce(0, +)))) }
        frame.put(sums.joined(separator: ", "), 13, y, .text, width: rect.width - 14)
        y += 1
        let counted = Model.bulkActions.map { action in (action: action, count: marked.count { obstacle(to: action, $0) == nil }) }
        drawValid(counted.filter { $0.count > 0 }, rect, &y, on: &frame)
        let missing = counted.filter { $0.count == 0 }.sorted { $0.action == .delete && $1.action != .delete }
        let rows = max(0, min(missing.count, rect.bottom - y - (rect.height >= 8 ? 3 : 0)))
        for (index, entry) in missing.prefix(rows).enumerated() {
            if index == 0 { label(words("Not now")) }
            frame.put(keymap.label(entry.action), 13, y, .role(.key))
            let name = words(keymap.binding(entry.action)?.name ?? "")
            frame.put("\(name): \(obstacle(to: entry.action)?.short ?? "")", 16, y, .text, width: rect.width - 17)
            y += 1
        }
        if rect.height >= 8, let machine = selectedMachine, y + 1 < rect.bottom {
            y += 1
            frame.put(Text.clipped(machine.name, to: 10), 2, y, .muted)
            var facts = [Format.processor(machine.processor), "\(Format.grouped(machine.memoryMiB)) MB"]
            if let address = machine.screenAddress { facts += [words("screen %1", address), Format.viewers(machine.viewers, words)] }
            frame.put(facts.joined(separator: ", "), 13, y, .text, width: rect.width - 14)
            if y + 1 < rect.bottom { frame.put(pictureSize(machine), 13, y + 1, .muted, width: rect.width - 14) }
        }
    }

    /// Key, name and how many: three side by side where there is room.
    private func drawValid(_ entries: [(action: Action, count: Int)], _ rect: Rect, _ y: inout Int, on frame: inout Frame) {
        let names = entries.map { words(keymap.binding($0.action)?.name ?? "") }
        func widths(_ across: Int) -> [Int] {
            (0..<across).map { column in stride(from: column, to: names.count, by: across).map { Text.width(names[$0]) }.max() ?? 0 }
        }
        let across = [3, 2].first { widths($0).reduce(10 + $0 * 10) { $0 + $1 } <= rect.width } ?? 1
        let widths = widths(across)
        let x = widths.indices.map { column in widths[..<column].reduce(13) { $0 + $1 + 10 } }
        for (index, entry) in entries.enumerated() {
            let column = index % across
            if column == 0, index > 0 { y += 1 }
            guard y < rect.bottom else { return }
            if index == 0 { frame.put(words("Valid now"), 2, y, .muted) }
            frame.mark(Rect(x[column], y, widths[column] + 6, 1), .key(keymap.binding(entry.action)?.keys[0] ?? .enter))
            frame.put(keymap.label(entry.action), x[column], y, .role(.key))
            frame.put(names[index], x[column] + 3, y)
            frame.putRight("\(entry.count)", right: x[column] + widths[column] + 6, y)
        }
        if !entries.isEmpty { y += 1 }
    }

    private func pictureSize(_ machine: MachineSummary) -> String {
        switch pictures[machine.id] {
        case .text(let text): words("%1x%2, text", text.columns, text.rows)
        case .pixels(let pixels): "\(pixels.width)x\(pixels.height)"
        case .blank: words("the screen is blank")
        case nil: ""
        }
    }
}
