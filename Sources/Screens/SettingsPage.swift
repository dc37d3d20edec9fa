import TUI

/// Keys, glyphs, and how Vitrine behaves.
struct SettingsState: Equatable, Sendable {
}

extension Model {
    mutating func pressInSettings(_ key: Key) -> [Effect] { [] }
    func drawSettings(on frame: inout Frame) {}
}
