/// What the workstation remembers of its user's taste.
package struct Preferences: Codable, Equatable, Sendable {
    package var theme: String?
    /// Paths of the images that machines were last given, the latest first.
    package var images: [String]?
    package init() {}
}
