import X86

/// EFLAGS bits as plain numbers (`X86.Flags` says what they are): literals fold into the hot paths, constants of another module do not.
enum EFLAGS {
    static let tf: UInt32 = 1 << 8
    static let `if`: UInt32 = 1 << 9
    static let df: UInt32 = 1 << 10
    static let iopl: UInt32 = 3 << 12
    static let nt: UInt32 = 1 << 14
    static let rf: UInt32 = 1 << 16
    static let vm: UInt32 = 1 << 17
    static let ac: UInt32 = 1 << 18
    static let vif: UInt32 = 1 << 19
    static let vip: UInt32 = 1 << 20
    static let status: UInt32 = 0x8D5
}

/// CR4 bits (SDM Vol. 3A §2.5).
enum CR4 {
    static let vme: UInt32 = 1 << 0, pvi: UInt32 = 1 << 1, tsd: UInt32 = 1 << 2, de: UInt32 = 1 << 3, pse: UInt32 = 1 << 4, pae: UInt32 = 1 << 5
    static let mce: UInt32 = 1 << 6, pge: UInt32 = 1 << 7, pce: UInt32 = 1 << 8, osfxsr: UInt32 = 1 << 9, osxmmexcpt: UInt32 = 1 << 10
}

/// The questions that every instruction asks, answered without a call into `X86`.
extension Instruction {
    @inline(__always) var isRep: Bool { prefixes.rawValue & 2 != 0 }
    @inline(__always) var isRepne: Bool { prefixes.rawValue & 4 != 0 }
    @inline(__always) var isOperand16: Bool { prefixes.rawValue & 8 != 0 }
    @inline(__always) var isAddress16: Bool { prefixes.rawValue & 16 != 0 }
    @inline(__always) func has(_ other: Form) -> Bool { unsafe unsafeBitCast(form, to: UInt8.self) == unsafeBitCast(other, to: UInt8.self) }
}
