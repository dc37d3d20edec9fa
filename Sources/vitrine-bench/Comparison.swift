/// What the engines' passes say about each benchmark, side by side.
package struct Comparison {
    package enum Verdict: Equatable {
        /// Right each time: the median of seconds or nanoseconds.
        case figure(Double)
        case wrong
        /// The exit status.
        case failed(Int)
        case absent
    }

    package struct Line: Equatable {
        package var name: String
        package var group: String
        package var verdicts: [EngineKind: Verdict]

        package init(name: String, group: String, verdicts: [EngineKind: Verdict]) {
            (self.name, self.group, self.verdicts) = (name, group, verdicts)
        }

        package func figure(_ engine: EngineKind) -> Double? {
            if case .figure(let figure) = verdicts[engine] { return figure }
            return nil
        }
    }

    package struct Pair: Hashable {
        package var above: EngineKind
        package var below: EngineKind
        package init(above: EngineKind, below: EngineKind) { (self.above, self.below) = (above, below) }
        package var title: String { "\(above.title)/\(below.title)" }
    }

    /// A line below the table: a number for each pair, and the benchmark that it is of, if it is one's.
    package struct Summary: Equatable {
        package var title: String
        package var values: [Pair: Double]
        package var names: [Pair: String] = [:]
    }

    package let engines: [EngineKind]
    package let lines: [Line]

    /// Natively shorter than this many seconds says little.
    package static let rough = 0.03
    /// On a 64-bit host signals of 32-bit programs are slow by themselves: a ratio means nothing.
    private static let unfair = "signal"
    /// Code that rewrites itself all the time is a case for itself.
    private static let apart = "jit"

    /// `proof`: a native pass with as many turns as the emulators take, for outputs that depend on them.
    package init(_ engines: [EngineKind], _ passes: [EngineKind: [Pass]], proof: Pass? = nil) {
        self.engines = engines
        struct Work: Hashable {
            var name: String
            var turns: Int?
        }
        let inOrder = ([.native] + engines.filter { $0 != .native }).flatMap { passes[$0] ?? [] }
        var references: [Work: String] = [:], groups: [(name: String, group: String)] = []
        for row in ([proof].compactMap { $0 } + inOrder).flatMap(\.rows) where row.status == 0 {
            let work = Work(name: row.name, turns: row.turns)
            if references[work] == nil { references[work] = row.digest }
        }
        for row in inOrder.flatMap(\.rows) where !groups.contains(where: { $0.name == row.name }) { groups.append((row.name, row.group)) }
        lines = groups.map { name, group in
            var verdicts: [EngineKind: Verdict] = [:]
            for engine in engines {
                let rows = (passes[engine] ?? []).flatMap(\.rows).filter { $0.name == name }
                verdicts[engine] =
                    if let failed = rows.first(where: { $0.status != 0 }) {
                        .failed(failed.status)
                    } else if rows.contains(where: { $0.digest != references[Work(name: name, turns: $0.turns)] }) {
                        .wrong
                    } else {
                        rows.map(\.figure).median.map(Verdict.figure) ?? .absent
                    }
            }
            return Line(name: name, group: group, verdicts: verdicts)
        }
    }

    package var pairs: [Pair] {
        [Pair(above: .qemu, below: .native), Pair(above: .vitrine, below: .native), Pair(above: .qemu, below: .vitrine)]
            .filter { engines.contains($0.above) && engines.contains($0.below) }
    }

    /// nil unless both were right.
    package func ratio(_ line: Line, _ pair: Pair) -> Double? {
        guard let above = line.figure(pair.above), let below = line.figure(pair.below), above > 0, below > 0 else { return nil }
        return above / below
    }

    package func isRough(_ line: Line) -> Bool { line.group != "micro" && line.figure(.native).map { $0 < Self.rough } ?? false }

    /// Nothing wrong, nothing failed, and no benchmark of the list that an engine left out.
    package var isRight: Bool {
        lines.allSatisfy { line in
            line.verdicts.values.allSatisfy { verdict in
                switch verdict {
                case .figure: true
                case .wrong, .failed: false
                case .absent: line.group == "micro"
                }
            }
        }
    }

    /// Seconds of the lines that every engine did right.
    package var totals: (seconds: [EngineKind: Double], count: Int) {
        let common = lines.filter { line in engines.allSatisfy { line.figure($0) != nil } }
        let sums = engines.map { engine in (engine, common.compactMap { $0.figure(engine) }.reduce(0, +)) }
        return (Dictionary(uniqueKeysWithValues: sums), common.count)
    }

    /// Means of each group and of all, and the worst. None where there is nothing to compare.
    package var summaries: [Summary] {
        guard !pairs.isEmpty else { return [] }
        var groups: [String] = []
        for line in lines where !groups.contains(line.group) { groups.append(line.group) }
        var all: [Summary] = []
        for group in groups.count == 1 ? groups : groups + ["all"] {
            let members = lines.filter { [$0.group, "all"].contains(group) }
            let without = members.contains { $0.name == Self.unfair } ? ", without \(Self.unfair)" : ""
            all.append(
                Summary(
                    title: "mean of \(group)\(without)",
                    values: values { pair in
                        members.filter { $0.name != Self.unfair }.compactMap { ratio($0, pair) }.geometricMean
                    }))
        }
        let candidates = lines.filter { $0.group != "micro" && $0.name != Self.apart && $0.name != Self.unfair && !isRough($0) }
        guard !candidates.isEmpty else { return all }
        func worst(_ pair: Pair) -> (name: String, ratio: Double)? {
            candidates.compactMap { line in ratio(line, pair).map { (line.name, $0) } }.max { $0.1 < $1.1 }
        }
        // QEMU beside Vitrine: the worst is where the lead is the smallest.
        func least(_ pair: Pair) -> (name: String, ratio: Double)? {
            candidates.compactMap { line in ratio(line, pair).map { (line.name, $0) } }.min { $0.1 < $1.1 }
        }
        let extremes = pairs.compactMap { pair in (pair.below == .vitrine ? least(pair) : worst(pair)).map { (pair, $0) } }
        all.append(
            Summary(
                title: "worst, without \(Self.apart)", values: Dictionary(uniqueKeysWithValues: extremes.map { ($0, $1.ratio) }),
                names: Dictionary(uniqueKeysWithValues: extremes.map { ($0, $1.name) })))
        return all
    }

    private func values(_ value: (Pair) -> Double?) -> [Pair: Double] {
        Dictionary(uniqueKeysWithValues: pairs.compactMap { pair in value(pair).map { (pair, $0) } })
    }
}
