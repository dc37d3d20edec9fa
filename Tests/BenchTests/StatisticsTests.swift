import Testing
import vitrine_bench
@Test func m() { #expect([1, 2, 3].median == 2) }
