import Configuration
import TUI

extension Form {
    /// Rows of the form before scrolling.
    private enum Row {
        case blank
        case label(Int)
        /// Items side by side, or one alone.
        case items([Int])
        case error(String)
        case buttons([Int])
    }

    /// Below this labels stand above their fields.
    static let narrow = 60

    private func rows(_ problems: [ID: String], width: Int) -> [Row] {
        let isNarrow = width < Form.narrow
        var rows: [Row] = []
        let shown = items.indices.filter { items[$0].tab == nil || items[$0].tab == tab }
        var index = 0
        while index < shown.count {
            var group = [shown[index]]
            while let next = shown[safe: index + 1], items[next].isBeside {
                group.append(next)
                index += 1
            }
            index += 1
            if items[group[0]].control == .button {
                rows.append(.blank)
                rows += chunks(group, width: width).map { .buttons($0) }
                continue
            }
            let first = items[group[0]]
            if case .check = first.control {
                if let last = rows.last, !isCheck(last), !isNarrow { rows.append(.blank) }
                rows += width < 64 ? group.map { .items([$0]) } : [.items(group)]
            } else if isNarrow {
                rows.append(.label(group[0]))
                for item in group where isShown(item) { rows.append(.items([item])) }
            } else {
                rows.append(.items(group))
            }
            for item in group { if let error = told(item, problems) { rows.append(.error(error)) } }
        }
        return rows
    }

    private func isCheck(_ row: Row) -> Bool {
        guard case .items(let group) = row, let item = group.first.flatMap({ items[safe: $0] }), case .check = item.control else { return false }
        return true
    }

    /// A path whose drive is none has no place.
    private func isShown(_ index: Int) -> Bool {
        switch items[index].id {
        case .path(let slot): driveKind(slot) != nil
        case .portPath(let number): takesPlace(number)
        default: true
        }
    }

    /// A mistake is told once its field was left.
    private func told(_ index: Int, _ problems: [ID: String]) -> String? { left.contains(items[index].id) ? problems[items[index].id] : nil }

    /// Buttons as they fit beside each other.
    private func chunks(_ group: [Int], width: Int) -> [[Int]] {
        var lines: [[Int]] = [[]]
        var used = 2
        for index in group {
            let cells = Text.width(items[index].label) + 6
            if used + cells - 2 > width - 1, !(lines.last?.isEmpty ?? true) {
                lines.append([])
                used = 2
            }
            lines[lines.count - 1].append(index)
            used += cells
        }
        return lines
    }

    // MARK: The edit form

    func draw(on frame: inout Frame, model: Model) {
        var form = self
        form.isLive = model.isLive(self)
        form.drawPage(on: &frame, model: model)
    }

    private func drawPage(on frame: inout Frame, model: Model) {
        let end = frame.put(words("Edit %1", original.name), 1, 0, .role(.accent), width: frame.width - 26)
        if let state = machine.flatMap({ model.machine($0)?.state }) { frame.put(words(state), end + 5, 0, .role(state.role)) }
        let changes = changes
        if changes > 0 { frame.putRight(changes == 1 ? words("1 change") : words("%1 changes", changes), right: frame.width - 1, 0, .muted) }
        drawTabs(on: &frame)
        let problems = result().problems
        let help = helpRows(frame.height)
        drawFields(on: &frame, problems, from: 2, to: frame.height - 2 - help)
        drawHelp(on: &frame, problems, y: frame.height - 2 - help, rows: help - 1, whatElse: nil)
        drawLine(on: &frame, model: model)
        frame.footer(hints(width: frame.width), y: frame.height - 1)
        drawPicker(on: &frame, problems, from: 2, to: frame.height - 2 - help)
    }

    private func drawTabs(on frame: inout Frame) {
        // Where they do not all fit, the active one and its neighbours.
        let width = { (titles: ArraySlice<String>) in titles.reduce(4) { $0 + Text.width($1) + 3 } }
        let tabs = tabs.map { words($0) }
        var first = 0
        while first < tab, width(tabs[first...tab]) > frame.width || (width(tabs[first...]) > frame.width && first < tab - 1) { first += 1 }
        frame.shelf(Array(tabs[first...]), active: tab - first, y: 1, focused: true)
        if focus == -1 { frame.put("▸", 0, 1, .role(.accent)) }
        // Where the shelf put them.
        let cells = (0..<frame.width).map { frame[$0, 1].text }
        var x = 0
        for index in first..<tabs.count {
            let title = tabs[index].flatMap { Text.cell(of: $0).width == 2 ? [String($0), ""] : [String($0)] }
            guard let place = (x..<max(x, frame.width - title.count)).first(where: { Array(cells[$0..<($0 + title.count)]) == title }) else { break }
            frame.mark(Rect(place - 1, 1, title.count + 2, 1), .tab(index))
            x = place + title.count
        }
    }

    func helpRows(_ height: Int) -> Int { height >= 22 ? 4 : height >= 18 ? 3 : 0 }

    /// The row above the footer: what is wrong with the raw file, or what just happened.
    func drawLine(on frame: inout Frame, model: Model) {
        let y = frame.height - 2
        if model.toast != nil {
            model.drawEventLine(on: &frame)
        } else if let raw {
            frame.put(words("✖ Raw file, %1", raw.mistake), 1, y, .role(.error), width: frame.width - 2)
        } else if isLive {
            frame.put(words("What is in parentheses can be changed while the machine is off."), 1, y, .muted, width: frame.width - 2)
        }
    }

    /// The shelf that explains the focused field.
    func drawHelp(on frame: inout Frame, _ problems: [ID: String], y: Int, rows: Int, whatElse: (title: String, lines: [String])?) {
        guard rows > 0 else { return }
        let item = items[safe: focus]
        var title = words(item?.label ?? "Tabs"), lines: [String]
        if let item, let problem = told(focus, problems), Text.width(problem) > frame.width - 20 {
            title = words(item.label)
            lines = Text.wrapped(problem, to: frame.width - 4)
        } else if let whatElse, item?.control == .button {
            title = whatElse.title
            lines = whatElse.lines.flatMap { Text.width($0) > frame.width - 4 ? Text.wrapped($0, to: frame.width - 4) : [$0] }
        } else {
            lines = Text.wrapped(
                explained(item?.help ?? "Left and Right turn the pages, as PgUp and PgDn do everywhere in the form."), to: frame.width - 4)
        }
        frame.shelf([title], active: 0, y: y)
        for (row, line) in lines.prefix(rows).enumerated() { frame.put(line, 2, y + 1 + row, width: frame.width - 3) }
    }

    /// What works now, for the footer.
    func hints(width: Int) -> [Hint] {
        if picker != nil { return [Hint("Enter", words("take")), Hint("Up Down", words("choose")), Hint("Esc", words("close the list"))] }
        let isNew = machine == nil, button = items[safe: focus].flatMap { $0.control == .button ? words($0.label).lowercased() : nil }
        let leave = Hint("Esc", isNew ? words("back") : words("cancel")), save = Hint("Ctrl-S", isNew ? words("create") : words.saveForm)
        if width < Form.narrow {
            return [
                button.map { Hint("Enter", $0 == words("Create and start").lowercased() ? words("create") : $0) } ?? save, leave,
                Hint("F1", words("help")),
            ]
        }
        var hints: [Hint]
        switch items[safe: focus]?.control {
        case .choice: hints = [Hint("Left Right", words("choose")), save]
        case .check: hints = [Hint("Space", words("switch")), save]
        case .button: hints = [Hint("Enter", button ?? ""), Hint("Tab", words("next field"))]
        case nil: hints = [Hint("Left Right", words("tab")), save]
        case .text: hints = [save, Hint("Tab", completes ? words("complete") : words("next"))]
        }
        if tabs.count > 1 { hints.append(Hint("PgDn", words("tab"))) }
        return hints + [Hint("F3", words("raw file")), leave, Hint("F1", words("help"))]
    }

    // MARK: Fields

    /// Which row stands where, scrolled so that the focused one is seen.
    private func placed(_ problems: [ID: String], width: Int, from top: Int, to bottom: Int) -> [(row: Row, y: Int)] {
        var rows = rows(problems, width: width)
        // Mistakes that come and go must not move the first row.
        let fields = rows.count { if case .items = $0 { true } else if case .label = $0 { true } else if case .buttons = $0 { true } else { false } }
        let start = fields < bottom - top ? top + 1 : top
        if rows.count > bottom - start { rows.removeAll { if case .blank = $0 { true } else { false } } }
        var focused = rows.firstIndex { row in
            switch row {
            case .items(let group), .buttons(let group): group.contains(focus)
            default: false
            }
        }
        // With its mistake below it, and buttons all together.
        if let index = focused, case .error? = rows[safe: index + 1] { focused = index + 1 }
        if let index = focused, case .buttons = rows[index] { focused = rows.count - 1 }
        let first = ListWindow.top(0, selected: focused, rows: bottom - start, count: rows.count)
        return rows.dropFirst(first).prefix(max(0, bottom - start)).enumerated().map { ($1, start + $0) }
    }

    func drawFields(on frame: inout Frame, _ problems: [ID: String], from top: Int, to bottom: Int) {
        let isNarrow = frame.width < Form.narrow
        for (row, y) in placed(problems, width: frame.width, from: top, to: bottom) {
            switch row {
            case .blank: break
            case .error(let text): frame.put("✖ \(text)", isNarrow ? 2 : 17, y, .role(.error), width: frame.width - (isNarrow ? 3 : 18))
            case .label(let index):
                let end = frame.put(words(items[index].label), 2, y, .muted)
                frame.putRight(Text.clipped(note(index), to: frame.width - end - 2), right: frame.width - 1, y, .muted)
            case .items(let group): draw(group, y, problems, on: &frame)
            case .buttons(let group): drawButtons(group, y, problems, on: &frame)
            }
        }
    }

    private func drawButtons(_ group: [Int], _ y: Int, _ problems: [ID: String], on frame: inout Frame) {
        if group.contains(focus) { frame.put("▸", 0, y, .role(.accent)) }
        let buttons = group.map { index in
            let needs = items[index].id == .save || items[index].id == .start
            return Button(words(items[index].label), isEnabled: !isSaving && (!needs || problems.isEmpty && raw == nil))
        }
        frame.buttons(buttons, focus: group.firstIndex(of: focus), 2, y, dialog: false)
        var x = 2
        for (index, button) in zip(group, buttons) {
            frame.mark(Rect(x, y, Text.width(button.label) + 4, 1), .field(index))
            x += Text.width(button.label) + 6
        }
        guard group.contains(where: { items[$0].id == .save }), !problems.isEmpty || raw != nil else { return }
        let waits = raw != nil ? [words("the raw file")] : items.filter { problems[$0.id] != nil }.map { words($0.label) }
        let word = machine == nil ? words("Waits for") : words("Save waits for")
        frame.put("\(word): \(waits.joined(separator: ", "))", x, y, .muted, width: frame.width - x - 1)
    }

    /// Where an item's control stands in its row, and how wide it is.
    private func place(_ index: Int, _ group: [Int], width: Int) -> (x: Int, width: Int) {
        let item = items[index]
        if width < Form.narrow { return (2, width - 3) }
        if index != group[0] { return (30, width < 80 ? width - 31 : min(60, width - 52)) }
        if group.count > 1 || item.id.isKind { return (17, 11) }
        return (17, width < 80 ? min(32, width - 38) : min(60, width - 48))
    }

    private func draw(_ group: [Int], _ y: Int, _ problems: [ID: String], on frame: inout Frame) {
        guard let first = items[safe: group[0]] else { return }
        let isNarrow = frame.width < Form.narrow
        if group.contains(focus) { frame.put("▸", 0, y, .role(.accent)) }
        if case .check = first.control {
            for (offset, index) in group.enumerated() { drawCheck(index, 2 + offset * 31, y, on: &frame) }
            return
        }
        if !isNarrow { frame.put(words(first.label), 2, y, .muted) }
        for index in group where isShown(index) {
            let item = items[index], (x, width) = place(index, group, width: frame.width)
            if isLive, item.needsOff {
                frame.put("( \(Text.padded(Text.middleClipped(shown(item.control), to: width - 4), to: width - 4)) )", x, y, .muted)
                continue
            }
            switch item.control {
            case .choice(let values, let chosen):
                frame.choice(values[safe: chosen].map { words($0) } ?? "", x, y, width: width, focused: index == focus)
            case .text(let field): frame.field(field, x, y, width: width, focused: index == focus, error: told(index, problems) != nil)
            default: continue
            }
            frame.mark(Rect(x, y, width, 1), .field(index))
        }
        guard !isNarrow, let last = group.last(where: isShown) else { return }
        let (x, width) = place(last, group, width: frame.width)
        let noteX = max(x + width, group.count > 1 ? frame.width >= 80 ? 30 + min(60, frame.width - 52) : 0 : 0) + (group.count > 1 ? 2 : 3)
        frame.put(note(last), noteX, y, .muted, width: frame.width - noteX - 1)
    }

    private func drawCheck(_ index: Int, _ x: Int, _ y: Int, on frame: inout Frame) {
        guard case .check(let on) = items[index].control else { return }
        let label = words(items[index].label)
        if isLive, items[index].needsOff {
            frame.put("(\(on ? "✓" : " ")) \(label)", x, y, .muted, width: frame.width - x - 1)
        } else {
            frame.check(on, label, x, y, focused: index == focus)
            frame.mark(Rect(x, y, Text.width(label) + 4, 1), .field(index))
        }
    }

    /// Beside a field: why it cannot be changed, what it was, what was found there, or what it takes.
    private func note(_ index: Int) -> String {
        let item = items[index]
        if isLive, item.needsOff { return words("off only") }
        if machine != nil, isChanged(item), let old = initial[item.id] {
            let before = shown(old)
            return words("was: %1", before.isEmpty ? words("empty") : Format.fileName(before))
        }
        if let check = check(item.id) { return check.problem == nil ? check.note : "" }
        if index == focus, item.hint.isEmpty, case .choice(let values, _) = item.control, values.count > 3 { return words("/ lists them") }
        if item.id == .name, machine == nil, !taken.contains(name), !name.isEmpty { return words("free") }
        if !item.hint.isEmpty, case .text(let field) = item.control, item.id.isPath, !field.text.isEmpty { return "" }
        return words(item.hint)
    }

    /// A field's help, whose parts about paths and new disks several share.
    private func explained(_ help: String) -> String {
        help.split(separator: "\n").map { paragraph in
            var rest = String(paragraph), front = "", back = ""
            if rest.hasPrefix(Form.diskHelp) {
                front = words(Form.trimmed(Form.diskHelp))
                rest.removeFirst(Form.diskHelp.count)
            }
            if rest.hasSuffix(Form.pathHelp) {
                back = words(Form.pathHelp)
                rest.removeLast(Form.pathHelp.count)
            }
            return [front, words(Form.trimmed(rest)), back].filter { !$0.isEmpty }.joined(separator: " ")
        }
        .joined(separator: "\n")
    }

    /// As people read it.
    private func shown(_ control: Control) -> String {
        switch control {
        case .choice(let values, let index): values[safe: index].map { words($0) } ?? ""
        case .check(let on): words.switched(on)
        case .text, .button: Form.words(control)
        }
    }

    func drawPicker(on frame: inout Frame, _ problems: [ID: String], from top: Int, to bottom: Int) {
        guard let picker else { return }
        for (row, y) in placed(problems, width: frame.width, from: top, to: bottom) {
            guard case .items(let group) = row, group.contains(focus) else { continue }
            let (x, width) = place(focus, group, width: frame.width)
            var wide = width
            if case .text = items[focus].control { wide = max(width, min(52, frame.width - x - 1)) }
            picker.draw(on: &frame, x: x, y: y, width: wide, bottom: frame.height - 2)
        }
    }
}

extension Form.ID {
    var isKind: Bool {
        switch self {
        case .kind, .portKind: true
        default: false
        }
    }
}
