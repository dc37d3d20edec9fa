@testable import Bus
@testable import Processor
import X86

/// The interpreter as a guide: it runs a program's code while it is being written, so that the next instruction can be given operands that exist
/// and what would only fault can be left out.
final class Scout {
    let board: Board
    private(set) var world: World
    private var start = 0
    private var saved: CPUState

    init(_ world: World) throws {
        board = try Board(.interpreter)
        self.world = world
        saved = board.e.s
    }

    var e: Execution { board.e }

    /// Goes to the first instruction of `program`'s code.
    func begin(_ program: Program) throws {
        world = program.world
        start = program.start
        try board.load(program.image, world.state)
        for _ in 0..<100 where !(e.cs.base &+ e.s.eip == linearStart) {
            guard step() != .fault else { break }
        }
        guard e.cs.base &+ e.s.eip == linearStart else { preconditionFailure("the prologue of \(program.listing) does not end") }
    }

    private var linearStart: UInt32 { world.window &+ World.code &+ UInt32(start) }

    /// Where the next instruction stands, in bytes from the first one of the code.
    var position: Int { Int(Int32(bitPattern: e.cs.base &+ e.s.eip &- linearStart)) }

    /// Puts code at a place, for it to be run.
    func place(_ bytes: [UInt8], at position: Int) { board.put(World.code + UInt32(start + position), bytes) }
    /// The same for data, by physical address.
    func patch(_ physical: UInt32, _ bytes: [UInt8]) { board.put(physical, bytes) }

    /// Remembers the processor; `back` undoes what it did since.
    func mark() { saved = e.s }
    func back() { e.s = saved }

    enum Outcome { case done, fault, strange }

    /// One instruction. What memory a faulting one changed stays changed.
    func step() -> Outcome {
        let before = e.s
        e.s.budget = 3000
        do {
            let block = try unsafe board.processor.blocks.findOne(e)
            try unsafe e.execute(block.pointee.instructions)
        } catch {
            e.s = before
            return .fault
        }
        let isStrange =
            e.s.halted || e.s.budget <= 0 || e.s.systemFlags & 0x100 != 0 || !e.s.pending.isDisjoint(with: [.shutdown, .reset, .watch, .debug])
            || e.s.cr0 != before.cr0 || e.s.cr3 != before.cr3 || e.s.cr4 != before.cr4 || e.s.cpl != before.cpl || e.s.efer != before.efer
            || e.s.idtr.base != before.idtr.base || e.s.gdtr.base != before.gdtr.base || e.s.tr.selector != before.tr.selector
            || e.s.gdtr.limit != before.gdtr.limit || e.s.idtr.limit != before.idtr.limit || (e.s.systemFlags ^ before.systemFlags) & 0x2_0000 != 0
            || e.cs.isBig == world.mode.is16
        e.s.pending.subtract([.shadow, .stackShadow, .leave, .interrupt, .nmi, .resume])
        return isStrange ? .strange : .done
    }

    /// The memory operand of the instruction at hand, as a linear address: what the next one's ModR/M names.
    func operand(_ i: Instruction) -> UInt32 {
        var copy = i
        return unsafe withUnsafePointer(to: &copy) { unsafe e.segment(i.segment).pointee.base &+ e.address($0) }
    }

    var isStackSane: Bool {
        let at = e.ss.base &+ (e.esp & e.s.stackMask) &- world.window
        return at >= World.stack + 0x100 && at <= World.stack + UInt32(World.stackPages) << 12 - 0x100
    }
}
