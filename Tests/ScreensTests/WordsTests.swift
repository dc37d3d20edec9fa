import Contract
import TUI
import Testing

@testable import Screens

/// Japanese fits where English stands.
@Suite struct WordsTests {
    @Test func everyWordFitsItsField() {
        #expect(Language.translations.count > 150)
        for (english, (japanese, field)) in Language.translations {
            #expect(field > 0, "\(english)")
            #expect(Text.width(english) <= field, "\(english): \(Text.width(english)) of \(field)")
            #expect(Text.width(japanese) <= field, "\(japanese): \(Text.width(japanese)) of \(field)")
            #expect(!japanese.isEmpty && japanese != english || english == "CPU", "\(english)")
        }
    }

    @Test func noPairStandsTwice() {
        let keys = Language.japaneseTable.split(separator: "\n").filter { !$0.hasPrefix("##") }.map { $0.split(separator: "|")[0] }
        var seen: Set<Substring> = []
        for key in keys { #expect(seen.insert(key).inserted, "\(key)") }
    }

    /// Footers, help and palette have every word of the key table.
    @Test func theKeyTableIsTranslated() {
        for binding in Keymap.standard {
            for word in [binding.word, binding.name] { #expect(Language.translations[word] != nil, "no Japanese for: \(word)") }
        }
        for state in MachineState.allCases {
            #expect((Language.translations[state.rawValue].map { Text.width($0.text) } ?? 99) <= 8, "\(state)")
        }
    }

    @Test func placeholdersOfATranslationAreThoseOfTheEnglish() {
        for (english, (japanese, _)) in Language.translations {
            for number in 1...3 { #expect(english.contains("%\(number)") == japanese.contains("%\(number)"), "\(english)") }
        }
        let words = Language.translations
        #expect(words["The theme is %1, it was %2."] != nil)
        #expect(Language.japanese("The theme is %1, it was %2.", "Nord", "%1") == "配色を %1 から Nord に変えました。")
        #expect(Language.english("%1 was reset.", "nt4") == "nt4 was reset.")
        #expect(Language.english("100% of %1%", "x") == "100% of x%")
        #expect(Language.japanese("no such words") == "no such words")
    }

    @Test func theLanguageIsTheUsersOrTheLocales() {
        #expect(Language(preference: nil, environment: ["LANG": "ja_JP.UTF-8"]) == .japanese)
        #expect(Language(preference: nil, environment: ["LANG": "ja_JP.UTF-8", "LC_ALL": "C.UTF-8"]) == .english)
        #expect(Language(preference: nil, environment: ["LANG": "en_GB.UTF-8", "LC_MESSAGES": "ja"]) == .japanese)
        #expect(Language(preference: nil, environment: ["LANG": "jam_JM"]) == .english)
        #expect(Language(preference: "en", environment: ["LANG": "ja_JP.UTF-8"]) == .english)
        #expect(Language(preference: "ja", environment: [:]) == .japanese)
        #expect(Language(preference: "xx", environment: [:]) == .english)
    }
}

extension WordsTests {
    private func harness() -> Harness {
        let harness = Harness()
        harness.model.language = .japanese
        return harness
    }

    @Test func theHeaderKeepsItsColumns() {
        let harness = harness()
        harness.press(.down)
        #expect(harness.frame.lines[0] == " Vitrine  1 一覧      2 壁面  3 負荷  4 作業  5 記録    cpu 52%  mem 16%  14:32")
        #expect(harness.frame.lines[23].hasPrefix(" Enter 画面  P 一時停止  "))
        let english = Harness()
        english.press(.down)
        for x in 0..<80 where english.frame[x, 0].text.first?.isNumber == true {
            #expect(harness.frame[x, 0].text == english.frame[x, 0].text, "\(x)")
        }
    }

    @Test func themesInJapanese() {
        let harness = harness()
        harness.model.terminal = "256 colours, Unicode"
        harness.press(.character("t"))
        harness.expect(
            """
            x
            """)
    }
}
