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
        say(words("Copied: %1", address))
        return [.copy(address)]
    }

    /// Does it, or asks first. The machines are those for which it is possible.
    mutating func perform(_ action: Action, on machines: [MachineSummary]) -> [Effect] {
        guard let machine = machines.first else { return [] }
        switch action {
        case .open: return open(machine)
        case .start, .power, .save: return submit(action, machines)
        case .pause: return submit(action, machines)
        case .turnOff: dialog = .turnOff(machines, words)
        case .reset: dialog = .reset(machines, words)
        case .discard: dialog = .discard(machines, words)
        case .delete:
            dialog = .delete(
                machines, trashUntil: Format.dayAndMonth(now + Model.trashSeconds, offset: utcOffset, words), undo: keymap.label(.undo), words)
            return machines.flatMap { machine in askForSizes(machine) }
        case .clone: dialog = .clone(machine, taken: Set(self.machines.map(\.name)), words)
        case .tags: dialog = .tags(machines, words)
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
            say(machines.count == 1 ? words("Saving the state of %1.", machines[0].name) : words("Saving the states of %1 machines.", machines.count))
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
                words("the deletion of %1", words.machines(bulkDeleted.count)), back: bulkDeleted.map { .undelete($0) },
                forth: bulkDeleted.map { .delete($0) })
            bulkDeleted = []
        }
        if let failure = bulk.failures.first {
            say(words("%1 of %2: %3", bulk.failures.count, bulk.done + bulk.failures.count, failure), error: true)
        } else {
            say(bulk.sentence(keymap, words))
        }
        return true
    }

    /// What a command that was carried out is called.
    mutating func confirm(_ action: Action, _ id: MachineID, _ reply: KeeperReply) {
        let machine = machine(id)
        let name = machine?.name ?? id.rawValue
        switch action {
        case .start: if page != .console, opensWhenRunning != id { say(words("%1 started. %2 shows its screen.", name, keymap.label(.open))) }
        case .save:
            let size = machine?.savedBytes.map { words(", %1", Format.size($0)) } ?? ""
            say(words("%1 saved%2. %3 restores it.", name, size, keymap.label(.open)))
        case .discard: say(words("The saved state of %1 is gone. %2 starts it afresh.", name, keymap.label(.start)))
        case .power:
            // Who quits has been told what is waited for.
            guard !quitsWhenOff else { return }
            let patience = machine?.powerDeadline.map { Format.whole(max(1, $0 - now)) }
            say(
                patience.map { words("%1 pressed its power button. It has %2 s, then %3 turns it off.", name, $0, keymap.label(.turnOff)) }
                    ?? words("%1 pressed its power button. %2 turns it off if the guest does not.", name, keymap.label(.turnOff)))
        case .turnOff: say(words("%1 is off.", name))
        case .reset: say(words("%1 was reset.", name))
        case .delete:
            undo.record(words("the deletion of %1", name), back: [.undelete(id)], forth: [.delete(id)])
            say(
                words(
                    "%1 is in the trash until %2. %3 brings it back.", name, Format.dayAndMonth(now + Model.trashSeconds, offset: utcOffset, words),
                    keymap.label(.undo))
            )
        case .clone:
            guard case .created(let copy) = reply else { return }
            selected = copy
            keepListWindow()
            say(words("%1 is ready. %2 starts it.", self.machine(copy)?.name ?? copy.rawValue, keymap.label(.start)))
        default: break
        }
    }

    /// How long the trash keeps what was deleted.
    static let trashSeconds: Double = 7 * 86400
}

extension BulkAction {
    /// How it went, where nothing failed.
    func sentence(_ keymap: Keymap, _ words: Language) -> String {
        let all = words.machines(done)
        switch action {
        case .start: return words("%1 started.", all)
        case .pause: return words("%1 paused or resumed.", all)
        case .save: return words("%1 saved. %2 restores them.", all, keymap.label(.start))
        case .power: return words("%1 pressed their power buttons. %2 turns off what does not react.", all, keymap.label(.turnOff))
        case .turnOff: return words("%1 turned off.", all)
        case .reset: return words("%1 reset.", all)
        case .discard: return words("%1 lost their saved states.", all)
        case .delete: return words("%1 are in the trash for 7 days. %2 brings them back.", all, keymap.label(.undo))
        case .tags: return words("Tags of %1 changed. %2 undoes.", all, keymap.label(.undo))
        default: return ""
        }
    }
}
