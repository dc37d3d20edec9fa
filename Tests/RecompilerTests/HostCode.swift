@testable import X86

/// Host code as one reads it: instruction by instruction, without what lies elsewhere each time.
enum HostCode {
    /// Bytes of the x86-64 instruction at the start of `bytes`; nil where it is none that we know.
    ///
    /// Without its REX prefix it is as long as the same bytes are in 32-bit code, but for 64-bit immediates and VEX.
    static func length(_ bytes: ArraySlice<UInt8>) -> Int? {
        var rest = bytes
        let prefixes = Array(rest.prefix { $0 == 0x66 || $0 == 0xF2 || $0 == 0xF3 })
        rest = rest.dropFirst(prefixes.count)
        var rex: UInt8 = 0
        if let first = rest.first, first & 0xF0 == 0x40 {
            rex = first
            rest = rest.dropFirst()
        }
        guard let opcode = rest.first else { return nil }
        let before = prefixes.count + (rex == 0 ? 0 : 1)
        if opcode & 0xF8 == 0xB8, rex & 8 != 0 { return before + 9 }
        if opcode == 0xC4, let map = rest.dropFirst().first {
            // The operands are as long as IMUL's.
            guard let imul = decoded([0x0F, 0xAF] + rest.dropFirst(4)) else { return nil }
            return 4 + imul - 2 + (map & 0x1F == 3 ? 1 : 0)
        }
        guard let length = decoded(prefixes + rest) else { return nil }
        return length + (rex == 0 ? 0 : 1)
    }

    private static func decoded(_ bytes: [UInt8]) -> Int? {
        let result = Disassembler.disassemble(Array(bytes.prefix(15)), code32: true)
        return result.text == "(bad)" ? nil : result.length
    }

    /// One line an instruction; distances of jumps and calls and 64-bit addresses as dots.
    static func lines(_ code: ArraySlice<UInt8>) -> [String] {
        var rest = code, lines: [String] = []
        while !rest.isEmpty {
            guard let length = length(rest), length <= rest.count else { return lines + ["? " + rest.map(two).joined(separator: " ")] }
            let bytes = Array(rest.prefix(length))
            let masked = hidden(bytes)
            lines.append(bytes.enumerated().map { $0.offset < bytes.count - masked ? two($0.element) : ".." }.joined(separator: " "))
            rest = rest.dropFirst(length)
        }
        return lines
    }

    /// How many bytes at the end of an instruction say where something lies.
    private static func hidden(_ bytes: [UInt8]) -> Int {
        if bytes[0] & 0xF8 == 0x48, bytes[1] & 0xF8 == 0xB8, bytes.count == 10 { return 8 }
        if bytes.count == 5, bytes[0] == 0xE8 || bytes[0] == 0xE9 { return 4 }
        return bytes.count == 6 && bytes[0] == 0x0F && bytes[1] & 0xF0 == 0x80 ? 4 : 0
    }

    private static func two(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}
