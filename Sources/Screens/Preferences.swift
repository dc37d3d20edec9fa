/// What the workstation remembers of its user's taste.
package struct Preferences: Codable, Equatable, Sendable {
    package var theme: String?
    /// How guests' pixels are shown: `kitty`, `sixel` or `blocks`; nil asks the terminal.
    package var graphics: String?
    package init() {}
}
