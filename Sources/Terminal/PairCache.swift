/// Colour pairs are few on some terminals: the one not used for longest gives way.
struct PairCache {
    struct Key: Hashable {
        var foreground, background: Int32
    }
    private var numbers: [Key: Int32] = [:]
    /// By pair number less one.
    private var keys: [Key] = []
    private var lastUse: [UInt32] = []
    private var frame: UInt32 = 0
    private let capacity: Int

    /// `capacity` counts pair 0, which is the terminal's own.
    init(capacity: Int) { self.capacity = max(0, capacity - 1) }

    mutating func beginFrame() { frame &+= 1 }

    /// The pair's number, and whether it must be told to the terminal.
    mutating func number(_ key: Key) -> (number: Int32, isNew: Bool) {
        if key.foreground == -1, key.background == -1 { return (0, false) }
        if let number = numbers[key] {
            lastUse[Int(number) - 1] = frame
            return (number, false)
        }
        guard capacity > 0 else { return (0, false) }
        let index: Int
        if keys.count < capacity {
            index = keys.count
            keys.append(key)
            lastUse.append(frame)
        } else {
            index = lastUse.indices.min { frame &- lastUse[$0] > frame &- lastUse[$1] } ?? 0
            numbers[keys[index]] = nil
            keys[index] = key
            lastUse[index] = frame
        }
        numbers[key] = Int32(index + 1)
        return (Int32(index + 1), true)
    }
}
