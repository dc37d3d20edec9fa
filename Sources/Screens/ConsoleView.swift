import Contract
import Picture
import TUI

extension Model {
    func drawConsole(on frame: inout Frame) {
        guard let id = console.machine else { return }
        let machine = machine(id)
        var window = ""
        if let reader = console.reader {
            draw(reader, on: &frame)
        } else if console.port != nil {
            if let terminal = consoleTerminal {
                let rect = place(terminal.columns, terminal.rows, on: frame)
                GuestPicture.draw(terminal.lines.map { GuestPicture.row($0) }, in: rect, left: console.left, top: console.top, on: &frame)
                window = finish(terminal.columns, terminal.rows, terminal.cursor, rect, on: &frame)
            }
        } else {
            switch pictures[id] {
            case .text(let text):
                let rect = place(text.columns, text.rows, on: frame)
                GuestPicture.draw(text, alphabet(of: text), in: rect, left: console.left, top: console.top, on: &frame)
                window = finish(text.columns, text.rows, text.cursor.map { ($0.column, $0.row) }, rect, on: &frame)
            case .pixels(let pixels):
                let rect = GuestPicture.draw(pixels, in: Rect(0, 0, frame.width, consoleRows), on: &frame)
                frame.mark(rect, .guest(rect))
                if console.menu == nil {
                    let whole = Rect(0, 0, frame.width, consoleRows)
                    frame.picture = PicturePlacement(rect: whole, width: pixels.width, height: pixels.height, pixels: pixels.pixels)
                }
                window = "\(pixels.width)x\(pixels.height)"
            case .blank, nil:
                let text = machine?.state == .starting ? words("starting") : words("the screen is blank; keys still reach the guest")
                frame.put(text, max(1, (frame.width - Text.width(text)) / 2), consoleRows / 2, .muted)
            }
        }
        drawConsoleLine(machine, window, on: &frame)
        if let menu = console.menu { draw(menu, on: &frame) }
    }

    /// Where so many cells stand: from the middle, as far as they fit.
    private func place(_ columns: Int, _ rows: Int, on frame: Frame) -> Rect {
        let width = min(frame.width, columns), height = min(consoleRows, rows)
        return Rect((frame.width - width) / 2, (consoleRows - height) / 2, width, height)
    }

    /// The cursor, what a click means, and in words which part is shown.
    private func finish(_ columns: Int, _ rows: Int, _ cursor: (column: Int, row: Int)?, _ rect: Rect, on frame: inout Frame) -> String {
        frame.mark(rect, .guest(rect))
        let (top, left) = (console.top, console.left)
        if let cursor, console.menu == nil, cursor.row >= top, cursor.row < top + rect.height, cursor.column >= left,
            cursor.column < left + rect.width
        {
            frame.cursor = Point(rect.x + cursor.column - left, rect.y + cursor.row - top)
        }
        var parts: [String] = []
        if columns > rect.width { parts.append(words("columns %1-%2 of %3", left + 1, left + rect.width, columns)) }
        if rows > rect.height {
            let below = rows - top - rect.height
            let hidden = columns > rect.width ? "" : top > 0 ? words(", %1 above", top) : words(", %1 below", below)
            parts.append(words("rows %1-%2 of %3%4", top + 1, top + rect.height, rows, hidden))
        }
        return parts.joined(separator: ", ")
    }

    private func draw(_ reader: ConsoleReader, on frame: inout Frame) {
        let rect = place(reader.width, reader.rows.count, on: frame)
        GuestPicture.draw(reader.rows, in: rect, left: reader.left, top: reader.top, on: &frame)
        frame.mark(rect, .guest(rect))
        func restyle(_ line: Int, _ columns: Range<Int>, _ role: Role) {
            let shown = columns.clamped(to: reader.left..<(reader.left + rect.width))
            frame.restyle(Rect(rect.x + shown.lowerBound - reader.left, rect.y + line - reader.top, shown.count, 1)) { _ in .role(role) }
        }
        for line in reader.top..<(reader.top + rect.height) {
            if let row = reader.rows[safe: line], !reader.wanted.isEmpty {
                for columns in TextSearch.matches(reader.wanted, in: row) { restyle(line, columns, .match) }
            }
            if let selection = reader.selection { restyle(line, selection.columns(of: line, width: reader.width), .selected) }
        }
        guard let place = reader.cursor, console.menu == nil, reader.query == nil else { return }
        frame.cursor = Point(rect.x + place.column - reader.left, rect.y + place.line - reader.top)
    }

    // MARK: The last row

    /// The only cells that are ours: how to leave, always.
    private func drawConsoleLine(_ machine: MachineSummary?, _ window: String, on frame: inout Frame) {
        let y = frame.height - 1
        frame.fill(Rect(0, y, frame.width, 1), .muted)
        let state = machine?.state ?? .off
        frame.put(state.glyph, 1, y, .role(state.role))
        var x = frame.put(machine?.name ?? console.machine?.rawValue ?? "", 3, y, .muted, width: max(8, min(24, frame.width / 4))) + 1
        if let port = console.port { x = frame.put("COM\(port + 1)", x, y, .muted) + 1 }
        if state != .running { x = frame.put(words(state), x, y, .role(state.role)) + 1 }
        x += 2
        if let naming = console.naming { return drawField(words("key"), naming, "Enter", words("sends"), x, on: &frame) }
        if let query = console.reader?.query { return drawField("/", query, "Enter", words("keeps it"), x, on: &frame) }
        if console.menu != nil { return drawMenuLine(window, x, on: &frame) }
        if let reader = console.reader { return drawReaderLine(reader, x, on: &frame) }
        var right = frame.width - 1
        let host = hostKey.label
        x = frame.put(host, x, y, .role(.key))
        x = frame.put(" " + words("q leaves"), x, y, .muted) + 3
        if let toast {
            frame.put(toast.text, x, y, toast.isError ? .role(.error) : .text, width: right - x)
            return
        }
        if let line = typingLine {
            x = frame.put(line, x, y, .text, width: right - x) + 3
            return drawHints([Hint("\(host) Esc", words("stops"))], x, right, on: &frame)
        }
        if !console.held.isEmpty {
            frame.put(words("holding %1 for the next key", console.held.map(\.capitalisedKey).joined(separator: "-")), x, y, .text, width: right - x)
            return
        }
        if !window.isEmpty, Text.width(window) < right - x { right = frame.putRight(window, right: right, y, .muted) - 2 }
        if console.menuAt != nil {
            frame.put("\(host) ...", x, y, .role(.key), width: right - x)
        } else if x + Text.width(host) + 1 + Text.width(words("? menu")) <= right {
            frame.mark(Rect(x, y, Text.width(host) + 1 + Text.width(words("? menu")), 1), .key(hostKey))
            x = frame.put(host, x, y, .role(.key))
            frame.put(" " + words("? menu"), x, y, .muted)
        }
    }

    private func drawField(_ label: String, _ field: TextField, _ key: String, _ word: String, _ start: Int, on frame: inout Frame) {
        let y = frame.height - 1
        let x = frame.put(label, start, y, .muted) + 1
        let width = max(6, min(30, frame.width - x - Text.width(key) - Text.width(word) - 12))
        let (text, cursor) = field.window(width)
        frame.fill(Rect(x, y, width, 1), .role(.field))
        frame.put(text, x, y, .role(.field), width: width)
        frame.cursor = Point(x + cursor, y)
        drawHints([Hint(key, word), Hint("Esc", words("back"))], x + width + 2, frame.width - 1, on: &frame)
    }

    private func drawMenuLine(_ window: String, _ x: Int, on frame: inout Frame) {
        let y = frame.height - 1
        let window = window.split(whereSeparator: { ",、".contains($0) }).first.map(String.init) ?? ""
        let right = window.isEmpty ? frame.width - 1 : frame.width - 3 - Text.width(window)
        frame.put("Esc", x, y, .role(.key))
        let ways =
            console.menu?.parent == nil
            ? [" " + words("back to the guest; keys typed now stay here"), " " + words("back to the guest")] : [" " + words("back to the menu")]
        frame.put(ways.first { Text.width($0) <= right - x - 3 } ?? ways.last ?? "", x + 3, y, .muted, width: right - x - 3)
        if !window.isEmpty { frame.putRight(window, right: frame.width - 1, y, .muted) }
    }

    private func drawReaderLine(_ reader: ConsoleReader, _ start: Int, on frame: inout Frame) {
        let y = frame.height - 1, right = frame.width - 1
        if let toast {
            let x = frame.put(toast.text, start, y, toast.isError ? .role(.error) : .text, width: right - start - 12)
            return drawHints([Hint("Esc", words("back"))], x + 3, right, on: &frame)
        }
        var hints = [Hint("Esc", words("back to the guest"))]
        var x = start
        if reader.cursor != nil {
            let shape = reader.shape == .rectangle ? words("lines") : words("rectangle")
            x = frame.put(reader.selection.map { words("%1 selected", $0.lines.count) } ?? words("select"), x, y, .text) + 2
            hints = [
                Hint("Space", reader.anchor == nil ? words("starts") : words("anew")), Hint("v", shape), Hint("Enter", words("copies")),
                Hint("Esc", words("leaves")),
            ]
        } else {
            x =
                frame.put(
                    reader.kept == 1 ? words("scrollback: 1 line") : words("scrollback: %1 lines", Format.grouped(reader.kept)), x, y, .text,
                    width: right - x) + 2
            if reader.pattern.isEmpty {
                hints = [Hint("PgUp PgDn", ""), Hint("/", words("search")), Hint("c", words("select"))] + hints
            } else {
                hints = [Hint("n N", words("next, previous")), Hint("c", words("select")), Hint("Esc", words("ends the search"))]
            }
        }
        drawHints(hints, x, right, on: &frame)
    }

    /// Keys and words as far as they fit; the last one, which leads back, stays longest.
    private func drawHints(_ hints: [Hint], _ start: Int, _ right: Int, on frame: inout Frame) {
        let y = frame.height - 1
        var hints = hints
        func width(_ hint: Hint) -> Int { Text.width(hint.key) + (hint.word.isEmpty ? 0 : 1 + Text.width(hint.word)) }
        while hints.count > 1, start + hints.reduce(-2, { $0 + width($1) + 2 }) > right { hints.remove(at: hints.count - 2) }
        var x = start
        for hint in hints where x < right {
            x = frame.put(hint.key, x, y, .role(.key), width: right - x)
            if !hint.word.isEmpty { x = frame.put(hint.word, x + 1, y, .muted, width: right - x - 1) }
            x += 2
        }
    }

    // MARK: Menus

    private func draw(_ menu: ConsoleMenu, on frame: inout Frame) {
        frame.unmarkAll()
        var x = 2
        if let kind = menu.parent {
            // A menu beside the one that it came from, where there is room for two.
            var parent = ConsoleMenu(kind)
            let wanted: ConsoleItem.Command = .menu(menu.kind)
            parent.focus = items(of: parent).firstIndex { $0.command == wanted } ?? 0
            if frame.width >= 76 {
                let width = kind == .hostKey ? 38 : 32, y = kind == .hostKey ? 3 : 5
                drawItems(parent, box(items(of: parent).count, 2, y, width, on: frame), isOpen: false, on: &frame)
                x = width + 5
            }
        }
        let width = menu.kind == .hostKey ? 38 : 32
        drawItems(menu, box(items(of: menu).count, x, menu.kind == .hostKey ? 3 : 5, width, on: frame), isOpen: true, on: &frame)
    }

    private func box(_ count: Int, _ x: Int, _ y: Int, _ width: Int, on frame: Frame) -> Rect {
        let height = min(frame.height - 2, count + 2)
        return Rect(x, max(0, min(y, frame.height - 1 - height)), width, height)
    }

    private func drawItems(_ menu: ConsoleMenu, _ rect: Rect, isOpen: Bool, on frame: inout Frame) {
        let inner = frame.box(rect, title: menu.title(hostKey, words))
        let items = items(of: menu)
        let width = items.map { Text.width($0.label) }.max() ?? 1
        let top = ListWindow.top(0, selected: menu.focus, rows: inner.height, count: items.count)
        for row in 0..<inner.height {
            guard let item = items[safe: top + row] else { break }
            let y = inner.y + row, focused = top + row == menu.focus
            let style = { (role: Role) -> Style in focused ? .role(isOpen ? .selected : .resting) : .dialog(role) }
            if focused { frame.fill(Rect(inner.x, y, inner.width, 1), style(.text)) }
            frame.put(focused ? "▸" : " ", inner.x, y, style(.text))
            frame.put(item.label, inner.x + 2, y, style(.key))
            frame.put(item.shown(words), inner.x + 4 + width, y, style(.text), width: inner.width - 5 - width)
            if isOpen { frame.mark(Rect(inner.x, y, inner.width, 1), .key(item.key)) }
        }
    }
}

extension String {
    /// A key's name as people write it: `Ctrl`, `Alt`.
    fileprivate var capitalisedKey: String { prefix(1).uppercased() + dropFirst() }
}
