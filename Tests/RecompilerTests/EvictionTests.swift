@testable import Processor
import TestSupport
import Testing

/// Programs larger than the code cache: parts of it are given up while others that led there go on.
@Suite(.serialized) struct EvictionTests {
    @Test(arguments: [Mode.real, .flat, .flatUser, .segments32]) func agree(_ mode: Mode) throws {
        let count = Amount.cases(24, full: 3000)
        let pairs = try [true, false].map { try Pair(isExact: $0, codeCacheBytes: 128 << 10) }
        let worlds = try (0..<4).map { try World(mode, window: $0) }
        let scout = try Scout(worlds[0])
        var most: UInt64 = 0
        for number in 0..<count {
            var random = RandomSource(seed: Amount.firstSeed &+ UInt64(number) &+ 9_000_000)
            let pair = pairs[number & 1], before = pair.subject.processor.recompiler.statistics.evictions
            try pair.check(
                Builder.make(worlds[random.below(4)], scout, seed: random.next(), length: 100 + random.below(60)) {
                    pair.isExact || !Encoder.leavesUndefinedFlags($0)
                })
            most = max(most, pair.subject.processor.recompiler.statistics.evictions &- before)
        }
        #expect(most > 2, "the largest program emptied \(most) parts of the cache")
    }
}
