import ArgumentParser
import Foundation
import PC
import Processor
import Screens
import TUI
import Terminal
import Workstation

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "doctor", abstract: "Says what this host offers, and what to install.")

    @OptionGroup var home: HomeOption
    @Flag(help: "Print the findings as JSON.") var json = false

    struct Finding: Codable {
        enum Verdict: String, Codable { case ok, missing, optional }
        var subject: String
        var verdict: Verdict
        var found: String
        /// What to do about it.
        var advice: String?
    }

    mutating func run() throws {
        let findings = Self.examine(ProcessInfo.processInfo.environment) + Self.examineFace(SettingsFile(Home(directory: home.home)))
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(findings), as: UTF8.self))
        } else {
            for finding in findings {
                let mark =
                    switch finding.verdict {
                    case .ok: "ok      "
                    case .missing: "MISSING "
                    case .optional: "optional"
                    }
                print("\(mark)  \(finding.subject.padding(toLength: 18, withPad: " ", startingAt: 0))\(finding.found)")
                if let advice = finding.advice { print("          \("".padding(toLength: 18, withPad: " ", startingAt: 0))\(advice)") }
            }
        }
        if findings.contains(where: { $0.verdict == .missing }) { throw CommandStatus(status: 1) }
    }

    static func examine(_ environment: [String: String]) -> [Finding] {
        var findings: [Finding] = []
        func add(_ subject: String, _ verdict: Finding.Verdict, _ found: String, _ advice: String? = nil) {
            findings.append(Finding(subject: subject, verdict: verdict, found: found, advice: advice))
        }
        func program(_ name: String) -> String? {
            (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
        }

        do {
            _ = try Firmware(bios: nil)
            add("firmware", .ok, "SeaBIOS and its video BIOS")
        } catch {
            add("firmware", .missing, "\(error)", "apt-get install seabios")
        }

        let gigabytes = Double(ProcessInfo.processInfo.physicalMemory) / Double(1 << 30)
        add("processors", .ok, "\(ProcessInfo.processInfo.activeProcessorCount); each running machine uses one")
        if !HostProcessor.hasLAHF {
            add("recompiler", .optional, "this processor has no LAHF in 64-bit mode: machines are interpreted, about ten times slower")
        } else if !HostProcessor.hasBMI2 {
            add("recompiler", .optional, "this processor has no BMI2: bytes AH to DH in memory operands are interpreted")
        } else {
            add("recompiler", .ok, "every instruction it emits (BMI2, LAHF)")
        }
        add("memory", .ok, String(format: "%.1f GB", gigabytes))

        let home = environment["XDG_DATA_HOME"] ?? (environment["HOME"] ?? "") + "/.local/share"
        var folder = URL(fileURLWithPath: home)
        while !FileManager.default.fileExists(atPath: folder.path), folder.path != "/" { folder.deleteLastPathComponent() }
        if FileManager.default.isWritableFile(atPath: folder.path) {
            let free = (try? FileManager.default.attributesOfFileSystem(forPath: folder.path))?[.systemFreeSize] as? NSNumber
            add("machine folder", .ok, home + "/vitrine" + (free.map { String(format: ", %.1f GB free", $0.doubleValue / Double(1 << 30)) } ?? ""))
        } else {
            add("machine folder", .missing, "\(folder.path) cannot be written", "set XDG_DATA_HOME to a folder of yours")
        }

        let term = environment["TERM"] ?? ""
        if isatty(STDOUT_FILENO) == 0 {
            add("terminal", .optional, "standard output is no terminal; the workstation needs one, `vitrine run` does not")
        } else if term.isEmpty || term == "dumb" {
            add("terminal", .optional, "TERM is \(term.isEmpty ? "not set" : term)", "set TERM to what your terminal is, such as xterm-256color")
        } else {
            add("terminal", .ok, term + (environment["TMUX"] == nil ? "" : " inside tmux"))
        }
        let locale = environment["LC_ALL"] ?? environment["LC_CTYPE"] ?? environment["LANG"] ?? ""
        let isUnicode = locale.lowercased().contains("utf-8") || locale.lowercased().contains("utf8")
        add(
            "characters", isUnicode ? .ok : .optional, locale.isEmpty ? "no locale is set" : locale,
            isUnicode ? nil : "export LANG=C.UTF-8 for lines and blocks")

        let settings = SettingsFile(Home(environment: environment))
        let problems = Keymap.merged(file: settings.keys, chosen: settings.preferences.keys ?? [:]).problems
        for problem in problems { add("keys", .optional, "\(settings.keysPath), \(problem)", "`vitrine keys` prints the keys as they hold now") }

        let viewers = ["vncviewer", "xtigervncviewer", "gvncviewer", "remmina", "vinagre", "krdc"].compactMap { program($0) }
        add(
            "VNC viewer", viewers.isEmpty ? .optional : .ok, viewers.first ?? "none on this host; viewers on others reach it through ssh -L",
            viewers.isEmpty ? "apt-get install tigervnc-viewer" : nil)
        let fetcher = program("apt-get") != nil && program("dpkg-deb") != nil
        add(
            "package fetch", fetcher ? .ok : .optional, fetcher ? "apt-get and dpkg-deb" : "no apt-get and dpkg-deb",
            fetcher ? nil : "the sample guests that are Debian packages cannot be fetched here")
        return findings
    }

    /// What the screens depend on: how wide the terminal draws its characters, and the user's themes.
    private static func examineFace(_ settings: SettingsFile) -> [Finding] {
        var findings: [Finding] = []
        if let cells = TerminalProbe.askAlone().cells {
            findings.append(
                cells > 2
                    ? Finding(
                        subject: "ambiguous widths", verdict: .optional,
                        found: "this terminal draws ● and ─ two cells wide: ASCII is used in their place",
                        advice: "switch off \"ambiguous characters are wide\" in the terminal's settings, or say --glyphs unicode")
                    : Finding(subject: "ambiguous widths", verdict: .ok, found: "one cell", advice: nil))
        }
        let problems = settings.themeProblems()
        for (file, problem) in problems.prefix(20) {
            findings.append(
                Finding(
                    subject: "theme", verdict: .optional, found: "\(file), \(problem)",
                    advice: "that line is left out; vitrine theme check \(settings.themeFolder)/\(file)"))
        }
        if problems.isEmpty {
            let own = settings.themes().count { $0.source != nil }
            findings.append(
                Finding(subject: "themes", verdict: .ok, found: "\(HouseTheme.all.count) of the house, \(own) of yours", advice: nil))
        }
        return findings
    }
}
