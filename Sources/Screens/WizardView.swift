import Configuration
import Contract
import TUI

extension Model {
    func drawWizard(on frame: inout Frame) {
        guard let wizard else { return }
        drawSteps(wizard.step, on: &frame)
        switch wizard.step {
        case .system: drawSystems(wizard, on: &frame)
        case .source: drawSources(wizard, on: &frame)
        case .review: drawReview(on: &frame)
        }
    }

    /// Row 1: where in the three steps this is.
    private func drawSteps(_ active: Wizard.Step, on frame: inout Frame) {
        frame.put(words("New machine"), 1, 0, .role(.accent))
        if frame.width >= 76 {
            var x = 16
            for step in Wizard.Step.allCases {
                let title = "\(step.rawValue + 1) \(words(step.title))"
                if step == active { frame.put(" \(title) ", x - 1, 0, .role(.selected)) } else { frame.put(title, x, 0, .muted) }
                frame.mark(Rect(x - 1, 0, Text.width(title) + 2, 1), .tab(step.rawValue))
                x += Text.width(title) + 3
            }
        }
        frame.putRight(words("step %1 of 3", active.rawValue + 1), right: frame.width - 1, 0, .muted)
        frame.fill(Rect(0, 1, frame.width, 1), .role(.rule), "─")
    }

    /// Rows of the pane that explains the selected row.
    private func paneRows(_ height: Int) -> Int { height >= 22 ? 6 : height >= 18 ? 4 : 0 }

    // MARK: Step 1

    private func drawSystems(_ wizard: Wizard, on frame: inout Frame) {
        let pane = paneRows(frame.height), bottom = frame.height - 2 - pane
        let isWide = frame.width >= 80, hasFigures = frame.width >= 60
        let end = frame.put(words("Which system will live here?"), 2, 2)
        if isWide { frame.put(words("Everything can be changed later."), end + 3, 2, .muted) }
        // Processor, disk and boots give way first, then years.
        let memoryEnd = isWide ? 48 : hasFigures ? 48 : frame.width - 1
        let columns: [(title: String, x: Int, right: Bool)] =
            [(words("System"), 4, false)] + (hasFigures ? [(words("Years"), 30, false)] : []) + [(words("Mem MB"), memoryEnd, true)]
            + (isWide
                ? [(words("Processor"), 50, false), (words("Disk"), 70, true), (words("Boots"), 72, false)]
                : hasFigures ? [(words("Disk"), 57, true)] : [])
        for column in columns {
            if column.right { frame.putRight(column.title, right: column.x, 3, .muted) } else { frame.put(column.title, column.x, 3, .muted) }
        }
        let rows = bottom - 4
        let top = ListWindow.top(0, selected: wizard.preset, rows: rows, count: Preset.all.count)
        for (offset, preset) in Preset.all.dropFirst(top).prefix(rows).enumerated() {
            let y = 4 + offset, isSelected = top + offset == wizard.preset
            let style: Style = isSelected ? .role(.selected) : .text, quiet: Style = isSelected ? style : .muted
            if isSelected {
                frame.fill(Rect(0, y, frame.width, 1), style)
                frame.put("▸", 0, y, style)
            }
            frame.put(words(preset.name), 4, y, style, width: hasFigures ? 25 : memoryEnd - 13)
            if hasFigures { frame.put(preset.years, 30, y, quiet) }
            frame.putRight("\(preset.memoryMiB)", right: memoryEnd, y, style)
            if isWide {
                frame.put(Format.processor(preset.processor.rawValue), 50, y, style)
                frame.putRight(DiskSize.words(preset.diskBytes), right: 70, y, style)
                frame.put(preset.media == .floppy ? words("floppy") : "CD", 72, y, style)
            } else if hasFigures {
                frame.putRight(DiskSize.words(preset.diskBytes), right: 57, y, style)
            }
            frame.mark(Rect(0, y, frame.width, 1), .item(top + offset))
        }
        if pane > 0, let preset = Preset.all[safe: wizard.preset] {
            frame.shelf([words(preset.name)], active: 0, y: bottom, focused: true)
            drawFacts(preset.notes.map { (words($0.label), words($0.text)) }, y: bottom + 1, rows: pane - 1, on: &frame)
        }
        if let find = wizard.find {
            frame.put("/", 1, frame.height - 2, .role(.key))
            let (text, cursor) = find.window(frame.width - 4)
            frame.put(text, 2, frame.height - 2)
            frame.cursor = Point(2 + cursor, frame.height - 2)
            frame.footer([Hint("Enter", words("keep")), Hint("Esc", words("close"))], y: frame.height - 1)
            return
        }
        drawWizardLine(words("Nothing is made before the last step."), on: &frame)
        frame.footer(
            [
                Hint("Enter", words("next")), Hint("Up Down", words("choose")), Hint("/", words("find")), Hint("?", words("help")),
                Hint("Esc", words("cancel")),
            ], y: frame.height - 1)
    }

    private func drawFacts(_ facts: [(String, String)], y: Int, rows: Int, on frame: inout Frame) {
        var row = 0
        for (label, text) in facts {
            for (index, line) in Text.wrapped(text, to: frame.width - 15).enumerated() where row < rows {
                if index == 0 { frame.put(label, 2, y + row, .muted) }
                frame.put(line, 13, y + row)
                row += 1
            }
        }
    }

    private func drawWizardLine(_ idle: String, on frame: inout Frame) {
        if toast != nil { drawEventLine(on: &frame) } else { frame.put(idle, 1, frame.height - 2, .muted, width: frame.width - 2) }
    }

    // MARK: Step 2

    private func drawSources(_ wizard: Wizard, on frame: inout Frame) {
        let pane = paneRows(frame.height), bottom = frame.height - 2 - pane
        let name = Preset.all[safe: wizard.preset]?.name ?? ""
        let isNarrow = frame.width < Form.narrow
        frame.put(
            name == "Something else" || isNarrow ? words("What does it start from?") : words("What is %1 installed from?", name), 2, 2,
            width: frame.width - 3)
        frame.put(words("Path"), 2, 4, .muted)
        if wizard.row < 0 { frame.put("▸", 0, 4, .role(.accent)) }
        let fieldX = isNarrow ? 7 : 17, fieldWidth = frame.width - fieldX - (frame.width >= 76 ? 19 : 1)
        frame.field(wizard.path, fieldX, 4, width: fieldWidth, focused: wizard.row < 0, error: wizard.problem != nil)
        frame.mark(Rect(fieldX, 4, fieldWidth, 1), .field(0))
        if frame.width >= 76 { frame.put(words("Tab completes"), fieldX + fieldWidth + 2, 4, .muted) }
        if let problem = wizard.problem { frame.put("✖ \(problem)", fieldX, 5, .role(.error), width: frame.width - fieldX - 1) }
        drawSourceList(wizard, from: 6, to: bottom, on: &frame)
        if pane > 0 { drawSource(wizard, y: bottom, rows: pane - 1, on: &frame) }
        drawWizardLine(
            frame.width < 78
                ? words("~/images, ~/Downloads, current folder")
                : words("Images of ~/images, ~/Downloads and the current folder, those used last first."),
            on: &frame)
        let hints: [Hint]
        if wizard.picker != nil {
            hints = [Hint("Enter", words("take")), Hint("Up Down", words("choose")), Hint("Esc", words("close the list"))]
        } else if wizard.row < 0 {
            hints = [
                Hint("Enter", words("next")), Hint("Tab", wizard.path.text.isEmpty ? words("list") : words("complete")), Hint("F1", words("help")),
                Hint("Esc", words("list")),
            ]
        } else {
            hints = [
                Hint("Enter", words("next")), Hint("Up Down", words("choose")), Hint("o", words("other file")), Hint("?", words("help")),
                Hint("Esc", words("back")),
            ]
        }
        frame.footer(hints, y: frame.height - 1)
        wizard.picker?.draw(on: &frame, x: fieldX, y: 4, width: max(30, fieldWidth), bottom: frame.height - 2)
    }

    private func drawSourceList(_ wizard: Wizard, from y: Int, to bottom: Int, on frame: inout Frame) {
        let isNarrow = frame.width < Form.narrow
        // Kind, size, label: from the right, as there is room.
        let labelX = frame.width >= 76 ? frame.width - 20 : frame.width
        let sizeEnd = frame.width >= 76 ? labelX - 2 : frame.width - 1, kindX = sizeEnd - 20
        frame.put(words("Image"), 4, y, .muted)
        if !isNarrow { frame.put(words("Kind"), kindX, y, .muted) }
        frame.putRight(words("Size"), right: sizeEnd, y, .muted)
        if labelX < frame.width { frame.put(words("Label"), labelX, y, .muted) }
        let sources = wizard.sources, rows = max(1, bottom - y - 1)
        let top = ListWindow.top(0, selected: max(0, wizard.row), rows: rows, count: sources.count)
        for (offset, source) in sources.dropFirst(top).prefix(rows).enumerated() {
            let line = y + 1 + offset, isSelected = top + offset == wizard.row
            let style: Style = isSelected ? .role(.selected) : .text, quiet: Style = isSelected ? style : .muted
            if isSelected {
                frame.fill(Rect(0, line, frame.width, 1), style)
                frame.put("▸", 0, line, style)
            }
            let nameEnd = isNarrow ? sizeEnd - 10 : kindX - 2
            frame.put(Text.middleClipped(wizard.forPeople(source, words), to: nameEnd - 4), 4, line, source.isOffer ? quiet : style)
            if !isNarrow { frame.put(Wizard.word(source.kind, words), kindX, line, quiet) }
            frame.putRight(Text.clipped(source.note, to: isNarrow ? 9 : 12), right: sizeEnd, line, style)
            if labelX < frame.width {
                frame.put(source == .sample ? words("boots at once") : source.label, labelX, line, quiet, width: frame.width - labelX - 1)
            }
            frame.mark(Rect(0, line, frame.width, 1), .item(top + offset))
        }
    }

    private func drawSource(_ wizard: Wizard, y: Int, rows: Int, on frame: inout Frame) {
        guard let source = wizard.selected else {
            frame.shelf([words("Path")], active: 0, y: y)
            let text = words("An image of a floppy, a CD or a hard disk.") + " " + words(Form.pathHelp)
            for (row, line) in Text.wrapped(text, to: frame.width - 4).prefix(rows).enumerated() { frame.put(line, 2, y + 1 + row) }
            return
        }
        frame.shelf(
            [Text.middleClipped(source.isOffer ? wizard.forPeople(source, words) : Format.fileName(source.path), to: frame.width - 8)], active: 0,
            y: y)
        var facts: [(String, String)] = []
        switch source {
        case .none: facts = [(words("Starts"), words("with an empty disk and empty drives: M puts an image into them later"))]
        case .sample: facts = [(words("Sample"), words("Vitrine's own floppy: text modes, VGA graphics, keyboard, mouse, timer, speaker"))]
        default:
            facts.append((words("Boots"), source.isBootable ? words("yes, by what stands at its start") : words("nothing at its start says so")))
            facts.append(
                (
                    words("Goes into"),
                    source.kind == .floppy
                        ? words("floppy drive A") : source.kind == .cd ? words("the CD drive, read-only") : words("the place of disk C")
                ))
            if let system = source.system.flatMap(Preset.named) {
                let isOther = Preset.all[safe: wizard.preset] != system
                facts.append((words("Looks like"), system.name + (isOther && !wizard.presetIsChosen ? words(", which step 1 will say then") : "")))
            }
        }
        drawFacts(facts, y: y + 1, rows: rows, on: &frame)
    }

    // MARK: Step 3

    private func drawReview(on frame: inout Frame) {
        guard let form else { return }
        let (configuration, problems) = form.result()
        let help = frame.height >= 22 ? 4 : frame.height >= 18 ? 3 : 0
        let top = frame.height >= 18 ? 3 : 2, bottom = frame.height - 2 - help
        if top == 3 { frame.put(words("Enter makes this machine and starts it."), 2, 2, width: frame.width - 3) }
        form.drawFields(on: &frame, problems, from: top, to: bottom)
        form.drawHelp(on: &frame, problems, y: bottom, rows: help - 1, whatElse: (words("What will be written"), written(form, configuration)))
        form.drawLine(on: &frame, model: self)
        frame.footer(form.hints(width: frame.width), y: frame.height - 1)
        form.drawPicker(on: &frame, problems, from: top, to: bottom)
    }

    private func written(_ form: Form, _ configuration: MachineConfiguration) -> [String] {
        let disks = configuration.drives.compactMap { $0.path.flatMap(DiskSize.ordered).flatMap { try? $0.get() } }
        var text = words("a few KB")
        if !disks.isEmpty { text += " " + words("now, %1 at most", DiskSize.words(disks.reduce(0, &+))) }
        if let free = form.checks.values.lazy.compactMap(\.freeBytes).first { text += words("; %1 free", Format.megabytes(free)) }
        var lines = ["\(library)/\(form.name)/   \(text)"]
        let others = configuration.drives.compactMap(\.path).filter { DiskSize.ordered($0) == nil && !$0.hasPrefix("builtin:") }
        if !others.isEmpty {
            lines.append(
                words(
                    others.count == 1 ? "%1: attached where it lies" : "%1: attached where they lie",
                    others.map(Format.fileName).joined(separator: ", ")))
        }
        return lines
    }
}

extension Wizard {
    static func word(_ kind: ImageKind?, _ words: Language) -> String {
        switch kind {
        case .floppy: words("floppy")
        case .cd: "CD"
        case .disk: words("disk")
        case nil: ""
        }
    }
}
