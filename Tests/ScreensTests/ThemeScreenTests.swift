import Contract
import Screens
import TUI
import Testing

/// The theme picker as a person sees it, and what its keys do.
@Suite struct ThemeScreenTests {
    private func picker(_ width: Int = 80, _ height: Int = 24) -> Harness {
        let harness = Harness(width, height)
        harness.model.terminal = "256 colours, Unicode"
        harness.press(.character("t"))
        return harness
    }

    private let top = """
         Theme                                           terminal: 256 colours, Unicode
        ─┤ Themes ├────────────────────┬── Preview ─────────────────────────────────────

        """

    @Test func paper() {
        let harness = picker()
        harness.press(.down)
        harness.expect(
            top + """
                  Vitrine        dark          │  Name ▾        State          CPU
                ▸ Paper          light         │  ● freedos     running    3h  ▁▁▂▁▁▁
                  High contrast  dark          │  ● win98       running    2d  ▇▆█▇▆█
                  Day contrast   light         │▸ ‖ nt4         paused    12m
                  Okabe          colour-blind  │  ◆ os2-warp    saved      6d
                  Mono           no colour     │  ✖ toyos       crashed    4m
                  Nord           dark          │  ■ showcase    off
                  Gruvbox        dark          │  » debian      starting   2s
                  Dracula        dark          │
                                               │  text  muted  accent  key  match
                  [ ] terminal's own ground    │  [ a field                ]
                                               │  ✖ An error says what to do next.
                                               │  ! A warning, and · a hint
                  Import a btop or base16      │  ━━━━━━━━━━━━╸───────────  53%
                  file with i.                 │
                                               │  ▁▂▃▄▅▆▇█ low to high
                                               │
                                               │  weakest text: 5.0 to 1 (muted)
                                               │  in 256 colours: 4.8 to 1 (saved)
                ───────────────────────────────┴────────────────────────────────────────────────
                 Live: the whole screen wears it while you choose. Esc puts the old one back.
                 Enter keep  Up Down try  d dark, light, all  i import  E edit copy  Esc back
                """)
        harness.expectStyle(1, "rraaaaaaaarrrrrrrrrrrrrrrrrrrrrrrrmmmmmmmmmrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr")
        harness.expectStyle(3, "SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSr  g             ggggggg    mm  111111")
        harness.expectStyle(5, "                 mmmmm         rRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR")
        harness.expectStyle(11, "                               r        mmmmm  aaaaaa  kkk  MMMMM")
        harness.expectStyle(23, " kkkkk mmmm  kkkkkkk mmm  k mmmmmmmmmmmmmmmm  k mmmmmm  k mmmmmmmmm  kkk mmmm")
    }

    /// The list alone, scrolled, where there is no room for more.
    @Test func narrow() {
        let harness = picker(48, 14)
        harness.press(.end)
        harness.expect(
            """
             Theme           terminal: 256 colours, Unicode
            ─┤ Themes ├─────────────────────────────────────
              High contrast  dark
              Day contrast   light
              Okabe          colour-blind
              Mono           no colour
              Nord           dark
              Gruvbox        dark
            ▸ Dracula        dark

              [ ] terminal's own ground
            ────────────────────────────────────────────────
             Live: the whole screen wears it while you cho…
             Enter keep  Up Down try  E edit copy  Esc back
            """)
    }

    /// No colour of its own: what can be said about its contrast is the terminal's to say.
    @Test func mono() {
        let harness = picker()
        for _ in 0..<5 { harness.press(.down) }
        #expect(harness.frame.lines[7] == "▸ Mono           no colour     │  ✖ toyos       crashed    4m")
        #expect(harness.frame.lines[19] == "                               │  words are as strong as the")
        #expect(harness.frame.lines[20] == "                               │  terminal's own colours are")
        // What the eye would see: every cell of the selection is reversed, nothing has a colour.
        let theme = harness.model.themes[harness.model.theme]
        for x in 0..<31 { #expect(theme.ink(harness.frame[x, 7].style, depth: .rgb).attributes == .reverse) }
        for cell in harness.frame.cells { #expect(theme.ink(cell.style, depth: .rgb).foreground == .standard) }
    }

    /// The same screen in the characters of old fonts: the same cells in the same places.
    @Test func everyGlyphSetHasTheSameCells() {
        let harness = picker()
        for set in GlyphSet.allCases {
            let frame = set.translated(harness.frame)
            #expect(frame.lines.allSatisfy { Text.width($0) <= 80 })
            if set == .ascii {
                #expect(frame.lines.allSatisfy { $0.utf8.allSatisfy { $0 < 0x7f } })
                #expect(frame.lines[2] == "> Vitrine        dark          |  Name v        State          CPU")
                #expect(frame.lines[1].hasPrefix("-[ Themes ]--------------------+-- Preview ---"))
                #expect(!frame.lines.joined().contains("?"))
            }
        }
    }

    @Test func escPutsTheOldOneBack() {
        let harness = picker()
        harness.press(.end, .character(" "), .down, .character(" "), .escape)
        #expect(harness.model.page == .machines)
        #expect(harness.model.theme == 0)
        #expect(harness.model.preferences == Preferences())
        #expect(harness.effects.last == .theme("vitrine"))
    }

    @Test func whatIsKeptIsRemembered() {
        let harness = picker()
        harness.press(.down, .down, .enter)
        #expect(harness.model.preferences.theme == "high-contrast")
        #expect(harness.effects.last == .keep(harness.model.preferences))
        #expect(harness.screen.contains("The theme is High contrast, it was Vitrine."))
    }

    @Test func theGroundMayStayTheTerminals() {
        let harness = picker()
        harness.press(.end, .down, .character(" "))
        #expect(harness.model.preferences.ownGround == true)
        #expect(harness.screen.contains("▸ [✓] terminal's own ground"))
        #expect(harness.effects.last == .theme("dracula"))
        harness.press(.enter)
        #expect(harness.effects.last == .keep(harness.model.preferences))
    }

    @Test func darkAndLightAreFiltered() {
        let harness = picker()
        harness.press(.character("d"), .character("d"))
        #expect(harness.screen.contains("┤ Light themes ├") && harness.screen.contains("▸ Paper"))
        #expect(!harness.screen.contains("Gruvbox"))
        #expect(harness.effects.last == .theme("paper"))
        harness.press(.character("d"))
        #expect(harness.screen.contains("┤ Themes ├") && harness.screen.contains("▸ Paper"))
    }

    @Test func aFileIsImportedKeptAndChosen() {
        let harness = picker()
        harness.press(.character("i"))
        harness.type("~/Night Sky.theme")
        #expect(harness.frame.lines[22].hasPrefix(" Import file [ ~/Night Sky.theme"))
        harness.press(.enter)
        #expect(harness.effects.last == .readFile(path: "~/Night Sky.theme", .importTheme))
        let text = "theme[main_bg]=\"#101010\"\ntheme[main_fg]=\"#e0e0e0\"\ntheme[inactive_fg]=\"#303030\"\n"
        harness.send(.read(.importTheme, path: "~/Night Sky.theme", .success(Array(text.utf8))))
        #expect(harness.model.preferences.theme == "night-sky")
        #expect(harness.screen.contains("▸ Night-sky      yours"))
        #expect(harness.frame.lines[22] == " Night-sky imported from btop, 1 role moved to be read.")
        let kept = harness.effects.compactMap { effect -> String? in if case .keepTheme("night-sky", let text) = effect { text } else { nil } }
        #expect(kept.count == 1 && kept[0].contains("ground          = #101010"))
        harness.press(.escape)
        #expect(harness.model.themes[harness.model.theme].id == "night-sky")
    }

    @Test func whatCannotBeImportedIsSaidAndCanBeTypedAnew() {
        let harness = picker()
        harness.press(.character("i"))
        harness.type("x.yaml")
        harness.press(.enter)
        harness.send(.read(.importTheme, path: "x.yaml", .failure(KeeperError(.notFound, "x.yaml: no such file."))))
        #expect(harness.screen.contains("✖ x.yaml: no such file.") && harness.screen.contains("[ x.yaml"))
        harness.send(.read(.importTheme, path: "x.yaml", .success([0xff])))
        #expect(harness.screen.contains("✖ x.yaml: the file is not UTF-8."))
        harness.press(.escape)
        #expect(harness.model.themes.count == 9 && harness.model.page == .theme)
    }

    @Test func aCopyIsEdited() {
        let harness = picker()
        harness.press(.character("E"))
        guard case .editText(let text, let purpose)? = harness.effects.last else {
            Issue.record("nothing to edit")
            return
        }
        #expect(purpose == .theme("my-vitrine") && text.contains("name            = My Vitrine"))
        harness.send(.edited(purpose, .success(text.replacing("#10171d", with: "#000000") + "colour = 3\n")))
        #expect(harness.screen.contains("▸ My Vitrine     yours"))
        #expect(harness.screen.contains("✖ my-vitrine, line"))
        // The user's own is edited as it was written.
        harness.press(.character("E"))
        if case .editText(let again, .theme("my-vitrine"))? = harness.effects.last {
            #expect(again.hasSuffix("colour = 3\n"))
        } else {
            Issue.record("not again")
        }
    }
}
