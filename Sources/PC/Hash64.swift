import FoundationEssentials
import HostMemory

/// A fast hash for comparing machines, not for secrets: 64-bit words, each multiplied in (the mixing step of FNV-1a over words).
struct Hash64 {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    private mutating func mix(_ word: UInt64) {
        value = (value ^ word) &* 0x0000_0100_0000_01B3
        value ^= value >> 29
    }

    /// Byte by byte, so that it does not matter in which pieces they come.
    mutating func add(pieces bytes: [UInt8]) {
        for byte in bytes { mix(UInt64(byte)) }
    }

    mutating func add(_ data: Data) {
        mix(UInt64(data.count))
        for byte in data { mix(UInt64(byte)) }
    }

    mutating func add(_ region: Region) {
        mix(UInt64(region.size))
        unsafe region.bytes.withMemoryRebound(to: UInt64.self) { words in
            var index = 0
            while index < words.count {
                unsafe mix(words[index])
                index += 1
            }
        }
    }
}
