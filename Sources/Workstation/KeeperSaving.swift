import Bus
import Configuration
import Contract
import Foundation
import PC

/// Saved states: a machine's way to disk and back.
extension KeeperCore {
    /// A machine's way to disk.
    final class Saving {
        let job: JobID
        /// What it was, and is again where this fails.
        let from: (state: MachineState, since: Double)
        let began = Date().timeIntervalSince1970
        var replies: [Reply]
        var file: SavedFile?
        init(_ job: JobID, from: (MachineState, Double), _ reply: @escaping Reply) { (self.job, self.from, replies) = (job, from, [reply]) }
    }

    func save(_ id: MachineID, _ reply: @escaping Reply) throws(KeeperError) {
        guard let record = records[id] else { throw .noMachine(id) }
        try refuseForeign(record)
        let summary = record.summary
        guard let run = record.run, let handle = run.handle, [.running, .paused].contains(summary.state) else {
            throw KeeperError(.wrongState, "\(summary.name) is \(summary.state.rawValue): a machine can be saved while it runs or is paused")
        }
        let job = jobs.begin(.save, id, subject: summary.name, canCancel: true)
        run.saving = Saving(job, from: (summary.state, summary.since), reply)
        enter(.saving, id)
        var request = SaveRequest(path: library.stateFile(id))
        request.about = Array((try? ConfigurationFile.encode(record.configuration.get())) ?? Data())
        request.thenEnds = true
        request.work = work(of: job)
        let key = ObjectIdentifier(run)
        handle.send(.save(request) { [post] result in post { self.saved(id, key, result) } })
    }

    /// Saves whatever is alive. Answers when all are saved, or with the first that was not; that one goes on.
    func saveAll(_ reply: @escaping Reply) {
        let live = records.filter { $0.value.run != nil }.sorted { $0.key < $1.key }
        guard !live.isEmpty else { return reply(.success(.done)) }
        let outstanding = Mutexed<(count: Int, reply: Reply?)>((live.count, reply))
        let one: Reply = { result in
            let answer = outstanding.withLock { all -> Reply? in
                all.count -= 1
                if case .success = result, all.count > 0 { return nil }
                defer { all.reply = nil }
                return all.reply
            }
            answer?(result)
        }
        for (id, record) in live {
            if let saving = record.run?.saving {
                saving.replies.append(one)
            } else if record.summary.state == .stopping {
                record.run?.endReplies.append(one)
            } else {
                do throws(KeeperError) { try save(id, one) } catch { one(.failure(error)) }
            }
        }
    }

    private func work(of job: JobID) -> SnapshotWork {
        let (post, cancellation) = (post, jobs.cancellation(of: job))
        return SnapshotWork(
            progress: { done, total in post { self.jobs.progress(job, done: done, total: total) } }, isCancelled: { cancellation.isCancelled })
    }

    private func saved(_ id: MachineID, _ key: ObjectIdentifier, _ result: Result<SavedFile, SnapshotFailure>) {
        guard let run = records[id]?.run, ObjectIdentifier(run) == key, let saving = run.saving else { return }
        switch result {
        case .success(let file):
            // The machine ends now, and says so next.
            saving.file = file
        case .failure(let failure):
            records[id]?.summary.state = saving.from.state
            records[id]?.summary.since = saving.from.since
            changed(id)
            notSaved(id, run, failure)
            if isShuttingDown { turnOff(id, run) { _ in } }
        }
    }

    /// Also where the machine ended before it was saved.
    func notSaved(_ id: MachineID, _ run: Run, _ failure: SnapshotFailure) {
        guard let saving = run.saving, let name = records[id]?.summary.name else { return }
        run.saving = nil
        let error = failure.asUnsaved(name)
        jobs.end(saving.job, failure == .cancelled ? .cancelled : .failed, error.description)
        log(failure == .cancelled ? .info : .error, id, failure == .cancelled ? "Saving was cancelled" : "Was not saved: \(failure)")
        saving.replies.forEach { $0(.failure(error)) }
    }

    /// The machine has ended, and its state is on disk.
    func isSaved(_ id: MachineID, _ run: Run) {
        guard let saving = run.saving else { return }
        run.saving = nil
        run.endReplies += saving.replies
        let seconds = Date().timeIntervalSince1970 - saving.began
        let memory = (saving.file?.memoryBytes ?? 0) >> 20, bytes = ((saving.file?.fileBytes ?? 0) + (1 << 20) - 1) >> 20
        jobs.end(saving.job, .done, "\(memory) MB written, \(bytes) MB on disk")
        log(.info, id, "Saved in \(max(tenths(seconds), 0.1)) s, \(bytes) MB. Enter restores it.")
    }

    func discardState(_ id: MachineID) throws(KeeperError) {
        guard let record = records[id] else { throw .noMachine(id) }
        try refuseForeign(record)
        guard record.run == nil, library.savedState(id) != nil else {
            throw KeeperError(.wrongState, "\(record.summary.name) is \(record.summary.state.rawValue): it has no saved state")
        }
        // Nobody restores it meanwhile.
        let lock = try MachineLock(folder: library.folder(id))
        defer { lock.release() }
        try library.removeState(id)
        records[id]?.summary.report = nil
        log(.info, id, "Saved state discarded")
        settle(id, crashed: false)
    }

    // MARK: Restoring

    /// What the machine must be given to go on from its saved state. Blocks on the file; not for the keeper's thread.
    static func restoring(_ parts: inout MachineParts, from path: String, _ work: SnapshotWork) throws(KeeperError) {
        do throws(SnapshotFailure) {
            let misfits = try SnapshotReader(path).header().misfits(parts)
            guard misfits.isEmpty else { throw .misfit(misfits) }
        } catch { throw error.asKept(parts.configuration.name) }
        (parts.snapshotPath, parts.snapshotWork, parts.startsStill) = (path, work, true)
    }

    /// A start that is a restore becomes a job.
    func beginRestore(_ id: MachineID, _ run: Run) -> SnapshotWork? {
        library.removeUnfinishedState(id)
        guard let state = library.savedState(id), let name = records[id]?.summary.name else { return nil }
        let job = jobs.begin(.restore, id, subject: name, canCancel: true, cancellation: run.cancellation)
        (run.restoring, run.stateBytes) = (job, state.bytes)
        return work(of: job)
    }

    /// The machine is what it was, and stands still. The state goes before the guest can write to a disk that the state then would not know.
    func restored(_ id: MachineID, _ run: Run) {
        guard !run.cancellation.isCancelled, run.restoreFailure == nil else {
            run.handle?.send(.turnOff)
            return
        }
        do throws(KeeperError) {
            try library.removeState(id)
            run.handle?.send(.resume)
            restoreEnded(id, run, nil)
            runs(id, run, "Restored by you")
        } catch {
            records[id]?.summary.report = error.description
            run.restoreFailure = error
            run.handle?.send(.turnOff)
            let reply = run.startReply
            run.startReply = nil
            reply?(.failure(error))
        }
    }

    /// - Parameter failure: nil where the machine runs.
    func restoreEnded(_ id: MachineID, _ run: Run, _ failure: KeeperError?) {
        guard let job = run.restoring else { return }
        run.restoring = nil
        let cancelled = run.cancellation.isCancelled
        if let failure {
            if let still = run.still { displays.withLock { $0[id] = still } }
            jobs.end(job, cancelled ? .cancelled : .failed, cancelled ? "its state is kept" : failure.description)
            log(cancelled ? .info : .error, id, cancelled ? "Restoring was cancelled" : failure.description)
        } else {
            run.still = nil
            jobs.end(job, .done, "\((run.stateBytes + (1 << 20) - 1) >> 20) MB read")
        }
    }

    // MARK: At rest

    /// What a machine is that does not run: saved where there is a state.
    func describeSaved(_ summary: inout MachineSummary) {
        let state = library.savedState(summary.id)
        (summary.savedAt, summary.savedBytes) = (state?.savedAt, state?.bytes)
        if let state {
            if summary.state != .saved { (summary.state, summary.since) = (.saved, state.savedAt) }
        } else if summary.state == .saved {
            (summary.state, summary.since) = (.off, Date().timeIntervalSince1970)
        }
    }

    /// The machine has come to rest.
    func settle(_ id: MachineID, crashed: Bool) {
        guard var summary = records[id]?.summary else { return }
        (summary.state, summary.since) = (crashed ? .crashed : .off, Date().timeIntervalSince1970)
        describeSaved(&summary)
        records[id]?.summary = summary
        changed(id)
        showStills()
    }

    /// Machines at rest show what was last on their screens: saved ones what is in their state, crashed ones what their display still has.
    func showStills() {
        let showing = displays.withLock { displays in
            displays = displays.filter { id, _ in records[id].map { $0.run != nil || [.crashed, .saved].contains($0.summary.state) } ?? false }
            return Set(displays.keys)
        }
        for (id, record) in records where record.run == nil && record.foreign == nil && record.summary.state == .saved {
            guard record.stillFrom != record.summary.savedAt || !showing.contains(id) else { continue }
            records[id]?.stillFrom = record.summary.savedAt
            let (path, savedAt, post) = (library.stateFile(id), record.summary.savedAt, post)
            HostThread.start(name: "still:\(id)") { [self] in
                guard let picture = try? SnapshotReader(path).picture, picture != .blank else { return }
                post {
                    guard let record = self.records[id], record.run == nil, record.summary.savedAt == savedAt else { return }
                    let still = Display()
                    still.publish(picture)
                    self.displays.withLock { $0[id] = still }
                    self.changed(id)
                }
            }
        }
    }

    /// A saved state knows the board it was saved on.
    func refuseMisfit(_ record: Record, _ new: MachineConfiguration) throws(KeeperError) {
        guard record.run == nil, let current = try? record.configuration.get(), library.savedState(record.summary.id) != nil else { return }
        if new.isSameBoard(as: current) { return }
        // What was changed since may be set back.
        if let about = try? SnapshotReader(library.stateFile(record.summary.id)).about,
            let then = try? ConfigurationFile.decode(Data(about), from: "the saved state"), new.isSameBoard(as: then)
        {
            return
        }
        throw KeeperError(
            .wrongState, "\(record.summary.name) has a saved state: only name, notes, tags and screen may change, until X discards it")
    }
}
