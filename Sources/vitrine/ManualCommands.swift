import ArgumentParser
import Foundation

struct CompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions", abstract: "Prints what a shell needs to complete vitrine's verbs, options and machines.",
        discussion: """
            bash: vitrine completions bash > ~/.local/share/bash-completion/completions/vitrine
            zsh:  vitrine completions zsh > a folder of $fpath, as _vitrine
            fish: vitrine completions fish > ~/.config/fish/completions/vitrine.fish
            """)
    @Argument(help: "bash, zsh or fish.") var shell: Shell

    enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

    mutating func run() throws {
        let kind: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        print(RootCommand.completionScript(for: kind))
    }
}

struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Prints the manual page, or that of a verb, for man.",
        discussion: "vitrine manual | man -l -     vitrine manual > ~/.local/share/man/man1/vitrine.1")
    @Option(help: ArgumentHelp("Writes vitrine.1 and a page for every verb into this folder.", valueName: "folder")) var directory: String?
    @Argument(help: "The verb.") var verb: String?

    mutating func run() throws {
        guard let page = ManualPage(RootCommand._dumpHelp()) else { throw CommandFailure("the manual cannot be made of the help") }
        if let directory {
            for (name, text) in page.all {
                if let problem = UserFile.write(Array(text.utf8), to: directory + "/" + name) { throw CommandFailure(problem) }
            }
            return
        }
        guard let text = page.text(of: verb) else { throw CommandFailure("there is no verb \(verb ?? ""); vitrine --help lists them", status: 2) }
        print(text, terminator: "")
    }
}

/// Pages for man(1), made of the same descriptions as `--help`: in the man(7) macros.
struct ManualPage {
    /// What `_dumpHelp` prints, as far as a page needs it (ArgumentParser's ToolInfo, version 0).
    private struct Dump: Decodable { var command: Command }
    private struct Command: Decodable {
        var commandName: String
        var abstract: String?
        var discussion: String?
        var shouldDisplay: Bool?
        var subcommands: [Command]?
        var arguments: [Argument]?
    }
    private struct Argument: Decodable {
        struct Name: Decodable {
            var kind: String
            var name: String
            var text: String { (kind == "short" || kind == "longWithSingleDash" ? "-" : "--") + name }
        }
        var kind: String
        var shouldDisplay: Bool
        var isOptional: Bool
        var isRepeating: Bool
        var names: [Name]?
        var valueName: String?
        var defaultValue: String?
        var allValues: [String]?
        var abstract: String?
        var discussion: String?
    }

    private let root: Command

    init?(_ dump: String) {
        guard let decoded = try? JSONDecoder().decode(Dump.self, from: Data(dump.utf8)) else { return nil }
        root = decoded.command
    }

    private var verbs: [Command] { (root.subcommands ?? []).filter { $0.shouldDisplay ?? true && $0.commandName != "help" } }

    /// File names and pages.
    var all: [(name: String, text: String)] {
        [("vitrine.1", text(of: nil) ?? "")] + verbs.map { ("vitrine-\($0.commandName).1", page($0, title: "vitrine-\($0.commandName)")) }
    }

    func text(of verb: String?) -> String? {
        guard let verb else { return page(root, title: "vitrine") }
        return verbs.first { $0.commandName == verb }.map { page($0, title: "vitrine-\(verb)") }
    }

    private func page(_ command: Command, title: String) -> String {
        let isRoot = command.commandName == root.commandName
        let arguments = (command.arguments ?? []).filter(\.shouldDisplay)
        var text = ".TH \(title.uppercased()) 1 \"\" \"Vitrine\" \"Vitrine\"\n.SH NAME\n"
        text += "\(escaped(title)) \\- \(escaped(sentence(command.abstract ?? "")))\n"
        text += ".SH SYNOPSIS\n.B vitrine\(isRoot ? "" : " " + escaped(command.commandName))\n"
        for argument in arguments { text += synopsis(argument) + "\n" }
        if isRoot { text += "[\\fIverb\\fR ...]\n" }
        if let discussion = command.discussion, !discussion.isEmpty {
            text += ".SH DESCRIPTION\n" + discussion.split(separator: "\n").map { escaped(String($0)) + "\n" }.joined(separator: ".br\n")
        }
        if isRoot {
            text += ".SH VERBS\n"
            for verb in verbs { text += ".TP\n.B \(escaped(verb.commandName))\n\(escaped(verb.abstract ?? ""))\n" }
        }
        if !arguments.isEmpty { text += ".SH OPTIONS\n" }
        for argument in arguments {
            text += ".TP\n\(tag(argument))\n"
            let words = [argument.abstract, argument.discussion].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " ")
            var line = escaped(words.isEmpty ? "No description." : words)
            if let values = argument.allValues, !values.isEmpty { line += " One of \(escaped(values.joined(separator: ", ")))." }
            if let value = argument.defaultValue, !value.isEmpty { line += " Without it: \(escaped(value))." }
            text += line + "\n"
        }
        text += """
            .SH EXIT STATUS
            0 done; 1 the operation failed, or the guest ended before a waited text came; 2 wrong usage; 3 the time limit of run passed;
            4 a wait ran out; 5 the guest crashed.
            .SH FILES
            Machines: $XDG_DATA_HOME/vitrine/machines (~/.local/share/vitrine/machines). Settings, keys and themes: $XDG_CONFIG_HOME/vitrine
            (~/.config/vitrine). \\-\\-home DIR holds all of them in one folder.

            """
        text += ".SH SEE ALSO\n"
        if isRoot {
            text += verbs.map { "\\fBvitrine\\-\(escaped($0.commandName))\\fR(1)" }.joined(separator: ",\n") + "\n"
        } else {
            text += "\\fBvitrine\\fR(1)\n"
        }
        return text
    }

    private func synopsis(_ argument: Argument) -> String {
        let dots = argument.isRepeating ? " ..." : ""
        guard let name = argument.names?.first(where: { $0.kind == "long" }) ?? argument.names?.first else {
            let value = "\\fI\(escaped(argument.valueName ?? "value"))\\fR"
            return argument.isOptional ? "[\(value)]\(dots)" : value + dots
        }
        let value = argument.kind == "option" ? " \\fI\(escaped(argument.valueName ?? "value"))\\fR" : ""
        return "[\\fB\(escaped(name.text))\\fR\(value)]\(dots)"
    }

    private func tag(_ argument: Argument) -> String {
        let value = "\\fI\(escaped(argument.valueName ?? "value"))\\fR"
        guard let names = argument.names, !names.isEmpty else { return value }
        return names.map { "\\fB\(escaped($0.text))\\fR" }.joined(separator: ", ") + (argument.kind == "option" ? " " + value : "")
    }

    /// Lower case and without its full stop, as the NAME line of a page has it.
    private func sentence(_ abstract: String) -> String {
        var text = abstract
        if text.hasSuffix(".") { text.removeLast() }
        return text.prefix(1).lowercased() + text.dropFirst()
    }

    /// What roff would take as its own: backslashes, hyphens that must stay hyphens, dots and quotes at the start of a line.
    private func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "\n": result += " "
            default: result.append(character)
            }
        }
        return result.hasPrefix(".") || result.hasPrefix("'") ? "\\&" + result : result
    }
}
