import Foundation
import Glibc
import Testing

@testable import Contract
@testable import Service

private let box = MachineID(rawValue: "box")

@Suite struct ServiceTests {
    private let folder = Folder()

    private func summary(_ name: String, mips: Double? = nil) -> MachineSummary {
        var summary = MachineSummary(
            id: MachineID(rawValue: name), name: name, state: .running, since: 1.5, memoryMiB: 64, processor: "pentium")
        summary.guestMIPS = mips
        return summary
    }

    @Test(
        .timeLimit(.minutes(10)),
        arguments: [
            KeeperCommand.create(configuration: [0, 127, 255]), .configure(box, configuration: []), .configuration(box), .delete(box), .start(box),
            .pause(box), .resume(box), .reset(box), .powerButton(box), .turnOff(box), .changeMedium(box, slot: "fda", path: "/a b"),
            .changeMedium(box, slot: "fda", path: nil), .input(box, .text("Grüße\n")), .input(box, .chord(["ctrl", "alt", "delete"])),
            .input(box, .key(0xC6, down: true)), .input(box, .pointer(x: 0, y: 65535, buttons: 7)), .input(box, .wheel(-128)),
            .inspect(path: "~/x", machine: nil, as: .cd), .cancelFetch(box),
        ])
    func aCommandArrivesAsItWasGiven(command: KeeperCommand) throws {
        let keeper = FakeKeeper()
        let host = try ServiceHost(keeper, at: folder.socket)
        #expect(try ServiceClient(path: folder.socket).perform(command) == .success(.done))
        #expect(keeper.commands == [command])
        host.stop()
    }

    @Test(
        .timeLimit(.minutes(10)),
        arguments: [
            Answer.success(.done), .success(.created(box)), .success(.configuration([1, 2, 255])),
            .success(
                .image(
                    ImageReport(
                        path: "p", kind: .floppy, note: "n", problem: nil, completed: "c",
                        choices: [ImageFile("a/"), ImageFile("b", kind: .cd, note: "402 MB")]))),
            .failure(KeeperError(.busy, "it is run elsewhere", field: "drives.hda")),
        ])
    func anAnswerArrivesAsItWasGiven(answer: Answer) throws {
        let host = try ServiceHost(FakeKeeper { _ in answer }, at: folder.socket)
        #expect(try ServiceClient(path: folder.socket).perform(.start(box)) == answer)
        host.stop()
    }

    @Test(.timeLimit(.minutes(10))) func eventsArriveInOrderAndTheLibraryComesFirst() throws {
        let keeper = FakeKeeper([summary("a"), summary("b")])
        let host = try ServiceHost(keeper, at: folder.socket)
        keeper.say(.changed(summary("b", mips: 123.25)))
        let client = try ServiceClient(path: folder.socket)
        // Answered after the event above was taken.
        _ = client.perform(.reset(box))
        let events = Arrivals<KeeperEvent>()
        client.subscribe { events.put($0) }
        #expect(events.next() == .machines([summary("a"), summary("b", mips: 123.25)]))
        let said = (0..<200).map { KeeperEvent.log(LogEntry(time: Double($0), level: .info, machine: box, text: "\($0)")) }
        for event in said { keeper.say(event) }
        for event in said { #expect(events.next() == event) }
        keeper.say(.changed(summary("a", mips: .infinity)))
        #expect(events.next() == .changed(summary("a", mips: .infinity)))
        host.stop()
    }

    @Test(.timeLimit(.minutes(10))) func whoComesLaterLearnsWhatHappenedAndWhatGoesOn() throws {
        func job(_ number: Int, _ phase: JobSummary.Phase) -> JobSummary {
            var job = JobSummary(id: JobID(rawValue: number), kind: .clone, machine: box, subject: "box", started: 1, canCancel: true)
            job.phase = phase
            return job
        }
        func entry(_ number: Int) -> LogEntry { LogEntry(time: Double(number), level: .info, machine: box, text: "\(number)") }
        let keeper = FakeKeeper([summary("a")])
        let host = try ServiceHost(keeper, at: folder.socket)
        keeper.say(.past([entry(0)]))
        keeper.say(.jobs([job(1, .running)]))
        for number in 1...500 { keeper.say(.log(entry(number))) }
        keeper.say(.job(job(2, .running)))
        keeper.say(.job(job(1, .done)))
        let client = try ServiceClient(path: folder.socket)
        // Answered after the events above were taken.
        _ = client.perform(.reset(box))
        let events = Arrivals<KeeperEvent>()
        client.subscribe { events.put($0) }
        #expect(events.next() == .machines([summary("a")]))
        #expect(events.next() == .past((1...500).map(entry)))
        #expect(events.next() == .jobs([job(2, .running), job(1, .done)]))
        host.stop()
    }

    @Test(.timeLimit(.minutes(10))) func shutDownIsRefused() throws {
        let keeper = FakeKeeper()
        let host = try ServiceHost(keeper, at: folder.socket)
        let client = try ServiceClient(path: folder.socket)
        guard case .failure(let error) = client.perform(.shutDown) else {
            Issue.record("it was honoured")
            return
        }
        #expect(error.description.contains("its own terminal"))
        #expect(client.perform(.start(box)) == .success(.done))
        #expect(keeper.commands == [.start(box)])
        host.stop()
    }

    @Test(.timeLimit(.minutes(10))) func lossAnswersWhatIsOutstanding() throws {
        let keeper = FakeKeeper(holds: true)
        let host = try ServiceHost(keeper, at: folder.socket)
        let lost = Arrivals<Void>()
        let client = try ServiceClient(path: folder.socket) { lost.put(()) }
        let answers = Arrivals<Answer>()
        for _ in 0..<3 { client.submit(.start(box)) { answers.put($0) } }
        host.stop()
        for _ in 0..<3 {
            guard case .failure(let error) = answers.next() else {
                Issue.record("answered")
                continue
            }
            #expect(error.kind == .host && error.description.contains("try again"))
        }
        lost.next()
        guard case .failure = client.perform(.start(box)) else {
            Issue.record("answered after the end")
            return
        }
    }

    @Test(.timeLimit(.minutes(10))) func nobodyThereIsSaid() {
        #expect(throws: KeeperError.self) { try ServiceClient(path: folder.socket) }
        #expect(throws: KeeperError.self) { try ServiceHost(FakeKeeper(), at: folder.path + "/" + String(repeating: "x", count: 108)) }
    }

    // MARK: The file system

    @Test(.timeLimit(.minutes(10))) func folderAndSocketAreTheUsersAlone() throws {
        try FileManager.default.createDirectory(
            atPath: folder.path + "/own", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        let host = try ServiceHost(FakeKeeper(), at: folder.socket)
        #expect(Folder.mode(folder.path + "/own") == 0o700)
        #expect(Folder.mode(folder.socket) == 0o600)
        host.stop()
        #expect(Folder.mode(folder.socket) == nil)
    }

    @Test(.timeLimit(.minutes(10))) func aFolderThatIsALinkIsNotTaken() throws {
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/own", withDestinationPath: folder.path)
        #expect(throws: KeeperError.self) { try ServiceHost(FakeKeeper(), at: folder.socket) }
    }

    @Test(.timeLimit(.minutes(10))) func aDeadProcessesSocketIsReplacedAndALiveOneKept() throws {
        try FileManager.default.createDirectory(atPath: folder.path + "/own", withIntermediateDirectories: true)
        close(try unsafe Wire.socket(at: folder.socket) { unsafe bind($0, $1, $2) == 0 && listen($0, 1) == 0 })
        #expect(Folder.mode(folder.socket) != nil)
        let first = FakeKeeper()
        let host = try ServiceHost(first, at: folder.socket)
        do throws(KeeperError) {
            _ = try ServiceHost(FakeKeeper(), at: folder.socket)
            Issue.record("a second one took its place")
        } catch { #expect(error.kind == .busy) }
        #expect(try ServiceClient(path: folder.socket).perform(.start(box)) == .success(.done))
        #expect(first.commands == [.start(box)])
        host.stop()
        try ServiceHost(FakeKeeper(), at: folder.socket).stop()
    }

    // MARK: Hostile clients

    private static let valid = Wire.frame(Request(id: 7, command: .start(box))) ?? []

    @Test(
        .timeLimit(.minutes(10)),
        arguments: [
            [0, 0, 0, 0], [1, 0, 64, 0], [255, 255, 255, 255], [2, 0, 0, 0, 123, 125], [1, 0, 0, 0, 120],
            // Neither command nor subscription, and both of them
            [8, 0, 0, 0] + Array(#"{"id":1}"#.utf8),
            Wire.frame(Request(id: 1, command: .start(box), subscribe: true)) ?? [],
        ] as [[UInt8]])
    func aMalformedMessageEndsItsConnectionOnly(bytes: [UInt8]) throws { try endsItsConnectionOnly(bytes) }

    @Test(.timeLimit(.minutes(10))) func deepNestingEndsItsConnectionOnly() throws {
        try endsItsConnectionOnly([160, 134, 1, 0] + [UInt8](repeating: UInt8(ascii: "["), count: 100_000))
    }

    private func endsItsConnectionOnly(_ bytes: [UInt8]) throws {
        let keeper = FakeKeeper()
        let host = try ServiceHost(keeper, at: folder.socket)
        let bystander = try ServiceClient(path: folder.socket)
        let raw = try RawClient(folder.socket)
        defer { raw.close() }
        raw.send(bytes + Self.valid)
        #expect(raw.rest().isEmpty)
        #expect(keeper.commands.isEmpty)
        #expect(bystander.perform(.reset(box)) == .success(.done))
        host.stop()
    }

    @Test(.timeLimit(.minutes(10))) func aMessageInPiecesIsOneAndHalfAMessageIsNone() throws {
        let keeper = FakeKeeper()
        let host = try ServiceHost(keeper, at: folder.socket)
        let raw = try RawClient(folder.socket)
        defer { raw.close() }
        for byte in Self.valid { raw.send([byte]) }
        var answer = [UInt8](repeating: 0, count: 1000)
        let count = unsafe recv(raw.socket, &answer, answer.count, 0)
        let response: Response = try Wire.decode(Array(answer[..<max(0, count)].dropFirst(4)))
        #expect(response == Response(id: 7, result: .done))
        raw.send(Array(Self.valid.dropLast()))
        raw.endSending()
        #expect(raw.rest().isEmpty)
        #expect(keeper.commands == [.start(box)])
        host.stop()
    }

    @Test(.timeLimit(.minutes(10))) func aClientThatDoesNotReadIsDropped() throws {
        let keeper = FakeKeeper([summary("a")])
        let host = try ServiceHost(keeper, at: folder.socket)
        let raw = try RawClient(folder.socket)
        defer { raw.close() }
        raw.send(Wire.frame(Request(id: 1, subscribe: true)) ?? [])
        var byte: UInt8 = 0
        #expect(unsafe recv(raw.socket, &byte, 1, 0) == 1)
        let text = String(repeating: "x", count: 1 << 20)
        for _ in 0..<40 { keeper.say(.log(LogEntry(time: 0, level: .info, machine: nil, text: text))) }
        // What was queued for it is gone with it: 40 MiB were said.
        #expect(try ServiceClient(path: folder.socket).perform(.reset(box)) == .success(.done))
        #expect(raw.rest().count < 20 << 20)
        host.stop()
    }

    @Test(.timeLimit(.minutes(10))) func moreCommandsThanAreAnsweredAreNotTaken() throws {
        let keeper = FakeKeeper(holds: true)
        let host = try ServiceHost(keeper, at: folder.socket)
        let raw = try RawClient(folder.socket)
        defer { raw.close() }
        raw.send((0..<200).flatMap { _ in Self.valid })
        // Both are in one round of the host's at the latest when the first is answered, so that round is over when the second is.
        let events = Arrivals<KeeperEvent>()
        let bystander = try ServiceClient(path: folder.socket)
        for _ in 0..<2 {
            bystander.subscribe { events.put($0) }
            #expect(events.next() == .machines([]))
        }
        #expect(keeper.commands.count == 64)
        host.stop()
    }

    @Test(.timeLimit(.minutes(10))) func randomBytesHarmNobody() throws {
        let keeper = FakeKeeper()
        let host = try ServiceHost(keeper, at: folder.socket)
        let bystander = try ServiceClient(path: folder.socket)
        var seed: UInt64 = 0x5EED
        func random(_ bound: UInt64) -> UInt64 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (seed >> 33) % bound
        }
        for round in 0..<400 {
            var bytes = (0..<random(300)).map { _ in UInt8(random(256)) }
            if round % 2 == 0 {
                // A message with some bytes changed, its length mostly right
                bytes = Self.valid
                for _ in 0...random(3) { bytes[Int(random(UInt64(bytes.count)))] = UInt8(random(256)) }
            }
            let raw = try RawClient(folder.socket)
            raw.send(bytes)
            raw.endSending()
            _ = raw.rest()
            raw.close()
            if round % 40 == 0 { #expect(bystander.perform(.pause(box)) == .success(.done), "round \(round)") }
        }
        #expect(keeper.commands.filter { $0 == .pause(box) }.count >= 10)
        host.stop()
    }
}
