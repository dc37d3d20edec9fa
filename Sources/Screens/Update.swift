import Contract
import Picture
import TUI

/// The only place where the model changes. Returns what is to be done outside.
package func update(_ model: inout Model, _ message: Message) -> [Effect] {
    switch message {
    case .key(let key): return model.press(key)
    case .paste(let text): return model.paste(text)
    case .mouse(let event, let target): return model.receive(event, target)
    case .wrote(let path, let error):
        model.say(error ?? "Written to \(path)", error: error != nil)
        return []
    case .edited(let purpose, let result): return model.receive(purpose, result)
    case .resize(let size):
        model.size = size
        model.asksToQuit = false
        model.keepConsoleWindow()
        model.keepListWindow()
        return []
    case .keeper(let event): return model.receive(event)
    case .reply(let request, let result): return model.receive(request, result)
    case .terminal(let id, let port, let picture):
        model.terminals[id, default: [:]][port] = picture
        if id == model.console.machine { model.keepConsoleWindow() }
        return []
    case .picture(let id, let picture):
        model.pictures[id] = picture
        if case .text(let text) = picture {
            model.alphabet.learn(text)
            model.scrollbacks[id, default: Scrollback()].see(text, model.alphabet)
        }
        if id == model.console.machine { model.keepConsoleWindow() }
        return []
    case .tick(let host):
        model.tick(host)
        return model.typeOn()
    }
}

extension Model {
    // MARK: Keys

    mutating func press(_ key: Key) -> [Effect] {
        if Model.isTooSmall(size) { return pressInTooSmall(key) }
        if help != nil { return pressInHelp(key) }
        if palette != nil { return pressInPalette(key) }
        if dialog != nil { return pressInDialog(key) }
        if page == .console { return pressInConsole(key) }
        // A toast has been read once the next key comes; an error stays for its time.
        if toast?.isError == false { toast = nil }
        switch page {
        case .form: return pressInForm(key)
        case .wizard: return pressInWizard(key)
        case .theme: return pressInThemes(key)
        case .settings: return pressInSettings(key)
        default: break
        }
        if key == .escape {
            if page != .machines { page = .machines }
            return []
        }
        guard let action = Keymap.action(key, on: page) else { return [] }
        return perform(action, key)
    }

    /// Keys go nowhere but `q`, which asks in one line, and Ctrl-Z.
    private mutating func pressInTooSmall(_ key: Key) -> [Effect] {
        if key == .control("z") { return [.suspend] }
        let asked = asksToQuit
        asksToQuit = false
        guard key.typed?.lowercased() == "q" else { return [] }
        if asked || liveMachines.isEmpty { return [.submit(.shutDown, .shutDown)] }
        asksToQuit = true
        return []
    }

    mutating func paste(_ text: String) -> [Effect] {
        if Model.isTooSmall(size) { return [] }
        if help != nil { return [] }
        if var dialog {
            dialog.paste(text)
            self.dialog = dialog
            return []
        }
        switch page {
        case .console: return console.machine.map { type(text, to: $0) } ?? []
        case .form: if form?.isSaving == false { form?.paste(text) }
        default: break
        }
        return []
    }

    mutating func perform(_ action: Action, _ key: Key) -> [Effect] {
        if let obstacle = obstacle(to: action) {
            say("\(key.label): \(obstacle.long)")
            return []
        }
        if page == .machines, let effects = performInList(action) { return effects }
        if page == .wall, let effects = performInWall(action) { return effects }
        if page == .load, let effects = performInLoad(action) { return effects }
        if page == .jobs, let effects = performInJobs(action) { return effects }
        switch action {
        case .up, .down, .first, .last, .pageUp, .pageDown: move(action)
        case .nextTab, .previousTab: changeTab(action == .nextTab ? 1 : -1)
        case .machines: page = .machines
        case .wall: page = .wall
        case .load: page = .load
        case .jobs: page = .jobs
        case .log:
            page = .log
            logSelected = nil
        case .theme: page = .theme
        case .settings: page = .settings
        case .palette: palette = Palette()
        case .help: help = HelpState(page: page)
        case .quit:
            if page != .machines {
                page = .machines
                return []
            }
            return quit()
        case .cancel:
            if let machine = selectedMachine, isFetching(machine) { return [.submit(.cancelFetch(machine.id), .action(.cancel, machine.id))] }
            return quit()
        case .redraw: return [.redraw]
        case .suspend: return [.suspend]
        case .new:
            form = Form(new: machines.map(\.name))
            page = .form
        default:
            guard let machine = selectedMachine else { return [] }
            return perform(action, on: machine)
        }
        return []
    }

    private mutating func perform(_ action: Action, on machine: MachineSummary) -> [Effect] {
        let id = machine.id
        switch action {
        case .open:
            switch machine.state {
            case .off: return start(machine)
            case .crashed:
                guard machine.report != nil else { return start(machine) }
                page = .report
                reportTop = 0
                return []
            default:
                openConsole(id)
                return []
            }
        case .start: return [.submit(.start(id), .action(.start, id))]
        case .pause: return [.submit(machine.state == .paused ? .resume(id) : .pause(id), .action(.pause, id))]
        case .power: return [.submit(.powerButton(id), .action(.power, id))]
        case .turnOff: dialog = .turnOff(machine)
        case .reset: dialog = .reset(machine)
        case .delete: dialog = .delete(machine)
        case .media: dialog = .media(machine)
        case .edit: return [.submit(.configuration(id), .loadForm(id))]
        default: break
        }
        return []
    }

    private mutating func start(_ machine: MachineSummary) -> [Effect] {
        opensWhenRunning = machine.id
        return [.submit(.start(machine.id), .action(.start, machine.id))]
    }

    mutating func quit() -> [Effect] {
        let live = liveMachines
        if live.isEmpty { return [.submit(.shutDown, .shutDown)] }
        dialog = .quit(live, now: now)
        return []
    }

    /// On its way to its first start, with images still missing.
    func isFetching(_ machine: MachineSummary) -> Bool { machine.fetch != nil && machine.state == .starting }

    // MARK: Selection

    private mutating func move(_ action: Action) {
        switch page {
        case .machines:
            let listed = listed
            guard !listed.isEmpty else { return }
            let index = listed.firstIndex { $0.id == selected } ?? 0
            selected = listed[safe: stepped(index, action, count: listed.count, page: layout.listRows)]?.id
            // Whoever went elsewhere is not to be taken away from there.
            if selected != opensWhenRunning { opensWhenRunning = nil }
            keepListWindow()
        case .log:
            guard !log.isEmpty else { return }
            let next = stepped(logSelected ?? log.count - 1, action, count: log.count, page: max(1, size.height - 9))
            logSelected = next == log.count - 1 ? nil : next
        case .report: reportTop = max(0, stepped(reportTop, action, count: reportLines(size.width).count, page: max(1, size.height - 4)))
        default: break
        }
    }

    private func stepped(_ index: Int, _ action: Action, count: Int, page: Int) -> Int {
        let target =
            switch action {
            case .up: index - 1
            case .down: index + 1
            case .pageUp: index - page
            case .pageDown: index + page
            case .first: 0
            default: count - 1
            }
        return max(0, min(count - 1, target))
    }

    mutating func keepListWindow() {
        let lines = listLines, machines = machines
        let line = lines.firstIndex { if case .machine(let index) = $0 { machines[index].id == selected } else { false } }
        top = ListWindow.top(top, selected: line, rows: layout.listRows, count: lines.count)
    }

    private mutating func changeTab(_ step: Int) {
        guard page == .machines else { return }
        let tabs = detailTabs
        let index = tabs.firstIndex(of: detailTab) ?? 0
        detailTab = tabs[(index + step + tabs.count) % tabs.count]
    }

    // MARK: What the keeper says

    fileprivate mutating func receive(_ event: KeeperEvent) -> [Effect] {
        switch event {
        case .machines(let machines):
            let row = listed.firstIndex { $0.id == selected }
            self.machines = machines
            isListKnown = true
            if !machines.contains(where: { $0.id == selected }) {
                // If the machine went, the next row takes the selection.
                let listed = listed
                selected = row.map { listed[safe: min($0, listed.count - 1)]?.id } ?? listed.first?.id
            }
            let known = Set(machines.map(\.id))
            pictures = pictures.filter { known.contains($0.key) }
            scrollbacks = scrollbacks.filter { known.contains($0.key) }
            fetches = fetches.filter { known.contains($0.key) }
            cpuHistory = cpuHistory.filter { known.contains($0.key) }
            mipsHistory = mipsHistory.filter { known.contains($0.key) }
            keepListWindow()
            return afterStateChange()
        case .changed(let summary):
            guard let index = machines.firstIndex(where: { $0.id == summary.id }) else { return [] }
            let before = machines[index].state
            machines[index] = summary
            if summary.state == .off || summary.state == .starting, before != summary.state {
                cpuHistory[summary.id] = nil
                mipsHistory[summary.id] = nil
                if summary.state == .starting { (pictures[summary.id], scrollbacks[summary.id], terminals[summary.id]) = (nil, nil, nil) }
            }
            return afterStateChange()
        case .fetch(let progress):
            fetches[progress.machine] = progress
            let name = machine(progress.machine)?.name ?? progress.machine.rawValue
            switch progress.phase {
            case .failed: say("\(name): \(progress.message)", error: true)
            case .cancelled: say("\(name): fetch cancelled.")
            case .done: fetches[progress.machine] = nil
            default: break
            }
            return []
        case .jobs(let jobs):
            self.jobs = jobs
            return []
        case .job(let job):
            if let index = jobs.firstIndex(where: { $0.id == job.id }) { jobs[index] = job } else { jobs.insert(job, at: 0) }
            return []
        case .past(let entries):
            log = entries + log
            return []
        case .log(let entry):
            log.append(entry)
            if log.count > 2000 {
                log.removeFirst(log.count - 2000)
                logSelected = logSelected.map { max(0, $0 - 1) }
            }
            return []
        }
    }

    private mutating func afterStateChange() -> [Effect] {
        if !detailTabs.contains(detailTab) { detailTab = .summary }
        if quitsWhenOff, liveMachines.isEmpty { return [.submit(.shutDown, .shutDown)] }
        if let id = opensWhenRunning, let machine = machine(id), machine.state == .running || machine.state == .crashed {
            opensWhenRunning = nil
            if machine.state == .running, page == .machines, dialog == nil, help == nil { openConsole(id) }
        }
        guard page == .console, let id = console.machine else { return [] }
        guard let machine = machine(id) else {
            leaveConsole()
            return isSingle && !machines.isEmpty ? [.quit] : []
        }
        if machine.state == .running { console.hasRun = true }
        guard console.hasRun || machine.state == .crashed, machine.state == .off || machine.state == .crashed else { return [] }
        if isSingle { return [.quit] }
        dialog = nil
        leaveConsole()
        selected = id
        keepListWindow()
        if machine.state == .crashed {
            say("\(machine.name) crashed. Enter shows the report.", error: true)
        } else {
            say("\(machine.name) turned off.")
        }
        return []
    }

    fileprivate mutating func receive(_ request: Request, _ result: Result<KeeperReply, KeeperError>) -> [Effect] {
        switch (request, result) {
        case (.saveForm, .failure(let error)):
            form?.refuse(error)
            say(error.description, error: true)
            return []
        case (.saveForm(let start), .success(let reply)):
            let name = form?.name ?? ""
            form = nil
            if page == .form { page = .machines }
            if case .created(let id) = reply {
                selected = id
                keepListWindow()
                say("\(name) is ready. S starts it.")
                if start {
                    opensWhenRunning = id
                    return [.submit(.start(id), .action(.start, id))]
                }
            } else {
                say("\(name) saved.")
            }
            return []
        case (.loadForm(let id), .success(.configuration(let bytes))):
            guard page == .machines, dialog == nil else { return [] }
            if let form = Form(editing: id, json: bytes, names: machines.filter { $0.id != id }.map(\.name)) {
                self.form = form
                page = .form
            } else {
                say("\(id): its settings cannot be read.", error: true)
            }
            return []
        case (.shutDown, _): return [.quit]
        case (.action(.start, let id), .failure(let error)):
            if opensWhenRunning == id { opensWhenRunning = nil }
            // The fetch has said it itself, with its machine's name.
            if error.kind == .fetch { return [] }
        case (.action(let action, let id), .success): confirm(action, id)
        case (.inspect(let inspection), .success(.image(let report))): return inspected(inspection, report)
        case (.inspect(let inspection), _): return inspected(inspection, nil)
        case (.medium, .failure(let error)) where dialog?.isMedia == true:
            dialog?.refusal = error.description
            return []
        case (.medium(let id, let slot), .success):
            if dialog?.isMedia == true { dialog = nil }
            let drive = machine(id)?.removable.first { $0.slot == slot }
            let label = Format.drive(slot, isCD: drive?.isCD ?? false)
            say(drive?.medium.map { "\(label): \(Format.fileName($0)) is in the drive." } ?? "\(label) is empty.")
            return []
        default: break
        }
        if case .failure(let error) = result {
            // A guest that is gone while one types needs no word for every key.
            if request != .input || toast == nil { say(error.description, error: true) }
        }
        return []
    }

    private mutating func confirm(_ action: Action, _ id: MachineID) {
        let name = machine(id)?.name ?? id.rawValue
        switch action {
        case .start: if page != .console, opensWhenRunning != id { say("\(name) started. Enter shows its screen.") }
        case .power: say("\(name): power button pressed. T turns it off if the guest does not.")
        case .reset: say("\(name) was reset.")
        case .delete: say("\(name) was deleted.")
        default: break
        }
    }

    mutating func receive(_ purpose: EditPurpose, _ result: Result<String, KeeperError>) -> [Effect] {
        switch purpose {
        case .form(let id): receiveForm(id, result)
        case .theme(let id): receiveTheme(id, result)
        }
    }

    // MARK: Time

    fileprivate mutating func tick(_ host: HostLoad?) {
        if let host { self.host = host }
        if let toast, now >= toast.until { self.toast = nil }
        if let menuAt = console.menuAt, now >= menuAt {
            console.menuAt = nil
            console.menu = ConsoleMenu(.hostKey)
        }
        guard now - lastSample >= 0.95 else { return }
        lastSample = now
        for machine in machines where machine.state == .running || machine.state == .paused {
            cpuHistory[machine.id, default: []].append(machine.cpuPercent ?? 0)
            mipsHistory[machine.id, default: []].append(machine.guestMIPS ?? 0)
            if let count = cpuHistory[machine.id]?.count, count > 200 { cpuHistory[machine.id]?.removeFirst(count - 200) }
            if let count = mipsHistory[machine.id]?.count, count > 200 { mipsHistory[machine.id]?.removeFirst(count - 200) }
        }
    }
}

extension Array {
    subscript(safe index: Int) -> Element? { index >= 0 && index < count ? self[index] : nil }
}
