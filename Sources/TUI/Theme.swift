/// Colours for every role, at every depth.
package struct Theme: Equatable, Sendable {
    package enum Appearance: String, Sendable { case dark, light }

    /// The first colour, the one after ` on `, and attributes, of one column of a theme file.
    package struct Paint: Hashable, Sendable {
        package var first: Colour?
        package var second: Colour?
        package var attributes: Attributes = []
    }

    /// The columns of a role: full colour, `.256`, `.16`, `.mono`.
    package struct Columns: Equatable, Sendable {
        package var full: Paint?
        package var palette256: Paint?
        package var sixteen: Paint?
        package var mono: Paint?
    }

    /// File name without `.theme`.
    package var id: String
    package var name: String
    package var appearance: Appearance = .dark
    package var parent: String?
    package var roles: [Role: Columns] = [:]
    /// The user's file as it was read, so that editing it keeps its comments.
    package var source: String?

    package init(id: String) { (self.id, name) = (id, id) }

    /// Roles that are not there come from the parent, or from the house theme of the same appearance.
    package func resolved(among themes: [Theme]) -> Theme {
        var result = self
        var next = parent ?? (appearance == .dark ? "vitrine" : "paper")
        for _ in 0..<8 {
            guard let parent = themes.first(where: { $0.id == next }) else { break }
            result.roles.merge(parent.roles) { mine, _ in mine }
            guard let grandparent = parent.parent else { break }
            next = grandparent
        }
        return result
    }

    package func ink(_ style: Style, depth: ColourDepth) -> Ink {
        switch style {
        case .role(let role): return ink(role, ground: .ground, depth: depth)
        case .dialog(let role): return ink(role, ground: .dialog, depth: depth)
        case .guest(let foreground, let background, let underlined):
            var attributes: Attributes = underlined ? .underline : []
            if depth == .mono {
                if Colour.luminance(background) > Colour.luminance(foreground) { attributes.insert(.reverse) }
                return Ink(foreground: .standard, background: .standard, attributes: attributes)
            }
            if depth == .eight {
                let full = Colour.nearest16(foreground, of: 16)
                if full >= 8 { attributes.insert(.bold) }
                return Ink(foreground: .index(full % 8), background: Colour.rgb(background).at(.eight), attributes: attributes)
            }
            return Ink(foreground: Colour.rgb(foreground).at(depth), background: Colour.rgb(background).at(depth), attributes: attributes)
        }
    }

    private func ink(_ role: Role, ground: Role, depth: ColourDepth) -> Ink {
        let paint = paint(role, depth)
        if depth == .mono { return Ink(foreground: .standard, background: .standard, attributes: paint.attributes) }
        var result = Ink(
            foreground: paint.first ?? .standard, background: paint.second ?? self.paint(ground, depth).first ?? .standard,
            attributes: paint.attributes)
        if role == .ground || role == .dialog { result.foreground = self.paint(.text, depth).first ?? .standard }
        if depth == .eight {
            // Eight colours: bright black is dim, the other bright ones are bold.
            if case .index(let index) = result.foreground, index >= 8 {
                result.foreground = index == 8 ? .standard : .index(index % 8)
                result.attributes.insert(index == 8 ? .dim : .bold)
            }
            result.background = result.background.at(.eight)
        }
        return result
    }

    private func paint(_ role: Role, _ depth: ColourDepth) -> Paint {
        let columns = roles[role] ?? Columns()
        switch depth {
        case .rgb: return columns.full ?? columns.palette256?.at(.rgb) ?? Paint()
        case .palette256: return columns.palette256 ?? columns.full?.at(.palette256) ?? Paint()
        case .sixteen, .eight: return columns.sixteen ?? columns.full?.at(.sixteen) ?? columns.palette256?.at(.sixteen) ?? Paint()
        case .mono: return columns.mono ?? Paint()
        }
    }
}

extension Theme.Paint {
    fileprivate func at(_ depth: ColourDepth) -> Theme.Paint {
        Theme.Paint(first: first?.at(depth), second: second?.at(depth), attributes: attributes)
    }
}

// MARK: - Files

/// What is wrong with a line of a theme file.
package struct ThemeProblem: Error, Equatable, Sendable, CustomStringConvertible {
    /// From 1; 0 where it is the whole file's.
    package var line: Int
    package var text: String
    package var description: String { line > 0 ? "line \(line): \(text)" : text }
}

extension Theme {
    package static let maximumFileSize = 64 * 1024

    /// Reads `key = value` lines. What cannot be understood is left out and named.
    package static func parse(id: String, bytes: [UInt8]) -> (theme: Theme, problems: [ThemeProblem]) {
        var theme = Theme(id: id)
        guard bytes.count <= maximumFileSize else {
            return (theme, [ThemeProblem(line: 0, text: "the file is larger than 64 KB")])
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return (theme, [ThemeProblem(line: 0, text: "the file is not UTF-8")])
        }
        var problems: [ThemeProblem] = []
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = trimmed(raw)
            if line.isEmpty || line.hasPrefix("#") { continue }
            if let problem = theme.read(line) { problems.append(ThemeProblem(line: index + 1, text: problem)) }
        }
        return (theme, problems)
    }

    private mutating func read(_ line: Substring) -> String? {
        guard let equals = line.firstIndex(of: "=") else { return "no = in this line" }
        let key = Theme.trimmed(line[..<equals]), value = Theme.trimmed(line[line.index(after: equals)...])
        guard !value.isEmpty else { return "\(Theme.quoted(key)) has no value" }
        switch key {
        case "name": name = String(value.prefix(40))
        case "parent": parent = String(value.prefix(80))
        case "appearance":
            guard let appearance = Appearance(rawValue: String(value)) else { return "appearance is dark or light" }
            self.appearance = appearance
        default: return readRole(key, value)
        }
        return nil
    }

    private mutating func readRole(_ key: Substring, _ value: Substring) -> String? {
        var roleName = key
        var column: WritableKeyPath<Columns, Paint?> = \.full
        var kind = ColumnKind.full
        for (suffix, path, of) in Theme.columnNames where key.hasSuffix(suffix) {
            roleName = key.dropLast(suffix.count)
            column = path
            kind = of
        }
        guard let role = Role(rawValue: String(roleName)) else { return "unknown key \(Theme.quoted(key))" }
        guard let paint = Theme.paint(value, kind) else { return "\(Theme.quoted(value)) is no value for \(Theme.quoted(key))" }
        roles[role, default: Columns()][keyPath: column] = paint
        return nil
    }

    private enum ColumnKind { case full, palette256, sixteen, mono }

    private static var columnNames: [(String, WritableKeyPath<Columns, Paint?>, ColumnKind)] {
        [(".256", \.palette256, .palette256), (".16", \.sixteen, .sixteen), (".mono", \.mono, .mono)]
    }

    private static func paint(_ value: Substring, _ kind: ColumnKind) -> Paint? {
        var paint = Paint()
        var words = value.split { $0 == " " || $0 == "\t" }[...]
        guard !words.isEmpty, words.count <= 8 else { return nil }
        var wantsSecond = false
        while let word = words.popFirst() {
            if let attribute = attributes[String(word)] {
                guard !wantsSecond else { return nil }
                paint.attributes.insert(attribute)
            } else if word == "on" {
                guard paint.first != nil, paint.second == nil, !wantsSecond else { return nil }
                wantsSecond = true
            } else {
                guard kind != .mono, let colour = colour(word, kind) else { return nil }
                if wantsSecond {
                    paint.second = colour
                    wantsSecond = false
                } else {
                    guard paint.first == nil else { return nil }
                    paint.first = colour
                }
            }
        }
        guard !wantsSecond, kind == .mono || paint.first != nil || !paint.attributes.isEmpty else { return nil }
        return paint
    }

    private static func colour(_ word: Substring, _ kind: ColumnKind) -> Colour? {
        if word == "default" { return .standard }
        switch kind {
        case .full:
            let digits = word.dropFirst()
            guard word.first == "#", digits.utf8.count == 6, digits.utf8.allSatisfy({ $0 != 0x2b && $0 != 0x2d }) else { return nil }
            return UInt32(digits, radix: 16).map(Colour.rgb)
        case .palette256: return word.first == "+" ? nil : UInt8(word).map(Colour.index)
        case .sixteen: return sixteenNames.firstIndex(of: String(word)).map { .index(UInt8($0)) }
        case .mono: return nil
        }
    }

    package static let sixteenNames =
        ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]
        + ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"].map { "bright-" + $0 }

    private static let attributes: [String: Attributes] = ["bold": .bold, "dim": .dim, "underline": .underline, "reverse": .reverse]

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }

    private static func quoted(_ text: Substring) -> String { Text.clipped(String(text), to: 40) }
}
