import TUI

/// Everything long that goes on or ended.
struct JobsState: Equatable, Sendable {
}

extension Model {
    /// nil: not mine.
    mutating func performInJobs(_ action: Action) -> [Effect]? { nil }
    func drawJobs(on frame: inout Frame) {}
}
