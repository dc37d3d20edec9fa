import ArgumentParser
import Foundation

/// In whose hands the work is.
package enum EngineKind: String, Codable, CaseIterable {
    case native, qemu, vitrine

    package var isEmulator: Bool { self != .native }
    /// As tables name it.
    package var title: String {
        switch self {
        case .native: "native"
        case .qemu: "QEMU"
        case .vitrine: "Vitrine"
        }
    }
}

/// A way to run the benchmarks: what its command lines are.
struct Engine {
    let kind: EngineKind
    private let program: String
    private let arguments: [String]

    init(_ kind: EngineKind, options: BenchCommand) {
        self.kind = kind
        switch kind {
        case .native: (program, arguments) = ("/usr/bin/unshare", [])
        case .qemu: (program, arguments) = (options.qemu, Self.words(options.qemuArgs))
        case .vitrine: (program, arguments) = (options.vitrine ?? Self.beside("vitrine"), Self.words(options.vitrineArgs))
        }
    }

    /// Why it cannot be used here, and what to do about it.
    func missing(forKernels kernels: Bool) -> String? {
        switch kind {
        case .native:
            if kernels { return nil }
            let probe = try? Child.output(namespace + ["true"])
            return probe?.status == 0 ? nil : "this host allows no mount namespace; as root it would"
        case .qemu: return Self.find(program) == nil ? "\(program) is not here: apt-get install qemu-system-x86" : nil
        case .vitrine: return Self.find(program) == nil ? "\(program) is not here: swift build -c release --product vitrine" : nil
        }
    }

    /// What was measured.
    var version: String {
        switch kind {
        case .native: return (try? Child.output(["uname", "-srm"]))?.text.firstLine ?? "?"
        case .qemu: return (try? Child.output([program, "--version"]))?.text.firstLine ?? "?"
        case .vitrine: return ([program] + arguments).joined(separator: " ")
        }
    }

    /// The list of benchmarks. Natively in a mount namespace of its own, and on one processor, of which the guest has no more.
    func list(_ system: URL, scale: Int, only: String) -> [String] {
        guard kind.isEmulator else {
            let script = """
                mount --rbind /dev "$0/dev" && mount --rbind /proc "$0/proc" && mount -t tmpfs tmpfs "$0/tmp" \\
                    && exec chroot "$0" /bin/sh /b/list.sh "$1" "$2"
                """
            return ["taskset", "-c", "\(Self.lastProcessor)"] + namespace + [
                "sh", "-c", script, system.appending(path: "root").path, "\(scale)", only,
            ]
        }
        return linux(system, "root.cpio", append: "bench.scale=\(scale) bench.only=\(only)")
    }

    /// busybox alone, up to its first process.
    func boot(_ system: URL) -> [String] { linux(system, "small.cpio", append: "bench.mode=boot") }

    /// The micro kernels; see micro.c for `append`.
    func kernels(_ folder: URL, append: String) -> [String] {
        guard kind.isEmulator else { return [folder.appending(path: "micro").path, append] }
        return machine(folder.appending(path: "micro.elf"), initrd: nil, append: append, memory: 64)
    }

    /// Vitrine's: a floppy alone.
    func floppy(_ path: String) -> [String] {
        [program, "run", "--floppy", path, "--serial", "stdio", "--vnc", "none", "--no-console"] + arguments
    }

    private func linux(_ system: URL, _ initrd: String, append: String) -> [String] {
        machine(
            system.appending(path: "vmlinuz"), initrd: system.appending(path: initrd), append: "console=ttyS0 quiet panic=-1 \(append)", memory: 512)
    }

    private func machine(_ kernel: URL, initrd: URL?, append: String, memory: Int) -> [String] {
        var what: [(String, String)] = [("kernel", kernel.path), ("append", append)]
        if let initrd { what.append(("initrd", initrd.path)) }
        func options(_ dashes: String) -> [String] { what.flatMap { name, value in [dashes + name, value] } }
        switch kind {
        case .native: return []
        case .qemu:
            let board = ["-m", "\(memory)", "-display", "none", "-monitor", "none", "-nodefaults", "-no-reboot", "-serial", "stdio"]
            return [program, "-accel", "tcg,thread=single"] + board + arguments + options("-")
        case .vitrine:
            let board = ["--memory", "\(memory)", "--serial", "stdio", "--vnc", "none", "--no-reboot"]
            return [program, "run"] + board + arguments + options("--")
        }
    }

    private var namespace: [String] { [program] + (geteuid() == 0 ? [] : ["--map-root-user"]) + ["--mount"] }

    /// Names of engines, with commas.
    static func list(_ text: String) throws -> [EngineKind] {
        var kinds: [EngineKind] = []
        for name in text.split(separator: ",") {
            guard let kind = EngineKind(rawValue: String(name)) else {
                throw ValidationError("--engines: \(name) is none of \(EngineKind.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            guard !kinds.contains(kind) else { throw ValidationError("--engines: \(name) stands there twice.") }
            kinds.append(kind)
        }
        return kinds
    }

    static func find(_ program: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let folders = program.contains("/") ? [""] : path.split(separator: ":").map { "\($0)/" }
        return folders.map { $0 + program }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private static func beside(_ name: String) -> String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: own).deletingLastPathComponent().appending(path: name).path
    }

    private static func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }

    /// The highest processor that this process may run on.
    private static var lastProcessor: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") } ?? "0"
        return Int(line.split { !$0.isNumber }.last ?? "0") ?? 0
    }
}

extension String {
    var firstLine: String { split(separator: "\n").first.map(String.init) ?? "" }
}
