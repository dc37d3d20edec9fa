import Contract
import TUI

/// Everything long that goes on or ended.
struct JobsState: Equatable, Sendable {
    /// How much was done when.
    struct Sample: Equatable, Sendable {
        var time: Double
        var done: UInt64
    }

    /// The selection belongs to a job, not to a row.
    var selected: JobID?
    var top = 0
    var filter = TextField()
    var isTyping = false
    /// The last seconds of each job that goes on.
    private(set) var samples: [JobID: [Sample]] = [:]
    static let remembered = 30.0

    mutating func learn(_ job: JobSummary, at now: Double) {
        guard job.phase == .running else {
            samples[job.id] = nil
            return
        }
        var known = samples[job.id] ?? []
        // What counts from the beginning again is another part of the work.
        if let last = known.last, last.done > job.done { known = [] }
        known.append(Sample(time: now, done: job.done))
        samples[job.id] = known.filter { $0.time >= now - JobsState.remembered }
    }

    /// Bytes a second over the last five; nil until there are two samples that differ in time.
    func rate(_ id: JobID) -> Double? {
        guard let known = samples[id], let last = known.last else { return nil }
        let recent = known.filter { $0.time >= last.time - 5 }
        guard let first = recent.first, last.time - first.time >= 0.2 else { return nil }
        return Double(last.done - first.done) / (last.time - first.time)
    }

    /// Rates second by second, oldest first, of the fastest one 0...100.
    func rates(_ id: JobID) -> [Double] {
        guard let known = samples[id], let first = known.first, let last = known.last else { return [] }
        var rates: [Double] = [], start = first
        for sample in known where sample.time - start.time >= 0.95 {
            rates.append(Double(sample.done - start.done) / (sample.time - start.time))
            start = sample
        }
        guard last.time > first.time, let most = rates.max(), most > 0 else { return [] }
        return rates.map { $0 / most * 100 }
    }
}

extension Model {
    /// What goes on, then what ended, each the newest first, as far as the filter lets them through.
    var listedJobs: [JobSummary] {
        let wanted = jobsState.filter.text
        let shown = jobs.filter { job in
            wanted.isEmpty || [words(job.kind.words), job.subject, job.message].contains { !Model.places(of: wanted, in: $0).isEmpty }
        }
        return shown.filter { !$0.phase.isOver } + shown.filter(\.phase.isOver).sorted { ($0.ended ?? 0) > ($1.ended ?? 0) }
    }

    var selectedJob: JobSummary? {
        let listed = listedJobs
        return listed.first { $0.id == jobsState.selected } ?? listed.first
    }

    /// nil: not mine.
    mutating func performInJobs(_ action: Action) -> [Effect]? {
        switch action {
        case .up, .down, .first, .last, .pageUp, .pageDown:
            let listed = listedJobs
            let index = listed.firstIndex { $0.id == selectedJob?.id } ?? 0
            jobsState.selected = listed[safe: stepped(index, action, count: listed.count, page: max(1, size.height / 2 - 4))]?.id
        case .filter: jobsState.isTyping = true
        case .open:
            guard let job = selectedJob else { return say(words("No job is selected."), []) }
            guard let machine = machine(job.machine) else { return say(words("%1 is not in the library any more.", job.subject), []) }
            selected = machine.id
            page = .machines
            keepListWindow()
            if machine.state == .running || machine.state == .paused { openConsole(machine.id) }
        case .cancel:
            guard let job = selectedJob, !job.phase.isOver else { return nil }
            guard job.canCancel else { return say(words("%1 cannot be stopped half-way. It ends by itself.", job.title(words)), []) }
            say(words("Stopping: %1", job.title(words)))
            return [.submit(.cancelJob(job.id), .action(.cancel, job.machine))]
        case .runAgain: return runAgain()
        default: return nil
        }
        return []
    }

    private mutating func say(_ text: String, _ effects: [Effect]) -> [Effect] {
        say(text)
        return effects
    }

    private mutating func runAgain() -> [Effect] {
        guard let job = selectedJob else { return say(words("No job is selected."), []) }
        guard job.phase.isOver else { return say(words("%1 goes on still. Ctrl-C stops it.", job.title(words)), []) }
        guard machine(job.machine) != nil else { return say(words("%1 is not in the library any more.", job.subject), []) }
        switch job.kind {
        case .fetch, .restore: return [.submit(.start(job.machine), .action(.start, job.machine))]
        case .save: return [.submit(.save(job.machine), .action(.save, job.machine))]
        case .clone: return say(words("A clone needs a name: C on %1 asks for it.", job.subject), [])
        case .delete: return say(words("Deleting asks first: D on %1.", job.subject), [])
        }
    }

    mutating func pressInJobsFilter(_ key: Key) -> [Effect] {
        switch key {
        case .enter: jobsState.isTyping = false
        case .escape, .control("c"): (jobsState.isTyping, jobsState.filter) = (false, TextField())
        case .up, .down, .pageUp, .pageDown: if let action = Keymap().action(key, on: .jobs) { return performInJobs(action) ?? [] }
        default: _ = jobsState.filter.handle(key)
        }
        return []
    }
}

extension JobSummary {
    /// `Clone os2-warp`
    func title(_ words: Language) -> String { words("\(kind.words) %1", subject) }

    var glyph: String {
        switch phase {
        case .queued: "·"
        case .running: "»"
        case .done: "✓"
        case .failed: "✖"
        case .cancelled: "‖"
        }
    }

    var role: Role {
        switch phase {
        case .queued, .cancelled: .muted
        case .running: .busy
        case .done: .running
        case .failed: .error
        }
    }

    var fraction: Double? { total.flatMap { $0 > 0 ? min(1, Double(done) / Double($0)) : nil } }
}

extension JobSummary.Kind {
    var words: String {
        switch self {
        case .fetch: "Fetch sample"
        case .save: "Save state"
        case .restore: "Restore state"
        case .clone: "Clone"
        case .delete: "Delete"
        }
    }

    /// What Ctrl-C would leave behind.
    var cancelling: String {
        switch self {
        case .fetch: "keeps what has come; the next start goes on from there"
        case .save: "the machine goes on; the half-written state is removed"
        case .restore: "the saved state stays as it is"
        case .clone: "removes the half-made copy; the original is only read"
        case .delete: "what has not moved yet stays"
        }
    }
}
