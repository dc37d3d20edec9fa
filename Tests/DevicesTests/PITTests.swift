import Testing

@testable import Bus
@testable import Devices

@Suite struct PITTests {
    /// A timer whose time is told in its own ticks.
    private final class Bench {
        let rig: ChipRig
        let pit: PIT
        private var tick: UInt64 = 1000

        init() throws {
            rig = try ChipRig()
            pit = PIT(irq: rig.line(0), clock: rig.clock.port("pit"))
            rig.plug(pit)
            rig.time.now = at(tick)
        }

        private func at(_ tick: UInt64) -> UInt64 { tick * 1_000_000_000 / PIT.frequency + 1 }
        func pass(_ ticks: UInt64) {
            tick += ticks
            rig.pass(at(tick) - rig.time.now)
        }
        func program(_ counter: UInt16, mode: UInt32, _ count: UInt32, bcd: Bool = false) {
            rig.out(3, UInt32(counter) << 6 | 0x30 | mode << 1 | (bcd ? 1 : 0))
            load(counter, count)
        }
        func load(_ counter: UInt16, _ count: UInt32) {
            rig.out(counter, count & 0xFF)
            rig.out(counter, count >> 8)
        }
        func count(_ counter: UInt16) -> UInt32 {
            rig.out(3, UInt32(counter) << 6)
            return rig.inp(counter) | rig.inp(counter) << 8
        }
        func status(_ counter: UInt16) -> UInt32 {
            rig.out(3, 0xE0 | 2 << UInt32(counter))
            return rig.inp(counter)
        }
        func out(_ counter: UInt16) -> Bool { status(counter) & 0x80 != 0 }

        /// OUT and count for as many ticks.
        func trace(_ counter: UInt16, _ ticks: Int) -> (out: String, counts: [UInt32]) {
            var text = "", counts: [UInt32] = []
            for _ in 0..<ticks {
                pass(1)
                text += out(counter) ? "-" : "_"
                counts.append(count(counter))
            }
            return (text, counts)
        }
    }

    /// OUT and the count, tick by tick from the one that loads it: figures 15 to 20 of the data sheet.
    @Test(
        arguments: [
            (0, 4, "____------", [4, 3, 2, 1, 0, 0xFFFF, 0xFFFE]),
            (2, 3, "--_--_--_-", [3, 2, 1, 3, 2, 1, 3]),
            (3, 4, "--__--__--", [4, 2, 4, 2, 4, 2, 4]),
            (3, 5, "---__---__", [4, 2, 0, 4, 2, 4, 2]),
            (4, 3, "---_------", [3, 2, 1, 0, 0xFFFF, 0xFFFE, 0xFFFD]),
        ] as [(UInt32, UInt32, String, [UInt32])])
    func modesThatAWriteStarts(mode: UInt32, count: UInt32, out: String, counts: [UInt32]) throws {
        let bench = try Bench()
        bench.program(1, mode: mode, count)
        let trace = bench.trace(1, 10)
        #expect(trace.out == out)
        #expect(Array(trace.counts.prefix(7)) == counts)
        #expect(bench.rig.level(0) == false)
    }

    @Test(arguments: [(1, "___-----"), (5, "---_----")] as [(UInt32, String)])
    func modesThatTheGateStarts(mode: UInt32, out: String) throws {
        let bench = try Bench()
        bench.program(2, mode: mode, 3)
        #expect(bench.trace(2, 6).out == "------", "nothing before the trigger")
        #expect(bench.status(2) & 0x40 != 0, "the count is not loaded")
        bench.pit.setGate2(true)
        #expect(bench.trace(2, 8).out == out)
        #expect(bench.status(2) & 0x40 == 0)
        // Level does nothing; another edge starts again, also in the middle.
        bench.pit.setGate2(false)
        bench.pit.setGate2(true)
        #expect(bench.trace(2, 2).out == String(out.prefix(2)))
        bench.pit.setGate2(false)
        bench.pit.setGate2(true)
        #expect(bench.trace(2, 8).out == out)
    }

    @Test func gateStopsTheCount() throws {
        let bench = try Bench()
        bench.pit.setGate2(true)
        bench.program(2, mode: 0, 10)
        bench.pass(4)
        #expect(bench.count(2) == 7)
        bench.pit.setGate2(false)
        bench.pass(100)
        #expect(bench.count(2) == 7)
        #expect(!bench.out(2))
        bench.pit.setGate2(true)
        bench.pass(6)
        #expect(!bench.out(2))
        bench.pass(1)
        #expect(bench.out(2))
    }

    @Test(arguments: [2, 3] as [UInt32]) func gateHoldsPeriodicOutputHighAndStartsAnew(mode: UInt32) throws {
        let bench = try Bench()
        bench.pit.setGate2(true)
        bench.program(2, mode: mode, 4)
        #expect(bench.trace(2, 4).out == (mode == 2 ? "---_" : "--__"))
        bench.pit.setGate2(false)
        #expect(bench.trace(2, 9).out == "---------")
        bench.pit.setGate2(true)
        #expect(bench.trace(2, 8).out == (mode == 2 ? "---_---_" : "--__--__"))
    }

    @Test func aNewCountWaitsForTheEndOfTheCycle() throws {
        let bench = try Bench()
        bench.program(1, mode: 2, 4)
        bench.pass(2)
        bench.load(1, 2)
        #expect(bench.status(1) & 0x40 != 0)
        #expect(bench.trace(1, 8).out == "-_-_-_-_")
        #expect(bench.status(1) & 0x40 == 0)
        // Mode 3 takes it at the end of the half.
        bench.program(1, mode: 3, 8)
        bench.pass(2)
        bench.load(1, 4)
        #expect(bench.trace(1, 12).out == "--__--__--__")
        bench.program(1, mode: 3, 8)
        bench.pass(6)
        bench.load(1, 4)
        #expect(bench.trace(1, 10).out == "__--__--__")
    }

    @Test func modeZeroStopsAtTheFirstByteOfANewCount() throws {
        let bench = try Bench()
        bench.program(0, mode: 0, 5)
        bench.pass(3)
        bench.rig.out(0, 5)
        bench.pass(100)
        #expect(bench.rig.rises(0) == 0)
        bench.rig.out(0, 0)
        bench.pass(5)
        #expect(bench.rig.rises(0) == 0)
        bench.pass(1)
        #expect(bench.rig.rises(0) == 1)
    }

    @Test func binaryCodedDecimal() throws {
        let bench = try Bench()
        bench.program(1, mode: 0, 0x1000, bcd: true)
        bench.pass(2)
        #expect(bench.count(1) == 0x0999)
        bench.pass(1000)
        #expect(bench.count(1) == 0x9999)
        bench.program(1, mode: 2, 0, bcd: true)
        bench.pass(1)
        #expect(bench.count(1) == 0)
        bench.pass(1)
        #expect(bench.count(1) == 0x9999)
        bench.pass(9999)
        #expect(bench.count(1) == 0)
    }

    @Test(arguments: [(0x10, 0x34), (0x20, 0x3400)] as [(UInt32, UInt32)]) func oneByteAccess(access: UInt32, count: UInt32) throws {
        let bench = try Bench()
        bench.rig.out(3, 0x40 | access | 4)
        bench.rig.out(1, 0x34)
        bench.pass(1)
        bench.rig.out(3, 0xC0 | 4)
        #expect(bench.rig.inp(1) == 0x80 | access | 4, "status before count")
        #expect(bench.rig.inp(1) == 0x34)
        bench.pass(UInt64(count))
        #expect(bench.rig.inp(1) == 0x34)
    }

    @Test func latchesHoldUntilRead() throws {
        let bench = try Bench()
        bench.program(1, mode: 2, 1000)
        bench.pass(11)
        bench.rig.out(3, 0x40)
        bench.pass(50)
        bench.rig.out(3, 0x40)
        bench.rig.out(3, 0xD0 | 4)
        #expect(bench.rig.inp(1) | bench.rig.inp(1) << 8 == 990)
        #expect(bench.rig.inp(1) | bench.rig.inp(1) << 8 == 940, "then the count as it runs")
    }

    @Test func readBackLatchesAllItNames() throws {
        let bench = try Bench()
        bench.program(0, mode: 2, 100)
        bench.program(1, mode: 2, 200)
        bench.program(2, mode: 2, 300)
        bench.pass(1)
        bench.rig.out(3, 0xC0 | 0x0A)
        bench.pass(7)
        #expect(bench.rig.inp(0) == 0xB4)
        #expect(bench.rig.inp(0) == 100)
        #expect(bench.rig.inp(0) == 0)
        #expect(bench.rig.inp(2) == 0xF4, "no gate: nothing loaded, OUT high")
        #expect(bench.rig.inp(1) == 193, "not named: not latched")
    }

    @Test func statusRepeatsTheControlWord() throws {
        let bench = try Bench()
        bench.rig.out(3, 0x7D)
        #expect(bench.status(1) == 0xC0 | 0x3D, "mode 6 reads as written")
        bench.load(1, 0x10)
        #expect(bench.status(1) & 0x40 != 0, "written, not yet loaded")
        bench.pass(1)
        #expect(bench.status(1) == 0x80 | 0x3D)
        #expect(bench.trace(1, 10).out == "--------_-")
    }

    @Test(arguments: [2, 3] as [UInt32]) func ticksComeAtTheirRate(mode: UInt32) throws {
        let bench = try Bench()
        bench.program(0, mode: mode, 1193)
        let before = bench.rig.rises(0)
        bench.pass(1193 * 1000)
        #expect(bench.rig.rises(0) - before == 999)
        bench.pass(1)
        #expect(bench.rig.rises(0) - before == 1000)
    }

    /// A host that comes late finds one tick, the next at its own time, and those it missed between them, one a period.
    @Test func lateTicksAreMadeUpOneByOne() throws {
        let bench = try Bench()
        bench.program(0, mode: 2, 1000)
        bench.pass(1001)
        let before = bench.rig.rises(0)
        bench.rig.time.now += 5_500 * 1_000_000_000 / PIT.frequency
        bench.rig.clock.runDue()
        #expect(bench.rig.rises(0) == before + 1)
        #expect(bench.pit.state.owed == 4)
        // Now at 500 of a period: the owed edge at 750, then the period's own.
        bench.rig.pass(200 * 1_000_000_000 / PIT.frequency)
        #expect(bench.rig.rises(0) == before + 1)
        bench.rig.pass(100 * 1_000_000_000 / PIT.frequency)
        #expect(bench.rig.rises(0) == before + 2)
        bench.rig.pass(201 * 1_000_000_000 / PIT.frequency)
        #expect(bench.rig.rises(0) == before + 3)
        #expect((990...1000).contains(bench.count(0)))
        bench.rig.pass(10_000 * 1_000_000_000 / PIT.frequency)
        #expect(bench.rig.rises(0) == before + 3 + 10 + 3, "all made up, no more")
        #expect(bench.pit.state.owed == 0)
    }

    /// A host that is late for an owed edge and the next one too still gives one at a time.
    @Test func owedTicksWaitForAGapToStandIn() throws {
        let bench = try Bench()
        bench.program(0, mode: 2, 1000)
        bench.pass(1001)
        let before = bench.rig.rises(0)
        for _ in 0..<4 {
            bench.rig.time.now += 2_000 * 1_000_000_000 / PIT.frequency
            bench.rig.clock.runDue()
        }
        #expect(bench.rig.rises(0) == before + 4)
        bench.rig.pass(20_000 * 1_000_000_000 / PIT.frequency)
        #expect(abs(bench.rig.rises(0) - before - 28) <= 1)
        #expect(bench.pit.state.owed == 0)
        bench.program(0, mode: 2, 1000)
        #expect(bench.pit.state.owed == 0)
    }

    @Test func aControlWordOwesNothing() throws {
        let bench = try Bench()
        bench.program(0, mode: 2, 1000)
        bench.rig.time.now += 5_500 * 1_000_000_000 / PIT.frequency
        bench.rig.clock.runDue()
        #expect(bench.pit.state.owed > 0)
        bench.program(0, mode: 0, 1000)
        #expect(bench.pit.state.owed == 0)
        bench.rig.pass(2_000_000)
        #expect(bench.rig.clock.nextDeadline == nil)
    }

    @Test func aNewRateOfTheWaveMovesItsTicks() throws {
        let bench = try Bench()
        bench.program(0, mode: 3, 1000)
        bench.pass(101)
        bench.load(0, 200)
        let before = bench.rig.rises(0)
        // The high half ends at 500; then 100 low.
        bench.pass(499)
        #expect(bench.rig.rises(0) == before)
        bench.pass(1)
        #expect(bench.rig.rises(0) == before + 1)
        bench.pass(200)
        #expect(bench.rig.rises(0) == before + 2)
    }

    @Test func oneShotsFireOnce() throws {
        let bench = try Bench()
        bench.program(0, mode: 4, 100)
        let before = bench.rig.rises(0)
        bench.pass(101)
        #expect(bench.rig.rises(0) == before)
        bench.pass(1)
        #expect(bench.rig.rises(0) == before + 1)
        bench.pass(200_000)
        #expect(bench.rig.rises(0) == before + 1)
        #expect(bench.rig.clock.nextDeadline == nil)
    }

    @Test func stateSurvives() throws {
        let bench = try Bench()
        bench.program(0, mode: 2, 1000)
        bench.program(2, mode: 3, 500)
        bench.pit.setGate2(true)
        bench.pass(77)
        bench.rig.out(3, 0x80)
        try expectRoundTrip(bench.pit)
        bench.pit.state.counters.removeLast()
        let bad = try bench.pit.save()
        #expect(throws: SnapshotError.self) { try bench.pit.restore(bad) }
    }
}
