import X86

/// Jumps, calls, returns (SDM Vol. 1 §5.1.7). EIP changes last, so that a fault leaves it alone.
extension Execution {
    @inline(__always) func next(_ i: UnsafePointer<Instruction>) -> UInt32 {
        unsafe s.eip &+ UInt32(i.pointee.offset) &+ UInt32(i.pointee.length)
    }

    @inline(__always) func jump(to target: UInt32, _ width: UInt8) throws(Fault) {
        let target = width == 2 ? target & 0xFFFF : target
        if target > cs.limit { throw .protection(0) }
        s.eip = target
    }

    @inline(__always) func jumpRelative(_ i: UnsafePointer<Instruction>, if taken: Bool) throws(Fault) {
        if taken {
            try unsafe jump(to: next(i) &+ i.pointee.immediate, i.pointee.isOperand16 ? 2 : 4)
        } else {
            s.eip = unsafe next(i)
        }
    }

    func callRelative(_ i: UnsafePointer<Instruction>) throws(Fault) {
        let width: UInt8 = unsafe i.pointee.isOperand16 ? 2 : 4
        let back = unsafe next(i)
        var target = unsafe back &+ i.pointee.immediate
        if width == 2 { target &= 0xFFFF }
        if target > cs.limit { throw .protection(0) }
        try push(back, width)
        s.eip = target
    }

    func callIndirect(_ i: UnsafePointer<Instruction>) throws(Fault) {
        let target = try unsafe source32(i)
        if target > cs.limit { throw .protection(0) }
        try unsafe push(next(i), i.pointee.width)
        s.eip = target
    }

    func returnNear(_ i: UnsafePointer<Instruction>) throws(Fault) {
        let width: UInt8 = unsafe i.pointee.isOperand16 ? 2 : 4
        let target = try peek(0, width)
        if target > cs.limit { throw .protection(0) }
        unsafe setESP(esp &+ UInt32(width) &+ i.pointee.immediate & 0xFFFF_FFFF)
        s.eip = target
    }

    enum Loop { case always, equal, notEqual }

    func loop(_ i: UnsafePointer<Instruction>, _ kind: Loop) throws(Fault) {
        let mask = unsafe addressMask(i)
        let count = (ecx & mask) &- 1 & mask
        let taken: Bool
        switch kind {
        case .always: taken = count != 0
        case .equal: taken = count != 0 && zf
        case .notEqual: taken = count != 0 && !zf
        }
        try unsafe jumpRelative(i, if: taken)
        setSized(1, count, mask)
    }
}

extension Instruction {
    /// Instructions that set EIP themselves, taken or not; the others that end a block fall into the next.
    var setsEIP: Bool {
        switch operation {
        case .JCC, .JMP, .JMP_E, .JMP_FAR, .JMP_FAR_E, .CALL, .CALL_E, .CALL_FAR, .CALL_FAR_E, .RET, .RET_FAR, .IRET, .JECXZ, .LOOP, .LOOPE, .LOOPNE,
            .INT, .INT3, .INT1, .INTO, .SYSENTER, .SYSEXIT, .RSM:
            true
        default: false
        }
    }
}

extension Operation {
    /// INT n and its like.
    var isInterrupt: Bool { self == .INT || self == .INT3 || self == .INTO || self == .INT1 }
}
