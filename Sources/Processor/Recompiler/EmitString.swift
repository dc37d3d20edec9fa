import X64Assembler
import X86

/// Emission of string instructions (SDM Vol. 1 §5.1.8), upward; downward they are the interpreter's.
extension Translator {
    func emitString() -> Bool {
        let i = i
        if i.isRep || i.isRepne { return i.operation == .SCAS || i.operation == .CMPS ? emitRepeatedComparison() : emitRepeated() }
        clobberFlags(wantedBefore)
        guardDirection()
        switch i.operation {
        case .MOVS:
            loadSource()
            let target = destination(write: true)
            a.load(.r10, state(layout.scratch))
            a.store(target, .r10, width)
            advance(.rsi)
            advance(.rdi)
        case .STOS:
            a.store(destination(write: true), .rax, width)
            advance(.rdi)
        case .LODS:
            indexAddress(.rsi)
            a.load(.rax, check(i.segment, size, write: false), width)
            advance(.rsi)
        case .SCAS:
            let target = destination(write: false)
            a.alu(.cmp, .rax, target, width)
            afterComparison()
            advance(.rdi)
        case .CMPS:
            loadSource()
            let target = destination(write: false)
            a.load(.r10, state(layout.scratch))
            a.alu(.cmp, .r10, target, width)
            afterComparison()
            advance(.rsi)
            advance(.rdi)
        default: return false
        }
        return true
    }

    /// REP MOVS and REP STOS where addresses are plain or have 16 bits. Iterations count as instructions: in exact runs only the interpreter may stop between them.
    private func emitRepeated() -> Bool {
        let i = i
        guard !exact, i.isAddress16 || mode.isFlat(0) else { return false }
        let routine: Int, moves = i.operation == .MOVS
        switch (i.operation, i.width) {
        case (.MOVS, 1): routine = routines.repeatMove.byte
        case (.MOVS, 2): routine = routines.repeatMove.word
        case (.MOVS, 4): routine = routines.repeatMove.dword
        case (.STOS, 1): routine = routines.repeatStore.byte
        case (.STOS, 2): routine = routines.repeatStore.word
        case (.STOS, 4): routine = routines.repeatStore.dword
        default: return false
        }
        if !i.isAddress16 && moves && !mode.isFlat(i.segment) { return false }
        clobberFlags(wantedBefore)
        guardDirection()
        if i.isAddress16 {
            emitRepeated16(routine, shift: UInt8(i.width >> 1), moves: moves)
            return true
        }
        call(routine)
        a.jump(.notEqual, slow())
        return true
    }

    /// REPE and REPNE of CMPS and SCAS, an iteration after the other; between two the interpreter can take over.
    private func emitRepeatedComparison() -> Bool {
        guard !exact else { return false }
        let done = a.label(), counter: HostWidth = i.isAddress16 ? .word : .dword
        clobberFlags(wantedBefore)
        guardDirection()
        a.test(.rcx, .rcx, counter)
        a.jump(.equal, done)
        let again = a.here()
        if i.operation == .CMPS {
            loadSource()
            let target = destination(write: false)
            a.load(.r10, state(layout.scratch))
            a.alu(.cmp, .r10, target, width)
            advance(.rsi)
        } else {
            a.alu(.cmp, .rax, destination(write: false), width)
        }
        advance(.rdi)
        a.lea(.r10, .at(.rcx, -1))
        a.move(.rcx, .r10, counter)
        if !item.liveOut.isEmpty { emitSaveFlags() }
        a.jump(i.isRepne ? .equal : .notEqual, done)
        a.alu(.sub, state(layout.budget), immediate: 1, .qword)
        a.jump(.sign, slow())
        a.test(.rcx, .rcx, counter)
        a.jump(.notEqual, again)
        a.bind(done)
        hostFlags = []
        flagsInMemory = true
        return true
    }

    /// The table says "may write" of them, for a count of 0.
    private func afterComparison() {
        hostFlags = .status
        flagsInMemory = item.liveOut.isEmpty
    }

    private func guardDirection() {
        a.emit(HostOpcode(0xF6), reg: 0, state(layout.systemFlags + 1), .byte)  // TEST DF
        a.byte(UInt8(EFLAGS.df >> 8))
        a.jump(.notEqual, slow())
    }

    /// The element at the source, to memory: what makes the other address needs the registers.
    private func loadSource() {
        indexAddress(.rsi)
        a.load(.r10, check(i.segment, size, write: false), width)
        a.store(state(layout.scratch), .r10)
    }

    private func destination(write: Bool) -> HostOperand {
        indexAddress(.rdi)
        return check(0, size, write: write)
    }

    private func indexAddress(_ register: HostRegister) {
        if i.isAddress16 { a.emit(HostOpcode(0xB7, map: 1), reg: HostRegister.r9.rawValue, .register(register)) } else { a.move(.r9, register) }
    }

    private func advance(_ register: HostRegister) {
        if i.isAddress16 {
            a.lea(.r10, .at(register, size))
            a.move(register, .r10, .word)
        } else {
            a.lea(register, .at(register, size))
        }
    }
}

extension Routines {
    /// REP MOVS or REP STOS of guest registers, page by page through the maps, without segments. Back with ZF set: ECX is 0. ZF clear: the
    /// interpreter must go on from where the registers say.
    static func emitRepeat(_ a: inout Assembler, opcode: UInt8, shift: UInt8, moves: Bool) -> Int {
        let budget = HostOperand.at(Pinned.state, StateLayout.shared.budget)
        a.align(16)
        let start = a.position
        let fails = a.label(), isSpent = a.label(), done = a.label()
        a.test(.rcx, .rcx)
        a.jump(.equal, done)
        let again = a.here()
        /// Host address of what `register` points to, and the bytes left in its page.
        func find(_ register: HostRegister, _ map: Int, _ host: HostRegister, _ left: HostRegister) {
            a.move(host, register)
            a.shiftRight(host, 12)
            a.load(host, .at(Pinned.maps, host, scale: 3, Int32(map)), .qword)
            a.test(host, host, .qword)
            a.jump(.equal, fails)
            a.alu(.add, host, .register(register), .qword)
            a.move(left, register)
            a.alu(.or, .register(left), immediate: 0xFFFF_F000)
            a.emit(HostOpcode(0xF7), reg: 3, .register(left))  // NEG
        }
        find(.rdi, TranslationMaps.mapBytes, .r9, .r10)
        if moves {
            find(.rsi, 0, .r8, .r11)
            a.alu(.cmp, .r10, .register(.r11))
            a.emit(HostOpcode(0x47, map: 1), reg: HostRegister.r10.rawValue, .register(.r11))  // CMOVA
        }
        if shift > 0 {
            a.shiftRight(.r10, shift)
            a.jump(.equal, fails)
        }
        a.alu(.cmp, .r10, .register(.rcx))
        a.emit(HostOpcode(0x47, map: 1), reg: HostRegister.r10.rawValue, .register(.rcx))  // CMOVA
        a.alu(.sub, budget, .r10, .qword)
        a.jump(.sign, isSpent)
        a.move(.r11, .rcx)
        a.push(.rdi)
        a.move(.rdi, .r9, .qword)
        if moves {
            a.push(.rsi)
            a.move(.rsi, .r8, .qword)
        }
        a.move(.rcx, .r10)
        if shift == 1 { a.byte(0x66) }
        a.byte(0xF3)
        a.byte(opcode)
        if moves {
            a.pop(.rsi)
            a.lea(.rsi, .at(.rsi, .r10, scale: shift, 0))
        }
        a.pop(.rdi)
        a.lea(.rdi, .at(.rdi, .r10, scale: shift, 0))
        a.move(.rcx, .r11)
        a.alu(.sub, .rcx, .register(.r10))
        a.jump(.notEqual, again)
        a.bind(done)
        a.ret()
        // These iterations are not done.
        a.bind(isSpent)
        a.alu(.add, budget, .r10, .qword)
        a.bind(fails)
        a.test(.rsp, .rsp, .qword)
        a.ret()
        return start
    }
}
