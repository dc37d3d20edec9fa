import TestSupport
@testable import X86

/// Draws cases: rows of the instruction table with all that their encodings leave open, and states that make them interesting.
struct Generator {
    /// What may be drawn, and what the state must look like.
    struct Profile {
        /// Operations left out, by reason in `Masks`.
        var excluded: Set<Operation> = []
        /// Rows left out, by the beginning of their encoding.
        var excludedEncodings: [String] = []
        /// Operations drawn only as the case's one instruction: what differs after them would differ on.
        var alone: Set<Operation> = []
        /// Cases of several instructions, in percent, and of how many.
        var sequences = 30
        var lengths: ClosedRange<Int> = 2...8
        /// Weights of integer, x87 and vector instructions.
        var units = (60, 20, 20)
        /// Code segments: selector, base, D bit. The first is the usual one.
        var codeSegments: [(selector: UInt16, base: UInt32, is32: Bool)] = []
        /// Data segments: selector and base. The first is the usual one.
        var dataSegments: [(selector: UInt16, base: UInt32)] = []
        /// Stack segments: selector, base, B bit. The first is the usual one.
        var stackSegments: [(selector: UInt16, base: UInt32, is32: Bool)] = []
        /// Selectors for segment loads and far pointers.
        var selectors: [UInt16] = []
        /// Whether bytes begin with something that must not stand anywhere in the code.
        var forbids: (ArraySlice<UInt8>) -> Bool = { _ in false }
        /// EFLAGS bits, besides the status flags, that may start set, each with a percentage.
        var systemFlags: [(UInt32, Int)] = [(0x400, 20)]
        var alwaysSet: UInt32 = 0x202
        var layout = Layout.flat
        /// Whether branches may lead into the middle of instructions.
        var branchesAnywhere = true
        /// LOCK also where it is undefined.
        var locksAnything = true
    }

    let profile: Profile
    private var random: RandomSource
    private var state = GuestState()
    private var code: [UInt8] = []
    private var patches: [(offset: Int, bytes: [UInt8])] = []
    private var codeBase: UInt32 = 0
    private var codeOffset = 0
    private var code32 = true
    private var bases: [UInt32] = [0, 0, 0, 0, 0, 0]
    private var stack32 = true
    /// Displacements that say where relative branches lead are filled in when the code is complete.
    private var branches: [(at: Int, size: Int)] = []
    private var starts: [Int] = []

    init(_ profile: Profile, seed: UInt64) {
        self.profile = profile
        random = RandomSource(seed: seed)
    }

    static func make(_ profile: Profile, seed: UInt64) -> Case {
        var attempt: UInt64 = 0
        while true {
            var generator = Generator(profile, seed: seed &+ attempt &* 0xA076_1D64_78BD_642F)
            if var result = generator.make() {
                result.seed = seed
                return result
            }
            attempt += 1
        }
    }

    private mutating func make() -> Case? {
        drawState()
        var rows: [Int] = []
        let count = random.chance(profile.sequences) ? profile.lengths.lowerBound + random.below(profile.lengths.count) : 1
        for _ in 0..<count {
            let row = drawRow(alone: count == 1)
            rows.append(row)
            starts.append(code.count)
            emit(InstructionForm.all[row])
        }
        starts.append(code.count)
        settleBranches()
        guard code.count <= 100 else { return nil }
        for index in code.indices where profile.forbids(code[index...]) { return nil }
        return Case(
            seed: 0, code: code, codeOffset: codeOffset, rows: rows, state: state, patches: patches, code32: code32)
    }

    // MARK: Rows

    private mutating func drawRow(alone: Bool) -> Int {
        while true {
            let weight = random.below(profile.units.0 + profile.units.1 + profile.units.2)
            let unit: InstructionForm.Unit =
                weight < profile.units.0 ? .integer : weight < profile.units.0 + profile.units.1 ? .x87 : .vector
            // Half by operation, so that one with a single row is as likely as one with twenty.
            let index =
                random.chance(50)
                ? random.pick(random.pick(InstructionForm.byOperation)) : random.below(InstructionForm.all.count)
            let form = InstructionForm.all[index]
            let operation = form.row.operation
            if form.unit == unit && !profile.excluded.contains(operation) && (alone || !profile.alone.contains(operation)),
                !profile.excludedEncodings.contains(where: { form.row.encoding.hasPrefix($0) })
            {
                return index
            }
        }
    }

    // MARK: Bytes

    private mutating func emit(_ form: InstructionForm) {
        let row = form.row
        var operand16 = !code32, address16 = !code32
        var segment: Int?
        let isString = [.MOVS, .CMPS, .STOS, .LODS, .SCAS, .INS, .OUTS].contains(row.operation)
        if form.unit != .vector && row.prefix == nil && random.chance(15) {
            code.append(0x66)
            operand16.toggle()
        }
        if random.chance(12) {
            code.append(0x67)
            address16.toggle()
        }
        if random.chance(10) {
            let number = random.below(6)
            code.append([0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65][number])
            segment = number
        }
        let isMemory = form.allowsMemory && (!form.allowsRegister || random.chance(60))
        let mayLock = row.entry.properties.contains(.lock)
        if random.chance(mayLock ? 12 : 1), profile.locksAnything || mayLock && isMemory { code.append(0xF0) }
        if isString ? random.chance(60) : mayRepeat(form) && random.chance(2) { code.append(random.chance(60) ? 0xF3 : 0xF2) }
        if let prefix = row.prefix, prefix > 0 { code.append([0, 0x66, 0xF3, 0xF2][Int(prefix)]) }
        if row.map > 0 { code.append(0x0F) }
        if row.map > 1 { code.append(row.map == 2 ? 0x38 : 0x3A) }
        code.append(row.opcode)

        switch form.modRM {
        case .none: break
        case .fixed(let byte, let choices): code.append(byte &+ UInt8(random.below(choices)))
        case .any, .digit:
            var reg = UInt8(random.below(8))
            if case .digit(let digit) = form.modRM { reg = digit }
            if isMemory {
                emitMemory(reg, row, address16: address16, segment: segment)
            } else {
                code.append(0xC0 | reg << 3 | UInt8(random.below(8)))
            }
        }
        if isString || row.operation == .XLAT { prepareString(row) }
        emitImmediate(row, operand16: operand16, address16: address16, segment: segment)
    }

    /// Whether F2 and F3 before the opcode leave it what it is, on every processor.
    private func mayRepeat(_ form: InstructionForm) -> Bool {
        if form.unit == .vector || form.row.prefix != nil { return false }
        // Before LOOPE and LOOPNE the host takes them for another condition.
        if form.row.operation == .LOOPE || form.row.operation == .LOOPNE { return false }
        return form.row.map == 0 || [.JCC, .SETCC, .CMOVCC, .BT, .BTS, .BTR, .BTC, .SHLD, .SHRD, .XADD, .CMPXCHG].contains(form.row.operation)
    }

    private mutating func emitImmediate(_ row: InstructionRow, operand16: Bool, address16: Bool, segment: Int?) {
        func append(_ value: UInt32, _ bytes: Int, _ code: inout [UInt8]) {
            for index in 0..<bytes { code.append(UInt8(truncatingIfNeeded: value >> UInt32(index * 8))) }
        }
        switch row.entry.immediate {
        case .none: break
        case .byte, .signedByte:
            var value = random.chance(50) ? random.word() & 0xFF : Values.integer(&random) & 0xFF
            if row.operation == .AAM && random.chance(60) { value = 10 }
            append(value, 1, &code)
        case .relativeByte:
            branches.append((code.count, 1))
            code.append(0)
        case .relativeZ:
            branches.append((code.count, operand16 ? 2 : 4))
            append(0, operand16 ? 2 : 4, &code)
        case .word: append(random.chance(80) ? UInt32(random.below(40)) : random.word(), 2, &code)
        case .z: append(Values.integer(&random), operand16 ? 2 : 4, &code)
        case .far:
            append(random.chance(60) ? codeTarget() : random.word(), operand16 ? 2 : 4, &code)
            append(UInt32(random.pick(profile.selectors)), 2, &code)
        case .wordByte:
            append(random.chance(80) ? UInt32(random.below(200)) : random.word(), 2, &code)
            append(random.chance(50) ? UInt32(random.below(5)) : random.word() & 0xFF, 1, &code)
        case .offset:
            let target = drawTarget(aligned: false)
            append(target &- bases[segment ?? 3], address16 ? 2 : 4, &code)
        }
    }

    /// An offset in the code segment where an instruction of this case starts, or a trap stands.
    private mutating func codeTarget() -> UInt32 {
        let start = UInt32(codeOffset) + profile.layout.code &- codeBase
        return start &+ (!profile.branchesAnywhere || random.chance(70) ? UInt32(random.pick(starts)) : UInt32(random.below(100)))
    }

    private mutating func settleBranches() {
        for (at, size) in branches {
            let target: Int
            switch random.below(profile.branchesAnywhere ? 10 : 7) {
            case 0...5: target = starts.filter { $0 > at }.randomElement(&random) ?? code.count
            case 6: target = random.pick(starts)
            case 7: target = code.count + random.below(20)
            default: target = size == 1 ? at + random.below(256) - 128 : Int(Int32(bitPattern: Values.integer(&random)))
            }
            let displacement = UInt32(truncatingIfNeeded: target - at - size)
            for index in 0..<size { code[at + index] = UInt8(truncatingIfNeeded: displacement >> UInt32(index * 8)) }
        }
    }

    // MARK: Memory operands

    /// A linear address: mostly in plain data, sometimes where it hurts.
    private mutating func drawTarget(aligned: Bool) -> UInt32 {
        switch random.below(100) {
        case 0..<(aligned ? 70 : 45): return profile.layout.data + UInt32(random.below(0x1F0)) * 16
        case ..<75: return profile.layout.data + UInt32(random.below(0x1F80))
        case ..<83: return profile.layout.data + 0x1000 - UInt32(random.below(20))
        case ..<86: return profile.layout.data + 0x2000 - UInt32(random.below(20))
        case ..<89: return profile.layout.data + 0x2000 + UInt32(random.below(0x1000))
        case ..<91: return profile.layout.data + 0x3000 - UInt32(random.below(20))
        case ..<93: return profile.layout.data2 - UInt32(random.below(20))
        case ..<95: return profile.layout.data2 + 0x1000 - UInt32(random.below(20))
        case ..<98: return profile.layout.stack + UInt32(random.below(0x1000))
        case ..<99: return profile.layout.code + UInt32(random.below(0x2000))
        default: return random.word()
        }
    }

    private mutating func emitMemory(_ reg: UInt8, _ row: InstructionRow, address16: Bool, segment: Int?) {
        let aligned = row.operation.isVector && row.entry.width == 16 || row.operation == .FXSAVE || row.operation == .FXRSTOR
        let target = drawTarget(aligned: aligned)
        patch(target, row)
        if random.chance(8) {
            // Any form at all, wherever it leads.
            code.append(UInt8(random.below(3)) << 6 | reg << 3 | UInt8(random.below(8)))
            for _ in 0..<6 { code.append(random.byte()) }
            trimAddress(address16)
            return
        }
        func displacement(_ value: UInt32, _ bytes: Int, _ code: inout [UInt8]) {
            for index in 0..<bytes { code.append(UInt8(truncatingIfNeeded: value >> UInt32(index * 8))) }
        }
        func isByte(_ value: UInt32) -> Bool { Int32(bitPattern: value) == Int32(Int8(truncatingIfNeeded: value)) }
        if address16 {
            let rm = UInt8(random.below(9))
            let (base, index): (Int?, Int?) =
                [(3, 6), (3, 7), (5, 6), (5, 7), (6, nil), (7, nil), (5, nil), (3, nil), (nil, nil)][Int(rm)]
            let wanted = target &- bases[segment ?? (base == 5 ? 2 : 3)]
            let sum = (base.map { state.gpr[$0] } ?? 0) &+ (index.map { state.gpr[$0] } ?? 0)
            let value = UInt32(bitPattern: Int32(Int16(truncatingIfNeeded: wanted &- sum)))
            if rm == 8 {
                code.append(reg << 3 | 6)
                displacement(wanted, 2, &code)
            } else if isByte(value) && random.chance(80) {
                code.append(0x40 | reg << 3 | rm)
                displacement(value, 1, &code)
            } else {
                code.append(0x80 | reg << 3 | rm)
                displacement(value, 2, &code)
            }
            return
        }
        switch random.below(10) {
        case 0...3:
            code.append(reg << 3 | 5)
            displacement(target &- bases[segment ?? 3], 4, &code)
        case 4...6:
            let base = random.below(8)
            let value = target &- bases[segment ?? (base == 4 || base == 5 ? 2 : 3)] &- state.gpr[base]
            let isShort = isByte(value) && random.chance(80)
            code.append((isShort ? 0x40 : 0x80) | reg << 3 | UInt8(base))
            if base == 4 { code.append(0x24) }
            displacement(value, isShort ? 1 : 4, &code)
        default:
            let base = random.below(8), scale = UInt32(random.below(4))
            var index = random.below(8)
            if index == 4 { index = 1 }
            let value =
                target &- bases[segment ?? (base == 4 || base == 5 ? 2 : 3)] &- state.gpr[base] &- state.gpr[index] << scale
            code.append(0x84 | reg << 3)
            code.append(UInt8(scale) << 6 | UInt8(index) << 3 | UInt8(base))
            displacement(value, 4, &code)
        }
    }

    /// Leaves of six bytes behind a ModR/M as many as it calls for.
    private mutating func trimAddress(_ address16: Bool) {
        let at = code.count - 7
        let modRM = code[at], mod = modRM >> 6, rm = modRM & 7
        var count: Int
        if address16 {
            count = mod == 1 ? 1 : mod == 2 || rm == 6 ? 2 : 0
        } else {
            count = mod == 1 ? 1 : mod == 2 || rm == 5 ? 4 : 0
            if rm == 4 {
                if mod == 0 && code[at + 1] & 7 == 5 { count = 4 }
                count += 1
            }
        }
        code.removeLast(6 - count)
    }

    /// Puts a fitting operand where the instruction will look.
    private mutating func patch(_ linear: UInt32, _ row: InstructionRow) {
        guard let offset = profile.layout.offset(linear), random.chance(70) else { return }
        var bytes: [UInt8]
        switch row.operation {
        case .FXRSTOR: bytes = fxsaveArea()
        case .FLDENV, .FRSTOR: bytes = environment()
        case .LDMXCSR: bytes = Array([UInt64(drawMXCSR())].littleEndianBytes.prefix(4))
        case .FLDCW: bytes = Array([UInt64(drawControl())].littleEndianBytes.prefix(2))
        case .JMP_FAR_E, .CALL_FAR_E, .LOAD_FAR:
            let selector = UInt64(random.pick(profile.selectors))
            bytes = [random.chance(50) ? UInt64(codeTarget()) | selector << 32 : UInt64(codeTarget()) & 0xFFFF | selector << 16].littleEndianBytes
        case .JMP_E, .CALL_E: bytes = [UInt64(codeTarget())].littleEndianBytes
        case .MOV_SEG_LOAD, .LAR, .LSL, .VERR, .VERW, .ARPL: bytes = [UInt64(random.pick(profile.selectors))].littleEndianBytes
        case .CMPXCHG, .CMPXCHG8B: bytes = [UInt64(state.gpr[0]) | UInt64(state.gpr[2]) << 32].littleEndianBytes
        default:
            switch row.operands.last(where: { !$0.hasPrefix("I") })?.operandSize ?? "" {
            case "w", "b", "v", "z": bytes = [UInt64(Values.integer(&random)) | UInt64(Values.integer(&random)) << 32].littleEndianBytes
            case "d" where row.operation.isFPU:
                bytes = [UInt64(random.chance(70) ? Values.single(&random) : Values.integer(&random))].littleEndianBytes
            case "q" where row.operation.isFPU: bytes = [Values.double(&random)].littleEndianBytes
            case "t":
                let value = Values.extended(&random)
                bytes = row.operation == .FBLD ? Values.memory(&random) : [value.significand, UInt64(value.exponent)].littleEndianBytes
            default: bytes = random.chance(50) ? Values.memory(&random) : Values.vector(&random).littleEndianBytes
            }
        }
        bytes = Array(bytes.prefix(Layout.imageSize - offset))
        patches.append((offset, bytes))
    }

    private mutating func fxsaveArea() -> [UInt8] {
        let f = drawFloatingPoint()
        var words: [UInt64] = [
            UInt64(f.control) | UInt64(f.status) << 16 | UInt64(f.tags) << 32 | UInt64(f.opcode) << 48, UInt64(f.instructionPointer),
            UInt64(f.dataPointer), UInt64(f.mxcsr),
        ]
        for index in 0..<8 { words += [f.significands[index], UInt64(f.exponents[index])] }
        return (words + f.xmm).littleEndianBytes
    }

    private mutating func environment() -> [UInt8] {
        let f = drawFloatingPoint()
        let tags = random.next() & 0xFFFF
        if random.chance(25) {
            return Array(
                [UInt64(f.control) | UInt64(f.status) << 16 | tags << 32, random.next()].littleEndianBytes.prefix(14))
        }
        var bytes = [UInt64(f.control) | 0xFFFF_0000 | UInt64(f.status) << 32, tags | 0xFFFF_0000, random.next(), random.next()].littleEndianBytes
        bytes.removeLast(4)
        for index in 0..<8 {
            bytes += [f.significands[index]].littleEndianBytes + [UInt8(truncatingIfNeeded: f.exponents[index]), UInt8(f.exponents[index] >> 8)]
        }
        return bytes
    }

    // MARK: State

    private mutating func drawState() {
        let codeSegment = random.chance(75) ? profile.codeSegments[0] : random.pick(profile.codeSegments)
        (code32, codeBase) = (codeSegment.is32, codeSegment.base)
        // Sometimes the code crosses into the second page.
        codeOffset = random.chance(12) ? 4096 - 1 - random.below(20) : 64 + random.below(2000)
        if random.chance(2) { codeOffset = 8192 - 1 - random.below(20) }
        codeOffset = min(codeOffset, 8192 - 128)
        state.eip = profile.layout.code &+ UInt32(codeOffset) &- codeBase
        state.segments[1] = codeSegment.selector
        bases[1] = codeBase
        let stackSegment = random.chance(85) ? profile.stackSegments[0] : random.pick(profile.stackSegments)
        state.segments[2] = stackSegment.selector
        (bases[2], stack32) = (stackSegment.base, stackSegment.is32)
        let plain = random.chance(70)
        for number in [0, 3, 4, 5] {
            let segment = plain && number < 4 ? profile.dataSegments[0] : random.pick(profile.dataSegments)
            state.segments[number] = segment.selector
            bases[number] = segment.base
        }
        for index in 0..<8 {
            state.gpr[index] = random.chance(35) ? drawTarget(aligned: random.chance(50)) &- bases[3] : Values.integer(&random)
        }
        if random.chance(60) { state.gpr[1] = UInt32(random.below(24)) | (random.chance(10) ? random.word() & 0xFFFF_0000 : 0) }
        var top = profile.layout.stack &- bases[2]
        switch random.below(20) {
        case 0: top &+= UInt32(random.below(20))
        case 1: top &+= 0x1000 - UInt32(random.below(24))
        case 2: top &+= UInt32(random.below(0x1000))
        case 3: top = drawTarget(aligned: false) &- bases[2]
        default: top &+= 0x400 + UInt32(random.below(0x200)) * 4
        }
        state.gpr[4] = stack32 ? top : top & 0xFFFF | (random.chance(50) ? random.word() & 0xFFFF_0000 : 0)
        if random.chance(40) { state.gpr[5] = profile.layout.stack &- bases[2] &+ 0x200 + UInt32(random.below(0x300)) * 4 }
        if let offset = profile.layout.offset(state.gpr[4] &+ bases[2]), random.chance(50) { patchStack(offset) }
        state.eflags = profile.alwaysSet | random.word() & 0x8D5
        for (flag, percent) in profile.systemFlags where random.chance(percent) { state.eflags |= flag }
        state.fpu = drawFloatingPoint()
    }

    /// Something to return to, to pop and to load.
    private mutating func patchStack(_ offset: Int) {
        starts = [0]
        defer { starts = [] }
        var words: [UInt32] = []
        for _ in 0..<6 {
            switch random.below(4) {
            case 0: words.append(codeTarget())
            case 1: words.append(UInt32(random.pick(profile.selectors)) | (random.chance(30) ? random.word() & 0xFFFF_0000 : 0))
            case 2: words.append(random.word() & 0xCD5 | profile.alwaysSet)
            default: words.append(Values.integer(&random))
            }
        }
        if random.chance(50) {
            words[0] = codeTarget()
            words[1] = UInt32(random.chance(70) ? state.segments[1] : random.pick(profile.selectors))
            words[2] = random.word() & (random.chance(20) ? 0xFFFF_FFFF : 0xCD5) | profile.alwaysSet
            if !code32 { words[0] = words[0] & 0xFFFF | words[1] << 16 }
        }
        let bytes = words.map { UInt64($0) }.littleEndianBytes.enumerated().filter { $0.offset & 4 == 0 }.map(\.element)
        patches.append((offset, Array(bytes.prefix(Layout.imageSize - offset))))
    }

    private mutating func prepareString(_ row: InstructionRow) {
        guard random.chance(70) else { return }
        state.gpr[6] = drawTarget(aligned: false) &- bases[3]
        state.gpr[7] = drawTarget(aligned: false) &- bases[0]
        if row.operation == .XLAT { state.gpr[3] = state.gpr[6] }
        if random.chance(10) { state.gpr[7] = state.gpr[6] &+ UInt32(random.below(9)) &- 4 }
    }

    private mutating func drawControl() -> UInt16 {
        if random.chance(55) { return 0x37F }
        return UInt16(random.below(64)) | 0x40 | UInt16(random.pick([0, 2, 2, 3, 1])) << 8 | UInt16(random.below(4)) << 10
            | (random.chance(60) ? 0x3F : 0)
            | (random.chance(10) ? 0x1000 : 0)
    }

    private mutating func drawMXCSR() -> UInt32 {
        if random.chance(50) { return 0x1F80 }
        let masks: UInt32 = random.chance(70) ? 0x1F80 : random.word() & 0x1F80
        return masks | random.word() & 0x3F | UInt32(random.below(4)) << 13 | (random.chance(25) ? 0x8000 : 0) | (random.chance(25) ? 0x40 : 0)
    }

    private mutating func drawFloatingPoint() -> FloatingPoint {
        var f = FloatingPoint()
        f.control = drawControl()
        f.status = UInt16(random.below(8)) << 11 | UInt16(truncatingIfNeeded: random.next()) & 0x4700
        if random.chance(25) { f.status |= UInt16(random.below(128)) }
        // An unmasked exception that waits is rare: every waiting instruction would only report it.
        if f.status & ~f.control & 0x3F != 0 {
            if random.chance(15) { f.status |= 0x8080 } else { f.status &= 0xFF00 | f.control & 0x3F }
        }
        f.tags = random.chance(30) ? 0xFF : random.byte() | random.byte()
        f.opcode = UInt16(random.below(0x800))
        f.instructionPointer = random.word()
        f.dataPointer = random.word()
        f.mxcsr = drawMXCSR()
        for index in 0..<8 {
            let value = Values.extended(&random)
            f.significands[index] = value.significand
            f.exponents[index] = value.exponent
        }
        f.xmm = (0..<8).flatMap { _ in Values.vector(&random) }
        return f
    }
}

extension Array {
    fileprivate func randomElement(_ random: inout RandomSource) -> Element? { isEmpty ? nil : self[random.below(count)] }
}
