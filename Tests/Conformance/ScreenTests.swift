import Foundation
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

    @Test(.timeLimit(.minutes(5))) func aViewerSeesTheGuestAndTypes() throws {
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

    @Test(.timeLimit(.minutes(5)), .enabled("vncsnapshot is not installed") { Program.find("vncsnapshot") != nil })
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

    @Test(.timeLimit(.minutes(5)), .enabled("tmux is not installed") { Program.find("tmux") != nil })
    func theWorkstationOpensInATerminal() throws {
        try withTerminal("'\(Program.vitrine)' --home \"$HOME_FOLDER\"") { terminal in
            #expect(terminal.wait(for: "showcase", seconds: 60), "\(terminal.text)")
            terminal.keys("q")
        }
    }

    @Test(.timeLimit(.minutes(5)), .enabled("tmux is not installed") { Program.find("tmux") != nil })
    func theConsoleShowsTheGuest() throws {
        try withTerminal("'\(Program.vitrine)' run --floppy showcase --max-seconds 200") { terminal in
            #expect(terminal.wait(for: "a glass case for PCs", seconds: 120), "\(terminal.text)")
            terminal.keys("3")
            #expect(terminal.wait(for: "Scan codes", seconds: 30), "\(terminal.text)")
            terminal.keys("h", "i")
            #expect(terminal.wait(for: "hi", seconds: 30), "\(terminal.text)")
        }
    }

    private func withTerminal(_ command: String, _ body: (Terminal) throws -> Void) throws {
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let terminal = try Terminal(command.replacing("$HOME_FOLDER", with: folder.path))
        defer { terminal.kill() }
        try body(terminal)
    }
}

/// A program in tmux: a real terminal, 100 by 40.
private struct Terminal {
    private let tmux: String
    private let socket = "vitrine-\(UUID().uuidString.prefix(8))"

    init(_ command: String) throws {
        tmux = Program.find("tmux") ?? "tmux"
        let line = "TERM=tmux-256color LC_ALL=C.UTF-8 \(command); echo ended with $?; sleep 100"
        _ = try Program.run(tmux, ["-L", socket, "-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "40", "-s", "a", line], limit: 20)
    }

    var text: String { (try? Program.run(tmux, ["-L", socket, "capture-pane", "-p", "-t", "a"], limit: 20))?.output ?? "" }

    func keys(_ keys: String...) { _ = try? Program.run(tmux, ["-L", socket, "send-keys", "-t", "a"] + keys, limit: 20) }

    func wait(for wanted: String, seconds: Double) -> Bool {
        let end = Date(timeIntervalSinceNow: seconds)
        while Date() < end {
            if text.contains(wanted) { return true }
            usleep(100_000)
        }
        return false
    }

    func kill() { _ = try? Program.run(tmux, ["-L", socket, "kill-server"], limit: 20) }
}
