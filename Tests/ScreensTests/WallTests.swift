import Contract
import Picture
import Screens
import TUI
import Testing

/// The wall: what stands where, which tile is meant, and what is looked at how often.
@Suite struct WallTests {
    private static func id(_ name: String) -> MachineID { MachineID(rawValue: name) }
    private func id(_ name: String) -> MachineID { MachineID(rawValue: name) }

    /// Four guests as in the first picture of the wall.
    static func four(_ width: Int = 80, _ height: Int = 24) -> Harness {
        let harness = Harness(
            width, height,
            machines: ["debian-mini", "freedos", "win31", "winnt"].enumerated().map { place, name in
                Harness.machine(name, name == "winnt" ? .paused : .running, for: 60, memory: 64) {
                    $0.cpuPercent = [98, 1, 34, 0][place]
                    $0.screenAddress = "127.0.0.1:590\(place + 1)"
                }
            })
        harness.send(
            .picture(
                id("debian-mini"),
                Harness.text((0..<24).map { "[    0.\($0)] line \($0) of a boot that is long enough for a tile" } + ["~ # "], cursor: (4, 24))))
        harness.send(.picture(id("freedos"), Harness.text(["C:\\>cd games", "", "C:\\GAMES>"], cursor: (9, 2))))
        harness.send(.picture(id("win31"), .pixels(PixelPicture(width: 4, height: 4, pixels: (0..<16).map { $0 * 0x0f0f0f }))))
        harness.send(.picture(id("winnt"), Harness.text(["A paused guest"])))
        harness.press(.character("2"))
        return harness
    }

    static func many(_ count: Int, _ width: Int = 80, _ height: Int = 24) -> Harness {
        let harness = Harness(
            width, height,
            machines: (1...count).map { number in
                Harness.machine("vm\(number)", .running, for: 60, memory: 64) { $0.cpuPercent = Double(number) }
            })
        for number in 1...count { harness.send(.picture(id("vm\(number)"), Harness.text(["screen \(number)"], cursor: (0, 1)))) }
        harness.press(.character("2"))
        return harness
    }

    @Test func arrowsMoveAndEnterZooms() {
        let harness = WallTests.four()
        #expect(harness.model.selected == id("debian-mini"))
        harness.press(.right)
        #expect(harness.model.selected == id("freedos"))
        harness.press(.down, .character("h"))
        #expect(harness.model.selected == id("win31"))
        harness.press(.down, .character("k"))
        #expect(harness.model.selected == id("debian-mini"))
        harness.press(.enter)
        #expect(harness.model.page == .console && harness.model.watched == [harness.model.watched.first].compactMap { $0 })
        harness.press(.control("]"), .character("q"))
        #expect(harness.model.page == .wall && harness.model.selected == id("debian-mini"))
        harness.press(.character("q"))
        #expect(harness.model.page == .machines)
    }

    @Test func aGuestThatEndsGivesTheWallBack() {
        let harness = WallTests.four()
        harness.press(.right, .enter)
        harness.change("freedos") { $0.state = .off }
        #expect(harness.model.page == .wall && harness.screen.contains("freedos turned off."))
        #expect(harness.model.selected != id("freedos") && !harness.frame.lines[1].contains("freedos"))
    }

    @Test func actionsAreForTheFocusedTile() {
        let harness = WallTests.four()
        harness.press(.right, .character("P"), .down, .character("P"))
        #expect(harness.commands == [.pause(id("freedos")), .resume(id("winnt"))])
        harness.press(.character("B"))
        #expect(harness.screen.contains("B: winnt is paused. P resumes it."))
    }

    @Test func atMostTenTimesASecondAndLessWithMoreTiles() {
        let harness = WallTests.four()
        // A paused guest's screen may still change by what is typed in a viewer; one that is saved cannot.
        #expect(harness.model.watched.map(\.machine.rawValue) == ["debian-mini", "freedos", "win31", "winnt"])
        #expect(harness.model.watched.allSatisfy { $0.interval == 0.1 })
        #expect(WallTests.many(9).model.watched.allSatisfy { $0.interval > 0.25 })
        let crashed = WallTests.four()
        crashed.change("win31") { $0.state = .crashed }
        #expect(!crashed.model.watched.contains { $0.machine == id("win31") })
        #expect(crashed.frame.lines[12].contains("win31  crashed"))
    }

    @Test func onlyWhatIsOnThePageIsWatched() {
        let harness = WallTests.many(16)
        #expect(harness.model.watched.count == 9 && harness.frame.lines[23].hasSuffix("9 of 16, PgDn"))
        harness.press(.pageDown)
        #expect(harness.model.selected == id("vm10") && harness.model.watched.map(\.machine) == (10...16).map { id("vm\($0)") })
        harness.press(.home)
        #expect(harness.model.watched.first?.machine == id("vm1"))
        #expect(WallTests.many(16, 200, 60).model.watched.count == 16)
        #expect(WallTests.many(4, 40, 24).model.watched.count == 1)
        harness.press(.character("?"))
        #expect(harness.model.watched.isEmpty)
    }

    @Test func tilesGrowAndShrinkAndComeBack() {
        let harness = WallTests.many(9)
        harness.press(.character("+"))
        #expect(harness.model.watched.count == 6)
        harness.press(.character("+"), .character("+"), .character("+"), .character("+"), .character("+"))
        #expect(harness.model.watched.count == 1)
        harness.press(.character("_"))
        #expect(harness.model.watched.count == 2)
        harness.press(.character("_"), .character("_"), .character("_"), .character("_"), .character("_"))
        #expect(harness.model.watched.count == 9)
    }

    @Test func namesChooseWhoIsOnTheWall() {
        let harness = WallTests.four()
        harness.press(.character("/"))
        harness.type("WIN3")
        #expect(harness.model.watched.map(\.machine) == [id("win31")] && harness.model.selected == id("win31"))
        harness.press(.enter)
        #expect(harness.frame.lines[23].hasSuffix("/WIN3"))
        harness.press(.escape)
        #expect(harness.model.page == .wall && harness.model.watched.count == 4)
        harness.press(.character("/"))
        harness.type("xyz")
        harness.press(.enter)
        #expect(harness.screen.contains("Nothing matches xyz. Esc clears the filter."))
    }

    @Test func everyTileCanBeClicked() {
        let harness = WallTests.many(9)
        for place in 0..<9 { #expect(harness.frame.target(at: Point(place % 3 * 27 + 5, place / 3 * 7 + 2)) == .tile(place)) }
    }

    @Test func nothingRuns() {
        let harness = Harness(machines: Harness.samples)
        harness.press(.character("2"))
        #expect(harness.screen.contains("No machine runs. S starts showcase, 1 goes to the list."))
        harness.press(.character("S"))
        #expect(harness.commands == [.start(id("showcase"))])
    }

    @Test func noTileIsOutsideItsWallAtAnySize() {
        for (width, height) in [(40, 12), (60, 15), (79, 23), (80, 24), (100, 30), (132, 43), (200, 60)] {
            for count in [1, 2, 3, 5, 7, 9, 16, 17] {
                let harness = WallTests.many(count, width, height)
                for line in harness.frame.lines { #expect(Text.width(line) <= width) }
                #expect(harness.model.watched.count <= count && !harness.model.watched.isEmpty)
                harness.press(.end)
                #expect(harness.frame.lines.contains { $0.contains("┤ ● vm\(count)") }, "\(width)x\(height), \(count)")
            }
        }
    }
}
