import Foundation
import Testing

@testable import X86

/// The decoder tests of the iced project, where the test data is at hand: validity, length, and the memory operand's address.
@Suite struct PublishedDecoderTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("shared/data/decoder")
    private static let isPresent = [folder, URL(fileURLWithPath: "../../shared/data/decoder")].contains {
        FileManager.default.fileExists(atPath: $0.path)
    }

    private static func lines(_ name: String) throws -> [Substring] {
        let found = [folder, URL(fileURLWithPath: "../../shared/data/decoder")].first { FileManager.default.fileExists(atPath: $0.path) } ?? folder
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/gzip")
        process.arguments = ["-dc", found.appendingPathComponent(name).path]
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.allSatisfy(\.isWhitespace) }
    }

    private static let registers = [
        "eax": 0, "ecx": 1, "edx": 2, "ebx": 3, "esp": 4, "ebp": 5, "esi": 6, "edi": 7, "bx": 3, "bp": 5, "si": 6, "di": 7, "": 8,
    ]
    private static let segments = ["es": 0, "cs": 1, "ss": 2, "ds": 3, "fs": 4, "gs": 5]

    /// Instructions that the reference knows and this processor does not, where their encodings mean something else here: hint NOPs, and prefixes
    /// that were ignored before they came to mean TZCNT and the like. XLAT has its memory operand implied.
    private static let other: Set<String> = [
        "bndmk", "bndcl", "bndcu", "bndcn", "bndmov", "bndldx", "bndstx", "endbr32", "endbr64", "rdsspd", "tzcnt", "lzcnt", "wbnoinvd", "cldemote",
        "prefetchit0",
        "prefetchit1", "reservednop", "incsspd", "xlatb",
    ]

    @Test(.enabled(if: isPresent, "the published decoder tests are not here"), arguments: [("16", false), ("32", true)])
    func agrees(bits: String, code32: Bool) throws {
        let offered = Set(InstructionTable.shared.rows.map { $0.mnemonic.lowercased() })
        var compared = 0, deviations: [String] = []
        for line in try Self.lines("DecoderTest\(bits).txt.gz") + Self.lines("DecoderTestMisc\(bits).txt.gz") {
            let fields = line.split(separator: ",", maxSplits: 4, omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
            guard fields.count == 5, !fields[4].contains("decopt=") else { continue }
            let digits = fields[0].filter { !$0.isWhitespace }
            let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { offset -> UInt8? in
                let start = digits.index(digits.startIndex, offsetBy: offset)
                return UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16)
            }
            let mnemonic = fields[2].lowercased()
            if Self.other.contains(mnemonic) || fields[1].contains("ReservedNop") { continue }
            let result = decode(bytes, code32: code32)
            compared += 1
            guard case .instruction(let i) = result, i.operation != .INVALID else {
                if mnemonic != "invalid" && offered.contains(mnemonic) { deviations.append("invalid here: \(line)") }
                continue
            }
            if mnemonic == "invalid" {
                deviations.append("valid here as \(Disassembler.disassemble(bytes, code32: code32).text): \(line)")
                continue
            }
            if Int(i.length) != bytes.count { deviations.append("length \(i.length): \(line)") }
            if let difference = Self.memoryDifference(i, fields[4]) { deviations.append("\(difference): \(line)") }
        }
        #expect(compared > 10_000)
        print("published decoder tests, \(bits) bit: \(compared) compared, \(deviations.count) deviations")
        #expect(deviations.isEmpty, "\(deviations.count) deviations, such as\n\(deviations.prefix(40).joined(separator: "\n"))")
    }

    private static func memoryDifference(_ i: Instruction, _ options: String) -> String? {
        for option in options.split(separator: " ") {
            guard let equals = option.firstIndex(of: "="), option.hasPrefix("op"), option[equals...].hasPrefix("=m;") else { continue }
            let parts = option[equals...].split(separator: ";", omittingEmptySubsequences: false).map(String.init)
            guard parts.count >= 7, let segment = segments[parts[1]], let base = registers[parts[2]], let index = registers[parts[3]] else {
                return "unknown operand"
            }
            guard i.isMemory else { return i.form == .am || i.form == .ma ? nil : "no memory operand" }
            let displacement = UInt32(truncatingIfNeeded: UInt64(parts[5].replacingOccurrences(of: "0x", with: ""), radix: 16) ?? 0)
            let mask: UInt32 = i.prefixes.contains(.address16) ? 0xFFFF : 0xFFFF_FFFF
            if Int(i.segment) != segment { return "segment \(i.segment)" }
            if Int(i.base) != base || Int(i.index) != index { return "base \(i.base), index \(i.index)" }
            if 1 << Int(i.scale) != Int(parts[4]) { return "scale \(i.scale)" }
            if (i.displacement ^ displacement) & mask != 0 { return "displacement \(String(i.displacement, radix: 16))" }
        }
        return nil
    }
}
