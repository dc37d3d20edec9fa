import Contract
import TUI

/// A list under a field: what its text could become.
struct Picker: Equatable, Sendable {
    struct Entry: Equatable, Sendable {
        var text: String
        var note = ""
    }
    /// What stands in the field before every entry: a path's folder.
    let prefix: String
    private let all: [Entry]
    /// What is typed after the prefix narrows the list.
    private var stem = ""
    var index = 0

    /// - Parameter text: as it stands in the field.
    init(text: String, choices: [ImageFile], _ words: Language) {
        let (prefix, stem) = Picker.parts(text)
        (self.prefix, self.stem) = (prefix, stem)
        all = choices.map { file in
            let kind: String? =
                switch file.kind {
                case .floppy: words("floppy")
                case .cd: "CD"
                case .disk: words("disk")
                case nil: nil
                }
            return Entry(text: file.name, note: [kind, file.note.isEmpty ? nil : file.note].compactMap { $0 }.joined(separator: "  "))
        }
    }

    /// The values of a choice.
    init(values: [String], chosen: Int) {
        (prefix, index) = ("", chosen)
        all = values.map { Entry(text: $0) }
    }

    var shown: [Entry] { stem.isEmpty ? all : all.filter { $0.text.hasPrefix(stem) } }
    var selected: Entry? { shown[safe: index] }
    /// The field's text with the selected entry taken.
    var result: String? { selected.map { prefix + $0.text } }

    private static func parts(_ text: String) -> (prefix: String, stem: String) {
        let slash = text.lastIndex(of: "/").map { text.index(after: $0) } ?? text.startIndex
        return (String(text[..<slash]), String(text[slash...]))
    }

    /// The field's text changed: false where the list has nothing more to say about it.
    mutating func narrow(to text: String) -> Bool {
        let parts = Picker.parts(text)
        guard parts.prefix == prefix else { return false }
        stem = parts.stem
        index = 0
        return !shown.isEmpty
    }

    /// True where the key moved the selection.
    mutating func move(_ key: Key) -> Bool {
        let last = max(0, shown.count - 1)
        switch key {
        case .up, .backTab: index = index == 0 ? last : index - 1
        case .down: index = index >= last ? 0 : index + 1
        case .pageUp: index = max(0, index - Picker.rows)
        case .pageDown: index = min(last, index + Picker.rows)
        default: return false
        }
        return true
    }

    static let rows = 8

    /// Draws the list below the field, or above it where there is no room.
    /// - Parameters:
    ///   - y: the field's row.
    ///   - bottom: the row that must stay free.
    func draw(on frame: inout Frame, x: Int, y: Int, width: Int, bottom: Int) {
        let shown = shown
        let rows = max(1, min(Picker.rows, shown.count, max(bottom - y - 3, y - 2)))
        let height = rows + 2
        let top = y + 1 + height <= bottom ? y + 1 : max(0, y - height)
        let width = min(width, frame.width - 2)
        let x = max(1, min(x, frame.width - 1 - width))
        frame.unmarkAll()
        let inside = frame.box(
            Rect(x, top, width, height), title: prefix.isEmpty ? "" : Text.middleClipped(prefix, to: width - 16),
            note: shown.count > rows ? "\(index + 1) of \(shown.count)" : "")
        let first = ListWindow.top(0, selected: index, rows: rows, count: shown.count)
        for (row, entry) in shown.dropFirst(first).prefix(rows).enumerated() {
            let isSelected = first + row == index
            let line = Rect(inside.x, inside.y + row, inside.width, 1)
            let style: Style = isSelected ? .role(.selected) : .dialog(.text)
            frame.fill(line, style)
            if isSelected { frame.put("▸", line.x, line.y, style) }
            let noteWidth = min(Text.width(entry.note), inside.width / 2)
            frame.put(entry.text, line.x + 2, line.y, style, width: inside.width - 4 - noteWidth)
            frame.putRight(Text.clipped(entry.note, to: noteWidth), right: line.right - 1, line.y, isSelected ? style : .dialog(.muted))
            frame.mark(line, .item(first + row))
        }
    }
}
