import Foundation
import Testing

@testable import Configuration
@testable import Contract
@testable import Workstation

/// A library in a folder of its own, gone afterwards.
final class Scratch {
    let home: Home
    let library: Library
    private let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "vitrine-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        home = Home(data: folder + "/data", cache: folder + "/cache")
        library = Library(home)
    }
    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func file(_ name: String, _ bytes: Int) throws -> String {
        try Data(count: bytes).write(to: URL(fileURLWithPath: folder + "/" + name))
        return folder + "/" + name
    }
}

@Suite struct LibraryTests {
    @Test func whatIsSavedIsReadBack() throws {
        let scratch = try Scratch()
        var machine = MachineConfiguration(name: "Box 1")
        machine.memoryMiB = 32
        machine.drives = [.init(slot: .hda, kind: .disk, path: "disk.img")]
        let id = try scratch.library.newID(for: machine.name)
        #expect(id.rawValue == "box-1")
        try scratch.library.save(machine, as: id)
        #expect(try scratch.library.load(id) == machine)
        #expect(scratch.library.entries().contains { $0.id == id && !$0.isPristineSample })
        #expect(try scratch.library.newID(for: "BOX 1").rawValue == "box-1-2")
        try scratch.library.delete(id)
        #expect(!FileManager.default.fileExists(atPath: scratch.library.folder(id)))
    }

    @Test func handwrittenFilesNeedOnlyAName() throws {
        let machine = try ConfigurationFile.decode(Data(#"{"name": "x", "drives": [{"slot": "fda", "kind": "floppy"}]}"#.utf8), from: "x")
        #expect(machine.memoryMiB == 128 && machine.codeCacheMiB == 64 && machine.drives.first?.readOnly == false)
    }

    @Test(arguments: [
        ("", "no JSON"), ("[]", "no JSON object"), ("{}", "gives no name"), (#"{"name": 7}"#, "name"),
        (#"{"name": "x", "formatVersion": 99}"#, "newer Vitrine"),
        (#"{"name": "x", "processor": "z80"}"#, "processor"), (#"{"name": "x", "memoryMiB": "much"}"#, "memoryMiB"),
    ])
    func brokenFilesSayWhere(text: String, mentions: String) {
        do {
            _ = try ConfigurationFile.decode(Data(text.utf8), from: "broken.json")
            Issue.record("accepted")
        } catch {
            #expect(error.description.contains("broken.json") && error.description.contains(mentions), "\(error)")
        }
    }

    @Test(arguments: ["../evil", "a/b", ".hidden", "", "a\u{1B}b"]) func namesStayInTheirFolder(name: String) throws {
        let scratch = try Scratch()
        #expect(!MachineID(rawValue: name).isValid)
        #expect(throws: KeeperError.self) { try scratch.library.save(MachineConfiguration(name: "x"), as: MachineID(rawValue: name)) }
    }

    @Test func aMachineIsRunByOne() throws {
        let scratch = try Scratch()
        let id = MachineID(rawValue: "box")
        try scratch.library.save(MachineConfiguration(name: "box"), as: id)
        let folder = scratch.library.folder(id)
        #expect(MachineLock.holder(folder: folder) == nil)
        do {
            let lock = try MachineLock(folder: folder)
            #expect(MachineLock.holder(folder: folder)?.contains("process") == true)
            #expect(throws: KeeperError.self) { try MachineLock(folder: folder) }
            withExtendedLifetime(lock) {}
        }
        #expect(MachineLock.holder(folder: folder) == nil)
    }

    @Test func problemsNameTheirField() throws {
        let scratch = try Scratch()
        var machine = MachineConfiguration(name: "")
        machine.memoryMiB = 3585
        machine.codeCacheMiB = 3
        machine.drives = [
            .init(slot: .hda, kind: .disk, path: nil), .init(slot: .fda, kind: .cd, path: nil), .init(slot: .hdb, kind: .disk, path: "/no/such/file"),
            .init(slot: .hdc, kind: .cd, path: "/"),
        ]
        machine.boot = []
        let fields = Validation.problems(in: machine, paths: scratch.library.resolver(MachineID(rawValue: "x"))).map(\.field)
        #expect(fields == ["name", "memoryMiB", "codeCacheMiB", "drives.hda.path", "drives.fda", "drives.hdb.path", "drives.hdc.path", "boot"])
    }
}
