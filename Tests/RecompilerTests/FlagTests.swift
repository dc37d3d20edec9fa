import TestSupport
import Testing

/// Every producer of flags × what stands between × every consumer: what is lost, kept too long or taken from the wrong place shows in the registers.
@Suite(.serialized) struct FlagTests {
    /// What writes flags; in 16-bit code these are the 16-bit forms.
    private static let producers: [[UInt8]] = {
        var result: [[UInt8]] = []
        // add … cmp eax,edx; al,dl; eax,imm8; the same with memory
        for operation in UInt8(0)..<8 {
            result += [[operation << 3 | 1, 0xD0], [operation << 3, 0xD0], [0x83, 0xC0 | operation << 3, 0x81]]
            result += [[0x66, operation << 3 | 1, 0xD0]]
        }
        result += [[0x85, 0xD0], [0xA8, 0x80], [0x40], [0x48], [0xFE, 0xC0], [0xFE, 0xC8], [0xF7, 0xD8], [0xF6, 0xD8]]
        // rol … sar by 1, by an immediate (also 0 and 32), by CL
        for operation in [0, 1, 2, 3, 4, 5, 7] as [UInt8] {
            let modRM = 0xC0 | operation << 3
            result += [
                [0xD1, modRM], [0xD0, modRM], [0xC1, modRM, 0], [0xC1, modRM, 5], [0xC1, modRM, 33], [0xC0, modRM, 9], [0xC1, modRM, 32],
            ]
            result += [[0xD3, modRM], [0xD2, modRM], [0x66, 0xD3, modRM]]
        }
        // shld, shrd; mul, imul; bt, bts; bsf, bsr; xadd, cmpxchg
        result += [[0x0F, 0xA4, 0xD0, 0], [0x0F, 0xA4, 0xD0, 3], [0x0F, 0xA5, 0xD0], [0x0F, 0xAC, 0xD0, 1], [0x0F, 0xAD, 0xD0]]
        result += [
            [0xF7, 0xE3], [0xF6, 0xEB], [0x0F, 0xAF, 0xC3], [0x6B, 0xC0, 7], [0x0F, 0xA3, 0xD8], [0x0F, 0xAB, 0xD8], [0x0F, 0xBA, 0xE0, 31],
        ]
        result += [[0x0F, 0xBC, 0xC3], [0x0F, 0xBD, 0xC3], [0x0F, 0xC1, 0xD8], [0x0F, 0xB1, 0xDA]]
        // clc, stc, cmc, sahf, popf; daa, aas, aam, aad; fcomi; comisd; ptest; cmpsb, repe scasb with any count
        result += [[0xF8], [0xF9], [0xF5], [0x9E], [0x9C, 0x58, 0x35, 0xD5, 0x08, 0, 0, 0x50, 0x9D], [0x27], [0x3F], [0xD4, 10], [0xD5, 10]]
        result += [[0xDB, 0xF1], [0x66, 0x0F, 0x2F, 0xC1], [0x66, 0x0F, 0x38, 0x17, 0xC1], [0xA6], [0xF3, 0xAE], [0xF2, 0xA7]]
        return result
    }()

    /// What reads flags, and leaves something of them in a register.
    private static let consumers: [[UInt8]] = {
        var result: [[UInt8]] = []
        for condition in UInt8(0)..<16 {
            // jcc over inc ebx; setcc bl; cmovcc ebx,edx
            result += [[0x70 | condition, 1, 0x43], [0x0F, 0x90 | condition, 0xC3], [0x0F, 0x40 | condition, 0xDA]]
        }
        // adc, sbb, rcl, rcr, lahf, salc, pushf, inc and pushf, cmc and adc, setc and setz, jbe after jl
        result += [
            [0x11, 0xDA], [0x83, 0xDB, 3], [0xD1, 0xD3], [0xD1, 0xDB], [0xC1, 0xD3, 3], [0xD3, 0xDB], [0x9F], [0xD6], [0x9C, 0x5B],
            [0x43, 0x9C, 0x5B],
        ]
        result += [
            [0xF5, 0x11, 0xDB], [0x0F, 0x92, 0xC3, 0x0F, 0x94, 0xC7], [0x76, 1, 0x43, 0x7C, 1, 0x4B], [0xE1, 0], [0xE0, 0], [0x27], [0x37],
            [0xF9, 0x9C, 0x5B],
        ]
        result += [[0x80, 0xC3, 1, 0x83, 0xD3, 0], [0x0F, 0xC8, 0x9C, 0x5B]]
        return result
    }()

    private static func between(_ number: Int, _ world: World, _ random: inout RandomSource) -> [UInt8] {
        let at = (world.mode.isFlat ? world.window &+ World.data : 0) &+ 0x1000 &+ UInt32(random.below(0x800)) * 4
        func memory(_ opcode: UInt8, _ reg: UInt8) -> [UInt8] {
            [opcode] + (world.mode.is16 ? [reg << 3 | 6] + at.bytes(2) : [reg << 3 | 5] + at.bytes(4))
        }
        return switch number {
        case 0: []
        // mov ecx,esi and back; lea; not; mov to and from memory; push and pop
        case 1: [0x89, 0xF1, 0x8D, 0x77, 1, 0xF7, 0xD6]
        case 2: memory(0x89, 0) + memory(0x8B, 1)
        case 3: [0x50, 0x59, 0x86, 0xC4]
        // jmp; jcc both ways; call; loop
        case 4: [0xEB, 0]
        case 5: [UInt8(0x70 | random.below(16)), 0]
        case 6: [UInt8(0x70 | random.below(16)), 2, 0x89, 0xF1]
        case 7: (world.mode.is16 ? [0xE8, 0, 0] : [0xE8, 0, 0, 0, 0]) + [0x59]
        case 8: memory(0x88, 0) + [0xEB, 0]
        // Something that writes flags on one of two ways
        case 9: [UInt8(0x70 | random.below(16)), 2, 0x01, 0xF1]
        case 10: memory(0x11, 1)
        // fld1; fstp: x87 code uses the host's flags too
        default: [0xD9, 0xE8, 0xDD, 0xD8] + memory(0x8B, 6)
        }
    }

    @Test(arguments: [Mode.real, .flat, .flatUser, .segments16User]) func agree(_ mode: Mode) throws {
        let worlds = try (0..<4).map { try World(mode, window: $0) }
        let pairs = try [0, 1].map { try Pair(threshold: $0) }
        var random = RandomSource(seed: Amount.firstSeed &* 31)
        let kinds = 12
        var combinations: [(Int, Int, Int)] = []
        for producer in Self.producers.indices {
            for consumer in Self.consumers.indices {
                let all = (0..<kinds).map { (producer, $0, consumer) }
                combinations += Amount.isFull ? all : [random.pick(all)]
            }
        }
        for start in stride(from: 0, to: combinations.count, by: 12) {
            let world = worlds[random.below(4)]
            var program = Program("flags", world, [])
            program.seed = UInt64(start)
            program.rounds = 2
            program.budgets = [5000]
            program.registers.draw(world, &random)
            program.registers.eflags &= ~0x4_0000
            program.registers.general[6] = program.registers.general[3]
            // Sometimes the end of a page stands somewhere among them.
            if random.chance(20) { program.start = 0x2000 - random.below(80) }
            let stackPlace = world.mode.isFlat ? world.window &+ World.stack : 0
            program.registers.general[4] = stackPlace &+ 0x3800
            program.registers.general[6] = (world.mode.isFlat ? world.window &+ World.data : 0) &+ 0x100
            program.registers.general[7] = program.registers.general[6] &+ 0x1000
            for (producer, kind, consumer) in combinations[start..<min(start + 12, combinations.count)] {
                program.chunks.append(Chunk(bytes: [0xB0, random.byte(), 0xB1, UInt8(random.pick([0, 0, 1, 5, 31, 32, 33])), 0xB4, random.byte()]))
                program.chunks.append(Chunk(bytes: Self.adapted(Self.producers[producer], world)))
                let middle = Self.between(kind, world, &random)
                if !middle.isEmpty { program.chunks.append(Chunk(bytes: middle)) }
                program.chunks.append(Chunk(bytes: Self.consumers[consumer]))
                // push ebx; push eax: the flags stay, for the next producer that leaves some of them.
                program.chunks.append(Chunk(bytes: [0x53, 0x50, 0x52]))
            }
            try pairs[start / 12 & 1].check(program)
        }
        #expect(pairs.reduce(0) { $0 + $1.vectors[Int(World.endVector)] } > combinations.count / 12)
    }

    /// POPF's immediate has the operand's size.
    private static func adapted(_ producer: [UInt8], _ world: World) -> [UInt8] {
        guard world.mode.is16, producer.count == 9 else { return producer }
        return [0x9C, 0x58, 0x35, 0xD5, 0x08, 0x50, 0x9D]
    }
}
