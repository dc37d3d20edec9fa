package import Contract
import Foundation
import Glibc
import Synchronization

/// The keeper of another process, reached over its socket.
package final class ServiceClient: Keeper {
    private let line: Line

    /// - Parameters:
    ///   - path: where the host listens.
    ///   - lost: called once when the connection has ended, after everything outstanding was answered.
    package init(path: String, lost: @escaping @Sendable () -> Void = {}) throws(KeeperError) {
        let waker = try Waker()
        let socket: Int32
        do throws(KeeperError) {
            socket = try unsafe Wire.socket(at: path) { socket, name, size in unsafe connect(socket, name, size) == 0 }
        } catch { throw KeeperError(.notFound, "no workstation answers at \(path): start vitrine in another terminal") }
        line = Line(waker)
        ServiceThread.start(name: "service-client") { [line] in
            line.run(socket)
            close(socket)
            lost()
        }
    }

    deinit { line.end() }

    package func subscribe(_ receive: @escaping @Sendable (KeeperEvent) -> Void) { line.subscribe(receive) }

    package func submit(_ command: KeeperCommand, reply: @escaping @Sendable (Result<KeeperReply, KeeperError>) -> Void) {
        line.submit(command, reply)
    }
}

/// What the client's thread shares with its callers.
private final class Line: Sendable {
    private struct State {
        var lastRequest: UInt64 = 0
        var requests: [Request] = []
        var replies: [UInt64: @Sendable (Result<KeeperReply, KeeperError>) -> Void] = [:]
        var receivers: [UInt64: @Sendable (KeeperEvent) -> Void] = [:]
        var hasEnded = false
    }

    private static let lost = KeeperError(
        .host,
        "the connection to the workstation was lost before it answered: see whether it still runs, and what `vitrine list` says, then try again")

    private let state = Mutex(State())
    private let waker: Waker

    init(_ waker: Waker) { self.waker = waker }

    func subscribe(_ receive: @escaping @Sendable (KeeperEvent) -> Void) {
        state.withLock { state in
            state.lastRequest += 1
            state.receivers[state.lastRequest] = receive
            state.requests.append(Request(id: state.lastRequest, subscribe: true))
        }
        waker.ring()
    }

    func submit(_ command: KeeperCommand, _ reply: @escaping @Sendable (Result<KeeperReply, KeeperError>) -> Void) {
        let isOpen = state.withLock { state in
            guard !state.hasEnded else { return false }
            state.lastRequest += 1
            state.replies[state.lastRequest] = reply
            state.requests.append(Request(id: state.lastRequest, command: command))
            return true
        }
        if isOpen { waker.ring() } else { reply(.failure(Self.lost)) }
    }

    func end() {
        state.withLock { $0.hasEnded = true }
        waker.ring()
    }

    func run(_ socket: Int32) {
        var channel = Channel(socket)
        while !channel.isBroken {
            waker.quieten()
            let (requests, hasEnded) = state.withLock { state in
                defer { state.requests = [] }
                return (state.requests, state.hasEnded)
            }
            if hasEnded { break }
            for request in requests { channel.send(request) }
            channel.flush()
            var waiting = [
                pollfd(fd: waker.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: socket, events: Int16(POLLIN | (channel.hasOutgoing ? POLLOUT : 0)), revents: 0),
            ]
            ServiceThread.wait(for: &waiting)
            guard waiting[1].revents & ~Int16(POLLOUT) != 0 else { continue }
            channel.fill()
            do throws(Malformed) {
                while let response: Response = try channel.next() { deliver(response) }
            } catch { channel.isBroken = true }
        }
        let unanswered = state.withLock { state in
            defer { (state.hasEnded, state.replies, state.receivers, state.requests) = (true, [:], [:], []) }
            return state.replies.values
        }
        for reply in unanswered { reply(.failure(Self.lost)) }
    }

    private func deliver(_ response: Response) {
        if let event = response.event {
            state.withLock { $0.receivers[response.id] }?(event)
        } else if let reply = state.withLock({ $0.replies.removeValue(forKey: response.id) }) {
            if let result = response.result {
                reply(.success(result))
            } else {
                reply(.failure(response.error ?? KeeperError(.host, "the workstation gave no answer; try again")))
            }
        }
    }
}
