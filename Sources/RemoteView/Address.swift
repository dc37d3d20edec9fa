/// Where a screen is served. There is no TCP address but loopback: without encryption and accounts a wider one would hand the machine to the network.
package enum ScreenServerAddress: Equatable, Sendable, CustomStringConvertible {
    /// The first port from 5900 up that is free on 127.0.0.1 and ::1.
    case automatic
    /// A port on 127.0.0.1 and ::1; 0 lets the host choose.
    case port(UInt16)
    /// A socket in the file system, open to its owner only.
    case unix(path: String)

    package var description: String {
        switch self {
        case .automatic: "auto"
        case .port(let port): "127.0.0.1:\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    /// Reads `auto`, `unix:PATH`, `PORT` or `HOST:PORT` with a loopback host.
    package init(parsing text: String) throws(RemoteViewError) {
        if text == "auto" {
            self = .automatic
            return
        }
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard !path.isEmpty else { throw .badAddress(text) }
            self = .unix(path: path)
            return
        }
        let colon = text.lastIndex(of: ":")
        let host = colon.map { String(text[..<$0]) } ?? ""
        let digits = colon.map { text[text.index(after: $0)...] } ?? text[...]
        guard let port = UInt16(digits) else { throw .badAddress(text) }
        guard ["", "127.0.0.1", "localhost", "::1", "[::1]"].contains(host) else { throw .notLoopback(host) }
        self = .port(port)
    }
}

package enum RemoteViewError: Error, Equatable, Sendable, CustomStringConvertible {
    case badAddress(String)
    case notLoopback(String)
    case noFreePort
    case inUse(String)
    /// `call` failed on `what`.
    case host(call: String, what: String, reason: String)
    case socketInUse(path: String)
    case notASocket(path: String)
    case pathTooLong(path: String)

    package var description: String {
        switch self {
        case .badAddress(let text): "\"\(text)\" is no screen address; write auto, PORT, 127.0.0.1:PORT or unix:PATH"
        case .notLoopback(let host):
            "screens are served on loopback only, not on \(host): VNC here has neither encryption nor accounts; use 127.0.0.1 and reach it through ssh -L"
        case .noFreePort: "no port from 5900 to 5999 is free on loopback; name one, or a unix:PATH"
        case .inUse(let address): "\(address) is in use by another program; choose another port, or auto for the first free one"
        case .host(let call, let what, let reason): "\(call) failed for \(what): \(reason)"
        case .socketInUse(let path): "another process serves \(path); choose another path"
        case .notASocket(let path): "\(path) exists and is no socket; choose another path"
        case .pathTooLong(let path): "\(path) is too long for a socket: at most 107 bytes"
        }
    }
}
