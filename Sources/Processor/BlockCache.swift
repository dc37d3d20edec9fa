import Bus
import HostMemory
import X86

/// A run of decoded instructions: straight-line code within one physical page, ended by a branch, by what changes the rules of decoding, by the
/// page, or by length. After the last instruction stands BLOCK_FALL or, where it set EIP itself, BLOCK_LEAVE.
@safe
struct Block {
    /// Host address of the first code byte: stands for the physical address, whatever maps there.
    var host: UInt = 0
    /// Code size and whatever else changes what the bytes mean.
    var mode: UInt32 = 0
    var count: UInt32 = 0
    /// Bytes of guest code.
    var length: UInt32 = 0
    /// Physical page number.
    var page: UInt32 = 0
    var instructions: UnsafeMutablePointer<Instruction>
    /// Where its translation is entered by those that come with EIP in R8D, or 0; what that takes for granted; and the unit's number.
    var code: UInt = 0
    var codeMode: CodeMode = []
    /// The window's misses since the unit was made without one, or before.
    var windowMisses: UInt8 = 0
    /// How often it was interpreted.
    var heat: UInt16 = 0
    var unit: UInt32 = 0
    var hashNext: UInt32 = 0
    var pageNext: UInt32 = 0
    /// Blocks that lately ran after this one; to be compared by host address and mode before they are believed.
    var successor: UnsafeMutablePointer<Block>?
    var otherSuccessor: UnsafeMutablePointer<Block>?

    /// The bytes of its page that it was decoded from.
    var bytes: Range<Int> { Int(host & 0xFFF)..<Int(host & 0xFFF) + Int(length) }
}

/// Decoded blocks, found by host address and mode, so that context switches keep them. Code is tracked by the byte, with granules of 64 bytes before it for
/// most writes' sake: data written beside code costs the slow path, not the blocks.
@safe
final class BlockCache {
    static let maximumLength = 64
    static let blockCapacity = 1 << 18
    static let instructionCapacity = 1 << 21
    private static let hashBits: UInt64 = 16

    private let blockMemory: Region, instructionMemory: Region, hashMemory: Region, pageMemory: Region, byteMemory: Region, scratchMemory: Region
    let blocks: UnsafeMutablePointer<Block>
    let instructions: UnsafeMutablePointer<Instruction>
    private let hash: UnsafeMutablePointer<UInt32>
    /// Per physical page: granules that hold code, or did; bytes that do, or did, a word for each granule; the first block there.
    private let granules: UnsafeMutablePointer<UInt64>
    private let codeBytes: UnsafeMutablePointer<UInt64>
    private let pageHeads: UnsafeMutablePointer<UInt32>
    /// Per physical page: writes in a row to bytes that hold code no more, and whether its code changed itself.
    private let staleWrites: UnsafeMutablePointer<UInt8>
    private let changesItself: UnsafeMutablePointer<Bool>
    let scratch: UnsafeMutablePointer<Block>
    var blockCount = 1
    var instructionCount = 0
    let decoder16: Decoder
    let decoder32: Decoder
    /// Instructions across two pages, by a hash of where they start.
    let straddling: UnsafeMutablePointer<Straddling>
    private let straddlingMemory: Region

    /// - Parameter generation: instructions that came later decode as undefined.
    init(_ generation: Generation) throws(HostMemoryError) {
        decoder16 = Decoder(code32: false, generation: generation)
        decoder32 = Decoder(code32: true, generation: generation)
        blockMemory = try Region("blocks", size: Self.blockCapacity * MemoryLayout<Block>.stride)
        instructionMemory = try Region("decoded instructions", size: Self.instructionCapacity * MemoryLayout<Instruction>.stride)
        hashMemory = try Region("block index", size: (1 << Int(Self.hashBits)) * 4)
        pageMemory = try Region("code pages", size: (1 << 20) * 14)
        byteMemory = try Region("code bytes", size: (1 << 20) * 512)
        scratchMemory = try Region("scratch block", size: 4096)
        unsafe blocks = blockMemory.base.assumingMemoryBound(to: Block.self)
        unsafe instructions = instructionMemory.base.assumingMemoryBound(to: Instruction.self)
        unsafe hash = hashMemory.base.assumingMemoryBound(to: UInt32.self)
        unsafe granules = pageMemory.base.assumingMemoryBound(to: UInt64.self)
        unsafe codeBytes = byteMemory.base.assumingMemoryBound(to: UInt64.self)
        unsafe pageHeads = (pageMemory.base + (1 << 23)).assumingMemoryBound(to: UInt32.self)
        straddlingMemory = try Region("straddling instructions", size: Straddling.count * MemoryLayout<Straddling>.stride)
        unsafe straddling = straddlingMemory.base.assumingMemoryBound(to: Straddling.self)
        unsafe staleWrites = (pageMemory.base + (1 << 20) * 12).assumingMemoryBound(to: UInt8.self)
        unsafe changesItself = (pageMemory.base + (1 << 20) * 13).assumingMemoryBound(to: Bool.self)
        unsafe scratch = scratchMemory.base.assumingMemoryBound(to: Block.self)
        let list = unsafe (scratchMemory.base + 512).assumingMemoryBound(to: Instruction.self)
        unsafe list.initialize(repeating: Instruction(operation: .BLOCK_LEAVE), count: 4)
        unsafe scratch.initialize(repeating: Block(instructions: list), count: 3)
    }

    /// An instruction at offset 0: what `CPUState.current` names while none runs.
    var scratchStart: UnsafePointer<Instruction> { unsafe UnsafePointer(scratch.pointee.instructions) }

    // MARK: Finding

    /// The block at CS:EIP, which ran after `previous` and is remembered there.
    /// - Throws: #GP for code beyond the segment's limit, #PF.
    @inline(__always)
    func find(_ e: Execution, after previous: UnsafeMutablePointer<Block>) throws(Fault) -> UnsafeMutablePointer<Block> {
        let code = unsafe e.segment(1)
        let linear = unsafe code.pointee.base &+ e.s.eip
        let mode: UInt32 = unsafe code.pointee.isBig ? 1 : 0
        let delta = unsafe e.s.fetchMap[Int(linear >> 12)]
        if delta != 0 {
            let host = delta &+ UInt(linear)
            if let block = unsafe previous.pointee.successor, unsafe Self.isWanted(block, host, mode, e.s.eip, code) { return unsafe block }
            if let block = unsafe lookUp(host, mode, e.s.eip, code, previous) { return unsafe block }
            return try unsafe build(e, linear, mode)
        }
        return try unsafe build(e, linear, mode, after: previous)
    }

    /// One instruction at CS:EIP: the first of its block.
    func findOne(_ e: Execution) throws(Fault) -> UnsafeMutablePointer<Block> {
        let block = try unsafe find(e, after: none)
        // A trace may follow it.
        unsafe block.pointee.heat = max(block.pointee.heat, 1)
        guard unsafe block.pointee.count > 1 else { return unsafe block }
        return unsafe keepOne(block.pointee.instructions.pointee)
    }

    @inline(__always)
    private static func isWanted(
        _ block: UnsafeMutablePointer<Block>, _ host: UInt, _ mode: UInt32, _ eip: UInt32, _ code: UnsafeMutablePointer<SegmentCache>
    ) -> Bool {
        if unsafe block.pointee.host != host { return false }
        if unsafe block.pointee.mode != mode { return false }
        return unsafe UInt64(eip) + UInt64(block.pointee.length) <= UInt64(code.pointee.limit) + 1
    }

    @inline(never)
    private func lookUp(
        _ host: UInt, _ mode: UInt32, _ eip: UInt32, _ code: UnsafeMutablePointer<SegmentCache>, _ previous: UnsafeMutablePointer<Block>
    ) -> UnsafeMutablePointer<Block>? {
        let first = unsafe previous.pointee.successor
        if let block = unsafe previous.pointee.otherSuccessor, unsafe Self.isWanted(block, host, mode, eip, code) {
            unsafe previous.pointee.otherSuccessor = first
            unsafe previous.pointee.successor = block
            return unsafe block
        }
        var index = unsafe hash[Self.slot(host)]
        while index != 0 {
            let block = unsafe blocks + Int(index)
            if unsafe block.pointee.host == host && block.pointee.mode == mode {
                guard unsafe Self.isWanted(block, host, mode, eip, code) else { return nil }
                unsafe previous.pointee.otherSuccessor = first
                unsafe previous.pointee.successor = block
                return unsafe block
            }
            index = unsafe block.pointee.hashNext
        }
        return nil
    }

    @inline(__always)
    private static func slot(_ host: UInt) -> Int { Int(truncatingIfNeeded: (UInt64(host) &* 0x9E37_79B9_7F4A_7C15) >> (64 - hashBits)) }

    // MARK: For the recompiler

    func index(of block: UnsafeMutablePointer<Block>) -> UInt32 { unsafe UInt32(truncatingIfNeeded: block - blocks) }
    func block(_ index: UInt32) -> UnsafeMutablePointer<Block> { unsafe blocks + Int(index) }

    /// The block whose first byte is at `host`, without building one.
    func find(host: UInt, mode: UInt32) -> UnsafeMutablePointer<Block>? {
        var index = unsafe hash[Self.slot(host)]
        while index != 0 {
            let block = unsafe blocks + Int(index)
            if unsafe block.pointee.host == host && block.pointee.mode == mode { return unsafe block }
            index = unsafe block.pointee.hashNext
        }
        return nil
    }

    func decode(_ host: UInt, available: Int, mode: UInt32) -> Instruction? {
        guard let bytes = unsafe UnsafePointer<UInt8>(bitPattern: host),
            case .instruction(let instruction) = unsafe (mode & 1 != 0 ? decoder32 : decoder16).decode(bytes, available: available)
        else { return nil }
        return instruction
    }

    /// Told before a page's blocks are dropped, with the bytes that were written; answers whether units depended on them. And: all are dropped.
    var onInvalidation: ((_ page: UInt32, _ bytes: Range<Int>) -> Bool)?
    var onFlush: (() -> Void)?
    /// Asked which bytes of a page units depend on.
    var onRecount: ((_ page: UInt32) -> [Range<Int>])?

    /// What else of a page a unit depends on: writes there must be told from now on.
    func depend(on bytes: Range<Int>, of page: UInt32, host: UInt, _ maps: TranslationMaps) {
        if unsafe granules[Int(page)] == 0, let host = unsafe UnsafeMutableRawPointer(bitPattern: host) {
            unsafe maps.forbidWrites(to: page << 12, host: host)
        }
        note(bytes, of: page)
    }

    private func note(_ bytes: Range<Int>, of page: UInt32) {
        unsafe granules[Int(page)] |= Self.mask(bytes.lowerBound, bytes.count)
        Self.visit(bytes) { word, bits in unsafe codeBytes[Int(page) << 6 + word] |= bits }
    }

    /// Whether code of the page wrote into code of the page: its flags may be read by instructions that are not there yet.
    func changesItself(_ page: UInt32) -> Bool { unsafe changesItself[Int(page)] }

    // MARK: Building

    /// - Parameter previous: given where the page was not mapped: the block may have been built under another translation, or before a flush.
    @inline(never)
    private func build(
        _ e: Execution, _ linear: UInt32, _ mode: UInt32, after previous: UnsafeMutablePointer<Block>? = nil
    ) throws(Fault) -> UnsafeMutablePointer<Block> {
        unsafe e.s.current = scratchStart
        guard UInt64(e.s.eip) <= UInt64(e.cs.limit) else { throw .protection(0) }
        // A page that is mapped is not walked to again: what that marks would depend on who runs the code.
        let mapped = unsafe e.s.fetchMap[Int(linear >> 12)] == 0 ? nil : e.owner.mappedCode(linear)
        let physical = if let mapped { mapped } else { try e.owner.translate(linear, write: false, user: e.s.cpl == 3, fetch: true) }
        guard let page = unsafe e.owner.memory.readableHostPage(physical) else { return try unsafe buildOne(e, linear, mode) }
        if let previous = unsafe previous {
            let host = UInt(bitPattern: page) + UInt(physical & 0xFFF)
            if let block = unsafe lookUp(host, mode, e.s.eip, e.segment(1), previous) { return unsafe block }
        }
        if blockCount >= Self.blockCapacity - 1 || instructionCount >= Self.instructionCapacity - Self.maximumLength - 2 { flush() }
        let start = Int(physical & 0xFFF)
        let bytes = unsafe UnsafePointer<UInt8>(page.assumingMemoryBound(to: UInt8.self))
        let inLimit = UInt64(e.cs.limit) + 1 - UInt64(e.s.eip)
        let end = min(4096, start + Int(min(inLimit, 4096)))
        let decoder = mode & 1 != 0 ? decoder32 : decoder16
        let list = unsafe instructions + instructionCount
        var position = start, count = 0, ended = false
        while count < Self.maximumLength, position < end, !ended {
            guard case .instruction(var instruction) = unsafe decoder.decode(bytes + position, available: end - position) else { break }
            instruction.offset = UInt16(truncatingIfNeeded: position - start)
            instruction.step = Step(for: instruction).rawValue
            unsafe list[count] = instruction
            count += 1
            position += Int(instruction.length)
            ended = instruction.endsBlock
        }
        guard count > 0 else { return try unsafe buildOne(e, linear, mode) }
        unsafe list[count] = Self.sentinel(after: list[count - 1], at: position - start)
        instructionCount += count + 1

        let index = blockCount
        blockCount += 1
        let host = UInt(bitPattern: page) + UInt(start)
        let pageNumber = physical >> 12
        unsafe blocks[index] = Block(
            host: host, mode: mode, count: UInt32(count), length: UInt32(position - start), page: pageNumber, instructions: list,
            hashNext: hash[Self.slot(host)], pageNext: pageHeads[Int(pageNumber)])
        unsafe hash[Self.slot(host)] = UInt32(index)
        unsafe pageHeads[Int(pageNumber)] = UInt32(index)
        depend(on: start..<position, of: pageNumber, host: UInt(bitPattern: page), e.owner.tlb)
        return unsafe blocks + index
    }

    /// What ran before the first block.
    var none: UnsafeMutablePointer<Block> { unsafe scratch + 2 }
    var oneBlock: UnsafeMutablePointer<Block> { unsafe scratch + 1 }

    static func sentinel(after last: Instruction, at offset: Int) -> Instruction {
        var end = Instruction(operation: last.setsEIP ? .BLOCK_LEAVE : .BLOCK_FALL)
        end.offset = UInt16(truncatingIfNeeded: offset)
        end.step = Step(for: end).rawValue
        return end
    }

    /// Bits of the granules that `count` bytes from `start` touch within a page.
    private static func mask(_ start: Int, _ count: Int) -> UInt64 {
        let first = start >> 6, last = min(63, (start + max(count, 1) - 1) >> 6)
        return (UInt64.max >> UInt64(63 - (last - first))) << UInt64(first)
    }

    /// Visits the words of `codeBytes` that stand for `bytes` of a page, with the bits in them.
    @inline(__always)
    private static func visit(_ bytes: Range<Int>, _ body: (_ word: Int, _ bits: UInt64) -> Void) {
        guard !bytes.isEmpty, bytes.lowerBound >= 0, bytes.upperBound <= 4096 else { return }
        let first = bytes.lowerBound >> 6, last = (bytes.upperBound - 1) >> 6
        for word in first...last {
            var bits = UInt64.max
            if word == first { bits &= .max << UInt64(bytes.lowerBound & 63) }
            if word == last { bits &= .max >> UInt64(63 - (bytes.upperBound - 1) & 63) }
            body(word, bits)
        }
    }

    // MARK: Invalidation

    @inline(__always)
    func holdsNoCode(_ physical: UInt32) -> Bool { unsafe granules[Int(physical >> 12)] == 0 }

    /// To be told of every write that did not go through a write map entry.
    @inline(__always)
    func written(_ physical: UInt32, _ bytes: UInt32, _ e: Execution) {
        let page = physical >> 12
        if unsafe granules[Int(page)] != 0 {
            let start = Int(physical & 0xFFF)
            if unsafe granules[Int(page)] & Self.mask(start, Int(bytes)) != 0 { writtenBesideCode(page, start..<min(4096, start + Int(bytes)), e) }
        }
    }

    @inline(never)
    private func writtenBesideCode(_ page: UInt32, _ bytes: Range<Int>, _ e: Execution) {
        var hits: UInt64 = 0
        Self.visit(bytes) { word, bits in unsafe hits |= codeBytes[Int(page) << 6 + word] & bits }
        guard hits != 0 else { return }
        let linear = e.cs.base &+ e.s.eip
        let delta = unsafe e.s.fetchMap[Int(linear >> 12)]
        let runs = delta == 0 ? 0 : (delta &+ UInt(linear)) >> 12
        if invalidate(page, bytes), unsafe e.owner.memory.readableHostPage(page << 12).map({ UInt(bitPattern: $0) >> 12 }) == runs,
            unsafe !changesItself[Int(page)]
        {
            unsafe changesItself[Int(page)] = true
            _ = onInvalidation?(page, 0..<4096)
        }
    }

    func foreignWrite(_ firstPage: UInt32, _ pages: Int) {
        for page in Int(firstPage)..<min(Int(firstPage) + pages, 1 << 20) where unsafe granules[page] != 0 { invalidate(UInt32(page), 0..<4096) }
    }

    /// Drops the page's blocks that overlap `bytes`. A block that runs ends at its next instruction: all its instructions become BLOCK_FALL.
    ///
    /// Where nothing does, the bytes held code that is gone. They are forgotten only after several such writes, for as long as they stand the page keeps having
    /// no write entries: where code and data alternate, giving those back and taking them away again would cost more than the writes.
    /// - Returns: whether there was any.
    @discardableResult @inline(never)
    private func invalidate(_ page: UInt32, _ bytes: Range<Int>) -> Bool {
        var isHit = onInvalidation?(page, bytes) ?? false
        var kept: UInt32 = 0
        var index = unsafe pageHeads[Int(page)]
        while index != 0 {
            let block = unsafe blocks + Int(index)
            let next = unsafe block.pointee.pageNext
            if unsafe block.pointee.bytes.overlaps(bytes) {
                isHit = true
                unsafe unlink(index, block)
                for position in 0..<Int(unsafe block.pointee.count) {
                    unsafe block.pointee.instructions[position].operation = .BLOCK_FALL
                    unsafe block.pointee.instructions[position].step = Step.fall.rawValue
                }
            } else {
                unsafe block.pointee.pageNext = kept
                kept = index
            }
            index = next
        }
        unsafe pageHeads[Int(page)] = kept
        unsafe staleWrites[Int(page)] = isHit ? 0 : staleWrites[Int(page)] &+ 1
        if unsafe staleWrites[Int(page)] > Self.stalePatience { recount(page) }
        return isHit
    }

    private static let stalePatience: UInt8 = 32

    /// Forgets which bytes held code that is gone.
    private func recount(_ page: UInt32) {
        unsafe staleWrites[Int(page)] = 0
        unsafe granules[Int(page)] = 0
        for word in 0..<64 { unsafe codeBytes[Int(page) << 6 + word] = 0 }
        var index = unsafe pageHeads[Int(page)]
        while index != 0 {
            unsafe note(blocks[Int(index)].bytes, of: page)
            index = unsafe blocks[Int(index)].pageNext
        }
        for bytes in onRecount?(page) ?? [] { note(bytes, of: page) }
        if unsafe granules[Int(page)] == 0 { unsafe changesItself[Int(page)] = false }
    }

    private func unlink(_ index: UInt32, _ block: UnsafeMutablePointer<Block>) {
        let slot = unsafe Self.slot(block.pointee.host)
        var link = unsafe hash[slot]
        if link == index {
            unsafe hash[slot] = block.pointee.hashNext
        } else {
            while link != 0 {
                let other = unsafe blocks + Int(link)
                if unsafe other.pointee.hashNext == index {
                    unsafe other.pointee.hashNext = block.pointee.hashNext
                    break
                }
                link = unsafe other.pointee.hashNext
            }
        }
        unsafe block.pointee.host = 0
    }

    /// Forgets every block, and with them who followed whom.
    func flush() {
        onFlush?()
        blockMemory.clear()
        hashMemory.clear()
        pageMemory.clear()
        straddlingMemory.clear()
        byteMemory.clear()
        blockCount = 1
        instructionCount = 0
    }
}
