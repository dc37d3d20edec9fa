package import Bus

/// Ports 61h (speaker, refresh toggle) and 92h (fast A20, fast reset) of the PIIX3.
/// Source: 82371SB data sheet, NMI status and control; IBM PS/2 port 92h.
package final class SystemControl: Device, PortMapped {
    package static let part = "PIIX3 system control"
    package struct State: DeviceState {
        var control: UInt8 = 0
        var port92: UInt8 = 0
    }

    package var state = State()
    private let pit: PIT
    private let clock: ClockPort
    private let memory: MemoryMap
    private let pins: any ProcessorPins

    package init(pit: PIT, clock: ClockPort, memory: MemoryMap, pins: any ProcessorPins) {
        (self.pit, self.clock, self.memory, self.pins) = (pit, clock, memory, pins)
    }

    package func reset() {
        state = State()
        pit.setGate2(false)
    }

    /// The speaker's tone in Hz while it sounds.
    package var tone: Double? { state.control & 3 == 3 ? pit.toneFrequency : nil }

    /// Offset 0 is port 61h, offset 31h port 92h.
    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
        if offset != 0 { return UInt32(state.port92 & ~2) | (memory.a20IsOpen ? 2 : 0) }
        // The refresh request toggles every 15 µs: BIOS delay loops count it.
        let refresh: UInt32 = clock.now / 15_085 & 1 != 0 ? 0x10 : 0
        return UInt32(state.control & 0xF) | refresh | (pit.output(2) ? 0x20 : 0)
    }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        let value = UInt8(truncatingIfNeeded: value)
        guard offset != 0 else {
            state.control = value & 0xF
            pit.setGate2(value & 1 != 0)
            return
        }
        memory.setA20(value & 2 != 0)
        if value & 1 != 0 && state.port92 & 1 == 0 { pins.requestReset() }
        state.port92 = value
    }
}
