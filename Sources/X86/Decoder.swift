/// What decoding some bytes gives.
package enum DecodeResult: Equatable, Sendable {
    case instruction(Instruction)
    /// The instruction goes on behind the bytes given.
    case needMoreBytes
    /// More than 15 bytes: #GP.
    case tooLong
}

/// Turns code bytes into `Instruction`s, by the maps of `InstructionTable`.
@safe package struct Decoder {
    private let nodes: UnsafePointer<UInt16>
    private let entries: UnsafePointer<Entry>
    private let code32: Bool
    private let generation: UInt8

    /// - Parameter code32: the code segment's D bit.
    /// - Parameter generation: instructions that came later are undefined.
    package init(code32: Bool, generation: Generation = .max) {
        unsafe nodes = InstructionTable.shared.nodes
        unsafe entries = InstructionTable.shared.entries
        self.code32 = code32
        self.generation = generation.rawValue
    }

    /// One instruction from the first of `available` readable bytes. Undefined opcodes give `INVALID` with the length read so far.
    @inline(__always)
    package func decode(_ bytes: UnsafePointer<UInt8>, available: Int) -> DecodeResult {
        var row: UInt16 = 0
        return unsafe decode(bytes, available: available, row: &row)
    }

    func decode(_ bytes: UnsafePointer<UInt8>, available: Int, row: inout UInt16) -> DecodeResult {
        var input = unsafe Input(bytes: bytes, end: min(available, 15))
        var instruction = Instruction(operation: .INVALID)
        var override: UInt8 = 0xFF, mandatory = 0
        var prefixes: Instruction.Prefixes = []
        var map = 0

        // Prefixes, escapes, the opcode
        var opcode: UInt8 = 0
        var node: UInt16 = 0
        while true {
            opcode = input.byte()
            node = unsafe nodes[map + Int(opcode)]
            guard node >= InstructionTable.Node.special else { break }
            if input.failed { break }
            switch InstructionTable.Special(rawValue: node & InstructionTable.Node.offset) {
            case .operandSize: prefixes.insert(.operandSize)
            case .addressSize: prefixes.insert(.address16)
            case .lock: prefixes.insert(.lock)
            case .rep:
                prefixes.insert(.rep)
                prefixes.remove(.repne)
                mandatory = 2
            case .repne:
                prefixes.insert(.repne)
                prefixes.remove(.rep)
                mandatory = 3
            case .escape: map = 256
            case .escape38: map = 512
            case .escape3A: map = 768
            default:
                override = UInt8(truncatingIfNeeded: node & 7)
                prefixes.insert(.segment)
            }
        }
        if prefixes.contains(.operandSize) {
            if mandatory == 0 { mandatory = 1 }
            if code32 { prefixes.insert(.operand16) }
        } else if !code32 {
            prefixes.insert(.operand16)
        }
        if !code32 { prefixes.formSymmetricDifference(.address16) }
        instruction.prefixes = prefixes

        if node & InstructionTable.Node.special == InstructionTable.Node.prefixTable {
            node = unsafe nodes[Int(node & InstructionTable.Node.offset) + mandatory]
        }
        var modRM: UInt8 = 0
        if node >= InstructionTable.Node.group {
            modRM = input.peek()
            let slot = modRM >= 0xC0 ? 8 + Int(modRM & 63) : Int(modRM >> 3 & 7)
            node = unsafe nodes[Int(node & InstructionTable.Node.offset) + slot]
            if node == 0 { _ = input.byte() }
        }
        if input.failed { return available >= 15 ? .tooLong : .needMoreBytes }
        row = node
        let entry = unsafe entries + Int(node)
        if unsafe node == 0 || entry.pointee.since > generation { return .instruction(Self.invalid(instruction, input.position)) }

        instruction.operation = unsafe entry.pointee.operation
        instruction.form = unsafe entry.pointee.form
        instruction.properties = unsafe entry.pointee.properties
        let small = prefixes.contains(.operand16)
        instruction.width = unsafe entry.pointee.width == Entry.operandSized ? (small ? 2 : 4) : entry.pointee.width
        if override != 0xFF { instruction.segment = override }
        if instruction.operation.isVector { instruction.immediate2 = unsafe entry.pointee.vector }

        if unsafe entry.pointee.hasModRM {
            modRM = input.byte()
            instruction.reg = modRM >> 3 & 7
            if opcode & 0xF8 == 0xD8 && map == 0 { instruction.immediate2 = UInt16(opcode & 7) << 8 | UInt16(modRM) }
            if unsafe modRM >= 0xC0 || entry.pointee.alwaysRegister {
                instruction.rm = modRM & 7
            } else {
                instruction.isMemory = true
                if prefixes.contains(.address16) {
                    Self.address16(&instruction, modRM, &input)
                } else {
                    Self.address32(&instruction, modRM, &input)
                }
                if override != 0xFF { instruction.segment = override }
            }
        } else if unsafe entry.pointee.opcodeRegister {
            instruction.rm = opcode & 7
        }
        switch unsafe entry.pointee.constantTo {
        case .none: break
        case .reg: instruction.reg = unsafe entry.pointee.constant
        case .immediate2: instruction.immediate2 = unsafe UInt16(entry.pointee.constant)
        }

        switch unsafe entry.pointee.immediate {
        case .none:
            // The shifts by one carry their count.
            if instruction.form == .e1 { instruction.immediate = 1 }
        case .byte: instruction.immediate = UInt32(input.byte())
        case .signedByte, .relativeByte: instruction.immediate = input.signedByte()
        case .word: instruction.immediate = UInt32(input.word())
        case .z: instruction.immediate = small ? UInt32(input.word()) : input.doubleword()
        case .relativeZ: instruction.immediate = small ? UInt32(truncatingIfNeeded: Int16(bitPattern: input.word())) : input.doubleword()
        case .far:
            instruction.immediate = small ? UInt32(input.word()) : input.doubleword()
            instruction.immediate2 = input.word()
        case .wordByte:
            instruction.immediate = UInt32(input.word())
            instruction.immediate2 = UInt16(input.byte())
        case .offset: instruction.displacement = prefixes.contains(.address16) ? UInt32(input.word()) : input.doubleword()
        }
        if input.failed { return available >= 15 ? .tooLong : .needMoreBytes }
        if prefixes.contains(.lock) && !(instruction.properties.contains(.lock) && instruction.isMemory) {
            return .instruction(Self.invalid(instruction, input.position))
        }
        instruction.length = UInt8(truncatingIfNeeded: input.position)
        return .instruction(instruction)
    }

    private static func invalid(_ partial: Instruction, _ length: Int) -> Instruction {
        var result = Instruction(operation: .INVALID)
        result.prefixes = partial.prefixes
        result.length = UInt8(truncatingIfNeeded: length)
        result.properties = .ends
        return result
    }

    // MARK: Addresses (SDM Vol. 2A, tables 2-1 to 2-3)

    @inline(__always)
    private static func address32(_ instruction: inout Instruction, _ modRM: UInt8, _ input: inout Input) {
        let mod = modRM >> 6
        var base = modRM & 7
        if base == 4 {
            let sib = input.byte()
            base = sib & 7
            let index = sib >> 3 & 7
            if index != 4 {
                instruction.index = index
                instruction.scale = sib >> 6
            }
        }
        if base == 5 && mod == 0 {
            instruction.displacement = input.doubleword()
            return
        }
        instruction.base = base
        if base == 4 || base == 5 { instruction.segment = SegmentRegister.ss.rawValue }
        if mod == 1 { instruction.displacement = input.signedByte() } else if mod == 2 { instruction.displacement = input.doubleword() }
    }

    private static func address16(_ instruction: inout Instruction, _ modRM: UInt8, _ input: inout Input) {
        let mod = modRM >> 6
        switch modRM & 7 {
        case 0: (instruction.base, instruction.index) = (3, 6)
        case 1: (instruction.base, instruction.index) = (3, 7)
        case 2: (instruction.base, instruction.index) = (5, 6)
        case 3: (instruction.base, instruction.index) = (5, 7)
        case 4: instruction.base = 6
        case 5: instruction.base = 7
        case 6:
            if mod == 0 {
                instruction.displacement = UInt32(input.word())
                return
            }
            instruction.base = 5
        default: instruction.base = 3
        }
        if instruction.base == 5 { instruction.segment = SegmentRegister.ss.rawValue }
        if mod == 1 { instruction.displacement = input.signedByte() } else if mod == 2 { instruction.displacement = UInt32(input.word()) }
    }

    /// The code bytes. Reading behind the end gives 0 and sets `failed`.
    @safe private struct Input {
        let bytes: UnsafePointer<UInt8>
        let end: Int
        var position = 0
        var failed = false

        @inline(__always) init(bytes: UnsafePointer<UInt8>, end: Int) {
            unsafe self.bytes = bytes
            self.end = end
        }

        @inline(__always) mutating func peek() -> UInt8 {
            guard position < end else {
                failed = true
                return 0
            }
            return unsafe bytes[position]
        }

        @inline(__always) mutating func byte() -> UInt8 {
            let value = peek()
            position &+= 1
            return value
        }

        @inline(__always) mutating func signedByte() -> UInt32 { UInt32(truncatingIfNeeded: Int8(bitPattern: byte())) }

        @inline(__always) mutating func word() -> UInt16 {
            guard position &+ 2 <= end else {
                failed = true
                return 0
            }
            defer { position &+= 2 }
            return unsafe UnsafeRawPointer(bytes).loadUnaligned(fromByteOffset: position, as: UInt16.self)
        }

        @inline(__always) mutating func doubleword() -> UInt32 {
            guard position &+ 4 <= end else {
                failed = true
                return 0
            }
            defer { position &+= 4 }
            return unsafe UnsafeRawPointer(bytes).loadUnaligned(fromByteOffset: position, as: UInt32.self)
        }
    }
}
