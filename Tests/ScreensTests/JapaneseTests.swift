import Configuration
import Contract
import Foundation
import Picture
import TUI
import Testing

@testable import Screens

/// Nothing that Vitrine itself says stays English where Japanese is chosen.
@Suite struct JapaneseTests {
    static func day(_ width: Int = 80, _ height: Int = 24) -> Harness {
        let harness = Workday.harness(width, height)
        harness.model.language = .japanese
        return harness
    }

    /// What is not ours to translate: names, keys, units, what the keeper and the guests say.
    private static let allowed: Set<String> = Set(
        """
        Vitrine Enter PgDn PgUp Space Shift Ctrl Backspace Left Right Home Down Insert Tab Print Screen Pause Break SysRq
        debian mini freedos warp toyos linux showcase memtest setup sample lan nt lab mib vhd live iso images home user share local
        MIPS Pentium Windows Linux FreeBSD NetBSD OpenBSD FreeDOS Warp Debian GNU SeaBIOS VMware CPUID console ttyS root Multiboot bzImage
        BIOS ACPI HIMEM left right down byte inux data boot disk Downloads vitrine
        unix auto automatic none PATH TERM COLOR unicode ascii cp English settings json EDITOR
        triple fault Triple crashed Till software reset Directory GAMES KEEN SOKOBAN README bytes free file
        """
        .split(whereSeparator: { $0 == " " || $0.isNewline }).map(String.init))

    /// Words of four letters and more that stand on a screen and are on no list.
    private func strangers(_ harness: Harness, besides: Set<String> = []) -> [String] {
        harness.frame.lines.flatMap { line in
            line.split { !($0.isASCII && $0.isLetter) }.map(String.init).filter { word in
                word.count >= 4 && !JapaneseTests.allowed.contains(word) && !besides.contains(word)
            }
        }
    }

    private func expectNoStrangers(_ harness: Harness, _ place: String, besides: Set<String> = []) {
        let found = strangers(harness, besides: besides)
        #expect(found.isEmpty, "\(place): \(Set(found).sorted())\n\(harness.screen)")
        for line in harness.frame.lines { #expect(Text.width(line) <= harness.size.width, "\(place): \(line)") }
    }

    @Test(arguments: [(80, 24), (40, 12), (60, 20), (120, 30)]) func pages(_ width: Int, _ height: Int) {
        for page: Character in ["1", "2", "3", "4", "5"] {
            let harness = JapaneseTests.day(width, height)
            harness.press(.character(page))
            expectNoStrangers(harness, "page \(page)")
            harness.press(.character("/"))
            expectNoStrangers(harness, "filter of page \(page)")
            harness.press(.escape, .character("?"))
            for _ in 0..<6 {
                expectNoStrangers(harness, "help of page \(page)")
                harness.press(.pageDown)
            }
        }
    }

    @Test func detailsOfEveryMachine() {
        let harness = JapaneseTests.day(120, 40)
        for _ in Workday.machines {
            for tab in DetailTab.allCases {
                expectNoStrangers(harness, "\(tab) of \(harness.model.selected?.rawValue ?? "")", besides: ["data", "me", "machines"])
                harness.press(.character("]"))
            }
            harness.press(.down)
        }
    }

    /// Every key of the list on every machine: what it opens, or why it does nothing. The picker of themes has a golden screen of its own.
    @Test(arguments: [(80, 24), (40, 12)]) func everyKeyOfTheList(_ width: Int, _ height: Int) {
        for row in Workday.machines.indices {
            for binding in Keymap.standard where binding.applies(on: .machines) && ![.suspend, .redraw, .theme].contains(binding.action) {
                let harness = JapaneseTests.day(width, height)
                harness.knowsImages()
                harness.press(.home)
                for _ in 0..<row { harness.press(.down) }
                harness.press(binding.keys[0])
                expectNoStrangers(harness, "\(binding.action) on \(harness.model.selected?.rawValue ?? "")", besides: ["freedos"])
            }
        }
    }

    @Test func markedMachines() {
        for action: Key in [
            .character("S"), .character("P"), .character("V"), .character("B"), .character("T"), .character("R"), .character("D"), .character("#"),
            .character("X"),
        ] {
            let harness = JapaneseTests.day()
            harness.press(.character("a"))
            expectNoStrangers(harness, "marked")
            harness.press(action)
            expectNoStrangers(harness, "\(action.label) on marked", besides: ["data"])
            harness.press(.right, .right, .enter)
            expectNoStrangers(harness, "\(action.label) on marked, done")
        }
    }

    @Test(arguments: [(80, 24), (40, 12)]) func formOnEveryTab(_ width: Int, _ height: Int) {
        for machine in [3, 1] {
            let harness = JapaneseTests.day(width, height)
            harness.knowsImages(configuration: MachineConfiguration(name: "os2-warp"))
            harness.press(.home)
            for _ in 0..<machine { harness.press(.down) }
            harness.press(.character("E"))
            #expect(harness.model.page == .form)
            for step in 0..<60 {
                expectNoStrangers(harness, "form, step \(step)", besides: ["Alt"])
                harness.press(.tab)
            }
            harness.press(.function(1))
            expectNoStrangers(harness, "help of the form")
            harness.press(.escape, .home, .end, .character("x"), .escape, .escape)
            expectNoStrangers(harness, "leaving the form")
        }
    }

    @Test(arguments: [(80, 24), (40, 12)]) func wizardInThreeSteps(_ width: Int, _ height: Int) {
        let harness = JapaneseTests.day(width, height)
        harness.knowsImages()
        harness.press(.character("N"))
        for _ in Preset.all {
            expectNoStrangers(harness, "systems", besides: ["HIMEM", "SYSTEM", "NTFS"])
            harness.press(.down)
        }
        harness.press(.enter)
        for _ in 0..<6 {
            expectNoStrangers(harness, "sources", besides: ["Downloads", "live", "boot", "FDLIVE", "FD", "BOOT", "LIVE", "WIN", "disk", "Alt"])
            harness.press(.down)
        }
        harness.press(.up, .up, .enter)
        for step in 0..<24 {
            expectNoStrangers(harness, "review, step \(step)", besides: ["machine"])
            harness.press(.tab)
        }
    }

    @Test func paletteOnEveryEntry() {
        let harness = JapaneseTests.day()
        harness.press(.character(":"))
        for _ in 0..<90 {
            expectNoStrangers(harness, "palette", besides: Set(Theme.house.flatMap { $0.name.split(separator: " ").map(String.init) }))
            harness.press(.down)
        }
    }

    @Test func settingsOnEveryLine() {
        let harness = JapaneseTests.day()
        harness.press(.character(","))
        for _ in 0..<(Setting.allCases.count + Keymap.standard.count) {
            let action = harness.model.focusedBinding?.action.rawValue ?? ""
            expectNoStrangers(harness, "settings", besides: Set(action.split(separator: " ").map(String.init) + ["keys"]))
            harness.press(.right)
            expectNoStrangers(harness, "settings changed", besides: Set(action.split(separator: " ").map(String.init) + ["keys", "unicode"]))
            harness.press(.down)
        }
        harness.press(.character("?"))
        expectNoStrangers(harness, "help of settings")
    }

    @Test(arguments: [(80, 24), (40, 12)]) func consoleAndItsMenus(_ width: Int, _ height: Int) {
        let host = HostKey.standard
        for keys: [Key] in [
            [], [host], [host, .character("?")], [host, .character("?"), .down, .down, .enter], [host, .character("s"), .character("h")],
            [host, .character("s"), .character("x")], [host, .character("c")], [host, .character("v")], [host, .character("z")],
            [host, .pageUp], [host, .character("p")], [host, .character("r")], [host, .character("b")], [host, .character("m")],
            [host, .character("t")], [host, .character("s"), .character("f")], [host, .character("s"), .character("c")],
            [host, .character("c"), .character(" "), .down, .enter],
        ] {
            let harness = JapaneseTests.day(width, height)
            harness.send(.picture(Workday.id("freedos"), Harness.text((0..<25).map { "\($0)" }, cursor: (1, 20))))
            harness.press(.enter)
            #expect(harness.model.page == .console)
            for key in keys { harness.press(key) }
            expectNoStrangers(harness, "console after \(keys.map(\.label))", besides: ["Ctrl", "live", "Delete"])
            harness.wait(1)
            expectNoStrangers(harness, "console, later, after \(keys.map(\.label))", besides: ["Ctrl", "live", "Delete"])
        }
    }

    @Test func quittingAndLeaving() {
        let harness = JapaneseTests.day()
        harness.press(.character("q"))
        expectNoStrangers(harness, "quit")
        harness.answer = { _ in nil }
        harness.press(.enter)
        expectNoStrangers(harness, "saving")
        harness.press(.escape)
        expectNoStrangers(harness, "stay")
        harness.press(.character("q"), .character("p"))
        expectNoStrangers(harness, "power off")
        let single = Harness(machines: Workday.machines, single: Workday.id("freedos"))
        single.model.language = .japanese
        single.press(HostKey.standard, .character("q"))
        expectNoStrangers(single, "leave")
        for size in [Size(38, 11), Size(20, 8)] {
            let small = JapaneseTests.day(size.width, size.height)
            expectNoStrangers(small, "small")
            small.press(.character("q"))
            expectNoStrangers(small, "small, quitting")
        }
    }

    @Test func jobsOfEveryKind() {
        let harness = JapaneseTests.day()
        let kinds: [JobSummary.Kind] = [.fetch, .save, .restore, .clone, .delete]
        let jobs = kinds.enumerated().map { index, kind in
            var job = JobSummary(
                id: JobID(rawValue: index + 1), kind: kind, machine: Workday.id("nt4"), subject: "nt4", started: Harness.noon - 5,
                canCancel: index % 2 == 0)
            (job.done, job.total) = (5 << 20, 50 << 20)
            if kind == .restore { job.phase = .queued }
            if kind == .delete { (job.phase, job.ended) = (.done, Harness.noon - 1) }
            return job
        }
        harness.send(.keeper(.jobs(jobs)))
        harness.press(.character("4"))
        for _ in kinds {
            expectNoStrangers(harness, "jobs")
            harness.press(.control("c"))
            expectNoStrangers(harness, "stopping a job")
            harness.press(.character("R"))
            expectNoStrangers(harness, "a job again")
            harness.press(.down)
        }
    }
}
