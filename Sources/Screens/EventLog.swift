import Contract
import TUI

/// What the log's page shows of what happened.
struct LogState: Equatable, Sendable {
    /// What was said on the event line, as entries of its own.
    var notices: [LogEntry] = []
    var filter = TextField()
    /// What is typed on the row above the footer.
    var typing: Typing?
    enum Typing: Equatable, Sendable {
        case filter
        case path(TextField)
    }
    static let mostNotices = 200
}

extension Model {
    /// The keeper's events and what was said here, in the order of time.
    private var allEvents: [LogEntry] {
        var events: [LogEntry] = [], notices = logState.notices[...]
        events.reserveCapacity(log.count + notices.count)
        for entry in log {
            while let first = notices.first, first.time < entry.time { events.append(notices.removeFirst()) }
            events.append(entry)
        }
        return events + notices
    }

    var eventCount: Int { log.count + logState.notices.count }

    /// What the filter lets through, oldest first.
    var shownEvents: [LogEntry] {
        let wanted = logState.filter.text
        guard !wanted.isEmpty else { return allEvents }
        return allEvents.filter { entry in
            !Model.places(of: wanted, in: entry.text).isEmpty || !Model.places(of: wanted, in: who(entry)).isEmpty
        }
    }

    func who(_ entry: LogEntry) -> String { entry.machine.map { machine($0)?.name ?? $0.rawValue } ?? words("host") }

    var selectedEvent: LogEntry? {
        let shown = shownEvents
        return logSelected.flatMap { shown[safe: $0] } ?? shown.last
    }

    /// nil: not mine.
    mutating func performInLog(_ action: Action) -> [Effect]? {
        let shown = shownEvents
        let current = min(logSelected ?? shown.count - 1, shown.count - 1)
        switch action {
        case .up, .down, .first, .last, .pageUp, .pageDown:
            guard !shown.isEmpty else { return [] }
            select(event: stepped(current, action, count: shown.count, page: max(1, size.height - 9)), of: shown.count)
        case .follow: logSelected = nil
        case .nextMatch, .previousMatch:
            let next =
                action == .nextMatch
                ? shown.indices.first { $0 > current && shown[$0].level == .error }
                : shown.indices.last { $0 < current && shown[$0].level == .error }
            guard let next else {
                say(action == .nextMatch ? words("No error below this line.") : words("No error above this line."))
                return []
            }
            logSelected = next
        case .filter: logState.typing = .filter
        case .copy:
            guard let entry = selectedEvent else { return [] }
            say(words("Copied: %1", entry.text))
            return [.copy(line(entry))]
        case .write:
            guard !shown.isEmpty else {
                say(words("There is nothing to write yet."))
                return []
            }
            logState.typing = .path(TextField("~/vitrine-log.txt"))
        case .open:
            guard let entry = selectedEvent, let id = entry.machine else {
                say(words("This event is the host's: there is nothing to open."))
                return []
            }
            guard let machine = machine(id) else {
                say(words("%1 is not in the library any more.", id))
                return []
            }
            selected = id
            page = machine.state == .crashed && machine.report != nil ? .report : .machines
            reportTop = 0
            keepListWindow()
        default: return nil
        }
        return []
    }

    /// The newest one is followed.
    private mutating func select(event: Int, of count: Int) { logSelected = event == count - 1 ? nil : event }

    mutating func selectEvent(_ row: Int) { if row >= 0, row < shownEvents.count { select(event: row, of: shownEvents.count) } }

    /// `2026-03-14 14:28:03  error    toyos            Crashed: triple fault`
    private func line(_ entry: LogEntry) -> String {
        let clean = String(
            (Text.padded(entry.level.rawValue, to: 8) + " " + Text.padded(who(entry), to: 16) + " " + entry.text).map { character in
                Text.cell(of: character).text == "·" ? " " : character
            })
        return Format.stamp(entry.time, offset: utcOffset) + "  " + clean
    }

    mutating func pressInLogPrompt(_ key: Key) -> [Effect] {
        switch (logState.typing, key) {
        case (.path, .escape), (.path, .control("c")): logState.typing = nil
        case (.path(let field), .enter):
            logState.typing = nil
            guard !field.text.isEmpty else { return [] }
            let text = shownEvents.map { line($0) + "\n" }.joined()
            return [.write(path: field.text, Array(text.utf8))]
        case (.path(var field), _):
            _ = field.handle(key)
            logState.typing = .path(field)
        case (_, .enter): logState.typing = nil
        case (_, .escape), (_, .control("c")):
            (logState.typing, logState.filter, logSelected) = (nil, TextField(), nil)
        case (_, .up), (_, .down), (_, Key(.pageUp)), (_, Key(.pageDown)):
            if let action = Keymap().action(key, on: .log) { return performInLog(action) ?? [] }
        default: if logState.filter.handle(key) { logSelected = nil }
        }
        return []
    }

    /// Keys while something is typed on the row above the footer of jobs or log; nil: nothing is.
    mutating func pressInPrompt(_ key: Key) -> [Effect]? {
        if page == .jobs, jobsState.isTyping { return pressInJobsFilter(key) }
        if page == .log, logState.typing != nil { return pressInLogPrompt(key) }
        // Esc takes a filter away before it leads back.
        if key == .escape, page == .jobs, !jobsState.filter.text.isEmpty { return pressInJobsFilter(key) }
        if key == .escape, page == .log, !logState.filter.text.isEmpty { return pressInLogPrompt(key) }
        return nil
    }

    mutating func pasteInPrompt(_ text: String) {
        if page == .jobs, jobsState.isTyping { jobsState.filter.insert(text) }
        guard page == .log else { return }
        switch logState.typing {
        case .filter: logState.filter.insert(text)
        case .path(var field):
            field.insert(text)
            logState.typing = .path(field)
        case nil: break
        }
    }
}
