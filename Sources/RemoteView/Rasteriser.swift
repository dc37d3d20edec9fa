import Picture

/// Text drawn with its font, cursor steady.
enum Rasteriser {
    static func pixels(of text: TextPicture) -> PixelPicture {
        let height = text.font.height
        let width = text.columns * text.cellWidth
        guard text.columns > 0, text.rows > 0, height > 0, text.cells.count >= text.columns * text.rows, text.palette.count >= 16 else {
            return PixelPicture(width: 0, height: 0, pixels: [])
        }
        var pixels = [UInt32](repeating: 0, count: width * text.rows * height)
        for row in 0..<text.rows {
            for column in 0..<text.columns {
                let cell = text.cells[row * text.columns + column]
                let (ink, paper) = (text.palette[Int(cell.foreground & 15)], text.palette[Int(cell.background & 15)])
                let cursor = text.cursor.flatMap { $0.column == column && $0.row == row ? $0 : nil }
                for line in 0..<height {
                    let at = Int(cell.glyph) * height + line
                    var bits = at < text.font.rows.count ? text.font.rows[at] : 0
                    let underCursor = cursor.map { line >= $0.top && line <= $0.bottom } ?? false
                    if underCursor || (cell.underlined && line == height - 2) { bits = 0xFF }
                    let ninth = underCursor || (text.lineGraphics && (0xC0...0xDF).contains(cell.glyph) && bits & 1 != 0)
                    let start = (row * height + line) * width + column * text.cellWidth
                    for dot in 0..<text.cellWidth {
                        pixels[start + dot] = (dot < 8 ? bits >> UInt8(7 - dot) & 1 != 0 : ninth) ? ink : paper
                    }
                }
            }
        }
        return PixelPicture(width: width, height: text.rows * height, pixels: pixels)
    }
}
