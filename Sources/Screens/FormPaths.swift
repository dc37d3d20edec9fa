import Configuration
import Contract
import TUI

/// Paths in a form: only the keeper sees files, so it is asked when a path is completed and when its field is left.
extension Form {
    func check(_ id: ID) -> Check? {
        guard let check = checks[id], raw(id) == check.text else { return nil }
        return check
    }

    private func raw(_ id: ID) -> String? {
        guard case .text(let field)? = index(id).map({ items[$0].control }) else { return nil }
        return field.text
    }

    /// The focused field is a path that was begun.
    var completes: Bool {
        guard let item = items[safe: focus], item.id.isPath, case .text(let field) = item.control else { return false }
        return !field.text.isEmpty && before.map(Form.words) != field.text && ordered(item.id, field.text) == nil
    }

    /// The new disk that a field's text asks for.
    private func ordered(_ id: ID, _ text: String) -> String? {
        guard case .path(let slot) = id, driveKind(slot) == .disk, let bytes = DiskSize.bytes(text) else { return nil }
        return DiskSize.prefix + "\(bytes)"
    }

    mutating func askToComplete() {
        guard let id = items[safe: focus]?.id, let text = raw(id) else { return }
        asks.append(Inspection(place: .form(id), text: text, completes: true))
    }

    mutating func ask(_ id: ID) {
        guard id.isPath, let text = raw(id), !text.isEmpty, check(id) == nil, !waits.contains(id) else { return }
        waits.insert(id)
        asks.append(Inspection(place: .form(id), text: text, completes: false))
    }

    mutating func takeAsks() -> [Effect] {
        defer { asks = [] }
        return asks.compactMap { inspection in
            guard case .form(let id) = inspection.place else { return nil }
            let path = ordered(id, inspection.text) ?? inspection.text
            return .submit(.inspect(path: path, machine: machine, as: kind(of: id)), .inspect(inspection))
        }
    }

    private func kind(of id: ID) -> ImageKind? {
        guard case .path(let slot) = id else { return nil }
        switch driveKind(slot) {
        case .floppy: return .floppy
        case .disk: return .disk
        case .cd: return .cd
        case nil: return nil
        }
    }

    /// What the keeper found; nil where it cannot look.
    mutating func inspected(_ inspection: Inspection, _ id: ID, _ report: ImageReport?) {
        if !inspection.completes { waits.remove(id) }
        guard raw(id) == inspection.text else { return }
        guard let report else {
            // Asked once more it would be no different.
            checks[id] = Check(text: inspection.text, note: "", problem: words("The file could not be looked at. Type another path."))
            return
        }
        guard !inspection.completes else { return complete(id, report) }
        // A focus that came back meanwhile means that the path is being typed on; a size stays a size, and ~ is shorter than what it means.
        let isOrder = ordered(id, inspection.text) != nil, keeps = isOrder || inspection.text.hasPrefix("~/")
        let text = items[safe: focus]?.id == id || keeps ? inspection.text : report.path
        if text != inspection.text { set(id, text) }
        checks[id] = Check(
            text: text, note: note(id, report, isOrder), problem: id == .kernel || id == .initrd ? nil : Form.problem(report),
            freeBytes: report.freeBytes)
    }

    private func note(_ id: ID, _ report: ImageReport, _ isOrder: Bool) -> String {
        if isOrder {
            return report.freeBytes.map { $0 < (DiskSize.bytes(text(id)) ?? 0) } == true ? words("more than is free") : words("grows as it fills")
        }
        return report.isBootable ? report.note + words(", bootable") : report.note
    }

    private mutating func complete(_ id: ID, _ report: ImageReport) {
        guard items[safe: focus]?.id == id else { return }
        if report.choices.count > 1 {
            if report.completed != raw(id) { set(id, report.completed) }
            picker = Picker(text: report.completed, choices: report.choices, words)
        } else if report.completed != raw(id) {
            set(id, report.completed)
        } else if report.problem == nil || id == .kernel || id == .initrd {
            // A kernel is no image, so nothing was found out about it.
            move(1)
        } else {
            // Nothing goes on like this: it has to be typed anew.
            checks[id] = Check(text: report.completed, note: "", problem: Form.problem(report))
            left.insert(id)
        }
    }

    /// The path stands in the field already.
    static func problem(_ report: ImageReport) -> String? {
        guard let full = report.problem, full.hasPrefix(report.path + ": ") else { return report.problem }
        return String(full.dropFirst(report.path.count + 2))
    }

    /// Another system: what still stands as the last one proposed it follows.
    mutating func take(preset index: Int) {
        guard index != preset, let old = Preset.all[safe: preset], let new = Preset.all[safe: index] else { return }
        preset = index
        let processor = { (p: Preset) in Form.processors.firstIndex { $0.0 == p.processor } ?? 0 }
        if choice(.processor) == processor(old) { choose(.processor, processor(new)) }
        if Form.memory(text(.memory)) == old.memoryMiB { set(.memory, "\(new.memoryMiB) MB") }
        if DiskSize.bytes(text(.path("hda"))) == old.diskBytes {
            set(.path("hda"), DiskSize.words(new.diskBytes))
            ask(.path("hda"))
        }
        base.hypervisorLeaf = new.hasAbsolutePointer
        let boots = Form.bootOrders(base.boot)
        if boots[safe: choice(.boot)] == old.boot, let place = boots.firstIndex(of: new.boot) { choose(.boot, place) }
    }
}

extension Model {
    mutating func inspected(_ inspection: Inspection, _ report: ImageReport?) -> [Effect] {
        switch inspection.place {
        case .form(let id):
            guard var form, !form.isSaving else { return [] }
            form.inspected(inspection, id, report)
            let asks = form.takeAsks()
            self.form = form
            return asks
        case .source: return wizardInspected(inspection, report)
        case .media:
            mediaInspected(inspection, report)
            return []
        }
    }
}
