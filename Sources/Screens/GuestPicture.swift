import Picture
import TUI

/// A guest's picture in cells: its own characters and colours.
enum GuestPicture {
    /// Code page 437, the hardware's font.
    static let characters: [String] = {
        let low = Array(" ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼")
        let high = Array(
            "⌂ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ")
        return low.map(String.init) + (0x20...0x7e).map { String(Character(Unicode.Scalar(UInt8($0)))) } + high.map(String.init)
    }()

    /// Characters 1:1, the part from `left`, `top` on, in `rect`.
    static func draw(_ text: TextPicture, in rect: Rect, left: Int, top: Int, on frame: inout Frame) {
        guard text.columns > 0, text.rows > 0, text.cells.count >= text.columns * text.rows else { return }
        for y in 0..<max(0, min(rect.height, text.rows - top)) {
            for x in 0..<max(0, min(rect.width, text.columns - left)) {
                let cell = text.cells[(top + y) * text.columns + left + x]
                let style = Style.guest(
                    foreground: text.palette[safe: Int(cell.foreground & 15)] ?? 0xaaaaaa,
                    background: text.palette[safe: Int(cell.background & 15)] ?? 0,
                    underlined: cell.underlined)
                frame[rect.x + x, rect.y + y] = Cell(characters[safe: Int(cell.glyph & 255)] ?? " ", style)
            }
        }
    }

    /// Half blocks, two pixels a cell, letter-boxed.
    static func draw(_ picture: PixelPicture, in rect: Rect, on frame: inout Frame) {
        let (width, height) = (picture.width, picture.height)
        guard width > 0, height > 0, rect.width > 0, rect.height > 0, picture.pixels.count >= width * height else { return }
        var columns = rect.width, rows = rect.height * 2
        if columns * height > rows * width { columns = max(1, rows * width / height) } else { rows = max(1, columns * height / width) }
        rows = max(2, rows & ~1)
        (columns, rows) = (min(columns, width), min(rows, max(2, height & ~1)))
        let originX = rect.x + (rect.width - columns) / 2, originY = rect.y + (rect.height - rows / 2) / 2
        for y in 0..<(rows / 2) {
            for x in 0..<columns {
                let upper = average(picture, x, 2 * y, columns, rows), lower = average(picture, x, 2 * y + 1, columns, rows)
                frame[originX + x, originY + y] = Cell("▀", .guest(foreground: upper, background: lower, underlined: false))
            }
        }
    }

    /// The mean of up to sixteen pixels under one half block.
    private static func average(_ picture: PixelPicture, _ x: Int, _ y: Int, _ columns: Int, _ rows: Int) -> UInt32 {
        let x0 = x * picture.width / columns, x1 = max(x0 + 1, (x + 1) * picture.width / columns)
        let y0 = min(picture.height - 1, y * picture.height / rows), y1 = max(y0 + 1, (y + 1) * picture.height / rows)
        let stepX = max(1, (x1 - x0) / 4), stepY = max(1, (y1 - y0) / 4)
        var red: UInt32 = 0, green: UInt32 = 0, blue: UInt32 = 0, count: UInt32 = 0
        for row in stride(from: y0, to: min(y1, picture.height), by: stepY) {
            for column in stride(from: x0, to: min(x1, picture.width), by: stepX) {
                let pixel = picture.pixels[row * picture.width + column]
                red &+= pixel >> 16 & 255
                green &+= pixel >> 8 & 255
                blue &+= pixel & 255
                count &+= 1
            }
        }
        guard count > 0 else { return 0 }
        return (red / count) << 16 | (green / count) << 8 | blue / count
    }
}
