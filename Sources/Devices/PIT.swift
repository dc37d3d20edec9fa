package import Bus

/// 8254 programmable interval timer: three counters at 1.193182 MHz.
/// Source: Intel 8254 data sheet. Counters are computed from the clock when looked at; only counter 0's rising edges are events.
/// Not modelled: gates of counters 0 and 1 (tied high on a PC).
///
/// When the host is late, edges that passed meanwhile are one edge, and the rest are owed: each of the following periods brings one more in its
/// middle until none is, because guests count ticks to tell the time. The counters themselves are never late.
package final class PIT: Device, PortMapped, Clocked {
    package static let part = "8254 timer"
    /// Input clock, Hz.
    package static let frequency: UInt64 = 1_193_182

    private enum Event {
        static let edge: UInt8 = 0
        /// An edge owed, between two.
        static let owedEdge: UInt8 = 1
    }
    /// What is owed beyond is forgotten: minutes at the usual rates.
    private static let mostOwed: UInt64 = 0xFFFF

    private enum ControlWord {
        static let readBack = 3
        static let latchesNoCount: UInt8 = 0x20
        static let latchesNoStatus: UInt8 = 0x10
    }

    package struct State: DeviceState {
        var counters = [PITCounter(gate: true), PITCounter(gate: true), PITCounter(gate: false)]
        /// Edges of counter 0 that the host missed.
        var owed: UInt64 = 0
        package func validate() throws(SnapshotError) {
            guard counters.count == 3, owed <= PIT.mostOwed, counters.allSatisfy(\.isPossible), counters[0].gate, counters[1].gate else {
                throw SnapshotError(PIT.part, "no such counters")
            }
        }
    }

    package var state = State()
    private let clock: ClockPort
    private let irq: IRQLine

    package init(irq: IRQLine, clock: ClockPort) {
        self.irq = irq
        self.clock = clock
        clock.connect(self)
    }

    package func reset() {
        state = State()
        clock.cancel(Event.edge)
        clock.cancel(Event.owedEdge)
        irq.lower()
    }

    package func stateRestored() { irq.set(isRequesting) }

    // MARK: Time

    private func ticks(_ time: UInt64) -> UInt64 {
        let product = time.multipliedFullWidth(by: Self.frequency)
        return product.high >= 1_000_000_000 ? .max >> 4 : UInt64(1_000_000_000).dividingFullWidth(product).quotient
    }

    /// The first nanosecond of a tick, or the one after it.
    private func time(ofTick tick: UInt64) -> UInt64 {
        let product = tick.multipliedFullWidth(by: 1_000_000_000)
        return product.high >= Self.frequency ? .max >> 4 : Self.frequency.dividingFullWidth(product).quotient &+ 1
    }

    private var now: UInt64 { ticks(clock.now) }

    // MARK: Pins

    /// The level of a counter's OUT pin.
    package func output(_ index: Int) -> Bool {
        let tick = now
        state.counters[index % 3].settle(tick)
        return state.counters[index % 3].output(tick)
    }

    /// The gate input of counter 2 (port 61h bit 0).
    package func setGate2(_ level: Bool) { state.counters[2].setGate(level, now) }

    // MARK: Registers

    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
        guard offset < 3 else { return 0xFF }
        return UInt32(state.counters[Int(offset)].read(now))
    }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        let value = UInt8(truncatingIfNeeded: value)
        if offset < 3 {
            state.counters[Int(offset)].write(value, now)
            if offset == 0 { program() }
        } else if value >> 6 == ControlWord.readBack {
            for index in 0..<3 where value & (2 &<< UInt8(index)) != 0 {
                if value & ControlWord.latchesNoStatus == 0 { state.counters[index].latchStatus(now) }
                if value & ControlWord.latchesNoCount == 0 { state.counters[index].latchCount(now) }
            }
        } else {
            let index = Int(value >> 6)
            if value & 0x30 == 0 { return state.counters[index].latchCount(now) }
            state.counters[index].control(value & 0x3F)
            if index == 0 {
                state.owed = 0
                clock.cancel(Event.owedEdge)
                program()
            }
        }
    }

    // MARK: Counter 0's edges

    /// The level of interrupt line 0. In the periodic modes it stands high from one rising edge to the next: the falling edges between them need no
    /// events, and a guest that is late finds its tick.
    private var isRequesting: Bool { state.counters[0].mode != 0 || state.counters[0].output(now) }

    private func program() {
        let tick = now
        state.counters[0].settle(tick)
        irq.set(isRequesting)
        guard let edge = state.counters[0].nextRise(after: tick) else { return clock.cancel(Event.edge) }
        clock.schedule(Event.edge, at: time(ofTick: edge))
        // Not too near to either neighbour: the guest must have time to take each.
        let gap = edge &- tick
        if state.owed > 0 && gap > state.counters[0].period / 4 { clock.schedule(Event.owedEdge, at: time(ofTick: tick &+ gap / 2)) }
    }

    package func clockEvent(_ kind: UInt8, _ payload: UInt32, at time: UInt64) {
        if kind == Event.edge {
            let first = ticks(time), last = now
            state.counters[0].settle(last)
            let period = state.counters[0].period
            if period > 0 && last > first { state.owed = min(state.owed &+ (last &- first) / period, Self.mostOwed) }
            pulse()
            program()
        } else if state.owed > 0, clock.deadline(of: Event.edge) ?? 0 > clock.now {
            state.owed &-= 1
            pulse()
        }
    }

    private func pulse() {
        irq.lower()
        irq.raise()
    }
}
