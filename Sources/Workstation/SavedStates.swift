import Configuration
package import Contract
import Foundation
import Glibc
import PC

/// Saved states in a library: one file in a machine's folder, there while the machine is saved.
extension Library {
    package struct SavedState: Equatable, Sendable {
        /// Seconds since 1970.
        package var savedAt: Double
        package var bytes: UInt64
    }

    static let stateName = "state.vitrine"
    package func stateFile(_ id: MachineID) -> String { folder(id) + "/" + Self.stateName }

    package func savedState(_ id: MachineID) -> SavedState? {
        var status = stat()
        guard id.isValid, unsafe lstat(stateFile(id), &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return SavedState(
            savedAt: Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9, bytes: UInt64(max(status.st_size, 0)))
    }

    /// What a save left that its process did not live to end.
    func removeUnfinishedState(_ id: MachineID) { _ = unsafe unlink(stateFile(id) + ".new") }

    func removeState(_ id: MachineID) throws(KeeperError) {
        guard unsafe unlink(stateFile(id)) == 0 else {
            throw KeeperError(.host, "\(stateFile(id)) cannot be removed: \(unsafe String(cString: strerror(errno)))")
        }
    }
}

extension MachineConfiguration {
    /// Equal as far as a saved state can tell: name, notes, tags and screen belong to the machine's owner.
    func isSameBoard(as other: MachineConfiguration) -> Bool {
        var same = self
        (same.name, same.notes, same.tags, same.screen) = (other.name, other.notes, other.tags, other.screen)
        return same == other
    }
}

extension SnapshotFailure {
    /// Why the state of `name` was not restored, for people.
    func asKept(_ name: String) -> KeeperError {
        switch self {
        case .misfit(let differences):
            // One is enough: whoever sets it back is told of the next.
            guard let first = differences.first else { break }
            let (then, now) = (first.saved ?? "unknown", first.now)
            let wish: String
            switch first.option {
            case "memory": wish = "wants \(then), it now has \(now.replacing(" MB", with: ""))"
            case "processor": wish = "wants the processor \(then), it now has \(now)"
            default: wish = "wants \(first.option): \(then), it now has: \(now)"
            }
            return KeeperError(.invalid, "The saved state of \(name) \(wish). E sets it back.")
        case .cancelled: return KeeperError(.wrongState, "Restoring \(name) was cancelled. Its state is kept.")
        case .noSpace, .failed: break
        }
        return KeeperError(.host, "The saved state of \(name) cannot be restored: \(sentence) It is kept; X discards it.")
    }

    /// Why `name` was not saved, for people.
    func asUnsaved(_ name: String) -> KeeperError {
        switch self {
        case .noSpace(let needed, let free):
            let megabytes = (needed + (1 << 20) - 1) >> 20
            return KeeperError(.host, "No space: saving \(name) needs \(megabytes) MB, \(free >> 20) are free. Nothing was changed.")
        case .cancelled: return KeeperError(.wrongState, "Saving \(name) was cancelled. It goes on as it was.")
        case .misfit, .failed: return KeeperError(.host, "\(name) was not saved: \(sentence) It goes on as it was.")
        }
    }

    private var sentence: String { description.hasSuffix(".") ? description : description + "." }
}
