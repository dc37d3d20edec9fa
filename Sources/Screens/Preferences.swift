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
    package init() {}
}
