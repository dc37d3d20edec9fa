import Configuration
import Contract
import Foundation
import Screens
import TUI
import Testing

/// What keys do to the list and to machines, as commands that reach the keeper.
@Suite struct OverviewScenarioTests {
    private func id(_ name: String) -> MachineID { Workday.id(name) }
    private func names(_ harness: Harness) -> [String] {
        harness.frame.lines.dropFirst(2).prefix(9).filter { $0.count > 4 }.map { String($0.dropFirst(4).prefix { $0 != " " }) }
    }

    // MARK: Order

    @Test func theListIsSortedByAnyColumn() {
        let harness = Workday.harness()
        harness.press(.character("o"), .character("o"))
        #expect(harness.frame.lines[1].contains("CPU ▾") && !harness.frame.lines[1].contains("Name ▾"))
        #expect(names(harness).prefix(4) == ["debian-mini", "win98", "win31", "freedos"])
        #expect(harness.model.selected == id("freedos"))
        harness.press(.character("O"))
        #expect(harness.frame.lines[1].contains("CPU ▴") && names(harness).last == "debian-mini")
        #expect(harness.screen.contains("Sorted by CPU, reversed. u undoes."))
        guard case .keep(let preferences)? = harness.effects.last else {
            Issue.record("the order is not kept")
            return
        }
        #expect(preferences.sort == "cpu" && preferences.sortIsReversed == true)
        harness.press(.character("u"))
        #expect(harness.frame.lines[1].contains("Name ▾") && names(harness).first == "debian-mini")
        harness.press(.control("r"))
        #expect(harness.frame.lines[1].contains("CPU ▴"))
    }

    @Test(arguments: [
        ("name", "debian-mini", "win98"), ("state", "debian-mini", "os2-warp"), ("mips", "debian-mini", "toyos"),
        ("memory", "nt4", "toyos"), ("screen", "freedos", "toyos"), ("tags", "freedos", "debian-mini"),
    ])
    func orders(column: String, first: String, last: String) {
        let harness = Workday.harness()
        var preferences = harness.model.preferences
        preferences.sort = column
        harness.model.preferences = preferences
        #expect(names(harness).first == first && names(harness).last == last)
    }

    @Test func olderPreferencesAreRead() throws {
        let read = try JSONDecoder().decode(Preferences.self, from: Data(#"{"theme":"paper"}"#.utf8))
        #expect(read.theme == "paper" && read.sort == nil && read.split == nil)
    }

    // MARK: Filter

    @Test func aFilterIsTypedKeptAndCleared() {
        let harness = Workday.harness()
        harness.press(.character("/"))
        harness.type("lab p")
        #expect(names(harness) == ["nt4"] && harness.model.selected == id("nt4"))
        harness.press(.enter)
        #expect(harness.frame.lines[11].contains("/lab p  1 of 7"))
        harness.press(.escape)
        #expect(names(harness).count == 7 && harness.model.selected == id("nt4"))
        harness.press(.character("u"))
        #expect(names(harness) == ["nt4"])
    }

    @Test func escapeWhileTypingGivesTheSelectionBack() {
        let harness = Workday.harness()
        harness.press(.character("/"))
        harness.type("98")
        #expect(harness.model.selected == id("win98"))
        harness.press(.escape)
        #expect(harness.model.selected == id("freedos") && harness.model.page == .machines && names(harness).count == 7)
    }

    @Test func tabCompletes() {
        let harness = Workday.harness()
        harness.press(.character("/"))
        harness.type("w")
        harness.press(.tab)
        #expect(harness.frame.lines[22].hasPrefix(" /win "))
        harness.type("9")
        harness.press(.tab)
        #expect(harness.frame.lines[22].hasPrefix(" /win98 ") && names(harness) == ["win98"])
    }

    @Test func lettersAreTypedNotObeyedWhileFiltering() {
        let harness = Workday.harness()
        harness.press(.character("/"))
        harness.type("TqD1")
        harness.send(.paste("x"))
        #expect(harness.commands.isEmpty && harness.frame.lines[22].hasPrefix(" /TqD1x "))
    }

    // MARK: Marks

    @Test func actionsApplyToTheMarkedForWhichTheyAreValid() {
        let harness = Workday.harness()
        harness.press(.character("a"), .character("P"))
        #expect(harness.commands == [.pause(id("debian-mini")), .pause(id("freedos")), .resume(id("nt4")), .pause(id("win31")), .pause(id("win98"))])
        #expect(harness.screen.contains("5 machines paused or resumed."))
        harness.commands = []
        harness.press(.character("T"))
        #expect(harness.screen.contains("Turn off 5 machines"))
        harness.press(.character("t"))
        #expect(harness.commands.count == 5 && harness.screen.contains("5 machines turned off."))
    }

    @Test func oneThatFailsIsNamed() {
        let harness = Workday.harness()
        harness.answer = { command in
            command == .pause(Workday.id("win98")) ? .failure(KeeperError(.host, "win98 does not answer.")) : .success(.done)
        }
        harness.press(.character("a"), .character("P"))
        #expect(harness.screen.contains("✖ 1 of 5: win98 does not answer."))
    }

    @Test func noneOfTheMarkedCan() {
        let harness = Workday.harness()
        harness.press(.down, .down, .character(" "), .character(" "), .character("P"))
        #expect(harness.commands.isEmpty && harness.screen.contains("P: os2-warp: is saved, toyos: crashed."))
    }

    @Test func escapeUnmarksAndASecondMarkAllToo() {
        let harness = Workday.harness()
        harness.press(.character("a"))
        #expect(harness.screen.contains("7 marked"))
        harness.press(.character("a"))
        #expect(!harness.screen.contains("marked"))
        harness.press(.character(" "), .escape)
        #expect(!harness.screen.contains("marked"))
    }

    @Test func aMachineThatGoesIsNotMarkedAnyMore() {
        let harness = Workday.harness()
        harness.press(.character("a"))
        harness.send(.keeper(.machines(Array(Workday.machines.prefix(2)))))
        #expect(harness.screen.contains("2 marked"))
    }

    @Test func severalAreDeletedAfterTheirCountIsTypedAndComeBack() {
        let harness = Workday.harness()
        harness.press(.down, .down, .character(" "), .character(" "), .character("D"))
        #expect(harness.screen.contains("2 machines and everything in their folders move to the trash:"))
        harness.type("2 machines")
        harness.press(.enter)
        #expect(harness.commands == [.delete(id("os2-warp")), .delete(id("toyos"))])
        #expect(harness.screen.contains("2 machines are in the trash for 7 days. u brings them back."))
        harness.commands = []
        harness.press(.character("u"))
        #expect(harness.commands == [.undelete(id("os2-warp")), .undelete(id("toyos"))])
    }

    // MARK: Actions

    @Test func aStateIsSavedRestoredAndDiscarded() {
        let harness = Workday.harness()
        harness.press(.character("V"))
        #expect(harness.commands == [.save(id("freedos"))])
        harness.change("freedos") { ($0.state, $0.savedAt, $0.savedBytes) = (.saved, Harness.noon, 9 << 20) }
        harness.send(.reply(.action(.save, id("freedos")), .success(.done)))
        #expect(harness.screen.contains("freedos saved, 9 MB. Enter restores it."))
        harness.press(.character("V"))
        #expect(harness.screen.contains("V: freedos is saved already. Enter restores it."))
        harness.press(.character("X"), .enter)
        #expect(harness.commands.count == 1)
        harness.press(.character("X"), .character("d"))
        #expect(harness.commands.last == .discardState(id("freedos")))
        harness.press(.enter)
        #expect(harness.commands.last == .start(id("freedos")))
        harness.change("freedos") { $0.state = .restoring }
        harness.change("freedos") { $0.state = .running }
        #expect(harness.model.page == .console)
    }

    @Test func aCloneGetsAFreeName() {
        let harness = Workday.harness()
        harness.press(.down, .down, .character("C"), .control("u"))
        harness.type("nt4")
        #expect(harness.screen.contains("is taken") && harness.screen.contains("( Clone )"))
        harness.press(.enter)
        #expect(harness.commands.isEmpty)
        harness.type("-b")
        harness.answer = { _ in .success(.created(Workday.id("nt4-b"))) }
        harness.press(.enter)
        #expect(harness.commands == [.clone(id("os2-warp"), name: "nt4-b")])
        #expect(harness.screen.contains("nt4-b is ready. S starts it."))
    }

    @Test func deletingCanBeUndone() {
        let harness = Workday.harness()
        harness.press(.down, .down, .down, .character("D"), .character("d"))
        #expect(harness.commands.last == .delete(id("toyos")))
        #expect(harness.screen.contains("toyos is in the trash until 21 March. u brings it back."))
        harness.send(.keeper(.machines(Workday.machines.filter { $0.name != "toyos" })))
        harness.answer = { _ in .success(.created(Workday.id("toyos"))) }
        harness.press(.character("u"))
        #expect(harness.commands.last == .undelete(id("toyos")))
        harness.send(.keeper(.machines(Workday.machines)))
        #expect(harness.model.selected == id("toyos"))
        harness.answer = { _ in .failure(KeeperError(.wrongState, "toyos is running: turn it off first")) }
        harness.press(.control("r"))
        #expect(harness.commands.last == .delete(id("toyos")) && harness.screen.contains("✖ toyos is running"))
        harness.answer = { _ in .success(.done) }
        harness.press(.control("r"))
        #expect(harness.commands.count { $0 == .delete(id("toyos")) } == 3)
    }

    @Test func tagsAreEditedAndUndone() {
        let harness = Workday.harness()
        harness.press(.down, .character("#"), .control("u"))
        harness.type("lab, win lab")
        harness.press(.enter)
        #expect(harness.commands == [.annotate(id("nt4"), notes: nil, tags: ["lab", "win"])])
        #expect(harness.screen.contains("Tag win added to nt4. u undoes."))
        harness.press(.character("u"))
        #expect(harness.commands.last == .annotate(id("nt4"), notes: nil, tags: ["lab"]))
        #expect(harness.screen.contains("Undone: the tags of nt4. Ctrl-R does it again."))
    }

    @Test func sharedTagsOfSeveralAreEditedTogether() {
        let harness = Workday.harness()
        harness.change("nt4") { $0.tags = ["lab", "nt"] }
        harness.press(.down, .character(" "), .end, .character(" "), .character("#"))
        #expect(harness.screen.contains("[ lab "))
        harness.type(" x")
        harness.press(.enter)
        #expect(
            harness.commands == [
                .annotate(id("nt4"), notes: nil, tags: ["lab", "x", "nt"]), .annotate(id("win98"), notes: nil, tags: ["lab", "x"]),
            ])
        #expect(harness.screen.contains("Tags of 2 machines changed. u undoes."))
    }

    @Test func editedSettingsComeBack() throws {
        let harness = Workday.harness()
        let configuration = MachineConfiguration(name: "os2-warp")
        let json = Array(try JSONEncoder().encode(configuration))
        harness.answer = { command in
            if case .configuration = command { .success(.configuration(json)) } else { .success(.done) }
        }
        harness.press(.down, .down, .character("E"), .tab)
        harness.type("ibm")
        harness.press(.control("s"), .character("u"))
        guard case .configure(let machine, let old)? = harness.commands.last else {
            Issue.record("\(harness.commands)")
            return
        }
        #expect(machine == id("os2-warp") && old == json)
        harness.press(.control("r"))
        guard case .configure(_, let new)? = harness.commands.last else { return }
        #expect(try JSONDecoder().decode(MachineConfiguration.self, from: Data(new)).tags == ["ibm"])
    }

    @Test func theAddressIsCopied() {
        let harness = Workday.harness()
        harness.press(.character("y"))
        #expect(harness.effects.last == .copy("127.0.0.1:5901") && harness.screen.contains("Copied: 127.0.0.1:5901"))
        harness.press(.end, .up, .up, .character("y"))
        #expect(harness.screen.contains("y: toyos has no screen address now. S starts it."))
    }

    @Test(arguments: [
        ("freedos", "S", "S: freedos runs already. Enter shows its screen."), ("freedos", "X", "X: freedos has no saved state. V makes one."),
        ("freedos", "C", "C: freedos is running. T turns it off."), ("freedos", "D", "D: freedos is running. T turns it off."),
        ("os2-warp", "B", "B: os2-warp is saved. Enter restores it."), ("os2-warp", "V", "V: os2-warp is saved already. Enter restores it."),
        ("toyos", "V", "V: toyos crashed. S starts it again."), ("toyos", "X", "X: toyos has no saved state."),
        ("nt4", "B", "B: nt4 is paused. P resumes it."), ("nt4", "M", "M: nt4 has no CD or floppy drive. E adds one."),
        ("nt4", "u", "u: There is nothing to undo."),
    ])
    func whatCannotBeDoneSaysWhy(machine: String, key: String, text: String) {
        let harness = Workday.harness()
        harness.press(.home)
        while harness.model.selected != id(machine) { harness.press(.down) }
        harness.type(key)
        #expect(harness.commands.isEmpty && harness.screen.contains(text), "\(harness.frame.lines[22])")
    }

    // MARK: Quitting

    @Test func quittingSavesThenEnds() {
        let harness = Workday.harness()
        harness.press(.character("q"), .enter)
        #expect(harness.commands == [.saveAll, .shutDown] && harness.effects.last == .quit)
    }

    @Test func aStateThatCannotBeSavedKeepsThemHere() {
        let harness = Workday.harness()
        harness.answer = { command in
            command == .saveAll ? .failure(KeeperError(.host, "No space: saving nt4 needs 118 MB, 40 are free.")) : .success(.done)
        }
        harness.press(.character("q"), .character("s"))
        #expect(harness.screen.contains("✖ No space: saving nt4 needs 118 MB, 40 are free.") && harness.screen.contains("[▸Stay ]"))
        harness.press(.enter)
        #expect(harness.commands == [.saveAll] && !harness.screen.contains("Quit Vitrine"))
    }

    @Test func whatIsStoppingMakesStayTheDefault() {
        let harness = Workday.harness()
        harness.change("win98") { $0.state = .stopping }
        harness.press(.character("q"))
        #expect(harness.screen.contains("is stopping: too late to save") && harness.screen.contains("[▸Stay ]"))
    }

    @Test func escapeStopsSaving() {
        let harness = Workday.harness()
        harness.answer = { _ in nil }
        harness.press(.character("q"), .character("s"))
        let job = JobSummary(id: JobID(rawValue: 7), kind: .save, machine: id("nt4"), subject: "nt4", started: Harness.noon, canCancel: true)
        harness.send(.keeper(.job(job)))
        harness.press(.character("t"), .escape)
        #expect(harness.commands == [.saveAll, .cancelJob(JobID(rawValue: 7))])
        harness.send(.reply(.saveAll, .failure(KeeperError(.wrongState, "Saving nt4 was cancelled."))))
        #expect(!harness.effects.contains(.quit) && harness.screen.contains("Saving nt4 was cancelled."))
    }

    // MARK: Panes and places

    @Test func theShelfMovesAndIsRemembered() {
        let harness = Workday.harness()
        let before = harness.frame.lines.firstIndex { $0.hasPrefix("─┤ Summary") } ?? 0
        harness.press(.character("+"), .character("+"), .character("_"))
        #expect(harness.frame.lines.firstIndex { $0.hasPrefix("─┤ Summary") } == before + 1)
        #expect(harness.model.preferences.split == ["80": 1])
        for _ in 0..<30 { harness.press(.character("_")) }
        #expect(harness.frame.lines.firstIndex { $0.hasPrefix("─┤ Summary") } == 5)
        #expect(harness.screen.contains("The shelf goes no further."))
        harness.press(.character("u"))
        #expect(harness.frame.lines.firstIndex { $0.hasPrefix("─┤ Summary") } == before)
    }

    @Test func placesSayWhatTheyAre() {
        let harness = Workday.harness()
        let frame = harness.frame
        #expect(frame.target(at: Point(10, 4)) == .row(2))
        #expect(frame.target(at: Point(5, 1)) == .heading(0) && frame.target(at: Point(36, 1)) == .heading(2))
        #expect(frame.target(at: Point(4, 11)) == .tab(0) && frame.target(at: Point(15, 11)) == .tab(1) && frame.target(at: Point(75, 11)) == .shelf)
        #expect(frame.target(at: Point(4, 10)) == .pane(0) && frame.target(at: Point(4, 20)) == .pane(1))
        #expect(frame.target(at: Point(1, 23)) == .key(.enter) && frame.target(at: Point(17, 23)) == .key(.character("P")))
        harness.press(.character("T"))
        let dialog = harness.frame
        let row = dialog.lines.firstIndex { $0.contains("[▸Cancel ]") } ?? 0
        #expect(dialog.target(at: Point(10, row)) == .field(0) && dialog.target(at: Point(10, 2)) == nil)
    }

    @Test func patienceWithThePowerButtonIsCounted() {
        let harness = Workday.harness()
        harness.change("freedos") { $0.powerDeadline = harness.model.now + 41 }
        #expect(harness.frame.lines[3].contains("power 0:41") && harness.screen.contains("button pressed, 0:41 left"))
        harness.wait(50)
        #expect(!harness.screen.contains("power 0:"))
    }

    @Test func tabsAreWalkedAndAskOnlyForWhatTheyShow() {
        let harness = Workday.harness()
        harness.answer = { _ in nil }
        harness.press(.character("]"))
        #expect(harness.commands.isEmpty)
        harness.press(.character("]"))
        #expect(harness.commands == [.configuration(id("freedos"))] && harness.screen.contains("reading …"))
        harness.press(.character("]"), .character("["), .character("]"))
        #expect(harness.commands.count == 1)
        let asked = harness.effects.filter {
            if case .submit(_, .image(let machine, _)) = $0 { machine == Workday.id("freedos") } else { false }
        }
        #expect(asked.count == 2)
    }

    @Test func groupsStandUnderTheirTagsFrom140Columns() {
        let harness = Workday.harness(160, 40)
        let lines = harness.frame.lines
        #expect(
            lines.contains { $0.hasPrefix("─ lab  3 machines, 1 running ─") } && lines.contains { $0.hasPrefix("─ dos  2 machines, 2 running ─") })
        harness.press(.home)
        #expect(harness.model.selected == id("freedos"))
        #expect(!Workday.harness(120, 40).screen.contains("─ lab"))
    }

    @Test(arguments: [(0.0, "  0 kB/s"), (1204.4, " 1,204 kB/s"), (10_000, " 9.8 MB/s"), (.infinity, " - kB/s")])
    func figuresOfTheDiskKeepTheirDistance(rate: Double, text: String) {
        let harness = Workday.harness()
        harness.change("freedos") { ($0.diskReadRate, $0.diskWriteRate) = (rate, 0) }
        #expect(harness.frame.lines[16].contains(text), "\(harness.frame.lines[16])")
    }

    @Test func aHostilePeersFiguresAreDrawn() {
        let harness = Workday.harness(200, 60)
        harness.change("freedos") {
            ($0.memoryMiB, $0.residentMiB, $0.viewers) = (Int.max, Int.min, Int.max)
            ($0.cpuPercent, $0.guestMIPS, $0.diskReadRate, $0.interruptsPerSecond) = (.nan, .infinity, -.infinity, 1e300)
            ($0.since, $0.poweredOnAt, $0.powerDeadline, $0.savedAt, $0.savedBytes) = (-.infinity, .nan, .infinity, 1e300, .max)
        }
        harness.wait(1)
        for key in "oooooooaTq[[[[[[" {
            harness.type(String(key))
            #expect(harness.frame.size == harness.size)
            if key == "T" || key == "q" || key == "a" { harness.press(.escape) }
        }
    }
}
