import ArgumentParser
import Configuration
import RemoteView
import Workstation

/// What a machine is, as `run` and `create` take it.
struct MachineOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Boot this Linux (bzImage) or Multiboot kernel.", valueName: "file")) var kernel: String?
    @Option(help: ArgumentHelp("Its initial RAM disk or first module.", valueName: "file")) var initrd: String?
    @Option(help: ArgumentHelp("Its arguments.", valueName: "text")) var append: String?
    @Option(help: ArgumentHelp("Another system ROM instead of SeaBIOS.", valueName: "file")) var bios: String?

    @Option(help: ArgumentHelp("First IDE disk.", valueName: "image")) var hda: String?
    @Option(help: ArgumentHelp("Second IDE disk.", valueName: "image")) var hdb: String?
    @Option(help: ArgumentHelp("Third IDE disk; the place of --cdrom.", valueName: "image")) var hdc: String?
    @Option(help: ArgumentHelp("Fourth IDE disk.", valueName: "image")) var hdd: String?
    @Option(help: ArgumentHelp("CD image.", valueName: "image")) var cdrom: String?
    @Option(help: ArgumentHelp("Floppy image; given twice, the second is drive B. `showcase` is the sample guest.", valueName: "image"))
    var floppy: [String] = []
    @Option(help: ArgumentHelp("Boot first from a (floppy), c (disk) or d (CD).", valueName: "a|c|d")) var boot: BootLetter?
    @Flag(help: "Keep writes to disks in memory and drop them at the end.") var snapshot = false

    @Option(help: ArgumentHelp("RAM in MiB, 4 to 3584 (default: 128, or the preset's).", valueName: "MiB")) var memory: Int?
    @Option(help: "The processor's model (default: max, or the preset's).") var cpuModel: MachineConfiguration.Processor?
    @Option(help: "What runs the guest's code.") var cpu: MachineConfiguration.Engine = .recompiler

    @Option(help: ArgumentHelp("Room for translated code in MiB, 4 to 1024.", valueName: "MiB"))
    var codeCache = MachineConfiguration.codeCacheDefault

    @Option(help: "What the guest takes its keyboard for; text is typed accordingly.") var keyboard = KeyboardLayout.us

    mutating func validate() throws {
        guard MachineConfiguration.codeCacheRange.contains(codeCache) else {
            throw ValidationError("--code-cache \(codeCache): a code cache has 4 to 1024 MiB.")
        }
        if let memory { guard (4...3584).contains(memory) else { throw ValidationError("--memory \(memory): a machine has 4 to 3584 MiB.") } }
        guard kernel != nil || (initrd == nil && append == nil) else {
            throw ValidationError("--initrd and --append belong to --kernel, which is missing.")
        }
        guard cdrom == nil || hdc == nil else { throw ValidationError("--cdrom and --hdc are the same drive; give the disk as --hdb or --hdd.") }
        guard floppy.count <= 2 else { throw ValidationError("--floppy: a machine has two floppy drives.") }
    }

    /// What the machine is, without what is done to it.
    func configuration(name: String) -> MachineConfiguration {
        var configuration = MachineConfiguration(name: name)
        configuration.memoryMiB = memory ?? 128
        configuration.processor = cpuModel ?? .max
        configuration.engine = cpu
        configuration.codeCacheMiB = codeCache
        configuration.keyboard = keyboard
        configuration.firmware.bios = bios
        configuration.discardsWrites = snapshot
        configuration.kernel = kernel.map { MachineConfiguration.Kernel(path: $0, initrd: initrd, arguments: append ?? "") }
        for (slot, path) in zip([MachineConfiguration.Drive.Slot.fda, .fdb], floppy) {
            configuration.drives.append(.init(slot: slot, kind: .floppy, path: path == "showcase" ? PathResolver.showcase : path))
        }
        if floppy.isEmpty { configuration.drives.append(.init(slot: .fda, kind: .floppy, path: nil)) }
        let disks: [(MachineConfiguration.Drive.Slot, String?)] = [(.hda, hda), (.hdb, hdb), (.hdc, hdc), (.hdd, hdd)]
        for (slot, path) in disks {
            if let path { configuration.drives.append(.init(slot: slot, kind: .disk, path: path)) }
        }
        if let cdrom { configuration.drives.append(.init(slot: .hdc, kind: .cd, path: cdrom, readOnly: true)) }
        if let boot { configuration.boot = boot.order }
        return configuration
    }

    /// The machine that a preset proposes, with what is said here in its place.
    func configuration(name: String, preset: Preset) -> MachineConfiguration {
        let proposed = MachineConfiguration(name: name, preset: preset)
        var configuration = configuration(name: name)
        if memory == nil { configuration.memoryMiB = proposed.memoryMiB }
        if cpuModel == nil { configuration.processor = proposed.processor }
        // A floppy that was named is to be booted from, whatever the system usually comes on.
        if boot == nil, floppy.isEmpty { configuration.boot = proposed.boot }
        configuration.hypervisorLeaf = proposed.hypervisorLeaf
        let said = configuration.drives.map(\.slot)
        configuration.drives += proposed.drives.filter { !said.contains($0.slot) }
        return configuration
    }
}

/// `--disk`: the size of a disk that is still to be made, or none.
enum NewDiskChoice {
    case nothing
    case bytes(UInt64)

    init(parsing argument: String) throws {
        if argument == "none" {
            self = .nothing
            return
        }
        guard let bytes = DiskSize.bytes(argument) else { throw ValidationError("--disk \(argument) is no size. Write 504M, 2G or 1.5G.") }
        if let problem = DiskSize.problem(bytes) { throw ValidationError("--disk \(argument): \(problem.text)") }
        self = .bytes(bytes)
    }
}

extension Preset: ExpressibleByArgument {
    package init?(argument: String) {
        guard let preset = Preset.named(argument) else { return nil }
        self = preset
    }
    package static var allValueStrings: [String] { all.map(\.id) }

    /// One line each, for `create --help`.
    static var table: String {
        all.map { preset in
            let left = preset.id.padding(8) + preset.name.padding(26) + preset.years.padding(11)
            return left + "\(preset.memoryMiB) MB, disk \(DiskSize.words(preset.diskBytes)), \(preset.media == .floppy ? "floppy" : "CD")"
        }.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padding(_ width: Int) -> String { self + String(repeating: " ", count: Swift.max(1, width - count)) }
}

/// `vitrine run`: the machine, what is connected to it, and what is done to it.
struct RunOptions: ParsableArguments {
    @OptionGroup(title: "The machine") var machine: MachineOptions

    @Option(help: ArgumentHelp("COM1; given twice, the second is COM2.", valueName: "stdio|none|terminal|file:F|unix:F|pty")) var serial:
        [MachineConfiguration.SerialPort] = []
    @Option(help: ArgumentHelp("Where ports E9h and 402h write.", valueName: "file")) var debugcon: String?
    @Option(help: ArgumentHelp("Log what is written to a port.", valueName: "port=file")) var portLog: [PortLog] = []
    @Option(
        help: ArgumentHelp("Serve the screen: 127.0.0.1:PORT, unix:PATH, auto or none (default: none).", valueName: "address"),
        transform: VNCChoice.init(parsing:)) var vnc: VNCChoice = .none
    @Flag(inversion: .prefixedNo, help: "Show the guest's screen in this terminal. Default where input and output are one.") var console: Bool?

    @Option(help: ArgumentHelp("End with status 3 after this time.", valueName: "seconds")) var maxSeconds: Double?
    @Flag(help: "End, with status 0, when the guest resets.") var noReboot = false
    @Option(help: ArgumentHelp("End with status (V << 1) | 1 when the guest writes V to this port.", valueName: "port")) var debugExit: PortNumber?
    @Option(help: ArgumentHelp("End with status 0 when this text stands on the screen or the serial line.", valueName: "text")) var waitText: String?
    @Option(help: ArgumentHelp("Do what this file says, then end with status 0.", valueName: "file")) var script: String?
    @Option(help: ArgumentHelp("Write the screen to this file at the end.", valueName: "file.png")) var screenshot: String?
    @Option(help: ArgumentHelp("Write the screen's text to this file at the end.", valueName: "file")) var screenText: String?
    @Option(help: ArgumentHelp("Save the machine's state to this file at the end.", valueName: "file")) var saveStateAtExit: String?
    @Option(help: ArgumentHelp("Go on from a saved state.", valueName: "file")) var restoreState: String?

    @Option(help: "What the guest's time follows: the host's clock, or the count of executed instructions, so that every run is the same.")
    var clock: ClockChoice = .real
    @Option(help: ArgumentHelp("What the guest's clock shows at power-on, UTC.", valueName: "YYYY-MM-DDTHH:MM:SS|seconds")) var rtc: RTCTime?
    @Option(
        help: ArgumentHelp(
            "Write down what enters the machine: keys, pointer, serial input, media, buttons. Needs --clock instructions.", valueName: "file"))
    var record: String?
    @Option(
        help: ArgumentHelp(
            "Let enter what this recording holds, at the same instructions, and nothing else. Needs --clock instructions.", valueName: "file"))
    var replay: String?
    @Option(help: ArgumentHelp("Print a hash of processor, memory and devices after every so many instructions.", valueName: "count"))
    var stateHash: UInt64?

    @Option(help: ArgumentHelp("Write the hottest translated code, the guest's and this host's, to this file at the end.", valueName: "file"))
    var profile: String?

    mutating func validate() throws {
        guard profile == nil || machine.cpu == .recompiler else {
            throw ValidationError("--profile tells of translated code: --cpu interpreter makes none.")
        }
        for (path, option) in [(record, "--record"), (replay, "--replay")] where path != nil && clock != .instructions {
            throw ValidationError("\(option) needs --clock instructions: under the host's clock no two runs are the same.")
        }
        guard replay == nil || script == nil else { throw ValidationError("--replay and --script: what is typed stands in the recording.") }
        guard replay == nil || replay != record else { throw ValidationError("--replay and --record name the same file.") }
        guard stateHash != 0 else { throw ValidationError("--state-hash needs a count of instructions.") }
        guard serial.count <= 2 else { throw ValidationError("--serial: a machine has two serial ports.") }
        guard serial.filter({ $0 == .stdio }).count <= 1 else { throw ValidationError("--serial stdio: only one port can have the terminal.") }
        guard !serial.contains(.terminal) || console != false else {
            throw ValidationError("--serial terminal is shown in the console: leave --no-console out.")
        }
        if let maxSeconds { guard maxSeconds > 0, maxSeconds < 1e9 else { throw ValidationError("--max-seconds: a positive number.") } }
        guard waitText == nil || script == nil else { throw ValidationError("--wait-text and --script: a script's own `wait` does the same.") }
        guard waitText != "" else { throw ValidationError("--wait-text needs a text.") }
    }
}

enum ClockChoice: String, ExpressibleByArgument, CaseIterable { case real, instructions }

/// A moment for the real-time clock.
struct RTCTime: ExpressibleByArgument {
    /// Where `--clock instructions` begins if nothing is said: 2026-01-01.
    static let fixed: Int64 = 1_767_225_600
    /// Since 1970.
    var seconds: Int64

    init?(argument: String) {
        if let seconds = Int64(argument), abs(seconds) < 1 << 36 {
            self.seconds = seconds
            return
        }
        let parts = argument.split(whereSeparator: { "-T:Z ".contains($0) }).map { Int64($0) }
        guard parts.count == 6, let year = parts[0], let month = parts[1], let day = parts[2], let hour = parts[3], let minute = parts[4],
            let second = parts[5], 1970...2199 ~= year, 1...12 ~= month, 1...31 ~= day, 0...23 ~= hour, 0...59 ~= minute, 0...59 ~= second
        else { return nil }
        // Days from civil date: years begin in March, so that the leap day is the last.
        let y = month <= 2 ? year - 1 : year, m = (month + 9) % 12
        let days = y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468
        seconds = days * 86400 + hour * 3600 + minute * 60 + second
    }
}

enum BootLetter: String, ExpressibleByArgument, CaseIterable {
    case a, c, d
    var order: [MachineConfiguration.BootDevice] {
        switch self {
        case .a: [.floppy, .disk, .cd]
        case .c: [.disk, .floppy, .cd]
        case .d: [.cd, .disk, .floppy]
        }
    }
}

extension MachineConfiguration.Processor: ExpressibleByArgument {}
extension MachineConfiguration.Engine: ExpressibleByArgument {}
extension KeyboardLayout: ExpressibleByArgument {}

extension MachineConfiguration.SerialPort: ExpressibleByArgument {
    package init?(argument: String) { self.init(word: argument) }
}

enum VNCChoice {
    case none
    case address(ScreenServerAddress)

    init(parsing argument: String) throws {
        do throws(RemoteViewError) { self = argument == "none" ? .none : .address(try ScreenServerAddress(parsing: argument)) } catch {
            throw ValidationError("\(error)")
        }
    }
}

/// A port's number: decimal, or hexadecimal as 0xF4 or F4h.
struct PortNumber: ExpressibleByArgument {
    var value: UInt16
    init?(argument: String) {
        let text = argument.lowercased()
        let number =
            if text.hasPrefix("0x") { UInt16(text.dropFirst(2), radix: 16) } else if text.hasSuffix("h") { UInt16(text.dropLast(), radix: 16) } else {
                UInt16(text)
            }
        guard let number else { return nil }
        value = number
    }
}

struct PortLog: ExpressibleByArgument {
    var port: UInt16
    var path: String
    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), let port = PortNumber(argument: String(argument[..<equals])) else { return nil }
        let path = String(argument[argument.index(after: equals)...])
        guard !path.isEmpty else { return nil }
        (self.port, self.path) = (port.value, path)
    }
}
