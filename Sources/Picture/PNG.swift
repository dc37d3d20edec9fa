import CPNG

/// PNG files, without losses and without a colour profile.
package enum PNG {
    /// - Returns: the bytes of a file; empty where there is nothing to encode (a picture without pixels) or libpng refuses it.
    package static func encode(_ picture: PixelPicture) -> [UInt8] {
        let count = picture.width * picture.height
        guard picture.width > 0, picture.height > 0, picture.pixels.count >= count else { return [] }
        var colours = [UInt8](repeating: 0, count: count * 3)
        for index in 0..<count {
            let pixel = picture.pixels[index]
            colours[index * 3] = UInt8(truncatingIfNeeded: pixel >> 16)
            colours[index * 3 + 1] = UInt8(truncatingIfNeeded: pixel >> 8)
            colours[index * 3 + 2] = UInt8(truncatingIfNeeded: pixel)
        }
        let width = UInt32(truncatingIfNeeded: picture.width), height = UInt32(truncatingIfNeeded: picture.height)
        var size = cpng_bound(width, height)
        return unsafe [UInt8](unsafeUninitializedCapacity: size) { file, written in
            written = unsafe cpng_encode_rgb(colours, width, height, file.baseAddress, &size) == 0 ? 0 : size
        }
    }

    /// What a screenshot of `picture` is: text with its cursor shown; nothing for a blank screen.
    package static func encode(_ picture: Picture) -> [UInt8] { picture.rasterised().map { encode($0) } ?? [] }

    /// - Returns: nil where `file` is not a PNG file, or larger than 8192 pixels either way.
    package static func decode(_ file: [UInt8]) -> PixelPicture? {
        var width: UInt32 = 0, height: UInt32 = 0
        guard unsafe cpng_decode_rgb(file, file.count, nil, 0, &width, &height) != 0 else { return nil }
        guard 1...8192 ~= width, 1...8192 ~= height else { return nil }
        var colours = [UInt8](repeating: 0, count: Int(width) * Int(height) * 3)
        guard unsafe cpng_decode_rgb(file, file.count, &colours, colours.count, &width, &height) != 0 else { return nil }
        let pixels = stride(from: 0, to: colours.count, by: 3).map { at -> UInt32 in
            let red = UInt32(colours[at]), green = UInt32(colours[at + 1]), blue = UInt32(colours[at + 2])
            return red << 16 | green << 8 | blue
        }
        return PixelPicture(width: Int(width), height: Int(height), pixels: pixels)
    }
}
