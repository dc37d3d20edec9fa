import Testing

@testable import Bus
@testable import Configuration
@testable import PC

@Suite struct RecordingTests {
    private static let events: [Recording.Event] = [
        .input(.key(KeyCode(rawValue: 0x1E), down: true)), .input(.key(KeyCode(rawValue: 0x9C), down: false)),
        .input(.pointer(x: 0, y: 65535, buttons: [.left, .right])), .input(.motion(dx: -5, dy: 7, buttons: [])), .input(.wheel(-1)),
        .serial(port: 1, [0, 0x6C, 0xFF]), .medium(.fda, path: "a disk of mine.img"), .medium(.hdc, path: nil), .powerButton, .reset, .end,
    ]

    private func text(_ lines: [String]) -> String {
        ([Recording.title, "option drive hda: none", "# a comment", ""] + lines + [""]).joined(separator: "\n")
    }

    @Test func everyEventReadsAsItWasWritten() throws {
        let lines = Self.events.enumerated().map { "\($0 * 1000) \($0) \(Recording.text($1))" }
        let recording = try Recording(parsing: text(lines))
        #expect(recording.options == ["drive hda": "none"])
        #expect(recording.entries.map(\.event) == Self.events)
        #expect(recording.entries.map(\.moment) == Self.events.indices.map { .init(time: UInt64($0) * 1000, instructions: UInt64($0)) })
        #expect(recording.entries.map(\.line) == Self.events.indices.map { $0 + 5 })
    }

    @Test(
        arguments: [
            ("10 1 key 1E down\n20 2", 6, "NANOSECONDS"), ("10 1 key 1E\n20 2 end", 5, "down"), ("10 1 key 1G up\n20 2 end", 5, "hexadecimal"),
            ("10 1 dance\n20 2 end", 5, "dance is unknown"), ("10 2 reset\n9 3 end", 6, "before"), ("10 2 reset\n11 1 end", 6, "before"),
            ("10 1 key 1E down", 6, "incomplete"), ("", 6, "incomplete"), ("10 1 end\n20 2 reset", 6, "nothing follows"),
            ("10 1 serial 3 00\n20 2 end", 5, "port 1 or 2"),
            ("10 1 serial 1 0\n20 2 end", 5, "two hexadecimal"), ("10 1 pointer 1 70000 0\n20 2 end", 5, "pointer X Y"),
            ("10 1 eject hdq\n20 2 end", 5, "eject DRIVE"),
            ("10 1 medium fda\n20 2 end", 5, "medium DRIVE"), ("10 1 reset now\n20 2 end", 5, "nothing follows"),
            ("option x\n20 2 end", 5, "option NAME"),
            ("-1 1 end", 5, "NANOSECONDS"), ("10 1 motion 1 40000 0\n20 2 end", 5, "motion X Y"), ("10 1 wheel 300\n20 2 end", 5, "wheel CLICKS"),
        ])
    func aMistakeNamesItsLine(lines: String, line: Int, problem: String) throws {
        let error = try #require(throws: Recording.Mistake.self) { try Recording(parsing: self.text([lines])) }
        #expect(error.line == line && error.problem.contains(problem), "\(error)")
    }

    @Test func anotherFileIsNoRecording() throws {
        let error = try #require(throws: Recording.Mistake.self) { try Recording(parsing: "VITRINE\u{1A}\n") }
        #expect(error.line == 1)
    }
}
