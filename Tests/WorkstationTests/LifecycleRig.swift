import Bus
import Foundation

@testable import Configuration
@testable import Contract
@testable import PC
@testable import Workstation

/// A machine without a board, whose figures and screen a test sets.
final class PlainMachine: RunningMachine {
    let display = Display()
    let figures = Mutexed(VirtualMachine.Statistics(instructions: 0, cpuTime: 0, residentBytes: 0))
    let events: @Sendable (VirtualMachine.Event) -> Void
    init(_ events: @escaping @Sendable (VirtualMachine.Event) -> Void) {
        self.events = events
        events(.started)
    }
    var statistics: VirtualMachine.Statistics { figures.withLock { $0 } }
    func send(_ command: VirtualMachine.Command) {
        switch command {
        case .pause: events(.paused)
        case .resume: events(.resumed)
        case .turnOff: events(.ended(.turnedOff))
        default: break
        }
    }
}

/// A keeper on a folder of its own, and everything it says.
final class LifecycleRig: Sendable {
    let keeper: LocalKeeper
    let machines = Mutexed<[PlainMachine]>([])
    let heard = Mutexed<[KeeperEvent]>([])

    init(_ home: Home) {
        let machines = machines
        keeper = LocalKeeper(home: home) { _, events in
            let machine = PlainMachine(events)
            machines.withLock { $0.append(machine) }
            return machine
        }
        let heard = heard
        keeper.subscribe { event in heard.withLock { $0.append(event) } }
    }

    @discardableResult func perform(_ command: KeeperCommand) async throws -> KeeperReply {
        try await withCheckedThrowingContinuation { done in keeper.submit(command) { done.resume(with: $0.mapError { $0 as any Error }) } }
    }

    func refusal(_ command: KeeperCommand) async -> KeeperError? {
        do { try await perform(command) } catch { return error as? KeeperError }
        return nil
    }

    func create(_ configuration: MachineConfiguration) async throws -> MachineID {
        guard case .created(let id) = try await perform(.create(configuration: Array(try ConfigurationFile.encode(configuration)))) else {
            throw KeeperError(.invalid, "not created")
        }
        return id
    }

    func clone(_ id: MachineID, _ name: String) async throws -> MachineID {
        guard case .created(let new) = try await perform(.clone(id, name: name)) else { throw KeeperError(.invalid, "not cloned") }
        return new
    }

    /// Waits until something was said that `find` makes something of.
    func wait<Found>(_ find: (KeeperEvent) -> Found?) async throws -> Found {
        while true {
            if let found = heard.withLock({ $0.lazy.compactMap(find).first }) { return found }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    func wait(_ id: MachineID, _ state: MachineState) async throws {
        _ = try await wait { event in if case .changed(let machine) = event, machine.id == id, machine.state == state { true } else { nil } }
    }

    var log: [String] {
        heard.withLock { events in
            events.compactMap { if case .log(let entry) = $0 { "\(entry.machine?.rawValue ?? "host"): \(entry.text)" } else { nil } }
        }
    }

    /// The last that was said of each job.
    var jobs: [JobSummary] {
        heard.withLock { events in
            var last: [JobID: JobSummary] = [:]
            for case .job(let job) in events { last[job.id] = job }
            return last.values.sorted { $0.id < $1.id }
        }
    }
}

/// A machine that starts from a floppy of our own, with no screen server.
func plainMachine(_ name: String = "box") -> MachineConfiguration {
    var machine = MachineConfiguration(name: name)
    machine.screen = .none
    machine.drives = [.init(slot: .fda, kind: .floppy, path: PathResolver.showcase, readOnly: true)]
    return machine
}
