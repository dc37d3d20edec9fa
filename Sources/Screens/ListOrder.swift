import Contract
import TUI

/// What the machine list can be sorted by. The case's place is the number of its heading.
enum ListColumn: String, CaseIterable, Sendable {
    case name, state, cpu, mips, disk, memory, screen, tags

    /// For sentences: `Sorted by name.`
    var word: String {
        switch self {
        case .cpu: "CPU"
        case .mips: "MIPS"
        case .disk: "disk traffic"
        default: rawValue
        }
    }

    /// Whether `a` stands above `b`: words from A on, figures from the greatest down. nil: this column does not tell them apart.
    fileprivate func isAbove(_ a: MachineSummary, _ b: MachineSummary) -> Bool? {
        func order<Value: Comparable>(_ a: Value, _ b: Value) -> Bool? { a == b ? nil : a < b }
        switch self {
        case .name:
            // One's own before what came with Vitrine.
            if a.isSample != b.isSample { return b.isSample }
            return Text.comesBefore(a.name.lowercased(), b.name.lowercased())
        case .state: return order(ListColumn.rank(a), ListColumn.rank(b))
        case .cpu: return order(b.cpuPercent ?? -1, a.cpuPercent ?? -1)
        case .mips: return order(b.guestMIPS ?? -1, a.guestMIPS ?? -1)
        case .disk: return order(b.diskRate ?? -1, a.diskRate ?? -1)
        case .memory: return order(b.residentMiB ?? -1, a.residentMiB ?? -1) ?? order(b.memoryMiB, a.memoryMiB)
        case .screen: return order(ListColumn.port(a), ListColumn.port(b))
        case .tags: return order(a.tags.first ?? "\u{10FFFF}", b.tags.first ?? "\u{10FFFF}")
        }
    }

    /// What lives stands above what lies.
    private static func rank(_ machine: MachineSummary) -> Int {
        switch machine.state {
        case .running: 0
        case .paused: 1
        case .starting, .restoring: 2
        case .stopping, .saving: 3
        case .crashed: 4
        case .saved: 5
        case .off: 6
        }
    }

    private static func port(_ machine: MachineSummary) -> Int {
        guard let address = machine.screenAddress else { return Int.max }
        return Int(Format.shortAddress(address).dropFirst()) ?? Int.max - 1
    }
}

/// How the list is sorted.
struct ListOrder: Equatable, Sendable {
    var column = ListColumn.name
    var isReversed = false

    func isAbove(_ a: MachineSummary, _ b: MachineSummary) -> Bool {
        if let above = column.isAbove(a, b) { return above != isReversed }
        return (ListColumn.name.isAbove(a, b) ?? (a.id < b.id))
    }
}

/// A line of the machine list.
enum ListLine: Equatable {
    case machine(Int)
    case blank
    /// Above the samples that are still to be fetched.
    case shelf
    /// Above the machines whose first tag this is.
    case group(String)
}

extension MachineSummary {
    /// KiB a second, read and written.
    var diskRate: Double? {
        guard diskReadRate != nil || diskWriteRate != nil else { return nil }
        return (diskReadRate ?? 0) + (diskWriteRate ?? 0)
    }
}

extension Model {
    var order: ListOrder {
        get { ListOrder(column: preferences.sort.flatMap(ListColumn.init) ?? .name, isReversed: preferences.sortIsReversed ?? false) }
        set { (preferences.sort, preferences.sortIsReversed) = (newValue.column.rawValue, newValue.isReversed) }
    }

    /// The list from top to bottom: machines, from 140 columns in groups, and under a shelf of their own the samples that are still to be fetched.
    var listLines: [ListLine] {
        let shown = machines.indices.filter { isShown(machines[$0]) }
        let order = order
        let sorted = shown.filter { machines[$0].fetch == nil }.sorted { order.isAbove(machines[$0], machines[$1]) }
        var lines = grouped(sorted)
        let shelved = shown.filter { machines[$0].fetch != nil }.map { ListLine.machine($0) }
        if !shelved.isEmpty { lines += (lines.isEmpty ? [] : [.blank]) + [.shelf] + shelved }
        return lines
    }

    /// Shelves stand where they join something: two groups at least, one of them with more than one machine.
    private func grouped(_ sorted: [Int]) -> [ListLine] {
        let plain = sorted.map { ListLine.machine($0) }
        guard size.width >= 140, !isSearchingScreens else { return plain }
        var groups: [String: [Int]] = [:]
        for index in sorted { groups[machines[index].tags.first ?? "", default: []].append(index) }
        guard groups.count > 1, groups.contains(where: { !$0.key.isEmpty && $0.value.count > 1 }) else { return plain }
        var lines = (groups[""] ?? []).map { ListLine.machine($0) }
        for (tag, members) in groups.sorted(by: { $0.key < $1.key }) where !tag.isEmpty {
            lines += [.group(tag)] + members.map { ListLine.machine($0) }
        }
        return lines
    }

    /// Machines in the order of the list.
    var listed: [MachineSummary] {
        listLines.compactMap { line in if case .machine(let index) = line { machines[index] } else { nil } }
    }

    /// `lab  3 machines, 1 running`
    func groupTitle(_ tag: String) -> String {
        let members = machines.filter { $0.fetch == nil && $0.tags.first == tag && isShown($0) }
        let running = members.count { $0.state == .running }
        return "\(tag)  \(words.machines(members.count))" + (running == 0 ? "" : words(", %1 running", running))
    }

    // MARK: What keys and clicks do to it

    /// Sorts by the next column that the list shows.
    mutating func sortByNext() -> [Effect] {
        let columns = listColumns.sortable
        let index = columns.firstIndex(of: order.column) ?? -1
        return sort(ListOrder(column: columns[safe: (index + 1) % max(1, columns.count)] ?? .name))
    }

    /// A click on a heading; a second one on the same reverses.
    mutating func sortBy(_ heading: Int) -> [Effect] {
        guard let column = ListColumn.allCases[safe: heading] else { return [] }
        return sort(ListOrder(column: column, isReversed: order.column == column && !order.isReversed))
    }

    mutating func sort(_ new: ListOrder) -> [Effect] {
        let old = order
        guard new != old else { return [] }
        order = new
        keepListWindow()
        undo.record(words("the order"), back: [.order(old)], forth: [.order(new)], merges: true)
        say(words(new.isReversed ? "Sorted by %1, reversed. u undoes." : "Sorted by %1. u undoes.", words(new.column.word)))
        return [.keep(preferences)]
    }

    /// Selects a row of the list; what a click on it does.
    mutating func selectRow(_ row: Int) {
        guard let machine = listed[safe: row] else { return }
        selected = machine.id
        if selected != opensWhenRunning { opensWhenRunning = nil }
        if !detailTabs.contains(detailTab) { detailTab = .summary }
        keepListWindow()
    }

    mutating func selectTab(_ tab: Int) {
        if let tab = detailTabs[safe: tab] { detailTab = tab }
    }
}
