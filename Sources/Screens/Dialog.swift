import Contract
import TUI

/// A question: some lines, perhaps fields, and buttons. The focus runs over fields, then buttons.
struct Dialog: Equatable, Sendable {
    enum Kind: Equatable, Sendable {
        case turnOff([MachineID]), reset([MachineID]), discard([MachineID]), delete([MachineID], mustType: String?)
        case clone(MachineID, taken: Set<String>), tags([MachineID]), media, discardChanges
        /// `saves`: states are being written, and the process ends after the last.
        case quit(saves: Bool)
        case leave(MachineID)
    }
    enum Choice: Equatable, Sendable { case cancel, act, other, third }
    struct Entry: Equatable, Sendable {
        var label: String
        var field: TextField
        /// What stood there when the dialog opened.
        let original: String
        init(label: String, field: TextField) { (self.label, self.field, original) = (label, field, field.text) }
    }
    struct Answer: Equatable, Sendable {
        var label: String
        var choice: Choice
        /// Acts without moving the focus, where no text is typed.
        var letter: Character?
        /// What the footer says.
        var hint: String
    }

    var kind: Kind
    var title: String
    var lines: [String] = []
    var entries: [Entry] = []
    var answers: [Answer]
    var focus = 0
    /// The line that was focused last: what buttons are about.
    var entry = 0
    /// Why the keeper would not do it.
    var refusal = ""
    /// The machines it is about, where others may come to be like them meanwhile.
    var subjects: [MachineID] = []
    /// The discs of a machine stand here in place of lines and buttons.
    var media: Media?

    static func discardChanges(_ form: Form?, _ words: Language) -> Dialog {
        let changes = form?.changes ?? 0
        return Dialog(
            kind: .discardChanges, title: words("Discard changes"),
            lines: [
                form?.machine == nil
                    ? words("The machine was not made yet. What was typed here is lost.")
                    : changes < 2 ? words("What was changed here is lost.") : words("%1 changes of %2 are lost.", changes, form?.original.name ?? "")
            ],
            answers: [
                Answer(label: words("Go on editing"), choice: .cancel, letter: nil, hint: ""),
                Answer(label: words("Discard"), choice: .act, letter: "d", hint: words("discard")),
            ])
    }

    var count: Int { entries.count + answers.count }
    var focusedEntry: Int? { focus < entries.count ? focus : nil }

    /// What the act waits for: a name to be typed, or one that is free.
    func isEnabled(_ answer: Answer) -> Bool {
        switch kind {
        case .delete(_, let name?): answer.choice != .act || entries[safe: 0]?.field.text == name
        case .clone: answer.choice != .act || cloneProblem == nil
        default: true
        }
    }

    /// Beside a field: how far it is from being right.
    func note(_ entry: Int, _ words: Language) -> String {
        let typed = entries[safe: entry]?.field.text ?? ""
        switch kind {
        case .clone: return cloneProblem.map { words($0) } ?? ""
        case .delete(_, let name?):
            if typed == name { return words.isWhole }
            guard name.hasPrefix(typed) else { return words("differs") }
            let left = name.count - typed.count
            return left == 1 ? words("1 letter to go") : words("%1 letters to go", left)
        default: return ""
        }
    }

    private var cloneProblem: String? {
        guard case .clone(_, let taken) = kind else { return nil }
        let name = cloneName
        if name.isEmpty { return "a name is missing" }
        if taken.contains(name) { return "is taken" }
        // Its folder is named after the letters and digits in it.
        return name.unicodeScalars.contains { $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil) }
            ? nil : "a letter or digit is missing"
    }

    var cloneName: String { Model.trimmed(entries[safe: 0]?.field.text ?? "") }

    mutating func paste(_ text: String) {
        guard let index = focusedEntry else { return }
        entries[index].field.insert(text)
    }

    mutating func move(_ step: Int) {
        for _ in 0..<count {
            focus = (focus + step + count) % count
            if focus < entries.count { entry = focus }
            if focus < entries.count || isEnabled(answers[focus - entries.count]) { return }
        }
    }
}

extension Model {
    mutating func pressInDialog(_ key: Key) -> [Effect] {
        guard var dialog else { return [] }
        if dialog.media != nil { return pressInMedia(key) }
        switch key {
        case .escape, .control("c"):
            if case .quit(saves: true) = dialog.kind { return stopSaving() }
            self.dialog = nil
            return []
        case .tab, .down: dialog.move(1)
        case .backTab, .up: dialog.move(-1)
        case .enter:
            let answer: Dialog.Answer?
            if dialog.focusedEntry != nil {
                answer = dialog.answers.first { $0.choice == .act }
            } else {
                answer = dialog.answers[safe: dialog.focus - dialog.entries.count]
            }
            guard let answer, dialog.isEnabled(answer) else { return [] }
            return choose(answer.choice, dialog)
        default:
            if let index = dialog.focusedEntry {
                _ = dialog.entries[index].field.handle(key)
            } else if key == .left {
                dialog.move(-1)
            } else if key == .right {
                dialog.move(1)
            } else if dialog.entries.isEmpty, let typed = key.typed?.lowercased(),
                let answer = dialog.answers.first(where: { $0.letter.map(String.init) == typed }), dialog.isEnabled(answer)
            {
                return choose(answer.choice, dialog)
            }
        }
        self.dialog = dialog
        return []
    }

    /// A click on a field puts the focus there; one on a button presses it.
    mutating func clickInDialog(_ field: Int) -> [Effect] {
        guard var dialog, field >= 0, field < dialog.count else { return [] }
        if let answer = dialog.answers[safe: field - dialog.entries.count], !dialog.isEnabled(answer) { return [] }
        dialog.focus = field
        if field < dialog.entries.count { dialog.entry = field }
        self.dialog = dialog
        return field < dialog.entries.count ? [] : pressInDialog(.enter)
    }

    private mutating func choose(_ choice: Dialog.Choice, _ dialog: Dialog) -> [Effect] {
        // Quitting stays until all is saved.
        if dialog.kind == .quit(saves: true) { return stopSaving() }
        self.dialog = nil
        guard choice != .cancel else { return [] }
        func still(_ ids: [MachineID], _ action: Action) -> [MachineSummary] {
            ids.compactMap(machine).filter { obstacle(to: action, $0) == nil }
        }
        switch dialog.kind {
        case .turnOff(let ids):
            if choice == .other { return submit(.power, still(ids, .power)) }
            return submit(.turnOff, still(ids, .turnOff))
        case .reset(let ids): return submit(.reset, still(ids, .reset))
        case .discard(let ids): return submit(.discard, still(ids, .discard))
        case .delete(let ids, _): return submit(.delete, still(ids, .delete))
        case .clone(let id, _): return [.submit(.clone(id, name: dialog.cloneName), .action(.clone, id))]
        case .tags(let ids): return changeTags(ids, dialog)
        case .leave(let id):
            if choice == .other { return [.submit(.powerButton(id), .action(.power, id))] }
            return [.submit(.turnOff(id), .action(.turnOff, id)), .quit]
        case .media: return []
        case .discardChanges:
            leaveForm()
            return []
        case .quit: return chooseToQuit(choice, dialog)
        }
    }
}
