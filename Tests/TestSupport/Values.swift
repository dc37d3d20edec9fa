/// Values worth trying.
package enum Values {
    package static func integer(_ random: inout RandomSource) -> UInt32 {
        switch random.below(10) {
        case 0: return random.pick([0, 1, 2, 0xFFFF_FFFF, 0x8000_0000, 0x7FFF_FFFF, 0x8000, 0x7FFF, 0x80, 0x7F, 0xFF, 0xFFFF, 0x10000])
        case 1: return UInt32(random.below(64))
        case 2: return 0 &- UInt32(random.below(64))
        case 3: return 1 << UInt32(random.below(32))
        case 4: return random.word() & 0xFFFF
        case 5: return random.word() & 0xFF
        default: return random.word()
        }
    }

    package static func single(_ random: inout RandomSource) -> UInt32 {
        let sign = random.word() & 0x8000_0000
        switch random.below(12) {
        case 0: return sign
        case 1: return sign | 0x7F80_0000
        case 2: return sign | 0x7FC0_0000 | random.word() & 0x3F_FFFF
        case 3: return sign | 0x7F80_0001 | random.word() & 0x3F_FFFF
        case 4: return sign | random.word() & 0x7F_FFFF
        case 5: return sign | 0x3F80_0000
        case 6: return sign | Float(random.below(5000)).bitPattern
        case 7: return sign | UInt32(random.below(4) == 0 ? 254 : 1) << 23 | random.word() & 0x7F_FFFF
        case 8: return random.word()
        default: return sign | UInt32(120 + random.below(40)) << 23 | random.word() & 0x7F_FFFF
        }
    }

    package static func double(_ random: inout RandomSource) -> UInt64 {
        let sign = random.next() & 1 << 63
        let fraction = random.next() >> 12
        switch random.below(12) {
        case 0: return sign
        case 1: return sign | 0x7FF << 52
        case 2: return sign | 0xFFF << 51 | fraction >> 1
        case 3: return sign | 0x7FF << 52 | fraction >> 1 | 1
        case 4: return sign | fraction
        case 5: return sign | 0x3FF << 52
        case 6: return sign | Double(random.below(100_000)).bitPattern
        case 7: return sign | UInt64(random.below(4) == 0 ? 2046 : 1) << 52 | fraction
        case 8: return random.next()
        default: return sign | UInt64(1010 + random.below(40)) << 52 | fraction
        }
    }

    /// 80-bit values of every class, also those that no processor since the 387 makes.
    package static func extended(_ random: inout RandomSource) -> (significand: UInt64, exponent: UInt16) {
        let sign = UInt16(truncatingIfNeeded: random.next()) & 0x8000
        let one: UInt64 = 1 << 63
        switch random.below(18) {
        case 0: return (0, sign)
        case 1: return (one, sign | 0x7FFF)
        case 2: return (one | 1 << 62 | random.next() >> 2, sign | 0x7FFF)
        case 3: return (one | random.next() >> 2 | 1, sign | 0x7FFF)
        case 4: return (random.next() >> 1, sign)
        case 5: return (one | random.next() >> 1, sign)
        case 6: return (random.next() >> 1, sign | UInt16(1 + random.below(0x7FFE)))
        case 7: return (random.next() >> 1, sign | 0x7FFF)
        case 8: return (one, sign | 0x3FFF)
        case 9: return (UInt64(random.below(1000)) << 54 | one, sign | UInt16(0x3FF0 + random.below(80)))
        case 10: return (one | random.next(), sign | UInt16(1 + random.below(0x7FFE)))
        case 11: return (one | random.next(), sign | UInt16(random.chance(50) ? 0x7FFE - random.below(70) : 1 + random.below(70)))
        case 12: return (random.next(), 0xFFFF)
        case 13: return (one | random.next() & ~0x7FF, sign | UInt16(0x3FFF + random.below(60) - 30))
        default: return (one | random.next(), sign | UInt16(0x3FFF + random.below(70) - 35))
        }
    }

    /// A 128-bit operand: floats of one kind, or integers.
    package static func vector(_ random: inout RandomSource) -> [UInt64] {
        switch random.below(4) {
        case 0: return [double(&random), double(&random)]
        case 1, 2:
            return (0..<2).map { _ in UInt64(single(&random)) | UInt64(single(&random)) << 32 }
        default:
            return (0..<2).map { _ in random.chance(40) ? UInt64(integer(&random)) | UInt64(integer(&random)) << 32 : random.next() }
        }
    }

    /// Sixteen bytes of whatever an instruction may find in memory.
    package static func memory(_ random: inout RandomSource) -> [UInt8] {
        switch random.below(8) {
        case 0:
            let value = extended(&random)
            return [value.significand, UInt64(value.exponent) | random.next() << 16].littleEndianBytes
        case 1:
            // Packed decimal
            return (0..<9).map { _ in UInt8(random.below(10)) | UInt8(random.below(10)) << 4 } + [random.chance(50) ? 0x80 : 0, 0, 0, 0, 0, 0, 0]
        case 2: return [0, random.chance(50) ? 0 : UInt64.max].littleEndianBytes
        default: return vector(&random).littleEndianBytes
        }
    }
}

extension Sequence<UInt64> {
    package var littleEndianBytes: [UInt8] { flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) } } }
}
