/// SplitMix64: small, and every seed starts an unrelated sequence, so that one number names a case.
package struct RandomSource {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    package mutating func word() -> UInt32 { UInt32(truncatingIfNeeded: next() >> 32) }
    package mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next() >> 56) }
    /// 0 to `bound` - 1.
    package mutating func below(_ bound: Int) -> Int { Int(((next() >> 32) &* UInt64(bound)) >> 32) }
    package mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
    package mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }
}
