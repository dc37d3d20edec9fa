import Testing

@testable import Bus
@testable import Processor

/// Gates, privilege levels and what faults on the way leave behind (SDM Vol. 3A chapters 5 and 6). GDT at 800h: 08h/10h ring 0, 1Bh/23h ring 3, 28h
/// TSS, 30h call gate of DPL 3 with two parameters, 38h conforming code, 40h a 64-byte stack segment of ring 0, 48h ring 0 code without
/// presence, 50h expand-down data.
@Suite struct GateTests {
    static func bench() throws -> Bench {
        let bench = try ProtectedModeTests.bench()
        let e = bench.e
        func flat(_ access: UInt8) -> [UInt8] { [0xFF, 0xFF, 0, 0, 0, access, 0xCF, 0] }
        bench.memory.write(
            0x818,
            flat(0xFA) + flat(0xF2) + [0x67, 0, 0, 0x30, 0, 0x89, 0, 0] + [0, 0x20, 8, 0, 2, 0xEC, 0, 0] + flat(0x9E)
                + [0x3F, 0, 0, 0x50, 0, 0x92, 0x40, 0] + flat(0x1A) + [0xFF, 0x0F, 0, 0x60, 0, 0x96, 0x40, 0])
        e.s.gdtr.limit = 0x57
        bench.memory.write(0x3004, .dword, 0x6000)
        bench.memory.write(0x3008, .dword, 0x10)
        try e.loadTaskRegister(0x28)
        for vector in UInt8(8)...14 {
            ProtectedModeTests.gate(bench, vector, 0x2100 + UInt32(vector) * 16)
            bench.memory.write(0x2100 + UInt32(vector) * 16, [0xF4])
        }
        bench.memory.write(0x2000, [0xF4])
        return bench
    }

    /// To ring 3 at 1000h with the stack at 7000h.
    static func ring3(_ code: [UInt8]) throws -> Bench {
        let bench = try Self.bench()
        let e = bench.e
        for value in [0x23, 0x7000, 2, 0x1B, 0x1000] as [UInt32] { try e.push(value, 4) }
        bench.memory.write(0x1100, [0xCF])
        e.s.eip = 0x1100
        for number: UInt8 in [0, 3] { try e.loadSegment(number, 0x23) }
        bench.memory.write(0x1000, code)
        return bench
    }

    static func fault(_ bench: Bench) -> (vector: UInt32, code: UInt32, eip: UInt32)? {
        guard bench.e.s.eip > 0x2100 else { return nil }
        return ((bench.e.s.eip - 1 - 0x2100) / 16, bench.memory.read(bench.e.esp, .dword), bench.memory.read(bench.e.esp + 4, .dword))
    }

    @Test func callGateCopiesParametersAndReturnsOutward() throws {
        // push 11h; push 22h; call 30h:0; nop; in the gate: mov eax,[esp+8]; retf 8
        let bench = try Self.ring3([0x6A, 0x11, 0x6A, 0x22, 0x9A, 0, 0, 0, 0, 0x30, 0, 0x90, 0xCD, 0x20])
        bench.memory.write(0x2000, [0x8B, 0x44, 0x24, 8, 0xF4, 0xCA, 8, 0])
        #expect(bench.run() == .halted)
        #expect(bench.e.eax == 0x22 && bench.e.s.cpl == 0 && bench.e.esp == 0x6000 - 24)
        let frame = (0..<6).map { bench.memory.read(bench.e.esp + $0 * 4, .dword) }
        #expect(frame == [0x100B, 0x1B, 0x22, 0x11, 0x6FF8, 0x23])
        bench.e.s.halted = false
        // INT 20h has no gate: #GP(20h*8+2) from ring 3 tells that we came back.
        #expect(bench.run() == .halted)
        let fault = try #require(Self.fault(bench))
        #expect(fault == (13, 0x102, 0x100C))
        #expect(bench.memory.read(bench.e.esp + 8, .dword) == 0x1B && bench.memory.read(bench.e.esp + 16, .dword) == 0x7000)
    }

    /// Code at ring 3, what is changed before, and the fault it must raise with everything as it was.
    struct Case: Sendable {
        var code: [UInt8]
        var change: @Sendable (Bench) -> Void = { _ in }
        var vector: UInt32
        var errorCode: UInt32
    }
    static let viaGate: [UInt8] = [0x9A, 0, 0, 0, 0, 0x33, 0]
    static let cases: [Case] = [
        // A gate of DPL 0, not present, to a null selector, to data, to code not present, to a stack too small, without a stack, offset beyond the limit
        Case(code: viaGate, change: { $0.memory.write(0x835, [0x8C]) }, vector: 13, errorCode: 0x30),
        Case(code: viaGate, change: { $0.memory.write(0x835, [0x6C]) }, vector: 11, errorCode: 0x30),
        Case(code: viaGate, change: { $0.memory.write(0x832, [0, 0]) }, vector: 13, errorCode: 0),
        Case(code: viaGate, change: { $0.memory.write(0x832, [0x10, 0]) }, vector: 13, errorCode: 0x10),
        Case(code: viaGate, change: { $0.memory.write(0x832, [0x48, 0]) }, vector: 11, errorCode: 0x48),
        Case(code: viaGate, change: { $0.memory.write(0x3008, [0, 0]) }, vector: 8, errorCode: 0),
        // far calls to data, to ring 0 code, to the null selector, beyond the table
        Case(code: [0x9A, 0, 0, 0, 0, 0x23, 0], vector: 13, errorCode: 0x20), Case(code: [0x9A, 0, 0, 0, 0, 8, 0], vector: 13, errorCode: 8),
        Case(code: [0x9A, 0, 0, 0, 0, 3, 0], vector: 13, errorCode: 0), Case(code: [0xEA, 0, 0, 0, 0, 0x5B, 0], vector: 13, errorCode: 0x58),
        // mov ds,[ring 0 data]; mov ss,[ring 0 data]; mov ss,null; lss
        Case(code: [0x66, 0xB8, 0x10, 0, 0x8E, 0xD8], vector: 13, errorCode: 0x10),
        Case(code: [0x66, 0xB8, 0x10, 0, 0x8E, 0xD0], vector: 13, errorCode: 0x10),
        Case(code: [0x66, 0x31, 0xC0, 0x8E, 0xD0], vector: 13, errorCode: 0),
        // cli, hlt, in al,60h, mov eax,cr0, lgdt, ltr ax, invlpg, wbinvd, clts, rdmsr at ring 3
        Case(code: [0xFA], vector: 13, errorCode: 0), Case(code: [0xF4], vector: 13, errorCode: 0),
        Case(code: [0xE4, 0x60], vector: 13, errorCode: 0),
        Case(code: [0x0F, 0x20, 0xC0], vector: 13, errorCode: 0), Case(code: [0x0F, 0x01, 0x10], vector: 13, errorCode: 0),
        Case(code: [0x0F, 0x00, 0xD8], vector: 13, errorCode: 0), Case(code: [0x0F, 0x01, 0x38], vector: 13, errorCode: 0),
        Case(code: [0x0F, 0x09], vector: 13, errorCode: 0), Case(code: [0x0F, 0x06], vector: 13, errorCode: 0),
        Case(code: [0x0F, 0x32], vector: 13, errorCode: 0),
        // int 8: its gate is for ring 0
        Case(code: [0xCD, 8], vector: 13, errorCode: 0x42),
        // iret and retf inward
        Case(code: [0x6A, 2, 0x6A, 8, 0x6A, 0, 0xCF], vector: 13, errorCode: 8), Case(code: [0x6A, 8, 0x6A, 0, 0xCB], vector: 13, errorCode: 8),
    ]
    @Test(arguments: cases.indices) func faultsFromRing3(_ index: Int) throws {
        let test = Self.cases[index]
        let bench = try Self.ring3(test.code)
        test.change(bench)
        if test.vector == 8 {
            // Without a ring 0 stack nothing can be delivered: #TS on the way to the gate, again for its handler, then the double fault.
            #expect(bench.run() == .shutdown)
            return
        }
        #expect(bench.run() == .halted)
        let fault = try #require(Self.fault(bench))
        #expect(fault.vector == test.vector && fault.code == test.errorCode)
        // The instruction is the last of the code, and the ring 3 frame is whole.
        let pushes = test.code.count { $0 == 0x6A }
        #expect(bench.memory.read(bench.e.esp + 8, .dword) == 0x1B && bench.memory.read(bench.e.esp + 20, .dword) == 0x23)
        #expect(bench.memory.read(bench.e.esp + 16, .dword) == 0x7000 - UInt32(pushes) * 4)
    }

    @Test func conformingCodeKeepsThePrivilege() throws {
        // call 38h:2000h
        let bench = try Self.ring3([0x9A, 0, 0x20, 0, 0, 0x38, 0])
        #expect(bench.run() == .halted)
        // HLT there is #GP: still ring 3.
        #expect(Self.fault(bench)?.eip == 0x2000)
        #expect(bench.memory.read(bench.e.esp + 8, .dword) == 0x3B)
    }

    /// A stack segment too small for the frame: #SS with its selector, delivered here as a double fault's cause through the same stack.
    @Test func aSmallHandlerStackIsNamed() throws {
        let bench = try Self.ring3(Self.viaGate)
        bench.memory.write(0x3004, .dword, 8)
        bench.memory.write(0x3008, [0x40, 0])
        // #SS itself goes to a task of its own, with a good stack.
        bench.memory.write(0x858, [0x67, 0, 0, 0x32, 0, 0x89, 0, 0])
        bench.e.s.gdtr.limit = 0x5F
        for (at, value) in [(UInt32(0x20), UInt32(0x2000)), (0x24, 2), (0x38, 0x6800), (0x48, 0x10), (0x4C, 8), (0x50, 0x10), (0x54, 0x10)] {
            bench.memory.write(0x3200 + at, .dword, value)
        }
        bench.memory.write(0x900 + 12 * 8, [0, 0, 0x58, 0, 0, 0x85, 0, 0])
        #expect(bench.run() == .halted)
        #expect(bench.e.s.eip == 0x2001 && bench.memory.read(bench.e.esp, .dword) == 0x40)
        // In the old task's image: the call, its stack, ring 3.
        #expect(bench.memory.read(0x3020, .dword) == 0x1000 && bench.memory.read(0x3038, .dword) == 0x7000)
        #expect(bench.memory.read(0x304C, .word) == 0x1B)
    }

    @Test(arguments: [(UInt32(0x0FFF), false), (0x1000, true), (0xFFFF_FFFC, true), (0xFFFF_FFFD, false), (0, false)])
    func expandDownSegments(offset: UInt32, isInside: Bool) throws {
        let bench = try Self.bench()
        bench.memory.map("high", ram: bench.ram, at: 0xFFFF_F000, length: 0x1000)
        try bench.e.loadSegment(3, 0x50)
        let works = (try? bench.e.read(3, offset) as UInt32) != nil
        #expect(works == isInside)
    }

    /// The I/O permission bitmap: one bit a port, every byte of a wider access counts (SDM Vol. 1 §19.5.2).
    @Test(arguments: [
        (UInt16(0x60), UInt8(1), true), (0x61, 1, false), (0x60, 2, false), (0x5E, 2, true), (0x5D, 4, true), (0x5E, 4, false), (0x3F8, 1, false),
    ])
    func permissionBitmap(port: UInt16, width: UInt8, allowed: Bool) throws {
        let bench = try Self.bench()
        bench.e.s.tr.limit = 0x78
        bench.memory.write(0x3066, .word, 0x68)
        bench.memory.write(0x3068 + 0x60 / 8, [0xFE & ~0 | 0, 0])
        bench.memory.write(0x3068 + 0x60 / 8, [0x02])
        bench.e.setCPL(3)
        #expect(((try? bench.e.checkPort(port, width)) != nil) == allowed)
    }

    /// LAR, LSL, VERR and VERW by privilege.
    @Test func inspections() throws {
        // lar eax,cx; lsl ebx,cx; verr cx; verw cx, at ring 3 each followed by setz
        for (selector, expected) in [
            (UInt32(0x10), [0, 0, 0, 0] as [UInt32]), (0x23, [1, 1, 1, 1]), (0x1B, [1, 1, 1, 0]), (0x38, [1, 1, 1, 0]), (0x100, [0, 0, 0, 0]),
        ] {
            var code: [UInt8] = [0xB9] + (0..<4).map { UInt8(truncatingIfNeeded: selector >> ($0 * 8)) }
            for (index, inspection) in [[0x0F, 0x02, 0xC1], [0x0F, 0x03, 0xD9], [0x0F, 0x00, 0xE1], [0x0F, 0x00, 0xE9]].enumerated() {
                code += inspection.map { UInt8($0) } + [0x0F, 0x94, 0x05, UInt8(index * 4), 0x70, 0, 0]
            }
            let bench = try Self.ring3(code + [0xF4])
            #expect(bench.run() == .halted)
            #expect((0..<4).map { bench.memory.read(0x7000 + $0 * 4, .byte) } == expected, "\(String(selector, radix: 16))")
        }
    }
}
