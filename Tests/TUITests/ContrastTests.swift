import TUI
import Testing

/// Every word of every theme can be read.
@Suite struct ContrastTests {
    @Test func ratiosAreThoseOfWCAG() {
        #expect(abs(Contrast.ratio(0xffffff, 0) - 21) < 0.001)
        #expect(abs(Contrast.ratio(0x777777, 0xffffff) - 4.478) < 0.001)
        #expect(abs(Contrast.ratio(0x0a6375, 0xfbf9f4) - 6.534) < 0.001)
        #expect(Contrast.ratio(0x123456, 0x123456) == 1)
    }

    @Test func everyWordOfEveryThemeIsRead() {
        for theme in Theme.house where theme.id != "mono" {
            for depth in [ColourDepth.rgb, .palette256] {
                for (roles, needed) in [(Role.words, 4.5), (Role.graphs, 3)] {
                    for role in roles {
                        let ratio = theme.contrast(of: role, depth: depth)
                        #expect((ratio ?? 0) >= needed, "\(theme.id) \(role) \(depth): \(ratio ?? 0)")
                    }
                }
                if let weakest = theme.weakest(depth: depth), let graph = theme.weakest(of: Role.graphs, depth: depth) {
                    print("\(theme.id) \(depth): \(weakest.role) \(weakest.ratio), graphs \(graph.ratio)")
                }
            }
        }
    }

    @Test func theContrastThemesAreStrongerStill() {
        for id in ["high-contrast", "day-contrast"] {
            guard let theme = HouseTheme.named(id)?.theme else {
                Issue.record("no theme \(id)")
                continue
            }
            #expect(abs((theme.contrast(of: .text, depth: .rgb) ?? 0) - 21) < 0.001)
            for depth in [ColourDepth.rgb, .palette256] {
                for role in Role.words {
                    let ratio = theme.contrast(of: role, depth: depth) ?? 0
                    #expect(ratio >= 7, "\(id) \(role) \(depth): \(ratio)")
                }
            }
            #expect(theme.ink(.muted, depth: .sixteen).foreground == .standard)
        }
    }

    @Test func statesOfTheColourBlindThemeAreOkabeAndItos() {
        let theme = HouseTheme.named("okabe")?.theme
        for (role, value) in [(Role.running, 0x56b4e9), (.paused, 0xf0e442), (.error, 0xee7733)] as [(Role, UInt32)] {
            #expect(theme?.ink(.role(role), depth: .rgb).foreground == .rgb(value))
        }
    }

    @Test func monoHasNoColour() {
        guard let theme = HouseTheme.named("mono")?.theme else {
            Issue.record("no theme mono")
            return
        }
        for depth in [ColourDepth.mono, .eight, .sixteen, .palette256, .rgb] {
            for role in Role.allCases {
                let ink = theme.ink(.role(role), depth: depth)
                #expect(ink.foreground == .standard && ink.background == .standard)
                #expect(ink.attributes == theme.ink(.role(role), depth: .mono).attributes, "\(role) \(depth)")
            }
        }
    }

    /// Where colours are few, the words are told apart by more than their colour, and none is drawn in the colour of its ground.
    @Test func nothingVanishesInSixteenColours() {
        for theme in Theme.house {
            for depth in [ColourDepth.sixteen, .eight] {
                for role in Role.words where theme.id != "mono" {
                    let ink = theme.ink(.role(role), depth: depth)
                    #expect(ink.foreground != ink.background || ink.foreground == .standard, "\(theme.id) \(role) \(depth)")
                }
            }
        }
    }

    @Test func aLiftedColourPassesAndMovesNoFurther() {
        let lifted = Contrast.lifted(0x616e88, towards: 0xeceff4, on: [0x2e3440], needed: 4.5)
        #expect(Contrast.ratio(lifted, 0x2e3440) >= 4.5 && Contrast.ratio(lifted, 0x2e3440) < 4.8)
        #expect(Contrast.lifted(0xffffff, towards: 0, on: [0], needed: 4.5) == 0xffffff)
        #expect(Contrast.lifted(0x808080, towards: 0x818181, on: [0x808080], needed: 4.5) == 0x818181)
    }
}
