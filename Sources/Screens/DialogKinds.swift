import Contract
import TUI

/// The questions that are asked about machines.
extension Dialog {
    private static let cancel = Answer(label: "Cancel", choice: .cancel, letter: nil, hint: "")

    /// `nt4`, or `3 machines`.
    private static func subject(_ machines: [MachineSummary]) -> String {
        machines.count == 1 ? machines[0].name : Model.count(machines.count)
    }

    /// The names, where they are several.
    private static func names(_ machines: [MachineSummary]) -> [String] {
        machines.count == 1 ? [] : ["", machines.map(\.name).joined(separator: ", ")]
    }

    static func turnOff(_ machine: MachineSummary) -> Dialog { turnOff([machine]) }

    static func turnOff(_ machines: [MachineSummary]) -> Dialog {
        let subject = subject(machines), isOne = machines.count == 1
        var lines = [
            isOne ? "\(subject) is turned off as if its plug were pulled." : "\(subject) are turned off as if their plugs were pulled.",
            isOne ? "What its guest has not written to disk is lost." : "What their guests have not written to disk is lost.",
        ]
        let viewers = machines.reduce(0) { $0 &+ $1.viewers }
        if viewers > 0 { lines.append(viewers == 1 ? "1 viewer is connected." : "\(viewers) viewers are connected.") }
        let power = Answer(label: isOne ? "Power button" : "Power buttons", choice: .other, letter: "b", hint: "press the power button")
        return Dialog(
            kind: .turnOff(machines.map(\.id)), title: "Turn off \(subject)", lines: lines + names(machines),
            answers: [cancel, power, Answer(label: "Turn off", choice: .act, letter: "t", hint: "turn off")])
    }

    static func reset(_ machine: MachineSummary) -> Dialog { reset([machine]) }

    static func reset(_ machines: [MachineSummary]) -> Dialog {
        let subject = subject(machines), isOne = machines.count == 1
        return Dialog(
            kind: .reset(machines.map(\.id)), title: "Reset \(subject)",
            lines: [
                "\(subject) restart\(isOne ? "s" : "") at once.",
                isOne ? "What its guest has not written to disk is lost." : "What their guests have not written to disk is lost.",
            ] + names(machines),
            answers: [cancel, Answer(label: "Reset", choice: .act, letter: "r", hint: "reset")])
    }

    static func discard(_ machines: [MachineSummary]) -> Dialog {
        let subject = subject(machines), isOne = machines.count == 1
        return Dialog(
            kind: .discard(machines.map(\.id)), title: isOne ? "Discard the saved state of \(subject)" : "Discard \(machines.count) saved states",
            lines: [
                isOne
                    ? "\(subject) is off afterwards, as if its plug had been pulled."
                    : "\(subject) are off afterwards, as if their plugs had been pulled.",
                isOne ? "What its guest had not written to disk is lost." : "What their guests had not written to disk is lost.",
            ] + names(machines),
            answers: [cancel, Answer(label: "Discard", choice: .act, letter: "d", hint: "discard")])
    }

    static func leave(_ machine: MachineSummary) -> Dialog {
        Dialog(
            kind: .leave(machine.id), title: "Leave \(machine.name)",
            lines: ["\(machine.name) lives in this process and ends with it.", "What its guest has not written to disk is lost."],
            answers: [
                Answer(label: "Stay", choice: .cancel, letter: "s", hint: "stay"),
                Answer(label: "Power button", choice: .other, letter: "b", hint: "press the power button"),
                Answer(label: "Turn off and leave", choice: .act, letter: "t", hint: "turn off and leave"),
            ])
    }

    /// What has a disk or a saved state of its own is deleted only after its name was typed.
    static func delete(_ machines: [MachineSummary], trashUntil: String, undo: String) -> Dialog {
        let subject = subject(machines)
        let mustType = machines.contains { $0.savedAt != nil || $0.disks.values.contains(where: $0.owns) } ? subject : nil
        var dialog = Dialog(
            kind: .delete(machines.map(\.id), mustType: mustType), title: "Delete \(subject)",
            lines: [
                "The trash keeps \(machines.count == 1 && mustType == nil ? "it" : "them") until \(trashUntil). \(undo) brings \(machines.count == 1 && mustType == nil ? "it" : "them") back."
            ],
            answers: [cancel, Answer(label: "Delete", choice: .act, letter: mustType == nil ? "d" : nil, hint: "delete")])
        if mustType != nil { dialog.entries = [Entry(label: "Type \(subject) to confirm", field: TextField())] }
        return dialog
    }

    static func clone(_ machine: MachineSummary, taken: Set<String>) -> Dialog {
        // `nt4-2` is copied as `nt4-3`.
        var stem = machine.name, number = 2
        if let dash = stem.lastIndex(of: "-"), let last = Int(stem[stem.index(after: dash)...]), last > 1, last < 1000 {
            (stem, number) = (String(stem[..<dash]), last + 1)
        }
        while taken.contains("\(stem)-\(number)") { number += 1 }
        return Dialog(
            kind: .clone(machine.id, taken: taken), title: "Clone \(machine.name)",
            lines: [
                "A full copy of the settings and of the disks in its folder.",
                machine.state == .saved ? "Its saved state comes along if all its disks do." : "\(machine.name) is only read.", "",
            ],
            entries: [Entry(label: "Name of the copy", field: TextField("\(stem)-\(number)"))],
            answers: [Answer(label: "Clone", choice: .act, letter: nil, hint: ""), cancel])
    }

    static func tags(_ machines: [MachineSummary]) -> Dialog {
        Dialog(
            kind: .tags(machines.map(\.id)), title: "Tags of \(subject(machines))",
            lines: [
                machines.count == 1 ? "Words to find it by; the first one names its group." : "Words that they share; others that one has stay."
            ] + names(machines) + [""],
            entries: [Entry(label: "With blanks between them", field: TextField(Model.sharedTags(machines).joined(separator: " ")))],
            answers: [Answer(label: "Set tags", choice: .act, letter: nil, hint: ""), cancel])
    }
}

extension MachineSummary {
    /// An image that lies in its own folder, which is named after its identity.
    func owns(_ path: String) -> Bool { !path.hasPrefix("/") && !path.contains(":") || path.contains("/\(id)/") }

    /// Where an image lies.
    func place(of path: String) -> String {
        if owns(path) { return "its folder" }
        if path.hasPrefix("builtin:") { return "comes with Vitrine" }
        guard let slash = path.lastIndex(of: "/"), path.hasPrefix("/") else { return path.hasPrefix("fetch:") ? "fetched" : path }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

extension Model {
    static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    static func sharedTags(_ machines: [MachineSummary]) -> [String] {
        (machines.first?.tags ?? []).filter { tag in machines.allSatisfy { $0.tags.contains(tag) } }
    }

    /// The typed words take the place of those that were shared.
    mutating func changeTags(_ ids: [MachineID], _ dialog: Dialog) -> [Effect] {
        let machines = ids.compactMap(machine), shared = Model.sharedTags(machines)
        var typed: [String] = []
        for word in (dialog.entries.first?.field.text ?? "").split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init)
        where !typed.contains(word) { typed.append(word) }
        var changes: [(machine: MachineSummary, tags: [String])] = []
        for machine in machines {
            let tags = typed + machine.tags.filter { !shared.contains($0) && !typed.contains($0) }
            if tags != machine.tags { changes.append((machine, tags)) }
        }
        guard let first = changes.first else { return [] }
        undo.record(
            changes.count == 1 ? "the tags of \(first.machine.name)" : "the tags of \(Model.count(changes.count))",
            back: changes.map { .annotate($0.machine.id, notes: nil, tags: $0.machine.tags) },
            forth: changes.map { .annotate($0.machine.id, notes: nil, tags: $0.tags) })
        if changes.count > 1 { bulk = BulkAction(action: .tags, waiting: Set(changes.map(\.machine.id))) }
        if changes.count == 1 { say(sentence(first.machine, first.tags)) }
        return changes.map { .submit(.annotate($0.machine.id, notes: nil, tags: $0.tags), .action(.tags, $0.machine.id)) }
    }

    /// `Tag lab removed from nt4. u undoes.`
    private func sentence(_ machine: MachineSummary, _ tags: [String]) -> String {
        let added = tags.filter { !machine.tags.contains($0) }, removed = machine.tags.filter { !tags.contains($0) }
        func words(_ tags: [String]) -> String { "Tag\(tags.count == 1 ? "" : "s") \(tags.joined(separator: ", "))" }
        let undoes = " \(keymap.label(.undo)) undoes."
        if removed.isEmpty, !added.isEmpty { return "\(words(added)) added to \(machine.name)." + undoes }
        if added.isEmpty, !removed.isEmpty { return "\(words(removed)) removed from \(machine.name)." + undoes }
        return "Tags of \(machine.name) changed." + undoes
    }
}
