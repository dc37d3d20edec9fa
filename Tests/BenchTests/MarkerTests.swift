import Testing
import vitrine_bench

@Suite struct MarkerTests {
    @Test(
        arguments: [
            ("bench: reached", .reached), ("bench: start gzip", .start("gzip")), ("bench: end gzip", .end("gzip")), ("bench: done", .done),
            ("bench: fault", .fault),
            (
                "bench: row gzip cpu 0.2231 0.2300 0 0638f17c:1350993",
                .row(name: "gzip", group: "cpu", cpu: 0.2231, wall: 0.23, status: 0, digest: "0638f17c:1350993")
            ),
            ("bench: micro smc 10000 2fb080a 75", .micro(name: "smc", turns: 10000, digest: "2fb080a", microseconds: 75)),
            ("[    2.7] mce: unable to bench: start xz", .start("xz")),
        ] as [(String, Marker)])
    func linesMeanWhatTheGuestSays(line: String, marker: Marker) { #expect(Marker(line) == marker) }

    @Test(arguments: [
        "", "bench:", "bench: ", "bench: start", "bench: start gzip twice", "bench: row gzip cpu 0.1 0.2 0", "bench: row gzip cpu x 0.2 0 0:0",
        "bench: row gzip cpu 0.1 0.2 zero 0:0", "bench: micro smc 0 2f 0", "bench: micro smc many 2f 0", "bench: micro smc 10 2f", "bench: stopped",
        "start gzip",
        "bench: sta[    3.1] usb: a kernel's message in between",
    ])
    func otherLinesMeanNothing(line: String) { #expect(Marker(line) == nil) }
}
