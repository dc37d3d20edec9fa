import Foundation
import TestSupport
import Testing

/// The workstation with all its parts, as people use it: the program in a terminal, and real guests.
@Suite(.serialized, .enabled("tmux is not installed") { Terminal.isThere }) struct WholeWorkstationTests {
    private static let command = "'\(Program.vitrine)' --home '$HOME_FOLDER'"

    /// The sample's copies `showcase-2` and on, without keys and waiting: the library is written before the workstation opens.
    private func withCopies(_ count: Int, columns: Int = 100, rows: Int = 40, _ body: (Terminal) throws -> Void) throws {
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        for number in 0..<count {
            let created = try Program.run(
                Program.vitrine, ["create", "box-\(number + 1)", "--floppy", "builtin:showcase", "--home", folder.path], limit: 60)
            try #require(created.status == 0, "\(created.errors)")
        }
        try Terminal.with(Self.command, folder, columns: columns, rows: rows, body)
    }

    /// From the list, and turns off what still runs.
    private func quit(_ terminal: Terminal) {
        terminal.keys("q")
        #expect(terminal.wait(for: "in this process and end"), "\(terminal.text)")
        terminal.keys("t")
        #expect(terminal.wait(for: "ended with 0"), "\(terminal.text)")
    }

    @Test(.timeLimit(.minutes(120))) func fromTheWizardToTheTrashAndBack() throws {
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        try Terminal.with(Self.command, folder) { terminal in
            #expect(terminal.wait(for: "A small PC of our own."), "\(terminal.text)")
            terminal.keys("N")
            #expect(terminal.wait(for: "step 1 of 3"), "\(terminal.text)")
            terminal.keys("Enter")
            #expect(terminal.wait(for: "step 2 of 3") && terminal.wait(for: "▸   sample floppy"), "\(terminal.text)")
            terminal.keys("Enter")
            #expect(terminal.wait(for: "step 3 of 3") && terminal.wait(for: "[▸Create and start ]"), "\(terminal.text)")
            #expect(terminal.text.contains("showcase-2") && terminal.text.contains("504 MB"), "\(terminal.text)")
            terminal.keys("Enter")
            #expect(terminal.wait(for: "a glass case for PCs", seconds: 120), "\(terminal.text)")
            #expect(terminal.text.contains("Hard disks 1") && terminal.text.contains("showcase-2   Ctrl-] q leaves"), "\(terminal.text)")
            terminal.keys("3")
            #expect(terminal.wait(for: "Scan codes"), "\(terminal.text)")
            terminal.keys("H", "e", "y")
            #expect(terminal.wait(for: "Hey"), "\(terminal.text)")
            terminal.keys("C-]", "q")
            #expect(terminal.wait(for: "▸ ● showcase-2"), "\(terminal.text)")
            terminal.keys("V")
            #expect(terminal.wait(for: "▸ ◆ showcase-2"), "\(terminal.text)")
            terminal.keys("4")
            #expect(terminal.wait(for: "✓ Save state"), "\(terminal.text)")
            terminal.keys("5")
            #expect(terminal.wait(for: "Started by you"), "\(terminal.text)")
            terminal.keys("/")
            terminal.type("Restored")
            #expect(terminal.wait { !$0.contains("Started by you") }, "\(terminal.text)")
            terminal.keys("Enter")
            terminal.keys("1")
            #expect(terminal.wait(for: "▸ ◆ showcase-2"), "\(terminal.text)")
            // Nothing runs, so nothing is asked.
            terminal.keys("q")
            #expect(terminal.wait(for: "ended with 0"), "\(terminal.text)")
        }
        try Terminal.with(Self.command, folder) { terminal in
            #expect(terminal.wait(for: "◆ showcase-2"), "\(terminal.text)")
            terminal.keys("G", "g")
            // Its picture is there before it runs.
            #expect(terminal.wait(for: "▸ ◆ showcase-2") && terminal.wait(for: "Hey"), "\(terminal.text)")
            terminal.keys("Enter")
            #expect(terminal.wait(for: "Ctrl-] q leaves", seconds: 120) && terminal.wait(for: "Hey"), "\(terminal.text)")
            terminal.keys("y")
            #expect(terminal.wait(for: "Heyy"), "\(terminal.text)")
            terminal.keys("C-]", "q")
            #expect(terminal.wait(for: "▸ ● showcase-2"), "\(terminal.text)")
            terminal.keys("V")
            #expect(terminal.wait(for: "▸ ◆ showcase-2"), "\(terminal.text)")
            terminal.keys("C")
            #expect(terminal.wait(for: "Name of the copy"), "\(terminal.text)")
            terminal.keys("Enter")
            #expect(terminal.wait(for: "▸ ◆ showcase-3"), "\(terminal.text)")
            terminal.keys("D")
            #expect(terminal.wait(for: "Type showcase-3 to confirm"), "\(terminal.text)")
            terminal.type("showcase-3")
            #expect(terminal.wait(for: "complete"), "\(terminal.text)")
            terminal.keys("Enter")
            #expect(terminal.wait { $0.contains("is in the trash until") && !$0.contains("◆ showcase-3") }, "\(terminal.text)")
            // The selection stands on a machine still: on a sample to fetch, Enter would fetch it.
            #expect(terminal.wait(for: "▸ ■ showcase "), "\(terminal.text)")
            terminal.keys("u")
            #expect(terminal.wait(for: "▸ ◆ showcase-3"), "\(terminal.text)")
            // What was cloned, deleted and brought back still knows what was typed.
            terminal.keys("Enter")
            #expect(terminal.wait(for: "showcase-3   Ctrl-] q leaves", seconds: 120) && terminal.wait(for: "Heyy"), "\(terminal.text)")
            terminal.keys("C-]", "q")
            #expect(terminal.wait(for: "▸ ● showcase-3"), "\(terminal.text)")
            quit(terminal)
        }
    }

    /// Each answer to the question at the end. Nothing answers the showcase's power button but a person.
    @Test(.timeLimit(.minutes(120))) func theFourAnswersAtTheEnd() throws {
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        try Terminal.with(Self.command, folder) { terminal in
            #expect(terminal.wait(for: "A small PC of our own."), "\(terminal.text)")
            terminal.keys("S")
            #expect(terminal.wait(for: "▸ ● showcase") && terminal.wait(for: "80x25", seconds: 120), "\(terminal.text)")
            terminal.keys("q")
            #expect(terminal.wait(for: "[▸Save and quit ]"), "\(terminal.text)")
            terminal.keys("Escape")
            #expect(terminal.wait { !$0.contains("Save and quit") && $0.contains("▸ ● showcase") }, "\(terminal.text)")
            terminal.keys("q")
            #expect(terminal.wait(for: "[▸Save and quit ]"), "\(terminal.text)")
            terminal.keys("Enter")
            #expect(terminal.wait(for: "ended with 0"), "\(terminal.text)")
        }
        try Terminal.with(Self.command, folder) { terminal in
            #expect(terminal.wait(for: "▸ ◆ showcase"), "\(terminal.text)")
            terminal.keys("S")
            #expect(terminal.wait(for: "▸ ● showcase"), "\(terminal.text)")
            terminal.keys("q")
            #expect(terminal.wait(for: "[ Power off ]"), "\(terminal.text)")
            terminal.keys("p")
            #expect(terminal.wait(for: "Waiting for 1 to turn off"), "\(terminal.text)")
            // It says so until the last one is off.
            #expect(terminal.wait(for: "Quits once 1 machine is off."), "\(terminal.text)")
            terminal.keys("T")
            #expect(terminal.wait(for: "[ Turn off ]"), "\(terminal.text)")
            terminal.keys("t")
            #expect(terminal.wait(for: "ended with 0"), "\(terminal.text)")
        }
        try Terminal.with(Self.command, folder) { terminal in
            #expect(terminal.wait(for: "▸ ■ showcase"), "\(terminal.text)")
            terminal.keys("S")
            #expect(terminal.wait(for: "▸ ● showcase"), "\(terminal.text)")
            quit(terminal)
        }
    }

    @Test(.timeLimit(.minutes(120)), arguments: ["q", "TERM", "HUP", "SEGV"]) func theTerminalIsAsItWas(end: String) throws {
        let command = """
            sh -c 'stty -a > $HOME_FOLDER/before; echo $$ > $HOME_FOLDER/pid; exec \(Program.vitrine) --home $HOME_FOLDER'; stty -a > $HOME_FOLDER/after
            """
        try Terminal.with(command) { terminal in
            #expect(terminal.wait(for: "A small PC of our own."), "\(terminal.text)")
            let modes = terminal.modes
            #expect(modes.isAlternateScreen && modes.reportsMouse && !modes.showsCursor, "\(modes)")
            if end == "q" {
                terminal.keys("q")
            } else {
                _ = try Program.run("/bin/sh", ["-c", "kill -\(end) $(cat \(terminal.folder.path)/pid)"], limit: 10)
            }
            #expect(terminal.wait(for: "ended with"), "\(terminal.text)")
            #expect(terminal.wait { _ in terminal.modes == .plain }, "\(terminal.modes)")
            func line(_ name: String) throws -> String { try String(contentsOf: terminal.folder.appending(path: name), encoding: .utf8) }
            #expect(try line("before") == line("after"))
            #expect(try line("before").contains(" icanon"))
        }
    }

    @Test(.timeLimit(.minutes(120))) func aShellStopsItAndFetchesItBack() throws {
        try Terminal.with("bash --norc -i") { terminal in
            terminal.type("PS1='ready> '; clear\n")
            #expect(terminal.wait(for: "ready>"), "\(terminal.text)")
            terminal.type("'\(Program.vitrine)' --home '\(terminal.folder.path)'\n")
            #expect(terminal.wait(for: "A small PC of our own."), "\(terminal.text)")
            terminal.keys("S")
            #expect(terminal.wait(for: "▸ ● showcase"), "\(terminal.text)")
            terminal.keys("C-z")
            #expect(terminal.wait(for: "Stopped"), "\(terminal.text)")
            #expect(terminal.modes == .plain, "\(terminal.modes)")
            terminal.type("fg\n")
            #expect(terminal.wait(for: "▸ ● showcase"), "\(terminal.text)")
            #expect(terminal.modes.isAlternateScreen && terminal.modes.reportsMouse, "\(terminal.modes)")
            terminal.keys("q")
            #expect(terminal.wait(for: "in this process and ends"), "\(terminal.text)")
            terminal.keys("t")
            #expect(terminal.wait { $0.contains("Stopped") && $0.contains("ready>") && terminal.modes == .plain }, "\(terminal.text)")
        }
    }

    @Test(.timeLimit(.minutes(120))) func manySizesLeaveWhatWasThere() throws {
        try withCopies(2) { terminal in
            #expect(terminal.wait(for: "box-2"), "\(terminal.text)")
            terminal.keys("g", "j", "/")
            terminal.type("box-")
            #expect(terminal.wait(for: "2 of"), "\(terminal.text)")
            for (columns, rows) in [(80, 24), (200, 60), (40, 12), (30, 8), (132, 43), (61, 20), (20, 5), (119, 24), (121, 24), (59, 13)] {
                terminal.resize(columns, rows)
            }
            #expect(terminal.wait { $0.contains("/box-") }, "\(terminal.text)")
            terminal.resize(30, 8)
            #expect(terminal.wait(for: "Vitrine needs 40 x 12"), "\(terminal.text)")
            terminal.resize(80, 24)
            #expect(terminal.wait { $0.contains("/box-") && $0.contains("▸ ■ box-") }, "\(terminal.text)")
            // Every row is drawn anew, to its end.
            #expect(terminal.wait { $0.split(separator: "\n", omittingEmptySubsequences: false).contains { $0.count == 80 } }, "\(terminal.text)")
            terminal.keys("Escape")
            #expect(terminal.wait { !$0.contains("/box-") && $0.contains("showcase") }, "\(terminal.text)")
            terminal.keys("q")
            #expect(terminal.wait(for: "ended with 0"), "\(terminal.text)")
        }
    }

    @Test(.timeLimit(.minutes(120))) func theMouseChoosesAndOpens() throws {
        try withCopies(2, columns: 80, rows: 24) { terminal in
            #expect(terminal.wait(for: "box-2"), "\(terminal.text)")
            func row(_ name: String) throws -> Int {
                try #require(terminal.text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains(name) }) + 1
            }
            terminal.click(10, try row("■ box-2"))
            #expect(terminal.wait(for: "▸ ■ box-2"), "\(terminal.text)")
            // A tab, and a page.
            let shelf = try row("── Hardware ─")
            let text = try #require(terminal.text.split(separator: "\n", omittingEmptySubsequences: false)[shelf - 1].range(of: "Hardware"))
            let line = terminal.text.split(separator: "\n", omittingEmptySubsequences: false)[shelf - 1]
            terminal.click(line.distance(from: line.startIndex, to: text.lowerBound) + 2, shelf)
            #expect(terminal.wait(for: "┤ Hardware ├"), "\(terminal.text)")
            // The shelf goes where it is dragged.
            terminal.drag((70, shelf), to: (70, shelf + 3))
            #expect(
                terminal.wait {
                    $0.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains("┤ Hardware ├") } == shelf + 2
                }, "\(terminal.text)")
            terminal.click(27, 1)
            #expect(terminal.wait { $0.contains("Enter zoom") || $0.contains("No machine runs") }, "\(terminal.text)")
            terminal.click(14, 1)
            #expect(terminal.wait(for: "▸ ■ box-2"), "\(terminal.text)")
            let box = try row("■ box-1")
            terminal.click(10, box)
            terminal.click(10, box)
            #expect(terminal.wait(for: "box-1   Ctrl-] q leaves", seconds: 120), "\(terminal.text)")
            terminal.keys("C-]", "q")
            #expect(terminal.wait(for: "▸ ● box-1"), "\(terminal.text)")
            quit(terminal)
        }
    }

    /// Four guests side by side; one is looked at, and left again.
    @Test(.timeLimit(.minutes(120))) func theWall() throws {
        try withCopies(3, columns: 100, rows: 30) { terminal in
            #expect(terminal.wait(for: "box-3"), "\(terminal.text)")
            terminal.keys("a")
            #expect(terminal.wait(for: "4 marked"), "\(terminal.text)")
            terminal.keys("S")
            #expect(terminal.wait(120) { $0.components(separatedBy: "● ").count == 5 }, "\(terminal.text)")
            terminal.keys("Escape")
            #expect(terminal.wait { !$0.contains("4 marked") }, "\(terminal.text)")
            terminal.keys("2")
            #expect(terminal.wait(120) { $0.components(separatedBy: "Vitrine showcase").count == 5 }, "\(terminal.text)")
            terminal.keys("Up", "Up", "Left", "Left")
            #expect(terminal.wait(for: "┤ ● box-1 ├"), "\(terminal.text)")
            terminal.keys("Right")
            #expect(terminal.wait(for: "┤ ● box-2 ├"), "\(terminal.text)")
            terminal.keys("Enter")
            #expect(terminal.wait(for: "box-2   Ctrl-] q leaves"), "\(terminal.text)")
            terminal.keys("3")
            #expect(terminal.wait(for: "Scan codes"), "\(terminal.text)")
            terminal.keys("C-]", "q")
            #expect(terminal.wait { $0.contains("┤ ● box-2 ├") && $0.contains("Scan codes") }, "\(terminal.text)")
            // One alone is paused, and all of them through the list.
            terminal.keys("P")
            #expect(terminal.wait(for: "┤ ‖ box-2  paused ├"), "\(terminal.text)")
            terminal.keys("1")
            terminal.keys("/", "/")
            terminal.type("scan codes")
            #expect(terminal.wait { $0.contains("On the screen") && $0.contains("box-2") && !$0.contains("box-1") }, "\(terminal.text)")
            terminal.keys("Escape")
            #expect(terminal.wait(for: "box-1"), "\(terminal.text)")
            quit(terminal)
        }
    }

    @Test(.timeLimit(.minutes(120))) func theSmallestScreen() throws {
        try Terminal.with(Self.command, columns: 40, rows: 12) { terminal in
            #expect(terminal.wait(for: "▸ ■ showcase"), "\(terminal.text)")
            terminal.keys("Enter")
            #expect(terminal.wait(for: "Ctrl-] q leaves", seconds: 120), "\(terminal.text)")
            // A key that is pressed before the guest has started is lost, as on a real PC.
            #expect(terminal.wait(for: "Vitrine showcase", seconds: 120), "\(terminal.text)")
            terminal.keys("3")
            #expect(terminal.wait(for: "Keyboard"), "\(terminal.text)")
            terminal.keys("C-]", "q")
            #expect(terminal.wait(for: "▸ ● showcase"), "\(terminal.text)")
            terminal.keys("?")
            #expect(terminal.wait(for: "Esc"), "\(terminal.text)")
            terminal.keys("Escape")
            #expect(terminal.wait(for: "▸ ● showcase"), "\(terminal.text)")
            terminal.keys("V")
            #expect(terminal.wait(for: "▸ ◆ showcase"), "\(terminal.text)")
            terminal.keys("q")
            // What is said at the end has scrolled away here, but for the state of the line.
            #expect(terminal.wait(for: " icanon"), "\(terminal.text)")
        }
    }

    /// No colour but the guest's, and no character that such a terminal has not got.
    @Test(.timeLimit(.minutes(120))) func withoutColourAndWithoutUnicode() throws {
        try Terminal.with(Self.command, columns: 80, rows: 24, environment: "TERM=tmux-256color LANG=C.UTF-8 NO_COLOR=1") { terminal in
            #expect(terminal.wait(for: "▸ ■ showcase"), "\(terminal.text)")
            let colour = /\u{1B}\[(?:[0-9]+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:[;:][0-9]+)*m/
            #expect(terminal.colouredText.firstMatch(of: colour) == nil, "\(terminal.colouredText.debugDescription)")
            #expect(terminal.colouredText.contains("\u{1B}["), "the selection must be seen: \(terminal.colouredText.debugDescription)")
            terminal.keys("q")
            #expect(terminal.wait(for: "ended with 0"), "\(terminal.text)")
        }
        for environment in ["TERM=vt100 LANG=C", "TERM=xterm-256color LC_ALL=C"] {
            try Terminal.with(Self.command, columns: 80, rows: 24, environment: environment) { terminal in
                #expect(terminal.wait(for: "> - showcase"), "\(terminal.text)")
                #expect(terminal.text.utf8.allSatisfy { $0 < 0x80 }, "\(terminal.text)")
                terminal.keys("S")
                #expect(terminal.wait(for: "> * showcase") && terminal.wait(for: "Memory"), "\(terminal.text)")
                #expect(terminal.text.utf8.allSatisfy { $0 < 0x80 }, "\(terminal.text)")
                terminal.keys("Enter")
                #expect(terminal.wait(for: "a glass case for PCs", seconds: 120), "\(terminal.text)")
                #expect(terminal.text.utf8.allSatisfy { $0 < 0x80 }, "\(terminal.text)")
                terminal.keys("C-]", "q")
                #expect(terminal.wait(for: "> * showcase"), "\(terminal.text)")
                quit(terminal)
            }
        }
    }

    /// A floppy whose boot sector writes characters without end, so that its machine never rests:
    /// `xor bx, bx; in al, 40h; and al, 3Fh; add al, 30h; mov ah, 0Eh; int 10h; jmp` to the first.
    private static let restless: Data = {
        var image = Data([0x31, 0xDB, 0xE4, 0x40, 0x24, 0x3F, 0x04, 0x30, 0xB4, 0x0E, 0xCD, 0x10, 0xEB, 0xF2])
        image += Data(count: 510 - image.count) + [0x55, 0xAA]
        return image + Data(count: 1_474_560 - image.count)
    }()

    /// Four guests that take all of the host that they get, and scroll without end: every key is still answered, in the list and on the wall.
    @Test(.timeLimit(.minutes(120))) func keysReachABusyWorkstation() throws {
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let names = (1...4).map { "box-\($0)" }
        for name in names {
            let image = folder.appending(path: name + ".img")
            try Self.restless.write(to: image)
            let created = try Program.run(Program.vitrine, ["create", name, "--floppy", image.path, "--home", folder.path], limit: 60)
            try #require(created.status == 0, "\(created.errors)")
        }
        try Terminal.with(Self.command, folder, columns: 80, rows: 24) { terminal in
            #expect(terminal.wait(for: "box-4"), "\(terminal.text)")
            for name in names {
                let started = try Program.run(Program.vitrine, ["start", name, "--home", folder.path], limit: 60)
                #expect(started.status == 0, "\(started.errors)")
            }
            // All are busy: each row's percent of a CPU, between its sparkline and its MIPS.
            let isBusy: (String, String) -> Bool = { text, name in
                let row = text.split(separator: "\n").first { $0.contains("● \(name) ") }?.split(separator: " ") ?? []
                guard let line = row.firstIndex(where: { $0.contains { "▁▂▃▄▅▆▇█".contains($0) } }), line + 1 < row.count else { return false }
                return Int(row[line + 1]).map { $0 > 2 } ?? false
            }
            #expect(terminal.wait(120) { text in names.allSatisfy { isBusy(text, $0) } }, "\(terminal.text)")
            terminal.keys("g")
            #expect(terminal.wait(for: "▸ ● box-1"), "\(terminal.text)")
            for (key, places) in [("j", names.dropFirst()), ("k", names.reversed().dropFirst())] as [(String, any Collection<String>)] {
                for name in places {
                    terminal.keys(key)
                    #expect(terminal.wait(for: "▸ ● \(name) "), "\(terminal.text)")
                }
            }
            terminal.keys("2")
            #expect(terminal.wait(for: "┤ ● box-1 ├"), "\(terminal.text)")
            for (key, name) in [("l", "box-2"), ("j", "box-4"), ("h", "box-3"), ("k", "box-1")] {
                terminal.keys(key)
                #expect(terminal.wait(for: "┤ ● \(name) ├"), "\(terminal.text)")
            }
            terminal.keys("1")
            #expect(terminal.wait(for: "▸ ● box-1 "), "\(terminal.text)")
            quit(terminal)
        }
    }

    /// What is changed in a form is written, and `u` takes it back; a theme and a setting are there at the next start.
    @Test(.timeLimit(.minutes(120))) func whatIsSetStays() throws {
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let created = try Program.run(
            Program.vitrine, ["create", "nt4", "--floppy", "builtin:showcase", "--home", folder.path], limit: 60)
        try #require(created.status == 0, "\(created.errors)")
        try Terminal.with(Self.command, folder) { terminal in
            #expect(terminal.wait(for: "nt4"), "\(terminal.text)")
            terminal.keys("g", "E")
            #expect(terminal.wait(for: "Edit nt4"), "\(terminal.text)")
            terminal.keys("Tab")
            terminal.type("lab")
            #expect(terminal.wait(for: "[ lab"), "\(terminal.text)")
            terminal.keys("C-s")
            #expect(terminal.wait(for: "nt4 saved.") && terminal.wait(for: " lab"), "\(terminal.text)")
            terminal.keys("u")
            #expect(terminal.wait { $0.contains("Undone") && !$0.contains(" lab") }, "\(terminal.text)")
            terminal.keys("C-r")
            #expect(terminal.wait(for: " lab"), "\(terminal.text)")
            terminal.keys(":")
            #expect(terminal.wait(for: "Command"), "\(terminal.text)")
            terminal.type("theme mono")
            #expect(terminal.wait(for: "▸ Theme Mono"), "\(terminal.text)")
            terminal.keys("Enter")
            #expect(terminal.wait { !$0.contains("Command") }, "\(terminal.text)")
            terminal.keys(",")
            #expect(terminal.wait(for: "kept in settings.json"), "\(terminal.text)")
            terminal.keys("Down", "Down", "Right")
            #expect(terminal.wait(for: "Reduce motion   ‹ on"), "\(terminal.text)")
            terminal.keys("Escape")
            #expect(terminal.wait(for: "▸ ■ nt4"), "\(terminal.text)")
            terminal.keys("q")
            #expect(terminal.wait(for: "ended with 0"), "\(terminal.text)")
        }
        try Terminal.with(Self.command, folder) { terminal in
            #expect(terminal.wait(for: "nt4") && terminal.text.contains(" lab"), "\(terminal.text)")
            terminal.keys("t")
            #expect(terminal.wait(for: "▸ Mono"), "\(terminal.text)")
            terminal.keys("Escape")
            #expect(terminal.wait(for: "▸ ■ nt4"), "\(terminal.text)")
            terminal.keys(",")
            #expect(terminal.wait(for: "Reduce motion   ‹ on"), "\(terminal.text)")
            terminal.keys("Escape")
            #expect(terminal.wait(for: "▸ ■ nt4"), "\(terminal.text)")
            terminal.keys("q")
            #expect(terminal.wait(for: "ended with 0"), "\(terminal.text)")
        }
    }
}
