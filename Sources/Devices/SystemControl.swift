package import Bus

/// Ports 61h (timer 2's gate, refresh toggle) and 92h (fast A20, fast reset) of the PIIX3, and the A20 gate behind the latter.
/// Sources: 82371SB data sheet, NMI status and control, port 92; IBM PS/2 Hardware Interface Technical Reference, port 92h.
/// Not modelled: parity and channel check (nothing fails), the speaker's sound.
///
/// The gate has two hands on it, this port and the keyboard controller; here the last one to move decides, as on boards whose firmware
/// opens it by one way and whose DOS shuts it by the other.
package final class SystemControl: Device, PortMapped {
    package static let part = "PIIX3 system control"

    private enum Control {
        static let gate2: UInt8 = 0x01
        /// Speaker data, and the enables of parity and channel check.
        static let kept: UInt8 = 0x0F
        static let refresh: UInt8 = 0x10
        static let output2: UInt8 = 0x20
    }
    private enum Port92 {
        static let fastReset: UInt8 = 0x01
        static let a20: UInt8 = 0x02
    }
    /// One refresh of DRAM, ns; delay loops of BIOSes count the toggle.
    private static let refreshTime: UInt64 = 15_085

    package struct State: DeviceState {
        var control: UInt8 = 0
        var port92: UInt8 = 0
        var isA20Open = true
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
        memory.setA20(true)
    }

    package func stateRestored() { memory.setA20(state.isA20Open) }

    /// The A20 gate, for the keyboard controller's output port.
    package var isA20Open: Bool {
        get { state.isA20Open }
        set {
            state.isA20Open = newValue
            memory.setA20(newValue)
        }
    }

    /// Offset 0 is port 61h, offset 31h port 92h.
    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
        if offset != 0 { return UInt32(state.port92 & ~Port92.a20 | (isA20Open ? Port92.a20 : 0)) }
        let refresh = clock.now / Self.refreshTime & 1 != 0 ? Control.refresh : 0
        return UInt32(state.control | refresh | (pit.output(2) ? Control.output2 : 0))
    }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        let value = UInt8(truncatingIfNeeded: value)
        guard offset != 0 else {
            state.control = value & Control.kept
            pit.setGate2(value & Control.gate2 != 0)
            return
        }
        isA20Open = value & Port92.a20 != 0
        if value & ~state.port92 & Port92.fastReset != 0 { pins.requestReset() }
        state.port92 = value
    }
}
