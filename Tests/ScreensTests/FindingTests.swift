import Contract
import TUI
import Testing

@testable import Screens

/// Finding things by name, by a click, in the log and among jobs.
@Suite struct FindingTests {
    private let freedos = MachineID(rawValue: "freedos"), nt4 = MachineID(rawValue: "nt4"), os2 = MachineID(rawValue: "os2-warp")
    private let toyos = MachineID(rawValue: "toyos")

    // MARK: Palette

    @Test func aCommandIsRunByItsName() {
        let harness = Harness()
        harness.press(.down, .character(":"))
        harness.type("paus")
        harness.press(.enter)
        #expect(harness.commands == [.pause(freedos)] && harness.model.palette == nil)
        harness.press(.control("p"))
        harness.type("wall")
        harness.press(.enter)
        #expect(harness.model.page == .wall)
        harness.press(.function(9))
        harness.type("ls")
        harness.press(.enter)
        #expect(harness.model.page == .machines)
    }

    @Test func aliasesOfOthersWork() {
        for (typed, action) in [("q", Action.quit), ("log", .log), ("top", .load), ("rm", .delete), ("set", .settings), ("h", .help)] {
            let harness = Harness()
            harness.press(.character(":"))
            harness.type(typed)
            #expect(harness.model.paletteEntries.first { $0.aliases.contains(typed) }?.command == .action(action), "\(typed)")
        }
        let harness = Harness(machines: [])
        harness.press(.character(":"))
        harness.type("q")
        harness.press(.enter)
        #expect(harness.effects.last == .quit)
    }

    @Test func whatCannotBeDoneSaysWhy() {
        let harness = Harness()
        harness.press(.down, .character(":"))
        harness.type("start")
        let entries = harness.model.paletteEntries
        let start = entries.firstIndex { $0.command == .action(.start) } ?? 0
        #expect(entries[start].obstacle?.short == "runs already" && entries[..<start].allSatisfy { $0.obstacle == nil })
        for _ in 0..<start { harness.press(.down) }
        harness.press(.enter)
        #expect(harness.commands.isEmpty && harness.screen.contains("Start: freedos runs already. Enter shows its screen."))
        harness.press(.character(":"))
        harness.type("run again")
        #expect(harness.screen.contains("on Jobs only"))
    }

    @Test func machinesAndThemesAreCommandsToo() {
        let harness = Harness()
        harness.press(.character(":"))
        harness.type("console of nt")
        harness.press(.enter)
        #expect(harness.model.page == .console && harness.model.console.machine == nt4)
        let other = Harness()
        other.press(.character(":"))
        other.type("go os2")
        other.press(.enter)
        #expect(other.model.page == .machines && other.model.selected == os2 && other.commands.isEmpty)
        other.press(.character(":"))
        other.type("paper")
        other.press(.enter)
        #expect(other.effects.contains(.theme("paper")) && other.model.preferences.theme == "paper")
    }

    @Test func tabCompletesAndEscCloses() {
        let harness = Harness()
        harness.press(.character(":"))
        harness.type("evdsk")
        #expect(harness.screen.contains("Nothing is called that."))
        harness.press(.control("u"))
        harness.type("diswall")
        harness.press(.control("u"))
        harness.type("wal")
        harness.press(.tab)
        #expect(harness.model.palette?.field.text == "Wall of screens")
        harness.press(.escape)
        #expect(harness.model.palette == nil && harness.model.page == .machines)
        // In a console the keys are the guest's.
        harness.press(.down, .enter, .control("p"))
        #expect(harness.commands.last == .input(freedos, .chord(["ctrl", "p"])) && harness.model.palette == nil)
    }

    @Test func aFormIsNotLeftByTheWay() {
        let harness = Harness()
        harness.model.page = .form
        harness.press(.control("p"))
        harness.type("wall")
        harness.press(.enter)
        #expect(harness.model.page == .form)
    }

    @Test func lettersInTheirOrderMatch() {
        let pattern = Fuzzy.Pattern("st")
        let start = pattern.match("Start")?.score ?? 0, save = pattern.match("Save state")?.score ?? 0,
            last = pattern.match("First, last")?.score ?? 0
        #expect(start > save && save > last && last > 0)
        #expect(pattern.match("Tags") == nil && Fuzzy.Pattern("").match("x")?.score == 0)
        #expect(Fuzzy.Pattern("SaSt").match("Save state")?.positions == [0, 1, 5, 6])
    }

    // MARK: Help

    @Test func helpIsSearched() {
        let harness = Harness(80, 16)
        harness.press(.character("?"), .character("/"))
        harness.type("delete")
        #expect(harness.screen.contains("/delete") && harness.frame.styleLines.contains { $0.contains("MMMMMM") })
        harness.press(.enter, .escape)
        #expect(harness.model.help != nil && !harness.screen.contains("/delete"))
        harness.press(.escape)
        #expect(harness.model.help == nil)
    }

    @Test(arguments: [Model.Page.machines, .wall, .load, .jobs, .log, .console, .form, .wizard, .report, .theme, .settings])
    func everyPageHasItsHelp(page: Model.Page) {
        let harness = Harness(100, 40)
        harness.model.help = HelpState(page: page)
        #expect(harness.frame.lines[0].contains(page.title) && harness.frame.lines.count { !$0.isEmpty } > 8)
        if page == .log { #expect(harness.screen.contains("follow the newest") && !harness.screen.contains("turn off")) }
        if page == .console { #expect(harness.screen.contains("send Ctrl-Alt-Del")) }
    }

    // MARK: Mouse

    private func click(_ harness: Harness, _ target: Target, button: Int = 1, control: Bool = false) {
        var event = MouseEvent(kind: .press, button: button, x: 0, y: 0)
        event.control = control
        harness.send(.mouse(event, target))
        harness.send(.mouse(MouseEvent(kind: .release, button: button, x: 0, y: 0), target))
    }

    @Test func clicksSelectAndOpen() {
        let harness = Harness()
        click(harness, .row(2))
        #expect(harness.model.selected == nt4 && harness.model.page == .machines)
        harness.model.now += 1
        click(harness, .row(2))
        #expect(harness.model.page == .machines)
        harness.model.now += 0.3
        click(harness, .row(2))
        #expect(harness.model.page == .console)
    }

    @Test func footerAndHeaderAreKeys() {
        let harness = Harness()
        click(harness, .key(.character("5")))
        #expect(harness.model.page == .log)
        harness.press(.character("/"))
        harness.type("x")
        click(harness, .key(.character("1")))
        #expect(harness.model.page == .machines && harness.model.logState.filter.text == "x")
        let frame = harness.frame
        #expect(frame.target(at: Point(25, 0)) == .key(.character("2")))
    }

    @Test func theRightButtonOpensTheSelectionsMenu() {
        let harness = Harness()
        click(harness, .row(1), button: 3)
        #expect(harness.model.selected == freedos && harness.screen.contains("┌ freedos ─"))
        #expect(harness.model.paletteEntries.allSatisfy { if case .action(let action) = $0.command { action.isForMachine } else { false } })
        let pause = harness.model.paletteEntries.firstIndex { $0.command == .action(.pause) } ?? 0
        click(harness, .item(pause))
        #expect(harness.commands == [.pause(freedos)])
    }

    @Test func theWheelScrollsWhatIsUnderIt() {
        let harness = Harness()
        harness.send(.mouse(MouseEvent(kind: .wheelDown, button: 0, x: 5, y: 5), .pane(0)))
        #expect(harness.model.selected == os2)
        harness.send(.mouse(MouseEvent(kind: .wheelUp, button: 0, x: 5, y: 5), .pane(0)))
        #expect(harness.model.selected?.rawValue == "debian-mini")
        harness.press(.character("?"))
        harness.send(.mouse(MouseEvent(kind: .wheelDown, button: 0, x: 5, y: 5), .pane(0)))
        #expect(harness.model.help?.top == 3)
    }

    @Test func buttonsOfADialogAreClicked() {
        let harness = Harness()
        harness.press(.down, .character("R"))
        click(harness, .field(1))
        #expect(harness.commands == [.reset(freedos)] && harness.model.dialog == nil)
        harness.press(.character("R"))
        click(harness, .row(0))
        click(harness, .field(99))
        #expect(harness.model.dialog != nil && harness.model.selected == freedos)
        click(harness, .field(0))
        #expect(harness.model.dialog == nil && harness.commands.count == 1)
    }

    // MARK: Log

    private func eventful() -> Harness {
        let harness = Harness()
        let entries: [(Double, LogEntry.Level, MachineID?, String)] = [
            (-600, .info, freedos, "Started by you"), (-500, .error, toyos, "Crashed: triple fault"), (-400, .info, nt4, "Paused by you"),
            (-300, .warning, nil, "Disk holding the library is 91% full"), (-200, .error, nt4, "hda: write failed"), (-100, .info, freedos, "Reset"),
        ]
        for (time, level, machine, text) in entries {
            harness.send(.keeper(.log(LogEntry(time: Harness.noon + time, level: level, machine: machine, text: text))))
        }
        harness.press(.character("5"))
        return harness
    }

    @Test func theLogIsFilteredAndFollowed() {
        let harness = eventful()
        #expect(harness.screen.contains("6 events, no filter") && harness.screen.contains("following"))
        harness.press(.character("/"))
        harness.type("nt4")
        #expect(harness.screen.contains("Paused by you") && !harness.screen.contains("triple fault"))
        harness.press(.enter)
        #expect(harness.screen.contains("2 of 6 events match nt4"))
        harness.press(.escape)
        #expect(harness.model.page == .log && harness.screen.contains("6 events, no filter"))
        harness.press(.up)
        #expect(!harness.screen.contains("following"))
        harness.press(.character("f"))
        #expect(harness.screen.contains("following"))
        harness.press(.character("/"))
        harness.type("zzz")
        #expect(harness.screen.contains("No event matches. Esc shows all 6."))
    }

    @Test func errorsAreSteppedThrough() {
        let harness = eventful()
        harness.press(.character("N"))
        #expect(harness.model.selectedEvent?.text == "hda: write failed")
        harness.press(.character("N"))
        #expect(harness.model.selectedEvent?.machine == toyos)
        harness.press(.character("N"))
        #expect(harness.screen.contains("No error above this line."))
        harness.press(.character("n"))
        #expect(harness.model.selectedEvent?.text == "hda: write failed")
        harness.press(.character("N"), .enter)
        #expect(harness.model.page == .report && harness.model.selected == toyos)
    }

    @Test func linesAreCopiedAndWritten() {
        let harness = eventful()
        harness.press(.up, .character("y"))
        #expect(harness.effects.last == .copy("2026-03-14 14:28:40  error    nt4              hda: write failed"))
        harness.press(.character("/"))
        harness.type("paused")
        harness.press(.enter, .character("W"), .control("u"))
        harness.type("/tmp/log")
        harness.press(.enter)
        let line = "2026-03-14 14:25:20  info     nt4              Paused by you\n"
        #expect(harness.effects.last == .write(path: "/tmp/log", Array(line.utf8)))
    }

    @Test func whatWasSaidIsInTheLog() {
        let harness = Harness()
        harness.press(.down, .down, .down, .character("P"), .character("5"))
        #expect(harness.screen.contains("host            P: os2-warp is off. S starts it."))
    }

    @Test func theBellRingsForErrorsOnlyIfSet() {
        let harness = Harness()
        harness.answer = { _ in .failure(KeeperError(.host, "Port 5901 is taken.")) }
        harness.press(.down, .down, .down, .character("S"))
        #expect(!harness.effects.contains(.bell))
        harness.model.preferences.bell = true
        harness.model.now += 1
        harness.press(.character("S"))
        #expect(harness.effects.count { $0 == .bell } == 1)
    }

    // MARK: Jobs

    private func job(_ id: Int, _ kind: JobSummary.Kind, _ machine: String, _ change: (inout JobSummary) -> Void = { _ in }) -> JobSummary {
        var job = JobSummary(
            id: JobID(rawValue: id), kind: kind, machine: MachineID(rawValue: machine), subject: machine, started: Harness.noon, canCancel: true)
        change(&job)
        return job
    }

    @Test func aRateIsThatOfTheLastSeconds() {
        var state = JobsState()
        var clone = job(1, .clone, "os2-warp") { $0.total = 1000 << 20 }
        for second in 0...10 {
            clone.done = UInt64(second < 6 ? second * 10 : 50 + (second - 5) * 84) << 20
            state.learn(clone, at: Harness.noon + Double(second))
        }
        #expect(state.rate(clone.id) == Double(84 << 20))
        #expect(state.rates(clone.id).last == 100)
        clone.done = 5
        state.learn(clone, at: Harness.noon + 11)
        #expect(state.rate(clone.id) == nil)
        clone.phase = .done
        state.learn(clone, at: Harness.noon + 12)
        #expect(state.samples.isEmpty)
    }

    @Test func jobsAreCancelledOpenedAndRunAgain() {
        let harness = Harness()
        harness.send(.keeper(.jobs([job(1, .save, "freedos"), job(2, .clone, "os2-warp") { $0.canCancel = false }])))
        harness.send(.keeper(.job(job(3, .save, "nt4") { ($0.phase, $0.ended) = (.failed, Harness.noon) })))
        harness.press(.character("4"), .control("c"))
        #expect(harness.commands == [.cancelJob(JobID(rawValue: 1))])
        harness.press(.down, .control("c"))
        #expect(harness.commands.count == 1 && harness.screen.contains("Clone os2-warp cannot be stopped half-way."))
        harness.press(.down, .character("R"))
        #expect(harness.commands.last == .save(nt4))
        harness.press(.character("/"))
        harness.type("freed")
        #expect(harness.screen.contains("1 of 3") && !harness.screen.contains("Clone"))
        harness.press(.escape, .home, .enter)
        #expect(harness.model.page == .console && harness.model.selected == freedos)
    }

    @Test func durationsLeft() {
        #expect([2.2, 41, 3730, -1, .infinity].map { Format.left($0) } == ["3 s", "0:41", "1:02:10", "-", "-"])
        let leap = Day(951_782_400, offset: 0), before = Day(-1, offset: 0)
        #expect((leap.year, leap.month, leap.day) == (2000, 2, 29) && (before.year, before.month, before.day) == (1969, 12, 31))
    }

    // MARK: Settings

    @Test func settingsAreKeptAtOnce() {
        let harness = Harness()
        harness.press(.character(","), .right, .down, .down, .enter)
        #expect(harness.model.preferences.glyphs == "unicode" && harness.model.preferences.reduceMotion == true)
        #expect(harness.effects.last == .keep(harness.model.preferences) && harness.model.figuresInterval == 5)
        harness.press(.delete, .home, .left)
        #expect(harness.model.preferences.reduceMotion == nil && harness.model.preferences.glyphs == nil)
        harness.press(.down, .down, .down, .down, .enter, .character("x"))
        #expect(harness.screen.contains("✖ x is needed for typing") && harness.model.preferences.hostKey == nil)
        harness.press(.enter, .control("g"))
        #expect(harness.model.preferences.hostKey == "Ctrl-G")
        harness.press(.escape)
        #expect(harness.model.page == .machines)
    }

    @Test func aKeyIsCaptured() {
        let harness = Harness()
        harness.press(.down, .character(","))
        let line = Setting.allCases.count + (harness.model.keymap.bindings.firstIndex { $0.action == .pause } ?? 0)
        harness.model.settingsState.focus(on: line)
        harness.press(.enter, .character("T"))
        #expect(harness.screen.contains("✖ T is turnOff (turn off) already; pause stays as it is."))
        harness.press(.enter, .character("Z"))
        #expect(harness.model.preferences.keys == ["pause": ["Z", "F6"]])
        harness.press(.escape, .character("Z"))
        #expect(harness.commands == [.pause(freedos)])
        harness.press(.character(","))
        harness.model.settingsState.focus(on: line)
        harness.press(.delete)
        #expect(harness.model.preferences.keys == nil && harness.model.keymap == Keymap())
    }

    @Test func figuresStandStillBetween() {
        let harness = Harness()
        harness.model.preferences.interval = 5
        harness.change("freedos") { $0.cpuPercent = 20 }
        harness.model.now += 2
        harness.change("freedos") { $0.cpuPercent = 40 }
        #expect(harness.model.machine(freedos)?.cpuPercent == 20)
        harness.model.now += 3
        harness.change("freedos") { $0.cpuPercent = 60 }
        #expect(harness.model.machine(freedos)?.cpuPercent == 60)
    }
}
