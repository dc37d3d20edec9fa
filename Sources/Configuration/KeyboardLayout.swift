/// What is printed on the keys of a guest's keyboard, so that text can be typed on it. Key numbers are scan codes of set 1.
package enum KeyboardLayout: String, Codable, CaseIterable, Sendable {
    case us, uk, de, fr, es
    /// The 106 and 109 keys of Japan.
    case jp

    /// For people: `US`, `German`.
    package var name: String {
        switch self {
        case .us: "US"
        case .uk: "UK"
        case .de: "German"
        case .fr: "French"
        case .es: "Spanish"
        case .jp: "Japanese"
        }
    }

    /// One key, and what is held down meanwhile.
    package struct Stroke: Hashable, Sendable {
        package var key: UInt8
        package var shift = false
        /// The right Alt key, which Windows calls Alt Gr.
        package var altGr = false
        package init(_ key: UInt8, shift: Bool = false, altGr: Bool = false) { (self.key, self.shift, self.altGr) = (key, shift, altGr) }
    }

    /// What types a character: one stroke, or that of a dead key and then that of a letter; nil where no key has it.
    package func strokes(for character: Character) -> [Stroke]? { KeyboardLayout.tables[self]?[character] }

    private static let tables = Dictionary(uniqueKeysWithValues: allCases.map { ($0, Plan.of($0).table) })
}

/// A keyboard as it looks: each row from its first key on, plain, with Shift, and with Alt Gr where that gives anything. A blank is a key without
/// a character, or a dead key.
private struct Plan {
    struct Row {
        var first: UInt8
        var plain, shifted, third: String
        init(_ first: UInt8, _ plain: String, _ shifted: String, _ third: String = "") {
            (self.first, self.plain, self.shifted, self.third) = (first, plain, shifted, third)
        }
    }

    /// A key that types nothing until a letter follows; with a blank it types the accent.
    struct Dead {
        var stroke: KeyboardLayout.Stroke
        var accent: Character
        /// Letters, and what they become.
        var letters, accented: String
    }

    var rows: [Row]
    var dead: [Dead] = []

    var table: [Character: [KeyboardLayout.Stroke]] {
        typealias Stroke = KeyboardLayout.Stroke
        var table: [Character: [Stroke]] = [
            " ": [Stroke(0x39)], "\n": [Stroke(0x1c)], "\r": [Stroke(0x1c)], "\r\n": [Stroke(0x1c)], "\t": [Stroke(0x0f)], "\u{8}": [Stroke(0x0e)],
            "\u{7f}": [Stroke(0x0e)], "\u{1b}": [Stroke(0x01)],
        ]
        for row in rows {
            for (text, shift, altGr) in [(row.plain, false, false), (row.shifted, true, false), (row.third, false, true)] {
                for (offset, character) in text.enumerated() where character != " " && table[character] == nil {
                    table[character] = [Stroke(row.first + UInt8(truncatingIfNeeded: offset), shift: shift, altGr: altGr)]
                }
            }
        }
        for key in dead {
            for (letter, accented) in zip(key.letters, key.accented) where table[accented] == nil {
                if let stroke = table[letter] { table[accented] = [key.stroke] + stroke }
            }
            if table[key.accent] == nil { table[key.accent] = [key.stroke, Stroke(0x39)] }
        }
        return table
    }

    private static func acute(_ stroke: KeyboardLayout.Stroke) -> Dead {
        Dead(stroke: stroke, accent: "´", letters: "aeiouyAEIOUY", accented: "áéíóúýÁÉÍÓÚÝ")
    }
    private static func grave(_ stroke: KeyboardLayout.Stroke) -> Dead {
        Dead(stroke: stroke, accent: "`", letters: "aeiouAEIOU", accented: "àèìòùÀÈÌÒÙ")
    }
    private static func circumflex(_ stroke: KeyboardLayout.Stroke) -> Dead {
        Dead(stroke: stroke, accent: "^", letters: "aeiouAEIOU", accented: "âêîôûÂÊÎÔÛ")
    }
    private static func diaeresis(_ stroke: KeyboardLayout.Stroke) -> Dead {
        Dead(stroke: stroke, accent: "¨", letters: "aeiouyAEIOU", accented: "äëïöüÿÄËÏÖÜ")
    }
    private static func tilde(_ stroke: KeyboardLayout.Stroke) -> Dead {
        Dead(stroke: stroke, accent: "~", letters: "nNaoAO", accented: "ñÑãõÃÕ")
    }

    /// As Windows has them (learn.microsoft.com/globalization/windows-keyboard-layouts); DOS and Linux differ in few third characters.
    static func of(_ layout: KeyboardLayout) -> Plan {
        switch layout {
        case .us:
            Plan(rows: [
                Row(0x02, "1234567890-=", "!@#$%^&*()_+"), Row(0x10, "qwertyuiop[]", "QWERTYUIOP{}"), Row(0x1e, "asdfghjkl;'`", "ASDFGHJKL:\"~"),
                Row(0x2b, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
            ])
        case .uk:
            Plan(rows: [
                Row(0x02, "1234567890-=", "!\"£$%^&*()_+", "   €"), Row(0x10, "qwertyuiop[]", "QWERTYUIOP{}"),
                Row(0x1e, "asdfghjkl;'`", "ASDFGHJKL:@¬", "           ¦"), Row(0x2b, "#zxcvbnm,./", "~ZXCVBNM<>?"), Row(0x56, "\\", "|"),
            ])
        case .de:
            Plan(
                rows: [
                    Row(0x02, "1234567890ß", "!\"§$%&/()=?", " ²³   {[]}\\"), Row(0x10, "qwertzuiopü+", "QWERTZUIOPÜ*", "@ €        ~"),
                    Row(0x1e, "asdfghjklöä ", "ASDFGHJKLÖÄ°"), Row(0x2b, "#yxcvbnm,.-", "'YXCVBNM;:_", "       µ"), Row(0x56, "<", ">", "|"),
                ], dead: [circumflex(.init(0x29)), acute(.init(0x0d)), grave(.init(0x0d, shift: true))])
        case .fr:
            Plan(
                rows: [
                    Row(0x02, "&é\"'(-è_çà)=", "1234567890°+", "  #{[| \\^@]}"), Row(0x10, "azertyuiop $", "AZERTYUIOP £", "  €        ¤"),
                    Row(0x1e, "qsdfghjklmù²", "QSDFGHJKLM%"), Row(0x2b, "*wxcvbn,;:!", "µWXCVBN?./§"), Row(0x56, "<", ">"),
                ],
                dead: [
                    circumflex(.init(0x1a)), diaeresis(.init(0x1a, shift: true)), tilde(.init(0x03, altGr: true)), grave(.init(0x08, altGr: true)),
                ])
        case .es:
            Plan(
                rows: [
                    Row(0x02, "1234567890'¡", "!\"·$%&/()=?¿", "|@#  ¬"), Row(0x10, "qwertyuiop +", "QWERTYUIOP *", "  €       []"),
                    Row(0x1e, "asdfghjklñ º", "ASDFGHJKLÑ ª", "          {\\"), Row(0x2b, "çzxcvbnm,.-", "ÇZXCVBNM;:_", "}"), Row(0x56, "<", ">"),
                ],
                dead: [
                    acute(.init(0x28)), diaeresis(.init(0x28, shift: true)), grave(.init(0x1a)), circumflex(.init(0x1a, shift: true)),
                    tilde(.init(0x05, altGr: true)),
                ])
        case .jp:
            Plan(rows: [
                Row(0x02, "1234567890-^", "!\"#$%&'() =~"), Row(0x10, "qwertyuiop@[", "QWERTYUIOP`{"), Row(0x1e, "asdfghjkl;:", "ASDFGHJKL+*"),
                Row(0x2b, "]zxcvbnm,./", "}ZXCVBNM<>?"), Row(0x73, "\\", "_"), Row(0x7d, "¥", "|"),
            ])
        }
    }
}
