/// What may be written to a terminal in a time: an allowance that grows by the second, and may be overdrawn once.
package struct OutputBudget: Equatable, Sendable {
    /// Bytes a second.
    package let rate: Double
    /// Most bytes that can be saved up.
    package let burst: Double
    private var allowance: Double
    private var updated: Double?

    package init(rate: Double, burst: Double) { (self.rate, self.burst, allowance) = (rate, burst, burst) }

    /// Takes what was written. `now` in seconds; a clock that was set back grants nothing.
    package mutating func spend(_ bytes: Int, at now: Double) {
        refill(at: now)
        allowance -= Double(max(0, bytes))
    }

    /// Seconds until something may be written again; 0 where it may be now.
    package mutating func delay(at now: Double) -> Double {
        refill(at: now)
        return max(0, -allowance / rate)
    }

    private mutating func refill(at now: Double) {
        if let updated, now > updated { allowance = min(burst, allowance + (now - updated) * rate) }
        updated = now
    }
}
