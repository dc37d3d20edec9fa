import Foundation
import Glibc

/// What a process has used.
package struct Usage {
    /// Seconds, of all its threads, ended ones as well.
    package var cpu: Double
    /// Seconds of the host's monotonic clock.
    package var wall: Double
    /// The largest resident size so far.
    package var peakKiB: Int

    package init(cpu: Double, wall: Double, peakKiB: Int) { (self.cpu, self.wall, self.peakKiB) = (cpu, wall, peakKiB) }

    static func now() -> Double { seconds(CLOCK_MONOTONIC) ?? 0 }

    /// nil: there is no such process any more.
    static func cpu(of process: pid_t) -> Double? {
        var clock = clockid_t()
        return unsafe clock_getcpuclockid(process, &clock) == 0 ? seconds(clock) : nil
    }

    static func peak(of process: pid_t) -> Int {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8) else { return 0 }
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line.flatMap { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? Int($0.filter(\.isNumber)) } ?? 0
    }

    /// Whether each of its threads stands still.
    static func isStopped(_ process: pid_t) -> Bool {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
        return threads.allSatisfy { thread in
            guard let stat = try? String(contentsOfFile: "/proc/\(process)/task/\(thread)/stat", encoding: .utf8) else { return true }
            // proc(5): the name in parentheses may hold anything, the state follows it.
            return stat.lastIndex(of: ")").map { "TtZX".contains(stat[$0...].dropFirst(2).prefix(1)) } ?? true
        }
    }

    private static func seconds(_ clock: clockid_t) -> Double? {
        var time = timespec()
        guard unsafe clock_gettime(clock, &time) == 0 else { return nil }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
