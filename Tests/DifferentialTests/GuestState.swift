import TestSupport

/// What a case starts from and what it ends with.
struct GuestState: Equatable, Sendable {
    /// EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI.
    var gpr = [UInt32](repeating: 0, count: 8)
    var eip: UInt32 = 0
    var eflags: UInt32 = 0x202
    /// ES, CS, SS, DS, FS, GS.
    var segments = [UInt16](repeating: 0, count: 6)
    var fpu = FloatingPoint()
    /// How the case ended: exception vector, its error code, and CR2 for #PF.
    var vector: UInt32 = 0
    var error: UInt32 = 0
    var cr2: UInt32 = 0
}

/// The floating point state as FXSAVE lays it out.
struct FloatingPoint: Equatable, Sendable {
    var control: UInt16 = 0x37F
    var status: UInt16 = 0
    /// One bit a physical register: not empty.
    var tags: UInt8 = 0
    var opcode: UInt16 = 0
    var instructionPointer: UInt32 = 0
    var dataPointer: UInt32 = 0
    var mxcsr: UInt32 = 0x1F80
    /// ST(0)…ST(7): significand, then sign and exponent.
    var significands = [UInt64](repeating: 0, count: 8)
    var exponents = [UInt16](repeating: 0, count: 8)
    var xmm = [UInt64](repeating: 0, count: 16)
}

/// One case: some instructions, the state and the memory they start from.
struct Case {
    var seed: UInt64
    var code: [UInt8]
    /// Where the code stands in the code pages.
    var codeOffset: Int
    /// The rows of the instruction table that were drawn, in order.
    var rows: [Int]
    var state: GuestState
    /// Changes to the common memory image.
    var patches: [(offset: Int, bytes: [UInt8])] = []
    var code32: Bool
}

/// Memory as the cases see it: linear addresses and their places in the image.
struct Layout: Sendable {
    /// Two pages.
    let code: UInt32
    /// Two pages, then one that may only be read, then one that is not there.
    let data: UInt32
    /// One page; behind it none, or one of the supervisor's.
    let data2: UInt32
    /// One page.
    let stack: UInt32

    static let flat = Layout(code: 0x1000_0000, data: 0x2000_0000, data2: 0x2000_4000, stack: 0x3000_0000)
    /// Within reach of real-address mode.
    static let low = Layout(code: 0x1_0000, data: 0x2_0000, data2: 0x2_4000, stack: 0x3_0000)

    /// Data (two pages), data 2, stack.
    static let imageSize = 4 * 4096

    /// Where a linear address stands in the image; nil outside it.
    func offset(_ linear: UInt32) -> Int? {
        guard let index = [data, data + 4096, data2, stack].firstIndex(where: { linear & ~0xFFF == $0 }) else { return nil }
        return index * 4096 + Int(linear & 0xFFF)
    }

    /// What the image and the read-only page hold before the patches of a case.
    static let image = filled(imageSize, seed: 1)
    static let readOnlyPage = filled(4096, seed: 2)

    private static func filled(_ count: Int, seed: UInt64) -> [UInt8] {
        var random = RandomSource(seed: seed)
        var bytes: [UInt8] = []
        while bytes.count < count { bytes += Values.memory(&random) }
        return Array(bytes.prefix(count))
    }
}
