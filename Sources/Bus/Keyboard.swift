/// Names of keys, what a US keyboard types with them, and X11's names for them.
extension KeyCode {
    package static let leftShift = Self(rawValue: 0x2A)

    /// Key names for scripts, screens and `key`, the usual one first; several names may stand for one key.
    package static let names: [(name: String, code: UInt8)] = [
        ("esc", 0x01), ("1", 0x02), ("2", 0x03), ("3", 0x04), ("4", 0x05), ("5", 0x06), ("6", 0x07), ("7", 0x08), ("8", 0x09), ("9", 0x0A),
        ("0", 0x0B), ("minus", 0x0C), ("equal", 0x0D), ("backspace", 0x0E), ("tab", 0x0F), ("q", 0x10), ("w", 0x11), ("e", 0x12), ("r", 0x13),
        ("t", 0x14), ("y", 0x15), ("u", 0x16), ("i", 0x17), ("o", 0x18), ("p", 0x19), ("leftbracket", 0x1A), ("rightbracket", 0x1B),
        ("enter", 0x1C), ("ctrl", 0x1D), ("a", 0x1E), ("s", 0x1F), ("d", 0x20), ("f", 0x21), ("g", 0x22), ("h", 0x23), ("j", 0x24), ("k", 0x25),
        ("l", 0x26), ("semicolon", 0x27), ("apostrophe", 0x28), ("grave", 0x29), ("shift", 0x2A), ("backslash", 0x2B), ("z", 0x2C), ("x", 0x2D),
        ("c", 0x2E), ("v", 0x2F), ("b", 0x30), ("n", 0x31), ("m", 0x32), ("comma", 0x33), ("dot", 0x34), ("slash", 0x35), ("rightshift", 0x36),
        ("kpmultiply", 0x37), ("alt", 0x38), ("space", 0x39), ("capslock", 0x3A), ("f1", 0x3B), ("f2", 0x3C), ("f3", 0x3D), ("f4", 0x3E),
        ("f5", 0x3F), ("f6", 0x40), ("f7", 0x41), ("f8", 0x42), ("f9", 0x43), ("f10", 0x44), ("numlock", 0x45), ("scrolllock", 0x46), ("kp7", 0x47),
        ("kp8", 0x48), ("kp9", 0x49), ("kpminus", 0x4A), ("kp4", 0x4B), ("kp5", 0x4C), ("kp6", 0x4D), ("kpplus", 0x4E), ("kp1", 0x4F), ("kp2", 0x50),
        ("kp3", 0x51), ("kp0", 0x52), ("kpdot", 0x53), ("less", 0x56), ("f11", 0x57), ("f12", 0x58), ("kpenter", 0x9C), ("rightctrl", 0x9D),
        ("kpdivide", 0xB5), ("printscreen", 0xB7), ("rightalt", 0xB8), ("pause", 0xC6), ("home", 0xC7), ("up", 0xC8), ("pageup", 0xC9),
        ("left", 0xCB), ("right", 0xCD), ("end", 0xCF), ("down", 0xD0), ("pagedown", 0xD1), ("insert", 0xD2), ("delete", 0xD3), ("win", 0xDB),
        ("rightwin", 0xDC), ("menu", 0xDD),
        // Other names for the same keys
        ("escape", 0x01), ("control", 0x1D), ("return", 0x1C), ("period", 0x34), ("del", 0xD3), ("ins", 0xD2), ("pgup", 0xC9), ("pgdn", 0xD1),
        ("altgr", 0xB8), ("super", 0xDB), ("caps", 0x3A), ("print", 0xB7), ("sysrq", 0xB7), ("break", 0xC6),
    ]

    private static let codes = Dictionary(names.map { ($0.name, $0.code) }, uniquingKeysWith: { first, _ in first })
    private static let byCode = Dictionary(names.map { ($0.code, $0.name) }, uniquingKeysWith: { first, _ in first })

    /// A key by any of its names; capitals do not matter.
    package init?(named name: String) {
        guard let code = Self.codes[name.lowercased()] else { return nil }
        self.init(rawValue: code)
    }

    /// The usual name; nil for codes that no key has.
    package var name: String? { Self.byCode[rawValue] }

    /// Keys held together, as `ctrl-alt-delete` or `ctrl+alt+delete`; nil where a name is unknown.
    package static func chord(_ names: String) -> [KeyCode]? {
        var keys: [KeyCode] = []
        for name in names.split(whereSeparator: { $0 == "-" || $0 == "+" }) {
            guard let key = KeyCode(named: String(name)) else { return nil }
            keys.append(key)
        }
        return keys.isEmpty ? nil : keys
    }

    // MARK: US layout

    private static let typed: [Character: (code: UInt8, shift: Bool)] = {
        var table: [Character: (code: UInt8, shift: Bool)] = [
            " ": (0x39, false), "\n": (0x1C, false), "\r": (0x1C, false), "\t": (0x0F, false), "\u{8}": (0x0E, false), "\u{7F}": (0x0E, false),
            "\u{1B}": (0x01, false),
        ]
        // A carriage return with its line feed is one character.
        table["\r\n"] = (0x1C, false)
        let rows: [(first: UInt8, plain: String, shifted: String)] = [
            (0x02, "1234567890-=", "!@#$%^&*()_+"), (0x10, "qwertyuiop[]", "QWERTYUIOP{}"), (0x1E, "asdfghjkl;'`", "ASDFGHJKL:\"~"),
            (0x2B, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
        ]
        for row in rows {
            for (text, shift) in [(row.plain, false), (row.shifted, true)] {
                for (offset, character) in text.enumerated() { table[character] = (row.first + UInt8(truncatingIfNeeded: offset), shift) }
            }
        }
        return table
    }()

    /// The keys that type `character` on a US keyboard, in the order in which they go down; nil where it has none.
    package static func typing(_ character: Character) -> [KeyCode]? {
        guard let key = typed[character] else { return nil }
        return key.shift ? [leftShift, KeyCode(rawValue: key.code)] : [KeyCode(rawValue: key.code)]
    }

    // MARK: X11

    /// The key that an X11 keysym (keysymdef.h) names; characters by their place on a US keyboard, whatever Shift.
    package init?(keysym: UInt32) {
        if let code = Self.keysyms[keysym] {
            self.init(rawValue: code)
        } else if (0x20...0x7E).contains(keysym), let scalar = Unicode.Scalar(keysym), let key = Self.typed[Character(scalar)] {
            self.init(rawValue: key.code)
        } else {
            return nil
        }
    }

    private static let keysyms: [UInt32: UInt8] = {
        var table: [UInt32: UInt8] = [
            0xFF08: 0x0E, 0xFF09: 0x0F, 0xFE20: 0x0F, 0xFF0A: 0x1C, 0xFF0D: 0x1C, 0xFF13: 0xC6, 0xFF14: 0x46, 0xFF15: 0xB7, 0xFF1B: 0x01,
            0xFFFF: 0xD3, 0xFF50: 0xC7, 0xFF51: 0xCB, 0xFF52: 0xC8, 0xFF53: 0xCD, 0xFF54: 0xD0, 0xFF55: 0xC9, 0xFF56: 0xD1, 0xFF57: 0xCF,
            0xFF61: 0xB7, 0xFF63: 0xD2, 0xFF67: 0xDD, 0xFF6B: 0xC6, 0xFF7E: 0xB8, 0xFF7F: 0x45,
            // The keypad, with Num Lock and without
            0xFF80: 0x39, 0xFF8D: 0x9C, 0xFF95: 0x47, 0xFF96: 0x4B, 0xFF97: 0x48, 0xFF98: 0x4D, 0xFF99: 0x50, 0xFF9A: 0x49, 0xFF9B: 0x51,
            0xFF9C: 0x4F, 0xFF9D: 0x4C, 0xFF9E: 0x52, 0xFF9F: 0x53, 0xFFAA: 0x37, 0xFFAB: 0x4E, 0xFFAD: 0x4A, 0xFFAE: 0x53, 0xFFAF: 0xB5,
            0xFFB0: 0x52, 0xFFB1: 0x4F, 0xFFB2: 0x50, 0xFFB3: 0x51, 0xFFB4: 0x4B, 0xFFB5: 0x4C, 0xFFB6: 0x4D, 0xFFB7: 0x47, 0xFFB8: 0x48,
            0xFFB9: 0x49,
            // Modifiers; Meta is what viewers call Alt with Shift, ISO_Level3_Shift the right Alt
            0xFFE1: 0x2A, 0xFFE2: 0x36, 0xFFE3: 0x1D, 0xFFE4: 0x9D, 0xFFE5: 0x3A, 0xFFE7: 0x38, 0xFFE8: 0xB8, 0xFFE9: 0x38, 0xFFEA: 0xB8,
            0xFFEB: 0xDB, 0xFFEC: 0xDC, 0xFE03: 0xB8,
        ]
        for number in UInt32(0)..<10 { table[0xFFBE + number] = 0x3B + UInt8(truncatingIfNeeded: number) }
        table[0xFFC8] = 0x57
        table[0xFFC9] = 0x58
        return table
    }()
}
