import Configuration
import Contract
import Foundation
import Picture
import Screens
import TUI
import Testing

/// Keys pressed by a person, commands that reach the keeper.
@Suite struct ScenarioTests {
    private let freedos = MachineID(rawValue: "freedos"), nt4 = MachineID(rawValue: "nt4"), os2 = MachineID(rawValue: "os2-warp")

    @Test func keysInAConsoleAreTheGuests() {
        let harness = Harness()
        harness.press(.down, .enter)
        harness.type("q?")
        harness.press(.enter, .control("c"), Key(.character("x"), alt: true), .function(10), .escape, Key(.up, control: true), .backTab)
        harness.send(.paste("dir\r"))
        #expect(
            harness.commands
                == [
                    .text("q"), .text("?"), .chord(["enter"]), .chord(["ctrl", "c"]), .chord(["alt", "x"]), .chord(["f10"]), .chord(["esc"]),
                    .chord(["ctrl", "up"]), .chord(["shift", "tab"]), .text("dir\r"),
                ].map { .input(freedos, $0) })
        #expect(harness.model.page == .console)
    }

    @Test func theHostKeyLeaves() {
        let harness = Harness()
        harness.press(.down, .enter, .control("]"), .character("Q"))
        #expect(harness.model.page == .machines)
        #expect(harness.commands.isEmpty && harness.model.selected == freedos)
    }

    @Test func theHostKeySendsWhatTheTerminalKeeps() {
        let harness = Harness()
        harness.press(
            .down, .enter, .control("]"), .delete, .control("]"), .control("]"), .control("]"), .character("s"), .character("f"), .character("3"))
        #expect(
            harness.commands == [.chord(["ctrl", "alt", "delete"]), .chord(["ctrl", "]"]), .chord(["f3"])].map { .input(freedos, $0) })
        harness.press(.control("]"), .right)
        #expect(harness.model.selected == freedos && harness.model.watched.first?.machine == nt4)
        harness.press(.control("]"), .character("p"))
        #expect(harness.commands.last == .resume(nt4))
        harness.type("a")
        #expect(harness.screen.contains("nt4 is paused. Ctrl-] p resumes it."))
    }

    @Test func aGuestThatTurnsOffGivesTheListBack() {
        let harness = Harness()
        harness.press(.down, .enter)
        harness.change("freedos") { $0.state = .off }
        #expect(harness.model.page == .machines && harness.screen.contains("freedos turned off."))
    }

    @Test func enterStartsAndOpensTheConsoleOnceItRuns() {
        let harness = Harness()
        harness.press(.down, .down, .down, .enter)
        #expect(harness.commands == [.start(os2)] && harness.model.page == .machines)
        harness.change("os2-warp") { $0.state = .starting }
        harness.change("os2-warp") { $0.state = .running }
        #expect(harness.model.page == .console && harness.model.watched.first?.machine == os2)
    }

    @Test func aKeyWithoutEffectSaysWhy() {
        let harness = Harness()
        harness.press(.down, .down, .down, .character("P"))
        #expect(harness.commands.isEmpty && harness.screen.contains("P: os2-warp is off. S starts it."))
        harness.press(.up, .character("S"))
        #expect(harness.screen.contains("S: nt4 is paused. P resumes it."))
        harness.press(.character("P"))
        #expect(harness.commands == [.resume(nt4)])
    }

    @Test func whatCannotBeUndoneAsks() {
        let harness = Harness()
        harness.press(.down, .character("R"), .enter, .character("T"), .escape)
        #expect(harness.commands.isEmpty)
        harness.press(.character("R"), .character("r"), .character("T"), .tab, .tab, .enter)
        #expect(harness.commands == [.reset(freedos), .turnOff(freedos)])
    }

    @Test func deletingADiskWantsItsName() {
        let harness = Harness()
        harness.press(.down, .down, .down, .character("D"), .enter)
        harness.type("os2-war")
        harness.press(.enter, .tab, .tab)
        harness.type("p")
        #expect(harness.commands.isEmpty)
        harness.press(.enter)
        #expect(harness.commands == [.delete(os2)])
        harness.press(.up, .up, .character("D"))
        #expect(harness.screen.contains("D: freedos is running. T turns it off."))
    }

    @Test func quitting() {
        let idle = Harness(machines: [Harness.machine("a", .off, memory: 4)])
        idle.press(.character("q"))
        #expect(idle.commands == [.shutDown] && idle.effects.last == .quit)

        let busy = Harness()
        busy.press(.character("q"), .escape)
        #expect(busy.commands.isEmpty)
        busy.press(.character("q"), .character("t"))
        #expect(busy.commands == [.shutDown] && busy.effects.last == .quit)

        let patient = Harness(machines: [Harness.machine("a", .running, memory: 4)])
        patient.press(.character("q"), .character("p"))
        #expect(patient.commands == [.powerButton(MachineID(rawValue: "a"))] && !patient.effects.contains(.quit))
        patient.change("a") { $0.state = .off }
        #expect(patient.effects.last == .quit)
    }

    @Test func aFetchShowsItsProgressAndCanBeCancelled() {
        let sample = MachineID(rawValue: "linux")
        let harness = Harness(machines: [Harness.machine("linux", .off, memory: 64) { $0.fetch = "106 MB from Debian 12" }])
        #expect(harness.screen.contains("106 MB from Debian 12") && harness.screen.contains("Enter fetch and start"))
        harness.answer = { _ in nil }
        harness.press(.enter)
        harness.change("linux") { $0.state = .starting }
        harness.send(
            .keeper(.fetch(FetchProgress(machine: sample, phase: .downloading, bytes: 53 << 20, total: 106 << 20, message: "linux-image-686"))))
        #expect(harness.screen.contains("━━━━━━━━────────  50%  53.0 of 106.0 MB"))
        harness.press(.control("c"))
        #expect(harness.commands == [.start(sample), .cancelFetch(sample)])
        let why = "the archive is not reachable. Check the network, then try again."
        harness.send(.keeper(.fetch(FetchProgress(machine: sample, phase: .failed, bytes: 0, total: nil, message: why))))
        harness.change("linux") { $0.state = .off }
        harness.send(.reply(.action(.start, sample), .failure(KeeperError(.fetch, why))))
        #expect(harness.screen.contains("✖ linux: the archive is not reachable. Check the network, then try again."))
        #expect(harness.screen.contains("Enter   tries again, once this host has a network."))
    }

    @Test func aFetchedSampleJoinsTheListAndOpens() {
        let sample = MachineID(rawValue: "linux")
        let harness = Harness(machines: Harness.library + Harness.samples)
        #expect(harness.model.selected == MachineID(rawValue: "debian-mini"))
        harness.press(.end, .up, .enter)
        #expect(harness.commands == [.start(sample)])
        harness.change("linux") { $0.state = .starting }
        let row = harness.frame.lines.firstIndex { $0.contains("linux ") }
        harness.change("linux") { $0.fetch = nil }
        #expect(harness.model.selected == sample && harness.frame.lines.firstIndex { $0.contains("linux ") } != row)
        harness.change("linux") { $0.state = .running }
        #expect(harness.model.page == .console)
    }

    @Test func whoWentElsewhereIsNotTakenAway() {
        let harness = Harness(machines: Harness.samples)
        harness.press(.end, .up, .enter)
        harness.change("linux") { $0.state = .starting }
        harness.press(.home)
        harness.change("linux") { ($0.state, $0.fetch) = (.running, nil) }
        #expect(harness.model.page == .machines && harness.model.selected == MachineID(rawValue: "showcase"))
    }

    @Test func whatCannotBeReadSaysSo() {
        let harness = Harness(machines: [
            Harness.machine("win95", .off, memory: 0) {
                $0.isReadable = false
                $0.report = "/home/me/win95/machine.json: memoryMiB: a number was expected"
            }
        ])
        #expect(harness.screen.contains("▸ ! win95           cannot be read") && harness.screen.contains("✖ /home/me/win95/machine.json: memoryMiB"))
        harness.press(.enter, .character("E"))
        #expect(harness.commands.isEmpty && harness.screen.contains("win95 cannot be read: correct its file, or D deletes it."))
    }

    @Test func samplesStay() {
        let harness = Harness(machines: Harness.samples)
        harness.press(.character("D"))
        #expect(harness.screen.contains("D: showcase comes with Vitrine and stays."))
    }

    @Test func failuresAreSaid() {
        let harness = Harness()
        harness.answer = { _ in .failure(KeeperError(.host, "Port 5901 is taken.")) }
        harness.press(.down, .down, .down, .character("S"))
        #expect(harness.screen.contains("✖ Port 5901 is taken."))
        harness.wait(7)
        #expect(!harness.screen.contains("Port 5901"))
    }

    @Test func themesGoRound() {
        let harness = Harness()
        harness.press(.character("t"), .down, .up)
        #expect(harness.effects == [.theme("paper"), .theme("vitrine")])
        harness.press(.end, .up, .enter)
        #expect(harness.model.page == .machines)
        #expect(harness.model.preferences.theme == Theme.house.dropLast().last?.id)
    }

    @Test func theSelectionBelongsToTheMachine() {
        let harness = Harness()
        harness.press(.down, .down)
        harness.send(.keeper(.machines(Harness.library.reversed())))
        #expect(harness.model.selected == nt4)
        harness.send(.keeper(.machines(Harness.library.filter { $0.id != nt4 })))
        #expect(harness.model.selected == os2)
        harness.send(.keeper(.machines([])))
        #expect(harness.model.selected == nil && harness.screen.contains("No machines yet. N makes one."))
        harness.press(.enter)
        #expect(harness.commands.isEmpty)
    }

    @Test func aSingleConsoleEndsWithItsMachine() {
        let machine = Harness.machine("freedos", .running, memory: 16)
        let harness = Harness(machines: [machine], single: freedos)
        #expect(harness.model.page == .console)
        harness.press(.control("]"), .character("q"))
        #expect(harness.screen.contains("Leave freedos") && !harness.effects.contains(.quit))
        harness.press(.enter)
        harness.change("freedos") { $0.state = .off }
        #expect(harness.effects.last == .quit)
    }

    @Test func aSingleConsoleHasNoNeighbours() {
        let single = Harness(machines: [Harness.machine("freedos", .running, memory: 16)], single: freedos)
        single.press(.control("]"), .character("?"))
        #expect(
            single.screen.contains("leave, it keeps running") && !single.screen.contains("next machine") && !single.screen.contains("CD or floppy"))
        let several = Harness()
        several.press(.down, .enter, .control("]"), .character("?"))
        #expect(several.screen.contains("next machine") && several.screen.contains("CD or floppy"))
    }

    @Test func aWindowTooSmallTakesNoKeysButTheLast() {
        let harness = Harness(36, 9)
        harness.press(.down, .enter, .character("N"), .character("T"))
        #expect(harness.commands.isEmpty && harness.model.page == .machines)
        harness.press(.character("q"))
        #expect(harness.commands.isEmpty && harness.screen.contains("q turns them off and quits;"))
        harness.press(.character("x"), .character("q"))
        #expect(harness.commands.isEmpty)
        harness.press(.character("q"))
        #expect(harness.commands == [.shutDown] && harness.effects.last == .quit)
    }

    @Test func onlyTheShownMachineIsWatched() {
        let harness = Harness()
        harness.press(.down)
        #expect(harness.model.watched.first?.machine == freedos && harness.model.watched.first?.interval == 0.25)
        harness.press(.enter)
        #expect((harness.model.watched.first?.interval ?? 1) < 0.05)
        harness.press(.control("]"), .character("q"), .character("5"))
        #expect(harness.model.watched.isEmpty)
    }
}

/// A guest's picture in cells.
@Suite struct GuestPictureTests {
    private let freedos = MachineID(rawValue: "freedos")

    private func console(_ width: Int, _ height: Int, _ picture: Picture) -> Harness {
        let harness = Harness(width, height)
        harness.press(.down, .enter)
        harness.send(.picture(freedos, picture))
        return harness
    }

    @Test func textKeepsItsColoursAndCharacters() {
        guard case .text(var text) = Harness.text(["!blue"]) else { return }
        text.cells[80].glyph = 0xdb
        text.cells[81].glyph = 0x1ff
        let harness = console(80, 26, .text(text))
        #expect(harness.frame[0, 0] == Cell("!", .guest(foreground: 0xffffff, background: 0x0000aa, underlined: false)))
        #expect(harness.frame[0, 1].text == "█")
        #expect(harness.frame.cursor == nil)
    }

    @Test func aTallGuestScrollsWithItsCursorAndCanBePinned() {
        let lines = (1...25).map { "row \($0)" }
        let harness = console(80, 24, Harness.text(lines, cursor: (0, 0)))
        #expect(harness.frame.lines[0] == "row 1" && harness.screen.contains("rows 1-23 of 25, 2 below"))
        harness.send(.picture(freedos, Harness.text(lines, cursor: (0, 24))))
        #expect(harness.frame.lines[0] == "row 3")
        harness.press(.control("]"), .up)
        harness.send(.picture(freedos, Harness.text(lines, cursor: (1, 24))))
        #expect(harness.frame.lines[0] == "row 1" && harness.frame.cursor == nil)
    }

    @Test func aSmallGuestIsCentredAndAWideOnePans() {
        #expect(console(100, 30, Harness.text(["x"], cursor: (0, 0))).frame.cursor == Point(10, 2))
        let wide = console(80, 26, Harness.text([String(repeating: "a", count: 131) + "b"], columns: 132, cursor: (131, 0)))
        #expect(wide.frame.lines[0].hasSuffix("ab") && wide.frame.cursor == Point(79, 0))
    }

    @Test func graphicsAreHalfBlocks() {
        var pixels = Array(repeating: UInt32(0x0000ff), count: 320 * 200)
        for index in 0..<(320 * 100) { pixels[index] = 0xff0000 }
        let frame = console(80, 24, .pixels(PixelPicture(width: 320, height: 200, pixels: pixels))).frame
        let drawn = frame.cells.filter { $0.text == "▀" }
        #expect(drawn.count >= 70 * 22)
        #expect(
            Set(drawn.map(\.style)).isSubset(of: [
                .guest(foreground: 0xff0000, background: 0xff0000, underlined: false),
                .guest(foreground: 0x0000ff, background: 0x0000ff, underlined: false),
                .guest(foreground: 0xff0000, background: 0x0000ff, underlined: false),
            ]))
    }

    @Test func brokenPicturesAreHarmless() {
        guard case .text(var text) = Harness.text(["x"], cursor: (500, -3)) else { return }
        text.palette = []
        _ = console(80, 24, .text(text)).frame
        text.cells = []
        _ = console(80, 24, .text(text)).frame
        for (width, height, count) in [(0, 0, 0), (640, 480, 3), (1, 1, 1), (5000, 1, 5000), (1, 5000, 5000), (-4, 3, 0)] {
            _ = console(80, 24, .pixels(PixelPicture(width: width, height: height, pixels: Array(repeating: 0xffffff, count: count)))).frame
        }
    }
}

/// Anything may be typed and any size may come.
@Suite struct RobustnessTests {
    @Test func everySizeHoldsEveryScreen() {
        let nasty = Harness.machine("\u{1b}[2J\u{202e}evil\nname with 会 and very much more to say", .running, for: 1e9, memory: 3584) {
            $0.residentMiB = 3584
            $0.cpuPercent = 1600
            $0.guestMIPS = .nan
            $0.translation = TranslationSummary(
                cacheBytes: .min, cacheCapacity: .max, hitPercent: .nan, translationsPerSecond: .infinity,
                exitsPerSecond: ["\u{1b}[2J": 1, "fault": .nan, "lookUp": 1e300])
            $0.viewers = 12
            $0.screenAddress = "unix:/run/user/1000/vitrine/very/long/path.sock"
            $0.tags = ["検証", "\u{7}"]
            $0.notes = String(repeating: "note ", count: 200)
            $0.remarks = ["A remark."]
            $0.removable = (0..<6).map { RemovableDrive(slot: "hd\($0)", isCD: true, medium: String(repeating: "/x", count: 100)) }
            $0.report = String(repeating: "EAX=00000000 ", count: 300)
        }
        let ways: [[Key]] = [
            [], [.enter], [.enter, .control("]"), .character("?")], [.enter, .control("]"), .character("s"), .character("f")], [.character("T")],
            [.character("M")], [.character("N")], [.character("q")], [.character("?")], [.character("5")], [.character("]")],
        ]
        for width in [40, 41, 59, 60, 79, 80, 100, 120, 200] {
            for height in [10, 11, 12, 15, 18, 22, 24, 30, 60] {
                for keys in ways {
                    let harness = Harness(width, height, machines: Harness.library + [nasty])
                    harness.send(.picture(nasty.id, Harness.text(["hello"], cursor: (1, 1))))
                    harness.press(.end)
                    for key in keys { harness.press(key) }
                    harness.wait(0.6)
                    let frame = harness.frame
                    #expect(frame.size == harness.size)
                    for line in frame.lines {
                        #expect(Text.width(line) <= width)
                        #expect(
                            line.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control && $0.properties.generalCategory != .format })
                    }
                    if let cursor = frame.cursor { #expect(cursor.x >= 0 && cursor.x < width && cursor.y >= 0 && cursor.y < height) }
                }
            }
        }
    }

    @Test func randomKeys() {
        let keys: [Key] =
            [
                .enter, .escape, .tab, .backTab, .up, .down, .left, .right, .home, .end, .pageUp, .pageDown, .delete, .backspace, .control("]"),
                .control("s"),
            ]
            + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789[]?/ -:".map { Key.character($0) }
        for _ in 0..<20 {
            let harness = Harness([40, 80, 132].randomElement() ?? 80, [10, 24, 50].randomElement() ?? 24)
            var pressed: [String] = []
            for step in 0..<300 {
                let key = keys.randomElement() ?? .enter
                pressed.append(key.label)
                harness.press(key)
                if step % 7 == 0 { harness.wait(0.3) }
                if step % 11 == 0, let machine = harness.model.machines.randomElement(), let state = MachineState.allCases.randomElement() {
                    harness.change(machine.id.rawValue) { $0.state = state }
                }
                if step % 13 == 0 { #expect(harness.frame.size == harness.size, "\(pressed.suffix(20))") }
            }
        }
    }
}
