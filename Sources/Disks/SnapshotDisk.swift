package import Bus

/// A medium that is only read, under writes that are kept in memory and lost with it.
package final class SnapshotDisk: BlockDevice {
    /// Sectors that are kept together, so that the book-keeping stays small beside the data.
    private static let clusterSectors: UInt64 = 8

    package let base: any BlockDevice
    package var sectorSize: Int { base.sectorSize }
    package var sectorCount: UInt64 { base.sectorCount }
    package var isReadOnly: Bool { false }
    private let clusters = Mutexed<[UInt64: [UInt8]]>([:])

    package init(over base: any BlockDevice) { self.base = base }

    /// Memory that holds written data.
    package var bytesHeld: Int { clusters.withLock { $0.values.reduce(0) { $0 + $1.count } } }

    /// What was written, by the number of its cluster.
    package var keptWrites: [UInt64: [UInt8]] { clusters.withLock { $0 } }

    /// Takes the place of what was written.
    /// - Throws: where a cluster is not one of this medium; the medium is then unchanged.
    package func keep(_ writes: [UInt64: [UInt8]]) throws(BlockError) {
        for (number, bytes) in writes {
            let (start, overflow) = number.multipliedReportingOverflow(by: Self.clusterSectors)
            let inside = !overflow && start < sectorCount
            guard inside, UInt64(bytes.count) == min(Self.clusterSectors, sectorCount - start) * UInt64(sectorSize) else {
                throw .outOfRange(sector: overflow ? .max : start, count: bytes.count / max(sectorSize, 1), of: sectorCount)
            }
        }
        clusters.withLock { $0 = writes }
    }

    package func read(_ sector: UInt64, count: Int) throws(BlockError) -> [UInt8] {
        var data = try base.read(sector, count: count)
        let size = UInt64(sectorSize)
        clusters.withLock { clusters in
            guard !clusters.isEmpty, count > 0 else { return }
            for number in (sector / Self.clusterSectors)...((sector + UInt64(count) - 1) / Self.clusterSectors) {
                guard let kept = clusters[number] else { continue }
                let start = number * Self.clusterSectors
                let low = max(start, sector), high = min(start + UInt64(kept.count) / size, sector + UInt64(count))
                guard low < high else { continue }
                data.replaceSubrange(
                    Int((low - sector) * size)..<Int((high - sector) * size), with: kept[Int((low - start) * size)..<Int((high - start) * size)])
            }
        }
        return data
    }

    package func write(_ sector: UInt64, _ bytes: [UInt8]) throws(BlockError) {
        let size = UInt64(sectorSize)
        let count = UInt64(bytes.count) / size
        guard UInt64(bytes.count) % size == 0, sector <= sectorCount, count <= sectorCount - sector else {
            throw .outOfRange(sector: sector, count: Int(clamping: count), of: sectorCount)
        }
        var at = sector
        while at < sector + count {
            let number = at / Self.clusterSectors
            let start = number * Self.clusterSectors
            let whole = min(Self.clusterSectors, sectorCount - start)
            let end = min(start + whole, sector + count)
            var kept = clusters.withLock { $0[number] } ?? []
            if kept.isEmpty {
                // A cluster written whole needs nothing from below.
                kept = at == start && end == start + whole ? [UInt8](repeating: 0, count: Int(whole * size)) : try base.read(start, count: Int(whole))
            }
            kept.replaceSubrange(
                Int((at - start) * size)..<Int((end - start) * size), with: bytes[Int((at - sector) * size)..<Int((end - sector) * size)])
            clusters.withLock { $0[number] = kept }
            at = end
        }
    }

    package func flush() throws(BlockError) {}
    package func letGo() { base.letGo() }
}
