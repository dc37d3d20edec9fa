import Configuration
import Contract
import TUI

/// From fields to a configuration.
extension Form {
    /// The settings as they stand, and what is wrong with which field.
    func result() -> (configuration: MachineConfiguration, problems: [ID: String]) {
        var c = base
        var problems: [ID: String] = [:]
        c.name = text(.name)
        if c.name.isEmpty { problems[.name] = words("A machine needs a name.") }
        if c.name.count > 48 { problems[.name] = words("Too long: a name has 48 characters at most.") }
        if c.name.contains("/") || c.name.hasPrefix(".") { problems[.name] = words("A name is also a folder: no / and no dot at its start.") }
        if taken.contains(c.name) { problems[.name] = words("%1 is taken. Try %2.", c.name, Form.free(c.name, taken)) }
        if index(.tags) != nil { c.tags = text(.tags).split(separator: ",").map { Form.trimmed(String($0)) }.filter { !$0.isEmpty } }
        c.processor = Form.processors[safe: choice(.processor)]?.0 ?? base.processor
        switch Form.memory(text(.memory)) {
        case nil: problems[.memory] = words("Not a size. Write 96, 96M, 1.5G or 1536 MB.")
        case .some(let size) where size < 4: problems[.memory] = words("Too little: a PC takes 4 to 3584 MB.")
        case .some(let size) where size > 3584: problems[.memory] = words("Too much: a 32-bit PC takes 4 to 3584 MB. Try 256 MB.")
        case .some(let size): c.memoryMiB = size
        }
        readDrives(&c, &problems)
        c.boot = Form.bootOrders(base.boot)[safe: choice(.boot)] ?? base.boot
        switch Form.screen(text(.screen), words) {
        case .success(let screen): c.screen = screen
        case .failure(let problem): problems[.screen] = problem.text
        }
        if index(.keyboard) != nil { c.keyboard = KeyboardLayout.allCases[safe: choice(.keyboard)] ?? base.keyboard }
        if index(.notes) != nil { c.notes = text(.notes) }
        if index(.pointer) != nil { c.hypervisorLeaf = isOn(.pointer) }
        c.discardsWrites = isOn(.discards)
        if index(.engine) != nil { readOptions(&c, &problems) }
        if let refused, problems[refused.id] == nil { problems[refused.id] = refused.text }
        for item in items { if let problem = check(item.id)?.problem, problems[item.id] == nil { problems[item.id] = problem } }
        return (c, problems)
    }

    private func readOptions(_ c: inout MachineConfiguration, _ problems: inout [ID: String]) {
        c.engine = Form.engines[safe: choice(.engine)]?.0 ?? base.engine
        if let size = Form.memory(text(.codeCache)), MachineConfiguration.codeCacheRange.contains(size) {
            c.codeCacheMiB = size
        } else {
            problems[.codeCache] = words("A code cache has 4 to 1024 MB. Write 64, 64M or 64 MB.")
        }
        let kernel = text(.kernel)
        if kernel.isEmpty {
            c.kernel = nil
            for id in [ID.initrd, .arguments] where !text(id).isEmpty { problems[id] = words("This belongs to a kernel, and none is named.") }
        } else {
            c.kernel = .init(path: kernel, initrd: text(.initrd).isEmpty ? nil : text(.initrd), arguments: text(.arguments))
        }
        var ports: [MachineConfiguration.SerialPort] = []
        for number in 0..<2 {
            let kind = index(.portKind(number)).map { Form.words(items[$0].control) } ?? "none"
            let needsPlace = takesPlace(number), place = text(.portPath(number))
            if needsPlace, place.isEmpty {
                problems[.portPath(number)] = kind == "unix" ? words("unix needs the path of a socket.") : words("file needs the path of a file.")
            } else if let port = MachineConfiguration.SerialPort(word: needsPlace ? "\(kind):\(place)" : kind) {
                ports.append(port)
            }
        }
        while ports.last == MachineConfiguration.SerialPort.none { ports.removeLast() }
        // `none` at the end says nothing: a file that spells it out is no other.
        var before = base.serial
        while before.last == MachineConfiguration.SerialPort.none { before.removeLast() }
        if ports != before { c.serial = ports }
    }

    func takesPlace(_ port: Int) -> Bool {
        let kind = index(.portKind(port)).map { Form.words(items[$0].control) }
        return kind == "file" || kind == "unix"
    }

    private func readDrives(_ c: inout MachineConfiguration, _ problems: inout [ID: String]) {
        var drives: [MachineConfiguration.Drive] = []
        for slot in MachineConfiguration.Drive.Slot.allCases {
            guard index(.path(slot.rawValue)) != nil else {
                drives += base.drives.filter { $0.slot == slot }
                continue
            }
            guard let kind = driveKind(slot.rawValue) else { continue }
            let id = ID.path(slot.rawValue)
            var path = text(id)
            if kind == .disk, path.isEmpty {
                // Before the machine is made an empty line is no disk.
                if machine != nil { problems[id] = words("A disk needs a size or an image. Left: none.") }
                continue
            }
            if kind == .disk, let bytes = DiskSize.bytes(path) {
                if let problem = DiskSize.problem(bytes) { problems[id] = words(problem.text) }
                path = DiskSize.prefix + "\(bytes)"
            }
            let old = base.drives.first { $0.slot == slot && $0.kind == kind && $0.path == path }
            drives.append(.init(slot: slot, kind: kind, path: path.isEmpty ? nil : path, readOnly: old?.readOnly ?? false))
        }
        // As they stood, so that an unchanged form changes nothing.
        let order = base.drives.map(\.slot)
        c.drives = order.compactMap { slot in drives.first { $0.slot == slot } } + drives.filter { !order.contains($0.slot) }
    }

    /// What a drive is by its fields; nil: none.
    func driveKind(_ slot: String) -> MachineConfiguration.Drive.Kind? {
        let floppy = slot.hasPrefix("fd")
        // Before the machine is made every drive is what its label says.
        guard index(.kind(slot)) != nil else { return floppy ? .floppy : slot == "hdc" ? .cd : .disk }
        switch choice(.kind(slot)) {
        case 0: return nil
        case 1: return floppy ? .floppy : .disk
        default: return .cd
        }
    }

    static func free(_ name: String, _ taken: Set<String>) -> String {
        guard taken.contains(name) else { return name }
        var stem = name[...]
        if let dash = name.lastIndex(of: "-"), Int(name[name.index(after: dash)...]) != nil { stem = name[..<dash] }
        var number = 2
        while taken.contains("\(stem)-\(number)") { number += 1 }
        return "\(stem)-\(number)"
    }

    /// MiB of `96`, `96M`, `1.5G`, `1536 MB`.
    static func memory(_ text: String) -> Int? {
        if let plain = Double(trimmed(text)), plain.isFinite, plain >= 0, plain < 1e9 { return plain == plain.rounded() ? Int(plain) : nil }
        guard let bytes = DiskSize.bytes(text), bytes % (1 << 20) == 0, bytes >> 20 < 1_000_000_000 else { return nil }
        return Int(bytes >> 20)
    }

    struct Problem: Error { var text: String }

    static func screen(_ text: String, _ words: Language) -> Result<MachineConfiguration.ScreenAddress, Problem> {
        if text.isEmpty || text == "auto" { return .success(.automatic) }
        if text == "unix:" { return .failure(Problem(text: words("unix: needs the path of a socket."))) }
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
                return .failure(
                    Problem(text: words("%1 is refused: others could watch. Use 127.0.0.1 or a socket.", Text.clipped(String(host), to: 20))))
            }
            port = text[text.index(after: colon)...]
        }
        guard let number = UInt16(port), number >= 1024 else {
            return .failure(Problem(text: words("A port is 1024 to 65535. Or: automatic, none, unix:PATH.")))
        }
        return .success(.port(number))
    }

    /// The keeper would not take it.
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
        case let f where f.hasPrefix("processor"): id = .processor
        case let f where f.hasPrefix("kernel.initrd"): id = .initrd
        case let f where f.hasPrefix("kernel"): id = .kernel
        default:
            guard let slot = MachineConfiguration.Drive.Slot.allCases.first(where: { field.contains($0.rawValue) }) else { return }
            id = .path(slot.rawValue)
        }
        guard let index = index(id) else { return }
        refused = (id, error.description)
        left.insert(id)
        focus(on: index)
    }
}
