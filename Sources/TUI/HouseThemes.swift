/// The themes that come with Vitrine, as tables, so that a lone binary has them. `themes/` holds the same as commented files for people to copy;
/// a test compares.
package struct HouseTheme: Sendable {
    /// As a list of themes says it: `dark`, `light`, `colour-blind`, `no colour`.
    package let word: String
    package let theme: Theme
    /// The file in `themes/`.
    package let file: String

    /// - Parameters:
    ///   - about: the file's first comment.
    ///   - table: a role a line: full colour, 256 colours, 16 colours and mono, with `|` between.
    init(_ id: String, _ name: String, _ appearance: Theme.Appearance, word: String? = nil, about: String, _ table: String) {
        var lines = ["name = \(name)", "appearance = \(appearance.rawValue)"]
        for row in table.split(separator: "\n") {
            let cells = row.split(separator: "|", omittingEmptySubsequences: false)
            guard let key = cells.first?.filter({ $0 != " " }), !key.isEmpty else { continue }
            for (suffix, cell) in zip(["", ".256", ".16", ".mono"], cells.dropFirst()) where !cell.allSatisfy({ $0 == " " }) {
                lines.append("\(key)\(suffix) = \(cell)")
            }
        }
        theme = Theme.parse(id: id, bytes: Array(lines.joined(separator: "\n").utf8)).theme
        file = theme.file(about: ["\(name), \(about)", "#rrggbb is full colour; .256, .16 and .mono are what poorer terminals show."])
        self.word = word ?? appearance.rawValue
    }

    /// In the order of the picker: the two that are the house's own first.
    package static let all: [HouseTheme] = [vitrine, paper, highContrast, dayContrast, okabe, mono, nord, gruvbox, dracula]

    package static func named(_ id: String) -> HouseTheme? { all.first { $0.theme.id == id } }
}

extension Theme {
    /// Every theme that comes with Vitrine; the dark one of the house first, its light one second.
    package static let house: [Theme] = HouseTheme.all.map(\.theme)
}

extension HouseTheme {
    private static let vitrine = HouseTheme(
        "vitrine", "Vitrine", .dark, about: "the dark house theme: glass and lamp light",
        """
        ground     | #10171d            | 233        | default       |
        dialog     | #1a242c            | 235        | default       |
        text       | #d6dfe6            | 253        | default       |
        muted      | #8c9ba8            | 247        | bright-black  | dim
        rule       | #3d4c58            | 239        | bright-black  | dim
        accent     | #6fc8d6            | 80         | cyan          | bold
        key        | #6fc8d6            | 80         | cyan          | bold
        selected   | #f3f8fa on #1f5260 | 231 on 23  | black on cyan | reverse
        resting    | #d6dfe6 on #26333d | 253 on 236 | black on white | underline
        field      | #f3f8fa on #26333d | 231 on 236 | white on black | underline
        match      | #10171d on #e3c567 | 234 on 185 | black on yellow | bold underline
        running    | #7fc98a            | 114        | green         |
        paused     | #e0b85c            | 179        | yellow        |
        saved      | #a9b3f2            | 147        | bright-blue   |
        busy       | #6fc8d6            | 80         | cyan          |
        warning    | #eba15e            | 215        | bright-yellow | bold
        error      | #f2838a            | 210        | bright-red    | bold
        graph.low  | #5aa9b8            | 73         | cyan          |
        graph.mid  | #9ac87f            | 150        | green         |
        graph.high | #eba15e            | 215        | yellow        |
        """)

    private static let paper = HouseTheme(
        "paper", "Paper", .light, about: "the light house theme: print on a desk",
        """
        ground     | #fbf9f4            | 231        | default       |
        dialog     | #f1ede4            | 255        | default       |
        text       | #20262b            | 235        | default       |
        muted      | #5d666e            | 241        | bright-black  | dim
        rule       | #c3bdb1            | 250        | white         | dim
        accent     | #0a6375            | 24         | blue          | bold
        key        | #0a6375            | 24         | blue          | bold
        selected   | #ffffff on #0e6678 | 231 on 24  | white on blue | reverse
        resting    | #20262b on #e2ddd1 | 235 on 253 | black on white | underline
        field      | #20262b on #ffffff | 235 on 231 | black on white | underline
        match      | #20262b on #f3d35e | 235 on 221 | black on yellow | bold underline
        running    | #1f6b32            | 22         | green         |
        paused     | #7d5700            | 58         | magenta       |
        saved      | #4a46a8            | 61         | blue          |
        busy       | #0a6375            | 24         | cyan          |
        warning    | #96460a            | 94         | magenta       | bold
        error      | #ac1f2d            | 124        | red           | bold
        graph.low  | #2b7d8e            | 30         | cyan          |
        graph.mid  | #4b7a22            | 64         | green         |
        graph.high | #a34e0c            | 130        | red           |
        """)

    private static let highContrast = HouseTheme(
        "high-contrast", "High contrast", .dark, about: "white on black: text at 21 to 1, every state at 7 or more",
        """
        ground     | #000000            | 16         | black         |
        dialog     | #000000            | 16         | black         |
        text       | #ffffff            | 231        | bright-white  |
        muted      | #d0d0d0            | 252        | default       |
        rule       | #8a8a8a            | 245        | white         |
        accent     | #5fffff            | 87         | bright-cyan   | bold
        key        | #5fffff            | 87         | bright-cyan   | bold
        selected   | #000000 on #ffffff | 16 on 231  | black on bright-white | reverse
        resting    | #ffffff on #444444 | 231 on 238 | black on white | underline
        field      | #ffffff on #262626 | 231 on 235 | bright-white on black | underline
        match      | #000000 on #ffff00 | 16 on 226  | black on bright-yellow | bold underline
        running    | #5fff87            | 84         | bright-green  |
        paused     | #ffff5f            | 227        | bright-yellow |
        saved      | #b8b8ff            | 147        | bright-magenta |
        busy       | #5fffff            | 87         | bright-cyan   |
        warning    | #ffaf5f            | 215        | bright-yellow bold | bold
        error      | #ff8787            | 210        | bright-red bold | bold
        graph.low  | #5fffff            | 87         | bright-cyan   |
        graph.mid  | #5fff87            | 84         | bright-green  |
        graph.high | #ffaf5f            | 215        | bright-yellow |
        """)

    private static let dayContrast = HouseTheme(
        "day-contrast", "Day contrast", .light, about: "black on white for bright rooms: text at 21 to 1, every state at 7 or more",
        """
        ground     | #ffffff            | 231        | bright-white  |
        dialog     | #ffffff            | 231        | bright-white  |
        text       | #000000            | 16         | black         |
        muted      | #3a3a3a            | 237        | default       |
        rule       | #767676            | 243        | bright-black  |
        accent     | #00465a            | 23         | blue          | bold
        key        | #00465a            | 23         | blue          | bold
        selected   | #ffffff on #000000 | 231 on 16  | bright-white on black | reverse
        resting    | #000000 on #d0d0d0 | 16 on 252  | black on white | underline
        field      | #000000 on #eeeeee | 16 on 255  | black on white | underline
        match      | #000000 on #ffd75f | 16 on 221  | black on yellow | bold underline
        running    | #00501e            | 22         | green         |
        paused     | #5c3f00            | 53         | magenta       |
        saved      | #3c2a9a            | 55         | blue          |
        busy       | #00465a            | 23         | blue          |
        warning    | #7a2e00            | 88         | magenta bold  | bold
        error      | #a00014            | 124        | red bold      | bold
        graph.low  | #00708c            | 30         | blue          |
        graph.mid  | #2f7a00            | 64         | green         |
        graph.high | #b04a00            | 130        | red           |
        """)

    private static let okabe = HouseTheme(
        "okabe", "Okabe", .dark, word: "colour-blind", about: "the colours of Okabe and Ito, told apart by every kind of eye",
        """
        ground     | #101418            | 233        | default       |
        dialog     | #1b2127            | 234        | default       |
        text       | #e6eaee            | 254        | default       |
        muted      | #9aa3ab            | 247        | bright-black  | dim
        rule       | #424c55            | 239        | bright-black  | dim
        accent     | #ffffff bold       | 231 bold   | bright-white bold | bold
        key        | #ffffff bold       | 231 bold   | bright-white bold | bold
        selected   | #ffffff on #00517f | 231 on 24  | black on cyan | reverse
        resting    | #e6eaee on #2a323a | 254 on 236 | black on white | underline
        field      | #ffffff on #2a323a | 231 on 236 | white on black | underline
        match      | #101418 on #f0e442 | 233 on 227 | black on yellow | bold underline
        running    | #56b4e9            | 74         | bright-blue   |
        paused     | #f0e442            | 227        | bright-yellow |
        saved      | #cc79a7            | 175        | bright-magenta |
        busy       | #009e73            | 36         | cyan          |
        warning    | #e69f00            | 214        | yellow        | bold
        error      | #ee7733            | 208        | bright-red    | bold
        graph.low  | #56b4e9            | 74         | bright-blue   |
        graph.mid  | #f0e442            | 227        | bright-yellow |
        graph.high | #ee7733            | 208        | bright-red    |
        """)

    private static let mono = HouseTheme(
        "mono", "Mono", .dark, word: "no colour", about: "no colour at all: the terminal's own ink, bold, dim, underlined and reversed",
        """
        ground     | default            | default           | default           |
        dialog     | default            | default           | default           |
        text       | default            | default           | default           |
        muted      | default dim        | default dim       | default dim       | dim
        rule       | default dim        | default dim       | default dim       | dim
        accent     | default bold       | default bold      | default bold      | bold
        key        | default bold       | default bold      | default bold      | bold
        selected   | default reverse    | default reverse   | default reverse   | reverse
        resting    | default underline  | default underline | default underline | underline
        field      | default underline  | default underline | default underline | underline
        match      | default bold underline | default bold underline | default bold underline | bold underline
        running    | default            | default           | default           |
        paused     | default            | default           | default           |
        saved      | default            | default           | default           |
        busy       | default            | default           | default           |
        warning    | default bold       | default bold      | default bold      | bold
        error      | default bold       | default bold      | default bold      | bold
        graph.low  | default            | default           | default           |
        graph.mid  | default            | default           | default           |
        graph.high | default            | default           | default           |
        """)
}
