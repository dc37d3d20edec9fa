/// A cell's part in the picture; a theme gives it colours. Raw values are the keys of theme files.
package enum Role: String, CaseIterable, Hashable, Sendable {
    case ground, dialog, text, muted, rule, accent, key, selected, resting, field, match, running, paused, saved, busy, warning, error
    case graphLow = "graph.low"
    case graphMid = "graph.mid"
    case graphHigh = "graph.high"

    /// The letter that stands for it in the style plane of golden screens.
    package var letter: Character {
        switch self {
        case .ground, .dialog, .text: " "
        case .muted: "m"
        case .rule: "r"
        case .accent: "a"
        case .key: "k"
        case .selected: "S"
        case .resting: "R"
        case .field: "F"
        case .match: "M"
        case .running: "g"
        case .paused: "y"
        case .saved: "v"
        case .busy: "b"
        case .warning: "w"
        case .error: "e"
        case .graphLow: "1"
        case .graphMid: "2"
        case .graphHigh: "3"
        }
    }
}

package enum Style: Hashable, Sendable {
    /// On the page.
    case role(Role)
    /// On the ground of dialogs and menus.
    case dialog(Role)
    /// A guest's own colours, 0x00RRGGBB, which no theme touches.
    case guest(foreground: UInt32, background: UInt32, underlined: Bool)

    package static let text = Style.role(.text)
    package static let muted = Style.role(.muted)

    package var letter: Character {
        switch self {
        case .role(let role), .dialog(let role): role.letter
        case .guest: "#"
        }
    }
}

package struct Size: Hashable, Sendable {
    package var width, height: Int
    package init(_ width: Int, _ height: Int) { (self.width, self.height) = (width, height) }
}

package struct Point: Hashable, Sendable {
    package var x, y: Int
    package init(_ x: Int, _ y: Int) { (self.x, self.y) = (x, y) }
}

package struct Rect: Hashable, Sendable {
    package var x, y, width, height: Int
    package init(_ x: Int, _ y: Int, _ width: Int, _ height: Int) {
        (self.x, self.y, self.width, self.height) = (x, y, max(0, width), max(0, height))
    }
    package var right: Int { x + width }
    package var bottom: Int { y + height }
    package func inset(_ dx: Int, _ dy: Int) -> Rect { Rect(x + dx, y + dy, width - 2 * dx, height - 2 * dy) }
    package static func centred(_ width: Int, _ height: Int, in size: Size) -> Rect {
        let width = min(width, size.width), height = min(height, size.height)
        return Rect((size.width - width) / 2, (size.height - height) / 2, width, height)
    }
}

/// One place of the grid. A wide character leaves an empty cell at its right.
package struct Cell: Hashable, Sendable {
    package var text: String
    package var style: Style
    package init(_ text: String = " ", _ style: Style = .text) { (self.text, self.style) = (text, style) }
}

/// What a place of the screen stands for, so that a click means what the eye sees there.
package enum Target: Hashable, Sendable {
    /// As if this key had been pressed.
    case key(Key)
    /// Row of the page's list, counted from the list's start.
    case row(Int)
    /// Column heading of the page's list.
    case heading(Int)
    case tab(Int)
    case tile(Int)
    /// Line of an open menu, palette or picker.
    case item(Int)
    /// Field of a form or dialog; its buttons follow its fields.
    case field(Int)
    /// The free part of the shelf that can be dragged.
    case shelf
    /// A pane that scrolls.
    case pane(Int)
    /// The guest's picture: a position in 65536ths of it follows from the rectangle.
    case guest(Rect)
}

/// A whole screen as a value: what a view returns, what a terminal shows, what a test compares.
package struct Frame: Equatable, Sendable {
    package let size: Size
    package private(set) var cells: [Cell]
    /// Where the terminal's cursor stands and shows; nil hides it.
    package var cursor: Point?
    /// A picture that a terminal with graphics shows over its cells.
    package var picture: PicturePlacement?
    /// Later ones lie on top.
    package private(set) var targets: [(rect: Rect, target: Target)] = []

    package init(_ size: Size) {
        self.size = Size(max(0, size.width), max(0, size.height))
        cells = Array(repeating: Cell(), count: self.size.width * self.size.height)
    }

    package static func == (a: Frame, b: Frame) -> Bool { a.size == b.size && a.cells == b.cells && a.cursor == b.cursor && a.picture == b.picture }

    /// Says what a click into `rect` means.
    package mutating func mark(_ rect: Rect, _ target: Target) { targets.append((rect, target)) }

    /// Nothing below can be clicked any more: a dialog or menu opened.
    package mutating func unmarkAll() { targets = [] }

    package func target(at point: Point) -> Target? {
        targets.last { $0.rect.x <= point.x && point.x < $0.rect.right && $0.rect.y <= point.y && point.y < $0.rect.bottom }?.target
    }

    package var width: Int { size.width }
    package var height: Int { size.height }

    package subscript(x: Int, y: Int) -> Cell {
        get { contains(x, y) ? cells[y * width + x] : Cell() }
        set { if contains(x, y) { cells[y * width + x] = newValue } }
    }

    private func contains(_ x: Int, _ y: Int) -> Bool { x >= 0 && y >= 0 && x < width && y < height }

    /// Writes a string and returns the column after it. Outside strings are cleaned; what passes the limit is cut with `…`.
    @discardableResult
    package mutating func put(_ text: String, _ x: Int, _ y: Int, _ style: Style = .text, width limit: Int? = nil) -> Int {
        guard y >= 0, y < height else { return x }
        let text = limit.map { Text.clipped(text, to: $0) } ?? text
        var x = x
        for character in text {
            let (drawn, cells) = Text.cell(of: character)
            set(drawn, cells, x, y, style)
            x += cells
            if x >= width { break }
        }
        return x
    }

    @discardableResult
    package mutating func putRight(_ text: String, right: Int, _ y: Int, _ style: Style = .text) -> Int {
        let x = right - Text.width(text)
        put(text, x, y, style)
        return x
    }

    private mutating func set(_ text: String, _ cells: Int, _ x: Int, _ y: Int, _ style: Style) {
        guard contains(x, y) else { return }
        breakWide(x, y)
        if cells == 2 {
            guard x + 1 < width else {
                self[x, y] = Cell(" ", style)
                return
            }
            breakWide(x + 1, y)
            self[x, y] = Cell(text, style)
            self[x + 1, y] = Cell("", style)
        } else {
            self[x, y] = Cell(text, style)
        }
    }

    /// Half of a wide character that loses its other half becomes a blank.
    private mutating func breakWide(_ x: Int, _ y: Int) {
        if self[x, y].text.isEmpty, x > 0 { self[x - 1, y].text = " " }
        if x + 1 < width, self[x + 1, y].text.isEmpty { self[x + 1, y].text = " " }
    }

    package mutating func fill(_ rect: Rect, _ style: Style, _ text: String = " ") {
        for y in max(0, rect.y)..<max(0, rect.y, min(height, rect.bottom)) {
            for x in max(0, rect.x)..<max(0, rect.x, min(width, rect.right)) { set(text, 1, x, y, style) }
        }
    }

    /// Gives cells another style and keeps their text.
    package mutating func restyle(_ rect: Rect, _ change: (Style) -> Style) {
        for y in max(0, rect.y)..<max(0, rect.y, min(height, rect.bottom)) {
            for x in max(0, rect.x)..<max(0, rect.x, min(width, rect.right)) { self[x, y].style = change(self[x, y].style) }
        }
    }

    /// The page steps back behind a dialog; a guest's cells keep their colours.
    package mutating func mute() {
        restyle(Rect(0, 0, width, height)) { style in
            if case .guest = style { style } else { .muted }
        }
        (cursor, picture) = (nil, nil)
    }

    /// The text plane, trailing blanks cut.
    package var lines: [String] {
        (0..<height).map { y in
            var line = cells[(y * width)..<((y + 1) * width)].map(\.text).joined()
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// The style plane: one role letter a cell, trailing blanks cut.
    package var styleLines: [String] {
        (0..<height).map { y in
            var line = String(cells[(y * width)..<((y + 1) * width)].map(\.style.letter))
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
