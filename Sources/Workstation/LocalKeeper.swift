package import Bus
package import Contract
package import PC

/// What the keeper needs of a machine that runs.
package protocol RunningMachine: AnyObject, Sendable {
    var display: Display { get }
    var statistics: VirtualMachine.Statistics { get }
    func send(_ command: VirtualMachine.Command)
}

extension VirtualMachine: RunningMachine {}

/// Keeps the machines of one library in this process. All decisions are made on one thread; what may take long runs beside it.
package final class LocalKeeper: Keeper {
    package typealias Launch = @Sendable (MachineParts, @escaping @Sendable (VirtualMachine.Event) -> Void) -> any RunningMachine

    private let worker: IOWorker
    private let core: KeeperCore
    private let displays: Mutexed<[MachineID: Display]>
    private let endTicks = Semaphore()

    /// - Parameter patience: seconds that a guest has to react to its power button.
    package init(home: Home, patience: Double = 60, launch: @escaping Launch = { parts, events in VirtualMachine(parts, events: events) }) {
        let worker = IOWorker(name: "keeper")
        let displays = Mutexed<[MachineID: Display]>([:])
        let core = KeeperCore(Library(home), launch: launch, patience: patience, displays: displays) { [weak worker] job in worker?.run(job) }
        (self.worker, self.core, self.displays) = (worker, core, displays)
        worker.run { core.reload() }
        HostThread.start(name: "keeper-tick") { [endTicks, weak worker] in
            while !endTicks.wait(nanoseconds: 1_000_000_000) { worker?.run { core.tick() } }
        }
    }

    deinit {
        endTicks.signal()
        worker.stop()
    }

    package func subscribe(_ receive: @escaping @Sendable (KeeperEvent) -> Void) { worker.run { [core] in core.subscribe(receive) } }

    package func submit(_ command: KeeperCommand, reply: @escaping @Sendable (Result<KeeperReply, KeeperError>) -> Void) {
        worker.run { [core] in core.perform(command, reply) }
    }

    /// The screen of a machine that runs in this process, for a face in the same process; of a saved or crashed one its last picture.
    package func display(of machine: MachineID) -> Display? { displays.withLock { $0[machine] } }
}
