import Testing

@testable import Bus
@testable import Devices

/// Counts what the board pulls at the processor.
final class Pins: ProcessorPins {
    var intr = false
    var resets = 0, nmis = 0, smis = 0
    func setINTR(_ level: Bool) { intr = level }
    func pulseNMI() { nmis += 1 }
    func pulseSMI() { smis += 1 }
    func requestReset() { resets += 1 }
}

/// Time, interrupt lines and pins for one chip, which hangs at port 0.
final class ChipRig {
    let time = StoppedTime()
    let clock: Clock
    let edges = Edges()
    let pins = Pins()
    let memory: MemoryMap
    private(set) var chip: (any PortMapped)?

    init() throws {
        clock = Clock(time)
        memory = try MemoryMap()
    }

    func line(_ number: Int) -> IRQLine { IRQLine(edges, number) }
    func plug(_ chip: any PortMapped) { self.chip = chip }
    func out(_ offset: UInt16, _ value: UInt32, _ width: Width = .byte) { chip?.writePort(offset, width, value) }
    func inp(_ offset: UInt16, _ width: Width = .byte) -> UInt32 { (chip?.readPort(offset, width) ?? 0) & width.mask }
    func rises(_ line: Int) -> Int { edges.rises[line] ?? 0 }
    func level(_ line: Int) -> Bool { edges.levels[line] ?? false }

    /// Time passes; whatever is due on the way is delivered at its time.
    func pass(_ nanoseconds: UInt64) {
        let end = time.now + nanoseconds
        while let due = clock.nextDeadline, due <= end {
            time.now = max(time.now, due)
            clock.runDue()
        }
        time.now = end
    }
}

/// The state survives saving, and the copy is what was saved.
func expectRoundTrip<Chip: Device>(_ chip: Chip, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let state = chip.state
    let saved = try chip.save()
    chip.reset()
    try chip.restore(saved)
    #expect(chip.state == state, sourceLocation: sourceLocation)
    #expect(try chip.save() == saved, sourceLocation: sourceLocation)
}
