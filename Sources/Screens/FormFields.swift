import Configuration
import TUI

/// The tables of fields: one line each, in the order in which they stand.
extension Form {
    static let tabTitles = ["Machine", "Drives", "Ports", "Screen", "Options"]

    static let processors: [(MachineConfiguration.Processor, String)] = [
        (.i486, "486"), (.pentium, "Pentium"), (.pentium2, "Pentium II"), (.pentium3, "Pentium III"), (.pentium4, "Pentium 4"), (.max, "all we have"),
    ]

    static let pathHelp = "Tab completes names, ~ is your home, and a relative path starts where Vitrine was started."
    static let diskHelp = "A size such as 504 MB makes a new disk in the machine's folder; a path attaches an image. "

    private static func field(_ id: ID, _ label: String, _ text: String, hint: String = "", beside: Bool = false, _ help: String) -> Item {
        Item(id: id, label: label, control: .text(TextField(text)), isBeside: beside, hint: hint, help: help)
    }

    private static func choice(_ id: ID, _ label: String, _ values: [String], _ chosen: Int, hint: String = "", _ help: String) -> Item {
        Item(id: id, label: label, control: .choice(values, chosen), hint: hint, help: help)
    }

    private static func check(_ id: ID, _ label: String, _ on: Bool, beside: Bool = false, _ help: String) -> Item {
        Item(id: id, label: label, control: .check(on), isBeside: beside, help: help)
    }

    private static func button(_ id: ID, _ label: String, beside: Bool = true, _ help: String) -> Item {
        Item(id: id, label: label, control: .button, isBeside: beside, help: help, needsOff: false)
    }

    private static func name(_ c: MachineConfiguration) -> Item {
        var item = field(.name, "Name", c.name, "How the machine is called here. Its folder keeps the name it was made with.")
        item.needsOff = false
        return item
    }

    private static func processor(_ c: MachineConfiguration, hint: String = "") -> Item {
        choice(
            .processor, "Processor", processors.map(\.1), processors.firstIndex { $0.0 == c.processor } ?? 4, hint: hint,
            "What the guest is told it runs on. Old systems that time themselves want an old one.")
    }

    private static func memory(_ c: MachineConfiguration) -> Item {
        field(
            .memory, "Memory", "\(c.memoryMiB) MB", hint: "4 to 3584 MB",
            "What the guest finds at power-on. The host commits a page when the guest first writes to it, so a large figure costs nothing until it is used.\nWrite 96, 96M, 1.5G or 1536 MB."
        )
    }

    private static func boot(_ c: MachineConfiguration) -> Item {
        choice(.boot, "Boots from", bootOrders(c.boot).map(bootName), 0, "The order in which the BIOS tries the drives. Empty ones are passed over.")
    }

    private static func keyboard(_ c: MachineConfiguration) -> Item {
        choice(
            .keyboard, "Keyboard", KeyboardLayout.allCases.map(\.name), KeyboardLayout.allCases.firstIndex(of: c.keyboard) ?? 0,
            "What the guest takes its keyboard for. Text that is pasted is typed accordingly.")
    }

    private static func discards(_ c: MachineConfiguration, _ label: String, beside: Bool) -> Item {
        check(
            .discards, label, c.discardsWrites, beside: beside,
            "What the guest writes is kept in memory and lost when the machine ends. The images stay as they are.")
    }

    private static func screen(_ c: MachineConfiguration, hint: String) -> Item {
        field(
            .screen, "Screen", c.screen.word, hint: hint,
            "Where VNC viewers connect, on this host only: automatic, none, a port such as 5901, or unix:PATH.")
    }

    // MARK: Editing

    static func items(_ c: MachineConfiguration) -> [Item] {
        let pages = [machineTab(c), drivesTab(c), portsTab(c), [screen(c, hint: "from 5900 up")], optionsTab(c)]
        let fields = pages.enumerated().flatMap { tab, items in
            items.map { item in
                var item = item
                item.tab = tab
                return item
            }
        }
        return fields + [
            button(.save, "Save", beside: false, "Writes the settings. What needs the machine off holds from its next start."),
            button(.cancel, "Cancel", "Leaves everything as it was."),
        ]
    }

    private static func machineTab(_ c: MachineConfiguration) -> [Item] {
        var tags = field(.tags, "Tags", c.tags.joined(separator: ", "), "Words to find it by, with commas between them.")
        var notes = field(.notes, "Notes", c.notes, "For people; the machine does not care.")
        (tags.needsOff, notes.needsOff) = (false, false)
        return [
            name(c), tags, processor(c), memory(c), boot(c), keyboard(c), notes,
            check(
                .pointer, "Absolute pointer", c.hypervisorLeaf,
                "Tells the guest that it lives in a virtual machine, so that Linux looks for a pointer that need not be caught."),
            discards(c, "Keep the disks unchanged", beside: true),
        ]
    }

    private static func drivesTab(_ c: MachineConfiguration) -> [Item] {
        ["fda", "fdb", "hda", "hdb", "hdc", "hdd"].flatMap { slot -> [Item] in
            let drive = c.drives.first { $0.slot.rawValue == slot }
            let floppy = slot.hasPrefix("fd")
            let kind = drive.map { $0.kind == .cd ? 2 : 1 } ?? 0
            return [
                choice(
                    .kind(slot), floppy ? Format.drive(slot, isCD: false, .english) : "Drive \(slot)",
                    floppy ? ["none", "floppy"] : ["none", "disk", "CD"],
                    kind,
                    floppy
                        ? "A 3.5 inch drive; its disk can be changed while the machine runs."
                        : "A hard disk, or a CD drive whose disc can be changed while the machine runs."),
                field(
                    .path(slot), "Image of \(slot)", diskWords(drive?.path), beside: true,
                    floppy ? "An image file, or nothing for an empty drive. " + pathHelp : diskHelp + "A CD drive may be empty. " + pathHelp),
            ]
        }
    }

    /// Kinds of serial ports: the first word of what the configuration says.
    static let portKinds = ["none", "terminal", "pty", "file", "unix"]

    private static func portsTab(_ c: MachineConfiguration) -> [Item] {
        (0..<2).flatMap { number -> [Item] in
            let (kind, place) = portParts(c.serial[safe: number] ?? .none)
            let kinds = portKinds.contains(kind) ? portKinds : portKinds + [kind]
            return [
                choice(
                    .portKind(number), "COM\(number + 1)", kinds, kinds.firstIndex(of: kind) ?? 0,
                    "Where the serial port ends: nowhere, at a terminal in the next tab of the machine's console, at a terminal device of this host (pty), in a file, or at a unix socket."
                ),
                field(
                    .portPath(number), "Place of COM\(number + 1)", place, beside: true,
                    "The file that what the guest sends is written to, or the socket where a program connects. A relative path starts at the machine's folder."
                ),
            ]
        }
    }

    static func portParts(_ port: MachineConfiguration.SerialPort) -> (kind: String, place: String) {
        let word = port.word
        guard let colon = word.firstIndex(of: ":") else { return (word, "") }
        return (String(word[..<colon]), String(word[word.index(after: colon)...]))
    }

    static let engines: [(MachineConfiguration.Engine, String)] = [(.recompiler, "recompiler"), (.interpreter, "interpreter")]

    private static func optionsTab(_ c: MachineConfiguration) -> [Item] {
        [
            choice(
                .engine, "Runs by", engines.map(\.1), engines.firstIndex { $0.0 == c.engine } ?? 0,
                "The recompiler turns the guest's code into this host's. The interpreter takes it one instruction at a time: slow, and the reference."
            ),
            field(
                .codeCache, "Code cache", "\(c.codeCacheMiB) MB", hint: "4 to 1024 MB",
                "Room for the guest's code as this host runs it. Where it is full everything is translated anew: a guest that runs many large programs may want more."
            ),
            field(
                .kernel, "Kernel", c.kernel?.path ?? "", hint: "the drives boot",
                "A Linux (bzImage) or Multiboot kernel that is started in place of the drives. " + pathHelp),
            field(.initrd, "RAM disk", c.kernel?.initrd ?? "", "The kernel's initial RAM disk, or its first module. " + pathHelp),
            field(.arguments, "Arguments", c.kernel?.arguments ?? "", "What the kernel is told, such as console=ttyS0 root=/dev/sda1."),
        ]
    }

    // MARK: A new machine

    static func review(_ c: MachineConfiguration, preset: Int) -> [Item] {
        func path(_ slot: String) -> String { diskWords(c.drives.first { $0.slot.rawValue == slot }?.path) }
        return [
            name(c),
            choice(
                .system, "System", Preset.all.map(\.name), preset,
                "What will live here. Another system brings its own processor, memory, disk and boot order, where they still stand as proposed."),
            processor(c, hint: "one CPU"), memory(c),
            field(.path("hda"), "Disk C", path("hda"), diskHelp + "Left empty: no disk. " + pathHelp),
            field(.path("fda"), "Floppy A", path("fda"), hint: "empty", "An image file, or nothing for an empty drive. " + pathHelp),
            field(.path("hdc"), "CD D", path("hdc"), hint: "empty", "An image file, or nothing for an empty drive. " + pathHelp),
            boot(c), screen(c, hint: "from 5900 up"),
            check(.opens, "Open its console when it starts", true, "Otherwise the list stays, and Enter opens the console."),
            discards(c, "Keep the disks as they are now", beside: false),
            button(.start, "Create and start", beside: false, ""), button(.save, "Create", "Makes the machine. S starts it later."),
            button(.back, "Back", "To the image that it starts from."), button(.cancel, "Cancel", "Nothing is made."),
        ]
    }

    /// The size that an ordered disk has, as people write it; any other path as it is.
    static func diskWords(_ path: String?) -> String {
        guard let path else { return "" }
        guard case .success(let bytes)? = DiskSize.ordered(path) else { return path }
        let words = DiskSize.words(bytes)
        return DiskSize.bytes(words) == bytes ? words : path
    }

    // MARK: Boot orders

    static func bootOrders(_ first: [MachineConfiguration.BootDevice]) -> [[MachineConfiguration.BootDevice]] {
        let usual: [[MachineConfiguration.BootDevice]] = [
            [.floppy, .disk, .cd], [.disk, .cd, .floppy], [.cd, .disk, .floppy], [.disk], [.cd], [.floppy],
        ]
        return [first] + usual.filter { $0 != first }
    }

    static func bootName(_ order: [MachineConfiguration.BootDevice]) -> String {
        let names = order.map { device in
            switch device {
            case .floppy: "floppy"
            case .disk: "C"
            case .cd: "CD"
            }
        }
        guard let first = names.first else { return "nothing" }
        return names.count == 1 ? "\(first) only" : "\(first), then \(names.dropFirst().joined(separator: ", "))"
    }
}
