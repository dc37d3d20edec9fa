import Testing
import vitrine_bench

@Suite struct TableTests {
    @Test func textStandsInColumns() {
        let table = Table(
            head: ["CPU seconds", "native", "Vitrine"], rows: [["gzip~", "0.010", "1.000"], ["mean of cpu", "", "100.00"], ["xz", "FAIL 127", ""]])
        #expect(
            table.text == """
                CPU seconds    native  Vitrine
                gzip~           0.010    1.000
                mean of cpu             100.00
                xz           FAIL 127

                """)
    }

    @Test func markdownKeepsWhatMeansSomethingThere() {
        #expect(
            Table(head: ["a|b", "c"], rows: [["gzip~", "1"]]).markdown == """
                | a\\|b | c |
                |---|--:|
                | gzip\\~ | 1 |

                """)
    }

    @Test func aComparisonIsFiguresRatiosAndWhatTheySumUpTo() {
        func pass(_ rows: [(String, Double, String)]) -> Pass {
            var pass = Pass()
            pass.rows = rows.map { Row(name: $0.0, group: "cpu", cpu: $0.1, wall: $0.1, digest: $0.2) }
            return pass
        }
        let comparison = Comparison(
            [.native, .qemu, .vitrine],
            [
                .native: [pass([("gzip", 0.1, "a"), ("xz", 0.02, "b"), ("awk", 0.2, "c")])],
                .qemu: [pass([("gzip", 0.8, "a"), ("xz", 0.1, "b"), ("awk", 1, "c")])],
                .vitrine: [pass([("gzip", 0.2, "a"), ("xz", 0.08, "x"), ("awk", 0.5, "c")])],
            ])
        #expect(
            comparison.table("CPU seconds", digits: 3).text == """
                CPU seconds         native   QEMU  Vitrine  QEMU/native  Vitrine/native  QEMU/Vitrine
                gzip                 0.100  0.800    0.200         8.00            2.00          4.00
                xz~                  0.020  0.100    WRONG         5.00               -             -
                awk                  0.200  1.000    0.500         5.00            2.50          2.00
                total of 2           0.300  1.800    0.700         6.00            2.33          2.57
                mean of cpu                                        5.85            2.24          2.83
                worst, without jit                            gzip 8.00        awk 2.50      awk 2.00

                """)
    }
}
