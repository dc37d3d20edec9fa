package import Bus
package import Configuration

/// Everything a machine is built from, opened and checked already: what crosses to its thread.
package struct MachineParts: Sendable {
    package struct Medium: Sendable {
        package var slot: MachineConfiguration.Drive.Slot
        package var kind: MachineConfiguration.Drive.Kind
        /// nil: an empty removable drive.
        package var device: (any BlockDevice)?
        package init(slot: MachineConfiguration.Drive.Slot, kind: MachineConfiguration.Drive.Kind, device: (any BlockDevice)?) {
            (self.slot, self.kind, self.device) = (slot, kind, device)
        }
    }

    package var configuration: MachineConfiguration
    package var firmware: Firmware
    package var media: [Medium] = []
    /// COM1 and COM2; nil: the port exists and nobody listens.
    package var serial: [(any CharacterStream & Sendable)?] = []
    package var debugConsole: (any CharacterStream & Sendable)?
    /// Files for fw_cfg by name, and what else a direct kernel start needs.
    package var kernel: KernelFiles?
    /// A port whose writes end the machine with `(value << 1) | 1`.
    package var debugExitPort: UInt16?
    /// Ports whose writes are logged.
    package var portLogs: [(port: UInt16, stream: any CharacterStream & Sendable)] = []
    /// A reset ends the machine instead.
    package var endsOnReset = false
    package enum Clock: Sendable { case host, instructions }
    /// What virtual time follows.
    package var clock = Clock.host
    /// What the real-time clock shows at power-on, in seconds since 1970; nil: the host's time.
    package var startTime: Int64?
    /// Hashes the machine after every so many instructions.
    package var stateHash: StateHash?
    /// Is given, on the machine's thread at its end, which units of translated code were hot.
    package var profile: (@Sendable (_ report: String) -> Void)?
    /// Writes down what enters the machine from outside, as a `Recording`. Under instruction time only.
    package var recordPath: String?
    /// Lets enter what this recording says, when it says it, and nothing else. Under instruction time only.
    package var replay: Recording?
    /// Opens a medium that the recording names.
    package var openMedium: @Sendable (MachineConfiguration.Drive.Slot, _ path: String) throws -> (any BlockDevice)? = { _, _ in nil }
    /// Restores this state instead of booting.
    package var snapshotPath: String?
    package var snapshotWork = SnapshotWork()
    /// Its first instruction waits for `.resume`.
    package var startsStill = false

    package init(configuration: MachineConfiguration, firmware: Firmware) {
        self.configuration = configuration
        self.firmware = firmware
    }
}

/// Where hashes of the machine's state go: processor, RAM and devices.
package struct StateHash: Sendable {
    package var interval: UInt64
    /// Called on the machine's thread with the count of instructions.
    package var report: @Sendable (_ instructions: UInt64, _ hash: UInt64) -> Void
    package init(interval: UInt64, report: @escaping @Sendable (_ instructions: UInt64, _ hash: UInt64) -> Void) {
        (self.interval, self.report) = (max(interval, 1), report)
    }
}

/// A kernel taken apart for the loader in the option ROM.
package struct KernelFiles: Sendable {
    /// fw_cfg selector keys and their contents.
    package var keys: [UInt16: [UInt8]]
    /// fw_cfg files by name.
    package var files: [String: [UInt8]]
    package init(keys: [UInt16: [UInt8]], files: [String: [UInt8]]) { (self.keys, self.files) = (keys, files) }
}
