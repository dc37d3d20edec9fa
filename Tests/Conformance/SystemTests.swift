import Foundation
import TestSupport
import Testing

/// Firmware, loaders and systems that nobody here wrote, each to what it is known by. The long ones with VITRINE_FULL.
@Suite(.serialized) struct SystemTests {
    private static let isFull = ProcessInfo.processInfo.environment["VITRINE_FULL"] != nil

    private func need(_ packages: String...) async throws {
        for package in packages where !(await Packages.have(package)) { try Test.cancel("\(package): \(Packages.unreachable)") }
    }

    @Test(.timeLimit(.minutes(120)), arguments: ["cdrom", "kernel"], ["interpreter", "recompiler"])
    func iPXE(from option: String, by engine: String) async throws {
        try await need("ipxe")
        let image = try await Packages.file("ipxe", option == "cdrom" ? "usr/lib/ipxe/ipxe.iso" : "boot/ipxe.lkrn")
        let (program, screen) = try Program.guest(
            ["--\(option)", image, "--cpu", engine],
            script: """
                wait "Open Source Network Boot Firmware" 240
                wait "Press Ctrl-B for the iPXE command line" 60
                key ctrl-b
                wait "iPXE>" 60
                type show version\\n
                wait "builtin/version" 60
                """)
        #expect(program.status == 0, "\(program.errors)\n\(screen)")
    }

    /// U-Boot in the BIOS's place: it runs the VGA BIOS from the adapter's expansion ROM and draws its logo in a mode of 1024 by 768.
    @Test(.timeLimit(.minutes(120))) func uBootShowsItsLogo() async throws {
        try await need("u-boot-qemu")
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let socket = folder.appending(path: "screen").path, serial = folder.appending(path: "serial")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Program.vitrine)
        process.arguments = [
            "run", "--no-console", "--bios", try await Packages.file("u-boot-qemu", "usr/lib/u-boot/qemu-x86/u-boot.rom"), "--vnc", "unix:\(socket)",
            "--serial", "file:\(serial.path)", "--max-seconds", "240",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        while process.isRunning, !FileManager.default.fileExists(atPath: socket) { usleep(10_000) }
        let viewer = try Viewer(unix: socket)
        // The sky behind the submarine, and its yellow.
        let screen = try viewer.wait(200) { $0.width == 1024 && $0.share(of: 0x004564) > 0.01 && $0.share(of: 0xFEC982) > 0.005 }
        #expect(screen.height == 768)
        let text = try String(contentsOf: serial, encoding: .utf8)
        #expect(text.contains("Model: QEMU x86 (I440FX)") && text.contains("Video: 1024x768x32"), "\(text)")
    }

    /// Its pages on PCI, memory, DMI, VESA and ACPI.
    @Test(.timeLimit(.minutes(120))) func hardwareDetectionTool() async throws {
        try await need("syslinux", "syslinux-common", "mtools", "libc6")
        let floppy = try await SystemBuilds.hardwareDetectionTool()
        func page(_ menu: String, _ texts: String...) -> String {
            (["wait \"\(menu)\" 60", "key enter"] + texts.map { "wait \"\($0)\" 60" } + ["key esc", "wait \"\(menu)\" 60", "key down"]).joined(
                separator: "\n")
        }
        // Two escapes at once would be the beginning of a sequence: where nothing on the screen tells them apart, time must.
        let (program, screen) = try Program.guest(
            ["--floppy", floppy, "--snapshot", "--memory", "64"],
            script: """
                wait "Hardware Detection Tool" 240
                \(page("PCI Devices Menu", "82441FX", "82371SB IDE", "82371AB Power", "Display adapter"))
                \(page("Memory Menu", "64 MB detected", "Bank", "e820"))
                wait "Main Processor Menu" 60
                key down
                \(page("Bios Menu", "Vendor", "Bios Rev."))
                wait "Chassis Menu" 60
                key down
                \(page("System Menu", "Power Switch"))
                wait "VESA Information Menu" 60
                key enter
                wait "Modes (" 60
                key enter
                wait "SeaBIOS VBE Adapter" 60
                wait "16384" 60
                key esc
                sleep 3
                key esc
                wait "VESA Information Menu" 60
                key down
                wait "ACPI Menu" 60
                key enter
                wait "Tables" 60
                key enter
                wait "RSDT v001" 60
                wait "DSDT v001" 60
                """)
        #expect(program.status == 0, "\(program.errors)\n\(screen)")
    }

    @Test(.timeLimit(.minutes(120))) func machProbesItsDevices() async throws {
        try await need("gnumach-image-1.8-486")
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let kernel = folder.appending(path: "gnumach")
        let unpack = "gunzip -c '\(try await Packages.file("gnumach-image-1.8-486", "boot/gnumach-1.8-486.gz"))' > '\(kernel.path)'"
        #expect(try Program.run("/bin/sh", ["-c", unpack], limit: 60).status == 0)
        let program = try Program.run(
            Program.vitrine,
            [
                "run", "--no-console", "--kernel", kernel.path, "--append", "console=com0", "--serial", "stdio", "--wait-text",
                "No bootstrap code loaded with the kernel", "--max-seconds", "240",
            ], limit: 300)
        #expect(program.status == 0, "\(program.errors)")
        for text in [
            "PCI BIOS revision 2.10", "Intel 82371 PIIX3 (dual FIFO) DMA Bus Mastering IDE", "fd0 is 1.44M", "lpr0: at atbus1", "RTC time is",
        ] {
            #expect(program.output.contains(text), "\(program.output)")
        }
    }

    @Test(.timeLimit(.minutes(120)), .enabled(if: isFull, "VITRINE_FULL is not set")) func theDebianInstallerAsksForALanguage() async throws {
        try await need("debian-installer-12-netboot-i386")
        let folder = "usr/lib/debian-installer/images/12/i386/text/debian-installer/i386"
        let (program, screen) = try Program.guest(
            [
                "--kernel", try await Packages.file("debian-installer-12-netboot-i386", "\(folder)/linux"), "--initrd",
                try await Packages.file("debian-installer-12-netboot-i386", "\(folder)/initrd.gz"), "--append", "nomodeset cryptomgr.notests",
                "--memory", "512",
            ],
            script: """
                wait "Choose the language to be used" 1200
                wait "English" 60
                """, limit: 1500)
        #expect(program.status == 0, "\(program.errors)\n\(screen)")
    }

    /// Debian from its own packages: to the login on screen and serial line, a command, `poweroff`, and a file system without fault.
    @Test(.timeLimit(.minutes(120)), .enabled(if: isFull, "VITRINE_FULL is not set"), arguments: ["686", "686-pae"])
    func debianBootsLogsInAndPowersOff(flavour: String) async throws {
        guard geteuid() == 0 else { try Test.cancel("debootstrap needs root") }
        guard LinuxGuest.tool("mke2fs") != nil, let check = LinuxGuest.tool("e2fsck") else { try Test.cancel("e2fsprogs is not installed") }
        try await need("debootstrap")
        let system = try await SystemBuilds.debian()
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let disk = folder.appending(path: "disk").path, serial = folder.appending(path: "serial")
        #expect(try Program.run("/bin/cp", ["--sparse=always", system.appending(path: "disk").path, disk], limit: 300).status == 0)
        let (program, screen) = try Program.guest(
            [
                "--kernel", system.appending(path: "vmlinuz-\(flavour)").path, "--initrd", system.appending(path: "initrd-\(flavour)").path,
                "--append",
                "root=/dev/sda console=ttyS0 console=tty0 nomodeset cryptomgr.notests", "--memory", "256", "--hda", disk, "--serial",
                "file:\(serial.path)",
            ],
            script: """
                wait "vitrine-guest tty1" 2400
                wait "vitrine-guest login:" 60
                sleep 2
                type root\\n
                wait "root@vitrine-guest:~#" 300
                type systemctl is-system-running --wait; uname -r; echo six times seven is $((6*7))\\n
                wait "seven is 42" 300
                type poweroff\\n
                wait "Power down" 600
                """, limit: 3300)
        #expect(program.status == 0, "\(program.errors)\n\(screen)")
        let text = String(decoding: try Data(contentsOf: serial), as: UTF8.self)
        #expect(text.contains("vitrine-guest login:"), "\(text.suffix(2000))")
        #expect(!text.contains("Oops") && !text.contains("BUG:") && !text.contains("I/O error"), "\(text.suffix(4000))")
        let checked = try Program.run(check, ["-fn", disk], limit: 300)
        #expect(checked.status == 0, "\(checked.output)")
    }
}
