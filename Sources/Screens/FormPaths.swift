import Contract
import TUI

/// Paths in a form: only the keeper sees files, so it is asked when a path is completed and when its field is left.
extension Form {
    func check(_ id: ID) -> Check? {
        guard let check = checks[id], raw(id) == check.text else { return nil }
        return check
    }

    private func raw(_ id: ID) -> String? {
        guard case .text(let field)? = items.first(where: { $0.id == id })?.control else { return nil }
        return field.text
    }

    /// The focused field is a path with something to complete.
    var completes: Bool {
        guard let item = items[safe: focus], item.id.isPath, case .text(let field) = item.control else { return false }
        return !field.text.isEmpty
    }

    mutating func askToComplete() {
        guard let id = items[safe: focus]?.id, let text = raw(id) else { return }
        asks.append(Inspection(place: .form(id), text: text, completes: true))
    }

    /// The focused field is about to be left.
    mutating func leave() { ask(items[safe: focus]?.id) }

    mutating func askAboutImage() { ask(.image) }

    private mutating func ask(_ id: ID?) {
        guard let id, id.isPath, let text = raw(id), !text.isEmpty, check(id) == nil, !waits.contains(id) else { return }
        waits.insert(id)
        asks.append(Inspection(place: .form(id), text: text, completes: false))
    }

    mutating func takeAsks() -> [Effect] {
        defer { asks = [] }
        return asks.map { inspection in
            guard case .form(let id) = inspection.place else { return .redraw }
            return .submit(.inspect(path: inspection.text, machine: machine, as: kind(of: id)), .inspect(inspection))
        }
    }

    private func kind(of id: ID) -> ImageKind? {
        guard case .path(let slot) = id, case .choice(_, let index)? = items.first(where: { $0.id == .kind(slot) })?.control else { return nil }
        return slot.hasPrefix("fd") ? .floppy : index == 1 ? .disk : .cd
    }

    private mutating func set(_ id: ID, _ text: String) {
        guard let index = items.firstIndex(where: { $0.id == id }) else { return }
        items[index].control = .text(TextField(text))
    }

    /// What the keeper found; nil where it cannot look.
    mutating func inspected(_ inspection: Inspection, _ id: ID, _ report: ImageReport?) {
        if !inspection.completes { waits.remove(id) }
        guard raw(id) == inspection.text else { return }
        guard let report else {
            // Asked once more it would be no different.
            checks[id] = Check(text: inspection.text, note: "", problem: "The file could not be looked at. Type another path.")
            return
        }
        guard !inspection.completes else { return complete(id, report) }
        // A focus that came back meanwhile means that the path is being typed on.
        let text = items[safe: focus]?.id == id ? inspection.text : report.path
        set(id, text)
        let problem = Form.problem(report)
        checks[id] = Check(text: text, note: report.note, problem: problem)
        if id == .image, problem == nil { fill(report) }
    }

    private mutating func complete(_ id: ID, _ report: ImageReport) {
        guard items[safe: focus]?.id == id else { return }
        if report.completed != raw(id) {
            set(id, report.completed)
        } else if report.choices.isEmpty {
            // Nothing goes on like this: either it is there, or it has to be typed anew.
            if report.problem == nil { return move(1) }
            checks[id] = Check(text: report.completed, note: "", problem: Form.problem(report))
        }
        choices = report.choices
    }

    /// The path stands in the field already.
    private static func problem(_ report: ImageReport) -> String? {
        guard let full = report.problem, full.hasPrefix(report.path + ": ") else { return report.problem }
        return String(full.dropFirst(report.path.count + 2))
    }

    /// Puts the image into the drive that it fits, and names the machine after it where it has no name yet.
    private mutating func fill(_ report: ImageReport) {
        guard let kind = report.kind else { return }
        let slot = kind == .floppy ? "fda" : kind == .cd ? "hdc" : "hda"
        if let filledSlot, filledSlot != slot { set(.path(filledSlot), "") }
        filledSlot = slot
        let words = kind == .floppy ? "floppy" : kind == .cd ? "CD" : "disk"
        checks[.image]?.note = "\(words), \(report.note)"
        if let index = items.firstIndex(where: { $0.id == .kind(slot) }), case .choice(let values, _) = items[index].control {
            items[index].control = .choice(values, kind == .cd ? 2 : 1)
        }
        set(.path(slot), report.path)
        checks[.path(slot)] = Check(text: report.path, note: report.note, problem: nil)
        guard raw(.name) == original.name else { return }
        var stem = Format.fileName(report.path)
        if let dot = stem.lastIndex(of: "."), dot > stem.startIndex { stem = String(stem[..<dot]) }
        stem = String(stem.prefix(40).drop { $0 == "." })
        guard !stem.isEmpty else { return }
        var name = stem, number = 2
        while taken.contains(name) {
            name = "\(stem)-\(number)"
            number += 1
        }
        set(.name, name)
    }
}

extension Form.ID {
    var isPath: Bool {
        switch self {
        case .image, .path: true
        default: false
        }
    }
}

extension Model {
    mutating func inspected(_ inspection: Inspection, _ report: ImageReport?) -> [Effect] {
        switch inspection.place {
        case .form(let id):
            guard var form, !form.isSaving else { return [] }
            form.inspected(inspection, id, report)
            let asks = form.takeAsks()
            let saves = id == .image && !inspection.completes ? form.savesWhenKnown : nil
            if saves != nil { form.savesWhenKnown = nil }
            self.form = form
            return asks + (saves.map { saveForm(start: $0) } ?? [])
        case .dialog(let entry):
            dialog?.inspected(inspection, entry, report)
            return []
        }
    }
}
