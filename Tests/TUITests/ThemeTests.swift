import Foundation
import TUI
import Testing

@Suite struct ThemeTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("themes").resolvingSymlinksInPath()

    private func parse(_ text: String) -> (theme: Theme, problems: [ThemeProblem]) { Theme.parse(id: "test", bytes: Array(text.utf8)) }

    @Test func everyShippedThemeIsCleanAndComplete() throws {
        let files = try FileManager.default.contentsOfDirectory(at: ThemeTests.folder, includingPropertiesForKeys: nil)
        #expect(files.count == 9)
        for file in files {
            #expect(file.pathExtension == "theme")
            let id = file.deletingPathExtension().lastPathComponent
            let (theme, problems) = Theme.parse(id: id, bytes: Array(try Data(contentsOf: file)))
            #expect(problems.isEmpty, "\(id): \(problems)")
            let resolved = theme.resolved(among: Theme.house)
            for role in Role.allCases { #expect(resolved.roles[role]?.full != nil, "\(id) lacks \(role.rawValue)") }
        }
    }

    @Test func theBuiltInThemesAreTheFiles() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: ThemeTests.folder.path)
        #expect(Set(files) == Set(HouseTheme.all.map { $0.theme.id + ".theme" }))
        for house in HouseTheme.all {
            let path = ThemeTests.folder.appendingPathComponent(house.theme.id + ".theme")
            #expect(try String(contentsOf: path, encoding: .utf8) == house.file)
            #expect(Theme.parse(id: house.theme.id, bytes: Array(house.file.utf8)).theme == house.theme)
        }
    }

    @Test func aLineIsReadInEveryColumn() {
        let (theme, problems) = parse(
            "name = Mine\nappearance = light\n# note\n\nselected = #f3f8fa on #1f5260 bold\nselected.256 = 231 on 23\nselected.16=black on bright-cyan\nselected.mono = reverse underline\n"
        )
        #expect(problems.isEmpty)
        #expect(theme.name == "Mine" && theme.appearance == .light)
        #expect(
            theme.ink(.role(.selected), depth: .rgb) == Ink(foreground: .rgb(0xf3f8fa), background: .rgb(0x1f5260), attributes: .bold))
        #expect(theme.ink(.role(.selected), depth: .palette256) == Ink(foreground: .index(231), background: .index(23)))
        #expect(theme.ink(.role(.selected), depth: .sixteen) == Ink(foreground: .index(0), background: .index(14)))
        #expect(theme.ink(.role(.selected), depth: .mono) == Ink(foreground: .standard, background: .standard, attributes: [.reverse, .underline]))
    }

    @Test(arguments: [
        "nonsense", "text", "= #102030", "text =", "text = #12345", "text = #1234567", "text = #+12345", "text = 300", "text.256 = 256",
        "text.256 = -1",
        "text.256 = +7", "text.16 = purple", "text.mono = red", "text = #102030 on", "text = on #102030", "text = #102030 #405060",
        "text = #102030 on #405060 on #102030", "colour = #102030", "text.512 = 3", "appearance = dusk", "text = #102030 on bold",
    ])
    func aBadLineIsNamedAndLeftOut(line: String) {
        let (theme, problems) = parse("muted = #8c9ba8\n" + line + "\nrule = #3d4c58\n")
        #expect(problems.map(\.line) == [2])
        #expect(Set(theme.roles.keys) == [.muted, .rule])
        #expect(theme.roles[.muted]?.full != nil && theme.roles[.rule]?.full != nil)
    }

    @Test func hostileFilesAreRefusedOrHarmless() {
        #expect(Theme.parse(id: "x", bytes: Array(repeating: 0x41, count: Theme.maximumFileSize + 1)).problems.count == 1)
        #expect(Theme.parse(id: "x", bytes: [0x74, 0xff, 0xfe]).problems.count == 1)
        #expect(Theme.parse(id: "x", bytes: []).problems.isEmpty)
        #expect(parse(String(repeating: "=", count: 60_000)).problems.count == 1)
        #expect(parse(String(repeating: "\n", count: 60_000)).problems.isEmpty)
        #expect(parse("text = " + String(repeating: "bold ", count: 9_000)).problems.count == 1)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            var bytes = Array(HouseTheme.all[0].file.utf8)
            for _ in 0..<20 { bytes[Int(random.next(upperBound: UInt(bytes.count)))] = UInt8.random(in: 0...127) }
            let (theme, _) = Theme.parse(id: "x", bytes: bytes)
            for depth in [ColourDepth.mono, .eight, .sixteen, .palette256, .rgb] { _ = theme.ink(.dialog(.text), depth: depth) }
        }
    }

    @Test func aMissingRoleComesFromTheParentAndParentsMayGoInCircles() {
        var a = parse("parent = b\ntext = #010203\n").theme, b = parse("parent = a\nmuted = #040506\n").theme
        (a.id, b.id) = ("a", "b")
        let resolved = a.resolved(among: [a, b])
        #expect(resolved.roles[.text]?.full?.first == .rgb(0x010203))
        #expect(resolved.roles[.muted]?.full?.first == .rgb(0x040506))
    }

    @Test func eightColoursUseAttributes() {
        let theme = Theme.house[0]
        #expect(theme.ink(.muted, depth: .eight).attributes == .dim)
        #expect(theme.ink(.role(.error), depth: .eight) == Ink(foreground: .index(1), background: .standard, attributes: .bold))
    }

    @Test func aGuestKeepsItsColours() {
        let style = Style.guest(foreground: 0xffff55, background: 0x0000aa, underlined: false)
        for theme in Theme.house {
            #expect(theme.ink(style, depth: .rgb) == Ink(foreground: .rgb(0xffff55), background: .rgb(0x0000aa)))
            #expect(theme.ink(style, depth: .sixteen) == Ink(foreground: .index(11), background: .index(4)))
            #expect(theme.ink(style, depth: .palette256).background != .standard)
        }
        #expect(Theme.house[0].ink(.guest(foreground: 0, background: 0xaaaaaa, underlined: false), depth: .mono).attributes == .reverse)
    }
}
