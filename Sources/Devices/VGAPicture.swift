import Bus
package import Picture

/// What the registers and video memory show, as a picture.
extension VGA {
    func publishIfChanged() {
        let picture = currentPicture
        guard picture != lastPicture else { return }
        lastPicture = picture
        display.publish(picture)
    }

    package var currentPicture: Picture {
        if vbeEnabled { return linearPicture }
        guard state.attributeIndex & 0x20 != 0, state.sequencer[1] & 0x20 == 0 else { return .blank }
        return state.graphics[6] & 1 == 0 ? textPicture : planarPicture
    }

    private func color(_ index: UInt8) -> UInt32 {
        let at = Int(index & state.dacMask) * 3
        let shift: UInt32 = state.vbe[4] & 0x20 != 0 ? 0 : 2
        func part(_ value: UInt8) -> UInt32 { shift == 0 ? UInt32(value) : UInt32(value) << 2 | UInt32(value) >> 4 }
        return part(state.dac[at]) << 16 | part(state.dac[at + 1]) << 8 | part(state.dac[at + 2])
    }

    /// A 4-bit colour through the attribute controller's palette.
    private func attributeColor(_ index: Int) -> UInt32 {
        let value = state.attribute[index & 15]
        let select = state.attribute[0x14]
        return color(state.attribute[0x10] & 0x80 != 0 ? value & 15 | select << 4 : value & 63 | select << 4 & 0xC0)
    }

    private var verticalEnd: Int { Int(state.crtc[0x12]) | (state.crtc[7] & 2 != 0 ? 0x100 : 0) | (state.crtc[7] & 0x40 != 0 ? 0x200 : 0) }
    private var startAddress: Int { Int(state.crtc[0xC]) << 8 | Int(state.crtc[0xD]) }

    private var textPicture: Picture {
        let columns = min(Int(state.crtc[1]) + 1, 160)
        let height = max(Int(state.crtc[9] & 31) + 1, 1)
        let rows = max(1, min((verticalEnd + 1) / height, 100))
        let pitch = max(Int(state.crtc[0x13]) * 2, columns)
        let blink = state.attribute[0x10] & 8 != 0
        let twoFonts = state.sequencer[3] & 0x3F != 0
        var cells: [TextPicture.Cell] = []
        cells.reserveCapacity(columns * rows)
        for row in 0..<rows {
            for column in 0..<columns {
                // Odd/even addressing: the character of cell n stands in plane 0 at 2n, its attribute in plane 1.
                let at = ((startAddress + row * pitch + column) & 0xFFFF) << 3
                let character = byte(at), attribute = byte(at + 1)
                let glyph = UInt16(character) | (twoFonts && attribute & 8 != 0 ? 0x100 : 0)
                cells.append(
                    TextPicture.Cell(
                        glyph: glyph, foreground: attribute & 15, background: blink ? attribute >> 4 & 7 : attribute >> 4,
                        blinks: blink && attribute & 0x80 != 0))
            }
        }
        let map = state.sequencer[3]
        let banks = [Int(map & 3) | Int(map >> 2 & 4), Int(map >> 2 & 3) | Int(map >> 3 & 4)]
        let offsets = banks.map { ($0 & 3) << 14 | ($0 & 4) << 11 }
        var font: [UInt8] = []
        for bank in twoFonts ? [offsets[1], offsets[0]] : [offsets[0]] {
            for glyph in 0..<256 { for line in 0..<height { font.append(byte((bank + glyph * 32 + line) << 2 + 2)) } }
        }
        var cursor: TextPicture.Cursor?
        let position = (Int(state.crtc[0xE]) << 8 | Int(state.crtc[0xF])) - startAddress
        let top = Int(state.crtc[0xA] & 31), bottom = min(Int(state.crtc[0xB] & 31), height - 1)
        if state.crtc[0xA] & 0x20 == 0, top <= bottom, position >= 0, position / pitch < rows, position % pitch < columns {
            cursor = TextPicture.Cursor(column: position % pitch, row: position / pitch, top: top, bottom: bottom)
        }
        return .text(
            TextPicture(
                columns: columns, rows: rows, cells: cells, cursor: cursor, font: .init(height: height, rows: font),
                cellWidth: state.sequencer[1] & 1 != 0 ? 8 : 9, lineGraphics: state.attribute[0x10] & 4 != 0, palette: (0..<16).map(attributeColor)))
    }

    private var planarPicture: Picture {
        let doubles = Int(state.crtc[9] & 31) + 1
        let scan = state.crtc[9] & 0x80 != 0 ? 2 : 1
        let height = max(1, (verticalEnd + 1) / (doubles * scan))
        let pitch = Int(state.crtc[0x13]) * 2
        let eightBit = state.graphics[5] & 0x40 != 0
        let fourColor = state.graphics[5] & 0x20 != 0
        let width = (Int(state.crtc[1]) + 1) * (eightBit ? 4 : 8)
        guard width <= 2048, height <= 2048 else { return .blank }
        var pixels = [UInt32](repeating: 0, count: width * height)
        let palette = eightBit ? (0..<256).map { color(UInt8($0)) } : (0..<16).map(attributeColor)
        let doubleWord = state.crtc[0x14] & 0x40 != 0
        for y in 0..<height {
            for x in 0..<width {
                let index: Int
                if eightBit {
                    let linear = state.sequencer[4] & 8 != 0 || doubleWord
                    index = linear ? Int(byte(startAddress * 4 + y * pitch * 4 + x)) : Int(byte((startAddress + y * pitch + x >> 2) << 2 + x & 3))
                } else if fourColor {
                    let line = startAddress + (y >> 1) * pitch + (y & 1) * 0x2000
                    let at = line + x >> 3
                    let value = byte((at & ~1) << 2 + (x >> 2 & 1))
                    index = Int(value >> UInt8(6 - (x & 3) * 2) & 3)
                } else {
                    let at = (startAddress + y * pitch + x >> 3) << 2
                    let bit = UInt8(7 - x & 7)
                    index = (0..<4).reduce(0) { $0 | Int(byte(at + $1) >> bit & 1) << $1 } & Int(state.attribute[0x12] & 15)
                }
                pixels[y * width + x] = palette[index]
            }
        }
        return .pixels(PixelPicture(width: width, height: height, pixels: pixels))
    }

    private var linearPicture: Picture {
        let width = Int(state.vbe[1]), height = Int(state.vbe[2]), depth = Int(state.vbe[3])
        let pitch = max(Int(state.vbe[6]), width)
        let x0 = Int(state.vbe[8]), y0 = Int(state.vbe[9])
        var pixels = [UInt32](repeating: 0, count: width * height)
        let palette = (0..<256).map { color(UInt8($0)) }
        for y in 0..<height {
            for x in 0..<width {
                let number = (y + y0) * pitch + x + x0
                let pixel: UInt32
                switch depth {
                case 32: pixel = UInt32(byte(number * 4)) | UInt32(byte(number * 4 + 1)) << 8 | UInt32(byte(number * 4 + 2)) << 16
                case 24: pixel = UInt32(byte(number * 3)) | UInt32(byte(number * 3 + 1)) << 8 | UInt32(byte(number * 3 + 2)) << 16
                case 15, 16:
                    let value = UInt32(byte(number * 2)) | UInt32(byte(number * 2 + 1)) << 8
                    let red = depth == 16 ? value >> 11 & 31 : value >> 10 & 31
                    let green = depth == 16 ? (value >> 5 & 63) << 2 : (value >> 5 & 31) << 3
                    pixel = red << 19 | green << 8 | (value & 31) << 3
                case 4:
                    let at = (number >> 3) << 2
                    pixel = attributeColor((0..<4).reduce(0) { $0 | Int(byte(at + $1) >> UInt8(7 - number & 7) & 1) << $1 })
                default: pixel = palette[Int(byte(number))]
                }
                pixels[y * width + x] = pixel
            }
        }
        return .pixels(PixelPicture(width: width, height: height, pixels: pixels))
    }
}
