/// A bitmap scaled for a terminal: each character cell shows two pixels, one above the other (U+2580 in two colours).
package struct HalfBlocks: Equatable, Sendable {
    package struct Cell: Equatable, Hashable, Sendable {
        /// 0x00RRGGBB.
        package var upper, lower: UInt32
        package init(upper: UInt32, lower: UInt32) { (self.upper, self.lower) = (upper, lower) }
    }

    package let columns, rows: Int
    /// `columns` × `rows`, row by row; 0 in the margins.
    package private(set) var cells: [Cell]
    /// Where the picture stands in the cells, in cells; the rest is margin. The last row may hold half a cell of it.
    package private(set) var area: (column: Int, row: Int, columns: Int, rows: Int)

    package static func == (left: HalfBlocks, right: HalfBlocks) -> Bool {
        left.columns == right.columns && left.rows == right.rows && left.cells == right.cells && left.area == right.area
    }

    /// Fits `picture` into `columns` × `rows` cells, keeping its aspect (half a cell counts as square), centred. Every pixel is the mean of
    /// the source pixels under it, weighted by the part covered; small pictures are not enlarged.
    package init(_ picture: PixelPicture, columns: Int, rows: Int) {
        let columns = max(columns, 0), rows = max(rows, 0)
        self.columns = columns
        self.rows = rows
        cells = [Cell](repeating: Cell(upper: 0, lower: 0), count: columns * rows)
        area = (0, 0, 0, 0)
        let (width, height) = (picture.width, picture.height)
        guard width > 0, height > 0, columns > 0, rows > 0, picture.pixels.count >= width * height else { return }
        var across = min(columns, width), down = min(rows * 2, height)
        if across * height > down * width { across = max(1, down * width / height) } else { down = max(1, across * height / width) }
        area = ((columns - across) / 2, (rows - (down + 1) / 2) / 2, across, (down + 1) / 2)

        // Rows first, then columns: sums of 8.8 fixed-point weights for red, green and blue.
        let horizontal = Self.spans(width, across), vertical = Self.spans(height, down)
        var sums = [UInt64](repeating: 0, count: across * 3)
        for y in 0..<down {
            for index in sums.indices { sums[index] = 0 }
            for (sourceY, weightY) in vertical[y] {
                for x in 0..<across {
                    var red: UInt64 = 0, green: UInt64 = 0, blue: UInt64 = 0
                    for (sourceX, weightX) in horizontal[x] {
                        let pixel = picture.pixels[sourceY * width + sourceX]
                        red &+= UInt64(pixel >> 16 & 255) &* weightX
                        green &+= UInt64(pixel >> 8 & 255) &* weightX
                        blue &+= UInt64(pixel & 255) &* weightX
                    }
                    sums[x * 3] &+= red &* weightY
                    sums[x * 3 + 1] &+= green &* weightY
                    sums[x * 3 + 2] &+= blue &* weightY
                }
            }
            for x in 0..<across {
                let total = horizontal[x].reduce(0) { $0 + $1.weight } * vertical[y].reduce(0) { $0 + $1.weight }
                func mean(_ part: Int) -> UInt32 { UInt32(truncatingIfNeeded: min((sums[x * 3 + part] + total / 2) / total, 255)) }
                let colour = mean(0) << 16 | mean(1) << 8 | mean(2)
                let at = (area.row + y / 2) * columns + area.column + x
                if y & 1 == 0 { cells[at].upper = colour } else { cells[at].lower = colour }
            }
        }
    }

    /// For each of `count` pieces of `length` pixels: which pixels it covers, each with its part in 256ths.
    private static func spans(_ length: Int, _ count: Int) -> [[(index: Int, weight: UInt64)]] {
        (0..<count).map { piece in
            let from = piece * length * 256 / count, to = max((piece + 1) * length * 256 / count, from + 1)
            return (from / 256...min((to - 1) / 256, length - 1)).map { index in
                (index, UInt64(min(to, (index + 1) * 256) - max(from, index * 256)))
            }
        }
    }
}
