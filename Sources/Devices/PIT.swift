package import Bus

/// 8254 programmable interval timer: three counters at 1.193182 MHz.
/// Source: Intel 8254 data sheet. Counters are computed from the clock when looked at; only counter 0's output edges are events.
/// Not modelled: gates of counters 0 and 1 (tied high on a PC).
package final class PIT: Device, PortMapped, Clocked {
    package static let part = "8254 timer"
    /// Input clock, Hz.
    package static let frequency: UInt64 = 1_193_182

    package struct Counter: Codable, Equatable, Sendable {
        var mode: UInt8 = 0
        var bcd = false
        /// 1 low byte, 2 high byte, 3 both.
        var access: UInt8 = 3
        /// Initial count, 1…65536; 0: never loaded.
        var reload: UInt32 = 0
        /// Tick number at which the count began.
        var start: UInt64 = 0
        var gate = true
        var writeLow: UInt8?
        var readsHigh = false
        var latched: UInt16?
        var status: UInt8?
        var nullCount = true
    }

    package struct State: DeviceState {
        var counters = [Counter(), Counter(), Counter()]
        package func validate() throws(SnapshotError) {
            guard counters.count == 3, counters.allSatisfy({ $0.mode < 6 && $0.reload <= 65536 && $0.start < 1 << 60 }) else {
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
        state.counters[2].gate = false
        clock.connect(self)
    }

    package func reset() {
        state = State()
        state.counters[2].gate = false
        clock.cancel(0)
        irq.lower()
    }

    package func stateRestored() { irq.set(output(0)) }

    // MARK: Time

    private func ticks(_ time: UInt64) -> UInt64 {
        let product = time.multipliedFullWidth(by: Self.frequency)
        return product.high >= 1_000_000_000 ? .max >> 4 : UInt64(1_000_000_000).dividingFullWidth(product).quotient
    }
    private func time(ofTick tick: UInt64) -> UInt64 {
        let product = tick.multipliedFullWidth(by: 1_000_000_000)
        return product.high >= Self.frequency ? .max >> 4 : Self.frequency.dividingFullWidth(product).quotient &+ 1
    }
    private var now: UInt64 { ticks(clock.now) }

    /// The level of a counter's OUT pin.
    package func output(_ index: Int) -> Bool { output(state.counters[index % 3], at: now) }

    private func output(_ c: Counter, at tick: UInt64) -> Bool {
        guard c.reload > 0 else { return c.mode != 0 }
        let elapsed = tick &- min(c.start, tick)
        let n = UInt64(c.reload)
        switch c.mode {
        case 0: return elapsed >= n
        case 1: return elapsed >= n
        case 2: return !c.gate || elapsed % n != n - 1
        case 3: return !c.gate || elapsed % n < (n + 1) / 2
        default: return elapsed != n
        }
    }

    private func count(_ c: Counter) -> UInt16 {
        guard c.reload > 0 else { return 0 }
        let tick = now
        let elapsed = c.gate || c.mode == 0 ? tick &- min(c.start, tick) : 0
        let n = UInt64(c.reload)
        let value: UInt64
        switch c.mode {
        case 2: value = n - elapsed % n
        case 3: value = n - (elapsed % n * 2) % n & ~1
        default: value = (n &- elapsed) & 0xFFFF
        }
        let binary = UInt16(truncatingIfNeeded: value)
        guard c.bcd else { return binary }
        let d = value % 10000
        return UInt16(d / 1000 << 12 | d / 100 % 10 << 8 | d / 10 % 10 << 4 | d % 10)
    }

    // MARK: Counter 2

    /// The gate input of counter 2 (port 61h bit 0).
    package func setGate2(_ level: Bool) {
        guard level != state.counters[2].gate else { return }
        state.counters[2].gate = level
        if level { state.counters[2].start = now }
    }

    /// Frequency of counter 2's output in Hz, or nil when it makes no tone.
    package var toneFrequency: Double? {
        let c = state.counters[2]
        guard c.gate, c.reload > 1, c.mode == 3 || c.mode == 2 else { return nil }
        return Double(Self.frequency) / Double(c.reload)
    }

    // MARK: Registers

    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
        guard offset < 3 else { return 0xFF }
        let index = Int(offset)
        if let status = state.counters[index].status {
            state.counters[index].status = nil
            return UInt32(status)
        }
        let value = state.counters[index].latched ?? count(state.counters[index])
        switch state.counters[index].access {
        case 1:
            state.counters[index].latched = nil
            return UInt32(value & 0xFF)
        case 2:
            state.counters[index].latched = nil
            return UInt32(value >> 8)
        default:
            let high = state.counters[index].readsHigh
            state.counters[index].readsHigh = !high
            if high { state.counters[index].latched = nil }
            return UInt32(high ? value >> 8 : value & 0xFF)
        }
    }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        let value = UInt8(truncatingIfNeeded: value)
        if offset >= 3 { return writeControl(value) }
        let index = Int(offset)
        switch state.counters[index].access {
        case 1: load(index, UInt32(value))
        case 2: load(index, UInt32(value) << 8)
        default:
            if let low = state.counters[index].writeLow {
                state.counters[index].writeLow = nil
                load(index, UInt32(value) << 8 | UInt32(low))
            } else {
                state.counters[index].writeLow = value
                if state.counters[index].mode == 0 { clockCancel(index) }
            }
        }
    }

    private func clockCancel(_ index: Int) { if index == 0 { clock.cancel(0) } }

    private func load(_ index: Int, _ raw: UInt32) {
        var value = raw
        if state.counters[index].bcd { value = (0..<4).reduce(0) { $0 + (raw >> UInt32($1 * 4) & 15) * [1, 10, 100, 1000][$1] } }
        let limit: UInt32 = state.counters[index].bcd ? 10000 : 65536
        state.counters[index].reload = value == 0 ? limit : value
        state.counters[index].start = now
        state.counters[index].nullCount = false
        if index == 0 { schedule() }
    }

    private func writeControl(_ value: UInt8) {
        let select = Int(value >> 6)
        if select == 3 {
            // Read-back: latches count and status of every counter named.
            for index in 0..<3 where value & (2 << UInt8(index)) != 0 {
                if value & 0x10 == 0 && state.counters[index].status == nil { state.counters[index].status = status(state.counters[index]) }
                if value & 0x20 == 0 && state.counters[index].latched == nil { state.counters[index].latched = count(state.counters[index]) }
            }
            return
        }
        let access = value >> 4 & 3
        if access == 0 {
            if state.counters[select].latched == nil { state.counters[select].latched = count(state.counters[select]) }
            return
        }
        var mode = value >> 1 & 7
        if mode > 5 { mode &= 3 }
        let gate = state.counters[select].gate
        state.counters[select] = Counter()
        state.counters[select].gate = gate
        state.counters[select].access = access
        state.counters[select].mode = mode
        state.counters[select].bcd = value & 1 != 0
        if select == 0 {
            clock.cancel(0)
            irq.set(mode != 0)
        }
    }

    private func status(_ c: Counter) -> UInt8 {
        (output(c, at: now) ? 0x80 : 0) | (c.nullCount ? 0x40 : 0) | c.access << 4 | c.mode << 1 | (c.bcd ? 1 : 0)
    }

    // MARK: Counter 0's edges

    private func schedule() {
        let c = state.counters[0]
        clock.cancel(0)
        guard c.reload > 0 else { return }
        let n = UInt64(c.reload), tick = now
        let elapsed = tick &- min(c.start, tick)
        irq.set(output(c, at: tick))
        switch c.mode {
        case 0, 1: if elapsed < n { clock.schedule(0, at: time(ofTick: c.start &+ n)) }
        case 2, 3: clock.schedule(0, at: time(ofTick: c.start &+ (elapsed / n + 1) * n))
        default: if elapsed <= n { clock.schedule(0, at: time(ofTick: c.start &+ n)) }
        }
    }

    package func clockEvent(_ kind: UInt8, _ payload: UInt32, at time: UInt64) {
        // The rising edge that the 8259 waits for; between two of them the line falls.
        irq.lower()
        irq.raise()
        if state.counters[0].mode == 2 || state.counters[0].mode == 3 { schedule() }
    }
}
