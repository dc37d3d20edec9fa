import Bus

/// X11 keysyms as RFB sends them, and the keys of a US keyboard that make them.
enum Keysyms {
    struct Key: Equatable {
        var code: KeyCode
        /// Whether Shift must be held; nil where it makes no difference.
        var shift: Bool?
        var isLetter = false
    }

    static let rightShift = KeyCode(rawValue: 0x36), capsLock = KeyCode(rawValue: 0x3A)

    static func key(for keysym: UInt32) -> Key? {
        guard let code = KeyCode(keysym: keysym) else { return nil }
        guard (0x21...0x7E).contains(keysym), let scalar = Unicode.Scalar(keysym), let keys = KeyCode.typing(Character(scalar)) else {
            return Key(code: code, shift: nil)
        }
        return Key(code: code, shift: keys.first == .leftShift, isLetter: scalar.properties.isAlphabetic)
    }
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
        let shifts = [KeyCode.leftShift, Keysyms.rightShift].filter(held.contains)
        guard var shift = wanted.shift else { return key(wanted.code, down: true) }
        if wanted.isLetter, capsLock { shift.toggle() }
        let press = key(wanted.code, down: true)
        if shift == !shifts.isEmpty { return press }
        if shift { return [.key(KeyCode.leftShift, down: true)] + press + [.key(KeyCode.leftShift, down: false)] }
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
