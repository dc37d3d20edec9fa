import Contract
import PC

/// With one decimal, as figures of load are told.
func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }

extension TranslationSummary {
    /// What a machine's recompiler did between two looks at it; nil where it has none.
    init?(_ new: VirtualMachine.Statistics, since old: VirtualMachine.Statistics, seconds: Double) {
        guard seconds > 0, let counts = new.translation(since: old) else { return nil }
        self.init(
            cacheBytes: counts.cacheUsed, cacheCapacity: counts.cacheCapacity, hitPercent: counts.hitRate.map { tenths($0 * 100) },
            translationsPerSecond: tenths(Double(counts.translations) / seconds),
            exitsPerSecond: counts.exits.mapValues { tenths(Double($0) / seconds) })
    }
}
