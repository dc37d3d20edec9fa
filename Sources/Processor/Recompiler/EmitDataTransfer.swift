import X64Assembler
import X86

/// Emission of SDM Vol. 1 §5.1.1, data transfer (`Interpreter/DataTransfer.swift` says what each means).
extension Translator {
    var width: HostWidth { HostWidth(rawValue: i.width) ?? .dword }
    var size: Int32 { Int32(i.width) }

    /// The host's number of general register `number`, read; ESP is made up in `spare`.
    func source(_ number: UInt8, _ width: HostWidth, spare: HostRegister) -> UInt8 {
        guard number == 4 && width != .byte else { return number }
        readESP(into: spare)
        return spare.rawValue
    }

    /// Whether `number` names AH…BH.
    func isHigh(_ number: UInt8, _ width: HostWidth) -> Bool { width == .byte && number >= 4 }

    /// Emits something that writes general register `number`; `emit` gets the host's number for it.
    func writing(_ number: UInt8, _ width: HostWidth, reads: Bool, _ emit: (UInt8) -> Void) {
        guard number == 4 && width != .byte else { return emit(number) }
        if reads || width == .word { readESP(into: .r10) }
        emit(HostRegister.r10.rawValue)
        writeESP(.r10)
    }

    /// AH…BH beside operands that need REX: `emit` sees its register turned so that AL…BL holds it.
    func turning(_ number: UInt8, _ emit: (UInt8) -> Void) {
        let register = HostRegister(rawValue: number & 3) ?? .rax
        a.rorx(register, register, 8)
        emit(number & 3)
        a.rorx(register, register, 24)
    }

    /// The E operand read, and what is done with it.
    func reading(_ size: Int32, _ width: HostWidth, _ emit: (HostOperand) -> Void) {
        if i.isMemory { access(size, write: false, emit) } else { emit(.register(source(i.rm, width, spare: .r10))) }
    }

    func emitMove() -> Bool {
        let i = i
        switch i.form {
        case .ei, .ri:
            if i.isMemory {
                access(size, write: true) { a.store($0, immediate: i.immediate, width) }
            } else if width == .dword && i.rm != 4 {
                a.move(Translator.host(i.rm), immediate: i.immediate)
            } else {
                writing(i.rm, width, reads: false) {
                    a.emit(HostOpcode(width == .byte ? 0xC6 : 0xC7), reg: 0, .register($0), width); a.immediate(i.immediate, width)
                }
            }
        case .eg:
            let opcode = HostOpcode(width == .byte ? 0x88 : 0x89)
            if i.isMemory {
                if isHigh(i.reg, width) && !hasBMI2 { return false }
                access(size, write: true) { target in
                    if isHigh(i.reg, width) {
                        a.rorx(.r10, HostRegister(rawValue: i.reg & 3) ?? .rax, 8)
                        a.store(target, .r10, .byte)
                    } else {
                        a.emit(opcode, reg: source(i.reg, width, spare: .r11), target, width)
                    }
                }
            } else {
                moveRegister(i.rm, i.reg)
            }
        case .ge:
            if i.isMemory {
                if isHigh(i.reg, width) {
                    guard hasBMI2 else { return false }
                    access(size, write: false) { operand in turning(i.reg) { a.emit(HostOpcode(0x8A), reg: $0, operand, .byte) } }
                } else {
                    access(size, write: false) { operand in
                        writing(i.reg, width, reads: false) { a.emit(HostOpcode(width == .byte ? 0x8A : 0x8B), reg: $0, operand, width) }
                    }
                }
            } else {
                moveRegister(i.reg, i.rm)
            }
        default: return false
        }
        return true
    }

    private func moveRegister(_ target: UInt8, _ from: UInt8) {
        let opcode = HostOpcode(width == .byte ? 0x88 : 0x89)
        let from = source(from, width, spare: .r11)
        writing(target, width, reads: false) { a.emit(opcode, reg: from, .register($0), width) }
    }

    /// MOV with an absolute offset.
    func emitMoveOffset(load: Bool) -> Bool {
        clobberFlags(wantedBefore)
        a.move(.r9, immediate: i.displacement)
        let operand = check(i.segment, size, write: !load)
        if load {
            a.emit(HostOpcode(width == .byte ? 0x8A : 0x8B), reg: 0, operand, width)
        } else {
            a.emit(HostOpcode(width == .byte ? 0x88 : 0x89), reg: 0, operand, width)
        }
        return true
    }

    /// MOVZX, MOVSX: `width` is the source's.
    func emitExtend(_ opcode: UInt8) -> Bool {
        let i = i
        let target: HostWidth = i.isOperand16 ? .word : .dword
        let code = HostOpcode(opcode | (width == .byte ? 0 : 1), map: 1)
        if !i.isMemory && isHigh(i.rm, width) && i.reg == 4 { return false }
        reading(size, width) { operand in
            writing(i.reg, target, reads: false) { a.emit(code, reg: $0, operand, target, regIsByte: false, rmIsByte: width == .byte) }
        }
        return true
    }

    func emitLoadAddress() -> Bool {
        let i = i
        if i.reg == 4 {
            if mode.contains(.stack32), i.width == 4, let move = i.stackMove {
                stackOffset += move
                return true
            }
            guard i.width == 4 else { return false }
            address(into: .r10)
            writeESP(.r10)
            return true
        }
        if i.width == 4 && i.base != 4 && !i.isAddress16 {
            address(into: Translator.host(i.reg))
        } else {
            address(into: .r10)
            a.move(Translator.host(i.reg), .r10, width)
        }
        return true
    }

    func emitExchange() -> Bool {
        let i = i
        if i.isMemory {
            if isHigh(i.reg, width) { return false }
            access(size, write: true) { operand in
                a.load(.r10, operand, width)
                a.emit(HostOpcode(width == .byte ? 0x88 : 0x89), reg: source(i.reg, width, spare: .r11), operand, width)
                if i.reg == 4 && width != .byte {
                    if width == .word {
                        readESP(into: .r11)
                        a.move(.r11, .r10, .word)
                        writeESP(.r11)
                    } else {
                        writeESP(.r10)
                    }
                } else {
                    a.emit(HostOpcode(width == .byte ? 0x88 : 0x89), reg: HostRegister.r10.rawValue, .register(i.reg), width)
                }
            }
            return true
        }
        let other = i.form == .r ? 0 : i.reg
        guard width == .byte || i.rm != 4 && other != 4 else { return false }
        a.emit(HostOpcode(width == .byte ? 0x86 : 0x87), reg: other, .register(i.rm), width)
        return true
    }

    // MARK: Stack

    /// The bytes at `offset` from ESP, `size` of them, as a host operand. R10 and R11 are lost where the window does not cover them.
    func stackOperand(_ offset: Int32, _ size: Int32, write: Bool) -> HostOperand {
        if let place = windowPlace(offset, size) { return place }
        clobberFlags(wantedBefore)
        readESP(into: .r9)
        if offset != 0 { a.lea(.r9, .at(.r9, offset)) }
        if !mode.contains(.stack32) { a.emit(HostOpcode(0xB7, map: 1), reg: HostRegister.r9.rawValue, .register(.r9)) }
        return check(2, size, write: write)
    }

    func moveStack(_ by: Int32) {
        if mode.contains(.stack32) {
            stackOffset += by
        } else {
            readESP(into: .r10)
            a.lea(.r9, .at(.r10, by))
            a.move(.r10, .r9, .word)
            a.move(Pinned.stack, .r10)
            a.move(Pinned.stackDelta, immediate: 0)
            stackOffset = 0
        }
    }

    /// Pushes R11, which survives.
    func pushR11(_ size: Int32) {
        if let place = windowPlace(-size, size) {
            a.store(place, .r11, size == 2 ? .word : .dword)
        } else {
            a.store(state(layout.scratch), .r11)
            let place = stackOperand(-size, size, write: true)
            a.load(.r11, state(layout.scratch))
            a.store(place, .r11, size == 2 ? .word : .dword)
        }
        moveStack(-size)
    }

    func emitPush() -> Bool {
        let i = i
        guard i.width >= 2 else { return false }
        switch i.form {
        case .i:
            let place = stackOperand(-size, size, write: true)
            a.store(place, immediate: i.immediate, width)
            moveStack(-size)
        case .r, .e:
            if i.isMemory {
                access(size, write: false) { a.load(.r11, $0, width) }
                pushR11(size)
            } else if i.rm == 4 {
                readESP(into: .r11)
                pushR11(size)
            } else {
                let place = stackOperand(-size, size, write: true)
                a.store(place, Translator.host(i.rm), width)
                moveStack(-size)
            }
        default: return false
        }
        return true
    }

    func emitPushSegment() -> Bool {
        a.emit(HostOpcode(0xB7, map: 1), reg: HostRegister.r11.rawValue, state(layout.selector(i.reg)))
        pushR11(size)
        return true
    }

    func emitPop() -> Bool {
        guard !i.isMemory, i.width >= 2, i.rm != 4 else { return false }
        let place = stackOperand(0, size, write: false)
        a.load(Translator.host(i.rm), place, width)
        moveStack(size)
        return true
    }

    func emitLeave() -> Bool {
        guard mode.contains(.stack32), i.width == 4 else { return false }
        clobberFlags(wantedBefore)
        a.move(.r9, .rbp)
        let place = check(2, 4, write: false)
        a.load(.r10, place)
        a.lea(.r11, .at(.rbp, 4))
        a.move(.rbp, .r10)
        writeESP(.r11)
        return true
    }

    /// The return address of the current call or the top of the stack, to R8D, and off the stack with `extra` more bytes.
    func popReturn(_ size: Int32, extra: Int32) {
        let place = stackOperand(0, size, write: false)
        if size == 2 { a.emit(HostOpcode(0xB7, map: 1), reg: HostRegister.r8.rawValue, place) } else { a.load(.r8, place) }
        if !isFlat {
            clobberFlags(wantedBefore)
            a.alu(.cmp, .r8, state(layout.limit(1)))
            a.jump(.above, slow())
        }
        moveStack(size + extra)
    }
}
