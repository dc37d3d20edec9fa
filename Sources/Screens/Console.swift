import Contract
import Picture
import TUI

/// The live screen of a guest: every key is the guest's but the host key.
struct ConsoleState: Equatable, Sendable {
    var machine: MachineID?
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
    static let hostKey = Key.control("]")
}

struct ConsoleMenu: Equatable, Sendable {
    enum Kind: Equatable, Sendable { case hostKey, sendKey, functionKeys, consoles }
    var kind: Kind
    var focus = 0
    init(_ kind: Kind) { self.kind = kind }

    var title: String {
        switch kind {
        case .hostKey: "Ctrl-] then"
        case .sendKey: "Send key"
        case .functionKeys: "Send F1 to F12"
        case .consoles: "Send Ctrl-Alt-F1 to F12"
        }
    }

}

struct ConsoleItem: Equatable, Sendable {
    enum Command: Equatable, Sendable {
        case leave, menu(ConsoleMenu.Kind), chord([String]), hostKey, action(Action), machine(Int), window(Int)
    }
    var key: Key
    var label: String
    var text: String
    var command: Command

    init(_ key: Key, _ text: String, _ command: Command, label: String? = nil) {
        (self.key, self.text, self.command) = (key, text, command)
        self.label = label ?? (key.typed == nil && key.code != .delete && !key.control ? key.label.lowercased() : key.label)
    }

    static let hostKey: [ConsoleItem] = [
        ConsoleItem(.character("q"), "leave, it keeps running", .leave),
        ConsoleItem(.delete, "send Ctrl-Alt-Del", .chord(["ctrl", "alt", "delete"])),
        ConsoleItem(.character("s"), "send another key", .menu(.sendKey)),
        ConsoleItem(.left, "previous machine", .machine(-1)),
        ConsoleItem(.right, "next machine", .machine(1)),
        ConsoleItem(.character("p"), "pause, resume", .action(.pause)),
        ConsoleItem(.character("b"), "press the power button", .action(.power)),
        ConsoleItem(.character("r"), "reset, asks first", .action(.reset)),
        ConsoleItem(.character("m"), "change CD or floppy", .action(.media)),
        ConsoleItem(.up, "show the rows above", .window(-1), label: "up"),
        ConsoleItem(.down, "show the rows below", .window(1), label: "down"),
        ConsoleItem(ConsoleState.hostKey, "send Ctrl-] itself", .hostKey),
    ]

    static let sendKey: [ConsoleItem] = [
        ConsoleItem(.character("a"), "Ctrl-Alt-Del", .chord(["ctrl", "alt", "delete"])),
        ConsoleItem(.character("b"), "Ctrl-Alt-Backspace", .chord(["ctrl", "alt", "backspace"])),
        ConsoleItem(.character("e"), "Ctrl-Esc", .chord(["ctrl", "esc"])),
        ConsoleItem(.character("t"), "Alt-Tab", .chord(["alt", "tab"])),
        ConsoleItem(.character("4"), "Alt-F4", .chord(["alt", "f4"])),
        ConsoleItem(.character("f"), "F1 to F12            ›", .menu(.functionKeys)),
        ConsoleItem(.character("c"), "Ctrl-Alt-F1 to F12   ›", .menu(.consoles)),
        ConsoleItem(.character("p"), "Print Screen", .chord(["print"])),
        ConsoleItem(.character("y"), "Alt-SysRq and H", .chord(["alt", "print", "h"])),
        ConsoleItem(.character("k"), "Pause", .chord(["pause"])),
        ConsoleItem(.character("w"), "Windows key", .chord(["win"])),
        ConsoleItem(.character("m"), "Menu key", .chord(["menu"])),
    ]

    static func functions(with held: [String]) -> [ConsoleItem] {
        zip(Array("1234567890-="), 1...12).map { key, number in
            ConsoleItem(.character(key), (held.isEmpty ? "" : "Ctrl-Alt-") + "F\(number)", .chord(held + ["f\(number)"]))
        }
    }
}

extension Model {
    func items(of menu: ConsoleMenu) -> [ConsoleItem] {
        switch menu.kind {
        case .hostKey: ConsoleItem.hostKey.filter { isOffered($0.command) }
        case .sendKey: ConsoleItem.sendKey
        case .functionKeys: ConsoleItem.functions(with: [])
        case .consoles: ConsoleItem.functions(with: ["ctrl", "alt"])
        }
    }

    /// The host key's menu names only what there is.
    private func isOffered(_ command: ConsoleItem.Command) -> Bool {
        guard let id = console.machine else { return false }
        switch command {
        case .machine: return consoles.count > 1
        case .action(.media): return machine(id)?.removable.isEmpty == false
        case .window: if case .text(let text)? = pictures[id] { return text.rows > consoleRows } else { return false }
        default: return true
        }
    }

    /// Machines that have a screen to go to.
    private var consoles: [MachineSummary] { isSingle ? [] : listed.filter { $0.state == .running || $0.state == .paused } }

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
        if var menu = console.menu {
            let items = items(of: menu)
            switch key {
            case .escape:
                console.menu = menu.kind == .hostKey ? nil : ConsoleMenu(menu.kind == .sendKey ? .hostKey : .sendKey)
                return []
            case .up, .down:
                menu.focus = (menu.focus + (key == .up ? items.count - 1 : 1)) % items.count
                console.menu = menu
                return []
            case .enter: return items[safe: menu.focus].map { run($0.command, id) } ?? []
            default:
                guard let item = item(items, key) else { return [] }
                return run(item.command, id)
            }
        }
        if console.menuAt != nil {
            console.menuAt = nil
            if key == .escape { return [] }
            if key == .character("?") {
                console.menu = ConsoleMenu(.hostKey)
                return []
            }
            guard let item = item(ConsoleItem.hostKey, key) else {
                say("Ctrl-] \(key.label) means nothing. Ctrl-] ? shows what does.")
                return []
            }
            return run(item.command, id)
        }
        if key == ConsoleState.hostKey {
            console.menuAt = now + 0.5
            return []
        }
        guard let machine = machine(id) else { return [] }
        switch machine.state {
        case .running, .starting: return GuestKeys.input(key).map { [.submit(.input(id, $0), .input)] } ?? []
        case .paused: say("\(machine.name) is paused. Ctrl-] p resumes it.")
        default: say("\(machine.name) is \(machine.state.rawValue). Ctrl-] q leaves.")
        }
        return []
    }

    /// Letters act in either case.
    private func item(_ items: [ConsoleItem], _ key: Key) -> ConsoleItem? {
        if let exact = items.first(where: { $0.key == key }) { return exact }
        guard let typed = key.typed else { return nil }
        return items.first { $0.key.typed.map { String($0) } == typed.lowercased() }
    }

    private mutating func run(_ command: ConsoleItem.Command, _ id: MachineID) -> [Effect] {
        console.menu = nil
        switch command {
        case .leave:
            if isSingle {
                dialog = machine(id).map { .leave($0) }
                return dialog == nil ? [.quit] : []
            }
            leaveConsole()
            selected = id
            keepListWindow()
            if page == .wall { keepWall() }
            if page == .load { keepLoad() }
        case .menu(let kind): console.menu = ConsoleMenu(kind)
        case .chord(let names): return [.submit(.input(id, .chord(names)), .input)]
        case .hostKey: return GuestKeys.input(ConsoleState.hostKey).map { [.submit(.input(id, $0), .input)] } ?? []
        case .action(let action):
            selected = id
            return perform(action, Keymap.binding(action)?.keys[0] ?? .escape)
        case .machine(let step):
            let live = consoles
            guard live.count > 1, let index = live.firstIndex(where: { $0.id == id }) else {
                say("No other machine runs.")
                return []
            }
            openConsole(live[(index + step + live.count) % live.count].id)
        case .window(let step):
            guard case .text(let text)? = pictures[id], text.rows > consoleRows else { return [] }
            console.top = step < 0 ? 0 : text.rows - consoleRows
            console.pinned = true
        }
        return []
    }

    /// Rows that the guest has: all but the last.
    var consoleRows: Int { max(1, size.height - 1) }

    /// A guest larger than the screen: the window holds the cursor and moves only when it must.
    mutating func keepConsoleWindow() {
        guard let id = console.machine, case .text(let text)? = pictures[id] else {
            (console.top, console.left) = (0, 0)
            return
        }
        let fits = consoleRows
        console.top = max(0, min(console.top, text.rows - fits))
        console.left = max(0, min(console.left, text.columns - size.width))
        guard let cursor = text.cursor else { return }
        let inside = cursor.row >= console.top && cursor.row < console.top + fits
        if inside { console.pinned = false }
        if !inside, !console.pinned {
            console.top = cursor.row < console.top ? max(0, cursor.row) : max(0, min(cursor.row - fits + 1, text.rows - fits))
        }
        if cursor.column < console.left { console.left = max(0, cursor.column) }
        if cursor.column >= console.left + size.width { console.left = max(0, min(cursor.column - size.width + 1, text.columns - size.width)) }
    }
}

/// Keys of the terminal as input for a guest.
enum GuestKeys {
    static func input(_ key: Key) -> GuestInput? {
        if let typed = key.typed { return .text(String(typed)) }
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
        return .chord(names)
    }
}
