import TUI
import Testing

/// Where lines end.
@Suite struct WrappingTests {
    @Test func latinLinesEndAtBlanks() {
        #expect(Text.wrapped("What its guest has not written", to: 12) == ["What its", "guest has", "not written"])
        #expect(Text.wrapped("abcdefgh ij", to: 5) == ["abcde", "fgh", "ij"])
    }

    @Test func japaneseLinesEndAnywhereButBeforeAMark() {
        #expect(Text.wrapped("機械はまだありません。", to: 10) == ["機械はまだ", "ありません。"].flatMap { Text.wrapped($0, to: 10) })
        #expect(Text.wrapped("あいうえ、お", to: 8) == ["あいう", "え、お"])
        #expect(Text.wrapped("Enter で画面を表示。S で起動。", to: 14) == ["Enter で画面を", "表示。S で起", "動。"])
        #expect(Text.wrapped("（あ「い」う）", to: 6) == ["（あ", "「い」", "う）"])
        for width in 2...20 {
            let lines = Text.wrapped("ここでの呼び名です。Esc で「破棄」、Enter で決めます。", to: width)
            for line in lines { #expect(Text.width(line) <= width || line.count < 3, "\(line) in \(width)") }
        }
    }
}
