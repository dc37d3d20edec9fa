/// A frame as a picture that any browser shows: SVG 1.1. Blocks, shades, braille and light lines are drawn, so that no font leaves gaps in them.
extension Frame {
    private static let cell = (width: 9, height: 18)

    /// - Parameter title: read by screen readers.
    package func svg(theme: Theme, title: String) -> String {
        let (across, down) = (width * Frame.cell.width, height * Frame.cell.height)
        let page = Frame.colours(theme.ink(.text, depth: .rgb))
        var out = #"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \#(across) \#(down)" width="\#(across)" height="\#(down)" "#
        out += #"font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14.9" xml:space="preserve">"# + "\n"
        out += "<title>\(Frame.escaped(title))</title>\n"
        out += #"<rect width="100%" height="100%" fill="\#(page.ground)"/>"# + "\n"
        for y in 0..<height { out += row(y, theme, page.ground) }
        return out + "</svg>\n"
    }

    private func row(_ y: Int, _ theme: Theme, _ page: String) -> String {
        var ground = "", marks = "", words = ""
        var x = 0
        while x < width {
            // A run of one style: its ground in one piece, its letters in another, what is drawn by itself.
            let start = x, style = self[x, y].style
            while x < width, self[x, y].style == style || self[x, y].text.isEmpty { x += 1 }
            let ink = theme.ink(style, depth: .rgb), colours = Frame.colours(ink)
            if colours.ground != page { ground += Frame.rect(start * 9, y * 18, (x - start) * 9, 18, colours.ground) }
            var column = start
            while column < x {
                let text = self[column, y].text
                if let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1, let drawn = Frame.drawing(scalar) {
                    var end = column + 1
                    while drawn.joins, end < x, self[end, y].text == text { end += 1 }
                    marks += Frame.svg(drawn, column * 9, y * 18, end - column, colours.ink)
                    column = end
                    continue
                }
                var end = column, run = ""
                while end < x, self[end, y].text.isEmpty || !Frame.isDrawn(self[end, y].text) {
                    run += self[end, y].text
                    end += 1
                }
                words += Frame.text(run, column * 9, y * 18, end - column, colours.ink, ink.attributes)
                column = end
            }
            if cursor == Point(start, y) || cursor.map({ $0.y == y && $0.x > start && $0.x < x }) == true, let cursor {
                marks += Frame.rect(cursor.x * 9, y * 18 + 15, 9, 2, colours.ink)
            }
        }
        return ground + marks + words
    }

    private static func colours(_ ink: Ink) -> (ink: String, ground: String) {
        func hex(_ colour: Colour, standard: UInt32) -> String {
            let value =
                switch colour {
                case .standard: standard
                case .index(let index): Colour.value(of: index)
                case .rgb(let value): value
                }
            let digits = String(value & 0xff_ffff, radix: 16)
            return "#" + String(repeating: "0", count: 6 - digits.count) + digits
        }
        let (front, back) = (hex(ink.foreground, standard: 0xcccccc), hex(ink.background, standard: 0x000000))
        return ink.attributes.contains(.reverse) ? (back, front) : (front, back)
    }

    private static func rect(_ x: Int, _ y: Int, _ width: Int, _ height: Int, _ fill: String, opacity: String? = nil) -> String {
        let veil = opacity.map { #" fill-opacity="\#($0)""# } ?? ""
        return #"<rect x="\#(x)" y="\#(y)" width="\#(width)" height="\#(height)" fill="\#(fill)"\#(veil)/>"# + "\n"
    }

    private static func text(_ run: String, _ x: Int, _ y: Int, _ cells: Int, _ fill: String, _ attributes: Attributes) -> String {
        var run = Substring(run), x = x, cells = cells
        while run.first == " " {
            run.removeFirst()
            x += 9
            cells -= 1
        }
        while run.last == " " {
            run.removeLast()
            cells -= 1
        }
        guard !run.isEmpty, cells > 0 else { return "" }
        var style = attributes.contains(.bold) ? #" font-weight="bold""# : ""
        if attributes.contains(.underline) { style += #" text-decoration="underline""# }
        if attributes.contains(.dim) { style += #" fill-opacity="0.7""# }
        return #"<text x="\#(x)" y="\#(y + 14)" textLength="\#(cells * 9)" lengthAdjust="spacingAndGlyphs" fill="\#(fill)"\#(style)>"#
            + escaped(String(run)) + "</text>\n"
    }

    private static func escaped(_ text: String) -> String {
        text.map { character in
            switch character {
            case "<": "&lt;"
            case ">": "&gt;"
            case "&": "&amp;"
            case "\"": "&quot;"
            default: String(character)
            }
        }.joined()
    }

    // MARK: What is drawn rather than written

    /// Rectangles in a cell of 9 by 18.
    private struct Drawing {
        var parts: [(x: Int, y: Int, width: Int, height: Int)]
        var opacity: String?
        /// Equal neighbours become one piece.
        var joins = false
    }

    private static func isDrawn(_ text: String) -> Bool {
        guard let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1 else { return false }
        return drawing(scalar) != nil
    }

    private static func svg(_ drawing: Drawing, _ x: Int, _ y: Int, _ cells: Int, _ fill: String) -> String {
        drawing.parts.map { part in
            rect(x + part.x, y + part.y, drawing.joins ? part.width * cells : part.width, part.height, fill, opacity: drawing.opacity)
        }.joined()
    }

    private static func drawing(_ scalar: Unicode.Scalar) -> Drawing? {
        switch scalar.value {
        case 0x2580: return Drawing(parts: [(0, 0, 9, 9)], joins: true)
        case 0x2581...0x2588:
            let rows = (Int(scalar.value) - 0x2580) * 18 / 8
            return Drawing(parts: [(0, 18 - rows, 9, rows)], joins: true)
        case 0x258C: return Drawing(parts: [(0, 0, 5, 18)])
        case 0x2590: return Drawing(parts: [(5, 0, 4, 18)])
        case 0x2591...0x2593: return Drawing(parts: [(0, 0, 9, 18)], opacity: ["0.25", "0.5", "0.75"][Int(scalar.value) - 0x2591], joins: true)
        case 0x2800...0x28FF: return Drawing(parts: braille(scalar.value))
        default: return lines[scalar].map { Drawing(parts: strokes($0), joins: $0.joins) }
        }
    }

    /// Bits 0, 1, 2 and 6 are the left column from the top, 3, 4, 5 and 7 the right one.
    private static func braille(_ value: UInt32) -> [(x: Int, y: Int, width: Int, height: Int)] {
        let places = [(1, 2), (1, 6), (1, 10), (6, 2), (6, 6), (6, 10), (1, 14), (6, 14)]
        return places.enumerated().filter { value >> UInt32($0.offset) & 1 != 0 }.map { ($0.element.0, $0.element.1, 2, 2) }
    }

    /// Arms of a line character: how thick each is, 0 where it has none; 2 stands for a double line.
    private struct Arms {
        var left = 0, right = 0, up = 0, down = 0
        var heavy = false
        var joins: Bool { left > 0 && right > 0 && up == 0 && down == 0 }
    }

    private static func strokes(_ arms: Arms) -> [(x: Int, y: Int, width: Int, height: Int)] {
        var parts: [(x: Int, y: Int, width: Int, height: Int)] = []
        let thick = arms.heavy ? 3 : 1
        for offset in arms.left == 2 || arms.right == 2 ? [-2, 2] : [0] {
            let from = arms.left > 0 ? 0 : 4, to = arms.right > 0 ? 9 : 5
            if arms.left > 0 || arms.right > 0 { parts.append((from, 9 + offset - thick / 2, to - from, thick)) }
        }
        for offset in arms.up == 2 || arms.down == 2 ? [-2, 2] : [0] {
            let from = arms.up > 0 ? 0 : 9, to = arms.down > 0 ? 18 : 10
            if arms.up > 0 || arms.down > 0 { parts.append((4 + offset, from, 1, to - from)) }
        }
        return parts
    }

    private static let lines: [Unicode.Scalar: Arms] = [
        "─": Arms(left: 1, right: 1), "│": Arms(up: 1, down: 1), "┌": Arms(right: 1, down: 1), "┐": Arms(left: 1, down: 1),
        "└": Arms(right: 1, up: 1), "┘": Arms(left: 1, up: 1), "├": Arms(right: 1, up: 1, down: 1), "┤": Arms(left: 1, up: 1, down: 1),
        "┬": Arms(left: 1, right: 1, down: 1), "┴": Arms(left: 1, right: 1, up: 1), "┼": Arms(left: 1, right: 1, up: 1, down: 1),
        "━": Arms(left: 1, right: 1, heavy: true), "╸": Arms(left: 1, heavy: true), "═": Arms(left: 2, right: 2), "║": Arms(up: 2, down: 2),
        "╔": Arms(right: 2, down: 2), "╗": Arms(left: 2, down: 2), "╚": Arms(right: 2, up: 2), "╝": Arms(left: 2, up: 2),
        "╠": Arms(right: 2, up: 2, down: 2), "╣": Arms(left: 2, up: 2, down: 2), "╦": Arms(left: 2, right: 2, down: 2),
        "╩": Arms(left: 2, right: 2, up: 2), "╬": Arms(left: 2, right: 2, up: 2, down: 2),
    ]
}
