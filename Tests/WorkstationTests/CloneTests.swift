import Bus
import Foundation
import Glibc
import Testing

@testable import Configuration
@testable import Contract
@testable import Workstation

@Suite struct MachineCopyTests {
    private func folders(_ scratch: Scratch) throws -> (source: String, target: String) {
        let (source, target) = (scratch.home.data + "/source", scratch.home.data + "/target")
        for folder in [source, target] { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
        return (source, target)
    }

    private func allocated(_ path: String) -> Int {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return -1 }
        return Int(status.st_blocks) * 512
    }

    @Test func holesStayHolesAndBytesStayBytes() throws {
        let scratch = try Scratch()
        let (source, target) = try folders(scratch)
        let size = 64 << 20
        let file = unsafe open(source + "/disk.img", O_RDWR | O_CREAT, 0o600)
        ftruncate(file, off_t(size))
        let piece = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 7 | 1) }
        for place in [0, 20_000_001, size - piece.count] { _ = unsafe pwrite(file, piece, piece.count, off_t(place)) }
        close(file)
        let told = Mutexed<[UInt64]>([])
        let copy = MachineCopy(cancellation: Cancellation()) { done in told.withLock { $0.append(done) } }
        let total = try copy.size(of: source)
        try copy.copy(source, to: target)
        #expect(FileManager.default.contentsEqual(atPath: source + "/disk.img", andPath: target + "/disk.img"))
        #expect(allocated(target + "/disk.img") < 1 << 20)
        #expect(total < 1 << 20)
        let progress = told.withLock { $0 }
        #expect(progress == progress.sorted() && progress.last.map { $0 > 0 && $0 <= total } == true, "\(progress) of \(total)")
    }

    @Test func writtenZerosBecomeHoles() throws {
        let scratch = try Scratch()
        let (source, target) = try folders(scratch)
        try Data(count: 8 << 20).write(to: URL(fileURLWithPath: source + "/disk.img"))
        try MachineCopy(cancellation: Cancellation()) { _ in }.copy(source, to: target)
        #expect(FileManager.default.contentsEqual(atPath: source + "/disk.img", andPath: target + "/disk.img"))
        #expect(allocated(target + "/disk.img") < 1 << 16)
    }

    @Test func namesThatNobodyTypesAreCopiedAndLinksAreNotFollowed() throws {
        let scratch = try Scratch()
        let (source, target) = try folders(scratch)
        let outside = try scratch.file("outside.img", 4096)
        let names: [[UInt8]] = [Array("a\nb".utf8), Array("\u{1B}[2Jx".utf8), Array("-rf *".utf8), [0xFF, 0xFE, 0x80], Array("ü ‮name".utf8)]
        let folder = unsafe open(source, O_RDONLY | O_DIRECTORY)
        defer { close(folder) }
        for name in names {
            let file = unsafe openat(folder, name.map { CChar(bitPattern: $0) } + [0], O_WRONLY | O_CREAT, 0o600)
            #expect(file >= 0)
            _ = unsafe write(file, name, name.count)
            close(file)
        }
        try FileManager.default.createSymbolicLink(atPath: source + "/link.img", withDestinationPath: outside)
        try FileManager.default.createSymbolicLink(atPath: source + "/dangling", withDestinationPath: "nowhere")
        try FileManager.default.createSymbolicLink(atPath: source + "/up", withDestinationPath: "..")
        try FileManager.default.createDirectory(atPath: source + "/inner/lock", withIntermediateDirectories: true)
        unsafe mkfifo(source + "/pipe", 0o600)
        try MachineCopy(cancellation: Cancellation(), leftOut: ["lock"]) { _ in }.copy(source, to: target)

        let copied = unsafe open(target, O_RDONLY | O_DIRECTORY)
        defer { close(copied) }
        for name in names {
            var bytes = [UInt8](repeating: 0, count: 64)
            let file = unsafe openat(copied, name.map { CChar(bitPattern: $0) } + [0], O_RDONLY)
            #expect(unsafe read(file, &bytes, bytes.count) == name.count)
            #expect(Array(bytes.prefix(name.count)) == name)
            close(file)
        }
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: target + "/link.img") == outside)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: target + "/up") == "..")
        // Only the folder's own lock is left out; what is no file stays behind.
        #expect(FileManager.default.fileExists(atPath: target + "/inner/lock"))
        #expect(!FileManager.default.fileExists(atPath: target + "/pipe"))
    }

    @Test func tooManyFoldersInsideEachOtherAreRefused() throws {
        let scratch = try Scratch()
        let (source, target) = try folders(scratch)
        let deep = source + String(repeating: "/x", count: Folder.deepest + 1)
        try FileManager.default.createDirectory(atPath: deep, withIntermediateDirectories: true)
        #expect(throws: KeeperError.self) { try MachineCopy(cancellation: Cancellation()) { _ in }.copy(source, to: target) }
    }

    @Test func aCopyCancelledInItsMidstLeavesNothing() throws {
        let scratch = try Scratch()
        try scratch.library.save(plainMachine(), as: MachineID(rawValue: "box"))
        let source = scratch.library.folder(MachineID(rawValue: "box"))
        try Data(repeating: 7, count: 12 << 20).write(to: URL(fileURLWithPath: source + "/disk.img"))
        let cancellation = Cancellation()
        let told = Mutexed<[UInt64]>([])
        let plan = ClonePlan(plainMachine(), name: "copy", folder: source, paths: scratch.library.resolver(MachineID(rawValue: "box")))
        let work = CloneWork(library: scratch.library, plan: plan, source: source, cancellation: cancellation) { done, _ in
            told.withLock { $0.append(done) }
            if done > 0 { cancellation.cancel() }
        }
        #expect(throws: KeeperError.self) { _ = try work.run() }
        #expect(told.withLock { $0.last.map { (1..<(12 << 20)).contains($0) } } == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.home.machines) == ["box"])
    }

    @Test func whatADeadProcessLeftOfACopyGoesAfterAnHour() throws {
        let scratch = try Scratch()
        let (dead, live) = (scratch.home.machines + "/.clone-dead", scratch.home.machines + "/.clone-live")
        for folder in [dead, live] { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
        let lock = try MachineLock(folder: live)
        let now = Date().timeIntervalSince1970
        scratch.library.removeHalfCopies(now: now)
        #expect(FileManager.default.fileExists(atPath: dead))
        scratch.library.removeHalfCopies(now: now + 4000)
        #expect(!FileManager.default.fileExists(atPath: dead))
        #expect(FileManager.default.fileExists(atPath: live))
        withExtendedLifetime(lock) {}
    }
}

@Suite struct CloneTests {
    private func box(_ scratch: Scratch) throws -> (MachineConfiguration, String) {
        let id = MachineID(rawValue: "box")
        try scratch.library.save(plainMachine(), as: id)
        let folder = scratch.library.folder(id)
        try Data(repeating: 1, count: 1 << 20).write(to: URL(fileURLWithPath: folder + "/disk.img"))
        return (plainMachine(), folder)
    }

    private func plan(_ configuration: MachineConfiguration, _ scratch: Scratch) -> ClonePlan {
        let id = MachineID(rawValue: "box")
        return ClonePlan(configuration, name: "copy", folder: scratch.library.folder(id), paths: scratch.library.resolver(id))
    }

    @Test func imagesInsideAreItsOwnAndThoseOutsideAreReadOnly() throws {
        let scratch = try Scratch()
        var (machine, folder) = try box(scratch)
        let outside = try scratch.file("data.img", 1 << 20), disc = try scratch.file("setup.iso", 2048)
        machine.drives = [
            .init(slot: .hda, kind: .disk, path: folder + "/disk.img"), .init(slot: .hdb, kind: .disk, path: outside),
            .init(slot: .hdc, kind: .cd, path: disc), .init(slot: .fda, kind: .floppy, path: PathResolver.showcase),
        ]
        machine.screen = .port(5907)
        machine.serial = [.file("/tmp/com1.log"), .file("com2.log")]
        let plan = plan(machine, scratch)
        #expect(plan.configuration.name == "copy")
        #expect(plan.configuration.drives[0] == .init(slot: .hda, kind: .disk, path: "disk.img"))
        #expect(plan.configuration.drives[1] == .init(slot: .hdb, kind: .disk, path: outside, readOnly: true))
        #expect(plan.configuration.drives[2].path == disc && !plan.configuration.drives[2].readOnly)
        #expect(plan.configuration.drives[3] == machine.drives[3])
        #expect(plan.configuration.screen == .automatic)
        #expect(plan.configuration.serial == [.none, .file("com2.log")])
        #expect(plan.remarks.count == 2 && plan.remarks.contains { $0.contains("hdb") && $0.contains(outside) }, "\(plan.remarks)")
        #expect(!plan.keepsState)
    }

    /// A copied link would lead to the original's disk.
    @Test func aDiskBehindALinkIsNeverShared() throws {
        let scratch = try Scratch()
        var (machine, folder) = try box(scratch)
        let outside = try scratch.file("data.img", 1 << 20)
        try FileManager.default.createSymbolicLink(atPath: folder + "/inner.img", withDestinationPath: folder + "/disk.img")
        try FileManager.default.createSymbolicLink(atPath: folder + "/outer.img", withDestinationPath: outside)
        machine.drives = [.init(slot: .hda, kind: .disk, path: "inner.img"), .init(slot: .hdb, kind: .disk, path: "outer.img")]
        let plan = plan(machine, scratch)
        #expect(plan.configuration.drives[0] == .init(slot: .hda, kind: .disk, path: "disk.img"))
        #expect(plan.configuration.drives[1].readOnly)
    }

    @Test(.timeLimit(.minutes(120))) func aMachineIsCloned() async throws {
        let scratch = try Scratch()
        let rig = LifecycleRig(scratch.home)
        let id = try await rig.create(plainMachine())
        try Data(repeating: 9, count: 5 << 20).write(to: URL(fileURLWithPath: scratch.library.folder(id) + "/disk.img"))
        try Data("state".utf8).write(to: URL(fileURLWithPath: scratch.library.folder(id) + "/state.vitrine"))
        var machine = try scratch.library.load(id)
        machine.drives.append(.init(slot: .hda, kind: .disk, path: "disk.img"))
        (machine.notes, machine.tags) = ("a note", ["lab"])
        try scratch.library.save(machine, as: id)
        let fresh = LifecycleRig(scratch.home)
        let new = try await fresh.clone(id, "Box two")
        #expect(new.rawValue == "box-two")
        var wanted = machine
        wanted.name = "Box two"
        #expect(try scratch.library.load(new) == wanted)
        let (from, to) = (scratch.library.folder(id), scratch.library.folder(new))
        #expect(FileManager.default.contentsEqual(atPath: from + "/disk.img", andPath: to + "/disk.img"))
        #expect(FileManager.default.contentsEqual(atPath: from + "/state.vitrine", andPath: to + "/state.vitrine"))
        let job = try #require(fresh.jobs.first)
        #expect(job.kind == .clone && job.phase == .done && job.machine == id && job.total.map { $0 >= 5 << 20 && job.done == $0 } == true, "\(job)")
        #expect(fresh.log.contains("box: Cloned as Box two, 5.0 MB"), "\(fresh.log)")
        #expect(MachineLock.holder(folder: from) == nil && MachineLock.holder(folder: to) == nil)
        // Both can start, with whatever was no state of theirs out of the way.
        for folder in [from, to] { try FileManager.default.removeItem(atPath: folder + "/state.vitrine") }
        try await fresh.perform(.start(new))
        try await fresh.perform(.start(id))
        try await fresh.perform(.shutDown)
    }

    @Test(.timeLimit(.minutes(120))) func aSavedStateStaysWithASharedDisk() async throws {
        let scratch = try Scratch()
        let outside = try scratch.file("data.img", 1 << 20)
        let first = LifecycleRig(scratch.home)
        var machine = plainMachine()
        machine.drives.append(.init(slot: .hda, kind: .disk, path: outside))
        let id = try await first.create(machine)
        try Data("state".utf8).write(to: URL(fileURLWithPath: scratch.library.folder(id) + "/state.vitrine"))
        let new = try await first.clone(id, "copy")
        #expect(!FileManager.default.fileExists(atPath: scratch.library.folder(new) + "/state.vitrine"))
        #expect(try scratch.library.load(new).drives.last?.readOnly == true)
        #expect(first.jobs.last?.message.contains("saved state") == true, "\(first.jobs)")
        #expect(first.log.contains { $0.hasPrefix("copy: ") && $0.contains("hda is read-only") }, "\(first.log)")
    }

    @Test(.timeLimit(.minutes(120))) func whatCannotBeClonedSaysWhy() async throws {
        let scratch = try Scratch()
        let rig = LifecycleRig(scratch.home)
        let id = try await rig.create(plainMachine())
        try await rig.perform(.start(id))
        #expect(await rig.refusal(.clone(id, name: "two"))?.description.contains("turn it off or save its state first") == true)
        try await rig.perform(.turnOff(id))
        #expect(await rig.refusal(.clone(id, name: ""))?.field == "name")
        #expect(await rig.refusal(.clone(id, name: "a\u{1B}[2J"))?.field == "name")
        #expect(await rig.refusal(.clone(id, name: "../../etc/x")) == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.home.machines).sorted() == ["box", "etc-x"])
        #expect(await rig.refusal(.clone(MachineID(rawValue: "../box"), name: "x"))?.kind == .notFound)
        // A sample as it came has no folder, and can be had as one's own all the same.
        let showcase = try await rig.clone(MachineID(rawValue: "showcase"), "mine")
        #expect(try scratch.library.load(showcase).drives == Samples.all.first { $0.id.rawValue == "showcase" }?.configuration.drives)
    }

    /// Nothing happens on the keeper's thread while it is held, so that these commands come before the clone's end.
    @Test(.timeLimit(.minutes(120))) func whatIsBeingClonedIsLeftAlone() async throws {
        let scratch = try Scratch()
        let rig = LifecycleRig(scratch.home)
        let id = try await rig.create(plainMachine())
        try Data(repeating: 9, count: 1 << 20).write(to: URL(fileURLWithPath: scratch.library.folder(id) + "/disk.img"))
        let (held, goOn) = (Mutexed(false), Semaphore())
        rig.keeper.subscribe { _ in
            let first = held.withLock { held in
                defer { held = true }
                return !held
            }
            if first { goOn.wait() }
        }
        let commands: [KeeperCommand] = [.clone(id, name: "two"), .start(id), .delete(id), .clone(id, name: "three")]
        let answers = Mutexed<[Int: Result<KeeperReply, KeeperError>]>([:])
        for (number, command) in commands.enumerated() {
            rig.keeper.submit(command) { result in answers.withLock { $0[number] = result } }
        }
        goOn.signal()
        while answers.withLock({ $0.count }) < commands.count { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try answers.withLock { $0[0] }?.get() == .created(MachineID(rawValue: "two")))
        for number in 1...3 {
            guard case .failure(let error) = answers.withLock({ $0[number] }) else {
                Issue.record("\(commands[number]) was done")
                continue
            }
            #expect(error.kind == .busy && error.description.hasPrefix("box is being cloned"), "\(error)")
        }
        // The library as it is told meanwhile takes the lock for nobody else's.
        #expect(rig.heard.withLock { $0.allSatisfy { if case .machines(let list) = $0 { list.allSatisfy { $0.remarks.isEmpty } } else { true } } })
    }

    @Test(.timeLimit(.minutes(120))) func aCancelledCloneIsAJobThatSaysSo() async throws {
        let scratch = try Scratch()
        let id = MachineID(rawValue: "box")
        try scratch.library.save(plainMachine(), as: id)
        try Data(repeating: 9, count: 1 << 20).write(to: URL(fileURLWithPath: scratch.library.folder(id) + "/disk.img"))
        let worker = IOWorker(name: "test")
        let rig = CoreRig(scratch.library, worker)
        let reply = try await rig.cancelledClone(of: id)
        guard case .failure(let error) = reply else { return #expect(Bool(false), "\(reply)") }
        #expect(error.kind == .wrongState && error.description.hasPrefix("Cancelled") && error.description.hasSuffix("No copy was left."), "\(error)")
        #expect(rig.last.withLock { $0?.phase } == .cancelled)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.home.machines) == ["box"])
        #expect(MachineLock.holder(folder: scratch.library.folder(id)) == nil)
        worker.stop()
    }
}

/// The keeper's mind on a thread of the test, so that a job is cancelled before its thread exists.
private final class CoreRig: Sendable {
    let core: KeeperCore
    let worker: IOWorker
    let last = Mutexed<JobSummary?>(nil)

    init(_ library: Library, _ worker: IOWorker) {
        self.worker = worker
        core = KeeperCore(library, launch: { _, events in PlainMachine(events) }, patience: 60, displays: Mutexed([:]), terminals: Mutexed([:])) {
            worker.run($0)
        }
    }

    func cancelledClone(of id: MachineID) async throws -> Result<KeeperReply, KeeperError> {
        await withCheckedContinuation { done in
            worker.run { [core, last] in
                core.reload()
                core.subscribe { event in
                    guard case .job(let job) = event else { return }
                    if job.phase == .running, job.done == 0 { try? core.jobs.cancel(job.id) }
                    last.withLock { $0 = job }
                }
                core.perform(.clone(id, name: "two")) { done.resume(returning: $0) }
            }
        }
    }
}
