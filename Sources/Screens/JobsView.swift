import Contract
import TUI

extension Model {
    private enum JobLine {
        case job(Int)
        case shelf, blank
    }

    private func jobLines(_ listed: [JobSummary]) -> [JobLine] {
        let live = listed.count { !$0.phase.isOver }
        var lines = (0..<live).map { JobLine.job($0) }
        if live < listed.count { lines += (live > 0 ? [.blank] : []) + [.shelf] + (live..<listed.count).map { .job($0) } }
        return lines
    }

    func drawJobs(on frame: inout Frame) {
        drawHeader(.jobs, on: &frame)
        let listed = listedJobs, lines = jobLines(listed)
        let narrow = frame.width < 60
        frame.put(words("Job"), 4, 1, .muted)
        frame.put("On", narrow ? 18 : 23, 1, .muted)
        if !narrow {
            frame.put(words("Progress"), 37, 1, .muted)
            frame.putRight("MB/s", right: frame.width - 9, 1, .muted)
            frame.putRight(words("Left"), right: frame.width - 1, 1, .muted)
        }
        let detail = frame.height >= 18 ? 9 : 0
        let rows = max(1, frame.height - 4 - (detail > 0 ? detail + 1 : 0))
        let selected = selectedJob
        let row = lines.firstIndex { if case .job(let index) = $0 { listed[index].id == selected?.id } else { false } }
        let top = ListWindow.top(0, selected: row, rows: rows, count: lines.count)
        frame.mark(Rect(0, 2, frame.width, rows), .pane(0))
        for (offset, line) in lines.dropFirst(top).prefix(rows).enumerated() {
            let y = 2 + offset
            switch line {
            case .job(let index):
                frame.mark(Rect(0, y, frame.width, 1), .row(index))
                draw(listed[index], y, isSelected: listed[index].id == selected?.id, on: &frame)
            case .shelf:
                frame.fill(Rect(0, y, frame.width, 1), .role(.rule), "─")
                frame.put(" " + words("Finished") + " ", 1, y, .muted)
                if frame.width >= 60 { frame.putRight(" " + words("kept for 7 days") + " ", right: frame.width - 1, y, .muted) }
            case .blank: break
            }
        }
        if jobs.isEmpty {
            frame.put(words("No jobs. Long work, such as cloning or saving, shows up here."), 4, 2, .muted, width: frame.width - 5)
        } else if listed.isEmpty {
            frame.put(words("Nothing matches %1. Esc clears the filter.", jobsState.filter.text), 4, 2, .muted, width: frame.width - 5)
        }
        if detail > 0, let selected { drawDetail(of: selected, 2 + rows, detail, on: &frame) }
        if jobsState.isTyping || !jobsState.filter.text.isEmpty, toast == nil {
            frame.drawPrompt(
                "/", jobsState.filter, note: words("%1 of %2    job, machine, message", listed.count, jobs.count), isTyped: jobsState.isTyping)
        } else if toast != nil {
            drawEventLine(on: &frame)
        } else {
            frame.put(words("Jobs go on while you work. Quitting asks about them."), 1, frame.height - 2, .muted, width: frame.width - 2)
        }
        drawJobsFooter(selected, on: &frame)
    }

    private func drawJobsFooter(_ selected: JobSummary?, on frame: inout Frame) {
        if jobsState.isTyping {
            frame.footer(
                [Hint("Enter", words("keep filter")), Hint("Up Down", words("select")), Hint("F1", words("help")), Hint("Esc", words("clear"))],
                y: frame.height - 1)
            return
        }
        func hint(_ action: Action, _ word: String) -> [Hint] { Keymap.hints([action], self).map { Hint($0.key, word) } }
        var hints: [Hint] = []
        if let selected {
            if !selected.phase.isOver, selected.canCancel { hints += hint(.cancel, words("cancel job")) }
            hints += [Hint(keymap.binding(.open)?.label ?? "Enter", words("open machine"))]
            if selected.phase.isOver, selected.kind != .clone, selected.kind != .delete { hints += hint(.runAgain, words("run again")) }
            hints += Keymap.hints([.filter], self)
        } else {
            hints = Keymap.hints(jobs.isEmpty ? [.machines] : [.machines, .filter], self)
        }
        frame.footer(hints + Keymap.hints([.palette, .help], self) + hint(.quit, words("back")), y: frame.height - 1)
    }

    private func draw(_ job: JobSummary, _ y: Int, isSelected: Bool, on frame: inout Frame) {
        func style(_ role: Role) -> Style { .role(isSelected ? .selected : role) }
        if isSelected {
            frame.fill(Rect(0, y, frame.width, 1), .role(.selected))
            frame.put("▸", 0, y, .role(.selected))
        }
        let narrow = frame.width < 60, onX = narrow ? 18 : 23
        frame.put(job.glyph, 2, y, style(job.role))
        frame.put(words(job.kind.words), 4, y, style(.text), width: onX - 5)
        let right = frame.width - 1
        frame.put(job.subject, onX, y, style(.text), width: (narrow ? right - 5 : 36) - onX)
        if !isSelected {
            let wanted = jobsState.filter.text
            frame.emphasize(words(job.kind.words), Model.places(of: wanted, in: words(job.kind.words)), 4, y, width: onX - 5)
            frame.emphasize(job.subject, Model.places(of: wanted, in: job.subject), onX, y, width: (narrow ? right - 5 : 36) - onX)
        }
        if narrow {
            let word = job.phase.isOver ? "" : job.fraction.map { "\(Int($0 * 100))%" } ?? ""
            frame.putRight(word, right: right, y, style(.text))
            return
        }
        guard !job.phase.isOver else {
            frame.put(
                job.message.isEmpty ? words(job.phase.rawValue) : job.message, 37, y, style(job.phase == .failed ? .error : .muted),
                width: right - 7 - 37)
            if let ended = job.ended {
                frame.putRight(Format.shortMoment(ended, now: now, offset: utcOffset, words), right: right, y, style(.muted))
            }
            return
        }
        guard job.phase == .running, let fraction = job.fraction else {
            frame.put(job.message, 37, y, style(.muted), width: right - 8 - 37)
            frame.putRight(job.phase == .queued ? words("queued") : "", right: right, y, style(.muted))
            return
        }
        let bar = max(8, min(40, frame.width - 60)), rate = jobsState.rate(job.id)
        if preferences.reduceMotion != true { frame.bar(fraction, 37, y, width: bar, selected: isSelected) }
        frame.putRight("\(Int(fraction * 100))%", right: 37 + bar + 5, y, style(.text))
        if let rate {
            frame.putRight(Format.rate(rate / 1_048_576), right: frame.width - 9, y, style(.text))
            if let total = job.total, rate > 0 {
                frame.putRight(Format.left(Double(total - min(total, job.done)) / rate), right: right, y, style(.text))
            }
        }
    }

    private func drawDetail(of job: JobSummary, _ y: Int, _ rows: Int, on frame: inout Frame) {
        frame.shelf([job.title(words)], active: 0, y: y)
        var facts: [(String, String)] = [
            (words("Machine"), machine(job.machine).map { "\($0.name), \(words($0.state))" } ?? words("%1, gone", job.subject))
        ]
        if !job.message.isEmpty { facts.append((job.phase.isOver ? words("End") : words("Now"), job.message)) }
        if let total = job.total, total > 0 { facts.append((words("Done"), Format.part(min(job.done, total), of: total, words))) }
        if !job.phase.isOver, let rate = jobsState.rate(job.id) { facts.append((words("Rate"), Format.megabytes(UInt64(max(0, rate))) + "/s")) }
        let age = now - job.started
        facts.append(
            (
                words("Started"),
                Format.time(job.started, offset: utcOffset, seconds: true) + (age >= 0 ? words(", %1 ago", Format.duration(age, words)) : "")
            ))
        if let ended = job.ended { facts.append((words("Took"), Format.left(max(0, ended - job.started)))) }
        if !job.phase.isOver {
            facts.append((words("Cancel"), job.canCancel ? words(job.kind.cancelling) : words("not possible: it ends by itself")))
        } else if job.kind == .clone || job.kind == .delete {
            facts.append((words("Again"), words("from the list: it asks first")))
        }
        for (row, fact) in facts.prefix(rows).enumerated() {
            frame.put(fact.0, 2, y + 1 + row, .muted)
            var x = 13
            if fact.0 == words("Rate") {
                let rates = jobsState.rates(job.id)
                frame.sparkline(rates, x, y + 1 + row, width: 16)
                x += 19
            }
            frame.put(fact.1, x, y + 1 + row, .text, width: frame.width - x - 1)
        }
    }
}

extension Format {
    /// `3 s`, `0:41`, `1:02:10`
    static func left(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 360_000 else { return "-" }
        let whole = Int(seconds.rounded(.up))
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        if whole < 10 { return "\(whole) s" }
        return whole < 3600 ? "\(whole / 60):\(two(whole % 60))" : "\(whole / 3600):\(two(whole / 60 % 60)):\(two(whole % 60))"
    }

    /// The time of today, or the day.
    static func shortMoment(_ time: Double, now: Double, offset: Int, _ words: Language) -> String {
        let day = Day(time, offset: offset)
        if day == Day(now, offset: offset) { return Format.time(time, offset: offset) }
        return words == .japanese ? "\(day.month)/\(day.day)" : "\(day.day) \(day.monthName.prefix(3))"
    }

    /// `2026-03-14 14:28:03`
    static func stamp(_ time: Double, offset: Int) -> String {
        let day = Day(time, offset: offset)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(day.year)-\(two(day.month))-\(two(day.day)) \(Format.time(time, offset: offset, seconds: true))"
    }
}

/// A day of the Gregorian calendar.
struct Day: Equatable {
    var year, month, day: Int

    /// After Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March.
    init(_ time: Double, offset: Int) {
        let seconds = time.isFinite && abs(time) < 1e12 ? Int(time.rounded(.down)) + offset : 0
        let days = (seconds - ((seconds % 86400) + 86400) % 86400) / 86400 + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097, inEra = days - era * 146_097
        let yearOfEra = (inEra - inEra / 1460 + inEra / 36524 - inEra / 146_096) / 365
        let dayOfYear = inEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shifted + 2) / 5 + 1
        month = shifted < 10 ? shifted + 3 : shifted - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var monthName: String {
        let names = [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
        ]
        return names[safe: month - 1] ?? ""
    }
}
