import X64Assembler
import X86

/// Emission of SDM Vol. 1 §5.1.2 to §5.1.6: the guest's operation becomes the host's, whose flags are then the guest's.
extension Translator {
    /// ADD, OR, ADC, SBB, AND, SUB, XOR, CMP by their number; 8: TEST.
    func emitBinary(_ number: UInt8) -> Bool {
        let i = i
        let writes = number < 7
        let isTest = number == 8
        if (number == 0 || number == 5) && i.movesESPByConstant && mode.contains(.stack32), let move = i.stackMove {
            if !item.liveOut.isDisjoint(with: .status) {
                readESP(into: .r10)
                beforeFlagWriter()
                a.alu(number == 0 ? .add : .sub, .register(.r10), immediate: i.immediate)
                afterFlagWriter()
            }
            stackOffset += move
            return true
        }
        let byte: UInt8 = width == .byte ? 0 : 1
        // E,G
        let store = HostOpcode(isTest ? 0x84 | byte : number << 3 | byte)
        let load = HostOpcode(number << 3 | 2 | byte)
        switch i.form {
        case .eg:
            if i.isMemory {
                if isHigh(i.reg, width) && !hasBMI2 { return false }
                access(size, write: writes) { operand in
                    if isHigh(i.reg, width) {
                        a.rorx(.r10, HostRegister(rawValue: i.reg & 3) ?? .rax, 8)
                        beforeFlagWriter()
                        a.emit(store, reg: HostRegister.r10.rawValue, operand, width)
                    } else {
                        let from = source(i.reg, width, spare: .r10)
                        beforeFlagWriter()
                        a.emit(store, reg: from, operand, width)
                    }
                }
            } else {
                // Restoring flags costs R11.
                beforeFlagWriter()
                let from = source(i.reg, width, spare: .r11)
                changing(i.rm, writes) { a.emit(store, reg: from, .register($0), width) }
            }
        case .ge:
            if i.isMemory {
                if isHigh(i.reg, width) {
                    guard hasBMI2 else { return false }
                    access(size, write: false) { operand in
                        beforeFlagWriter()
                        turning(i.reg) { a.emit(load, reg: $0, operand, width) }
                    }
                } else {
                    access(size, write: false) { operand in
                        beforeFlagWriter()
                        changing(i.reg, writes) { a.emit(load, reg: $0, operand, width) }
                    }
                }
            } else {
                beforeFlagWriter()
                let from = source(i.rm, width, spare: .r11)
                changing(i.reg, writes) { a.emit(load, reg: $0, .register(from), width) }
            }
        case .ei:
            func emit(_ operand: HostOperand) {
                if isTest {
                    a.emit(HostOpcode(0xF6 | byte), reg: 0, operand, width)
                    a.immediate(i.immediate, width)
                } else {
                    a.alu(
                        Assembler.Arithmetic(rawValue: number) ?? .cmp, operand, immediate: width == .word ? signed16(i.immediate) : i.immediate,
                        width)
                }
            }
            if i.isMemory {
                access(size, write: writes) {
                    beforeFlagWriter()
                    emit($0)
                }
            } else {
                beforeFlagWriter()
                changing(i.rm, writes) { emit(.register($0)) }
            }
        default: return false
        }
        afterFlagWriter()
        return true
    }

    private func signed16(_ value: UInt32) -> UInt32 { UInt32(bitPattern: Int32(Int16(truncatingIfNeeded: value))) }

    /// Emits something that reads and perhaps writes general register `number`. ESP is known to be read.
    private func changing(_ number: UInt8, _ writes: Bool, _ emit: (UInt8) -> Void) {
        guard number == 4 && width != .byte else { return emit(number) }
        readESP(into: .r10)
        emit(HostRegister.r10.rawValue)
        if writes { writeESP(.r10) }
    }

    /// An operation on E alone, with the opcode's extension: INC, DEC, NOT, NEG, shifts and rotates.
    func emitUnary(_ opcode: UInt8, _ number: UInt8, immediate: UInt8? = nil, flags: Bool = true) -> Bool {
        let i = i
        let code = HostOpcode(opcode | (width == .byte ? 0 : 1))
        func emit(_ operand: HostOperand) {
            if flags { beforeFlagWriter() }
            a.emit(code, reg: number, operand, width, regIsByte: false)
            if let immediate { a.byte(immediate) }
        }
        if i.isMemory { access(size, write: true, emit) } else { changing(i.rm, true) { emit(.register($0)) } }
        if flags { afterFlagWriter() }
        return true
    }

    func emitShift(_ number: UInt8) -> Bool {
        switch i.form {
        case .ecl: emitUnary(0xD2, number)
        case .e1: emitUnary(0xD0, number)
        default: emitUnary(0xC0, number, immediate: UInt8(truncatingIfNeeded: i.immediate))
        }
    }

    /// SHLD, SHRD. With 16 bits a count above 16 is undefined; the interpreter has the silicon's answer.
    func emitDoubleShift(_ opcode: UInt8) -> Bool {
        let i = i
        guard width == .dword, i.reg != 4, i.isMemory || i.rm != 4 else { return false }
        func emit(_ operand: HostOperand) {
            beforeFlagWriter()
            if i.form == .egcl {
                a.emit(HostOpcode(opcode + 1, map: 1), reg: i.reg, operand, width)
            } else {
                a.emit(HostOpcode(opcode, map: 1), reg: i.reg, operand, width)
                a.byte(UInt8(truncatingIfNeeded: i.immediate))
            }
        }
        if i.isMemory { access(size, write: true, emit) } else { emit(.register(i.rm)) }
        afterFlagWriter()
        return true
    }

    /// MUL and IMUL of the accumulator.
    func emitMultiply(_ number: UInt8) -> Bool {
        reading(size, width) {
            beforeFlagWriter()
            a.emit(HostOpcode(width == .byte ? 0xF6 : 0xF7), reg: number, $0, width, regIsByte: false)
        }
        afterFlagWriter()
        return true
    }

    func emitMultiplyTo() -> Bool {
        let i = i
        guard i.reg != 4 else { return false }
        reading(size, width) {
            beforeFlagWriter()
            guard i.has(.gei) else { return a.emit(HostOpcode(0xAF, map: 1), reg: i.reg, $0, width) }
            a.emit(HostOpcode(0x69), reg: i.reg, $0, width)
            a.immediate(i.immediate, width)
        }
        afterFlagWriter()
        return true
    }

    /// DIV and IDIV. Operands that would raise #DE, and rare ones that might, are the interpreter's.
    func emitDivide(signed: Bool) -> Bool {
        guard !signed || width == .dword else { return false }
        clobberFlags(wantedBefore)
        reading(size, width) {
            if width == .byte {
                if case .register(let number) = $0, number >= 4, number < 8 {
                    a.move(.r10, HostRegister(rawValue: number & 3) ?? .rax)
                    a.shiftRight(.r10, 8)
                } else {
                    a.load(.r10, $0, .byte)
                }
            } else {
                a.load(.r10, $0, width)
            }
        }
        if signed {
            // EDX the sign of EAX, as CDQ makes it, and neither 0 nor -1 to divide by: then nothing overflows.
            a.move(.r11, .rax)
            a.emit(HostOpcode(0xC1), reg: 7, .register(.r11))
            a.byte(31)
            a.alu(.cmp, .r11, .register(.rdx))
            a.jump(.notEqual, slow())
            a.lea(.r11, .at(.r10, 1))
            a.alu(.cmp, .register(.r11), immediate: 1)
            a.jump(.belowOrEqual, slow())
        } else if width == .byte {
            a.move(.r11, .rax)
            a.shiftRight(.r11, 8)
            a.alu(.cmp, .register(.r11), .r10, .byte)
            a.jump(.aboveOrEqual, slow())
        } else {
            a.alu(.cmp, .register(.rdx), .r10, width)
            a.jump(.aboveOrEqual, slow())
        }
        beforeFlagWriter()
        a.emit(HostOpcode(width == .byte ? 0xF6 : 0xF7), reg: signed ? 7 : 6, .register(.r10), width, regIsByte: false)
        afterFlagWriter()
        return true
    }

    func emitBit(_ number: UInt8) -> Bool {
        let i = i
        guard width != .byte, i.isMemory || i.rm != 4, i.has(.ei) || i.reg != 4 else { return false }
        if i.isMemory && !i.has(.ei) { return emitBitString(number) }
        func emit(_ operand: HostOperand) {
            beforeFlagWriter()
            if i.has(.ei) {
                a.emit(HostOpcode(0xBA, map: 1), reg: number, operand, width)
                a.byte(UInt8(truncatingIfNeeded: i.immediate & UInt32(i.width * 8 - 1)))
            } else {
                a.emit(HostOpcode(0x83 | number << 3, map: 1), reg: i.reg, operand, width)
            }
        }
        if i.isMemory { access(size, write: number != 4, emit) } else { emit(.register(i.rm)) }
        afterFlagWriter()
        return true
    }

    /// BT and its like with the number in a register: memory is a string of bits.
    private func emitBitString(_ number: UInt8) -> Bool {
        let i = i
        guard width == .dword, !i.isAddress16 else { return false }
        clobberFlags(wantedBefore)
        address(into: .r9)
        a.move(.r10, Translator.host(i.reg))
        a.emit(HostOpcode(0xC1), reg: 7, .register(.r10))  // SAR
        a.byte(5)
        a.lea(.r9, .at(.r9, .r10, scale: 2, 0))
        let operand = check(i.segment, 4, write: number != 4)
        a.load(.r10, operand)
        beforeFlagWriter()
        a.emit(HostOpcode(0x83 | number << 3, map: 1), reg: i.reg, .register(.r10))
        if number != 4 { a.store(operand, .r10) }
        afterFlagWriter()
        return true
    }

    /// CMPXCHG8B. Without LOCK: no other processor sees this memory.
    func emitExchange8() -> Bool {
        access(8, write: true) {
            beforeFlagWriter()
            a.emit(HostOpcode(0xC7, map: 1), reg: 1, $0)
        }
        afterFlagWriter()
        return true
    }

    func emitScan(_ opcode: UInt8) -> Bool {
        let i = i
        guard i.reg != 4 else { return false }
        reading(size, width) {
            beforeFlagWriter()
            a.emit(HostOpcode(opcode, map: 1), reg: i.reg, $0, width)
        }
        afterFlagWriter()
        return true
    }

    func emitSetCondition() -> Bool {
        let i = i
        let code = HostOpcode(0x90 | i.reg & 15, map: 1)
        if i.isMemory {
            access(1, write: true) {
                needFlags(item.effects.reads)
                a.emit(code, reg: 0, $0, .byte)
            }
        } else {
            needFlags(item.effects.reads)
            a.emit(code, reg: 0, .register(i.rm), .byte)
        }
        return true
    }

    func emitConditionalMove() -> Bool {
        let i = i
        guard i.reg != 4 else { return false }
        let code = HostOpcode(0x40 | UInt8(truncatingIfNeeded: i.immediate2) & 15, map: 1)
        reading(size, width) {
            needFlags(item.effects.reads)
            a.emit(code, reg: i.reg, $0, width)
        }
        return true
    }

    /// XADD and CMPXCHG. Without LOCK: no other processor sees this memory.
    func emitExchangeWith(_ opcode: UInt8) -> Bool {
        let i = i
        guard i.reg != 4 || width == .byte, i.isMemory || i.rm != 4 || width == .byte, !(i.isMemory && isHigh(i.reg, width)) else { return false }
        func emit(_ operand: HostOperand) {
            beforeFlagWriter()
            a.emit(HostOpcode(opcode | (width == .byte ? 0 : 1), map: 1), reg: i.reg, operand, width)
        }
        if i.isMemory { access(size, write: true, emit) } else { emit(.register(i.rm)) }
        afterFlagWriter()
        return true
    }

    /// One of the host's one-byte instructions, as it is.
    func emitVerbatim(_ opcode: UInt8, reads: Bool = false, flags: Bool = true, word: Bool = false) -> Bool {
        if flags { beforeFlagWriter() } else if reads { needFlags(.status) }
        if word { a.byte(0x66) }
        a.byte(opcode)
        if flags { afterFlagWriter() }
        return true
    }
}
