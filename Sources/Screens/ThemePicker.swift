import Contract
import TUI

/// Choosing a theme, with the whole screen as the preview.
struct ThemePicker: Equatable, Sendable {
    /// A row of `Model.pickedThemes`; the one after them is the terminal's own ground.
    var selected = 0
    var top = 0
    /// Themes of this appearance only.
    var appearance: Theme.Appearance?
    /// The path of a file to import, while it is typed.
    var path: TextField?
    /// What stood when the picker opened.
    var before = (theme: 0, ownGround: false as Bool?, page: Model.Page.machines)

    static func == (a: Self, b: Self) -> Bool {
        a.selected == b.selected && a.top == b.top && a.appearance == b.appearance && a.path == b.path && a.before == b.before
    }
}

extension Model {
    mutating func openThemes() {
        themePicker = ThemePicker(selected: theme, before: (theme, preferences.ownGround, page))
        page = .theme
    }

    /// Indices of the themes that are listed.
    var pickedThemes: [Int] { themes.indices.filter { themePicker.appearance == nil || themes[$0].appearance == themePicker.appearance } }

    mutating func pressInThemes(_ key: Key) -> [Effect] {
        if themePicker.path != nil { return pressInThemePath(key) }
        let count = pickedThemes.count
        switch key {
        case .up, .character("k"): return tryTheme(themePicker.selected - 1)
        case .down, .character("j"): return tryTheme(themePicker.selected + 1)
        case .home, .character("g"): return tryTheme(0)
        case .end, .character("G"): return tryTheme(count - 1)
        case .pageUp: return tryTheme(max(0, themePicker.selected - themeRows))
        case .pageDown: return tryTheme(min(count, themePicker.selected + themeRows))
        case .character(" "):
            guard themePicker.selected >= count else { return [] }
            preferences.ownGround = preferences.ownGround == true ? nil : true
            return wornTheme
        case .enter: return keepTheme()
        case .escape, .character("q"), .control("c"): return leaveThemes()
        case .character("d"):
            themePicker.appearance = themePicker.appearance == nil ? .dark : themePicker.appearance == .dark ? .light : nil
            let listed = pickedThemes
            return tryTheme(listed.firstIndex(of: theme) ?? 0)
        case .character("i"): themePicker.path = TextField()
        case .character("E"): return editTheme()
        case .character("?"), .function(1): help = HelpState(page: .theme)
        case .control("l"): return [.redraw]
        case .control("z"): return [.suspend]
        default: break
        }
        return []
    }

    private mutating func pressInThemePath(_ key: Key) -> [Effect] {
        switch key {
        case .escape, .control("c"): themePicker.path = nil
        case .enter:
            guard let path = themePicker.path?.text, !path.isEmpty else { return [] }
            return [.readFile(path: path, .importTheme)]
        default:
            _ = themePicker.path?.handle(key)
            toast = nil
        }
        return []
    }

    /// A click on a row of the picker; on the one that is selected already it is kept, on the last one the ground changes.
    mutating func clickTheme(_ row: Int) -> [Effect] {
        guard page == .theme, themePicker.path == nil, row >= 0, row <= pickedThemes.count else { return [] }
        if row == pickedThemes.count {
            themePicker.selected = row
            return pressInThemes(.character(" "))
        }
        return row == themePicker.selected ? keepTheme() : tryTheme(row)
    }

    private var wornTheme: [Effect] { themes[safe: theme].map { [.theme($0.id)] } ?? [] }

    /// The selection moves, and the screen wears what it stands on.
    private mutating func tryTheme(_ row: Int) -> [Effect] {
        let listed = pickedThemes
        themePicker.selected = max(0, min(listed.count, row))
        keepThemeWindow()
        guard let next = listed[safe: themePicker.selected], next != theme else { return [] }
        theme = next
        return wornTheme
    }

    private mutating func keepThemeWindow() {
        themePicker.top = ListWindow.top(
            themePicker.top, selected: min(themePicker.selected, pickedThemes.count - 1), rows: themeRows, count: pickedThemes.count)
    }

    private mutating func leaveThemes() -> [Effect] {
        let before = themePicker.before
        let isChanged = theme != before.theme || preferences.ownGround != before.ownGround
        (theme, preferences.ownGround, page) = (before.theme, before.ownGround, before.page)
        return isChanged ? wornTheme : []
    }

    private mutating func keepTheme() -> [Effect] {
        guard let chosen = themes[safe: theme] else { return leaveThemes() }
        page = themePicker.before.page
        preferences.theme = chosen.id
        let old = themes[safe: themePicker.before.theme]
        say(
            old.map { $0.id == chosen.id ? words("The theme stays %1.", chosen.name) : words("The theme is %1, it was %2.", chosen.name, $0.name) }
                ?? "")
        return [.keep(preferences)]
    }

    /// Wears a theme by its name and remembers it, outside the picker too.
    mutating func wear(_ id: String) -> [Effect] {
        guard let index = themes.firstIndex(where: { $0.id == id }) else { return [] }
        theme = index
        preferences.theme = id
        return [.theme(id), .keep(preferences)]
    }

    // MARK: The user's own

    private mutating func editTheme() -> [Effect] {
        guard let shown = themes[safe: theme] else { return [] }
        if shown.isOwn { return [.editText(shown.source ?? shown.file(about: [shown.name]), .theme(shown.id))] }
        var copy = shown
        copy.name = "My \(shown.name)"
        return [.editText(copy.file(about: ["\(copy.name), a copy of \(shown.name)"]), .theme(freeThemeID("my-\(shown.id)")))]
    }

    mutating func receiveTheme(_ id: String, _ result: Result<String, KeeperError>) -> [Effect] {
        switch result {
        case .failure(let error):
            say(error.description, error: true)
            return []
        case .success(let text):
            let (read, problems) = Theme.parse(id: id, bytes: Array(text.utf8))
            guard !read.roles.isEmpty else {
                say(words("%1: %2. It was not kept.", id, problems.first?.description ?? words("there is no colour in it")), error: true)
                return []
            }
            if let first = problems.first {
                say(
                    problems.count > 1
                        ? words("%1, %2, and %3 more. Left out; E corrects it.", id, first.description, problems.count - 1)
                        : words("%1, %2. Left out; E corrects it.", id, first.description),
                    error: true)
            } else {
                say(words("%1 is kept as %2.theme.", read.name, id))
            }
            return take(read, text: text)
        }
    }

    /// What a file held that is to become a theme.
    mutating func receiveThemeFile(_ path: String, _ result: Result<[UInt8], KeeperError>) -> [Effect] {
        let bytes: [UInt8]
        switch result {
        case .failure(let error):
            say(error.description, error: true)
            return []
        case .success(let read): bytes = read
        }
        let file = Format.fileName(path)
        do throws(ThemeProblem) {
            var made = try ThemeImport(id: freeThemeID(ThemeImport.id(of: path)), bytes: bytes)
            if made.theme.name == made.theme.id { made.theme.name = made.theme.id.prefix(1).uppercased() + made.theme.id.dropFirst() }
            themePicker.path = nil
            say(made.summary)
            return take(made.theme, text: made.file)
        } catch {
            say("\(file): \(error.description).", error: true)
            return []
        }
    }

    /// A theme of the user's, new or changed: kept, listed and worn.
    private mutating func take(_ read: Theme, text: String) -> [Effect] {
        var theme = read.resolved(among: themes)
        theme.source = text
        if let index = themes.firstIndex(where: { $0.id == theme.id }) {
            themes[index] = theme
            self.theme = index
        } else {
            themes.append(theme)
            self.theme = themes.count - 1
        }
        if let appearance = themePicker.appearance, appearance != theme.appearance { themePicker.appearance = nil }
        themePicker.selected = pickedThemes.firstIndex(of: self.theme) ?? 0
        keepThemeWindow()
        preferences.theme = theme.id
        themePicker.before.theme = self.theme
        return [.keepTheme(id: theme.id, text: text), .theme(theme.id), .keep(preferences)]
    }

    private func freeThemeID(_ wish: String) -> String {
        let taken = Set(themes.map(\.id))
        guard taken.contains(wish) else { return wish }
        return (2...99).lazy.map { "\(wish)-\($0)" }.first { !taken.contains($0) } ?? wish
    }
}
