import TestSupport
import Testing

/// Strings: both directions, operands that overlap, pages that end or are missing in the middle, budgets and interrupts that end between iterations.
@Suite(.serialized) struct StringTests {
    private static let opcodes: [UInt8] = [
        0xA4, 0xA5, 0xA6, 0xA7, 0xAA, 0xAB, 0xAC, 0xAD, 0xAE, 0xAF, 0xA4, 0xA5, 0xAA, 0xAB, 0x6C, 0x6D, 0x6E, 0x6F,
    ]

    private func make(_ world: World, seed: UInt64) -> Program {
        var random = RandomSource(seed: seed)
        var program = Program("strings", world, [])
        program.seed = seed
        program.rounds = 3
        program.budgets = [5000, 300, 40, 7, 3, 1]
        program.repeatBudgets = [nil, nil, 1, 2, 5, 64]
        program.limit = 20_000
        program.registers.draw(world, &random)
        program.registers.eflags |= world.mode.level == 3 ? 0x3000 : 0
        if random.chance(30) { program.interruptAfter = UInt64(30 + random.below(200)) }
        let base = world.mode.isFlat ? world.window &+ World.data : world.mode.hasParagraphs ? 0 : 0x10
        func load(_ number: UInt8, _ value: UInt32) -> Chunk { Chunk(bytes: (world.mode.is16 ? [0x66] : []) + [0xB8 + number] + value.bytes(4)) }
        for _ in 0..<1 + random.below(4) {
            let source =
                base &+ (random.chance(50) ? UInt32(random.below(8)) << 12 &+ 0xFF0 &+ UInt32(random.below(32)) : UInt32(random.below(0xF000)))
            let target =
                random.chance(50)
                ? source &+ UInt32(random.below(40)) &- 20
                : base &+ (random.chance(50) ? UInt32(8 + random.below(7)) << 12 &+ 0xFF0 &+ UInt32(random.below(32)) : UInt32(random.below(0xF000)))
            let count = random.pick([0, 1, 2, 3, 4, 5, 8, 17, 63, 64, 65, 200, 700, 2000])
            program.chunks += [load(6, source), load(7, target), load(1, UInt32(count))]
            if random.chance(40) { program.chunks.append(Chunk(bytes: [random.chance(60) ? 0xFD : 0xFC])) }
            // Bytes that are alike let CMPS and SCAS go on.
            if random.chance(40) { program.chunks += [load(0, 0), Chunk(bytes: [0x57, 0x51, 0xF3, 0xAA, 0x59, 0x5F])] }
            if random.chance(50) { program.chunks.append(load(2, 0xF4)) }
            var code: [UInt8] = []
            if random.chance(15) { code.append(0x66) }
            if random.chance(10) { code.append(0x67) }
            if random.chance(10) { code.append(random.pick([0x26, 0x2E, 0x36, 0x64, 0x65])) }
            if random.chance(80) { code.append(random.chance(65) ? 0xF3 : 0xF2) }
            code.append(random.pick(Self.opcodes))
            program.chunks.append(Chunk(bytes: code))
            // In a loop of its own: dec edx; jnz
            if random.chance(25) {
                program.chunks.insert(load(2, UInt32(2 + random.below(20))), at: program.chunks.count - 1)
                program.chunks.append(Chunk(bytes: [0x4A, 0x75, UInt8(truncatingIfNeeded: -3 - code.count)]))
            }
        }
        if world.mode.isPaged && random.chance(40) {
            let page = World.data >> 12 + UInt32(random.below(World.dataPages))
            let (entry, size) = world.pageEntry(world.window &+ page << 12)
            let usual = page << 12 | 7
            program.patches.append((entry, UInt64(usual & ~(random.chance(50) ? 1 : 2)).bytes(size)))
            if random.chance(60) && program.patches[0].bytes[0] & 1 == 0 {
                program.patches.append((world.stubAddress(14), [0xE6, 0xF0, 0x83, 0xC4, 4, 0xCF]))
                program.repairs = [14: [(entry, UInt64(usual).bytes(size))]]
            }
        }
        return program
    }

    @Test(arguments: Mode.allCases) func agree(_ mode: Mode) throws {
        let count = Amount.cases(120, full: 20_000)
        let worlds = try (0..<4).map { try World(mode, window: $0) }
        let pairs = try [0, 1].map { try Pair(threshold: $0) } + [Pair(isExact: false)]
        for number in 0..<count { try pairs[number % 3].check(make(worlds[number / 3 & 3], seed: Amount.firstSeed &+ UInt64(number))) }
        #expect(pairs.reduce(0) { $0 + $1.vectors[Int(World.endVector)] } > count)
    }
}
