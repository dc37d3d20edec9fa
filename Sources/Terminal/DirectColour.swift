/// Full colour on terminals whose description has 256. ncurses sends red, green and blue only where the description says how, and those that do
/// (xterm-direct) are rarely installed and not what TERM says; so the terminal's own description is taken and given what it lacks. ncurses reads one out
/// of TERMINFO when that begins with `hex:` (terminfo(5), "STORAGE LOCATION"; term(5) has the format).
enum DirectColour {
    /// Where a compiled description may be, best first.
    static func places(_ name: String, _ environment: [String: String]) -> [String] {
        guard let first = name.utf8.first, !name.contains("/") else { return [] }
        var folders: [String] = []
        if let own = environment["TERMINFO"], own.hasPrefix("/") { folders.append(own) }
        if let home = environment["HOME"], home.hasPrefix("/") { folders.append(home + "/.terminfo") }
        folders += (environment["TERMINFO_DIRS"] ?? "").split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
        folders += ["/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo"]
        let digits = String(first, radix: 16)
        return folders.flatMap { ["\($0)/\(Character(Unicode.Scalar(first)))/\(name)", "\($0)/\(digits)/\(name)"] }
    }

    private static let canChangeColour = 27, maximumColours = 13, maximumPairs = 14, setForeground = 359, setBackground = 360

    /// The description with full colour as the value of TERMINFO; nil where it is none of 256 colours.
    static func terminfo(_ entry: [UInt8]) -> String? {
        var reader = Reader(bytes: entry)
        guard let magic = reader.short(), magic == 0o432 || magic == 0o1036 else { return nil }
        let isWide = magic == 0o1036
        var counts: [Int] = []
        for _ in 0..<5 {
            guard let count = reader.short(), count >= 0 else { return nil }
            counts.append(count)
        }
        guard let names = reader.take(counts[0]), var flags = reader.take(counts[1]) else { return nil }
        reader.align()
        var numbers: [Int] = []
        for _ in 0..<counts[2] {
            guard let number = isWide ? reader.long() : reader.short() else { return nil }
            numbers.append(number)
        }
        var strings: [Int] = []
        for _ in 0..<counts[3] {
            guard let string = reader.short() else { return nil }
            strings.append(string)
        }
        guard var table = reader.take(counts[4]), numbers.count > maximumColours, (256..<0x100_0000).contains(numbers[maximumColours]) else {
            return nil
        }

        while numbers.count <= maximumPairs { numbers.append(-1) }
        while strings.count <= setBackground { strings.append(-1) }
        (numbers[maximumColours], numbers[maximumPairs]) = (0x100_0000, 0x1_0000)
        if flags.count > canChangeColour { flags[canChangeColour] = 0 }
        for (string, plain, full) in [(setForeground, "3", "38"), (setBackground, "4", "48")] {
            strings[string] = table.count
            // The eight lowest stay the palette's, as in xterm-direct.
            let parts = "%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;%p1%{255}%&%d"
            table += Array("\u{1b}[%?%p1%{8}%<%t\(plain)%p1%d%e\(full);2;\(parts)%;m".utf8) + [0]
        }
        guard table.count < 0x7fff else { return nil }

        var result: [UInt8] = []
        func short(_ value: Int) { result += [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)] }
        func align() { if result.count % 2 == 1 { result.append(0) } }
        for value in [0o1036, names.count, flags.count, numbers.count, strings.count, table.count] { short(value) }
        result += names + flags
        align()
        for number in numbers {
            short(number)
            short(number >> 16)
        }
        for string in strings { short(string) }
        result += table
        align()
        // Two flags beyond the standard ones: colours can be put back to the terminal's own, and numbers of colours are red, green and blue.
        let own = Array("AX\0RGB\0".utf8)
        for value in [2, 0, 0, 2, own.count] { short(value) }
        result += [1, 1]
        for place in [0, 3] { short(place) }
        result += own
        return "hex:" + result.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
    }

    private struct Reader {
        var bytes: [UInt8]
        var position = 0

        mutating func take(_ count: Int) -> [UInt8]? {
            guard count >= 0, count <= bytes.count - position else { return nil }
            defer { position += count }
            return Array(bytes[position..<(position + count)])
        }

        mutating func short() -> Int? { take(2).map { Int(Int16(truncatingIfNeeded: Int($0[0]) | Int($0[1]) << 8)) } }

        mutating func long() -> Int? {
            take(4).map { Int(Int32(truncatingIfNeeded: Int($0[0]) | Int($0[1]) << 8 | Int($0[2]) << 16 | Int($0[3]) << 24)) }
        }

        mutating func align() { position += position % 2 }
    }
}
