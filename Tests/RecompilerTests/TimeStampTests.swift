import Testing

@testable import Bus
@testable import Processor

/// RDTSC where time is a straight line over the host's counter.
@Suite struct TimeStampTests {
    /// A line that stays as it is.
    private final class Line: TimeSource {
        let line: HostCounter
        init(_ line: HostCounter) { self.line = line }
        var now: UInt64 { line.time(at: HostCounter.ticks) }
        var counter: HostCounter? { line }
        var hasCounter: Bool { true }
    }

    /// stc; rdtsc; mov [esi+0/4],eax/edx; setc [esi+8]; mov edi,0; adc edi,edi; mov [esi+12],edi; add esi,16; 50 times
    private static let code: [UInt8] =
        [0xB9, 50, 0, 0, 0, 0xBE] + World.data.bytes(4) + loop + [0x49, 0x75, UInt8(bitPattern: Int8(-(loop.count + 3)))]
    private static let loop: [UInt8] =
        [0xF9, 0x0F, 0x31, 0x89, 0x06, 0x89, 0x56, 4, 0x0F, 0x92, 0x46, 8, 0xBF, 0, 0, 0, 0, 0x11, 0xFF, 0x89, 0x7E, 12, 0x83, 0xC6, 16]

    private func run(_ line: HostCounter, _ engine: Engine, cr4: UInt32 = 0, offset: UInt64 = 0) throws -> [(
        stamp: UInt64, carry: UInt8, twice: UInt32
    )] {
        let board = try Board(engine, isExact: false, time: Line(line))
        let program = Program("time stamps", try World(.flat), [Self.code])
        try board.load(program.image, program.world.state)
        board.e.s.cr4 |= cr4
        board.e.s.tscOffset = offset
        for _ in 0..<100 { if board.processor.run(budget: 50_000) == .halted { break } }
        return (0..<50).map { number in
            let at = World.data + UInt32(number) * 16
            return (
                UInt64(board.word(at + 4)) << 32 | UInt64(board.word(at)), UInt8(truncatingIfNeeded: board.word(at + 8)), board.word(at + 12)
            )
        }
    }

    @Test(arguments: [Engine.interpreter, .recompiler], [0, CR4.tsd]) func aLineThatStandsStill(_ engine: Engine, _ cr4: UInt32) throws {
        let stamps = try run(HostCounter(ticks: 77, rate: 0, time: 0xFFFF_FFF0_1234_5678), engine, cr4: cr4, offset: 0x11_0000_0000)
        // With its carry: an addition of 64 bits.
        #expect(stamps.allSatisfy { $0.stamp == 0x1_1234_5678 && $0.carry == 1 && $0.twice == 1 }, "\(stamps[0])")
    }

    @Test func timeGoesOnAsTheInterpreterHasIt() throws {
        let line = HostCounter(ticks: HostCounter.ticks, rate: 3 << 31, time: 1 << 40)
        let before = line.time(at: HostCounter.ticks)
        let stamps = try run(line, .recompiler).map(\.stamp)
        let after = line.time(at: HostCounter.ticks)
        #expect(stamps == stamps.sorted() && stamps[0] >= before && stamps[49] <= after && before >= 1 << 40)
    }

    @Test func linesGoOnWithoutAStep() {
        let line = HostCounter(ticks: 1000, rate: 1 << 32, time: 5000)
        #expect(line.time(at: 1000) == 5000 && line.time(at: 1_000_001_000) == 1_000_005_000)
        for clock in [UInt64(0), 999_000, 1_004_000, 1_004_100, 1 << 60] {
            let bent = line.bent(at: 1_000_000, rate: 1 << 32, towards: clock)
            #expect(bent.time(at: 1_000_000) == 1_004_000)
            let second = bent.time(at: 1_001_000_000) - 1_004_000
            // Within a second it has met a clock that is 100 ns ahead, and goes half a thousandth faster or slower at most.
            let expected = clock == 1_004_100 ? 1_000_000_100 : clock == 1_004_000 ? 1_000_000_000 : second
            #expect(second.magnitude.distance(to: expected).magnitude <= 1 && (999_500_000 - 1...1_000_500_000 + 1).contains(second))
        }
        #expect(line.bent(at: 1_000_000, rate: 1 << 32, towards: 0).time(at: 1_001_000_000) < 1_001_004_000)
    }

    @Test func aSuspendedHostNeitherTurnsTimeBackNorSlowsIt() {
        let line = HostCounter(ticks: 1 << 40, rate: 1 << 32, time: 5000)
        // The counter began anew.
        #expect(line.time(at: 77) == 5000)
        let anew = line.bent(at: 77, rate: 0, towards: 6000)
        #expect(anew.ticks == 77 && anew.time == 5000 && anew.time(at: 1_000_000_077) >= 1_000_000_000)
        // It went on for eight hours in which the clock stood: the rate over both is a ninth.
        let slept = line.bent(at: (1 << 40) + 9, rate: (1 << 32) / 9, towards: 5000)
        let second = slept.time(at: slept.ticks + 1_000_000_000) - slept.time
        #expect((999_400_000...1_000_600_000).contains(second))
    }
}
