import Contract
import TUI

/// Every command by name.
struct Palette: Equatable, Sendable {
    var field = TextField()
    var focus = 0
    var top = 0
    /// Only what is for the selected machine: the menu of the right mouse button.
    var isOfSelection = false
}

/// A line of the palette.
struct PaletteEntry: Equatable, Sendable {
    enum Command: Equatable, Sendable { case action(Action), machine(MachineID), theme(Int) }
    var command: Command
    var title: String
    var keys = ""
    /// What it would act on.
    var target = ""
    /// Why it cannot be done now.
    var obstacle: Obstacle?
    var help: String
    var aliases: [String] = []
    /// Letters of the title that were typed.
    var matched: Set<Int> = []
}

extension Model {
    // MARK: What there is

    /// Everything that can be asked for, in the keymap's order, then machines and themes.
    private var paletteCommands: [PaletteEntry] {
        var entries: [PaletteEntry] = []
        let target = marks.isEmpty ? selectedMachine?.name ?? "" : words("%1 marked", marks.count)
        for binding in keymap.bindings where binding.action != .palette {
            if palette?.isOfSelection == true, !binding.action.isForMachine { continue }
            let title = words(PageHelp.words(binding, on: page))
            let labels = binding.keys.prefix(2).map(\.label).joined(separator: "  ")
            entries.append(
                PaletteEntry(
                    command: .action(binding.action), title: Language.title(title),
                    keys: labels.count <= 7 ? labels : binding.label, target: binding.action.isForMachine ? target : "",
                    obstacle: paletteObstacle(binding), help: words(binding.action.explanation),
                    aliases: binding.action.aliases + [binding.action.rawValue] + (words == .english ? [] : [binding.name])))
        }
        guard palette?.isOfSelection != true else { return entries }
        let blocked = leavingObstacle
        for machine in machines {
            let lives = machine.state == .running || machine.state == .paused
            entries.append(
                PaletteEntry(
                    command: .machine(machine.id), title: lives ? words("Console of %1", machine.name) : words("Go to %1", machine.name),
                    target: words(machine.state),
                    obstacle: blocked, help: lives ? words("Its screen, to type into.") : words("Selects it in the list."), aliases: [machine.name]))
        }
        for (index, theme) in themes.enumerated() {
            entries.append(
                PaletteEntry(
                    command: .theme(index), title: words("Theme %1", theme.name), target: index == self.theme ? words("worn now") : "",
                    help: words("The whole screen wears it, from now on."), aliases: [theme.id]))
        }
        return entries
    }

    /// A form with changes in it is not left by a slip.
    private var leavingObstacle: Obstacle? {
        page == .form || page == .wizard ? Obstacle(short: words("leave this form first"), long: words("Esc leaves this form first.")) : nil
    }

    private func paletteObstacle(_ binding: Binding) -> Obstacle? {
        if binding.action.leavesForm, let blocked = leavingObstacle { return blocked }
        if !binding.applies(on: page), !binding.action.isForMachine, let only = binding.pages.first {
            return Obstacle(short: words("on %1 only", words.title(only)), long: words("it is for the page %1.", words.title(only)))
        }
        return obstacle(to: binding.action)
    }

    /// What matches, what can be done before what cannot, and the best match first.
    var paletteEntries: [PaletteEntry] {
        let typed = Fuzzy.Pattern(palette?.field.text ?? "")
        var found: [(entry: PaletteEntry, score: Int)] = []
        for var entry in paletteCommands {
            var score = 0
            if !typed.isEmpty {
                let match = typed.match(entry.title)
                let alias = entry.aliases.map { typed.score(alias: $0) }.max() ?? 0
                guard match != nil || alias > 0 else { continue }
                score = max(match?.score ?? 0, alias)
                entry.matched = match?.positions ?? []
            }
            if entry.obstacle != nil { score -= 100_000 }
            found.append((entry, score))
        }
        // The order of the table decides between equals.
        return found.enumerated().sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }.map(\.element.entry)
    }

    // MARK: Keys

    mutating func pressInPalette(_ key: Key) -> [Effect] {
        guard var state = palette else { return [] }
        let entries = paletteEntries, rows = paletteBox.rows
        switch key {
        case .escape, .control("c"):
            palette = nil
            return []
        case .enter: return entries[safe: state.focus].map { run($0) } ?? []
        case .tab: if let entry = entries[safe: state.focus] { state.field.set(entry.title) }
        case .up, .control("p"): state.focus -= 1
        case .down, .control("n"): state.focus += 1
        case .pageUp: state.focus -= rows
        case .pageDown: state.focus += rows
        case .backspace where state.field.text.isEmpty:
            palette = nil
            return []
        default: if state.field.handle(key) { (state.focus, state.top) = (0, 0) }
        }
        palette = state
        keepPaletteWindow()
        return []
    }

    mutating func keepPaletteWindow() {
        guard var state = palette else { return }
        let count = paletteEntries.count
        state.focus = max(0, min(state.focus, count - 1))
        state.top = ListWindow.top(state.top, selected: state.focus, rows: paletteBox.rows, count: count)
        palette = state
    }

    /// Does what an entry says.
    mutating func run(_ entry: PaletteEntry) -> [Effect] {
        palette = nil
        if let obstacle = entry.obstacle {
            say("\(entry.title): \(obstacle.long)")
            return []
        }
        switch entry.command {
        case .action(let action):
            guard let binding = keymap.binding(action) else { return [] }
            // What machines are told is told on a page that shows them.
            if action.isForMachine, !binding.applies(on: page) { page = .machines }
            return perform(action, binding.keys.first ?? .enter)
        case .machine(let id):
            guard let machine = machine(id) else { return [] }
            selected = id
            page = .machines
            keepListWindow()
            if machine.state == .running || machine.state == .paused { openConsole(id) }
            return []
        case .theme(let index): return wear(theme: index)
        }
    }

    private mutating func wear(theme index: Int) -> [Effect] {
        guard let chosen = themes[safe: index] else { return [] }
        theme = index
        preferences.theme = chosen.id
        say(words("Theme: %1", chosen.name))
        return [.theme(chosen.id), .keep(preferences)]
    }

    // MARK: Its picture

    var paletteBox: (rect: Rect, rows: Int) {
        let width = min(size.width - 4, 66), height = max(8, min(size.height - 4, size.height * 5 / 8))
        return (Rect((size.width - width) / 2, 2, width, height), height - 6)
    }

    func drawPalette(_ palette: Palette, on frame: inout Frame) {
        frame.mute()
        frame.unmarkAll()
        let entries = paletteEntries, (outer, rows) = paletteBox
        let title = palette.isOfSelection ? selectedMachine?.name ?? words("Command") : words("Command")
        let all = paletteCommands.count
        let box = frame.box(outer, title: title, note: entries.count == all ? "\(all)" : words("%1 of %2", entries.count, all))
        let x = box.x
        frame.put(":", x + 1, box.y, .dialog(.accent))
        let (text, cursor) = palette.field.window(box.width - 4)
        frame.put(text, x + 3, box.y, .dialog(.text))
        for y in [box.y + 1, box.bottom - 2] { frame.fill(Rect(x, y, box.width, 1), .dialog(.rule), "─") }
        // Keys and target give way where it is narrow.
        let titleWidth = box.width >= 60 ? 28 : max(10, box.width - 10), targetX = x + titleWidth + 11
        for (row, entry) in entries.dropFirst(palette.top).prefix(rows).enumerated() {
            let y = box.y + 2 + row, index = palette.top + row
            frame.mark(Rect(x, y, box.width, 1), .item(index))
            let isFocused = index == palette.focus
            func style(_ role: Role) -> Style { isFocused ? .role(.selected) : .dialog(role) }
            if isFocused {
                frame.fill(Rect(x, y, box.width, 1), .role(.selected))
                frame.put("▸", x, y, .role(.selected))
            }
            frame.put(entry.title, x + 2, y, style(entry.obstacle == nil ? .text : .muted), width: titleWidth)
            if !isFocused { frame.emphasize(entry.title, entry.matched, x + 2, y, width: titleWidth) }
            frame.put(entry.keys, x + titleWidth + 3, y, style(entry.obstacle == nil ? .key : .muted), width: 7)
            if targetX < box.right - 8 {
                frame.put(entry.obstacle?.short ?? entry.target, targetX, y, style(.muted), width: box.right - targetX)
            }
        }
        if entries.isEmpty {
            frame.put(words("Nothing is called that. Backspace takes letters back."), x + 2, box.y + 2, .dialog(.muted), width: box.width - 3)
        }
        frame.put(entries[safe: palette.focus]?.help ?? "", x + 1, box.bottom - 1, .dialog(.muted), width: box.width - 2)
        frame.cursor = Point(x + 3 + cursor, box.y)
        frame.fill(Rect(0, frame.height - 1, frame.width, 1), .text)
        frame.footer(
            [Hint("Enter", words("run")), Hint("Up Down", words("choose")), Hint("Tab", words("complete")), Hint("Esc", words("close"))],
            y: frame.height - 1)
    }
}

extension Frame {
    /// Gives the letters of a text that were typed or searched the style of a match.
    mutating func emphasize(_ text: String, _ positions: Set<Int>, _ x: Int, _ y: Int, width: Int) {
        var column = x
        for (index, character) in text.enumerated() {
            let cells = Text.cell(of: character).width
            guard column + cells <= x + width else { return }
            if positions.contains(index) { restyle(Rect(column, y, cells, 1)) { _ in .role(.match) } }
            column += cells
        }
    }
}
