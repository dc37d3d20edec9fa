import Contract
import Foundation
import Glibc

/// What a client says. Each message is the length of its JSON (four bytes, little endian) and the JSON.
struct Request: Codable, Equatable {
    var id: UInt64
    var command: KeeperCommand?
    /// Events from now on, each under this request's number.
    var subscribe: Bool?
}

/// What the host says: the answer to a request, or an event of a subscription.
struct Response: Codable, Equatable {
    var id: UInt64
    var result: KeeperReply?
    var error: KeeperError?
    var event: KeeperEvent?
}

struct Malformed: Error {}

enum Wire {
    /// The longest JSON either side takes.
    static let longest = 4 << 20

    static func frame(_ message: some Encodable) -> [UInt8]? {
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let json = try? encoder.encode(message), json.count <= longest else { return nil }
        let length = UInt32(json.count)
        return (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + json
    }

    static func decode<Message: Decodable>(_ json: [UInt8]) throws(Malformed) -> Message {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let message = try? decoder.decode(Message.self, from: Data(json)) else { throw Malformed() }
        return message
    }

    static func failure(_ what: String, _ path: String) -> KeeperError {
        KeeperError(.host, "\(what) \(path): \(unsafe String(cString: strerror(errno)))")
    }

    /// A socket and the name that bind(2) or connect(2) takes, handed to `body`; the socket is closed where that fails.
    static func socket(at path: String, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool) throws(KeeperError) -> Int32 {
        guard path.utf8.count <= 107 else { throw KeeperError(.host, "\(path) is too long for a socket: at most 107 bytes") }
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard socket >= 0 else { throw failure("no socket for", path) }
        let done = unsafe withUnsafePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard done else {
            let error = failure("cannot use the socket", path)
            close(socket)
            throw error
        }
        return socket
    }
}

/// One end of a connection. Never waits: what the other side does not take stays queued, up to a bound.
struct Channel {
    private static let mostQueued = 8 << 20

    let socket: Int32
    /// The other side has gone, or is past what it may ask of us.
    var isBroken = false
    private var received: [UInt8] = []
    private var outgoing: [UInt8] = []

    init(_ socket: Int32) { self.socket = socket }

    var hasOutgoing: Bool { !outgoing.isEmpty }

    mutating func send(_ message: some Encodable) {
        guard let frame = Wire.frame(message), outgoing.count + frame.count <= Self.mostQueued else {
            isBroken = true
            return
        }
        outgoing += frame
    }

    mutating func flush() {
        var sent = 0
        while sent < outgoing.count {
            let count = unsafe outgoing[sent...].withUnsafeBytes {
                unsafe Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count > 0 {
                sent += count
            } else if errno != EINTR {
                if errno != EAGAIN { isBroken = true }
                break
            }
        }
        outgoing.removeFirst(sent)
    }

    /// Takes what has come, once.
    mutating func fill() {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = unsafe recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if count > 0 {
            received += buffer[..<count]
        } else if count == 0 || errno != EAGAIN && errno != EINTR {
            isBroken = true
        }
    }

    /// The next message that is whole.
    mutating func next<Message: Decodable>() throws(Malformed) -> Message? {
        guard received.count >= 4 else { return nil }
        let length = (0..<4).reduce(0) { $0 | Int(received[$1]) << (8 * $1) }
        guard 1...Wire.longest ~= length else { throw Malformed() }
        guard received.count - 4 >= length else { return nil }
        let json = Array(received[4..<4 + length])
        received.removeFirst(4 + length)
        return try Wire.decode(json)
    }
}

/// Wakes a thread that waits in poll(2).
final class Waker: Sendable {
    let descriptor: Int32
    private let ringing: Int32

    init() throws(KeeperError) {
        var pair: [Int32] = [-1, -1]
        guard unsafe pipe(&pair) == 0 else { throw Wire.failure("cannot open", "a pipe") }
        for end in pair {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (descriptor, ringing) = (pair[0], pair[1])
    }

    deinit {
        close(descriptor)
        close(ringing)
    }

    /// A pipe that is full rings already.
    func ring() { _ = unsafe write(ringing, [UInt8(0)], 1) }

    func quieten() {
        var buffer = [UInt8](repeating: 0, count: 256)
        while unsafe read(descriptor, &buffer, buffer.count) > 0 {}
    }
}

enum ServiceThread {
    /// Deep JSON is taken apart by recursion.
    static func start(name: String, _ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.name = name
        thread.stackSize = 4 << 20
        thread.start()
    }

    static func wait(for descriptors: inout [pollfd]) {
        while unsafe poll(&descriptors, nfds_t(descriptors.count), -1) < 0 && errno == EINTR {}
    }
}
