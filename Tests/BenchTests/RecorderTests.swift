import Testing
import vitrine_bench

@Suite struct RecorderTests {
    /// Feeds lines, each with the CPU seconds that the engine has used at it; a second passes per line.
    private func record(_ lines: [(String, Double)], timesItself: Bool = false) throws -> (pass: Pass, wentOn: [Bool]) {
        var recorder = Recorder(timesItself: timesItself, launched: 100)
        var wentOn: [Bool] = []
        for (at, (line, cpu)) in lines.enumerated() {
            let marker = try #require(Marker("bench: \(line)"))
            wentOn.append(recorder.take(marker) { Usage(cpu: cpu, wall: 101 + Double(at), peakKiB: 1000 - Int(cpu)) })
        }
        return (recorder.pass, wentOn)
    }

    @Test func anEmulatorsRowIsWhatItUsedBetweenTheMarkers() throws {
        let (pass, wentOn) = try record([
            ("reached", 4), ("start gzip", 5), ("end gzip", 7.5), ("row gzip cpu 0.1 0.2 0 a:1", 9), ("start xz", 10), ("end xz", 10.25),
            ("row xz cpu 0.3 0.4 2 b:2", 11), ("done", 12),
        ])
        #expect(pass.boot == Pass.Boot(cpu: 4, wall: 1, peakKiB: 996))
        #expect(
            pass.rows == [
                Row(name: "gzip", group: "cpu", cpu: 2.5, wall: 1, digest: "a:1"),
                Row(name: "xz", group: "cpu", cpu: 0.25, wall: 1, status: 2, digest: "b:2"),
            ])
        #expect(pass.peakKiB == 996)
        #expect(pass.problem == nil)
        #expect(wentOn == [true, true, true, true, true, true, true, false])
    }

    @Test func aNativeRowIsWhatTheBenchmarkSaysItself() throws {
        let (pass, _) = try record([("start gzip", 5), ("end gzip", 7.5), ("row gzip cpu 0.1 0.2 0 a:1", 9)], timesItself: true)
        #expect(pass.rows == [Row(name: "gzip", group: "cpu", cpu: 0.1, wall: 0.2, digest: "a:1")])
    }

    @Test func aLostMarkerMakesNoRow() throws {
        #expect(try record([("start gzip", 5), ("row gzip cpu 0.1 0.2 0 a:1", 9)]).pass.rows.isEmpty)
        #expect(try record([("end gzip", 5), ("row gzip cpu 0.1 0.2 0 a:1", 9)]).pass.rows.isEmpty)
        #expect(try record([("start gzip", 5), ("end xz", 6), ("row xz cpu 0.1 0.2 0 a:1", 9)]).pass.rows.isEmpty)
        #expect(try record([("start gzip", 5), ("end gzip", 6), ("row xz cpu 0.1 0.2 0 a:1", 9)]).pass.rows.isEmpty)
    }

    @Test func microKernelsCountNanosecondsATurn() throws {
        let (pass, _) = try record([("start smc", 1), ("end smc", 3), ("micro smc 1000 ff 0", 3)])
        #expect(pass.rows == [Row(name: "smc", group: "micro", cpu: 2, wall: 1, digest: "ff", turns: 1000)])
        #expect(pass.rows.map(\.figure) == [2e6])
    }

    @Test func aNativeMicroKernelTellsItsTime() throws {
        let (pass, _) = try record([("start smc", 1), ("end smc", 3), ("micro smc 1000 ff 50", 3)], timesItself: true)
        #expect(pass.rows.map(\.figure) == [50])
    }

    @Test func anEngineThatIsGoneHasNoTime() throws {
        var recorder = Recorder(timesItself: false, launched: 0)
        let wentOn = [Marker.reached, .start("gzip"), .end("gzip")].map { recorder.take($0) { nil } }
        #expect(wentOn == [true, true, true])
        #expect(!recorder.take(.done) { nil })
        #expect(recorder.pass.boot == nil && recorder.pass.rows.isEmpty && recorder.pass.peakKiB == 0)
    }

    @Test func aFaultIsTheEndAndAProblem() throws {
        let (pass, wentOn) = try record([("start smc", 1), ("end smc", 3), ("micro smc 1000 ff 0", 3), ("start sse2", 4), ("fault", 5)])
        #expect(pass.problem == "a micro kernel met an exception after smc")
        #expect(wentOn.last == false)
    }
}
