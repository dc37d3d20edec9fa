/// A job's identity, unique in its keeper's life.
package struct JobID: RawRepresentable, Codable, Hashable, Comparable, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }
    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// Something long that the keeper does beside everything else, as of one moment.
package struct JobSummary: Codable, Equatable, Sendable, Identifiable {
    package enum Kind: String, Codable, CaseIterable, Sendable { case fetch, save, restore, clone, delete }
    package enum Phase: String, Codable, CaseIterable, Sendable {
        case queued, running, done, failed, cancelled
        package var isOver: Bool { self == .done || self == .failed || self == .cancelled }
    }
    package var id: JobID
    package var kind: Kind
    package var machine: MachineID
    /// What it works on, for people: a machine's name.
    package var subject: String
    package var phase: Phase
    /// Bytes, or nothing where it cannot say.
    package var done: UInt64
    package var total: UInt64?
    /// Seconds since 1970.
    package var started: Double
    package var ended: Double?
    /// What it does now, or how it ended: `118 MB written, 41 MB on disk`.
    package var message: String
    package var canCancel: Bool

    package init(id: JobID, kind: Kind, machine: MachineID, subject: String, started: Double, canCancel: Bool) {
        (self.id, self.kind, self.machine, self.subject) = (id, kind, machine, subject)
        (self.phase, self.done, self.total, self.started, self.ended) = (.running, 0, nil, started, nil)
        (self.message, self.canCancel) = ("", canCancel)
    }
}
