import TUI

/// What the help says beside the table of keys.
enum PageHelp {
    /// Actions that stand in one line.
    static let families: [(actions: [Action], words: String)] = [
        ([.down, .up], "select; or Down, Up"), ([.first, .last], "first, last"), ([.pageUp, .pageDown], "page up, down"),
        ([.left, .right], "move; or the arrows"), ([.previousTab, .nextTab], "detail tab"),
        ([.machines, .wall, .load, .jobs, .log], "views"), ([.mark, .markAll], "mark, mark all"),
        ([.nextMatch, .previousMatch], "next, previous error"), ([.sort, .reverseSort], "sort by, reverse"),
        ([.larger, .smaller], "larger, smaller"), ([.cpuPanel, .memoryPanel, .diskPanel], "CPU, memory, disk"),
        ([.theme, .settings], "themes, settings"), ([.undo, .redo], "undo, redo"),
    ]

    /// What a binding does on a page, where that is not the same everywhere.
    static func words(_ binding: Binding, on page: Model.Page) -> String {
        switch (binding.action, page) {
        case (.open, .log): "its machine or report"
        case (.open, .jobs): "its machine"
        case (.copy, .log): "copy the line"
        case (.copy, .machines): "copy its address"
        default: binding.name
        }
    }

    /// Keys that a page handles itself, where text is typed.
    static func keys(_ page: Model.Page) -> [(String, String)] {
        switch page {
        case .form, .wizard:
            [
                ("Tab  Down", "next field"), ("Shift-Tab  Up", "previous field"), ("Left  Right", "another choice"), ("Space", "on, off"),
                ("Enter", "next; on a button, do it"), ("Ctrl-U", "empty the field"), ("Ctrl-S", "save"), ("F3", "raw file in $EDITOR"),
                ("Ctrl-P", "every command"), ("Esc", "old value, then cancel"),
            ]
        case .theme:
            [("Up  Down", "try a theme"), ("Enter", "keep it"), ("Esc", "the old one back")]
        case .settings:
            [
                ("Up  Down", "choose a line"), ("Left  Right", "another value"), ("Enter", "next value; a key: press the new one"),
                ("Del", "as it was at first"), ("Esc", "back"),
            ]
        default: []
        }
    }

    static func legend(_ page: Model.Page) -> [String] {
        switch page {
        case .machines:
            [
                "● running   ‖ paused   ■ off   ◆ saved   » starting   « stopping   ✖ crashed",
                "3h: for three hours in this state  Mem MB: resident / configured",
                "CPU %: of one host CPU             MIPS: million guest instructions a second",
                "Screen: VNC port, viewers          Hold Shift to select text with the mouse",
            ]
        case .wall:
            ["A tile shows the corner of the screen that holds the cursor, or the picture", "scaled to fit. Keys go to the list until Enter zooms."]
        case .load:
            [
                "used%: what it got   want%: what it would take   cut%: withheld by its cap",
                "All of one host CPU. MIPS: million guest instructions a second.",
            ]
        case .jobs:
            ["» goes on   · waits   ✓ done   ✖ failed   ‖ cancelled", "MB/s: over the last seconds   Left: at that rate"]
        case .log:
            ["✖ error   ! warning   Times are local; the newest stands last."]
        case .report:
            ["What the machine was when it stopped: registers, code, screen."]
        case .console:
            ["All other keys are the guest's. Hold Shift to select text with the mouse."]
        default: []
        }
    }

    /// Keys that a page without a table of its own shares with the others.
    static func everywhere(_ model: Model, _ page: Model.Page) -> [(String, String)] {
        guard page == .theme || page == .settings else { return [] }
        return [Action.palette, .help, .quit, .cancel].compactMap { action in
            model.keymap.binding(action).map { ($0.keys.prefix(2).map(\.label).joined(separator: "  "), $0.name) }
        }
    }
}
