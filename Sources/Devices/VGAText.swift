import Picture

/// What the last text picture was made from.
struct VGAText: Equatable {
    /// Character and attribute of each cell.
    var codes: [UInt16] = []
    var font: [UInt8] = []
    var cursor: TextPicture.Cursor?
    var columns = 0
    var rows = 0
    var cellHeight = 0
    var twoFonts = false
    var blinks = false
    var lineGraphics = false
    var cellWidth = 0
    /// 31 and more: nowhere to be seen.
    var underline = 31
}

/// Text modes: cells, font and cursor as values; nothing is drawn here.
extension VGA {
    /// The text picture, or nil where it is the last one still.
    func textPicture() -> TextPicture? {
        let next = lookAtText()
        guard raster.takeColorsChanged() || next != text else { return nil }
        text = next
        let cells = next.codes.map { code in
            let attribute = UInt8(truncatingIfNeeded: code >> 8)
            return TextPicture.Cell(
                glyph: code & 0xFF | (next.twoFonts && attribute & 8 != 0 ? 0x100 : 0), foreground: attribute & 15,
                background: next.blinks ? attribute >> 4 & 7 : attribute >> 4, blinks: next.blinks && attribute & 0x80 != 0,
                underlined: attribute & 0x77 == 1 && next.underline < next.cellHeight)
        }
        return TextPicture(
            columns: next.columns, rows: next.rows, cells: cells, cursor: next.cursor, font: .init(height: next.cellHeight, rows: next.font),
            cellWidth: next.cellWidth, lineGraphics: next.lineGraphics, palette: raster.attributeColors)
    }

    private func lookAtText() -> VGAText {
        let (scan, raster) = (scan, raster)
        let crtc = registers.crtc
        let mode = registers.attribute[Attribute.modeControl]
        var next = VGAText()
        (next.columns, next.rows, next.cellHeight) = (scan.width, scan.height, scan.cellHeight)
        next.cellWidth = registers.sequencer[Sequencer.clockingMode] & Sequencer.eightDots != 0 ? 8 : 9
        next.lineGraphics = mode & Attribute.lineGraphics != 0
        next.blinks = mode & Attribute.blink != 0
        next.underline = Int(crtc[CRTC.underline] & 31)
        let cellCount = scan.width * scan.height
        next.codes = unsafe [UInt16](unsafeUninitializedCapacity: cellCount) { codes, count in
            var cell = 0
            for row in 0..<scan.height {
                let (counter, _) = scan.counter(row)
                for column in 0..<scan.width {
                    unsafe codes[cell] = raster.character(scan.address(counter, column, 0))
                    cell += 1
                }
            }
            count = cell
        }
        next.cursor = cursor()
        next.twoFonts = fontStarts.plain != fontStarts.bright
        next.font = font(height: scan.cellHeight, both: next.twoFonts)
        return next
    }

    /// Where the fonts stand in plane 2: for attributes without bit 3 (map B) and with it (map A).
    private var fontStarts: (plain: Int, bright: Int) {
        let select = Int(registers.sequencer[Sequencer.characterMapSelect])
        return ((select & 3) << 14 | (select >> 4 & 1) << 13, (select >> 2 & 3) << 14 | (select >> 5 & 1) << 13)
    }

    private func font(height: Int, both: Bool) -> [UInt8] {
        let (plain, bright) = fontStarts
        let raster = raster
        return unsafe [UInt8](unsafeUninitializedCapacity: (both ? 512 : 256) * height) { rows, count in
            var at = 0
            for glyph in 0..<(both ? 512 : 256) {
                let start = (glyph < 256 ? plain : bright) + (glyph & 0xFF) * 32
                for line in 0..<height {
                    unsafe rows[at] = raster.fontByte(start + line)
                    at += 1
                }
            }
            count = at
        }
    }

    private func cursor() -> TextPicture.Cursor? {
        let crtc = registers.crtc
        let top = Int(crtc[CRTC.cursorStart] & 31), end = Int(crtc[CRTC.cursorEnd] & 31), skew = Int(crtc[CRTC.cursorEnd] >> 5 & 3)
        guard crtc[CRTC.cursorStart] & 0x20 == 0, top <= end, top < scan.cellHeight else { return nil }
        let address = (Int(crtc[CRTC.cursorHigh]) << 8 | Int(crtc[CRTC.cursorLow])) + skew
        for row in 0..<scan.height {
            let column = (address - scan.counter(row).address) & 0xFFFF
            if column < scan.width { return TextPicture.Cursor(column: column, row: row, top: top, bottom: min(end, scan.cellHeight - 1)) }
        }
        return nil
    }
}
