import Contract
import Picture
import TUI

extension Model {
    /// Samples that have not run yet are explained in place of being described.
    func isIntroduced(_ machine: MachineSummary) -> Bool {
        machine.fetch != nil || machine.isSample && machine.state == .off && pictures[machine.id] == nil && machine.report == nil
    }

    var detailTabs: [DetailTab] {
        guard let machine = selectedMachine, machine.isReadable, !isIntroduced(machine) else { return [.summary] }
        return DetailTab.allCases.filter { $0 != .report || machine.report != nil }
    }

    func drawDetail(_ rect: Rect, on frame: inout Frame) {
        if !marks.isEmpty { return drawMarked(rect, on: &frame) }
        guard let machine = selectedMachine else { return }
        guard rect.width >= 60 else { return drawCompact(machine, rect, on: &frame) }
        if !machine.isReadable { return drawUnreadable(machine, rect, on: &frame) }
        switch detailTab {
        case .summary where isIntroduced(machine): introduce(machine, rect, on: &frame)
        case .summary: drawSummary(machine, rect, on: &frame)
        case .console: drawConsoleTab(machine, rect, on: &frame)
        case .hardware: drawHardware(machine, rect, on: &frame)
        case .disks: drawDisks(machine, rect, on: &frame)
        case .load: drawLoadTab(machine, rect, on: &frame)
        case .log:
            let entries = log.filter { $0.machine == machine.id }
            if entries.isEmpty {
                frame.put(words("Nothing has happened to %1 since Vitrine started.", machine.name), 2, rect.y, .muted, width: rect.width - 3)
            }
            for (row, entry) in entries.suffix(rect.height).enumerated() { draw(entry, 0, rect.y + row, rect.width, name: false, on: &frame) }
        case .report:
            for (row, line) in reportLines(rect.width).prefix(rect.height).enumerated() {
                frame.put(line, 2, rect.y + row, .text, width: rect.width - 3)
            }
        }
    }

    private func drawUnreadable(_ machine: MachineSummary, _ rect: Rect, on frame: inout Frame) {
        let text =
            "✖ " + (machine.report ?? "") + "\n" + words("Correct the file, or press %1: it deletes the machine's folder.", keymap.label(.delete))
        for (row, line) in Text.wrapped(text, to: rect.width - 4).prefix(rect.height).enumerated() {
            frame.put(line, 2, rect.y + row, row == 0 ? .role(.error) : .text)
        }
    }

    /// What it is, and the keys that lead further.
    private func introduce(_ machine: MachineSummary, _ rect: Rect, on frame: inout Frame) {
        var y = rect.y
        func line(_ key: String, _ text: String, _ role: Role = .text) {
            guard y < rect.bottom else { return }
            frame.put(key, 2, y, .role(.key))
            frame.put(text, key.isEmpty ? 2 : 10, y, .role(role), width: rect.width - (key.isEmpty ? 3 : 11))
            y += 1
        }
        for text in Text.wrapped(machine.notes, to: rect.width - 8).prefix(3) where !machine.notes.isEmpty { line("", text) }
        y += 1
        if isFetching(machine) {
            drawFetch(machine, Rect(2, y, rect.width - 3, rect.bottom - y), on: &frame)
            y += 3
            line("Ctrl-C", words("cancels. Nothing of it is kept."))
            if opensWhenRunning == machine.id {
                line("", words("It starts by itself and its screen opens when everything is here."), .muted)
            }
            return
        }
        if let failed = fetches[machine.id], failed.phase == .failed {
            for text in Text.wrapped("✖ " + failed.message, to: rect.width - 4).prefix(3) { line("", text, .error) }
            y += 1
            line("Enter", words("tries again, once this host has a network."))
        } else if let fetch = machine.fetch {
            line("Enter", words("fetches %1, checks the signature, and starts it.", fetch))
        } else {
            line("Enter", words("starts it. Its screen fills this terminal, and you can type."))
        }
        line("Ctrl-]", words("then q brings you back here; the machine keeps running."))
        line("N", words("makes a machine from your own floppy, CD or disk image."))
        line("?", words("explains every key on the screen you are looking at."))
        y += 1
        line("", words("Any VNC viewer on this host sees the same screens, from port 5900 up."), .muted)
    }

    /// How far a fetch is: words, then a bar with its figures.
    private func drawFetch(_ machine: MachineSummary, _ rect: Rect, on frame: inout Frame) {
        guard rect.height > 0 else { return }
        let progress = fetches[machine.id]
        frame.put(progress?.message ?? words("waiting"), rect.x, rect.y, .text, width: rect.width)
        guard rect.height > 1, let progress, let fraction = progress.fraction else { return }
        let width = min(40, rect.width - 26)
        guard width >= 8 else { return }
        frame.bar(fraction, rect.x, rect.y + 1, width: width)
        let x = frame.put(Text.rightAligned("\(Int(fraction * 100))%", to: 4), rect.x + width + 1, rect.y + 1) + 2
        if let total = progress.total { frame.put(Format.part(progress.bytes, of: total, words), x, rect.y + 1, .text, width: rect.right - x) }
    }

    /// Two lines where there is no room for more.
    private func drawCompact(_ machine: MachineSummary, _ rect: Rect, on frame: inout Frame) {
        guard rect.height > 0 else { return }
        if isIntroduced(machine) {
            if isFetching(machine) { return drawFetch(machine, Rect(2, rect.y, rect.width - 3, rect.height), on: &frame) }
            for (row, text) in Text.wrapped(machine.notes, to: rect.width - 4).prefix(rect.height).enumerated() { frame.put(text, 2, rect.y + row) }
            return
        }
        let memory =
            machine.residentMiB.map { words("%1 of %2 MB", $0, Format.grouped(machine.memoryMiB)) } ?? "\(Format.grouped(machine.memoryMiB)) MB"
        let screen = machine.screenAddress.map { [Format.shortAddress($0), Format.viewers(machine.viewers, words)] } ?? []
        frame.put(([memory] + screen).joined(separator: "   "), 2, rect.y, .text, width: rect.width - 3)
        guard rect.height > 1 else { return }
        let time = machine.state == .off ? [] : [words("for %1", Format.duration(now - machine.since, words))]
        frame.put((time + [machine.tags.joined(separator: " ")]).joined(separator: "   "), 2, rect.y + 1, .muted, width: rect.width - 3)
    }

    private func drawSummary(_ machine: MachineSummary, _ rect: Rect, on frame: inout Frame) {
        let hasCase = layout.guest == nil && rect.height >= 4
        let caseX = hasCase ? max(42, rect.width - 82) : rect.width
        var y = rect.y
        func room() -> Bool { y < rect.bottom }
        func fact(_ label: String, _ value: String, _ role: Role = .text, width: Int? = nil) {
            guard room() else { return }
            frame.put(label, 2, y, .muted)
            frame.put(value, 13, y, .role(role), width: width ?? caseX - 14)
            y += 1
        }
        if machine.state == .off, let report = machine.report {
            for line in Text.wrapped("✖ " + report, to: max(10, caseX - 4)).prefix(3) where room() {
                frame.put(line, 2, y, .role(.error), width: caseX - 3)
                y += 1
            }
        }
        fact(words("Processor"), Format.processor(machine.processor))
        if let resident = machine.residentMiB {
            fact(words("Memory"), words("%1 of %2 MB resident", resident, Format.grouped(machine.memoryMiB)))
        } else {
            fact(words("Memory"), "\(Format.grouped(machine.memoryMiB)) MB")
        }
        if let saved = machine.savedAt {
            let size = machine.savedBytes.map { ", " + Format.size($0) } ?? ""
            fact(words("Saved"), "\(Format.moment(saved, now: now, offset: utcOffset, words))\(size)", .saved)
        }
        if let deadline = machine.powerDeadline, deadline > now {
            fact(words("Power"), words("button pressed, %1 left", Format.left(deadline - now)), .busy)
        }
        if machine.state == .running {
            let width = max(16, min(52, caseX - 26))
            for line in loadLines(machine).prefix(machine.diskRate == nil ? 2 : 3) where room() {
                frame.put(words(line.label), 2, y, .muted)
                frame.sparkline(line.samples, 13, y, width: width)
                frame.putRight(line.value, right: 24 + width, y)
                if caseX - 23 - width >= 16 { frame.putRight(words("peak %1", line.peak), right: caseX - 2, y, .muted) }
                y += 1
            }
        }
        if let address = machine.screenAddress { fact(words("Screen"), "\(address)  \(Format.viewers(machine.viewers, words))") }
        func image(_ label: String, _ path: String?) {
            let size = path.map { sizeNote(of: $0, machine) } ?? ""
            if room(), !size.isEmpty { frame.putRight(Text.clipped(size, to: 12), right: caseX - 3, y) }
            let width = size.isEmpty ? caseX - 14 : caseX - 18 - min(12, Text.width(size))
            fact(label, Text.clipped(path.map(Format.fileName) ?? words("empty"), to: width), path == nil ? .muted : .text, width: width)
        }
        for (slot, path) in machine.disks.sorted(by: { $0.key < $1.key }) { image(Format.drive(slot, isCD: false, words), path) }
        for drive in machine.removable { image(Format.drive(drive.slot, isCD: drive.isCD, words), drive.medium) }
        for remark in machine.remarks where room() {
            frame.put("!", 2, y, .role(.warning))
            frame.put(remark, 4, y, .text, width: caseX - 5)
            y += 1
        }
        for (index, line) in Text.wrapped(machine.notes, to: max(10, caseX - 15)).enumerated() where !machine.notes.isEmpty {
            fact(index == 0 ? words("Notes") : "", line)
        }
        if let on = machine.poweredOnAt { fact(words("On"), words("for %1", Format.duration(now - on, words))) }
        if !machine.tags.isEmpty { fact(words("Tags"), machine.tags.joined(separator: " ")) }
        if rect.height >= 14, let translation = machine.translation {
            for line in Model.translationLines(translation, words) { fact(line.label, line.value) }
        }
        if hasCase { drawCase(machine, Rect(caseX, rect.y, rect.width - caseX - 1, rect.height), on: &frame) }
    }

    /// Behind the glass: the guest now, or its last picture.
    private func drawCase(_ machine: MachineSummary, _ rect: Rect, on frame: inout Frame) {
        let inner = rect.inset(1, 1)
        let window = caseWindow(machine, inner)
        let saved = machine.savedAt.map { words("saved %1", Format.moment($0, now: now, offset: utcOffset, words)) }
        frame.box(rect, title: saved ?? window.title, note: window.note, dialog: false)
        drawPicture(machine, window, inner, on: &frame)
    }

    /// The part of a guest that a pane shows: of a text mode the rows around the cursor.
    func caseWindow(_ machine: MachineSummary, _ inner: Rect) -> (title: String, note: String, left: Int, top: Int) {
        switch pictures[machine.id] {
        case .text(let text):
            var top = 0, left = 0
            if let cursor = text.cursor {
                top = max(0, min(cursor.row - inner.height + 1, text.rows - inner.height))
                left = max(0, min(cursor.column - inner.width + 1, text.columns - inner.width))
            }
            let note = text.rows > inner.height ? words("rows %1-%2", top + 1, min(text.rows, top + inner.height)) : ""
            return ("\(text.columns)x\(text.rows)", note, left, top)
        case .pixels(let pixels): return ("\(pixels.width)x\(pixels.height)", "", 0, 0)
        case .blank, nil: return ("", "", 0, 0)
        }
    }

    func drawPicture(
        _ machine: MachineSummary, _ window: (title: String, note: String, left: Int, top: Int), _ rect: Rect, on frame: inout Frame
    ) {
        switch pictures[machine.id] {
        case .text(let text):
            let width = min(rect.width, text.columns), height = min(rect.height, text.rows)
            let centred = layout.guest == nil ? rect : Rect(rect.x + (rect.width - width) / 2, rect.y, width, height)
            GuestPicture.draw(text, alphabet(of: text), in: centred, left: window.left, top: window.top, on: &frame)
        case .pixels(let pixels): GuestPicture.draw(pixels, in: rect, on: &frame)
        case .blank: frame.put(words("the screen is blank"), rect.x + 1, rect.y, .muted, width: rect.width - 1)
        case nil: frame.put(words("no picture yet"), rect.x + 1, rect.y, .muted, width: rect.width - 1)
        }
    }

    /// Right of the list from 120 columns up: the guest, and what happened to it last.
    func drawSidePane(_ layout: OverviewLayout, on frame: inout Frame) {
        guard let guest = layout.guest else { return }
        let x = layout.left, shelfY = layout.listY + layout.listRows
        frame.shelf([words("Machines")], active: 0, y: 1, width: layout.left, focused: true)
        frame.fill(Rect(x, 2, 1, frame.height - 4), .role(.rule), "│")
        frame.fill(Rect(x, 1, frame.width - x, 1), .role(.rule), "─")
        for y in layout.listY..<shelfY where frame[x - 1, y].text == "─" { frame.put("┤", x, y, .role(.rule)) }
        frame.put("┬", x, 1, .role(.rule))
        frame.put(layout.events.map { $0.y - 1 == shelfY } == true ? "┼" : "┤", x, shelfY, .role(.rule))
        guard let machine = selectedMachine else { return }
        let window = caseWindow(machine, guest)
        var end = frame.put(" \(machine.state.glyph)", x + 2, 1, .role(machine.state.role))
        let state = machine.state == .running ? window.title : words(machine.state)
        end = frame.put(" " + Text.clipped([machine.name, state].filter { !$0.isEmpty }.joined(separator: "  "), to: 40) + " ", end, 1, .muted)
        if machine.state == .running {
            frame.put(" " + words("Enter types into it") + " ", end + 1, 1, .muted)
            if !window.note.isEmpty { frame.putRight(" \(window.note) ", right: frame.width - 1, 1, .muted) }
        }
        drawPicture(machine, window, guest, on: &frame)
        guard let events = layout.events else { return }
        frame.shelf([], active: nil, y: events.y - 1, x: events.x, width: events.width)
        frame.put(" " + words("Last events") + " ", events.x + 1, events.y - 1, .muted)
        if events.y - 1 != shelfY { frame.put("├", x, events.y - 1, .role(.rule)) }
        let entries = log.filter { $0.machine == machine.id }
        if entries.isEmpty { frame.put(words("none since Vitrine started"), events.x + 2, events.y, .muted) }
        for (row, entry) in entries.suffix(events.height).enumerated() {
            draw(entry, events.x, events.y + row, events.width, name: false, on: &frame)
        }
    }
}
