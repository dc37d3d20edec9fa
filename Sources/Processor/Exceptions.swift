import X86

/// Interrupts and exceptions (SDM Vol. 3A chapter 6; Vol. 2A INT n).
extension Execution {
    /// Why a vector is taken: decides privilege checks, the EXT bit and error codes.
    enum Cause { case software, hardware, exception }

    /// Delivers a fault at the instruction that EIP names; faults on the way become #DF and then shutdown (table 6-5).
    @inline(never)
    func deliver(_ fault: Fault) {
        var fault = fault
        var depth = 0
        while true {
            do {
                let code: UInt32? = fault.hasErrorCode && isProtected ? fault.errorCode : nil
                s.systemFlags |= EFLAGS.rf
                try interrupt(fault.vector, .exception, code)
                return
            } catch {
                if fault.vector == 8 || depth > 2 {
                    s.pending.insert(.shutdown)
                    return
                }
                let contributory = Self.isContributory(fault.vector) && Self.isContributory(error.vector)
                let inPageFault = fault.vector == 14 && (error.vector == 14 || Self.isContributory(error.vector))
                fault = contributory || inPageFault ? Fault(vector: 8, errorCode: 0) : error
                depth += 1
            }
        }
    }

    private static func isContributory(_ vector: UInt8) -> Bool { vector == 0 || (10...13).contains(vector) }

    /// Delivers an external interrupt, NMI or trap between instructions.
    func deliver(vector: UInt8) {
        do { try interrupt(vector, vector == 1 ? .exception : .hardware, nil) } catch { deliver(error) }
    }

    /// Runs `body`; should it fault, every register is as before, unless a task switch came to pass: such a fault is the new task's.
    func attempt(_ body: () throws(Fault) -> Void) throws(Fault) {
        let segments = s.segments, eip = s.eip, esp = esp, cpl = s.cpl, switches = s.taskSwitches
        let system = s.systemFlags, result = s.flagResult, sign = s.flagSign, carries = s.flagCarries, mask = s.stackMask
        do { try body() } catch {
            guard s.taskSwitches == switches else { throw error }
            s.segments = segments
            s.eip = eip
            self.esp = esp
            s.stackMask = mask
            s.flagResult = result
            s.flagSign = sign
            s.flagCarries = carries
            s.systemFlags = system
            setCPL(cpl)
            setEFLAGS(eflags)
            throw error
        }
    }

    /// Enters the handler of `vector`; EIP must name the return address.
    func interrupt(_ vector: UInt8, _ cause: Cause, _ errorCode: UInt32?) throws(Fault) {
        try attempt { () throws(Fault) in
            if isProtected { try interruptProtected(vector, cause, errorCode) } else { try interruptReal(vector) }
        }
    }

    private func interruptReal(_ vector: UInt8) throws(Fault) {
        let entry = UInt32(vector) * 4
        guard entry + 3 <= UInt32(s.idtr.limit) else { throw .protection(UInt32(vector) * 8 + 2) }
        let target = try system32(s.idtr.base &+ entry)
        try push(eflags & 0xFFFF, 2)
        try push(UInt32(cs.selector), 2)
        try push(s.eip & 0xFFFF, 2)
        clearFlags(EFLAGS.if | EFLAGS.tf | EFLAGS.ac | EFLAGS.rf)
        loadRealSegment(1, UInt16(truncatingIfNeeded: target >> 16))
        s.eip = target & 0xFFFF
    }

    func clearFlags(_ flags: UInt32) {
        s.systemFlags &= ~flags
        s.pending.remove(.trace)
        updateInterrupt()
    }

    private func interruptProtected(_ vector: UInt8, _ cause: Cause, _ errorCode: UInt32?) throws(Fault) {
        let external: UInt32 = cause == .software ? 0 : 1
        let entry = UInt32(vector) * 8
        guard entry + 7 <= UInt32(s.idtr.limit) else { throw .protection(entry + 2 + external) }
        let low = try system32(s.idtr.base &+ entry), high = try system32(s.idtr.base &+ entry &+ 4)
        let type = high >> 8 & 0x1F
        guard type == 5 || type & 0x16 == 6 else { throw .protection(entry + 2 + external) }
        if cause == .software && UInt8(high >> 13 & 3) < s.cpl { throw .protection(entry + 2) }
        guard high & 0x8000 != 0 else { throw .notPresent(entry + 2 + external) }
        let selector = UInt16(truncatingIfNeeded: low >> 16)
        if type == 5 {
            try switchTask(to: selector, .call, external: external)
            if let errorCode { try push(errorCode, s.tr.attributes & 8 != 0 ? 4 : 2) }
            return
        }
        let width: UInt8 = type & 8 != 0 ? 4 : 2
        let offset = width == 4 ? high & 0xFFFF_0000 | low & 0xFFFF : low & 0xFFFF
        guard selector & 0xFFFC != 0 else { throw .protection(external) }
        let code = UInt32(selector & 0xFFFC)
        guard var target = try descriptor(selector) else { throw .protection(code + external) }
        guard target.isCode, target.dpl <= s.cpl else { throw .protection(code + external) }
        guard target.isPresent else { throw .notPresent(code + external) }
        let isConforming = target.attributes & 4 != 0
        let oldFlags = eflags
        let wasV86 = isV86
        let isInner = !isConforming && target.dpl < s.cpl
        // Virtual-8086 mode goes to ring 0 and nowhere else (SDM Vol. 3B §20.3.1).
        guard isInner ? !wasV86 || target.dpl == 0 : !wasV86 && (isConforming || target.dpl == s.cpl) else { throw .protection(code + external) }
        var stackCode = external

        if isInner {
            let (newStack, newESP) = try innerStack(target.dpl, external)
            guard offset <= target.limit else { throw .protection(external) }
            stackCode += UInt32(newStack.selector & 0xFFFC)
            let oldSS = ss.selector, oldESP = esp
            setCPL(target.dpl)
            s.systemFlags &= ~EFLAGS.vm
            enterStack(newStack, newESP)
            try onStack(stackCode) { () throws(Fault) in
                if wasV86 { for number: UInt8 in [5, 4, 3, 0] { try push(UInt32(unsafe segment(number).pointee.selector), width) } }
                try push(UInt32(oldSS), width)
                try push(oldESP, width)
            }
        } else {
            guard offset <= target.limit else { throw .protection(external) }
        }
        try onStack(stackCode) { () throws(Fault) in
            try push(oldFlags, width)
            try push(UInt32(cs.selector), width)
            try push(s.eip, width)
            if let errorCode { try push(errorCode, width) }
        }
        try markAccessed(selector, &target)
        target.selector = selector & 0xFFFC | UInt16(s.cpl)
        unsafe segment(1).pointee = target
        s.eip = offset
        if wasV86 { for number: UInt8 in [0, 3, 4, 5] { loadNull(number, 0) } }
        s.systemFlags &= ~(EFLAGS.nt | EFLAGS.vm)
        clearFlags(EFLAGS.tf | EFLAGS.rf | (type & 1 == 0 ? EFLAGS.if : 0))
    }

    /// Pushes onto the stack of a handler or gate: a lack of room there is told by `code`, not as the #SS(0) of ordinary accesses.
    func onStack(_ code: UInt32, _ body: () throws(Fault) -> Void) throws(Fault) {
        do { try body() } catch { throw error == .stack(0) ? .stack(code) : error }
    }

    func enterStack(_ stack: SegmentCache, _ newESP: UInt32) {
        unsafe segment(2).pointee = stack
        s.stackMask = stack.isBig ? 0xFFFF_FFFF : 0xFFFF
        setESP(newESP)
    }

    /// SS:ESP for privilege level `level` from the TSS (SDM Vol. 3A §7.2.1).
    func innerStack(_ level: UInt8, _ external: UInt32) throws(Fault) -> (SegmentCache, UInt32) {
        let task = UInt32(s.tr.selector & 0xFFFC)
        let newESP: UInt32, selector: UInt16
        if s.tr.attributes & 8 != 0 {
            let at = UInt32(level) * 8 + 4
            guard at + 5 <= s.tr.limit else { throw .invalidTSS(task + external) }
            newESP = try system32(s.tr.base &+ at)
            selector = try system16(s.tr.base &+ at &+ 4)
        } else {
            let at = UInt32(level) * 4 + 2
            guard at + 3 <= s.tr.limit else { throw .invalidTSS(task + external) }
            newESP = UInt32(try system16(s.tr.base &+ at))
            selector = try system16(s.tr.base &+ at &+ 2)
        }
        let code = UInt32(selector & 0xFFFC) + external
        guard selector & 0xFFFC != 0, var stack = try descriptor(selector) else { throw .invalidTSS(code) }
        guard selector & 3 == UInt16(level), stack.dpl == level, stack.attributes & 0x1A == 0x12 else { throw .invalidTSS(code) }
        guard stack.isPresent else { throw .stack(code) }
        try markAccessed(selector, &stack)
        stack.selector = selector
        return (stack, newESP)
    }

    /// INT n, INT3, INTO and INT1: EIP of the block becomes the return address first.
    func softwareInterrupt(_ vector: UInt8, _ i: UnsafePointer<Instruction>) throws(Fault) {
        let start = s.eip, next = unsafe start &+ UInt32(i.pointee.offset) &+ UInt32(i.pointee.length)
        let operation = unsafe i.pointee.operation
        if isV86 && operation == .INT {
            if s.cr4 & CR4.vme != 0, try !trapsFromV86(vector) { return try redirectToV86(vector, returningTo: next) }
            if iopl < 3 { throw .protection(0) }
        }
        let switches = s.taskSwitches
        s.eip = next
        do { try interrupt(vector, operation == .INT1 ? .exception : .software, nil) } catch {
            if s.taskSwitches == switches { s.eip = start }
            throw error
        }
    }
}
