package import Bus

/// 82093AA I/O APIC: turns levels and edges at 24 inputs into messages to the local APIC.
/// Source: 82093AA data sheet. Not modelled: arbitration on the APIC bus (one processor).
package final class IOAPIC: Device, MemoryMapped, InterruptSink {
    package static let part = "82093AA I/O APIC"
    package static let inputs = 24

    private enum Window {
        static let select: UInt32 = 0x00, data: UInt32 = 0x10
    }
    private enum Register {
        static let id: UInt8 = 0x00, version: UInt8 = 0x01, arbitration: UInt8 = 0x02, table: UInt8 = 0x10
    }
    /// Version 11h, the last entry is 23.
    private static let version: UInt32 = 0x0017_0011

    private enum Entry {
        static let logical: UInt64 = 1 << 11, activeLow: UInt64 = 1 << 13, remoteIRR: UInt64 = 1 << 14, level: UInt64 = 1 << 15
        static let masked: UInt64 = 1 << 16
        /// What software can change; delivery status (bit 12) is always idle.
        static let kept: UInt64 = 0xFF00_0000_0001_AFFF
    }

    package struct State: DeviceState {
        var select: UInt8 = 0
        var id: UInt8 = 0
        /// The redirection table.
        var table = [UInt64](repeating: Entry.masked, count: IOAPIC.inputs)
        /// Levels of the inputs.
        var lines: UInt32 = 0
        package func validate() throws(SnapshotError) {
            guard table.count == IOAPIC.inputs, id < 16, lines >> UInt32(IOAPIC.inputs) == 0,
                table.allSatisfy({ $0 & ~(Entry.kept | Entry.remoteIRR) == 0 })
            else { throw SnapshotError(IOAPIC.part, "no such registers") }
        }
    }

    package var state = State()
    private let bus: any APICBus

    package init(bus: any APICBus) { self.bus = bus }

    /// The lines are the other chips' and keep their levels.
    package func reset() {
        let lines = state.lines
        state = State()
        state.lines = lines
    }

    // MARK: Inputs

    package func setLine(_ number: Int, _ level: Bool) {
        guard state.table.indices.contains(number) else { return }
        let was = isAsserted(number)
        let bit = UInt32(1) << UInt32(number)
        state.lines = level ? state.lines | bit : state.lines & ~bit
        guard isAsserted(number), !was || isLevel(number) else { return }
        deliver(number)
    }

    private func isAsserted(_ number: Int) -> Bool {
        (state.lines >> UInt32(number) & 1 != 0) != (state.table[number] & Entry.activeLow != 0)
    }

    private func mode(_ number: Int) -> APICMessage.Mode? { APICMessage.Mode(rawValue: UInt8(state.table[number] >> 8 & 7)) }

    /// Only what ends with an EOI can be a level; the other modes look at edges.
    private func isLevel(_ number: Int) -> Bool {
        let mode = mode(number)
        return state.table[number] & Entry.level != 0 && (mode == .fixed || mode == .lowestPriority)
    }

    /// An edge at a masked input is lost (data sheet §3.2.4, interrupt mask); a level waits.
    private func deliver(_ number: Int) {
        let entry = state.table[number]
        guard entry & (Entry.masked | Entry.remoteIRR) == 0, let mode = mode(number), mode != .startUp else { return }
        let isLevel = isLevel(number)
        let message = APICMessage(
            mode: mode, vector: UInt8(truncatingIfNeeded: entry), destination: UInt8(entry >> 56), isLogical: entry & Entry.logical != 0,
            isLevel: isLevel)
        // Before it is sent: the EOI may come before `send` returns.
        if isLevel { state.table[number] |= Entry.remoteIRR }
        if !bus.send(message) { state.table[number] &= ~Entry.remoteIRR }
    }

    /// A level that stands asks again.
    private func look(_ number: Int) { if isLevel(number) && isAsserted(number) { deliver(number) } }

    /// The local APIC has ended a level-triggered interrupt.
    package func endOfInterrupt(_ vector: UInt8) {
        for number in 0..<Self.inputs
        where state.table[number] & Entry.remoteIRR != 0 && UInt8(truncatingIfNeeded: state.table[number]) == vector {
            state.table[number] &= ~Entry.remoteIRR
            look(number)
        }
    }

    /// The local APIC takes messages again.
    package func retry() { for number in 0..<Self.inputs { look(number) } }

    // MARK: Registers

    package func readMemory(_ offset: UInt32, _ width: Width) -> UInt32 {
        guard offset & 0xF < 4 else { return 0 }
        let value =
            switch offset & ~0xF {
            case Window.select: UInt32(state.select)
            case Window.data: register
            default: UInt32(0)
            }
        return value >> (offset & 3 &* 8) & width.mask
    }

    private var register: UInt32 {
        switch state.select {
        case Register.id, Register.arbitration: return UInt32(state.id) << 24
        case Register.version: return Self.version
        default:
            guard let number = selected else { return 0 }
            return UInt32(truncatingIfNeeded: state.table[number] >> (state.select & 1 != 0 ? 32 : 0))
        }
    }

    private var selected: Int? {
        guard state.select >= Register.table else { return nil }
        let number = Int(state.select - Register.table) / 2
        return number < Self.inputs ? number : nil
    }

    /// IOWIN takes double words alone.
    package func writeMemory(_ offset: UInt32, _ width: Width, _ value: UInt32) {
        if offset == Window.select { state.select = UInt8(truncatingIfNeeded: value) }
        guard offset == Window.data, width == .dword else { return }
        if state.select == Register.id { state.id = UInt8(value >> 24 & 0xF) }
        guard let number = selected else { return }
        let shift: UInt64 = state.select & 1 != 0 ? 32 : 0
        let old = state.table[number]
        let entry = old & ~(0xFFFF_FFFF << shift) | UInt64(value) << shift
        state.table[number] = entry & Entry.kept | old & Entry.remoteIRR
        // As an edge it has nothing to wait for.
        if !isLevel(number) { state.table[number] &= ~Entry.remoteIRR }
        look(number)
    }
}
