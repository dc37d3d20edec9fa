import Testing

@testable import Processor

/// What a preset has and lacks.
@Suite struct ModelTests {
    private static let bswap: [UInt8] = [0x66, 0x0F, 0xC8]
    private static let rdtsc: [UInt8] = [0x0F, 0x31]
    private static let cmov: [UInt8] = [0x0F, 0x44, 0xC1]
    private static let sfence: [UInt8] = [0x0F, 0xAE, 0xF8]
    private static let pause: [UInt8] = [0x0F, 0xAE, 0xE8]
    private static let popcnt: [UInt8] = [0xF3, 0x0F, 0xB8, 0xC1]

    private static let rdrand: [UInt8] = [0x66, 0x0F, 0xC7, 0xF1]

    /// CF says that there was a number; the other status flags are cleared (SDM Vol. 2B, RDRAND).
    @Test func rdrandGivesWhatTheMachineTakesForRandom() throws {
        let bench = try Bench(model: .max)
        bench.processor.random = { 0x1234_5678 }
        bench.load(Self.rdrand + [0xF4])
        bench.e.ecx = 0xAAAA_AAAA
        bench.e.setStatusFlags(0x8D4)
        #expect(bench.run() == .halted)
        #expect(bench.e.ecx == 0x1234_5678)
        #expect(bench.e.statusFlags == 1)
    }

    /// CPUID leaf 1 EDX bit 9 shows a local APIC that is on (SDM Vol. 3A §10.4.3).
    @Test(arguments: ProcessorModel.allCases) func cpuidShowsTheLocalAPICWhileItIsOn(model: ProcessorModel) throws {
        let bench = try Bench(model: model)
        for base in [0xFEE0_0900, 0xFEE0_0100, 0xFEE0_0900] as [UInt64] {
            #expect(bench.processor.interrupts.writeAPICBase(base))
            bench.e.s.halted = false
            bench.load([0x0F, 0xA2, 0xF4])
            bench.e.eax = 1
            #expect(bench.run() == .halted)
            #expect((bench.e.edx & 1 << 9 != 0) == (model != .i486 && base & 0x800 != 0))
            #expect(bench.e.ebx >> 24 == 0)
        }
    }

    /// Each instruction with the first preset that has it: all before raise #UD (SDM Vol. 2A §2.1, CPUID).
    @Test(arguments: [
        (bswap, ProcessorModel.i486), (rdtsc, .pentium), (cmov, .pentium2), (sfence, .pentium3), (pause, .pentium4), (popcnt, .max), (rdrand, .max),
    ])
    func whatAPresetLacksIsUndefined(code: [UInt8], first: ProcessorModel) throws {
        let models = ProcessorModel.allCases
        let start = try #require(models.firstIndex(of: first))
        for (index, model) in models.enumerated() {
            let bench = try Bench(model: model)
            bench.memory.write(6 * 4, [0x00, 0x20, 0, 0])
            bench.memory.write(0x2000, [0xF4])
            bench.load(code + [0xF4])
            #expect(bench.run() == .halted)
            #expect((bench.e.s.eip == 0x2001) == (index < start), "\(model)")
        }
    }

    /// What RDMSR or WRMSR did: the value, or nil where it raised #GP.
    private static func access(_ bench: Bench, write: UInt64? = nil, _ number: UInt32) throws -> UInt64? {
        ProtectedModeTests.gate(bench, 13, 0x2000)
        bench.memory.write(0x2000, [0xF4])
        bench.memory.write(0x1000, [0x0F, write == nil ? 0x32 : 0x30, 0xF4])
        let e = bench.e
        e.s.halted = false
        e.s.eip = 0x1000
        e.ecx = number
        e.eax = UInt32(truncatingIfNeeded: write ?? 0)
        e.edx = UInt32(truncatingIfNeeded: (write ?? 0) >> 32)
        bench.run()
        return e.s.eip == 0x1002 + 1 ? UInt64(e.edx) << 32 | UInt64(e.eax) : nil
    }

    /// The MTRRs are registers of their own, each (SDM Vol. 3A §12.11).
    @Test func memoryTypeRangeRegistersAreApart() throws {
        let variable = Array(UInt32(0x200)...0x20F), fixed = [UInt32(0x250), 0x258, 0x259] + Array(UInt32(0x268)...0x26F)
        let bench = try ProtectedModeTests.bench()
        var expected: [UInt32: UInt64] = [0x2FF: 0xC06]
        for (index, number) in variable.enumerated() { expected[number] = UInt64(index + 1) << 16 | (number & 1 == 0 ? 6 : 0x800) }
        for (index, number) in fixed.enumerated() {
            expected[number] = 0x0606_0606_0606_0606 ^ (index % 2 == 0 ? 2 : 1 << 1) << (UInt64(index % 8) * 8)
        }
        for (number, value) in expected.sorted(by: { $0.key < $1.key }) { #expect(try Self.access(bench, write: value, number) != nil) }
        for (number, value) in expected { #expect(try Self.access(bench, number) == value, "MSR \(String(number, radix: 16))") }
    }

    /// Numbers with what they refuse, and the first preset that has them.
    @Test(arguments: [
        (UInt32(0x2FF), UInt64(0x1000), ProcessorModel.pentium2), (0x250, 2, .pentium2), (0x277, 0x0202, .pentium2), (0xFE, 0, .pentium2),
        (0x401, 1, .pentium2), (0x1B, 1, .pentium2), (0xC000_0080, 1, .max), (0x174, .max, .pentium2),
    ])
    func registersExistByPresetAndRefuseReservedBits(number: UInt32, refused: UInt64, first: ProcessorModel) throws {
        for model in ProcessorModel.allCases where model >= .pentium {
            let bench = try ProtectedModeTests.bench(model)
            #expect((try Self.access(bench, number) != nil) == (model >= first), "\(model)")
            if model >= first && refused != .max { #expect(try Self.access(bench, write: refused, number) == nil, "\(model)") }
        }
        #expect(try Self.access(try ProtectedModeTests.bench(), 0x1234_5678) == nil)
    }

    @Test func controlRegister4HasTheBitsOfThePreset() throws {
        let expected: [ProcessorModel: UInt32] = [.i486: 0x3, .pentium: 0x5F, .pentium2: 0x3FF, .pentium3: 0x7FF, .pentium4: 0x7FF, .max: 0x7FF]
        for (model, bits) in expected {
            let bench = try ProtectedModeTests.bench(model)
            for bit in UInt32(0)..<32 {
                let isThere = (try? bench.e.writeControl(4, 1 << bit)) != nil
                #expect(isThere == (bits >> bit & 1 != 0), "\(model) \(bit)")
            }
        }
    }

    @Test func maxSaysWhatItRuns() throws {
        let bench = try Bench(model: .max)
        bench.load([0x0F, 0xA2, 0xF4])
        bench.e.eax = 1
        bench.run()
        #expect(bench.e.ecx & HostProcessor.neededByMax == (HostProcessor.hasEverything ? HostProcessor.neededByMax : 0))
    }
}
