import Contract
import TUI

/// What the pointer is about.
struct PointerState: Equatable, Sendable {
    struct Click: Equatable, Sendable {
        var target: Target
        var time: Double
    }
    var last: Click?
    /// Where the guest's picture stood when the pointer was last in it.
    var guest: Rect?
    /// The shelf follows the pointer until the button is released.
    var dragsShelf = false
    /// Seconds between the two clicks of a double click.
    static let patience = 0.4
    /// Rows that one notch of the wheel moves.
    static let notch = 3
}

extension Model {
    /// A click means what the eye sees at its place. Nothing needs the mouse: everything here is also a key.
    mutating func receive(_ event: MouseEvent, _ target: Target?) -> [Effect] {
        guard !Model.isTooSmall(size) else { return [] }
        let isCovered = help != nil || palette != nil || dialog != nil
        if page == .console, !isCovered {
            if case .guest(let rect)? = target {
                pointer.guest = rect
                return pointInConsole(event, rect)
            }
            // A drag that began in the guest's picture may leave it.
            if let rect = pointer.guest, event.kind == .motion || event.kind == .release { return pointInConsole(event, rect) }
        }
        switch event.kind {
        case .wheelUp: return turnWheel(-1, target)
        case .wheelDown: return turnWheel(1, target)
        case .motion: return pointer.dragsShelf && !isCovered ? dragShelf(to: event.y) : []
        case .release:
            pointer.dragsShelf = false
            return []
        case .press: break
        }
        switch event.button {
        case 1: return click(target, isControl: event.control)
        case 3: return openMenu(target)
        default: return []
        }
    }

    private mutating func click(_ target: Target?, isControl: Bool) -> [Effect] {
        let isDouble = target != nil && pointer.last?.target == target && now - (pointer.last?.time ?? 0) <= PointerState.patience
        pointer.last = target.map { PointerState.Click(target: $0, time: now) }
        // A third click begins anew.
        if isDouble { pointer.last = nil }
        guard let target else {
            palette = nil
            return []
        }
        switch target {
        case .key(let key): return click(key)
        case .item(let index): return click(item: index)
        case .field(let index): return click(field: index)
        default: break
        }
        guard help == nil, palette == nil, dialog == nil else { return [] }
        switch target {
        case .row(let row):
            select(row: row)
            if isControl { return keymap.binding(.mark).map { $0.applies(on: page) ? perform(.mark, $0.keys.first ?? .enter) : [] } ?? [] }
            return isDouble ? act(.open) : []
        case .heading(let heading):
            if page == .machines { return sortBy(heading) }
            if page == .load { sortLoad(by: heading) }
        case .tab(let tab):
            if page == .form || page == .wizard { return clickTab(tab) }
            selectTab(tab)
        case .tile(let tile):
            focusTile(tile)
            return isDouble ? act(.open) : []
        case .shelf: pointer.dragsShelf = true
        default: break
        }
        return []
    }

    private mutating func act(_ action: Action) -> [Effect] {
        guard let binding = keymap.binding(action), binding.applies(on: page) else { return [] }
        return perform(action, binding.keys.first ?? .enter)
    }

    private mutating func select(row: Int) {
        switch page {
        case .machines: selectRow(row)
        case .load: selectLoadRow(row)
        case .jobs: jobsState.selected = listedJobs[safe: row]?.id ?? jobsState.selected
        case .log: selectEvent(row)
        case .settings: settingsState.focus(on: row)
        default: break
        }
    }

    /// A key drawn somewhere: in the footer, or a view's name in the header, which switches even while text is typed.
    private mutating func click(_ key: Key) -> [Effect] {
        if help == nil, palette == nil, dialog == nil, key.typed != nil, let action = keymap.action(key, on: page),
            [.machines, .wall, .load, .jobs, .log].contains(action), page != .form, page != .wizard
        {
            (logState.typing, jobsState.isTyping) = (nil, false)
            return perform(action, key)
        }
        return press(key)
    }

    private mutating func click(item index: Int) -> [Effect] {
        if palette != nil {
            guard let entry = paletteEntries[safe: index] else { return [] }
            return run(entry)
        }
        if help != nil { return [] }
        if var menu = console.menu, page == .console, dialog == nil {
            guard index >= 0, index < items(of: menu).count else { return [] }
            menu.focus = index
            console.menu = menu
            return press(.enter)
        }
        return page == .theme && dialog == nil ? clickTheme(index) : clickItem(index)
    }

    /// A field takes the focus; a button does what it says, a choice goes on by one.
    private mutating func click(field index: Int) -> [Effect] {
        guard help == nil, palette == nil, index >= 0 else { return [] }
        guard var dialog, dialog.media == nil else { return clickField(index) }
        guard index < dialog.count else { return [] }
        let isButton = index >= dialog.entries.count
        if isButton, let answer = dialog.answers[safe: index - dialog.entries.count], !dialog.isEnabled(answer) { return [] }
        dialog.focus = index
        if !isButton { dialog.entry = index }
        self.dialog = dialog
        return isButton ? press(.enter) : []
    }

    /// The menu of the selection: the palette narrowed to it.
    private mutating func openMenu(_ target: Target?) -> [Effect] {
        guard help == nil, palette == nil, dialog == nil, page == .machines || page == .wall else { return [] }
        switch target {
        case .row(let row): select(row: row)
        case .tile(let tile): focusTile(tile)
        default: break
        }
        guard selectedMachine != nil else { return [] }
        var menu = Palette()
        menu.isOfSelection = true
        palette = menu
        return []
    }

    /// Scrolls what is under the pointer.
    private mutating func turnWheel(_ step: Int, _ target: Target?) -> [Effect] {
        let key: Key = step < 0 ? .up : .down
        func pressed(_ count: Int) -> [Effect] {
            var effects: [Effect] = []
            for _ in 0..<count { effects += press(key) }
            return effects
        }
        if help != nil || palette != nil { return pressed(PointerState.notch) }
        if dialog != nil { return [] }
        switch (page, target) {
        case (.console, _), (_, .pane(1...)), (_, .tile): return []
        case (.form, _), (.wizard, _), (.theme, _): return pressed(1)
        default:
            var effects: [Effect] = []
            for _ in 0..<PointerState.notch { effects += page == .settings ? press(key) : act(step < 0 ? .up : .down) }
            return effects
        }
    }
}
