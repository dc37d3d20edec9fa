import X86

/// Places in `CPUState.machine` of registers that only remember what was written to them.
enum MachineRegister {
    /// Variable (200h–20Fh), fixed 64 K, 16 K and 4 K, default type: SDM Vol. 3A §12.11.
    static let rangeVariable = 0, range64K = 16, range16K = 17, range4K = 19, rangeDefault = 27
    static let performanceCounter0 = 28, eventSelect0 = 30
    /// MCi_CTL of five banks (SDM Vol. 3B chapter 16).
    static let checkControl = 32
    static let checkGlobal = 37, checkStatus = 38, debugControl = 39, powerOn = 40, cacheControl = 41, miscEnable = 42
    static let count = 48
    static let banks = 5
}

/// RDMSR and WRMSR (SDM Vol. 4). Which registers there are depends on the preset; all others, and reserved bits, raise #GP.
extension Execution {
    private enum Number {
        static let tsc: UInt32 = 0x10, apicBase: UInt32 = 0x1B, sysenterCS: UInt32 = 0x174, sysenterESP: UInt32 = 0x175, sysenterEIP: UInt32 = 0x176
        static let rangeCapabilities: UInt32 = 0xFE, checkCapabilities: UInt32 = 0x179, pat: UInt32 = 0x277, efer: UInt32 = 0xC000_0080
    }

    func readMSR() throws(Fault) {
        try requireRing0()
        let value = try valueOfMSR(ecx)
        eax = UInt32(truncatingIfNeeded: value)
        edx = UInt32(truncatingIfNeeded: value >> 32)
    }

    private func valueOfMSR(_ number: UInt32) throws(Fault) -> UInt64 {
        switch number {
        // P5_MC_ADDR, P5_MC_TYPE
        case 0, 1: return 0
        case Number.tsc: return timeStamp
        default: break
        }
        guard owner.model >= .pentium2 else { throw .protection(0) }
        if let place = Self.place(number) { return s.machine[place] }
        switch number {
        case Number.apicBase:
            guard let base = owner.interrupts.apicBase else { throw .protection(0) }
            return base
        case Number.sysenterCS: return UInt64(s.sysenterCS)
        case Number.sysenterESP: return UInt64(s.sysenterESP)
        case Number.sysenterEIP: return UInt64(s.sysenterEIP)
        // Platform, microcode revision (none), last branches (not recorded)
        case 0x17, 0x8B, 0x1DB...0x1DE: return 0
        // Eight variable ranges, fixed ranges, write combining
        case Number.rangeCapabilities: return 0x508
        case Number.checkCapabilities: return UInt64(MachineRegister.banks)
        case Self.bankRegisters where number & 3 != 0: return 0
        case Number.pat: return s.pat
        case Number.efer where owner.model == .max: return s.efer
        default: throw .protection(0)
        }
    }

    /// MCi_CTL, MCi_STATUS, MCi_ADDR, MCi_MISC.
    private static let bankRegisters: ClosedRange<UInt32> = 0x400...(0x400 + UInt32(MachineRegister.banks) * 4 - 1)

    private static func place(_ number: UInt32) -> Int? {
        switch number {
        case 0x200...0x20F: MachineRegister.rangeVariable + Int(number - 0x200)
        case 0x250: MachineRegister.range64K
        case 0x258...0x259: MachineRegister.range16K + Int(number - 0x258)
        case 0x268...0x26F: MachineRegister.range4K + Int(number - 0x268)
        case 0x2FF: MachineRegister.rangeDefault
        case 0xC1, 0xC2: MachineRegister.performanceCounter0 + Int(number - 0xC1)
        case 0x186, 0x187: MachineRegister.eventSelect0 + Int(number - 0x186)
        case 0x17A: MachineRegister.checkStatus
        case 0x17B: MachineRegister.checkGlobal
        case 0x1D9: MachineRegister.debugControl
        case 0x2A: MachineRegister.powerOn
        case 0x119: MachineRegister.cacheControl
        case 0x1A0: MachineRegister.miscEnable
        case bankRegisters where number & 3 == 0: MachineRegister.checkControl + Int(number - 0x400) / 4
        default: nil
        }
    }

    func writeMSR() throws(Fault) {
        try requireRing0()
        let value = UInt64(edx) << 32 | UInt64(eax)
        switch ecx {
        case 0, 1: return
        case Number.tsc:
            // The upper half reads back 0 on the P6 (SDM Vol. 3B §17.17.3).
            s.tscOffset = (owner.model < .pentium4 ? value & 0xFFFF_FFFF : value) &- owner.time.now
            return
        default: break
        }
        guard owner.model >= .pentium2 else { throw .protection(0) }
        if let place = Self.place(ecx) {
            guard Self.isValid(value, forRange: ecx) else { throw .protection(0) }
            s.machine[place] = value
            return
        }
        switch ecx {
        case Number.apicBase:
            guard owner.interrupts.writeAPICBase(value) else { throw .protection(0) }
        case Number.sysenterCS: s.sysenterCS = eax
        case Number.sysenterESP: s.sysenterESP = eax
        case Number.sysenterEIP: s.sysenterEIP = eax
        // Microcode updates: none is ever applied.
        case 0x17, 0x79, 0x8B: break
        case Self.bankRegisters where ecx & 3 != 0: if value != 0 { throw .protection(0) }
        case Number.pat:
            guard (UInt64(0)..<8).allSatisfy({ Self.isMemoryType(value >> ($0 * 8) & 0xFF, pat: true) }) else { throw .protection(0) }
            s.pat = value
        case Number.efer where owner.model == .max:
            guard value & ~0x800 == 0 else { throw .protection(0) }
            s.efer = value
            owner.flushTranslations()
        default: throw .protection(0)
        }
    }

    private static func isMemoryType(_ type: UInt64, pat: Bool) -> Bool { type < 8 && type != 2 && type != 3 && (pat || type != 7) }

    /// What the range registers demand of a value (SDM Vol. 3A §12.11.2); the others of `place` take anything.
    private static func isValid(_ value: UInt64, forRange number: UInt32) -> Bool {
        switch number {
        case 0x250, 0x258...0x259, 0x268...0x26F: return (UInt64(0)..<8).allSatisfy { isMemoryType(value >> ($0 * 8) & 0xFF, pat: false) }
        case 0x2FF: return value & ~0xCFF == 0 && isMemoryType(value & 0xFF, pat: false)
        case 0x200...0x20F where number & 1 == 0: return value & ~0xF_FFFF_F0FF == 0 && isMemoryType(value & 0xFF, pat: false)
        case 0x200...0x20F: return value & ~0xF_FFFF_F800 == 0
        default: return true
        }
    }
}
