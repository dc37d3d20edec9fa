import Configuration
import Contract
import Foundation
import Screens
import TUI
import Testing

extension Harness {
    /// Images as a keeper with a home of its own would find them.
    static let images: [String: [ImageFile]] = [
        "/home/me/": [file("images/", nil, "folder")],
        "/home/me/images/": [
            file("old/", nil, "folder"), file("fd13-boot.img", .floppy, "1.44 MB", "FD13BOOT", "dos", 300),
            file("fd13live.iso", .cd, "402 MB", "FD13LIVE", "dos", 200), file("notes.txt", nil, "3 KB"),
            file("w98se.iso", .cd, "622 MB", "WIN98SE", "win98", 100),
        ],
        "/home/me/Downloads/": [
            file("debian-12-i386.iso", .cd, "664 MB", "Debian 12.4.0 i386", "linux", 250), file("disk.img", .disk, "2048 MB", "", nil, 50),
        ],
        "/here/": [],
    ]

    private static func file(_ name: String, _ kind: ImageKind?, _ note: String, _ label: String = "", _ system: String? = nil, _ at: Double = 0)
        -> ImageFile
    {
        var file = ImageFile(name, kind: kind, note: note)
        (file.label, file.system, file.isBootable, file.modified) = (label, system, system != nil, at)
        return file
    }

    static func inspect(_ typed: String) -> ImageReport {
        if let size = typed.hasPrefix("new:") ? UInt64(typed.dropFirst(4)) : nil {
            var report = ImageReport(
                path: typed, kind: .disk, note: "\(size >> 20) MB, grows as it fills", problem: nil, completed: typed, choices: [])
            report.freeBytes = 21 << 30
            return report
        }
        if typed.hasPrefix("builtin:") || typed == "os2-warp.img" {
            return ImageReport(path: typed, kind: .disk, note: "2048 MB", problem: nil, completed: typed, choices: [])
        }
        let path =
            typed.hasPrefix("~/") ? "/home/me" + typed.dropFirst() : typed.hasPrefix("/") ? typed : "/here/" + typed.drop { $0 == "." || $0 == "/" }
        let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        let folder = String(path[..<slash]), stem = String(path[slash...])
        let fitting = (images[folder] ?? []).filter { $0.name.hasPrefix(stem) }
        var completed = typed
        if let first = fitting.first {
            let shared = fitting.reduce(first.name) { a, b in String(zip(a, b.name).prefix { $0 == $1 }.map(\.0)) }
            completed = String(typed.dropLast(stem.count)) + shared
        }
        var report = ImageReport(
            path: path, kind: nil, note: "", problem: "\(path): there is no such file. Check the name.", completed: completed,
            choices: fitting.count > 1 ? fitting : [])
        if stem.isEmpty || stem.hasSuffix("/") { report.problem = "\(path): it is a directory, not an image file. Choose a file inside it." }
        if let file = fitting.first(where: { $0.name == stem }) {
            (report.kind, report.note, report.problem) = (file.kind, file.note, nil)
            (report.label, report.isBootable, report.system) = (file.label, file.isBootable, file.system)
        }
        return report
    }

    /// Answers about files, and says yes to everything else.
    func knowsImages(configuration: MachineConfiguration? = nil) {
        answer = { command in
            switch command {
            case .inspect(let path, _, _): .success(.image(Harness.inspect(path)))
            case .create(let json):
                (try? JSONDecoder().decode(MachineConfiguration.self, from: Data(json))).map { .success(.created(MachineID(rawValue: $0.name))) }
                    ?? .failure(KeeperError(.invalid, "no configuration"))
            case .configuration:
                configuration.flatMap { try? JSONEncoder().encode($0) }.map { .success(.configuration(Array($0))) } ?? .success(.done)
            default: .success(.done)
            }
        }
    }

    /// What was last ordered to be made or saved.
    var written: MachineConfiguration? {
        for command in commands.reversed() {
            switch command {
            case .create(let json), .configure(_, let json): return try? JSONDecoder().decode(MachineConfiguration.self, from: Data(json))
            default: continue
            }
        }
        return nil
    }
}
