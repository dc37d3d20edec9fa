import Contract
import Glibc

/// A folder held open. What is in it is reached through it, so that no link on the way leads elsewhere, and names are bytes as the host has
/// them, whatever they spell.
final class Folder {
    struct Entry {
        enum Kind { case folder, file, link, other }
        /// Ends in a zero.
        var name: [CChar]
        var kind: Kind
        var size: UInt64
        /// Bytes that the host's disk spends on it.
        var allocated: UInt64
        var mode: mode_t

        /// For people.
        var text: String { String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) }
    }

    /// Folders inside folders: more is no machine's.
    static let deepest = 32

    let descriptor: Int32
    /// For people.
    let path: String

    init(_ path: String) throws(KeeperError) {
        descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        self.path = path
        guard descriptor >= 0 else { throw Folder.failure("cannot be opened", path) }
    }

    private init(_ descriptor: Int32, _ path: String) { (self.descriptor, self.path) = (descriptor, path) }

    deinit { close(descriptor) }

    func folder(_ entry: Entry) throws(KeeperError) -> Folder {
        let place = path + "/" + entry.text
        let inner = unsafe openat(descriptor, entry.name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        guard inner >= 0 else { throw Folder.failure("cannot be opened", place) }
        return Folder(inner, place)
    }

    func makeFolder(like entry: Entry) throws(KeeperError) -> Folder {
        guard unsafe mkdirat(descriptor, entry.name, 0o700) == 0 else { throw Folder.failure("cannot be made", path + "/" + entry.text) }
        return try folder(entry)
    }

    /// In no order.
    func entries() throws(KeeperError) -> [Entry] {
        // The stream owns its descriptor, and reads from where the last one stopped.
        let own = unsafe openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard own >= 0, let stream = unsafe fdopendir(own) else {
            if own >= 0 { close(own) }
            throw Folder.failure("cannot be read", path)
        }
        defer { unsafe closedir(stream) }
        guard let place = MemoryLayout<dirent>.offset(of: \.d_name) else { return [] }
        var found: [Entry] = []
        while let record = unsafe readdir(stream) {
            let text = unsafe UnsafeRawPointer(record).advanced(by: place).assumingMemoryBound(to: CChar.self)
            let name = unsafe Array(UnsafeBufferPointer(start: text, count: strlen(text) + 1))
            if name == [46, 0] || name == [46, 46, 0] { continue }
            var status = stat()
            // What went meanwhile is not there.
            guard unsafe fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
            let kind: Entry.Kind =
                switch status.st_mode & S_IFMT {
                case S_IFDIR: .folder
                case S_IFREG: .file
                case S_IFLNK: .link
                default: .other
                }
            found.append(
                Entry(
                    name: name, kind: kind, size: UInt64(max(status.st_size, 0)), allocated: UInt64(max(status.st_blocks, 0)) * 512,
                    mode: status.st_mode & 0o777))
        }
        return found
    }

    /// Bytes that the host's disk spends on a folder and all that is in it; what cannot be read counts nothing.
    static func bytes(_ path: String) -> UInt64 {
        func sum(_ folder: Folder, _ depth: Int) -> UInt64 {
            var total: UInt64 = 0
            for entry in (try? folder.entries()) ?? [] {
                total &+= entry.allocated
                if entry.kind == .folder, depth < deepest, let inner = try? folder.folder(entry) { total &+= sum(inner, depth + 1) }
            }
            return total
        }
        guard let folder = try? Folder(path) else { return 0 }
        return sum(folder, 0)
    }

    /// Bytes free to us where `path` is, and of how many; nil where the host does not say.
    static func space(_ path: String) -> (free: UInt64, total: UInt64)? {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0, status.f_blocks > 0 else { return nil }
        let block = UInt64(status.f_frsize)
        return (UInt64(status.f_bavail) &* block, UInt64(status.f_blocks) &* block)
    }

    static func failure(_ what: String, _ path: String) -> KeeperError {
        let code = errno
        return KeeperError(.host, "\(path) \(what): \(unsafe String(cString: strerror(code)))")
    }
}
