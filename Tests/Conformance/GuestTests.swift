import Foundation
import TestSupport
import Testing

/// Whole machines, driven through the built `vitrine` as a user would.
@Suite(.serialized) struct GuestTests {
    @Test(.timeLimit(.minutes(120))) func showcaseAnswersItsKeys() throws {
        let (program, screen) = try Program.guest(
            ["--floppy", "showcase"],
            script: """
                wait "a glass case for PCs" 120
                key 3
                wait "Scan codes" 30
                type Hello
                wait Hello 30
                key esc
                wait "a glass case for PCs" 30
                key 5
                wait "Timer interrupts" 30
                """)
        #expect(program.status == 0, "\(program.errors)\n\(screen)")
        #expect(screen.contains("Timer and clock"))
    }

    @Test(.timeLimit(.minutes(120))) func showcaseDrawsAPicture() throws {
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "picture.png")
        let (program, _) = try Program.guest(
            ["--floppy", "showcase"],
            script: """
                wait "a glass case for PCs" 120
                key 2
                sleep 5
                screenshot \(file.path)
                """)
        #expect(program.status == 0, "\(program.errors)")
        let png = [UInt8](try Data(contentsOf: file))
        #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        #expect(png.count > 5000, "a plasma does not compress to \(png.count) bytes")
    }

    enum Drive: String, CaseIterable { case floppy, cdrom, hda }

    @Test(
        .timeLimit(.minutes(120)), .enabled(Comment(rawValue: Packages.unreachable)) { await Packages.have("grub-rescue-pc") },
        arguments: Drive.allCases)
    func grubTakesCommands(from drive: Drive) async throws {
        let image = try await Packages.file("grub-rescue-pc", "usr/lib/grub-rescue/grub-rescue-\(drive == .floppy ? "floppy.img" : "cdrom.iso")")
        let (program, screen) = try Program.guest(
            ["--snapshot", "--\(drive)", image],
            script: """
                wait "GNU GRUB" 120
                key c
                wait "grub>" 60
                type echo gl'as's\\n
                wait "glass" 60
                """)
        #expect(program.status == 0, "\(program.errors)\n\(screen)")
    }

    @Test(.timeLimit(.minutes(120)), .enabled(Comment(rawValue: Packages.unreachable)) { await Packages.have("memtest86+") })
    func memtestTests() async throws {
        let kernel = try await Packages.file("memtest86+", "boot/memtest86+ia32.bin")
        let (program, screen) = try Program.guest(
            ["--kernel", kernel, "--memory", "16"],
            script: """
                wait "Memtest86+" 120
                wait "Testing" 60
                sleep 3
                """)
        #expect(program.status == 0, "\(program.errors)\n\(screen)")
        #expect(!screen.contains("FAIL"), "\(screen)")
    }

    private static let haveLinux: @Sendable () async -> Bool = {
        let kernel = await Packages.have("linux-image-686")
        let busybox = await Packages.have("busybox-static")
        return kernel && busybox
    }

    /// By which controllers Linux takes its interrupts, by its command line; the first always, all with VITRINE_FULL.
    enum Interrupts: String, CaseIterable {
        case both = "", local = "noapic", none = "nolapic"
        static let tried = ProcessInfo.processInfo.environment["VITRINE_FULL"] == nil ? [Self.both] : allCases
    }

    @Test(.timeLimit(.minutes(120)), .enabled(Comment(rawValue: Packages.unreachable), haveLinux), arguments: Interrupts.tried)
    func debianKernelGivesAShellAndPowersOff(by interrupts: Interrupts) async throws {
        let folder = try Program.scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let busybox = [UInt8](try Data(contentsOf: URL(fileURLWithPath: try await Packages.file("busybox-static", "bin/busybox"))))
        let initrd = folder.appending(path: "initrd")
        let script = "#!/bin/sh\nmount -t proc proc /proc\necho VITRINE READY $(uname -m)\nread command\neval \"$command\"\npoweroff -f\n"
        try Data(Archive.busybox(busybox, script: script)).write(to: initrd)
        let program = try Program.run(
            Program.vitrine,
            [
                "run", "--no-console", "--kernel", try await Packages.kernel(), "--initrd", initrd.path, "--append",
                "console=ttyS0 panic=-1 cryptomgr.notests \(interrupts.rawValue)", "--serial", "stdio", "--no-reboot", "--max-seconds", "800",
            ],
            answering: "VITRINE READY", with: "cat /proc/interrupts; echo six times seven is $(expr 6 '*' 7)\n", limit: 860)
        #expect(program.status == 0, "\(program.errors)\n\(program.output.suffix(3000))")
        #expect(program.output.contains("VITRINE READY i686"))
        #expect(program.output.contains("six times seven is 42"))
        let timer = interrupts == .both ? #/IO-APIC +2-edge +timer/# : #/XT-PIC +timer/#
        let local = interrupts == .none ? #/LOC: +0 /# : #/LOC: +[1-9]/#
        #expect(program.output.contains(timer) && program.output.contains(local), "\(program.output.suffix(3000))")
    }

    @Test(.timeLimit(.minutes(120)), .enabled(Comment(rawValue: Packages.unreachable)) { await Packages.have("memtest86+") })
    func a64BitKernelIsRefused() async throws {
        let kernel = try await Packages.file("memtest86+", "boot/memtest86+x64.bin")
        let program = try Program.run(Program.vitrine, ["run", "--no-console", "--kernel", kernel, "--max-seconds", "20"], limit: 60)
        #expect(program.status == 1)
        #expect(program.errors.contains("guests are 32-bit PCs"))
    }
}
