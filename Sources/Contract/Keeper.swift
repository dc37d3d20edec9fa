/// Whoever keeps machines: in this process, in a service on this host, or on another host. The face talks to nothing else.
///
/// Calls return at once. Every submission is answered once, on any thread; what changes meanwhile arrives as events.
package protocol Keeper: Sendable {
    /// Delivers every event from now on, beginning with one `.machines`. Called on any thread; must return quickly.
    func subscribe(_ receive: @escaping @Sendable (KeeperEvent) -> Void)
    func submit(_ command: KeeperCommand, reply: @escaping @Sendable (Result<KeeperReply, KeeperError>) -> Void)
}

package enum KeeperCommand: Codable, Equatable, Sendable {
    /// The configuration is the JSON of `Configuration.MachineConfiguration`, so that this module depends on nothing.
    case create(configuration: [UInt8])
    case configure(MachineID, configuration: [UInt8])
    /// Answers with `.configuration`.
    case configuration(MachineID)
    /// Moves the machine's folder to the trash.
    case delete(MachineID)
    /// Brings back what was deleted last under this identity. Answers with `.created`.
    case undelete(MachineID)
    /// A full copy under another name: a job. Answers with `.created` once the copy is whole.
    case clone(MachineID, name: String)
    /// Notes and tags; nil leaves them as they are. Possible in every state.
    case annotate(MachineID, notes: String?, tags: [String]?)
    /// Starts a machine, or restores its saved state where it has one.
    case start(MachineID)
    /// Writes memory and devices to disk, then ends the machine: a job. Answers once the state is on disk and the machine is off.
    case save(MachineID)
    /// Saves every machine that is alive. Answers when all are saved and off, or with the first that could not be saved and so goes on.
    case saveAll
    case discardState(MachineID)
    case pause(MachineID), resume(MachineID)
    case reset(MachineID)
    /// The ACPI power button.
    case powerButton(MachineID)
    case turnOff(MachineID)
    /// Puts an image into a removable drive, or empties it with nil.
    case changeMedium(MachineID, slot: String, path: String?)
    case input(MachineID, GuestInput)
    /// What is at a path, as a person types one: `~` is their home, a relative path starts at the machine's folder or where the keeper was
    /// started. Answers with `.image`.
    case inspect(path: String, machine: MachineID?, as: ImageKind?)
    /// Stops fetching.
    case cancelFetch(MachineID)
    case cancelJob(JobID)
    /// What the guest shows now, or showed last. Answers with `.screen`.
    case screen(MachineID, ScreenFormat)
    /// Turns every machine off and waits for it: the end of the process.
    case shutDown
}

package enum GuestInput: Codable, Equatable, Sendable {
    /// Characters as typed on the guest's keyboard.
    case text(String)
    /// Keys pressed together and released, by name: `["ctrl", "alt", "delete"]`.
    case chord([String])
    /// A key by its code (`Bus.KeyCode`), pressed or released.
    case key(UInt8, down: Bool)
    /// Pointer position 0...65535 each way; buttons 1 left, 2 right, 4 middle.
    case pointer(x: UInt16, y: UInt16, buttons: UInt8)
    case wheel(Int8)
    /// What a terminal on a serial port sends.
    case serial(port: Int, [UInt8])
}

package enum ScreenFormat: String, Codable, Sendable {
    /// UTF-8 lines, trailing blanks cut.
    case text
    /// The same with colours as escape sequences.
    case ansi
    case png
}

package enum KeeperReply: Codable, Equatable, Sendable {
    case done
    case created(MachineID)
    case configuration([UInt8])
    case image(ImageReport)
    case screen([UInt8])
}

package enum ImageKind: String, Codable, Sendable { case floppy, disk, cd }

/// What the keeper found at a path.
package struct ImageReport: Codable, Equatable, Sendable {
    /// As it will stand in the configuration.
    package var path: String
    /// What it was asked to be, or else what it looks like; nil where there is no image.
    package var kind: ImageKind?
    /// Its size and what else is worth knowing, in few words.
    package var note: String
    /// Why it cannot be attached, and what to do.
    package var problem: String?
    /// What was typed, with as much added as all files allow that begin so.
    package var completed: String
    /// The names of those files where there are several; folders end in a slash.
    package var choices: [String]
    package init(path: String, kind: ImageKind?, note: String, problem: String?, completed: String, choices: [String]) {
        (self.path, self.kind, self.note, self.problem, self.completed, self.choices) = (path, kind, note, problem, completed, choices)
    }
}

/// What failed, on what, and what to do next; `description` is shown as it stands.
package struct KeeperError: Error, Codable, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: String, Codable, Sendable { case invalid, notFound, wrongState, busy, host, fetch }
    package var kind: Kind
    package var description: String
    /// The configuration field that is wrong, where one is.
    package var field: String?
    package init(_ kind: Kind, _ description: String, field: String? = nil) { (self.kind, self.description, self.field) = (kind, description, field) }
}

package enum KeeperEvent: Codable, Equatable, Sendable {
    /// The whole library: the user's own machines in order of name, then the samples. Sent at subscription and whenever machines come or go.
    case machines([MachineSummary])
    /// One machine changed.
    case changed(MachineSummary)
    case fetch(FetchProgress)
    /// Every job that is known, running ones first; sent at subscription.
    case jobs([JobSummary])
    /// One job came, went on or ended.
    case job(JobSummary)
    /// What happened before, oldest first; sent at subscription.
    case past([LogEntry])
    case log(LogEntry)
}

/// How far the fetch of a machine's images is.
package struct FetchProgress: Codable, Equatable, Sendable {
    package enum Phase: String, Codable, Sendable { case resolving, downloading, unpacking, done, failed, cancelled }
    package var machine: MachineID
    package var phase: Phase
    package var bytes: UInt64
    package var total: UInt64?
    package var message: String
    package init(machine: MachineID, phase: Phase, bytes: UInt64, total: UInt64?, message: String) {
        (self.machine, self.phase, self.bytes, self.total, self.message) = (machine, phase, bytes, total, message)
    }
}

package struct LogEntry: Codable, Equatable, Sendable {
    package enum Level: String, Codable, Sendable { case info, warning, error }
    /// Seconds since 1970.
    package var time: Double
    package var level: Level
    package var machine: MachineID?
    package var text: String
    package init(time: Double, level: Level, machine: MachineID?, text: String) {
        (self.time, self.level, self.machine, self.text) = (time, level, machine, text)
    }
}
