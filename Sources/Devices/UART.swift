package import Bus

/// 16550A serial port.
/// Source: National Semiconductor PC16550D data sheet. Bytes leave at once; nothing is modelled of the line's speed or errors.
package final class UART: Device, PortMapped {
    package static let part = "16550A UART"
    package struct State: DeviceState {
        var ier: UInt8 = 0, lcr: UInt8 = 0, mcr: UInt8 = 0, scr: UInt8 = 0, fcr: UInt8 = 0
        var divisor: UInt16 = 12
        var overrun = false
        var transmitterPending = false
        var modemDelta: UInt8 = 0
        /// What waits outside, and what the guest may read: up to 16 bytes, 1 without FIFO.
        var waiting: [UInt8] = []
        var fifo: [UInt8] = []
        package func validate() throws(SnapshotError) {
            guard fifo.count <= 16, waiting.count <= 1 << 20 else { throw SnapshotError(UART.part, "its FIFO is too long") }
        }
    }

    package var state = State()
    private let irq: IRQLine
    private let output: (any CharacterStream)?

    package init(irq: IRQLine, output: (any CharacterStream)?) { (self.irq, self.output) = (irq, output) }

    package func reset() {
        state = State()
        update()
    }
    package func stateRestored() { update() }

    /// Bytes from outside.
    package func receive(_ bytes: [UInt8]) {
        guard state.waiting.count + bytes.count <= 1 << 20 else { return }
        state.waiting += bytes
        refill()
        update()
    }

    private func refill() {
        let depth = state.fcr & 1 != 0 ? 16 : 1
        while state.fifo.count < depth, !state.waiting.isEmpty, state.mcr & 0x10 == 0 { state.fifo.append(state.waiting.removeFirst()) }
    }

    /// Interrupt identification: the highest source, or 1 for none.
    private var identification: UInt8 {
        if state.ier & 4 != 0 && state.overrun { return 6 }
        if state.ier & 1 != 0 && !state.fifo.isEmpty { return 4 }
        if state.ier & 2 != 0 && state.transmitterPending { return 2 }
        if state.ier & 8 != 0 && state.modemDelta & 15 != 0 { return 0 }
        return 1
    }

    private func update() { irq.set(identification != 1 && state.mcr & 8 != 0) }

    private var modemLines: UInt8 {
        // In loopback DTR, RTS, OUT1, OUT2 come back as DSR, CTS, RI, DCD; otherwise a cable is plugged in.
        guard state.mcr & 0x10 != 0 else { return 0xB0 }
        let m = state.mcr
        return (m & 2 != 0 ? 0x10 : 0) | (m & 1 != 0 ? 0x20 : 0) | (m & 4 != 0 ? 0x40 : 0) | (m & 8 != 0 ? 0x80 : 0)
    }

    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
        defer { update() }
        switch offset {
        case 0 where state.lcr & 0x80 != 0: return UInt32(state.divisor & 0xFF)
        case 1 where state.lcr & 0x80 != 0: return UInt32(state.divisor >> 8)
        case 0:
            guard !state.fifo.isEmpty else { return 0 }
            let byte = state.fifo.removeFirst()
            refill()
            return UInt32(byte)
        case 1: return UInt32(state.ier)
        case 2:
            let id = identification
            if id == 2 { state.transmitterPending = false }
            return UInt32(id | (state.fcr & 1 != 0 ? 0xC0 : 0))
        case 3: return UInt32(state.lcr)
        case 4: return UInt32(state.mcr)
        case 5:
            let value: UInt32 = 0x60 | (state.fifo.isEmpty ? 0 : 1) | (state.overrun ? 2 : 0)
            state.overrun = false
            return value
        case 6:
            let value = modemLines | state.modemDelta & 15
            state.modemDelta = 0
            return UInt32(value)
        default: return UInt32(state.scr)
        }
    }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        defer { update() }
        let value = UInt8(truncatingIfNeeded: value)
        switch offset {
        case 0 where state.lcr & 0x80 != 0: state.divisor = state.divisor & 0xFF00 | UInt16(value)
        case 1 where state.lcr & 0x80 != 0: state.divisor = state.divisor & 0xFF | UInt16(value) << 8
        case 0:
            if state.mcr & 0x10 != 0 {
                if state.fifo.count < 16 { state.fifo.append(value) } else { state.overrun = true }
            } else {
                output?.send([value])
            }
            state.transmitterPending = true
        case 1:
            if value & 2 != 0 && state.ier & 2 == 0 { state.transmitterPending = true }
            state.ier = value & 15
        case 2:
            if value & 1 != state.fcr & 1 || value & 2 != 0 { state.fifo = [] }
            state.fcr = value & 0xC9
            refill()
        case 3: state.lcr = value
        case 4:
            let before = modemLines
            state.mcr = value & 0x1F
            let changed = before ^ modemLines
            state.modemDelta |= changed >> 4 & 11 | (before & 0x40 & ~modemLines) >> 4
            refill()
        case 7: state.scr = value
        default: break
        }
    }
}
