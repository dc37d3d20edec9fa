/// One benchmark in one pass of one engine.
package struct Row: Codable, Equatable {
    package var name: String
    package var group: String
    /// Seconds of the host's processor.
    package var cpu: Double
    package var wall: Double
    package var status: Int
    package var digest: String
    /// A micro kernel's turns.
    package var turns: Int?

    package init(name: String, group: String, cpu: Double, wall: Double, status: Int = 0, digest: String, turns: Int? = nil) {
        (self.name, self.group, self.cpu, self.wall, self.status, self.digest, self.turns) = (name, group, cpu, wall, status, digest, turns)
    }

    /// What tables compare: seconds, or nanoseconds a turn.
    package var figure: Double { turns.map { cpu * 1e9 / Double($0) } ?? cpu }
}

/// All that one engine did in one run.
package struct Pass: Codable {
    package struct Boot: Codable, Equatable {
        package var cpu: Double
        package var wall: Double
        package var peakKiB: Int

        package init(cpu: Double, wall: Double, peakKiB: Int) { (self.cpu, self.wall, self.peakKiB) = (cpu, wall, peakKiB) }
    }

    package var rows: [Row] = []
    /// Until the first process ran.
    package var boot: Boot?
    package var peakKiB = 0
    /// Why it did not come to its end.
    package var problem: String?

    package init() {}
}

/// Makes a pass of the lines of an engine.
package struct Recorder {
    package private(set) var pass = Pass()
    private let timesItself: Bool
    private let launched: Double
    private var start: (name: String, usage: Usage)?
    private var spent: (name: String, cpu: Double, wall: Double)?

    /// `launched`: when the engine was started, in seconds of the monotonic clock. `timesItself`: the rows' own times are the host's.
    package init(timesItself: Bool, launched: Double) { (self.timesItself, self.launched) = (timesItself, launched) }

    /// Takes a line; `usage` is what the engine has used at it, nil where it is gone. A row whose time is not known, because a line was lost, is none.
    /// False: that was all.
    package mutating func take(_ marker: Marker, usage: () -> Usage?) -> Bool {
        switch marker {
        case .reached:
            pass.boot = sampled(usage).map { Pass.Boot(cpu: $0.cpu, wall: $0.wall - launched, peakKiB: $0.peakKiB) }
        case .start(let name):
            spent = nil
            start = timesItself ? nil : sampled(usage).map { (name, $0) }
        case .end(let name):
            if let start, start.name == name, let used = sampled(usage) {
                spent = (name, used.cpu - start.usage.cpu, used.wall - start.usage.wall)
            }
            start = nil
        case .row(let name, let group, let cpu, let wall, let status, let digest):
            if timesItself {
                pass.rows.append(Row(name: name, group: group, cpu: cpu, wall: wall, status: status, digest: digest))
            } else if let spent, spent.name == name {
                pass.rows.append(Row(name: name, group: group, cpu: spent.cpu, wall: spent.wall, status: status, digest: digest))
            }
            spent = nil
        case .micro(let name, let turns, let digest, let microseconds):
            if timesItself {
                let seconds = Double(microseconds) / 1e6
                pass.rows.append(Row(name: name, group: "micro", cpu: seconds, wall: seconds, digest: digest, turns: turns))
            } else if let spent, spent.name == name {
                pass.rows.append(Row(name: name, group: "micro", cpu: spent.cpu, wall: spent.wall, digest: digest, turns: turns))
            }
            spent = nil
        case .fault: pass.problem = "a micro kernel met an exception\(pass.rows.last.map { " after \($0.name)" } ?? "")"
        case .done: if !timesItself { _ = sampled(usage) }
        }
        return marker != .done && marker != .fault
    }

    package mutating func fail(_ problem: String) { pass.problem = problem }

    private mutating func sampled(_ usage: () -> Usage?) -> Usage? {
        let used = usage()
        pass.peakKiB = max(pass.peakKiB, used?.peakKiB ?? 0)
        return used
    }
}
