import Glibc

/// What the host refused.
package struct HostMemoryError: Error, CustomStringConvertible {
    package let operation: String
    package let bytes: Int
    package let code: Int32
    package var description: String {
        let reason = unsafe String(cString: strerror(code))
        return "the host refused \(bytes >> 20) MB for \(operation): \(reason). Give the machine less memory, or stop another one."
    }
}

/// A zero-filled, page-aligned piece of host memory followed by one unmapped guard page, so that an access that runs over its end
/// faults instead of reaching a neighbour. The kernel commits a page when it is first touched.
///
/// Guest RAM, ROM and VRAM, translation maps and other bulk memory are regions; nothing else calls `mmap`.
///
/// `@unchecked Sendable`: the address and length never change; who may touch the bytes when is the owner's agreement (one `vm:` thread
/// writes; readers of VRAM tolerate torn pixels).
@safe
package final class Region: @unchecked Sendable {
    package let name: String
    package let size: Int
    package let base: UnsafeMutableRawPointer

    /// - Parameter size: bytes; rounded up to whole pages.
    package init(_ name: String, size: Int) throws(HostMemoryError) {
        let page = 4096
        let rounded = (size + page - 1) & ~(page - 1)
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        guard let start = unsafe mmap(nil, rounded + page, PROT_NONE, flags, -1, 0), unsafe start != MAP_FAILED else {
            throw HostMemoryError(operation: name, bytes: size, code: errno)
        }
        guard unsafe mprotect(start, rounded, PROT_READ | PROT_WRITE) == 0 else {
            let code = errno
            unsafe munmap(start, rounded + page)
            throw HostMemoryError(operation: name, bytes: size, code: code)
        }
        self.name = name
        self.size = rounded
        unsafe base = start
    }

    deinit { unsafe munmap(base, size + 4096) }

    /// The bytes, for bulk copies. The buffer must not outlive the region.
    package var bytes: UnsafeMutableRawBufferPointer { unsafe UnsafeMutableRawBufferPointer(start: base, count: size) }

    /// Copies `source` in at `offset`; what would run over the end is left out.
    package func copy(_ source: [UInt8], at offset: Int) {
        guard offset >= 0, offset < size else { return }
        let count = min(source.count, size - offset)
        unsafe source.withUnsafeBytes { unsafe (base + offset).copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(base), byteCount: count) }
    }

    /// A copy of `count` bytes from `offset`, clipped to the region.
    package func slice(at offset: Int, count: Int) -> [UInt8] {
        guard offset >= 0, offset < size, count > 0 else { return [] }
        return unsafe Array(UnsafeRawBufferPointer(start: base + offset, count: min(count, size - offset)))
    }

    /// Makes every byte zero and gives the pages back to the host.
    package func clear() {
        unsafe madvise(base, size, MADV_DONTNEED)
    }

    /// Bytes that the host holds in memory for this region (mincore(2)).
    package var residentBytes: Int {
        let pages = size / 4096
        let present = unsafe [UInt8](unsafeUninitializedCapacity: pages) { buffer, count in
            count = unsafe mincore(base, size, buffer.baseAddress) == 0 ? pages : 0
        }
        return present.reduce(0) { $0 + Int($1 & 1) } * 4096
    }
}
