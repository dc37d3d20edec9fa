import Synchronization

/// A storage medium: what an image file looks like to a drive. Called from a worker thread, one request at a time.
package protocol BlockDevice: AnyObject, Sendable {
    /// Bytes in a sector: 512, or 2048 for a CD.
    var sectorSize: Int { get }
    var sectorCount: UInt64 { get }
    var isReadOnly: Bool { get }
    /// Reads whole sectors.
    func read(_ sector: UInt64, count: Int) throws(BlockError) -> [UInt8]
    /// Writes whole sectors.
    func write(_ sector: UInt64, _ bytes: [UInt8]) throws(BlockError)
    /// Returns once everything written is on stable storage.
    func flush() throws(BlockError)
    /// Gives up whatever keeps others from the medium; its machine will not ask again.
    func letGo()
}

extension BlockDevice {
    package func letGo() {}
}

package enum BlockError: Error, Equatable, Sendable, CustomStringConvertible {
    case outOfRange(sector: UInt64, count: Int, of: UInt64)
    case readOnly
    /// The host could not read or write; `reason` names the file and says why.
    case host(reason: String)
    case noMedium

    package var description: String {
        switch self {
        case .outOfRange(let sector, let count, let of): "sectors \(sector)+\(count) lie outside the medium, which has \(of)"
        case .readOnly: "the medium is read-only"
        case .host(let reason): reason
        case .noMedium: "no medium"
        }
    }
}

package enum BlockOperation: Equatable, Sendable {
    case read(sector: UInt64, count: Int)
    case write(sector: UInt64, bytes: [UInt8])
    case flush
}

package protocol BlockClient: AnyObject {
    /// On the machine's thread. `data` holds what a read delivered, and is empty for other operations.
    func blockCompleted(_ tag: UInt32, _ result: Result<[UInt8], BlockError>)
}

/// A drive's connector. The medium behind it can be changed; requests run on a worker thread and their completions are delivered on the
/// machine's thread by `deliver`, which the run loop calls. Under deterministic time they run at once instead and complete after `latency`.
package final class BlockPort: Clocked {
    package enum Timing: Sendable {
        /// Complete when the host has done the work.
        case host
        /// Complete this many virtual ns after the request, the machine waiting for the host.
        case fixed(latency: UInt64)
    }

    private struct Completion: Sendable {
        var tag: UInt32
        /// Bytes that a write moves, if it succeeds.
        var writes: Int
        var result: Result<[UInt8], BlockError>
    }

    private let clock: ClockPort
    private let timing: Timing
    private let worker: IOWorker?
    private let wake: @Sendable () -> Void
    private let finished = Mutexed<[Completion]>([])
    private var held: [Completion] = []
    private var inFlight = 0

    package private(set) var medium: (any BlockDevice)?
    /// Counts changes of the medium, for disk-change lines.
    package private(set) var changes = 0
    package weak var client: (any BlockClient)?
    /// Called on the machine's thread when the medium was changed.
    package var onMediumChange: (() -> Void)?
    /// Bytes moved since power-on.
    package private(set) var bytesRead: UInt64 = 0
    package private(set) var bytesWritten: UInt64 = 0

    /// - Parameters:
    ///   - worker: the machine's I/O thread; nil runs every request at once.
    ///   - wake: called from the worker when a completion waits.
    package init(_ medium: (any BlockDevice)?, clock: ClockPort, timing: Timing, worker: IOWorker?, wake: @escaping @Sendable () -> Void) {
        self.medium = medium
        self.clock = clock
        self.timing = timing
        self.worker = worker
        self.wake = wake
        clock.connect(self)
    }

    package var isBusy: Bool { inFlight > 0 }

    package func change(_ medium: (any BlockDevice)?) {
        self.medium = medium
        changes += 1
        onMediumChange?()
    }

    package func submit(_ operation: BlockOperation, tag: UInt32) {
        inFlight += 1
        let writes = if case .write(_, let bytes) = operation { bytes.count } else { 0 }
        guard let medium else { return complete(Completion(tag: tag, writes: writes, result: .failure(.noMedium))) }
        switch timing {
        case .fixed:
            complete(Completion(tag: tag, writes: writes, result: Self.perform(operation, on: medium)))
        case .host:
            guard let worker else { return complete(Completion(tag: tag, writes: writes, result: Self.perform(operation, on: medium))) }
            let finished = finished
            let wake = wake
            worker.run {
                let result = Self.perform(operation, on: medium)
                finished.withLock { $0.append(Completion(tag: tag, writes: writes, result: result)) }
                wake()
            }
        }
    }

    private func complete(_ completion: Completion) {
        let latency: UInt64
        if case .fixed(let fixed) = timing { latency = fixed } else { latency = 20_000 }
        held.append(completion)
        clock.schedule(0, at: clock.now + latency)
    }

    package func clockEvent(_ kind: UInt8, _ payload: UInt32, at time: UInt64) {
        let ready = held
        held = []
        ready.forEach(hand)
    }

    /// Hands finished requests to the client. Machine's thread.
    package func deliver() {
        guard inFlight > 0 else { return }
        let ready = finished.withLock { list in
            defer { list = [] }
            return list
        }
        ready.forEach(hand)
    }

    /// Waits until every request has completed and was delivered: before a state is saved.
    package func drain() {
        while inFlight > 0 {
            clockEvent(0, 0, at: clock.now)
            deliver()
            if inFlight > 0 { worker?.wait() }
        }
        clock.cancel(0)
    }

    private func hand(_ completion: Completion) {
        inFlight -= 1
        if case .success(let data) = completion.result {
            bytesRead &+= UInt64(data.count)
            bytesWritten &+= UInt64(completion.writes)
        }
        client?.blockCompleted(completion.tag, completion.result)
    }

    private static func perform(_ operation: BlockOperation, on medium: any BlockDevice) -> Result<[UInt8], BlockError> {
        do {
            switch operation {
            case .read(let sector, let count):
                guard count >= 0, sector <= medium.sectorCount, UInt64(count) <= medium.sectorCount - sector else {
                    throw BlockError.outOfRange(sector: sector, count: count, of: medium.sectorCount)
                }
                return .success(try medium.read(sector, count: count))
            case .write(let sector, let bytes):
                guard !medium.isReadOnly else { throw BlockError.readOnly }
                let count = bytes.count / medium.sectorSize
                guard bytes.count % medium.sectorSize == 0, sector <= medium.sectorCount, UInt64(count) <= medium.sectorCount - sector else {
                    throw BlockError.outOfRange(sector: sector, count: count, of: medium.sectorCount)
                }
                try medium.write(sector, bytes)
                return .success([])
            case .flush:
                try medium.flush()
                return .success([])
            }
        } catch let error as BlockError {
            return .failure(error)
        } catch {
            return .failure(.host(reason: "\(error)"))
        }
    }
}
