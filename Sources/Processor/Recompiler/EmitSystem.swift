import X64Assembler
import X86

/// Emission of the instructions on IF, as kernels use them: at CPL 0 and while no interrupt waits; else they are the interpreter's.
extension Translator {
    /// CLI, STI
    func emitInterruptFlag(_ on: Bool) -> Bool {
        // STI holds interrupts off for one more instruction: it must be one of this unit.
        if on && (isLast || trace.items[index + 1].straddles) { return false }
        clobberFlags(wantedBefore)
        guardKernel()
        if on {
            guardNoInterrupt()
            a.alu(.or, state(layout.systemFlags), immediate: EFLAGS.if)
        } else {
            a.alu(.and, state(layout.systemFlags), immediate: ~EFLAGS.if)
            a.alu(.and, state(layout.pending), immediate: ~CPUState.Pending.interrupt.rawValue)
        }
        return true
    }

    /// RDTSC where time is a straight line over the host's counter (`HostCounter`).
    func emitTimeStamp() -> Bool {
        guard readsCounter else { return false }
        clobberFlags(wantedBefore)
        a.emit(HostOpcode(0xF6), reg: 0, state(layout.cr4), .byte)  // TEST TSD
        a.byte(UInt8(CR4.tsd))
        a.jump(.notEqual, slow())
        a.byte(0x0F)  // RDTSC
        a.byte(0x31)
        a.shiftLeft(.rdx, 32, .qword)
        a.alu(.or, .rax, .register(.rdx), .qword)
        a.alu(.sub, .rax, state(layout.counterTicks), .qword)
        a.emit(HostOpcode(0xF7), reg: 4, state(layout.counterRate), .qword)  // MUL
        a.emit(HostOpcode(0xAC, map: 1), reg: HostRegister.rdx.rawValue, .register(.rax), .qword)  // SHRD
        a.byte(32)
        a.alu(.add, .rax, state(layout.counterTime), .qword)
        a.alu(.add, .rax, state(layout.tscOffset), .qword)
        a.move(.rdx, .rax, .qword)
        a.shiftRight(.rdx, 32, .qword)
        a.move(.rax, .rax)
        return true
    }

    func emitPushFlags() -> Bool {
        guard i.width >= 2 else { return false }
        if !wantedBefore.isEmpty { saveFlags() }
        hostFlags = []
        guardKernel()
        readFlags()
        a.alu(.and, .register(.r11), immediate: ~(EFLAGS.rf | EFLAGS.vm))
        pushR11(size)
        return true
    }

    func emitPopFlags() -> Bool {
        guard i.width >= 2, mode.contains(.stack32) else { return false }
        clobberFlags(wantedBefore)
        guardKernel()
        let place = stackOperand(0, size, write: false)
        if size == 2 {
            a.emit(HostOpcode(0xB7, map: 1), reg: HostRegister.r10.rawValue, place)
        } else {
            a.load(.r10, place)
        }
        setFlags(size)
        moveStack(size)
        hostFlags = []
        flagsInMemory = true
        return true
    }

    /// The flags become those in R10D, unless others than status flags, IF and DF change. R11 is lost.
    func setFlags(_ size: Int32) {
        a.move(.r11, .r10)
        a.alu(.xor, .r11, state(layout.systemFlags))
        let others = ~(EFLAGS.status | EFLAGS.if | EFLAGS.df) & (size == 2 ? 0x7FD5 : 0x3F_7FD5)
        a.emit(HostOpcode(0xF7), reg: 0, .register(.r11))  // TEST
        a.dword(others)
        a.jump(.notEqual, slow())
        let isOff = a.label()
        a.emit(HostOpcode(0xF7), reg: 0, .register(.r10))
        a.dword(EFLAGS.if)
        a.jump(.equal, isOff)
        guardNoInterrupt()
        a.bind(isOff)
        a.alu(.and, .register(.r11), immediate: EFLAGS.if | EFLAGS.df)
        a.alu(.xor, state(layout.systemFlags), .r11)
        // Where IF is off now no interrupt is pending; where it is on none is either.
        a.alu(.and, state(layout.pending), immediate: ~CPUState.Pending.interrupt.rawValue)
        a.move(.r11, .r10)
        a.shiftRight(.r11, 11)
        a.alu(.and, .register(.r11), immediate: 1)
        a.shiftLeft(.r10, 8)
        a.alu(.and, .register(.r10), immediate: (EFLAGS.status & 0xFF) << 8)
        a.alu(.or, .r11, .register(.r10))
        a.store(state(layout.packedFlags), .r11, .word)
    }

    /// R11D becomes EFLAGS, of which the status flags are in memory. R10 is lost.
    func readFlags() {
        a.emit(HostOpcode(0xB7, map: 1), reg: HostRegister.r10.rawValue, state(layout.packedFlags))
        a.move(.r11, .r10)
        a.alu(.and, .register(.r11), immediate: 1)
        a.shiftLeft(.r11, 11)
        a.shiftRight(.r10, 8)
        a.alu(.and, .register(.r10), immediate: EFLAGS.status & 0xFF)
        a.alu(.or, .r11, .register(.r10))
        a.alu(.or, .r11, state(layout.systemFlags))
    }

    /// MOV and POP of DS, ES, FS and GS at CPL 0 where the selector and its descriptor are those that stand there already, as they are at most entries of
    /// a kernel. Everything else is the interpreter's.
    func emitLoadSegment(popping: Bool) -> Bool {
        let i = i, number = i.reg
        guard isFlat, mode.contains(.stack32), number != 1, number != 2, number < 6 else { return false }
        clobberFlags(wantedBefore)
        // They name segments as they are now.
        emitPointers(lastX87, spare: .r8)
        lastX87 = nil
        if popping {
            a.emit(HostOpcode(0xB7, map: 1), reg: HostRegister.r10.rawValue, stackOperand(0, size, write: false))
        } else if i.isMemory {
            address(into: .r9)
            a.emit(HostOpcode(0xB7, map: 1), reg: HostRegister.r10.rawValue, check(i.segment, 2, write: false))
        } else {
            guard i.rm != 4 else { return false }
            a.emit(HostOpcode(0xB7, map: 1), reg: HostRegister.r10.rawValue, .register(i.rm))
        }
        guardKernel()
        a.emit(HostOpcode(0xF6), reg: 0, state(layout.cr0), .byte)  // TEST PE
        a.byte(1)
        a.jump(.equal, slow())
        a.alu(.cmp, .r10, state(layout.selector(number)), .word)
        a.jump(.notEqual, slow())
        a.emit(HostOpcode(0xF6), reg: 0, .register(.r10), .byte)  // TEST TI
        a.byte(4)
        a.jump(.notEqual, slow())
        a.alu(.and, .register(.r10), immediate: 0xFFF8)
        a.lea(.r11, .at(.r10, 7))
        a.emit(HostOpcode(0xB7, map: 1), reg: HostRegister.r9.rawValue, state(layout.gdtLimit))
        a.alu(.cmp, .r11, .register(.r9))
        a.jump(.above, slow())
        a.alu(.add, .r10, state(layout.gdtBase))
        a.move(.r9, .r10)
        a.alu(.and, .register(.r9), immediate: 0xFFF)
        a.alu(.cmp, .register(.r9), immediate: 4096 - 8)
        a.jump(.above, slow())
        a.move(.r9, .r10)
        a.shiftRight(.r9, 12)
        a.load(.r9, .at(Pinned.maps, .r9, scale: 3, 0), .qword)
        a.test(.r9, .r9, .qword)
        a.jump(.equal, slow())
        a.load(.r9, .at(.r9, .r10), .qword)
        a.alu(.cmp, .r9, state(layout.raw(number)), .qword)
        a.jump(.notEqual, slow())
        a.emit(HostOpcode(0xBA, map: 1), reg: 4, .register(.r9), .qword)  // BT P: nothing was loaded from a descriptor of zeros
        a.byte(47)
        a.jump(.aboveOrEqual, slow())
        if popping { moveStack(size) }
        return true
    }

    private func guardKernel() {
        a.alu(.cmp, state(layout.cpl), immediate: 0, .byte)
        a.jump(.notEqual, slow())
    }

    private func guardNoInterrupt() {
        a.alu(.cmp, state(layout.intr), immediate: 0, .byte)
        a.jump(.notEqual, slow())
    }
}
