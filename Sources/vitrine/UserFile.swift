import Foundation

/// Files that a user asked for by name.
enum UserFile {
    /// Replaces the file at once or not at all; what went wrong, in words.
    static func write(_ bytes: [UInt8], to path: String) -> String? {
        let path = NSString(string: path).expandingTildeInPath
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
            return nil
        } catch { return "\(path) cannot be written: \(error.localizedDescription)" }
    }

    /// Adds to a file, which is made where there is none; what went wrong, in words.
    static func append(_ bytes: [UInt8], to path: String) -> String? {
        let path = NSString(string: path).expandingTildeInPath
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
