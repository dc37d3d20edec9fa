/// What a terminal's font can show. Views draw in Unicode; a frame is translated just before it is shown.
package enum GlyphSet: String, CaseIterable, Sendable {
    case unicode, cp437, ascii

    package func translated(_ frame: Frame) -> Frame {
        guard self != .unicode else { return frame }
        var result = frame
        for y in 0..<frame.height {
            for x in 0..<frame.width {
                var cell = frame[x, y]
                guard !cell.text.isEmpty else { continue }
                if self == .ascii, case .guest(let upper, let lower, _) = cell.style, cell.text == "▀" {
                    // Two pixels in one character: a ramp of their brightness.
                    let light = (Colour.luminance(upper) + Colour.luminance(lower)) / 2
                    cell.text = GlyphSet.ramp[min(9, light * 10 / 256)]
                    cell.style = .guest(foreground: 0xffffff, background: 0, underlined: false)
                } else if self == .ascii, cell.text == "┤" || cell.text == "├" {
                    let step = cell.text == "┤" ? 1 : -1
                    let marks = frame[x + step, y].text == " " && !" ─│".contains(frame[x + 2 * step, y].text)
                    // The mark of an active title, or a line that meets another.
                    cell.text = marks ? (step > 0 ? "[" : "]") : "+"
                } else {
                    cell.text = translated(cell.text, wide: x + 1 < frame.width && frame[x + 1, y].text.isEmpty)
                    if x + 1 < frame.width, frame[x + 1, y].text.isEmpty, cell.text.utf8.count == 1 { result[x + 1, y] = Cell(" ", cell.style) }
                }
                result[x, y] = cell
            }
        }
        return result
    }

    private func translated(_ text: String, wide: Bool) -> String {
        if text.utf8.count == 1 { return text }
        if self != .unicode, let scalar = text.unicodeScalars.first, (0x2800...0x28ff).contains(scalar.value) {
            // Braille stands in graphs: as dense as it has dots.
            let ramp = self == .ascii ? GlyphSet.asciiDots : GlyphSet.consoleDots
            return ramp[(scalar.value & 0xff).nonzeroBitCount]
        }
        switch self {
        case .unicode: return text
        case .cp437: return GlyphSet.consoleTable[text] ?? (wide ? "?" : text)
        case .ascii: return GlyphSet.asciiTable[text] ?? "?"
        }
    }

    private static let ramp = Array(" .:-=+*#%@").map(String.init)

    private static let asciiDots = Array(" ...:::##").map(String.init), consoleDots = Array(" ░░▒▒▓▓██").map(String.init)

    private static let consoleTable: [String: String] = [
        "●": "•", "‖": "║", "◆": "♦", "✖": "X", "▸": "►", "✓": "√", "▾": "▼", "▴": "▲", "…": "~", "‹": "<", "›": ">", "━": "═", "╸": "═",
        "▁": "·", "▂": "░", "▃": "░", "▄": "▒", "▅": "▒", "▆": "▓", "▇": "▓",
    ]

    private static let asciiTable: [String: String] = [
        "●": "*", "‖": "=", "■": "-", "◆": "#", "»": "^", "«": "v", "✖": "X", "·": ".", "▸": ">", "✓": "+", "▾": "v", "▴": "^", "…": "~",
        "‹": "<", "›": ">", "─": "-", "│": "|", "┌": "+", "┐": "+", "└": "+", "┘": "+", "┬": "+", "┴": "+", "┼": "+",
        "━": "=", "╸": "=", "▁": "_", "▂": ".", "▃": ":", "▄": "-", "▅": "=", "▆": "+", "▇": "*", "█": "#", "▀": "-", "░": ".", "▒": ":",
        "▓": "#", "═": "=", "║": "|", "╔": "+", "╗": "+", "╚": "+", "╝": "+", "╠": "+", "╣": "+", "╦": "+", "╩": "+", "╬": "+", "►": ">",
        "◄": "<", "▲": "^", "▼": "v", "↑": "^", "↓": "v", "→": ">", "←": "<", "•": "*", "√": "v", "▌": "|", "▐": "|", "\u{a0}": " ",
    ]
}
