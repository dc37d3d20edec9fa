package import Bus
import CZstd
package import FoundationEssentials
package import HostMemory
package import Processor

/// A saved machine: every device's state by slot name, pending events, the processor, and memory.
///
/// File: "VITRINE\u{1A}", format version (4 bytes), length of the JSON (4 bytes), JSON with sorted keys, then regions: length of the name (1),
/// name, size (8), then chunks of 1 MiB that are not all zero: index (4), compressed length (4), zstd data; FFFFFFFFh ends a region. Integers
/// are little-endian. Files are hostile: every length is checked before it is believed.
package struct Snapshot {
    package static let version: UInt32 = 2
    private static let magic = Array("VITRINE\u{1A}".utf8)
    private static let chunk = 1 << 20

    package struct Header: Codable {
        /// What the machine must be built with, by name, for the refusal to name the difference.
        package var options: [String: String]
        package var time: UInt64
        /// The host's time, ns since 1970; nil where the machine's time is not the world's.
        package var savedAt: Int64?
        package var processor: ProcessorSnapshot
        package var devices: [String: Data]
        package var events: [Clock.Event]
    }

    package var header: Header
    /// By region name: chunk index → compressed bytes.
    private var regions: [String: (size: Int, chunks: [(index: Int, data: [UInt8])])] = [:]

    package init(header: Header, regions list: [Region]) throws(SnapshotError) {
        self.header = header
        for region in list {
            var chunks: [(Int, [UInt8])] = []
            for index in 0..<((region.size + Self.chunk - 1) / Self.chunk) {
                let bytes = region.slice(at: index * Self.chunk, count: Self.chunk)
                if bytes.allSatisfy({ $0 == 0 }) { continue }
                var packed = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
                let length = unsafe ZSTD_compress(&packed, packed.count, bytes, bytes.count, 1)
                guard ZSTD_isError(length) == 0 else { throw SnapshotError(region.name, "memory could not be compressed") }
                chunks.append((index, Array(packed.prefix(length))))
            }
            regions[region.name] = (region.size, chunks)
        }
    }

    package func write(to path: String) throws(MachineError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let json: Data
        do { json = try encoder.encode(header) } catch { throw MachineError("the state could not be written down: \(error)") }
        var file = Self.magic
        func append(_ value: UInt64, _ count: Int) { for index in 0..<count { file.append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8))) } }
        append(UInt64(Self.version), 4)
        append(UInt64(json.count), 4)
        file += json
        for (name, region) in regions.sorted(by: { $0.key < $1.key }) {
            file.append(UInt8(truncatingIfNeeded: name.utf8.count))
            file += Array(name.utf8)
            append(UInt64(region.size), 8)
            for chunk in region.chunks {
                append(UInt64(chunk.index), 4)
                append(UInt64(chunk.data.count), 4)
                file += chunk.data
            }
            append(0xFFFF_FFFF, 4)
        }
        try HostFile.replace(path, file)
    }

    package init(path: String) throws(MachineError) {
        let file = try HostFile.read(path, limit: 1 << 33)
        do { try self.init(bytes: file) } catch { throw MachineError("\(path): \(error)") }
    }

    package init(bytes file: [UInt8]) throws(SnapshotError) {
        var position = 0
        func number(_ count: Int) throws(SnapshotError) -> UInt64 {
            guard file.count - position >= count else { throw SnapshotError("file", "it ends too early") }
            defer { position += count }
            return (0..<count).reduce(UInt64(0)) { $0 | UInt64(file[position + $1]) << UInt64($1 * 8) }
        }
        guard file.starts(with: Self.magic) else { throw SnapshotError("file", "it is not a saved state") }
        position = Self.magic.count
        let version = try number(4)
        guard version == UInt64(Self.version) else {
            throw SnapshotError("file", "its format is version \(version); this Vitrine reads \(Self.version)")
        }
        let length = Int(try number(4))
        guard length <= file.count - position else { throw SnapshotError("file", "it ends too early") }
        do { header = try JSONDecoder().decode(Header.self, from: Data(file[position..<position + length])) } catch {
            throw SnapshotError("file", "its description cannot be read: \(error)")
        }
        position += length
        while position < file.count {
            let nameLength = Int(try number(1))
            guard nameLength <= file.count - position else { throw SnapshotError("file", "it ends too early") }
            let name = String(decoding: file[position..<position + nameLength], as: UTF8.self)
            position += nameLength
            let size = try number(8)
            guard size <= 1 << 33 else { throw SnapshotError(name, "its size is impossible") }
            var chunks: [(Int, [UInt8])] = []
            while true {
                let index = try number(4)
                if index == 0xFFFF_FFFF { break }
                let count = Int(try number(4))
                guard count <= file.count - position, index < 1 << 13 else { throw SnapshotError(name, "its memory is damaged") }
                chunks.append((Int(index), Array(file[position..<position + count])))
                position += count
            }
            regions[name] = (Int(size), chunks)
        }
    }

    /// Fills `list` from the file.
    package func restore(_ list: [Region]) throws(SnapshotError) {
        for region in list {
            guard let saved = regions[region.name], saved.size == region.size else {
                throw SnapshotError(region.name, "the saved machine has another size of it")
            }
            region.clear()
            for (index, packed) in saved.chunks {
                var bytes = [UInt8](repeating: 0, count: Self.chunk)
                let length = unsafe ZSTD_decompress(&bytes, bytes.count, packed, packed.count)
                guard ZSTD_isError(length) == 0 else { throw SnapshotError(region.name, "its memory is damaged") }
                region.copy(Array(bytes.prefix(length)), at: index * Self.chunk)
            }
        }
    }
}
