/// Three palettes that people bring along. Where a colour of theirs would be read with less than 4.5 to 1 on the page, it is lifted as little as
/// that takes; the rest is theirs to the digit.
extension HouseTheme {
    /// Polar Night, Snow Storm, Frost and Aurora. Lifted: comments, error, warning and saved; dialogs lie a shade deeper than nord0.
    static let nord = HouseTheme(
        "nord", "Nord", .dark, about: "the arctic palette; its red, orange, purple and comments are lifted to be read",
        """
        ground     | #2e3440            | 236        | default       |
        dialog     | #272c36            | 235        | default       |
        text       | #eceff4            | 255        | default       |
        muted      | #a3adc0            | 248        | bright-black  | dim
        rule       | #4c566a            | 240        | bright-black  | dim
        accent     | #88c0d0            | 110        | cyan          | bold
        key        | #88c0d0            | 110        | cyan          | bold
        selected   | #eceff4 on #4c566a | 255 on 240 | black on cyan | reverse
        resting    | #eceff4 on #3b4252 | 255 on 238 | black on white | underline
        field      | #eceff4 on #3b4252 | 255 on 238 | white on black | underline
        match      | #2e3440 on #ebcb8b | 236 on 222 | black on yellow | bold underline
        running    | #a3be8c            | 108        | green         |
        paused     | #ebcb8b            | 222        | yellow        |
        saved      | #b691af            | 182        | bright-magenta |
        busy       | #8fbcbb            | 109        | cyan          |
        warning    | #d18a74            | 216        | bright-yellow | bold
        error      | #e08b93            | 210        | bright-red    | bold
        graph.low  | #81a1c1            | 109        | cyan          |
        graph.mid  | #a3be8c            | 108        | green         |
        graph.high | #d08770            | 173        | yellow        |
        """)

    static let gruvbox = HouseTheme(
        "gruvbox", "Gruvbox", .dark, about: "retro groove, dark; its red is lifted by a shade to be read",
        """
        ground     | #282828            | 235        | default       |
        dialog     | #1d2021            | 234        | default       |
        text       | #ebdbb2            | 223        | default       |
        muted      | #a89984            | 246        | bright-black  | dim
        rule       | #504945            | 239        | bright-black  | dim
        accent     | #8ec07c            | 108        | cyan          | bold
        key        | #8ec07c            | 108        | cyan          | bold
        selected   | #fbf1c7 on #665c54 | 230 on 241 | black on cyan | reverse
        resting    | #ebdbb2 on #3c3836 | 223 on 237 | black on white | underline
        field      | #fbf1c7 on #3c3836 | 230 on 237 | white on black | underline
        match      | #282828 on #fabd2f | 235 on 214 | black on yellow | bold underline
        running    | #b8bb26            | 142        | green         |
        paused     | #fabd2f            | 214        | yellow        |
        saved      | #d3869b            | 175        | bright-magenta |
        busy       | #83a598            | 109        | cyan          |
        warning    | #fe8019            | 208        | bright-yellow | bold
        error      | #fa553e            | 203        | bright-red    | bold
        graph.low  | #83a598            | 109        | cyan          |
        graph.mid  | #b8bb26            | 142        | green         |
        graph.high | #fe8019            | 208        | yellow        |
        """)

    static let dracula = HouseTheme(
        "dracula", "Dracula", .dark, about: "the night palette; its comments are lifted to be read",
        """
        ground     | #282a36            | 236        | default       |
        dialog     | #21222c            | 235        | default       |
        text       | #f8f8f2            | 255        | default       |
        muted      | #8491b6            | 247        | bright-black  | dim
        rule       | #44475a            | 239        | bright-black  | dim
        accent     | #bd93f9            | 141        | bright-magenta | bold
        key        | #ff79c6            | 212        | bright-magenta | bold
        selected   | #f8f8f2 on #44475a | 255 on 239 | black on white | reverse
        resting    | #f8f8f2 on #343746 | 255 on 237 | white on black | underline
        field      | #f8f8f2 on #343746 | 255 on 237 | white on black | underline
        match      | #282a36 on #f1fa8c | 236 on 228 | black on yellow | bold underline
        running    | #50fa7b            | 84         | bright-green  |
        paused     | #f1fa8c            | 228        | bright-yellow |
        saved      | #bd93f9            | 141        | bright-blue   |
        busy       | #8be9fd            | 117        | bright-cyan   |
        warning    | #ffb86c            | 215        | yellow        | bold
        error      | #ff5555            | 204        | bright-red    | bold
        graph.low  | #8be9fd            | 117        | bright-cyan   |
        graph.mid  | #50fa7b            | 84         | bright-green  |
        graph.high | #ffb86c            | 215        | yellow        |
        """)
}
