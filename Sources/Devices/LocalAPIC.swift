package import Bus

/// The local APIC of the board's one processor, as in the Pentium 4 (xAPIC); without it, the way of the 8259s' INTR to the processor.
/// Source: SDM Vol. 3A chapter 10. Not modelled: arbitration and remote reads (one processor), TSC deadline, x2APIC, suppression of EOI broadcasts.
///
/// When the host is late, the periods that passed meanwhile are one interrupt, and the rest are owed: each of the following periods brings one more
/// in its middle until none is, because guests count ticks to tell the time. The current count is never late.
///
/// Deviation: INIT leaves LINT0 as it is where the 8259s come through it, and the APIC enabled then: firmware of this board does not set up virtual
/// wire mode again after the resets by which DOS programs leave protected mode.
package final class LocalAPIC: Device, MemoryMapped, InterruptSink, InterruptController, APICBus, Clocked {
    package static let part = "local APIC"
    /// One tick of the bus clock, ns: 100 MHz.
    package static let tick: UInt64 = 10
    /// Of a periodic timer that is faster than this, ns, interrupts run together: the machine must come to other things.
    private static let shortestWait: UInt64 = 20_000
    /// What is owed beyond is forgotten.
    private static let mostOwed: UInt64 = 0xFFFF

    private enum Event {
        static let zero: UInt8 = 0
        /// An interrupt owed, between two.
        static let owed: UInt8 = 1
    }

    /// Inputs, as numbers of an interrupt sink.
    package enum Input { package static let lint0 = 0, lint1 = 1 }

    /// Offsets, in steps of 16 bytes.
    private enum Register {
        static let id = 0x02, version = 0x03, tpr = 0x08, apr = 0x09, ppr = 0x0A, eoi = 0x0B, rrd = 0x0C, ldr = 0x0D, dfr = 0x0E, svr = 0x0F
        static let isr = 0x10, tmr = 0x18, irr = 0x20, esr = 0x28, icrLow = 0x30, icrHigh = 0x31
        static let timer = 0x32, thermal = 0x33, performance = 0x34, lint0 = 0x35, lint1 = 0x36, error = 0x37
        static let initialCount = 0x38, currentCount = 0x39, divide = 0x3E
    }
    /// Six local vectors, integrated APIC.
    private static let version: UInt32 = 0x0005_0014

    private enum Base {
        static let reset: UInt64 = 0xFEE0_0900
        static let bootstrap: UInt64 = 1 << 8
        static let enabled: UInt64 = 1 << 11
        static let address: UInt64 = 0xFFFF_F000
    }
    private enum SVR {
        static let enabled: UInt32 = 1 << 8
        static let kept: UInt32 = 0x3FF
    }
    private enum LVT {
        static let status: UInt32 = 1 << 12, activeLow: UInt32 = 1 << 13, remoteIRR: UInt32 = 1 << 14, level: UInt32 = 1 << 15
        static let masked: UInt32 = 1 << 16, periodic: UInt32 = 1 << 17
        /// Places in `State.lvt`: the registers from 320h on.
        static let timer = 0, lint0 = 3, lint1 = 4, error = 5
        /// What software can change, by place.
        static let kept: [UInt32] = [0x3_00FF, 0x1_07FF, 0x1_07FF, 0x1_A7FF, 0x1_A7FF, 0x1_00FF]
        static func mode(_ entry: UInt32) -> APICMessage.Mode? { APICMessage.Mode(rawValue: UInt8(entry >> 8 & 7)) }
        /// The 8259s come through.
        static func passesExternal(_ entry: UInt32) -> Bool { entry & masked == 0 && mode(entry) == .external }
    }
    private enum ErrorStatus {
        static let sentIllegalVector: UInt32 = 1 << 5, receivedIllegalVector: UInt32 = 1 << 6, illegalRegister: UInt32 = 1 << 7
    }
    private enum ICR {
        static let kept: UInt32 = 0xC_CFFF
        static let logical: UInt32 = 1 << 11, assert: UInt32 = 1 << 14, level: UInt32 = 1 << 15
        static func shorthand(_ low: UInt32) -> UInt32 { low >> 18 & 3 }
    }

    package struct State: DeviceState {
        /// IA32_APIC_BASE.
        var base = Base.reset
        var id: UInt8 = 0
        var tpr: UInt8 = 0
        var ldr: UInt8 = 0
        /// The model, DFR bits 31:28: 15 flat, else clusters.
        var model: UInt8 = 15
        var svr: UInt32 = 0xFF
        var isr = Vectors(), tmr = Vectors(), irr = Vectors()
        /// ESR as read, and what has been found since it was last written.
        var esr: UInt32 = 0, errors: UInt32 = 0
        var icrLow: UInt32 = 0, icrHigh: UInt32 = 0
        var lvt = [UInt32](repeating: LVT.masked, count: 6)
        var initialCount: UInt32 = 0
        var divide: UInt32 = 0
        /// When the timer next counts to 0, virtual ns; 0: it stands.
        var zero: UInt64 = 0
        /// Interrupts that the host missed.
        var owed: UInt64 = 0
        /// Levels of LINT0 and LINT1.
        var inputs: [Bool] = [false, false]
        /// A message of an I/O APIC told that an 8259 asks.
        var external = false

        package func validate() throws(SnapshotError) {
            let isBase = base & ~(Base.address | Base.enabled) == Base.bootstrap
            guard lvt.count == 6, inputs.count == 2, isBase, zip(lvt, LVT.kept).allSatisfy({ $0 & ~($1 | LVT.remoteIRR) == 0 }),
                svr & ~SVR.kept == 0, model < 16, divide & ~0xB == 0, owed <= LocalAPIC.mostOwed
            else { throw SnapshotError(LocalAPIC.part, "no such registers") }
        }

        /// Power-up values. The inputs are the board's and keep their levels; ID and base survive INIT.
        fileprivate func initialized() -> State {
            var new = State()
            (new.base, new.id, new.inputs) = (base, id, inputs)
            return new
        }
    }

    package var state = State()
    /// INTA cycles since power-on: the interrupts that the processor took, for figures of load.
    package private(set) var acknowledged: UInt64 = 0
    private let isPresent: Bool
    private let pic: any InterruptController
    package unowned var pins: (any ProcessorPins)?
    private let clock: ClockPort
    private unowned let memory: MemoryMap
    private var page: MemoryMap.Layer?
    /// The end of a level-triggered interrupt, for the I/O APICs.
    package var onEndOfInterrupt: ((UInt8) -> Void)?
    /// Messages are taken again that were not before.
    package var onEnabled: (() -> Void)?

    /// - Parameters:
    ///   - isPresent: false: the processor has none; LINT0 is INTR, LINT1 is NMI for ever.
    ///   - pic: what answers INTA where LINT0 or a message says ExtINT.
    package init(isPresent: Bool, pic: any InterruptController, clock: ClockPort, memory: MemoryMap) {
        (self.isPresent, self.pic, self.clock, self.memory) = (isPresent, pic, clock, memory)
        if isPresent {
            page = memory.map(
                "local APIC", at: UInt32(truncatingIfNeeded: Base.reset & Base.address), length: 0x1000, priority: 3, read: .device(self),
                write: .device(self))
        }
        clock.connect(self)
    }

    // MARK: Reset

    /// Power-up and RESET.
    package func reset() {
        state = State(inputs: state.inputs)
        place()
        program()
        update()
    }

    /// INIT.
    package func initialize() {
        let old = state
        state = old.initialized()
        if isSoftwareEnabled(old) && LVT.passesExternal(old.lvt[LVT.lint0]) {
            state.svr |= SVR.enabled
            state.lvt[LVT.lint0] = old.lvt[LVT.lint0]
        }
        program()
        update()
    }

    package func stateRestored() {
        place()
        update()
    }

    // MARK: IA32_APIC_BASE

    private var isEnabled: Bool { isPresent && state.base & Base.enabled != 0 }
    private func isSoftwareEnabled(_ state: State) -> Bool { isEnabled && state.svr & SVR.enabled != 0 }

    package var apicBase: UInt64? { isPresent ? state.base : nil }

    package func writeAPICBase(_ value: UInt64) -> Bool {
        guard isPresent, value & ~(Base.address | Base.enabled | Base.bootstrap) == 0 else { return false }
        let wasEnabled = isEnabled
        state.base = value | Base.bootstrap
        // Disabled, it forgets.
        if wasEnabled && !isEnabled { state = state.initialized() }
        place()
        program()
        update()
        return true
    }

    private func place() {
        guard let page else { return }
        memory.place(page, at: isEnabled ? UInt32(truncatingIfNeeded: state.base & Base.address) : nil)
    }

    // MARK: The processor's side

    /// The vector that would be served now.
    private var deliverable: UInt8? {
        guard let vector = state.irr.highest, vector & 0xF0 > processorPriority & 0xF0 else { return nil }
        return vector
    }

    private var processorPriority: UInt8 {
        let inService = (state.isr.highest ?? 0) & 0xF0
        return state.tpr & 0xF0 >= inService ? state.tpr : inService
    }

    /// An 8259 asks, and may.
    private var isExternal: Bool { state.external || state.inputs[Input.lint0] && LVT.passesExternal(state.lvt[LVT.lint0]) }

    package var isRequesting: Bool { isEnabled ? deliverable != nil || isExternal : state.inputs[Input.lint0] }

    package func acknowledge() -> UInt8 {
        acknowledged &+= 1
        guard isEnabled else { return pic.acknowledge() }
        defer { update() }
        if let vector = deliverable {
            state.irr[vector] = false
            state.isr[vector] = true
            return vector
        }
        guard isExternal else { return UInt8(truncatingIfNeeded: state.svr) }
        state.external = false
        return pic.acknowledge()
    }

    private func update() { pins?.setINTR(isRequesting) }

    private func endOfInterrupt() {
        guard let vector = state.isr.highest else { return }
        state.isr[vector] = false
        guard state.tmr[vector] else { return }
        for place in LVT.lint0...LVT.lint1 where UInt8(truncatingIfNeeded: state.lvt[place]) == vector && state.lvt[place] & LVT.remoteIRR != 0 {
            state.lvt[place] &= ~LVT.remoteIRR
            drive(place, was: false)
        }
        onEndOfInterrupt?(vector)
    }

    // MARK: Sources

    package func setLine(_ number: Int, _ level: Bool) {
        guard state.inputs.indices.contains(number), state.inputs[number] != level else { return }
        let place = LVT.lint0 + number
        let was = isAsserted(place)
        state.inputs[number] = level
        if isEnabled {
            drive(place, was: was)
        } else if number == Input.lint1 && level {
            pins?.pulseNMI()
        }
        update()
    }

    private func isAsserted(_ place: Int) -> Bool { state.inputs[place - LVT.lint0] != (state.lvt[place] & LVT.activeLow != 0) }

    /// A local pin's message, where its level or edge calls for one.
    private func drive(_ place: Int, was: Bool) {
        let entry = state.lvt[place]
        guard entry & LVT.masked == 0, isAsserted(place), let mode = LVT.mode(entry) else { return }
        let vector = UInt8(truncatingIfNeeded: entry)
        if mode == .fixed && entry & LVT.level != 0 {
            guard entry & LVT.remoteIRR == 0 else { return }
            state.lvt[place] |= LVT.remoteIRR
            request(vector, isLevel: true)
        } else if !was {
            // ExtINT is looked at as a level, where INTR is made.
            if mode != .external { take(mode, vector, isLevel: false) }
        }
    }

    /// A local vector that is not a pin.
    private func signal(_ place: Int) {
        let entry = state.lvt[place]
        guard entry & LVT.masked == 0 else { return }
        take(place == LVT.timer || place == LVT.error ? .fixed : LVT.mode(entry) ?? .fixed, UInt8(truncatingIfNeeded: entry), isLevel: false)
    }

    private func take(_ mode: APICMessage.Mode, _ vector: UInt8, isLevel: Bool) {
        switch mode {
        case .fixed, .lowestPriority: request(vector, isLevel: isLevel)
        case .smi: pins?.pulseSMI()
        case .nmi: pins?.pulseNMI()
        case .initialize: pins?.requestReset()
        // Only a processor that waits for it takes it; the bootstrap processor never waits.
        case .startUp: break
        case .external: state.external = true
        }
    }

    private func request(_ vector: UInt8, isLevel: Bool) {
        guard vector >= 16 else { return found(ErrorStatus.receivedIllegalVector) }
        state.irr[vector] = true
        state.tmr[vector] = isLevel
    }

    private func found(_ error: UInt32) {
        guard state.errors & error == 0 else { return }
        state.errors |= error
        // Its own vector may be what is illegal.
        if UInt8(truncatingIfNeeded: state.lvt[LVT.error]) >= 16 { signal(LVT.error) }
    }

    package func send(_ message: APICMessage) -> Bool {
        guard isEnabled, names(message.destination, isLogical: message.isLogical) else { return false }
        let needsEnable = message.mode == .fixed || message.mode == .lowestPriority || message.mode == .external
        if needsEnable && state.svr & SVR.enabled == 0 { return false }
        take(message.mode, message.vector, isLevel: message.isLevel)
        update()
        return true
    }

    /// Whether a destination field means this APIC (SDM Vol. 3A §10.6.2).
    private func names(_ destination: UInt8, isLogical: Bool) -> Bool {
        guard isLogical else { return destination == state.id || destination == 0xFF }
        if destination == 0xFF { return true }
        if state.model == 15 { return destination & state.ldr != 0 }
        return destination >> 4 == state.ldr >> 4 && destination & state.ldr & 0xF != 0
    }

    /// ICR: what the processor tells itself; there is nobody else.
    private func interruptCommand() {
        let low = state.icrLow
        guard let mode = APICMessage.Mode(rawValue: UInt8(low >> 8 & 7)), mode != .external else { return }
        let toSelf =
            switch ICR.shorthand(low) {
            case 0: names(UInt8(state.icrHigh >> 24), isLogical: low & ICR.logical != 0)
            case 1, 2: true
            default: false
            }
        // INIT level de-assert only sets arbitration IDs.
        if mode == .initialize && low & ICR.level != 0 && low & ICR.assert == 0 { return }
        let vector = UInt8(truncatingIfNeeded: low)
        let isVectored = mode == .fixed || mode == .lowestPriority
        if isVectored && vector < 16 { return found(ErrorStatus.sentIllegalVector) }
        guard toSelf, !isVectored || state.svr & SVR.enabled != 0 else { return }
        take(mode, vector, isLevel: false)
    }

    // MARK: Timer

    /// Ticks of the bus clock to one of the counter: DCR bits 3, 1, 0.
    private var divisor: UInt64 {
        let code = state.divide & 3 | state.divide >> 1 & 4
        return code == 7 ? 1 : 2 << UInt64(code)
    }
    private var countTime: UInt64 { divisor &* Self.tick }
    private var period: UInt64 { UInt64(state.initialCount) &* countTime }
    private var isPeriodic: Bool { state.lvt[LVT.timer] & LVT.periodic != 0 }

    private var currentCount: UInt32 {
        settle(clock.now)
        let now = clock.now
        guard state.zero > now else { return 0 }
        return UInt32(truncatingIfNeeded: min((state.zero - now &+ countTime &- 1) / countTime, UInt64(UInt32.max)))
    }

    /// Moves the next zero past `now`, or stops the timer that was to run once.
    private func settle(_ now: UInt64) {
        guard state.zero != 0, state.zero <= now else { return }
        guard isPeriodic, period > 0 else { return state.zero = 0 }
        state.zero &+= ((now - state.zero) / period &+ 1) &* period
    }

    /// Events only while they lead to an interrupt: a masked timer is looked at, not woken up for.
    private func program() {
        guard isEnabled, state.zero != 0, state.lvt[LVT.timer] & LVT.masked == 0 else {
            state.owed = 0
            clock.cancel(Event.owed)
            return clock.cancel(Event.zero)
        }
        clock.schedule(Event.zero, at: state.zero)
    }

    package func clockEvent(_ kind: UInt8, _ payload: UInt32, at time: UInt64) {
        let now = clock.now
        if kind == Event.owed {
            guard state.owed > 0, state.zero > now else { return }
            state.owed &-= 1
            signal(LVT.timer)
            return update()
        }
        if state.zero != 0 && state.zero <= now {
            if isPeriodic && period > Self.shortestWait { state.owed = min(state.owed &+ (now - state.zero) / period, Self.mostOwed) }
            signal(LVT.timer)
        }
        settle(now)
        program()
        guard let next = clock.deadline(of: Event.zero) else { return update() }
        clock.schedule(Event.zero, at: max(next, now &+ Self.shortestWait))
        // Not too near to either neighbour: the guest must have time to take each.
        let gap = next &- min(next, now)
        if state.owed > 0 && gap > period / 4 { clock.schedule(Event.owed, at: now &+ gap / 2) }
        update()
    }

    private func start(_ count: UInt32) {
        state.initialCount = count
        state.owed = 0
        clock.cancel(Event.owed)
        state.zero = count == 0 ? 0 : clock.now &+ period
        program()
    }

    // MARK: Registers

    /// Registers are 32 bits wide, every 16 bytes.
    package func readMemory(_ offset: UInt32, _ width: Width) -> UInt32 {
        guard offset & 0xF < 4 else { return 0 }
        return register(Int(offset >> 4)) >> (offset & 3 &* 8) & width.mask
    }

    private func register(_ number: Int) -> UInt32 {
        switch number {
        case Register.id: return UInt32(state.id) << 24
        case Register.version: return Self.version
        case Register.tpr: return UInt32(state.tpr)
        case Register.ppr: return UInt32(processorPriority)
        case Register.apr, Register.eoi, Register.rrd: return 0
        case Register.ldr: return UInt32(state.ldr) << 24
        case Register.dfr: return UInt32(state.model) << 28 | 0x0FFF_FFFF
        case Register.svr: return state.svr
        case Register.isr..<Register.isr + 8: return state.isr.word(number - Register.isr)
        case Register.tmr..<Register.tmr + 8: return state.tmr.word(number - Register.tmr)
        case Register.irr..<Register.irr + 8: return state.irr.word(number - Register.irr)
        case Register.esr: return state.esr
        case Register.icrLow: return state.icrLow
        case Register.icrHigh: return state.icrHigh
        case Register.timer...Register.error: return state.lvt[number - Register.timer]
        case Register.initialCount: return state.initialCount
        case Register.currentCount: return currentCount
        case Register.divide: return state.divide
        default:
            found(ErrorStatus.illegalRegister)
            update()
            return 0
        }
    }

    /// What is narrower than a register changes nothing.
    package func writeMemory(_ offset: UInt32, _ width: Width, _ value: UInt32) {
        guard width == .dword, offset & 0xF == 0 else { return }
        write(Int(offset >> 4), value)
        update()
    }

    private func write(_ number: Int, _ value: UInt32) {
        switch number {
        case Register.id: state.id = UInt8(value >> 24)
        case Register.tpr: state.tpr = UInt8(truncatingIfNeeded: value)
        case Register.eoi: endOfInterrupt()
        case Register.ldr: state.ldr = UInt8(value >> 24)
        case Register.dfr: state.model = UInt8(value >> 28)
        case Register.svr: writeSpurious(value)
        case Register.esr:
            state.esr = state.errors
            state.errors = 0
        case Register.icrLow:
            state.icrLow = value & ICR.kept
            interruptCommand()
        case Register.icrHigh: state.icrHigh = value & 0xFF00_0000
        case Register.timer...Register.error: writeLocalVector(number - Register.timer, value)
        case Register.initialCount: start(value)
        case Register.divide: writeDivide(value)
        case Register.version, Register.apr, Register.ppr, Register.rrd, Register.isr..<Register.esr, Register.currentCount: break
        default: found(ErrorStatus.illegalRegister)
        }
    }

    private func writeSpurious(_ value: UInt32) {
        let wasEnabled = state.svr & SVR.enabled != 0
        state.svr = value & SVR.kept
        if state.svr & SVR.enabled == 0 {
            for place in state.lvt.indices { state.lvt[place] |= LVT.masked }
            state.external = false
            program()
        } else if !wasEnabled {
            onEnabled?()
        }
    }

    private func writeLocalVector(_ place: Int, _ value: UInt32) {
        if place == LVT.timer { settle(clock.now) }
        let mask = state.svr & SVR.enabled == 0 ? LVT.masked : 0
        let old = state.lvt[place]
        state.lvt[place] = value & LVT.kept[place] | mask | old & LVT.remoteIRR
        switch place {
        case LVT.timer: program()
        case LVT.lint0, LVT.lint1:
            if value & LVT.level == 0 { state.lvt[place] &= ~LVT.remoteIRR }
            // A level that stands asks once it may; an edge has passed.
            drive(place, was: true)
        default: break
        }
    }

    /// The count goes on, at another rate.
    private func writeDivide(_ value: UInt32) {
        let count = currentCount
        state.divide = value & 0xB
        if state.zero != 0 {
            state.zero = clock.now &+ UInt64(count) &* countTime
            program()
        }
    }
}
