import Bus
import Foundation
import Testing

@testable import Configuration
@testable import Contract
@testable import PC
@testable import Workstation

/// A machine that does as it is told, without a board.
private final class FakeMachine: RunningMachine {
    let display = Display()
    let commands = Mutexed<[String]>([])
    let events: @Sendable (VirtualMachine.Event) -> Void
    init(_ events: @escaping @Sendable (VirtualMachine.Event) -> Void) {
        self.events = events
        events(.started)
    }
    var statistics: VirtualMachine.Statistics { .init(instructions: 0, cpuTime: 0, residentBytes: 0) }
    func send(_ command: VirtualMachine.Command) {
        commands.withLock { $0.append("\(command)") }
        switch command {
        case .pause: events(.paused)
        case .resume: events(.resumed)
        case .turnOff: events(.ended(.turnedOff))
        default: break
        }
    }
}

/// A keeper of fake machines, and everything it says.
private final class Rig: Sendable {
    let machines = Mutexed<[FakeMachine]>([])
    let keeper: LocalKeeper
    let states = Mutexed<[MachineID: MachineState]>([:])

    init(_ home: Home) {
        let machines = machines
        keeper = LocalKeeper(home: home) { _, events in
            let machine = FakeMachine(events)
            machines.withLock { $0.append(machine) }
            return machine
        }
        let states = states
        keeper.subscribe { event in
            switch event {
            case .machines(let list): states.withLock { for machine in list { $0[machine.id] = machine.state } }
            case .changed(let machine): states.withLock { $0[machine.id] = machine.state }
            default: break
            }
        }
    }

    func perform(_ command: KeeperCommand) async throws -> KeeperReply {
        try await withCheckedThrowingContinuation { done in keeper.submit(command) { done.resume(with: $0.mapError { $0 as any Error }) } }
    }

    func create(_ configuration: MachineConfiguration) async throws -> MachineID {
        guard case .created(let id) = try await perform(.create(configuration: Array(try ConfigurationFile.encode(configuration)))) else {
            throw KeeperError(.invalid, "not created")
        }
        return id
    }

    func wait(_ id: MachineID, _ state: MachineState) async throws {
        while states.withLock({ $0[id] }) != state { try await Task.sleep(for: .milliseconds(5)) }
    }
}

@Suite struct KeeperTests {
    private func machine(_ name: String = "box") -> MachineConfiguration {
        var machine = MachineConfiguration(name: name)
        machine.screen = .none
        machine.drives = [.init(slot: .fda, kind: .floppy, path: PathResolver.showcase)]
        return machine
    }

    @Test(.timeLimit(.minutes(120))) func aLife() async throws {
        let scratch = try Scratch()
        let rig = Rig(scratch.home)
        let id = try await rig.create(machine())
        _ = try await rig.perform(.start(id))
        try await rig.wait(id, .running)
        await #expect(throws: KeeperError.self) { try await rig.perform(.start(id)) }
        await #expect(throws: KeeperError.self) { try await rig.perform(.delete(id)) }
        _ = try await rig.perform(.pause(id))
        try await rig.wait(id, .paused)
        await #expect(throws: KeeperError.self) { try await rig.perform(.powerButton(id)) }
        _ = try await rig.perform(.resume(id))
        try await rig.wait(id, .running)
        _ = try await rig.perform(.turnOff(id))
        try await rig.wait(id, .off)
        _ = try await rig.perform(.delete(id))
        await #expect(throws: KeeperError.self) { try await rig.perform(.start(id)) }
    }

    @Test(.timeLimit(.minutes(120))) func aDiscIsChangedWhileItRuns() async throws {
        let scratch = try Scratch()
        let image = try scratch.file("disk.img", 1_474_560)
        let rig = Rig(scratch.home)
        let id = try await rig.create(machine())
        _ = try await rig.perform(.start(id))
        try await rig.wait(id, .running)
        _ = try await rig.perform(.changeMedium(id, slot: "fda", path: image))
        #expect(rig.machines.withLock { $0.first }?.commands.withLock { $0.contains { $0.hasPrefix("changeMedium") } } == true)
        #expect(try scratch.library.load(id).drives.first?.path == image)
        await #expect(throws: KeeperError.self) { try await rig.perform(.changeMedium(id, slot: "fda", path: "/no/such/file")) }
        #expect(try scratch.library.load(id).drives.first?.path == image)
        await #expect(throws: KeeperError.self) { try await rig.perform(.changeMedium(id, slot: "hdc", path: nil)) }
        _ = try await rig.perform(.shutDown)
    }

    @Test(.timeLimit(.minutes(120))) func aCrashIsReportedAndCanBeStartedAgain() async throws {
        let scratch = try Scratch()
        let rig = Rig(scratch.home)
        let id = try await rig.create(machine())
        _ = try await rig.perform(.start(id))
        try await rig.wait(id, .running)
        rig.machines.withLock { $0.first }?.events(.ended(.crashed(report: "EAX=0")))
        try await rig.wait(id, .crashed)
        _ = try await rig.perform(.start(id))
        try await rig.wait(id, .running)
        _ = try await rig.perform(.shutDown)
        try await rig.wait(id, .off)
    }

    @Test(.timeLimit(.minutes(120))) func aRunningMachineKeepsItsBoard() async throws {
        let scratch = try Scratch()
        let rig = Rig(scratch.home)
        let id = try await rig.create(machine())
        _ = try await rig.perform(.start(id))
        try await rig.wait(id, .running)
        var changed = machine()
        changed.notes = "a note"
        _ = try await rig.perform(.configure(id, configuration: Array(try ConfigurationFile.encode(changed))))
        changed.memoryMiB = 64
        await #expect(throws: KeeperError.self) {
            try await rig.perform(.configure(id, configuration: Array(try ConfigurationFile.encode(changed))))
        }
        #expect(try scratch.library.load(id).memoryMiB == 128)
        _ = try await rig.perform(.shutDown)
    }
}
