package import Bus
import Glibc

/// A file whose bytes are the medium's bytes: raw hard disks, floppy images and ISO files.
///
/// The file is read with `pread` and written with `pwrite`, never mapped, so that a file cut short by someone else gives an error instead of
/// ending the process. While attached it is locked with `flock`, which holds between processes and within this one: writers alone, readers together.
package final class RawImage: BlockDevice {
    package enum Kind: Sendable, CaseIterable { case disk, floppy, cd }

    package let path: String
    package let kind: Kind
    package let sectorSize: Int
    package let sectorCount: UInt64
    package let isReadOnly: Bool
    /// What the owner should know about how the file is attached; nil when it is as was asked.
    package let remark: String?
    private let descriptor: Int32
    private let length: UInt64

    /// Opens and locks the file.
    /// - Parameter readOnly: the guest may not write, and others may read the file at the same time. CDs always are.
    package init(_ path: String, kind: Kind, readOnly: Bool = false) throws(DiskError) {
        let (descriptor, isWritable, remark) = try Self.open(path, writable: !readOnly && kind != .cd)
        let whole: UInt64
        do {
            length = try Self.length(of: descriptor, path, kind)
            whole = kind == .floppy ? try Self.diskette(holding: length, path) : length
            try Self.lock(descriptor, path, exclusively: isWritable && whole == length)
        } catch {
            close(descriptor)
            throw error
        }
        self.path = path
        self.kind = kind
        self.descriptor = descriptor
        let isShort = whole > length
        self.remark =
            isShort
            ? "\(path) is attached read-only: its \(length) bytes are less than a diskette of \(whole), as if zeros followed. "
                + "To write to it, make it whole: truncate -s \(whole)."
            : remark
        isReadOnly = !isWritable || isShort
        sectorSize = kind == .cd ? 2048 : 512
        // The last block of a CD may be cut at a multiple of 512; what is missing reads as zeros, as it does behind a short diskette.
        sectorCount = (whole + UInt64(sectorSize) - 1) / UInt64(sectorSize)
    }

    deinit { close(descriptor) }

    // MARK: Opening

    private static func open(_ path: String, writable: Bool) throws(DiskError) -> (Int32, Bool, String?) {
        let flags = O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        if writable {
            let descriptor = unsafe Glibc.open(path, O_RDWR | flags)
            if descriptor >= 0 { return (descriptor, true, nil) }
            guard errno == EACCES || errno == EROFS || errno == EPERM || errno == ETXTBSY else { throw refused(path, errno) }
            let reason = errno == EROFS ? "its file system is mounted read-only" : "the file may not be written"
            let fallback = unsafe Glibc.open(path, O_RDONLY | flags)
            guard fallback >= 0 else { throw refused(path, errno) }
            return (fallback, false, "\(path) is attached read-only: \(reason).")
        }
        let descriptor = unsafe Glibc.open(path, O_RDONLY | flags)
        guard descriptor >= 0 else { throw refused(path, errno) }
        return (descriptor, false, nil)
    }

    private static func refused(_ path: String, _ code: Int32) -> DiskError {
        switch code {
        case ENOENT, ENOTDIR: DiskError(path, "there is no such file", "Check the name, or create the image first.")
        case EISDIR: aDirectory(path)
        case EACCES, EPERM: DiskError(path, "you may not read this file", "Change its permissions, or choose another image.")
        default: DiskError(path, "it cannot be opened: \(message(code))", "Choose another image.")
        }
    }

    private static func aDirectory(_ path: String) -> DiskError {
        DiskError(path, "it is a directory, not an image file", "Choose a file inside it.")
    }

    private static func length(of descriptor: Int32, _ path: String, _ kind: Kind) throws(DiskError) -> UInt64 {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw refused(path, errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw aDirectory(path)
        default: throw DiskError(path, "it is neither a file nor a directory", "Devices and pipes cannot be attached; copy the contents to a file.")
        }
        let length = UInt64(max(status.st_size, 0))
        guard length > 0 else { throw DiskError(path, "the file is empty", "Create the image with its full size, or choose another.") }
        switch kind {
        case .disk:
            guard length % 512 == 0 else { throw ragged(path, length, "a disk") }
        case .cd:
            guard length % 512 == 0 else { throw ragged(path, length, "a CD") }
        case .floppy:
            guard length % 512 == 0 else { throw ragged(path, length, "a diskette") }
        }
        return length
    }

    /// Bytes of the diskette that an image of `length` bytes stands for. Makers of boot diskettes like to leave the empty end out: such an
    /// image is of a 1.44 MB one, or the smallest that holds it.
    private static func diskette(holding length: UInt64, _ path: String) throws(DiskError) -> UInt64 {
        if let geometry = FloppyGeometry.of(sectors: length / 512) { return UInt64(geometry.bytes) }
        let sizes = FloppyGeometry.all.map { UInt64($0.bytes) }.filter { $0 > length }
        let common: UInt64 = 1_474_560
        guard let smallest = sizes.min() else {
            throw DiskError(path, "\(length) bytes are more than any diskette holds", "If it is a hard disk, attach it as one.")
        }
        return sizes.contains(common) ? common : smallest
    }

    private static func ragged(_ path: String, _ length: UInt64, _ what: String) -> DiskError {
        DiskError(
            path, "its \(length) bytes are not a whole number of 512-byte sectors, so it is not the image of \(what) or was cut short",
            "Copy it again, or add zeros: truncate -s \((length / 512 + 1) * 512).")
    }

    private static func lock(_ descriptor: Int32, _ path: String, exclusively: Bool) throws(DiskError) {
        while flock(descriptor, (exclusively ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK:
                throw DiskError(
                    path, exclusively ? "another machine or program uses it" : "another machine or program may write to it",
                    "Stop the other one, or attach the image read-only to both.")
            // File systems without locks: better attached without one than not at all.
            case ENOLCK, EOPNOTSUPP, ENOSYS: return
            default: throw DiskError(path, "it cannot be locked: \(message(errno))", "Copy it to a local disk.")
            }
        }
    }

    private static func message(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }

    // MARK: BlockDevice

    package func read(_ sector: UInt64, count: Int) throws(BlockError) -> [UInt8] {
        let (offset, bytes) = try extent(sector, count)
        let present = Int(min(UInt64(bytes), length - min(length, offset)))
        var failure: BlockError?
        let data = unsafe [UInt8](unsafeUninitializedCapacity: bytes) { buffer, filled in
            var done = 0
            while done < present {
                let moved = unsafe pread(descriptor, buffer.baseAddress.map { unsafe $0 + done }, present - done, Int(offset) + done)
                if moved < 0 && errno == EINTR { continue }
                guard moved > 0 else {
                    failure = moved < 0 ? host("reading", errno) : .host(reason: "\(path): the file was cut short while attached")
                    return
                }
                done += moved
            }
            for index in present..<bytes { unsafe (buffer.baseAddress.map { unsafe ($0 + index).initialize(to: 0) }) }
            filled = bytes
        }
        if let failure { throw failure }
        return data
    }

    package func write(_ sector: UInt64, _ bytes: [UInt8]) throws(BlockError) {
        guard !isReadOnly else { throw .readOnly }
        guard bytes.count % sectorSize == 0 else { throw .outOfRange(sector: sector, count: bytes.count / sectorSize + 1, of: sectorCount) }
        let (offset, total) = try extent(sector, bytes.count / sectorSize)
        let failure = unsafe bytes.withUnsafeBytes { source -> BlockError? in
            var done = 0
            while done < total {
                let moved = unsafe pwrite(descriptor, source.baseAddress.map { unsafe $0 + done }, total - done, Int(offset) + done)
                if moved < 0 && errno == EINTR { continue }
                guard moved > 0 else { return host("writing", moved < 0 ? errno : ENOSPC) }
                done += moved
            }
            return nil
        }
        if let failure { throw failure }
    }

    package func flush() throws(BlockError) {
        guard !isReadOnly else { return }
        while fdatasync(descriptor) != 0 { if errno != EINTR { throw host("writing", errno) } }
    }

    package func letGo() { _ = flock(descriptor, LOCK_UN) }

    private func extent(_ sector: UInt64, _ count: Int) throws(BlockError) -> (offset: UInt64, bytes: Int) {
        guard count >= 0, sector <= sectorCount, UInt64(count) <= sectorCount - sector else {
            throw .outOfRange(sector: sector, count: count, of: sectorCount)
        }
        return (sector * UInt64(sectorSize), count * sectorSize)
    }

    private func host(_ action: String, _ code: Int32) -> BlockError { .host(reason: "\(path): \(action) failed: \(Self.message(code))") }
}
