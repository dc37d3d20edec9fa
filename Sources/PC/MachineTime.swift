import Bus
import Glibc

/// Virtual time that follows the host's monotonic clock while the machine runs and stands still while it does not.
package final class MachineTime: TimeSource {
    private var elapsed: UInt64
    private var startedAt: UInt64?

    package init(startingAt elapsed: UInt64 = 0) { self.elapsed = elapsed }

    package var now: UInt64 { startedAt.map { elapsed &+ Self.host &- $0 } ?? elapsed }

    package func start() { if startedAt == nil { startedAt = Self.host } }
    package func stop() {
        elapsed = now
        startedAt = nil
    }
    package func set(_ time: UInt64) {
        elapsed = time
        if startedAt != nil { startedAt = Self.host }
    }

    static var host: UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
