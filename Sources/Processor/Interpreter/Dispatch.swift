import X86

/// Runs blocks: one switch, in which the common forms are written out.
extension Execution {
    func execute(_ first: UnsafePointer<Instruction>) throws(Fault) {
        var i = unsafe first
        while true {
            unsafe s.current = i
            switch unsafe unsafeBitCast(i.pointee.step, to: Step.self) {
            case .general: if try unsafe executeGeneral(i) { return }
            case .fall:
                unsafe s.eip &+= UInt32(i.pointee.offset)
                return
            case .leave: return

            case .moveRR: unsafe setReg(i.pointee.rm, reg(i.pointee.reg, as: UInt32.self))
            case .moveRI: unsafe setReg(i.pointee.rm, i.pointee.immediate)
            case .moveRM: unsafe setReg(i.pointee.reg, try read(i.pointee.segment, address32(i)) as UInt32)
            case .moveMR: try unsafe write(i.pointee.segment, address32(i), reg(i.pointee.reg, as: UInt32.self))
            case .moveMI: try unsafe write(i.pointee.segment, address32(i), i.pointee.immediate)
            case .move8RR: unsafe setReg(i.pointee.rm, reg(i.pointee.reg, as: UInt8.self))
            case .move8RI: unsafe setReg(i.pointee.rm, UInt8(truncatingIfNeeded: i.pointee.immediate))
            case .move8RM: unsafe setReg(i.pointee.reg, try read(i.pointee.segment, address32(i)) as UInt8)
            case .move8MR: try unsafe write(i.pointee.segment, address32(i), reg(i.pointee.reg, as: UInt8.self))
            case .move8MI: try unsafe write(i.pointee.segment, address32(i), UInt8(truncatingIfNeeded: i.pointee.immediate))

            case .zero8R: unsafe setReg(i.pointee.reg, UInt32(reg(i.pointee.rm, as: UInt8.self)))
            case .zero8M: unsafe setReg(i.pointee.reg, UInt32(try read(i.pointee.segment, address32(i)) as UInt8))
            case .zero16R: unsafe setReg(i.pointee.reg, UInt32(reg(i.pointee.rm, as: UInt16.self)))
            case .zero16M: unsafe setReg(i.pointee.reg, UInt32(try read(i.pointee.segment, address32(i)) as UInt16))
            case .sign8R: unsafe setReg(i.pointee.reg, signed(reg(i.pointee.rm, as: UInt8.self)))
            case .sign8M: unsafe setReg(i.pointee.reg, signed(try read(i.pointee.segment, address32(i)) as UInt8))
            case .sign16R: unsafe setReg(i.pointee.reg, signed(reg(i.pointee.rm, as: UInt16.self)))
            case .sign16M: unsafe setReg(i.pointee.reg, signed(try read(i.pointee.segment, address32(i)) as UInt16))
            case .lea: unsafe setReg(i.pointee.reg, address32(i))

            case .addRR: unsafe binaryRR(Add.self, i)
            case .addRI: unsafe binaryRI(Add.self, i)
            case .addRM: try unsafe binaryRM(Add.self, i)
            case .addMR: try unsafe binaryMR(Add.self, i)
            case .addMI: try unsafe binaryMI(Add.self, i)
            case .orRR: unsafe binaryRR(Or.self, i)
            case .orRI: unsafe binaryRI(Or.self, i)
            case .orRM: try unsafe binaryRM(Or.self, i)
            case .orMR: try unsafe binaryMR(Or.self, i)
            case .orMI: try unsafe binaryMI(Or.self, i)
            case .adcRR: unsafe binaryRR(AddWithCarry.self, i)
            case .adcRI: unsafe binaryRI(AddWithCarry.self, i)
            case .adcRM: try unsafe binaryRM(AddWithCarry.self, i)
            case .adcMR: try unsafe binaryMR(AddWithCarry.self, i)
            case .adcMI: try unsafe binaryMI(AddWithCarry.self, i)
            case .sbbRR: unsafe binaryRR(SubtractWithBorrow.self, i)
            case .sbbRI: unsafe binaryRI(SubtractWithBorrow.self, i)
            case .sbbRM: try unsafe binaryRM(SubtractWithBorrow.self, i)
            case .sbbMR: try unsafe binaryMR(SubtractWithBorrow.self, i)
            case .sbbMI: try unsafe binaryMI(SubtractWithBorrow.self, i)
            case .andRR: unsafe binaryRR(And.self, i)
            case .andRI: unsafe binaryRI(And.self, i)
            case .andRM: try unsafe binaryRM(And.self, i)
            case .andMR: try unsafe binaryMR(And.self, i)
            case .andMI: try unsafe binaryMI(And.self, i)
            case .subRR: unsafe binaryRR(Subtract.self, i)
            case .subRI: unsafe binaryRI(Subtract.self, i)
            case .subRM: try unsafe binaryRM(Subtract.self, i)
            case .subMR: try unsafe binaryMR(Subtract.self, i)
            case .subMI: try unsafe binaryMI(Subtract.self, i)
            case .xorRR: unsafe binaryRR(Xor.self, i)
            case .xorRI: unsafe binaryRI(Xor.self, i)
            case .xorRM: try unsafe binaryRM(Xor.self, i)
            case .xorMR: try unsafe binaryMR(Xor.self, i)
            case .xorMI: try unsafe binaryMI(Xor.self, i)

            case .compareRR: _ = unsafe subtract(reg(i.pointee.rm, as: UInt32.self), reg(i.pointee.reg))
            case .compareRI: _ = unsafe subtract(reg(i.pointee.rm, as: UInt32.self), i.pointee.immediate)
            case .compareRM: _ = unsafe subtract(reg(i.pointee.reg, as: UInt32.self), try read(i.pointee.segment, address32(i)))
            case .compareMR: _ = unsafe subtract(try read(i.pointee.segment, address32(i), as: UInt32.self), reg(i.pointee.reg))
            case .compareMI: _ = unsafe subtract(try read(i.pointee.segment, address32(i), as: UInt32.self), i.pointee.immediate)
            case .testRR: _ = unsafe logic(reg(i.pointee.rm, as: UInt32.self) & reg(i.pointee.reg))
            case .testRI: _ = unsafe logic(reg(i.pointee.rm, as: UInt32.self) & i.pointee.immediate)
            case .testMR: _ = unsafe logic(try read(i.pointee.segment, address32(i), as: UInt32.self) & reg(i.pointee.reg))
            case .testMI: _ = unsafe logic(try read(i.pointee.segment, address32(i), as: UInt32.self) & i.pointee.immediate)
            case .compare8RR: _ = unsafe subtract(reg(i.pointee.rm, as: UInt8.self), reg(i.pointee.reg))
            case .compare8RI: _ = unsafe subtract(reg(i.pointee.rm, as: UInt8.self), UInt8(truncatingIfNeeded: i.pointee.immediate))
            case .compare8RM: _ = unsafe subtract(reg(i.pointee.reg, as: UInt8.self), try read(i.pointee.segment, address32(i)))
            case .compare8MR: _ = unsafe subtract(try read(i.pointee.segment, address32(i), as: UInt8.self), reg(i.pointee.reg))
            case .compare8MI:
                _ = unsafe subtract(try read(i.pointee.segment, address32(i), as: UInt8.self), UInt8(truncatingIfNeeded: i.pointee.immediate))
            case .test8RR: _ = unsafe logic(reg(i.pointee.rm, as: UInt8.self) & reg(i.pointee.reg))
            case .test8RI: _ = unsafe logic(reg(i.pointee.rm, as: UInt8.self) & UInt8(truncatingIfNeeded: i.pointee.immediate))
            case .test8MI:
                _ = unsafe logic(try read(i.pointee.segment, address32(i), as: UInt8.self) & UInt8(truncatingIfNeeded: i.pointee.immediate))

            case .increment: unsafe setReg(i.pointee.rm, increment(reg(i.pointee.rm, as: UInt32.self)))
            case .decrement: unsafe setReg(i.pointee.rm, decrement(reg(i.pointee.rm, as: UInt32.self)))
            case .shiftLeft: unsafe setReg(i.pointee.rm, shift(.shl, reg(i.pointee.rm, as: UInt32.self), i.pointee.immediate & 31))
            case .shiftRight: unsafe setReg(i.pointee.rm, shift(.shr, reg(i.pointee.rm, as: UInt32.self), i.pointee.immediate & 31))
            case .shiftArithmetic: unsafe setReg(i.pointee.rm, shift(.sar, reg(i.pointee.rm, as: UInt32.self), i.pointee.immediate & 31))
            case .multiplyRR: unsafe setReg(i.pointee.reg, multiplySigned(reg(i.pointee.reg), reg(i.pointee.rm)))
            case .multiplyRM: unsafe setReg(i.pointee.reg, multiplySigned(reg(i.pointee.reg), try read(i.pointee.segment, address32(i))))
            case .multiplyRRI: unsafe setReg(i.pointee.reg, multiplySigned(reg(i.pointee.rm), i.pointee.immediate))
            case .multiplyR: unsafe multiplyWide(reg(i.pointee.rm))
            case .multiplyM: multiplyWide(try unsafe read(i.pointee.segment, address32(i)))

            case .pushR: try unsafe push(reg(i.pointee.rm), 4)
            case .pushI: try unsafe push(i.pointee.immediate, 4)
            case .pushM: try unsafe push(read(i.pointee.segment, address32(i)), 4)
            case .popR: unsafe setReg(i.pointee.rm, try pop(4))

            case .jump:
                try unsafe go(to: next(i) &+ i.pointee.immediate)
                return
            case .call:
                let back = unsafe next(i)
                let target = unsafe back &+ i.pointee.immediate
                if unsafe target > segment(1).pointee.limit { throw .protection(0) }
                try push(back, 4)
                s.eip = target
                return
            case .ret:
                let target = try peek(0, 4)
                if unsafe target > segment(1).pointee.limit { throw .protection(0) }
                unsafe setESP(esp &+ 4 &+ i.pointee.immediate)
                s.eip = target
                return
            case .jumpIf: return try unsafe jump32(i, if: condition(i.pointee.reg))
            case .jumpIfZero: return try unsafe jump32(i, if: zf)
            case .jumpIfNotZero: return try unsafe jump32(i, if: !zf)
            case .jumpIfCarry: return try unsafe jump32(i, if: cf)
            case .jumpIfNotCarry: return try unsafe jump32(i, if: !cf)
            case .jumpIfSign: return try unsafe jump32(i, if: sf)
            case .jumpIfNotSign: return try unsafe jump32(i, if: !sf)
            case .moveIfRR:
                if unsafe condition(UInt8(truncatingIfNeeded: i.pointee.immediate2)) {
                    unsafe setReg(i.pointee.reg, reg(i.pointee.rm, as: UInt32.self))
                }
            }
            unsafe i += 1
        }
    }

    // MARK: What the steps are made of

    @inline(__always) private func address32(_ i: UnsafePointer<Instruction>) -> UInt32 {
        unsafe reg(i.pointee.base, as: UInt32.self) &+ reg(i.pointee.index, as: UInt32.self) &<< UInt32(i.pointee.scale) &+ i.pointee.displacement
    }

    @inline(__always) private func signed<T: FixedWidthInteger & UnsignedInteger>(_ value: T) -> UInt32 {
        UInt32(truncatingIfNeeded: T.signed(value))
    }

    @inline(__always) private func binaryRR<O: BinaryOperation>(_: O.Type, _ i: UnsafePointer<Instruction>) {
        unsafe setReg(i.pointee.rm, O.apply(self, reg(i.pointee.rm, as: UInt32.self), reg(i.pointee.reg)))
    }
    @inline(__always) private func binaryRI<O: BinaryOperation>(_: O.Type, _ i: UnsafePointer<Instruction>) {
        unsafe setReg(i.pointee.rm, O.apply(self, reg(i.pointee.rm, as: UInt32.self), i.pointee.immediate))
    }
    @inline(__always) private func binaryRM<O: BinaryOperation>(_: O.Type, _ i: UnsafePointer<Instruction>) throws(Fault) {
        let source: UInt32 = try unsafe read(i.pointee.segment, address32(i))
        unsafe setReg(i.pointee.reg, O.apply(self, reg(i.pointee.reg, as: UInt32.self), source))
    }
    @inline(__always) private func binaryMR<O: BinaryOperation>(_: O.Type, _ i: UnsafePointer<Instruction>) throws(Fault) {
        let operand: UInt32 = unsafe reg(i.pointee.reg)
        try unsafe modify(i.pointee.segment, address32(i)) { (old: UInt32) in O.apply(self, old, operand) }
    }
    @inline(__always) private func binaryMI<O: BinaryOperation>(_: O.Type, _ i: UnsafePointer<Instruction>) throws(Fault) {
        let operand = unsafe i.pointee.immediate
        try unsafe modify(i.pointee.segment, address32(i)) { (old: UInt32) in O.apply(self, old, operand) }
    }

    @inline(__always) private func go(to target: UInt32) throws(Fault) {
        if unsafe target > segment(1).pointee.limit { throw .protection(0) }
        s.eip = target
    }

    @inline(__always) private func jump32(_ i: UnsafePointer<Instruction>, if taken: Bool) throws(Fault) {
        let next = unsafe next(i)
        if taken { try unsafe go(to: next &+ i.pointee.immediate) } else { s.eip = next }
    }
}
