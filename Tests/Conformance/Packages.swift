import Foundation

/// Debian's i386 packages, fetched and unpacked into a cache without touching the system's own package state.
enum Packages {
    static let cache: URL = {
        let environment = ProcessInfo.processInfo.environment
        let base =
            environment["XDG_CACHE_HOME"].map { URL(fileURLWithPath: $0) }
            ?? FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache")
        return base.appending(path: "vitrine-tests")
    }()

    static let unreachable = "the package archive cannot be reached, and the package is not in the cache"

    /// Fetches and unpacks a package once.
    static func have(_ package: String) async -> Bool { (try? await Fetcher.shared.folder(of: package)) != nil }

    /// The file `path` of a package.
    static func file(_ package: String, _ path: String) async throws -> String {
        let folder = try await Fetcher.shared.folder(of: package)
        let file = folder.appending(path: path)
        guard FileManager.default.fileExists(atPath: file.path) else { throw Missing(what: "\(package) has no \(path)") }
        return file.path
    }

    /// The kernel of Debian's 686 flavour, without PAE.
    static func kernel() async throws -> String {
        let folder = try await Fetcher.shared.folder(of: "linux-image-686").appending(path: "boot")
        let name = try FileManager.default.contentsOfDirectory(atPath: folder.path).first { $0.hasPrefix("vmlinuz") }
        guard let name else { throw Missing(what: "linux-image-686 has no kernel") }
        return folder.appending(path: name).path
    }

    struct Missing: Error { var what: String }
}

private actor Fetcher {
    static let shared = Fetcher()
    private var known: [String: Result<URL, Packages.Missing>] = [:]

    func folder(of package: String) throws -> URL {
        if let result = known[package] { return try result.get() }
        let folder = Packages.cache.appending(path: "packages/\(package)")
        let result: Result<URL, Packages.Missing>
        if FileManager.default.fileExists(atPath: folder.path) {
            result = .success(folder)
        } else {
            let outcome = try? Program.run("/bin/bash", ["-c", Self.script, "fetch", Packages.cache.path, package], limit: 900)
            result = outcome?.status == 0 ? .success(folder) : .failure(.init(what: "\(package): \(outcome?.errors ?? "no shell")"))
        }
        known[package] = result
        return try result.get()
    }

    /// A package state of its own, so that neither root nor a foreign architecture is needed. Of a kernel only /boot is kept.
    private static let script = #"""
        set -euo pipefail
        cache=$1 package=$2
        mkdir -p "$cache/apt/lists/partial" "$cache/apt/archives/partial" "$cache/packages"
        exec 9>"$cache/lock"
        flock 9
        [ ! -d "$cache/packages/$package" ] || exit 0
        : > "$cache/apt/status"
        cat > "$cache/apt/apt.conf" <<END
        #clear APT::Update::Pre-Invoke;
        #clear APT::Update::Post-Invoke;
        #clear APT::Update::Post-Invoke-Success;
        Dir::State "$cache/apt";
        Dir::State::lists "$cache/apt/lists";
        Dir::State::status "$cache/apt/status";
        Dir::Cache "$cache/apt";
        Dir::Cache::archives "$cache/apt/archives";
        APT::Architecture "i386";
        APT::Architectures { "i386"; };
        APT::Sandbox::User "root";
        Acquire::Languages "none";
        Acquire::Retries "2";
        Acquire::http::Timeout "20";
        END
        # A list that is missing does not matter if the package is in another.
        if [ -z "$(find "$cache/apt/lists" -name '*_Packages*' -newermt '-1 day' -print -quit)" ]; then
            apt-get -qq -c "$cache/apt/apt.conf" update || true
        fi
        name=$package
        case $package in
            linux-image-686*) name=$(apt-cache -c "$cache/apt/apt.conf" depends "$package" | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1) ;;
        esac
        [ -n "$name" ] || { echo "$package is not in the archive" >&2; exit 1; }
        work=$(mktemp -d "$cache/work.XXXXXX")
        trap 'rm -rf "$work"' EXIT
        cd "$work"
        apt-get -qq -c "$cache/apt/apt.conf" download "$name"
        mkdir tree
        case $package in
            linux-image-*) dpkg-deb --fsys-tarfile ./*.deb | tar -x -C tree ./boot ;;
            *) dpkg-deb -x ./*.deb tree ;;
        esac
        mv tree "$cache/packages/$package"
        """#
}

/// An initial RAM disk in the `newc` format of cpio, made without root.
struct Archive {
    private(set) var bytes: [UInt8] = []
    private var number = 0

    mutating func add(_ name: String, mode: Int, _ data: [UInt8] = [], device: (major: Int, minor: Int) = (0, 0)) {
        number += 1
        let fields = [number, mode, 0, 0, 1, 0, data.count, 0, 0, device.major, device.minor, name.utf8.count + 1, 0]
        bytes += Array("070701".utf8) + fields.flatMap { Array(String(format: "%08x", $0).utf8) }
        bytes += Array(name.utf8) + [0]
        pad()
        bytes += data
        pad()
    }

    mutating func end() { add("TRAILER!!!", mode: 0) }

    private mutating func pad() { bytes += [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4) }

    /// busybox and a script that says `READY` and gives a shell.
    static func busybox(_ busybox: [UInt8], script: String) -> [UInt8] {
        var archive = Archive()
        for folder in ["bin", "dev", "proc", "sys", "tmp"] { archive.add(folder, mode: 0o40755) }
        archive.add("dev/console", mode: 0o20600, device: (5, 1))
        archive.add("bin/busybox", mode: 0o100755, busybox)
        for applet in ["sh", "mount", "poweroff", "cat", "uname", "echo", "expr"] {
            archive.add("bin/\(applet)", mode: 0o120777, Array("busybox".utf8))
        }
        archive.add("init", mode: 0o100755, Array(script.utf8))
        archive.end()
        return archive.bytes
    }
}
