package import Bus

/// The PIIX3's way of telling x87 errors the PC/AT manner: FERR# becomes interrupt 13, and a write to port F0h ends it and asserts IGNNE#, with
/// which the handler may run x87 instructions before it clears the error.
/// Source: 82371SB data sheet, coprocessor error register and its interrupt logic.
package final class CoprocessorError: Device, PortMapped {
    package static let part = "PIIX3 coprocessor error"

    package struct State: DeviceState {
        /// FERR#.
        var hasError = false
        /// IGNNE#.
        var ignores = false
        var interrupts = false
    }

    package var state = State()
    private let irq: IRQLine
    /// IGNNE# to the processor.
    package var onIgnore: ((Bool) -> Void)?

    package init(irq: IRQLine) { self.irq = irq }

    package func reset() {
        state = State()
        drive()
    }

    package func stateRestored() { drive() }

    private func drive() {
        irq.set(state.interrupts)
        onIgnore?(state.ignores)
    }

    /// FERR# from the processor. While IGNNE# is asserted no further interrupt comes.
    package func setError(_ level: Bool) {
        if level && !state.hasError && !state.ignores { state.interrupts = true }
        if !level { state.ignores = false }
        state.hasError = level
        drive()
    }

    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 { width.mask }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        state.interrupts = false
        state.ignores = state.hasError
        drive()
    }
}
