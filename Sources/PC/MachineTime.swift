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

/// Follows the host's monotonic clock.
final class HostTime: MachineTime {
    override var source: UInt64 {
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
