import Testing

@testable import Picture

@Suite struct PictureCodingTests {
    private static let text: Picture = {
        var cells: [TextPicture.Cell] = []
        for index in 0..<6 as Range<UInt8> {
            cells.append(.init(glyph: UInt16(index) * 50, foreground: index, background: 15 - index, blinks: index == 1, underlined: index == 2))
        }
        let font = TextPicture.Font(height: 16, rows: (0..<4096).map { UInt8(truncatingIfNeeded: $0 * 7) })
        return .text(
            TextPicture(
                columns: 3, rows: 2, cells: cells, cursor: .init(column: 2, row: 1, top: 13, bottom: 14), font: font, cellWidth: 9,
                lineGraphics: true, palette: (0..<16).map { UInt32($0) * 0x0F0F0F }))
    }()
    private static let pixels = Picture.pixels(PixelPicture(width: 3, height: 5, pixels: (0..<15).map { UInt32($0) * 0x0102FF }))

    @Test(arguments: [Picture.blank, text, pixels]) func whatIsEncodedIsDecoded(_ picture: Picture) {
        let bytes = picture.encoded
        #expect(Picture(encoded: bytes) == picture)
        for count in 0..<bytes.count { #expect(Picture(encoded: Array(bytes.prefix(count))) == nil) }
        #expect(Picture(encoded: bytes + [0]) == nil)
    }

    /// Whatever is decoded can be drawn.
    @Test func anyBytes() {
        for place in 0..<200 {
            for value in [0, 1, 0x7F, 0xFF] as [UInt8] {
                for picture in [Self.text, Self.pixels] {
                    var bytes = picture.encoded
                    guard place < bytes.count else { continue }
                    bytes[place] = value
                    guard let decoded = Picture(encoded: bytes) else { continue }
                    #expect(decoded.rasterised()?.width ?? 0 <= 8192)
                    #expect(decoded.textLines.count <= 1024)
                }
            }
        }
        #expect(Picture(encoded: [2, 0xFF, 0xFF, 0xFF, 0xFF]) == nil)
        #expect(Picture(encoded: [3]) == nil)
    }
}
