package import Bus
package import FoundationEssentials
package import Processor

/// A saved machine as a file: every device's state by slot name, pending events, the processor, memory, and what the screen showed.
///
/// File: "VITRINE\u{1A}", format version (4 bytes), then sections: length of the name (1), name, size (8), then chunks of 1 MiB that are not all
/// zero, in ascending order: index (4), compressed length (4), a zstd frame with its checksum; FFFFFFFFh ends a section. A section without a name
/// ends the file; instead of its size stands a hash of all that is in no frame. Integers are little-endian. Version 2 ends without, and has no
/// sections `about`, `picture` and `state`; instead of them the length of the JSON (4) and the JSON stand after the version. Files are hostile: every
/// length is checked before it is believed.
package enum Snapshot {
    package static let version: UInt32 = 3
    /// Every version that was ever released is read.
    static let oldestVersion: UInt32 = 2
    static let magic = Array("VITRINE\u{1A}".utf8)
    static let chunkBytes = 1 << 20
    static let endOfSection: UInt32 = 0xFFFF_FFFF

    enum Section {
        /// Whatever whoever saved wanted to find again.
        static let about = "about"
        /// `Picture.encoded`
        static let picture = "picture"
        /// `Header` as JSON with sorted keys.
        static let state = "state"
        /// The writes of a medium that keeps them in memory, and so in no file.
        static func writes(_ slot: String) -> String { "writes " + slot }
    }

    package struct Header: Codable {
        /// What the machine must be built with, by name, for the refusal to name the difference.
        package var options: [String: String]
        package var time: UInt64
        /// The host's time, ns since 1970; nil where the machine's time is not the world's.
        package var savedAt: Int64?
        package var processor: ProcessorSnapshot
        package var devices: [String: Data]
        package var events: [Clock.Event]
    }
}

/// How saving or restoring is followed from outside. Both are called on the machine's thread, after each MiB.
package struct SnapshotWork: Sendable {
    /// Bytes of the machine's memory that are done, and all of them.
    package var progress: @Sendable (_ done: UInt64, _ total: UInt64) -> Void
    package var isCancelled: @Sendable () -> Bool
    package init(
        progress: @escaping @Sendable (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in },
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) { (self.progress, self.isCancelled) = (progress, isCancelled) }
}

/// A wish to have a machine saved.
package struct SaveRequest: Sendable {
    package var path: String
    /// Comes back with the file: `SnapshotReader.about`.
    package var about: [UInt8] = []
    /// Ends the machine as `.saved` once its state is on disk. Otherwise it goes on, and what it then writes to its disks is unknown to the state.
    package var thenEnds = false
    package var work = SnapshotWork()
    /// Bytes that may be written; nil: as many as the host's file system has free.
    package var room: UInt64?
    package init(path: String) { self.path = path }
}

/// What a save came to.
package struct SavedFile: Equatable, Sendable {
    /// Of the machine's memory that was not all zero.
    package var memoryBytes: UInt64
    package var fileBytes: UInt64
}

/// Why a machine was not saved, or not restored. A machine that was not saved is as it was before.
package enum SnapshotFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// Bytes: what the state may take, and what is free.
    case noSpace(needed: UInt64, free: UInt64)
    case cancelled
    /// The state was saved by a machine that was built differently.
    case misfit([Difference])
    case failed(String)

    /// `memory` was `128 MB` then and is `64 MB` now; nil: it was unknown then.
    package struct Difference: Equatable, Sendable {
        package var option: String
        package var saved: String?
        package var now: String
    }

    package var description: String {
        switch self {
        case .noSpace(let needed, let free): "no space: \((needed + (1 << 20) - 1) >> 20) MB are needed, \(free >> 20) are free"
        case .cancelled: "it was cancelled"
        case .misfit(let differences):
            "the state was saved with "
                + differences.map { "\($0.option) \($0.saved ?? "unknown"); this machine has \($0.now)" }.joined(separator: "; with ")
        case .failed(let reason): reason
        }
    }
}

/// A medium whose writes are kept in memory, and so belong to a saved state.
package protocol KeepsWrites: BlockDevice {
    /// What was written, by the number of its cluster. A cluster is some sectors whole.
    var keptWrites: [UInt64: [UInt8]] { get }
    /// Takes the place of what was written.
    /// - Throws: `BlockError` where a cluster is not one of this medium; the medium is then unchanged.
    func keep(_ writes: [UInt64: [UInt8]]) throws(BlockError)
}
