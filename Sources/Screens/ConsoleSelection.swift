import TUI

/// A place in the text that a console shows: a line from its start, and a cell.
struct TextPlace: Equatable, Comparable, Sendable {
    var line, column: Int
    init(_ line: Int, _ column: Int) { (self.line, self.column) = (line, column) }
    static func < (a: TextPlace, b: TextPlace) -> Bool { (a.line, a.column) < (b.line, b.column) }
}

/// What is selected of rows of cells.
struct TextSelection: Equatable, Sendable {
    enum Shape: Equatable, Sendable {
        case lines, rectangle
        /// From one place to another, as a mouse selects.
        case flow
    }
    var anchor, end: TextPlace
    var shape: Shape

    var lines: ClosedRange<Int> { min(anchor.line, end.line)...max(anchor.line, end.line) }

    /// The cells of a line that are selected.
    func columns(of line: Int, width: Int) -> Range<Int> {
        guard lines.contains(line), width > 0 else { return 0..<0 }
        switch shape {
        case .lines: return 0..<width
        case .rectangle: return min(anchor.column, end.column)..<(max(anchor.column, end.column) + 1)
        case .flow:
            let first = min(anchor, end), last = max(anchor, end)
            return (line == first.line ? first.column : 0)..<max(line == last.line ? last.column + 1 : width, line == first.line ? first.column : 0)
        }
    }

    /// The text, trailing blanks cut, lines with a line feed between them. A wide character belongs to it whole.
    func text(of rows: [[Cell]], width: Int) -> String {
        lines.map { line in
            guard let row = rows[safe: line] else { return "" }
            var range = columns(of: line, width: width).clamped(to: 0..<row.count)
            if let first = range.first, first > 0, row[first].text.isEmpty { range = (first - 1)..<range.upperBound }
            var text = row[range].map(\.text).joined()
            while text.last == " " { text.removeLast() }
            return text
        }.joined(separator: "\n")
    }
}

/// Finds words in rows of cells, whatever their case.
enum TextSearch {
    /// The columns where `pattern` stands in `row`.
    static func matches(_ pattern: String, in row: [Cell]) -> [Range<Int>] {
        let wanted = pattern.lowercased().map(String.init)
        guard !wanted.isEmpty else { return [] }
        let places = row.indices.filter { !row[$0].text.isEmpty }
        guard places.count >= wanted.count else { return [] }
        let texts = places.map { row[$0].text.lowercased() }
        var found: [Range<Int>] = []
        var at = 0
        while at + wanted.count <= texts.count {
            if texts[at] == wanted[0], texts[at..<(at + wanted.count)].elementsEqual(wanted) {
                let after = at + wanted.count
                found.append(places[at]..<(after < places.count ? places[after] : row.count))
                at = after
            } else {
                at += 1
            }
        }
        return found
    }
}
