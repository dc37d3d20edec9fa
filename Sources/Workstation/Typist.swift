package import Bus
package import Contract
import Glibc

/// Presses keys for people who send text, at a pace that guests can follow: keyboards and their buffers hold few codes.
package final class Typist: Sendable {
    package struct Stroke: Equatable, Sendable {
        /// Pressed in this order, released in the other.
        package var keys: [KeyCode]
    }

    /// A key is down as long as it then is up, in µs: 50 characters a second.
    private static let pause: UInt32 = 10_000

    private let worker: IOWorker
    private let send: @Sendable (InputEvent) -> Void
    private let stopped = Mutexed(false)

    package init(name: String, send: @escaping @Sendable (InputEvent) -> Void) {
        worker = IOWorker(name: "type:" + name)
        self.send = send
    }

    /// A single stroke goes out at once, since a person waits for it; of several each has its time.
    package func type(_ strokes: [Stroke]) {
        let (send, stopped) = (send, stopped)
        let pause = strokes.count > 1 ? Self.pause : 0
        worker.run {
            for stroke in strokes where !stopped.withLock({ $0 }) {
                for key in stroke.keys { send(.key(key, down: true)) }
                if pause > 0 { usleep(pause) }
                for key in stroke.keys.reversed() { send(.key(key, down: false)) }
                if pause > 0 { usleep(pause) }
            }
        }
    }

    package func stop() {
        stopped.withLock { $0 = true }
        worker.stop()
    }

    package static func strokes(for text: String) throws(KeeperError) -> [Stroke] {
        var strokes: [Stroke] = []
        for character in text {
            guard let keys = KeyCode.typing(character) else {
                let code = character.unicodeScalars.first.map { String($0.value, radix: 16, uppercase: true) } ?? ""
                throw KeeperError(.invalid, "U+\(code) is on no key of a US keyboard")
            }
            strokes.append(Stroke(keys: keys))
        }
        return strokes
    }

    /// Keys by their names, or by the character on them.
    package static func strokes(chord names: [String]) throws(KeeperError) -> [Stroke] {
        var keys: [KeyCode] = []
        for name in names {
            // A character that needs Shift on a US keyboard brings it along.
            guard let named = KeyCode(named: name).map({ [$0] }) ?? (name.count == 1 ? name.first.flatMap(KeyCode.typing) : nil) else {
                let known = KeyCode.names.map(\.name).filter { $0.count > 1 }.sorted().joined(separator: ", ")
                throw KeeperError(.invalid, "\"\(name)\" is no key; there are the letters, digits, and \(known)")
            }
            for key in named where !keys.contains(key) { keys.append(key) }
        }
        guard !keys.isEmpty else { throw KeeperError(.invalid, "no key is named") }
        return [Stroke(keys: keys)]
    }
}
