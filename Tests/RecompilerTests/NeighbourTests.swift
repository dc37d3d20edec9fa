@testable import Processor
import TestSupport
import Testing

/// Data beside code, and what becomes of a page whose code changes: as much work as there is, and no more.
@Suite(.serialized) struct NeighbourTests {
    /// A loop of 2000 iterations around `body`, in flat 32-bit code; `before` stands in front of it.
    private func loop(_ world: World, before: [UInt8] = [], _ body: [UInt8]) -> Program {
        let head = before + [0xB9] + UInt32(2000).bytes(4)
        var program = Program("loop", world, [head, body, [0x49, 0x0F, 0x85] + UInt32(truncatingIfNeeded: -(body.count + 7)).bytes(4)])
        program.budgets = [50_000]
        program.limit = 100_000
        return program
    }

    /// xchg dl,[variable], where the variable stands in front of the loop: in its granule, as in iPXE's wait for the real-time clock.
    @Test func aVariableBesideItsLoopIsNotCode() throws {
        let world = try World(.flat), pair = try Pair(threshold: 3)
        let variable = world.codeOffset(0x1000 + 64 + 2)
        let program = loop(world, before: [0xEB, 1, 0], [0x86, 0x15] + variable.bytes(4))
        let before = pair.subject.processor.blocks.blockCount
        try pair.check(program)
        #expect(pair.vectors[Int(World.endVector)] > 0 && pair.translations > 0)
        let built = pair.subject.processor.blocks.blockCount - before
        #expect(built < 100, "\(built) blocks for one loop")
    }

    /// mov [data],eax across two pages goes by the slow path each time, through map entries that are there already.
    @Test func aSlowAccessDoesNotFillTheMapsAgain() throws {
        let world = try World(.flat), pair = try Pair(threshold: 3)
        let program = loop(world, [0x89, 0x05] + (world.window &+ World.data &+ 0x1FFE).bytes(4))
        try pair.check(program)
        #expect(pair.vectors[Int(World.endVector)] > 0)
        for board in [pair.reference, pair.subject] {
            let entries = board.processor.tlb.filledCount
            #expect(entries < 500, "\(entries) entries")
        }
    }

    /// A page that lost its only code keeps its writes under watch for some while, then no more.
    @Test func aPageIsWatchedForSomeWritesBehindItsCode() throws {
        let world = try World(.flat), pair = try Pair(threshold: 3)
        let page = World.code &+ 0x5000
        // mov byte [there],C3h; call there
        let place = world.codeOffset(0x5000)
        func patched(_ count: UInt8) -> [UInt8] {
            let store: [UInt8] = [0xC6, 0x05] + place.bytes(4) + [0xC3]
            let target = place, at = world.codeOffset(0x1000 + 64)
            let call: [UInt8] = [0xE8] + (target &- at &- 12).bytes(4)
            return store + call + (0..<count).flatMap { _ in store }
        }
        for (count, isWatched) in [(UInt8(20), true), (60, false)] {
            var program = Program("writes behind code", world, [patched(count)])
            program.budgets = [50_000]
            program.rounds = 1
            try pair.check(program)
            #expect(pair.vectors[Int(World.endVector)] > 0)
            for board in [pair.reference, pair.subject] { #expect(board.processor.blocks.holdsNoCode(page) != isWatched, "\(count) writes") }
        }
    }

    /// A store makes the ADD behind it an ADC and back: CF of the instruction before the store, which nobody wanted, is wanted. Most of the time it goes elsewhere.
    @Test func flagsThatACodeChangeRevives() throws {
        let world = try World(.flat), pair = try Pair(threshold: 3, isExact: false)
        let data = world.window &+ World.data, start = 0x1000 + 64
        let changed = world.codeOffset(start + 12 + 19 + 5 + 2 + 1)
        let code: [[UInt8]] = [
            // mov bl,C5h; mov ecx,193; mov esi,changed
            [0xB3, 0xC5], [0xB9] + UInt32(193).bytes(4), [0xBE] + changed.bytes(4),
            // mov edi,data; test cl,3Fh; cmovz edi,esi; setz dl; shl dl,4; xor bl,dl
            [0xBF] + data.bytes(4), [0xF6, 0xC1, 0x3F], [0x0F, 0x44, 0xFE], [0x0F, 0x94, 0xC2], [0xC0, 0xE2, 4], [0x30, 0xD3],
            // add eax,C0000000h; mov [edi],bl; add ebp,1
            [0x05] + UInt32(0xC000_0000).bytes(4), [0x88, 0x1F], [0x83, 0xC5, 1],
            // dec ecx; jnz to mov edi
            [0x49, 0x75, UInt8(truncatingIfNeeded: -32)],
        ]
        var program = Program("revived flags", world, code)
        program.limit = 100_000
        try pair.check(program)
        #expect(pair.vectors[Int(World.endVector)] > 0 && pair.translations > 0)
        #expect(pair.subject.word(World.code &+ UInt32(changed &- world.codeOffset(0))) & 0xFF == 0xD5)
    }
}
