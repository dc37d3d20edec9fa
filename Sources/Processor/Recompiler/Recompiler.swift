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
        /// Bytes of the page that it depends on.
        var bytes: [Range<Int>]
        var blocks: [UInt32]
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
        var usesWindow: Bool
    }

    /// A way out, as the linker needs it: offsets in the code cache.
    struct Exit {
        var unit: Int
        var jump: Int
        var stub: Int
        var withoutFlags: Int
        var withCarry: Int
        var stubJump: Int
        var isBare: Bool
        var isFlat: Bool
        var unsaved: Flags
        var isLinked = false
    }

    private let code: ExecutableBuffer
    private let siteMemory: Region
    private let sites: UnsafeMutablePointer<Site>
    private let tableMemory: Region
    private let branchTable: UnsafeMutablePointer<UInt>
    private let routines: Routines
    private unowned let blocks: BlockCache
    private var used = 0
    private var siteCount = 0
    private let siteCapacity: Int
    private(set) var units: [Unit] = []
    private(set) var exits: [Exit] = []
    private var unitsOfPage: [UInt32: [Int]] = [:]
    private let hasBMI2: Bool
    /// x87, MMX and SSE run on the host's units. Off until status and conditions agree with the interpreter's in every case that the tests make up.
    var lendsUnits = false
    /// Counts units that died: a helper that sees it change must not return into one.
    private(set) var deaths: UInt64 = 0
    var fault: Fault?
    /// Units made since the start.
    private(set) var translations: UInt64 = 0

    private static let unitSpace = 64 << 10

    init(blocks: BlockCache, bytes: Int) throws(HostMemoryError) {
        self.blocks = blocks
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

    var branchTableAddress: UInt { unsafe UInt(bitPattern: tableMemory.base) }
    private var executable: UInt { unsafe UInt(bitPattern: code.executable) }

    // MARK: Running

    @inline(__always)
    func enter(_ e: Execution, _ block: UnsafeMutablePointer<Block>) -> Departure {
        let entry = unsafe unsafeBitCast(code.executable + routines.enter, to: Routines.Entry.self)
        return unsafe Departure(rawValue: entry(UnsafeMutableRawPointer(e.p), block.pointee.code)) ?? .next
    }

    /// Makes indirect jumps find `block`.
    func remember(_ block: UnsafeMutablePointer<Block>, _ mode: CodeMode) {
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
    func translate(_ head: UnsafeMutablePointer<Block>, _ mode: CodeMode, exact: Bool, useWindow: Bool) -> Bool {
        if used + Self.unitSpace > code.size || siteCount + 2048 > siteCapacity { flush() }
        let trace = unsafe Trace(from: head, in: blocks, isFlat: mode.contains(.flatCode), exact: exact)
        guard !trace.items.isEmpty else { return false }
        let start = used
        let assembler = unsafe Assembler(code.writable + start, capacity: Self.unitSpace)
        let translator = unsafe Translator(
            assembler, routines, origin: start, mode: mode, trace: trace, sites: sites + siteCount, firstExit: UInt32(exits.count),
            useWindow: useWindow,
            exact: exact, hasBMI2: hasBMI2,
            lendsUnits: lendsUnits)
        translator.emit()
        guard !translator.a.overflowed, !translator.a.isUnencodable else {
            return false
        }
        translations += 1
        siteCount += translator.siteCount
        used = (start + translator.a.position + 15) & ~15
        let number = units.count
        unsafe units.append(
            Unit(
                block: blocks.index(of: head), page: unsafe head.pointee.page, bytes: trace.bytes, blocks: trace.blocks,
                inner: start + translator.inner,
                liveIn: trace.liveIn, start: start, end: used, firstExit: exits.count, exitCount: translator.exits.count,
                isFlat: mode.contains(.flatCode), usesWindow: translator.window != nil))
        for exit in translator.exits {
            exits.append(
                Exit(
                    unit: number, jump: start + exit.jump, stub: start + translator.a.offset(of: exit.stub),
                    withoutFlags: start + translator.a.offset(of: exit.withoutFlags),
                    withCarry: exit.withCarry.map { start + translator.a.offset(of: $0) } ?? 0, stubJump: start + exit.stubJump, isBare: exit.isBare,
                    isFlat: mode.contains(.flatCode), unsaved: exit.unsaved))
        }
        unitsOfPage[unsafe head.pointee.page, default: []].append(number)
        for bytes in trace.bytes { blocks.depend(on: bytes, of: unsafe head.pointee.page) }
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
        let missing = exit.unsaved.intersection(units[target].liveIn)
        let inner = units[target].inner
        setDistance(at: exit.stubJump, to: inner)
        if exit.isFlat {
            if missing.isEmpty {
                setDistance(at: exit.jump, to: exit.isBare ? inner : exit.withoutFlags)
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
        setDistance(at: exit.jump, to: exit.stub)
        setDistance(at: exit.stubJump, to: exit.stubJump + 4)
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
        for exit in units[number].incoming { unlink(exit) }
        units[number].incoming = []
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
            if units[number].bytes.contains(where: { $0.overlaps(bytes) }) {
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
        (unitsOfPage[page] ?? []).lazy.filter { self.units[$0].isAlive }.flatMap { self.units[$0].bytes }
    }

    /// Forgets everything.
    func flush() {
        for number in units.indices { kill(number) }
        units.removeAll(keepingCapacity: true)
        exits.removeAll(keepingCapacity: true)
        unitsOfPage.removeAll(keepingCapacity: true)
        used = routines.end
        siteCount = 0
        deaths &+= 1
    }
}

/// What `Routines.execute` calls: the interpreter's function for one instruction of a unit.
let executeSite: Routines.Helper = { state, site in
    guard let pointer = unsafe UnsafeRawPointer(bitPattern: state.assumingMemoryBound(to: CPUState.self).pointee.translation.owner) else {
        return Departure.next.rawValue
    }
    let owner = unsafe Unmanaged<Processor>.fromOpaque(pointer)
    return unsafe owner._withUnsafeGuaranteedRef { unsafe $0.executeSite(site.assumingMemoryBound(to: Site.self)) }.rawValue
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
            let leaves = try unsafe e.executeGeneral(i)
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
