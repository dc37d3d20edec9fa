import TUI
import Testing

/// What a terminal says of itself, and what follows for a theme.
@Suite struct TerminalAnswerTests {
    private func events(_ text: String) -> [TerminalEvent] {
        var decoder = InputDecoder()
        return decoder.feed(text.utf8)
    }

    @Test func theGroundIsReadInEveryForm() {
        #expect(events("\u{1b}]11;rgb:1010/1717/1d1d\u{1b}\\") == [.background(0x10171d)])
        #expect(events("\u{1b}]11;rgb:ff/ff/f4\u{07}") == [.background(0xfffff4)])
        #expect(events("\u{1b}]11;rgba:ffff/0000/8080/ffff\u{07}") == [.background(0xff0080)])
        #expect(events("\u{1b}]11;rgb:f/0/8\u{07}") == [.background(0xff0088)])
        for answer in ["11;rgb:xx/00/00", "11;rgb:00/00", "11;?", "10;rgb:00/00/00", "11;rgb:00000/00/00", "52;c;aGVsbG8="] {
            #expect(events("\u{1b}]\(answer)\u{07}") == [], "\(answer)")
        }
    }

    @Test func keysAroundAnAnswerAreKeys() {
        #expect(
            events("a\u{1b}]11;rgb:00/00/00\u{1b}\\b\u{1b}[2;3Rc") == [
                .key(.character("a")), .background(0), .key(.character("b")), .cursor(Point(2, 1)), .key(.character("c")),
            ])
        // F3 with Alt is no answer.
        #expect(events("\u{1b}[1;3R") == [.key(Key(.function(3), alt: true))])
        #expect(events("\u{1b}]x") == [.key(Key(.character("]"), alt: true)), .key(.character("x"))])
    }

    @Test func anAnswerMayComeInPieces() {
        var decoder = InputDecoder()
        #expect(decoder.feed("\u{1b}]11;rgb:10".utf8) == [])
        #expect(decoder.flush() == [])
        #expect(decoder.feed("/17/1d\u{1b}".utf8) == [])
        #expect(decoder.flush() == [])
        #expect(decoder.feed("\\q".utf8) == [.background(0x10171d), .key(.character("q"))])
    }

    @Test func anAnswerThatNeverEndsIsGivenUp() {
        var decoder = InputDecoder()
        #expect(decoder.feed("\u{1b}]11;rgb:10".utf8) == [])
        for _ in 0..<100 { #expect(decoder.flush() == []) }
        #expect(!decoder.isWaiting)
        #expect(decoder.feed("q".utf8) == [.key(.character("q"))])
        #expect(decoder.feed("\u{1b}]1".utf8 + Array(repeating: 0x30, count: 200)).count < 200)
        var alt = InputDecoder()
        #expect(alt.feed("\u{1b}]".utf8) == [])
        #expect(alt.flush() == [.key(Key(.character("]"), alt: true))])
    }

    @Test func depthFollowsTheTerminalAndTheUser() {
        #expect(ColourDepth(colours: 1 << 24, noColour: nil) == .rgb)
        #expect(ColourDepth(colours: 256, noColour: "") == .palette256)
        #expect(ColourDepth(colours: 16, noColour: nil) == .sixteen)
        #expect(ColourDepth(colours: 8, noColour: nil) == .eight)
        #expect(ColourDepth(colours: 0, noColour: nil, wish: .always) == .mono)
        #expect(ColourDepth(colours: 256, noColour: "1") == .mono)
        #expect(ColourDepth(colours: 256, noColour: "1", wish: .always) == .palette256)
        #expect(ColourDepth(colours: 256, noColour: nil, wish: .never) == .mono)
    }

    @Test func lightIsLight() {
        #expect(TerminalGround.isLight(0xffffff) && TerminalGround.isLight(0xfdf6e3))
        #expect(!TerminalGround.isLight(0) && !TerminalGround.isLight(0x2e3440))
        #expect(TerminalGround.isLight(colorfgbg: "0;15") == true && TerminalGround.isLight(colorfgbg: "15;0") == false)
        #expect(TerminalGround.isLight(colorfgbg: "0;default;7") == true)
        for odd in [nil, "", "15;default", "0;99", "x"] { #expect(TerminalGround.isLight(colorfgbg: odd) == nil) }
    }

    @Test func sixteenColoursSuitTheTerminalsGround() {
        let vitrine = Theme.house[0], paper = Theme.house[1]
        let onLight = vitrine.worn(isLight: true)
        #expect(onLight.ink(.role(.paused), depth: .sixteen) == paper.ink(.role(.paused), depth: .sixteen))
        #expect(onLight.ink(.role(.paused), depth: .rgb) == vitrine.ink(.role(.paused), depth: .rgb))
        #expect(vitrine.worn(isLight: false) == vitrine && vitrine.worn() == vitrine)
        #expect(paper.worn(isLight: false).ink(.role(.error), depth: .sixteen) == vitrine.ink(.role(.error), depth: .sixteen))
        // Those with a ground of their own keep it, and no colour is no colour everywhere.
        for id in ["high-contrast", "day-contrast", "mono"] {
            guard let theme = HouseTheme.named(id)?.theme else { continue }
            for isLight in [true, false] { #expect(theme.worn(isLight: isLight) == theme, "\(id)") }
        }
    }

    @Test func theOwnGroundIsTheTerminals() {
        for depth in [ColourDepth.eight, .sixteen, .palette256, .rgb] {
            #expect(Theme.house[0].worn(ownGround: true).ink(.text, depth: depth).background == .standard)
            #expect(Theme.house[0].worn(ownGround: true).ink(.dialog(.text), depth: depth) == Theme.house[0].ink(.dialog(.text), depth: depth))
        }
    }

    @Test func whatIsTheUsersOwnIsKnown() {
        #expect(Theme.house.allSatisfy { !$0.isOwn })
        #expect(Theme.house.map(\.word).filter { $0 == "dark" }.count == 5)
        var changed = Theme.house[0]
        changed.roles[.text] = changed.roles[.muted]
        #expect(changed.isOwn && changed.word == "yours")
    }
}
