import Foundation
import Testing

@testable import Terminal

/// A terminal's description is given full colour, whatever is in the file.
@Suite struct DirectColourTests {
    /// Two flags' worth of nothing, 256 colours, no strings.
    private func entry(colours: Int, flags: Int = 30) -> [UInt8] {
        func short(_ value: Int) -> [UInt8] { [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)] }
        let names = Array("some|a terminal\0".utf8)
        let numbers = (0..<15).map { $0 == 13 ? colours : -1 }
        return [0o432, names.count, flags, 15, 0, 0].flatMap(short) + names + Array(repeating: 1, count: flags) + numbers.flatMap(short)
    }

    private func bytes(_ value: String?) -> [UInt8]? {
        guard let value, value.hasPrefix("hex:") else { return nil }
        let digits = Array(value.dropFirst(4))
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(digits[$0...($0 + 1)]), radix: 16) }
    }

    @Test func fullColourIsAdded() throws {
        let made = try #require(bytes(DirectColour.terminfo(entry(colours: 256))))
        #expect(made.starts(with: [0x1e, 0x02, 16, 0, 30, 0, 15, 0]))
        // 16 bytes of names and 30 flags after the head of 12, then numbers of four bytes.
        #expect(Array(made[(58 + 13 * 4)..<(58 + 15 * 4)]) == [0, 0, 0, 1, 0, 0, 1, 0])
        #expect(made[28 + 27] == 0)
        let text = String(decoding: made, as: UTF8.self)
        #expect(text.contains("38;2;") && text.contains("48;2;") && text.contains("RGB"))
    }

    @Test func whatNeedsNoneOrIsDirectAlreadyStays() {
        for colours in [-1, 8, 16, 88] { #expect(DirectColour.terminfo(entry(colours: colours)) == nil) }
        #expect(DirectColour.terminfo([]) == nil)
    }

    @Test func brokenFilesAreHarmless() {
        let whole = entry(colours: 256)
        for length in 0..<whole.count { #expect(DirectColour.terminfo(Array(whole.prefix(length))) == nil) }
        for position in 0..<12 {
            for value in [0, 0x7f, 0xff] as [UInt8] {
                var broken = whole
                broken[position] = value
                _ = DirectColour.terminfo(broken)
            }
        }
    }

    @Test func theDescriptionIsLookedForWhereNcursesDoes() {
        let places = DirectColour.places("xterm-256color", ["TERMINFO": "/own", "HOME": "/home/me", "TERMINFO_DIRS": "/a:b:/c"])
        #expect(places.prefix(3) == ["/own/x/xterm-256color", "/own/78/xterm-256color", "/home/me/.terminfo/x/xterm-256color"])
        #expect(places.contains("/c/x/xterm-256color") && places.last == "/usr/share/terminfo/78/xterm-256color")
        #expect(DirectColour.places("../etc/passwd", [:]) == [] && DirectColour.places("", [:]) == [])
    }
}
