import ArgumentParser
import Foundation

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vitrine-bench", abstract: "The same 32-bit work natively, under QEMU's TCG and under Vitrine, in one run.",
        discussion: """
            A row is the median of CPU seconds over the runs: natively the user and system time of the benchmark, otherwise the time that the emulator took, \
            with all its threads, while the benchmark ran. An output that differs from the native one shows as WRONG, a program that failed as FAIL; neither \
            enters a mean. Means are geometric; rows of less than 0.03 s natively are marked ~ and say little.

            Without --micro: a small Linux of Debian's i386 packages, and its boot. With it: loops on the bare machine, a feature of the processor each, in \
            nanoseconds a turn. Packages and what is built of them are kept in ${XDG_CACHE_HOME:-~/.cache}/vitrine-bench, beside what the engines printed.

            Status: 0 all was right; 1 an output was wrong or an engine did not come to its end; 2 wrong usage, or nothing to run.
            """)

    @Option(help: ArgumentHelp("Which engines, and in which order they take turns.", valueName: "names"), transform: Engine.list)
    var engines: [EngineKind] = EngineKind.allCases
    @Option(help: ArgumentHelp("Amount of work. Small: translating cold code; large: the code's quality.", valueName: "percent")) var scale = 20
    @Option(help: ArgumentHelp("How often each engine runs all of it.", valueName: "count")) var runs = 3
    @Option(help: ArgumentHelp("Only benchmarks whose name this extended regular expression finds.", valueName: "regex")) var only = "."
    @Flag(help: "Micro kernels on the bare machine instead of the guest.") var micro = false
    @Flag(help: "16-bit code in segments, by Vitrine's recompiler against its interpreter, instead of the guest.") var segments = false
    @Flag(inversion: .prefixedNo, help: "Measure the boot of a small system as well.") var boot = true

    @Flag(help: "Print the tables as Markdown.") var markdown = false
    @Option(help: ArgumentHelp("Write every number to this file.", valueName: "file")) var json: String?

    @Option(help: ArgumentHelp("The vitrine to measure (default: the one beside this program).", valueName: "path")) var vitrine: String?
    @Option(help: ArgumentHelp("The QEMU to measure.", valueName: "path")) var qemu = "qemu-system-i386"
    @Option(help: ArgumentHelp("Further arguments of vitrine, separated by blanks.", valueName: "text")) var vitrineArgs = ""
    @Option(help: ArgumentHelp("Further arguments of QEMU, separated by blanks, such as \"-cpu pentium3\".", valueName: "text")) var qemuArgs = ""
    @Option(help: ArgumentHelp("Give up an engine that prints nothing for so long.", valueName: "seconds")) var patience = 600

    mutating func validate() throws {
        guard (1...800).contains(scale) else { throw ValidationError("--scale \(scale): 1 to 800 percent.") }
        guard (1...100).contains(runs) else { throw ValidationError("--runs \(runs): 1 to 100.") }
        guard (1...1_000_000).contains(patience) else { throw ValidationError("--patience \(patience): 1 to 1000000 seconds.") }
        guard !only.isEmpty, !only.contains(where: { $0.isWhitespace || $0 == "\"" }) else {
            throw ValidationError("--only: no blanks or quotes; the expression travels on a kernel's command line.")
        }
        guard !segments || !micro && json == nil else { throw ValidationError("--segments goes with neither --micro nor --json.") }
        do { _ = try Regex(only) } catch { throw ValidationError("--only: \(only) is no regular expression.") }
    }

    mutating func run() throws {
        if segments { return try runSegments() }
        let engines = try usable()
        let session = Session(options: self, engines: engines, workbench: try Workbench())
        print(session.headline.replacing("\n", with: markdown ? "; " : "\n") + "\n")
        fflush(nil)
        let result = micro ? try session.kernels() : try session.guest()
        print(result.text(markdown: markdown), terminator: "")
        for problem in result.problems { report("vitrine-bench: \(problem)\n") }
        if let json { try result.write(to: json) }
        if !result.isRight { throw ExitCode(1) }
    }

    private func runSegments() throws {
        let vitrine = Engine(.vitrine, options: self)
        if let reason = vitrine.missing(forKernels: true) { throw Failure(reason, status: 2) }
        let result = try Segments(vitrine, runs: runs, patience: patience, workbench: try Workbench())
        print(markdown ? result.table.markdown : result.table.text, terminator: "")
        if !result.isRight { throw ExitCode(1) }
    }

    /// The engines that are there; of the others a line each says what to install.
    private func usable() throws(Failure) -> [Engine] {
        var usable: [Engine] = []
        for kind in engines {
            let engine = Engine(kind, options: self)
            if let reason = engine.missing(forKernels: micro) { report("skipped \(kind.rawValue): \(reason)\n") } else { usable.append(engine) }
        }
        guard !usable.isEmpty else { throw Failure("there is no engine to run", status: 2) }
        return usable
    }
}
