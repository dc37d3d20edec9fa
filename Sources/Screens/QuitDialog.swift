import Contract
import TUI

/// The end of the process, and what becomes of the machines that live in it.
extension Dialog {
    /// The default loses nothing; where a state cannot be saved, that is to stay.
    static func quit(_ live: [MachineSummary]) -> Dialog {
        var dialog = Dialog(
            kind: .quit(saves: false), title: "Quit Vitrine",
            answers: [
                Answer(label: "Save and quit", choice: .act, letter: "s", hint: "save and quit"),
                Answer(label: "Power off", choice: .other, letter: "p", hint: "power buttons"),
                Answer(label: "Turn off", choice: .third, letter: "t", hint: "turn off"),
                Answer(label: "Stay", choice: .cancel, letter: nil, hint: ""),
            ])
        if live.contains(where: { $0.savingObstacle != nil }) { dialog.focus = dialog.count - 1 }
        return dialog
    }
}

extension MachineSummary {
    /// Why its state cannot be saved now.
    var savingObstacle: String? {
        switch state {
        case .running, .paused: nil
        case .saving: "is being saved already"
        case .starting: fetch == nil ? "is starting: no state yet" : "is being fetched: no state yet"
        case .restoring: "is being restored: no state yet"
        case .stopping: "is stopping: too late to save"
        case .off, .saved, .crashed: "is \(state.rawValue)"
        }
    }
}

extension Model {
    mutating func quit() -> [Effect] {
        let live = liveMachines
        if live.isEmpty { return [.submit(.shutDown, .shutDown)] }
        // Asked anew, so what was decided before does not hold.
        quitsWhenOff = false
        dialog = .quit(live)
        return []
    }

    mutating func chooseToQuit(_ choice: Dialog.Choice, _ dialog: Dialog) -> [Effect] {
        switch choice {
        case .act:
            guard !liveMachines.isEmpty else { return [.submit(.shutDown, .shutDown)] }
            var dialog = dialog
            (dialog.kind, dialog.refusal, dialog.subjects) = (.quit(saves: true), "", liveMachines.map(\.id))
            (dialog.answers, dialog.focus) = (dialog.answers.suffix(1), 0)
            self.dialog = dialog
            return [.submit(.saveAll, .saveAll)]
        case .third:
            say("Turning machines off.")
            return [.submit(.shutDown, .shutDown)]
        default:
            let live = liveMachines, running = live.filter { $0.state == .running }
            quitsWhenOff = true
            let rest = live.count - running.count
            say(
                "Waiting for \(running.count) to turn off"
                    + (rest == 0 ? "" : "; \(rest) cannot react") + ". \(keymap.label(.turnOff)) turns off one that does not.")
            return running.map { .submit(.powerButton($0.id), .action(.power, $0.id)) }
        }
    }

    /// All states are on disk, or one of them could not be written.
    mutating func savedAll(_ result: Result<KeeperReply, KeeperError>) -> [Effect] {
        guard var dialog, case .quit(saves: true) = dialog.kind else {
            if case .failure(let error) = result { say(error.description, error: true) }
            return []
        }
        switch result {
        case .success: return [.submit(.shutDown, .shutDown)]
        case .failure(let error):
            dialog = .quit(liveMachines)
            dialog.refusal = error.description
            dialog.focus = dialog.count - 1
            self.dialog = dialog
            return []
        }
    }

    /// Esc before the last one is saved: what is still being written is given up, and its machine goes on.
    mutating func stopSaving() -> [Effect] {
        dialog = nil
        let saving = jobs.filter { $0.kind == .save && !$0.phase.isOver && $0.canCancel }
        say("Not quitting. Machines that are saved already wait for \(keymap.label(.start)).")
        return saving.map { .submit(.cancelJob($0.id), .action(.cancel, $0.machine)) }
    }

    /// A machine in the question: what it takes and what becomes of it, or how far that is.
    func quitLines(_ dialog: Dialog) -> [DialogLine] {
        let saves = dialog.kind == .quit(saves: true)
        let live = saves ? dialog.subjects.compactMap(machine) : liveMachines
        var lines: [DialogLine] = [
            .text(
                saves
                    ? "States are written; Vitrine quits after the last."
                    : "\(live.count == 1 ? "1 machine lives" : "\(live.count) machines live") in this process and end\(live.count == 1 ? "s" : "") with it."
            ), .text(""),
        ]
        let shown = live.sorted { saves && $0.state != .saved && $1.state == .saved }.prefix(8)
        for machine in shown {
            let job = jobs.first { $0.kind == .save && $0.machine == machine.id && !$0.phase.isOver }
            var fraction: Double?
            if let job, let total = job.total, total > 0 { fraction = min(1, Double(job.done) / Double(total)) }
            let memory = machine.residentMiB ?? machine.memoryMiB
            let text: String
            if machine.state == .saved {
                text = "saved"
            } else if saves {
                text = job == nil ? "waits" : "is being saved"
            } else {
                text = machine.savingObstacle ?? (size.width < 60 ? "" : "state is saved in ") + Format.savingTime(memory)
            }
            lines.append(.machine(machine, memory: memory, text: text, fraction: saves ? fraction : nil))
        }
        if live.count > 8 { lines.append(.text("  and \(live.count - 8) more")) }
        let sum = live.filter { $0.savingObstacle == nil }.reduce(0) { $0 &+ ($1.residentMiB ?? $1.memoryMiB) }
        if !saves {
            lines += [.text("")]
            lines.append(.text("\(Format.grouped(sum)) MB to write at most. On the next start each machine goes on where it stood."))
        }
        return lines
    }
}
