import ArgumentParser
import Glibc

@main
enum Vitrine {
    static func main() {
        do {
            var command = try RootCommand.parseAsRoot()
            try command.run()
        } catch let status as CommandStatus {
            exit(status.status)
        } catch let failure as CommandFailure {
            report("vitrine: \(failure.message)\n")
            exit(failure.status)
        } catch {
            let code = RootCommand.exitCode(for: error)
            let message = RootCommand.fullMessage(for: error)
            // Help is an answer, and belongs to standard output; wrong usage is status 2, as scripts expect of every program.
            if code.isSuccess {
                print(message)
                exit(0)
            }
            report(message + "\n")
            exit(code == .validationFailure ? 2 : 1)
        }
    }
}

struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vitrine", abstract: "A glass case for PCs: virtual machines in a terminal, their screens over VNC.",
        discussion: "Without a verb: the workstation. Inside it ? explains every key.",
        subcommands: [
            WorkstationCommand.self, RunCommand.self, ListCommand.self, ShowCommand.self, CreateCommand.self, DeleteCommand.self, StartCommand.self,
            StopCommand.self, ShutdownCommand.self, ResetCommand.self, PauseCommand.self, ResumeCommand.self, SaveCommand.self, DiscardCommand.self,
            TypeCommand.self, KeyCommand.self,
            ScreenCommand.self, WaitCommand.self, CloneCommand.self, UndeleteCommand.self, TrashCommand.self, LogCommand.self, TopCommand.self,
            ThemeCommand.self, DoctorCommand.self, KeysCommand.self, CompletionsCommand.self, ManualCommand.self,
        ], defaultSubcommand: WorkstationCommand.self)
}

/// Why a command failed, as the user reads it, and the status the process ends with.
struct CommandFailure: Error {
    var message: String
    var status: Int32
    init(_ message: String, status: Int32 = 1) { (self.message, self.status) = (message, status) }
}

/// Ends the process; everything has been said.
struct CommandStatus: Error {
    var status: Int32
}

/// To standard error, for people.
func report(_ text: String) { writeAll(STDERR_FILENO, Array(text.utf8)) }

func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        if count > 0 { rest.removeFirst(count) } else if errno != EINTR { return }
    }
}
