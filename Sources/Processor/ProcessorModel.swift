import X86

/// What CPUID says and which instructions exist. A preset names the processor it stands for.
package enum ProcessorModel: String, CaseIterable, Codable, Sendable {
    case i486 = "486"
    case pentium, pentium2, pentium3, pentium4, max

    /// What it lacks is undefined (SDM Vol. 2A §2.1: #UD).
    var generation: Generation {
        switch self {
        case .i486: .i486
        case .pentium: .pentium
        case .pentium2: .p2
        case .pentium3: .p3
        case .pentium4: .p4
        case .max: .max
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

    /// CPUID leaf 1 EDX (SDM Vol. 2A, CPUID).
    var features: UInt32 {
        let fpu: UInt32 = 1 << 0, pse: UInt32 = 1 << 3, tsc: UInt32 = 1 << 4, msr: UInt32 = 1 << 5, pae: UInt32 = 1 << 6
        let cx8: UInt32 = 1 << 8, sep: UInt32 = 1 << 11, pge: UInt32 = 1 << 13, cmov: UInt32 = 1 << 15
        let mmx: UInt32 = 1 << 23, fxsr: UInt32 = 1 << 24, sse: UInt32 = 1 << 25, sse2: UInt32 = 1 << 26
        let pentium = fpu | pse | tsc | msr | cx8
        let p6 = pentium | pae | sep | pge | cmov | mmx | fxsr
        switch self {
        case .i486: return fpu
        case .pentium: return pentium
        case .pentium2: return p6
        case .pentium3: return p6 | sse
        case .pentium4, .max: return p6 | sse | sse2
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
