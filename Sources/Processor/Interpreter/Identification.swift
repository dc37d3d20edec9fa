import X86

/// CPUID, the time-stamp counter and performance counters (SDM Vol. 2A CPUID; Vol. 3B chapters 17 and 18).
extension Execution {
    /// The time-stamp counter at 1 GHz of virtual time: constant, so that guests calibrate once.
    var timeStamp: UInt64 { owner.time.now &+ s.tscOffset }

    func readTimeStamp() throws(Fault) {
        if s.cr4 & CR4.tsd != 0 && s.cpl != 0 { throw .protection(0) }
        eax = UInt32(truncatingIfNeeded: timeStamp)
        edx = UInt32(truncatingIfNeeded: timeStamp >> 32)
    }

    /// RDPMC. The counters are registers that never count: no event is ever selected.
    func readPerformanceCounter() throws(Fault) {
        if s.cr4 & CR4.pce == 0 && s.cpl != 0 { throw .protection(0) }
        guard ecx < 2 else { throw .protection(0) }
        let value = s.machine[MachineRegister.performanceCounter0 + Int(ecx)]
        eax = UInt32(truncatingIfNeeded: value)
        edx = UInt32(truncatingIfNeeded: value >> 32) & 0xFF
    }

    func cpuid() {
        let model = owner.model
        let highest: UInt32 = model < .pentium2 ? 1 : 2
        switch eax {
        case 0:
            eax = highest
            (ebx, edx, ecx) = (0x756E_6547, 0x4965_6E69, 0x6C65_746E)
        case 1:
            eax = model.signature
            // CLFLUSH lines of 64 bytes; the initial APIC ID is 0
            ebx = model < .pentium4 ? 0 : 0x0000_0800
            edx = owner.isLocalAPICEnabled ? model.features : model.features & ~ProcessorModel.localAPIC
            ecx = model.moreFeatures | (owner.hypervisorLeaf ? 0x8000_0000 : 0)
        case 2 where highest >= 2: (eax, ebx, ecx, edx) = (0x0066_5001, 0, 0, 0x007A_7040)
        case 0x4000_0000 where owner.hypervisorLeaf: (eax, ebx, ecx, edx) = (0x4000_0010, 0x6177_4D56, 0x4D56_6572, 0x6572_6177)
        case 0x4000_0010 where owner.hypervisorLeaf: (eax, ebx, ecx, edx) = (1_000_000, 0, 0, 0)
        case 0x8000_0000 where model >= .pentium4: (eax, ebx, ecx, edx) = (0x8000_0008, 0, 0, 0)
        case 0x8000_0001 where model >= .pentium4: (eax, ebx, ecx, edx) = (0, 0, 0, model == .max ? 1 << 20 : 0)
        case 0x8000_0002...0x8000_0004 where model >= .pentium4:
            var text = Array(model.brand.utf8)
            text += [UInt8](repeating: 0, count: 48 - text.count)
            let first = Int(eax - 0x8000_0002) * 16
            let words = (0..<4).map { word in (0..<4).reduce(UInt32(0)) { $0 | UInt32(text[first + word * 4 + $1]) << UInt32($1 * 8) } }
            (eax, ebx, ecx, edx) = (words[0], words[1], words[2], words[3])
        // Physical and linear addresses of 32 bits
        case 0x8000_0008 where model >= .pentium4: (eax, ebx, ecx, edx) = (0x2020, 0, 0, 0)
        default: (eax, ebx, ecx, edx) = (0, 0, 0, 0)
        }
    }
}
