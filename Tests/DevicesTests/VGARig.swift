import HostMemory
import Picture

@testable import Bus
@testable import Devices

/// A display adapter at its usual ports and addresses, as a program sees it.
final class VGARig {
    let time = StoppedTime()
    let clock: Clock
    let ports = PortSpace()
    let memory: MemoryMap
    let display = Display()
    let vga: VGA

    init() throws {
        clock = Clock(time)
        memory = try MemoryMap()
        let plain = memory.map("plain", at: 0xA0000, length: 0x10000, priority: 2, read: .nothing, write: .nothing, enabled: false)
        vga = try VGA(display: display, clock: clock.port("vga"), memory: memory, plainWindow: plain, bios: [0x55, 0xAA, 0x4E])
        memory.map("window", at: 0xA0000, length: 0x20000, priority: 1, read: .device(vga), write: .device(vga))
        ports.attach(vga.vbePorts, 0x1CE...0x1D1, "VBE", registers: .word)
        ports.attach(vga, 0x3B0...0x3DF, "VGA")
    }

    func out(_ port: UInt16, _ value: Int) { ports.write(port, .byte, UInt32(truncatingIfNeeded: value)) }
    func inp(_ port: UInt16) -> Int { Int(ports.read(port, .byte)) }

    private var crtcPort: UInt16 { inp(0x3CC) & 1 != 0 ? 0x3D4 : 0x3B4 }
    func crtc(_ index: Int, _ value: Int) { ports.write(crtcPort, .word, UInt32(index | value << 8)) }
    func sequencer(_ index: Int, _ value: Int) { ports.write(0x3C4, .word, UInt32(index | value << 8)) }
    func graphics(_ index: Int, _ value: Int) { ports.write(0x3CE, .word, UInt32(index | value << 8)) }
    func attribute(_ index: Int, _ value: Int) {
        _ = inp(crtcPort + 6)
        out(0x3C0, index)
        out(0x3C0, value)
        out(0x3C0, 0x20)
    }
    func dac(_ index: Int, _ red: Int, _ green: Int, _ blue: Int) {
        out(0x3C8, index)
        for value in [red, green, blue] { out(0x3C9, value) }
    }
    func vbe(_ index: Int, _ value: Int) {
        ports.write(0x1CE, .word, UInt32(index))
        ports.write(0x1CF, .word, UInt32(value))
    }
    func vbe(_ index: Int) -> Int {
        ports.write(0x1CE, .word, UInt32(index))
        return Int(ports.read(0x1CF, .word))
    }
    func vbeMode(_ width: Int, _ height: Int, _ depth: Int, flags: Int = 0x41) {
        vbe(4, 0)
        for (index, value) in [(1, width), (2, height), (3, depth), (4, flags)] { vbe(index, value) }
    }

    func poke(_ address: UInt32, _ value: Int, _ width: Width = .byte) { memory.write(address, width, UInt32(truncatingIfNeeded: value)) }
    func peek(_ address: UInt32, _ width: Width = .byte) -> Int { Int(memory.read(address, width)) }
    /// The byte of a plane.
    func plane(_ plane: Int, _ address: Int) -> Int { Int(vga.vram.slice(at: address * 4 + plane, count: 1)[0]) }
    func setPlane(_ plane: Int, _ address: Int, _ value: Int) { vga.vram.copy([UInt8(value)], at: address * 4 + plane) }

    /// Programs a mode from IBM's tables, with a palette in which attribute n is DAC n, and DAC n is (n, 0, n / 4).
    func set(_ mode: VGAMode) {
        out(0x3C2, mode.misc)
        for (index, value) in mode.sequencer.enumerated() { sequencer(index + 1, value) }
        crtc(0x11, 0)
        for (index, value) in mode.crtc.enumerated() { crtc(index, value) }
        for (index, value) in mode.graphics.enumerated() { graphics(index, value) }
        for (index, value) in mode.attribute.enumerated() { attribute(index, value) }
        for index in 0..<256 { dac(index, index & 63, 0, index >> 2) }
    }

    /// What `set` makes of a colour number.
    static func color(_ index: Int) -> UInt32 {
        func wide(_ value: Int) -> UInt32 { UInt32(value << 2 | value >> 4) }
        return wide(index & 63) << 16 | wide(index >> 2)
    }

    var picture: Picture { vga.currentPicture }
    var pixels: PixelPicture {
        if case .pixels(let picture) = picture { return picture }
        return PixelPicture(width: 0, height: 0, pixels: [])
    }
    var text: TextPicture? {
        if case .text(let picture) = picture { return picture }
        return nil
    }
    /// A pixel of the picture that shows now.
    func pixel(_ x: Int, _ y: Int) -> UInt32 {
        let picture = pixels
        return x < picture.width && y < picture.height ? picture.pixels[y * picture.width + x] : 0xDEAD_BEEF
    }
    func row(_ y: Int, _ x: Range<Int>) -> [UInt32] {
        let picture = pixels
        return y < picture.height && x.upperBound <= picture.width
            ? Array(picture.pixels[y * picture.width + x.lowerBound..<y * picture.width + x.upperBound]) : []
    }

    /// Lets virtual time go on, event by event, for so many ns.
    func run(_ nanoseconds: UInt64) {
        let end = time.now + nanoseconds
        while let next = clock.nextDeadline, next <= end {
            time.now = max(next, time.now)
            clock.runDue()
        }
        time.now = end
    }
}

/// Register values of a mode: IBM PS/2 Hardware Interface Technical Reference, "BIOS video mode parameter tables".
struct VGAMode {
    var misc: Int
    var sequencer: [Int]
    var crtc: [Int]
    var attribute: [Int]
    var graphics: [Int]

    private static let identity = Array(0..<16)

    static let text03 = VGAMode(
        misc: 0x67, sequencer: [0x00, 0x03, 0x00, 0x02],
        crtc: [
            0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81, 0xBF, 0x1F, 0x00, 0x4F, 0x0D, 0x0E, 0, 0, 0, 0, 0x9C, 0x8E, 0x8F, 0x28, 0x1F, 0x96, 0xB9, 0xA3, 0xFF,
        ], attribute: identity + [0x0C, 0x00, 0x0F, 0x08, 0x00], graphics: [0, 0, 0, 0, 0, 0x10, 0x0E, 0x00, 0xFF])
    static let text01 = VGAMode(
        misc: 0x67, sequencer: [0x08, 0x03, 0x00, 0x02],
        crtc: [
            0x2D, 0x27, 0x28, 0x90, 0x2B, 0xA0, 0xBF, 0x1F, 0x00, 0x4F, 0x0D, 0x0E, 0, 0, 0, 0, 0x9C, 0x8E, 0x8F, 0x14, 0x1F, 0x96, 0xB9, 0xA3, 0xFF,
        ], attribute: identity + [0x0C, 0x00, 0x0F, 0x08, 0x00], graphics: [0, 0, 0, 0, 0, 0x10, 0x0E, 0x00, 0xFF])
    static let text07 = VGAMode(
        misc: 0x66, sequencer: [0x00, 0x03, 0x00, 0x02],
        crtc: [
            0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81, 0xBF, 0x1F, 0x00, 0x4F, 0x0D, 0x0E, 0, 0, 0, 0, 0x9C, 0x8E, 0x8F, 0x28, 0x0F, 0x96, 0xB9, 0xA3, 0xFF,
        ], attribute: [0, 8, 8, 8, 8, 8, 8, 8, 0x10, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x0E, 0x00, 0x0F, 0x08, 0x00],
        graphics: [0, 0, 0, 0, 0, 0x10, 0x0A, 0x00, 0xFF])
    static let cga04 = VGAMode(
        misc: 0x63, sequencer: [0x09, 0x03, 0x00, 0x02],
        crtc: [
            0x2D, 0x27, 0x28, 0x90, 0x2B, 0x80, 0xBF, 0x1F, 0x00, 0xC1, 0, 0, 0, 0, 0, 0, 0x9C, 0x8E, 0x8F, 0x14, 0x00, 0x96, 0xB9, 0xA2, 0xFF,
        ], attribute: identity + [0x01, 0x00, 0x03, 0x00, 0x00], graphics: [0, 0, 0, 0, 0, 0x30, 0x0F, 0x00, 0xFF])
    static let cga06 = VGAMode(
        misc: 0x63, sequencer: [0x01, 0x01, 0x00, 0x06],
        crtc: [
            0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0xBF, 0x1F, 0x00, 0xC1, 0, 0, 0, 0, 0, 0, 0x9C, 0x8E, 0x8F, 0x28, 0x00, 0x96, 0xB9, 0xC2, 0xFF,
        ], attribute: identity + [0x01, 0x00, 0x01, 0x00, 0x00], graphics: [0, 0, 0, 0, 0, 0x00, 0x0D, 0x00, 0xFF])
    static let ega0D = VGAMode(
        misc: 0x63, sequencer: [0x09, 0x0F, 0x00, 0x06],
        crtc: [
            0x2D, 0x27, 0x28, 0x90, 0x2B, 0x80, 0xBF, 0x1F, 0x00, 0xC0, 0, 0, 0, 0, 0, 0, 0x9C, 0x8E, 0x8F, 0x14, 0x00, 0x96, 0xB9, 0xE3, 0xFF,
        ], attribute: identity + [0x01, 0x00, 0x0F, 0x00, 0x00], graphics: [0, 0, 0, 0, 0, 0x00, 0x05, 0x0F, 0xFF])
    static let ega10 = VGAMode(
        misc: 0xA3, sequencer: [0x01, 0x0F, 0x00, 0x06],
        crtc: [
            0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0xBF, 0x1F, 0x00, 0x40, 0, 0, 0, 0, 0, 0, 0x83, 0x85, 0x5D, 0x28, 0x0F, 0x63, 0xBA, 0xE3, 0xFF,
        ], attribute: identity + [0x01, 0x00, 0x0F, 0x00, 0x00], graphics: [0, 0, 0, 0, 0, 0x00, 0x05, 0x0F, 0xFF])
    static let vga12 = VGAMode(
        misc: 0xE3, sequencer: [0x01, 0x0F, 0x00, 0x06],
        crtc: [
            0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0x0B, 0x3E, 0x00, 0x40, 0, 0, 0, 0, 0, 0, 0xEA, 0x8C, 0xDF, 0x28, 0x00, 0xE7, 0x04, 0xE3, 0xFF,
        ], attribute: identity + [0x01, 0x00, 0x0F, 0x00, 0x00], graphics: [0, 0, 0, 0, 0, 0x00, 0x05, 0x0F, 0xFF])
    static let vga13 = VGAMode(
        misc: 0x63, sequencer: [0x01, 0x0F, 0x00, 0x0E],
        crtc: [
            0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0xBF, 0x1F, 0x00, 0x41, 0, 0, 0, 0, 0, 0, 0x9C, 0x8E, 0x8F, 0x28, 0x40, 0x96, 0xB9, 0xA3, 0xFF,
        ], attribute: identity + [0x41, 0x00, 0x0F, 0x00, 0x00], graphics: [0, 0, 0, 0, 0, 0x40, 0x05, 0x0F, 0xFF])
    /// 320x240 unchained: M. Abrash, "Graphics Programming Black Book", ch. 47.
    static var modeX: VGAMode {
        var mode = vga13
        mode.misc = 0xE3
        mode.sequencer[3] = 0x06
        for (index, value) in [
            (0x06, 0x0D), (0x07, 0x3E), (0x09, 0x41), (0x10, 0xEA), (0x11, 0xAC), (0x12, 0xDF), (0x14, 0x00), (0x15, 0xE7), (0x16, 0x06),
            (0x17, 0xE3),
        ] { mode.crtc[index] = value }
        return mode
    }
    /// 360x480 unchained: R. Schmidt, "Tweaked VGA modes".
    static var mode360x480: VGAMode {
        var mode = vga13
        mode.misc = 0xE7
        mode.sequencer[3] = 0x06
        for (index, value) in [
            (0x00, 0x6B), (0x01, 0x59), (0x02, 0x5A), (0x03, 0x8E), (0x04, 0x5E), (0x05, 0x8A), (0x06, 0x0D), (0x07, 0x3E), (0x09, 0x40),
            (0x10, 0xEA),
            (0x11, 0xAC), (0x12, 0xDF), (0x13, 0x2D), (0x14, 0x00), (0x15, 0xE7), (0x16, 0x06), (0x17, 0xE3),
        ] { mode.crtc[index] = value }
        return mode
    }
}
