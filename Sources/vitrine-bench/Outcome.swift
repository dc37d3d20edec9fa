import Foundation

/// All that a session found, as tables and as JSON.
struct Outcome {
    let session: Session
    let comparison: Comparison
    let passes: [EngineKind: [Pass]]
    let boots: [EngineKind: [Pass]]

    var problems: [String] {
        session.engines.flatMap { engine in ((boots[engine.kind] ?? []) + (passes[engine.kind] ?? [])).compactMap(\.problem) }
    }

    var isRight: Bool { problems.isEmpty && comparison.isRight }

    func text(markdown: Bool) -> String {
        let isMicro = session.options.micro
        let main = comparison.table(isMicro ? "ns a turn" : "CPU seconds", digits: isMicro ? 2 : 3)
        return ([main] + (boots.isEmpty ? [] : [bootTable])).map { markdown ? $0.markdown : $0.text }.joined(separator: "\n")
    }

    private var bootTable: Table {
        let rows = session.engines.compactMap { engine -> [String]? in
            guard let boots = boots[engine.kind], let lists = passes[engine.kind] else { return nil }
            func median(_ passes: [Pass], _ value: (Pass) -> Double?, digits: Int) -> String {
                number(passes.compactMap(value).median, digits: digits)
            }
            return [
                engine.kind.title, median(boots, { $0.boot?.cpu }, digits: 2), median(boots, { $0.boot?.wall }, digits: 2),
                median(boots, { $0.boot.map { Double($0.peakKiB) / 1024 } }, digits: 0), median(lists, { $0.boot?.cpu }, digits: 2),
                median(lists, { Double($0.peakKiB) / 1024 }, digits: 0),
            ]
        }
        return Table(
            head: ["boot to the first process", "CPU s", "wall s", "resident MiB", "with all files, CPU s", "resident MiB after the list"], rows: rows
        )
    }

    // MARK: JSON

    private struct Document: Encodable {
        struct Line: Encodable {
            var name: String
            var group: String
            var figures: [String: Double]
            var verdicts: [String: String]
        }
        var date: String
        var host: String
        var isMicro: Bool
        var scale: Int
        var runs: Int
        var only: String
        var isRight: Bool
        var lines: [Line]
        var summaries: [String: [String: Double]]
        var passes: [String: [Pass]]
        var boots: [String: [Pass]]
        var problems: [String]
    }

    func write(to path: String) throws(Failure) {
        let lines = comparison.lines.map { line in
            let named = line.verdicts.map { engine, verdict -> (String, String) in
                switch verdict {
                case .figure: (engine.rawValue, "right")
                case .wrong: (engine.rawValue, "wrong")
                case .failed(let status): (engine.rawValue, "failed with status \(status)")
                case .absent: (engine.rawValue, "absent")
                }
            }
            let figures = line.verdicts.keys.compactMap { engine in line.figure(engine).map { (engine.rawValue, $0) } }
            return Document.Line(
                name: line.name, group: line.group, figures: Dictionary(uniqueKeysWithValues: figures),
                verdicts: Dictionary(uniqueKeysWithValues: named))
        }
        let summaries = comparison.summaries.map { ($0.title, Dictionary(uniqueKeysWithValues: $0.values.map { ($0.title, $1) })) }
        func byName(_ passes: [EngineKind: [Pass]]) -> [String: [Pass]] { Dictionary(uniqueKeysWithValues: passes.map { ($0.rawValue, $1) }) }
        let document = Document(
            date: Date().formatted(.iso8601), host: session.headline, isMicro: session.options.micro, scale: session.options.scale,
            runs: session.options.runs, only: session.options.only, isRight: isRight, lines: lines,
            summaries: Dictionary(uniqueKeysWithValues: summaries), passes: byName(passes), boots: byName(boots), problems: problems)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        do { try encoder.encode(document).write(to: URL(fileURLWithPath: path)) } catch {
            throw Failure("--json \(path): \(error.localizedDescription)")
        }
    }
}
