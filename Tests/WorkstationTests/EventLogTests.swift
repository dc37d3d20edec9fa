import Bus
import Foundation
import Picture
import Testing

@testable import Configuration
@testable import Contract
@testable import PC
@testable import Workstation

@Suite struct EventLogTests {
    private func entry(_ number: Int, _ text: String? = nil) -> LogEntry {
        LogEntry(time: Double(number), level: .info, machine: MachineID(rawValue: "box"), text: text ?? "event \(number)")
    }

    private func file(_ scratch: Scratch) -> String { scratch.home.state + "/events.jsonl" }

    private func write(_ bytes: [UInt8], _ scratch: Scratch) throws {
        let path = file(scratch)
        let old = FileManager.default.contents(atPath: path) ?? Data()
        try FileManager.default.createDirectory(atPath: scratch.home.state, withIntermediateDirectories: true)
        try (old + Data(bytes)).write(to: URL(fileURLWithPath: path))
    }

    @Test func whatIsWrittenIsReadBackInOrder() throws {
        let scratch = try Scratch()
        let log = EventLog(scratch.home)
        #expect(log.last(500).isEmpty)
        let hostile = entry(2, "line 1\nline 2 \u{1B}[2J \u{202E} \"quoted\" ü")
        for entry in [entry(1), hostile, entry(3)] { log.append(entry) }
        #expect(log.last(500) == [entry(1), hostile, entry(3)])
        #expect(log.last(2) == [hostile, entry(3)])
        #expect(log.last(1, where: { $0.text.hasPrefix("event") && $0.time < 2 }) == [entry(1)])
        // One line each, whatever stands in it.
        #expect(FileManager.default.contents(atPath: file(scratch))?.filter { $0 == 10 }.count == 3)
    }

    @Test func tornAndHostileLinesArePassedOver() throws {
        let scratch = try Scratch()
        let log = EventLog(scratch.home)
        log.append(entry(1))
        try write(Array("not json\n\n{}\n[1,2]\n{\"time\":1e999,\"level\":\"info\",\"text\":\"x\"}\n".utf8), scratch)
        try write(Array("{\"time\":1e300,\"level\":\"info\",\"text\":\"far\"}\n{\"time\":5,\"level\":\"loud\",\"text\":\"x\"}\n".utf8), scratch)
        try write(Array("{\"time\":5,\"level\":\"info\",\"text\":\"x\",\"machine\":\"../../etc\"}\n".utf8), scratch)
        try write([0xFF, 0x00, 0xFE, 10] + [UInt8](repeating: 91, count: 200_000) + [10], scratch)
        try write(Array("{\"time\":2,\"level\":\"info\",\"te".utf8), scratch)
        log.append(entry(3))
        #expect(log.last(500) == [entry(1), entry(3)])
    }

    @Test func itNeverTakesMoreThanTwoFiles() throws {
        let scratch = try Scratch()
        let log = EventLog(scratch.home)
        let text = String(repeating: "x", count: 5000)
        for number in 0..<1300 { log.append(entry(number, text)) }
        let names = try FileManager.default.contentsOfDirectory(atPath: scratch.home.state).filter { $0.hasPrefix("events") }
        #expect(names.sorted() == ["events.1.jsonl", "events.jsonl"])
        for name in names {
            let size = try FileManager.default.attributesOfItem(atPath: scratch.home.state + "/" + name)[.size] as? Int
            #expect(size.map { $0 <= 1 << 20 } == true)
        }
        let last = log.last(700)
        #expect(last.count == 700 && last.last?.time == 1299 && zip(last, last.dropFirst()).allSatisfy { $0.time + 1 == $1.time })
        #expect(last.allSatisfy { $0.text.count == 2000 })
    }

    @Test func whoFollowsMissesNothing() throws {
        let scratch = try Scratch()
        let log = EventLog(scratch.home)
        var mark = log.end
        #expect(log.since(&mark).isEmpty)
        log.append(entry(1))
        #expect(log.since(&mark) == [entry(1)])
        let line = Array(try JSONEncoder().encode(entry(2)))
        try write(Array(line.prefix(10)), scratch)
        // Half a line is waited for. The file has become another one, as an editor's would.
        mark = log.end
        log.append(entry(3))
        #expect(log.since(&mark) == [entry(3)])
        let text = String(repeating: "x", count: 2000)
        var seen: [Double] = []
        for number in 10..<1200 {
            log.append(entry(number, text))
            if number % 100 == 0 { seen += log.since(&mark).map(\.time) }
        }
        seen += log.since(&mark).map(\.time)
        #expect(seen == (10..<1200).map(Double.init))
    }

    @Test func aLogThatCannotBeWrittenStopsNobody() throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: file(scratch), withIntermediateDirectories: true)
        let log = EventLog(scratch.home)
        log.append(entry(1))
        #expect(log.last(10).isEmpty)
    }

    @Test func itsFolderIsTheHomesOrXDGs() {
        #expect(Home(directory: "/x", environment: ["XDG_STATE_HOME": "/state", "HOME": "/h"]).state == "/x")
        #expect(Home(environment: ["XDG_STATE_HOME": "/state", "HOME": "/h"]).state == "/state/vitrine")
        #expect(Home(environment: ["XDG_STATE_HOME": "relative", "HOME": "/h"]).state == "/h/.local/state/vitrine")
    }

    // MARK: What the keeper writes

    @Test(.timeLimit(.minutes(120))) func aLaterKeeperTellsWhatHappened() async throws {
        let scratch = try Scratch()
        let first = LifecycleRig(scratch.home)
        let id = try await first.create(plainMachine())
        try await first.perform(.start(id))
        try await first.perform(.pause(id))
        try await first.perform(.resume(id))
        try await first.perform(.changeMedium(id, slot: "fda", path: nil))
        try await first.perform(.turnOff(id))
        let second = LifecycleRig(scratch.home)
        let past = try await second.wait { event in if case .past(let entries) = event { entries } else { nil } }
        #expect(
            past.map(\.text) == [
                "Created", "Started by you", "Paused by you", "Resumed by you", "fda is empty", "Turned off",
            ])
        #expect(past.allSatisfy { $0.machine == id })
        let (machines, entries) = second.heard.withLock { events in
            (events.firstIndex { if case .machines = $0 { true } else { false } }, events.firstIndex { if case .past = $0 { true } else { false } })
        }
        #expect(try #require(machines) < #require(entries))
    }

    @Test func aScreenModeIsToldOnceItStays() {
        func text(_ columns: Int) -> Picture {
            .text(
                TextPicture(
                    columns: columns, rows: 25, cells: [], cursor: nil, font: .init(height: 16, rows: []), cellWidth: 9, lineGraphics: true,
                    palette: []))
        }
        let pixels = Picture.pixels(PixelPicture(width: 640, height: 480, pixels: []))
        var watch = ScreenModeWatch()
        let told = [.blank, text(80), text(80), text(80), pixels, text(80), text(80), pixels, pixels, .blank, pixels, pixels, text(40), text(40)].map
        {
            watch.look(at: $0)
        }
        #expect(told == [nil, nil, "80x25 text", nil, nil, nil, nil, nil, "640x480", nil, nil, nil, nil, "40x25 text"])
    }

    @Test func aDiskThatIsNearlyFullIsTold() {
        #expect(KeeperCore.warning(free: 100 << 30, total: 200 << 30) == nil)
        #expect(KeeperCore.warning(free: 20 << 30, total: 200 << 30) == nil)
        #expect(KeeperCore.warning(free: 19 << 30, total: 200 << 30) == "Disk holding the library is 90% full, 19.0 GB left")
        #expect(KeeperCore.warning(free: 0, total: 0) == nil)
    }

    // MARK: Figures and fetches

    @Test func figuresAreRates() {
        var summary = MachineSummary(id: MachineID(rawValue: "box"), name: "box", state: .running, since: 0, memoryMiB: 16, processor: "max")
        var (old, new) = (VirtualMachine.BoardFigures(), VirtualMachine.BoardFigures())
        (old.read, old.written, old.interrupts) = (1000, 0, 500)
        (new.read, new.written, new.interrupts, new.usesPointer) = (1000 + 3 << 20, 2048, 700, true)
        summary.take(new, since: old, seconds: 2)
        #expect(summary.diskWriteRate == 1 && summary.interruptsPerSecond == 100 && summary.usesPointer)
        // A counter that went back counts nothing.
        summary.take(old, since: new, seconds: 2)
        #expect(summary.diskReadRate == 0 && summary.interruptsPerSecond == 0 && !summary.usesPointer)
        summary.poweredOnAt = 5
        summary.forgetFigures()
        #expect(summary.diskReadRate == nil && summary.interruptsPerSecond == nil && summary.poweredOnAt == nil)
    }

    @Test func aFetchIsAJob() {
        var told: [JobSummary] = []
        let jobs = JobList(now: { 1 }) { if case .job(let job) = $0 { told.append(job) } }
        func progress(_ phase: FetchProgress.Phase, _ message: String, _ bytes: UInt64 = 0, _ total: UInt64? = nil) -> FetchProgress {
            FetchProgress(machine: MachineID(rawValue: "memtest86+"), phase: phase, bytes: bytes, total: total, message: message)
        }
        let job = FetchJob(jobs.begin(.fetch, MachineID(rawValue: "memtest86+"), subject: "memtest86+", canCancel: true))
        #expect(job.follow(progress(.resolving, "reading package lists"), in: jobs) == nil)
        #expect(job.follow(progress(.downloading, "downloading", 50_000, 100_000), in: jobs) == nil)
        #expect(job.follow(progress(.unpacking, "unpacking"), in: jobs) == nil)
        // What was downloaded stays so.
        #expect(told.last?.done == 50_000 && told.last?.total == 100_000 && told.last?.message == "unpacking")
        #expect(job.follow(progress(.done, "fetched"), in: jobs)?.text == "Sample fetched, 0.1 MB, signature good")
        #expect(told.last?.phase == .done)
        let other = FetchJob(jobs.begin(.fetch, MachineID(rawValue: "x"), subject: "x", canCancel: true))
        #expect(other.follow(progress(.failed, "no network"), in: jobs)?.level == .error)
        #expect(told.last?.phase == .failed && told.last?.message == "no network")
    }
}
