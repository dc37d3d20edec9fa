import Contract
import TUI
import Testing

@testable import Screens

extension Harness {
    /// The text plane, a line `--`, then the style plane.
    func expectPlanes(_ expected: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let frame = frame
        let planes = (frame.lines + ["--"] + frame.styleLines).joined(separator: "\n")
        #expect(planes == expected, "got:\n\(planes)", sourceLocation: sourceLocation)
    }
}

/// The palette, help, settings, jobs and log as a person sees them.
@Suite struct FindingGoldenTests {
    private let freedos = MachineID(rawValue: "freedos"), toyos = MachineID(rawValue: "toyos")

    private func workday(_ width: Int = 80, _ height: Int = 24) -> Harness {
        let harness = Harness(width, height)
        harness.press(.down)
        harness.send(.keeper(.log(LogEntry(time: Harness.noon - 237, level: .error, machine: toyos, text: "toyos crashed: triple fault."))))
        return harness
    }

    @Test func palette() {
        let harness = workday()
        harness.press(.character(":"))
        harness.type("st")
        harness.expectPlanes(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Name ▾          State          CPU        %  MIPS    Mem MB  Screen  Tags
              ● de ┌ Command ──────────────────────────────────────────── 19 of 71 ─┐ inux
            ▸ ● fr │ : st                                                           │ os
              ‖ nt │────────────────────────────────────────────────────────────────│ ab
              ■ os │▸ Save state                   V  F7   freedos                  │ bm
              ✖ to │  Console, start or report     Enter   freedos                  │ ab
                   │  Settings                     ,                                │
                   │  Select the one above         Up  k                            │
                   │  Select the one below         Down  j                          │
                   │  Sort by the next column      o                                │
            ─┤ Sum │  Turn off                     T       freedos                  │ ──────
              Proc │  Last                         End  G                           │ ────┐
              Memo │  First                        Home  g                          │     │
              CPU  │────────────────────────────────────────────────────────────────│     │
              MIPS │ Writes memory and devices to disk, then turns the machine off. │     │
              Scre └────────────────────────────────────────────────────────────────┘     │
              Disk hda   freedos.vhd                  │                                   │
              Floppy A   empty                        │                                   │
              CD hdc     fd13live.iso                 │                                   │
              Notes      Till software, do not reset  │                                   │
              Tags       dos                          └───────────────────────────────────┘
             14:28:03  ✖ toyos crashed: triple fault. Select it and press Enter.
             Enter run  Up Down choose  Tab complete  Esc close
            --
            mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm
            mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm
            mmmmmm raaaaaaaaarrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrmmmmmmmmmmrr mmmmmm
            mmmmmm r a                                                              r mmmmmm
            mmmmmm rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr mmmmmm
            mmmmmm rSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSr mmmmmm
            mmmmmm r           MM                  kkkkk   mmmmmmm                  r mmmmmm
            mmmmmm r  M M                          k                                r mmmmmm
            mmmmmm r  M    M                       kkkkk                            r mmmmmm
            mmmmmm r  M    M                       kkkkkkk                          r mmmmmm
            mmmmmm r  M  M                         k                                r mmmmmm
            mmmmmm r                               k       mmmmmmm                  r mmmmmm
            mmmmmm r    MM                         kkkkkk                           r mmmmmm
            mmmmmm r     MM                        kkkkkkk                          r mmmmmm
            mmmmmm rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr mmmmmm
            mmmmmm r mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm r mmmmmm
            mmmmmm rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr mmmmmm
            mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm
            mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm
            mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm
            mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm
            mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm
            mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm
             kkkkk mmm  kkkkkkk mmmmmm  kkk mmmmmmmm  kkk mmmmm
            """)
    }

    @Test func paletteAt40() {
        let harness = workday(40, 15)
        harness.press(.character(":"))
        harness.expectPlanes(
            """
             Vitrine                 cpu 52%  14:32
                Name ▾           State        CPU %
              ┌ Command ──────────────────── 71 ─┐
            ▸ │ :                                │
              │──────────────────────────────────│
              │▸ Console, start or report Enter  │
              │  Select the one above     Up  k  │
              │  Select the one below     Down  j│
              │──────────────────────────────────│
              │ Its console while it runs, its … │
            ─ └──────────────────────────────────┘ ─
              9 of 16 MB   :5901   no viewers
              for 3 h   dos
             14:28:03  ✖ toyos crashed: triple fau…
             Enter run  Tab complete  Esc close
            --
            mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm
            mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm
            m raaaaaaaaarrrrrrrrrrrrrrrrrrrrmmmmrr m
            m r a                                r m
            m rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr m
            m rSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSr m
            m r                           kkkkk  r m
            m r                           kkkkkkkr m
            m rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr m
            m r mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm r m
            m rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr m
            mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm
            mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm
            mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm
             kkkkk mmm  kkk mmmmmmmm  kkk mmmmm
            """)
    }

    @Test func helpOfMachines() {
        let harness = workday()
        harness.press(.character("?"))
        harness.expectPlanes(
            """
             Help     Machines                                      / searches   Esc closes
            ─┤ Look ├───────────────────────────────────────────────────────────────────────
              Enter         console, start or report  y             copy its address
              j  k          select; or Down, Up       :  Ctrl-P     every command
              g  G          first, last               t  ,          themes, settings
              PgUp  PgDn    page up, down             ?  F1         help
              [  ]          detail tab                q  F10        back, or quit
              1 to 5        views                     Ctrl-Y        picture of this screen
              Space  a      mark, mark all            Ctrl-L        draw everything again
              /             filter                    Ctrl-Z        suspend
              o  O          sort by, reverse          Ctrl-C        cancel job, or quit
              +  _          larger, smaller
            ─┤ Act ├─────────────────────────────────────────────────────────── on freedos ─
              S  F5         start       runs already  K             send keys
              P  F6         pause, resume             N  Ins        new machine
              V  F7         save state                E  F2         edit
              B  F8         power button              C             clone     turn off first
              T             turn off                  D  Del        delete    turn off first
              R             reset                     #             tags
              X             discard saved state not…  u  Ctrl-R     undo, redo
              M  F4         change CD, floppy
            ─┤ Reading the list ├───────────────────────────────────────────────────────────
             4 more lines below
             / search  PgDn more  : every command  Esc close
            --
             aaaa                                                   mmmmmmmmmmmmmmmmmmmmmmm
            rrmmmmmmrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr
              kkkkk                                   k
              kkkk                                    kkkkkkkkk
              kkkk                                    kkkk
              kkkkkkkkkk                              kkkkk
              kkkk                                    kkkkkk
              kkkkkk                                  kkkkkk
              kkkkkkkk                                kkkkkk
              k                                       kkkkkk
              kkkk                                    kkkkkk
              kkkk
            rrmmmmmrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrmmmmmmmmmmmmr
              kkkkk         mmmmm       mmmmmmmmmmmm  k
              kkkkk                                   kkkkkk
              kkkkk                                   kkkkk
              kkkkk                                   k             mmmmm     mmmmmmmmmmmmmm
              k                                       kkkkkk        mmmmmm    mmmmmmmmmmmmmm
              k                                       k
              k             mmmmmmmmmmmmmmmmmmm mmmm  kkkkkkkkk
              kkkkk
            rrmmmmmmmmmmmmmmmmmmrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr
             mmmmmmmmmmmmmmmmmm
             k mmmmmm  kkkk mmmm  k mmmmmmmmmmmmm  kkk mmmmm
            """)
    }

    @Test func helpOfTheLogSearched() {
        let harness = workday()
        harness.press(.character("5"), .character("?"), .character("/"))
        harness.type("error")
        harness.expectPlanes(
            """
             Help     Log                                           / searches   Esc closes
            ─┤ Look ├───────────────────────────────────────────────────────────────────────
              Enter         its machine or report     :  Ctrl-P     every command
              j  k          select; or Down, Up       t  ,          themes, settings
              g  G          first, last               ?  F1         help
              PgUp  PgDn    page up, down             q  F10        back, or quit
              1 to 5        views                     Ctrl-Y        picture of this screen
              /             filter                    Ctrl-L        draw everything again
              n  N          next, previous error      Ctrl-Z        suspend
              f             follow the newest         Ctrl-C        cancel job, or quit
              y             copy the line
            ─┤ Act ├────────────────────────────────────────────────────────────────────────
              W             write to a file           u  Ctrl-R     undo, redo
            ─┤ Reading the page ├───────────────────────────────────────────────────────────
              ✖ error   ! warning   Times are local; the newest stands last.







             /error                                                                 2 lines
             Enter keep  Up Down next match  Esc clear
            --
             aaaa                                                   mmmmmmmmmmmmmmmmmmmmmmm
            rrmmmmmmrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr
              kkkkk                                   kkkkkkkkk
              kkkk                                    kkkk
              kkkk                                    kkkkk
              kkkkkkkkkk                              kkkkkk
              kkkkkk                                  kkkkkk
              k                                       kkkkkk
              kkkk                         MMMMM      kkkkkk
              k                                       kkkkkk
              k
            rrmmmmmrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr
              k                                       kkkkkkkkk
            rrmmmmmmmmmmmmmmmmmmrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr
                MMMMM







             a                                                                      mmmmmmm
             kkkkk mmmm  kkkkkkk mmmmmmmmmm  kkk mmmmm
            """)
    }

    @Test func settings() {
        let harness = workday()
        harness.model.take(KeyFile(Array("save = F12\n".utf8)))
        harness.press(.character(","), .right, .down, .down)
        harness.expectPlanes(
            """
             Settings                                                 kept in settings.json
            ─┤ How Vitrine looks and behaves ├──────────────────────────────────────────────
              Glyphs          ‹ unicode    ›
              Colour          ‹ auto       ›
            ▸ Reduce motion   ‹ off        ›
              Figures every   ‹ 1 s        ›
              Host key        Ctrl-]
              Bell            ‹ off        ›
              Language        ‹ auto       ›

            ─┤ Keys ├───────────────────────────────────────────────── action, keys, where ─
              Console, start or report  Enter              everywhere
              Select the one above      Up  k              everywhere
              Select the one below      Down  j            everywhere
              First                     Home  g            everywhere
              Last                      End  G             everywhere
              Page up                   PgUp  Ctrl-U       everywhere
              Page down                 PgDn  Ctrl-D       everywhere
              Tile to the left          Left  h            wall
            ─┤ Reduce motion ├──────────────────────────────────────────────────────────────
              Figures every 5 s, percent in place of bars. At once.


             Left Right change  Del as at first  Up Down choose  ? help  Esc back
            --
             aaaaaaaa                                                 mmmmmmmmmmmmmmmmmmmmm
            rraaaaaaaaaaaaaaaaaaaaaaaaaaaaaaarrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr
              mmmmmm
              mmmmmm
            SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS
              mmmmmmmmmmmmm
              mmmmmmmm        kkkkkk
              mmmm
              mmmmmmmm

            rrmmmmmmrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrmmmmmmmmmmmmmmmmmmmmmr
                                        kkkkk              mmmmmmmmmm
                                        kkkkk              mmmmmmmmmm
                                        kkkkkkk            mmmmmmmmmm
                                        kkkkkkk            mmmmmmmmmm
                                        kkkkkk             mmmmmmmmmm
                                        kkkkkkkkkkkk       mmmmmmmmmm
                                        kkkkkkkkkkkk       mmmmmmmmmm
                                        kkkkkkk            mmmm
            rrmmmmmmmmmmmmmmmrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr



             kkkkkkkkkk mmmmmm  kkk mmmmmmmmmmm  kkkkkkk mmmmmm  k mmmm  kkk mmmm
            """)
    }

    @Test func settingsWithAClash() {
        let harness = workday()
        harness.press(.character(","))
        for _ in 0..<11 { harness.press(.down) }
        harness.press(.enter, .character("t"))
        harness.expectPlanes(
            """
             Settings                                                 kept in settings.json
            ─┤ How Vitrine looks and behaves ├──────────────────────────────────────────────
              Glyphs          ‹ auto       ›
              Colour          ‹ auto       ›
              Reduce motion   ‹ off        ›
              Figures every   ‹ 1 s        ›
              Host key        Ctrl-]
              Bell            ‹ off        ›
              Language        ‹ auto       ›

            ─┤ Keys ├───────────────────────────────────────────────── action, keys, where ─
              Console, start or report  Enter              everywhere
              Select the one above      Up  k              everywhere
              Select the one below      Down  j            everywhere
              First                     Home  g            everywhere
            ▸ Last                      End  G             everywhere
              Page up                   PgUp  Ctrl-U       everywhere
              Page down                 PgDn  Ctrl-D       everywhere
              Tile to the left          Left  h            wall
            ─┤ Key for: last ├──────────────────────────────────────────────────────────────
              ✖ t is theme (themes) already; last stays as it is.


             Enter another key  Del the old one back  Up Down choose  ? help  Esc back
            --
             aaaaaaaa                                                 mmmmmmmmmmmmmmmmmmmmm
            rraaaaaaaaaaaaaaaaaaaaaaaaaaaaaaarrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr
              mmmmmm
              mmmmmm
              mmmmmmmmmmmmm
              mmmmmmmmmmmmm
              mmmmmmmm        kkkkkk
              mmmm
              mmmmmmmm

            rrmmmmmmrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrmmmmmmmmmmmmmmmmmmmmmr
                                        kkkkk              mmmmmmmmmm
                                        kkkkk              mmmmmmmmmm
                                        kkkkkkk            mmmmmmmmmm
                                        kkkkkkk            mmmmmmmmmm
            SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS
                                        kkkkkkkkkkkk       mmmmmmmmmm
                                        kkkkkkkkkkkk       mmmmmmmmmm
                                        kkkkkkk            mmmm
            rrmmmmmmmmmmmmmmmrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr
              eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee


             kkkkk mmmmmmmmmmm  kkk mmmmmmmmmmmmmmmm  kkkkkkk mmmmmm  k mmmm  kkk mmmm
            """)
    }

    private func busy() -> Harness {
        let harness = workday()
        func job(_ id: Int, _ kind: JobSummary.Kind, _ machine: String, _ change: (inout JobSummary) -> Void) -> JobSummary {
            var job = JobSummary(
                id: JobID(rawValue: id), kind: kind, machine: MachineID(rawValue: machine), subject: machine, started: Harness.noon - 3,
                canCancel: true)
            change(&job)
            return job
        }
        func ended(_ phase: JobSummary.Phase, _ seconds: Double, _ message: String) -> (inout JobSummary) -> Void {
            { ($0.phase, $0.started, $0.ended, $0.message) = (phase, Harness.noon - seconds - 4, Harness.noon - seconds, message) }
        }
        harness.send(
            .keeper(
                .jobs([
                    job(7, .save, "freedos") { ($0.phase, $0.message) = (.queued, "waits for the clone") },
                    job(1, .save, "nt4", ended(.done, 780, "118 MB written, 41 MB on disk")),
                    job(2, .fetch, "memtest86+", ended(.done, 1200, "0.1 MB, signature good")),
                    job(3, .restore, "os2-warp", ended(.failed, 2200, "the saved state is of 64 MB, the machine has 32")),
                    job(4, .clone, "freedos", ended(.cancelled, 90_000, "cancelled at 40%")),
                ])))
        for second in 0...4 {
            harness.model.now = Harness.noon + Double(second)
            harness.send(
                .keeper(
                    .job(
                        job(6, .clone, "os2-warp") {
                            ($0.done, $0.total, $0.message) = (UInt64(second * 64) << 20, 412 << 20, "os2-warp.vhd to os2-test")
                        })))
        }
        return harness
    }

    @Test func jobs() {
        let harness = busy()
        harness.press(.character("4"))
        harness.expectPlanes(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs 2  5 Log   cpu 52%  mem 16%  14:32
                Job                On            Progress                      MB/s    Left
            ▸ » Clone              os2-warp      ━━━━━━━━━━━━────────  62%       64     3 s
              · Save state         freedos       waits for the clone                 queued

            ─ Finished ─────────────────────────────────────────────────── kept for 7 days ─
              ✓ Save state         nt4           118 MB written, 41 MB on disk        14:19
              ✓ Fetch sample       memtest86+    0.1 MB, signature good               14:12
              ✖ Restore state      os2-warp      the saved state is of 64 MB, the m…  13:55
              ‖ Clone              freedos       cancelled at 40%                    13 Mar


            ─┤ Clone os2-warp ├─────────────────────────────────────────────────────────────
              Machine    os2-warp, off
              Now        os2-warp.vhd to os2-test
              Done       256.0 of 412.0 MB
              Rate                   ████   64.0 MB/s
              Started    14:31:57, 7 s ago
              Cancel     removes the half-made copy; the original is only read



             Jobs go on while you work. Quitting asks about them.
             Ctrl-C cancel job  Enter open machine  / filter  : more  ? help  q back
            --
             aaaaaaa  mmmmmmmmmm  mmmmmm  mmmmmm SSSSSSSSSS mmmmm   mmmmmmm  mmmmmmm  mmmmm
                mmm                mm            mmmmmmmm                      mmmm    mmmm
            SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS
              m                                  mmmmmmmmmmmmmmmmmmm                 mmmmmm

            rmmmmmmmmmmrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrmmmmmmmmmmmmmmmmmr
              g                                  mmmmmmmmmmmmmmmmmmmmmmmmmmmmm        mmmmm
              g                                  mmmmmmmmmmmmmmmmmmmmmm               mmmmm
              e                                  eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee  mmmmm
              m                                  mmmmmmmmmmmmmmmm                    mmmmmm


            rrmmmmmmmmmmmmmmmmrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr
              mmmmmmm
              mmm
              mmmm
              mmmm                   3333
              mmmmmmm
              mmmmmm



             mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm
             kkkkkk mmmmmmmmmm  kkkkk mmmmmmmmmmmm  k mmmmmm  k mmmm  k mmmm  k mmmm
            """)
    }

    @Test func jobsEmpty() {
        let harness = workday()
        harness.press(.character("4"))
        harness.expectPlanes(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
                Job                On            Progress                      MB/s    Left
                No jobs. Long work, such as cloning or saving, shows up here.



















             Jobs go on while you work. Quitting asks about them.
             1 machines  : more  ? help  q back
            --
             aaaaaaa  mmmmmmmmmm  mmmmmm  mmmmmm SSSSSSSS mmmmm     mmmmmmm  mmmmmmm  mmmmm
                mmm                mm            mmmmmmmm                      mmmm    mmmm
                mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm



















             mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm
             k mmmmmmmm  k mmmm  k mmmm  k mmmm
            """)
    }

    @Test func logFiltered() {
        let harness = workday()
        for (seconds, level, machine, text): (Double, LogEntry.Level, String?, String) in [
            (200, .info, "freedos", "Started by you"), (190, .warning, nil, "Disk holding the library is 91% full, 21 GB left"),
            (100, .info, "debian-mini", "Started by you"), (40, .info, "nt4", "Paused by you"),
        ] {
            let id = machine.map { MachineID(rawValue: $0) }
            harness.send(.keeper(.log(LogEntry(time: Harness.noon - seconds, level: level, machine: id, text: text))))
        }
        harness.press(.character("5"), .character("/"))
        harness.type("by you")
        harness.press(.up)
        harness.expectPlanes(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
              Time       Machine         Event
              14:28:40   freedos         Started by you
            ▸ 14:30:20   debian-mini     Started by you
              14:31:20   nt4             Paused by you












            ─┤ debian-mini, 14:30:20 ├──────────────────────────────────────────────────────
              Started by you


              Enter goes to debian-mini, which is running now.
             /by you                                                3 of 5    machine, text
             Enter keep filter  Up Down select  F1 help  Esc clear
            --
             aaaaaaa  mmmmmmmmmm  mmmmmm  mmmmmm  mmmmmm SSSSSSS    mmmmmmm  mmmmmmm  mmmmm
              mmmm       mmmmmmm         mmmmm
              mmmmmmmm   mmmmmmm                 MMMMMM
            SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS
              mmmmmmmm   mmm                    MMMMMM












            rrmmmmmmmmmmmmmmmmmmmmmmmrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr



              mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm
             a                                                      mmmmmmmmmmmmmmmmmmmmmmm
             kkkkk mmmmmmmmmmm  kkkkkkk mmmmmm  kk mmmm  kkk mmmmm
            """)
    }
}
