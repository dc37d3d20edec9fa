extension Frame {
    /// Samples as columns of dots, two a cell and four high; the newest at the right. Other glyph sets than Unicode get shades.
    /// - Parameters:
    ///   - peak: the value that fills the height.
    ///   - count: how many samples span the width; nil: one a column of dots.
    package mutating func graph(_ samples: some RandomAccessCollection<Double>, _ rect: Rect, peak: Double, count: Int? = nil) {
        guard rect.width > 0, rect.height > 0, peak > 0, !samples.isEmpty else { return }
        let columns = rect.width * 2, shown = max(1, count ?? columns)
        let recent = Array(samples.suffix(shown))
        for x in 0..<rect.width {
            // Sample and height in dots of the two columns; before the first sample there is nothing.
            let pair = [0, 1].map { half -> (value: Double, dots: Int) in
                let place = (x * 2 + half) * shown / columns - (shown - recent.count)
                guard place >= 0, place < recent.count else { return (0, 0) }
                let part = recent[place].isFinite ? max(0, min(1, recent[place] / peak)) : 0
                return (part * 100, Int((part * Double(rect.height * 4)).rounded()))
            }
            let value = max(pair[0].value, pair[1].value)
            let role: Role = value > 85 ? .graphHigh : value > 50 ? .graphMid : .graphLow
            for row in 0..<rect.height {
                let base = (rect.height - 1 - row) * 4
                let left = max(0, min(4, pair[0].dots - base)), right = max(0, min(4, pair[1].dots - base))
                guard left + right > 0 else { continue }
                let scalar = Unicode.Scalar(0x2800 + Frame.leftDots[left] + Frame.rightDots[right]) ?? " "
                put(String(Character(scalar)), rect.x + x, rect.y + row, .role(role))
            }
        }
    }

    /// Dots of a braille cell from the bottom up, by how many.
    private static let leftDots: [UInt32] = [0, 0x40, 0x44, 0x46, 0x47], rightDots: [UInt32] = [0, 0x80, 0xa0, 0xb0, 0xb8]
}
