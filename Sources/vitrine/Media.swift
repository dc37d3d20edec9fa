import Bus
import Configuration
import Disks
import Glibc
import PC

/// Images behind drives.
enum Media {
    /// The name that stands for the sample guest's floppy.
    static let showcase = "showcase"

    static func open(_ drive: MachineConfiguration.Drive, discardsWrites: Bool) throws(CommandFailure) -> (any BlockDevice)? {
        guard let path = drive.path else { return nil }
        if path == showcase, drive.kind == .floppy { return SnapshotDisk(over: MemoryImage(Showcase.floppyImage())) }
        if drive.kind == .floppy, let padded = try padded(path) {
            guard !discardsWrites else { return SnapshotDisk(over: padded) }
            report("vitrine: \(path) is shorter than a diskette: it is attached read-only, as if zeros followed\n")
            return padded
        }
        let kind: RawImage.Kind =
            switch drive.kind {
            case .floppy: .floppy
            case .disk: .disk
            case .cd: .cd
            }
        do {
            let image = try RawImage(path, kind: kind, readOnly: drive.readOnly || discardsWrites)
            if let remark = image.remark, !discardsWrites, drive.kind != .cd { report("vitrine: \(remark)\n") }
            return discardsWrites && drive.kind != .cd ? SnapshotDisk(over: image) : image
        } catch { throw CommandFailure("--\(drive.slot.rawValue): \(error)") }
    }
}

extension Media {
    /// The image of a diskette whose end is missing, as makers of boot floppies like to leave it; nil where the size is a diskette's or nothing like it.
    private static func padded(_ path: String) throws(CommandFailure) -> MemoryImage? {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0, status.st_size % 512 == 0 else { return nil }
        let length = Int(status.st_size)
        guard FloppyGeometry.of(sectors: UInt64(length / 512)) == nil else { return nil }
        let sizes = FloppyGeometry.all.map { Int($0.bytes) }.filter { $0 > length }
        guard let size = sizes.contains(1_474_560) ? 1_474_560 : sizes.min() else { return nil }
        let bytes = try readFile(path, for: "--floppy")
        return MemoryImage(bytes + [UInt8](repeating: 0, count: max(0, size - bytes.count)))
    }
}

/// A floppy that is not in a file.
private final class MemoryImage: BlockDevice {
    private let bytes: [UInt8]
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var sectorSize: Int { 512 }
    var sectorCount: UInt64 { UInt64(bytes.count / 512) }
    var isReadOnly: Bool { true }
    func read(_ sector: UInt64, count: Int) throws(BlockError) -> [UInt8] {
        guard count >= 0, sector <= sectorCount, UInt64(count) <= sectorCount - sector else {
            throw .outOfRange(sector: sector, count: count, of: sectorCount)
        }
        return Array(bytes[Int(sector) * 512..<(Int(sector) + count) * 512])
    }
    func write(_ sector: UInt64, _ bytes: [UInt8]) throws(BlockError) { throw .readOnly }
    func flush() throws(BlockError) {}
}
