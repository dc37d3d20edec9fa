import Configuration
import Contract
import FoundationEssentials
import TUI

/// What was asked about machines beyond their summaries; kept until something changes it.
struct KnownFacts: Equatable, Sendable {
    var configurations: [MachineID: MachineConfiguration] = [:]
    /// Images by machine and path.
    var images: [MachineID: [String: ImageReport]] = [:]
    private var asked: Set<Question> = []

    private enum Question: Hashable { case configuration(MachineID), image(MachineID, String) }

    /// True the first time.
    mutating func asks(_ id: MachineID) -> Bool { asked.insert(.configuration(id)).inserted }
    mutating func asks(_ id: MachineID, _ path: String) -> Bool { asked.insert(.image(id, path)).inserted }

    mutating func forget(_ id: MachineID) {
        (configurations[id], images[id]) = (nil, nil)
        asked = asked.filter { question in
            switch question {
            case .configuration(let other), .image(let other, _): other != id
            }
        }
    }
}

extension Model {
    /// What the tab on the screen needs and nobody has asked for yet.
    mutating func askForFacts() -> [Effect] {
        guard page == .machines, marks.isEmpty, let machine = selectedMachine, machine.isReadable, machine.fetch == nil else { return [] }
        let wants = detailTab == .hardware || detailTab == .disks
        let configuration: [Effect] = wants && known.asks(machine.id) ? [.submit(.configuration(machine.id), .facts(machine.id))] : []
        return configuration + (detailTab == .summary || detailTab == .disks ? askForSizes(machine) : [])
    }

    mutating func askForSizes(_ machine: MachineSummary) -> [Effect] {
        let disks = machine.disks.values.map { ($0, ImageKind.disk) }
        let media = machine.removable.compactMap { drive in drive.medium.map { ($0, drive.isCD ? ImageKind.cd : .floppy) } }
        return (disks + media).sorted { $0.0 < $1.0 }.compactMap { path, kind in
            guard known.asks(machine.id, path) else { return nil }
            return .submit(.inspect(path: path, machine: machine.id, as: kind), .image(machine.id, path: path))
        }
    }

    mutating func learnFacts(_ request: Request, _ result: Result<KeeperReply, KeeperError>) {
        switch (request, result) {
        case (.facts(let id), .success(.configuration(let json))):
            known.configurations[id] = try? JSONDecoder().decode(MachineConfiguration.self, from: Data(json))
        case (.image(let id, let path), .success(.image(let report))): known.images[id, default: [:]][path] = report
        case (.action(.undo, let id), .success), (.action(.redo, let id), .success), (.medium(let id, _), .success): known.forget(id)
        case (.saveForm, .success): if let id = undo.edited?.id { known.forget(id) }
        default: break
        }
    }

    /// `504 MB`; empty while it is not known.
    func sizeNote(of path: String, _ machine: MachineSummary) -> String { known.images[machine.id]?[path]?.note ?? "" }
}
