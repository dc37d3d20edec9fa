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
    package var parallel: (any CharacterStream & Sendable)?
    /// Files for fw_cfg by name, and what else a direct kernel start needs.
    package var kernel: KernelFiles?
    /// A port whose writes end the machine with `(value << 1) | 1`.
    package var debugExitPort: UInt16?
    /// Ports whose writes are logged.
    package var portLogs: [(port: UInt16, stream: any CharacterStream & Sendable)] = []
    /// A reset ends the machine instead.
    package var endsOnReset = false
    /// Restores this state instead of booting.
    package var snapshotPath: String?

    package init(configuration: MachineConfiguration, firmware: Firmware) {
        self.configuration = configuration
        self.firmware = firmware
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
