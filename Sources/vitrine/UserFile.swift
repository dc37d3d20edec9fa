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
}
