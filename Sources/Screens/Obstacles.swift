import Contract
import TUI

/// Why an action would do nothing now.
struct Obstacle: Equatable, Sendable {
    /// In the help, beside the action.
    var short: String
    /// On the event line: the reason, then the key that would help.
    var long: String
}

extension Model {
    func obstacle(to action: Action) -> Obstacle? {
        switch action {
        case .open, .start, .pause, .save, .power, .turnOff, .reset, .discard, .media, .sendKeys, .edit, .clone, .delete, .tags:
            if isBulk(action) { return obstacleToMarked(action) }
            guard let machine = selectedMachine else {
                if finder.isActive, page == .machines { return Obstacle(short: words("nothing matches"), long: nothingMatches) }
                return Obstacle(short: words("no machine"), long: words("No machine is selected. N makes one."))
            }
            return obstacle(to: action, machine)
        case .mark, .markAll, .sort, .reverseSort:
            guard page == .machines else { return nil }
            return machines.isEmpty ? Obstacle(short: words("no machine"), long: words("There is no machine yet. N makes one.")) : nil
        case .copy where page == .machines:
            guard let machine = selectedMachine, machine.screenAddress == nil else { return nil }
            if machine.state == .running || machine.state == .paused {
                return Obstacle(short: words("no address"), long: words("%1 has no screen address. E gives it one.", machine.name))
            }
            return Obstacle(short: words("no address"), long: words("%1 has no screen address now. S starts it.", machine.name))
        case .undo: return undo.done.isEmpty ? Obstacle(short: words("nothing to undo"), long: words("There is nothing to undo.")) : nil
        case .redo: return undo.undone.isEmpty ? Obstacle(short: words("nothing to redo"), long: words("There is nothing to do again.")) : nil
        default: return nil
        }
    }

    var nothingMatches: String { words("Nothing matches %1. Esc clears the filter.", finder.query.text) }

    /// None of the marked would do it: the reasons.
    private func obstacleToMarked(_ action: Action) -> Obstacle? {
        let reasons = markedMachines.compactMap { obstacle(to: action, $0)?.short }
        guard reasons.count == markedMachines.count, let first = reasons.first else { return nil }
        let short = reasons.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }.joined(separator: ", ")
        if reasons.count == 1, let machine = markedMachines.first { return obstacle(to: action, machine) }
        let each = zip(markedMachines, reasons).map { "\($0.name): \($1)" }.joined(separator: ", ")
        return Obstacle(short: short, long: reasons.allSatisfy { $0 == first } ? words("all %1 marked: %2.", reasons.count, first) : "\(each).")
    }

    func obstacle(to action: Action, _ machine: MachineSummary) -> Obstacle? {
        let name = machine.name
        func key(_ action: Action) -> String { keymap.label(action) }
        if !machine.isReadable {
            if action == .delete { return nil }
            return Obstacle(short: words("cannot be read"), long: words("%1 cannot be read: correct its file, or %2 deletes it.", name, key(.delete)))
        }
        if action != .turnOff, action != .open, isFetching(machine) {
            return Obstacle(short: words("is being fetched"), long: words("%1 is being fetched. %2 cancels.", name, key(.cancel)))
        }
        switch action {
        case .start: return obstacleToStart(machine)
        case .pause, .power, .reset, .save, .turnOff, .sendKeys: return obstacleToLive(action, machine)
        case .discard:
            guard machine.state != .saved else { return nil }
            return Obstacle(
                short: words("nothing saved"),
                long: words("%1 has no saved state.", name)
                    + (machine.state == .running || machine.state == .paused ? " " + words("%1 makes one.", key(.save)) : ""))
        // While a machine runs its form takes name, tags and notes.
        case .edit: return nil
        case .clone, .delete:
            if action == .delete, machine.isSample {
                return Obstacle(short: words("comes with Vitrine"), long: words("%1 comes with Vitrine and stays.", name))
            }
            if action == .clone, machine.fetch != nil {
                return Obstacle(short: words("not fetched yet"), long: words("%1 is not fetched yet. %2 fetches it.", name, key(.start)))
            }
            switch machine.state {
            case .off, .crashed, .saved: return nil
            default:
                return Obstacle(short: words("turn off first"), long: words("%1 is %2. %3 turns it off.", name, words(machine.state), key(.turnOff)))
            }
        case .media:
            return machine.removable.isEmpty
                ? Obstacle(short: words("no drive"), long: words("%1 has no CD or floppy drive. %2 adds one.", name, key(.edit))) : nil
        default: return nil
        }
    }

    private func obstacleToStart(_ machine: MachineSummary) -> Obstacle? {
        let name = machine.name
        switch machine.state {
        case .off, .crashed, .saved: return nil
        case .paused: return Obstacle(short: words("is paused"), long: words("%1 is paused. %2 resumes it.", name, keymap.label(.pause)))
        case .starting: return Obstacle(short: words("starts already"), long: words("%1 is starting. %2 turns it off.", name, keymap.label(.turnOff)))
        case .restoring:
            return Obstacle(short: words("starts already"), long: words("%1 is being restored. %2 shows its screen.", name, keymap.label(.open)))
        case .stopping, .saving:
            return Obstacle(
                short: words("is %1", words(machine.state)),
                long: words("%1 is %2. %3 starts it once that is done.", name, words(machine.state), keymap.label(.start)))
        case .running: return Obstacle(short: words("runs already"), long: words("%1 runs already. %2 shows its screen.", name, keymap.label(.open)))
        }
    }

    /// What only a machine that is on can do.
    private func obstacleToLive(_ action: Action, _ machine: MachineSummary) -> Obstacle? {
        let name = machine.name
        switch (action, machine.state) {
        case (.power, .paused), (.sendKeys, .paused):
            return Obstacle(short: words("is paused"), long: words("%1 is paused. %2 resumes it.", name, keymap.label(.pause)))
        case (_, .running), (_, .paused): return nil
        case (.turnOff, .starting), (.turnOff, .stopping), (.turnOff, .restoring): return nil
        case (_, .off): return Obstacle(short: words("is off"), long: words("%1 is off. %2 starts it.", name, keymap.label(.start)))
        case (_, .crashed): return Obstacle(short: words("crashed"), long: words("%1 crashed. %2 starts it again.", name, keymap.label(.start)))
        case (.save, .saved):
            return Obstacle(short: words("is saved"), long: words("%1 is saved already. %2 restores it.", name, keymap.label(.open)))
        case (_, .saved): return Obstacle(short: words("is saved"), long: words("%1 is saved. %2 restores it.", name, keymap.label(.open)))
        default: return Obstacle(short: words("is %1", words(machine.state)), long: words("%1 is %2.", name, words(machine.state)))
        }
    }
}
