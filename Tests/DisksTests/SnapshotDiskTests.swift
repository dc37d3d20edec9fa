import Bus
import Disks
import Testing

/// The same numbers in every run.
private struct Lehmer: RandomNumberGenerator {
    var state: UInt64 = 0x5DEE_CE66
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}

@Suite struct SnapshotDiskTests {
    private let scratch = Scratch()

    @Test func writesAreSeenAboveAndNotBelow() throws {
        let base = try RawImage(scratch.file("disk", bytes: 37 * 512, fill: 1), kind: .disk, readOnly: true)
        let disk = SnapshotDisk(over: base)
        #expect(!disk.isReadOnly && disk.sectorCount == 37)
        try disk.write(6, [UInt8](repeating: 2, count: 5 * 512))
        try disk.write(36, [UInt8](repeating: 3, count: 512))
        let all = try disk.read(0, count: 37)
        #expect((0..<37).map { all[$0 * 512 + 511] } == [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2] + [UInt8](repeating: 1, count: 25) + [3])
        #expect(try disk.read(7, count: 2) == [UInt8](repeating: 2, count: 1024))
        #expect(try base.read(0, count: 37) == [UInt8](repeating: 1, count: 37 * 512))
        #expect(disk.bytesHeld == (8 + 8 + 5) * 512)
    }

    @Test func manyRandomWritesEqualAPlainCopy() throws {
        let disk = SnapshotDisk(over: try RawImage(scratch.file("disk", bytes: 100 * 512, fill: 5), kind: .disk, readOnly: true))
        var copy = [UInt8](repeating: 5, count: 100 * 512)
        var random = Lehmer()
        for round in 0..<300 {
            let start = Int.random(in: 0..<100, using: &random)
            let count = Int.random(in: 1...min(20, 100 - start), using: &random)
            let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: round), count: count * 512)
            try disk.write(UInt64(start), bytes)
            copy.replaceSubrange(start * 512..<(start + count) * 512, with: bytes)
        }
        #expect(try disk.read(0, count: 100) == copy)
    }

    @Test func nothingReachesOutside() throws {
        let disk = SnapshotDisk(over: try RawImage(scratch.file("disk", bytes: 512), kind: .disk, readOnly: true))
        #expect(throws: BlockError.outOfRange(sector: 1, count: 1, of: 1)) { try disk.write(1, [UInt8](repeating: 0, count: 512)) }
        #expect(throws: BlockError.outOfRange(sector: .max, count: 1, of: 1)) { try disk.write(.max, [UInt8](repeating: 0, count: 512)) }
        #expect(throws: BlockError.outOfRange(sector: 0, count: 2, of: 1)) { try disk.read(0, count: 2) }
    }
}
