import Testing

@testable import Bus
@testable import Processor
import X86

/// x87, MMX and SSE programs in flat protected mode, with results known from the manuals or computed by Swift.
@Suite struct FloatingPointTests {
    /// Runs code to its HLT; CR4.OSFXSR, OSXMMEXCPT and CR0.NE are on.
    private static func run(_ code: [UInt8], prepare: (Bench) throws -> Void = { _ in }) throws -> Bench {
        let bench = try ProtectedModeTests.bench(.max)
        bench.e.s.cr4 |= 0x600
        bench.e.s.cr0 |= 0x20
        bench.memory.write(0x1000, code + [0xF4])
        for vector: UInt8 in [6, 7, 13, 16, 19] {
            ProtectedModeTests.gate(bench, vector, 0x3000 + UInt32(vector) * 16)
            bench.memory.write(0x3000 + UInt32(vector) * 16, [0xF4])
        }
        try prepare(bench)
        #expect(bench.run() == .halted)
        return bench
    }

    /// The vector whose handler the program ended in; nil where it came to its own HLT.
    private static func fault(_ bench: Bench) -> UInt8? {
        let eip = bench.e.s.eip
        return eip >= 0x3000 ? UInt8((eip - 1 - 0x3000) / 16) : nil
    }

    private static func double(_ bench: Bench, _ address: UInt32) -> Double {
        Double(bitPattern: UInt64(bench.memory.read(address, .dword)) | UInt64(bench.memory.read(address + 4, .dword)) << 32)
    }

    private static func put(_ bench: Bench, _ address: UInt32, _ value: Double) {
        bench.memory.write(address, .dword, UInt32(truncatingIfNeeded: value.bitPattern))
        bench.memory.write(address + 4, .dword, UInt32(truncatingIfNeeded: value.bitPattern >> 32))
    }

    private static let finit: [UInt8] = [0xDB, 0xE3]
    /// FLD qword [5000h], FLD qword [5008h], FSTP qword [5010h]
    private static let load0: [UInt8] = [0xDD, 0x05, 0, 0x50, 0, 0], load1: [UInt8] = [0xDD, 0x05, 8, 0x50, 0, 0]
    private static let store: [UInt8] = [0xDD, 0x1D, 0x10, 0x50, 0, 0]
    private static let statusToAX: [UInt8] = [0xDF, 0xE0]

    // MARK: x87

    /// The first steps of Linux: FNINIT, then FNSTSW must give 0 and FNSTCW 37Fh.
    @Test func theProbeFindsACoprocessor() throws {
        let bench = try Self.run([0xDB, 0xE3, 0xDD, 0x3D, 0, 0x50, 0, 0, 0xD9, 0x3D, 4, 0x50, 0, 0]) { $0.memory.write(0x5000, .dword, 0xFFFF_FFFF) }
        #expect(bench.memory.read(0x5000, .word) == 0)
        #expect(bench.memory.read(0x5004, .word) == 0x37F)
        #expect(bench.e.s.fpu.tags == 0xFFFF)
    }

    @Test(
        arguments: [
            ([0xDE, 0xC1], 9.75), ([0xDE, 0xC9], 22.5), ([0xDE, 0xE9], 5.25), ([0xDE, 0xE1], -5.25), ([0xDE, 0xF9], 7.5 / 2.25),
            ([0xDE, 0xF1], 2.25 / 7.5),
        ] as [([UInt8], Double)])
    func arithmeticOnTwoRegisters(operation: [UInt8], expected: Double) throws {
        // ST(1) = a, ST(0) = b; each pops into ST(1).
        let bench = try Self.run(Self.finit + Self.load0 + Self.load1 + operation + Self.store) {
            Self.put($0, 0x5000, 7.5)
            Self.put($0, 0x5008, operation == [0xDE, 0xC9] ? 3.0 : 2.25)
        }
        #expect(Self.double(bench, 0x5010) == expected)
        #expect(bench.e.s.fpu.tags == 0xFFFF)
        #expect(Self.fault(bench) == nil)
    }

    @Test func registerFormsKeepTheirDirection() throws {
        // FSUB ST,ST(1) (D8 E1): b - a; FSUB ST(1),ST (DC E9): a - b.
        for (code, slot, expected) in [([0xD8, 0xE1], 0, -5.25), ([0xDC, 0xE9], 1, 5.25), ([0xD8, 0xF1], 0, 0.3), ([0xDC, 0xF9], 1, 7.5 / 2.25)]
            as [([UInt8], Int, Double)]
        {
            let bench = try Self.run(Self.finit + Self.load0 + Self.load1 + code + (slot == 1 ? [0xDD, 0xD8] : []) + Self.store) {
                Self.put($0, 0x5000, 7.5)
                Self.put($0, 0x5008, 2.25)
            }
            #expect(Self.double(bench, 0x5010) == expected, "\(code)")
        }
    }

    /// The Pentium check of Linux: x - (x / y) * y is 0 with a sound divider.
    @Test func theDividerIsSound() throws {
        // fld x; fdiv y; fmul y; fld x; fsubp; fistp dword [5018h]
        let code: [UInt8] =
            Self.finit + Self.load0 + [0xDC, 0x35, 8, 0x50, 0, 0, 0xDC, 0x0D, 8, 0x50, 0, 0] + Self.load0 + [
                0xDE, 0xE9, 0xDB, 0x1D, 0x18, 0x50, 0, 0,
            ]
        let bench = try Self.run(code) {
            Self.put($0, 0x5000, 4195835)
            Self.put($0, 0x5008, 3145727)
        }
        #expect(bench.memory.read(0x5018, .dword) == 0)
    }

    @Test func integersRoundAsTheControlWordSays() throws {
        for (rounding, expected) in [(UInt16(0), UInt32(2)), (1, 2), (2, 3), (3, 2)] {
            // fldcw [5020h]; fld; fistp dword [5010h]
            let bench = try Self.run(Self.finit + [0xD9, 0x2D, 0x20, 0x50, 0, 0] + Self.load0 + [0xDB, 0x1D, 0x10, 0x50, 0, 0]) {
                Self.put($0, 0x5000, 2.5)
                $0.memory.write(0x5020, .word, UInt32(0x37F | rounding << 10))
            }
            #expect(bench.memory.read(0x5010, .dword) == expected)
            #expect(bench.e.s.fpu.status & 0x20 != 0)
        }
    }

    @Test func constantsAndTranscendentals() throws {
        // fldpi; fsin-like: fld1; fld1; fpatan = pi/4; store
        var bench = try Self.run(Self.finit + [0xD9, 0xE8, 0xD9, 0xE8, 0xD9, 0xF3] + Self.store)
        #expect(Self.double(bench, 0x5010) == Double.pi / 4)
        bench = try Self.run(Self.finit + [0xD9, 0xEB] + Self.store)
        #expect(Self.double(bench, 0x5010) == Double.pi)
        // FSINCOS of 0: sine below cosine
        bench = try Self.run(Self.finit + [0xD9, 0xEE, 0xD9, 0xFB] + Self.store)
        #expect(Self.double(bench, 0x5010) == 1)
        #expect(!bench.e.s.fpu.isEmpty(0) && bench.e.s.fpu.isEmpty(1))
        // FSIN of 2^63: out of range, C2
        bench = try Self.run(Self.finit + Self.load0 + [0xD9, 0xFE] + Self.statusToAX) { Self.put($0, 0x5000, 0x1p63) }
        #expect(bench.e.eax & 0x400 != 0)
        #expect(bench.e.s.fpu[0].exponent == 0x3FFF + 63)
        // FPTAN out of range pushes nothing
        bench = try Self.run(Self.finit + Self.load0 + [0xD9, 0xF2]) { Self.put($0, 0x5000, 0x1p64) }
        #expect(bench.e.s.fpu.isEmpty(1) && bench.e.s.fpu.status & 0x400 != 0)
    }

    @Test func comparisons() throws {
        for (a, b, conditions) in [(1.0, 2.0, UInt32(0)), (2.0, 1.0, 0x100), (1.0, 1.0, 0x4000), (Double.nan, 1.0, 0x4500)] {
            let prepare: (Bench) -> Void = {
                Self.put($0, 0x5000, a)
                Self.put($0, 0x5008, b)
            }
            // FUCOMPP: ST(0) = b against ST(1) = a
            var bench = try Self.run(Self.finit + Self.load0 + Self.load1 + [0xDA, 0xE9] + Self.statusToAX, prepare: prepare)
            #expect(bench.e.eax & 0x4500 == conditions)
            #expect(bench.e.s.fpu.tags == 0xFFFF)
            #expect(bench.e.s.fpu.status & 1 == 0)
            // FCOMI: the same in EFLAGS; a NaN is invalid here
            bench = try Self.run(Self.finit + Self.load0 + Self.load1 + [0xDB, 0xF1], prepare: prepare)
            #expect(bench.e.cf == (conditions & 0x100 != 0))
            #expect(bench.e.pf == (conditions & 0x400 != 0))
            #expect(bench.e.zf == (conditions & 0x4000 != 0))
            #expect((bench.e.s.fpu.status & 1 != 0) == a.isNaN)
        }
    }

    @Test func stackFaults() throws {
        // Underflow, masked: FADD on an empty stack gives the indefinite.
        var bench = try Self.run(Self.finit + [0xD8, 0xC1] + Self.statusToAX)
        #expect(bench.e.eax & 0x241 == 0x41)
        #expect(bench.e.s.fpu[0] == .indefinite)
        // Overflow, masked: the ninth FLD1.
        bench = try Self.run(Self.finit + [UInt8](repeating: 0, count: 9).flatMap { _ -> [UInt8] in [0xD9, 0xE8] } + Self.statusToAX)
        #expect(bench.e.eax & 0x241 == 0x241)
        #expect(bench.e.s.fpu[0] == .indefinite)
        // Unmasked: nothing happens until the next waiting instruction, which raises #MF.
        bench = try Self.run(Self.finit + [0xD9, 0x2D, 0x20, 0x50, 0, 0, 0xD8, 0xC1, 0x90, 0xD9, 0xD0]) { $0.memory.write(0x5020, .word, 0x37E) }
        #expect(Self.fault(bench) == 16)
        #expect(bench.e.s.fpu.status & 0x8080 == 0x8080)
        #expect(bench.e.s.fpu.isEmpty(0))
        #expect(bench.memory.read(bench.e.esp, .dword) == 0x100B)
    }

    @Test func anUnmaskedDivisionByZeroKeepsItsOperands() throws {
        // fldcw 37Bh; fld1; fldz; fdivp; fnstsw ax
        let bench = try Self.run(Self.finit + [0xD9, 0x2D, 0x20, 0x50, 0, 0, 0xD9, 0xE8, 0xD9, 0xEE, 0xDE, 0xF9] + Self.statusToAX) {
            $0.memory.write(0x5020, .word, 0x37B)
        }
        #expect(bench.e.eax & 0x80FF == 0x8084)
        #expect(bench.e.s.fpu[0] == .zero)
        #expect(bench.e.s.fpu[1] == Extended(significand: 1 << 63, exponent: 0x3FFF))
    }

    /// SDM Vol. 1 §8.5.4: the exponent of an unmasked overflow is lowered by 24576.
    @Test func anUnmaskedOverflowGivesTheScaledResult() throws {
        // fldcw 377h; fld tbyte 2^16383; fmul st,st
        let bench = try Self.run(Self.finit + [0xD9, 0x2D, 0x20, 0x50, 0, 0, 0xDB, 0x2D, 0x30, 0x50, 0, 0, 0xD8, 0xC8] + Self.statusToAX) {
            $0.memory.write(0x5020, .word, 0x377)
            $0.memory.write(0x5034, .dword, 0x8000_0000)
            $0.memory.write(0x5038, .word, 0x7FFE)
        }
        #expect(bench.e.eax & 0x88 == 0x88)
        #expect(Int(bench.e.s.fpu[0].exponent) == 0x3FFF + 32766 - 24576)
        // The host did not notice: floating point in Swift still works.
        #expect((Self.double(bench, 0x5000) + 1.5).rounded() == 2)
    }

    @Test func withoutNEAnErrorRaisesFERR() throws {
        var levels: [Bool] = []
        _ = try Self.run(Self.finit + [0xD9, 0x2D, 0x20, 0x50, 0, 0, 0xD8, 0xC1, 0xDB, 0xE2]) { bench in
            bench.memory.write(0x5020, .word, 0x37E)
            bench.e.s.cr0 &= ~0x20
            bench.processor.onFloatingPointError = { levels.append($0) }
        }
        #expect(levels.contains(true))
        #expect(levels.last == false)
    }

    @Test func decimalRoundTrip() throws {
        // fild dword; fbstp [5030h]; fbld; fistp dword [5010h]
        let bench = try Self.run(
            Self.finit + [0xDB, 0x05, 0, 0x50, 0, 0, 0xDF, 0x35, 0x30, 0x50, 0, 0, 0xDF, 0x25, 0x30, 0x50, 0, 0, 0xDB, 0x1D, 0x10, 0x50, 0, 0]
        ) {
            $0.memory.write(0x5000, .dword, UInt32(bitPattern: -1_234_567))
        }
        #expect(bench.memory.read(0x5030, .dword) == 0x0123_4567)
        #expect(bench.memory.read(0x5039, .byte) == 0x80)
        #expect(Int32(bitPattern: bench.memory.read(0x5010, .dword)) == -1_234_567)
    }

    @Test func conditionalMovesAndClasses() throws {
        // fld1; fldz; stc; fcmovb st,st(1); fxam
        let bench = try Self.run(Self.finit + [0xD9, 0xE8, 0xD9, 0xEE, 0xF9, 0xDA, 0xC1, 0xD9, 0xE5] + Self.statusToAX)
        #expect(bench.e.s.fpu[0] == Extended(significand: 1 << 63, exponent: 0x3FFF))
        #expect(bench.e.eax & 0x4700 == 0x400)
    }

    @Test func environmentAndSaveRoundTrip() throws {
        // fld1; fldpi; fnsave [5100h]; frstor [5100h]; fnstenv [5200h]
        let bench = try Self.run(
            Self.finit + [0xD9, 0xE8, 0xD9, 0xEB, 0xDD, 0x35, 0, 0x51, 0, 0, 0xDD, 0x25, 0, 0x51, 0, 0, 0xD9, 0x35, 0, 0x52, 0, 0])
        for offset in stride(from: UInt32(0), to: 28, by: 4) {
            #expect(bench.memory.read(0x5100 + offset, .dword) == bench.memory.read(0x5200 + offset, .dword), "at \(offset)")
        }
        #expect(bench.memory.read(0x5104, .word) == 6 << 11)
        #expect(bench.memory.read(0x5108, .word) == 0x0FFF)
        #expect(bench.memory.read(0x510C, .dword) == 0x1004)
        #expect(bench.memory.read(0x5112, .word) == 0x1EB)
        #expect(bench.e.s.fpu[1] == Extended(significand: 1 << 63, exponent: 0x3FFF))
        #expect(bench.e.s.fpu.isEmpty(2))
    }

    // MARK: Availability

    @Test(
        arguments: [
            ([0xD9, 0xE8], UInt32(8), UInt8(7)), ([0xD9, 0xE8], 4, 7), ([0x0F, 0xFC, 0xC1], 4, 6), ([0x0F, 0xFC, 0xC1], 8, 7),
            ([0x0F, 0x58, 0xC1], 4, 6),
            ([0x0F, 0x58, 0xC1], 8, 7), ([0x9B], 0xA, 7),
        ] as [([UInt8], UInt32, UInt8)])
    func controlBitsForbid(code: [UInt8], cr0: UInt32, vector: UInt8) throws {
        let bench = try Self.run(code) { $0.e.s.cr0 |= cr0 }
        #expect(Self.fault(bench) == vector)
    }

    @Test func sseNeedsTheSystemsConsent() throws {
        let bench = try Self.run([0x0F, 0x58, 0xC1]) { $0.e.s.cr4 = 0 }
        #expect(Self.fault(bench) == 6)
    }

    // MARK: MMX and SSE

    @Test func packedIntegers() throws {
        // movq mm0,[5000h]; paddusb mm0,[5008h]; psrlw mm0,4; movq [5010h],mm0; pmovmskb eax,mm0; emms
        let code: [UInt8] = [
            0x0F, 0x6F, 0x05, 0, 0x50, 0, 0, 0x0F, 0xDC, 0x05, 8, 0x50, 0, 0, 0x0F, 0x7F, 0x05, 0x18, 0x50, 0, 0, 0x0F, 0xD7, 0xC8, 0x0F, 0x71, 0xD0,
            4, 0x0F, 0x7F, 0x05,
            0x10, 0x50, 0, 0, 0x0F, 0x77,
        ]
        let bench = try Self.run(code) {
            $0.memory.write(0x5000, [0xF0, 0x01, 0x80, 0x10, 0, 0, 0xFF, 0xFF])
            $0.memory.write(0x5008, [0x20, 0x02, 0x80, 0x10, 0, 1, 0x01, 0x00])
        }
        #expect((0..<8).map { bench.memory.read(0x5018 + $0, .byte) } == [0xFF, 0x03, 0xFF, 0x20, 0, 1, 0xFF, 0xFF])
        #expect(bench.e.ecx == 0b1100_0101)
        #expect(bench.memory.read(0x5010, .word) == 0x03FF >> 4)
        #expect(bench.e.s.fpu.tags == 0xFFFF)
        #expect(bench.e.s.fpu.registers[1] == 0xFFFF)
    }

    @Test func scalarAndPackedFloats() throws {
        // movups xmm1,[5000h]; addps xmm1,xmm1; sqrtps xmm1,xmm1; shufps xmm1,xmm1,1Bh; movups [5010h],xmm1; cvttss2si eax,xmm1
        let code: [UInt8] = [
            0x0F, 0x10, 0x0D, 0, 0x50, 0, 0, 0x0F, 0x58, 0xC9, 0x0F, 0x51, 0xC9, 0x0F, 0xC6, 0xC9, 0x1B, 0x0F, 0x11, 0x0D, 0x10, 0x50, 0, 0, 0xF3,
            0x0F, 0x2C, 0xC1,
        ]
        let bench = try Self.run(code) {
            for (index, value) in [Float(2), 8, 18, 32].enumerated() { $0.memory.write(0x5000 + UInt32(index) * 4, .dword, value.bitPattern) }
        }
        #expect((0..<4).map { Float(bitPattern: bench.memory.read(0x5010 + $0 * 4, .dword)) } == [8, 6, 4, 2])
        #expect(bench.e.eax == 8)
    }

    @Test func doublesAndConversions() throws {
        // mov eax,-7; cvtsi2sd xmm0,eax; divsd xmm0,[5000h]; movsd [5010h],xmm0; ucomisd xmm0,[5000h]; cvtsd2ss xmm2,xmm0
        let code: [UInt8] = [
            0xB8, 0xF9, 0xFF, 0xFF, 0xFF, 0xF2, 0x0F, 0x2A, 0xC0, 0xF2, 0x0F, 0x5E, 0x05, 0, 0x50, 0, 0, 0xF2, 0x0F, 0x11, 0x05, 0x10, 0x50, 0, 0,
            0x66, 0x0F, 0x2E, 0x05, 0, 0x50, 0, 0,
            0xF2, 0x0F, 0x5A, 0xD0,
        ]
        let bench = try Self.run(code) { Self.put($0, 0x5000, 3) }
        #expect(Self.double(bench, 0x5010) == -7.0 / 3)
        #expect(bench.e.cf && !bench.e.zf && !bench.e.pf)
        #expect(Float(bitPattern: UInt32(truncatingIfNeeded: bench.e.s.fpu.xmm[4])) == Float(-7.0 / 3))
        #expect(bench.e.s.fpu.mxcsr == 0x1FA0)
    }

    @Test func shiftsOfWholeRegisters() throws {
        // pslldq xmm0,3; psrlq xmm1,4; psrad xmm2,31
        let bench = try Self.run([0x66, 0x0F, 0x73, 0xF8, 3, 0x66, 0x0F, 0x73, 0xD1, 4, 0x66, 0x0F, 0x72, 0xE2, 31]) { bench in
            for index in 0..<6 { bench.e.s.fpu.xmm[index] = 0x8877_6655_4433_2211 }
        }
        let x = bench.e.s.fpu.xmm
        #expect(x[0] == 0x5544_3322_1100_0000 && x[1] == 0x5544_3322_1188_7766)
        #expect(x[2] == 0x0887_7665_5443_3221 && x[3] == x[2])
        #expect(x[4] == 0xFFFF_FFFF_0000_0000)
    }

    @Test func alignmentAndUnmaskedExceptions() throws {
        #expect(Self.fault(try Self.run([0x0F, 0x28, 0x05, 8, 0x50, 0, 0])) == 13)
        #expect(Self.fault(try Self.run([0x0F, 0x10, 0x05, 8, 0x50, 0, 0])) == nil)
        #expect(Self.fault(try Self.run([0x0F, 0x58, 0x05, 8, 0x50, 0, 0])) == 13)
        // divps by zero, unmasked: #XM, the destination unchanged
        let bench = try Self.run([0x0F, 0x5E, 0xC1]) {
            $0.e.s.fpu.mxcsr = 0x1D80
            $0.e.s.fpu.xmm[0] = UInt64((1 as Float).bitPattern)
        }
        #expect(Self.fault(bench) == 19)
        #expect(bench.e.s.fpu.xmm[0] == UInt64((1 as Float).bitPattern))
        #expect(bench.e.s.fpu.mxcsr & 4 != 0)
    }

    @Test func fxsaveRoundTrip() throws {
        // finit; fld1; fldpi; fxsave [5000h]; finit; pxor xmm3,xmm3; fxrstor [5000h]
        let bench = try Self.run(
            Self.finit + [
                0xD9, 0xE8, 0xD9, 0xEB, 0x0F, 0xAE, 0x05, 0, 0x50, 0, 0, 0xDB, 0xE3, 0x66, 0x0F, 0xEF, 0xDB, 0x0F, 0xAE, 0x0D, 0, 0x50, 0, 0,
            ]
        ) {
            $0.e.s.fpu.xmm[6] = 0x0123_4567_89AB_CDEF
            $0.e.s.fpu.mxcsr = 0x3F80
        }
        #expect(Self.fault(bench) == nil)
        #expect(bench.memory.read(0x5004, .byte) == 0xC0)
        #expect(bench.memory.read(0x5018, .dword) == 0x3F80)
        #expect(bench.e.s.fpu.xmm[6] == 0x0123_4567_89AB_CDEF)
        #expect(bench.e.s.fpu.top == 6)
        #expect(bench.e.s.fpu[1] == Extended(significand: 1 << 63, exponent: 0x3FFF))
        #expect(!bench.e.s.fpu.isEmpty(1) && bench.e.s.fpu.isEmpty(2))
        // FXRSTOR refuses reserved bits of MXCSR.
        let bad = try Self.run([0x0F, 0xAE, 0x0D, 0, 0x50, 0, 0]) { $0.memory.write(0x5018, .dword, 0x1_0000) }
        #expect(Self.fault(bad) == 13)
    }

    @Test func everyImmediateGetsItsOwnStub() throws {
        for immediate in UInt8(0)...255 {
            let bench = try Self.run([0x66, 0x0F, 0x70, 0xC1, immediate]) { bench in
                bench.e.s.fpu.xmm[2] = 0x1_0000_0000
                bench.e.s.fpu.xmm[3] = 0x3_0000_0002
            }
            let x = bench.e.s.fpu.xmm
            let words = [UInt32(truncatingIfNeeded: x[0]), UInt32(x[0] >> 32), UInt32(truncatingIfNeeded: x[1]), UInt32(x[1] >> 32)]
            let expected: [UInt32] = (0..<4).map { (place: Int) -> UInt32 in UInt32(immediate) >> UInt32(place * 2) & 3 }
            #expect(words == expected)
        }
    }

    /// Every row of the floating point and vector units runs, with a register and a memory operand, and leaves the host's units as Swift needs them.
    @Test func everyRowRuns() throws {
        var ran = 0
        for row in InstructionTable.shared.rows where row.operation.isFPU {
            let prefix: [UInt8] = row.prefix.map { [[], [0x66], [0xF3], [0xF2]][Int($0)] } ?? []
            let escape: [UInt8] = [[], [0x0F], [0x0F, 0x38], [0x0F, 0x3A]][Int(row.map)]
            for group in UInt8(0)..<8 {
                for modRM in [0xC1 | group << 3, 0x05 | group << 3] {
                    let operand: [UInt8] = [0, 0x50, 0, 0, 1]
                    let code = prefix + escape + [row.opcode, modRM] + (modRM < 0xC0 ? operand : [1])
                    guard case .instruction(let i) = Self.decode(code), i.operation == row.operation else { continue }
                    // EDI for the masked stores
                    let bench = try Self.run([0xBF, 0, 0x60, 0, 0] + Array(code.prefix(Int(i.length)))) { bench in
                        bench.e.s.fpu.initialize()
                        for index in 0..<16 { bench.e.s.fpu.xmm[index] = 0x3FF0_0000_3F80_0000 &+ UInt64(index) }
                        for number in UInt8(0)..<4 { bench.e.s.fpu[number] = Extended(significand: 1 << 63, exponent: 0x3FFF) }
                    }
                    #expect(Self.fault(bench) == nil, "\(row.encoding), ModR/M \(modRM)")
                    ran += 1
                }
            }
        }
        #expect(ran > 1000)
        #expect((Double(ran) / 3 * 3).rounded() == Double(ran))
    }

    private static func decode(_ bytes: [UInt8]) -> DecodeResult {
        let padded = bytes + [0, 0, 0, 0]
        return unsafe padded.withUnsafeBufferPointer {
            unsafe Decoder(code32: true).decode($0.baseAddress.unsafelyUnwrapped, available: padded.count)
        }
    }

    /// With CR0.NE clear an unmasked error is FERR#'s: the next waiting instruction stands still until an interrupt, or goes on under IGNNE#.
    @Test func errorsThePCWay() throws {
        let bench = try ProtectedModeTests.bench()
        var levels: [Bool] = []
        bench.processor.onFloatingPointError = { levels.append($0) }
        // fninit; fldcw [5000h] (zero divide unmasked); fld1; fldz; fdivp; fld1; hlt
        bench.memory.write(0x5000, .word, 0x37B)
        bench.memory.write(0x1000, [0xDB, 0xE3, 0xD9, 0x2D, 0, 0x50, 0, 0, 0xD9, 0xE8, 0xD9, 0xEE, 0xDE, 0xF9, 0xD9, 0xE8, 0xF4])
        #expect(bench.run() == .halted)
        #expect(bench.e.s.eip == 0x100E && levels.last == true)
        // NMI's handler ends with its IRET before the instruction, which still stands.
        ProtectedModeTests.gate(bench, 2, 0x2000)
        bench.memory.write(0x2000, [0x43, 0xCF])
        bench.processor.pulseNMI()
        #expect(bench.run() == .halted)
        #expect(bench.e.ebx == 1 && bench.e.s.eip == 0x100E)
        bench.processor.setIGNNE(true)
        bench.e.s.halted = false
        #expect(bench.run() == .halted)
        #expect(bench.e.s.eip == 0x1011)
    }

    /// FPREM of a NaN has no quotient: the condition codes stay the guest's own, whatever the host's were.
    @Test func remaindersOfNaNsLeaveTheConditionCodes() throws {
        // fninit; fld1; fld dword [5000h] (7.0); fprem (quotient 7: C0, C3 and C1); fnstsw [5010h]; fninit; fld1; fld dword [5004h] (NaN); fprem; fnstsw ax
        let bench = try Self.run([
            0xDB, 0xE3, 0xD9, 0xE8, 0xD9, 0x05, 0, 0x50, 0, 0, 0xD9, 0xF8, 0xDD, 0x3D, 0x10, 0x50, 0, 0, 0xDB, 0xE3, 0xD9, 0xE8, 0xD9, 0x05, 4, 0x50,
            0, 0, 0xD9,
            0xF8, 0xDF, 0xE0,
        ]) { bench in
            bench.memory.write(0x5000, .dword, 0x40E0_0000)
            bench.memory.write(0x5004, .dword, 0x7FC0_0000)
        }
        #expect(bench.memory.read(0x5010, .word) & 0x4700 == 0x4300)
        #expect(bench.e.eax & 0x4700 == 0)
    }
}

extension Extended {
    fileprivate var isNaN: Bool { exponent & 0x7FFF == 0x7FFF && significand << 1 != 0 }
}
