import Glibc

/// Who is at the far end of a viewer's connection.
enum Peer {
    /// `127.0.0.1:51244`, `[::1]:51244`, or `process 812` on a Unix socket.
    static func name(of socket: Int32) -> String {
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let found = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getpeername(socket, $0, &size) }
        }
        guard found == 0 else { return "somewhere" }
        switch Int32(address.ss_family) {
        case AF_INET: return internet(address, size) { "\($0):\($1)" }
        case AF_INET6: return internet(address, size) { "[\($0)]:\($1)" }
        default: return process(socket)
        }
    }

    private static func internet(_ address: sockaddr_storage, _ size: socklen_t, _ join: (String, String) -> String) -> String {
        var (host, port) = ([CChar](repeating: 0, count: 64), [CChar](repeating: 0, count: 16))
        let status = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getnameinfo($0, size, &host, socklen_t(host.count), &port, socklen_t(port.count), NI_NUMERICHOST | NI_NUMERICSERV)
            }
        }
        return status == 0 ? join(text(host), text(port)) : "somewhere"
    }

    private static func process(_ socket: Int32) -> String {
        // struct ucred: process, user, group
        var credentials: [UInt32] = [0, 0, 0]
        var size = socklen_t(12)
        guard unsafe getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 else { return "somewhere" }
        return "process \(credentials[0])"
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
