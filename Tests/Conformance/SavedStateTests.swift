import Foundation
import TestSupport
import Testing

/// A Linux that compresses and writes is saved, its process ends, and a new process goes on with it; again and again.
///
/// What its clocks must show: nothing is missing between the last instruction before and the first after, so its own time (`date`, `/proc/uptime`: TSC,
/// PIT, PM timer) goes on where it stood and is then behind the world's by as long as no process had it; the battery's clock shows the world's time,
/// and `hwclock -s` sets the guest's by it.
@Suite(.serialized) struct SavedStateTests {
    private static let cycles = ProcessInfo.processInfo.environment["VITRINE_FULL"] == nil ? 2 : 20

    private static let script = """
        work() {
            n=0
            until [ -e /stop ]; do
                n=$((n + 1))
                dd if=/dev/urandom of=/disk/data bs=16k count=16 2> /dev/null
                before=$(sha256sum < /disk/data)
                gzip -c /disk/data > /disk/data.gz
                sync
                echo 3 > /proc/sys/vm/drop_caches
                [ "$before" = "$(gunzip -c /disk/data.gz | sha256sum)" ] && [ "$before" = "$(sha256sum < /disk/data)" ] || echo BROKEN $n
                say ROUND $n
            done
        }
        say() { echo "$* $(date +%s) $(cut -d. -f1 /proc/uptime) $(cat /sys/class/rtc/rtc0/since_epoch) ."; }
        work &
        read line
        touch /stop
        wait
        hwclock -u -s
        say CLOCK 0
        umount /disk
        poweroff -f

        """

    /// One process, from its start to its end.
    private struct Life {
        var began: Double
        var ended: Double
        var program: Program
    }

    private struct Line {
        var number: Int
        var date: Double, uptime: Double, battery: Double
        /// The lives in which it may have been made, from the one in which the line before it ended to its own end.
        var lives: ClosedRange<Int>
    }

    @Test(.timeLimit(.minutes(120))) func aBusyLinuxGoesOn() async throws {
        if let missing = await LinuxGuest.missing() { try Test.cancel("\(missing)") }
        let guest = try await LinuxGuest(script: Self.script, diskMiB: 16)
        defer { guest.remove() }
        let state = guest.folder.appending(path: "state").path
        var lives: [Life] = []
        func live(_ arguments: [String], answering prompt: String? = nil, with answer: String = "", status: Int32) throws {
            let began = Date().timeIntervalSince1970
            let program = try Program.run(
                Program.vitrine, guest.arguments() + ["--serial", "stdio"] + arguments, answering: prompt, with: answer, limit: 900)
            lives.append(Life(began: began, ended: Date().timeIntervalSince1970, program: program))
            try #require(program.status == status, "\(program.errors)\(program.output.suffix(1000))")
        }
        try live(["--wait-text", "ROUND 1 ", "--max-seconds", "800", "--save-state-at-exit", state], status: 0)
        // Every other life lasts until it has ended a round; those between end wherever the guest is.
        for cycle in 0..<Self.cycles {
            let limit = cycle % 2 == 0 ? ["--max-seconds", "4"] : ["--wait-text", "ROUND ", "--max-seconds", "800"]
            try live(["--restore-state", state, "--save-state-at-exit", state] + limit, status: cycle % 2 == 0 ? 3 : 0)
        }
        try live(["--restore-state", state, "--max-seconds", "800"], answering: "ROUND ", with: "stop\n", status: 0)

        let text = lives.map(\.program.output).joined()
        #expect(!text.contains("BROKEN") && !text.contains("NO DISK") && !text.contains("Oops") && !text.contains("BUG:"), "\(text.suffix(3000))")
        #expect(try guest.diskProblem() == nil)
        let rounds = try lines(lives, "ROUND")
        #expect(rounds.map(\.number) == Array(1...max(rounds.count, 1)), "every round once, in order, across all lives")
        #expect(rounds.count > Self.cycles / 2)
        let clock = try #require(try lines(lives, "CLOCK").first)

        let first = try #require(rounds.first), last = try #require(rounds.last)
        for (line, next) in zip(rounds, rounds.dropFirst()) { #expect(next.date >= line.date && next.battery >= line.battery) }
        for line in rounds {
            #expect(abs((line.date - line.uptime) - (first.date - first.uptime)) <= 2, "round \(line.number): time of day and uptime went apart")
        }
        for line in rounds + [clock] {
            let world = lives[line.lives.lowerBound].began - 2...lives[line.lives.upperBound].ended + 1
            #expect(world.contains(line.battery), "round \(line.number): the battery's clock shows \(line.battery)")
        }
        let away = zip(lives, lives.dropFirst()).reduce(0) { $0 + $1.1.began - $1.0.ended }
        #expect(last.date - first.date <= lives[lives.count - 1].ended - lives[0].began - away + 2, "its time ran while no process had it")
        #expect(abs(clock.date - clock.battery) <= 2, "hwclock -s sets the time of day")
    }

    /// The lines that begin with a word, from the whole of what the guest sent.
    private func lines(_ lives: [Life], _ word: String) throws -> [Line] {
        var ends: [Int] = []
        var text = ""
        for life in lives {
            text += life.program.output
            ends.append(text.utf8.count)
        }
        func life(at position: Int) -> Int { ends.firstIndex { position < $0 } ?? ends.count - 1 }
        var result: [Line] = []
        var previous = 0
        for match in text.matches(
            of: try Regex("(?m)^\(word) ([0-9]+) ([0-9]+) ([0-9]+) ([0-9]+) \\.", as: (Substring, Substring, Substring, Substring, Substring).self))
        {
            let end = life(at: text.utf8.distance(from: text.startIndex, to: match.range.upperBound))
            let (_, number, date, uptime, battery) = match.output
            result.append(
                Line(
                    number: try #require(Int(number)), date: try #require(Double(date)), uptime: try #require(Double(uptime)),
                    battery: try #require(Double(battery)), lives: previous...end))
            previous = end
        }
        return result
    }
}
