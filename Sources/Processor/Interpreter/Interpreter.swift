import X86

/// The interpreter: the reference for what every instruction means.
///
/// `execute` runs one block: a straight walk over decoded instructions. The forms that programs are mostly made of are steps of their own
/// (`Step`), all in one function; everything else goes through `executeGeneral`, one exhaustive switch, each case one call. A block ends at its
/// sentinel (BLOCK_FALL moves EIP behind the block; BLOCK_LEAVE follows what set EIP itself). A fault leaves EIP at the block's start and `current`
/// at the instruction, from which its address follows. Writes into the running block turn its instructions into BLOCK_FALL, so the next one is
/// decoded anew: self-modifying code takes effect at once and costs nothing when there is none.
extension Execution {
    /// Any instruction. True where the block must be left.
    @inline(never)
    func executeGeneral(_ i: UnsafePointer<Instruction>) throws(Fault) -> Bool {
        switch unsafe i.pointee.operation {
        case .MOV: try unsafe move(i)
        case .ADD: try unsafe binary(Add.self, i)
        case .OR: try unsafe binary(Or.self, i)
        case .ADC: try unsafe binary(AddWithCarry.self, i)
        case .SBB: try unsafe binary(SubtractWithBorrow.self, i)
        case .AND: try unsafe binary(And.self, i)
        case .SUB: try unsafe binary(Subtract.self, i)
        case .XOR: try unsafe binary(Xor.self, i)
        case .CMP: try unsafe compare(Subtract.self, i)
        case .TEST: try unsafe compare(And.self, i)
        case .JCC: try unsafe jumpRelative(i, if: condition(i.pointee.reg))
        case .LEA: unsafe setWidth(i.pointee.reg, address(i), i.pointee.width)
        case .PUSH: try unsafe pushOperand(i)
        case .POP: try unsafe popOperand(i)
        case .INC: try unsafe incDec(i, up: true)
        case .DEC: try unsafe incDec(i, up: false)
        case .CALL: try unsafe callRelative(i)
        case .RET: try unsafe returnNear(i)
        case .JMP: try unsafe jumpRelative(i, if: true)
        case .JMP_E: try unsafe jump(to: source32(i), i.pointee.width)
        case .CALL_E: try unsafe callIndirect(i)
        case .MOVZX: try unsafe extend(i, signed: false)
        case .MOVSX: try unsafe extend(i, signed: true)
        case .NOT: try unsafe not(i)
        case .NEG: try unsafe negate(i)
        case .MUL: try unsafe multiply(i, signed: false)
        case .IMUL: try unsafe multiply(i, signed: true)
        case .IMUL_G: try unsafe multiplyTo(i)
        case .DIV: try unsafe divide(i, signed: false)
        case .IDIV: try unsafe divide(i, signed: true)
        case .ROL: try unsafe shift(.rol, i)
        case .ROR: try unsafe shift(.ror, i)
        case .RCL: try unsafe shift(.rcl, i)
        case .RCR: try unsafe shift(.rcr, i)
        case .SHL: try unsafe shift(.shl, i)
        case .SHR: try unsafe shift(.shr, i)
        case .SAR: try unsafe shift(.sar, i)
        case .SHLD: try unsafe doubleShift(i, left: true)
        case .SHRD: try unsafe doubleShift(i, left: false)
        case .BT: try unsafe bit(.test, i)
        case .BTS: try unsafe bit(.set, i)
        case .BTR: try unsafe bit(.reset, i)
        case .BTC: try unsafe bit(.complement, i)
        case .BSF: try unsafe scan(i, forward: true)
        case .BSR: try unsafe scan(i, forward: false)
        case .POPCNT:
            let value = try unsafe source32(i)
            unsafe setWidth(i.pointee.reg, UInt32(value.nonzeroBitCount), i.pointee.width)
            setStatusFlags(value == 0 ? 0x40 : 0)
        case .CRC32: try unsafe crc32(i)
        case .BSWAP:
            // Of 16 bits: undefined; the silicon clears them.
            if unsafe i.pointee.width == 2 {
                unsafe setReg(i.pointee.rm, 0 as UInt16)
            } else {
                unsafe setReg(i.pointee.rm, reg(i.pointee.rm, as: UInt32.self).byteSwapped)
            }
        case .XCHG: try unsafe exchange(i)
        case .XADD: try unsafe exchangeAdd(i)
        case .CMPXCHG: try unsafe compareExchange(i)
        case .CMPXCHG8B: try unsafe compareExchange8(i)
        case .SETCC: try unsafe store(i, condition(i.pointee.reg) ? 1 as UInt8 : 0)
        case .CMOVCC: try unsafe conditionalMove(i)
        case .MOV_SEG_LOAD:
            try unsafe loadSegment(i.pointee.reg, selectorOperand(i))
            if unsafe i.pointee.reg == 2 { s.pending.insert(.stackShadow) }
        case .MOV_SEG_STORE: try unsafe storeSelector(i, UInt32(segment(i.pointee.reg).pointee.selector))
        case .MOV_MOFFS_LOAD: try unsafe moveOffset(i, load: true)
        case .MOV_MOFFS_STORE: try unsafe moveOffset(i, load: false)
        case .PUSH_SEG: try unsafe push(UInt32(segment(i.pointee.reg).pointee.selector), i.pointee.width)
        case .POP_SEG:
            try unsafe loadSegment(i.pointee.reg, UInt16(truncatingIfNeeded: peek(0, i.pointee.width)))
            unsafe setESP(esp &+ UInt32(i.pointee.width))
            if unsafe i.pointee.reg == 2 { s.pending.insert(.stackShadow) }
        case .PUSHA: try unsafe pushAll(i.pointee.width)
        case .POPA: try unsafe popAll(i.pointee.width)
        case .PUSHF: try unsafe pushFlags(i.pointee.width)
        case .POPF: try unsafe popFlags(i.pointee.width)
        case .ENTER: try unsafe enter(i)
        case .LEAVE: try unsafe leave(i.pointee.width)
        case .CBW: unsafe widenAccumulator(i)
        case .CWD: unsafe signIntoData(i)
        case .LAHF: setReg(4, UInt8(truncatingIfNeeded: statusFlags | 2))
        case .SAHF: setStatusFlags(UInt32(reg(4, as: UInt8.self)) & 0xD5 | statusFlags & 0x800)
        case .SALC: setReg(0, cf ? 0xFF as UInt8 : 0)
        case .XLAT: setReg(0, try unsafe read(i.pointee.segment, (ebx &+ eax & 0xFF) & addressMask(i)) as UInt8)
        case .AAA: asciiAdjust(subtract: false)
        case .AAS: asciiAdjust(subtract: true)
        case .AAM: try unsafe asciiAdjustMultiply(UInt8(truncatingIfNeeded: i.pointee.immediate))
        case .AAD: unsafe asciiAdjustDivide(UInt8(truncatingIfNeeded: i.pointee.immediate))
        case .DAA: decimalAdjust(subtract: false)
        case .DAS: decimalAdjust(subtract: true)
        case .CLC: setCarryOnly(false)
        case .STC: setCarryOnly(true)
        case .CMC: setCarryOnly(!cf)
        case .CLD: s.systemFlags &= ~EFLAGS.df
        case .STD: s.systemFlags |= EFLAGS.df
        case .CLI: try setInterruptFlag(false)
        case .STI: try setInterruptFlag(true)
        case .LOAD_FAR:
            try unsafe loadFar(i)
        case .BOUND: try unsafe bound(i)
        case .ARPL: try unsafe adjustRPL(i)

        // Strings
        case .MOVS: if try unsafe !string(.movs, i) { return true }
        case .CMPS: if try unsafe !string(.cmps, i) { return true }
        case .STOS: if try unsafe !string(.stos, i) { return true }
        case .LODS: if try unsafe !string(.lods, i) { return true }
        case .SCAS: if try unsafe !string(.scas, i) { return true }
        case .INS: if try unsafe !string(.ins, i) { return true }
        case .OUTS: if try unsafe !string(.outs, i) { return true }

        // Far and conditional control
        case .JMP_FAR: try unsafe farTransfer(i.pointee.immediate2, i.pointee.immediate, i.pointee.width, call: false, next: next(i))
        case .CALL_FAR: try unsafe farTransfer(i.pointee.immediate2, i.pointee.immediate, i.pointee.width, call: true, next: next(i))
        case .JMP_FAR_E: try unsafe farIndirect(i, call: false)
        case .CALL_FAR_E: try unsafe farIndirect(i, call: true)
        case .RET_FAR: try unsafe farReturn(i.pointee.isOperand16 ? 2 : 4, i.pointee.immediate & 0xFFFF)
        case .IRET: try unsafe interruptReturn(i.pointee.isOperand16 ? 2 : 4)
        case .JECXZ: try unsafe jumpRelative(i, if: ecx & addressMask(i) == 0)
        case .LOOP: try unsafe loop(i, .always)
        case .LOOPE: try unsafe loop(i, .equal)
        case .LOOPNE: try unsafe loop(i, .notEqual)
        case .INT: try unsafe softwareInterrupt(UInt8(truncatingIfNeeded: i.pointee.immediate), i)
        case .INT3: try unsafe softwareInterrupt(3, i)
        case .INT1: try unsafe softwareInterrupt(1, i)
        case .INTO: if of { try unsafe softwareInterrupt(4, i) } else { s.eip = unsafe next(i) }

        // System
        case .IN_I: try unsafe input(UInt16(truncatingIfNeeded: i.pointee.immediate & 0xFF), i)
        case .IN_DX: try unsafe input(UInt16(truncatingIfNeeded: edx), i)
        case .OUT_I: try unsafe output(UInt16(truncatingIfNeeded: i.pointee.immediate & 0xFF), i)
        case .OUT_DX: try unsafe output(UInt16(truncatingIfNeeded: edx), i)
        case .HLT:
            try requireRing0()
            s.halted = true
        case .MOV_TO_CR: try unsafe writeControl(i.pointee.reg, reg(i.pointee.rm))
        case .MOV_FROM_CR: unsafe setReg(i.pointee.rm, try readControl(i.pointee.reg))
        case .MOV_TO_DR: try unsafe writeDebug(i.pointee.reg, reg(i.pointee.rm))
        case .MOV_FROM_DR: unsafe setReg(i.pointee.rm, try readDebug(i.pointee.reg))
        case .LGDT: s.gdtr = try unsafe loadTable(i)
        case .LIDT: s.idtr = try unsafe loadTable(i)
        case .SGDT: try unsafe storeTable(i, s.gdtr)
        case .SIDT: try unsafe storeTable(i, s.idtr)
        case .LLDT:
            try requireProtected()
            try requireRing0()
            try unsafe loadLDT(selectorOperand(i))
        case .LTR:
            try requireProtected()
            try requireRing0()
            try unsafe loadTaskRegister(selectorOperand(i))
        case .SLDT:
            try requireProtected()
            try unsafe storeSelector(i, UInt32(s.ldtr.selector))
        case .STR:
            try requireProtected()
            try unsafe storeSelector(i, UInt32(s.tr.selector))
        case .SMSW: try unsafe storeSelector(i, s.cr0)
        case .LMSW:
            try requireRing0()
            let value = UInt32(try unsafe selectorOperand(i))
            try writeCR0(s.cr0 & ~0xE | value & 0xF)
        case .CLTS:
            try requireRing0()
            s.cr0 &= ~8
        case .LAR: try unsafe inspect(i, limit: false)
        case .LSL: try unsafe inspect(i, limit: true)
        case .VERR: try unsafe verify(i, write: false)
        case .VERW: try unsafe verify(i, write: true)
        case .INVD, .WBINVD: try requireRing0()
        case .INVLPG:
            try requireRing0()
            unsafe owner.tlb.flush(page: segment(i.pointee.segment).pointee.base &+ address(i))
        case .CPUID: cpuid()
        case .RDTSC: try readTimeStamp()
        case .RDRAND:
            unsafe setWidth(i.pointee.rm, owner.random(), i.pointee.width)
            setStatusFlags(1)
        case .RDPMC: try readPerformanceCounter()
        case .RDMSR: try readMSR()
        case .WRMSR: try writeMSR()
        case .SYSENTER: try systemEnter()
        case .SYSEXIT: try systemExit()
        case .RSM: try resumeFromSystemManagement()

        // Hints and fences mean nothing to one processor that keeps order.
        case .NOP, .NOP_E, .MFENCE, .LFENCE, .SFENCE: break
        case .CLFLUSH: try unsafe flushLine(i)
        case .MOVNTI: try unsafe store(i, reg(i.pointee.reg, as: UInt32.self))

        case .INVALID, .UD0, .UD1, .UD2, .MONITOR, .MWAIT: throw .invalidOpcode
        case .BLOCK_FALL:
            unsafe s.eip &+= UInt32(i.pointee.offset)
            return true
        case .BLOCK_LEAVE: return true
        default: try unsafe executeFPU(i)
        }
        return false
    }

    // MARK: Small ones

    /// CLFLUSH faults as a load of one byte would, but execute-only segments are allowed (SDM Vol. 2A, CLFLUSH).
    func flushLine(_ i: UnsafePointer<Instruction>) throws(Fault) {
        let segment = unsafe i.pointee.segment, at = unsafe address(i)
        let cache = unsafe self.segment(segment).pointee
        if cache.isPresent && cache.isCode && at <= cache.limit {
            _ = try owner.translate(cache.base &+ at, write: false, user: s.cpl == 3)
        } else {
            try probeRead(segment, at, 1)
        }
    }

    /// CRC-32C, bit by bit (SDM Vol. 2A, CRC32).
    func crc32(_ i: UnsafePointer<Instruction>) throws(Fault) {
        var crc = unsafe reg(i.pointee.reg, as: UInt32.self) ^ (try unsafe source32(i))
        for _ in 0..<Int(unsafe i.pointee.width) * 8 { crc = crc >> 1 ^ (crc & 1 != 0 ? 0x82F6_3B78 : 0) }
        unsafe setReg(i.pointee.reg, crc)
    }

    func conditionalMove(_ i: UnsafePointer<Instruction>) throws(Fault) {
        // The condition stands in immediate2: `reg` is the destination. The source is read either way.
        let value = try unsafe source32(i)
        if unsafe condition(UInt8(truncatingIfNeeded: i.pointee.immediate2)) { unsafe setWidth(i.pointee.reg, value, i.pointee.width) }
    }

    func moveOffset(_ i: UnsafePointer<Instruction>, load: Bool) throws(Fault) {
        let segment = unsafe i.pointee.segment, at = unsafe i.pointee.displacement
        switch unsafe i.pointee.width {
        case 4: if load { eax = try read(segment, at) } else { try write(segment, at, eax) }
        case 2: if load { setReg(0, try read(segment, at) as UInt16) } else { try write(segment, at, reg(0, as: UInt16.self)) }
        default: if load { setReg(0, try read(segment, at) as UInt8) } else { try write(segment, at, reg(0, as: UInt8.self)) }
        }
    }

    func widenAccumulator(_ i: UnsafePointer<Instruction>) {
        if unsafe i.pointee.width == 4 {
            eax = UInt32(bitPattern: Int32(Int16(truncatingIfNeeded: eax)))
        } else {
            setReg(0, UInt16(bitPattern: Int16(Int8(truncatingIfNeeded: eax))))
        }
    }

    func signIntoData(_ i: UnsafePointer<Instruction>) {
        if unsafe i.pointee.width == 4 {
            edx = eax >> 31 != 0 ? 0xFFFF_FFFF : 0
        } else {
            setReg(2, eax & 0x8000 != 0 ? 0xFFFF as UInt16 : 0)
        }
    }

    func farIndirect(_ i: UnsafePointer<Instruction>, call: Bool) throws(Fault) {
        let (selector, offset) = try unsafe farPointer(i)
        try unsafe farTransfer(selector, offset, i.pointee.width, call: call, next: next(i))
    }

    func adjustRPL(_ i: UnsafePointer<Instruction>) throws(Fault) {
        try requireProtected()
        let rpl = unsafe reg(i.pointee.reg, as: UInt16.self) & 3
        // Written only where it changes.
        let selector: UInt16 = try unsafe source(i)
        let adjusted = selector & 3 < rpl
        if adjusted { try unsafe store(i, selector & ~3 | rpl) }
        setZeroOnly(adjusted)
    }
}
