import Configuration
import TUI

extension Form {
    /// Rows of the form before scrolling: which items stand where, and where errors are told.
    private struct Row {
        var items: [Int] = []
        var error: String?
    }

    private func rows(_ problems: [ID: String]) -> [Row] {
        var rows: [Row] = []
        for (index, item) in items.enumerated() {
            if item.isBeside, !rows.isEmpty {
                rows[rows.count - 1].items.append(index)
            } else {
                if item.control == .button, !rows.isEmpty { rows.append(Row()) }
                rows.append(Row(items: [index]))
            }
            let next = items[safe: index + 1]
            if next?.isBeside != true, let last = rows.last, let wrong = last.items.first(where: { problems[items[$0].id] != nil }) {
                rows.append(Row(error: problems[items[wrong].id]))
            }
        }
        return rows
    }

    func draw(on frame: inout Frame, model: Model) {
        let (configuration, problems) = result()
        frame.put(machine == nil ? "New machine" : "Edit \(original.name)", 1, 0, .role(.accent), width: 40)
        let changes = machine == nil ? 0 : changeCount(configuration)
        if changes > 0 { frame.putRight(changes == 1 ? "1 change" : "\(changes) changes", right: frame.width - 1, 0, .muted) }
        frame.shelf(["Machine"], active: 0, y: 1, focused: true)
        let explains = frame.height >= 18
        let bottom = frame.height - (explains ? 6 : 2)
        var rows = rows(problems)
        if rows.count > bottom - 2 { rows.removeAll { $0.items.isEmpty && $0.error == nil } }
        let start = rows.count < bottom - 2 ? 3 : 2
        let focusRow = rows.firstIndex { $0.items.contains(focus) }
        let top = ListWindow.top(0, selected: focusRow, rows: bottom - start, count: rows.count)
        for (offset, row) in rows.dropFirst(top).prefix(max(0, bottom - start)).enumerated() {
            let y = start + offset
            if let error = row.error { frame.put("✖ \(error)", 17, y, .role(.error), width: frame.width - 18) }
            draw(row.items, y, configuration, problems, on: &frame)
        }
        if explains, let item = items[safe: focus] {
            var title = item.label
            if case .path(let slot) = item.id { title = "Image of \(slot)" }
            if !choices.isEmpty { title = "\(choices.count) names go on like this" }
            frame.shelf([title], active: 0, y: bottom)
            let problem = problems[item.id].flatMap { Text.width($0) > frame.width - 20 ? $0 : nil }
            let words = choices.isEmpty ? problem ?? item.help : choices.joined(separator: ", ")
            for (row, line) in Text.wrapped(words, to: frame.width - 4).prefix(3).enumerated() { frame.put(line, 2, bottom + 1 + row) }
        }
        if model.toast != nil { model.drawEventLine(on: &frame) }
        frame.footer(hints, y: frame.height - 1)
    }

    private func changeCount(_ new: MachineConfiguration) -> Int {
        var count = 0
        if new.name != original.name { count += 1 }
        if new.tags != original.tags { count += 1 }
        if new.processor != original.processor { count += 1 }
        if new.codeCacheMiB != original.codeCacheMiB { count += 1 }
        if new.memoryMiB != original.memoryMiB { count += 1 }
        if new.drives != original.drives { count += 1 }
        if new.boot != original.boot { count += 1 }
        if new.screen != original.screen { count += 1 }
        if new.notes != original.notes { count += 1 }
        if new.keyboard != original.keyboard { count += 1 }
        if new.serial != original.serial { count += 1 }
        if new.hypervisorLeaf != original.hypervisorLeaf { count += 1 }
        if new.discardsWrites != original.discardsWrites { count += 1 }
        return count
    }

    private var hints: [Hint] {
        var hints = [Hint("Ctrl-S", machine == nil ? "create" : "save"), Hint("Tab", completes ? "complete" : "next")]
        switch items[safe: focus]?.control {
        case .choice: hints.append(Hint("Left Right", "choose"))
        case .check: hints.append(Hint("Space", "switch"))
        case .button: hints.insert(Hint("Enter", items[safe: focus]?.label.lowercased() ?? ""), at: 0)
        default: if completes { hints.append(Hint("Enter", "accept")) }
        }
        return hints + [Hint("Esc", "old value, then cancel"), Hint("F1", "help")]
    }

    private func draw(_ indices: [Int], _ y: Int, _ configuration: MachineConfiguration, _ problems: [ID: String], on frame: inout Frame) {
        guard let first = indices.first.flatMap({ items[safe: $0] }) else { return }
        if indices.contains(focus) { frame.put("▸", 0, y, .role(.accent)) }
        if first.control == .button {
            let buttons = indices.map { index in
                Button(items[index].label, isEnabled: !isSaving && (items[index].id == .cancel || problems.isEmpty))
            }
            frame.buttons(buttons, focus: indices.firstIndex(of: focus), 2, y, dialog: false)
            if !problems.isEmpty {
                let waits = items.filter { problems[$0.id] != nil }.map { item in
                    if case .path(let slot) = item.id { return slot }
                    return item.label
                }
                frame.put(
                    "waits for: \(waits.joined(separator: ", "))", 2 + buttons.reduce(0) { $0 + Text.width($1.label) + 6 }, y, .muted, width: 34)
            }
            return
        }
        if case .check = first.control {
            for (offset, index) in indices.enumerated() {
                guard case .check(let on) = items[index].control else { continue }
                frame.check(on, items[index].label, 2 + offset * 31, y, focused: index == focus)
            }
            return
        }
        frame.put(first.label, 2, y, .muted)
        // Two settings in one row: the second has its label there too.
        let isProcessor = first.id == .processor || first.id == .keyboard
        let isDrive = indices.count == 2 && !isProcessor
        for index in indices {
            let item = items[index], focused = index == focus
            let isNarrow = frame.width < 60
            let x = index == indices[0] ? isNarrow ? 13 : 17 : isNarrow ? 25 : isProcessor ? 49 : 30
            let choiceWidth = item.id == .serial ? 12 : isDrive || isProcessor && isNarrow ? 11 : isProcessor ? 19 : 32
            if item.id == .codeCache || item.id == .serial, !isNarrow { frame.put(item.label, 38, y, .muted) }
            switch item.control {
            case .choice(let values, let chosen): frame.choice(values[safe: chosen] ?? "", x, y, width: choiceWidth, focused: focused)
            case .text(let field):
                guard isReachable(index) else { continue }
                let width = isProcessor ? 11 : max(12, min(isDrive ? 48 : item.id == .image ? 42 : 32, frame.width - x - 1))
                frame.field(field, x, y, width: width, focused: focused, error: problems[item.id] != nil)
            default: break
            }
        }
        guard frame.width >= 60 else { return }
        if isDrive {
            // Beside the path where there is room.
            if let note = check(items[indices[1]].id)?.note { frame.put(note, 80, y, .muted, width: frame.width - 81) }
            return
        }
        if isProcessor, let cache = items[safe: indices[indices.count - 1]] {
            frame.put(was(first.id, configuration) ?? was(cache.id, configuration) ?? cache.hint, 62, y, .muted, width: frame.width - 63)
            return
        }
        let note = was(first.id, configuration) ?? check(first.id).map { $0.problem == nil ? $0.note : "" } ?? first.hint
        let noteX = first.id == .image ? 62 : 52
        frame.put(note, noteX, y, .muted, width: frame.width - noteX - 1)
    }

    /// What stood there before, where it differs.
    private func was(_ id: ID, _ new: MachineConfiguration) -> String? {
        guard machine != nil else { return nil }
        switch id {
        case .name where text(.name) != original.name: return "was: \(original.name)"
        case .tags where new.tags != original.tags: return "was: \(original.tags.joined(separator: ", "))"
        case .processor where new.processor != original.processor:
            return "was: \(Form.processors.first { $0.0 == original.processor }?.1 ?? "")"
        case .memory where Form.memory(text(.memory)) != original.memoryMiB: return "was: \(original.memoryMiB) MB"
        case .codeCache where Form.memory(text(.codeCache)) != original.codeCacheMiB: return "was: \(original.codeCacheMiB) MB"
        case .keyboard where new.keyboard != original.keyboard: return "was: \(original.keyboard.name)"
        case .serial where new.serial != original.serial: return "was: \(original.serial.first?.word ?? "none")"
        case .notes where new.notes != original.notes: return "was: \(original.notes)"
        default: return nil
        }
    }
}
