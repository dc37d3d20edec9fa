import Contract
import TUI

/// What the list is narrowed to: by what machines are called, or by what stands on their screens.
struct Finder: Equatable, Sendable {
}

extension Model {
    /// What is about which machines are listed, in which order, and which of them an action is for; nil: not mine.
    mutating func performInList(_ action: Action) -> [Effect]? { nil }
}
