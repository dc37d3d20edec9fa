import Picture
import TUI

/// What went off the top of a text guest's screen. A guest scrolls by copying its rows; what it copied where is found by comparing pictures.
struct Scrollback: Equatable, Sendable {
    /// Rows of cells, oldest first, trailing blanks cut.
    private(set) var rows: [[Cell]] = []
    private var shown: TextPicture?
    private var alphabet = Alphabet()
    private var marks: [RowMark] = []
    /// Pages that were kept lately, so that a program that shows the same ones in turn does not fill everything.
    private var pages: [Int] = []
    static let longest = 2000

    /// A row by its content alone.
    struct RowMark: Hashable, Sendable {
        var hash: UInt64
        var isBlank: Bool
    }

    /// Rows that left: `count` rows from `top` on.
    struct Scroll: Equatable, Sendable { var top, count: Int }

    static func == (a: Scrollback, b: Scrollback) -> Bool { a.rows == b.rows }

    /// Takes the next picture of the same guest and keeps what it no longer shows.
    mutating func see(_ picture: TextPicture, _ alphabet: Alphabet) {
        guard picture.columns > 0, picture.rows > 0, picture.cells.count >= picture.columns * picture.rows else { return }
        let new = Scrollback.marks(picture)
        defer { (shown, marks, self.alphabet) = (picture, new, alphabet) }
        guard let old = shown, new != marks else { return }
        let settled = Scrollback.settled(old, marks)
        if old.columns == picture.columns, let scroll = Scrollback.scroll(from: marks, to: new, settled: settled) {
            keep(old, scroll.top..<(scroll.top + scroll.count))
        } else if old.columns != picture.columns || Scrollback.isReplaced(marks, new, settled: settled) {
            keepPage(old)
        }
    }

    private mutating func keep(_ picture: TextPicture, _ range: Range<Int>) {
        for row in range { rows.append(GuestPicture.row(picture, alphabet, row)) }
        if rows.count > Scrollback.longest { rows.removeFirst(rows.count - Scrollback.longest) }
    }

    private mutating func keepPage(_ picture: TextPicture) {
        guard let last = marks.lastIndex(where: { !$0.isBlank }) else { return }
        let page = marks.hashValue
        guard !pages.contains(page) else { return }
        pages = pages.suffix(15) + [page]
        keep(picture, 0..<(last + 1))
    }

    // MARK: Comparing

    private static func marks(_ picture: TextPicture) -> [RowMark] {
        (0..<picture.rows).map { row in
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            var isBlank = true
            for cell in picture.cells[(row * picture.columns)..<((row + 1) * picture.columns)] {
                if cell.glyph != 0x20, cell.glyph != 0, cell.glyph != 0xff { isBlank = false }
                hash = (hash ^ (UInt64(cell.glyph) << 8 | UInt64(cell.foreground) << 4 | UInt64(cell.background))) &* 0x100_0000_01b3
            }
            return RowMark(hash: hash, isBlank: isBlank)
        }
    }

    /// Rows from the top that nobody writes any more: those above the cursor, or all that hold something.
    private static func settled(_ picture: TextPicture, _ marks: [RowMark]) -> Int {
        if let cursor = picture.cursor, cursor.row >= 0, cursor.row < picture.rows { return cursor.row }
        return (marks.lastIndex { !$0.isBlank } ?? -1) + 1
    }

    /// How a screen was scrolled upwards, with lines that stay at its top and bottom; nil where it was not.
    static func scroll(from old: [RowMark], to new: [RowMark], settled: Int) -> Scroll? {
        guard old.count == new.count, settled > 0, settled <= old.count, old[..<settled] != new[..<settled] else { return nil }
        let same = zip(old, new).map { $0 == $1 }
        let header = same.prefix { $0 }.count
        let footer = zip(same, old).reversed().prefix { $0.0 }.count
        let ends = footer > 0 && old.count - footer < settled ? [settled, old.count - footer] : [settled]
        for end in ends {
            for top in header > 0 && header < end ? [0, header] : [0] {
                for count in stride(from: 1, to: end - top, by: 1) where old[(top + count)..<end] == new[top..<(end - count)] {
                    // Rows that look alike, such as a frame's sides, prove little.
                    let proof = Set(old[(top + count)..<end].filter { !$0.isBlank }).count
                    if proof >= (end - top >= 4 ? 2 : 1) { return Scroll(top: top, count: count) }
                }
            }
        }
        return nil
    }

    /// Whether next to nothing of a page is still where it stood.
    private static func isReplaced(_ old: [RowMark], _ new: [RowMark], settled: Int) -> Bool {
        let written = old.indices.prefix(settled).filter { !old[$0].isBlank }
        return !written.isEmpty && written.count { new.indices.contains($0) && new[$0] == old[$0] } * 4 < written.count
    }
}
