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

    /// Each instruction with the first preset that has it: all before raise #UD (SDM Vol. 2A §2.1, CPUID).
    @Test(arguments: [
        (bswap, ProcessorModel.i486), (rdtsc, .pentium), (cmov, .pentium2), (sfence, .pentium3), (pause, .pentium4), (popcnt, .max),
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

    /// The MTRRs are registers of their own, each (SDM Vol. 3A §12.11).
    @Test func memoryTypeRangeRegistersAreApart() throws {
        let numbers = Array(UInt32(0x200)...0x20F) + [0x250, 0x258, 0x259] + Array(0x268...0x26F) + [0x2FF]
        let bench = try Bench()
        func run(_ code: [UInt8], _ number: UInt32, _ value: UInt32) {
            bench.e.s.halted = false
            bench.load(code + [0xF4])
            bench.e.ecx = number
            bench.e.eax = value
            bench.e.edx = ~value
            bench.run()
        }
        for number in numbers { run([0x0F, 0x30], number, number &* 0x0101_0101) }
        for number in numbers {
            run([0x0F, 0x32], number, 0)
            #expect(bench.e.eax == number &* 0x0101_0101 && bench.e.edx == ~bench.e.eax, "MSR \(String(number, radix: 16))")
        }
    }
}
