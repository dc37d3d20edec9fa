extension ColourDepth {
    /// `--color`.
    package enum Wish: String, CaseIterable, Sendable { case auto, always, never }

    /// What is used of a terminal's colours. NO_COLOR that is not empty means none (no-color.org), but for someone who asks for them.
    /// - Parameter colours: how many the terminal's description has.
    package init(colours: Int, noColour: String?, wish: Wish = .auto) {
        let wantsNone = wish == .never || wish == .auto && !(noColour ?? "").isEmpty
        switch wantsNone ? 0 : colours {
        case 0x100_0000...: self = .rgb
        case 256...: self = .palette256
        case 16...: self = .sixteen
        case 8...: self = .eight
        default: self = .mono
        }
    }

    /// For people.
    package var words: String {
        switch self {
        case .mono: "no colours"
        case .eight: "8 colours"
        case .sixteen: "16 colours"
        case .palette256: "256 colours"
        case .rgb: "16 million colours"
        }
    }
}

extension GlyphSet {
    /// For people.
    package var words: String {
        switch self {
        case .unicode: "Unicode"
        case .cp437: "CP437"
        case .ascii: "ASCII"
        }
    }
}

/// What a terminal's own ground is like.
package enum TerminalGround {
    /// - Parameter background: the terminal's answer to OSC 11, 0x00RRGGBB.
    package static func isLight(_ background: UInt32) -> Bool { Contrast.luminance(background) > 0.18 }

    /// The colour in `11;rgb:RRRR/GGGG/BBBB`, the answer to OSC 11; parts have one to four hexadecimal digits.
    package static func colour(ofAnswer answer: ArraySlice<UInt8>) -> UInt32? {
        let text = String(decoding: answer, as: UTF8.self)
        for prefix in ["11;rgb:", "11;rgba:"] where text.hasPrefix(prefix) {
            let parts = text.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == (prefix.hasSuffix("a:") ? 4 : 3) else { return nil }
            var colour: UInt32 = 0
            for part in parts.prefix(3) {
                guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit), let value = UInt32(part, radix: 16) else { return nil }
                colour = colour << 8 | value * 255 / (1 << (4 * UInt32(part.utf8.count)) - 1)
            }
            return colour
        }
        return nil
    }

    /// COLORFGBG as rxvt and its kin set it: `foreground;background`, the latter as one of the sixteen. Nil where that says nothing.
    package static func isLight(colorfgbg: String?) -> Bool? {
        guard let last = colorfgbg?.split(separator: ";", omittingEmptySubsequences: false).last, let index = UInt8(last), index < 16 else {
            return nil
        }
        return index == 7 || index >= 9
    }
}

extension Theme {
    /// As it looks on a terminal.
    /// - Parameters:
    ///   - ownGround: the page stays as the terminal has it.
    ///   - isLight: what is known of the terminal's ground. A theme that leaves the ground to a terminal of sixteen colours takes those of the house
    ///     theme that suits it.
    package func worn(ownGround: Bool = false, isLight: Bool? = nil) -> Theme {
        var result = self
        if ownGround { result.roles[.ground] = Columns(full: standard, palette256: standard, sixteen: standard, mono: nil) }
        let house = Theme.house
        if let isLight, isLight != (appearance == .light), result.roles[.ground]?.sixteen?.first == .standard,
            result.roles[.text]?.full?.first != .standard,
            let suiting = house.first(where: { $0.id == (isLight ? "paper" : "vitrine") })
        {
            for role in Role.allCases { result.roles[role, default: Columns()].sixteen = suiting.roles[role]?.sixteen }
        }
        return result
    }

    private var standard: Paint { Paint(first: .standard) }

    /// It is not one that comes with Vitrine, or no longer as it came.
    package var isOwn: Bool { HouseTheme.named(id).map { $0.theme.roles != roles } ?? true }

    /// As a list of themes says it.
    package var word: String { isOwn ? "yours" : HouseTheme.named(id)?.word ?? appearance.rawValue }
}
