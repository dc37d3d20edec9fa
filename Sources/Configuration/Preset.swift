/// What a system of some era wants to be given: the rows of the wizard's first step and of `create --preset`.
package struct Preset: Equatable, Sendable, Identifiable {
    package struct Note: Equatable, Sendable {
        package var label, text: String
        init(_ label: String, _ text: String) { (self.label, self.text) = (label, text) }
    }
    /// As the command line names it.
    package var id: String
    package var name: String
    package var years: String
    package var memoryMiB: Int
    package var processor: MachineConfiguration.Processor
    package var diskBytes: UInt64
    /// What its installation starts from.
    package var media: MachineConfiguration.BootDevice
    package var hasAbsolutePointer = false
    /// Why so, for people.
    package var notes: [Note]

    /// The disk comes before the CD: an empty disk is passed over, and once the system is on it its own restarts find it.
    package var boot: [MachineConfiguration.BootDevice] { media == .floppy ? [.floppy, .disk, .cd] : [.disk, .cd, .floppy] }

    private init(
        _ id: String, _ name: String, _ years: String, _ memory: Int, _ processor: MachineConfiguration.Processor, _ diskMiB: UInt64,
        _ media: MachineConfiguration.BootDevice, pointer: Bool = false, _ notes: [(String, String)]
    ) {
        (self.id, self.name, self.years, memoryMiB, self.processor) = (id, name, years, memory, processor)
        (diskBytes, self.media, hasAbsolutePointer) = (diskMiB << 20, media, pointer)
        self.notes = notes.map { Note($0.0, $0.1) }
    }

    package static func named(_ id: String) -> Preset? { all.first { $0.id == id } }

    package static let all: [Preset] = [
        Preset(
            "dos", "MS-DOS, FreeDOS", "1981-2000", 16, .i486, 504, .floppy,
            [
                ("Disk", "504 MB, the most that every DOS and BIOS of the time can see"),
                ("Processor", "486: programs that ask for more than that are younger than DOS"),
                ("Memory", "16 MB, enough for HIMEM and every extender"),
            ]),
        Preset(
            "win3", "Windows 3.x", "1990-1994", 16, .i486, 504, .floppy,
            [
                ("Disk", "504 MB, the most that the DOS below it is sure to see"),
                ("Memory", "16 MB: standard and enhanced mode both run well"),
                ("Install", "DOS first, from its floppies; then Windows from its own"),
            ]),
        Preset(
            "win95", "Windows 95", "1995-1997", 64, .pentium, 2048, .floppy,
            [
                ("Disk", "2 GB, the largest partition of the first edition"),
                ("Processor", "Pentium, the PC of its year"),
                ("Install", "a boot floppy; setup then copies from the CD"),
            ]),
        Preset(
            "win98", "Windows 98, Me", "1998-2000", 128, .pentium2, 8192, .cd,
            [
                ("Disk", "8 GB, one FAT32 partition"),
                ("Memory", "128 MB; above 512 MB its disk cache needs a limit in SYSTEM.INI"),
                ("Install", "most CDs boot by themselves; else add the boot floppy"),
            ]),
        Preset(
            "nt4", "Windows NT 4", "1996-2000", 128, .pentium, 4096, .cd,
            [
                ("Disk", "4 GB, the most that its setup can format"),
                ("Processor", "Pentium: setup stops where a processor reports more than it knows"),
                ("Install", "the CD boots; three floppies do where it does not"),
            ]),
        Preset(
            "win2000", "Windows 2000", "2000-2004", 256, .pentium3, 8192, .cd,
            [
                ("Disk", "8 GB, one NTFS partition"), ("Processor", "Pentium III, the PC of its year"),
                ("Install", "the CD boots while the disk is empty, then the disk does"),
            ]),
        Preset(
            "winxp", "Windows XP", "2001-2008", 512, .pentium4, 20480, .cd,
            [
                ("Disk", "20 GB; it grows as it fills"), ("Memory", "512 MB; the third service pack is slow with less"),
                ("Install", "the CD boots while the disk is empty, then the disk does"),
            ]),
        Preset(
            "os2", "OS/2 Warp", "1994-2001", 64, .pentium, 2048, .floppy,
            [
                ("Disk", "2 GB, within what its installer can see"), ("Processor", "Pentium, the PC of its year"),
                ("Install", "two boot floppies, then the CD"),
            ]),
        Preset(
            "linux2", "Linux 2.x", "1996-2011", 128, .pentium3, 4096, .cd,
            [
                ("Disk", "4 GB"), ("Processor", "Pentium III: kernels for 386 to 686 all run"),
                ("Install", "the CD boots while the disk is empty, then the disk does"),
            ]),
        Preset(
            "linux", "Linux 3.x to 6.x", "2011-now", 512, .pentium4, 8192, .cd, pointer: true,
            [
                ("Disk", "8 GB"), ("Processor", "Pentium 4: a 32-bit system, such as Debian i386; not amd64"),
                ("Pointer", "absolute: it follows the mouse without being caught"),
            ]),
        Preset(
            "bsd", "FreeBSD, NetBSD, OpenBSD", "1995-now", 256, .pentium3, 8192, .cd,
            [
                ("Disk", "8 GB"), ("Processor", "Pentium III: the i386 ports of all three run"),
                ("Install", "the CD boots while the disk is empty, then the disk does"),
            ]),
        Preset(
            "other", "Something else", "", 128, .pentium3, 4096, .cd,
            [
                ("Disk", "4 GB; it grows as it fills"), ("Processor", "Pentium III: old enough for most, young enough for the rest"),
                ("Install", "the CD boots while the disk is empty; a floppy comes first"),
            ]),
    ]
}

extension MachineConfiguration {
    /// A machine for a system: a new disk of its size, an empty CD drive and an empty floppy drive.
    package init(name: String, preset: Preset) {
        self.init(name: name)
        memoryMiB = preset.memoryMiB
        processor = preset.processor
        boot = preset.boot
        hypervisorLeaf = preset.hasAbsolutePointer
        drives = [
            Drive(slot: .fda, kind: .floppy, path: nil),
            Drive(slot: .hda, kind: .disk, path: DiskSize.prefix + "\(preset.diskBytes)"),
            Drive(slot: .hdc, kind: .cd, path: nil),
        ]
    }
}
