import ArgumentParser
import Bus
import Configuration
import Glibc
import PC
import Picture
import RemoteView

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs an unregistered machine, now, in the foreground.",
        discussion: """
            Status: 0 done, also when the guest powers off; 1 failed, or the guest ended before a waited text came; 2 wrong usage; 3 --max-seconds \
            passed; 4 a wait of the script ran out; 5 the guest crashed. Under --debug-exit the guest chooses, our own failures are 125 and the time \
            limit 124.
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
            status = try ForegroundMachine(options, script: script).run()
        } catch var failure as CommandFailure {
            if options.debugExit != nil, failure.status == 1 { failure.status = 125 }
            throw failure
        }
        if status != 0 { throw CommandStatus(status: status) }
    }
}

/// One machine and what the command line wants of it, driven from the main thread.
final class ForegroundMachine {
    private let options: RunOptions
    private let script: Script?
    private let serialTail = Tail()
    private let ended = Mutexed<(end: VirtualMachine.End, picture: Picture)?>(nil)
    private let line = Mutexed<VirtualMachine?>(nil)
    private var outputs: [DescriptorStream] = []
    private var screen = ScreenReader()

    init(_ options: RunOptions, script: Script?) {
        self.options = options
        self.script = script
    }

    func run() throws -> Int32 {
        // Taken by sigtimedwait below, so that disks are flushed and files written also when the user breaks off.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&signals, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)

        let parts = try machineParts()
        let ended = ended
        let box = line
        let machine = VirtualMachine(parts) { event in
            guard case .ended(let end) = event else { return }
            let picture = box.withLock { $0 }?.display.current.picture ?? .blank
            ended.withLock { $0 = (end, picture) }
        }
        line.withLock { $0 = machine }
        machine.display.addWatcher()
        let server = try serve(machine)
        defer { server?.stop() }
        if options.serial.contains(.stdio) {
            let port = options.serial.firstIndex(of: .stdio) ?? 0
            // The end of standard input ends only the typing.
            HostThread.start(name: "stdin") { pump(from: STDIN_FILENO) { machine.send(.serialInput(port: port, $0)) } }
        }

        let started = now()
        var steps = (script?.steps ?? [])[...]
        if let text = options.waitText { steps = [.wait(text, seconds: .infinity)] }
        let endsWithSteps = !steps.isEmpty || script != nil
        var stepBegan = started
        var status: Int32?
        var failure: String?
        while status == nil {
            screen.look(at: machine.display)
            if let (end, _) = ended.withLock({ $0 }) {
                (status, failure) = outcome(of: end, stepsLeft: steps.first)
                break
            }
            if let limit = options.maxSeconds, now() - started >= limit {
                status = options.debugExit == nil ? 3 : 124
                failure = "stopped after --max-seconds \(limit.formatted)"
                break
            }
            if let step = steps.first {
                switch try attempt(step, began: stepBegan, machine) {
                case .done:
                    steps.removeFirst()
                    stepBegan = now()
                    if steps.isEmpty { break }
                    continue
                case .notYet: break
                case .ranOut(let text):
                    status = 4
                    failure = "\"\(text)\" did not come to the screen or the serial line"
                }
            }
            if steps.isEmpty, endsWithSteps, status == nil { status = 0 }
            if status != nil { break }
            var pause = timespec(tv_sec: 0, tv_nsec: 20_000_000)
            let signal = unsafe sigtimedwait(&signals, nil, &pause)
            if signal > 0 { status = 128 + signal }
        }
        failure = finish(machine, status: &status) ?? failure
        if let failure { report("vitrine: \(failure)\n") }
        return status ?? 1
    }

    // MARK: Steps

    private enum Progress {
        case done, notYet
        case ranOut(String)
    }

    private func attempt(_ step: Script.Step, began: Double, _ machine: VirtualMachine) throws -> Progress {
        switch step {
        case .wait(let text, let seconds):
            if screen.contains(text) || serialTail.contains(text) { return .done }
            return now() - began >= seconds ? .ranOut(text) : .notYet
        case .sleep(let seconds):
            return now() - began >= seconds ? .done : .notYet
        case .type(let text):
            for stroke in try Typing.strokes(for: text) {
                press([stroke], machine)
            }
            return .done
        case .keys(let chords):
            for chord in chords { press([try Typing.chord(chord)], machine) }
            return .done
        case .mouse(let x, let y, let buttons):
            let (width, height) = screen.size
            let position = (UInt16(clamping: x * 65535 / max(1, width - 1)), UInt16(clamping: y * 65535 / max(1, height - 1)))
            machine.send(.input(.pointer(x: position.0, y: position.1, buttons: PointerButtons(rawValue: buttons))))
            return .done
        case .screenshot(let path):
            try writeFile(path, try png(of: screen.picture), for: "screenshot")
            return .done
        }
    }

    /// Keys held together, then released in the opposite order; slowly enough for a guest that polls.
    private func press(_ chords: [[KeyCode]], _ machine: VirtualMachine) {
        for keys in chords {
            for key in keys { machine.send(.input(.key(key, down: true))) }
            usleep(15_000)
            for key in keys.reversed() { machine.send(.input(.key(key, down: false))) }
            usleep(15_000)
        }
    }

    // MARK: The end

    private func outcome(of end: VirtualMachine.End, stepsLeft: Script.Step?) -> (Int32, String?) {
        switch end {
        case .poweredOff, .turnedOff, .resetAsEnd:
            switch stepsLeft {
            case nil: return (0, nil)
            case .wait(let text, _):
                // The text may have come with the guest's last breath.
                if let last = ended.withLock({ $0?.picture }) { screen.look(at: last) }
                if screen.contains(text) || serialTail.contains(text) { return (0, nil) }
                return (options.debugExit == nil ? 1 : 125, "the guest ended before \"\(text)\" came")
            default: return (options.debugExit == nil ? 1 : 125, "the guest ended before the script did")
            }
        case .debugExit(let value): return (Int32(value) << 1 | 1, nil)
        case .crashed(let report): return (options.debugExit == nil ? 5 : 125, "the guest crashed (triple fault)\n\(report)")
        case .failed(let reason): return (options.debugExit == nil ? 1 : 125, reason)
        }
    }

    /// Saves, turns off, and writes what was asked for. Returns what failed.
    private func finish(_ machine: VirtualMachine, status: inout Int32?) -> String? {
        var failure: String?
        if let path = options.saveStateAtExit {
            if ended.withLock({ $0 == nil }) {
                let saved = Mutexed<Result<Void, MachineError>?>(nil)
                machine.send(.save(path: path) { result in saved.withLock { $0 = result } })
                while saved.withLock({ $0 == nil }), ended.withLock({ $0 == nil }) { usleep(5_000) }
                if case .failure(let error) = saved.withLock({ $0 }) { failure = "\(error)" }
            } else {
                failure = "the guest had ended: there is no state to save to \(path)"
            }
        }
        screen.look(at: machine.display)
        machine.send(.turnOff)
        for _ in 0..<1000 where ended.withLock({ $0 == nil }) { usleep(10_000) }
        if let last = ended.withLock({ $0?.picture }) { screen.look(at: last) }
        for output in outputs {
            output.drain()
            if output.dropped > 0 { failure = failure ?? "\(output.dropped) bytes of the guest were dropped: their reader did not keep up" }
        }
        do {
            if let path = options.screenshot { try writeFile(path, try png(of: screen.picture), for: "--screenshot") }
            if let path = options.screenText { try writeFile(path, Array(screen.text.utf8), for: "--screen-text") }
        } catch let error as CommandFailure { failure = failure ?? error.message } catch { failure = failure ?? "\(error)" }
        if failure != nil, status == 0 { status = options.debugExit == nil ? 1 : 125 }
        return failure
    }

    // MARK: Parts

    private func machineParts() throws -> MachineParts {
        let configuration = options.machine.configuration(name: "vitrine")
        var parts: MachineParts
        do { parts = MachineParts(configuration: configuration, firmware: try Firmware(bios: options.machine.bios)) } catch {
            throw CommandFailure("\(error)")
        }
        for drive in configuration.drives {
            parts.media.append(.init(slot: drive.slot, kind: drive.kind, device: try Media.open(drive, discardsWrites: options.machine.snapshot)))
        }
        if let kernel = configuration.kernel {
            let bytes = try readFile(kernel.path, for: "--kernel")
            let initrd = try kernel.initrd.map { try readFile($0, for: "--initrd") }
            do {
                let boot = try KernelBoot(
                    kernel: bytes, name: kernel.path, initrd: initrd, arguments: kernel.arguments, memoryBytes: UInt64(options.machine.memory) << 20)
                parts.kernel = KernelFiles(boot)
            } catch { throw CommandFailure("--kernel: \(error)") }
        }
        for (port, choice) in options.serial.enumerated() { parts.serial.append(try stream(choice, port: port)) }
        if parts.serial.isEmpty { parts.serial = [TailStream(serialTail)] }
        parts.debugConsole = try options.debugcon.map { try fileStream($0, for: "--debugcon", tail: nil) }
        for log in options.portLog { parts.portLogs.append((log.port, try fileStream(log.path, for: "--port-log", tail: nil))) }
        parts.debugExitPort = options.debugExit?.value
        parts.endsOnReset = options.noReboot
        parts.snapshotPath = options.restoreState
        return parts
    }

    private func stream(_ choice: SerialChoice, port: Int) throws -> any CharacterStream & Sendable {
        let line = line
        let receive: @Sendable ([UInt8]) -> Void = { bytes in line.withLock { $0 }?.send(.serialInput(port: port, bytes)) }
        switch choice {
        case .none: return TailStream(serialTail)
        case .stdio:
            let stream = DescriptorStream(descriptor: STDOUT_FILENO, name: "serial", tail: serialTail)
            outputs.append(stream)
            return stream
        case .file(let path): return try fileStream(path, for: "--serial", tail: serialTail)
        case .unix(let path): return try SocketStream(path: path, tail: serialTail, receive: receive)
        case .pty:
            let terminal = try TerminalStream(tail: serialTail, receive: receive)
            report("vitrine: serial port \(port + 1) is \(terminal.path)\n")
            return terminal
        }
    }

    private func fileStream(_ path: String, for option: String, tail: Tail?) throws -> DescriptorStream {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw CommandFailure("\(option): \(path) cannot be written: \(errorText())") }
        let stream = DescriptorStream(descriptor: descriptor, name: "log", tail: tail)
        outputs.append(stream)
        return stream
    }

    private func serve(_ machine: VirtualMachine) throws -> ScreenServer? {
        guard case .address(let address) = options.vnc else { return nil }
        do {
            let server = try ScreenServer(display: machine.display, name: "vitrine", address: address) { machine.send(.input($0)) }
            report("vitrine: the screen is at \(server.address)\n")
            return server
        } catch {
            machine.send(.turnOff)
            throw CommandFailure("--vnc: \(error)")
        }
    }

    private func png(of picture: Picture) throws -> [UInt8] {
        let bytes = PNG.encode(picture)
        guard !bytes.isEmpty else { throw CommandFailure("there is no picture to write: the guest's screen is dark") }
        return bytes
    }
}

extension KernelFiles {
    /// The kernel's keys, the option ROM, and the line that lets it boot first.
    init(_ boot: KernelBoot) {
        self.init(
            keys: Dictionary(uniqueKeysWithValues: boot.items.map { ($0.key, $0.bytes) }),
            files: [KernelBoot.romName: KernelBoot.rom(), "bootorder": Array((KernelBoot.bootOrder + "\n\0").utf8)])
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
