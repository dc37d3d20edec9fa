package import Bus
package import HostMemory
import Synchronization
import X86

/// How other threads, and devices through the board, make the processor look up between two blocks.
package final class Attention: Sendable {
    private let word = Atomic<UInt32>(0)
    package init() {}
    /// The next block is not entered: `Processor.run` returns `.attention`.
    package func request() { word.store(1, ordering: .releasing) }
    @inline(__always) var isRequested: Bool { word.load(ordering: .relaxed) != 0 }
    func take() -> Bool { word.exchange(0, ordering: .acquiring) != 0 }
}

package enum StopReason: Equatable, Sendable {
    /// The budget is used up.
    case budget
    /// HLT with nothing to wake it: wait for an interrupt.
    case halted
    case attention
    /// A fault while delivering a double fault (SDM Vol. 3A §6.15, #DF).
    case shutdown
    /// INIT or RESET was pulsed.
    case resetRequested
}

/// What runs guest code. Both do the same; the interpreter says what that is.
package enum Engine: Sendable { case interpreter, recompiler }

/// One IA-32 processor. Not Sendable: it lives on its machine's thread.
@safe
package final class Processor: ProcessorPins {
    package let memory: MemoryMap
    package let ports: PortSpace
    package let interrupts: any InterruptController
    package let time: any TimeSource
    package let model: ProcessorModel
    package let attention = Attention()
    /// FERR# to the board: an unmasked x87 exception while CR0.NE is clear.
    package var onFloatingPointError: ((Bool) -> Void)?
    /// SMIACT# to the board: what memory the processor means.
    package var onSystemManagement: ((Bool) -> Void)?
    private var executedBefore: UInt64 = 0
    private var budgetAtStart = 0
    /// Instructions since power-on; the block that runs counts as a whole, an iteration of a repeated string instruction as one.
    package var instructionsExecuted: UInt64 { executedBefore &+ UInt64(max(0, budgetAtStart &- e.s.budget)) }

    let blocks: BlockCache
    let tlb: TranslationMaps
    let recompiler: Recompiler
    let x87Image: X87Image
    package let engine: Engine
    /// How often a block is interpreted before it is translated.
    package var translationThreshold = 24
    /// Every stop, and every flag at it, is where and what the interpreter's would be: for runs that are to be the same. Costs speed.
    package var isExact = false {
        didSet { if oldValue != isExact { recompiler.flush() } }
    }
    private let stateMemory: Region
    let execution: UnsafeMutablePointer<CPUState>
    /// Shows the hypervisor's CPUID leaves (VMware's), by which Linux finds the backdoor's absolute pointer.
    package var hypervisorLeaf = false
    /// What RDRAND gives: the host's, unless every run must be the same.
    package var random: () -> UInt32 = { UInt32.random(in: .min ... .max) }
    /// Built when the first x87, MMX or SSE instruction runs.
    var mathUnit: AnyObject?

    package init(
        memory: MemoryMap, ports: PortSpace, interrupts: any InterruptController, time: any TimeSource, model: ProcessorModel,
        engine: Engine = .recompiler, codeCacheBytes: Int = 64 << 20
    ) throws(HostMemoryError) {
        self.engine = HostProcessor.hasLAHF ? engine : .interpreter
        self.memory = memory
        self.ports = ports
        self.interrupts = interrupts
        self.time = time
        self.model = model
        blocks = try BlockCache(model.generation)
        tlb = try TranslationMaps()
        x87Image = try X87Image()
        recompiler = try Recompiler(blocks: blocks, maps: tlb, bytes: codeCacheBytes, readsCounter: time.hasCounter)
        stateMemory = try Region("processor state", size: MemoryLayout<CPUState>.size)
        unsafe execution = stateMemory.base.bindMemory(to: CPUState.self, capacity: 1)
        unsafe execution.initialize(
            to: CPUState(
                readMap: tlb.map(user: false, .read), writeMap: tlb.map(user: false, .write), fetchMap: tlb.map(user: false, .fetch),
                current: blocks.scratchStart))
        memory.onChange = { [unowned self] in flushTranslations() }
        memory.onForeignWrite = { [unowned self] page, count in blocks.foreignWrite(page, count) }
        blocks.onInvalidation = { [unowned self] page, bytes in recompiler.invalidate(page, bytes) }
        blocks.onRecount = { [unowned self] page in recompiler.dependencies(of: page) }
        blocks.onFlush = { [unowned self] in recompiler.flush() }
        reset()
    }

    var e: Execution { unsafe Execution(execution, Unmanaged.passUnretained(self)) }

    // MARK: Pins

    package func setINTR(_ level: Bool) {
        e.s.intr = level
        e.updateInterrupt()
    }
    /// IGNNE#: unmasked x87 errors are not to be waited for while CR0.NE is clear.
    package func setIGNNE(_ level: Bool) { e.s.ignoresMathErrors = level }
    package func pulseNMI() { e.s.pending.insert(.nmi) }
    package func requestReset() { e.s.pending.insert(.reset) }
    /// The run loop wants control at the end of the block that runs: a deadline moved.
    package func leaveSoon() { e.s.pending.insert(.leave) }

    /// RESET (SDM Vol. 3A table 9-1).
    package func reset() {
        let e = e
        let intr = e.s.intr, ignoresMathErrors = e.s.ignoresMathErrors, executed = instructionsExecuted
        unsafe e.s = CPUState(
            readMap: tlb.map(user: false, .read), writeMap: tlb.map(user: false, .write), fetchMap: tlb.map(user: false, .fetch),
            current: blocks.scratchStart)
        e.s.intr = intr
        e.s.ignoresMathErrors = ignoresMathErrors
        unsafe e.s.translation.owner = UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque())
        e.s.translation.x87Image = x87Image.address
        recompiler.describe(to: &e.s.translation)
        countsFrom(executed)
        e.setReg(2, model.signature)
        for number in UInt8(0)..<6 { unsafe e.segment(number).pointee.settle() }
        unsafe e.segment(1).pointee.selector = 0xF000
        unsafe e.segment(1).pointee.base = 0xFFFF_0000
        unsafe e.segment(1).pointee.attributes = 0x009B
        unsafe e.segment(1).pointee.settle()
        e.s.dr[6] = 0xFFFF_0FF0
        e.s.dr[7] = 0x400
        e.s.ldtr.attributes = 0x82
        e.s.tr.attributes = 0x8B
        onSystemManagement?(false)
        flushTranslations()
    }

    package var isHalted: Bool { e.s.halted }

    /// The count goes on from there.
    func countsFrom(_ executed: UInt64) {
        executedBefore = executed
        budgetAtStart = e.s.budget
    }

    // MARK: Running

    /// Executes at least `budget` instructions and stops at the first end of a block. Returns earlier for every other reason.
    ///
    /// Where it stops changes nothing that follows, with one exception: a repeated string instruction left between two iterations counts again
    /// when it goes on. That happens after `repeatBudget` instructions, so that a caller for whom every run must be the same can look up oftener.
    package func run(budget: Int, repeatBudget: Int? = nil) -> StopReason {
        let e = e
        executedBefore = instructionsExecuted
        budgetAtStart = budget
        e.s.budget = budget
        e.s.repeatLimit = repeatBudget.map { min(budget &- $0, 0) } ?? 0
        guard engine == .recompiler else { return runInterpreted(e) }
        if let counter = time.counter { e.s.counter = counter }
        defer { takeX87Back() }
        return runTranslated(e)
    }

    private func runInterpreted(_ e: Execution) -> StopReason {
        var previous = unsafe blocks.none
        while true {
            if !e.s.pending.isEmpty || e.s.budget <= 0 || e.s.halted || attention.isRequested {
                if let reason = service() { return reason }
                unsafe previous = blocks.none
                continue
            }
            do {
                unsafe previous = try blocks.find(e, after: previous)
                unsafe e.s.budget &-= Int(previous.pointee.count)
                try unsafe e.execute(previous.pointee.instructions)
            } catch {
                deliver(error)
                unsafe previous = blocks.none
            }
        }
    }

    /// Interprets what is cold, enters the translation of what is not.
    private func runTranslated(_ e: Execution) -> StopReason {
        var previous = unsafe blocks.none
        var exit = TranslationState.noExit
        while true {
            if !e.s.pending.isEmpty || e.s.budget <= 0 || e.s.halted || attention.isRequested {
                if let reason = service() { return reason }
                unsafe previous = blocks.none
                exit = TranslationState.noExit
                continue
            }
            do throws(Fault) {
                let block = try unsafe blocks.find(e, after: previous)
                let evictions = recompiler.evictions
                if unsafe isTranslated(block, e) {
                    if evictions != recompiler.evictions { exit = TranslationState.noExit }
                    if exit != TranslationState.noExit { unsafe recompiler.link(exit, to: block) }
                    e.s.translation.exit = TranslationState.noExit
                    e.packFlags()
                    let departure = unsafe recompiler.enter(e, block)
                    e.unpackFlags()
                    exit = e.s.translation.exit
                    recompiler.statistics.exits.count(departure, isNamed: exit != TranslationState.noExit)
                    unsafe previous = blocks.none
                    switch departure {
                    case .next, .dispatch, .resume: continue
                    case .interpret:
                        exit = TranslationState.noExit
                        try interpretRest(e)
                        continue
                    case .fault:
                        exit = TranslationState.noExit
                        throw recompiler.fault ?? .invalidOpcode
                    case .budget:
                        if e.s.budget <= 0 { continue }
                        if !isExact && e.s.budget < budgetAtStart { return .budget }
                    case .window:
                        if e.s.budget <= 0 { continue }
                        unsafe loseWindow(block, e)
                    case .unsuitable: break
                    }
                    // The unit at CS:EIP cannot run now: its first block is interpreted.
                    exit = TranslationState.noExit
                    unsafe previous = try blocks.find(e, after: previous)
                } else {
                    unsafe previous = block
                    exit = TranslationState.noExit
                }
                try unsafe interpret(previous, e)
            } catch {
                deliver(error)
                unsafe previous = blocks.none
                exit = TranslationState.noExit
            }
        }
    }

    /// Whether `block` has a translation that fits the processor's mode; makes one when it is hot.
    @inline(__always)
    private func isTranslated(_ block: UnsafeMutablePointer<Block>, _ e: Execution) -> Bool {
        if unsafe block.pointee.code != 0 {
            let mode = e.codeMode
            e.s.translation.modeTag = mode.tag
            if unsafe block.pointee.codeMode == mode {
                unsafe recompiler.remember(block, mode, e)
                return true
            }
            unsafe recompiler.kill(Int(block.pointee.unit))
            return false
        }
        unsafe block.pointee.heat &+= 1
        guard unsafe Int(block.pointee.heat) > translationThreshold, unsafe block.pointee.host != 0 else { return false }
        let mode = e.codeMode
        e.s.translation.modeTag = mode.tag
        recompiler.profile?.willTranslate(e)
        let isExact = unsafe isExact || blocks.changesItself(block.pointee.page)
        if unsafe recompiler.translate(block, mode, exact: isExact, stack: stack(of: block, e)) { return true }
        unsafe block.pointee.heat = 1
        return false
    }

    private static let windowPatience: UInt8 = 8

    private func stack(of block: UnsafeMutablePointer<Block>, _ e: Execution) -> Translator.Stack {
        switch unsafe block.pointee.windowMisses {
        case 0..<Self.windowPatience: .window
        case Self.windowPatience..<4 * Self.windowPatience: .windowUpTo(4096 - Int32(e.esp & 0xFFF))
        default: .noWindow
        }
    }

    /// A unit whose stack often lies across two pages is made again for the page that it now uses most, and in the end without the window.
    private func loseWindow(_ entered: UnsafeMutablePointer<Block>, _ e: Execution) {
        guard let block = try? unsafe blocks.find(e, after: blocks.none), unsafe block.pointee.code != 0 else { return }
        unsafe block.pointee.windowMisses = min(block.pointee.windowMisses + 1, 4 * Self.windowPatience)
        if unsafe block.pointee.windowMisses % Self.windowPatience == 0 {
            unsafe recompiler.kill(Int(block.pointee.unit))
            unsafe block.pointee.heat = UInt16(clamping: translationThreshold)
        }
    }

    @inline(never)
    private func deliver(_ fault: Fault) {
        let e = e
        // Where a handler faults at its first fetch, nothing else would ever end `run`.
        e.s.budget &-= 1
        e.s.eip = e.instructionEIP
        unsafe e.s.current = blocks.scratchStart
        if fault == .standstill { e.s.halted = true } else { e.deliver(fault) }
    }

    /// Everything that stands between two blocks, by priority (SDM Vol. 3A table 6-2). nil: go on.
    private func service() -> StopReason? {
        let e = e
        takeX87Back()
        if e.s.pending.contains(.reset) && !e.s.smm.isActive {
            e.s.pending.remove(.reset)
            return .resetRequested
        }
        if e.s.pending.contains(.shutdown) { return .shutdown }
        if !e.s.pending.isDisjoint(with: [.shadow, .stackShadow]) && !e.s.halted {
            step()
            return nil
        }
        if e.s.pending.contains(.debug) {
            e.s.pending.remove(.debug)
            e.deliverDebug(e.s.debugHits)
            return nil
        }
        if e.s.pending.contains(.smi) && !e.s.smm.isActive {
            enterSystemManagement()
            return nil
        }
        if e.s.pending.contains(.nmi) && !e.s.nmiBlocked {
            e.s.pending.remove(.nmi)
            e.s.halted = false
            e.s.nmiBlocked = true
            e.deliver(vector: 2)
            return nil
        }
        if e.s.pending.contains(.interrupt) {
            e.s.halted = false
            e.deliver(vector: interrupts.acknowledge())
            return nil
        }
        if attention.take() { return .attention }
        if e.s.pending.contains(.leave) {
            e.s.pending.remove(.leave)
            return .attention
        }
        if e.s.halted { return .halted }
        if e.s.budget <= 0 { return .budget }
        step()
        return nil
    }

    /// One instruction with all that may surround it: the shadow of the one before, its breakpoint, RF, the traps behind it.
    private func step() {
        let e = e
        let isShadowed = e.s.pending.contains(.stackShadow)
        e.s.pending.remove([.shadow, .stackShadow, .resume])
        if e.s.pending.contains(.watch) && !isShadowed && e.s.systemFlags & EFLAGS.rf == 0 {
            let causes = e.instructionBreakpoints(at: e.cs.base &+ e.s.eip)
            if causes != 0 { return e.deliverDebug(causes) }
        }
        var isTraced = e.s.pending.contains(.trace)
        let earlier = e.s.debugHits
        do {
            let block = try unsafe blocks.findOne(e)
            e.s.budget &-= 1
            recompiler.statistics.interpreted &+= 1
            e.s.systemFlags &= ~EFLAGS.rf
            let operation = unsafe block.pointee.instructions.pointee.operation
            try unsafe e.execute(block.pointee.instructions)
            // An interrupt's handler is entered with TF clear, and the trap is lost with it.
            if operation.isInterrupt && e.s.systemFlags & EFLAGS.tf == 0 { isTraced = false }
        } catch {
            e.s.debugHits = earlier
            if earlier != 0 { e.s.pending.insert(.debug) }
            return deliver(error)
        }
        if isShadowed { e.s.pending.remove(.stackShadow) }
        if e.s.pending.contains(.shutdown) { return }
        if e.s.pending.contains(.stackShadow) {
            // Behind MOV SS no trap is taken; data breakpoints wait for the next instruction.
            return
        }
        e.s.pending.remove(.debug)
        let causes = e.s.debugHits | (isTraced ? 1 << 14 : 0)
        if causes != 0 { e.deliverDebug(causes) }
    }

    // MARK: For reports

    /// The registers as text, for crash reports.
    package var registerDump: String {
        let e = e
        func hex(_ value: UInt32, _ digits: Int = 8) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        var lines = [
            "EAX=\(hex(e.eax)) EBX=\(hex(e.ebx)) ECX=\(hex(e.ecx)) EDX=\(hex(e.edx))",
            "ESI=\(hex(e.esi)) EDI=\(hex(e.edi)) EBP=\(hex(e.ebp)) ESP=\(hex(e.esp))", "EIP=\(hex(e.s.eip)) EFLAGS=\(hex(e.eflags)) CPL=\(e.s.cpl)",
        ]
        for (number, name) in ["ES", "CS", "SS", "DS", "FS", "GS"].enumerated() {
            let cache = unsafe e.segment(UInt8(number)).pointee
            lines.append("\(name)=\(hex(UInt32(cache.selector), 4)) base=\(hex(cache.base)) limit=\(hex(cache.limit))")
        }
        lines.append("CR0=\(hex(e.s.cr0)) CR2=\(hex(e.s.cr2)) CR3=\(hex(e.s.cr3)) CR4=\(hex(e.s.cr4))")
        lines.append("GDT=\(hex(e.s.gdtr.base)):\(hex(UInt32(e.s.gdtr.limit), 4)) IDT=\(hex(e.s.idtr.base)):\(hex(UInt32(e.s.idtr.limit), 4))")
        return lines.joined(separator: "\n")
    }
}
