import ArgumentParser
import Bus
import Contract
import Foundation
import Screens
import Service
import TUI
import Terminal
import Workstation

struct WorkstationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workstation", abstract: "Opens the workstation in this terminal; the verb may be left out.")

    @OptionGroup var home: HomeOption
    @Option(help: ArgumentHelp("A theme of `vitrine theme list`.", valueName: "name")) var theme: String?
    @Option(help: "Whether to use colours: auto looks at TERM and NO_COLOR.") var color: ColourChoice = .auto
    @Option(help: "The characters that lines, bars and states are drawn with.") var glyphs: GlyphChoice = .auto

    @Flag(help: "A conversation in lines in place of a screen: for screen readers, dumb terminals and pipes.") var plain = false
    @Option(help: "How guests' pixels are shown; auto asks the terminal.") var graphics: GraphicsChoice?

    mutating func run() throws {
        let home = Home(directory: home.home)
        let settings = SettingsFile(home)
        let themes = settings.themes()
        if let theme, !themes.contains(where: { $0.id == theme }) {
            throw CommandFailure("--theme \(theme): there is no such theme; there are \(themes.map(\.id).joined(separator: ", "))", status: 2)
        }
        let keeper = LocalKeeper(home: home)
        var options = WorkstationApp.Options()
        options.library = home.forPeople(home.machines)
        options.preferences = settings.preferences
        options.theme = theme ?? options.preferences.theme
        options.glyphs = glyphs.set
        options.graphics = graphics.map(\.graphics) ?? options.preferences.graphics.flatMap { Graphics(rawValue: $0) }
        options.colour = color == .auto ? options.preferences.colour.flatMap { ColourChoice(rawValue: $0)?.wish } ?? .auto : color.wish
        options.keys = settings.keys
        options.themes = themes
        options.keep = { settings.keep($0) }
        options.themeFolder = settings.themeFolder
        let host = Self.host(keeper, at: home.controlSocket())
        defer { host?.stop() }
        if plain { return PlainWorkstation(keeper: keeper).run() }
        let status: Int32
        do {
            let app = WorkstationApp(
                keeper: keeper, display: { keeper.display(of: $0) }, terminal: { keeper.terminal(of: $0, port: $1) }, options: options)
            status = try app.run()
        } catch let error as TerminalError {
            throw CommandFailure(error.description)
        }
        if status != 0 { throw CommandStatus(status: status) }
    }

    /// A workstation that other commands cannot reach is still one; where another one of this library is open, they reach that.
    private static func host(_ keeper: LocalKeeper, at path: String) -> ServiceHost? {
        do throws(KeeperError) {
            return try ServiceHost(keeper, at: path)
        } catch {
            if error.kind != .busy { report("vitrine: other commands will not reach this workstation: \(error)\n") }
            return nil
        }
    }
}

enum ColourChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never
    var wish: ColourDepth.Wish {
        switch self {
        case .auto: .auto
        case .always: .always
        case .never: .never
        }
    }
}

enum GlyphChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, unicode, cp437, ascii
    var set: GlyphSet? {
        switch self {
        case .auto: nil
        case .unicode: .unicode
        case .cp437: .cp437
        case .ascii: .ascii
        }
    }
}

/// The user's preferences on disk, and the themes that are the user's own.
struct SettingsFile {
    private let folder: String

    init(_ home: Home) { folder = home.configuration }

    private var path: String { folder + "/settings.json" }

    var preferences: Preferences {
        FileManager.default.contents(atPath: path).flatMap { try? JSONDecoder().decode(Preferences.self, from: $0) } ?? Preferences()
    }

    var keysPath: String { folder + "/keys" }

    /// The user's own keys; without the file those of the house.
    var keys: KeyFile { KeyFile(FileManager.default.contents(atPath: keysPath).map { Array($0) } ?? []) }

    /// A taste that cannot be written down is no reason to stop.
    func keep(_ preferences: Preferences) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        guard let data = try? encoder.encode(preferences) else { return }
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try? data.write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    var themeFolder: String { folder + "/themes" }

    /// The house's themes and those in the user's folder; a file with the name of a house theme takes its place.
    func themes() -> [Theme] {
        var found = Theme.house
        for (file, read) in themeFiles() {
            guard case .success(let bytes) = read else { continue }
            var theme = Theme.parse(id: String(file.dropLast(6)), bytes: bytes).theme
            theme.source = String(validating: bytes, as: UTF8.self)
            if let place = found.firstIndex(where: { $0.id == theme.id }) { found[place] = theme } else { found.append(theme) }
        }
        return found
    }

    /// What is wrong in the user's files, by file.
    func themeProblems() -> [(file: String, problem: String)] {
        themeFiles().flatMap { file, read -> [(file: String, problem: String)] in
            switch read {
            case .success(let bytes): Theme.parse(id: file, bytes: bytes).problems.map { (file, $0.description) }
            case .failure(let error): [(file, error.description)]
            }
        }
    }

    private func themeFiles() -> [(file: String, read: Result<[UInt8], KeeperError>)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: themeFolder)) ?? []
        return names.sorted().filter { $0.hasSuffix(".theme") }.map { ($0, UserFile.read(themeFolder + "/" + $0, limit: Theme.maximumFileSize)) }
    }
}
