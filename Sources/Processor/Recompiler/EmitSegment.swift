import X64Assembler
import X86

/// Emission of SDM Vol. 1 §5.1.10, segment registers, and of far transfers, where a load is a selector and its base and nothing else
/// (`CodeMode.realSegments`); elsewhere the interpreter walks the descriptors. SS, which holds interrupts off, is the interpreter's everywhere.
extension Translator {
    /// Segment register `number` becomes `selector`, zero-extended; `base` is lost. Without touching flags.
    private func loadSegment(_ number: UInt8, _ selector: HostRegister, base: HostRegister) {
        a.store(state(layout.selector(number)), selector, .word)
        a.leaScaled(base, selector, scale: 3, 0)
        a.lea(base, .at(base, base))
        a.store(state(layout.base(number)), base)
        a.store(state(layout.raw(number)), immediate: 0, .qword)
    }

    /// The last x87 instruction's selectors are read before they change.
    private func settlePointers() {
        emitPointers(lastX87, spare: .r8)
        lastX87 = nil
    }

    private func loadWord(_ target: HostRegister, _ operand: HostOperand) {
        a.emit(HostOpcode(0xB7, map: 1), reg: target.rawValue, operand)  // MOVZX
    }

    func emitMoveToSegment() -> Bool {
        guard mode.contains(.realSegments) else { return emitLoadSegment(popping: false) }
        guard i.reg != 2 else { return false }
        settlePointers()
        reading(2, .word) { loadWord(.r10, $0) }
        loadSegment(i.reg, .r10, base: .r11)
        return true
    }

    func emitMoveFromSegment() -> Bool {
        let from = state(layout.selector(i.reg))
        if i.isMemory {
            access(2, write: true) { target in
                loadWord(.r10, from)
                a.store(target, .r10, .word)
            }
        } else {
            guard i.rm != 4 else { return false }
            if i.width == 2 { a.load(Translator.host(i.rm), from, .word) } else { loadWord(Translator.host(i.rm), from) }
        }
        return true
    }

    func emitPopSegment() -> Bool {
        guard mode.contains(.realSegments) else { return emitLoadSegment(popping: true) }
        guard i.reg != 2 else { return false }
        settlePointers()
        loadWord(.r11, stackOperand(0, size, write: false))
        moveStack(size)
        loadSegment(i.reg, .r11, base: .r10)
        return true
    }

    /// LES, LDS, LFS, LGS
    func emitLoadFar() -> Bool {
        let number = UInt8(truncatingIfNeeded: i.immediate2)
        guard mode.contains(.realSegments), number != 2, i.reg != 4 else { return false }
        settlePointers()
        clobberFlags(wantedBefore)
        address(into: .r9)
        let pointer = check(i.segment, size + 2, write: false)
        a.load(.r10, pointer, width)
        loadWord(.r11, .at(.r8, .r9, scale: 0, size))
        a.move(Translator.host(i.reg), .r10, width)
        loadSegment(number, .r11, base: .r10)
        return true
    }

    func emitTranslate() -> Bool {
        clobberFlags(wantedBefore)
        a.emit(HostOpcode(0xB6, map: 1), reg: HostRegister.r9.rawValue, .register(.rax), .dword, regIsByte: false, rmIsByte: true)
        a.lea(.r9, .at(.rbx, .r9))
        if i.isAddress16 { loadWord(.r9, .register(.r9)) }
        a.load(.rax, check(i.segment, 1, write: false), .byte)
        return true
    }

    // MARK: Far transfers

    func emitFarJump() -> Bool {
        guard mode.contains(.realSegments) else { return false }
        settlePointers()
        guardFarTarget()
        enterFarTarget()
        exitToR8()
        return true
    }

    func emitFarCall() -> Bool {
        guard mode.contains(.realSegments) else { return false }
        settlePointers()
        guardFarTarget()
        // Both words by one check: where they part, the interpreter pushes them.
        let place = stackOperand(-2 * size, 2 * size, write: true)
        loadWord(.r11, state(layout.selector(1)))
        a.store(.at(.r8, .r9, scale: 0, size), .r11, width)
        a.load(.r11, state(layout.pageBase))
        a.lea(.r11, .at(.r11, Int32(truncatingIfNeeded: item.end)))
        a.store(place, .r11, width)
        moveStack(-2 * size)
        enterFarTarget()
        callOutToR8()
        return true
    }

    func emitFarReturn() -> Bool {
        guard mode.contains(.realSegments) else { return false }
        settlePointers()
        let size = i.returnWidth
        clobberFlags(wantedBefore)
        let place = stackOperand(0, 2 * size, write: false)
        loadWord(.r11, .at(.r8, .r9, scale: 0, size))
        if size == 2 { loadWord(.r8, place) } else { a.load(.r8, place) }
        a.alu(.cmp, .r8, state(layout.limit(1)))
        a.jump(.above, slow())
        moveStack(2 * size + Int32(bitPattern: i.immediate & 0xFFFF))
        loadSegment(1, .r11, base: .r10)
        returnToR8()
        return true
    }

    // MARK: Interrupts in real mode

    /// INT n by the vector table.
    func emitInterrupt() -> Bool {
        guard mode.contains(.realSegments) else { return false }
        settlePointers()
        clobberFlags(wantedBefore)
        saveFlags()
        let vector = (i.immediate & 0xFF) * 4
        guardFlags(EFLAGS.vm | EFLAGS.tf | EFLAGS.ac)
        a.emit(HostOpcode(0x81), reg: 7, state(layout.idtLimit), .word)  // CMP
        a.immediate(vector + 3, .word)
        a.jump(.below, slow())
        a.load(.r9, state(layout.idtBase))
        a.lea(.r9, .at(.r9, Int32(vector)))
        a.load(.r11, check(nil, 4, write: false))
        a.store(state(layout.target), .r11)
        let place = stackOperand(-6, 6, write: true)
        readFlags()
        a.store(.at(.r8, .r9, scale: 0, 4), .r11, .word)
        loadWord(.r11, state(layout.selector(1)))
        a.store(.at(.r8, .r9, scale: 0, 2), .r11, .word)
        a.load(.r11, state(layout.pageBase))
        a.lea(.r11, .at(.r11, Int32(truncatingIfNeeded: item.end)))
        a.store(place, .r11, .word)
        moveStack(-6)
        a.alu(.and, state(layout.systemFlags), immediate: ~(EFLAGS.if | EFLAGS.rf))
        a.alu(.and, state(layout.pending), immediate: ~CPUState.Pending.interrupt.rawValue)
        loadWord(.r8, state(layout.target))
        loadWord(.r11, state(layout.target + 2))
        loadSegment(1, .r11, base: .r10)
        callOutToR8()
        return true
    }

    func emitInterruptReturn() -> Bool {
        guard mode.contains(.realSegments), i.isOperand16 else { return false }
        settlePointers()
        clobberFlags(wantedBefore)
        guardFlags(EFLAGS.vm | EFLAGS.rf)
        a.alu(.cmp, state(layout.nmiBlocked), immediate: 0, .byte)
        a.jump(.notEqual, slow())
        let place = stackOperand(0, 6, write: false)
        loadWord(.r11, place)
        a.alu(.cmp, .r11, state(layout.limit(1)))
        a.jump(.above, slow())
        loadWord(.r10, .at(.r8, .r9, scale: 0, 4))
        setFlags(2)
        loadWord(.r11, .at(.r8, .r9, scale: 0, 2))
        loadWord(.r8, place)
        moveStack(6)
        loadSegment(1, .r11, base: .r10)
        hostFlags = []
        flagsInMemory = true
        returnToR8()
        return true
    }

    /// Where one of these is set the interpreter must help.
    private func guardFlags(_ flags: UInt32) {
        a.emit(HostOpcode(0xF7), reg: 0, state(layout.systemFlags))  // TEST
        a.dword(flags)
        a.jump(.notEqual, slow())
    }

    private var farOffset: UInt32 { i.width == 2 ? i.immediate & 0xFFFF : i.immediate }

    private func guardFarTarget() {
        clobberFlags(wantedBefore)
        a.alu(.cmp, state(layout.limit(1)), immediate: farOffset)
        a.jump(.below, slow())
    }

    private func enterFarTarget() {
        a.store(state(layout.selector(1)), immediate: UInt32(i.immediate2), .word)
        a.store(state(layout.base(1)), immediate: UInt32(i.immediate2) << 4)
        a.move(.r8, immediate: farOffset)
    }

    // MARK: Strings

    /// `routine` for REP MOVS and REP STOS with 16-bit addresses: where neither operand leaves its segment.
    func emitRepeated16(_ routine: Int, shift: UInt8, moves: Bool) {
        clobberFlags(wantedBefore)
        func guardEnd(_ register: HostRegister, _ end: Int32) {
            loadWord(.r9, .register(register))
            a.lea(.r9, .at(.r9, .r8, scale: shift, 0))
            a.alu(.cmp, .r9, state(end), .qword)
            a.jump(.above, slow())
        }
        loadWord(.r8, .register(.rcx))
        guardEnd(.rdi, layout.writeEnd(0))
        if moves { guardEnd(.rsi, layout.readEnd(i.segment)) }
        let registers: [(HostRegister, base: Int32)] = (moves ? [(.rsi, layout.base(i.segment))] : []) + [(.rdi, layout.base(0))]
        a.push(.rcx)
        a.move(.rcx, .r8)
        for (register, base) in registers {
            a.push(register)
            loadWord(register, .register(register))
            a.alu(.add, register, state(base))
        }
        call(routine)
        a.emit(HostOpcode(0x95, map: 1), reg: 0, .register(.r11), .byte)  // SETNE
        for (register, base) in registers.reversed() {
            a.alu(.sub, register, state(base))
            a.pop(.r10)
            a.move(.r10, register, .word)
            a.move(register, .r10)
        }
        a.pop(.r10)
        a.move(.r10, .rcx, .word)
        a.move(.rcx, .r10)
        a.test(.r11, .r11, .byte)
        a.jump(.notEqual, slow())
    }
}
