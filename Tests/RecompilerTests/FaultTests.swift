@testable import Processor
import TestSupport
import Testing
@testable import X86

/// Every memory access of a block in turn meets what it must fault on, or a device: the handler finds the same state, and a handler that repairs
/// the page and returns finds the same end.
@Suite(.serialized) struct FaultTests {
    /// Gives each access pages of its own, in ascending order: the even ones of the data pages, every other time across into the odd one behind.
    private final class Pages {
        var accesses: [(physical: UInt32, size: Int)] = []
        private var crosses = false

        func target(_ random: inout RandomSource, _ size: Int, _ isAligned: Bool) -> UInt32 {
            let page = UInt32(accesses.count * 2 % World.dataPages)
            crosses.toggle()
            var offset = UInt32(random.below(0xC00))
            if crosses && size > 1 && !isAligned { offset = 0x1000 - UInt32(1 + random.below(size - 1)) }
            if isAligned { offset &= ~15 }
            accesses.append((World.data + page << 12 + offset, size))
            return accesses[accesses.count - 1].physical
        }
    }

    /// A block whose accesses go where `Pages` wants them, and those accesses.
    private func make(_ world: World, _ scout: Scout, seed: UInt64, isExact: Bool) throws -> (Program, [(physical: UInt32, size: Int)]) {
        var random = RandomSource(seed: seed)
        var program = Program("fault", world, [])
        program.seed = seed
        program.registers.draw(world, &random)
        program.registers.eflags &= ~0x4_0000
        program.rounds = 3
        program.budgets = [5000, 5000, 3]
        var builder = try Builder(program, scout, seed: seed &+ 1)
        let pages = Pages()
        builder.encoder.target = { pages.target(&$0, $1, $2) }
        builder.mayFault = false
        builder.hasIdioms = random.chance(30)
        // Block operations would fault in a hundred places each: they are tried less.
        builder.isWanted = {
            ($0.allowsMemory || $0.row.operands.isEmpty) && ![.FXSAVE, .FXRSTOR].contains($0.row.operation)
                && (isExact || !Encoder.leavesUndefinedFlags($0))
        }
        while pages.accesses.count < World.dataPages / 2 && builder.program.chunks.count < 24 && !builder.isOver {
            builder.grow(to: builder.program.chunks.count + 1)
        }
        return (builder.finish(), pages.accesses)
    }

    @Test(arguments: Mode.allCases.filter(\.isPaged)) func pages(_ mode: Mode) throws {
        let count = Amount.cases(6, full: 300)
        let pairs = try [0, 1].map { try Pair(threshold: $0) } + [Pair(isExact: false)]
        let worlds = try (0..<4).map { try World(mode, window: $0) }
        let scout = try Scout(worlds[0])
        for number in 0..<count {
            let seed = Amount.firstSeed &+ UInt64(number)
            var random = RandomSource(seed: seed)
            let pair = pairs[number % 3]
            let (program, _) = try make(worlds[random.below(4)], scout, seed: seed, isExact: pair.isExact)
            for page in (World.data >> 12)..<(World.stack >> 12) + UInt32(World.stackPages) {
                for treatment in Treatment.allCases where treatment != .supervisor || mode.level == 3 {
                    try pair.check(treatment.applied(to: program, page))
                    guard treatment != .device else { continue }
                    try pair.check(treatment.repaired(program, page))
                }
            }
        }
        let faults = pairs.reduce(0) { $0 + $1.vectors[14] }
        // Programs of V86 mode as they are drawn now fault 10 to 14 times each, those of the other modes more than 20.
        #expect(faults > count * (mode == .virtual8086 ? 10 : 20), "hardly anything faulted")
    }

    /// What a page becomes.
    private enum Treatment: CaseIterable {
        case absent, readOnly, supervisor, device

        /// The page's entry as it was, without the global bit, and as it shall be.
        private func entries(_ world: World, _ page: UInt32) -> (address: UInt32, usual: [UInt8], changed: [UInt8]) {
            let (address, size) = world.pageEntry(world.window &+ page << 12)
            let usual = page << 12 | (UInt32(world.memory.word(Int(address))) & 0xEFF)
            let changed: UInt32 =
                switch self {
                case .absent: usual & ~1
                case .readOnly: usual & ~2
                case .supervisor: usual & ~4
                case .device: Board.device | usual & 0xFFF
                }
            return (address, UInt64(usual).bytes(size), UInt64(changed).bytes(size))
        }

        func applied(to program: Program, _ page: UInt32) -> Program {
            var result = program
            let (address, _, changed) = entries(program.world, page)
            result.name = "page \(hex(page)) \(self)"
            result.patches.append((address, changed))
            return result
        }

        /// The same with a handler that mends the page and goes on; at the end of the round it is broken again. Both flush.
        func repaired(_ program: Program, _ page: UInt32) -> Program {
            var result = applied(to: program, page)
            let world = program.world
            result.name += ", repaired"
            let (address, usual, changed) = entries(world, page)
            result.repairs = [14: [(address, usual)], World.endVector: [(address, changed)]]
            func stub(_ vector: UInt8, _ target: UInt32) -> (physical: UInt32, bytes: [UInt8]) {
                let at = world.stubAddress(vector)
                return (at, [0xE6, 0xF0, 0xE9] + (target &- at &- 7).bytes(4))
            }
            let mend: UInt32 = 0x2B00, again: UInt32 = 0x2B40
            result.patches += [
                stub(14, mend), stub(World.endVector, again),
                // push eax; mov eax,cr3; mov cr3,eax; pop eax; add esp,4; iretd
                (mend, [0x50, 0x0F, 0x20, 0xD8, 0x0F, 0x22, 0xD8, 0x58, 0x83, 0xC4, 4, 0xCF]),
                // mov eax,cr3; mov cr3,eax; jmp supervisor
                (again, [0x0F, 0x20, 0xD8, 0x0F, 0x22, 0xD8, 0xE9] + (World.supervisor &- again &- 11).bytes(4)),
            ]
            return result
        }
    }

    /// The data segment ends before, within and behind each access.
    @Test(arguments: [Mode.segments16, .segments32, .segments16User, .segments32User]) func limits(_ mode: Mode) throws {
        let count = Amount.cases(8, full: 400)
        let pairs = try [0, 1].map { try Pair(threshold: $0) } + [Pair(isExact: false)]
        let world = try World(mode)
        let scout = try Scout(world)
        for number in 0..<count {
            let pair = pairs[number % 3]
            let (program, accesses) = try make(world, scout, seed: Amount.firstSeed &+ UInt64(number), isExact: pair.isExact)
            for (physical, size) in accesses {
                for cut in Set([0, 1, size - 1, size]).sorted() {
                    var segment = world.segment(.data)
                    segment.limit = physical &+ UInt32(cut) &- World.data &+ 0xF
                    var changed = program
                    changed.name = "limit \(hex(segment.limit))"
                    changed.patches.append((world.descriptorAddress(.data), segment.descriptor.bytes(8)))
                    try pair.check(changed)
                }
            }
        }
        #expect(pairs.reduce(0) { $0 + $1.vectors[13] } > count * 10, "hardly anything faulted")
    }
}
