import Testing
import vitrine_bench

@Suite struct ComparisonTests {
    private func pass(_ rows: [(name: String, group: String, cpu: Double)], digest: String = "a", status: Int = 0) -> Pass {
        var pass = Pass()
        pass.rows = rows.map { Row(name: $0.name, group: $0.group, cpu: $0.cpu, wall: $0.cpu, status: status, digest: digest) }
        return pass
    }

    private let both: [EngineKind] = [.native, .vitrine]
    private let pair = Comparison.Pair(above: .vitrine, below: .native)

    @Test func aFigureIsTheMedianOfTheRuns() {
        let comparison = Comparison(
            both, [.native: [1, 3, 2].map { pass([("gzip", "cpu", $0)]) }, .vitrine: [9, 4, 5].map { pass([("gzip", "cpu", $0)]) }])
        #expect(comparison.lines == [.init(name: "gzip", group: "cpu", verdicts: [.native: .figure(2), .vitrine: .figure(5)])])
        #expect(comparison.lines.map { comparison.ratio($0, pair) } == [2.5])
        #expect(comparison.isRight)
    }

    @Test func oneWrongOutputOfManyIsWrongWhateverTheTime() {
        let right = pass([("gzip", "cpu", 1)]), wrong = pass([("gzip", "cpu", 0.5)], digest: "b")
        let comparison = Comparison(both, [.native: [right, right], .vitrine: [right, wrong]])
        #expect(comparison.lines.map { $0.verdicts[.vitrine] } == [.wrong])
        #expect(comparison.lines.map { comparison.ratio($0, pair) } == [nil])
        #expect(comparison.summaries.allSatisfy { $0.values.isEmpty })
        #expect(!comparison.isRight)
        // The native output is the right one also where it is not asked first.
        #expect(
            Comparison([.vitrine, .native], [.native: [right], .vitrine: [wrong]]).lines.map { $0.verdicts } == [
                [.native: .figure(1), .vitrine: .wrong]
            ])
        // Without it the first engine's.
        #expect(Comparison([.qemu, .vitrine], [.qemu: [wrong], .vitrine: [right]]).lines.map { $0.verdicts[.vitrine] } == [.wrong])
    }

    @Test func oneEngineAloneHasNoRatios() {
        let comparison = Comparison([.qemu], [.qemu: [pass([("gzip", "cpu", 1)])]])
        #expect(comparison.pairs.isEmpty && comparison.summaries.isEmpty && comparison.isRight)
        #expect(comparison.table("CPU seconds", digits: 1).rows == [["gzip", "1.0"], ["total of 1", "1.0"]])
    }

    @Test func aFailedProgramShowsItsStatusAndIsNoReference() {
        let comparison = Comparison(
            both, [.native: [pass([("xz", "cpu", 1)], digest: "z", status: 127)], .vitrine: [pass([("xz", "cpu", 1)])]])
        #expect(comparison.lines.map { $0.verdicts } == [[.native: .failed(127), .vitrine: .figure(1)]])
        #expect(!comparison.isRight)
    }

    @Test func aBenchmarkThatIsMissingIsNotRight() {
        let comparison = Comparison(both, [.native: [pass([("a", "cpu", 1), ("b", "cpu", 1)])], .vitrine: [pass([("a", "cpu", 1)])]])
        #expect(comparison.lines.map { $0.verdicts[.vitrine] } == [.figure(1), .absent])
        #expect(!comparison.isRight)
    }

    @Test func microKernelsAreHeldAgainstAsManyTurns() {
        func pass(_ turns: Int, _ digest: String, _ cpu: Double) -> Pass {
            var pass = Pass()
            pass.rows = [Row(name: "alu8", group: "micro", cpu: cpu, wall: cpu, digest: digest, turns: turns)]
            return pass
        }
        let native = pass(1_000_000_000, "ten", 1), right = pass(100_000_000, "one", 0.5), wrong = pass(100_000_000, "ten", 0.5)
        let comparison = Comparison(
            [.native, .qemu, .vitrine], [.native: [native], .qemu: [wrong], .vitrine: [right]], proof: pass(100_000_000, "one", 0.1))
        #expect(comparison.lines.map { $0.verdicts } == [[.native: .figure(1), .qemu: .wrong, .vitrine: .figure(5)]])
    }

    @Test func meansLeaveOutWhatIsUnfair() throws {
        let names = [
            ("gzip", "cpu"), ("xz", "cpu"), ("signal", "system"), ("fork", "system"), ("jit", "memory"), ("tlb", "memory"), ("rough", "cpu"),
        ]
        let native = [1, 1, 1, 1, 1, 1, 0.01], vitrine = [2, 8, 0.5, 3, 100, 4, 1]
        let comparison = Comparison(
            both,
            [
                .native: [pass(zip(names, native).map { ($0.0, $0.1, $1) })], .vitrine: [pass(zip(names, vitrine).map { ($0.0, $0.1, $1) })],
            ])
        let summaries = comparison.summaries
        #expect(
            summaries.map(\.title) == [
                "mean of cpu", "mean of system, without signal", "mean of memory", "mean of all, without signal", "worst, without jit",
            ])
        let expected = [11.696, 3, 20, 11.149, 8]
        for (summary, value) in zip(summaries, expected) { #expect(abs(try #require(summary.values[pair]) - value) < 0.001) }
        #expect(summaries.last?.names == [pair: "xz"])
        #expect(comparison.totals.count == 7)
        #expect(comparison.totals.seconds == [.native: 6.01, .vitrine: 118.5])
        #expect(comparison.lines.filter(comparison.isRough).map(\.name) == ["rough"])
    }
}
