package import Contract
import Foundation
import Glibc

/// What happened, on disk: one JSON object a line, the newest last. Written by any number of processes.
package struct EventLog: Sendable {
    /// Bytes of a file before another one is begun; the one before it is kept.
    private static let largest = 1 << 20
    private static let longestText = 2000

    private let folder: String
    private var path: String { folder + "/events.jsonl" }
    private var older: String { folder + "/events.1.jsonl" }

    package init(_ home: Home) { folder = home.state }

    // MARK: Writing

    /// An entry that cannot be written is lost; that is no reason to stop.
    package func append(_ entry: LogEntry) {
        var entry = entry
        entry.text = String(entry.text.prefix(Self.longestText))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let line = try? encoder.encode(entry), let file = open(for: line.count + 2) else { return }
        defer { close(file) }
        // One write, so that lines of several processes do not mix; a line that a dead process left torn is ended first.
        let bytes = (endsInLine(file) ? [] : [10]) + Array(line) + [10]
        _ = unsafe write(file, bytes, bytes.count)
    }

    /// The file, locked, with room for so many bytes.
    private func open(for count: Int) -> Int32? {
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        for _ in 0..<8 {
            let file = unsafe Glibc.open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
            guard file >= 0 else { return nil }
            flock(file, LOCK_EX)
            var (status, named) = (stat(), stat())
            let isFile = unsafe fstat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
            let isCurrent = unsafe lstat(path, &named) == 0 && named.st_ino == status.st_ino
            if isFile, isCurrent, status.st_size == 0 || status.st_size + off_t(count) <= off_t(Self.largest) { return file }
            if isFile, isCurrent { unsafe rename(path, older) }
            close(file)
            if !isFile { return nil }
        }
        return nil
    }

    private func endsInLine(_ file: Int32) -> Bool {
        let size = lseek(file, 0, SEEK_END)
        var last: UInt8 = 10
        guard size > 0, unsafe pread(file, &last, 1, size - 1) == 1 else { return true }
        return last == 10
    }

    // MARK: Reading

    /// The newest entries of both files, the oldest first. Lines that are no entries are passed over.
    package func last(_ count: Int, where isWanted: (LogEntry) -> Bool = { _ in true }) -> [LogEntry] {
        var found: [LogEntry] = []
        for file in [path, older] {
            for line in Self.lines(Self.read(file, from: 0)).reversed() {
                guard found.count < count else { break }
                if let entry = Self.entry(line), isWanted(entry) { found.append(entry) }
            }
        }
        return found.reversed()
    }

    /// How far someone has read.
    package struct Mark: Equatable, Sendable {
        fileprivate var inode: UInt
        fileprivate var offset: UInt64
    }

    /// The end as it is now.
    package var end: Mark {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return Mark(inode: 0, offset: 0) }
        return Mark(inode: UInt(status.st_ino), offset: UInt64(max(status.st_size, 0)))
    }

    /// What was written since `mark`, which moves to the end of the last whole line.
    package func since(_ mark: inout Mark) -> [LogEntry] {
        var bytes: [UInt8] = []
        let now = end
        if now.inode != mark.inode {
            var status = stat()
            // Another file was begun meanwhile; the rest of ours is in the older one.
            if unsafe stat(older, &status) == 0, UInt(status.st_ino) == mark.inode { bytes = Self.read(older, from: mark.offset) }
            mark = Mark(inode: now.inode, offset: 0)
        }
        let new = Self.read(path, from: mark.offset)
        let whole = new.lastIndex(of: 10).map { $0 + 1 } ?? 0
        mark.offset += UInt64(whole)
        return Self.lines(bytes + new[..<whole]).compactMap(Self.entry)
    }

    private static func read(_ path: String, from offset: UInt64) -> [UInt8] {
        let file = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return [] }
        let start = off_t(clamping: offset)
        // Larger than we leave it: someone else's doing, and only its end is looked at.
        let first = max(start, status.st_size - off_t(2 * largest))
        guard status.st_size > first else { return [] }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size - first))
        let count = unsafe pread(file, &bytes, bytes.count, first)
        return Array(bytes.prefix(max(count, 0)))
    }

    private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] { bytes.split(separator: 10) }

    private static func entry(_ line: ArraySlice<UInt8>) -> LogEntry? {
        guard line.count <= 65536, let entry = try? JSONDecoder().decode(LogEntry.self, from: Data(line)) else { return nil }
        // Times that no clock of ours says are not to be reckoned with.
        guard (0..<253_402_300_800).contains(entry.time), entry.machine?.isValid != false else { return nil }
        return entry
    }
}
