/// How a diskette is laid out. Images carry no geometry, so their size has to tell.
package struct FloppyGeometry: Equatable, Sendable {
    /// What the drive's data separator is set to: bits 1–0 of CCR and DSR.
    package enum DataRate: UInt8, Sendable { case k500 = 0, k300 = 1, k250 = 2, m1 = 3 }

    package let cylinders, heads, sectors: Int
    package let rate: DataRate
    /// As printed on the box.
    package let name: String

    package var sectorCount: Int { cylinders * heads * sectors }
    package var bytes: Int { sectorCount * 512 }

    private init(_ cylinders: Int, _ heads: Int, _ sectors: Int, _ rate: DataRate, _ name: String) {
        (self.cylinders, self.heads, self.sectors, self.rate, self.name) = (cylinders, heads, sectors, rate, name)
    }

    /// Every size taken for a diskette, by capacity.
    package static let all: [FloppyGeometry] = [
        Self(40, 1, 8, .k250, "5.25\" 160 KB"),
        Self(40, 1, 9, .k250, "5.25\" 180 KB"),
        Self(40, 2, 8, .k250, "5.25\" 320 KB"),
        Self(40, 2, 9, .k250, "5.25\" 360 KB"),
        Self(80, 1, 9, .k250, "3.5\" 360 KB, one side"),
        Self(80, 2, 8, .k250, "3.5\" 640 KB"),
        Self(80, 2, 9, .k250, "3.5\" 720 KB"),
        Self(80, 2, 10, .k250, "3.5\" 800 KB"),
        Self(82, 2, 10, .k250, "3.5\" 820 KB"),
        Self(80, 2, 15, .k500, "5.25\" 1.2 MB"),
        Self(80, 2, 18, .k500, "3.5\" 1.44 MB"),
        Self(82, 2, 18, .k500, "3.5\" 1.476 MB"),
        Self(83, 2, 18, .k500, "3.5\" 1.494 MB"),
        Self(80, 2, 20, .k500, "3.5\" 1.6 MB"),
        Self(80, 2, 21, .k500, "3.5\" 1.68 MB (DMF)"),
        Self(82, 2, 21, .k500, "3.5\" 1.722 MB"),
        Self(80, 2, 22, .k500, "3.5\" 1.76 MB"),
        Self(80, 2, 36, .m1, "3.5\" 2.88 MB"),
    ]

    /// The layout of an image with this many sectors of 512 bytes. Where two share a size, the two-sided one is meant.
    package static func of(sectors: UInt64) -> FloppyGeometry? { all.first { UInt64($0.sectorCount) == sectors } }
}
