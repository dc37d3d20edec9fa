/// What was changed, so that it can be changed back.
struct UndoStack: Equatable, Sendable {
}
