/// A Multiboot header: where a kernel wants to be and to start.
///
/// Source: Multiboot Specification 0.6.96 §3.1.
struct MultibootHeader: Equatable {
    var offset: Int
    var flags: UInt32

    /// Looks for the header in the file's first 8 KiB.
    init?(_ kernel: [UInt8]) {
        var at = 0
        while at + 12 <= min(kernel.count, 8192) {
            let magic = kernel.little32(at)
            if magic == 0x1BAD_B002, magic &+ kernel.little32(at + 4) &+ kernel.little32(at + 8) == 0 {
                (offset, flags) = (at, kernel.little32(at + 4))
                return
            }
            at += 4
        }
        return nil
    }
}

extension [UInt8] {
    /// Bytes beyond the end read as 0.
    fileprivate func little16(_ at: Int) -> UInt16 {
        (at >= 0 && at < count ? UInt16(self[at]) : 0) | (at >= -1 && at + 1 < count ? UInt16(self[at + 1]) << 8 : 0)
    }
    fileprivate func little32(_ at: Int) -> UInt32 { UInt32(little16(at)) | UInt32(little16(at + 2)) << 16 }
}

extension KernelBoot {
    private struct Piece {
        var file: Range<Int>
        var address: UInt32
        /// Where the kernel is linked to run.
        var linked: UInt32
        /// Bytes in memory; what the file does not hold is 0.
        var size: UInt32
    }

    /// Kernel and module become one blob, the structures that Multiboot §3.3 asks for another below 1 MiB.
    static func multiboot(
        _ kernel: [UInt8], _ header: MultibootHeader, name: String, module: [UInt8]?, arguments: String, memoryBytes: UInt64
    ) throws(KernelError) -> [Item] {
        let (pieces, entry) = try pieces(of: kernel, header, name: name)
        guard let start = pieces.map(\.address).min(), let end = pieces.map({ UInt64($0.address) + UInt64($0.size) }).max() else {
            throw KernelError("\(name) has nothing to load")
        }
        let moduleStart = (end + 0xFFF) & ~0xFFF
        let top = memoryBytes > reservedAtEnd ? memoryBytes - reservedAtEnd : 0
        guard start >= 0x10_0000 else { throw KernelError("\(name) wants to be loaded below 1 MiB, where the BIOS is") }
        guard moduleStart + UInt64(module?.count ?? 0) <= top else {
            throw KernelError("\(name) needs more than the machine's \(memoryBytes >> 20) MiB of memory: raise --memory")
        }
        var blob = [UInt8](repeating: 0, count: Int((module == nil ? end : moduleStart) - UInt64(start)))
        for piece in pieces {
            let at = Int(piece.address - start)
            blob.replaceSubrange(at..<at + piece.file.count, with: kernel[piece.file])
        }
        blob += module ?? []

        // At 9000h: information (88 bytes), a module's entry (16), three entries of the memory map (24 each), then the strings.
        let place: UInt32 = 0x9000
        let line = Array(name.utf8) + [0x20] + Array(arguments.utf8) + [0]
        guard line.count < 0x4000 else { throw KernelError("the kernel's arguments have \(line.count) bytes; 16,000 fit: shorten --append") }
        var flags: UInt32 = 1 | 1 << 2 | 1 << 6
        if module != nil { flags |= 1 << 3 }
        let upper = UInt32(truncatingIfNeeded: (top - 0x10_0000) >> 10)
        var information: [UInt32] = [flags, 639, upper, 0, place + 176, module == nil ? 0 : 1, place + 88, 0, 0, 0, 0, 72, place + 104]
        information += [UInt32](repeating: 0, count: 9)
        information += [
            UInt32(truncatingIfNeeded: moduleStart), UInt32(truncatingIfNeeded: moduleStart + UInt64(module?.count ?? 0)), place + 176, 0,
        ]
        for (base, length, type) in [(0, 0x9FC00, 1), (0x9_FC00, 0x6_0400, 2), (0x10_0000, top - 0x10_0000, 1)] as [(UInt32, UInt64, UInt32)] {
            information += [20, base, 0, UInt32(truncatingIfNeeded: length), 0, type]
        }
        let structures = information.flatMap(word) + line
        return allKeys([
            .kernelAddress: word(start), .kernelSize: word(UInt32(truncatingIfNeeded: blob.count)), .kernelData: blob, .kernelEntry: word(entry),
            .initrdAddress: word(place), .initrdSize: word(UInt32(truncatingIfNeeded: structures.count)), .initrdData: structures,
        ])
    }

    private static func pieces(
        of kernel: [UInt8], _ header: MultibootHeader, name: String
    ) throws(KernelError) -> (pieces: [Piece], entry: UInt32) {
        if header.flags & 1 << 16 != 0 {  // the header says it all
            let at = header.offset
            let (headerAddress, load, loadEnd) = (kernel.little32(at + 12), kernel.little32(at + 16), kernel.little32(at + 20))
            let (bssEnd, entry) = (kernel.little32(at + 24), kernel.little32(at + 28))
            let first = Int(at) - Int(headerAddress) + Int(load)
            let last = loadEnd == 0 ? kernel.count : first + Int(loadEnd) - Int(load)
            guard headerAddress >= load, first >= 0, last >= first, last <= kernel.count else {
                throw KernelError("\(name) has a Multiboot header whose addresses lie outside the file")
            }
            let size = max(Int(bssEnd) - Int(load), last - first)
            return ([Piece(file: first..<last, address: load, linked: load, size: UInt32(clamping: size))], entry)
        }
        guard kernel.little32(0) == 0x464C_457F, kernel.little16(0x12) == 3 else {
            throw KernelError("\(name) is a Multiboot kernel but neither an i386 ELF file nor described by its header")
        }
        let (table, size, count) = (kernel.little32(0x1C), kernel.little16(0x2A), kernel.little16(0x2C))
        var pieces: [Piece] = []
        for index in 0..<Int(count) {
            let at = Int(table) + index * Int(size)
            guard kernel.little32(at) == 1 else { continue }
            let (offset, linked, address) = (Int(kernel.little32(at + 4)), kernel.little32(at + 8), kernel.little32(at + 12))
            let (inFile, inMemory) = (Int(kernel.little32(at + 16)), kernel.little32(at + 20))
            guard offset + inFile <= kernel.count, inFile <= Int(inMemory), inMemory <= 0x4000_0000 else {
                throw KernelError("\(name) has an ELF segment that lies outside the file: it is truncated or damaged")
            }
            pieces.append(Piece(file: offset..<offset + inFile, address: address, linked: linked, size: inMemory))
        }
        // Kernels are linked where they will map themselves; they start unpaged (GRUB: "entry point is in virtual address").
        let entry = kernel.little32(0x18)
        let home = pieces.first { entry >= $0.linked && entry - $0.linked < $0.size }
        return (pieces, home.map { $0.address &+ (entry - $0.linked) } ?? entry)
    }
}
