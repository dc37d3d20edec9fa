package import Bus

/// A medium that comes with the product instead of in a file; it is only read.
package final class MemoryImage: BlockDevice {
    private let bytes: [UInt8]
    package let sectorSize = 512
    package let isReadOnly = true
    package var sectorCount: UInt64 { UInt64(bytes.count / sectorSize) }

    /// - Parameter bytes: whole sectors of 512 bytes; what is over is not reached.
    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package func read(_ sector: UInt64, count: Int) throws(BlockError) -> [UInt8] {
        guard count >= 0, sector <= sectorCount, UInt64(count) <= sectorCount - sector else {
            throw .outOfRange(sector: sector, count: count, of: sectorCount)
        }
        return Array(bytes[Int(sector) * sectorSize..<(Int(sector) + count) * sectorSize])
    }

    package func write(_ sector: UInt64, _ bytes: [UInt8]) throws(BlockError) { throw .readOnly }
    package func flush() throws(BlockError) {}
}
