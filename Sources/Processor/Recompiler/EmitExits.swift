import X64Assembler
import X86

/// The ways out of a unit.
///
/// A way out to a known place starts closed: it leads to Swift, naming itself, and the recompiler links it when the code there is translated. In the same page
/// it then leads straight to the other unit. Into another page what is mapped there is compared first, for units are the same under every mapping. Where the
/// unit's course ends so, that stands in line; what leaves it in between stands apart (`Translator.emit`). Behind a CALL
/// stands a *landing*: the guest's call is the host's too, so that the host predicts the guest's return; a return that comes by there
/// for another place, or after a change of mode, is looked up like any other.
extension Translator {
    struct PendingStub {
        var exit: Int
        var stackOffset: Int32 = 0
        var rest = 0
        /// Where code has a limit: who raises #GP for a target beyond it.
        var limitSite: UInt?
        var last: LastX87?
        /// EIP is taken modulo 64 KiB.
        var wraps = false
    }

    /// Leaves for `target`, an offset in the page, always or on a condition.
    /// - Parameter isPast: the instruction has decided already, and that the target is within the limit.
    func exit(to target: Int, liveFlags: Flags, on condition: HostCondition? = nil, isPast: Bool = false) {
        let rest = condition == nil && !isPast ? 0 : item.rest
        let stub = a.label()
        let isBare = stackOffset == 0 && rest == 0 && isFlat && lastX87 == nil, unsaved = flagsInMemory ? [] : liveFlags
        let isInLine = condition == nil && !(isBare && isNear(target))
        if let condition { a.jump(condition, stub) } else if !isInLine || !unsaved.isEmpty { a.jump(stub) }
        appendExit(to: target, stub, jump: isInLine && unsaved.isEmpty ? nil : a.position - 4, isBare: isBare, unsaved: unsaved)
        let pending = PendingStub(
            exit: exits.count - 1, stackOffset: stackOffset, rest: rest,
            limitSite: isFlat || isPast || condition == nil && i.operation != .JMP ? nil : site(), last: lastX87,
            wraps: i.isRelativeBranch && i.isOperand16 && target != item.end)
        if isInLine { emitStub(pending) } else { pendingStubs.append(pending) }
    }

    private func appendExit(to target: Int, _ stub: Assembler.Label, jump: Int?, isBare: Bool, unsaved: Flags) {
        exits.append(
            Exit(
                target: target, jump: jump, stub: stub, withoutFlags: a.label(), closed: a.label(), kind: .near, isBare: isBare, unsaved: unsaved,
                window: hasWindow ? window.map { ($0.low - flushed - stackOffset, $0.high - flushed - stackOffset) } : nil))
    }

    func isNear(_ target: Int) -> Bool { target >= 0 && target < 4096 && !(isFlat && i.isRelativeBranch && i.isOperand16) }

    func emitStub(_ pending: PendingStub) {
        let exit = exits[pending.exit], isFar = !isNear(exit.target)
        a.bind(exit.stub)
        if !exit.unsaved.isEmpty { emitSaveFlags() }
        a.bind(exit.withoutFlags)
        if pending.stackOffset != 0 { a.lea(Pinned.stack, .at(Pinned.stack, pending.stackOffset), .qword) }
        emitPointers(pending.last, spare: .r8)
        if let site = pending.limitSite {
            let within = a.label()
            targetToR8(pending, isFar: isFar)
            a.alu(.cmp, .r8, state(layout.limit(1)))
            a.jump(.belowOrEqual, within)
            a.move(.r10, immediate64: UInt64(site))
            call(routines.execute)
            a.bind(within)
        }
        if pending.rest > 0 { a.alu(.add, state(layout.budget), immediate: UInt32(pending.rest), .qword) }
        if isFar {
            targetToR8(pending, isFar: true)
            emitFarCheck(pending.exit)
            a.jump(exit.closed)
            exits[pending.exit].kind = .far(mismatch: nil, onward: a.position - 4, expected: exits[pending.exit].expected)
        } else {
            a.jump(exit.closed)
            exits[pending.exit].gate = a.position - 4
        }
        closedStubs.append(pending)
    }

    /// The rest of a stub: where it leads while nothing is linked, and the saving of CF alone.
    func emitClosed(_ pending: PendingStub) {
        let exit = exits[pending.exit]
        a.bind(exit.closed)
        if isNear(exit.target) { targetToR8(pending, isFar: false) }
        leaveUnlinked(pending.exit)
        if !exit.unsaved.isEmpty && isFlat {
            let withCarry = a.here()
            a.emit(HostOpcode(0x92, map: 1), reg: 0, state(layout.packedFlags + 1), .byte)  // SETC
            a.jump(exit.withoutFlags)
            exits[pending.exit].withCarry = withCarry
        }
    }

    private func targetToR8(_ pending: PendingStub, isFar: Bool) {
        a.load(.r8, state(layout.pageBase))
        a.lea(.r8, .at(.r8, Int32(truncatingIfNeeded: exits[pending.exit].target)))
        // A near target that wraps is beyond the limit as it is: the interpreter decides.
        if pending.wraps && isFar { a.emit(HostOpcode(0xB7, map: 1), reg: HostRegister.r8.rawValue, .register(.r8)) }
    }

    /// Compares what is mapped at CS:R8D with what the way out is linked to; while it is not, that is nothing.
    private func emitFarCheck(_ number: Int) {
        emitHostAddress(into: .r10)
        a.move(.r11, immediate64: 0)
        exits[number].expected = a.position - 8
        a.alu(.cmp, .r10, .register(.r11), .qword)
        a.jump(.notEqual, exits[number].closed)
        exits[number].gate = a.position - 4
    }

    /// To Swift for CS:R8D, naming the way out.
    private func leaveUnlinked(_ number: Int) {
        a.store(state(layout.eip), .r8)
        a.store(state(layout.exit), immediate: firstExit + UInt32(number))
        a.move(.r9, immediate: UInt32(Departure.next.rawValue))
        jump(to: routines.exit)
    }

    /// The host address of the code at CS:R8D, or something below 4 GiB where none is mapped. R9 is lost.
    private func emitHostAddress(into target: HostRegister) {
        var linear = HostRegister.r8
        if !isFlat {
            a.move(.r9, .r8)
            a.alu(.add, .r9, state(layout.base(1)))
            linear = .r9
        }
        a.move(target, linear)
        a.shiftRight(target, 12)
        a.load(target, .at(Pinned.maps, target, scale: 3, Int32(2 * TranslationMaps.mapBytes)), .qword)
        a.alu(.add, target, .register(linear), .qword)
    }

    // MARK: Instructions in two pages

    /// The way out where another page than the trace's second follows now.
    struct OtherPage {
        var label: Assembler.Label
        var stackOffset: Int32
        var rest: Int
        var offset: Int
        var last: LastX87?
    }

    /// Before an instruction that ends in the next page: what is mapped there must be what was translated.
    func checkSecondPage() {
        clobberFlags(wantedBefore)
        let other = OtherPage(
            label: a.label(), stackOffset: stackOffset, rest: item.rest + 1, offset: item.offset, last: lastX87)
        straddling = other
        a.load(.r8, state(layout.pageBase))
        a.lea(.r8, .at(.r8, 4096))
        emitHostAddress(into: .r10)
        a.move(.r11, immediate64: UInt64(trace.second?.host ?? 0))
        a.alu(.cmp, .r10, .register(.r11), .qword)
        a.jump(.notEqual, other.label)
    }

    func emitOtherPage(_ other: OtherPage) {
        a.bind(other.label)
        if other.stackOffset != 0 { a.lea(Pinned.stack, .at(Pinned.stack, other.stackOffset), .qword) }
        emitPointers(other.last, spare: .r8)
        a.alu(.add, state(layout.budget), immediate: UInt32(other.rest), .qword)
        storeEIP(other.offset)
        // As the first instruction it would only come here again.
        let why: Departure = other.offset == headOffset ? .unsuitable : .next
        a.move(.r9, immediate: UInt32(why.rawValue))
        jump(to: routines.exit)
    }

    // MARK: Calls and returns

    /// Leaves for a relative call's target, from where control may come back to the instruction behind.
    func callOut(to target: Int) {
        prepareToLeave()
        guardHostStack()
        let stub = a.label(), number = exits.count
        let pending = PendingStub(exit: number, wraps: i.isOperand16)
        if isNear(target) {
            a.call(stub)
            appendExit(to: target, stub, jump: a.position - 4, isBare: true, unsaved: [])
            pendingStubs.append(pending)
        } else {
            appendExit(to: target, stub, jump: nil, isBare: true, unsaved: [])
            a.bind(stub)
            a.bind(exits[number].withoutFlags)
            targetToR8(pending, isFar: true)
            emitFarCheck(number)
            a.call(exits[number].closed)
            let unknown = a.label(), back = a.here()
            exits[number].kind = .far(mismatch: unknown, onward: a.position - 4, expected: exits[number].expected)
            unknownCalls.append((unknown, back))
            closedStubs.append(pending)
        }
        land()
    }

    /// Leaves for CS:R8D, from where control may come back to the instruction behind.
    func callOutToR8() {
        prepareToLeave()
        guardHostStack()
        let unknown = a.label(), back = a.label()
        emitLookUp(otherwise: unknown)
        a.call(jumpTarget)
        a.bind(back)
        land()
        unknownCalls.append((unknown, back))
    }

    /// Leaves for CS:R8D.
    func exitToR8() {
        prepareToLeave()
        let unknown = a.label()
        emitLookUp(otherwise: unknown)
        a.jump(jumpTarget)
        a.bind(unknown)
        jump(to: routines.lookUp)
        hasEnded = true
    }

    /// Leaves for CS:R8D, which a call has pushed.
    func returnToR8() {
        prepareToLeave()
        a.ret()
        hasEnded = true
    }

    /// Flags are saved, ESP is made up; R8 is not touched by either.
    private func prepareToLeave() {
        emitPointers(lastX87, spare: .r9)
        flushStack()
        saveFlags()
        if item.rest > 0 { a.alu(.add, state(layout.budget), immediate: UInt32(item.rest), .qword) }
    }

    private func guardHostStack() {
        let isTooDeep = a.label(), back = a.label()
        a.alu(.cmp, .rsp, state(layout.hostStackLimit), .qword)
        a.jump(.below, isTooDeep)
        a.bind(back)
        deepCalls.append((isTooDeep, back))
    }

    func emitUnknownCall(_ unknown: Assembler.Label, _ back: Assembler.Label) {
        a.bind(unknown)
        call(routines.lookUp)
        a.jump(back)
    }

    /// The host's stack is full of calls that did not return: they are forgotten.
    func emitDeepCall(_ isTooDeep: Assembler.Label, _ back: Assembler.Label) {
        a.bind(isTooDeep)
        a.load(.rsp, state(layout.hostStack), .qword)
        a.jump(back)
    }

    /// R10 becomes the entry of CS:R8D among the jumps that the bank remembers, if it is there.
    private func emitLookUp(otherwise: Assembler.Label) {
        var linear = HostRegister.r8
        if !isFlat {
            a.move(.r9, .r8)
            a.alu(.add, .r9, state(layout.base(1)))
            linear = .r9
        }
        a.findJump(linear)
        a.load(.r11, state(layout.modeTag), .qword)
        a.alu(.add, .r11, .register(linear), .qword)
        a.alu(.cmp, .r11, .at(Pinned.maps, .r10, Int32(TranslationMaps.jumps)), .qword)
        a.jump(.notEqual, otherwise)
    }
    private var jumpTarget: HostOperand { .at(Pinned.maps, .r10, Int32(TranslationMaps.jumps + 8)) }

    /// Where the call returns to.
    private func land() {
        hasEnded = true
        guard item.end < 4096 else { return jump(to: routines.lookUp) }
        let closed = a.label(), host = trace.page + UInt(item.end)
        emitHostAddress(into: .r10)
        a.alu(.add, .r10, state(layout.modeTag), .qword)
        a.move(.r11, immediate64: UInt64(host &+ mode.tag))
        a.alu(.cmp, .r10, .register(.r11), .qword)
        a.jump(.notEqual, toOffset: routines.lookUp - origin)
        a.jump(closed)
        exits.append(
            Exit(
                target: item.end, jump: nil, stub: closed, withoutFlags: closed, gate: a.position - 4, closed: closed, kind: .landing(host),
                isBare: false, unsaved: []))
        landings.append(exits.count - 1)
    }

    func emitLanding(_ exit: Int) {
        a.bind(exits[exit].closed)
        leaveUnlinked(exit)
    }
}
