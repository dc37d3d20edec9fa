/// What the workstation remembers of its user's taste.
package struct Preferences: Codable, Equatable, Sendable {
    package var theme: String?
    /// The page keeps the terminal's own ground.
    package var ownGround: Bool?
    /// `en` or `ja`; what the locale says where it is not set.
    package var language: String?
    package init() {}
}
