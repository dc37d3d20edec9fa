/// A terminal as a value: bytes go in, a picture comes out. It does what xterm-256color promises a program: UTF-8, colours, scroll regions, the
/// alternate screen; what it does not know it swallows whole. Whoever sends the bytes is not trusted: all numbers are bounded.
package struct TerminalScreen: Sendable {
    package typealias Cell = TerminalPicture.Cell

    /// What colours and attributes new characters get.
    struct Pen: Equatable, Sendable {
        enum Ink: Equatable, Sendable { case standard, index(UInt8), rgb(UInt32) }
        var foreground = Ink.standard, background = Ink.standard
        var bold = false, dim = false, underlined = false, reversed = false, hidden = false
    }

    struct Cursor: Equatable, Sendable {
        var column = 0, row = 0
        /// The last column has been written: the next character goes to the next line.
        var wraps = false
        var pen = Pen()
        /// DEC's line drawing instead of ASCII, for G0 and G1, and which of them is in use.
        var graphics = [false, false]
        var shift = 0
        /// Rows count from the scroll region's top (DECOM).
        var origin = false
    }

    package let columns, rows: Int
    /// Rows kept of those that left at the top.
    package static let longestHistory = 2000

    var lines: [[Cell]]
    private(set) var history: [[Cell]] = []
    /// The main screen while the alternate one is shown.
    private var main: (lines: [[Cell]], cursor: Cursor)?
    var cursor = Cursor()
    var saved = Cursor()
    var region: ClosedRange<Int>
    var tabs: Set<Int>
    var inserts = false, wrapsAround = true, showsCursor = true, newLineReturns = false
    var applicationCursor = false, bracketedPaste = false, reverseScreen = false
    var lastPrinted: Unicode.Scalar?
    /// What the terminal has to say to the program; taken by whoever feeds it.
    var answers: [UInt8] = []
    var parser = Parser()
    private var ink = Cell()

    package init(columns: Int = 80, rows: Int = 24) {
        (self.columns, self.rows) = (max(2, min(columns, 512)), max(2, min(rows, 256)))
        lines = Array(repeating: Array(repeating: Cell(), count: self.columns), count: self.rows)
        region = 0...(self.rows - 1)
        tabs = TerminalScreen.standardTabs(self.columns)
    }

    static func standardTabs(_ columns: Int) -> Set<Int> { Set(stride(from: 8, to: columns, by: 8)) }

    /// Takes what a program wrote, cut anywhere.
    /// - Returns: what the terminal answers, to be sent to the program.
    package mutating func feed(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        for byte in bytes { take(byte) }
        defer { answers = [] }
        return answers
    }

    package var picture: TerminalPicture {
        var lines = lines
        if reverseScreen {
            for row in lines.indices {
                for column in lines[row].indices {
                    (lines[row][column].foreground, lines[row][column].background) = (lines[row][column].background, lines[row][column].foreground)
                }
            }
        }
        return TerminalPicture(
            columns: columns, rows: rows, lines: lines, cursor: showsCursor ? (cursor.column, cursor.row) : nil, history: history,
            applicationCursor: applicationCursor, bracketedPaste: bracketedPaste)
    }

    var isAlternate: Bool { main != nil }

    // MARK: Printing

    mutating func print(_ scalar: Unicode.Scalar) {
        var scalar = scalar
        if cursor.graphics[cursor.shift], let drawn = TerminalScreen.graphics[scalar] { scalar = drawn }
        let width = TerminalWidth.of(scalar)
        if width == 0 { return combine(scalar) }
        if cursor.wraps, wrapsAround {
            cursor.column = 0
            lineFeed()
        }
        cursor.wraps = false
        if width == 2, cursor.column == columns - 1 {
            guard wrapsAround else { return }
            cursor.column = 0
            lineFeed()
        }
        if inserts { insertBlanks(width) }
        put(String(Character(scalar)), width)
        lastPrinted = scalar
        if cursor.column + width >= columns {
            cursor.column = columns - 1
            cursor.wraps = true
        } else {
            cursor.column += width
        }
    }

    private mutating func put(_ text: String, _ width: Int) {
        let (row, column) = (cursor.row, cursor.column)
        breakWide(row, column)
        if width == 2 { breakWide(row, column + 1) }
        ink.text = text
        lines[row][column] = ink
        if width == 2 {
            ink.text = ""
            lines[row][column + 1] = ink
        }
    }

    /// Half of a wide character that loses its other half becomes a blank.
    private mutating func breakWide(_ row: Int, _ column: Int) {
        if lines[row][column].text.isEmpty, column > 0 { lines[row][column - 1].text = " " }
        if column + 1 < columns, lines[row][column + 1].text.isEmpty { lines[row][column + 1].text = " " }
    }

    private mutating func combine(_ scalar: Unicode.Scalar) {
        guard scalar.properties.generalCategory == .nonspacingMark else { return }
        var column = cursor.wraps ? cursor.column : cursor.column - 1
        if column > 0, lines[cursor.row][column].text.isEmpty { column -= 1 }
        guard column >= 0, lines[cursor.row][column].text.unicodeScalars.count < 4 else { return }
        lines[cursor.row][column].text.unicodeScalars.append(scalar)
    }

    /// The pen's colours as they are shown. Bold brightens the eight colours of old.
    mutating func dip() {
        let pen = cursor.pen
        func colour(_ ink: Pen.Ink, standard: UInt32, bright: Bool) -> UInt32 {
            switch ink {
            case .standard: bright ? 0xffffff : standard
            case .index(let index): TerminalColours.palette[Int(index < 8 && bright ? index + 8 : index)]
            case .rgb(let value): value
            }
        }
        var foreground = colour(pen.foreground, standard: TerminalColours.foreground, bright: pen.bold)
        var background = colour(pen.background, standard: 0, bright: false)
        if pen.dim { foreground = (foreground >> 1) & 0x7f7f7f &+ (foreground >> 3) & 0x1f1f1f }
        if pen.reversed { (foreground, background) = (background, foreground) }
        if pen.hidden { foreground = background }
        ink = Cell(" ", foreground: foreground, background: background, underlined: pen.underlined)
    }

    /// What erased places become: the background's colour alone.
    private var blank: Cell {
        let background = cursor.pen.reversed ? ink.foreground : ink.background
        return Cell(" ", background: background)
    }

    // MARK: Moving

    mutating func move(toRow row: Int, column: Int) {
        let top = cursor.origin ? region.lowerBound : 0, bottom = cursor.origin ? region.upperBound : rows - 1
        cursor.row = max(top, min(bottom, top + row))
        cursor.column = max(0, min(columns - 1, column))
        cursor.wraps = false
    }

    /// Up and down stop at the region's edges where they start inside it.
    mutating func move(rows count: Int) {
        let top = cursor.row >= region.lowerBound ? region.lowerBound : 0
        let bottom = cursor.row <= region.upperBound ? region.upperBound : rows - 1
        cursor.row = max(top, min(bottom, cursor.row + count))
        cursor.wraps = false
    }

    mutating func move(columns count: Int) {
        cursor.column = max(0, min(columns - 1, cursor.column + count))
        cursor.wraps = false
    }

    mutating func lineFeed() {
        if cursor.row == region.upperBound { scrollUp(1) } else if cursor.row < rows - 1 { cursor.row += 1 }
        cursor.wraps = false
    }

    mutating func reverseLineFeed() {
        if cursor.row == region.lowerBound { scrollDown(1) } else if cursor.row > 0 { cursor.row -= 1 }
        cursor.wraps = false
    }

    mutating func tab(_ count: Int) {
        for _ in 0..<min(abs(count), columns) {
            let next = count > 0 ? tabs.filter { $0 > cursor.column }.min() ?? columns - 1 : tabs.filter { $0 < cursor.column }.max() ?? 0
            cursor.column = next
        }
        cursor.wraps = false
    }

    // MARK: Scrolling and editing

    mutating func scrollUp(_ count: Int) {
        let count = min(count, region.count)
        guard count > 0 else { return }
        if region.lowerBound == 0, !isAlternate {
            history += lines[..<count]
            // Cut in lumps: moving two thousand rows for every line would be felt.
            if history.count > TerminalScreen.longestHistory + 256 { history.removeFirst(history.count - TerminalScreen.longestHistory) }
        }
        lines.removeSubrange(region.lowerBound..<(region.lowerBound + count))
        lines.insert(contentsOf: emptyRows(count), at: region.upperBound + 1 - count)
    }

    mutating func scrollDown(_ count: Int) {
        let count = min(count, region.count)
        guard count > 0 else { return }
        lines.removeSubrange((region.upperBound + 1 - count)...region.upperBound)
        lines.insert(contentsOf: emptyRows(count), at: region.lowerBound)
    }

    private func emptyRows(_ count: Int) -> [[Cell]] { Array(repeating: Array(repeating: blank, count: columns), count: count) }

    mutating func insertLines(_ count: Int) { editLines { $0.scrollDown(count) } }
    mutating func deleteLines(_ count: Int) {
        editLines { screen in
            // What is deleted was not scrolled off.
            let history = screen.history
            screen.scrollUp(count)
            screen.history = history
        }
    }

    /// Within the region from the cursor's row on; outside it nothing happens.
    private mutating func editLines(_ body: (inout TerminalScreen) -> Void) {
        guard region.contains(cursor.row) else { return }
        let whole = region
        region = cursor.row...whole.upperBound
        body(&self)
        region = whole
        cursor.column = 0
        cursor.wraps = false
    }

    mutating func insertBlanks(_ count: Int) {
        let count = min(count, columns - cursor.column)
        guard count > 0 else { return }
        breakWide(cursor.row, cursor.column)
        lines[cursor.row].removeLast(count)
        lines[cursor.row].insert(contentsOf: repeatElement(blank, count: count), at: cursor.column)
        mendEdges()
        cursor.wraps = false
    }

    mutating func deleteCharacters(_ count: Int) {
        let count = min(count, columns - cursor.column)
        guard count > 0 else { return }
        lines[cursor.row].removeSubrange(cursor.column..<(cursor.column + count))
        lines[cursor.row] += repeatElement(blank, count: count)
        mendEdges()
        cursor.wraps = false
    }

    /// After cells moved: no half of a wide character stands alone.
    private mutating func mendEdges() {
        var row = lines[cursor.row]
        for column in row.indices {
            let isWide = row[column].text.unicodeScalars.first.map { TerminalWidth.of($0) == 2 } ?? false
            let hasRight = column + 1 < columns && row[column + 1].text.isEmpty
            if isWide, !hasRight { row[column].text = " " }
            if row[column].text.isEmpty {
                let left = column > 0 ? row[column - 1].text.unicodeScalars.first.map { TerminalWidth.of($0) == 2 } ?? false : false
                if !left { row[column].text = " " }
            }
        }
        lines[cursor.row] = row
    }

    mutating func erase(_ range: Range<Int>, row: Int) {
        let range = range.clamped(to: 0..<columns)
        guard let first = range.first, let last = range.last else { return }
        breakWide(row, first)
        breakWide(row, last)
        for column in range { lines[row][column] = blank }
        cursor.wraps = false
    }

    mutating func eraseLine(_ how: Int) {
        switch how {
        case 0: erase(cursor.column..<columns, row: cursor.row)
        case 1: erase(0..<(cursor.column + 1), row: cursor.row)
        case 2: erase(0..<columns, row: cursor.row)
        default: break
        }
    }

    mutating func eraseScreen(_ how: Int) {
        switch how {
        case 0:
            eraseLine(0)
            for row in (cursor.row + 1)..<max(rows, cursor.row + 1) { erase(0..<columns, row: row) }
        case 1:
            for row in 0..<cursor.row { erase(0..<columns, row: row) }
            eraseLine(1)
        case 2:
            keepPage()
            for row in 0..<rows { erase(0..<columns, row: row) }
        case 3: history = []
        default: break
        }
    }

    /// A page that is cleared was worth reading.
    private mutating func keepPage() {
        guard !isAlternate, let last = lines.lastIndex(where: { $0.contains { $0.text != " " } }) else { return }
        history += lines[...last]
        if history.count > TerminalScreen.longestHistory { history.removeFirst(history.count - TerminalScreen.longestHistory) }
    }

    // MARK: Screens

    mutating func showAlternate(_ on: Bool, savesCursor: Bool, clears: Bool) {
        guard on != isAlternate else { return }
        if on {
            main = (lines, cursor)
            if clears { lines = emptyRows(rows) }
        } else if let kept = main {
            main = nil
            lines = kept.lines
            if savesCursor { cursor = kept.cursor }
            dip()
        }
    }

    mutating func softReset() {
        cursor.pen = Pen()
        cursor.graphics = [false, false]
        (cursor.shift, cursor.origin, cursor.wraps) = (0, false, false)
        region = 0...(rows - 1)
        (inserts, wrapsAround, showsCursor, applicationCursor) = (false, true, true, false)
        saved = Cursor()
        dip()
    }

    mutating func reset() {
        let (kept, answers) = (history, answers)
        self = TerminalScreen(columns: columns, rows: rows)
        (history, self.answers) = (kept, answers)
    }

    /// DEC special graphics, what G0 shows after ESC ( 0.
    private static let graphics: [Unicode.Scalar: Unicode.Scalar] = Dictionary(
        zip("`abcdefghijklmnopqrstuvwxyz{|}~".unicodeScalars, "◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·".unicodeScalars),
        uniquingKeysWith: { first, _ in first })
}
