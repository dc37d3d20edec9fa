import TUI

/// Keys as xterm sends them, for programs behind a serial port.
enum TerminalKeys {
    static func bytes(_ key: Key, applicationCursor: Bool) -> [UInt8] {
        let held = 1 + (key.shift ? 1 : 0) + (key.alt ? 2 : 0) + (key.control ? 4 : 0)
        let modified = held > 1 ? ";\(held)" : ""
        switch key.code {
        case .character(let character): return (key.alt ? [0x1b] : []) + (key.control ? control(character) : Array(String(character).utf8))
        case .enter: return (key.alt ? [0x1b] : []) + [0x0d]
        case .escape: return [0x1b]
        case .tab: return [0x09]
        case .backTab: return Array("\u{1b}[Z".utf8)
        case .backspace: return (key.alt ? [0x1b] : []) + [0x7f]
        case .up, .down, .right, .left, .home, .end:
            let finals: [Key.Code: String] = [.up: "A", .down: "B", .right: "C", .left: "D", .home: "H", .end: "F"]
            let final = finals[key.code] ?? "A"
            if held > 1 { return Array("\u{1b}[1\(modified)\(final)".utf8) }
            return Array((applicationCursor ? "\u{1b}O" : "\u{1b}[").utf8) + Array(final.utf8)
        case .insert: return Array("\u{1b}[2\(modified)~".utf8)
        case .delete: return Array("\u{1b}[3\(modified)~".utf8)
        case .pageUp: return Array("\u{1b}[5\(modified)~".utf8)
        case .pageDown: return Array("\u{1b}[6\(modified)~".utf8)
        case .function(let number) where (1...4).contains(number):
            let final = ["P", "Q", "R", "S"][number - 1]
            return Array((held > 1 ? "\u{1b}[1\(modified)\(final)" : "\u{1b}O\(final)").utf8)
        case .function(let number):
            let numbers = [5: 15, 6: 17, 7: 18, 8: 19, 9: 20, 10: 21, 11: 23, 12: 24]
            return numbers[number].map { Array("\u{1b}[\($0)\(modified)~".utf8) } ?? []
        }
    }

    private static func control(_ character: Character) -> [UInt8] {
        guard let ascii = character.asciiValue else { return [] }
        switch ascii {
        case 0x61...0x7a: return [ascii - 0x60]
        case 0x40...0x5f: return [ascii - 0x40]
        case 0x20: return [0]
        case 0x3f: return [0x7f]
        default: return [ascii]
        }
    }

    /// A text as a terminal pastes it: line ends as Enter, and nothing that could steer the program.
    static func paste(_ text: String, bracketed: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        for scalar in text.replacingLineEnds.unicodeScalars where scalar == "\t" || scalar == "\r" || scalar.properties.generalCategory != .control {
            bytes += Array(String(Character(scalar)).utf8)
        }
        return bracketed ? Array("\u{1b}[200~".utf8) + bytes + Array("\u{1b}[201~".utf8) : bytes
    }
}

extension String {
    fileprivate var replacingLineEnds: String { String(map { $0 == "\r\n" || $0 == "\n" ? "\r" : $0 }) }
}
