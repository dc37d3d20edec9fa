import Foundation

/// Where machines and fetched packages live: the XDG base directories, or one folder of the user's choice.
package struct Home: Equatable, Sendable {
    /// The folder that holds `machines`.
    package let data: String
    /// Fetched packages and what was taken out of them; may be emptied at any time.
    package let cache: String
    /// Settings and themes.
    package let configuration: String
    /// What happened.
    package let state: String

    /// - Parameters:
    ///   - directory: `--home`; fetched packages stay in the user's cache even then, so that a second library need not fetch them again.
    package init(directory: String? = nil, environment: [String: String] = ProcessInfo.processInfo.environment) {
        func base(_ variable: String, _ fallback: String) -> String {
            // Relative values are invalid and to be ignored (XDG Base Directory Specification).
            if let value = environment[variable], value.hasPrefix("/") { return value }
            return (environment["HOME"] ?? "/") + fallback
        }
        data = directory.map(Self.absolute) ?? base("XDG_DATA_HOME", "/.local/share") + "/vitrine"
        cache = base("XDG_CACHE_HOME", "/.cache") + "/vitrine"
        configuration = directory.map(Self.absolute) ?? base("XDG_CONFIG_HOME", "/.config") + "/vitrine"
        state = directory.map(Self.absolute) ?? base("XDG_STATE_HOME", "/.local/state") + "/vitrine"
    }

    package init(data: String, cache: String) { (self.data, self.cache, configuration, state) = (data, cache, data, data) }

    package var machines: String { data + "/machines" }
    /// Where deleted machines wait.
    package var trash: String { data + "/trash" }
    package var packages: String { cache + "/packages" }

    /// Where the workstation of this library listens: in the session's own folder, or in the library where there is none. The name is short, for a
    /// socket's path has 107 bytes, and the same by whatever way the library is reached.
    package func controlSocket(environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
        let place = URL(fileURLWithPath: data).standardizedFileURL.resolvingSymlinksInPath().path
        // FNV-1a
        let hash = place.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        let digits = String(hash, radix: 16)
        let name = "/vitrine/" + String(repeating: "0", count: 16 - digits.count) + digits + ".sock"
        if let runtime = environment["XDG_RUNTIME_DIR"], runtime.hasPrefix("/") { return runtime + name }
        return place + name
    }

    /// `path` with the user's home folder as `~`.
    package func forPeople(_ path: String, environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
        guard let own = environment["HOME"], own != "/", path.hasPrefix(own + "/") else { return path }
        return "~" + path.dropFirst(own.count)
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}

/// What a path in a configuration means.
package struct PathResolver: Sendable {
    /// Relative paths start here.
    package var folder: String
    /// Where `fetch:NAME` is found.
    package var fetched: String

    package init(folder: String, fetched: String) { (self.folder, self.fetched) = (folder, fetched) }

    /// What comes with the product: the floppies of the sample guest and of `Segments`.
    package static let builtInPrefix = "builtin:", showcase = "builtin:showcase", segments = "builtin:segments"
    package static let fetchPrefix = "fetch:"

    package func resolve(_ path: String) -> String {
        if path.hasPrefix(Self.fetchPrefix) { return fetched + "/" + path.dropFirst(Self.fetchPrefix.count) }
        return path.hasPrefix("/") ? path : folder + "/" + path
    }
}
