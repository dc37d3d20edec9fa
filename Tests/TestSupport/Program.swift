package import Foundation

/// Programs of the host, and ours among them.
///
/// They are waited for on the test's own thread, of which there are as many as processors: so no more machines run at once than the host can carry.
/// A test's clock runs while it waits for others, so time limits are there to end what hangs, and are far above what any test takes.
package struct Program {
    package var status: Int32
    package var output: String
    package var errors: String

    /// The `vitrine` that was built with these tests: it stands beside their bundle.
    package static let vitrine: String = {
        let test = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: test).deletingLastPathComponent().appending(path: "vitrine").path
    }()

    package static func find(_ name: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return path.split(separator: ":").map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Runs a program to its end, or kills it after `limit` seconds. `answer` is typed once `prompt` stood in its output.
    package static func run(
        _ path: String, _ arguments: [String], answering prompt: String? = nil, with answer: String = "", limit: Double = 600
    ) throws -> Program {
        let folder = try scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        func text(_ name: String) -> String { String(decoding: (try? Data(contentsOf: folder.appending(path: name))) ?? Data(), as: UTF8.self) }
        let files = try ["out", "err"].map { name in
            let file = folder.appending(path: name)
            try Data().write(to: file)
            return try FileHandle(forUpdating: file)
        }
        let keyboard = Pipe()
        // Left to themselves they stay open, and Foundation crashes where it lists some thousand descriptors.
        defer { for handle in files + [keyboard.fileHandleForReading] { try? handle.close() } }
        process.standardInput = keyboard
        process.standardOutput = files[0]
        process.standardError = files[1]
        try process.run()
        let end = Date(timeIntervalSinceNow: limit)
        var isAsked = prompt == nil
        if isAsked { try keyboard.fileHandleForWriting.close() }
        while process.isRunning {
            if Date() > end { process.terminate() }
            if let prompt, !isAsked, text("out").contains(prompt) {
                try keyboard.fileHandleForWriting.write(contentsOf: Data(answer.utf8))
                isAsked = true
            }
            usleep(20_000)
        }
        return Program(status: process.terminationStatus, output: text("out"), errors: text("err"))
    }

    /// `vitrine run` with a script; the screen's text at the end comes back with it.
    package static func guest(_ arguments: [String], script: String, limit: Int = 300) throws -> (program: Program, screen: String) {
        let folder = try scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "script")
        let screen = folder.appending(path: "screen")
        try Data(script.utf8).write(to: file)
        let program = try run(
            vitrine, ["run", "--no-console", "--max-seconds", "\(limit)", "--script", file.path, "--screen-text", screen.path] + arguments,
            limit: Double(limit) + 60)
        return (program, (try? String(contentsOf: screen, encoding: .utf8)) ?? "")
    }

    package static func scratch() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "vitrine-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }
}
