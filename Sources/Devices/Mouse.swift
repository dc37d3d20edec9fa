package import Bus

/// PS/2 mouse with a wheel. Sources: IBM PS/2 Hardware Interface Technical Reference, "Mouse"; Microsoft's IntelliMouse identification (sample
/// rates 200, 100, 80, then the id is 3 and packets have a fourth byte).
/// Not modelled: 2:1 scaling and resolution, which only store: they would falsify the estimate below.
///
/// **Following an absolute pointer.** A PS/2 mouse can only say how far it moved, and nothing tells where the guest's arrow is. So the mouse keeps
/// an estimate. Before its first absolute position it *homes*: it moves so far up and left that any guest stops the arrow in the corner (0, 0).
/// From there on it sends the differences between the positions it is told, one count per pixel, and the estimate is the sum of what it sent.
/// Guests that accelerate, or that move the arrow themselves, make it drift, and no packet can be kept from that: drivers double what exceeds a
/// threshold per packet or per time. Three things bring it back in step: arriving at a border it moves on by the whole screen, so that the guest's
/// own stop corrects that coordinate however far it was off; after motion that it cannot account for (relative motion, a packet the guest cut off, more
/// than it could queue) it homes before the next absolute position; and so it does when the guest resets or enables the mouse or the screen
/// changes its size. Where the guest's driver can use an absolute pointer itself, the VMware backdoor is exact and this estimate is not needed.
package final class Mouse: Device, PS2Device, Clocked {
    package static let part = "PS/2 wheel mouse"

    private enum Command {
        static let scaling1: UInt8 = 0xE6
        static let scaling2: UInt8 = 0xE7
        static let resolution: UInt8 = 0xE8
        static let statusRequest: UInt8 = 0xE9
        static let streamMode: UInt8 = 0xEA
        static let readData: UInt8 = 0xEB
        static let resetWrap: UInt8 = 0xEC
        static let wrapMode: UInt8 = 0xEE
        static let remoteMode: UInt8 = 0xF0
        static let readID: UInt8 = 0xF2
        static let sampleRate: UInt8 = 0xF3
        static let enable: UInt8 = 0xF4
        static let disable: UInt8 = 0xF5
        static let setDefault: UInt8 = 0xF6
        static let resend: UInt8 = 0xFE
        static let reset: UInt8 = 0xFF
    }

    private enum Reply {
        static let acknowledge: UInt8 = 0xFA
        static let selfTestPassed: UInt8 = 0xAA
        static let resend: UInt8 = 0xFE
    }

    package enum Mode: String, Codable, Sendable { case stream, remote }

    /// Motion with the same buttons held, not yet reported. y grows upward, as in packets.
    struct Move: Codable, Equatable, Sendable {
        var dx: Int32 = 0
        var dy: Int32 = 0
        var dz: Int32 = 0
        var buttons: UInt8 = 0
        /// Must reach the guest before what follows: it ends at a border, and adding what follows to it would lose that.
        var endsAtBorder = false
        /// Reported even where nothing moved.
        var isForced = false
    }

    struct Point: Codable, Equatable, Sendable { var x, y: Int32 }
    struct Size: Codable, Equatable, Sendable { var width, height: Int32 }

    private static let limit: Int32 = 0x4000
    private static let home: Int32 = 0x1000
    private static let mostMoves = 32

    package struct State: DeviceState {
        var mode: Mode = .stream
        var isWrapping = false
        var isReporting = false
        var scaling2 = false
        var resolution: UInt8 = 2
        var sampleRate: UInt8 = 100
        var id: UInt8 = 0
        /// The last three sample rates set.
        var knock: [UInt8] = [0, 0, 0]
        var awaiting: UInt8?
        var output: [UInt8] = []
        /// `output` answers a command; else it is a packet.
        var isAnswer = false
        var last: [UInt8] = []
        var buttons: UInt8 = 0
        var moves: [Move] = []
        /// Virtual time before which no further packet is sent: the sample rate.
        var nextSample: UInt64 = 0
        /// Where the guest's arrow is believed to be; nil: home first.
        var arrow: Point?
        var screen: Size?
        /// The last nudge went right.
        var nudgedRight = false

        package func validate() throws(SnapshotError) {
            let motion = moves.allSatisfy { move in [move.dx, move.dy, move.dz].allSatisfy { abs(Int64($0)) <= Int64(Mouse.limit) } }
            let places = [arrow?.x, arrow?.y, screen?.width, screen?.height].allSatisfy { ($0.map { (0...0xFFFF).contains($0) }) ?? true }
            guard motion, places, knock.count == 3, output.count <= 64, last.count <= 8, moves.count <= Mouse.mostMoves, sampleRate > 0 else {
                throw SnapshotError(Mouse.part, "no such state")
            }
        }
    }

    package var state = State()
    /// A driver listens: it told the mouse to report motion, or polls it.
    package var hasListener: Bool { state.isReporting || state.mode == .remote }
    private let clock: ClockPort
    package var onOutput: (() -> Void)?

    package init(clock: ClockPort) {
        self.clock = clock
        clock.connect(self)
    }

    package func reset() {
        state = State()
        clock.cancel(0)
    }

    // MARK: To the host

    package var hasOutput: Bool { !state.output.isEmpty }
    package var isAnswering: Bool { hasOutput && state.isAnswer }

    package func send() -> UInt8? {
        guard !state.output.isEmpty else { return nil }
        let byte = state.output.removeFirst()
        if state.output.isEmpty && !state.moves.isEmpty { clock.schedule(0, at: max(state.nextSample, clock.now)) }
        return byte
    }

    private func say(_ bytes: [UInt8], isAnswer: Bool) {
        guard state.output.count + bytes.count <= 64 else { return }
        state.output += bytes
        state.isAnswer = isAnswer
        state.last = bytes
        onOutput?()
    }

    private func reply(_ bytes: [UInt8]) { say(bytes, isAnswer: true) }

    // MARK: From the host

    package func receive(_ byte: UInt8) {
        if state.isWrapping && byte != Command.reset && byte != Command.resetWrap { return reply([byte]) }
        if let command = state.awaiting {
            state.awaiting = nil
            return argument(byte, of: command)
        }
        // A command stops the packet that is under way: what it told of the motion is lost.
        if byte != Command.resend {
            if hasOutput && !state.isAnswer { state.arrow = nil }
            state.output = []
        }
        switch byte {
        case Command.scaling1, Command.scaling2:
            state.scaling2 = byte == Command.scaling2
            acknowledge()
        case Command.resolution, Command.sampleRate:
            state.awaiting = byte
            acknowledge()
        case Command.statusRequest:
            let buttons = (state.buttons & 1) << 2 | (state.buttons & 4) >> 1 | (state.buttons & 2) >> 1
            let flags = (state.mode == .remote ? 0x40 : 0) | (state.isReporting ? 0x20 : 0) | (state.scaling2 ? 0x10 : 0) | buttons
            reply([Reply.acknowledge, flags, state.resolution, state.sampleRate])
        case Command.streamMode, Command.remoteMode:
            state.mode = byte == Command.streamMode ? .stream : .remote
            state.moves = []
            acknowledge()
        case Command.readData: reply([Reply.acknowledge] + packet(takeMove()))
        case Command.wrapMode, Command.resetWrap:
            state.isWrapping = byte == Command.wrapMode
            acknowledge()
        case Command.readID: reply([Reply.acknowledge, state.id])
        case Command.enable, Command.disable:
            state.isReporting = byte == Command.enable
            forget()
            acknowledge()
        case Command.setDefault:
            setDefaults()
            acknowledge()
        case Command.resend: reply(state.last)
        case Command.reset:
            setDefaults()
            state.id = 0
            state.isWrapping = false
            reply([Reply.acknowledge, Reply.selfTestPassed, state.id])
        default: reply([Reply.resend])
        }
    }

    private func acknowledge() { reply([Reply.acknowledge]) }

    private func argument(_ byte: UInt8, of command: UInt8) {
        if command == Command.resolution {
            state.resolution = byte & 3
        } else {
            state.sampleRate = max(byte, 10)
            state.knock = [state.knock[1], state.knock[2], byte]
            if state.knock == [200, 100, 80] { state.id = 3 }
        }
        acknowledge()
    }

    private func setDefaults() {
        state.mode = .stream
        state.isReporting = false
        state.scaling2 = false
        state.resolution = 2
        state.sampleRate = 100
        state.knock = [0, 0, 0]
        forget()
    }

    private func forget() {
        state.moves = []
        state.arrow = nil
    }

    // MARK: Packets

    /// The next piece of motion, no larger than a packet can say.
    private func takeMove() -> Move {
        guard var first = state.moves.first else { return Move(buttons: state.buttons) }
        var piece = first
        piece.dx = min(max(first.dx, -255), 255)
        piece.dy = min(max(first.dy, -255), 255)
        piece.dz = min(max(first.dz, -7), 7)
        first.dx -= piece.dx
        first.dy -= piece.dy
        first.dz -= piece.dz
        if first.dx == 0 && first.dy == 0 && first.dz == 0 { state.moves.removeFirst() } else { state.moves[0] = first }
        return piece
    }

    private func packet(_ move: Move) -> [UInt8] {
        let signs: UInt8 = (move.dx < 0 ? 0x10 : 0) | (move.dy < 0 ? 0x20 : 0)
        let bytes = [0x08 | signs | move.buttons & 7, UInt8(truncatingIfNeeded: move.dx), UInt8(truncatingIfNeeded: move.dy)]
        return state.id == 3 ? bytes + [UInt8(truncatingIfNeeded: -move.dz)] : bytes
    }

    /// Sends one packet if one is due, and asks to be called for the next.
    private func sample() {
        guard state.isReporting, state.mode == .stream, state.awaiting == nil, !state.moves.isEmpty, state.output.isEmpty else { return }
        let now = clock.now
        guard now >= state.nextSample else { return clock.schedule(0, at: state.nextSample) }
        state.nextSample = now &+ 1_000_000_000 / UInt64(max(state.sampleRate, 10))
        say(packet(takeMove()), isAnswer: false)
    }

    package func clockEvent(_ kind: UInt8, _ payload: UInt32, at time: UInt64) { sample() }

    // MARK: The person's hand

    private func move(_ next: Move) {
        state.buttons = next.buttons
        guard hasListener else { return }
        if let last = state.moves.last {
            let merges = last.buttons == next.buttons && !last.endsAtBorder && !last.isForced
            if merges || state.moves.count >= Self.mostMoves {
                // Too much for the guest to take: the estimate is lost with the border.
                if !merges { state.arrow = nil }
                func sum(_ a: Int32, _ b: Int32) -> Int32 { min(max(a + b, -Self.limit), Self.limit) }
                state.moves[state.moves.count - 1] = Move(
                    dx: sum(last.dx, next.dx), dy: sum(last.dy, next.dy), dz: sum(last.dz, next.dz), buttons: next.buttons,
                    endsAtBorder: next.endsAtBorder, isForced: next.isForced)
                return sample()
            }
        }
        state.moves.append(next)
        sample()
    }

    /// Relative motion in counts, y downward.
    package func motion(dx: Int32, dy: Int32, buttons: PointerButtons) {
        state.arrow = nil
        shift(Move(dx: clamped(dx), dy: -clamped(dy), buttons: buttons.rawValue & 7))
    }

    /// Wheel clicks, positive away from the person. Without the wheel's packets there is no way to tell them.
    package func wheel(_ clicks: Int8) { if state.id == 3 { move(Move(dz: Int32(clicks), buttons: state.buttons)) } }

    /// A packet for drivers that it only wakes (the VMware backdoor's). Systems pass on nothing that did not move: it goes one count right, then left.
    package func nudge() {
        state.arrow = nil
        guard state.moves.isEmpty else { return }
        state.nudgedRight.toggle()
        move(Move(dx: state.nudgedRight ? 1 : -1, buttons: state.buttons, isForced: true))
    }

    /// A position from 0 to 65535 each way on a screen of `width` × `height` pixels.
    package func pointer(x: UInt16, y: UInt16, buttons: PointerButtons, width: Int, height: Int) {
        let size = Size(width: Int32(min(max(width, 1), 0xFFFF)), height: Int32(min(max(height, 1), 0xFFFF)))
        if size != state.screen {
            state.screen = size
            state.arrow = nil
        }
        guard hasListener else {
            state.buttons = buttons.rawValue & 7
            return
        }
        if state.arrow == nil {
            move(Move(dx: -Self.home, dy: Self.home, buttons: state.buttons, endsAtBorder: true))
            state.arrow = Point(x: 0, y: 0)
        }
        guard let arrow = state.arrow else { return }
        let (right, bottom) = (size.width - 1, size.height - 1)
        let target = Point(
            x: Int32(truncatingIfNeeded: (Int(x) * Int(right) + 32767) / 65535), y: Int32(truncatingIfNeeded: (Int(y) * Int(bottom) + 32767) / 65535))
        func past(_ from: Int32, _ to: Int32, _ end: Int32) -> Int32 { from == to ? 0 : to == 0 ? -end : to == end ? end : 0 }
        let (overX, overY) = (past(arrow.x, target.x, right), past(arrow.y, target.y, bottom))
        state.arrow = target
        shift(
            Move(
                dx: clamped(target.x - arrow.x + overX), dy: -clamped(target.y - arrow.y + overY), buttons: buttons.rawValue & 7,
                endsAtBorder: overX != 0 || overY != 0))
    }

    private func clamped(_ value: Int32) -> Int32 { min(max(value, -Self.limit), Self.limit) }

    /// Motion first, with the buttons as they were; then the buttons: a click belongs where the arrow arrives, a drag ends there too.
    private func shift(_ next: Move) {
        let before = state.buttons
        if next.dx != 0 || next.dy != 0 {
            var motion = next
            motion.buttons = before
            move(motion)
        }
        if next.buttons != before { move(Move(buttons: next.buttons, isForced: true)) }
    }
}
