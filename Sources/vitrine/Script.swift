/// What `--script` does to a guest, one line after the other.
///
///     # a comment
///     wait "GNU GRUB" 30
///     type help\n
///     key ctrl-alt-delete down enter
///     mouse 320 200 left
///     screenshot menu.png
///     sleep 0.5
struct Script: Equatable {
    enum Step: Equatable {
        /// Until `text` stands on the screen or the serial line.
        case wait(String, seconds: Double)
        case type(String)
        /// Chords, one after the other; the keys of each are held together.
        case keys([[String]])
        /// Pixels of the guest's screen.
        case mouse(x: Int, y: Int, buttons: UInt8)
        case screenshot(String)
        case sleep(Double)
    }

    struct Mistake: Error, Equatable {
        var line: Int
        var problem: String
    }

    static let defaultWait = 60.0
    var steps: [Step] = []

    init(parsing text: String) throws(Mistake) {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            do { if let step = try Self.step(line.trimmed) { steps.append(step) } } catch { throw Mistake(line: index + 1, problem: error.text) }
        }
    }

    private struct Problem: Error { var text: String }

    private static func step(_ line: Substring) throws(Problem) -> Step? {
        guard let verb = line.split(separator: " ", maxSplits: 1).first, !line.hasPrefix("#") else { return nil }
        let rest = line.dropFirst(verb.count).trimmed
        switch verb {
        case "wait":
            var (text, after) = try quoted(rest)
            var seconds = defaultWait
            if let quotedRest = after {
                if !quotedRest.isEmpty {
                    guard let number = Double(quotedRest), number >= 0 else { throw Problem(text: "after the text stands a number of seconds") }
                    seconds = number
                }
            } else if let last = rest.split(separator: " ").last, let number = Double(last), last.count < rest.count {
                seconds = number
                text = String(rest.dropLast(last.count).trimmed)
            }
            after = nil
            guard !text.isEmpty else { throw Problem(text: "wait needs a text") }
            return .wait(text, seconds: seconds)
        case "type":
            guard !rest.isEmpty else { throw Problem(text: "type needs a text") }
            return .type(try quoted(rest).text)
        case "key":
            let chords = rest.split(separator: " ").map { $0.split(separator: "-").map { $0.lowercased() } }
            guard !chords.isEmpty else { throw Problem(text: "key needs names, such as ctrl-alt-delete") }
            return .keys(chords)
        case "mouse":
            let words = rest.split(separator: " ")
            guard words.count >= 2, let x = Int(words[0]), let y = Int(words[1]), x >= 0, y >= 0 else {
                throw Problem(text: "mouse needs X and Y in pixels of the guest's screen")
            }
            var buttons: UInt8 = 0
            for word in words.dropFirst(2) {
                switch word {
                case "left": buttons |= 1
                case "right": buttons |= 2
                case "middle": buttons |= 4
                default:
                    guard let number = UInt8(word), number < 8 else { throw Problem(text: "\(word) is no button: left, right or middle") }
                    buttons |= number
                }
            }
            return .mouse(x: x, y: y, buttons: buttons)
        case "screenshot":
            guard !rest.isEmpty else { throw Problem(text: "screenshot needs a file name") }
            return .screenshot(String(rest))
        case "sleep":
            guard let seconds = Double(rest), seconds >= 0, seconds < 1e6 else { throw Problem(text: "sleep needs a number of seconds") }
            return .sleep(seconds)
        default:
            throw Problem(text: "\(verb) is unknown; the verbs are wait, type, key, mouse, screenshot and sleep")
        }
    }

    /// The text without its quotes and with \n, \t, \e, \\ and \" replaced; what follows a quoted text.
    private static func quoted(_ text: Substring) throws(Problem) -> (text: String, after: Substring?) {
        let isQuoted = text.hasPrefix("\"")
        var rest = isQuoted ? text.dropFirst() : text
        var result = ""
        while let character = rest.popFirst() {
            if character == "\"", isQuoted { return (result, rest.trimmed) }
            guard character == "\\" else {
                result.append(character)
                continue
            }
            switch rest.popFirst() {
            case "n": result.append("\n")
            case "t": result.append("\t")
            case "e": result.append("\u{1B}")
            case "\\": result.append("\\")
            case "\"": result.append("\"")
            default: throw Problem(text: "after a backslash stands n, t, e, a backslash or a quote")
            }
        }
        guard !isQuoted else { throw Problem(text: "the quote does not end") }
        return (result, nil)
    }
}

extension Substring {
    var trimmed: Substring {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" || text.last == "\r" || text.last == "\r\n" { text.removeLast() }
        return text
    }
}
