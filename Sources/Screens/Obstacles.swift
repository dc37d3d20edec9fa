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
                if finder.isActive, page == .machines { return Obstacle(short: "nothing matches", long: nothingMatches) }
                return Obstacle(short: "no machine", long: "No machine is selected. N makes one.")
            }
            return obstacle(to: action, machine)
        case .mark, .markAll, .sort, .reverseSort:
            guard page == .machines else { return nil }
            return machines.isEmpty ? Obstacle(short: "no machine", long: "There is no machine yet. N makes one.") : nil
        case .copy where page == .machines:
            guard let machine = selectedMachine, machine.screenAddress == nil else { return nil }
            if machine.state == .running || machine.state == .paused {
                return Obstacle(short: "no address", long: "\(machine.name) has no screen address. E gives it one.")
            }
            return Obstacle(short: "no address", long: "\(machine.name) has no screen address now. S starts it.")
        case .undo: return undo.done.isEmpty ? Obstacle(short: "nothing to undo", long: "There is nothing to undo.") : nil
        case .redo: return undo.undone.isEmpty ? Obstacle(short: "nothing to redo", long: "There is nothing to do again.") : nil
        default: return nil
        }
    }

    var nothingMatches: String { "Nothing matches \(finder.query.text). Esc clears the filter." }

    /// None of the marked would do it: the reasons.
    private func obstacleToMarked(_ action: Action) -> Obstacle? {
        let reasons = markedMachines.compactMap { obstacle(to: action, $0)?.short }
        guard reasons.count == markedMachines.count, let first = reasons.first else { return nil }
        let short = reasons.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }.joined(separator: ", ")
        if reasons.count == 1, let machine = markedMachines.first { return obstacle(to: action, machine) }
        let each = zip(markedMachines, reasons).map { "\($0.name): \($1)" }.joined(separator: ", ")
        return Obstacle(short: short, long: reasons.allSatisfy { $0 == first } ? "all \(reasons.count) marked: \(first)." : "\(each).")
    }

    func obstacle(to action: Action, _ machine: MachineSummary) -> Obstacle? {
        let name = machine.name
        func key(_ action: Action) -> String { keymap.label(action) }
        if !machine.isReadable {
            if action == .delete { return nil }
            return Obstacle(short: "cannot be read", long: "\(name) cannot be read: correct its file, or \(key(.delete)) deletes it.")
        }
        if action != .turnOff, action != .open, isFetching(machine) {
            return Obstacle(short: "is being fetched", long: "\(name) is being fetched. \(key(.cancel)) cancels.")
        }
        switch action {
        case .start: return obstacleToStart(machine)
        case .pause, .power, .reset, .save, .turnOff, .sendKeys: return obstacleToLive(action, machine)
        case .discard:
            guard machine.state != .saved else { return nil }
            return Obstacle(
                short: "nothing saved",
                long: "\(name) has no saved state." + (machine.state == .running || machine.state == .paused ? " \(key(.save)) makes one." : ""))
        // While a machine runs its form takes name, tags and notes.
        case .edit: return nil
        case .clone, .delete:
            if action == .delete, machine.isSample { return Obstacle(short: "comes with Vitrine", long: "\(name) comes with Vitrine and stays.") }
            if action == .clone, machine.fetch != nil {
                return Obstacle(short: "not fetched yet", long: "\(name) is not fetched yet. \(key(.start)) fetches it.")
            }
            switch machine.state {
            case .off, .crashed, .saved: return nil
            default:
                return Obstacle(short: "turn off first", long: "\(name) is \(machine.state.rawValue). \(key(.turnOff)) turns it off.")
            }
        case .media:
            return machine.removable.isEmpty ? Obstacle(short: "no drive", long: "\(name) has no CD or floppy drive. \(key(.edit)) adds one.") : nil
        default: return nil
        }
    }

    private func obstacleToStart(_ machine: MachineSummary) -> Obstacle? {
        let name = machine.name
        switch machine.state {
        case .off, .crashed, .saved: return nil
        case .paused: return Obstacle(short: "is paused", long: "\(name) is paused. \(keymap.label(.pause)) resumes it.")
        case .starting: return Obstacle(short: "starts already", long: "\(name) is starting. \(keymap.label(.turnOff)) turns it off.")
        case .restoring: return Obstacle(short: "starts already", long: "\(name) is being restored. \(keymap.label(.open)) shows its screen.")
        case .stopping, .saving:
            return Obstacle(
                short: "is \(machine.state.rawValue)",
                long: "\(name) is \(machine.state.rawValue). \(keymap.label(.start)) starts it once that is done.")
        case .running: return Obstacle(short: "runs already", long: "\(name) runs already. \(keymap.label(.open)) shows its screen.")
        }
    }

    /// What only a machine that is on can do.
    private func obstacleToLive(_ action: Action, _ machine: MachineSummary) -> Obstacle? {
        let name = machine.name
        switch (action, machine.state) {
        case (.power, .paused), (.sendKeys, .paused):
            return Obstacle(short: "is paused", long: "\(name) is paused. \(keymap.label(.pause)) resumes it.")
        case (_, .running), (_, .paused): return nil
        case (.turnOff, .starting), (.turnOff, .stopping), (.turnOff, .restoring): return nil
        case (_, .off): return Obstacle(short: "is off", long: "\(name) is off. \(keymap.label(.start)) starts it.")
        case (_, .crashed): return Obstacle(short: "crashed", long: "\(name) crashed. \(keymap.label(.start)) starts it again.")
        case (.save, .saved): return Obstacle(short: "is saved", long: "\(name) is saved already. \(keymap.label(.open)) restores it.")
        case (_, .saved): return Obstacle(short: "is saved", long: "\(name) is saved. \(keymap.label(.open)) restores it.")
        default: return Obstacle(short: "is \(machine.state.rawValue)", long: "\(name) is \(machine.state.rawValue).")
        }
    }
}
