package import Bus

/// IBM Enhanced (101-key) keyboard. Source: IBM PS/2 Hardware Interface Technical Reference, "Keyboard".
/// Not modelled: typematic repeat (whoever holds a key on the other side repeats it); make-only keys of set 3: every key makes and breaks; the
/// shifts that the cursor keys send around their codes while Shift is held or Num Lock on.
package final class Keyboard: Device, PS2Device {
    package static let part = "101-key keyboard"

    private enum Command {
        static let setLEDs: UInt8 = 0xED
        static let echo: UInt8 = 0xEE
        static let scanSet: UInt8 = 0xF0
        static let readID: UInt8 = 0xF2
        static let typematic: UInt8 = 0xF3
        static let enable: UInt8 = 0xF4
        static let defaultDisable: UInt8 = 0xF5
        static let setDefault: UInt8 = 0xF6
        static let resend: UInt8 = 0xFE
        static let reset: UInt8 = 0xFF
    }

    private enum Reply {
        static let acknowledge: UInt8 = 0xFA
        static let selfTestPassed: UInt8 = 0xAA
        static let resend: UInt8 = 0xFE
    }

    package struct LEDs: OptionSet, Codable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let scrollLock = Self(rawValue: 1)
        package static let numLock = Self(rawValue: 2)
        package static let capsLock = Self(rawValue: 4)
    }

    /// Bytes kept for keys. A real keyboard keeps 16; text typed by a script comes faster than from fingers.
    private static let capacity = 256

    package struct State: DeviceState {
        var isScanning = true
        var scanSet: UInt8 = 2
        package var leds: LEDs = []
        /// A command that waits for its data byte.
        var awaiting: UInt8?
        /// Answers to commands go before keys.
        var replies: [UInt8] = []
        var keys: [UInt8] = []
        var last: UInt8 = 0
        /// Held keys on which the codes of Print Screen and Pause depend.
        var alt = false
        var control = false
        var shift = false

        package func validate() throws(SnapshotError) {
            guard (1...3).contains(scanSet), replies.count <= 16, keys.count <= Keyboard.capacity else {
                throw SnapshotError(Keyboard.part, "its queues are too long, or its scan code set does not exist")
            }
        }
    }

    package var state = State()
    package var onOutput: (() -> Void)?

    package init() {}

    package func reset() {
        state = State()
    }

    // MARK: To the host

    package var hasOutput: Bool { !state.replies.isEmpty || !state.keys.isEmpty }
    package var isAnswering: Bool { !state.replies.isEmpty }

    package func send() -> UInt8? {
        let byte: UInt8
        if !state.replies.isEmpty {
            byte = state.replies.removeFirst()
        } else if !state.keys.isEmpty {
            byte = state.keys.removeFirst()
        } else {
            return nil
        }
        if byte != Reply.resend { state.last = byte }
        return byte
    }

    private func reply(_ bytes: UInt8...) {
        guard state.replies.count + bytes.count <= 16 else { return }
        state.replies += bytes
        onOutput?()
    }

    // MARK: From the host

    package func receive(_ byte: UInt8) {
        if let command = state.awaiting {
            state.awaiting = nil
            if argument(byte, of: command) { return }
            // Not an argument: a command cuts in.
        }
        switch byte {
        case Command.setLEDs, Command.scanSet, Command.typematic, 0xFB, 0xFC, 0xFD:
            state.awaiting = byte
            reply(Reply.acknowledge)
        case Command.echo: reply(Command.echo)
        case Command.readID: reply(Reply.acknowledge, 0xAB, 0x83)
        case Command.enable:
            state.keys = []
            state.isScanning = true
            reply(Reply.acknowledge)
        case Command.defaultDisable, Command.setDefault:
            setDefaults()
            state.isScanning = byte == Command.setDefault
            reply(Reply.acknowledge)
        case 0xF7...0xFA: reply(Reply.acknowledge)
        case Command.resend: reply(state.last)
        case Command.reset:
            setDefaults()
            state.isScanning = true
            state.leds = []
            state.replies = []
            reply(Reply.acknowledge, Reply.selfTestPassed)
        default: reply(Reply.resend)
        }
    }

    /// False where the byte is no argument.
    private func argument(_ byte: UInt8, of command: UInt8) -> Bool {
        guard byte < 0x80 else { return false }
        switch command {
        case Command.setLEDs: state.leds = LEDs(rawValue: byte & 7)
        case Command.scanSet where byte == 0:
            reply(Reply.acknowledge, state.scanSet)
            return true
        case Command.scanSet:
            guard byte <= 3 else {
                reply(Reply.resend)
                return true
            }
            state.scanSet = byte
            state.keys = []
        default: break
        }
        reply(Reply.acknowledge)
        return true
    }

    private func setDefaults() {
        state.scanSet = 2
        state.keys = []
    }

    // MARK: Keys

    /// A person pressed or released a key; one pressed again without release repeats. Keys that no longer fit are lost whole.
    package func key(_ code: KeyCode, down: Bool) {
        if code.rawValue & 0x7F == 0x38 { state.alt = down }
        if code.rawValue & 0x7F == 0x1D { state.control = down }
        if code.rawValue == 0x2A || code.rawValue == 0x36 { state.shift = down }
        guard state.isScanning else { return }
        let bytes = state.scanSet == 3 ? set3(code, down) : sequence(code, down)
        // Room is kept for releases, so that no key stays down in the guest.
        guard !bytes.isEmpty, state.keys.count + bytes.count <= (down ? Self.capacity - 64 : Self.capacity) else { return }
        state.keys += bytes
        onOutput?()
    }

    private func set3(_ code: KeyCode, _ down: Bool) -> [UInt8] {
        let key = ScanCodes.set3[code.rawValue] ?? (code.rawValue < 0x80 ? ScanCodes.set2[Int(code.rawValue)] : 0)
        guard key != 0 else { return [] }
        return down ? [key] : [ScanCodes.breakPrefix, key]
    }

    private func sequence(_ code: KeyCode, _ down: Bool) -> [UInt8] {
        switch code.rawValue {
        case 0xC6 where state.control:
            // Ctrl+Pause is Break, made and broken at once.
            return down ? extended(0x46, true) + extended(0x46, false) : []
        case 0xC6:
            guard down else { return [] }
            return [0xE1] + plain(0x1D, true) + plain(0x45, true) + [0xE1] + plain(0x1D, false) + plain(0x45, false)
        case 0xB7 where state.alt: return plain(0x54, down)
        case 0xB7 where state.control || state.shift: return extended(0x37, down)
        case 0xB7: return down ? extended(0x2A, true) + extended(0x37, true) : extended(0x37, false) + extended(0x2A, false)
        case 0x80...: return extended(code.rawValue & 0x7F, down)
        default: return plain(code.rawValue, down)
        }
    }

    private func extended(_ key: UInt8, _ down: Bool) -> [UInt8] {
        let code = plain(key, down)
        return code.isEmpty ? [] : [0xE0] + code
    }

    /// One key's make or break code in the set in use, from its set 1 code.
    private func plain(_ key: UInt8, _ down: Bool) -> [UInt8] {
        if state.scanSet == 1 { return [down ? key : key | 0x80] }
        let code = ScanCodes.set2[Int(key & 0x7F)]
        guard code != 0 else { return [] }
        return down ? [code] : [ScanCodes.breakPrefix, code]
    }
}
