import Testing

@testable import Bus

private final class Latch: PortMapped {
    var log: [String] = []
    func readPort(_ offset: UInt16, _ width: Width) -> UInt32 { UInt32(0x10 + offset) }
    func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) { log.append("\(offset):\(width.rawValue)=\(value)") }
}

@Suite struct PortSpaceTests {
    @Test func wideAccessesAreSplitIntoRegisters() {
        let ports = PortSpace(), latch = Latch()
        ports.attach(latch, 0x70...0x71, "latch")
        #expect(ports.read(0x70, .word) == 0x1110)
        ports.write(0x70, .word, 0x1234)
        #expect(latch.log == ["0:1=52", "1:1=18"])
    }

    @Test func nobodyAnswersWithAllOnes() {
        let ports = PortSpace()
        #expect(ports.read(0x80, .dword) == 0xFFFF_FFFF)
        #expect(ports.unclaimed == 4)
    }

    @Test func aMovedRangeAnswersAtItsNewPlaceOnly() {
        let ports = PortSpace(), latch = Latch()
        let bar = ports.reserve(latch, count: 16, "bar")
        #expect(ports.read(0xC000, .byte) == 0xFF)
        ports.place(bar, at: 0xC000)
        #expect(ports.read(0xC003, .byte) == 0x13)
        ports.place(bar, at: 0xD000)
        #expect(ports.read(0xC003, .byte) == 0xFF)
        #expect(ports.read(0xD003, .byte) == 0x13)
        ports.place(bar, at: nil)
        #expect(ports.read(0xD003, .byte) == 0xFF)
        #expect(ports.map == "")
    }
}
