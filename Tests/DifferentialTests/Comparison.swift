import TestSupport
@testable import X86

/// What differs between two outcomes, in words.
enum Comparison {
    static func hex(_ value: some FixedWidthInteger) -> String { String(value, radix: 16) }

    private static let registers = ["EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"]
    private static let segments = ["ES", "CS", "SS", "DS", "FS", "GS"]
    static let flagNames: [(UInt32, String)] = [
        (1, "CF"), (4, "PF"), (0x10, "AF"), (0x40, "ZF"), (0x80, "SF"), (0x100, "TF"), (0x200, "IF"), (0x400, "DF"), (0x800, "OF"),
        (0x3000, "IOPL"), (0x4000, "NT"), (0x10000, "RF"), (0x20000, "VM"), (0x40000, "AC"), (0x80000, "VIF"), (0x100000, "VIP"), (0x200000, "ID"),
    ]

    /// Names of the fields that differ, each with our value and the other.
    static func differences(_ ours: GuestState, _ theirs: GuestState, _ ourMemory: [UInt8], _ theirMemory: [UInt8]) -> [(field: String, text: String)]
    {
        var result: [(String, String)] = []
        func check(_ name: String, _ a: some FixedWidthInteger, _ b: some FixedWidthInteger) {
            if UInt64(a) != UInt64(b) { result.append((name, "\(name) \(hex(a)) not \(hex(b))")) }
        }
        check("vector", ours.vector, theirs.vector)
        check("error", ours.error, theirs.error)
        check("CR2", ours.cr2, theirs.cr2)
        for index in 0..<8 { check(registers[index], ours.gpr[index], theirs.gpr[index]) }
        check("EIP", ours.eip, theirs.eip)
        for (bits, name) in flagNames { check(name, ours.eflags & bits, theirs.eflags & bits) }
        for index in 0..<6 { check(segments[index], ours.segments[index], theirs.segments[index]) }
        let a = ours.fpu, b = theirs.fpu
        check("FCW", a.control, b.control)
        check("FSW", a.status, b.status)
        check("FTW", a.tags, b.tags)
        check("FOP", a.opcode, b.opcode)
        check("FIP", a.instructionPointer, b.instructionPointer)
        check("FDP", a.dataPointer, b.dataPointer)
        check("MXCSR", a.mxcsr, b.mxcsr)
        for index in 0..<8 where a.significands[index] != b.significands[index] || a.exponents[index] != b.exponents[index] {
            result.append(
                (
                    "ST",
                    "ST(\(index)) \(hex(a.exponents[index])):\(hex(a.significands[index])) not \(hex(b.exponents[index])):\(hex(b.significands[index]))"
                ))
        }
        for index in 0..<8 where a.xmm[index * 2] != b.xmm[index * 2] || a.xmm[index * 2 + 1] != b.xmm[index * 2 + 1] {
            func pair(_ f: FloatingPoint) -> String { hex(f.xmm[index * 2 + 1]) + ":" + hex(f.xmm[index * 2]) }
            result.append(("XMM", "XMM\(index) \(pair(a)) not \(pair(b))"))
        }
        if ourMemory != theirMemory {
            let places = ourMemory.indices.filter { ourMemory[$0] != theirMemory[$0] }
            let text = places.prefix(8).map { "[\(hex($0))] \(hex(ourMemory[$0])) not \(hex(theirMemory[$0]))" }
            result.append(("memory", "memory " + text.joined(separator: " ") + (places.count > 8 ? " and \(places.count - 8) more" : "")))
        }
        return result
    }

    /// The case for a person: its code, what it starts from.
    static func describe(_ c: Case) -> String {
        var lines = ["seed \(c.seed), \(c.code32 ? 32 : 16)-bit code at \(hex(c.state.eip)):"]
        var at = 0
        while at < c.code.count {
            let (text, length) = Disassembler.disassemble(Array(c.code[at...]), address: c.state.eip &+ UInt32(at), code32: c.code32)
            let bytes = c.code[at..<min(c.code.count, at + max(length, 1))].map { hex($0) }.joined(separator: " ")
            lines.append("  \(bytes)  \(text)")
            at += max(length, 1)
        }
        let s = c.state
        lines.append("  " + zip(registers, s.gpr).map { "\($0)=\(hex($1))" }.joined(separator: " ") + " EFLAGS=\(hex(s.eflags))")
        lines.append("  " + zip(segments, s.segments).map { "\($0)=\(hex($1))" }.joined(separator: " "))
        let f = s.fpu
        let units = c.rows.map { InstructionForm.all[$0].unit }
        if !units.allSatisfy({ $0 == .integer }) {
            lines.append("  FCW=\(hex(f.control)) FSW=\(hex(f.status)) FTW=\(hex(f.tags)) MXCSR=\(hex(f.mxcsr))")
        }
        if units.contains(.x87) {
            lines.append("  " + (0..<8).map { "ST\($0)=\(hex(f.exponents[$0])):\(hex(f.significands[$0]))" }.joined(separator: " "))
        }
        if units.contains(.vector) {
            lines.append("  " + (0..<8).map { "XMM\($0)=\(hex(f.xmm[$0 * 2 + 1])):\(hex(f.xmm[$0 * 2]))" }.joined(separator: " "))
        }
        for (offset, bytes) in c.patches { lines.append("  image[\(hex(offset))]=" + bytes.prefix(32).map { hex($0) }.joined(separator: " ")) }
        return lines.joined(separator: "\n")
    }
}
