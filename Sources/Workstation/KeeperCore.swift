import Bus
import Configuration
import Contract
import Foundation
import Glibc
import PC
import RemoteView

/// The keeper's mind.
///
/// `@unchecked Sendable`: everything here is touched on the keeper's thread only; other threads hold it to post jobs to that thread.
final class KeeperCore: @unchecked Sendable {
    typealias Reply = @Sendable (Result<KeeperReply, KeeperError>) -> Void

    /// A machine that runs, or is being started.
    final class Run {
        let lock: MachineLock
        let cancellation = Cancellation()
        var screenMode = ScreenModeWatch()
        var fetch: FetchJob?
        var handle: (any RunningMachine)?
        var opened: OpenedMachine?
        var server: ScreenServer?
        var typist: Typist?
        var remarks: [String] = []
        var saving: Saving?
        /// The job, while it comes back from its saved state of so many bytes.
        var restoring: JobID?
        var stateBytes: UInt64 = 0
        /// Why that fails although the machine is up.
        var restoreFailure: KeeperError?
        /// Its last picture, for where that fails.
        var still: Display?
        var startReply: Reply?
        var endReplies: [Reply] = []
        var lastSample: (time: UInt64, statistics: VirtualMachine.Statistics)?
        init(_ lock: MachineLock) { self.lock = lock }
    }

    struct Record {
        var configuration: Result<MachineConfiguration, KeeperError>
        var summary: MachineSummary
        var run: Run?
        /// The other process that runs it.
        var foreign: String?
        /// When the saved state was made whose picture is shown.
        var stillFrom: Double?
    }

    let library: Library
    private let launch: LocalKeeper.Launch
    /// Seconds that a guest has to react to its power button.
    let patience: Double
    let displays: Mutexed<[MachineID: Display]>
    let post: @Sendable (@escaping @Sendable () -> Void) -> Void
    private let terminals: Mutexed<[MachineID: [Int: SerialTerminal]]>
    private var receivers: [@Sendable (KeeperEvent) -> Void] = []
    var records: [MachineID: Record] = [:]
    /// Everything long that goes on or did.
    private(set) lazy var jobs = JobList { [unowned self] in tell($0) }
    private var shutDownReply: Reply?
    private var ticks = 0
    /// Machines that are being cloned.
    var copies: [MachineID: JobID] = [:]
    private let events: EventLog
    private static let pastEvents = 500

    init(
        _ library: Library, launch: @escaping LocalKeeper.Launch, patience: Double, displays: Mutexed<[MachineID: Display]>,
        terminals: Mutexed<[MachineID: [Int: SerialTerminal]]>, post: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void
    ) {
        (self.library, self.launch, self.patience, self.post) = (library, launch, patience, post)
        (self.displays, self.terminals) = (displays, terminals)
        events = EventLog(library.home)
    }

    // MARK: Telling

    func subscribe(_ receive: @escaping @Sendable (KeeperEvent) -> Void) {
        receivers.append(receive)
        receive(.machines(summaries))
        receive(.past(events.last(Self.pastEvents)))
        receive(.jobs(jobs.summaries))
    }

    /// The user's own in order of name, then the samples in their own order.
    private var summaries: [MachineSummary] {
        let places = Dictionary(Samples.all.enumerated().map { ($1.id, $0 + 1) }, uniquingKeysWith: { first, _ in first })
        return records.values.map(\.summary).sorted { (places[$0.id] ?? 0, $0.name, $0.id) < (places[$1.id] ?? 0, $1.name, $1.id) }
    }

    func tell(_ event: KeeperEvent) { receivers.forEach { $0(event) } }

    func log(_ level: LogEntry.Level, _ machine: MachineID?, _ text: String) {
        let entry = LogEntry(time: Date().timeIntervalSince1970, level: level, machine: machine, text: text)
        events.append(entry)
        tell(.log(entry))
    }

    func changed(_ id: MachineID) { if let summary = records[id]?.summary { tell(.changed(summary)) } }

    // MARK: The library

    /// Reads the library again: machines may have come and gone, or run in another process. Those that run here keep their records.
    func reload(tellAlways: Bool = true) {
        let before = summaries
        var fresh: [MachineID: Record] = records.filter { $0.value.run != nil }
        for entry in library.entries() where fresh[entry.id] == nil {
            var record = Record(configuration: entry.configuration, summary: summary(entry.id, entry.configuration))
            let old = records[entry.id]
            if let old {
                (record.summary.state, record.summary.since, record.stillFrom) = (old.summary.state, old.summary.since, old.stillFrom)
                record.summary.report = record.summary.report ?? old.summary.report
            }
            if !entry.isPristineSample, copies[entry.id] == nil { record.foreign = MachineLock.holder(folder: library.folder(entry.id)) }
            if let foreign = record.foreign { record.summary.remarks.append("run by " + foreign) }
            if (old?.foreign == nil) != (record.foreign == nil) {
                (record.summary.state, record.summary.since) = (record.foreign == nil ? .off : .running, Date().timeIntervalSince1970)
            }
            if record.foreign == nil { describeSaved(&record.summary) }
            fresh[entry.id] = record
        }
        records = fresh
        showStills()
        if tellAlways || summaries != before { tell(.machines(summaries)) }
    }

    private func summary(_ id: MachineID, _ configuration: Result<MachineConfiguration, KeeperError>) -> MachineSummary {
        switch configuration {
        case .failure(let error):
            var summary = MachineSummary(
                id: id, name: id.rawValue, state: .off, since: Date().timeIntervalSince1970, memoryMiB: 0, processor: "")
            summary.report = error.description
            summary.isReadable = false
            summary.isSample = Samples.all.contains { $0.id == id }
            return summary
        case .success(let configuration):
            var summary = MachineSummary(
                id: id, name: configuration.name, state: .off, since: Date().timeIntervalSince1970, memoryMiB: configuration.memoryMiB,
                processor: configuration.processor.rawValue)
            describe(&summary, configuration)
            return summary
        }
    }

    /// What a summary takes from the configuration.
    func describe(_ summary: inout MachineSummary, _ configuration: MachineConfiguration) {
        (summary.name, summary.notes, summary.tags) = (configuration.name, configuration.notes, configuration.tags)
        (summary.memoryMiB, summary.processor) = (configuration.memoryMiB, configuration.processor.rawValue)
        summary.removable = configuration.drives.filter { $0.kind != .disk }.map {
            RemovableDrive(slot: $0.slot.rawValue, isCD: $0.kind == .cd, medium: $0.path)
        }
        let disks = configuration.drives.filter { $0.kind == .disk }.map { ($0.slot.rawValue, $0.path ?? "") }
        summary.keyboard = configuration.keyboard.rawValue
        summary.disks = Dictionary(disks, uniquingKeysWith: { first, _ in first })
        summary.isSample = Samples.all.contains { $0.id == summary.id }
        summary.fetch = configuration.fetch.flatMap { Fetcher.missing($0, in: library.home).isEmpty ? nil : $0.summary }
    }

    // MARK: Running

    func start(_ id: MachineID, _ reply: @escaping Reply) {
        do throws(KeeperError) {
            guard let record = records[id] else { throw .noMachine(id) }
            guard record.run == nil else { throw KeeperError(.wrongState, "\(record.summary.name) is \(record.summary.state.rawValue) already") }
            try refuseCopied(id)
            let configuration = try record.configuration.get()
            let paths = library.resolver(id)
            if let problem = Validation.problems(in: configuration, paths: paths).first {
                throw KeeperError(.invalid, problem.message, field: problem.field)
            }
            // A sample gets its folder with its first start.
            if !FileManager.default.fileExists(atPath: library.file(id)) { try library.save(configuration, as: id) }
            let run = Run(try MachineLock(folder: library.folder(id)))
            run.startReply = reply
            records[id]?.run = run
            records[id]?.summary.report = nil
            let restore = beginRestore(id, run)
            enter(restore == nil ? .starting : .restoring, id)
            prepare(id, run, configuration, paths, restore)
        } catch {
            reply(.failure(error))
        }
    }

    /// Fetches and opens beside the keeper's thread, then comes back to it.
    private func prepare(
        _ id: MachineID, _ run: Run, _ configuration: MachineConfiguration, _ paths: PathResolver, _ restore: SnapshotWork?
    ) {
        let missing = configuration.fetch.map { Fetcher.missing($0, in: library.home) } ?? []
        if !missing.isEmpty {
            run.fetch = FetchJob(jobs.begin(.fetch, id, subject: configuration.name, canCancel: true, cancellation: run.cancellation))
        }
        let (home, cancellation, post, state) = (library.home, run.cancellation, post, library.stateFile(id))
        let key = ObjectIdentifier(run)
        HostThread.start(name: "start:\(id)", stackSize: 4 << 20) { [self] in
            let result = Result { () throws(KeeperError) -> OpenedMachine in
                if let fetch = configuration.fetch, !missing.isEmpty {
                    try Fetcher(home, machine: id, cancellation: cancellation) { progress in post { self.followFetch(id, progress) } }.run(fetch)
                }
                var opened = try BackendFactory.open(configuration, paths: paths, allowsStandardStreams: false) { port, bytes in
                    post { self.records[id]?.run?.handle?.send(.serialInput(port: port, bytes)) }
                }
                if let restore {
                    do throws(KeeperError) { try Self.restoring(&opened.parts, from: state, restore) } catch {
                        opened.closeSerial()
                        throw error
                    }
                }
                return opened
            }
            post { self.prepared(id, key, result) }
        }
    }

    private func prepared(_ id: MachineID, _ key: ObjectIdentifier, _ result: Result<OpenedMachine, KeeperError>) {
        guard let record = records[id], let run = record.run, ObjectIdentifier(run) == key else { return }
        if let configuration = try? record.configuration.get() {
            describeFetch(id, configuration)
        }
        do throws(KeeperError) {
            let opened = try result.get()
            run.opened = opened
            if run.cancellation.isCancelled {
                if run.restoring != nil { throw SnapshotFailure.cancelled.asKept(record.summary.name) }
                throw KeeperError(.wrongState, "\(record.summary.name) was turned off while it started")
            }
            run.remarks = opened.remarks
            let handle = launch(opened.parts) { [post] event in post { self.happened(id, key, event) } }
            run.handle = handle
            run.typist = Typist(name: id.rawValue) { handle.send(.input($0)) }
            displays.withLock { displays in
                // Its last picture, until it shows one again.
                if run.restoring != nil { run.still = displays[id] }
                if let still = run.still { handle.display.publish(still.current.picture) }
                displays[id] = handle.display
            }
            terminals.withLock { $0[id] = opened.terminals }
            records[id]?.summary.terminals = opened.terminals.keys.sorted()
            try serveScreen(id, run, opened.parts.configuration, handle)
            records[id]?.summary.screenAddress = run.server?.address
            records[id]?.summary.remarks = run.remarks
            changed(id)
        } catch {
            if let handle = run.handle {
                // It runs already; its end gives the rest back.
                records[id]?.summary.report = error.description
                run.restoreFailure = error
                handle.send(.turnOff)
                let reply = run.startReply
                run.startReply = nil
                reply?(.failure(error))
                return
            }
            finish(id, run, report: run.cancellation.isCancelled ? nil : error.description, crashed: false, failure: error)
        }
    }

    private func describeFetch(_ id: MachineID, _ configuration: MachineConfiguration) {
        records[id]?.summary.fetch = configuration.fetch.flatMap { Fetcher.missing($0, in: library.home).isEmpty ? nil : $0.summary }
    }

    private func serveScreen(_ id: MachineID, _ run: Run, _ configuration: MachineConfiguration, _ handle: any RunningMachine) throws(KeeperError) {
        let address: ScreenServerAddress
        switch configuration.screen {
        case .none: return
        case .automatic: address = .automatic
        case .port(let port): address = .port(port)
        case .unix(let path): address = .unix(path: path)
        }
        do {
            run.server = try ScreenServer(
                display: handle.display, name: configuration.name, address: address,
                viewer: { [post] event in post { self.viewed(id, event) } }
            ) { [weak handle] in handle?.send(.input($0)) }
        } catch { throw KeeperError(.host, error.description, field: "screen") }
    }

    private func happened(_ id: MachineID, _ key: ObjectIdentifier, _ event: VirtualMachine.Event) {
        guard let run = records[id]?.run, ObjectIdentifier(run) == key else { return }
        switch event {
        case .started:
            if run.restoring == nil { runs(id, run, "Started by you") } else { restored(id, run) }
        case .paused:
            enter(.paused, id)
            log(.info, id, "Paused by you")
        case .resumed:
            // After a restore it is told as running already.
            let wasPaused = records[id]?.summary.state == .paused
            enter(.running, id)
            if wasPaused { log(.info, id, "Resumed by you") }
        case .wasReset:
            records[id]?.summary.powerDeadline = nil
            log(.info, id, "Was reset")
        case .ended(let end): ended(id, run, end)
        }
    }

    func runs(_ id: MachineID, _ run: Run, _ how: String) {
        records[id]?.summary.savedAt = nil
        records[id]?.summary.savedBytes = nil
        records[id]?.summary.poweredOnAt = Date().timeIntervalSince1970
        enter(.running, id)
        let reply = run.startReply
        run.startReply = nil
        reply?(.success(.done))
        log(.info, id, how)
    }

    private func ended(_ id: MachineID, _ run: Run, _ end: VirtualMachine.End) {
        let report = records[id]?.summary.report
        if case .saved = end { isSaved(id, run) } else { notSaved(id, run, .failed("it ended before.")) }
        switch end {
        case .crashed(let why):
            log(.error, id, "Crashed: \(why.split(separator: "\n").first.map(String.init) ?? "no reason known")")
            finish(id, run, report: why, crashed: true, failure: KeeperError(.host, "the guest crashed: \(why)"))
        case .failed(let why) where run.restoring != nil:
            let failure = run.cancellation.isCancelled ? SnapshotFailure.cancelled : .failed(why)
            let error = failure.asKept(records[id]?.summary.name ?? "")
            finish(id, run, report: failure == .cancelled ? nil : error.description, crashed: false, failure: error)
        case .failed(let why):
            log(.error, id, "Could not start: \(why)")
            finish(id, run, report: why, crashed: false, failure: KeeperError(.host, why))
        case .saved: finish(id, run, report: nil, crashed: false, failure: nil)
        case .poweredOff:
            log(.info, id, "Switched itself off")
            finish(id, run, report: report, crashed: false, failure: nil)
        case .turnedOff, .resetAsEnd, .debugExit:
            log(.info, id, "Turned off")
            finish(id, run, report: report, crashed: false, failure: nil)
        }
    }

    /// Gives back everything a run held. Sockets may take their time to close, so that happens elsewhere, and the lock goes last.
    private func finish(_ id: MachineID, _ run: Run, report: String?, crashed: Bool, failure: KeeperError?) {
        terminals.withLock { $0[id] = nil }
        var failure = failure
        if run.restoring != nil {
            failure = failure ?? run.restoreFailure ?? SnapshotFailure.cancelled.asKept(records[id]?.summary.name ?? "")
            restoreEnded(id, run, failure)
        }
        run.typist?.stop()
        let (server, opened, lock) = (run.server, run.opened, run.lock)
        (run.server, run.opened, run.handle) = (nil, nil, nil)
        let (startReply, endReplies, reason) = (run.startReply, run.endReplies, failure)
        let key = ObjectIdentifier(run)
        HostThread.start(name: "end:\(id)") { [self, post] in
            server?.stop()
            opened?.closeSerial()
            post {
                lock.release()
                self.released(id, key, report, crashed)
                startReply?(.failure(reason ?? KeeperError(.wrongState, "the machine ended while it started")))
                endReplies.forEach { $0(.success(.done)) }
                self.answerShutDown()
            }
        }
    }

    private func released(_ id: MachineID, _ key: ObjectIdentifier, _ report: String?, _ crashed: Bool) {
        guard let run = records[id]?.run, ObjectIdentifier(run) == key else { return }
        records[id]?.run = nil
        records[id]?.summary.report = report
        records[id]?.summary.remarks = []
        records[id]?.summary.screenAddress = nil
        records[id]?.summary.viewers = 0
        records[id]?.summary.terminals = []
        records[id]?.summary.cpuPercent = nil
        records[id]?.summary.guestMIPS = nil
        records[id]?.summary.translation = nil
        records[id]?.summary.residentMiB = nil
        records[id]?.summary.forgetFigures()
        records[id]?.summary.powerDeadline = nil
        settle(id, crashed: crashed)
    }

    func enter(_ state: MachineState, _ id: MachineID) {
        guard records[id] != nil else { return }
        records[id]?.summary.state = state
        records[id]?.summary.since = Date().timeIntervalSince1970
        changed(id)
    }

    func turnOff(_ id: MachineID, _ run: Run, _ reply: @escaping Reply) {
        run.endReplies.append(reply)
        // A machine that is being restored keeps its state.
        if run.handle == nil || run.restoring != nil { run.cancellation.cancel() }
        records[id]?.summary.powerDeadline = nil
        if let handle = run.handle {
            enter(.stopping, id)
            handle.send(.turnOff)
        }
    }

    func shutDown(_ reply: @escaping Reply) {
        shutDownReply = reply
        cancelCopies()
        for (id, record) in records {
            // What is being saved comes to its end without being told to.
            if let run = record.run, run.saving == nil { turnOff(id, run) { _ in } }
        }
        answerShutDown()
    }

    var isShuttingDown: Bool { shutDownReply != nil }

    func answerShutDown() {
        guard let reply = shutDownReply, copies.isEmpty, records.values.allSatisfy({ $0.run == nil }) else { return }
        shutDownReply = nil
        reply(.success(.done))
    }

    // MARK: Load

    /// Once a second: what machines use; and now and then, what others did to the library.
    func tick() {
        ticks += 1
        if ticks % 5 == 0 { reload(tellAlways: false) }
        if ticks % 3600 == 1 { keepHouse() }
        losePatience()
        for (id, record) in records {
            guard let run = record.run, let handle = run.handle else { continue }
            let statistics = handle.statistics
            let now = monotonic()
            if let last = run.lastSample, now > last.time {
                let elapsed = Double(now - last.time)
                records[id]?.summary.cpuPercent = tenths(Double(statistics.cpuTime &- last.statistics.cpuTime) / elapsed * 100)
                records[id]?.summary.guestMIPS = tenths(Double(statistics.instructions &- last.statistics.instructions) / elapsed * 1000)
                records[id]?.summary.translation = TranslationSummary(statistics, since: last.statistics, seconds: elapsed / 1e9)
                records[id]?.summary.take(statistics.figures, since: last.statistics.figures, seconds: elapsed / 1e9)
            }
            if let mode = run.screenMode.look(at: handle.display.current.picture) { log(.info, id, "Screen mode \(mode)") }
            run.lastSample = (now, statistics)
            records[id]?.summary.residentMiB = (statistics.residentBytes + (1 << 20) - 1) >> 20
            records[id]?.summary.viewers = run.server?.viewers ?? 0
            if let new = records[id]?.summary, new != record.summary { tell(.changed(new)) }
        }
    }

    private func monotonic() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
