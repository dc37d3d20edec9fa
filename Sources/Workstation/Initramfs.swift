/// A root file system for a small Linux, in the format the kernel unpacks itself.
///
/// Source: Linux Documentation/driver-api/early-userspace/buffer-format.rst ("newc").
package enum Initramfs {
    package struct Entry: Sendable {
        var path: String
        var mode: UInt32
        var bytes: [UInt8] = []
        var device: (major: UInt32, minor: UInt32) = (0, 0)
    }

    package static func file(_ path: String, _ bytes: [UInt8], executable: Bool = false) -> Entry {
        Entry(path: path, mode: executable ? 0o100755 : 0o100644, bytes: bytes)
    }
    package static func folder(_ path: String) -> Entry { Entry(path: path, mode: 0o040755) }
    package static func link(_ path: String, to target: String) -> Entry { Entry(path: path, mode: 0o120777, bytes: Array(target.utf8)) }
    package static func characterDevice(_ path: String, _ major: UInt32, _ minor: UInt32) -> Entry {
        Entry(path: path, mode: 0o020600, device: (major, minor))
    }

    package static func archive(_ entries: [Entry]) -> [UInt8] {
        var archive: [UInt8] = []
        for (index, entry) in (entries + [Entry(path: "TRAILER!!!", mode: 0)]).enumerated() {
            let fields: [UInt32] = [
                UInt32(truncatingIfNeeded: index + 1), entry.mode, 0, 0, 1, 0, UInt32(truncatingIfNeeded: entry.bytes.count), 0, 0,
                entry.device.major,
                entry.device.minor, UInt32(truncatingIfNeeded: entry.path.utf8.count + 1), 0,
            ]
            archive += Array("070701".utf8) + fields.flatMap(hex) + Array(entry.path.utf8) + [0]
            pad(&archive)
            archive += entry.bytes
            pad(&archive)
        }
        return archive
    }

    private static func pad(_ archive: inout [UInt8]) { archive += [UInt8](repeating: 0, count: -archive.count & 3) }

    private static func hex(_ value: UInt32) -> [UInt8] {
        (0..<8).reversed().map { Array("0123456789ABCDEF".utf8)[Int(value >> UInt32($0 * 4) & 15)] }
    }

    /// BusyBox as init, with a shell on the screen and one on COM1.
    package static func busybox(_ program: [UInt8]) -> [UInt8] {
        archive([
            folder("bin"), folder("sbin"), folder("usr"), folder("usr/bin"), folder("usr/sbin"), folder("etc"), folder("proc"), folder("sys"),
            folder("dev"), folder("tmp"), folder("root"),
            characterDevice("dev/console", 5, 1), characterDevice("dev/null", 1, 3), characterDevice("dev/tty1", 4, 1),
            characterDevice("dev/ttyS0", 4, 64),
            file("bin/busybox", program, executable: true), link("bin/sh", to: "busybox"), link("init", to: "bin/busybox"),
            file("etc/inittab", Array(inittab.utf8)), file("etc/rc", Array(rc.utf8), executable: true),
            file("etc/profile", Array("export HOME=/root PS1='~ # '\ncd\n".utf8)), file("etc/passwd", Array("root::0:0:root:/root:/bin/sh\n".utf8)),
        ])
    }

    private static let inittab = """
        ::sysinit:/etc/rc
        tty1::respawn:-/bin/sh
        ttyS0::respawn:-/bin/sh
        ::ctrlaltdel:/sbin/reboot
        ::shutdown:/bin/umount -a -r

        """

    private static let rc = """
        #!/bin/sh
        /bin/busybox --install -s
        mount -t devtmpfs dev /dev
        mount -t proc proc /proc
        mount -t sysfs sys /sys
        hostname vitrine
        for t in /dev/tty1 /dev/ttyS0; do
        printf '\\nLinux %s in a glass case. poweroff switches this PC off.\\n\\n' "$(uname -r)" > $t
        done

        """
}
