import TUI
import Testing

@Suite struct ThemeImportTests {
    private let btop = """
        # Theme: some night
        theme[main_bg]="#1a1b26"
        theme[main_fg]="#cfc9c2"
        theme[title]="#cfc9c2"
        theme[hi_fg]="#7dcfff"
        theme[selected_bg]="#414868"
        theme[selected_fg]='#cfc9c2'
        theme[inactive_fg]="#565f89"
        theme[meter_bg]=""
        theme[proc_misc]="125 207 255"
        theme[div_line]="#56"
        theme[cpu_start]="#9ece6a"
        theme[cpu_mid]="#e0af68"
        theme[cpu_end]="#f7768e"
        theme[nonsense]="#12345"

        """

    private static let colours = [
        "282c34", "353b45", "3e4451", "545862", "565c64", "abb2bf", "b6bdca", "c8ccd4", "e06c75", "d19a66", "e5c07b", "98c379", "56b6c2", "61afef",
        "c678dd", "be5046",
    ]

    private func base16(_ line: (String, String) -> String, head: String) -> String {
        head + ThemeImportTests.colours.enumerated().map { line("base0" + String($0.offset, radix: 16).uppercased(), $0.element) }.joined() + "\n"
    }

    private func expectReadable(_ theme: Theme, sourceLocation: SourceLocation = #_sourceLocation) {
        for depth in [ColourDepth.rgb, .palette256] {
            for role in Role.words {
                if let ratio = theme.contrast(of: role, depth: depth) {
                    #expect(ratio >= 4.5, "\(role) \(depth) \(ratio)", sourceLocation: sourceLocation)
                }
            }
            for role in Role.graphs { #expect((theme.contrast(of: role, depth: depth) ?? 21) >= 3, sourceLocation: sourceLocation) }
        }
    }

    @Test func btopIsRead() throws {
        let made = try ThemeImport(id: "night", bytes: Array(btop.utf8))
        #expect(made.format == .btop)
        #expect(made.theme.appearance == .dark)
        #expect(made.problems.map(\.line) == [15])
        #expect(made.theme.roles[.ground]?.full?.first == .rgb(0x1a1b26))
        #expect(made.theme.roles[.dialog]?.full?.first == .standard)
        #expect(made.theme.roles[.rule]?.full?.first == .rgb(0x565656))
        #expect(made.theme.roles[.running]?.full?.first == .rgb(0x7dcfff))
        #expect(made.theme.roles[.graphHigh]?.full?.first == .rgb(0xf7768e))
        // 3.0 to 1 as it came.
        #expect(made.theme.roles[.muted]?.full?.first != .rgb(0x565f89))
        #expect(made.moved >= 1)
        #expect(made.summary.contains("roles moved") || made.summary.contains("1 role moved"))
        expectReadable(made.theme)
    }

    @Test func bothFormsOfBase16AreRead() throws {
        let flat = try ThemeImport(
            id: "flat", bytes: Array(base16({ "\($0): \"\($1)\" # a comment\n" }, head: "scheme: \"One Dark\"\nauthor: \"someone\"\n").utf8))
        let nested = try ThemeImport(
            id: "nested", bytes: Array(base16({ "  \($0): \"#\($1)\"\n" }, head: "system: base16\nname: One Dark\nvariant: dark\npalette:\n").utf8))
        #expect(flat.format == .base16 && nested.format == .base16)
        #expect(flat.theme.name == "One Dark" && nested.theme.name == "One Dark")
        #expect(flat.theme.roles == nested.theme.roles)
        #expect(flat.theme.roles[.paused]?.full?.first == .rgb(0xe5c07b))
        #expect(flat.theme.ink(.role(.selected), depth: .rgb) == Ink(foreground: .rgb(0xc8ccd4), background: .rgb(0x3e4451)))
        #expect(flat.moved >= 1)
        expectReadable(flat.theme)
    }

    @Test func lightThemesAreLight() throws {
        let colours = ThemeImportTests.colours.prefix(8).reversed() + ThemeImportTests.colours.suffix(8)
        let text = colours.enumerated().map { "base0\(String($0.offset, radix: 16).uppercased()): '\($0.element)'\n" }.joined()
        let made = try ThemeImport(id: "day", bytes: Array(text.utf8))
        #expect(made.theme.appearance == .light)
        #expect(made.theme.roles[.text]?.sixteen == Theme.house[1].roles[.text]?.sixteen)
        expectReadable(made.theme)
    }

    @Test func whatIsImportedIsKeptAsAFile() throws {
        let made = try ThemeImport(id: "night", bytes: Array(btop.utf8))
        let (again, problems) = Theme.parse(id: "night", bytes: Array(made.file.utf8))
        #expect(problems.isEmpty)
        #expect(again == made.theme)
    }

    @Test func aThemeOfOursStaysAsItIs() throws {
        let made = try ThemeImport(id: "mine", bytes: Array("name = Mine\ntext = #010203\ncolour = 3\n".utf8))
        #expect(made.format == .vitrine && made.moved == 0 && made.problems.count == 1)
        #expect(made.theme.roles[.text]?.full?.first == .rgb(0x010203))
    }

    @Test func hostileFilesAreRefusedOrHarmless() {
        for bytes in [[], [0xff, 0xfe], Array(repeating: 0x41, count: Theme.maximumFileSize + 1), Array("theme[main_fg]\n".utf8)] as [[UInt8]] {
            #expect(throws: ThemeProblem.self) { try ThemeImport(id: "x", bytes: bytes) }
        }
        var random = SystemRandomNumberGenerator()
        for text in [btop, base16({ "\($0): \($1)\n" }, head: "")] {
            for _ in 0..<60 {
                var bytes = Array(text.utf8)
                for _ in 0..<20 { bytes[Int(random.next(upperBound: UInt(bytes.count)))] = UInt8.random(in: 0...127) }
                guard let made = try? ThemeImport(id: "x", bytes: bytes), made.format != .vitrine else { continue }
                expectReadable(made.theme)
            }
        }
    }
}
