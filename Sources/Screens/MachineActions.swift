import Contract
import TUI

/// One action on several machines, as long as answers are missing: one sentence at the end in place of one for each.
struct BulkAction: Equatable, Sendable {
    var action: Action
    var waiting: Set<MachineID>
    var done = 0
    var failures: [String] = []
}

extension Model {
    /// What is about which machines are listed, in which order, and which of them an action is for; nil: not mine.
    mutating func performInList(_ action: Action) -> [Effect]? {
        switch action {
        case .sort: return sortByNext()
        case .reverseSort: return sort(ListOrder(column: order.column, isReversed: !order.isReversed))
        case .filter: openFinder(.facts)
        case .searchScreens: openFinder(.screens)
        case .mark: toggleMark()
        case .markAll: markAll()
        case .larger: return moveShelf(1)
        case .smaller: return moveShelf(-1)
        case .copy: return copyAddress()
        case .sendKeys:
            guard let machine = selectedMachine else { return [] }
            openConsole(machine.id)
            console.menu = ConsoleMenu(.sendKey)
        case .undo, .redo: return performUndo(action)
        case _ where isBulk(action): return perform(action, on: markedMachines.filter { obstacle(to: action, $0) == nil })
        default: return nil
        }
        return []
    }

    private mutating func copyAddress() -> [Effect] {
        guard let address = selectedMachine?.screenAddress else { return [] }
        say("Copied: \(address)")
        return [.copy(address)]
    }

    /// Does it, or asks first. The machines are those for which it is possible.
    mutating func perform(_ action: Action, on machines: [MachineSummary]) -> [Effect] {
        guard let machine = machines.first else { return [] }
        switch action {
        case .open: return open(machine)
        case .start, .power, .save: return submit(action, machines)
        case .pause: return submit(action, machines)
        case .turnOff: dialog = .turnOff(machines)
        case .reset: dialog = .reset(machines)
        case .discard: dialog = .discard(machines)
        case .delete:
            dialog = .delete(
                machines, trashUntil: Format.dayAndMonth(now + Model.trashSeconds, offset: utcOffset), undo: keymap.label(.undo))
            return machines.flatMap { machine in askForSizes(machine) }
        case .clone: dialog = .clone(machine, taken: Set(self.machines.map(\.name)))
        case .tags: dialog = .tags(machines)
        case .media: return openMedia(machine)
        case .edit: return [.submit(.configuration(machine.id), .loadForm(machine.id))]
        default: break
        }
        return []
    }

    private mutating func open(_ machine: MachineSummary) -> [Effect] {
        switch machine.state {
        case .off, .saved: return startAndOpen(machine)
        case .crashed:
            guard machine.report != nil else { return startAndOpen(machine) }
            page = .report
            reportTop = 0
        default: openConsole(machine.id)
        }
        return []
    }

    private mutating func startAndOpen(_ machine: MachineSummary) -> [Effect] {
        opensWhenRunning = machine.id
        return [.submit(.start(machine.id), .action(.start, machine.id))]
    }

    /// Gives the command for each machine; of several the answers are gathered.
    mutating func submit(_ action: Action, _ machines: [MachineSummary]) -> [Effect] {
        if machines.count > 1 { bulk = BulkAction(action: action, waiting: Set(machines.map(\.id))) }
        if action == .save {
            say(machines.count == 1 ? "Saving the state of \(machines[0].name)." : "Saving the states of \(machines.count) machines.")
        }
        return machines.compactMap { machine in
            let id = machine.id
            let command: KeeperCommand? =
                switch action {
                case .start: .start(id)
                case .pause: machine.state == .paused ? .resume(id) : .pause(id)
                case .save: .save(id)
                case .power: .powerButton(id)
                case .turnOff: .turnOff(id)
                case .reset: .reset(id)
                case .discard: .discardState(id)
                case .delete: .delete(id)
                default: nil
                }
            return command.map { .submit($0, .action(action, id)) }
        }
    }

    // MARK: Answers

    /// One of several has answered; true when that was what the answer was for.
    mutating func gather(_ action: Action, _ id: MachineID, _ result: Result<KeeperReply, KeeperError>) -> Bool {
        guard var bulk, bulk.action == action, bulk.waiting.remove(id) != nil else { return false }
        switch result {
        case .success: bulk.done += 1
        case .failure(let error): bulk.failures.append(error.description)
        }
        self.bulk = bulk.waiting.isEmpty ? nil : bulk
        if action == .delete, case .success = result { bulkDeleted.append(id) }
        guard bulk.waiting.isEmpty else { return true }
        if action == .delete, !bulkDeleted.isEmpty {
            undo.record(
                "the deletion of \(Model.count(bulkDeleted.count))", back: bulkDeleted.map { .undelete($0) }, forth: bulkDeleted.map { .delete($0) })
            bulkDeleted = []
        }
        if let failure = bulk.failures.first {
            say("\(bulk.failures.count) of \(bulk.done + bulk.failures.count): \(failure)", error: true)
        } else {
            say(bulk.sentence(keymap))
        }
        return true
    }

    static func count(_ machines: Int) -> String { machines == 1 ? "1 machine" : "\(machines) machines" }

    /// What a command that was carried out is called.
    mutating func confirm(_ action: Action, _ id: MachineID, _ reply: KeeperReply) {
        let machine = machine(id)
        let name = machine?.name ?? id.rawValue
        switch action {
        case .start: if page != .console, opensWhenRunning != id { say("\(name) started. \(keymap.label(.open)) shows its screen.") }
        case .save:
            let size = machine?.savedBytes.map { ", " + Format.size($0) } ?? ""
            say("\(name) saved\(size). \(keymap.label(.open)) restores it.")
        case .discard: say("The saved state of \(name) is gone. \(keymap.label(.start)) starts it afresh.")
        case .power:
            // Who quits has been told what is waited for.
            guard !quitsWhenOff else { return }
            let patience = machine?.powerDeadline.map { Format.whole(max(1, $0 - now)) }
            say(
                patience.map { "\(name) pressed its power button. It has \($0) s, then \(keymap.label(.turnOff)) turns it off." }
                    ?? "\(name) pressed its power button. \(keymap.label(.turnOff)) turns it off if the guest does not.")
        case .turnOff: say("\(name) is off.")
        case .reset: say("\(name) was reset.")
        case .delete:
            undo.record("the deletion of \(name)", back: [.undelete(id)], forth: [.delete(id)])
            say(
                "\(name) is in the trash until \(Format.dayAndMonth(now + Model.trashSeconds, offset: utcOffset)). \(keymap.label(.undo)) brings it back."
            )
        case .clone:
            guard case .created(let copy) = reply else { return }
            selected = copy
            keepListWindow()
            say("\(self.machine(copy)?.name ?? copy.rawValue) is ready. \(keymap.label(.start)) starts it.")
        default: break
        }
    }

    /// How long the trash keeps what was deleted.
    static let trashSeconds: Double = 7 * 86400
}

extension BulkAction {
    /// How it went, where nothing failed.
    func sentence(_ keymap: Keymap) -> String {
        let all = Model.count(done)
        switch action {
        case .start: return "\(all) started."
        case .pause: return "\(all) paused or resumed."
        case .save: return "\(all) saved. \(keymap.label(.start)) restores them."
        case .power: return "\(all) pressed their power buttons. \(keymap.label(.turnOff)) turns off what does not react."
        case .turnOff: return "\(all) turned off."
        case .reset: return "\(all) reset."
        case .discard: return "\(all) lost their saved states."
        case .delete: return "\(all) are in the trash for 7 days. \(keymap.label(.undo)) brings them back."
        case .tags: return "Tags of \(all) changed. \(keymap.label(.undo)) undoes."
        default: return ""
        }
    }
}
