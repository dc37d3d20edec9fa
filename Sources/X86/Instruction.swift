/// One decoded instruction: 32 bytes, trivially copyable, everything that execution needs and nothing to decode again.
///
/// The decoder settles defaults and prefixes: widths are bytes, the segment is the one really used, an absent base or index is register
/// `Instruction.noRegister`, whose slot in `CPUState` always holds 0, so that an effective address is the same three additions for every form.
package struct Instruction: Equatable, Sendable {
    package static let noRegister: UInt8 = 8

    package var operation: Operation
    /// Where the explicit operands stand.
    package var form: Form
    /// Operand width in bytes: 1, 2 or 4 for integer operations, of the memory operand for x87, MMX and SSE (up to 16; 10 for m80).
    package var width: UInt8
    package var length: UInt8
    package var prefixes: Prefixes
    /// ModR/M.reg; or the register in the opcode's low bits; or the condition code of Jcc, SETcc and FCMOVcc.
    package var reg: UInt8
    /// ModR/M.rm where it names a register. For memory forms `isMemory` is set and base, index, scale, displacement count.
    package var rm: UInt8
    package var isMemory: Bool
    package var base: UInt8
    package var index: UInt8
    /// Shift count of the index, 0...3.
    package var scale: UInt8
    /// Segment of the memory operand (`SegmentRegister.rawValue`); for string operations that of the source.
    package var segment: UInt8
    package var properties: Properties
    /// Which of an executor's short cuts runs this instruction; chosen by whoever lays out blocks, 0: none.
    package var step: UInt8
    /// Byte offset from the start of the block; set by whoever lays out blocks.
    package var offset: UInt16
    /// Selector of a far pointer; the second immediate of ENTER; the condition of CMOVcc; the segment register's number of LOAD_FAR;
    /// of MMX and SSE operations opcode | map << 8 | prefix << 10, with maps 1: 0F, 2: 0F 38, 3: 0F 3A and prefixes 0: none, 1: 66, 2: F3, 3: F2;
    /// of x87 operations the eleven bits of FOP.
    package var immediate2: UInt16
    package var displacement: UInt32
    /// Immediate, sign-extended as the encoding says; a relative branch's displacement; a far pointer's offset; moffs stands in `displacement`.
    package var immediate: UInt32

    package struct Prefixes: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        /// F0h.
        package static let lock = Self(rawValue: 1)
        /// F3h: REP, REPE.
        package static let rep = Self(rawValue: 2)
        /// F2h: REPNE.
        package static let repne = Self(rawValue: 4)
        /// The effective operand size of this instruction is 16 bits.
        package static let operand16 = Self(rawValue: 8)
        /// The effective address size is 16 bits.
        package static let address16 = Self(rawValue: 16)
        /// A segment override was given.
        package static let segment = Self(rawValue: 32)
        /// 66h was given (the mandatory prefix of SSE opcodes; `operand16` says what it means for integer operations).
        package static let operandSize = Self(rawValue: 64)
        /// What keeps an instruction from an executor's short cuts.
        package static let unusual = Self(rawValue: 1 | 16)
    }

    /// What the table says of the row.
    package struct Properties: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        /// A block of code must end behind it: control goes elsewhere, or what it changes the next instruction may see.
        package static let ends = Self(rawValue: 1)
        /// LOCK is allowed with a memory destination.
        package static let lock = Self(rawValue: 2)
        /// Only at CPL 0.
        package static let ring0 = Self(rawValue: 4)
        /// The 16-byte memory operand must be aligned: #GP otherwise.
        package static let aligned = Self(rawValue: 8)
    }

    /// Whether a block of code ends behind it.
    @inline(__always) package var endsBlock: Bool { properties.contains(.ends) }

    /// Shapes of the explicit operands, destination first.
    package enum Form: UInt8, Sendable {
        /// None, or implied by the operation.
        case none
        /// E: `rm` or memory alone.
        case e
        /// E,G: `rm` or memory, then `reg`.
        case eg
        /// G,E
        case ge
        /// E,I: `rm` or memory, then `immediate`. The accumulator forms (AL,Ib and eAX,Iz) decode to this one with `rm` = 0.
        case ei
        /// E,CL
        case ecl
        /// E,1: the shifts by one, with `immediate` = 1.
        case e1
        /// G,E,I
        case gei
        /// E,G,I and E,G,CL (SHLD, SHRD)
        case egi, egcl
        /// The register in the opcode's low bits, in `rm`: INC, PUSH, POP, XCHG with eAX, BSWAP.
        case r
        /// The same with an immediate: MOV r,imm.
        case ri
        /// I alone: PUSH, INT, RET n, AAM; relative branches.
        case i
        /// Far pointer: `immediate2`:`immediate`.
        case far
        /// AL/eAX with moffs (`displacement`): load, store.
        case am, ma
        /// Segment register in `reg` with E: store (E,S), load (S,E); and alone (PUSH, POP).
        case es, se, s
        /// Control, debug or test register in `reg` with general register `rm`: to (C,R), from (R,C).
        case cr, rc
        /// Two immediates: ENTER.
        case ii
        /// x87 register ST(i) in `rm`: alone, ST,ST(i), ST(i),ST. Memory forms of x87 are `.e`.
        case st, stsi, sist
        /// MMX/SSE operand pairs, `reg` the first: destination register, source register or memory; and the store direction.
        /// Which file a register number means (general, MMX, XMM) the operation says.
        case pq, qp
        /// The same with an immediate byte.
        case pqi, qpi
        /// MMX/SSE register `rm` with an immediate: the shift groups.
        case qi
    }

    package init(operation: Operation) {
        self.operation = operation
        form = .none
        width = 0
        length = 0
        prefixes = []
        reg = 0
        rm = 0
        isMemory = false
        base = Self.noRegister
        index = Self.noRegister
        scale = 0
        segment = SegmentRegister.ds.rawValue
        properties = []
        step = 0
        offset = 0
        immediate2 = 0
        displacement = 0
        immediate = 0
    }
}
