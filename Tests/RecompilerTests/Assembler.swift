/// Guest code byte by byte, with labels: just enough for what stands around the instructions under test.
struct Assembler {
    /// A place in the code that may be named before it is reached.
    struct Label { fileprivate let number: Int }

    private(set) var bytes: [UInt8] = []
    /// The offset of the first byte in its segment.
    let origin: UInt32
    private var places: [Int?] = []
    private var fixups: [(at: Int, size: Int, label: Int, isRelative: Bool)] = []

    init(origin: UInt32) { self.origin = origin }

    /// The offset of the next byte in its segment.
    var here: UInt32 { origin &+ UInt32(bytes.count) }

    mutating func emit(_ more: UInt8...) { bytes += more }
    mutating func emit(_ more: [UInt8]) { bytes += more }
    mutating func word(_ value: UInt32) { bytes += value.bytes(2) }
    mutating func dword(_ value: UInt32) { bytes += value.bytes(4) }

    mutating func label() -> Label {
        places.append(nil)
        return Label(number: places.count - 1)
    }
    mutating func place(_ label: Label) { places[label.number] = bytes.count }
    /// A label for the next byte.
    mutating func mark() -> Label {
        let label = label()
        place(label)
        return label
    }

    /// A displacement from behind itself: of `size` 1, 2 or 4, the last bytes of its instruction.
    mutating func relative(_ label: Label, _ size: Int) {
        fixups.append((bytes.count, size, label.number, true))
        bytes += [UInt8](repeating: 0, count: size)
    }
    /// The label's offset in its segment.
    mutating func absolute(_ label: Label, _ size: Int = 4) {
        fixups.append((bytes.count, size, label.number, false))
        bytes += [UInt8](repeating: 0, count: size)
    }

    /// The code, with labels filled in.
    func finish() -> [UInt8] {
        var result = bytes
        for (at, size, label, isRelative) in fixups {
            guard let place = places[label] else { preconditionFailure("a label without its place") }
            let value = isRelative ? UInt32(truncatingIfNeeded: place - at - size) : origin &+ UInt32(place)
            result.replaceSubrange(at..<at + size, with: value.bytes(size))
        }
        return result
    }

    /// Where a label stands, from the first byte.
    func offset(_ label: Label) -> Int { places[label.number] ?? 0 }
}

extension FixedWidthInteger {
    /// The low `count` bytes, lowest first.
    func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: self >> Self($0 * 8)) } }
}
