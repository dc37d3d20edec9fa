import Configuration
import Contract
import FoundationEssentials
import TUI

/// The settings of a machine, as fields; new or being edited.
struct Form: Equatable, Sendable {
    enum ID: Hashable, Sendable {
        case image, name, tags, processor, codeCache, memory, boot, screen, notes, keyboard, serial, hypervisor, discards, kind(String), path(String)
        case save, start, cancel
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
    }

    let machine: MachineID?
    var original: MachineConfiguration
    var items: [Item]
    var focus = 0
    var isSaving = false
    /// What the keeper refused, until its field changes.
    var refused: (id: ID, text: String)?
    /// What was found at the paths that were looked at.
    var checks: [ID: Check] = [:]
    /// Paths to be looked at; emptied by whoever asks the keeper.
    var asks: [Inspection] = []
    /// Asked, and not answered yet.
    var waits: Set<ID> = []
    /// Saves as soon as the image is known.
    var savesWhenKnown: Bool?
    /// Names that a path could go on with.
    var choices: [String] = []
    /// The drive that the image field filled.
    var filledSlot: String?
    let taken: Set<String>
    private var before: Control?

    static func == (a: Form, b: Form) -> Bool { a.items == b.items && a.focus == b.focus && a.machine == b.machine }

    init(new names: [String]) {
        self.init(machine: nil, configuration: Form.fresh(names), taken: names)
    }

    init?(editing id: MachineID, json: [UInt8], names: [String]) {
        guard let configuration = try? JSONDecoder().decode(MachineConfiguration.self, from: Data(json)) else { return nil }
        self.init(machine: id, configuration: configuration, taken: names)
    }

    private static func fresh(_ names: [String]) -> MachineConfiguration {
        let taken = Set(names)
        var number = 1
        while taken.contains("machine-\(number)") { number += 1 }
        var configuration = MachineConfiguration(name: "machine-\(number)")
        configuration.drives = [
            .init(slot: .hda, kind: .disk, path: nil), .init(slot: .hdc, kind: .cd, path: nil), .init(slot: .fda, kind: .floppy, path: nil),
        ]
        return configuration
    }

    private init(machine: MachineID?, configuration: MachineConfiguration, taken: [String]) {
        self.machine = machine
        self.taken = Set(taken)
        original = configuration
        items = Form.items(configuration, isNew: machine == nil)
        before = items[0].control
    }

    /// What the keeper found, for as long as the text stays.
    struct Check: Equatable, Sendable {
        var text: String
        var note: String
        var problem: String?
    }

    var name: String { text(.name) }

    // MARK: Items

    static let processors: [(MachineConfiguration.Processor, String)] = [
        (.i486, "486"), (.pentium, "Pentium"), (.pentium2, "Pentium II"), (.pentium3, "Pentium III"), (.pentium4, "Pentium 4"), (.max, "all we have"),
    ]

    private static func items(_ c: MachineConfiguration, isNew: Bool) -> [Item] {
        var items = isNew ? [imageItem] : []
        items += [
            Item(
                id: .name, label: "Name", control: .text(TextField(c.name)),
                help: "How the machine is called here. Its folder keeps the name it was made with."),
            Item(
                id: .tags, label: "Tags", control: .text(TextField(c.tags.joined(separator: ", "))),
                help: "Words to find it by, with commas between them."),
            Item(
                id: .processor, label: "Processor",
                control: .choice(processors.map(\.1), processors.firstIndex { $0.0 == c.processor } ?? 4),
                help: "What the guest is told it runs on. Old systems that time themselves want an old one."),
            Item(
                id: .codeCache, label: "Code cache", control: .text(TextField("\(c.codeCacheMiB) MB")), isBeside: true, hint: "4 to 1024 MB",
                help:
                    "Room for the guest's code as this host runs it. Where it is full everything is translated anew: a guest that runs many large programs may want more."
            ),
            Item(
                id: .memory, label: "Memory", control: .text(TextField("\(c.memoryMiB) MB")), hint: "4 to 3584 MB",
                help:
                    "What the guest finds at power-on. The host commits a page when the guest first writes to it, so a large figure costs nothing until it is used.\nWrite 96, 96M, 1.5G or 1536 MB."
            ),
        ]
        for slot in ["hda", "hdb", "hdc", "hdd", "fda"] + (c.drives.contains { $0.slot == .fdb } ? ["fdb"] : []) {
            let drive = c.drives.first { $0.slot.rawValue == slot }
            let floppy = slot.hasPrefix("fd")
            let kinds = floppy ? ["none", "floppy"] : ["none", "disk", "CD"]
            // A disk without an image is no disk: the row of a new machine waits for a path.
            let kind = drive.map { $0.kind == .floppy || $0.kind == .disk ? 1 : 2 } ?? 0
            items.append(
                Item(
                    id: .kind(slot), label: floppy ? Format.drive(slot, isCD: false) : "Drive \(slot)", control: .choice(kinds, kind),
                    help: floppy
                        ? "A 3.5 inch drive; its disk can be changed while the machine runs."
                        : "A hard disk, or a CD drive whose disc can be changed while the machine runs."))
            items.append(
                Item(
                    id: .path(slot), label: "", control: .text(TextField(drive?.path ?? "")), isBeside: true,
                    help: floppy
                        ? "An image file, or nothing for an empty drive. " + pathHelp
                        : "An image file; a CD drive may be empty. An empty disk: truncate -s 2G disk.img. " + pathHelp))
        }
        items += [
            Item(
                id: .boot, label: "Boots from", control: .choice(bootOrders(c.boot).map(bootName), 0),
                help: "The order in which the BIOS tries the drives."),
            Item(
                id: .screen, label: "Screen", control: .text(TextField(c.screen.word)), hint: "automatic",
                help: "Where VNC viewers connect, on this host only: automatic, none, a port such as 5901, or unix:PATH."),
            Item(id: .notes, label: "Notes", control: .text(TextField(c.notes)), help: "For people; the machine does not care."),
            Item(
                id: .hypervisor, label: "Hypervisor leaf", control: .check(c.hypervisorLeaf),
                help: "Tells the guest that it lives in a virtual machine, so that Linux looks for the absolute pointer."),
            Item(
                id: .discards, label: "Keep the disks unchanged", control: .check(c.discardsWrites), isBeside: true,
                help: "What the guest writes is kept in memory and lost when the machine ends."),
        ]
        if !isNew {
            // A new machine's form is short; these are rarely wanted before the first start.
            let place = items.firstIndex { $0.id == .notes } ?? items.count
            items.insert(
                contentsOf: [
                    Item(
                        id: .keyboard, label: "Keyboard",
                        control: .choice(KeyboardLayout.allCases.map(\.name), KeyboardLayout.allCases.firstIndex(of: c.keyboard) ?? 0),
                        help: "What the guest takes its keyboard for. Text that is pasted is typed accordingly."),
                    Item(
                        id: .serial, label: "COM1", control: .choice(serialPorts(c.serial.first).map(\.word), 0), isBeside: true, hint: "serial port",
                        help:
                            "The first serial port: nothing, or a terminal in the machine's console (Ctrl-] t). A file has pty, file:PATH and unix:PATH too."
                    ),
                ], at: place)
        }
        if isNew {
            items += [
                Item(id: .start, label: "Create and start", control: .button, help: "Makes the machine and opens its console."),
                Item(id: .save, label: "Create", control: .button, isBeside: true, help: "Makes the machine. S starts it later."),
            ]
        } else {
            items.append(Item(id: .save, label: "Save", control: .button, help: "Writes the settings. They hold from the next start."))
        }
        items.append(Item(id: .cancel, label: "Cancel", control: .button, isBeside: true, help: "Leaves everything as it was."))
        return items
    }

    static let pathHelp = "Tab completes names, ~ is your home, and a relative path starts where Vitrine was started."

    private static let imageItem = Item(
        id: .image, label: "Image", control: .text(TextField()), hint: "CD, floppy, disk",
        help: "What the machine starts from; Enter puts it into the drive that it fits. " + pathHelp)

    private static func bootOrders(_ first: [MachineConfiguration.BootDevice]) -> [[MachineConfiguration.BootDevice]] {
        let usual: [[MachineConfiguration.BootDevice]] = [
            [.floppy, .disk, .cd], [.disk, .cd, .floppy], [.cd, .disk, .floppy], [.disk], [.cd], [.floppy],
        ]
        return [first] + usual.filter { $0 != first }
    }

    /// Without a port there is none; a second one stays as it is.
    private static func serialPorts(_ first: MachineConfiguration.SerialPort?) -> [MachineConfiguration.SerialPort] {
        typealias Port = MachineConfiguration.SerialPort
        let first = first ?? Port.none
        return [first] + [Port.none, Port.terminal, Port.pty].filter { $0 != first }
    }

    private static func bootName(_ order: [MachineConfiguration.BootDevice]) -> String {
        let names = order.map { device in
            switch device {
            case .floppy: "floppy"
            case .disk: "disk"
            case .cd: "CD"
            }
        }
        return names.isEmpty ? "nothing" : names.joined(separator: ", ")
    }

    // MARK: Values

    func text(_ id: ID) -> String {
        guard case .text(let field)? = items.first(where: { $0.id == id })?.control else { return "" }
        return Form.trimmed(field.text)
    }

    private func choice(_ id: ID) -> Int {
        guard case .choice(_, let index)? = items.first(where: { $0.id == id })?.control else { return 0 }
        return index
    }

    private func isOn(_ id: ID) -> Bool { items.first { $0.id == id }?.control == .check(true) }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    /// The settings as they stand, and what is wrong with which field.
    func result() -> (configuration: MachineConfiguration, problems: [ID: String]) {
        var c = original
        var problems: [ID: String] = [:]
        c.name = text(.name)
        if c.name.isEmpty { problems[.name] = "A machine needs a name." }
        if c.name.count > 60 { problems[.name] = "A name has 60 characters at most." }
        if c.name.contains("/") || c.name.hasPrefix(".") { problems[.name] = "A name is also a folder: no / and no dot at its start." }
        if taken.contains(c.name) { problems[.name] = "\(c.name) is taken." }
        c.tags = text(.tags).split(separator: ",").map { Form.trimmed(String($0)) }.filter { !$0.isEmpty }
        c.processor = Form.processors[safe: choice(.processor)]?.0 ?? original.processor
        switch Form.memory(text(.memory)) {
        case nil: problems[.memory] = "Not a size. Write 96, 96M, 1.5G or 1536 MB."
        case .some(let size) where size < 4: problems[.memory] = "Too little: a PC takes 4 to 3584 MB."
        case .some(let size) where size > 3584: problems[.memory] = "Too much: a 32-bit PC takes 4 to 3584 MB. Try 256 MB."
        case .some(let size): c.memoryMiB = size
        }
        if let size = Form.memory(text(.codeCache)), MachineConfiguration.codeCacheRange.contains(size) {
            c.codeCacheMiB = size
        } else {
            problems[.codeCache] = "A code cache has 4 to 1024 MB. Write 64, 64M or 64 MB."
        }
        readDrives(&c, &problems)
        c.boot = Form.bootOrders(original.boot)[safe: choice(.boot)] ?? original.boot
        switch Form.screen(text(.screen)) {
        case .success(let screen): c.screen = screen
        case .failure(let problem): problems[.screen] = problem.text
        }
        c.notes = text(.notes)
        c.keyboard = KeyboardLayout.allCases[safe: choice(.keyboard)] ?? original.keyboard
        let port = Form.serialPorts(original.serial.first)[safe: choice(.serial)] ?? MachineConfiguration.SerialPort.none
        if port != original.serial.first ?? MachineConfiguration.SerialPort.none { c.serial = [port] + original.serial.dropFirst() }
        c.hypervisorLeaf = isOn(.hypervisor)
        c.discardsWrites = isOn(.discards)
        if let refused, problems[refused.id] == nil { problems[refused.id] = refused.text }
        for item in items {
            // A drive's row that the image field filled is complained about there.
            if let problem = check(item.id)?.problem, problems[item.id] == nil { problems[item.id] = problem }
        }
        return (c, problems)
    }

    private func readDrives(_ c: inout MachineConfiguration, _ problems: inout [ID: String]) {
        var drives: [MachineConfiguration.Drive] = []
        for slot in MachineConfiguration.Drive.Slot.allCases {
            guard items.contains(where: { $0.id == .kind(slot.rawValue) }) else {
                drives += original.drives.filter { $0.slot == slot }
                continue
            }
            let chosen = choice(.kind(slot.rawValue))
            guard chosen > 0 else { continue }
            let kind: MachineConfiguration.Drive.Kind = slot.isFloppy ? .floppy : chosen == 1 ? .disk : .cd
            let path = text(.path(slot.rawValue))
            if kind == .disk, path.isEmpty {
                // The empty disk row of a new machine is an offer, not a mistake.
                if machine == nil, slot == .hda { continue }
                problems[.path(slot.rawValue)] = "A disk needs an image file. Left: none."
                continue
            }
            let old = original.drives.first { $0.slot == slot && $0.kind == kind && $0.path == path }
            drives.append(.init(slot: slot, kind: kind, path: path.isEmpty ? nil : path, readOnly: old?.readOnly ?? false))
        }
        c.drives = drives
    }

    static func memory(_ text: String) -> Int? {
        var digits = "", unit = ""
        for character in text.lowercased() where character != " " {
            if character.isLetter { unit.append(character) } else { digits.append(character) }
        }
        guard let value = Double(digits), value.isFinite, value >= 0, value < 1e9 else { return nil }
        switch unit {
        case "", "m", "mb", "mib": return value == value.rounded() ? Int(value) : nil
        case "g", "gb", "gib": return Int((value * 1024).rounded())
        default: return nil
        }
    }

    struct Problem: Error { var text: String }

    static func screen(_ text: String) -> Result<MachineConfiguration.ScreenAddress, Problem> {
        if text.isEmpty || text == "auto" { return .success(.automatic) }
        if text == "unix:" { return .failure(Problem(text: "unix: needs the path of a socket.")) }
        switch MachineConfiguration.ScreenAddress(word: text) {
        case .automatic: return .success(.automatic)
        case .none?: return .success(MachineConfiguration.ScreenAddress.none)
        case .unix(let path): return .success(.unix(path))
        case .port, nil: break
        }
        // The port alone is enough.
        var port = text[...]
        if let colon = text.lastIndex(of: ":") {
            let host = text[..<colon]
            guard host.isEmpty || host == "127.0.0.1" || host == "localhost" else {
                return .failure(Problem(text: "\(Text.clipped(String(host), to: 20)) is refused: others could watch. Use 127.0.0.1 or a socket."))
            }
            port = text[text.index(after: colon)...]
        }
        guard let number = UInt16(port), number >= 1024 else {
            return .failure(Problem(text: "A port is 1024 to 65535. Or: automatic, none, unix:PATH."))
        }
        return .success(.port(number))
    }

    mutating func refuse(_ error: KeeperError) {
        isSaving = false
        guard let field = error.field else { return }
        let id: ID
        switch field {
        case let f where f.hasPrefix("name"): id = .name
        case let f where f.hasPrefix("memory"): id = .memory
        case let f where f.hasPrefix("codeCache"): id = .codeCache
        case let f where f.hasPrefix("screen"): id = .screen
        case let f where f.hasPrefix("boot"): id = .boot
        case let f where f.hasPrefix("serial"): id = .serial
        case let f where f.hasPrefix("processor"): id = .processor
        default:
            guard let slot = MachineConfiguration.Drive.Slot.allCases.first(where: { field.contains($0.rawValue) }) else { return }
            id = .path(slot.rawValue)
        }
        refused = (id, error.description)
        if let index = items.firstIndex(where: { $0.id == id }) { focus(on: index) }
    }

    // MARK: Keys

    func isReachable(_ index: Int) -> Bool {
        guard case .path(let slot)? = items[safe: index]?.id else { return true }
        return choice(.kind(slot)) > 0
    }

    mutating func focus(on index: Int) {
        if index != focus { leave() }
        focus = index
        choices = []
        before = items[safe: index]?.control
    }

    mutating func move(_ step: Int) {
        var index = focus
        for _ in 0..<items.count {
            index = (index + step + items.count) % items.count
            if isReachable(index) { break }
        }
        focus(on: index)
    }

    mutating func paste(_ text: String) {
        guard case .text(var field)? = items[safe: focus]?.control else { return }
        field.insert(text)
        items[focus].control = .text(field)
        changed()
    }

    private mutating func changed() {
        choices = []
        if refused?.id == items[safe: focus]?.id { refused = nil }
    }

    enum Outcome { case stays, cancels, saves(start: Bool) }

    mutating func press(_ key: Key) -> Outcome {
        guard let item = items[safe: focus] else { return .cancels }
        switch key {
        case .control("s"): return .saves(start: false)
        case .tab where completes: askToComplete()
        case .tab, .down: move(1)
        case .backTab, .up: move(-1)
        case .escape, .control("c"):
            if let before, before != item.control {
                items[focus].control = before
                changed()
                return .stays
            }
            return .cancels
        default: return press(key, item)
        }
        return .stays
    }

    private mutating func press(_ key: Key, _ item: Item) -> Outcome {
        switch item.control {
        case .button:
            switch key {
            case .left: move(-1)
            case .right: move(1)
            case .enter, .character(" "):
                switch item.id {
                case .save: return .saves(start: false)
                case .start: return .saves(start: true)
                default: return .cancels
                }
            default: break
            }
        case .check(let on):
            if key == .character(" ") || key == .left || key == .right { items[focus].control = .check(!on) }
            if key == .enter { move(1) }
        case .choice(let values, let index):
            switch key {
            case .left: items[focus].control = .choice(values, (index + values.count - 1) % values.count)
            case .right, .character(" "): items[focus].control = .choice(values, (index + 1) % values.count)
            case .enter: move(1)
            default:
                if let typed = key.typed?.lowercased(),
                    let found = values.indices.first(where: { values[($0 + index + 1) % values.count].lowercased().hasPrefix(typed) })
                {
                    items[focus].control = .choice(values, (found + index + 1) % values.count)
                }
            }
            changed()
        case .text(var field):
            if key == .enter {
                // An image is all that a machine needs: on to the button that starts it.
                if item.id == .image, !field.text.isEmpty, let start = items.firstIndex(where: { $0.id == .start }) {
                    focus(on: start)
                } else {
                    move(1)
                }
            } else if field.handle(key) {
                items[focus].control = .text(field)
                changed()
            }
        }
        return .stays
    }
}

extension Model {
    mutating func pressInForm(_ key: Key) -> [Effect] {
        if key == .function(1) {
            help = HelpState(page: page)
            return []
        }
        guard var form, !form.isSaving else {
            // The answer is on its way; only leaving is left.
            if key == .escape {
                self.form = nil
                page = .machines
            }
            return []
        }
        let outcome = form.press(key)
        switch outcome {
        case .stays:
            let asks = form.takeAsks()
            self.form = form
            return asks
        case .cancels:
            self.form = nil
            page = .machines
            return []
        case .saves(let start):
            self.form = form
            return saveForm(start: start)
        }
    }

    mutating func saveForm(start: Bool) -> [Effect] {
        guard var form else { return [] }
        form.askAboutImage()
        if form.waits.contains(.image) {
            form.savesWhenKnown = start
            let asks = form.takeAsks()
            self.form = form
            return asks
        }
        let (configuration, problems) = form.result()
        if let wrong = form.items.indices.first(where: { problems[form.items[$0].id] != nil }) {
            form.focus(on: wrong)
            say("Not saved yet: \(problems[form.items[wrong].id] ?? "")", error: true)
            self.form = form
            return []
        }
        guard let json = try? JSONEncoder().encode(configuration) else { return [] }
        form.isSaving = true
        form.asks = []
        self.form = form
        let bytes = Array(json)
        if let id = form.machine { return [.submit(.configure(id, configuration: bytes), .saveForm(start: false))] }
        return [.submit(.create(configuration: bytes), .saveForm(start: start))]
    }
}
