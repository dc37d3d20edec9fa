import ArgumentParser
import Picture
import TUI
import Terminal

extension PictureOutput {
    /// Guests' pixels for this terminal; nil asks the terminal what it can do.
    static func encoders(_ choice: Graphics?) -> PictureOutput {
        PictureOutput(
            choice: choice,
            encode: { placement, graphics, fit in
                let picture = PixelPicture(width: placement.width, height: placement.height, pixels: placement.pixels)
                switch graphics {
                case .blocks: return []
                case .sixel: return Sixel.encode(picture, width: fit.width, height: fit.height)
                case .kitty: return KittyGraphics.encode(png: PNG.encode(picture), columns: fit.area.width, rows: fit.area.height)
                }
            },
            remove: { $0 == .kitty ? KittyGraphics.remove() : [] })
    }
}

enum GraphicsChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, kitty, sixel, blocks
    var graphics: Graphics? { Graphics(rawValue: rawValue) }
}
