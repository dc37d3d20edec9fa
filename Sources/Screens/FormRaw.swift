import Configuration
import Contract
import FoundationEssentials
import TUI

/// The whole file of a machine in the user's editor, for what has no field.
extension Form {
    /// What the editor opens: the file as the fields would make it, or the text whose mistake is still to be mended.
    var rawText: String {
        if let raw { return raw.text }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(result().configuration) else { return "" }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    /// What came back: the fields follow it, or it waits with its mistake.
    mutating func take(raw text: String) {
        do throws(JSONText.Mistake) {
            fill(from: try Form.read(text))
        } catch { raw = (text, error.description) }
    }

    /// Reads a configuration; settings that are missing have their default, unknown ones are mistakes.
    static func read(_ text: String) throws(JSONText.Mistake) -> MachineConfiguration {
        let written = try JSONText(parsing: text)
        guard case .object(let members) = written.value else {
            throw JSONText.Mistake(line: written.line, text: "{ was expected: a machine is an object")
        }
        guard let defaults = try? JSONEncoder().encode(MachineConfiguration(name: "")),
            let known = try? JSONText(parsing: String(decoding: defaults, as: UTF8.self)), case .object(let usual) = known.value
        else { throw JSONText.Mistake(line: 1, text: "the defaults cannot be read") }
        let names = usual.map(\.key) + ["kernel", "fetch"]
        if let stranger = members.first(where: { !names.contains($0.key) }) {
            throw JSONText.Mistake(line: stranger.value.line, text: "\(stranger.key) is no setting\(near(stranger.key, names))")
        }
        guard written["name"] != nil else { throw JSONText.Mistake(line: 1, text: "name is missing") }
        var all = members.map { (key: $0.key, value: completed($0.key, $0.value)) }
        all += usual.filter { entry in written[entry.key] == nil }
        let whole = JSONText(.object(all), line: 1)
        do { return try JSONDecoder().decode(MachineConfiguration.self, from: Data(whole.text.utf8)) } catch {
            throw mistake(error as? DecodingError, in: whole)
        }
    }

    /// `readOnly` and `arguments` may be left out in files that people write.
    private static func completed(_ key: String, _ value: JSONText) -> JSONText {
        func adding(_ name: String, _ word: JSONText.Value, to value: JSONText) -> JSONText {
            guard case .object(let members) = value.value, value[name] == nil else { return value }
            return JSONText(.object(members + [(name, JSONText(word, line: value.line))]), line: value.line)
        }
        switch (key, value.value) {
        case ("drives", .array(let drives)): return JSONText(.array(drives.map { adding("readOnly", .word("false"), to: $0) }), line: value.line)
        case ("kernel", _): return adding("arguments", .string(""), to: value)
        default: return value
        }
    }

    private static func near(_ key: String, _ names: [String]) -> String {
        let close = names.first { $0.lowercased().hasPrefix(key.lowercased().prefix(3)) }
        return close.map { ". Is \($0) meant?" } ?? ""
    }

    private static func mistake(_ error: DecodingError?, in text: JSONText) -> JSONText.Mistake {
        let path: [any CodingKey], words: String
        switch error {
        case .keyNotFound(let key, let context): (path, words) = (context.codingPath, "\(key.stringValue) is missing")
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            (path, words) = (context.codingPath, "\(Form.place(context.codingPath)) needs \(Form.name(of: type))")
        case .dataCorrupted(let context): (path, words) = (context.codingPath, "\(Form.place(context.codingPath)): \(Form.sentence(context, text))")
        default: (path, words) = ([], "the settings cannot be read")
        }
        return JSONText.Mistake(line: Form.node(path, text).line, text: words)
    }

    /// The value that a path leads to, or the last one on the way.
    private static func node(_ path: [any CodingKey], _ text: JSONText) -> JSONText {
        var node = text
        for key in path {
            guard let next = key.intValue.flatMap({ node[$0] }) ?? node[key.stringValue] else { break }
            node = next
        }
        return node
    }

    private static func place(_ path: [any CodingKey]) -> String {
        path.map { $0.intValue.map { "number \($0 + 1)" } ?? $0.stringValue }.joined(separator: " ")
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is Int.Type, is UInt16.Type, is Double.Type: "a number"
        case is Bool.Type: "true or false"
        case is String.Type: "a text in quotes"
        case is [Any].Type: "a list in [ ]"
        default: "an object in { }"
        }
    }

    /// Words that are none of a setting's: which ones are.
    private static func sentence(_ context: DecodingError.Context, _ text: JSONText) -> String {
        let written: String
        switch node(context.codingPath, text).value {
        case .string(let word), .word(let word): written = word
        default: written = "this"
        }
        let words: [String]
        switch context.codingPath.last?.stringValue {
        case "processor": words = MachineConfiguration.Processor.allCases.map(\.rawValue)
        case "engine": words = MachineConfiguration.Engine.allCases.map(\.rawValue)
        case "slot": words = MachineConfiguration.Drive.Slot.allCases.map(\.rawValue)
        case "kind": words = MachineConfiguration.Drive.Kind.allCases.map(\.rawValue)
        default:
            guard context.codingPath.dropLast().last?.stringValue == "boot" else {
                return context.debugDescription.contains(" is none of ") ? context.debugDescription : "\(written) does not fit"
            }
            words = MachineConfiguration.BootDevice.allCases.map(\.rawValue)
        }
        return "\(written) is none of \(words.joined(separator: ", "))"
    }
}

extension Model {
    mutating func editRaw() -> [Effect] {
        guard let form else { return [] }
        return [.editText(form.rawText, .form(form.machine))]
    }

    /// A form's text as it came back from the editor.
    mutating func receiveForm(_ id: MachineID?, _ result: Result<String, KeeperError>) -> [Effect] {
        guard var form, form.machine == id, !form.isSaving else { return [] }
        switch result {
        case .failure(let error):
            say(error.description, error: true)
            return []
        case .success(let text):
            if text == form.rawText, form.raw == nil { return [] }
            form.take(raw: text)
        }
        let asks = form.takeAsks()
        if let raw = form.raw {
            say(words("%1. F3 opens it again, Esc drops it.", raw.mistake), error: true)
        } else {
            say(words("The fields hold what the file says. Ctrl-S saves."))
        }
        self.form = form
        return asks
    }
}
