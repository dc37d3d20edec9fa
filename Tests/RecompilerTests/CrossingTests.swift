@testable import Processor
import TestSupport
import Testing
@testable import X86

/// Operands, instructions and stacks that cross pages or wrap around.
@Suite(.serialized) struct CrossingTests {
    /// Every row with a memory operand, split by the end of a page after each of its bytes.
    @Test(arguments: [Mode.real, .flat, .flatUser, .segments16, .segments32User]) func operands(_ mode: Mode) throws {
        let worlds = try (0..<4).map { try World(mode, window: $0) }
        let scout = try Scout(worlds[0])
        let pairs = try [0, 1].map { try Pair(threshold: $0) }
        let forms = InstructionForm.all.filter { $0.allowsMemory && !Encoder.excluded.contains($0.row.operation) }
        let step = Amount.isFull ? 1 : 6
        var random = RandomSource(seed: Amount.firstSeed)
        var wanted = forms.indices.map { $0 }.filter { $0 % step == Int(Amount.firstSeed) % step }.flatMap { index in
            // 0: a width that the operand size decides, 2 or 4
            let width = Int(forms[index].row.entry.width & 0x7F)
            return (1..<max(width == 0 ? 4 : width, 2)).map { (index, $0) }
        }
        let total = wanted.count
        while !wanted.isEmpty {
            let batch = Array(wanted.prefix(12))
            wanted.removeFirst(batch.count)
            let world = worlds[random.below(4)]
            var program = Program("operands across pages", world, [])
            program.seed = UInt64(wanted.count)
            program.rounds = 3
            program.registers.draw(world, &random)
            program.registers.eflags &= ~0x4_0000
            var builder = try Builder(program, scout, seed: random.next())
            builder.mayFault = false
            builder.encoder.prefixes = 4
            for (index, split) in batch {
                let page = UInt32(1 + random.below(World.dataPages - 1))
                builder.encoder.target = { _, _, _ in World.data + page << 12 - UInt32(split) }
                for _ in 0..<4 {
                    let before = builder.program.chunks.count
                    builder.add([builder.encoder.encode(forms[index], isMemory: true)])
                    if builder.program.chunks.count > before { break }
                }
            }
            try pairs[wanted.count & 1].check(builder.finish())
        }
        #expect(pairs.reduce(0) { $0 + $1.vectors[Int(World.endVector)] } > total / 10)
    }

    /// Instructions that begin in one page and end in the next, at each of their bytes; also where the second page is not there at first.
    @Test(arguments: Mode.allCases) func instructions(_ mode: Mode) throws {
        let count = Amount.cases(12, full: 1000)
        let worlds = try (0..<4).map { try World(mode, window: $0) }
        let scout = try Scout(worlds[0])
        let pairs = try [0, 1].map { try Pair(threshold: $0) }
        for number in 0..<count {
            let seed = Amount.firstSeed &+ UInt64(number)
            let world = worlds[number & 3]
            var random = RandomSource(seed: seed)
            var program = Program("code across pages", world, [])
            program.seed = seed
            program.rounds = 3
            program.registers.draw(world, &random)
            var builder = try Builder(program, scout, seed: seed)
            builder.mayFault = false
            builder.encoder.prefixes = 40
            builder.grow(to: 3)
            program = builder.finish()
            for back in 1..<min(20, max(2, program.code.count)) {
                program.start = 0x2000 - back
                try pairs[back & 1].check(program)
                guard world.mode.isPaged else { continue }
                var absent = program
                let (entry, size) = world.pageEntry(world.window &+ World.code &+ 0x2000)
                let usual = World.code + 0x2000 | 7
                absent.name = "code across pages, the second absent"
                absent.patches.append((entry, UInt64(usual & ~1).bytes(size)))
                // A page that was not there is in no translation: mending it needs no flush.
                absent.patches.append((world.stubAddress(14), [0xE6, 0xF0, 0x83, 0xC4, 4, 0xCF]))
                absent.repairs = [14: [(entry, UInt64(usual).bytes(size))]]
                try pairs[back & 1].check(absent)
            }
        }
    }

    /// What is done with stacks, in 32-bit code.
    private static let stackCode: [[UInt8]] = [
        [0x50], [0x53], [0x54], [0x58], [0x5B], [0x5C], [0x55], [0x5D], [0x60], [0x61], [0x9C], [0x9D], [0x16], [0x1E], [0x06, 0x07], [0x16, 0x17],
        [0x0F, 0xA0, 0x0F, 0xA1], [0x6A, 0x80], [0x66, 0x50], [0x66, 0x5B], [0x66, 0x54], [0x66, 0x9C], [0x66, 0x60], [0x66, 0x61],
        [0x8C, 0xD0, 0x8E, 0xD0, 0x50], [0x89, 0xE5], [0x89, 0xEC], [0xC9], [0x66, 0xC9], [0xC8, 8, 0, 0], [0xC8, 4, 0, 1], [0xC8, 16, 0, 3],
        [0x66, 0xC8, 2, 0, 2], [0x83, 0xC4, 4], [0x83, 0xEC, 8], [0x66, 0x83, 0xC4, 2], [0x44], [0x4C], [0x89, 0xE3], [0x31, 0xE0],
        // pop, push, mov, add, xchg with [esp + x]
        [0x67, 0x8F, 0x44, 0x24, 4], [0x67, 0x8F, 0x04, 0x24], [0x67, 0x8F, 0x44, 0x24, 0xFC], [0x67, 0xFF, 0x74, 0x24, 4], [0x67, 0xFF, 0x34, 0x24],
        [0x67, 0x8B, 0x04, 0x24], [0x67, 0x89, 0x44, 0x24, 0xFC], [0x67, 0x01, 0x5C, 0x24, 8], [0x67, 0x87, 0x0C, 0x24],
        [0x67, 0x8D, 0x64, 0x24, 0xF8],
        [0x67, 0x66, 0x8F, 0x44, 0x24, 2], [0x67, 0x8B, 0x44, 0x4C, 2], [0x67, 0xFF, 0x44, 0x24, 0xFE], [0x67, 0x0F, 0xB6, 0x44, 0x24, 1],
        // call the next; call over a RET; with 4 bytes released
        [0xE8, 0, 0, 0, 0], [0xE8, 2, 0, 0, 0, 0xEB, 1, 0xC3], [0xE8, 2, 0, 0, 0, 0xEB, 3, 0xC2, 4, 0],
        [0x8D, 0x6C, 0x24, 4], [0x8B, 0x45, 0], [0x89, 0x45, 0xFC], [0x8F, 0x45, 4], [0xFF, 0x75, 8],
    ]

    /// The same in 16-bit code, where 67h stands for the opposite and the CALLs are shorter.
    private static func stackCode(_ mode: Mode, _ random: inout RandomSource) -> [UInt8] {
        var code = random.pick(stackCode)
        if !mode.is16 {
            // 67h was for 16-bit code, which has no other way to [esp].
            if code[0] == 0x67 { code.removeFirst() }
            return code
        }
        if code[0] == 0xE8 { code.removeSubrange(2..<4) }
        if [0x8D, 0x8B, 0x89, 0x8F, 0xFF].contains(code[0]), code.count == 4, code[2] == 0x24 { code.insert(0x67, at: 0) }
        if random.chance(20) && code[0] != 0x66 && code[0] != 0xE8 && code.count == 1 { code.insert(0x66, at: 0) }
        return code
    }

    @Test(arguments: Mode.allCases) func stacks(_ mode: Mode) throws {
        let count = Amount.cases(150, full: 20_000)
        let worlds = try (0..<4).map { try World(mode, window: $0) }
        let pairs = try [0, 1].map { try Pair(threshold: $0) } + [Pair(isExact: false)]
        for number in 0..<count {
            let seed = Amount.firstSeed &+ UInt64(number)
            var random = RandomSource(seed: seed)
            let world = worlds[random.below(4)]
            var program = Program("stack", world, [])
            program.seed = seed
            program.rounds = 3
            program.chunks = (0..<1 + random.below(10)).map { _ in Chunk(bytes: Self.stackCode(mode, &random)) }
            program.budgets = [5000, 5000, 1, 4]
            let base: UInt32 = world.mode.isFlat ? world.window &+ World.stack : 0
            if !world.mode.isFlat && !world.mode.hasParagraphs && random.chance(30) { program.registers.segments[2] = world.selector(.otherStack) }
            let place =
                switch random.below(4) {
                case 0: UInt32(1 + random.below(World.stackPages - 1)) << 12 &+ UInt32(random.below(40)) &- 20
                case 1: UInt32(random.below(40)) &- 20
                case 2: UInt32(World.stackPages) << 12 &+ UInt32(random.below(40)) &- 20
                default: 0x1000 &+ UInt32(random.below(0x1000))
                }
            // Above the 16 bits of SP anything may stand.
            program.registers.general[4] = base &+ place &+ (world.mode.is16 && random.chance(50) ? random.word() & 0xFFFF_0000 : 0)
            program.registers.general[5] = base &+ place &+ UInt32(random.below(32)) &- 16
            program.registers.general[1] = UInt32(random.below(4))
            try pairs[number % 3].check(program)
        }
        #expect(pairs.reduce(0) { $0 + $1.vectors[Int(World.endVector)] } > count)
    }
}
