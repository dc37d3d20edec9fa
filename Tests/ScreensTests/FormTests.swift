import Configuration
import Contract
import Foundation
@testable import Screens
import TUI
import Testing

/// Settings on tabs, and the whole file.
@Suite struct FormTests {
    private let os2 = MachineID(rawValue: "os2-warp")

    private static var configuration: MachineConfiguration {
        var c = MachineConfiguration(name: "os2-warp")
        c.tags = ["ibm"]
        c.processor = .pentium
        c.memoryMiB = 64
        c.drives = [
            .init(slot: .fda, kind: .floppy, path: nil), .init(slot: .hda, kind: .disk, path: "os2-warp.img"),
            .init(slot: .hdc, kind: .cd, path: "/home/me/images/fd13live.iso", readOnly: true),
        ]
        c.serial = [.file("com1.log")]
        return c
    }

    private func form(_ width: Int = 80, _ height: Int = 24, _ configuration: MachineConfiguration = FormTests.configuration) -> Harness {
        let harness = Harness(width, height)
        harness.knowsImages(configuration: configuration)
        harness.model.selected = os2
        harness.press(.character("E"))
        return harness
    }

    // MARK: Screens

    @Test func machineTab() {
        let harness = form()
        harness.expect(
            """
             Edit os2-warp     off
            ─┤ Machine ├─ Drives ── Ports ── Screen ── Options ─────────────────────────────

            ▸ Name           [ os2-warp                     ]
              Tags           [ ibm                          ]
              Processor      ‹ Pentium                      ›
              Memory         [ 64 MB                        ]   4 to 3584 MB
              Boots from     ‹ floppy, then C, CD           ›
              Keyboard       ‹ US                           ›
              Notes          [                              ]

              [ ] Absolute pointer           [ ] Keep the disks unchanged

              [ Save ]  [ Cancel ]




            ─┤ Name ├───────────────────────────────────────────────────────────────────────
              How the machine is called here. Its folder keeps the name it was made with.



             Ctrl-S save  Tab next  PgDn tab  F3 raw file  Esc cancel  F1 help
            """)
        #expect(harness.frame.target(at: Point(20, 3)) == .field(0) && harness.frame.target(at: Point(16, 1)) == .tab(1))
    }

    @Test func drivesTab() {
        let harness = form()
        harness.press(.pageDown)
        harness.expect(
            """
             Edit os2-warp     off
            ── Machine ─┤ Drives ├─ Ports ── Screen ── Options ─────────────────────────────

            ▸ Floppy A       ‹ floppy  ›  [                          ]
              Floppy B       ‹ none    ›
              Drive hda      ‹ disk    ›  [ os2-warp.img             ]
              Drive hdb      ‹ none    ›
              Drive hdc      ‹ CD      ›  [ /home/me/im…fd13live.iso ]
              Drive hdd      ‹ none    ›

              [ Save ]  [ Cancel ]







            ─┤ Floppy A ├───────────────────────────────────────────────────────────────────
              A 3.5 inch drive; its disk can be changed while the machine runs.



             Left Right choose  Ctrl-S save  PgDn tab  F3 raw file  Esc cancel  F1 help
            """)
    }

    @Test func portsTab() {
        let harness = form()
        harness.press(.pageDown, .pageDown)
        harness.expect(
            """
             Edit os2-warp     off
            ── Machine ── Drives ─┤ Ports ├─ Screen ── Options ─────────────────────────────

            ▸ COM1           ‹ file    ›  [ com1.log                 ]
              COM2           ‹ none    ›

              [ Save ]  [ Cancel ]











            ─┤ COM1 ├───────────────────────────────────────────────────────────────────────
              Where the serial port ends: nowhere, at a terminal in the next tab of the
              machine's console, at a terminal device of this host (pty), in a file, or at
              a unix socket.

             Left Right choose  Ctrl-S save  PgDn tab  F3 raw file  Esc cancel  F1 help
            """)
    }

    @Test func screenTab() {
        let harness = form()
        harness.press(.pageUp, .pageUp)
        harness.expect(
            """
             Edit os2-warp     off
            ── Machine ── Drives ── Ports ─┤ Screen ├─ Options ─────────────────────────────

            ▸ Screen         [ automatic                    ]   from 5900 up

              [ Save ]  [ Cancel ]












            ─┤ Screen ├─────────────────────────────────────────────────────────────────────
              Where VNC viewers connect, on this host only: automatic, none, a port such
              as 5901, or unix:PATH.


             Ctrl-S save  Tab next  PgDn tab  F3 raw file  Esc cancel  F1 help
            """)
    }

    @Test func optionsTab() {
        let harness = form()
        harness.press(.pageUp)
        harness.expect(
            """
             Edit os2-warp     off
            ── Machine ── Drives ── Ports ── Screen ─┤ Options ├────────────────────────────

            ▸ Runs by        ‹ recompiler                   ›
              Code cache     [ 64 MB                        ]   4 to 1024 MB
              Kernel         [                              ]   the drives boot
              RAM disk       [                              ]
              Arguments      [                              ]

              [ Save ]  [ Cancel ]








            ─┤ Runs by ├────────────────────────────────────────────────────────────────────
              The recompiler turns the guest's code into this host's. The interpreter
              takes it one instruction at a time: slow, and the reference.


             Left Right choose  Ctrl-S save  PgDn tab  F3 raw file  Esc cancel  F1 help
            """)
    }

    @Test func aMistakeStandsUnderItsField() {
        let harness = form()
        harness.press(.tab)
        harness.type(", lab")
        harness.press(.tab, .tab, .control("u"))
        harness.type("8 GB")
        #expect(!harness.screen.contains("✖") && harness.screen.contains("Save waits for: Memory"))
        harness.press(.enter, .backTab)
        harness.expect(
            """
             Edit os2-warp     off                                                2 changes
            ─┤ Machine ├─ Drives ── Ports ── Screen ── Options ─────────────────────────────

              Name           [ os2-warp                     ]
              Tags           [ ibm, lab                     ]   was: ibm
              Processor      ‹ Pentium                      ›
            ▸ Memory         [ 8 GB                         ]   was: 64 MB
                             ✖ Too much: a 32-bit PC takes 4 to 3584 MB. Try 256 MB.
              Boots from     ‹ floppy, then C, CD           ›
              Keyboard       ‹ US                           ›
              Notes          [                              ]

              [ ] Absolute pointer           [ ] Keep the disks unchanged

              ( Save )  [ Cancel ]  Save waits for: Memory



            ─┤ Memory ├─────────────────────────────────────────────────────────────────────
              What the guest finds at power-on. The host commits a page when the guest
              first writes to it, so a large figure costs nothing until it is used.
              Write 96, 96M, 1.5G or 1536 MB.

             Ctrl-S save  Tab next  PgDn tab  F3 raw file  Esc cancel  F1 help
            """)
        harness.expectStyle(7, "                 " + String(repeating: "e", count: 55))
        harness.press(.control("s"))
        #expect(harness.written == nil)
        harness.press(.control("u"))
        harness.type("96")
        harness.press(.control("s"))
        #expect(harness.written?.memoryMiB == 96 && harness.written?.tags == ["ibm", "lab"] && harness.screen.contains("os2-warp saved."))
    }

    @Test func filesAreChosenFromAList() throws {
        let harness = form()
        harness.press(.pageDown, .tab)
        harness.type("~/im")
        harness.press(.tab)
        #expect(harness.screen.contains("[ ~/images/ "))
        harness.press(.tab, .down)
        harness.expect(
            """
             Edit os2-warp     off                                                 1 change
            ── Machine ─┤ Drives ├─ Ports ── Screen ── Options ─────────────────────────────

            ▸ Floppy A       ‹ floppy  ›  [ ~/images/                ]  was: empty
              Floppy B       ‹ none    ›  ┌ ~/images/ ────────────────────────────────────┐
              Drive hda      ‹ disk    ›  │  old/                                  folder │
              Drive hdb      ‹ none    ›  │▸ fd13-boot.img                floppy  1.44 MB │
              Drive hdc      ‹ CD      ›  │  fd13live.iso                      CD  402 MB │
              Drive hdd      ‹ none    ›  │  notes.txt                               3 KB │
                                          │  w98se.iso                         CD  622 MB │
              [ Save ]  [ Cancel ]        └───────────────────────────────────────────────┘







            ─┤ Image of fda ├───────────────────────────────────────────────────────────────
              An image file, or nothing for an empty drive. Tab completes names, ~ is your
              home, and a relative path starts where Vitrine was started.


             Enter take  Up Down choose  Esc close the list
            """)
        harness.press(.enter, .tab)
        #expect(harness.screen.contains("[ ~/images/fd13-boot.img ") && harness.screen.contains("▸ Floppy B") && !harness.screen.contains("┌"))
        harness.press(.control("s"))
        #expect(harness.written?.drives.first?.path == "~/images/fd13-boot.img")
    }

    @Test func aRunningMachineKeepsItsBoard() throws {
        let harness = Harness()
        harness.knowsImages(configuration: MachineConfiguration(name: "freedos"))
        harness.press(.down, .character("E"))
        harness.expect(
            """
             Edit freedos     running
            ─┤ Machine ├─ Drives ── Ports ── Screen ── Options ─────────────────────────────

            ▸ Name           [ freedos                      ]
              Tags           [                              ]
              Processor      ( all we have                  )   off only
              Memory         ( 128 MB                       )   off only
              Boots from     ( floppy, then C, CD           )   off only
              Keyboard       ( US                           )   off only
              Notes          [                              ]

              ( ) Absolute pointer           ( ) Keep the disks unchanged

              [ Save ]  [ Cancel ]




            ─┤ Name ├───────────────────────────────────────────────────────────────────────
              How the machine is called here. Its folder keeps the name it was made with.


             What is in parentheses can be changed while the machine is off.
             Ctrl-S save  Tab next  PgDn tab  F3 raw file  Esc cancel  F1 help
            """)
        harness.press(.tab, .tab)
        harness.type("a note")
        harness.press(.tab, .tab, .tab, .pageDown, .control("s"))
        var expected = MachineConfiguration(name: "freedos")
        expected.notes = "a note"
        #expect(harness.written == expected)
    }

    @Test func sixtyColumns() {
        let harness = form(60, 20)
        harness.press(.tab, .tab, .tab, .control("u"))
        harness.type("8 GB")
        harness.press(.tab)
        harness.expect(
            """
             Edit os2-warp     off                             1 change
            ─┤ Machine ├─ Drives ── Ports ── Screen ── Options ─────────

              Name           [ os2-warp           ]
              Tags           [ ibm                ]
              Processor      ‹ Pentium            ›
              Memory         [ 8 GB               ]   was: 64 MB
                             ✖ Too much: a 32-bit PC takes 4 to 3584 M…
            ▸ Boots from     ‹ floppy, then C, CD ›   / lists them
              Keyboard       ‹ US                 ›
              Notes          [                    ]
              [ ] Absolute pointer
              [ ] Keep the disks unchanged
              ( Save )  [ Cancel ]  Save waits for: Memory

            ─┤ Boots from ├─────────────────────────────────────────────
              The order in which the BIOS tries the drives. Empty ones
              are passed over.

             Left Right choose  Ctrl-S save  Esc cancel  F1 help
            """)
        harness.press(.pageDown)
        harness.expect(
            """
             Edit os2-warp     off                             1 change
            ── Machine ─┤ Drives ├─ Ports ── Screen ── Options ─────────

            ▸ Floppy A       ‹ floppy  ›  [                           ]
              Floppy B       ‹ none    ›
              Drive hda      ‹ disk    ›  [ os2-warp.img              ]
              Drive hdb      ‹ none    ›
              Drive hdc      ‹ CD      ›  [ /home/me/ima…fd13live.iso ]
              Drive hdd      ‹ none    ›

              ( Save )  [ Cancel ]  Save waits for: Memory




            ─┤ Floppy A ├───────────────────────────────────────────────
              A 3.5 inch drive; its disk can be changed while the
              machine runs.

             Left Right choose  Ctrl-S save  Esc cancel  F1 help
            """)
    }

    @Test func fortyColumns() {
        let harness = form(40, 16)
        harness.expect(
            """
             Edit os2-warp     off
            ─┤ Machine ├─ Drives ── Ports ──────────
              Name
            ▸ [ os2-warp                          ]
              Tags
              [ ibm                               ]
              Processor
              ‹ Pentium                           ›
              Memory                   4 to 3584 MB
              [ 64 MB                             ]
              Boots from
              ‹ floppy, then C, CD                ›
              Keyboard
              ‹ US                                ›

             Ctrl-S save  Esc cancel  F1 help
            """)
        harness.press(.pageDown, .tab, .tab, .tab, .tab)
        harness.expect(
            """
             Edit os2-warp     off
            ── Machine ─┤ Drives ├─ Ports ──────────
              Floppy A
              ‹ floppy                            ›
              [                                   ]
              Floppy B
              ‹ none                              ›
              Drive hda
              ‹ disk                              ›
            ▸ [ os2-warp.img                      ]
              Drive hdb
              ‹ none                              ›
              Drive hdc
              ‹ CD                                ›

             Ctrl-S save  Esc cancel  F1 help
            """)
    }

    // MARK: Values

    @Test func savingChangesOnlyWhatWasChanged() {
        var configuration = FormTests.configuration
        configuration.kernel = .init(path: "vmlinuz")
        configuration.boot = [.cd, .floppy]
        configuration.drives.reverse()
        configuration.fetch = .init(items: [], summary: "x")
        configuration.serial = [.none, .pty, .none]
        let harness = form(80, 24, configuration)
        harness.press(.control("s"))
        #expect(harness.written == configuration)
    }

    @Test(arguments: [
        ("96", 96), ("96M", 96), ("1536 MB", 1536), ("1.5G", 1536), ("3", nil), ("4 GB", nil), ("much", nil), ("", nil), ("-5", nil), ("1e400", nil),
        ("99999999999999999999", nil), ("1.5 MB", nil),
    ])
    func memory(text: String, size: Int?) {
        let harness = form()
        harness.press(.tab, .tab, .tab, .control("u"))
        harness.type(text)
        harness.press(.control("s"))
        #expect(harness.written?.memoryMiB == size)
    }

    @Test func portsAndAKernelAreRead() {
        let harness = form()
        harness.press(.pageDown, .pageDown, .right, .tab)
        harness.type(".sock")
        harness.press(.tab, .right, .right)
        harness.press(.pageDown, .pageDown, .tab, .tab)
        harness.type("/vmlinuz")
        harness.press(.tab, .tab)
        harness.type("console=ttyS0")
        harness.press(.control("s"))
        #expect(harness.written?.serial == [.unix("com1.log.sock"), .pty])
        #expect(harness.written?.kernel == .init(path: "/vmlinuz", initrd: nil, arguments: "console=ttyS0"))
    }

    @Test func aNewDiskIsOrdered() {
        let harness = form()
        harness.press(.pageDown, .tab, .tab, .tab, .tab, .tab, .right, .tab)
        harness.type("2 GB")
        harness.press(.tab)
        #expect(harness.screen.contains("[ 2 GB ") && harness.screen.contains("was: empty"))
        harness.press(.control("s"))
        #expect(harness.written?.drives.last == .init(slot: .hdb, kind: .disk, path: "new:2147483648"))
    }

    @Test func aChoiceListsItsValues() {
        let harness = form()
        harness.press(.tab, .tab, .character("/"))
        #expect(harness.screen.contains("▸ Pentium ") && harness.screen.contains("Pentium III"))
        harness.press(.down, .down, .enter)
        #expect(harness.screen.contains("‹ Pentium III ") && harness.screen.contains("was: Pentium"))
    }

    @Test func tabsAreReachedFromTheShelf() {
        let harness = form()
        harness.press(.up, .right, .right)
        #expect(harness.frame.lines[1].hasPrefix("▸─ Machine ") && harness.screen.contains("┤ Ports ├"))
        harness.press(.down)
        #expect(harness.screen.contains("▸ COM1"))
    }

    @Test func escapeGivesTheOldValueThenAsksThenLeaves() {
        let harness = form()
        harness.type("zzz")
        harness.press(.escape)
        #expect(harness.model.page == .form && !harness.screen.contains("zzz"))
        harness.type("zzz")
        harness.press(.tab, .escape)
        #expect(harness.screen.contains("Discard changes"))
        harness.press(.escape)
        #expect(harness.model.page == .form && harness.screen.contains("os2-warpzzz"))
        harness.press(.escape, .character("d"))
        #expect(harness.model.page == .machines && harness.written == nil)
        harness.press(.character("E"), .escape)
        #expect(harness.model.page == .machines)
    }

    @Test func whatTheKeeperRefusesStandsAtItsField() {
        let harness = form()
        harness.answer = { _ in .failure(KeeperError(.invalid, "a port is taken", field: "screen")) }
        harness.press(.control("s"))
        #expect(harness.screen.contains("▸ Screen ") && harness.screen.contains("                 ✖ a port is taken"))
        harness.type("x")
        #expect(!harness.screen.contains("                 ✖ a port is taken"))
    }

    // MARK: The whole file

    private func edited(_ harness: Harness) -> String {
        harness.press(.function(3))
        guard case .editText(let text, .form(os2))? = harness.effects.last else {
            Issue.record("no editor was opened")
            return ""
        }
        return text
    }

    @Test func theWholeFileIsEdited() {
        let harness = form()
        harness.type("2")
        let text = edited(harness)
        #expect(text.contains("\"name\" : \"os2-warp2\"") && text.contains("\"memoryMiB\" : 64"))
        harness.send(.edited(.form(os2), .success(text.replacingOccurrences(of: "\"memoryMiB\" : 64", with: "\"memoryMiB\" : 80"))))
        #expect(harness.screen.contains("[ 80 MB ") && harness.screen.contains("was: 64 MB") && harness.screen.contains("2 changes"))
        harness.press(.control("s"))
        #expect(harness.written?.memoryMiB == 80 && harness.written?.name == "os2-warp2")
    }

    @Test func aBrokenFileIsNotLost() {
        let harness = form()
        let broken = edited(harness).replacingOccurrences(of: "\"memoryMiB\" : 64", with: "\"memoryMiB\" : \"much\"")
        let line = broken.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains("much") }.map { $0 + 1 } ?? 0
        harness.send(.edited(.form(os2), .success(broken)))
        #expect(harness.screen.contains("✖ line \(line): memoryMiB needs a number. F3 opens it again, Esc drops it."))
        harness.wait(10)
        #expect(
            harness.screen.contains("✖ Raw file, line \(line): memoryMiB needs a number") && harness.screen.contains("Save waits for: the raw file"))
        harness.press(.control("s"))
        #expect(harness.written == nil)
        let again = edited(harness)
        #expect(again == broken)
        harness.send(.edited(.form(os2), .success(again.replacingOccurrences(of: "\"much\"", with: "32"))))
        #expect(harness.screen.contains("[ 32 MB "))
        harness.send(.edited(.form(os2), .success("{")))
        harness.press(.escape)
        #expect(harness.model.page == .form && !harness.screen.contains("Raw file") && harness.screen.contains("[ 32 MB "))
        harness.send(.edited(.form(os2), .failure(KeeperError(.host, "vi cannot be started"))))
        #expect(harness.screen.contains("✖ vi cannot be started"))
    }

    @Test(arguments: [
        ("{\n \"name\": \"x\",\n}", "line 3: a name in quotes was expected, not }"),
        ("{\n \"name\": \"x\"\n \"tags\": []\n}", "line 2: , or } was expected after the value of name, not \""),
        ("{\"name\": \"x\n", "line 1: the text has no \" at its end"), ("{\"name\": x}", "line 1: x is no value; texts stand in quotes"),
        ("{\"name\": 1}", "line 1: name needs a text in quotes"), ("[]", "line 1: { was expected: a machine is an object"),
        ("{}", "line 1: name is missing"), ("", "line 1: a value was expected, not the end of the file"),
        ("{\"name\": \"x\",\n\"memoryMB\": 3}", "line 2: memoryMB is no setting. Is memoryMiB meant?"),
        ("{\"name\": \"x\",\n\n\"processor\": \"z80\"}", "line 3: processor: z80 is none of 486, pentium, pentium2, pentium3, pentium4, max"),
        ("{\"name\": \"x\", \"drives\": [\n{\"slot\": \"fda\"}]}", "line 2: kind is missing"),
        ("{\"name\": \"x\",\n\"screen\": \"5901\"}", "line 2: screen: 5901 is none of automatic, none, 127.0.0.1:PORT, unix:PATH"),
        ("{\"name\": \"x\", \"boot\": [\"a\",\n\"z\"]}", "line 2: boot number 2: z is none of a, c, d"),
        ("{\"name\": \"x\"} y", "line 1: the file should end here, but there is y"), ("{\"name\": \"\\q\"}", "line 1: \\q means nothing"),
        ("{\"name\": 01}", "line 1: 01 is no value"), ("{\"name\": \"x\", \"name\": \"y\"}", "line 1: name stands there twice"),
        (String(repeating: "[", count: 5000), "line 1: this is nested too deeply"),
    ])
    func mistakesHaveTheirLine(text: String, words: String) {
        let harness = form(150, 24)
        harness.send(.edited(.form(os2), .success(text)))
        #expect(harness.screen.contains("✖ " + words), "\(harness.frame.lines[22])")
    }

    @Test func whatIsLeftOutHasItsDefault() {
        let harness = form()
        harness.send(
            .edited(
                .form(os2), .success(#"{"name": "b\u00e9 \ud83d\ude00", "drives": [{"slot": "fda", "kind": "floppy"}], "kernel": {"path": "/k"}}"#)))
        harness.press(.control("s"))
        var expected = MachineConfiguration(name: "b\u{e9} \u{1f600}")
        expected.drives = [.init(slot: .fda, kind: .floppy, path: nil)]
        expected.kernel = .init(path: "/k")
        #expect(harness.written == expected)
    }

    // MARK: The mouse

    @Test func clicks() {
        let harness = form()
        func click(_ x: Int, _ y: Int) {
            switch harness.frame.target(at: Point(x, y)) {
            case .field(let index): _ = harness.model.clickField(index)
            case .tab(let index): _ = harness.model.clickTab(index)
            case .item(let index): _ = harness.model.clickItem(index)
            default: Issue.record("nothing at \(x), \(y)")
            }
        }
        click(4, 11)
        #expect(harness.screen.contains("[✓] Absolute pointer"))
        click(14, 1)
        click(20, 6)
        click(20, 6)
        #expect(harness.screen.contains("▸ Drive hdb      ‹ disk "))
        click(14, 10)
        #expect(harness.screen.contains("Discard changes"))
    }
}
