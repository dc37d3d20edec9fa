/// A guest screen as a value.
package enum Picture: Equatable, Sendable {
    /// No signal: the video chip is off or was never programmed.
    case blank
    case text(TextPicture)
    case pixels(PixelPicture)
}

/// A text mode: what the character generator would draw.
package struct TextPicture: Equatable, Sendable {
    /// One character cell as the guest stored it.
    package struct Cell: Equatable, Hashable, Sendable {
        /// Index into the font: 0...255, or 0...511 where the guest uses two fonts.
        package var glyph: UInt16
        /// 0...15, indices into the palette.
        package var foreground: UInt8
        package var background: UInt8
        package var blinks: Bool
        package var underlined: Bool
        package init(glyph: UInt16, foreground: UInt8, background: UInt8, blinks: Bool = false, underlined: Bool = false) {
            (self.glyph, self.foreground, self.background, self.blinks, self.underlined) = (glyph, foreground, background, blinks, underlined)
        }
    }

    package struct Cursor: Equatable, Sendable {
        package var column, row: Int
        /// First and last scan line of the cursor in its cell.
        package var top, bottom: Int
        package init(column: Int, row: Int, top: Int, bottom: Int) { (self.column, self.row, self.top, self.bottom) = (column, row, top, bottom) }
    }

    /// The character generator: `count` glyphs of `height` rows, one byte a row, most significant bit leftmost.
    package struct Font: Equatable, Sendable {
        package var height: Int
        package var rows: [UInt8]
        package init(height: Int, rows: [UInt8]) { (self.height, self.rows) = (height, rows) }
    }

    package var columns, rows: Int
    /// `columns` × `rows` cells, row by row.
    package var cells: [Cell]
    /// nil where the guest hides it.
    package var cursor: Cursor?
    package var font: Font
    /// 8 or 9 dots a cell; the ninth repeats the eighth for glyphs C0h...DFh when `lineGraphics` is set.
    package var cellWidth: Int
    package var lineGraphics: Bool
    /// 16 colours, 0x00RRGGBB.
    package var palette: [UInt32]

    package init(
        columns: Int, rows: Int, cells: [Cell], cursor: Cursor?, font: Font, cellWidth: Int, lineGraphics: Bool, palette: [UInt32]
    ) {
        self.columns = columns
        self.rows = rows
        self.cells = cells
        self.cursor = cursor
        self.font = font
        self.cellWidth = cellWidth
        self.lineGraphics = lineGraphics
        self.palette = palette
    }
}

/// A bitmap, 0x00RRGGBB a pixel, row by row without gaps: little-endian BGRX in memory.
package struct PixelPicture: Equatable, Sendable {
    package var width, height: Int
    package var pixels: [UInt32]
    package init(width: Int, height: Int, pixels: [UInt32]) { (self.width, self.height, self.pixels) = (width, height, pixels) }
}
