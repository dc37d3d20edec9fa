import Foundation
import TestSupport

/// Programs run by `runner.c`, in our guest or on the host, and what came of them.
struct ProgramSet {
    /// Folders of programs by the name of their suite, and the lines of the runner's list.
    var folders: [String: URL]
    var list: [String]

    struct Outcome: Equatable {
        var status: Int
        var output: [UInt8]
        var errors: [UInt8]

        var text: String { String(decoding: output + errors, as: UTF8.self) }
    }

    /// All programs of a folder: what is executable and no folder.
    static func programs(in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().filter { name in
            var isFolder: ObjCBool = false
            let path = folder.appending(path: name).path
            return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
                && FileManager.default.isExecutableFile(atPath: path)
        }
    }

    private var names: [String] { list.compactMap { $0.hasPrefix("=") ? nil : $0.split(separator: " ").first.map(String.init) } }

    /// Boots Debian's 686 kernel with the programs in its initial RAM disk. Outcomes come through port E9h, in the order of the list.
    func runInGuest(runner: URL, kernel: String, limit: Int) throws -> [(name: String, outcome: Outcome)] {
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        var archive = Archive()
        for name in ["dev", "proc", "sys", "tmp", "suites"] { archive.add(name, mode: 0o40755) }
        archive.add("dev/console", mode: 0o20600, device: (5, 1))
        archive.add("init", mode: 0o100755, [UInt8](try Data(contentsOf: runner)))
        for suite in folders.keys.sorted() { archive.add("suites/\(suite)", mode: 0o40755) }
        for name in Set(names).sorted() { archive.add("suites/\(name)", mode: 0o100755, [UInt8](try Data(contentsOf: file(name)))) }
        archive.add("suites/list", mode: 0o100644, Array((list.joined(separator: "\n") + "\n").utf8))
        archive.end()
        let initrd = folder.appending(path: "initrd"), report = folder.appending(path: "report")
        try Data(archive.bytes).write(to: initrd)
        let program = try Program.run(
            Program.vitrine,
            [
                "run", "--no-console", "--kernel", kernel, "--initrd", initrd.path, "--memory", "256", "--cpu-model", "max", "--append",
                "console=ttyS0 quiet panic=-1 cryptomgr.notests", "--serial", "stdio", "--no-reboot", "--debugcon", report.path, "--max-seconds",
                "\(limit)",
            ], limit: Double(limit) + 60)
        let outcomes = Self.outcomes([UInt8](try Data(contentsOf: report)))
        guard program.status == 0, outcomes.last?.name == "end" else {
            throw Packages.Missing(
                what:
                    "the guest ended with \(program.status) after \(outcomes.last?.name ?? "nothing"): \(program.errors)\(program.output.suffix(2000))"
            )
        }
        return outcomes.dropLast()
    }

    /// The same on the host. The C library's mathematics take the way there that they take in the guest, which has no FMA.
    func runOnHost(runner: URL, limit: Double) throws -> [String: Outcome] {
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let report = folder.appending(path: "report")
        for (suite, programs) in folders {
            try FileManager.default.createSymbolicLink(at: folder.appending(path: suite), withDestinationURL: programs)
        }
        try Data((list.joined(separator: "\n") + "\n").utf8).write(to: folder.appending(path: "list"))
        let program = try Program.run(
            "/usr/bin/env", ["--default-signal", "GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2", runner.path, folder.path, report.path],
            limit: limit)
        guard program.status == 0 else { throw Packages.Missing(what: "the host's run ended with \(program.status): \(program.errors)") }
        return Dictionary(Self.outcomes([UInt8](try Data(contentsOf: report))).map { ($0.name, $0.outcome) }) { $1 }
    }

    private func file(_ name: String) -> URL {
        let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
        return (folders[parts[0]] ?? URL(fileURLWithPath: "/")).appending(path: parts[parts.count - 1])
    }

    /// Reads `@@ NAME STATUS OUTPUT ERRORS`, the two counted in bytes. What stands before the first is the firmware's.
    static func outcomes(_ bytes: [UInt8]) -> [(name: String, outcome: Outcome)] {
        var result: [(String, Outcome)] = []
        var at = 0
        let mark = Array("@@ ".utf8)
        while at + mark.count < bytes.count {
            guard bytes[at..<at + mark.count].elementsEqual(mark), let end = bytes[at...].firstIndex(of: UInt8(ascii: "\n")) else {
                at += 1
                continue
            }
            let fields = String(decoding: bytes[at..<end], as: UTF8.self).split(separator: " ")
            guard fields.count == 5, let status = Int(fields[2]), let output = Int(fields[3]), let errors = Int(fields[4]), output >= 0, errors >= 0,
                end + 1 + output + errors <= bytes.count
            else { break }
            let middle = end + 1 + output
            result.append(
                (String(fields[1]), Outcome(status: status, output: Array(bytes[end + 1..<middle]), errors: Array(bytes[middle..<middle + errors]))))
            at = middle + errors + 1
        }
        return result
    }
}

/// The figures of a suite, printed in a form that scripts can read.
struct SuiteReport {
    var name: String
    var cases = 0
    var passed = 0
    var failures: [(name: String, what: String)] = []

    mutating func count(_ name: String, _ failure: String?) {
        cases += 1
        if let failure { failures.append((name, failure)) } else { passed += 1 }
    }

    func print() {
        let reasons = failures.map { "; \($0.name): \($0.what.replacing("\n", with: " "))" }.joined()
        Swift.print("suite \(name): cases \(cases), passed \(passed)\(reasons)")
    }
}
