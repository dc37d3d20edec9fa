import TUI

extension Format {
    /// `14 March`; the year is left to the reader.
    static func dayAndMonth(_ time: Double, offset: Int, _ words: Language) -> String {
        let day = Day(time, offset: offset)
        return words == .japanese ? "\(day.month)月\(day.day)日" : "\(day.day) \(day.monthName)"
    }

    /// Today the clock, before that the day.
    static func moment(_ time: Double, now: Double, offset: Int, _ words: Language) -> String {
        guard time.isFinite, now.isFinite, abs(time) < 1e12, abs(now) < 1e12 else { return "-" }
        let isToday = (Int(max(0, time)) + offset) / 86400 == (Int(max(0, now)) + offset) / 86400
        return isToday ? Format.time(time, offset: offset) : dayAndMonth(time, offset: offset, words)
    }

    /// Whole megabytes, at least one.
    static func size(_ bytes: UInt64) -> String {
        bytes >> 20 >= 10_000 ? megabytes(bytes) : "\(max(1, (bytes >> 20) + (bytes & 0xf_ffff >= 0x8_0000 ? 1 : 0))) MB"
    }

    /// KiB a second, as `1,204`.
    static func traffic(_ rate: Double) -> String { Format.rate(rate) }

    /// A figure with its unit; from 10,000 kB a second on in MB.
    static func amount(_ value: Double, _ unit: String) -> String {
        if unit == "kB/s", value.isFinite, value >= 9999.5, value < 1e9 {
            let tenths = Int((value / 102.4).rounded())
            return "\(tenths / 10).\(tenths % 10) MB/s"
        }
        return unit.isEmpty ? rate(value) : "\(rate(value)) \(unit)"
    }

    /// How long saving so much memory takes, in words.
    static func savingTime(_ mebibytes: Int, _ words: Language) -> String {
        // Compressing goes at a hundred megabytes a second or more.
        mebibytes < 60 ? words("under 1 s") : words("about %1 s", mebibytes / 100 + (mebibytes % 100 >= 50 || mebibytes < 100 ? 1 : 0))
    }
}
