/// An initial RAM disk in the `newc` format of cpio, made without root.
package struct Archive {
    package private(set) var bytes: [UInt8] = []
    private var number = 0

    package init() {}

    package mutating func add(_ name: String, mode: Int, _ data: [UInt8] = [], device: (major: Int, minor: Int) = (0, 0)) {
        number += 1
        let fields = [number, mode, 0, 0, 1, 0, data.count, 0, 0, device.major, device.minor, name.utf8.count + 1, 0]
        bytes += Array("070701".utf8)
        for field in fields {
            let digits = String(UInt32(truncatingIfNeeded: field), radix: 16)
            bytes += Array(repeating: UInt8(ascii: "0"), count: 8 - digits.utf8.count) + Array(digits.utf8)
        }
        bytes += Array(name.utf8) + [0]
        pad()
        bytes += data
        pad()
    }

    package mutating func end() { add("TRAILER!!!", mode: 0) }

    private mutating func pad() { bytes += [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4) }

    /// busybox and a script that says `READY` and gives a shell.
    package static func busybox(_ busybox: [UInt8], script: String) -> [UInt8] {
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
