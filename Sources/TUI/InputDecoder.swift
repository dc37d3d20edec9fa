/// Bytes of a terminal become keys: UTF-8, control characters, and the escape sequences of xterm, rxvt, the Linux console, screen and tmux.
package struct InputDecoder: Sendable {
    private var buffer: [UInt8] = []
    private var paste: [UInt8]?
    /// A paste past this is cut; nobody types a megabyte.
    private static let longestPaste = 1 << 20
    private static let longestSequence = 64
    /// Silences that the rest of an answer may take: nobody types the beginning of one.
    private static let patience = 20
    private var silences = 0

    package init() {}

    /// True while an escape could still become more; after some 25 ms of silence it is what it is: call `flush`.
    package var isWaiting: Bool { !buffer.isEmpty && paste == nil }

    package mutating func feed(_ bytes: some Sequence<UInt8>) -> [TerminalEvent] {
        buffer += bytes
        silences = 0
        var events: [TerminalEvent] = []
        var index = 0
        while index < buffer.count {
            if paste != nil {
                index = readPaste(index, &events)
                if paste != nil { break }
                continue
            }
            guard let used = read(index, &events) else { break }
            index += used
        }
        buffer.removeFirst(min(index, buffer.count))
        return events
    }

    package mutating func flush() -> [TerminalEvent] {
        guard paste == nil, !buffer.isEmpty else { return [] }
        let begins = [[0x1b, 0x5b, 0x3f], [0x1b, 0x5f, 0x47], [0x1b, 0x5d]] as [[UInt8]]
        if buffer.count > 2, begins.contains(where: { buffer.starts(with: $0) }), silences < InputDecoder.patience {
            silences += 1
            return []
        }
        silences = 0
        let rest = buffer
        buffer = []
        guard rest[0] == 0x1b else { return [] }
        if rest.count == 1 { return [.key(.escape)] }
        if rest.count == 2, [0x5b, 0x4f, 0x5d, 0x5f].contains(rest[1]) {
            return [.key(Key(.character(Character(Unicode.Scalar(rest[1]))), alt: true))]
        }
        return []
    }

    /// Bytes used, or nil when more must come.
    private mutating func read(_ index: Int, _ events: inout [TerminalEvent]) -> Int? {
        let byte = buffer[index]
        guard byte == 0x1b else { return readPlain(index, alt: false, &events) }
        guard index + 1 < buffer.count else { return nil }
        switch buffer[index + 1] {
        case 0x5b: return readControlSequence(index, &events)
        case 0x5d: return readTerminalAnswer(index, &events)
        case 0x4f:
            guard index + 2 < buffer.count else { return nil }
            if let code = InputDecoder.finals[buffer[index + 2]] { events.append(.key(Key(code))) }
            return 3
        case 0x5f:
            guard index + 2 < buffer.count else { return nil }
            if buffer[index + 2] == 0x47 { return readGraphicsAnswer(index, &events) }
            events.append(.key(Key(.character("_"), alt: true)))
            return 2
        case 0x1b:
            events.append(.key(.escape))
            return 1
        default:
            guard let used = readPlain(index + 1, alt: true, &events) else { return nil }
            return 1 + used
        }
    }

    private func readPlain(_ index: Int, alt: Bool, _ events: inout [TerminalEvent]) -> Int? {
        let byte = buffer[index]
        var key: Key
        var used = 1
        switch byte {
        case 0x0d: key = .enter
        case 0x09: key = .tab
        case 0x08, 0x7f: key = .backspace
        case 0x00: key = .control(" ")
        case 0x01...0x1a: key = .control(Character(Unicode.Scalar(byte + 0x60)))
        case 0x1c...0x1f: key = .control(Character(Unicode.Scalar(byte + 0x40)))
        case 0x20...0x7e: key = .character(Character(Unicode.Scalar(byte)))
        default:
            let length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 0
            guard length > 0, byte < 0xf5 else { return 1 }
            guard index + length <= buffer.count else {
                return buffer[(index + 1)...].allSatisfy { $0 & 0xc0 == 0x80 } ? nil : 1
            }
            guard let text = String(validating: buffer[index..<(index + length)], as: UTF8.self), let character = text.first else { return 1 }
            key = .character(character)
            used = length
        }
        key.alt = alt
        events.append(.key(key))
        return used
    }

    private mutating func readControlSequence(_ index: Int, _ events: inout [TerminalEvent]) -> Int? {
        var end = index + 2
        // The Linux console's F1...F5: ESC [ [ A
        if end < buffer.count, buffer[end] == 0x5b {
            guard end + 1 < buffer.count else { return nil }
            if case 0x41...0x45 = buffer[end + 1] { events.append(.key(.function(Int(buffer[end + 1]) - 0x40))) }
            return 4
        }
        while end < buffer.count, case 0x20...0x3f = buffer[end] {
            end += 1
            // A sequence that long is noise.
            if end - index > InputDecoder.longestSequence { return end - index }
        }
        guard end < buffer.count else { return nil }
        let final = buffer[end], body = buffer[(index + 2)..<end]
        switch (body.first, final) {
        case (0x3c, _): readMouse(body.dropFirst(), final, &events)
        case (0x3f, _), (_, 0x74): readAnswer(body, final, &events)
        default: readKey(body, final, &events)
        }
        return end + 1 - index
    }

    private func readAnswer(_ body: ArraySlice<UInt8>, _ final: UInt8, _ events: inout [TerminalEvent]) {
        let isPrivate = body.first == 0x3f
        let numbers = InputDecoder.numbers(isPrivate ? body.dropFirst() : body, limit: 24)
        switch final {
        case 0x63 where isPrivate: events.append(.answer(.attributes(numbers)))
        case 0x79 where isPrivate && numbers.count == 2: events.append(.answer(.mode(numbers[0], isKnown: (1...3).contains(numbers[1]))))
        case 0x74 where numbers.count == 3 && numbers[0] == 6 && (1...200).contains(numbers[1]) && (1...200).contains(numbers[2]):
            events.append(.answer(.cell(Size(numbers[2], numbers[1]))))
        default: break
        }
    }

    /// `ESC _ G i=1;OK ESC \`
    private func readGraphicsAnswer(_ index: Int, _ events: inout [TerminalEvent]) -> Int? {
        var end = index + 3
        while end + 1 < buffer.count {
            if buffer[end] == 0x1b, buffer[end + 1] == 0x5c {
                let words = buffer[(index + 3)..<end].split(separator: 0x3b, maxSplits: 1)
                events.append(.answer(.kittyGraphics(words.last.map { $0.elementsEqual("OK".utf8) } ?? false)))
                return end + 2 - index
            }
            end += 1
            if end - index > 4 * InputDecoder.longestSequence { return end - index }
        }
        return nil
    }

    /// `ESC ] number ; … BEL` or `… ESC \`; without the number it is Alt-].
    private func readTerminalAnswer(_ index: Int, _ events: inout [TerminalEvent]) -> Int? {
        let start = index + 2
        guard start < buffer.count else { return nil }
        guard (0x30...0x39).contains(buffer[start]) else { return readPlain(index + 1, alt: true, &events).map { 1 + $0 } }
        for end in start..<buffer.count where buffer[end] < 0x20 || end - index > InputDecoder.longestSequence {
            if buffer[end] == 0x1b, end + 1 == buffer.count { return nil }
            let isString = buffer[end] == 0x1b && buffer[end + 1] == 0x5c
            guard buffer[end] == 0x07 || isString else { return end - index }
            if let colour = TerminalGround.colour(ofAnswer: buffer[start..<end]) { events.append(.background(colour)) }
            return end + (isString ? 2 : 1) - index
        }
        return nil
    }

    private mutating func readKey(_ body: ArraySlice<UInt8>, _ final: UInt8, _ events: inout [TerminalEvent]) {
        let numbers = InputDecoder.numbers(body)
        var key: Key
        if final == 0x7e {
            switch numbers.first ?? 0 {
            case 200:
                paste = []
                return
            case 1, 7: key = .home
            case 2: key = .insert
            case 3: key = .delete
            case 4, 8: key = .end
            case 5: key = .pageUp
            case 6: key = .pageDown
            case let number:
                guard let function = InputDecoder.functions[number] else { return }
                key = .function(function)
            }
        } else if final == 0x52, numbers.count == 2, numbers[0] > 1 {
            // F3 with a modifier begins with 1; this is an answer.
            events.append(.cursor(Point(numbers[1] - 1, numbers[0] - 1)))
            return
        } else if final == 0x5a {
            key = .backTab
        } else if let code = InputDecoder.finals[final] {
            key = Key(code)
        } else {
            return
        }
        if numbers.count > 1, numbers[1] > 1 {
            let held = numbers[1] - 1
            (key.shift, key.alt, key.control) = (held & 1 != 0, held & 2 != 0, held & 4 != 0)
        }
        events.append(.key(key))
    }

    private func readMouse(_ body: ArraySlice<UInt8>, _ final: UInt8, _ events: inout [TerminalEvent]) {
        let numbers = InputDecoder.numbers(body)
        guard numbers.count == 3, numbers[1] > 0, numbers[2] > 0, final == 0x4d || final == 0x6d else { return }
        let kind: MouseEvent.Kind
        switch numbers[0] {
        case let code where code & 64 != 0: kind = code & 1 == 0 ? .wheelUp : .wheelDown
        case let code where code & 32 != 0: kind = .motion
        default: kind = final == 0x4d ? .press : .release
        }
        let button = numbers[0] & 3
        var event = MouseEvent(kind: kind, button: button == 3 || numbers[0] & 64 != 0 ? 0 : button + 1, x: numbers[1] - 1, y: numbers[2] - 1)
        event.control = numbers[0] & 16 != 0
        events.append(.mouse(event))
    }

    private mutating func readPaste(_ start: Int, _ events: inout [TerminalEvent]) -> Int {
        let terminator: [UInt8] = [0x1b, 0x5b, 0x32, 0x30, 0x31, 0x7e]
        var index = start
        while index < buffer.count {
            if buffer[index] == 0x1b {
                let rest = buffer[index...].prefix(terminator.count)
                if rest.elementsEqual(terminator) {
                    events.append(.paste(String(decoding: paste ?? [], as: UTF8.self)))
                    paste = nil
                    return index + terminator.count
                }
                if terminator.starts(with: rest) { return index }
            }
            if let count = paste?.count, count < InputDecoder.longestPaste { paste?.append(buffer[index]) }
            index += 1
        }
        return index
    }

    private static func numbers(_ body: ArraySlice<UInt8>, limit: Int = 8) -> [Int] {
        body.split(separator: 0x3b, omittingEmptySubsequences: false).prefix(limit).map { part in
            part.prefix(5).reduce(0) { value, byte in (0x30...0x39).contains(byte) ? value * 10 + Int(byte - 0x30) : value }
        }
    }

    private static let finals: [UInt8: Key.Code] = [
        0x41: .up, 0x42: .down, 0x43: .right, 0x44: .left, 0x46: .end, 0x48: .home, 0x4d: .enter, 0x50: .function(1), 0x51: .function(2),
        0x52: .function(3), 0x53: .function(4),
    ]

    private static let functions: [Int: Int] = [
        11: 1, 12: 2, 13: 3, 14: 4, 15: 5, 17: 6, 18: 7, 19: 8, 20: 9, 21: 10, 23: 11, 24: 12,
    ]
}
