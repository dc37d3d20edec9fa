import Testing

@testable import Bus
@testable import Processor

/// Virtual-8086 mode with and without its extensions, and protected-mode virtual interrupts (SDM Vol. 3B chapter 20).
@Suite struct VirtualModeTests {
    /// A V86 task at 0200:0000 on stack 0600:0100, TSS at 3000h with an interrupt redirection bitmap of ones but for vector 21h, and IVT entry 21h at
    /// 0300:0000. #GP ends at 2100h.
    static func bench(iopl: UInt32, cr4: UInt32 = 0, flags: UInt32 = 0, _ code: [UInt8]) throws -> Bench {
        let bench = try ProtectedModeTests.bench()
        let e = bench.e
        e.s.gdtr.limit = 0x1F
        bench.memory.write(0x818, [0x87, 0, 0, 0x30, 0, 0x89, 0, 0])
        bench.memory.write(0x3000 + 4, .dword, 0x6000)
        bench.memory.write(0x3000 + 8, .dword, 0x10)
        bench.memory.write(0x3000 + 0x66, .word, 0x88)
        bench.memory.write(0x3068, [UInt8](repeating: 0xFF, count: 32))
        bench.memory.write(0x3068 + 4, [0xFD])
        try e.loadTaskRegister(0x18)
        for vector: UInt8 in [13, 0x20, 0x21, 3] {
            ProtectedModeTests.gate(bench, vector, 0x2000 + UInt32(vector) * 16)
            bench.memory.write(0x2000 + UInt32(vector) * 16, [0xF4])
            bench.memory.write(0x905 + UInt32(vector) * 8, [vector == 13 ? 0x8E : 0xEE])
        }
        bench.memory.write(0x21 * 4, .dword, 0x0300_0000)
        e.s.idtr.limit = 0x1FF
        bench.memory.write(0x2000, code)
        try e.writeControl(4, cr4)
        // iret into the task
        for value in [0, 0, 0, 0, 0x600, 0x100, 0x20002 | iopl << 12 | flags, 0x200, 0] as [UInt32] { try e.push(value, 4) }
        bench.memory.write(0x1000, [0xCF])
        return bench
    }

    /// Where it stopped: the handler's vector, or nil in the 8086 program.
    static func vector(_ bench: Bench) -> UInt32? { bench.e.isV86 ? nil : (bench.e.s.eip - 1 - 0x2000) / 16 }

    static let cli: [UInt8] = [0xFA], sti: [UInt8] = [0xFB], pushf: [UInt8] = [0x9C], popf: [UInt8] = [0x6A, 2, 0x9D], iret: [UInt8] = [0xCF]
    static let pushfd: [UInt8] = [0x66, 0x9C], int20: [UInt8] = [0xCD, 0x20], int21: [UInt8] = [0xCD, 0x21], int3: [UInt8] = [0xCC]

    /// Without VME and with IOPL below 3 the sensitive instructions are #GP(0); INT3 is not among them.
    @Test(arguments: [cli, sti, pushf, [0x9D], iret, pushfd, int20, int21])
    func sensitiveInstructionsFault(_ code: [UInt8]) throws {
        for iopl: UInt32 in [0, 3] {
            let bench = try Self.bench(iopl: iopl, code + [0xF4])
            #expect(bench.run() == .halted)
            let vector = try #require(Self.vector(bench))
            if iopl == 0 {
                #expect(vector == 13 && bench.memory.read(bench.e.esp, .dword) == 0 && bench.memory.read(bench.e.esp + 4, .dword) == 0)
            } else {
                // It ran; HLT is what faults, or INT n reached its gate.
                let isInterrupt = code[0] == 0xCD
                #expect(vector == (isInterrupt ? UInt32(code[1]) : 13))
                if !isInterrupt && code != Self.iret { #expect(bench.memory.read(bench.e.esp + 4, .dword) == UInt32(code.count)) }
            }
        }
    }

    @Test func breakpointNeedsNoIOPL() throws {
        let bench = try Self.bench(iopl: 0, Self.int3)
        #expect(bench.run() == .halted)
        #expect(Self.vector(bench) == 3)
        // GS, FS, DS, ES, SS, ESP, EFLAGS, CS, EIP
        #expect(bench.e.esp == 0x6000 - 36 && bench.memory.read(bench.e.esp, .dword) == 1)
        #expect(bench.memory.read(bench.e.esp + 8, .dword) & 0x20000 != 0)
    }

    /// With VME, CLI and STI work on VIF; PUSHF shows it as IF with IOPL 3 and POPF takes it from there.
    @Test func flagsAreVirtual() throws {
        // sti; pushf; pop ax; cli; pushf; pop bx; push 202h; popf; hlt
        let bench = try Self.bench(
            iopl: 0, cr4: CR4.vme, Self.sti + [0x9C, 0x58] + Self.cli + [0x9C, 0x5B] + [0x68, 0x02, 0x02, 0x9D, 0xF4])
        #expect(bench.run() == .halted)
        #expect(bench.e.eax & 0xFFFF == 0x3202 && bench.e.ebx & 0xFFFF == 0x3002)
        let flags = bench.memory.read(bench.e.esp + 12, .dword)
        #expect(flags & EFLAGS.vif != 0 && flags & (EFLAGS.if | EFLAGS.iopl) == 0)
    }

    @Test(arguments: [sti, [0x68, 2, 2, 0x9D], [0x68, 2, 1, 0x9D], pushfd])
    func aPendingInterruptFaults(_ code: [UInt8]) throws {
        let bench = try Self.bench(iopl: 0, cr4: CR4.vme, flags: EFLAGS.vip, code + [0xF4])
        #expect(bench.run() == .halted)
        #expect(Self.vector(bench) == 13)
        let pushes = code.count > 3 ? UInt32(3) : 0
        #expect(bench.memory.read(bench.e.esp + 4, .dword) == pushes)
    }

    /// INT n by the redirection bitmap: clear, the 8086 program's own handler; set, the gate or #GP by IOPL (table 20-2).
    @Test(arguments: [UInt32(0), 3]) func redirection(iopl: UInt32) throws {
        // in the handler: pop ax; pop bx; pop cx; hlt
        let bench = try Self.bench(iopl: iopl, cr4: CR4.vme, flags: iopl == 0 ? EFLAGS.vif : EFLAGS.if, Self.int21)
        bench.memory.write(0x3000, [0x58, 0x5B, 0x59, 0xF4])
        // The TSS stands at 3000h as well: move it.
        bench.memory.write(0x5000, (0..<0x88).map { UInt8(truncatingIfNeeded: bench.memory.read(0x3000 + $0, .byte)) })
        bench.memory.write(0x5004, .dword, 0x6000)
        bench.memory.write(0x5008, .dword, 0x10)
        bench.memory.write(0x5066, .word, 0x88)
        bench.e.s.tr.base = 0x5000
        #expect(bench.run() == .halted)
        #expect(Self.vector(bench) == 13 && bench.memory.read(bench.e.esp + 8, .dword) == 0x300)
        #expect(bench.e.eax & 0xFFFF == 2 && bench.e.ebx & 0xFFFF == 0x200)
        #expect(bench.e.ecx & 0xFFFF == (iopl == 0 ? 0x3202 : 0x3202))
        let flags = bench.memory.read(bench.e.esp + 12, .dword)
        #expect(flags & (iopl == 0 ? EFLAGS.vif : EFLAGS.if) == 0)

        let other = try Self.bench(iopl: iopl, cr4: CR4.vme, Self.int20)
        #expect(other.run() == .halted)
        #expect(Self.vector(other) == (iopl == 0 ? 13 : 0x20))
    }

    /// PVI: ring 3 code at IOPL 0 turns VIF with CLI and STI (§20.4).
    @Test func protectedModeVirtualInterrupts() throws {
        for enabled in [true, false] {
            let bench = try ProtectedModeTests.bench()
            try bench.e.writeControl(4, enabled ? CR4.pvi : 0)
            bench.e.setCPL(3)
            if enabled {
                try bench.e.setInterruptFlag(true)
                #expect(bench.e.eflags & (EFLAGS.vif | EFLAGS.if) == EFLAGS.vif)
                try bench.e.setInterruptFlag(false)
                #expect(bench.e.eflags & EFLAGS.vif == 0)
                bench.e.s.systemFlags |= EFLAGS.vip
            }
            #expect(throws: Fault.protection(0)) { try bench.e.setInterruptFlag(true) }
        }
    }
}
