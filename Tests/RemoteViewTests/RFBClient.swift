import Glibc

/// A viewer in the test's hands: RFB 3.8, raw encoding, every message written and read byte by byte.
final class RFBClient {
    struct Failure: Error, CustomStringConvertible { let description: String }

    private let socket: Int32
    private(set) var width = 0, height = 0
    private(set) var name = ""
    private(set) var pixels: [UInt32] = []
    private(set) var acceptsExtendedKeys = false

    static func connect(port: UInt16, six: Bool = false) throws -> RFBClient {
        let socket = Glibc.socket(six ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let status: Int32
        if six {
            var name = sockaddr_in6()
            name.sin6_family = sa_family_t(AF_INET6)
            name.sin6_port = port.bigEndian
            name.sin6_addr = in6addr_loopback
            status = unsafe withUnsafePointer(to: &name) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe Glibc.connect(socket, $0, 28) }
            }
        } else {
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = port.bigEndian
            name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            status = unsafe withUnsafePointer(to: &name) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe Glibc.connect(socket, $0, 16) }
            }
        }
        guard status == 0 else {
            close(socket)
            throw Failure(description: "no server at port \(port)")
        }
        return RFBClient(socket)
    }

    static func connect(unix path: String) throws -> RFBClient {
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let status = unsafe withUnsafePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe Glibc.connect(socket, $0, 110) }
        }
        guard status == 0 else { throw Failure(description: "no server at \(path)") }
        return RFBClient(socket)
    }

    init(_ socket: Int32) {
        self.socket = socket
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(socket) }

    func send(_ bytes: [UInt8]) { _ = unsafe Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    func receive(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var piece = [UInt8](repeating: 0, count: count - bytes.count)
            let got = unsafe recv(socket, &piece, piece.count, 0)
            guard got > 0 else { throw Failure(description: "connection ended after \(bytes.count) of \(count) bytes") }
            bytes += piece[..<got]
        }
        return bytes
    }

    /// Reads until the server ends the connection; false when it still holds it after 10 s.
    func isClosedByServer() -> Bool {
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let got = unsafe recv(socket, &piece, piece.count, 0)
            if got <= 0 { return got == 0 || errno == ECONNRESET }
        }
    }

    private func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }

    func handshake() throws {
        guard try receive(12) == Array("RFB 003.008\n".utf8) else { throw Failure(description: "no RFB 3.8") }
        send(Array("RFB 003.008\n".utf8))
        let count = try receive(1)[0]
        guard try receive(Int(count)).contains(1) else { throw Failure(description: "no security type None") }
        send([1])
        guard try receive(4) == [0, 0, 0, 0] else { throw Failure(description: "refused") }
        send([1])
        let head = try receive(24)
        (width, height) = (number(head[0..<2]), number(head[2..<4]))
        // 32 bits a pixel, depth 24, little endian, true colour, red at 16, green at 8, blue at 0
        guard Array(head[4..<17]) == [32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0] else {
            throw Failure(description: "format \(head[4..<20])")
        }
        name = String(decoding: try receive(number(head[20..<24])), as: UTF8.self)
        pixels = [UInt32](repeating: 0xDEAD, count: width * height)
        // Raw, DesktopSize, QEMU extended keys
        send([2, 0, 0, 3] + [0, 0, 0, 0] + [0xFF, 0xFF, 0xFF, 0x21] + [0xFF, 0xFF, 0xFE, 0xFE])
    }

    func request(incremental: Bool) {
        send([3, incremental ? 1 : 0, 0, 0, 0, 0] + [UInt8(width >> 8), UInt8(width & 255), UInt8(height >> 8), UInt8(height & 255)])
    }

    /// Takes one server message. Returns the rectangles of pixels in it, as (x, y, width, height).
    @discardableResult
    func update() throws -> [[Int]] {
        let type = try receive(1)[0]
        guard type == 0 else { throw Failure(description: "message \(type)") }
        var rectangles: [[Int]] = []
        for _ in 0..<number(try receive(3)[1..<3]) {
            let head = try receive(12)
            let place = stride(from: 0, to: 8, by: 2).map { number(head[$0..<($0 + 2)]) }
            switch Int32(truncatingIfNeeded: number(head[8..<12])) {
            case 0:
                let data = try receive(place[2] * place[3] * 4)
                for row in 0..<place[3] {
                    for column in 0..<place[2] {
                        let at = (row * place[2] + column) * 4
                        pixels[(place[1] + row) * width + place[0] + column] =
                            UInt32(data[at]) | UInt32(data[at + 1]) << 8 | UInt32(data[at + 2]) << 16
                    }
                }
                rectangles.append(place)
            case -223:
                (width, height) = (place[2], place[3])
                pixels = [UInt32](repeating: 0xDEAD, count: width * height)
            case -258: acceptsExtendedKeys = true
            case let other: throw Failure(description: "encoding \(other)")
            }
        }
        return rectangles
    }

    /// Asks for changes until `condition` holds.
    func update(until condition: (RFBClient) -> Bool) throws {
        for _ in 0..<100 where !condition(self) {
            request(incremental: true)
            try update()
        }
        guard condition(self) else { throw Failure(description: "the picture never came") }
    }

    func key(_ keysym: UInt32, down: Bool) {
        send([4, down ? 1 : 0, 0, 0] + (0..<4).reversed().map { UInt8(truncatingIfNeeded: keysym >> ($0 * 8)) })
    }

    func extendedKey(_ code: UInt8, down: Bool) { send([255, 0, 0, down ? 1 : 0, 0, 0, 0, 0, 0, 0, 0, code]) }

    func pointer(_ buttons: UInt8, _ x: Int, _ y: Int) {
        send([5, buttons, UInt8(x >> 8), UInt8(x & 255), UInt8(y >> 8), UInt8(y & 255)])
    }
}
