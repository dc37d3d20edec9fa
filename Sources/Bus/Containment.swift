import CThread
import Glibc

/// Keeps the crash of one thread from being the end of the process.
///
/// Threads of one process share its fate, so code that guests reach is written not to trap. Should it all the same (a Swift trap, a wild access), the
/// handler parks the thread where it stands and tells whoever watches; its stack and what it holds are lost, everything else runs on.
package enum Containment {
    /// What the handler writes to. Never freed while its thread lives: a parked thread lives for ever.
    ///
    /// `@unchecked Sendable`: the signal's number is written once, by the handler, before the semaphore is posted.
    @safe
    private final class Watch: @unchecked Sendable {
        let record: UnsafeMutablePointer<cthread_record>
        let onCrash: @Sendable (_ signal: Int32) -> Void
        init(_ onCrash: @escaping @Sendable (Int32) -> Void) {
            unsafe record = .allocate(capacity: 1)
            unsafe record.initialize(to: cthread_record(signal: 0, wake: Containment.wake.raw))
            self.onCrash = onCrash
        }
        deinit { unsafe record.deallocate() }
        var signal: Int32 { unsafe record.pointee.signal }
    }

    private static let wake = Semaphore()
    private static let watches = Mutexed<[Watch]>([])
    private static let installed: Void = {
        cthread_install()
        HostThread.start(name: "containment") {
            while true {
                wake.wait()
                let crashed = watches.withLock { list in
                    let crashed = list.filter { $0.signal != 0 }
                    // Kept alive for the parked thread, but told only once.
                    list.removeAll { $0.signal != 0 }
                    return crashed
                }
                for watch in crashed {
                    _ = unsafe Unmanaged.passRetained(watch)
                    watch.onCrash(watch.signal)
                }
            }
        }
    }()

    /// For other handlers of crash signals to ask first: does not return where the calling thread is contained, else 0.
    package static let filter: @convention(c) (Int32) -> Int32 = { cthread_contain($0) }

    /// Runs `body` on the calling thread; if it crashes, `onCrash` is called on another thread with the signal's number, and `body` never returns.
    package static func run(onCrash: @escaping @Sendable (_ signal: Int32) -> Void, _ body: () -> Void) {
        _ = installed
        let watch = Watch(onCrash)
        watches.withLock { $0.append(watch) }
        unsafe cthread_enter(watch.record)
        body()
        cthread_leave()
        watches.withLock { list in list.removeAll { $0 === watch } }
    }
}
