/// What the workstation remembers of its user's taste.
package struct Preferences: Codable, Equatable, Sendable {
    package var theme: String?
    package init() {}
}
