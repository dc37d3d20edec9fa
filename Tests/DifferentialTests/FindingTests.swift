import Testing

/// What the differential tests found, one small case each: code in 32-bit user mode, and what the silicon and the manual say it does.
@Suite struct FindingTests {
    struct Finding: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: [UInt8]
        var registers: [Int: UInt32] = [:]
        var flags: UInt32 = 0x202
        var fpu = FloatingPoint()
        /// EAX … EDI afterwards, where it matters.
        var expected: [Int: UInt32] = [:]
        /// Mask and value of EFLAGS.
        var expectedFlags: (mask: UInt32, value: UInt32) = (0, 0)
        /// Those of EFLAGS that are undefined behind a scan: the host is asked for them only where it leaves them alone.
        var scanned: UInt32 = 0
        var vector: UInt32 = 3
        var cr2: UInt32?
        /// Mask and value of the x87 status word.
        var status: (mask: UInt16, value: UInt16)?
        var mxcsr: UInt32?
    }

    private static let eax = 0, ecx = 1, edx = 2, ebx = 3, esp = 4, esi = 6, edi = 7
    private static let status: UInt32 = 0x8D5

    private static func fpu(control: UInt16 = 0x37F, status: UInt16 = 0, tags: UInt8 = 0, mxcsr: UInt32 = 0x1F80, xmm0: UInt64 = 0) -> FloatingPoint {
        var f = FloatingPoint()
        f.control = control
        f.status = status
        f.tags = tags
        f.mxcsr = mxcsr
        f.xmm[0] = xmm0
        return f
    }

    static let findings: [Finding] = [
        Finding(
            testDescription: "SHL sets AF", code: [0xC1, 0xE0, 5], registers: [eax: 1], expected: [eax: 32], expectedFlags: (status, 0x10)),
        Finding(
            testDescription: "RCR by a full turn still works out OF", code: [0xC0, 0xD8, 9], registers: [eax: 0], flags: 0xA02,
            expectedFlags: (0x800, 0)),
        Finding(
            testDescription: "SHLD of 16 bits by 17 shifts the other operand in again", code: [0x66, 0x0F, 0xA4, 0xD8, 17],
            registers: [eax: 0x1234, ebx: 0xABCD], expected: [eax: 0x579B], expectedFlags: (1, 0)),
        Finding(
            testDescription: "MUL leaves SF, ZF, AF and PF alone", code: [0xF7, 0xE3], registers: [eax: 2, ebx: 3], flags: 0x2D6,
            expected: [eax: 6, edx: 0], expectedFlags: (status, 0xD4)),
        Finding(
            testDescription: "DIV sets AF and clears SF, ZF and PF", code: [0xF7, 0xF3], registers: [eax: 7, edx: 0, ebx: 2], flags: 0x2C6,
            expected: [eax: 3, edx: 1], expectedFlags: (0xD4, 0x10)),
        Finding(
            testDescription: "BSF of 0 changes ZF alone", code: [0x0F, 0xBC, 0xC3], registers: [eax: 5, ebx: 0], flags: 0xA97, expected: [eax: 5],
            expectedFlags: (status, 0x8D5), scanned: status & ~0x40),
        Finding(
            testDescription: "AAA has the flags of a 16-bit addition", code: [0x37], registers: [eax: 0xBC68], flags: 0x212, expected: [eax: 0xBD0E],
            expectedFlags: (status, 0x91)),
        Finding(testDescription: "AAD adds", code: [0xD5, 10], registers: [eax: 0x1AFF], expected: [eax: 3], expectedFlags: (1, 1)),
        Finding(
            testDescription: "BSWAP of 16 bits clears those", code: [0x66, 0x0F, 0xC8], registers: [eax: 0x1234_5678], expected: [eax: 0x1234_0000]),
        Finding(
            testDescription: "a page-crossing read faults at the second page's first byte", code: [0xA1, 0xFE, 0x2F, 0x00, 0x20], vector: 14,
            cr2: 0x2000_3000),
        Finding(
            testDescription: "one that is nowhere faults at its own first byte", code: [0xA1, 0xFE, 0x7F, 0x00, 0x20], vector: 14, cr2: 0x2000_7FFE),
        Finding(
            testDescription: "CMPS reads ES:EDI first", code: [0xA6], registers: [esi: 0x2000_8000, edi: 0x2000_9000], vector: 14, cr2: 0x2000_9000),
        Finding(
            testDescription: "ARPL writes only what it changes", code: [0x63, 0x03], registers: [eax: 0, ebx: 0x2000_2000], vector: 3),
        Finding(
            testDescription: "misaligned data with AC set", code: [0xA1, 0x01, 0x00, 0x00, 0x20], flags: 0x4_0202, vector: 17),
        Finding(
            testDescription: "an operand across 4 GiB", code: [0xA1, 0xFE, 0xFF, 0xFF, 0xFF], vector: 13),
        Finding(testDescription: "INT1 asks no gate for its privilege", code: [0xF1], vector: 1),
        Finding(testDescription: "CLFLUSH faults as a load does", code: [0x0F, 0xAE, 0x3D, 0x00, 0x80, 0x00, 0x20], vector: 14, cr2: 0x2000_8000),
        Finding(testDescription: "EMMS makes TOP 0", code: [0x0F, 0x77], fpu: fpu(status: 0x2800, tags: 0xFF), status: (0x3800, 0)),
        Finding(testDescription: "FFREE clears C1", code: [0xDD, 0xC1], fpu: fpu(status: 0x0200, tags: 0xFF), status: (0x0200, 0)),
        Finding(
            testDescription: "D9 D8 pops an empty register without complaint", code: [0xD9, 0xD9], fpu: fpu(status: 0, tags: 0),
            status: (0x38FF, 0x0800)),
        Finding(
            testDescription: "FSINCOS of an empty register clears C2", code: [0xD9, 0xFB], fpu: fpu(status: 0x0400, tags: 0), status: (0x0441, 0x0041)
        ),
        Finding(
            testDescription: "a store with an unmasked exception tries its memory first", code: [0xDD, 0x15, 0x00, 0x80, 0x00, 0x20],
            fpu: fpu(control: 0x37E, tags: 0), vector: 14, cr2: 0x2000_8000, status: (0xFF, 0)),
        Finding(
            testDescription: "an exact tiny result is an underflow where that is unmasked", code: [0xF2, 0x0F, 0x58, 0xC1],
            fpu: fpu(mxcsr: 0x1780, xmm0: 1), vector: 19, mxcsr: 0x1792),
        Finding(
            testDescription: "an unmasked denormal operand keeps later flags away", code: [0xF2, 0x0F, 0x5A, 0xC0], fpu: fpu(mxcsr: 0x1E80, xmm0: 1),
            vector: 19, mxcsr: 0x1E82),
        Finding(
            testDescription: "MASKMOVDQU with an empty mask faults all the same", code: [0x66, 0x0F, 0xF7, 0xC1], registers: [edi: 0x2000_8000],
            vector: 14,
            cr2: 0x2000_8000),
        Finding(
            testDescription: "ENTER tries the new top of the stack", code: [0xC8, 0x00, 0x20, 0x00], registers: [esp: 0x3000_0800], vector: 14,
            cr2: 0x2FFF_E7FC),
    ]

    @Test(arguments: findings) func isAsOnTheSilicon(_ finding: Finding) throws {
        var image: [UInt8] = []
        check(finding, try #require(try UserMode().run(Self.start(finding), image: &image)))
    }

    @Test(.enabled(if: HostOracle.isUsable, "the host is not the processor whose behaviour this is"))
    func theSiliconSaysSo() throws {
        let outcomes = try HostOracle().run(Self.findings.map(Self.start))
        for (var finding, outcome) in zip(Self.findings, outcomes) {
            if !HostOracle.leavesScansFlags {
                finding.expectedFlags.mask &= ~finding.scanned
                finding.expectedFlags.value &= ~finding.scanned
            }
            check(finding, outcome.state)
        }
    }

    private static func start(_ finding: Finding) -> Case {
        var state = GuestState()
        state.eip = Layout.flat.code + 64
        state.gpr[esp] = Layout.flat.stack + 0x800
        for (number, value) in finding.registers { state.gpr[number] = value }
        state.eflags = finding.flags
        state.segments = [0x2B, 0x23, 0x2B, 0x2B, 0x2B, 0x2B]
        state.fpu = finding.fpu
        return Case(seed: 0, code: finding.code, codeOffset: 64, rows: [], state: state, code32: true)
    }

    private func check(_ finding: Finding, _ result: GuestState) {
        let name = finding.testDescription
        #expect(result.vector == finding.vector, "\(name)")
        for (number, value) in finding.expected { #expect(result.gpr[number] == value, "\(name): register \(number)") }
        #expect(result.eflags & finding.expectedFlags.mask == finding.expectedFlags.value, "\(name)")
        if let cr2 = finding.cr2 { #expect(result.cr2 == cr2, "\(name)") }
        if let status = finding.status { #expect(result.fpu.status & status.mask == status.value, "\(name)") }
        if let mxcsr = finding.mxcsr { #expect(result.fpu.mxcsr == mxcsr, "\(name)") }
    }
}
