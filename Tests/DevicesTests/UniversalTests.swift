import Foundation
import Testing

@testable import Bus
@testable import Devices

/// What every device promises: its state is all there is of it, RESET always leads to the same place, and no saved file and no guest can make it trap.
@Suite struct UniversalTests {
    @Test func everyDeviceIsAmongTheSubjects() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/Devices")
        var found: Set<String> = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path()) where file.hasSuffix(".swift") {
            let source = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            for match in source.matches(of: /final class (\w+): Device\b/) { found.insert(String(match.1)) }
        }
        #expect(found.count > 10 && Set(Subject.all.map(\.name)) == found)
    }

    @Test(arguments: Subject.all) func aRestoredDeviceIsTheSame(_ subject: Subject) throws {
        for seed in 1...4 {
            var random = Numbers(seed: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15)
            let first = try subject.make()
            first.run(2500, &random)
            let saved = try first.save()
            let second = try subject.make()
            try second.restore(saved)
            try #require(try texts(second) == saved.states.map(text), "seed \(seed): saved again")
            try #require(second.levels & ~(1 << 31) == first.levels & ~(1 << 31), "seed \(seed): interrupt lines")
            var again = random
            let answers = first.run(3000, &random), others = second.run(3000, &again)
            try #require(answers.indices.first { answers[$0] != others[$0] } == nil, "seed \(seed): the access that is answered otherwise")
            try #require(try texts(first) == texts(second), "seed \(seed): at the end")
        }
    }

    @Test(arguments: Subject.all) func resetTwiceIsResetOnce(_ subject: Subject) throws {
        for seed in 1...4 {
            var random = Numbers(seed: UInt64(seed) &* 0xD1B5_4A32_D192_ED03)
            let bench = try subject.make()
            bench.run(1500, &random)
            bench.devices[0].reset()
            let once = try texts(bench), levels = bench.levels, events = bench.clock.events
            bench.devices[0].reset()
            #expect(try texts(bench) == once && bench.levels == levels && bench.clock.events == events)
        }
    }

    @Test(arguments: Subject.all) func damagedStatesAreRefusedOrHarmless(_ subject: Subject) throws {
        var random = Numbers(seed: 0xA076_1D64_78BD_642F)
        var refused = 0, taken = 0
        for _ in 0..<8 {
            let bench = try subject.make(), other = try subject.make()
            bench.run(800, &random)
            let saved = try bench.save()
            for _ in 0..<40 {
                var states = saved.states
                let victim = random.below(states.count)
                states[victim] = Data(damage(text(states[victim]), &random).utf8)
                do {
                    try other.restore(states)
                    taken += 1
                } catch is SnapshotError { refused += 1 }
                try other.clock.restore(saved.events)
                other.run(60, &random)
                other.devices.forEach { $0.reset() }
                other.run(20, &random)
            }
        }
        #expect(refused + taken == 320)
    }

    private func text(_ data: Data) -> String { String(decoding: data, as: UTF8.self) }
    private func texts(_ bench: Bench) throws -> [String] { try bench.states().map(text) }

    /// Changes a few words of a JSON text: numbers, truth values, names, and how many elements an array has.
    private func damage(_ json: String, _ random: inout Numbers) -> String {
        var json = json
        for _ in 0...random.below(3) {
            // Values, not the keys before colons nor the digits in them.
            let words = json.ranges(of: /-?\d+|true|false|null|"\w*"/).filter { range in
                json[range.upperBound...].first != ":" && !(json[..<range.lowerBound].last.map { $0.isLetter || $0 == "\"" } ?? false)
            }
            guard !words.isEmpty else { return json }
            let range = words[random.below(words.count)]
            let old = String(json[range])
            switch random.below(10) {
            case 0: json.replaceSubrange(range, with: "\(old),\(old)")
            case 1:
                json.removeSubrange(
                    range.lowerBound..<(json[range.upperBound...].first == "," ? json.index(after: range.upperBound) : range.upperBound))
            case 2: json.replaceSubrange(range, with: Self.names[random.below(Self.names.count)])
            default: json.replaceSubrange(range, with: Self.numbers[random.below(Self.numbers.count)])
            }
        }
        return json
    }

    private static let numbers = [
        "0", "1", "2", "3", "4", "5", "7", "8", "9", "12", "15", "16", "17", "31", "32", "36", "63", "64", "83", "84", "127", "128", "255", "256",
        "-1",
        "511", "512", "768", "4095", "4096", "32767", "32768", "65535", "65536", "131072", "2147483647", "4294967295", "9223372036854775807",
        "-9223372036854775808", "18446744073709551615", "1152921504606846975", "1e300", "0.5", "true", "false", "null",
    ]
    private static let names = [
        "none", "read", "write", "flush", "idle", "packet", "dataIn", "dataOut", "identify", "reading", "toHost", "fromHost", "reset", "command",
        "execution", "result",
    ].map { "\"\($0)\"" }
}
