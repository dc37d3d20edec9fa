import Bus
import Contract
import Glibc
import Screens
import Synchronization
import TUI
import Terminal
import Workstation

/// The terminal, the screens and a keeper, joined by one loop on one thread. Whatever takes time is the keeper's.
struct WorkstationApp {
    private let keeper: any Keeper
    private let display: @Sendable (MachineID) -> Display?
    private let terminal: @Sendable (MachineID, Int) -> SerialTerminal?
    private let options: Options

    struct Options {
        /// Where machines live, for people to read.
        var library = ""
        /// Only this machine's console; leaving it ends the app.
        var single: MachineID?
        /// File name without `.theme`.
        var theme: String?
        /// What the command line says; without it the preferences hold.
        var glyphs: GlyphSet?
        /// How guests' pixels are shown; nil asks the terminal.
        var graphics: Graphics?
        var colour = ColourDepth.Wish.auto
        var themes: [Theme] = Theme.house
        var environment: [String: String] = WorkstationApp.environment
        var preferences = Preferences()
        /// The user's own keys.
        var keys = KeyFile()
        /// Called whenever they change, so that the next start has them.
        var keep: (Preferences) -> Void = { _ in }
        /// Where the user's own themes are kept.
        var themeFolder = ""
    }

    /// - Parameter terminal: what stands behind a serial port of a machine; 0 is COM1.
    init(
        keeper: any Keeper, display: @escaping @Sendable (MachineID) -> Display?, terminal: @escaping @Sendable (MachineID, Int) -> SerialTerminal?,
        options: Options = Options()
    ) {
        (self.keeper, self.display, self.terminal, self.options) = (keeper, display, terminal, options)
    }

    /// Runs until someone quits; the exit status. Throws where there is no terminal to draw on.
    func run() throws -> Int32 {
        let preferred = options.preferences.glyphs.flatMap { GlyphSet(rawValue: $0) }
        let terminal = try Terminal(
            environment: options.environment, glyphs: options.glyphs ?? preferred, colour: options.colour, pictures: .encoders(options.graphics),
            crashFilter: Containment.filter)
        defer { terminal.stop() }
        return FaceLoop(keeper: keeper, display: display, serial: self.terminal, options: options, terminal: terminal).run()
    }

    static var environment: [String: String] {
        var result: [String: String] = [:]
        for name in [
            "TERM", "NO_COLOR", "COLORTERM", "COLORFGBG", "TERMINFO", "TERMINFO_DIRS", "HOME", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "LANG", "TMUX",
        ] {
            if let value = unsafe getenv(name) { result[name] = unsafe String(cString: value) }
        }
        return result
    }
}

/// One machine's screen in this terminal, as `vitrine run --console` shows it.
struct ConsoleApp {
    private let app: WorkstationApp

    init(
        keeper: any Keeper, display: @escaping @Sendable (MachineID) -> Display?, terminal: @escaping @Sendable (MachineID, Int) -> SerialTerminal?,
        machine: MachineID
    ) {
        var options = WorkstationApp.Options()
        options.single = machine
        app = WorkstationApp(keeper: keeper, display: display, terminal: terminal, options: options)
    }

    func run() throws -> Int32 { try app.run() }
}

/// Messages from other threads, and the bell that says so.
private final class Mailbox: Sendable {
    private let messages = Mutex<[Message]>([])
    private let ring: @Sendable () -> Void

    init(ring: @escaping @Sendable () -> Void) { self.ring = ring }

    func put(_ message: Message) {
        let wasEmpty = messages.withLock { messages in
            messages.append(message)
            return messages.count == 1
        }
        if wasEmpty { ring() }
    }

    func take() -> [Message] {
        messages.withLock { messages in
            let taken = messages
            messages.removeAll(keepingCapacity: true)
            return taken
        }
    }
}

private final class FaceLoop {
    private let keeper: any Keeper
    private let options: WorkstationApp.Options
    private let terminal: Terminal
    private let mailbox: Mailbox
    private var theme = Theme(id: "plain")
    /// What is known of the terminal's own ground.
    private var isLight: Bool?
    private var model: Model
    private var hostMeter = HostMeter()
    private var status: Int32?
    private var needsView = true
    /// What a click is looked up in.
    private var shown: Frame?
    /// Where the next frame goes as a picture.
    private var snapshot: String?

    private var nextTick = 0.0
    private var watcher: ScreenWatcher
    /// What the wall may write; a key's effect is never held back by it.
    private var budget = OutputBudget(rate: 20_000, burst: 2_000)
    private var bytesSpent: UInt64 = 0
    private var serial: SerialWatcher

    init(
        keeper: any Keeper, display: @escaping @Sendable (MachineID) -> Display?, serial: @escaping @Sendable (MachineID, Int) -> SerialTerminal?,
        options: WorkstationApp.Options, terminal: Terminal
    ) {
        self.keeper = keeper
        self.options = options
        self.terminal = terminal
        mailbox = Mailbox(ring: terminal.wake)
        watcher = ScreenWatcher(display: display)
        self.serial = SerialWatcher(terminal: serial)
        let themes = options.themes.map { $0.resolved(among: options.themes + Theme.house) }
        model = Model(themes: themes, library: options.library, utcOffset: FaceLoop.utcOffset, single: options.single)
        model.preferences = options.preferences
        model.now = FaceLoop.now
        model.take(options.keys)
        model.language = Language(preference: options.preferences.language, environment: options.environment)
        model.terminal = "\(terminal.depth.words), \(terminal.glyphs.words)"
        isLight = terminal.probe.background.map(TerminalGround.isLight) ?? TerminalGround.isLight(colorfgbg: options.environment["COLORFGBG"])
        chooseTheme()
    }

    /// The one that was asked for; without any the house theme that suits the terminal's ground.
    private func chooseTheme() {
        let wanted = options.theme ?? (isLight == true ? "paper" : "vitrine")
        model.theme = model.themes.firstIndex { $0.id == wanted } ?? 0
        wear()
    }

    private func wear() {
        guard let chosen = model.themes.indices.contains(model.theme) ? model.themes[model.theme] : nil else { return }
        theme = chosen.worn(ownGround: model.preferences.ownGround == true, isLight: isLight)
    }

    func run() -> Int32 {
        let mailbox = mailbox
        keeper.subscribe { mailbox.put(.keeper($0)) }
        model.now = FaceLoop.now
        send(.resize(terminal.size))
        while status == nil {
            model.now = FaceLoop.now
            for message in mailbox.take() { send(message) }
            for message in watcher.look(model.watched, at: model.now, pace: pace) { send(message) }
            if let message = serial.look(model.watchedTerminal, at: model.now) { send(message) }
            if model.now >= nextTick || model.now >= model.nextDeadline {
                send(.tick(hostMeter.read()))
                nextTick = model.nextDeadline
            }
            nextTick = min(nextTick, model.nextDeadline)
            if status != nil { break }
            if needsView {
                needsView = false
                let frame = view(model, terminal.size)
                shown = frame
                terminal.reportMotion(model.wantsMotion)
                terminal.draw(frame, theme: theme)
                takeSnapshot(frame)
            }
            budget.spend(Int(truncatingIfNeeded: terminal.bytesDrawn &- bytesSpent), at: model.now)
            bytesSpent = terminal.bytesDrawn
            let until = min(nextTick, watcher.next, serial.next)
            let events = terminal.wait(seconds: max(0, until - FaceLoop.now))
            if !events.isEmpty { model.now = FaceLoop.now }
            for event in events { handle(event) }
        }
        return status ?? 0
    }

    private func handle(_ event: TerminalEvent) {
        switch event {
        case .key(let key):
            // What a key does to a guest is seen soon after it.
            watcher.expectMotion(at: model.now)
            send(.key(key))
        case .paste(let text): send(.paste(text))
        case .resize(let size): send(.resize(size))
        case .answer: break
        case .mouse(let event): send(.mouse(event, shown?.target(at: Point(event.x, event.y))))
        case .background(let colour):
            isLight = TerminalGround.isLight(colour)
            if options.theme == nil, model.preferences.theme == nil, model.page != .theme { chooseTheme() } else { wear() }
            needsView = true
        case .cursor: break
        case .suspend:
            terminal.suspend()
            send(.resize(terminal.size))
        case .resumed: send(.resize(terminal.size))
        case .terminate(let signal): endOrderly(signal)
        }
    }

    private func send(_ message: Message) {
        needsView = true
        for effect in update(&model, message) { perform(effect) }
    }

    private func takeSnapshot(_ frame: Frame) {
        guard let path = snapshot else { return }
        snapshot = nil
        let title = "Vitrine: " + (frame.lines.first { !$0.isEmpty } ?? "")
        send(.wrote(path: path, error: UserFile.write(Array(frame.svg(theme: theme, title: title).utf8), to: path)))
    }

    private func perform(_ effect: Effect) {
        switch effect {
        case .submit(let command, let request):
            let mailbox = mailbox
            keeper.submit(command) { result in
                // Typing is answered by the guest's screen.
                if request == .input, case .success = result { return }
                mailbox.put(.reply(request, result))
            }
        case .theme: wear()
        case .keepTheme(let id, let text):
            let path = options.themeFolder + "/\(id).theme"
            if let error = UserFile.write(Array(text.utf8), to: path, makingFolder: true) { send(.wrote(path: path, error: error)) }
        case .readFile(let path, let purpose): send(.read(purpose, path: path, UserFile.read(path, limit: Theme.maximumFileSize)))
        case .keep(let preferences):
            options.keep(preferences)
            // What the command line says holds until the end.
            if options.glyphs == nil { terminal.show(preferences.glyphs.flatMap { GlyphSet(rawValue: $0) }) }
        case .copy(let text): terminal.copy(text)
        case .snapshot(let path): snapshot = path
        case .write(let path, let bytes): send(.wrote(path: path, error: UserFile.write(bytes, to: path)))
        case .appendFile(let path, let bytes):
            if let error = UserFile.append(bytes, to: path) { send(.wrote(path: path, error: error)) }
        case .editText(let text, let purpose):
            let suffix = if case .theme = purpose { ".theme" } else { ".json" }
            let result = terminal.lend { TextEditor.edit(text, suffix: suffix) }
            send(.resize(terminal.size))
            send(.edited(purpose, result))
        case .redraw: terminal.redraw()
        case .bell: terminal.ring()
        case .suspend:
            terminal.suspend()
            send(.resize(terminal.size))
        case .quit: status = status ?? 0
        }
    }

    /// Seconds for which no picture is looked at: none are while the terminal has not taken the last frame, and a wall keeps to its budget.
    private var pace: Double {
        let delay = model.page == .wall ? budget.delay(at: model.now) : 0
        return terminal.isBehind ? max(delay, 0.02) : delay
    }

    /// SIGTERM or a closed terminal: the screen is given back, machines are turned off, and only then does the process end.
    private func endOrderly(_ signal: Int32) {
        terminal.stop()
        let answers = Mailbox(ring: {})
        keeper.submit(.shutDown) { result in answers.put(.reply(.shutDown, result)) }
        // Ten seconds, then the process ends as it was told to.
        for _ in 0..<1000 {
            if !answers.take().isEmpty { break }
            usleep(10_000)
        }
        status = 128 + signal
    }

    private static var now: Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static var utcOffset: Int {
        var seconds = time_t(now)
        var parts = unsafe tm()
        unsafe localtime_r(&seconds, &parts)
        return unsafe parts.tm_gmtoff
    }
}

/// How busy the host is, out of /proc.
private struct HostMeter {
    private var last: (busy: Double, total: Double)?

    mutating func read() -> HostLoad? {
        guard let stat = HostMeter.words("/proc/stat").split(separator: "\n").first else { return nil }
        let figures = stat.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
        guard figures.count >= 5 else { return nil }
        let total = figures.reduce(0, +), busy = total - figures[3] - figures[4]
        defer { last = (busy, total) }
        var memory: [Substring: Double] = [:]
        for line in HostMeter.words("/proc/meminfo").split(separator: "\n") {
            let parts = line.split(separator: " ")
            if parts.count >= 2, let value = Double(parts[1]) { memory[parts[0]] = value }
        }
        let used = (memory["MemTotal:"]).flatMap { all in memory["MemAvailable:"].map { all > 0 ? (1 - $0 / all) * 100 : 0 } } ?? 0
        var load = HostLoad(cpuPercent: 0, memoryPercent: used)
        load.processors = max(0, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        load.memoryMiB = Int((memory["MemTotal:"] ?? 0) / 1024)
        guard let last, total > last.total else { return last == nil ? load : nil }
        load.cpuPercent = max(0, min(100, (busy - last.busy) / (total - last.total) * 100))
        return load
    }

    private static func words(_ path: String) -> String {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(file, $0.baseAddress, $0.count) }
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
