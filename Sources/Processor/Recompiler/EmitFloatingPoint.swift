import X64Assembler
import X86

/// Emission of x87, MMX and SSE (SDM Vol. 1 §5.2 to §5.10): the guest's instruction runs as it is, on registers that hold the guest's.
///
/// The host's x87 unit is lent to the guest with control word, status and tags as long as the guest masks every exception: then the host's unit does all that the
/// guest's would. It stays lent while the interpreter's functions run that do not want it; devices and the run loop find it empty.
/// XMM0…XMM7 and MXCSR are the guest's until Swift code runs, which owns them.
extension Translator {
    /// The last x87 instruction that the pointers must name (SDM Vol. 1 §8.1.8).
    struct LastX87 {
        var offset: Int
        var opcode: UInt16
        /// The segment of the last memory operand, whose offset is in memory already; nil: none on this trace.
        var segment: UInt8?
    }

    func emitFloatingPoint() -> Bool {
        let i = i
        if i.operation.isVector { return emitVector() }
        switch i.operation {
        case .FNINIT, .FLDENV, .FNSTENV, .FRSTOR, .FNSAVE, .FNSETPM, .FXSAVE, .FXRSTOR: return false
        case .FISTTP where !HostProcessor.hasEverything: return false
        case .WAIT:
            lendX87()
            return true
        case .FLDCW: return emitLoadControl()
        case .LDMXCSR: return emitLoadMXCSR()
        case .STMXCSR:
            lendVectors()
            accessFloat(4, write: true, keepsOffset: false) { a.emit(HostOpcode(0xAE, map: 1), reg: 3, $0) }
            return true
        default: break
        }
        let fop = i.immediate2
        let opcode = HostOpcode(0xD8 | UInt8(fop >> 8 & 7)), modRM = UInt8(truncatingIfNeeded: fop)
        lendX87()
        let writesFlags = i.comparesToFlags
        func emit(_ operand: HostOperand?) {
            if writesFlags { beforeFlagWriter() } else if i.operation == .FCMOVCC { needFlags(item.effects.reads) }
            if let operand {
                a.emit(opcode, reg: modRM >> 3 & 7, operand)
            } else {
                a.byte(opcode.byte)
                a.byte(modRM)
            }
        }
        if i.isMemory {
            let keepsPointers = i.keepsX87Pointers
            accessFloat(size, write: i.storesFloat, keepsOffset: !keepsPointers) { emit($0) }
        } else {
            emit(nil)
        }
        if writesFlags { afterFlagWriter() }
        if !i.keepsX87Pointers {
            lastX87 = LastX87(offset: item.offset, opcode: fop & 0x7FF, segment: i.isMemory ? i.segment : lastX87?.segment)
        }
        return true
    }

    private func emitLoadControl() -> Bool {
        lendX87()
        a.emit(HostOpcode(0xB7, map: 1), reg: HostRegister.r10.rawValue, controlOperand(2))
        // From a copy: what was checked is what is loaded, whoever writes the guest's memory meanwhile.
        a.store(state(layout.scratch), .r10)
        a.emit(HostOpcode(0xF7), reg: 2, .register(.r10))  // NOT
        a.alu(.and, .register(.r10), immediate: 0x3F)
        a.jump(.notEqual, slow())
        a.emit(HostOpcode(0xD9), reg: 5, state(layout.scratch))
        return true
    }

    private func emitLoadMXCSR() -> Bool {
        lendVectors()
        a.load(.r10, controlOperand(4))
        a.store(state(layout.scratch), .r10)
        a.alu(.xor, .register(.r10), immediate: 0x1F80)
        a.alu(.and, .register(.r10), immediate: ~FPUState.mxcsrMask | 0x1F80)
        a.jump(.notEqual, slow())
        a.emit(HostOpcode(0xAE, map: 1), reg: 2, state(layout.scratch))
        return true
    }

    /// The operand of what loads a control register; flags may be destroyed behind it.
    private func controlOperand(_ size: Int32) -> HostOperand {
        clobberFlags(wantedBefore)
        if let operand = windowOperand(size) { return operand }
        address(into: .r9)
        return check(i.segment, size, write: false)
    }

    /// A memory operand whose offset becomes FDP. Never in the stack window where it is to be aligned.
    private func accessFloat(_ size: Int32, write: Bool, keepsOffset: Bool, _ body: (HostOperand) -> Void) {
        let aligned = i.properties.contains(.aligned)
        if !aligned, let operand = windowOperand(size) {
            if keepsOffset {
                address(into: .r9)
                a.store(state(layout.dataPointer), .r9)
            }
            return body(operand)
        }
        clobberFlags(wantedBefore)
        address(into: .r9)
        let operand = check(i.segment, size, write: write)
        if aligned {
            a.emit(HostOpcode(0xF6), reg: 0, .register(.r9), .byte)
            a.byte(15)
            a.jump(.notEqual, slow())
        }
        // Only now: an access that faults leaves the pointers alone.
        if keepsOffset {
            address(into: .r10)
            a.store(state(layout.dataPointer), .r10)
        }
        body(operand)
    }

    // MARK: MMX and SSE

    private func emitVector() -> Bool {
        let i = i
        if i.operation == .MASKMOVQ || i.operation == .MASKMOVDQU { return false }
        let writesFlags = i.operation == .SSE_COMI || i.operation == .SSE_STRING_I
        let vector = i.immediate2
        let opcode = HostOpcode(
            UInt8(truncatingIfNeeded: vector), map: UInt8(vector >> 8 & 3), prefix: [0, 0x66, 0xF3, 0xF2][Int(vector >> 10 & 3)])
        let uses = i.vectorUnits
        if !i.isMemory && i.rm == 4 && uses.generalRM || i.reg == 4 && uses.generalReg { return false }
        if uses.mmx { lendX87() }
        if uses.sse { lendVectors() }
        func emit(_ operand: HostOperand) {
            if writesFlags { beforeFlagWriter() }
            a.emit(opcode, reg: i.reg, operand)
            if i.has(.pqi) || i.has(.qpi) || i.has(.qi) { a.byte(UInt8(truncatingIfNeeded: i.immediate)) }
        }
        if i.operation == .EMMS {
            a.byte(0x0F)
            a.byte(0x77)
        } else if i.isMemory {
            accessFloat(size, write: uses.stores, keepsOffset: false, emit)
        } else {
            emit(.register(i.rm))
        }
        if writesFlags { afterFlagWriter() }
        return true
    }

    // MARK: Lending

    /// From here on the host's x87 unit is the guest's.
    private func lendX87() {
        if !isX87Lent { lend(layout.holdsX87, isX87: true) }
        isX87Lent = true
    }

    /// From here on the host's vector registers are the guest's.
    private func lendVectors() {
        if !areVectorsLent { lend(layout.holdsVectors, isX87: false) }
        areVectorsLent = true
    }

    private func lend(_ holds: Int32, isX87: Bool) {
        clobberFlags(wantedBefore)
        a.alu(.cmp, state(holds), immediate: 0, .byte)
        let missing = a.label(), there = a.label()
        a.jump(.equal, missing)
        a.bind(there)
        lends.append(Lend(label: missing, back: there, fails: slow(), isX87: isX87, keepsVectors: areVectorsLent))
    }

    func emitLend(_ lend: Lend) {
        a.bind(lend.label)
        call(lend.isX87 ? routines.lendX87 : routines.lendVectors)
        a.jump(.equal, lend.fails)
        // Swift code made the image: the vector registers were put away for it.
        if lend.keepsVectors { call(routines.lendVectors) }
        a.jump(lend.back)
    }

    /// The pointers of the last x87 instruction, before anyone could look; `spare` is lost.
    func emitPointers(_ last: LastX87?, spare: HostRegister) {
        guard let last else { return }
        a.load(spare, state(layout.pageBase))
        a.lea(spare, .at(spare, Int32(truncatingIfNeeded: last.offset)))
        a.store(state(layout.instructionPointer), spare)
        a.move(spare, immediate: UInt32(last.opcode))
        a.store(state(layout.opcode), spare, .word)
        a.emit(HostOpcode(0xB7, map: 1), reg: spare.rawValue, state(layout.selector(1)))
        a.store(state(layout.instructionSelector), spare, .word)
        if let segment = last.segment {
            a.emit(HostOpcode(0xB7, map: 1), reg: spare.rawValue, state(layout.selector(segment)))
            a.store(state(layout.dataSelector), spare, .word)
        }
    }
}

extension Instruction {
    var comparesToFlags: Bool {
        switch operation {
        case .FCOMI, .FCOMIP, .FUCOMI, .FUCOMIP: true
        default: false
        }
    }

    /// Control instructions, and those that move nothing: FIP, FDP and FOP stay.
    var keepsX87Pointers: Bool {
        switch operation {
        case .FNOP, .FDECSTP, .FINCSTP, .FFREE, .FFREEP, .FNSTSW_AX, .FNSTSW_M, .FNSTCW, .FLDCW, .FNCLEX, .WAIT: true
        default: false
        }
    }

    var storesFloat: Bool {
        switch operation {
        case .FST_M32, .FST_M64, .FSTP_M32, .FSTP_M64, .FSTP_M80, .FIST, .FISTP, .FISTTP, .FBSTP, .FNSTCW, .FNSTSW_M: true
        default: false
        }
    }

    /// Whether it looks at x87 or MMX registers, or at what the x87 unit has to report.
    var usesX87Registers: Bool {
        if operation.isVector { return vectorUnits.mmx }
        return operation != .LDMXCSR && operation != .STMXCSR
    }

    /// Which registers a vector instruction's operands are, and whether it writes its E operand.
    var vectorUnits: (mmx: Bool, sse: Bool, generalRM: Bool, generalReg: Bool, stores: Bool) {
        switch operation {
        case .EMMS, .MMX_MOV_LOAD, .MMX_OP, .MMX_OP_I, .MASKMOVQ: (true, false, false, false, false)
        case .MMX_MOV_STORE: (true, false, false, false, true)
        case .MMX_MOVD_LOAD, .MMX_FROM_G: (true, false, true, false, false)
        case .MMX_MOVD_STORE: (true, false, true, false, true)
        case .MMX_TO_G: (true, false, false, true, false)
        case .MOVQ2DQ, .MOVDQ2Q, .SSE_FROM_MMX, .SSE_TO_MMX: (true, true, false, false, false)
        case .SSE_MOV_STORE, .MOVSS_STORE, .MOVSD_STORE, .MOVLPS_STORE, .MOVHPS_STORE, .SSE_MOVQ_STORE: (false, true, false, false, true)
        case .SSE_MOVD_STORE, .SSE_EXTRACT_I: (false, true, true, false, true)
        case .SSE_MOVD_LOAD, .SSE_FROM_G: (false, true, true, false, false)
        case .SSE_TO_G: (false, true, false, true, false)
        default: (false, true, false, false, false)
        }
    }
}
