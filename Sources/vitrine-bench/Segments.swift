import Foundation

/// 16-bit code in segments, by Vitrine's recompiler and by its interpreter: the CPU seconds of a floppy that the product has built in, its boot
/// included.
struct Segments {
    private static let engines = ["recompiler", "interpreter"]
    private static let mark = "SEGMENTS "
    private var seconds: [String: [Double]] = [:]
    private var sums: Set<String> = []

    init(_ vitrine: Engine, runs: Int, patience: Int, workbench: Workbench) throws {
        for run in 1...runs {
            for engine in Self.engines {
                let log = try workbench.log("segments-\(engine)-\(run).txt")
                let child = try Child(vitrine.floppy("builtin:segments") + ["--cpu", engine], log: log)
                defer { child.end() }
                var sum: String?, cpu: Double?
                _ = child.lines(patience: Double(patience)) { line in
                    guard line.hasPrefix(Self.mark) else { return true }
                    (sum, cpu) = (line, child.usage()?.cpu)
                    return false
                }
                guard let sum, let cpu else { throw Failure("the \(engine) came to no checksum: see \(log.path)") }
                sums.insert(sum)
                seconds[engine, default: []].append(cpu)
            }
        }
    }

    /// The engines agree.
    var isRight: Bool { sums.count == 1 }

    var table: Table {
        let medians = Self.engines.map { seconds[$0]?.median }
        let ratio = medians[0].flatMap { fast in medians[1].map { $0 / fast } }
        return Table(
            head: ["CPU seconds"] + Self.engines + ["interpreter/recompiler"],
            rows: [[isRight ? "segments" : "segments WRONG"] + medians.map { number($0, digits: 2) } + [number(ratio, digits: 2)]])
    }
}
