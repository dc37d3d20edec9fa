import CNcurses
import Glibc
package import TUI

/// Why there is no terminal to draw on, and what to do.
package struct TerminalError: Error, CustomStringConvertible {
    package let description: String
}

/// The screen and the keyboard, through ncurses. Everything but `wake` belongs to one thread.
@safe
package final class Terminal {
    private var screen: OpaquePointer?
    private var decoder = InputDecoder()
    private var shown: Frame?
    private var shownTheme: Theme?
    private var pairs = PairCache(capacity: 0)
    private let waker: Waker
    private let outlet: Outlet
    /// The newest frame that the terminal has not been sent yet.
    private var waiting: (frame: Frame, theme: Theme)?
    private let pictures: PictureOutput
    private var pictureShown: (placement: PicturePlacement, area: Rect)?
    /// Encoding a picture takes the thread that reads keys; it may have a third of it.
    private var pictureDue = 0.0
    private var queries: TerminalQueries
    private var isHungUp = false
    private let takesMouse: Bool
    /// Motion is reported without a button held, too.
    private var reportsMotion = false
    package private(set) var depth = ColourDepth.mono
    package private(set) var glyphs = GlyphSet.unicode
    /// What TERM and the locale are good for.
    private let ownGlyphs: GlyphSet
    package private(set) var size = Size(80, 24)
    /// What the terminal draws its ambiguous characters with, and what its ground is like, where it said so at once.
    package private(set) var probe = TerminalProbe()
    /// What was typed while the terminal was asked.
    private var early: [TerminalEvent] = []

    /// Takes the terminal. `environment` is what NO_COLOR, TERM and the locale's variables are read from.
    /// - Parameter crashFilter: called by the handler of a crash before the terminal is given back; need not return.
    package init(
        environment: [String: String], glyphs choice: GlyphSet? = nil, colour: ColourDepth.Wish = .auto, pictures: PictureOutput = .none,
        crashFilter: (@convention(c) (Int32) -> Int32)? = nil
    ) throws {
        guard isatty(0) == 1, isatty(1) == 1 else {
            throw TerminalError(
                description: "Standard input and output are not a terminal. Try: vitrine --plain, vitrine list, or vitrine run --help")
        }
        let name = environment["TERM"] ?? ""
        guard !name.isEmpty, name != "dumb" else {
            throw TerminalError(description: "TERM is \(name.isEmpty ? "not set" : name). Try: TERM=xterm-256color vitrine, or vitrine --plain")
        }
        waker = try Waker()
        outlet = try Outlet()
        self.pictures = pictures
        queries = TerminalQueries(environment: environment)
        // The console and old terminals would show the sequences as text.
        takesMouse = TerminalProbe.answers(name)
        _ = unsafe setlocale(LC_ALL, "")
        // A locale that is not set, or not installed, would turn every line of a frame into question marks; C.UTF-8 is always there.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }?.lowercased() ?? "utf-8"
        if nc_utf8() == 0, choice == nil || choice == .unicode, locale.contains("utf-8") || locale.contains("utf8") {
            _ = unsafe setlocale(LC_CTYPE, "C.UTF-8")
        }
        ownGlyphs = nc_utf8() == 0 ? .ascii : name == "linux" ? .cp437 : .unicode
        glyphs = choice ?? ownGlyphs
        let ownDescription = environment["TERMINFO"]
        let isDirect = colour != .never && describeInFull(name, environment)
        // Programs that are started from here find the terminal as it was described to us.
        defer { if isDirect { Terminal.setDescription(ownDescription) } }
        guard nc_setupterm_error() == 1 else {
            throw TerminalError(
                description: "This system does not know the terminal \(name). Install ncurses-term, or try: TERM=xterm-256color vitrine")
        }
        nc_save_modes()
        if takesMouse { (probe, early) = TerminalProbe.ask(printing: glyphs == .unicode) }
        if choice == nil, probe.drawsWide { glyphs = .ascii }
        unsafe screen = unsafe outlet.screen
        guard unsafe screen != nil else {
            throw TerminalError(description: "The terminal \(name) cannot be used: it cannot move the cursor. Try: TERM=xterm-256color vitrine")
        }
        chooseColours(environment, colour)
        enter()
        nc_install_signals(waker.writeEnd, crashFilter)
        write(queries.text)
        readSize()
    }

    deinit { stop() }

    /// Safe on any thread: makes `wait` return.
    package var wake: @Sendable () -> Void {
        let waker = waker
        return { waker.wake() }
    }

    /// Tells ncurses how this terminal takes full colour, where COLORTERM says that it does.
    private func describeInFull(_ name: String, _ environment: [String: String]) -> Bool {
        guard ["truecolor", "24bit"].contains(environment["COLORTERM"] ?? "") else { return false }
        for path in DirectColour.places(name, environment) {
            let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { continue }
            defer { close(file) }
            var bytes = [UInt8](repeating: 0, count: 0x8000)
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress, $0.count) }
            guard count > 0, let value = DirectColour.terminfo(Array(bytes.prefix(count))) else { return false }
            Terminal.setDescription(value)
            return true
        }
        return false
    }

    private static func setDescription(_ value: String?) {
        if let value { _ = unsafe setenv("TERMINFO", value, 1) } else { _ = unsafe unsetenv("TERMINFO") }
    }

    private func chooseColours(_ environment: [String: String], _ wish: ColourDepth.Wish) {
        let hasColours = has_colors() && start_color() == OK
        if hasColours { use_default_colors() }
        depth = ColourDepth(colours: hasColours ? Int(nc_colours()) : 0, noColour: environment["NO_COLOR"], wish: wish)
        pairs = PairCache(capacity: min(Int(nc_pairs()), 32767))
    }

    private func enter() {
        nc_raw_modes()
        noecho()
        nonl()
        // A key must not leave a frame half drawn.
        typeahead(-1)
        unsafe keypad(nc_stdscr(), true)
        unsafe leaveok(nc_stdscr(), false)
        curs_set(0)
        nc_set_active(1)
        write("\u{1b}[?2004h" + (takesMouse ? Terminal.mouseOn + (reportsMotion ? Terminal.motionOn : "") : ""))
        (shown, pictureShown) = (nil, nil)
    }

    private func leave() {
        removePicture()
        write("\u{1b}[?2004l" + (takesMouse ? Terminal.mouseOff : ""))
        curs_set(1)
        endwin()
        outlet.add(outlet.takeDrawn())
        outlet.drain()
        if queries.isOpen, nc_poll(waker.readEnd, -1, 100) & 1 != 0 { nc_discard_input() }
        nc_restore_modes()
        nc_set_active(0)
    }

    /// Gives the terminal back; the shell stands where it stood.
    package func stop() {
        guard let old = unsafe screen else { return }
        if isHungUp {
            nc_set_active(0)
        } else {
            leave()
        }
        nc_remove_signals()
        unsafe delscreen(old)
        unsafe screen = nil
    }

    /// Clicks, drags and the wheel as SGR sequences; Shift keeps them the terminal's own.
    private static let mouseOn = "\u{1b}[?1002h\u{1b}[?1006h", mouseOff = "\u{1b}[?1006l\u{1b}[?1003l\u{1b}[?1002l"
    private static let motionOn = "\u{1b}[?1003h", motionOff = "\u{1b}[?1003l\u{1b}[?1002h"

    /// Has the terminal report every motion of the mouse, or only drags; every motion is much to send over a slow line.
    package func reportMotion(_ on: Bool) {
        guard on != reportsMotion, takesMouse, unsafe screen != nil else { return }
        reportsMotion = on
        write(on ? Terminal.motionOn : Terminal.motionOff)
    }

    /// Puts a text on the clipboard of the terminal's user (OSC 52), where the terminal allows it.
    package func copy(_ text: String) { write("\u{1b}]52;c;" + Base64.encode(Array(text.utf8)) + "\u{07}") }

    /// Draws with other characters from the next frame on; nil: those that TERM and the locale are good for.
    package func show(_ choice: GlyphSet?) {
        let wanted = choice ?? ownGlyphs
        guard wanted != glyphs else { return }
        glyphs = wanted
        shown = nil
    }

    package func ring() { write("\u{07}") }

    /// Gives the terminal back while `body` uses it, then draws again.
    package func lend<Value>(_ body: () -> Value) -> Value {
        leave()
        defer { resume() }
        return body()
    }

    /// Stops the process as Ctrl-Z would, and draws again once it goes on.
    package func suspend() {
        leave()
        nc_stop_self()
        resume()
    }

    private func resume() {
        _ = nc_take_pending()
        unsafe wrefresh(nc_stdscr())
        enter()
        readSize()
        redraw()
    }

    /// The next frame is sent whole.
    package func redraw() {
        (shown, pictureShown) = (nil, nil)
        unsafe clearok(nc_stdscr(), true)
    }

    private func write(_ text: String) {
        outlet.add(outlet.takeDrawn() + Array(text.utf8))
        outlet.push()
    }

    private func readSize() {
        var columns: Int32 = 0, rows: Int32 = 0, width: Int32 = 0, height: Int32 = 0
        guard unsafe nc_window_size(&columns, &rows, &width, &height) == 0 else { return }
        if width >= columns, height >= rows { queries.cell = Size(Int(width / columns), Int(height / rows)) }
        // A hostile size must not eat all memory.
        size = Size(Int(min(columns, 1000)), Int(min(rows, 500)))
        resizeterm(Int32(size.height), Int32(size.width))
        removePicture()
        shown = nil
    }

    // MARK: Output

    /// Bytes that were written so far, or wait to be.
    package var bytesDrawn: UInt64 { outlet.total }

    /// The terminal has not taken the last frame yet; what is drawn meanwhile waits, and only the newest is kept.
    package var isBehind: Bool { !outlet.isEmpty || waiting != nil }

    /// Shows a frame. Cells that did not change cost nothing; a frame without changes writes nothing.
    package func draw(_ frame: Frame, theme: Theme) {
        guard unsafe screen != nil else { return }
        outlet.push()
        guard outlet.isEmpty else {
            waiting = (frame, theme)
            return
        }
        waiting = nil
        let wanted = frame
        let graphics = pictures.graphics(queries)
        var frame = glyphs.translated(wanted)
        if graphics == .blocks {
            frame.picture = nil
        } else if let rect = frame.picture?.rect {
            frame.fill(rect, .guest(foreground: 0, background: 0, underlined: false))
        }
        if let shown, shownTheme == theme, shown == frame, frame.picture == pictureShown?.placement { return }
        if let old = pictureShown?.placement, old.rect != frame.picture?.rect { removePicture() }
        drawCells(frame, theme)
        var bytes = outlet.takeDrawn()
        if let placement = frame.picture, placement != pictureShown?.placement {
            let now = Terminal.clock
            if now >= pictureDue {
                bytes += draw(placement, graphics)
                pictureDue = now + 2 * (Terminal.clock - now)
            } else {
                waiting = (wanted, theme)
            }
        }
        if !bytes.isEmpty {
            if queries.knowsSynchronizedOutput { bytes = Array("\u{1b}[?2026h".utf8) + bytes + Array("\u{1b}[?2026l".utf8) }
            outlet.add(bytes)
            outlet.push()
        }
    }

    private func draw(_ placement: PicturePlacement, _ graphics: Graphics) -> [UInt8] {
        let fit = PictureFit(placement, cell: queries.cell, whole: graphics == .sixel)
        guard fit.area.width > 0, fit.area.height > 0 else { return [] }
        var bytes: [UInt8] = []
        // Where the place in the rectangle changed, the rest of the old picture would stay.
        if let old = pictureShown, old.area != fit.area {
            removePicture()
            unsafe wrefresh(nc_stdscr())
            bytes += outlet.takeDrawn()
        }
        pictureShown = (placement, fit.area)
        bytes += Array("\u{1b}7\u{1b}[\(fit.area.y + 1);\(fit.area.x + 1)H".utf8)
        return bytes + pictures.encode(placement, graphics, fit) + Array("\u{1b}8".utf8)
    }

    /// Takes the picture from the screen; the cells below are sent again.
    private func removePicture() {
        guard let old = pictureShown else { return }
        pictureShown = nil
        outlet.add(outlet.takeDrawn() + pictures.remove(pictures.graphics(queries)))
        unsafe wredrawln(nc_stdscr(), Int32(old.placement.rect.y), Int32(old.placement.rect.height))
    }

    private static var clock: Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private func drawCells(_ frame: Frame, _ theme: Theme) {
        let previous = shownTheme == theme && shown?.size == frame.size ? shown : nil
        if previous == nil { unsafe werase(nc_stdscr()) }
        pairs.beginFrame()
        var lastStyle: Style?
        var attributes: Int32 = 0, pair: Int32 = 0
        for y in 0..<frame.height {
            for x in 0..<frame.width {
                let cell = frame[x, y]
                if let previous, previous[x, y] == cell, !cell.text.isEmpty,
                    x + 1 >= frame.width || previous[x + 1, y].text.isEmpty == frame[x + 1, y].text.isEmpty
                {
                    continue
                }
                if cell.text.isEmpty { continue }
                if cell.style != lastStyle {
                    lastStyle = cell.style
                    let ink = theme.ink(cell.style, depth: depth)
                    pair = depth == .mono ? 0 : self.pair(ink)
                    attributes = Int32(ink.attributes.rawValue)
                }
                put(cell.text, x, y, attributes, pair)
            }
        }
        if let cursor = frame.cursor {
            unsafe wmove(nc_stdscr(), Int32(cursor.y), Int32(cursor.x))
            curs_set(1)
        } else {
            curs_set(0)
        }
        unsafe wrefresh(nc_stdscr())
        shown = frame
        shownTheme = theme
    }

    private func put(_ text: String, _ x: Int, _ y: Int, _ attributes: Int32, _ pair: Int32) {
        var characters = text.unicodeScalars.prefix(4).map { wchar_t(truncatingIfNeeded: $0.value) }
        characters.append(0)
        if unsafe nc_put(Int32(y), Int32(x), characters, attributes, pair) == ERR, x + 1 < size.width || y + 1 < size.height {
            // What the C library cannot place is still a cell.
            _ = unsafe nc_put(Int32(y), Int32(x), [wchar_t(0x3f), 0], attributes, pair)
        }
    }

    private func pair(_ ink: Ink) -> Int32 {
        let key = PairCache.Key(foreground: Terminal.number(ink.foreground), background: Terminal.number(ink.background))
        let (number, isNew) = pairs.number(key)
        if isNew { init_extended_pair(number, key.foreground, key.background) }
        return number
    }

    private static func number(_ colour: Colour) -> Int32 {
        switch colour {
        case .standard: -1
        case .index(let index): Int32(index)
        // On direct-colour terminals the lowest eight numbers are the palette's; a blue that dark is black.
        case .rgb(let value): value < 8 ? 0 : Int32(truncatingIfNeeded: value & 0xff_ffff)
        }
    }

    // MARK: Input

    /// Events, or none when `seconds` have passed or someone called `wake`.
    package func wait(seconds: Double) -> [TerminalEvent] {
        var events = early + takeSignals()
        early = []
        guard events.isEmpty else { return events }
        var limit = decoder.isWaiting ? 0.025 : max(0, min(seconds, 3600))
        if waiting != nil, outlet.isEmpty { limit = min(limit, max(0, pictureDue - Terminal.clock)) }
        let ready = nc_poll(waker.readEnd, outlet.isEmpty ? -1 : outlet.file, Int32(limit * 1000 + 0.999))
        if ready & 2 != 0 { waker.drain() }
        if ready & 8 != 0 { outlet.push() }
        if let waiting, outlet.isEmpty { draw(waiting.frame, theme: waiting.theme) }
        if ready & 1 != 0 {
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(0, $0.baseAddress, $0.count) }
            if count > 0 {
                events += take(decoder.feed(bytes[..<count]))
            } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
                isHungUp = true
                events.append(.terminate(SIGHUP))
            }
        } else if decoder.isWaiting {
            events += decoder.flush()
        }
        if ready & 4 != 0 {
            isHungUp = true
            events.append(.terminate(SIGHUP))
        }
        return events + takeSignals()
    }

    /// Keeps what the terminal says of itself; where it can do more than was known, everything is drawn again.
    private func take(_ events: [TerminalEvent]) -> [TerminalEvent] {
        let graphics = pictures.graphics(queries)
        let rest = events.filter { event in
            guard case .answer(let answer) = event else { return true }
            queries.take(answer)
            return false
        }
        return pictures.graphics(queries) == graphics ? rest : rest + [.resize(size)]
    }

    private func takeSignals() -> [TerminalEvent] {
        let pending = nc_take_pending()
        var events: [TerminalEvent] = []
        if pending & Int32(NC_TERMINATE) != 0 { events.append(.terminate(nc_ending_signal())) }
        if pending & Int32(NC_SUSPEND) != 0 { events.append(.suspend) }
        if pending & Int32(NC_CONTINUE) != 0 {
            // Someone stopped us without asking; the shell has changed the modes since.
            resume()
            events.append(.resumed)
        }
        if pending & Int32(NC_RESIZE) != 0 {
            readSize()
            events.append(.resize(size))
        }
        return events
    }
}

/// A pipe that interrupts a wait.
private final class Waker: Sendable {
    let readEnd: Int32
    let writeEnd: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard unsafe nc_pipe(&ends) == 0 else { throw TerminalError(description: "No pipe is left: too many files are open.") }
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    func wake() {
        var byte: UInt8 = 0
        _ = unsafe write(writeEnd, &byte, 1)
    }

    func drain() {
        var bytes = [UInt8](repeating: 0, count: 256)
        while unsafe bytes.withUnsafeMutableBytes({ unsafe read(readEnd, $0.baseAddress, $0.count) }) == 256 {}
    }
}
