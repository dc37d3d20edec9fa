import Bus
package import Configuration
package import Contract
import Foundation
import Glibc

/// Stops a fetch from another thread.
package final class Cancellation: Sendable {
    private struct State {
        var cancelled = false
        var process: pid_t?
    }
    private let state = Mutexed(State())
    package init() {}

    package func cancel() {
        state.withLock {
            $0.cancelled = true
            if let process = $0.process { kill(process, SIGTERM) }
        }
    }
    package var isCancelled: Bool { state.withLock { $0.cancelled } }

    /// The child that a cancellation ends. Cleared before the child is gone for good, so that no stranger of the same number is hit.
    func watch(_ process: pid_t?) {
        state.withLock {
            $0.process = process
            if $0.cancelled, let process { kill(process, SIGTERM) }
        }
    }
}

/// Takes images out of Debian packages, into the user's cache.
///
/// apt itself resolves, downloads and checks signatures, with the system's sources and keyrings, but with state and cache folders of our own:
/// neither root nor any change to the system is needed. The guests are i386, so only that architecture's lists are read.
package struct Fetcher: Sendable {
    private let home: Home
    private let report: @Sendable (FetchProgress) -> Void
    private let machine: MachineID
    private let cancellation: Cancellation

    package init(_ home: Home, machine: MachineID, cancellation: Cancellation, report: @escaping @Sendable (FetchProgress) -> Void) {
        (self.home, self.machine, self.cancellation, self.report) = (home, machine, cancellation, report)
    }

    /// File names of `fetch` that the cache does not hold yet.
    package static func missing(_ fetch: MachineConfiguration.Fetch, in home: Home) -> [String] {
        let wanted = fetch.items.flatMap { $0.files.values } + [fetch.busyboxInitrd].compactMap { $0 }
        return wanted.filter { !FileManager.default.fileExists(atPath: home.packages + "/" + $0) }.sorted()
    }

    /// Fetches what is missing. Blocks; ends with one report of `.done`, `.failed` or `.cancelled`.
    package func run(_ fetch: MachineConfiguration.Fetch) throws(KeeperError) {
        do {
            try perform(fetch)
            tell(.done, "fetched")
        } catch {
            if cancellation.isCancelled {
                tell(.cancelled, "cancelled")
                throw KeeperError(.fetch, "fetching \(machine) was cancelled")
            }
            tell(.failed, error.description)
            throw error
        }
    }

    private func perform(_ fetch: MachineConfiguration.Fetch) throws(KeeperError) {
        guard FileManager.default.isExecutableFile(atPath: Self.apt), FileManager.default.isExecutableFile(atPath: Self.dpkgDeb) else {
            throw KeeperError(.fetch, "samples are Debian packages, and this host has no apt-get; put your own image into the machine instead")
        }
        tell(.resolving, "reading package lists")
        try prepare()
        let lock = try waitForTurn()
        defer { close(lock) }

        let items = fetch.items.filter { item in item.files.values.contains { !FileManager.default.fileExists(atPath: home.packages + "/" + $0) } }
        var downloads = try resolve(items)
        if downloads.isEmpty && !items.isEmpty {
            try update()
            downloads = try resolve(items)
        }
        guard downloads.count == items.count else {
            let names = items.map(\.package).joined(separator: ", ")
            throw KeeperError(.fetch, "the package archive offers no \(names); check the sources in /etc/apt and the network")
        }
        try download(downloads)
        tell(.unpacking, "unpacking")
        for (item, download) in zip(items, downloads) {
            for (path, name) in item.files.sorted(by: { $0.key < $1.key }) { try unpack(path, from: download, as: name) }
            try? FileManager.default.removeItem(atPath: downloadsFolder + "/" + download.file)
        }
        if let name = fetch.busyboxInitrd { try makeInitramfs(fetch, name) }
    }

    // MARK: apt

    private static let apt = "/usr/bin/apt-get", aptCache = "/usr/bin/apt-cache", dpkgDeb = "/usr/bin/dpkg-deb"
    /// Lists older than this are read again.
    private static let listsKeep: TimeInterval = 86400

    private struct Download {
        var file: String
        var size: UInt64
        var package: String
    }

    private var root: String { home.cache + "/apt" }
    private var configurationFile: String { root + "/apt.conf" }
    private var downloadsFolder: String { root + "/downloads" }
    private var stamp: String { root + "/updated" }

    private func prepare() throws(KeeperError) {
        do {
            for folder in [root + "/state/lists/partial", root + "/cache/archives/partial", downloadsFolder, home.packages] {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            }
            try Data().write(to: URL(fileURLWithPath: root + "/status"))
            // Hooks of the system's configuration would work on the system's caches. No other architecture, no translations: less to read.
            let text = """
                #clear APT::Update::Pre-Invoke;
                #clear APT::Update::Post-Invoke;
                #clear APT::Update::Post-Invoke-Success;
                #clear APT::Architectures;
                APT::Architecture "i386";
                APT::Architectures { "i386"; };
                APT::Sandbox::User "root";
                Dir::State "\(root)/state";
                Dir::State::status "\(root)/status";
                Dir::Cache "\(root)/cache";
                Acquire::Languages "none";
                Acquire::GzipIndexes "true";
                Acquire::Retries "2";
                Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
                Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";

                """
            try Data(text.utf8).write(to: URL(fileURLWithPath: configurationFile), options: .atomic)
        } catch { throw KeeperError(.host, "\(root) cannot be prepared: \(error.localizedDescription)") }
    }

    /// One fetch at a time on this cache, whoever asks.
    private func waitForTurn() throws(KeeperError) -> Int32 {
        let lock = unsafe open(root + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw KeeperError(.host, "\(root)/lock cannot be opened: \(unsafe String(cString: strerror(errno)))") }
        while flock(lock, LOCK_EX | LOCK_NB) != 0 {
            if cancellation.isCancelled {
                close(lock)
                throw KeeperError(.fetch, "cancelled")
            }
            usleep(100_000)
        }
        return lock
    }

    private func update() throws(KeeperError) {
        tell(.resolving, "reading the archive's package lists")
        // One source that fails must not keep the others from being used: what counts is whether the packages are found.
        let (_, output) = try runTool(Self.apt, ["-c", configurationFile, "-o", "APT::Status-Fd=1", "update"]) { line in
            if let percent = Self.percent(line) { tell(.resolving, "reading the archive's package lists, \(Int(percent))%") }
        }
        let lists = (try? FileManager.default.contentsOfDirectory(atPath: root + "/state/lists")) ?? []
        guard lists.contains(where: { $0.contains("_Packages") }) else {
            throw KeeperError(.fetch, "the package archive is not reachable. Check the network. (\(Self.reason(output)))")
        }
        _ = FileManager.default.createFile(atPath: stamp, contents: Data())
    }

    /// What is to be downloaded, in the order of `items`; empty where the lists do not know a package.
    private func resolve(_ items: [MachineConfiguration.Fetch.Item]) throws(KeeperError) -> [Download] {
        guard !items.isEmpty else { return [] }
        let updated = try? FileManager.default.attributesOfItem(atPath: stamp)[.modificationDate] as? Date
        guard let updated, -updated.timeIntervalSinceNow < Self.listsKeep else {
            try update()
            return try resolve(items)
        }
        var downloads: [Download] = []
        for item in items {
            let package = try concretePackage(item.package)
            let (status, output) = try runTool(Self.apt, ["-c", configurationFile, "download", "--print-uris", package]) { _ in }
            guard status == 0 else { return [] }
            for line in output where line.hasPrefix("'") {
                // 'URI' FILE SIZE HASH
                let words = line.split(separator: " ")
                guard words.count >= 3, let size = UInt64(words[2]), !words[1].contains("/") else { continue }
                downloads.append(Download(file: String(words[1]), size: size, package: package))
                break
            }
        }
        return downloads
    }

    /// `linux-image-686` holds nothing but the name of the current kernel's package.
    private func concretePackage(_ name: String) throws(KeeperError) -> String {
        guard name.hasPrefix("linux-image-") else { return name }
        let (_, output) = try runTool(Self.aptCache, ["-c", configurationFile, "show", "--no-all-versions", name]) { _ in }
        guard let depends = output.first(where: { $0.hasPrefix("Depends: linux-image-") }) else { return name }
        let dependency = depends.dropFirst("Depends: ".count).prefix { $0 != " " && $0 != "," }
        return String(dependency) + ":i386"
    }

    private func download(_ downloads: [Download]) throws(KeeperError) {
        guard !downloads.isEmpty else { return }
        let total = downloads.reduce(0) { $0 + $1.size }
        tell(.downloading, "downloading", 0, total)
        let arguments = ["-c", configurationFile, "-o", "APT::Status-Fd=1", "download"] + downloads.map(\.package)
        let (status, output) = try runTool(Self.apt, arguments) { line in
            guard let percent = Self.percent(line) else { return }
            tell(.downloading, "downloading", UInt64(Double(total) * min(max(percent, 0), 100) / 100), total)
        }
        guard status == 0 else { throw KeeperError(.fetch, "the download failed: \(Self.reason(output))") }
        tell(.downloading, "downloaded, signature good", total, total)
    }

    // MARK: Unpacking

    private func unpack(_ path: String, from download: Download, as name: String) throws(KeeperError) {
        let package = downloadsFolder + "/" + download.file
        let part = home.packages + "/" + name + ".part"
        let script = #""$1" --fsys-tarfile "$2" | tar -xOf - --wildcards --no-wildcards-match-slash "$3" > "$4""#
        let (status, output) = try runTool("/bin/sh", ["-c", script, "sh", Self.dpkgDeb, package, "./" + path, part]) { _ in }
        let size = try? FileManager.default.attributesOfItem(atPath: part)[.size] as? UInt64
        guard status == 0, let size, size > 0 else {
            try? FileManager.default.removeItem(atPath: part)
            throw KeeperError(.fetch, "\(path) could not be taken out of \(download.file): \(Self.reason(output))")
        }
        try publish(part, as: name)
    }

    private func makeInitramfs(_ fetch: MachineConfiguration.Fetch, _ name: String) throws(KeeperError) {
        let program = fetch.items.first { $0.package.hasPrefix("busybox") }?.files.values.first
        guard let program, let bytes = FileManager.default.contents(atPath: home.packages + "/" + program) else {
            throw KeeperError(.fetch, "there is no BusyBox to make \(name) of")
        }
        let part = home.packages + "/" + name + ".part"
        do { try Data(Initramfs.busybox(Array(bytes))).write(to: URL(fileURLWithPath: part)) } catch {
            throw KeeperError(.host, "\(part) cannot be written: \(error.localizedDescription)")
        }
        try publish(part, as: name)
    }

    private func publish(_ part: String, as name: String) throws(KeeperError) {
        guard unsafe rename(part, home.packages + "/" + name) == 0 else {
            throw KeeperError(.host, "\(home.packages)/\(name) cannot be written: \(unsafe String(cString: strerror(errno)))")
        }
    }

    // MARK: Children

    /// Runs a program to its end.
    /// - Returns: its exit status and the last lines of output and errors together.
    private func runTool(
        _ path: String, _ arguments: [String], _ line: (String) -> Void
    ) throws(KeeperError) -> (status: Int32, output: [String]) {
        if cancellation.isCancelled { throw KeeperError(.fetch, "cancelled") }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: downloadsFolder)
        process.environment = ProcessInfo.processInfo.environment.merging(["LC_ALL": "C"]) { _, own in own }
        process.environment?["APT_CONFIG"] = nil
        let pipe = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        do { try process.run() } catch { throw KeeperError(.host, "\(path) could not be run: \(error.localizedDescription)") }
        cancellation.watch(process.processIdentifier)
        var lines: [String] = []
        var rest = Data()
        while case let piece = pipe.fileHandleForReading.availableData, !piece.isEmpty {
            rest += piece
            while let end = rest.firstIndex(of: 10) {
                let text = String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
                rest = Data(rest[rest.index(after: end)...])
                line(text)
                lines.append(text)
                if lines.count > 200 { lines.removeFirst(100) }
            }
        }
        if !rest.isEmpty { lines.append(String(decoding: rest, as: UTF8.self)) }
        process.waitUntilExit()
        cancellation.watch(nil)
        if cancellation.isCancelled { throw KeeperError(.fetch, "cancelled") }
        return (process.terminationStatus, lines)
    }

    /// `dlstatus:3:42.5:…`
    static func percent(_ line: String) -> Double? {
        let words = line.split(separator: ":", maxSplits: 3)
        guard words.count >= 3, words[0] == "dlstatus" else { return nil }
        return Double(words[2])
    }

    private static func reason(_ output: [String]) -> String {
        output.last { $0.hasPrefix("E:") }.map { String($0.dropFirst(2).drop { $0 == " " }) }
            // W: Failed to fetch ADDRESS  REASON
            ?? output.first { $0.hasPrefix("W: Failed to fetch ") }.flatMap { line in line.range(of: "  ").map { String(line[$0.upperBound...]) } }
            ?? output.last { !$0.isEmpty && !$0.hasPrefix("dlstatus") } ?? "no reason was given"
    }

    private func tell(_ phase: FetchProgress.Phase, _ message: String, _ bytes: UInt64 = 0, _ total: UInt64? = nil) {
        report(FetchProgress(machine: machine, phase: phase, bytes: bytes, total: total, message: message))
    }
}
