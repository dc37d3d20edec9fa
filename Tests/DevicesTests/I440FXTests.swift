import HostMemory
import Testing

@testable import Bus
@testable import Devices

@Suite struct I440FXTests {
    private final class Bench {
        let memory: MemoryMap
        let ram: Region, rom: Region
        let bridge: I440FX
        init() throws {
            memory = try MemoryMap()
            ram = try Region("ram", size: 1 << 20)
            rom = try Region("rom", size: 0x40000)
            ram.copy([UInt8](repeating: 0xAA, count: ram.size), at: 0)
            rom.copy([UInt8](repeating: 0x55, count: rom.size), at: 0)
            memory.map("RAM", ram: ram, at: 0, length: ram.size)
            memory.map("video", at: 0xA0000, length: 0x20000, priority: 1, read: .nothing, write: .nothing)
            bridge = I440FX(memory: memory, ram: ram, rom: rom)
        }
        func set(_ register: Int, _ value: UInt8) {
            bridge.configuration.write(register, value)
            bridge.configurationChanged(register & 0xFC)
        }
        var smram: UInt8 { bridge.configuration.bytes[0x72] }
        func byte(_ address: UInt32) -> UInt32 { memory.read(address, .byte) }
    }

    @Test(
        arguments: [
            (0x59, 4, 0xF0000, 0xFFFFF), (0x5A, 0, 0xC0000, 0xC3FFF), (0x5A, 4, 0xC4000, 0xC7FFF), (0x5B, 0, 0xC8000, 0xCBFFF),
            (0x5D, 4, 0xDC000, 0xDFFFF), (0x5E, 0, 0xE0000, 0xE3FFF), (0x5F, 4, 0xEC000, 0xEFFFF),
        ] as [(Int, UInt8, UInt32, UInt32)])
    func attributesOfEachPiece(register: Int, shift: UInt8, first: UInt32, last: UInt32) throws {
        for address in [first, last] {
            let bench = try Bench()
            #expect(bench.byte(address) == 0x55)
            bench.memory.write(address, .byte, 1)
            #expect(bench.byte(address) == 0x55)
            // Shadowing: reads from ROM go to RAM.
            bench.set(register, 2 << shift)
            #expect(bench.byte(address) == 0x55)
            bench.memory.write(address, .byte, 2)
            #expect(bench.byte(address) == 0x55)
            bench.set(register, 1 << shift)
            #expect(bench.byte(address) == 2)
            bench.memory.write(address, .byte, 3)
            #expect(bench.byte(address) == 2, "write-protected")
            bench.set(register, 3 << shift)
            bench.memory.write(address, .byte, 4)
            #expect(bench.byte(address) == 4)
            // The neighbours stay.
            if first > 0xC0000 { #expect(bench.byte(first - 1) == 0x55) }
            if last < 0xFFFFF { #expect(bench.byte(last + 1) == 0x55) }
            bench.bridge.reset()
            #expect(bench.byte(address) == 0x55)
        }
    }

    @Test(arguments: [(0x00, false), (0x40, false), (0x08, false), (0x48, true)] as [(UInt8, Bool)])
    func theRAMBehindTheVideoWindow(value: UInt8, opens: Bool) throws {
        let bench = try Bench()
        #expect(bench.smram == 0x02)
        #expect(bench.byte(0xA0000) == 0xFF)
        bench.set(0x72, value)
        #expect(bench.smram == value | 0x02, "C_BASE_SEG is fixed")
        #expect(bench.byte(0xA0000) == (opens ? 0xAA : 0xFF))
        #expect(bench.byte(0xBFFFF) == (opens ? 0xAA : 0xFF))
        #expect(bench.byte(0x9FFFF) == 0xAA)
        bench.memory.write(0xA1234, .byte, 0x77)
        bench.set(0x72, 0x48)
        #expect(bench.byte(0xA1234) == (opens ? 0x77 : 0xAA))
        bench.set(0x72, 0x08)
        #expect(bench.byte(0xA1234) == 0xFF)
    }

    @Test func theLockHoldsUntilReset() throws {
        let bench = try Bench()
        bench.set(0x72, 0x58)
        #expect(bench.smram == 0x1A, "the lock shuts the window")
        #expect(bench.byte(0xA0000) == 0xFF)
        bench.set(0x72, 0x60)
        #expect(bench.smram == 0x3A, "only DCLS still moves")
        try expectRoundTrip(bench.bridge)
        bench.set(0x72, 0x48)
        #expect(bench.byte(0xA0000) == 0xFF)
        bench.bridge.reset()
        bench.set(0x72, 0x48)
        #expect(bench.byte(0xA0000) == 0xAA)
    }

    /// G_SMRAME opens the window to the processor in system management mode; the lock does not shut it there.
    @Test(arguments: [(0x00, false), (0x40, false), (0x08, true), (0x18, true)] as [(UInt8, Bool)])
    func systemManagementModeSeesItsRAM(value: UInt8, opens: Bool) throws {
        let bench = try Bench()
        bench.set(0x72, value)
        #expect(bench.byte(0xA0000) == 0xFF)
        bench.bridge.setSystemManagement(true)
        #expect(bench.byte(0xA0000) == (opens ? 0xAA : 0xFF))
        #expect(bench.byte(0xBFFFF) == (opens ? 0xAA : 0xFF))
        try expectRoundTrip(bench.bridge)
        #expect(bench.byte(0xA0000) == (opens ? 0xAA : 0xFF))
        bench.bridge.setSystemManagement(false)
        #expect(bench.byte(0xA0000) == 0xFF)
    }

    @Test func impossibleStatesAreRefused() throws {
        let bench = try Bench()
        bench.bridge.state.configuration.writable[0] = 0xFF
        let bad = try bench.bridge.save()
        #expect(throws: SnapshotError.self) { try bench.bridge.restore(bad) }
    }
}
