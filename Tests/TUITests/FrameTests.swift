import TUI
import Testing

@Suite struct FrameTests {
    @Test func widthsAndClipping() {
        #expect(Text.width("freedos") == 7)
        #expect(Text.width("会計デモ") == 8)
        #expect(Text.width("●─▸✓") == 4)
        #expect(Text.width("e\u{301}") == 1)
        #expect(Text.clipped("受注管理サーバー", to: 7) == "受注管…")
        #expect(Text.clipped("freedos", to: 7) == "freedos")
        #expect(Text.clipped("freedos", to: 4) == "fre…")
        #expect(Text.middleClipped("/home/me/images/freedos.vhd", to: 15).hasSuffix("dos.vhd"))
        #expect(Text.width(Text.middleClipped("/home/me/images/freedos.vhd", to: 15)) <= 15)
        #expect(Text.wrapped("one two three", to: 7) == ["one two", "three"])
        #expect(Text.wrapped("abcdefgh", to: 3) == ["abc", "def", "gh"])
    }

    @Test func nothingFromOutsideSteersTheTerminal() {
        var frame = Frame(Size(20, 1))
        frame.put("a\u{1b}[31m\u{7}\u{202e}b\u{200b}\r\nc\u{9b}", 0, 0)
        #expect(frame.lines == ["a·[31m··b··c·"])
        for scalar in (0..<0x3000).compactMap({ Unicode.Scalar(UInt32($0)) }) {
            let (text, width) = Text.cell(of: Character(scalar))
            #expect(width == 1 || width == 2)
            #expect(
                !text.isEmpty
                    && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control && $0.properties.generalCategory != .format })
        }
    }

    @Test func aWideCharacterIsNeverHalf() {
        var frame = Frame(Size(5, 1))
        frame.put("会計", 0, 0)
        frame.put("x", 1, 0)
        #expect(frame.lines == [" x計"])
        frame.put("計", 4, 0)
        #expect(frame[4, 0].text == " ")
        frame.put("会", 1, 0)
        #expect(frame[3, 0].text == " ")
    }

    @Test func drawingOutsideIsNothing() {
        var frame = Frame(Size(3, 2))
        let before = frame
        frame.put("abc", 0, -1)
        frame.put("abc", 0, 2)
        frame.put("abc", 3, 0)
        frame.fill(Rect(5, 5, 10, 10), .muted, "x")
        frame.box(Rect(-20, -20, 3, 3), title: "x")
        #expect(frame == before)
        frame.put("abc", -1, 0)
        #expect(frame.lines[0] == "bc")
        #expect(Frame(Size(-3, 4)).cells.isEmpty)
    }

    @Test func controls() {
        var frame = Frame(Size(60, 5))
        frame.shelf(["Summary", "Console"], active: 0, y: 0)
        frame.field(TextField("win98"), 0, 1, width: 20, focused: true)
        frame.choice("Pentium", 22, 1, width: 15, focused: false)
        frame.buttons([Button("Save", isEnabled: false), Button("Cancel")], focus: 1, 0, 2)
        frame.bar(0.55, 0, 3, width: 10)
        frame.footer([Hint("Enter", "console"), Hint("q", "quit")], y: 4)
        #expect(
            frame.lines == [
                "─┤ Summary ├─ Console ──────────────────────────────────────", "[ win98            ]  ‹ Pentium     ›", "( Save )  [▸Cancel ]",
                "━━━━━╸────",
                " Enter console  q quit",
            ])
        #expect(frame.cursor == Point(7, 1))
    }

    @Test func poorerTerminalsGetTheSameCells() {
        var frame = Frame(Size(20, 2))
        frame.put("▸ ● ┤ x ├ ━╸─ 会 ñ", 0, 0)
        frame[0, 1] = Cell("▀", .guest(foreground: 0xffffff, background: 0xffffff, underlined: false))
        let ascii = GlyphSet.ascii.translated(frame)
        #expect(ascii.lines == ["> * [ x ] ==- ?  ?", "@"])
        #expect(GlyphSet.cp437.translated(frame).lines[0] == "► • ┤ x ├ ══─ ?  ñ")
        #expect(GlyphSet.unicode.translated(frame) == frame)
    }

    @Test func editingALine() {
        var field = TextField("ab")
        for key in [Key.left, .character("é"), .character("x"), .backspace, .home, .character("会")] {
            let handled = field.handle(key)
            #expect(handled)
        }
        #expect(field.text == "会aéb")
        let cut = field.handle(.control("k"))
        #expect(cut && field.text == "会")
        field.insert("a\nb\u{1b}c")
        #expect(field.text == "会abc")
        let other = [field.handle(.enter), field.handle(.tab)]
        #expect(other == [false, false])
        #expect(TextField("0123456789").window(5).cursor == 4)
        var word = TextField("one two/three")
        _ = word.handle(.control("w"))
        #expect(word.text == "one two/")
    }
}

@Suite struct InputDecoderTests {
    private func decode(_ text: String) -> [TerminalEvent] {
        var decoder = InputDecoder()
        return decoder.feed(text.utf8) + decoder.flush()
    }

    @Test(arguments: [
        ("a", Key.character("a")), ("é", .character("é")), ("会", .character("会")), ("\r", .enter), ("\t", .tab), ("\u{7f}", .backspace),
        ("\u{1d}", .control("]")), ("\u{3}", .control("c")), ("\u{1b}", .escape), ("\u{1b}x", Key(.character("x"), alt: true)),
        ("\u{1b}[A", .up), ("\u{1b}OB", .down), ("\u{1b}[1;5C", Key(.right, control: true)), ("\u{1b}[3~", .delete), ("\u{1b}[Z", .backTab),
        ("\u{1b}OP", .function(1)), ("\u{1b}[11~", .function(1)), ("\u{1b}[[A", .function(1)), ("\u{1b}[24~", .function(12)),
        ("\u{1b}[15;2~", Key(.function(5), shift: true)), ("\u{1b}[7~", .home), ("\u{1b}[F", .end),
    ])
    func keys(bytes: String, key: Key) {
        #expect(decode(bytes) == [.key(key)])
        // The same, a byte at a time.
        var decoder = InputDecoder()
        var events: [TerminalEvent] = []
        for byte in bytes.utf8 { events += decoder.feed([byte]) }
        events += decoder.flush()
        #expect(events == [.key(key)])
    }

    @Test func pasteIsOneEvent() {
        #expect(decode("x\u{1b}[200~a\r\u{1b}[A\u{3}b\u{1b}[201~y") == [.key(.character("x")), .paste("a\r\u{1b}[A\u{3}b"), .key(.character("y"))])
        var decoder = InputDecoder()
        let nothing = decoder.feed("\u{1b}[200~abc\u{1b}[2".utf8)
        #expect(nothing.isEmpty)
        let pasted = decoder.feed("01~".utf8)
        #expect(pasted == [.paste("abc")])
    }

    @Test func mouse() {
        #expect(decode("\u{1b}[<0;10;5M") == [.mouse(MouseEvent(kind: .press, button: 1, x: 9, y: 4))])
        #expect(decode("\u{1b}[<65;1;1M") == [.mouse(MouseEvent(kind: .wheelDown, button: 0, x: 0, y: 0))])
    }

    @Test func noiseNeverStopsTheKeys() {
        var decoder = InputDecoder()
        for _ in 0..<2000 { _ = decoder.feed((0..<Int.random(in: 1...80)).map { _ in UInt8.random(in: 0...255) }) }
        _ = decoder.feed("\u{1b}[201~".utf8)
        _ = decoder.flush()
        _ = decoder.feed(Array(repeating: 0x20, count: 200))
        _ = decoder.flush()
        let letter = decoder.feed("a".utf8)
        #expect(letter == [.key(.character("a"))])
        let nothing = decoder.feed([0xc3])
        #expect(nothing.isEmpty)
        let accented = decoder.feed([0xa9])
        #expect(accented == [.key(.character("é"))])
        let broken = decoder.feed([0xff, 0xc3, 0x62])
        #expect(broken == [.key(.character("b"))])
    }
}
