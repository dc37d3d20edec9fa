import Contract
import FoundationEssentials
import TUI

extension Form {
    // MARK: Focus

    func isReachable(_ index: Int) -> Bool {
        guard let item = items[safe: index] else { return index == -1 && tabs.count > 1 }
        if let tab = item.tab, tab != self.tab { return false }
        if isLive, item.needsOff { return false }
        switch item.id {
        case .path(let slot): return driveKind(slot) != nil
        case .portPath(let number): return takesPlace(number)
        default: return true
        }
    }

    mutating func focus(on index: Int) {
        if index != focus { leave() }
        if let tab = items[safe: index]?.tab { self.tab = tab }
        focus = index
        picker = nil
        before = items[safe: index]?.control
    }

    mutating func move(_ step: Int) {
        var index = focus
        for _ in 0...items.count {
            index += step
            if index < -1 { index = items.count - 1 }
            if index >= items.count { index = -1 }
            if isReachable(index) { break }
        }
        focus(on: index)
    }

    /// Another tab, and its first field.
    mutating func show(tab: Int, keepsShelf: Bool = false) {
        guard tabs.count > 1 else { return }
        let tab = (tab + tabs.count) % tabs.count
        let first = items.indices.first { items[$0].tab == tab && isReachableOn(tab, $0) }
        leave()
        self.tab = tab
        focus(on: keepsShelf ? -1 : first ?? -1)
    }

    private func isReachableOn(_ tab: Int, _ index: Int) -> Bool {
        var other = self
        other.tab = tab
        return other.isReachable(index)
    }

    /// The focused field is about to be left: from now on its mistakes are told.
    mutating func leave() {
        guard let item = items[safe: focus], item.control != .button else { return }
        left.insert(item.id)
        ask(item.id)
    }

    mutating func paste(_ text: String) {
        guard case .text(var field)? = items[safe: focus]?.control else { return }
        field.insert(text)
        items[focus].control = .text(field)
        changed()
    }

    mutating func changed() {
        guard let item = items[safe: focus] else { return }
        if let picker, case .text(let field) = item.control, !picker.prefix.isEmpty || item.id.isPath {
            var narrowed = picker
            self.picker = narrowed.narrow(to: field.text) ? narrowed : nil
        } else {
            picker = nil
        }
        if refused?.id == item.id { refused = nil }
        if item.id == .system { take(preset: choice(.system)) }
    }

    // MARK: Keys

    enum Outcome: Equatable { case stays, cancels, asksToCancel, goesBack, edits, saves(start: Bool) }

    mutating func press(_ key: Key) -> Outcome {
        if picker != nil, pressInPicker(key) { return .stays }
        switch key {
        case .control("s"): return .saves(start: false)
        case .function(3): return .edits
        case .pageDown: show(tab: tab + 1)
        case .pageUp: show(tab: tab - 1)
        case .tab where completes: askToComplete()
        case .tab, .down: move(1)
        case .backTab, .up: move(-1)
        case .control("c"): return cancelling
        case .escape:
            if let before, let item = items[safe: focus], before != item.control, Form.words(before) != Form.words(item.control) {
                items[focus].control = before
                changed()
                return .stays
            }
            if raw != nil {
                raw = nil
                return .stays
            }
            return machine == nil ? .goesBack : cancelling
        default:
            guard let item = items[safe: focus] else {
                pressOnShelf(key)
                return .stays
            }
            return press(key, item)
        }
        return .stays
    }

    /// Nothing typed is thrown away unasked.
    var cancelling: Outcome { changes > 0 || raw != nil || base != original ? .asksToCancel : .cancels }

    private mutating func pressOnShelf(_ key: Key) {
        switch key {
        case .left: show(tab: tab - 1, keepsShelf: true)
        case .right: show(tab: tab + 1, keepsShelf: true)
        case .enter: move(1)
        default: break
        }
    }

    private mutating func press(_ key: Key, _ item: Item) -> Outcome {
        switch item.control {
        case .button:
            switch key {
            case .left: move(-1)
            case .right: move(1)
            case .enter, .character(" "): return act(item.id)
            default: break
            }
        case .check(let on):
            if key == .character(" ") || key == .left || key == .right { items[focus].control = .check(!on) }
            if key == .enter { move(1) }
        case .choice(let values, let index):
            step(key, values, index)
        case .text(var field):
            if key == .enter {
                move(1)
            } else if field.handle(key) {
                items[focus].control = .text(field)
                changed()
            }
        }
        return .stays
    }

    func act(_ id: ID) -> Outcome {
        switch id {
        case .save: .saves(start: false)
        case .start: .saves(start: true)
        case .back: .goesBack
        case .cancel: cancelling
        default: .stays
        }
    }

    private mutating func step(_ key: Key, _ values: [String], _ index: Int) {
        switch key {
        case .left: items[focus].control = .choice(values, (index + values.count - 1) % values.count)
        case .right, .character(" "): items[focus].control = .choice(values, (index + 1) % values.count)
        case .enter: return move(1)
        case .character("/"):
            picker = Picker(values: values.map { words($0) }, chosen: index)
            return
        default:
            if let typed = key.typed?.lowercased(),
                let found = values.indices.first(where: { values[($0 + index + 1) % values.count].lowercased().hasPrefix(typed) })
            {
                items[focus].control = .choice(values, (found + index + 1) % values.count)
            }
        }
        changed()
    }

    /// True where the key was the list's.
    private mutating func pressInPicker(_ key: Key) -> Bool {
        guard var open = picker, let item = items[safe: focus] else { return false }
        if open.move(key) {
            picker = open
            return true
        }
        switch key {
        case .escape: picker = nil
        case .enter, .tab: take(open)
        default:
            // A choice is not typed: any other key closes its list and does what it does.
            if case .choice = item.control { picker = nil }
            return false
        }
        return true
    }

    /// Takes the selected entry of the list.
    mutating func take(_ picker: Picker) {
        self.picker = nil
        guard let item = items[safe: focus], let result = picker.result else { return }
        switch item.control {
        case .choice(let values, _):
            if let index = values.firstIndex(where: { words($0) == result }) { items[focus].control = .choice(values, index) }
            changed()
        case .text:
            set(item.id, result)
            changed()
            // A folder is looked into at once.
            if result.hasSuffix("/") { askToComplete() } else { ask(item.id) }
        default: break
        }
    }
}

extension Model {
    mutating func pressInForm(_ key: Key) -> [Effect] {
        if key == .function(1) {
            help = HelpState(page: page)
            return []
        }
        guard var form, !form.isSaving else {
            // The answer is on its way; only leaving is left.
            if key == .escape { leaveForm() }
            return []
        }
        form.isLive = isLive(form)
        let outcome = form.press(key)
        let asks = form.takeAsks()
        self.form = form
        return asks + follow(outcome)
    }

    /// Does what a key or a click in the form came to.
    mutating func follow(_ outcome: Form.Outcome) -> [Effect] {
        switch outcome {
        case .stays: return []
        case .cancels: leaveForm()
        case .asksToCancel: dialog = .discardChanges(form, words)
        case .goesBack: wizard?.step = .source
        case .edits: return editRaw()
        case .saves(let start): return saveForm(start: start)
        }
        return []
    }

    mutating func leaveForm() {
        (form, wizard) = (nil, nil)
        if page == .form || page == .wizard { page = .machines }
    }

    /// Its board is built already.
    func isLive(_ form: Form) -> Bool {
        guard let machine = form.machine.flatMap(machine) else { return false }
        return machine.state != .off && machine.state != .crashed
    }

    mutating func saveForm(start: Bool) -> [Effect] {
        guard var form else { return [] }
        form.leave()
        let asks = form.takeAsks()
        if form.raw != nil {
            say(words("Not saved yet: the raw file has a mistake. F3 opens it again, Esc drops it."), error: true)
            self.form = form
            return asks
        }
        let (configuration, problems) = form.result()
        if let wrong = form.items.indices.first(where: { problems[form.items[$0].id] != nil }) {
            form.focus(on: wrong)
            form.left.formUnion(problems.keys)
            say(words("Not saved yet: %1", problems[form.items[wrong].id] ?? ""), error: true)
            self.form = form
            return asks
        }
        guard let json = try? JSONEncoder().encode(configuration) else { return asks }
        form.isSaving = true
        self.form = form
        let bytes = Array(json)
        if let id = form.machine { return [.submit(.configure(id, configuration: bytes), .saveForm(start: false))] }
        return [.submit(.create(configuration: bytes), .saveForm(start: start))]
    }

    mutating func formSaved(start: Bool, _ reply: KeeperReply) -> [Effect] {
        let name = form?.name ?? "", opens = form?.index(.opens) == nil || form?.isOn(.opens) == true
        let effects = wizard?.image.map { remember(image: $0.path) } ?? []
        rememberEdit()
        leaveForm()
        guard case .created(let id) = reply else {
            say(words("%1 saved.", name))
            return effects
        }
        selected = id
        keepListWindow()
        say(words("%1 is ready. S starts it.", name))
        guard start else { return effects }
        if opens { opensWhenRunning = id }
        return effects + [.submit(.start(id), .action(.start, id))]
    }

    /// Images seen last are offered first.
    mutating func remember(image path: String) -> [Effect] {
        guard !path.hasPrefix("builtin:") else { return [] }
        let known = (preferences.images ?? []).filter { $0 != path }
        preferences.images = Array(([path] + known).prefix(12))
        return [.keep(preferences)]
    }

    // MARK: The mouse

    /// A click on a field or button of a form, the wizard or the discs.
    mutating func clickField(_ index: Int) -> [Effect] {
        if dialog?.media != nil { return clickMediaSlot(index) }
        if page == .wizard, wizard?.step == .source {
            wizard?.focusPath()
            return []
        }
        guard var form, !form.isSaving, form.isReachable(index), let item = form.items[safe: index] else { return [] }
        form.isLive = isLive(form)
        let was = form.focus
        form.focus(on: index)
        var outcome = Form.Outcome.stays
        switch item.control {
        case .button: outcome = form.act(item.id)
        case .check(let on): form.items[index].control = .check(!on)
        case .choice: if was == index { outcome = form.press(.right) }
        case .text: break
        }
        let asks = form.takeAsks()
        self.form = form
        return asks + follow(outcome)
    }

    /// A click on a row of a list in a form, the wizard or the discs.
    mutating func clickItem(_ index: Int) -> [Effect] {
        if dialog?.media != nil { return clickMediaRow(index) }
        if page == .wizard, wizard?.step != .review { return clickWizardRow(index) }
        guard var form, var picker = form.picker else { return [] }
        picker.index = index
        form.take(picker)
        let asks = form.takeAsks()
        self.form = form
        return asks
    }

    /// A click on a tab of the form or on a step of the wizard.
    mutating func clickTab(_ index: Int) -> [Effect] {
        if page == .wizard {
            if let step = Wizard.Step(rawValue: index), let now = wizard?.step, index < now.rawValue { wizard?.step = step }
            return []
        }
        form?.show(tab: index)
        let asks = form?.takeAsks() ?? []
        return asks
    }
}
