/// Byte registers behind an index register, saved as a list of exactly `count` numbers. It stands inline in its chip's state: an array would
/// cost ten times as much on the paths that guests drive hardest.
package struct RegisterBank<let count: Int>: Codable, Equatable, Sendable {
    private var bytes = InlineArray<count, UInt8>(repeating: 0)

    init() {}

    package init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        for index in 0..<count { bytes[index] = try list.decode(UInt8.self) }
        guard list.isAtEnd else { throw DecodingError.dataCorruptedError(in: list, debugDescription: "more than \(count) registers") }
    }

    package func encode(to encoder: any Encoder) throws {
        var list = encoder.unkeyedContainer()
        for index in 0..<count { try list.encode(bytes[index]) }
    }

    package static func == (left: Self, right: Self) -> Bool { (0..<count).allSatisfy { left.bytes[$0] == right.bytes[$0] } }

    /// Registers that do not exist read 0 and swallow what is written.
    subscript(index: Int) -> UInt8 {
        @inline(__always) get { index >= 0 && index < count ? bytes[index] : 0 }
        @inline(__always) set { if index >= 0 && index < count { bytes[index] = newValue } }
    }
}
