import Foundation
import Glibc
import Synchronization

@testable import Contract
@testable import Service

typealias Answer = Result<KeeperReply, KeeperError>

/// Notes what it is told, and says what the test has it say.
final class FakeKeeper: Keeper {
    private struct State {
        var commands: [KeeperCommand] = []
        var receivers: [@Sendable (KeeperEvent) -> Void] = []
        var held: [@Sendable (Answer) -> Void] = []
        var machines: [MachineSummary] = []
    }

    private let state: Mutex<State>
    private let holds: Bool
    private let answer: @Sendable (KeeperCommand) -> Answer

    /// - Parameter holds: answers nothing.
    init(_ machines: [MachineSummary] = [], holds: Bool = false, answer: @escaping @Sendable (KeeperCommand) -> Answer = { _ in .success(.done) }) {
        state = Mutex(State(machines: machines))
        (self.holds, self.answer) = (holds, answer)
    }

    var commands: [KeeperCommand] { state.withLock { $0.commands } }

    func subscribe(_ receive: @escaping @Sendable (KeeperEvent) -> Void) {
        receive(
            .machines(
                state.withLock { state in
                    state.receivers.append(receive)
                    return state.machines
                }))
    }

    func submit(_ command: KeeperCommand, reply: @escaping @Sendable (Answer) -> Void) {
        state.withLock { state in
            state.commands.append(command)
            if holds { state.held.append(reply) }
        }
        if !holds { reply(answer(command)) }
    }

    func say(_ event: KeeperEvent) { for receive in state.withLock({ $0.receivers }) { receive(event) } }
}

/// Values from other threads, in order; waiting for one has no limit but the test's.
final class Arrivals<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    private let came = DispatchSemaphore(value: 0)

    func put(_ value: Value) {
        values.withLock { $0.append(value) }
        came.signal()
    }

    func next() -> Value {
        came.wait()
        return values.withLock { $0.removeFirst() }
    }
}

extension Keeper {
    func perform(_ command: KeeperCommand) -> Answer {
        let answers = Arrivals<Answer>()
        submit(command) { answers.put($0) }
        return answers.next()
    }
}

/// A folder that goes with it.
final class Folder {
    let path = NSTemporaryDirectory() + "/service-" + UUID().uuidString.prefix(8)
    var socket: String { path + "/own/a.sock" }
    init() { try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    static func mode(_ path: String) -> mode_t? {
        var status = stat()
        return unsafe lstat(path, &status) == 0 ? status.st_mode & 0o777 : nil
    }
}

/// A connection that says any bytes.
struct RawClient {
    let socket: Int32

    init(_ path: String) throws {
        socket = try unsafe Wire.socket(at: path) { socket, name, size in unsafe connect(socket, name, size) == 0 }
        _ = fcntl(socket, F_SETFL, 0)
    }

    func send(_ bytes: [UInt8]) {
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    func endSending() { shutdown(socket, Int32(SHUT_WR)) }

    /// Everything that comes until the host closes.
    func rest() -> [UInt8] {
        var (all, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 65536))
        while true {
            let count = unsafe recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { return all }
            all += buffer[..<count]
        }
    }

    func close() { Glibc.close(socket) }
}
