import Foundation
import TestSupport
import Testing

/// What shells, man and screen readers are given.
@Suite struct AutomationTests {
    @Test(.timeLimit(.minutes(120))) func theWorkstationTalksInLines() throws {
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let words = """
            start showc
            wait 1 glass case
            type 1 3
            wait showcase Scan codes
            screen 1
            stop nothing
            dance
            stop showcase
            quit

            """
        let program = try Program.run(
            Program.vitrine, ["--plain", "--home", folder.path], answering: "quit ends", with: words, limit: 120)
        #expect(program.status == 0, "\(program.errors)")
        let lines = program.output.split(separator: "\n").map(String.init)
        #expect(lines.contains { $0.hasPrefix("1. showcase, off, 16 MB") }, "\(program.output)")
        #expect(lines.contains("showcase is running."))
        #expect(lines.contains { $0.contains("Scan codes") })
        #expect(lines.contains { $0.hasPrefix("✖ there is no machine nothing") })
        #expect(lines.contains("✖ dance is no verb; help lists them"))
        #expect(lines.last == "showcase is off.")
        #expect(!program.output.contains("\u{1B}"))
    }

    @Test(.timeLimit(.minutes(120)), arguments: ["bash", "zsh", "fish"])
    func completionsAreScriptsOfTheirShell(shell: String) throws {
        let script = try Program.run(Program.vitrine, ["completions", shell], limit: 30)
        #expect(script.status == 0)
        for verb in ["run", "screen", "wait", "doctor"] { #expect(script.output.contains(verb)) }
        guard let program = Program.find(shell) else { return }
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "script")
        try Data(script.output.utf8).write(to: file)
        #expect(try Program.run(program, ["-n", file.path], limit: 30).status == 0)
    }

    @Test(.timeLimit(.minutes(120)), .enabled("bash is not installed") { Program.find("bash") != nil })
    func bashCompletesMachines() throws {
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let vitrine = URL(fileURLWithPath: Program.vitrine).deletingLastPathComponent().path
        _ = try Program.run(Program.vitrine, ["create", "till", "--home", folder.path], limit: 30)
        let line = "vitrine screen --home \(folder.path) "
        let script = """
            PATH='\(vitrine)':$PATH
            source <(vitrine completions bash)
            COMP_WORDS=(vitrine screen --home '\(folder.path)' '') COMP_CWORD=4 COMP_LINE='\(line)' COMP_POINT=\(line.utf8.count)
            _vitrine vitrine '' '\(folder.path)'
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let names = try Program.run(Program.find("bash") ?? "bash", ["-c", script], limit: 60).output.split(separator: "\n")
        #expect(names.contains("till") && names.contains("showcase"), "\(names)")
    }

    /// Every verb has a page, and man's own formatter finds nothing to complain of.
    @Test(.timeLimit(.minutes(120))) func manualPagesAreClean() throws {
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try Program.run(Program.vitrine, ["manual", "--directory", folder.path], limit: 30).status == 0)
        let pages = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(pages.contains("vitrine.1") && pages.contains("vitrine-screen.1") && pages.contains("vitrine-run.1"))
        let root = try String(contentsOf: folder.appending(path: "vitrine.1"), encoding: .utf8)
        for page in pages {
            let text = try String(contentsOf: folder.appending(path: page), encoding: .utf8)
            #expect(text.hasPrefix(".TH VITRINE") && text.contains(".SH SYNOPSIS") && text.contains(".SH EXIT STATUS"))
            let verb = page.dropFirst("vitrine-".count).dropLast(2)
            if page != "vitrine.1" { #expect(root.contains(".B \(verb.replacing("-", with: "\\-"))\n"), "\(page)") }
            guard let groff = Program.find("groff") else { continue }
            let formatted = try Program.run(groff, ["-man", "-Tutf8", "-ww", "-z", folder.appending(path: page).path], limit: 30)
            #expect(formatted.status == 0 && formatted.errors.isEmpty, "\(page): \(formatted.errors)")
        }
    }
}
