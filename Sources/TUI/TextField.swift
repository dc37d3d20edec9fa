/// One line being typed: the text and where the next character goes.
package struct TextField: Equatable, Sendable {
    package var text: String { didSet { position = min(position, text.count) } }
    /// Graphemes before the insertion point.
    package private(set) var position: Int
    package static let longest = 4096

    package init(_ text: String = "") {
        self.text = text
        position = text.count
    }

    package mutating func set(_ text: String) {
        self.text = text
        position = text.count
    }

    package mutating func insert(_ typed: String) {
        let clean = typed.filter { character in character.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control } }
        guard text.count + clean.count <= TextField.longest else { return }
        let before = text.count
        text.insert(contentsOf: clean, at: index(position))
        // A mark joins the grapheme before it, so the count may grow by less than was typed.
        position = min(text.count, position + max(0, text.count - before))
    }

    /// True when the key was one for editing.
    package mutating func handle(_ key: Key) -> Bool {
        if let typed = key.typed {
            insert(String(typed))
            return true
        }
        switch (key.code, key.control) {
        case (.backspace, _):
            if position > 0 {
                position -= 1
                text.remove(at: index(position))
            }
        case (.delete, _), (.character("d"), true):
            if position < text.count { text.remove(at: index(position)) }
        case (.left, false): position = max(0, position - 1)
        case (.right, false): position = min(text.count, position + 1)
        case (.home, _), (.character("a"), true): position = 0
        case (.end, _), (.character("e"), true): position = text.count
        case (.character("u"), true):
            text.removeSubrange(..<index(position))
            position = 0
        case (.character("k"), true): text.removeSubrange(index(position)...)
        case (.character("w"), true):
            var start = position
            let characters = Array(text)
            while start > 0, characters[start - 1] == " " { start -= 1 }
            while start > 0, characters[start - 1] != " ", characters[start - 1] != "/" || start == position { start -= 1 }
            text.removeSubrange(index(start)..<index(position))
            position = start
        default: return false
        }
        return true
    }

    private func index(_ position: Int) -> String.Index {
        text.index(text.startIndex, offsetBy: max(0, position), limitedBy: text.endIndex) ?? text.endIndex
    }

    /// The part that fits, with the insertion point in it, and where that stands.
    package func window(_ width: Int) -> (text: String, cursor: Int) {
        guard width > 0 else { return ("", 0) }
        let characters = Array(text)
        var start = 0
        while start < position, Text.width(String(characters[start..<position])) > width - 1 { start += 1 }
        var end = start, used = 0
        while end < characters.count {
            let next = Text.cell(of: characters[end]).width
            if used + next > width { break }
            used += next
            end += 1
        }
        return (String(characters[start..<end]), Text.width(String(characters[start..<position])))
    }
}
