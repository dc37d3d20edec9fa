import Contract
import Foundation

/// What an image says of itself: its volume label, whether a PC could boot from it, and which system that would be.
struct ImageSigns: Equatable {
    var label = ""
    var isBootable = false
    /// The identity of a `Preset`.
    var system: String?

    /// - Parameters:
    ///   - start: the first sector.
    ///   - descriptors: sectors 16 to 18 of a CD, 6144 bytes.
    init(start: [UInt8], descriptors: [UInt8], kind: ImageKind) {
        if kind == .cd { readDisc(descriptors) } else { readBootSector(start) }
    }

    /// ECMA-119 §8.4: the primary descriptor has the label at 40 and the date of creation at 813; El Torito's boot record stands at sector 17.
    private mutating func readDisc(_ bytes: [UInt8]) {
        guard bytes.count >= 4096, bytes[0] == 1 else { return }
        label = ImageSigns.text(bytes[40..<72])
        let year = Int(ImageSigns.text(bytes[813..<817])) ?? 0
        isBootable = bytes[2048] == 0 && ImageSigns.text(bytes[2055..<2078]) == "EL TORITO SPECIFICATION"
        system = ImageSigns.system(ofDisc: label, year: year)
    }

    /// FAT: the maker's name stands at 3, the label at 43 where byte 38 is 29h; the files a boot sector looks for stand in it by name.
    private mutating func readBootSector(_ bytes: [UInt8]) {
        guard bytes.count >= 512 else { return }
        isBootable = bytes[510] == 0x55 && bytes[511] == 0xAA
        let looksFAT = (bytes[0] == 0xEB || bytes[0] == 0xE9) && bytes[11] == 0 && bytes[12] == 2
        if looksFAT, bytes[38] == 0x29 {
            label = ImageSigns.text(bytes[43..<54])
            if label == "NO NAME" { label = "" }
        }
        system = ImageSigns.system(ofSector: String(decoding: bytes.map { (0x20..<0x7F).contains($0) ? $0 : 0x2E }, as: UTF8.self))
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        var text = String(decoding: bytes.prefix { $0 != 0 }.filter { (0x20..<0x7F).contains($0) }, as: UTF8.self)
        while text.last == " " { text.removeLast() }
        return text
    }

    /// Names that boot sectors carry, the more telling ones first.
    private static let sectors: [(String, String)] = [
        ("MSWIN4.0", "win95"), ("MSWIN4.1", "win98"), ("WINBOOT SYS", "win98"), ("OS2LDR", "os2"), ("OS2BOOT", "os2"), ("IBM 20.", "os2"),
        ("SETUPLDR", "nt4"), ("NTLDR", "win2000"), ("FreeDOS", "dos"), ("FRDOS", "dos"), ("KERNEL  SYS", "dos"), ("MSDOS   SYS", "dos"),
        ("IBMDOS  COM", "dos"), ("DRBDOS", "dos"), ("SYSLINUX", "linux"), ("LILO", "linux2"), ("GRUB", "linux"), ("BTX", "bsd"),
    ]

    static func system(ofSector text: String) -> String? { sectors.first { text.contains($0.0) }?.1 }

    /// Beginnings of labels, in capitals.
    private static let discs: [(String, String)] = [
        ("WIN95", "win95"), ("WIN_95", "win95"), ("WIN98", "win98"), ("WIN_98", "win98"), ("W98", "win98"), ("WINME", "win98"), ("WIN_ME", "win98"),
        ("NTWKS40", "nt4"), ("NTSRV40", "nt4"), ("NT40", "nt4"), ("WINNT", "nt4"), ("W2", "win2000"), ("WIN2000", "win2000"), ("WIN2K", "win2000"),
        ("WXP", "winxp"), ("WXH", "winxp"), ("WINXP", "winxp"), ("GRTM", "winxp"), ("GRMP", "winxp"), ("XRM", "winxp"), ("VRM", "winxp"),
        ("OS2", "os2"), ("OS/2", "os2"), ("WARP", "os2"), ("ECS", "os2"), ("FREEDOS", "dos"), ("FD1", "dos"), ("FD-", "dos"), ("MSDOS", "dos"),
        ("FREEBSD", "bsd"), ("NETBSD", "bsd"), ("OPENBSD", "bsd"), ("DRAGONFLY", "bsd"), ("WIN3", "win3"),
    ]
    private static let linux = [
        "DEBIAN", "UBUNTU", "XUBUNTU", "LUBUNTU", "KUBUNTU", "FEDORA", "RED HAT", "REDHAT", "CENTOS", "SLACK", "SUSE", "OPENSUSE", "KNOPPIX", "ARCH",
        "ALPINE", "GENTOO", "MANDRAKE", "MANDRIVA", "MINT", "LINUX", "TINYCORE", "CORE", "PUPPY", "ANTIX", "MX-", "VOID", "DSL", "GRML", "DEVUAN",
    ]

    /// Distributions keep their names through the versions; the year tells those of kernel 2 from the later ones.
    static func system(ofDisc label: String, year: Int) -> String? {
        let label = label.uppercased()
        if let found = discs.first(where: { label.hasPrefix($0.0) }) { return found.1 }
        guard linux.contains(where: { label.hasPrefix($0) }) else { return nil }
        return (1991...2011).contains(year) ? "linux2" : "linux"
    }
}
