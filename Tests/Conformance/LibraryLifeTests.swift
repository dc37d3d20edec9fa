import Foundation
import TestSupport
import Testing

/// Deleting, bringing back, copying and reading what happened, as scripts do it.
@Suite struct LibraryLifeTests {
    private func withHome(_ body: (URL, (String...) throws -> Program) throws -> Void) throws {
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder) { (arguments: String...) in try Program.run(Program.vitrine, arguments + ["--home", folder.path], limit: 60) }
    }

    private func json(_ program: Program) throws -> [[String: Any]] {
        try #require(try JSONSerialization.jsonObject(with: Data(program.output.utf8)) as? [[String: Any]], "\(program.output)\(program.errors)")
    }

    @Test(.timeLimit(.minutes(120))) func whatIsDeletedCanBeBroughtBack() throws {
        try withHome { folder, vitrine in
            #expect(try vitrine("create", "Box", "--floppy", "showcase").status == 0)
            let disk = folder.appendingPathComponent("machines/box/disk.img")
            try Data(repeating: 3, count: 1 << 20).write(to: disk)
            let deleted = try vitrine("delete", "Box")
            #expect(deleted.output.contains("box is in the trash until ") && deleted.output.contains("vitrine undelete box"), "\(deleted.output)")
            #expect(!FileManager.default.fileExists(atPath: disk.path))
            let trash = try json(vitrine("trash", "--json"))
            #expect(trash.count == 1 && trash.first?["id"] as? String == "box" && trash.first?["name"] as? String == "Box")
            let kept = try #require(trash.first?["goneAt"] as? Double) - #require(trash.first?["deletedAt"] as? Double)
            #expect(kept == 7 * 86400)
            #expect(try vitrine("trash").output.contains("box"))

            #expect(try vitrine("create", "Box", "--floppy", "showcase").output == "created box\n")
            let taken = try vitrine("undelete", "box")
            #expect(taken.status == 1 && taken.errors.contains("there is a machine box again"), "\(taken.errors)")
            #expect(try vitrine("delete", "box").status == 0)
            // The one that was deleted last, then the one before.
            #expect(try vitrine("undelete", "box").output == "box is back\n")
            #expect(!FileManager.default.fileExists(atPath: disk.path))
            #expect(try vitrine("delete", "box", "--json").status == 0)
            #expect(try vitrine("trash", "--empty").status == 2)
            #expect(try vitrine("trash", "--empty", "--yes").output == "removed 2 machines\n")
            #expect(try vitrine("trash").output == "the trash is empty\n")
            let gone = try vitrine("undelete", "box")
            #expect(gone.status == 1 && gone.errors.contains("box is not in the trash"), "\(gone.errors)")
        }
    }

    @Test(.timeLimit(.minutes(120))) func aMachineIsCopied() throws {
        try withHome { folder, vitrine in
            #expect(try vitrine("create", "Box", "--floppy", "showcase").status == 0)
            let disk = folder.appendingPathComponent("machines/box/disk.img"), copy = folder.appendingPathComponent("machines/box-2/disk.img")
            try Data(repeating: 3, count: 1 << 20).write(to: disk)
            #expect(try vitrine("clone", "Box", "Box").output == "created box-2\n")
            #expect(FileManager.default.contentsEqual(atPath: disk.path, andPath: copy.path))
            let refused = try vitrine("clone", "nobody", "x")
            #expect(refused.status == 1 && refused.errors.contains("there is no machine nobody"))
        }
    }

    @Test(.timeLimit(.minutes(120))) func whatHappenedIsWrittenDown() throws {
        try withHome { folder, vitrine in
            #expect(try vitrine("log").output.isEmpty)
            for name in ["one", "two"] { #expect(try vitrine("create", name, "--floppy", "showcase").status == 0) }
            #expect(try vitrine("delete", "one").status == 0)
            let file = folder.appendingPathComponent("events.jsonl")
            let torn =
                try Data(contentsOf: file) + Data("{\"time\":1,\"level\":\"error\",\"machine\":\"two\",\"text\":\"a\\u001b[2Jb\"}\n{\"time\":".utf8)
            try torn.write(to: file)
            let lines = try vitrine("log").output.split(separator: "\n")
            #expect(lines.count == 4 && lines.first?.hasSuffix("one              Created") == true, "\(lines)")
            // Nothing in it acts on a terminal.
            #expect(lines.last?.contains("X two") == true && lines.last?.hasSuffix("a·[2Jb") == true, "\(lines)")
            #expect(try vitrine("log", "two").output.split(separator: "\n").count == 2)
            #expect(try vitrine("log", "one", "--lines", "1").output.contains("one is in the trash until"))
            let events = try vitrine("log", "--json").output.split(separator: "\n").map {
                try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
            #expect(events.map { $0?["machine"] as? String } == ["one", "two", "one", "two"])
            let unknown = try vitrine("log", "three")
            #expect(unknown.status == 1 && unknown.errors.contains("there is no machine three"))
            #expect(try vitrine("log", "--lines", "-1").status == 2)
        }
    }

    @Test(.timeLimit(.minutes(120))) func loadsAreAWorkstations() throws {
        try withHome { _, vitrine in
            let refused = try vitrine("top", "--csv", "--count", "1")
            #expect(refused.status == 1 && refused.output.isEmpty && refused.errors.contains("no workstation is open"), "\(refused.errors)")
            #expect(try vitrine("top", "--interval", "0").status == 2)
        }
    }
}
