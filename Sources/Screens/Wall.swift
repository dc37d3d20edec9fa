import Contract
import Picture
import TUI

/// Many guest screens at once.
struct WallState: Equatable, Sendable {
    /// Steps towards larger tiles, or smaller ones where negative, from the layout that shows every machine.
    var zoom = 0
    /// First tile of the page that is shown.
    var first = 0
    /// What machines' names must contain.
    var filter = TextField()
    /// The filter is being typed.
    var isChoosing = false
}

/// How a wall is divided. Tiles share their rules: each has a title above it, and a line at its left but for the first.
struct WallLayout: Equatable, Sendable {
    var columns: Int, rows: Int
    /// The wall's cells: between header and footer.
    var area: Rect
    var capacity: Int { columns * rows }

    static let steps: [(columns: Int, rows: Int)] = [(1, 1), (2, 1), (2, 2), (3, 2), (3, 3), (4, 4)]
    /// A picture below that says nothing.
    static let least = Size(20, 5)

    /// The smallest division that has a place for everyone, `zoom` steps away from it, with tiles that are large enough.
    init(_ size: Size, machines: Int, zoom: Int) {
        area = Rect(0, 1, size.width, max(0, size.height - 2))
        (columns, rows) = (1, 1)
        let largest = WallLayout.largestStep(area)
        let natural = min(largest, WallLayout.steps.firstIndex { $0.columns * $0.rows >= machines } ?? WallLayout.steps.count - 1)
        let step = max(0, min(natural - zoom, largest))
        (columns, rows) = WallLayout.steps[step]
    }

    private static func largestStep(_ area: Rect) -> Int {
        steps.lastIndex { step in
            (area.width - step.columns + 1) / step.columns >= least.width && area.height / step.rows - 1 >= least.height
        } ?? 0
    }

    /// The picture of the tile at a place; its title stands in the row above it.
    func tile(_ place: Int) -> Rect {
        let column = place % columns, row = place / columns
        let width = (area.width - columns + 1) / columns, height = area.height / rows
        let x = area.x + column * (width + 1), y = area.y + row * height
        return Rect(x, y + 1, column == columns - 1 ? area.right - x : width, (row == rows - 1 ? area.bottom - y : height) - 1)
    }
}

extension Model {
    /// Machines with a picture, or that will have one, in the order of the list.
    var wallMachines: [MachineSummary] {
        listed.filter { machine in
            switch machine.state {
            case .off: return false
            case .saved, .crashed: if pictures[machine.id] == nil { return false }
            default: break
            }
            return wall.filter.text.isEmpty || machine.name.lowercased().contains(wall.filter.text.lowercased())
        }
    }

    var wallLayout: WallLayout { WallLayout(size, machines: wallMachines.count, zoom: wall.zoom) }

    /// The places of the wall that are on the screen.
    var wallPage: Range<Int> {
        let count = wallMachines.count, layout = wallLayout
        let first = max(0, min(wall.first, count - 1)) / layout.capacity * layout.capacity
        return first..<max(first, min(count, first + layout.capacity))
    }

    /// At most ten times a second, and less often the more there is to look at.
    var wallInterval: Double { 0.1 * Double(max(1, (wallPage.count + 3) / 4)) }

    /// The selection is a tile, and its page is the one that is shown.
    mutating func keepWall() {
        let shown = wallMachines
        guard !shown.isEmpty else { return }
        let index = shown.firstIndex { $0.id == selected } ?? min(wallPage.lowerBound, shown.count - 1)
        selected = shown[safe: index]?.id ?? selected
        let capacity = wallLayout.capacity
        wall.first = index / capacity * capacity
    }

    /// Selects the machine of a tile.
    mutating func focusTile(_ index: Int) {
        guard let machine = wallMachines[safe: index] else { return }
        selected = machine.id
        keepWall()
    }

    /// nil: not mine.
    mutating func performInWall(_ action: Action) -> [Effect]? {
        let count = wallMachines.count, layout = wallLayout
        let index = wallMachines.firstIndex { $0.id == selected } ?? 0
        switch action {
        case .left: focusTile(max(0, index - 1))
        case .right: focusTile(min(count - 1, index + 1))
        case .up: if index >= layout.columns { focusTile(index - layout.columns) }
        case .down:
            // Below the last full row there may be no tile, but a row.
            if index / layout.columns < (count - 1) / layout.columns { focusTile(min(count - 1, index + layout.columns)) }
        case .first: focusTile(0)
        case .last: focusTile(count - 1)
        case .pageUp: focusTile(max(0, index - layout.capacity))
        case .pageDown: focusTile(min(count - 1, index + layout.capacity))
        case .larger, .smaller:
            let zoom = wall.zoom
            wall.zoom += action == .larger ? 1 : -1
            // Steps that change nothing are not counted, so that the way back is as long as the way there.
            if wallLayout == layout { wall.zoom = zoom }
            keepWall()
        case .filter: wall.isChoosing = true
        default: return nil
        }
        return []
    }

    /// While the filter is typed: Enter keeps it, Esc takes it away.
    mutating func pressInWallFilter(_ key: Key) -> [Effect] {
        switch key {
        case .enter: wall.isChoosing = false
        case .escape:
            wall.isChoosing = false
            wall.filter.set("")
        default:
            guard wall.filter.handle(key) else { return [] }
        }
        keepWall()
        return []
    }
}

extension MachineSummary {
    /// Its screen can change.
    var isLive: Bool { state != .off && state != .crashed && state != .saved }
}
