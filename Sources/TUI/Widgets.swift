/// A key and what it does, as a footer says it.
package struct Hint: Equatable, Sendable {
    package var key, word: String
    package init(_ key: String, _ word: String) { (self.key, self.word) = (key, word) }
}

package struct Button: Equatable, Sendable {
    package var label: String
    package var isEnabled: Bool
    package init(_ label: String, isEnabled: Bool = true) { (self.label, self.isEnabled) = (label, isEnabled) }
}

extension Frame {
    /// A row of key names and words; what does not fit is left out from the middle, so that the last two stay.
    package mutating func footer(_ hints: [Hint], y: Int, width: Int? = nil) {
        var hints = hints
        let width = width ?? self.width
        func needed() -> Int { hints.reduce(1) { $0 + Text.width($1.key) + 1 + Text.width($1.word) + 2 } - 2 }
        while hints.count > 1, needed() > width - 1 { hints.remove(at: max(0, hints.count - 3)) }
        var x = 1
        for hint in hints {
            let start = x
            x = put(hint.key, x, y, .role(.key))
            x = put(hint.word, x + 1, y, .muted) + 2
            if let key = Frame.key(named: hint.key) { mark(Rect(start, y, x - 2 - start, 1), .key(key)) }
        }
    }

    /// The key that a hint names, where it names one.
    private static func key(named name: String) -> Key? {
        if name.count == 1, let character = name.first { return .character(character) }
        if name.hasPrefix("Ctrl-"), name.count == 6, let character = name.lowercased().last { return .control(character) }
        if name.first == "F", let number = Int(name.dropFirst()) { return .function(number) }
        let others: [Key] = [
            .enter, .escape, .tab, .backTab, .backspace, .delete, .insert, .up, .down, .left, .right, .home, .end, Key(.pageUp), Key(.pageDown),
            .character(" "),
        ]
        return others.first { $0.label == name }
    }

    /// A shelf: a rule with tabs on it, the active one in `┤ ├`.
    package mutating func shelf(_ tabs: [String], active: Int?, y: Int, x: Int = 0, width: Int? = nil, note: String = "", focused: Bool = false) {
        let right = x + (width ?? self.width - x)
        fill(Rect(x, y, right - x, 1), .role(.rule), "─")
        var column = x + 1
        for (index, tab) in tabs.enumerated() {
            guard column + Text.width(tab) + 4 <= right else { break }
            if index == active {
                column = put("┤", column, y, .role(.rule))
                column = put(" \(tab) ", column, y, focused ? .role(.accent) : .muted)
                column = put("├", column, y, .role(.rule))
            } else {
                // As wide as with its marks, so that no tab moves when another becomes the active one.
                column = put(" \(tab) ", column + 1, y, .muted) + 1
            }
        }
        if !note.isEmpty, Text.width(note) + 3 < right - column { putRight(" \(note) ", right: right - 1, y, .muted) }
    }

    /// Clears a place one cell wider than its frame at both sides, draws the frame and its title.
    @discardableResult
    package mutating func box(_ rect: Rect, title: String, note: String = "", dialog: Bool = true) -> Rect {
        let rule: Style = dialog ? .dialog(.rule) : .role(.rule), words: Style = dialog ? .dialog(.accent) : .muted
        if dialog {
            fill(Rect(rect.x - 1, rect.y, rect.width + 2, rect.height), .dialog(.text))
        } else {
            fill(rect, .text)
        }
        guard rect.width >= 2, rect.height >= 2 else { return rect }
        fill(Rect(rect.x + 1, rect.y, rect.width - 2, 1), rule, "─")
        fill(Rect(rect.x + 1, rect.bottom - 1, rect.width - 2, 1), rule, "─")
        fill(Rect(rect.x, rect.y + 1, 1, rect.height - 2), rule, "│")
        fill(Rect(rect.right - 1, rect.y + 1, 1, rect.height - 2), rule, "│")
        put("┌", rect.x, rect.y, rule)
        put("┐", rect.right - 1, rect.y, rule)
        put("└", rect.x, rect.bottom - 1, rule)
        put("┘", rect.right - 1, rect.bottom - 1, rule)
        if !title.isEmpty { put(" " + Text.clipped(title, to: rect.width - 6) + " ", rect.x + 1, rect.y, words) }
        if !note.isEmpty, Text.width(note) + Text.width(title) + 8 <= rect.width {
            putRight(" \(note) ", right: rect.right - 2, rect.y, dialog ? .dialog(.muted) : .muted)
        }
        return rect.inset(1, 1)
    }

    /// `[ text  ]`: the width counts the brackets.
    package mutating func field(
        _ field: TextField, _ x: Int, _ y: Int, width: Int, focused: Bool, error: Bool = false, dialog: Bool = false
    ) {
        let plain: Style = dialog ? .dialog(.text) : .text
        put("[", x, y, plain)
        put("]", x + width - 1, y, plain)
        let inner = max(0, width - 4)
        fill(Rect(x + 1, y, width - 2, 1), .role(.field))
        if focused {
            let (text, cursor) = field.window(inner + 1)
            put(text, x + 2, y, .role(.field))
            self.cursor = Point(x + 2 + cursor, y)
        } else {
            put(Text.middleClipped(field.text, to: inner), x + 2, y, error ? .role(.error) : .role(.field))
        }
    }

    /// `‹ value ›`
    package mutating func choice(_ value: String, _ x: Int, _ y: Int, width: Int, focused: Bool, dialog: Bool = false) {
        let plain: Style = dialog ? .dialog(.text) : .text
        let style: Style = focused ? .role(.selected) : plain
        fill(Rect(x, y, width, 1), style)
        put("‹", x, y, style)
        put("›", x + width - 1, y, style)
        put(value, x + 2, y, style, width: max(0, width - 4))
    }

    /// `[✓] label`
    package mutating func check(_ on: Bool, _ label: String, _ x: Int, _ y: Int, focused: Bool) {
        let style: Style = focused ? .role(.selected) : .text
        put(on ? "[✓] " : "[ ] ", x, y, style)
        put(label, x + 4, y, style)
    }

    /// `[▸Focused ] [ Other ] ( Disabled )`
    package mutating func buttons(_ buttons: [Button], focus: Int?, _ x: Int, _ y: Int, dialog: Bool = true) {
        var x = x
        for (index, button) in buttons.enumerated() {
            if !button.isEnabled {
                x = put("( \(button.label) )", x, y, dialog ? .dialog(.muted) : .muted) + 2
            } else if index == focus {
                x = put("[▸\(button.label) ]", x, y, .role(.selected)) + 2
            } else {
                x = put("[ \(button.label) ]", x, y, dialog ? .dialog(.text) : .text) + 2
            }
        }
    }

    /// `━━━╸───`
    package mutating func bar(_ fraction: Double, _ x: Int, _ y: Int, width: Int, selected: Bool = false) {
        let halves = Int(max(0, min(1, fraction.isFinite ? fraction : 0)) * Double(width * 2))
        let done: Style = .role(selected ? .selected : .busy)
        fill(Rect(x, y, width, 1), .role(selected ? .selected : .rule), "─")
        fill(Rect(x, y, halves / 2, 1), done, "━")
        if halves % 2 == 1 { put("╸", x + halves / 2, y, done) }
    }

    /// The newest samples at the right; 0...100.
    package mutating func sparkline(_ samples: some BidirectionalCollection<Double>, _ x: Int, _ y: Int, width: Int, selected: Bool = false) {
        let shown = Array(samples.suffix(width))
        for (index, sample) in shown.enumerated() {
            let value = sample.isFinite ? max(0, min(100, sample)) : 0
            let role: Role = value > 85 ? .graphHigh : value > 50 ? .graphMid : .graphLow
            put(Frame.ramp[min(7, Int(value / 12.5))], x + width - shown.count + index, y, .role(selected ? .selected : role))
        }
    }

    private static let ramp = Array("▁▂▃▄▅▆▇█").map(String.init)
}

/// Which rows of a list are shown so that the selected one is among them.
package enum ListWindow {
    package static func top(_ top: Int, selected: Int?, rows: Int, count: Int) -> Int {
        guard rows > 0 else { return 0 }
        var top = max(0, min(top, count - rows))
        if let selected {
            if selected < top { top = selected }
            if selected >= top + rows { top = selected - rows + 1 }
        }
        return max(0, top)
    }
}
