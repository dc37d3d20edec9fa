import Contract
import TUI

/// What pages do for the mouse.
extension Model {
    /// Selects a row of the list of machines.
    mutating func selectRow(_ row: Int) {
        guard let machine = listed[safe: row] else { return }
        selected = machine.id
        if selected != opensWhenRunning { opensWhenRunning = nil }
        keepListWindow()
    }

    mutating func selectLoadRow(_ row: Int) { if let machine = machines[safe: row] { selected = machine.id } }

    mutating func selectTab(_ tab: Int) { if let tab = detailTabs[safe: tab] { detailTab = tab } }

    mutating func focusTile(_ tile: Int) { if let machine = listed[safe: tile] { selected = machine.id } }

    /// A field takes the focus; a button does what it says, a check turns over.
    mutating func clickField(_ index: Int) -> [Effect] {
        guard page == .form, var form, !form.isSaving, let item = form.items[safe: index] else { return [] }
        form.focus(on: index)
        self.form = form
        switch item.control {
        case .button: return press(.enter)
        case .check: return press(.character(" "))
        default: return []
        }
    }

    mutating func clickItem(_ index: Int) -> [Effect] { [] }

    mutating func clickTab(_ index: Int) -> [Effect] { [] }

    mutating func clickTheme(_ row: Int) -> [Effect] { [] }

    mutating func sortLoad(by column: Int) {}

    mutating func sortBy(_ heading: Int) -> [Effect] { [] }

    mutating func dragShelf(to y: Int) -> [Effect] { [] }

    mutating func pointInConsole(_ event: MouseEvent, _ rect: Rect) -> [Effect] { [] }
}
