/// Reads the table's text into rows and lays the decoder's maps.
struct TableBuilder {
    private(set) var rows: [InstructionRow] = []
    private(set) var nodes = [UInt16](repeating: 0, count: 4 * 256)
    private(set) var problems: [String] = []
    private let operations = Dictionary(uniqueKeysWithValues: Operation.allCases.map { ("\($0)", $0) })

    /// Which forms of ModR/M a row takes.
    private enum Forms {
        case opcode, all, memory, register
        case group(UInt8, memory: Bool, register: Bool)
        case exact(UInt8)
    }

    private typealias Node = InstructionTable.Node

    init() {
        for (byte, special) in InstructionTable.Special.prefixes { nodes[Int(byte)] = Node.special | special.rawValue }
        nodes[256 + 0x38] = Node.special | InstructionTable.Special.escape38.rawValue
        nodes[256 + 0x3A] = Node.special | InstructionTable.Special.escape3A.rawValue
    }

    mutating func add(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            addRow(words)
        }
    }

    private mutating func addRow(_ words: [String]) {
        // The encoding: everything up to the mnemonic.
        var rest = words[...]
        var prefix: UInt8?
        if rest.count > 1, rest[rest.startIndex] == "NP" || rest[rest.startIndex + 1] == "0F",
            let index = ["NP", "66", "F3", "F2"].firstIndex(of: rest.first)
        {
            prefix = UInt8(index)
            rest = rest.dropFirst()
        }
        var bytes: [UInt8] = [], range = "", slash = ""
        while let word = rest.first {
            if word.hasPrefix("/") {
                slash = String(word.dropFirst())
            } else if let byte = UInt8(word.prefix(2), radix: 16), word.count == 2 || word.dropFirst(2).first == "+" {
                bytes.append(byte)
                range = String(word.dropFirst(3))
            } else {
                break
            }
            rest = rest.dropFirst()
        }
        var map: UInt8 = 0
        if bytes.first == 0x0F {
            bytes.removeFirst()
            map = 1
            if bytes.first == 0x38 || bytes.first == 0x3A, bytes.count > 1 {
                map = bytes[0] == 0x38 ? 2 : 3
                bytes.removeFirst()
            }
        }
        let line = words.joined(separator: " ")
        guard let opcode = bytes.first, bytes.count <= 2, let mnemonic = rest.first else {
            problems.append("not a row: \(line)")
            return
        }
        rest = rest.dropFirst()
        let operandText = rest.first ?? "-"
        rest = rest.dropFirst()
        let operands = operandText == "-" ? [] : operandText.split(separator: ",").map(String.init)

        var row = InstructionRow(encoding: line, mnemonic: mnemonic, operands: operands)
        row.prefix = prefix
        row.map = map
        row.hasModRM = !slash.isEmpty || bytes.count == 2
        guard let byCondition = describe(&row, Array(rest)) else {
            problems.append("cannot read \(line)")
            return
        }

        let count: UInt8 = range == "cc" ? 16 : range.isEmpty ? 1 : 8
        for step in 0..<count {
            var one = row
            one.opcode = bytes.count == 2 ? opcode : opcode &+ step
            if byCondition {
                one.flags.reads = FlagEffects.read(byCondition: step)
                one.mnemonic = mnemonic.replacingCondition(step)
                one.entry.constant = step
            }
            one.entry.vector = UInt16(one.opcode) | UInt16(map) << 8 | UInt16(prefix ?? 0) << 10
            rows.append(one)
            let forms: Forms
            if bytes.count == 2 {
                forms = .exact(bytes[1] &+ step)
            } else {
                forms = shape(slash, operands)
            }
            lay(UInt16(rows.count), one, forms)
        }
    }

    private func shape(_ slash: String, _ operands: [String]) -> Forms {
        let classes = Set(operands.map(\.operandClass))
        let memoryOnly = classes.contains("M"),
            registerOnly = classes.contains("N") || classes.contains("U") || slash.hasSuffix("r") && slash.count == 2
        switch slash.first {
        case nil: return .opcode
        case "r": return memoryOnly ? .memory : registerOnly ? .register : .all
        case let digit?:
            return .group(UInt8(digit.wholeNumberValue ?? 0) & 7, memory: !registerOnly, register: !memoryOnly)
        }
    }

    // MARK: Columns

    /// Fills the row from its properties and operands.
    /// - Returns: whether it is a row of conditions; nil where something cannot be read.
    private func describe(_ row: inout InstructionRow, _ properties: [String]) -> Bool? {
        var name = row.mnemonic, byCondition = false, widthText: String?, unaligned = false
        var constant: UInt8?
        for property in properties {
            let value = String(property.drop { $0 != ":" }.dropFirst())
            switch property.prefix(2) {
            case "r:" where value == "cc": byCondition = true
            case "r:": row.flags.reads = Flags(letters: value)
            case "w:": row.flags.writes = Flags(letters: value)
            case "m:": row.flags.mayWrite = Flags(letters: value)
            case "u:": row.flags.undefined = Flags(letters: value)
            case "k:": constant = UInt8(value)
            default:
                switch property {
                case "lock": row.entry.properties.insert(.lock)
                case "ends": row.entry.properties.insert(.ends)
                case "ring0": row.entry.properties.insert(.ring0)
                case "unaligned": unaligned = true
                default:
                    if property.hasPrefix("=") {
                        name = String(property.dropFirst())
                    } else if property.hasPrefix("width:") {
                        widthText = value
                    } else if property.hasPrefix("since:"), let generation = Generation.allCases.first(where: { "\($0)" == value }) {
                        row.since = generation
                    } else {
                        return nil
                    }
                }
            }
        }
        guard let operation = operations[name], let form = Self.form(of: row.operands, operation) else { return nil }
        row.operation = operation
        row.entry.operation = operation
        row.entry.form = form
        row.entry.since = row.since.rawValue
        row.entry.hasModRM = row.hasModRM
        row.entry.alwaysRegister = form == .cr || form == .rc
        row.entry.opcodeRegister = form == .r || form == .ri
        row.entry.immediate = Self.immediate(of: row.operands)
        row.entry.width = Self.width(of: row.operands, widthText)
        if constant != nil || byCondition {
            row.entry.constantTo = operation == .LOAD_FAR || operation == .CMOVCC ? .immediate2 : .reg
            row.entry.constant = constant ?? 0
        }
        if operation.isVector && row.entry.width == 16 && !unaligned { row.entry.properties.insert(.aligned) }
        return byCondition
    }

    private static let forms: [String: Instruction.Form] = [
        "": .none, "E": .e, "M": .e, "E,G": .eg, "M,G": .eg, "G,E": .ge, "G,M": .ge, "E,I": .ei, "A,I": .ei, "E,1": .e1, "E,CL": .ecl, "G,E,I": .gei,
        "E,G,I": .egi, "E,G,CL": .egcl, "Z": .r, "Z,A": .r, "Z,I": .ri, "I": .i, "J": .i, "I,A": .i, "Ap": .far, "A,O": .am, "O,A": .ma, "E,S": .es,
        "S,E": .se, "s": .s, "C,R": .cr, "D,R": .cr, "R,C": .rc, "R,D": .rc, "I,I": .ii, "STi": .st, "ST,STi": .stsi, "STi,ST": .sist,
    ]

    private static func form(of operands: [String], _ operation: Operation) -> Instruction.Form? {
        if operation == .IN_I || operation == .OUT_I { return .i }
        let classes = operands.map(\.operandClass)
        if classes.contains("X") || classes.contains("Y") || classes.contains("DX") || classes == ["AX"] { return Instruction.Form.none }
        if let form = forms[classes.joined(separator: ",")] { return form }
        guard operation.isVector, let first = classes.first else { return nil }
        let hasImmediate = classes.last == "I"
        if hasImmediate && classes.count == 2 { return .qi }
        let intoMemory = ["E", "M", "Q", "W"].contains(first)
        return intoMemory ? (hasImmediate ? .qpi : .qp) : (hasImmediate ? .pqi : .pq)
    }

    private static func immediate(of operands: [String]) -> Entry.Immediate {
        let found = operands.filter { ["I", "J", "O", "Ap"].contains($0.operandClass) }
        switch found {
        case []: return .none
        case ["Iw", "Ib"]: return .wordByte
        case ["Ib"]: return .byte
        case ["sIb"]: return .signedByte
        case ["Iw"]: return .word
        case ["Iz"]: return .z
        case ["Jb"]: return .relativeByte
        case ["Jz"]: return .relativeZ
        case ["Ap"]: return .far
        default: return .offset
        }
    }

    private static func width(of operands: [String], _ explicit: String?) -> UInt8 {
        if let explicit { return bytes(explicit) }
        for wanted in ["EMWQUNXY", "GZRPVA", "J", "I"] {
            for operand in operands {
                let kind = operand.operandClass
                if kind == "Ap" { return Entry.operandSized }
                guard kind.count == 1, wanted.contains(kind) else { continue }
                if kind == "A" { return operand == "AL" ? 1 : Entry.operandSized }
                if kind == "J" { return Entry.operandSized }
                let size = operand.operandSize
                if !size.isEmpty { return bytes(size) }
            }
        }
        return 0
    }

    private static func bytes(_ size: String) -> UInt8 {
        switch size {
        case "b": 1
        case "w": 2
        case "d": 4
        case "q": 8
        case "t": 10
        case "x", "dq": 16
        default: Entry.operandSized
        }
    }

    // MARK: Maps

    private mutating func lay(_ leaf: UInt16, _ row: InstructionRow, _ forms: Forms) {
        var at = Int(row.map) * 256 + Int(row.opcode)
        if let prefix = row.prefix {
            if nodes[at] == 0 {
                let table = nodes.count
                nodes += [0, 0, 0, 0]
                nodes[at] = Node.prefixTable | UInt16(table)
            }
            guard nodes[at] & Node.special == Node.prefixTable else { return conflict(row) }
            at = Int(nodes[at] & Node.offset) + Int(prefix)
        }
        let slots: [Int]
        switch forms {
        case .opcode, .all:
            guard nodes[at] == 0 else { return conflict(row) }
            nodes[at] = leaf
            return
        case .memory: slots = Array(0..<8)
        case .register: slots = Array(8..<72)
        case .group(let number, let memory, let register):
            let base = 8 + Int(number) * 8
            slots = (memory ? [Int(number)] : []) + (register ? Array(base..<base + 8) : [])
        case .exact(let byte): slots = [8 + Int(byte & 63)]
        }
        if nodes[at] == 0 {
            let table = nodes.count
            nodes += [UInt16](repeating: 0, count: Node.groupSize)
            nodes[at] = Node.group | UInt16(table)
        }
        guard nodes[at] & Node.special == Node.group else { return conflict(row) }
        let table = Int(nodes[at] & Node.offset)
        for slot in slots {
            guard nodes[table + slot] == 0 else { return conflict(row) }
            nodes[table + slot] = leaf
        }
    }

    private mutating func conflict(_ row: InstructionRow) { problems.append("claimed twice: \(row.encoding)") }
}

extension Operation {
    /// MMX and SSE: `Instruction.immediate2` names the host's opcode.
    package var isVector: Bool { rawValue >= Self.EMMS.rawValue }
}

extension Flags {
    fileprivate init(letters: String) {
        self = []
        for letter in letters {
            switch letter {
            case "o": insert(.of)
            case "s": insert(.sf)
            case "z": insert(.zf)
            case "a": insert(.af)
            case "p": insert(.pf)
            case "c": insert(.cf)
            case "d": insert(.df)
            default: insert(.if)
            }
        }
    }
}

extension String {
    /// The addressing method: the manual's letter, or the whole word where it has none. Fixed segment registers are `s`.
    var operandClass: String {
        switch self {
        case "AL", "eAX": "A"
        case "AX", "DX", "CL", "1", "ST", "STi", "Ap": self
        case "ES", "CS", "SS", "DS", "FS", "GS": "s"
        case "sIb": "I"
        default: String(prefix(1))
        }
    }

    /// The operand type behind the letter.
    var operandSize: String { self == "sIb" ? "b" : String(dropFirst()) }

    fileprivate func replacingCondition(_ condition: UInt8) -> String {
        let names = ["O", "NO", "B", "AE", "E", "NE", "BE", "A", "S", "NS", "P", "NP", "L", "GE", "LE", "G"]
        return (hasSuffix("cc") ? String(dropLast(2)) : self) + names[Int(condition & 15)]
    }
}
