import Bus
import X86

/// Ports, control registers, tables and identification (SDM Vol. 1 §5.20, Vol. 3A chapter 2).
extension Execution {
    // MARK: Ports

    func portRead(_ port: UInt16, _ width: UInt8) -> UInt32 { owner.ports.read(port, width == 1 ? .byte : width == 2 ? .word : .dword) }
    func portWrite(_ port: UInt16, _ width: UInt8, _ value: UInt32) {
        owner.ports.write(port, width == 1 ? .byte : width == 2 ? .word : .dword, value)
    }

    func input(_ port: UInt16, _ i: UnsafePointer<Instruction>) throws(Fault) {
        let width = unsafe i.pointee.width
        try checkPort(port, width)
        if width == 4, let special = owner.ports.registerPort(at: port) {
            var registers = GuestRegisters(eax: eax, ebx: ebx, ecx: ecx, edx: edx, esi: esi, edi: edi)
            if special.exchange(&registers) {
                (eax, ebx, ecx, edx, esi, edi) = (registers.eax, registers.ebx, registers.ecx, registers.edx, registers.esi, registers.edi)
                return
            }
        }
        setWidth(0, portRead(port, width), width)
    }

    func output(_ port: UInt16, _ i: UnsafePointer<Instruction>) throws(Fault) {
        let width = unsafe i.pointee.width
        try checkPort(port, width)
        portWrite(port, width, width == 1 ? eax & 0xFF : width == 2 ? eax & 0xFFFF : eax)
    }

    // MARK: Control registers

    func requireRing0() throws(Fault) { if s.cpl != 0 { throw .protection(0) } }

    func writeControl(_ number: UInt8, _ value: UInt32) throws(Fault) {
        try requireRing0()
        switch number {
        case 0: try writeCR0(value)
        case 2: s.cr2 = value
        case 3:
            s.cr3 = value
            if s.cr4 & 0x20 != 0 && s.cr0 & 0x8000_0000 != 0 { try owner.loadPDPTEs() }
            owner.flushTranslations()
        case 4:
            guard value & 0xFFFF_F800 == 0 else { throw .protection(0) }
            let changed = s.cr4 ^ value
            let old = s.cr4
            s.cr4 = value
            if changed & 0x20 != 0 && value & 0x20 != 0 && s.cr0 & 0x8000_0000 != 0 {
                do { try owner.loadPDPTEs() } catch {
                    s.cr4 = old
                    throw error
                }
            }
            if changed & 0xB0 != 0 { owner.flushTranslations() }
        default: throw .invalidOpcode
        }
    }

    func writeCR0(_ value: UInt32) throws(Fault) {
        let new = value & 0xE005_003F | 0x10
        guard new & 0x8000_0001 != 0x8000_0000, new & 0x6000_0000 != 0x2000_0000 else { throw .protection(0) }
        let changed = s.cr0 ^ new
        let old = s.cr0
        s.cr0 = new
        if changed & 0x8000_0000 != 0 && new & 0x8000_0000 != 0 && s.cr4 & 0x20 != 0 {
            do { try owner.loadPDPTEs() } catch {
                s.cr0 = old
                throw error
            }
        }
        if changed & 0x8001_0001 != 0 { owner.flushTranslations() }
    }

    func readControl(_ number: UInt8) throws(Fault) -> UInt32 {
        try requireRing0()
        switch number {
        case 0: return s.cr0
        case 2: return s.cr2
        case 3: return s.cr3
        case 4: return s.cr4
        default: throw .invalidOpcode
        }
    }

    func writeDebug(_ number: UInt8, _ value: UInt32) throws(Fault) {
        try requireRing0()
        if s.cr4 & 8 != 0 && (number == 4 || number == 5) { throw .invalidOpcode }
        switch number & 7 {
        case 4, 6: s.dr[6] = value & 0xE00F | 0xFFFF_0FF0
        case 5, 7: s.dr[7] = value & 0xFFFF_2FFF | 0x400
        default: s.dr[Int(number & 3)] = value
        }
    }

    func readDebug(_ number: UInt8) throws(Fault) -> UInt32 {
        try requireRing0()
        if s.cr4 & 8 != 0 && (number == 4 || number == 5) { throw .invalidOpcode }
        return s.dr[Int(number & 7) == 4 ? 6 : Int(number & 7) == 5 ? 7 : Int(number & 7)]
    }

    // MARK: Descriptor tables

    func loadTable(_ i: UnsafePointer<Instruction>) throws(Fault) -> TableRegister {
        try requireRing0()
        let at = unsafe address(i), segment = unsafe i.pointee.segment
        let limit: UInt16 = try read(segment, at)
        let base: UInt32 = try read(segment, at &+ 2)
        return TableRegister(base: unsafe i.pointee.isOperand16 ? base & 0xFF_FFFF : base, limit: limit)
    }

    func storeTable(_ i: UnsafePointer<Instruction>, _ table: TableRegister) throws(Fault) {
        let at = unsafe address(i), segment = unsafe i.pointee.segment
        try write(segment, at, table.limit)
        try write(segment, at &+ 2, table.base)
    }

    /// SLDT, STR, SMSW, MOV E,S: 16 bits to memory, the operand size to a register.
    func storeSelector(_ i: UnsafePointer<Instruction>, _ value: UInt32) throws(Fault) {
        if unsafe i.pointee.isMemory {
            try unsafe write(i.pointee.segment, address(i), UInt16(truncatingIfNeeded: value))
        } else if unsafe i.pointee.isOperand16 {
            unsafe setReg(i.pointee.rm, UInt16(truncatingIfNeeded: value))
        } else {
            unsafe setReg(i.pointee.rm, value)
        }
    }

    func selectorOperand(_ i: UnsafePointer<Instruction>) throws(Fault) -> UInt16 {
        if unsafe i.pointee.isMemory { return try unsafe read(i.pointee.segment, address(i)) }
        return unsafe reg(i.pointee.rm)
    }

    func requireProtected() throws(Fault) { if !isProtected || isV86 { throw .invalidOpcode } }

    func setZeroOnly(_ zero: Bool) { setStatusFlags(statusFlags & ~0x40 | (zero ? 0x40 : 0)) }

    /// LAR and LSL.
    func inspect(_ i: UnsafePointer<Instruction>, limit: Bool) throws(Fault) {
        try requireProtected()
        let selector = try unsafe selectorOperand(i)
        guard selector & 0xFFFC != 0, let cache = try descriptor(selector), let at = descriptorAddress(selector) else { return setZeroOnly(false) }
        let type = cache.attributes & 0x1F
        let isSystem = type & 0x10 == 0
        let valid = limit ? [1, 2, 3, 9, 11].contains(type) : [1, 2, 3, 4, 5, 9, 11, 12].contains(type)
        let conforming = type & 0x1C == 0x1C
        guard !isSystem || valid, conforming || (cache.dpl >= s.cpl && cache.dpl >= UInt8(selector & 3)) else { return setZeroOnly(false) }
        let value = limit ? cache.limit : try system32(at &+ 4) & 0x00FF_FF00
        unsafe setWidth(i.pointee.reg, value, i.pointee.isOperand16 ? 2 : 4)
        setZeroOnly(true)
    }

    /// VERR and VERW.
    func verify(_ i: UnsafePointer<Instruction>, write: Bool) throws(Fault) {
        try requireProtected()
        let selector = try unsafe selectorOperand(i)
        guard selector & 0xFFFC != 0, let cache = try descriptor(selector), cache.attributes & 0x10 != 0 else { return setZeroOnly(false) }
        let conforming = cache.attributes & 0x1C == 0x1C
        guard conforming || (cache.dpl >= s.cpl && cache.dpl >= UInt8(selector & 3)) else { return setZeroOnly(false) }
        setZeroOnly(write ? !cache.isCode && cache.attributes & 2 != 0 : !cache.isCode || cache.attributes & 2 != 0)
    }

    // MARK: Identification and time

    /// The time-stamp counter at 1 GHz of virtual time: constant, so that guests calibrate once.
    var timeStamp: UInt64 { owner.time.now &+ s.tscOffset }

    func cpuid() {
        let model = owner.model
        let isPentium4 = model == .pentium4 || model == .max
        let highest: UInt32 = model == .i486 || model == .pentium ? 1 : 2
        switch eax {
        case 0:
            eax = highest
            (ebx, edx, ecx) = (0x756E_6547, 0x4965_6E69, 0x6C65_746E)
        case 1:
            eax = model.signature
            ebx = isPentium4 ? 0x0000_0800 : 0
            edx = model.features
            ecx = owner.hypervisorLeaf ? 0x8000_0000 : 0
        case 2 where highest >= 2: (eax, ebx, ecx, edx) = (0x0066_5001, 0, 0, 0x007A_7040)
        case 0x4000_0000 where owner.hypervisorLeaf: (eax, ebx, ecx, edx) = (0x4000_0010, 0x6177_4D56, 0x4D56_6572, 0x6572_6177)
        case 0x4000_0010 where owner.hypervisorLeaf: (eax, ebx, ecx, edx) = (1_000_000, 0, 0, 0)
        case 0x8000_0000 where isPentium4: (eax, ebx, ecx, edx) = (0x8000_0004, 0, 0, 0)
        case 0x8000_0001 where isPentium4: (eax, ebx, ecx, edx) = (0, 0, 0, 0)
        case 0x8000_0002...0x8000_0004 where isPentium4:
            var text = Array(model.brand.utf8)
            text += [UInt8](repeating: 0, count: 48 - text.count)
            let first = Int(eax - 0x8000_0002) * 16
            let words = (0..<4).map { word in (0..<4).reduce(UInt32(0)) { $0 | UInt32(text[first + word * 4 + $1]) << UInt32($1 * 8) } }
            (eax, ebx, ecx, edx) = (words[0], words[1], words[2], words[3])
        default: (eax, ebx, ecx, edx) = (0, 0, 0, 0)
        }
    }

    func readMSR() throws(Fault) {
        try requireRing0()
        let value: UInt64
        switch ecx {
        case 0x10: value = timeStamp
        case 0x1B: value = s.apicBase
        case 0x174: value = UInt64(s.sysenterCS)
        case 0x175: value = UInt64(s.sysenterESP)
        case 0x176: value = UInt64(s.sysenterEIP)
        case 0x277: value = s.pat
        case 0x17, 0x8B, 0x2A, 0x2C, 0x119, 0x1A0, 0x1D9, 0x186, 0x187, 0xC1, 0xC2: value = 0
        case 0xFE: value = 0
        case 0x200...0x20F, 0x250, 0x258, 0x259, 0x268...0x26F, 0x2FF: value = s.mtrr[Self.rangeRegister(ecx)]
        case 0xC000_0080: value = s.efer
        default: throw .protection(0)
        }
        eax = UInt32(truncatingIfNeeded: value)
        edx = UInt32(truncatingIfNeeded: value >> 32)
    }

    /// The place in `CPUState.mtrr` of an MTRR: variable, fixed 64 K, 16 K and 4 K, default type.
    private static func rangeRegister(_ number: UInt32) -> Int {
        switch number {
        case 0x200...0x20F: Int(number - 0x200)
        case 0x250: 16
        case 0x258...0x259: Int(number - 0x258) + 17
        case 0x268...0x26F: Int(number - 0x268) + 19
        default: 27
        }
    }

    func writeMSR() throws(Fault) {
        try requireRing0()
        let value = UInt64(edx) << 32 | UInt64(eax)
        switch ecx {
        case 0x10: s.tscOffset = value &- owner.time.now
        case 0x1B: s.apicBase = value
        case 0x174: s.sysenterCS = eax
        case 0x175: s.sysenterESP = eax
        case 0x176: s.sysenterEIP = eax
        case 0x277: s.pat = value
        case 0x17, 0x79, 0x8B, 0x2A, 0x2C, 0x119, 0x1A0, 0x1D9, 0x186, 0x187, 0xC1, 0xC2: break
        case 0x200...0x20F, 0x250, 0x258, 0x259, 0x268...0x26F, 0x2FF: s.mtrr[Self.rangeRegister(ecx)] = value
        case 0xC000_0080:
            s.efer = value & 0x800
            owner.flushTranslations()
        default: throw .protection(0)
        }
    }

    /// SYSENTER and SYSEXIT: flat segments by construction (SDM Vol. 2B).
    func systemEnter() throws(Fault) {
        guard isProtected, s.sysenterCS & 0xFFFC != 0 else { throw .protection(0) }
        s.systemFlags &= ~(EFLAGS.vm | EFLAGS.if | EFLAGS.rf)
        updateInterrupt()
        setCPL(0)
        setFlat(1, UInt16(truncatingIfNeeded: s.sysenterCS & 0xFFFC), 0xC09B)
        setFlat(2, UInt16(truncatingIfNeeded: s.sysenterCS & 0xFFFC) &+ 8, 0xC093)
        esp = s.sysenterESP
        s.eip = s.sysenterEIP
    }

    func systemExit() throws(Fault) {
        guard isProtected, s.sysenterCS & 0xFFFC != 0, s.cpl == 0 else { throw .protection(0) }
        setFlat(1, UInt16(truncatingIfNeeded: s.sysenterCS & 0xFFFC) &+ 16 | 3, 0xC0FB)
        setFlat(2, UInt16(truncatingIfNeeded: s.sysenterCS & 0xFFFC) &+ 24 | 3, 0xC0F3)
        setCPL(3)
        esp = ecx
        s.eip = edx
    }

    private func setFlat(_ number: UInt8, _ selector: UInt16, _ attributes: UInt16) {
        var cache = SegmentCache()
        cache.selector = selector
        cache.base = 0
        cache.limit = 0xFFFF_FFFF
        cache.attributes = attributes
        cache.settle()
        unsafe segment(number).pointee = cache
        if number == 2 { s.stackMask = 0xFFFF_FFFF }
    }
}
