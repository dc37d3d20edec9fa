/// What the workstation remembers of its user's taste.
package struct Preferences: Codable, Equatable, Sendable {
    package var theme: String?
    /// Label of the key that takes the next one from a console's guest; nil: Ctrl-].
    package var hostKey: String?
    package init() {}
}
