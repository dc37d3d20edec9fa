package import Bus
import CVNCServer
import Glibc

/// Serves one machine's screen over VNC on loopback, to any number of viewers, on a thread of its own.
package final class ScreenServer: Sendable {
    /// What the caller and the server's thread share.
    final class Link: Sendable {
        let viewers = Mutexed(0)
        let stopping = Mutexed(false)
        let finished = Semaphore()
        /// An eventfd that ends the thread's wait.
        let wake: Int32
        init(wake: Int32) { self.wake = wake }
        deinit { close(wake) }
    }

    package enum ViewerEvent: Equatable, Sendable {
        /// From where, for people: `127.0.0.1:51244`, or `process 812` on a Unix socket.
        case joined(from: String), left(String)
    }

    private let link: Link
    /// Where a viewer connects: `127.0.0.1:5900` or `unix:PATH`.
    package let address: String

    /// Begins to serve.
    /// - Parameters:
    ///   - name: shown in the viewer's title.
    ///   - viewer: who comes and goes; called on the server's thread, and must not call `stop`.
    ///   - input: what viewers do; the same holds for it.
    package init(
        display: Display, name: String, address: ScreenServerAddress = .automatic, viewer: @escaping @Sendable (ViewerEvent) -> Void = { _ in },
        input: @escaping @Sendable (InputEvent) -> Void
    ) throws(RemoteViewError) {
        let listeners = try Listeners(address)
        let wake = vnc_wake_descriptor()
        guard wake >= 0 else {
            let reason = message(errno)
            listeners.close()
            throw .host(call: "eventfd", what: name, reason: reason)
        }
        let link = Link(wake: wake)
        self.link = link
        self.address = listeners.description
        HostThread.start(name: "vnc:\(name)") {
            let loop = ScreenLoop(display: display, name: name, listeners: listeners, link: link, viewer: viewer, input: input)
            loop.run()
            link.finished.signal()
        }
    }

    deinit { stop() }

    /// Viewers connected now.
    package var viewers: Int { link.viewers.withLock { $0 } }

    /// Closes the sockets and every viewer's connection, and returns when that is done.
    package func stop() {
        let first = link.stopping.withLock { stopping in
            defer { stopping = true }
            return !stopping
        }
        guard first else { return }
        var one: UInt64 = 1
        _ = unsafe write(link.wake, &one, 8)
        link.finished.wait()
    }
}
