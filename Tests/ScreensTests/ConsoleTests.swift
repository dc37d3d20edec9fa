import Configuration
import Contract
import Picture
import Screens
import TUI
import Testing

/// What a person does in a console beside typing.
@Suite struct ConsoleTests {
    private let freedos = MachineID(rawValue: "freedos")
    private let host = Key.control("]")

    /// A console with these rows on the guest's screen, the cursor after the last.
    private func console(_ rows: [String], _ width: Int = 80, _ height: Int = 24, _ change: (inout MachineSummary) -> Void = { _ in }) -> Harness {
        let harness = Harness(width, height)
        harness.change("freedos") { change(&$0) }
        harness.model.selected = freedos
        harness.press(.enter)
        show(rows, harness)
        return harness
    }

    private func show(_ rows: [String], _ harness: Harness, columns: Int = 80) {
        let last = max(0, rows.count - 1)
        harness.send(.picture(freedos, Harness.text(rows, columns: columns, cursor: (rows.last?.count ?? 0, last))))
    }

    /// A log of `count` lines as 25 rows show its end.
    private func log(_ count: Int) -> [String] { Array((1...count).map { "line \($0)" }.suffix(24)) + ["C:\\>"] }

    // MARK: Scrollback

    @Test func whatScrolledOffCanBeRead() {
        let harness = console(log(24))
        for count in [25, 27, 40, 44] { show(log(count), harness) }
        harness.press(host, .pageUp)
        harness.expect(
            (1...23).map { "line \($0)" }.joined(separator: "\n")
                + "\n ● freedos   scrollback: 20 lines  PgUp PgDn  / search  Esc back to the guest")
        harness.expectStyle(23, "mgmmmmmmmmmmm                    mmkkkkkkkkkmmkmmmmmmmmmkkk" + String(repeating: "m", count: 21))
        // The guest goes on, and what is read stands still; no key goes to it.
        show(log(60), harness)
        harness.press(.down, .pageUp, .character("x"))
        #expect(harness.frame.lines[0] == "line 1" && harness.commands.isEmpty)
        harness.press(.escape)
        #expect(harness.frame.lines[22] == "C:\\>")
        harness.type("x")
        #expect(harness.commands == [.input(freedos, .text("x"))])
    }

    /// How a screen may move, and what has left it then.
    struct Motion: Sendable, CustomTestStringConvertible {
        var name: String
        var before, after: [String]
        var cursor: (Int, Int)?
        var kept: [String]
        var testDescription: String { name }
    }
    private static let page = (1...10).map { "row \($0)" }
    static let motions = [
        Motion(name: "by one", before: page, after: page.dropFirst() + ["new"], cursor: (6, 9), kept: ["row 1"]),
        Motion(name: "by six", before: page, after: page.dropFirst(6) + ["a", "b", "c", "d", "e", "f"], cursor: (6, 9), kept: Array(page.prefix(6))),
        Motion(name: "typing on", before: page, after: page.dropLast() + ["row 10 and more"], cursor: (6, 9), kept: []),
        Motion(
            name: "under a title", before: ["TITLE"] + page, after: ["TITLE"] + page.dropFirst(2) + ["x", "y"], cursor: (6, 10),
            kept: ["row 1", "row 2"]),
        Motion(
            name: "above a status line", before: page + ["", "STATUS"], after: page.dropFirst() + ["new", "", "STATUS"], cursor: (0, 10),
            kept: ["row 1"]),
        Motion(
            name: "above a status line without a cursor", before: page + ["STATUS"], after: page.dropFirst() + ["new", "STATUS"], cursor: nil,
            kept: ["row 1"]),
        Motion(name: "cleared", before: page, after: ["C:\\>"], cursor: (6, 9), kept: page),
        Motion(name: "one line of ten changed", before: page, after: ["other"] + page.dropFirst(), cursor: (6, 9), kept: []),
        Motion(name: "blank before", before: [], after: page, cursor: nil, kept: []),
    ]

    @Test(arguments: motions) func scrollingIsRecognised(_ motion: Motion) {
        let harness = Harness()
        harness.press(.down, .enter)
        harness.send(.picture(freedos, Harness.text(motion.before, rows: motion.before.count > 10 ? motion.before.count : 10, cursor: motion.cursor)))
        harness.send(.picture(freedos, Harness.text(motion.after, rows: motion.before.count > 10 ? motion.before.count : 10, cursor: motion.cursor)))
        harness.press(host, .character("c"), .character("g"), .character(" "), .character("G"), .enter)
        let copied = harness.copied ?? ""
        let lines = copied.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(Array(lines.prefix(motion.kept.count)) == motion.kept)
        // Then comes the screen itself, and nothing between.
        #expect(lines.dropFirst(motion.kept.count).first == motion.after.first)
    }

    @Test func aPageThatComesAgainIsKeptOnce() {
        let harness = console(log(24))
        let menu = (1...20).map { "choice \($0)" }
        for _ in 0..<5 {
            show(menu, harness)
            show(log(24), harness)
        }
        harness.press(host, .pageUp)
        #expect(harness.screen.contains("scrollback: 45 lines"))
    }

    @Test func scrollbackIsBounded() {
        let harness = console(log(24))
        for count in stride(from: 44, to: 4000, by: 20) { show(log(count), harness) }
        harness.press(host, .pageUp)
        #expect(harness.screen.contains("scrollback: 2,000 lines") || harness.screen.contains("scrollback: 2000 lines"))
    }

    @Test func scrollbackIsSearched() {
        let harness = console(log(24))
        for count in [40, 60, 80] { show(log(count), harness) }
        harness.press(host, .pageUp, .character("/"))
        harness.type("LINE 1")
        #expect(harness.screen.contains("line 19"))
        #expect(harness.frame.lines[23].hasPrefix(" ● freedos   / LINE 1"))
        harness.press(.enter)
        let row = harness.frame.lines.firstIndex { $0 == "line 19" }
        #expect(row.map { harness.frame.styleLines[$0] } == "MMMMMM" + String(repeating: "#", count: 74))
        harness.press(.character("n"), .character("n"))
        #expect(harness.frame.lines.contains("line 17"))
        harness.press(.escape)
        #expect(!harness.frame.styleLines.joined().contains("M") && harness.screen.contains("scrollback"))
        harness.press(.escape)
        #expect(!harness.screen.contains("scrollback"))
    }

    @Test func nothingScrolledOffIsSaid() {
        let harness = console(["x"], 80, 30)
        harness.press(host, .pageUp)
        #expect(harness.screen.contains("Nothing has scrolled off yet."))
    }

    // MARK: Selection

    @Test func linesAreSelectedAndCopied() {
        let harness = console(["one   ", "two", "three", "C:\\>"], 80, 26)
        harness.press(host, .character("c"), .up, .character(" "), .up)
        harness.expect(
            "one\ntwo\nthree\nC:\\>" + String(repeating: "\n", count: 22)
                + " ● freedos   2 selected  Space anew  v rectangle  Enter copies  Esc leaves")
        harness.expectStyle(1, String(repeating: "S", count: 80))
        harness.expectStyle(2, String(repeating: "S", count: 80))
        harness.expectStyle(3, String(repeating: "#", count: 80))
        harness.press(.enter)
        #expect(harness.copied == "two\nthree" && harness.screen.contains("Copied 2 lines."))
        #expect(harness.commands.isEmpty)
    }

    @Test func aRectangleIsCutOut() {
        let harness = console(["name   size", "autoexec 913", "command 8548", "C:\\>"], 80, 26)
        harness.press(host, .character("c"), .character("g"), .down, .home)
        for _ in 0..<8 { harness.press(.right) }
        harness.press(.character("v"), .character(" "), .down, .end, .character("y"))
        #expect(harness.copied == " 913\n8548".split(separator: "\n").map { $0.first == " " ? String($0) : String($0) }.joined(separator: "\n"))
    }

    @Test func escapeLeavesTheSelection() {
        let harness = console(["one"], 80, 26)
        harness.press(host, .character("c"), .character(" "), .escape)
        harness.type("x")
        #expect(harness.copied == nil && harness.commands == [.input(freedos, .text("x"))])
    }

    @Test func theMouseSelects() {
        let harness = console(["one two three", "four", "C:\\>"], 80, 26)
        let rect = Rect(0, 0, 80, 25)
        #expect(harness.frame.target(at: Point(5, 1)) == .guest(rect))
        harness.point(.press, 1, 4, 0, rect)
        harness.point(.release, 1, 4, 0, rect)
        #expect(harness.copied == nil)
        harness.point(.press, 1, 4, 0, rect)
        harness.point(.motion, 1, 6, 0, rect)
        harness.expectStyle(0, "####SSS" + String(repeating: "#", count: 73))
        harness.point(.release, 1, 6, 0, rect)
        #expect(harness.copied == "two" && harness.screen.contains("Copied 1 line."))
        harness.point(.press, 1, 8, 0, rect)
        harness.point(.motion, 1, 2, 1, rect)
        harness.point(.release, 1, 2, 1, rect)
        #expect(harness.copied == "three\nfou")
    }

    @Test func theWheelReadsBack() {
        let harness = console(log(24), 80, 26)
        show(log(40), harness)
        let rect = Rect(0, 0, 80, 25)
        harness.point(.wheelUp, 0, 1, 1, rect)
        #expect(harness.frame.lines[0] == "line 14")
        harness.point(.wheelUp, 0, 1, 1, rect)
        #expect(harness.frame.lines[0] == "line 11")
        for _ in 0..<3 { harness.point(.wheelDown, 0, 1, 1, rect) }
        #expect(!harness.screen.contains("scrollback"))
    }

    @Test func aGuestWithAMouseGetsIt() {
        let harness = console(["x"], 80, 26) { $0.usesPointer = true }
        #expect(harness.model.wantsMotion)
        let rect = Rect(0, 0, 80, 25)
        harness.point(.motion, 0, 40, 12, rect)
        harness.point(.press, 1, 0, 0, rect)
        harness.point(.motion, 1, 79, 24, rect)
        harness.point(.release, 1, 79, 24, rect)
        harness.point(.wheelUp, 0, 0, 0, rect)
        #expect(
            harness.commands
                == [
                    .pointer(x: 33177, y: 32768, buttons: 0), .pointer(x: 409, y: 1310, buttons: 1), .pointer(x: 65126, y: 64225, buttons: 1),
                    .pointer(x: 65126, y: 64225, buttons: 0), .wheel(1),
                ].map { .input(freedos, $0) })
        #expect(harness.copied == nil)
        harness.press(host, .character("c"))
        #expect(!harness.model.wantsMotion)
    }

    // MARK: Paste

    @Test func whatWasCopiedIsTyped() {
        let harness = console(["dir /w"], 80, 26)
        harness.press(host, .character("v"))
        #expect(harness.screen.contains("Nothing was copied yet. Ctrl-] c copies.") && harness.commands.isEmpty)
        harness.press(host, .character("c"), .enter, host, .character("v"))
        #expect(harness.commands == [.input(freedos, .text("dir /w"))])
    }

    @Test func aLongTextIsTypedInPiecesAndCanBeStopped() {
        let harness = console(["x"], 80, 26)
        harness.send(.paste(String(repeating: "a", count: 60)))
        #expect(harness.commands == [.input(freedos, .text(String(repeating: "a", count: 25)))])
        harness.wait(0.4)
        #expect(harness.frame.lines[25] == " ● freedos   Ctrl-] q leaves   typing 25 of 60   Ctrl-] Esc stops")
        harness.wait(0.2)
        harness.wait(0.5)
        #expect(harness.commands.count == 3 && harness.commands.last == .input(freedos, .text(String(repeating: "a", count: 10))))
        #expect(!harness.screen.contains("typing"))
        harness.send(.paste(String(repeating: "b", count: 3000)))
        harness.wait(0.6)
        harness.press(host, .escape)
        harness.wait(0.6)
        #expect(harness.commands.count == 5 && harness.screen.contains("Stopped after 50 of 3000 characters."))
    }

    @Test func whatIsOnNoKeyIsLeftOutAndNamed() {
        let harness = console(["x"], 80, 26) { $0.keyboard = "de" }
        harness.send(.paste("größe 日 = 5 €\n"))
        #expect(harness.commands == [.input(freedos, .text("größe  = 5 €\n"))])
        #expect(harness.screen.contains("Left out, on no key of a German keyboard: 日"))
    }

    // MARK: Keys

    @Test func theHostKeyCanBeAnother() {
        let harness = console(["x"], 80, 26)
        harness.model.preferences.hostKey = "Ctrl-A"
        #expect(harness.frame.lines[25] == " ● freedos   Ctrl-A q leaves   Ctrl-A ? menu")
        harness.press(.control("]"), .control("a"), .control("a"))
        #expect(harness.commands == [.chord(["ctrl", "]"]), .chord(["ctrl", "a"])].map { .input(freedos, $0) })
        harness.press(.control("a"), .character("?"))
        #expect(harness.screen.contains("Ctrl-A then") && harness.screen.contains("send Ctrl-A itself"))
        harness.press(.escape, .control("a"), .character("q"))
        #expect(harness.model.page == .machines)
        harness.model.preferences.hostKey = "what"
        harness.press(.enter)
        #expect(harness.screen.contains("Ctrl-] q leaves"))
    }

    @Test func keysAreHeldForTheNext() {
        let harness = console(["x"], 80, 26)
        harness.press(host, .character("s"), .character("h"), .character("c"), .character("s"))
        #expect(harness.screen.contains("[✓] Ctrl") && harness.screen.contains("[✓] Shift") && harness.screen.contains("[ ] Alt"))
        harness.press(.escape, .escape, .escape)
        #expect(harness.screen.contains("holding Ctrl-Shift for the next key"))
        harness.press(.function(5), .character("a"))
        harness.press(host, .character("s"), .character("y"), .character("b"))
        harness.press(host, .character("s"), .character("x"))
        harness.type("ctrl-alt-f3")
        #expect(harness.frame.lines[25].hasPrefix(" ● freedos   key ctrl-alt-f3"))
        harness.press(.enter)
        #expect(
            harness.commands
                == [.chord(["ctrl", "shift", "f5"]), .text("a"), .chord(["alt", "print", "b"]), .chord(["ctrl", "alt", "f3"])].map {
                    .input(freedos, $0)
                })
    }

    @Test func thePictureGoesToAFile() {
        let harness = console(["x"], 80, 26)
        harness.press(host, .character("g"))
        guard case .write(let path, let bytes)? = harness.effects.last else {
            Issue.record("nothing was written")
            return
        }
        #expect(path == "~/freedos-143200.png" && PNG.decode(bytes)?.width == 720)
    }

    // MARK: Sizes

    @Test(arguments: [40, 80, 132]) func textModesOfAllWidthsAreExact(_ columns: Int) {
        let row = String((0..<columns).map { Character(Unicode.Scalar(UInt8(0x30 + $0 % 10))) })
        for width in [60, 80, 132, 140] {
            let harness = console([], width, 30)
            harness.send(.picture(freedos, Harness.text([row, "second"], columns: columns, cursor: (0, 1))))
            let margin = max(0, (width - columns) / 2)
            let top = (29 - 25) / 2
            #expect(harness.frame.lines[top] == String(repeating: " ", count: margin) + row.prefix(width))
            #expect(harness.frame.cursor == Point(margin, top + 1))
            #expect(harness.frame.styleLines[top].filter { $0 == "#" }.count == min(columns, width))
            harness.send(.picture(freedos, Harness.text([row, "second"], columns: columns, cursor: (columns - 1, 1))))
            #expect(harness.frame.lines[top] == String(repeating: " ", count: margin) + row.suffix(width))
            if columns > width { #expect(harness.frame.lines[29].hasSuffix("columns \(columns - width + 1)-\(columns) of \(columns)")) }
        }
    }
}

extension Harness {
    /// What went to the clipboard last.
    var copied: String? {
        for effect in effects.reversed() { if case .copy(let text) = effect { return text } }
        return nil
    }

    func point(_ kind: MouseEvent.Kind, _ button: Int, _ x: Int, _ y: Int, _ rect: Rect) {
        for effect in model.pointInConsole(MouseEvent(kind: kind, button: button, x: x, y: y), rect) {
            effects.append(effect)
            if case .submit(let command, _) = effect { commands.append(command) }
        }
    }
}
