import TUI

/// Where list, detail and guest stand at one size. From 120 columns the guest has a pane of its own at the right.
struct OverviewLayout: Equatable {
    /// First row of the list, under its headings.
    var listY = 2
    var listRows: Int
    var detailRows: Int
    /// Columns of list and detail.
    var left: Int
    /// Inside the right pane: the guest, and below it what happened to it.
    var guest: Rect?
    var events: Rect?

    init(_ size: Size) {
        let body = size.height - 4
        left = size.width
        if size.height >= 22 {
            detailRows = max(10, body / 2)
        } else if size.width < 60 {
            detailRows = size.height >= 14 ? 2 : 0
        } else {
            detailRows = size.height >= 14 ? min(10, size.height - 12) : 0
        }
        listRows = max(1, body - 1 - detailRows)
        guard size.width >= 120, size.height >= 20 else { return }
        let right = min(size.width - 62, max(size.width * 51 / 100, 82))
        left = size.width - right - 1
        listY = 3
        listRows = max(1, listRows - 1)
        // A text mode of 25 rows, whole; the half of a tall terminal.
        let rows = body < 34 ? body : max(27, body / 2)
        guest = Rect(left + 1, 2, right, rows)
        if rows < body { events = Rect(left + 1, 3 + rows, right, body - rows - 1) }
    }
}

/// Columns of the machine list that fit a width; Tags, MIPS, Screen and memory give way in this order.
struct ListColumns {
    var tags = true, mips = true, screen = true, memory = true, history = true, since = true
    var name: Int
    let nameX = 4
    var stateX: Int { nameX + name + 1 }
    var historyX: Int { stateX + 15 }
    /// Columns after the last cell of each figure.
    var percentEnd = 0, mipsEnd = 0, memoryEnd = 0, screenX = 0, tagsX = 0

    init(width: Int) {
        var needed = 80
        func drop(_ column: inout Bool, _ cells: Int) {
            guard needed > width else { return }
            column = false
            needed -= cells
        }
        drop(&tags, 8)
        drop(&mips, 6)
        drop(&screen, 9)
        drop(&memory, 10)
        drop(&history, 10)
        guard width >= 60 else {
            (history, memory, since) = (false, false, false)
            name = max(8, min(16, width - 24))
            percentEnd = width - 1
            (mipsEnd, memoryEnd, screenX, tagsX) = (percentEnd, percentEnd, percentEnd, percentEnd)
            return
        }
        name = max(8, 15 + min(15, width - needed))
        var x = stateX + 13
        if history { x += 10 }
        percentEnd = x + 4
        x = percentEnd
        if mips { x += 6 }
        mipsEnd = x
        if memory { x += 10 }
        memoryEnd = x
        screenX = x + 2
        tagsX = x + (screen ? 10 : 2)
    }
}

/// A line of the machine list.
enum ListLine: Equatable {
    case machine(Int)
    case blank
    /// Above the samples that are still to be fetched.
    case shelf
}
