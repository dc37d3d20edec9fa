import Picture
import TUI

/// What the glyphs of a font are in a terminal. Worked out once a font, since pictures come thirty times a second.
struct Alphabet: Sendable {
    private(set) var font = TextPicture.Font(height: 0, rows: [])
    private var cells: [String] = []

    mutating func learn(_ text: TextPicture) {
        guard cells.isEmpty || font != text.font else { return }
        (font, cells) = (text.font, text.alphabet.map { Text.cell(of: $0).text })
    }

    subscript(glyph: UInt16) -> String { cells[safe: Int(glyph)] ?? "\u{FFFD}" }
}

/// A guest's picture in cells: its own characters and colours.
enum GuestPicture {
    /// Characters 1:1, the part from `left`, `top` on, in `rect`. What blinks is shown steady.
    static func draw(_ text: TextPicture, _ alphabet: Alphabet, in rect: Rect, left: Int, top: Int, on frame: inout Frame) {
        guard text.columns > 0, text.rows > 0, text.cells.count >= text.columns * text.rows else { return }
        for y in 0..<max(0, min(rect.height, text.rows - top)) {
            for x in 0..<max(0, min(rect.width, text.columns - left)) {
                frame[rect.x + x, rect.y + y] = GuestPicture.cell(text.cells[(top + y) * text.columns + left + x], of: text, alphabet)
            }
        }
    }

    private static func cell(_ cell: TextPicture.Cell, of text: TextPicture, _ alphabet: Alphabet) -> Cell {
        Cell(
            alphabet[cell.glyph],
            .guest(
                foreground: text.palette[safe: Int(cell.foreground & 15)] ?? 0xaaaaaa, background: text.palette[safe: Int(cell.background & 15)] ?? 0,
                underlined: cell.underlined))
    }

    /// One row as cells, without the blanks of an empty background at its end.
    static func row(_ text: TextPicture, _ alphabet: Alphabet, _ row: Int) -> [Cell] {
        guard row >= 0, row < text.rows, text.cells.count >= text.columns * text.rows else { return [] }
        return trimmed(text.cells[(row * text.columns)..<((row + 1) * text.columns)].map { cell($0, of: text, alphabet) })
    }

    static func row(_ line: [TerminalPicture.Cell]) -> [Cell] {
        var cells = line.map { cell in
            Cell(
                cell.text.first.map { Text.cell(of: $0).text } ?? "",
                .guest(foreground: cell.foreground, background: cell.background, underlined: cell.underlined))
        }
        // Where the guest and this host differ about a character's width, the guest's grid stays.
        for index in cells.indices {
            let isWide = cells[index].text.first.map { Text.cell(of: $0).width == 2 } ?? false
            let hasRight = cells[safe: index + 1]?.text.isEmpty ?? false
            if isWide, !hasRight { cells[index].text = "·" }
            if hasRight, !isWide { cells[index + 1].text = " " }
        }
        if cells.first?.text.isEmpty == true { cells[0].text = " " }
        return trimmed(cells)
    }

    private static func trimmed(_ cells: [Cell]) -> [Cell] {
        var cells = cells
        while let last = cells.last, last.text == " ", case .guest(_, 0, false) = last.style { cells.removeLast() }
        return cells
    }

    /// Rows of cells, the part from `left`, `top` on; what a row does not have is dark.
    static func draw(_ rows: [[Cell]], in rect: Rect, left: Int, top: Int, on frame: inout Frame) {
        for y in 0..<rect.height {
            let row = rows[safe: top + y] ?? []
            for x in 0..<rect.width {
                var cell = row[safe: left + x] ?? Cell(" ", .guest(foreground: 0xaaaaaa, background: 0, underlined: false))
                // A wide character never straddles the edge.
                if cell.text.isEmpty, x == 0 { cell.text = " " }
                if x + 1 == rect.width, row[safe: left + x + 1]?.text.isEmpty == true { cell.text = " " }
                frame[rect.x + x, rect.y + y] = cell
            }
        }
    }

    /// The upper left cell of the part of a text that holds its cursor.
    static func corner(of text: TextPicture, _ size: Size) -> Point {
        guard let cursor = text.cursor else { return Point(0, 0) }
        return Point(
            max(0, min(cursor.column - size.width + 1, text.columns - size.width)), max(0, min(cursor.row - size.height + 1, text.rows - size.height))
        )
    }

    /// The cursor of a guest that has not the terminal's own: as an underscore, or a line under what stands there.
    static func drawCursor(of text: TextPicture, in rect: Rect, left: Int, top: Int, on frame: inout Frame) {
        guard let cursor = text.cursor, cursor.row >= top, cursor.row < top + rect.height, cursor.column >= left, cursor.column < left + rect.width
        else { return }
        let (x, y) = (rect.x + cursor.column - left, rect.y + cursor.row - top)
        guard case .guest(let foreground, let background, _) = frame[x, y].style else { return }
        if frame[x, y].text == " " {
            frame[x, y] = Cell("_", .guest(foreground: foreground, background: background, underlined: false))
        } else {
            frame[x, y].style = .guest(foreground: foreground, background: background, underlined: true)
        }
    }

    /// Half blocks, two pixels a cell, letter-boxed.
    /// - Returns: where the picture itself stands.
    @discardableResult
    static func draw(_ picture: PixelPicture, in rect: Rect, on frame: inout Frame) -> Rect {
        let blocks = HalfBlocks(picture, columns: rect.width, rows: rect.height)
        let area = blocks.area
        for y in area.row..<(area.row + area.rows) {
            for x in area.column..<(area.column + area.columns) {
                let cell = blocks.cells[y * blocks.columns + x]
                frame[rect.x + x, rect.y + y] = Cell("▀", .guest(foreground: cell.upper, background: cell.lower, underlined: false))
            }
        }
        return Rect(rect.x + area.column, rect.y + area.row, area.columns, area.rows)
    }
}
