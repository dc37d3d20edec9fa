import Contract
import Picture
import TUI

/// What the list is narrowed to: by what machines are called, or by what stands on their screens.
struct Finder: Equatable, Sendable {
    enum Place: Equatable, Sendable { case facts, screens }
    var place = Place.facts
    var field = TextField()
    /// The line above the footer takes the keys.
    var isTyping = false
    /// What was selected, and what was looked for, before someone typed.
    var selectedBefore: MachineID?
    var before = FinderQuery()

    var query: FinderQuery {
        get { FinderQuery(place: place, text: field.text) }
        set {
            place = newValue.place
            field.set(newValue.text)
        }
    }
    var isActive: Bool { !query.needles.isEmpty }
}

/// What is looked for, and where.
struct FinderQuery: Equatable, Sendable {
    var place = Finder.Place.facts
    var text = ""

    /// Of facts every word must be somewhere; of a screen the whole text must stand in one line.
    var needles: [String] {
        switch place {
        case .facts: text.lowercased().split(separator: " ").map(String.init)
        case .screens: text.isEmpty ? [] : [text.lowercased()]
        }
    }
}

extension Model {
    /// Whose pictures must be known for the search to find something.
    var screensToSearch: [MachineID] {
        guard page == .machines, finder.place == .screens, finder.isTyping || finder.isActive else { return [] }
        return liveMachines.map(\.id)
    }

    /// Rows carry lines of screens in place of figures.
    var isSearchingScreens: Bool { finder.place == .screens && (finder.isTyping || finder.isActive) }

    func isShown(_ machine: MachineSummary) -> Bool {
        let needles = finder.query.needles
        guard !needles.isEmpty else { return true }
        if finder.place == .screens { return foundLine(machine) != nil }
        let words = ([machine.name, machine.state.rawValue, self.words(machine.state), machine.notes] + machine.tags).map { $0.lowercased() }
        return needles.allSatisfy { needle in words.contains { $0.contains(needle) } }
    }

    /// The lowest line of its screen that holds what is looked for; while nothing is typed yet, the lowest that is not blank.
    func foundLine(_ machine: MachineSummary) -> String? {
        guard case .text(let text) = pictures[machine.id], text.columns > 0, text.cells.count >= text.columns * text.rows else { return nil }
        let alphabet = alphabet(of: text)
        let needle = finder.query.needles.first
        for row in stride(from: text.rows - 1, through: 0, by: -1) {
            let cells = text.cells[(row * text.columns)..<((row + 1) * text.columns)]
            let line = cells.reduce(into: "") { $0 += alphabet[$1.glyph] }
            let trimmed = Model.trimmed(line)
            if let needle { if line.lowercased().contains(needle) { return trimmed } } else if !trimmed.isEmpty { return trimmed }
        }
        return nil
    }

    // MARK: Keys

    /// `/`: the line above the footer becomes a field.
    mutating func openFinder(_ place: Finder.Place) {
        finder.before = finder.query
        finder.selectedBefore = selected
        if finder.place != place { finder.query = FinderQuery(place: place) }
        finder.isTyping = true
        keepSelection()
    }

    mutating func pressInFinder(_ key: Key) -> [Effect] {
        switch (key.code, key.control) {
        case (.escape, _), (.character("c"), true):
            clearFinder()
            if let id = finder.selectedBefore, machine(id) != nil { selected = id }
            keepListWindow()
        case (.enter, _):
            finder.isTyping = false
            noteFilter(from: finder.before)
        case (.tab, _): completeFilter()
        case (.up, _): move(.up)
        case (.down, _): move(.down)
        case (.pageUp, _): move(.pageUp)
        case (.pageDown, _): move(.pageDown)
        case (.function(1), _): help = HelpState(page: page)
        case (.character("p"), true): palette = Palette()
        case (.character("l"), true): return [.redraw]
        case (.character("z"), true): return [.suspend]
        case (.character("/"), false) where finder.place == .facts && finder.field.text.isEmpty:
            finder.place = .screens
            keepSelection()
        case (.backspace, _) where finder.field.text.isEmpty:
            if finder.place == .screens { finder.place = .facts } else { finder.isTyping = false }
            keepSelection()
        default:
            if finder.field.handle(key) { keepSelection() }
        }
        return []
    }

    mutating func clearFinder() {
        let before = finder.isTyping ? finder.before : finder.query
        finder.isTyping = false
        finder.query = FinderQuery()
        noteFilter(from: before)
        keepSelection()
    }

    private mutating func noteFilter(from old: FinderQuery) {
        let new = finder.query
        guard new != old else { return }
        undo.record(words("the filter"), back: [.filter(old)], forth: [.filter(new)])
    }

    /// If what was selected is not shown any more, the first row that is takes the selection.
    mutating func keepSelection() {
        let listed = listed
        if !listed.contains(where: { $0.id == selected }), let first = listed.first { selected = first.id }
        if !detailTabs.contains(detailTab) { detailTab = .summary }
        keepListWindow()
    }

    /// Adds to the last word what all names, tags and states allow that begin so.
    private mutating func completeFilter() {
        guard finder.place == .facts, let word = finder.field.text.split(separator: " ", omittingEmptySubsequences: false).last, !word.isEmpty
        else { return }
        let typed = word.lowercased()
        let candidates = machines.flatMap { [$0.name, $0.state.rawValue, words($0.state)] + $0.tags }.filter { $0.lowercased().hasPrefix(typed) }
        guard var common = candidates.first.map({ Array($0.lowercased()) }) else { return }
        for candidate in candidates {
            let letters = Array(candidate.lowercased())
            common = Array(zip(common, letters).prefix { $0 == $1 }.map(\.0))
        }
        guard common.count > word.count else { return }
        finder.field.set(finder.field.text.dropLast(word.count) + String(common))
        keepSelection()
    }

    // MARK: The line being typed

    func drawFinder(on frame: inout Frame) {
        let y = frame.height - 2
        frame.fill(Rect(0, y, frame.width, 1), .text)
        let start = frame.put(finder.place == .screens ? "//" : "/", 1, y, .role(.key))
        let hint =
            finder.place == .screens ? words("text on the screens of machines that live") : words("name, tag, state, note; // searches screens")
        let isWide = frame.width >= 76
        let end = isWide ? 22 : frame.width - 10
        let (text, cursor) = finder.field.window(max(1, end - start - 1))
        frame.put(text, start, y)
        frame.cursor = Point(start + cursor, y)
        let count = words("%1 of %2", listed.count, machines.count)
        if isWide {
            frame.put(count, 23, y, .muted)
            frame.put(hint, 33, y, .muted, width: frame.width - 34)
        } else {
            frame.putRight(count, right: frame.width - 1, y, .muted)
        }
    }

    /// What stands on the shelf while a filter holds.
    var finderNote: String {
        guard finder.isActive, !finder.isTyping else { return "" }
        return (finder.place == .screens ? "//" : "/") + Text.clipped(finder.query.text, to: 20) + "  "
            + words("%1 of %2", listed.count, machines.count)
    }
}

extension Frame {
    /// Shows where a text stands in a part of a row; letters are compared without regard to case.
    mutating func highlight(_ needles: [String], from start: Int, to end: Int, _ y: Int) {
        let columns = (max(0, start)..<max(0, start, end)).filter { !self[$0, y].text.isEmpty }
        let letters = columns.map { self[$0, y].text.lowercased() }
        for needle in needles.map({ $0.map { Text.cell(of: $0).text.lowercased() } }) where !needle.isEmpty && needle.count <= letters.count {
            for index in 0...(letters.count - needle.count) where Array(letters[index..<(index + needle.count)]) == needle {
                for column in columns[index..<(index + needle.count)] { self[column, y].style = .role(.match) }
            }
        }
    }
}
