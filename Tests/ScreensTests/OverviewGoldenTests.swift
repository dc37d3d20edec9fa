import Configuration
import Contract
import Foundation
import Screens
import TUI
import Testing

/// The overview at every size class, its tabs and its dialogs, as a person sees them.
@Suite struct OverviewGoldenTests {
    @Test func overview() {
        let harness = Workday.harness()
        harness.expect(
            """
            """)
        harness.expectStyle(1, "")
        harness.expectStyle(2, "")
        harness.expectStyle(5, "")
    }

    @Test func filteredWithTwoMarked() {
        let harness = Workday.harness()
        harness.press(.character("/"))
        harness.type("lab")
        harness.press(.enter, .character(" "), .down, .character(" "), .character("/"))
        harness.expect(
            """
            """)
        harness.expectStyle(2, "")
        harness.expectStyle(22, "")
        #expect(harness.frame.cursor == Point(5, 22))
    }

    @Test func marked() {
        let harness = Workday.harness()
        harness.press(.character("a"))
        harness.expect(
            """
            """)
    }

    @Test func searchingScreens() {
        let harness = Workday.harness()
        harness.send(.picture(Workday.id("win31"), Harness.text(["Windows", "C:\\WINDOWS>dir games"])))
        harness.press(.character("/"), .character("/"))
        harness.type("games")
        harness.expect(
            """
            """)
        harness.expectStyle(2, "")
    }

    @Test func nothingMatches() {
        let harness = Workday.harness()
        harness.press(.character("/"))
        harness.type("lab2")
        #expect(harness.frame.lines[2] == "    Nothing matches lab2. Esc clears the filter.")
        #expect(harness.frame.lines[22].hasPrefix(" /lab2                 0 of 7"))
    }

    @Test func savedState() {
        let harness = Workday.harness()
        harness.press(.down, .down)
        harness.expect(
            """
            """)
    }

    @Test func hardware() throws {
        let harness = Workday.harness()
        var configuration = MachineConfiguration(name: "freedos")
        configuration.memoryMiB = 16
        configuration.processor = .i486
        configuration.drives = [
            .init(slot: .hda, kind: .disk, path: "freedos.vhd"), .init(slot: .hdc, kind: .cd, path: "/images/fd13live.iso", readOnly: true),
            .init(slot: .fda, kind: .floppy, path: nil),
        ]
        configuration.serial = [.pty]
        let json = Array(try JSONEncoder().encode(configuration))
        harness.answer = { command in
            if case .configuration = command { .success(.configuration(json)) } else { .success(.done) }
        }
        harness.press(.character("]"), .character("]"))
        harness.expect(
            """
            """)
    }

    @Test func disks() {
        let harness = Workday.harness()
        harness.answer = { command in
            if case .inspect(let path, _, _) = command { .success(.image(Harness.report(path))) } else { .success(.done) }
        }
        harness.press(.character("]"), .character("]"), .character("]"))
        harness.expect(
            """
            """)
    }

    @Test func load() {
        let harness = Workday.harness()
        for _ in 0..<5 { harness.press(.character("]")) }
        harness.expect(
            """
            """)
    }

    @Test func consoleTab() {
        let harness = Workday.harness()
        harness.press(.character("]"))
        harness.expect(
            """
            """)
        harness.expectStyle(13, "")
    }

    @Test func discard() {
        let harness = Workday.harness()
        harness.press(.down, .down, .character("X"))
        harness.expect(
            """
            """)
    }

    @Test func clone() {
        let harness = Workday.harness()
        harness.press(.down, .down, .character("C"))
        harness.expect(
            """
            """)
    }

    @Test func delete() {
        let harness = Workday.harness()
        harness.answer = { command in
            if case .inspect(let path, _, _) = command { .success(.image(Harness.report(path))) } else { .success(.done) }
        }
        harness.press(.down, .down, .character("D"))
        harness.type("os2-wa")
        harness.expect(
            """
            """)
    }

    @Test func turnOffSeveral() {
        let harness = Workday.harness()
        harness.press(.character("a"), .character("T"))
        harness.expect(
            """
            """)
    }

    @Test func tags() {
        let harness = Workday.harness()
        harness.press(.character("#"))
        harness.expect(
            """
            """)
    }

    @Test func quit() {
        let harness = Workday.harness()
        harness.press(.character("q"))
        harness.expect(
            """
            """)
    }

    @Test func quitWhileStatesAreSaved() {
        let harness = Workday.harness()
        harness.answer = { _ in nil }
        harness.press(.character("q"), .character("s"))
        for name in ["debian-mini", "freedos", "nt4"] { harness.change(name) { $0.state = .saving } }
        harness.change("freedos") { $0.state = .saved }
        var job = JobSummary(
            id: JobID(rawValue: 1), kind: .save, machine: Workday.id("debian-mini"), subject: "debian-mini", started: Harness.noon, canCancel: true)
        (job.done, job.total) = (40 << 20, 71 << 20)
        harness.send(.keeper(.job(job)))
        harness.expect(
            """
            """)
    }

    @Test func forty() {
        let harness = Workday.harness(40, 15)
        harness.change("freedos") { $0.powerDeadline = Harness.noon + 49 }
        harness.expect(
            """
            """)
    }

    @Test func fortyDelete() {
        let harness = Workday.harness(40, 20)
        harness.press(.down, .down, .character("D"))
        harness.expect(
            """
            """)
    }

    @Test func fortyQuit() {
        let harness = Workday.harness(40, 20)
        harness.press(.character("q"))
        harness.expect(
            """
            """)
    }

    @Test func sixty() {
        Workday.harness(60, 24).expect(
            """
            """)
    }

    @Test func hundred() {
        Workday.harness(100, 30).expect(
            """
            """)
    }

    @Test func hundredAndTwenty() {
        Workday.harness(120, 30).expect(
            """
            """)
    }

    @Test func twoHundred() {
        let harness = Workday.harness(200, 60)
        harness.expect(
            """
            """)
    }
}
