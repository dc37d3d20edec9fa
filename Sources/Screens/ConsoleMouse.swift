import Contract
import Picture
package import TUI

extension Model {
    /// The mouse on the guest's picture, which stands in `rect`: the guest's where it reads one, else it selects text.
    package mutating func pointInConsole(_ event: MouseEvent, _ rect: Rect) -> [Effect] {
        guard page == .console, let id = console.machine, console.menu == nil, console.naming == nil, rect.width > 0, rect.height > 0 else {
            return []
        }
        if guestTakesPointer { return point(event, rect, id) }
        switch event.kind {
        case .wheelUp, .wheelDown: turnWheel(up: event.kind == .wheelUp)
        case .press where event.button == 1:
            console.press = place(event, rect)
            if console.reader?.cursor != nil { console.reader?.anchor = nil }
        case .motion: drag(to: place(event, rect))
        case .release: return release()
        default: break
        }
        return []
    }

    /// The terminal is asked for motion without a button only where somebody wants it.
    package var wantsMotion: Bool { page == .console && guestTakesPointer && dialog == nil && help == nil }

    private var guestTakesPointer: Bool {
        console.port == nil && console.reader == nil && console.machine.flatMap(machine).map { $0.usesPointer && $0.state == .running } ?? false
    }

    // MARK: To the guest

    private mutating func point(_ event: MouseEvent, _ rect: Rect, _ id: MachineID) -> [Effect] {
        switch event.kind {
        case .wheelUp: return [.submit(.input(id, .wheel(1)), .input)]
        case .wheelDown: return [.submit(.input(id, .wheel(-1)), .input)]
        case .press: console.buttons |= Model.mask(event.button)
        // Some terminals do not say which button came up.
        case .release: console.buttons = event.button == 0 ? 0 : console.buttons & ~Model.mask(event.button)
        case .motion: break
        }
        // A window on a larger guest: what is shown is a part of it.
        let plane = consolePlane
        let x = Model.part(event.x - rect.x + (plane == nil ? 0 : console.left), of: plane?.columns ?? rect.width)
        let y = Model.part(event.y - rect.y + (plane == nil ? 0 : console.top), of: plane?.rows ?? rect.height)
        return [.submit(.input(id, .pointer(x: x, y: y, buttons: console.buttons)), .input)]
    }

    private static func mask(_ button: Int) -> UInt8 { button == 1 ? 1 : button == 3 ? 2 : button == 2 ? 4 : 0 }

    /// The middle of a cell in 65536ths.
    private static func part(_ cell: Int, of count: Int) -> UInt16 {
        let count = max(1, count), cell = max(0, min(count - 1, cell))
        return UInt16(truncatingIfNeeded: min(65535, (cell * 2 + 1) * 65536 / (count * 2)))
    }

    // MARK: Selecting

    /// A place in the reader's rows; in the live screen, where it will be once a reader holds it.
    private func place(_ event: MouseEvent, _ rect: Rect) -> TextPlace {
        let dx = max(0, min(rect.width - 1, event.x - rect.x)), dy = max(0, min(rect.height - 1, event.y - rect.y))
        if let reader = console.reader { return TextPlace(reader.top + dy, reader.left + dx) }
        let kept = console.port == nil ? console.machine.flatMap { scrollbacks[$0]?.rows.count } ?? 0 : consoleTerminal?.history.count ?? 0
        return TextPlace(kept + console.top + dy, console.left + dx)
    }

    private mutating func drag(to place: TextPlace) {
        guard let press = console.press, place != press || console.reader?.anchor != nil else { return }
        guard var reader = console.reader ?? newReader() else { return }
        (reader.anchor, reader.cursor, reader.shape) = (press, place, .flow)
        console.reader = reader
    }

    private mutating func release() -> [Effect] {
        defer { console.press = nil }
        guard console.press != nil, let reader = console.reader, let selection = reader.selection else { return [] }
        // Whoever reads goes on reading; whoever looked at the guest is back there.
        if reader.top >= reader.rows.count - max(consoleRows, consolePlane?.rows ?? 0) {
            console.reader = nil
        } else {
            console.reader?.anchor = nil
            console.reader?.cursor = nil
        }
        return copy(selection, reader)
    }

    private mutating func turnWheel(up: Bool) {
        if var reader = console.reader {
            if !up, reader.cursor == nil, reader.isAtEnd(consoleRows) {
                console.reader = nil
                return
            }
            reader.scroll(up ? -3 : 3, height: consoleRows)
            console.reader = reader
        } else if up {
            openScrollback(by: 3)
        }
    }
}
