import Bus
import Configuration
import Contract
import Foundation
import PC

extension KeeperCore {
    /// Carries out one command. Every path answers exactly once, now or when the machine got there.
    func perform(_ command: KeeperCommand, _ reply: @escaping Reply) {
        do throws(KeeperError) {
            switch command {
            case .create(let configuration): reply(.success(.created(try create(configuration))))
            case .configure(let id, let configuration):
                try configure(id, configuration)
                reply(.success(.done))
            case .configuration(let id):
                guard let record = records[id] else { throw .noMachine(id) }
                reply(.success(.configuration(Array(try ConfigurationFile.encode(try record.configuration.get())))))
            case .delete(let id):
                try delete(id)
                reply(.success(.done))
            case .start(let id): start(id, reply)
            case .pause(let id):
                try running(id, in: [.running], to: "pause").send(.pause)
                reply(.success(.done))
            case .resume(let id):
                try running(id, in: [.paused], to: "resume").send(.resume)
                reply(.success(.done))
            case .reset(let id):
                try running(id, in: [.running, .paused], to: "reset").send(.reset)
                reply(.success(.done))
            case .powerButton(let id):
                try running(id, in: [.running], to: "press the power button of").send(.powerButton)
                beginPatience(id)
                reply(.success(.done))
            case .save(let id): try save(id, reply)
            case .saveAll: saveAll(reply)
            case .discardState(let id):
                try discardState(id)
                reply(.success(.done))
            case .cancelJob(let job):
                try jobs.cancel(job)
                reply(.success(.done))
            case .turnOff(let id):
                guard let record = records[id] else { throw .noMachine(id) }
                try refuseForeign(record)
                guard let run = record.run else { throw KeeperError(.wrongState, "\(record.summary.name) is off already") }
                if run.saving != nil { throw KeeperError(.busy, "\(record.summary.name) is being saved: wait, or cancel that") }
                turnOff(id, run, reply)
            case .changeMedium(let id, let slot, let path):
                try changeMedium(id, slot, path)
                reply(.success(.done))
            case .input(let id, let input):
                try self.input(id, input)
                reply(.success(.done))
            case .inspect(let path, let machine, let kind):
                // Slow file systems must not hold up machines.
                let folder = machine.map(library.folder), machines = library.home.machines
                HostThread.start(name: "inspect") {
                    reply(.success(.image(ImageInspection.look(at: path, in: folder, as: kind, machines: machines))))
                }
            case .cancelFetch(let id):
                guard let record = records[id] else { throw .noMachine(id) }
                guard let run = record.run, run.handle == nil else {
                    throw KeeperError(.wrongState, "nothing is being fetched for \(record.summary.name)")
                }
                run.cancellation.cancel()
                reply(.success(.done))
            case .undelete(let id):
                try undelete(id)
                reply(.success(.created(id)))
            case .clone(let id, let name): clone(id, name, reply)
            case .annotate(let id, let notes, let tags):
                try annotate(id, notes, tags)
                reply(.success(.done))
            case .screen(let id, let format): try screen(id, format, reply)
            case .shutDown: shutDown(reply)
            }
        } catch {
            reply(.failure(error))
        }
    }

    private func running(_ id: MachineID, in states: [MachineState], to verb: String) throws(KeeperError) -> any RunningMachine {
        guard let record = records[id] else { throw .noMachine(id) }
        try refuseForeign(record)
        guard let handle = record.run?.handle, states.contains(record.summary.state) else {
            throw KeeperError(.wrongState, "\(record.summary.name) is \(record.summary.state.rawValue): it is too early or too late to \(verb) it")
        }
        return handle
    }

    func refuseForeign(_ record: Record) throws(KeeperError) {
        if let foreign = record.foreign { throw KeeperError(.busy, "\(record.summary.name) is run by \(foreign); give the command there") }
    }

    private func checked(_ json: [UInt8], folder: String?, _ paths: PathResolver?) throws(KeeperError) -> MachineConfiguration {
        var configuration = try ConfigurationFile.decode(Data(json), from: "the configuration")
        for index in configuration.drives.indices {
            configuration.drives[index].path = configuration.drives[index].path.map { ImageInspection.meant($0, in: folder) }
        }
        if let problem = Validation.problems(in: configuration, paths: paths).first {
            throw KeeperError(.invalid, problem.message, field: problem.field)
        }
        return configuration
    }

    private func create(_ json: [UInt8]) throws(KeeperError) -> MachineID {
        // Relative paths start at a folder that does not exist yet, so there is nothing to find there.
        let configuration = try checked(json, folder: nil, PathResolver(folder: library.home.machines, fetched: library.home.packages))
        let id = try library.newID(for: configuration.name)
        let remarks = try library.add(configuration, as: id)
        for remark in remarks { log(.warning, id, remark) }
        reload()
        log(.info, id, "Created")
        return id
    }

    private func configure(_ id: MachineID, _ json: [UInt8]) throws(KeeperError) {
        guard let record = records[id] else { throw .noMachine(id) }
        let new = try checked(json, folder: library.folder(id), library.resolver(id))
        try refuseForeign(record)
        try refuseMisfit(record, new)
        if record.run != nil {
            // The board is built already: only what is about the machine, not in it, may change.
            var same = try record.configuration.get()
            (same.name, same.notes, same.tags) = (new.name, new.notes, new.tags)
            guard same == new else {
                throw KeeperError(
                    .wrongState, "\(record.summary.name) is \(record.summary.state.rawValue): turn it off to change more than name, notes and tags")
            }
        }
        let disks = try NewDisks(new, in: library.folder(id))
        let made = disks.configuration
        do throws(KeeperError) { try library.save(made, as: id) } catch {
            disks.remove()
            throw error
        }
        for remark in disks.remarks { log(.warning, id, remark) }
        records[id]?.configuration = .success(made)
        if var summary = records[id]?.summary {
            describe(&summary, made)
            if record.run == nil { (summary.report, summary.remarks) = (nil, []) }
            records[id]?.summary = summary
        }
        changed(id)
    }

    private func changeMedium(_ id: MachineID, _ slot: String, _ path: String?) throws(KeeperError) {
        guard let record = records[id] else { throw .noMachine(id) }
        try refuseForeign(record)
        var configuration = try record.configuration.get()
        guard let index = configuration.drives.firstIndex(where: { $0.slot.rawValue == slot && $0.kind != .disk }) else {
            throw KeeperError(.invalid, "\(record.summary.name) has no floppy or CD drive \(slot)", field: "drives.\(slot)")
        }
        configuration.drives[index].path = path.map { ImageInspection.meant($0, in: library.folder(id)) }
        try refuseMisfit(record, configuration)
        let drive = configuration.drives[index]
        if let problem = Validation.problems(in: configuration, paths: library.resolver(id)).first(where: { $0.field.hasPrefix("drives.\(slot)") }) {
            throw KeeperError(.invalid, problem.message, field: problem.field)
        }
        if let handle = record.run?.handle {
            let (device, remark) = try BackendFactory.medium(drive, paths: library.resolver(id), discardsWrites: configuration.discardsWrites)
            handle.send(.changeMedium(drive.slot, device))
            record.run?.remarks.removeAll { $0.hasPrefix(slot + ": ") }
            if let remark { record.run?.remarks.append("\(slot): \(remark)") }
            records[id]?.summary.remarks = record.run?.remarks ?? []
        }
        try library.save(configuration, as: id)
        records[id]?.configuration = .success(configuration)
        if var summary = records[id]?.summary {
            describe(&summary, configuration)
            records[id]?.summary = summary
        }
        changed(id)
        mediumChanged(id, slot, configuration.drives[index].path)
    }

    private func input(_ id: MachineID, _ input: GuestInput) throws(KeeperError) {
        let handle = try running(id, in: [.running], to: "type to")
        switch input {
        case .text(let text): records[id]?.run?.typist?.type(try Typist.strokes(for: text, keyboard(id)))
        case .chord(let names): records[id]?.run?.typist?.type(try Typist.strokes(chord: names, keyboard(id)))
        case .serial(let port, let bytes): handle.send(.serialInput(port: port, bytes))
        default: if let event = input.event { handle.send(.input(event)) }
        }
    }

    private func keyboard(_ id: MachineID) -> KeyboardLayout { (try? records[id]?.configuration.get())?.keyboard ?? .us }
}
