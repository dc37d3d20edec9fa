/// The sixteen general purpose registers of x86-64, by their encoding (SDM Vol. 2A §2.2.1).
package enum HostRegister: UInt8, Sendable {
    case rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
}

/// Operand width of a host instruction.
package enum HostWidth: UInt8, Sendable {
    case byte = 1
    case word = 2
    case dword = 4
    case qword = 8
}

/// Condition codes as Jcc, SETcc and CMOVcc encode them (SDM Vol. 1 appendix B).
package enum HostCondition: UInt8, Sendable {
    case overflow, notOverflow, below, aboveOrEqual, equal, notEqual, belowOrEqual, above
    case sign, notSign, parity, notParity, less, greaterOrEqual, lessOrEqual, greater
}

/// The r/m operand: a register by number, or memory.
///
/// Register numbers 4...7 of byte width without any other extended register in the instruction name AH, CH, DH and BH; what would need a REX prefix
/// beside them cannot be encoded, and `Assembler` refuses it.
package enum HostOperand: Equatable, Sendable {
    case register(UInt8)
    case memory(base: HostRegister, index: HostRegister?, scale: UInt8, displacement: Int32)

    package static func at(_ base: HostRegister, _ displacement: Int32 = 0) -> HostOperand {
        .memory(base: base, index: nil, scale: 0, displacement: displacement)
    }
    package static func at(_ base: HostRegister, _ index: HostRegister, scale: UInt8 = 0, _ displacement: Int32 = 0) -> HostOperand {
        .memory(base: base, index: index, scale: scale, displacement: displacement)
    }
    package static func register(_ register: HostRegister) -> HostOperand { .register(register.rawValue) }
}

/// An opcode with its map and mandatory prefix.
package struct HostOpcode: Sendable {
    /// 66h, F2h, F3h or 0.
    package var prefix: UInt8
    /// 0: one byte; 1: 0F; 2: 0F 38; 3: 0F 3A.
    package var map: UInt8
    package var byte: UInt8
    package init(_ byte: UInt8, map: UInt8 = 0, prefix: UInt8 = 0) {
        self.byte = byte
        self.map = map
        self.prefix = prefix
    }
}
