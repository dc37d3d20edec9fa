import Foundation
import Testing

@testable import Configuration
@testable import Contract
@testable import PC
@testable import Picture
@testable import Workstation

/// Saved states of real machines, through the keeper. The guest shows what is typed: that proves that it goes on.
@Suite(.serialized) struct SavingTests {
    /// A machine that has shown `hello` and was then saved.
    private func saved(_ rig: LiveRig) async throws -> MachineID {
        let id = try await rig.create(.showcase())
        _ = try await rig.perform(.start(id))
        try await rig.wait(id, shows: "Press any key")
        try await rig.type(id, "3")
        try await rig.wait(id, shows: "Characters")
        try await rig.type(id, "hello")
        try await rig.wait(id, shows: " hello")
        _ = try await rig.perform(.save(id))
        return id
    }

    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    @Test(.timeLimit(.minutes(120))) func aGuestGoesOn() async throws {
        let scratch = try Scratch()
        let rig = LiveRig(scratch.home)
        let id = try await saved(rig)
        let state = scratch.library.stateFile(id)
        let summary = try #require(rig.machine(id))
        #expect(summary.state == .saved && summary.savedAt != nil && summary.poweredOnAt == nil && summary.residentMiB == nil)
        #expect(try summary.savedBytes == UInt64(Data(contentsOf: URL(fileURLWithPath: state)).count))
        #expect(!exists(state + ".new"))
        let picture = try #require(rig.keeper.display(of: id)).current.picture
        #expect(LiveRig.text(picture).contains(" hello"))
        let job = try #require(rig.all.jobs.values.first)
        #expect(job.kind == .save && job.phase == .done && job.done == job.total && job.total == 20 << 20)
        #expect(job.message.contains("MB on disk"))
        #expect(rig.all.log.contains { $0.machine == id && $0.text.hasPrefix("Saved in ") })

        // Another keeper, as after a restart of the program
        let second = LiveRig(scratch.home)
        try await second.wait { $0.machines[id]?.state == .saved }
        #expect(second.machine(id)?.savedAt == summary.savedAt && second.machine(id)?.savedBytes == summary.savedBytes)
        try await second.wait(id, shows: " hello")
        #expect(second.keeper.display(of: id)?.current.picture == picture, "the very same picture")
        _ = try await second.perform(.start(id))
        #expect(second.machine(id)?.state == .running && second.machine(id)?.savedAt == nil && second.machine(id)?.poweredOnAt != nil)
        #expect(!exists(state), "a state that runs is none any more")
        #expect(second.all.jobs.values.contains { $0.kind == .restore && $0.phase == .done && $0.done == $0.total && $0.total == 20 << 20 })
        try await second.wait(id, shows: " hello")
        try await second.type(id, "again")
        try await second.wait(id, shows: " helloagain")

        // And once more, this time of a machine that is paused
        _ = try await second.perform(.pause(id))
        try await second.wait(id, .paused)
        _ = try await second.perform(.save(id))
        #expect(second.machine(id)?.state == .saved)
        _ = try await second.perform(.start(id))
        try await second.type(id, "!")
        try await second.wait(id, shows: " helloagain!")
        _ = try await second.perform(.shutDown)
        #expect(second.machine(id)?.state == .off && second.keeper.display(of: id) == nil)
    }

    @Test(.timeLimit(.minutes(120))) func aStateThatDoesNotFitIsKept() async throws {
        let scratch = try Scratch()
        let rig = LiveRig(scratch.home)
        let id = try await saved(rig)
        let state = try Data(contentsOf: URL(fileURLWithPath: scratch.library.stateFile(id)))
        var changed = try scratch.library.load(id)
        changed.memoryMiB = 8
        #expect(await rig.refusal(.configure(id, configuration: Array(try ConfigurationFile.encode(changed))))?.kind == .wrongState)
        // Someone changes the file by hand.
        try scratch.library.save(changed, as: id)
        let second = LiveRig(scratch.home)
        try await second.wait(id, .saved)
        #expect(await second.refusal(.start(id))?.description == "The saved state of box wants 4 MB, it now has 8. E sets it back.")
        #expect(second.machine(id)?.state == .saved)
        #expect(second.all.jobs.values.map(\.phase) == [.failed])
        #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.library.stateFile(id))) == state)
        var other = changed
        other.memoryMiB = 16
        #expect(await second.refusal(.configure(id, configuration: Array(try ConfigurationFile.encode(other)))) != nil)
        changed.memoryMiB = 4
        _ = try await second.perform(.configure(id, configuration: Array(try ConfigurationFile.encode(changed))))
        _ = try await second.perform(.start(id))
        try await second.wait(id, shows: " hello")
        _ = try await second.perform(.shutDown)
    }

    @Test(.timeLimit(.minutes(120))) func aSavedMachineKeepsItsBoard() async throws {
        let scratch = try Scratch()
        let rig = LiveRig(scratch.home)
        let id = try await saved(rig)
        var changed = try scratch.library.load(id)
        changed.notes = "a note"
        changed.screen = .automatic
        _ = try await rig.perform(.configure(id, configuration: Array(try ConfigurationFile.encode(changed))))
        #expect(rig.machine(id)?.state == .saved && rig.machine(id)?.notes == "a note")
        changed.processor = .i486
        #expect(await rig.refusal(.configure(id, configuration: Array(try ConfigurationFile.encode(changed)))) != nil)
        #expect(await rig.refusal(.changeMedium(id, slot: "fda", path: nil))?.kind == .wrongState)
        for command in [KeeperCommand.save(id), .pause(id), .turnOff(id), .powerButton(id)] {
            #expect(await rig.refusal(command)?.kind == .wrongState)
        }
        _ = try await rig.perform(.discardState(id))
        #expect(rig.machine(id)?.state == .off && rig.machine(id)?.savedAt == nil && rig.keeper.display(of: id) == nil)
        #expect(!exists(scratch.library.stateFile(id)))
        #expect(await rig.refusal(.discardState(id))?.kind == .wrongState)
        _ = try await rig.perform(.configure(id, configuration: Array(try ConfigurationFile.encode(changed))))
        _ = try await rig.perform(.delete(id))
        #expect(!exists(scratch.library.folder(id)))
    }

    @Test(.timeLimit(.minutes(120))) func whatCannotBeWrittenLeavesTheMachineRunning() async throws {
        let scratch = try Scratch()
        let rig = LiveRig(scratch.home)
        let id = try await saved(rig)
        _ = try await rig.perform(.start(id))
        // Even root cannot write to a folder as to a file.
        let obstacle = scratch.library.stateFile(id) + ".new"
        try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: false)
        let refusal = try #require(await rig.refusal(.save(id)))
        #expect(refusal.description.hasPrefix("box was not saved: cannot write ") && refusal.description.hasSuffix("It goes on as it was."))
        #expect(rig.machine(id)?.state == .running)
        try await rig.type(id, "on")
        try await rig.wait(id, shows: " helloon")
        _ = try await rig.perform(.pause(id))
        try await rig.wait(id, .paused)
        #expect(await rig.refusal(.save(id)) != nil)
        #expect(rig.machine(id)?.state == .paused)
        #expect(rig.all.jobs.values.filter { $0.kind == .save && $0.phase == .failed }.count == 2)
        try FileManager.default.removeItem(atPath: obstacle)
        _ = try await rig.perform(.save(id))
        #expect(rig.machine(id)?.state == .saved)
    }

    @Test(.timeLimit(.minutes(120))) func allAreSaved() async throws {
        let scratch = try Scratch()
        let rig = LiveRig(scratch.home)
        _ = try await rig.perform(.saveAll)
        let first = try await rig.create(.showcase("one")), second = try await rig.create(.showcase("two"))
        for id in [first, second] { _ = try await rig.perform(.start(id)) }
        try FileManager.default.createDirectory(atPath: scratch.library.stateFile(first) + ".new", withIntermediateDirectories: false)
        #expect(await rig.refusal(.saveAll)?.description.hasPrefix("one was not saved") == true)
        try await rig.wait(second, .saved)
        #expect(rig.machine(first)?.state == .running)
        try FileManager.default.removeItem(atPath: scratch.library.stateFile(first) + ".new")
        _ = try await rig.perform(.saveAll)
        #expect(rig.machine(first)?.state == .saved && rig.machine(second)?.state == .saved)
    }

    /// A file as the first version that could be released wrote it. It must be read by every later one.
    @Test(.timeLimit(.minutes(120))) func version2IsRead() async throws {
        let scratch = try Scratch()
        let rig = LiveRig(scratch.home)
        let id = try await rig.create(.showcase())
        try FileManager.default.copyItem(atPath: StateFiles.version2, toPath: scratch.library.stateFile(id))
        #expect(try SnapshotReader(scratch.library.stateFile(id)).picture == .blank)
        let second = LiveRig(scratch.home)
        try await second.wait(id, .saved)
        _ = try await second.perform(.start(id))
        try await second.wait(id, shows: " hello")
        try await second.type(id, "again")
        try await second.wait(id, shows: " helloagain")
        _ = try await second.perform(.shutDown)
    }

    /// A machine whose screen cannot be served does not run, and so its state is not used up.
    @Test(.timeLimit(.minutes(120))) func aPortThatIsTakenKeepsTheState() async throws {
        let scratch = try Scratch()
        let rig = LiveRig(scratch.home)
        let id = try await saved(rig)
        var other = MachineConfiguration.showcase("other")
        other.screen = .automatic
        let neighbour = try await rig.create(other)
        _ = try await rig.perform(.start(neighbour))
        try await rig.wait { $0.machines[neighbour]?.screenAddress != nil }
        let port = try #require(rig.machine(neighbour)?.screenAddress?.split(separator: ":").last.flatMap { UInt16($0) })
        var taken = MachineConfiguration.showcase()
        taken.screen = .port(port)
        _ = try await rig.perform(.configure(id, configuration: Array(try ConfigurationFile.encode(taken))))
        #expect(await rig.refusal(.start(id))?.field == "screen")
        try await rig.wait(id, .saved)
        #expect(rig.all.jobs.values.filter { $0.kind == .restore }.map(\.phase) == [.failed])
        _ = try await rig.perform(.configure(id, configuration: Array(try ConfigurationFile.encode(.showcase()))))
        _ = try await rig.perform(.start(id))
        try await rig.type(id, "again")
        try await rig.wait(id, shows: " helloagain")
        _ = try await rig.perform(.shutDown)
    }

    @Test(.timeLimit(.minutes(120))) func aDamagedStateIsRefusedAndKept() async throws {
        let scratch = try Scratch()
        let rig = LiveRig(scratch.home)
        let id = try await saved(rig)
        let path = scratch.library.stateFile(id)
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        try whole.prefix(whole.count - 5).write(to: URL(fileURLWithPath: path))
        let refusal = try #require(await rig.refusal(.start(id)))
        #expect(refusal.description.hasPrefix("The saved state of box cannot be restored: ") && refusal.description.hasSuffix("X discards it."))
        #expect(rig.machine(id)?.state == .saved && exists(path))
        #expect(rig.screen(id).contains(" hello"))
        try whole.write(to: URL(fileURLWithPath: path))
        _ = try await rig.perform(.start(id))
        try await rig.type(id, "again")
        try await rig.wait(id, shows: " helloagain")
        _ = try await rig.perform(.shutDown)
    }
}

enum StateFiles {
    /// The sample guest with 4 MB, as `vitrine run` saved it; `hello` was typed on its page of keys.
    static let version2 = String(#filePath.dropLast("SavingTests.swift".count)) + "States/version2-showcase.vitrine"
}
