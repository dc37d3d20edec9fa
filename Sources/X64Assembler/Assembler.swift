/// Host instructions to bytes, labels and fix-ups. Pure: it writes into memory that it is given and knows nothing of guests.
///
/// Encoding never fails half-way: what does not fit into the buffer is dropped and `overflowed` tells at the end; a combination that the
/// architecture cannot express (AH beside a REX prefix) sets `isUnencodable`.
@safe
package struct Assembler {
    /// A place in the code, bound at most once, referred to before or after.
    package struct Label: Sendable {
        fileprivate let index: Int
    }
    private struct Fixup {
        let at: Int
        let label: Int
    }

    private let bytes: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    package private(set) var position = 0
    package private(set) var overflowed = false
    package private(set) var isUnencodable = false
    private var labels: [Int] = []
    private var fixups: [Fixup] = []

    package init(_ memory: UnsafeMutableRawPointer, capacity: Int) {
        unsafe bytes = memory.assumingMemoryBound(to: UInt8.self)
        self.capacity = capacity
        labels.reserveCapacity(256)
        fixups.reserveCapacity(256)
    }

    // MARK: Bytes

    @inline(__always) package mutating func byte(_ value: UInt8) {
        guard position < capacity else {
            overflowed = true
            return
        }
        unsafe bytes[position] = value
        position &+= 1
    }
    @inline(__always) private mutating func integer<T: FixedWidthInteger>(_ value: T) {
        guard position &+ MemoryLayout<T>.size <= capacity else {
            overflowed = true
            return
        }
        unsafe UnsafeMutableRawPointer(bytes).storeBytes(of: value, toByteOffset: position, as: T.self)
        position &+= MemoryLayout<T>.size
    }
    package mutating func dword(_ value: UInt32) { integer(value) }
    package mutating func qword(_ value: UInt64) { integer(value) }
    /// Goes on at `place`, which is before `end`: for what stands apart. Distances to and from there are resolved like any other.
    package mutating func goOn(at place: Int, before end: Int) {
        guard !overflowed else { return }
        position = place
        capacity = end
    }
    package mutating func align(_ boundary: Int) { while position % boundary != 0 && !overflowed { byte(0xCC) } }

    // MARK: Labels

    package mutating func label() -> Label {
        labels.append(-1)
        return Label(index: labels.count - 1)
    }
    package mutating func bind(_ label: Label) { labels[label.index] = position }
    package mutating func here() -> Label {
        labels.append(position)
        return Label(index: labels.count - 1)
    }
    /// Where a bound label stands, in bytes from the start.
    package func offset(of label: Label) -> Int { labels[label.index] }

    /// Fills in every reference. To be called once, when all labels are bound.
    package mutating func resolve() {
        guard !overflowed else { return }
        for fixup in fixups {
            let distance = Int32(truncatingIfNeeded: labels[fixup.label] - (fixup.at + 4))
            unsafe UnsafeMutableRawPointer(bytes).storeBytes(of: distance, toByteOffset: fixup.at, as: Int32.self)
        }
        fixups.removeAll(keepingCapacity: true)
    }

    private mutating func reference(_ label: Label) {
        fixups.append(Fixup(at: position, label: label.index))
        integer(0 as Int32)
    }

    // MARK: The general form

    /// Any instruction with ModR/M. `reg` is a register number or the opcode's extension.
    /// - Parameters:
    ///   - width: byte, word (66h), dword, qword (REX.W). For vector and x87 opcodes: dword.
    ///   - regIsByte, rmIsByte: whether that register operand is a byte register (numbers 4...7: AH...BH). Both follow from `width` unless given.
    package mutating func emit(
        _ opcode: HostOpcode, reg: UInt8, _ rm: HostOperand, _ width: HostWidth = .dword, regIsByte: Bool? = nil, rmIsByte: Bool? = nil
    ) {
        let regIsByte = regIsByte ?? (width == .byte), rmIsByte = rmIsByte ?? (width == .byte)
        var rex: UInt8 = width == .qword ? 0x48 : 0
        if reg >= 8 { rex |= 0x44 }
        var high = regIsByte && reg >= 4 && reg < 8
        switch rm {
        case .register(let number):
            if number >= 8 { rex |= 0x41 }
            if rmIsByte && number >= 4 && number < 8 { high = true }
        case .memory(let base, let index, _, _):
            if base.rawValue >= 8 { rex |= 0x41 }
            if let index, index.rawValue >= 8 { rex |= 0x42 }
        }
        if high && rex != 0 { isUnencodable = true }
        if width == .word { byte(0x66) }
        if opcode.prefix != 0 { byte(opcode.prefix) }
        if rex != 0 { byte(rex) }
        if opcode.map != 0 { byte(0x0F) }
        if opcode.map == 2 { byte(0x38) } else if opcode.map == 3 { byte(0x3A) }
        byte(opcode.byte)
        modRM(reg & 7, rm)
    }

    private mutating func modRM(_ reg: UInt8, _ rm: HostOperand) {
        switch rm {
        case .register(let number): byte(0xC0 | reg << 3 | number & 7)
        case .memory(let base, let index, let scale, let displacement):
            let low = base.rawValue & 7
            let mode: UInt8 = displacement == 0 && low != 5 ? 0 : displacement >= -128 && displacement <= 127 ? 1 : 2
            if let index {
                byte(mode << 6 | reg << 3 | 4)
                byte(scale << 6 | (index.rawValue & 7) << 3 | low)
            } else if low == 4 {
                byte(mode << 6 | reg << 3 | 4)
                byte(0x24)
            } else {
                byte(mode << 6 | reg << 3 | low)
            }
            if mode == 1 { byte(UInt8(truncatingIfNeeded: displacement)) } else if mode == 2 { integer(displacement) }
        }
    }

    // MARK: Common instructions

    package mutating func move(_ target: HostRegister, _ source: HostRegister, _ width: HostWidth = .dword) {
        emit(HostOpcode(0x89), reg: source.rawValue, .register(target), width)
    }
    package mutating func load(_ target: HostRegister, _ source: HostOperand, _ width: HostWidth = .dword) {
        emit(HostOpcode(width == .byte ? 0x8A : 0x8B), reg: target.rawValue, source, width)
    }
    package mutating func store(_ target: HostOperand, _ source: HostRegister, _ width: HostWidth = .dword) {
        emit(HostOpcode(width == .byte ? 0x88 : 0x89), reg: source.rawValue, target, width)
    }
    package mutating func store(_ target: HostOperand, immediate: UInt32, _ width: HostWidth = .dword) {
        emit(HostOpcode(width == .byte ? 0xC6 : 0xC7), reg: 0, target, width)
        self.immediate(immediate, width)
    }
    package mutating func lea(_ target: HostRegister, _ source: HostOperand, _ width: HostWidth = .dword) {
        emit(HostOpcode(0x8D), reg: target.rawValue, source, width)
    }
    /// `target` = `index` << `scale` + `displacement`, without a base.
    package mutating func leaScaled(_ target: HostRegister, _ index: HostRegister, scale: UInt8, _ displacement: Int32) {
        let rex: UInt8 = (target.rawValue >= 8 ? 0x44 : 0) | (index.rawValue >= 8 ? 0x42 : 0)
        if rex != 0 { byte(rex) }
        byte(0x8D)
        byte((target.rawValue & 7) << 3 | 4)
        byte(scale << 6 | (index.rawValue & 7) << 3 | 5)
        integer(displacement)
    }
    /// Without touching flags.
    package mutating func move(_ target: HostRegister, immediate: UInt32) {
        if target.rawValue >= 8 { byte(0x41) }
        byte(0xB8 | target.rawValue & 7)
        integer(immediate)
    }
    package mutating func move(_ target: HostRegister, immediate64: UInt64) {
        byte(target.rawValue >= 8 ? 0x49 : 0x48)
        byte(0xB8 | target.rawValue & 7)
        integer(immediate64)
    }

    /// `target` = `value`, sign-extended to 64 bits. Always seven bytes.
    package mutating func move(_ target: HostRegister, signExtended value: Int32) {
        emit(HostOpcode(0xC7), reg: 0, .register(target), .qword)
        integer(value)
    }
    /// `target` = the address of `label`.
    package mutating func lea(_ target: HostRegister, _ label: Label) {
        byte(target.rawValue >= 8 ? 0x4C : 0x48)
        byte(0x8D)
        byte((target.rawValue & 7) << 3 | 5)
        reference(label)
    }

    package enum Arithmetic: UInt8, Sendable { case add, or, adc, sbb, and, sub, xor, cmp }

    package mutating func alu(_ operation: Arithmetic, _ target: HostOperand, immediate: UInt32, _ width: HostWidth = .dword) {
        let signed = Int32(bitPattern: immediate)
        if width == .byte {
            emit(HostOpcode(0x80), reg: operation.rawValue, target, .byte, regIsByte: false)
            byte(UInt8(truncatingIfNeeded: immediate))
        } else if signed >= -128 && signed <= 127 {
            emit(HostOpcode(0x83), reg: operation.rawValue, target, width)
            byte(UInt8(truncatingIfNeeded: immediate))
        } else {
            emit(HostOpcode(0x81), reg: operation.rawValue, target, width)
            self.immediate(immediate, width)
        }
    }
    /// `target` (r/m) op= `source`.
    package mutating func alu(_ operation: Arithmetic, _ target: HostOperand, _ source: HostRegister, _ width: HostWidth = .dword) {
        emit(HostOpcode(operation.rawValue << 3 | (width == .byte ? 0 : 1)), reg: source.rawValue, target, width)
    }
    /// `target` op= `source` (r/m).
    package mutating func alu(_ operation: Arithmetic, _ target: HostRegister, _ source: HostOperand, _ width: HostWidth = .dword) {
        emit(HostOpcode(operation.rawValue << 3 | (width == .byte ? 2 : 3)), reg: target.rawValue, source, width)
    }
    /// An immediate of the operand's width; qword instructions take a sign-extended dword.
    package mutating func immediate(_ value: UInt32, _ width: HostWidth) {
        switch width {
        case .byte: byte(UInt8(truncatingIfNeeded: value))
        case .word: integer(UInt16(truncatingIfNeeded: value))
        default: integer(value)
        }
    }

    package mutating func shiftRight(_ target: HostRegister, _ count: UInt8, _ width: HostWidth = .dword) {
        emit(HostOpcode(0xC1), reg: 5, .register(target), width)
        byte(count)
    }
    package mutating func shiftLeft(_ target: HostRegister, _ count: UInt8, _ width: HostWidth = .dword) {
        emit(HostOpcode(0xC1), reg: 4, .register(target), width)
        byte(count)
    }
    package mutating func test(_ a: HostRegister, _ b: HostRegister, _ width: HostWidth = .dword) {
        emit(HostOpcode(width == .byte ? 0x84 : 0x85), reg: b.rawValue, .register(a), width)
    }
    /// `target` = `source` rotated right by `count`, flags untouched. BMI2
    package mutating func rorx(_ target: HostRegister, _ source: HostRegister, _ count: UInt8) {
        // VEX.LZ.F2.0F3A.W0 F0 /r ib
        byte(0xC4)
        byte((target.rawValue >= 8 ? 0 : 0x80) | 0x40 | (source.rawValue >= 8 ? 0 : 0x20) | 3)
        byte(0x7B)
        byte(0xF0)
        byte(0xC0 | (target.rawValue & 7) << 3 | source.rawValue & 7)
        byte(count)
    }
    package mutating func push(_ register: HostRegister) {
        if register.rawValue >= 8 { byte(0x41) }
        byte(0x50 | register.rawValue & 7)
    }
    package mutating func pop(_ register: HostRegister) {
        if register.rawValue >= 8 { byte(0x41) }
        byte(0x58 | register.rawValue & 7)
    }
    package mutating func ret() { byte(0xC3) }

    // MARK: Control

    package mutating func jump(_ label: Label) {
        byte(0xE9)
        reference(label)
    }
    package mutating func jump(_ condition: HostCondition, _ label: Label) {
        byte(0x0F)
        byte(0x80 | condition.rawValue)
        reference(label)
    }
    package mutating func call(_ label: Label) {
        byte(0xE8)
        reference(label)
    }
    /// Jumps to an absolute distance from the start of this buffer, which may lie outside of it.
    package mutating func jump(toOffset offset: Int) {
        byte(0xE9)
        integer(Int32(truncatingIfNeeded: offset - (position + 4)))
    }
    package mutating func jump(_ condition: HostCondition, toOffset offset: Int) {
        byte(0x0F)
        byte(0x80 | condition.rawValue)
        integer(Int32(truncatingIfNeeded: offset - (position + 4)))
    }
    package mutating func call(toOffset offset: Int) {
        byte(0xE8)
        integer(Int32(truncatingIfNeeded: offset - (position + 4)))
    }
    package mutating func jump(_ target: HostOperand) { emit(HostOpcode(0xFF), reg: 4, target) }
    package mutating func call(_ target: HostOperand) { emit(HostOpcode(0xFF), reg: 2, target) }
    /// A jump of two bytes to within 127; returns what `bindShort` wants.
    package mutating func shortJump(_ opcode: UInt8) -> Int {
        byte(opcode)
        byte(0)
        return position
    }
    package mutating func bindShort(_ mark: Int) {
        guard !overflowed, mark <= position else { return }
        unsafe bytes[mark - 1] = UInt8(truncatingIfNeeded: position - mark)
    }
}
