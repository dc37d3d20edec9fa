import HostMemory
@testable import Processor
import X86

/// Our processor and Unicorn on equal boards, in one of the modes of IA-32. An exception ends the case before it is delivered.
final class SystemMode {
    enum Mode: String, CaseIterable, Sendable {
        case real, protected16, protected32, user16, user32, virtual8086

        var isReal: Bool { self == .real }
        var level: UInt8 { self == .user16 || self == .user32 || self == .virtual8086 ? 3 : 0 }
        var is32: Bool { self == .protected32 || self == .user32 }
        var layout: Layout { self == .real || self == .virtual8086 ? .low : .flat }
    }

    let mode: Mode
    private let machine: Machine
    private let unicorn: UnicornOracle
    private let unicornMemory: Region
    /// All of memory as every case finds it.
    private let pristine: [UInt8]
    private let template: CPUState
    private static let size = 2 << 20
    private static let image: [(physical: Int, offset: Int, count: Int)] = [
        (0x2_0000, 0, 0x2000), (0x2_4000, 0x2000, 0x1000), (0x3_0000, 0x3000, 0x1000),
    ]
    /// Linear and physical address of the tables: descriptors, task state, the stack and the IRET that begins a case.
    private static let system: UInt32 = 0x4_0000, gdt = system, ldt = system + 0x1000, tss = system + 0x3000, entry = system + 0x4000,
        stack = system + 0x5F00
    private static let directory = 0x5_0000
    /// What a case may change: everything below this.
    private static let used = 0x6_0000

    init(_ mode: Mode) throws {
        self.mode = mode
        machine = try Machine(megabytes: Self.size >> 20)
        unicornMemory = try Region("Unicorn's RAM", size: Self.size)
        var memory = [UInt8](repeating: 0, count: Self.used)
        func put(_ at: Int, _ value: UInt64, _ count: Int) {
            for index in 0..<count { memory[at + index] = UInt8(truncatingIfNeeded: value >> UInt64(index * 8)) }
        }
        // UD2 everywhere ends a case.
        for at in stride(from: 0x1_0000, to: 0x1_2000, by: 2) { put(at, 0x0B0F, 2) }
        memory.replaceSubrange(0x2_2000..<0x2_3000, with: Layout.readOnlyPage)
        memory[Int(Self.entry)] = 0xCF

        // Paging: the low megabyte of tables for the supervisor, then the cases' pages. Accessed and dirty bits are the processor's to set.
        var tables: [UInt32: Int] = [:]
        func map(_ linear: UInt32, _ physical: UInt32, _ flags: UInt32) {
            let table = tables[linear >> 22] ?? Self.directory + 0x1000 * (tables.count + 1)
            tables[linear >> 22] = table
            put(Self.directory + Int(linear >> 22) * 4, UInt64(table | 0x27), 4)
            put(table + Int(linear >> 12 & 1023) * 4, UInt64(physical | flags), 4)
        }
        for page in UInt32(0)..<0x10 { map(Self.system + page << 12, Self.system + page << 12, 3) }
        let layout = mode.layout
        for (linear, physical, count, flags) in [
            (layout.code, UInt32(0x1_0000), UInt32(2), UInt32(5)), (layout.data, 0x2_0000, 2, 7), (layout.data + 0x2000, 0x2_2000, 1, 5),
            (layout.data2, 0x2_4000, 1, 7), (layout.data2 + 0x1000, 0x2_5000, 1, 3), (layout.stack, 0x3_0000, 1, 7),
            // Unicorn looks at the page where a run would end.
            (layout.stack + 0x1000, 0x3_1000, 1, 0x67),
        ] {
            for page in 0..<count { map(linear + page << 12, physical + page << 12, flags) }
        }

        func descriptor(_ at: UInt32, _ s: UserMode.Segment) {
            let flags: UInt64 = (s.inPages ? 8 : 0) | (s.isBig ? 4 : 0)
            let low = UInt64(s.limit & 0xFFFF) | UInt64(s.base & 0xFF_FFFF) << 16 | UInt64(s.access) << 40
            put(Int(at), low | UInt64(s.limit >> 16 & 15) << 48 | flags << 52 | UInt64(s.base >> 24) << 56, 8)
        }
        let flat: UInt32 = 0xFFFFF
        descriptor(Self.gdt + 0x08, .init(base: 0, limit: flat, access: 0x9B, inPages: true))
        descriptor(Self.gdt + 0x10, .init(base: 0, limit: flat, access: 0x93, inPages: true))
        descriptor(Self.gdt + 0x20, .init(base: 0, limit: flat, access: 0xFB, inPages: true))
        descriptor(Self.gdt + 0x28, .init(base: 0, limit: flat, access: 0xF3, inPages: true))
        for (number, segment) in Self.local(mode).enumerated() { descriptor(Self.ldt + UInt32(number) * 8, segment) }
        put(Int(Self.tss) + 4, UInt64(Self.stack), 4)
        put(Int(Self.tss) + 8, 0x10, 4)
        put(Int(Self.tss) + 0x66, 0x68, 2)
        pristine = memory

        machine.put(0, memory[...])
        let e = machine.e
        if !mode.isReal {
            e.s.cr3 = UInt32(Self.directory)
            e.s.gdtr = TableRegister(base: Self.gdt, limit: 0x7F)
            e.s.idtr = TableRegister(base: 0, limit: 0)
            try e.writeCR0(0x8001_0033)
            e.s.ldtr.selector = 0x50
            e.s.ldtr.attributes = 0x82
            e.s.ldtr.base = Self.ldt
            e.s.ldtr.limit = UInt32(Self.local(mode).count) * 8 - 1
            e.s.tr.selector = 0x40
            e.s.tr.attributes = 0x8B
            e.s.tr.base = Self.tss
            e.s.tr.limit = 0x67
            try e.farTransfer(8, Self.entry, 4, call: false, next: 0)
            for number: UInt8 in [0, 2, 3, 4, 5] { try e.loadSegment(number, 0x10) }
        }
        template = e.s

        unicorn = unsafe try UnicornOracle(real: mode.isReal, memory: unicornMemory.bytes)
        unicornMemory.copy(memory, at: 0)
        if !mode.isReal {
            unicorn.setTable(UnicornOracle.Register.gdtr, base: Self.gdt, limit: 0x7F)
            unicorn.setTable(
                UnicornOracle.Register.ldtr, selector: 0x50, base: Self.ldt, limit: UInt32(Self.local(mode).count) * 8 - 1, flags: 0x8200)
            unicorn.setTable(UnicornOracle.Register.tr, selector: 0x40, base: Self.tss, limit: 0x67, flags: 0x8900)
            for (number, register) in UnicornOracle.Register.segments.enumerated() { unicorn[register] = number == 1 ? 8 : 0x10 }
            unicorn[UnicornOracle.Register.cr3] = UInt32(Self.directory)
            unicorn[UnicornOracle.Register.cr0] = 0x8001_0033
        }
        try unicorn.remember()
    }

    // MARK: What the cases may use

    /// The local descriptors with the mode's privilege level.
    static func local(_ mode: Mode) -> [UserMode.Segment] {
        UserMode.local.map { segment in
            var segment = segment
            if mode.level == 0 { segment.access &= ~0x60 }
            return segment
        }
    }

    static func profile(_ mode: Mode) -> Generator.Profile {
        var profile = Generator.Profile()
        profile.layout = mode.layout
        profile.units = (100, 0, 0)
        // Unicorn ends the process at LOCK BTS with a register.
        profile.locksAnything = false
        profile.branchesAnywhere = false
        let layout = mode.layout
        switch mode {
        case .real, .virtual8086:
            profile.codeSegments = [(0x1000, layout.code, false)]
            profile.dataSegments = [(0x2000, layout.data), (0x2000, layout.data), (0x1FF8, 0x1_FF80), (0x2400, layout.data2), (0x3000, layout.stack)]
            profile.stackSegments = [(0x3000, layout.stack, false), (0x2000, layout.data, false)]
            // A far jump shall not run data: what it happens to mean may be an excluded instruction.
            profile.selectors = [0x1000]
        case .protected16, .protected32, .user16, .user32:
            let rpl = UInt16(mode.level)
            func selector(_ number: Int) -> UInt16 { UInt16(number) << 3 | 4 | rpl }
            let flatCode: UInt16 = rpl == 0 ? 8 : 0x23, flatData: UInt16 = rpl == 0 ? 0x10 : 0x2B
            let code16 = (selector(7), layout.code, false)
            profile.codeSegments = mode.is32 ? [(flatCode, 0, true), (selector(6), 0, true)] : [code16, code16]
            profile.dataSegments =
                [(flatData, 0), (flatData, 0), (0, 0)] + [0, 1, 2, 3, 4, 5, 7, 10].map { (selector($0), UserMode.local[$0].base) }
            profile.stackSegments = UserMode.stackSegments.map { ($0.selector == 0x2B ? flatData : $0.selector & ~3 | rpl, $0.base, $0.is32) }
            profile.selectors = (0..<UserMode.local.count).map { selector($0) } + [0, 1, flatCode, flatData, 0x23, 0x2B, 8, 0x10, 0x100, 0xFFFF, 7]
        }
        profile.systemFlags = [(0x400, 20), (0x4000, 5), (0x20_0000, 10), (0x3000, mode.level == 3 ? 15 : 50)]
        profile.alwaysSet = mode == .virtual8086 ? 0x2_0202 : 0x202
        profile.excluded = Set(Masks.unicornExcluded.flatMap(\.operations))
        if mode.level == 0 { profile.excluded.insert(.HLT) }
        profile.excludedEncodings = Masks.unicornEncodings.map(\.encoding)
        profile.alone = Masks.unicornAlone
        return profile
    }

    // MARK: Running

    /// Runs a case here. nil: it does not end, or not by an exception of its own.
    func runOurs(_ c: Case) throws -> GuestState? {
        let e = machine.e
        machine.put(0, pristine[...])
        place(c) { machine.put(UInt32($0), $1[...]) }
        machine.processor.blocks.foreignWrite(0, Self.size >> 12)
        machine.processor.flushTranslations()
        e.s = template
        e.s.budget = 50_000
        for number in [0, 3, 4, 5] where mode != .virtual8086 { try load(UInt8(number), c.state.segments[number]) }
        for number in 0..<8 { e.setReg(UInt8(number), c.state.gpr[number]) }
        if mode.level == 0 {
            try load(2, c.state.segments[2])
            try load(1, c.state.segments[1])
            e.s.eip = c.state.eip
            e.setEFLAGS(c.state.eflags)
        } else {
            e.esp = Self.stack
            e.s.eip = Self.entry
        }
        var result = GuestState()
        var left = 300
        do {
            while true {
                let block = try unsafe machine.processor.blocks.findOne(e)
                try unsafe e.execute(block.pointee.instructions)
                left -= 1
                // Single steps are not for this driver.
                if e.s.systemFlags & 0x100 != 0 { return nil }
                if left == 0 || e.s.halted || e.s.budget <= 0 || e.s.pending.contains(.shutdown) { return nil }
            }
        } catch {
            result.vector = UInt32(error.vector)
            if error.vector == 14 { result.cr2 = e.s.cr2 }
        }
        result.eip = e.instructionEIP
        for number in 0..<8 { result.gpr[number] = e.reg(UInt8(number), as: UInt32.self) }
        result.eflags = e.eflags & ~0x1_0000
        for number in 0..<6 { result.segments[number] = unsafe e.segment(UInt8(number)).pointee.selector }
        return result
    }

    /// Runs a case on Unicorn. nil: it does not end.
    func runTheirs(_ c: Case) -> GuestState? {
        unicornMemory.copy(pristine, at: 0)
        place(c) { unicornMemory.copy($1, at: $0) }
        unicorn.rewind()
        typealias Register = UnicornOracle.Register
        for number in [0, 3, 4, 5] where mode != .virtual8086 { unicorn[Register.segments[number]] = UInt32(c.state.segments[number]) }
        for number in 0..<8 { unicorn[Register.general[number]] = c.state.gpr[number] }
        var start = Self.entry
        if mode.level == 0 {
            unicorn[Register.segments[2]] = UInt32(c.state.segments[2])
            unicorn[Register.segments[1]] = UInt32(c.state.segments[1])
            unicorn[Register.general[4]] = c.state.gpr[4]
            unicorn[Register.eflags] = c.state.eflags
            start = mode.isReal ? c.state.eip &+ UInt32(c.state.segments[1]) << 4 : c.state.eip
        } else {
            unicorn[Register.general[4]] = Self.stack
        }
        guard let vector = unicorn.run(from: start, end: mode.layout.stack + 0x1800, limit: 200_000) else { return nil }
        var result = GuestState()
        result.vector = vector
        if vector == 14 { result.cr2 = unicorn[Register.cr2] }
        result.eip = unicorn[Register.eip]
        for number in 0..<8 { result.gpr[number] = unicorn[Register.general[number]] }
        result.eflags = unicorn[Register.eflags] & ~0x1_0000
        for number in 0..<6 { result.segments[number] = UInt16(truncatingIfNeeded: unicorn[Register.segments[number]]) }
        return result
    }

    /// Memory as both left it: all that a case can reach.
    var memories: (ours: [UInt8], theirs: [UInt8]) { memories(0x1_0000..<Self.directory) }
    /// The page tables as both left them.
    var tables: (ours: [UInt8], theirs: [UInt8]) { memories(Self.directory..<Self.used) }

    private func memories(_ range: Range<Int>) -> (ours: [UInt8], theirs: [UInt8]) {
        (machine.ram.slice(at: range.lowerBound, count: range.count), unicornMemory.slice(at: range.lowerBound, count: range.count))
    }

    private func load(_ number: UInt8, _ selector: UInt16) throws {
        let e = machine.e
        guard number == 1, !mode.isReal else { return number == 1 ? e.loadRealSegment(1, selector) : try e.loadSegment(number, selector) }
        guard var cache = try e.descriptor(selector) else { return }
        cache.selector = selector
        unsafe e.segment(1).pointee = cache
    }

    private func place(_ c: Case, _ put: (Int, [UInt8]) -> Void) {
        var image = Layout.image
        for (offset, bytes) in c.patches { image.replaceSubrange(offset..<offset + bytes.count, with: bytes) }
        for (physical, offset, count) in Self.image { put(physical, Array(image[offset..<offset + count])) }
        put(0x1_0000 + c.codeOffset, c.code + [0x0F, 0x0B])
        guard mode.level == 3 else { return }
        var frame = [c.state.eip, UInt32(c.state.segments[1]), c.state.eflags, c.state.gpr[4], UInt32(c.state.segments[2])]
        if mode == .virtual8086 { frame += [0, 3, 4, 5].map { UInt32(c.state.segments[$0]) } }
        put(Int(Self.stack), frame.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32($0 * 8)) } })
    }
}
