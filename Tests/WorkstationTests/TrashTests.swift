import Bus
import Foundation
import Testing

@testable import Configuration
@testable import Contract
@testable import Workstation

@Suite struct TrashTests {
    private let id = MachineID(rawValue: "box")

    private func trash(_ scratch: Scratch, at time: Double) -> Trash { Trash(scratch.home, now: { time }) }

    @Test func whatIsDeletedComesBack() throws {
        let scratch = try Scratch()
        try scratch.library.save(plainMachine("Box"), as: id)
        try Data(repeating: 1, count: 1 << 20).write(to: URL(fileURLWithPath: scratch.library.folder(id) + "/disk.img"))
        #expect(try trash(scratch, at: 1000).put(id) == 1000 + Trash.keeps)
        #expect(!FileManager.default.fileExists(atPath: scratch.library.folder(id)))
        let entry = try #require(trash(scratch, at: 2000).entries.first)
        #expect(entry.id == id && entry.name == "Box" && entry.deletedAt == 1000 && entry.goneAt == 1000 + Trash.keeps && entry.bytes >= 1 << 20)
        try trash(scratch, at: 2000).bringBack(id)
        #expect(try scratch.library.load(id).name == "Box")
        #expect(FileManager.default.fileExists(atPath: scratch.library.folder(id) + "/disk.img"))
        #expect(trash(scratch, at: 2000).entries.isEmpty)
    }

    @Test func theNewestOfOneNameComesBackFirst() throws {
        let scratch = try Scratch()
        for (number, time) in [(1, 1000.0), (2, 1000.0), (3, 5000.0)] {
            try scratch.library.save(plainMachine("box \(number)"), as: id)
            _ = try trash(scratch, at: time).put(id)
        }
        let now = trash(scratch, at: 6000)
        #expect(now.entries.map(\.name) == ["box 3", "box 2", "box 1"])
        try now.bringBack(id)
        #expect(try scratch.library.load(id).name == "box 3")
        let refused = #expect(throws: KeeperError.self) { try now.bringBack(id) }
        #expect(refused?.kind == .busy && refused?.description.contains("there is a machine box again") == true)
        #expect(now.entries.count == 2)
    }

    @Test func afterSevenDaysItIsGone() throws {
        let scratch = try Scratch()
        try scratch.library.save(plainMachine(), as: id)
        _ = try trash(scratch, at: 1_000_000).put(id)
        trash(scratch, at: 1_000_000 + Trash.keeps - 1).purge()
        #expect(trash(scratch, at: 1_000_000).entries.count == 1)
        // Over its time it is not offered any more, even where nobody has removed it.
        let late = trash(scratch, at: 1_000_000 + Trash.keeps)
        #expect(late.entries.isEmpty)
        #expect(throws: KeeperError.self) { try late.bringBack(id) }
        late.purge()
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.home.trash).isEmpty)
    }

    @Test func whatIsNotOursStays() throws {
        let scratch = try Scratch()
        let names = [
            "notes", "20260314T142803.125Z-", "20260314T142803.125Z-.hidden", "20260314T142803.125Z-a\u{1B}[2J", "99", "2026Z314T142803.125Z-box",
        ]
        for name in names {
            try FileManager.default.createDirectory(atPath: scratch.home.trash + "/" + name, withIntermediateDirectories: true)
        }
        let kept = scratch.home.data + "/kept"
        try FileManager.default.createDirectory(atPath: kept, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: scratch.home.trash + "/19700101T000000.000Z-link", withDestinationPath: kept)
        #expect(trash(scratch, at: 1e11).entries.isEmpty)
        trash(scratch, at: 1e11).purge()
        #expect(Set(try FileManager.default.contentsOfDirectory(atPath: scratch.home.trash)) == Set(names))
        #expect(FileManager.default.fileExists(atPath: kept))
        #expect(try trash(scratch, at: 0).empty() == 0)
    }

    @Test func aFoldersNameTellsTheTime() throws {
        let stay = Trash.Stay(time: 1_773_498_483.125, id: MachineID(rawValue: "os2-warp"))
        #expect(stay.folder == "20260314T142803.125Z-os2-warp")
        #expect(Trash.Stay(stay.folder) == stay)
        #expect(Trash.Stay(time: -5, id: id).folder == "19700101T000000.000Z-box")
        #expect(Trash.Stay(time: .infinity, id: id).folder.hasPrefix("9999"))
    }
}

@Suite struct LifecycleTests {
    @Test(.timeLimit(.minutes(120))) func deleteCanBeUndone() async throws {
        let scratch = try Scratch()
        let rig = LifecycleRig(scratch.home)
        let id = try await rig.create(plainMachine())
        try await rig.perform(.delete(id))
        let until = Trash.day(Date().timeIntervalSince1970 + Trash.keeps)
        #expect(rig.log.contains("box: box is in the trash until \(until). u brings it back."), "\(rig.log)")
        #expect(await rig.refusal(.start(id))?.kind == .notFound)
        #expect(try await rig.perform(.undelete(id)) == .created(id))
        try await rig.perform(.start(id))
        #expect(await rig.refusal(.delete(id))?.kind == .wrongState)
        #expect(await rig.refusal(.undelete(id))?.kind == .notFound)
        try await rig.perform(.turnOff(id))
        try await rig.perform(.delete(id))
        _ = try await rig.create(plainMachine())
        let refused = await rig.refusal(.undelete(id))
        #expect(refused?.kind == .busy && refused?.description.contains("there is a machine box again") == true, "\(String(describing: refused))")
    }

    @Test(.timeLimit(.minutes(120))) func aSampleComesBackAsItCame() async throws {
        let scratch = try Scratch()
        let rig = LifecycleRig(scratch.home)
        let id = MachineID(rawValue: "showcase")
        #expect(await rig.refusal(.delete(id))?.kind == .wrongState)
        try await rig.perform(.annotate(id, notes: "mine", tags: nil))
        try await rig.perform(.delete(id))
        #expect(try scratch.library.load(id).notes != "mine")
        try await rig.perform(.undelete(id))
        #expect(try scratch.library.load(id).notes == "mine")
    }

    @Test(.timeLimit(.minutes(120))) func notesAndTagsChangeInEveryState() async throws {
        let scratch = try Scratch()
        let rig = LifecycleRig(scratch.home)
        let id = try await rig.create(plainMachine())
        try await rig.perform(.annotate(id, notes: "off", tags: ["lab", " lab ", "", "os"]))
        #expect(try scratch.library.load(id).notes == "off")
        #expect(try scratch.library.load(id).tags == ["lab", "os"])
        try await rig.perform(.start(id))
        try await rig.perform(.annotate(id, notes: "line 1\nline 2", tags: nil))
        #expect(try scratch.library.load(id).notes == "line 1\nline 2")
        #expect(try scratch.library.load(id).tags == ["lab", "os"])
        try await rig.perform(.pause(id))
        try await rig.perform(.annotate(id, notes: nil, tags: []))
        #expect(try scratch.library.load(id).tags.isEmpty)
        let told = try await rig.wait { event in
            if case .changed(let machine) = event, machine.state == .paused, machine.tags.isEmpty { machine } else { nil }
        }
        #expect(told.notes == "line 1\nline 2")
        #expect(await rig.refusal(.annotate(id, notes: nil, tags: ["a\u{7}"]))?.field == "tags")
        #expect(await rig.refusal(.annotate(id, notes: nil, tags: (0..<17).map { "t\($0)" }))?.field == "tags")
        #expect(await rig.refusal(.annotate(id, notes: String(repeating: "x", count: 10_001), tags: nil))?.field == "notes")
        try await rig.perform(.shutDown)
    }

    @Test(.timeLimit(.minutes(120))) func jobsThatDoNotExistCannotBeCancelled() async throws {
        let scratch = try Scratch()
        let rig = LifecycleRig(scratch.home)
        #expect(await rig.refusal(.cancelJob(JobID(rawValue: 7)))?.kind == .notFound)
    }
}
