import Processor
import Testing

@testable import PC

@Suite struct TranslationCountsTests {
    @Test func whatHappenedBetweenTwoLooks() throws {
        var old = VirtualMachine.Statistics(instructions: 1000, cpuTime: 0, residentBytes: 0)
        #expect(old.translation(since: old) == nil)
        var new = old
        new.instructions = 3000
        var translation = TranslationStatistics()
        (translation.cacheUsed, translation.cacheCapacity) = (10, 100)
        (translation.translations, translation.interpreted) = (5, 500)
        (translation.exits.lookUp, translation.exits.budget) = (7, 2)
        new.translation = translation
        // The first look.
        #expect(new.translation(since: old)?.translations == 5)
        old.translation = translation
        new.translation?.translations = 9
        new.translation?.interpreted = 1000
        new.translation?.exits.lookUp = 10
        let counts = try #require(new.translation(since: old))
        #expect(counts.cacheUsed == 10 && counts.cacheCapacity == 100 && counts.translations == 4)
        #expect(counts.hitRate == 0.75 && counts.exits == ["lookUp": 3])
        // A guest that slept; counters that were set back.
        #expect(old.translation(since: old)?.hitRate == nil)
        #expect(old.translation(since: new)?.translations == 0)
    }
}
