import TestSupport

@testable import Bus
@testable import HostMemory
@testable import Processor

/// The modes of IA-32 in which programs run.
enum Mode: String, CaseIterable, Sendable {
    case real, virtual8086
    /// Flat 32-bit segments under paging, at CPL 0 and 3; the same with PAE.
    case flat, flatUser, extended, extendedUser
    /// Segments with bases and limits: 16-bit and 32-bit without paging at CPL 0, and with paging at CPL 3.
    case segments16, segments32, segments16User, segments32User

    var level: UInt8 {
        switch self {
        case .virtual8086, .flatUser, .extendedUser, .segments16User, .segments32User: 3
        default: 0
        }
    }
    var is16: Bool { [.real, .virtual8086, .segments16, .segments16User].contains(self) }
    var isPaged: Bool { ![.real, .segments16, .segments32].contains(self) }
    var isExtended: Bool { self == .extended || self == .extendedUser }
    var isFlat: Bool { [.flat, .flatUser, .extended, .extendedUser].contains(self) }
    /// Segment registers hold paragraphs, not selectors.
    var hasParagraphs: Bool { self == .real || self == .virtual8086 }
}

/// What surrounds every program of one mode: descriptors, page tables, and a little supervisor that starts the program again until a count has
/// run out. Every exception, interrupt and INT leads to a stub of eight bytes that gives the harness control and then jumps to the supervisor.
///
/// Physical memory is mapped one to one at linear 0 and again at each of `windows`.
struct World {
    static let windows: [UInt32] = [0, 0x4000_0000, 0xC000_0000, 0xFFE0_0000]
    /// Physical addresses.
    static let transfers: UInt32 = 0x440, count: UInt32 = 0x4F0, interruptCount: UInt32 = 0x4F4
    static let code: UInt32 = 0x1_0000, codePages = 8, data: UInt32 = 0x2_0000, dataPages = 16, stack: UInt32 = 0x3_0000, stackPages = 4
    static let floatingPoint = code + 0x800, tables: UInt32 = 0x4_0000
    private static let realSupervisor: UInt32 = 0x700
    static let realStubs: UInt32 = 0x800, supervisor: UInt32 = 0x2800, handler: UInt32 = 0x2A00
    static let stubs: UInt32 = 0x3000
    private static let descriptors: UInt32 = 0x1000, interrupts: UInt32 = 0x2000, task: UInt32 = 0x3800, top: UInt32 = 0x5000
    static let interruptVector: UInt8 = 0x40
    /// INT with these: the end of a program's round; a stop behind which the program goes on.
    static let endVector: UInt8 = 0x30, stopVector: UInt8 = 0x31

    /// One descriptor.
    struct Segment {
        var base: UInt32
        var limit: UInt32
        var access: UInt8
        var isBig = true
        var inPages = false

        var descriptor: UInt64 {
            let flags: UInt64 = (inPages ? 8 : 0) | (isBig ? 4 : 0)
            let low = UInt64(limit & 0xFFFF) | UInt64(base & 0xFF_FFFF) << 16 | UInt64(access) << 40
            return low | UInt64(limit >> 16 & 15) << 48 | flags << 52 | UInt64(base >> 24) << 56
        }
    }

    let mode: Mode
    /// Added to a physical address, it gives the linear one where the program sees it.
    let window: UInt32
    private(set) var memory = [UInt8](repeating: 0, count: Board.ramSize)
    /// The processor as every program finds it: about to enter the supervisor.
    private(set) var state: ProcessorSnapshot
    /// The program's segments: by descriptor number, from 5.
    private static let first = 5
    enum Name: Int { case flatCode, flatData, code, data, tight, readOnly, down, stack, otherStack, executeOnly, absent, wide }

    init(_ mode: Mode, window number: Int = 0) throws {
        self.mode = mode
        window = mode.isFlat ? Self.windows[number] : mode == .virtual8086 || !mode.isPaged ? 0 : Self.windows[number & 1]
        let board = try Board(.interpreter)
        state = board.processor.save()
        fillData()
        if mode == .real { putReal() } else { putProtected() }
        if mode.isPaged { putTables() }
        board.ram.copy(memory, at: 0)
        try prepare(board.e)
        state = board.processor.save()
    }

    func segment(_ name: Name) -> Segment {
        let access: UInt8 = 0x90 | mode.level << 5
        let big = !mode.is16
        return switch name {
        case .flatCode: Segment(base: 0, limit: 0xFFFFF, access: access | 0xB, inPages: true)
        case .flatData: Segment(base: 0, limit: 0xFFFFF, access: access | 3, inPages: true)
        case .code: Segment(base: window &+ Self.code, limit: 0x7FFF, access: access | 0xB, isBig: big)
        case .data: Segment(base: window &+ Self.data &- 0x10, limit: 0x1_000F, access: access | 3, isBig: big)
        case .tight: Segment(base: window &+ Self.data &+ 0x4004, limit: 0xFFE, access: access | 3)
        case .readOnly: Segment(base: window &+ Self.data, limit: 0xFFFF, access: access | 1)
        case .down: Segment(base: window &+ Self.data, limit: 0x3FFF, access: access | 7, isBig: false)
        case .stack: Segment(base: window &+ Self.stack, limit: 0x3FFF, access: access | 3, isBig: big)
        case .otherStack: Segment(base: window &+ Self.stack, limit: 0x3FFF, access: access | 3, isBig: !big)
        case .executeOnly: Segment(base: window &+ Self.code, limit: 0x7FFF, access: access | 9, isBig: big)
        case .absent: Segment(base: 0, limit: 0xFFFF, access: access & 0x7F | 3)
        case .wide: Segment(base: 0, limit: 0xFFFFF, access: access | 3, isBig: false, inPages: true)
        }
    }
    func selector(_ name: Name) -> UInt16 { UInt16(Self.first + name.rawValue) << 3 | UInt16(mode.level) }
    /// Physical address of a segment's descriptor.
    func descriptorAddress(_ name: Name) -> UInt32 { Self.descriptors + UInt32(Self.first + name.rawValue) * 8 }

    /// ES, CS, SS, DS, FS, GS as a program has them unless it wants others.
    var usualSegments: [UInt16] {
        if mode.hasParagraphs { return [0x2000, 0x1000, 0x3000, 0x2000, 0x2400, 0x2FF1] }
        if mode.isFlat {
            let data = selector(.flatData)
            return [data, selector(.flatCode), data, data, selector(.tight), selector(.data)]
        }
        return [.data, .code, .stack, .data, .tight, .down].map { selector($0) }
    }

    /// What a program may load into segment registers.
    var selectors: [UInt16] {
        if mode.hasParagraphs { return [0x2000, 0x2000, 0x2100, 0x1000, 0x3000, 0x2FF1] }
        let names: [Name] = [.flatData, .flatData, .data, .tight, .readOnly, .down, .stack, .otherStack, .code, .executeOnly, .absent, .wide]
        return names.map { selector($0) } + [0, 3, 8, 0x10, 0x18, 0xFFF8]
    }

    var codeBase: UInt32 { mode.isFlat ? 0 : window &+ Self.code }
    /// The offset in CS of a byte of the code pages.
    func codeOffset(_ at: Int) -> UInt32 { window &+ Self.code &+ UInt32(at) &- codeBase }

    /// Physical address of the entry for a linear page, and its size.
    func pageEntry(_ linear: UInt32) -> (address: UInt32, size: Int) {
        if mode.isExtended {
            return (Self.tables + 0x5000 + UInt32(Self.tableNumber(linear)) * 0x1000 + (linear >> 12 & 511) * 8, 8)
        }
        return (Self.tables + 0x1000 + UInt32(Self.tableNumber(linear)) * 0x1000 + (linear >> 12 & 1023) * 4, 4)
    }
    private static func tableNumber(_ linear: UInt32) -> Int { windows.lastIndex { linear >= $0 } ?? 0 }

    /// In virtual-8086 mode the bitmap behind the task state allows ports up to FFh; elsewhere IOPL does.
    private var taskLimit: UInt32 { mode == .virtual8086 ? 0x88 : 0x67 }

    // MARK: Memory

    private mutating func put(_ at: UInt32, _ bytes: [UInt8]) { memory.replaceSubrange(Int(at)..<Int(at) + bytes.count, with: bytes) }
    private mutating func put64(_ at: UInt32, _ value: UInt64) { put(at, value.bytes(8)) }

    private mutating func fillData() {
        put(Self.data, Self.filling)
        put(Self.code, [UInt8](repeating: 0xCC, count: Self.codePages << 12))
    }
    private static let filling: [UInt8] = {
        var random = RandomSource(seed: 1)
        let count = (dataPages + stackPages) << 12
        var bytes: [UInt8] = []
        while bytes.count < count { bytes += Values.memory(&random) }
        return Array(bytes.prefix(count))
    }()

    private mutating func putReal() {
        for vector in UInt32(0)..<256 {
            let at = Self.realStubs + vector * 8
            put(vector * 4, at.bytes(4))
            put(at, Self.stub(at, Self.realSupervisor, Self.kind(vector), size: 2))
        }
    }

    private enum Kind { case restart, goOn, count }
    private static func kind(_ vector: UInt32) -> Kind {
        switch UInt8(vector) {
        case 1, 2, stopVector: .goOn
        case interruptVector: .count
        default: .restart
        }
    }

    /// OUT F0h,AL, then IRET or a jump: to the supervisor, or to the handler of interrupts.
    private static func stub(_ at: UInt32, _ supervisor: UInt32, _ kind: Kind, size: Int) -> [UInt8] {
        if kind == .goOn || size == 2 && kind == .count { return [0xE6, 0xF0, 0xCF] }
        let target = kind == .count ? handler : supervisor
        return [0xE6, 0xF0, 0xE9] + (target &- at &- 3 &- UInt32(size)).bytes(size)
    }

    private mutating func putProtected() {
        put64(Self.descriptors + 0x08, Segment(base: 0, limit: 0xFFFFF, access: 0x9B, inPages: true).descriptor)
        put64(Self.descriptors + 0x10, Segment(base: 0, limit: 0xFFFFF, access: 0x93, inPages: true).descriptor)
        put64(Self.descriptors + 0x18, Segment(base: Self.task, limit: taskLimit, access: 0x89, isBig: false).descriptor)
        var number = 0
        while let name = Name(rawValue: number) {
            put64(descriptorAddress(name), segment(name).descriptor)
            number += 1
        }
        for vector in UInt32(0)..<256 {
            let at = Self.stubs + vector * 8
            put64(Self.interrupts + vector * 8, UInt64(at & 0xFFFF) | 8 << 16 | 0xEE << 40 | UInt64(at >> 16) << 48)
            put(at, Self.stub(at, Self.supervisor, Self.kind(vector), size: 4))
        }
        put(Self.task + 4, Self.top.bytes(4) + UInt32(0x10).bytes(4))
        put(Self.task + 0x66, [0x68, 0] + [UInt8](repeating: 0, count: 32) + [0xFF])
        // push eax; push ds; mov eax,10h; mov ds,ax; inc dword [interruptCount]; pop ds; pop eax; iretd
        put(
            Self.handler,
            [0x50, 0x1E, 0xB8, 0x10, 0, 0, 0, 0x8E, 0xD8, 0xFF, 0x05] + Self.interruptCount.bytes(4) + [0x1F, 0x58, 0xCF])
    }

    private mutating func putTables() {
        var page: UInt32 = 0
        let present: UInt32 = 3, user: UInt32 = 4
        for (number, start) in Self.windows.enumerated() {
            let table = Self.tables + (mode.isExtended ? 0x5000 : 0x1000) + UInt32(number) * 0x1000
            if mode.isExtended {
                put64(Self.tables + 0x1000 + (start >> 30) * 0x1000 + (start >> 21 & 511) * 8, UInt64(table | present | user))
            } else {
                put(Self.tables + (start >> 22) * 4, (table | present | user).bytes(4))
            }
            page = 0
            while page <= Board.device >> 12 {
                let isSystem = page < Self.code >> 12 || page >= Self.tables >> 12 && page < Board.device >> 12
                let isGlobal = page >= 0x28 && page < Self.stack >> 12
                let flags = present | (isSystem ? 0 : user) | (isGlobal ? 0x100 : 0)
                let (at, size) = pageEntry(start &+ page << 12)
                put(at, UInt64(page << 12 | flags).bytes(size))
                page += 1
            }
        }
        if mode.isExtended {
            for index in UInt32(0)..<4 { put64(Self.tables + index * 8, UInt64((Self.tables + 0x1000 + index * 0x1000) | 1)) }
        }
    }

    // MARK: The processor

    private func prepare(_ e: Execution) throws {
        e.s.cr4 = 0x680 | (mode.isExtended ? 0x20 : 0)
        if mode == .real {
            try e.writeCR0(0x32)
            for number in UInt8(0)..<6 { e.loadRealSegment(number, 0) }
            e.esp = Self.realSupervisor
            e.s.eip = Self.realSupervisor
            return
        }
        if mode.isPaged { e.s.cr3 = Self.tables }
        e.s.gdtr = TableRegister(base: Self.descriptors, limit: UInt16((Self.first + Name.wide.rawValue + 1) * 8 - 1))
        e.s.idtr = TableRegister(base: Self.interrupts, limit: 0x7FF)
        try e.writeCR0(mode.isPaged ? 0x8005_0033 : 0x33)
        e.s.tr.selector = 0x18
        e.s.tr.attributes = 0x8B
        e.s.tr.base = Self.task
        e.s.tr.limit = taskLimit
        try e.farTransfer(8, Self.supervisor, 4, call: false, next: 0)
        for number: UInt8 in [0, 2, 3, 4, 5] { try e.loadSegment(number, 0x10) }
        e.esp = Self.top
    }

    // MARK: The supervisor

    /// The code that starts the program whose first instruction is at `offset` of its code segment, with these flags and segments.
    func supervisor(entering offset: UInt32, eflags: UInt32, segments: [UInt16], stack: UInt32) -> (address: UInt32, bytes: [UInt8]) {
        var a = Assembler(origin: mode == .real ? Self.realSupervisor : Self.supervisor)
        let done = a.label()
        if mode == .real {
            a.emit(0xB8, 0, 0, 0x8E, 0xD8, 0x8E, 0xD0, 0xBC)
            a.word(Self.realSupervisor)
            a.emit(0x66, 0xFF, 0x0E)
            a.word(Self.count)
            a.emit(0x0F, 0x84)
            a.relative(done, 2)
            for value in [eflags, UInt32(segments[1]), offset] {
                a.emit(0x68)
                a.word(value)
            }
        } else {
            a.emit(0xB8, 0x10, 0, 0, 0, 0x8E, 0xD8, 0x8E, 0xD0, 0xBC)
            a.dword(Self.top)
            a.emit(0xFF, 0x0D)
            a.dword(Self.count)
            a.emit(0x0F, 0x84)
            a.relative(done, 4)
            var frame = [UInt32(segments[2]), stack, eflags, UInt32(segments[1]), offset]
            if mode == .virtual8086 { frame = [5, 4, 3, 0].map { UInt32(segments[$0]) } + frame }
            for value in frame {
                a.emit(0x68)
                a.dword(value)
            }
        }
        a.emit(0xCF)
        a.place(done)
        a.emit(0xFA, 0xF4, 0xEB, 0xFC)
        return (a.origin, a.finish())
    }
}

extension World {
    /// The vector whose stub the processor stopped in: `eip` is behind the stub's OUT.
    func vector(ofStubBefore eip: UInt32) -> UInt8? {
        let first = mode == .real ? Self.realStubs : Self.stubs
        let distance = eip &- 2 &- first
        return distance & 7 == 0 && distance < 0x800 ? UInt8(distance >> 3) : nil
    }
    /// Physical address of a vector's stub: eight bytes.
    func stubAddress(_ vector: UInt8) -> UInt32 { (mode == .real ? Self.realStubs : Self.stubs) + UInt32(vector) * 8 }
}
