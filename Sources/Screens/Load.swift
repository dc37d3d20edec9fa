import TUI

/// What machines and the host use.
struct LoadState: Equatable, Sendable {
}

extension Model {
    /// nil: not mine.
    mutating func performInLoad(_ action: Action) -> [Effect]? { nil }
    func drawLoad(on frame: inout Frame) {}
}
