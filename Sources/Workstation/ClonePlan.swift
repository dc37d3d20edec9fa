import Configuration
import Foundation
import Glibc

/// What a machine's copy is to be: its configuration, and what people should know of it.
///
/// Images inside the machine's folder are copied with it. Those outside are shared, and what two machines share neither may change behind the
/// other's back: the copy has them read-only. A saved state belongs to what is on its disks, so it is copied with them, or not at all.
struct ClonePlan {
    var configuration: MachineConfiguration
    /// One line each.
    var remarks: [String] = []
    /// Every disk that the saved state knows is in the copy as it is.
    var keepsState = true

    private let folder: String
    private let paths: PathResolver

    /// - Parameter folder: the original's.
    init(_ original: MachineConfiguration, name: String, folder: String, paths: PathResolver) {
        configuration = original
        configuration.name = name
        (self.folder, self.paths) = (Self.real(folder) ?? folder, paths)
        for (index, drive) in original.drives.enumerated() { configuration.drives[index] = planned(drive) }
        configuration.kernel = original.kernel.map {
            .init(path: moved($0.path).path, initrd: $0.initrd.map { moved($0).path }, arguments: $0.arguments)
        }
        configuration.firmware.bios = original.firmware.bios.map { moved($0).path }
        for (index, port) in original.serial.enumerated() {
            switch port {
            case .file(let path) where leaves(path), .unix(let path) where leaves(path):
                configuration.serial[index] = .none
                remarks.append("COM\(index + 1) is not connected: \(path) belongs to the original")
            default: break
            }
        }
        switch configuration.screen {
        case .port, .unix: configuration.screen = .automatic
        case .automatic, .none: break
        }
    }

    private mutating func planned(_ original: MachineConfiguration.Drive) -> MachineConfiguration.Drive {
        var drive = original
        guard let path = drive.path else { return drive }
        let (new, isInside) = moved(path)
        drive.path = new
        guard !isInside, drive.kind != .cd, !drive.readOnly, !configuration.discardsWrites, !path.hasPrefix(PathResolver.builtInPrefix) else {
            return drive
        }
        drive.readOnly = true
        keepsState = false
        remarks.append("\(drive.slot.rawValue) is read-only: \(new) is not in the machine's folder, so both use it")
        return drive
    }

    /// The path in the copy, and whether what it names is copied.
    private func moved(_ path: String) -> (path: String, isInside: Bool) {
        if path.hasPrefix(PathResolver.builtInPrefix) || path.hasPrefix(PathResolver.fetchPrefix) { return (path, false) }
        // A link is what it leads to: the copy must not reach the original's files through it.
        let file = Self.real(paths.resolve(path)) ?? URL(fileURLWithPath: paths.resolve(path)).standardizedFileURL.path
        return file.hasPrefix(folder + "/") ? (String(file.dropFirst(folder.utf8.count + 1)), true) : (file, false)
    }

    private func leaves(_ path: String) -> Bool { path.hasPrefix("/") || path.split(separator: "/").contains("..") }

    private static func real(_ path: String) -> String? {
        guard let text = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }
}
