import TUI

extension Model {
    mutating func receive(_ event: MouseEvent, _ target: Target?) -> [Effect] { [] }
}
