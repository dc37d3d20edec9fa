import Foundation
import Testing
import X86

@testable import Bus
@testable import Processor

/// Single-step vectors recorded from a real 80286 (data beside the repository; see its README). A sample always, all with VITRINE_FULL.
@Suite struct RealModeVectorTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("shared/data/realmode-286")
    static let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".jsonl.gz") }.sorted()

    struct Vector: Decodable {
        struct State: Decodable {
            var regs: [String: UInt32]
            var ram: [[UInt32]]
        }
        var name: String
        var bytes: [UInt8]
        var initial: State
        var final: State
        var exception: Exception?
        struct Exception: Decodable { var number: Int? }
    }

    static func vectors(_ file: String) throws -> [Vector] {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/gzip")
        process.arguments = ["-dc", folder.appendingPathComponent(file).path]
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return try data.split(separator: 10).map { try JSONDecoder().decode(Vector.self, from: $0) }
    }

    /// What a P6 does otherwise than the 286 that the vectors were recorded from, with the place that says so. The README lists them.
    struct Mask: Sendable {
        var name: String
        var reason: String
        var applies: @Sendable (_ form: String, _ vector: Vector) -> Bool
    }
    static let tenBytes = Mask(
        name: "length", reason: "instructions of more than 10 bytes are #13 on a 286; the limit is 15 (SDM Vol. 2A §2.3.11)",
        applies: { $1.exception?.number == 13 && $1.bytes.count > 11 })
    static let lock = Mask(
        name: "lock", reason: "a 286 takes LOCK before anything; #UD but for read-modify-write to memory (SDM Vol. 2A, LOCK)",
        applies: { $1.name.contains("lock ") })
    static let newSegments = Mask(
        name: "FS, GS", reason: "segment registers 4 and 5 are #6 on a 286; they are FS and GS (SDM Vol. 2A, MOV)",
        applies: { form, vector in
            (form == "8C" || form == "8E") && vector.exception?.number == 6 && vector.name.contains("s") && Self.register(vector) & 6 == 4
        })
    static let skipped = [tenBytes, lock, newSegments]
    static let stackOverrun = Mask(
        name: "stack overrun",
        reason: "a word at SS:FFFF is #13 on a 286 in real mode; #SS, vector 12 (SDM Vol. 2A, POP: real-address mode exceptions)",
        applies: { $1.exception?.number == 13 })
    static let indexes = Mask(
        name: "string indexes", reason: "a 286 has moved SI, DI and CX when a string instruction faults; a fault leaves them (SDM Vol. 3A §6.6)",
        applies: { form, vector in
            vector.exception?.number == 13 && ["A4", "A5", "A6", "A7", "AA", "AB", "AC", "AD", "AE", "AF", "6C", "6D", "6E", "6F"].contains(form)
        })
    static let stackPointer = Mask(
        name: "stack pointer", reason: "a 286 has moved SP when LEAVE or POP to memory faults; a fault leaves it (SDM Vol. 3A §6.6)",
        applies: { form, vector in vector.exception?.number == 13 && ["C9", "8F"].contains(form) })
    static let undefined = Mask(
        name: "undefined flags",
        reason: "flags that the manual leaves undefined (the table's u: column) are each chip's own, in FLAGS and in a frame pushed by the fault",
        applies: { form, _ in Self.undefinedFlags(form) != 0 })
    static let flagBits = Mask(
        name: "FLAGS 12-15", reason: "read 0 in a 286's real mode; IOPL and NT can be set (SDM Vol. 1 §3.4.3)", applies: { _, _ in true })

    /// ModR/M.reg behind the prefixes.
    private static func register(_ vector: Vector) -> UInt8 {
        let prefixes: Set<UInt8> = [0x26, 0x2E, 0x36, 0x3E, 0xF0, 0xF2, 0xF3]
        let code = vector.bytes.drop { prefixes.contains($0) }
        return code.count > 1 ? code[code.startIndex + 1] >> 3 & 7 : 0
    }

    /// By opcode and ModR/M.reg.
    static func undefinedFlags(_ form: String) -> UInt32 {
        let of: UInt32 = 0x800, sf: UInt32 = 0x80, zf: UInt32 = 0x40, af: UInt32 = 0x10, pf: UInt32 = 4, cf: UInt32 = 1
        switch form {
        case "27", "2F": return of
        case "37", "3F": return of | sf | zf | pf
        case "D4", "D5": return of | af | cf
        case "69", "6B", "F6.4", "F6.5", "F7.4", "F7.5": return sf | zf | af | pf
        case "F6.6", "F6.7", "F7.6", "F7.7": return of | sf | zf | af | pf | cf
        case let form where form.hasPrefix("C0") || form.hasPrefix("C1") || form.hasPrefix("D2") || form.hasPrefix("D3"): return of | af
        case let form where form.hasPrefix("D0") || form.hasPrefix("D1"): return af
        case "08", "09", "0A", "0B", "0C", "0D", "20", "21", "22", "23", "24", "25", "30", "31", "32", "33", "34", "35", "84", "85", "A8", "A9",
            "80.1", "80.4", "80.6", "81.1", "81.4", "81.6", "82.1", "82.4", "82.6", "83.1", "83.4", "83.6", "F6.0", "F6.1", "F7.0", "F7.1":
            return af
        default: return 0
        }
    }

    @Test(.enabled(if: !files.isEmpty, "the vectors lie beside the repository and are not there"), arguments: files)
    func agreesWithTheChip(_ file: String) throws {
        let bench = try Bench()
        let form = String(file.dropLast(9))
        let all = ProcessInfo.processInfo.environment["VITRINE_FULL"] != nil
        let vectors = try Self.vectors(file)
        var failures: [String] = []
        for vector in all ? vectors[...] : vectors.prefix(25) where !Self.skipped.contains(where: { $0.applies(form, vector) }) {
            if let wrong = Self.check(vector, form, bench) { failures.append(wrong) }
        }
        #expect(failures.isEmpty, "\(form): \(failures.count) differ; the first: \(failures.first ?? "")")
    }

    static func check(_ vector: Vector, _ form: String, _ bench: Bench) -> String? {
        let e = bench.e
        bench.processor.reset()
        for entry in vector.initial.ram { bench.memory.write(entry[0], [UInt8(truncatingIfNeeded: entry[1])]) }
        let registers = vector.initial.regs
        let names = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"]
        for (number, name) in names.enumerated() { e.setReg(UInt8(number), registers[name] ?? 0) }
        let segments = ["es", "cs", "ss", "ds"]
        for (number, name) in segments.enumerated() { e.loadRealSegment(UInt8(number), UInt16(truncatingIfNeeded: registers[name] ?? 0)) }
        e.s.eip = registers["ip"] ?? 0
        e.setEFLAGS((registers["flags"] ?? 2) & 0xFD5)
        if Self.stackOverrun.applies(form, vector) {
            bench.memory.write(12 * 4, (0..<4).map { UInt8(truncatingIfNeeded: bench.memory.read(52 + $0, .byte)) })
        }
        _ = bench.processor.run(budget: 2000)
        var wrong: [String] = []
        for (number, name) in names.enumerated() {
            let expected = vector.final.regs[name] ?? registers[name] ?? 0
            let got = e.reg(UInt8(number), as: UInt32.self) & 0xFFFF
            if ["cx", "si", "di"].contains(name) && Self.indexes.applies(form, vector) { continue }
            if name == "sp" && Self.stackPointer.applies(form, vector) { continue }
            if got != expected { wrong.append("\(name)=\(String(got, radix: 16)) not \(String(expected, radix: 16))") }
        }
        for (number, name) in segments.enumerated() {
            let expected = vector.final.regs[name] ?? registers[name] ?? 0
            let got = UInt32(e.s.segments[number].selector)
            if got != expected { wrong.append("\(name)=\(String(got, radix: 16)) not \(String(expected, radix: 16))") }
        }
        let ip = vector.final.regs["ip"] ?? registers["ip"] ?? 0
        if e.s.eip & 0xFFFF != ip { wrong.append("ip=\(String(e.s.eip, radix: 16)) not \(String(ip, radix: 16))") }
        let mask = 0xFD5 & ~(Self.undefined.applies(form, vector) ? undefinedFlags(form) : 0)
        let flags = vector.final.regs["flags"] ?? registers["flags"] ?? 2
        if e.eflags & mask != flags & mask { wrong.append("flags=\(String(e.eflags & mask, radix: 16)) not \(String(flags & mask, radix: 16))") }
        let stack = { (name: String) in vector.final.regs[name] ?? registers[name] ?? 0 }
        let frame = vector.exception.map { _ in stack("ss") << 4 + (stack("sp") + 4 & 0xFFFF) }
        for entry in vector.final.ram where !(form == "8F" && Self.stackPointer.applies(form, vector)) {
            let got = bench.memory.read(entry[0], .byte)
            if let frame, entry[0] &- frame < 2 {
                let part = (Self.flagBits.applies(form, vector) ? mask : .max) >> ((entry[0] - frame) * 8) & 0xFF
                if (got ^ entry[1]) & part == 0 { continue }
            }
            if got != entry[1] { wrong.append("[\(String(entry[0], radix: 16))]=\(String(got, radix: 16)) not \(String(entry[1], radix: 16))") }
        }
        for entry in vector.initial.ram + vector.final.ram { bench.memory.write(entry[0], [0]) }
        return wrong.isEmpty ? nil : "\(vector.name) \(vector.bytes): " + wrong.joined(separator: " ")
    }
}
