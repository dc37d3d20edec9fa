/// How well one colour is read on another, after WCAG 2.
package enum Contrast {
    /// 1 (not at all) to 21 (black on white), for 0x00RRGGBB.
    package static func ratio(_ a: UInt32, _ b: UInt32) -> Double {
        let (a, b) = (luminance(a), luminance(b))
        return (max(a, b) + 0.05) / (min(a, b) + 0.05)
    }

    /// Relative luminance, 0...1.
    package static func luminance(_ value: UInt32) -> Double {
        0.2126 * linear[Int(value >> 16 & 255)] + 0.7152 * linear[Int(value >> 8 & 255)] + 0.0722 * linear[Int(value & 255)]
    }

    /// Moves a colour towards another until it is read with at least `needed` on every ground, or is that other one.
    package static func lifted(_ value: UInt32, towards text: UInt32, on grounds: [UInt32], needed: Double) -> UInt32 {
        for step in 0..<64 {
            let mixed = mix(value, text, step, of: 64)
            if grounds.allSatisfy({ ratio(mixed, $0) >= needed }) { return mixed }
        }
        return text
    }

    private static func mix(_ a: UInt32, _ b: UInt32, _ step: Int, of steps: Int) -> UInt32 {
        var result: UInt32 = 0
        for shift in [16, 8, 0] as [UInt32] {
            let (from, to) = (Int(a >> shift & 255), Int(b >> shift & 255))
            result |= UInt32(from + (to - from) * step / steps) << shift
        }
        return result
    }

    /// What an 8-bit part of an sRGB colour gives in light.
    private static let linear: [Double] = (0...255).map { part in
        let value = Double(part) / 255
        guard value > 0.03928 else { return value / 12.92 }
        let base = (value + 0.055) / 1.055
        // base to the 2.4th: base² · the fifth root of base², which Newton finds.
        let square = base * base
        var root = 1.0
        for _ in 0..<40 { root -= (root * root * root * root * root - square) / (5 * root * root * root * root) }
        return square * root
    }
}

extension Role {
    /// Roles that words are written in: read with at least 4.5 to 1 everywhere.
    package static let words: [Role] = [
        .text, .muted, .accent, .key, .selected, .resting, .field, .match, .running, .paused, .saved, .busy, .warning, .error,
    ]
    /// Roles of a machine's states and of what is said about them.
    package static let states: [Role] = [.running, .paused, .saved, .busy, .warning, .error]
    package static let graphs: [Role] = [.graphLow, .graphMid, .graphHigh]
}

extension Theme {
    /// The lesser of a role's contrasts on the page and on dialogs; nil where a colour is the terminal's own.
    package func contrast(of role: Role, depth: ColourDepth) -> Double? {
        let ratios = [Style.role(role), .dialog(role)].map { style -> Double? in
            let ink = ink(style, depth: depth)
            guard let foreground = ink.foreground.value, let background = ink.background.value else { return nil }
            return Contrast.ratio(foreground, background)
        }
        guard let page = ratios[0], let dialog = ratios[1] else { return nil }
        return min(page, dialog)
    }

    /// The role that is hardest to read; nil where all are the terminal's own.
    package func weakest(of roles: [Role] = Role.words, depth: ColourDepth) -> (role: Role, ratio: Double)? {
        roles.compactMap { role in contrast(of: role, depth: depth).map { (role, $0) } }.min { $0.1 < $1.1 }
    }
}

extension Colour {
    /// 0x00RRGGBB; nil for the terminal's own.
    package var value: UInt32? {
        switch self {
        case .rgb(let value): value
        case .index(let index): Colour.value(of: index)
        case .standard: nil
        }
    }
}
