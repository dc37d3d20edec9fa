package import Picture
import Synchronization

/// Where a serial or parallel port's bytes go. Called on the machine's thread; must not block it.
package protocol CharacterStream: AnyObject {
    func send(_ bytes: [UInt8])
}

/// Where a guest screen leaves the machine: the machine's thread publishes, any thread looks.
package final class Display: Sendable {
    private struct Latest {
        var picture: Picture = .blank
        var generation: UInt64 = 0
    }
    private let latest = Mutexed(Latest())
    private let watchers = Atomic<Int>(0)

    package init() {}

    /// Replaces the picture. Publish only what changed: every call is a new generation.
    package func publish(_ picture: Picture) {
        latest.withLock {
            $0.picture = picture
            $0.generation += 1
        }
    }

    /// The last picture published; its generation grows by one with every change.
    package var current: (picture: Picture, generation: UInt64) { latest.withLock { ($0.picture, $0.generation) } }

    /// Someone looks: while the count is above 0 the video chip refreshes at its full rate, otherwise a few times a second.
    package func addWatcher() { watchers.wrappingAdd(1, ordering: .relaxed) }
    package func removeWatcher() { watchers.wrappingSubtract(1, ordering: .relaxed) }
    package var isWatched: Bool { watchers.load(ordering: .relaxed) > 0 }
}

/// What a person does to a guest. Saved, logged and replayed as values.
package enum InputEvent: Codable, Equatable, Sendable {
    case key(KeyCode, down: Bool)
    /// Pointer position on the guest's screen, 0...65535 each way, and the buttons held.
    case pointer(x: UInt16, y: UInt16, buttons: PointerButtons)
    /// Relative motion in mickeys, y downward.
    case motion(dx: Int16, dy: Int16, buttons: PointerButtons)
    /// Wheel clicks, positive away from the person.
    case wheel(Int8)
}

package struct PointerButtons: OptionSet, Codable, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    package static let left = Self(rawValue: 1)
    package static let right = Self(rawValue: 2)
    package static let middle = Self(rawValue: 4)
}

/// A key by its place on the keyboard: its scan code in set 1, with 80h added where the code has an E0 prefix; the numbering of
/// QEMU's extended key event. Pause is C6h, Print Screen B7h.
package struct KeyCode: RawRepresentable, Codable, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
}
