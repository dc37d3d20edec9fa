extension TextPicture {
    package var width: Int { columns * cellWidth }
    package var height: Int { rows * font.height }

    /// What a monitor would show.
    /// - Parameter blinkOn: the half of the blink in which blinking characters and the cursor are seen.
    package func rasterised(blinkOn: Bool = true) -> PixelPicture {
        let cellHeight = font.height
        guard columns > 0, rows > 0, cellHeight > 0, cellWidth > 0, cells.count >= columns * rows else {
            return PixelPicture(width: 0, height: 0, pixels: [])
        }
        let width = width, glyphs = font.rows.count / cellHeight
        var colours = palette
        while colours.count < 16 { colours.append(0) }
        let pixels = unsafe [UInt32](unsafeUninitializedCapacity: width * height) { pixels, count in
            count = width * height
            for row in 0..<rows {
                for column in 0..<columns {
                    let cell = cells[row * columns + column]
                    let background = colours[Int(cell.background & 15)]
                    let foreground = cell.blinks && !blinkOn ? background : colours[Int(cell.foreground & 15)]
                    let cursorLines = blinkOn ? cursorLines(column, row) : 0..<0
                    let glyph = Int(cell.glyph)
                    let extends = lineGraphics && (0xC0...0xDF).contains(glyph & 0xFF)
                    for line in 0..<cellHeight {
                        var dots = glyph < glyphs ? UInt32(font.rows[glyph * cellHeight + line]) << 1 : 0
                        if extends { dots |= dots >> 1 & 1 }
                        if cell.underlined && line == cellHeight - 1 || cursorLines.contains(line) { dots = 0x1FF }
                        let start = (row * cellHeight + line) * width + column * cellWidth
                        for dot in 0..<cellWidth {
                            unsafe pixels[start + dot] = dot < 9 && dots & (0x100 >> UInt32(dot)) != 0 ? foreground : background
                        }
                    }
                }
            }
        }
        return PixelPicture(width: width, height: height, pixels: pixels)
    }

    private func cursorLines(_ column: Int, _ row: Int) -> Range<Int> {
        guard let cursor, cursor.column == column, cursor.row == row, cursor.top <= cursor.bottom else { return 0..<0 }
        return cursor.top..<(cursor.bottom + 1)
    }
}

extension Picture {
    /// In pixels; 0 by 0 when blank.
    package var size: (width: Int, height: Int) {
        switch self {
        case .blank: (0, 0)
        case .text(let text): (text.width, text.height)
        case .pixels(let pixels): (pixels.width, pixels.height)
        }
    }

    /// The picture in pixels; nil when blank.
    package func rasterised(blinkOn: Bool = true) -> PixelPicture? {
        switch self {
        case .blank: nil
        case .text(let text): text.rasterised(blinkOn: blinkOn)
        case .pixels(let pixels): pixels
        }
    }
}
