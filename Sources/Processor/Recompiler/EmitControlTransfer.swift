import X64Assembler
import X86

/// Emission of SDM Vol. 1 §5.1.7, and the table of all that is emitted: what is not here, the interpreter does.
extension Translator {
    func emitNative() -> Bool {
        let i = i
        if exact && !i.hasKnownFlags && !item.effects.undefined.isDisjoint(with: item.liveOut) { return false }
        switch i.operation {
        case .ADD: return emitBinary(0)
        case .OR: return emitBinary(1)
        case .ADC: return emitBinary(2)
        case .SBB: return emitBinary(3)
        case .AND: return emitBinary(4)
        case .SUB: return emitBinary(5)
        case .XOR: return emitBinary(6)
        case .CMP: return emitBinary(7)
        case .TEST: return emitBinary(8)
        case .INC: return emitUnary(0xFE, 0)
        case .DEC: return emitUnary(0xFE, 1)
        case .NOT: return emitUnary(0xF6, 2, flags: false)
        case .NEG: return emitUnary(0xF6, 3)
        case .MUL: return emitMultiply(4)
        case .IMUL: return emitMultiply(5)
        case .IMUL_G: return emitMultiplyTo()
        case .DIV: return emitDivide(signed: false)
        case .IDIV: return emitDivide(signed: true)
        case .ROL: return emitShift(0)
        case .ROR: return emitShift(1)
        case .RCL: return emitShift(2)
        case .RCR: return emitShift(3)
        case .SHL: return emitShift(4)
        case .SHR: return emitShift(5)
        case .SAR: return emitShift(7)
        case .SHLD: return emitDoubleShift(0xA4)
        case .SHRD: return emitDoubleShift(0xAC)
        case .BT: return emitBit(4)
        case .BTS: return emitBit(5)
        case .BTR: return emitBit(6)
        case .BTC: return emitBit(7)
        case .BSF: return emitScan(0xBC)
        case .BSR: return emitScan(0xBD)
        case .BSWAP:
            guard i.width == 4, i.rm != 4 else { return false }
            a.byte(0x0F)
            a.byte(0xC8 | i.rm)
            return true
        case .CBW: return emitVerbatim(0x98, flags: false, word: i.width == 2)
        case .CWD: return emitVerbatim(0x99, flags: false, word: i.width == 2)
        case .CLC: return emitVerbatim(0xF8)
        case .STC: return emitVerbatim(0xF9)
        case .CMC: return emitVerbatim(0xF5)
        case .SAHF: return emitVerbatim(0x9E)
        case .LAHF:
            needFlags([.cf, .pf, .af, .zf, .sf])
            return emitVerbatim(0x9F, flags: false)
        case .CLI: return emitInterruptFlag(false)
        case .STI: return emitInterruptFlag(true)
        case .RDTSC: return emitTimeStamp()
        case .PUSHF: return emitPushFlags()
        case .POPF: return emitPopFlags()
        case .MOVS, .STOS, .LODS, .SCAS, .CMPS: return emitString()
        case .CLD, .STD:
            clobberFlags(wantedBefore)
            a.alu(i.operation == .STD ? .or : .and, state(layout.systemFlags), immediate: i.operation == .STD ? EFLAGS.df : ~EFLAGS.df)
            return true

        case .MOV: return emitMove()
        case .MOV_MOFFS_LOAD: return emitMoveOffset(load: true)
        case .MOV_MOFFS_STORE: return emitMoveOffset(load: false)
        case .MOVZX: return emitExtend(0xB6)
        case .MOVSX: return emitExtend(0xBE)
        case .LEA: return emitLoadAddress()
        case .XCHG: return emitExchange()
        case .XADD: return emitExchangeWith(0xC0)
        case .CMPXCHG: return emitExchangeWith(0xB0)
        case .CMPXCHG8B: return emitExchange8()
        case .PUSH: return emitPush()
        case .PUSH_SEG: return emitPushSegment()
        case .POP_SEG: return emitPopSegment()
        case .MOV_SEG_LOAD: return emitMoveToSegment()
        case .MOV_SEG_STORE: return emitMoveFromSegment()
        case .LOAD_FAR: return emitLoadFar()
        case .XLAT: return emitTranslate()
        case .POP: return emitPop()
        case .LEAVE: return emitLeave()
        case .SETCC: return emitSetCondition()
        case .CMOVCC: return emitConditionalMove()
        case .NOP, .NOP_E, .MFENCE, .LFENCE, .SFENCE: return true

        case .JCC: return emitConditionalJump()
        case .JMP: return emitJump()
        case .JMP_E: return emitIndirectJump()
        case .JECXZ, .LOOP, .LOOPE, .LOOPNE: return emitCountedJump()
        case .CALL: return emitCall()
        case .CALL_E: return emitIndirectCall()
        case .JMP_FAR: return emitFarJump()
        case .CALL_FAR: return emitFarCall()
        case .RET_FAR: return emitFarReturn()
        case .INT: return emitInterrupt()
        case .IRET: return emitInterruptReturn()
        case .RET:
            popReturn(i.returnWidth, extra: Int32(bitPattern: i.immediate & 0xFFFF))
            returnToR8()
            return true
        default: return i.operation.isFPU ? emitFloatingPoint() : false
        }
    }

    private var target: Int { item.end + Int(Int32(bitPattern: i.immediate)) }
    var isLast: Bool { index == trace.items.count - 1 }

    private func emitConditionalJump() -> Bool {
        let condition = HostCondition(rawValue: i.reg & 15) ?? .equal
        needFlags(item.effects.reads)
        if item.followsTaken {
            exit(to: item.end, liveFlags: item.liveAtExit, on: HostCondition(rawValue: i.reg & 15 ^ 1) ?? .equal)
        } else {
            exit(to: target, liveFlags: item.liveAtExit, on: condition)
        }
        return true
    }

    /// JECXZ and LOOP, which change no flags: as the host's, with ECX or, for a while, with CX in it.
    private func emitCountedJump() -> Bool {
        if !isFlat {
            clobberFlags(wantedBefore)
            a.load(.r8, state(layout.pageBase))
            a.lea(.r8, .at(.r8, Int32(truncatingIfNeeded: target)))
            if i.isOperand16 && !isNear(target) { a.emit(HostOpcode(0xB7, map: 1), reg: HostRegister.r8.rawValue, .register(.r8)) }
            a.alu(.cmp, .r8, state(layout.limit(1)))
            a.jump(.above, slow())
        }
        let opcode: UInt8
        switch i.operation {
        case .LOOPNE: opcode = 0xE0
        case .LOOPE: opcode = 0xE1
        case .LOOP: opcode = 0xE2
        default: opcode = 0xE3
        }
        needFlags(item.effects.reads)
        let isShort = i.isAddress16
        if isShort {
            a.move(.r11, .rcx)
            a.emit(HostOpcode(0xB7, map: 1), reg: HostRegister.rcx.rawValue, .register(.rcx))
        }
        /// ECX's upper half comes back.
        func merge() {
            guard isShort else { return }
            a.move(.r11, .rcx, .word)
            a.move(.rcx, .r11)
        }
        a.byte(0x67)
        let taken = a.shortJump(opcode)
        merge()
        let onward = a.shortJump(0xEB)
        a.bindShort(taken)
        merge()
        exit(to: target, liveFlags: item.liveAtExit, isPast: true)
        a.bindShort(onward)
        return true
    }

    private func emitJump() -> Bool {
        guard isLast else { return true }
        exit(to: target, liveFlags: trace.liveAtEnd)
        hasEnded = true
        return true
    }

    /// The target of a relative call or jump, to R8D.
    private func targetToR8() {
        a.load(.r8, state(layout.pageBase))
        a.lea(.r8, .at(.r8, Int32(truncatingIfNeeded: target)))
        if i.isOperand16 { a.emit(HostOpcode(0xB7, map: 1), reg: HostRegister.r8.rawValue, .register(.r8)) }
    }

    private func emitCall() -> Bool {
        if !isFlat {
            clobberFlags(wantedBefore)
            targetToR8()
            a.alu(.cmp, .r8, state(layout.limit(1)))
            a.jump(.above, slow())
        }
        a.load(.r11, state(layout.pageBase))
        a.lea(.r11, .at(.r11, Int32(truncatingIfNeeded: item.end)))
        pushR11(i.returnWidth)
        callOut(to: target)
        return true
    }

    private func emitIndirectCall() -> Bool {
        loadTarget()
        let isSimple = windowPlace(-size, size) != nil
        if !isSimple { a.store(state(layout.target), .r8) }
        a.load(.r11, state(layout.pageBase))
        a.lea(.r11, .at(.r11, Int32(truncatingIfNeeded: item.end)))
        pushR11(size)
        if !isSimple { a.load(.r8, state(layout.target)) }
        callOutToR8()
        return true
    }

    private func emitIndirectJump() -> Bool {
        loadTarget()
        exitToR8()
        return true
    }

    /// The E operand, zero-extended, to R8D; flags are saved.
    private func loadTarget() {
        reading(size, width) {
            if width == .word { a.emit(HostOpcode(0xB7, map: 1), reg: HostRegister.r8.rawValue, $0) } else { a.load(.r8, $0) }
        }
        clobberFlags(wantedBefore)
        if !isFlat {
            a.alu(.cmp, .r8, state(layout.limit(1)))
            a.jump(.above, slow())
        }
    }
}
