import Contract
import Picture
import TUI

/// The live screen of a guest: every key is the guest's but the host key.
struct ConsoleState: Equatable, Sendable {
    var machine: MachineID?
    /// The serial port that is shown in place of the screen: 0 is COM1.
    var port: Int?
    /// After the host key: when the menu appears by itself.
    var menuAt: Double?
    var menu: ConsoleMenu?
    /// The part of a guest larger than the screen that is shown.
    var top = 0
    var left = 0
    /// Shows the other edge until the cursor leaves it.
    var pinned = false
    var hasRun = false
    /// Where leaving it leads.
    var origin = Model.Page.machines
    var reader: ConsoleReader?
    /// Keys held down for the next one, by name.
    var held: [String] = []
    /// A key's name being typed.
    var naming: TextField?
    /// Where a mouse button went down, and the buttons that the guest was told of.
    var press: TextPlace?
    var buttons: UInt8 = 0
}

extension Model {
    mutating func openConsole(_ id: MachineID) {
        let origin: Page = page == .console ? console.origin : page == .wall || page == .load ? page : .machines
        page = .console
        console = ConsoleState()
        console.machine = id
        console.origin = origin
        console.hasRun = machine(id)?.state == .running || machine(id)?.state == .paused
        toast = nil
        keepConsoleWindow()
    }

    mutating func leaveConsole() {
        guard !isSingle else { return }
        page = console.origin
        console = ConsoleState()
    }

    mutating func pressInConsole(_ key: Key) -> [Effect] {
        guard let id = console.machine else {
            leaveConsole()
            return []
        }
        if console.naming != nil { return pressInNaming(key, id) }
        if let menu = console.menu { return press(key, in: menu, id) }
        if console.menuAt != nil { return pressAfterHostKey(key, id) }
        if key == hostKey {
            console.menuAt = now + 0.5
            return []
        }
        if console.reader != nil { return pressInReader(key) }
        guard let machine = machine(id) else { return [] }
        switch machine.state {
        case .running, .starting: return send(key, to: id)
        case .paused: say(words("%1 is paused. %2 p resumes it.", machine.name, hostKey.label))
        default: say(words("%1 is %2. %3 q leaves.", machine.name, words(machine.state), hostKey.label))
        }
        return []
    }

    private mutating func send(_ key: Key, to id: MachineID) -> [Effect] {
        if let port = console.port {
            let bytes = TerminalKeys.bytes(key, applicationCursor: consoleTerminal?.applicationCursor ?? false)
            return bytes.isEmpty ? [] : [.submit(.input(id, .serial(port: port, bytes)), .input)]
        }
        guard !console.held.isEmpty else { return [.submit(.input(id, GuestKeys.input(key)), .input)] }
        let names = console.held + GuestKeys.names(key).filter { !console.held.contains($0) }
        console.held = []
        return [.submit(.input(id, .chord(names)), .input)]
    }

    private mutating func press(_ key: Key, in old: ConsoleMenu, _ id: MachineID) -> [Effect] {
        var menu = old
        let items = items(of: menu)
        switch key {
        case .escape:
            console.menu = menu.parent.map { ConsoleMenu($0) }
            return []
        case .up, .down:
            menu.focus = (menu.focus + (key == .up ? items.count - 1 : 1)) % max(1, items.count)
            console.menu = menu
            return []
        case .enter: return items[safe: menu.focus].map { run($0.command, id) } ?? []
        default:
            guard let item = item(items, key) else { return [] }
            return run(item.command, id)
        }
    }

    private mutating func pressAfterHostKey(_ key: Key, _ id: MachineID) -> [Effect] {
        console.menuAt = nil
        if key == .escape {
            stopTyping()
            console.held = []
            return []
        }
        if key == .character("?") {
            console.menu = ConsoleMenu(.hostKey)
            return []
        }
        guard let item = item(ConsoleItem.items(after: hostKey), key) else {
            say(words("%1 %2 means nothing. %3 ? shows what does.", hostKey.label, key.label, hostKey.label))
            return []
        }
        return run(item.command, id)
    }

    /// Letters act in either case.
    private func item(_ items: [ConsoleItem], _ key: Key) -> ConsoleItem? {
        if let exact = items.first(where: { $0.key == key }) { return exact }
        guard let typed = key.typed else { return nil }
        return items.first { $0.key.typed.map { String($0) } == typed.lowercased() }
    }

    mutating func run(_ command: ConsoleItem.Command, _ id: MachineID) -> [Effect] {
        let menu = console.menu
        console.menu = nil
        switch command {
        case .leave:
            if isSingle {
                dialog = machine(id).map { .leave($0, words) }
                return dialog == nil ? [.quit] : []
            }
            leaveConsole()
            selected = id
            keepListWindow()
            if page == .wall { keepWall() }
            if page == .load { keepLoad() }
        case .menu(let kind): console.menu = ConsoleMenu(kind)
        case .chord(let names): return [.submit(.input(id, .chord(names)), .input)]
        case .hostKey: return send(hostKey, to: id)
        case .action(let action):
            selected = id
            return perform(action, keymap.binding(action)?.keys.first ?? .escape)
        case .machine(let step):
            let live = consoles
            guard live.count > 1, let index = live.firstIndex(where: { $0.id == id }) else {
                say(words("No other machine runs."))
                return []
            }
            openConsole(live[(index + step + live.count) % live.count].id)
        case .window(let step):
            guard let plane = consolePlane, plane.rows > consoleRows else { return [] }
            console.top = step < 0 ? 0 : plane.rows - consoleRows
            console.pinned = true
        case .select: openSelection()
        case .scrollback: openScrollback(by: consoleRows - 1)
        case .paste:
            guard !clipboard.isEmpty else {
                say(words("Nothing was copied yet. %1 c copies.", hostKey.label))
                return []
            }
            return type(clipboard, to: id)
        case .picture: return writePicture(of: id)
        case .tab: changeConsoleTab(id)
        case .nameKey: console.naming = TextField()
        case .hold(let names):
            let names = names.split(separator: " ").map(String.init)
            if let first = names.first, names.count == 1, console.held.contains(first) {
                console.held.removeAll { $0 == first }
            } else {
                console.held += names.filter { !console.held.contains($0) }
            }
            // Several can be held; Esc goes back to the guest.
            if menu?.kind == .hold { console.menu = menu }
        }
        return []
    }

    private mutating func pressInNaming(_ key: Key, _ id: MachineID) -> [Effect] {
        switch key {
        case .escape, .control("c"): console.naming = nil
        case .enter:
            let names = (console.naming?.text ?? "").split { "+- ".contains($0) }.map { $0.lowercased() }
            console.naming = nil
            if !names.isEmpty { return [.submit(.input(id, .chord(names)), .input)] }
        default: _ = console.naming?.handle(key)
        }
        return []
    }

    private mutating func changeConsoleTab(_ id: MachineID) {
        let ports = machine(id)?.terminals ?? []
        guard !ports.isEmpty else {
            say(words("It has no serial terminal. Turn it off and set COM1 to terminal."))
            return
        }
        console.port = ports.first { $0 > console.port ?? -1 }
        (console.reader, console.top, console.left, console.pinned, console.held) = (nil, 0, 0, false, [])
        keepConsoleWindow()
    }

    private mutating func writePicture(of id: MachineID) -> [Effect] {
        let stamp = Format.time(now, offset: utcOffset, seconds: true).filter { $0 != ":" }
        if let terminal = consoleTerminal {
            return [.write(path: "~/\(id)-\(stamp).txt", Array((terminal.text.joined(separator: "\n") + "\n").utf8))]
        }
        let bytes = pictures[id].map { PNG.encode($0) } ?? []
        guard !bytes.isEmpty else {
            say(words("The guest shows nothing: there is no picture to write."))
            return []
        }
        return [.write(path: "~/\(id)-\(stamp).png", bytes)]
    }

    // MARK: The window on a guest larger than the screen

    /// Rows that the guest has: all but the last.
    var consoleRows: Int { max(1, size.height - 1) }

    /// The text that the console shows, as far as its place on the screen depends on it.
    var consolePlane: (columns: Int, rows: Int, cursor: (column: Int, row: Int)?)? {
        if console.port != nil { return consoleTerminal.map { ($0.columns, $0.rows, $0.cursor) } }
        guard let id = console.machine, case .text(let text)? = pictures[id] else { return nil }
        return (text.columns, text.rows, text.cursor.map { ($0.column, $0.row) })
    }

    /// A guest larger than the screen: the window holds the cursor and moves only when it must.
    mutating func keepConsoleWindow() {
        if var reader = console.reader {
            reader.scroll(0, height: consoleRows)
            reader.follow(height: consoleRows, screen: size.width)
            console.reader = reader
        }
        guard let plane = consolePlane else {
            (console.top, console.left) = (0, 0)
            return
        }
        let fits = consoleRows
        console.top = max(0, min(console.top, plane.rows - fits))
        console.left = max(0, min(console.left, plane.columns - size.width))
        guard let cursor = plane.cursor else { return }
        let inside = cursor.row >= console.top && cursor.row < console.top + fits
        if inside { console.pinned = false }
        if !inside, !console.pinned {
            console.top = cursor.row < console.top ? max(0, cursor.row) : max(0, min(cursor.row - fits + 1, plane.rows - fits))
        }
        if cursor.column < console.left { console.left = max(0, cursor.column) }
        if cursor.column >= console.left + size.width { console.left = max(0, min(cursor.column - size.width + 1, plane.columns - size.width)) }
    }
}

/// Keys of the terminal as input for a guest.
enum GuestKeys {
    static func input(_ key: Key) -> GuestInput {
        if let typed = key.typed { return .text(String(typed)) }
        return .chord(names(key))
    }

    /// The names of what is pressed together.
    static func names(_ key: Key) -> [String] {
        var names: [String] = []
        if key.control { names.append("ctrl") }
        if key.alt { names.append("alt") }
        if key.shift { names.append("shift") }
        switch key.code {
        case .character(" "): names.append("space")
        case .character(let character):
            if character.isUppercase { names.append("shift") }
            names.append(character.lowercased())
        case .enter: names.append("enter")
        case .escape: names.append("esc")
        case .tab: names.append("tab")
        case .backTab: names += ["shift", "tab"]
        case .backspace: names.append("backspace")
        case .delete: names.append("delete")
        case .insert: names.append("insert")
        case .up: names.append("up")
        case .down: names.append("down")
        case .left: names.append("left")
        case .right: names.append("right")
        case .home: names.append("home")
        case .end: names.append("end")
        case .pageUp: names.append("pageup")
        case .pageDown: names.append("pagedown")
        case .function(let number): names.append("f\(number)")
        }
        return names
    }
}
