import Contract
import TUI

/// Keys, glyphs, and how Vitrine behaves.
struct SettingsState: Equatable, Sendable {
    /// Line of the page: settings, then actions.
    private(set) var focus = 0
    /// The next key becomes the focused action's, or the host key.
    var isCapturing = false
    /// Why a key was not taken.
    var refusal = ""
    /// When each machine's figures were last let through.
    var figuresAt: [MachineID: Double] = [:]

    mutating func focus(on line: Int) {
        focus = max(0, min(line, Setting.allCases.count + Keymap.standard.count - 1))
        (isCapturing, refusal) = (false, "")
    }
}

/// A line of the settings page.
enum Setting: CaseIterable {
    case glyphs, colour, motion, interval, hostKey, bell, language

    var label: String {
        switch self {
        case .glyphs: "Glyphs"
        case .colour: "Colour"
        case .motion: "Reduce motion"
        case .interval: "Figures every"
        case .hostKey: "Host key"
        case .bell: "Bell"
        case .language: "Language"
        }
    }

    var help: String {
        switch self {
        case .glyphs: "The characters of lines, bars and states. auto asks TERM and the locale; ascii suits every font. At once."
        case .colour: "auto looks at TERM and NO_COLOR. From the next start on."
        case .motion: "Figures every 5 s, percent in place of bars. At once."
        case .interval: "How often the figures of running machines change. At once."
        case .hostKey: "In a console this key is ours; the one after it is a command. Enter, then press the new one. At once."
        case .bell: "Rings the terminal's bell with every error. At once."
        case .language: "auto follows the locale. Texts that are not translated yet stay English. From the next start on."
        }
    }

    /// What can be chosen, as it is written down and as it is shown; the first is what holds without a choice.
    var choices: [(value: String?, word: String)] {
        switch self {
        case .glyphs: [(nil, "auto"), ("unicode", "unicode"), ("cp437", "cp437"), ("ascii", "ascii")]
        case .colour: [(nil, "auto"), ("always", "always"), ("never", "never")]
        case .motion, .bell: [(nil, "off"), ("true", "on")]
        case .interval: [(nil, "1 s"), ("2", "2 s"), ("5", "5 s"), ("10", "10 s")]
        case .language: [(nil, "auto"), ("en", "English"), ("ja", "日本語")]
        case .hostKey: []
        }
    }
}

extension Preferences {
    subscript(_ setting: Setting) -> String? {
        get {
            switch setting {
            case .glyphs: glyphs
            case .colour: colour
            case .motion: reduceMotion == true ? "true" : nil
            case .interval: interval.map { "\($0)" }
            case .hostKey: hostKey
            case .bell: bell == true ? "true" : nil
            case .language: language
            }
        }
        set {
            switch setting {
            case .glyphs: glyphs = newValue
            case .colour: colour = newValue
            case .motion: reduceMotion = newValue.map { $0 == "true" }
            case .interval: interval = newValue.flatMap { Int($0) }
            case .hostKey: hostKey = newValue
            case .bell: bell = newValue.map { $0 == "true" }
            case .language: language = newValue
            }
        }
    }
}

extension Model {
    var focusedSetting: Setting? { Setting.allCases[safe: settingsState.focus] }
    var focusedBinding: Binding? { keymap.bindings[safe: settingsState.focus - Setting.allCases.count] }

    /// Seconds between two figures of a machine.
    var figuresInterval: Double {
        let chosen = Double(max(1, min(60, preferences.interval ?? 1)))
        return preferences.reduceMotion == true ? max(5, chosen) : chosen
    }

    /// A machine's news with the old figures, while it is not yet time for new ones.
    mutating func heldBack(_ new: MachineSummary, _ old: MachineSummary) -> MachineSummary {
        if figuresInterval > 1, new.state == old.state, let last = settingsState.figuresAt[new.id], now - last < figuresInterval - 0.05 {
            var held = new
            (held.cpuPercent, held.guestMIPS, held.residentMiB) = (old.cpuPercent, old.guestMIPS, old.residentMiB)
            (held.diskReadRate, held.diskWriteRate, held.interruptsPerSecond) = (old.diskReadRate, old.diskWriteRate, old.interruptsPerSecond)
            held.translation = old.translation
            return held
        }
        settingsState.figuresAt[new.id] = now
        return new
    }

    // MARK: Keys

    mutating func pressInSettings(_ key: Key) -> [Effect] {
        if settingsState.isCapturing { return capture(key) }
        settingsState.refusal = ""
        switch key {
        case .up, .character("k"): settingsState.focus(on: settingsState.focus - 1)
        case .down, .character("j"): settingsState.focus(on: settingsState.focus + 1)
        case .home, .character("g"): settingsState.focus(on: 0)
        case .end, .character("G"): settingsState.focus(on: .max)
        case Key(.pageUp): settingsState.focus(on: settingsState.focus - 10)
        case Key(.pageDown): settingsState.focus(on: settingsState.focus + 10)
        case .right, .character("l"), .character(" "): return step(1)
        case .left, .character("h"): return step(-1)
        case .enter:
            if let setting = focusedSetting, setting != .hostKey { return step(1) }
            if let binding = focusedBinding, case .file(let line) = binding.origin {
                settingsState.refusal = words("line %1 of the file `keys` says this: change it there.", line)
            } else {
                settingsState.isCapturing = true
            }
        case .delete: return resetFocused()
        case .escape: page = .machines
        default:
            guard let action = keymap.action(key, on: page) else { return [] }
            return perform(action, key)
        }
        return []
    }

    private mutating func step(_ step: Int) -> [Effect] {
        guard let setting = focusedSetting, !setting.choices.isEmpty else { return [] }
        let choices = setting.choices, now = choices.firstIndex { $0.value == preferences[setting] } ?? 0
        preferences[setting] = choices[(now + step + choices.count) % choices.count].value
        return [.keep(preferences)]
    }

    private mutating func resetFocused() -> [Effect] {
        if let setting = focusedSetting {
            preferences[setting] = nil
        } else if let binding = focusedBinding {
            guard preferences.keys?[binding.action.rawValue] != nil else { return [] }
            return choose(nil, for: binding.action)
        }
        return [.keep(preferences)]
    }

    private mutating func capture(_ key: Key) -> [Effect] {
        settingsState.isCapturing = false
        if key == .escape { return [] }
        if focusedSetting == .hostKey {
            guard key.control || key.alt || { if case .function = key.code { true } else { false } }() else {
                settingsState.refusal = words("%1 is needed for typing: take one with Ctrl or Alt, or an F-key.", key.label)
                return []
            }
            preferences.hostKey = key == HostKey.standard ? nil : key.label
            return [.keep(preferences)]
        }
        guard let binding = focusedBinding else { return [] }
        if let owner = keymap.owner(of: key, against: binding.action) {
            settingsState.refusal = words(
                "%1 is %2 (%3) already; %4 stays as it is.", key.label, owner.action.rawValue, words(owner.name), binding.action.rawValue)
            return []
        }
        // The twin stays: terminals take some keys for themselves.
        return choose([key.label] + binding.keys.dropFirst().filter { $0 != key }.map(\.label), for: binding.action)
    }

    private mutating func choose(_ labels: [String]?, for action: Action) -> [Effect] {
        var keys = preferences.keys ?? [:]
        keys[action.rawValue] = labels
        preferences.keys = keys.isEmpty ? nil : keys
        if let problem = renewKeys().first(where: { $0.line == nil && $0.text.contains(action.rawValue) }) { settingsState.refusal = problem.text }
        return [.keep(preferences)]
    }

    // MARK: Its picture

    private enum SettingsLine {
        case setting(Setting, Int)
        case keys, blank
        case binding(Binding, Int)
    }

    private var settingsLines: [SettingsLine] {
        let count = Setting.allCases.count
        return Setting.allCases.enumerated().map { .setting($1, $0) } + [.blank, .keys]
            + keymap.bindings.enumerated().map { .binding($1, count + $0) }
    }

    func drawSettings(on frame: inout Frame) {
        frame.put(words("Settings"), 1, 0, .role(.accent))
        frame.putRight(words("kept in settings.json"), right: frame.width - 1, 0, .muted)
        frame.shelf([words("How Vitrine looks and behaves")], active: 0, y: 1, focused: true)
        let lines = settingsLines, rows = max(1, frame.height - 7)
        let focus = settingsState.focus
        let row = focus < Setting.allCases.count ? focus : focus + 2
        let top = ListWindow.top(0, selected: row, rows: rows, count: lines.count)
        frame.mark(Rect(0, 2, frame.width, rows), .pane(0))
        for (offset, line) in lines.dropFirst(top).prefix(rows).enumerated() {
            let y = 2 + offset
            switch line {
            case .blank: break
            case .keys: frame.shelf([words("Keys")], active: 0, y: y, note: words("action, keys, where"), focused: false)
            case .setting(let setting, let index): draw(setting, index, y, on: &frame)
            case .binding(let binding, let index): draw(binding, index, y, on: &frame)
            }
        }
        drawSettingsHelp(2 + rows, on: &frame)
    }

    private func select(_ index: Int, _ y: Int, on frame: inout Frame) -> (Role) -> Style {
        frame.mark(Rect(0, y, frame.width, 1), .row(index))
        guard index == settingsState.focus else { return { .role($0) } }
        frame.fill(Rect(0, y, frame.width, 1), .role(.selected))
        frame.put("▸", 0, y, .role(.selected))
        return { _ in .role(.selected) }
    }

    private func draw(_ setting: Setting, _ index: Int, _ y: Int, on frame: inout Frame) {
        let style = select(index, y, on: &frame)
        frame.put(words(setting.label), 2, y, style(.muted))
        if setting == .hostKey {
            let isCapturing = settingsState.isCapturing && index == settingsState.focus
            frame.put(isCapturing ? words("press a key") : preferences.hostKey ?? HostKey.standard.label, 18, y, style(.key))
        } else {
            let word = setting.choices.first { $0.value == preferences[setting] }?.word ?? preferences[setting] ?? ""
            let isSwitch = setting == .motion || setting == .bell
            frame.put("‹ \(Text.padded(isSwitch ? words.switched(word == "on") : words(word), to: 10)) ›", 18, y, style(.text))
        }
    }

    private func draw(_ binding: Binding, _ index: Int, _ y: Int, on frame: inout Frame) {
        let style = select(index, y, on: &frame)
        let isCapturing = settingsState.isCapturing && index == settingsState.focus
        let keys = binding.keys.map(\.label).joined(separator: "  ")
        frame.put(Language.title(words(binding.name)), 2, y, style(.text), width: 24)
        frame.put(isCapturing ? words("press a key") : keys.isEmpty ? words("no key") : keys, 28, y, style(.key), width: 18)
        let origin =
            switch binding.origin {
            case .house: ""
            case .settings: words("yours")
            case .file(let line): words("keys, line %1", line)
            }
        let places = binding.pages.isEmpty ? words("everywhere") : binding.pages.map { words($0.word) }.joined(separator: " ")
        if frame.width >= 60 { frame.put(places, 47, y, style(.muted), width: frame.width - 47 - (origin.isEmpty ? 1 : 15)) }
        if !origin.isEmpty { frame.putRight(origin, right: frame.width - 1, y, style(.muted)) }
    }

    private func drawSettingsHelp(_ y: Int, on frame: inout Frame) {
        let title = focusedSetting.map { words($0.label) } ?? focusedBinding.map { words("Key for: %1", words($0.name)) } ?? ""
        frame.shelf([title], active: 0, y: y)
        var help =
            focusedSetting.map { words($0.help) }
            ?? focusedBinding.map { words("%1 In the file `keys`: %2", words($0.action.explanation), $0.action.rawValue) } ?? ""
        if settingsState.isCapturing { help = words("Press the new key. Esc leaves it as it is.") }
        if !settingsState.refusal.isEmpty { help = "✖ " + settingsState.refusal }
        for (row, line) in Text.wrapped(help, to: frame.width - 4).prefix(2).enumerated() {
            frame.put(line, 2, y + 1 + row, settingsState.refusal.isEmpty ? .text : .role(.error))
        }
        if toast != nil { drawEventLine(on: &frame) }
        var hints = [Hint("Esc", words("leave it"))]
        if !settingsState.isCapturing {
            let isKey = focusedSetting == .hostKey || focusedBinding != nil
            hints =
                isKey
                ? [Hint("Enter", words("another key")), Hint("Del", words("the old one back"))]
                : [Hint("Left Right", words("change")), Hint("Del", words("as at first"))]
            hints += [Hint("Up Down", words("choose"))] + Keymap.hints([.help], self) + [Hint("Esc", words("back"))]
        }
        frame.footer(hints, y: frame.height - 1)
    }
}
