import Contract
import TUI

/// Choosing a theme, with the whole screen as the preview.
struct ThemePicker: Equatable, Sendable {
}

extension Model {
    mutating func pressInThemes(_ key: Key) -> [Effect] { [] }
    mutating func receiveTheme(_ id: String, _ result: Result<String, KeeperError>) -> [Effect] { [] }
    func drawThemes(on frame: inout Frame) {}
}
