import CThread
import Glibc
import Synchronization

/// A value behind a lock that can be captured by escaping closures.
package final class Mutexed<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>
    package init(_ value: Value) { mutex = Mutex(value) }
    package func withLock<Result>(_ body: (inout Value) -> Result) -> Result { mutex.withLock { body(&$0) } }
}

/// A thread that runs blocking host I/O for one machine, in order.
package final class IOWorker: Sendable {
    private struct Queue {
        var jobs: [@Sendable () -> Void] = []
        var running = false
        var stopped = false
    }

    private let queue = Mutexed(Queue())
    private let work = Semaphore()
    private let idle = Semaphore()

    package init(name: String) {
        HostThread.start(name: name) { [queue, work, idle] in
            while true {
                work.wait()
                let job = queue.withLock { queue -> (@Sendable () -> Void)? in
                    guard !queue.jobs.isEmpty else { return nil }
                    queue.running = true
                    return queue.jobs.removeFirst()
                }
                if let job {
                    job()
                    queue.withLock { $0.running = false }
                    idle.signal()
                } else if queue.withLock({ $0.stopped }) {
                    return
                }
            }
        }
    }

    deinit { stop() }

    package func run(_ job: @escaping @Sendable () -> Void) {
        queue.withLock { $0.jobs.append(job) }
        work.signal()
    }

    /// Blocks until some job has ended since the last call; returns at once when none waits or runs.
    package func wait() {
        if queue.withLock({ $0.jobs.isEmpty && !$0.running }) { return }
        idle.wait()
    }

    /// Ends the thread once its queue is empty.
    package func stop() {
        queue.withLock { $0.stopped = true }
        work.signal()
    }
}

/// A counting semaphore that can be waited for with a limit.
///
/// `@unchecked Sendable`: sem_t is made for use from many threads; its address never changes.
@safe
package final class Semaphore: @unchecked Sendable {
    private let semaphore: UnsafeMutablePointer<sem_t>

    package init() {
        unsafe semaphore = .allocate(capacity: 1)
        unsafe sem_init(semaphore, 0, 0)
    }

    deinit {
        unsafe sem_destroy(semaphore)
        unsafe semaphore.deallocate()
    }

    /// For signal handlers, which may call nothing but sem_post(3).
    var raw: UnsafeMutablePointer<sem_t> { unsafe semaphore }

    package func signal() { unsafe sem_post(semaphore) }

    package func wait() {
        while unsafe sem_wait(semaphore) != 0 && errno == EINTR {}
    }

    /// - Returns: false when `nanoseconds` passed without a signal.
    package func wait(nanoseconds: UInt64) -> Bool {
        var deadline = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &deadline)
        let total = UInt64(deadline.tv_nsec) + nanoseconds % 1_000_000_000
        deadline.tv_sec += Int(clamping: nanoseconds / 1_000_000_000 + total / 1_000_000_000)
        deadline.tv_nsec = Int(total % 1_000_000_000)
        while unsafe cthread_wait(semaphore, &deadline) != 0 {
            if errno == EINTR { continue }
            return false
        }
        return true
    }
}

/// Named POSIX threads with a stack of their own size.
package enum HostThread {
    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void
        init(_ name: String, _ run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Starts a detached thread. The host shows the first 15 bytes of `name`.
    package static func start(name: String, stackSize: Int = 1 << 20, _ run: @escaping @Sendable () -> Void) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        unsafe pthread_attr_setstacksize(&attributes, stackSize)
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let argument = unsafe Unmanaged.passRetained(Body(name, run)).toOpaque()
        let status = unsafe pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let body = unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                unsafe cthread_set_name(String(decoding: body.name.utf8.prefix(15), as: UTF8.self))
                body.run()
                return nil
            }, argument)
        precondition(status == 0, "the host refused a thread")
        unsafe pthread_attr_destroy(&attributes)
    }
}
