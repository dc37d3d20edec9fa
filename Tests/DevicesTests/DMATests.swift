import HostMemory
import Testing

@testable import Bus
@testable import Devices

@Suite struct DMATests {
    private let rig = StorageRig()
    private let ram: Region
    private let dma: DMAController

    init() throws {
        let memory = try MemoryMap()
        ram = try Region("ram", size: 1 << 19)
        memory.map("RAM", ram: ram, at: 0, length: ram.size)
        dma = DMAController(memory: memory)
        rig.ports.attach(dma, 0x00...0x0F, "DMA")
        rig.ports.attach(dma, 0x80...0x8F, "DMA pages", offset: 0x80)
        rig.ports.attach(dma, 0xC0...0xDF, "DMA 4-7", offset: 0xC0)
    }

    /// Programs channel 1, in bytes, or 5, in words.
    private func program(_ channel: Int, page: Int, address: Int, count: Int, mode: Int) {
        let (base, step) = channel < 4 ? (0, 1) : (0xC0, 2)
        func out(_ register: Int, _ value: Int) { rig.out(UInt16(base + register * step), value) }
        out(10, 4 | channel & 3)
        out(12, 0)
        for value in [address & 0xFF, address >> 8] { out((channel & 3) * 2, value) }
        for value in [count & 0xFF, count >> 8] { out((channel & 3) * 2 + 1, value) }
        rig.out(channel == 1 ? 0x83 : 0x8B, page)
        out(11, mode | channel & 3)
        out(10, channel & 3)
    }

    @Test func aChannelMovesItsCountAndMasksItself() {
        program(1, page: 2, address: 0x1234, count: 9, mode: 0x44)
        let line = dma.lines[1]
        #expect(line.available == 10)
        #expect(line.writeToMemory([1, 2, 3, 4]) == (4, false) && rig.inp(0x08) & 2 == 0)
        #expect(line.writeToMemory([UInt8](5...20)) == (6, true) && line.available == 0)
        #expect(ram.slice(at: 0x21234, count: 11) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0])
        // Reading the status clears terminal counts; the registers went on.
        #expect(rig.inp(0x08) & 2 == 2 && rig.inp(0x08) & 2 == 0 && rig.inp(0x0F) & 2 == 2)
        rig.out(0x0C, 0)
        #expect([rig.inp(2), rig.inp(2), rig.inp(3), rig.inp(3)] == [0x3E, 0x12, 0xFF, 0xFF])
    }

    @Test func autoInitializationStartsAgain() {
        program(1, page: 0, address: 0x100, count: 1, mode: 0x58)
        ram.copy([7, 8], at: 0x100)
        #expect(dma.lines[1].readFromMemory(5) == ([7, 8], true))
        #expect(dma.lines[1].available == 2 && dma.lines[1].readFromMemory(1) == ([7], false))
    }

    @Test func addressesWrapInsideThePageAndMayFall() {
        program(1, page: 1, address: 0xFFFE, count: 3, mode: 0x44)
        #expect(dma.lines[1].writeToMemory([1, 2, 3, 4]) == (4, true))
        #expect(ram.slice(at: 0x1FFFE, count: 3) == [1, 2, 0] && ram.slice(at: 0x10000, count: 2) == [3, 4])
        program(1, page: 0, address: 0x52, count: 2, mode: 0x64)
        #expect(dma.lines[1].writeToMemory([1, 2, 3]) == (3, true) && ram.slice(at: 0x50, count: 3) == [3, 2, 1])
        // Words, in 128 KiB; the page's low bit does not count.
        program(5, page: 3, address: 0xFFFF, count: 1, mode: 0x44)
        #expect(dma.lines[5].available == 4 && dma.lines[5].writeToMemory([5, 6, 7, 8, 9]) == (4, true))
        #expect(ram.slice(at: 0x3FFFE, count: 2) == [5, 6] && ram.slice(at: 0x20000, count: 2) == [7, 8])
    }

    @Test func theTransferTypeDecidesWhatMoves() {
        ram.copy([9, 9], at: 0x100)
        for mode in [0x40, 0x48, 0x4C] {
            program(1, page: 0, address: 0x100, count: 1, mode: mode)
            #expect(dma.lines[1].writeToMemory([1, 2]) == (2, true) && ram.slice(at: 0x100, count: 2) == [9, 9])
        }
        program(1, page: 0, address: 0x100, count: 1, mode: 0x44)
        #expect(dma.lines[1].readFromMemory(2) == ([0xFF, 0xFF], true))
        program(1, page: 0, address: 0x100, count: 1, mode: 0xC4)
        #expect(dma.lines[1].available == 0)
    }

    @Test func waitingDevicesAreToldOnceTheChannelOpens() {
        var calls = 0
        dma.lines[1].onReady = { calls += 1 }
        program(1, page: 0, address: 0, count: 9, mode: 0x44)
        #expect(calls == 1)
        rig.out(0x08, 4)
        #expect(dma.lines[1].available == 0 && calls == 1)
        rig.out(0x08, 0)
        #expect(dma.lines[1].available == 10 && calls == 2)
        rig.out(0x0F, 0xFF)
        rig.out(0x0E, 0)
        #expect(calls == 3)
        rig.out(0x0D, 0)
        #expect(dma.lines[1].available == 0 && rig.inp(0x0F) & 0xF == 0xF)
    }
}
