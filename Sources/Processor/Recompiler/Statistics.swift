import X86

/// What the recompiler did since the machine started. Counted only where Swift runs anyway, so translated code pays nothing for it.
///
/// **Hit rate**: of the guest instructions executed in some time, the share that translated code executed itself; the others are `interpreted`. As in
/// `Processor.instructionsExecuted` an iteration of a repeated string instruction is one instruction, and a block that ends early counts as a whole.
package struct TranslationStatistics: Equatable, Sendable {
    /// Bytes of the code cache that hold code, living or dead, and all there are.
    package var cacheUsed = 0, cacheCapacity = 0
    /// Units made; units given up one by one, because their code was written to or their mode changed; and how often a part of the cache was emptied for new ones.
    package var translations: UInt64 = 0, discarded: UInt64 = 0, evictions: UInt64 = 0
    /// Guest instructions that the interpreter executed: of blocks without a unit, and for units that called it.
    package var interpreted: UInt64 = 0
    /// How often translated code was left, or called the interpreter and went on.
    package var exits = TranslationExits()

    package init() {}

    /// The share of `executed` instructions that translated code executed, 0...1; nil where none were. Both of the same time.
    package static func hitRate(executed: UInt64, interpreted: UInt64) -> Double? {
        executed == 0 ? nil : Double(executed - min(executed, interpreted)) / Double(executed)
    }
}

/// Exits by reason.
package struct TranslationExits: Equatable, Sendable {
    /// To a known place whose unit it was not linked to: then it is, if there is one.
    package var unlinked: UInt64 = 0
    /// A return, an indirect branch or one into another page found no unit.
    package var lookUp: UInt64 = 0
    /// An instruction was done behind which an event waits, or which took units away.
    package var event: UInt64 = 0
    /// The interpreter was to finish the block, for the same reasons or because the stack window or a floating-point unit was lost.
    package var interpret: UInt64 = 0
    package var fault: UInt64 = 0
    /// What was left of the budget did not cover the next unit.
    package var budget: UInt64 = 0
    /// The stack does not lie as the unit wants it.
    package var window: UInt64 = 0
    /// The unit's code ends beyond its segment's limit.
    package var unsuitable: UInt64 = 0
    /// Calls that came back: instructions with a fast way that could not be gone, mostly accesses to memory that no map has; and those that have none.
    package var slowAccess: UInt64 = 0, instruction: UInt64 = 0

    /// Every reason by name.
    package var all: [(name: String, count: UInt64)] {
        [
            ("unlinked", unlinked), ("lookUp", lookUp), ("event", event), ("interpret", interpret), ("fault", fault), ("budget", budget),
            ("window", window), ("unsuitable", unsuitable), ("slowAccess", slowAccess), ("instruction", instruction),
        ]
    }

    @inline(__always)
    mutating func count(_ departure: Departure, isNamed: Bool) {
        switch departure {
        case .next where isNamed: unlinked &+= 1
        case .next: lookUp &+= 1
        case .interpret: interpret &+= 1
        case .fault: fault &+= 1
        case .budget: budget &+= 1
        case .window: window &+= 1
        case .unsuitable: unsuitable &+= 1
        // These stay among translated code.
        case .resume, .dispatch: break
        }
    }
}

extension Recompiler {
    /// Counts what `Processor.executeSite` answers.
    @inline(__always)
    func count(_ departure: Departure, from site: UnsafePointer<Site>) -> Departure {
        switch departure {
        case .resume, .dispatch:
            if unsafe site.pointee.isWhole { statistics.exits.instruction &+= 1 } else { statistics.exits.slowAccess &+= 1 }
        case .next:
            // It leaves without naming a way out, as a failed look-up does.
            statistics.exits.event &+= 1
            statistics.exits.lookUp &-= 1
        default: break
        }
        return departure
    }
}

extension Processor {
    /// What the recompiler did; nil where guest code is only interpreted.
    package var translationStatistics: TranslationStatistics? {
        guard engine == .recompiler else { return nil }
        var statistics = recompiler.statistics
        (statistics.cacheUsed, statistics.cacheCapacity) = recompiler.space
        return statistics
    }

    /// Interprets a block.
    @inline(__always)
    func interpret(_ block: UnsafeMutablePointer<Block>, _ e: Execution) throws(Fault) {
        let before = e.s.budget
        defer { recompiler.statistics.interpreted &+= UInt64(truncatingIfNeeded: before &- e.s.budget) }
        unsafe e.s.budget &-= Int(block.pointee.count)
        try unsafe e.execute(block.pointee.instructions)
    }

    /// Interprets the rest of a block that was counted as a whole, from the current instruction on.
    func interpretRest(_ e: Execution) throws(Fault) {
        let before = e.s.budget
        var instruction = unsafe e.s.current, count = 0
        while unsafe count < BlockCache.maximumLength && instruction.pointee.operation != .BLOCK_FALL
            && instruction.pointee.operation != .BLOCK_LEAVE
        {
            count += 1
            unsafe instruction += 1
        }
        defer { recompiler.statistics.interpreted &+= UInt64(truncatingIfNeeded: before &- e.s.budget &+ count) }
        try unsafe e.execute(e.s.current)
    }

    /// Interprets one instruction of a unit, which counted it.
    @inline(__always)
    func interpretOne(_ i: UnsafePointer<Instruction>, _ e: Execution) throws(Fault) -> Bool {
        let before = e.s.budget
        defer { recompiler.statistics.interpreted &+= UInt64(truncatingIfNeeded: before &- e.s.budget &+ 1) }
        return try unsafe e.executeGeneral(i)
    }
}
