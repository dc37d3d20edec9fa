import TestSupport
import Foundation
import Testing

@testable import X86

/// Our processor against Unicorn's, in every mode, with paging.
@Suite(.serialized) struct UnicornDifferentialTests {
    private static let environment = ProcessInfo.processInfo.environment

    @Test(
        .enabled(if: UnicornOracle.library != nil, "PyPI's unicorn is not in the cache, and python3 -m pip cannot fetch it"),
        arguments: SystemMode.Mode.allCases)
    func agreesWithUnicorn(_ mode: SystemMode.Mode) throws {
        let profile = SystemMode.profile(mode)
        let count = Self.environment["VITRINE_CASES"].flatMap(Int.init) ?? (HostDifferentialTests.isFull ? 10_000 : 1_000)
        let first = Self.environment["VITRINE_SEED"].flatMap(UInt64.init) ?? 1
        let board = try SystemMode(mode)
        var endless = 0, different = 0
        var kinds: [String: (count: Int, example: String)] = [:]
        for number in 0..<count {
            let one = Generator.make(profile, seed: first + UInt64(number))
            guard let ours = try board.runOurs(one) else {
                endless += 1
                continue
            }
            guard var theirs = board.runTheirs(one) else {
                // As the mask says: beyond a limit Unicorn goes on.
                if [12, 13].contains(ours.vector) { continue }
                kinds["no exception there", default: (0, Comparison.describe(one) + "\n  ours: vector \(ours.vector)")].count += 1
                continue
            }
            theirs.fpu = ours.fpu
            let memories = board.memories
            var differences = Comparison.differences(ours, theirs, memories.ours, memories.theirs)
            let tables = board.tables
            if tables.ours != tables.theirs { differences.append(("tables", "accessed or dirty bits")) }
            guard !differences.isEmpty else { continue }
            let left = Masks.explainedByUnicorn(one, ours, theirs, differences)
            guard !left.isEmpty else { continue }
            different += 1
            let names = one.rows.count == 1 ? "\(InstructionForm.all[one.rows[0]].row.operation)" : "sequence"
            let kind = names + ": " + Set(left.map { f in Comparison.flagNames.contains { $0.1 == f } ? "flags" : f }).sorted().joined(separator: ",")
            kinds[
                kind,
                default: (
                    0,
                    "\(mode) " + Comparison.describe(one) + "\n  => "
                        + differences.filter { left.contains($0.field) }.map(\.text).joined(separator: "; ")
                        + "\n  ours: vector \(ours.vector) theirs: vector \(theirs.vector)"
                )
            ].count += 1
        }
        for (kind, value) in kinds.sorted(by: { ($0.value.count, $1.key) > ($1.value.count, $0.key) }).prefix(60) {
            print("\(value.count) × \(kind)\n\(value.example)")
        }
        print("\(mode): seeds from \(first), \(count) cases, \(endless) endless, \(different) differ")
        #expect(kinds.count == 0)
    }
}
