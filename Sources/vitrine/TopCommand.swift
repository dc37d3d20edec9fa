import ArgumentParser
import Bus
import Contract
import Foundation
import Glibc
import Service
import Workstation

struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Shows what the machines of the open workstation use.",
        discussion:
            "A table that is drawn again every interval, or with --csv lines for a program: the heading once, then one line a machine and look.")
    @OptionGroup var home: HomeOption
    @Flag(help: "Write CSV, without end or for --count looks.") var csv = false
    @Option(help: ArgumentHelp("Between two looks.", valueName: "seconds")) var interval = 1.0
    @Option(help: ArgumentHelp("End after so many looks.", valueName: "count")) var count: Int?

    mutating func validate() throws {
        guard (0.1...3600).contains(interval) else { throw ValidationError("--interval: 0.1 to 3600 seconds.") }
        if let count, count < 1 { throw ValidationError("--count: 1 or more.") }
    }

    mutating func run() throws {
        let feed = try LoadFeed(home)
        if csv { writeAll(STDOUT_FILENO, Array(LoadReport.csv(LoadReport.columns).utf8)) }
        let clears = !csv && isatty(STDOUT_FILENO) == 1
        var look = 0
        while true {
            let machines = LoadReport.running(try feed.machines())
            let now = Date().timeIntervalSince1970
            writeAll(STDOUT_FILENO, Array((csv ? lines(machines, now) : page(machines, now, clears: clears)).utf8))
            look += 1
            if look == count { return }
            try feed.wait(interval)
        }
    }

    private func lines(_ machines: [MachineSummary], _ now: Double) -> String {
        machines.map { LoadReport.csv(LoadReport.row($0, at: now)) }.joined()
    }

    private func page(_ machines: [MachineSummary], _ now: Double, clears: Bool) -> String {
        var table = TextTable(
            ["NAME", "STATE", "CPU %", "MIPS", "TRANSL/S", "EXITS/S", "INTR/S", "MEM MB", "RESIDENT", "READ KB/S", "WRITE KB/S"],
            rightAligned: Set(2...10))
        for machine in machines {
            table.add(LoadReport.row(machine, at: now).dropFirst().map { $0.isEmpty ? "-" : $0 })
        }
        let text = machines.isEmpty ? "no machine runs\n" : table.text
        return (clears ? "\u{1B}[H\u{1B}[2J" : "") + moment(now) + "\n" + text + (clears ? "" : "\n")
    }
}

/// The workstation's machines as it last told of them.
private final class LoadFeed: Sendable {
    private struct State {
        var machines: [MachineSummary]?
        var isLost = false
    }
    private let state = Mutexed(State())
    private let began = Semaphore(), lost = Semaphore()
    private let client: any Keeper

    init(_ home: HomeOption) throws(CommandFailure) {
        let (state, began, lost) = (state, began, lost)
        do throws(KeeperError) {
            client = try ServiceClient(path: Home(directory: home.home).controlSocket()) {
                state.withLock { $0.isLost = true }
                began.signal()
                lost.signal()
            }
        } catch {
            throw CommandFailure("no workstation is open on this library, and only one that is knows loads: start `vitrine` in another terminal")
        }
        client.subscribe { event in
            switch event {
            case .machines(let list):
                state.withLock { $0.machines = list }
                began.signal()
            case .changed(let summary):
                state.withLock { state in
                    guard let place = state.machines?.firstIndex(where: { $0.id == summary.id }) else { return }
                    state.machines?[place] = summary
                }
            case .fetch, .jobs, .job, .past, .log: break
            }
        }
        guard began.wait(nanoseconds: 5_000_000_000) else { throw CommandFailure("the workstation does not answer; it may be suspended") }
    }

    func machines() throws(CommandFailure) -> [MachineSummary] {
        let (machines, isLost) = state.withLock { ($0.machines, $0.isLost) }
        guard let machines, !isLost else { throw CommandFailure("the workstation has ended") }
        return machines
    }

    func wait(_ seconds: Double) throws(CommandFailure) {
        if lost.wait(nanoseconds: UInt64(seconds * 1e9)) { throw CommandFailure("the workstation has ended") }
    }
}
