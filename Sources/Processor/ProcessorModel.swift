import X86

/// What CPUID says and which instructions exist. A preset names the processor it stands for.
package enum ProcessorModel: String, CaseIterable, Codable, Comparable, Sendable {
    case i486 = "486"
    case pentium, pentium2, pentium3, pentium4, max

    /// By age.
    package static func < (a: ProcessorModel, b: ProcessorModel) -> Bool { a.age < b.age }
    private var age: Int {
        switch self {
        case .i486: 4
        case .pentium: 5
        case .pentium2: 6
        case .pentium3: 7
        case .pentium4: 8
        case .max: 9
        }
    }

    /// What it lacks is undefined (SDM Vol. 2A §2.1: #UD).
    var generation: Generation {
        switch self {
        case .i486: .i486
        case .pentium: .pentium
        case .pentium2: .p2
        case .pentium3: .p3
        case .pentium4: .p4
        case .max: HostProcessor.hasEverything ? .max : .p4
        }
    }

    /// Family, model, stepping: CPUID leaf 1 EAX, and EDX after reset.
    var signature: UInt32 {
        switch self {
        case .i486: 0x0480
        case .pentium: 0x0543
        case .pentium2: 0x0634
        case .pentium3: 0x0673
        case .pentium4: 0x0F29
        case .max: 0x0F41
        }
    }

    /// CPUID leaf 1 EDX: there is a local APIC, and it is on.
    static let localAPIC: UInt32 = 1 << 9
    package var hasLocalAPIC: Bool { features & Self.localAPIC != 0 }

    /// CPUID leaf 1 EDX (SDM Vol. 2A, CPUID).
    var features: UInt32 {
        let fpu: UInt32 = 1 << 0, vme: UInt32 = 1 << 1, de: UInt32 = 1 << 2, pse: UInt32 = 1 << 3, tsc: UInt32 = 1 << 4, msr: UInt32 = 1 << 5
        let pae: UInt32 = 1 << 6, mce: UInt32 = 1 << 7, cx8: UInt32 = 1 << 8, sep: UInt32 = 1 << 11, mtrr: UInt32 = 1 << 12, pge: UInt32 = 1 << 13
        let mca: UInt32 = 1 << 14, cmov: UInt32 = 1 << 15, pat: UInt32 = 1 << 16, clflush: UInt32 = 1 << 19
        let mmx: UInt32 = 1 << 23, fxsr: UInt32 = 1 << 24, sse: UInt32 = 1 << 25, sse2: UInt32 = 1 << 26
        let pentium = fpu | vme | de | pse | tsc | msr | mce | cx8 | Self.localAPIC
        let p6 = pentium | pae | sep | mtrr | pge | mca | cmov | pat | mmx | fxsr
        switch self {
        case .i486: return fpu | vme
        case .pentium: return pentium
        case .pentium2: return p6
        case .pentium3: return p6 | sse
        case .pentium4, .max: return p6 | sse | sse2 | clflush
        }
    }

    /// CPUID leaf 1 ECX: SSE3, SSSE3, SSE4.1, SSE4.2 and POPCNT, which run on the host's own units; RDRAND.
    var moreFeatures: UInt32 {
        guard self == .max else { return 0 }
        return 1 << 30 | (HostProcessor.hasEverything ? HostProcessor.neededByMax : 0)
    }

    /// The bits of CR4 that exist; 0: there is no CR4.
    var writableCR4: UInt32 {
        let virtual = CR4.vme | CR4.pvi, pentium = virtual | CR4.tsd | CR4.de | CR4.pse | CR4.mce
        let p6 = pentium | CR4.pae | CR4.pge | CR4.pce | CR4.osfxsr
        switch self {
        case .i486: return virtual
        case .pentium: return pentium
        case .pentium2: return p6
        case .pentium3, .pentium4, .max: return p6 | CR4.osxmmexcpt
        }
    }

    var brand: String {
        switch self {
        case .i486: "Vitrine 486"
        case .pentium: "Vitrine Pentium"
        case .pentium2: "Vitrine Pentium II"
        case .pentium3: "Vitrine Pentium III"
        case .pentium4: "Vitrine Pentium 4"
        case .max: "Vitrine, everything on"
        }
    }
}
