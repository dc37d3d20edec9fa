/// General registers by their number in ModR/M (SDM Vol. 2A, table 2-2).
package enum Register: UInt8, CaseIterable, Sendable {
    case eax, ecx, edx, ebx, esp, ebp, esi, edi
}

/// Segment registers by their number in instructions.
package enum SegmentRegister: UInt8, CaseIterable, Sendable {
    case es, cs, ss, ds, fs, gs
}

/// EFLAGS (SDM Vol. 1 §3.4.3).
package struct Flags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    package static let cf = Self(rawValue: 1 << 0)
    package static let pf = Self(rawValue: 1 << 2)
    package static let af = Self(rawValue: 1 << 4)
    package static let zf = Self(rawValue: 1 << 6)
    package static let sf = Self(rawValue: 1 << 7)
    package static let tf = Self(rawValue: 1 << 8)
    package static let `if` = Self(rawValue: 1 << 9)
    package static let df = Self(rawValue: 1 << 10)
    package static let of = Self(rawValue: 1 << 11)
    package static let iopl = Self(rawValue: 3 << 12)
    package static let nt = Self(rawValue: 1 << 14)
    package static let rf = Self(rawValue: 1 << 16)
    package static let vm = Self(rawValue: 1 << 17)
    package static let ac = Self(rawValue: 1 << 18)
    package static let vif = Self(rawValue: 1 << 19)
    package static let vip = Self(rawValue: 1 << 20)
    package static let id = Self(rawValue: 1 << 21)
    /// The six that arithmetic writes.
    package static let status: Self = [.cf, .pf, .af, .zf, .sf, .of]
}
