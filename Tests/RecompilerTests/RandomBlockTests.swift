import Foundation
import TestSupport
import Testing

/// How much the tier does: `VITRINE_FULL` runs many more, `VITRINE_SEED` and `VITRINE_CASES` choose others than the usual programs.
enum Amount {
    static let environment = ProcessInfo.processInfo.environment
    static let isFull = environment["VITRINE_FULL"] != nil
    static func cases(_ usual: Int, full: Int) -> Int { environment["VITRINE_CASES"].flatMap(Int.init) ?? (isFull ? full : usual) }
    static let firstSeed = environment["VITRINE_SEED"].flatMap(UInt64.init) ?? 1
}

/// Blocks of 1 to 40 instructions from the whole table, in every mode, run several times over.
@Suite(.serialized) struct RandomBlockTests {
    @Test(arguments: Mode.allCases) func agree(_ mode: Mode) throws {
        let count = Amount.cases(300, full: 20_000)
        let pairs = try [0, 2].map { try Pair(threshold: $0) }
        let worlds = try (0..<4).map { try World(mode, window: $0) }
        let scout = try Scout(worlds[0])
        var instructions = 0
        for number in 0..<count {
            let seed = Amount.firstSeed &+ UInt64(number)
            var random = RandomSource(seed: seed ^ UInt64(Mode.allCases.firstIndex(of: mode) ?? 0) << 40)
            let world = worlds[random.below(4)], length = 1 + random.below(40)
            let program = try Builder.make(world, scout, seed: random.next(), length: length)
            instructions += program.chunks.count
            try pairs[random.below(2)].check(program)
        }
        let ends = pairs.reduce(0) { $0 + $1.vectors[Int(World.endVector)] }
        #expect(ends > count * 2, "hardly a program came to its end")
        #expect(pairs.reduce(0) { $0 + $1.translations } > count, "hardly anything was translated")
        print("\(mode.rawValue): \(count) programs of \(instructions / max(count, 1)) instructions, \(pairs.reduce(0) { $0 + $1.stops }) stops")
    }

    /// The same without the promise to be exact, which is how machines run.
    @Test(arguments: Mode.allCases) func agreeWhereItMatters(_ mode: Mode) throws {
        let count = Amount.cases(200, full: 20_000)
        let pairs = try [0, 2].map { try Pair(threshold: $0, isExact: false) }
        let worlds = try (0..<4).map { try World(mode, window: $0) }
        let scout = try Scout(worlds[0])
        for number in 0..<count {
            var random = RandomSource(seed: Amount.firstSeed &+ UInt64(number) ^ UInt64(Mode.allCases.firstIndex(of: mode) ?? 0) << 40)
            let world = worlds[random.below(4)], length = 1 + random.below(40)
            try pairs[random.below(2)].check(
                Builder.make(world, scout, seed: random.next(), length: length) { !Encoder.leavesUndefinedFlags($0) })
        }
        #expect(pairs.reduce(0) { $0 + $1.vectors[Int(World.endVector)] } > count * 2, "hardly a program came to its end")
        #expect(pairs.reduce(0) { $0 + $1.translations } > count, "hardly anything was translated")
    }
}
