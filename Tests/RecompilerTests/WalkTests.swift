import TestSupport
import Testing

/// Loops that walk through memory and down the stack in odd steps, over pages that do not lie one behind the other: what a site learnt of one page does
/// not hold for the next, and an operand that leaves its page is two.
@Suite(.serialized) struct WalkTests {
    /// Instructions at [esi + disp8] and [edi + disp8]: opcode, reg.
    private static let accesses: [([UInt8], UInt8)] = [
        ([0x8B], 0), ([0x89], 0), ([0x01], 0), ([0x13], 0), ([0x66, 0x8B], 2), ([0x66, 0x89], 2), ([0x8A], 0), ([0x88], 3), ([0x0F, 0xB7], 2),
        ([0x87], 0),
        ([0xFF], 0), ([0xFF], 6), ([0x8F], 0), ([0xDD], 0), ([0xDD], 3), ([0xDB], 5), ([0xDB], 7), ([0xD9], 0), ([0xDF], 5), ([0xDF], 7),
        ([0x0F, 0x6F], 1), ([0x0F, 0x7F], 1), ([0x0F, 0x10], 2), ([0x0F, 0x11], 2), ([0xF3, 0x0F, 0x10], 3), ([0x0F, 0x13], 2),
        ([0x66, 0x0F, 0xD6], 2),
        ([0x0F, 0xB1], 3), ([0x0F, 0xC7], 1), ([0x3B], 0), ([0xD1], 0),
    ]

    private func make(_ world: World, seed: UInt64) -> Program {
        var random = RandomSource(seed: seed)
        var program = Program("walk", world, [])
        program.seed = seed
        program.rounds = 2
        program.budgets = [5000]
        let window = world.window
        let first: [UInt8] = random.chance(50) ? [0xDB, 0xE3] : []
        let lowESP = window &+ World.stack &+ 0x3F00 &+ UInt32(random.below(0x80))
        program.registers.general[6] = window &+ World.data &+ 0x80 &+ UInt32(random.below(0x800))
        program.registers.general[7] = window &+ World.data &+ 0x8080 &+ UInt32(random.below(0x800))
        program.registers.general[4] = lowESP
        program.registers.floatingPoint = Registers.drawFloatingPoint(&random)
        program.registers.floatingPoint.replaceSubrange(0..<4, with: [0x7F, 0x03, 0, 0])
        let count = 200 + random.below(400)
        program.chunks.append(Chunk(bytes: [0xB9] + UInt32(count).bytes(4) + first))
        var length = 0
        func add(_ bytes: [UInt8]) {
            program.chunks.append(Chunk(bytes: bytes))
            length += bytes.count
        }
        for _ in 0..<1 + random.below(5) {
            switch random.below(4) {
            case 0:
                add(
                    random.pick([
                        [0x50], [0x51, 0x5A], [0x9C, 0x58], [0x53, 0x52, 0x58], [0x89, 0x44, 0x24, 0xFC], [0x8B, 0x44, 0x24, 4], [0x66, 0x50],
                        [0xE8, 0, 0, 0, 0],
                    ]))
            default:
                let (opcode, reg) = random.pick(Self.accesses)
                add(opcode + [0x40 | reg << 3 | UInt8(random.pick([6, 7])), UInt8(random.below(256))])
            }
        }
        // lea esi,[esi + step]; lea edi,[edi + step]; lea esp,[esp + step]; dec ecx; jnz
        add([0x8D, 0x76, UInt8(random.below(60))])
        add([0x8D, 0x7F, UInt8(truncatingIfNeeded: random.below(60))])
        add([0x8D, 0x64, 0x24, UInt8(truncatingIfNeeded: -random.below(24))])
        add([0x49])
        program.chunks.append(Chunk(bytes: [0x0F, 0x85] + UInt32(truncatingIfNeeded: -length - 6).bytes(4)))
        // Pages change places; one is another's alias, missing, read-only, or a device.
        var pages = Array((World.data >> 12)..<(World.stack >> 12) + UInt32(World.stackPages))
        for index in pages.indices.reversed() { pages.swapAt(index, random.below(index + 1)) }
        for (index, physical) in pages.enumerated() {
            let (entry, size) = world.pageEntry(window &+ World.data &+ UInt32(index) << 12)
            var value = physical << 12 | 7
            if random.chance(8) { value = random.pick([value & ~1, value & ~2, value & ~4, Board.device | 7, World.data | 7]) }
            program.patches.append((entry, UInt64(value).bytes(size)))
        }
        return program
    }

    @Test(arguments: [Mode.flat, .flatUser, .extended, .extendedUser]) func agree(_ mode: Mode) throws {
        let count = Amount.cases(120, full: 10_000)
        let worlds = try (0..<4).map { try World(mode, window: $0) }
        let pairs = try [0, 1].map { try Pair(threshold: $0) }
        for number in 0..<count { try pairs[number & 1].check(make(worlds[number / 2 & 3], seed: Amount.firstSeed &+ UInt64(number))) }
        #expect(pairs.reduce(0) { $0 + $1.vectors[Int(World.endVector)] } > count / 4)
    }
}
