import TUI

/// A line that is typed on the row above the footer: a filter, a search, a path.
struct Prompt: Equatable, Sendable {
    var label: String
    var field = TextField()
    init(_ label: String, _ text: String = "") {
        self.label = label
        field.set(text)
    }
}

extension Frame {
    /// `/text_                note`
    mutating func drawPrompt(_ label: String, _ field: TextField, note: String, isTyped: Bool) {
        let y = height - 2
        fill(Rect(0, y, width, 1), .text)
        let start = put(label, 1, y, .role(.accent)), room = max(8, width - start - 3 - Text.width(note))
        let (text, cursor) = field.window(room)
        put(text, start, y)
        if isTyped { self.cursor = Point(start + cursor, y) }
        putRight(note, right: width - 1, y, .muted)
    }
}

extension Model {
    /// While text is typed only keys that type nothing are commands, and of those help and the palette are the same everywhere but in a console.
    func worksWhileTyping(_ action: Action, _ key: Key) -> Bool {
        guard page != .console, key.typed == nil, !(page == .settings && settingsState.isCapturing) else { return false }
        return action == .help || action == .palette && dialog == nil
    }

    /// A paste goes into what is typed above the page; false: nothing is.
    mutating func pasteInFinding(_ text: String) -> Bool {
        if help != nil {
            if help?.isSearching == true { help?.search.insert(text) }
            return true
        }
        guard palette != nil else { return false }
        palette?.field.insert(text)
        palette?.focus = 0
        palette?.top = 0
        return true
    }
}
