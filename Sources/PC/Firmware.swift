import Glibc

/// What keeps a machine from being built; `description` says what failed, on what, and what to do.
package struct MachineError: Error, CustomStringConvertible, Sendable {
    package let description: String
    package init(_ description: String) { self.description = description }
}

/// ROM images: the system BIOS and the video BIOS, from the `seabios` package or from a file.
package struct Firmware: Sendable {
    package let bios: [UInt8]
    package let videoBIOS: [UInt8]

    private static let folder = "/usr/share/seabios/"

    init(bios: [UInt8], videoBIOS: [UInt8]) { (self.bios, self.videoBIOS) = (bios, videoBIOS) }

    /// - Parameter path: another system ROM; nil for SeaBIOS.
    package init(bios path: String?) throws(MachineError) {
        bios = try Self.load(path ?? Self.folder + "bios-256k.bin", isPackaged: path == nil)
        guard bios.count >= 65536, bios.count <= 1 << 20, bios.count % 65536 == 0 else {
            throw MachineError("\(path ?? "the system ROM") has \(bios.count) bytes; a system ROM is 64 KB to 1 MB, in steps of 64 KB.")
        }
        videoBIOS = try Self.load(Self.folder + "vgabios-stdvga.bin", isPackaged: true)
    }

    private static func load(_ path: String, isPackaged: Bool) throws(MachineError) -> [UInt8] {
        do { return try HostFile.read(path, limit: 1 << 24) } catch {
            throw MachineError(isPackaged ? "\(error) Install the Debian package seabios." : "\(error) Give --bios a ROM image.")
        }
    }
}

/// Whole files, read and replaced.
package enum HostFile {
    /// - Parameter limit: larger files are refused.
    package static func read(_ path: String, limit: Int) throws(MachineError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot open", path) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure("cannot read", path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw MachineError("\(path) is not a file.") }
        guard status.st_size <= limit else { throw MachineError("\(path) has \(status.st_size >> 20) MB, too many for what it is used as.") }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress.unsafelyUnwrapped + done, $0.count - done)
            }
            guard count > 0 else { throw failure("cannot read", path) }
            done += count
        }
        return bytes
    }

    /// Writes beside `path` and renames: the old file stays whole until the new one is.
    package static func replace(_ path: String, _ bytes: [UInt8]) throws(MachineError) {
        let beside = path + ".new"
        let descriptor = unsafe open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("cannot write", beside) }
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress.unsafelyUnwrapped + done, $0.count - done) }
            guard count > 0 else {
                let error = failure("cannot write", beside)
                close(descriptor)
                unsafe unlink(beside)
                throw error
            }
            done += count
        }
        guard fsync(descriptor) == 0, close(descriptor) == 0, unsafe rename(beside, path) == 0 else {
            let error = failure("cannot write", path)
            unsafe unlink(beside)
            throw error
        }
    }

    private static func failure(_ what: String, _ path: String) -> MachineError {
        MachineError("\(what) \(path): \(unsafe String(cString: strerror(errno))).")
    }
}
