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

    /// `split`: rows that the list has more than it would have by itself; what does not fit is left out.
    init(_ size: Size, split: Int = 0) {
        let body = size.height - 4
        left = size.width
        if size.height >= 22 {
            detailRows = max(10, body / 2)
        } else if size.width < 60 {
            detailRows = size.height >= 14 ? 2 : 0
        } else {
            detailRows = size.height >= 14 ? min(10, size.height - 12) : 0
        }
        let isWide = size.width >= 120 && size.height >= 20
        if detailRows > 0 { detailRows = max(1, min(body - 1 - (isWide ? 4 : 3), detailRows - split)) }
        listRows = max(1, body - 1 - detailRows)
        guard isWide else { return }
        let right = min(size.width - 62, max(size.width * 51 / 100, 82))
        left = size.width - right - 1
        listY = 3
        listRows = max(1, listRows - 1)
        // A text mode of 25 rows, whole; the half of a tall terminal.
        let rows = body < 34 ? body : max(27, body / 2)
        guest = Rect(left + 1, 2, right, rows)
        if rows < body { events = Rect(left + 1, 3 + rows, right, body - rows - 1) }
    }

    /// The row of the shelf between list and detail.
    var shelfY: Int { listY + listRows }

    /// Sizes that share one split.
    static func sizeClass(_ size: Size) -> String {
        switch size.width {
        case ..<60: "40"
        case ..<80: "60"
        case ..<120: "80"
        default: "120"
        }
    }
}

extension Model {
    var layout: OverviewLayout { OverviewLayout(size, split: split) }

    /// As written down, within reason.
    private var split: Int { max(-500, min(500, preferences.split?[OverviewLayout.sizeClass(size)] ?? 0)) }

    var listColumns: ListColumns {
        let layout = layout
        return ListColumns(width: layout.left - (layout.guest == nil ? 0 : 1), isBesideGuest: layout.guest != nil)
    }

    /// The list gets more rows, or fewer.
    mutating func moveShelf(_ step: Int) -> [Effect] {
        let name = OverviewLayout.sizeClass(size), before = layout
        let old = split
        preferences.split = (preferences.split ?? [:]).merging([name: old + step]) { $1 }
        guard layout != before else {
            preferences.split?[name] = old
            say(words("The shelf goes no further."))
            return []
        }
        undo.record(words("the shelf"), back: [.split(name, old)], forth: [.split(name, old + step)], merges: true)
        keepListWindow()
        return [.keep(preferences)]
    }

    /// The shelf follows a pointer that holds it, to a row of the screen.
    mutating func dragShelf(to y: Int) -> [Effect] {
        let step = y - layout.shelfY
        guard step != 0, layout.detailRows > 0 else { return [] }
        // Beyond the last place it stops there.
        let lowest = layout.detailRows - 1, highest = 3 - layout.listRows
        return moveShelf(max(highest, min(lowest, step)))
    }
}

/// Columns of the machine list that fit a width; Tags, MIPS, Screen and memory give way in this order.
struct ListColumns {
    var tags = true, mips = true, screen = true, memory = true, history = true, since = true
    /// Sparklines of speed and disk, and the disk's traffic; the machine's time since power-on.
    var wide = false, uptime = false
    var name: Int
    let nameX = 4
    var stateX: Int { nameX + name + 1 }
    var sinceEnd: Int { stateX + (wide ? 14 : 13) }
    var historyX: Int { stateX + (wide ? 16 : 15) }
    /// Columns after the last cell of each figure.
    var percentEnd = 0, mipsEnd = 0, memoryEnd = 0, rateEnd = 0, uptimeEnd = 0
    var speedX = 0, diskX = 0, screenX = 0, tagsX = 0

    /// Beside a guest's pane a wide list has all figures; where it fills the screen, the screen's address and tags come first.
    init(width: Int, isBesideGuest: Bool = false) {
        if isBesideGuest, width >= 96 {
            name = 18
            layOutWide(width)
            return
        }
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

    /// All figures; then, as there is room, screen, tags and time since power-on.
    private mutating func layOutWide(_ width: Int) {
        wide = true
        var room = width - 96
        func take(_ cells: Int) -> Bool {
            guard room >= cells else { return false }
            room -= cells
            return true
        }
        screen = take(9)
        tags = take(10)
        uptime = take(5)
        if room > 0 { name += min(14, room) }
        percentEnd = historyX + 12
        speedX = percentEnd + 2
        mipsEnd = speedX + 13
        diskX = mipsEnd + 2
        rateEnd = diskX + 15
        memoryEnd = rateEnd + 12
        uptimeEnd = memoryEnd + (uptime ? 5 : 0)
        screenX = uptimeEnd + 2
        tagsX = screenX + 9
    }

    /// What the list shows, from left to right.
    var sortable: [ListColumn] {
        ListColumn.allCases.filter { column in
            switch column {
            case .name, .state, .cpu: true
            case .mips: mips
            case .disk: wide
            case .memory: memory
            case .screen: screen
            case .tags: tags
            }
        }
    }
}
