import Contract
import Picture
import TUI

extension Model {
    func drawWall(on frame: inout Frame) {
        drawHeader(.wall, on: &frame)
        let shown = wallMachines, layout = wallLayout, page = wallPage
        if shown.isEmpty {
            frame.put(emptyWall, 1, 2, .muted, width: frame.width - 2)
        } else {
            drawGlass(layout, on: &frame)
            for index in page {
                let rect = layout.tile(index - page.lowerBound)
                drawTitle(shown[index], rect, on: &frame)
                drawTile(shown[index], rect, on: &frame)
                frame.mark(Rect(rect.x, rect.y - 1, rect.width, rect.height + 1), .tile(index))
            }
        }
        drawWallFooter(page.count, of: shown.count, on: &frame)
    }

    private var emptyWall: String {
        if !wall.filter.text.isEmpty { return words("Nothing matches %1. Esc clears the filter.", wall.filter.text) }
        guard let machine = selectedMachine, obstacle(to: .start) == nil else { return words("No machine runs. 1 goes to the list.") }
        return words("No machine runs. S starts %1, 1 goes to the list.", machine.name)
    }

    /// Rules above the tiles and lines between them.
    private func drawGlass(_ layout: WallLayout, on frame: inout Frame) {
        for row in 0..<layout.rows {
            let y = layout.tile(row * layout.columns).y - 1
            frame.fill(Rect(layout.area.x, y, layout.area.width, 1), .role(.rule), "─")
            for column in 1..<max(1, layout.columns) {
                let tile = layout.tile(row * layout.columns + column)
                frame.put(row == 0 ? "┬" : "┼", tile.x - 1, y, .role(.rule))
                frame.fill(Rect(tile.x - 1, tile.y, 1, tile.height), .role(.rule), "│")
            }
        }
    }

    /// `┤ ● debian-mini ├──── 98%  :5905 ─`; what does not fit gives way from the right.
    private func drawTitle(_ machine: MachineSummary, _ rect: Rect, on frame: inout Frame) {
        let y = rect.y - 1, focused = machine.id == selected
        let titleStyle: Style = focused ? .role(.accent) : .muted
        let state = machine.state == .running ? "" : "  " + words(machine.state)
        var notes: [String] = []
        notes.append(machine.state == .running ? machine.cpuPercent.map { Format.whole($0) + "%" } ?? "-" : "-")
        if let address = machine.screenAddress { notes.append(Format.shortAddress(address)) }
        // Glyph, blanks and marks take eight cells; a name below ten says little.
        while !notes.isEmpty, rect.width - 8 - Text.width(state) - Text.width(notes.joined(separator: "  ")) - 4 < min(10, Text.width(machine.name)) {
            notes.removeLast()
        }
        let note = notes.joined(separator: "  ")
        let room = rect.width - 8 - (note.isEmpty ? 0 : Text.width(note) + 4)
        frame.put(focused ? "┤" : "─", rect.x, y, .role(.rule))
        var x = frame.put(" ", rect.x + 1, y, titleStyle)
        x = frame.put(machine.state.glyph, x, y, .role(machine.state.role))
        let name = Text.clipped(machine.name, to: max(4, room - Text.width(state)))
        x = frame.put(" " + Text.clipped(name + state, to: max(4, room)) + " ", x, y, titleStyle)
        if focused { frame.put("├", x, y, .role(.rule)) }
        if !note.isEmpty { frame.putRight(" \(note) ", right: rect.right - 1, y, .muted) }
    }

    /// Text 1:1, the corner that holds the cursor; graphics scaled to fit.
    private func drawTile(_ machine: MachineSummary, _ rect: Rect, on frame: inout Frame) {
        switch pictures[machine.id] {
        case .text(let text):
            let width = min(rect.width, text.columns), height = min(rect.height, text.rows)
            let inner = Rect(rect.x + (rect.width - width) / 2, rect.y + (rect.height - height) / 2, width, height)
            let corner = GuestPicture.corner(of: text, Size(width, height))
            GuestPicture.draw(text, alphabet(of: text), in: inner, left: corner.x, top: corner.y, on: &frame)
            GuestPicture.drawCursor(of: text, in: inner, left: corner.x, top: corner.y, on: &frame)
        case .pixels(let pixels): GuestPicture.draw(pixels, in: rect, on: &frame)
        case .blank: frame.put(words("the screen is blank"), rect.x + 1, rect.y, .muted, width: rect.width - 2)
        case nil:
            frame.put(machine.state == .starting ? words("starting") : words("no picture yet"), rect.x + 1, rect.y, .muted, width: rect.width - 2)
        }
    }

    private func drawWallFooter(_ here: Int, of count: Int, on frame: inout Frame) {
        let y = frame.height - 1
        if wall.isChoosing {
            let x = frame.put(words("choose"), 1, y, .muted) + 1
            let width = max(12, min(32, frame.width - x - 30))
            frame.field(wall.filter, x, y, width: width, focused: true)
            frame.put(words("Enter keeps it  Esc shows all"), x + width + 2, y, .muted, width: frame.width - x - width - 3)
            return
        }
        if let toast {
            frame.put(toast.isError ? "✖ " + toast.text : toast.text, 1, y, toast.isError ? .role(.error) : .text, width: frame.width - 2)
            return
        }
        var right = frame.width
        var notes: [String] = []
        if !wall.filter.text.isEmpty { notes.append("/\(Text.clipped(wall.filter.text, to: 12))") }
        if here < count { notes.append(words("%1 of %2, PgDn", here, count)) }
        if !notes.isEmpty { right = frame.putRight(notes.joined(separator: "  "), right: frame.width - 1, y, .muted) - 1 }
        frame.footer(wallHints, y: y, width: right)
    }

    private var wallHints: [Hint] {
        guard !wallMachines.isEmpty else { return Keymap.hints([.start, .machines, .help], self) + [Hint("q", words("back"))] }
        var hints = Keymap.hints([.open], self)
        if let first = hints.first, first.word == words("console") { hints[0].word = words("zoom") }
        if wallMachines.count > 1 { hints.append(Hint(words("Arrows"), words("move"))) }
        if size.width >= 60 { hints.append(Hint("+ _", words("tile size"))) }
        hints += [Hint("/", words("choose"))]
        return hints + Keymap.hints([.pause, .help], self) + [Hint("q", words("back"))]
    }
}
