import Testing

@testable import Bus
@testable import Devices

@Suite struct UARTTests {
    private final class Line: CharacterStream {
        var bytes: [UInt8] = []
        func send(_ bytes: [UInt8]) { self.bytes += bytes }
    }

    private let rig = StorageRig()
    private let line = Line()
    private let uart: UART

    init() {
        uart = UART(irq: rig.line(4), output: line)
        rig.ports.attach(uart, 0x3F8...0x3FF, "COM1")
    }

    private var isInterrupting: Bool { rig.edges.levels[4] ?? false }
    private var edges: Int { rig.edges.rises[4] ?? 0 }
    private func out(_ register: Int, _ value: Int) { rig.out(0x3F8 + UInt16(register), value) }
    private func inp(_ register: Int) -> Int { rig.inp(0x3F8 + UInt16(register)) }

    @Test func registersAfterReset() {
        #expect((0...7).map(inp) == [0, 0, 1, 0, 0, 0x60, 0xB0, 0])
        out(3, 0x83)
        out(0, 0x34)
        out(1, 0x12)
        #expect([inp(0), inp(1)] == [0x34, 0x12])
        out(3, 3)
        out(7, 0xA5)
        out(0, 0x41)
        #expect(inp(7) == 0xA5 && inp(1) == 0 && line.bytes == [0x41])
    }

    @Test func withoutFIFOOneByteWaitsForTheNext() {
        out(4, 8)
        out(1, 1)
        uart.receive([1, 2, 3])
        #expect(isInterrupting && inp(2) == 4 && inp(5) == 0x61)
        #expect([inp(0), inp(0), inp(0)] == [1, 2, 3])
        #expect(!isInterrupting && inp(2) == 1 && inp(5) == 0x60 && inp(0) == 0)
    }

    @Test(arguments: [(0x01, 1), (0x41, 4), (0x81, 8), (0xC1, 14)]) func theFIFOAsksAtItsTriggerLevel(_ control: Int, _ trigger: Int) {
        out(2, control)
        out(1, 1)
        for count in 1...16 {
            uart.receive([UInt8(count)])
            // What lies below the level has timed out already.
            #expect(inp(2) == (count >= trigger ? 0xC4 : 0xCC))
        }
        uart.receive([17])
        #expect((1...17).map { _ in inp(0) } == Array(1...17) && inp(2) == 0xC1)
    }

    @Test func fifosAreEmptiedOnCommandAndWhenTheyAreSwitched() {
        uart.receive([1])
        out(2, 1)
        #expect(inp(5) & 1 == 0)
        uart.receive([1, 2])
        out(2, 0x80)
        #expect(inp(5) & 1 == 0 && inp(2) == 1)
        out(2, 0x81)
        uart.receive([3])
        out(2, 0x83)
        #expect(inp(5) & 1 == 0 && inp(2) == 0xC1)
    }

    @Test func theTransmittersInterruptIsAnEdgeForEachByte() {
        out(4, 8)
        out(1, 2)
        #expect(edges == 1 && inp(2) == 2 && !isInterrupting && inp(2) == 1)
        out(0, 0x41)
        #expect(edges == 2 && isInterrupting)
        // Written without a look at IIR.
        out(0, 0x42)
        #expect(edges == 3)
        out(1, 0)
        #expect(!isInterrupting)
        out(1, 2)
        #expect(edges == 4 && inp(2) == 2)
        out(1, 2)
        #expect(inp(2) == 1 && line.bytes == [0x41, 0x42])
    }

    @Test func out2LetsInterruptsThrough() {
        out(1, 2)
        #expect(!isInterrupting)
        out(4, 8)
        #expect(isInterrupting)
        out(4, 0)
        #expect(!isInterrupting)
    }

    @Test func loopbackTurnsBytesAndModemLinesRound() {
        out(4, 0x1A)
        #expect(inp(6) & 0xF0 == 0x90)
        out(4, 0x15)
        // DSR rose, CTS and DCD fell, RI rose: only its end counts.
        #expect(inp(6) == 0x6B && inp(6) == 0x60)
        out(1, 8)
        out(4, 0x11)
        #expect(inp(2) == 0 && inp(6) == 0x24 && inp(2) == 1)
        uart.receive([9])
        out(0, 0x41)
        #expect(inp(5) == 0x61 && line.bytes == [])
        // RBR alone is overwritten.
        out(1, 4)
        out(0, 0x42)
        #expect(inp(2) == 6 && inp(5) == 0x63 && inp(5) == 0x61 && inp(0) == 0x42)
        out(2, 1)
        for byte in 0..<20 { out(0, byte) }
        #expect(inp(5) == 0x63 && (0..<16).map { _ in inp(0) } == Array(0..<16))
        // The outside waited.
        out(4, 0)
        #expect(inp(0) == 9)
    }
}
