package import Bus
package import Configuration
import Glibc
package import Picture
package import Processor
import Synchronization

/// A running machine: a handle, safe to share, to the one thread on which its board is built, runs and dies.
package final class VirtualMachine: Sendable {
    package enum Command: Sendable {
        case pause, resume, reset, powerButton, turnOff
        case input(InputEvent)
        case serialInput(port: Int, [UInt8])
        /// `path` names the medium in a recording.
        case changeMedium(MachineConfiguration.Drive.Slot, (any BlockDevice)?, path: String? = nil)
        /// Writes the machine's state to a file. Where that fails the machine goes on as it was. A machine that ends before it comes to this does
        /// not reply.
        case save(SaveRequest, reply: @Sendable (Result<SavedFile, SnapshotFailure>) -> Void)
    }

    package enum Event: Sendable {
        case started, paused, resumed, wasReset
        /// The last event.
        case ended(End)
    }

    package enum End: Sendable {
        /// The guest switched the power off.
        case poweredOff
        case turnedOff
        /// Its state is on disk.
        case saved
        /// The guest reset itself under `endsOnReset`.
        case resetAsEnd
        /// Triple fault; registers and screen text. Or the machine's own thread failed.
        case crashed(report: String)
        case debugExit(UInt8)
        /// It could not be built or restored.
        case failed(String)
    }

    package struct Statistics: Sendable {
        package var instructions: UInt64
        /// CPU time of the machine's thread, ns.
        package var cpuTime: UInt64
        /// Bytes of guest RAM that the host holds in memory.
        package var residentBytes: Int
        package var figures = BoardFigures()
        /// nil where the machine does not translate, or has not told yet.
        package var translation: TranslationStatistics?
    }

    /// What the board counts, since power-on.
    package struct BoardFigures: Equatable, Sendable {
        /// Bytes, all drives together.
        package var read: UInt64 = 0, written: UInt64 = 0
        /// Interrupts that the processor took from the interrupt controllers.
        package var interrupts: UInt64 = 0
        /// The guest listens to a mouse.
        package var usesPointer = false
    }

    package let name: String
    package let display = Display()
    private let last = Mutexed<Picture>(.blank)
    /// What the screen showed when the machine ended.
    package var lastPicture: Picture { last.withLock { $0 } }
    private let inbox = Mutexed<[Command]>([])
    private let wake = Semaphore()
    private let attention = Mutexed<Attention?>(nil)
    private let instructions = Atomic<UInt64>(0)
    private let cpuTime = Atomic<UInt64>(0)
    private let resident = Atomic<Int>(0)
    private let figures = Mutexed(BoardFigures())
    private let translation = Mutexed<TranslationStatistics?>(nil)

    /// Starts the machine. `events` is called on its thread and must return quickly.
    package init(_ parts: MachineParts, events: @escaping @Sendable (Event) -> Void) {
        name = parts.configuration.name
        HostThread.start(name: "vm:" + name, stackSize: 4 << 20) { [self] in
            Containment.run { signal in
                // Its thread is parked with all that it holds; only what others wait for is given back.
                for medium in parts.media { medium.device?.letGo() }
                self.end(
                    .crashed(
                        report:
                            "Vitrine itself failed in this machine (signal \(signal)); the others run on. The fault is Vitrine's, not the guest's."),
                    events)
            } _: {
                let end: End
                do {
                    let loop = try RunLoop(parts, self)
                    attention.withLock { $0 = loop.attention }
                    events(.started)
                    end = loop.run(events)
                    loop.shutDown()
                } catch {
                    end = .failed("\(error)")
                }
                self.end(end, events)
            }
        }
    }

    private func end(_ end: End, _ events: (Event) -> Void) {
        attention.withLock { $0 = nil }
        last.withLock { $0 = display.current.picture }
        switch end {
        // What these showed last is worth a look.
        case .crashed, .saved: break
        default: display.publish(.blank)
        }
        events(.ended(end))
    }

    /// Thread-safe; returns at once.
    package func send(_ command: Command) {
        inbox.withLock { $0.append(command) }
        nudge()
    }

    package var statistics: Statistics {
        Statistics(
            instructions: instructions.load(ordering: .relaxed), cpuTime: cpuTime.load(ordering: .relaxed),
            residentBytes: resident.load(ordering: .relaxed), figures: figures.withLock { $0 }, translation: translation.withLock { $0 })
    }

    /// Makes the run loop look at its inbox and its drives.
    func nudge() {
        attention.withLock { $0?.request() }
        wake.signal()
    }

    func takeCommands() -> [Command] {
        inbox.withLock { list in
            defer { list = [] }
            return list
        }
    }

    /// Sleeps until a nudge, or `nanoseconds` at most.
    func sleep(_ nanoseconds: UInt64?) {
        if let nanoseconds { _ = wake.wait(nanoseconds: nanoseconds) } else { wake.wait() }
    }

    func report(instructions count: UInt64, residentBytes: Int?, figures board: BoardFigures, translation new: TranslationStatistics?) {
        translation.withLock { $0 = new }
        figures.withLock { $0 = board }
        instructions.store(count, ordering: .relaxed)
        if let residentBytes { resident.store(residentBytes, ordering: .relaxed) }
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        cpuTime.store(UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec), ordering: .relaxed)
    }
}
