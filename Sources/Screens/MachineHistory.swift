import Contract

/// What a machine did in each of the last seconds, newest last. KiB a second, and interrupts a second.
struct MachineHistory: Equatable, Sendable {
    static let seconds = 200
    var read: [Double] = []
    var write: [Double] = []
    var interrupts: [Double] = []

    /// Read and written together.
    var disk: [Double] { zip(read, write).map(+) }

    mutating func add(_ machine: MachineSummary) {
        func append(_ value: Double?, _ samples: inout [Double]) {
            samples.append(value ?? 0)
            if samples.count > MachineHistory.seconds { samples.removeFirst(samples.count - MachineHistory.seconds) }
        }
        append(machine.diskReadRate, &read)
        append(machine.diskWriteRate, &write)
        append(machine.interruptsPerSecond, &interrupts)
    }
}

extension Model {
    /// Once a second. A machine that is not on has no history.
    mutating func sampleHistories() {
        for machine in machines {
            switch machine.state {
            case .running, .paused: histories[machine.id, default: MachineHistory()].add(machine)
            case .stopping, .saving: break
            default: histories[machine.id] = nil
            }
        }
        histories = histories.filter { id, _ in machines.contains { $0.id == id } }
    }
}
