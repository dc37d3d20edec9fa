package import Bus

/// MC146818A real-time clock and CMOS RAM.
/// Sources: Motorola MC146818A data sheet; IBM PC/AT Technical Reference, "Real-Time Clock"; the century's place, CMOS 32h, from the same.
/// Not modelled: daylight saving (register B, DSE), the square wave, time bases other than 32.768 kHz.
///
/// The clock is worked out when it is looked at. An event is due only while an interrupt is enabled whose flag is not set: an idle guest
/// wakes nobody.
package final class RTC: Device, PortMapped, Clocked {
    package static let part = "MC146818A clock"

    private enum Register {
        static let seconds = 0, secondsAlarm = 1, minutes = 2, minutesAlarm = 3, hours = 4, hoursAlarm = 5
        static let weekday = 6, day = 7, month = 8, year = 9
        static let a = 10, b = 11, c = 12, d = 13
        static let century = 0x32
    }

    private enum A {
        static let updateInProgress: UInt8 = 0x80
        /// DV: 11x holds the divider.
        static let dividerReset: UInt8 = 0x60
        static let rate: UInt8 = 0x0F
    }
    private enum B {
        static let set: UInt8 = 0x80
        static let binary: UInt8 = 0x04
        static let is24Hour: UInt8 = 0x02
        static let updateInterrupt: UInt8 = 0x10
        static let resetClears: UInt8 = 0x78
    }
    /// Register C; PIE, AIE and UIE stand at the same bits of register B.
    private enum Flag {
        static let periodic: UInt8 = 0x40, alarm: UInt8 = 0x20, update: UInt8 = 0x10
        static let all: UInt8 = 0x70
        static let request: UInt8 = 0x80
    }
    private static let validRAM: UInt8 = 0x80
    private static let second: Int64 = 1_000_000_000
    /// UIP rises 244 µs before the update cycle, which takes 1984 µs (table "Update cycle times", 32.768 kHz).
    private static let updateTime: Int64 = 2_228_000
    /// The first update comes half a second after the divider is let go.
    private static let firstUpdate: Int64 = 500_000_000
    /// Ten years.
    private static let longestSleep: UInt64 = 315_000_000_000_000_000

    package struct State: DeviceState {
        var index: UInt8 = 0
        /// Registers as the guest wrote them or the clock counted them.
        var cmos = [UInt8](repeating: 0, count: 128)
        /// Virtual time of the second that `cmos` shows; may lie before power-on.
        var updated: Int64 = 0
        /// Virtual time up to which register C is true.
        var checked: Int64 = 0
        package func validate() throws(SnapshotError) {
            guard cmos.count == 128, index < 128, [updated, checked].allSatisfy({ (-1 << 60..<1 << 60).contains($0) }) else {
                throw SnapshotError(RTC.part, "no such registers")
            }
        }
    }

    package var state = State()
    private let clock: ClockPort
    private let irq: IRQLine

    /// - Parameter startTime: seconds since 1970 at virtual time 0.
    package init(irq: IRQLine, clock: ClockPort, startTime: Int64) {
        self.irq = irq
        self.clock = clock
        state.cmos[Register.a] = 0x26
        state.cmos[Register.b] = B.is24Hour
        state.cmos[Register.d] = Self.validRAM
        let days = Int(startTime / 86400) - (startTime % 86400 < 0 ? 1 : 0)
        state.cmos[Register.weekday] = UInt8(truncatingIfNeeded: ((days + 4) % 7 + 7) % 7 + 1)
        show(days: days, second: Int(startTime) - days * 86400)
        clock.connect(self)
    }

    /// The battery keeps time and memory; interrupts go off.
    package func reset() {
        catchUp()
        state.cmos[Register.b] &= ~B.resetClears
        state.cmos[Register.c] = 0
        request()
    }

    package func stateRestored() { irq.set(isRequesting) }

    /// The machine stood still for `nanoseconds` of the world's time, in which the battery kept the clock going.
    package func passed(_ nanoseconds: UInt64) {
        let nanoseconds = Int64(truncatingIfNeeded: min(nanoseconds, Self.longestSleep))
        guard !isHeld else { return }
        state.updated &-= nanoseconds
        catchUp()
        request()
    }

    /// What the board's makers wrote into CMOS: memory size, drive types.
    package func preset(_ index: Int, _ value: UInt8) { if (14..<128).contains(index) { state.cmos[index] = value } }

    // MARK: Ports: 0 the index, 1 the data

    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
        guard offset & 1 != 0 else { return 0xFF }
        catchUp()
        let index = Int(state.index & 127)
        let value = state.cmos[index]
        switch index {
        case Register.a:
            let updates = !isHeld && !isSet && now &- state.updated >= Self.second - Self.updateTime
            return UInt32(value & ~A.updateInProgress | (updates ? A.updateInProgress : 0))
        case Register.c:
            let requesting = isRequesting
            state.cmos[Register.c] = 0
            request()
            return UInt32(value | (requesting ? Flag.request : 0))
        default: return UInt32(value)
        }
    }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        let value = UInt8(truncatingIfNeeded: value)
        guard offset & 1 != 0 else {
            state.index = value & 127
            return
        }
        catchUp()
        let index = Int(state.index & 127)
        switch index {
        case Register.c, Register.d: return
        case Register.a:
            let wasHeld = isHeld
            state.cmos[index] = value & ~A.updateInProgress
            if wasHeld && !isHeld { state.updated = now &- Self.firstUpdate }
        case Register.b: state.cmos[index] = value & B.set != 0 ? value & ~B.updateInterrupt : value
        default: state.cmos[index] = value
        }
        if index <= Register.b { request() }
    }

    // MARK: Time

    private var now: Int64 { Int64(truncatingIfNeeded: clock.now & UInt64.max >> 2) }
    private var isSet: Bool { state.cmos[Register.b] & B.set != 0 }
    private var isHeld: Bool { state.cmos[Register.a] & A.dividerReset == A.dividerReset }

    /// Counts the seconds and sets the flags of what has passed since the last look.
    private func catchUp() {
        let now = now
        defer { state.checked = now }
        guard !isHeld else { return }
        if let shift = periodShift, ticks(now) >> shift != ticks(state.checked) >> shift { state.cmos[Register.c] |= Flag.periodic }
        let passed = (now &- state.updated) / Self.second
        guard passed > 0 else { return }
        state.updated &+= passed &* Self.second
        guard !isSet else { return }
        if let alarm = secondsToAlarm, alarm <= passed { state.cmos[Register.c] |= Flag.alarm }
        state.cmos[Register.c] |= Flag.update
        let (days, second) = shown
        let total = second + Int(passed)
        let weekday = number(state.cmos[Register.weekday])
        state.cmos[Register.weekday] = digits((weekday + 6 + total / 86400) % 7 + 1)
        show(days: days + total / 86400, second: total % 86400)
    }

    private func number(_ value: UInt8) -> Int { state.cmos[Register.b] & B.binary != 0 ? Int(value) : Int(value >> 4) * 10 + Int(value & 15) }
    private func digits(_ value: Int) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: value)
        return state.cmos[Register.b] & B.binary != 0 ? value : (value / 10) << 4 | value % 10
    }
    private func hourDigits(_ hour: Int) -> UInt8 {
        if state.cmos[Register.b] & B.is24Hour != 0 { return digits(hour) }
        return digits((hour + 11) % 12 + 1) | (hour >= 12 ? 0x80 : 0)
    }

    /// Days since 1970 (proleptic Gregorian calendar) and second of the day, of what the registers show. Impossible dates read as the nearest day.
    private var shown: (days: Int, second: Int) {
        let hours = state.cmos[Register.hours]
        let is24 = state.cmos[Register.b] & B.is24Hour != 0
        let hour = is24 ? number(hours) : number(hours & 0x7F) % 12 + (hours & 0x80 != 0 ? 12 : 0)
        let second = (hour * 60 + number(state.cmos[Register.minutes])) * 60 + number(state.cmos[Register.seconds])
        let month = min(max(number(state.cmos[Register.month]), 1), 12), day = min(max(number(state.cmos[Register.day]), 1), 31)
        let year = number(state.cmos[Register.century]) * 100 + number(state.cmos[Register.year]) - (month <= 2 ? 1 : 0)
        // Years begin in March: the leap day is the last of its year.
        let era = (year >= 0 ? year : year - 399) / 400, yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return (era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468, second)
    }

    private func show(days: Int, second: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097, dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        state.cmos[Register.seconds] = digits(second % 60)
        state.cmos[Register.minutes] = digits(second / 60 % 60)
        state.cmos[Register.hours] = hourDigits(second / 3600)
        state.cmos[Register.day] = digits(dayOfYear - (153 * marchMonth + 2) / 5 + 1)
        state.cmos[Register.month] = digits(month)
        state.cmos[Register.year] = digits((year % 100 + 100) % 100)
        state.cmos[Register.century] = digits((year / 100 % 100 + 100) % 100)
    }

    // MARK: Interrupts

    private var isRequesting: Bool { state.cmos[Register.b] & state.cmos[Register.c] & Flag.all != 0 }

    /// The periodic rate's period is 2^shift ticks of 32.768 kHz; nil: none chosen.
    private var periodShift: Int64? {
        let rate = Int64(state.cmos[Register.a] & A.rate)
        return rate == 0 ? nil : rate <= 2 ? rate + 6 : rate - 1
    }

    /// Ticks of 32.768 kHz since the second shown began. Every period divides a second.
    private func ticks(_ time: Int64) -> Int64 {
        let passed = max(time &- state.updated, 0)
        return passed / Self.second * 32768 + passed % Self.second * 32768 / Self.second
    }

    /// Seconds from the one shown to the next that the alarm matches; nil: none does.
    private var secondsToAlarm: Int64? {
        func matches(_ register: Int, _ range: Range<Int>, _ digits: (Int) -> UInt8) -> [Int] {
            let alarm = state.cmos[register]
            return alarm & 0xC0 == 0xC0 ? Array(range) : range.filter { digits($0) == alarm }
        }
        let seconds = matches(Register.secondsAlarm, 0..<60, digits), minutes = matches(Register.minutesAlarm, 0..<60, digits)
        let hours = matches(Register.hoursAlarm, 0..<24, hourDigits)
        guard let first = seconds.first, let firstMinute = minutes.first, let firstHour = hours.first else { return nil }
        let current = shown.second
        for hour in hours where hour >= current / 3600 {
            for minute in minutes where hour * 60 + minute >= current / 60 {
                for second in seconds where (hour * 60 + minute) * 60 + second > current {
                    return Int64((hour * 60 + minute) * 60 + second - current)
                }
            }
        }
        return max(Int64((firstHour * 60 + firstMinute) * 60 + first + 86400 - current), 1)
    }

    /// Drives the line, and asks to be called when the next interrupt is due.
    private func request() {
        irq.set(isRequesting)
        guard !isRequesting, !isHeld else { return clock.cancel(0) }
        let enabled = state.cmos[Register.b]
        var due: [Int64] = []
        if enabled & Flag.periodic != 0, let shift = periodShift {
            let tick = (ticks(now) >> shift &+ 1) << shift
            due.append(state.updated &+ (tick &* Self.second &+ 32767) / 32768)
        }
        if !isSet {
            if enabled & Flag.update != 0 { due.append(state.updated &+ Self.second) }
            if enabled & Flag.alarm != 0, let seconds = secondsToAlarm { due.append(state.updated &+ seconds &* Self.second) }
        }
        if let first = due.min() { clock.schedule(0, at: UInt64(max(first, 0))) } else { clock.cancel(0) }
    }

    package func clockEvent(_ kind: UInt8, _ payload: UInt32, at time: UInt64) {
        catchUp()
        request()
    }
}
