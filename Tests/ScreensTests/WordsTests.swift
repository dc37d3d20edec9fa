import Contract
import TUI
import Testing

@testable import Screens

/// Japanese fits where English stands.
@Suite struct WordsTests {
    @Test func everyWordFitsItsField() {
        #expect(Language.dictionary.count > 150)
        for (english, (japanese, field)) in Language.dictionary {
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
            for word in [binding.word, binding.name] { #expect(Language.dictionary[word] != nil, "no Japanese for: \(word)") }
        }
        for state in MachineState.allCases {
            #expect((Language.dictionary[state.rawValue].map { Text.width($0.text) } ?? 99) <= 8, "\(state)")
        }
    }

    @Test func placeholdersOfATranslationAreThoseOfTheEnglish() {
        for (english, (japanese, _)) in Language.dictionary {
            for number in 1...3 { #expect(english.contains("%\(number)") == japanese.contains("%\(number)"), "\(english)") }
        }
        let words = Language.dictionary
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
             配色                                            terminal: 256 colours, Unicode
            ─┤ 配色 ├──────────────────────┬── 見本 ────────────────────────────────────────
            ▸ Vitrine        暗い          │  名前 ▾        状態           CPU
              Paper          明るい        │  ● freedos     実行中     3h  ▁▁▂▁▁▁
              High contrast  暗い          │  ● win98       実行中     2d  ▇▆█▇▆█
              Day contrast   明るい        │▸ ‖ nt4         一時停止  12m
              Okabe          色覚多様性    │  ◆ os2-warp    保存済み   6d
              Mono           色なし        │  ✖ toyos       異常終了   4m
              Nord           暗い          │  ■ showcase    停止
              Gruvbox        暗い          │  » debian      起動中     2s
              Dracula        暗い          │
                                           │  text  muted  accent  key  match
              [ ] 端末の地の色のまま       │  [ a field                ]
                                           │  ✖ An error says what to do next.
                                           │  ! A warning, and · a hint
              i で btop や base16 の       │  ━━━━━━━━━━━━╸───────────  53%
              ファイルを取り込む           │
                                           │  ▁▂▃▄▅▆▇█ low to high
                                           │
                                           │  weakest text: 5.5 to 1 (muted)
                                           │  in 256 colours: 5.6 to 1
            ───────────────────────────────┴────────────────────────────────────────────────
             選ぶ間は画面全体がその配色になります。Esc で元の配色に戻ります。
             Enter 決める  Up Down 試す  d 暗 明 全部  i 取り込む  E 写しを編集  Esc 戻る
            """)
    }
}
