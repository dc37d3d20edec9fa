import Foundation
import Testing

@testable import Contract
@testable import Workstation

/// What people type as a path, and what they are told of it.
@Suite struct ImageInspectionTests {
    @Test(arguments: [
        ("/a/b.img", "/a/b.img"), ("~/b.img", "/home/me/b.img"), ("b.img", "/here/b.img"), ("./b.img", "/here/b.img"), ("", ""),
        ("builtin:showcase", "builtin:showcase"), ("~other/b.img", "/here/~other/b.img"),
    ])
    func meaning(typed: String, path: String) {
        #expect(ImageInspection.meant(typed, in: nil, home: "/home/me", current: "/here") == path)
    }

    @Test func aFileOfTheMachinesFolderStaysRelative() throws {
        let scratch = try Scratch()
        let folder = URL(fileURLWithPath: try scratch.file("disk.img", 512)).deletingLastPathComponent().path
        #expect(ImageInspection.meant("disk.img", in: folder, home: nil, current: "/here") == "disk.img")
        #expect(ImageInspection.meant("other.img", in: folder, home: nil, current: "/here") == "/here/other.img")
    }

    @Test func imagesAreToldApart() throws {
        let scratch = try Scratch()
        let floppy = ImageInspection.look(at: try scratch.file("a.img", 1_474_560), in: nil, as: nil)
        #expect(floppy.kind == .floppy && floppy.note == "1.44 MB" && floppy.problem == nil)
        let disk = ImageInspection.look(at: try scratch.file("b.img", 3 << 20), in: nil, as: nil)
        #expect(disk.kind == .disk && disk.note == "3 MB")
        let path = try scratch.file("c.iso", 64 << 10)
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seek(toOffset: 0x8000)
        try file.write(contentsOf: Data([1] + Array("CD001".utf8)))
        try file.close()
        let cd = ImageInspection.look(at: path, in: nil, as: nil)
        #expect(cd.kind == .cd && cd.note == "64 KB" && cd.path == path)
    }

    @Test func whatCannotBeAttachedSaysWhy() throws {
        let scratch = try Scratch()
        let short = try scratch.file("short.img", 1000)
        let folder = URL(fileURLWithPath: short).deletingLastPathComponent().path
        #expect(ImageInspection.look(at: folder + "/none.img", in: nil, as: nil).problem?.contains("no such file") == true)
        #expect(ImageInspection.look(at: folder, in: nil, as: .cd).problem?.contains("directory") == true)
        #expect(ImageInspection.look(at: short, in: nil, as: .disk).problem?.contains("1000 bytes") == true)
        #expect(ImageInspection.look(at: short, in: nil, as: .floppy).problem != nil)
    }

    @Test func namesAreCompleted() throws {
        let scratch = try Scratch()
        let folder = URL(fileURLWithPath: try scratch.file("disk-1.img", 512)).deletingLastPathComponent().path
        _ = try scratch.file("disk-2.img", 512)
        _ = try scratch.file(".hidden", 512)
        try FileManager.default.createDirectory(atPath: folder + "/folder", withIntermediateDirectories: true)
        let several = ImageInspection.look(at: folder + "/d", in: nil, as: nil)
        #expect(several.completed == folder + "/disk-" && several.choices.map(\.name) == ["disk-1.img", "disk-2.img"])
        #expect(ImageInspection.look(at: folder + "/fo", in: nil, as: nil).completed == folder + "/folder/")
        #expect(ImageInspection.look(at: "disk-2", in: folder, as: nil).completed == "disk-2.img")
        let all = ImageInspection.look(at: folder + "/", in: nil, as: nil)
        #expect(all.choices.map(\.name) == ["folder/", "disk-1.img", "disk-2.img"] && all.completed == folder + "/")
        #expect(ImageInspection.look(at: folder + "/x", in: nil, as: nil).completed == folder + "/x")
    }
}
