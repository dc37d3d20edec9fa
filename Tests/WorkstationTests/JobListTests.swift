import Testing

@testable import Contract
@testable import Workstation

@Suite struct JobListTests {
    /// A list with a clock that is set by hand, and all it told.
    private final class Rig {
        var time = 1_000_000.0
        var told: [JobSummary] = []
        private(set) lazy var list = JobList(now: { [unowned self] in time }) { [unowned self] in if case .job(let job) = $0 { told.append(job) } }
    }
    private let machine = MachineID(rawValue: "box")

    @Test func progressIsToldFourTimesASecond() {
        let rig = Rig()
        let id = rig.list.begin(.save, machine, subject: "Box", canCancel: true)
        for step in 1...100 {
            rig.time += 1.0 / 64
            rig.list.progress(id, done: UInt64(step), total: 100)
        }
        // The beginning, the first total, and one each quarter of a second.
        #expect(rig.told.map(\.done) == [0, 1, 17, 33, 49, 65, 81, 97])
        rig.list.progress(id, done: 100, total: 100, message: "renaming", canCancel: false)
        #expect(rig.told.last?.message == "renaming")
        rig.list.end(id, .done, "41 MB on disk")
        #expect(rig.told.last?.phase == .done && rig.told.last?.done == 100)
        let count = rig.told.count
        rig.list.progress(id, done: 3, total: 100)
        rig.list.end(id, .failed, "again")
        #expect(rig.told.count == count, "what has ended stays as it ended")
    }

    @Test func cancelling() throws {
        let rig = Rig()
        let id = rig.list.begin(.clone, machine, subject: "Box", canCancel: true)
        let cancellation = rig.list.cancellation(of: id)
        #expect(!cancellation.isCancelled)
        try rig.list.cancel(id)
        #expect(cancellation.isCancelled)
        rig.list.end(id, .cancelled, "as it was")
        #expect(throws: KeeperError.self) { try rig.list.cancel(id) }
        let other = rig.list.begin(.restore, machine, subject: "Box", canCancel: false)
        #expect(throws: KeeperError.self) { try rig.list.cancel(other) }
        #expect(throws: KeeperError.self) { try rig.list.cancel(JobID(rawValue: 99)) }
    }

    @Test func endedJobsStayForAWhile() {
        let rig = Rig()
        let running = rig.list.begin(.clone, machine, subject: "Box", canCancel: true)
        for _ in 0..<60 {
            rig.time += 1
            rig.list.end(rig.list.begin(.save, machine, subject: "Box", canCancel: true), .done, "")
        }
        #expect(rig.list.summaries.count == 51)
        #expect(rig.list.summaries.first?.id == running)
        #expect(rig.list.summaries.dropFirst().first?.id == JobID(rawValue: 61), "the newest of the ended comes first")
        rig.time += 7 * 86400 + 1
        #expect(rig.list.summaries.map(\.id) == [running])
    }
}
