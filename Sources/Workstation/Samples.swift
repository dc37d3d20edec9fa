package import Configuration
package import Contract

/// Machines that come with the product. Those with a `fetch` take their images from Debian's archive at their first start.
/// `sample-vms/*.json` hold the same definitions; a test compares them.
package enum Samples {
    package struct Sample: Sendable {
        package var id: MachineID
        package var configuration: MachineConfiguration
    }

    package static let all: [Sample] = [showcase, memtest, grub, linux, debianSetup]

    private static func sample(_ name: String, _ notes: String, _ change: (inout MachineConfiguration) -> Void) -> Sample {
        var configuration = MachineConfiguration(name: name)
        configuration.notes = notes
        configuration.tags = ["sample"]
        change(&configuration)
        return Sample(id: MachineID(rawValue: name), configuration: configuration)
    }

    private static let showcase = sample(
        "showcase",
        "A small PC of our own. It boots in a second from a floppy image and shows text modes, VGA graphics, keyboard, mouse, timer and speaker."
    ) {
        $0.memoryMiB = 16
        $0.drives = [.init(slot: .fda, kind: .floppy, path: "builtin:showcase", readOnly: true)]
        $0.boot = [.floppy]
    }

    private static let memtest = sample("memtest86+", "Tests memory, runs at once.") {
        $0.memoryMiB = 64
        $0.drives = [.init(slot: .hdc, kind: .cd, path: "fetch:memtest86+.iso", readOnly: true)]
        $0.boot = [.cd]
        $0.fetch = .init(
            items: [.init(package: "memtest86+:i386", files: ["usr/lib/memtest86+/memtest86+ia32.iso": "memtest86+.iso"])],
            summary: "0.1 MB from Debian 12")
    }

    private static let grub = sample("grub-rescue", "GRUB's boot menu and command line. They come from a CD.") {
        $0.memoryMiB = 64
        $0.drives = [.init(slot: .hdc, kind: .cd, path: "fetch:grub-rescue.iso", readOnly: true)]
        $0.boot = [.cd]
        $0.fetch = .init(
            items: [.init(package: "grub-rescue-pc:i386", files: ["usr/lib/grub-rescue/grub-rescue-cdrom.iso": "grub-rescue.iso"])],
            summary: "2.5 MB from Debian 12")
    }

    private static let linux = sample(
        "linux-small", "Debian's kernel and a BusyBox shell. It speaks on the screen and on COM1; poweroff switches it off."
    ) {
        $0.memoryMiB = 256
        $0.kernel = .init(path: "fetch:linux-686", initrd: "fetch:linux-small.cpio", arguments: "console=ttyS0,115200 console=tty0 cryptomgr.notests")
        $0.fetch = .init(
            items: [
                .init(package: "linux-image-686:i386", files: ["boot/vmlinuz-*-686": "linux-686"]),
                .init(package: "busybox-static:i386", files: ["bin/busybox": "busybox-i386"]),
            ],
            summary: "53 MB from Debian 12", busyboxInitrd: "linux-small.cpio")
    }

    private static let debianSetup = sample("debian-setup", "The Debian 12 installer, in text.") {
        $0.memoryMiB = 512
        $0.kernel = .init(path: "fetch:debian-setup-linux", initrd: "fetch:debian-setup-initrd.gz", arguments: "vga=normal")
        let folder = "usr/lib/debian-installer/images/12/i386/text/debian-installer/i386/"
        $0.fetch = .init(
            items: [
                .init(
                    package: "debian-installer-12-netboot-i386",
                    files: [folder + "linux": "debian-setup-linux", folder + "initrd.gz": "debian-setup-initrd.gz"])
            ],
            summary: "105 MB from Debian 12")
    }
}
