import Foundation

extension Collection<Double> {
    /// Of an even count the mean of the two in the middle; nil of none.
    package var median: Double? {
        guard !isEmpty else { return nil }
        let sorted = sorted(), middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// Of positive numbers; nil of none.
    package var geometricMean: Double? { isEmpty ? nil : exp(reduce(0) { $0 + log($1) } / Double(count)) }
}
