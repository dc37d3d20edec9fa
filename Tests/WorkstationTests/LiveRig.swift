import Bus
import Foundation

@testable import Configuration
@testable import Contract
@testable import PC
@testable import Picture
@testable import Workstation

/// A keeper, and everything it said.
final class LiveRig: Sendable {
    let keeper: LocalKeeper
    let home: Home
    private let heard = Mutexed(Heard())

    struct Heard: Sendable {
        var machines: [MachineID: MachineSummary] = [:]
        var jobs: [JobID: JobSummary] = [:]
        /// Every phase and count of every job, as told.
        var toldJobs: [JobSummary] = []
        var log: [LogEntry] = []
    }

    /// Machines are real ones, if nothing else is given.
    init(_ home: Home, patience: Double = 60, launch: LocalKeeper.Launch? = nil) {
        self.home = home
        keeper = launch.map { LocalKeeper(home: home, patience: patience, launch: $0) } ?? LocalKeeper(home: home, patience: patience)
        keeper.subscribe { [heard] event in
            heard.withLock { heard in
                switch event {
                case .machines(let list): heard.machines = Dictionary(list.map { ($0.id, $0) }) { first, _ in first }
                case .changed(let machine): heard.machines[machine.id] = machine
                case .job(let job):
                    heard.jobs[job.id] = job
                    heard.toldJobs.append(job)
                case .log(let entry): heard.log.append(entry)
                default: break
                }
            }
        }
    }

    var all: Heard { heard.withLock { $0 } }
    func machine(_ id: MachineID) -> MachineSummary? { all.machines[id] }

    func perform(_ command: KeeperCommand) async throws -> KeeperReply {
        try await withCheckedThrowingContinuation { done in keeper.submit(command) { done.resume(with: $0.mapError { $0 as any Error }) } }
    }

    /// What a command is refused with.
    func refusal(_ command: KeeperCommand) async -> KeeperError? {
        do {
            _ = try await perform(command)
            return nil
        } catch { return error as? KeeperError }
    }

    func create(_ configuration: MachineConfiguration) async throws -> MachineID {
        guard case .created(let id) = try await perform(.create(configuration: Array(try ConfigurationFile.encode(configuration)))) else {
            throw KeeperError(.invalid, "not created")
        }
        return id
    }

    func wait(until holds: @Sendable (Heard) -> Bool) async throws {
        while !holds(all) { try await Task.sleep(for: .milliseconds(5)) }
    }
    func wait(_ id: MachineID, _ state: MachineState) async throws { try await wait { $0.machines[id]?.state == state } }

    /// The guest's screen as text; empty where there is none.
    func screen(_ id: MachineID) -> String { (keeper.display(of: id)?.current.picture).map(Self.text) ?? "" }
    static func text(_ picture: Picture) -> String { picture.textLines.joined(separator: "\n") }

    func wait(_ id: MachineID, shows text: String) async throws {
        while !screen(id).contains(text) { try await Task.sleep(for: .milliseconds(10)) }
    }

    func type(_ id: MachineID, _ text: String) async throws { _ = try await perform(.input(id, .text(text))) }
}

/// A machine that does as it is told, without a board, and is saved when its test says so.
final class Puppet: RunningMachine {
    let display = Display()
    let events: @Sendable (VirtualMachine.Event) -> Void
    let saving = Mutexed<(request: SaveRequest, reply: @Sendable (Result<SavedFile, SnapshotFailure>) -> Void)?>(nil)
    init(_ events: @escaping @Sendable (VirtualMachine.Event) -> Void) {
        self.events = events
        events(.started)
    }
    var statistics: VirtualMachine.Statistics { .init(instructions: 0, cpuTime: 0, residentBytes: 0) }
    func send(_ command: VirtualMachine.Command) {
        switch command {
        case .pause: events(.paused)
        case .resume: events(.resumed)
        case .turnOff: events(.ended(.turnedOff))
        case .save(let request, let reply): saving.withLock { $0 = (request, reply) }
        default: break
        }
    }

    func asked() async throws -> (request: SaveRequest, reply: @Sendable (Result<SavedFile, SnapshotFailure>) -> Void) {
        while true {
            if let saving = saving.withLock({ $0 }) { return saving }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// As a machine that was saved.
    func save() async throws {
        let (request, reply) = try await asked()
        try Data("a state".utf8).write(to: URL(fileURLWithPath: request.path))
        reply(.success(SavedFile(memoryBytes: 2 << 20, fileBytes: 1 << 20)))
        events(.ended(.saved))
    }
}

extension MachineConfiguration {
    /// The sample guest: it shows what is typed.
    static func showcase(_ name: String = "box") -> MachineConfiguration {
        var machine = MachineConfiguration(name: name)
        machine.memoryMiB = 4
        machine.processor = .max
        machine.screen = .none
        machine.drives = [.init(slot: .fda, kind: .floppy, path: PathResolver.showcase)]
        machine.boot = [.floppy]
        return machine
    }
}
