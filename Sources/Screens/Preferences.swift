/// What the workstation remembers of its user's taste.
package struct Preferences: Codable, Equatable, Sendable {
    package var theme: String?
    /// The column that machines are sorted by, and whether upside down.
    package var sort: String?
    package var sortIsReversed: Bool?
    /// Rows that the list has more than it would have by itself, by size class.
    package var split: [String: Int]?
    /// How guests' pixels are shown: `kitty`, `sixel` or `blocks`; nil asks the terminal.
    package var graphics: String?
    /// Label of the key that takes the next one from a console's guest; nil: Ctrl-].
    package var hostKey: String?
    /// Paths of the images that machines were last given, the latest first.
    package var images: [String]?
    /// Keys chosen on the settings page: labels by action.
    package var keys: [String: [String]]?
    /// `unicode`, `cp437` or `ascii`; nil asks the terminal and the locale.
    package var glyphs: String?
    /// `always` or `never`; nil looks at TERM and NO_COLOR.
    package var colour: String?
    /// Figures every five seconds, and nothing that moves.
    package var reduceMotion: Bool?
    /// The terminal's bell rings with every error.
    package var bell: Bool?
    /// `en` or `ja`; what the locale says where it is not set.
    package var language: String?
    /// Seconds between two figures: 1, 2, 5 or 10.
    package var interval: Int?
    /// The page keeps the terminal's own ground.
    package var ownGround: Bool?
    package init() {}
}
