extension LocalAPIC {
    /// One bit for each vector.
    package struct Vectors: Codable, Equatable, Sendable {
        private var first: UInt64 = 0, second: UInt64 = 0, third: UInt64 = 0, fourth: UInt64 = 0

        private static func part(_ vector: UInt8) -> WritableKeyPath<Self, UInt64> {
            switch vector >> 6 {
            case 0: \.first
            case 1: \.second
            case 2: \.third
            default: \.fourth
            }
        }
        subscript(_ vector: UInt8) -> Bool {
            get { self[keyPath: Self.part(vector)] >> UInt64(vector & 63) & 1 != 0 }
            set {
                let bit = UInt64(1) << UInt64(vector & 63)
                if newValue { self[keyPath: Self.part(vector)] |= bit } else { self[keyPath: Self.part(vector)] &= ~bit }
            }
        }
        /// The 32 of them that one register shows.
        func word(_ index: Int) -> UInt32 {
            UInt32(truncatingIfNeeded: self[keyPath: Self.part(UInt8(index & 7) << 5)] >> (index & 1 != 0 ? 32 : 0))
        }
        /// The vector of highest priority.
        var highest: UInt8? {
            if fourth != 0 { return 255 - UInt8(fourth.leadingZeroBitCount) }
            if third != 0 { return 191 - UInt8(third.leadingZeroBitCount) }
            if second != 0 { return 127 - UInt8(second.leadingZeroBitCount) }
            return first != 0 ? 63 - UInt8(first.leadingZeroBitCount) : nil
        }
    }
}
