import X86

/// Shifts, rotates, bits and bytes (SDM Vol. 1 §5.1.5 and §5.1.6). A count of 0 changes no flag.
///
/// Flags that the manual leaves undefined, here and in Arithmetic.swift, have the values of AMD family 25 (Zen 3), found by the differential tests:
/// AF is 1 after shifts; multiplication, BSF, BSR and BT leave alone what they do not define; division sets AF and clears SF, ZF and PF; AAA and
/// AAS give SF, ZF, PF and OF of the 16-bit addition or subtraction; DAA, DAS and AAD OF of the 8-bit one.
extension Execution {
    enum Shift { case rol, ror, rcl, rcr, shl, shr, sar }

    func shift(_ kind: Shift, _ i: UnsafePointer<Instruction>) throws(Fault) {
        let count = unsafe (i.pointee.has(.ecl) ? ecx : i.pointee.immediate) & 31
        switch unsafe i.pointee.width {
        case 4: try unsafe change(i) { (v: UInt32) in shift(kind, v, count) }
        case 2: try unsafe change(i) { (v: UInt16) in shift(kind, v, count) }
        default: try unsafe change(i) { (v: UInt8) in shift(kind, v, count) }
        }
    }

    @inline(__always)
    func shift<T: FixedWidthInteger & UnsignedInteger>(_ kind: Shift, _ value: T, _ count: UInt32) -> T {
        guard count != 0 else { return value }
        let bits = UInt32(T.bitWidth)
        let top: T = 1 << T(truncatingIfNeeded: bits - 1)
        switch kind {
        case .shl:
            let wide = UInt64(truncatingIfNeeded: value) &<< UInt64(count)
            let result = T(truncatingIfNeeded: wide)
            let carry = wide >> UInt64(bits) & 1 != 0
            setResult(result)
            setCarries(cf: carry, of: carry != (result & top != 0), af: true)
            return result
        case .shr:
            let wide = UInt64(truncatingIfNeeded: value)
            let result = T(truncatingIfNeeded: wide &>> UInt64(count))
            setResult(result)
            setCarries(cf: wide &>> UInt64(count - 1) & 1 != 0, of: count == 1 && value & top != 0, af: true)
            return result
        case .sar:
            let wide = T.signed(value)
            let result = T(truncatingIfNeeded: wide &>> Int64(count))
            setResult(result)
            setCarries(cf: wide &>> Int64(count - 1) & 1 != 0, of: false, af: true)
            return result
        case .rol:
            let n = count & (bits - 1)
            let result = n == 0 ? value : value << T(truncatingIfNeeded: n) | value >> T(truncatingIfNeeded: bits - n)
            let carry = result & 1 != 0
            setCarries(cf: carry, of: carry != (result & top != 0), af: af)
            return result
        case .ror:
            let n = count & (bits - 1)
            let result = n == 0 ? value : value >> T(truncatingIfNeeded: n) | value << T(truncatingIfNeeded: bits - n)
            setCarries(cf: result & top != 0, of: (result & top != 0) != (result & (top >> 1) != 0), af: af)
            return result
        case .rcl:
            let n = count % (bits + 1)
            let wide = UInt64(truncatingIfNeeded: value) | (cf ? 1 : 0) << UInt64(bits)
            let turned = wide &<< UInt64(n) | wide &>> UInt64(bits + 1 - n)
            let result = T(truncatingIfNeeded: turned)
            let carry = turned >> UInt64(bits) & 1 != 0
            setCarries(cf: carry, of: carry != (result & top != 0), af: af)
            return result
        case .rcr:
            let n = count % (bits + 1)
            let wide = UInt64(truncatingIfNeeded: value) | (cf ? 1 : 0) << UInt64(bits)
            let turned = wide &>> UInt64(n) | wide &<< UInt64(bits + 1 - n)
            let result = T(truncatingIfNeeded: turned)
            setCarries(cf: turned >> UInt64(bits) & 1 != 0, of: (result & top != 0) != (result & (top >> 1) != 0), af: af)
            return result
        }
    }

    /// SHLD and SHRD.
    func doubleShift(_ i: UnsafePointer<Instruction>, left: Bool) throws(Fault) {
        let count = unsafe (i.pointee.has(.egcl) ? ecx : i.pointee.immediate) & 31
        if unsafe i.pointee.width == 4 {
            let other: UInt32 = unsafe reg(i.pointee.reg)
            try unsafe change(i) { (value: UInt32) in
                guard count != 0 else { return value }
                let result = left ? value << count | other >> (32 - count) : value >> count | other << (32 - count)
                let carry = left ? value >> (32 - count) & 1 != 0 : value >> (count - 1) & 1 != 0
                setResult(result)
                setCarries(cf: carry, of: left ? carry != (result >> 31 != 0) : (result ^ result << 1) >> 31 != 0, af: true)
                return result
            }
        } else {
            let other = unsafe UInt64(reg(i.pointee.reg, as: UInt16.self))
            try unsafe change(i) { (value: UInt16) in
                guard count != 0 else { return value }
                // Counts above 16 are undefined; the silicon shifts the other operand in once more and clears CF.
                let v = UInt64(value), n = UInt64(count)
                let wide = left ? v << 32 | other << 16 | other : other << 32 | other << 16 | v
                let result = UInt16(truncatingIfNeeded: left ? wide >> (32 - n) : wide >> n)
                let carry = n <= 16 && (left ? v >> (16 - n) : v >> (n - 1)) & 1 != 0
                setResult(result)
                setCarries(cf: carry, of: left ? carry != ((v << n) & 0x8000 != 0) : (result ^ result << 1) >> 15 != 0, af: true)
                return result
            }
        }
    }

    enum BitChange { case test, set, reset, complement }

    /// BT, BTS, BTR, BTC: a register's bit offset reaches memory beyond the operand.
    func bit(_ kind: BitChange, _ i: UnsafePointer<Instruction>) throws(Fault) {
        let bits = unsafe UInt32(i.pointee.width) * 8
        let byImmediate = unsafe i.pointee.has(.ei)
        let number: UInt32 =
            unsafe byImmediate
            ? i.pointee.immediate : (bits == 16 ? UInt32(bitPattern: Int32(Int16(bitPattern: reg(i.pointee.reg)))) : reg(i.pointee.reg))
        let within = number & (bits - 1)
        if unsafe i.pointee.isMemory {
            var at = unsafe address(i)
            if !byImmediate {
                let words = UInt32(bitPattern: Int32(bitPattern: number) >> (bits == 32 ? 5 : 4))
                at = unsafe (at &+ words &* (bits >> 3)) & addressMask(i)
            }
            if kind == .test {
                let value =
                    try unsafe bits == 32 ? read(i.pointee.segment, at, as: UInt32.self) : UInt32(read(i.pointee.segment, at, as: UInt16.self))
                setCarryOnly(value >> within & 1 != 0)
            } else if bits == 32 {
                try unsafe modify(i.pointee.segment, at) { (v: UInt32) in bit(kind, v, within) }
            } else {
                try unsafe modify(i.pointee.segment, at) { (v: UInt16) in bit(kind, v, UInt16(within)) }
            }
        } else if bits == 32 {
            unsafe setReg(i.pointee.rm, bit(kind, reg(i.pointee.rm, as: UInt32.self), within))
        } else {
            unsafe setReg(i.pointee.rm, bit(kind, reg(i.pointee.rm, as: UInt16.self), UInt16(within)))
        }
    }

    private func bit<T: FixedWidthInteger & UnsignedInteger>(_ kind: BitChange, _ value: T, _ number: T) -> T {
        let mask: T = 1 << number
        setCarryOnly(value & mask != 0)
        switch kind {
        case .test: return value
        case .set: return value | mask
        case .reset: return value & ~mask
        case .complement: return value ^ mask
        }
    }

    func setCarryOnly(_ carry: Bool) { setCarries(cf: carry, of: of, af: af) }

    /// BSF and BSR: a zero source sets ZF and leaves the destination, as every processor since the 486 does.
    func scan(_ i: UnsafePointer<Instruction>, forward: Bool) throws(Fault) {
        let value = try unsafe source32(i)
        s.flagResult = value == 0 ? 0 : 1
        guard value != 0 else { return }
        let index = UInt32(forward ? value.trailingZeroBitCount : 31 - value.leadingZeroBitCount)
        unsafe setWidth(i.pointee.reg, index, i.pointee.width)
    }
}
