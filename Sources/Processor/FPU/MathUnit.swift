import HostMemory

/// The host's x87, MMX and SSE units, lent to the guest through small generated stubs: each loads operands from the exchange area, executes one
/// instruction under the guest's rounding and precision, and stores results and status. Guest results are the host's, bit for bit.
///
/// Stubs run with RDI on the exchange area's middle, so that every displacement fits in a byte, and leave the host as Swift expects it: control
/// word 37Fh, MXCSR 1F80h, x87 stack empty.
@safe
final class MathUnit {
    private typealias Stub = @convention(c) (UnsafeMutableRawPointer) -> Void

    /// Where things stand in the exchange area, relative to RDI.
    enum Slot {
        // x87
        static let control = 0, hostControl = 2, status = 4, a = 16, b = 32, memory = 48, resultA = 64, resultB = 80, environment = 96
        // MMX and SSE; the first is also the result
        static let first = -128, second = -112, third = -96, mxcsr = -80, hostMXCSR = -76, mxcsrOut = -72, eax = -64, ecx = -60, edx = -56,
            flags = -48
    }

    /// Which operands a vector stub loads and what it stores.
    enum Shape {
        case mmx, mmxToG, mmxFromG, sse, sseCompare, sseToG, sseFromG, sseToMMX, sseFromMMX, sseExtract, sseString, sseBlend
    }

    private static let capacity = 1 << 20
    private static let longestStub = 96
    private let code: ExecutableBuffer
    private var used = 0
    private let memory: Region
    private let exchange: UnsafeMutableRawPointer
    /// By FOP; by prefix, map and opcode; and the latter again by immediate byte.
    private let x87Stubs: UnsafeMutablePointer<UInt>
    private let vectorStubs: UnsafeMutablePointer<UInt>
    private let immediateTables: UnsafeMutablePointer<UInt16>
    private let immediateStubs: UnsafeMutablePointer<UInt>
    private var immediateTableCount: UInt16 = 0
    private static let maximumImmediateTables = 64

    init() throws(HostMemoryError) {
        code = try ExecutableBuffer("floating point stubs", size: Self.capacity)
        let tables = 2048 * 8 + 4096 * 8 + 4096 * 2 + Self.maximumImmediateTables * 256 * 8
        memory = try Region("floating point exchange", size: 4096 + tables)
        unsafe exchange = memory.base + 128
        let base = unsafe memory.base + 4096
        unsafe x87Stubs = base.bindMemory(to: UInt.self, capacity: 2048)
        unsafe vectorStubs = (base + 2048 * 8).bindMemory(to: UInt.self, capacity: 4096)
        unsafe immediateStubs = (base + (2048 + 4096) * 8).bindMemory(to: UInt.self, capacity: Self.maximumImmediateTables * 256)
        unsafe immediateTables = (base + (2048 + 4096 + Self.maximumImmediateTables * 256) * 8).bindMemory(to: UInt16.self, capacity: 4096)
        self[Slot.hostControl] = 0x37F as UInt16
        self[Slot.environment] = 0x37F as UInt32
        self[Slot.hostMXCSR] = 0x1F80 as UInt32
    }

    /// A value of the exchange area.
    subscript<T: FixedWidthInteger>(_ slot: Int) -> T {
        @inline(__always) get { unsafe exchange.load(fromByteOffset: slot, as: T.self) }
        @inline(__always) set { unsafe exchange.storeBytes(of: newValue, toByteOffset: slot, as: T.self) }
    }

    // MARK: x87

    /// Executes one x87 instruction: `loads` registers from slots `b`, `a` (ST(0) last), then the instruction, then `results` pops into
    /// `resultA`, `resultB`, then `leftover` values are thrown away. A memory operand is the one in slot `memory`.
    /// - Parameter fop: the instruction as FOP encodes it; memory forms with ModR/M `mod` 1 and `rm` 7.
    /// FCOMI and FUCOMI leave EFLAGS in slot `flags`.
    /// - Parameter conditions: the guest's status word, of which some instructions leave condition codes as they are.
    /// - Returns: the status word.
    func x87(_ fop: UInt16, control: UInt16, conditions: UInt16 = 0, loads: Int, results: Int, leftover: Int) -> UInt16 {
        let index = Int(fop & 0x7FF)
        if unsafe x87Stubs[index] == 0 {
            var bytes: [UInt8] = []
            // The environment that is loaded below names the registers loaded here: TOP, which is left anywhere, must be 0 before.
            if Self.leavesConditions(fop) { bytes += [0xDB, 0xE3] }
            if loads > 1 { bytes += [0xDB, 0x6F, UInt8(Slot.b)] }
            if loads > 0 { bytes += [0xDB, 0x6F, UInt8(Slot.a)] }
            // These do not always write the condition codes that are read from them: the guest's must show then. FLDENV, for loading clears C1.
            if Self.leavesConditions(fop) { bytes += [0xD9, 0x67, UInt8(Slot.environment)] }
            bytes += [0xD9, 0x6F, UInt8(Slot.control), 0xD8 | UInt8(index >> 8), UInt8(index & 0xFF)]
            if index & 0xFF < 0xC0 { bytes.append(UInt8(Slot.memory)) }
            if Self.comparesToFlags(fop) { bytes += [0x9C, 0x8F, 0x47, UInt8(bitPattern: Int8(Slot.flags))] }
            // The status is read and cleared before the mask comes back: an overflow that the guest unmasks must not reach the host.
            bytes += [0xDD, 0x7F, UInt8(Slot.status), 0xDB, 0xE2, 0xD9, 0x6F, UInt8(Slot.hostControl)]
            if results > 0 { bytes += [0xDB, 0x7F, UInt8(Slot.resultA)] }
            if results > 1 { bytes += [0xDB, 0x7F, UInt8(Slot.resultB)] }
            for _ in 0..<leftover { bytes += [0xDD, 0xD8] }
            // FPTAN and FSINCOS leave one value instead of two when the argument is out of range: the second pop then faults, masked.
            if results > 1 { bytes += [0xDB, 0xE2] }
            unsafe x87Stubs[index] = emit(bytes + [0xC3])
        }
        self[Slot.control] = control
        self[Slot.environment + 4] = UInt32(conditions & 0x4700) | UInt32(truncatingIfNeeded: 8 - loads & 7) << 11
        self[Slot.environment + 8] = 0xFFFF >> UInt32(truncatingIfNeeded: loads * 2)
        unsafe call(x87Stubs[index])
        return self[Slot.status]
    }

    /// FPREM, FPREM1, FSIN, FCOS, FSINCOS, FPTAN, FCOMI and FUCOMI.
    private static func leavesConditions(_ fop: UInt16) -> Bool {
        [0x1F2, 0x1F5, 0x1F8, 0x1FB, 0x1FE, 0x1FF].contains(fop & 0x7FF) || comparesToFlags(fop)
    }
    private static func comparesToFlags(_ fop: UInt16) -> Bool { fop & 0x7F8 == 0x3E8 || fop & 0x7F8 == 0x3F0 }

    // MARK: MMX and SSE

    /// Executes a vector instruction on the operands in `first` and `second`.
    /// - Parameter opcode: opcode | map << 8 | prefix << 10, as `Instruction.immediate2` has it.
    func vector(_ opcode: UInt16, _ shape: Shape, immediate: UInt8? = nil) {
        let index = Int(opcode & 0xFFF)
        if let immediate {
            if unsafe immediateTables[index] == 0 {
                if Int(immediateTableCount) + 1 >= Self.maximumImmediateTables { clear() }
                immediateTableCount += 1
                unsafe immediateTables[index] = immediateTableCount
            }
            var place = unsafe Int(immediateTables[index]) * 256 + Int(immediate)
            if unsafe immediateStubs[place] == 0 {
                let stub = emit(vectorBytes(opcode, shape, immediate))
                if unsafe immediateTables[index] == 0 {
                    immediateTableCount += 1
                    unsafe immediateTables[index] = immediateTableCount
                    place = unsafe Int(immediateTables[index]) * 256 + Int(immediate)
                }
                unsafe immediateStubs[place] = stub
            }
            unsafe call(immediateStubs[place])
        } else {
            if unsafe vectorStubs[index] == 0 { unsafe vectorStubs[index] = emit(vectorBytes(opcode, shape, nil)) }
            unsafe call(vectorStubs[index])
        }
    }

    private func vectorBytes(_ opcode: UInt16, _ shape: Shape, _ immediate: UInt8?) -> [UInt8] {
        func slot(_ value: Int) -> UInt8 { UInt8(bitPattern: Int8(value)) }
        let loadX0: [UInt8] = [0x0F, 0x28, 0x47, slot(Slot.first)], loadX1: [UInt8] = [0x0F, 0x28, 0x4F, slot(Slot.second)]
        let storeX0: [UInt8] = [0x0F, 0x29, 0x47, slot(Slot.first)]
        let loadM0: [UInt8] = [0x0F, 0x6F, 0x47, slot(Slot.first)], loadM1: [UInt8] = [0x0F, 0x6F, 0x4F, slot(Slot.second)]
        let storeM0: [UInt8] = [0x0F, 0x7F, 0x47, slot(Slot.first)], emms: [UInt8] = [0x0F, 0x77]
        let loadECX: [UInt8] = [0x8B, 0x4F, slot(Slot.ecx)], storeEAX: [UInt8] = [0x89, 0x47, slot(Slot.eax)],
            storeECX: [UInt8] = [0x89, 0x4F, slot(Slot.ecx)]
        let storeFlags: [UInt8] = [0x9C, 0x8F, 0x47, slot(Slot.flags)]

        let prefix: [UInt8] = [[], [0x66], [0xF3], [0xF2]][Int(opcode >> 10 & 3)]
        let escape: [UInt8] = [[0x0F], [0x0F], [0x0F, 0x38], [0x0F, 0x3A]][Int(opcode >> 8 & 3)]
        func operation(_ modRM: UInt8) -> [UInt8] { prefix + escape + [UInt8(truncatingIfNeeded: opcode), modRM] + (immediate.map { [$0] } ?? []) }

        var bytes: [UInt8] = []
        let rounds = Self.usesMXCSR(opcode)
        if rounds { bytes += [0x0F, 0xAE, 0x57, slot(Slot.mxcsr)] }
        // reg = 0, rm = 1: op xmm0, xmm1 and the like
        let pair = operation(0xC1)
        switch shape {
        case .mmx: bytes += loadM0 + loadM1 + pair + storeM0 + emms
        case .mmxToG: bytes += loadM1 + pair + storeEAX + emms
        case .mmxFromG: bytes += loadM0 + loadECX + pair + storeM0 + emms
        case .sse: bytes += loadX0 + loadX1 + pair + storeX0
        case .sseCompare: bytes += loadX0 + loadX1 + pair + storeFlags
        case .sseToG: bytes += loadX1 + pair + storeEAX
        case .sseFromG: bytes += loadX0 + loadECX + pair + storeX0
        case .sseToMMX: bytes += loadX1 + pair + storeM0 + emms
        case .sseFromMMX: bytes += loadX0 + loadM1 + pair + storeX0 + emms
        case .sseExtract: bytes += loadX0 + pair + storeECX
        case .sseString:
            let lengths: [UInt8] = [0x8B, 0x47, slot(Slot.eax), 0x8B, 0x57, slot(Slot.edx)]
            bytes += loadX0 + loadX1 + lengths + pair + storeFlags + storeX0 + storeECX
        case .sseBlend:
            // The mask is always XMM0: op xmm1, xmm2
            bytes += [0x0F, 0x28, 0x47, slot(Slot.third), 0x0F, 0x28, 0x4F, slot(Slot.first), 0x0F, 0x28, 0x57, slot(Slot.second)]
            bytes += operation(0xCA) + [0x0F, 0x29, 0x4F, slot(Slot.first)]
        }
        if rounds { bytes += [0x0F, 0xAE, 0x5F, slot(Slot.mxcsrOut), 0x0F, 0xAE, 0x57, slot(Slot.hostMXCSR)] }
        return bytes + [0xC3]
    }

    /// Whether MXCSR rules the operation: the floating point ones, not the moves and integers.
    static func usesMXCSR(_ opcode: UInt16) -> Bool {
        switch opcode >> 8 & 3 {
        case 1:
            switch opcode & 0xFF {
            case 0x2A, 0x2C...0x2F, 0x51...0x53, 0x58...0x5F, 0x7C, 0x7D, 0xC2, 0xD0, 0xE6: true
            default: false
            }
        case 3:
            switch opcode & 0xFF {
            case 0x08...0x0B, 0x40, 0x41: true
            default: false
            }
        default: false
        }
    }

    // MARK: Code

    private func emit(_ bytes: [UInt8]) -> UInt {
        if used + Self.longestStub > code.size { clear() }
        let at = used
        for (index, byte) in bytes.enumerated() { unsafe code.writable.storeBytes(of: byte, toByteOffset: at + index, as: UInt8.self) }
        used = (at + bytes.count + 15) & ~15
        return unsafe UInt(bitPattern: code.executable) + UInt(at)
    }

    /// Forgets all stubs: the memory for code is full.
    private func clear() {
        used = 0
        immediateTableCount = 0
        for index in 0..<2048 { unsafe x87Stubs[index] = 0 }
        for index in 0..<4096 {
            unsafe vectorStubs[index] = 0
            unsafe immediateTables[index] = 0
        }
        for index in 0..<Self.maximumImmediateTables * 256 { unsafe immediateStubs[index] = 0 }
    }

    @inline(__always) private func call(_ stub: UInt) {
        guard let address = unsafe UnsafeRawPointer(bitPattern: stub) else { return }
        unsafe unsafeBitCast(address, to: Stub.self)(exchange)
    }
}
