import HostMemory
import X64Assembler
import X86

/// The dynamic recompiler: IA-32 to x86-64, an instruction to the same instruction.
///
/// **One instruction.** A block (`BlockCache`) is interpreted until it is hot; then a `Trace` follows the blocks as they ran lately, within their page, and a
/// `Translator` makes a *unit* of them. `ADD EAX, EBX` becomes the host's `add eax, ebx`: guest registers live in their namesakes (`Pinned`), and the host's flags
/// are the guest's. Liveness, from the columns of the instruction table, says which of them anyone will look at; only where host code between two guest
/// instructions would destroy a live one are they saved, packed as LAHF and SETO give them; an address check, the most frequent of such code, is made before the
/// flags where it can be (`EmitAhead.swift`). An operation that is not emitted calls the interpreter's function
/// for it (`Routines.execute`), so the recompiler is complete and does exactly what the interpreter does.
///
/// **One memory access.** `MOV EAX, [EBX+8]` makes R9D = EBX+8, takes from it the page that this place in the code last saw (a slot, `TranslationMaps`), and compares with
/// 4096 minus the operand's size: one compare for the page and for crossing it. A miss refills the slot from the flat map of the privilege level in force; a place
/// that misses again is changed to go by the map (`SlotRoutines.swift`). What the map does not have (a page not touched since the last flush, a device, a page with code in it, a fault) the interpreter does, the whole instruction,
/// and translated code goes on behind it. What is reached through ESP needs no look-up: R13 is its host address, checked once at the unit's head.
///
/// **One fault.** The interpreter's function throws; `executeSite` has named the instruction by its `Site`, so EIP, and what the block counted, are right; registers
/// are in `CPUState`, for the routine spilled them. The unit is left, and `Processor.deliver` does what it does for the interpreter.
///
/// **Counting.** A unit takes all its instructions off the budget at its head and is not entered if they are not covered; what a way out in the middle did not
/// execute it gives back. So a run stops exactly where the interpreter would. Interrupts, devices and the run loop are looked at between units only.
/// A short loop is laid out several times, for the count is kept in memory and a turn would wait for it.
///
/// **Going on.** A way out to a known place is linked once there is a unit (`EmitExits.swift`); a guest's CALL is the host's, so its RET is predicted; indirect jumps ask a
/// small table of the bank, by linear address, then the branch table, by host address.
///
/// **Forgetting.** Units are found by the host address of their first byte and the mode (`CodeMode`), whatever maps there, and derive EIP from `CPUState.pageBase`: they outlive context
/// switches and serve every mapping of their page. A page that holds code has no write entries, so every write to it comes by `BlockCache.written`; units that
/// depend on the bytes written are unlinked and never entered again, and the running one ends at its current instruction. A full cache empties the oldest of its
/// segments.
///
/// A write that revives flags (ADD behind it becomes ADC) finds those gone that nobody wanted. So code that wrote into its own page's code is translated as
/// if every flag were looked at (`BlockCache.changesItself`). What remains is a unit that became hot without ever doing so: its first such write leaves
/// flags that its old instructions had declared dead.
@safe
final class Recompiler {
    /// A trace's code.
    struct Unit {
        var block: UInt32
        var page: UInt32
        /// Bytes of the page that it depends on, and of a second page.
        var bytes: [Range<Int>]
        var second: (page: UInt32, host: UInt, bytes: Range<Int>)?

        /// What it depends on of a page.
        func bytes(of page: UInt32) -> [Range<Int>] {
            guard let second, second.page == page else { return page == self.page ? bytes : [] }
            return (page == self.page ? bytes : []) + [second.bytes]
        }
        var inner: Int
        var liveIn: Flags
        var start: Int
        /// Exits of other units that were linked to this one.
        var incoming: [UInt32] = []
        var isAlive = true
        var isFlat: Bool
        /// The bytes from ESP at the head that must be in the stack window, and the entry where they are known to be.
        var window: (low: Int32, high: Int32)?
        var innerWithWindow: Int

        /// Where a way out enters behind which the window covers `covered`.
        func entry(_ covered: (low: Int32, high: Int32)?) -> Int {
            guard let window, let covered else { return inner }
            return covered.low <= window.low && covered.high >= window.high ? innerWithWindow : inner
        }
    }

    /// A way out, as the linker needs it: offsets in the code cache.
    struct Exit {
        var unit: Int
        /// The distance by which the hot path goes, where there is one, and where to while unlinked.
        var jump: Int
        var stub: Int
        var withoutFlags: Int
        var withCarry: Int
        /// The distance that linking changes, and where it leads while closed.
        var gate: Int
        var closed: Int
        var kind: Kind
        var isBare: Bool
        var isFlat: Bool
        var unsaved: Flags
        var window: (low: Int32, high: Int32)?
        /// The unit that it leads to.
        var target: Int?
    }

    enum Kind {
        /// To code of the same page.
        case near
        /// To another page: what is mapped there is compared with `expected`; if it is that, control goes by `onward`, otherwise by the gate, to `mismatch`.
        case far(mismatch: Int, onward: Int, expected: Int)
        /// Where a call returns to; only for code at this host address.
        case landing(UInt)
    }

    private let code: ExecutableBuffer
    private let siteMemory: Region
    private let sites: UnsafeMutablePointer<Site>
    private let tableMemory: Region
    private let branchTable: UnsafeMutablePointer<UInt>
    private let routines: Routines
    private unowned let blocks: BlockCache
    private unowned let maps: TranslationMaps
    private var nextSlot = 0
    /// A part of the code cache, with what was made in it. When the last is full the first is emptied and filled anew, and so on: what is hot is soon
    /// translated again, the rest stays away. Numbers of units and of ways out name their segment in the bits from `segmentShift` on.
    private struct Segment {
        /// What runs, and from `middle` on what seldom does.
        let start: Int
        let middle: Int
        let end: Int
        let firstSite: Int
        var used: Int
        var usedApart: Int
        var siteCount = 0
        var units: [Unit] = []
        var exits: [Exit] = []
    }
    private var segments: [Segment] = []
    private var current = 0
    private static let segmentShift = 20
    private let segmentCount: Int
    private let sitesPerSegment: Int
    /// How often a segment was emptied: what was known of units and ways out before may be others' now.
    private(set) var evictions: UInt64 = 0
    private var unitsOfPage: [UInt32: [Int]] = [:]
    private let hasBMI2: Bool
    private let readsCounter: Bool
    /// Counts units that died: a helper that sees it change must not return into one.
    private(set) var deaths: UInt64 = 0
    var fault: Fault?
    var statistics = TranslationStatistics()
    var profile: Profile?
    /// Bytes of the code cache that are used, and all.
    var space: (used: Int, capacity: Int) { (segments.reduce(routines.end) { $0 + $1.used - $1.start + $1.usedApart - $1.middle }, code.size) }

    private static let unitSpace = 16 << 10

    init(blocks: BlockCache, maps: TranslationMaps, bytes: Int, readsCounter: Bool) throws(HostMemoryError) {
        self.blocks = blocks
        self.maps = maps
        let size = max(bytes, 4 * Self.unitSpace)
        segmentCount = min(16, size / (4 * Self.unitSpace))
        code = try ExecutableBuffer("code cache", size: size)
        sitesPerSegment = size / 32 / segmentCount
        siteMemory = try Region("code sites", size: sitesPerSegment * segmentCount * MemoryLayout<Site>.stride)
        tableMemory = try Region("branch table", size: 16 << Routines.branchTableBits)
        unsafe sites = siteMemory.base.assumingMemoryBound(to: Site.self)
        unsafe branchTable = tableMemory.base.assumingMemoryBound(to: UInt.self)
        hasBMI2 = HostProcessor.hasBMI2
        self.readsCounter = readsCounter
        var assembler = unsafe Assembler(code.writable, capacity: 8192)
        routines = unsafe Routines(&assembler, execute: executeSite, prepareX87: prepareX87)
        let each = (size - routines.end) / segmentCount & ~63
        for number in 0..<segmentCount {
            let start = routines.end + number * each
            let middle = start + each / 2 & ~63
            segments.append(
                Segment(start: start, middle: middle, end: start + each, firstSite: number * sitesPerSegment, used: start, usedApart: middle))
        }
    }

    private subscript(unit number: Int) -> Unit {
        get { segments[number >> Self.segmentShift].units[number & (1 << Self.segmentShift - 1)] }
        _modify { yield &segments[number >> Self.segmentShift].units[number & (1 << Self.segmentShift - 1)] }
    }
    private subscript(exit number: UInt32) -> Exit {
        get { segments[Int(number) >> Self.segmentShift].exits[Int(number) & (1 << Self.segmentShift - 1)] }
        _modify { yield &segments[Int(number) >> Self.segmentShift].exits[Int(number) & (1 << Self.segmentShift - 1)] }
    }

    /// Tells translated code where things are.
    func describe(to state: inout TranslationState) {
        unsafe state.branchTable = UInt(bitPattern: tableMemory.base)
        state.codeBase = executable
        unsafe state.codeAlias = UInt(bitPattern: code.writable) &- executable
    }
    private var executable: UInt { unsafe UInt(bitPattern: code.executable) }

    // MARK: Running

    @inline(__always)
    func enter(_ e: Execution, _ block: UnsafeMutablePointer<Block>) -> Departure {
        let entry = unsafe unsafeBitCast(code.executable + routines.enter, to: Routines.Entry.self)
        return unsafe Departure(rawValue: entry(UnsafeMutableRawPointer(e.p), block.pointee.code)) ?? .next
    }

    /// Makes indirect jumps find `block`, which is at CS:EIP.
    func remember(_ block: UnsafeMutablePointer<Block>, _ mode: CodeMode, _ e: Execution) {
        unsafe maps.rememberJump(e.s.readMap, e.segment(1).pointee.base &+ e.s.eip, mode.tag, block.pointee.code)
        unsafe remember(block, mode)
    }

    private func remember(_ block: UnsafeMutablePointer<Block>, _ mode: CodeMode) {
        let host = unsafe block.pointee.host
        let place = unsafe branchTable + slot(host) * 2
        unsafe place[0] = host &+ mode.tag
        unsafe place[1] = block.pointee.code
    }

    private func slot(_ host: UInt) -> Int {
        let low = UInt32(truncatingIfNeeded: host)
        return Int((low ^ low >> 12) & (UInt32(1 << Routines.branchTableBits) - 1))
    }

    // MARK: Translating

    /// Makes a unit that starts with `head`.
    /// - Returns: false where it could not be.
    func translate(_ head: UnsafeMutablePointer<Block>, _ mode: CodeMode, exact: Bool, stack: Translator.Stack) -> Bool {
        if segments[current].used + Self.unitSpace > segments[current].middle || segments[current].usedApart + Self.unitSpace > segments[current].end
            || segments[current].siteCount + 2048 > sitesPerSegment
        {
            current = (current + 1) % segmentCount
            evict(current)
        }
        let trace = unsafe Trace(from: head, in: blocks, isFlat: mode.contains(.flatCode), exact: exact)
        guard !trace.items.isEmpty else { return false }
        let start = segments[current].used, firstSite = segments[current].firstSite + segments[current].siteCount
        let firstExit = current << Self.segmentShift + segments[current].exits.count
        let assembler = unsafe Assembler(code.writable + start, capacity: Self.unitSpace)
        let apart = segments[current].usedApart - start
        let translator = unsafe Translator(
            assembler, apart: apart..<apart + Self.unitSpace, routines, origin: start, mode: mode, trace: trace, sites: sites + firstSite,
            firstExit: UInt32(firstExit), firstSlot: nextSlot, stack: stack, exact: exact, hasBMI2: hasBMI2,
            readsCounter: readsCounter)
        profile?.prepare(translator)
        translator.emit()
        guard !translator.a.overflowed, !translator.a.isUnencodable else {
            return false
        }
        statistics.translations &+= 1
        unsafe profile?.add(
            translator, page: head.pointee.page,
            code: bytes(start..<start + translator.hotEnd) + bytes(segments[current].usedApart..<start + translator.a.position))
        segments[current].siteCount += translator.siteCount
        while nextSlot != translator.nextSlot {
            maps.prepare(slot: nextSlot)
            nextSlot = (nextSlot + 1) % TranslationMaps.slotCount
        }
        segments[current].used = (start + translator.hotEnd + 15) & ~15
        segments[current].usedApart = start + translator.a.position
        let number = current << Self.segmentShift + segments[current].units.count
        unsafe segments[current].units.append(
            Unit(
                block: blocks.index(of: head), page: unsafe head.pointee.page, bytes: trace.bytes, second: trace.second,
                inner: start + translator.inner,
                liveIn: trace.liveIn, start: start,
                isFlat: mode.contains(.flatCode), window: translator.window, innerWithWindow: start + translator.innerWithWindow))
        for exit in translator.exits {
            func place(_ label: Assembler.Label) -> Int { start + translator.a.offset(of: label) }
            let kind: Kind =
                switch exit.kind {
                case .near: .near
                case .far(let mismatch, let onward, let expected):
                    .far(mismatch: mismatch.map(place) ?? routines.lookUp, onward: start + onward, expected: start + expected)
                case .landing(let host): .landing(host)
                }
            segments[current].exits.append(
                Exit(
                    unit: number, jump: exit.jump.map { start + $0 } ?? 0, stub: place(exit.stub), withoutFlags: place(exit.withoutFlags),
                    withCarry: exit.withCarry.map(place) ?? 0, gate: start + exit.gate, closed: place(exit.closed), kind: kind,
                    isBare: exit.isBare, isFlat: mode.contains(.flatCode), unsaved: exit.unsaved, window: exit.window))
        }
        unitsOfPage[unsafe head.pointee.page, default: []].append(number)
        for bytes in trace.bytes { unsafe blocks.depend(on: bytes, of: head.pointee.page, host: trace.page, maps) }
        if let second = trace.second {
            unitsOfPage[second.page, default: []].append(number)
            blocks.depend(on: second.bytes, of: second.page, host: second.host, maps)
        }
        unsafe head.pointee.code = executable + UInt(start)
        unsafe head.pointee.codeMode = mode
        unsafe head.pointee.unit = UInt32(number)
        unsafe remember(head, mode)
        return true
    }

    // MARK: Linking

    /// Lets `exit` lead to the unit of `block` without looking it up.
    func link(_ number: UInt32, to block: UnsafeMutablePointer<Block>) {
        guard unsafe block.pointee.code != 0 else { return }
        let exit = self[exit: number], target = unsafe Int(block.pointee.unit), unit = self[unit: target]
        guard self[unit: exit.unit].isAlive, exit.target == nil, unit.isAlive, unit.isFlat == exit.isFlat else { return }
        switch exit.kind {
        case .near: setDistance(at: exit.gate, to: unit.entry(exit.window))
        case .far(let mismatch, let onward, let expected):
            unsafe code.writable.storeBytes(of: block.pointee.host, toByteOffset: expected, as: UInt.self)
            setDistance(at: onward, to: unit.start)
            setDistance(at: exit.gate, to: mismatch)
        case .landing(let host):
            guard unsafe block.pointee.host == host else { return }
            setDistance(at: exit.gate, to: unit.start)
        }
        if exit.isFlat && exit.jump != 0 {
            let missing = exit.unsaved.intersection(unit.liveIn)
            if missing.isEmpty {
                let isBare = if case .near = exit.kind { exit.isBare } else { false }
                setDistance(at: exit.jump, to: isBare ? unit.entry(exit.window) : exit.withoutFlags)
            } else if missing == .cf && exit.withCarry != 0 {
                setDistance(at: exit.jump, to: exit.withCarry)
            }
        }
        self[exit: number].target = target
        self[unit: target].incoming.append(number)
    }

    private func unlink(_ number: UInt32) {
        let exit = self[exit: number]
        guard exit.target != nil else { return }
        if exit.jump != 0 { setDistance(at: exit.jump, to: exit.stub) }
        setDistance(at: exit.gate, to: exit.closed)
        if case .far(_, let onward, let expected) = exit.kind {
            unsafe code.writable.storeBytes(of: 0, toByteOffset: expected, as: UInt.self)
            setDistance(at: onward, to: exit.closed)
        }
        self[exit: number].target = nil
    }

    private func bytes(_ range: Range<Int>) -> [UInt8] {
        unsafe Array(UnsafeRawBufferPointer(start: code.writable + range.lowerBound, count: range.count))
    }

    private func setDistance(at place: Int, to target: Int) {
        unsafe code.writable.storeBytes(of: Int32(truncatingIfNeeded: target - (place + 4)), toByteOffset: place, as: Int32.self)
    }

    // MARK: Forgetting

    /// The unit is never entered again. What runs of it may end the current instruction.
    func kill(_ number: Int) {
        guard self[unit: number].isAlive else { return }
        self[unit: number].isAlive = false
        deaths &+= 1
        statistics.discarded &+= 1
        for exit in self[unit: number].incoming { unlink(exit) }
        self[unit: number].incoming = []
        // Jumps that are remembered elsewhere still lead here.
        let start = self[unit: number].start
        unsafe code.writable.storeBytes(of: 0xE9, toByteOffset: start, as: UInt8.self)
        setDistance(at: start + 1, to: routines.unknown)
        let block = unsafe blocks.block(self[unit: number].block)
        if unsafe block.pointee.unit == UInt32(number) && block.pointee.code != 0 {
            let place = unsafe branchTable + slot(block.pointee.host) * 2
            if unsafe place[1] == block.pointee.code { unsafe place[0] = 0 }
            unsafe block.pointee.code = 0
            unsafe block.pointee.heat = 0
        }
    }

    /// Kills the units of a page that depend on any of `bytes`.
    /// - Returns: whether there was one.
    func invalidate(_ page: UInt32, _ bytes: Range<Int>) -> Bool {
        guard let numbers = unitsOfPage[page] else { return false }
        var kept: [Int] = [], isHit = false
        for number in numbers where self[unit: number].isAlive {
            if self[unit: number].bytes(of: page).contains(where: { $0.overlaps(bytes) }) {
                kill(number)
                isHit = true
            } else {
                kept.append(number)
            }
        }
        unitsOfPage[page] = kept.isEmpty ? nil : kept
        return isHit
    }

    /// Bytes of a page that its units depend on.
    func dependencies(of page: UInt32) -> [Range<Int>] {
        (unitsOfPage[page] ?? []).lazy.filter { self[unit: $0].isAlive }.flatMap { self[unit: $0].bytes(of: page) }
    }

    /// Empties a segment. Nothing of it may be running.
    private func evict(_ segment: Int) {
        guard !segments[segment].units.isEmpty else { return }
        let discarded = statistics.discarded
        defer { statistics.discarded = discarded }
        statistics.evictions &+= 1
        let base = segment << Self.segmentShift
        var pages: Set<UInt32> = []
        for index in segments[segment].units.indices {
            kill(base + index)
            pages.insert(segments[segment].units[index].page)
            if let second = segments[segment].units[index].second { pages.insert(second.page) }
        }
        for page in pages { unitsOfPage[page]?.removeAll { $0 >> Self.segmentShift == segment } }
        for index in segments[segment].exits.indices {
            guard let target = segments[segment].exits[index].target, target >> Self.segmentShift != segment else { continue }
            self[unit: target].incoming.removeAll { $0 == UInt32(base + index) }
        }
        segments[segment].units.removeAll(keepingCapacity: true)
        segments[segment].exits.removeAll(keepingCapacity: true)
        segments[segment].used = segments[segment].start
        segments[segment].usedApart = segments[segment].middle
        segments[segment].siteCount = 0
        maps.forgetJumps()
        evictions &+= 1
        deaths &+= 1
    }

    /// Forgets everything.
    func flush() {
        for segment in segments.indices { evict(segment) }
        unitsOfPage.removeAll(keepingCapacity: true)
        current = 0
        nextSlot = 0
    }
}

/// What `Routines.execute` calls: the interpreter's function for one instruction of a unit.
let executeSite: Routines.Helper = { state, site in
    guard let pointer = unsafe UnsafeRawPointer(bitPattern: state.assumingMemoryBound(to: CPUState.self).pointee.translation.owner) else {
        return Departure.next.rawValue
    }
    let owner = unsafe Unmanaged<Processor>.fromOpaque(pointer)
    return unsafe owner._withUnsafeGuaranteedRef {
        let site = unsafe UnsafePointer(site.assumingMemoryBound(to: Site.self))
        return unsafe $0.recompiler.count($0.executeSite(site), from: site)
    }.rawValue
}

/// What `Routines.lendX87` calls.
let prepareX87: Routines.Helper = { state, _ in
    guard let pointer = unsafe UnsafeRawPointer(bitPattern: state.assumingMemoryBound(to: CPUState.self).pointee.translation.owner) else { return 0 }
    return unsafe Unmanaged<Processor>.fromOpaque(pointer)._withUnsafeGuaranteedRef { $0.prepareX87() } ? 1 : 0
}

extension Processor {
    fileprivate func executeSite(_ site: UnsafePointer<Site>) -> Departure {
        let e = e
        let i = unsafe site.pointee.instruction
        unsafe e.s.eip = e.s.pageBase &+ UInt32(site.pointee.blockStart)
        unsafe e.s.current = i
        e.unpackFlags()
        // Who asks for the time must not see what stands behind this block: it has not run.
        let rest = unsafe Int(site.pointee.rest)
        e.s.budget &+= rest
        let deaths = recompiler.deaths
        // A write into its own block makes the instruction something else.
        let endsBlock = unsafe i.pointee.endsBlock, setsEIP = unsafe i.pointee.setsEIP
        do {
            let leaves = try unsafe interpretOne(i, e)
            if leaves || endsBlock {
                if !leaves && !setsEIP { unsafe e.s.eip &+= UInt32(i.pointee.offset) &+ UInt32(i.pointee.length) }
                e.packFlags()
                e.s.translation.modeTag = e.codeMode.tag
                return e.s.pending.isEmpty && !e.s.halted && deaths == recompiler.deaths ? .dispatch : .next
            }
            // A segment's bounds are part of what the unit takes for granted.
            let isOtherMode = unsafe i.pointee.loadsSegment && e.codeMode.tag != e.s.translation.modeTag
            if unsafe isOtherMode || !e.s.pending.isEmpty || deaths != recompiler.deaths
                || site.pointee.usesWindow && TranslationMaps.hasLostWindow(e.s.readMap)
            {
                unsafe e.s.current = i + 1
                e.packFlags()
                return .interpret
            }
            if unsafe site.pointee.usesX87 && e.s.translation.holdsX87 == 0 && !prepareX87() || site.pointee.usesVectors && !mayLendVectors {
                unsafe e.s.current = i + 1
                e.packFlags()
                return .interpret
            }
            e.s.budget &-= rest
            e.packFlags()
            return .resume
        } catch {
            recompiler.fault = error
            e.packFlags()
            return .fault
        }
    }
}
