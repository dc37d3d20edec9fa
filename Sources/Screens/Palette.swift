import TUI

/// Every command by name.
struct Palette: Equatable, Sendable {
}

extension Model {
    mutating func pressInPalette(_ key: Key) -> [Effect] { [] }
    func drawPalette(_ palette: Palette, on frame: inout Frame) {}
}
