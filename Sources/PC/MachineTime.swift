import Bus
import Glibc

/// Virtual time, and what it follows.
class MachineTime: TimeSource {
    /// Virtual nanoseconds when time last began to follow its source.
    fileprivate var base: UInt64 = 0
    fileprivate(set) var isRunning = false

    /// What time follows, in ns; never goes back.
    fileprivate var source: UInt64 { 0 }
    private var sourceAtBase: UInt64 = 0

    /// What is added to the source while time runs.
    fileprivate final var lead: UInt64 { base &- sourceAtBase }
    var counter: HostCounter? { nil }
    var hasCounter: Bool { false }
    /// Between two runs of the processor: keeps to the clock.
    func lookAtClock() {}

    final var now: UInt64 { isRunning ? base &+ source &- sourceAtBase : base }

    final func start() {
        guard !isRunning else { return }
        sourceAtBase = source
        isRunning = true
    }

    final func stop() {
        base = now
        isRunning = false
    }

    final func set(_ time: UInt64) {
        base = time
        sourceAtBase = source
    }
}

/// Follows the host's monotonic clock: by the host's time-stamp counter where the kernel trusts it, which costs a fifth of asking the kernel, and which
/// translated code reads itself.
final class HostTime: MachineTime {
    private struct Measure {
        var ticks, clock: UInt64
        static func take() -> Measure {
            // The clock between two looks at the counter; of a few the one that was least disturbed.
            var best = (width: UInt64.max, measure: Measure(ticks: 0, clock: 0))
            for _ in 0..<5 {
                let before = HostCounter.ticks, clock = HostTime.monotonic, after = HostCounter.ticks
                if after &- before < best.width { best = (after &- before, Measure(ticks: before &+ (after &- before) / 2, clock: clock)) }
            }
            return best.measure
        }
        /// ns per tick, times 2^32.
        func rate(since first: Measure) -> UInt64 {
            guard ticks > first.ticks, clock > first.clock else { return 0 }
            return UInt64(min(Double(clock - first.clock) / Double(ticks - first.ticks), 1e6) * 4_294_967_296)
        }
    }
    /// The process's first look, and the rate after its first two thousandths of a second.
    private static let first: (measure: Measure, rate: UInt64)? = {
        guard HostCounter.isTrusted else { return nil }
        let start = Measure.take()
        while HostTime.monotonic &- start.clock < 2_000_000 {}
        let rate = Measure.take().rate(since: start)
        return rate > 0 ? (start, rate) : nil
    }()

    private var line: HostCounter?
    private var lastLook: UInt64 = 0
    private static let between: UInt64 = 250_000_000

    override init() {
        if let (measure, rate) = HostTime.first { line = HostCounter(ticks: measure.ticks, rate: rate, time: measure.clock) }
        super.init()
        look()
    }

    override var source: UInt64 { line.map { $0.time(at: HostCounter.ticks) } ?? HostTime.monotonic }

    override var counter: HostCounter? {
        guard isRunning, var line else { return nil }
        line.time = line.time &+ lead
        return line
    }

    override var hasCounter: Bool { line != nil }

    override func lookAtClock() {
        if line != nil, source &- lastLook > Self.between { look() }
    }

    /// Bends the line towards the clock.
    private func look() {
        guard let line, let first = HostTime.first?.measure else { return }
        let measure = Measure.take()
        let far = measure.clock &- first.clock > 50_000_000
        self.line = line.bent(at: measure.ticks, rate: far ? measure.rate(since: first) : line.rate, towards: measure.clock)
        lastLook = measure.clock
    }

    private static var monotonic: UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// The host's time of day, ns since 1970.
    static var sinceEpoch: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Follows the count of executed instructions, so that every run is the same: 100 million instructions are a second. While the guest is
/// halted time leaps to what is due next.
final class InstructionTime: MachineTime {
    static let nanosecondsPerInstruction: UInt64 = 10
    var instructions: () -> UInt64 = { 0 }
    override var source: UInt64 { instructions() &* Self.nanosecondsPerInstruction }

    func leap(to time: UInt64) { if time > now { set(time) } }
}
