package import Bus
package import HostMemory

/// VGA with the Bochs VBE extensions (PCI 1234:1111): this file holds its registers, `VGAMemory` the way of the processor to video memory,
/// `VGAScan` and `VGARaster` what the CRTC makes of it, `DISPI` the extensions.
/// Sources: IBM PS/2 Hardware Interface Technical Reference, Video Subsystem (1992); Bochs "VBE DISPI interface"; QEMU docs/specs/standard-vga.
///
/// Video memory keeps the four planes of an address in four neighbouring bytes, so that planar, chain-4 and linear modes share it.
/// Deviation: chain-4 byte A stands in plane A & 3 at plane address A / 4 (in silicon at A & ~3), and doubleword addressing is undone alike.
/// Deviation: reads through a plain chain-4 window leave the latches alone, as they are served like RAM.
/// No second base address register with the DISPI registers in memory, as QEMU's adapter has under `mmio=off`: the VGA BIOS looks for an EDID behind it
/// by 32-bit addresses, and in plain real mode, where U-Boot runs it, these raise #GP on a processor that checks limits.
/// Not modelled: borders, the light pen, blinking graphics, interrupts on vertical retrace (their pending bit is), panning of text by pixels.
@safe
package final class VGA: Device, PortMapped, MemoryMapped, Clocked, PCIFunction {
    package static let part = "VGA with Bochs VBE"
    package static let vramBytes = 16 << 20
    /// The expansion ROM (PCI Local Bus Specification 2.1 §6.2.5.2), and its register's enable bit.
    private static let romBytes = 0x10000, romEnable: UInt8 = 1

    package struct State: DeviceState {
        var configuration = VGA.powerOnConfiguration
        var misc: UInt8 = 0x67
        var featureControl: UInt8 = 0
        var sequencerIndex: UInt8 = 0, graphicsIndex: UInt8 = 0, crtcIndex: UInt8 = 0, attributeIndex: UInt8 = 0
        var sequencer = RegisterBank<8>()
        var graphics = RegisterBank<16>()
        var crtc = RegisterBank<32>()
        var attribute = RegisterBank<32>()
        /// The next write to 3C0h is data.
        var attributeData = false
        var dac = RegisterBank<768>()
        var dacAddress: UInt8 = 0
        /// Red, green, blue: which comes next.
        var dacStep: UInt8 = 0
        /// What was written of a colour whose blue is still to come.
        var dacRed: UInt8 = 0, dacGreen: UInt8 = 0
        var dacMask: UInt8 = 0xFF
        var dacReading = false
        /// Plane 0 in the low byte.
        var latch: UInt32 = 0
        /// When the guest last cleared the pending vertical interrupt, virtual ns.
        var interruptCleared: UInt64 = 0
        var vbeIndex: UInt16 = 0
        var vbe = DISPI()

        package func validate() throws(SnapshotError) {
            guard configuration.isReachable(from: VGA.powerOnConfiguration) else { throw SnapshotError(VGA.part, "no such configuration space") }
            guard (0..<8).allSatisfy({ sequencer[$0] & ~Sequencer.mask($0) == 0 }), (0..<16).allSatisfy({ graphics[$0] & ~Graphics.mask($0) == 0 }),
                (0..<32).allSatisfy({ attribute[$0] & ~Attribute.mask($0) == 0 }), (0x19..<32).allSatisfy({ crtc[$0] == 0 }),
                sequencerIndex < 8, graphicsIndex < 16, crtcIndex < 32, attributeIndex < 0x40, dacStep < 3
            else { throw SnapshotError(VGA.part, "a register holds bits that it does not have") }
            try vbe.validate()
        }
    }

    private static let powerOnConfiguration: PCIConfiguration = {
        var configuration = PCIConfiguration(vendor: 0x1234, device: 0x1111, classCode: 0x030000, revision: 2)
        configuration.set16(0x2C, 0x1AF4)
        configuration.set16(0x2E, 0x1100)
        configuration.bar(0x10, size: UInt32(vramBytes), flags: 8)
        configuration.bar(0x30, size: UInt32(romBytes), flags: 0)
        configuration.writable[0x30] |= romEnable
        return configuration
    }()

    /// The registers; the latch is kept in `path` while the machine runs.
    var registers = State()
    package var state: State {
        get {
            var state = registers
            state.latch = unsafe path.pointee.latch
            return state
        }
        set {
            registers = newValue
            unsafe path.pointee.latch = newValue.latch
        }
    }
    package var configuration: PCIConfiguration {
        get { registers.configuration }
        set { registers.configuration = newValue }
    }
    package let vram: Region
    package private(set) lazy var vbePorts = VBEPorts(self)
    let display: Display
    let clock: ClockPort
    private let memory: MemoryMap
    private var linearBuffer: MemoryMap.Layer?
    private let rom: Region
    private var romLayer: MemoryMap.Layer?
    /// Where the board put the 64 KiB at A0000h a second time, off the bus: they are switched to video memory while the window is plain memory.
    private let plainWindow: MemoryMap.Layer?
    private var plainWindowOffset: Int?
    private var lastPlainOffset: Int?
    let path: UnsafeMutablePointer<VGADatapath>
    let raster: VGARaster

    /// Derived from registers, when the picture is next looked at.
    var registersChanged = true
    var timing = VGATiming.standard
    var scan = VGAScan()
    var text = VGAText()
    var refreshState = RefreshState()
    /// Looks at its memory as often as if someone watched: who watches must not change a machine that repeats itself.
    package var isAlwaysWatched = false

    /// - Parameters:
    ///   - plainWindow: a layer of 64 KiB over the start of the VGA window, of higher priority than it and switched off.
    ///   - bios: the expansion ROM; what does not fit into its 64 KiB is left out.
    package init(
        display: Display, clock: ClockPort, memory: MemoryMap, plainWindow: MemoryMap.Layer? = nil, bios: [UInt8] = []
    ) throws(HostMemoryError) {
        (self.display, self.clock, self.memory, self.plainWindow) = (display, clock, memory, plainWindow)
        vram = try Region("vram", size: Self.vramBytes)
        rom = try Region("video BIOS", size: Self.romBytes)
        rom.copy(Array(bios.prefix(Self.romBytes)), at: 0)
        raster = try VGARaster(vram)
        unsafe path = .allocate(capacity: 1)
        unsafe path.initialize(to: VGADatapath())
        linearBuffer = memory.map(
            "VGA linear frame buffer", at: 0xE000_0000, length: Self.vramBytes, priority: 2, read: .memory(vram, offset: 0),
            write: .memory(vram, offset: 0), enabled: false)
        romLayer = memory.map(
            "VGA expansion ROM", at: 0xE100_0000, length: Self.romBytes, priority: 2, read: .memory(rom, offset: 0), write: .nothing, enabled: false)
        clock.connect(self)
        derive()
        clock.schedule(0, at: 16_000_000)
    }

    deinit { unsafe path.deallocate() }

    package func reset() {
        state = State()
        stateRestored()
    }

    package func stateRestored() {
        place()
        derive()
        // Time may have been set back.
        (refreshState.last, refreshState.active, refreshState.offSince) = (0, 0, nil)
    }

    package func configurationChanged(_ register: Int) { if [4, 0x10, 0x30].contains(register) { place() } }

    private func place() {
        guard let linearBuffer, let romLayer else { return }
        let configuration = registers.configuration
        func base(_ register: Int) -> UInt32? { configuration.decodesMemory ? configuration.dword(register) & 0xFFFF_FFF0 : nil }
        memory.place(linearBuffer, at: base(0x10))
        memory.place(romLayer, at: configuration.bytes[0x30] & Self.romEnable != 0 ? base(0x30) : nil)
    }

    /// Everything that follows from registers.
    func derive() {
        unsafe path.pointee.derive(registers)
        leavePlainWindow()
        timing = VGATiming(registers)
        registersChanged = true
    }

    // MARK: Ports; offset 0 is port 3B0h

    private enum Port {
        static let crtcIndex: UInt16 = 0x04, crtcData: UInt16 = 0x05, status1: UInt16 = 0x0A
        /// Added to the three above while `Miscellaneous.ioAddress` selects colour.
        static let color: UInt16 = 0x20
        static let attribute: UInt16 = 0x10, attributeRead: UInt16 = 0x11, miscWrite: UInt16 = 0x12, sequencerIndex: UInt16 = 0x14
        static let sequencerData: UInt16 = 0x15, dacMask: UInt16 = 0x16, dacRead: UInt16 = 0x17, dacWrite: UInt16 = 0x18, dacData: UInt16 = 0x19
        static let featureRead: UInt16 = 0x1A, miscRead: UInt16 = 0x1C, graphicsIndex: UInt16 = 0x1E, graphicsData: UInt16 = 0x1F
    }

    /// The port as if the registers stood at their monochrome places, or nil where nothing answers at present.
    private func relocated(_ offset: UInt16) -> UInt16? {
        guard offset < 0x10 || offset >= 0x20 else { return offset }
        let color = registers.misc & Miscellaneous.ioAddress != 0
        return (offset >= 0x20) == color ? offset & 0x0F : nil
    }

    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
        guard let port = relocated(offset) else { return 0xFF }
        switch port {
        case Port.crtcIndex: return UInt32(registers.crtcIndex)
        case Port.crtcData: return UInt32(registers.crtc[Int(registers.crtcIndex)])
        case Port.status1:
            registers.attributeData = false
            return timing.status(at: clock.now)
        case Port.attribute: return UInt32(registers.attributeIndex)
        case Port.attributeRead: return UInt32(registers.attribute[Int(registers.attributeIndex & 31)])
        case Port.miscWrite: return UInt32(inputStatus0)
        case Port.sequencerIndex: return UInt32(registers.sequencerIndex)
        case Port.sequencerData: return UInt32(registers.sequencer[Int(registers.sequencerIndex)])
        case Port.dacMask: return UInt32(registers.dacMask)
        case Port.dacRead: return registers.dacReading ? 3 : 0
        // The chip has fetched the colour to be read, and counted on.
        case Port.dacWrite: return UInt32(registers.dacReading ? registers.dacAddress &+ 1 : registers.dacAddress)
        case Port.dacData: return UInt32(readDAC())
        case Port.featureRead: return UInt32(registers.featureControl)
        case Port.miscRead: return UInt32(registers.misc)
        case Port.graphicsIndex: return UInt32(registers.graphicsIndex)
        case Port.graphicsData: return UInt32(registers.graphics[Int(registers.graphicsIndex)])
        default: return 0xFF
        }
    }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        let value = UInt8(truncatingIfNeeded: value)
        guard let port = relocated(offset) else { return }
        switch port {
        case Port.crtcIndex: registers.crtcIndex = value & 31
        case Port.crtcData: writeCRTC(Int(registers.crtcIndex), value)
        case Port.status1: registers.featureControl = value & 3
        case Port.attribute: writeAttribute(value)
        case Port.miscWrite:
            registers.misc = value
            derive()
        case Port.sequencerIndex: registers.sequencerIndex = value & 7
        case Port.sequencerData: writeSequencer(Int(registers.sequencerIndex), value)
        case Port.dacMask:
            registers.dacMask = value
            registersChanged = true
        case Port.dacRead, Port.dacWrite:
            registers.dacAddress = value
            registers.dacStep = 0
            registers.dacReading = port == Port.dacRead
        case Port.dacData: writeDAC(value)
        case Port.graphicsIndex: registers.graphicsIndex = value & 15
        case Port.graphicsData: writeGraphics(Int(registers.graphicsIndex), value)
        default: break
        }
    }

    /// Bit 4: the monitor's sense line; bit 7: a vertical retrace began since the interrupt was cleared.
    private var inputStatus0: UInt8 {
        let control = registers.crtc[CRTC.retraceEnd] & (CRTC.keepInterrupt | CRTC.disableInterrupt)
        let pending =
            control == CRTC.keepInterrupt && timing.retracesBegun(by: clock.now) > timing.retracesBegun(by: registers.interruptCleared)
        return pending ? 0x90 : 0x10
    }

    private func writeSequencer(_ index: Int, _ value: UInt8) {
        let value = value & Sequencer.mask(index)
        guard registers.sequencer[index] != value else { return }
        registers.sequencer[index] = value
        if index == Sequencer.mapMask { return datapathChanged() }
        derive()
    }

    private func writeGraphics(_ index: Int, _ value: UInt8) {
        let value = value & Graphics.mask(index)
        guard registers.graphics[index] != value else { return }
        registers.graphics[index] = value
        datapathChanged()
        if index == Graphics.mode || index == Graphics.miscellaneous { registersChanged = true }
    }

    private func datapathChanged() {
        unsafe path.pointee.derive(registers)
        if plainWindowOffset != nil { leavePlainWindow() }
    }

    private func writeCRTC(_ index: Int, _ value: UInt8) {
        var value = value
        if index < 8 && registers.crtc[CRTC.retraceEnd] & CRTC.protect != 0 {
            guard index == CRTC.overflow else { return }
            value = registers.crtc[index] & ~0x10 | value & 0x10
        }
        if index == CRTC.retraceEnd && value & CRTC.keepInterrupt == 0 { registers.interruptCleared = clock.now }
        guard index <= CRTC.lineCompare, registers.crtc[index] != value else { return }
        registers.crtc[index] = value
        registersChanged = true
        switch index {
        case CRTC.startHigh...CRTC.cursorLow: break
        default: timing = VGATiming(registers)
        }
    }

    private func writeAttribute(_ value: UInt8) {
        defer { registers.attributeData.toggle() }
        guard registers.attributeData else {
            if (registers.attributeIndex ^ value) & Attribute.paletteAddressSource != 0 { registersChanged = true }
            registers.attributeIndex = value & 0x3F
            return
        }
        let index = Int(registers.attributeIndex & 31)
        let value = value & Attribute.mask(index)
        guard index >= 16 || registers.attributeIndex & Attribute.paletteAddressSource == 0, registers.attribute[index] != value else { return }
        registers.attribute[index] = value
        registersChanged = true
    }

    private func readDAC() -> UInt8 {
        let value = registers.dac[Int(registers.dacAddress) * 3 + Int(registers.dacStep)]
        registers.dacStep += 1
        if registers.dacStep > 2 {
            registers.dacStep = 0
            registers.dacAddress &+= 1
        }
        return value
    }

    private func writeDAC(_ value: UInt8) {
        let value = registers.vbe.hasWideDAC ? value : value & 63
        switch registers.dacStep {
        case 0: registers.dacRed = value
        case 1: registers.dacGreen = value
        default:
            let at = Int(registers.dacAddress) * 3
            registers.dac[at] = registers.dacRed
            registers.dac[at + 1] = registers.dacGreen
            registers.dac[at + 2] = value
            registers.dacAddress &+= 1
            registersChanged = true
        }
        registers.dacStep = registers.dacStep < 2 ? registers.dacStep + 1 : 0
    }

    // MARK: The window at A0000h

    package func readMemory(_ offset: UInt32, _ width: Width) -> UInt32 { unsafe path.pointee.read(vram.base, offset, width) }
    package func writeMemory(_ offset: UInt32, _ width: Width, _ value: UInt32) { unsafe path.pointee.write(vram.base, offset, width, value) }

    /// Called from refresh to refresh: a window that stayed plain memory in between is put on the bus as memory. A move costs the processor its
    /// translations, so a guest that switches banks all the time is served by `VGADatapath`, which is only a little slower.
    func enterPlainWindow() {
        let offset = unsafe path.pointee.plainOffset
        defer { lastPlainOffset = offset }
        guard let plainWindow, let offset, offset == lastPlainOffset, plainWindowOffset == nil else { return }
        memory.retarget(plainWindow, read: .memory(vram, offset: offset), write: .memory(vram, offset: offset))
        memory.setEnabled(plainWindow, true)
        plainWindowOffset = offset
    }

    private func leavePlainWindow() {
        guard let plainWindow, plainWindowOffset != nil, unsafe path.pointee.plainOffset != plainWindowOffset else { return }
        memory.setEnabled(plainWindow, false)
        plainWindowOffset = nil
        lastPlainOffset = nil
    }
}
