/// One of the 8254's counters, as a function of the tick at which it is looked at. Source: Intel 8254 data sheet, "Mode definitions", "Read
/// operations".
package struct PITCounter: Codable, Equatable, Sendable {
    /// Bits 5:0 of the last control word, as the status byte repeats them.
    private var programmed: UInt8 = 0x30
    private(set) var gate: Bool
    /// The count register (CR): 1…65536, or 10000 in BCD; 0 since the control word nothing was written.
    private var reload: UInt32 = 0
    /// The count that the counting element (CE) was loaded with; 0: not yet.
    private var count: UInt32 = 0
    /// The tick at which CE was loaded. Ticks compare by their difference: it may stand before 0.
    private var start: UInt64 = 0
    /// Ticks counted when the gate fell, while it is low, in modes that it stops.
    private var frozen: UInt64?
    /// The tick at which CE takes over CR.
    private var loadAt: UInt64?
    /// Mode 3: CE is loaded for the half-cycle in which OUT is low.
    private var loadsLowHalf = false
    /// CR holds a count that CE has not taken yet.
    private var isNull = true
    private var writtenLow: UInt8?
    private var readsHigh = false
    private var latchedCount: UInt16?
    private var latchedStatus: UInt8?

    init(gate: Bool) { self.gate = gate }

    var isPossible: Bool { reload <= 0x10000 && count <= 0x10000 && programmed < 0x40 && programmed & 0x30 != 0 }

    /// Modes 6 and 7 are 2 and 3: their bit 2 is not decoded.
    var mode: UInt8 {
        let mode = programmed >> 1 & 7
        return mode > 5 ? mode & 3 : mode
    }
    private var isBCD: Bool { programmed & 1 != 0 }
    private var access: UInt8 { programmed >> 4 & 3 }
    private var isPeriodic: Bool { mode == 2 || mode == 3 }
    private var isTriggered: Bool { mode == 1 || mode == 5 }

    // MARK: Counting

    private func elapsed(_ tick: UInt64) -> UInt64 { frozen ?? tick &- start }
    private func highHalf(_ n: UInt32) -> UInt64 { UInt64(n / 2 &+ n % 2) }

    /// Loads CE where that was due by `tick`.
    mutating func settle(_ tick: UInt64) {
        guard let due = loadAt, Int64(bitPattern: tick &- due) >= 0 else { return }
        loadAt = nil
        isNull = false
        count = reload
        start = loadsLowHalf ? due &- highHalf(count) : due
        loadsLowHalf = false
        frozen = gate || isTriggered ? nil : 0
    }

    func output(_ tick: UInt64) -> Bool {
        guard count > 0 else { return mode != 0 }
        let elapsed = elapsed(tick), n = UInt64(count)
        switch mode {
        case 0, 1: return elapsed >= n
        case 2: return !gate || elapsed % n != n - 1
        case 3: return !gate || elapsed % n < highHalf(count)
        default: return elapsed != n
        }
    }

    private func value(_ tick: UInt64) -> UInt16 {
        guard count > 0 else { return 0 }
        let elapsed = elapsed(tick), n = UInt64(count)
        let value: UInt64
        switch mode {
        case 2: value = n - elapsed % n
        case 3:
            // Counts by two. An odd count starts one lower, and its high half takes one tick more: that of the 0.
            let position = elapsed % n, high = highHalf(count)
            value = (n & ~1) - 2 * (position < high ? position : position - high)
        default: value = n &- elapsed
        }
        guard isBCD else { return UInt16(truncatingIfNeeded: value) }
        let rest = Int64(bitPattern: value) % 10000
        let d = UInt64(rest < 0 ? rest + 10000 : rest)
        return UInt16(truncatingIfNeeded: (d / 1000) << 12 | (d / 100 % 10) << 8 | (d / 10 % 10) << 4 | d % 10)
    }

    /// The next tick at which OUT rises, from a settled state with the gate high.
    func nextRise(after tick: UInt64) -> UInt64? {
        guard gate else { return nil }
        if isPeriodic {
            guard count > 1 else { return loadAt.flatMap { reload > 1 ? $0 &+ UInt64(reload) : nil } }
            if loadsLowHalf, let loadAt { return loadAt &+ UInt64(reload / 2) }
            let n = UInt64(count)
            return start &+ (elapsed(tick) / n &+ 1) &* n
        }
        guard !isTriggered else { return nil }
        // The strobe of mode 4 lasts one tick.
        let delay: UInt64 = mode == 4 ? 1 : 0
        if let loadAt { return loadAt &+ UInt64(reload) &+ delay }
        let end = UInt64(count) &+ delay
        return count > 0 && elapsed(tick) < end ? start &+ end : nil
    }

    /// Ticks from one rise of a periodic OUT to the next; 0: it does not run.
    var period: UInt64 { isPeriodic && gate && count > 1 ? UInt64(count) : 0 }

    // MARK: Gate

    mutating func setGate(_ level: Bool, _ tick: UInt64) {
        guard level != gate else { return }
        settle(tick)
        if !level {
            if !isTriggered && count > 0 { frozen = tick &- start }
            // A periodic counter without its gate takes a new count at the trigger.
            if isPeriodic { (loadAt, loadsLowHalf) = (nil, false) }
        } else if isPeriodic || isTriggered {
            if reload > 0 { (loadAt, loadsLowHalf) = (tick &+ 1, false) }
        } else if let counted = frozen {
            start = tick &- counted
            frozen = nil
        }
        gate = level
    }

    // MARK: Registers

    mutating func control(_ word: UInt8) {
        self = PITCounter(gate: gate)
        programmed = word
    }

    mutating func write(_ byte: UInt8, _ tick: UInt64) {
        settle(tick)
        switch access {
        case 1: load(UInt32(byte), tick)
        case 2: load(UInt32(byte) << 8, tick)
        default:
            if let low = writtenLow {
                writtenLow = nil
                load(UInt32(byte) << 8 | UInt32(low), tick)
            } else {
                writtenLow = byte
                // In mode 0 the first byte stops the count and OUT falls.
                if mode == 0 { (count, loadAt) = (0, nil) }
            }
        }
    }

    private mutating func load(_ raw: UInt32, _ tick: UInt64) {
        var value = raw
        if isBCD { value = (raw >> 12) * 1000 + (raw >> 8 & 15) * 100 + (raw >> 4 & 15) * 10 + (raw & 15) }
        let most: UInt32 = isBCD ? 10000 : 65536
        reload = value == 0 ? most : min(value, most)
        isNull = true
        if isTriggered || isPeriodic && !gate { return }
        if isPeriodic && count > 0 {
            // A running wave ends its cycle first; mode 3, its half.
            guard loadAt == nil else { return }
            let n = UInt64(count), cycles = elapsed(tick) / n, position = elapsed(tick) % n, high = highHalf(count)
            loadsLowHalf = mode == 3 && position < high
            loadAt = start &+ cycles &* n &+ (loadsLowHalf ? high : n)
        } else {
            if mode == 0 { count = 0 }
            loadAt = tick &+ 1
        }
    }

    /// What was latched, status first; else the count as it runs.
    mutating func read(_ tick: UInt64) -> UInt8 {
        if let status = latchedStatus {
            latchedStatus = nil
            return status
        }
        settle(tick)
        let value = latchedCount ?? value(tick)
        let isHigh = access == 2 || access == 3 && readsHigh
        if access == 3 { readsHigh.toggle() }
        if access != 3 || isHigh { latchedCount = nil }
        return UInt8(truncatingIfNeeded: isHigh ? value >> 8 : value)
    }

    /// A count latched already stays until it is read.
    mutating func latchCount(_ tick: UInt64) {
        guard latchedCount == nil else { return }
        settle(tick)
        latchedCount = value(tick)
    }

    mutating func latchStatus(_ tick: UInt64) {
        guard latchedStatus == nil else { return }
        settle(tick)
        latchedStatus = (output(tick) ? 0x80 : 0) | (isNull ? 0x40 : 0) | programmed
    }
}
