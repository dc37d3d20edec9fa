import ArgumentParser
import Contract
import Foundation
import Glibc
import Workstation

struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Shows what happened.",
        discussion: "The newest event is last; `!` marks warnings, `X` errors. With --json each event is an object in a line of its own.")
    @OptionGroup var home: HomeOption
    @Flag(help: "Print the events as JSON, one a line.") var json = false
    @Flag(help: "Go on with what happens from now, until interrupted.") var follow = false
    @Option(help: ArgumentHelp("At most so many of what was before.", valueName: "count")) var lines = 100
    @Argument(help: "Only what happened to this machine.") var name: String?

    mutating func validate() throws {
        guard (0...10_000).contains(lines) else { throw ValidationError("--lines: 0 to 10000.") }
    }

    mutating func run() throws {
        let log = EventLog(Home(directory: home.home))
        let machines = home.keeper().machines()
        let wanted = try name.map { name throws(CommandFailure) in
            // One that is gone has events too, under its identity.
            if let entry = log.last(1, where: { $0.machine?.rawValue == name }).first, let id = entry.machine { return id }
            return try machines.find(name)
        }
        let isWanted: (LogEntry) -> Bool = { wanted == nil || $0.machine == wanted }
        var mark = log.end
        try log.last(lines, where: isWanted).forEach(show)
        while follow {
            usleep(200_000)
            try log.since(&mark).filter(isWanted).forEach(show)
        }
    }

    private func show(_ entry: LogEntry) throws {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            writeAll(STDOUT_FILENO, Array(try encoder.encode(entry)) + [10])
            return
        }
        let mark =
            switch entry.level {
            case .info: " "
            case .warning: "!"
            case .error: "X"
            }
        let machine = plain(entry.machine?.rawValue ?? "host").padding(toLength: 15, withPad: " ", startingAt: 0)
        writeAll(STDOUT_FILENO, Array("\(moment(entry.time)) \(mark) \(machine)  \(plain(entry.text))\n".utf8))
    }
}
