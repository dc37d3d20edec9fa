import Testing
import vitrine_bench

@Suite struct StatisticsTests {
    @Test(arguments: [([3, 1, 2], 2), ([4, 1, 3, 2], 2.5), ([7], 7), ([1, 1, 100], 1)] as [([Double], Double)])
    func medianIsInTheMiddle(numbers: [Double], middle: Double) { #expect(numbers.median == middle) }

    @Test(arguments: [([2, 8], 4), ([1, 10, 100], 10), ([5], 5), ([0.5, 2], 1)] as [([Double], Double)])
    func geometricMeanIsTheRootOfTheProduct(numbers: [Double], mean: Double) throws {
        #expect(abs(try #require(numbers.geometricMean) - mean) < 1e-12)
    }

    @Test func ofNothingThereIsNone() {
        #expect([Double]().median == nil)
        #expect([Double]().geometricMean == nil)
    }
}
