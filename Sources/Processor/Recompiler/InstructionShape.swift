import X86

/// What the translator asks of an instruction beyond its row in the table.
extension Instruction {
    /// Looks at nothing but registers, memory and the flags that its row names: no privilege, no port, no segment register, no interrupt.
    var isPlain: Bool {
        switch operation {
        case .CLI, .STI, .MOV_SEG_LOAD, .POP_SEG, .LOAD_FAR, .PUSHF, .POPF, .BOUND, .INS, .OUTS, .INVALID: false
        case .SCAS, .NOP, .NOP_E, .JCC, .JMP, .JMP_E, .JECXZ, .LOOP, .LOOPE, .LOOPNE, .CALL, .CALL_E, .RET: true
        default: operation.rawValue <= Operation.LODS.rawValue || operation.isFPU
        }
    }

    /// Whether the host leaves the flags that the manual does not define as the interpreter does.
    var hasKnownFlags: Bool {
        switch operation {
        case .AND, .OR, .XOR, .TEST: true
        case .BSF, .BSR: false
        default: HostProcessor.leavesFlagsAsAMD
        }
    }

    /// A string instruction that may have several iterations.
    var isRepeated: Bool {
        switch operation {
        case .MOVS, .CMPS, .STOS, .LODS, .SCAS, .INS, .OUTS: isRep || isRepne
        default: false
        }
    }

    var isRelativeBranch: Bool { isConditionalBranch || operation == .JMP || operation == .CALL }

    var isConditionalBranch: Bool {
        switch operation {
        case .JCC, .JECXZ, .LOOP, .LOOPE, .LOOPNE: true
        default: false
        }
    }

    var loadsSegment: Bool { operation == .MOV_SEG_LOAD || operation == .POP_SEG || operation == .LOAD_FAR }

    /// What ends a block without leaving its course: a trace may go on behind it.
    var letsTraceGoOn: Bool {
        switch operation {
        case .JMP, .STI, .POPF: true
        // Of the stack segment: no interrupt before the next instruction is done.
        case .MOV_SEG_LOAD, .POP_SEG: reg != 2
        default: !endsBlock || isConditionalBranch
        }
    }

    var touchesStack: Bool {
        switch operation {
        case .PUSH, .POP, .PUSH_SEG, .POP_SEG, .PUSHA, .POPA, .PUSHF, .POPF, .ENTER, .LEAVE, .CALL, .CALL_E, .RET: true
        case .MOVS, .CMPS, .STOS, .LODS, .SCAS, .INS, .OUTS, .XLAT, .MOV_MOFFS_LOAD, .MOV_MOFFS_STORE, .MASKMOVQ, .MASKMOVDQU: true
        case .DIV, .IDIV, .AAM: true
        default: isFPU
        }
    }
    private var isFPU: Bool { operation.isFPU }

    /// 2 or 4 bytes: what near calls and returns push and pop.
    var returnWidth: Int32 { isOperand16 ? 2 : 4 }

    /// A memory operand at ESP plus a constant.
    var isStackOperand: Bool { isMemory && base == 4 && index == Self.noRegister && !isAddress16 && operation != .POP }

    /// The bytes that it pushes or pops, from ESP before it; given only where the translator accesses them itself.
    var stackTouch: (offset: Int32, size: Int32)? {
        switch operation {
        case .PUSH: (-Int32(width), Int32(width))
        case .POP: isMemory ? nil : (0, Int32(width))
        case .CALL, .CALL_E: (-returnWidth, returnWidth)
        case .RET: (0, returnWidth)
        default: nil
        }
    }

    /// What it adds to ESP on a 32-bit stack; nil where that is not known beforehand.
    var stackMove: Int32? {
        switch operation {
        case .PUSH, .PUSH_SEG, .PUSHF: return -Int32(width)
        case .POP: return !isMemory && rm == 4 ? nil : Int32(width)
        case .POP_SEG, .POPF: return Int32(width)
        case .CALL, .CALL_E: return -returnWidth
        case .ADD where movesESPByConstant: return Int32(bitPattern: immediate)
        case .SUB where movesESPByConstant: return 0 &- Int32(bitPattern: immediate)
        case .LEA:
            if reg != 4 { return 0 }
            return width == 4 && base == 4 && index == Self.noRegister && !isAddress16 && fits(displacement) ? Int32(bitPattern: displacement) : nil
        case .PUSHA, .POPA, .ENTER, .LEAVE, .RET, .IRET, .RET_FAR, .CALL_FAR, .CALL_FAR_E: return nil
        case .CMP, .TEST, .BT, .JCC, .JMP, .JMP_E, .SETCC: return 0
        case .MOV, .ADC, .SBB, .AND, .OR, .XOR, .ADD, .SUB:
            if width == 1 { return 0 }
            return form == .ge ? (reg == 4 ? nil : 0) : (!isMemory && rm == 4 ? nil : 0)
        default:
            if operation.isFPU && !movesToGeneral { return 0 }
            switch form {
            case .none, .i, .far, .ii, .s, .am, .ma, .st, .stsi, .sist: return 0
            default: return reg == 4 || !isMemory && rm == 4 ? nil : 0
            }
        }
    }

    /// ADD or SUB of ESP and a small constant.
    var movesESPByConstant: Bool { form == .ei && !isMemory && rm == 4 && width == 4 && fits(immediate) }
    private func fits(_ value: UInt32) -> Bool { Int32(bitPattern: value) > -65536 && Int32(bitPattern: value) < 65536 }

    private var movesToGeneral: Bool {
        switch operation {
        case .MMX_MOVD_STORE, .SSE_MOVD_STORE, .MMX_TO_G, .SSE_TO_G, .SSE_EXTRACT_I: true
        default: false
        }
    }
}
