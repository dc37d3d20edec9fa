import Contract
package import TUI

/// The screen as a value.
package func view(_ model: Model, _ size: Size) -> Frame {
    var frame = Frame(size)
    guard size.width >= 40, size.height >= 10 else {
        frame.put("terminal too small", 0, 0, .text)
        frame.put("40x10 at least; machines go on", 0, 1, .muted)
        return frame
    }
    var model = model
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
    }
    if let dialog = model.dialog { model.draw(dialog, on: &frame) }
    return frame
}

extension Model {
    /// Row 1: a menu and a gauge.
    func drawHeader(_ active: Page, on frame: inout Frame) {
        frame.put("Vitrine", 1, 0, .role(.accent))
        if frame.width >= 60 {
            for (title, x, page) in [("1 Machines", 10, Page.machines), ("5 Log", 22, .log)] {
                if page == active {
                    frame.put(" \(title) ", x - 1, 0, .role(.selected))
                } else {
                    frame.put(title, x, 0, .muted)
                }
            }
        }
        var right = frame.width - 1
        right = frame.putRight(Format.time(now, offset: utcOffset), right: right, 0, .muted) - 2
        if let host {
            right = frame.putRight("mem \(Text.rightAligned(Format.whole(host.memoryPercent), to: 2))%", right: right, 0, .muted) - 2
            frame.putRight(
                "cpu \(Text.rightAligned(Format.whole(host.cpuPercent), to: 2))%", right: right, 0, host.cpuPercent > 90 ? .role(.warning) : .muted)
        }
    }

    /// The row above the footer: the newest event, or for some seconds what just happened.
    func drawEventLine(on frame: inout Frame, idle: String = "") {
        let y = frame.height - 2, width = frame.width - 2
        if let toast {
            let text = toast.isError ? "✖ " + toast.text : toast.text
            frame.put(text, 1, y, toast.isError ? .role(.error) : .text, width: width)
        } else if let entry = log.last {
            var x = frame.put(Format.time(entry.time, offset: utcOffset, seconds: true), 1, y, .muted) + 2
            x = draw(entry.level, x, y, on: &frame)
            let name = entry.machine.flatMap(machine)?.name
            frame.put(Model.sentence(name, entry.text), x, y, .muted, width: frame.width - 1 - x)
        } else {
            frame.put(idle, 1, y, .muted, width: width)
        }
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
