import ArgumentParser
import Foundation
import Screens
import Workstation

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Prints the workstation's keys, as the file `keys` takes them.",
        discussion: "A line `action = key key` in the file `keys` of the configuration folder gives an action other keys.")

    @OptionGroup var home: HomeOption
    @Flag(help: "The keys as Vitrine has them without any file.") var standard = false

    mutating func run() throws {
        guard !standard else { return print(KeyFile.text(Keymap()), terminator: "") }
        let settings = SettingsFile(Home(directory: home.home))
        let (keymap, problems) = Keymap.merged(file: settings.keys, chosen: settings.preferences.keys ?? [:])
        for problem in problems { report("vitrine: \(settings.keysPath), \(problem)\n") }
        print(KeyFile.text(keymap), terminator: "")
        if !problems.isEmpty { throw CommandStatus(status: 1) }
    }
}
