import Contract
import Screens
import Workstation

/// Looks at the terminal on a serial port while it is shown. One thread's.
struct SerialWatcher {
    private let terminal: @Sendable (MachineID, Int) -> SerialTerminal?
    private var shown: (machine: MachineID, port: Int, generation: UInt64)?
    /// When to look again.
    private(set) var next = Double.infinity

    init(terminal: @escaping @Sendable (MachineID, Int) -> SerialTerminal?) { self.terminal = terminal }

    mutating func look(_ watched: (machine: MachineID, port: Int)?, at now: Double) -> Message? {
        guard let (machine, port) = watched, let terminal = terminal(machine, port) else {
            (shown, next) = (nil, .infinity)
            return nil
        }
        if shown?.machine != machine || shown?.port != port { (shown, next) = (nil, now) }
        guard now >= next else { return nil }
        next = now + 1.0 / 30
        guard shown?.generation != terminal.generation else { return nil }
        let (picture, generation) = terminal.current
        shown = (machine, port, generation)
        return .terminal(machine, port, picture)
    }
}
