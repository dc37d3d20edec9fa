import Contract
import Screens
import TUI
import Testing

/// Whole screens as a person sees them, and the keys that lead there.
@Suite struct GoldenScreenTests {
    private let freedos = MachineID(rawValue: "freedos"), toyos = MachineID(rawValue: "toyos")

    /// freedos selected, eight seconds of figures, its screen known, a crash in the log.
    private func workday() -> Harness {
        let harness = Harness()
        harness.press(.down)
        for _ in 0..<8 { harness.wait(1) }
        harness.send(.picture(freedos, Harness.text((0..<25).map { "row \($0 + 1)" }, cursor: (5, 24))))
        harness.send(.keeper(.log(LogEntry(time: Harness.noon - 237, level: .error, machine: toyos, text: "toyos crashed: triple fault."))))
        return harness
    }

    @Test func list() {
        let harness = workday()
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name ▾          State          CPU        %  MIPS    Mem MB  Screen  Tags
              ● debian-mini     running   56s  ████████  98   212   71/ 256  :5905 1 linux
            ▸ ● freedos         running    3h  ▁▁▁▁▁▁▁▁   1     0    9/  16  :5901   dos
              ‖ nt4             paused    12m                      118/ 128  :5904   lab
              ■ os2-warp        off                                   /  64          ibm
              ✖ toyos           crashed    4m                         /  64          lab




            ─┤ Summary ├─ Console ── Hardware ── Disks ── Log ── Load ──────────────────────
              Processor  486                          ┌ 80x25 ─────────────── rows 18-25 ─┐
              Memory     9 of 16 MB resident          │row 18                             │
              CPU               ▁▁▁▁▁▁▁▁▁         1%  │row 19                             │
              MIPS              ▁▁▁▁▁▁▁▁▁          0  │row 20                             │
              Screen     127.0.0.1:5901  no viewers   │row 21                             │
              Disk hda   freedos.vhd                  │row 22                             │
              Floppy A   empty                        │row 23                             │
              CD hdc     fd13live.iso                 │row 24                             │
              Notes      Till software, do not reset  │row 25                             │
              Tags       dos                          └───────────────────────────────────┘
             14:28:03  ✖ toyos crashed: triple fault. Select it and press Enter.
             Enter console  P pause  V save  B power  M media  E edit  : more  ? help
            """)
        harness.expectStyle(0, " aaaaaaa SSSSSSSSSSSS mmmmmm  mmmmmm  mmmmmm  mmmmm     mmmmmmm  mmmmmmm  mmmmm")
        harness.expectStyle(2, "  g                 ggggggg   mmm  33333333                              mmmmm")
        harness.expectStyle(3, String(repeating: "S", count: 80))
        harness.expectStyle(6, "  e                 eeeeeee    mm                                        mmm")
        harness.expectStyle(13, "  mmmmmm                                  r###################################r")
        harness.expectStyle(22, " mmmmmmmm  e " + String(repeating: "m", count: 55))
    }

    @Test func firstStart() {
        let harness = Harness(machines: Harness.samples)
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name            State          CPU        %  MIPS    Mem MB  Screen  Tags
            ▸ ■ showcase        off                                   /  16          sample

            ─ Samples to fetch ──────────────── from the Debian archive, signature checked ─
                memtest86+      Tests memory, runs at once            0.1 MB from Debian 12
                linux           Debian's kernel and a BusyBox shell    53 MB from Debian 12
                debian-setup    The Debian 12 installer, in text      105 MB from Debian 12



            ─┤ showcase ├───────────────────────────────────────────────────────────────────
              A small PC of our own. It boots in a second from a floppy image and
              shows text modes, VGA graphics, keyboard, mouse, timer and speaker.

              Enter   starts it. Its screen fills this terminal, and you can type.
              Ctrl-]  then q brings you back here; the machine keeps running.
              N       makes a machine from your own floppy, CD or disk image.
              ?       explains every key on the screen you are looking at.

              Any VNC viewer on this host sees the same screens, from port 5900 up.

             Machines live in ~/.local/share/vitrine. Nothing was downloaded.
             Enter start  N new machine  , settings  t theme  : more  ? help  q quit
            """)
        harness.expectStyle(4, "rmmmmmmmmmmmmmmmmmmrrrrrrrrrrrrrrrrmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmr")
    }

    @Test func fetchInProgress() {
        let harness = Harness(machines: Harness.samples)
        harness.answer = { _ in nil }
        harness.press(.down, .down, .enter)
        harness.change("linux") { $0.state = .starting }
        harness.send(
            .keeper(
                .fetch(
                    FetchProgress(
                        machine: MachineID(rawValue: "linux"), phase: .downloading, bytes: 28 << 20, total: 53 << 20, message: "downloading"))))
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name            State          CPU        %  MIPS    Mem MB  Screen  Tags
              ■ showcase        off                                   /  16          sample

            ─ Samples to fetch ──────────────── from the Debian archive, signature checked ─
                memtest86+      Tests memory, runs at once            0.1 MB from Debian 12
            ▸ » linux           downloading          ━━━━━━━━────────  52%  28.0 of 53.0 MB
                debian-setup    The Debian 12 installer, in text      105 MB from Debian 12



            ─┤ linux ├──────────────────────────────────────────────────────────────────────
              Debian's kernel and a BusyBox shell. poweroff switches it off.

              downloading
              ━━━━━━━━━━━━━━━━━━━━━───────────────────  52%  28.0 of 53.0 MB

              Ctrl-C  cancels. Nothing of it is kept.
              It starts by itself and its screen opens when everything is here.



             Machines live in ~/.local/share/vitrine.
             Ctrl-C cancel the fetch  N new machine  5 log  t theme  : more  ? help  q quit
            """)
    }

    @Test func theArchiveCannotBeReached() {
        let harness = Harness(machines: Harness.samples)
        harness.press(.down, .down)
        let why = "the package archive is not reachable. Check the network. (Temporary failure resolving deb.vm.example)"
        harness.send(
            .keeper(.fetch(FetchProgress(machine: MachineID(rawValue: "linux"), phase: .failed, bytes: 0, total: nil, message: why))))
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name            State          CPU        %  MIPS    Mem MB  Screen  Tags
              ■ showcase        off                                   /  16          sample

            ─ Samples to fetch ──────────────── from the Debian archive, signature checked ─
                memtest86+      Tests memory, runs at once            0.1 MB from Debian 12
            ▸   linux                                  the package archive is not reachable
                debian-setup    The Debian 12 installer, in text      105 MB from Debian 12



            ─┤ linux ├──────────────────────────────────────────────────────────────────────
              Debian's kernel and a BusyBox shell. poweroff switches it off.

              ✖ the package archive is not reachable. Check the network. (Temporary
              failure resolving deb.vm.example)

              Enter   tries again, once this host has a network.
              Ctrl-]  then q brings you back here; the machine keeps running.
              N       makes a machine from your own floppy, CD or disk image.
              ?       explains every key on the screen you are looking at.

             ✖ linux: the package archive is not reachable. Check the network. (Temporary …
             Enter fetch and start  N new machine  , settings  t theme  ? help  q quit
            """)
    }

    @Test func wide() {
        let harness = Harness(120, 40)
        harness.press(.down)
        for _ in 0..<8 { harness.wait(1) }
        harness.send(
            .picture(freedos, Harness.text((0..<25).map { "row \($0 + 1) of a text mode that is eighty columns wide, to its end" }, cursor: (5, 24))))
        harness.send(.keeper(.log(LogEntry(time: Harness.noon - 60, level: .info, machine: freedos, text: "started"))))
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log    5 machines, 2 running, 1 paused          cpu 52%  mem 16%  14:32
            ─┤ Machines ├────────────────────────────────────────────────┬─ ● freedos  80x25 ─ Enter types into it ─────────────────
                Name ▾             State          CPU        %    Mem MB │row 1 of a text mode that is eighty columns wide, to its e
              ● debian-mini        running   56s  ████████  98   71/ 256 │row 2 of a text mode that is eighty columns wide, to its e
            ▸ ● freedos            running    3h  ▁▁▁▁▁▁▁▁   1    9/  16 │row 3 of a text mode that is eighty columns wide, to its e
              ‖ nt4                paused    12m                118/ 128 │row 4 of a text mode that is eighty columns wide, to its e
              ■ os2-warp           off                             /  64 │row 5 of a text mode that is eighty columns wide, to its e
              ✖ toyos              crashed    4m                   /  64 │row 6 of a text mode that is eighty columns wide, to its e
                                                                         │row 7 of a text mode that is eighty columns wide, to its e
                                                                         │row 8 of a text mode that is eighty columns wide, to its e
                                                                         │row 9 of a text mode that is eighty columns wide, to its e
                                                                         │row 10 of a text mode that is eighty columns wide, to its
                                                                         │row 11 of a text mode that is eighty columns wide, to its
                                                                         │row 12 of a text mode that is eighty columns wide, to its
                                                                         │row 13 of a text mode that is eighty columns wide, to its
                                                                         │row 14 of a text mode that is eighty columns wide, to its
                                                                         │row 15 of a text mode that is eighty columns wide, to its
                                                                         │row 16 of a text mode that is eighty columns wide, to its
                                                                         │row 17 of a text mode that is eighty columns wide, to its
            ─┤ Summary ├─ Console ── Hardware ── Disks ── Log ── Load ───┤row 18 of a text mode that is eighty columns wide, to its
              Processor  486                                             │row 19 of a text mode that is eighty columns wide, to its
              Memory     9 of 16 MB resident                             │row 20 of a text mode that is eighty columns wide, to its
              CPU                                  ▁▁▁▁▁▁▁▁▁         1%  │row 21 of a text mode that is eighty columns wide, to its
              MIPS                                 ▁▁▁▁▁▁▁▁▁          0  │row 22 of a text mode that is eighty columns wide, to its
              Screen     127.0.0.1:5901  no viewers                      │row 23 of a text mode that is eighty columns wide, to its
              Disk hda   freedos.vhd                                     │row 24 of a text mode that is eighty columns wide, to its
              Floppy A   empty                                           │row 25 of a text mode that is eighty columns wide, to its
              CD hdc     fd13live.iso                                    │
              Notes      Till software, do not reset                     │
              Tags       dos                                             ├─ Last events ────────────────────────────────────────────
              Code cache 12.3 of 64.0 MB, 99% hits, 14 translations/s    │  14:31:00   started
              Exits/s       23,456  memory accesses, slow way            │
                             1,004  time slices used up                  │
                               812  look-ups that failed                 │
                               812  to code without a link yet           │
                                                                         │
                                                                         │
                                                                         │
             14:31:00  freedos: started
             Enter console  P pause  V save  B power  M media  E edit  : more  ? help
            """)
    }

    @Test func console() {
        let harness = workday()
        harness.press(.enter)
        harness.expect(
            """
            row 3
            row 4
            row 5
            row 6
            row 7
            row 8
            row 9
            row 10
            row 11
            row 12
            row 13
            row 14
            row 15
            row 16
            row 17
            row 18
            row 19
            row 20
            row 21
            row 22
            row 23
            row 24
            row 25
             ● freedos   Ctrl-] q leaves   Ctrl-] ? menu           rows 3-25 of 25, 2 above
            """)
        #expect(harness.frame.cursor == Point(5, 22))
    }

    @Test func hostKeyMenu() {
        let harness = workday()
        harness.press(.enter, .control("]"))
        harness.wait(0.4)
        #expect(!harness.screen.contains("then"))
        harness.wait(0.2)
        harness.expect(
            """
            row 3
            row 4
            row 5
            r ┌ Ctrl-] then ───────────────────────┐
            r │▸ q       leave, it keeps running   │
            r │  Del     send Ctrl-Alt-Del         │
            r │  s       send another key          │
            r │  left    previous machine          │
            r │  right   next machine              │
            r │  p       pause                     │
            r │  b       press the power button    │
            r │  r       reset, asks first         │
            r │  m       change CD or floppy       │
            r │  c       select and copy text      │
            r │  v       paste as typing           │
            r │  PgUp    scrollback                │
            r │  up      show the rows above       │
            r │  down    show the rows below       │
            r │  g       picture to a file         │
            r │  Ctrl-]  send Ctrl-] itself        │
            r └────────────────────────────────────┘
            row 24
            row 25
             ● freedos   Esc back to the guest; keys typed now stay here    rows 3-25 of 25
            """)
        harness.press(.character("s"))
        harness.expect(
            """
            row 3
            row 4
            row 5
            r ┌ Ctrl-] then ───────────────────────┐
            r │  q       leave, it keeps running   │
            r │  Del     send Ctrl-Alt-Del         │   ┌ Send key ────────────────────┐
            r │▸ s       send another key          │   │▸ a  Ctrl-Alt-Del             │
            r │  left    previous machine          │   │  b  Ctrl-Alt-Backspace       │
            r │  right   next machine              │   │  e  Ctrl-Esc                 │
            r │  p       pause                     │   │  t  Alt-Tab                  │
            r │  b       press the power button    │   │  4  Alt-F4                   │
            r │  r       reset, asks first         │   │  f  F1 to F12            ›   │
            r │  m       change CD or floppy       │   │  c  Ctrl-Alt-F1 to F12   ›   │
            r │  c       select and copy text      │   │  p  Print Screen             │
            r │  v       paste as typing           │   │  y  Alt-SysRq and a letter   │
            r │  PgUp    scrollback                │   │  k  Pause                    │
            r │  up      show the rows above       │   │  n  Ctrl-Break               │
            r │  down    show the rows below       │   │  w  Windows key              │
            r │  g       picture to a file         │   │  m  Menu key                 │
            r │  Ctrl-]  send Ctrl-] itself        │   │  h  hold Ctrl, Alt, Shift ›  │
            r └────────────────────────────────────┘   │  x  type any key name        │
            row 24                                     └──────────────────────────────┘
            row 25
             ● freedos   Esc back to the menu                               rows 3-25 of 25
            """)
    }

    @Test func deleteAsksForTheName() {
        let harness = workday()
        harness.press(.down, .down, .character("D"))
        harness.type("os2-wa")
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name ▾          State          CPU        %  MIPS    Mem MB  Screen  Tags
              ● debian-mini     running   56s  ████████  98   212   71/ 256  :5905 1 linux
              ● freedos         running    3h  ▁▁▁▁▁▁▁▁   1     0    9/  16  :5901   dos
              ‖ nt ┌ Delete os2-warp ───────────────────────────────────────────────┐ ab
            ▸ ■ os │                                                                │ bm
              ✖ to │  os2-warp and everything in its folder move to the trash:      │ ab
                   │                                                                │
                   │    os2-warp.vhd         disk hda                               │
                   │    data.vhd             disk hdb                               │
                   │                                                                │
            ─┤ Sum │  The trash keeps them until 21 March. u brings them back.      │ ──────
              Proc │                                                                │ ────┐
              Memo │  Type os2-warp to confirm                                      │     │
              Disk │▸ [ os2-wa                           ]  2 letters to go         │     │
              Disk │                                                                │     │
              Tags │  [ Cancel ]  ( Delete )                                        │     │
                   │                                                                │     │
                   └────────────────────────────────────────────────────────────────┘     │
                                                      │                                   │
                                                      │                                   │
                                                      └───────────────────────────────────┘
             14:28:03  ✖ toyos crashed: triple fault. Select it and press Enter.
             Enter delete, once the name is complete  Tab buttons  Esc cancel
            """)
    }

    @Test func quitWithMachinesRunning() {
        let harness = workday()
        harness.press(.character("q"))
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name ▾          State          CPU        %  MIPS    Mem MB  Screen  Tags
              ● debian-mini     running   56s  ████████  98   212   71/ 256  :5905 1 linux
            ▸ ● freedos         running    3h  ▁▁▁▁▁▁▁▁   1     0    9/  16  :5901   dos
              ‖ nt ┌ Quit Vitrine ──────────────────────────────────────────────────┐ ab
              ■ os │                                                                │ bm
              ✖ to │  3 machines live in this process and end with it.              │ ab
                   │                                                                │
                   │    ● debian-mini      71 MB   state is saved in about 1 s      │
                   │    ● freedos           9 MB   state is saved in under 1 s      │
                   │    ‖ nt4             118 MB   state is saved in about 1 s      │
            ─┤ Sum │                                                                │ ──────
              Proc │  198 MB to write at most. On the next start each machine goes  │ 25 ─┐
              Memo │  on where it stood.                                            │     │
              CPU  │                                                                │     │
              MIPS │  [▸Save and quit ]  [ Power off ]  [ Turn off ]  [ Stay ]      │     │
              Scre │                                                                │     │
              Disk └────────────────────────────────────────────────────────────────┘     │
              Floppy A   empty                        │row 23                             │
              CD hdc     fd13live.iso                 │row 24                             │
              Notes      Till software, do not reset  │row 25                             │
              Tags       dos                          └───────────────────────────────────┘
             14:28:03  ✖ toyos crashed: triple fault. Select it and press Enter.
             s save and quit  p power buttons  t turn off  Esc stay
            """)
    }

    @Test func log() {
        let harness = workday()
        harness.press(.character("5"))
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
              Time       Machine         Event
            ▸ 14:28:03 ✖ toyos           toyos crashed: triple fault.














            ─┤ toyos, 14:28:03 ├────────────────────────────────────────────────────────────
              toyos crashed: triple fault.


              Enter shows its report.
             1 event, no filter                                                   following
             Enter report  / filter  n N next error  y copy  W to file  ? help  q back
            """)
    }

    @Test func crashReport() {
        let harness = workday()
        harness.press(.end, .enter)
        harness.expect(
            """
             toyos crashed    14:28:00
            ─┤ Report ├─────────────────────────────────────────────────────────────────────
              Triple fault at 0008:C0101F3A.
              EAX=00000000 EBX=00000001















            ─┤ What now ├───────────────────────────────────────────────────────────────────
              S starts it again; this report stands here until then.
              E changes its settings. Its disks were closed cleanly.

             S start again  E edit  Up Down scroll  ? help  q back
            """)
    }

    @Test func narrow() {
        Harness(40, 15).expect(
            """
             Vitrine                 cpu 52%  14:32
                Name ▾           State        CPU %
            ▸ ● debian-mini      running         98
              ● freedos          running          1
              ‖ nt4              paused
              ■ os2-warp         off
              ✖ toyos            crashed



            ─┤ debian-mini ├────────────────────────
              71 of 256 MB   :5905   1 viewer
              for 48 s   linux
             Machines live in ~/.local/share/vitri…
             Enter console  P pause  : more  ? help
            """)
    }

    @Test func tooSmallGoesOn() {
        let harness = Harness(36, 9)
        harness.expect(
            """

              Vitrine needs 40 x 12
              this is       36 x 9

              3 machines run on.
              Make the window larger,
              or press q to quit.
            """)
        harness.press(.down)
        #expect(harness.model.selected != freedos)
    }
}
