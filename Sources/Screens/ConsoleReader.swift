import Contract
import Picture
import TUI

/// A console's text held still: what scrolled off and what stands on the screen, to read, search and copy. The guest runs on.
struct ConsoleReader: Equatable, Sendable {
    /// What scrolled off, then the screen.
    var rows: [[Cell]]
    /// How many of them scrolled off.
    var kept: Int
    /// Cells of the guest's screen in a row.
    var width: Int
    var top = 0
    var left = 0
    /// Where arrows move while one selects; nil while one only reads.
    var cursor: TextPlace?
    var anchor: TextPlace?
    var shape = TextSelection.Shape.lines
    /// Being typed after `/`.
    var query: TextField?
    var pattern = ""
    /// The line of the match that was gone to.
    var found: Int?

    var selection: TextSelection? {
        guard let cursor else { return nil }
        return anchor.map { TextSelection(anchor: $0, end: cursor, shape: shape) }
    }

    /// The pattern that counts now: one sees what one types.
    var wanted: String { query?.text ?? pattern }

    mutating func scroll(_ lines: Int, height: Int) { top = max(0, min(top + lines, rows.count - height)) }
    func isAtEnd(_ height: Int) -> Bool { top >= rows.count - height }

    /// Keeps the cursor in the text and the window around it.
    mutating func follow(height: Int, screen: Int) {
        guard var place = cursor else { return }
        place = TextPlace(max(0, min(place.line, rows.count - 1)), max(0, min(place.column, width - 1)))
        cursor = place
        if place.line < top { top = place.line }
        if place.line >= top + height { top = place.line - height + 1 }
        if place.column < left { left = place.column }
        if place.column >= left + screen { left = place.column - screen + 1 }
    }

    /// Goes to the next line that holds the pattern, upwards as one reads back; where there is none, nothing moves.
    mutating func find(up: Bool, height: Int) -> Bool {
        let wanted = wanted
        guard !wanted.isEmpty else { return false }
        let start = found ?? cursor?.line ?? (up ? min(rows.count, top + height) : top - 1)
        let order = up ? Array((0..<max(0, min(start, rows.count))).reversed()) : Array(min(max(0, start + 1), rows.count)..<rows.count)
        guard let line = order.first(where: { !TextSearch.matches(wanted, in: rows[$0]).isEmpty }) else { return false }
        found = line
        if cursor != nil, let column = TextSearch.matches(wanted, in: rows[line]).first?.lowerBound { cursor = TextPlace(line, column) }
        if line < top || line >= top + height { top = max(0, min(line - height / 2, rows.count - height)) }
        return true
    }
}

extension Model {
    /// The reader for what the console shows now; nil where it shows no text.
    func newReader() -> ConsoleReader? {
        guard let id = console.machine else { return nil }
        var reader: ConsoleReader
        if let port = console.port {
            guard let terminal = terminals[id]?[port] else { return nil }
            let history = terminal.history.map { GuestPicture.row($0) }
            reader = ConsoleReader(rows: history + terminal.lines.map { GuestPicture.row($0) }, kept: history.count, width: terminal.columns)
        } else {
            let kept = scrollbacks[id]?.rows ?? []
            switch pictures[id] {
            case .text(let text):
                let alphabet = alphabet(of: text)
                let screen = (0..<text.rows).map { GuestPicture.row(text, alphabet, $0) }
                reader = ConsoleReader(rows: kept + screen, kept: kept.count, width: text.columns)
            default:
                guard !kept.isEmpty else { return nil }
                reader = ConsoleReader(rows: kept, kept: kept.count, width: kept.map(\.count).max() ?? 80)
            }
        }
        guard !reader.rows.isEmpty else { return nil }
        reader.top = max(0, min(reader.kept + console.top, reader.rows.count - consoleRows))
        reader.left = console.left
        return reader
    }

    /// Opens what scrolled off, a page back.
    mutating func openScrollback(by lines: Int) {
        guard var reader = newReader(), reader.rows.count > consoleRows else {
            say(words("Nothing has scrolled off yet."))
            return
        }
        reader.scroll(-lines, height: consoleRows)
        console.reader = reader
    }

    mutating func openSelection() {
        guard var reader = newReader() else {
            say(words("This picture holds no text. %1 g writes it to a file.", hostKey.label))
            return
        }
        let place = console.port == nil ? pictures[console.machine ?? MachineID(rawValue: "")]?.textCursor : consoleTerminal?.cursor
        reader.cursor = TextPlace(reader.kept + (place?.row ?? console.top), place?.column ?? 0)
        reader.follow(height: consoleRows, screen: size.width)
        console.reader = reader
    }

    mutating func pressInReader(_ key: Key) -> [Effect] {
        guard var reader = console.reader else { return [] }
        if reader.query != nil { return pressInQuery(key, reader) }
        let height = consoleRows
        switch key {
        case .escape where !reader.pattern.isEmpty:
            (reader.pattern, reader.found) = ("", nil)
            console.reader = reader
            return []
        case .escape, .character("q"):
            console.reader = nil
            return []
        case .character("/"):
            reader.query = TextField()
            reader.found = nil
        case .character("n"), .character("N"):
            if reader.pattern.isEmpty { return [] }
            if !reader.find(up: key == .character("n"), height: height) {
                say(key == .character("n") ? words("No more %1 above.", reader.pattern) : words("No more %1 below.", reader.pattern))
            }
        case .character("y"), .enter:
            guard let place = reader.cursor else { return [] }
            let selection = reader.selection ?? TextSelection(anchor: place, end: place, shape: .lines)
            console.reader = nil
            return copy(selection, reader)
        case .character("v") where reader.cursor != nil: reader.shape = reader.shape == .rectangle ? .lines : .rectangle
        case .character("c") where reader.cursor == nil, .character(" ") where reader.cursor == nil:
            reader.cursor = TextPlace(min(reader.top + height, reader.rows.count) - 1, reader.left)
        case .character(" "): reader.anchor = reader.anchor == nil ? reader.cursor : nil
        default:
            guard let move = ReaderMove(key) else { return [] }
            if reader.cursor == nil, case .lines(let count) = move.kind, count > 0, reader.isAtEnd(height), key == .pageDown {
                console.reader = nil
                return []
            }
            move.apply(&reader, height: height, screen: size.width)
        }
        reader.follow(height: height, screen: size.width)
        console.reader = reader
        return []
    }

    private mutating func pressInQuery(_ key: Key, _ old: ConsoleReader) -> [Effect] {
        var reader = old
        switch key {
        case .escape, .control("c"):
            reader.query = nil
            reader.pattern = ""
        case .enter:
            reader.pattern = reader.query?.text ?? ""
            reader.query = nil
        default:
            guard reader.query?.handle(key) == true else { return [] }
            reader.found = nil
            _ = reader.find(up: true, height: consoleRows) || reader.find(up: false, height: consoleRows)
        }
        console.reader = reader
        return []
    }

    mutating func copy(_ selection: TextSelection, _ reader: ConsoleReader) -> [Effect] {
        let text = selection.text(of: reader.rows, width: reader.width)
        guard !text.isEmpty else {
            say(words("Nothing but blanks there: nothing was copied."))
            return []
        }
        clipboard = text
        let lines = selection.lines.count
        say(lines == 1 ? words("Copied 1 line.") : words("Copied %1 lines.", lines))
        return [.copy(text)]
    }

    /// The terminal that the console shows, where it shows one.
    var consoleTerminal: TerminalPicture? { console.machine.flatMap { id in console.port.flatMap { terminals[id]?[$0] } } }
}

/// What a key moves while one reads.
private struct ReaderMove {
    enum Kind { case lines(Int), columns(Int), first, last, lineStart, lineEnd }
    var kind: Kind
    /// Counted in pages, not in lines.
    var isPage = false

    init?(_ key: Key) {
        switch key {
        case .up, .character("k"): kind = .lines(-1)
        case .down, .character("j"): kind = .lines(1)
        case .left, .character("h"): kind = .columns(-1)
        case .right, .character("l"): kind = .columns(1)
        case .pageUp, .control("u"): (kind, isPage) = (.lines(-1), true)
        case .pageDown, .control("d"), .control("f"): (kind, isPage) = (.lines(1), true)
        case .character("g"): kind = .first
        case .character("G"): kind = .last
        case .home: kind = .lineStart
        case .end: kind = .lineEnd
        default: return nil
        }
    }

    func apply(_ reader: inout ConsoleReader, height: Int, screen: Int) {
        let page = max(1, height - 1)
        guard var place = reader.cursor else {
            switch kind {
            case .lines(let count): reader.scroll(count * (isPage ? page : 1), height: height)
            case .columns(let count): reader.left = max(0, min(reader.left + count * 8, reader.width - screen))
            case .first, .lineStart: reader.top = 0
            case .last, .lineEnd: reader.top = max(0, reader.rows.count - height)
            }
            return
        }
        switch kind {
        case .lines(let count): place.line += count * (isPage ? page : 1)
        case .columns(let count):
            place.column += count
            // Past the right half of a wide character.
            if let row = reader.rows[safe: place.line], row[safe: place.column]?.text.isEmpty == true { place.column += count }
        case .first: place.line = 0
        case .last: place.line = reader.rows.count - 1
        case .lineStart: place.column = 0
        case .lineEnd: place.column = max(0, (reader.rows[safe: place.line]?.lastIndex { $0.text != " " && !$0.text.isEmpty } ?? 0))
        }
        reader.cursor = place
    }
}

extension Picture {
    fileprivate var textCursor: (column: Int, row: Int)? { if case .text(let text) = self { text.cursor.map { ($0.column, $0.row) } } else { nil } }
}
