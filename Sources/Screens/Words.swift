import TUI

/// What the screens are written in.
package enum Language: String, CaseIterable, Sendable {
    case english = "en"
    case japanese = "ja"

    /// The user's choice, else what the locale says, as gettext reads it.
    /// - Parameter preference: `en`, `ja`, or nil for the locale's.
    package init(preference: String?, environment: [String: String]) {
        if let preference, let chosen = Language(rawValue: preference) {
            self = chosen
            return
        }
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        self = locale == "ja" || locale.hasPrefix("ja_") || locale.hasPrefix("ja.") ? .japanese : .english
    }
}
