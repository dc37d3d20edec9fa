import HostMemory
import X64Assembler
import X86

/// The dynamic recompiler: IA-32 to x86-64, an instruction to the same instruction.
///
/// **One instruction.** A block (`BlockCache`) is interpreted until it is hot; then a `Trace` follows the blocks as they ran lately, within their page, and a
/// `Translator` makes a *unit* of them. `ADD EAX, EBX` becomes the host's `add eax, ebx`: guest registers live in their namesakes (`Pinned`), and the host's flags
/// are the guest's. Liveness, from the columns of the instruction table, says which of them anyone will look at; only where host code between two guest
/// instructions would destroy a live one are they saved, packed as LAHF and SETO give them. An operation that is not emitted calls the interpreter's function
/// for it (`Routines.execute`), so the recompiler is complete and does exactly what the interpreter does.
///
/// **One memory access.** `MOV EAX, [EBX+8]` makes R9D = EBX+8, takes from it the page that this place in the code last saw (a slot, `TranslationMaps`), and compares with
/// 4096 minus the operand's size: one compare for the page and for crossing it. A miss refills the slot from the flat map of the privilege level in force. What the
/// map does not have (a page not touched since the last flush, a device, a page with code in it, a fault) the interpreter does, the whole instruction,
/// and translated code goes on behind it. What is reached through ESP needs no look-up: R13 is its host address, checked once at the unit's head.
///
/// **One fault.** The interpreter's function throws; `executeSite` has named the instruction by its `Site`, so EIP, and what the block counted, are right; registers
/// are in `CPUState`, for the routine spilled them. The unit is left, and `Processor.deliver` does what it does for the interpreter.
///
/// **Counting.** A unit takes all its instructions off the budget at its head and is not entered if they are not covered; what a way out in the middle did not
/// execute it gives back. So a run stops exactly where the interpreter would. Interrupts, devices and the run loop are looked at between units only.
///
/// **Forgetting.** Units are found by the host address of their first byte and the mode (`CodeMode`), whatever maps there, and derive EIP from `CPUState.pageBase`: they outlive context
/// switches and serve every mapping of their page. A page that holds code has no write entries, so every write to it comes by `BlockCache.written`; units that
/// depend on the bytes written are unlinked and never entered again, and the running one ends at its current instruction.
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
        var end: Int
        var firstExit: Int
        var exitCount: Int
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
        /// The distance that linking opens, and where it leads while closed.
        var gate: Int
        var closed: Int
        var kind: Kind
        var isBare: Bool
        var isFlat: Bool
        var unsaved: Flags
        var window: (low: Int32, high: Int32)?
        var isLinked = false
    }

    enum Kind {
        /// To code of the same page.
        case near
        /// To another page: the gate leads to `check`, which compares what is mapped there with the cell and goes by `onward`.
        case far(check: Int, onward: Int, cell: Int)
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
    private var used = 0
    private var siteCount = 0
    private let siteCapacity: Int
    private(set) var units: [Unit] = []
    private(set) var exits: [Exit] = []
    private var unitsOfPage: [UInt32: [Int]] = [:]
    private let hasBMI2: Bool
    /// Counts units that died: a helper that sees it change must not return into one.
    private(set) var deaths: UInt64 = 0
    var fault: Fault?
    var statistics = TranslationStatistics()
    var profile: Profile?
    /// Bytes of the code cache that are used, and all.
    var space: (used: Int, capacity: Int) { (used, code.size) }

    private static let unitSpace = 64 << 10

    init(blocks: BlockCache, maps: TranslationMaps, bytes: Int) throws(HostMemoryError) {
        self.blocks = blocks
        self.maps = maps
        let size = max(bytes, 1 << 20)
        code = try ExecutableBuffer("code cache", size: size)
        siteCapacity = size / 32
        siteMemory = try Region("code sites", size: siteCapacity * MemoryLayout<Site>.stride)
        tableMemory = try Region("branch table", size: 16 << Routines.branchTableBits)
        unsafe sites = siteMemory.base.assumingMemoryBound(to: Site.self)
        unsafe branchTable = tableMemory.base.assumingMemoryBound(to: UInt.self)
        hasBMI2 = HostProcessor.hasBMI2
        var assembler = unsafe Assembler(code.writable, capacity: 8192)
        routines = unsafe Routines(&assembler, execute: executeSite, prepareX87: prepareX87)
        used = routines.end
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
        if used + Self.unitSpace > code.size || siteCount + 2048 > siteCapacity { flush() }
        let trace = unsafe Trace(from: head, in: blocks, isFlat: mode.contains(.flatCode), exact: exact)
        guard !trace.items.isEmpty else { return false }
        let start = used
        let assembler = unsafe Assembler(code.writable + start, capacity: Self.unitSpace)
        let translator = unsafe Translator(
            assembler, routines, origin: start, mode: mode, trace: trace, sites: sites + siteCount, firstExit: UInt32(exits.count),
            firstSlot: nextSlot, stack: stack, exact: exact, hasBMI2: hasBMI2)
        profile?.prepare(translator)
        translator.emit()
        guard !translator.a.overflowed, !translator.a.isUnencodable else {
            return false
        }
        statistics.translations &+= 1
        unsafe profile?.add(translator, page: head.pointee.page, code: UnsafeRawPointer(code.writable + start), count: translator.a.position)
        siteCount += translator.siteCount
        while nextSlot != translator.nextSlot {
            maps.prepare(slot: nextSlot)
            nextSlot = (nextSlot + 1) % TranslationMaps.slotCount
        }
        used = (start + translator.a.position + 15) & ~15
        let number = units.count
        unsafe units.append(
            Unit(
                block: blocks.index(of: head), page: unsafe head.pointee.page, bytes: trace.bytes, second: trace.second,
                inner: start + translator.inner,
                liveIn: trace.liveIn, start: start, end: used, firstExit: exits.count, exitCount: translator.exits.count,
                isFlat: mode.contains(.flatCode), window: translator.window, innerWithWindow: start + translator.innerWithWindow))
        for exit in translator.exits {
            func place(_ label: Assembler.Label) -> Int { start + translator.a.offset(of: label) }
            let kind: Kind =
                switch exit.kind {
                case .near: .near
                case .far(let check, let onward, let cell): .far(check: place(check), onward: start + onward, cell: place(cell))
                case .landing(let host): .landing(host)
                }
            exits.append(
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
        guard Int(number) < exits.count, unsafe block.pointee.code != 0 else { return }
        let exit = exits[Int(number)]
        let target = unsafe Int(block.pointee.unit)
        guard units[exit.unit].isAlive, !exit.isLinked, units[target].isAlive, units[target].isFlat == exit.isFlat else { return }
        switch exit.kind {
        case .near: setDistance(at: exit.gate, to: units[target].entry(exit.window))
        case .far(let check, let onward, let cell):
            unsafe code.writable.storeBytes(of: block.pointee.host, toByteOffset: cell, as: UInt.self)
            setDistance(at: onward, to: units[target].start)
            setDistance(at: exit.gate, to: check)
        case .landing(let host):
            guard unsafe block.pointee.host == host else { return }
            setDistance(at: exit.gate, to: units[target].start)
        }
        if exit.isFlat && exit.jump != 0 {
            let missing = exit.unsaved.intersection(units[target].liveIn)
            if missing.isEmpty {
                let isBare = if case .near = exit.kind { exit.isBare } else { false }
                setDistance(at: exit.jump, to: isBare ? units[target].entry(exit.window) : exit.withoutFlags)
            } else if missing == .cf && exit.withCarry != 0 {
                setDistance(at: exit.jump, to: exit.withCarry)
            }
        }
        exits[Int(number)].isLinked = true
        units[target].incoming.append(number)
    }

    private func unlink(_ number: UInt32) {
        let exit = exits[Int(number)]
        guard exit.isLinked else { return }
        if exit.jump != 0 { setDistance(at: exit.jump, to: exit.stub) }
        setDistance(at: exit.gate, to: exit.closed)
        exits[Int(number)].isLinked = false
    }

    private func setDistance(at place: Int, to target: Int) {
        unsafe code.writable.storeBytes(of: Int32(truncatingIfNeeded: target - (place + 4)), toByteOffset: place, as: Int32.self)
    }

    // MARK: Forgetting

    /// The unit is never entered again. What runs of it may end the current instruction.
    func kill(_ number: Int) {
        guard units[number].isAlive else { return }
        units[number].isAlive = false
        deaths &+= 1
        statistics.discarded &+= 1
        for exit in units[number].incoming { unlink(exit) }
        units[number].incoming = []
        // Jumps that are remembered elsewhere still lead here.
        let start = units[number].start
        unsafe code.writable.storeBytes(of: 0xE9, toByteOffset: start, as: UInt8.self)
        setDistance(at: start + 1, to: routines.unknown)
        let block = unsafe blocks.block(units[number].block)
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
        for number in numbers where units[number].isAlive {
            if units[number].bytes(of: page).contains(where: { $0.overlaps(bytes) }) {
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
        (unitsOfPage[page] ?? []).lazy.filter { self.units[$0].isAlive }.flatMap { self.units[$0].bytes(of: page) }
    }

    /// Forgets everything.
    func flush() {
        guard !units.isEmpty else { return }
        let discarded = statistics.discarded
        defer { statistics.discarded = discarded }
        statistics.flushes &+= 1
        for number in units.indices { kill(number) }
        units.removeAll(keepingCapacity: true)
        exits.removeAll(keepingCapacity: true)
        unitsOfPage.removeAll(keepingCapacity: true)
        maps.forgetJumps()
        used = routines.end
        siteCount = 0
        nextSlot = 0
        deaths &+= 1
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
            if unsafe !e.s.pending.isEmpty || deaths != recompiler.deaths || site.pointee.usesWindow && TranslationMaps.hasLostWindow(e.s.readMap) {
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
