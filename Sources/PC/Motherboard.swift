import Bus
import Configuration
import Devices
import FoundationEssentials
import HostMemory
import Picture
import Processor

/// The board: an i440FX and PIIX3 PC of the late 1990s. First the parts with their wires, then their addresses.
final class Motherboard {
    let time: MachineTime
    let clock: Clock
    let memory: MemoryMap
    let ports = PortSpace()
    let ram: Region
    private let zeros: Region
    let rom: Region
    let processor: Processor
    let display: Display

    let parts: MachineParts
    private let pic = PIC()
    private let localAPIC: LocalAPIC
    private let ioAPIC: IOAPIC
    private let irqFork: InterruptFork
    private let intrFork: InterruptFork
    private let pit: PIT
    private let dma: DMAController
    private let rtc: RTC
    private let systemControl: SystemControl
    private let keyboard = Keyboard()
    private let mouse: Mouse
    private let backdoor = VMwareBackdoor()
    private let keyboardController: KeyboardController
    private let uarts: [UART]
    private let printerPort: ParallelPort
    private let firmwareConfig: FirmwareConfig
    private let pci = PCIBus()
    private let hostBridge: I440FX
    private let isaBridge: PIIX3
    private let coprocessorError: CoprocessorError
    private let power: PIIX4PM
    let vga: VGA
    private let debugPort: DebugPort
    private let ideFunction: BusMasterIDE
    let ide: [IDEChannel]
    private let ideDrives: [(name: String, drive: any Device & IDEDrive)]
    private let floppy: FloppyController
    private let worker: IOWorker
    let drivePorts: [MachineConfiguration.Drive.Slot: BlockPort]

    /// The guest or the board asked for the end.
    private(set) var requestedEnd: VirtualMachine.End?
    private var hardResetRequested = false
    /// The host's time, ns since 1970, at which the machine was made to stand still.
    private(set) var stillSince: Int64?

    init(_ parts: MachineParts, display: Display, wake: @escaping @Sendable () -> Void) throws {
        self.parts = parts
        self.display = display
        let configuration = parts.configuration
        let bios = parts.firmware.bios

        // Parts and wires
        let instructionTime = parts.clock == .instructions ? InstructionTime() : nil
        time = instructionTime ?? HostTime()
        clock = Clock(time)
        memory = try MemoryMap()
        zeros = try Region("zeros", size: 0x1000)
        ram = try Region("ram", size: configuration.memoryMiB << 20)
        rom = try Region("rom", size: 0x40000)
        rom.copy(parts.firmware.videoBIOS, at: 0)
        rom.copy(Array(bios.suffix(0x20000)), at: max(0x20000, 0x40000 - bios.count))
        let biosROM = try Region("bios", size: bios.count)
        biosROM.copy(bios, at: 0)
        let model = ProcessorModel(rawValue: configuration.processor.rawValue) ?? .pentium4
        localAPIC = LocalAPIC(isPresent: model.hasLocalAPIC, pic: pic, clock: clock.port("local APIC"), memory: memory)
        ioAPIC = IOAPIC(bus: localAPIC)
        // ISA interrupt 0 is input 2 of the I/O APIC, as the firmware's tables say; input 0 is the 8259s' INTR.
        irqFork = InterruptFork([(pic, { $0 }), (ioAPIC, { $0 == 0 ? 2 : $0 })])
        intrFork = InterruptFork([(localAPIC, { _ in LocalAPIC.Input.lint0 }), (ioAPIC, { _ in 0 })])
        let irq = (0..<16).map { [irqFork] in IRQLine(irqFork, $0) }
        processor = try Processor(
            memory: memory, ports: ports, interrupts: localAPIC, time: time, model: model,
            engine: parts.configuration.engine == .interpreter ? .interpreter : .recompiler, codeCacheBytes: configuration.codeCacheMiB << 20)
        if parts.clock == .instructions {
            processor.isExact = true
            var sequence = RepeatableSequence()
            processor.random = { sequence.next() }
        }
        processor.hypervisorLeaf = configuration.hypervisorLeaf
        instructionTime?.instructions = { [unowned processor] in processor.instructionsExecuted }
        localAPIC.pins = processor
        let intr = IRQLine(intrFork, 0)
        pic.onINTR = { intr.set($0) }
        pit = PIT(irq: irq[0], clock: clock.port("pit"))
        systemControl = SystemControl(pit: pit, clock: clock.port("system control"), memory: memory, pins: processor)
        mouse = Mouse(clock: clock.port("mouse"))
        keyboardController = KeyboardController(
            keyboard: keyboard, aux: mouse, keyboardIRQ: irq[1], auxIRQ: irq[12], system: systemControl, pins: processor,
            clock: clock.port("keyboard controller"))
        rtc = RTC(irq: irq[8], clock: clock.port("rtc"), startTime: parts.startTime ?? Int64(Date().timeIntervalSince1970))
        dma = DMAController(memory: memory)
        let serial: [(any CharacterStream)?] = parts.serial.map { $0 } + [nil, nil]
        uarts = [UART(irq: irq[4], output: serial[0]), UART(irq: irq[3], output: serial[1])]
        printerPort = ParallelPort(irq: irq[7])
        firmwareConfig = FirmwareConfig(memory: memory)
        hostBridge = I440FX(memory: memory, ram: ram, rom: rom)
        isaBridge = PIIX3(outputs: irq)
        coprocessorError = CoprocessorError(irq: irq[13])
        power = PIIX4PM(ports: ports, clock: clock.port("power"), sci: IRQLine(isaBridge, PIIX3.isaLines + 9), pins: processor)
        worker = IOWorker(name: "io:" + configuration.name)
        var drivePorts: [MachineConfiguration.Drive.Slot: BlockPort] = [:]
        var drives: [MachineConfiguration.Drive.Slot: any Device & IDEDrive] = [:]
        let timing: BlockPort.Timing = parts.clock == .instructions ? .fixed(latency: 500_000) : .host
        for medium in parts.media {
            let slot = medium.slot
            let port = BlockPort(medium.device, clock: clock.port(slot.rawValue), timing: timing, worker: worker, wake: wake)
            drivePorts[slot] = port
            guard !slot.isFloppy else { continue }
            drives[slot] =
                medium.kind == .cd ? ATAPIDrive(port, serial: "VITRINE-\(slot.rawValue)") : ATADrive(port, serial: "VITRINE-\(slot.rawValue)")
        }
        self.drivePorts = drivePorts
        ide = [
            IDEChannel(irq: irq[14], master: drives[.hda], slave: drives[.hdb]), IDEChannel(irq: irq[15], master: drives[.hdc], slave: drives[.hdd]),
        ]
        ideDrives = drives.map { ($0.key.rawValue, $0.value) }.sorted { $0.0 < $1.0 }
        ideFunction = BusMasterIDE(ports: ports, memory: memory, primary: ide[0], secondary: ide[1])
        floppy = FloppyController(irq: irq[6], dma: dma.lines[2], clock: clock.port("floppy"), drives: [drivePorts[.fda], drivePorts[.fdb]])
        debugPort = DebugPort(output: parts.debugConsole)
        let plainWindow = memory.map(
            "VGA window as memory", at: 0xA0000, length: 0x10000, priority: 2, read: .nothing, write: .nothing, enabled: false)
        vga = try VGA(display: display, clock: clock.port("vga"), memory: memory, plainWindow: plainWindow, bios: parts.firmware.videoBIOS)
        vga.isAlwaysWatched = instructionTime != nil

        // Addresses
        memory.map("RAM", ram: ram, at: 0, length: min(ram.size, 0xE000_0000))
        // The last bytes of RAM are SeaBIOS's FADT, of revision 1; programs that read on as if it were a later one (HDT) must find no pointers.
        memory.map(
            "zeros after RAM", at: UInt32(truncatingIfNeeded: min(ram.size, 0xE000_0000)), length: 0x1000, read: .memory(zeros, offset: 0),
            write: .nothing)
        memory.map("VGA window", at: 0xA0000, length: 0x20000, priority: 1, read: .device(vga), write: .device(vga))
        memory.map("I/O APIC", at: 0xFEC0_0000, length: 0x1000, priority: 1, read: .device(ioAPIC), write: .device(ioAPIC))
        memory.map(
            "system ROM", at: 0 &- UInt32(truncatingIfNeeded: biosROM.size), length: biosROM.size, priority: 1,
            read: .memory(biosROM, offset: 0), write: .nothing)
        ports.attach(dma, 0x00...0x0F, "DMA 0-3")
        ports.attach(pic.master, 0x20...0x21, "master PIC")
        ports.attach(pit, 0x40...0x43, "timer")
        ports.attach(keyboardController, 0x60...0x60, "keyboard controller")
        ports.attach(systemControl, 0x61...0x61, "system control")
        ports.attach(keyboardController, 0x64...0x64, "keyboard controller", offset: 4)
        ports.attach(rtc, 0x70...0x71, "clock")
        ports.attach(dma, 0x80...0x8F, "DMA pages", offset: 0x80)
        ports.attach(systemControl, 0x92...0x92, "fast A20", offset: 0x31)
        ports.attach(pic.slave, 0xA0...0xA1, "slave PIC")
        ports.attach(power.apm, 0xB2...0xB3, "APM")
        ports.attach(dma, 0xC0...0xDF, "DMA 4-7", offset: 0xC0)
        ports.attach(debugPort, 0xE9...0xE9, "debug console")
        ports.attach(coprocessorError, 0xF0...0xF0, "coprocessor error")
        ports.attach(ide[1], 0x170...0x177, "IDE secondary", registers: .dword)
        ports.attach(vga.vbePorts, 0x1CE...0x1D1, "Bochs VBE", registers: .word)
        ports.attach(ide[0], 0x1F0...0x1F7, "IDE primary", registers: .dword)
        ports.attach(ide[1], 0x376...0x376, "IDE secondary control", offset: 8)
        ports.attach(uarts[1], 0x2F8...0x2FF, "COM2")
        ports.attach(vga, 0x3B0...0x3DF, "VGA")
        ports.attach(floppy, 0x3F0...0x3F5, "floppy")
        ports.attach(printerPort, 0x378...0x37A, "LPT1")
        ports.attach(ide[0], 0x3F6...0x3F6, "IDE primary control", offset: 8)
        ports.attach(floppy, 0x3F7...0x3F7, "floppy", offset: 7)
        ports.attach(uarts[0], 0x3F8...0x3FF, "COM1")
        ports.attach(debugPort, 0x402...0x402, "firmware debug console")
        ports.attach(pic.levelControl, 0x4D0...0x4D1, "edge or level")
        ports.attach(firmwareConfig, 0x510...0x51B, "firmware configuration", registers: .dword)
        ports.attach(pci, 0xCF8...0xCFF, "PCI configuration", registers: .dword)
        if configuration.hypervisorLeaf { ports.attach(backdoor, at: 0x5658) }
        ports.attach(power.generalEvents, 0xAFE0...0xAFE3, "general purpose events", registers: .dword)
        pci.plug(hostBridge, device: 0)
        pci.plug(isaBridge, device: 1)
        pci.plug(ideFunction, device: 1, function: 1)
        pci.plug(power, device: 1, function: 3)
        pci.plug(vga, device: 2)

        power.onPowerOff = { [unowned self] in requestedEnd = .poweredOff }
        pci.onReset = { [unowned self] kind in
            guard kind == .hard else { return processor.requestReset() }
            hardResetRequested = true
            processor.leaveSoon()
        }
        processor.onFloatingPointError = { [unowned coprocessorError] in coprocessorError.setError($0) }
        coprocessorError.onIgnore = { [unowned processor] in processor.setIGNNE($0) }
        localAPIC.onEndOfInterrupt = { [unowned ioAPIC] in ioAPIC.endOfInterrupt($0) }
        localAPIC.onEnabled = { [unowned ioAPIC] in ioAPIC.retry() }
        processor.onSystemManagement = { [unowned hostBridge] in hostBridge.setSystemManagement($0) }
        backdoor.onData = { [unowned mouse] in mouse.nudge() }
        clock.onEarlierDeadline = { [unowned self] in processor.leaveSoon() }
        ports.writeTap = { [unowned self] port, width, value in tap(port, value) }
        presetCMOS()
        presetFirmware()
    }

    private func tap(_ port: UInt16, _ value: UInt32) {
        let byte = UInt8(truncatingIfNeeded: value)
        for log in parts.portLogs where log.port == port { log.stream.send([byte]) }
        if port == parts.debugExitPort {
            requestedEnd = .debugExit(byte << 1 | 1)
            processor.leaveSoon()
        }
    }

    /// Memory size, floppy drives and boot order, where SeaBIOS looks for them (its src/fw/paravirt.c, src/hw/rtc.h).
    private func presetCMOS() {
        let extended = min(max(ram.size - (1 << 20), 0) >> 10, 0xFFFF)
        let above16 = min(max(ram.size - (16 << 20), 0) >> 16, 0xFFFF)
        for (index, value) in [
            (0x15, 0x80), (0x16, 0x02), (0x17, extended & 0xFF), (0x18, extended >> 8), (0x30, extended & 0xFF), (0x31, extended >> 8),
            (0x34, above16 & 0xFF), (0x35, above16 >> 8), (0x10, floppyType(.fda) << 4 | floppyType(.fdb)), (0x14, 0x06 | floppyEquipment),
        ] { rtc.preset(index, UInt8(value)) }
        let codes = parts.configuration.boot.map { device -> UInt8 in
            switch device {
            case .floppy: 1
            case .disk: 2
            case .cd: 3
            }
        }
        rtc.preset(0x3D, (codes.first ?? 0) | (codes.count > 1 ? codes[1] << 4 : 0))
        rtc.preset(0x38, (codes.count > 2 ? codes[2] << 4 : 0) | 1)
    }

    /// As in CMOS register 10h: 4 is 1.44 MB, 5 is 2.88 MB, 0 is none. SeaBIOS reads no more sectors of a track than the type has.
    private func floppyType(_ slot: MachineConfiguration.Drive.Slot) -> Int {
        guard let port = drivePorts[slot] else { return 0 }
        let sectors = port.medium.flatMap { FloppyGeometry.of(sectors: $0.sectorCount)?.sectors } ?? 18
        return sectors > 18 ? 5 : 4
    }

    /// The equipment byte's share: any drive, and the second.
    private var floppyEquipment: Int {
        let count = [drivePorts[.fda], drivePorts[.fdb]].count { $0 != nil }
        return count == 0 ? 0 : 1 | (count - 1) << 6
    }

    private func presetFirmware() {
        firmwareConfig.set(3, number: UInt32(truncatingIfNeeded: ram.size), bytes: 8)
        firmwareConfig.set(5, number: 1, bytes: 2)
        firmwareConfig.set(0xF, number: 1, bytes: 2)
        firmwareConfig.set(0xE, number: 0, bytes: 2)
        // SeaBIOS's etc/irq0-override: its tables send ISA interrupt 0 to input 2 of the I/O APIC.
        firmwareConfig.set(0x8002, number: 1, bytes: 1)
        var e820: [UInt8] = []
        e820 += [UInt8](repeating: 0, count: 8)
        for index in 0..<8 { e820.append(UInt8(truncatingIfNeeded: ram.size >> (index * 8))) }
        e820 += [1, 0, 0, 0]
        firmwareConfig.add(file: "etc/e820", e820)
        // SeaBIOS takes the video BIOS from here, as that of the PCI function of these numbers: it then reads its frame buffer's address from BAR0
        // (src/optionroms.c, init_pcirom; vgasrc/bochsvga.c). PAM shadows what stands at C0000h.
        firmwareConfig.add(file: "pci1234,1111.rom", parts.firmware.videoBIOS)
        if let kernel = parts.kernel {
            for (key, bytes) in kernel.keys.sorted(by: { $0.key < $1.key }) { firmwareConfig.set(key, bytes) }
            for (name, bytes) in kernel.files.sorted(by: { $0.key < $1.key }) { firmwareConfig.add(file: name, bytes) }
        }
    }

    // MARK: For the run loop

    func deliverCompletions() { for port in drivePorts.values where port.isBusy { port.deliver() } }
    func shutDown() { worker.stop() }

    var figures: VirtualMachine.BoardFigures {
        var figures = VirtualMachine.BoardFigures()
        for port in drivePorts.values {
            figures.read &+= port.bytesRead
            figures.written &+= port.bytesWritten
        }
        figures.interrupts = localAPIC.acknowledged
        figures.usesPointer = mouse.hasListener || backdoor.takesPositions
        return figures
    }

    func pressPowerButton() { power.pressPowerButton() }

    /// The machine stands still, and when it goes on all its counters go on where they stood; only the battery's clock has gone on meanwhile.
    func standStill() {
        time.stop()
        stillSince = HostTime.sinceEpoch
    }
    func goOn() {
        time.start()
        if let stillSince { batteryRan(since: stillSince) }
        stillSince = nil
    }
    func batteryRan(since moment: Int64) {
        guard parts.clock == .host else { return }
        rtc.passed(UInt64(max(HostTime.sinceEpoch.subtractingReportingOverflow(moment).partialValue, 0)))
    }

    func takeHardReset() -> Bool {
        defer { hardResetRequested = false }
        return hardResetRequested
    }

    /// INIT: the processor starts again, with its local APIC.
    func initializeProcessor() {
        processor.initialize()
        localAPIC.initialize()
    }

    /// RESET to every part.
    func reset() {
        pic.reset()
        localAPIC.reset()
        ioAPIC.reset()
        pit.reset()
        dma.reset()
        rtc.reset()
        systemControl.reset()
        keyboardController.reset()
        keyboard.reset()
        mouse.reset()
        backdoor.reset()
        uarts.forEach { $0.reset() }
        printerPort.reset()
        ide.forEach { $0.reset() }
        ideFunction.reset()
        floppy.reset()
        firmwareConfig.reset()
        pci.reset()
        hostBridge.reset()
        isaBridge.reset()
        coprocessorError.reset()
        power.reset()
        vga.reset()
        processor.reset()
    }

    func input(_ event: InputEvent) {
        switch event {
        case .key(let code, let down): keyboard.key(code, down: down)
        case .pointer(let x, let y, let buttons) where backdoor.takesPositions: backdoor.pointer(x: x, y: y, buttons: buttons)
        case .pointer(let x, let y, let buttons):
            let size = mouseSpace
            mouse.pointer(x: x, y: y, buttons: buttons, width: size.width, height: size.height)
        case .motion(let dx, let dy, let buttons) where backdoor.takesPositions: backdoor.motion(dx: dx, dy: dy, buttons: buttons)
        case .motion(let dx, let dy, let buttons): mouse.motion(dx: Int32(dx), dy: Int32(dy), buttons: buttons)
        case .wheel(let clicks) where backdoor.takesPositions: backdoor.wheel(clicks)
        case .wheel(let clicks): mouse.wheel(clicks)
        }
        vga.refreshSoon()
    }

    /// How many counts of the mouse the guest's screen is wide and high: a pixel each; in modes of text and of few pixels, as drivers for DOS count
    /// (INT 33h, function 0Fh: 8 counts to 8 dots of 640 across, 16 counts to a text row down).
    private var mouseSpace: (width: Int, height: Int) {
        switch display.current.picture {
        case .pixels(let picture): (picture.width << (picture.width < 640 ? 1 : 0), picture.height << (picture.height < 300 ? 1 : 0))
        case .text(let picture): (picture.columns * 8, picture.rows * 16)
        case .blank: (640, 480)
        }
    }

    func serialInput(_ port: Int, _ bytes: [UInt8]) { if uarts.indices.contains(port) { uarts[port].receive(bytes) } }
    func changeMedium(_ slot: MachineConfiguration.Drive.Slot, _ medium: (any BlockDevice)?) {
        drivePorts[slot]?.change(medium)
    }

    /// What a person needs who asks why: registers, and what stood on the screen.
    func crashReport(_ cause: String) -> String {
        let screen = vga.currentPicture.textLines.map { line in String(line.reversed().drop { $0 == " " }.reversed()) }
        let rows = screen.reversed().drop { $0.isEmpty }.reversed()
        let text = rows.isEmpty ? [] : ["", "Screen:"] + rows
        return ([cause, "", processor.registerDump] + text).joined(separator: "\n")
    }

    // MARK: Saving

    var devices: [(name: String, device: any Device)] {
        [
            ("pic", pic), ("pit", pit), ("dma", dma), ("rtc", rtc), ("system control", systemControl), ("keyboard", keyboard), ("mouse", mouse),
            ("keyboard controller", keyboardController), ("backdoor", backdoor), ("com1", uarts[0]), ("com2", uarts[1]), ("lpt1", printerPort),
            ("firmware", firmwareConfig), ("pci", pci), ("host bridge", hostBridge), ("isa bridge", isaBridge),
            ("coprocessor error", coprocessorError), ("power", power), ("vga", vga),
            ("ide", ideFunction), ("ide primary", ide[0]), ("ide secondary", ide[1]), ("floppy", floppy),
        ] + ideDrives.map { ($0.name, $0.drive as any Device) }
            // Last: while the others drive their lines again, what these hear is not yet what they know.
            + [("local APIC", localAPIC), ("I/O APIC", ioAPIC)]
    }

    /// What a state must find again.
    var options: [String: String] { parts.options }

    /// What a recording must find again: the same, with what the machine starts from.
    var recordedOptions: [String: String] {
        var options = options
        options["clock"] = "\(parts.startTime ?? 0) seconds since 1970"
        options["boot order"] = parts.configuration.boot.map(\.rawValue).joined(separator: ", ")
        var hash = Hash64()
        hash.add(Data(parts.firmware.bios))
        hash.add(Data(parts.firmware.videoBIOS))
        for (_, bytes) in (parts.kernel?.keys ?? [:]).sorted(by: { $0.key < $1.key }) { hash.add(Data(bytes)) }
        for (_, bytes) in (parts.kernel?.files ?? [:]).sorted(by: { $0.key < $1.key }) { hash.add(Data(bytes)) }
        options["firmware and kernel"] = "hash " + String(hash.value, radix: 16)
        options["start"] = "\(time.now) ns, instruction \(processor.instructionsExecuted)"
        return options
    }

    /// A hash of everything that the guest could tell apart: processor, devices, memory. Equal machines give equal hashes.
    func stateHash() throws -> UInt64 {
        var hash = Hash64()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        hash.add(try encoder.encode(processor.save()))
        for entry in devices { hash.add(try entry.device.save()) }
        hash.add(ram)
        hash.add(vga.vram)
        return hash.value
    }
}
