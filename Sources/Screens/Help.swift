import TUI

/// The help of one page; always of the one below it.
struct HelpState: Equatable, Sendable {
    var page: Model.Page
    var top = 0
    var search = TextField()
    var isSearching = false
    init(page: Model.Page) { self.page = page }
}

extension Model {
    private var helpRows: Int { max(1, size.height - 3) }

    mutating func pressInHelp(_ key: Key) -> [Effect] {
        guard var state = help else { return [] }
        let lines = helpLines(size.width), rows = helpRows
        if state.isSearching {
            switch key {
            case .escape, .control("c"): (state.search, state.isSearching) = (TextField(), false)
            case .enter: state.isSearching = false
            case .down: state.seek(1, lines)
            case .up: state.seek(-1, lines)
            default: if state.search.handle(key) { state.seek(0, lines) }
            }
            help = state
        } else {
            switch key {
            case .up, .character("k"): state.top -= 1
            case .down, .character("j"): state.top += 1
            case .pageUp, .control("u"): state.top -= rows
            case .pageDown, .control("d"), .character(" "): state.top += rows
            case .home, .character("g"): state.top = 0
            case .end, .character("G"): state.top = lines.count
            case .character("/"): state.isSearching = true
            case .character("n"): state.seek(1, lines)
            case .character("N"): state.seek(-1, lines)
            case .escape where !state.search.text.isEmpty: state.search = TextField()
            case .escape, .enter, .character("q"), .character("?"), .function(1), .control("c"):
                help = nil
                return []
            case .character(":"), .control("p"):
                guard page != .console else { break }
                help = nil
                palette = Palette()
                return []
            case .control("l"): return [.redraw]
            case .control("z"): return [.suspend]
            default: break
            }
            help = state
        }
        help?.top = max(0, min(state.top, lines.count - rows))
        return []
    }

    enum HelpLine {
        case shelf(String, note: String)
        /// Keys, words and the reason against, for one or two columns.
        case keys([HelpEntry])
        case text(String)

        /// What a search looks through.
        var words: String {
            switch self {
            case .shelf(let title, let note): title + " " + note
            case .keys(let entries): entries.map { $0.key + " " + $0.text }.joined(separator: "\n")
            case .text(let text): text
            }
        }
    }

    struct HelpEntry {
        var key: String
        var text: String
        var obstacle = ""
    }

    /// Two columns where there is room, read down the left one first.
    private func columns(_ entries: [HelpEntry], _ width: Int) -> [HelpLine] {
        guard width >= 76 else { return entries.map { .keys([$0]) } }
        let half = (entries.count + 1) / 2
        return (0..<half).map { row in .keys([entries[row]] + (entries[safe: row + half].map { [$0] } ?? [])) }
    }

    func helpLines(_ width: Int) -> [HelpLine] {
        let page = help?.page ?? page
        var lines: [HelpLine] = []
        func add(_ title: String, note: String = "", _ entries: [HelpEntry]) {
            guard !entries.isEmpty else { return }
            lines.append(.shelf(title, note: note))
            lines += columns(entries, width)
        }
        switch page {
        case .console:
            add(words("Console"), note: words("after %1", hostKey.label), ConsoleItem.hostKey.map { HelpEntry(key: $0.label, text: $0.shown(words)) })
        case .form, .wizard, .theme, .settings:
            add(words.title(page), PageHelp.keys(page).map { HelpEntry(key: $0.0, text: $0.1 == "save" ? words.saveForm : words($0.1)) })
        default:
            add(words("Look"), helpEntries(.look, page))
            let target = marks.isEmpty ? selectedMachine.map { words("on %1", $0.name) } ?? "" : words("on %1 marked machines", marks.count)
            let acts = helpEntries(.act, page)
            let isAboutMachines = keymap.bindings.contains { $0.group == .act && $0.applies(on: page) && $0.action.isForMachine }
            add(words("Act"), note: isAboutMachines ? target : "", acts)
        }
        let legend = PageHelp.legend(page)
        if !legend.isEmpty {
            lines += [.shelf(page == .machines ? words("Reading the list") : words("Reading the page"), note: "")] + legend.map { .text(words($0)) }
        }
        if page == .form || page == .wizard { return lines }
        add(words("Everywhere"), PageHelp.everywhere(self, page).map { HelpEntry(key: $0.0, text: words($0.1)) })
        return lines
    }

    /// Bindings of a page as lines, those that belong together in one.
    private func helpEntries(_ group: Binding.Group, _ page: Page) -> [HelpEntry] {
        var told: Set<Action> = []
        var entries: [HelpEntry] = []
        for binding in keymap.bindings where binding.group == group && binding.applies(on: page) && !told.contains(binding.action) {
            if let family = PageHelp.families.first(where: { $0.actions.contains(binding.action) }) {
                told.formUnion(family.actions)
                let labels = family.actions.compactMap { action in
                    keymap.binding(action).flatMap { $0.applies(on: page) ? $0.keys.last { $0.typed != nil } ?? $0.keys.first : nil }?.label
                }
                let key = labels.count > 3 ? words("%1 to %2", labels[0], labels[labels.count - 1]) : labels.joined(separator: "  ")
                entries.append(HelpEntry(key: key, text: words(family.words)))
            } else {
                let key = binding.keys.prefix(2).map(\.label).joined(separator: "  ")
                let obstacle = obstacle(to: binding.action)?.short ?? ""
                entries.append(
                    HelpEntry(key: key.isEmpty ? words("no key") : key, text: words(PageHelp.words(binding, on: page)), obstacle: obstacle))
            }
        }
        return entries
    }

    func drawHelp(_ state: HelpState, on frame: inout Frame) {
        frame.put(words("Help"), 1, 0, .role(.accent))
        frame.put(words.title(state.page), 10, 0)
        frame.putRight(words("/ searches   Esc closes"), right: frame.width - 1, 0, .muted)
        let lines = helpLines(frame.width), rows = frame.height - 3
        let top = max(0, min(state.top, lines.count - rows))
        frame.mark(Rect(0, 1, frame.width, rows), .pane(0))
        let searched = state.search.text
        func mark(_ text: String, _ x: Int, _ y: Int, _ width: Int) {
            frame.emphasize(text, Model.places(of: searched, in: text), x, y, width: width)
        }
        for (row, line) in lines.dropFirst(top).prefix(rows).enumerated() {
            let y = 1 + row
            switch line {
            case .shelf(let title, let note): frame.shelf([title], active: 0, y: y, note: note)
            case .text(let text):
                frame.put(text, 2, y, .text, width: frame.width - 3)
                mark(text, 2, y, frame.width - 3)
            case .keys(let columns):
                for (index, column) in columns.enumerated() {
                    let x = 2 + index * (frame.width / 2)
                    let right = columns.count == 1 && frame.width < 76 ? frame.width - 1 : x + frame.width / 2 - 2
                    frame.put(column.key, x, y, .role(.key), width: 13)
                    mark(column.key, x, y, 13)
                    let end = frame.put(column.text, x + 14, y, column.obstacle.isEmpty ? .text : .muted, width: right - x - 14)
                    mark(column.text, x + 14, y, right - x - 14)
                    if !column.obstacle.isEmpty { frame.putRight(Text.clipped(column.obstacle, to: right - end - 1), right: right, y, .muted) }
                }
            }
        }
        drawHelpFooter(state, lines, below: lines.count - top - rows, on: &frame)
    }

    private func drawHelpFooter(_ state: HelpState, _ lines: [HelpLine], below: Int, on frame: inout Frame) {
        let y = frame.height - 2
        if state.isSearching || !state.search.text.isEmpty {
            let count = lines.count { !Model.places(of: state.search.text, in: $0.words).isEmpty }
            frame.drawPrompt(
                "/", state.search, note: count == 0 ? words("nothing matches") : count == 1 ? words("1 line") : words("%1 lines", count),
                isTyped: state.isSearching)
        } else if below > 0 {
            frame.put(below == 1 ? words("1 more line below") : words("%1 more lines below", below), 1, y, .muted)
        } else {
            frame.put(words("Hold Shift to select text with the mouse. Colours and keys: settings."), 1, y, .muted, width: frame.width - 2)
        }
        var hints = [Hint("/", words("search")), Hint(below > 0 ? "PgDn" : "PgUp", below > 0 ? words("more") : words("back"))]
        if state.isSearching {
            hints = [Hint("Enter", words("keep")), Hint("Up Down", words("next match"))]
        } else if !state.search.text.isEmpty {
            hints = [Hint("n", words("next")), Hint("N", words("previous"))]
        }
        if !state.isSearching, page != .console { hints.append(Hint(":", words("every command"))) }
        frame.footer(hints + [Hint("Esc", state.search.text.isEmpty ? words("close") : words("clear"))], y: frame.height - 1)
    }

    /// Positions of the letters of every place where a text holds what was searched; case does not count.
    static func places(of searched: String, in text: String) -> Set<Int> {
        let letters = searched.map { $0.lowercased() }, text = text.map { $0.lowercased() }
        var found: Set<Int> = []
        guard !letters.isEmpty, letters.count <= text.count else { return found }
        for start in 0...(text.count - letters.count) where text[start..<(start + letters.count)].elementsEqual(letters) {
            found.formUnion(start..<(start + letters.count))
        }
        return found
    }
}

extension HelpState {
    /// To the next line that matches; 0 stays where it is if that one does.
    mutating func seek(_ step: Int, _ lines: [Model.HelpLine]) {
        let matching = lines.indices.filter { !Model.places(of: search.text, in: lines[$0].words).isEmpty }
        let next = step < 0 ? matching.last { $0 < top } : matching.first { $0 >= top + step }
        if let next = next ?? (step < 0 ? matching.last : matching.first) { top = next }
    }
}
