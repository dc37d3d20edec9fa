import Testing

@testable import X86

@Suite struct DecoderTests {
    private static let golden32: [(bytes: [UInt8], text: String)] = [
        ([0x90], "nop"), ([0xF3, 0x90], "pause"), ([0x89, 0xC8], "mov eax, ecx"), ([0x8A, 0x27], "mov ah, byte ptr [edi]"),
        ([0x66, 0xB8, 0x34, 0x12], "mov ax, 0x1234"), ([0xB9, 0x78, 0x56, 0x34, 0x12], "mov ecx, 0x12345678"),
        ([0x8B, 0x44, 0x8D, 0xFC], "mov eax, dword ptr [ebp+ecx*4-0x4]"), ([0x8B, 0x04, 0x24], "mov eax, dword ptr [esp]"),
        ([0x8B, 0x04, 0x25, 0x00, 0x10, 0x00, 0x00], "mov eax, dword ptr [0x1000]"), ([0x65, 0xA1, 0x14, 0x00, 0x00, 0x00], "mov eax, gs:[0x14]"),
        ([0x67, 0x8B, 0x42, 0x10], "mov eax, dword ptr [bp+si+0x10]"), ([0x8D, 0x84, 0xC3, 0x00, 0x01, 0x00, 0x00], "lea eax, [ebx+eax*8+0x100]"),
        ([0x83, 0xC4, 0xF0], "add esp, 0xfffffff0"), ([0xF0, 0x0F, 0xB1, 0x0B], "lock cmpxchg dword ptr [ebx], ecx"),
        ([0x0F, 0xB6, 0xC1], "movzx eax, cl"), ([0x66, 0x0F, 0xBE, 0xC1], "movsx ax, cl"), ([0x0F, 0xBF, 0xC1], "movsx eax, cx"),
        ([0xE8, 0xFB, 0xFF, 0xFF, 0xFF], "call 0x1000"), ([0x75, 0xFE], "jne 0x1000"), ([0x0F, 0x84, 0x00, 0x01, 0x00, 0x00], "je 0x1106"),
        ([0xC2, 0x08, 0x00], "ret 0x8"), ([0xEA, 0x00, 0x10, 0x00, 0x00, 0x08, 0x00], "jmp 0x8:0x1000"),
        ([0xFF, 0x25, 0x00, 0x20, 0x00, 0x00], "jmp dword ptr [0x2000]"),
        ([0xFF, 0x1B], "call fword ptr [ebx]"), ([0xC8, 0x10, 0x00, 0x01], "enter 0x10, 0x1"), ([0xF3, 0xA5], "rep movsd"),
        ([0xF2, 0xAE], "repne scasb"),
        ([0x66, 0xAB], "stosw"), ([0xC1, 0xE8, 0x1F], "shr eax, 0x1f"), ([0xD1, 0xF8], "sar eax, 1"), ([0xD3, 0xE2], "shl edx, cl"),
        ([0x0F, 0xA4, 0xD0, 0x05], "shld eax, edx, 0x5"), ([0x0F, 0xBA, 0xE8, 0x1F], "bts eax, 0x1f"),
        ([0x69, 0xC1, 0xE8, 0x03, 0x00, 0x00], "imul eax, ecx, 0x3e8"),
        ([0x6A, 0xFF], "push 0xffffffff"), ([0x1E], "push ds"), ([0x8E, 0xD8], "mov ds, ax"), ([0x0F, 0x22, 0xC0], "mov cr0, eax"),
        ([0x0F, 0x20, 0xD8], "mov eax, cr3"),
        ([0x0F, 0x01, 0x15, 0x00, 0x30, 0x00, 0x00], "lgdt [0x3000]"), ([0x0F, 0x00, 0xD8], "ltr ax"), ([0xCD, 0x80], "int 0x80"),
        ([0xE4, 0x60], "in al, 0x60"), ([0xEF], "out dx, eax"),
        ([0x99], "cdq"), ([0x66, 0x98], "cbw"), ([0x0F, 0x95, 0xC0], "setne al"), ([0x0F, 0x44, 0xC1], "cmove eax, ecx"),
        ([0x0F, 0xC8], "bswap eax"),
        ([0x91], "xchg ecx, eax"), ([0x0F, 0xB2, 0x23], "lss esp, fword ptr [ebx]"), ([0x0F, 0xC7, 0x0B], "cmpxchg8b qword ptr [ebx]"),
        ([0xD9, 0xC1], "fld st(1)"),
        ([0xDC, 0x05, 0x00, 0x10, 0x00, 0x00], "fadd qword ptr [0x1000]"), ([0xDE, 0xC1], "faddp st(1), st"), ([0xDB, 0x2B], "fld tbyte ptr [ebx]"),
        ([0xDF, 0xE0], "fnstsw ax"),
        ([0xDB, 0xE3], "fninit"), ([0xDA, 0xC1], "fcmovb st, st(1)"), ([0x0F, 0xFC, 0xC1], "paddb mm0, mm1"),
        ([0x66, 0x0F, 0xFC, 0x03], "paddb xmm0, xmmword ptr [ebx]"),
        ([0xF3, 0x0F, 0x58, 0xC1], "addss xmm0, xmm1"), ([0x0F, 0xC6, 0xC1, 0x1B], "shufps xmm0, xmm1, 0x1b"),
        ([0xF2, 0x0F, 0x2C, 0xC1], "cvttsd2si eax, xmm1"),
        ([0x66, 0x0F, 0x73, 0xD9, 0x04], "psrldq xmm1, 0x4"), ([0x0F, 0xAE, 0x03], "fxsave [ebx]"), ([0x0F, 0x01, 0xD0], "(bad)"),
        ([0xC4, 0xC0], "(bad)"),
    ]

    @Test(arguments: 0..<golden32.count) func golden(index: Int) {
        let (bytes, text) = Self.golden32[index]
        let result = Disassembler.disassemble(bytes, address: 0x1000, code32: true)
        #expect(result.text == text)
        #expect(result.length == bytes.count)
    }

    @Test(
        arguments: [
            ([0x89, 0xC8], "mov ax, cx"), ([0x66, 0x89, 0xC8], "mov eax, ecx"), ([0x8B, 0x46, 0xFE], "mov ax, word ptr [bp-0x2]"),
            ([0xE9, 0xFD, 0xFF], "jmp 0x100"),
            ([0x66, 0x67, 0x8B, 0x03], "mov eax, dword ptr [ebx]"), ([0xEA, 0x5B, 0xE0, 0x00, 0xF0], "jmp 0xf000:0xe05b"),
            ([0x2E, 0xA0, 0x34, 0x12], "mov al, cs:[0x1234]"),
            ([0x66, 0x2E, 0x0F, 0x01, 0x16, 0x00, 0x20], "lgdt cs:[0x2000]"), ([0xE3, 0xFE], "jcxz 0x100"), ([0xCF], "iret"),
        ] as [([UInt8], String)])
    func golden16(bytes: [UInt8], text: String) {
        let result = Disassembler.disassemble(bytes, address: 0x100, code32: false)
        #expect(result.text == text)
        #expect(result.length == bytes.count)
    }

    @Test func settlesDefaults() throws {
        var i = try instruction([0x8B, 0x45, 0x08])
        #expect(i.segment == SegmentRegister.ss.rawValue && i.base == 5 && i.index == Instruction.noRegister && i.displacement == 8 && i.width == 4)
        i = try instruction([0x3E, 0x8B, 0x45, 0x08])
        #expect(i.segment == SegmentRegister.ds.rawValue && i.prefixes == .segment)
        i = try instruction([0x0F, 0xB6, 0x03])
        #expect(i.operation == .MOVZX && i.width == 1 && !i.prefixes.contains(.operand16))
        i = try instruction([0x75, 0x80], code32: false)
        #expect(i.operation == .JCC && i.reg == 5 && i.immediate == 0xFFFF_FF80 && i.width == 2 && i.prefixes == [.operand16, .address16])
        i = try instruction([0x0F, 0x4C, 0xD9])
        #expect(i.operation == .CMOVCC && i.reg == 3 && i.rm == 1 && i.immediate2 == 12)
        i = try instruction([0xC4, 0x1E, 0x34, 0x12], code32: false)
        #expect(i.operation == .LOAD_FAR && i.immediate2 == 0 && i.reg == 3 && i.displacement == 0x1234 && i.width == 2)
        i = try instruction([0x05, 1, 0, 0, 0])
        #expect(i.form == .ei && i.rm == 0 && !i.isMemory && i.immediate == 1 && i.width == 4)
        i = try instruction([0xD0, 0xE0])
        #expect(i.operation == .SHL && i.form == .e1 && i.immediate == 1 && i.width == 1)
        i = try instruction([0x66, 0x0F, 0x58, 0x03])
        #expect(i.operation == .SSE_OP && i.immediate2 == 0x58 | 1 << 8 | 1 << 10 && i.width == 16 && i.properties.contains(.aligned))
        i = try instruction([0x0F, 0x10, 0x03])
        #expect(i.operation == .SSE_MOV_LOAD && !i.properties.contains(.aligned))
    }

    @Test func lockNeedsAMemoryDestination() throws {
        #expect(try instruction([0xF0, 0x01, 0x03]).operation == .ADD)
        #expect(try instruction([0xF0, 0x01, 0xC3]).operation == .INVALID)
        #expect(try instruction([0xF0, 0x03, 0x03]).operation == .INVALID)
        #expect(try instruction([0xF0, 0x89, 0x03]).operation == .INVALID)
    }

    @Test func cutOffAndOverlongCode() {
        let long: [UInt8] = [0x66, 0x81, 0x84, 0x8D, 1, 2, 3, 4, 5, 6]
        for count in 1..<long.count { #expect(decode(Array(long.prefix(count))) == .needMoreBytes) }
        #expect(decode([UInt8](repeating: 0x66, count: 14)) == .needMoreBytes)
        #expect(decode([UInt8](repeating: 0x66, count: 15) + [0x90]) == .tooLong)
        #expect(decode([UInt8](repeating: 0x66, count: 15)) == .tooLong)
    }

    @Test func laterInstructionsAreUndefinedEarlier() throws {
        #expect(try instruction([0x0F, 0x44, 0xC1], generation: .p6).operation == .CMOVCC)
        #expect(try instruction([0x0F, 0x44, 0xC1], generation: .mmx).operation == .INVALID)
        #expect(try instruction([0x66, 0x0F, 0xFC, 0xC1], generation: .p3).operation == .INVALID)
        #expect(try instruction([0x0F, 0xC8], generation: .i486).operation == .BSWAP)
    }

    /// Whatever the bytes, decoding ends, stays within 15 bytes, and gives the same with more bytes behind.
    @Test func randomBytesAreHarmless() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let bytes = (0..<24).map { _ in UInt8.random(in: 0...255, using: &random) }
            for code32 in [false, true] {
                let result = decode(bytes, code32: code32)
                guard case .instruction(let i) = result else { continue }
                #expect((1...15).contains(i.length), "\(bytes)")
                #expect(decode(Array(bytes.prefix(Int(i.length))), code32: code32) == result, "\(bytes)")
            }
        }
    }
}
