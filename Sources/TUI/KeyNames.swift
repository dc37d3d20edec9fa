extension Key {
    /// The key that a label names: `k`, `G`, `Ctrl-P`, `Alt-x`, `F5`, `PgUp`, `Space`. Nil where there is no such key.
    package init?(label: String) {
        var rest = label[...]
        var control = false, alt = false, shift = false
        while true {
            if rest.hasPrefix("Ctrl-"), rest.count > 5, !control {
                control = true
                rest = rest.dropFirst(5)
            } else if rest.hasPrefix("Alt-"), rest.count > 4, !alt {
                alt = true
                rest = rest.dropFirst(4)
            } else if rest.hasPrefix("Shift-"), rest.count > 6, rest != "Shift-Tab", !shift {
                shift = true
                rest = rest.dropFirst(6)
            } else {
                break
            }
        }
        guard let code = Key.code(named: rest, control: control) else { return nil }
        self.init(code, control: control, alt: alt, shift: shift)
    }

    private static func code(named name: Substring, control: Bool) -> Code? {
        if let named = named[String(name)] { return named }
        if name.first == "F", let number = Int(name.dropFirst()), (1...24).contains(number), name == "F\(number)" { return .function(number) }
        guard name.count == 1, let character = name.first, Text.cell(of: character).text == String(character) else { return nil }
        // With Control held the small letter is meant.
        return .character(control ? character.lowercased().first ?? character : character)
    }

    private static let named: [String: Code] = [
        "Space": .character(" "), "Enter": .enter, "Esc": .escape, "Tab": .tab, "Shift-Tab": .backTab, "Backspace": .backspace, "Del": .delete,
        "Ins": .insert, "Up": .up, "Down": .down, "Left": .left, "Right": .right, "Home": .home, "End": .end, "PgUp": .pageUp, "PgDn": .pageDown,
    ]
}
