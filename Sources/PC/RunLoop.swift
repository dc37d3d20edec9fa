import Bus
import Processor

/// What a machine's thread does all day: deliver what is due, run the processor until something else is, sleep while the guest is halted.
final class RunLoop {
    private unowned let machine: VirtualMachine
    private let board: Motherboard
    private let parts: MachineParts
    private let gate: Gate
    private var paused = false
    private var lastReport: UInt64 = 0
    private var lastResident: UInt64 = 0
    private var nextHash: UInt64 = 0
    /// What an instruction took lately, in ns of the host's clock.
    private var pace: UInt64 = 0

    init(_ parts: MachineParts, _ machine: VirtualMachine) throws(MachineError) {
        self.parts = parts
        self.machine = machine
        do { board = try Motherboard(parts, display: machine.display, wake: { [weak machine] in machine?.nudge() }) } catch {
            throw MachineError("\(error)")
        }
        if parts.profile != nil {
            do { try board.processor.startProfile() } catch { throw MachineError("\(error)") }
        }
        if let path = parts.snapshotPath {
            do { try board.restore(from: path, parts.snapshotWork) } catch .misfit(let differences) {
                throw MachineError("\(path): \(SnapshotFailure.misfit(differences)).")
            } catch { throw MachineError("\(error)") }
        }
        gate = try Gate(board, parts)
    }

    var attention: Attention { board.processor.attention }

    func shutDown() {
        if let report = board.processor.profileReport { parts.profile?(report) }
        board.shutDown()
    }

    func run(_ events: (VirtualMachine.Event) -> Void) -> VirtualMachine.End {
        do {
            let end = try follow(events)
            let isOurs =
                switch end {
                case .turnedOff, .saved: true
                default: false
                }
            try gate.end(byItself: !isOurs)
            return end
        } catch { return .failed("\(error)") }
    }

    private func follow(_ events: (VirtualMachine.Event) -> Void) throws(MachineError) -> VirtualMachine.End {
        board.time.start()
        if parts.startsStill { standStill() }
        while true {
            for command in try gate.enter(machine.takeCommands(), open: command) {
                try gate.note(command)
                if let end = perform(command, events) { return end }
            }
            if paused {
                machine.sleep(nil)
                continue
            }
            board.clock.runDue()
            board.deliverCompletions()
            if let end = board.requestedEnd { return end }
            let now = board.time.now
            report(now)
            if let end = hash() { return end }
            gate.hasDelivered()
            switch processorRuns(now) {
            case .budget, .attention: break
            case .halted:
                let deadline = min(board.clock.nextDeadline ?? .max, gate.deadline ?? .max)
                if let time = board.time as? InstructionTime, deadline != .max {
                    time.leap(to: deadline)
                } else {
                    if deadline == .max { gate.isAsleep() }
                    machine.sleep(deadline == .max ? nil : deadline &- min(deadline, board.time.now))
                }
            case .resetRequested:
                if parts.endsOnReset { return .resetAsEnd }
                board.initializeProcessor()
            case .shutdown:
                return .crashed(report: board.crashReport("Triple fault: no handler for the double fault. A PC would reset here."))
            }
            if let end = board.requestedEnd { return end }
            if board.takeHardReset() {
                if parts.endsOnReset { return .resetAsEnd }
                board.reset()
                events(.wasReset)
            }
        }
    }

    /// Until the next look at the clock.
    private func processorRuns(_ now: UInt64) -> StopReason {
        let deadline = board.clock.nextDeadline ?? .max
        let time = deadline > now ? deadline - now : 0
        guard board.time is InstructionTime else {
            // Fractions of a millisecond, less where something is due sooner, or where instructions take long: they write beside code, or to devices.
            let isFast = board.processor.engine == .recompiler
            let each = max(isFast ? 4 : 16, 2 &* pace), most: UInt64 = isFast ? 200_000 : 20_000
            let before = board.processor.instructionsExecuted
            let reason = board.processor.run(budget: Int(truncatingIfNeeded: min(time / each, most) + Self.leastRun))
            let executed = board.processor.instructionsExecuted &- before
            if executed >= Self.leastRun { pace = (board.time.now &- now) / executed }
            return reason
        }
        func instructions(_ time: UInt64) -> UInt64 {
            let each = InstructionTime.nanosecondsPerInstruction
            return max(time / each + (time % each == 0 ? 0 : 1), 1)
        }
        // Repeated instructions are left only where every run leaves them: where something is due, and at round counts.
        let executed = board.processor.instructionsExecuted
        let round = Self.roundCount - executed % Self.roundCount
        let whole = min(instructions(time), round)
        var budget = whole
        if let entry = gate.deadline { budget = min(budget, instructions(entry > now ? entry - now : 0)) }
        if parts.stateHash != nil { budget = min(budget, max(nextHash &- executed, 1)) }
        return board.processor.run(budget: Int(truncatingIfNeeded: budget), repeatBudget: Int(truncatingIfNeeded: whole))
    }

    private static let roundCount: UInt64 = 1 << 20
    private static let leastRun: UInt64 = 256

    /// A recorded event as the command that it was.
    private func command(_ entry: Recording.Entry) throws -> VirtualMachine.Command {
        switch entry.event {
        case .input(let event): .input(event)
        case .serial(let port, let bytes): .serialInput(port: port, bytes)
        case .medium(let slot, let path): .changeMedium(slot, try path.flatMap { try parts.openMedium(slot, $0) }, path: path)
        case .powerButton: .powerButton
        case .reset: .reset
        case .end: .turnOff
        }
    }

    private func hash() -> VirtualMachine.End? {
        guard let wanted = parts.stateHash, board.processor.instructionsExecuted >= nextHash else { return nil }
        nextHash = (board.processor.instructionsExecuted / wanted.interval + 1) &* wanted.interval
        do { wanted.report(board.processor.instructionsExecuted, try board.stateHash()) } catch { return .failed("\(error)") }
        return nil
    }

    private func report(_ now: UInt64) {
        guard now &- lastReport > 100_000_000 else { return }
        lastReport = now
        var resident: Int?
        if now &- lastResident > 2_000_000_000 {
            lastResident = now
            resident = board.ram.residentBytes
        }
        machine.report(
            instructions: board.processor.instructionsExecuted, residentBytes: resident, figures: board.figures,
            translation: board.processor.translationStatistics)
    }

    private func perform(_ command: VirtualMachine.Command, _ events: (VirtualMachine.Event) -> Void) -> VirtualMachine.End? {
        switch command {
        case .pause:
            guard !paused else { break }
            standStill()
            events(.paused)
        case .resume:
            guard paused else { break }
            paused = false
            board.goOn()
            events(.resumed)
        case .reset:
            board.reset()
            events(.wasReset)
        case .powerButton: board.pressPowerButton()
        case .turnOff: return .turnedOff
        case .input(let event): board.input(event)
        case .serialInput(let port, let bytes): board.serialInput(port, bytes)
        case .changeMedium(let slot, let medium, _): board.changeMedium(slot, medium)
        case .save(let request, let reply):
            if !paused { board.standStill() }
            defer { if !paused { board.goOn() } }
            do {
                let file = try board.save(request)
                reply(.success(file))
                if request.thenEnds { return .saved }
            } catch { reply(.failure(error)) }
        }
        return nil
    }

    private func standStill() {
        paused = true
        board.standStill()
    }
}
