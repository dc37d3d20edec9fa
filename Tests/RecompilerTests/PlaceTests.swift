import TestSupport
import Testing

@testable import Processor

/// Places of access through all that they become: by their slot, by the map, and by the slot again where addresses are seldom aligned.
@Suite(.serialized) struct PlaceTests {
    struct Walk: CustomTestStringConvertible, Sendable {
        var name: String
        var mode: Mode
        /// From one access to the next, cut to 16 bits less one.
        var stride: UInt32
        var testDescription: String { "\(name), \(mode)" }
    }
    static let walks = [Mode.flat, .flatUser, .segments32].flatMap { mode in
        [
            // Another page and another alignment each time: the slot is given up, tried again, and given up.
            Walk(name: "anywhere", mode: mode, stride: 0x1003),
            Walk(name: "unaligned in a page at a time", mode: mode, stride: 7),
            Walk(name: "aligned in another page each time", mode: mode, stride: 0x1008),
            // Every access of more than one byte crosses into another page.
            Walk(name: "across pages", mode: mode, stride: 0x1000),
        ]
    }

    /// A loop of 9000 turns: imul esi,ecx,STRIDE; and esi,EFFFh; then operands of 1, 2, 4 and 8 bytes, read, written and changed.
    @Test(arguments: walks) func agree(_ walk: Walk) throws {
        let world = try World(walk.mode), pair = try Pair(threshold: 3)
        let base = walk.mode.isFlat ? world.window &+ World.data : 0
        let start = walk.stride == 0x1000 ? base &+ 0xFFF : base
        func esi(_ opcode: [UInt8], _ register: UInt8) -> [UInt8] { opcode + [0x86 | register << 3] + start.bytes(4) }
        let body: [UInt8] =
            [0x69, 0xF1] + walk.stride.bytes(4) + [0x81, 0xE6] + UInt32(0xEFFF).bytes(4)
            + esi([0x03], 0)  // add eax,[esi+start]
            + esi([0x89], 1)  // mov [..],ecx
            + esi([0x66, 0x01], 0)  // add [..],ax
            + esi([0x00], 4)  // add [..],ah
            + esi([0x0F, 0xB7], 2)  // movzx edx,word
            + esi([0x0F, 0x6F], 0)  // movq mm0,[..]
            + esi([0x0F, 0x7F], 0)  // movq [..],mm0
        let head = [0xB9] + UInt32(9000).bytes(4)
        var program = Program("walk", world, [head, body, [0x49, 0x0F, 0x85] + UInt32(truncatingIfNeeded: -(body.count + 7)).bytes(4)])
        if walk.mode.isPaged { program.patches = reversedPages(world) }
        program.rounds = 1
        program.budgets = [200_000]
        program.limit = 400_000
        try pair.check(program)
        #expect(pair.vectors[Int(World.endVector)] > 0 && pair.translations > 0)
    }

    /// The data pages in reverse order: none is followed by what follows it in the host's memory.
    private func reversedPages(_ world: World) -> [(physical: UInt32, bytes: [UInt8])] {
        (0..<UInt32(World.dataPages)).map { page in
            let entry = world.pageEntry(world.window &+ World.data &+ page << 12).address
            let flags = world.memory[Int(entry)], more = world.memory[Int(entry) + 1] & 0x0F
            let frame = World.data &+ (UInt32(World.dataPages) - 1 - page) << 12
            return (entry, (frame | UInt32(more) << 8 | UInt32(flags)).bytes(4))
        }
    }
}
