import Bus
import Glibc
import Picture
import RemoteView
import Testing

private func picture(_ width: Int, _ height: Int, _ pixel: (Int, Int) -> UInt32) -> Picture {
    .pixels(PixelPicture(width: width, height: height, pixels: (0..<(width * height)).map { pixel($0 % width, $0 / width) }))
}

private func gradient(_ x: Int, _ y: Int) -> UInt32 { UInt32(x & 255) << 16 | UInt32(y & 255) << 8 | 0x33 }

/// Waits until `condition` holds, 10 s at most.
private func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<2000 {
        if condition() { return true }
        usleep(5000)
    }
    return condition()
}

@Suite struct ScreenServerTests {
    private let display = Display()
    private let events = Mutexed<[InputEvent]>([])

    private func serve(_ address: ScreenServerAddress = .port(0)) throws -> ScreenServer {
        let events = events
        return try ScreenServer(display: display, name: "glass", address: address) { event in events.withLock { $0.append(event) } }
    }

    private func port(_ server: ScreenServer) throws -> UInt16 { try #require(UInt16(server.address.dropFirst("127.0.0.1:".count))) }

    private func seen(_ expected: [InputEvent]) -> Bool { eventually { events.withLock { $0 } == expected } }

    @Test func aViewerSeesEveryPixel() throws {
        display.publish(picture(320, 200, gradient))
        let server = try serve()
        let viewer = try RFBClient.connect(port: port(server))
        try viewer.handshake()
        #expect(viewer.name == "glass")
        #expect([viewer.width, viewer.height] == [320, 200])
        viewer.request(incremental: false)
        try viewer.update(until: { $0.pixels[320 * 200 - 1] != 0xDEAD })
        #expect(viewer.pixels == (0..<64000).map { gradient($0 % 320, $0 / 320) })
        #expect(server.viewers == 1)
        #expect(display.isWatched)
        server.stop()
        #expect(server.viewers == 0)
        #expect(!display.isWatched)
    }

    @Test func onlyChangedTilesTravel() throws {
        display.publish(picture(640, 480, gradient))
        let server = try serve()
        let viewer = try RFBClient.connect(port: port(server))
        try viewer.handshake()
        viewer.request(incremental: false)
        try viewer.update(until: { $0.pixels[640 * 480 - 1] != 0xDEAD })
        viewer.request(incremental: true)
        display.publish(picture(640, 480) { x, y in x == 130 && y == 40 ? 0xFFFFFF : gradient(x, y) })
        #expect(try viewer.update() == [[128, 32, 64, 16]])
        #expect(viewer.pixels[40 * 640 + 130] == 0xFFFFFF)
    }

    @Test func theScreenFollowsTheMode() throws {
        display.publish(picture(320, 200, gradient))
        let server = try serve()
        let viewer = try RFBClient.connect(port: port(server))
        try viewer.handshake()
        viewer.request(incremental: false)
        try viewer.update()
        // 70 is no multiple of 4: the frame is 72 wide, the rest black.
        display.publish(picture(70, 60) { _, _ in 0x123456 })
        try viewer.update(until: { $0.width == 72 && $0.height == 60 && $0.pixels[59 * 72 + 69] == 0x123456 })
        #expect(viewer.pixels[0] == 0x123456)
        #expect(viewer.pixels[71] == 0)
    }

    @Test func textIsDrawn() throws {
        var cells = [TextPicture.Cell](repeating: .init(glyph: 0, foreground: 7, background: 1), count: 80 * 25)
        cells[1] = .init(glyph: 1, foreground: 15, background: 1)
        let font = TextPicture.Font(height: 16, rows: [UInt8](repeating: 0, count: 16) + [UInt8](repeating: 0x81, count: 16))
        let palette = (0..<16).map { UInt32($0) * 0x0A0B0C }
        display.publish(
            .text(
                TextPicture(
                    columns: 80, rows: 25, cells: cells, cursor: nil, font: font, cellWidth: 9, lineGraphics: true, palette: palette)))
        let server = try serve()
        let viewer = try RFBClient.connect(port: port(server))
        try viewer.handshake()
        #expect([viewer.width, viewer.height] == [720, 400])
        viewer.request(incremental: false)
        try viewer.update(until: { $0.pixels[720 * 400 - 1] != 0xDEAD })
        #expect(Array(viewer.pixels[8..<20]) == [1, 15, 1, 1, 1, 1, 1, 1, 15, 1, 1, 1].map { palette[$0] })
    }

    @Test func keysArriveBySymbol() throws {
        let server = try serve()
        let viewer = try RFBClient.connect(port: port(server))
        try viewer.handshake()
        viewer.key(0x61, down: true)
        viewer.key(0x61, down: false)
        viewer.key(0xFF1B, down: true)
        viewer.key(0xFF1B, down: false)
        viewer.key(0xFF53, down: true)
        viewer.key(0xFF53, down: false)
        let keys: [UInt8] = [0x1E, 0x01, 0xCD]
        let expected = keys.flatMap { [InputEvent.key(KeyCode(rawValue: $0), down: true), .key(KeyCode(rawValue: $0), down: false)] }
        #expect(seen(expected))
    }

    @Test func shiftIsAddedWhereAUSKeyboardNeedsIt() throws {
        let server = try serve()
        let viewer = try RFBClient.connect(port: port(server))
        try viewer.handshake()
        viewer.key(0x41, down: true)
        viewer.key(0x41, down: false)
        let shift = KeyCode(rawValue: 0x2A), a = KeyCode(rawValue: 0x1E)
        #expect(seen([.key(shift, down: true), .key(a, down: true), .key(shift, down: false), .key(a, down: false)]))
        events.withLock { $0 = [] }
        // With Shift held by the viewer itself, nothing is added.
        viewer.key(0xFFE1, down: true)
        viewer.key(0x41, down: true)
        viewer.key(0x41, down: false)
        viewer.key(0xFFE1, down: false)
        #expect(seen([.key(shift, down: true), .key(a, down: true), .key(a, down: false), .key(shift, down: false)]))
    }

    @Test func extendedKeysArriveByPlace() throws {
        let server = try serve()
        let viewer = try RFBClient.connect(port: port(server))
        try viewer.handshake()
        viewer.request(incremental: false)
        try viewer.update(until: { $0.acceptsExtendedKeys })
        viewer.extendedKey(0x9D, down: true)
        viewer.extendedKey(0x9D, down: false)
        let rightControl = KeyCode(rawValue: 0x9D)
        #expect(seen([.key(rightControl, down: true), .key(rightControl, down: false)]))
    }

    @Test func thePointerIsScaled() throws {
        display.publish(picture(320, 200, gradient))
        let server = try serve()
        let viewer = try RFBClient.connect(port: port(server))
        try viewer.handshake()
        viewer.pointer(0, 319, 199)
        viewer.pointer(1, 0, 0)
        viewer.pointer(0, 0, 0)
        viewer.pointer(8, 0, 0)
        viewer.pointer(0, 0, 0)
        viewer.pointer(16, 0, 0)
        #expect(
            seen([
                .pointer(x: 65535, y: 65535, buttons: []), .pointer(x: 0, y: 0, buttons: .left), .pointer(x: 0, y: 0, buttons: []), .wheel(1),
                .wheel(-1),
            ]))
    }

    @Test func aViewerThatLeavesLetsGo() throws {
        let server = try serve()
        var leaving: RFBClient? = try RFBClient.connect(port: port(server))
        let staying = try RFBClient.connect(port: port(server))
        try leaving?.handshake()
        try staying.handshake()
        leaving?.key(0x61, down: true)
        let a = KeyCode(rawValue: 0x1E)
        #expect(seen([.key(a, down: true)]))
        #expect(server.viewers == 2)
        leaving = nil
        #expect(seen([.key(a, down: true), .key(a, down: false)]))
        #expect(eventually { server.viewers == 1 })
    }

    @Test func loopbackMeansBothFamilies() throws {
        let server = try serve()
        let viewer = try RFBClient.connect(port: port(server), six: true)
        try viewer.handshake()
        #expect(viewer.name == "glass")
    }

    @Test func aUnixSocketIsTheOwnersAlone() throws {
        let folder = "/tmp/vitrine-rfb-\(getpid())"
        let path = folder + "/screen"
        defer { unsafe rmdir(folder) }
        let server = try serve(.unix(path: path))
        #expect(server.address == "unix:" + path)
        var status = stat()
        #expect(unsafe stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(unsafe stat(folder, &status) == 0 && status.st_mode & 0o777 == 0o700)
        let viewer = try RFBClient.connect(unix: path)
        try viewer.handshake()
        #expect(throws: RemoteViewError.socketInUse(path: path)) { try serve(.unix(path: path)) }
        server.stop()
        #expect(unsafe stat(path, &status) != 0)
    }

    @Test func automaticPortsDiffer() throws {
        let first = try serve(.automatic), second = try serve(.automatic)
        #expect(first.address != second.address)
        #expect(try port(first) >= 5900)
        #expect(throws: RemoteViewError.inUse(second.address)) { try serve(.port(port(second))) }
        second.stop()
        let again = try serve(.port(UInt16(second.address.dropFirst("127.0.0.1:".count)) ?? 0))
        #expect(again.address == second.address)
    }

    @Test func browsersAreRefused() throws {
        let server = try serve()
        let viewer = try RFBClient.connect(port: port(server))
        viewer.send(
            Array(
                ("GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: binary\r\nOrigin: http://evil.example\r\n\r\n").utf8))
        #expect(viewer.isClosedByServer())
        #expect(server.viewers == 0)
    }

    @Test(arguments: ["0.0.0.0:5900", "192.168.1.2:5901", "[::]:5900", "example.org:5900"])
    func wideAddressesAreRefused(_ text: String) {
        #expect { try ScreenServerAddress(parsing: text) } throws: { "\($0)".contains("loopback only") }
    }

    @Test func addressesAreRead() throws {
        #expect(try ScreenServerAddress(parsing: "127.0.0.1:5901") == .port(5901))
        #expect(try ScreenServerAddress(parsing: "[::1]:5901") == .port(5901))
        #expect(try ScreenServerAddress(parsing: "5901") == .port(5901))
        #expect(try ScreenServerAddress(parsing: "unix:/run/x") == .unix(path: "/run/x"))
        #expect(try ScreenServerAddress(parsing: "auto") == .automatic)
        #expect(throws: RemoteViewError.badAddress("localhost:vnc")) { try ScreenServerAddress(parsing: "localhost:vnc") }
    }
}
