/// What a terminal shows: characters with colours, and what went off its top.
package struct TerminalPicture: Equatable, Sendable {
    /// One place of the grid.
    package struct Cell: Equatable, Sendable {
        /// A character with its combining marks; empty at the right of a wide one.
        package var text: String
        /// 0x00RRGGBB, as they are to be shown.
        package var foreground, background: UInt32
        package var underlined: Bool
        package init(_ text: String = " ", foreground: UInt32 = TerminalColours.foreground, background: UInt32 = 0, underlined: Bool = false) {
            (self.text, self.foreground, self.background, self.underlined) = (text, foreground, background, underlined)
        }
    }

    package var columns, rows: Int
    /// `rows` rows of `columns` cells.
    package var lines: [[Cell]]
    /// Column and row; nil where it is hidden.
    package var cursor: (column: Int, row: Int)?
    /// Rows that left at the top, oldest first.
    package var history: [[Cell]]
    /// Cursor keys are to be sent as ESC O A, not ESC [ A.
    package var applicationCursor: Bool
    /// A paste is to stand between ESC [ 200 ~ and ESC [ 201 ~.
    package var bracketedPaste: Bool

    package init(
        columns: Int, rows: Int, lines: [[Cell]], cursor: (column: Int, row: Int)?, history: [[Cell]] = [], applicationCursor: Bool = false,
        bracketedPaste: Bool = false
    ) {
        (self.columns, self.rows, self.lines, self.cursor, self.history) = (columns, rows, lines, cursor, history)
        (self.applicationCursor, self.bracketedPaste) = (applicationCursor, bracketedPaste)
    }

    package static func == (left: TerminalPicture, right: TerminalPicture) -> Bool {
        left.columns == right.columns && left.rows == right.rows && left.lines == right.lines && left.cursor?.column == right.cursor?.column
            && left.cursor?.row == right.cursor?.row && left.history == right.history && left.applicationCursor == right.applicationCursor
            && left.bracketedPaste == right.bracketedPaste
    }

    /// The screen as text, trailing blanks cut.
    package var text: [String] {
        lines.map { line in
            var text = line.map(\.text).joined()
            while text.last == " " { text.removeLast() }
            return text
        }
    }
}

/// xterm's 256 colours.
package enum TerminalColours {
    package static let foreground: UInt32 = 0xd0d0d0

    static let palette: [UInt32] = {
        var palette: [UInt32] = [
            0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x2a5fd8, 0xcd00cd, 0x00cdcd, 0xd0d0d0, 0x7f7f7f, 0xff4b4b, 0x4bff4b, 0xffff4b, 0x6f8fff,
            0xff4bff,
            0x4bffff, 0xffffff,
        ]
        let steps: [UInt32] = [0, 95, 135, 175, 215, 255]
        for red in steps { for green in steps { for blue in steps { palette.append(red << 16 | green << 8 | blue) } } }
        for step in UInt32(0)..<24 { palette.append((8 + step * 10) * 0x10101) }
        return palette
    }()
}

/// Cells that a scalar takes in a terminal: Unicode's East Asian Wide and Fullwidth in broad strokes, as wcwidth(3) of guests has them.
enum TerminalWidth {
    static func of(_ scalar: Unicode.Scalar) -> Int {
        let value = scalar.value
        if value < 0x300 { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        guard value >= 0x1100 else { return 1 }
        switch value {
        case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0x4dbf, 0x4e00...0xa4cf, 0xa960...0xa97c, 0xac00...0xd7a3, 0xf900...0xfaff,
            0xfe30...0xfe6b, 0xff01...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f680...0x1f6ff, 0x1f900...0x1f9ff, 0x20000...0x3fffd:
            return 2
        default: return 1
        }
    }
}
