import Contract
import Foundation
import Glibc

/// The user's own editor, on a text that goes there and comes back.
enum TextEditor {
    /// Blocks until the editor ends. The terminal must be the editor's.
    static func edit(_ text: String, suffix: String, environment: [String: String] = ProcessInfo.processInfo.environment) -> Result<
        String, KeeperError
    > {
        let folder = NSTemporaryDirectory() + "vitrine-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        let path = folder + "/text" + suffix
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        } catch { return .failure(KeeperError(.host, "\(folder) cannot be written: \(error.localizedDescription)")) }
        let editor = ["VISUAL", "EDITOR"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? "vi"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        // The variable may hold arguments, as git and crontab take it.
        process.arguments = ["-c", "exec \(editor) \"$1\"", "sh", path]
        do { try process.run() } catch { return .failure(KeeperError(.host, "\(editor) cannot be started: \(error.localizedDescription)")) }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            return .failure(KeeperError(.host, "\(editor) ended with status \(process.terminationStatus); set EDITOR to the editor of your choice"))
        }
        guard let data = FileManager.default.contents(atPath: path), data.count <= 1 << 20 else {
            return .failure(KeeperError(.host, "the text is gone, or larger than 1 MB"))
        }
        return .success(String(decoding: data, as: UTF8.self))
    }
}
