package import Bus
package import HostMemory
import Picture

/// VGA with the Bochs VBE extensions (PCI 1234:1111): registers, planar memory, linear modes.
/// Sources: IBM VGA hardware reference; Bochs VBE extension (VBE DISPI) interface.
/// Video memory keeps the four planes of an address in four neighbouring bytes, so that planar, chain-4 and linear modes share it.
/// Not modelled: split screen, smooth scrolling by pixels, CGA interleave beyond its two banks.
@safe
package final class VGA: Device, PortMapped, MemoryMapped, Clocked, PCIFunction {
    package static let part = "VGA with Bochs VBE"
    package static let vramBytes = 16 << 20

    package struct State: DeviceState {
        var configuration: PCIConfiguration
        var misc: UInt8 = 0x67
        var sequencerIndex: UInt8 = 0, graphicsIndex: UInt8 = 0, crtcIndex: UInt8 = 0, attributeIndex: UInt8 = 0
        var sequencer = [UInt8](repeating: 0, count: 8)
        var graphics = [UInt8](repeating: 0, count: 16)
        var crtc = [UInt8](repeating: 0, count: 32)
        var attribute = [UInt8](repeating: 0, count: 32)
        var attributeData = false
        var dac = [UInt8](repeating: 0, count: 768)
        var dacRead: UInt16 = 0, dacWrite: UInt16 = 0
        var dacMask: UInt8 = 0xFF
        var dacReading = false
        var latch: UInt32 = 0
        var vbeIndex: UInt16 = 0
        var vbe = [UInt16](repeating: 0, count: 16)
        package func validate() throws(SnapshotError) {
            guard configuration.isWhole, sequencer.count == 8, graphics.count == 16, crtc.count == 32, attribute.count == 32, dac.count == 768,
                vbe.count == 16, dacRead < 768, dacWrite < 768
            else { throw SnapshotError(VGA.part, "no such registers") }
        }
    }

    /// The VBE index and data ports.
    package final class VBEPorts: PortMapped {
        private unowned let vga: VGA
        fileprivate init(_ vga: VGA) { self.vga = vga }
        package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 { UInt32(offset == 0 ? vga.state.vbeIndex : vga.readVBE()) }
        package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
            if offset == 0 { vga.state.vbeIndex = UInt16(truncatingIfNeeded: value) } else { vga.writeVBE(UInt16(truncatingIfNeeded: value)) }
        }
    }

    package var state: State
    package var configuration: PCIConfiguration {
        get { state.configuration }
        set { state.configuration = newValue }
    }
    package let vram: Region
    package private(set) lazy var vbePorts = VBEPorts(self)
    let display: Display
    let clock: ClockPort
    private let memory: MemoryMap
    private var linearBuffer: MemoryMap.Layer?
    private let bytes: UnsafeMutablePointer<UInt8>
    var lastPicture: Picture = .blank

    package init(display: Display, clock: ClockPort, memory: MemoryMap) throws(HostMemoryError) {
        self.display = display
        self.clock = clock
        self.memory = memory
        vram = try Region("vram", size: Self.vramBytes)
        unsafe bytes = vram.base.assumingMemoryBound(to: UInt8.self)
        var configuration = PCIConfiguration(vendor: 0x1234, device: 0x1111, classCode: 0x030000, revision: 2)
        configuration.set16(0x2C, 0x1AF4)
        configuration.set16(0x2E, 0x1100)
        configuration.bar(0x10, size: UInt32(Self.vramBytes), flags: 8)
        state = State(configuration: configuration)
        linearBuffer = memory.map(
            "VGA linear frame buffer", at: 0xE000_0000, length: Self.vramBytes, priority: 2, read: .memory(vram, offset: 0),
            write: .memory(vram, offset: 0), enabled: false)
        clock.connect(self)
        clock.schedule(0, at: 16_000_000)
    }

    package func reset() {
        let old = state.configuration
        state = State(configuration: old)
        state.configuration.bytes[4] = 0
        place()
    }
    package func stateRestored() { place() }
    package func configurationChanged(_ register: Int) { if register == 4 || register == 0x10 { place() } }
    private func place() {
        guard let linearBuffer else { return }
        memory.place(linearBuffer, at: state.configuration.decodesMemory ? state.configuration.dword(0x10) & 0xFFFF_FFF0 : nil)
    }

    /// A picture within a few ms: someone typed.
    package func refreshSoon() { clock.schedule(0, at: clock.now + 3_000_000) }

    package func clockEvent(_ kind: UInt8, _ payload: UInt32, at time: UInt64) {
        publishIfChanged()
        clock.schedule(0, at: clock.now + (display.isWatched ? 16_600_000 : 250_000_000))
    }

    // MARK: Registers; offset 0 is port 3B0h

    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
        let color = state.misc & 1 != 0
        switch offset {
        case 0x04 where !color, 0x24 where color: return UInt32(state.crtcIndex)
        case 0x05 where !color, 0x25 where color: return UInt32(state.crtc[Int(state.crtcIndex & 31)])
        case 0x0A where !color, 0x2A where color:
            state.attributeData = false
            // 60 Hz frames: the last 8 % are vertical retrace; a line's last 20 % horizontal.
            let frame = clock.now % 16_666_667
            let vertical = frame > 15_300_000
            return (vertical ? 9 : 0) | (clock.now % 31_778 > 25_400 ? 1 : 0)
        case 0x10: return UInt32(state.attributeIndex)
        case 0x11: return UInt32(state.attribute[Int(state.attributeIndex & 31)])
        case 0x12: return 0x10
        case 0x14: return UInt32(state.sequencerIndex)
        case 0x15: return UInt32(state.sequencer[Int(state.sequencerIndex & 7)])
        case 0x16: return UInt32(state.dacMask)
        case 0x17: return state.dacReading ? 3 : 0
        case 0x18: return UInt32(state.dacWrite / 3)
        case 0x19:
            let value = state.dac[Int(state.dacRead % 768)]
            state.dacRead = (state.dacRead + 1) % 768
            return UInt32(value)
        case 0x1C: return UInt32(state.misc)
        case 0x1E: return UInt32(state.graphicsIndex)
        case 0x1F: return UInt32(state.graphics[Int(state.graphicsIndex & 15)])
        default: return 0xFF
        }
    }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        let value = UInt8(truncatingIfNeeded: value)
        let color = state.misc & 1 != 0
        switch offset {
        case 0x04 where !color, 0x24 where color: state.crtcIndex = value & 31
        case 0x05 where !color, 0x25 where color:
            let index = Int(state.crtcIndex & 31)
            if state.crtc[0x11] & 0x80 != 0 && index < 8 {
                if index == 7 { state.crtc[7] = state.crtc[7] & ~0x10 | value & 0x10 }
            } else {
                state.crtc[index] = value
            }
        case 0x10:
            if state.attributeData { state.attribute[Int(state.attributeIndex & 31)] = value } else { state.attributeIndex = value & 0x3F }
            state.attributeData.toggle()
        case 0x12: state.misc = value
        case 0x14: state.sequencerIndex = value & 7
        case 0x15: state.sequencer[Int(state.sequencerIndex & 7)] = value
        case 0x16: state.dacMask = value
        case 0x17:
            state.dacRead = UInt16(value) * 3
            state.dacReading = true
        case 0x18:
            state.dacWrite = UInt16(value) * 3
            state.dacReading = false
        case 0x19:
            state.dac[Int(state.dacWrite % 768)] = state.vbe[4] & 0x20 != 0 ? value : value & 63
            state.dacWrite = (state.dacWrite + 1) % 768
        case 0x1E: state.graphicsIndex = value & 15
        case 0x1F: state.graphics[Int(state.graphicsIndex & 15)] = value
        default: break
        }
    }

    // MARK: VBE

    private enum VBE {
        static let id = 0, width = 1, height = 2, depth = 3, enable = 4, bank = 5, virtualWidth = 6, virtualHeight = 7, x = 8, y = 9, memory = 10
    }

    fileprivate func readVBE() -> UInt16 {
        let index = Int(state.vbeIndex)
        // With GETCAPS set the size registers answer with their maxima.
        if state.vbe[VBE.enable] & 2 != 0 && (1...3).contains(index) { return [1600, 1200, 32][index - 1] }
        switch index {
        case VBE.id: return state.vbe[0] == 0 ? 0xB0C5 : state.vbe[0]
        case VBE.memory: return UInt16(Self.vramBytes >> 16)
        case 0..<16: return state.vbe[index]
        default: return 0
        }
    }

    fileprivate func writeVBE(_ value: UInt16) {
        let index = Int(state.vbeIndex)
        switch index {
        case VBE.id: if (0xB0C0...0xB0C5).contains(value) { state.vbe[0] = value }
        case VBE.width: if value <= 1600 { state.vbe[index] = value }
        case VBE.height: if value <= 1200 { state.vbe[index] = value }
        case VBE.depth: state.vbe[index] = value == 0 ? 8 : value
        case VBE.enable:
            if value & 1 != 0 && state.vbe[VBE.enable] & 1 == 0 {
                state.vbe[VBE.virtualWidth] = state.vbe[VBE.width]
                state.vbe[VBE.virtualHeight] = state.vbe[VBE.height]
                state.vbe[VBE.x] = 0
                state.vbe[VBE.y] = 0
                if value & 0x80 == 0 { vram.clear() }
            }
            state.vbe[index] = value
        case VBE.virtualWidth: state.vbe[index] = max(value, state.vbe[VBE.width])
        case VBE.bank, VBE.x, VBE.y: state.vbe[index] = value
        default: break
        }
    }

    var vbeEnabled: Bool { state.vbe[VBE.enable] & 1 != 0 && state.vbe[VBE.width] > 0 && state.vbe[VBE.height] > 0 }
    func byte(_ address: Int) -> UInt8 { unsafe bytes[address & (Self.vramBytes - 1)] }

    // MARK: The window at A0000h

    /// The plane address behind a window offset, or nil outside the mapped part.
    private func window(_ offset: UInt32) -> Int? {
        switch state.graphics[6] >> 2 & 3 {
        case 0: Int(offset)
        case 1: offset < 0x10000 ? Int(offset) : nil
        case 2: (0x10000..<0x18000).contains(offset) ? Int(offset - 0x10000) : nil
        default: offset >= 0x18000 ? Int(offset - 0x18000) : nil
        }
    }

    package func readMemory(_ offset: UInt32, _ width: Width) -> UInt32 {
        (0..<UInt32(width.rawValue)).reduce(0) { $0 | UInt32(read(offset &+ $1)) << ($1 * 8) }
    }
    package func writeMemory(_ offset: UInt32, _ width: Width, _ value: UInt32) {
        for index in 0..<UInt32(width.rawValue) { write(offset &+ index, UInt8(truncatingIfNeeded: value >> (index * 8))) }
    }

    private func latch(_ plane: Int) -> UInt8 { UInt8(truncatingIfNeeded: state.latch >> UInt32(plane * 8)) }

    private func read(_ offset: UInt32) -> UInt8 {
        guard var at = window(offset) else { return 0xFF }
        if vbeEnabled { return byte(Int(state.vbe[VBE.bank]) << 16 + at) }
        if state.sequencer[4] & 8 != 0 { return byte(at) }
        var plane = Int(state.graphics[4] & 3)
        if state.graphics[5] & 0x10 != 0 {
            plane = plane & 2 | at & 1
            at &= ~1
        }
        let base = at << 2
        state.latch = (0..<4).reduce(0) { $0 | UInt32(byte(base + $1)) << UInt32($1 * 8) }
        guard state.graphics[5] & 8 != 0 else { return byte(base + plane) }
        var result: UInt8 = 0xFF
        for plane in 0..<4 where state.graphics[7] & (1 << UInt8(plane)) != 0 {
            let want: UInt8 = state.graphics[2] & (1 << UInt8(plane)) != 0 ? 0xFF : 0
            result &= ~(latch(plane) ^ want)
        }
        return result
    }

    private func write(_ offset: UInt32, _ value: UInt8) {
        guard var at = window(offset) else { return }
        if vbeEnabled { return store(Int(state.vbe[VBE.bank]) << 16 + at, value) }
        var planes = state.sequencer[2] & 15
        if state.sequencer[4] & 8 != 0 {
            if planes & (1 << UInt8(at & 3)) != 0 { store(at, value) }
            return
        }
        if state.sequencer[4] & 4 == 0 {
            planes &= at & 1 != 0 ? 0xA : 0x5
            at &= ~1
        }
        let mode = state.graphics[5] & 3
        let rotation = state.graphics[3] & 7
        let rotated = value >> rotation | (rotation == 0 ? 0 : value << (8 - rotation))
        for plane in 0..<4 where planes & (1 << UInt8(plane)) != 0 {
            let bit = UInt8(1) << UInt8(plane)
            var mask = state.graphics[8]
            var data: UInt8
            switch mode {
            case 0: data = state.graphics[1] & bit != 0 ? (state.graphics[0] & bit != 0 ? 0xFF : 0) : rotated
            case 1:
                store(at << 2 + plane, latch(plane))
                continue
            case 2: data = value & bit != 0 ? 0xFF : 0
            default:
                mask &= rotated
                data = state.graphics[0] & bit != 0 ? 0xFF : 0
            }
            if mode != 3 {
                switch state.graphics[3] >> 3 & 3 {
                case 1: data &= latch(plane)
                case 2: data |= latch(plane)
                case 3: data ^= latch(plane)
                default: break
                }
            }
            store(at << 2 + plane, data & mask | latch(plane) & ~mask)
        }
    }

    private func store(_ address: Int, _ value: UInt8) { unsafe bytes[address & (Self.vramBytes - 1)] = value }
}
