import Picture
import Testing

/// Bytes as programs write them, and the screen that xterm would show.
@Suite struct TerminalScreenTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var input: String
        var lines: [String]
        var cursor: (column: Int, row: Int)
        init(_ name: String, _ input: String, _ lines: [String], _ column: Int, _ row: Int) {
            (self.name, self.input, self.lines, self.cursor) = (name, input, lines, (column, row))
        }
        var testDescription: String { name }
    }

    /// Ten columns, five rows; the digits 1 to 5 down the first column where a case starts with `rows`.
    private static let rows = "1\r\n2\r\n3\r\n4\r\n5"
    static let cases = [
        Case("plain lines", "one\r\ntwo", ["one", "two"], 3, 1),
        Case("backspace and return", "abc\u{8}\u{8}X\rY", ["YXc"], 1, 0),
        Case("the last column waits", "0123456789", ["0123456789"], 9, 0),
        Case("then wraps", "0123456789a", ["0123456789", "a"], 1, 1),
        Case("no wrap", "\u{1b}[?7l0123456789abc", ["012345678c"], 9, 0),
        Case("a move takes the wait back", "0123456789\u{1b}[DX", ["01234567X9"], 9, 0),
        Case("erasing takes the waiting column", "0123456789\u{1b}[X", ["012345678"], 9, 0),
        Case("a line feed keeps the column that waits", "0123456789\nX", ["0123456789", "         X"], 9, 1),
        Case("scrolls at the bottom", rows + "\r\n6", ["2", "3", "4", "5", "6"], 1, 4),
        Case("reverse line feed at the top", rows + "\u{1b}[H\u{1b}M0", ["0", "1", "2", "3", "4"], 1, 0),
        Case("tabs", "a\tb\tc", ["a       bc"], 9, 0),
        Case("tab stops of one's own", "\u{1b}[3g\u{1b}[4G\u{1b}H\r\tX\tY", ["   X     Y"], 9, 0),
        Case("back tab", "\u{1b}[10GZ\u{1b}[2G\u{1b}[ZX", ["X        Z"], 1, 0),
        Case("position", "\u{1b}[3;5Hx\u{1b}[2dy\u{1b}[1Gz", ["", "z    y", "    x"], 1, 1),
        Case("positions beyond the edge", "\u{1b}[99;99Hx\u{1b}[0;0Hy", ["y", "", "", "", "         x"], 1, 0),
        Case("relative moves stop at the edges", "\u{1b}[9A\u{1b}[9Dx\u{1b}[99B\u{1b}[99Cy", ["x", "", "", "", "         y"], 9, 4),
        Case("next and previous line", "abc\u{1b}[2Ex\u{1b}[Fy", ["abc", "y", "x"], 1, 1),
        Case("erase to the line's end", "abcdef\u{1b}[3D\u{1b}[K", ["abc"], 3, 0),
        Case("erase to the line's start", "abcdef\u{1b}[3D\u{1b}[1K", ["    ef"], 3, 0),
        Case("erase the line", "abcdef\u{1b}[2K!", ["      !"], 7, 0),
        Case("erase below", rows + "\u{1b}[3;1H\u{1b}[J", ["1", "2"], 0, 2),
        Case("erase above", rows + "\u{1b}[3;1H\u{1b}[1J", ["", "", "", "4", "5"], 0, 2),
        Case("erase all", rows + "\u{1b}[2J", [], 1, 4),
        Case("insert and delete characters", "abcdef\u{1b}[3G\u{1b}[2@\u{1b}[6G\u{1b}[P", ["ab  cef"], 5, 0),
        Case("erase characters", "abcdef\u{1b}[2G\u{1b}[3X", ["a   ef"], 1, 0),
        Case("insert lines", rows + "\u{1b}[2;1H\u{1b}[2L", ["1", "", "", "2", "3"], 0, 1),
        Case("delete lines", rows + "\u{1b}[2;1H\u{1b}[2M", ["1", "4", "5"], 0, 1),
        Case("scroll up and down", rows + "\u{1b}[2S\u{1b}[T", ["", "3", "4", "5"], 1, 4),
        Case("a region scrolls alone", rows + "\u{1b}[2;4r\u{1b}[4;1H\nX", ["1", "3", "4", "X", "5"], 1, 3),
        Case("a region in reverse", rows + "\u{1b}[2;4r\u{1b}[2;1H\u{1b}MX", ["1", "X", "2", "3", "5"], 1, 1),
        Case("lines beyond the region stay", rows + "\u{1b}[2;3r\u{1b}[5;1H\u{1b}[L", ["1", "2", "3", "4", "5"], 0, 4),
        Case("origin mode", "\u{1b}[2;4r\u{1b}[?6h\u{1b}[1;1HX\u{1b}[9;1HY", ["", "X", "", "Y"], 1, 3),
        Case("a region of one row is refused", rows + "\u{1b}[3;3r\u{1b}[H\n\n\n\n\n6", ["2", "3", "4", "5", "6"], 1, 4),
        Case("insert mode", "abc\r\u{1b}[4hX\u{1b}[4lY", ["XYbc"], 2, 0),
        Case("repeat", "a\u{1b}[3b", ["aaaa"], 4, 0),
        Case("save and restore", "ab\u{1b}7\u{1b}[4;4Hx\u{1b}8c", ["abc", "", "", "   x"], 3, 0),
        Case("the other save and restore", "ab\u{1b}[s\u{1b}[4;4Hx\u{1b}[uc", ["abc", "", "", "   x"], 3, 0),
        Case("the alternate screen comes and goes", "main\u{1b}[?1049h\u{1b}[Halt\u{1b}[?1049l!", ["main!"], 5, 0),
        Case("and is clean", "main\u{1b}[?1049h\u{1b}[Halt", ["alt"], 3, 0),
        Case("line drawing", "\u{1b}(0lqk\u{1b}(Blqk", ["┌─┐lqk"], 6, 0),
        Case("line drawing by shift", "\u{1b})0\u{e}x\u{f}x", ["│x"], 2, 0),
        Case("UTF-8", "Grüße ☺ ж", ["Grüße ☺ ж"], 9, 0),
        Case("wide characters", "日本a", ["日本a"], 5, 0),
        Case("a wide character does not straddle the edge", "123456789日", ["123456789", "日"], 2, 1),
        Case("half of a wide character that is overwritten", "日本\u{1b}[2GX", [" X本"], 2, 0),
        Case("combining marks", "e\u{301}x", ["e\u{301}x"], 2, 0),
        Case("titles are swallowed", "\u{1b}]0;evil\u{7}a\u{1b}]2;worse\u{1b}\\b", ["ab"], 2, 0),
        Case("device strings are swallowed", "\u{1b}Pq#0;2;0~-\u{1b}\\a\u{1b}_G=1\u{1b}\\b", ["ab"], 2, 0),
        Case("unknown sequences are swallowed", "\u{1b}[?1;2$pa\u{1b}[>4;2mb\u{1b} Fc\u{1b}%Gd\u{1b}[5 qe", ["abcde"], 5, 0),
        Case("a sequence is given up", "a\u{1b}[12\u{18}b", ["ab"], 2, 0),
        Case("control characters inside a sequence act", "ab\u{1b}[\u{8}1Cx", ["abx"], 3, 0),
        Case("the adjuster's pattern", "\u{1b}#8", Array(repeating: "EEEEEEEEEE", count: 5), 0, 0),
        Case("a full reset", "abc\u{1b}[4h\u{1b}cx", ["x"], 1, 0),
        Case("huge numbers", "a\u{1b}[99999999999999999999Cb\u{1b}[99999999999L", ["", "", "", "", ""], 0, 0),
        Case("new line mode", "ab\u{1b}[20h\nc", ["ab", "c"], 1, 1),
    ]

    @Test(arguments: cases) func shows(_ example: Case) {
        var screen = TerminalScreen(columns: 10, rows: 5)
        _ = screen.feed(example.input.utf8)
        var lines = example.lines
        while lines.count < 5 { lines.append("") }
        #expect(screen.picture.text == lines)
        #expect(screen.picture.cursor ?? (-1, -1) == example.cursor)
    }

    /// However the line cuts the bytes, the screen is the same.
    @Test(arguments: cases) func doesNotCareWhereBytesAreCut(_ example: Case) {
        var whole = TerminalScreen(columns: 10, rows: 5), bytewise = TerminalScreen(columns: 10, rows: 5)
        _ = whole.feed(example.input.utf8)
        for byte in example.input.utf8 { _ = bytewise.feed([byte]) }
        #expect(whole.picture == bytewise.picture)
    }

    @Test func coloursAreWhatXtermShows() {
        var screen = TerminalScreen(columns: 40, rows: 2)
        _ = screen.feed("\u{1b}[31ma\u{1b}[1mb\u{1b}[0;44mc\u{1b}[38;5;196md\u{1b}[38;2;1;2;3me\u{1b}[7mf\u{1b}[0;4mg\u{1b}[mh".utf8)
        _ = screen.feed("\u{1b}[38:2::9:8:7mi\u{1b}[48:5:21mj\u{1b}[0;97;100mk\u{1b}[0;4:0ml\u{1b}[8mm".utf8)
        let row = screen.picture.lines[0]
        let foregrounds: [UInt32] = [
            0xcd0000, 0xff4b4b, 0xd0d0d0, 0xff0000, 0x010203, 0x2a5fd8, 0xd0d0d0, 0xd0d0d0, 0x090807, 0x090807, 0xffffff, 0xd0d0d0, 0,
        ]
        let backgrounds: [UInt32] = [0, 0, 0x2a5fd8, 0x2a5fd8, 0x2a5fd8, 0x010203, 0, 0, 0, 0x0000ff, 0x7f7f7f, 0, 0]
        #expect(row.prefix(13).map(\.foreground) == foregrounds && row.prefix(13).map(\.background) == backgrounds)
        #expect(row.prefix(13).map(\.underlined) == "gabcdef".map { _ in false }.dropLast() + [true] + Array(repeating: false, count: 6))
    }

    /// Erased places take the background, as programs that paint their windows expect.
    @Test func erasingPaintsTheBackground() {
        var screen = TerminalScreen(columns: 4, rows: 2)
        _ = screen.feed("\u{1b}[42m\u{1b}[2J\u{1b}[7m\u{1b}[K".utf8)
        #expect(screen.picture.lines.allSatisfy { $0.allSatisfy { $0.background == 0x00cd00 } })
    }

    @Test func questionsAreAnswered() {
        var screen = TerminalScreen(columns: 80, rows: 24)
        #expect(String(decoding: screen.feed("\u{1b}[999;999H\u{1b}[6n".utf8), as: UTF8.self) == "\u{1b}[24;80R")
        #expect(String(decoding: screen.feed("\u{1b}[c\u{1b}[5n".utf8), as: UTF8.self) == "\u{1b}[?62;22c\u{1b}[0n")
        #expect(screen.feed([UInt8](repeating: 0x5a, count: 3)).isEmpty)
        #expect(screen.feed(String(repeating: "\u{1b}[6n", count: 10_000).utf8).count <= 1100)
    }

    @Test func modesThatKeysDependOn() {
        var screen = TerminalScreen(columns: 10, rows: 5)
        _ = screen.feed("\u{1b}[?1;2004h\u{1b}[?25l".utf8)
        #expect(screen.picture.applicationCursor && screen.picture.bracketedPaste && screen.picture.cursor == nil)
        _ = screen.feed("\u{1b}[!p\u{1b}[?2004l".utf8)
        #expect(!screen.picture.applicationCursor && !screen.picture.bracketedPaste && screen.picture.cursor != nil)
    }

    @Test func whatScrollsOffIsKept() {
        var screen = TerminalScreen(columns: 10, rows: 3)
        _ = screen.feed((1...6).map { "row \($0)" }.joined(separator: "\r\n").utf8)
        func history() -> [String] { screen.picture.history.map { String($0.map(\.text).joined().prefix { $0 != "!" }).trimmed } }
        #expect(history() == ["row 1", "row 2", "row 3"])
        // A cleared page is kept; what a region or the alternate screen scrolls is not.
        _ = screen.feed("\u{1b}[2J\u{1b}[H\u{1b}[2;3r\u{1b}[3;1H\n\n\u{1b}[r\u{1b}[?1049h\n\n\n\n\n\u{1b}[?1049l".utf8)
        #expect(history() == (1...6).map { "row \($0)" })
        _ = screen.feed(String(repeating: "x\r\n", count: 10_000).utf8)
        #expect((2000...2256).contains(screen.picture.history.count))
        _ = screen.feed("\u{1b}[3J".utf8)
        #expect(history().isEmpty)
    }

    /// Nothing that a guest sends may end the process, or leave a screen of another shape.
    @Test func noiseIsHarmless() {
        var seed: UInt64 = 0x9e37_79b9_7f4a_7c15
        func next(_ below: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(truncatingIfNeeded: seed >> 33) % below
        }
        let pieces = [
            "\u{1b}[", "\u{1b}", ";", "?", ":", "5", "999", "0", "38", "2", "m", "H", "J", "K", "L", "M", "P", "@", "X", "r", "h", "l", "b", "S", "T",
            "A", "B", "C", "D", "d", "G", "Z", "I", "n", "c", "s", "u", "\u{1b}7", "\u{1b}8", "\u{1b}c", "\u{1b}M", "\u{1b}D", "\u{1b}#8", "\u{1b}(0",
            "\u{1b}[?1049h", "\u{1b}[?1049l", "\u{1b}[?6h", "\u{1b}[4h", "日", "e\u{301}", "abc", "\n", "\r", "\t", "\u{8}", "\u{1b}]", "\u{7}",
            "\u{e}",
        ]
        for round in 0..<40 {
            let columns = 2 + next(20), rows = 2 + next(8)
            var screen = TerminalScreen(columns: columns, rows: rows)
            for _ in 0..<3000 {
                if next(6) == 0 { _ = screen.feed([UInt8(next(256))]) } else { _ = screen.feed(pieces[next(pieces.count)].utf8) }
            }
            let picture = screen.picture
            #expect(picture.lines.count == rows && picture.lines.allSatisfy { $0.count == columns }, "round \(round)")
            #expect(picture.history.allSatisfy { $0.count == columns })
            if let cursor = picture.cursor { #expect((0..<columns).contains(cursor.column) && (0..<rows).contains(cursor.row)) }
        }
    }
}

extension String {
    var trimmed: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
