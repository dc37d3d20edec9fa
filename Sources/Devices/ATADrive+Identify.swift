extension ATADrive {
    /// The 256 words of IDENTIFY DEVICE (ATA/ATAPI-6 §8.15).
    func identification() -> [UInt8] {
        var words = IdentifyWords()
        let low = UInt32(truncatingIfNeeded: min(capacity, (1 << 28) - 1))
        let current = UInt32(truncatingIfNeeded: min(currentCylinders * UInt64(state.heads * state.sectors), capacity))
        words[0] = 0x0040
        words[1] = UInt16(truncatingIfNeeded: cylinders)
        words[3] = 16
        words[4] = 63 * 512
        words[5] = 512
        words[6] = 63
        words.text(serial, 10...19)
        words[20] = 3
        words[21] = 512
        words[22] = 4
        words.text("1.0", 23...26)
        words.text(model, 27...46)
        words[47] = 0x8000 | UInt16(Self.largestMultiple)
        words[48] = 1
        // DMA, LBA, IORDY and its disabling.
        words[49] = 0x0F00
        words[50] = 0x4000
        words[51] = 0x0200
        words[52] = 0x0200
        words[53] = 7
        words[54] = UInt16(truncatingIfNeeded: currentCylinders)
        words[55] = UInt16(truncatingIfNeeded: state.heads)
        words[56] = UInt16(truncatingIfNeeded: state.sectors)
        words.pair(57, current)
        words[59] = state.multiple > 0 ? 0x0100 | UInt16(truncatingIfNeeded: state.multiple) : 0
        words.pair(60, low)
        words.transferModes(selected: state.dmaMode)
        // ATA-4 to ATA-6.
        words[80] = 0x0070
        words[81] = 0x0019
        // NOP, write cache, look-ahead, power management; FLUSH CACHE (EXT), 48-bit addresses.
        words[82] = 0x4068
        words[83] = 0x7400
        words[84] = 0x4000
        words[85] = 0x4008 | (state.writeCache ? 0x20 : 0) | (state.lookAhead ? 0x40 : 0)
        words[86] = 0x3400
        words[87] = 0x4000
        words[93] = state.taskFile.isDevice1 ? 0x4B00 : 0x400B
        words.pair(100, UInt32(truncatingIfNeeded: capacity))
        words.pair(102, UInt32(truncatingIfNeeded: capacity >> 32))
        return words.bytes
    }
}

/// 256 words in the order of the bus, as IDENTIFY (PACKET) DEVICE returns them.
struct IdentifyWords {
    private(set) var bytes = [UInt8](repeating: 0, count: 512)

    subscript(_ index: Int) -> UInt16 {
        get { UInt16(bytes[index * 2]) | UInt16(bytes[index * 2 + 1]) << 8 }
        set {
            bytes[index * 2] = UInt8(truncatingIfNeeded: newValue)
            bytes[index * 2 + 1] = UInt8(truncatingIfNeeded: newValue >> 8)
        }
    }

    mutating func pair(_ index: Int, _ value: UInt32) {
        self[index] = UInt16(truncatingIfNeeded: value)
        self[index + 1] = UInt16(truncatingIfNeeded: value >> 16)
    }

    /// ASCII, padded with spaces, the first character in the high byte of each word.
    mutating func text(_ string: String, _ range: ClosedRange<Int>) {
        var characters = Array(string.utf8.prefix(range.count * 2)).map { (32...126).contains($0) ? $0 : 63 }
        characters += [UInt8](repeating: 32, count: range.count * 2 - characters.count)
        for (place, index) in range.enumerated() { self[index] = UInt16(characters[place * 2]) << 8 | UInt16(characters[place * 2 + 1]) }
    }

    /// Words 62–68 and 88: multiword DMA 0–2, PIO 3–4, Ultra DMA 0–2, and which DMA mode is selected.
    mutating func transferModes(selected mode: UInt8) {
        self[63] = 7 | (mode & 0xF8 == 0x20 ? 0x0100 << UInt16(mode & 7) : 0)
        self[64] = 3
        for index in 65...68 { self[index] = 120 }
        self[88] = 7 | (mode & 0xF8 == 0x40 ? 0x0100 << UInt16(mode & 7) : 0)
    }
}
