package import Contract
import Foundation
import Glibc

/// Where deleted machines wait for seven days: `trash` beside `machines`, each folder under the time of its deletion and its identity.
package struct Trash: Sendable {
    /// Seconds until what is in the trash is gone for good.
    package static let keeps = 7 * 86400.0

    package struct Entry: Codable, Equatable, Sendable {
        package var id: MachineID
        package var name: String
        /// Seconds since 1970.
        package var deletedAt: Double
        package var goneAt: Double
        /// Bytes that it takes on disk.
        package var bytes: UInt64
    }

    private let home: Home
    private let now: @Sendable () -> Double

    /// - Parameter now: seconds since 1970.
    package init(_ home: Home, now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }) { (self.home, self.now) = (home, now) }

    private func machine(_ id: MachineID) -> String { home.machines + "/" + id.rawValue }

    /// What can be brought back, the newest first.
    package var entries: [Entry] {
        stays.map { stay in
            let path = home.trash + "/" + stay.folder
            let configuration = FileManager.default.contents(atPath: path + "/machine.json").flatMap { try? ConfigurationFile.decode($0, from: path) }
            return Entry(
                id: stay.id, name: configuration?.name ?? stay.id.rawValue, deletedAt: stay.time, goneAt: stay.time + Self.keeps,
                bytes: Folder.bytes(path))
        }
    }

    /// Moves a machine's folder here.
    /// - Returns: when it will be gone for good, in seconds since 1970.
    package func put(_ id: MachineID) throws(KeeperError) -> Double {
        try? FileManager.default.createDirectory(atPath: home.trash, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let time = now()
        for attempt in 0..<1000 {
            // Two of one name within a millisecond.
            let stay = Stay(time: time + Double(attempt) / 1000, id: id)
            if unsafe rename(machine(id), home.trash + "/" + stay.folder) == 0 { return stay.time + Self.keeps }
            guard errno == EEXIST || errno == ENOTEMPTY else { break }
        }
        throw Folder.failure("cannot be moved to the trash", machine(id))
    }

    /// Moves back what was deleted last under this identity.
    package func bringBack(_ id: MachineID) throws(KeeperError) {
        guard let stay = stays.first(where: { $0.id == id }) else {
            throw KeeperError(.notFound, "\(id.isValid ? id.rawValue : "such a machine") is not in the trash; vitrine trash lists what is")
        }
        let target = machine(id)
        var status = stat()
        guard unsafe lstat(target, &status) != 0 else {
            throw KeeperError(.busy, "there is a machine \(id) again: delete that one first, then bring the older one back", field: "name")
        }
        try? FileManager.default.createDirectory(atPath: home.machines, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        guard unsafe rename(home.trash + "/" + stay.folder, target) == 0 else { throw Folder.failure("cannot be taken out of the trash", target) }
    }

    /// Removes what has been here for longer than it is kept, and what earlier removals left. May take long.
    package func purge() {
        let oldest = now() - Self.keeps
        for stay in all where stay.time <= oldest { try? remove(stay.folder) }
        for name in names where name.hasPrefix(Self.going) { try? FileManager.default.removeItem(atPath: home.trash + "/" + name) }
    }

    /// Removes everything for good.
    /// - Returns: how many machines that were.
    package func empty() throws(KeeperError) -> Int {
        let all = all
        for stay in all { try remove(stay.folder) }
        return all.count
    }

    /// `21 March`, where the user is.
    package static func day(_ time: Double) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "d MMMM"
        return formatter.string(from: Date(timeIntervalSince1970: time))
    }

    // MARK: The folder

    /// A machine on its way out for good; whoever has renamed it so removes it.
    private static let going = ".going-"

    private var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: home.trash)) ?? [] }
    private var all: [Stay] { names.compactMap(Stay.init).sorted { ($0.time, $0.id) > ($1.time, $1.id) } }
    private var stays: [Stay] {
        let oldest = now() - Self.keeps
        return all.filter { $0.time > oldest }
    }

    private func remove(_ folder: String) throws(KeeperError) {
        let (path, going) = (home.trash + "/" + folder, home.trash + "/" + Self.going + folder)
        guard unsafe rename(path, going) == 0 else { throw Folder.failure("cannot be removed", path) }
        do { try FileManager.default.removeItem(atPath: going) } catch {
            throw KeeperError(.host, "\(going) cannot be removed: \(error.localizedDescription)")
        }
    }

    /// A machine's time in the trash, and the name of its folder: `20260314T142803.125Z-os2-warp`. Other names are none of ours.
    struct Stay: Equatable {
        private static let form = "00000000T000000.000Z-"

        var time: Double
        var id: MachineID

        init(time: Double, id: MachineID) { (self.time, self.id) = (time, id) }

        init?(_ folder: String) {
            let bytes = Array(folder.utf8), form = Array(Self.form.utf8), zero = UInt8(ascii: "0")
            guard bytes.count > form.count,
                zip(bytes, form).allSatisfy({ byte, wanted in wanted == zero ? (zero...zero + 9).contains(byte) : byte == wanted })
            else { return nil }
            func number(_ range: Range<Int>) -> Int32 { bytes[range].reduce(0) { $0 * 10 + Int32($1 - zero) } }
            var parts = unsafe tm()
            unsafe parts.tm_year = number(0..<4) - 1900
            unsafe parts.tm_mon = number(4..<6) - 1
            unsafe parts.tm_mday = number(6..<8)
            unsafe parts.tm_hour = number(9..<11)
            unsafe parts.tm_min = number(11..<13)
            unsafe parts.tm_sec = number(13..<15)
            time = unsafe Double(timegm(&parts)) + Double(number(16..<19)) / 1000
            id = MachineID(rawValue: String(decoding: bytes[form.count...], as: UTF8.self))
            guard id.isValid else { return nil }
        }

        var folder: String {
            let milliseconds = Int((min(max(time, 0), 253_402_300_799) * 1000).rounded())
            var seconds = time_t(milliseconds / 1000)
            var parts = unsafe tm()
            unsafe gmtime_r(&seconds, &parts)
            func digits(_ value: Int, _ count: Int) -> String {
                let text = String(value)
                return String(repeating: "0", count: max(0, count - text.count)) + text
            }
            let day = unsafe digits(Int(parts.tm_year) + 1900, 4) + digits(Int(parts.tm_mon) + 1, 2) + digits(Int(parts.tm_mday), 2)
            let hour = unsafe digits(Int(parts.tm_hour), 2) + digits(Int(parts.tm_min), 2) + digits(Int(parts.tm_sec), 2)
            return "\(day)T\(hour).\(digits(milliseconds % 1000, 3))Z-\(id.rawValue)"
        }
    }
}
