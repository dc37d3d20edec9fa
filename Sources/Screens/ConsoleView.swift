import Contract
import Picture
import TUI

extension Model {
    func drawConsole(on frame: inout Frame) {
        guard let id = console.machine else { return }
        let machine = machine(id)
        let rows = frame.height - 1
        var window = ""
        switch pictures[id] {
        case .text(let text):
            let (top, left) = (console.top, console.left)
            let width = min(frame.width, text.columns), height = min(rows, text.rows)
            let rect = Rect((frame.width - width) / 2, (rows - height) / 2, width, height)
            GuestPicture.draw(text, alphabet(of: text), in: rect, left: left, top: top, on: &frame)
            if text.rows > rows {
                let above = top, below = text.rows - top - rows
                let hidden = above > 0 && below > 0 ? "\(above) above" : above > 0 ? "\(above) above" : "\(below) below"
                window = "rows \(top + 1)-\(top + height) of \(text.rows), \(hidden)"
            }
            if let cursor = text.cursor, console.menu == nil, cursor.row >= top, cursor.row < top + height, cursor.column >= left,
                cursor.column < left + width
            {
                frame.cursor = Point(rect.x + cursor.column - left, rect.y + cursor.row - top)
            }
        case .pixels(let pixels):
            let rect = Rect(0, 0, frame.width, rows)
            GuestPicture.draw(pixels, in: rect, on: &frame)
            if console.menu == nil {
                frame.picture = PicturePlacement(rect: rect, width: pixels.width, height: pixels.height, pixels: pixels.pixels)
            }
            window = "\(pixels.width)x\(pixels.height)"
        case .blank, nil:
            let words = machine?.state == .starting ? "starting" : "the screen is blank; keys still reach the guest"
            frame.put(words, max(1, (frame.width - Text.width(words)) / 2), rows / 2, .muted)
        }
        drawConsoleLine(machine, window, on: &frame)
        if let menu = console.menu { draw(menu, on: &frame) }
    }

    /// The only cells that are ours: how to leave, always.
    private func drawConsoleLine(_ machine: MachineSummary?, _ window: String, on frame: inout Frame) {
        let y = frame.height - 1
        frame.fill(Rect(0, y, frame.width, 1), .muted)
        let state = machine?.state ?? .off
        let window = console.menu == nil ? window : window.split(separator: ",").first.map(String.init) ?? ""
        frame.put(state.glyph, 1, y, .role(state.role))
        var x = frame.put(machine?.name ?? console.machine?.rawValue ?? "", 3, y, .muted, width: 24) + 1
        if state != .running { x = frame.put(state.rawValue, x, y, .role(state.role)) + 1 }
        x += 2
        let right = window.isEmpty ? frame.width - 1 : frame.width - 3 - Text.width(window)
        if console.menu != nil {
            frame.put("Esc", x, y, .role(.key))
            let words = [" back to the guest; keys typed now stay here", " back to the guest"]
            frame.put(words.first { Text.width($0) <= right - x - 3 } ?? words[1], x + 3, y, .muted, width: right - x - 3)
        } else {
            x = frame.put("Ctrl-]", x, y, .role(.key))
            x = frame.put(" q leaves", x, y, .muted) + 3
            if let toast {
                frame.put(toast.text, x, y, toast.isError ? .role(.error) : .text, width: frame.width - 1 - x)
                return
            }
            if console.menuAt != nil {
                frame.put("Ctrl-] ...", x, y, .role(.key), width: right - x)
            } else if x + 13 < right {
                x = frame.put("Ctrl-]", x, y, .role(.key))
                frame.put(" ? menu", x, y, .muted)
            }
        }
        if !window.isEmpty { frame.putRight(window, right: frame.width - 1, y, .muted) }
    }

    private func draw(_ menu: ConsoleMenu, on frame: inout Frame) {
        var x = 2
        if menu.kind != .hostKey {
            var parent = ConsoleMenu(.hostKey)
            parent.focus = items(of: parent).firstIndex { $0.command == .menu(.sendKey) } ?? 0
            if frame.width >= 76 {
                drawItems(parent, Rect(2, 3, 38, min(frame.height - 5, items(of: parent).count + 2)), key: 6, on: &frame)
                x = 43
            }
        }
        let height = min(frame.height - 2, items(of: menu).count + 2)
        let y = max(0, min(menu.kind == .hostKey ? 3 : 5, frame.height - 1 - height))
        drawItems(menu, Rect(x, y, menu.kind == .hostKey ? 38 : 32, height), key: menu.kind == .hostKey ? 6 : 1, on: &frame)
    }

    private func drawItems(_ menu: ConsoleMenu, _ rect: Rect, key width: Int, on frame: inout Frame) {
        let inner = frame.box(rect, title: menu.title)
        let items = items(of: menu)
        let top = ListWindow.top(0, selected: menu.focus, rows: inner.height, count: items.count)
        for row in 0..<inner.height {
            guard let item = items[safe: top + row] else { break }
            let y = inner.y + row, focused = top + row == menu.focus
            if focused { frame.fill(Rect(inner.x, y, inner.width, 1), .role(.selected)) }
            frame.put(focused ? "▸" : " ", inner.x, y, focused ? .role(.selected) : .dialog(.text))
            frame.put(item.label, inner.x + 2, y, focused ? .role(.selected) : .dialog(.key))
            frame.put(item.text, inner.x + 4 + width, y, focused ? .role(.selected) : .dialog(.text), width: inner.width - 5 - width)
        }
    }
}
