import Contract
import TUI

/// A new machine in three steps.
struct Wizard: Equatable, Sendable {
}

extension Model {
    mutating func pressInWizard(_ key: Key) -> [Effect] { [] }
    /// A form's text as it came back from the editor.
    mutating func receiveForm(_ id: MachineID?, _ result: Result<String, KeeperError>) -> [Effect] { [] }
    func drawWizard(on frame: inout Frame) {}
}
