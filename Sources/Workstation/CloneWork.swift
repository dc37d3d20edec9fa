import Bus
import Contract
import Foundation
import Glibc

/// The part of a clone that takes time. Runs on a thread of its own.
struct CloneWork: Sendable {
    let library: Library
    let plan: ClonePlan
    /// The original's folder; nil where it has none.
    let source: String?
    let cancellation: Cancellation
    let progress: @Sendable (_ done: UInt64, _ total: UInt64) -> Void

    /// A copy that is whole, under a name that nobody sees.
    struct Copy: Sendable {
        let folder: String
        let lock: MachineLock
        let bytes: UInt64
        /// The original has a saved state, and the copy does not.
        let leftState: Bool

        /// Gives it its place in the library.
        func publish(in library: Library, as name: String) throws(KeeperError) -> MachineID {
            let id = try library.newID(for: name)
            guard unsafe rename(folder, library.folder(id)) == 0 else { throw Folder.failure("cannot be made", library.folder(id)) }
            return id
        }

        func remove() { try? FileManager.default.removeItem(atPath: folder) }
    }

    static let prefix = ".clone-"

    /// Leaves nothing behind where it fails or is cancelled.
    func run() throws(KeeperError) -> Copy {
        let machines = library.home.machines
        try? FileManager.default.createDirectory(atPath: machines, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let folder = machines + "/" + Self.prefix + UUID().uuidString
        guard unsafe mkdir(folder, 0o700) == 0 else { throw Folder.failure("cannot be made", folder) }
        do throws(KeeperError) {
            let lock = try MachineLock(folder: folder)
            return try fill(folder, lock)
        } catch {
            try? FileManager.default.removeItem(atPath: folder)
            throw error
        }
    }

    private func fill(_ folder: String, _ lock: MachineLock) throws(KeeperError) -> Copy {
        let machine = try ConfigurationFile.encode(plan.configuration)
        do { try machine.write(to: URL(fileURLWithPath: folder + "/machine.json"), options: .atomic) } catch {
            throw KeeperError(.host, "\(folder)/machine.json cannot be written: \(error.localizedDescription)")
        }
        guard let source else { return Copy(folder: folder, lock: lock, bytes: 0, leftState: false) }
        let leavesState = !plan.keepsState && FileManager.default.fileExists(atPath: source + "/" + Library.stateName)
        let leftOut = Set(["lock", "machine.json"] + (plan.keepsState ? [] : [Library.stateName]))
        let total = Mutexed<UInt64>(0)
        let copy = MachineCopy(cancellation: cancellation, leftOut: leftOut) { [progress] done in progress(done, total.withLock { $0 }) }
        let size = try copy.size(of: source)
        total.withLock { $0 = size }
        progress(0, size)
        if let space = Folder.space(folder), space.free < size {
            throw KeeperError(
                .host, "No space: cloning needs \(amount(size)), \(amount(space.free)) are free. Nothing was changed.")
        }
        try copy.copy(source, to: folder)
        return Copy(folder: folder, lock: lock, bytes: size, leftState: leavesState)
    }
}
