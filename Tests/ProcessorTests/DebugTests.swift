import Testing

@testable import Bus
@testable import Processor

/// Breakpoints, single step, shadows and their order (SDM Vol. 3B chapter 17, Vol. 3A §6.8.3). The handler of #DB at 2000h halts: what it finds on
/// its stack and in DR6 is looked at, then it returns.
@Suite struct DebugTests {
    struct Trap: Equatable, CustomStringConvertible {
        var eip: UInt32
        var dr6: UInt32
        var rf = false
        var description: String { "\(String(eip, radix: 16)):\(String(dr6, radix: 16))\(rf ? " RF" : "")" }
    }

    /// Runs `code` from 1000h to its HLT; every #DB on the way.
    static func traps(
        _ code: [UInt8], tf: Bool = false, limit: Int = 20, setUp: (Bench) throws -> Void = { _ in }
    ) throws -> (traps: [Trap], bench: Bench) {
        let bench = try ProtectedModeTests.bench(.max)
        ProtectedModeTests.gate(bench, 1, 0x2000)
        // hlt; iret
        bench.memory.write(0x2000, [0xF4, 0xCF])
        bench.memory.write(0x1000, code + [0xF4])
        try setUp(bench)
        let e = bench.e
        if tf { e.setEFLAGS(e.eflags | EFLAGS.tf) }
        var traps: [Trap] = []
        while traps.count < limit {
            #expect(bench.run() == .halted)
            guard e.s.eip == 0x2001 else { break }
            let flags = bench.memory.read(e.esp + 8, .dword)
            traps.append(Trap(eip: bench.memory.read(e.esp, .dword), dr6: e.s.dr[6] & 0xE00F, rf: flags & EFLAGS.rf != 0))
            e.s.dr[6] = 0xFFFF_0FF0
            if traps.last?.eip == 0x1001 + UInt32(code.count) { break }
            // As a debugger does: an instruction breakpoint is passed with RF.
            if (traps.last?.dr6 ?? 0) & 0xF != 0 { bench.memory.write(e.esp + 8, .dword, flags | EFLAGS.rf) }
            e.s.halted = false
        }
        return (traps, bench)
    }

    static func set(_ bench: Bench, _ number: Int, _ address: UInt32, _ condition: UInt32, length: UInt32 = 0) throws {
        try bench.e.writeDebug(UInt8(number), address)
        let control = bench.e.s.dr[7] | 2 << UInt32(number * 2) | (condition | length << 2) << UInt32(16 + number * 4)
        try bench.e.writeDebug(7, control)
    }

    @Test func theTrapFlagTrapsBehindEveryInstruction() throws {
        // nop; mov eax,5; nop; hlt
        let (traps, _) = try Self.traps([0x90, 0xB8, 5, 0, 0, 0, 0x90], tf: true)
        #expect(traps == [0x1001, 0x1006, 0x1007, 0x1008].map { Trap(eip: $0, dr6: 0x4000) })
    }

    /// POPF that sets TF is not trapped itself, the instruction behind it is; and POPF that clears it still is.
    @Test func popfTakesEffectOneLater() throws {
        // push 102h; popf; nop; push 2; popf; nop
        let (traps, _) = try Self.traps([0x68, 2, 1, 0, 0, 0x9D, 0x90, 0x6A, 2, 0x9D, 0x90])
        #expect(traps == [0x1007, 0x1009, 0x100A].map { Trap(eip: $0, dr6: 0x4000) })
    }

    /// The instruction behind MOV SS is not parted from it: one trap for both (§6.8.3).
    @Test func noTrapBehindMovSS() throws {
        // mov ax,10h; mov ss,ax; nop; nop
        let (traps, _) = try Self.traps([0x66, 0xB8, 0x10, 0, 0x8E, 0xD0, 0x90, 0x90], tf: true)
        #expect(traps.map(\.eip) == [0x1004, 0x1007, 0x1008, 0x1009])
    }

    @Test func everyIterationOfARepeatedStringTraps() throws {
        // mov ecx,3; mov edi,5000h; rep stosb; nop
        let (traps, bench) = try Self.traps([0xB9, 3, 0, 0, 0, 0xBF, 0, 0x50, 0, 0, 0xF3, 0xAA, 0x90], tf: true)
        let rep = Trap(eip: 0x100A, dr6: 0x4000, rf: true)
        #expect(
            traps == [0x1005, 0x100A].map { Trap(eip: $0, dr6: 0x4000) } + [rep, rep] + [0x100C, 0x100D, 0x100E].map { Trap(eip: $0, dr6: 0x4000) })
        #expect(bench.e.ecx == 0)
    }

    /// INT n clears TF on its way: its handler is not stepped, and the trap comes behind the instruction after its return.
    @Test func interruptsAreNotSteppedInto() throws {
        // int 40h; nop
        let (traps, bench) = try Self.traps([0xCD, 0x18, 0x90], tf: true) { bench in
            ProtectedModeTests.gate(bench, 0x18, 0x3000)
            // inc ebx; iret
            bench.memory.write(0x3000, [0x43, 0xCF])
        }
        #expect(traps.map(\.eip) == [0x1003, 0x1004])
        #expect(bench.e.ebx == 1)
    }

    /// An instruction breakpoint is a fault before the instruction; RF lets it pass once.
    @Test func instructionBreakpoints() throws {
        // L: nop; dec ecx; jnz L
        let (traps, bench) = try Self.traps([0x90, 0x49, 0x75, 0xFC]) { bench in
            bench.e.ecx = 3
            try Self.set(bench, 0, 0x1001, 0)
        }
        #expect(traps == [Trap](repeating: Trap(eip: 0x1001, dr6: 1), count: 3))
        #expect(bench.e.ecx == 0)
    }

    @Test(arguments: [
        // address, condition (1 write, 3 access), LEN, whether reading and writing the doubleword at 5004h meet it
        (UInt32(0x5004), UInt32(1), UInt32(3), false, true), (0x5004, 3, 3, true, true), (0x5006, 3, 1, true, true), (0x5007, 3, 0, true, true),
        (0x5008, 3, 3, false, false), (0x5003, 3, 0, false, false), (0x5002, 3, 1, false, false), (0x5000, 3, 3, false, false),
    ])
    func dataBreakpoints(address: UInt32, condition: UInt32, length: UInt32, read: Bool, write: Bool) throws {
        // mov eax,[5004h]; mov [5004h],eax; nop
        let (traps, _) = try Self.traps([0xA1, 4, 0x50, 0, 0, 0xA3, 4, 0x50, 0, 0, 0x90]) { bench in
            // The page is in the translation maps already.
            _ = try bench.e.read(3, 0x5000) as UInt32
            try bench.e.write(3, 0x5000, 1 as UInt32)
            try Self.set(bench, 2, address, condition, length: length)
        }
        let expected = (read ? [Trap(eip: 0x1005, dr6: 4)] : []) + (write ? [Trap(eip: 0x100A, dr6: 4)] : [])
        #expect(traps == expected)
    }

    @Test func portBreakpointsNeedDE() throws {
        for enabled in [true, false] {
            // in al,60h; out 61h,al
            let (traps, _) = try Self.traps([0xE4, 0x60, 0xE6, 0x61, 0x90]) { bench in
                try bench.e.writeControl(4, CR4.de)
                try Self.set(bench, 1, 0x61, 2)
                if !enabled { try bench.e.writeControl(4, 0) }
            }
            #expect(traps == (enabled ? [Trap(eip: 0x1004, dr6: 2)] : []))
        }
    }

    /// DR7.GD guards the debug registers themselves: a fault, and GD is clear in the handler.
    @Test func generalDetect() throws {
        // mov eax,dr6; nop
        let (traps, bench) = try Self.traps([0x0F, 0x21, 0xF0, 0x90], limit: 1) { bench in try bench.e.writeDebug(7, 1 << 13) }
        #expect(traps == [Trap(eip: 0x1000, dr6: 0x2000, rf: true)])
        #expect(bench.e.s.dr[7] == 0x400)
    }

    /// A data breakpoint met by MOV SS is told behind the next instruction.
    @Test func movSSHoldsDataBreakpointsBack() throws {
        // mov ss,[5000h]; nop; nop
        let (traps, _) = try Self.traps([0x8E, 0x15, 0, 0x50, 0, 0, 0x90, 0x90]) { bench in
            bench.memory.write(0x5000, [0x10, 0])
            try Self.set(bench, 0, 0x5000, 3, length: 1)
        }
        #expect(traps == [Trap(eip: 0x1007, dr6: 1)])
    }

    @Test func debugRegisters4And5() throws {
        let bench = try ProtectedModeTests.bench()
        try bench.e.writeDebug(4, 0xF)
        #expect(try bench.e.readDebug(6) == 0xFFFF_0FFF)
        try bench.e.writeControl(4, CR4.de)
        #expect(throws: Fault.invalidOpcode) { try bench.e.readDebug(4) }
    }

    /// After an NMI was taken the next waits for IRET (SDM Vol. 3A §6.7.1).
    @Test func nmiWaitsForIRET() throws {
        let bench = try ProtectedModeTests.bench()
        ProtectedModeTests.gate(bench, 2, 0x2000)
        // inc ebx; hlt; iret
        bench.memory.write(0x2000, [0x43, 0xF4, 0xCF])
        bench.memory.write(0x1000, [0xF4, 0xF4])
        bench.processor.pulseNMI()
        #expect(bench.run() == .halted)
        bench.processor.pulseNMI()
        #expect(bench.run() == .halted)
        #expect(bench.e.ebx == 1 && bench.e.s.eip == 0x2002)
        bench.e.s.halted = false
        #expect(bench.run() == .halted)
        #expect(bench.e.ebx == 2)
    }
}
