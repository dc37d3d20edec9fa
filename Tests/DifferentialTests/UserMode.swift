@testable import Bus
@testable import HostMemory
@testable import Processor
import X86

/// Our processor in the surroundings that a Linux host gives a 32-bit user: flat segments at 23h and 2Bh, a local descriptor table, paging with PAE
/// and NX, CPL 3. Every vector leads to a HLT at CPL 0, whose stack tells how the case ended.
final class UserMode {
    private let bench: Machine
    private let template: CPUState
    private let pages: [(linear: UInt32, physical: UInt32, count: UInt32, flags: UInt64)] = [
        (Layout.flat.code, 0x10_0000, 2, 0x65), (Layout.flat.data, 0x11_0000, 2, 1 << 63 | 0x67),
        (Layout.flat.data + 0x2000, 0x11_2000, 1, 1 << 63 | 0x65),
        (Layout.flat.data2, 0x11_4000, 1, 1 << 63 | 0x67), (Layout.flat.stack, 0x12_0000, 1, 1 << 63 | 0x67), (0xFF00_0000, 0x20_0000, 8, 0x63),
    ]
    private static let system: UInt32 = 0xFF00_0000, systemPhysical: UInt32 = 0x20_0000
    private static let handlers: UInt32 = 0x4000, stackTop: UInt32 = 0x6000

    /// One descriptor of the local table.
    struct Segment {
        var base: UInt32
        var limit: UInt32
        var access: UInt8
        var isBig = true
        var inPages = false
    }

    static let local: [Segment] = [
        Segment(base: Layout.flat.data, limit: 0xFFF, access: 0xF3),
        Segment(base: Layout.flat.data, limit: 0x2FFF, access: 0xF3),
        Segment(base: Layout.flat.data, limit: 0xFFF, access: 0xF7),
        Segment(base: Layout.flat.data, limit: 0xFFF, access: 0xF7, isBig: false),
        Segment(base: Layout.flat.data, limit: 0xFFFF, access: 0xF1),
        Segment(base: Layout.flat.stack, limit: 0xFFF, access: 0xF3, isBig: false),
        Segment(base: 0, limit: 0xFFFFF, access: 0xFB, inPages: true),
        Segment(base: Layout.flat.code, limit: 0x1FFF, access: 0xFB, isBig: false),
        Segment(base: Layout.flat.data, limit: 0xFFF, access: 0x73),
        Segment(base: 0, limit: 0xFFFFF, access: 0xF9, inPages: true),
        Segment(base: Layout.flat.data, limit: 0xFFFF, access: 0xF3, isBig: false),
    ]
    static func selector(_ number: Int) -> UInt16 { UInt16(number) << 3 | 7 }

    static let codeSegments: [(selector: UInt16, base: UInt32, is32: Bool)] = [
        (0x23, 0, true), (selector(6), 0, true), (selector(7), Layout.flat.code, false), (selector(7), Layout.flat.code, false),
        (selector(9), 0, true),
    ]
    static let dataSegments: [(selector: UInt16, base: UInt32)] =
        [(0x2B, 0), (0x2B, 0), (0, 0)] + [0, 1, 2, 3, 4, 5, 7, 10].map { (selector($0), local[$0].base) } + [(selector(10), Layout.flat.data)]
    static let stackSegments: [(selector: UInt16, base: UInt32, is32: Bool)] = [
        (0x2B, 0, true), (selector(5), Layout.flat.stack, false), (selector(5), Layout.flat.stack, false), (selector(1), Layout.flat.data, true),
        (selector(3), Layout.flat.data, false), (selector(2), Layout.flat.data, true),
    ]
    static let selectors: [UInt16] =
        (0..<local.count).map { selector($0) } + [0, 1, 3, 0x23, 0x2B, 0x23, 0x2B, 0x20, 0x28, 0x10, 0x0B, 0x100, 0xFFFF, 0x200 | 7, 6, 5]

    init() throws {
        bench = try Machine(megabytes: 4)
        let memory = bench.memory
        func put64(_ address: UInt32, _ value: UInt64) {
            memory.write(address, .dword, UInt32(truncatingIfNeeded: value))
            memory.write(address + 4, .dword, UInt32(truncatingIfNeeded: value >> 32))
        }
        // Paging: directory pointers at 1000h, directories from 2000h, tables from 6000h.
        for index in UInt32(0)..<4 { put64(0x1000 + index * 8, UInt64(0x2000 + index * 0x1000 | 1)) }
        var tables: [UInt32: UInt32] = [:]
        for (linear, physical, count, flags) in pages {
            for page in 0..<count {
                let at = linear + page * 0x1000
                let table = tables[at >> 21] ?? 0x6000 + UInt32(tables.count) * 0x1000
                tables[at >> 21] = table
                put64(0x2000 + (at >> 21) * 8, UInt64(table | 0x67))
                put64(table + (at >> 12 & 511) * 8, UInt64(physical + page * 0x1000) | flags)
            }
        }
        memory.write(0x10_0000, [UInt8](repeating: 0xCC, count: 8192))
        memory.write(0x11_2000, Layout.readOnlyPage)
        memory.write(Self.systemPhysical + Self.handlers, [UInt8](repeating: 0xF4, count: 256))

        func descriptor(_ at: UInt32, _ s: Segment) {
            let flags: UInt64 = (s.inPages ? 8 : 0) | (s.isBig ? 4 : 0)
            let low = UInt64(s.limit & 0xFFFF) | UInt64(s.base & 0xFF_FFFF) << 16 | UInt64(s.access) << 40
            put64(Self.systemPhysical + at, low | UInt64(s.limit >> 16 & 15) << 48 | flags << 52 | UInt64(s.base >> 24) << 56)
        }
        let flat: UInt32 = 0xFFFFF
        descriptor(0x08, Segment(base: 0, limit: flat, access: 0x9B, inPages: true))
        descriptor(0x10, Segment(base: 0, limit: flat, access: 0x93, inPages: true))
        descriptor(0x20, Segment(base: 0, limit: flat, access: 0xFB, inPages: true))
        descriptor(0x28, Segment(base: 0, limit: flat, access: 0xF3, inPages: true))
        // The host's table has two more that a user may look at: 64-bit code, and a segment that tells the processor's number.
        put64(Self.systemPhysical + 0x30, 0x00AF_FB00_0000_FFFF)
        put64(Self.systemPhysical + 0x78, 0x0040_F500_0000_0000)
        // Linux sets the bit for system use in entries of the local table.
        for (number, segment) in Self.local.enumerated() {
            descriptor(0x1000 + UInt32(number) * 8, segment)
            let flags = Self.systemPhysical + 0x1000 + UInt32(number) * 8 + 6
            memory.write(flags, .byte, memory.read(flags, .byte) | 0x10)
        }
        for vector in UInt32(0)..<256 {
            let handler = Self.system + Self.handlers + vector
            let level: UInt64 = vector == 3 || vector == 4 ? 3 : 0
            put64(
                Self.systemPhysical + 0x2000 + vector * 8,
                UInt64(handler & 0xFFFF) | 8 << 16 | (0x8E | level << 5) << 40 | UInt64(handler >> 16) << 48)
        }
        memory.write(Self.systemPhysical + 0x3004, .dword, Self.system + Self.stackTop)
        memory.write(Self.systemPhysical + 0x3008, .dword, 0x10)
        memory.write(Self.systemPhysical + 0x3066, .word, 0x68)

        let e = bench.e
        e.s.efer = 0x800
        e.s.cr3 = 0x1000
        e.s.cr4 = 0x6A0
        e.s.gdtr = TableRegister(base: Self.system, limit: 0x7F)
        e.s.idtr = TableRegister(base: Self.system + 0x2000, limit: 0x7FF)
        try e.writeCR0(0x8005_0033)
        e.s.ldtr.selector = 0x50
        e.s.ldtr.attributes = 0x82
        e.s.ldtr.base = Self.system + 0x1000
        e.s.ldtr.limit = UInt32(Self.local.count) * 8 - 1
        e.s.tr.selector = 0x40
        e.s.tr.attributes = 0x8B
        e.s.tr.base = Self.system + 0x3000
        e.s.tr.limit = 0x67
        e.s.systemFlags |= 0x200
        e.setCPL(3)
        template = e.s
    }

    /// Runs a case, and leaves memory in `image`. nil: it does not end.
    func run(_ c: Case, image: inout [UInt8]) throws -> GuestState? {
        let e = bench.e, memory = bench.memory
        image = Layout.image
        for (offset, bytes) in c.patches { image.replaceSubrange(offset..<offset + bytes.count, with: bytes) }
        bench.put(0x11_0000, image[0..<0x2000])
        bench.put(0x11_4000, image[0x2000..<0x3000])
        bench.put(0x12_0000, image[0x3000..<0x4000])
        bench.put(0x10_0000 + UInt32(c.codeOffset), c.code[...])
        bench.processor.blocks.foreignWrite(0x100, 2)
        bench.processor.flushTranslations()
        e.s = template
        for number in 0..<6 { try load(UInt8(number), c.state.segments[number]) }
        for number in 0..<8 { e.setReg(UInt8(number), c.state.gpr[number]) }
        e.s.eip = c.state.eip
        e.setEFLAGS(c.state.eflags)
        e.load(c.state.fpu)
        let reason = bench.processor.run(budget: 20_000)
        bench.put(0x10_0000 + UInt32(c.codeOffset), [UInt8](repeating: 0xCC, count: c.code.count)[...])
        guard reason == .halted else { return nil }

        bench.get(0x11_0000, &image, 0..<0x2000)
        bench.get(0x11_4000, &image, 0x2000..<0x3000)
        bench.get(0x12_0000, &image, 0x3000..<0x4000)
        var result = GuestState()
        let vector = e.s.eip &- 1 &- Self.system &- Self.handlers
        var at = e.esp &- Self.system &+ Self.systemPhysical
        result.vector = vector
        if [8, 10, 11, 12, 13, 14, 17].contains(vector) {
            result.error = memory.read(at, .dword)
            at &+= 4
        }
        for number in 0..<8 { result.gpr[number] = e.reg(UInt8(number), as: UInt32.self) }
        result.eip = memory.read(at, .dword)
        result.eflags = memory.read(at &+ 8, .dword)
        result.gpr[4] = memory.read(at &+ 12, .dword)
        for number in 0..<6 { result.segments[number] = unsafe e.segment(UInt8(number)).pointee.selector }
        // A null selector loses its RPL when the host's kernel returns to the handler (SDM Vol. 2A, IRET).
        for number in 0..<6 where result.segments[number] < 4 { result.segments[number] = 0 }
        result.segments[1] = UInt16(truncatingIfNeeded: memory.read(at &+ 4, .dword))
        result.segments[2] = UInt16(truncatingIfNeeded: memory.read(at &+ 16, .dword))
        if vector == 14 { result.cr2 = e.s.cr2 }
        result.fpu = e.floatingPoint
        return result
    }

    private func load(_ number: UInt8, _ selector: UInt16) throws {
        let e = bench.e
        guard number == 1 else { return try e.loadSegment(number, selector) }
        guard var cache = try e.descriptor(selector) else { return }
        cache.selector = selector
        unsafe e.segment(1).pointee = cache
    }
}

/// A processor on a bare board: RAM from 0, no devices, no interrupts.
final class Machine {
    final class NoInterrupts: InterruptController {
        var isRequesting: Bool { false }
        func acknowledge() -> UInt8 { 0 }
    }
    final class Standstill: TimeSource {
        var now: UInt64 { 0 }
    }

    let ram: Region
    let memory: MemoryMap
    let processor: Processor
    private let interrupts = NoInterrupts()

    init(megabytes: Int) throws {
        ram = try Region("RAM", size: megabytes << 20)
        memory = try MemoryMap()
        memory.map("RAM", ram: ram, at: 0, length: megabytes << 20)
        processor = try Processor(memory: memory, ports: PortSpace(), interrupts: interrupts, time: Standstill(), model: .max, engine: .interpreter)
    }

    var e: Execution { processor.e }

    /// Bytes straight into RAM: blocks decoded from there are the caller's business.
    func put(_ address: UInt32, _ bytes: ArraySlice<UInt8>) {
        let target = unsafe UnsafeMutableRawBufferPointer(rebasing: ram.bytes[Int(address)...])
        unsafe bytes.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
    }

    func get(_ address: UInt32, _ image: inout [UInt8], _ range: Range<Int>) {
        let source = unsafe UnsafeRawBufferPointer(rebasing: ram.bytes[Int(address)..<Int(address) + range.count])
        unsafe image.withUnsafeMutableBytes { unsafe UnsafeMutableRawBufferPointer(rebasing: $0[range]).copyMemory(from: source) }
    }
}

extension Execution {
    func load(_ f: FloatingPoint) {
        s.fpu.control = f.control
        s.fpu.status = f.status
        s.fpu.opcode = f.opcode
        s.fpu.instructionPointer = f.instructionPointer
        s.fpu.dataPointer = f.dataPointer
        s.fpu.mxcsr = f.mxcsr
        for st in UInt8(0)..<8 { s.fpu[st] = Extended(significand: f.significands[Int(st)], exponent: f.exponents[Int(st)]) }
        s.fpu.tags = 0
        for number in UInt16(0)..<8 where f.tags >> number & 1 == 0 { s.fpu.tags |= 3 << (number * 2) }
        for index in 0..<16 { s.fpu.xmm[index] = f.xmm[index] }
        s.fpu.summarize()
    }

    var floatingPoint: FloatingPoint {
        var f = FloatingPoint()
        f.control = s.fpu.control
        f.status = s.fpu.status
        f.opcode = s.fpu.opcode
        f.instructionPointer = s.fpu.instructionPointer
        f.dataPointer = s.fpu.dataPointer
        f.mxcsr = s.fpu.mxcsr
        for st in UInt8(0)..<8 {
            f.significands[Int(st)] = s.fpu[st].significand
            f.exponents[Int(st)] = s.fpu[st].exponent
        }
        f.tags = 0
        for number in 0..<8 where !s.fpu.isEmpty(physical: number) { f.tags |= 1 << number }
        for index in 0..<16 { f.xmm[index] = s.fpu.xmm[index] }
        return f
    }
}
