import Bus
package import Configuration
package import Contract
import Foundation
package import PC

/// Keeps one machine that is in no library, for a console in the same process.
package final class SingleKeeper: Keeper {
    private struct State {
        var summary: MachineSummary
        var machine: (any RunningMachine)?
        var receivers: [@Sendable (KeeperEvent) -> Void] = []
        var shutDownReplies: [@Sendable (Result<KeeperReply, KeeperError>) -> Void] = []
    }

    package let id = MachineID(rawValue: "run")
    private let state: Mutexed<State>
    private let configuration: MachineConfiguration
    private let paths: PathResolver
    private let typist: Mutexed<Typist?>

    package init(_ configuration: MachineConfiguration, paths: PathResolver) {
        var summary = MachineSummary(
            id: id, name: configuration.name, state: .starting, since: Date().timeIntervalSince1970, memoryMiB: configuration.memoryMiB,
            processor: configuration.processor.rawValue)
        summary.removable = configuration.drives.filter { $0.kind != .disk }.map {
            RemovableDrive(slot: $0.slot.rawValue, isCD: $0.kind == .cd, medium: $0.path)
        }
        state = Mutexed(State(summary: summary))
        typist = Mutexed(nil)
        (self.configuration, self.paths) = (configuration, paths)
    }

    /// Call once, as soon as there is a machine.
    package func attach(_ machine: any RunningMachine, screenAddress: String?) {
        typist.withLock { $0 = Typist(name: configuration.name) { machine.send(.input($0)) } }
        change {
            $0.machine = machine
            $0.summary.screenAddress = screenAddress
        }
    }

    /// To be told of every event of the machine.
    package func happened(_ event: VirtualMachine.Event) {
        switch event {
        case .started, .resumed: enter(.running)
        case .paused: enter(.paused)
        case .wasReset: break
        case .ended(let end):
            typist.withLock { $0?.stop() }
            if case .crashed = end { enter(.crashed) } else { enter(.off) }
            let waiting = state.withLock { state in
                state.machine = nil
                defer { state.shutDownReplies = [] }
                return state.shutDownReplies
            }
            waiting.forEach { $0(.success(.done)) }
        }
    }

    private func enter(_ new: MachineState) {
        change {
            $0.summary.state = new
            $0.summary.since = Date().timeIntervalSince1970
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let (summary, receivers) = state.withLock { state in
            body(&state)
            return (state.summary, state.receivers)
        }
        receivers.forEach { $0(.changed(summary)) }
    }

    package func subscribe(_ receive: @escaping @Sendable (KeeperEvent) -> Void) {
        let summary = state.withLock { state in
            state.receivers.append(receive)
            return state.summary
        }
        receive(.machines([summary]))
    }

    package func submit(_ command: KeeperCommand, reply: @escaping @Sendable (Result<KeeperReply, KeeperError>) -> Void) {
        if command == .shutDown {
            let machine = state.withLock { state in
                if state.machine != nil { state.shutDownReplies.append(reply) }
                return state.machine
            }
            if let machine { machine.send(.turnOff) } else { reply(.success(.done)) }
            return
        }
        if case .inspect(let path, _, let kind) = command {
            HostThread.start(name: "inspect") { [paths] in
                reply(.success(.image(ImageInspection.look(at: path, in: paths.folder, as: kind))))
            }
            return
        }
        do throws(KeeperError) {
            try perform(command)
            reply(.success(.done))
        } catch { reply(.failure(error)) }
    }

    private func perform(_ command: KeeperCommand) throws(KeeperError) {
        guard let machine = state.withLock({ $0.machine }) else { throw KeeperError(.wrongState, "the machine has ended") }
        switch command {
        case .pause: machine.send(.pause)
        case .resume: machine.send(.resume)
        case .reset: machine.send(.reset)
        case .powerButton: machine.send(.powerButton)
        case .turnOff: machine.send(.turnOff)
        case .input(_, let input):
            switch input {
            case .text(let text):
                let strokes = try Typist.strokes(for: text)
                typist.withLock { $0?.type(strokes) }
            case .chord(let names):
                let strokes = try Typist.strokes(chord: names)
                typist.withLock { $0?.type(strokes) }
            default: if let event = input.event { machine.send(.input(event)) }
            }
        case .changeMedium(_, let slot, let path):
            guard var drive = configuration.drives.first(where: { $0.slot.rawValue == slot && $0.kind != .disk }) else {
                throw KeeperError(.invalid, "there is no floppy or CD drive \(slot)", field: "drives.\(slot)")
            }
            let path = path.map { ImageInspection.meant($0, in: paths.folder) }
            drive.path = path
            let device = try BackendFactory.medium(drive, paths: paths, discardsWrites: configuration.discardsWrites).device
            machine.send(.changeMedium(drive.slot, device, path: path))
            change {
                $0.summary.removable = $0.summary.removable.map { $0.slot == slot ? RemovableDrive(slot: slot, isCD: $0.isCD, medium: path) : $0 }
            }
        case .save, .saveAll, .discardState:
            throw KeeperError(
                .wrongState, "this machine is in no library that would keep its state; give vitrine run --save-state-at-exit FILE at its start")
        default: throw KeeperError(.wrongState, "this machine is in no library; vitrine create makes one that is")
        }
    }
}

extension GuestInput {
    /// What one event says; text and chords are many, and a typist's work.
    var event: InputEvent? {
        switch self {
        case .key(let code, let down): .key(KeyCode(rawValue: code), down: down)
        case .pointer(let x, let y, let buttons): .pointer(x: x, y: y, buttons: PointerButtons(rawValue: buttons & 7))
        case .wheel(let clicks): .wheel(clicks)
        case .text, .chord, .serial: nil
        }
    }
}
