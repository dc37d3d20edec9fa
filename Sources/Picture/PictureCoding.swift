/// Pictures as bytes, for files: exact, little-endian, and read back only where they make a picture that a video chip could have made.
extension Picture {
    private enum Kind { static let blank: UInt8 = 0, text: UInt8 = 1, pixels: UInt8 = 2 }
    private static let largestSide = 8192, mostPixels = 1 << 24

    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        func put(_ value: Int, _ count: Int) { for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (index * 8))) } }
        switch self {
        case .blank: put(Int(Kind.blank), 1)
        case .text(let text):
            put(Int(Kind.text), 1)
            for value in [text.columns, text.rows, text.font.height, text.font.rows.count] { put(value, 2) }
            put(text.cellWidth, 1)
            put((text.lineGraphics ? 1 : 0) | (text.cursor == nil ? 0 : 2), 1)
            if let cursor = text.cursor { for value in [cursor.column, cursor.row, cursor.top, cursor.bottom] { put(value, 2) } }
            for colour in text.palette { put(Int(colour), 4) }
            bytes += text.font.rows
            for cell in text.cells {
                put(Int(cell.glyph), 2)
                put(Int(cell.foreground & 15) | Int(cell.background & 15) << 4, 1)
                put((cell.blinks ? 1 : 0) | (cell.underlined ? 2 : 0), 1)
            }
        case .pixels(let pixels):
            put(Int(Kind.pixels), 1)
            put(pixels.width, 2)
            put(pixels.height, 2)
            bytes.reserveCapacity(5 + pixels.pixels.count * 4)
            for pixel in pixels.pixels { put(Int(pixel), 4) }
        }
        return bytes
    }

    /// - Returns: nil where `encoded` is not what a picture is encoded as.
    package init?(encoded: [UInt8]) {
        var rest = encoded[...]
        func take(_ count: Int) -> Int? {
            guard rest.count >= count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count).reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        switch take(1) {
        case Int(Kind.blank): self = .blank
        case Int(Kind.text):
            guard let columns = take(2), let rows = take(2), let height = take(2), let fontBytes = take(2), let width = take(1), let flags = take(1),
                1...1024 ~= columns, 1...1024 ~= rows, 1...32 ~= height, [256 * height, 512 * height].contains(fontBytes), 8...9 ~= width, flags < 4
            else { return nil }
            var cursor: TextPicture.Cursor?
            if flags & 2 != 0 {
                guard let column = take(2), let row = take(2), let top = take(2), let bottom = take(2), column < columns, row < rows, top <= bottom,
                    bottom < height
                else { return nil }
                cursor = .init(column: column, row: row, top: top, bottom: bottom)
            }
            let palette = (0..<16).compactMap { _ in take(4).map { UInt32($0) & 0xFF_FFFF } }
            guard palette.count == 16, rest.count == fontBytes + columns * rows * 4 else { return nil }
            let font = TextPicture.Font(height: height, rows: Array(rest.prefix(fontBytes)))
            rest = rest.dropFirst(fontBytes)
            var cells: [TextPicture.Cell] = []
            while let glyph = take(2), let colours = take(1), let flags = take(1) {
                guard glyph * height < fontBytes, flags < 4 else { return nil }
                cells.append(
                    .init(
                        glyph: UInt16(glyph), foreground: UInt8(colours & 15), background: UInt8(colours >> 4), blinks: flags & 1 != 0,
                        underlined: flags & 2 != 0))
            }
            self = .text(
                TextPicture(
                    columns: columns, rows: rows, cells: cells, cursor: cursor, font: font, cellWidth: width, lineGraphics: flags & 1 != 0,
                    palette: palette))
            return
        case Int(Kind.pixels):
            guard let width = take(2), let height = take(2), 1...Self.largestSide ~= width, 1...Self.largestSide ~= height,
                width * height <= Self.mostPixels, rest.count == width * height * 4
            else { return nil }
            var pixels: [UInt32] = []
            pixels.reserveCapacity(width * height)
            while let pixel = take(4) { pixels.append(UInt32(pixel) & 0xFF_FFFF) }
            self = .pixels(PixelPicture(width: width, height: height, pixels: pixels))
            return
        default: return nil
        }
        if !rest.isEmpty { return nil }
    }
}
