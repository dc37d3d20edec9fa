import Foundation
import TestSupport
import Testing

/// Public processor suites, fetched and built from Debian's sources and run in our guests. A sample always, the rest with VITRINE_FULL.
@Suite(.serialized) struct SuiteTests {
    private static let isFull = ProcessInfo.processInfo.environment["VITRINE_FULL"] != nil

    /// Programs that cannot pass, and why. One that passes all the same is a failure, so that no reason stays that is none.
    private static let reasons = [
        "valgrind/lzcnt32": "LZCNT came after every preset",
        "valgrind/movbe": "MOVBE came after every preset",
    ]

    /// A program of which the guest need not take the host's word.
    private enum Filter {
        static func apply(_ name: String, _ text: String) -> String {
            switch name {
            // It names itself by its path.
            case "valgrind/allexec": text.replacing(/\S*\/valgrind\//, with: "")
            case "valgrind/cpuid": text.replacing(/0x[0-9a-f]{1,8}/, with: "0x........")
            case "qemu/test-mmap": text.replacing(/0x[0-9a-f]+/, with: "0x")
            // Threads run as they are scheduled.
            case "qemu/signals", "qemu/testthread": ""
            // SDM Vol. 2B, SHLD and SHRD: shifted by more than its size the operand is undefined; Intel's and AMD's processors differ.
            case "qemu/test-i386":
                text.split(separator: "\n", omittingEmptySubsequences: false).filter { $0.firstMatch(of: #/^sh[lr]dw .* C=0000001[1-9a-f] /#) == nil }
                    .joined(separator: "\n")
            default: text
            }
        }
    }

    @Test(.timeLimit(.minutes(isFull ? 75 : 30)))
    func programsOfValgrindAndQEMU() async throws {
        if let missing = await SuiteBuilds.missing(["valgrind", "qemu", "linux-image-686"]) { try Test.cancel("\(missing)") }
        let runner = try await SuiteBuilds.runner()
        let folders = ["valgrind": try await SuiteBuilds.valgrind(), "qemu": try await SuiteBuilds.qemu()]
        var list: [String] = []
        for (suite, folder) in folders.sorted(by: { $0.key < $1.key }) {
            for name in try ProgramSet.programs(in: folder) {
                // It measures what a pause is worth.
                if name == "yield" { continue }
                if name == "test-i386-fprem" && !Self.isFull { continue }
                list.append("\(suite)/\(name) \(name == "test-i386-fprem" ? 3400 : 240)")
            }
        }
        let set = ProgramSet(folders: folders, list: list)
        let host = try set.runOnHost(runner: runner, limit: 300)
        let guest = try set.runInGuest(runner: runner, kernel: try await Packages.kernel(), limit: Self.isFull ? 4000 : 900)

        var reports = ["valgrind": SuiteReport(name: "valgrind none/tests/x86"), "qemu": SuiteReport(name: "QEMU tests/tcg i386")]
        for (name, outcome) in guest {
            let text = Filter.apply(name, String(decoding: outcome.output, as: UTF8.self))
            let expected = try? String(
                contentsOf: (folders["valgrind"] ?? URL(fileURLWithPath: "/")).appending(path: "\(name.dropFirst(9)).expected"), encoding: .utf8)
            let native = host[name]
            let nativeText = native.map { Filter.apply(name, String(decoding: $0.output, as: UTF8.self)) }
            var failure: String?
            if !(name.hasPrefix("valgrind/") && text == expected) && !(text == nativeText && outcome.status == native?.status) {
                failure = "status \(outcome.status), on the host \(native?.status ?? -1); " + difference(expected ?? nativeText ?? "", text)
            }
            judge(name, &failure)
            reports[String(name.prefix { $0 != "/" })]?.count(name, failure)
        }
        for suite in ["valgrind", "qemu"] { reports[suite]?.print() }
        #expect(guest.count == list.count)
    }

    @Test(.timeLimit(.minutes(120)), arguments: [("hello", "Hello World"), ("memory", "Test complete: PASSED")])
    func kernelsOfQEMU(name: String, last: String) async throws {
        if let missing = await SuiteBuilds.missing(["qemu"]) { try Test.cancel("\(missing)") }
        let kernel = try await SuiteBuilds.qemu().appending(path: "system/\(name)").path
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = folder.appending(path: "output").path
        let program = try Program.run(
            Program.vitrine,
            ["run", "--no-console", "--kernel", kernel, "--debugcon", output, "--debug-exit", "0xF4", "--max-seconds", "300"], limit: 360)
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: output)), as: UTF8.self)
        #expect(program.status == 0 && text.hasSuffix(last + "\n"), "\(program.status) \(program.errors)\n\(text.suffix(1000))")
        print("suite QEMU tests/tcg i386 system \(name): cases 1, passed \(program.status == 0 ? 1 : 0)")
    }

    @Test(.timeLimit(.minutes(120)), .enabled(if: isFull, "VITRINE_FULL is not set"))
    func selftestsOfLinux() async throws {
        if let missing = await SuiteBuilds.missing(["linux-source-6.1", "linux-image-686"]) { try Test.cancel("\(missing)") }
        let folder = try await SuiteBuilds.selftests()
        let (kernel, module) = try await Packages.kernel(withModule: "test_bpf")
        let programs = try ProgramSet.programs(in: folder)
        let set = ProgramSet(
            folders: ["selftests": folder, "kernel": URL(fileURLWithPath: module).deletingLastPathComponent()],
            list: programs.map { "selftests/\($0) 120" } + ["kernel/test_bpf.ko 0", "=net/core/bpf_jit_enable 1", "kernel/test_bpf.ko 0"])
        let outcomes = try set.runInGuest(runner: try await SuiteBuilds.runner(), kernel: kernel, limit: 2400)
        var report = SuiteReport(name: "Linux selftests x86"), modules: [String] = []
        for (name, outcome) in outcomes {
            guard name.hasPrefix("selftests/") else {
                modules.append(outcome.text)
                continue
            }
            var failure: String?
            if outcome.status != 0 || outcome.text.contains("[FAIL]") {
                let lines = outcome.text.split(separator: "\n")
                failure = "status \(outcome.status); \(lines.first { $0.contains("FAIL") } ?? lines.last ?? "")"
            }
            judge(name, &failure)
            report.count(name, failure)
        }
        report.print()
        #expect(report.cases == programs.count)

        try #require(modules.count == 2)
        let interpreted = Self.summaries(of: modules[0]), translated = Self.summaries(of: modules[1])
        #expect(interpreted.map(\.passed).starts(with: [1026, 10]) && interpreted.allSatisfy { $0.failed == 0 }, "\(modules[0].suffix(3000))")
        Self.figures("test_bpf", interpreted)
        // ENOTSUPP: the kernel's translator for 32-bit processors has neither 64-bit division nor atomics. What it does translate must pass.
        let refused = modules[1].matches(of: /FAIL to \w+ err=-524/).count
        #expect(translated.first.map { $0.passed + $0.failed } == 1026 && translated.first?.failed == refused, "\(modules[1].suffix(3000))")
        Self.figures("test_bpf translated", translated, "; \(refused) that the kernel's translator refuses")
    }

    private static func summaries(of log: String) -> [(passed: Int, failed: Int)] {
        log.matches(of: /Summary: (\d+) PASSED, (\d+) FAILED/).map { (Int($0.1) ?? 0, Int($0.2) ?? 0) }
    }

    private static func figures(_ name: String, _ summaries: [(passed: Int, failed: Int)], _ reason: String = "") {
        let passed = summaries.reduce(0) { $0 + $1.passed }, failed = summaries.reduce(0) { $0 + $1.failed }
        print("suite \(name): cases \(passed + failed), passed \(passed)\(reason)")
    }

    @Test(.timeLimit(.minutes(120)), .enabled(Comment(rawValue: Packages.unreachable)) { await Packages.have("grub-rescue-pc") })
    func functionalTestOfGRUB() async throws {
        let image = try await Packages.file("grub-rescue-pc", "usr/lib/grub-rescue/grub-rescue-cdrom.iso")
        let (program, screen) = try Program.guest(
            ["--cdrom", image, "--boot", "d"],
            script: """
                wait "GNU GRUB" 120
                key c
                wait "grub>" 60
                type insmod functional_test\\n
                type echo rea""dy\\n
                wait "ready" 60
                type functional_test\\n
                wait "TEST" 240
                sleep 1
                """)
        let passed = program.status == 0 && screen.contains("ALL TESTS PASSED")
        #expect(passed, "\(program.errors)\n\(screen)")
        print("suite GRUB functional_test: cases 1, passed \(passed ? 1 : 0)")
    }

    /// A program without a reason must pass, and one with a reason must not.
    private func judge(_ name: String, _ failure: inout String?) {
        if let reason = Self.reasons[name] {
            #expect(failure != nil, "\(name) passes, so this is no reason any more: \(reason)")
            failure = failure.map { _ in reason }
        } else {
            #expect(failure == nil, "\(name): \(failure ?? "")")
        }
    }

    /// The first lines that differ.
    private func difference(_ expected: String, _ got: String) -> String {
        let wanted = expected.split(separator: "\n", omittingEmptySubsequences: false)
        let lines = got.split(separator: "\n", omittingEmptySubsequences: false)
        for index in 0..<max(wanted.count, lines.count) {
            let a = index < wanted.count ? wanted[index] : "(end)", b = index < lines.count ? lines[index] : "(end)"
            if a != b { return "line \(index + 1) should be '\(a)' and is '\(b)'" }
        }
        return "outputs are equal"
    }
}
