import ArgumentParser
import Bus
import Configuration
import Contract
import Foundation
import Service
import Workstation

struct HomeOption: ParsableArguments {
    @Option(help: ArgumentHelp("Where machines live, instead of the XDG data folder.", valueName: "directory")) var home: String?

    var trash: Trash { Trash(Home(directory: home)) }
    /// Whoever changes the library: a workstation that is open on it shows what happens and can take it back.
    func changer() -> any Keeper { workstation()?.keeper ?? keeper() }
    func keeper() -> LocalKeeper { LocalKeeper(home: Home(directory: home)) }

    /// The library as the disk has it.
    static func library(_ directory: String?) -> [MachineSummary] { LocalKeeper(home: Home(directory: directory)).machines() }

    /// The library as the disk has it, and what an open workstation knows better.
    func machines() -> [MachineSummary] {
        let live = Dictionary((workstation()?.machines ?? []).map { ($0.id, $0) }) { first, _ in first }
        return keeper().machines().map { live[$0.id] ?? $0 }
    }

    /// The workstation that is open on this library, and its machines; nil where none answers within some seconds.
    func workstation() -> (keeper: any Keeper, machines: [MachineSummary])? {
        let answer = Mutexed<[MachineSummary]?>(nil)
        let came = Semaphore()
        guard let client = try? ServiceClient(path: Home(directory: home).controlSocket(), lost: { came.signal() }) else { return nil }
        client.subscribe { event in
            guard case .machines(let list) = event else { return }
            answer.withLock { $0 = list }
            came.signal()
        }
        // A workstation that is stopped (Ctrl-Z) answers nothing.
        guard came.wait(nanoseconds: 5_000_000_000), let machines = answer.withLock({ $0 }) else { return nil }
        return (client, machines)
    }
}

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the machines.")
    @OptionGroup var home: HomeOption
    @Flag(help: "Print them as JSON.") var json = false

    mutating func run() throws {
        let machines = home.machines()
        if json {
            try printJSON(machines)
            return
        }
        guard !machines.isEmpty else { return print("no machines; `vitrine create NAME` adds one") }
        let width = max(4, machines.map(\.id.rawValue.count).max() ?? 0)
        func row(_ id: String, _ state: String, _ memory: String, _ mips: String, _ notes: String) -> String {
            func right(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
            let left = id.padding(toLength: width, withPad: " ", startingAt: 0) + "  " + state.padding(toLength: 9, withPad: " ", startingAt: 0)
            let figures = left + right(memory, 8) + right(mips, 8)
            return plain(notes.isEmpty ? figures : figures + "  " + notes)
        }
        print(row("NAME", "STATE", "MEMORY", "MIPS", "NOTES"))
        for machine in machines {
            let notes = machine.notes.split(separator: "\n").first.map(String.init) ?? machine.fetch ?? ""
            print(row(machine.id.rawValue, machine.state.rawValue, "\(machine.memoryMiB) MB", machine.guestMIPS.map { fixed($0, 1) } ?? "-", notes))
        }
    }
}

struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows a machine.")
    @OptionGroup var home: HomeOption
    @Flag(help: "Print its configuration as JSON, as `machine.json` has it.") var json = false
    @Argument(help: "The machine.", completion: .machines) var name: String

    mutating func run() throws {
        let keeper = home.keeper()
        let id = try keeper.find(name)
        guard case .configuration(let bytes) = try keeper.perform(.configuration(id)) else { throw CommandFailure("\(name) has no configuration") }
        if json {
            print(String(decoding: bytes, as: UTF8.self), terminator: "")
            return
        }
        let machine = try wrapping { () throws(KeeperError) in try ConfigurationFile.decode(Data(bytes), from: name) }
        func line(_ label: String, _ value: String) { print(label.padding(toLength: 12, withPad: " ", startingAt: 0) + value) }
        line("name", machine.name)
        if !machine.notes.isEmpty { line("notes", machine.notes.replacingOccurrences(of: "\n", with: "\n            ")) }
        line("memory", "\(machine.memoryMiB) MB")
        line("processor", "\(machine.processor.rawValue), \(machine.engine.rawValue)")
        for drive in machine.drives {
            line(drive.slot.rawValue, "\(drive.kind.rawValue): \(drive.path ?? "empty")\(drive.readOnly ? ", read-only" : "")")
        }
        if let kernel = machine.kernel {
            line("kernel", kernel.path)
            if let initrd = kernel.initrd { line("initrd", initrd) }
            if !kernel.arguments.isEmpty { line("arguments", kernel.arguments) }
        }
        if let bios = machine.firmware.bios { line("bios", bios) }
        line("boot", machine.boot.map { "\($0)" }.joined(separator: ", "))
        if machine.discardsWrites { line("writes", "discarded when it ends") }
        if let summary = home.machines().first(where: { $0.id == id }) {
            line("state", summary.state.rawValue)
            if let screen = summary.screenAddress { line("screen", "\(screen), viewers: \(summary.viewers)") }
            if let load = summary.cpuPercent { line("load", "\(fixed(load, 0)) % of a host CPU") }
            if let mips = summary.guestMIPS { line("speed", "\(fixed(mips, 1)) MIPS") }
            if let translation = summary.translation {
                let hits = translation.hitPercent.map { ", \(fixed($0, 2)) % hits" } ?? ""
                line("code cache", "\(translation.cacheBytes >> 10) of \(translation.cacheCapacity >> 10) KB\(hits)")
                line("translates", "\(fixed(translation.translationsPerSecond, 0)) units a second")
                let exits = translation.exitsPerSecond.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \(fixed($0.value, 0))" }
                if !exits.isEmpty { line("exits", exits.joined(separator: ", ") + " a second") }
            }
            if let fetch = summary.fetch { line("fetches", fetch) }
            for remark in summary.remarks { line("remark", remark) }
        }
    }
}

struct CreateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Adds a machine to the library.",
        discussion: """
            A preset proposes memory, processor, a new disk and the boot order for a system; what else is said here takes their place. The presets:

            \(Preset.table)
            """)
    @OptionGroup var home: HomeOption
    @OptionGroup(title: "The machine") var machine: MachineOptions
    @Option(help: "What will live in it.") var preset: Preset?
    @Option(
        help: ArgumentHelp("A new empty disk as the first one, such as 504M or 2G; it takes room as it fills.", valueName: "size|none"),
        transform: NewDiskChoice.init(parsing:)) var disk: NewDiskChoice?
    @Option(help: ArgumentHelp("COM1; given twice, the second is COM2.", valueName: "none|terminal|file:F|unix:F|pty")) var serial:
        [MachineConfiguration.SerialPort] = []
    @Option(help: ArgumentHelp("A line about it.", valueName: "text")) var notes = ""
    @Flag(help: "Print its summary as JSON.") var json = false
    @Argument(help: "Its name.") var name: String

    mutating func validate() throws {
        guard serial.count <= 2 else { throw ValidationError("--serial: a machine has two serial ports.") }
        if case .bytes = disk, machine.hda != nil { throw ValidationError("--disk and --hda are the same drive; give the image as --hdb or --hdd.") }
        guard !serial.contains(.stdio) else {
            throw ValidationError("--serial stdio: only `run` has a terminal to give; choose terminal, file, unix or pty.")
        }
    }

    mutating func run() throws {
        var configuration = preset.map { machine.configuration(name: name, preset: $0) } ?? machine.configuration(name: name)
        switch disk {
        case .bytes(let bytes):
            configuration.drives.removeAll { $0.slot == .hda }
            configuration.drives.append(.init(slot: .hda, kind: .disk, path: DiskSize.prefix + "\(bytes)"))
        case .nothing: if machine.hda == nil { configuration.drives.removeAll { $0.slot == .hda } }
        case nil: break
        }
        configuration.notes = notes
        configuration.serial = serial.map { port in
            switch port {
            case .file(let path): .file(absolute(path))
            case .unix(let path): .unix(absolute(path))
            case .none, .stdio, .pty, .terminal: port
            }
        }
        // Paths on the command line start here; in machine.json they start at the machine's folder.
        for index in configuration.drives.indices {
            configuration.drives[index].path = configuration.drives[index].path.map(absolute)
        }
        configuration.kernel = configuration.kernel.map { .init(path: absolute($0.path), initrd: $0.initrd.map(absolute), arguments: $0.arguments) }
        configuration.firmware.bios = configuration.firmware.bios.map(absolute)
        let bytes = try wrapping { () throws(KeeperError) in Array(try ConfigurationFile.encode(configuration)) }
        let keeper = home.keeper()
        guard case .created(let id) = try keeper.perform(.create(configuration: bytes)) else { throw CommandFailure("\(name) was not created") }
        if json {
            try printJSON(keeper.machines().first { $0.id == id })
        } else {
            print("created \(id)")
        }
    }

    private func absolute(_ path: String) -> String {
        path.hasPrefix("/") || path.hasPrefix(PathResolver.fetchPrefix) || path.hasPrefix(PathResolver.builtInPrefix)
            || path.hasPrefix(DiskSize.prefix) ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}

struct DeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Moves a machine and its folder to the trash, for seven days.",
        discussion: "Images outside its folder stay. `undelete` brings it back.")
    @OptionGroup var home: HomeOption
    @Flag(help: "Print what was moved as JSON.") var json = false
    @Argument(help: "The machine.", completion: .machines) var name: String

    mutating func run() throws {
        let keeper = home.changer()
        let id = try keeper.find(name)
        _ = try keeper.perform(.delete(id))
        let entry = home.trash.entries.first { $0.id == id }
        if json {
            try printJSON(entry)
        } else if let entry {
            print("\(id) is in the trash until \(Trash.day(entry.goneAt)); `vitrine undelete \(id)` brings it back")
        }
    }
}

extension Keeper {
    /// The library as it is now.
    func machines() -> [MachineSummary] {
        let answer = Mutexed<[MachineSummary]?>(nil)
        let came = Semaphore()
        subscribe { event in
            guard case .machines(let list) = event else { return }
            answer.withLock { $0 = list }
            came.signal()
        }
        came.wait()
        return answer.withLock { $0 } ?? []
    }

    /// A machine by its identity or its name.
    func find(_ name: String) throws(CommandFailure) -> MachineID { try machines().find(name) }

    /// Submits a command and waits for its answer.
    func perform(_ command: KeeperCommand) throws(CommandFailure) -> KeeperReply {
        let answer = Mutexed<Result<KeeperReply, KeeperError>?>(nil)
        let came = Semaphore()
        submit(command) { result in
            answer.withLock { $0 = result }
            came.signal()
        }
        came.wait()
        switch answer.withLock({ $0 }) {
        case .success(let reply): return reply
        case .failure(let error): throw CommandFailure(error.description)
        case nil: throw CommandFailure("the keeper gave no answer")
        }
    }
}

extension [MachineSummary] {
    /// A machine by its identity or its name.
    func find(_ name: String) throws(CommandFailure) -> MachineID {
        if let exact = first(where: { $0.id.rawValue == name }) { return exact.id }
        let named = filter { $0.name == name }
        if named.count > 1 {
            throw CommandFailure("\(named.count) machines are called \(name): say \(named.map(\.id.rawValue).joined(separator: " or "))")
        }
        guard let machine = named.first else { throw CommandFailure("there is no machine \(name); `vitrine list` names them") }
        return machine.id
    }
}

private func wrapping<Value>(_ body: () throws(KeeperError) -> Value) throws(CommandFailure) -> Value {
    do { return try body() } catch { throw CommandFailure(error.description) }
}

func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}

func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
