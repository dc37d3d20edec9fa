import Bus

/// Where what is outside enters a machine: at moments that can be written down and found again.
///
/// Under instruction time a moment is a pair of virtual time and count of instructions, at the end of a block or in a guest's sleep, and what enters
/// comes before what is due by then. So a moment is over once the run loop has delivered what was due: a sleeping guest's time goes on by a
/// nanosecond, a running guest runs to where it next looks up.
final class Gate {
    private let board: Motherboard
    private let time: InstructionTime?
    private let recorder: Recorder?
    private let replay: [Recording.Entry]?
    private var next = 0
    private var waiting: [VirtualMachine.Command] = []
    private var delivered: Recording.Moment?
    private var sleeps = false

    init(_ board: Motherboard, _ parts: MachineParts) throws(MachineError) {
        self.board = board
        time = board.time as? InstructionTime
        replay = parts.replay?.entries
        guard parts.recordPath != nil || parts.replay != nil else {
            recorder = nil
            return
        }
        guard time != nil else { throw MachineError("a machine repeats itself only under --clock instructions: give it too") }
        let options = board.recordedOptions
        if let recorded = parts.replay?.options {
            for (name, value) in options.sorted(by: { $0.key < $1.key }) where recorded[name] != value {
                throw MachineError("the recording was made with \(name) \(recorded[name] ?? "unknown"); this machine has \(value).")
            }
        }
        recorder = if let path = parts.recordPath { try Recorder(path, options: options) } else { nil }
    }

    private var now: Recording.Moment { .init(time: board.time.now, instructions: board.processor.instructionsExecuted) }

    /// What is due up to now has been delivered.
    func hasDelivered() {
        sleeps = false
        if time != nil { delivered = now }
    }

    /// The guest sleeps, and nothing is due.
    func isAsleep() { sleeps = true }

    /// When the next recorded event enters, virtual ns.
    var deadline: UInt64? {
        guard let replay, replay.indices.contains(next) else { return nil }
        return replay[next].moment.time
    }

    /// What may enter now: of `commands` and those that came before them, or of the recording. A recorded end is a command to turn off.
    func enter(_ commands: [VirtualMachine.Command], open: (Recording.Entry) throws -> VirtualMachine.Command) throws(MachineError)
        -> [VirtualMachine.Command]
    {
        // While a recording is followed nothing else enters.
        waiting += replay == nil ? commands : commands.filter { $0.event == nil }
        if !waiting.isEmpty, let time, now == delivered {
            guard sleeps else { return [] }
            time.leap(to: time.now + 1)
        }
        var entering: [VirtualMachine.Command] = []
        while let replay, replay.indices.contains(next), replay[next].moment.time <= board.time.now {
            let entry = replay[next]
            guard entry.moment == now else { throw strayed(entry) }
            next += 1
            do { entering.append(try open(entry)) } catch { throw MachineError("line \(entry.line) of the recording: \(error)") }
        }
        entering += waiting
        waiting = []
        return entering
    }

    private func strayed(_ entry: Recording.Entry) -> MachineError {
        MachineError(
            """
            the machine has left its recording: it is at \(now.time) ns and instruction \(now.instructions), where line \(entry.line) has \
            \(entry.moment.time) ns and \(entry.moment.instructions). Disks must hold what they held when it was made (--snapshot keeps them so), \
            and Vitrine must be the same.
            """)
    }

    /// Writes down what is about to enter.
    func note(_ command: VirtualMachine.Command) throws(MachineError) {
        if let event = command.event { try recorder?.add(event, at: now) }
    }

    /// The machine has ended.
    /// - Parameter byItself: the guest's doing, which a recording that is followed must have too.
    func end(byItself: Bool) throws(MachineError) {
        try recorder?.add(.end, at: now)
        guard byItself, let replay, replay.indices.contains(next), replay[next].event != .end || replay[next].moment != now else { return }
        throw strayed(replay[next])
    }
}
