import TUI

/// Many guest screens at once.
struct WallState: Equatable, Sendable {
}

extension Model {
    /// nil: not mine.
    mutating func performInWall(_ action: Action) -> [Effect]? { nil }
    func drawWall(on frame: inout Frame) {}
}
