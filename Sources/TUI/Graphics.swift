/// How a terminal shows pixels.
package enum Graphics: String, CaseIterable, Sendable {
    /// Two pixels a cell, in every terminal.
    case blocks
    /// DEC's six-row strips.
    case sixel
    /// The kitty terminal's protocol.
    case kitty
}

/// Pixels that belong over a part of a frame. The cells below show the same, for terminals that cannot do better.
package struct PicturePlacement: Equatable, Sendable {
    /// In cells.
    package var rect: Rect
    package var width, height: Int
    /// 0x00RRGGBB, `width` × `height`, row by row.
    package var pixels: [UInt32]
    package init(rect: Rect, width: Int, height: Int, pixels: [UInt32]) {
        (self.rect, self.width, self.height, self.pixels) = (rect, width, height, pixels)
    }
}

/// Where in its rectangle a picture stands, with its aspect kept.
package struct PictureFit: Equatable, Sendable {
    /// The cells that it covers, as places of the frame.
    package var area: Rect
    /// Its size on the screen in pixels.
    package var width, height: Int

    /// - Parameters:
    ///   - cell: the terminal's cell in pixels.
    ///   - whole: a picture that is enlarged gets every pixel the same size.
    package init(_ placement: PicturePlacement, cell: Size, whole: Bool) {
        let rect = placement.rect
        (area, width, height) = (Rect(rect.x, rect.y, 0, 0), 0, 0)
        let (across, down) = (rect.width * cell.width, rect.height * cell.height)
        guard placement.width > 0, placement.height > 0, across > 0, down > 0, across < 1 << 20, down < 1 << 20 else { return }
        let factor = min(across / placement.width, down / placement.height)
        if whole, factor >= 1 {
            (width, height) = (placement.width * factor, placement.height * factor)
        } else if across * placement.height <= down * placement.width {
            (width, height) = (across, max(1, across * placement.height / placement.width))
        } else {
            (width, height) = (max(1, down * placement.width / placement.height), down)
        }
        let columns = (width + cell.width - 1) / cell.width, rows = (height + cell.height - 1) / cell.height
        area = Rect(rect.x + (rect.width - columns) / 2, rect.y + (rect.height - rows) / 2, columns, rows)
    }
}

/// What a terminal says of itself when asked.
package enum TerminalAnswer: Hashable, Sendable {
    /// Whether it knows a private mode (DECRQM).
    case mode(Int, isKnown: Bool)
    /// What it can do, by number (DA1): 4 is sixel.
    case attributes([Int])
    /// Its cell in pixels.
    case cell(Size)
    /// It takes kitty's graphics, or refuses them.
    case kittyGraphics(Bool)
}
