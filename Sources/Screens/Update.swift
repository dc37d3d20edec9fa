import Contract
import Picture
import TUI

/// The only place where the model changes. Returns what is to be done outside.
package func update(_ model: inout Model, _ message: Message) -> [Effect] {
    let before = model.toast
    let effects = respond(&model, message)
    model.noteEdits(effects)
    let rings = model.preferences.bell == true && model.toast?.isError == true && model.toast != before
    return effects + model.askForFacts() + (rings ? [.bell] : [])
}

private func respond(_ model: inout Model, _ message: Message) -> [Effect] {
    switch message {
    case .key(let key): return model.press(key)
    case .paste(let text): return model.paste(text)
    case .mouse(let event, let target): return model.receive(event, target)
    case .wrote(let path, let error):
        if error != nil, model.loadState.csv == path { model.loadState.csv = nil }
        model.say(error ?? model.words("Written to %1", path), error: error != nil)
        return []
    case .edited(let purpose, let result): return model.receive(purpose, result)
    case .read(.importTheme, let path, let result): return model.receiveThemeFile(path, result)
    case .resize(let size):
        model.size = size
        model.asksToQuit = false
        model.keepConsoleWindow()
        model.keepListWindow()
        if model.page == .wall { model.keepWall() }
        if model.page == .load { model.keepLoad() }
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
        return model.tick(host) + model.typeOn()
    }
}

extension Model {
    // MARK: Keys

    mutating func press(_ key: Key) -> [Effect] {
        if Model.isTooSmall(size) { return pressInTooSmall(key) }
        if help != nil { return pressInHelp(key) }
        if palette != nil { return pressInPalette(key) }
        if let action = keymap.action(key, on: page), worksWhileTyping(action, key) { return perform(action, key) }
        if dialog != nil { return pressInDialog(key) }
        if page == .console { return pressInConsole(key) }
        // A toast has been read once the next key comes; an error stays for its time.
        if toast?.isError == false { toast = nil }
        switch page {
        case .form: return pressInForm(key)
        case .wizard: return pressInWizard(key)
        case .theme: return pressInThemes(key)
        case .settings: return pressInSettings(key)
        case .wall where wall.isChoosing: return pressInWallFilter(key)
        default: break
        }
        if page == .machines, finder.isTyping { return pressInFinder(key) }
        if let effects = pressInPrompt(key) { return effects }
        if key == .escape {
            if page == .wall, !wall.filter.text.isEmpty { return pressInWallFilter(key) }
            if page != .machines { page = .machines } else { stepBackInList() }
            return []
        }
        guard let action = keymap.action(key, on: page) else { return [] }
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
        if pasteInFinding(text) { return [] }
        if dialog?.media != nil {
            pasteInMedia(text)
            return []
        }
        if var dialog {
            dialog.paste(text)
            self.dialog = dialog
            return []
        }
        switch page {
        case .console: return console.machine.map { type(text, to: $0) } ?? []
        case .form: if form?.isSaving == false { form?.paste(text) }
        case .theme: themePicker.path?.insert(text)
        case .machines where finder.isTyping:
            finder.field.insert(text)
            keepSelection()
        case .wizard: pasteInWizard(text)
        default: pasteInPrompt(text)
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
        if page == .log, let effects = performInLog(action) { return effects }
        switch action {
        case .up, .down, .first, .last, .pageUp, .pageDown: move(action)
        case .nextTab, .previousTab: changeTab(action == .nextTab ? 1 : -1)
        case .machines: page = .machines
        case .wall:
            page = .wall
            keepWall()
        case .load:
            page = .load
            keepLoad()
        case .jobs: page = .jobs
        case .log:
            page = .log
            logSelected = nil
        case .theme: openThemes()
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
        case .snapshot: return [.snapshot(path: "~/vitrine-\(Format.fileStamp(now, offset: utcOffset)).svg")]
        case .redraw: return [.redraw]
        case .suspend: return [.suspend]
        case .new: return openWizard()
        default:
            guard let machine = selectedMachine else { return [] }
            return perform(action, on: [machine])
        }
        return []
    }

    /// On its way to its first start, with images still missing.
    func isFetching(_ machine: MachineSummary) -> Bool { machine.fetch != nil && machine.state == .starting }

    // MARK: Selection

    mutating func move(_ action: Action) {
        switch page {
        case .machines:
            let listed = listed
            guard !listed.isEmpty else { return }
            let index = listed.firstIndex { $0.id == selected } ?? 0
            selected = listed[safe: stepped(index, action, count: listed.count, page: layout.listRows)]?.id
            // Whoever went elsewhere is not to be taken away from there.
            if selected != opensWhenRunning { opensWhenRunning = nil }
            keepListWindow()
        case .report: reportTop = max(0, stepped(reportTop, action, count: reportLines(size.width).count, page: max(1, size.height - 4)))
        default: break
        }
    }

    func stepped(_ index: Int, _ action: Action, count: Int, page: Int) -> Int {
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
            let isSample = row.flatMap { listed[safe: $0]?.fetch } != nil
            self.machines = machines
            isListKnown = true
            if !machines.contains(where: { $0.id == selected }) {
                // If the machine went, the next row takes the selection; behind the last machine that is no sample, which Enter would fetch.
                let listed = listed
                let own = isSample ? 0 : listed.count { $0.fetch == nil }
                let last = (own > 0 ? own : listed.count) - 1
                selected = row.map { listed[safe: min($0, last)]?.id } ?? machines.first?.id
            }
            let known = Set(machines.map(\.id))
            marks.formIntersection(known)
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
            machines[index] = heldBack(summary, machines[index])
            if summary.state == .off || summary.state == .starting, before != summary.state {
                cpuHistory[summary.id] = nil
                mipsHistory[summary.id] = nil
                known.forget(summary.id)
                if summary.state == .starting { (pictures[summary.id], scrollbacks[summary.id], terminals[summary.id]) = (nil, nil, nil) }
            }
            return afterStateChange()
        case .fetch(let progress):
            fetches[progress.machine] = progress
            let name = machine(progress.machine)?.name ?? progress.machine.rawValue
            switch progress.phase {
            case .failed: say("\(name): \(progress.message)", error: true)
            case .cancelled: say(words("%1: fetch cancelled.", name))
            case .done: fetches[progress.machine] = nil
            default: break
            }
            return []
        case .jobs(let jobs):
            self.jobs = jobs
            for job in jobs { jobsState.learn(job, at: now) }
            return []
        case .job(let job):
            jobsState.learn(job, at: now)
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
        if page == .wall { keepWall() }
        if page == .load { keepLoad() }
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
        if page == .wall { keepWall() }
        if page == .load { keepLoad() }
        if machine.state == .crashed {
            say(words("%1 crashed. Enter shows the report.", machine.name), error: true)
        } else {
            say(words("%1 turned off.", machine.name))
        }
        return []
    }

    fileprivate mutating func receive(_ request: Request, _ result: Result<KeeperReply, KeeperError>) -> [Effect] {
        learnFacts(request, result)
        if case .action(let action, let id) = request, gather(action, id, result) { return [] }
        switch (request, result) {
        case (.action(let action, _), _) where action == .undo || action == .redo:
            undoAnswered(action, result)
            return []
        case (.facts, _), (.image, _): return []
        case (.saveAll, _): return savedAll(result)
        case (.saveForm, .failure(let error)):
            form?.refuse(error)
            say(error.description, error: true)
            return []
        case (.saveForm(let start), .success(let reply)): return formSaved(start: start, reply)
        case (.loadForm(let id), .success(.configuration(let bytes))):
            guard page == .machines, dialog == nil else { return [] }
            undo.edited = UndoStack.Edit(id: id, old: bytes)
            if var form = Form(editing: id, json: bytes, names: machines.filter { $0.id != id }.map(\.name)) {
                form.words = words
                self.form = form
                page = .form
            } else {
                say(words("%1: its settings cannot be read.", id), error: true)
            }
            return []
        case (.shutDown, _): return [.quit]
        case (.action(.start, let id), .failure(let error)):
            if opensWhenRunning == id { opensWhenRunning = nil }
            // The fetch has said it itself, with its machine's name.
            if error.kind == .fetch { return [] }
        case (.action(let action, let id), .success(let reply)): confirm(action, id, reply)
        case (.inspect(let inspection), .success(.image(let report))): return inspected(inspection, report)
        case (.inspect(let inspection), _): return inspected(inspection, nil)
        case (.medium(let id, let slot), .failure(let error)): return mediumChanged(id, slot, error)
        case (.medium(let id, let slot), .success): return mediumChanged(id, slot, nil)
        default: break
        }
        if case .failure(let error) = result {
            // A guest that is gone while one types needs no word for every key.
            if request != .input || toast == nil { say(error.description, error: true) }
        }
        return []
    }

    mutating func receive(_ purpose: EditPurpose, _ result: Result<String, KeeperError>) -> [Effect] {
        switch purpose {
        case .form(let id): receiveForm(id, result)
        case .theme(let id): receiveTheme(id, result)
        }
    }

    // MARK: Time

    fileprivate mutating func tick(_ host: HostLoad?) -> [Effect] {
        if let host { self.host = host }
        if let toast, now >= toast.until { self.toast = nil }
        if let menuAt = console.menuAt, now >= menuAt {
            console.menuAt = nil
            console.menu = ConsoleMenu(.hostKey)
        }
        guard now - lastSample >= figuresInterval - 0.05 else { return [] }
        lastSample = now
        sampleHistories()
        for machine in machines where machine.state == .running || machine.state == .paused {
            cpuHistory[machine.id, default: []].append(machine.cpuPercent ?? 0)
            mipsHistory[machine.id, default: []].append(machine.guestMIPS ?? 0)
            if let count = cpuHistory[machine.id]?.count, count > 200 { cpuHistory[machine.id]?.removeFirst(count - 200) }
            if let count = mipsHistory[machine.id]?.count, count > 200 { mipsHistory[machine.id]?.removeFirst(count - 200) }
        }
        return sampleLoad()
    }
}

extension Array {
    subscript(safe index: Int) -> Element? { index >= 0 && index < count ? self[index] : nil }
}
