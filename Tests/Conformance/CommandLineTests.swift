import Foundation
import TestSupport
import Testing

/// What scripts rely on: exit codes and the wording of refusals.
@Suite struct CommandLineTests {
    @Test(
        .timeLimit(.minutes(120)),
        arguments: [
            (["run", "--no-such-option"], "--no-such-option"),
            (["run", "--memory", "2"], "4 to 3584"),
            (["run", "--code-cache", "3"], "4 to 1024"), (["create", "x", "--code-cache", "1025"], "4 to 1024"),
            (["run", "--profile", "x", "--cpu", "interpreter"], "--profile"),
            (["run", "--initrd", "x"], "--kernel"),
            (["run", "--cdrom", "a", "--hdc", "b"], "same drive"),
            (["run", "--serial", "telnet:1"], "serial"),
            (["run", "--vnc", "0.0.0.0:5900"], "neither encryption nor accounts"),
            (["no-such-verb"], "no-such-verb"),
        ])
    func wrongUsageIsStatus2(arguments: [String], mentions: String) throws {
        let program = try Program.run(Program.vitrine, arguments, limit: 30)
        #expect(program.status == 2, "\(program.errors)")
        #expect(program.errors.contains(mentions), "\(program.errors)")
        #expect(program.output.isEmpty)
    }

    @Test(.timeLimit(.minutes(120))) func aMissingFileIsNamed() throws {
        let program = try Program.run(Program.vitrine, ["run", "--no-console", "--floppy", "/nonexistent/image"], limit: 30)
        #expect(program.status == 1)
        #expect(program.errors.contains("/nonexistent/image"))
    }

    @Test(.timeLimit(.minutes(120))) func helpIsOnStandardOutput() throws {
        for verb in [
            [], ["run"], ["list"], ["show"], ["create"], ["delete"], ["doctor"], ["start"], ["stop"], ["shutdown"], ["reset"], ["pause"], ["resume"],
            ["save"], ["discard"], ["type"], ["key"], ["screen"], ["wait"], ["completions"], ["manual"], ["clone"], ["undelete"], ["trash"], ["log"],
            ["top"],
        ] {
            let program = try Program.run(Program.vitrine, verb + ["--help"], limit: 30)
            #expect(program.status == 0)
            #expect(program.output.contains("USAGE: vitrine"), "\(verb): \(program.output)")
        }
    }

    @Test(.timeLimit(.minutes(120))) func doctorListsTheFirmware() throws {
        let program = try Program.run(Program.vitrine, ["doctor", "--json"], limit: 30)
        let findings = try #require(try JSONSerialization.jsonObject(with: Data(program.output.utf8)) as? [[String: Any]])
        #expect(findings.contains { $0["subject"] as? String == "firmware" })
    }

    @Test(.timeLimit(.minutes(120))) func theTimeLimitIsStatus3() throws {
        let program = try Program.run(Program.vitrine, ["run", "--no-console", "--max-seconds", "1"], limit: 60)
        #expect(program.status == 3, "\(program.errors)")
    }

    @Test(.timeLimit(.minutes(120))) func aWaitThatRunsOutIsStatus4() throws {
        let program = try Program.guest([], script: "wait \"never to be seen\" 1", limit: 60).program
        #expect(program.status == 4, "\(program.errors)")
        #expect(program.errors.contains("never to be seen"))
    }

    @Test(.timeLimit(.minutes(120))) func aScriptsMistakeNamesItsLine() throws {
        let program = try Program.guest([], script: "sleep 1\ndance\n", limit: 30).program
        #expect(program.status == 2)
        #expect(program.errors.contains("line 2") && program.errors.contains("dance"), "\(program.errors)")
    }

    @Test(.timeLimit(.minutes(120))) func aProfileNamesTheHottestCode() throws {
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("profile")
        let arguments = ["run", "--no-console", "--code-cache", "4", "--profile", file.path, "--wait-text", "SeaBIOS"]
        let program = try Program.run(Program.vitrine, arguments, limit: 120)
        #expect(program.status == 0, "\(program.errors)")
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.contains("units, entered") && text.contains("#1  ") && text.contains("(head)") && text.contains("CPL 0"), "\(text.prefix(500))")
    }

    @Test(.timeLimit(.minutes(120))) func aLibraryIsKept() throws {
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        func vitrine(_ arguments: String...) throws -> Program { try Program.run(Program.vitrine, arguments + ["--home", folder.path], limit: 30) }

        #expect(try vitrine("create", "Box", "--floppy", "showcase", "--memory", "32", "--notes", "a note").output == "created box\n")
        let list = try JSONSerialization.jsonObject(with: Data(try vitrine("list", "--json").output.utf8)) as? [[String: Any]]
        let box = try #require(list?.first { $0["id"] as? String == "box" })
        #expect(box["memoryMiB"] as? Int == 32 && box["notes"] as? String == "a note" && box["state"] as? String == "off")
        let shown = try JSONSerialization.jsonObject(with: Data(try vitrine("show", "Box", "--json").output.utf8)) as? [String: Any]
        #expect(shown?["name"] as? String == "Box")
        #expect(try vitrine("show", "box").output.contains("memory      32 MB"))
        #expect(try vitrine("delete", "box").status == 0)
        let gone = try vitrine("show", "box")
        #expect(gone.status == 1 && gone.errors.contains("there is no machine box"))
        let refused = try vitrine("create", "Box", "--hda", "no-such-image")
        #expect(refused.status == 1 && refused.errors.contains("no-such-image"))
    }
}
