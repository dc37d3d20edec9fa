package import Foundation

/// Debian's i386 packages and source packages, fetched and unpacked into a cache without touching the system's own package state.
package enum Packages {
    package static let cache: URL = {
        let environment = ProcessInfo.processInfo.environment
        let base =
            environment["XDG_CACHE_HOME"].map { URL(fileURLWithPath: $0) }
            ?? FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache")
        return base.appending(path: "vitrine-tests")
    }()

    package static let unreachable = "the package archive cannot be reached, and the package is not in the cache"

    /// Fetches and unpacks a package once.
    package static func have(_ package: String) async -> Bool { (try? await Fetcher.shared.folder(of: package)) != nil }

    /// The file `path` of a package.
    package static func file(_ package: String, _ path: String) async throws -> String {
        try existing(path, in: try await Fetcher.shared.folder(of: package))
    }

    /// A file of a package that is a source in itself.
    package static func source(_ package: String, _ path: String) async throws -> Source {
        let folder = try await Fetcher.shared.folder(of: package)
        let version = try String(contentsOf: folder.appending(path: ".version"), encoding: .utf8)
        return Source(archive: try existing(path, in: folder), version: version.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// The kernel of Debian's 686 flavour, without PAE.
    package static func kernel() async throws -> String { try vmlinuz(in: try await Fetcher.shared.folder(of: "linux-image-686")) }

    /// The same kernel and one of its modules, both of one version.
    package static func kernel(withModule name: String) async throws -> (kernel: String, module: String) {
        let folder = try await Fetcher.shared.folder(of: "linux-image-686", keeping: ["./boot", "*/\(name).ko"], as: "linux-image-686.\(name)")
        for case let file as URL in FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil) ?? .init() {
            if file.lastPathComponent == "\(name).ko" { return (try vmlinuz(in: folder), file.path) }
        }
        throw Missing(what: "linux-image-686 has no module \(name)")
    }

    /// The same kernel and modules, with all that these need, in the order in which they are loaded.
    package static func kernel(withModules names: [String]) async throws -> (kernel: String, modules: [String]) {
        let kept = ["ata", "scsi"].map { "*/drivers/\($0)/*.ko" } + ["ext4", "jbd2", "mbcache.ko"].map { "*/fs/\($0)*" }
        let folder = try await Fetcher.shared.folder(
            of: "linux-image-686", keeping: ["./boot"] + kept + ["*/kernel/lib/*.ko", "*/kernel/crypto/*.ko", "*/kernel/block/*.ko"],
            as: "linux-image-686.disk")
        var files: [String: String] = [:]
        for case let file as URL in FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil) ?? .init()
        where file.pathExtension == "ko" { files[file.deletingPathExtension().lastPathComponent.replacing("-", with: "_")] = file.path }
        var order: [String] = []
        func need(_ name: String) throws {
            guard let file = files[name.replacing("-", with: "_")] else { throw Missing(what: "linux-image-686 has no module \(name)") }
            guard !order.contains(file) else { return }
            // In .modinfo stands depends=A,B and a zero byte.
            let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
            if let mark = bytes.firstRange(of: Data("\0depends=".utf8)) {
                let list = String(decoding: bytes[mark.upperBound...].prefix { $0 != 0 }, as: UTF8.self)
                for other in list.split(separator: ",") { try need(String(other)) }
            }
            order.append(file)
        }
        for name in names { try need(name) }
        return (try vmlinuz(in: folder), order)
    }

    /// The folder of a package.
    package static func folder(_ package: String) async throws -> URL { try await Fetcher.shared.folder(of: package) }

    /// The upstream archive of a source package.
    package static func source(_ package: String) async throws -> Source {
        let folder = try await Fetcher.shared.source(of: package)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        guard let archive = names.first(where: { $0.contains(".orig.tar.") && !$0.hasSuffix(".asc") }),
            let description = names.first(where: { $0.hasSuffix(".dsc") })
        else { throw Missing(what: "the source package \(package) has no archive") }
        return Source(archive: folder.appending(path: archive).path, version: String(description.dropLast(4)))
    }

    /// What `script` makes of a source, made once for a version and a script: it is called with the archive and the folder to fill.
    package static func build(_ name: String, _ script: String, of source: Source) async throws -> URL {
        try await Fetcher.shared.build(name, script: script, source: source)
    }

    package struct Source: Sendable {
        package var archive: String
        package var version: String

        package init(archive: String, version: String) {
            self.archive = archive
            self.version = version
        }
    }

    package struct Missing: Error {
        package var what: String

        package init(what: String) { self.what = what }
    }

    private static func existing(_ path: String, in folder: URL) throws -> String {
        let file = folder.appending(path: path)
        guard FileManager.default.fileExists(atPath: file.path) else { throw Missing(what: "\(folder.lastPathComponent) has no \(path)") }
        return file.path
    }

    private static func vmlinuz(in folder: URL) throws -> String {
        let boot = folder.appending(path: "boot")
        let name = try FileManager.default.contentsOfDirectory(atPath: boot.path).first { $0.hasPrefix("vmlinuz") }
        guard let name else { throw Missing(what: "\(folder.lastPathComponent) has no kernel") }
        return boot.appending(path: name).path
    }
}

/// One at a time: within this process by the actor, between processes by a lock in the cache.
private actor Fetcher {
    static let shared = Fetcher()
    private var known: [String: Result<URL, Packages.Missing>] = [:]

    /// `members` are the patterns of what is unpacked; all, if there are none.
    func folder(of package: String, keeping members: [String]? = nil, as name: String? = nil) throws -> URL {
        // Of a kernel only /boot is kept.
        let members = members ?? (package.hasPrefix("linux-image-") ? ["./boot"] : [])
        let place = Packages.cache.appending(path: "packages/\(name ?? package)")
        // Earlier tests left packages without their version.
        if !FileManager.default.fileExists(atPath: place.appending(path: ".version").path) { try? FileManager.default.removeItem(at: place) }
        return try made("packages/\(name ?? package)") { Self.locked(Self.state + Self.fetch, [Packages.cache.path, $0, package] + members) }
    }

    func source(of package: String) throws -> URL {
        try made("sources/\(package)") { Self.locked(Self.state + Self.fetchSource, [Packages.cache.path, $0, package]) }
    }

    func build(_ name: String, script: String, source: Packages.Source) throws -> URL {
        let hash = script.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return try made("builds/\(name)-\(source.version)-\(String(hash, radix: 16))") {
            Self.locked("archive=$3 out=$work/tree\nmkdir \"$out\"\n" + script, [Packages.cache.path, $0, source.archive])
        }
    }

    private func made(_ path: String, by script: (String) -> (String, [String])) throws -> URL {
        if let result = known[path] { return try result.get() }
        let folder = Packages.cache.appending(path: path)
        let result: Result<URL, Packages.Missing>
        if FileManager.default.fileExists(atPath: folder.path) {
            result = .success(folder)
        } else {
            let (text, arguments) = script(path)
            let outcome = try? Program.run("/bin/bash", ["-c", text, "make"] + arguments, limit: 1200)
            result = outcome?.status == 0 ? .success(folder) : .failure(.init(what: "\(path): \(outcome?.errors.suffix(2000) ?? "no shell")"))
        }
        known[path] = result
        return try result.get()
    }

    /// A script that fills `$work/tree`, which then becomes the folder `$target` of the cache.
    private static func locked(_ script: String, _ arguments: [String]) -> (String, [String]) {
        let before = #"""
            set -euo pipefail
            cache=$1 target=$1/$2
            mkdir -p "$cache" "$(dirname "$target")"
            exec 9>"$cache/lock"
            flock 9
            [ ! -d "$target" ] || exit 0
            work=$(mktemp -d "$cache/work.XXXXXX")
            trap 'rm -rf "$work"' EXIT

            """#
        return (before + script + "\nmv \"$work/tree\" \"$target\"\n", arguments)
    }

    /// Package states of their own, so that neither root nor a foreign architecture is needed.
    private static let state = #"""
        state() {
            root=$1 kind=$2
            mkdir -p "$root/lists/partial" "$root/archives/partial" "$root/sources.list.d"
            : > "$root/status"
            cat > "$root/apt.conf" <<END
        #clear APT::Update::Pre-Invoke;
        #clear APT::Update::Post-Invoke;
        #clear APT::Update::Post-Invoke-Success;
        Dir::State "$root";
        Dir::State::lists "$root/lists";
        Dir::State::status "$root/status";
        Dir::Cache "$root";
        Dir::Cache::archives "$root/archives";
        Dir::Etc::sourcelist "$root/sources.list";
        Dir::Etc::sourceparts "$root/sources.list.d";
        APT::Architecture "i386";
        APT::Architectures { "i386"; };
        APT::Sandbox::User "root";
        Acquire::Languages "none";
        Acquire::Retries "2";
        Acquire::http::Timeout "20";
        END
            : > "$root/sources.list"
            for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
                [ ! -f "$file" ] || sed -E "s/^(Types:).*/\1 $kind/; s/^deb(-src)? /$kind /" "$file" > "$root/sources.list.d/${file##*/}"
            done
            mv "$root/sources.list.d/sources.list" "$root/" 2> /dev/null || true
            # A list that is missing does not matter if the package is in another.
            if [ -z "$(find "$root/lists" \( -name '*_Packages*' -o -name '*_Sources*' \) -newermt '-1 day' -print -quit)" ]; then
                apt-get -qq -c "$root/apt.conf" update || true
            fi
        }
        package=$3
        cd "$work"

        """#

    private static let fetch = #"""
        state "$cache/apt" deb
        shift 3
        name=$package
        case $package in
            linux-image-686*) name=$(apt-cache -c "$root/apt.conf" depends "$package" | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1) ;;
        esac
        [ -n "$name" ] || { echo "$package is not in the archive" >&2; exit 1; }
        apt-get -qq -c "$root/apt.conf" download "$name"
        mkdir tree
        dpkg-deb --fsys-tarfile ./*.deb | tar -x -C tree --wildcards "$@"
        dpkg-deb -f ./*.deb Version > tree/.version
        """#

    private static let fetchSource = #"""
        state "$cache/apt-source" deb-src
        mkdir tree
        cd tree
        apt-get -qq -c "$root/apt.conf" source --download-only "$package"
        """#
}
