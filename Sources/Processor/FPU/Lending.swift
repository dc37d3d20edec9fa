import HostMemory

/// The x87 unit's state as FNSAVE and FRSTOR keep it (SDM Vol. 1 figure 8-9): how it crosses between `CPUState` and the host's unit.
@safe
final class X87Image {
    private let memory: Region
    private let code: ExecutableBuffer

    init() throws(HostMemoryError) {
        memory = try Region("x87 image", size: 4096)
        code = try ExecutableBuffer("x87 image", size: 4096)
        // fnsave [rdi]; ret
        for (index, byte) in [UInt8(0xDD), 0x37, 0xC3].enumerated() {
            unsafe code.writable.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
        }
    }

    var address: UInt { unsafe UInt(bitPattern: memory.base) }

    fileprivate func save() {
        typealias Save = @convention(c) (UnsafeMutableRawPointer) -> Void
        unsafe unsafeBitCast(code.executable, to: Save.self)(memory.base)
    }

    fileprivate subscript<T: FixedWidthInteger>(_ offset: Int) -> T {
        get { unsafe memory.base.loadUnaligned(fromByteOffset: offset, as: T.self) }
        set { unsafe memory.base.storeBytes(of: newValue, toByteOffset: offset, as: T.self) }
    }
}

extension Processor {
    /// Makes the image that FRSTOR takes, if the guest's unit may run on the host's: present, every exception masked, none waiting.
    func prepareX87() -> Bool {
        let f = e.s.fpu
        guard e.s.cr0 & 0xC == 0, f.status & 0x80 == 0, f.control & 0x3F == 0x3F else { return false }
        x87Image[0] = UInt32(f.control)
        x87Image[4] = UInt32(f.status)
        x87Image[8] = UInt32(f.fullTags)
        for offset in [12, 16, 20, 24] { x87Image[offset] = 0 as UInt32 }
        for number in UInt8(0)..<8 {
            let value = f[number], at = 28 + Int(number) * 10
            x87Image[at] = value.significand
            x87Image[at + 8] = value.exponent
        }
        return true
    }

    /// As `Routines.lendVectors` decides.
    var mayLendVectors: Bool { e.s.cr0 & 0xC == 0 && e.s.cr4 & CR4.osfxsr != 0 && e.s.fpu.mxcsr & 0x1F80 == 0x1F80 }

    /// The same before an access to `physical`, if a device answers there: its code expects an empty unit.
    @inline(__always)
    func takeX87Back(before physical: UInt32) {
        if e.s.translation.holdsX87 != 0, unsafe memory.readableHostPage(physical) == nil { takeX87Back() }
    }

    /// Takes the guest's registers back from the host's x87 unit, which is empty then.
    func takeX87Back() {
        guard e.s.translation.holdsX87 != 0 else { return }
        e.s.translation.holdsX87 = 0
        x87Image.save()
        var f = e.s.fpu
        f.control = UInt16(truncatingIfNeeded: x87Image[0] as UInt32)
        f.status = UInt16(truncatingIfNeeded: x87Image[4] as UInt32)
        f.tags = 0
        let tags = UInt16(truncatingIfNeeded: x87Image[8] as UInt32)
        for number in UInt8(0)..<8 {
            let at = 28 + Int(number) * 10, physical = f.physical(number)
            f.registers[physical * 2] = x87Image[at]
            f.registers[physical * 2 + 1] = UInt64(x87Image[at + 8] as UInt16)
            if tags >> UInt16(physical * 2) & 3 == 3 { f.tags |= 3 << UInt16(physical * 2) }
        }
        e.s.fpu = f
    }
}
