internal import CThread
import Glibc

/// A straight line from the host's time-stamp counter to time: at `ticks` it was `time`, and each tick adds `rate` / 2^32 ns.
package struct HostCounter: Equatable, Sendable {
    package var ticks: UInt64
    package var rate: UInt64
    package var time: UInt64

    package init(ticks: UInt64, rate: UInt64, time: UInt64) { (self.ticks, self.rate, self.time) = (ticks, rate, time) }

    package static var ticks: UInt64 { cthread_ticks() }

    /// ns at a count of ticks. A counter that went back, as over a host's suspension, stands still.
    package func time(at ticks: UInt64) -> UInt64 {
        guard ticks >= self.ticks else { return time }
        let product = (ticks &- self.ticks).multipliedFullWidth(by: rate)
        return time &+ (product.high << 32 | product.low >> 32)
    }

    /// The line that goes on from this one without a step, so bent that it comes back to the clock within about `patience` ns.
    /// - Parameters:
    ///   - rate: what the counter's rate was measured to be. It is constant: a measure that is far off was taken over a suspension of the host, in
    ///     which the clock stood and the counter did not, or the other way, and is not believed.
    ///   - clock: what the time is at `ticks`.
    package func bent(at ticks: UInt64, rate: UInt64, towards clock: UInt64, patience: UInt64 = 1_000_000_000) -> HostCounter {
        let mine = time(at: ticks)
        let error = Double(Int64(bitPattern: clock &- mine)) / Double(patience)
        // No more than the half of a thousandth: guests measure clocks against each other.
        let bend = 1 + max(-0.0005, min(0.0005, error))
        let rate = abs(Double(rate) - Double(self.rate)) <= 0.002 * Double(self.rate) ? rate : self.rate
        return HostCounter(ticks: ticks, rate: UInt64(Double(rate) * bend), time: mine)
    }

    /// Whether the host's kernel trusts the counter: the same on all processors, at one rate for ever.
    package static let isTrusted: Bool = {
        let path = "/sys/devices/system/clocksource/clocksource0/current_clocksource"
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress, $0.count) }
        let name = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        return ["tsc\n", "kvm-clock\n", "hyperv_clocksource_tsc_page\n"].contains(name) && cthread_ticks() != 0
    }()
}
