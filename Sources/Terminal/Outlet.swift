import CNcurses
import Glibc

/// The way to the terminal. It never waits: what the terminal does not take stays here until it does.
///
/// ncurses draws into a file in memory, so that each frame's bytes are known before they are sent, and counted.
@safe
final class Outlet {
    /// The terminal opened once more: not to block is a property of an open file, and standard output is shared with the shell.
    let file: Int32
    private let sink: Int32
    private let stream: UnsafeMutablePointer<FILE>
    private var queue: [UInt8] = []
    private var sent = 0
    /// Bytes added since the beginning.
    private(set) var total: UInt64 = 0
    private var isBroken = false

    init() throws {
        sink = nc_open_sink()
        guard sink >= 0, let stream = unsafe fdopen(sink, "w") else { throw TerminalError(description: "No file is left: too many are open.") }
        unsafe self.stream = unsafe stream
        file = nc_open_terminal()
    }

    deinit {
        unsafe fclose(stream)
        if file != 1 { close(file) }
    }

    /// What ncurses is told to write to.
    var screen: OpaquePointer? { unsafe nc_newterm(stream) }

    var isEmpty: Bool { sent == queue.count }

    func add(_ bytes: some Sequence<UInt8>) {
        let before = queue.count
        queue += bytes
        total &+= UInt64(queue.count - before)
    }

    /// What ncurses has written since the last call.
    func takeDrawn() -> [UInt8] {
        let count = nc_sink_size(sink)
        guard count > 0 else { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: Int(count)) { bytes, read in
            read = max(0, Int(unsafe nc_take_sink(sink, bytes.baseAddress, count)))
        }
    }

    /// Sends as much as the terminal takes now.
    func push() {
        while sent < queue.count, !isBroken {
            let count = unsafe queue[sent...].withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
            if count > 0 {
                sent += count
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                // The terminal is gone; the poll says so.
                isBroken = true
            }
        }
        queue.removeAll(keepingCapacity: queue.count < 1 << 20)
        sent = 0
    }

    /// Sends everything, unless the terminal takes nothing for a second.
    func drain() {
        push()
        while !isEmpty, !isBroken {
            guard nc_wait_writable(file, 1000) != 0 else { return }
            push()
        }
    }
}
