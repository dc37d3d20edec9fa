import Testing

@testable import Bus
@testable import Devices

@Suite struct IOAPICTests {
    /// Takes messages, or does not.
    private final class Receiver: APICBus {
        var messages: [APICMessage] = []
        var takes = true
        func send(_ message: APICMessage) -> Bool {
            if takes { messages.append(message) }
            return takes
        }
        var vectors: [UInt8] { messages.map(\.vector) }
    }

    private final class Bench {
        let receiver = Receiver()
        let chip: IOAPIC
        init() { chip = IOAPIC(bus: receiver) }
        subscript(_ register: UInt32) -> UInt32 {
            get {
                chip.writeMemory(0, .dword, register)
                return chip.readMemory(0x10, .dword)
            }
            set {
                chip.writeMemory(0, .dword, register)
                chip.writeMemory(0x10, .dword, newValue)
            }
        }
        func entry(_ pin: UInt32, _ low: UInt32, _ high: UInt32 = 0) {
            self[0x11 + pin * 2] = high
            self[0x10 + pin * 2] = low
        }
        func low(_ pin: UInt32) -> UInt32 { self[0x10 + pin * 2] }
        func pulse(_ pin: Int) {
            chip.setLine(pin, true)
            chip.setLine(pin, false)
        }
    }

    @Test func registers() {
        let bench = Bench()
        #expect(bench[0] == 0 && bench[1] == 0x0017_0011)
        bench[0] = 0xFF00_0000
        #expect(bench[0] == 0x0F00_0000 && bench[2] == 0x0F00_0000)
        for pin in UInt32(0)..<24 { #expect(bench.low(pin) == 0x1_0000) }
        bench.entry(23, 0xFFFF_FFFF, 0xFFFF_FFFF)
        #expect(bench.low(23) == 0x1_AFFF && bench[0x3F] == 0xFF00_0000)
        bench[0x40] = 5
        #expect(bench[0x40] == 0 && bench[0xFF] == 0)
        bench.chip.writeMemory(0, .byte, 1)
        #expect(bench.chip.readMemory(0x12, .byte) == 0x17)
        bench.chip.writeMemory(0, .byte, 0)
        bench.chip.writeMemory(0x10, .byte, 0)
        #expect(bench[0] == 0x0F00_0000)
        #expect(bench.chip.readMemory(0x20, .dword) == 0)
    }

    @Test func anEdgeIsOneMessage() {
        let bench = Bench()
        bench.entry(4, 0x934, 0x0300_0000)
        bench.chip.setLine(4, true)
        bench.chip.setLine(4, true)
        #expect(
            bench.receiver.messages == [APICMessage(mode: .lowestPriority, vector: 0x34, destination: 3, isLogical: true, isLevel: false)])
        bench.pulse(4)
        bench.chip.setLine(4, true)
        #expect(bench.receiver.messages.count == 2)
        #expect(bench.low(4) == 0x934)
    }

    @Test func aMaskedEdgeIsLostAndAMaskedLevelWaits() {
        let bench = Bench()
        bench.entry(4, 0x1_0034)
        bench.entry(5, 0x1_8035)
        for pin in 4...5 { bench.chip.setLine(pin, true) }
        #expect(bench.receiver.messages.isEmpty)
        bench.entry(4, 0x34)
        bench.entry(5, 0x8035)
        #expect(bench.receiver.vectors == [0x35])
    }

    @Test func aLevelWaitsForItsEnd() {
        let bench = Bench()
        bench.entry(10, 0xA03A | 0x8000)
        bench.entry(10, 0x803A)
        bench.receiver.messages = []
        bench.chip.endOfInterrupt(0x3A)
        bench.chip.setLine(10, true)
        #expect(bench.receiver.vectors == [0x3A] && bench.low(10) == 0xC03A)
        bench.pulse(10)
        bench.chip.setLine(10, true)
        #expect(bench.receiver.vectors == [0x3A])
        bench.chip.endOfInterrupt(0x3B)
        #expect(bench.receiver.vectors == [0x3A])
        bench.chip.endOfInterrupt(0x3A)
        #expect(bench.receiver.vectors == [0x3A, 0x3A] && bench.receiver.messages[1].isLevel)
        bench.chip.setLine(10, false)
        bench.chip.endOfInterrupt(0x3A)
        #expect(bench.receiver.messages.count == 2 && bench.low(10) == 0x803A)
    }

    /// What Linux does to an entry whose EOI went astray.
    @Test func asAnEdgeItForgetsTheRemoteIRR() {
        let bench = Bench()
        bench.entry(10, 0x803A)
        bench.chip.setLine(10, true)
        bench.entry(10, 0x1_003A)
        bench.entry(10, 0x1_803A)
        #expect(bench.low(10) == 0x1_803A)
        bench.entry(10, 0x803A)
        #expect(bench.receiver.vectors == [0x3A, 0x3A])
    }

    @Test func activeLow() {
        let bench = Bench()
        bench.chip.setLine(6, true)
        bench.entry(6, 0x2036)
        bench.chip.setLine(6, false)
        #expect(bench.receiver.vectors == [0x36])
        bench.entry(7, 0xA037)
        #expect(bench.receiver.vectors == [0x36, 0x37], "a low level stands")
    }

    @Test func whatNobodyTakes() {
        let bench = Bench()
        bench.receiver.takes = false
        bench.entry(4, 0x34)
        bench.entry(5, 0x8035)
        for pin in 4...5 { bench.chip.setLine(pin, true) }
        #expect(bench.low(5) == 0x8035)
        bench.receiver.takes = true
        bench.chip.retry()
        #expect(bench.receiver.vectors == [0x35])
    }

    @Test(arguments: [(0x200, .smi), (0x400, .nmi), (0x500, .initialize), (0x700, .external)] as [(UInt32, APICMessage.Mode)])
    func modesWithoutAnEndAreEdges(mode: UInt32, expected: APICMessage.Mode) {
        let bench = Bench()
        bench.entry(0, mode | 0x8000)
        bench.pulse(0)
        bench.pulse(0)
        #expect(bench.receiver.messages.map(\.mode) == [expected, expected] && !bench.receiver.messages[0].isLevel)
    }

    @Test func stateSurvives() throws {
        let bench = Bench()
        bench.entry(10, 0x803A)
        bench.chip.setLine(10, true)
        try expectRoundTrip(bench.chip)
        #expect(bench.receiver.messages.count == 1)
        bench.chip.state.table.removeLast()
        let bad = try bench.chip.save()
        #expect(throws: SnapshotError.self) { try bench.chip.restore(bad) }
    }
}
