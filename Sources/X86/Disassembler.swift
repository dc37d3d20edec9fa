/// Intel syntax, for people: the debugger's view, traces, and test failures.
package enum Disassembler {
    /// The instruction at the start of `bytes` as text, and its length. Undefined or cut-off code gives `(bad)` and the bytes it took.
    package static func disassemble(_ bytes: [UInt8], address: UInt32 = 0, code32: Bool) -> (text: String, length: Int) {
        let decoder = Decoder(code32: code32)
        var row: UInt16 = 0
        let result = unsafe bytes.withUnsafeBufferPointer { buffer -> DecodeResult in
            guard let base = buffer.baseAddress else { return .needMoreBytes }
            return unsafe decoder.decode(base, available: buffer.count, row: &row)
        }
        guard case .instruction(let instruction) = result, row != 0, instruction.operation != .INVALID else {
            if case .instruction(let invalid) = result { return ("(bad)", Int(invalid.length)) }
            return ("(bad)", min(bytes.count, 15))
        }
        let entry = InstructionTable.shared.rows[Int(row) - 1]
        return (text(instruction, entry, address), Int(instruction.length))
    }

    private static func text(_ i: Instruction, _ row: InstructionRow, _ address: UInt32) -> String {
        var name = row.mnemonic
        let small = i.prefixes.contains(.operand16)
        switch i.operation {
        case .CBW: name = small ? "CBW" : "CWDE"
        case .CWD: name = small ? "CWD" : "CDQ"
        case .JECXZ: name = i.prefixes.contains(.address16) ? "JCXZ" : "JECXZ"
        case .MOVS, .CMPS, .STOS, .LODS, .SCAS, .INS, .OUTS: name += i.width == 1 ? "B" : small ? "W" : "D"
        case .PUSHA, .POPA, .PUSHF, .POPF, .IRET: if !small { name += "D" }
        case .NOP: if i.prefixes.contains(.rep) { name = "PAUSE" }
        default: break
        }
        var prefix = ""
        if i.prefixes.contains(.lock) { prefix += "lock " }
        switch i.operation {
        case .MOVS, .STOS, .LODS, .INS, .OUTS: if !i.prefixes.isDisjoint(with: [.rep, .repne]) { prefix += "rep " }
        case .CMPS, .SCAS:
            if i.prefixes.contains(.rep) { prefix += "repe " }
            if i.prefixes.contains(.repne) { prefix += "repne " }
        default: break
        }
        let isString = row.operands.contains { ["X", "Y"].contains($0.operandClass) }
        if isString {
            if i.prefixes.contains(.segment) { prefix += segmentName(i.segment) + " " }
            return prefix + name.lowercased()
        }
        let operands = row.operands.map { operand($0, i, address) }
        return (prefix + name.lowercased() + (operands.isEmpty ? "" : " " + operands.joined(separator: ", ")))
    }

    // MARK: Operands

    private static func operand(_ text: String, _ i: Instruction, _ address: UInt32) -> String {
        let size = text.operandSize
        let small = i.prefixes.contains(.operand16)
        func general(_ number: UInt8) -> String {
            switch size {
            case "b": registers8[Int(number & 7)]
            case "w": registers16[Int(number & 7)]
            case "d": registers32[Int(number & 7)]
            default: small ? registers16[Int(number & 7)] : registers32[Int(number & 7)]
            }
        }
        switch text.operandClass {
        case "E": return i.isMemory ? memory(i, size) : i.operation.isVector ? registers32[Int(i.rm & 7)] : general(i.rm)
        case "M": return memory(i, size)
        case "R", "Z": return general(i.rm)
        case "G": return general(i.reg)
        case "A": return text == "AL" ? "al" : small ? "ax" : "eax"
        case "C": return "cr\(i.reg)"
        case "D": return "dr\(i.reg)"
        case "S": return segmentName(i.reg)
        case "P": return "mm\(i.reg)"
        case "Q", "N": return i.isMemory ? memory(i, size) : "mm\(i.rm)"
        case "V": return "xmm\(i.reg)"
        case "W", "U": return i.isMemory ? memory(i, size) : "xmm\(i.rm)"
        case "STi": return "st(\(i.rm))"
        case "J":
            let target = address &+ UInt32(i.length) &+ i.immediate
            return hex(small ? target & 0xFFFF : target)
        case "Ap": return hex(UInt32(i.immediate2)) + ":" + hex(i.immediate)
        case "O": return segmentPrefix(i) + "[" + hex(i.displacement) + "]"
        case "I":
            if i.form == .ii && text == "Ib" { return hex(UInt32(i.immediate2)) }
            if text == "sIb" { return small ? hex(i.immediate & 0xFFFF) : hex(i.immediate) }
            return hex(i.immediate)
        default: return text.lowercased()
        }
    }

    private static func memory(_ i: Instruction, _ size: String) -> String {
        let width =
            switch size {
            case "b": "byte ptr "
            case "w": "word ptr "
            case "d": "dword ptr "
            case "q": "qword ptr "
            case "t": "tbyte ptr "
            case "x": "xmmword ptr "
            case "v", "z": i.prefixes.contains(.operand16) ? "word ptr " : "dword ptr "
            case "p": i.prefixes.contains(.operand16) ? "dword ptr " : "fword ptr "
            default: ""
            }
        let names = i.prefixes.contains(.address16) ? registers16 : registers32
        var parts: [String] = []
        if i.base != Instruction.noRegister { parts.append(names[Int(i.base & 7)]) }
        if i.index != Instruction.noRegister { parts.append(names[Int(i.index & 7)] + (i.scale == 0 ? "" : "*\(1 << Int(i.scale & 3))")) }
        var inner = parts.joined(separator: "+")
        let signed = Int32(bitPattern: i.displacement)
        if parts.isEmpty {
            inner = hex(i.displacement)
        } else if signed < 0 && signed > -0x1_0000 {
            inner += "-" + hex(UInt32(signed.magnitude))
        } else if signed != 0 {
            inner += "+" + hex(i.displacement)
        }
        return width + segmentPrefix(i) + "[" + inner + "]"
    }

    private static func segmentPrefix(_ i: Instruction) -> String { i.prefixes.contains(.segment) ? segmentName(i.segment) + ":" : "" }
    private static func segmentName(_ number: UInt8) -> String { number < 6 ? ["es", "cs", "ss", "ds", "fs", "gs"][Int(number)] : "?" }
    private static func hex(_ value: UInt32) -> String { "0x" + String(value, radix: 16) }

    private static let registers8 = ["al", "cl", "dl", "bl", "ah", "ch", "dh", "bh"]
    private static let registers16 = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"]
    private static let registers32 = ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"]
}
