import ArgumentParser
import Contract

/// Machines that an open workstation is told to do something with.
struct MachinesArgument: ParsableArguments {
    @OptionGroup var home: HomeOption
    @Argument(help: ArgumentHelp("The machines.", valueName: "name")) var names: [String]

    /// Tells each in turn; one that cannot does not keep the others from it.
    /// - Parameter withoutWorkstation: where none is open it is done here, since nothing needs to run.
    func each(withoutWorkstation: Bool = false, _ command: (MachineID) -> KeeperCommand) throws {
        let workstation = withoutWorkstation ? home.workstation() ?? home.libraryAtRest() : try home.openWorkstation()
        let machines = try names.map { (name) throws(CommandFailure) in try workstation.machines.find(name) }
        var failures: [String] = []
        for machine in machines {
            do throws(CommandFailure) { _ = try workstation.keeper.perform(command(machine)) } catch { failures.append(error.message) }
        }
        guard failures.isEmpty else { throw CommandFailure(failures.joined(separator: "\nvitrine: ")) }
    }
}

extension HomeOption {
    fileprivate func libraryAtRest() -> (keeper: any Keeper, machines: [MachineSummary]) {
        let keeper = keeper()
        return (keeper, keeper.machines())
    }

    func openWorkstation() throws(CommandFailure) -> (keeper: any Keeper, machines: [MachineSummary]) {
        guard let workstation = workstation() else {
            throw CommandFailure(
                "no workstation is open on this library: start `vitrine` in another terminal, or have `vitrine run` run a machine in this one")
        }
        return workstation
    }
}

struct StartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Starts machines in the open workstation; saved ones go on where they were.")
    @OptionGroup var machines: MachinesArgument
    mutating func run() throws { try machines.each { .start($0) } }
}

struct StopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Turns machines off, as pulling the plug does.", discussion: "`shutdown` asks the guest first.")
    @OptionGroup var machines: MachinesArgument
    mutating func run() throws { try machines.each { .turnOff($0) } }
}

struct ShutdownCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shutdown", abstract: "Presses the power button of machines.", discussion: "What it does is the guest's choice; `stop` is not.")
    @OptionGroup var machines: MachinesArgument
    mutating func run() throws { try machines.each { .powerButton($0) } }
}

struct ResetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "reset", abstract: "Presses the reset button of machines.")
    @OptionGroup var machines: MachinesArgument
    mutating func run() throws { try machines.each { .reset($0) } }
}

struct PauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "pause", abstract: "Halts machines where they stand.")
    @OptionGroup var machines: MachinesArgument
    mutating func run() throws { try machines.each { .pause($0) } }
}

struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Lets paused machines go on.")
    @OptionGroup var machines: MachinesArgument
    mutating func run() throws { try machines.each { .resume($0) } }
}

struct SaveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "save", abstract: "Saves the state of machines and ends them; start restores it.",
        discussion: "A machine that cannot be saved goes on as it was. `vitrine run` has --save-state-at-exit instead.")
    @OptionGroup var machines: MachinesArgument
    mutating func run() throws { try machines.each { .save($0) } }
}

struct DiscardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard", abstract: "Throws saved states away.", discussion: "To the guest it is as if the power had failed.")
    @OptionGroup var machines: MachinesArgument
    mutating func run() throws { try machines.each(withoutWorkstation: true) { .discardState($0) } }
}

struct TypeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "type", abstract: "Types a text on a machine's keyboard.")
    @OptionGroup var home: HomeOption
    @Argument(help: "The machine.") var name: String
    @Argument(help: "The text.") var text: String

    mutating func run() throws {
        let workstation = try home.openWorkstation()
        _ = try workstation.keeper.perform(.input(workstation.machines.find(name), .text(text)))
    }
}

struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "key", abstract: "Presses keys of a machine's keyboard together, and lets go.")
    @OptionGroup var home: HomeOption
    @Argument(help: "The machine.") var name: String
    @Argument(help: ArgumentHelp("Their names, joined by hyphens: ctrl-alt-delete.", valueName: "keys")) var keys: String

    mutating func run() throws {
        let workstation = try home.openWorkstation()
        let chord = keys.split(separator: "-").map(String.init)
        _ = try workstation.keeper.perform(.input(workstation.machines.find(name), .chord(chord)))
    }
}
