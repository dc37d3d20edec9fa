import X86

/// What the interpreter needs to know to take over at one instruction of a unit.
@safe struct Site {
    var instruction: UnsafePointer<Instruction>
    /// Where the instruction's block starts, in its page.
    var blockStart: UInt16
    /// Instructions of the unit behind this block: counted at the unit's head, not executed when it is left here.
    var rest: UInt16
    /// Accesses behind this instruction rely on the stack window.
    var usesWindow: Bool
    /// The interpreter always does this instruction, not only where a fast way could not be gone.
    var isWhole = false
    /// The code behind this instruction relies on the host's x87 unit.
    var usesX87 = false
    /// The code behind it relies on the host's vector registers.
    var usesVectors = false
}

/// One instruction on a trace.
@safe struct TraceItem {
    var instruction: UnsafePointer<Instruction>
    /// Byte offsets in the page: of the instruction, and of its block.
    var offset: Int
    var blockStart: Int
    /// Instructions of the trace in blocks behind this one's.
    var rest = 0
    var isLastOfBlock = false
    /// It ends in another page.
    var straddles = false
    /// For a conditional branch in mid-trace: the trace goes on where it is taken.
    var followsTaken = false
    var effects = FlagEffects()
    /// Flags that must be right when this instruction starts, and those of them that come out right behind it.
    var liveIn: Flags = []
    var liveOut: Flags = []
    /// Flags live where the branch leaves the trace.
    var liveAtExit: Flags = []

    var end: Int { unsafe offset + Int(instruction.pointee.length) }
}

/// The code that becomes one unit: the blocks that ran one after the other when their first became hot, within one page.
struct Trace {
    var items: [TraceItem] = []
    var blocks: [UInt32] = []
    /// Host address of the page.
    let page: UInt
    /// Bytes of the page that the unit depends on.
    var bytes: [Range<Int>] = []
    /// Where the last instruction ends in another page: its number and host address, and the bytes of it that count.
    var second: (page: UInt32, host: UInt, bytes: Range<Int>)?
    /// The offset in the page where control goes behind the last item; nil where that instruction decides.
    var continuation: Int?
    var liveAtEnd: Flags = .status
    var liveIn: Flags = .status

    static let maximumCount = 120
    /// A short loop is laid out several times, so that what stands at a unit's head is not done in every turn.
    private static let unrolledCount = 40, mostTurns = 8
    /// Where the current turn's blocks begin, and how many turns there are.
    private var turnStart = 0, turns = 1

    /// Follows the blocks from `head` on as they ran lately. Where code has a base or a limit, jumps taken leave the trace: they must be checked.
    /// - Parameter exact: every flag must be right wherever the guest could look at it.
    init(from head: UnsafeMutablePointer<Block>, in cache: BlockCache, isFlat: Bool, exact: Bool) {
        let pageStart = unsafe head.pointee.host & ~0xFFF
        page = pageStart
        var counts: [Int] = []
        if let straddling = unsafe cache.findStraddling(at: head.pointee.host, head.pointee.mode), unsafe straddling.block == head {
            unsafe append(straddling, at: Int(head.pointee.host & 0xFFF))
            unsafe findLiveFlags(cache, head, isFlat: isFlat, exact: exact)
            return
        }
        var block = unsafe head
        while true {
            unsafe append(block, cache)
            unsafe counts.append(Int(block.pointee.count))
            guard let last = items.last else { return }
            let i = unsafe last.instruction.pointee
            let taken = Trace.target(last, isFlat: isFlat)
            switch i.operation {
            case .JCC:
                continuation = last.end
                if isFlat, let taken, taken != last.end, let successor = unsafe block.pointee.successor,
                    unsafe successor.pointee.host == pageStart + UInt(taken),
                    unsafe canTurn(taken, head) || canFollow(taken, pageStart, head, cache) != nil
                {
                    continuation = taken
                    items[items.count - 1].followsTaken = true
                }
            case .JMP: continuation = taken
            case .JECXZ, .LOOP, .LOOPE, .LOOPNE: continuation = last.end
            default: continuation = i.endsBlock && i.setsEIP ? nil : last.end
            }
            // Iterations count as instructions do: where a string instruction may use the budget up, what follows its block must be asked again.
            if exact && items.suffix(counts[counts.count - 1]).contains(where: { unsafe $0.instruction.pointee.isRepeated }) { break }
            guard let next = continuation, isFlat || i.operation != .JMP, i.letsTraceGoOn else { break }
            if unsafe isFlat && canTurn(next, head) {
                turns += 1
                turnStart = blocks.count
                unsafe block = head
                continue
            }
            guard let following = unsafe canFollow(next, pageStart, head, cache) else {
                if next < 4096, let last = unsafe cache.findStraddling(at: pageStart + UInt(next), head.pointee.mode) {
                    append(last, at: next)
                    counts.append(1)
                }
                break
            }
            unsafe block = following
        }
        var rest = counts.reduce(0, +), number = -1, start = -1
        for index in items.indices {
            if index == 0 || items[index - 1].isLastOfBlock {
                number += 1
                rest -= counts[number]
                start = items[index].blockStart
            }
            items[index].rest = rest
            items[index].blockStart = start
        }
        unsafe findLiveFlags(cache, head, isFlat: isFlat, exact: exact)
    }

    private mutating func append(_ block: UnsafeMutablePointer<Block>, _ cache: BlockCache) {
        let start = unsafe Int(block.pointee.host & 0xFFF), count = unsafe Int(block.pointee.count)
        unsafe bytes.append(block.pointee.bytes)
        unsafe blocks.append(cache.index(of: block))
        for position in 0..<count {
            let instruction = unsafe UnsafePointer(block.pointee.instructions + position)
            var item = unsafe TraceItem(instruction: instruction, offset: start + Int(instruction.pointee.offset), blockStart: start)
            item.findEffects()
            item.isLastOfBlock = position == count - 1
            items.append(item)
        }
    }

    /// An instruction that ends in the next page ends the trace.
    private mutating func append(_ straddling: Straddling, at offset: Int) {
        guard let block = unsafe straddling.block else { return }
        var item = unsafe TraceItem(instruction: block.pointee.instructions, offset: offset, blockStart: offset)
        item.findEffects()
        item.isLastOfBlock = true
        item.straddles = true
        items.append(item)
        bytes.append(offset..<4096)
        second = (straddling.secondPage, straddling.second, 0..<item.end - 4096)
        let i = unsafe item.instruction.pointee
        continuation = !i.isConditionalBranch && i.setsEIP ? nil : item.end
    }

    /// Whether `offset` is the head's and there is room for another turn of the loop.
    private func canTurn(_ offset: Int, _ head: UnsafeMutablePointer<Block>) -> Bool {
        guard unsafe offset == Int(head.pointee.host & 0xFFF), turns < Self.mostTurns else { return false }
        return items.count / turns * (turns + 1) <= Self.unrolledCount
    }

    /// The block at `offset`, if it ran already, is not on the trace and has no unit of its own.
    private func canFollow(
        _ offset: Int, _ pageStart: UInt, _ head: UnsafeMutablePointer<Block>, _ cache: BlockCache
    ) -> UnsafeMutablePointer<Block>? {
        guard offset < 4096, items.count < Self.maximumCount,
            let block = unsafe cache.find(host: pageStart + UInt(offset), mode: head.pointee.mode),
            unsafe block.pointee.code == 0, unsafe block.pointee.heat > 0, unsafe !blocks[turnStart...].contains(cache.index(of: block))
        else { return nil }
        return unsafe block
    }

    /// Where a relative branch goes, if that is in its page. A 16-bit target that the instruction pointer's wrapping may move is not told.
    static func target(_ item: TraceItem, isFlat: Bool) -> Int? {
        let i = unsafe item.instruction.pointee
        let target = item.end + Int(Int32(bitPattern: i.immediate))
        guard target >= 0, target < 4096, !(i.isOperand16 && isFlat) else { return nil }
        return target
    }

    // MARK: Flags

    /// Backwards over the trace; then once more, if it leads back to its own head.
    private mutating func findLiveFlags(_ cache: BlockCache, _ head: UnsafeMutablePointer<Block>, isFlat: Bool, exact: Bool) {
        let headOffset = unsafe Int(head.pointee.host & 0xFFF)
        var loops = false
        func atExit(_ trace: inout Trace, _ offset: Int?) -> Flags {
            guard let offset, !exact else { return .status }
            if offset == headOffset {
                loops = true
                return trace.liveIn
            }
            return unsafe trace.lookAhead(offset, head, cache)
        }
        for _ in 0..<2 {
            liveAtEnd = atExit(&self, continuation)
            var live = liveAtEnd
            for index in items.indices.reversed() {
                let item = items[index]
                let i = unsafe item.instruction.pointee
                var after = live
                if i.isConditionalBranch {
                    items[index].liveAtExit = atExit(&self, item.followsTaken ? item.end : Trace.target(item, isFlat: isFlat))
                    after.formUnion(items[index].liveAtExit)
                }
                if exact && item.isLastOfBlock { after = .status }
                items[index].liveOut = after
                live = after.subtracting(item.written(exact: exact)).union(item.effects.reads)
                if !i.isPlain || exact && (i.isMemory || i.touchesStack) { live = .status }
                items[index].liveIn = live
            }
            // Where the budget does not cover the unit it is left at its head.
            liveIn = exact ? .status : live
            guard loops else { return }
        }
    }

    /// The flags live at `offset` of the page, as far as its bytes tell; the unit then depends on them too.
    private mutating func lookAhead(_ offset: Int, _ head: UnsafeMutablePointer<Block>, _ cache: BlockCache) -> Flags {
        let page = unsafe head.pointee.host & ~0xFFF
        var at = offset, end = offset, live: Flags = [], written: Flags = []
        defer { bytes.append(offset..<end) }
        for _ in 0..<8 {
            guard at < 4096, let i = unsafe cache.decode(page + UInt(at), available: 4096 - at, mode: head.pointee.mode) else { break }
            end = at + Int(i.length)
            let effects = i.flagEffects
            guard i.isPlain || i.operation == .JMP || i.operation == .JCC || i.operation == .CALL || i.operation == .RET else { break }
            live.formUnion(effects.reads.subtracting(written))
            written.formUnion(effects.mayWrite.isEmpty ? effects.writes.union(effects.undefined) : effects.writes)
            if written.isSuperset(of: .status) { break }
            if i.endsBlock { break }
            at += Int(i.length)
        }
        return live.union(Flags.status.subtracting(written)).intersection(.status)
    }
}

extension TraceItem {
    mutating func findEffects() {
        effects = unsafe instruction.pointee.flagEffects
        // DF and IF are always in memory.
        effects.reads.formIntersection(.status)
        effects.writes.formIntersection(.status)
        effects.mayWrite.formIntersection(.status)
    }

    /// Flags whose earlier values are gone behind this instruction. What the manual leaves undefined counts, unless every value must be the silicon's.
    func written(exact: Bool) -> Flags {
        // A count of 0 leaves everything alone, also what other counts leave undefined.
        guard effects.mayWrite.isEmpty else { return effects.writes }
        guard exact else { return effects.writes.union(effects.undefined) }
        switch unsafe instruction.pointee.operation {
        case .AND, .OR, .XOR, .TEST, .SHL, .SHR, .SAR: return effects.writes.union(effects.undefined)
        default: return effects.writes
        }
    }
}
