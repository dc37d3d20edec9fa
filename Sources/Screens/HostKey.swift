import TUI

/// The key that takes the next one from the guest.
enum HostKey {
    static let standard = Key.control("]")

    /// A key by its label, as `Ctrl-]`, `Ctrl-A`, `Alt-x` or `F12`; nil where a console could not do without it.
    static func key(labelled label: String) -> Key? {
        var rest = label[...]
        var key = Key(.escape)
        func take(_ prefix: String) -> Bool {
            guard rest.lowercased().hasPrefix(prefix), rest.count > prefix.count else { return false }
            rest = rest.dropFirst(prefix.count)
            return true
        }
        if take("ctrl-") { key.control = true }
        if take("alt-") { key.alt = true }
        if rest.count == 1, let character = rest.first, key.control || key.alt {
            key.code = .character(key.control ? Character(character.lowercased()) : character)
            return key
        }
        guard rest.lowercased().hasPrefix("f"), let number = Int(rest.dropFirst()), (1...12).contains(number) else { return nil }
        key.code = .function(number)
        return key
    }
}

extension Model {
    var hostKey: Key { preferences.hostKey.flatMap(HostKey.key(labelled:)) ?? HostKey.standard }
}
