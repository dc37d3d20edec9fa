import Contract
import TUI

/// What machines and the host use.
struct LoadState: Equatable, Sendable {
    var panel = LoadPanel.cpu
    /// Column that the table is sorted by: 0 is the name, then the panel's.
    var sort = 1
    var isReversed = false
    /// Seconds that a figure stands for.
    var interval = 1
    var top = 0
    /// What is shown: the last whole interval.
    var figures: [MachineID: LoadFigures] = [:]
    /// The interval that is being measured, and how many seconds of it there are.
    var pending: [MachineID: LoadFigures] = [:]
    var seconds = 0
    /// The host's CPU, percent of all its processors, one sample a second.
    var host: [Double] = []
    /// Where figures are written.
    var csv: String?

    static let intervals = [1, 2, 5]
    static let longestHistory = 1000
}

extension Model {
    /// Machines that use something, or did until they failed, as the table sorts them: the most first, names from A on.
    var loadMachines: [MachineSummary] {
        let machines = listed.filter { $0.state != .off && $0.state != .saved }
        guard let metric = loadState.panel.metrics[safe: loadState.sort - 1] else { return loadState.isReversed ? machines.reversed() : machines }
        let sorted = machines.enumerated().sorted { a, b in
            let (first, second) = (loadFigure(metric, a.element), loadFigure(metric, b.element))
            // What has no figure comes last, whatever the order; equal figures keep the order of the list.
            if first == second { return a.offset < b.offset }
            guard let first else { return false }
            guard let second else { return true }
            return loadState.isReversed ? first < second : first > second
        }
        return sorted.map(\.element)
    }

    /// nil: not applicable, or not known now.
    func loadFigure(_ metric: LoadMetric, _ machine: MachineSummary) -> Double? {
        guard machine.state == .running else { return metric == .configured || metric == .resident ? metric.value(of: machine) : nil }
        return loadState.figures[machine.id]?[metric]
    }

    /// nil: not mine.
    mutating func performInLoad(_ action: Action) -> [Effect]? {
        switch action {
        case .up, .down, .first, .last, .pageUp, .pageDown:
            let shown = loadMachines
            guard !shown.isEmpty else { return [] }
            let index = shown.firstIndex { $0.id == selected } ?? 0
            selected = shown[safe: stepped(index, action, count: shown.count, page: loadLayout.rows)]?.id
        case .cpuPanel: choose(.cpu)
        case .memoryPanel: choose(.memory)
        case .diskPanel: choose(.disk)
        case .sort: sortLoad(by: (loadState.sort + 1) % (loadState.panel.metrics.count + 1))
        case .reverseSort: loadState.isReversed.toggle()
        case .interval:
            let place = LoadState.intervals.firstIndex(of: loadState.interval) ?? 0
            loadState.interval = LoadState.intervals[(place + 1) % LoadState.intervals.count]
            (loadState.pending, loadState.seconds) = ([:], 0)
        case .write: return writeLoad()
        default: return nil
        }
        keepLoad()
        return []
    }

    /// By a column of the panel; the same once more turns the order round.
    mutating func sortLoad(by column: Int) {
        if column == loadState.sort { loadState.isReversed.toggle() } else { (loadState.sort, loadState.isReversed) = (column, false) }
        keepLoad()
    }

    /// A click on a row of the table.
    mutating func selectLoadRow(_ row: Int) {
        guard let machine = loadMachines[safe: row] else { return }
        selected = machine.id
        keepLoad()
    }

    private mutating func choose(_ panel: LoadPanel) {
        loadState.panel = panel
        (loadState.sort, loadState.isReversed) = (1, false)
    }

    /// The selection is in the table and on the screen.
    mutating func keepLoad() {
        let shown = loadMachines
        if !shown.contains(where: { $0.id == selected }) { selected = shown.first?.id ?? selected }
        loadState.top = ListWindow.top(loadState.top, selected: shown.firstIndex { $0.id == selected }, rows: loadLayout.rows, count: shown.count)
    }

    // MARK: Time

    /// Once a second.
    mutating func sampleLoad() -> [Effect] {
        loadState.host.append(host?.cpuPercent ?? 0)
        if loadState.host.count > LoadState.longestHistory { loadState.host.removeFirst() }
        for machine in machines where machine.state == .running { loadState.pending[machine.id, default: LoadFigures()].add(machine) }
        loadState.seconds += 1
        guard loadState.seconds >= loadState.interval else { return [] }
        (loadState.figures, loadState.pending, loadState.seconds) = (loadState.pending, [:], 0)
        if page == .load { keepLoad() }
        guard let path = loadState.csv else { return [] }
        return [.appendFile(path: path, Array(csvLines.utf8))]
    }

    // MARK: CSV

    private mutating func writeLoad() -> [Effect] {
        if let path = loadState.csv {
            loadState.csv = nil
            say(words("%1 ends here.", path))
            return []
        }
        let path = "~/vitrine-load-\(Format.fileStamp(now, offset: utcOffset)).csv"
        loadState.csv = path
        say(words("Load goes to %1. W ends it.", path))
        let heading = ["time", "machine", "state", "host_cpu_percent"] + LoadMetric.allCases.map(\.column)
        return [.appendFile(path: path, Array((heading.joined(separator: ",") + "\n").utf8))]
    }

    /// One line a machine; a field without a figure is empty.
    private var csvLines: String {
        listed.filter { $0.state != .off && $0.state != .saved }.map { machine in
            let figures = LoadMetric.allCases.map { metric in loadFigure(metric, machine).map(Format.hundredths) ?? "" }
            let facts = [
                Format.hundredths(now), Format.csvField(machine.name), machine.state.rawValue, host.map { Format.hundredths($0.cpuPercent) } ?? "",
            ]
            return (facts + figures).joined(separator: ",") + "\n"
        }.joined()
    }
}

extension Format {
    /// Two digits after the point; for files.
    static func hundredths(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "" }
        let all = Int((abs(value) * 100).rounded()), rest = all % 100
        return (value < 0 && all > 0 ? "-" : "") + "\(all / 100)." + (rest < 10 ? "0" : "") + "\(rest)"
    }

    /// One digit after the point.
    static func tenths(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e9 else { return "-" }
        let all = Int((max(0, value) * 10).rounded())
        return "\(all / 10).\(all % 10)"
    }

    /// `20260314-143200`, for file names.
    static func fileStamp(_ time: Double, offset: Int) -> String {
        guard time.isFinite, abs(time) < 1e11 else { return "0" }
        let seconds = Int(time) + offset
        let days = (seconds - (seconds % 86400 + 86400) % 86400) / 86400
        // Days of the civil calendar (Howard Hinnant's algorithm): years begin in March.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let day = shifted - era * 146_097
        let year = (day - day / 1460 + day / 36524 - day / 146_096) / 365
        let ofYear = day - (365 * year + year / 4 - year / 100), month = (5 * ofYear + 2) / 153
        let date = [year + era * 400 + (month < 10 ? 0 : 1), month < 10 ? month + 3 : month - 9, ofYear - (153 * month + 2) / 5 + 1]
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(date[0])" + two(date[1]) + two(date[2]) + "-" + Format.time(time, offset: offset, seconds: true).split(separator: ":").joined()
    }

    /// Quoted where a comma, a quote or a line's end would break the line. A spreadsheet must not take a name for a formula.
    static func csvField(_ text: String) -> String {
        let safe = text.first.map { "=+-@".contains($0) } == true ? "'" + text : text
        guard safe.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return safe }
        return "\"" + safe.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
