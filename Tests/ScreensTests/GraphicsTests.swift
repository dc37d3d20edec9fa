import Foundation
import Picture
import TUI
import Testing

/// Encoders are judged by decoding what they made.
@Suite struct GraphicsTests {
    /// A picture with runs, noise and edges; `colours` of them.
    private func picture(_ width: Int, _ height: Int, colours: Int) -> PixelPicture {
        var state: UInt32 = 1
        let palette = (0..<colours).map { UInt32(truncatingIfNeeded: $0 &* 0x2b_4d6f) & 0xff_ffff }
        let pixels = (0..<(width * height)).map { place -> UInt32 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return place / 7 % 3 == 0 ? palette[Int(state >> 8) % colours] : palette[place / width % colours]
        }
        return PixelPicture(width: width, height: height, pixels: pixels)
    }

    /// What a terminal would show: colours in percent, as the sequence has them.
    private func decodeSixel(_ bytes: [UInt8]) -> (width: Int, height: Int, pixels: [[Int]])? {
        guard bytes.starts(with: Array("\u{1b}P0;1;0q\"1;1;".utf8)), bytes.suffix(2) == [0x1b, 0x5c] else { return nil }
        var at = 13, x = 0, y = 0, colour = 0
        var palette: [Int: [Int]] = [:]
        func number() -> Int {
            var value = 0
            while at < bytes.count, (0x30...0x39).contains(bytes[at]) {
                value = value * 10 + Int(bytes[at]) - 0x30
                at += 1
            }
            return value
        }
        let width = number()
        at += 1
        let height = number()
        var pixels = [[Int]](repeating: [], count: width * height)
        func paint(_ byte: UInt8, _ count: Int) {
            for column in x..<(x + count) {
                for line in 0..<6 where (byte - 0x3f) & (1 << UInt8(line)) != 0 { pixels[(y + line) * width + column] = palette[colour] ?? [] }
            }
            x += count
        }
        while at < bytes.count - 2 {
            let byte = bytes[at]
            at += 1
            switch byte {
            case 0x23:
                colour = number()
                if bytes[at] == 0x3b {
                    var parts: [Int] = []
                    while bytes[at] == 0x3b {
                        at += 1
                        parts.append(number())
                    }
                    guard parts.count == 4, parts[0] == 2 else { return nil }
                    palette[colour] = Array(parts[1...])
                }
            case 0x21:
                let count = number()
                paint(bytes[at], count)
                at += 1
            case 0x24: x = 0
            case 0x2d: (x, y) = (0, y + 6)
            case 0x3f...0x7e: paint(byte, 1)
            default: return nil
            }
        }
        return (width, height, pixels)
    }

    private func percent(_ pixel: UInt32) -> [Int] {
        [16, 8, 0].map { (shift: UInt32) -> Int in
            let part = Int(pixel >> shift & 255)
            return (part * 100 + 127) / 255
        }
    }

    @Test(arguments: [(1, 1, 1), (13, 6, 4), (64, 17, 16), (40, 31, 256)])
    func sixelShowsThePicture(_ width: Int, _ height: Int, _ colours: Int) throws {
        let picture = picture(width, height, colours: colours)
        let shown = try #require(decodeSixel(Sixel.encode(picture, width: width, height: height)))
        #expect(shown.width == width && shown.height == height && shown.pixels == picture.pixels.map(percent))
        let twice = try #require(decodeSixel(Sixel.encode(picture, width: width * 2, height: height * 2)))
        for y in 0..<height {
            for x in 0..<width { #expect(twice.pixels[y * 4 * width + x * 2] == shown.pixels[y * width + x]) }
        }
    }

    @Test func manyColoursAreNearlyKept() throws {
        let pixels = (0..<4096 as Range<UInt32>).map { (place: UInt32) -> UInt32 in
            let red = place % 64 * 4, green = place / 64 * 4, blue = place % 61 * 4
            return red << 16 | green << 8 | blue
        }
        let shown = try #require(decodeSixel(Sixel.encode(PixelPicture(width: 64, height: 64, pixels: pixels), width: 64, height: 64)))
        for (pixel, wanted) in zip(shown.pixels, pixels.map(percent)) {
            #expect(pixel.count == 3 && zip(pixel, wanted).allSatisfy { (part: Int, wanted: Int) in abs(part - wanted) <= 11 })
        }
    }

    @Test func smallerIsTheMean() throws {
        let picture = PixelPicture(width: 4, height: 2, pixels: [0, 0xffffff, 0xff0000, 0xff0000, 0xffffff, 0, 0xff0000, 0xff0000])
        let shown = try #require(decodeSixel(Sixel.encode(picture, width: 2, height: 1)))
        #expect(shown.pixels == [[50, 50, 50], [100, 0, 0]])
    }

    @Test func whatIsNoPictureIsNothing() {
        #expect(Sixel.encode(PixelPicture(width: 0, height: 0, pixels: []), width: 10, height: 10).isEmpty)
        #expect(Sixel.encode(PixelPicture(width: 4, height: 4, pixels: [1]), width: 4, height: 4).isEmpty)
        #expect(Sixel.encode(picture(4, 4, colours: 2), width: 0, height: -1).isEmpty)
        #expect(KittyGraphics.encode(png: [], columns: 1, rows: 1).isEmpty)
    }

    @Test func kittyGetsThePictureInPieces() throws {
        let picture = picture(320, 200, colours: 200)
        let bytes = KittyGraphics.encode(png: PNG.encode(picture), columns: 40, rows: 12)
        var file = "", heads: [String] = []
        for sequence in String(decoding: bytes, as: UTF8.self).components(separatedBy: "\u{1b}\\").dropLast() {
            #expect(sequence.hasPrefix("\u{1b}_G"))
            let parts = sequence.dropFirst(3).split(separator: ";", omittingEmptySubsequences: false)
            heads.append(String(parts[0]))
            #expect(parts.count == 2 && parts[1].count <= 4096)
            file += parts[1]
        }
        #expect(heads.count > 2 && heads[0].contains("a=T,f=100") && heads[0].contains("c=40,r=12") && heads.allSatisfy { $0.contains("q=2") })
        #expect(heads.dropLast().allSatisfy { $0.contains("m=1") } && heads.last?.contains("m=0") == true)
        let png: Data = try #require(Data(base64Encoded: file))
        let decoded = PNG.decode(Array(png))
        #expect(decoded == picture)
    }

    @Test func picturesKeepTheirAspect() {
        func fit(_ width: Int, _ height: Int, whole: Bool = true) -> PictureFit {
            PictureFit(PicturePlacement(rect: Rect(0, 0, 80, 23), width: width, height: height, pixels: []), cell: Size(10, 20), whole: whole)
        }
        #expect(fit(320, 200) == fit(320, 200) && fit(320, 200).width == 640 && fit(320, 200).height == 400)
        #expect(fit(320, 200).area == Rect(8, 1, 64, 20))
        #expect(fit(1600, 920).width == 800 && fit(1600, 920).height == 460 && fit(1600, 920).area == Rect(0, 0, 80, 23))
        #expect(fit(320, 200, whole: false).height == 460)
        for (width, height) in [(1, 1), (3000, 10), (10, 3000), (0, 5), (640, 480)] {
            let area = fit(width, height).area
            #expect(area.x >= 0 && area.y >= 0 && area.right <= 80 && area.bottom <= 23)
        }
    }

    @Test func answersAreNoKeys() {
        var decoder = InputDecoder()
        let text = "a\u{1b}[?2026;2$yb\u{1b}[6;20;10tc\u{1b}_Gi=1;OK\u{1b}\\d\u{1b}[?62;4;22ce\u{1b}_Gi=1;ENOTSUPPORTED:no\u{1b}\\\u{1b}[?2026;0$y"
        let expected: [TerminalEvent] = [
            .key(.character("a")), .answer(.mode(2026, isKnown: true)), .key(.character("b")), .answer(.cell(Size(10, 20))), .key(.character("c")),
            .answer(.kittyGraphics(true)), .key(.character("d")), .answer(.attributes([62, 4, 22])), .key(.character("e")),
            .answer(.kittyGraphics(false)), .answer(.mode(2026, isKnown: false)),
        ]
        #expect(decoder.feed(Array(text.utf8)) == expected)
        // The same byte by byte; then with a silence in the middle.
        var slow: [TerminalEvent] = []
        for byte in text.utf8 {
            slow += decoder.feed([byte])
        }
        #expect(slow == expected)
        let later = decoder.feed(Array("\u{1b}[?62;".utf8)) + decoder.flush() + decoder.feed(Array("4c".utf8))
        #expect(later == [.answer(.attributes([62, 4]))])
    }

    @Test func theKeysThatAnswersBeginWithAreStillKeys() {
        var decoder = InputDecoder()
        #expect(decoder.feed(Array("\u{1b}_x".utf8)) == [.key(Key(.character("_"), alt: true)), .key(.character("x"))])
        let alone = decoder.feed(Array("\u{1b}_".utf8)) + decoder.flush()
        #expect(alone == [.key(Key(.character("_"), alt: true))])
        #expect(decoder.feed(Array("\u{1b}[?".utf8)).isEmpty)
        // What never ends is dropped.
        for _ in 0..<30 { #expect(decoder.flush().isEmpty) }
        #expect(!decoder.isWaiting && decoder.feed([0x71]) == [.key(.character("q"))])
    }

    @Test func aBudgetHoldsOnAverage() {
        var budget = OutputBudget(rate: 1000, burst: 100)
        var now = 0.0, written = 0
        #expect(budget.delay(at: now) == 0)
        while now < 10 {
            if budget.delay(at: now) == 0 {
                budget.spend(700, at: now)
                written += 700
            }
            now += 0.01
        }
        #expect(written <= 10_000 + 800 && written > 9_000)
        budget.spend(5000, at: now)
        #expect(budget.delay(at: now - 100) > 4)
    }
}
