import HostProcessor

/// The host's processor in 32-bit user mode, in batches.
@safe final class HostOracle {
    enum Failure: Error, CustomStringConvertible {
        case unavailable(Int32), died(firstSeed: UInt64)
        var description: String {
            switch self {
            case .unavailable(let code): "this host does not run 32-bit code for us: errno \(code)"
            case .died(let seed): "the process that runs 32-bit code died in the batch that begins with seed \(seed)"
            }
        }
    }

    static let capacity = 256
    private let child: HostChild
    private var cases: UnsafeMutablePointer<HostCase> { unsafe child.cases }

    init() throws {
        let segments = UserMode.local.enumerated().map { number, s in
            let isCode = s.access & 8 != 0
            return HostSegment(
                number: UInt32(number), base: s.base, limit: s.limit, is32: s.isBig ? 1 : 0,
                contents: isCode ? 2 : s.access & 4 != 0 ? 1 : 0, isReadOnly: s.access & 2 == 0 ? 1 : 0, inPages: s.inPages ? 1 : 0,
                isNotPresent: s.access & 0x80 == 0 ? 1 : 0)
        }
        var child = unsafe HostChild()
        let code = unsafe host_start(&child, Int32(Self.capacity), segments, Int32(segments.count), Layout.readOnlyPage)
        guard code == 0 else { throw Failure.unavailable(code) }
        unsafe self.child = child
    }

    deinit { unsafe withUnsafePointer(to: child) { unsafe host_stop($0) } }

    /// Whether the host has what the `max` preset shows, and leaves undefined flags as we do, those of BSF and BSR perhaps excepted.
    static let isUsable = host_is_reference() != 0
    /// Whether those are as ours, too: asked of the host, since processors of one family differ.
    static let leavesScansFlags = host_scan_leaves_flags() != 0

    /// Runs up to `capacity` cases; each outcome with the memory it left.
    func run(_ batch: [Case]) throws -> [(state: GuestState, image: [UInt8])] {
        for (index, one) in batch.enumerated() { unsafe fill(cases + index, one) }
        guard unsafe withUnsafePointer(to: child, { unsafe host_run($0, Int32(batch.count)) }) == 0 else {
            throw Failure.died(firstSeed: batch.first?.seed ?? 0)
        }
        return batch.indices.map { unsafe outcome(cases + $0) }
    }

    private func fill(_ at: UnsafeMutablePointer<HostCase>, _ c: Case) {
        unsafe at.pointee.codeOffset = UInt32(c.codeOffset)
        unsafe at.pointee.codeLength = UInt32(c.code.count)
        unsafe c.code.withUnsafeBytes { bytes in
            unsafe withUnsafeMutableBytes(of: &at.pointee.code) { unsafe $0.copyMemory(from: bytes) }
        }
        let memory = unsafe UnsafeMutableRawBufferPointer(start: host_memory(at), count: Layout.imageSize)
        unsafe Layout.image.withUnsafeBytes { unsafe memory.copyMemory(from: $0) }
        for (offset, bytes) in c.patches {
            unsafe bytes.withUnsafeBytes { unsafe UnsafeMutableRawBufferPointer(rebasing: memory[offset...]).copyMemory(from: $0) }
        }
        let s = c.state, f = s.fpu
        unsafe withUnsafeMutableBytes(of: &at.pointee.state) { raw in
            for index in 0..<8 { unsafe raw.storeBytes(of: s.gpr[index], toByteOffset: index * 4, as: UInt32.self) }
            unsafe raw.storeBytes(of: s.eip, toByteOffset: 32, as: UInt32.self)
            unsafe raw.storeBytes(of: s.eflags, toByteOffset: 36, as: UInt32.self)
            for index in 0..<6 { unsafe raw.storeBytes(of: UInt32(s.segments[index]), toByteOffset: 40 + index * 4, as: UInt32.self) }
            let area = unsafe UnsafeMutableRawBufferPointer(rebasing: raw[80...])
            unsafe area.storeBytes(of: f.control, toByteOffset: 0, as: UInt16.self)
            unsafe area.storeBytes(of: f.status, toByteOffset: 2, as: UInt16.self)
            unsafe area.storeBytes(of: UInt16(f.tags), toByteOffset: 4, as: UInt16.self)
            unsafe area.storeBytes(of: f.opcode, toByteOffset: 6, as: UInt16.self)
            unsafe area.storeBytes(of: UInt64(f.instructionPointer), toByteOffset: 8, as: UInt64.self)
            unsafe area.storeBytes(of: UInt64(f.dataPointer), toByteOffset: 16, as: UInt64.self)
            unsafe area.storeBytes(of: UInt64(f.mxcsr), toByteOffset: 24, as: UInt64.self)
            for index in 0..<8 {
                unsafe area.storeBytes(of: f.significands[index], toByteOffset: 32 + index * 16, as: UInt64.self)
                unsafe area.storeBytes(of: UInt64(f.exponents[index]), toByteOffset: 40 + index * 16, as: UInt64.self)
            }
            for index in 0..<16 { unsafe area.storeBytes(of: f.xmm[index], toByteOffset: 160 + index * 8, as: UInt64.self) }
        }
    }

    private func outcome(_ at: UnsafeMutablePointer<HostCase>) -> (GuestState, [UInt8]) {
        var s = GuestState()
        unsafe withUnsafeBytes(of: &at.pointee.state) { raw in
            for index in 0..<8 { s.gpr[index] = unsafe raw.load(fromByteOffset: index * 4, as: UInt32.self) }
            s.eip = unsafe raw.load(fromByteOffset: 32, as: UInt32.self)
            s.eflags = unsafe raw.load(fromByteOffset: 36, as: UInt32.self)
            for index in 0..<6 { s.segments[index] = unsafe UInt16(truncatingIfNeeded: raw.load(fromByteOffset: 40 + index * 4, as: UInt32.self)) }
            s.vector = unsafe raw.load(fromByteOffset: 64, as: UInt32.self)
            s.error = unsafe raw.load(fromByteOffset: 68, as: UInt32.self)
            s.cr2 = s.vector == 14 ? unsafe raw.load(fromByteOffset: 72, as: UInt32.self) : 0
            let area = unsafe UnsafeRawBufferPointer(rebasing: raw[80...])
            s.fpu.control = unsafe area.load(fromByteOffset: 0, as: UInt16.self)
            s.fpu.status = unsafe area.load(fromByteOffset: 2, as: UInt16.self)
            s.fpu.tags = unsafe area.load(fromByteOffset: 4, as: UInt8.self)
            s.fpu.opcode = unsafe area.load(fromByteOffset: 6, as: UInt16.self)
            s.fpu.instructionPointer = unsafe area.load(fromByteOffset: 8, as: UInt32.self)
            s.fpu.dataPointer = unsafe area.load(fromByteOffset: 16, as: UInt32.self)
            s.fpu.mxcsr = unsafe area.load(fromByteOffset: 24, as: UInt32.self)
            for index in 0..<8 {
                s.fpu.significands[index] = unsafe area.load(fromByteOffset: 32 + index * 16, as: UInt64.self)
                s.fpu.exponents[index] = unsafe area.load(fromByteOffset: 40 + index * 16, as: UInt16.self)
            }
            for index in 0..<16 { s.fpu.xmm[index] = unsafe area.load(fromByteOffset: 160 + index * 8, as: UInt64.self) }
        }
        return (s, unsafe Array(UnsafeRawBufferPointer(start: host_memory(at), count: Layout.imageSize)))
    }
}
