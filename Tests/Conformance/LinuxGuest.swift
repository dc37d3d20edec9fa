import Foundation
import TestSupport

/// A small Linux for tests: Debian's 686 kernel, busybox, a disk, and a script as its first program.
struct LinuxGuest {
    let folder: URL
    let kernel: String
    var initrd: String { folder.appending(path: "initrd").path }
    var disk: String { folder.appending(path: "disk").path }

    static let packages = ["linux-image-686", "busybox-static"]

    /// Why there can be none; nil: there can.
    static func missing() async -> String? {
        for package in packages where !(await Packages.have(package)) { return Packages.unreachable }
        return tool("mke2fs") == nil || tool("e2fsck") == nil ? "e2fsprogs is not installed" : nil
    }

    static func tool(_ name: String) -> String? {
        Program.find(name) ?? ["/usr/sbin/", "/sbin/"].map { $0 + name }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// - Parameters:
    ///   - script: what runs once the disk is mounted at /disk, COM1 being its console.
    ///   - diskMiB: of an ext2 file system, empty.
    init(script: String, diskMiB: Int) async throws {
        folder = try Program.scratch()
        let (kernel, modules) = try await Packages.kernel(withModules: ["ata_piix", "sd_mod", "crc32c_generic", "ext4"])
        self.kernel = kernel
        var archive = Archive()
        for name in ["bin", "dev", "proc", "sys", "tmp", "disk", "modules"] { archive.add(name, mode: 0o40755) }
        archive.add("dev/console", mode: 0o20600, device: (5, 1))
        archive.add(
            "bin/busybox", mode: 0o100755,
            [UInt8](try Data(contentsOf: URL(fileURLWithPath: try await Packages.file("busybox-static", "bin/busybox")))))
        for (index, file) in modules.enumerated() {
            archive.add("modules/\(index)", mode: 0o100644, [UInt8](try Data(contentsOf: URL(fileURLWithPath: file))))
        }
        let start = """
            #!/bin/busybox sh
            /bin/busybox --install -s /bin
            export PATH=/bin
            mount -t proc proc /proc
            mount -t sysfs sys /sys
            mount -t devtmpfs dev /dev
            for module in $(seq 0 \(modules.count - 1)); do insmod /modules/$module; done
            until [ -b /dev/sda ]; do sleep 1; done
            mount -t ext2 /dev/sda /disk || echo NO DISK

            """
        archive.add("init", mode: 0o100755, Array((start + script).utf8))
        archive.end()
        try Data(archive.bytes).write(to: folder.appending(path: "initrd"))
        try Data().write(to: folder.appending(path: "disk"))
        try FileHandle(forUpdating: folder.appending(path: "disk")).truncate(atOffset: UInt64(diskMiB) << 20)
        let made = try Program.run(Self.tool("mke2fs") ?? "mke2fs", ["-q", "-F", "-t", "ext2", disk], limit: 60)
        guard made.status == 0 else { throw Packages.Missing(what: "mke2fs: \(made.errors)") }
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    /// What `run` is given for it.
    func arguments(_ append: String = "console=ttyS0 quiet") -> [String] {
        [
            "run", "--no-console", "--memory", "96", "--kernel", kernel, "--initrd", initrd, "--append", "\(append) panic=-1 cryptomgr.notests",
            "--hda",
            disk,
        ]
    }

    /// What e2fsck says of the disk; nil: it is clean.
    func diskProblem() throws -> String? {
        let check = try Program.run(Self.tool("e2fsck") ?? "e2fsck", ["-fn", disk], limit: 60)
        return check.status == 0 ? nil : check.output
    }
}
