/// A theme of another program, in Vitrine's roles.
package struct ThemeImport: Equatable, Sendable {
    package enum Format: String, Sendable { case vitrine = "Vitrine", btop, base16 }

    package var theme: Theme
    package var format: Format
    /// Roles that were moved towards `text` because they could not be read on their ground.
    package var moved: Int
    /// Lines that were not understood, and left out.
    package var problems: [ThemeProblem]

    /// Reads a btop `.theme`, a base16 scheme in YAML (old and new form), or a theme of Vitrine's own.
    /// - Parameter id: what it is to be called; becomes its name where the file has none.
    package init(id: String, bytes: [UInt8]) throws(ThemeProblem) {
        guard bytes.count <= Theme.maximumFileSize else { throw ThemeProblem(line: 0, text: "the file is larger than 64 KB") }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw ThemeProblem(line: 0, text: "the file is not UTF-8") }
        let btop = ForeignColours.btop(text), base16 = ForeignColours.base16(text)
        if !btop.values.isEmpty {
            (format, problems) = (.btop, btop.problems)
            (theme, moved) = try btop.theme(id, ForeignColours.btopKeys)
        } else if base16.values.count >= 8 {
            (format, problems) = (.base16, base16.problems)
            (theme, moved) = try base16.theme(id, ForeignColours.base16Keys)
        } else {
            let own = Theme.parse(id: id, bytes: bytes)
            guard !own.theme.roles.isEmpty else {
                throw ThemeProblem(line: 0, text: "no colours of a btop, base16 or Vitrine theme are in the file")
            }
            (format, theme, moved, problems) = (.vitrine, own.theme, 0, own.problems)
        }
    }

    /// The file to keep it in.
    package var file: String {
        guard format != .vitrine else { return theme.file(about: [theme.name]) }
        return theme.file(about: [
            "\(theme.name), imported from a \(format.rawValue) theme",
            moved == 1 ? "1 role was moved towards text so that it can be read." : "\(moved) roles were moved towards text so that they can be read.",
        ])
    }

    /// What happened, for people.
    package var summary: String {
        let count = moved == 0 ? "" : moved == 1 ? ", 1 role moved to be read" : ", \(moved) roles moved to be read"
        let left = problems.isEmpty ? "" : problems.count == 1 ? ", 1 line left out" : ", \(problems.count) lines left out"
        return "\(theme.name) imported from \(format.rawValue)\(count)\(left)."
    }
}

/// Colours by the names of another program.
private struct ForeignColours {
    var name: String?
    var values: [String: Colour] = [:]
    var problems: [ThemeProblem] = []

    /// The key of a role's colour, and of the one it stands on.
    typealias Keys = [Role: (first: String, second: String?)]

    static let btopKeys: Keys = [
        .ground: ("main_bg", nil), .dialog: ("meter_bg", nil), .text: ("main_fg", nil), .muted: ("inactive_fg", nil), .rule: ("div_line", nil),
        .accent: ("title", nil), .key: ("hi_fg", nil), .selected: ("selected_fg", "selected_bg"), .running: ("proc_misc", nil),
        .graphLow: ("cpu_start", nil), .graphMid: ("cpu_mid", nil), .graphHigh: ("cpu_end", nil),
    ]

    static let base16Keys: Keys = [
        .ground: ("base00", nil), .dialog: ("base01", nil), .text: ("base05", nil), .muted: ("base04", nil), .rule: ("base03", nil),
        .accent: ("base0d", nil), .key: ("base0d", nil), .selected: ("base07", "base02"), .resting: ("base05", "base01"),
        .field: ("base06", "base01"), .match: ("base00", "base0a"), .running: ("base0b", nil), .paused: ("base0a", nil),
        .saved: ("base0e", nil), .busy: ("base0c", nil), .warning: ("base09", nil), .error: ("base08", nil), .graphLow: ("base0c", nil),
        .graphMid: ("base0b", nil), .graphHigh: ("base09", nil),
    ]

    /// `theme[key]="#RRGGBB"`, `"#GG"`, `"r g b"`, or empty for the terminal's own.
    static func btop(_ text: String) -> ForeignColours {
        var result = ForeignColours()
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = trimmed(line)
            guard line.hasPrefix("theme["), let close = line.firstIndex(of: "]") else { continue }
            let key = String(line[line.index(line.startIndex, offsetBy: 6)..<close])
            let rest = trimmed(line[line.index(after: close)...])
            let value = trimmed(rest.dropFirst())
            guard rest.first == "=", let unquoted = unquoted(value), let colour = btopColour(unquoted) else {
                result.problems.append(ThemeProblem(line: index + 1, text: "\(Text.clipped(String(line), to: 40)) is no colour of btop's"))
                continue
            }
            result.values[key] = colour
        }
        return result
    }

    private static func btopColour(_ text: Substring) -> Colour? {
        if text.isEmpty { return .standard }
        if text.first == "#" {
            let digits = text.dropFirst()
            guard let value = hexadecimal(digits) else { return nil }
            return digits.count == 6 ? .rgb(value) : digits.count == 2 ? .rgb(value * 0x010101) : nil
        }
        let parts = text.split(separator: " ")
        guard parts.count == 3 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt8(part) else { return nil }
            value = value << 8 | UInt32(number)
        }
        return .rgb(value)
    }

    /// `base0A: "ffcc00"` at any depth, with or without `#` and quotes; `scheme` or `name` is its name.
    static func base16(_ text: String) -> ForeignColours {
        var result = ForeignColours()
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = trimmed(line)
            guard let colon = line.firstIndex(of: ":") else { continue }
            let key = line[..<colon].lowercased(), value = trimmed(line[line.index(after: colon)...])
            if key == "scheme" || key == "name", result.name == nil {
                result.name = unquoted(value).map { String($0.prefix(40)) }.flatMap { $0.isEmpty ? nil : $0 }
            }
            guard key.hasPrefix("base0"), key.utf8.count == 6 else { continue }
            let digits = unquoted(value).map { $0.first == "#" ? $0.dropFirst() : $0 }
            guard let digits, digits.count == 6, let colour = hexadecimal(digits) else {
                result.problems.append(ThemeProblem(line: index + 1, text: "\(Text.clipped(String(line), to: 40)) is no colour of base16's"))
                continue
            }
            result.values[key] = .rgb(colour)
        }
        return result
    }

    private static func hexadecimal(_ digits: Substring) -> UInt32? {
        guard !digits.isEmpty, digits.utf8.count <= 6, digits.allSatisfy(\.isHexDigit) else { return nil }
        return UInt32(digits, radix: 16)
    }

    /// What stands between the quotes; of a bare word what stands before a comment.
    private static func unquoted(_ text: Substring) -> Substring? {
        guard let quote = text.first, quote == "\"" || quote == "'" else {
            guard let comment = text.firstIndex(of: "#"), comment != text.startIndex else { return trimmed(text) }
            return trimmed(text[..<comment])
        }
        let inner = text.dropFirst()
        return inner.firstIndex(of: quote).map { trimmed(inner[..<$0]) }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }

    /// In Vitrine's roles. What the other program has no colour for comes from the house theme of the same appearance, and so do the columns of
    /// 16 colours and mono.
    func theme(_ id: String, _ keys: Keys) throws(ThemeProblem) -> (Theme, moved: Int) {
        let ground = values[keys[.ground]?.first ?? ""] ?? .standard
        let foreground = values[keys[.text]?.first ?? ""] ?? .standard
        let isLight: Bool
        switch (ground.value, foreground.value) {
        case (let ground?, let text?): isLight = Contrast.luminance(ground) > Contrast.luminance(text)
        case (let ground?, nil): isLight = Contrast.luminance(ground) > 0.18
        case (nil, let text?): isLight = Contrast.luminance(text) < 0.18
        case (nil, nil): throw ThemeProblem(line: 0, text: "neither the ground's nor the text's colour is in the file")
        }
        var theme = Theme(id: id)
        if let name { theme.name = name }
        theme.appearance = isLight ? .light : .dark
        let house = Theme.house[isLight ? 1 : 0]
        for role in Role.allCases {
            var columns = house.roles[role] ?? Theme.Columns()
            if let (first, second) = keys[role], let colour = values[first] {
                let under = second.flatMap { values[$0] }
                if second == nil || under != nil { (columns.full, columns.palette256) = (Theme.Paint(first: colour, second: under), nil) }
            }
            theme.roles[role] = columns
        }
        let house256 = theme.roles[.ground]?.palette256 == nil
        if house256 { for role in [Role.resting, .field] where values[keys[role]?.first ?? ""] == nil { theme.stand(role, on: ground, isLight) } }
        let moved = theme.makeReadable()
        return (theme, moved)
    }
}

extension Theme {
    /// A strip of the page's colour moved a little towards the text, for rows that a foreign theme has no ground for.
    fileprivate mutating func stand(_ role: Role, on ground: Colour, _ isLight: Bool) {
        guard let page = ground.value, let text = roles[.text]?.full?.first?.value else { return }
        var strip = page
        for shift in [16, 8, 0] as [UInt32] {
            let (from, to) = (Int(page >> shift & 255), Int(text >> shift & 255))
            strip = strip & ~(255 << shift) | UInt32(from + (to - from) / 8) << shift
        }
        roles[role]?.full = Paint(first: .rgb(text), second: .rgb(strip))
        roles[role]?.palette256 = nil
    }

    /// Moves what cannot be read towards the text, and then away from its ground, and gives every role a 256-colour column that can be read too.
    /// - Returns: how many roles had to move.
    fileprivate mutating func makeReadable() -> Int {
        let page = roles[.ground]?.full?.first?.value ?? (appearance == .dark ? 0x101010 : 0xf8f8f8)
        // A dialog's ground as far from the page's as words allow: where the text itself fails on it, the page's is taken.
        let strongest: UInt32 = appearance == .dark ? 0xffffff : 0
        var text = roles[.text]?.full?.first?.value ?? strongest
        var moved = 0
        var dialog = roles[.dialog]?.full?.first?.value ?? page
        if Contrast.ratio(dialog, text) < 4.5 {
            dialog = page
            let ground = roles[.ground]?.full
            roles[.dialog]?.full = ground
            moved += 1
        }
        for role in [Role.ground, .dialog] {
            guard let value = roles[role]?.full?.first?.value else { continue }
            roles[role]?.palette256 = Paint(first: .index(Colour.nearest256(value)))
        }
        let grounds256 = [Role.ground, .dialog].map { roles[$0]?.palette256?.first?.value ?? page }
        for role in Role.words + Role.graphs + [.rule] {
            guard var paint = roles[role]?.full, let value = paint.first?.value else { continue }
            let needed = role == .rule ? 1 : Role.graphs.contains(role) ? 3 : 4.5
            let grounds = paint.second?.value.map { [$0] } ?? [page, dialog]
            var readable = Contrast.lifted(value, towards: text, on: grounds, needed: needed)
            if !grounds.allSatisfy({ Contrast.ratio(readable, $0) >= needed }) {
                // The text itself does not pass there: black or white does, one of them always.
                let extremes: [UInt32] = [strongest, strongest ^ 0xffffff]
                let best = extremes.first { colour in grounds.allSatisfy { Contrast.ratio(colour, $0) >= needed } } ?? strongest
                readable = Contrast.lifted(value, towards: best, on: grounds, needed: needed)
            }
            if readable != value { moved += 1 }
            if role == .text { text = readable }
            paint.first = .rgb(readable)
            roles[role]?.full = paint
            let second = paint.second?.value.map(Colour.nearest256)
            let below = second.map { [Colour.value(of: $0)] } ?? grounds256
            let first = Colour.nearest256(readable) { index in below.allSatisfy { Contrast.ratio(Colour.value(of: index), $0) >= needed } }
            roles[role]?.palette256 = Paint(first: .index(first), second: second.map(Colour.index), attributes: paint.attributes)
        }
        return moved
    }
}

extension Colour {
    /// The nearest of the cube and the greys that passes; the plain nearest where none does.
    fileprivate static func nearest256(_ value: UInt32, where passes: (UInt8) -> Bool) -> UInt8 {
        let nearest = nearest256(value)
        if passes(nearest) { return nearest }
        return (16...255).filter(passes).min { distance(Colour.value(of: $0), value) < distance(Colour.value(of: $1), value) } ?? nearest
    }
}

extension ThemeImport {
    /// What a theme is called after its file: small letters, digits and dashes.
    package static func id(of path: String) -> String {
        let file = path.split(separator: "/").last ?? ""
        let stem = file.lastIndex(of: ".").map { $0 == file.startIndex ? file : file[..<$0] } ?? file
        var id = ""
        for byte in stem.lowercased().utf8.prefix(60) {
            let isPlain = (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte)
            if isPlain { id.unicodeScalars.append(Unicode.Scalar(byte)) } else if !id.isEmpty, id.last != "-" { id += "-" }
        }
        while id.last == "-" { id.removeLast() }
        return id.isEmpty ? "imported" : id
    }
}
