package import Bus
package import Configuration
package import Contract
import Disks
package import PC

/// A configuration with everything opened that it names.
package struct OpenedMachine: Sendable {
    package var parts: MachineParts
    package var serial: [SerialBackend]
    /// For people: what is read-only and why, and where serial ports end.
    package var remarks: [String]

    /// Lets go of the far ends. Images close with the machine.
    package func closeSerial() { serial.forEach { $0.close() } }
}

package enum BackendFactory {
    private static let largestFile = 1 << 30

    /// Opens media, firmware, kernel and serial ports. Blocks on the host's files.
    /// - Parameters:
    ///   - allowsStandardStreams: the caller owns a terminal that a serial port may use.
    ///   - serialInput: what arrives for a port, by its number; called on the port's thread.
    package static func open(
        _ configuration: MachineConfiguration, paths: PathResolver, allowsStandardStreams: Bool,
        serialInput: @escaping @Sendable (Int, [UInt8]) -> Void
    ) throws(KeeperError) -> OpenedMachine {
        let firmware: Firmware
        do { firmware = try Firmware(bios: configuration.firmware.bios.map(paths.resolve)) } catch {
            throw KeeperError(.host, error.description, field: "firmware.bios")
        }
        var parts = MachineParts(configuration: configuration, firmware: firmware)
        var remarks: [String] = []
        for drive in configuration.drives {
            let (device, remark) = try medium(drive, paths: paths, discardsWrites: configuration.discardsWrites)
            parts.media.append(.init(slot: drive.slot, kind: drive.kind, device: device))
            if let remark { remarks.append("\(drive.slot.rawValue): \(remark)") }
        }
        if let kernel = configuration.kernel { parts.kernel = try files(of: kernel, configuration, paths) }
        var serial: [SerialBackend] = []
        do {
            for (index, port) in configuration.serial.enumerated() {
                let backend = try self.serial(port, index, paths, allowsStandardStreams, serialInput)
                parts.serial.append(backend)
                guard let backend else { continue }
                serial.append(backend)
                if let place = backend.place { remarks.append("COM\(index + 1) is at \(place)") }
            }
        } catch {
            serial.forEach { $0.close() }
            throw error
        }
        return OpenedMachine(parts: parts, serial: serial, remarks: remarks)
    }

    /// The medium of a drive, and what its user should know of it.
    package static func medium(
        _ drive: MachineConfiguration.Drive, paths: PathResolver, discardsWrites: Bool
    ) throws(KeeperError) -> (device: (any BlockDevice)?, remark: String?) {
        guard let path = drive.path else { return (nil, nil) }
        let field = "drives.\(drive.slot.rawValue).path"
        let file = paths.resolve(path)
        if path == PathResolver.showcase { return (MemoryImage(Showcase.floppyImage()), nil) }
        if path == PathResolver.segments { return (MemoryImage(Segments.floppyImage()), nil) }
        let kind: RawImage.Kind =
            switch drive.kind {
            case .floppy: .floppy
            case .disk: .disk
            case .cd: .cd
            }
        do {
            let image = try RawImage(file, kind: kind, readOnly: drive.readOnly || discardsWrites)
            if discardsWrites, drive.kind != .cd, !drive.readOnly { return (SnapshotDisk(over: image), "writes are discarded when the machine ends") }
            return (image, image.remark)
        } catch { throw KeeperError(.host, error.description, field: field) }
    }

    private static func files(
        of kernel: MachineConfiguration.Kernel, _ configuration: MachineConfiguration, _ paths: PathResolver
    ) throws(KeeperError) -> KernelFiles {
        func read(_ path: String, _ field: String) throws(KeeperError) -> [UInt8] {
            do { return try HostFile.read(paths.resolve(path), limit: largestFile) } catch {
                throw KeeperError(.host, error.description, field: field)
            }
        }
        let program = try read(kernel.path, "kernel.path")
        var initrd: [UInt8]?
        if let path = kernel.initrd { initrd = try read(path, "kernel.initrd") }
        do {
            let boot = try KernelBoot(
                kernel: program, name: kernel.path.split(separator: "/").last.map(String.init) ?? kernel.path, initrd: initrd,
                arguments: kernel.arguments, memoryBytes: UInt64(configuration.memoryMiB) << 20)
            let keys = Dictionary(boot.items.map { ($0.key, $0.bytes) }, uniquingKeysWith: { first, _ in first })
            // SeaBIOS reads the boot order as lines, ended by a zero byte.
            return KernelFiles(keys: keys, files: [KernelBoot.romName: KernelBoot.rom(), "bootorder": Array(KernelBoot.bootOrder.utf8) + [0x0A, 0]])
        } catch { throw KeeperError(.invalid, error.description, field: "kernel.path") }
    }

    private static func serial(
        _ port: MachineConfiguration.SerialPort, _ index: Int, _ paths: PathResolver, _ allowsStandardStreams: Bool,
        _ input: @escaping @Sendable (Int, [UInt8]) -> Void
    ) throws(KeeperError) -> SerialBackend? {
        let resolved: MachineConfiguration.SerialPort
        switch port {
        case .file(let path): resolved = .file(paths.resolve(path))
        case .unix(let path): resolved = .unix(paths.resolve(path))
        case .stdio where !allowsStandardStreams:
            throw KeeperError(.invalid, "COM\(index + 1): the terminal is in use here; choose file, unix or pty", field: "serial")
        case .stdio, .pty, .none: resolved = port
        }
        return try SerialBackend.open(resolved) { input(index, $0) }
    }
}

extension SnapshotDisk: KeepsWrites {}
