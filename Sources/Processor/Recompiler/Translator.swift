import X64Assembler
import X86

/// Emits one unit: the head with its checks, the trace's instructions; then, apart, everything that is seldom run, so that what runs shares its cache lines with
/// what runs.
///
/// What is known between two instructions: which guest flags the host's hold (`hostFlags`) and whether memory has all that live (`flagsInMemory`); by how much
/// ESP moved since the head (`stackOffset`: R13 itself moves only where it must); whether the stack window still holds (`hasWindow`).
@safe
final class Translator {
    /// A way out of the unit to a known place.
    struct Exit {
        var target: Int
        /// Position of the distance that the hot path jumps by, and where it leads while unlinked.
        var jump: Int?
        var stub: Assembler.Label
        /// The same behind the saving of flags, and with CF alone saved.
        var withoutFlags: Assembler.Label
        var withCarry: Assembler.Label?
        /// The distance that linking changes, and where it leads while closed: to Swift.
        var gate: Int = 0
        /// Of a way to another page: the host address that the code there must have.
        var expected = 0
        var closed: Assembler.Label
        var kind: Kind
        /// Behind the saving of flags nothing is left to do but to go.
        var isBare: Bool
        /// Flags that only the host has there.
        var unsaved: Flags
        /// The bytes from ESP that the stack window is known to cover.
        var window: (low: Int32, high: Int32)?
    }
    enum Kind {
        case near
        /// Where it goes when something else is mapped there, if not to be looked up; the distance by which it goes on; the host address to compare.
        case far(mismatch: Assembler.Label?, onward: Int, expected: Int)
        case landing(UInt)
    }

    /// How a unit reaches its stack: through one page checked at the head, through one of two pages that meet so many bytes from ESP, or by look-ups.
    enum Stack {
        case window
        case windowUpTo(Int32)
        case noWindow
    }

    /// An instruction's slow way: first the map, then the interpreter.
    struct Slow {
        var miss: Assembler.Label?
        var retry: Assembler.Label
        var slow: Assembler.Label
        var after: Assembler.Label
        /// Of what the interpreter does in turn; the last is the instruction's own.
        var sites: [UInt]
        var slot: Int32
        var size: Int32
        var isWrite: Bool
        var stackBefore: Int32
        var stackAfter: Int32
        var restoresFlags: Bool
        /// Nothing of the instruction's is left to be done behind the interpreter: it never comes back.
        var index: Int
        var last: LastX87?
        var usesX87 = false
        var usesVectors = false
    }
    /// Where the guest's registers are brought into one of the host's units.
    struct Lend {
        var label: Assembler.Label
        var back: Assembler.Label
        var fails: Assembler.Label
        var isX87: Bool
        /// The host's vector registers are the guest's there, and stay so.
        var keepsVectors: Bool
    }
    var lends: [Lend] = []
    var isX87Lent = false
    var areVectorsLent = false
    var lastX87: LastX87?

    var a: Assembler
    let layout = StateLayout.shared
    let routines: Routines
    /// Distance from the code cache's start to this buffer's.
    let origin: Int
    let mode: CodeMode
    let trace: Trace
    let exact: Bool
    let hasBMI2: Bool
    /// The machine's time follows the host's counter.
    let readsCounter: Bool
    let headOffset: Int
    let sites: UnsafeMutablePointer<Site>
    private(set) var siteCount = 0
    /// Room for what is seldom run, from this buffer's start, and where the rest ends.
    private let apart: Range<Int>
    private(set) var hotEnd = 0
    let firstExit: UInt32
    var exits: [Exit] = []
    private var slows: [Slow] = []
    var pendingStubs: [PendingStub] = []
    var unknownCalls: [(unknown: Assembler.Label, back: Assembler.Label)] = []
    var straddling: OtherPage?
    var deepCalls: [(isTooDeep: Assembler.Label, back: Assembler.Label)] = []
    var landings: [Int] = []
    var closedStubs: [PendingStub] = []

    var hostFlags: Flags = []
    var flagsInMemory = true
    var stackOffset: Int32 = 0
    /// What R13 moved by since the head.
    var flushed: Int32 = 0
    var hasWindow = false
    private(set) var window: (low: Int32, high: Int32)?
    private(set) var nextSlot: Int

    /// Where in the unit's code entries stand.
    private(set) var inner = 0
    /// The same behind the check of the stack window.
    private(set) var innerWithWindow = 0
    private var afterLabel: Assembler.Label?
    var ahead: Ahead?
    var index = 0
    var item: TraceItem { trace.items[index] }
    var i: Instruction { unsafe trace.items[index].instruction.pointee }
    /// Set where control cannot come behind the current instruction.
    var hasEnded = false

    init(
        _ assembler: Assembler, apart: Range<Int>, _ routines: Routines, origin: Int, mode: CodeMode, trace: Trace, sites: UnsafeMutablePointer<Site>,
        firstExit: UInt32,
        firstSlot: Int, stack: Stack, exact: Bool, hasBMI2: Bool, readsCounter: Bool
    ) {
        a = assembler
        self.apart = apart
        self.routines = routines
        self.origin = origin
        self.mode = mode
        self.trace = trace
        self.exact = exact
        self.hasBMI2 = hasBMI2
        self.readsCounter = readsCounter
        unsafe self.sites = sites
        self.firstExit = firstExit
        headOffset = trace.items.first?.offset ?? 0
        nextSlot = firstSlot
        if mode.contains(.stack32) && mode.contains(.flatStack) {
            switch stack {
            case .window: window = findWindow(nil)
            case .windowUpTo(let pageEnd): window = findWindow(pageEnd)
            case .noWindow: break
            }
        }
    }

    var isFlat: Bool { mode.contains(.flatCode) }
    func state(_ displacement: Int32) -> HostOperand { .at(Pinned.state, displacement) }
    func jump(to routine: Int) { a.jump(toOffset: routine - origin) }
    func call(_ routine: Int) { a.call(toOffset: routine - origin) }

    /// For a profile: what counts entries, and where the code of the instructions stands.
    struct Places {
        var cell: UInt
        var counter = 0..<0
        var starts: [Int] = []
    }
    var profile: Places?

    /// Between units no flags are live in the host's, and R8 is free.
    private func countEntry() {
        guard let cell = profile?.cell else { return }
        let start = a.position
        a.move(.r8, immediate64: UInt64(cell))
        a.emit(HostOpcode(0xFF), reg: 0, .at(.r8), .qword)  // INC
        profile?.counter = start..<a.position
    }

    // MARK: The unit

    func emit() {
        a.lea(.r8, .at(.r8, Int32(-headOffset)))
        a.store(state(layout.pageBase), .r8)
        inner = a.position
        var lostWindow: (Assembler.Label, back: Assembler.Label)?
        if let window {
            let lost = a.label(), back = a.here()
            lostWindow = (lost, back)
            a.lea(.r8, .at(Pinned.stack, window.low), .qword)
            a.alu(.sub, .r8, .at(Pinned.maps, Int32(TranslationMaps.stackWindow)), .qword)
            a.alu(.cmp, .register(.r8), immediate: UInt32(4096 - (window.high - window.low)), .qword)
            a.jump(.above, lost)
            hasWindow = true
        }
        innerWithWindow = a.position
        countEntry()
        let total = trace.items.count
        a.alu(.sub, state(layout.budget), immediate: UInt32(total), .qword)
        let outOfBudget = a.label()
        a.jump(.sign, outOfBudget)
        var unsuitable: Assembler.Label?
        if !isFlat {
            let label = a.label()
            unsuitable = label
            let end = trace.items.map(\.end).max() ?? 0
            a.load(.r8, state(layout.pageBase))
            a.alu(.add, .register(.r8), immediate: UInt32(truncatingIfNeeded: end - 1))
            a.alu(.cmp, .r8, state(layout.limit(1)))
            a.jump(.above, label)
        }
        for position in trace.items.indices {
            index = position
            profile?.starts.append(a.position)
            emitInstruction()
            if hasEnded { break }
        }
        if !hasEnded, let continuation = trace.continuation { exit(to: continuation, liveFlags: trace.liveAtEnd) }
        profile?.starts.append(a.position)

        hotEnd = a.position
        a.goOn(at: apart.lowerBound, before: apart.upperBound)
        for stub in pendingStubs { emitStub(stub) }
        for stub in closedStubs { emitClosed(stub) }
        for call in deepCalls { emitDeepCall(call.isTooDeep, call.back) }
        for call in unknownCalls { emitUnknownCall(call.unknown, call.back) }
        if let straddling { emitOtherPage(straddling) }
        for exit in landings { emitLanding(exit) }
        for lend in lends { emitLend(lend) }
        for slow in slows { emitSlow(slow) }
        if let (lost, back) = lostWindow, let window {
            a.bind(lost)
            a.move(.r8, immediate: UInt32(bitPattern: window.low))
            a.move(.r10, immediate: UInt32(4096 - (window.high - window.low)))
            call(routines.findWindow)
            a.jump(.notEqual, back)
            leave(0, .window)
        }
        if let unsuitable {
            a.bind(unsuitable)
            leave(total, .unsuitable)
        }
        a.bind(outOfBudget)
        leave(total, .budget)
        a.resolve()
    }

    /// Out of the unit at its head, as if it had not been entered.
    private func leave(_ count: Int, _ why: Departure) {
        if count > 0 { a.alu(.add, state(layout.budget), immediate: UInt32(count), .qword) }
        storeEIP(headOffset)
        a.move(.r9, immediate: UInt32(why.rawValue))
        jump(to: routines.exit)
    }

    func storeEIP(_ offset: Int) {
        a.load(.r8, state(layout.pageBase))
        a.lea(.r8, .at(.r8, Int32(truncatingIfNeeded: offset)))
        a.store(state(layout.eip), .r8)
    }

    // MARK: Flags

    /// All that live get a copy in memory; the host's may then be destroyed.
    func saveFlags(_ live: Flags = .status) {
        guard !flagsInMemory else { return }
        if live == .cf {
            a.emit(HostOpcode(0x92, map: 1), reg: 0, state(layout.packedFlags + 1), .byte)  // SETC
        } else {
            emitSaveFlags()
        }
        flagsInMemory = true
    }

    func emitSaveFlags() {
        a.move(.r11, .rax)
        a.byte(0x9F)  // LAHF
        a.emit(HostOpcode(0x90, map: 1), reg: 0, .register(.rax), .byte)  // SETO AL
        a.store(state(layout.packedFlags), .rax, .word)
        a.move(.rax, .r11)
    }

    private func emitRestoreFlags() {
        a.move(.r11, .rax)
        a.emit(HostOpcode(0xB7, map: 1), reg: 0, state(layout.packedFlags))  // MOVZX EAX, word
        a.alu(.add, .register(.rax), immediate: 0x7F, .byte)
        a.byte(0x9E)  // SAHF
        a.move(.rax, .r11)
    }

    /// Before host code that destroys the flags; `live` are those whose values are still wanted.
    func clobberFlags(_ live: Flags) {
        if !live.isEmpty { saveFlags(live) }
        hostFlags = []
    }

    /// Makes the host's flags be the guest's, at least those in `wanted`.
    func needFlags(_ wanted: Flags) {
        guard !wanted.isSubset(of: hostFlags) else { return }
        if wanted == .cf && hostFlags.isEmpty {
            // A byte, whether it or the word around it was stored: the host forwards no more than what was.
            a.emit(HostOpcode(0xB6, map: 1), reg: HostRegister.r11.rawValue, state(layout.packedFlags + 1), .dword)
            a.emit(HostOpcode(0xBA, map: 1), reg: 4, .register(.r11))  // BT
            a.byte(0)
            hostFlags = .cf
        } else {
            emitRestoreFlags()
            hostFlags = .status
        }
    }

    /// Flags whose values from before the current instruction are wanted during or behind it.
    var wantedBefore: Flags { item.liveIn }
    /// Flags that must be in the host's before an instruction that changes some of them runs as itself.
    private var wantedByHost: Flags { item.effects.reads.union(item.liveOut.subtracting(item.written(exact: exact))) }

    /// Before the current instruction's own host instruction.
    func beforeFlagWriter() { needFlags(wantedByHost) }
    /// Behind it.
    func afterFlagWriter() {
        hostFlags = hostFlags.union(item.effects.writes).union(item.written(exact: exact))
        let changed = item.effects.writes.union(item.effects.mayWrite).union(item.effects.undefined)
        if !changed.isDisjoint(with: item.liveOut) { flagsInMemory = false }
        if item.liveOut.isEmpty { flagsInMemory = true }
    }

    // MARK: Sites

    func site(isWhole: Bool = false) -> UInt {
        let usesWindow = hasWindow
        let place = unsafe sites + siteCount
        siteCount += 1
        unsafe place.initialize(
            to: Site(
                instruction: item.instruction, blockStart: UInt16(truncatingIfNeeded: item.blockStart), rest: UInt16(truncatingIfNeeded: item.rest),
                usesWindow: usesWindow, isWhole: isWhole))
        return UInt(bitPattern: place)
    }

    // MARK: Instructions

    private func emitInstruction() {
        slowLabel = nil
        let stackBefore = stackOffset
        afterLabel = nil
        makeAddressAhead()
        if let ahead, ahead.index == index { afterLabel = ahead.after }
        if item.straddles { checkSecondPage() }
        if !emitNative() { emitInterpreted(stackBefore) }
        if let label = afterLabel { a.bind(label) }
        if let ahead, ahead.index == index { self.ahead = nil }
        for number in slows.indices.reversed() {
            guard slows[number].index == index else { break }
            slows[number].stackAfter = stackOffset
            slows[number].restoresFlags = !hostFlags.isEmpty
            slows[number].usesX87 = isX87Lent
            slows[number].usesVectors = areVectorsLent
            for address in slows[number].sites {
                guard let site = unsafe UnsafeMutablePointer<Site>(bitPattern: address) else { continue }
                unsafe site.pointee.usesX87 = isX87Lent
                unsafe site.pointee.usesVectors = areVectorsLent
            }
        }
    }

    /// The whole instruction by the interpreter's function for it.
    private func emitInterpreted(_ stackBefore: Int32) {
        flushStack()
        // What the interpreter reads of them, and what it leaves alone, is in memory.
        if !item.liveIn.union(item.liveOut).union(item.effects.reads).isEmpty || !i.isPlain { saveFlags() }
        emitPointers(lastX87, spare: .r8)
        lastX87 = nil
        a.move(.r10, immediate64: UInt64(site(isWhole: true)))
        call(routines.execute)
        isX87Lent = false
        areVectorsLent = false
        hostFlags = []
        flagsInMemory = true
        if let move = i.stackMove { flushed += move } else { hasWindow = false }
        if i.endsBlock { hasEnded = true }
    }

    private var slowLabel: Assembler.Label?

    /// Where code that cannot do the current instruction after all goes: the interpreter does the whole of it. Nothing may have been changed yet, the
    /// flags that live must be in memory.
    func slow() -> Assembler.Label {
        if let slowLabel { return slowLabel }
        let label = a.label()
        slowLabel = label
        appendSlow(miss: nil, retry: label, slow: label, slot: 0, size: 0, isWrite: false)
        return label
    }

    private func appendSlow(
        miss: Assembler.Label?, retry: Assembler.Label, slow: Assembler.Label, slot: Int32, size: Int32, isWrite: Bool
    ) {
        let after = afterLabel ?? a.label()
        afterLabel = after
        slows.append(
            Slow(
                miss: miss, retry: retry, slow: slow, after: after, sites: [site()], slot: slot, size: size, isWrite: isWrite,
                stackBefore: stackOffset,
                stackAfter: stackOffset, restoresFlags: false, index: index, last: lastX87))
    }

    /// The slow way that was added last begins with these. Returns where it ends.
    func addSitesBefore(_ before: [UInt]) -> Assembler.Label? {
        defer { afterLabel = nil }
        guard !slows.isEmpty else { return nil }
        slows[slows.count - 1].sites.insert(contentsOf: before, at: 0)
        return afterLabel
    }

    private func emitSlow(_ s: Slow) {
        if let miss = s.miss {
            a.bind(miss)
            a.move(.r10, signExtended: s.slot)
            a.move(.r11, immediate: UInt32(4096 - s.size))
            call(s.isWrite ? routines.refillWrite : routines.refillRead)
            a.jump(.notEqual, s.retry)
            a.bind(s.slow)
        } else {
            a.bind(s.slow)
        }
        if s.stackBefore != 0 { a.lea(Pinned.stack, .at(Pinned.stack, s.stackBefore), .qword) }
        emitPointers(s.last, spare: .r8)
        for site in s.sites {
            a.move(.r10, immediate64: UInt64(site))
            call(routines.execute)
        }
        if s.usesX87 {
            let lent = a.label()
            a.alu(.cmp, state(layout.holdsX87), immediate: 0, .byte)
            a.jump(.notEqual, lent)
            call(routines.lendX87)
            a.bind(lent)
        }
        if s.usesVectors { call(routines.lendVectors) }
        if s.stackAfter != 0 { a.lea(Pinned.stack, .at(Pinned.stack, -s.stackAfter), .qword) }
        if s.restoresFlags { emitRestoreFlags() }
        a.jump(s.after)
    }

    // MARK: Memory

    /// The current instruction's memory operand of `size` bytes. `body` uses it once; R8 and R9 hold the address meanwhile, R10 and R11 are free.
    /// The flags that live before the instruction are in memory when `body` runs, unless the operand is in the stack window.
    func access(_ size: Int32, write: Bool, _ body: (HostOperand) -> Void) {
        if let ahead, ahead.index == index { return body(ahead.operand) }
        if let operand = windowOperand(size) { return body(operand) }
        clobberFlags(wantedBefore)
        address(into: .r9)
        body(check(i.segment, size, write: write))
    }

    /// Makes the host address of the operand at offset R9D in `segment`, or at linear address R9D. Live flags must be in memory.
    func check(_ segment: UInt8?, _ size: Int32, write: Bool) -> HostOperand {
        let miss = a.label(), retry = a.label(), slow = a.label()
        if let segment, !mode.isFlat(segment) {
            a.lea(.r8, .at(.r9, size), .qword)
            a.alu(.cmp, .r8, state(write ? layout.writeEnd(segment) : layout.readEnd(segment)), .qword)
            a.jump(.above, slow)
            a.alu(.add, .r9, state(layout.base(segment)))
        }
        let slot = Int32(TranslationMaps.slots + nextSlot * MemoryLayout<TranslationMaps.Slot>.stride)
        nextSlot = (nextSlot + 1) % TranslationMaps.slotCount
        a.alu(.sub, .r9, .at(Pinned.maps, slot), .qword)
        a.alu(.cmp, .register(.r9), immediate: UInt32(4096 - size), .qword)
        a.jump(.above, miss)
        a.load(.r8, .at(Pinned.maps, slot + 8), .qword)
        a.bind(retry)
        appendSlow(miss: miss, retry: retry, slow: slow, slot: slot, size: size, isWrite: write)
        return .at(.r8, .r9)
    }

    /// The effective address of the current instruction's memory operand (SDM Vol. 1 §3.7.5), without touching flags.
    func address(into target: HostRegister) {
        let i = i
        var base = i.base == Instruction.noRegister ? nil : i.base
        var index = i.index == Instruction.noRegister ? nil : i.index
        var displacement = Int32(bitPattern: i.displacement)
        var baseRegister: HostRegister?
        if base == 4 {
            displacement = displacement &+ stackOffset
            if index == nil {
                a.lea(target, .at(Pinned.stack, Pinned.stackDelta, displacement))
                if i.isAddress16 { a.emit(HostOpcode(0xB7, map: 1), reg: target.rawValue, .register(target)) }
                return
            }
            a.lea(target, .at(Pinned.stack, Pinned.stackDelta))
            baseRegister = target
        } else if let base {
            baseRegister = Translator.host(base)
        }
        if base == nil, let only = index, i.scale == 0 {
            baseRegister = Translator.host(only)
            base = only
            index = nil
        }
        if let baseRegister {
            if let index {
                a.lea(target, .at(baseRegister, Translator.host(index), scale: i.scale, displacement))
            } else if displacement != 0 || baseRegister != target {
                if displacement == 0 { a.move(target, baseRegister) } else { a.lea(target, .at(baseRegister, displacement)) }
            }
        } else if let index {
            a.leaScaled(target, Translator.host(index), scale: i.scale, displacement)
        } else {
            a.move(target, immediate: UInt32(bitPattern: displacement))
        }
        if i.isAddress16 { a.emit(HostOpcode(0xB7, map: 1), reg: target.rawValue, .register(target)) }
    }

    /// The host register of a guest register but ESP.
    static func host(_ guest: UInt8) -> HostRegister { HostRegister(rawValue: guest & 7) ?? .rax }
}
