import TUI

struct HelpState: Equatable, Sendable {
    var page: Model.Page
    var top = 0
}

extension Model {
    mutating func pressInHelp(_ key: Key) -> [Effect] {
        let rows = max(1, size.height - 4), count = helpLines(size.width).count
        switch key {
        case .up, .character("k"): help?.top -= 1
        case .down, .character("j"): help?.top += 1
        case .pageUp: help?.top -= rows
        case .pageDown, .character(" "): help?.top += rows
        case .escape, .enter, .character("q"), .character("?"), .function(1), .control("c"): help = nil
        default: break
        }
        if let top = help?.top { help?.top = max(0, min(top, count - rows)) }
        return []
    }

    enum HelpLine {
        case shelf(String, note: String)
        /// Keys, words and the reason against, for one or two columns.
        case keys([(key: String, text: String, obstacle: String)])
        case text(String)
        case states([String])
    }

    func helpLines(_ width: Int) -> [HelpLine] {
        func pairs(_ entries: [(key: String, text: String, obstacle: String)]) -> [HelpLine] {
            guard width >= 76 else { return entries.map { .keys([$0]) } }
            let half = (entries.count + 1) / 2
            return (0..<half).map { row in .keys([entries[row]] + (row + half < entries.count ? [entries[row + half]] : [])) }
        }
        func entries(_ group: Binding.Group) -> [(key: String, text: String, obstacle: String)] {
            Keymap.bindings.filter { $0.group == group }.map { binding in
                (
                    binding.keys.prefix(2).map(\.label).joined(separator: "  "), binding.name,
                    group == .act ? obstacle(to: binding.action)?.short ?? "" : ""
                )
            }
        }
        var lines: [HelpLine] = [.shelf("Look", note: "")] + pairs(entries(.look))
        lines += [.shelf("Act", note: selectedMachine.map { "on \($0.name)" } ?? "")] + pairs(entries(.act))
        lines += [.shelf("Console", note: "after Ctrl-]")] + pairs(ConsoleItem.hostKey.map { ($0.label, $0.text, "") })
        lines += [
            .shelf("Reading the list", note: ""),
            .text("● running   ‖ paused   ■ off   » starting   « stopping   ✖ crashed"),
            .text("Mem MB: resident / configured      Screen: VNC port, number of viewers"),
            .text("CPU %: of one host CPU             MIPS: million guest instructions a second"),
        ]
        return lines
    }

    func drawHelp(_ state: HelpState, on frame: inout Frame) {
        frame.put("Help", 1, 0, .role(.accent))
        frame.put(state.page == .log ? "Log" : "Machines", 10, 0)
        frame.putRight("Esc closes", right: frame.width - 1, 0, .muted)
        let lines = helpLines(frame.width)
        let rows = frame.height - 3
        let top = max(0, min(state.top, lines.count - rows))
        for (row, line) in lines.dropFirst(top).prefix(rows).enumerated() {
            let y = 1 + row
            switch line {
            case .shelf(let title, let note): frame.shelf([title], active: 0, y: y, note: note)
            case .text(let text): frame.put(text, 2, y, .text, width: frame.width - 3)
            case .states(let states): frame.put(states.joined(separator: "   "), 2, y)
            case .keys(let columns):
                for (index, column) in columns.enumerated() {
                    let x = 2 + index * (frame.width / 2)
                    let right = columns.count == 1 ? frame.width - 1 : x + frame.width / 2 - 2
                    frame.put(column.key, x, y, .role(.key), width: 13)
                    let end = frame.put(column.text, x + 14, y, column.obstacle.isEmpty ? .text : .muted, width: right - x - 14)
                    if !column.obstacle.isEmpty { frame.putRight(Text.clipped(column.obstacle, to: right - end - 1), right: right, y, .muted) }
                }
            }
        }
        let left = lines.count - top - rows
        frame.put(left > 0 ? "\(left) more lines below" : "", 1, frame.height - 2, .muted)
        frame.footer([Hint("Up Down", "scroll"), Hint("Esc", "close")], y: frame.height - 1)
    }
}
