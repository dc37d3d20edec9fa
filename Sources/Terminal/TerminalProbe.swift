import CNcurses
import Glibc
package import TUI

/// What a terminal says about itself when it is asked.
package struct TerminalProbe: Equatable, Sendable {
    /// Cells that `●─` took; nil where the terminal did not say.
    package var cells: Int?
    /// 0x00RRGGBB; nil where it did not say.
    package var background: UInt32?

    package init() {}

    /// East Asian ambiguous characters take two cells: the frames drawn here would not fit.
    package var drawsWide: Bool { (cells ?? 2) > 2 }

    /// Asks where no workstation is open; what was typed meanwhile is lost.
    package static func askAlone() -> TerminalProbe {
        guard isatty(0) == 1 else { return TerminalProbe() }
        _ = unsafe setlocale(LC_ALL, "")
        nc_save_modes()
        guard nc_utf8() != 0, let name = unsafe getenv("TERM").map({ unsafe String(cString: $0) }), answers(name) else { return TerminalProbe() }
        return ask(printing: true).0
    }

    /// The console and old terminals would show a question as text.
    static func answers(_ name: String) -> Bool { name != "linux" && name != "dumb" && !name.hasPrefix("vt") }

    /// Asks on the line where the cursor stands, which must be free, and wipes it. Waits a quarter of a second at most; terminals answer in order, so
    /// the cursor's place is the last that is waited for.
    /// - Parameter printing: print the two characters; else only the ground is asked for.
    /// - Returns: also what was typed meanwhile.
    package static func ask(printing: Bool) -> (TerminalProbe, [TerminalEvent]) {
        var result = TerminalProbe()
        var other: [TerminalEvent] = []
        guard isatty(0) == 1, isatty(1) == 1, nc_quiet() == 0 else { return (result, other) }
        defer { nc_restore_modes() }
        let question = "\u{1b}]11;?\u{1b}\\\r" + (printing ? "●─" : "") + "\u{1b}[6n\r\u{1b}[K"
        _ = unsafe write(1, question, question.utf8.count)
        var decoder = InputDecoder()
        var isAnswered = false
        for _ in 0..<25 where !isAnswered {
            guard nc_poll(-1, -1, 10) & 1 != 0 else { continue }
            var bytes = [UInt8](repeating: 0, count: 1024)
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(0, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            for event in decoder.feed(bytes[..<count]) {
                switch event {
                case .background(let colour): result.background = colour
                case .cursor(let point):
                    isAnswered = true
                    if printing { result.cells = point.x }
                case .key(let key) where key.code == .function(3):
                    // On the first row the answer looks like F3, and the column like the keys held with it.
                    isAnswered = true
                    if printing { result.cells = (key.shift ? 1 : 0) + (key.alt ? 2 : 0) + (key.control ? 4 : 0) }
                default: other.append(event)
                }
            }
        }
        return (result, other + decoder.flush())
    }
}
