/// A line of ours among all that a guest prints. `Guest/measure.c` and `Guest/micro.c` say what they mean.
package enum Marker: Equatable {
    /// The first process runs.
    case reached
    case start(String)
    case end(String)
    case row(name: String, group: String, cpu: Double, wall: Double, status: Int, digest: String)
    case micro(name: String, turns: Int, digest: String, microseconds: Int)
    /// A micro kernel met an exception.
    case fault
    /// The list is done.
    case done

    /// A kernel's message may stand before it on the same line.
    package init?(_ line: String) {
        guard let mark = line.ranges(of: "bench: ").last else { return nil }
        let words = line[mark.upperBound...].split(separator: " ").map(String.init)
        switch (words.first, words.count) {
        case ("reached", 1): self = .reached
        case ("start", 2): self = .start(words[1])
        case ("end", 2): self = .end(words[1])
        case ("row", 7):
            guard let cpu = Double(words[3]), let wall = Double(words[4]), let status = Int(words[5]) else { return nil }
            self = .row(name: words[1], group: words[2], cpu: cpu, wall: wall, status: status, digest: words[6])
        case ("micro", 5):
            guard let turns = Int(words[2]), turns > 0, let microseconds = Int(words[4]) else { return nil }
            self = .micro(name: words[1], turns: turns, digest: words[3], microseconds: microseconds)
        case ("fault", 1): self = .fault
        case ("done", 1): self = .done
        default: return nil
        }
    }
}
