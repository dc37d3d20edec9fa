import Bus
package import Configuration
package import Contract
import Foundation
import Glibc

/// The machines on disk: one folder each, `machine.json` inside, `lock` while one runs.
package struct Library: Sendable {
    package let home: Home
    package init(_ home: Home) { self.home = home }

    package struct Entry: Sendable {
        package var id: MachineID
        package var configuration: Result<MachineConfiguration, KeeperError>
        /// Nothing of it is on disk yet: a sample as it came.
        package var isPristineSample: Bool
    }

    package func folder(_ id: MachineID) -> String { home.machines + "/" + id.rawValue }
    package func file(_ id: MachineID) -> String { folder(id) + "/machine.json" }
    package func resolver(_ id: MachineID) -> PathResolver { PathResolver(folder: folder(id), fetched: home.packages) }

    /// Every machine in order of name, the samples among them.
    package func entries() -> [Entry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: home.machines)) ?? []
        var found: [Entry] = []
        for name in names {
            let id = MachineID(rawValue: name)
            guard id.isValid, FileManager.default.fileExists(atPath: file(id)) else { continue }
            found.append(Entry(id: id, configuration: Result { () throws(KeeperError) in try load(id) }, isPristineSample: false))
        }
        for sample in Samples.all where !found.contains(where: { $0.id == sample.id }) {
            found.append(Entry(id: sample.id, configuration: .success(sample.configuration), isPristineSample: true))
        }
        return found.sorted { $0.id < $1.id }
    }

    package func load(_ id: MachineID) throws(KeeperError) -> MachineConfiguration {
        guard id.isValid else { throw .noMachine(id) }
        guard let data = FileManager.default.contents(atPath: file(id)) else {
            if let sample = Samples.all.first(where: { $0.id == id }) { return sample.configuration }
            throw .noMachine(id)
        }
        return try ConfigurationFile.decode(data, from: file(id))
    }

    /// Replaces `machine.json` at once or not at all.
    package func save(_ configuration: MachineConfiguration, as id: MachineID) throws(KeeperError) {
        guard id.isValid else { throw KeeperError(.invalid, "\"\(id)\" is no name for a machine's folder", field: "name") }
        let data = try ConfigurationFile.encode(configuration)
        do {
            try FileManager.default.createDirectory(
                atPath: folder(id), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try data.write(to: URL(fileURLWithPath: file(id)), options: .atomic)
        } catch { throw KeeperError(.host, "\(file(id)) cannot be written: \(error.localizedDescription)") }
    }

    /// An identity for a new machine, made of its name.
    package func newID(for name: String) throws(KeeperError) -> MachineID {
        let plain = name.lowercased().unicodeScalars.map { scalar -> Character in
            ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) || ".+_-".unicodeScalars.contains(scalar) ? Character(scalar) : "-"
        }
        let stem = String(String(plain).drop { !($0.isLetter || $0.isNumber) }.prefix(48))
        guard !stem.isEmpty else { throw KeeperError(.invalid, "the name needs a letter a...z or a digit", field: "name") }
        for number in 1...999 {
            let id = MachineID(rawValue: number == 1 ? stem : "\(stem)-\(number)")
            if !FileManager.default.fileExists(atPath: folder(id)), !Samples.all.contains(where: { $0.id == id }) { return id }
        }
        throw KeeperError(.invalid, "there are too many machines named \(name)", field: "name")
    }

    /// Moves the machine's folder with every image in it to the trash. Images elsewhere stay where they are.
    /// - Returns: when it will be gone for good, in seconds since 1970.
    @discardableResult package func delete(_ id: MachineID) throws(KeeperError) -> Double {
        guard id.isValid, FileManager.default.fileExists(atPath: file(id)) else {
            if Samples.all.contains(where: { $0.id == id }) {
                throw KeeperError(.wrongState, "\(id) is a sample that comes with Vitrine; nothing of it is on disk to be deleted")
            }
            throw .noMachine(id)
        }
        return try Trash(home).put(id)
    }
}

extension MachineID {
    /// A folder name that stays in its place: no separators, no dot file, nothing a terminal would act on.
    package var isValid: Bool {
        !rawValue.isEmpty && rawValue.utf8.count <= 64 && !rawValue.hasPrefix(".")
            && rawValue.unicodeScalars.allSatisfy { $0 != "/" && $0 != "\\" && $0.value > 0x20 && $0.value < 0x7F }
    }
}

extension KeeperError {
    package static func noMachine(_ id: MachineID) -> KeeperError {
        KeeperError(.notFound, "there is no machine \"\(id.rawValue.filter { $0.isASCII && !$0.isNewline })\"; vitrine list shows those there are")
    }
}

/// Says who runs a machine, and keeps others from running it too. Held until it is released or its object is gone, and never longer than the process.
package final class MachineLock: Sendable {
    private let held: Mutexed<Int32?>

    package init(folder: String) throws(KeeperError) {
        let path = folder + "/lock"
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw KeeperError(.host, "\(path) cannot be opened: \(unsafe String(cString: strerror(errno)))") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw KeeperError(.busy, "the machine is run by \(Self.text(path)); stop it there first")
        }
        let host = FileManager.default.contents(atPath: "/proc/sys/kernel/hostname").map { String(decoding: $0, as: UTF8.self) } ?? "this host\n"
        let holder = "process \(getpid()) on \(host)"
        ftruncate(descriptor, 0)
        _ = unsafe write(descriptor, holder, holder.utf8.count)
        held = Mutexed(descriptor)
    }

    deinit { release() }

    package func release() {
        let descriptor = held.withLock { held in
            defer { held = nil }
            return held
        }
        guard let descriptor else { return }
        ftruncate(descriptor, 0)
        close(descriptor)
    }

    /// Who runs the machine in `folder`: nil where nobody does.
    package static func holder(folder: String) -> String? {
        let path = folder + "/lock"
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) == 0 ? nil : text(path)
    }

    private static func text(_ path: String) -> String {
        let text = FileManager.default.contents(atPath: path).map { String(decoding: $0.prefix(100), as: UTF8.self) } ?? ""
        let line = text.prefix { $0 != "\n" }.filter { $0.isASCII && ($0.isLetter || $0.isNumber || " .-_".contains($0)) }
        return line.isEmpty ? "another process" : line
    }
}
