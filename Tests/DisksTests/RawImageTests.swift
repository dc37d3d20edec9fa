import Bus
import Disks
import Glibc
import Testing

/// A folder that goes away with the test.
final class Scratch {
    let path: String
    init() {
        var template = Array("/tmp/vitrine-disks-XXXXXX".utf8CString)
        path = unsafe template.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress, let made = unsafe mkdtemp(start) else { return "/nonexistent" }
            return unsafe String(cString: made)
        }
    }
    deinit {
        guard let directory = unsafe opendir(path) else { return }
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { unsafe unlink("\(path)/\(name)") }
        }
        unsafe closedir(directory)
        unsafe rmdir(path)
    }
    func file(_ name: String, bytes: Int, fill: UInt8 = 0) -> String {
        let full = "\(path)/\(name)"
        let descriptor = unsafe open(full, O_RDWR | O_CREAT | O_TRUNC, 0o644)
        if fill == 0 { ftruncate(descriptor, bytes) } else { unsafe Glibc.write(descriptor, [UInt8](repeating: fill, count: bytes), bytes) }
        close(descriptor)
        return full
    }
}

@Suite struct RawImageTests {
    private let scratch = Scratch()

    private func refusal(_ path: String, _ kind: RawImage.Kind, readOnly: Bool = false) -> DiskError? {
        do {
            _ = try RawImage(path, kind: kind, readOnly: readOnly)
            return nil
        } catch { return error }
    }

    @Test func whatIsWrittenIsReadBackAndStays() throws {
        let path = scratch.file("disk", bytes: 64 * 512)
        do {
            let image = try RawImage(path, kind: .disk)
            #expect(image.sectorCount == 64 && image.sectorSize == 512 && !image.isReadOnly && image.remark == nil)
            try image.write(62, [UInt8](repeating: 7, count: 1024))
            try image.flush()
            #expect(try image.read(61, count: 3) == [UInt8](repeating: 0, count: 512) + [UInt8](repeating: 7, count: 1024))
        }
        #expect(try RawImage(path, kind: .disk).read(63, count: 1) == [UInt8](repeating: 7, count: 512))
    }

    @Test func nothingReachesOutsideTheMedium() throws {
        let image = try RawImage(scratch.file("disk", bytes: 8 * 512), kind: .disk)
        #expect(throws: BlockError.outOfRange(sector: 7, count: 2, of: 8)) { try image.read(7, count: 2) }
        #expect(throws: BlockError.outOfRange(sector: .max, count: 1, of: 8)) { try image.read(.max, count: 1) }
        #expect(throws: BlockError.outOfRange(sector: 8, count: 1, of: 8)) { try image.write(8, [UInt8](repeating: 0, count: 512)) }
        #expect(throws: BlockError.outOfRange(sector: 0, count: 1, of: 8)) { try image.write(0, [1]) }
        #expect(throws: BlockError.outOfRange(sector: 0, count: -1, of: 8)) { try image.read(0, count: -1) }
    }

    @Test func aWriterIsAloneAndReadersShare() throws {
        let path = scratch.file("disk", bytes: 512)
        do {
            let writer = try RawImage(path, kind: .disk)
            #expect(refusal(path, .disk)?.problem == "another machine or program uses it")
            #expect(refusal(path, .disk, readOnly: true)?.problem == "another machine or program may write to it")
            #expect(!writer.isReadOnly)
        }
        let first = try RawImage(path, kind: .disk, readOnly: true), second = try RawImage(path, kind: .disk, readOnly: true)
        #expect(first.isReadOnly && second.isReadOnly)
        #expect(refusal(path, .disk)?.problem == "another machine or program uses it")
    }

    @Test func theLockIsReleasedByARefusedAttach() throws {
        let path = scratch.file("disk", bytes: 700)
        #expect(refusal(path, .disk) != nil)
        #expect(unsafe truncate(path, 1024) == 0)
        #expect(try RawImage(path, kind: .disk).sectorCount == 2)
    }

    @Test func aFileThatMayNotBeWrittenIsAttachedReadOnlyAndSaysSo() throws {
        // Root may write anything: use a file system that is read-only for everyone where there is one.
        let path = scratch.file("disk", bytes: 512)
        #expect(unsafe chmod(path, 0o444) == 0)
        guard unsafe access(path, W_OK) != 0 else { return }
        let image = try RawImage(path, kind: .disk)
        #expect(image.isReadOnly)
        #expect(image.remark == "\(path) is attached read-only: the file may not be written.")
        #expect(throws: BlockError.readOnly) { try image.write(0, [UInt8](repeating: 0, count: 512)) }
    }

    @Test func cdsHaveLargeSectorsAndAreNeverWritten() throws {
        let image = try RawImage(scratch.file("cd.iso", bytes: 2048 * 3 + 512, fill: 9), kind: .cd)
        #expect(image.sectorSize == 2048 && image.sectorCount == 4 && image.isReadOnly)
        #expect(try image.read(3, count: 1) == [UInt8](repeating: 9, count: 512) + [UInt8](repeating: 0, count: 1536))
        #expect(throws: BlockError.readOnly) { try image.write(0, [UInt8](repeating: 0, count: 2048)) }
    }

    @Test func badFilesAreNamedWithWhatToDo() {
        let missing = "\(scratch.path)/nothing.img"
        #expect(refusal(missing, .disk)?.description == "\(missing): there is no such file. Check the name, or create the image first.")
        #expect(refusal(scratch.path, .disk)?.problem == "it is a directory, not an image file")
        #expect(refusal(scratch.path, .cd)?.problem == "it is a directory, not an image file")
        #expect(refusal(scratch.file("empty", bytes: 0), .disk)?.problem == "the file is empty")
        #expect(refusal(scratch.file("ragged", bytes: 1000), .disk)?.advice == "Copy it again, or add zeros: truncate -s 1024.")
        #expect(refusal("/dev/null", .disk)?.problem == "it is neither a file nor a directory")
        #expect(refusal(scratch.file("cut", bytes: 1_400_000), .floppy)?.advice == "Copy it again, or add zeros: truncate -s 1400320.")
        let huge = refusal(scratch.file("huge", bytes: 4 << 20), .floppy)
        #expect(huge?.problem == "4194304 bytes are more than any diskette holds")
        #expect(huge?.advice == "If it is a hard disk, attach it as one.")
    }

    @Test(arguments: [(512, 2880), (1_400_320, 2880), (1_475_072, 2952), (2_948_608, 5760)])
    func aDisketteWhoseEndWasLeftOutIsReadOnlyAndEndsWithZeros(_ bytes: Int, _ sectors: UInt64) throws {
        let path = scratch.file("short", bytes: bytes, fill: 7)
        let image = try RawImage(path, kind: .floppy)
        #expect(image.sectorCount == sectors && image.isReadOnly)
        let last = UInt64(bytes / 512) - 1
        #expect(try image.read(last, count: 2) == [UInt8](repeating: 7, count: 512) + [UInt8](repeating: 0, count: 512))
        #expect(try image.read(sectors - 1, count: 1) == [UInt8](repeating: 0, count: 512))
        #expect(throws: BlockError.readOnly) { try image.write(0, [UInt8](repeating: 0, count: 512)) }
        #expect(
            image.remark == "\(path) is attached read-only: its \(bytes) bytes are less than a diskette of \(sectors * 512), as if zeros followed. "
                + "To write to it, make it whole: truncate -s \(sectors * 512).")
        // It is never written, so others may read it meanwhile.
        #expect(throws: Never.self) { try RawImage(path, kind: .floppy, readOnly: true) }
    }

    @Test func aFileCutShortWhileAttachedGivesAnError() throws {
        let path = scratch.file("disk", bytes: 8192)
        let image = try RawImage(path, kind: .disk, readOnly: true)
        #expect(unsafe truncate(path, 1024) == 0)
        #expect(throws: BlockError.host(reason: "\(path): the file was cut short while attached")) { try image.read(2, count: 1) }
        #expect(try image.read(0, count: 2).count == 1024)
    }

    @Test(arguments: [163_840, 184_320, 327_680, 368_640, 737_280, 1_228_800, 1_474_560, 1_720_320, 2_949_120])
    func everyDisketteSizeIsTaken(_ bytes: Int) throws {
        let image = try RawImage(scratch.file("floppy", bytes: bytes), kind: .floppy)
        let geometry = try #require(FloppyGeometry.of(sectors: image.sectorCount))
        #expect(geometry.bytes == bytes && geometry.cylinders * geometry.heads * geometry.sectors * 512 == bytes)
    }

    @Test func aSizeSharedByTwoDiskettesIsTheCommonOne() { #expect(FloppyGeometry.of(sectors: 720)?.heads == 2) }
}
