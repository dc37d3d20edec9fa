import TestSupport
import Testing

/// Code that changes: by every kind of store, by DMA, by another mapping, in the next instruction, the running block, an earlier one, another page;
/// and pages that come to stand elsewhere while they run.
@Suite(.serialized) struct SelfModifyingTests {
    @Test(arguments: [Mode.real, .virtual8086, .flat, .flatUser, .extended, .extendedUser, .segments32]) func agree(_ mode: Mode) throws {
        let count = Amount.cases(250, full: 20_000)
        let pairs = try [0, 1, 3].map { try Pair(threshold: $0) } + [Pair(threshold: 3, isExact: false)]
        let worlds = try (0..<4).map { try World(mode, window: $0) }
        for number in 0..<count {
            let seed = Amount.firstSeed &+ UInt64(number)
            try pairs[number % 4].check(CodeChanges.make(worlds[number / 4 & 3], seed: seed))
        }
        #expect(pairs.allSatisfy { $0.translations > count }, "hardly anything was translated")
        #expect(pairs.reduce(0) { $0 + $1.vectors[Int(World.endVector)] } > count * 3, "hardly a program came to its end")
    }
}
