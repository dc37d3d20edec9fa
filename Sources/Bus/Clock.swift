/// A device that asked to be called at a time. Events are values, so they are saved with the machine.
package protocol Clocked: AnyObject {
    /// - Parameters:
    ///   - kind: the device's own name for the event.
    ///   - time: the deadline asked for, in virtual ns; `now` may be later.
    func clockEvent(_ kind: UInt8, _ payload: UInt32, at time: UInt64)
}

/// Where the machine's time comes from: the host's clock, or the count of executed instructions.
package protocol TimeSource: AnyObject {
    /// Virtual nanoseconds since power-on; never goes back.
    var now: UInt64 { get }
    /// How `now` follows from the host's time-stamp counter until the machine's thread sets it anew between two runs of the processor; nil where it
    /// does not.
    var counter: HostCounter? { get }
    /// Whether `counter` is there whenever time runs; fixed for life.
    var hasCounter: Bool { get }
}

extension TimeSource {
    package var hasCounter: Bool { false }
    package var counter: HostCounter? { nil }
}

/// Virtual time and the queue of what is due.
package final class Clock {
    package struct Event: Codable, Equatable, Sendable {
        package var slot: String
        package var kind: UInt8
        package var payload: UInt32
        package var deadline: UInt64
    }

    private struct Pending {
        var slot: Int
        var kind: UInt8
        var payload: UInt32
        var deadline: UInt64
    }

    private let source: any TimeSource
    private var names: [String] = []
    private var devices: [any Clocked] = []
    private var pending: [Pending] = []
    /// A deadline earlier than all before was set: the run loop must look again.
    package var onEarlierDeadline: (() -> Void)?

    package init(_ source: any TimeSource) { self.source = source }

    package var now: UInt64 { source.now }
    /// The earliest deadline, or nil when nothing is due.
    package var nextDeadline: UInt64? { pending.map(\.deadline).min() }

    /// A device's access to the clock under the board's name for it. Names are unique: saved events are found by them.
    package func port(_ name: String) -> ClockPort {
        precondition(!names.contains(name), "two devices named \(name)")
        names.append(name)
        devices.append(Unclocked.shared)
        return ClockPort(clock: self, slot: names.count - 1)
    }

    fileprivate func connect(_ slot: Int, _ device: any Clocked) { devices[slot] = device }

    fileprivate func schedule(_ slot: Int, _ kind: UInt8, _ payload: UInt32, _ deadline: UInt64) {
        cancel(slot, kind)
        let earliest = nextDeadline ?? .max
        pending.append(Pending(slot: slot, kind: kind, payload: payload, deadline: deadline))
        if deadline < earliest { onEarlierDeadline?() }
    }

    fileprivate func cancel(_ slot: Int, _ kind: UInt8) { pending.removeAll { $0.slot == slot && $0.kind == kind } }
    fileprivate func deadline(_ slot: Int, _ kind: UInt8) -> UInt64? { pending.first { $0.slot == slot && $0.kind == kind }?.deadline }

    /// Delivers everything due by now, in order of deadline, then of slot and kind.
    package func runDue() {
        while true {
            let now = source.now
            guard
                let next = pending.indices.min(by: {
                    (pending[$0].deadline, pending[$0].slot, pending[$0].kind) < (pending[$1].deadline, pending[$1].slot, pending[$1].kind)
                }), pending[next].deadline <= now
            else { return }
            let event = pending.remove(at: next)
            devices[event.slot].clockEvent(event.kind, event.payload, at: event.deadline)
        }
    }

    /// Pending events by name, in a fixed order, for the snapshot.
    package var events: [Event] {
        pending.map { Event(slot: names[$0.slot], kind: $0.kind, payload: $0.payload, deadline: $0.deadline) }
            .sorted { ($0.deadline, $0.slot, $0.kind) < ($1.deadline, $1.slot, $1.kind) }
    }

    /// Replaces all pending events.
    package func restore(_ events: [Event]) throws(SnapshotError) {
        var restored: [Pending] = []
        for event in events {
            guard let slot = names.firstIndex(of: event.slot) else { throw SnapshotError("clock", "event for unknown device \(event.slot)") }
            restored.append(Pending(slot: slot, kind: event.kind, payload: event.payload, deadline: event.deadline))
        }
        pending = restored
        onEarlierDeadline?()
    }
}

private final class Unclocked: Clocked, Sendable {
    static let shared = Unclocked()
    func clockEvent(_ kind: UInt8, _ payload: UInt32, at time: UInt64) {}
}

/// One device's wire to the clock. At most one event per kind is pending; scheduling again moves it.
package struct ClockPort {
    private unowned let clock: Clock
    private let slot: Int

    fileprivate init(clock: Clock, slot: Int) {
        self.clock = clock
        self.slot = slot
    }

    /// Call once from the device's `init`, as its last act.
    package func connect(_ device: any Clocked) { clock.connect(slot, device) }
    /// Virtual nanoseconds since power-on.
    package var now: UInt64 { clock.now }
    package func schedule(_ kind: UInt8, at deadline: UInt64, payload: UInt32 = 0) { clock.schedule(slot, kind, payload, deadline) }
    package func cancel(_ kind: UInt8) { clock.cancel(slot, kind) }
    package func deadline(of kind: UInt8) -> UInt64? { clock.deadline(slot, kind) }
}
