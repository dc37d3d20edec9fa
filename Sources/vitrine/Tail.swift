import Bus

/// The end of what a guest sent over its serial line, for texts that are waited for.
final class Tail: Sendable {
    private let bytes = Mutexed<[UInt8]>([])

    func append(_ new: [UInt8]) {
        bytes.withLock {
            $0 += new
            if $0.count > 1 << 17 { $0.removeFirst($0.count - 1 << 16) }
        }
    }

    func contains(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        return bytes.withLock { bytes in
            guard let first = wanted.first, bytes.count >= wanted.count else { return false }
            for start in 0...bytes.count - wanted.count where bytes[start] == first && bytes[start..<start + wanted.count].elementsEqual(wanted) {
                return true
            }
            return false
        }
    }
}

/// Sees what passes to the far end of a line, which may be nobody.
final class TappedStream: CharacterStream, Sendable {
    private let tail: Tail
    private let next: (any CharacterStream & Sendable)?

    init(_ tail: Tail, _ next: (any CharacterStream & Sendable)?) { (self.tail, self.next) = (tail, next) }

    func send(_ bytes: [UInt8]) {
        tail.append(bytes)
        next?.send(bytes)
    }
}
