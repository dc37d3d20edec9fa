import Glibc

/// Writes a `Recording` down while its machine runs: each line stands in the file before the machine goes on.
final class Recorder {
    private let path: String
    private let descriptor: Int32

    /// - Parameter options: what the machine is built with, by name.
    init(_ path: String, options: [String: String]) throws(MachineError) {
        self.path = path
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure }
        let lines = [Recording.title] + options.sorted { $0.key < $1.key }.map { "option \($0.key): \($0.value)" }
        try write(lines.joined(separator: "\n") + "\n")
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func add(_ event: Recording.Event, at moment: Recording.Moment) throws(MachineError) {
        try write("\(moment.time) \(moment.instructions) \(Recording.text(event))\n")
    }

    private var failure: MachineError { MachineError("cannot write the recording \(path): \(unsafe String(cString: strerror(errno))).") }

    private func write(_ text: String) throws(MachineError) {
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress.unsafelyUnwrapped + done, $0.count - done) }
            guard count > 0 else { throw failure }
            done += count
        }
    }
}
