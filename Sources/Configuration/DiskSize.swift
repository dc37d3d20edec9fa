/// The size of a disk that is still to be made: `new:SIZE` in the place of its image's path.
package enum DiskSize {
    package static let prefix = "new:"
    /// What a disk may have: a megabyte at least, and at most what 28 bits of sector number reach (ATA-3), 128 GB.
    package static let range: ClosedRange<UInt64> = 1 << 20...1 << 37

    /// Bytes of `504 MB`, `512M`, `1.5 GB`, `2G`: units are powers of 1024 and begin with k, m, g or t. nil: not a size.
    package static func bytes(_ text: String) -> UInt64? {
        var digits = "", unit = ""
        for character in text.lowercased() where character != " " {
            if character.isNumber || character == "." {
                guard unit.isEmpty else { return nil }
                digits.append(character)
            } else {
                unit.append(character)
            }
        }
        let shift: Double
        switch unit {
        case "k", "kb", "kib": shift = 0x1p10
        case "m", "mb", "mib": shift = 0x1p20
        case "g", "gb", "gib": shift = 0x1p30
        case "t", "tb", "tib": shift = 0x1p40
        default: return nil
        }
        guard digits.allSatisfy(\.isASCII), let value = Double(digits), value.isFinite, value * shift < 0x1p60 else { return nil }
        // Whole sectors.
        return UInt64(value * shift) / 512 * 512
    }

    /// `504 MB`, `1.5 GB`: exact, so that reading it gives the same size where it is whole megabytes.
    package static func words(_ bytes: UInt64) -> String {
        let mb = bytes >> 20
        if mb >= 1024, mb % 1024 == 0 { return "\(mb / 1024) GB" }
        if mb >= 1024, mb % 512 == 0 { return "\(mb / 1024).5 GB" }
        return mb == 0 ? "\(bytes >> 10) KB" : "\(mb) MB"
    }

    /// The size that a path orders; nil where it names a file.
    package static func ordered(_ path: String) -> Result<UInt64, Problem>? {
        guard path.hasPrefix(prefix) else { return nil }
        let text = String(path.dropFirst(prefix.count))
        guard let size = UInt64(text).map({ $0 / 512 * 512 }) ?? bytes(text) else {
            return .failure(Problem(text: "\(text) is no size. Write 504M, 2G or 1.5G."))
        }
        if let problem = problem(size) { return .failure(problem) }
        return .success(size)
    }

    /// Why no disk can have this size.
    package static func problem(_ bytes: UInt64) -> Problem? {
        if bytes < range.lowerBound { return Problem(text: "Too small: a disk has 1 MB at least. Try 504 MB.") }
        if bytes > range.upperBound { return Problem(text: "Too large: an IDE disk has 128 GB at most.") }
        return nil
    }

    package struct Problem: Error, Equatable, Sendable { package var text: String }
}
