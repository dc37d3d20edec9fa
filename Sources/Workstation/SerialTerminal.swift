import Bus
package import Picture

/// A serial port with a terminal of our own behind it: what the guest writes becomes a picture, what the terminal has to say goes back.
package final class SerialTerminal: CharacterStream, Sendable {
    private struct State {
        var screen = TerminalScreen()
        var generation: UInt64 = 0
    }
    private let state = Mutexed(State())
    private let answer: @Sendable ([UInt8]) -> Void

    /// - Parameter answer: takes what goes to the guest; called on the machine's thread, must not wait for it.
    package init(answer: @escaping @Sendable ([UInt8]) -> Void) { self.answer = answer }

    package func send(_ bytes: [UInt8]) {
        let answers = state.withLock { state in
            state.generation += 1
            return state.screen.feed(bytes)
        }
        if !answers.isEmpty { answer(answers) }
    }

    /// Grows with every change of the picture.
    package var generation: UInt64 { state.withLock { $0.generation } }

    package var current: (picture: TerminalPicture, generation: UInt64) { state.withLock { ($0.screen.picture, $0.generation) } }
}
