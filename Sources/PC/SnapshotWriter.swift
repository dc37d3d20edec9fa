import CZstd
import Glibc
import HostMemory

/// Writes a saved state beside its place, section by section, and puts it there when it is whole.
///
/// `@safe`: the compressor's context is this object's own, from its beginning to its end.
@safe
final class SnapshotWriter {
    private let path: String
    private let descriptor: Int32
    private let work: SnapshotWork
    private let total: UInt64
    private var done: UInt64 = 0
    private var isWhole = false
    private(set) var written: UInt64 = 0
    /// Bytes that were not all zero.
    private(set) var kept: UInt64 = 0
    private let context: OpaquePointer?
    private var packed: [UInt8]
    private var hash = Hash64()

    private var beside: String { path + ".new" }

    /// - Parameter total: of what `section(_:_:)` will be given that counts as progress.
    init(_ path: String, total: UInt64, work: SnapshotWork) throws(SnapshotFailure) {
        (self.path, self.total, self.work) = (path, total, work)
        packed = [UInt8](repeating: 0, count: ZSTD_compressBound(Snapshot.chunkBytes))
        unsafe context = ZSTD_createCCtx()
        descriptor = unsafe open(path + ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure }
        guard let context = unsafe context else { throw .failed("the host refused memory for compression.") }
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 1)
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        try write(Snapshot.magic + Self.number(UInt64(Snapshot.version), 4))
    }

    deinit {
        unsafe ZSTD_freeCCtx(context)
        guard descriptor >= 0 else { return }
        close(descriptor)
        if !isWhole { unsafe unlink(beside) }
    }

    func section(_ name: String, _ bytes: [UInt8], counts: Bool = false) throws(SnapshotFailure) {
        try section(name, size: bytes.count, counts: counts) { Array(bytes[$0]) }
    }

    func section(_ region: Region) throws(SnapshotFailure) {
        let touched = TouchedPages(region)
        try section(region.name, size: region.size, counts: true) { place in
            touched.meet(place) ? region.slice(at: place.lowerBound, count: place.count) : nil
        }
    }

    /// - Parameter bytes: nil where all are zero.
    private func section(_ name: String, size: Int, counts: Bool, _ bytes: (Range<Int>) -> [UInt8]?) throws(SnapshotFailure) {
        let name = Array(name.utf8.prefix(255))
        try write([UInt8(truncatingIfNeeded: name.count)] + name + Self.number(UInt64(size), 8))
        for start in stride(from: 0, to: size, by: Snapshot.chunkBytes) {
            if work.isCancelled() { throw .cancelled }
            let place = start..<min(start + Snapshot.chunkBytes, size)
            let chunk = bytes(place).flatMap { $0.isZero ? nil : $0 }
            if let chunk { try write(chunk, index: start / Snapshot.chunkBytes) }
            guard counts else { continue }
            done += UInt64(place.count)
            kept += UInt64(chunk?.count ?? 0)
            work.progress(done, total)
        }
        try write(Self.number(UInt64(Snapshot.endOfSection), 4))
    }

    private func write(_ chunk: [UInt8], index: Int) throws(SnapshotFailure) {
        guard let context = unsafe context else { return }
        let length = unsafe ZSTD_compress2(context, &packed, packed.count, chunk, chunk.count)
        guard ZSTD_isError(length) == 0 else { throw .failed("memory could not be compressed.") }
        try write(Self.number(UInt64(index), 4) + Self.number(UInt64(length), 4))
        try put(Array(packed.prefix(length)))
    }

    /// The file takes the place of what was there. From here on there is no way back.
    func finish() throws(SnapshotFailure) {
        try write([0])
        try put(Self.number(hash.value, 8))
        guard fsync(descriptor) == 0 else { throw failure }
        if work.isCancelled() { throw .cancelled }
        guard unsafe rename(beside, path) == 0 else { throw failure }
        isWhole = true
        // That the name stands for the new file must last, too: the machine ends now.
        let slash = path.lastIndex(of: "/")
        let folder = unsafe open(slash.map { String(path[...$0]) } ?? ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    private func write(_ bytes: [UInt8]) throws(SnapshotFailure) {
        hash.add(pieces: bytes)
        try put(bytes)
    }

    private func put(_ bytes: [UInt8]) throws(SnapshotFailure) {
        var at = 0
        while at < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress.unsafelyUnwrapped + at, $0.count - at) }
            guard count > 0 else { throw failure }
            at += count
        }
        written += UInt64(bytes.count)
    }

    private var failure: SnapshotFailure { .failed("cannot write \(path): \(unsafe String(cString: strerror(errno))).") }

    static func number(_ value: UInt64, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) } }

    /// Bytes that whoever may write to the folder of `path` has free there; nil where the host does not say.
    static func room(for path: String) -> UInt64? {
        var status = statvfs()
        let slash = path.lastIndex(of: "/")
        guard unsafe statvfs(slash.map { String(path[...$0]) } ?? ".", &status) == 0 else { return nil }
        return UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue
    }
}

/// Which pages of a region were ever touched, so that those that were not need not be read: to look at one has the host map it, which costs more than
/// to compress it.
private struct TouchedPages {
    /// As in Linux's admin-guide/mm/pagemap.rst: bit 63 is set of a page that is in memory, bit 62 of one that is swapped out. nil: the host does not say.
    private var entries: [UInt64]?
    private static let pageBytes = 4096

    init(_ region: Region) {
        let file = unsafe open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { close(file) }
        var entries = [UInt64](repeating: 0, count: region.size / Self.pageBytes)
        let start = unsafe Int(bitPattern: region.base) / Self.pageBytes * 8
        let isWhole = unsafe entries.withUnsafeMutableBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = unsafe pread(file, bytes.baseAddress.unsafelyUnwrapped + done, bytes.count - done, off_t(start + done))
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
        if isWhole { self.entries = entries }
    }

    func meet(_ place: Range<Int>) -> Bool {
        guard let entries else { return true }
        return entries[(place.lowerBound / Self.pageBytes)..<((place.upperBound + Self.pageBytes - 1) / Self.pageBytes)].contains { $0 >> 62 != 0 }
    }
}

extension [UInt8] {
    /// Eight bytes at a time.
    var isZero: Bool {
        unsafe withUnsafeBytes { bytes in
            let words = bytes.count / 8
            for index in 0..<words where unsafe bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self) != 0 { return false }
            return unsafe bytes[(words * 8)...].allSatisfy { $0 == 0 }
        }
    }
}
