import Foundation
import TestSupport
import Testing

/// `--clock instructions`: a machine that was recorded does the same again, instruction for instruction, whoever looks on.
@Suite(.serialized) struct RepetitionTests {
    private static let isFull = ProcessInfo.processInfo.environment["VITRINE_FULL"] != nil

    /// The lines of `--state-hash`.
    private func hashes(_ errors: String) -> [String] {
        errors.split(separator: "\n").map(String.init).filter { $0.firstMatch(of: #/^[0-9]+ [0-9a-f]{16}$/#) != nil }
    }

    /// Records a script, then replays what it did three times: alone, with a viewer on the screen, and with hashes taken at other places.
    private func repeats(_ machine: [String], script: String, every interval: Int, in folder: URL) throws -> (recorded: Program, hashes: [String]) {
        let recording = folder.appending(path: "recording").path, again = folder.appending(path: "again").path
        let file = folder.appending(path: "script")
        try Data(script.utf8).write(to: file)
        let common = machine + ["--clock", "instructions", "--max-seconds", "1500"]
        func run(_ arguments: [String]) throws -> Program { try Program.run(Program.vitrine, common + arguments, limit: 1600) }
        let hash = ["--state-hash", "\(interval)"]

        let recorded = try run(["--record", recording, "--script", file.path] + hash)
        try #require(recorded.status == 0, "\(recorded.errors)")
        let expected = hashes(recorded.errors)
        let replayed = try run(["--replay", recording, "--record", again] + hash)
        #expect(replayed.status == 0 && hashes(replayed.errors) == expected, "\(replayed.errors)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: again)) == Data(contentsOf: URL(fileURLWithPath: recording)))
        #expect(replayed.output == recorded.output)

        let watched = try watch(common + ["--replay", recording] + hash, in: folder)
        #expect(watched.status == 0 && hashes(watched.errors) == expected, "\(watched.errors)")

        let other = try run(["--replay", recording, "--state-hash", "\(interval * 3 / 2 + 1)"])
        #expect(other.status == 0, "\(other.errors)")
        return (recorded, expected)
    }

    /// Runs a machine while a viewer follows its screen; once more where the machine ended before the viewer had a picture.
    private func watch(_ arguments: [String], in folder: URL) throws -> (status: Int32, errors: String) {
        for attempt in 0..<10 {
            let socket = folder.appending(path: "screen\(attempt)").path
            let process = Process()
            process.executableURL = URL(fileURLWithPath: Program.vitrine)
            process.arguments = arguments + ["--vnc", "unix:\(socket)"]
            let errors = folder.appending(path: "errors")
            try Data().write(to: errors)
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            process.standardError = try FileHandle(forUpdating: errors)
            try process.run()
            var pictures = 0
            while process.isRunning {
                if let viewer = try? Viewer(unix: socket) {
                    while (try? viewer.wait(60, until: { _ in true })) != nil { pictures += 1 }
                }
                usleep(1000)
            }
            if pictures > 0 {
                return (process.terminationStatus, String(decoding: try Data(contentsOf: errors), as: UTF8.self))
            }
        }
        throw Packages.Missing(what: "no machine lived long enough for a viewer")
    }

    @Test(.timeLimit(.minutes(120))) func theShowcaseWithKeys() throws {
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let (_, hashes) = try repeats(
            ["run", "--no-console", "--floppy", "showcase", "--memory", "16"],
            script: """
                wait "a glass case for PCs" 120
                key 3
                wait "Scan codes" 60
                type Hello
                wait Hello 60
                key esc
                wait "a glass case for PCs" 60
                mouse 100 100 left
                key 5
                wait "Timer interrupts" 60
                sleep 2
                """, every: 1_000_000, in: folder)
        #expect(hashes.count > 5 && Set(hashes.map { $0.suffix(16) }).count > 5, "\(hashes)")
    }

    /// A boot with a disk, written to and dropped, keys and serial input.
    @Test(.timeLimit(.minutes(120)), .enabled(if: isFull, "VITRINE_FULL is not set")) func linuxWithADisk() async throws {
        if let missing = await LinuxGuest.missing() { try Test.cancel("\(missing)") }
        let guest = try await LinuxGuest(
            script: """
                echo READY
                read line < /dev/tty1
                for i in 1 2 3 4 5 6 7 8; do
                    dd if=/dev/urandom bs=32k count=8 2> /dev/null | gzip > /disk/$i.gz
                    echo "$line" > /disk/$i.txt
                done
                sync
                echo 3 > /proc/sys/vm/drop_caches
                cat /disk/*.gz /disk/*.txt | sha256sum
                date
                umount /disk
                poweroff -f

                """, diskMiB: 16)
        defer { guest.remove() }
        let (recorded, hashes) = try repeats(
            guest.arguments("console=tty0 console=ttyS0 nomodeset quiet") + ["--snapshot", "--serial", "stdio"],
            script: """
                wait READY 1400
                type by hand\\n
                wait " UTC 2026" 1400
                wait "Power down" 600
                """, every: 50_000_000, in: guest.folder)
        #expect(recorded.output.contains(#/[0-9a-f]{64}/#), "\(recorded.output)")
        #expect(hashes.count > 20)
    }

    @Test(.timeLimit(.minutes(120))) func whatCannotBeRepeatedIsRefused() throws {
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "recording").path
        func run(_ arguments: String...) throws -> Program {
            try Program.run(Program.vitrine, ["run", "--no-console", "--memory", "16", "--max-seconds", "60"] + arguments, limit: 90)
        }
        for option in ["--record", "--replay"] {
            let refused = try run(option, file)
            #expect(refused.status == 2 && refused.errors.contains("\(option) needs --clock instructions"), "\(refused.errors)")
        }
        let both = try run("--clock", "instructions", "--replay", file, "--script", file)
        #expect(both.status == 2 && both.errors.contains("--script"), "\(both.errors)")
        let absent = try run("--clock", "instructions", "--replay", file)
        #expect(absent.status == 1 && absent.errors.contains(file), "\(absent.errors)")

        let made = try run("--clock", "instructions", "--record", file, "--wait-text", "SeaBIOS")
        try #require(made.status == 0, "\(made.errors)")
        let recording = try String(contentsOfFile: file, encoding: .utf8)
        func replay(_ text: String, _ arguments: String...) throws -> Program {
            try Data(text.utf8).write(to: URL(fileURLWithPath: file))
            return try Program.run(
                Program.vitrine, ["run", "--no-console", "--clock", "instructions", "--max-seconds", "60", "--replay", file] + arguments, limit: 90)
        }
        let whole = try replay(recording, "--memory", "16")
        #expect(whole.status == 0, "\(whole.errors)")
        let cut = try replay(String(recording.dropLast(5)), "--memory", "16")
        let lines = recording.count { $0 == "\n" }
        #expect(cut.status == 1 && cut.errors.contains("line \(lines): "), "\(cut.errors)")
        let bigger = try replay(recording, "--memory", "32")
        #expect(bigger.status == 1 && bigger.errors.contains("memory 16 MB") && bigger.errors.contains("32 MB"), "\(bigger.errors)")
        let other = try replay(
            recording.replacing(#/\n[0-9]+ [0-9]+ end\n/#, with: "\n1000000 100001 key 1E down\n2000000 200000 end\n"), "--memory", "16")
        #expect(other.status == 1 && other.errors.contains("has left its recording") && other.errors.contains("line \(lines)"), "\(other.errors)")
    }
}
