/// JSON as a person wrote it: every value with the line where it begins, and mistakes with their line and what was expected there (RFC 8259).
struct JSONText {
    indirect enum Value {
        case object([(key: String, value: JSONText)])
        case array([JSONText])
        case string(String)
        /// A number, `true`, `false` or `null`, as written.
        case word(String)
    }
    struct Mistake: Error, Equatable {
        var line: Int
        var text: String
        var description: String { "line \(line): \(text)" }
    }
    var value: Value
    var line: Int

    init(parsing text: String) throws(Mistake) {
        var reader = Reader(scalars: Array(text.unicodeScalars))
        self = try reader.value(depth: 0)
        if let extra = reader.next() { throw reader.mistake("the file should end here, but there is \(Reader.name(extra))") }
    }

    init(_ value: Value, line: Int) { (self.value, self.line) = (value, line) }

    subscript(key: String) -> JSONText? {
        guard case .object(let members) = value else { return nil }
        return members.first { $0.key == key }?.value
    }

    subscript(index: Int) -> JSONText? {
        guard case .array(let values) = value else { return nil }
        return values[safe: index]
    }

    /// Compact, for a decoder.
    var text: String {
        switch value {
        case .object(let members): "{" + members.map { JSONText.quoted($0.key) + ":" + $0.value.text }.joined(separator: ",") + "}"
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .string(let text): JSONText.quoted(text)
        case .word(let word): word
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

private struct Reader {
    let scalars: [Unicode.Scalar]
    var place = 0
    var line = 1

    func mistake(_ text: String) -> JSONText.Mistake { JSONText.Mistake(line: line, text: text) }

    static func name(_ scalar: Unicode.Scalar) -> String { scalar.value < 0x20 ? "a control character" : "\(scalar)" }

    /// The next scalar that is no blank.
    mutating func next() -> Unicode.Scalar? {
        while let scalar = scalars[safe: place], scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r" {
            if scalar == "\n" { line += 1 }
            place += 1
        }
        return scalars[safe: place]
    }

    private mutating func expect(_ wanted: Unicode.Scalar, _ where: String) throws(JSONText.Mistake) {
        let before = line
        let found = next()
        guard found == wanted else {
            // What is missing is missing where the line before ended.
            throw JSONText.Mistake(line: before, text: "\(wanted) was expected \(`where`), not \(found.map(Reader.name) ?? "the end of the file")")
        }
        place += 1
    }

    mutating func value(depth: Int) throws(JSONText.Mistake) -> JSONText {
        guard depth < 64 else { throw mistake("this is nested too deeply") }
        guard let first = next() else { throw mistake("a value was expected, not the end of the file") }
        let begins = line
        switch first {
        case "{": return JSONText(.object(try members(depth)), line: begins)
        case "[": return JSONText(.array(try elements(depth)), line: begins)
        case "\"": return JSONText(.string(try string()), line: begins)
        default: return JSONText(.word(try word()), line: begins)
        }
    }

    private mutating func members(_ depth: Int) throws(JSONText.Mistake) -> [(key: String, value: JSONText)] {
        place += 1
        var found: [(key: String, value: JSONText)] = []
        if next() == "}" {
            place += 1
            return found
        }
        while true {
            guard next() == "\"" else {
                throw mistake("a name in quotes was expected, not \(next().map(Reader.name) ?? "the end of the file")")
            }
            let key = try string()
            try expect(":", "after \"\(key)\"")
            let value = try value(depth: depth + 1)
            if found.contains(where: { $0.key == key }) { throw JSONText.Mistake(line: value.line, text: "\(key) stands there twice") }
            found.append((key, value))
            let before = line
            switch next() {
            case ",": place += 1
            case "}":
                place += 1
                return found
            default:
                throw JSONText.Mistake(
                    line: before, text: ", or } was expected after the value of \(key), not \(next().map(Reader.name) ?? "the end of the file")")
            }
        }
    }

    private mutating func elements(_ depth: Int) throws(JSONText.Mistake) -> [JSONText] {
        place += 1
        var found: [JSONText] = []
        if next() == "]" {
            place += 1
            return found
        }
        while true {
            found.append(try value(depth: depth + 1))
            let before = line
            switch next() {
            case ",": place += 1
            case "]":
                place += 1
                return found
            default:
                throw JSONText.Mistake(line: before, text: ", or ] was expected in the list, not \(next().map(Reader.name) ?? "the end of the file")")
            }
        }
    }

    private mutating func string() throws(JSONText.Mistake) -> String {
        place += 1
        var text = String.UnicodeScalarView()
        while let scalar = scalars[safe: place] {
            place += 1
            switch scalar {
            case "\"": return String(text)
            case "\n": throw mistake("the text has no \" at its end")
            case "\\": text.append(try escape())
            default: text.append(scalar)
            }
        }
        throw mistake("the text has no \" at its end")
    }

    private mutating func escape() throws(JSONText.Mistake) -> Unicode.Scalar {
        guard let scalar = scalars[safe: place] else { throw mistake("the text has no \" at its end") }
        place += 1
        switch scalar {
        case "\"", "\\", "/": return scalar
        case "b": return "\u{8}"
        case "f": return "\u{c}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "u":
            let unit = try hexadecimal()
            guard (0xD800..<0xDC00).contains(unit) else {
                guard let scalar = Unicode.Scalar(unit) else { throw mistake("\\u\(String(unit, radix: 16)) is half a character") }
                return scalar
            }
            guard scalars[safe: place] == "\\", scalars[safe: place + 1] == "u" else { throw mistake("the second half of a character is missing") }
            place += 2
            let low = try hexadecimal()
            guard (0xDC00..<0xE000).contains(low), let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)) else {
                throw mistake("the second half of a character is missing")
            }
            return scalar
        default: throw mistake("\\\(scalar) means nothing; a backslash is written \\\\")
        }
    }

    private mutating func hexadecimal() throws(JSONText.Mistake) -> UInt32 {
        let digits = String(String.UnicodeScalarView(scalars[min(place, scalars.count)..<min(place + 4, scalars.count)]))
        guard digits.count == 4, let value = UInt32(digits, radix: 16) else { throw mistake("four hexadecimal digits were expected after \\u") }
        place += 4
        return value
    }

    private mutating func word() throws(JSONText.Mistake) -> String {
        var text = ""
        while let scalar = scalars[safe: place],
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "+-._".unicodeScalars.contains(scalar)
        {
            text.unicodeScalars.append(scalar)
            place += 1
        }
        if text.isEmpty { throw mistake("a value was expected, not \(scalars[safe: place].map(Reader.name) ?? "the end of the file")") }
        guard ["true", "false", "null"].contains(text) || Reader.isNumber(text) else {
            throw mistake("\(text) is no value; texts stand in quotes")
        }
        return text
    }

    private static func isNumber(_ text: String) -> Bool {
        var rest = text[...]
        func digits() -> Int {
            let found = rest.prefix { ("0"..."9").contains($0) }
            rest = rest.dropFirst(found.count)
            return found.count
        }
        if rest.first == "-" { rest.removeFirst() }
        let begins = rest.first
        let whole = digits()
        guard whole > 0, begins != "0" || whole == 1 else { return false }
        if rest.first == "." {
            rest.removeFirst()
            guard digits() > 0 else { return false }
        }
        if rest.first == "e" || rest.first == "E" {
            rest.removeFirst()
            if rest.first == "+" || rest.first == "-" { rest.removeFirst() }
            guard digits() > 0 else { return false }
        }
        return rest.isEmpty
    }
}
