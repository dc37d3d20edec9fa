@testable import Processor
import TestSupport
import Testing

/// Segment registers loaded in mid-unit.
@Suite(.serialized) struct SegmentLoadTests {
    /// A loop of flat code that reads through DS while it is a small segment with a base, and makes it flat again.
    private func program(_ world: World, load: [UInt8]) -> Program {
        let place = world.window &+ World.data &+ 0x4004 &+ 0x10
        // mov dword [place],12345678h; mov esi,10h; mov ecx,200
        let head: [UInt8] = [0xC7, 0x05] + place.bytes(4) + UInt32(0x1234_5678).bytes(4) + [0xBE, 0x10, 0, 0, 0, 0xB9, 200, 0, 0, 0]
        // load DS with FS; mov edx,[esi]; push ss; pop ds; add ebx,edx
        let body = load + [0x8B, 0x16, 0x16, 0x1F, 0x01, 0xD3]
        var program = Program("segment load", world, [head, body, [0x49, 0x0F, 0x85] + UInt32(truncatingIfNeeded: -(body.count + 7)).bytes(4)])
        program.budgets = [50_000]
        program.limit = 100_000
        return program
    }

    /// mov eax,fs; mov ds,eax. And: push fs; pop ds.
    @Test(arguments: [[0x8C, 0xE0, 0x8E, 0xD8], [0x0F, 0xA0, 0x1F]] as [[UInt8]], [true, false])
    func whatFollowsSeesTheNewSegment(load: [UInt8], isExact: Bool) throws {
        let world = try World(.flat), pair = try Pair(threshold: 3, isExact: isExact)
        try pair.check(program(world, load: load))
        #expect(pair.vectors[Int(World.endVector)] > 0 && pair.translations > 0)
    }
}
