import Configuration
import Contract
import FoundationEssentials
import TUI

/// The settings of a machine as fields: on tabs while it is edited, on one page before it is made.
struct Form: Equatable, Sendable {
    enum ID: Hashable, Sendable {
        case name, tags, system, processor, memory, boot, keyboard, notes, pointer, discards, opens
        /// Of a drive, by its slot.
        case kind(String), path(String)
        /// Of COM1 and COM2.
        case portKind(Int), portPath(Int)
        case screen, codeCache, engine, kernel, initrd, arguments
        case start, save, back, cancel
    }
    enum Control: Equatable, Sendable {
        case text(TextField)
        case choice([String], Int)
        case check(Bool)
        case button
    }
    struct Item: Equatable, Sendable {
        var id: ID
        var label: String
        var control: Control
        /// Stands beside the item before it.
        var isBeside = false
        var hint = ""
        var help: String
        /// Buttons stand on every tab.
        var tab: Int?
        /// The board is built from it.
        var needsOff = true
    }

    /// nil: it is still to be made.
    let machine: MachineID?
    /// As it is on disk; for a new one, as its preset has it.
    let original: MachineConfiguration
    /// What the fields were filled from: what no field shows is kept from here.
    var base: MachineConfiguration
    var tabs: [String]
    var tab = 0
    var items: [Item]
    /// An item; -1: the shelf of tabs.
    var focus = 0
    /// The machine runs: most of it cannot be changed now.
    var isLive = false
    var isSaving = false
    /// What the keeper refused, until its field changes.
    var refused: (id: ID, text: String)?
    /// Fields whose mistakes are told: those that were left once.
    var left: Set<ID> = []
    /// What was found at the paths that were looked at.
    var checks: [ID: Check] = [:]
    /// Paths to be looked at; emptied by whoever asks the keeper.
    var asks: [Inspection] = []
    /// Asked, and not answered yet.
    var waits: Set<ID> = []
    var picker: Picker?
    /// The file as it came back from the editor, while it has a mistake.
    var raw: (text: String, mistake: String)?
    /// Before the machine is made: its system, among `Preset.all`.
    var preset = 0
    let taken: Set<String>
    /// What the focused field held when the focus came.
    var before: Control?
    let initial: [ID: Control]
    /// What labels, help and mistakes are told in.
    var words = Language.english

    static func == (a: Form, b: Form) -> Bool { a.items == b.items && a.focus == b.focus && a.machine == b.machine }

    /// What the keeper found, for as long as the text stays.
    struct Check: Equatable, Sendable {
        var text: String
        var note: String
        var problem: String?
        var freeBytes: UInt64?
    }

    init?(editing id: MachineID, json: [UInt8], names: [String]) {
        guard let configuration = try? JSONDecoder().decode(MachineConfiguration.self, from: Data(json)) else { return nil }
        self.init(machine: id, configuration: configuration, taken: names, preset: 0, items: Form.items(configuration))
        tabs = Form.tabTitles
    }

    /// A new machine's review.
    init(new configuration: MachineConfiguration, preset: Int, names: [String]) {
        self.init(machine: nil, configuration: configuration, taken: names, preset: preset, items: Form.review(configuration, preset: preset))
        tabs = []
        focus = items.firstIndex { $0.id == .start } ?? 0
        before = items[safe: focus]?.control
        for item in items where item.id.isPath { ask(item.id) }
    }

    private init(machine: MachineID?, configuration: MachineConfiguration, taken: [String], preset: Int, items: [Item]) {
        self.machine = machine
        self.taken = Set(taken)
        self.preset = preset
        (original, base) = (configuration, configuration)
        tabs = []
        self.items = items
        initial = Dictionary(items.map { ($0.id, $0.control) }) { first, _ in first }
        before = items.first?.control
    }

    /// Fills every field anew, from a text that was edited as a whole.
    mutating func fill(from configuration: MachineConfiguration) {
        base = configuration
        items = machine == nil ? Form.review(configuration, preset: preset) : Form.items(configuration)
        (refused, raw, picker, waits, asks) = (nil, nil, nil, [], [])
        checks = [:]
        if items[safe: focus]?.tab != tab { focus = items.firstIndex { $0.tab == tab } ?? 0 }
        before = items[safe: focus]?.control
        for item in items { if item.id.isPath { ask(item.id) } }
    }

    // MARK: Values

    var name: String { text(.name) }

    func index(_ id: ID) -> Int? { items.firstIndex { $0.id == id } }

    func text(_ id: ID) -> String {
        guard case .text(let field)? = index(id).map({ items[$0].control }) else { return "" }
        return Form.trimmed(field.text)
    }

    func choice(_ id: ID) -> Int {
        guard case .choice(_, let index)? = index(id).map({ items[$0].control }) else { return 0 }
        return index
    }

    func isOn(_ id: ID) -> Bool { items.first { $0.id == id }?.control == .check(true) }

    static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    mutating func set(_ id: ID, _ text: String) {
        guard let index = index(id) else { return }
        items[index].control = .text(TextField(text))
    }

    mutating func choose(_ id: ID, _ chosen: Int) {
        guard let index = index(id), case .choice(let values, _) = items[index].control, values.indices.contains(chosen) else { return }
        items[index].control = .choice(values, chosen)
    }

    // MARK: Changes

    /// As people read it.
    static func words(_ control: Control) -> String {
        switch control {
        case .text(let field): trimmed(field.text)
        case .choice(let values, let index): values[safe: index] ?? ""
        case .check(let on): on ? "on" : "off"
        case .button: ""
        }
    }

    func isChanged(_ item: Item) -> Bool {
        guard let old = initial[item.id] else { return false }
        let (was, now) = (Form.words(old), Form.words(item.control))
        guard was != now else { return false }
        // 128M is 128 MB.
        if item.id == .memory || item.id == .codeCache, let was = Form.memory(was), let now = Form.memory(now) { return was != now }
        return true
    }

    var changes: Int { items.count { isChanged($0) } }
}

extension Form.ID {
    /// The keeper can say what is there.
    var isPath: Bool {
        switch self {
        case .path, .kernel, .initrd: true
        default: false
        }
    }
}
