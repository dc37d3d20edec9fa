import Contract
import TUI

/// One thing that can be done and taken back.
enum UndoStep: Equatable, Sendable {
    case annotate(MachineID, notes: String?, tags: [String]?)
    /// The configuration as JSON.
    case configure(MachineID, [UInt8])
    case delete(MachineID), undelete(MachineID)
    case order(ListOrder)
    case filter(FinderQuery)
    /// Rows that the list has more than it would have by itself, by size class.
    case split(String, Int)
    /// A theme's name.
    case theme(String)

    /// Two of one kind that follow each other are one change.
    fileprivate var kind: String {
        switch self {
        case .annotate(let id, _, _): "annotate \(id)"
        case .configure(let id, _): "configure \(id)"
        case .delete(let id), .undelete(let id): "delete \(id)"
        case .order: "order"
        case .filter: "filter"
        case .split(let name, _): "split \(name)"
        case .theme: "theme"
        }
    }
}

/// What was changed, so that it can be changed back. Never on it: what a guest did.
struct UndoStack: Equatable, Sendable {
    struct Change: Equatable, Sendable {
        /// What was changed, as the end of a sentence: `tag lab of nt4`.
        var what: String
        var back, forth: [UndoStep]
    }

    static let limit = 50
    private(set) var done: [Change] = []
    private(set) var undone: [Change] = []
    /// The settings that a form was filled from, and what it was saved as, until that is done.
    struct Edit: Equatable, Sendable {
        var id: MachineID
        var old: [UInt8]
        var new: [UInt8]?
    }
    var edited: Edit?

    /// `merges`: a change that follows one of the same kind belongs to that.
    mutating func record(_ what: String, back: [UndoStep], forth: [UndoStep], merges: Bool = false) {
        undone = []
        if merges, let last = done.last, last.forth.map(\.kind) == forth.map(\.kind) {
            done[done.count - 1].forth = forth
            if last.back == forth { done.removeLast() }
            return
        }
        done.append(Change(what: what, back: back, forth: forth))
        if done.count > UndoStack.limit { done.removeFirst() }
    }

    mutating func takeBack() -> Change? {
        guard let change = done.popLast() else { return nil }
        undone.append(change)
        return change
    }

    mutating func doAgain() -> Change? {
        guard let change = undone.popLast() else { return nil }
        done.append(change)
        return change
    }
}

extension Model {
    mutating func performUndo(_ action: Action) -> [Effect] {
        let isUndo = action == .undo
        guard let change = isUndo ? undo.takeBack() : undo.doAgain() else { return [] }
        say(
            isUndo
                ? words("Undone: %1. %2 does it again.", change.what, keymap.label(.redo))
                : words("Done again: %1. %2 undoes.", change.what, keymap.label(.undo)))
        return (isUndo ? change.back : change.forth).flatMap { apply($0, isUndo ? .undo : .redo) }
    }

    private mutating func apply(_ step: UndoStep, _ action: Action) -> [Effect] {
        switch step {
        case .annotate(let id, let notes, let tags): return [.submit(.annotate(id, notes: notes, tags: tags), .action(action, id))]
        case .configure(let id, let json): return [.submit(.configure(id, configuration: json), .action(action, id))]
        case .delete(let id): return [.submit(.delete(id), .action(action, id))]
        case .undelete(let id): return [.submit(.undelete(id), .action(action, id))]
        case .order(let order):
            self.order = order
            keepListWindow()
            return [.keep(preferences)]
        case .filter(let query):
            finder.query = query
            keepSelection()
            return []
        case .split(let name, let rows):
            preferences.split = (preferences.split ?? [:]).merging([name: rows]) { $1 }
            keepListWindow()
            return [.keep(preferences)]
        case .theme(let id):
            guard let index = themes.firstIndex(where: { $0.id == id }) else { return [] }
            theme = index
            preferences.theme = id
            return [.theme(id), .keep(preferences)]
        }
    }

    /// The keeper did what was asked, or would not.
    mutating func undoAnswered(_ action: Action, _ result: Result<KeeperReply, KeeperError>) {
        switch result {
        case .success(.created(let id)):
            selected = id
            keepListWindow()
        case .success: break
        case .failure(let error):
            _ = action == .undo ? undo.doAgain() : undo.takeBack()
            say(error.description, error: true)
        }
    }

    /// Settings that are on their way to the keeper.
    mutating func noteEdits(_ effects: [Effect]) {
        for case .submit(.configure(let id, let json), .saveForm) in effects where undo.edited?.id == id { undo.edited?.new = json }
    }

    /// A machine's settings were saved: what they were before can come back.
    mutating func rememberEdit() {
        defer { undo.edited = nil }
        guard let edited = undo.edited, let new = edited.new, new != edited.old else { return }
        let name = machine(edited.id)?.name ?? edited.id.rawValue
        undo.record(words("the settings of %1", name), back: [.configure(edited.id, edited.old)], forth: [.configure(edited.id, new)])
    }
}
