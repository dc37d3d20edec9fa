package import Bus

/// 16550A serial port.
/// Source: National Semiconductor PC16550D data sheet §8 (registers, FIFO interrupts, loopback).
/// Not modelled: the line. Bytes leave at once and arrive as fast as they are read, so what lies in the FIFO below its trigger level has timed out
/// already; there are no parity, framing or break errors, and a cable with a ready modem is always plugged in.
package final class UART: Device, PortMapped {
    package static let part = "16550A UART"

    /// Registers; at the first three the divisor latch, the FIFO control and the interrupt identification register share places.
    private enum Port {
        static let RBR: UInt16 = 0, THR: UInt16 = 0, IER: UInt16 = 1, IIR: UInt16 = 2, FCR: UInt16 = 2
        static let LCR: UInt16 = 3, MCR: UInt16 = 4, LSR: UInt16 = 5, MSR: UInt16 = 6, SCR: UInt16 = 7
    }

    package struct IER: OptionSet, Codable, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        static let ERBFI = Self(rawValue: 0x01), ETBEI = Self(rawValue: 0x02), ELSI = Self(rawValue: 0x04), EDSSI = Self(rawValue: 0x08)
        static let writable = Self(rawValue: 0x0F)
    }

    package struct FCR: OptionSet, Codable, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        static let enable = Self(rawValue: 0x01), receiverReset = Self(rawValue: 0x02)
        /// The reset bits clear themselves.
        static let kept = Self(rawValue: 0xC9)
        var trigger: Int { [1, 4, 8, 14][Int(rawValue >> 6)] }
    }

    package struct MCR: OptionSet, Codable, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        static let DTR = Self(rawValue: 0x01), RTS = Self(rawValue: 0x02), OUT1 = Self(rawValue: 0x04), OUT2 = Self(rawValue: 0x08)
        static let loop = Self(rawValue: 0x10), writable = Self(rawValue: 0x1F)
    }

    package struct MSR: OptionSet, Codable, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        static let DCTS = Self(rawValue: 0x01), DDSR = Self(rawValue: 0x02), TERI = Self(rawValue: 0x04), DDCD = Self(rawValue: 0x08)
        static let CTS = Self(rawValue: 0x10), DSR = Self(rawValue: 0x20), RI = Self(rawValue: 0x40), DCD = Self(rawValue: 0x80)
    }

    private enum LSR { static let DR: UInt8 = 0x01, OE: UInt8 = 0x02, THRE: UInt8 = 0x20, TEMT: UInt8 = 0x40 }
    private enum LCR { static let DLAB: UInt8 = 0x80 }

    /// IIR's low bits, the highest priority first.
    private enum Interrupt: UInt8 { case lineStatus = 0x6, receivedData = 0x4, timeout = 0xC, transmitterEmpty = 0x2, modemStatus = 0x0, none = 0x1 }

    private static let depth = 16
    private static let longestWait = 1 << 20

    package struct State: DeviceState {
        var ier: IER = [], fcr: FCR = [], mcr: MCR = []
        var lcr: UInt8 = 0, scr: UInt8 = 0
        var divisor: UInt16 = 12
        var hasOverrun = false
        /// THR became empty and the host has not been told.
        var isTransmitterEmpty = false
        var modemDeltas: MSR = []
        /// What waits outside, and what the guest may read: up to 16 bytes, 1 without FIFO.
        var waiting: [UInt8] = []
        var fifo: [UInt8] = []
        package func validate() throws(SnapshotError) {
            guard fifo.count <= UART.depth, waiting.count <= UART.longestWait else { throw SnapshotError(UART.part, "its FIFO is too long") }
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

    // MARK: Receiver

    /// Bytes from outside.
    package func receive(_ bytes: [UInt8]) {
        guard bytes.count <= Self.longestWait - state.waiting.count else { return }
        state.waiting += bytes
        refill()
        update()
    }

    private var depth: Int { state.fcr.contains(.enable) ? Self.depth : 1 }

    private func refill() {
        guard !state.mcr.contains(.loop) else { return }
        let count = min(max(depth - state.fifo.count, 0), state.waiting.count)
        state.fifo += state.waiting.prefix(count)
        state.waiting.removeFirst(count)
    }

    /// A byte comes back. A full FIFO keeps what it has; RBR alone is overwritten (§8.6.2, OE).
    private func loopBack(_ byte: UInt8) {
        if state.fifo.count < depth { return state.fifo.append(byte) }
        state.hasOverrun = true
        if depth == 1 { state.fifo = [byte] }
    }

    // MARK: Interrupts

    private var interrupt: Interrupt {
        if state.ier.contains(.ELSI) && state.hasOverrun { return .lineStatus }
        if state.ier.contains(.ERBFI) && !state.fifo.isEmpty {
            return state.fcr.contains(.enable) && state.fifo.count < state.fcr.trigger ? .timeout : .receivedData
        }
        if state.ier.contains(.ETBEI) && state.isTransmitterEmpty { return .transmitterEmpty }
        if state.ier.contains(.EDSSI) && !state.modemDeltas.isEmpty { return .modemStatus }
        return .none
    }

    /// On a PC, OUT2 lets the interrupt through.
    private func update() { irq.set(interrupt != .none && state.mcr.contains(.OUT2)) }

    private var modemLines: MSR {
        guard state.mcr.contains(.loop) else { return [.CTS, .DSR, .DCD] }
        var lines: MSR = []
        if state.mcr.contains(.RTS) { lines.insert(.CTS) }
        if state.mcr.contains(.DTR) { lines.insert(.DSR) }
        if state.mcr.contains(.OUT1) { lines.insert(.RI) }
        if state.mcr.contains(.OUT2) { lines.insert(.DCD) }
        return lines
    }

    // MARK: Registers

    private var showsDivisor: Bool { state.lcr & LCR.DLAB != 0 }

    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
        defer { update() }
        switch offset {
        case 0 where showsDivisor: return UInt32(state.divisor & 0xFF)
        case 1 where showsDivisor: return UInt32(state.divisor >> 8)
        case Port.RBR:
            guard !state.fifo.isEmpty else { return 0 }
            let byte = state.fifo.removeFirst()
            if state.fifo.isEmpty { refill() }
            return UInt32(byte)
        case Port.IER: return UInt32(state.ier.rawValue)
        case Port.IIR:
            let source = interrupt
            if source == .transmitterEmpty { state.isTransmitterEmpty = false }
            return UInt32(source.rawValue | (state.fcr.contains(.enable) ? 0xC0 : 0))
        case Port.LCR: return UInt32(state.lcr)
        case Port.MCR: return UInt32(state.mcr.rawValue)
        case Port.LSR:
            defer { state.hasOverrun = false }
            return UInt32(LSR.THRE | LSR.TEMT | (state.fifo.isEmpty ? 0 : LSR.DR) | (state.hasOverrun ? LSR.OE : 0))
        case Port.MSR:
            defer { state.modemDeltas = [] }
            return UInt32(modemLines.union(state.modemDeltas).rawValue)
        case Port.SCR: return UInt32(state.scr)
        default: return width.mask
        }
    }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        defer { update() }
        let value = UInt8(truncatingIfNeeded: value)
        switch offset {
        case 0 where showsDivisor: state.divisor = state.divisor & 0xFF00 | UInt16(value)
        case 1 where showsDivisor: state.divisor = state.divisor & 0xFF | UInt16(value) << 8
        case Port.THR: transmit(value)
        case Port.IER:
            let ier = IER(rawValue: value).intersection(.writable)
            // THR is always empty: to ask for its interrupt is to get it.
            if ier.contains(.ETBEI) && !state.ier.contains(.ETBEI) { state.isTransmitterEmpty = true }
            state.ier = ier
        case Port.FCR: writeFCR(FCR(rawValue: value))
        case Port.LCR: state.lcr = value
        case Port.MCR: writeMCR(MCR(rawValue: value).intersection(.writable))
        case Port.SCR: state.scr = value
        default: break
        }
    }

    private func transmit(_ byte: UInt8) {
        // Writing THR ends its interrupt; the next one is a new edge.
        state.isTransmitterEmpty = false
        update()
        if state.mcr.contains(.loop) { loopBack(byte) } else { output?.send([byte]) }
        state.isTransmitterEmpty = true
    }

    private func writeFCR(_ fcr: FCR) {
        // The other bits count only together with the enable bit; a change of that empties the FIFO.
        let kept = fcr.contains(.enable) ? fcr.intersection(.kept) : []
        if fcr.contains(.enable) != state.fcr.contains(.enable) || fcr.isSuperset(of: [.enable, .receiverReset]) { state.fifo = [] }
        state.fcr = kept
        refill()
    }

    private func writeMCR(_ mcr: MCR) {
        let before = modemLines
        state.mcr = mcr
        let changed = before.symmetricDifference(modemLines)
        if changed.contains(.CTS) { state.modemDeltas.insert(.DCTS) }
        if changed.contains(.DSR) { state.modemDeltas.insert(.DDSR) }
        if changed.contains(.DCD) { state.modemDeltas.insert(.DDCD) }
        // Only the end of a ring counts.
        if changed.contains(.RI) && before.contains(.RI) { state.modemDeltas.insert(.TERI) }
        refill()
    }
}
