import Bus
import Foundation
import Testing

@testable import Configuration
@testable import Contract
@testable import PC
@testable import Picture
@testable import Workstation

/// What the keeper decides about saving, with machines that do as they are told.
@Suite struct SavingCommandTests {
    private final class Stage: Sendable {
        let puppets = Mutexed<[Puppet]>([])
        let rig: LiveRig
        init(_ home: Home, patience: Double = 60) {
            let puppets = puppets
            rig = LiveRig(home, patience: patience) { _, events in
                let puppet = Puppet(events)
                puppets.withLock { $0.append(puppet) }
                return puppet
            }
        }

        func start(_ name: String = "box") async throws -> (MachineID, Puppet) {
            let id = try await rig.create(.showcase(name))
            _ = try await rig.perform(.start(id))
            try await rig.wait(id, .running)
            return (id, try #require(puppets.withLock { $0.last }))
        }
    }

    @Test(.timeLimit(.minutes(120))) func aSaveCanBeCancelled() async throws {
        let scratch = try Scratch()
        let stage = Stage(scratch.home)
        let (id, puppet) = try await stage.start()
        let since = stage.rig.machine(id)?.since
        async let refused = stage.rig.refusal(.save(id))
        let (request, reply) = try await puppet.asked()
        #expect(stage.rig.machine(id)?.state == .saving && request.path == scratch.library.stateFile(id) && request.thenEnds)
        // Meanwhile nothing else happens to it, and no second one begins.
        for command in [KeeperCommand.save(id), .pause(id), .turnOff(id), .start(id), .delete(id), .input(id, .text("x"))] {
            #expect(await stage.rig.refusal(command) != nil)
        }
        request.work.progress(5, 10)
        try await stage.rig.wait { $0.jobs.values.contains { $0.done == 5 && $0.total == 10 } }
        let job = try #require(stage.rig.all.jobs.values.first)
        #expect(job.canCancel && job.machine == id && job.subject == "box" && !request.work.isCancelled())
        _ = try await stage.rig.perform(.cancelJob(job.id))
        #expect(request.work.isCancelled())
        reply(.failure(.cancelled))
        #expect(await refused?.description == "Saving box was cancelled. It goes on as it was.")
        #expect(stage.rig.machine(id)?.state == .running && stage.rig.machine(id)?.since == since)
        #expect(stage.rig.all.jobs[job.id]?.phase == .cancelled)
        #expect(await stage.rig.refusal(.cancelJob(job.id))?.kind == .wrongState)
        #expect(await stage.rig.refusal(.cancelJob(JobID(rawValue: 77)))?.kind == .notFound)
        _ = try await stage.rig.perform(.shutDown)
    }

    @Test(.timeLimit(.minutes(120))) func aCrashWhileItIsSaved() async throws {
        let scratch = try Scratch()
        let stage = Stage(scratch.home)
        let (id, puppet) = try await stage.start()
        let last = Picture.pixels(PixelPicture(width: 1, height: 1, pixels: [7]))
        puppet.display.publish(last)
        async let refused = stage.rig.refusal(.save(id))
        _ = try await puppet.asked()
        puppet.events(.ended(.crashed(report: "EAX=0")))
        #expect(await refused != nil)
        try await stage.rig.wait(id, .crashed)
        #expect(stage.rig.all.jobs.values.map(\.phase) == [.failed])
        #expect(stage.rig.keeper.display(of: id)?.current.picture == last, "a crashed machine shows what it showed last")
        _ = try await stage.rig.perform(.start(id))
        try await stage.rig.wait(id, .running)
        #expect(stage.rig.keeper.display(of: id)?.current.picture == .blank)
        _ = try await stage.rig.perform(.shutDown)
        #expect(stage.rig.keeper.display(of: id) == nil)
    }

    /// The end of the process waits for what is being saved, and turns off what could not be.
    @Test(.timeLimit(.minutes(120)), arguments: [true, false]) func shuttingDownMeanwhile(_ succeeds: Bool) async throws {
        let scratch = try Scratch()
        let stage = Stage(scratch.home)
        let (id, puppet) = try await stage.start()
        let (other, _) = try await stage.start("other")
        stage.rig.keeper.submit(.save(id)) { _ in }
        let (_, reply) = try await puppet.asked()
        let done = Mutexed(false)
        stage.rig.keeper.submit(.shutDown) { _ in done.withLock { $0 = true } }
        try await stage.rig.wait(other, .off)
        #expect(stage.rig.machine(id)?.state == .saving && done.withLock { !$0 })
        if succeeds { try await puppet.save() } else { reply(.failure(.failed("broken."))) }
        try await stage.rig.wait(id, succeeds ? .saved : .off)
        while !done.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test(.timeLimit(.minutes(120))) func allAreSavedThatRun() async throws {
        let scratch = try Scratch()
        let stage = Stage(scratch.home)
        let (one, first) = try await stage.start("one")
        let (two, second) = try await stage.start("two")
        stage.rig.keeper.submit(.save(one)) { _ in }
        _ = try await first.asked()
        async let all = stage.rig.perform(.saveAll)
        // One was on its way already.
        _ = try await second.asked()
        try await first.save()
        try await second.save()
        #expect(try await all == .done)
        #expect(stage.rig.machine(one)?.state == .saved && stage.rig.machine(two)?.state == .saved)
        #expect(stage.rig.all.jobs.count == 2)
    }

    @Test(.timeLimit(.minutes(120))) func aGuestThatDoesNotReact() async throws {
        let scratch = try Scratch()
        let patient = Stage(scratch.home)
        let (id, puppet) = try await patient.start()
        _ = try await patient.rig.perform(.powerButton(id))
        let deadline = try #require(patient.rig.machine(id)?.powerDeadline)
        #expect(abs(deadline - Date().timeIntervalSince1970 - 60) < 60)
        puppet.events(.ended(.poweredOff))
        try await patient.rig.wait(id, .off)
        #expect(patient.rig.machine(id)?.powerDeadline == nil)

        let other = try Scratch()
        let hasty = Stage(other.home, patience: 0)
        let (deaf, _) = try await hasty.start("deaf")
        _ = try await hasty.rig.perform(.powerButton(deaf))
        try await hasty.rig.wait { $0.log.contains { $0.level == .warning && $0.machine == deaf } }
        #expect(hasty.rig.all.log.contains { $0.text == "Did not react in 0 s. T turns it off, V saves its state." })
        #expect(hasty.rig.machine(deaf)?.powerDeadline == nil && hasty.rig.machine(deaf)?.state == .running)
        _ = try await hasty.rig.perform(.shutDown)
    }

    @Test func aMachineInNoLibrary() async throws {
        let keeper = SingleKeeper(.showcase(), paths: PathResolver(folder: "/", fetched: "/"))
        keeper.attach(Puppet { _ in }, screenAddress: nil)
        for command in [KeeperCommand.save(keeper.id), .saveAll, .discardState(keeper.id)] {
            let answer = await withCheckedContinuation { done in keeper.submit(command) { done.resume(returning: $0) } }
            guard case .failure(let error) = answer else {
                Issue.record("\(command) was done")
                continue
            }
            #expect(error.description.contains("--save-state-at-exit"))
        }
    }
}
