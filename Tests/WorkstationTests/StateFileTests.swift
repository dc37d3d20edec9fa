import Bus
import Disks
import Foundation
import Testing

@testable import Configuration
@testable import Contract
@testable import PC
@testable import Picture
@testable import Workstation

/// Files of saved states without a keeper: what is refused, and what a machine is after a save that failed.
@Suite struct StateFileTests {
    private static func parts(_ configuration: MachineConfiguration = .showcase()) throws -> MachineParts {
        try BackendFactory.open(configuration, paths: PathResolver(folder: "/", fetched: "/"), allowsStandardStreams: false) { _, _ in }.parts
    }

    /// A machine, and how it ended.
    private final class Box: Sendable {
        let ended = Mutexed<VirtualMachine.End?>(nil)
        let started = Mutexed(false)
        let machine: VirtualMachine

        init(_ parts: MachineParts) {
            let (ended, started) = (ended, started)
            machine = VirtualMachine(parts) { event in
                if case .started = event { started.withLock { $0 = true } }
                if case .ended(let end) = event { ended.withLock { $0 = end } }
            }
        }

        func save(_ request: SaveRequest) async -> Result<SavedFile, SnapshotFailure> {
            await withCheckedContinuation { done in machine.send(.save(request) { done.resume(returning: $0) }) }
        }

        /// Waits until its firmware has come to the screen.
        func shows() async throws { while machine.display.current.picture == .blank { try await Task.sleep(for: .milliseconds(5)) } }

        func end() async throws -> VirtualMachine.End {
            while true {
                if let end = ended.withLock({ $0 }) { return end }
                try await Task.sleep(for: .milliseconds(2))
            }
        }

        /// Whether it came back, standing still; it is gone afterwards.
        func restores() async throws -> Bool {
            while ended.withLock({ $0 == nil }), !started.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(1)) }
            machine.send(.turnOff)
            switch try await end() {
            case .turnedOff: return true
            case .failed: return false
            case let other:
                Issue.record("a state that does not restore must be refused, not \(other)")
                return false
            }
        }
    }

    private static func restores(_ path: String, _ configuration: MachineConfiguration = .showcase()) async throws -> Bool {
        var parts = try parts(configuration)
        (parts.snapshotPath, parts.startsStill) = (path, true)
        return try await Box(parts).restores()
    }

    /// Turns it off, and waits until it is.
    private func end(_ box: Box) async throws {
        box.machine.send(.turnOff)
        _ = try await box.end()
    }

    @Test(.timeLimit(.minutes(120))) func aMachineGoesOnAfterASaveThatFailed() async throws {
        let scratch = try Scratch()
        let path = try scratch.file("state", 0)
        let box = Box(try Self.parts())
        try await box.shows()
        var request = SaveRequest(path: path)
        request.thenEnds = true
        request.room = 1 << 16
        guard case .failure(.noSpace(let needed, 1 << 16)) = await box.save(request) else {
            Issue.record("64 KB are too few")
            return
        }
        #expect(needed > 1 << 16)
        #expect(
            SnapshotFailure.noSpace(needed: 117 << 20 + 1, free: 40 << 20 + 5).asUnsaved("nt4").description
                == "No space: saving nt4 needs 118 MB, 40 are free. Nothing was changed.")
        request.room = nil

        // Cancelled in the middle, and just before the old file would be replaced
        let told = Mutexed<[UInt64]>([])
        for mebibytes in [3, 20] as [UInt64] {
            told.withLock { $0 = [] }
            request.work = SnapshotWork(
                progress: { done, _ in told.withLock { $0.append(done) } }, isCancelled: { told.withLock { $0.last == mebibytes << 20 } })
            #expect(await box.save(request) == .failure(.cancelled))
            #expect(told.withLock { $0.count } == Int(mebibytes))
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).isEmpty && !FileManager.default.fileExists(atPath: path + ".new"))
        #expect(box.ended.withLock { $0 == nil })

        request.work = SnapshotWork()
        request.about = Array("about".utf8)
        let file = try await box.save(request).get()
        guard case .saved = try await box.end() else {
            Issue.record("it ends when it is saved")
            return
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count == Int(file.fileBytes))
        #expect(try SnapshotReader(path).about == Array("about".utf8))
        #expect(try await Self.restores(path))
    }

    @Test(.timeLimit(.minutes(120))) func mutilatedFilesAreRefused() async throws {
        let scratch = try Scratch()
        let path = try scratch.file("state", 0), other = try scratch.file("other", 0)
        let box = Box(try Self.parts())
        try await box.shows()
        _ = try await box.save(SaveRequest(path: path)).get()
        try await end(box)
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(try await Self.restores(path))
        var random = SplitMix(seed: 5)
        func isRefused(_ bytes: [UInt8]) async throws -> Bool {
            try Data(bytes).write(to: URL(fileURLWithPath: other))
            return try await !Self.restores(other)
        }
        for count in [0, 1, 8, 11, 12, 20, 21, whole.count - 1] + (0..<40).map({ _ in Int(random.next() % UInt64(whole.count)) }) {
            #expect(try await isRefused(Array(whole.prefix(count))), "\(count) of \(whole.count) bytes")
        }
        // Half of them where there is more than frames
        for round in 0..<120 {
            var bytes = whole
            let place = round % 2 == 0 ? round : Int(random.next() % UInt64(whole.count))
            bytes[place] ^= UInt8(truncatingIfNeeded: random.next()) | 1
            #expect(try await isRefused(bytes), "byte \(place) of \(whole.count), now \(bytes[place])")
        }
        var newer = whole
        newer[8] = UInt8(Snapshot.version + 1)
        #expect(try await isRefused(newer))
        #expect(try await isRefused(whole + whole))
        // A pipe would keep whoever opens it waiting.
        #expect(unsafe mkfifo(other + ".pipe", 0o600) == 0)
        #expect(throws: SnapshotFailure.self) { try SnapshotReader(other + ".pipe") }
    }

    /// Version 2 has its devices' states in plain sight and no checksums: whatever is put there is refused or taken, and never ends more than the machine.
    @Test(.timeLimit(.minutes(120))) func deviceStatesFromAnywhere() async throws {
        let scratch = try Scratch()
        let path = try scratch.file("state", 0)
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: StateFiles.version2)))
        let length = Int(whole[12]) | Int(whole[13]) << 8 | Int(whole[14]) << 16
        let digits = (16..<16 + length).filter { (0x30...0x39).contains(whole[$0]) }
        var random = SplitMix(seed: 11)
        var taken = 0
        for _ in 0..<150 {
            var bytes = whole
            for _ in 0..<1 + random.next() % 8 { bytes[digits[Int(random.next() % UInt64(digits.count))]] = 0x30 + UInt8(random.next() % 10) }
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            if try await Self.restores(path) { taken += 1 }
        }
        #expect(taken > 0)
    }

    /// What a machine wrote to disks whose writes are kept in memory is in its state.
    @Test(.timeLimit(.minutes(120))) func writesThatWereKeptInMemory() async throws {
        let scratch = try Scratch()
        let path = try scratch.file("state", 0)
        let base = MemoryImage((0..<64 * 512).map { UInt8(truncatingIfNeeded: $0 >> 9) })
        func box(_ disk: any BlockDevice, restoring: Bool) throws -> Box {
            var parts = try Self.parts()
            parts.media.append(.init(slot: .hda, kind: .disk, device: disk))
            if restoring { (parts.snapshotPath, parts.startsStill) = (path, true) }
            return Box(parts)
        }
        let disk = SnapshotDisk(over: base)
        try disk.write(3, [UInt8](repeating: 0xAA, count: 512))
        try disk.write(62, [UInt8](repeating: 0, count: 1024))
        let first = try box(disk, restoring: false)
        _ = try await first.save(SaveRequest(path: path)).get()
        try await end(first)
        let again = SnapshotDisk(over: base)
        try again.write(10, [UInt8](repeating: 1, count: 512))
        #expect(try await box(again, restoring: true).restores())
        #expect(try again.read(0, count: 64) == disk.read(0, count: 64))
        // Without them the disk would not be what its guest knows.
        #expect(try await !box(base, restoring: true).restores())
        #expect(throws: BlockError.self) { try SnapshotDisk(over: base).keep([8: [UInt8](repeating: 0, count: 4096)]) }
        #expect(throws: BlockError.self) { try SnapshotDisk(over: base).keep([.max: [UInt8](repeating: 0, count: 4096)]) }
        #expect(throws: BlockError.self) { try SnapshotDisk(over: base).keep([0: [UInt8](repeating: 0, count: 512)]) }
    }
}

private struct SplitMix {
    var seed: UInt64
    mutating func next() -> UInt64 {
        seed &+= 0x9E37_79B9_7F4A_7C15
        var z = seed
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
