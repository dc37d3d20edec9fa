import Contract
import TUI

/// The end of the process, and what becomes of the machines that live in it.
extension Dialog {
    /// The default loses nothing; where a state cannot be saved, that is to stay.
    static func quit(_ live: [MachineSummary], _ words: Language) -> Dialog {
        var dialog = Dialog(
            kind: .quit(saves: false), title: words("Quit Vitrine"),
            answers: [
                Answer(label: words("Save and quit"), choice: .act, letter: "s", hint: words("save and quit")),
                Answer(label: words("Power off"), choice: .other, letter: "p", hint: words("power buttons")),
                Answer(label: words("Turn off"), choice: .third, letter: "t", hint: words("turn off")),
                Answer(label: words("Stay"), choice: .cancel, letter: nil, hint: ""),
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
        dialog = .quit(live, words)
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
            say(words("Turning machines off."))
            return [.submit(.shutDown, .shutDown)]
        default:
            let live = liveMachines, running = live.filter { $0.state == .running }
            quitsWhenOff = true
            let rest = live.count - running.count
            say(
                words("Waiting for %1 to turn off", running.count)
                    + (rest == 0 ? "" : words("; %1 cannot react", rest)) + words(". %1 turns off one that does not.", keymap.label(.turnOff)))
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
            dialog = .quit(liveMachines, words)
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
        say(words("Not quitting. Machines that are saved already wait for %1.", keymap.label(.start)))
        return saving.map { .submit(.cancelJob($0.id), .action(.cancel, $0.machine)) }
    }

    private func savingNote(_ memory: Int) -> String {
        let time = Format.savingTime(memory, words)
        return size.width < 60 ? time : words("state is saved in %1", time)
    }

    /// A machine in the question: what it takes and what becomes of it, or how far that is.
    func quitLines(_ dialog: Dialog) -> [DialogLine] {
        let saves = dialog.kind == .quit(saves: true)
        let live = saves ? dialog.subjects.compactMap(machine) : liveMachines
        var lines: [DialogLine] = [
            .text(
                saves
                    ? words("States are written; Vitrine quits after the last.")
                    : live.count == 1
                        ? words("1 machine lives in this process and ends with it.")
                        : words("%1 machines live in this process and end with it.", live.count)
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
                text = words("saved")
            } else if saves {
                text = job == nil ? words("waits") : words("is being saved")
            } else {
                text = machine.savingObstacle.map { words($0) } ?? savingNote(memory)
            }
            lines.append(.machine(machine, memory: memory, text: text, fraction: saves ? fraction : nil))
        }
        if live.count > 8 { lines.append(.text("  " + words("and %1 more", live.count - 8))) }
        let sum = live.filter { $0.savingObstacle == nil }.reduce(0) { $0 &+ ($1.residentMiB ?? $1.memoryMiB) }
        if !saves {
            lines += [.text("")]
            lines.append(.text(words("%1 MB to write at most. On the next start each machine goes on where it stood.", Format.grouped(sum))))
        }
        return lines
    }
}
