import TestSupport
import Foundation
import HostProcessor
import Testing

@testable import X86

/// Our processor against the host's, in 32-bit and 16-bit user mode.
@Suite(.serialized) struct HostDifferentialTests {
    static let isFull = ProcessInfo.processInfo.environment["VITRINE_FULL"] != nil
    static let environment = ProcessInfo.processInfo.environment

    static var profile: Generator.Profile {
        var profile = Generator.Profile()
        profile.excluded = Set(Masks.hostExcluded.flatMap(\.operations))
        profile.alone = Masks.hostAlone
        profile.codeSegments = UserMode.codeSegments
        profile.dataSegments = UserMode.dataSegments
        profile.stackSegments = UserMode.stackSegments
        profile.selectors = UserMode.selectors
        profile.forbids = Masks.hostForbids
        profile.systemFlags = [(0x400, 20), (0x40000, 3), (0x200000, 10)]
        return profile
    }

    /// `VITRINE_SEED` and `VITRINE_CASES` choose others than the usual cases; one seed names one case.
    @Test(
        .enabled(
            if: HostOracle.isUsable, "the host must be AMD family 25, whose undefined flags ours are, with SSE4.2 and a kernel that runs 32-bit code")
    )
    func agreesWithTheHost() throws {
        let profile = Self.profile
        let count = Self.environment["VITRINE_CASES"].flatMap(Int.init) ?? (Self.isFull ? 1_000_000 : 20_000)
        let first = Self.environment["VITRINE_SEED"].flatMap(UInt64.init) ?? 1
        let subject = try UserMode(), oracle = try HostOracle()
        var done = 0, endless = 0
        var kinds: [String: (count: Int, example: String)] = [:]
        while done < count {
            var batch: [Case] = [], ours: [(GuestState, [UInt8])] = []
            while batch.count < HostOracle.capacity && done < count {
                let one = Generator.make(profile, seed: first + UInt64(done))
                done += 1
                var image: [UInt8] = []
                guard let result = try subject.run(one, image: &image) else {
                    endless += 1
                    continue
                }
                batch.append(one)
                ours.append((result, image))
            }
            let theirs = try oracle.run(batch)
            for (index, one) in batch.enumerated() {
                let differences = Comparison.differences(ours[index].0, theirs[index].state, ours[index].1, theirs[index].image)
                guard !differences.isEmpty else { continue }
                let left = Masks.explainedByHost(one, ours[index].0, theirs[index].state, differences)
                guard !left.isEmpty else { continue }
                let names = one.rows.map { InstructionForm.all[$0].row.operation }.map { "\($0)" }.joined(separator: "+")
                let kind =
                    (one.rows.count == 1 ? names : "sequence") + ": "
                    + Set(left.map { f in Comparison.flagNames.contains { $0.1 == f } ? "flags" : f }).sorted().joined(separator: ",")
                let example =
                    Comparison.describe(one) + "\n  => " + differences.filter { left.contains($0.field) }.map(\.text).joined(separator: "; ")
                    + "\n  ours: vector \(ours[index].0.vector) error \(ours[index].0.error) theirs: vector \(theirs[index].state.vector) eip \(Comparison.hex(theirs[index].state.eip))"
                kinds[kind, default: (0, example)].count += 1
            }
        }
        if !kinds.isEmpty {
            for (kind, value) in kinds.sorted(by: { $0.value.count > $1.value.count }) { print("\(value.count) × \(kind)\n\(value.example)") }
        }
        print("\(done) cases, \(endless) endless, \(kinds.values.reduce(0) { $0 + $1.count }) differ")
        #expect(kinds.count == 0)
    }
}
