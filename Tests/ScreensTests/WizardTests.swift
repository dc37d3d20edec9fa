import Configuration
import Contract
import Foundation
import Screens
import TUI
import Testing

/// A new machine in three steps.
@Suite struct WizardTests {
    private func wizard(_ width: Int = 80, _ height: Int = 24) -> Harness {
        let harness = Harness(width, height)
        harness.knowsImages()
        harness.press(.character("N"))
        return harness
    }

    // MARK: Screens

    @Test func system() {
        let harness = wizard()
        harness.expect(
            """
             New machine    1 System   2 Install from   3 Review                step 1 of 3
            ────────────────────────────────────────────────────────────────────────────────
              Which system will live here?   Everything can be changed later.
                System                    Years       Mem MB  Processor       Disk  Boots
            ▸   MS-DOS, FreeDOS           1981-2000       16  486           504 MB  floppy
                Windows 3.x               1990-1994       16  486           504 MB  floppy
                Windows 95                1995-1997       64  Pentium         2 GB  floppy
                Windows 98, Me            1998-2000      128  Pentium II      8 GB  CD
                Windows NT 4              1996-2000      128  Pentium         4 GB  CD
                Windows 2000              2000-2004      256  Pentium III     8 GB  CD
                Windows XP                2001-2008      512  Pentium 4      20 GB  CD
                OS/2 Warp                 1994-2001       64  Pentium         2 GB  floppy
                Linux 2.x                 1996-2011      128  Pentium III     4 GB  CD
                Linux 3.x to 6.x          2011-now       512  Pentium 4       8 GB  CD
                FreeBSD, NetBSD, OpenBSD  1995-now       256  Pentium III     8 GB  CD
                Something else                           128  Pentium III     4 GB  CD
            ─┤ MS-DOS, FreeDOS ├────────────────────────────────────────────────────────────
              Disk       504 MB, the most that every DOS and BIOS of the time can see
              Processor  486: programs that ask for more than that are younger than DOS
              Memory     16 MB, enough for HIMEM and every extender


             Nothing is made before the last step.
             Enter next  Up Down choose  / find  ? help  Esc cancel
            """)
        #expect(harness.frame.target(at: Point(10, 7)) == .item(3) && harness.frame.target(at: Point(33, 0)) == .tab(1))
    }

    @Test func source() {
        let harness = wizard()
        harness.press(.enter)
        harness.expect(
            """
             New machine    1 System   2 Install from   3 Review                step 2 of 3
            ────────────────────────────────────────────────────────────────────────────────
              What is MS-DOS, FreeDOS installed from?

              Path           [                                          ]  Tab completes

                Image                             Kind            Size  Label
            ▸   ~/images/fd13-boot.img            floppy       1.44 MB  FD13BOOT
                ~/Downloads/debian-12-i386.iso    CD            664 MB  Debian 12.4.0 i386
                ~/images/fd13live.iso             CD            402 MB  FD13LIVE
                ~/images/w98se.iso                CD            622 MB  WIN98SE
                ~/Downloads/disk.img              disk         2048 MB
                sample floppy                     floppy       1.44 MB  boots at once
                (no image)


            ─┤ fd13-boot.img ├──────────────────────────────────────────────────────────────
              Boots      yes, by what stands at its start
              Goes into  floppy drive A
              Looks like MS-DOS, FreeDOS


             Images of ~/images, ~/Downloads and the current folder, those used last first.
             Enter next  Up Down choose  o other file  ? help  Esc back
            """)
        #expect(harness.frame.target(at: Point(20, 4)) == .field(0) && harness.frame.target(at: Point(10, 8)) == .item(1))
    }

    @Test func review() {
        let harness = wizard()
        harness.press(.enter, .enter)
        harness.expect(
            """
             New machine    1 System   2 Install from   3 Review                step 3 of 3
            ────────────────────────────────────────────────────────────────────────────────
              Enter makes this machine and starts it.

              Name           [ dos                          ]   free
              System         ‹ MS-DOS, FreeDOS              ›
              Processor      ‹ 486                          ›   one CPU
              Memory         [ 16 MB                        ]   4 to 3584 MB
              Disk C         [ 504 MB                       ]   grows as it fills
              Floppy A       [ ~/images/fd13-boot.img       ]   1.44 MB, bootable
              CD D           [                              ]   empty
              Boots from     ‹ floppy, then C, CD           ›
              Screen         [ automatic                    ]   from 5900 up

              [✓] Open its console when it starts
              [ ] Keep the disks as they are now

            ▸ [▸Create and start ]  [ Create ]  [ Back ]  [ Cancel ]
            ─┤ What will be written ├───────────────────────────────────────────────────────
              ~/.local/share/vitrine/dos/   a few KB now, 504 MB at most; 21.0 GB free
              fd13-boot.img: attached where it lies


             Enter create and start  Tab next field  F3 raw file  Esc back  F1 help
            """)
    }

    @Test func narrow() {
        let harness = wizard(40, 16)
        harness.expect(
            """
             New machine                step 1 of 3
            ────────────────────────────────────────
              Which system will live here?
                System                       Mem MB
            ▸   MS-DOS, FreeDOS                  16
                Windows 3.x                      16
                Windows 95                       64
                Windows 98, Me                  128
                Windows NT 4                    128
                Windows 2000                    256
                Windows XP                      512
                OS/2 Warp                        64
                Linux 2.x                       128
                Linux 3.x to 6.x                512
             Nothing is made before the last step.
             Enter next  ? help  Esc cancel
            """)
        harness.press(.enter)
        harness.expect(
            """
             New machine                step 2 of 3
            ────────────────────────────────────────
              What does it start from?

              Path [                              ]

                Image                          Size
            ▸   ~/images/fd13-boot.img      1.44 MB
                ~/Downloads/…-12-i386.iso    664 MB
                ~/images/fd13live.iso        402 MB
                ~/images/w98se.iso           622 MB
                ~/Downloads/disk.img        2048 MB
                sample floppy               1.44 MB
                (no image)
             ~/images, ~/Downloads, current folder
             Enter next  ? help  Esc back
            """)
        harness.press(.enter)
        harness.expect(
            """
             New machine                step 3 of 3
            ────────────────────────────────────────
              Floppy A            1.44 MB, bootable
              [ ~/images/fd13-boot.img            ]
              CD D                            empty
              [                                   ]
              Boots from
              ‹ floppy, then C, CD                ›
              Screen                   from 5900 up
              [ automatic                         ]
              [✓] Open its console when it starts
              [ ] Keep the disks as they are now
            ▸ [▸Create and start ]  [ Create ]
              [ Back ]  [ Cancel ]

             Enter create  Esc back  F1 help
            """)
    }

    @Test func sixtyColumns() {
        let harness = wizard(60, 20)
        harness.expect(
            """
             New machine                                    step 1 of 3
            ────────────────────────────────────────────────────────────
              Which system will live here?
                System                    Years       Mem MB     Disk
            ▸   MS-DOS, FreeDOS           1981-2000       16   504 MB
                Windows 3.x               1990-1994       16   504 MB
                Windows 95                1995-1997       64     2 GB
                Windows 98, Me            1998-2000      128     8 GB
                Windows NT 4              1996-2000      128     4 GB
                Windows 2000              2000-2004      256     8 GB
                Windows XP                2001-2008      512    20 GB
                OS/2 Warp                 1994-2001       64     2 GB
                Linux 2.x                 1996-2011      128     4 GB
                Linux 3.x to 6.x          2011-now       512     8 GB
            ─┤ MS-DOS, FreeDOS ├────────────────────────────────────────
              Disk       504 MB, the most that every DOS and BIOS of
                         the time can see
              Processor  486: programs that ask for more than that are
             Nothing is made before the last step.
             Enter next  Up Down choose  / find  ? help  Esc cancel
            """)
        harness.press(.enter, .enter)
        harness.expect(
            """
             New machine                                    step 3 of 3
            ────────────────────────────────────────────────────────────
              Enter makes this machine and starts it.
              Name           [ dos                ]   free
              System         ‹ MS-DOS, FreeDOS    ›
              Processor      ‹ 486                ›   one CPU
              Memory         [ 16 MB              ]   4 to 3584 MB
              Disk C         [ 504 MB             ]   grows as it fills
              Floppy A       [ ~/images…-boot.img ]   1.44 MB, bootable
              CD D           [                    ]   empty
              Boots from     ‹ floppy, then C, CD ›
              Screen         [ automatic          ]   from 5900 up
              [✓] Open its console when it starts
              [ ] Keep the disks as they are now
            ▸ [▸Create and start ]  [ Create ]  [ Back ]  [ Cancel ]
            ─┤ What will be written ├───────────────────────────────────
              ~/.local/share/vitrine/dos/ a few KB now, 504 MB at
              most; 21.0 GB free

             Enter create and start  Tab next field  Esc back  F1 help
            """)
    }

    @Test func aPathIsChosenFromAList() {
        let harness = wizard()
        harness.press(.enter, .character("~"))
        harness.type("/images/")
        harness.press(.tab, .down)
        harness.expect(
            """
             New machine    1 System   2 Install from   3 Review                step 2 of 3
            ────────────────────────────────────────────────────────────────────────────────
              What is MS-DOS, FreeDOS installed from?

            ▸ Path           [ ~/images/                                ]  Tab completes
                             ┌ ~/images/ ───────────────────────────────┐
                Image        │  old/                             folder │ bel
                ~/images/fd1 │▸ fd13-boot.img           floppy  1.44 MB │ 13BOOT
                ~/Downloads/ │  fd13live.iso                 CD  402 MB │ bian 12.4.0 i386
                ~/images/fd1 │  notes.txt                          3 KB │ 13LIVE
                ~/images/w98 │  w98se.iso                    CD  622 MB │ N98SE
                ~/Downloads/ └──────────────────────────────────────────┘
                sample floppy                     floppy       1.44 MB  boots at once
                (no image)


            ─┤ Path ├───────────────────────────────────────────────────────────────────────
              An image of a floppy, a CD or a hard disk. Tab completes names, ~ is your
              home, and a relative path starts where Vitrine was started.



             Images of ~/images, ~/Downloads and the current folder, those used last first.
             Enter take  Up Down choose  Esc close the list
            """)
        #expect(harness.frame.target(at: Point(25, 8)) == .item(2) && harness.frame.target(at: Point(3, 14)) == nil)
        harness.type("w")
        #expect(harness.screen.contains("▸ w98se.iso") && !harness.screen.contains("│  old/"))
        harness.press(.enter)
        #expect(harness.screen.contains("step 3 of 3") && harness.screen.contains("[ ~/images/w98se.iso "))
    }

    // MARK: Enter, Enter, Enter

    @Test func threeTimesEnterEndsInARunningMachine() throws {
        let harness = wizard()
        harness.press(.enter, .enter, .enter)
        let dos = MachineID(rawValue: "dos")
        #expect(harness.commands.last == .start(dos))
        let made = try #require(harness.written)
        #expect(made.name == "dos" && made.memoryMiB == 16 && made.processor == .i486 && made.boot == [.floppy, .disk, .cd])
        #expect(
            made.drives == [
                .init(slot: .fda, kind: .floppy, path: "~/images/fd13-boot.img"),
                .init(slot: .hda, kind: .disk, path: "new:528482304"), .init(slot: .hdc, kind: .cd, path: nil),
            ])
        harness.send(.keeper(.machines(Harness.library + [Harness.machine("dos", .running, memory: 16)])))
        #expect(harness.model.page == .console && harness.model.watched.first?.machine == dos)
        #expect(harness.model.preferences.images == ["/home/me/images/fd13-boot.img"])
    }

    @Test func withoutAnImageTheSampleFloppyIsOffered() throws {
        let harness = Harness()
        harness.knowsImages()
        let answer = harness.answer
        harness.answer = { command in
            if case .inspect(let path, _, _) = command, path.hasSuffix("/") { return .failure(KeeperError(.host, "no files here")) }
            return answer(command)
        }
        harness.press(.character("N"), .enter, .enter, .enter)
        #expect(harness.written?.drives.first?.path == "builtin:showcase")
        guard case .start? = harness.commands.last else {
            Issue.record("\(harness.commands)")
            return
        }
        #expect(harness.model.preferences.images == nil)
    }

    @Test func aQuickEnterNeedsNoAnswers() {
        let harness = Harness()
        harness.answer = { _ in nil }
        harness.press(.character("N"), .enter, .enter, .enter)
        #expect(harness.written?.drives.first?.path == "builtin:showcase")
    }

    // MARK: What an image knows

    @Test func anImageMendsTheFirstStepThatWasLeftAlone() throws {
        let harness = wizard()
        harness.press(.enter, .down, .down, .down, .enter)
        #expect(harness.screen.contains("WIN98SE looks like Windows 98, Me: step 1 says so now."))
        #expect(harness.screen.contains("‹ Windows 98, Me ") && harness.screen.contains("[ 128 MB ") && harness.screen.contains("[ 8 GB "))
        harness.press(.escape, .escape)
        #expect(harness.screen.contains("▸   Windows 98, Me"))
        harness.press(.enter, .enter, .enter)
        #expect(harness.written?.name == "win98" && harness.written?.drives.first { $0.slot == .hdc }?.readOnly == true)
    }

    @Test func aChosenSystemStays() {
        let harness = wizard()
        harness.press(.down, .up, .enter, .down, .down, .down, .enter)
        #expect(harness.screen.contains("‹ MS-DOS, FreeDOS ") && !harness.screen.contains("looks like"))
    }

    @Test func imagesUsedLastComeFirst() {
        let harness = Harness()
        harness.knowsImages()
        harness.model.preferences.images = ["/home/me/images/w98se.iso", "/gone.img"]
        harness.press(.character("N"), .enter)
        #expect(harness.screen.contains("▸   ~/images/w98se.iso") && !harness.screen.contains("gone.img"))
    }

    @Test func aDiskImageTakesThePlaceOfTheNewDisk() {
        let harness = wizard()
        harness.press(.enter, .down, .down, .down, .down, .enter, .enter)
        #expect(harness.written?.drives.first { $0.slot == .hda }?.path == "~/Downloads/disk.img")
    }

    @Test func aPathThatLeadsNowhereSaysSo() {
        let harness = wizard()
        harness.press(.enter, .character("o"))
        harness.type("/none.iso")
        harness.press(.enter)
        #expect(harness.frame.lines[5] == "                 ✖ there is no such file. Check the name.")
        harness.type("x")
        #expect(harness.frame.lines[5] == "" && harness.screen.contains("step 2 of 3"))
        harness.press(.escape)
        harness.send(.paste("~/images/fd13live.iso"))
        harness.press(.enter)
        #expect(harness.screen.contains("step 3 of 3") && harness.screen.contains("402 MB, bootable"))
    }

    // MARK: Review

    @Test func anotherSystemBringsItsOwnFigures() throws {
        let harness = wizard()
        harness.press(.enter, .end, .enter, .tab, .tab, .tab, .tab)
        #expect(harness.screen.contains("▸ Name "))
        harness.press(.tab, .right, .tab, .tab, .control("u"))
        harness.type("32M")
        harness.press(.backTab, .backTab, .right, .control("s"))
        let made = try #require(harness.written)
        #expect(made.processor == .pentium && made.memoryMiB == 32 && made.drives.first { $0.slot == .hda }?.path == "new:2147483648")
        #expect(harness.model.page == .machines && harness.screen.contains("dos is ready. S starts it."))
        guard case .create? = harness.commands.last else {
            Issue.record("\(harness.commands)")
            return
        }
    }

    @Test func aMistakeIsToldWhereItStands() {
        let harness = wizard()
        harness.press(.enter, .enter, .tab, .tab, .tab, .tab, .control("u"))
        harness.type("freedos")
        #expect(!harness.screen.contains("✖") && harness.screen.contains("( Create and start )"))
        harness.press(.tab)
        #expect(harness.frame.lines[5] == "                 ✖ freedos is taken. Try freedos-2.")
        harness.press(.control("s"))
        #expect(harness.written == nil && harness.screen.contains("▸ Name "))
        harness.type("-2")
        #expect(!harness.frame.lines.contains { $0.hasPrefix("                 ✖") })
        harness.answer = { _ in .failure(KeeperError(.host, "2048 GB can never fit.", field: "drives.hda.path")) }
        harness.press(.control("s"))
        #expect(harness.screen.contains("                 ✖ 2048 GB can never fit."))
    }

    @Test(arguments: [
        ("504 MB", "new:528482304"), ("1.5 GB", "new:1610612736"), ("512M", "new:536870912"), ("", nil), ("much", "much"), ("999 TB", nil),
    ])
    func disksOfASize(text: String, path: String?) {
        let harness = wizard()
        harness.press(.enter, .end, .enter, .tab, .tab, .tab, .tab, .tab, .tab, .tab, .tab, .control("u"))
        harness.type(text)
        // Nobody looks: what the keeper says of a path is not the matter here.
        let answer = harness.answer
        harness.answer = { command in if case .inspect = command { nil } else { answer(command) } }
        harness.press(.control("s"))
        if text == "999 TB" { #expect(harness.written == nil && harness.screen.contains("✖ Too large: an IDE disk has 128 GB at most.")) }
        #expect(harness.written?.drives.first { $0.slot == .hda }?.path == path)
    }

    @Test func nothingTypedIsThrownAwayUnasked() {
        let harness = wizard()
        harness.press(.enter, .enter, .tab, .tab, .tab, .tab)
        harness.type("x")
        harness.press(.control("c"))
        #expect(harness.screen.contains("Discard changes") && harness.model.page == .wizard)
        harness.press(.enter)
        #expect(harness.screen.contains("[ dosx"))
        harness.press(.escape)
        #expect(harness.screen.contains("[ dos ") && harness.model.page == .wizard)
        harness.press(.control("c"))
        #expect(harness.model.page == .machines && harness.written == nil)
    }

    @Test func theConsoleStaysClosedWhereThatIsWanted() {
        let harness = wizard()
        harness.press(.enter, .enter, .backTab, .backTab, .character(" "), .tab, .tab, .enter)
        harness.send(.keeper(.machines(Harness.library + [Harness.machine("dos", .running, memory: 16)])))
        #expect(harness.model.page == .machines && harness.model.selected == MachineID(rawValue: "dos"))
    }

    @Test func findingASystem() {
        let harness = wizard()
        harness.press(.character("/"))
        harness.type("xp")
        #expect(harness.screen.contains("▸   Windows XP") && harness.screen.contains(" /xp"))
        harness.press(.enter, .enter)
        #expect(harness.screen.contains("What is Windows XP installed from?"))
    }
}
