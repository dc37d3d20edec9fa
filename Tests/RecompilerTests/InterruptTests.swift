@testable import Processor
import TestSupport
import Testing
@testable import X86

/// Interrupts at every boundary between instructions, whoever raises them: both processors take them at the same one, with the same frame.
@Suite(.serialized) struct InterruptTests {
    /// What an interrupt's time depends on: INTR's mask, shadows, and the stack.
    private static func special(_ mode: Mode, _ random: inout RandomSource) -> [UInt8] {
        switch random.below(8) {
        case 0: [0xFB]
        case 1: [0xFA]
        // pushf; popf
        case 2: [0x9C, 0x9D]
        // mov ax,ss; mov ss,ax
        case 3: [0x8C, 0xD0, 0x8E, 0xD0]
        // push ss; pop ss
        case 4: [0x16, 0x17]
        // cli; sti; nop
        case 5: [0xFA, 0xFB, 0x90]
        // mov al,al; out F1h,al: the line goes up
        case 6: [0xE6, 0xF1]
        // out F3h,al: NMI
        default: [0xE6, 0xF3]
        }
    }

    private func make(_ world: World, _ scout: Scout, seed: UInt64, length: Int, isApart: Bool, isExact: Bool = true) throws -> Program {
        var random = RandomSource(seed: seed)
        var program = Program("interrupt", world, [])
        program.seed = seed
        program.registers.draw(world, &random)
        if world.mode.level == 3 { program.registers.eflags |= 0x3000 }
        program.rounds = 3
        program.budgets = [5000]
        var builder = try Builder(program, scout, seed: seed &+ 1)
        builder.mayFault = false
        if !isExact { builder.isWanted = { !Encoder.leavesUndefinedFlags($0) } }
        while builder.program.chunks.count < length && !builder.isOver {
            let before = builder.program.chunks.count
            if random.chance(25) {
                builder.add([Self.special(world.mode, &random)])
            } else {
                builder.grow(to: before + 1)
            }
            // A jump to the next instruction: a boundary at which interrupts are looked at.
            if isApart { builder.add([[0xEB, 0]]) }
        }
        return builder.finish()
    }

    @Test(arguments: Mode.allCases) func everyBoundary(_ mode: Mode) throws {
        let count = Amount.cases(2, full: 200)
        let pairs = try [0, 1].map { try Pair(threshold: $0) }
        let worlds = try (0..<4).map { try World(mode, window: $0) }
        let scout = try Scout(worlds[0])
        for number in 0..<count {
            let seed = Amount.firstSeed &+ UInt64(number)
            let pair = pairs[number & 1]
            var program = try make(worlds[number & 3], scout, seed: seed, length: 14, isApart: number & 1 == 0)
            try pair.check(program)
            let total = pair.reference.processor.instructionsExecuted &- pair.first
            // The first round is like the others, only not yet translated. A long repetition makes more boundaries than need be tried.
            let from = total / 3
            for after in from...min(total, from + 400) {
                program.interruptAfter = after
                try pair.check(program)
            }
        }
        #expect(pairs.reduce(0) { $0 + $1.vectors[Int(World.interruptVector)] } > count * 50, "hardly an interrupt was taken")
    }

    /// A device raises the line in the middle of a block.
    @Test(arguments: [Mode.flat, .flatUser, .extended]) func raisedByAnAccess(_ mode: Mode) throws {
        let count = Amount.cases(10, full: 400)
        let pairs = try [0, 1].map { try Pair(threshold: $0) } + [Pair(isExact: false)]
        let worlds = try (0..<4).map { try World(mode, window: $0) }
        let scout = try Scout(worlds[0])
        for number in 0..<count {
            let world = worlds[number & 3], pair = pairs[number % 3]
            var program = try make(world, scout, seed: Amount.firstSeed &+ UInt64(number) &+ 500, length: 12, isApart: false, isExact: pair.isExact)
            let at = (world.window &+ Board.device &+ DeviceWindow.interruptOffset).bytes(4)
            let whole = program.chunks
            // mov [at],eax; inc dword [at]; cmp eax,[at]
            for access: [UInt8] in [[0xA3] + at, [0xFF, 0x05] + at, [0x3B, 0x05] + at] {
                for place in 0...whole.count {
                    program.chunks = whole
                    program.chunks.insert(Chunk(bytes: access, isFixed: true), at: place)
                    try pair.check(program)
                }
            }
        }
        #expect(pairs.reduce(0) { $0 + $1.vectors[Int(World.interruptVector)] } > count * 20, "hardly an interrupt was taken")
    }

    /// Single steps: a trap behind every instruction.
    @Test(arguments: Mode.allCases) func traps(_ mode: Mode) throws {
        let count = Amount.cases(8, full: 400)
        let pair = try Pair()
        let worlds = try (0..<4).map { try World(mode, window: $0) }
        let scout = try Scout(worlds[0])
        for number in 0..<count {
            var program = try make(worlds[number & 3], scout, seed: Amount.firstSeed &+ UInt64(number) &+ 900, length: 16, isApart: false)
            program.registers.eflags |= 0x100
            program.rounds = 2
            try pair.check(program)
        }
        #expect(pair.vectors[1] > count * 20, "hardly a trap was taken")
    }
}
