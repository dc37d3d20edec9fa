/// What the workstation remembers of its user's taste.
package struct Preferences: Codable, Equatable, Sendable {
    package var theme: String?
    /// Keys chosen on the settings page: labels by action.
    package var keys: [String: [String]]?
    /// `unicode`, `cp437` or `ascii`; nil asks the terminal and the locale.
    package var glyphs: String?
    /// `always` or `never`; nil looks at TERM and NO_COLOR.
    package var colour: String?
    /// Figures every five seconds, and nothing that moves.
    package var reduceMotion: Bool?
    /// Label of the key that takes the next one from a console's guest; nil: Ctrl-].
    package var hostKey: String?
    /// The terminal's bell rings with every error.
    package var bell: Bool?
    /// `en` or `ja`; what the locale says where it is not set.
    package var language: String?
    /// Seconds between two figures: 1, 2, 5 or 10.
    package var interval: Int?
    package init() {}
}
