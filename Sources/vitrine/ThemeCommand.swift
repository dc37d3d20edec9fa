import ArgumentParser
import Foundation
import TUI
import Workstation

struct ThemeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "theme", abstract: "Lists, imports and checks colour themes.",
        discussion: "In the workstation t chooses one, with the whole screen as the preview.",
        subcommands: [ThemeListCommand.self, ThemeShowCommand.self, ThemeImportCommand.self, ThemeCheckCommand.self])
}

struct ThemeListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the themes that there are.")

    @OptionGroup var home: HomeOption
    @Flag(help: "Print them as JSON.") var json = false

    private struct Row: Codable {
        var id, name, appearance: String
        var own, chosen: Bool
        /// The least contrast that a word has; nil where the colours are the terminal's.
        var weakest, weakest256: Double?
    }

    mutating func run() throws {
        let settings = SettingsFile(Home(directory: home.home))
        let themes = settings.themes(), chosen = settings.preferences.theme
        let rows = themes.map { theme in
            let resolved = theme.resolved(among: themes)
            return Row(
                id: theme.id, name: theme.name, appearance: theme.word, own: resolved.isOwn, chosen: theme.id == chosen,
                weakest: resolved.weakest(depth: .rgb)?.ratio, weakest256: resolved.weakest(depth: .palette256)?.ratio)
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
            print(String(decoding: try encoder.encode(rows), as: UTF8.self))
            return
        }
        print("  \(Text.padded("NAME", to: 16))  \(Text.padded("TITLE", to: 16))  \(Text.padded("FOR", to: 12))  WEAKEST TEXT, IN 256 COLOURS")
        for row in rows {
            let ratios = [row.weakest, row.weakest256].map { $0.map { String(format: "%.1f", $0) } ?? "-" }
            print(
                "\(row.chosen ? "*" : " ") \(Text.padded(row.id, to: 16))  \(Text.padded(row.name, to: 16))  \(Text.padded(row.appearance, to: 12))  "
                    + Text.rightAligned(ratios[0], to: 12) + "  " + Text.rightAligned(ratios[1], to: 4))
        }
    }
}

struct ThemeShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Prints a theme as a file: what a theme of your own can start from.")

    @OptionGroup var home: HomeOption
    @Argument(help: ArgumentHelp("A theme of `vitrine theme list`.", valueName: "name")) var theme: String

    mutating func run() throws {
        let themes = SettingsFile(Home(directory: home.home)).themes()
        guard let found = themes.first(where: { $0.id == theme }) else {
            throw CommandFailure("\(theme): there is no such theme; there are \(themes.map(\.id).joined(separator: ", "))")
        }
        print(found.source ?? HouseTheme.named(theme)?.file ?? found.file(about: [found.name]), terminator: "")
    }
}

struct ThemeImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Imports a theme of btop, a base16 scheme, or a theme file, and chooses it.")

    @OptionGroup var home: HomeOption
    @Argument(help: ArgumentHelp("A btop .theme, a base16 .yaml, or a .theme of Vitrine's.", valueName: "file")) var file: String

    mutating func run() throws {
        let settings = SettingsFile(Home(directory: home.home))
        let taken = Set(settings.themes().map(\.id)), wish = ThemeImport.id(of: file)
        let id = taken.contains(wish) ? (2...99).lazy.map { "\(wish)-\($0)" }.first { !taken.contains($0) } ?? wish : wish
        let made: ThemeImport
        do { made = try ThemeImport(id: id, bytes: try ThemeCommand.read(file)) } catch let problem as ThemeProblem {
            throw CommandFailure("\(file): \(problem)")
        }
        for problem in made.problems { report("\(file): \(problem), left out\n") }
        let path = settings.themeFolder + "/\(id).theme"
        if let error = UserFile.write(Array(made.file.utf8), to: path, makingFolder: true) { throw CommandFailure(error) }
        var preferences = settings.preferences
        preferences.theme = id
        settings.keep(preferences)
        print("\(made.summary)\nIt is \(id) from now on, kept in \(path)")
    }
}

struct ThemeCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Names what is wrong in a theme file, and what in it is hard to read.")

    @Argument(help: ArgumentHelp("A .theme file of Vitrine's.", valueName: "file")) var file: String

    mutating func run() throws {
        let (read, problems) = Theme.parse(id: ThemeImport.id(of: file), bytes: try ThemeCommand.read(file))
        for problem in problems { print("\(file): \(problem)") }
        let theme = read.resolved(among: Theme.house)
        var weak = 0
        for (depth, name) in [(ColourDepth.rgb, "full colour"), (.palette256, "256 colours")] {
            for (roles, needed) in [(Role.words, 4.5), (Role.graphs, 3)] {
                for role in roles {
                    guard let ratio = theme.contrast(of: role, depth: depth), ratio < needed else { continue }
                    weak += 1
                    print(
                        "\(file): \(role.rawValue) has \(String(format: "%.1f", ratio)) to 1 in \(name), \(String(format: "%.1f", needed)) can be read"
                    )
                }
            }
        }
        if problems.isEmpty, weak == 0 {
            print("\(file): nothing is wrong\(theme.weakest(depth: .rgb).map { String(format: "; its weakest word has %.1f to 1", $0.ratio) } ?? "")")
        } else {
            throw CommandStatus(status: 1)
        }
    }
}

extension ThemeCommand {
    fileprivate static func read(_ path: String) throws -> [UInt8] {
        switch UserFile.read(path, limit: Theme.maximumFileSize) {
        case .success(let bytes): return bytes
        case .failure(let error): throw CommandFailure(error.description)
        }
    }
}
