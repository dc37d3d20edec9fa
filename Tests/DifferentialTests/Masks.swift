import TestSupport
@testable import X86

/// What is not drawn, and which differences are explained: each with its reason.
enum Masks {
    /// Operations that the host cannot be asked for.
    static let hostExcluded: [(operations: [Operation], reason: String)] = [
        ([.SYSENTER, .SYSEXIT], "the host's kernel would be entered; undefined in compatibility mode on this vendor's processors"),
        ([.CPUID, .RDTSC, .RDRAND, .RDPMC], "they tell the host's identity and time"),
        ([.SGDT, .SIDT, .SLDT, .STR, .SMSW], "CR4.UMIP is set, and the kernel answers in the processor's place"),
    ]

    /// Operations after which a masked difference would be carried on.
    static let hostAlone: Set<Operation> = [
        .FCOM, .FCOMP, .FCOMPP, .FUCOM, .FUCOMP, .FUCOMPP, .FICOM, .FICOMP, .FTST, .FCOMI, .FCOMIP, .FUCOMI, .FUCOMIP, .FPREM, .FPREM1, .FLD_M32,
        .FLD_M64, .FXSAVE, .FNSAVE, .FNSTENV, .LSL, .VERR, .VERW, .NOP_E, .BSF, .BSR,
    ]

    /// Whether bytes begin with what the host's code must not hold at any offset, since a jump may lead there: INT 80h, SYSCALL, SYSENTER, RDTSC,
    /// CPUID, RDPMC; SLDT and STR; group 7 but for its privileged instructions.
    static func hostForbids(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first, let second = bytes.dropFirst().first else { return false }
        if first == 0xCD { return second == 0x80 }
        guard first == 0x0F else { return false }
        let reg = (bytes.dropFirst(2).first ?? 0) >> 3 & 7, isRegister = (bytes.dropFirst(2).first ?? 0) >= 0xC0
        switch second {
        case 0x05, 0x31, 0x33, 0x34, 0xA2: return true
        case 0x00: return reg < 2
        case 0x01: return reg < 2 || reg == 4 || isRegister
        default: return false
        }
    }

    /// One difference of the host's own: it applies where `fields` cover what is left.
    struct Mask: Sendable {
        let reason: String
        /// Operations of which one is in the case; empty: any.
        let operations: [Operation]
        /// Opcodes of these operations, for code that a jump into an instruction's middle found.
        var opcodes: Set<UInt8> = []
        let fields: Set<String>
        let applies: @Sendable (Case, GuestState, GuestState) -> Bool
    }

    private static let conditionCodes: UInt16 = 0x4700
    private static let compares: [Operation] = [.FCOM, .FCOMP, .FCOMPP, .FUCOM, .FUCOMP, .FUCOMPP, .FICOM, .FICOMP, .FTST]
    private static let comparesToFlags: [Operation] = [.FCOMI, .FCOMIP, .FUCOMI, .FUCOMIP]

    static let host: [Mask] = [
        Mask(
            reason: "AMD stores FOP, FIP and FDP only while an unmasked exception waits (APM Vol. 2 §11.4.4); SDM Vol. 1 §8.1.8 always",
            operations: [],
            fields: ["FOP", "FIP", "FDP"]
        ) { $2.fpu.status & 0x80 == 0 && $0.rows.count > 0 },
        Mask(
            reason: "FCOMI leaves C1 alone on the host; SDM Vol. 2A clears it", operations: comparesToFlags, fields: ["FSW"]
        ) { ($1.fpu.status ^ $2.fpu.status) == 0x200 },
        Mask(
            reason: "undefined behind BSF and BSR (SDM Vol. 2A): as before here and on AMD family 25 up to Zen 3, changed by Zen 4",
            operations: [.BSF, .BSR], fields: ["CF", "PF", "AF", "SF", "OF"]
        ) { !HostOracle.leavesScansFlags && $1.vector == $2.vector && $1.eip == $2.eip && $0.rows.count > 0 },
        Mask(
            reason: "an unmasked invalid operand sets the condition codes or flags on the host; SDM Vol. 2A, FCOM and FCOMI: not set",
            operations: compares + comparesToFlags, fields: ["FSW", "CF", "PF", "ZF", "AF", "SF", "OF"]
        ) { $1.fpu.status & 0x81 == 0x81 && ($1.fpu.status ^ $2.fpu.status) & ~conditionCodes == 0 },
        Mask(
            reason: "FPREM by infinity leaves the condition codes on the host; SDM Vol. 2A: the quotient's bits", operations: [.FPREM, .FPREM1],
            fields: ["FSW"]
        ) { ($2.fpu.status ^ $0.state.fpu.status) & 0x4100 == 0 },
        Mask(
            reason: "the host turns to the MMX state before the instruction faults; SDM Vol. 3A §6.5: a fault leaves the state before it",
            operations: [.MASKMOVQ, .MASKMOVDQU, .SSE_TO_MMX, .SSE_FROM_MMX], fields: ["FSW", "FTW", "ST"]
        ) { $1.vector == $2.vector && $1.vector != 3 },
        Mask(
            reason: "a load of a denormal with DM clear is pushed on the host; SDM Vol. 1 §8.5.2: TOP stays", operations: [.FLD_M32, .FLD_M64],
            fields: ["FSW", "FTW", "ST"]
        ) { $1.fpu.status & ~$1.fpu.control & 2 != 0 && $0.rows.count > 0 && $2.vector == $1.vector },
        Mask(
            reason: "an operand that goes beyond 4 GiB may fault either way (SDM Vol. 3A §5.3)", operations: [], fields: ["vector", "error", "CR2"]
        ) {
            [12, 13].contains($1.vector) && $2.vector == 14 && $2.cr2 &+ 0x100 < 0x300
                || $1.vector == 14 && [12, 13].contains($2.vector) && $1.cr2 >= 0xFFFF_FF00 && $0.rows.count > 0
        },
        Mask(
            reason: "the pages of our own tables stand where the host has none", operations: [], fields: ["error"]
        ) { $1.vector == 14 && $1.cr2 >> 16 == 0xFF00 && $0.rows.count > 0 && $2.vector == 14 },
        Mask(
            reason: "FDP of an instruction without memory operand is 0 on the host; SDM Vol. 1 §8.1.8: the last one's", operations: [],
            fields: ["FDP"]
        ) { $2.fpu.dataPointer == 0 && $0.rows.count > 0 && $1.vector == $2.vector },
        Mask(
            reason: "the limit of segment 78h is the number of the host's processor", operations: [.LSL],
            fields: ["EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"]
        ) { $0.rows.count > 0 && $1.vector == $2.vector && $1.eip == $2.eip },
        Mask(
            reason: "whether alignment or access is checked first (SDM Vol. 2A, FXSAVE: implementation-dependent)", operations: [.FXSAVE, .FXRSTOR],
            fields: ["vector", "error"]
        ) { [$1.vector, $2.vector].sorted() == [13, 17] && $0.rows.count > 0 },
        Mask(
            reason: "CALL: the host pushes before it checks the target; SDM Vol. 2A after", operations: [.CALL, .CALL_E, .CALL_FAR, .CALL_FAR_E],
            fields: ["vector", "error", "CR2", "memory"]
        ) { $1.vector == 13 && [12, 13, 14, 17].contains($2.vector) && $0.rows.count > 0 },
        Mask(
            reason: "a single-step trap amid a repeated string instruction has RF clear on the host; SDM Vol. 3B §17.3.1.1: set", operations: [],
            fields: ["RF"]
        ) { $1.vector == 1 && $2.vector == 1 && $0.rows.count > 0 },
        Mask(
            reason: "a jump behind the F2 of CRC32 finds MOVBE, which the host has and no preset does", operations: [.CRC32], fields: everything
        ) { $1.vector == 6 && $2.vector != 6 && $0.code.contains(0x38) },
        Mask(
            reason: "0F 0D with a register is undefined on AMD (PREFETCHW); a NOP in SDM Vol. 2D table A-3", operations: [.NOP_E],
            fields: ["vector", "EIP", "RF"]
        ) { $2.vector == 6 && $0.code.contains(0x0D) },
        Mask(
            reason: "which byte of a large operand faults first is the implementation's",
            operations: [.FXSAVE, .FXRSTOR, .FNSAVE, .FRSTOR, .FLDENV, .FNSTENV],
            fields: ["CR2", "error", "vector"]
        ) { [12, 13, 14, 17].contains($1.vector) && [12, 13, 14, 17].contains($2.vector) },
        Mask(
            reason: "of CMPS, where both operands fault, either may be the first; Zen 3 tries ES:EDI, Zen 4 now and then the other when it repeats",
            operations: [.CMPS], fields: ["vector", "error", "CR2"]
        ) {
            let faults: Set<UInt32> = [12, 13, 14], isRepeated = $0.code.contains(0xF3) || $0.code.contains(0xF2)
            return isRepeated && $1.eip == $2.eip && faults.contains($1.vector) && faults.contains($2.vector)
        },
        Mask(
            reason: "INT1 has EIP at itself on some hosts (found on Zen 4 in a virtual machine); SDM Vol. 2A, INT n: a trap, EIP behind it",
            operations: [.INT1], opcodes: [0xF1], fields: ["EIP"]
        ) {
            let behind = Int($1.eip &- $0.state.eip)
            return $1.vector == 1 && $2.vector == 1 && $0.code.indices.contains(behind - 1) && $0.code[behind - 1] == 0xF1 && $1.eip &- $2.eip < 16
        },
        Mask(
            reason: "which word of the stack faults first is the implementation's", operations: [.RET_FAR, .IRET],
            opcodes: [0xCA, 0xCB, 0xCF], fields: ["CR2"]
        ) { $1.vector == 14 && $2.vector == 14 },
        Mask(
            reason: "IRET with NT set raises #GP in compatibility mode; a task switch here (SDM Vol. 2A, IRET)", operations: [.IRET],
            fields: ["vector", "error"]
        ) { $1.vector == 10 && $2.vector == 13 },
        Mask(
            reason: "LOCK with MOV to and from CR0 names CR8 on AMD; #UD in SDM Vol. 2A, LOCK", operations: [.MOV_TO_CR, .MOV_FROM_CR],
            fields: ["vector", "error"]
        ) { $1.vector == 6 && $2.vector == 13 && $0.code.contains(0xF0) },
        Mask(
            reason: "VERR and VERW take no notice of LOCK on the host; #UD in SDM Vol. 2A, LOCK", operations: [.VERR, .VERW],
            fields: ["vector", "error", "CR2", "EIP", "RF", "ZF"]
        ) { $1.vector == 6 && $2.vector != 6 && $0.code.contains(0xF0) },
        Mask(
            reason: "CS 33h is 64-bit code, which only the host has", operations: [.RET_FAR, .IRET, .JMP_FAR, .JMP_FAR_E, .CALL_FAR, .CALL_FAR_E],
            fields: ["vector", "error", "CR2", "EIP", "ESP", "CS", "CF", "PF", "AF", "ZF", "SF", "OF", "DF", "RF"]
        ) { $2.segments[1] == 0x33 },
        Mask(
            reason: "the host's RETF and IRET read the outer stack before the selector's checks; SDM Vol. 2B: after", operations: [.RET_FAR, .IRET],
            opcodes: [0xCA, 0xCB, 0xCF], fields: ["vector", "error", "CR2"]
        ) { [12, 14, 17].contains($2.vector) && [12, 13].contains($1.vector) },
        Mask(
            reason: "CVTPI2PS from memory takes no notice of a waiting x87 exception on the host; SDM Vol. 2A: #MF", operations: [.SSE_FROM_MMX],
            fields: [
                "vector", "error", "CR2", "EIP", "XMM", "MXCSR", "EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI", "memory", "CF", "PF", "AF",
                "ZF",
                "SF", "OF", "DF", "RF",
            ]
        ) { $1.vector == 16 && ($2.vector != 16 || $1.eip != $2.eip) },
        Mask(
            reason: "the stages of DPPS and DPPD report unmasked exceptions one after the other (SDM Vol. 2A, DPPS); the flags of later ones differ",
            operations: [.SSE_OP_I], fields: ["MXCSR"]
        ) { $1.vector == 19 && $2.vector == 19 && ($0.code.contains(0x40) || $0.code.contains(0x41)) },
        Mask(
            reason: "POPA keeps what it popped before a fault; SDM Vol. 3A §6.5: a fault leaves the state before it", operations: [.POPA],
            fields: ["EAX", "ECX", "EDX", "EBX", "EBP", "ESI", "EDI"]
        ) { $1.vector == $2.vector && $1.vector != 3 },
        Mask(
            reason: "FOP, FIP and FDP as above, in memory", operations: [.FXSAVE, .FNSAVE, .FNSTENV], fields: ["memory"]
        ) { $1.vector == $2.vector && $0.rows.count > 0 },
    ]

    /// What no mask explains.
    static func explainedByHost(_ c: Case, _ ours: GuestState, _ theirs: GuestState, _ differences: [(field: String, text: String)]) -> [String] {
        var left = Set(differences.map(\.field))
        let operations = Set(c.rows.map { InstructionForm.all[$0].row.operation })
        for mask in host where !left.isDisjoint(with: mask.fields) {
            let isConcerned =
                mask.operations.isEmpty || !operations.isDisjoint(with: mask.operations) || c.code.contains { mask.opcodes.contains($0) }
            if isConcerned && mask.applies(c, ours, theirs) { left.subtract(mask.fields) }
        }
        return left.sorted()
    }

    // MARK: Unicorn

    static let unicornExcluded: [(operations: [Operation], reason: String)] = [
        ([.INT, .INT3, .INT1, .INTO], "Unicorn reports them without looking at the interrupt table"),
        ([.CPUID, .RDTSC, .RDRAND, .RDPMC, .RDMSR, .WRMSR], "identity and time differ"),
        ([.SYSENTER, .SYSEXIT, .RSM, .MONITOR, .MWAIT], "no such state is set up"),
        ([.IN_I, .IN_DX, .OUT_I, .OUT_DX, .INS, .OUTS], "Unicorn's ports ask neither IOPL nor the bitmap, and read 0"),
        ([.SGDT, .SIDT, .SMSW], "GDTR, IDTR and CR0 are as Unicorn likes them after reset"),
        ([.POPCNT, .CRC32], "of 16 bits Unicorn takes 32; the host has them"),
        ([.SHLD, .SHRD], "counts beyond the operand give another undefined result"),
        ([.CLFLUSH], "a NOP in Unicorn"),
        ([.MOV_TO_CR, .LMSW, .MOV_TO_DR, .MOV_FROM_DR, .MOV_FROM_CR, .LGDT, .LIDT], "they would take the ground away under the case"),
    ]

    static let unicornEncodings: [(encoding: String, reason: String)] = [
        ("F6 /1", "an alias of /0 (SDM Vol. 2D table A-6), undefined in Unicorn"), ("F7 /1", "the same"),
        ("0F 0D", "with a register undefined in Unicorn"), ("0F 18", "the same"),
    ]

    /// Operations that leave flags undefined: only ever alone, those flags masked.
    /// CMPXCHG8B and LOCK NEG too: Unicorn leaves wrong flags behind.
    static let unicornAlone = Set(
        InstructionTable.shared.rows.filter { !$0.flags.undefined.isEmpty }.map(\.operation) + [.CMPXCHG8B, .NEG])

    private static let everything: Set<String> = Set(
        [
            "vector", "error", "CR2", "EIP", "memory", "tables", "EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI", "ES", "CS", "SS", "DS", "FS",
            "GS",
        ]
            + Comparison.flagNames.map(\.1))

    static let unicorn: [Mask] = [
        Mask(
            reason: "Unicorn checks neither limits nor types nor presence of segments in accesses (SDM Vol. 3A §5.3); the host does", operations: [],
            fields: everything
        ) { [12, 13].contains($1.vector) && ($1.vector != $2.vector || $1.eip != $2.eip) && $0.rows.count > 0 },
        Mask(
            reason: "Unicorn reads before it finds that it may not write, and marks the page accessed; the host writes first (SDM Vol. 3A §4.8)",
            operations: [], fields: ["tables"]
        ) { $1.vector != 6 && $1.vector == $2.vector && $0.rows.count > 0 },
        Mask(
            reason: "Unicorn looks at the page behind code that ends near it, and marks it accessed", operations: [], fields: ["tables"]
        ) { $1.vector == $2.vector && $0.codeOffset & 0xFFF > 0xF80 },
        Mask(
            reason: "ARPL writes the operand back in Unicorn, changed or not; SDM Vol. 2A: only where it changes", operations: [.ARPL],
            fields: ["tables"]
        ) { $1.vector == $2.vector && $0.rows.count > 0 },
        Mask(
            reason: "the order of PUSHA's accesses where one faults; the host's is ours", operations: [.PUSHA], fields: ["CR2", "memory", "tables"]
        ) { $1.vector == 14 && $2.vector == 14 && $0.rows.count > 0 },
        Mask(
            reason: "LOCK NEG gives the flags of another subtraction in Unicorn (SDM Vol. 2B, NEG)", operations: [.NEG],
            fields: ["CF", "PF", "AF", "ZF", "SF", "OF"]
        ) { $0.code.contains(0xF0) && $1.vector == $2.vector },
        Mask(
            reason: "ENTER with 32-bit operands on a 16-bit stack: Unicorn clears the frame pointer's upper half; the host has ESP's",
            operations: [.ENTER],
            fields: ["EBP"]
        ) { ($1.gpr[5] ^ $2.gpr[5]) & 0xFFFF == 0 && $0.rows.count > 0 },
        Mask(
            reason: "ENTER does not try the new top of the stack in Unicorn (SDM Vol. 2A, ENTER: #PF)", operations: [.ENTER], fields: everything
        ) { $1.vector == 14 && ($2.vector != 14 || $1.eip != $2.eip || $1.cr2 != $2.cr2) && $0.rows.count > 0 },
        Mask(
            reason: "ARPL writes the operand back in Unicorn, and faults there", operations: [.ARPL], fields: everything
        ) { $2.vector == 14 && $1.eip != $2.eip && $0.rows.count > 0 },
        Mask(
            reason: "POPA keeps what it popped before a fault; SDM Vol. 3A §6.5: a fault leaves the state before it", operations: [.POPA],
            fields: ["EAX", "ECX", "EDX", "EBX", "EBP", "ESI", "EDI"]
        ) { $1.vector == $2.vector && $1.vector != 6 && $0.rows.count > 0 },
        Mask(
            reason: "ENTER's try of the new top of the stack dirties its page; Unicorn does not try", operations: [.ENTER], fields: ["tables"]
        ) { $1.vector == $2.vector && $0.rows.count > 0 },
        Mask(
            reason: "RETF n takes n as signed in Unicorn, and finds another outer stack", operations: [.RET_FAR], fields: ["vector", "CR2", "tables"]
        ) { [12, 13, 14].contains($1.vector) && [12, 13, 14].contains($2.vector) && $0.code.contains(0xCA) },
        Mask(
            reason: "RET n takes n as signed in Unicorn (SDM Vol. 2B, RET: imm16)", operations: [.RET, .RET_FAR], fields: ["ESP", "CR2", "memory"]
        ) { $1.gpr[4] &- $2.gpr[4] == 0x1_0000 && $0.rows.count > 0 },
        Mask(
            reason: "LAR leaves bits 16 to 19 clear in Unicorn; undefined in SDM Vol. 2A, LAR; the host has the limit's", operations: [.LAR],
            fields: ["EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI", "CR2", "memory"]
        ) { zip($1.gpr, $2.gpr).contains { ($0 ^ $1) == 0xF_0000 } && $0.rows.count > 0 },
        Mask(
            reason: "IRET at CPL 0 leaves VIF and VIP alone in Unicorn; SDM Vol. 2A loads them", operations: [.IRET], fields: ["VIF", "VIP"]
        ) { $1.vector == $2.vector && $0.rows.count > 0 },
        Mask(
            reason: "which part of an operand across two pages faults: Unicorn reads all before it writes; the host does as we do", operations: [],
            fields: ["CR2"]
        ) { $1.vector == 14 && $2.vector == 14 && $2.cr2 & 0xFFF == 0 && $2.cr2 &- $1.cr2 < 16 && $0.rows.count > 0 },
        Mask(
            reason: "Unicorn loads VM at any CPL; SDM Vol. 2A, IRET: at CPL 0", operations: [.IRET], fields: everything
        ) { $2.eflags & 0x2_0000 != 0 && $1.eflags & 0x2_0000 == 0 && $0.rows.count > 0 },
        Mask(
            reason: "PUSHFD stores VM in Unicorn; SDM Vol. 2B, PUSHF: cleared in the image", operations: [.PUSHF], fields: ["memory"]
        ) { $0.state.eflags & 0x2_0000 != 0 && $1.vector == $2.vector },
        Mask(
            reason: "CALL pushes before it checks the target in Unicorn; SDM Vol. 2A: after", operations: [.CALL_FAR, .CALL_FAR_E], fields: ["memory"]
        ) { $1.vector == 13 && $2.vector == 13 && $0.rows.count > 0 },
        Mask(
            reason: "Unicorn faults at the start of a run of instructions that reaches a page that is not there, instead of at its end",
            operations: [],
            fields: everything
        ) { [0x1000_2000, 0x1_2000].contains($2.cr2) && $2.vector == 14 && $1.vector != 6 && $0.rows.count > 0 },
        Mask(
            reason: "code that a jump found in data may be anything, also what is left out for Unicorn", operations: [], fields: everything
        ) {
            let pages = ($0.state.eip & ~0x1FFF, UInt32(0))
            return [$1.eip, $2.eip].contains { $0 & ~0x1FFF != pages.0 && $0 & ~0x1FFF != pages.1 }
        },
        Mask(
            reason: "flags still to be worked out are lost at an exception in Unicorn", operations: [], fields: ["CF", "PF", "AF", "ZF", "SF", "OF"]
        ) { $1.vector != 6 && $1.vector == $2.vector && $0.rows.count > 0 },
    ]

    static func explainedByUnicorn(_ c: Case, _ ours: GuestState, _ theirs: GuestState, _ differences: [(field: String, text: String)]) -> [String] {
        var left = Set(differences.map(\.field))
        var undefined: UInt32 = 0
        for row in c.rows { undefined |= InstructionForm.all[row].row.flags.undefined.rawValue }
        for (bits, name) in Comparison.flagNames where bits & undefined != 0 { left.remove(name) }
        let operations = Set(c.rows.map { InstructionForm.all[$0].row.operation })
        for mask in unicorn where !left.isDisjoint(with: mask.fields) {
            if (mask.operations.isEmpty || !operations.isDisjoint(with: mask.operations)) && mask.applies(c, ours, theirs) {
                left.subtract(mask.fields)
            }
        }
        return left.sorted()
    }
}
