package import Configuration
import Foundation

/// What keeps a configuration from being a machine: one field, one reason, one thing to do.
package struct ConfigurationProblem: Equatable, Sendable {
    /// `name`, `memoryMiB`, `drives.hda.path`, `kernel.initrd` …
    package var field: String
    package var message: String
    package init(_ field: String, _ message: String) { (self.field, self.message) = (field, message) }
}

package enum Validation {
    package static let memory = 4...3584

    /// Everything that is wrong, in the order of the fields.
    /// - Parameter paths: where images are looked for; nil leaves files unchecked. Files still to be fetched are never missed.
    package static func problems(in configuration: MachineConfiguration, paths: PathResolver?) -> [ConfigurationProblem] {
        var found: [ConfigurationProblem] = []
        func problem(_ field: String, _ message: String) { found.append(ConfigurationProblem(field, message)) }
        func check(_ field: String, _ path: String) {
            if let message = paths.flatMap({ fileProblem(path, $0) }) { problem(field, message) }
        }

        let name = configuration.name
        if name.isEmpty { problem("name", "a machine needs a name") }
        if name.count > 48 { problem("name", "the name has \(name.count) characters; 48 are allowed") }
        if name.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) }) {
            problem("name", "the name holds a control character")
        }
        if !memory.contains(configuration.memoryMiB) {
            problem("memoryMiB", "\(configuration.memoryMiB) MB of memory is out of range: \(memory.lowerBound) to \(memory.upperBound) MB")
        }
        let codeCache = MachineConfiguration.codeCacheRange
        if !codeCache.contains(configuration.codeCacheMiB) {
            problem(
                "codeCacheMiB",
                "\(configuration.codeCacheMiB) MB of code cache is out of range: \(codeCache.lowerBound) to \(codeCache.upperBound) MB")
        }

        var slots: Set<MachineConfiguration.Drive.Slot> = []
        for drive in configuration.drives {
            let field = "drives.\(drive.slot.rawValue)"
            if !slots.insert(drive.slot).inserted { problem(field, "two drives are in slot \(drive.slot.rawValue)") }
            if drive.slot.isFloppy != (drive.kind == .floppy) {
                problem(
                    field,
                    drive.slot.isFloppy
                        ? "\(drive.slot.rawValue) takes a floppy drive; disks and CDs go to hda ... hdd"
                        : "\(drive.slot.rawValue) takes a disk or CD drive; floppies go to fda or fdb")
            }
            if let order = drive.path.flatMap(DiskSize.ordered) {
                if drive.kind != .disk { problem(field + ".path", "only a disk can be made new; name an image for \(drive.slot.rawValue)") }
                if case .failure(let wrong) = order { problem(field + ".path", wrong.text) }
            } else if let path = drive.path {
                check(field + ".path", path)
            } else if drive.kind == .disk {
                problem(field + ".path", "a disk needs an image")
            }
        }

        if configuration.boot.isEmpty && configuration.kernel == nil { problem("boot", "nothing to boot from: name at least one of a, c, d") }
        if Set(configuration.boot).count != configuration.boot.count { problem("boot", "a device stands twice in the boot order") }
        if let bios = configuration.firmware.bios { check("firmware.bios", bios) }
        if let kernel = configuration.kernel {
            check("kernel.path", kernel.path)
            if let initrd = kernel.initrd { check("kernel.initrd", initrd) }
        }
        if configuration.serial.count > 2 { problem("serial", "\(configuration.serial.count) serial ports; the board has two") }
        for case .unix(let path) in configuration.serial where path.isEmpty || path.utf8.count > 107 {
            problem("serial", "a socket's path has 1 to 107 bytes")
        }
        if case .unix(let path) = configuration.screen, path.isEmpty || path.utf8.count > 107 {
            problem("screen", "a socket's path has 1 to 107 bytes")
        }
        for item in configuration.fetch?.items ?? [] {
            let names = Array(item.files.values) + [configuration.fetch?.busyboxInitrd].compactMap { $0 }
            // These become file names in the cache, and package names arguments of apt-get.
            if names.contains(where: { $0.isEmpty || $0.hasPrefix(".") || $0.contains("/") }) {
                problem("fetch", "a fetched file's name may not leave the cache")
            }
            if item.package.isEmpty || !item.package.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.:".contains($0)) })
                || item.package.hasPrefix("-")
            {
                problem("fetch", "\"\(item.package)\" is no package name")
            }
        }
        return found
    }

    private static func fileProblem(_ path: String, _ paths: PathResolver) -> String? {
        if path.isEmpty { return "no file is named" }
        if path == PathResolver.showcase || path == PathResolver.segments { return nil }
        if path.hasPrefix(PathResolver.builtInPrefix) { return "\(path) does not come with Vitrine; there is \(PathResolver.showcase)" }
        if path.hasPrefix(PathResolver.fetchPrefix) { return path.contains("/") ? "\(path) may not leave the cache" : nil }
        let file = paths.resolve(path)
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: file, isDirectory: &isFolder) else { return "there is no file \(file)" }
        if isFolder.boolValue { return "\(file) is a folder, not an image" }
        if !FileManager.default.isReadableFile(atPath: file) { return "\(file) may not be read by you" }
        return nil
    }
}
