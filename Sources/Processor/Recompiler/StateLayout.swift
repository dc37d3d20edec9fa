import Bus
import X64Assembler
import X86

/// Which host register holds what while translated code runs.
///
/// EAX…EBX are RAX…RBX, because AH–BH cannot be named beside a REX prefix; EBP, ESI and EDI are their namesakes. ESP is the sum of two: R13, the host
/// address of the stack's top where the stack window holds, and R12, guest address minus host address. R8…R11 are free between instructions.
enum Pinned {
    /// `CPUState`, `StateLayout.bias` bytes in, so that most displacements fit a byte.
    static let state = HostRegister.r14
    /// The bank of translation maps in force (`TranslationMaps`).
    static let maps = HostRegister.r15
    static let stack = HostRegister.r13
    static let stackDelta = HostRegister.r12
}

/// Offsets into `CPUState`, as displacements from `Pinned.state`.
@safe
struct StateLayout: Sendable {
    static let bias: Int32 = 128
    static let shared = StateLayout()

    let gpr = StateLayout.at(\.gpr), eip = StateLayout.at(\.eip), systemFlags = StateLayout.at(\.systemFlags)
    let packedFlags = StateLayout.at(\.packedFlags), pageBase = StateLayout.at(\.pageBase), pending = StateLayout.at(\.pending)
    let budget = StateLayout.at(\.budget), repeatLimit = StateLayout.at(\.repeatLimit), readMap = unsafe StateLayout.at(\.readMap)
    let cpl = StateLayout.at(\.cpl), intr = StateLayout.at(\.intr), nmiBlocked = StateLayout.at(\.nmiBlocked), idtr = StateLayout.at(\.idtr)
    let cr0 = StateLayout.at(\.cr0), cr4 = StateLayout.at(\.cr4), tscOffset = StateLayout.at(\.tscOffset)
    let translation = StateLayout.at(\.translation), segments = StateLayout.at(\.segments), fpu = StateLayout.at(\.fpu)

    private static func at(_ path: PartialKeyPath<CPUState>) -> Int32 {
        unsafe Int32(MemoryLayout<CPUState>.offset(of: path).unsafelyUnwrapped) - bias
    }
    private static func within<T>(_ path: PartialKeyPath<T>) -> Int32 { unsafe Int32(MemoryLayout<T>.offset(of: path).unsafelyUnwrapped) }

    var branchTable: Int32 { translation + Self.within(\TranslationState.branchTable) }
    var modeTag: Int32 { translation + Self.within(\TranslationState.modeTag) }
    var codeBase: Int32 { translation + Self.within(\TranslationState.codeBase) }
    var codeAlias: Int32 { translation + Self.within(\TranslationState.codeAlias) }
    var hostStack: Int32 { translation + Self.within(\TranslationState.hostStack) }
    var hostStackLimit: Int32 { translation + Self.within(\TranslationState.hostStackLimit) }
    var hostTop: Int32 { translation + Self.within(\TranslationState.hostTop) }
    var exit: Int32 { translation + Self.within(\TranslationState.exit) }
    var holdsVectors: Int32 { translation + Self.within(\TranslationState.holdsVectors) }
    var holdsX87: Int32 { translation + Self.within(\TranslationState.holdsX87) }
    var counterTicks: Int32 { Self.at(\.counter) + Self.within(\HostCounter.ticks) }
    var counterRate: Int32 { Self.at(\.counter) + Self.within(\HostCounter.rate) }
    var counterTime: Int32 { Self.at(\.counter) + Self.within(\HostCounter.time) }
    var scratch: Int32 { translation + Self.within(\TranslationState.scratch) }
    var target: Int32 { translation + Self.within(\TranslationState.target) }
    var dataPointer: Int32 { fpu + Self.within(\FPUState.dataPointer) }
    var instructionPointer: Int32 { fpu + Self.within(\FPUState.instructionPointer) }
    var opcode: Int32 { fpu + Self.within(\FPUState.opcode) }
    var instructionSelector: Int32 { fpu + Self.within(\FPUState.instructionSelector) }
    var dataSelector: Int32 { fpu + Self.within(\FPUState.dataSelector) }
    var x87Image: Int32 { translation + Self.within(\TranslationState.x87Image) }
    var idtBase: Int32 { idtr + Self.within(\TableRegister.base) }
    var idtLimit: Int32 { idtr + Self.within(\TableRegister.limit) }
    var mxcsr: Int32 { fpu + Self.within(\FPUState.mxcsr) }
    var xmm: Int32 { fpu + Self.within(\FPUState.xmm) }

    private func segment(_ number: UInt8) -> Int32 { segments + Int32(number & 7) * Int32(MemoryLayout<SegmentCache>.stride) }
    func selector(_ number: UInt8) -> Int32 { segment(number) + Self.within(\SegmentCache.selector) }
    func raw(_ number: UInt8) -> Int32 { segment(number) + Self.within(\SegmentCache.raw) }
    var gdtBase: Int32 { Self.at(\.gdtr) + Self.within(\TableRegister.base) }
    var gdtLimit: Int32 { Self.at(\.gdtr) + Self.within(\TableRegister.limit) }
    func base(_ number: UInt8) -> Int32 { segment(number) + Self.within(\SegmentCache.base) }
    func limit(_ number: UInt8) -> Int32 { segment(number) + Self.within(\SegmentCache.limit) }
    func readEnd(_ number: UInt8) -> Int32 { segment(number) + Self.within(\SegmentCache.readEnd) }
    func writeEnd(_ number: UInt8) -> Int32 { segment(number) + Self.within(\SegmentCache.writeEnd) }
}

/// What translated code takes for granted of the processor: part of the key under which it is found.
struct CodeMode: OptionSet, Hashable {
    let rawValue: UInt8
    /// CS.D and SS.B.
    static let code32 = Self(rawValue: 1), stack32 = Self(rawValue: 2)
    /// Base 0, the whole 4 GiB, readable and (but for CS) writable.
    static let flatCode = Self(rawValue: 4), flatStack = Self(rawValue: 8), flatData = Self(rawValue: 16), flatExtra = Self(rawValue: 32)
    /// Real or V86 mode, with segments that a load changes nothing of but selector and base, and that none makes flat.
    static let realSegments = Self(rawValue: 128)

    static let tagShift: UInt = 48
    /// What is added to a host address; never 0, as an empty entry's tag is.
    var tag: UInt { UInt(rawValue | 64) << Self.tagShift }

    func isFlat(_ segment: UInt8) -> Bool {
        switch segment {
        case 0: contains(.flatExtra)
        case 1: false
        case 2: contains(.flatStack)
        case 3: contains(.flatData)
        default: false
        }
    }
}

extension Execution {
    /// The mode of the code at CS:EIP.
    var codeMode: CodeMode {
        var mode: CodeMode = []
        let code = unsafe segment(1)
        if unsafe code.pointee.isBig { mode.insert(.code32) }
        if s.stackMask != 0xFFFF { mode.insert(.stack32) }
        if unsafe code.pointee.base == 0 && code.pointee.limit == 0xFFFF_FFFF { mode.insert(.flatCode) }
        if isFlat(2) { mode.insert(.flatStack) }
        if isFlat(3) { mode.insert(.flatData) }
        if isFlat(0) { mode.insert(.flatExtra) }
        if (!isProtected || isV86) && hasRealSegments { mode.insert(.realSegments) }
        return mode
    }

    private var hasRealSegments: Bool {
        for number: UInt8 in 0...5 {
            let cache = unsafe segment(number)
            if isV86 {
                guard unsafe cache.pointee.limit == 0xFFFF && cache.pointee.attributes == 0xF3 else { return false }
            } else if number == 1 {
                guard unsafe cache.pointee.attributes & ~0x4000 == 0x93 else { return false }
            }
            guard unsafe cache.pointee.limit != 0xFFFF_FFFF else { return false }
        }
        return true
    }

    @inline(__always) private func isFlat(_ number: UInt8) -> Bool {
        let cache = unsafe segment(number)
        return unsafe cache.pointee.base == 0 && cache.pointee.readEnd == 1 << 32 && cache.pointee.writeEnd == 1 << 32
    }

    /// Moves the status flags into the form of translated code, and back.
    func packFlags() {
        let flags = statusFlags
        s.packedFlags = (flags & 0xFF) << 8 | flags >> 11 & 1
    }
    func unpackFlags() { setStatusFlags(s.packedFlags >> 8 & 0xD5 | (s.packedFlags & 1) << 11) }
}
