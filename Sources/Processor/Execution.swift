package import X86

/// The hands of the processor: one pointer to its state, passed by value, with everything that instructions are made of.
/// `Processor` owns the state; slow paths reach it through `owner`.
@safe
package struct Execution {
    package let p: UnsafeMutablePointer<CPUState>
    private let processor: Unmanaged<Processor>

    package init(_ p: UnsafeMutablePointer<CPUState>, _ processor: Unmanaged<Processor>) {
        unsafe self.p = p
        unsafe self.processor = processor
    }

    package var owner: Processor { unsafe processor._withUnsafeGuaranteedRef { $0 } }

    /// The state, in place.
    package var s: CPUState {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(p) }
        @inline(__always) nonmutating unsafeMutableAddress { unsafe p }
    }

    // MARK: Registers

    @inline(__always) private var raw: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(p) }

    /// Bytes 4…7 are AH, CH, DH, BH (SDM Vol. 2A table 2-2).
    @inline(__always) private func place<T: FixedWidthInteger>(_ number: UInt8, _: T.Type) -> Int {
        T.bitWidth == 8 ? Int((number & 3) << 2 | number >> 2 & 1) : Int(number & 15) << 2
    }
    @inline(__always) package func reg<T: FixedWidthInteger & UnsignedInteger>(_ number: UInt8, as type: T.Type = T.self) -> T {
        unsafe raw.load(fromByteOffset: place(number, type), as: T.self)
    }
    @inline(__always) package func setReg<T: FixedWidthInteger & UnsignedInteger>(_ number: UInt8, _ value: T) {
        unsafe raw.storeBytes(of: value, toByteOffset: place(number, T.self), as: T.self)
    }
    package var eax: UInt32 {
        get { reg(0) }
        nonmutating set { setReg(0, newValue) }
    }
    package var ecx: UInt32 {
        get { reg(1) }
        nonmutating set { setReg(1, newValue) }
    }
    package var edx: UInt32 {
        get { reg(2) }
        nonmutating set { setReg(2, newValue) }
    }
    package var ebx: UInt32 {
        get { reg(3) }
        nonmutating set { setReg(3, newValue) }
    }
    package var esp: UInt32 {
        get { reg(4) }
        nonmutating set { setReg(4, newValue) }
    }
    package var ebp: UInt32 {
        get { reg(5) }
        nonmutating set { setReg(5, newValue) }
    }
    package var esi: UInt32 {
        get { reg(6) }
        nonmutating set { setReg(6, newValue) }
    }
    package var edi: UInt32 {
        get { reg(7) }
        nonmutating set { setReg(7, newValue) }
    }

    /// Writes a register of `width` 2 or 4, as address- and count-sized operations do.
    @inline(__always) package func setSized(_ number: UInt8, _ value: UInt32, _ mask: UInt32) {
        if mask == 0xFFFF { setReg(number, UInt16(truncatingIfNeeded: value)) } else { setReg(number, value) }
    }

    @inline(__always) package func segment(_ number: UInt8) -> UnsafeMutablePointer<SegmentCache> {
        unsafe (raw + MemoryLayout<CPUState>.offset(of: \.segments).unsafelyUnwrapped).assumingMemoryBound(to: SegmentCache.self) + Int(number & 7)
    }
    package var cs: SegmentCache { unsafe segment(1).pointee }
    package var ss: SegmentCache { unsafe segment(2).pointee }

    /// EIP of the instruction being executed.
    @inline(__always) package var instructionEIP: UInt32 { unsafe s.eip &+ UInt32(s.current.pointee.offset) }

    package var isProtected: Bool { s.cr0 & 1 != 0 }
    package var isV86: Bool { s.systemFlags & EFLAGS.vm != 0 }
    package var iopl: UInt8 { UInt8(s.systemFlags >> 12 & 3) }

    // MARK: Effective addresses

    @inline(__always) package func address(_ i: UnsafePointer<Instruction>) -> UInt32 {
        let sum =
            unsafe reg(i.pointee.base, as: UInt32.self) &+ reg(i.pointee.index, as: UInt32.self) &<< UInt32(i.pointee.scale & 3)
            &+ i.pointee.displacement
        return unsafe i.pointee.isAddress16 ? sum & 0xFFFF : sum
    }

    /// All ones in the instruction's address size.
    @inline(__always) package func addressMask(_ i: UnsafePointer<Instruction>) -> UInt32 {
        unsafe i.pointee.isAddress16 ? 0xFFFF : 0xFFFF_FFFF
    }

    // MARK: Status flags

    @inline(__always) package var cf: Bool { s.flagCarries >> 31 != 0 }
    @inline(__always) package var zf: Bool { s.flagResult == 0 }
    @inline(__always) package var sf: Bool { s.flagSign >> 31 != 0 }
    @inline(__always) package var of: Bool { (s.flagCarries ^ s.flagCarries &<< 1) >> 31 != 0 }
    @inline(__always) package var af: Bool { s.flagCarries & 8 != 0 }
    @inline(__always) package var pf: Bool { (s.flagSign & 0xFF).nonzeroBitCount & 1 == 0 }

    /// ZF, SF and PF from a result.
    @inline(__always) package func setResult<T: FixedWidthInteger & UnsignedInteger>(_ value: T) {
        let wide = T.bitWidth == 32 ? UInt32(truncatingIfNeeded: value) : UInt32(bitPattern: Int32(truncatingIfNeeded: T.Magnitude.signed(value)))
        s.flagResult = wide
        s.flagSign = wide
    }
    @inline(__always) package func setCarries(cf: Bool, of: Bool, af: Bool = false) {
        s.flagCarries = (cf ? 0x8000_0000 : 0) | (cf != of ? 0x4000_0000 : 0) | (af ? 8 : 0)
    }

    package var statusFlags: UInt32 {
        (cf ? 1 : 0) | (pf ? 4 : 0) | (af ? 0x10 : 0) | (zf ? 0x40 : 0) | (sf ? 0x80 : 0) | (of ? 0x800 : 0)
    }
    package func setStatusFlags(_ flags: UInt32) {
        s.flagResult = flags & 0x40 != 0 ? 0 : 1
        s.flagSign = (flags & 0x80 != 0 ? 0x8000_0000 : 0) | (flags & 4 != 0 ? 0 : 1)
        setCarries(cf: flags & 1 != 0, of: flags & 0x800 != 0, af: flags & 0x10 != 0)
    }

    /// EFLAGS as PUSHF sees it.
    package var eflags: UInt32 { s.systemFlags | statusFlags }
    /// Sets every flag. RF and the privilege-dependent choice of bits are the caller's business.
    package func setEFLAGS(_ flags: UInt32) {
        setStatusFlags(flags)
        let changed = s.systemFlags ^ flags
        s.systemFlags = flags & ~EFLAGS.status & 0x003F_7FD5 | 2
        if flags & EFLAGS.tf != 0 { s.pending.insert(.trace) } else { s.pending.remove(.trace) }
        updateInterrupt()
        if changed & EFLAGS.ac != 0 { chooseMaps() }
    }
    /// To be called whenever IF or the INTR pin changes.
    @inline(__always) package func updateInterrupt() {
        if s.intr && s.systemFlags & EFLAGS.if != 0 { s.pending.insert(.interrupt) } else { s.pending.remove(.interrupt) }
    }

    /// The condition of Jcc, SETcc, CMOVcc (SDM Vol. 1 appendix B).
    @inline(__always) package func condition(_ code: UInt8) -> Bool {
        let holds: Bool
        switch code >> 1 & 7 {
        case 0: holds = of
        case 1: holds = cf
        case 2: holds = zf
        case 3: holds = cf || zf
        case 4: holds = sf
        case 5: holds = pf
        case 6: holds = sf != of
        default: holds = zf || sf != of
        }
        return holds != (code & 1 != 0)
    }
}

extension UnsignedInteger where Self: FixedWidthInteger {
    /// The value as a signed number of the same width, widened.
    @inline(__always) static func signed<T: FixedWidthInteger & UnsignedInteger>(_ value: T) -> Int64 {
        let shift = 64 - Int64(T.bitWidth)
        return (Int64(truncatingIfNeeded: value) &<< shift) &>> shift
    }
}
