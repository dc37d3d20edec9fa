package import TUI

/// What the terminal is asked at the start, and what it answered. Answers come as input, whenever they come.
package struct TerminalQueries: Sendable {
    /// A cell in pixels.
    package var cell = Size(8, 16)
    package private(set) var knowsSynchronizedOutput = false
    package private(set) var hasSixel = false
    package private(set) var hasKitty = false
    /// A multiplexer draws for us: what the terminal behind it can do does not help.
    package let isMultiplexed: Bool
    /// The last question has no answer yet.
    private(set) var isOpen: Bool

    init(environment: [String: String]) {
        let name = environment["TERM"] ?? ""
        isMultiplexed = !(environment["TMUX"] ?? "").isEmpty || name.hasPrefix("tmux") || name.hasPrefix("screen")
        // The console and old terminals would show the questions as text.
        isOpen = name != "linux" && !name.hasPrefix("vt")
    }

    /// Mode 2026, cell size, kitty's graphics, and last what every terminal answers.
    var text: String {
        guard isOpen else { return "" }
        let kitty = isMultiplexed ? "" : "\u{1b}_Gi=1,s=1,v=1,a=q,t=d,f=24;AAAA\u{1b}\\"
        return "\u{1b}[?2026$p\u{1b}[16t" + kitty + "\u{1b}[c"
    }

    mutating func take(_ answer: TerminalAnswer) {
        switch answer {
        case .mode(2026, let isKnown): knowsSynchronizedOutput = isKnown
        case .mode: break
        case .cell(let size): cell = size
        case .kittyGraphics(let taken): hasKitty = taken
        case .attributes(let numbers):
            hasSixel = numbers.dropFirst().contains(4)
            isOpen = false
        }
    }
}

/// How pictures become bytes: the encoders are not this module's, since it knows no pictures.
package struct PictureOutput: Sendable {
    /// nil: the best that the terminal says it can.
    package var choice: Graphics?
    /// The bytes that show a picture, the cursor standing at its first cell.
    package var encode: @Sendable (PicturePlacement, Graphics, PictureFit) -> [UInt8]
    /// The bytes that take it away, where cells alone do not.
    package var remove: @Sendable (Graphics) -> [UInt8]

    package init(
        choice: Graphics?, encode: @escaping @Sendable (PicturePlacement, Graphics, PictureFit) -> [UInt8],
        remove: @escaping @Sendable (Graphics) -> [UInt8]
    ) {
        (self.choice, self.encode, self.remove) = (choice, encode, remove)
    }

    package static let none = PictureOutput(choice: .blocks, encode: { _, _, _ in [] }, remove: { _ in [] })

    func graphics(_ terminal: TerminalQueries) -> Graphics {
        if let choice { return choice }
        if terminal.isMultiplexed { return .blocks }
        return terminal.hasKitty ? .kitty : terminal.hasSixel ? .sixel : .blocks
    }
}
