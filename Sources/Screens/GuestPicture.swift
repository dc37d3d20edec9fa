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
                let cell = text.cells[(top + y) * text.columns + left + x]
                let style = Style.guest(
                    foreground: text.palette[safe: Int(cell.foreground & 15)] ?? 0xaaaaaa,
                    background: text.palette[safe: Int(cell.background & 15)] ?? 0,
                    underlined: cell.underlined)
                frame[rect.x + x, rect.y + y] = Cell(alphabet[cell.glyph], style)
            }
        }
    }

    /// Half blocks, two pixels a cell, letter-boxed.
    static func draw(_ picture: PixelPicture, in rect: Rect, on frame: inout Frame) {
        let blocks = HalfBlocks(picture, columns: rect.width, rows: rect.height)
        let area = blocks.area
        for y in area.row..<(area.row + area.rows) {
            for x in area.column..<(area.column + area.columns) {
                let cell = blocks.cells[y * blocks.columns + x]
                frame[rect.x + x, rect.y + y] = Cell("▀", .guest(foreground: cell.upper, background: cell.lower, underlined: false))
            }
        }
    }
}
