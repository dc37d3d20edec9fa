import Contract
import TUI

/// One thing that is measured of a machine, and how its column looks.
enum LoadMetric: String, CaseIterable, Sendable {
    case used, mips, translations, exits, interrupts, hits, cache, configured, resident, cacheSize, read, write

    var heading: String {
        switch self {
        case .used: "used%"
        case .mips: "MIPS"
        case .translations: "trans/s"
        case .exits: "exits/s"
        case .interrupts: "irq/s"
        case .hits: "hit%"
        case .cache: "cache MB"
        case .configured: "size MB"
        case .resident: "resident MB"
        case .cacheSize: "cache size MB"
        case .read: "read KiB/s"
        case .write: "write KiB/s"
        }
    }

    /// Its name in a CSV file.
    var column: String {
        switch self {
        case .used: "cpu_percent"
        case .mips: "mips"
        case .translations: "translations_per_s"
        case .exits: "exits_per_s"
        case .interrupts: "interrupts_per_s"
        case .hits: "hit_percent"
        case .cache: "cache_mib"
        case .configured: "memory_mib"
        case .resident: "resident_mib"
        case .cacheSize: "cache_size_mib"
        case .read: "read_kib_per_s"
        case .write: "write_kib_per_s"
        }
    }

    /// Cells of its column, the gap at its left among them.
    var width: Int { max(8, heading.count + 2) }

    /// Parts of a sum mean something.
    var isAdded: Bool { self != .hits }

    func value(of machine: MachineSummary) -> Double? {
        switch self {
        case .used: machine.cpuPercent
        case .mips: machine.guestMIPS
        case .translations: machine.translation?.translationsPerSecond
        case .exits: machine.translation.map { $0.exitsPerSecond.values.reduce(0, +) }
        case .interrupts: machine.interruptsPerSecond
        case .hits: machine.translation?.hitPercent
        case .cache: machine.translation.map { Double($0.cacheBytes) / 1_048_576 }
        case .configured: Double(machine.memoryMiB)
        case .resident: machine.residentMiB.map { Double($0) }
        case .cacheSize: machine.translation.map { Double($0.cacheCapacity) / 1_048_576 }
        case .read: machine.diskReadRate
        case .write: machine.diskWriteRate
        }
    }

    /// In its column: what has more digits than fit is told in millions.
    func text(_ value: Double) -> String {
        let text =
            switch self {
            case .cache: Format.tenths(value)
            case .used, .hits: Format.whole(value)
            default: Format.rate(value)
            }
        guard Text.width(text) >= width, value.isFinite, value < 1e12 else { return Text.clipped(text, to: width - 1) }
        return value < 1e8 ? Format.tenths(value / 1e6) + "M" : Format.whole(value / 1e6) + "M"
    }
}

/// What a machine did in one interval: the means of what was measured in it.
struct LoadFigures: Equatable, Sendable {
    private var sums: [LoadMetric: Double] = [:]
    private var counts: [LoadMetric: Int] = [:]

    subscript(metric: LoadMetric) -> Double? {
        guard let sum = sums[metric], let count = counts[metric], count > 0 else { return nil }
        return sum / Double(count)
    }

    mutating func add(_ machine: MachineSummary) {
        for metric in LoadMetric.allCases {
            guard let value = metric.value(of: machine), value.isFinite else { continue }
            sums[metric, default: 0] += value
            counts[metric, default: 0] += 1
        }
    }
}

enum LoadPanel: String, CaseIterable, Sendable {
    case cpu = "CPU"
    case memory = "Memory"
    case disk = "Disk"

    var metrics: [LoadMetric] {
        switch self {
        case .cpu: [.used, .mips, .translations, .exits, .interrupts, .hits, .cache]
        case .memory: [.configured, .resident, .cache, .cacheSize]
        case .disk: [.read, .write]
        }
    }
}
