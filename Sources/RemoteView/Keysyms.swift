import Bus

/// X11 keysyms as RFB sends them, and the keys of a US keyboard that make them.
enum Keysyms {
    struct Key: Equatable {
        var code: KeyCode
        /// Whether Shift must be held; nil where it makes no difference.
        var shift: Bool?
        var isLetter = false
    }

    static let leftShift = KeyCode(rawValue: 0x2A), rightShift = KeyCode(rawValue: 0x36), capsLock = KeyCode(rawValue: 0x3A)

    static func key(for keysym: UInt32) -> Key? { characters[keysym] ?? named[keysym].map { Key(code: KeyCode(rawValue: $0), shift: nil) } }

    private static let characters: [UInt32: Key] = {
        // Each row: first scan code, unshifted characters, shifted ones.
        let rows: [(UInt8, String, String)] = [
            (0x02, "1234567890-=", "!@#$%^&*()_+"), (0x10, "qwertyuiop[]", "QWERTYUIOP{}"), (0x1E, "asdfghjkl;'`", "ASDFGHJKL:\"~"),
            (0x2B, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
        ]
        var table: [UInt32: Key] = [0x20: Key(code: KeyCode(rawValue: 0x39), shift: nil)]
        for (first, plain, shifted) in rows {
            for (text, shift) in [(plain, false), (shifted, true)] {
                for (offset, character) in text.unicodeScalars.enumerated() {
                    let code = KeyCode(rawValue: first + UInt8(truncatingIfNeeded: offset))
                    table[character.value] = Key(code: code, shift: shift, isLetter: character.properties.isAlphabetic)
                }
            }
        }
        return table
    }()

    /// keysymdef.h names these XK_BackSpace … XK_Super_R.
    private static let named: [UInt32: UInt8] = {
        var table: [UInt32: UInt8] = [
            0xFF08: 0x0E, 0xFF09: 0x0F, 0xFE20: 0x0F, 0xFF0A: 0x1C, 0xFF0D: 0x1C, 0xFF13: 0xC6, 0xFF14: 0x46, 0xFF15: 0xB7, 0xFF1B: 0x01,
            0xFFFF: 0xD3, 0xFF50: 0xC7, 0xFF51: 0xCB, 0xFF52: 0xC8, 0xFF53: 0xCD, 0xFF54: 0xD0, 0xFF55: 0xC9, 0xFF56: 0xD1, 0xFF57: 0xCF,
            0xFF61: 0xB7, 0xFF63: 0xD2, 0xFF67: 0xDD, 0xFF6B: 0xC6, 0xFF7E: 0xB8, 0xFF7F: 0x45,
            // Keypad, with NumLock and without
            0xFF80: 0x39, 0xFF8D: 0x9C, 0xFF95: 0x47, 0xFF96: 0x4B, 0xFF97: 0x48, 0xFF98: 0x4D, 0xFF99: 0x50, 0xFF9A: 0x49, 0xFF9B: 0x51,
            0xFF9C: 0x4F, 0xFF9D: 0x4C, 0xFF9E: 0x52, 0xFF9F: 0x53, 0xFFAA: 0x37, 0xFFAB: 0x4E, 0xFFAD: 0x4A, 0xFFAE: 0x53, 0xFFAF: 0xB5,
            0xFFB0: 0x52, 0xFFB1: 0x4F, 0xFFB2: 0x50, 0xFFB3: 0x51, 0xFFB4: 0x4B, 0xFFB5: 0x4C, 0xFFB6: 0x4D, 0xFFB7: 0x47, 0xFFB8: 0x48,
            0xFFB9: 0x49,
            // Modifiers; Meta is what viewers call Alt with Shift, AltGr the right Alt
            0xFFE1: 0x2A, 0xFFE2: 0x36, 0xFFE3: 0x1D, 0xFFE4: 0x9D, 0xFFE5: 0x3A, 0xFFE7: 0x38, 0xFFE8: 0xB8, 0xFFE9: 0x38, 0xFFEA: 0xB8,
            0xFFEB: 0xDB, 0xFFEC: 0xDC, 0xFE03: 0xB8,
        ]
        for number in UInt32(0)..<10 { table[0xFFBE + number] = 0x3B + UInt8(truncatingIfNeeded: number) }
        table[0xFFC8] = 0x57
        table[0xFFC9] = 0x58
        return table
    }()
}

/// What one viewer holds down, and what it takes on the guest's keyboard to get what it means.
struct ViewerInput {
    private(set) var held: Set<KeyCode> = []
    private(set) var buttons: PointerButtons = []
    private var wheel: UInt8 = 0
    private var position: (x: UInt16, y: UInt16) = (0, 0)
    /// The key that went down for a keysym, so that the same comes up whatever Shift is then.
    private var pressed: [UInt32: KeyCode] = [:]

    /// A key by place: no translation.
    mutating func key(_ code: KeyCode, down: Bool) -> [InputEvent] {
        if down { held.insert(code) } else { held.remove(code) }
        return [.key(code, down: down)]
    }

    /// A key by what it makes. Viewers send Shift themselves, as their own keyboard needs it; where a US keyboard needs it otherwise, Shift is
    /// pressed or let go around the key.
    mutating func keysym(_ keysym: UInt32, down: Bool, capsLock: Bool) -> [InputEvent] {
        guard down else {
            guard let code = pressed.removeValue(forKey: keysym) ?? Keysyms.key(for: keysym)?.code else { return [] }
            return key(code, down: false)
        }
        guard let wanted = Keysyms.key(for: keysym) else { return [] }
        pressed[keysym] = wanted.code
        let shifts = [Keysyms.leftShift, Keysyms.rightShift].filter(held.contains)
        guard var shift = wanted.shift else { return key(wanted.code, down: true) }
        if wanted.isLetter, capsLock { shift.toggle() }
        let press = key(wanted.code, down: true)
        if shift == !shifts.isEmpty { return press }
        if shift { return [.key(Keysyms.leftShift, down: true)] + press + [.key(Keysyms.leftShift, down: false)] }
        return shifts.map { .key($0, down: false) } + press + shifts.map { .key($0, down: true) }
    }

    /// RFB's button mask: left, middle, right, wheel up, wheel down.
    mutating func pointer(mask: Int32, x: UInt16, y: UInt16) -> [InputEvent] {
        var now: PointerButtons = []
        if mask & 1 != 0 { now.insert(.left) }
        if mask & 2 != 0 { now.insert(.middle) }
        if mask & 4 != 0 { now.insert(.right) }
        var events: [InputEvent] = []
        if now != buttons || position != (x, y) { events.append(.pointer(x: x, y: y, buttons: now)) }
        let turned = UInt8(truncatingIfNeeded: mask >> 3) & 3
        if turned & ~wheel & 1 != 0 { events.append(.wheel(1)) }
        if turned & ~wheel & 2 != 0 { events.append(.wheel(-1)) }
        (buttons, position, wheel) = (now, (x, y), turned)
        return events
    }

    /// Everything this viewer still holds comes up: it has left.
    mutating func release() -> [InputEvent] {
        var events = held.sorted { $0.rawValue < $1.rawValue }.map { InputEvent.key($0, down: false) }
        if !buttons.isEmpty { events.append(.pointer(x: position.x, y: position.y, buttons: [])) }
        self = ViewerInput()
        return events
    }
}
