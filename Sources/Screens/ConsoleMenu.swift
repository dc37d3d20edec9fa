import Contract
import Picture
import TUI

struct ConsoleMenu: Equatable, Sendable {
    enum Kind: Equatable, Sendable { case hostKey, sendKey, functionKeys, consoles, hold }
    var kind: Kind
    var focus = 0
    init(_ kind: Kind) { self.kind = kind }

    func title(_ hostKey: Key, _ words: Language) -> String {
        switch kind {
        case .hostKey: words("%1 then", hostKey.label)
        case .sendKey: words("Send key")
        case .functionKeys: words("Send F1 to F12")
        case .consoles: words("Send Ctrl-Alt-F1 to F12")
        case .hold: words("Hold for the next key")
        }
    }

    /// The menu that this one stands beside; nil for the first.
    var parent: Kind? {
        switch kind {
        case .hostKey: nil
        case .sendKey: .hostKey
        case .functionKeys, .consoles, .hold: .sendKey
        }
    }
}

struct ConsoleItem: Equatable, Sendable {
    enum Command: Equatable, Sendable {
        case leave, menu(ConsoleMenu.Kind), chord([String]), hostKey, action(Action), machine(Int), window(Int)
        case select, paste, scrollback, picture, tab, hold(String), nameKey
    }
    var key: Key
    var label: String
    var text: String
    var command: Command

    init(_ key: Key, _ text: String, _ command: Command, label: String? = nil) {
        (self.key, self.text, self.command) = (key, text, command)
        let isSmall = key.typed == nil && ![.delete, .pageUp].contains(key.code) && !key.control && !key.alt
        self.label = label ?? (isSmall ? key.label.lowercased() : key.label)
    }

    /// In the language of the screens; the host key's own name is filled in.
    func shown(_ words: Language) -> String { command == .hostKey ? words("send %1 itself", key.label) : words(text) }

    /// What the host key leads to. Letters are Virtual PC's where it had one.
    static let hostKey = items(after: HostKey.standard)

    static func items(after hostKey: Key) -> [ConsoleItem] {
        [
            ConsoleItem(.character("q"), "leave, it keeps running", .leave),
            ConsoleItem(.delete, "send Ctrl-Alt-Del", .chord(["ctrl", "alt", "delete"])),
            ConsoleItem(.character("s"), "send another key", .menu(.sendKey)),
            ConsoleItem(.left, "previous machine", .machine(-1)),
            ConsoleItem(.right, "next machine", .machine(1)),
            ConsoleItem(.character("p"), "pause, resume", .action(.pause)),
            ConsoleItem(.character("b"), "press the power button", .action(.power)),
            ConsoleItem(.character("r"), "reset, asks first", .action(.reset)),
            ConsoleItem(.character("m"), "change CD or floppy", .action(.media)),
            ConsoleItem(.character("c"), "select and copy text", .select),
            ConsoleItem(.character("v"), "paste as typing", .paste),
            ConsoleItem(.pageUp, "scrollback", .scrollback),
            ConsoleItem(.up, "show the rows above", .window(-1)),
            ConsoleItem(.down, "show the rows below", .window(1)),
            ConsoleItem(.character("g"), "picture to a file", .picture),
            ConsoleItem(.character("t"), "next tab: serial port", .tab),
            ConsoleItem(hostKey, "send \(hostKey.label) itself", .hostKey),
        ]
    }

    static let sendKey: [ConsoleItem] = [
        ConsoleItem(.character("a"), "Ctrl-Alt-Del", .chord(["ctrl", "alt", "delete"])),
        ConsoleItem(.character("b"), "Ctrl-Alt-Backspace", .chord(["ctrl", "alt", "backspace"])),
        ConsoleItem(.character("e"), "Ctrl-Esc", .chord(["ctrl", "esc"])),
        ConsoleItem(.character("t"), "Alt-Tab", .chord(["alt", "tab"])),
        ConsoleItem(.character("4"), "Alt-F4", .chord(["alt", "f4"])),
        ConsoleItem(.character("f"), "F1 to F12            ›", .menu(.functionKeys)),
        ConsoleItem(.character("c"), "Ctrl-Alt-F1 to F12   ›", .menu(.consoles)),
        ConsoleItem(.character("p"), "Print Screen", .chord(["print"])),
        ConsoleItem(.character("y"), "Alt-SysRq and a letter", .hold("alt print")),
        ConsoleItem(.character("k"), "Pause", .chord(["pause"])),
        ConsoleItem(.character("n"), "Ctrl-Break", .chord(["ctrl", "pause"])),
        ConsoleItem(.character("w"), "Windows key", .chord(["win"])),
        ConsoleItem(.character("m"), "Menu key", .chord(["menu"])),
        ConsoleItem(.character("h"), "hold Ctrl, Alt, Shift ›", .menu(.hold)),
        ConsoleItem(.character("x"), "type any key name", .nameKey),
    ]

    static let hold: [ConsoleItem] = [
        ConsoleItem(.character("c"), "Ctrl", .hold("ctrl")), ConsoleItem(.character("a"), "Alt", .hold("alt")),
        ConsoleItem(.character("s"), "Shift", .hold("shift")), ConsoleItem(.character("g"), "Alt Gr", .hold("altgr")),
        ConsoleItem(.character("w"), "Windows key", .hold("win")),
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
        case .hostKey:
            ConsoleItem.items(after: hostKey).filter { isOffered($0.command) }.map { item in
                var item = item
                if item.command == .tab { item.text = words("next tab: %1", nextTab) }
                if item.command == .action(.pause) { item.text = console.machine.flatMap(machine)?.state == .paused ? "resume" : "pause" }
                return item
            }
        case .sendKey: ConsoleItem.sendKey
        case .functionKeys: ConsoleItem.functions(with: [])
        case .consoles: ConsoleItem.functions(with: ["ctrl", "alt"])
        case .hold:
            ConsoleItem.hold.map { item in
                var item = item
                if case .hold(let name) = item.command { item.text = (console.held.contains(name) ? "[✓] " : "[ ] ") + words(item.text) }
                return item
            }
        }
    }

    /// The host key's menu names only what there is.
    private func isOffered(_ command: ConsoleItem.Command) -> Bool {
        guard let id = console.machine else { return false }
        switch command {
        case .machine: return consoles.count > 1
        case .action(.media): return machine(id)?.removable.isEmpty == false
        case .window: return (consolePlane?.rows ?? 0) > consoleRows
        case .tab: return machine(id)?.terminals.isEmpty == false
        case .menu(.sendKey), .chord: return console.port == nil
        case .scrollback: return hasScrollback
        default: return true
        }
    }

    private var hasScrollback: Bool {
        guard let id = console.machine else { return false }
        let kept = console.port == nil ? scrollbacks[id]?.rows.isEmpty == false : consoleTerminal?.history.isEmpty == false
        return kept || (consolePlane?.rows ?? 0) > consoleRows
    }

    /// What `t` goes to.
    var nextTab: String {
        let ports = console.machine.flatMap(machine)?.terminals ?? []
        let next = ports.first { $0 > console.port ?? -1 }
        return next.map { "COM\($0 + 1)" } ?? words("screen")
    }

    /// Machines that have a screen to go to.
    var consoles: [MachineSummary] { isSingle ? [] : listed.filter { $0.state == .running || $0.state == .paused } }
}
