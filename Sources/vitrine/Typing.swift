import Bus

/// Keys and characters of scripts as key codes.
enum Typing {
    /// The keys of each stroke, in the order in which they go down.
    static func strokes(for text: String) throws(CommandFailure) -> [[KeyCode]] {
        var strokes: [[KeyCode]] = []
        for character in text {
            guard let stroke = KeyCode.typing(character) else {
                throw CommandFailure("\"\(character)\" is on no key of a US keyboard; a script can type ASCII")
            }
            strokes.append(stroke)
        }
        return strokes
    }

    static func chord(_ names: [String]) throws(CommandFailure) -> [KeyCode] {
        var keys: [KeyCode] = []
        for name in names {
            if let key = KeyCode(named: name) {
                keys.append(key)
            } else if name.count == 1, let character = name.first, let stroke = KeyCode.typing(character) {
                keys += stroke
            } else {
                throw CommandFailure(
                    "\(name) is no key; names are letters, digits, f1 to f12, esc, enter, up, ctrl, alt, shift, delete and their like")
            }
        }
        return keys
    }
}
