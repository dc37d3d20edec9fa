import Contract
import Glibc

/// A copy of a machine's folder. Holes stay holes, links stay links, and what is no file, such as a socket, stays behind.
struct MachineCopy {
    /// Between two looks at `cancellation`.
    private static let piece = 4 << 20
    private static let page = 4096

    let cancellation: Cancellation
    /// Names in the folder itself that are not copied.
    let leftOut: Set<String>
    /// Given the bytes copied so far, after every piece.
    let progress: (UInt64) -> Void

    private final class Count { var bytes: UInt64 = 0 }
    private let copied = Count()

    init(cancellation: Cancellation, leftOut: Set<String> = [], progress: @escaping (UInt64) -> Void) {
        (self.cancellation, self.leftOut, self.progress) = (cancellation, leftOut, progress)
    }

    /// Bytes that a copy will write.
    func size(of path: String) throws(KeeperError) -> UInt64 { try size(of: Folder(path), 0) }

    private func size(of folder: Folder, _ depth: Int) throws(KeeperError) -> UInt64 {
        var total: UInt64 = 0
        for entry in try wanted(folder, depth) {
            switch entry.kind {
            case .file: total &+= min(entry.size, entry.allocated)
            case .folder: total &+= try size(of: folder.folder(entry), depth + 1)
            case .link, .other: break
            }
        }
        return total
    }

    /// Fills the folder `target`, which is there and empty.
    /// - Throws: `KeeperError` with the reason; whoever called removes what was made. The same where `cancellation` was cancelled.
    func copy(_ source: String, to target: String) throws(KeeperError) { try copy(Folder(source), to: Folder(target), 0) }

    private func wanted(_ folder: Folder, _ depth: Int) throws(KeeperError) -> [Folder.Entry] {
        guard depth <= Folder.deepest else {
            throw KeeperError(.host, "\(folder.path) is more than \(Folder.deepest) folders deep: move it out first")
        }
        let entries = try folder.entries()
        return depth > 0 ? entries : entries.filter { !leftOut.contains($0.text) }
    }

    private func copy(_ source: Folder, to target: Folder, _ depth: Int) throws(KeeperError) {
        for entry in try wanted(source, depth) {
            switch entry.kind {
            case .folder:
                let inner = try source.folder(entry)
                try copy(inner, to: target.makeFolder(like: entry), depth + 1)
            case .file: try copyFile(entry, source, target)
            case .link: try copyLink(entry, source, target)
            case .other: break
            }
        }
    }

    private func copyLink(_ entry: Folder.Entry, _ source: Folder, _ target: Folder) throws(KeeperError) {
        var text = [CChar](repeating: 0, count: 4097)
        let count = unsafe readlinkat(source.descriptor, entry.name, &text, text.count - 1)
        guard count >= 0 else { throw Folder.failure("cannot be read", source.path + "/" + entry.text) }
        text[count] = 0
        guard unsafe symlinkat(text, target.descriptor, entry.name) == 0 else {
            throw Folder.failure("cannot be made", target.path + "/" + entry.text)
        }
    }

    private func copyFile(_ entry: Folder.Entry, _ source: Folder, _ target: Folder) throws(KeeperError) {
        let (from, to) = (source.path + "/" + entry.text, target.path + "/" + entry.text)
        let input = unsafe openat(source.descriptor, entry.name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard input >= 0 else { throw Folder.failure("cannot be read", from) }
        defer { close(input) }
        let output = unsafe openat(target.descriptor, entry.name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, entry.mode | 0o600)
        guard output >= 0 else { throw Folder.failure("cannot be made", to) }
        defer { close(output) }
        let size = off_t(clamping: entry.size)
        guard ftruncate(output, size) == 0 else { throw Folder.failure("cannot be made \(entry.size) bytes long", to) }
        var place: off_t = 0
        while place < size {
            let (start, end) = Self.data(in: input, from: place, size)
            if start >= size { break }
            try copyRange(input, output, start..<end, from, to)
            place = end
        }
        guard fsync(output) == 0 else { throw Folder.failure("cannot be written", to) }
    }

    /// The next stretch that is no hole; all the rest where the host cannot tell.
    private static func data(in descriptor: Int32, from place: off_t, _ size: off_t) -> (start: off_t, end: off_t) {
        let (seekData, seekHole) = (Int32(3), Int32(4))
        let start = lseek(descriptor, place, seekData)
        guard start >= 0 else { return errno == ENXIO ? (size, size) : (place, size) }
        let end = lseek(descriptor, start, seekHole)
        return (start, end > start ? min(end, size) : size)
    }

    private func copyRange(_ input: Int32, _ output: Int32, _ range: Range<off_t>, _ from: String, _ to: String) throws(KeeperError) {
        var buffer = [UInt8](repeating: 0, count: Int(min(range.upperBound - range.lowerBound, off_t(Self.piece))))
        var place = range.lowerBound
        while place < range.upperBound {
            guard !cancellation.isCancelled else { throw KeeperError(.wrongState, "cancelled") }
            let count = Int(min(range.upperBound - place, off_t(buffer.count)))
            let done = unsafe buffer.withUnsafeMutableBytes { unsafe pread(input, $0.baseAddress, count, place) }
            guard done >= 0 || errno == EINTR else { throw Folder.failure("cannot be read", from) }
            // Cut short by someone else meanwhile: the rest reads as zeros, as a hole does.
            guard done != 0 else { return }
            try write(buffer, max(done, 0), output, at: place, to)
            place += off_t(max(done, 0))
            copied.bytes &+= UInt64(max(done, 0))
            progress(copied.bytes)
        }
    }

    /// Pages of zeros are left as holes.
    private func write(_ buffer: [UInt8], _ count: Int, _ output: Int32, at place: off_t, _ to: String) throws(KeeperError) {
        var start = 0
        while start < count {
            let end = min(start + Self.page, count)
            if buffer[start..<end].allSatisfy({ $0 == 0 }) {
                start = end
                continue
            }
            let written = unsafe buffer[start..<end].withUnsafeBytes { unsafe pwrite(output, $0.baseAddress, $0.count, place + off_t(start)) }
            guard written > 0 || errno == EINTR else { throw Folder.failure("cannot be written", to) }
            start += max(written, 0)
        }
    }
}
