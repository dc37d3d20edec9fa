import X86

/// Segment loading and far transfers (SDM Vol. 3A chapters 3 and 5).
extension Execution {
    func setCPL(_ level: UInt8) {
        s.cpl = level
        chooseMaps()
    }

    /// The descriptor that a selector names; nil where the table has none. System segments come back with S clear.
    func descriptor(_ selector: UInt16) throws(Fault) -> SegmentCache? {
        guard let at = descriptorAddress(selector) else { return nil }
        let low = try system32(at), high = try system32(at &+ 4)
        var cache = SegmentCache()
        cache.selector = selector
        cache.attributes = UInt16(truncatingIfNeeded: high >> 8 & 0xF0FF)
        cache.base = low >> 16 | (high & 0xFF) << 16 | high & 0xFF00_0000
        let limit = low & 0xFFFF | high & 0xF0000
        cache.limit = high & 0x0080_0000 != 0 ? limit << 12 | 0xFFF : limit
        cache.settle()
        cache.raw = UInt64(high) << 32 | UInt64(low)
        return cache
    }

    func descriptorAddress(_ selector: UInt16) -> UInt32? {
        let offset = UInt32(selector & 0xFFF8)
        if selector & 4 != 0 {
            guard s.ldtr.isPresent, s.ldtr.selector & 0xFFFC != 0, offset + 7 <= s.ldtr.limit else { return nil }
            return s.ldtr.base &+ offset
        }
        guard offset + 7 <= UInt32(s.gdtr.limit) else { return nil }
        return s.gdtr.base &+ offset
    }

    /// Sets the accessed bit of a code or data descriptor.
    func markAccessed(_ selector: UInt16, _ cache: inout SegmentCache) throws(Fault) {
        guard cache.attributes & 1 == 0, let at = descriptorAddress(selector) else { return }
        cache.attributes |= 1
        cache.raw |= 1 << 40
        try writeLinear(at &+ 5, UInt64(cache.attributes & 0xFF), 1, user: false)
    }

    /// Real and V86 mode: base is selector × 16. Real mode keeps limit and attributes ("big real mode"); V86 sets them.
    func loadRealSegment(_ number: UInt8, _ selector: UInt16) {
        let cache = unsafe segment(number)
        unsafe cache.pointee.selector = selector
        unsafe cache.pointee.base = UInt32(selector) << 4
        if isV86 {
            unsafe cache.pointee.limit = 0xFFFF
            unsafe cache.pointee.attributes = 0x00F3
        } else if number == 1 {
            // A far transfer in real mode makes CS a plain writable 64 KiB code segment again.
            unsafe cache.pointee.attributes = cache.pointee.attributes & 0x4000 | 0x93
        }
        unsafe cache.pointee.settle()
        if number == 2 { s.stackMask = unsafe cache.pointee.isBig ? 0xFFFF_FFFF : 0xFFFF }
    }

    func loadNull(_ number: UInt8, _ selector: UInt16) {
        let cache = unsafe segment(number)
        unsafe cache.pointee.selector = selector
        unsafe cache.pointee.attributes = 0
        unsafe cache.pointee.settle()
    }

    /// MOV and POP to a segment register, LDS and its like.
    func loadSegment(_ number: UInt8, _ selector: UInt16) throws(Fault) {
        guard isProtected && !isV86 else { return loadRealSegment(number, selector) }
        let code = UInt32(selector & 0xFFFC)
        if number == 2 {
            guard code != 0, var cache = try descriptor(selector) else { throw .protection(code) }
            guard selector & 3 == UInt16(s.cpl), cache.dpl == s.cpl, cache.attributes & 0x1A == 0x12 else { throw .protection(code) }
            guard cache.isPresent else { throw .stack(code) }
            try markAccessed(selector, &cache)
            unsafe segment(2).pointee = cache
            s.stackMask = cache.isBig ? 0xFFFF_FFFF : 0xFFFF
            return
        }
        guard code != 0 else { return loadNull(number, selector) }
        guard var cache = try descriptor(selector) else { throw .protection(code) }
        guard cache.attributes & 0x10 != 0, !cache.isCode || cache.attributes & 2 != 0 else { throw .protection(code) }
        if !(cache.isCode && cache.attributes & 4 != 0) {
            guard cache.dpl >= s.cpl, cache.dpl >= UInt8(selector & 3) else { throw .protection(code) }
        }
        guard cache.isPresent else { throw .notPresent(code) }
        try markAccessed(selector, &cache)
        unsafe segment(number).pointee = cache
    }

    /// Far JMP and far CALL. EIP of the return address is `next`.
    func farTransfer(_ selector: UInt16, _ offset: UInt32, _ width: UInt8, call: Bool, next: UInt32) throws(Fault) {
        let offset = width == 2 ? offset & 0xFFFF : offset
        try attempt { () throws(Fault) in
            guard isProtected && !isV86 else {
                guard offset <= cs.limit else { throw .protection(0) }
                if call {
                    try push(UInt32(cs.selector), width)
                    try push(next, width)
                }
                loadRealSegment(1, selector)
                s.eip = offset
                return
            }
            let code = UInt32(selector & 0xFFFC)
            guard code != 0, let target = try descriptor(selector) else { throw .protection(code) }
            if target.attributes & 0x10 == 0 { return try systemTransfer(selector, target, call: call, next: next) }
            guard target.isCode else { throw .protection(code) }
            if target.attributes & 4 != 0 {
                guard target.dpl <= s.cpl else { throw .protection(code) }
            } else {
                guard target.dpl == s.cpl, selector & 3 <= UInt16(s.cpl) else { throw .protection(code) }
            }
            guard target.isPresent else { throw .notPresent(code) }
            guard offset <= target.limit else { throw .protection(0) }
            if call {
                try push(UInt32(cs.selector), width)
                try push(next, width)
            }
            try enterCode(selector, target, offset)
        }
    }

    private func enterCode(_ selector: UInt16, _ target: SegmentCache, _ offset: UInt32) throws(Fault) {
        var target = target
        try markAccessed(selector, &target)
        target.selector = selector & 0xFFFC | UInt16(s.cpl)
        unsafe segment(1).pointee = target
        s.eip = offset
    }

    /// Call gates, task gates and task state segments.
    private func systemTransfer(_ selector: UInt16, _ gate: SegmentCache, call: Bool, next: UInt32) throws(Fault) {
        let code = UInt32(selector & 0xFFFC)
        guard gate.dpl >= s.cpl, gate.dpl >= UInt8(selector & 3) else { throw .protection(code) }
        let type = gate.attributes & 0xF
        guard let at = descriptorAddress(selector) else { throw .protection(code) }
        let low = try system32(at), high = try system32(at &+ 4)
        switch type {
        case 1, 9:
            guard gate.isPresent else { throw .notPresent(code) }
            s.eip = next
            return try switchTask(to: selector, call ? .call : .jump, external: 0)
        case 5:
            guard gate.isPresent else { throw .notPresent(code) }
            s.eip = next
            return try switchTask(to: UInt16(truncatingIfNeeded: low >> 16), call ? .call : .jump, external: 0)
        case 4, 12: break
        default: throw .protection(code)
        }
        guard gate.isPresent else { throw .notPresent(code) }
        let width: UInt8 = type == 12 ? 4 : 2
        let targetSelector = UInt16(truncatingIfNeeded: low >> 16)
        let targetCode = UInt32(targetSelector & 0xFFFC)
        let offset = width == 4 ? high & 0xFFFF_0000 | low & 0xFFFF : low & 0xFFFF
        guard targetCode != 0, let target = try descriptor(targetSelector), target.isCode, target.dpl <= s.cpl else { throw .protection(targetCode) }
        guard target.isPresent else { throw .notPresent(targetCode) }
        let isConforming = target.attributes & 4 != 0
        if call && !isConforming && target.dpl < s.cpl {
            let (stack, newESP) = try innerStack(target.dpl, 0)
            guard offset <= target.limit else { throw .protection(0) }
            let count = high & 0x1F
            var parameters: [UInt32] = []
            for index in 0..<count { parameters.append(try peek(index * UInt32(width), width)) }
            let oldSS = ss.selector, oldESP = esp, oldCS = cs.selector
            setCPL(target.dpl)
            enterStack(stack, newESP)
            try onStack(UInt32(stack.selector & 0xFFFC)) { () throws(Fault) in
                try push(UInt32(oldSS), width)
                try push(oldESP, width)
                for parameter in parameters.reversed() { try push(parameter, width) }
                try push(UInt32(oldCS), width)
                try push(next, width)
            }
        } else {
            guard isConforming || target.dpl == s.cpl else { throw .protection(targetCode) }
            guard offset <= target.limit else { throw .protection(0) }
            if call {
                try push(UInt32(cs.selector), width)
                try push(next, width)
            }
        }
        try enterCode(targetSelector, target, offset)
    }
}
