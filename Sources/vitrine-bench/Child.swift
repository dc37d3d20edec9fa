package import Foundation
import Glibc
import Synchronization

/// A program that runs in a process group of its own, read line by line.
package final class Child {
    private let process = Process()
    private let output = Pipe()
    private let log: FileHandle

    /// Whose group a signal to us must end too; 0: nobody's.
    private static let running = Atomic<pid_t>(0)

    /// Standard input is at its end; `log` receives the command line and what the child prints.
    package init(_ command: [String], log: URL) throws {
        try Data((command.joined(separator: " ") + "\n").utf8).write(to: log)
        self.log = try FileHandle(forWritingTo: log)
        _ = try self.log.seekToEnd()
        process.standardOutput = output
        process.standardError = output
        try Self.start(process, command)
        // The writing end is the child's alone, so that reading ends when the child does.
        try output.fileHandleForWriting.close()
    }

    /// Foundation gives a process a group of its own, which the terminal's Ctrl-C does not reach.
    private static func start(_ process: Process, _ command: [String]) throws {
        guard let name = command.first, let program = Engine.find(name) else { throw Failure("\(command.first ?? "?") is not here") }
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = Array(command.dropFirst())
        process.standardInput = FileHandle.nullDevice
        try process.run()
        running.store(process.processIdentifier, ordering: .relaxed)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { number in
                let group = Child.running.load(ordering: .relaxed)
                if group > 0 { kill(-group, SIGKILL) }
                _exit(128 + number)
            }
        }
    }

    deinit { end() }

    package enum Ending { case enough, ended, silent }

    /// Gives each line to `body` until that answers false, the output ends, or nothing came for `patience` seconds.
    package func lines(patience: Double, _ body: (String) -> Bool) -> Ending {
        var pending: [UInt8] = []
        let descriptor = output.fileHandleForReading.fileDescriptor
        var bytes = [UInt8](repeating: 0, count: 65536)
        while true {
            var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = unsafe poll(&wanted, 1, Int32(min(patience * 1000, 2e9)))
            if ready == 0 { return .silent }
            if ready < 0, errno == EINTR { continue }
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return .ended }
            try? log.write(contentsOf: bytes.prefix(count))
            pending += bytes.prefix(count)
            while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: pending[..<end].filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
                pending.removeSubrange(...end)
                if !body(line) { return .enough }
            }
        }
    }

    /// What the child has used until now, nil where it has ended. It stands still meanwhile: the kernel adds up the time of a running thread at its ticks only.
    package func usage() -> Usage? {
        let (process, wall) = (process.processIdentifier, Usage.now())
        kill(-process, SIGSTOP)
        while !Usage.isStopped(process), Usage.now() < wall + 0.2 { usleep(200) }
        defer { kill(-process, SIGCONT) }
        return Usage.cpu(of: process).map { Usage(cpu: $0, wall: wall, peakKiB: Usage.peak(of: process)) }
    }

    package func end() {
        guard process.isRunning else { return }
        kill(-process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        Self.running.store(0, ordering: .relaxed)
    }

    /// Runs a program to its end.
    static func output(_ command: [String]) throws -> (status: Int32, text: String, errors: String) {
        let process = Process(), errors = FileManager.default.temporaryDirectory.appending(path: "vitrine-bench-\(UUID().uuidString)")
        let output = Pipe()
        try Data().write(to: errors)
        defer { try? FileManager.default.removeItem(at: errors) }
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        try start(process, command)
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        running.store(0, ordering: .relaxed)
        return (process.terminationStatus, text, try String(contentsOf: errors, encoding: .utf8))
    }
}
