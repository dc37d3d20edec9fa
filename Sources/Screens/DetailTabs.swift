import Configuration
import Contract
import Picture
import TUI

extension Model {
    // MARK: Console

    /// The guest's rows around its cursor, as wide as the pane.
    func drawConsoleTab(_ machine: MachineSummary, _ rect: Rect, on frame: inout Frame) {
        let window = caseWindow(machine, rect)
        guard case .text(let text) = pictures[machine.id] else {
            drawPicture(machine, window, rect.inset(1, 0), on: &frame)
            return
        }
        let width = min(rect.width, text.columns)
        let place = Rect(rect.x + (rect.width - width) / 2, rect.y, width, rect.height)
        GuestPicture.draw(text, alphabet(of: text), in: place, left: window.left, top: window.top, on: &frame)
    }

    // MARK: Hardware

    func drawHardware(_ machine: MachineSummary, _ rect: Rect, on frame: inout Frame) {
        guard let configuration = known.configurations[machine.id] else {
            frame.put(words("reading …"), 2, rect.y, .muted)
            return
        }
        let facts = Model.hardware(configuration, words)
        let isTwo = rect.width >= 76 && facts.count > rect.height
        let width = isTwo ? rect.width / 2 : rect.width
        for (index, fact) in facts.enumerated() {
            let column = isTwo ? index / rect.height : 0, row = isTwo ? index % rect.height : index
            guard column < 2, row < rect.height else { return }
            let x = rect.x + column * width
            frame.put(fact.label, x + 2, rect.y + row, .muted)
            frame.put(
                fact.value, x + 13, rect.y + row, fact.value == words("none") || fact.value == words("empty") ? .muted : .text, width: width - 15)
        }
    }

    /// What the board is built from, in words.
    static func hardware(_ c: MachineConfiguration, _ words: Language) -> [(label: String, value: String)] {
        var facts = [
            (words("Processor"), Format.processor(c.processor.rawValue) + (c.engine == .interpreter ? words(", interpreted") : "")),
            (words("Memory"), "\(Format.grouped(c.memoryMiB)) MB"), (words("Code cache"), "\(Format.grouped(c.codeCacheMiB)) MB"),
            (
                words("Boots from"),
                c.kernel == nil
                    ? c.boot.map { $0 == .floppy ? words("floppy") : $0 == .disk ? words("disk") : "CD" }.joined(separator: ", ")
                    : words("the kernel below")
            ),
        ]
        if let kernel = c.kernel {
            facts.append((words("Kernel"), Format.fileName(kernel.path)))
            if let initrd = kernel.initrd { facts.append((words("Initrd"), Format.fileName(initrd))) }
            if !kernel.arguments.isEmpty { facts.append((words("Arguments"), kernel.arguments)) }
        }
        facts.append(("Firmware", c.firmware.bios.map(Format.fileName) ?? "SeaBIOS"))
        for slot in MachineConfiguration.Drive.Slot.allCases {
            guard let drive = c.drives.first(where: { $0.slot == slot }) else { continue }
            let medium = drive.path.map(Format.fileName) ?? words("empty")
            facts.append((Format.drive(slot.rawValue, isCD: drive.kind == .cd, words), medium + (drive.readOnly ? words(", read-only") : "")))
        }
        for (index, port) in c.serial.enumerated() { facts.append(("COM\(index + 1)", port.word)) }
        if c.serial.isEmpty { facts.append(("COM1", words("none"))) }
        facts.append((words("Screen"), c.screen.word))
        if c.hypervisorLeaf { facts.append(("CPUID", words("shows a VMware leaf, for its pointer"))) }
        if c.discardsWrites { facts.append((words("Disks"), words("what is written is lost at the end"))) }
        return facts
    }

    // MARK: Disks

    func drawDisks(_ machine: MachineSummary, _ rect: Rect, on frame: inout Frame) {
        var lines: [(label: String, path: String?)] = machine.disks.sorted { $0.key < $1.key }.map {
            (Format.drive($0.key, isCD: false, words), $0.value)
        }
        lines += machine.removable.map { (Format.drive($0.slot, isCD: $0.isCD, words), $0.medium) }
        if lines.isEmpty {
            frame.put(words("%1 has no drives. %2 adds some.", machine.name, keymap.label(.edit)), 2, rect.y, .muted, width: rect.width - 3)
        }
        let readOnly = Set(known.configurations[machine.id]?.drives.filter(\.readOnly).map(\.slot.rawValue) ?? [])
        let slots = machine.disks.keys.sorted() + machine.removable.map(\.slot)
        var y = rect.y
        for (index, line) in lines.enumerated() where y < rect.bottom {
            frame.put(line.label, 2, y, .muted)
            if let path = line.path {
                let report = known.images[machine.id]?[path]
                let isReadOnly = slots[safe: index].map(readOnly.contains) == true
                let note = [report?.note ?? "", isReadOnly ? words("read-only") : ""].filter { !$0.isEmpty }.joined(separator: ", ")
                frame.put(Format.fileName(path), 13, y, .text, width: 22)
                frame.put(note, 36, y, .text, width: max(0, min(22, rect.width - 37)))
                if rect.width >= 76 { frame.put(Text.middleClipped(words(machine.place(of: path)), to: rect.width - 60), 59, y, .muted) }
                if let problem = report?.problem, y + 1 < rect.bottom {
                    y += 1
                    frame.put("!", 11, y, .role(.warning))
                    frame.put(problem, 13, y, .text, width: rect.width - 14)
                }
            } else {
                frame.put(words("empty"), 13, y, .muted)
            }
            y += 1
        }
        for remark in machine.remarks where y < rect.bottom {
            frame.put("!", 2, y, .role(.warning))
            frame.put(remark, 4, y, .text, width: rect.width - 5)
            y += 1
        }
        if let saved = machine.savedAt, y < rect.bottom {
            frame.put(words("State"), 2, y, .muted)
            let size = machine.savedBytes.map(Format.size) ?? ""
            frame.put(words("saved %1", Format.moment(saved, now: now, offset: utcOffset, words)), 13, y, .role(.saved), width: 22)
            frame.put(size, 36, y)
        }
    }

    // MARK: Load

    struct LoadLine {
        var label, value, peak: String
        /// 0...100.
        var samples: [Double]
    }

    /// CPU, speed and both disks together; then what only the Load tab shows.
    func loadLines(_ machine: MachineSummary) -> [LoadLine] {
        func recent(_ samples: [Double]) -> [Double] { Array(samples.suffix(60)) }
        func line(_ label: String, _ samples: [Double], _ value: Double?, _ unit: String, top: Double) -> LoadLine {
            let samples = recent(samples)
            return LoadLine(
                label: label, value: value.map { Format.amount($0, unit) } ?? "-", peak: Format.rate(samples.max() ?? 0),
                samples: Model.scaled(samples, top: top))
        }
        let history = histories[machine.id] ?? MachineHistory(), cpu = recent(cpuHistory[machine.id] ?? [])
        return [
            LoadLine(
                label: "CPU", value: (machine.cpuPercent.map(Format.whole) ?? "-") + "%", peak: Format.whole(cpu.max() ?? 0) + "%", samples: cpu),
            line("MIPS", mipsHistory[machine.id] ?? [], machine.guestMIPS, "", top: Model.busyMIPS),
            line("Disk", history.disk, machine.diskRate, "kB/s", top: Model.busyDisk),
            line("Disk read", history.read, machine.diskReadRate, "kB/s", top: Model.busyDisk),
            line("Disk write", history.write, machine.diskWriteRate, "kB/s", top: Model.busyDisk),
            line("Interrupts", history.interrupts, machine.interruptsPerSecond, "/s", top: 1000),
        ]
    }

    func drawLoadTab(_ machine: MachineSummary, _ rect: Rect, on frame: inout Frame) {
        guard machine.state == .running || machine.state == .paused else {
            let help = obstacle(to: .start, machine) == nil ? " " + words("%1 starts it.", keymap.label(.start)) : ""
            frame.put(words("%1 is %2 and uses nothing.%3", machine.name, words(machine.state), help), 2, rect.y, .muted, width: rect.width - 3)
            return
        }
        let width = max(8, min(60, rect.width - 38))
        var y = rect.y
        for line in loadLines(machine) where line.label != "Disk" && y < rect.bottom {
            frame.put(words(line.label), 2, y, .muted)
            frame.sparkline(line.samples, 13, y, width: width)
            frame.putRight(line.value, right: 25 + width, y)
            frame.putRight(words("peak %1", line.peak), right: 37 + width, y, .muted)
            y += 1
        }
        guard let translation = machine.translation else { return }
        for line in Model.translationLines(translation, words) where y < rect.bottom {
            frame.put(line.label, 2, y, .muted)
            frame.put(line.value, 13, y, .text, width: rect.width - 14)
            y += 1
        }
    }

    /// The code cache, and why translated code was left, most often first.
    static func translationLines(_ translation: TranslationSummary, _ words: Language) -> [(label: String, value: String)] {
        let cache = Format.codeCache(translation, words) + ", " + Format.rate(translation.translationsPerSecond) + " " + words("translations/s")
        let exits = translation.exitsPerSecond.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
        return [(words("Code cache"), cache)]
            + exits.enumerated().map { index, exit in
                (index == 0 ? words("Exits/s") : "", Text.rightAligned(Format.rate(exit.value), to: 9) + "  " + words(Format.exit(exit.key)))
            }
    }
}
