import Foundation

/// The engines take turns, run after run.
struct Session {
    let options: BenchCommand
    let engines: [Engine]
    let workbench: Workbench

    var headline: String {
        let model =
            ((try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? "").split(separator: "\n")
            .first { $0.hasPrefix("model name") }.map { $0.drop { $0 != ":" }.dropFirst(2) } ?? "unknown processor"
        let load = ((try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8)) ?? "").split(separator: " ").first ?? "?"
        let versions = engines.map { "\($0.kind.title): \($0.version)\n" }.joined()
        return versions + "\(model), \(ProcessInfo.processInfo.activeProcessorCount) processors, load \(load); scale \(options.scale) %, "
            + (options.runs == 1 ? "one run" : "median of \(options.runs) runs")
    }

    /// The list of benchmarks in the small Linux, and its boot.
    func guest() throws -> Outcome {
        let system = try workbench.system()
        var passes: [EngineKind: [Pass]] = [:], boots: [EngineKind: [Pass]] = [:]
        for run in 1...options.runs {
            for engine in engines {
                if options.boot && engine.kind.isEmulator {
                    boots[engine.kind, default: []].append(
                        try pass(engine, engine.boot(system), log: "boot-\(engine.kind.rawValue)-\(run)", untilReached: true))
                }
                let command = engine.list(system, scale: options.scale, only: options.only)
                passes[engine.kind, default: []].append(try pass(engine, command, log: "list-\(engine.kind.rawValue)-\(run)"))
            }
        }
        return Outcome(session: self, comparison: try comparison(passes), passes: passes, boots: boots)
    }

    /// The micro kernels, on the bare machine. The host takes ten times the turns, so that there is something to measure, and once as many as the
    /// emulators, because what comes out depends on them.
    func kernels() throws -> Outcome {
        let folder = try workbench.kernels()
        let share = options.scale * 5, native = min(share * 10, max(share, 1000))
        var passes: [EngineKind: [Pass]] = [:]
        let only = try onlyKernels()
        let proof = try engines.first { !$0.kind.isEmulator }.map { engine in
            try pass(engine, engine.kernels(folder, append: "share=\(share)" + only), log: "micro-proof")
        }
        for run in 1...options.runs {
            for engine in engines {
                let command = engine.kernels(folder, append: "share=\(engine.kind.isEmulator ? share : native)" + only)
                passes[engine.kind, default: []].append(try pass(engine, command, log: "micro-\(engine.kind.rawValue)-\(run)"))
            }
        }
        return Outcome(session: self, comparison: try comparison(passes, proof: proof), passes: passes, boots: [:])
    }

    private func comparison(_ passes: [EngineKind: [Pass]], proof: Pass? = nil) throws(Failure) -> Comparison {
        let comparison = Comparison(engines.map(\.kind), passes, proof: proof)
        let problems = passes.values.flatMap { $0.compactMap(\.problem) }
        if comparison.lines.isEmpty && problems.isEmpty { throw Failure("--only \(options.only) finds no benchmark", status: 2) }
        return comparison
    }

    /// The names that `--only` finds, in the words of micro.c.
    private func onlyKernels() throws -> String {
        let source = String(decoding: PackageResources.micro_c, as: UTF8.self)
        let names = source.matches(of: /\bK\((\w+), \d+\)/).map { String($0.1) } + ["ldstpaged"]
        let expression = try Regex(options.only)
        let chosen = names.filter { $0.contains(expression) }
        guard !chosen.isEmpty else { throw Failure("--only \(options.only) finds none of \(names.joined(separator: ", "))", status: 2) }
        return chosen.count == names.count ? "" : " only=,\(chosen.joined(separator: ",")),"
    }

    private func pass(_ engine: Engine, _ command: [String], log name: String, untilReached: Bool = false) throws -> Pass {
        let log = try workbench.log(name + ".txt")
        var recorder = Recorder(timesItself: !engine.kind.isEmulator, launched: Usage.now())
        let child = try Child(command, log: log)
        defer { child.end() }
        let ending = child.lines(patience: Double(options.patience)) { line in
            guard let marker = Marker(line) else { return true }
            let goesOn = recorder.take(marker) { child.usage() }
            if case .start(let name) = marker { progress("\(engine.kind.rawValue): \(name)") }
            return goesOn && !(untilReached && marker == .reached)
        }
        progress("")
        switch ending {
        case .enough: break
        case .ended: recorder.fail("\(engine.kind.rawValue) ended early: see \(log.path)")
        case .silent: recorder.fail("\(engine.kind.rawValue) printed nothing for \(options.patience) s: see \(log.path)")
        }
        return recorder.pass
    }

    private func progress(_ text: String) {
        if isatty(STDERR_FILENO) == 1 { report("\r\u{1B}[K\(text)") }
    }
}
