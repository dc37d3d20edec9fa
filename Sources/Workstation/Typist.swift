package import Bus
package import Configuration
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

    /// The keys that type a text on a guest's keyboard. What is on none of them is named, and nothing is typed.
    package static func strokes(for text: String, _ layout: KeyboardLayout) throws(KeeperError) -> [Stroke] {
        var strokes: [Stroke] = []
        var missing: [Character] = []
        for character in text {
            if let keys = layout.strokes(for: character) {
                strokes += keys.map(Stroke.init)
            } else if !missing.contains(character) {
                missing.append(character)
            }
        }
        guard missing.isEmpty else { throw KeeperError(.invalid, "\(named(missing)) on no key of a \(layout.name) keyboard") }
        return strokes
    }

    /// Characters a person can tell apart in a message: by themselves and by number.
    private static func named(_ characters: [Character]) -> String {
        let names = characters.prefix(4).map { character in
            let code = character.unicodeScalars.first.map { String($0.value, radix: 16, uppercase: true) } ?? ""
            let isVisible = character.unicodeScalars.allSatisfy { $0.value > 0x20 && !(0x7f...0xa0).contains($0.value) }
            return (isVisible ? "\(character) " : "") + "(U+\(code))"
        }
        let more = characters.count > 4 ? " and \(characters.count - 4) more" : ""
        return names.joined(separator: ", ") + more + (characters.count == 1 ? " is" : " are")
    }

    /// Keys by their names, or by the character on them.
    package static func strokes(chord names: [String], _ layout: KeyboardLayout) throws(KeeperError) -> [Stroke] {
        var keys: [KeyCode] = []
        for name in names {
            // A character is where the guest has it, with the Shift that it needs there; longer names are places.
            let typed = name.count == 1 ? name.first.flatMap(layout.strokes(for:)).flatMap { $0.count == 1 ? Stroke($0[0]).keys : nil } : nil
            guard let named = typed ?? KeyCode(named: name).map({ [$0] }) else {
                let known = KeyCode.names.map(\.name).filter { $0.count > 1 }.sorted().joined(separator: ", ")
                throw KeeperError(.invalid, "\"\(name)\" is no key; there are the letters, digits, and \(known)")
            }
            for key in named where !keys.contains(key) { keys.append(key) }
        }
        guard !keys.isEmpty else { throw KeeperError(.invalid, "no key is named") }
        return [Stroke(keys: keys)]
    }
}

extension Typist.Stroke {
    init(_ stroke: KeyboardLayout.Stroke) {
        let held = (stroke.shift ? [KeyCode.leftShift] : []) + (stroke.altGr ? [KeyCode(rawValue: 0xB8)] : [])
        self.init(keys: held + [KeyCode(rawValue: stroke.key)])
    }
}
