/// Pictures for terminals with DEC's sixel graphics: strips of six rows, one colour after the other.
package enum Sixel {
    private static let mostColours = 256

    /// - Parameters:
    ///   - width: and `height`: the size on the screen in pixels.
    /// - Returns: the whole sequence; empty where there is nothing to show.
    package static func encode(_ picture: PixelPicture, width: Int, height: Int) -> [UInt8] {
        guard 1...8192 ~= width, 1...8192 ~= height else { return [] }
        let picture = picture.scaled(width: width, height: height)
        guard picture.pixels.count == width * height else { return [] }
        let (palette, indices) = indexed(picture.pixels)
        var bytes = Array("\u{1b}P0;1;0q\"1;1;\(width);\(height)".utf8)
        for (number, colour) in palette.enumerated() {
            func percent(_ shift: UInt32) -> UInt32 { ((colour >> shift & 255) * 100 + 127) / 255 }
            bytes += "#\(number);2;\(percent(16));\(percent(8));\(percent(0))".utf8
        }
        // One strip: for each colour that occurs, the rows it has in every column.
        var rows = [UInt8](repeating: 0, count: palette.count * width)
        var isUsed = [Bool](repeating: false, count: palette.count)
        var used: [Int] = []
        for top in stride(from: 0, to: height, by: 6) {
            for line in 0..<min(6, height - top) {
                let start = (top + line) * width
                for x in 0..<width {
                    let colour = Int(indices[start + x])
                    if !isUsed[colour] {
                        isUsed[colour] = true
                        used.append(colour)
                    }
                    rows[colour * width + x] |= 1 << UInt8(line)
                }
            }
            for (place, colour) in used.enumerated() {
                if place > 0 { bytes.append(0x24) }
                bytes += "#\(colour)".utf8
                appendRow(rows[(colour * width)..<((colour + 1) * width)], to: &bytes)
                for x in (colour * width)..<((colour + 1) * width) { rows[x] = 0 }
                isUsed[colour] = false
            }
            used.removeAll(keepingCapacity: true)
            bytes.append(0x2d)
        }
        return bytes + [0x1b, 0x5c]
    }

    /// Runs of more than three are counted; empty columns at the end are left out.
    private static func appendRow(_ row: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
        var at = row.startIndex
        let end = (row.lastIndex { $0 != 0 } ?? at - 1) + 1
        while at < end {
            let value = row[at]
            var next = at + 1
            while next < end, row[next] == value { next += 1 }
            if next - at > 3 {
                bytes += "!\(next - at)".utf8
                bytes.append(0x3f + value)
            } else {
                for _ in at..<next { bytes.append(0x3f + value) }
            }
            at = next
        }
    }

    /// The picture's own colours where they are few, as on every VGA with a palette; otherwise six levels of red and blue and seven of green.
    private static func indexed(_ pixels: [UInt32]) -> (palette: [UInt32], indices: [UInt8]) {
        var numbers: [UInt32: UInt8] = [:], palette: [UInt32] = []
        var indices = [UInt8](repeating: 0, count: pixels.count)
        var last: UInt32?, number: UInt8 = 0
        for (place, pixel) in pixels.enumerated() {
            let colour = pixel & 0xff_ffff
            if colour != last {
                last = colour
                if let known = numbers[colour] {
                    number = known
                } else if palette.count < mostColours {
                    number = UInt8(truncatingIfNeeded: palette.count)
                    numbers[colour] = number
                    palette.append(colour)
                } else {
                    return quantised(pixels)
                }
            }
            indices[place] = number
        }
        return (palette, indices)
    }

    private static func quantised(_ pixels: [UInt32]) -> (palette: [UInt32], indices: [UInt8]) {
        var palette: [UInt32] = []
        for red in 0..<6 as Range<UInt32> {
            for green in 0..<7 as Range<UInt32> {
                for blue in 0..<6 as Range<UInt32> { palette.append((red * 51) << 16 | (green * 255 / 6) << 8 | blue * 51) }
            }
        }
        let indices = pixels.map { pixel -> UInt8 in
            let red = ((pixel >> 16 & 255) * 5 + 127) / 255, green = ((pixel >> 8 & 255) * 6 + 127) / 255, blue = ((pixel & 255) * 5 + 127) / 255
            return UInt8(truncatingIfNeeded: (red * 7 + green) * 6 + blue)
        }
        return (palette, indices)
    }
}

extension PixelPicture {
    /// The picture at another size: smaller by the mean of the pixels that fall together, larger by repeating pixels.
    func scaled(width newWidth: Int, height newHeight: Int) -> PixelPicture {
        guard width > 0, height > 0, newWidth > 0, newHeight > 0, pixels.count >= width * height else {
            return PixelPicture(width: 0, height: 0, pixels: [])
        }
        if newWidth == width, newHeight == height { return PixelPicture(width: width, height: height, pixels: Array(pixels.prefix(width * height))) }
        let shrinks = newWidth < width || newHeight < height
        let columns = (0...newWidth).map { $0 * width / newWidth }, rows = (0...newHeight).map { $0 * height / newHeight }
        var result: [UInt32] = []
        result.reserveCapacity(newWidth * newHeight)
        for y in 0..<newHeight {
            if !shrinks {
                for x in 0..<newWidth { result.append(pixels[rows[y] * width + columns[x]]) }
                continue
            }
            let lines = rows[y]..<max(rows[y] + 1, rows[y + 1])
            for x in 0..<newWidth {
                var red: UInt32 = 0, green: UInt32 = 0, blue: UInt32 = 0, count: UInt32 = 0
                for line in lines {
                    for column in columns[x]..<max(columns[x] + 1, columns[x + 1]) {
                        let pixel = pixels[line * width + column]
                        (red, green, blue, count) = (red &+ (pixel >> 16 & 255), green &+ (pixel >> 8 & 255), blue &+ (pixel & 255), count &+ 1)
                    }
                }
                let half = count / 2
                result.append(((red &+ half) / count) << 16 | ((green &+ half) / count) << 8 | (blue &+ half) / count)
            }
        }
        return PixelPicture(width: newWidth, height: newHeight, pixels: result)
    }
}
