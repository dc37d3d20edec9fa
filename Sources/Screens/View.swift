import Contract
package import TUI

/// The screen as a value.
package func view(_ model: Model, _ size: Size) -> Frame {
    var frame = Frame(size)
    var model = model
    guard !Model.isTooSmall(size) else {
        model.size = size
        model.drawTooSmall(on: &frame)
        return frame
    }
    if model.size != size {
        model.size = size
        model.keepConsoleWindow()
        model.keepListWindow()
    }
    if let help = model.help {
        model.drawHelp(help, on: &frame)
        return frame
    }
    switch model.page {
    case .machines: model.drawOverview(on: &frame)
    case .log: model.drawLog(on: &frame)
    case .console: model.drawConsole(on: &frame)
    case .form: model.form?.draw(on: &frame, model: model)
    case .report: model.drawReport(on: &frame)
    case .wall: model.drawWall(on: &frame)
    case .load: model.drawLoad(on: &frame)
    case .jobs: model.drawJobs(on: &frame)
    case .theme: model.drawThemes(on: &frame)
    case .settings: model.drawSettings(on: &frame)
    case .wizard: model.drawWizard(on: &frame)
    }
    // What lies on top would be under the picture.
    if model.palette != nil || model.dialog != nil { frame.picture = nil }
    if let palette = model.palette { model.drawPalette(palette, on: &frame) }
    if let dialog = model.dialog { model.draw(dialog, on: &frame) }
    return frame
}

extension Model {
    /// Row 1: a menu and a gauge.
    func drawHeader(_ active: Page, on frame: inout Frame) {
        frame.put("Vitrine", 1, 0, .role(.accent))
        if frame.width >= 60 {
            // Each view has its own place, whether or not those between exist yet.
            let jobs = jobs.count { !$0.phase.isOver }
            let views: [(Action, String, Page)] = [
                (.machines, "Machines", .machines), (.wall, "Wall", .wall), (.load, "Load", .load), (.jobs, "Jobs", .jobs),
                (.log, "Log", .log),
            ]
            var x = 10
            for (action, word, page) in views {
                if frame.width < 76, page != active { continue }
                let key = keymap.binding(action)?.keys.first
                let count = page == .jobs && jobs > 0 ? " \(jobs)" : ""
                func title(_ word: String) -> String { [key?.label ?? "", word + count].filter { !$0.isEmpty }.joined(separator: " ") }
                // The place of the English word, so that no column moves.
                let width = Text.width(title(word)), title = title(words(word))
                if let key { frame.mark(Rect(x - 1, 0, width + 2, 1), .key(key)) }
                defer { x += width + 2 }
                if page == active {
                    frame.put(" \(title) ", x - 1, 0, .role(.selected))
                } else {
                    frame.put(title, x, 0, .muted)
                }
            }
            if frame.width >= 120, active == .machines { frame.put(census, x + 2, 0, .muted) }
        }
        // The last column is margin.
        var right = frame.width - 1
        right = frame.putRight(Format.time(now, offset: utcOffset), right: right, 0, .muted) - 2
        if let host {
            if frame.width >= 60 {
                right = frame.putRight("mem \(Format.percent(host.memoryPercent))", right: right, 0, .muted) - 2
            }
            frame.putRight(
                "cpu \(Format.percent(host.cpuPercent))", right: right, 0, host.cpuPercent > 90 ? .role(.warning) : .muted)
        }
    }

    /// The row above the footer: the newest event, or for some seconds what just happened.
    func drawEventLine(on frame: inout Frame, idle: String = "") {
        let y = frame.height - 2, width = frame.width - 2
        if let toast {
            let text = toast.isError ? "✖ " + toast.text : toast.text
            frame.put(text, 1, y, toast.isError ? .role(.error) : .text, width: width)
        } else if quitsWhenOff {
            let live = liveMachines.count, are = live == 1 ? "1 machine is" : "\(live) machines are"
            frame.put("Quits once \(are) off. \(keymap.label(.turnOff)) turns off one, \(keymap.label(.quit)) asks again.", 1, y, .text, width: width)
        } else if let entry = log.last {
            var x = frame.put(Format.time(entry.time, offset: utcOffset, seconds: true), 1, y, .muted) + 2
            x = draw(entry.level, x, y, on: &frame)
            let machine = entry.machine.flatMap(machine)
            var text = Model.sentence(machine?.name, entry.text)
            if let machine, machine.state == .crashed, machine.report != nil, page == .machines {
                text +=
                    (text.hasSuffix(".") ? "" : ".")
                    + (machine.id == selected ? " " + words("Enter shows the report.") : " " + words("Select it and press Enter."))
            }
            frame.put(text, x, y, .muted, width: frame.width - 1 - x)
        } else {
            frame.put(idle, 1, y, .muted, width: width)
        }
    }

    package static func isTooSmall(_ size: Size) -> Bool { size.width < 40 || size.height < 12 }

    /// What still fits: what is needed, what goes on, and how to leave.
    func drawTooSmall(on frame: inout Frame) {
        let live = liveMachines.count
        var lines: [String]
        if asksToQuit {
            lines = [
                live == 1 ? words("1 machine still runs.") : words("%1 machines still run.", live),
                words(live == 1 ? "q turns it off and quits;" : "q turns them off and quits;"),
                words("any other key goes on."),
            ]
        } else {
            lines = [
                words("Vitrine needs 40 x 12"), words("this is       %1 x %2", size.width, size.height), "",
                live == 0 ? "" : live == 1 ? words("1 machine runs on.") : words("%1 machines run on.", live), words("Make the window larger,"),
                words("or press q to quit."),
            ]
        }
        if frame.height < lines.count + 2 { lines.removeAll(where: \.isEmpty) }
        let y = frame.height > lines.count ? 1 : 0
        for (row, line) in lines.enumerated() { frame.put(line, frame.width > 24 ? 2 : 0, y + row, .text, width: frame.width) }
    }

    /// The machine's name before what happened to it, once.
    static func sentence(_ name: String?, _ text: String) -> String {
        guard let name, !text.hasPrefix(name) else { return text }
        return "\(name): \(text)"
    }

    func draw(_ level: LogEntry.Level, _ x: Int, _ y: Int, on frame: inout Frame) -> Int {
        switch level {
        case .info: return x
        case .warning: return frame.put("!", x, y, .role(.warning)) + 1
        case .error: return frame.put("✖", x, y, .role(.error)) + 1
        }
    }
}
