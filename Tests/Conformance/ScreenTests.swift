import Foundation
import TestSupport
import Testing

/// The screen as others see it: VNC viewers, and a person at a terminal.
@Suite(.serialized) struct ScreenTests {
    /// The showcase with its screen on a unix socket; killed at the end.
    private func withShowcase(_ address: (URL) -> String, _ body: (String) throws -> Void) throws {
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Program.vitrine)
        process.arguments = ["run", "--no-console", "--floppy", "showcase", "--vnc", address(folder), "--max-seconds", "240"]
        let errors = Pipe()
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        var said = ""
        while !said.contains("\n") {
            let data = errors.fileHandleForReading.availableData
            guard !data.isEmpty else { break }
            said += String(decoding: data, as: UTF8.self)
        }
        let prefix = "vitrine: the screen is at "
        let line = try #require(said.split(separator: "\n").first { $0.hasPrefix(prefix) }, "\(said)")
        try body(String(line.dropFirst(prefix.count)))
    }

    @Test(.timeLimit(.minutes(120))) func aViewerSeesTheGuestAndTypes() throws {
        try withShowcase({ "unix:\($0.path)/screen" }) { address in
            let viewer = try Viewer(unix: String(address.dropFirst(5)))
            // The title page has many colours; after key 5 the page about time is mostly blue.
            let title = try viewer.wait(120) { $0.colours.count >= 12 }
            #expect(title.width == 720 && title.height == 400 || title.width == 640 && title.height == 400, "\(title.width) by \(title.height)")
            try viewer.press(0x35)
            _ = try viewer.wait(60) { $0.share(of: 0x0000AA) > 0.5 }
            try viewer.press(0xFF1B)
            _ = try viewer.wait(60) { $0.share(of: 0x0000AA) < 0.5 && $0.colours.count >= 12 }
        }
    }

    @Test(.timeLimit(.minutes(120)), .enabled("vncsnapshot is not installed") { Program.find("vncsnapshot") != nil })
    func vncsnapshotTakesAPicture() throws {
        let program = try #require(Program.find("vncsnapshot"))
        try withShowcase({ _ in "auto" }) { address in
            let port = try #require(address.split(separator: ":").last.flatMap { Int($0) })
            let folder = try Program.scratch()
            defer { try? FileManager.default.removeItem(at: folder) }
            let file = folder.appending(path: "screen.jpg").path
            sleep(3)
            let result = try Program.run(program, ["-quiet", "-allowblank", "127.0.0.1:\(port - 5900)", file], limit: 60)
            #expect(result.status == 0, "\(result.errors)")
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
            #expect(bytes.starts(with: [0xFF, 0xD8]))
        }
    }

    @Test(.timeLimit(.minutes(120)), .enabled("tmux is not installed") { Program.find("tmux") != nil })
    func theWorkstationFromItsFirstStartToItsEnd() throws {
        try Terminal.with("'\(Program.vitrine)' --home '$HOME_FOLDER'") { terminal in
            // The samples are listed and the first is explained.
            #expect(terminal.wait(for: "A small PC of our own.", seconds: 60), "\(terminal.text)")
            for sample in ["showcase", "memtest86+", "grub-rescue", "linux-small", "debian-setup"] { #expect(terminal.text.contains(sample)) }
            // Its screen fills the terminal, and keys reach it.
            terminal.keys("Enter")
            #expect(terminal.wait(for: "a glass case for PCs", seconds: 120), "\(terminal.text)")
            #expect(terminal.wait(for: "Ctrl-] q leaves", seconds: 10), "\(terminal.text)")
            terminal.keys("3")
            #expect(terminal.wait(for: "Scan codes", seconds: 30), "\(terminal.text)")
            terminal.keys("H", "e", "y", "F5", "M-x")
            #expect(terminal.wait(for: "Hey", seconds: 30), "\(terminal.text)")
            // It runs on while the list is shown.
            terminal.keys("C-]", "q")
            #expect(terminal.wait(for: "running", seconds: 30), "\(terminal.text)")
            terminal.keys("q")
            #expect(terminal.wait(for: "1 machine lives in this process and ends with it.", seconds: 30), "\(terminal.text)")
            terminal.keys("t")
            #expect(terminal.wait(for: "ended with 0", seconds: 60), "\(terminal.text)")
            #expect(terminal.wait(for: " icanon", seconds: 10), "\(terminal.text)")
            #expect(!terminal.text.contains("-icanon") && !terminal.text.contains("-echo "), "\(terminal.text)")
        }
    }

    @Test(.timeLimit(.minutes(120)), .enabled("tmux is not installed") { Program.find("tmux") != nil }, arguments: [("TERM", 143), ("HUP", 129)])
    func aSignalEndsTheWorkstationInOrder(signal: String, status: Int) throws {
        try Terminal.with("sh -c 'echo $$ > $HOME_FOLDER/pid; exec \(Program.vitrine) --home $HOME_FOLDER'") { terminal in
            #expect(terminal.wait(for: "A small PC of our own.", seconds: 60), "\(terminal.text)")
            terminal.keys("Enter")
            #expect(terminal.wait(for: "a glass case for PCs", seconds: 120), "\(terminal.text)")
            _ = try Program.run("/bin/sh", ["-c", "kill -\(signal) $(cat \(terminal.folder.path)/pid)"], limit: 10)
            #expect(terminal.wait(for: "ended with \(status)", seconds: 60), "\(terminal.text)")
            #expect(terminal.wait(for: " icanon", seconds: 10), "\(terminal.text)")
        }
    }

    @Test(.timeLimit(.minutes(120)), .enabled("tmux is not installed") { Program.find("tmux") != nil })
    func aCrashGivesTheTerminalBack() throws {
        try Terminal.with("sh -c 'echo $$ > $HOME_FOLDER/pid; exec \(Program.vitrine) --home $HOME_FOLDER'") { terminal in
            #expect(terminal.wait(for: "A small PC of our own.", seconds: 60), "\(terminal.text)")
            _ = try Program.run("/bin/sh", ["-c", "kill -SEGV $(cat \(terminal.folder.path)/pid)"], limit: 10)
            #expect(terminal.wait(for: "ended with 139", seconds: 60), "\(terminal.text)")
            #expect(terminal.wait(for: " icanon", seconds: 10) && !terminal.text.contains("A small PC"), "\(terminal.text)")
        }
    }

    @Test(.timeLimit(.minutes(120)), .enabled("tmux is not installed") { Program.find("tmux") != nil })
    func aTerminalThatIsGoneTakesTheWorkstationWithIt() throws {
        try Terminal.with("sh -c 'echo $$ > $HOME_FOLDER/pid; exec \(Program.vitrine) --home $HOME_FOLDER'") { terminal in
            #expect(terminal.wait(for: "A small PC of our own.", seconds: 60), "\(terminal.text)")
            terminal.keys("Enter")
            #expect(terminal.wait(for: "a glass case for PCs", seconds: 120), "\(terminal.text)")
            terminal.kill()
            let wait = "for i in $(seq 300); do readlink /proc/$(cat \(terminal.folder.path)/pid)/exe > /dev/null || exit 0; sleep 0.1; done; exit 1"
            let ended = try Program.run("/bin/sh", ["-c", wait], limit: 60)
            #expect(ended.status == 0)
        }
    }

    @Test(.timeLimit(.minutes(120)), .enabled("tmux is not installed") { Program.find("tmux") != nil })
    func theConsoleShowsTheGuest() throws {
        try Terminal.with("'\(Program.vitrine)' run --floppy showcase --max-seconds 200") { terminal in
            #expect(terminal.wait(for: "a glass case for PCs", seconds: 120), "\(terminal.text)")
            terminal.keys("3")
            #expect(terminal.wait(for: "Scan codes", seconds: 30), "\(terminal.text)")
            terminal.keys("h", "i")
            #expect(terminal.wait(for: "hi", seconds: 30), "\(terminal.text)")
        }
    }

    /// What another terminal sees of a machine in the workstation, and does with it.
    @Test(.timeLimit(.minutes(120)), .enabled("tmux is not installed") { Program.find("tmux") != nil })
    func theCommandLineReachesTheWorkstation() throws {
        try Terminal.with("'\(Program.vitrine)' --home '$HOME_FOLDER'") { terminal in
            let home = ["--home", terminal.folder.path]
            func vitrine(_ arguments: String...) throws -> Program { try Program.run(Program.vitrine, arguments + home, limit: 30) }
            func showcase() throws -> [String: Any] {
                let list = try #require(try JSONSerialization.jsonObject(with: Data(vitrine("list", "--json").output.utf8)) as? [[String: Any]])
                return try #require(list.first { $0["id"] as? String == "showcase" })
            }
            func wait(_ isTrue: ([String: Any]) -> Bool) throws -> Bool {
                for _ in 0..<300 {
                    if isTrue(try showcase()) { return true }
                    usleep(100_000)
                }
                return false
            }
            let early = try Program.run(Program.vitrine, ["type", "showcase", "3", "--home", terminal.folder.path + "/elsewhere"], limit: 30)
            #expect(early.status == 1 && early.errors.contains("vitrine"), "\(early.errors)")
            #expect(terminal.wait(for: "A small PC of our own.", seconds: 60), "\(terminal.text)")
            #expect(try vitrine("start", "showcase").status == 0)
            #expect(try wait { $0["guestMIPS"] as? Double != nil && $0["translation"] is [String: Any] }, "\(String(describing: try? showcase()))")
            terminal.keys("Enter")
            #expect(terminal.wait(for: "a glass case for PCs", seconds: 120), "\(terminal.text)")
            #expect(try vitrine("type", "showcase", "3").status == 0)
            #expect(terminal.wait(for: "Scan codes", seconds: 30), "\(terminal.text)")
            #expect(try vitrine("wait", "showcase", "--text", "Scan codes", "--timeout", "30").status == 0)
            #expect(try vitrine("screen", "showcase").output.contains("Scan codes"))
            #expect(try vitrine("screen", "showcase", "--ansi").output.contains("\u{1B}[0;38;2;255;255;255;48;2;0;170;170m"))
            let file = terminal.folder.appending(path: "screen.png")
            #expect(try vitrine("screen", "showcase", "--png", file.path).status == 0)
            // The header of a PNG file: 720 by 400.
            #expect(Array(try Data(contentsOf: file).dropFirst(16).prefix(8)) == [0, 0, 2, 208, 0, 0, 1, 144])
            let late = try vitrine("wait", "showcase", "--text", "no such text", "--timeout", "0.3")
            #expect(late.status == 4 && late.errors.contains("no such text"), "\(late.errors)")
            let load = try vitrine("top", "--csv", "--count", "2", "--interval", "0.2").output.components(separatedBy: "\r\n")
            #expect(load.count == 4 && load[0].hasPrefix("time,name,state,cpu%") && load[1].contains(",showcase,running,"), "\(load)")
            #expect(try vitrine("log", "showcase").output.contains("Started by you"))
            #expect(try vitrine("pause", "showcase").status == 0)
            #expect(try wait { $0["state"] as? String == "paused" }, "\(String(describing: try? showcase()))")
            #expect(try vitrine("resume", "showcase").status == 0)
            #expect(try vitrine("save", "showcase").status == 0)
            #expect(try wait { $0["state"] as? String == "saved" && $0["savedBytes"] as? Int ?? 0 > 0 }, "\(String(describing: try? showcase()))")
            #expect(try vitrine("start", "showcase").status == 0)
            #expect(try wait { $0["state"] as? String == "running" && $0["savedAt"] == nil }, "\(String(describing: try? showcase()))")
            #expect(try vitrine("discard", "showcase").status == 1)
            #expect(try vitrine("stop", "showcase").status == 0)
            #expect(try wait { $0["state"] as? String == "off" && $0["guestMIPS"] == nil }, "\(String(describing: try? showcase()))")
            #expect(try vitrine("wait", "showcase", "--state", "off").status == 0)
            let gone = try vitrine("wait", "showcase", "--text", "Scan codes")
            #expect(gone.status == 1 && gone.errors.contains("is off"), "\(gone.errors)")
        }
    }
}
