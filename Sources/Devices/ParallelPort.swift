package import Bus

/// A parallel port of the PC/AT in its plain (SPP) form, with a printer that takes every byte at once.
///
/// Source: IBM PC/AT Technical Reference, "Serial/Parallel Adapter". Not modelled: bidirectional, EPP and ECP modes.
package final class ParallelPort: Device, PortMapped {
    package static let part = "Parallel port"

    enum Port: UInt16 { case data, status, control }

    struct Status: OptionSet {
        let rawValue: UInt8
        /// Unconnected, high.
        static let unused = Self(rawValue: 0x07)
        static let notError = Self(rawValue: 1 << 3)
        static let select = Self(rawValue: 1 << 4)
        static let paperEnd = Self(rawValue: 1 << 5)
        static let notAcknowledge = Self(rawValue: 1 << 6)
        static let notBusy = Self(rawValue: 1 << 7)
    }
    struct Control: OptionSet, Codable, Sendable {
        let rawValue: UInt8
        static let strobe = Self(rawValue: 1 << 0)
        static let autoFeed = Self(rawValue: 1 << 1)
        static let notInitialize = Self(rawValue: 1 << 2)
        static let selectIn = Self(rawValue: 1 << 3)
        static let irqEnable = Self(rawValue: 1 << 4)
        static let writable = Self(rawValue: 0x1F)
    }

    package struct State: DeviceState {
        var data: UInt8 = 0
        var control: Control = [.notInitialize, .selectIn]
        /// ACK# is low until the next look at the status.
        var acknowledges = false
    }

    package var state = State()
    package var output: (any CharacterStream)?
    private let irq: IRQLine

    package init(irq: IRQLine, output: (any CharacterStream)? = nil) {
        self.irq = irq
        self.output = output
    }

    package func reset() {
        state = State()
        irq.lower()
    }

    package func stateRestored() { irq.lower() }

    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
        switch Port(rawValue: offset) {
        case .data: return UInt32(state.data)
        case .status:
            var status: Status = [.unused, .notError, .select, .notAcknowledge, .notBusy]
            if state.acknowledges { status.remove(.notAcknowledge) }
            state.acknowledges = false
            return UInt32(status.rawValue)
        case .control: return UInt32(state.control.rawValue | ~Control.writable.rawValue)
        case nil: return width.mask
        }
    }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        let byte = UInt8(truncatingIfNeeded: value)
        switch Port(rawValue: offset) {
        case .data: state.data = byte
        case .control: writeControl(Control(rawValue: byte).intersection(.writable))
        case .status, nil: return
        }
    }

    private func writeControl(_ control: Control) {
        let old = state.control
        state.control = control
        guard control.contains(.strobe), !old.contains(.strobe), control.contains(.notInitialize) else { return }
        output?.send([state.data])
        state.acknowledges = true
        guard control.contains(.irqEnable) else { return }
        irq.raise()
        irq.lower()
    }
}
