import Contract
import TUI
import Testing

@testable import Screens

extension Harness {
    /// The text plane, a line `--`, then the style plane.
    func expectPlanes(_ expected: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let frame = frame
        let planes = (frame.lines + ["--"] + frame.styleLines).joined(separator: "\n")
        #expect(planes == expected, "got:\n\(planes)", sourceLocation: sourceLocation)
    }
}

/// The palette, help, settings, jobs and log as a person sees them.
@Suite struct FindingGoldenTests {
    private let freedos = MachineID(rawValue: "freedos"), toyos = MachineID(rawValue: "toyos")

    private func workday(_ width: Int = 80, _ height: Int = 24) -> Harness {
        let harness = Harness(width, height)
        harness.press(.down)
        harness.send(.keeper(.log(LogEntry(time: Harness.noon - 237, level: .error, machine: toyos, text: "toyos crashed: triple fault."))))
        return harness
    }

    @Test func palette() {
        let harness = workday()
        harness.press(.character(":"))
        harness.type("st")
        harness.expectPlanes(
            """
            @palette@
            """)
    }

    @Test func paletteAt40() {
        let harness = workday(40, 15)
        harness.press(.character(":"))
        harness.expectPlanes(
            """
            @paletteAt40@
            """)
    }

    @Test func helpOfMachines() {
        let harness = workday()
        harness.press(.character("?"))
        harness.expectPlanes(
            """
            @helpOfMachines@
            """)
    }

    @Test func helpOfTheLogSearched() {
        let harness = workday()
        harness.press(.character("5"), .character("?"), .character("/"))
        harness.type("error")
        harness.expectPlanes(
            """
            @helpOfTheLogSearched@
            """)
    }

    @Test func settings() {
        let harness = workday()
        harness.model.take(KeyFile(Array("save = F12\n".utf8)))
        harness.press(.character(","), .right, .down, .down)
        harness.expectPlanes(
            """
            @settings@
            """)
    }

    @Test func settingsWithAClash() {
        let harness = workday()
        harness.press(.character(","))
        for _ in 0..<11 { harness.press(.down) }
        harness.press(.enter, .character("t"))
        harness.expectPlanes(
            """
            @settingsWithAClash@
            """)
    }

    private func busy() -> Harness {
        let harness = workday()
        func job(_ id: Int, _ kind: JobSummary.Kind, _ machine: String, _ change: (inout JobSummary) -> Void) -> JobSummary {
            var job = JobSummary(
                id: JobID(rawValue: id), kind: kind, machine: MachineID(rawValue: machine), subject: machine, started: Harness.noon - 3,
                canCancel: true)
            change(&job)
            return job
        }
        func ended(_ phase: JobSummary.Phase, _ seconds: Double, _ message: String) -> (inout JobSummary) -> Void {
            { ($0.phase, $0.started, $0.ended, $0.message) = (phase, Harness.noon - seconds - 4, Harness.noon - seconds, message) }
        }
        harness.send(
            .keeper(
                .jobs([
                    job(7, .save, "freedos") { ($0.phase, $0.message) = (.queued, "waits for the clone") },
                    job(1, .save, "nt4", ended(.done, 780, "118 MB written, 41 MB on disk")),
                    job(2, .fetch, "memtest86+", ended(.done, 1200, "0.1 MB, signature good")),
                    job(3, .restore, "os2-warp", ended(.failed, 2200, "the saved state is of 64 MB, the machine has 32")),
                    job(4, .clone, "freedos", ended(.cancelled, 90_000, "cancelled at 40%")),
                ])))
        for second in 0...4 {
            harness.model.now = Harness.noon + Double(second)
            harness.send(
                .keeper(
                    .job(
                        job(6, .clone, "os2-warp") {
                            ($0.done, $0.total, $0.message) = (UInt64(second * 64) << 20, 412 << 20, "os2-warp.vhd to os2-test")
                        })))
        }
        return harness
    }

    @Test func jobs() {
        let harness = busy()
        harness.press(.character("4"))
        harness.expectPlanes(
            """
            @jobs@
            """)
    }

    @Test func jobsEmpty() {
        let harness = workday()
        harness.press(.character("4"))
        harness.expectPlanes(
            """
            @jobsEmpty@
            """)
    }

    @Test func logFiltered() {
        let harness = workday()
        for (seconds, level, machine, text): (Double, LogEntry.Level, String?, String) in [
            (200, .info, "freedos", "Started by you"), (190, .warning, nil, "Disk holding the library is 91% full, 21 GB left"),
            (100, .info, "debian-mini", "Started by you"), (40, .info, "nt4", "Paused by you"),
        ] {
            let id = machine.map { MachineID(rawValue: $0) }
            harness.send(.keeper(.log(LogEntry(time: Harness.noon - seconds, level: level, machine: id, text: text))))
        }
        harness.press(.character("5"), .character("/"))
        harness.type("by you")
        harness.press(.up)
        harness.expectPlanes(
            """
            @logFiltered@
            """)
    }
}
