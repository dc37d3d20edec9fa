import ArgumentParser
import Contract
import Foundation
import Workstation

struct CloneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clone", abstract: "Makes a full copy of a machine that is off or saved.",
        discussion: "Images in its folder are copied. Those outside are shared, and read-only in the copy.")
    @OptionGroup var home: HomeOption
    @Flag(help: "Print the copy's summary as JSON.") var json = false
    @Argument(help: "The machine.") var name: String
    @Argument(help: "The copy's name.") var copy: String

    mutating func run() throws {
        let keeper = home.changer()
        guard case .created(let id) = try keeper.perform(.clone(keeper.find(name), name: copy)) else {
            throw CommandFailure("\(name) was not cloned")
        }
        if json { try printJSON(keeper.machines().first { $0.id == id }) } else { print("created \(id)") }
    }
}

struct UndeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undelete", abstract: "Brings a machine back from the trash.",
        discussion: "Where several of one name are there, the one that was deleted last.")
    @OptionGroup var home: HomeOption
    @Flag(help: "Print the machine's summary as JSON.") var json = false
    @Argument(help: "The machine.") var name: String

    mutating func run() throws {
        let entries = home.trash.entries
        guard let entry = entries.first(where: { $0.id.rawValue == name }) ?? entries.first(where: { $0.name == name }) else {
            throw CommandFailure("\(plain(name)) is not in the trash; `vitrine trash` lists what is")
        }
        let keeper = home.changer()
        guard case .created(let id) = try keeper.perform(.undelete(entry.id)) else { throw CommandFailure("\(name) was not brought back") }
        if json { try printJSON(keeper.machines().first { $0.id == id }) } else { print("\(id) is back") }
    }
}

struct TrashCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trash", abstract: "Lists deleted machines that can be brought back.",
        discussion: "They are kept for seven days. `--empty --yes` removes them now.")
    @OptionGroup var home: HomeOption
    @Flag(help: "Print them as JSON.") var json = false
    @Flag(help: "Remove all of them for good.") var empty = false
    @Flag(help: "With --empty: yes, really.") var yes = false

    mutating func validate() throws {
        if empty, !yes { throw ValidationError("--empty removes deleted machines and their disks for good: say --yes too.") }
        if yes, !empty { throw ValidationError("--yes goes with --empty.") }
    }

    mutating func run() throws {
        let trash = home.trash
        if empty {
            let count: Int
            do { count = try trash.empty() } catch { throw CommandFailure(error.description) }
            if json { try printJSON(["removed": count]) } else { print(count == 1 ? "removed 1 machine" : "removed \(count) machines") }
            return
        }
        let entries = trash.entries
        if json { return try printJSON(entries) }
        guard !entries.isEmpty else { return print("the trash is empty") }
        var table = TextTable(["NAME", "DELETED", "GONE ON", "SIZE"], rightAligned: [3])
        for entry in entries {
            table.add([entry.id.rawValue, moment(entry.deletedAt), moment(entry.goneAt), "\((entry.bytes + (1 << 20) - 1) >> 20) MB"])
        }
        print(table.text, terminator: "")
    }
}

/// `2026-03-14 14:28:03`, where the user is.
func moment(_ time: Double) -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "yyyy-MM-dd HH:mm:ss"
    return formatter.string(from: Date(timeIntervalSince1970: time))
}

/// Text of outside as a terminal may have it: what would act there is a dot.
func plain(_ text: String) -> String {
    String(
        String.UnicodeScalarView(
            text.unicodeScalars.map { scalar in
                let acts =
                    scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) || (0x202A...0x202E).contains(scalar.value)
                    || (0x2066...0x2069).contains(scalar.value)
                return acts ? "·" : scalar
            }))
}

/// Columns as wide as what stands in them.
struct TextTable {
    private var rows: [[String]]
    private let rightAligned: Set<Int>

    init(_ heading: [String], rightAligned: Set<Int> = []) { (rows, self.rightAligned) = ([heading], rightAligned) }

    mutating func add(_ row: [String]) { rows.append(row.map(plain)) }

    var text: String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                let blanks = String(repeating: " ", count: widths[column] - cell.count)
                return rightAligned.contains(column) ? blanks + cell : column == row.count - 1 ? cell : cell + blanks
            }
            return cells.joined(separator: "  ") + "\n"
        }.joined()
    }
}
