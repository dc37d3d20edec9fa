package import Bus

/// MC146818A real-time clock and CMOS RAM.
/// Sources: Motorola MC146818A data sheet; IBM PC/AT Technical Reference, "Real-Time Clock".
/// Not modelled: daylight saving (register B, DSE), square wave output.
package final class RTC: Device, PortMapped, Clocked {
    package static let part = "MC146818A clock"
    private enum Register { static let a = 10, b = 11, c = 12, d = 13, century = 0x32 }

    package struct State: DeviceState {
        var index: UInt8 = 0
        var cmos = [UInt8](repeating: 0, count: 128)
        /// Seconds since 1970 that virtual time 0 stands for.
        var epoch: Int64 = 0
        package func validate() throws(SnapshotError) {
            guard cmos.count == 128, index < 128, abs(epoch) < 1 << 40 else { throw SnapshotError(RTC.part, "no such registers") }
        }
    }

    package var state = State()
    private let clock: ClockPort
    private let irq: IRQLine

    /// - Parameter startTime: seconds since 1970 at virtual time 0.
    package init(irq: IRQLine, clock: ClockPort, startTime: Int64) {
        self.irq = irq
        self.clock = clock
        state.epoch = startTime
        state.cmos[Register.a] = 0x26
        state.cmos[Register.b] = 2
        state.cmos[Register.d] = 0x80
        clock.connect(self)
        clock.schedule(1, at: 1_000_000_000)
    }

    /// The battery keeps time and memory; interrupts go off.
    package func reset() {
        state.cmos[Register.b] &= 0x87
        state.cmos[Register.c] = 0
        irq.lower()
    }

    /// What the board's makers wrote into CMOS: memory size, drive types.
    package func preset(_ index: Int, _ value: UInt8) { if (14..<128).contains(index) { state.cmos[index] = value } }

    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
        guard offset & 1 != 0 else { return 0xFF }
        let index = Int(state.index & 127)
        switch index {
        case Register.a:
            // The update cycle takes the last 244 µs of each second.
            return UInt32(state.cmos[index] & 0x7F) | (clock.now % 1_000_000_000 > 999_700_000 ? 0x80 : 0)
        case Register.c:
            let value = state.cmos[index]
            state.cmos[index] = 0
            irq.lower()
            return UInt32(value)
        case 0, 2, 4, 6, 7, 8, 9, Register.century: return UInt32(encode(index, fields()))
        default: return UInt32(state.cmos[index])
        }
    }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        let value = UInt8(truncatingIfNeeded: value)
        guard offset & 1 != 0 else {
            state.index = value & 127
            return
        }
        let index = Int(state.index & 127)
        switch index {
        case 0, 2, 4, 6, 7, 8, 9, Register.century: setTime(index, value)
        case Register.a:
            state.cmos[index] = value & 0x7F
            schedulePeriodic()
        case Register.b:
            state.cmos[index] = value
            schedulePeriodic()
        case Register.c, Register.d: break
        default: state.cmos[index] = value
        }
    }

    // MARK: Time

    private struct Fields {
        var second, minute, hour, weekday, day, month, year: Int
    }

    private var seconds: Int64 { state.epoch &+ Int64(truncatingIfNeeded: clock.now / 1_000_000_000) }

    /// Civil date from days since 1970 (proleptic Gregorian).
    private func fields() -> Fields {
        let total = seconds
        let days = total >= 0 ? total / 86400 : (total - 86399) / 86400
        let rest = Int(total - days * 86400)
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return Fields(
            second: rest % 60, minute: rest / 60 % 60, hour: rest / 3600, weekday: Int(((days + 4) % 7 + 7) % 7) + 1,
            day: Int(dayOfYear - (153 * marchMonth + 2) / 5 + 1), month: Int(month), year: Int(year))
    }

    private func encode(_ index: Int, _ f: Fields) -> UInt8 {
        let is24 = state.cmos[Register.b] & 2 != 0
        switch index {
        case 0: return digits(f.second)
        case 2: return digits(f.minute)
        case 4: return is24 ? digits(f.hour) : digits((f.hour + 11) % 12 + 1) | (f.hour >= 12 ? 0x80 : 0)
        case 6: return digits(f.weekday)
        case 7: return digits(f.day)
        case 8: return digits(f.month)
        case 9: return digits((f.year % 100 + 100) % 100)
        default: return digits(f.year / 100 % 100)
        }
    }

    private func digits(_ value: Int) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: value)
        return state.cmos[Register.b] & 4 != 0 ? value : value / 10 << 4 | value % 10
    }

    private func setTime(_ index: Int, _ value: UInt8) {
        var f = fields()
        let is24 = state.cmos[Register.b] & 2 != 0
        let plain = value & (index == 4 && !is24 ? 0x7F : 0xFF)
        var number = state.cmos[Register.b] & 4 != 0 ? Int(plain) : Int(plain >> 4) * 10 + Int(plain & 15)
        if index == 4 && !is24 { number = number % 12 + (value & 0x80 != 0 ? 12 : 0) }
        switch index {
        case 0: f.second = min(number, 59)
        case 2: f.minute = min(number, 59)
        case 4: f.hour = min(number, 23)
        case 7: f.day = max(1, min(number, 31))
        case 8: f.month = max(1, min(number, 12))
        case 9: f.year = f.year / 100 * 100 + number % 100
        case Register.century: f.year = number * 100 + f.year % 100
        default: break
        }
        let y = f.month <= 2 ? f.year - 1 : f.year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (f.month > 2 ? f.month - 3 : f.month + 9) + 2) / 5 + f.day - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        let new = Int64(days * 86400 + f.hour * 3600 + f.minute * 60 + f.second)
        state.epoch = state.epoch &+ new &- seconds
    }

    // MARK: Interrupts

    private func raise(_ flag: UInt8) {
        state.cmos[Register.c] |= flag
        if state.cmos[Register.b] & flag & 0x70 != 0 {
            state.cmos[Register.c] |= 0x80
            irq.raise()
        }
    }

    private func schedulePeriodic() {
        let rate = UInt64(state.cmos[Register.a] & 15)
        guard rate != 0, state.cmos[Register.b] & 0x40 != 0 else { return clock.cancel(0) }
        let period = UInt64(1_000_000_000) << ((rate <= 2 ? rate + 7 : rate) - 1) / 32768
        clock.schedule(0, at: (clock.now / period + 1) * period)
    }

    package func clockEvent(_ kind: UInt8, _ payload: UInt32, at time: UInt64) {
        if kind == 0 {
            raise(0x40)
            return schedulePeriodic()
        }
        clock.schedule(1, at: (clock.now / 1_000_000_000 + 1) * 1_000_000_000)
        guard state.cmos[Register.b] & 0x80 == 0 else { return }
        raise(0x10)
        let f = fields()
        let matches = [(1, 0), (3, 2), (5, 4)].allSatisfy { alarm, field in
            state.cmos[alarm] & 0xC0 == 0xC0 || state.cmos[alarm] == encode(field, f)
        }
        if matches { raise(0x20) }
    }
}
