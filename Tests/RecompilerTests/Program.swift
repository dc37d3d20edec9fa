@testable import Processor
import TestSupport
@testable import X86

/// What a program's rounds begin with.
struct Registers {
    /// EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI.
    var general = [UInt32](repeating: 0, count: 8)
    var eflags: UInt32 = 0x202
    /// ES, CS, SS, DS, FS, GS.
    var segments: [UInt16]
    /// x87 and SSE registers as FXRSTOR wants them.
    var floatingPoint: [UInt8]

    /// Round numbers, and pointers where programs want them.
    init(_ world: World) {
        segments = world.usualSegments
        floatingPoint = Self.fresh
        let stackBase: UInt32 = world.mode.isFlat ? world.window &+ World.stack : 0
        let dataBase: UInt32 = world.mode.isFlat ? world.window &+ World.data : 0
        general = [0x1122_3344, 5, 0x89AB_CDEF, dataBase &+ 0x1000, stackBase &+ 0x2000, stackBase &+ 0x2100, dataBase &+ 0x200, dataBase &+ 0x800]
        if world.mode == .virtual8086 { eflags |= 0x2_3000 }
    }

    /// After FNINIT, with 1F80h in MXCSR.
    private static let fresh: [UInt8] = {
        var area = [UInt8](repeating: 0, count: 512)
        area.replaceSubrange(0..<2, with: [0x7F, 0x03])
        area.replaceSubrange(24..<28, with: [0x80, 0x1F, 0, 0])
        return area
    }()

    /// Draws registers that give instructions something to do.
    mutating func draw(_ world: World, _ random: inout RandomSource) {
        for number in [0, 1, 2, 3] { general[number] = Values.integer(&random) }
        if random.chance(70) { general[1] = UInt32(random.below(24)) }
        if random.chance(50) { general[3] = general[6] &+ UInt32(random.below(0x1000)) }
        general[4] &+= UInt32(random.below(0x200)) * 4
        general[5] &+= UInt32(random.below(0x100)) * 4
        general[6] &+= UInt32(random.below(0x1000))
        general[7] &+= UInt32(random.below(0x1000))
        if random.chance(10) { general[6] = Values.integer(&random) }
        eflags |= random.word() & 0x8D5 | (random.chance(20) ? 0x400 : 0) | (random.chance(10) ? 0x20_0000 : 0)
        if world.mode.level == 3 && world.mode != .virtual8086 && random.chance(50) { eflags |= 0x3000 }
        if world.mode.level == 3 && random.chance(4) { eflags |= 0x4_0000 }
        floatingPoint = Self.drawFloatingPoint(&random)
    }

    static func drawControl(_ random: inout RandomSource) -> UInt16 {
        if random.chance(60) { return 0x37F }
        return UInt16(random.below(64)) | 0x40 | UInt16(random.pick([0, 2, 3])) << 8 | UInt16(random.below(4)) << 10 | (random.chance(70) ? 0x3F : 0)
    }
    static func drawMXCSR(_ random: inout RandomSource) -> UInt32 {
        if random.chance(60) { return 0x1F80 }
        let masks: UInt32 = random.chance(80) ? 0x1F80 : random.word() & 0x1F80
        return masks | random.word() & 0x3F | UInt32(random.below(4)) << 13 | (random.chance(25) ? 0x8000 : 0) | (random.chance(25) ? 0x40 : 0)
    }

    static func drawFloatingPoint(_ random: inout RandomSource) -> [UInt8] {
        let control = drawControl(&random)
        var status = UInt16(random.below(8)) << 11 | UInt16(truncatingIfNeeded: random.next()) & 0x4700 | UInt16(random.below(64)) & control & 0x3F
        if random.chance(2) { status |= ~control & 0x3F }
        let tags = UInt64(random.chance(40) ? random.byte() & random.byte() : random.byte() | random.byte())
        var words: [UInt64] = [
            UInt64(control) | UInt64(status) << 16 | tags << 32 | UInt64(random.below(0x800)) << 48, random.next() & 0xFFFF_FFFF,
            random.next() & 0xFFFF_FFFF, UInt64(drawMXCSR(&random)),
        ]
        for _ in 0..<8 {
            let value = Values.extended(&random)
            words += [value.significand, UInt64(value.exponent)]
        }
        for _ in 0..<8 { words += Values.vector(&random) }
        let bytes = words.littleEndianBytes
        return bytes + [UInt8](repeating: 0, count: 512 - bytes.count)
    }
}

/// A piece of code that stands or falls as one: an instruction, as a rule.
struct Chunk {
    var bytes: [UInt8]
    /// Shrinking leaves it alone.
    var isFixed = false
}

/// One case of the tier: a piece of code in one of the worlds, run several times in a row by the supervisor, with what goes on around it.
struct Program {
    var name: String
    var world: World
    var registers: Registers
    var chunks: [Chunk]
    /// Where the code begins in the code pages; the page before is the supervisor's entry.
    var start = 0x1000 + 64
    /// Changes to memory, by physical address.
    var patches: [(physical: UInt32, bytes: [UInt8])] = []
    var rounds = 4
    /// How many instructions each run may take: drawn from these, from this seed.
    var budgets = [1, 2, 3, 7, 20, 200, 5000]
    var repeatBudgets: [Int?] = [nil]
    var seed: UInt64 = 0
    /// INTR goes up when so many instructions have run.
    var interruptAfter: UInt64?
    /// What the harness changes in memory at a stop in a vector's stub, as if a bus master did it.
    var repairs: [UInt8: [(physical: UInt32, bytes: [UInt8])]] = [:]
    var limit: UInt64 = 12_000

    init(_ name: String, _ world: World, _ code: [[UInt8]]) {
        self.name = name
        self.world = world
        registers = Registers(world)
        chunks = code.map { Chunk(bytes: $0) }
    }

    var code: [UInt8] { chunks.flatMap(\.bytes) }
    /// The offset in CS of the first instruction.
    var entry: UInt32 { world.codeOffset(start) }

    /// All of RAM as the program finds it.
    var image: [UInt8] {
        var memory = world.memory
        func put(_ at: UInt32, _ bytes: [UInt8]) { memory.replaceSubrange(Int(at)..<Int(at) + bytes.count, with: bytes) }
        put(World.floatingPoint, registers.floatingPoint)
        put(World.code, prologue)
        put(World.code + UInt32(start), code + [0xCD, World.endVector])
        let (address, bytes) = world.supervisor(
            entering: world.codeOffset(0), eflags: registers.eflags, segments: registers.segments, stack: registers.general[4])
        put(address, bytes)
        put(World.count, UInt32(rounds + 1).bytes(4))
        for (at, bytes) in patches { put(at, bytes) }
        return memory
    }

    /// Loads all registers and goes to the code.
    private var prologue: [UInt8] {
        let mode = world.mode
        var a = Assembler(origin: world.codeOffset(0))
        let area = mode.hasParagraphs ? UInt32(0x800) : world.window &+ World.floatingPoint
        func loadSegment(_ number: UInt8, _ value: UInt16) {
            if mode.is16 { a.emit(0xB8) } else { a.emit(0x66, 0xB8) }
            a.word(UInt32(value))
            a.emit(0x8E, 0xC0 | number << 3)
        }
        loadSegment(3, mode.hasParagraphs ? 0x1000 : world.selector(.flatData))
        if mode.hasParagraphs {
            a.emit(0x0F, 0xAE, 0x0E)
            a.word(area)
        } else {
            if mode.is16 { a.emit(0x67) }
            a.emit(0x0F, 0xAE, 0x0D)
            a.dword(area)
        }
        for number in [0, 4, 5, 3, 2] { loadSegment(UInt8(number), registers.segments[number]) }
        for number in [4, 0, 1, 2, 3, 5, 6, 7] {
            if mode.is16 { a.emit(0x66) }
            a.emit(0xB8 + UInt8(number))
            a.dword(registers.general[number])
        }
        a.emit(0xE9)
        let size = mode.is16 ? 2 : 4
        let distance = entry &- a.here &- UInt32(size)
        if mode.is16 { a.word(distance) } else { a.dword(distance) }
        return a.finish()
    }

    // MARK: For people

    var listing: String {
        var lines = [
            "\(name), seed \(seed): \(world.mode.rawValue), window \(hex(world.window)), rounds \(rounds)"
                + (interruptAfter.map { ", INTR after \($0)" } ?? "")
        ]
        let names = ["EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"]
        lines.append("  " + zip(names, registers.general).map { "\($0)=\(hex($1))" }.joined(separator: " ") + " EFLAGS=\(hex(registers.eflags))")
        let segments = ["ES", "CS", "SS", "DS", "FS", "GS"]
        lines.append("  " + zip(segments, registers.segments).map { "\($0)=\(hex($1))" }.joined(separator: " "))
        let f = registers.floatingPoint
        lines.append("  FCW=\(hex(f.word(0))) FSW=\(hex(f.word(2))) FTW=\(hex(f[4])) MXCSR=\(hex(f.word(24) | f.word(26) << 16))")
        var at = entry
        for chunk in chunks {
            var inside = 0
            if chunk.bytes.allSatisfy({ $0 == 0x90 }) {
                lines.append("  \(hex(at)): \(chunk.bytes.count) × nop")
                inside = chunk.bytes.count
            }
            while inside < chunk.bytes.count {
                let rest = Array(chunk.bytes[inside...])
                let (text, length) = Disassembler.disassemble(rest, address: at &+ UInt32(inside), code32: !world.mode.is16)
                let taken = max(1, min(length, rest.count))
                lines.append("  \(hex(at &+ UInt32(inside))): \(rest.prefix(taken).map { hex($0) }.joined(separator: " "))  \(text)")
                inside += taken
            }
            at &+= UInt32(chunk.bytes.count)
        }
        for (physical, bytes) in patches.prefix(12) {
            lines.append("  [\(hex(physical))] = \(bytes.prefix(24).map { hex($0) }.joined(separator: " "))\(bytes.count > 24 ? " …" : "")")
        }
        return lines.joined(separator: "\n")
    }
}

func hex(_ value: some FixedWidthInteger) -> String { String(value, radix: 16) }

extension [UInt8] {
    func word(_ at: Int) -> UInt32 { UInt32(self[at]) | UInt32(self[at + 1]) << 8 }
}
