import Bus
import CVNCServer
import Glibc
import Picture

/// The thread behind a `ScreenServer`: the only one that touches its libvncserver screen. Every callback of the library runs here.
@safe
final class ScreenLoop {
    private static let tileWidth = 64, tileHeight = 16
    private static let mostViewers = 16

    private let display: Display
    private let listeners: Listeners
    private let link: ScreenServer.Link
    private let viewer: @Sendable (ScreenServer.ViewerEvent) -> Void
    private let input: @Sendable (InputEvent) -> Void
    private let screen: rfbScreenInfoPtr
    private let desktopName: UnsafeMutablePointer<CChar>?

    /// What viewers see, and what a new picture is compared with.
    private var frame: UnsafeMutablePointer<UInt32>
    private var width: Int
    private var height: Int
    /// The part of the width that the guest draws; the rest fills up to a multiple of 4, which viewers want.
    private var guestWidth: Int
    private var generation: UInt64?

    private var viewers: [UInt: ViewerInput] = [:]
    private var peers: [UInt: String] = [:]
    /// Looks at the display since a viewer last said something.
    private var quietLooks = 0
    private var capsLock = false

    init(
        display: Display, name: String, listeners: Listeners, link: ScreenServer.Link, viewer: @escaping @Sendable (ScreenServer.ViewerEvent) -> Void,
        input: @escaping @Sendable (InputEvent) -> Void
    ) {
        self.display = display
        self.listeners = listeners
        self.link = link
        self.viewer = viewer
        self.input = input
        (width, height, guestWidth) = (720, 400, 720)
        unsafe frame = .allocate(capacity: 720 * 400)
        unsafe frame.initialize(repeating: 0, count: 720 * 400)
        vnc_silence()
        ProtocolExtension.register()
        unsafe screen = rfbGetScreen(nil, nil, 720, 400, 8, 3, 4)
        unsafe desktopName = strdup(name)
        unsafe screen.pointee.desktopName = UnsafePointer(desktopName)
        unsafe screen.pointee.frameBuffer = UnsafeMutableRawPointer(frame).assumingMemoryBound(to: CChar.self)
        unsafe Self.setFormat(screen)
        // The library opens no socket of its own: its listeners cannot be limited to the owner, and take different ports for IPv4 and IPv6.
        unsafe screen.pointee.autoPort = 0
        unsafe screen.pointee.port = -1
        unsafe screen.pointee.ipv6port = -1
        unsafe screen.pointee.httpDir = nil
        unsafe screen.pointee.permitFileTransfer = 0
        unsafe screen.pointee.alwaysShared = 1
        unsafe screen.pointee.deferUpdateTime = 0
        // One stalled viewer delays the others of this machine at most so long.
        unsafe screen.pointee.maxClientWait = 2000
        unsafe screen.pointee.cursor = nil
        unsafe screen.pointee.screenData = Unmanaged.passUnretained(self).toOpaque()
        connectCallbacks()
        unsafe vnc_init_server(screen)
    }

    deinit {
        unsafe rfbShutdownServer(screen, 1)
        unsafe rfbScreenCleanup(screen)
        unsafe frame.deallocate()
        unsafe free(desktopName)
    }

    // MARK: The loop

    func run() {
        while !link.stopping.withLock({ $0 }) {
            let isCalled = waitForWork()
            quietLooks = isCalled ? 0 : quietLooks + 1
            if isCalled {
                for listener in listeners.sockets {
                    while let socket = listeners.accept(listener) { admit(socket) }
                }
            }
            guard !viewers.isEmpty else { continue }
            // The library holds pointer events back for 5 ms: a few rounds after the last message it has nothing left.
            if refresh() || quietLooks < 8 { unsafe rfbProcessEvents(screen, 0) }
        }
        listeners.close()
        // Viewers leave while the callbacks still have their screen.
        unsafe rfbShutdownServer(screen, 1)
    }

    /// Until a viewer or the owner wants something: then true. With viewers, for 5 ms at most, after which the display is looked at again; for 15 ms
    /// where no viewer has said a word for a while: a viewer that got a picture asks for the next one.
    private func waitForWork() -> Bool {
        var waiting = [pollfd(fd: link.wake, events: Int16(POLLIN), revents: 0)]
        waiting += listeners.sockets.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var client = unsafe screen.pointee.clientHead
        while let record = unsafe client {
            let socket = unsafe record.pointee.sock
            if socket >= 0 { waiting.append(pollfd(fd: socket, events: Int16(POLLIN), revents: 0)) }
            unsafe client = record.pointee.next
        }
        return unsafe poll(&waiting, nfds_t(waiting.count), viewers.isEmpty ? -1 : quietLooks < 40 ? 5 : 15) > 0
    }

    private func admit(_ socket: Int32) {
        guard viewers.count < Self.mostViewers else {
            close(socket)
            return
        }
        // The viewer is told this size first.
        refresh()
        _ = unsafe rfbNewClient(screen, socket)
    }

    // MARK: Picture

    /// Takes over a new picture; true where there was one.
    @discardableResult private func refresh() -> Bool {
        let current = display.current
        guard current.generation != generation else { return false }
        generation = current.generation
        switch current.picture {
        case .blank: show(PixelPicture(width: 720, height: 400, pixels: [UInt32](repeating: 0, count: 720 * 400)))
        case .text(let text): show(Rasteriser.pixels(of: text))
        case .pixels(let pixels): show(pixels)
        }
        return true
    }

    private func show(_ picture: PixelPicture) {
        let (newWidth, newHeight) = (picture.width, picture.height)
        guard newWidth > 0, newHeight > 0, newWidth <= 8192, newHeight <= 8192, picture.pixels.count >= newWidth * newHeight else { return }
        let padded = (newWidth + 3) & ~3
        if padded != width || newHeight != height { resize(padded, newHeight) }
        if guestWidth != newWidth {
            unsafe frame.update(repeating: 0, count: width * height)
            unsafe rfbMarkRectAsModified(screen, 0, 0, Int32(width), Int32(height))
            guestWidth = newWidth
        }
        unsafe picture.pixels.withUnsafeBufferPointer { pixels in
            guard let source = pixels.baseAddress else { return }
            for top in stride(from: 0, to: newHeight, by: Self.tileHeight) {
                unsafe compareBand(source, top, min(top + Self.tileHeight, newHeight))
            }
        }
    }

    /// Copies the tiles of one band that changed, and marks each run of them.
    private func compareBand(_ source: UnsafePointer<UInt32>, _ top: Int, _ bottom: Int) {
        var runStart: Int?
        for left in stride(from: 0, to: guestWidth, by: Self.tileWidth) {
            let right = min(left + Self.tileWidth, guestWidth)
            let bytes = (right - left) * 4
            var changed = false
            for row in top..<bottom where unsafe memcmp(source + row * guestWidth + left, frame + row * width + left, bytes) != 0 {
                unsafe memcpy(frame + row * width + left, source + row * guestWidth + left, bytes)
                changed = true
            }
            if changed {
                runStart = runStart ?? left
            } else if let start = runStart {
                unsafe rfbMarkRectAsModified(screen, Int32(start), Int32(top), Int32(left), Int32(bottom))
                runStart = nil
            }
        }
        if let start = runStart { unsafe rfbMarkRectAsModified(screen, Int32(start), Int32(top), Int32(guestWidth), Int32(bottom)) }
    }

    private func resize(_ newWidth: Int, _ newHeight: Int) {
        // Viewers that never asked for size changes would get rectangles outside their screen.
        var client = unsafe screen.pointee.clientHead
        while let record = unsafe client {
            unsafe client = record.pointee.next
            let normal = unsafe vnc_is_normal(record) != 0
            if unsafe normal && record.pointee.useNewFBSize == 0 && record.pointee.useExtDesktopSize == 0 { unsafe rfbCloseClient(record) }
        }
        let old = unsafe frame
        unsafe frame = .allocate(capacity: newWidth * newHeight)
        unsafe frame.initialize(repeating: 0, count: newWidth * newHeight)
        (width, height, guestWidth) = (newWidth, newHeight, newWidth)
        unsafe rfbNewFramebuffer(
            screen, UnsafeMutableRawPointer(frame).assumingMemoryBound(to: CChar.self), Int32(newWidth), Int32(newHeight), 8, 3, 4)
        unsafe Self.setFormat(screen)
        unsafe old.deallocate()
    }

    /// BGRX in memory, what `PixelPicture` holds. `rfbNewFramebuffer` falls back to RGB.
    private static func setFormat(_ screen: rfbScreenInfoPtr) {
        unsafe screen.pointee.serverFormat.depth = 24
        unsafe screen.pointee.serverFormat.trueColour = 1
        unsafe screen.pointee.serverFormat.redShift = 16
        unsafe screen.pointee.serverFormat.greenShift = 8
        unsafe screen.pointee.serverFormat.blueShift = 0
    }

    // MARK: Viewers

    static func of(_ client: rfbClientPtr) -> ScreenLoop? {
        guard let screen = unsafe client.pointee.screen, let data = unsafe screen.pointee.screenData else { return nil }
        return unsafe Unmanaged<ScreenLoop>.fromOpaque(data).takeUnretainedValue()
    }

    private func connectCallbacks() {
        unsafe screen.pointee.newClientHook = { client in
            guard let client = unsafe client, let loop = unsafe ScreenLoop.of(client), unsafe vnc_is_websocket(client) == 0 else {
                return RFB_CLIENT_REFUSE
            }
            unsafe client.pointee.clientGoneHook = { client in
                if let client = unsafe client { unsafe ScreenLoop.of(client)?.left(UInt(bitPattern: client)) }
            }
            unsafe loop.joined(UInt(bitPattern: client), Peer.name(of: client.pointee.sock))
            return RFB_CLIENT_ACCEPT
        }
        unsafe screen.pointee.kbdAddEvent = { down, keysym, client in
            if let client = unsafe client { unsafe ScreenLoop.of(client)?.keysym(keysym, down: down != 0, from: UInt(bitPattern: client)) }
        }
        unsafe screen.pointee.kbdReleaseAllKeys = { _ in }
        unsafe screen.pointee.ptrAddEvent = { buttons, x, y, client in
            if let client = unsafe client { unsafe ScreenLoop.of(client)?.pointer(buttons, x, y, from: UInt(bitPattern: client)) }
        }
        unsafe screen.pointee.setXCutText = { _, _, _ in }
        unsafe screen.pointee.setXCutTextUTF8 = { _, _, _ in }
        unsafe screen.pointee.setTranslateFunction = { client in
            guard let client = unsafe client, let screen = unsafe client.pointee.screen else { return 0 }
            unsafe ScreenLoop.setFormat(screen)
            return unsafe rfbSetTranslateFunction(client)
        }
    }

    private func joined(_ viewer: UInt, _ peer: String) {
        viewers[viewer] = ViewerInput()
        peers[viewer] = peer
        display.addWatcher()
        count()
        self.viewer(.joined(from: peer))
    }

    private func left(_ viewer: UInt) {
        guard var input = viewers.removeValue(forKey: viewer) else { return }
        display.removeWatcher()
        input.release().forEach(self.input)
        count()
        if let peer = peers.removeValue(forKey: viewer) { self.viewer(.left(peer)) }
    }

    private func count() {
        let now = viewers.count
        link.viewers.withLock { $0 = now }
    }

    private func keysym(_ keysym: UInt32, down: Bool, from viewer: UInt) {
        let caps = capsLock
        guard let events = viewers[viewer]?.keysym(keysym, down: down, capsLock: caps) else { return }
        deliver(events)
    }

    func key(_ code: KeyCode, down: Bool, from viewer: UInt) {
        guard let events = viewers[viewer]?.key(code, down: down) else { return }
        deliver(events)
    }

    private func pointer(_ buttons: Int32, _ x: Int32, _ y: Int32, from viewer: UInt) {
        guard let events = viewers[viewer]?.pointer(mask: buttons, x: scale(x, guestWidth), y: scale(y, height)) else { return }
        deliver(events)
    }

    private func scale(_ position: Int32, _ size: Int) -> UInt16 {
        let last = max(size - 1, 1)
        return UInt16(truncatingIfNeeded: min(max(Int(position), 0), last) * 65535 / last)
    }

    private func deliver(_ events: [InputEvent]) {
        for event in events {
            if event == .key(Keysyms.capsLock, down: true) { capsLock.toggle() }
            input(event)
        }
    }
}

/// QEMU's extended key event: keys by place instead of by what the viewer's layout makes of them.
/// https://github.com/rfbproto/rfbproto, "QEMU Extended Key Event Message".
private enum ProtocolExtension {
    private static let encoding: Int32 = -258
    private static let messageType: UInt8 = 255

    static func register() { _ = registered }

    private static let registered: Bool = {
        // The library keeps both for the life of the process.
        let encodings = UnsafeMutablePointer<Int32>.allocate(capacity: 2)
        unsafe encodings[0] = encoding
        unsafe encodings[1] = 0
        let record = UnsafeMutablePointer<rfbProtocolExtension>.allocate(capacity: 1)
        unsafe record.initialize(to: rfbProtocolExtension())
        unsafe record.pointee.pseudoEncodings = unsafe encodings
        unsafe record.pointee.enablePseudoEncoding = { client, _, asked in
            guard asked == ProtocolExtension.encoding, let client = unsafe client else { return 0 }
            // A framebuffer update with one empty rectangle of this encoding says yes.
            let header: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFE, 0xFE]
            let answer = header.map { CChar(bitPattern: $0) }
            unsafe vnc_lock_send(client)
            _ = unsafe rfbWriteExact(client, answer, Int32(answer.count))
            unsafe vnc_unlock_send(client)
            return 1
        }
        unsafe record.pointee.handleMessage = { client, _, message in
            guard let client = unsafe client, let message = unsafe message, unsafe message.pointee.type == ProtocolExtension.messageType else {
                return 0
            }
            var body = [CChar](repeating: 0, count: 11)
            guard unsafe rfbReadExact(client, &body, 11) > 0 else {
                unsafe rfbCloseClient(client)
                return 1
            }
            let bytes = body.map { UInt8(bitPattern: $0) }
            // Submessage 0, U16 down, U32 keysym, U32 code.
            guard bytes[0] == 0, bytes[7] == 0, bytes[8] == 0, bytes[9] == 0, bytes[10] != 0 else { return 1 }
            let down = bytes[1] != 0 || bytes[2] != 0
            unsafe ScreenLoop.of(client)?.key(KeyCode(rawValue: bytes[10]), down: down, from: UInt(bitPattern: client))
            return 1
        }
        unsafe rfbRegisterProtocolExtension(record)
        return true
    }()
}
