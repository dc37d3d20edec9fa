/// Themes as files.
extension Role {
    /// What it is used for, as theme files say it.
    fileprivate var use: String {
        switch self {
        case .ground: "the page"
        case .dialog: "ground of dialogs and menus"
        case .text: "names, values"
        case .muted: "headings, labels, units, off; the page behind a dialog"
        case .rule: "lines, empty part of a bar"
        case .accent: "Vitrine, active tab, ▸, focused title"
        case .key: "key names in footer, menus, help"
        case .selected: "selection in the focused pane, focused button"
        case .resting: "selection in a pane without focus"
        case .field: "input field, between its brackets"
        case .match: "matched letters of a filter or search"
        case .running: "running, done, joined"
        case .paused: "paused, held by a limit"
        case .saved: "saved"
        case .busy: "starting, stopping, saving; done part of a bar"
        case .warning: "! lines, disk full"
        case .error: "✖ lines, crashed, bad field"
        case .graphLow: "sparkline and graph, up to 50%"
        case .graphMid: "50 to 85%"
        case .graphHigh: "above 85%"
        }
    }
}

extension Theme {
    /// The theme as a commented file, which `parse` reads back as it is.
    package func file(about: [String]) -> String {
        var text = about.map { "# \($0)\n" }.joined() + "\n"
        func line(_ key: String, _ value: String) {
            text += key + String(repeating: " ", count: max(0, 15 - key.count)) + " = \(value)\n"
        }
        line("name", name)
        line("appearance", appearance.rawValue)
        if let parent { line("parent", parent) }
        for role in Role.allCases {
            guard let columns = roles[role] else { continue }
            text += "\n# \(role.use)\n"
            for (suffix, paint) in [("", columns.full), (".256", columns.palette256), (".16", columns.sixteen), (".mono", columns.mono)] {
                if let paint { line(role.rawValue + suffix, paint.words(sixteen: suffix == ".16")) }
            }
        }
        return text
    }
}

extension Theme.Paint {
    fileprivate func words(sixteen: Bool) -> String {
        func name(_ colour: Colour) -> String {
            switch colour {
            case .standard: return "default"
            case .index(let index): return sixteen && index < 16 ? Theme.sixteenNames[Int(index)] : "\(index)"
            case .rgb(let value):
                let digits = String(value, radix: 16)
                return "#" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
            }
        }
        var words: [String] = []
        if let first { words.append(name(first)) }
        if let second { words += ["on", name(second)] }
        for (attribute, word) in [(Attributes.bold, "bold"), (.dim, "dim"), (.underline, "underline"), (.reverse, "reverse")]
        where attributes.contains(attribute) {
            words.append(word)
        }
        return words.joined(separator: " ")
    }
}
