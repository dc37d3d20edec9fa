import Bus
import Configuration
package import Contract
import Foundation

/// What a person means by a path, and what is there.
package enum ImageInspection {
    /// `~` is the home folder. A relative path that leads to a file of the machine's folder stays, so that the folder can be moved; any other
    /// starts where the process was started.
    package static func meant(
        _ path: String, in folder: String?, home: String? = ProcessInfo.processInfo.environment["HOME"],
        current: String = FileManager.default.currentDirectoryPath
    ) -> String {
        if path.isEmpty || path.hasPrefix("/") || path.hasPrefix(PathResolver.builtInPrefix) || path.hasPrefix(PathResolver.fetchPrefix) {
            return path
        }
        if path == "~" || path.hasPrefix("~/"), let home { return home + path.dropFirst() }
        if let folder, FileManager.default.fileExists(atPath: folder + "/" + path) { return path }
        var path = path[...]
        while path.hasPrefix("./") { path = path.dropFirst(2) }
        return current + "/" + path
    }

    /// Looks at a path. Blocks on the host's files.
    package static func look(at typed: String, in folder: String?, as wanted: ImageKind?) -> ImageReport {
        let path = meant(typed, in: folder)
        let (completed, choices) = complete(typed, in: folder)
        var report = ImageReport(path: path, kind: wanted, note: "", problem: nil, completed: completed, choices: choices)
        guard !path.isEmpty else { return report }
        if path.hasPrefix(PathResolver.builtInPrefix) || path.hasPrefix(PathResolver.fetchPrefix) {
            report.note = "comes with Vitrine"
            return report
        }
        let paths = PathResolver(folder: folder ?? "/", fetched: "/")
        let file = paths.resolve(path)
        let kind = wanted ?? guess(file)
        report.kind = kind
        do throws(KeeperError) {
            let drive = MachineConfiguration.Drive(
                slot: kind == .floppy ? .fda : .hdc, kind: kind == .floppy ? .floppy : kind == .cd ? .cd : .disk, path: path, readOnly: true)
            let device = try BackendFactory.medium(drive, paths: paths, discardsWrites: false).device
            report.note = words(UInt64(device?.sectorSize ?? 0) &* (device?.sectorCount ?? 0), kind)
            if kind != .cd, !FileManager.default.isWritableFile(atPath: file) { report.note += ", read-only" }
        } catch {
            if wanted == nil { report.kind = nil }
            report.problem = error.description
        }
        return report
    }

    private static func words(_ bytes: UInt64, _ kind: ImageKind) -> String {
        switch kind {
        case .floppy:
            FloppyGeometry.all.first { UInt64($0.bytes) == bytes }.map { $0.name.split(separator: "\" ").last.map(String.init) ?? $0.name }
                ?? "\(bytes >> 10) KB"
        default: bytes < 1 << 20 ? "\(bytes >> 10) KB" : bytes < 9999 << 20 ? "\(bytes >> 20) MB" : "\(bytes >> 30) GB"
        }
    }

    /// By its contents: an ISO 9660 descriptor, the size of a diskette, or else a disk.
    private static func guess(_ file: String) -> ImageKind {
        let attributes = try? FileManager.default.attributesOfItem(atPath: (file as NSString).resolvingSymlinksInPath)
        // Opening a pipe would wait for its writer.
        guard attributes?[.type] as? FileAttributeType == .typeRegular, let handle = FileHandle(forReadingAtPath: file) else { return .disk }
        defer { try? handle.close() }
        // ECMA-119 §8.1: sector 16 begins with a type and CD001.
        if (try? handle.seek(toOffset: 0x8001)) != nil, let mark = try? handle.read(upToCount: 5), mark == Data("CD001".utf8) { return .cd }
        let size = attributes?[.size] as? UInt64 ?? 0
        return size % 512 == 0 && FloppyGeometry.of(sectors: size / 512) != nil ? .floppy : .disk
    }

    private static func complete(_ typed: String, in folder: String?) -> (String, [String]) {
        let slash = typed.lastIndex(of: "/").map { typed.index(after: $0) } ?? typed.startIndex
        let (place, stem) = (String(typed[..<slash]), String(typed[slash...]))
        if typed == "~" { return ("~/", []) }
        // Where the machine's folder and the current one both could be meant, both are looked through.
        var places = [place.hasPrefix("/") || place.hasPrefix("~") ? meant(place, in: nil) : FileManager.default.currentDirectoryPath + "/" + place]
        if let folder, !place.hasPrefix("/"), !place.hasPrefix("~") { places.insert(folder + "/" + place, at: 0) }
        var found: Set<String> = []
        for place in places {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? [] {
                guard name.hasPrefix(stem), stem.hasPrefix(".") || !name.hasPrefix(".") else { continue }
                var isFolder: ObjCBool = false
                _ = unsafe FileManager.default.fileExists(atPath: place + "/" + name, isDirectory: &isFolder)
                found.insert(isFolder.boolValue ? name + "/" : name)
            }
        }
        let names = found.sorted()
        guard var shared = names.first else { return (typed, []) }
        for name in names { shared = String(zip(shared, name).prefix { $0 == $1 }.map(\.0)) }
        return (place + shared, names.count > 1 ? names : [])
    }
}
