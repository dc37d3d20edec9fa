import Foundation
import TestSupport
import Testing
import vitrine_bench

/// What takes a process: children as they are watched, and the program itself with a Vitrine below it.
@Suite struct ProgramTests {
    private func lines(of command: [String], patience: Double = 60) throws -> (lines: [String], ending: Child.Ending, log: String) {
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let log = folder.appending(path: "log")
        let child = try Child(command, log: log)
        defer { child.end() }
        var lines: [String] = []
        let ending = child.lines(patience: patience) { line in
            lines.append(line)
            return line != "enough"
        }
        return (lines, ending, try String(contentsOf: log, encoding: .utf8))
    }

    @Test func aChildIsReadLineByLineToItsEnd() throws {
        let (lines, ending, log) = try lines(of: ["sh", "-c", #"printf 'one\r\ntwo\nthree'; cat"#])
        #expect(lines == ["one", "two"])
        #expect(ending == .ended)
        #expect(log == "sh -c printf 'one\\r\\ntwo\\nthree'; cat\none\r\ntwo\nthree")
    }

    @Test func aChildThatHasSaidEnoughIsEnded() throws {
        let (lines, ending, _) = try lines(of: ["sh", "-c", "echo one; echo enough; exec sleep 1000"])
        #expect(lines == ["one", "enough"])
        #expect(ending == .enough)
    }

    @Test func aSilentChildIsGivenUp() throws {
        #expect(try lines(of: ["sleep", "1000"], patience: 0.05).ending == .silent)
    }

    @Test func whatIsNotThereIsSaid() throws {
        #expect(throws: Failure.self) { try lines(of: ["no-such-program"]) }
    }

    /// One processor's work, told by itself: what the host counts is as much.
    @Test func usageIsWhatTheChildUsed() throws {
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let work = "n=0; while [ $n -lt 200000 ]; do n=$((n + 1)); done"
        let child = try Child(["sh", "-c", "echo before; \(work); times; echo after; sleep 1000; :"], log: folder.appending(path: "log"))
        defer { child.end() }
        var used: [Usage] = [], told = 0.0
        _ = child.lines(patience: 60) { line in
            if line == "before" || line == "after" { used += [child.usage()].compactMap { $0 } }
            // `times` tells the shell's user and system time first: 0m0.040000s 0m0.000000s
            if line.hasPrefix("0m"), told == 0 {
                told = line.split(separator: " ").compactMap { Double($0.dropFirst(2).dropLast()) }.reduce(0, +)
            }
            return line != "after"
        }
        let (before, after) = try (#require(used.first), #require(used.last))
        #expect(used.count == 2)
        #expect(after.cpu > before.cpu)
        // The shell counts in hundredths, the first sample is a little after its start.
        #expect(abs(after.cpu - told) < 0.05 + told / 2)
        #expect(after.wall > before.wall)
        #expect(after.peakKiB >= before.peakKiB && before.peakKiB > 0)
    }

    private static let isFull = ProcessInfo.processInfo.environment["VITRINE_FULL"] != nil

    private func bench(_ arguments: [String], cache: URL) throws -> Program {
        let program = URL(fileURLWithPath: Program.vitrine).deletingLastPathComponent().appending(path: "vitrine-bench")
        return try Program.run("/usr/bin/env", ["XDG_CACHE_HOME=\(cache.path)", program.path] + arguments, limit: 3600)
    }

    private func bench(_ arguments: [String]) throws -> Program {
        let cache = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: cache) }
        return try bench(arguments, cache: cache)
    }

    @Test func microKernelsComeOutAsOnTheHost() throws {
        let program = try bench([
            "--micro", "--scale", "1", "--runs", "1", "--patience", "120", "--engines", "native,vitrine", "--only",
            "^(flags|muldiv|lodstos|intiret)$",
        ])
        let words = program.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        for name in ["flags", "muldiv", "lodstos"] {
            let row = try #require(words.first { $0.first == name }, "\(program.output)\n\(program.errors)")
            #expect(row.count == 4 && row.dropFirst().allSatisfy { Double($0).map { $0 > 0 } ?? false }, "\(row)")
        }
        let privileged = try #require(words.first { $0.first == "intiret" })
        #expect(privileged[1] == "-" && Double(privileged[2]) != nil && privileged[3] == "-")
        #expect(program.status == 0, "\(program.errors)")
    }

    @Test(
        .timeLimit(.minutes(120)), .enabled(if: isFull, "VITRINE_FULL is not set"),
        .enabled(Comment(rawValue: Packages.unreachable)) { await Packages.have("busybox-static") })
    func programsOfTheGuestComeOutAsOnTheHost() throws {
        let names = ["lists", "gzip", "gunzip", "sqlite", "fork", "mprotect"]
        let program = try bench(
            ["--scale", "1", "--runs", "1", "--no-boot", "--engines", "native,vitrine", "--only", "^(\(names.joined(separator: "|")))$"],
            cache: Packages.cache)
        let words = program.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        for name in names {
            let row = try #require(words.first { $0.first?.hasPrefix(name) ?? false }, "\(program.output)\n\(program.errors)")
            #expect(row.dropFirst().allSatisfy { Double($0) != nil }, "\(row)")
        }
        #expect(program.status == 0, "\(program.errors)")
    }

    @Test(arguments: [
        (["--only", "two words"], "no blanks"), (["--engines", "native,bochs"], "bochs"), (["--engines", "qemu,qemu"], "twice"),
        (["--scale", "0"], "--scale 0"), (["--micro", "--engines", "native", "--only", "^nothing$"], "finds none"),
        (["--engines", "qemu", "--qemu", "/no/qemu"], "apt-get install qemu-system-x86"),
    ])
    func wrongUsageIsStatusTwoAndSaysWhy(arguments: [String], reason: String) throws {
        let program = try bench(arguments)
        #expect(program.status == 2)
        #expect(program.errors.contains(reason), "\(program.errors)")
    }
}
