@testable import Bus
@testable import Processor
import Testing
import TestSupport

/// Two boards that must not differ, but for the way their processors run.
///
/// An exact recompiler stops where the interpreter does, and all flags are as the interpreter leaves them. One that is not may go on for a while, and
/// flags that no instruction can see any more may be others: programs for it do without budgets, and without flags that the manual leaves undefined.
final class Pair {
    let isExact: Bool
    let reference: Board
    let subject: Board
    /// Programs run, and stops compared.
    private(set) var programs = 0, stops = 0
    /// The count of instructions at which the last program began.
    private(set) var first: UInt64 = 0
    /// How often the processors stopped in the stub of each vector.
    private(set) var vectors = [Int](repeating: 0, count: 256)

    init(threshold: Int = 0, isExact: Bool = true, codeCacheBytes: Int = 64 << 20) throws {
        self.isExact = isExact
        reference = try Board(.interpreter)
        subject = try Board(.recompiler, threshold: threshold, isExact: isExact, codeCacheBytes: codeCacheBytes)
    }

    /// Runs a program on both.
    /// - Returns: what differed first, in words; nil where nothing did.
    func run(_ program: Program) throws -> String? {
        programs += 1
        let image = program.image
        for board in [reference, subject] { try board.load(image, program.world.state) }
        var random = RandomSource(seed: program.seed &+ 77)
        first = reference.processor.instructionsExecuted
        var isInterrupted = false
        for number in 1...600 {
            var budget = isExact ? random.pick(program.budgets) : 50_000
            if let after = program.interruptAfter, isExact, !isInterrupted {
                let left = Int(after) - Int(reference.processor.instructionsExecuted &- first)
                if left <= 0 {
                    isInterrupted = true
                    reference.controller.raise()
                    subject.controller.raise()
                } else {
                    budget = min(budget, left)
                }
            }
            let repeatBudget = random.pick(program.repeatBudgets)
            let reason = reference.processor.run(budget: budget, repeatBudget: repeatBudget)
            let other = subject.processor.run(budget: budget, repeatBudget: repeatBudget)
            stops += 1
            // Without end, where the one or the other may have gone on for longer.
            if !isExact && (reason == .budget || other == .budget) { return nil }
            let state = reference.processor.save()
            var otherState = subject.processor.save()
            if !isExact { forgive(state, &otherState, program.world) }
            if reason != other || state != otherState || reference.events != subject.events || !reference.hasSameMemory(subject) {
                return "run \(number), budget \(budget): " + describe(reason, other, state, otherState)
            }
            if reason == .halted || reason == .shutdown || reason == .resetRequested { return nil }
            if reference.processor.instructionsExecuted &- first > program.limit { return nil }
            if reason == .attention, let vector = program.world.vector(ofStubBefore: state.eip) {
                vectors[Int(vector)] += 1
                repair(program.repairs[vector] ?? [])
            }
        }
        return nil
    }

    /// Flags that differ, in the register and in the frame that an exception left on the stack, become the interpreter's.
    private func forgive(_ state: ProcessorSnapshot, _ other: inout ProcessorSnapshot, _ world: World) {
        let status: UInt32 = 0x8D5
        other.eflags = other.eflags & ~status | state.eflags & status
        guard world.vector(ofStubBefore: state.eip) != nil, state.general[4] == other.general[4] else { return }
        let stack = state.segments[2]
        let mask: UInt32 = stack.attributes & 0x4000 == 0 ? 0xFFFF : 0xFFFF_FFFF
        for distance in world.mode == .real ? [UInt32(4)] : [8, 12] {
            for byte in UInt32(0)..<2 {
                let at = (((state.general[4] &+ distance &+ byte) & mask) &+ stack.base) & 0xF_FFFF
                guard at < Board.ramSize else { continue }
                let ours = UInt8(truncatingIfNeeded: reference.word(at)), theirs = UInt8(truncatingIfNeeded: subject.word(at))
                if (ours ^ theirs) & ~UInt8(truncatingIfNeeded: status >> (byte * 8)) == 0 { subject.put(at, [ours]) }
            }
        }
    }

    /// Units that were made.
    var translations: UInt64 { subject.processor.recompiler.statistics.translations }

    /// The harness's part in a stub: it looks like DMA to the guest.
    private func repair(_ changes: [(physical: UInt32, bytes: [UInt8])]) {
        for (physical, bytes) in changes {
            reference.memory.write(physical, bytes)
            subject.memory.write(physical, bytes)
        }
    }

    private func describe(_ reason: StopReason, _ other: StopReason, _ a: ProcessorSnapshot, _ b: ProcessorSnapshot) -> String {
        var parts: [String] = []
        if reason != other { parts.append("stopped by \(other) not \(reason)") }
        for (ours, theirs) in zip(Mirror(reflecting: a).children, Mirror(reflecting: b).children) {
            parts += Self.difference(ours.label ?? "?", ours.value, theirs.value)
        }
        let bytes = reference.differences(subject)
        if !bytes.isEmpty {
            parts.append(
                "memory " + bytes.prefix(12).map { "[\(hex($0.address))] \(hex($0.theirs)) not \(hex($0.ours))" }.joined(separator: " ")
                    + (bytes.count > 12 ? " and \(bytes.count - 12) more" : ""))
        }
        if let (ours, theirs) = zip(reference.events, subject.events).first(where: { $0 != $1 }) {
            parts.append("device event \(theirs) not \(ours)")
        } else if reference.events.count != subject.events.count {
            parts.append("\(subject.events.count) device events not \(reference.events.count)")
        }
        return "at EIP \(hex(a.eip)) after \(a.instructionsExecuted) instructions: " + parts.joined(separator: "; ")
    }

    private static func difference(_ name: String, _ ours: Any, _ theirs: Any) -> [String] {
        func text(_ value: Any) -> String { (value as? any FixedWidthInteger).map { hex($0) } ?? "\(value)" }
        if let a = ours as? [Any], let b = theirs as? [Any], a.count == b.count {
            return a.indices.flatMap { difference("\(name)[\($0)]", a[$0], b[$0]) }
        }
        if text(ours) == text(theirs) { return [] }
        if name == "eflags", let a = ours as? UInt32, let b = theirs as? UInt32 { return ["eflags \(hex(b)) not \(hex(a)) (\(hex(a ^ b)))"] }
        return ["\(name) \(text(theirs)) not \(text(ours))"]
    }

    // MARK: Failures

    private var failures = 0
    /// So many failures tell what there is to tell.
    private static let enough = 6

    /// Runs a program; where both differ, makes it smaller while they still do, and records it.
    func check(_ program: Program) throws {
        guard failures < Self.enough, let failure = try run(program) else { return }
        failures += 1
        let (small, last) = try shrink(program, failure)
        Issue.record("\(small.listing)\n  => \(last)\n  (whole: \(failure))")
    }

    private func shrink(_ program: Program, _ failure: String) throws -> (Program, String) {
        var best = program, text = failure
        func attempt(_ candidate: Program) throws -> Bool {
            guard let failure = try run(candidate) else { return false }
            best = candidate
            text = failure
            return true
        }
        if program.budgets.count > 1 {
            for budget in [5000, 1] {
                var candidate = best
                candidate.budgets = [budget]
                if try attempt(candidate) { break }
            }
        }
        while best.rounds > 1 {
            var candidate = best
            candidate.rounds -= 1
            if try !attempt(candidate) { break }
        }
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for index in best.chunks.indices.reversed() {
                let chunk = best.chunks[index]
                if chunk.isFixed || chunk.bytes.allSatisfy({ $0 == 0x90 }) { continue }
                var candidate = best
                candidate.chunks[index].bytes = [UInt8](repeating: 0x90, count: chunk.bytes.count)
                if try attempt(candidate) { hasChanged = true }
            }
        }
        // Gone altogether, where no branch leads over them.
        for index in best.chunks.indices.reversed() where best.chunks[index].bytes.allSatisfy({ $0 == 0x90 }) {
            var candidate = best
            candidate.chunks.remove(at: index)
            _ = try attempt(candidate)
        }
        for index in best.patches.indices.reversed() {
            var candidate = best
            candidate.patches.remove(at: index)
            _ = try attempt(candidate)
        }
        return (best, text)
    }
}
