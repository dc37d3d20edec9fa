import Glibc

/// A VNC viewer of the smallest kind: raw encoding, no security, 32 bits a pixel (RFC 6143).
final class Viewer {
    struct Screen {
        var width: Int
        var height: Int
        var pixels: [UInt32]

        var colours: Set<UInt32> { Set(pixels) }
        func share(of colour: UInt32) -> Double { Double(pixels.count { $0 == colour }) / Double(max(1, pixels.count)) }
    }

    struct Failure: Error { var what: String }

    private let socket: Int32
    private var screen = Screen(width: 0, height: 0, pixels: [])

    init(unix path: String) throws {
        socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let connected = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard connected == 0 else { throw Failure(what: "cannot connect to \(path)") }
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))

        guard try receive(12).starts(with: Array("RFB 003.".utf8)) else { throw Failure(what: "no RFB") }
        try send(Array("RFB 003.008\n".utf8))
        guard try receive(Int(try receive(1)[0])).contains(1) else { throw Failure(what: "the server wants a password") }
        try send([1])
        guard try number(4) == 0 else { throw Failure(what: "the server refused") }
        try send([1])
        screen.width = try number(2)
        screen.height = try number(2)
        _ = try receive(16)
        _ = try receive(try number(4))
        try send([0, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0])
        try send([2, 0, 0, 2, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0x21])  // raw, and sizes that change
        screen.pixels = Array(repeating: 0, count: screen.width * screen.height)
    }

    deinit { close(socket) }

    /// Presses and releases a key by its X keysym.
    func press(_ keysym: UInt32) throws {
        let code = (0..<4).reversed().map { UInt8(truncatingIfNeeded: keysym >> ($0 * 8)) }
        try send([4, 1, 0, 0] + code)
        try send([4, 0, 0, 0] + code)
    }

    /// Follows the screen until it is as wanted.
    func wait(_ seconds: Int, until wanted: (Screen) -> Bool) throws -> Screen {
        let start = time(nil)
        var incremental: UInt8 = 0
        while true {
            try send([3, incremental, 0, 0, 0, 0] + [screen.width, screen.height].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })
            incremental = try update() ? 0 : 1
            if wanted(screen) { return screen }
            guard time(nil) - start < seconds else {
                throw Failure(what: "\(screen.width) by \(screen.height), \(screen.colours.count) colours, and that is all")
            }
        }
    }

    /// Reads until one framebuffer update came. True when the size changed.
    private func update() throws -> Bool {
        while true {
            switch try receive(1)[0] {
            case 0:
                _ = try receive(1)
                var resized = false
                for _ in 0..<(try number(2)) {
                    let (x, y, width, height) = (try number(2), try number(2), try number(2), try number(2))
                    let encoding = try number(4)
                    if encoding == 0xFFFF_FF21 {
                        screen = Screen(width: width, height: height, pixels: Array(repeating: 0, count: width * height))
                        resized = true
                        continue
                    }
                    guard encoding == 0, x + width <= screen.width, y + height <= screen.height else { throw Failure(what: "encoding \(encoding)") }
                    let bytes = try receive(width * height * 4)
                    for row in 0..<height {
                        for column in 0..<width {
                            let at = (row * width + column) * 4
                            screen.pixels[(y + row) * screen.width + x + column] =
                                UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16
                        }
                    }
                }
                return resized
            case 1:
                _ = try receive(3)
                _ = try receive(try number(2) * 6)
            case 2: break
            case 3:
                _ = try receive(3)
                _ = try receive(try number(4))
            case let other: throw Failure(what: "message \(other)")
            }
        }
    }

    private func number(_ bytes: Int) throws -> Int { try receive(bytes).reduce(0) { $0 << 8 | Int($1) } }

    private func receive(_ count: Int) throws -> [UInt8] {
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: max(1, min(count, 1 << 16)))
        while result.count < count {
            let got = unsafe read(socket, &buffer, min(buffer.count, count - result.count))
            guard got > 0 else { throw Failure(what: "the connection ended after \(result.count) of \(count) bytes") }
            result += buffer[..<got]
        }
        return result
    }

    private func send(_ bytes: [UInt8]) throws {
        guard unsafe Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { throw Failure(what: "send") }
    }
}
