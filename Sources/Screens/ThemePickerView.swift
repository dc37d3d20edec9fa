import Contract
import TUI

extension Model {
    private static let themeListWidth = 31

    /// Rows for themes between the shelf and the line about the ground.
    var themeRows: Int { max(1, min(pickedThemes.count, size.height - 7)) }

    func drawThemes(on frame: inout Frame) {
        let picker = themePicker
        let hasPreview = frame.width >= 60
        let listWidth = hasPreview ? Model.themeListWidth : frame.width
        frame.put(words("Theme"), 1, 0, .role(.accent))
        if !terminal.isEmpty { frame.putRight(Text.clipped("terminal: \(terminal)", to: frame.width - 9), right: frame.width - 1, 0, .muted) }
        let title = picker.appearance == nil ? "Themes" : picker.appearance == .dark ? "Dark themes" : "Light themes"
        frame.shelf([words(title)], active: 0, y: 1, width: listWidth, focused: true)
        drawThemeList(width: listWidth, on: &frame)
        let bottom = frame.height - 3
        frame.fill(Rect(0, bottom, frame.width, 1), .role(.rule), "─")
        if hasPreview {
            frame.put("┬", listWidth, 1, .role(.rule))
            frame.shelf([words("Preview")], active: nil, y: 1, x: listWidth + 1)
            for y in 2..<max(2, bottom) { frame.put("│", listWidth, y, .role(.rule)) }
            frame.put("┴", listWidth, bottom, .role(.rule))
            drawThemePreview(Rect(listWidth + 1, 2, frame.width - listWidth - 1, bottom - 2), on: &frame)
        }
        drawThemeFoot(on: &frame)
    }

    private func drawThemeFoot(on frame: inout Frame) {
        let y = frame.height - 2
        if let path = themePicker.path {
            if let toast, toast.isError {
                frame.put("✖ " + toast.text, 1, y - 1, .role(.error), width: frame.width - 2)
            }
            let x = frame.put(words("Import file"), 1, y, .text) + 1
            frame.field(path, x, y, width: frame.width - x - 1, focused: true)
            frame.footer([Hint("Enter", words("import")), Hint("Ctrl-U", words("clear")), Hint("Esc", words("back"))], y: frame.height - 1)
            return
        }
        if toast == nil {
            let live = "Live: the whole screen wears it while you choose. Esc puts the old one back."
            frame.put(words(live), 1, y, .muted, width: frame.width - 2)
        } else {
            drawEventLine(on: &frame)
        }
        var hints = [Hint("Enter", words("keep")), Hint("Up Down", words("try")), Hint("d", words("dark, light, all")), Hint("i", words("import"))]
        if themePicker.selected >= pickedThemes.count {
            hints.insert(Hint("Space", words("ground")), at: 1)
        } else {
            hints.append(Hint("E", words(themes[safe: theme]?.isOwn == true ? "edit" : "edit copy")))
        }
        frame.footer(hints + [Hint("Esc", words("back"))], y: frame.height - 1)
    }

    private func drawThemeList(width: Int, on frame: inout Frame) {
        let listed = pickedThemes, rows = themeRows, last = frame.height - 4
        let top = ListWindow.top(themePicker.top, selected: min(themePicker.selected, listed.count - 1), rows: rows, count: listed.count)
        func row(_ index: Int, _ y: Int) -> (Role) -> Style {
            frame.mark(Rect(0, y, width, 1), .item(index))
            guard index == themePicker.selected else { return { .role($0) } }
            frame.fill(Rect(0, y, width, 1), .role(.selected))
            frame.put("▸", 0, y, .role(.selected))
            return { _ in .role(.selected) }
        }
        for line in 0..<rows {
            guard let theme = listed[safe: top + line].flatMap({ themes[safe: $0] }) else { break }
            let style = row(top + line, 2 + line)
            frame.put(theme.name, 2, 2 + line, style(.text), width: 14)
            frame.put(words(theme.word), 17, 2 + line, style(.muted), width: width - 18)
        }
        if listed.isEmpty { frame.put(words("No theme is %1.", words(themePicker.appearance?.rawValue ?? "here")), 2, 2, .muted) }
        let below = listed.count - top - rows
        if below > 0 { frame.putRight(words("%1 more below", below), right: width - 1, 2 + rows, .muted) }
        let y = 2 + rows + 1
        let style = row(listed.count, y)
        frame.put(preferences.ownGround == true ? "[✓]" : "[ ]", 2, y, style(.text))
        frame.put(words("terminal's own ground"), 6, y, style(.text), width: width - 7)
        if y + 4 <= last {
            frame.put(words("Import a btop or base16"), 2, y + 3, .muted, width: width - 3)
            frame.put(words("file with i."), 2, y + 4, .muted, width: width - 3)
        }
    }

    // MARK: Preview

    private func drawThemePreview(_ rect: Rect, on frame: inout Frame) {
        let x = rect.x + 2
        var y = rect.y
        func isFree(_ rows: Int = 1) -> Bool { y + rows <= rect.bottom }
        frame.put(words("Name") + " ▾", x, y, .muted)
        frame.put(words("State"), x + 14, y, .muted)
        if rect.width >= 40 { frame.put("CPU", x + 29, y, .muted) }
        y += 1
        for (name, state, since, samples) in Model.previewMachines where isFree() {
            let isResting = name == "nt4"
            if isResting {
                frame.fill(Rect(rect.x, y, rect.width, 1), .role(.resting))
                frame.put("▸", rect.x, y, .role(.resting))
            }
            func style(_ role: Role) -> Style { .role(isResting ? .resting : role) }
            frame.put(state.glyph, x, y, style(state.role))
            frame.put(name, x + 2, y, style(.text))
            frame.put(words(state), x + 14, y, style(state.role))
            frame.putRight(since, right: x + 27, y, style(.muted))
            if rect.width >= 40 { frame.sparkline(samples, x + 29, y, width: samples.count) }
            y += 1
        }
        y += 1
        guard isFree() else { return }
        var column = x
        for role in [Role.text, .muted, .accent, .key, .match] where column + 6 < rect.right {
            column = frame.put(role.rawValue, column, y, .role(role)) + 2
        }
        guard isFree(5) else { return drawWeakest(rect, from: y + 1, on: &frame) }
        frame.put("[", x, y + 1)
        frame.fill(Rect(x + 1, y + 1, 24, 1), .role(.field))
        frame.put("a field", x + 2, y + 1, .role(.field))
        frame.put("]", x + 25, y + 1)
        frame.put("✖ An error says what to do next.", x, y + 2, .role(.error), width: rect.right - x - 1)
        let end = frame.put("! A warning", x, y + 3, .role(.warning))
        frame.put(", and · a hint", end, y + 3, .muted)
        frame.bar(0.53, x, y + 4, width: min(24, rect.width - 10))
        frame.put("53%", x + min(24, rect.width - 10) + 2, y + 4)
        y += 6
        guard isFree() else { return }
        frame.sparkline((0..<8).map { Double($0) * 12.5 + 6 }, x, y, width: 8)
        frame.put("low to high", x + 9, y, .muted)
        drawWeakest(rect, from: y + 2, on: &frame)
        guard rect.bottom - y >= 14 else { return }
        let box = frame.box(Rect(x + 1, y + 5, min(rect.width - 6, 44), 7), title: "Turn off win98")
        frame.put("What its guest has not written is lost.", box.x + 2, box.y + 1, .dialog(.text), width: box.width - 3)
        frame.buttons([Button("Turn off"), Button("Cancel")], focus: 1, box.x + 2, box.y + 3)
    }

    private static let previewMachines: [(name: String, state: MachineState, since: String, samples: [Double])] = [
        ("freedos", .running, "3h", [5, 5, 14, 5, 5, 5]), ("win98", .running, "2d", [80, 65, 90, 75, 65, 90]), ("nt4", .paused, "12m", []),
        ("os2-warp", .saved, "6d", []), ("toyos", .crashed, "4m", []), ("showcase", .off, "", []), ("debian", .starting, "2s", []),
    ]

    /// How well the words of the theme are read, at the foot of the preview.
    private func drawWeakest(_ rect: Rect, from y: Int, on frame: inout Frame) {
        guard y + 1 < rect.bottom, let theme = themes[safe: theme]?.worn(ownGround: preferences.ownGround == true) else { return }
        let x = rect.x + 2, width = rect.right - x - 1
        guard theme.contrast(of: .text, depth: .rgb) != nil, let full = theme.weakest(depth: .rgb), let few = theme.weakest(depth: .palette256) else {
            frame.put("words are as strong as the", x, y, .muted, width: width)
            frame.put("terminal's own colours are", x, y + 1, .muted, width: width)
            return
        }
        frame.put("weakest text: \(Model.ratio(full.ratio)) to 1 (\(full.role.rawValue))", x, y, .muted, width: width)
        frame.put(
            "in 256 colours: \(Model.ratio(few.ratio)) to 1\(few.role == full.role ? "" : " (\(few.role.rawValue))")", x, y + 1, .muted, width: width)
    }

    /// With one decimal, never better than it is.
    private static func ratio(_ value: Double) -> String {
        let tenths = Int(max(0, min(21, value)) * 10 + 0.0001)
        return "\(tenths / 10).\(tenths % 10)"
    }
}
