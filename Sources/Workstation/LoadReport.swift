package import Contract
import Foundation

/// What machines use, as rows of a table: for people, and for programs as RFC 4180 writes it.
package enum LoadReport {
    package static let columns = [
        "time", "name", "state", "cpu%", "mips", "translations/s", "exits/s", "interrupts/s", "memory MB", "resident MB", "read KiB/s", "write KiB/s",
    ]

    /// Only machines that are on have a load.
    package static func running(_ machines: [MachineSummary]) -> [MachineSummary] {
        machines.filter { machine in
            switch machine.state {
            case .off, .saved, .crashed: false
            case .starting, .running, .paused, .restoring, .saving, .stopping: true
            }
        }
    }

    /// - Parameter time: seconds since 1970.
    /// - Returns: one value a column; what is not known is empty.
    package static func row(_ machine: MachineSummary, at time: Double) -> [String] {
        func figure(_ value: Double?) -> String { value.map { String(format: "%.1f", $0) } ?? "" }
        let translation = machine.translation
        return [
            moment(time), machine.name, machine.state.rawValue, figure(machine.cpuPercent), figure(machine.guestMIPS),
            figure(translation?.translationsPerSecond), figure(translation?.exitsPerSecond.values.reduce(0, +)), figure(machine.interruptsPerSecond),
            "\(machine.memoryMiB)", machine.residentMiB.map { "\($0)" } ?? "", figure(machine.diskReadRate), figure(machine.diskWriteRate),
        ]
    }

    package static func csv(_ row: [String]) -> String { row.map(quoted).joined(separator: ",") + "\r\n" }

    private static func quoted(_ field: String) -> String {
        guard field.unicodeScalars.contains(where: { "\",\r\n".unicodeScalars.contains($0) }) || field.hasPrefix(" ") || field.hasSuffix(" ") else {
            return field
        }
        return "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }

    /// ISO 8601, in UTC: `2026-03-14T14:28:03Z`.
    private static func moment(_ time: Double) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'"
        return formatter.string(from: Date(timeIntervalSince1970: time))
    }
}
