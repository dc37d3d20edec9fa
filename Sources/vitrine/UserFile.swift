import Contract
import Foundation

/// Files that a user asked for by name.
enum UserFile {
    /// `~` is what HOME says, as everywhere else.
    private static func expanded(_ path: String) -> String {
        guard path == "~" || path.hasPrefix("~/"), let home = ProcessInfo.processInfo.environment["HOME"] else { return path }
        return home + path.dropFirst()
    }

    /// Replaces the file at once or not at all; what went wrong, in words.
    /// - Parameter makingFolder: its folder is made where it is not there; for Vitrine's own, not for one that someone typed.
    static func write(_ bytes: [UInt8], to path: String, makingFolder: Bool = false) -> String? {
        let path = expanded(path)
        if makingFolder {
            let folder = NSString(string: path).deletingLastPathComponent
            try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
            return nil
        } catch { return "\(path) cannot be written: \(error.localizedDescription)" }
    }

    /// The file's bytes, where it is a file and no larger than the limit.
    static func read(_ path: String, limit: Int) -> Result<[UInt8], KeeperError> {
        let full = expanded(path)
        let kind = (try? FileManager.default.attributesOfItem(atPath: NSString(string: full).resolvingSymlinksInPath))?[.type] as? FileAttributeType
        guard kind == .typeRegular else { return .failure(KeeperError(.notFound, kind == nil ? "\(path): no such file." : "\(path) is no file.")) }
        guard let handle = FileHandle(forReadingAtPath: full), let data = try? handle.read(upToCount: limit + 1) else {
            return .failure(KeeperError(.host, "\(path) cannot be read."))
        }
        guard data.count <= limit else { return .failure(KeeperError(.host, "\(path) is larger than \(limit >> 10) KB.")) }
        return .success(Array(data))
    }

    /// Adds to a file, which is made where there is none; what went wrong, in words.
    static func append(_ bytes: [UInt8], to path: String) -> String? {
        let path = expanded(path)
        do {
            if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(fileURLWithPath: path)) }
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            defer { try? file.close() }
            try file.seekToEnd()
            try file.write(contentsOf: Data(bytes))
            return nil
        } catch { return "\(path) cannot be written: \(error.localizedDescription)" }
    }
}
