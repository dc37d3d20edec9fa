import ArgumentParser
import Bus
import Contract
import Foundation
import Workstation

struct ScreenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "screen", abstract: "Shows what a machine of the open workstation shows.",
        discussion: "As text, unless told otherwise; a saved or crashed machine shows its last screen.")
    @OptionGroup var home: HomeOption
    @Flag(help: "As plain text (text modes only).") var text = false
    @Flag(help: "With colours as escape sequences; graphics as half blocks.") var ansi = false
    @Option(help: ArgumentHelp("As a PNG file; - is standard output.", valueName: "file")) var png: String?
    @Argument(help: "The machine.", completion: .machines) var name: String

    mutating func validate() throws {
        guard [text, ansi, png != nil].count(where: { $0 }) <= 1 else { throw ValidationError("--text, --ansi and --png: one of them at a time.") }
    }

    mutating func run() throws {
        let workstation = try home.openWorkstation()
        let machine = try workstation.machines.find(name)
        let format: ScreenFormat = png != nil ? .png : ansi ? .ansi : .text
        let screen = try workstation.keeper.screen(of: machine, as: format)
        guard let png else { return writeAll(STDOUT_FILENO, Array(screen.utf8)) }
        guard let file = Data(base64Encoded: screen) else { throw CommandFailure("the workstation's answer is no picture") }
        if png == "-" { return writeAll(STDOUT_FILENO, Array(file)) }
        if let problem = UserFile.write(Array(file), to: png) { throw CommandFailure(problem) }
    }
}

struct WaitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait", abstract: "Waits until a text stands on a machine's screen, or the machine is in a state.",
        discussion: "Ends with status 0 when it is so, 1 when the machine ended before, and 4 when the time ran out.")
    @OptionGroup var home: HomeOption
    @Option(help: ArgumentHelp("What must stand in one line of its screen.", valueName: "text")) var text: String?
    @Option(
        help: ArgumentHelp(
            "The state it must be in: \(MachineState.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "state"),
        completion: .list(MachineState.allCases.map(\.rawValue))) var state: MachineState?
    @Option(help: ArgumentHelp("Seconds to wait at most.", valueName: "seconds")) var timeout: Double = 60
    @Argument(help: "The machine.", completion: .machines) var name: String

    mutating func validate() throws {
        guard (text == nil) != (state == nil) else { throw ValidationError("--text or --state: one of them says what to wait for.") }
        guard text?.isEmpty != true else { throw ValidationError("--text: an empty text stands everywhere.") }
        guard timeout >= 0, timeout <= 1e6 else { throw ValidationError("--timeout: 0 to 1000000 seconds.") }
    }

    mutating func run() throws {
        let workstation = try home.openWorkstation()
        let machine = try workstation.machines.find(name)
        if let text { return try workstation.keeper.wait(for: text, on: machine, seconds: timeout) }
        let states = StateWatch(workstation.keeper, machine)
        try Patience(seconds: timeout).until("\(name) is still \(states.state?.rawValue ?? "unknown")") { () throws(CommandFailure) in
            guard let now = states.state else { throw CommandFailure("the workstation, or \(name), is gone") }
            return now == state
        }
    }
}

/// Waiting that ends.
struct Patience {
    var seconds: Double

    /// Looks ten times a second.
    /// - Throws: status 4 when the time ran out.
    func until(_ complaint: @autoclosure () -> String, _ isSo: () throws(CommandFailure) -> Bool) throws(CommandFailure) {
        let end = Date().timeIntervalSinceReferenceDate + seconds
        while try !isSo() {
            let left = end - Date().timeIntervalSinceReferenceDate
            guard left > 0 else {
                throw CommandFailure("\(complaint()) after \(seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)") s", status: 4)
            }
            Thread.sleep(forTimeInterval: min(left, 0.1))
        }
    }
}

extension Keeper {
    /// Until `text` stands in one line of a machine's screen.
    func wait(for text: String, on machine: MachineID, seconds: Double) throws(CommandFailure) {
        let states = StateWatch(self, machine)
        try Patience(seconds: seconds).until("\"\(text)\" does not stand on the screen") { () throws(CommandFailure) in
            guard let now = states.state else { throw CommandFailure("the workstation, or \(machine), is gone") }
            let screen = try? screen(of: machine, as: .text)
            if screen?.split(separator: "\n").contains(where: { $0.contains(text) }) == true { return true }
            if now == .off || now == .crashed || now == .saved {
                throw CommandFailure("\(machine) is \(now.rawValue), and \"\(text)\" does not stand on its screen")
            }
            return false
        }
    }
}

extension MachineState: ExpressibleByArgument {}

/// A machine's state as the keeper tells it.
private final class StateWatch: Sendable {
    private let latest: Mutexed<MachineState?>

    init(_ keeper: any Keeper, _ machine: MachineID) {
        let latest = Mutexed<MachineState?>(nil)
        let came = Semaphore()
        self.latest = latest
        keeper.subscribe { event in
            switch event {
            case .machines(let list): latest.withLock { $0 = list.first { $0.id == machine }?.state }
            case .changed(let summary) where summary.id == machine: latest.withLock { $0 = summary.state }
            default: return
            }
            came.signal()
        }
        _ = came.wait(nanoseconds: 5_000_000_000)
    }

    /// nil where there is no such machine any more.
    var state: MachineState? { latest.withLock { $0 } }
}

extension Keeper {
    func screen(of machine: MachineID, as format: ScreenFormat) throws(CommandFailure) -> String {
        guard case .screen(let screen) = try perform(.screen(machine, format)) else { throw CommandFailure("the keeper gave no screen") }
        return screen
    }
}

extension CompletionKind {
    /// Machines of the library that the command line names, or else the user's own.
    static var machines: CompletionKind {
        .custom { arguments, _, _ in
            let place = arguments.firstIndex(of: "--home").map { arguments.index(after: $0) }
            let home = place.flatMap { arguments.indices.contains($0) ? arguments[$0] : nil }
            return HomeOption.library(home).map(\.id.rawValue)
        }
    }
}
