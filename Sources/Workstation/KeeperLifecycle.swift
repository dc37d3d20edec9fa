import Bus
import Configuration
import Contract
import Foundation
import Glibc

extension KeeperCore {
    // MARK: Notes and tags

    private static let longestNotes = 10_000, mostTags = 16, longestTag = 24

    /// They are about the machine, not in it: in every state.
    func annotate(_ id: MachineID, _ notes: String?, _ tags: [String]?) throws(KeeperError) {
        guard let record = records[id] else { throw .noMachine(id) }
        try refuseForeign(record)
        var configuration = try record.configuration.get()
        if let notes {
            guard notes.count <= Self.longestNotes else {
                throw KeeperError(.invalid, "the notes have \(notes.count) characters; \(Self.longestNotes) are allowed", field: "notes")
            }
            configuration.notes = notes
        }
        if let tags { configuration.tags = try checked(tags) }
        try library.save(configuration, as: id)
        records[id]?.configuration = .success(configuration)
        if var summary = records[id]?.summary {
            describe(&summary, configuration)
            records[id]?.summary = summary
        }
        changed(id)
    }

    private func checked(_ tags: [String]) throws(KeeperError) -> [String] {
        var kept: [String] = []
        for tag in tags.map({ $0.trimmingCharacters(in: .whitespaces) }) where !tag.isEmpty && !kept.contains(tag) {
            guard tag.count <= Self.longestTag, !tag.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) }) else {
                throw KeeperError(.invalid, "a tag has at most \(Self.longestTag) characters, and no control characters", field: "tags")
            }
            kept.append(tag)
        }
        guard kept.count <= Self.mostTags else {
            throw KeeperError(.invalid, "\(kept.count) tags; a machine has at most \(Self.mostTags)", field: "tags")
        }
        return kept
    }

    // MARK: Trash

    func delete(_ id: MachineID) throws(KeeperError) {
        guard let record = records[id] else { throw .noMachine(id) }
        guard record.run == nil else {
            throw KeeperError(.wrongState, "\(record.summary.name) is \(record.summary.state.rawValue): turn it off first")
        }
        try refuseCopied(id)
        // Whoever else runs it holds the lock.
        if FileManager.default.fileExists(atPath: library.folder(id)) { _ = try MachineLock(folder: library.folder(id)) }
        let gone = try library.delete(id)
        log(.info, id, "\(record.summary.name) is in the trash until \(Trash.day(gone)). u brings it back.")
        records[id] = nil
        reload()
    }

    func undelete(_ id: MachineID) throws(KeeperError) {
        try Trash(library.home).bringBack(id)
        reload()
        log(.info, id, "Back from the trash")
    }

    // MARK: Copies

    func refuseCopied(_ id: MachineID) throws(KeeperError) {
        guard let job = copies[id], let name = records[id]?.summary.name else { return }
        throw KeeperError(.busy, "\(name) is being cloned: wait for job \(job.rawValue), or cancel it")
    }

    /// Copies beside the keeper's thread, into a folder that nobody sees until it is whole.
    func clone(_ id: MachineID, _ name: String, _ reply: @escaping Reply) {
        do throws(KeeperError) {
            guard let record = records[id] else { throw .noMachine(id) }
            try refuseForeign(record)
            guard record.run == nil else {
                throw KeeperError(
                    .wrongState,
                    "\(record.summary.name) is \(record.summary.state.rawValue), and its disks change: turn it off or save its state first")
            }
            try refuseCopied(id)
            let folder = library.folder(id)
            let plan = ClonePlan(try record.configuration.get(), name: name, folder: folder, paths: library.resolver(id))
            if let problem = Validation.problems(in: plan.configuration, paths: nil).first {
                throw KeeperError(.invalid, problem.message, field: problem.field)
            }
            _ = try library.newID(for: name)
            // A sample as it came has no folder.
            let lock = FileManager.default.fileExists(atPath: library.file(id)) ? try MachineLock(folder: folder) : nil
            let job = jobs.begin(.clone, id, subject: "\(record.summary.name) as \(name)", canCancel: true)
            copies[id] = job
            let (library, post) = (library, post)
            let work = CloneWork(library: library, plan: plan, source: lock == nil ? nil : folder, cancellation: jobs.cancellation(of: job)) {
                done, total in post { self.jobs.progress(job, done: done, total: total) }
            }
            HostThread.start(name: "clone:\(id)") {
                let result = Result { () throws(KeeperError) in try work.run() }
                post {
                    lock?.release()
                    self.cloned(id, job, work, result, reply)
                }
            }
        } catch { reply(.failure(error)) }
    }

    private func cloned(_ id: MachineID, _ job: JobID, _ work: CloneWork, _ result: Result<CloneWork.Copy, KeeperError>, _ reply: Reply) {
        copies[id] = nil
        let name = work.plan.configuration.name
        do throws(KeeperError) {
            let copy = try result.get()
            let new: MachineID
            do throws(KeeperError) { new = try copy.publish(in: library, as: name) } catch {
                copy.remove()
                throw error
            }
            copy.lock.release()
            let remarks = work.plan.remarks + (copy.leftState ? ["it has no saved state, for that belongs to the disk that both use"] : [])
            jobs.end(job, .done, (["\(amount(copy.bytes)) copied"] + remarks).joined(separator: ". "))
            reload()
            log(.info, id, "Cloned as \(name)\(copy.bytes > 0 ? ", \(amount(copy.bytes))" : "")")
            for remark in remarks { log(.warning, new, "\(name), the clone: \(remark)") }
            reply(.success(.created(new)))
        } catch {
            if work.cancellation.isCancelled {
                let message = "Cancelled\(jobs.percent(job).map { " at \($0)%" } ?? ""). No copy was left."
                jobs.end(job, .cancelled, message)
                log(.info, id, "Clone \(name): \(message)")
                reply(.failure(KeeperError(.wrongState, message)))
            } else {
                jobs.end(job, .failed, error.description)
                log(.error, id, "Clone \(name) failed: \(error)")
                reply(.failure(error))
            }
        }
        answerShutDown()
    }

    func cancelCopies() { for job in copies.values { try? jobs.cancel(job) } }
}

extension JobList {
    /// How far a job is, 0...100; nil where it cannot say.
    func percent(_ id: JobID) -> Int? {
        guard let job = summaries.first(where: { $0.id == id }), let total = job.total, total > 0 else { return nil }
        return Int(Double(min(job.done, total)) / Double(total) * 100)
    }
}
