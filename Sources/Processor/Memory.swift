import Bus
import X86

/// Guest memory as instructions see it: segment, then page, then host bytes. The fast path is one bounds compare and one map look-up; all else
/// (faults, devices, page crossing, pages with code in them) is decided in the slow path, which never returns a wrong value for speed.
extension Execution {
    @inline(__always)
    package func read<T: FixedWidthInteger & UnsignedInteger>(_ segment: UInt8, _ offset: UInt32, as type: T.Type = T.self) throws(Fault) -> T {
        let cache = unsafe self.segment(segment)
        let bytes = UInt32(MemoryLayout<T>.size)
        if unsafe UInt64(offset) + UInt64(bytes) <= cache.pointee.readEnd {
            let linear = unsafe cache.pointee.base &+ offset
            let delta = unsafe s.readMap[Int(linear >> 12)]
            if delta != 0 {
                if bytes == 1 || linear & 0xFFF <= 4096 - bytes {
                    return unsafe UnsafeRawPointer(bitPattern: delta &+ UInt(linear)).unsafelyUnwrapped.loadUnaligned(as: T.self)
                }
            }
        }
        return T(truncatingIfNeeded: try readSlow(segment, offset, bytes))
    }

    @inline(__always)
    package func write<T: FixedWidthInteger & UnsignedInteger>(_ segment: UInt8, _ offset: UInt32, _ value: T) throws(Fault) {
        let cache = unsafe self.segment(segment)
        let bytes = UInt32(MemoryLayout<T>.size)
        if unsafe UInt64(offset) + UInt64(bytes) <= cache.pointee.writeEnd {
            let linear = unsafe cache.pointee.base &+ offset
            let delta = unsafe s.writeMap[Int(linear >> 12)]
            if delta != 0 {
                if bytes == 1 || linear & 0xFFF <= 4096 - bytes {
                    unsafe UnsafeMutableRawPointer(bitPattern: delta &+ UInt(linear)).unsafelyUnwrapped.storeBytes(of: value, as: T.self)
                    return
                }
            }
        }
        try writeSlow(segment, offset, UInt64(truncatingIfNeeded: value), bytes)
    }

    /// Read, change, write: checked for writing first, as the processor does, so that a fault leaves nothing changed.
    @inline(__always)
    package func modify<T: FixedWidthInteger & UnsignedInteger>(
        _ segment: UInt8, _ offset: UInt32, _ change: (T) throws(Fault) -> T
    ) throws(Fault) {
        let cache = unsafe self.segment(segment)
        let bytes = UInt32(MemoryLayout<T>.size)
        if unsafe UInt64(offset) + UInt64(bytes) <= cache.pointee.writeEnd {
            let linear = unsafe cache.pointee.base &+ offset
            let delta = unsafe s.writeMap[Int(linear >> 12)]
            if delta != 0 && linear & 0xFFF <= 4096 - bytes {
                let host = unsafe UnsafeMutableRawPointer(bitPattern: delta &+ UInt(linear)).unsafelyUnwrapped
                unsafe host.storeBytes(of: try change(host.loadUnaligned(as: T.self)), as: T.self)
                return
            }
        }
        try probeWrite(segment, offset, bytes)
        let old = T(truncatingIfNeeded: try readSlow(segment, offset, bytes, forModify: true))
        try writeSlow(segment, offset, UInt64(truncatingIfNeeded: try change(old)), bytes)
    }

    // MARK: Alignment checks

    /// Whether #AC is raised for data that is not aligned (SDM Vol. 3A §6.15, #AC).
    var checksAlignment: Bool { s.cpl == 3 && s.systemFlags & EFLAGS.ac != 0 && s.cr0 & 0x4_0000 != 0 }

    /// The translation maps follow from privilege; while alignment is checked they are empty, so that the slow path sees every access.
    /// To be called when CPL, EFLAGS.AC or CR0.AM changes.
    func chooseMaps() {
        let user = s.cpl == 3, checks = checksAlignment
        unsafe s.readMap = checks ? owner.tlb.nothing(.read) : owner.tlb.map(user: user, .read)
        unsafe s.writeMap = checks ? owner.tlb.nothing(.write) : owner.tlb.map(user: user, .write)
        unsafe s.fetchMap = owner.tlb.map(user: user, .fetch)
    }

    /// SDM Vol. 3A table 6-7
    private func checkAlignment(_ linear: UInt32, _ bytes: UInt32) throws(Fault) {
        let mask: UInt32
        switch bytes {
        case 1: mask = 0
        case 2, 14, 94: mask = 1
        case 8, 10: mask = 7
        case 16, 512: mask = 15
        default: mask = 3
        }
        if linear & mask != 0 { throw .alignment }
    }

    // MARK: Segment checks

    /// The linear address of `bytes` bytes at `offset`, or the fault that segmentation demands (SDM Vol. 3A §5.3).
    @inline(never)
    package func linear(_ segment: UInt8, _ offset: UInt32, _ bytes: UInt32, write: Bool, aligned: Bool = true) throws(Fault) -> UInt32 {
        let cache = unsafe self.segment(segment).pointee
        let last = UInt64(offset) + UInt64(bytes) - 1
        let allowed: Bool
        if !cache.isPresent {
            allowed = false
        } else if write ? (cache.isCode || cache.attributes & 2 == 0) : (cache.isCode && cache.attributes & 2 == 0) {
            allowed = false
        } else if cache.isExpandDown {
            allowed = offset > cache.limit && last <= (cache.isBig ? 0xFFFF_FFFF : 0xFFFF)
        } else {
            allowed = last <= UInt64(cache.limit)
        }
        guard allowed else { throw segment == 2 ? .stack(0) : .protection(0) }
        if aligned && checksAlignment { try checkAlignment(cache.base &+ offset, bytes) }
        return cache.base &+ offset
    }

    @inline(never)
    package func readSlow(_ segment: UInt8, _ offset: UInt32, _ bytes: UInt32, forModify: Bool = false) throws(Fault) -> UInt64 {
        try readLinear(try linear(segment, offset, bytes, write: forModify), bytes, user: s.cpl == 3)
    }

    @inline(never)
    package func writeSlow(_ segment: UInt8, _ offset: UInt32, _ value: UInt64, _ bytes: UInt32) throws(Fault) {
        try writeLinear(try linear(segment, offset, bytes, write: true), value, bytes, user: s.cpl == 3)
    }

    /// Raises what a write would raise, and changes nothing but accessed and dirty bits.
    @inline(never)
    package func probeWrite(_ segment: UInt8, _ offset: UInt32, _ bytes: UInt32, aligned: Bool = true) throws(Fault) {
        let linear = try linear(segment, offset, bytes, write: true, aligned: aligned)
        _ = try owner.translate(linear, write: true, user: s.cpl == 3)
        if linear & 0xFFF > 4096 - bytes { _ = try owner.translate((linear | 0xFFF) &+ 1, write: true, user: s.cpl == 3) }
    }

    /// As `probeWrite`, for a read.
    @inline(never)
    package func probeRead(_ segment: UInt8, _ offset: UInt32, _ bytes: UInt32) throws(Fault) {
        let linear = try linear(segment, offset, bytes, write: false)
        _ = try owner.translate(linear, write: false, user: s.cpl == 3)
        if linear & 0xFFF > 4096 - bytes { _ = try owner.translate((linear | 0xFFF) &+ 1, write: false, user: s.cpl == 3) }
    }

    // MARK: Linear addresses

    /// Up to 8 bytes, little-endian. `user` false is the implicit supervisor access to descriptor tables and task state.
    package func readLinear(_ linear: UInt32, _ bytes: UInt32, user: Bool) throws(Fault) -> UInt64 {
        if s.pending.contains(.watch) { noteAccess(linear, bytes, write: false) }
        let inPage = 4096 - (linear & 0xFFF)
        let low = try readInPage(linear, min(bytes, inPage), user: user)
        if bytes <= inPage { return low }
        return low | (try readInPage(linear &+ inPage, bytes - inPage, user: user)) << UInt64(inPage * 8)
    }

    package func writeLinear(_ linear: UInt32, _ value: UInt64, _ bytes: UInt32, user: Bool) throws(Fault) {
        if s.pending.contains(.watch) { noteAccess(linear, bytes, write: true) }
        let inPage = 4096 - (linear & 0xFFF)
        if bytes <= inPage { return try writeInPage(linear, value, bytes, user: user) }
        _ = try owner.translate(linear, write: true, user: user)
        _ = try owner.translate(linear &+ inPage, write: true, user: user)
        try writeInPage(linear, value, inPage, user: user)
        try writeInPage(linear &+ inPage, value >> UInt64(inPage * 8), bytes - inPage, user: user)
    }

    private func readInPage(_ linear: UInt32, _ bytes: UInt32, user: Bool) throws(Fault) -> UInt64 {
        let delta = unsafe owner.tlb.map(user: user, .read)[Int(linear >> 12)]
        if delta != 0, bytes == 4 || bytes == 8, let host = unsafe UnsafeRawPointer(bitPattern: delta &+ UInt(linear)) {
            return bytes == 8 ? unsafe host.loadUnaligned(as: UInt64.self) : unsafe UInt64(host.loadUnaligned(as: UInt32.self))
        }
        let physical = try owner.translate(linear, write: false, user: user)
        owner.takeX87Back(before: physical)
        var result: UInt64 = 0
        var done: UInt32 = 0
        while done < bytes {
            let width = Self.piece(bytes - done, UInt32(physical &+ done))
            result |= UInt64(owner.memory.read(physical &+ done, width)) << UInt64(done * 8)
            done += UInt32(width.rawValue)
        }
        return result
    }

    private func writeInPage(_ linear: UInt32, _ value: UInt64, _ bytes: UInt32, user: Bool) throws(Fault) {
        let delta = unsafe owner.tlb.map(user: user, .write)[Int(linear >> 12)]
        if delta != 0, bytes == 4, let host = unsafe UnsafeMutableRawPointer(bitPattern: delta &+ UInt(linear)) {
            return unsafe host.storeBytes(of: UInt32(truncatingIfNeeded: value), as: UInt32.self)
        }
        let physical = try owner.translate(linear, write: true, user: user)
        owner.takeX87Back(before: physical)
        var done: UInt32 = 0
        while done < bytes {
            let width = Self.piece(bytes - done, physical &+ done)
            owner.memory.write(physical &+ done, width, UInt32(truncatingIfNeeded: value >> UInt64(done * 8)))
            done += UInt32(width.rawValue)
        }
        owner.blocks.written(physical, bytes, self)
    }

    private static func piece(_ left: UInt32, _ address: UInt32) -> Width { left >= 4 ? .dword : left >= 2 ? .word : .byte }

    /// Implicit supervisor accesses.
    package func system16(_ linear: UInt32) throws(Fault) -> UInt16 { UInt16(truncatingIfNeeded: try readLinear(linear, 2, user: false)) }
    package func system32(_ linear: UInt32) throws(Fault) -> UInt32 { UInt32(truncatingIfNeeded: try readLinear(linear, 4, user: false)) }

    // MARK: Stack

    @inline(__always) package func push(_ value: UInt32, _ width: UInt8) throws(Fault) {
        let pointer = esp &- UInt32(width)
        let offset = pointer & s.stackMask
        if width == 4 { try write(2, offset, value) } else { try write(2, offset, UInt16(truncatingIfNeeded: value)) }
        setESP(pointer)
    }

    @inline(__always) package func pop(_ width: UInt8) throws(Fault) -> UInt32 {
        let value = try peek(0, width)
        setESP(esp &+ UInt32(width))
        return value
    }

    /// The stack's word at `distance` bytes above the top, without popping.
    @inline(__always) package func peek(_ distance: UInt32, _ width: UInt8) throws(Fault) -> UInt32 {
        let offset = (esp &+ distance) & s.stackMask
        return width == 4 ? try read(2, offset, as: UInt32.self) : UInt32(try read(2, offset, as: UInt16.self))
    }

    /// ESP, or SP alone on a 16-bit stack.
    @inline(__always) package func setESP(_ value: UInt32) { setSized(4, value, s.stackMask) }
}
