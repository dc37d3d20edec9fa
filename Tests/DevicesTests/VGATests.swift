import Picture
import Testing

@testable import Bus
@testable import Devices

@Suite struct VGATextTests {
    @Test func mode03ShowsCharactersAttributesFontAndCursor() throws {
        let rig = try VGARig()
        rig.set(.text03)
        rig.poke(0xB8000 + 160 * 2 + 10, 0x1F41, .word)
        rig.poke(0xB8000 + 160 * 24 + 158, 0xCA5A_9C42, .dword)
        for line in 0..<16 { rig.setPlane(2, 0x41 * 32 + line, line * 3) }
        rig.crtc(0x0E, 0)
        rig.crtc(0x0F, 80 + 7)
        let text = try #require(rig.text)
        #expect((text.columns, text.rows, text.cellWidth, text.font.height) == (80, 25, 9, 16))
        #expect(text.cells[2 * 80 + 5] == .init(glyph: 0x41, foreground: 15, background: 1))
        // Bit 7 blinks, as attribute mode bit 3 is set.
        #expect(text.cells[24 * 80 + 79] == .init(glyph: 0x42, foreground: 12, background: 1, blinks: true))
        #expect(text.font.rows.count == 256 * 16 && Array(text.font.rows[0x41 * 16..<0x42 * 16]) == (0..<16).map { UInt8($0 * 3) })
        #expect(text.cursor == .init(column: 7, row: 1, top: 13, bottom: 14))
        #expect(text.palette == (0..<16).map { VGARig.color($0) } && text.lineGraphics)
        #expect(rig.vga.screenSize == (720, 400))
    }

    @Test func withoutBlinkingThereAreSixteenBackgrounds() throws {
        let rig = try VGARig()
        rig.set(.text03)
        rig.attribute(0x10, 0x04)
        rig.poke(0xB8000, 0x9C42, .word)
        #expect(rig.text?.cells[0] == .init(glyph: 0x42, foreground: 12, background: 9))
    }

    @Test(arguments: [(0x4F, 0x0F, 80, 25), (0x4F, 0x07, 80, 50), (0x4F, 0x0D, 80, 28), (0x83, 0x0F, 132, 25), (0x83, 0x07, 132, 50)])
    func sizesFollowFromTheCRTC(_ displayEnd: Int, _ lastScanLine: Int, _ columns: Int, _ rows: Int) throws {
        let rig = try VGARig()
        rig.set(.text03)
        rig.crtc(0x11, 0x0E)
        rig.crtc(0x01, displayEnd)
        rig.crtc(0x13, (displayEnd + 1) / 2)
        rig.crtc(0x09, 0x40 | lastScanLine)
        rig.sequencer(1, 1)
        let second = UInt32(2 * columns)
        rig.poke(0xB8000 + second + 2, 0x0742, .word)
        let text = try #require(rig.text)
        #expect((text.columns, text.rows, text.cellWidth, text.font.height) == (columns, rows, 8, lastScanLine + 1))
        #expect(text.cells[columns + 1].glyph == 0x42)
    }

    @Test func fortyThreeRowsOfAnEGA() throws {
        let rig = try VGARig()
        rig.set(.text03)
        rig.crtc(0x12, 0x5D)
        rig.crtc(0x09, 0x47)
        #expect(rig.text?.rows == 43)
    }

    @Test func fortyColumns() throws {
        let rig = try VGARig()
        rig.set(.text01)
        rig.poke(0xB8000 + 80 * 3 + 78, 0x0741, .word)
        let text = try #require(rig.text)
        #expect((text.columns, text.rows) == (40, 25) && text.cells[3 * 40 + 39].glyph == 0x41)
    }

    @Test func monochromeModeUnderlines() throws {
        let rig = try VGARig()
        rig.set(.text07)
        rig.poke(0xB0000, 0x0141, .word)
        rig.poke(0xB0002, 0x0F42, .word)
        rig.poke(0xB0004, 0x7143, .word)
        rig.poke(0xB8006, 0x0F44, .word)
        let text = try #require(rig.text)
        #expect(text.cells[0..<4].map(\.underlined) == [true, false, false, false])
        #expect(text.cells[3].glyph == 0)
        #expect(text.palette[1] == VGARig.color(8) && text.palette[9] == VGARig.color(0x18))
        // The CRTC has moved to 3B4h; nothing is left at 3D4h.
        #expect(rig.inp(0x3D4) == 0xFF && rig.inp(0x3B4) != 0xFF && rig.inp(0x3DA) == 0xFF)
    }

    @Test func attributeBit3SelectsTheSecondFont() throws {
        let rig = try VGARig()
        rig.set(.text03)
        // Map B (bit 3 clear) is map 0, map A (bit 3 set) map 5: 6000h in plane 2.
        rig.sequencer(3, 0x24)
        rig.setPlane(2, 0x41 * 32, 0x11)
        rig.setPlane(2, 0x6000 + 0x41 * 32, 0x22)
        rig.poke(0xB8000, 0x0741_0F41, .dword)
        let text = try #require(rig.text)
        #expect(text.cells[0].glyph == 0x141 && text.cells[1].glyph == 0x41 && text.font.rows.count == 512 * 16)
        #expect(text.font.rows[0x41 * 16] == 0x11 && text.font.rows[0x141 * 16] == 0x22)
    }

    @Test func theCursorHides() throws {
        let rig = try VGARig()
        rig.set(.text03)
        rig.crtc(0x0A, 0x2D)
        #expect(rig.text?.cursor == nil)
        rig.crtc(0x0A, 0x0F)
        #expect(rig.text?.cursor == nil)
        rig.crtc(0x0A, 0x00)
        rig.crtc(0x0B, 0x3F)
        // Skewed by one character, and no higher than its cell.
        #expect(rig.text?.cursor == .init(column: 1, row: 0, top: 0, bottom: 15))
        rig.crtc(0x0F, 0xFF)
        rig.crtc(0x0E, 0x3F)
        #expect(rig.text?.cursor == nil)
    }

    @Test func startAddressAndLineCompareMoveTheRows() throws {
        let rig = try VGARig()
        rig.set(.text03)
        for row in 0..<50 { rig.poke(0xB8000 + UInt32(row * 160), 0x0700 | row, .word) }
        rig.crtc(0x0C, (80 * 10) >> 8)
        rig.crtc(0x0D, 80 * 10 & 0xFF)
        // The split: after scan line 319, that is from row 20 on.
        rig.crtc(0x18, 319 & 0xFF)
        rig.crtc(0x09, 0x0F)
        let text = try #require(rig.text)
        #expect([0, 19, 20, 24].map { text.cells[$0 * 80].glyph } == [10, 29, 0, 4])
        #expect(text.cursor == .init(column: 0, row: 20, top: 13, bottom: 14))
        rig.crtc(0x08, 0x20)
        rig.poke(0xB8000 + 160 * 10 + 2, 0x0755, .word)
        #expect(rig.text?.cells[0].glyph == 0x55)
    }
}

@Suite struct VGAGraphicsTests {
    private func colors(_ numbers: [Int]) -> [UInt32] { numbers.map(VGARig.color) }

    @Test func mode04InterleavesLines() throws {
        let rig = try VGARig()
        rig.set(.cga04)
        rig.poke(0xB8000, 0b00_01_10_11)
        rig.poke(0xB8001, 0b11_10_01_00)
        rig.poke(0xB8000 + 79, 0b00_00_00_10)
        rig.poke(0xBA000, 0xFF)
        rig.poke(0xB8000 + 80, 0x55)
        #expect((rig.pixels.width, rig.pixels.height) == (320, 200))
        #expect(rig.row(0, 0..<8) == colors([0, 1, 2, 3, 3, 2, 1, 0]) && rig.pixel(319, 0) == VGARig.color(2))
        #expect(rig.row(1, 0..<8) == colors([3, 3, 3, 3, 0, 0, 0, 0]))
        #expect(rig.row(2, 0..<8) == colors([1, 1, 1, 1, 0, 0, 0, 0]))
        rig.poke(0xBA000 + 80 * 99 + 79, 0x01)
        #expect(rig.pixel(319, 199) == VGARig.color(1))
    }

    @Test func mode06HasOneBitAPixel() throws {
        let rig = try VGARig()
        rig.set(.cga06)
        rig.poke(0xB8000, 0xA1)
        rig.poke(0xBA000 + 79, 0x01)
        rig.poke(0xB8000 + 80, 0x80)
        #expect((rig.pixels.width, rig.pixels.height) == (640, 200))
        #expect(rig.row(0, 0..<8) == colors([1, 0, 1, 0, 0, 0, 0, 1]))
        #expect(rig.pixel(639, 1) == VGARig.color(1) && rig.pixel(0, 2) == VGARig.color(1) && rig.pixel(0, 1) == VGARig.color(0))
    }

    @Test(arguments: [("0D", 320, 200), ("10", 640, 350), ("12", 640, 480)])
    func planarModes(_ name: String, _ width: Int, _ height: Int) throws {
        let rig = try VGARig()
        rig.set(["0D": VGAMode.ega0D, "10": .ega10, "12": .vga12][name] ?? .vga12)
        let last = UInt32(width / 8 * height - 1)
        for plane in 0..<4 {
            rig.sequencer(2, 1 << plane)
            rig.poke(0xA0000, [0x0F, 0x33, 0x55, 0xFF][plane])
            rig.poke(0xA0000 + UInt32(width / 8), plane == 1 ? 0x80 : 0)
            rig.poke(0xA0000 + last, plane == 3 ? 1 : 0)
        }
        #expect((rig.pixels.width, rig.pixels.height) == (width, height))
        #expect(rig.row(0, 0..<8) == colors([8, 12, 10, 14, 9, 13, 11, 15]))
        #expect(rig.pixel(0, 1) == VGARig.color(2) && rig.pixel(width - 1, height - 1) == VGARig.color(8))
    }

    @Test func mode13IsLinear() throws {
        let rig = try VGARig()
        rig.set(.vga13)
        for index in 0..<8 { rig.poke(0xA0000 + UInt32(index), 0xF0 + index) }
        rig.poke(0xA0000 + 320 * 199 + 316, 0x1234_5678, .dword)
        #expect((rig.pixels.width, rig.pixels.height) == (320, 200))
        #expect(rig.row(0, 0..<8) == colors((0..<8).map { 0xF0 + $0 }))
        #expect(rig.row(199, 316..<320) == colors([0x78, 0x56, 0x34, 0x12]))
        #expect(rig.peek(0xA0000 + 320 * 199 + 316, .dword) == 0x1234_5678)
    }

    @Test func modeXIsUnchained() throws {
        let rig = try VGARig()
        rig.set(.modeX)
        for plane in 0..<4 {
            rig.sequencer(2, 1 << plane)
            rig.poke(0xA0000, 0x10 + plane)
            rig.poke(0xA0000 + 80 * 239 + 79, 0x20 + plane)
        }
        #expect((rig.pixels.width, rig.pixels.height) == (320, 240))
        #expect(rig.row(0, 0..<4) == colors([0x10, 0x11, 0x12, 0x13]))
        #expect(rig.row(239, 316..<320) == colors([0x20, 0x21, 0x22, 0x23]))
        // The second page.
        rig.sequencer(2, 0xF)
        rig.poke(0xA0000 + 80 * 240, 0x77)
        rig.crtc(0x0C, (80 * 240) >> 8)
        rig.crtc(0x0D, 80 * 240 & 0xFF)
        #expect(rig.row(0, 0..<4) == colors([0x77, 0x77, 0x77, 0x77]))
    }

    @Test func mode360x480() throws {
        let rig = try VGARig()
        rig.set(.mode360x480)
        rig.sequencer(2, 1 << 3)
        rig.poke(0xA0000 + 90 * 479 + 89, 0x99)
        #expect((rig.pixels.width, rig.pixels.height) == (360, 480) && rig.pixel(359, 479) == VGARig.color(0x99))
    }

    @Test func wordAddressingWrapsIntoBit0() throws {
        let rig = try VGARig()
        rig.set(.vga12)
        rig.crtc(0x17, 0xA3)
        rig.setPlane(0, 0, 0x80)
        rig.setPlane(0, 2, 0x80)
        rig.setPlane(0, 1, 0xFF)
        #expect(rig.row(0, 0..<16) == colors([1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]))
        rig.crtc(0x17, 0x83)
        // Bit 13 of the counter becomes bit 0.
        rig.crtc(0x0C, 0x20)
        rig.setPlane(1, 0x4001, 0xFF)
        #expect(rig.pixel(0, 0) == VGARig.color(2))
    }

    @Test func theOffsetMakesTheScreenWider() throws {
        let rig = try VGARig()
        rig.set(.vga12)
        rig.crtc(0x13, 0x50)
        rig.setPlane(2, 160, 0x80)
        #expect(rig.pixel(0, 1) == VGARig.color(4))
    }

    @Test func splitScreenAndPanning() throws {
        let rig = try VGARig()
        rig.set(.vga12)
        rig.crtc(0x0C, 0x40)
        rig.setPlane(0, 0x4000, 0b0001_0000)
        rig.setPlane(0, 0x4000 + 80, 0x80)
        rig.setPlane(1, 0, 0b1000_1000)
        // Memory from 0 on shows after scan line 299.
        rig.crtc(0x18, 299 & 0xFF)
        rig.crtc(0x07, 0x3E)
        rig.crtc(0x09, 0x00)
        #expect(rig.pixel(3, 0) == VGARig.color(1) && rig.pixel(0, 1) == VGARig.color(1))
        #expect(rig.row(300, 0..<8) == colors([2, 0, 0, 0, 2, 0, 0, 0]) && rig.pixel(0, 299) == VGARig.color(0))
        rig.attribute(0x13, 3)
        #expect(rig.pixel(0, 0) == VGARig.color(1) && rig.pixel(637, 0) == VGARig.color(1))
        #expect(rig.row(300, 0..<8) == colors([0, 2, 0, 0, 0, 0, 0, 0]))
        // The lower part stands still.
        rig.attribute(0x10, 0x21)
        #expect(rig.pixel(0, 0) == VGARig.color(1))
        #expect(rig.row(300, 0..<8) == colors([2, 0, 0, 0, 2, 0, 0, 0]))
    }

    @Test func splitScreenInDoubledLines() throws {
        let rig = try VGARig()
        rig.set(.modeX)
        rig.crtc(0x0C, 0x80)
        rig.setPlane(0, 0, 0x55)
        // Scan line 399 is the last of the upper part: line 200 of the picture starts the lower.
        rig.crtc(0x18, 399 & 0xFF)
        rig.crtc(0x07, 0x3E)
        rig.crtc(0x09, 0x01)
        #expect(rig.pixel(0, 199) == VGARig.color(0) && rig.pixel(0, 200) == VGARig.color(0x55))
    }

    @Test func panningOf256Colors() throws {
        let rig = try VGARig()
        rig.set(.vga13)
        for index in 0..<324 { rig.poke(0xA0000 + UInt32(index), index & 0xFF) }
        rig.attribute(0x13, 4)
        #expect(rig.row(0, 0..<3) == colors([2, 3, 4]) && rig.pixel(319, 0) == VGARig.color(321 & 0xFF))
    }

    @Test func linesAtTheEndOfMemoryWrap() throws {
        let rig = try VGARig()
        rig.set(.vga12)
        rig.crtc(0x0C, 0xFF)
        rig.crtc(0x0D, 0xFF)
        rig.setPlane(0, 0xFFFF, 0x01)
        rig.setPlane(1, 0, 0x80)
        #expect(rig.row(0, 6..<10) == colors([0, 1, 2, 0]))
    }

    @Test func screenOffIsBlankAfterAWhileOnly() throws {
        let rig = try VGARig()
        rig.set(.vga13)
        rig.display.addWatcher()
        rig.run(100_000_000)
        #expect(rig.display.current.picture.size == (320, 200))
        rig.sequencer(1, 0x21)
        rig.run(50_000_000)
        #expect(rig.display.current.picture.size == (320, 200))
        rig.run(400_000_000)
        #expect(rig.display.current.picture == .blank)
        rig.sequencer(1, 0x01)
        rig.run(400_000_000)
        #expect(rig.display.current.picture.size == (320, 200))
    }
}
