/// From bytes to what they ask for, in the states of Paul Williams's parser (vt100.net/emu/dec_ansi_parser), with UTF-8 in place of the C1 half.
extension TerminalScreen {
    struct Parser: Sendable {
        enum State: Sendable { case ground, escape, escapeIntermediate, control, ignoredControl, string, stringEscape }
        var state = State.ground
        /// Numbers, each with what a colon added to it.
        var numbers: [[Int?]] = []
        /// `?`, `>` or `=` before them.
        var prefix: UInt8?
        var intermediate: UInt8?
        /// A character whose bytes have not all come.
        var scalar: UInt32 = 0
        var missing = 0
        var least: UInt32 = 0
        static let mostNumbers = 32, largest = 9999
    }

    mutating func take(_ byte: UInt8) {
        if parser.state == .ground, parser.missing > 0 {
            if byte & 0xc0 == 0x80 {
                parser.scalar = parser.scalar << 6 | UInt32(byte & 0x3f)
                parser.missing -= 1
                guard parser.missing == 0 else { return }
                print(parser.scalar >= parser.least ? Unicode.Scalar(parser.scalar) ?? "\u{FFFD}" : "\u{FFFD}")
                return
            }
            parser.missing = 0
            print("\u{FFFD}")
        }
        switch byte {
        case 0x18, 0x1a: parser.state = .ground
        case 0x1b:
            if parser.state == .string { parser.state = .stringEscape } else { beginEscape() }
        case ..<0x20:
            if parser.state == .string || parser.state == .stringEscape {
                // BEL ends an operating system command.
                if byte == 0x07 { parser.state = .ground }
            } else {
                execute(byte)
            }
        case 0x7f: break
        default: take(visible: byte)
        }
    }

    private mutating func beginEscape() {
        parser.state = .escape
        parser.numbers = []
        (parser.prefix, parser.intermediate) = (nil, nil)
    }

    private mutating func take(visible byte: UInt8) {
        switch parser.state {
        case .ground: begin(byte)
        case .escape, .stringEscape:
            if parser.state == .stringEscape {
                beginEscape()
                if byte == 0x5c {
                    parser.state = .ground
                    return
                }
            }
            switch byte {
            case 0x20...0x2f: (parser.intermediate, parser.state) = (byte, .escapeIntermediate)
            case 0x5b: parser.state = .control
            // Commands to the operating system, the device and applications: titles, sixels, and what nobody knows
            case 0x5d, 0x50, 0x58, 0x5e, 0x5f: parser.state = .string
            default:
                parser.state = .ground
                escape(byte)
            }
        case .escapeIntermediate:
            if (0x20...0x2f).contains(byte) { return }
            parser.state = .ground
            intermediate(byte)
        case .control: control(byte)
        case .ignoredControl: if (0x40...0x7e).contains(byte) { parser.state = .ground }
        case .string: break
        }
    }

    private mutating func begin(_ byte: UInt8) {
        switch byte {
        case 0x20...0x7e: print(Unicode.Scalar(byte))
        case 0xc2...0xdf: (parser.scalar, parser.missing, parser.least) = (UInt32(byte & 0x1f), 1, 0x80)
        case 0xe0...0xef: (parser.scalar, parser.missing, parser.least) = (UInt32(byte & 0x0f), 2, 0x800)
        case 0xf0...0xf4: (parser.scalar, parser.missing, parser.least) = (UInt32(byte & 0x07), 3, 0x10000)
        default: print("\u{FFFD}")
        }
    }

    private mutating func control(_ byte: UInt8) {
        switch byte {
        case 0x30...0x39:
            if parser.numbers.isEmpty { parser.numbers = [[nil]] }
            let last = parser.numbers.count - 1, part = parser.numbers[last].count - 1
            let value = (parser.numbers[last][part] ?? 0) * 10 + Int(byte - 0x30)
            parser.numbers[last][part] = min(value, Parser.largest)
        case 0x3a, 0x3b:
            if parser.numbers.isEmpty { parser.numbers = [[nil]] }
            if parser.numbers.reduce(0, { $0 + $1.count }) >= Parser.mostNumbers {
                parser.state = .ignoredControl
            } else if byte == 0x3b {
                parser.numbers.append([nil])
            } else {
                parser.numbers[parser.numbers.count - 1].append(nil)
            }
        case 0x3c...0x3f:
            if parser.numbers.isEmpty, parser.prefix == nil { parser.prefix = byte } else { parser.state = .ignoredControl }
        case 0x20...0x2f: parser.intermediate = byte
        case 0x40...0x7e:
            parser.state = .ground
            perform(byte)
        default: parser.state = .ignoredControl
        }
    }

    /// The number at a place; what is missing or 0 is 1, as nearly every command has it.
    private func count(_ index: Int = 0) -> Int { max(1, number(index)) }
    private func number(_ index: Int) -> Int { index < parser.numbers.count ? (parser.numbers[index].first ?? nil) ?? 0 : 0 }

    private mutating func execute(_ byte: UInt8) {
        switch byte {
        case 0x08: move(columns: -1)
        case 0x09: tab(1)
        case 0x0a...0x0c:
            lineFeed()
            if newLineReturns { cursor.column = 0 }
        case 0x0d: (cursor.column, cursor.wraps) = (0, false)
        case 0x0e: cursor.shift = 1
        case 0x0f: cursor.shift = 0
        default: break
        }
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case 0x37: saved = cursor
        case 0x38: restoreCursor()
        case 0x44: lineFeed()
        case 0x45:
            cursor.column = 0
            lineFeed()
        case 0x48: tabs.insert(cursor.column)
        case 0x4d: reverseLineFeed()
        case 0x5a: answer("\u{1b}[?62;22c")
        case 0x63: reset()
        default: break
        }
    }

    private mutating func restoreCursor() {
        cursor = saved
        cursor.row = min(cursor.row, rows - 1)
        dip()
    }

    /// ESC, an intermediate character, and this.
    private mutating func intermediate(_ byte: UInt8) {
        switch parser.intermediate {
        case 0x28: cursor.graphics[0] = byte == 0x30
        case 0x29: cursor.graphics[1] = byte == 0x30
        case 0x23 where byte == 0x38:
            // DECALN: the adjuster's pattern
            region = 0...(rows - 1)
            cursor.origin = false
            lines = Array(repeating: Array(repeating: Cell("E"), count: columns), count: rows)
            move(toRow: 0, column: 0)
        default: break
        }
    }

    private mutating func perform(_ byte: UInt8) {
        if parser.intermediate == 0x21, byte == 0x70 { return softReset() }
        guard parser.intermediate == nil else { return }
        if let prefix = parser.prefix { return performPrivate(prefix, byte) }
        switch byte {
        case 0x40: insertBlanks(count())
        case 0x41: move(rows: -count())
        case 0x42, 0x65: move(rows: count())
        case 0x43, 0x61: move(columns: count())
        case 0x44: move(columns: -count())
        case 0x45:
            move(rows: count())
            cursor.column = 0
        case 0x46:
            move(rows: -count())
            cursor.column = 0
        case 0x47, 0x60: move(columns: count() - 1 - cursor.column)
        case 0x48, 0x66: move(toRow: count() - 1, column: count(1) - 1)
        case 0x49: tab(count())
        case 0x4a: eraseScreen(number(0))
        case 0x4b: eraseLine(number(0))
        case 0x4c: insertLines(count())
        case 0x4d: deleteLines(count())
        case 0x50: deleteCharacters(count())
        case 0x53: scrollUp(count())
        case 0x54: scrollDown(count())
        case 0x58: erase(cursor.column..<(cursor.column + count()), row: cursor.row)
        case 0x5a: tab(-count())
        case 0x62: if let lastPrinted { for _ in 0..<min(count(), columns * rows) { print(lastPrinted) } }
        case 0x63: if number(0) == 0 { answer("\u{1b}[?62;22c") }
        case 0x64: move(toRow: count() - 1, column: cursor.column)
        case 0x67:
            if number(0) == 0 { tabs.remove(cursor.column) }
            if number(0) == 3 { tabs = [] }
        case 0x68, 0x6c: for index in parser.numbers.indices { setMode(number(index), byte == 0x68) }
        case 0x6d: setPen()
        case 0x6e: report(number(0))
        case 0x72: setRegion()
        case 0x73: saved = cursor
        case 0x75: restoreCursor()
        default: break
        }
    }

    private mutating func setMode(_ mode: Int, _ on: Bool) {
        if mode == 4 { inserts = on }
        if mode == 20 { newLineReturns = on }
    }

    private mutating func performPrivate(_ prefix: UInt8, _ byte: UInt8) {
        switch (prefix, byte) {
        case (0x3f, 0x68), (0x3f, 0x6c): for index in parser.numbers.indices { setPrivateMode(number(index), byte == 0x68) }
        case (0x3e, 0x63): if number(0) == 0 { answer("\u{1b}[>41;0;0c") }
        case (0x3f, 0x4a): eraseScreen(number(0))
        case (0x3f, 0x4b): eraseLine(number(0))
        case (0x3f, 0x6e): if number(0) == 6 { report(6) }
        default: break
        }
    }

    private mutating func setPrivateMode(_ mode: Int, _ on: Bool) {
        switch mode {
        case 1: applicationCursor = on
        case 5: reverseScreen = on
        case 6:
            cursor.origin = on
            move(toRow: 0, column: 0)
        case 7:
            wrapsAround = on
            if !on { cursor.wraps = false }
        case 25: showsCursor = on
        case 47, 1047: showAlternate(on, savesCursor: false, clears: mode == 1047)
        case 1048: if on { saved = cursor } else { restoreCursor() }
        case 1049: showAlternate(on, savesCursor: true, clears: true)
        case 2004: bracketedPaste = on
        default: break
        }
    }

    private mutating func setRegion() {
        let top = count() - 1, given = number(1), bottom = given == 0 ? rows - 1 : min(given - 1, rows - 1)
        guard top < bottom else { return }
        region = top...bottom
        move(toRow: 0, column: 0)
    }

    private mutating func report(_ what: Int) {
        if what == 5 { answer("\u{1b}[0n") }
        if what == 6 {
            let row = cursor.row - (cursor.origin ? region.lowerBound : 0)
            answer("\u{1b}[\(row + 1);\(cursor.column + 1)R")
        }
    }

    /// A program that asks in a loop and never reads gets no more than it can use.
    private mutating func answer(_ text: String) { if answers.count < 1024 { answers += text.utf8 } }

    // MARK: SGR

    private mutating func setPen() {
        let numbers = parser.numbers.isEmpty ? [[0]] : parser.numbers
        var index = 0
        while index < numbers.count {
            let value = (numbers[index].first ?? nil) ?? 0
            if value == 38 || value == 48 {
                let (colour, used) = colour(numbers, index)
                if let colour { if value == 38 { cursor.pen.foreground = colour } else { cursor.pen.background = colour } }
                index += used
                continue
            }
            set(value, style: numbers[index].count > 1 ? numbers[index][1] : nil)
            index += 1
        }
        dip()
    }

    /// 38;5;N, 38;2;R;G;B, 38:5:N, 38:2:R:G:B and 38:2:SPACE:R:G:B.
    private func colour(_ numbers: [[Int?]], _ index: Int) -> (Pen.Ink?, used: Int) {
        let isOne = numbers[index].count > 1
        let rest = isOne ? numbers[index].dropFirst().map { $0 ?? 0 } : numbers[(index + 1)...].map { ($0.first ?? nil) ?? 0 }
        func byte(_ at: Int) -> UInt32 { at < rest.count ? UInt32(max(0, min(255, rest[at]))) : 0 }
        switch rest.first {
        case 5: return (.index(UInt8(byte(1))), isOne ? 1 : 3)
        case 2:
            let first = isOne && rest.count > 4 ? 2 : 1
            return (.rgb(byte(first) << 16 | byte(first + 1) << 8 | byte(first + 2)), isOne ? 1 : 5)
        default: return (nil, isOne ? 1 : 2)
        }
    }

    private mutating func set(_ value: Int, style: Int?) {
        switch value {
        case 0: cursor.pen = Pen()
        case 1: cursor.pen.bold = true
        case 2: cursor.pen.dim = true
        case 4: cursor.pen.underlined = style != 0
        case 7: cursor.pen.reversed = true
        case 8: cursor.pen.hidden = true
        case 21: cursor.pen.underlined = true
        case 22: (cursor.pen.bold, cursor.pen.dim) = (false, false)
        case 24: cursor.pen.underlined = false
        case 27: cursor.pen.reversed = false
        case 28: cursor.pen.hidden = false
        case 30...37: cursor.pen.foreground = .index(UInt8(value - 30))
        case 39: cursor.pen.foreground = .standard
        case 40...47: cursor.pen.background = .index(UInt8(value - 40))
        case 49: cursor.pen.background = .standard
        case 90...97: cursor.pen.foreground = .index(UInt8(value - 90 + 8))
        case 100...107: cursor.pen.background = .index(UInt8(value - 100 + 8))
        default: break
        }
    }
}
