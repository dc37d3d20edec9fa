import Configuration
import Contract
import TUI

/// Figures in the manner of the house: fixed fields, one unit.
enum Format {
    static func since(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e11 else { return "" }
        let seconds = Int(seconds)
        switch seconds {
        case ..<60: return "\(seconds)s"
        case ..<3600: return "\(seconds / 60)m"
        case ..<86400: return "\(seconds / 3600)h"
        case ..<31_536_000: return "\(seconds / 86400)d"
        default: return "\(seconds / 31_536_000)y"
        }
    }

    /// `3 h`, for sentences.
    static func duration(_ seconds: Double, _ words: Language) -> String {
        let short = since(seconds)
        guard let unit = short.last else { return "" }
        return words(unit == "m" ? "%1 min" : "%1 \(unit)", String(short.dropLast()))
    }

    static func firstSentence(_ text: String) -> String {
        let end = text.indices.first { text[$0] == "." && text.index(after: $0) < text.endIndex && text[text.index(after: $0)] == " " }
        var sentence = end.map { text[..<$0] } ?? text[...]
        if sentence.last == "." { sentence.removeLast() }
        return String(sentence)
    }

    /// `26.5 of 53.0 MB`
    static func part(_ bytes: UInt64, of total: UInt64, _ words: Language) -> String {
        let part = megabytes(bytes), whole = megabytes(total)
        return words("%1 of %2", part.suffix(3) == whole.suffix(3) ? String(part.dropLast(3)) : part, whole)
    }

    static func time(_ time: Double, offset: Int, seconds: Bool = false) -> String {
        guard time.isFinite, abs(time) < 1e12 else { return "--:--" }
        let day = ((Int(time) + offset) % 86400 + 86400) % 86400
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return two(day / 3600) + ":" + two(day / 60 % 60) + (seconds ? ":" + two(day % 60) : "")
    }

    static func whole(_ value: Double) -> String { value.isFinite && abs(value) < 1e9 ? "\(Int(value.rounded()))" : "-" }

    /// Three cells; four at 100.
    static func percent(_ value: Double) -> String {
        let digits = whole(value)
        return (digits.count < 2 ? " " : "") + digits + "%"
    }

    static func megabytes(_ bytes: UInt64) -> String {
        let tenths = (bytes >> 20) * 10 + ((bytes & 0xf_ffff) * 10) >> 20
        return tenths >= 99_990 ? "\(tenths / 10240).\(tenths % 10240 / 1024) GB" : "\(tenths / 10).\(tenths % 10) MB"
    }

    /// `12.3 of 64.0 MB, 99% hits`
    static func codeCache(_ translation: TranslationSummary, _ words: Language) -> String {
        let size = part(UInt64(max(0, translation.cacheBytes)), of: UInt64(max(0, translation.cacheCapacity)), words)
        return translation.hitPercent.map { words("%1, %2% hits", size, whole($0)) } ?? size
    }

    /// Whole, with its thousands.
    static func rate(_ value: Double) -> String { value.isFinite && abs(value) < 1e9 ? grouped(Int(value.rounded()), from: 1000) : "-" }

    /// Why translated code was left, in words.
    static func exit(_ reason: String) -> String {
        switch reason {
        case "unlinked": "to code without a link yet"
        case "lookUp": "look-ups that failed"
        case "event": "interrupts and changed code"
        case "interpret": "rests of blocks interpreted"
        case "fault": "faults"
        case "budget": "time slices used up"
        case "window": "stacks across two pages"
        case "unsuitable": "code beyond its segment"
        case "slowAccess": "memory accesses, slow way"
        case "instruction": "instructions interpreted"
        default: reason
        }
    }

    static func grouped(_ value: Int, from least: Int = 10_000) -> String {
        guard value >= least else { return "\(value)" }
        let digits = Array(String(value))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// A preset of the configuration, as people call it.
    static func processor(_ preset: String) -> String {
        MachineConfiguration.Processor(rawValue: preset).flatMap { preset in Form.processors.first { $0.0 == preset }?.1 } ?? preset
    }

    static func fileName(_ path: String) -> String {
        // What came with the product or was fetched has a place of its own in front of its name.
        for prefix in ["builtin:", "fetch:"] where path.hasPrefix(prefix) { return String(path.dropFirst(prefix.count)) }
        return path.split(separator: "/").last.map(String.init) ?? path
    }

    /// The port of `127.0.0.1:5901` as `:5901`, `unix` for sockets.
    static func shortAddress(_ address: String) -> String {
        if address.hasPrefix("unix:") { return "unix" }
        return address.lastIndex(of: ":").map { String(address[$0...]) } ?? address
    }

    static func viewers(_ count: Int, _ words: Language) -> String {
        switch count {
        case ..<1: words("no viewers")
        case 1: words("1 viewer")
        default: words("%1 viewers", count)
        }
    }

    static func drive(_ slot: String, isCD: Bool, _ words: Language) -> String {
        switch slot {
        case "fda": words("Floppy A")
        case "fdb": words("Floppy B")
        default: isCD ? "CD \(slot)" : words("Disk %1", slot)
        }
    }
}

extension MachineState {
    var glyph: String {
        switch self {
        case .off: "■"
        case .starting, .restoring: "»"
        case .saved: "◆"
        case .running: "●"
        case .paused: "‖"
        case .stopping, .saving: "«"
        case .crashed: "✖"
        }
    }

    var role: Role {
        switch self {
        case .off: .muted
        case .starting, .restoring, .stopping, .saving: .busy
        case .saved: .saved
        case .running: .running
        case .paused: .paused
        case .crashed: .error
        }
    }
}
