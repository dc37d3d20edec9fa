/// A machine's identity: the name of its folder, unique in a library, fixed for life.
package struct MachineID: RawRepresentable, Codable, Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }
    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

package enum MachineState: String, Codable, CaseIterable, Sendable {
    case off, starting, running, paused, saved, restoring, saving, stopping, crashed
}

/// A drive whose medium can be changed while the machine runs, and what is in it.
package struct RemovableDrive: Codable, Equatable, Sendable {
    /// `fda`, `fdb`, `hda` … `hdd`.
    package var slot: String
    package var isCD: Bool
    /// Path of the image, or nil when empty.
    package var medium: String?
    package init(slot: String, isCD: Bool, medium: String?) { (self.slot, self.isCD, self.medium) = (slot, isCD, medium) }
}

/// What a machine's recompiler did in the last second, and how full its code cache is.
package struct TranslationSummary: Codable, Equatable, Sendable {
    /// Bytes of the code cache that are used, and its size.
    package var cacheBytes: Int
    package var cacheCapacity: Int
    /// Of the guest instructions executed, how many translated code executed itself, 0...100; nil where the guest executed none.
    package var hitPercent: Double?
    package var translationsPerSecond: Double
    /// How often translated code was left or called for help, by reason; reasons that did not come are missing.
    package var exitsPerSecond: [String: Double]

    package init(cacheBytes: Int, cacheCapacity: Int, hitPercent: Double?, translationsPerSecond: Double, exitsPerSecond: [String: Double]) {
        self.cacheBytes = cacheBytes
        self.cacheCapacity = cacheCapacity
        self.hitPercent = hitPercent
        self.translationsPerSecond = translationsPerSecond
        self.exitsPerSecond = exitsPerSecond
    }
}

/// Everything a list shows of a machine, as of one moment.
package struct MachineSummary: Codable, Equatable, Sendable, Identifiable {
    package var id: MachineID
    package var name: String
    package var state: MachineState
    /// When it came into this state, seconds since 1970.
    package var since: Double
    package var memoryMiB: Int
    package var residentMiB: Int?
    /// When it was last powered on or restored, while it runs.
    package var poweredOnAt: Double?
    /// When its state was saved and how many bytes that takes, while there is a saved state.
    package var savedAt: Double?
    package var savedBytes: UInt64?
    /// The power button was pressed: when patience ends.
    package var powerDeadline: Double?
    /// Where a VNC viewer connects: `127.0.0.1:5900`, `unix:PATH`; nil while there is none.
    package var screenAddress: String?
    package var viewers: Int
    /// Of one host CPU, 0...100 and above where a machine uses more than one thread.
    package var cpuPercent: Double?
    /// Millions of guest instructions a second.
    package var guestMIPS: Double?
    /// KiB a second, all disks together.
    package var diskReadRate: Double?
    package var diskWriteRate: Double?
    package var interruptsPerSecond: Double?
    /// Serial ports that have a terminal of ours behind them: 0 is COM1.
    package var terminals: [Int]
    /// What the guest takes its keyboard for: a `Configuration.KeyboardLayout`.
    package var keyboard: String
    /// Its guest reads a mouse.
    package var usesPointer: Bool
    /// nil where the machine does not run, or only interprets.
    package var translation: TranslationSummary?
    package var processor: String
    package var notes: String
    package var tags: [String]
    package var removable: [RemovableDrive]
    /// Fixed disks by slot: path.
    package var disks: [String: String]
    /// What is written down of it makes sense; otherwise `report` says what does not.
    package var isReadable: Bool
    /// Came with the product.
    package var isSample: Bool
    /// What must be fetched before the first start, in words; nil where nothing is missing.
    package var fetch: String?
    /// What was wrong when it crashed or could not start: registers and screen text, or the reason.
    package var report: String?
    /// Read-only by choice or need, said clearly: one line each.
    package var remarks: [String]

    package init(id: MachineID, name: String, state: MachineState, since: Double, memoryMiB: Int, processor: String) {
        self.id = id
        self.name = name
        self.state = state
        self.since = since
        self.memoryMiB = memoryMiB
        self.processor = processor
        residentMiB = nil
        (poweredOnAt, savedAt, savedBytes, powerDeadline) = (nil, nil, nil, nil)
        screenAddress = nil
        viewers = 0
        cpuPercent = nil
        guestMIPS = nil
        (diskReadRate, diskWriteRate, interruptsPerSecond) = (nil, nil, nil)
        (terminals, keyboard, usesPointer) = ([], "us", false)
        translation = nil
        notes = ""
        tags = []
        removable = []
        disks = [:]
        isReadable = true
        isSample = false
        fetch = nil
        report = nil
        remarks = []
    }
}
