import Screens
import TUI
import Testing

/// The wall and the load screen, whole.
@Suite struct GoldenWallTests {
    @Test func fourGuests() {
        let harness = WallTests.four()
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
            ┤ ● debian-mini ├───────── 98%  :5901 ─┬─ ● freedos ──────────────── 1%  :5902 ─
            [    0.15] line 15 of a boot that is lo│C:\\>cd games
            [    0.16] line 16 of a boot that is lo│
            [    0.17] line 17 of a boot that is lo│C:\\GAMES>_
            [    0.18] line 18 of a boot that is lo│
            [    0.19] line 19 of a boot that is lo│
            [    0.20] line 20 of a boot that is lo│
            [    0.21] line 21 of a boot that is lo│
            [    0.22] line 22 of a boot that is lo│
            [    0.23] line 23 of a boot that is lo│
            ~ # _                                  │
            ─ ● win31 ──────────────── 34%  :5903 ─┼─ ‖ winnt  paused ─────────── -  :5904 ─
                                                   │A paused guest
                                                   │
                                                   │
                                                   │
                             ▀▀▀▀                  │
                             ▀▀▀▀                  │
                                                   │
                                                   │
                                                   │
                                                   │
             Enter zoom  Arrows move  + _ tile size  / choose  P pause  ? help  q back
            """)
        harness.expectStyle(1, "ragaaaaaaaaaaaaarrrrrrrrrrmmmmmmmmmmmmrrrmgmmmmmmmmmrrrrrrrrrrrrrrrrmmmmmmmmmmmr")
        harness.expectStyle(2, "#######################################r########################################")
        harness.expectStyle(12, "rmgmmmmmmmrrrrrrrrrrrrrrrrmmmmmmmmmmmmrrrmymmmmmmmmmmmmmmmrrrrrrrrrrrmmmmmmmmmmr")
        harness.expectStyle(17, "                 ####                  r########################################")
        harness.expectStyle(23, " kkkkk mmmm  kkkkkk mmmm  kkk mmmmmmmmm  k mmmmmm  k mmmmm  k mmmm  k mmmm")
    }

    @Test func twoGuests() {
        let harness = WallTests.many(2)
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
            ┤ ● vm1 ├───────────────────────── 1% ─┬─ ● vm2 ─────────────────────────── 2% ─
            screen 1                               │screen 2
            _                                      │_
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
                                                   │
                                                   │
                                                   │
                                                   │
                                                   │
                                                   │
                                                   │
             Enter zoom  Arrows move  + _ tile size  / choose  P pause  ? help  q back
            """)
        harness.expectStyle(1, "ragaaaaarrrrrrrrrrrrrrrrrrrrrrrrrrmmmmrrrmgmmmmmrrrrrrrrrrrrrrrrrrrrrrrrrrrmmmmr")
    }

    @Test func nineGuests() {
        let harness = WallTests.many(9)
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 52%  mem 16%  14:32
            ┤ ● vm1 ├──────────── 1% ─┬─ ● vm2 ───────────── 2% ─┬─ ● vm3 ───────────── 3% ─
            screen 1                  │screen 2                  │screen 3
            _                         │_                         │_
                                      │                          │
                                      │                          │
                                      │                          │
                                      │                          │
            ─ ● vm4 ───────────── 4% ─┼─ ● vm5 ───────────── 5% ─┼─ ● vm6 ───────────── 6% ─
            screen 4                  │screen 5                  │screen 6
            _                         │_                         │_
                                      │                          │
                                      │                          │
                                      │                          │
                                      │                          │
            ─ ● vm7 ───────────── 7% ─┼─ ● vm8 ───────────── 8% ─┼─ ● vm9 ───────────── 9% ─
            screen 7                  │screen 8                  │screen 9
            _                         │_                         │_
                                      │                          │
                                      │                          │
                                      │                          │
                                      │                          │
                                      │                          │
             Enter zoom  Arrows move  + _ tile size  / choose  P pause  ? help  q back
            """)
        harness.expectStyle(1, "ragaaaaarrrrrrrrrrrrrmmmmrrrmgmmmmmrrrrrrrrrrrrrmmmmrrrmgmmmmmrrrrrrrrrrrrrmmmmr")
        harness.expectStyle(8, "rmgmmmmmrrrrrrrrrrrrrmmmmrrrmgmmmmmrrrrrrrrrrrrrmmmmrrrmgmmmmmrrrrrrrrrrrrrmmmmr")
    }

    @Test func fourGuestsWhole() {
        let harness = WallTests.four(200, 60)
        expectLeft(
            harness, 100,
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log
            ┤ ● debian-mini ├───────────────────────────────────────────────────────────────────── 98%  :5901 ─┬
                                                                                                               │
                     [    0.0] line 0 of a boot that is long enough for a tile                                 │
                     [    0.1] line 1 of a boot that is long enough for a tile                                 │
                     [    0.2] line 2 of a boot that is long enough for a tile                                 │
                     [    0.3] line 3 of a boot that is long enough for a tile                                 │
                     [    0.4] line 4 of a boot that is long enough for a tile                                 │
                     [    0.5] line 5 of a boot that is long enough for a tile                                 │
                     [    0.6] line 6 of a boot that is long enough for a tile                                 │
                     [    0.7] line 7 of a boot that is long enough for a tile                                 │
                     [    0.8] line 8 of a boot that is long enough for a tile                                 │
                     [    0.9] line 9 of a boot that is long enough for a tile                                 │
                     [    0.10] line 10 of a boot that is long enough for a tile                               │
                     [    0.11] line 11 of a boot that is long enough for a tile                               │
                     [    0.12] line 12 of a boot that is long enough for a tile                               │
                     [    0.13] line 13 of a boot that is long enough for a tile                               │
                     [    0.14] line 14 of a boot that is long enough for a tile                               │
                     [    0.15] line 15 of a boot that is long enough for a tile                               │
            """)
    }

    @Test func oneGuestInFortyColumns() {
        let harness = WallTests.many(3, 40, 15)
        harness.expect(
            """
             Vitrine                 cpu 52%  14:32
            ┤ ● vm1 ├────────────────────────── 1% ─
            screen 1
            _










             ? help  q back            1 of 3, PgDn
            """)
        harness.expectStyle(1, "ragaaaaarrrrrrrrrrrrrrrrrrrrrrrrrrrmmmmr")
        harness.expectStyle(14, " k mmmm  k mmmm            mmmmmmmmmmmm")
    }

    @Test func load() {
        let harness = LoadTests.busy()
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log     cpu 61%  mem 16%  14:33
            ─┤ Host ├───────────────────────────────────────────────────── 4 CPUs, 3904 MB ─
                                                ⢀ ⡆   ⡄⢸  ⡀⢠ ⡇ ⢀ ⡆   ⡄⢰  ⡀⢠ ⡇ ⢀ ⡆   ⡄⢰   ⢠
                                               ⡇⢸⢀⡇⡆⢸ ⡇⣼⢰ ⡇⢸⢠⡇⡇⢸⢀⡇⡆⢸ ⡇⣸⢰ ⡇⢸⢠⡇⡇⢸⢀⡇⡄⢸ ⡇⣸⢰ ⡇⢸⢠
                                             ⢸⢠⡇⣿⢸⣇⡇⣼⢸⡇⣿⣸⢰⡇⣿⢸⣧⡇⣾⢸⣇⡇⣼⢸⡇⣿⣸⢰⡇⣿⢸⣧⡇⣾⢸⡇⡇⣼⢸⡇⣿⣸⢰⡇⣿⢸
                                             ⢸⢸⣧⣿⣾⣿⡇⣿⣼⣿⣿⣿⣸⣷⣿⣿⣿⣇⣿⣾⣿⡇⣿⣼⣿⣿⣿⣸⣧⣿⣿⣿⣇⣿⣾⣿⡇⣿⣼⣷⣿⣿⣸⣧⣿⣿
             CPU   61% now   100% peak
            ─┤ CPU ├─ Memory ── Disk ─────────────────────────────────────────── every 1 s ─
                Name              used%▾   MIPS  trans/s  exits/s   irq/s    hit%  cache MB
            ▸ ● debian-mini          57     212        -        -       -       -         -
              ● freedos               1       0       14   26,084       -      99      12.3
              ‖ nt4                   -       -        -        -       -       -         -
              ✖ toyos                 -       -        -        -       -       -         -

                Sum                  58     212       14   26,084                      12.3


            ─┤ debian-mini ├──────────────────────────────────────────────────── last 60 s ─
              ⢠⣤⣿  ⢀⣀⣶⡆   ⣤⣴⣶  ⢀⣠⣤⣿⡇  ⣀⣶⡆   ⢠⣴⣶  ⢀⣀⣤    ⣀⣰⡆  ⢀⣠⣤⣿   ⣀⣶⡆   ⢠⣴⣶  ⢀⣀⣤⣿⡇  ⣀⣰⡆
             ⣿⣿⣿⣿⣤⣴⣾⣿⣿⣇⣠⣤⣿⣿⣿⣿⣤⣶⣾⣿⣿⣿⣧⣼⣿⣿⣿⣇⣀⣶⣿⣿⣿⣿⣤⣴⣾⣿⣿⣀⣠⣤⣿⣿⣿⣇⣀⣶⣾⣿⣿⣿⣤⣼⣿⣿⣿⣇⣰⣶⣿⣿⣿⣿⣤⣶⣾⣿⣿⣿⣧⣼⣿⣿⣿⣇⣀⣶
             ⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿
             CPU   57% used   70% mean              MIPS    212 now     212 mean

             Enter console  o sort  c m d panel  i interval  W to file  ? help  q back
            """)
        harness.expectStyle(2, "                                    2 3   33  23 3 2 3   33  23 3 2 3   23   3")
        harness.expectStyle(3, "                                   222322 332 2323222322 332 2323222322 232 232")
        harness.expectStyle(8, "    mmmm              mmmmmm   mmmm  mmmmmmm  mmmmmmm   mmmmm    mmmm  mmmmmmmm")
        harness.expectStyle(9, "SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS")
        harness.expectStyle(10, "  g                                                         m")
        harness.expectStyle(11, "  y                       m       m        m        m       m       m         m")
        harness.expectStyle(18, "  223  2233   233  22233  233   233  223    233  2223   233   233  22333  233")
    }

    @Test func loadWide() {
        let harness = LoadTests.busy(120, 30)
        harness.expect(
            """
             Vitrine  1 Machines  2 Wall  3 Load  4 Jobs  5 Log                                             cpu 61%  mem 16%  14:33
            ─┤ Host ├───────────────────────────────────────────────────────────────────────────────────────────── 4 CPUs, 3904 MB ─
                                                                                        ⢀ ⡆   ⡀⢰   ⢠ ⡇ ⢀ ⡆   ⡀⢰   ⢠ ⡇   ⡄   ⡀⢰   ⢠
                                                                                       ⡆⢸ ⡇⡀⢰ ⡇⢸⢠ ⡇⢸⢀⡇⡆⢸ ⡇⡀⢰ ⡇⢸⢠ ⡇⢸ ⡇⡄⢸ ⡇⡀⢰ ⡇⢸⢠ ⡇⢸
                                                                                     ⢠ ⡇⣸⢰⡇⡇⢸⢠⡇⣿⢸⢀⡇⣾⢸⡇⡇⣸⢰⡇⡇⢸⢠⡇⣿⢸ ⡇⣼⢸⡇⡇⣸⢰⡇⡇⢸⢠⡇⣿⢸ ⡇⣼⢸
                                                                                     ⢸⢰⡇⣿⢸⣧⡇⣿⢸⣇⣿⣾⢸⡇⣿⣸⣷⡇⣿⢸⣧⡇⣿⢸⡇⣿⣼⢸⡇⣿⣸⣷⡇⣿⢸⣧⡇⣿⢸⡇⣿⣼⢸⡇⣿⣸
                                                                                     ⢸⢸⣧⣿⣿⣿⣇⣿⣾⣿⣿⣿⣸⣷⣿⣿⣿⣧⣿⣿⣿⡇⣿⣼⣿⣿⣿⣸⣷⣿⣿⣿⣧⣿⣿⣿⡇⣿⣼⣿⣿⣿⣸⣷⣿⣿
             CPU   61% now   100% peak
            ─┤ CPU ├─ Memory ── Disk ─────────────────────────────────────────────────────────────────────────────────── every 1 s ─
                Name                             used%▾   MIPS  trans/s  exits/s   irq/s    hit%  cache MB   CPU %
            ▸ ● debian-mini                         57     212        -        -       -       -         -   ▆▇█▅▆▇█▄▅▆▇█▄▅▆▇█▅▆▇█▄▅
              ● freedos                              1       0       14   26,084       -      99      12.3   ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
              ‖ nt4                                  -       -        -        -       -       -         -   ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
              ✖ toyos                                -       -        -        -       -       -         -

                Sum                                 58     212       14   26,084                      12.3







            ─┤ debian-mini ├──────────────────────────────────────────────────────────────────────────────────────────── last 60 s ─
               ⣤⣤⣿⣿    ⣀⣀⣶⣶      ⣤⣤⣶⣶    ⣀⣠⣤⣼⣿⡇   ⢀⣀⣰⣶⡆     ⢠⣤⣴⣶⡆   ⢀⣀⣠⣤      ⣀⣀⣶⣶    ⣀⣀⣤⣤⣿⣿    ⣀⣀⣶⣶     ⢠⣤⣴⣶⡆   ⢀⣀⣠⣤⣼⣿⡇   ⢀⣀⣰⣶⡆
             ⣿⣿⣿⣿⣿⣿⣤⣤⣶⣶⣿⣿⣿⣿⣀⣀⣤⣤⣿⣿⣿⣿⣿⣿⣤⣤⣶⣶⣿⣿⣿⣿⣿⣧⣤⣼⣿⣿⣿⣿⣿⣇⣀⣰⣶⣾⣿⣿⣿⣿⣿⣧⣤⣴⣶⣾⣿⣿⣿⣀⣀⣤⣤⣿⣿⣿⣿⣿⣿⣀⣀⣶⣶⣿⣿⣿⣿⣿⣿⣤⣤⣿⣿⣿⣿⣿⣿⣀⣰⣶⣾⣿⣿⣿⣿⣿⣧⣤⣴⣶⣾⣿⣿⣿⣿⣿⣧⣤⣼⣿⣿⣿⣿⣿⣇⣀⣰⣶
             ⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿
             CPU   57% used   70% mean                                  MIPS    212 now     212 mean

             Enter console  o sort  c m d panel  i interval  W to file  ? help  q back
            """)
        harness.expectStyle(9, "    mmmm                             mmmmmm   mmmm  mmmmmmm  mmmmmmm   mmmmm    mmmm  mmmmmmmm   mmmmm")
        harness.expectStyle(
            10, "SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS")
        harness.expectStyle(
            11, "  g                                                                        m                     11111111111111111111111")
    }

    @Test func loadInFortyColumns() {
        let harness = LoadTests.busy(40, 15)
        harness.expect(
            """
             Vitrine                 cpu 61%  14:33
            ─┤ CPU ├─ Memory ── Disk ─── every 1 s ─
                Name         used%▾   MIPS  trans/s
            ▸ ● debian-mi…      57     212        -
              ● freedos          1       0       14
              ‖ nt4              -       -        -
              ✖ toyos            -       -        -

                Sum             58     212       14





             Enter console  o sort  ? help  q back
            """)
        harness.expectStyle(1, "rraaaaarrmmmmmmmmrrmmmmmmrrrmmmmmmmmmmmr")
    }

    /// The left part of the first rows; the rest is more of the same.
    private func expectLeft(_ harness: Harness, _ width: Int, _ expected: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let lines = expected.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let shown = harness.frame.lines.prefix(lines.count).map { line in
            var line = String(line.prefix(width))
            while line.last == " " { line.removeLast() }
            return line
        }
        #expect(shown == lines, "got:\n\(shown.joined(separator: "\n"))", sourceLocation: sourceLocation)
    }
}
