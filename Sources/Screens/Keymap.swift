import Contract
import TUI

/// What a key can ask for. One table feeds the handlers, the footer, the help and the palette. Raw values are the names in the user's key file.
package enum Action: String, CaseIterable, Sendable {
    case open, start, pause, save, power, turnOff, reset, discard, new, edit, clone, delete, media, sendKeys, tags
    case up, down, first, last, pageUp, pageDown, previousTab, nextTab, left, right
    case machines, wall, load, jobs, log
    case mark, markAll, filter, searchScreens, nextMatch, previousMatch, sort, reverseSort, larger, smaller, follow, copy, write, interval
    case cpuPanel, memoryPanel, diskPanel, undo, redo, runAgain
    case palette, settings, theme, help, snapshot, cancel, quit, redraw, suspend
}

struct Binding: Equatable, Sendable {
    enum Group: Sendable { case look, act }
    /// Who chose the keys.
    enum Origin: Equatable, Sendable { case house, settings, file(line: Int) }
    var action: Action
    var keys: [Key]
    var group: Group
    /// Where the keys mean this; empty: on every page that has no text to type.
    var pages: [Model.Page]
    /// In the footer.
    var word: String
    /// In the help and in the palette.
    var name: String
    var origin = Origin.house
    init(_ action: Action, _ keys: [Key], _ group: Group, _ word: String, _ name: String, on pages: [Model.Page] = []) {
        (self.action, self.keys, self.group, self.word, self.name, self.pages) = (action, keys, group, word, name, pages)
    }
    /// Empty where the user took all its keys away.
    var label: String { keys.first?.label ?? "" }
    func applies(on page: Model.Page) -> Bool { pages.isEmpty || pages.contains(page) }
}

/// Which key means what, on which page.
package struct Keymap: Equatable, Sendable {
    var bindings = Keymap.standard
    package init() {}

    /// As the house has it.
    static let standard: [Binding] = [
        Binding(.open, [.enter], .look, "console", "console, start or report"),
        Binding(.up, [.up, .character("k")], .look, "select", "select the one above"),
        Binding(.down, [.down, .character("j")], .look, "select", "select the one below"),
        Binding(.first, [.home, .character("g")], .look, "first", "first"),
        Binding(.last, [.end, .character("G")], .look, "last", "last"),
        Binding(.pageUp, [.pageUp, .control("u")], .look, "page", "page up"),
        Binding(.pageDown, [.pageDown, .control("d")], .look, "page", "page down"),
        Binding(.left, [.left, .character("h")], .look, "move", "tile to the left", on: [.wall]),
        Binding(.right, [.right, .character("l")], .look, "move", "tile to the right", on: [.wall]),
        Binding(.nextTab, [.character("]"), .tab, .right], .look, "tab", "next detail tab", on: [.machines, .report]),
        Binding(.previousTab, [.character("["), .backTab, .left], .look, "tab", "previous detail tab", on: [.machines, .report]),
        Binding(.machines, [.character("1")], .look, "machines", "machines"),
        Binding(.wall, [.character("2")], .look, "wall", "wall of screens"),
        Binding(.load, [.character("3")], .look, "load", "load"),
        Binding(.jobs, [.character("4")], .look, "jobs", "jobs"),
        Binding(.log, [.character("5"), .function(3)], .look, "log", "log"),
        Binding(.mark, [.character(" ")], .look, "mark", "mark", on: [.machines, .wall]),
        Binding(.markAll, [.character("a")], .look, "mark all", "mark all shown", on: [.machines]),
        Binding(.filter, [.character("/")], .look, "filter", "filter", on: [.machines, .wall, .log, .jobs]),
        Binding(.nextMatch, [.character("n")], .look, "next error", "next error", on: [.log]),
        Binding(.previousMatch, [.character("N")], .look, "previous error", "previous error", on: [.log]),
        Binding(.sort, [.character("o")], .look, "sort", "sort by the next column", on: [.machines, .load]),
        Binding(.reverseSort, [.character("O")], .look, "reverse", "reverse the order", on: [.machines, .load]),
        Binding(.larger, [.character("+")], .look, "larger", "pane or tile larger", on: [.machines, .wall]),
        Binding(.smaller, [.character("_")], .look, "smaller", "pane or tile smaller", on: [.machines, .wall]),
        Binding(.follow, [.character("f")], .look, "follow", "follow the newest", on: [.log]),
        Binding(.interval, [.character("i")], .look, "interval", "seconds between figures", on: [.load]),
        Binding(.cpuPanel, [.character("c")], .look, "CPU", "CPU panel", on: [.load]),
        Binding(.memoryPanel, [.character("m")], .look, "memory", "memory panel", on: [.load]),
        Binding(.diskPanel, [.character("d")], .look, "disk", "disk panel", on: [.load]),
        Binding(.copy, [.character("y")], .look, "copy", "copy address or line", on: [.machines, .log]),
        Binding(.palette, [.character(":"), .control("p"), .function(9)], .look, "more", "every command"),
        Binding(.settings, [.character(",")], .look, "settings", "settings"),
        Binding(.theme, [.character("t")], .look, "theme", "themes"),
        Binding(.help, [.character("?"), .function(1)], .look, "help", "help"),
        Binding(.quit, [.character("q"), .function(10)], .look, "quit", "back, or quit"),
        Binding(.snapshot, [.control("y")], .look, "picture", "picture of this screen"),
        Binding(.redraw, [.control("l")], .look, "redraw", "draw everything again"),
        Binding(.suspend, [.control("z")], .look, "suspend", "suspend"),
        Binding(.cancel, [.control("c")], .look, "cancel", "cancel job, or quit"),
        Binding(.start, [.character("S"), .function(5)], .act, "start", "start", on: [.machines, .wall, .report]),
        Binding(.pause, [.character("P"), .function(6)], .act, "pause", "pause, resume", on: [.machines, .wall]),
        Binding(.save, [.character("V"), .function(7)], .act, "save", "save state", on: [.machines, .wall]),
        Binding(.power, [.character("B"), .function(8)], .act, "power", "power button", on: [.machines, .wall]),
        Binding(.turnOff, [.character("T")], .act, "turn off", "turn off", on: [.machines, .wall]),
        Binding(.reset, [.character("R")], .act, "reset", "reset", on: [.machines, .wall]),
        Binding(.runAgain, [.character("R")], .act, "run again", "run again", on: [.jobs]),
        Binding(.discard, [.character("X")], .act, "discard", "discard saved state", on: [.machines]),
        Binding(.media, [.character("M"), .function(4)], .act, "media", "change CD, floppy", on: [.machines, .wall]),
        Binding(.sendKeys, [.character("K")], .act, "send keys", "send keys", on: [.machines, .wall]),
        Binding(.new, [.character("N"), .insert], .act, "new machine", "new machine", on: [.machines, .wall]),
        Binding(.edit, [.character("E"), .function(2)], .act, "edit", "edit", on: [.machines, .wall, .report]),
        Binding(.clone, [.character("C")], .act, "clone", "clone", on: [.machines]),
        Binding(.delete, [.character("D"), .delete], .act, "delete", "delete", on: [.machines]),
        Binding(.tags, [.character("#")], .act, "tags", "tags", on: [.machines]),
        Binding(.write, [.character("W")], .act, "to file", "write to a file", on: [.load, .log, .report]),
        Binding(.undo, [.character("u")], .act, "undo", "undo"),
        Binding(.redo, [.control("r")], .act, "redo", "redo"),
    ]

    func action(_ key: Key, on page: Model.Page) -> Action? {
        bindings.first { $0.keys.contains(key) && $0.applies(on: page) }?.action
    }

    /// The key to name where an action is spoken of.
    func label(_ action: Action) -> String { binding(action)?.label ?? "" }

    func binding(_ action: Action) -> Binding? { bindings.first { $0.action == action } }

    /// The footer's words for these actions, those that work now.
    static func hints(_ actions: [Action], _ model: Model) -> [Hint] {
        actions.compactMap { action in
            guard let binding = model.keymap.binding(action), !binding.keys.isEmpty, binding.applies(on: model.page),
                model.obstacle(to: action) == nil
            else { return nil }
            var word = binding.word
            if action == .open { word = model.selectedMachine.map { $0.openWord } ?? word }
            if action == .pause, model.selectedMachine?.state == .paused { word = "resume" }
            return Hint(binding.label, model.words(word))
        }
    }
}

extension MachineSummary {
    /// What Enter does.
    var openWord: String {
        switch state {
        case .off: fetch == nil ? "start" : "fetch and start"
        case .saved: "restore"
        case .crashed: report == nil ? "start" : "report"
        default: "console"
        }
    }
}
