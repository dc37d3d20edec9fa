import Glibc

/// The sockets viewers connect to. Opened before the server's thread starts, so that a refusal reaches the caller.
struct Listeners: Sendable {
    private(set) var sockets: [Int32] = []
    private(set) var isUnix = false
    /// What a viewer is told to connect to.
    private(set) var description = ""
    private var path: String?

    init(_ address: ScreenServerAddress) throws(RemoteViewError) {
        switch address {
        case .unix(let path): try openUnix(path)
        case .port(let port): try openLoopback(port)
        case .automatic:
            for port in UInt16(5900)...5999 {
                do {
                    try openLoopback(port)
                    return
                } catch {
                    guard case .inUse = error else { throw error }
                }
            }
            throw .noFreePort
        }
    }

    func close() {
        for socket in sockets { _ = Glibc.close(socket) }
        if let path { unsafe unlink(path) }
    }

    /// The next viewer waiting at `listener`, or nil. Viewers of a unix socket must be its owner or root.
    func accept(_ listener: Int32) -> Int32? {
        let socket = Glibc.accept(listener, nil, nil)
        guard socket >= 0 else { return nil }
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
        // libvncserver waits with select(), which knows no descriptor beyond 1023.
        guard socket < 1024, !isUnix || peerMayEnter(socket) else {
            _ = Glibc.close(socket)
            return nil
        }
        return socket
    }

    // MARK: TCP

    private mutating func openLoopback(_ port: UInt16) throws(RemoteViewError) {
        for _ in 0..<16 {
            let four = try listen4(port)
            let chosen = port == 0 ? boundPort(four) : port
            do {
                let six = try listen6(chosen)
                sockets = [four] + (six.map { [$0] } ?? [])
                description = "127.0.0.1:\(chosen)"
                return
            } catch {
                _ = Glibc.close(four)
                guard port == 0 else { throw error }
            }
        }
        throw .noFreePort
    }

    private func listen4(_ port: UInt16) throws(RemoteViewError) -> Int32 {
        let socket = try newSocket(AF_INET, "127.0.0.1:\(port)")
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let bound = unsafe withUnsafePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try listening(socket, bound, "127.0.0.1:\(port)")
        return socket
    }

    /// nil where the host has no IPv6 loopback.
    private func listen6(_ port: UInt16) throws(RemoteViewError) -> Int32? {
        guard let socket = try? newSocket(AF_INET6, "[::1]:\(port)") else { return nil }
        var only: Int32 = 1
        unsafe setsockopt(socket, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &only, socklen_t(MemoryLayout<Int32>.size))
        var name = sockaddr_in6()
        name.sin6_family = sa_family_t(AF_INET6)
        name.sin6_port = port.bigEndian
        name.sin6_addr = in6addr_loopback
        let bound = unsafe withUnsafePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
        if bound != 0, errno != EADDRINUSE {
            _ = Glibc.close(socket)
            return nil
        }
        try listening(socket, bound, "[::1]:\(port)")
        return socket
    }

    private func newSocket(_ family: Int32, _ what: String) throws(RemoteViewError) -> Int32 {
        let socket = Glibc.socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard socket >= 0 else { throw .host(call: "socket", what: what, reason: message(errno)) }
        var reuse: Int32 = 1
        unsafe setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        return socket
    }

    private func listening(_ socket: Int32, _ bound: Int32, _ what: String) throws(RemoteViewError) {
        if bound == 0, listen(socket, 16) == 0 { return }
        let error = errno
        _ = Glibc.close(socket)
        throw error == EADDRINUSE ? .inUse(what) : .host(call: "listen", what: what, reason: message(error))
    }

    private func boundPort(_ socket: Int32) -> UInt16 {
        var name = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutablePointer(to: &name) { pointer in
            _ = unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(socket, $0, &size) }
        }
        return UInt16(bigEndian: name.sin_port)
    }

    // MARK: Unix

    private mutating func openUnix(_ path: String) throws(RemoteViewError) {
        guard path.utf8.count <= 107 else { throw .pathTooLong(path: path) }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex { unsafe mkdir(String(path[..<slash]), 0o700) }
        try clear(path)
        let socket = try newSocket(AF_UNIX, path)
        // Nobody can connect before listen(), so the mode is right from the first moment.
        guard unsafe withUnixName(path, { name, size in unsafe bind(socket, name, size) }) == 0, unsafe chmod(path, 0o600) == 0 else {
            let reason = message(errno)
            _ = Glibc.close(socket)
            throw .host(call: "bind", what: path, reason: reason)
        }
        try listening(socket, 0, path)
        sockets = [socket]
        isUnix = true
        description = "unix:\(path)"
        self.path = path
    }

    /// Removes a socket that a dead process left behind; refuses to touch anything else.
    private func clear(_ path: String) throws(RemoteViewError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path: path) }
        let probe = try newSocket(AF_UNIX, path)
        defer { _ = Glibc.close(probe) }
        let connected = unsafe withUnixName(path) { name, size in unsafe connect(probe, name, size) }
        guard connected != 0, errno == ECONNREFUSED else { throw .socketInUse(path: path) }
        unsafe unlink(path)
    }

    private func peerMayEnter(_ socket: Int32) -> Bool {
        // struct ucred: pid, uid, gid.
        var credentials: [UInt32] = [0, .max, .max]
        var size = socklen_t(12)
        return unsafe getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 && (credentials[1] == geteuid() || credentials[1] == 0)
    }
}

/// Calls `body` with the address of `path`, which must be shorter than 108 bytes.
func withUnixName(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: path.utf8.prefix(107)) }
    return unsafe withUnsafePointer(to: &name) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
}

func message(_ number: Int32) -> String { unsafe String(cString: strerror(number)) }
