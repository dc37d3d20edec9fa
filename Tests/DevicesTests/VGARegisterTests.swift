import Foundation
import HostMemory
import Picture
import Testing

@testable import Bus
@testable import Devices

@Suite struct VGARegisterTests {
    @Test func theDACCountsThroughTriplets() throws {
        let rig = try VGARig()
        rig.set(.vga13)
        rig.dac(7, 1, 2, 0xFF)
        rig.out(0x3C7, 6)
        #expect(rig.inp(0x3C7) == 3 && rig.inp(0x3C8) == 7)
        #expect((0..<6).map { _ in rig.inp(0x3C9) } == [6, 0, 1, 1, 2, 63])
        rig.out(0x3C8, 255)
        #expect(rig.inp(0x3C7) == 0 && rig.inp(0x3C8) == 255)
        // A colour takes effect with its blue.
        rig.out(0x3C9, 63)
        rig.out(0x3C9, 63)
        rig.poke(0xA0000, 255)
        #expect(rig.pixel(0, 0) == VGARig.color(255))
        rig.out(0x3C9, 0)
        #expect(rig.pixel(0, 0) == 0xFFFF00 && rig.inp(0x3C8) == 0)
    }

    @Test func theDACMaskLimitsColors() throws {
        let rig = try VGARig()
        rig.set(.vga13)
        rig.poke(0xA0000, 0x35)
        rig.out(0x3C6, 0x0F)
        #expect(rig.pixel(0, 0) == VGARig.color(5) && rig.inp(0x3C6) == 0x0F)
    }

    @Test func attributeRegistersSelectColors() throws {
        let rig = try VGARig()
        rig.set(.vga12)
        rig.sequencer(2, 0xF)
        rig.poke(0xA0000, 0x80)
        rig.attribute(15, 0x2A)
        #expect(rig.pixel(0, 0) == VGARig.color(0x2A))
        rig.attribute(0x14, 0x0D)
        #expect(rig.pixel(0, 0) == VGARig.color(0xEA))
        rig.attribute(0x10, 0x81)
        #expect(rig.pixel(0, 0) == VGARig.color(0xDA))
        rig.attribute(0x10, 0x01)
        rig.attribute(0x14, 0)
        rig.attribute(0x12, 0x05)
        #expect(rig.pixel(0, 0) == VGARig.color(5))
        // While the screen has the palette, the processor cannot change it.
        _ = rig.inp(0x3DA)
        rig.out(0x3C0, 0x2F)
        rig.out(0x3C0, 0x11)
        #expect(rig.inp(0x3C1) == 0x2A)
    }

    @Test func theProtectBitSparesOnlyLineCompare() throws {
        let rig = try VGARig()
        rig.set(.text03)
        for index in 0..<8 { rig.crtc(index, 0x00) }
        for (index, value) in [0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81, 0xBF, 0x0F].enumerated() {
            rig.out(0x3D4, index)
            #expect(rig.inp(0x3D5) == value)
        }
        rig.crtc(0x11, 0)
        rig.crtc(7, 0)
        #expect(rig.inp(0x3D5) == 0)
    }

    @Test func registersHoldOnlyTheirBits() throws {
        let rig = try VGARig()
        for index in 0..<5 { rig.sequencer(index, 0xFF) }
        #expect((0..<5).map { rig.sequencerValue($0) } == [0x03, 0x3D, 0x0F, 0x3F, 0x0E])
        rig.out(0x3DA, 3)
        #expect(rig.inp(0x3CA) == 3)
    }

    @Test func statusFollowsTheBeam() throws {
        let rig = try VGARig()
        rig.set(.text03)
        // 449 lines of 31.777 µs, 400 of them shown, retrace from 412.
        let line: UInt64 = 31_777
        func status(_ lines: UInt64, _ nanoseconds: UInt64 = 0) -> Int {
            rig.time.now = lines * line + nanoseconds
            return rig.inp(0x3DA) & 9
        }
        let seen: [Int] = [status(10, 1000), status(10, 30_000), status(405, 1000), status(420, 1000), status(449, 1000), status(449 + 420, 1)]
        #expect(seen == [0, 1, 1, 9, 0, 9])
        rig.vbeMode(640, 480, 8)
        rig.time.now = 31_778 * 500
        #expect(rig.inp(0x3DA) & 9 == 9)
    }

    @Test func verticalInterruptsArePendingUntilCleared() throws {
        let rig = try VGARig()
        rig.set(.text03)
        rig.crtc(0x11, 0x0E)
        rig.crtc(0x11, 0x1E)
        #expect(rig.inp(0x3C2) & 0x80 == 0)
        rig.time.now += 15_000_000
        #expect(rig.inp(0x3C2) & 0x80 != 0)
        rig.crtc(0x11, 0x0E)
        rig.crtc(0x11, 0x1E)
        #expect(rig.inp(0x3C2) & 0x80 == 0)
    }

    @Test func refreshFollowsWatchersAndChanges() throws {
        let rig = try VGARig()
        rig.set(.vga13)
        func looks(_ nanoseconds: UInt64) -> Int {
            let end = rig.time.now + nanoseconds
            var count = 0
            while let next = rig.clock.nextDeadline, next <= end {
                rig.time.now = next
                rig.clock.runDue()
                count += 1
            }
            rig.time.now = end
            return count
        }
        _ = looks(3_000_000_000)
        #expect((3...5).contains(looks(1_000_000_000)))
        rig.display.addWatcher()
        _ = looks(300_000_000)
        #expect((9...11).contains(looks(1_000_000_000)))
        rig.vga.refreshSoon()
        let before = rig.clock.nextDeadline ?? 0
        #expect(before <= rig.time.now + 17_000_000)
        rig.vga.refreshSoon()
        #expect(rig.clock.nextDeadline == before)
        #expect((58...62).contains(looks(1_000_000_000)))
        let generation = rig.display.current.generation
        _ = looks(500_000_000)
        #expect(rig.display.current.generation == generation)
        rig.poke(0xA0000, 1)
        _ = looks(110_000_000)
        #expect(rig.display.current.generation == generation + 1)
    }

    /// PCI Local Bus Specification 2.1 §6.2.5.2
    @Test func theExpansionROMStandsWhereItIsPlaced() throws {
        let rig = try VGARig()
        func configure(_ register: Int, _ value: UInt32) {
            for index in 0..<4 {
                let byte = UInt8(truncatingIfNeeded: value >> UInt32(index * 8)), writable = rig.vga.configuration.writable[register + index]
                rig.vga.configuration.bytes[register + index] = rig.vga.configuration.bytes[register + index] & ~writable | byte & writable
            }
            rig.vga.configurationChanged(register)
        }
        #expect(
            rig.vga.configuration.dword(0x18) == 0 && rig.vga.configuration.writable[0x18...0x1B].allSatisfy { $0 == 0 }, "no registers in memory")
        configure(0x30, 0xFFFF_FFFE)
        #expect(rig.vga.configuration.dword(0x30) == 0xFFFF_0000, "64 KiB")
        configure(0x30, 0xF000_0001)
        #expect(rig.peek(0xF000_0000, .word) == 0xFFFF, "memory is not decoded")
        configure(4, 2)
        #expect(rig.peek(0xF000_0000, .word) == 0xAA55 && rig.peek(0xF000_FFFF) == 0)
        rig.poke(0xF000_0000, 0)
        #expect(rig.peek(0xF000_0000) == 0x55)
        configure(0x30, 0xF000_0000)
        #expect(rig.peek(0xF000_0000) == 0xFF, "its enable bit is clear")
    }
}

extension VGARig {
    func sequencerValue(_ index: Int) -> Int {
        out(0x3C4, index)
        return inp(0x3C5)
    }
}

@Suite struct VGAMemoryTests {
    private func rig() throws -> VGARig {
        let rig = try VGARig()
        rig.set(.vga12)
        return rig
    }
    private func planes(_ rig: VGARig, _ address: Int) -> [Int] { (0..<4).map { rig.plane($0, address) } }
    /// Known bytes in the four planes, in the latches after a read.
    private func prepare(_ rig: VGARig) {
        for (plane, value) in [0x0F, 0x33, 0x55, 0xF0].enumerated() { rig.setPlane(plane, 5, value) }
        _ = rig.peek(0xA0005)
    }

    @Test func writeMode0RotatesSetsMasksAndCombines() throws {
        let rig = try rig()
        rig.sequencer(2, 0b0101)
        rig.poke(0xA0005, 0xA5)
        #expect(planes(rig, 5) == [0xA5, 0, 0xA5, 0])
        rig.sequencer(2, 0xF)
        rig.graphics(3, 3)
        rig.poke(0xA0005, 0x81)
        #expect(planes(rig, 5) == [0x30, 0x30, 0x30, 0x30])
        rig.graphics(3, 0)
        rig.graphics(0, 0b0011)
        rig.graphics(1, 0b0101)
        rig.poke(0xA0005, 0x42)
        #expect(planes(rig, 5) == [0xFF, 0x42, 0x00, 0x42])
        rig.graphics(1, 0)
        prepare(rig)
        rig.graphics(8, 0x3C)
        rig.poke(0xA0005, 0xFF)
        #expect(planes(rig, 5) == [0x3F, 0x3F, 0x7D, 0xFC])
    }

    @Test(arguments: [(0x08, [0x05, 0x21, 0x05, 0xA0]), (0x10, [0xAF, 0xB7, 0xF5, 0xF5]), (0x18, [0xAA, 0x96, 0xF0, 0x55])])
    func functionsCombineWithTheLatches(_ function: Int, _ expected: [Int]) throws {
        let rig = try rig()
        prepare(rig)
        rig.graphics(3, function)
        rig.poke(0xA0009, 0xA5)
        #expect(planes(rig, 9) == expected)
    }

    @Test func writeMode1CopiesLatches() throws {
        let rig = try rig()
        prepare(rig)
        rig.graphics(5, 1)
        rig.graphics(8, 0)
        rig.poke(0xA0010, 0xFF)
        #expect(planes(rig, 0x10) == [0x0F, 0x33, 0x55, 0xF0])
    }

    @Test func writeMode2WritesColors() throws {
        let rig = try rig()
        prepare(rig)
        rig.graphics(5, 2)
        rig.graphics(8, 0x0F)
        rig.poke(0xA0005, 0b1001)
        #expect(planes(rig, 5) == [0x0F, 0x30, 0x50, 0xFF])
    }

    @Test func writeMode3MasksWithTheData() throws {
        let rig = try rig()
        prepare(rig)
        rig.graphics(5, 3)
        rig.graphics(0, 0b0110)
        rig.graphics(8, 0x3F)
        rig.poke(0xA0005, 0xF0)
        // The mask is 30h.
        #expect(planes(rig, 5) == [0x0F, 0x33, 0x75, 0xC0])
    }

    @Test func readModes() throws {
        let rig = try rig()
        prepare(rig)
        #expect(
            (0..<4).map {
                rig.graphics(4, $0)
                return rig.peek(0xA0005)
            } == [0x0F, 0x33, 0x55, 0xF0])
        rig.graphics(5, 8)
        rig.graphics(2, 0b0101)
        // Bits in which planes 0...3 hold 1, 0, 1, 0.
        #expect(rig.peek(0xA0005) == 0x04)
        rig.graphics(7, 0b0001)
        #expect(rig.peek(0xA0005) == 0x0F)
        rig.graphics(7, 0)
        #expect(rig.peek(0xA0005) == 0xFF)
    }

    @Test func oddAndEvenAddressesAreTwoPlanes() throws {
        let rig = try VGARig()
        rig.set(.text03)
        rig.poke(0xB8000, 0x4433_2211, .dword)
        #expect(planes(rig, 0) == [0x11, 0x22, 0, 0] && planes(rig, 2) == [0x33, 0x44, 0, 0])
        rig.poke(0xB8001, 0x66)
        rig.poke(0xB8003, 0x8877, .word)
        #expect(planes(rig, 0) == [0x11, 0x66, 0, 0] && planes(rig, 2) == [0x33, 0x77, 0, 0] && planes(rig, 4) == [0x88, 0, 0, 0])
        #expect(rig.peek(0xB8000, .dword) == 0x7733_6611)
        // With the bit mask in the way, the same addresses go the long way.
        rig.graphics(8, 0x0F)
        _ = rig.peek(0xB8000)
        rig.poke(0xB8000, 0xFFFF, .word)
        #expect(planes(rig, 0) == [0x1F, 0x6F, 0, 0])
    }

    @Test func theMemoryMapSelectsTheWindow() throws {
        let rig = try rig()
        rig.sequencer(2, 1)
        for (select, base) in [(0x01, UInt32(0xA0000)), (0x05, 0xA0000), (0x09, 0xB0000), (0x0D, 0xB8000)] {
            rig.graphics(6, select)
            rig.poke(base + 3, select)
            #expect(rig.plane(0, 3) == select && rig.peek(base + 3) == select)
        }
        #expect(rig.peek(0xA0003) == 0xFF)
        rig.graphics(6, 0x05)
        #expect(rig.peek(0xB8003) == 0xFF && rig.peek(0xA0003) == 0x0D)
        // Accesses that straddle the end answer in part.
        rig.graphics(6, 0x09)
        rig.setPlane(0, 0x7FFF, 0x12)
        #expect(rig.peek(0xB7FFF) == 0x12 && rig.peek(0xB7FFE, .dword) == 0xFFFF_1200)
        rig.out(0x3C2, 0xE1)
        #expect(rig.peek(0xB7FFF) == 0xFF)
        rig.poke(0xB7FFF, 0x34)
        #expect(rig.plane(0, 0x7FFF) == 0x12)
    }

    @Test func chain4PassesTheDataPath() throws {
        let rig = try VGARig()
        rig.set(.vga13)
        rig.sequencer(2, 0b0110)
        rig.poke(0xA0000, 0x4433_2211, .dword)
        #expect(planes(rig, 0) == [0, 0x22, 0x33, 0])
        rig.sequencer(2, 0xF)
        rig.graphics(8, 0xF0)
        _ = rig.peek(0xA0001)
        rig.poke(0xA0001, 0xFF)
        #expect(planes(rig, 0) == [0, 0xF2, 0x33, 0])
    }

    @Test func aPlainWindowBecomesMemoryAndBackAgain() throws {
        let rig = try VGARig()
        rig.set(.vga13)
        #expect(unsafe rig.memory.writableHostPage(0xA0000) == nil)
        rig.run(600_000_000)
        #expect(unsafe rig.memory.writableHostPage(0xA0000) == rig.vga.vram.base)
        rig.poke(0xA0004, 0x99)
        #expect(rig.plane(0, 1) == 0x99 && rig.pixel(4, 0) == VGARig.color(0x99))
        // Beyond 64 KiB stands nothing.
        #expect(rig.peek(0xB0000) == 0xFF)
        rig.sequencer(4, 0x06)
        #expect(unsafe rig.memory.writableHostPage(0xA0000) == nil)
        rig.poke(0xA0004, 0x42)
        #expect(planes(rig, 4) == [0x42, 0x42, 0x42, 0x42])
        rig.vbeMode(640, 480, 8)
        rig.vbe(5, 3)
        rig.run(600_000_000)
        #expect(unsafe rig.memory.writableHostPage(0xA0000) == rig.vga.vram.base + 0x30000)
        rig.vbe(5, 2)
        rig.poke(0xA0000, 0x77)
        #expect(rig.vga.vram.slice(at: 0x20000, count: 1) == [0x77])
    }
}

@Suite struct VBETests {
    @Test func identityAndCapabilities() throws {
        let rig = try VGARig()
        #expect(rig.vbe(0) == 0xB0C5 && rig.vbe(10) == 256)
        for id in 0xB0C0...0xB0C5 {
            rig.vbe(0, id)
            #expect(rig.vbe(0) == id)
        }
        rig.vbe(0, 0xB0C6)
        #expect(rig.vbe(0) == 0xB0C5)
        rig.vbe(4, 2)
        #expect([1, 2, 3].map { rig.vbe($0) } == [2560, 1600, 32])
        rig.vbe(4, 0)
        rig.vbe(1, 9999)
        rig.vbe(3, 13)
        #expect(rig.vbe(1) == 0 && rig.vbe(3) == 8)
    }

    @Test(arguments: [
        (8, [0x11, 0xFE], [VGARig.color(0x11), VGARig.color(0xFE)]), (15, [0xFF, 0x7F, 0x10, 0x42], [0xFFFFFF, 0x848484]),
        (16, [0x1F, 0x00, 0x00, 0xFC], [0x0000FF, 0xFF8200]), (24, [1, 2, 3, 0xFE, 0xFD, 0xFC], [0x030201, 0xFCFDFE]),
        (32, [1, 2, 3, 0xFF, 4, 5, 6, 0xFF], [0x030201, 0x060504]),
    ])
    func depths(_ depth: Int, _ bytes: [Int], _ expected: [UInt32]) throws {
        let rig = try VGARig()
        rig.set(.vga13)
        rig.vbeMode(800, 600, depth)
        let last = 800 * 600 * ((depth + 7) / 8) - bytes.count
        rig.vga.vram.copy(bytes.map { UInt8($0) }, at: 0)
        rig.vga.vram.copy(bytes.map { UInt8($0) }, at: last)
        #expect((rig.pixels.width, rig.pixels.height) == (800, 600))
        #expect(rig.row(0, 0..<2) == expected && rig.row(599, 798..<800) == expected)
        #expect(rig.vga.screenSize == (800, 600))
    }

    @Test func fourBitsAPixelArePlanar() throws {
        let rig = try VGARig()
        rig.set(.vga12)
        rig.vbeMode(1024, 768, 4)
        rig.sequencer(2, 0b1001)
        rig.vbe(5, 1)
        rig.poke(0xA0000 + 1024 * 767 / 8 + 127 - 0x10000, 0x01)
        #expect((rig.pixels.width, rig.pixels.height) == (1024, 768) && rig.pixel(1023, 767) == VGARig.color(9))
        rig.vbe(8, 3)
        rig.vbe(9, 1)
        #expect(rig.pixel(1020, 766) == VGARig.color(9))
    }

    @Test func modesUpToTheGreatest() throws {
        let rig = try VGARig()
        for (width, height) in [(1600, 1200), (2560, 1600)] {
            rig.vbeMode(width, height, 32)
            rig.vga.vram.copy([1, 2, 3, 4], at: (width * height - 1) * 4)
            #expect(rig.pixels.width == width && rig.pixel(width - 1, height - 1) == 0x030201)
        }
    }

    @Test func theVirtualScreenScrolls() throws {
        let rig = try VGARig()
        rig.vbeMode(640, 480, 32)
        rig.vbe(6, 1024)
        #expect(rig.vbe(6) == 1024 && rig.vbe(7) == (16 << 20) / 4096)
        rig.vbe(8, 10)
        rig.vbe(9, 20)
        rig.vga.vram.copy([1, 2, 3], at: (20 * 1024 + 10) * 4)
        #expect(rig.pixel(0, 0) == 0x030201)
        // What runs over the end of memory comes from its start.
        rig.vbe(9, 4095)
        rig.vga.vram.copy([9, 9, 9], at: 40)
        #expect(rig.pixel(0, 1) == 0x090909)
        rig.vbe(6, 100)
        #expect(rig.vbe(6) == 640)
    }

    @Test func banksReachAllMemory() throws {
        let rig = try VGARig()
        rig.vbeMode(640, 480, 8)
        rig.vbe(5, 255)
        rig.poke(0xAFFFC, 0x1122_3344, .dword)
        #expect(rig.vga.vram.slice(at: (16 << 20) - 4, count: 4) == [0x44, 0x33, 0x22, 0x11])
        rig.vbe(5, 256)
        #expect(rig.vbe(5) == 255 && rig.peek(0xAFFFD, .word) == 0x2233)
    }

    @Test func enablingClearsUnlessTold() throws {
        let rig = try VGARig()
        rig.vga.vram.copy([7], at: 100)
        rig.vbeMode(640, 480, 8, flags: 0xC1)
        #expect(rig.vga.vram.slice(at: 100, count: 1) == [7])
        rig.vbeMode(640, 480, 8)
        #expect(rig.vga.vram.slice(at: 100, count: 1) == [0])
    }

    @Test func theDACWidens() throws {
        let rig = try VGARig()
        rig.vbeMode(640, 480, 8, flags: 0x61)
        rig.dac(0, 0x81, 0x02, 0xFF)
        #expect(rig.pixel(0, 0) == 0x8102FF)
    }

    @Test func disabledTheOldModeComesBack() throws {
        let rig = try VGARig()
        rig.set(.text03)
        rig.vbeMode(640, 480, 8)
        #expect(rig.pixels.width == 640)
        rig.vbe(4, 0)
        #expect(rig.text?.columns == 80)
    }

    private func place(_ rig: VGARig) {
        let pci = PCIBus()
        pci.plug(rig.vga, device: 2)
        for (register, value) in [(0x10, 0xE800_0000), (0x18, 0xFEB0_0000), (4, 3)] as [(UInt32, UInt32)] {
            pci.writePort(0, .dword, 0x8000_1000 | register)
            pci.writePort(4, .dword, value)
        }
    }

    @Test func theLinearFrameBufferStandsAtBAR0() throws {
        let rig = try VGARig()
        place(rig)
        rig.vbeMode(640, 480, 32)
        rig.poke(0xE800_0000 + 640 * 4, 0x0012_3456, .dword)
        #expect(rig.pixel(0, 1) == 0x123456 && rig.peek(0xE800_0000 + 640 * 4, .dword) == 0x123456)
        #expect(rig.vga.configuration.dword(0) == 0x1111_1234)
    }
}

@Suite struct VGAStateTests {
    @Test func savedStatesComeBack() throws {
        let rig = try VGARig()
        rig.set(.modeX)
        rig.sequencer(2, 0xF)
        rig.poke(0xA0000, 0x12)
        rig.setPlane(0, 9, 0x77)
        _ = rig.peek(0xA0009)
        rig.vbe(0, 0xB0C2)
        rig.out(0x3C8, 5)
        rig.out(0x3C9, 1)
        let saved = try rig.vga.save()
        let picture = rig.picture

        let other = try VGARig()
        other.vga.vram.copy(rig.vga.vram.slice(at: 0, count: 0x40000), at: 0)
        try other.vga.restore(saved)
        #expect(try other.vga.save() == saved && other.picture == picture)
        // The latches, and the colour half written.
        other.graphics(5, 1)
        other.poke(0xA0020, 0)
        #expect(other.plane(0, 0x20) == 0x77)
        other.out(0x3C9, 2)
        other.out(0x3C9, 3)
        other.out(0x3C7, 5)
        #expect((0..<3).map { _ in other.inp(0x3C9) } == [1, 2, 3])
    }

    @Test(arguments: [
        (#""dacStep":0"#, #""dacStep":3"#), (#""crtcIndex":24"#, #""crtcIndex":32"#), (#""depth":8"#, #""depth":13"#), (#""bank":0"#, #""bank":256"#),
        (#""id":45253"#, #""id":1"#), (#""sequencer":[0,"#, #""sequencer":[255,"#), (#""graphics":[0,"#, #""graphics":["#),
        (#""width":0"#, #""width":9999"#), (#""bytes":[52,"#, #""bytes":[53,"#),
    ])
    func impossibleStatesAreRefused(_ good: String, _ bad: String) throws {
        let rig = try VGARig()
        rig.set(.text03)
        rig.out(0x3D4, 24)
        let saved = String(decoding: try rig.vga.save(), as: UTF8.self)
        #expect(saved.contains(good))
        #expect(throws: SnapshotError.self) { try rig.vga.restore(Data(saved.replacingOccurrences(of: good, with: bad).utf8)) }
        #expect(String(decoding: try rig.vga.save(), as: UTF8.self) == saved)
    }

    @Test func resetTurnsTheScreenOff() throws {
        let rig = try VGARig()
        rig.set(.vga13)
        rig.vbeMode(640, 480, 8)
        rig.vga.reset()
        #expect(rig.vbe(4) == 0 && rig.sequencerValue(4) == 0)
        rig.display.addWatcher()
        rig.run(1_000_000_000)
        #expect(rig.display.current.picture == .blank)
    }

    /// Whatever a guest writes, the chip goes on; its state stays one that it would accept; and a picture kept up line by line is the one that a
    /// chip makes that sees the same memory for the first time.
    @Test(arguments: 1...12 as ClosedRange<UInt64>) func anythingGoes(_ seed: UInt64) throws {
        var random = Xorshift(state: seed &* 0x9E37_79B9_7F4A_7C15)
        let rig = try VGARig()
        rig.set([VGAMode.text03, .cga04, .ega0D, .vga12, .vga13, .modeX][Int(seed % 6)])
        let blocks: [UInt16] = [0x3C0, 0x3C2, 0x3C4, 0x3C5, 0x3C6, 0x3C7, 0x3C8, 0x3C9, 0x3CE, 0x3CF, 0x3D4, 0x3D5, 0x3B4, 0x3B5, 0x3DA]
        for round in 0..<60 {
            for _ in 0..<40 {
                let value = UInt32(truncatingIfNeeded: random.next())
                switch random.next() % 8 {
                case 0...3: rig.ports.write(blocks[Int(random.next() % UInt64(blocks.count))], .word, value)
                case 4:
                    rig.vbe(Int(random.next() % 12), Int(value & (random.next() & 1 == 0 ? 0xFFFF : 0x3FF)))
                case 5: _ = rig.ports.read(0x3B0 + UInt16(value % 0x30), .dword)
                default:
                    let width: Width = [.byte, .word, .dword][Int(value % 3)]
                    let address = 0xA0000 + UInt32(truncatingIfNeeded: random.next() % 0x20000)
                    rig.memory.write(address, width, value)
                    _ = rig.memory.read(address &+ 1, width)
                }
            }
            if round % 4 == 0 { rig.sequencer(1, 0x01) }
            if round % 4 == 0 { rig.attribute(0x12, 0xF) }
            rig.run(20_000_000)
            let size = rig.picture.size
            #expect(size.width <= 2560 && size.height <= 16384)
            try rig.vga.state.validate()
        }
        rig.sequencer(1, 0x01)
        rig.attribute(0x12, 0xF)
        let picture = rig.picture
        let fresh = try VGARig()
        fresh.vga.vram.copy(rig.vga.vram.slice(at: 0, count: VGA.vramBytes), at: 0)
        try fresh.vga.restore(try rig.vga.save())
        if rig.vga.scan.kind != .off { #expect(fresh.picture == picture) }
    }
}

private struct Xorshift {
    var state: UInt64
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
