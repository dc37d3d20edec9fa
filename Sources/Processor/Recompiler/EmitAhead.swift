import X64Assembler
import X86

/// Addresses made ahead of flags. In CMP EAX, ECX; MOV [EBX], EDX; JZ the check of the store's address would destroy what JZ looks at, and saving it costs more
/// than the store; so the check stands before the CMP, which leaves R8 and R9 alone. Where the check finds that only the interpreter can help, that does
/// all from the CMP on.
extension Translator {
    struct Ahead {
        /// The instruction whose operand it is.
        var index: Int
        var operand: HostOperand
        var after: Assembler.Label
    }

    private static let farthest = 3

    /// Before the current instruction: makes the address of the first operand behind it, if flags would otherwise have to be saved for it.
    func makeAddressAhead() {
        guard ahead == nil, item.liveIn.isEmpty, let target = targetOfAhead() else { return }
        let first = index
        index = target
        defer { index = first }
        guard windowOperand(size) == nil else { return }
        clobberFlags([])
        address(into: .r9)
        var before: [UInt] = []
        for position in first..<target {
            index = position
            before.append(site())
        }
        index = target
        let operand = check(i.segment, size, write: i.form == .eg || i.form == .ei)
        if let after = addSitesBefore(before) { ahead = Ahead(index: target, operand: operand, after: after) }
    }

    /// The number of the next instruction with a memory operand, if flags live there and what stands between works on registers alone and
    /// leaves those of the address as they are.
    private func targetOfAhead() -> Int? {
        var written: Set<UInt8> = []
        for position in index..<min(index + Self.farthest, trace.items.count - 1) {
            let item = trace.items[position]
            guard !item.isLastOfBlock, !item.straddles, position == index || !item.liveIn.isEmpty,
                let register = unsafe item.instruction.pointee.onlyRegisterWritten
            else { return nil }
            if register != Instruction.noRegister { written.insert(register) }
            let next = trace.items[position + 1]
            let i = unsafe next.instruction.pointee
            guard i.isSimpleAccess, !next.straddles else { continue }
            return next.liveIn.isEmpty || written.contains(i.base) || written.contains(i.index) ? nil : position + 1
        }
        return nil
    }
}

extension Instruction {
    /// Of arithmetic between registers and constants: the register written, `noRegister` for none; nil for everything else, and where that is ESP.
    fileprivate var onlyRegisterWritten: UInt8? {
        guard !isMemory || operation == .LEA else { return nil }
        let target: UInt8
        switch (operation, form) {
        case (.CMP, .eg), (.CMP, .ge), (.CMP, .ei), (.TEST, .eg), (.TEST, .ei): return Instruction.noRegister
        case (.LEA, _): target = reg
        case (.ADD, .eg), (.OR, .eg), (.ADC, .eg), (.SBB, .eg), (.AND, .eg), (.SUB, .eg), (.XOR, .eg), (.MOV, .eg): target = rm
        case (.ADD, .ei), (.OR, .ei), (.ADC, .ei), (.SBB, .ei), (.AND, .ei), (.SUB, .ei), (.XOR, .ei), (.MOV, .ei), (.MOV, .ri): target = rm
        case (.ADD, .ge), (.OR, .ge), (.ADC, .ge), (.SBB, .ge), (.AND, .ge), (.SUB, .ge), (.XOR, .ge), (.MOV, .ge): target = reg
        default: return nil
        }
        if width == 1 && operation != .LEA { return target & 3 }
        return target == 4 ? nil : target
    }

    /// One operand in memory, and a register that is not ESP or a constant; what it writes of flags follows from what it reads of them.
    fileprivate var isSimpleAccess: Bool {
        guard isMemory, !(width == 1 && reg >= 4) else { return false }
        switch (operation, form) {
        case (.MOV, .ei): return true
        case (.MOV, .eg), (.MOV, .ge), (.ADC, .ge), (.SBB, .ge), (.ADC, .eg), (.SBB, .eg): return reg != 4
        case (.MOVZX, .ge), (.MOVSX, .ge): return reg != 4
        default: return false
        }
    }
}
