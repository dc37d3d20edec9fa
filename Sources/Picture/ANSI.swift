/// A screen as text with colours for any terminal with true colour (ECMA-48 SGR 38;2 and 48;2).
extension Picture {
    /// One line a row, each ending in a reset and a line feed; graphics as half blocks, `columns` wide at most; nothing for a blank screen.
    package func ansi(columns: Int) -> String {
        switch self {
        case .blank: return ""
        case .text(let text):
            let lines = text.lines.map(Array.init)
            var out = ANSIText()
            for row in lines.indices {
                for column in 0..<text.columns {
                    let cell = text.cells[row * text.columns + column]
                    out.put(
                        lines[row][column], ink: text.colour(cell.foreground), paper: text.colour(cell.background), underlined: cell.underlined)
                }
                out.endLine()
            }
            return out.text
        case .pixels(let pixels):
            let columns = max(1, min(columns, pixels.width))
            guard pixels.width > 0, pixels.height > 0 else { return "" }
            let blocks = HalfBlocks(pixels, columns: columns, rows: max(1, (pixels.height * columns / pixels.width + 1) / 2))
            var out = ANSIText()
            for row in 0..<blocks.rows {
                for column in 0..<blocks.columns {
                    let cell = blocks.cells[row * blocks.columns + column]
                    out.put("▀", ink: cell.upper, paper: cell.lower, underlined: false)
                }
                out.endLine()
            }
            return out.text
        }
    }

    package var ansi: String { ansi(columns: 80) }
}

extension TextPicture {
    /// 0x00RRGGBB; black where the palette is short.
    fileprivate func colour(_ index: UInt8) -> UInt32 { Int(index) < palette.count ? palette[Int(index)] : 0 }
}

/// Says colours only where they change.
private struct ANSIText {
    var text = ""
    private var last: (ink: UInt32, paper: UInt32, underlined: Bool)?

    mutating func put(_ character: Character, ink: UInt32, paper: UInt32, underlined: Bool) {
        if last.map({ $0 != (ink, paper, underlined) }) ?? true {
            text += "\u{1B}[0\(underlined ? ";4" : "");38;2;\(parts(ink));48;2;\(parts(paper))m"
            last = (ink, paper, underlined)
        }
        text.append(character)
    }

    mutating func endLine() {
        text += "\u{1B}[0m\n"
        last = nil
    }

    private func parts(_ colour: UInt32) -> String { "\(colour >> 16 & 255);\(colour >> 8 & 255);\(colour & 255)" }
}
