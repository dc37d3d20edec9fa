import X86

/// An instruction that begins in one page and ends in another, as it was when it last ran. It belongs to no page's list of blocks: that it is still
/// the same is seen by comparing its bytes. Its block may head a unit, which compares what is mapped behind.
@safe
struct Straddling {
    /// Host addresses of the first byte and of the page of the last, and what the bytes mean.
    var first: UInt
    var second: UInt
    var mode: UInt32
    /// Physical number of the second page.
    var secondPage: UInt32
    /// The bytes, zero behind the last.
    var bytes: SIMD2<UInt64>
    var block: UnsafeMutablePointer<Block>?

    static let count = 1 << 12

    static func index(_ first: UInt) -> Int { Int(truncatingIfNeeded: (first >> 12 ^ first >> 24) & UInt(count - 1)) }

    /// Bytes of it in the first page.
    static func inFirst(_ first: UInt) -> Int { 4096 - Int(first & 0xFFF) }

    /// `count` bytes from `first` on that go on at `second`.
    static func read(_ first: UInt, _ second: UInt, count: Int) -> SIMD2<UInt64> {
        var result = SIMD2<UInt64>(), at = 0
        let split = inFirst(first)
        while at < count, at < 16 {
            let address = at < split ? first + UInt(at) : second + UInt(at - split)
            let byte = unsafe UInt64(UnsafePointer<UInt8>(bitPattern: address)?.pointee ?? 0)
            if at < 8 { result.x |= byte << UInt64(at * 8) } else { result.y |= byte << UInt64(at * 8 - 64) }
            at += 1
        }
        return result
    }
}

extension BlockCache {
    /// The instruction at `linear`, if it lies in two mapped pages, ran before and is still the same.
    private func findStraddling(_ e: Execution, _ linear: UInt32, _ mode: UInt32) -> UnsafeMutablePointer<Block>? {
        let delta = unsafe e.s.fetchMap[Int(linear >> 12)], nextPage = (linear | 0xFFF) &+ 1
        let nextDelta = unsafe e.s.fetchMap[Int(nextPage >> 12)]
        guard delta != 0, nextDelta != 0, nextPage != 0 else { return nil }
        let first = delta &+ UInt(linear), second = nextDelta &+ UInt(nextPage)
        guard let block = unsafe findStraddling(at: first, mode, second: second)?.block else { return nil }
        guard unsafe UInt64(e.s.eip) + UInt64(block.pointee.length) <= UInt64(e.cs.limit) + 1 else { return nil }
        return unsafe block
    }

    /// The instruction whose first byte is at the host address `first`, if it is still the same; nil too where it now ends in another page than `second`.
    func findStraddling(at first: UInt, _ mode: UInt32, second: UInt? = nil) -> Straddling? {
        let item = unsafe straddling[Straddling.index(first)]
        guard item.first == first, item.mode == mode, second == nil || second == item.second, let block = unsafe item.block,
            unsafe Straddling.read(first, item.second, count: Int(block.pointee.length)) == item.bytes
        else { return nil }
        return item
    }

    /// Remembers an instruction of two pages of plain memory.
    private func keepStraddling(_ e: Execution, _ linear: UInt32, _ mode: UInt32, _ instruction: Instruction) -> UnsafeMutablePointer<Block>? {
        let delta = unsafe e.s.fetchMap[Int(linear >> 12)], nextPage = (linear | 0xFFF) &+ 1
        let nextDelta = unsafe e.s.fetchMap[Int(nextPage >> 12)]
        guard delta != 0, nextDelta != 0, nextPage != 0, Int(linear & 0xFFF) + Int(instruction.length) > 4096,
            blockCount < Self.blockCapacity - 1, instructionCount < Self.instructionCapacity - 2,
            let physical = e.owner.mappedCode(linear), let nextPhysical = e.owner.mappedCode(nextPage)
        else { return nil }
        let first = delta &+ UInt(linear), second = nextDelta &+ UInt(nextPage)
        let list = unsafe instructions + instructionCount, block = unsafe blocks + blockCount
        instructionCount += 2
        blockCount += 1
        unsafe list[0] = instruction
        unsafe list[1] = Self.sentinel(after: instruction, at: Int(instruction.length))
        unsafe block.pointee = Block(
            host: first, mode: mode, count: 1, length: UInt32(instruction.length), page: physical >> 12, instructions: list)
        unsafe straddling[Straddling.index(first)] = Straddling(
            first: first, second: second, mode: mode, secondPage: nextPhysical >> 12,
            bytes: Straddling.read(first, second, count: Int(instruction.length)), block: block)
        return unsafe block
    }

    /// One instruction, decoded where it stands: across pages, at the limit, in device memory, or to be single-stepped.
    func buildOne(_ e: Execution, _ linear: UInt32, _ mode: UInt32) throws(Fault) -> UnsafeMutablePointer<Block> {
        if let block = unsafe findStraddling(e, linear, mode) { return unsafe block }
        var bytes = [UInt8]()
        let decoder = mode & 1 != 0 ? decoder32 : decoder16
        let user = e.s.cpl == 3
        var instruction = Instruction(operation: .INVALID)
        decoding: while true {
            let at = linear &+ UInt32(bytes.count)
            guard UInt64(e.s.eip) + UInt64(bytes.count) <= UInt64(e.cs.limit) else { throw .protection(0) }
            // Pages that are mapped are not walked to again: what that marks would depend on who runs the code.
            let delta = unsafe e.s.fetchMap[Int(at >> 12)]
            if delta != 0, let host = unsafe UnsafePointer<UInt8>(bitPattern: delta &+ UInt(at)) {
                unsafe bytes.append(host.pointee)
            } else {
                let physical = try e.owner.translate(at, write: false, user: user, fetch: true)
                bytes.append(UInt8(truncatingIfNeeded: e.owner.memory.read(physical, .byte)))
            }
            let result = unsafe bytes.withUnsafeBufferPointer { buffer in
                unsafe decoder.decode(buffer.baseAddress.unsafelyUnwrapped, available: buffer.count)
            }
            switch result {
            case .instruction(let decoded):
                instruction = decoded
                break decoding
            case .tooLong: throw .protection(0)
            case .needMoreBytes:
                if bytes.count > 15 { throw .protection(0) }
            }
        }
        instruction.offset = 0
        instruction.step = Step(for: instruction).rawValue
        if let block = unsafe keepStraddling(e, linear, mode, instruction) { return unsafe block }
        return unsafe keepOne(instruction)
    }

    /// A block of one instruction, until the next.
    func keepOne(_ instruction: Instruction) -> UnsafeMutablePointer<Block> {
        let list = unsafe scratch.pointee.instructions
        unsafe list[1] = instruction
        unsafe list[2] = Self.sentinel(after: instruction, at: Int(instruction.length))
        unsafe scratch.pointee = Block(count: 1, length: UInt32(instruction.length), instructions: list)
        unsafe oneBlock.pointee = Block(count: 1, length: UInt32(instruction.length), instructions: list + 1)
        return unsafe oneBlock
    }
}
