import Contract
import TUI

/// The questions that are asked about machines.
extension Dialog {
    private static func cancel(_ words: Language) -> Answer { Answer(label: words("Cancel"), choice: .cancel, letter: nil, hint: "") }

    /// `nt4`, or `3 machines`.
    private static func subject(_ machines: [MachineSummary], _ words: Language) -> String {
        machines.count == 1 ? machines[0].name : words.machines(machines.count)
    }

    /// The names, where they are several.
    private static func names(_ machines: [MachineSummary]) -> [String] {
        machines.count == 1 ? [] : ["", machines.map(\.name).joined(separator: ", ")]
    }

    static func turnOff(_ machines: [MachineSummary], _ words: Language) -> Dialog {
        let subject = subject(machines, words), isOne = machines.count == 1
        var lines = [
            isOne
                ? words("%1 is turned off as if its plug were pulled.", subject) : words("%1 are turned off as if their plugs were pulled.", subject),
            isOne ? words("What its guest has not written to disk is lost.") : words("What their guests have not written to disk is lost."),
        ]
        let viewers = machines.reduce(0) { $0 &+ $1.viewers }
        if viewers > 0 { lines.append(viewers == 1 ? words("1 viewer is connected.") : words("%1 viewers are connected.", viewers)) }
        let power = Answer(
            label: isOne ? words("Power button") : words("Power buttons"), choice: .other, letter: "b", hint: words("press the power button"))
        return Dialog(
            kind: .turnOff(machines.map(\.id)), title: words("Turn off %1", subject), lines: lines + names(machines),
            answers: [cancel(words), power, Answer(label: words("Turn off"), choice: .act, letter: "t", hint: words("turn off"))])
    }

    static func reset(_ machines: [MachineSummary], _ words: Language) -> Dialog {
        let subject = subject(machines, words), isOne = machines.count == 1
        return Dialog(
            kind: .reset(machines.map(\.id)), title: words("Reset %1", subject),
            lines: [
                isOne ? words("%1 restarts at once.", subject) : words("%1 restart at once.", subject),
                isOne ? words("What its guest has not written to disk is lost.") : words("What their guests have not written to disk is lost."),
            ] + names(machines),
            answers: [cancel(words), Answer(label: words("Reset"), choice: .act, letter: "r", hint: words("reset"))])
    }

    static func discard(_ machines: [MachineSummary], _ words: Language) -> Dialog {
        let subject = subject(machines, words), isOne = machines.count == 1
        return Dialog(
            kind: .discard(machines.map(\.id)),
            title: isOne ? words("Discard the saved state of %1", subject) : words("Discard %1 saved states", machines.count),
            lines: [
                isOne
                    ? words("%1 is off afterwards, as if its plug had been pulled.", subject)
                    : words("%1 are off afterwards, as if their plugs had been pulled.", subject),
                isOne ? words("What its guest had not written to disk is lost.") : words("What their guests had not written to disk is lost."),
            ] + names(machines),
            answers: [cancel(words), Answer(label: words("Discard"), choice: .act, letter: "d", hint: words("discard"))])
    }

    static func leave(_ machine: MachineSummary, _ words: Language) -> Dialog {
        Dialog(
            kind: .leave(machine.id), title: words("Leave %1", machine.name),
            lines: [words("%1 lives in this process and ends with it.", machine.name), words("What its guest has not written to disk is lost.")],
            answers: [
                Answer(label: words("Stay"), choice: .cancel, letter: "s", hint: words("stay")),
                Answer(label: words("Power button"), choice: .other, letter: "b", hint: words("press the power button")),
                Answer(label: words("Turn off and leave"), choice: .act, letter: "t", hint: words("turn off and leave")),
            ])
    }

    /// What has a disk or a saved state of its own is deleted only after its name was typed.
    static func delete(_ machines: [MachineSummary], trashUntil: String, undo: String, _ words: Language) -> Dialog {
        let subject = subject(machines, words)
        let mustType = machines.contains { $0.savedAt != nil || $0.disks.values.contains(where: $0.owns) } ? subject : nil
        var dialog = Dialog(
            kind: .delete(machines.map(\.id), mustType: mustType), title: words("Delete %1", subject),
            lines: [
                machines.count == 1 && mustType == nil
                    ? words("The trash keeps it until %1. %2 brings it back.", trashUntil, undo)
                    : words("The trash keeps them until %1. %2 brings them back.", trashUntil, undo)
            ],
            answers: [cancel(words), Answer(label: words("Delete"), choice: .act, letter: mustType == nil ? "d" : nil, hint: words("delete"))])
        if mustType != nil { dialog.entries = [Entry(label: words("Type %1 to confirm", subject), field: TextField())] }
        return dialog
    }

    static func clone(_ machine: MachineSummary, taken: Set<String>, _ words: Language) -> Dialog {
        // `nt4-2` is copied as `nt4-3`.
        var stem = machine.name, number = 2
        if let dash = stem.lastIndex(of: "-"), let last = Int(stem[stem.index(after: dash)...]), last > 1, last < 1000 {
            (stem, number) = (String(stem[..<dash]), last + 1)
        }
        while taken.contains("\(stem)-\(number)") { number += 1 }
        return Dialog(
            kind: .clone(machine.id, taken: taken), title: words("Clone %1", machine.name),
            lines: [
                words("A full copy of the settings and of the disks in its folder."),
                machine.state == .saved ? words("Its saved state comes along if all its disks do.") : words("%1 is only read.", machine.name), "",
            ],
            entries: [Entry(label: words("Name of the copy"), field: TextField("\(stem)-\(number)"))],
            answers: [Answer(label: words("Clone"), choice: .act, letter: nil, hint: ""), cancel(words)])
    }

    static func tags(_ machines: [MachineSummary], _ words: Language) -> Dialog {
        Dialog(
            kind: .tags(machines.map(\.id)), title: words("Tags of %1", subject(machines, words)),
            lines: [
                machines.count == 1
                    ? words("Words to find it by; the first one names its group.") : words("Words that they share; others that one has stay.")
            ] + names(machines) + [""],
            entries: [Entry(label: words("With blanks between them"), field: TextField(Model.sharedTags(machines).joined(separator: " ")))],
            answers: [Answer(label: words("Set tags"), choice: .act, letter: nil, hint: ""), cancel(words)])
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
            changes.count == 1 ? words("the tags of %1", first.machine.name) : words("the tags of %1", words.machines(changes.count)),
            back: changes.map { .annotate($0.machine.id, notes: nil, tags: $0.machine.tags) },
            forth: changes.map { .annotate($0.machine.id, notes: nil, tags: $0.tags) })
        if changes.count > 1 { bulk = BulkAction(action: .tags, waiting: Set(changes.map(\.machine.id))) }
        if changes.count == 1 { say(sentence(first.machine, first.tags)) }
        return changes.map { .submit(.annotate($0.machine.id, notes: nil, tags: $0.tags), .action(.tags, $0.machine.id)) }
    }

    /// `Tag lab removed from nt4. u undoes.`
    private func sentence(_ machine: MachineSummary, _ tags: [String]) -> String {
        let added = tags.filter { !machine.tags.contains($0) }, removed = machine.tags.filter { !tags.contains($0) }
        let key = keymap.label(.undo), some = (removed.isEmpty ? added : removed), list = some.joined(separator: ", ")
        if removed.isEmpty, !added.isEmpty {
            return words(some.count == 1 ? "Tag %1 added to %2. %3 undoes." : "Tags %1 added to %2. %3 undoes.", list, machine.name, key)
        }
        if added.isEmpty, !removed.isEmpty {
            return words(some.count == 1 ? "Tag %1 removed from %2. %3 undoes." : "Tags %1 removed from %2. %3 undoes.", list, machine.name, key)
        }
        return words("Tags of %1 changed. %2 undoes.", machine.name, key)
    }
}
