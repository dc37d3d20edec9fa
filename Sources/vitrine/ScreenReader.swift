import Bus
import Picture

/// The guest's screen as text, read anew only when it changed.
struct ScreenReader {
    private(set) var picture: Picture = .blank
    private var generation: UInt64?
    private var lines: [String]?

    mutating func look(at display: Display) {
        let (latest, number) = display.current
        guard number != generation else { return }
        generation = number
        look(at: latest)
    }

    /// Keeps the last picture when the machine is gone and its screen dark.
    mutating func look(at latest: Picture) {
        guard latest != .blank else { return }
        picture = latest
        lines = nil
    }

    /// Width and height in pixels.
    var size: (width: Int, height: Int) {
        switch picture {
        case .blank: (640, 480)
        case .text(let text): (text.columns * text.cellWidth, text.rows * text.font.height)
        case .pixels(let pixels): (pixels.width, pixels.height)
        }
    }

    mutating func contains(_ text: String) -> Bool { read().contains { $0.contains(text) } }

    /// Lines without trailing blanks, each with its end.
    var text: String {
        mutating get { read().map { $0 + "\n" }.joined() }
    }

    private mutating func read() -> [String] {
        if let lines { return lines }
        let result = picture.textLines
        lines = result
        return result
    }
}
