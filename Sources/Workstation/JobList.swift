import Contract
import Foundation

/// What the keeper does beside everything else. Used on the keeper's thread only; work on other threads posts its progress there.
///
/// Ended jobs stay in the list for a while, so that people see how they ended.
final class JobList {
    /// Ended jobs: so many, and for so many seconds.
    private static let endedKept = 50, endedKeptFor = 7 * 86400.0
    /// Between two reports of the same job's progress, in seconds.
    private static let leastPause = 0.25

    private struct Entry {
        var summary: JobSummary
        var cancellation: Cancellation
        var lastTold: Double
    }

    private var entries: [Entry] = []
    private var next = 1
    private let tell: (KeeperEvent) -> Void
    private let now: () -> Double

    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - tell: is given every `KeeperEvent.job`.
    init(now: @escaping () -> Double = { Date().timeIntervalSince1970 }, tell: @escaping (KeeperEvent) -> Void) {
        (self.now, self.tell) = (now, tell)
    }

    /// Every job that is known: running ones in the order they began, then ended ones, the newest first.
    var summaries: [JobSummary] {
        forget()
        let running = entries.filter { !$0.summary.phase.isOver }, ended = entries.filter(\.summary.phase.isOver)
        return running.map(\.summary) + ended.map(\.summary).sorted { ($0.ended ?? 0, $0.id) > ($1.ended ?? 0, $1.id) }
    }

    /// - Parameters:
    ///   - subject: what it works on, for people: a machine's name.
    ///   - canCancel: its work looks at `cancellation(of:)` and leaves everything as it was.
    ///   - cancellation: what its work looks at already.
    func begin(
        _ kind: JobSummary.Kind, _ machine: MachineID, subject: String, canCancel: Bool, cancellation: Cancellation = Cancellation()
    ) -> JobID {
        let id = JobID(rawValue: next)
        next += 1
        let time = now()
        let summary = JobSummary(id: id, kind: kind, machine: machine, subject: subject, started: time, canCancel: canCancel)
        entries.append(Entry(summary: summary, cancellation: cancellation, lastTold: time))
        tell(.job(summary))
        return id
    }

    /// What the job's work looks at, on whatever thread.
    func cancellation(of id: JobID) -> Cancellation { index(id).map { entries[$0].cancellation } ?? Cancellation() }

    /// Told at most four times a second; a change of message, of the total or of `canCancel` at once.
    /// - Parameters:
    ///   - message: what it does now; nil leaves it.
    ///   - canCancel: nil leaves it; false from where there is no way back.
    func progress(_ id: JobID, done: UInt64, total: UInt64?, message: String? = nil, canCancel: Bool? = nil) {
        guard let index = index(id), !entries[index].summary.phase.isOver else { return }
        let before = entries[index].summary
        (entries[index].summary.done, entries[index].summary.total) = (done, total)
        if let message { entries[index].summary.message = message }
        if let canCancel { entries[index].summary.canCancel = canCancel }
        let summary = entries[index].summary
        guard summary != before else { return }
        let isSmall = (summary.message, summary.canCancel, summary.total) == (before.message, before.canCancel, before.total)
        let time = now()
        if isSmall, time - entries[index].lastTold < Self.leastPause { return }
        entries[index].lastTold = time
        tell(.job(summary))
    }

    /// - Parameters:
    ///   - phase: `.done`, `.failed` or `.cancelled`.
    ///   - message: how it ended, or why.
    func end(_ id: JobID, _ phase: JobSummary.Phase, _ message: String) {
        guard let index = index(id), !entries[index].summary.phase.isOver else { return }
        (entries[index].summary.phase, entries[index].summary.ended) = (phase, now())
        (entries[index].summary.message, entries[index].summary.canCancel) = (message, false)
        if phase == .done, let total = entries[index].summary.total { entries[index].summary.done = total }
        tell(.job(entries[index].summary))
        forget()
    }

    /// Asks a job's work to stop; it ends as `.cancelled` once it has.
    func cancel(_ id: JobID) throws(KeeperError) {
        guard let index = index(id) else { throw KeeperError(.notFound, "there is no job \(id.rawValue)") }
        let job = entries[index].summary
        guard !job.phase.isOver else { throw KeeperError(.wrongState, "job \(id.rawValue), \(job.kind.rawValue) \(job.subject), has ended") }
        guard job.canCancel else {
            throw KeeperError(.wrongState, "job \(id.rawValue), \(job.kind.rawValue) \(job.subject), cannot be cancelled now; it ends soon")
        }
        entries[index].cancellation.cancel()
    }

    private func index(_ id: JobID) -> Int? { entries.firstIndex { $0.summary.id == id } }

    private func forget() {
        let oldest = now() - Self.endedKeptFor
        entries.removeAll { $0.summary.phase.isOver && ($0.summary.ended ?? 0) < oldest }
        let ended = entries.map(\.summary).filter(\.phase.isOver).sorted { ($0.ended ?? 0, $0.id) > ($1.ended ?? 0, $1.id) }
        let surplus = Set(ended.dropFirst(Self.endedKept).map(\.id))
        if !surplus.isEmpty { entries.removeAll { surplus.contains($0.summary.id) } }
    }
}
