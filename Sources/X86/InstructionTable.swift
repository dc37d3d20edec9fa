/// What an operation does to EFLAGS.
package struct FlagEffects: Equatable, Sendable {
    package var reads: Flags = []
    /// Always written: ends the life of the old value.
    package var writes: Flags = []
    /// Written in some cases only (shifts by 0, REP with a count of 0).
    package var mayWrite: Flags = []
    /// Left undefined by the manual; some value stands there afterwards, possibly the old one.
    package var undefined: Flags = []

    package init() {}

    /// The flags that a condition code (0...15) depends on.
    package static func read(byCondition condition: UInt8) -> Flags {
        switch condition >> 1 & 7 {
        case 0: .of
        case 1: .cf
        case 2: .zf
        case 3: [.cf, .zf]
        case 4: .sf
        case 5: .pf
        case 6: [.sf, .of]
        default: [.sf, .of, .zf]
        }
    }
}

/// Steps of the family, in the order in which instructions came. A later one has everything of an earlier one.
package enum Generation: UInt8, CaseIterable, Codable, Sendable {
    case i486, pentium, mmx, p6, p2, p3, p4, max
}

/// One row of the table: one encoding, after ranges (`+cc`) are written out.
package struct InstructionRow: Sendable {
    /// As it stands in the text, for messages.
    package var encoding: String
    /// Mandatory prefix: 0 none (NP), 1: 66, 2: F3, 3: F2; nil where prefixes mean what they always mean.
    package var prefix: UInt8?
    /// 0: one byte, 1: 0F, 2: 0F 38, 3: 0F 3A.
    package var map: UInt8 = 0
    package var opcode: UInt8 = 0
    package var mnemonic: String
    /// In the manual's notation: `Ev`, `Ib`, `STi`, ...
    package var operands: [String]
    package var operation: Operation = .INVALID
    package var flags = FlagEffects()
    package var since: Generation = .i486

    var hasModRM = false
    var entry = Entry()
}

/// What the decoder needs of a row, without references.
struct Entry {
    enum Immediate: UInt8 { case none, byte, signedByte, word, z, relativeByte, relativeZ, far, wordByte, offset }
    enum Constant: UInt8 { case none, reg, immediate2 }

    var operation: Operation = .INVALID
    var form: Instruction.Form = .none
    /// Bytes; `Entry.operandSized` for 2 or 4.
    var width: UInt8 = 0
    var immediate: Immediate = .none
    var properties: Instruction.Properties = []
    var since: UInt8 = 0
    /// Where `constant` goes: a condition, a segment register's number.
    var constantTo: Constant = .none
    var constant: UInt8 = 0
    var hasModRM = false
    /// ModR/M.mod is ignored: MOV to and from control and debug registers.
    var alwaysRegister = false
    /// The register is in the opcode's low bits.
    var opcodeRegister = false
    var vector: UInt16 = 0

    static let operandSized: UInt8 = 0x80
}

/// The instruction set: text in the manual's own opcode-map notation (SDM Vol. 2D, Appendix A), parsed once.
///
/// A row reads: encoding, mnemonic, operands (`-` for none), then in any order
/// - `=OPERATION` where the operation is not the mnemonic;
/// - `r:` flags read, `w:` always written, `m:` may be written, `u:` left undefined, by letter (o s z a p c, d, i; `r:cc`: by the condition);
/// - `lock` (allowed with a memory destination), `ends` (a block of code), `ring0`, `unaligned`, `since:GENERATION`;
/// - `width:v` or `width:b` where no operand tells the width, `k:N` a constant for the operation.
///
/// In the encoding `NP`, `66`, `F3`, `F2` before `0F` is a mandatory prefix; `/r`, `/0` to `/7` ModR/M (`/5r`: register forms only); `+r` a
/// register in the opcode; `+cc` sixteen conditions; `+i` an x87 register; a further byte is a fixed ModR/M byte. Operands of class M make a
/// memory-only form, N and U a register-only one.
///
/// The maps are flat: four of 256 nodes, then tables for mandatory prefixes (4 nodes) and ModR/M groups (8 memory forms, 64 register forms).
@safe package final class InstructionTable: @unchecked Sendable {
    package static let shared = InstructionTable()

    package let rows: [InstructionRow]
    /// Encodings claimed twice and rows that could not be read. Always empty; the tests look.
    package let problems: [String]
    let nodes: UnsafePointer<UInt16>
    let entries: UnsafePointer<Entry>
    private let effects: [FlagEffects]

    enum Node {
        static let prefixTable: UInt16 = 0x4000
        static let group: UInt16 = 0x8000
        static let special: UInt16 = 0xC000
        static let offset: UInt16 = 0x3FFF
        static let groupSize = 72
    }

    /// What the special nodes of the one-byte map stand for, and the two escapes of the 0F map.
    enum Special: UInt16 {
        case es, cs, ss, ds, fs, gs, operandSize, addressSize, lock, rep, repne, escape, escape38, escape3A

        static let prefixes: [(UInt8, Special)] = [
            (0x26, .es), (0x2E, .cs), (0x36, .ss), (0x3E, .ds), (0x64, .fs), (0x65, .gs), (0x66, .operandSize), (0x67, .addressSize), (0xF0, .lock),
            (0xF3, .rep), (0xF2, .repne), (0x0F, .escape),
        ]
    }

    private init() {
        var builder = TableBuilder()
        for text in [Self.integerRows, Self.x87Rows, Self.vectorRows] { builder.add(text.description) }
        rows = builder.rows
        problems = builder.problems
        let nodeCopy = UnsafeMutablePointer<UInt16>.allocate(capacity: builder.nodes.count)
        for (index, node) in builder.nodes.enumerated() { unsafe (nodeCopy + index).initialize(to: node) }
        unsafe nodes = UnsafePointer(nodeCopy)
        let entryCopy = UnsafeMutablePointer<Entry>.allocate(capacity: rows.count + 1)
        unsafe entryCopy.initialize(to: Entry())
        for (index, row) in rows.enumerated() { unsafe (entryCopy + index + 1).initialize(to: row.entry) }
        unsafe entries = UnsafePointer(entryCopy)

        // Over all rows of an operation: reads and possible writes add up, sure writes are those that every row makes.
        var effects = [FlagEffects](repeating: FlagEffects(), count: Operation.allCases.count)
        var seen = [Bool](repeating: false, count: Operation.allCases.count)
        for row in rows {
            let index = Int(row.operation.rawValue)
            guard seen[index] else {
                seen[index] = true
                effects[index] = row.flags
                continue
            }
            let old = effects[index], new = row.flags
            effects[index].reads.formUnion(new.reads)
            effects[index].mayWrite = old.mayWrite.union(new.mayWrite).union(old.writes.symmetricDifference(new.writes))
            effects[index].writes = old.writes.intersection(new.writes)
            effects[index].undefined.formUnion(new.undefined)
        }
        self.effects = effects
    }

    /// What an operation does to EFLAGS, over all its forms.
    package func effects(of operation: Operation) -> FlagEffects { effects[Int(operation.rawValue)] }
}

extension Instruction {
    /// What this instruction does to EFLAGS: that of its operation, made exact for conditions and shift counts in the code.
    package var flagEffects: FlagEffects {
        var result = InstructionTable.shared.effects(of: operation)
        switch operation {
        case .JCC, .SETCC: result.reads = FlagEffects.read(byCondition: reg)
        case .CMOVCC: result.reads = FlagEffects.read(byCondition: UInt8(truncatingIfNeeded: immediate2))
        case .SHL, .SHR, .SAR:
            if form == .ei || form == .e1 {
                result = FlagEffects()
                if immediate & 31 != 0 {
                    result.writes = [.sf, .zf, .pf, .cf]
                    result.undefined = [.af]
                    if immediate & 31 == 1 { result.writes.insert(.of) } else { result.undefined.insert(.of) }
                }
            }
        case .ROL, .ROR:
            if form == .e1 { result = FlagEffects(writes: [.of, .cf]) }
        case .RCL, .RCR:
            if form == .e1 { result.writes = [.of, .cf] }
        default: break
        }
        return result
    }
}

extension FlagEffects {
    fileprivate init(writes: Flags) {
        self.init()
        self.writes = writes
    }
}
