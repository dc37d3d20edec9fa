import TestSupport
import Testing

/// x87, MMX and SSE, which run on the host's units: with each other, with what gives the units back, and with everything that a control word may ask for.
@Suite(.serialized) struct FloatingPointTests {
    /// Flat 32-bit code; ESI points to memory of its own.
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var code: [[UInt8]]
    }

    private static let cases = [
        Case(testDescription: "C1 behind FUCOMI and FUCOMIP", code: [[0xDB, 0xE9], [0xDF, 0xE9]]),
        Case(testDescription: "C1 behind FCOMI and FCOMIP", code: [[0xDB, 0xF1], [0xDF, 0xF1]]),
        Case(testDescription: "conditions behind FPREM", code: [[0xD9, 0xF8]]),
        Case(testDescription: "conditions behind FPREM1", code: [[0xD9, 0xF5]]),
        Case(testDescription: "conditions behind FSINCOS and FPTAN", code: [[0xD9, 0xFB], [0xDD, 0xD8], [0xD9, 0xF2]]),
        // addps; fld1; addps; comisd; pushf; pop eax
        Case(
            testDescription: "the x87 unit comes to a unit that has the vectors",
            code: [[0x0F, 0x58, 0xC1], [0xD9, 0xE8], [0x0F, 0x58, 0xC2], [0x66, 0x0F, 0x2F, 0xC1], [0x9C], [0x58]]),
        // movhps xmm0,[esi]; cvtpi2ps xmm1,mm1; movshdup xmm2,xmm1; phaddd mm2,mm3; cvtps2pi mm4,xmm2
        Case(
            testDescription: "MMX and SSE in turn",
            code: [[0x0F, 0x16, 0x06], [0x0F, 0x2A, 0xC9], [0xF3, 0x0F, 0x16, 0xD1], [0x0F, 0x38, 0x02, 0xD3], [0x0F, 0x2D, 0xE2]]),
        // addps; fldenv and fnstenv, which the interpreter executes; addps
        Case(
            testDescription: "the interpreter between vectors",
            code: [[0x0F, 0x58, 0xC1], [0xD9, 0x76, 0x40], [0xD9, 0xE8], [0xD9, 0x66, 0x40], [0x0F, 0x59, 0xC2]]),
        // fnstcw [esi]; mov ax,[esi]; or ax,0C00h; mov [esi+2],ax; fldcw [esi+2]; fistp qword [esi+8]; fldcw [esi]; fnstsw ax
        Case(
            testDescription: "FISTP as compilers truncate",
            code: [
                [0xD9, 0x3E], [0x66, 0x8B, 0x06], [0x66, 0x0D, 0, 0x0C], [0x66, 0x89, 0x46, 2], [0xD9, 0x6E, 2], [0xDF, 0x7E, 8], [0xD9, 0x2E],
                [0xDF, 0xE0],
            ]),
        Case(testDescription: "80-bit loads and stores", code: [[0xDB, 0x6E, 0x10], [0xDB, 0x7E, 0x20], [0xDF, 0x76, 0x30], [0xDB, 0x7E, 0x40]]),
        // stmxcsr [esi]; xor dword [esi],6000h; ldmxcsr [esi]; divps; stmxcsr [esi+4]
        Case(
            testDescription: "MXCSR with another rounding",
            code: [[0x0F, 0xAE, 0x1E], [0x81, 0x36, 0, 0x60, 0, 0], [0x0F, 0xAE, 0x16], [0x0F, 0x5E, 0xC1], [0x0F, 0xAE, 0x5E, 4]]),
        // stmxcsr [esi]; and byte [esi+1],0E0h; ldmxcsr [esi]; divps
        Case(
            testDescription: "MXCSR that unmasks", code: [[0x0F, 0xAE, 0x1E], [0x80, 0x66, 1, 0xE0], [0x0F, 0xAE, 0x16], [0x0F, 0x5E, 0xC1]]),
        // addps; mov dword [esi],11F80h; ldmxcsr [esi]
        Case(testDescription: "reserved bits of MXCSR", code: [[0x0F, 0x58, 0xC1], [0xC7, 0x06, 0x80, 0x1F, 1, 0], [0x0F, 0xAE, 0x16]]),
        // fnstcw [esi]; and byte [esi],0FBh; fldcw [esi]; fld1; fldz; fdivp; fwait
        Case(
            testDescription: "a control word that unmasks",
            code: [[0xD9, 0x3E], [0x80, 0x26, 0xFB], [0xD9, 0x2E], [0xD9, 0xE8], [0xD9, 0xEE], [0xDE, 0xF9], [0x9B]]),
        // mov word [esi],0FFFFh; fldcw [esi]; fnstcw [esi+2]
        Case(testDescription: "reserved bits of the control word", code: [[0x66, 0xC7, 0x06, 0xFF, 0xFF], [0xD9, 0x2E], [0xD9, 0x7E, 2]]),
        // fld1; in al,0F4h; fadd st,st; mov eax,cr0; fadd st,st
        Case(testDescription: "a device between", code: [[0xD9, 0xE8], [0xE4, 0xF4], [0xD8, 0xC0], [0x0F, 0x20, 0xC0], [0xD8, 0xC0]]),
    ]

    @Test(arguments: cases) func agree(_ test: Case) throws {
        let world = try World(.flat)
        let pair = try Pair()
        var random = RandomSource(seed: Amount.firstSeed)
        for number in 0..<Amount.cases(100, full: 5000) {
            var program = Program(test.testDescription, world, test.code)
            program.seed = UInt64(number)
            program.registers.floatingPoint = Registers.drawFloatingPoint(&random)
            // Everything masked, nothing waiting: so that the units are lent.
            if !random.chance(10) {
                program.registers.floatingPoint[0] |= 0x3F
                program.registers.floatingPoint[2] &= 0x7F
                program.registers.floatingPoint.replaceSubrange(24..<26, with: [random.byte() & 0x3F | 0x80, 0x1F])
            }
            try pair.check(program)
        }
        #expect(pair.vectors.reduce(0, +) > 0)
    }

    /// Blocks with little else in them.
    @Test(arguments: [Mode.real, .flat, .flatUser, .segments32User]) func blocks(_ mode: Mode) throws {
        let worlds = try (0..<4).map { try World(mode, window: $0) }
        let pairs = try [0, 2].map { try Pair(threshold: $0) }
        let scout = try Scout(worlds[0])
        for number in 0..<Amount.cases(150, full: 20_000) {
            var random = RandomSource(seed: Amount.firstSeed &+ UInt64(number) ^ 0xF << 44)
            var program = Program("floating point", worlds[random.below(4)], [])
            program.seed = random.next()
            program.registers.draw(program.world, &random)
            program.rounds = 2 + random.below(4)
            var builder = try Builder(program, scout, seed: random.next())
            builder.weights = (10, 45, 45)
            builder.grow(to: 1 + random.below(40))
            try pairs[random.below(2)].check(builder.finish())
        }
        #expect(pairs.reduce(0) { $0 + $1.vectors[Int(World.endVector)] } > 100)
    }
}
