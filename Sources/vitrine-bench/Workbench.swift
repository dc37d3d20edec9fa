import Foundation

/// The folder where packages and what is built of them are kept.
struct Workbench {
    private let folder: URL

    init() throws {
        let environment = ProcessInfo.processInfo.environment
        let base =
            environment["XDG_CACHE_HOME"].map { URL(fileURLWithPath: $0) }
            ?? FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache")
        folder = base.appending(path: "vitrine-bench")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// The guest, with its packages: `vmlinuz`, `root.cpio`, `small.cpio`, and `root` as a tree.
    func system() throws -> URL { try built("system", by: "system.sh") { [folder.path, $0] } }

    /// `micro` and `micro.elf`.
    func kernels() throws -> URL { try built("kernels", by: "micro.sh") { [$0] } }

    /// Where a run's output is written down.
    func log(_ name: String) throws -> URL {
        let logs = folder.appending(path: "output")
        try FileManager.default.createDirectory(at: logs, withIntermediateDirectories: true)
        return logs.appending(path: name)
    }

    private static let sources: [(name: String, bytes: [UInt8])] = [
        ("data.c", PackageResources.data_c), ("init.sh", PackageResources.init_sh), ("kernels.S", PackageResources.kernels_S),
        ("list.sh", PackageResources.list_sh), ("measure.c", PackageResources.measure_c), ("micro.c", PackageResources.micro_c),
        ("micro.ld", PackageResources.micro_ld), ("micro.sh", PackageResources.micro_sh), ("processor.c", PackageResources.processor_c),
        ("system.c", PackageResources.system_c), ("system.sh", PackageResources.system_sh), ("work.pl", PackageResources.work_pl),
        ("work.py", PackageResources.work_py), ("work.sql", PackageResources.work_sql),
    ]

    /// Built once for these sources and this compiler.
    private func built(_ name: String, by script: String, _ arguments: (String) -> [String]) throws -> URL {
        let compiler = (try? Child.output(["gcc", "--version"]))?.text.firstLine ?? "no compiler"
        let hash = Self.sources.flatMap(\.bytes).reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let key = "\(String(hash, radix: 16)) \(compiler)\n"
        let out = folder.appending(path: name), stamp = out.appending(path: "built-from")
        if (try? String(contentsOf: stamp, encoding: .utf8)) == key { return out }

        report("building the \(name); it is kept in \(out.path)\n")
        let place = FileManager.default.temporaryDirectory.appending(path: "vitrine-bench-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: place) }
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        for (name, bytes) in Self.sources { try Data(bytes).write(to: place.appending(path: name)) }
        let outcome = try Child.output(["bash", place.appending(path: script).path] + arguments(out.path))
        guard outcome.status == 0 else {
            throw Failure("the \(name) cannot be built: \(outcome.errors.split(separator: "\n").last ?? "no reason was given")")
        }
        try Data(key.utf8).write(to: stamp)
        return out
    }
}
