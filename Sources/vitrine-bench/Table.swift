import Foundation

/// Words in columns: the first to the left, the others to the right.
package struct Table {
    package var head: [String]
    package var rows: [[String]]

    package init(head: [String], rows: [[String]]) { (self.head, self.rows) = (head, rows) }

    package var text: String {
        let widths = head.indices.map { column in ([head] + rows).map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return ([head] + rows).map { row in
            let cells = row.enumerated().map { column, cell in
                let blanks = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + blanks : blanks + cell
            }
            return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }

    package var markdown: String {
        let rule = "|---|" + String(repeating: "--:|", count: max(head.count - 1, 0))
        let lines = [head] + rows
        let bars = lines.map { "| " + $0.map { $0.replacing("|", with: "\\|").replacing("~", with: "\\~") }.joined(separator: " | ") + " |" }
        return ([bars[0], rule] + bars.dropFirst()).map { $0 + "\n" }.joined()
    }
}

/// A number with so many digits behind the point; a dash for none.
package func number(_ value: Double?, digits: Int) -> String { value.map { String(format: "%.\(digits)f", $0) } ?? "-" }

extension Comparison {
    /// `digits` of a figure; ratios have two.
    package func table(_ title: String, digits: Int) -> Table {
        var rows = lines.map { line in
            [line.name + (isRough(line) ? "~" : "")]
                + engines.map { engine in
                    switch line.verdicts[engine] ?? .absent {
                    case .figure(let figure): number(figure, digits: digits)
                    case .wrong: "WRONG"
                    case .failed(let status): "FAIL \(status)"
                    case .absent: "-"
                    }
                } + pairs.map { number(ratio(line, $0), digits: 2) }
        }
        if lines.contains(where: { $0.group != "micro" }) {
            let (seconds, count) = totals
            let ratios = pairs.map { pair -> Double? in
                guard let above = seconds[pair.above], let below = seconds[pair.below], below > 0 else { return nil }
                return above / below
            }
            rows.append(["total of \(count)"] + engines.map { number(seconds[$0], digits: digits) } + ratios.map { number($0, digits: 2) })
        }
        for summary in summaries {
            let values = pairs.map { pair in
                (summary.names[pair].map { "\($0) " } ?? "") + number(summary.values[pair], digits: 2)
            }
            rows.append([summary.title] + engines.map { _ in "" } + values)
        }
        return Table(head: [title] + engines.map(\.title) + pairs.map(\.title), rows: rows)
    }
}
