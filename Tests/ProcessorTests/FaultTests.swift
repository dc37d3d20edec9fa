import Testing

@testable import Bus
@testable import Processor

/// What exceptions leave behind, and what becomes of exceptions on the way to a handler (SDM Vol. 3A §6.5, §6.15).
@Suite struct FaultTests {
    /// Vector → handler that halts at 2000h + 16 × vector; paging with the page at 40000h absent, read-only at 41000h.
    static func bench(_ code: [UInt8], paging: Bool = true) throws -> Bench {
        let bench = try ProtectedModeTests.bench()
        for vector in UInt8(0)..<20 {
            ProtectedModeTests.gate(bench, vector, 0x2000 + UInt32(vector) * 16)
            bench.memory.write(0x2000 + UInt32(vector) * 16, [0xF4])
        }
        for index in UInt32(0)..<512 where index != 0x40 { bench.memory.write(0x11000 + index * 4, .dword, index << 12 | (index == 0x41 ? 1 : 3)) }
        bench.memory.write(0x10000, .dword, 0x11003)
        bench.e.s.cr3 = 0x10000
        if paging { try bench.e.writeCR0(0x8001_0011) }
        bench.memory.write(0x1000, code)
        return bench
    }

    static func vector(_ bench: Bench) -> UInt32 { (bench.e.s.eip - 1 - 0x2000) / 16 }

    /// Table 6-5: the first exception, whether its handler's gate is absent, and who comes in the end.
    struct Chain: Sendable {
        var code: [UInt8]
        var absent: [UInt8]
        var expected: UInt32?
        var errorCode: UInt32
    }
    static let undefined: [UInt8] = [0x0F, 0x0B]
    static let divide: [UInt8] = [0x31, 0xC9, 0xF7, 0xF1], pageFault: [UInt8] = [0xA1, 0, 0, 4, 0],
        protection: [UInt8] = [0x66, 0xB8, 0x34, 0x12, 0x8E, 0xD8]
    static let chains: [Chain] = [
        // A benign one first: the second is delivered.
        Chain(code: undefined, absent: [6], expected: 11, errorCode: 6 * 8 + 3),
        // Contributory first, contributory second; page fault first
        Chain(code: divide, absent: [0], expected: 8, errorCode: 0), Chain(code: protection, absent: [13], expected: 8, errorCode: 0),
        Chain(code: pageFault, absent: [14], expected: 8, errorCode: 0),
        // Benign, then contributory, then contributory again; and a double fault without a handler
        Chain(code: undefined, absent: [6, 11], expected: 8, errorCode: 0), Chain(code: divide, absent: [0, 8], expected: nil, errorCode: 0),
    ]
    @Test(arguments: chains.indices) func faultsOnTheWay(_ index: Int) throws {
        let chain = Self.chains[index]
        let bench = try Self.bench(chain.code)
        for vector in chain.absent { bench.memory.write(0x905 + UInt32(vector) * 8, [0x0E]) }
        guard let expected = chain.expected else {
            #expect(bench.run() == .shutdown)
            return
        }
        #expect(bench.run() == .halted)
        #expect(Self.vector(bench) == expected && bench.memory.read(bench.e.esp, .dword) == chain.errorCode)
    }

    /// A page fault within a page fault's delivery: the stack itself is away.
    @Test func aPageFaultOnTheStackIsADoubleFaultAndThenTheEnd() throws {
        let bench = try Self.bench(Self.pageFault)
        bench.e.esp = 0x41000
        #expect(bench.run() == .shutdown)
    }

    /// Instructions that fault midway, with ESP at a page boundary: no register has changed.
    @Test(
        arguments: [
            [0x60], [0x61], [0xC8, 0x10, 0, 3], [0xC9], [0x9A, 0, 0x10, 0, 0, 8, 0], [0xFF, 0x35, 0, 0, 4, 0], [0x8F, 0x05, 0, 0x10, 4, 0],
            [0xE8, 0, 0, 0, 0],
            [0xC3], [0xCB], [0xCF], [0x9C], [0x9D], [0x87, 0x05, 0, 0x10, 4, 0], [0x0F, 0xC7, 0x0D, 0xFC, 0x0F, 4, 0],
            [0x0F, 0xB1, 0x0D, 0, 0x10, 4, 0],
            [0x0F, 0xC1, 0x0D, 0xFE, 0x0F, 4, 0], [0xD1, 0x05, 0, 0x10, 4, 0], [0xC5, 0x05, 0xFC, 0xFF, 3, 0],
        ] as [[UInt8]])
    func nothingChangesWhereAnInstructionFaults(_ code: [UInt8]) throws {
        for top in [0x40000, 0x41000, 0x3FFFE, 0x40002] as [UInt32] {
            let bench = try Self.bench(code + [0xF4])
            let e = bench.e
            for number in UInt8(0)..<8 { e.setReg(number, 0x1111_1111 &* UInt32(number + 1)) }
            e.esp = top
            e.ebp = top
            let before = bench.processor.save()
            let first = try unsafe bench.processor.blocks.findOne(e)
            do throws(Fault) {
                try unsafe e.execute(first.pointee.instructions)
            } catch {
                #expect(error.vector == 14 || error.vector == 13)
                e.s.eip = 0x1000
                var after = bench.processor.save()
                after.instructionsExecuted = before.instructionsExecuted
                after.control = before.control
                #expect(after == before, "\(code) at \(String(top, radix: 16))")
                continue
            }
        }
    }

    /// REP MOVS faults in its third iteration: two are done, and the registers say so.
    @Test func stringsKeepWhatTheyDid() throws {
        // cld; mov ecx,5; mov esi,5000h; mov edi,3FFF8h; rep movsd
        let bench = try Self.bench([0xFC, 0xB9, 5, 0, 0, 0, 0xBE, 0, 0x50, 0, 0, 0xBF, 0xF8, 0xFF, 3, 0, 0xF3, 0xA5])
        #expect(bench.run() == .halted)
        #expect(Self.vector(bench) == 14 && bench.e.s.cr2 == 0x40000)
        #expect(bench.e.ecx == 3 && bench.e.esi == 0x5008 && bench.e.edi == 0x40000)
        #expect(bench.memory.read(bench.e.esp + 4, .dword) == 0x1010)
    }

    /// Sixteen bytes are #GP(0), whatever they would be; fifteen are not (SDM Vol. 2A §2.3.11).
    @Test func instructionsOfMoreThanFifteenBytes() throws {
        for count in [14, 15] {
            let bench = try Self.bench([UInt8](repeating: 0x26, count: count) + [0x90, 0xF4])
            #expect(bench.run() == .halted)
            #expect((bench.e.s.eip == UInt32(0x1000 + count + 2)) == (count == 14))
            if count == 15 { #expect(Self.vector(bench) == 13 && bench.memory.read(bench.e.esp, .dword) == 0) }
        }
    }

    /// LOCK is for read-modify-write to memory alone (SDM Vol. 2A, LOCK).
    @Test func lockValidity() throws {
        for (code, isValid) in [
            ([0x01, 0x05, 0, 0x50, 0, 0], true), ([0x01, 0xC0], false), ([0x03, 0x05, 0, 0x50, 0, 0], false), ([0x89, 0x05, 0, 0x50, 0, 0], false),
            ([0x87, 0x05, 0, 0x50, 0, 0], true), ([0x0F, 0xA3, 0x05, 0, 0x50, 0, 0], false), ([0x0F, 0xAB, 0x05, 0, 0x50, 0, 0], true),
            ([0x90], false),
            ([0xF7, 0x15, 0, 0x50, 0, 0], true), ([0x39, 0x05, 0, 0x50, 0, 0], false), ([0xFF, 0x35, 0, 0x50, 0, 0], false),
        ] as [([UInt8], Bool)] {
            let bench = try Self.bench([0xF0] + code + [0xF4])
            #expect(bench.run() == .halted)
            #expect((bench.e.s.eip == 0x1002 + UInt32(code.count)) == isValid, "\(code)")
            if !isValid { #expect(Self.vector(bench) == 6) }
        }
    }

    /// An instruction whose end lies on an absent page: the fault names that page.
    @Test func fetchesAcrossAPageNameTheMissingOne() throws {
        let bench = try Self.bench([0xE9, 0xF9, 0xEF, 3, 0])
        bench.memory.write(0x3FFFE, [0xB8, 1])
        #expect(bench.run() == .halted)
        #expect(Self.vector(bench) == 14 && bench.e.s.cr2 == 0x40000 && bench.memory.read(bench.e.esp + 4, .dword) == 0x3FFFE)
        // An undefined opcode needs no more bytes than make it so.
        let other = try Self.bench([0xE9, 0xF9, 0xEF, 3, 0])
        other.memory.write(0x3FFFE, [0x0F, 0x0B])
        #expect(other.run() == .halted)
        #expect(Self.vector(other) == 6)
    }
}
