/// What a guest takes for random numbers where every run must be the same (after G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators",
/// OOPSLA 2014). No secret is safe with it.
struct RepeatableSequence {
    private var state: UInt64 = 0

    mutating func next() -> UInt32 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return UInt32(truncatingIfNeeded: value ^ value >> 31)
    }
}
