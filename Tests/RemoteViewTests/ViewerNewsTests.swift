import Bus
import Foundation
import Glibc
import RemoteView
import Testing

/// Who comes and goes.
@Suite struct ViewerNewsTests {
    private final class News: Sendable {
        private let heard = Mutexed<[ScreenServer.ViewerEvent]>([])
        private let came = Semaphore()
        func put(_ event: ScreenServer.ViewerEvent) {
            heard.withLock { $0.append(event) }
            came.signal()
        }
        func next() -> ScreenServer.ViewerEvent? {
            guard came.wait(nanoseconds: 20_000_000_000) else { return nil }
            return heard.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        }
    }

    private func serve(_ address: ScreenServerAddress, _ news: News) throws -> ScreenServer {
        try ScreenServer(display: Display(), name: "glass", address: address, viewer: { news.put($0) }) { _ in }
    }

    @Test func aViewerOnTheNetworkHasAnAddress() throws {
        let news = News()
        let server = try serve(.port(0), news)
        let port = try #require(UInt16(server.address.dropFirst("127.0.0.1:".count)))
        var viewer: RFBClient? = try RFBClient.connect(port: port)
        try viewer?.handshake()
        guard case .joined(let peer) = news.next() else { return #expect(Bool(false), "nobody joined") }
        #expect(peer.hasPrefix("127.0.0.1:") && UInt16(peer.dropFirst("127.0.0.1:".count)) != nil, "\(peer)")
        viewer = nil
        #expect(news.next() == .left(peer))
        server.stop()
    }

    @Test func aViewerOnASocketIsAProcess() throws {
        let news = News()
        let path = NSTemporaryDirectory() + "vitrine-\(UUID().uuidString.prefix(8)).sock"
        let server = try serve(.unix(path: path), news)
        let viewer = try RFBClient.connect(unix: path)
        try viewer.handshake()
        #expect(news.next() == .joined(from: "process \(getpid())"))
        // The end of the server is the end of its viewers.
        server.stop()
        #expect(news.next() == .left("process \(getpid())"))
        withExtendedLifetime(viewer) {}
    }
}
