/// How many colours a terminal shows.
package enum ColourDepth: Int, Comparable, Sendable {
    case mono, eight, sixteen, palette256, rgb
    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

package enum Colour: Hashable, Sendable {
    /// The terminal's own foreground or ground.
    case standard
    /// Of the terminal's palette: 0...15 the sixteen, 16...231 the cube, 232...255 the greys.
    case index(UInt8)
    /// 0x00RRGGBB.
    case rgb(UInt32)

    /// The nearest that a terminal can show.
    package func at(_ depth: ColourDepth) -> Colour {
        switch self {
        case .standard: .standard
        case .rgb(let value):
            switch depth {
            case .rgb: self
            case .palette256: .index(Colour.nearest256(value))
            case .sixteen: .index(Colour.nearest16(value, of: 16))
            case .eight: .index(Colour.nearest16(value, of: 8))
            case .mono: .standard
            }
        case .index(let index):
            switch depth {
            // Where colours are numbers of 24 bits, only eight are left of the palette.
            case .rgb: index < 8 ? self : .rgb(Colour.value(of: index))
            case .palette256: self
            case .sixteen: index < 16 ? self : .index(Colour.nearest16(Colour.value(of: index), of: 16))
            case .eight: .index(index < 16 ? index % 8 : Colour.nearest16(Colour.value(of: index), of: 8))
            case .mono: .standard
            }
        }
    }

    /// What a palette index looks like in a terminal that was not repainted.
    package static func value(of index: UInt8) -> UInt32 {
        let index = Int(index)
        if index < 16 { return sixteen[index] }
        if index < 232 {
            let (red, green, blue) = ((index - 16) / 36, (index - 16) / 6 % 6, (index - 16) % 6)
            return steps[red] << 16 | steps[green] << 8 | steps[blue]
        }
        return UInt32(8 + 10 * (index - 232)) * 0x010101
    }

    package static func nearest256(_ value: UInt32) -> UInt8 {
        let (red, green, blue) = parts(value)
        let cube = [red, green, blue].map { part in part < 48 ? 0 : part < 115 ? 1 : min(5, (part - 35) / 40) }
        let inCube = UInt8(16 + 36 * cube[0] + 6 * cube[1] + cube[2])
        let grey = UInt8(232 + min(23, max(0, ((red + green + blue) / 3 - 3) / 10)))
        return distance(Colour.value(of: grey), value) < distance(Colour.value(of: inCube), value) ? grey : inCube
    }

    package static func nearest16(_ value: UInt32, of count: Int) -> UInt8 {
        var best = 0
        for index in 1..<min(16, count) where distance(sixteen[index], value) < distance(sixteen[best], value) { best = index }
        return UInt8(best)
    }

    /// 0...255, weighted as the eye does.
    package static func luminance(_ value: UInt32) -> Int {
        let (red, green, blue) = parts(value)
        return (red * 54 + green * 183 + blue * 19) / 256
    }

    private static func parts(_ value: UInt32) -> (Int, Int, Int) { (Int(value >> 16 & 255), Int(value >> 8 & 255), Int(value & 255)) }

    static func distance(_ a: UInt32, _ b: UInt32) -> Int {
        let (a, b) = (parts(a), parts(b))
        let (red, green, blue) = (a.0 - b.0, a.1 - b.1, a.2 - b.2)
        return 3 * red * red + 6 * green * green + 2 * blue * blue
    }

    private static let steps: [UInt32] = [0, 95, 135, 175, 215, 255]
    /// The PC's own sixteen in the terminal's order: what most guests use.
    private static let sixteen: [UInt32] = [
        0x000000, 0xaa0000, 0x00aa00, 0xaa5500, 0x0000aa, 0xaa00aa, 0x00aaaa, 0xaaaaaa,
        0x555555, 0xff5555, 0x55ff55, 0xffff55, 0x5555ff, 0xff55ff, 0x55ffff, 0xffffff,
    ]
}

package struct Attributes: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    package static let bold = Self(rawValue: 1)
    package static let dim = Self(rawValue: 2)
    package static let underline = Self(rawValue: 4)
    package static let reverse = Self(rawValue: 8)
}

/// What a terminal is told for one cell.
package struct Ink: Hashable, Sendable {
    package var foreground: Colour
    package var background: Colour
    package var attributes: Attributes
    package init(foreground: Colour, background: Colour, attributes: Attributes = []) {
        (self.foreground, self.background, self.attributes) = (foreground, background, attributes)
    }
}
