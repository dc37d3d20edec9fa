import CZstd
import FoundationEssentials
import Glibc
import HostMemory
package import Picture

/// Reads a saved state from its beginning, a section at a time. Whoever wrote it is not trusted.
package final class SnapshotReader {
    private let path: String
    private let descriptor: Int32
    private let size: UInt64
    private var position: UInt64 = 0
    private var hash = Hash64()
    private let version: UInt32
    private var work = SnapshotWork()
    private var done: UInt64 = 0
    private var total: UInt64 = 0

    /// What whoever saved wanted to find again; empty in files of version 2.
    package private(set) var about: [UInt8] = []
    /// What the screen showed; blank in files of version 2.
    package private(set) var picture = Picture.blank

    private enum Limit {
        static let state: UInt64 = 1 << 26, picture: UInt64 = 1 << 27, about: UInt64 = 1 << 20
    }

    /// Reads what stands at the beginning: `about` and `picture`.
    package init(_ path: String) throws(SnapshotFailure) {
        self.path = path
        // A pipe would not answer.
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .failed("cannot open \(path): \(unsafe String(cString: strerror(errno))).") }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size >= 0 else {
            close(descriptor)
            throw .failed("\(path) is not a file.")
        }
        size = UInt64(status.st_size)
        let head: [UInt8]
        do { head = try Self.bytes(descriptor, 0, Snapshot.magic.count + 4) } catch {
            close(descriptor)
            throw .failed("\(path) is not a saved state.")
        }
        version = head.suffix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard head.starts(with: Snapshot.magic) else { throw .failed("\(path) is not a saved state.") }
        guard Snapshot.oldestVersion...Snapshot.version ~= version else {
            throw .failed("\(path) has format \(version); this Vitrine reads \(Snapshot.oldestVersion) to \(Snapshot.version).")
        }
        position = UInt64(head.count)
        hash.add(pieces: head)
        guard version > 2 else { return }
        about = try named(Snapshot.Section.about, atMost: Limit.about)
        guard let picture = Picture(encoded: try named(Snapshot.Section.picture, atMost: Limit.picture)) else { throw damaged("its picture") }
        self.picture = picture
    }

    deinit { close(descriptor) }

    /// The next thing in the file; to be called once, before `sections`.
    package func header() throws(SnapshotFailure) -> Snapshot.Header {
        let json = version > 2 ? try named(Snapshot.Section.state, atMost: Limit.state) : try bytes(Int(clamping: number(4)))
        do { return try JSONDecoder().decode(Snapshot.Header.self, from: Data(json)) } catch { throw damaged("its description") }
    }

    // MARK: Sections

    struct Section {
        var name: String
        var size: UInt64
    }

    /// - Parameter total: of the sections that `fill` and `contents` will be asked for.
    func follow(_ work: SnapshotWork, total: UInt64) { (self.work, self.total) = (work, total) }

    /// The next section's beginning, or nil at the end of the file. What follows must be taken with `fill`, `contents` or `skip`.
    func next() throws(SnapshotFailure) -> Section? {
        if version == 2, position == size { return nil }
        let name = String(decoding: try bytes(Int(clamping: number(1))), as: UTF8.self)
        let hash = hash.value
        let size = try number(8)
        if version > 2, name.isEmpty {
            guard size == hash, position == self.size else { throw damaged("its end") }
            return nil
        }
        return Section(name: name, size: size)
    }

    func skip(_ section: Section) throws(SnapshotFailure) {
        try chunks(section, counts: false) { _, length throws(SnapshotFailure) in
            _ = try frame(Int(length))
        }
    }

    /// Makes the region what it was. Pages that hold nothing are not touched.
    func fill(_ region: Region, from section: Section) throws(SnapshotFailure) {
        guard section.size == UInt64(region.size) else { throw damaged(section.name) }
        region.clear()
        try chunks(section, counts: true) { start, length throws(SnapshotFailure) in
            let chunk = try unpack(section, start, length)
            for page in stride(from: 0, to: chunk.count, by: 4096) {
                let bytes = Array(chunk[page..<min(page + 4096, chunk.count)])
                if !bytes.isZero { region.copy(bytes, at: Int(start) + page) }
            }
        }
    }

    func contents(_ section: Section, atMost limit: UInt64, counts: Bool = false) throws(SnapshotFailure) -> [UInt8] {
        guard section.size <= limit else { throw damaged(section.name) }
        var contents: [UInt8] = []
        try chunks(section, counts: counts) { start, length throws(SnapshotFailure) in
            let chunk = try unpack(section, start, length)
            contents.append(contentsOf: repeatElement(0, count: Int(start) - contents.count))
            contents.append(contentsOf: chunk)
        }
        contents.append(contentsOf: repeatElement(0, count: Int(section.size) - contents.count))
        return contents
    }

    private func named(_ name: String, atMost limit: UInt64) throws(SnapshotFailure) -> [UInt8] {
        guard let section = try next(), section.name == name else { throw damaged(name) }
        return try contents(section, atMost: limit)
    }

    /// Calls `take` with where each chunk begins in the section and the length of its frame in the file, which `take` must consume.
    private func chunks(
        _ section: Section, counts: Bool, _ take: (_ start: UInt64, _ length: UInt64) throws(SnapshotFailure) -> Void
    ) throws(SnapshotFailure) {
        let count = (section.size / UInt64(Snapshot.chunkBytes)) + (section.size % UInt64(Snapshot.chunkBytes) == 0 ? 0 : 1)
        var least: UInt64 = 0
        let before = done
        while true {
            if work.isCancelled() { throw .cancelled }
            let index = try number(4)
            if index == UInt64(Snapshot.endOfSection) { break }
            let length = try number(4)
            guard least..<max(count, least) ~= index, length <= UInt64(ZSTD_compressBound(Snapshot.chunkBytes)) else { throw damaged(section.name) }
            least = index + 1
            try take(index * UInt64(Snapshot.chunkBytes), length)
            guard counts else { continue }
            done = before + least * UInt64(Snapshot.chunkBytes)
            work.progress(min(done, total), total)
        }
        if counts {
            done = before + section.size
            work.progress(min(done, total), total)
        }
    }

    private func unpack(_ section: Section, _ start: UInt64, _ length: UInt64) throws(SnapshotFailure) -> [UInt8] {
        let packed = try frame(Int(length))
        var chunk = [UInt8](repeating: 0, count: Int(min(UInt64(Snapshot.chunkBytes), section.size - start)))
        let count = unsafe ZSTD_decompress(&chunk, chunk.count, packed, packed.count)
        guard ZSTD_isError(count) == 0, count == chunk.count else { throw damaged(section.name) }
        return chunk
    }

    // MARK: Bytes

    private func number(_ count: Int) throws(SnapshotFailure) -> UInt64 {
        try bytes(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private func bytes(_ count: Int) throws(SnapshotFailure) -> [UInt8] {
        let bytes = try frame(count)
        hash.add(pieces: bytes)
        return bytes
    }

    private func frame(_ count: Int) throws(SnapshotFailure) -> [UInt8] {
        guard count >= 0, UInt64(count) <= size - min(position, size) else { throw tooShort }
        let bytes = try Self.bytes(descriptor, position, count)
        position += UInt64(count)
        return bytes
    }

    private static func bytes(_ descriptor: Int32, _ position: UInt64, _ count: Int) throws(SnapshotFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let length = unsafe bytes.withUnsafeMutableBytes {
                unsafe pread(descriptor, $0.baseAddress.unsafelyUnwrapped + done, count - done, off_t(clamping: position) + off_t(done))
            }
            guard length > 0 else { throw .failed("the saved state ends too early.") }
            done += length
        }
        return bytes
    }

    func damaged(_ part: String) -> SnapshotFailure { .failed("\(path) is damaged: \(part.printable) cannot be read.") }
    private var tooShort: SnapshotFailure { .failed("\(path) is damaged: it ends too early.") }
}

extension String {
    /// Names in files are anybody's.
    fileprivate var printable: String { String(String.UnicodeScalarView(unicodeScalars.filter { (0x20...0x7E).contains($0.value) }.prefix(40))) }
}
