import Foundation
import TestSupport

/// A program in tmux: a real terminal, whose screen can be read and whose keys and mouse can be pressed.
struct Terminal {
    /// What a terminal has to be told before a program runs in it, and again when the program is gone.
    struct Modes: Equatable {
        var isAlternateScreen: Bool
        var reportsMouse: Bool
        var showsCursor: Bool
        var hasApplicationKeys: Bool

        /// As a shell has it.
        static let plain = Modes(isAlternateScreen: false, reportsMouse: false, showsCursor: true, hasApplicationKeys: false)
    }

    static let isThere = Program.find("tmux") != nil

    private let tmux: String
    private let socket = "vitrine-\(UUID().uuidString.prefix(8))"

    /// The library of the program.
    let folder: URL

    /// Runs a command of the shell, says with what status it ended, and shows the state of the line.
    init(
        _ command: String, _ folder: URL, columns: Int = 100, rows: Int = 40, environment: String = "TERM=tmux-256color LC_ALL=C.UTF-8"
    ) throws {
        self.folder = folder
        tmux = Program.find("tmux") ?? "tmux"
        // What was fetched before is a machine in every library, so nothing is.
        let surroundings = "\(environment) XDG_CACHE_HOME='\(folder.path)/cache'"
        let line = "unset LANG LC_CTYPE LC_ALL NO_COLOR COLORTERM; export \(surroundings); \(command); echo ended with $?; stty -a; sleep 100"
        // The server lives on with every descriptor that it inherits, and Foundation takes a child for running until its own is closed.
        let closing = #"for f in /proc/$$/fd/*; do f=${f##*/}; [ $f -le 2 ] || eval "exec $f>&-"; done; exec "$@""#
        let arguments = [
            tmux, "-L", socket, "-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "-s", "a", line,
        ]
        // Threads of tests have signals blocked, and that is inherited too.
        _ = try Program.run("/usr/bin/env", ["--default-signal", "/bin/bash", "-c", closing, "bash"] + arguments, limit: 20)
    }

    /// A terminal with an empty library, both gone at the end. `$HOME_FOLDER` in the command is the library.
    static func with(
        _ command: String, columns: Int = 100, rows: Int = 40, environment: String = "TERM=tmux-256color LC_ALL=C.UTF-8",
        _ body: (Terminal) throws -> Void
    ) throws {
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        try with(command, folder, columns: columns, rows: rows, environment: environment, body)
    }

    /// The same with a library that is there already, and stays.
    static func with(
        _ command: String, _ folder: URL, columns: Int = 100, rows: Int = 40, environment: String = "TERM=tmux-256color LC_ALL=C.UTF-8",
        _ body: (Terminal) throws -> Void
    ) throws {
        let terminal = try Terminal(
            command.replacing("$HOME_FOLDER", with: folder.path), folder, columns: columns, rows: rows, environment: environment)
        defer { terminal.kill() }
        try body(terminal)
    }

    var text: String { ask("capture-pane", "-p", "-t", "a") }

    /// The text with the sequences that colour it.
    var colouredText: String { ask("capture-pane", "-p", "-e", "-t", "a") }

    var modes: Modes {
        let flags = ask("display-message", "-p", "-t", "a", "#{alternate_on} #{mouse_any_flag} #{cursor_flag} #{keypad_cursor_flag}")
            .split(whereSeparator: \.isWhitespace).map { $0 == "1" }
        guard flags.count == 4 else { return .plain }
        return Modes(isAlternateScreen: flags[0], reportsMouse: flags[1], showsCursor: flags[2], hasApplicationKeys: flags[3])
    }

    func keys(_ keys: String...) { _ = ask(["send-keys", "-t", "a"] + keys) }

    /// Letters as they stand, among them what would be the name of a key.
    func type(_ text: String) { _ = ask("send-keys", "-t", "a", "-l", text) }

    /// Presses the left button and lets it go; the upper left cell is 1, 1.
    func click(_ column: Int, _ row: Int) { mouse([(0, column, row, "M"), (0, column, row, "m")]) }

    func drag(_ from: (column: Int, row: Int), to: (column: Int, row: Int)) {
        mouse([(0, from.column, from.row, "M"), (32, to.column, to.row, "M"), (0, to.column, to.row, "m")])
    }

    private func mouse(_ reports: [(button: Int, column: Int, row: Int, end: String)]) {
        let bytes = reports.map { "\u{1B}[<\($0.button);\($0.column);\($0.row)\($0.end)" }.joined().utf8
        _ = ask(["send-keys", "-t", "a", "-H"] + bytes.map { String($0, radix: 16) })
    }

    func resize(_ columns: Int, _ rows: Int) { _ = ask("resize-window", "-t", "a", "-x", "\(columns)", "-y", "\(rows)") }

    func wait(for wanted: String, seconds: Double = 60) -> Bool { wait(seconds) { $0.contains(wanted) } }

    func wait(_ seconds: Double = 60, until isTrue: (String) -> Bool) -> Bool {
        let end = Date(timeIntervalSinceNow: seconds)
        while Date() < end {
            if isTrue(text) { return true }
            usleep(100_000)
        }
        return false
    }

    func kill() { _ = ask("kill-server") }

    private func ask(_ arguments: String...) -> String { ask(arguments) }

    private func ask(_ arguments: [String]) -> String { (try? Program.run(tmux, ["-L", socket] + arguments, limit: 20))?.output ?? "" }
}
