import Configuration
import Contract
import Foundation
import Screens
import TUI
import Testing

/// The overview at every size class, its tabs and its dialogs, as a person sees them.
@Suite struct OverviewGoldenTests {
    @Test func overview() {
        let harness = Workday.harness()
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name ▾          State          CPU        %  MIPS    Mem MB  Screen  Tags
              ● debian-mini     running   48s  ▂▅▇█▇███  98   212   71/ 256  :5905 1 linux
            ▸ ● freedos         running    3h  ▁▁▁▁▁▁▁▁   1     0    9/  16  :5901   dos
              ‖ nt4             paused    12m                      118/ 128  :5904 1 lab
              ◆ os2-warp        saved      6d                         /  64          ibm
              ✖ toyos           crashed    4m                         /  64          lab
              ● win31           running   26m  ▁▂▃▃▃▃▃▃  34    61   14/  16  :5902   dos
              ● win98           running    2d  ▂▄▅▆▅▆▆▆  71   148   96/ 128  :5903 2 lab


            ─┤ Summary ├─ Console ── Hardware ── Disks ── Log ── Load ──────────────────────
              Processor  486                          ┌ 80x25 ─────────────── rows 18-25 ─┐
              Memory     9 of 16 MB resident          │ Directory of C:\\GAMES             │
              CPU               ▁▁▁▁▁▁▁▁▁         1%  │                                   │
              MIPS              ▁▁▁▁▁▁▁▁▁          0  │KEEN1    EXE    51,190  12-14-90   │
              Disk              ▁▁▁▁▁▁▁▁▁     0 kB/s  │SOKOBAN  COM    11,776  02-02-89   │
              Screen     127.0.0.1:5901  no viewers   │README   TXT     2,048  03-14-96   │
              Disk hda   freedos.vhd                  │    3 file(s)      65,014 bytes    │
              Floppy A   empty                        │    1 dir(s)  412,303,360 bytes fre│
              CD hdc     fd13live.iso                 │C:\\GAMES>                          │
              Notes      Till software, do not reset  └───────────────────────────────────┘
             14:28:03  ✖ toyos crashed: triple fault. Select it and press Enter.
             Enter console  P pause  V save  B power  M media  E edit  : more  ? help
            """)
        harness.expectStyle(1, "    mmmm m          mmmmm          mmm        m  mmmm    mmmmmm  mmmmmm  mmmm")
        harness.expectStyle(2, "  g                 ggggggg   mmm  12232333                              mmmmm")
        harness.expectStyle(5, "  v                 vvvvv      mm                                        mmm")
    }

    @Test func filteredWithTwoMarked() {
        let harness = Workday.harness()
        harness.press(.character("/"))
        harness.type("lab")
        harness.press(.enter, .character(" "), .down, .character(" "), .character("/"))
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name ▾          State          CPU        %  MIPS    Mem MB  Screen  Tags
             ✓‖ nt4             paused    12m                      118/ 128  :5904 1 lab
              ✖ toyos           crashed    4m                         /  64          lab
            ▸✓● win98           running    2d  ▂▄▅▆▅▆▆▆  71   148   96/ 128  :5903 2 lab






            ─┤ Marked ├─────────────────────────────────────────────────────────────────────
              2 marked   nt4, win98

              Together   256 MB configured, 214 MB resident, 71% of one CPU
              Valid now  P  pause, resume  2    V  save state  2    B  power button  1
                         R  reset          2    T  turn off    2    #  tags          2
              Not now    D  delete: turn off first
                         S  start: is paused, runs already

              win98      Pentium II, 128 MB, screen 127.0.0.1:5903, 2 viewers

             /lab                  3 of 7    name, tag, state, note; // searches screens
             Enter keep filter  Esc clear  Up Down select  Tab complete  F1 help
            """)
        harness.expectStyle(2, " ay                 yyyyyy    mmm                                        MMM")
        harness.expectStyle(22, " k                     mmmmmm    mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm")
        #expect(harness.frame.cursor == Point(5, 22))
    }

    @Test func marked() {
        let harness = Workday.harness()
        harness.press(.character("a"))
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name ▾          State          CPU        %  MIPS    Mem MB  Screen  Tags
             ✓● debian-mini     running   48s  ▂▅▇█▇███  98   212   71/ 256  :5905 1 linux
            ▸✓● freedos         running    3h  ▁▁▁▁▁▁▁▁   1     0    9/  16  :5901   dos
             ✓‖ nt4             paused    12m                      118/ 128  :5904 1 lab
             ✓◆ os2-warp        saved      6d                         /  64          ibm
             ✓✖ toyos           crashed    4m                         /  64          lab
             ✓● win31           running   26m  ▁▂▃▃▃▃▃▃  34    61   14/  16  :5902   dos
             ✓● win98           running    2d  ▂▄▅▆▅▆▆▆  71   148   96/ 128  :5903 2 lab


            ─┤ Marked ├─────────────────────────────────────────────────────────────────────
              7 marked   debian-mini, freedos, nt4, os2-warp, toyos, win31, win98

              Together   672 MB configured, 308 MB resident, 204% of one CPU
              Valid now  S  start                2    P  pause, resume  5
                         V  save state           5    B  power button   4
                         R  reset                5    T  turn off       5
                         X  discard saved state  1    D  delete         2
                         #  tags                 7

              freedos    486, 16 MB, screen 127.0.0.1:5901, no viewers
             14:28:03  ✖ toyos crashed: triple fault. Select it and press Enter.
             P pause 5  V save 5  B power 4  S start 2  T turn off 5  Esc unmark  ? help
            """)
    }

    @Test func searchingScreens() {
        let harness = Workday.harness()
        harness.send(.picture(Workday.id("win31"), Harness.text(["Windows", "C:\\WINDOWS>dir games"])))
        harness.press(.character("/"), .character("/"))
        harness.type("games")
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name ▾          State          On the screen
            ▸ ● freedos         running    3h  C:\\GAMES>
              ● win31           running   26m  C:\\WINDOWS>dir games







            ─┤ Summary ├─ Console ── Hardware ── Disks ── Log ── Load ──────────────────────
              Processor  486                          ┌ 80x25 ─────────────── rows 18-25 ─┐
              Memory     9 of 16 MB resident          │ Directory of C:\\GAMES             │
              CPU               ▁▁▁▁▁▁▁▁▁         1%  │                                   │
              MIPS              ▁▁▁▁▁▁▁▁▁          0  │KEEN1    EXE    51,190  12-14-90   │
              Disk              ▁▁▁▁▁▁▁▁▁     0 kB/s  │SOKOBAN  COM    11,776  02-02-89   │
              Screen     127.0.0.1:5901  no viewers   │README   TXT     2,048  03-14-96   │
              Disk hda   freedos.vhd                  │    3 file(s)      65,014 bytes    │
              Floppy A   empty                        │    1 dir(s)  412,303,360 bytes fre│
              CD hdc     fd13live.iso                 │C:\\GAMES>                          │
              Notes      Till software, do not reset  └───────────────────────────────────┘
             //games               2 of 7    text on the screens of machines that live
             Enter keep filter  Esc clear  Up Down select  Tab complete  F1 help
            """)
        harness.expectStyle(2, "SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSMMMMMSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS")
    }

    @Test func nothingMatches() {
        let harness = Workday.harness()
        harness.press(.character("/"))
        harness.type("lab2")
        #expect(harness.frame.lines[2] == "    Nothing matches lab2. Esc clears the filter.")
        #expect(harness.frame.lines[22].hasPrefix(" /lab2                 0 of 7"))
    }

    @Test func savedState() {
        let harness = Workday.harness()
        harness.press(.down, .down)
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name ▾          State          CPU        %  MIPS    Mem MB  Screen  Tags
              ● debian-mini     running   48s  ▂▅▇█▇███  98   212   71/ 256  :5905 1 linux
              ● freedos         running    3h  ▁▁▁▁▁▁▁▁   1     0    9/  16  :5901   dos
              ‖ nt4             paused    12m                      118/ 128  :5904 1 lab
            ▸ ◆ os2-warp        saved      6d                         /  64          ibm
              ✖ toyos           crashed    4m                         /  64          lab
              ● win31           running   26m  ▁▂▃▃▃▃▃▃  34    61   14/  16  :5902   dos
              ● win98           running    2d  ▂▄▅▆▅▆▆▆  71   148   96/ 128  :5903 2 lab


            ─┤ Summary ├─ Console ── Hardware ── Disks ── Log ── Load ──────────────────────
              Processor  486                          ┌ saved 8 March ────────────────────┐
              Memory     64 MB                        │ no picture yet                    │
              Saved      8 March, 29 MB               │                                   │
              Disk hda   os2-warp.vhd                 │                                   │
              Disk hdb   data.vhd                     │                                   │
              CD hdc     warp4.iso                    │                                   │
              Tags       ibm                          │                                   │
                                                      │                                   │
                                                      │                                   │
                                                      └───────────────────────────────────┘
             14:28:03  ✖ toyos crashed: triple fault. Select it and press Enter.
             Enter restore  X discard  C clone  D delete  E edit  : more  ? help
            """)
    }

    @Test func hardware() throws {
        let harness = Workday.harness()
        var configuration = MachineConfiguration(name: "freedos")
        configuration.memoryMiB = 16
        configuration.processor = .i486
        configuration.drives = [
            .init(slot: .hda, kind: .disk, path: "freedos.vhd"), .init(slot: .hdc, kind: .cd, path: "/images/fd13live.iso", readOnly: true),
            .init(slot: .fda, kind: .floppy, path: nil),
        ]
        configuration.serial = [.pty]
        let json = Array(try JSONEncoder().encode(configuration))
        harness.answer = { command in
            if case .configuration = command { .success(.configuration(json)) } else { .success(.done) }
        }
        harness.press(.character("]"), .character("]"))
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name ▾          State          CPU        %  MIPS    Mem MB  Screen  Tags
              ● debian-mini     running   48s  ▂▅▇█▇███  98   212   71/ 256  :5905 1 linux
            ▸ ● freedos         running    3h  ▁▁▁▁▁▁▁▁   1     0    9/  16  :5901   dos
              ‖ nt4             paused    12m                      118/ 128  :5904 1 lab
              ◆ os2-warp        saved      6d                         /  64          ibm
              ✖ toyos           crashed    4m                         /  64          lab
              ● win31           running   26m  ▁▂▃▃▃▃▃▃  34    61   14/  16  :5902   dos
              ● win98           running    2d  ▂▄▅▆▅▆▆▆  71   148   96/ 128  :5903 2 lab


            ── Summary ── Console ─┤ Hardware ├─ Disks ── Log ── Load ──────────────────────
              Processor  486
              Memory     16 MB
              Code cache 64 MB
              Boots from floppy, disk, CD
              Firmware   SeaBIOS
              Floppy A   empty
              Disk hda   freedos.vhd
              CD hdc     fd13live.iso, read-only
              COM1       pty
              Screen     automatic
             14:28:03  ✖ toyos crashed: triple fault. Select it and press Enter.
             Enter console  P pause  V save  B power  M media  E edit  : more  ? help
            """)
    }

    @Test func disks() {
        let harness = Workday.harness()
        harness.answer = { command in
            if case .inspect(let path, _, _) = command { .success(.image(Harness.report(path))) } else { .success(.done) }
        }
        harness.press(.character("]"), .character("]"), .character("]"))
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name ▾          State          CPU        %  MIPS    Mem MB  Screen  Tags
              ● debian-mini     running   48s  ▂▅▇█▇███  98   212   71/ 256  :5905 1 linux
            ▸ ● freedos         running    3h  ▁▁▁▁▁▁▁▁   1     0    9/  16  :5901   dos
              ‖ nt4             paused    12m                      118/ 128  :5904 1 lab
              ◆ os2-warp        saved      6d                         /  64          ibm
              ✖ toyos           crashed    4m                         /  64          lab
              ● win31           running   26m  ▁▂▃▃▃▃▃▃  34    61   14/  16  :5902   dos
              ● win98           running    2d  ▂▄▅▆▅▆▆▆  71   148   96/ 128  :5903 2 lab


            ── Summary ── Console ── Hardware ─┤ Disks ├─ Log ── Load ──────────────────────
              Disk hda   freedos.vhd                                   its folder
              Floppy A   empty
              CD hdc     fd13live.iso                                  /images







             14:28:03  ✖ toyos crashed: triple fault. Select it and press Enter.
             Enter console  P pause  V save  B power  M media  E edit  : more  ? help
            """)
    }

    @Test func load() {
        let harness = Workday.harness()
        for _ in 0..<5 { harness.press(.character("]")) }
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name ▾          State          CPU        %  MIPS    Mem MB  Screen  Tags
              ● debian-mini     running   48s  ▂▅▇█▇███  98   212   71/ 256  :5905 1 linux
            ▸ ● freedos         running    3h  ▁▁▁▁▁▁▁▁   1     0    9/  16  :5901   dos
              ‖ nt4             paused    12m                      118/ 128  :5904 1 lab
              ◆ os2-warp        saved      6d                         /  64          ibm
              ✖ toyos           crashed    4m                         /  64          lab
              ● win31           running   26m  ▁▂▃▃▃▃▃▃  34    61   14/  16  :5902   dos
              ● win98           running    2d  ▂▄▅▆▅▆▆▆  71   148   96/ 128  :5903 2 lab


            ── Summary ── Console ── Hardware ── Disks ── Log ─┤ Load ├─────────────────────
              CPU                                         ▁▁▁▁▁▁▁▁▁          1%     peak 1%
              MIPS                                        ▁▁▁▁▁▁▁▁▁           0      peak 0
              Disk read                                   ▁▁▁▁▁▁▁▁▁      0 kB/s      peak 0
              Disk write                                  ▁▁▁▁▁▁▁▁▁      0 kB/s      peak 0
              Interrupts                                  ▁▁▁▁▁▁▁▁▁       18 /s     peak 18
              Code cache 12.3 of 64.0 MB, 99% hits, 14 translations/s
              Exits/s       23,456  memory accesses, slow way
                             1,004  time slices used up
                               812  look-ups that failed

             14:28:03  ✖ toyos crashed: triple fault. Select it and press Enter.
             Enter console  P pause  V save  B power  M media  E edit  : more  ? help
            """)
    }

    @Test func consoleTab() {
        let harness = Workday.harness()
        harness.press(.character("]"))
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name ▾          State          CPU        %  MIPS    Mem MB  Screen  Tags
              ● debian-mini     running   48s  ▂▅▇█▇███  98   212   71/ 256  :5905 1 linux
            ▸ ● freedos         running    3h  ▁▁▁▁▁▁▁▁   1     0    9/  16  :5901   dos
              ‖ nt4             paused    12m                      118/ 128  :5904 1 lab
              ◆ os2-warp        saved      6d                         /  64          ibm
              ✖ toyos           crashed    4m                         /  64          lab
              ● win31           running   26m  ▁▂▃▃▃▃▃▃  34    61   14/  16  :5902   dos
              ● win98           running    2d  ▂▄▅▆▅▆▆▆  71   148   96/ 128  :5903 2 lab


            ── Summary ─┤ Console ├─ Hardware ── Disks ── Log ── Load ──────────────────────


             Directory of C:\\GAMES

            KEEN1    EXE    51,190  12-14-90
            SOKOBAN  COM    11,776  02-02-89
            README   TXT     2,048  03-14-96
                3 file(s)      65,014 bytes
                1 dir(s)  412,303,360 bytes free
            C:\\GAMES>
             14:28:03  ✖ toyos crashed: triple fault. Select it and press Enter.
             Enter console  P pause  V save  B power  M media  E edit  : more  ? help
            """)
        harness.expectStyle(13, "################################################################################")
    }

    @Test func discard() {
        let harness = Workday.harness()
        harness.press(.down, .down, .character("X"))
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name ▾          State          CPU        %  MIPS    Mem MB  Screen  Tags
              ● debian-mini     running   48s  ▂▅▇█▇███  98   212   71/ 256  :5905 1 linux
              ● freedos         running    3h  ▁▁▁▁▁▁▁▁   1     0    9/  16  :5901   dos
              ‖ nt4             paused    12m                      118/ 128  :5904 1 lab
            ▸ ◆ os2-warp        saved      6d                         /  64          ibm
              ✖ toyos           crashed    4m                         /  64          lab
              ● wi ┌ Discard the saved state of os2-warp ───────────────────────────┐ os
              ● wi │                                                                │ ab
                   │  os2-warp is off afterwards, as if its plug had been pulled.   │
                   │  What its guest had not written to disk is lost.               │
            ─┤ Sum │                                                                │ ──────
              Proc │  [▸Cancel ]  [ Discard ]                                       │ ────┐
              Memo │                                                                │     │
              Save └────────────────────────────────────────────────────────────────┘     │
              Disk hda   os2-warp.vhd                 │                                   │
              Disk hdb   data.vhd                     │                                   │
              CD hdc     warp4.iso                    │                                   │
              Tags       ibm                          │                                   │
                                                      │                                   │
                                                      │                                   │
                                                      └───────────────────────────────────┘
             14:28:03  ✖ toyos crashed: triple fault. Select it and press Enter.
             d discard  Tab buttons  Esc cancel
            """)
    }

    @Test func clone() {
        let harness = Workday.harness()
        harness.press(.down, .down, .character("C"))
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name ▾          State          CPU        %  MIPS    Mem MB  Screen  Tags
              ● debian-mini     running   48s  ▂▅▇█▇███  98   212   71/ 256  :5905 1 linux
              ● freedos         running    3h  ▁▁▁▁▁▁▁▁   1     0    9/  16  :5901   dos
              ‖ nt4             paused    12m                      118/ 128  :5904 1 lab
            ▸ ◆ os2-warp        saved      6d                         /  64          ibm
              ✖ to ┌ Clone os2-warp ────────────────────────────────────────────────┐ ab
              ● wi │                                                                │ os
              ● wi │  A full copy of the settings and of the disks in its folder.   │ ab
                   │  Its saved state comes along if all its disks do.              │
                   │                                                                │
            ─┤ Sum │  Name of the copy                                              │ ──────
              Proc │▸ [ os2-warp-2                       ]                          │ ────┐
              Memo │                                                                │     │
              Save │  [ Clone ]  [ Cancel ]                                         │     │
              Disk │                                                                │     │
              Disk └────────────────────────────────────────────────────────────────┘     │
              CD hdc     warp4.iso                    │                                   │
              Tags       ibm                          │                                   │
                                                      │                                   │
                                                      │                                   │
                                                      └───────────────────────────────────┘
             14:28:03  ✖ toyos crashed: triple fault. Select it and press Enter.
             Enter clone  Tab buttons  Ctrl-U clear  Esc cancel
            """)
    }

    @Test func delete() {
        let harness = Workday.harness()
        harness.answer = { command in
            if case .inspect(let path, _, _) = command { .success(.image(Harness.report(path))) } else { .success(.done) }
        }
        harness.press(.down, .down, .character("D"))
        harness.type("os2-wa")
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name ▾          State          CPU        %  MIPS    Mem MB  Screen  Tags
              ● debian-mini     running   48s  ▂▅▇█▇███  98   212   71/ 256  :5905 1 linux
              ● fr ┌ Delete os2-warp ───────────────────────────────────────────────┐ os
              ‖ nt │                                                                │ ab
            ▸ ◆ os │  os2-warp and everything in its folder move to the trash:      │ bm
              ✖ to │                                                                │ ab
              ● wi │    os2-warp.vhd         disk hda     402 MB                    │ os
              ● wi │    data.vhd             disk hdb     402 MB                    │ ab
                   │    its state            saved state  29 MB, 8 March            │
                   │                                                                │
            ─┤ Sum │  warp4.iso stays: it lies outside the folder.                  │ ──────
              Proc │  The trash keeps them until 21 March. u brings them back.      │ ────┐
              Memo │                                                                │     │
              Save │  Type os2-warp to confirm                                      │     │
              Disk │▸ [ os2-wa                           ]  2 letters to go         │     │
              Disk │                                                                │     │
              CD h │  [ Cancel ]  ( Delete )                                        │     │
              Tags │                                                                │     │
                   └────────────────────────────────────────────────────────────────┘     │
                                                      │                                   │
                                                      └───────────────────────────────────┘
             14:28:03  ✖ toyos crashed: triple fault. Select it and press Enter.
             Enter delete, once the name is complete  Tab buttons  Esc cancel
            """)
    }

    @Test func turnOffSeveral() {
        let harness = Workday.harness()
        harness.press(.character("a"), .character("T"))
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name ▾          State          CPU        %  MIPS    Mem MB  Screen  Tags
             ✓● debian-mini     running   48s  ▂▅▇█▇███  98   212   71/ 256  :5905 1 linux
            ▸✓● freedos         running    3h  ▁▁▁▁▁▁▁▁   1     0    9/  16  :5901   dos
             ✓‖ nt4             paused    12m                      118/ 128  :5904 1 lab
             ✓◆ os2-warp        saved      6d                         /  64          ibm
             ✓✖ to ┌ Turn off 5 machines ───────────────────────────────────────────┐ ab
             ✓● wi │                                                                │ os
             ✓● wi │  5 machines are turned off as if their plugs were pulled.      │ ab
                   │  What their guests have not written to disk is lost.           │
                   │  4 viewers are connected.                                      │
            ─┤ Mar │                                                                │ ──────
              7 ma │  debian-mini, freedos, nt4, win31, win98                       │
                   │                                                                │
              Toge │  [▸Cancel ]  [ Power buttons ]  [ Turn off ]                   │
              Vali │                                                                │
                   └────────────────────────────────────────────────────────────────┘
                         R  reset                5    T  turn off       5
                         X  discard saved state  1    D  delete         2
                         #  tags                 7

              freedos    486, 16 MB, screen 127.0.0.1:5901, no viewers
             14:28:03  ✖ toyos crashed: triple fault. Select it and press Enter.
             b press the power button  t turn off  Tab buttons  Esc cancel
            """)
    }

    @Test func tags() {
        let harness = Workday.harness()
        harness.press(.character("#"))
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name ▾          State          CPU        %  MIPS    Mem MB  Screen  Tags
              ● debian-mini     running   48s  ▂▅▇█▇███  98   212   71/ 256  :5905 1 linux
            ▸ ● freedos         running    3h  ▁▁▁▁▁▁▁▁   1     0    9/  16  :5901   dos
              ‖ nt4             paused    12m                      118/ 128  :5904 1 lab
              ◆ os2-warp        saved      6d                         /  64          ibm
              ✖ to ┌ Tags of freedos ───────────────────────────────────────────────┐ ab
              ● wi │                                                                │ os
              ● wi │  Words to find it by; the first one names its group.           │ ab
                   │                                                                │
                   │  With blanks between them                                      │
            ─┤ Sum │▸ [ dos                              ]                          │ ──────
              Proc │                                                                │ 25 ─┐
              Memo │  [ Set tags ]  [ Cancel ]                                      │     │
              CPU  │                                                                │     │
              MIPS └────────────────────────────────────────────────────────────────┘ 0   │
              Disk              ▁▁▁▁▁▁▁▁▁     0 kB/s  │SOKOBAN  COM    11,776  02-02-89   │
              Screen     127.0.0.1:5901  no viewers   │README   TXT     2,048  03-14-96   │
              Disk hda   freedos.vhd                  │    3 file(s)      65,014 bytes    │
              Floppy A   empty                        │    1 dir(s)  412,303,360 bytes fre│
              CD hdc     fd13live.iso                 │C:\\GAMES>                          │
              Notes      Till software, do not reset  └───────────────────────────────────┘
             14:28:03  ✖ toyos crashed: triple fault. Select it and press Enter.
             Enter set tags  Tab buttons  Ctrl-U clear  Esc cancel
            """)
    }

    @Test func quit() {
        let harness = Workday.harness()
        harness.press(.character("q"))
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name ▾          State          CPU        %  MIPS    Mem MB  Screen  Tags
              ● debian-mini     running   48s  ▂▅▇█▇███  98   212   71/ 256  :5905 1 linux
            ▸ ● fr ┌ Quit Vitrine ──────────────────────────────────────────────────┐ os
              ‖ nt │                                                                │ ab
              ◆ os │  5 machines live in this process and end with it.              │ bm
              ✖ to │                                                                │ ab
              ● wi │    ● debian-mini      71 MB   state is saved in about 1 s      │ os
              ● wi │    ● freedos           9 MB   state is saved in under 1 s      │ ab
                   │    ‖ nt4             118 MB   state is saved in about 1 s      │
                   │    ● win31            14 MB   state is saved in under 1 s      │
            ─┤ Sum │    ● win98            96 MB   state is saved in about 1 s      │ ──────
              Proc │                                                                │ 25 ─┐
              Memo │  308 MB to write at most. On the next start each machine goes  │     │
              CPU  │  on where it stood.                                            │     │
              MIPS │                                                                │ 0   │
              Disk │  [▸Save and quit ]  [ Power off ]  [ Turn off ]  [ Stay ]      │ 9   │
              Scre │                                                                │ 6   │
              Disk └────────────────────────────────────────────────────────────────┘     │
              Floppy A   empty                        │    1 dir(s)  412,303,360 bytes fre│
              CD hdc     fd13live.iso                 │C:\\GAMES>                          │
              Notes      Till software, do not reset  └───────────────────────────────────┘
             14:28:03  ✖ toyos crashed: triple fault. Select it and press Enter.
             s save and quit  p power buttons  t turn off  Esc stay
            """)
    }

    @Test func quitWhileStatesAreSaved() {
        let harness = Workday.harness()
        harness.answer = { _ in nil }
        harness.press(.character("q"), .character("s"))
        for name in ["debian-mini", "freedos", "nt4"] { harness.change(name) { $0.state = .saving } }
        harness.change("freedos") { $0.state = .saved }
        var job = JobSummary(
            id: JobID(rawValue: 1), kind: .save, machine: Workday.id("debian-mini"), subject: "debian-mini", started: Harness.noon, canCancel: true)
        (job.done, job.total) = (40 << 20, 71 << 20)
        harness.send(.keeper(.job(job)))
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs 1  5 Log   cpu 52%  mem 16%  14:32
                Name ▾          State          CPU        %  MIPS    Mem MB  Screen  Tags
              « debian-mini     saving    48s                       71/ 256  :5905 1 linux
            ▸ ◆ freedos         saved      3h                        9/  16  :5901   dos
              « nt4             saving    12m                      118/ 128  :5904 1 lab
              ◆ os ┌ Quit Vitrine ──────────────────────────────────────────────────┐ bm
              ✖ to │                                                                │ ab
              ● wi │  States are written; Vitrine quits after the last.             │ os
              ● wi │                                                                │ ab
                   │    « debian-mini      71 MB   ━━━━━━━━━━━─────────  56%        │
                   │    « nt4             118 MB   waits                            │
            ─┤ Sum │    ● win31            14 MB   waits                            │ ──────
              Proc │    ● win98            96 MB   waits                            │ 25 ─┐
              Memo │    ◆ freedos           9 MB   saved                            │     │
              Scre │                                                                │     │
              Disk │  [▸Stay ]                                                      │ 0   │
              Flop │                                                                │ 9   │
              CD h └────────────────────────────────────────────────────────────────┘ 6   │
              Notes      Till software, do not reset  │    3 file(s)      65,014 bytes    │
              On         for 3 h                      │    1 dir(s)  412,303,360 bytes fre│
              Tags       dos                          │C:\\GAMES>                          │
                                                      └───────────────────────────────────┘
             14:28:03  ✖ toyos crashed: triple fault. Select it and press Enter.
             Esc stop saving and stay
            """)
    }

    @Test func forty() {
        let harness = Workday.harness(40, 15)
        harness.change("freedos") { $0.powerDeadline = Harness.noon + 49 }
        harness.expect(
            """
             Vitrine                 cpu 52%  14:32
                Name ▾           State        CPU %
              ● debian-mini      running         98
            ▸ ● freedos          power 0:41       1
              ‖ nt4              paused
              ◆ os2-warp         saved
              ✖ toyos            crashed
              ● win31            running         34
              ● win98            running         71

            ─┤ freedos ├────────────────────────────
              9 of 16 MB   :5901   no viewers
              for 3 h   dos
             14:28:03  ✖ toyos crashed: triple fau…
             Enter console  P pause  : more  ? help
            """)
    }

    @Test func fortyDelete() {
        let harness = Workday.harness(40, 20)
        harness.press(.down, .down, .character("D"))
        harness.expect(
            """
             ┌ Delete os2-warp ───────────────────┐
             │                                    │
             │  os2-warp and everything in its    │
             │  folder move to the trash:         │
             │    os2-warp.vhd                    │
             │    data.vhd                        │
             │    its state  29 MB, 8 March       │
             │  warp4.iso stays: it lies outside  │
             │  the folder.                       │
             │  The trash keeps them until 21     │
             │  March. u brings them back.        │
             │  Type os2-warp to confirm          │
             │▸ [            ]  8 letters to go   │
             │                                    │
             │                                    │
             │  [ Cancel ]  ( Delete )            │
             │                                    │
             └────────────────────────────────────┘
             14:28:03  ✖ toyos crashed: triple fau…
             Tab buttons  Esc cancel
            """)
    }

    @Test func fortyQuit() {
        let harness = Workday.harness(40, 20)
        harness.press(.character("q"))
        harness.expect(
            """
             ┌ Quit Vitrine ──────────────────────┐
             │                                    │
             │  5 machines live in this process   │
             │  and end with it.                  │
             │    ● debian-mini  about 1 s        │
             │    ● freedos      under 1 s        │
             │    ‖ nt4          about 1 s        │
             │    ● win31        under 1 s        │
             │    ● win98        about 1 s        │
             │  308 MB to write at most. On the   │
             │  next start each machine goes on   │
             │  where it stood.                   │
             │                                    │
             │                                    │
             │  [▸Save and quit ]  [ Power off ]  │
             │  [ Turn off ]  [ Stay ]            │
             │                                    │
             └────────────────────────────────────┘
             14:28:03  ✖ toyos crashed: triple fau…
             s save and quit  t turn off  Esc stay
            """)
    }

    @Test func sixty() {
        Workday.harness(60, 24).expect(
            """
             Vitrine  1 Machines                cpu 52%  mem 16%  14:32
                Name ▾             State          CPU        %    Mem MB
              ● debian-mini        running   48s  ▂▅▇█▇███  98   71/ 256
            ▸ ● freedos            running    3h  ▁▁▁▁▁▁▁▁   1    9/  16
              ‖ nt4                paused    12m                118/ 128
              ◆ os2-warp           saved      6d                   /  64
              ✖ toyos              crashed    4m                   /  64
              ● win31              running   26m  ▁▂▃▃▃▃▃▃  34   14/  16
              ● win98              running    2d  ▂▄▅▆▅▆▆▆  71   96/ 128


            ─┤ Summary ├─ Console ── Hardware ── Disks ── Log ── Load ──
              Processor  486                          ┌ 80x25 ────────┐
              Memory     9 of 16 MB resident          │ Directory of C│
              CPU               ▁▁▁▁▁▁▁▁▁         1%  │               │
              MIPS              ▁▁▁▁▁▁▁▁▁          0  │KEEN1    EXE   │
              Disk              ▁▁▁▁▁▁▁▁▁     0 kB/s  │SOKOBAN  COM   │
              Screen     127.0.0.1:5901  no viewers   │README   TXT   │
              Disk hda   freedos.vhd                  │    3 file(s)  │
              Floppy A   empty                        │    1 dir(s)  4│
              CD hdc     fd13live.iso                 │C:\\GAMES>      │
              Notes      Till software, do not reset  └───────────────┘
             14:28:03  ✖ toyos crashed: triple fault. Select it and pr…
             Enter console  P pause  V save  B power  : more  ? help
            """)
    }

    @Test func hundred() {
        Workday.harness(100, 30).expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log                         cpu 52%  mem 16%  14:32
                Name ▾                         State          CPU        %  MIPS    Mem MB  Screen  Tags
              ● debian-mini                    running   48s  ▂▅▇█▇███  98   212   71/ 256  :5905 1 linux
            ▸ ● freedos                        running    3h  ▁▁▁▁▁▁▁▁   1     0    9/  16  :5901   dos
              ‖ nt4                            paused    12m                      118/ 128  :5904 1 lab
              ◆ os2-warp                       saved      6d                         /  64          ibm
              ✖ toyos                          crashed    4m                         /  64          lab
              ● win31                          running   26m  ▁▂▃▃▃▃▃▃  34    61   14/  16  :5902   dos
              ● win98                          running    2d  ▂▄▅▆▅▆▆▆  71   148   96/ 128  :5903 2 lab





            ─┤ Summary ├─ Console ── Hardware ── Disks ── Log ── Load ──────────────────────────────────────────
              Processor  486                          ┌ 80x25 ─────────────────────────────────── rows 15-25 ─┐
              Memory     9 of 16 MB resident          │                                                       │
              CPU               ▁▁▁▁▁▁▁▁▁         1%  │                                                       │
              MIPS              ▁▁▁▁▁▁▁▁▁          0  │                                                       │
              Disk              ▁▁▁▁▁▁▁▁▁     0 kB/s  │ Directory of C:\\GAMES                                 │
              Screen     127.0.0.1:5901  no viewers   │                                                       │
              Disk hda   freedos.vhd                  │KEEN1    EXE    51,190  12-14-90                       │
              Floppy A   empty                        │SOKOBAN  COM    11,776  02-02-89                       │
              CD hdc     fd13live.iso                 │README   TXT     2,048  03-14-96                       │
              Notes      Till software, do not reset  │    3 file(s)      65,014 bytes                        │
              On         for 3 h                      │    1 dir(s)  412,303,360 bytes free                   │
              Tags       dos                          │C:\\GAMES>                                              │
                                                      └───────────────────────────────────────────────────────┘
             14:28:03  ✖ toyos crashed: triple fault. Select it and press Enter.
             Enter console  P pause  V save  B power  M media  E edit  : more  ? help
            """)
    }

    @Test func hundredAndTwenty() {
        Workday.harness(120, 30).expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log    7 machines, 4 running, 1 paused          cpu 52%  mem 16%  14:32
            ─┤ Machines ├────────────────────────────────────────────────┬─ ● freedos  80x25 ─ Enter types into it ─────────────────
                Name ▾             State          CPU        %    Mem MB │
              ● debian-mini        running   48s  ▂▅▇█▇███  98   71/ 256 │
            ▸ ● freedos            running    3h  ▁▁▁▁▁▁▁▁   1    9/  16 │
              ‖ nt4                paused    12m                118/ 128 │
              ◆ os2-warp           saved      6d                   /  64 │
              ✖ toyos              crashed    4m                   /  64 │
              ● win31              running   26m  ▁▂▃▃▃▃▃▃  34   14/  16 │
              ● win98              running    2d  ▂▄▅▆▅▆▆▆  71   96/ 128 │
                                                                         │
                                                                         │
                                                                         │
                                                                         │
            ─┤ Summary ├─ Console ── Hardware ── Disks ── Log ── Load ───┤
              Processor  486                                             │
              Memory     9 of 16 MB resident                             │
              CPU                                  ▁▁▁▁▁▁▁▁▁         1%  │
              MIPS                                 ▁▁▁▁▁▁▁▁▁          0  │
              Disk                                 ▁▁▁▁▁▁▁▁▁     0 kB/s  │ Directory of C:\\GAMES
              Screen     127.0.0.1:5901  no viewers                      │
              Disk hda   freedos.vhd                                     │KEEN1    EXE    51,190  12-14-90
              Floppy A   empty                                           │SOKOBAN  COM    11,776  02-02-89
              CD hdc     fd13live.iso                                    │README   TXT     2,048  03-14-96
              Notes      Till software, do not reset                     │    3 file(s)      65,014 bytes
              On         for 3 h                                         │    1 dir(s)  412,303,360 bytes free
              Tags       dos                                             │C:\\GAMES>
                                                                         │
             14:28:03  ✖ toyos crashed: triple fault. Select it and press Enter.
             Enter console  P pause  V save  B power  M media  E edit  : more  ? help
            """)
    }

    @Test func twoHundred() {
        let harness = Workday.harness(200, 60)
        harness.press(.home)
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log    7 machines, 4 running, 1 paused                                                                                          cpu 52%  mem 16%  14:32
            ─┤ Machines ├────────────────────────────────────────────────────────────────────────────────────┬─ ● freedos  80x25 ─ Enter types into it ─────────────────────────────────────────────────────────────
                Name ▾             State           CPU        %  Speed    MIPS  Disk       kB/s      Mem MB  │
            ─ dos  2 machines, 2 running ────────────────────────────────────────────────────────────────────┤
            ▸ ● freedos            running     3h  ▁▁▁▁▁▁▁▁   1  ▁▁▁▁▁▁▁▁    0  ▁▁▁▁▁▁▁▁      0      9/  16  │
              ● win31              running    26m  ▁▂▃▃▃▃▃▃  34  ▁▃▄▅▄▅▅▅   61  ▁▁▁▁▁▁▁▁     18     14/  16  │
            ─ ibm  1 machine ────────────────────────────────────────────────────────────────────────────────┤
              ◆ os2-warp           saved       6d                                                     /  64  │
            ─ lab  3 machines, 1 running ────────────────────────────────────────────────────────────────────┤
              ‖ nt4                paused     12m                                                  118/ 128  │
              ✖ toyos              crashed     4m                                                     /  64  │
              ● win98              running     2d  ▂▄▅▆▅▆▆▆  71  ▂▅▇█▇███  148  ▃▂▁▁▁▁▁▁    410     96/ 128  │
            ─ linux  1 machine, 1 running ───────────────────────────────────────────────────────────────────┤
              ● debian-mini        running    48s  ▂▅▇█▇███  98  ▂▅▇█▇███  212  ▇▄▂▁▂▁▁▁  1,204     71/ 256  │
                                                                                                             │
                                                                                                             │
                                                                                                             │
                                                                                                             │
                                                                                                             │
                                                                                                             │            Directory of C:\\GAMES
                                                                                                             │
                                                                                                             │           KEEN1    EXE    51,190  12-14-90
                                                                                                             │           SOKOBAN  COM    11,776  02-02-89
                                                                                                             │           README   TXT     2,048  03-14-96
                                                                                                             │               3 file(s)      65,014 bytes
                                                                                                             │               1 dir(s)  412,303,360 bytes free
                                                                                                             │           C:\\GAMES>
                                                                                                             │
                                                                                                             │
            ─┤ Summary ├─ Console ── Hardware ── Disks ── Log ── Load ───────────────────────────────────────┤
              Processor  486                                                                                 ├─ Last events ────────────────────────────────────────────────────────────────────────────────────────
              Memory     9 of 16 MB resident                                                                 │  none since Vitrine started
              CPU                                                   ▁▁▁▁▁▁▁▁▁         1%            peak 1%  │
              MIPS                                                  ▁▁▁▁▁▁▁▁▁          0             peak 0  │
              Disk                                                  ▁▁▁▁▁▁▁▁▁     0 kB/s             peak 0  │
              Screen     127.0.0.1:5901  no viewers                                                          │
              Disk hda   freedos.vhd                                                                         │
              Floppy A   empty                                                                               │
              CD hdc     fd13live.iso                                                                        │
              Notes      Till software, do not reset                                                         │
              On         for 3 h                                                                             │
              Tags       dos                                                                                 │
              Code cache 12.3 of 64.0 MB, 99% hits, 14 translations/s                                        │
              Exits/s       23,456  memory accesses, slow way                                                │
                             1,004  time slices used up                                                      │
                               812  look-ups that failed                                                     │
                                                                                                             │
                                                                                                             │
                                                                                                             │
                                                                                                             │
                                                                                                             │
                                                                                                             │
                                                                                                             │
                                                                                                             │
                                                                                                             │
                                                                                                             │
                                                                                                             │
                                                                                                             │
             14:28:03  ✖ toyos crashed: triple fault. Select it and press Enter.
             Enter console  P pause  V save  B power  M media  E edit  : more  ? help
            """)
    }
}
