import Contract
import TUI

extension Model {
    /// Draws the selection under a row; the styles of what stands on it.
    private func select(_ machine: MachineSummary, y: Int, width: Int, on frame: inout Frame) -> (Role) -> Style {
        let isSelected = machine.id == selected
        let style: (Role) -> Style = isSelected ? { _ in .role(.selected) } : { .role($0) }
        if isSelected {
            frame.fill(Rect(0, y, width, 1), .role(.selected))
            frame.put("▸", 0, y, .role(.selected))
        }
        if marks.contains(machine.id) { frame.put("✓", 1, y, style(.accent)) }
        return style
    }

    func drawRow(_ machine: MachineSummary, _ columns: ListColumns, y: Int, width: Int, on frame: inout Frame) {
        let style = select(machine, y: y, width: width, on: &frame)
        let needles = finder.place == .facts ? finder.query.needles : []
        defer {
            if !needles.isEmpty {
                frame.highlight(needles, from: columns.nameX, to: columns.stateX + 9, y)
                if columns.tags { frame.highlight(needles, from: columns.tagsX, to: width, y) }
            }
        }
        guard machine.isReadable else {
            frame.put("!", 2, y, style(.warning))
            frame.put(machine.name, columns.nameX, y, style(.text), width: columns.name)
            frame.put(words("cannot be read"), columns.stateX, y, style(.warning), width: width - columns.stateX - 1)
            return
        }
        frame.put(machine.state.glyph, 2, y, style(machine.state.role))
        frame.put(machine.name, columns.nameX, y, style(.text), width: columns.name)
        drawState(machine, columns, y: y, style, on: &frame)
        if isSearchingScreens, size.width >= 60 {
            frame.put(foundLine(machine) ?? "", Model.foundX, y, style(.text), width: width - Model.foundX - 1)
            frame.highlight(finder.query.needles, from: Model.foundX, to: width, y)
            return
        }
        if machine.state == .running { drawFigures(machine, columns, y: y, style, on: &frame) }
        if columns.memory {
            frame.putRight("/" + Text.rightAligned("\(machine.memoryMiB)", to: 4), right: columns.memoryEnd, y, style(.text))
            if let resident = machine.residentMiB { frame.putRight("\(resident)", right: columns.memoryEnd - 5, y, style(.text)) }
        }
        if columns.uptime, let on = machine.poweredOnAt {
            frame.putRight(Format.since(now - on), right: columns.uptimeEnd, y, style(.text))
        }
        if columns.screen, let address = machine.screenAddress {
            frame.put(Format.shortAddress(address), columns.screenX, y, style(.text), width: 6)
            if machine.viewers > 0 { frame.put(machine.viewers > 9 ? "+" : "\(machine.viewers)", columns.screenX + 6, y, style(.text)) }
        }
        if columns.tags {
            let tags = machine.tags.joined(separator: " ")
            frame.put(tags, columns.tagsX, y, style(.muted), width: width - columns.tagsX - 1)
        }
    }

    /// Its state, since when; after the power button, how long the guest still has.
    private func drawState(_ machine: MachineSummary, _ columns: ListColumns, y: Int, _ style: (Role) -> Style, on frame: inout Frame) {
        if let deadline = machine.powerDeadline, machine.state == .running, deadline > now {
            frame.put(words("power %1", Format.left(deadline - now)), columns.stateX, y, style(.busy), width: 13)
            return
        }
        frame.put(words(machine.state), columns.stateX, y, style(machine.state.role))
        if columns.since, machine.state != .off {
            frame.putRight(Format.since(now - machine.since), right: columns.sinceEnd, y, style(.muted))
        }
    }

    private func drawFigures(_ machine: MachineSummary, _ columns: ListColumns, y: Int, _ style: (Role) -> Style, on frame: inout Frame) {
        let isSelected = machine.id == selected
        if columns.history { frame.sparkline(cpuHistory[machine.id] ?? [], columns.historyX, y, width: 8, selected: isSelected) }
        frame.putRight(machine.cpuPercent.map(Format.whole) ?? "-", right: columns.percentEnd, y, style(.text))
        if columns.mips { frame.putRight(machine.guestMIPS.map(Format.whole) ?? "-", right: columns.mipsEnd, y, style(.text)) }
        guard columns.wide else { return }
        frame.sparkline(Model.scaled(mipsHistory[machine.id] ?? [], top: Model.busyMIPS), columns.speedX, y, width: 8, selected: isSelected)
        frame.sparkline(Model.scaled(histories[machine.id]?.disk ?? [], top: Model.busyDisk), columns.diskX, y, width: 8, selected: isSelected)
        frame.putRight(machine.diskRate.map(Format.traffic) ?? "-", right: columns.rateEnd, y, style(.text))
    }

    /// What fills a sparkline at least, so that one that idles looks idle: millions of instructions, and KiB, a second.
    static let busyMIPS = 100.0, busyDisk = 1024.0

    /// In percent of the greatest of them, or of `top` where they stay below that.
    static func scaled(_ samples: [Double], top: Double) -> [Double] {
        let peak = max(top, samples.max() ?? 0)
        return samples.map { $0 / peak * 100 }
    }

    /// A sample that is still to be fetched: what it is, and what it costs; while it comes, how far it is.
    func drawShelved(_ machine: MachineSummary, y: Int, width: Int, on frame: inout Frame) {
        let style = select(machine, y: y, width: width, on: &frame)
        if machine.state != .off { frame.put(machine.state.glyph, 2, y, style(machine.state.role)) }
        frame.put(machine.name, 4, y, style(.text), width: 15)
        if finder.place == .facts { frame.highlight(finder.query.needles, from: 4, to: 19, y) }
        let textX = 20
        var right = width - 1
        if isFetching(machine) {
            let progress = fetches[machine.id]
            if let progress, let fraction = progress.fraction {
                if width >= 60, let total = progress.total {
                    right = frame.putRight(Format.part(progress.bytes, of: total, words), right: right, y, style(.text)) - 2
                }
                right = frame.putRight(Text.rightAligned("\(Int(fraction * 100))%", to: 4), right: right, y, style(.text)) - 1
                let bar = width >= 60 ? 16 : 8
                frame.bar(fraction, right - bar, y, width: bar, selected: machine.id == selected)
                right -= bar + 1
            }
            frame.put(progress?.message ?? words("waiting"), textX, y, style(.muted), width: max(0, right - textX))
            return
        }
        if let failed = fetches[machine.id], failed.phase == .failed {
            frame.putRight(Text.clipped(Format.firstSentence(failed.message), to: right - textX), right: right, y, style(.error))
            return
        }
        right = frame.putRight(Text.clipped(machine.fetch ?? "", to: right - textX), right: right, y, style(.muted)) - 2
        if width >= 60 { frame.put(Format.firstSentence(machine.notes), textX, y, style(.muted), width: max(0, right - textX)) }
    }
}
