import Bus
import Glibc

/// Bytes out of the guest into a descriptor of the host, in order, on a thread of its own: the machine never waits for a slow reader.
final class DescriptorStream: CharacterStream, Sendable {
    private struct Pending {
        var bytes = 0
        var dropped = 0
    }

    /// What may wait for a reader that does not read; more is dropped and counted.
    private static let limit = 16 << 20
    private let descriptor: Int32
    private let worker: IOWorker
    private let pending = Mutexed(Pending())
    private let idle = Semaphore()
    /// Sees everything that goes out, for texts that are waited for.
    private let tail: Tail?

    init(descriptor: Int32, name: String, tail: Tail? = nil) {
        self.descriptor = descriptor
        self.tail = tail
        worker = IOWorker(name: name)
    }

    func send(_ bytes: [UInt8]) {
        tail?.append(bytes)
        let fits = pending.withLock { pending in
            guard pending.bytes + bytes.count <= Self.limit else {
                pending.dropped += bytes.count
                return false
            }
            pending.bytes += bytes.count
            return true
        }
        guard fits else { return }
        worker.run { [descriptor, pending] in
            writeAll(descriptor, bytes)
            pending.withLock { $0.bytes -= bytes.count }
        }
    }

    /// Returns when everything is written, or after a second of no progress.
    func drain() {
        var last = -1
        while true {
            let left = pending.withLock { $0.bytes }
            if left == 0 || left == last { return }
            last = left
            for _ in 0..<100 where pending.withLock({ $0.bytes }) > 0 { usleep(10_000) }
        }
    }

    var dropped: Int { pending.withLock { $0.dropped } }
}

/// The end of what a guest sent.
final class Tail: Sendable {
    private let bytes = Mutexed<[UInt8]>([])

    func append(_ new: [UInt8]) {
        bytes.withLock {
            $0 += new
            if $0.count > 1 << 17 { $0.removeFirst($0.count - 1 << 16) }
        }
    }

    func contains(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        return bytes.withLock { bytes in
            guard let first = wanted.first, bytes.count >= wanted.count else { return false }
            for start in 0...bytes.count - wanted.count where bytes[start] == first && bytes[start..<start + wanted.count].elementsEqual(wanted) {
                return true
            }
            return false
        }
    }
}

/// A stream that only the texts waited for see.
final class TailStream: CharacterStream, Sendable {
    private let tail: Tail
    init(_ tail: Tail) { self.tail = tail }
    func send(_ bytes: [UInt8]) { tail.append(bytes) }
}

/// A listening unix socket; the latest peer is the other end of the line.
final class SocketStream: CharacterStream, Sendable {
    private let peer = Mutexed<Int32>(-1)
    private let tail: Tail

    init(path: String, tail: Tail, receive: @escaping @Sendable ([UInt8]) -> Void) throws(CommandFailure) {
        self.tail = tail
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard !bytes.isEmpty, bytes.count < room else {
            throw CommandFailure("--serial unix:\(path): a socket's path has 1 to \(room - 1) bytes; choose a shorter one")
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        var status = stat()
        if unsafe lstat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFSOCK else {
                throw CommandFailure("--serial unix:\(path) exists and is no socket; choose another path")
            }
            unsafe unlink(path)
        }
        let mask = umask(0o177)
        let bound = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        let reason = errorText()
        umask(mask)
        guard listener >= 0, bound == 0, listen(listener, 1) == 0 else {
            throw CommandFailure("--serial unix:\(path): the socket cannot be made: \(reason)")
        }
        HostThread.start(name: "serial") { [peer] in
            while true {
                let next = accept(listener, nil, nil)
                guard next >= 0 else { return }
                peer.withLock { $0 = next }
                pump(from: next, to: receive)
                peer.withLock { $0 = -1 }
                close(next)
            }
        }
    }

    func send(_ bytes: [UInt8]) {
        tail.append(bytes)
        // A peer that does not read loses bytes, as on a line without handshake.
        peer.withLock { peer in
            guard peer >= 0 else { return }
            _ = unsafe Glibc.send(peer, bytes, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
        }
    }
}

/// A pseudo-terminal whose other end programs open by name.
final class TerminalStream: CharacterStream, Sendable {
    private let leader: Int32
    private let tail: Tail
    let path: String

    init(tail: Tail, receive: @escaping @Sendable ([UInt8]) -> Void) throws(CommandFailure) {
        self.tail = tail
        leader = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        // TIOCSPTLCK and TIOCGPTN of asm-generic/ioctls.h, which Swift does not import
        var (locked, number): (Int32, Int32) = (0, 0)
        guard leader >= 0, unsafe ioctl(leader, 0x4004_5431, &locked) == 0, unsafe ioctl(leader, 0x8004_5430, &number) == 0 else {
            throw CommandFailure("--serial pty: the host gave no pseudo-terminal: \(errorText())")
        }
        path = "/dev/pts/\(number)"
        // Our own descriptor of the other end keeps reads from failing while nobody has it open.
        let held = unsafe open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        var settings = termios()
        if unsafe tcgetattr(held, &settings) == 0 {
            unsafe cfmakeraw(&settings)
            unsafe tcsetattr(held, TCSANOW, &settings)
        }
        _ = fcntl(leader, F_SETFL, O_NONBLOCK)
        HostThread.start(name: "serial") { [leader] in
            while true {
                var descriptor = pollfd(fd: leader, events: Int16(POLLIN), revents: 0)
                unsafe poll(&descriptor, 1, -1)
                var buffer = [UInt8](repeating: 0, count: 4096)
                let count = unsafe read(leader, &buffer, buffer.count)
                if count > 0 { receive(Array(buffer[..<count])) }
                if count == 0 || count < 0 && errno != EAGAIN && errno != EINTR { return }
            }
        }
    }

    func send(_ bytes: [UInt8]) {
        tail.append(bytes)
        _ = unsafe write(leader, bytes, bytes.count)
    }
}

/// Hands on what `descriptor` delivers until it ends.
func pump(from descriptor: Int32, to receive: (([UInt8]) -> Void)) {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
        let count = unsafe read(descriptor, &buffer, buffer.count)
        if count > 0 { receive(Array(buffer[..<count])) } else if count == 0 || errno != EINTR { return }
    }
}

func errorText() -> String { unsafe String(cString: strerror(errno)) }
