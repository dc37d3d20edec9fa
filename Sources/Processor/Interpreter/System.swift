import Bus
import X86

/// Ports, control registers, tables and identification (SDM Vol. 1 §5.20, Vol. 3A chapter 2).
extension Execution {
    // MARK: Ports

    func portRead(_ port: UInt16, _ width: UInt8) -> UInt32 {
        owner.takeX87Back()
        if s.pending.contains(.watch) { notePort(port, width) }
        return owner.ports.read(port, width == 1 ? .byte : width == 2 ? .word : .dword)
    }
    func portWrite(_ port: UInt16, _ width: UInt8, _ value: UInt32) {
        owner.takeX87Back()
        if s.pending.contains(.watch) { notePort(port, width) }
        owner.ports.write(port, width == 1 ? .byte : width == 2 ? .word : .dword, value)
    }

    func input(_ port: UInt16, _ i: UnsafePointer<Instruction>) throws(Fault) {
        let width = unsafe i.pointee.width
        try checkPort(port, width)
        if width == 4, let special = owner.ports.registerPort(at: port) {
            owner.takeX87Back()
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
        if number == 4 && owner.model.writableCR4 == 0 { throw .invalidOpcode }
        try requireRing0()
        switch number {
        case 0: try writeCR0(value)
        case 2: s.cr2 = value
        case 3:
            let old = s.cr3
            s.cr3 = value
            if s.cr4 & CR4.pae != 0 && s.cr0 & 0x8000_0000 != 0 {
                do { try owner.loadPDPTEs() } catch {
                    s.cr3 = old
                    throw error
                }
            }
            owner.flushTranslations(keepingGlobal: true)
        case 4: try writeCR4(value)
        default: throw .invalidOpcode
        }
    }

    private func writeCR4(_ value: UInt32) throws(Fault) {
        guard value & ~owner.model.writableCR4 == 0 else { throw .protection(0) }
        let old = s.cr4, changed = old ^ value
        if changed & CR4.pae != 0 { s.cr4 = value }
        if changed & CR4.pae & value != 0 && s.cr0 & 0x8000_0000 != 0 {
            do { try owner.loadPDPTEs() } catch {
                s.cr4 = old
                throw error
            }
        }
        s.cr4 = value
        if changed & (CR4.pae | CR4.pge | CR4.pse) != 0 { owner.flushTranslations() }
    }

    func writeCR0(_ value: UInt32) throws(Fault) {
        let new = value & 0xE005_002F | 0x10
        guard new & 0x8000_0001 != 0x8000_0000, new & 0x6000_0000 != 0x2000_0000 else { throw .protection(0) }
        let changed = s.cr0 ^ new
        let old = s.cr0
        owner.takeX87Back()
        s.cr0 = new
        if changed & 0x8000_0000 != 0 && new & 0x8000_0000 != 0 && s.cr4 & CR4.pae != 0 {
            do { try owner.loadPDPTEs() } catch {
                s.cr0 = old
                throw error
            }
        }
        if changed & 0x8001_0001 != 0 { owner.flushTranslations() }
        if changed & 0x4_0000 != 0 { chooseMaps() }
    }

    func readControl(_ number: UInt8) throws(Fault) -> UInt32 {
        if number == 4 && owner.model.writableCR4 == 0 { throw .invalidOpcode }
        try requireRing0()
        switch number {
        case 0: return s.cr0
        case 2: return s.cr2
        case 3: return s.cr3
        case 4: return s.cr4
        default: throw .invalidOpcode
        }
    }

    // MARK: Descriptor tables

    func loadTable(_ i: UnsafePointer<Instruction>) throws(Fault) -> TableRegister {
        try requireRing0()
        let at = unsafe address(i), segment = unsafe i.pointee.segment
        let limit: UInt16 = try read(segment, at)
        let base: UInt32 = try unsafe read(segment, (at &+ 2) & addressMask(i))
        return TableRegister(base: unsafe i.pointee.isOperand16 ? base & 0xFF_FFFF : base, limit: limit)
    }

    func storeTable(_ i: UnsafePointer<Instruction>, _ table: TableRegister) throws(Fault) {
        let at = unsafe address(i), segment = unsafe i.pointee.segment
        try write(segment, at, table.limit)
        try unsafe write(segment, (at &+ 2) & addressMask(i), table.base)
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

    // MARK: Fast system calls

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
