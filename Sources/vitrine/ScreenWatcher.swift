import Bus
import Contract
import Picture
import Screens

/// Looks at the screens that are shown, each in its own time, and says which of them changed. One thread's.
struct ScreenWatcher {
    private struct State {
        var display: Display
        var generation: UInt64?
        var next = 0.0
        /// When it last changed or a key was pressed: a still screen is looked at less often.
        var lastMotion: Double
        var shown: Picture?
        /// Asked to refresh at its full rate.
        var isHurried = false
    }
    private let display: @Sendable (MachineID) -> Display?
    private var states: [MachineID: State] = [:]
    /// When to look again.
    private(set) var next = Double.infinity

    init(display: @escaping @Sendable (MachineID) -> Display?) { self.display = display }

    /// What changed since the last look.
    /// - Parameter pace: seconds for which nothing is looked at.
    mutating func look(_ watched: [Watch], at now: Double, pace: Double) -> [Message] {
        for (machine, state) in states where !watched.contains(where: { $0.machine == machine }) {
            if state.isHurried { state.display.removeWatcher() }
            states[machine] = nil
        }
        next = .infinity
        var messages: [Message] = []
        for watch in watched {
            guard let display = display(watch.machine) else { continue }
            var state = states[watch.machine] ?? State(display: display, lastMotion: now)
            if state.display !== display {
                if state.isHurried { state.display.removeWatcher() }
                state = State(display: display, lastMotion: now)
            }
            let hurries = watch.interval <= 0.1
            if hurries != state.isHurried {
                if hurries { display.addWatcher() } else { display.removeWatcher() }
                state.isHurried = hurries
            }
            if pace > 0 {
                state.next = max(state.next, now + pace)
            } else if now >= state.next {
                // Screens with the same interval are looked at together, so that one frame shows what changed on all of them.
                let interval = now - state.lastMotion > 2 ? max(watch.interval, 0.1) : watch.interval
                state.next = ((now / interval).rounded(.down) + 1) * interval
                let (picture, generation) = display.current
                if generation != state.generation {
                    state.generation = generation
                    if picture != state.shown {
                        (state.shown, state.lastMotion) = (picture, now)
                        messages.append(.picture(watch.machine, picture))
                    }
                }
            }
            next = min(next, state.next)
            states[watch.machine] = state
        }
        return messages
    }

    /// What a key does to a guest is seen soon after it.
    mutating func expectMotion(at now: Double) {
        states = states.mapValues { state in
            var state = state
            (state.lastMotion, state.next) = (now, min(state.next, now + 0.015))
            return state
        }
        next = min(next, now + 0.015)
    }
}
