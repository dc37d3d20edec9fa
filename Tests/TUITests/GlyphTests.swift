import TUI
import Testing

/// The three sets of characters draw the same cells.
@Suite struct GlyphTests {
    private func lines(_ set: GlyphSet, _ rows: [String]) -> [String] {
        var frame = Frame(Size(24, rows.count))
        for (y, row) in rows.enumerated() { frame.put(row, 0, y) }
        return set.translated(frame).lines
    }

    /// SCREENS.md §2.3.
    @Test func everyMeaningHasItsCharacter() {
        let unicode = ["●‖■◆»«✖!·", "▸✓▾▴…‹›", "━╸─", "▁▂▃▄▅▆▇█", "─│┌┐└┘┬┴┼"]
        #expect(lines(.unicode, unicode) == unicode)
        #expect(lines(.cp437, unicode) == ["•║■♦»«X!·", "►√▼▲~<>", "══─", "·░░▒▒▓▓█", "─│┌┐└┘┬┴┼"])
        #expect(lines(.ascii, unicode) == ["*=-#^vX!.", ">+v^~<>", "==-", "_.:-=+*#", "-|+++++++"])
    }

    @Test func aTitlesMarksAreNoCorners() {
        #expect(lines(.ascii, ["─┤ Summary ├─ Log ──┤", "├──┤", "│  ├──"]) == ["-[ Summary ]- Log --+", "+--+", "|  +--"])
        #expect(lines(.cp437, ["─┤ Summary ├─"]) == ["─┤ Summary ├─"])
    }

    @Test func brailleBecomesAsDenseAsItWas() {
        #expect(lines(.ascii, ["\u{2801}\u{280f}\u{28ff}\u{2800}x"]) == [".:# x"])
        #expect(lines(.cp437, ["\u{2801}\u{280f}\u{28ff}\u{2800}x"]) == ["░▒█ x"])
    }

    @Test func wideCharactersKeepTheirTwoCells() {
        #expect(lines(.ascii, ["日本x"]) == ["? ? x"])
        #expect(lines(.ascii, ["aé│"]) == ["a?|"])
    }
}
