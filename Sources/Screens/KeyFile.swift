import TUI

/// The keys of a user's own: lines `action = key key`. A `#` with words after it begins a comment, unless it can only be the key: as the first
/// word after the equals sign, before another key or another `#`.
package struct KeyFile: Equatable, Sendable {
    /// What is wrong in a line of the file, or in the settings where `line` is nil.
    package struct Problem: Equatable, Sendable, CustomStringConvertible {
        package var line: Int?
        package var text: String
        package var description: String { line.map { "line \($0): \(text)" } ?? text }
    }

    struct Line: Equatable, Sendable {
        var number: Int
        var action: Action
        var keys: [Key]
    }

    private(set) var lines: [Line] = []
    private(set) var problems: [Problem] = []
    package static let maximumSize = 65536

    package init(_ bytes: [UInt8] = []) {
        guard bytes.count <= KeyFile.maximumSize else {
            problems.append(Problem(line: nil, text: "The file of keys is larger than 64 KB and is not read."))
            return
        }
        for (index, line) in bytes.split(separator: 0x0a, omittingEmptySubsequences: false).enumerated() {
            parse(String(decoding: line, as: UTF8.self), index + 1)
        }
    }

    private mutating func parse(_ text: String, _ number: Int) {
        let words = text.split { $0 == " " || $0 == "\t" || $0 == "\r" }
        guard let first = words.first, !first.hasPrefix("#") else { return }
        func refuse(_ reason: String) { problems.append(Problem(line: number, text: reason)) }
        guard let equals = text.firstIndex(of: "=") else { return refuse("\(first): an equals sign is missing. A line is: action = key key") }
        let name = text[..<equals].split { $0 == " " || $0 == "\t" }.joined(separator: " ")
        guard let action = Action(rawValue: name) else { return refuse("\(name): there is no such action. `vitrine keys` lists them.") }
        if lines.contains(where: { $0.action == action }) { return refuse("\(name) has its keys from a line above already.") }
        var labels = text[text.index(after: equals)...].split { $0 == " " || $0 == "\t" || $0 == "\r" }
        if let comment = labels.indices.first(where: { labels[$0] == "#" && $0 > 0 && $0 < labels.count - 1 }) {
            labels.removeSubrange(comment...)
        } else if labels.count > 1, labels[0] == "#", !labels[1].hasPrefix("#"), Key(label: String(labels[1])) == nil {
            labels = []
        }
        var keys: [Key] = []
        for label in labels {
            guard let key = Key(label: String(label)) else {
                return refuse("\(label): there is no such key. Keys are written k, G, Ctrl-K, F5, PgUp, Space.")
            }
            if let reason = Keymap.reserved(key) { return refuse(reason) }
            if !keys.contains(key) { keys.append(key) }
        }
        if keys.isEmpty, action == .quit || action == .palette { return refuse("\(name) needs a key: without one there is no way out.") }
        lines.append(Line(number: number, action: action, keys: keys))
    }

    /// A table as such a file, with what is printed by `vitrine keys`.
    package static func text(_ keymap: Keymap) -> String {
        let names = keymap.bindings.map(\.action.rawValue), keys = keymap.bindings.map { $0.keys.map(\.label).joined(separator: " ") }
        let wide = (names.map(Text.width).max() ?? 0, keys.map(Text.width).max() ?? 0)
        var text = "# Keys of Vitrine: action = key key. A line in the file `keys` of the configuration folder changes an action's keys.\n"
        for (index, binding) in keymap.bindings.enumerated() {
            let places = binding.pages.isEmpty ? "everywhere" : binding.pages.map(\.word).joined(separator: ", ")
            text += "\(Text.padded(names[index], to: wide.0)) = \(Text.padded(keys[index], to: wide.1))  # \(places): \(binding.name)\n"
        }
        return text
    }
}

extension Keymap {
    /// The house's keys with those of a user: first what was chosen on the settings page (action's name, keys' labels), then the file, which wins.
    /// Of two actions that claim one key on one page the one that was changed keeps its old keys; the problems name both.
    package static func merged(file: KeyFile, chosen: [String: [String]]) -> (keymap: Keymap, problems: [KeyFile.Problem]) {
        var keymap = Keymap(), problems = file.problems
        for index in keymap.bindings.indices {
            guard let labels = chosen[keymap.bindings[index].action.rawValue] else { continue }
            let keys = labels.compactMap { Key(label: $0) }.filter { reserved($0) == nil }
            guard !keys.isEmpty else { continue }
            keymap.bindings[index].keys = keys
            keymap.bindings[index].origin = .settings
        }
        for line in file.lines {
            guard let index = keymap.bindings.firstIndex(where: { $0.action == line.action }) else {
                problems.append(KeyFile.Problem(line: line.number, text: "\(line.action.rawValue): nothing of that name can have a key yet."))
                continue
            }
            keymap.bindings[index].keys = line.keys
            keymap.bindings[index].origin = .file(line: line.number)
        }
        // Each round gives one binding its old keys back, and those have no clash among themselves.
        while let clash = keymap.clash() {
            let loser = keymap.bindings[clash.changed], winner = keymap.bindings[clash.other]
            let line: Int? = if case .file(let line) = loser.origin { line } else { nil }
            guard let old = Keymap.standard.first(where: { $0.action == loser.action }) else { break }
            let kept = old.keys.map(\.label).joined(separator: " ")
            problems.append(
                KeyFile.Problem(
                    line: line, text: "\(clash.key.label) is \(winner.action.rawValue) already; \(loser.action.rawValue) keeps \(kept)."))
            keymap.bindings[clash.changed] = old
        }
        return (keymap, problems.sorted { ($0.line ?? 0) < ($1.line ?? 0) })
    }

    /// Two bindings that claim one key on one page: the one whose change is to be refused, and the other one. What the file says is refused last.
    func clash() -> (changed: Int, other: Int, key: Key)? {
        func rank(_ binding: Binding) -> Int {
            switch binding.origin {
            case .house: 0
            case .settings: 2
            case .file: 1
            }
        }
        for late in bindings.indices {
            for early in bindings.indices.prefix(late) where Keymap.meet(bindings[early], bindings[late]) {
                guard let key = bindings[late].keys.first(where: bindings[early].keys.contains) else { continue }
                if case .file(let a) = bindings[early].origin, case .file(let b) = bindings[late].origin {
                    return a > b ? (early, late, key) : (late, early, key)
                }
                let earlyLoses = rank(bindings[early]) > rank(bindings[late])
                guard rank(bindings[earlyLoses ? early : late]) > 0 else { continue }
                return earlyLoses ? (early, late, key) : (late, early, key)
            }
        }
        return nil
    }

    /// There is a page on which both apply.
    private static func meet(_ a: Binding, _ b: Binding) -> Bool { a.pages.isEmpty || b.pages.isEmpty || a.pages.contains(where: b.pages.contains) }

    /// Why a key cannot be given to an action.
    static func reserved(_ key: Key) -> String? {
        key == .escape ? "Esc is always one level back and cannot be given away." : nil
    }

    /// Who has a key already where an action would use it.
    func owner(of key: Key, against action: Action) -> Binding? {
        guard let own = binding(action) else { return nil }
        return bindings.first { $0.action != action && $0.keys.contains(key) && Keymap.meet($0, own) }
    }
}

extension Model {
    /// Takes the file of keys; what is wrong with it is said once.
    package mutating func take(_ file: KeyFile) {
        keyFile = file
        let problems = renewKeys()
        if let first = problems.first {
            say(words("keys, %1", first) + (problems.count > 1 ? " " + words("%1 more: vitrine doctor", problems.count - 1) : ""), error: true)
        }
    }

    @discardableResult
    mutating func renewKeys() -> [KeyFile.Problem] {
        let (merged, problems) = Keymap.merged(file: keyFile, chosen: preferences.keys ?? [:])
        keymap = merged
        return problems
    }
}

extension Model.Page {
    /// In the table of keys.
    var word: String {
        switch self {
        case .machines: "machines"
        case .wall: "wall"
        case .load: "load"
        case .jobs: "jobs"
        case .log: "log"
        case .console: "console"
        case .form: "form"
        case .wizard: "new machine"
        case .report: "report"
        case .theme: "themes"
        case .settings: "settings"
        }
    }

    /// As a title.
    var title: String { Language.title(word) }
}
