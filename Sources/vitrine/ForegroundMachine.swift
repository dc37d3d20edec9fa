import Bus
import Configuration
import Contract
import Glibc
import PC
import Picture
import RemoteView
import Workstation

/// One machine and what the command line wants of it. Its steps are followed on the main thread; where the guest's screen fills the terminal, on a
/// thread of their own.
final class ForegroundMachine: Sendable {
    /// How the machine ended, and its last screen.
    private struct Ended: Sendable {
        var end: VirtualMachine.End
        var picture: Picture
    }

    /// What stands in the way of nothing but must be told; kept until the terminal is given back.
    private struct Outcome: Sendable {
        var status: Int32?
        var failure: String?
    }

    private let options: RunOptions
    private let script: Script?
    private let replay: Recording?
    private let serialTail = Tail()
    private let ended = Mutexed<Ended?>(nil)
    private let machine = Mutexed<VirtualMachine?>(nil)
    private let outcome = Mutexed(Outcome())
    private let profile = Mutexed<String?>(nil)
    private let usesConsole: Bool

    init(_ options: RunOptions, script: Script?, replay: Recording? = nil) throws(CommandFailure) {
        self.options = options
        self.script = script
        self.replay = replay
        let serialHasTerminal = options.serial.contains(.stdio)
        if options.console == true, serialHasTerminal {
            throw CommandFailure("--console and --serial stdio both want this terminal; give --serial pty or unix:PATH", status: 2)
        }
        usesConsole = options.console ?? (isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 && !serialHasTerminal)
    }

    func run() throws -> Int32 {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        // Taken by sigtimedwait, so that disks are flushed and files written also when the user breaks off; the console has its own handlers.
        if !usesConsole {
            for signal in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&signals, signal) }
            unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        }
        signal(SIGPIPE, SIG_IGN)

        let paths = PathResolver(folder: ".", fetched: Home().packages)
        let opened = try open(paths)
        defer { opened.closeSerial() }
        var outputs = opened.serial
        let parts = try parts(opened, paths, &outputs)
        let keeper = SingleKeeper(parts.configuration, paths: paths)
        let (ended, box) = (ended, machine)
        let machine = VirtualMachine(parts) { event in
            if case .ended(let end) = event {
                let picture = box.withLock { $0 }?.lastPicture ?? .blank
                ended.withLock { $0 = Ended(end: end, picture: picture) }
            }
            keeper.happened(event)
        }
        box.withLock { $0 = machine }
        machine.display.addWatcher()
        let server = try serve(machine)
        defer { server?.stop() }
        keeper.attach(machine, screenAddress: server?.address)

        if usesConsole {
            try runBesideConsole(machine, keeper)
        } else {
            opened.remarks.forEach { report("vitrine: \($0)\n") }
            if let server { report("vitrine: the screen is at \(server.address)\n") }
            follow(machine, signals)
        }
        outputs.forEach { $0.close() }
        return tell(outputs)
    }

    private func tell(_ outputs: [SerialBackend]) -> Int32 {
        var outcome = outcome.withLock { $0 }
        let dropped = outputs.reduce(0) { $0 + $1.dropped }
        if dropped > 0, outcome.failure == nil { outcome.failure = "\(dropped) bytes of the guest were dropped: their reader did not keep up" }
        if let failure = outcome.failure { report("vitrine: \(failure)\n") }
        return outcome.status ?? 1
    }

    private func runBesideConsole(_ machine: VirtualMachine, _ keeper: SingleKeeper) throws {
        let done = Semaphore()
        HostThread.start(name: "run") { [self] in
            follow(machine, nil)
            done.signal()
        }
        let status: Int32
        do {
            status = try ConsoleApp(keeper: keeper, display: { _ in machine.display }, machine: keeper.id).run()
        } catch {
            machine.send(.turnOff)
            done.wait()
            throw CommandFailure("\(error)")
        }
        // Whoever leaves the console has turned the machine off, or the machine has ended.
        machine.send(.turnOff)
        done.wait()
        if status != 0 { outcome.withLock { $0.status = status } }
    }

    // MARK: Following

    /// Takes the steps one after the other until there is a status, then ends the machine and writes what was asked for.
    private func follow(_ machine: VirtualMachine, _ signals: sigset_t?) {
        var screen = ScreenReader()
        let started = now()
        var steps = (script?.steps ?? [])[...]
        if let text = options.waitText { steps = [.wait(text, seconds: .infinity)] }
        let endsWithSteps = !steps.isEmpty || script != nil
        var stepBegan = started
        var status: Int32?
        var failure: String?
        while status == nil {
            screen.look(at: machine.display)
            if let end = ended.withLock({ $0 }) {
                (status, failure) = judge(end, &screen, stepsLeft: steps.first)
                break
            }
            if let limit = options.maxSeconds, now() - started >= limit {
                status = options.debugExit == nil ? 3 : 124
                failure = "stopped after --max-seconds \(limit.formatted)"
                break
            }
            if let step = steps.first {
                do {
                    switch try attempt(step, began: stepBegan, machine, screen: &screen) {
                    case .done:
                        steps.removeFirst()
                        stepBegan = now()
                        if !steps.isEmpty { continue }
                    case .notYet: break
                    case .ranOut(let text):
                        status = 4
                        failure = "\"\(text)\" did not come to the screen or the serial line"
                    }
                } catch {
                    status = options.debugExit == nil ? 1 : 125
                    failure = (error as? CommandFailure)?.message ?? "\(error)"
                }
            }
            if steps.isEmpty, endsWithSteps, status == nil { status = 0 }
            if status == nil { status = pause(signals, milliseconds: steps.isEmpty ? 100 : 20) }
        }
        failure = finish(machine, &screen, status: &status) ?? failure
        outcome.withLock { $0 = Outcome(status: status, failure: failure) }
    }

    /// So long, or until a signal comes: then the status it gives.
    private func pause(_ signals: sigset_t?, milliseconds: Int) -> Int32? {
        guard var signals else {
            usleep(UInt32(milliseconds) * 1000)
            return nil
        }
        var pause = timespec(tv_sec: 0, tv_nsec: milliseconds * 1_000_000)
        let signal = unsafe sigtimedwait(&signals, nil, &pause)
        return signal > 0 ? 128 + signal : nil
    }

    private enum Progress {
        case done, notYet
        case ranOut(String)
    }

    private func attempt(_ step: Script.Step, began: Double, _ machine: VirtualMachine, screen: inout ScreenReader) throws -> Progress {
        switch step {
        case .wait(let text, let seconds):
            if screen.contains(text) || serialTail.contains(text) { return .done }
            return now() - began >= seconds ? .ranOut(text) : .notYet
        case .sleep(let seconds): return now() - began >= seconds ? .done : .notYet
        case .type(let text): press(try Typist.strokes(for: text), machine)
        case .keys(let chords): for chord in chords { press(try Typist.strokes(chord: chord), machine) }
        case .mouse(let x, let y, let buttons):
            let (width, height) = screen.size
            let position = (UInt16(clamping: x * 65535 / max(1, width - 1)), UInt16(clamping: y * 65535 / max(1, height - 1)))
            machine.send(.input(.pointer(x: position.0, y: position.1, buttons: PointerButtons(rawValue: buttons))))
        case .screenshot(let path): try writeFile(path, try png(of: screen.picture), for: "screenshot")
        }
        return .done
    }

    /// Keys held together, then released in the opposite order; slowly enough for a guest that polls.
    private func press(_ strokes: [Typist.Stroke], _ machine: VirtualMachine) {
        for stroke in strokes {
            for key in stroke.keys { machine.send(.input(.key(key, down: true))) }
            usleep(15_000)
            for key in stroke.keys.reversed() { machine.send(.input(.key(key, down: false))) }
            usleep(15_000)
        }
    }

    // MARK: The end

    private var ownFailure: Int32 { options.debugExit == nil ? 1 : 125 }

    private func judge(_ ended: Ended, _ screen: inout ScreenReader, stepsLeft: Script.Step?) -> (Int32, String?) {
        switch ended.end {
        case .poweredOff, .turnedOff, .saved, .resetAsEnd:
            switch stepsLeft {
            case nil: return (0, nil)
            case .wait(let text, _):
                // The text may have come with the guest's last breath.
                screen.look(at: ended.picture)
                if screen.contains(text) || serialTail.contains(text) { return (0, nil) }
                return (ownFailure, "the guest ended before \"\(text)\" came")
            default: return (ownFailure, "the guest ended before the script did")
            }
        case .debugExit(let value): return (Int32(value) << 1 | 1, nil)
        case .crashed(let report): return (options.debugExit == nil ? 5 : 125, "the guest crashed: \(report)")
        case .failed(let reason): return (ownFailure, reason)
        }
    }

    /// Saves, turns off, and writes what was asked for. Returns what failed.
    private func finish(_ machine: VirtualMachine, _ screen: inout ScreenReader, status: inout Int32?) -> String? {
        var failure: String?
        if let path = options.saveStateAtExit {
            if ended.withLock({ $0 == nil }) {
                let saved = Mutexed<Result<SavedFile, SnapshotFailure>?>(nil)
                var request = SaveRequest(path: path)
                request.thenEnds = true
                machine.send(.save(request) { result in saved.withLock { $0 = result } })
                while saved.withLock({ $0 == nil }), ended.withLock({ $0 == nil }) { usleep(5_000) }
                if case .failure(let error) = saved.withLock({ $0 }) { failure = "--save-state-at-exit: \(error)" }
            } else {
                failure = "the guest had ended: there is no state to save to \(path)"
            }
        }
        screen.look(at: machine.display)
        machine.send(.turnOff)
        for _ in 0..<1000 where ended.withLock({ $0 == nil }) { usleep(10_000) }
        if let last = ended.withLock({ $0?.picture }) { screen.look(at: last) }
        do {
            if let path = options.screenshot { try writeFile(path, try png(of: screen.picture), for: "--screenshot") }
            if let path = options.profile {
                guard let report = profile.withLock({ $0 }) else { throw CommandFailure("--profile: the machine told nothing of its code") }
                try writeFile(path, Array(report.utf8), for: "--profile")
            }
            if let path = options.screenText { try writeFile(path, Array(screen.text.utf8), for: "--screen-text") }
        } catch { failure = failure ?? (error as? CommandFailure)?.message ?? "\(error)" }
        if failure != nil, status == 0 { status = ownFailure }
        return failure
    }

    private func png(of picture: Picture) throws -> [UInt8] {
        let bytes = PNG.encode(picture)
        guard !bytes.isEmpty else { throw CommandFailure("there is no picture to write: the guest's screen is dark") }
        return bytes
    }

    // MARK: Parts

    private func open(_ paths: PathResolver) throws -> OpenedMachine {
        var configuration = options.machine.configuration(name: "vitrine")
        configuration.serial = options.serial
        if let problem = Validation.problems(in: configuration, paths: paths).first { throw CommandFailure(problem.message) }
        let machine = machine
        do {
            return try BackendFactory.open(configuration, paths: paths, allowsStandardStreams: true) { port, bytes in
                machine.withLock { $0 }?.send(.serialInput(port: port, bytes))
            }
        } catch { throw CommandFailure(error.description) }
    }

    /// What only the command line connects to a machine. `outputs` gains the files that must be complete at the end.
    private func parts(_ opened: OpenedMachine, _ paths: PathResolver, _ outputs: inout [SerialBackend]) throws -> MachineParts {
        var parts = opened.parts
        if parts.serial.isEmpty { parts.serial = [nil] }
        parts.serial = parts.serial.map { TappedStream(serialTail, $0) }
        func file(_ path: String, _ option: String) throws -> SerialBackend? {
            let stream: SerialBackend?
            do { stream = try SerialBackend.open(.file(path)) { _ in } } catch { throw CommandFailure("\(option): \(error)") }
            if let stream { outputs.append(stream) }
            return stream
        }
        parts.debugConsole = try options.debugcon.flatMap { try file($0, "--debugcon") }
        for log in options.portLog {
            if let stream = try file(log.path, "--port-log") { parts.portLogs.append((log.port, stream)) }
        }
        parts.debugExitPort = options.debugExit?.value
        parts.endsOnReset = options.noReboot
        parts.snapshotPath = options.restoreState
        parts.clock = options.clock == .instructions ? .instructions : .host
        parts.startTime = options.rtc?.seconds ?? (options.clock == .instructions ? RTCTime.fixed : nil)
        parts.recordPath = options.record
        parts.replay = replay
        let profile = profile
        if options.profile != nil { parts.profile = { report in profile.withLock { $0 = report } } }
        let configuration = parts.configuration
        parts.openMedium = { slot, path in
            guard var drive = configuration.drives.first(where: { $0.slot == slot && $0.kind != .disk }) else {
                throw MachineError("this machine has no floppy or CD drive \(slot.rawValue)")
            }
            drive.path = path
            return try BackendFactory.medium(drive, paths: paths, discardsWrites: configuration.discardsWrites).device
        }
        parts.stateHash = options.stateHash.map { interval in
            StateHash(interval: interval) { count, hash in
                let digits = String(hash, radix: 16)
                report("\(count) \(String(repeating: "0", count: 16 - digits.count))\(digits)\n")
            }
        }
        return parts
    }

    private func serve(_ machine: VirtualMachine) throws -> ScreenServer? {
        guard case .address(let address) = options.vnc else { return nil }
        do {
            return try ScreenServer(display: machine.display, name: "vitrine", address: address) { machine.send(.input($0)) }
        } catch {
            machine.send(.turnOff)
            while ended.withLock({ $0 == nil }) { usleep(5_000) }
            throw CommandFailure("--vnc: \(error)")
        }
    }
}
