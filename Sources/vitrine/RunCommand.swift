import ArgumentParser
import Bus
import Glibc
import PC

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs an unregistered machine, now, in the foreground.",
        discussion: """
            In a terminal the guest's screen fills it; Ctrl-] then q leaves. Status: 0 done, also when the guest powers off; 1 failed, or the guest \
            ended before a waited text came; 2 wrong usage; 3 --max-seconds passed; 4 a wait of the script ran out; 5 the guest crashed. Under \
            --debug-exit the guest chooses, our own failures are 125 and the time limit 124.

            A machine goes on from a saved state as if nothing had been, with every counter where it stood; only the battery's clock has gone on. Its \
            disks must hold what they held then.

            Under --clock instructions a guest's second is 100 million instructions, and two runs are equal as far as what enters from outside is: \
            --record writes that down, --replay repeats it, --state-hash proves it. A script's steps come when the host gets to them: record them.
            """)

    @OptionGroup var options: RunOptions

    mutating func run() throws {
        let status: Int32
        do {
            let script = try options.script.map { path in
                let text = String(decoding: try readFile(path, for: "--script"), as: UTF8.self)
                do { return try Script(parsing: text) } catch let mistake as Script.Mistake {
                    throw CommandFailure("\(path), line \(mistake.line): \(mistake.problem)", status: 2)
                }
            }
            let replay = try options.replay.map { path in
                let text = String(decoding: try readFile(path, for: "--replay"), as: UTF8.self)
                do { return try Recording(parsing: text) } catch { throw CommandFailure("\(path), \(error)") }
            }
            status = try ForegroundMachine(options, script: script, replay: replay).run()
        } catch var failure as CommandFailure {
            if options.debugExit != nil, failure.status == 1 { failure.status = 125 }
            throw failure
        }
        if status != 0 { throw CommandStatus(status: status) }
    }
}

/// Seconds of the host's monotonic clock.
func now() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func readFile(_ path: String, for option: String) throws(CommandFailure) -> [UInt8] {
    do { return try HostFile.read(path, limit: 1 << 30) } catch { throw CommandFailure("\(option): \(error)") }
}

func writeFile(_ path: String, _ bytes: [UInt8], for option: String) throws(CommandFailure) {
    do { try HostFile.replace(path, bytes) } catch { throw CommandFailure("\(option): \(error)") }
}

extension Double {
    /// Without a needless fraction.
    var formatted: String { self == rounded() && abs(self) < 1e15 ? "\(Int(self))" : "\(self)" }
}
