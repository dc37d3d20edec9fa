/// A key as a terminal reports it.
package struct Key: Hashable, Sendable {
    package enum Code: Hashable, Sendable {
        /// As typed: a capital is the capital letter. With Control held it is the small letter.
        case character(Character)
        case enter, escape, tab, backTab, backspace, delete, insert, up, down, left, right, home, end, pageUp, pageDown
        case function(Int)
    }
    package var code: Code
    package var control = false
    package var alt = false
    package var shift = false

    package init(_ code: Code, control: Bool = false, alt: Bool = false, shift: Bool = false) {
        (self.code, self.control, self.alt, self.shift) = (code, control, alt, shift)
    }
    package static func character(_ character: Character) -> Key { Key(.character(character)) }
    package static func control(_ character: Character) -> Key { Key(.character(character), control: true) }
    package static func function(_ number: Int) -> Key { Key(.function(number)) }
    package static let enter = Key(.enter), escape = Key(.escape), tab = Key(.tab), backTab = Key(.backTab), backspace = Key(.backspace)
    package static let delete = Key(.delete), insert = Key(.insert), up = Key(.up), down = Key(.down), left = Key(.left), right = Key(.right)
    package static let home = Key(.home), end = Key(.end), pageUp = Key(.pageUp), pageDown = Key(.pageDown)

    /// The character that it types, where it types one.
    package var typed: Character? {
        if case .character(let character) = code, !control, !alt { character } else { nil }
    }

    /// As the footer and the help name it.
    package var label: String {
        let base: String
        switch code {
        case .character(" "): base = "Space"
        case .character(let character): base = control ? character.uppercased() : String(character)
        case .enter: base = "Enter"
        case .escape: base = "Esc"
        case .tab: base = "Tab"
        case .backTab: base = "Shift-Tab"
        case .backspace: base = "Backspace"
        case .delete: base = "Del"
        case .insert: base = "Ins"
        case .up: base = "Up"
        case .down: base = "Down"
        case .left: base = "Left"
        case .right: base = "Right"
        case .home: base = "Home"
        case .end: base = "End"
        case .pageUp: base = "PgUp"
        case .pageDown: base = "PgDn"
        case .function(let number): base = "F\(number)"
        }
        return (control ? "Ctrl-" : "") + (alt ? "Alt-" : "") + (shift ? "Shift-" : "") + base
    }
}

package struct MouseEvent: Hashable, Sendable {
    package enum Kind: Hashable, Sendable { case press, release, motion, wheelUp, wheelDown }
    package var kind: Kind
    /// 1 left, 2 middle, 3 right; 0 none.
    package var button: Int
    package var x, y: Int
    package var control = false
    package init(kind: Kind, button: Int, x: Int, y: Int) { (self.kind, self.button, self.x, self.y) = (kind, button, x, y) }
}

/// What comes from a terminal.
package enum TerminalEvent: Hashable, Sendable {
    case key(Key)
    /// A bracketed paste.
    case paste(String)
    case mouse(MouseEvent)
    case answer(TerminalAnswer)
    /// Answers of the terminal: its ground, 0x00RRGGBB (OSC 11), and where its cursor stands.
    case background(UInt32)
    case cursor(Point)
    case resize(Size)
    /// Someone asked the process to stop (SIGTSTP), or it was resumed and must draw everything.
    case suspend, resumed
    /// The signal that asks the process to end; a terminal that is gone counts as SIGHUP.
    case terminate(Int32)
}
