import Foundation
import Glibc
import Testing

@testable import Configuration
@testable import Contract
@testable import Workstation

/// Disks that are ordered with a machine.
@Suite struct NewDiskTests {
    private func machine(_ path: String) -> MachineConfiguration {
        var machine = MachineConfiguration(name: "box")
        machine.drives = [.init(slot: .hda, kind: .disk, path: path)]
        return machine
    }

    private func rig(_ scratch: Scratch) -> LocalKeeper { LocalKeeper(home: scratch.home) }

    private func perform(_ keeper: LocalKeeper, _ command: KeeperCommand) async throws -> KeeperReply {
        try await withCheckedThrowingContinuation { done in keeper.submit(command) { done.resume(with: $0.mapError { $0 as any Error }) } }
    }

    private func create(_ keeper: LocalKeeper, _ machine: MachineConfiguration) async throws -> KeeperReply {
        try await perform(keeper, .create(configuration: Array(try ConfigurationFile.encode(machine))))
    }

    @Test func aDiskIsMadeWithItsMachine() async throws {
        let scratch = try Scratch()
        #expect(try await create(rig(scratch), machine("new:504M")) == .created(MachineID(rawValue: "box")))
        let id = MachineID(rawValue: "box")
        #expect(try scratch.library.load(id).drives == [.init(slot: .hda, kind: .disk, path: "hda.img")])
        let file = scratch.library.folder(id) + "/hda.img"
        let attributes = try FileManager.default.attributesOfItem(atPath: file)
        #expect(attributes[.size] as? UInt64 == 528_482_304 && attributes[.posixPermissions] as? Int == 0o600)
        var status = stat()
        #expect(unsafe stat(file, &status) == 0 && status.st_blocks * 512 < 1 << 20)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.home.machines) == ["box"])
    }

    @Test(arguments: [("new:much", "is no size"), ("new:1000", "1 MB at least"), ("new:999T", "128 GB at most")])
    func whatCannotBeMadeLeavesNothing(path: String, words: String) async throws {
        let scratch = try Scratch()
        do {
            _ = try await create(rig(scratch), machine(path))
            Issue.record("made")
        } catch let error as KeeperError {
            #expect(error.description.contains(words) && error.field == "drives.hda.path")
        }
        #expect((try? FileManager.default.contentsOfDirectory(atPath: scratch.home.machines)) ?? [] == [])
    }

    @Test func onlyADiskCanBeNew() throws {
        var machine = MachineConfiguration(name: "x")
        machine.drives = [.init(slot: .fda, kind: .floppy, path: "new:2M")]
        #expect(Validation.problems(in: machine, paths: nil).map(\.field) == ["drives.fda.path"])
    }

    @Test func anotherDiskComesBesideTheFirst() async throws {
        let scratch = try Scratch()
        let keeper = rig(scratch), id = MachineID(rawValue: "box")
        _ = try await create(keeper, machine("new:2M"))
        try Data("mine".utf8).write(to: URL(fileURLWithPath: scratch.library.folder(id) + "/hdb.img"))
        var changed = try scratch.library.load(id)
        changed.drives.append(.init(slot: .hdb, kind: .disk, path: "new:1M"))
        _ = try await perform(keeper, .configure(id, configuration: Array(try ConfigurationFile.encode(changed))))
        #expect(try scratch.library.load(id).drives.map(\.path) == ["hda.img", "hdb-2.img"])
        #expect(FileManager.default.contents(atPath: scratch.library.folder(id) + "/hdb.img") == Data("mine".utf8))
        #expect(FileManager.default.contents(atPath: scratch.library.folder(id) + "/hdb-2.img")?.count == 1 << 20)
    }

    @Test func whatNeverFitsIsRefusedWithTheFigure() throws {
        let space = try #require(HostSpace(of: "/tmp/no/such/folder"))
        #expect(space.whole > 0 && space.problem(space.whole / 2) == nil)
        #expect(space.problem(space.whole &+ 512)?.contains("the whole file system has") == true)
    }

    @Test(arguments: [
        ("504 MB", 528_482_304), ("512M", 512 << 20), ("2G", 2 << 30), ("1.5 GB", 3 << 29), ("100k", 102_400), ("504", nil), ("M", nil), ("", nil),
        ("1.2.3 GB", nil), ("5 MB 3", nil), ("disk.img", nil), ("1e9M", nil), ("99999999999 TB", nil),
    ])
    func sizes(text: String, bytes: UInt64?) { #expect(DiskSize.bytes(text) == bytes) }

    @Test func sizesAreReadAsTheyAreWritten() {
        for preset in Preset.all { #expect(DiskSize.bytes(DiskSize.words(preset.diskBytes)) == preset.diskBytes) }
        #expect(Set(Preset.all.map(\.id)).count == Preset.all.count)
    }

    @Test func presetsAreMachines() {
        for preset in Preset.all {
            #expect(Validation.problems(in: MachineConfiguration(name: preset.id, preset: preset), paths: nil) == [], "\(preset.id)")
        }
    }
}

/// What images say of themselves.
@Suite struct ImageSignsTests {
    private func sector(_ text: String, at place: Int, boots: Bool = true) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 512)
        bytes.replaceSubrange(place..<(place + text.utf8.count), with: text.utf8)
        if boots { bytes.replaceSubrange(510..<512, with: [0x55, 0xAA]) }
        return bytes
    }

    private func disc(_ label: String, year: String, boots: Bool) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 6144)
        bytes.replaceSubrange(0..<6, with: [1] + Array("CD001".utf8))
        bytes.replaceSubrange(40..<72, with: Array(label.utf8) + [UInt8](repeating: 0x20, count: 32 - label.utf8.count))
        bytes.replaceSubrange(813..<817, with: year.utf8)
        if boots { bytes.replaceSubrange(2049..<2078, with: "CD001\u{1}EL TORITO SPECIFICATION".utf8) }
        return bytes
    }

    @Test(arguments: [
        ("WIN98SE", "1999", "win98"), ("WXPFPP_EN", "2001", "winxp"), ("W2PFPP_EN", "1999", "win2000"), ("NTWKS40A", "1996", "nt4"),
        ("Debian 6.0.10 i386", "2010", "linux2"), ("Debian 12.4.0 i386", "2023", "linux"), ("OPENBSD_I386", "2020", "bsd"),
        ("FD13LIVE", "2022", "dos"),
        ("HOLIDAYS", "2004", nil), ("", "", nil),
    ])
    func discs(label: String, year: String, system: String?) {
        let signs = ImageSigns(start: [], descriptors: disc(label, year: year.isEmpty ? "0000" : year, boots: true), kind: .cd)
        #expect(signs.label == label && signs.system == system && signs.isBootable)
        #expect(system.map { Preset.named($0) != nil } ?? true)
        #expect(!ImageSigns(start: [], descriptors: disc(label, year: "2000", boots: false), kind: .cd).isBootable)
    }

    @Test(arguments: [
        ("MSWIN4.1", 3, "win98"), ("FRDOS5.1", 3, "dos"), ("OS2LDR", 400, "os2"), ("NTLDR", 400, "win2000"), ("SYSLINUX", 3, "linux"),
        ("nothing", 3, nil),
    ])
    func bootSectors(text: String, place: Int, system: String?) {
        let signs = ImageSigns(start: sector(text, at: place), descriptors: [], kind: .floppy)
        #expect(signs.system == system && signs.isBootable)
        #expect(!ImageSigns(start: sector(text, at: place, boots: false), descriptors: [], kind: .floppy).isBootable)
    }

    @Test func aFloppyHasItsLabel() {
        var bytes = sector("MSDOS5.0", at: 3)
        (bytes[0], bytes[12], bytes[38]) = (0xEB, 2, 0x29)
        bytes.replaceSubrange(43..<54, with: "GAMES 1\u{1B}   ".utf8)
        #expect(ImageSigns(start: bytes, descriptors: [], kind: .floppy).label == "GAMES 1")
        #expect(ImageSigns(start: [0xEB], descriptors: [1], kind: .cd) == ImageSigns(start: [], descriptors: [], kind: .floppy))
    }
}
