import Bus
package import Configuration
package import Contract
import Glibc

/// The far end of a serial port: a file, a terminal, or whoever connects to a socket.
///
/// Bytes from the guest are queued and written by a thread: the machine never waits. What a far end does not take is dropped and counted.
package final class SerialBackend: CharacterStream, Sendable {
    private struct Ends {
        /// What is written to; -1 while nobody is there.
        var output: Int32 = -1
        var pending: [UInt8] = []
        /// The writer is at work and will see what is added.
        var writing = false
        var closed = false
        var dropped = 0
    }

    private static let mostQueued = 16 << 20

    private static let signalIgnored: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    private let ends: Mutexed<Ends>
    private let writer = IOWorker(name: "serial-out")
    private let wake: (read: Int32, write: Int32)
    private let listener: Int32
    private let finished = Semaphore()
    private let written = Semaphore()
    private let readsInput: Bool
    /// Files and standard output take everything in their own time; a terminal or a socket may have nobody behind it.
    private let isPatient: Bool
    private let ownsOutput: Bool
    private let socketPath: String?
    /// Where the other end is, for people: `COM1 is /dev/pts/4`.
    package let place: String?

    /// - Parameters:
    ///   - receive: called with what the far end sends, on a thread of this object.
    /// - Returns: nil for a port that nobody listens to, or one with a `SerialTerminal`.
    package static func open(
        _ port: MachineConfiguration.SerialPort, receive: @escaping @Sendable ([UInt8]) -> Void
    ) throws(KeeperError) -> SerialBackend? {
        // A far end that has gone is an error of write(), not the end of the process.
        _ = signalIgnored
        switch port {
        case .none, .terminal: return nil
        case .stdio: return try SerialBackend(output: 1, input: 0, owns: false, place: nil, receive: receive)
        case .file(let path):
            let file = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
            guard file >= 0 else { throw failure("cannot write", path) }
            return try SerialBackend(output: file, input: nil, owns: true, place: path, receive: receive)
        case .pty:
            // What posix_openpt, unlockpt and ptsname are made of; Swift's Glibc imports none of them. ioctl_tty(2)
            let (unlock, number): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
            let master = unsafe Glibc.open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
            var locked: Int32 = 0
            var index: Int32 = 0
            guard master >= 0, unsafe ioctl(master, unlock, &locked) == 0, unsafe ioctl(master, number, &index) == 0 else {
                throw failure("cannot open", "a pseudo-terminal")
            }
            // Raw: the guest does its own echo and line ends.
            var settings = termios()
            if unsafe tcgetattr(master, &settings) == 0 {
                unsafe cfmakeraw(&settings)
                unsafe tcsetattr(master, TCSANOW, &settings)
            }
            return try SerialBackend(output: master, input: master, owns: true, place: "/dev/pts/\(index)", receive: receive)
        case .unix(let path):
            let listener = try listen(path)
            return try SerialBackend(
                output: -1, input: nil, listener: listener, socketPath: path, owns: true, place: "unix:" + path, receive: receive)
        }
    }

    private init(
        output: Int32, input: Int32?, listener: Int32 = -1, socketPath: String? = nil, owns: Bool, place: String?,
        receive: @escaping @Sendable ([UInt8]) -> Void
    ) throws(KeeperError) {
        ends = Mutexed(Ends(output: output))
        ownsOutput = owns
        self.place = place
        self.listener = listener
        self.socketPath = socketPath
        isPatient = listener < 0 && (input == nil || !owns)
        readsInput = input != nil || listener >= 0
        var pair: [Int32] = [-1, -1]
        guard unsafe pipe(&pair) == 0 else { throw Self.failure("cannot open", "a pipe") }
        for end in pair { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        wake = (pair[0], pair[1])
        guard readsInput else { return }
        let (ends, wakeEnd, writer, finished) = (ends, wake.read, writer, finished)
        HostThread.start(name: "serial-in") {
            if listener >= 0 {
                Self.serve(listener, ends, wakeEnd, writer, receive)
            } else if let input {
                Self.pump(input, wakeEnd, keeps: owns, receive)
            }
            finished.signal()
        }
    }

    deinit { close() }

    package func send(_ bytes: [UInt8]) {
        let starts = ends.withLock { ends -> Bool in
            guard ends.output >= 0, !ends.closed else { return false }
            guard ends.pending.count + bytes.count <= Self.mostQueued else {
                ends.dropped += bytes.count
                return false
            }
            ends.pending += bytes
            defer { ends.writing = true }
            return !ends.writing
        }
        guard starts else { return }
        let (ends, isPatient) = (ends, isPatient)
        writer.run { Self.drain(ends, isPatient) }
    }

    /// Bytes that the far end did not take, since the port was opened.
    package var dropped: Int { ends.withLock { $0.dropped } }

    /// Writes what is queued, as far as the far end takes it, and lets go of it.
    package func close() {
        let first = ends.withLock { ends in
            defer { ends.closed = true }
            return !ends.closed
        }
        guard first else { return }
        _ = unsafe Glibc.write(wake.write, [UInt8(0)], 1)
        if readsInput { finished.wait() }
        let (ends, owns, wake, listener, path, written) = (ends, ownsOutput, wake, listener, socketPath, written)
        writer.run {
            let output = ends.withLock { ends in
                defer { ends.output = -1 }
                return ends.output
            }
            if owns, output >= 0 { Glibc.close(output) }
            Glibc.close(wake.read)
            Glibc.close(wake.write)
            if listener >= 0 { Glibc.close(listener) }
            if let path { unsafe unlink(path) }
            written.signal()
        }
        writer.stop()
        written.wait()
    }

    // MARK: Threads

    private static func serve(_ listener: Int32, _ ends: Mutexed<Ends>, _ wake: Int32, _ writer: IOWorker, _ receive: ([UInt8]) -> Void) {
        while ready(listener, wake) {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { continue }
            _ = fcntl(client, F_SETFD, FD_CLOEXEC)
            ends.withLock { $0.output = client }
            pump(client, wake, keeps: false, receive)
            ends.withLock { $0.output = -1 }
            // Where writes are made, so that none of them hits a descriptor that was given out anew.
            writer.run { Glibc.close(client) }
        }
    }

    /// Hands on what `input` sends until its end. A pseudo-terminal has none: programs come and go there.
    private static func pump(_ input: Int32, _ wake: Int32, keeps: Bool, _ receive: ([UInt8]) -> Void) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while ready(input, wake) {
            let count = unsafe read(input, &buffer, buffer.count)
            if count > 0 {
                receive(Array(buffer[..<count]))
            } else if !keeps {
                return
            } else {
                usleep(100_000)
            }
        }
    }

    /// Waits for `descriptor`; false once the port is closed.
    private static func ready(_ descriptor: Int32, _ wake: Int32) -> Bool {
        var waiting = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0), pollfd(fd: wake, events: Int16(POLLIN), revents: 0)]
        while unsafe poll(&waiting, 2, -1) < 0 && errno == EINTR {}
        return waiting[1].revents == 0
    }

    private static func drain(_ ends: Mutexed<Ends>, _ isPatient: Bool) {
        while true {
            let (descriptor, bytes) = ends.withLock { ends -> (Int32, [UInt8]) in
                defer { ends.pending = [] }
                if ends.pending.isEmpty { ends.writing = false }
                return (ends.output, ends.pending)
            }
            if bytes.isEmpty { return }
            let left = write(bytes, to: descriptor) { isPatient && !ends.withLock { $0.closed } }
            if left > 0 { ends.withLock { $0.dropped += left } }
        }
    }

    /// - Parameter goesOn: whether to wait longer for a far end that has taken nothing for a second.
    /// - Returns: how many bytes the far end did not take.
    private static func write(_ bytes: [UInt8], to descriptor: Int32, goesOn: () -> Bool) -> Int {
        var rest = bytes[...]
        while !rest.isEmpty, descriptor >= 0 {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            let ready = unsafe poll(&waiting, 1, goesOn() ? 1000 : 200)
            if ready < 0 && errno == EINTR || ready == 0 && goesOn() { continue }
            guard ready == 1, waiting.revents & Int16(POLLOUT) != 0 else { break }
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, min($0.count, 4096)) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        return rest.count
    }

    private static func listen(_ path: String) throws(KeeperError) -> Int32 {
        guard path.utf8.count <= 107 else { throw KeeperError(.invalid, "\(path) is too long for a socket: at most 107 bytes", field: "serial") }
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        var status = stat()
        if unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { unsafe unlink(path) }
        let bound = unsafe withUnsafePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        // Nobody can connect before listen(), so the mode is right from the first moment.
        guard socket >= 0, bound == 0, unsafe chmod(path, 0o600) == 0, Glibc.listen(socket, 1) == 0 else {
            let error = failure("cannot listen at", path)
            Glibc.close(socket)
            throw error
        }
        return socket
    }

    private static func failure(_ what: String, _ path: String) -> KeeperError {
        KeeperError(.host, "\(what) \(path): \(unsafe String(cString: strerror(errno)))", field: "serial")
    }
}
