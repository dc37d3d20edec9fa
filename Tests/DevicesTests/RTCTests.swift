import Testing

@testable import Bus
@testable import Devices

@Suite struct RTCTests {
    private static let second: UInt64 = 1_000_000_000

    /// 28 February 1999, 23:59:58, a Sunday.
    private func clock(_ start: Int64 = 920_246_398) throws -> (ChipRig, RTC) {
        let rig = try ChipRig()
        let rtc = RTC(irq: rig.line(8), clock: rig.clock.port("rtc"), startTime: start)
        rig.plug(rtc)
        return (rig, rtc)
    }

    private func read(_ rig: ChipRig, _ register: UInt32) -> UInt32 {
        rig.out(0, register)
        return rig.inp(1)
    }
    private func write(_ rig: ChipRig, _ register: UInt32, _ value: UInt32) {
        rig.out(0, register)
        rig.out(1, value)
    }
    /// Century, year, month, day, weekday, hour, minute, second.
    private func date(_ rig: ChipRig) -> [UInt32] { [0x32, 9, 8, 7, 6, 4, 2, 0].map { read(rig, $0) } }

    @Test func startsAtTheTimeGivenAndCounts() throws {
        let (rig, _) = try clock()
        #expect(date(rig) == [0x19, 0x99, 0x02, 0x28, 1, 0x23, 0x59, 0x58])
        rig.pass(2 * Self.second)
        #expect(date(rig) == [0x19, 0x99, 0x03, 0x01, 2, 0, 0, 0])
        rig.pass(365 * 86400 * Self.second)
        #expect(date(rig) == [0x20, 0x00, 0x02, 0x29, 3, 0, 0, 0], "2000 is a leap year")
    }

    @Test(
        arguments: [
            (-1, [0x19, 0x69, 0x12, 0x31, 4, 0x23, 0x59, 0x59]), (951_782_400, [0x20, 0x00, 0x02, 0x29, 3, 0, 0, 0]),
            (4_107_542_400, [0x21, 0x00, 0x03, 0x01, 2, 0, 0, 0]),
        ] as [(Int64, [UInt32])])
    func dates(start: Int64, expected: [UInt32]) throws {
        let (rig, _) = try clock(start)
        #expect(date(rig) == expected)
    }

    @Test func binaryAndTwelveHours() throws {
        let (rig, _) = try clock()
        write(rig, 0x0B, 0x80)
        for (register, value): (UInt32, UInt32) in [(0, 0x59), (2, 0x59), (4, 0x90)] { write(rig, register, value) }
        write(rig, 0x0B, 0x00)
        rig.pass(Self.second)
        #expect(read(rig, 4) == 0x91, "11 pm")
        #expect(read(rig, 2) == 0)
        write(rig, 0x0B, 0x84)
        for (register, value): (UInt32, UInt32) in [(0, 59), (2, 59), (4, 0x80 | 11), (6, 7), (7, 31), (8, 12), (9, 99), (0x32, 19)] {
            write(rig, register, value)
        }
        write(rig, 0x0B, 0x04)
        rig.pass(Self.second)
        #expect(date(rig) == [20, 0, 1, 1, 1, 12, 0, 0], "midnight is 12 am")
        write(rig, 0x0B, 0x06)
        write(rig, 4, 13)
        rig.pass(3600 * Self.second)
        #expect(read(rig, 4) == 14)
    }

    /// Day before month, and for a moment 31 February: nothing is bent before SET is cleared.
    @Test func settingTheDateFieldByField() throws {
        let (rig, _) = try clock()
        write(rig, 0x0B, 0x82)
        rig.pass(10 * Self.second)
        #expect(read(rig, 0) == 0x58, "SET stops the updates")
        write(rig, 7, 0x31)
        rig.pass(10 * Self.second)
        write(rig, 8, 0x05)
        write(rig, 0x0B, 0x02)
        #expect(date(rig) == [0x19, 0x99, 0x05, 0x31, 1, 0x23, 0x59, 0x58])
        rig.pass(2 * Self.second)
        #expect(date(rig) == [0x19, 0x99, 0x06, 0x01, 2, 0, 0, 0])
    }

    @Test func updateInProgress() throws {
        let (rig, _) = try clock()
        rig.pass(500_000_000)
        #expect(read(rig, 0x0A) == 0x26)
        rig.pass(497_771_000)
        #expect(read(rig, 0x0A) == 0x26)
        rig.pass(2_000)
        #expect(read(rig, 0x0A) == 0xA6)
        #expect(read(rig, 0) == 0x58)
        write(rig, 0x0B, 0x82)
        #expect(read(rig, 0x0A) == 0x26, "SET ends it")
        write(rig, 0x0B, 0x02)
        rig.pass(2_227_000)
        #expect(read(rig, 0x0A) == 0x26)
        #expect(read(rig, 0) == 0x59)
    }

    @Test func theDividerHoldsAndStartsWithHalfASecond() throws {
        let (rig, _) = try clock()
        write(rig, 0x0A, 0x70)
        rig.pass(5 * Self.second)
        #expect(read(rig, 0) == 0x58)
        write(rig, 0x0A, 0x26)
        rig.pass(499_000_000)
        #expect(read(rig, 0) == 0x58)
        rig.pass(1_000_000)
        #expect(read(rig, 0) == 0x59)
    }

    @Test func flagsAreTrueWithoutEvents() throws {
        let (rig, _) = try clock()
        for register: UInt32 in [1, 3, 5] { write(rig, register, 0) }
        #expect(read(rig, 0x0C) == 0)
        #expect(rig.clock.nextDeadline == nil, "an idle clock wakes nobody")
        rig.pass(900_000)
        #expect(read(rig, 0x0C) == 0)
        rig.pass(100_000)
        #expect(read(rig, 0x0C) == 0x40)
        #expect(read(rig, 0x0C) == 0, "reading clears")
        rig.pass(Self.second)
        #expect(read(rig, 0x0C) == 0x50)
        rig.pass(Self.second)
        #expect(read(rig, 0x0C) == 0x70, "midnight was the alarm")
        #expect(rig.rises(8) == 0)
        #expect(rig.clock.nextDeadline == nil)
    }

    @Test(arguments: [(1, 256), (2, 128), (3, 8192), (6, 1024), (10, 64), (15, 2)] as [(UInt32, Int)])
    func periodicInterrupts(rate: UInt32, frequency: Int) throws {
        let (rig, _) = try clock()
        write(rig, 0x0A, 0x20 | rate)
        write(rig, 0x0B, 0x42)
        var count = 0
        let end = 2 * Self.second
        while let due = rig.clock.nextDeadline, due <= end {
            rig.pass(due - rig.time.now)
            #expect(rig.level(8))
            #expect(rig.clock.nextDeadline == nil, "nothing more before register C was read")
            #expect(read(rig, 0x0C) & 0xC0 == 0xC0)
            #expect(!rig.level(8))
            count += 1
        }
        #expect(count == 2 * frequency)
        write(rig, 0x0A, 0x20)
        #expect(rig.clock.nextDeadline == nil)
    }

    @Test func updateEndedInterrupts() throws {
        let (rig, _) = try clock()
        rig.pass(300_000_000)
        write(rig, 0x0B, 0x12)
        rig.pass(699_000_000)
        #expect(rig.rises(8) == 0)
        rig.pass(1_000_000)
        #expect(rig.rises(8) == 1)
        #expect(read(rig, 0x0C) & 0xB0 == 0x90)
        rig.pass(Self.second)
        #expect(rig.rises(8) == 2)
        write(rig, 0x0B, 0x92)
        #expect(read(rig, 0x0B) == 0x82, "SET clears UIE")
        #expect(!rig.level(8))
    }

    @Test(
        arguments: [
            // From 23:59:58
            ([0x59, 0x59, 0x23], 1), ([0x58, 0x59, 0x23], 86400), ([0, 0, 0], 2), ([0x30, 0xFF, 0xFF], 32), ([0xC0, 0xC0, 0xC0], 1),
            ([0x00, 0x30, 0xFF], 1802), ([0xFF, 0x15, 0x07], 7 * 3600 + 15 * 60 + 2),
        ] as [([UInt32], UInt64)])
    func alarms(alarm: [UInt32], seconds: UInt64) throws {
        let (rig, _) = try clock()
        for (index, value) in alarm.enumerated() { write(rig, UInt32(index * 2 + 1), value) }
        write(rig, 0x0B, 0x22)
        #expect(rig.clock.nextDeadline == seconds * Self.second, "the alarm's is the only event")
        rig.pass(seconds * Self.second - 1)
        #expect(!rig.level(8))
        rig.pass(1)
        #expect(rig.level(8))
        #expect(read(rig, 0x0C) & 0xA0 == 0xA0)
    }

    @Test func anAlarmThatNeverMatchesIsNoEvent() throws {
        let (rig, _) = try clock()
        write(rig, 1, 0x7A)
        write(rig, 0x0B, 0x22)
        #expect(rig.clock.nextDeadline == nil)
        rig.pass(86400 * Self.second)
        #expect(read(rig, 0x0C) & 0x20 == 0)
    }

    @Test func enablingWithTheFlagSetInterruptsAtOnce() throws {
        let (rig, _) = try clock()
        rig.pass(Self.second)
        write(rig, 0x0B, 0x12)
        #expect(rig.level(8))
    }

    @Test func resetKeepsTimeAndMemory() throws {
        let (rig, rtc) = try clock()
        write(rig, 0x40, 0xA5)
        write(rig, 0x0B, 0x7A)
        rig.pass(Self.second)
        #expect(rig.level(8))
        rtc.reset()
        #expect(!rig.level(8))
        #expect(rig.clock.nextDeadline == nil)
        #expect(read(rig, 0x0B) == 0x02)
        #expect(read(rig, 0x40) == 0xA5)
        #expect(read(rig, 0) == 0x59)
        #expect(read(rig, 0x0D) == 0x80)
        write(rig, 0x0D, 0)
        #expect(read(rig, 0x0D) == 0x80)
    }

    /// A machine that was saved for two days: its battery was not.
    @Test func theBatteryRunsWhileTheMachineStandsStill() throws {
        let (rig, rtc) = try clock()
        rig.pass(Self.second / 2)
        rtc.passed(2 * 86400 * Self.second + Self.second)
        #expect(date(rig) == [0x19, 0x99, 0x03, 0x02, 3, 0x23, 0x59, 0x59])
        rig.pass(Self.second / 2)
        #expect(date(rig) == [0x19, 0x99, 0x03, 0x03, 4, 0, 0, 0])
        write(rig, 0x0B, 0x22)
        for (register, value) in [(1, 0x30), (3, 0xC0), (5, 0xC0)] as [(UInt32, UInt32)] { write(rig, register, value) }
        rtc.passed(40 * Self.second)
        #expect(rig.level(8), "the alarm went off meanwhile")
        rtc.passed(.max)
        #expect(date(rig)[1] == 0x09, "ten years at most")
    }

    @Test func stateSurvives() throws {
        let (rig, rtc) = try clock()
        write(rig, 0x0B, 0x42)
        rig.pass(3_000_000)
        try expectRoundTrip(rtc)
        #expect(rig.level(8))
        rtc.state.cmos.removeLast()
        let bad = try rtc.save()
        #expect(throws: SnapshotError.self) { try rtc.restore(bad) }
    }
}
