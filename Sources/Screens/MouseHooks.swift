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

    mutating func selectTab(_ tab: Int) { if let tab = detailTabs[safe: tab] { detailTab = tab } }

    mutating func selectTile(_ tile: Int) { if let machine = listed[safe: tile] { selected = machine.id } }

    mutating func sortBy(_ heading: Int) -> [Effect] { [] }

    mutating func dragShelf(to y: Int) -> [Effect] { [] }

    mutating func pointInConsole(_ event: MouseEvent, _ rect: Rect) -> [Effect] { [] }
}
