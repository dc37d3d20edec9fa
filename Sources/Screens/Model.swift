import Configuration
package import Contract
package import Picture
package import TUI

/// All that the face knows and remembers. `update` changes it, `view` draws it.
package struct Model: Sendable {
    package enum Page: Equatable, Sendable {
        case machines, wall, load, jobs, log, console, form, wizard, report, theme, settings
    }

    package var page = Page.machines
    package var machines: [MachineSummary] = []
    /// The selection belongs to a machine, not to a row.
    package var selected: MachineID?
    package var detailTab = DetailTab.summary
    package var pictures: [MachineID: Picture] = [:]
    /// What serial ports show, by port: 0 is COM1.
    package var terminals: [MachineID: [Int: TerminalPicture]] = [:]
    package var fetches: [MachineID: FetchProgress] = [:]
    package var log: [LogEntry] = []
    package var jobs: [JobSummary] = []
    package var host: HostLoad?
    package var size = Size(80, 24)
    /// Seconds since 1970; the app sets it before every update.
    package var now: Double = 0
    /// Seconds that local time is ahead of UTC.
    package var utcOffset: Int
    /// Complete: what a theme lacks has come from its parent.
    package var themes: [Theme]
    package var theme = 0
    /// What the terminal shows, for people: `256 colours, Unicode`.
    package var terminal = ""
    package var language = Language.english
    /// Where machines live, for people to read.
    package var library: String
    /// One machine's console and nothing else: leaving it ends the app.
    package let isSingle: Bool

    /// The first list of machines has come.
    var isListKnown = false
    var alphabet = Alphabet()
    /// The window is too small and `q` was pressed: the next `q` turns machines off.
    var asksToQuit = false
    var top = 0
    var logSelected: Int?
    var logTop = 0
    var toast: Toast?
    var dialog: Dialog?
    var form: Form?
    var console = ConsoleState()
    var scrollbacks: [MachineID: Scrollback] = [:]
    var typing: GuestTyping?
    /// What was copied last, here; the terminal's own clipboard cannot be asked.
    var clipboard = ""
    var help: HelpState?
    var palette: Palette?
    var finder = Finder()
    var marks: Set<MachineID> = []
    var wall = WallState()
    var loadState = LoadState()
    var jobsState = JobsState()
    var logState = LogState()
    var pointer = PointerState()
    /// Which key means what: the house's table with the user's changes.
    package internal(set) var keymap = Keymap()
    var keyFile = KeyFile()
    var themePicker = ThemePicker()
    var settingsState = SettingsState()
    var wizard: Wizard?
    var undo = UndoStack()
    /// What its user likes; written down whenever it changes.
    package var preferences = Preferences()
    var reportTop = 0
    var cpuHistory: [MachineID: [Double]] = [:]
    var mipsHistory: [MachineID: [Double]] = [:]
    var histories: [MachineID: MachineHistory] = [:]
    /// Several machines were told something, and not all have answered.
    var bulk: BulkAction?
    var bulkDeleted: [MachineID] = []
    var known = KnownFacts()
    var lastSample: Double = 0
    /// The machine whose console opens as soon as it runs.
    var opensWhenRunning: MachineID?
    /// Quit as soon as every machine is off.
    var quitsWhenOff = false

    package init(themes: [Theme] = [], library: String = "", utcOffset: Int = 0, single: MachineID? = nil) {
        self.themes = themes
        self.library = library
        self.utcOffset = utcOffset
        isSingle = single != nil
        if let single {
            selected = single
            page = .console
            console.machine = single
        }
    }
}

/// The host's own load, 0...100.
package struct HostLoad: Equatable, Sendable {
    package var cpuPercent, memoryPercent: Double
    /// What there is of them; 0 where it is not known.
    package var processors = 0, memoryMiB = 0
    package init(cpuPercent: Double, memoryPercent: Double) { (self.cpuPercent, self.memoryPercent) = (cpuPercent, memoryPercent) }
}

package enum DetailTab: String, CaseIterable, Sendable {
    case summary = "Summary"
    case console = "Console"
    case hardware = "Hardware"
    case disks = "Disks"
    case log = "Log"
    case load = "Load"
    case report = "Report"
}

/// A machine's screen that is looked at, and the seconds between two looks.
package struct Watch: Equatable, Sendable {
    package var machine: MachineID
    package var interval: Double
    init(_ machine: MachineID, _ interval: Double) { (self.machine, self.interval) = (machine, interval) }
}

struct Toast: Equatable, Sendable {
    var text: String
    var isError: Bool
    var until: Double
}

package enum Message: Sendable {
    case key(Key)
    case paste(String)
    /// A click, a drag or the wheel, and what stands at that place.
    case mouse(MouseEvent, Target?)
    case resize(Size)
    case keeper(KeeperEvent)
    case reply(Request, Result<KeeperReply, KeeperError>)
    case picture(MachineID, Picture)
    /// What a serial port's terminal shows.
    case terminal(MachineID, Int, TerminalPicture)
    case wrote(path: String, error: String?)
    case edited(EditPurpose, Result<String, KeeperError>)
    /// The answer to `.readFile`.
    case read(ReadPurpose, path: String, Result<[UInt8], KeeperError>)
    /// Time has passed; once a second with the host's load.
    case tick(HostLoad?)
}

/// What a text was given to an editor for.
package enum EditPurpose: Equatable, Sendable {
    case form(MachineID?)
    case theme(String)
}

/// What a file was read for.
package enum ReadPurpose: Equatable, Sendable {
    case importTheme
}

/// What a command was for, so that its answer finds its place.
package enum Request: Equatable, Sendable {
    case input
    case action(Action, MachineID)
    case loadForm(MachineID)
    case saveForm(start: Bool)
    case medium(MachineID, slot: String)
    case inspect(Inspection)
    /// For the details of a machine.
    case facts(MachineID)
    case image(MachineID, path: String)
    case saveAll
    case shutDown
}

/// Which path is being looked at, and why.
package struct Inspection: Equatable, Sendable {
    enum Place: Equatable, Sendable {
        case form(Form.ID)
        case source(SourcePlace)
        case media(MediaPlace)
    }
    var place: Place
    /// As it stood when it was asked about; the answer to another text is stale.
    var text: String
    /// Names are to be completed, and only where there is nothing to add the focus moves on.
    var completes: Bool
}

package enum Effect: Equatable, Sendable {
    case submit(KeeperCommand, Request)
    /// Wears a theme of the model's, on the ground that the preferences say.
    case theme(String)
    /// Writes a theme into the user's folder; answered by `.wrote` only where that fails.
    case keepTheme(id: String, text: String)
    /// Reads at most 64 KB of a file of the user's; its answer is `.read`.
    case readFile(path: String, ReadPurpose)
    /// To the terminal's clipboard (OSC 52).
    case copy(String)
    /// Writes a file of the user's; its answer is `.wrote`.
    case write(path: String, [UInt8])
    /// Adds to a file of the user's; answered by `.wrote` only where it fails.
    case appendFile(path: String, [UInt8])
    /// Writes the next frame as an SVG picture; its answer is `.wrote`.
    case snapshot(path: String)
    /// Opens a text in $EDITOR; its answer is `.edited`.
    case editText(String, EditPurpose)
    case keep(Preferences)
    case redraw
    case bell
    case suspend
    case quit
}

extension Model {
    package var selectedMachine: MachineSummary? { selected.flatMap(machine) }

    package func machine(_ id: MachineID) -> MachineSummary? { machines.first { $0.id == id } }

    /// Whose picture is looked at now, and how many seconds may pass between two of them.
    package var watched: [Watch] {
        guard help == nil, !Model.isTooSmall(size) else { return [] }
        switch page {
        case .console: return console.port == nil ? console.machine.map { [Watch($0, 1.0 / 30)] } ?? [] : []
        case .wall: return wallPage.compactMap { wallMachines[safe: $0] }.filter(\.isLive).map { Watch($0.id, wallInterval) }
        case .machines:
            var watched = screensToSearch.map { Watch($0, 1) }
            if let machine = selectedMachine, machine.state != .off, detailTab == .summary || detailTab == .console || layout.guest != nil {
                watched.removeAll { $0.machine == machine.id }
                watched.append(Watch(machine.id, 0.25))
            }
            return watched
        default: return []
        }
    }

    /// The serial port whose terminal is wanted instead of the machine's picture.
    package var watchedTerminal: (machine: MachineID, port: Int)? {
        guard page == .console, help == nil, let machine = console.machine, let port = console.port else { return nil }
        return (machine, port)
    }

    /// When something on the screen changes by itself.
    package var nextDeadline: Double {
        let busy = !liveMachines.isEmpty
        var next = now + (busy && page != .console ? figuresInterval : 60 - now.truncatingRemainder(dividingBy: 60))
        if let toast { next = min(next, toast.until) }
        if let menuAt = console.menuAt { next = min(next, menuAt) }
        if let typing { next = min(next, typing.due) }
        return max(next, now + 0.01)
    }

    /// The characters of a picture's font; known already for the one shown last.
    func alphabet(of text: TextPicture) -> Alphabet {
        var alphabet = alphabet
        alphabet.learn(text)
        return alphabet
    }

    /// Machines that would lose something if the process ended.
    var liveMachines: [MachineSummary] { machines.filter { $0.state != .off && $0.state != .crashed && $0.state != .saved } }

    mutating func say(_ text: String, error: Bool = false) {
        toast = Toast(text: text, isError: error, until: now + (error ? 6 : 3))
        logState.notices.append(LogEntry(time: now, level: error ? .error : .info, machine: nil, text: text))
        if logState.notices.count > LogState.mostNotices { logState.notices.removeFirst() }
    }
}
