import Contract
import TUI

/// What the screens are written in.
package enum Language: String, CaseIterable, Sendable {
    case english = "en"
    case japanese = "ja"

    /// The user's choice, else what the locale says, as gettext reads it.
    /// - Parameter preference: `en`, `ja`, or nil for the locale's.
    package init(preference: String?, environment: [String: String]) {
        if let preference, let chosen = Language(rawValue: preference) {
            self = chosen
            return
        }
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        self = locale == "ja" || locale.hasPrefix("ja_") || locale.hasPrefix("ja.") ? .japanese : .english
    }
}

extension Language {
    /// The words of a language, by the English that stands at the call: `words("running")`, `words("%1 was reset.", name)`. What has no
    /// translation stays English.
    func callAsFunction(_ english: String, _ values: any CustomStringConvertible...) -> String {
        let text = self == .japanese ? Language.dictionary[english]?.text ?? english : english
        return values.isEmpty ? text : Language.filled(text, values.map(\.description))
    }

    func callAsFunction(_ state: MachineState) -> String { self(state.rawValue) }

    /// `3 machines`
    func machines(_ count: Int) -> String { count == 1 ? self("1 machine") : self("%1 machines", count) }

    /// What a check box is; `off` alone is a machine's state.
    func switched(_ on: Bool) -> String {
        switch self {
        case .english: on ? "on" : "off"
        case .japanese: on ? "入" : "切"
        }
    }

    /// What is done to a form; `save` alone is done to a machine's state.
    var saveForm: String { self("Save").lowercased() }

    /// A name that had to be typed is whole; `complete` alone is what Tab does.
    var isWhole: String {
        switch self {
        case .english: "complete"
        case .japanese: "一致"
        }
    }

    /// A page as a title.
    func title(_ page: Model.Page) -> String { self == .english ? page.title : self(page.word) }

    static func title(_ words: String) -> String { words.prefix(1).uppercased() + words.dropFirst() }

    /// `%1` to `%9` become the values; what a value holds is not read again.
    private static func filled(_ text: String, _ values: [String]) -> String {
        var result = ""
        var rest = text[...]
        while let sign = rest.firstIndex(of: "%") {
            result += rest[..<sign]
            rest = rest[rest.index(after: sign)...]
            if let number = rest.first?.wholeNumberValue, number >= 1, number <= values.count {
                result += values[number - 1]
                rest.removeFirst()
            } else {
                result += "%"
            }
        }
        return result + rest
    }

    /// By the English; with the cells that there are for it.
    static let dictionary: [String: (text: String, field: Int)] = {
        var words: [String: (text: String, field: Int)] = [:]
        var field = 0
        for line in japaneseTable.split(separator: "\n") {
            if line.hasPrefix("## ") {
                field = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
                continue
            }
            let cells = line.split(separator: "|").map { cell in
                String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }
            guard cells.count >= 2 else { continue }
            words[cells[0]] = (cells[1], cells.count > 2 ? Int(cells[2]) ?? field : field)
        }
        return words
    }()
}

extension Model {
    /// In the language of the screens.
    var words: Language { language }
}
