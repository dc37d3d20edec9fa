import Bus
import Processor

/// What a machine's thread does all day: deliver what is due, run the processor until something else is, sleep while the guest is halted.
final class RunLoop {
    private unowned let machine: VirtualMachine
    private let board: Motherboard
    private let parts: MachineParts
    private var paused = false
    private var lastReport: UInt64 = 0
    private var lastResident: UInt64 = 0
    private var nextHash: UInt64 = 0

    init(_ parts: MachineParts, _ machine: VirtualMachine) throws(MachineError) {
        self.parts = parts
        self.machine = machine
        do { board = try Motherboard(parts, display: machine.display, wake: { [weak machine] in machine?.nudge() }) } catch {
            throw MachineError("\(error)")
        }
        if let path = parts.snapshotPath { try board.restore(from: path) }
    }

    var attention: Attention { board.processor.attention }

    func shutDown() { board.shutDown() }

    func run(_ events: (VirtualMachine.Event) -> Void) -> VirtualMachine.End {
        board.time.start()
        while true {
            for command in machine.takeCommands() {
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
            let deadline = board.clock.nextDeadline ?? .max
            switch board.processor.run(budget: budget(until: deadline, now)) {
            case .budget, .attention: break
            case .halted:
                if let time = board.time as? InstructionTime, deadline != .max {
                    time.leap(to: deadline)
                } else {
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

    /// Instructions until the next look at the clock.
    private func budget(until deadline: UInt64, _ now: UInt64) -> Int {
        let time = deadline > now ? deadline - now : 0
        var budget: UInt64
        if board.time is InstructionTime {
            budget = min(time / InstructionTime.nanosecondsPerInstruction, 1_000_000) + 1
        } else {
            // At most a third of a millisecond, less where something is due sooner.
            budget = min(time / 16, 20_000) + 64
        }
        if parts.stateHash != nil { budget = min(budget, max(nextHash &- board.processor.instructionsExecuted, 1)) }
        return Int(truncatingIfNeeded: budget)
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
        machine.report(instructions: board.processor.instructionsExecuted, residentBytes: resident)
    }

    private func perform(_ command: VirtualMachine.Command, _ events: (VirtualMachine.Event) -> Void) -> VirtualMachine.End? {
        switch command {
        case .pause:
            guard !paused else { break }
            paused = true
            board.time.stop()
            events(.paused)
        case .resume:
            guard paused else { break }
            paused = false
            board.time.start()
            events(.resumed)
        case .reset:
            board.reset()
            events(.wasReset)
        case .powerButton: board.pressPowerButton()
        case .turnOff: return .turnedOff
        case .input(let event): board.input(event)
        case .serialInput(let port, let bytes): board.serialInput(port, bytes)
        case .changeMedium(let slot, let medium): board.changeMedium(slot, medium)
        case .save(let path, let reply):
            do {
                try board.save(to: path)
                reply(.success(()))
            } catch { reply(.failure(error)) }
        }
        return nil
    }
}
