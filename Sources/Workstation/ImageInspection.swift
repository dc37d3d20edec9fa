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
        if path.isEmpty || path.hasPrefix("/") || path.hasPrefix(PathResolver.builtInPrefix) || path.hasPrefix(PathResolver.fetchPrefix)
            || path.hasPrefix(DiskSize.prefix)
        {
            return path
        }
        if path == "~" || path.hasPrefix("~/"), let home { return home + path.dropFirst() }
        if let folder, FileManager.default.fileExists(atPath: folder + "/" + path) { return path }
        var path = path[...]
        while path.hasPrefix("./") { path = path.dropFirst(2) }
        return current + "/" + path
    }

    /// Looks at a path. Blocks on the host's files.
    /// - Parameter machines: where a disk that is ordered would be made, if not in `folder`.
    package static func look(at typed: String, in folder: String?, as wanted: ImageKind?, machines: String = "/") -> ImageReport {
        if let order = DiskSize.ordered(typed) { return look(atOrder: order, typed, HostSpace(of: folder ?? machines)) }
        let path = meant(typed, in: folder)
        let (completed, choices) = complete(typed, in: folder)
        var report = ImageReport(path: path, kind: wanted, note: "", problem: nil, completed: completed, choices: choices)
        guard !path.isEmpty else { return report }
        if path.hasPrefix(PathResolver.builtInPrefix) || path.hasPrefix(PathResolver.fetchPrefix) {
            report.note = "comes with Vitrine"
            if path.hasPrefix(PathResolver.builtInPrefix) { report.kind = wanted ?? .floppy }
            return report
        }
        let paths = PathResolver(folder: folder ?? "/", fetched: "/")
        let file = paths.resolve(path)
        let seen = ImageFile(at: file)
        let kind = wanted ?? seen.kind ?? .disk
        report.kind = kind
        (report.label, report.isBootable, report.system) = (seen.label, seen.isBootable, seen.system)
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

    private static func look(atOrder order: Result<UInt64, DiskSize.Problem>, _ typed: String, _ space: HostSpace?) -> ImageReport {
        var report = ImageReport(path: typed, kind: .disk, note: "", problem: nil, completed: typed, choices: [])
        report.freeBytes = space?.free
        switch order {
        case .failure(let problem): report.problem = problem.text
        case .success(let bytes):
            report.note = "\(DiskSize.words(bytes)), grows as it fills"
            report.problem = space?.problem(bytes)
            if let space, bytes > space.free { report.note = "\(DiskSize.words(bytes)), more than is free" }
        }
        return report
    }

    private static func complete(_ typed: String, in folder: String?) -> (String, [ImageFile]) {
        let slash = typed.lastIndex(of: "/").map { typed.index(after: $0) } ?? typed.startIndex
        let (place, stem) = (String(typed[..<slash]), String(typed[slash...]))
        if typed == "~" { return ("~/", []) }
        // Where the machine's folder and the current one both could be meant, both are looked through.
        var places = [place.hasPrefix("/") || place.hasPrefix("~") ? meant(place, in: nil) : FileManager.default.currentDirectoryPath + "/" + place]
        if let folder, !place.hasPrefix("/"), !place.hasPrefix("~") { places.insert(folder + "/" + place, at: 0) }
        var found: [String: String] = [:]
        for place in places {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? [] {
                guard name.hasPrefix(stem), stem.hasPrefix(".") || !name.hasPrefix(".") else { continue }
                var isFolder: ObjCBool = false
                let path = place.hasSuffix("/") ? place + name : place + "/" + name
                _ = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
                let key = isFolder.boolValue ? name + "/" : name
                if found[key] == nil { found[key] = path }
            }
        }
        let names = found.keys.sorted { ($1.hasSuffix("/") ? 1 : 0, $0) < ($0.hasSuffix("/") ? 1 : 0, $1) }
        guard var shared = names.first else { return (typed, []) }
        for name in names { shared = String(zip(shared, name).prefix { $0 == $1 }.map(\.0)) }
        guard names.count > 1 else { return (place + shared, []) }
        let choices = names.prefix(longestList).enumerated().map { index, name in
            var file = name.hasSuffix("/") ? ImageFile(name, note: "folder") : ImageFile(at: found[name] ?? "", peeks: index < mostPeeks)
            file.name = name
            return file
        }
        return (place + shared, choices)
    }

    /// A list longer than this is typed into; files beyond the second are not opened.
    private static let longestList = 1000, mostPeeks = 300
}

extension ImageFile {
    /// What stands at a path: an ISO 9660 descriptor, the size of a diskette, or what looks like a disk.
    /// - Parameter peeks: opens the file.
    fileprivate init(at path: String, peeks: Bool = true) {
        self.init((path as NSString).lastPathComponent)
        let attributes = try? FileManager.default.attributesOfItem(atPath: (path as NSString).resolvingSymlinksInPath)
        modified = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        // Opening a pipe would wait for its writer.
        guard attributes?[.type] as? FileAttributeType == .typeRegular else { return }
        let size = attributes?[.size] as? UInt64 ?? 0
        note = ImageFile.words(size)
        guard peeks, let handle = FileHandle(forReadingAtPath: path) else { return }
        defer { try? handle.close() }
        func read(_ offset: UInt64, _ count: Int) -> [UInt8] {
            guard (try? handle.seek(toOffset: offset)) != nil, let data = try? handle.read(upToCount: count) else { return [] }
            return Array(data)
        }
        let start = read(0, 512), descriptors = size > 0x8800 ? read(0x8000, 6144) : []
        // ECMA-119 §8.1: sector 16 begins with a type and CD001.
        if descriptors.dropFirst().starts(with: Array("CD001".utf8)) {
            kind = .cd
        } else if let geometry = size % 512 == 0 ? FloppyGeometry.of(sectors: size / 512) : nil {
            kind = .floppy
            note = geometry.name.split(separator: "\" ").last.map(String.init) ?? geometry.name
        } else if size >= 1024, size % 512 == 0, start.suffix(2) == [0x55, 0xAA] || ImageFile.isNamedAsDisk(path) {
            kind = .disk
        }
        guard let kind else { return }
        let signs = ImageSigns(start: start, descriptors: descriptors, kind: kind)
        (label, isBootable, system) = (signs.label, signs.isBootable, signs.system)
        if kind != .cd, !FileManager.default.isWritableFile(atPath: path) { note += ", read-only" }
    }

    private static func isNamedAsDisk(_ path: String) -> Bool {
        [".img", ".raw", ".ima", ".dsk", ".hdd"].contains { path.lowercased().hasSuffix($0) }
    }

    static func words(_ bytes: UInt64) -> String {
        switch bytes {
        case ..<1024: "\(bytes) bytes"
        case ..<(1 << 20): "\(bytes >> 10) KB"
        case ..<(10_000 << 20): "\(bytes >> 20) MB"
        default: "\(bytes >> 30) GB"
        }
    }
}
