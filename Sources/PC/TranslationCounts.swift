import Processor

extension VirtualMachine.Statistics {
    /// What the recompiler did between two looks at it.
    package struct TranslationCounts: Sendable {
        /// Of the code cache, in bytes, at the end.
        package var cacheUsed: Int, cacheCapacity: Int
        /// Of the guest instructions, the share that translated code executed, 0...1; nil where none were executed.
        package var hitRate: Double?
        package var translations: UInt64
        /// How often translated code was left, by reason, where it was.
        package var exits: [String: UInt64]
    }

    /// nil where the machine does not translate.
    package func translation(since old: Self) -> TranslationCounts? {
        guard let now = translation else { return nil }
        let before = old.translation ?? TranslationStatistics()
        func more(_ new: UInt64, _ old: UInt64) -> UInt64 { new &- min(new, old) }
        var exits: [String: UInt64] = [:]
        for (reason, earlier) in zip(now.exits.all, before.exits.all) where reason.count > earlier.count {
            exits[reason.name] = more(reason.count, earlier.count)
        }
        return TranslationCounts(
            cacheUsed: now.cacheUsed, cacheCapacity: now.cacheCapacity,
            hitRate: TranslationStatistics.hitRate(
                executed: more(instructions, old.instructions), interpreted: more(now.interpreted, before.interpreted)),
            translations: more(now.translations, before.translations), exits: exits)
    }
}
