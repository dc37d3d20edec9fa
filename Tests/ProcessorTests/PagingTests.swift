import Testing

@testable import Bus
@testable import Processor

/// Page tables of every kind, one page at a time: the page under test is linear 400000h, tables from 10000h on (SDM Vol. 3A chapter 4).
@Suite struct PagingTests {
    static let page: UInt32 = 0x40_0000

    /// Identity for the first 4 MiB; `entry` maps the page under test.
    static func bench(_ model: ProcessorModel = .max, entry: UInt32, directory: UInt32 = 7, cr4: UInt32 = 0) throws -> Bench {
        let bench = try ProtectedModeTests.bench(model)
        for index in UInt32(0)..<512 { bench.memory.write(0x11000 + index * 4, .dword, index << 12 | 7) }
        bench.memory.write(0x10000, .dword, 0x11007)
        bench.memory.write(0x10004, .dword, 0x12000 | directory)
        bench.memory.write(0x12000, .dword, entry)
        try bench.e.writeControl(4, cr4)
        bench.e.s.cr3 = 0x10000
        try bench.e.writeCR0(0x8000_0011)
        return bench
    }

    /// The same under PAE: pointers at 10000h, directories 11000h, the table of the page at 14000h.
    static func benchPAE(entry: UInt64, directory: UInt64 = 7, noExecute: Bool = false) throws -> Bench {
        let bench = try ProtectedModeTests.bench(.max)
        func put(_ at: UInt32, _ value: UInt64) {
            bench.memory.write(at, .dword, UInt32(truncatingIfNeeded: value))
            bench.memory.write(at + 4, .dword, UInt32(truncatingIfNeeded: value >> 32))
        }
        put(0x10000, 0x11001)
        put(0x11000, 0x12007)
        for index in UInt32(0)..<512 { put(0x12000 + index * 8, UInt64(index) << 12 | 7) }
        put(0x11010, 0x14000 | directory)
        put(0x14000, entry)
        try bench.e.writeControl(4, CR4.pae)
        if noExecute { bench.e.s.efer = 0x800 }
        bench.e.s.cr3 = 0x10000
        try bench.e.writeCR0(0x8000_0011)
        return bench
    }

    /// The error code of an access, nil where it succeeds.
    static func code(_ bench: Bench, write: Bool = false, user: Bool = false, fetch: Bool = false) -> UInt32? {
        do {
            _ = try bench.processor.translate(page, write: write, user: user, fetch: fetch)
            return nil
        } catch {
            #expect(error.vector == 14 && bench.e.s.cr2 == page)
            return error.errorCode
        }
    }

    @Test(arguments: [
        // entry, directory, WP, write, user → error code
        (UInt32(0), UInt32(7), false, false, false, UInt32?(0)), (0, 7, false, true, true, 6), (0x80003, 7, false, false, true, 5),
        (0x80003, 7, false, false, false, nil), (0x80005, 7, false, true, true, 7), (0x80005, 7, false, true, false, nil),
        (0x80005, 7, true, true, false, 3), (0x80007, 5, true, true, false, 3), (0x80007, 3, false, false, true, 5),
        (0x80007, 7, true, true, true, nil),
        (0x80007, 0, false, false, false, 0),
    ])
    func rightsOfSmallPages(entry: UInt32, directory: UInt32, protects: Bool, write: Bool, user: Bool, expected: UInt32?) throws {
        let bench = try Self.bench(entry: entry, directory: directory)
        if protects { try bench.e.writeCR0(0x8001_0011) }
        #expect(Self.code(bench, write: write, user: user) == expected)
        if expected != nil { #expect(bench.memory.read(0x12000, .dword) == entry) }
    }

    @Test func accessedAndDirtyAreSetByWhatHappened() throws {
        let bench = try Self.bench(entry: 0x80007)
        #expect(Self.code(bench) == nil)
        #expect(bench.memory.read(0x12000, .dword) == 0x80027 && bench.memory.read(0x10004, .dword) == 0x12027)
        #expect(Self.code(bench, write: true) == nil)
        #expect(bench.memory.read(0x12000, .dword) == 0x80067 && bench.memory.read(0x10004, .dword) == 0x12027)
    }

    /// A read fills no write entry: the first write behind it still sets D.
    @Test func aWriteAfterAReadSetsDirty() throws {
        let bench = try Self.bench(entry: 0x80007)
        _ = try bench.e.read(3, Self.page) as UInt32
        #expect(bench.memory.read(0x12000, .dword) == 0x80027)
        try bench.e.write(3, Self.page, 5 as UInt32)
        #expect(bench.memory.read(0x12000, .dword) == 0x80067)
    }

    @Test func largePagesNeedPSE() throws {
        let bench = try Self.bench(entry: 0, cr4: CR4.pse)
        bench.memory.write(0x10004, .dword, 0x0000_0087)
        #expect(try bench.processor.translate(Self.page + 0x12345, write: true, user: true) == 0x12345)
        #expect(bench.memory.read(0x10004, .dword) == 0xE7)
        // Bits 13 to 21 are reserved without PSE-36.
        bench.memory.write(0x10004, .dword, 0x2087)
        bench.processor.flushTranslations()
        #expect(Self.code(bench, user: true) == 0xD)
        try bench.e.writeControl(4, 0)
        #expect(Self.code(bench) == 0)
    }

    struct Access: Sendable {
        var entry: UInt64
        var hasNX = false, write = false, user = false, fetch = false
        var code: UInt32?
    }
    static let noExecute: UInt64 = 0x8000_0000_0008_0007
    static let accesses: [Access] = [
        Access(entry: 0x80007, write: true, user: true, code: nil), Access(entry: 0, code: 0), Access(entry: noExecute, code: 9),
        Access(entry: noExecute, hasNX: true, user: true, code: nil), Access(entry: noExecute, hasNX: true, user: true, fetch: true, code: 0x15),
        Access(entry: 0x100_0008_0007, hasNX: true, write: true, code: 0xB), Access(entry: 0x80007, hasNX: true, fetch: true, code: nil),
        Access(entry: 0, hasNX: true, fetch: true, code: 0x10), Access(entry: 0x80003, user: true, fetch: true, code: 5),
    ]

    @Test(arguments: accesses) func rightsUnderPAE(_ access: Access) throws {
        let bench = try Self.benchPAE(entry: access.entry, noExecute: access.hasNX)
        #expect(Self.code(bench, write: access.write, user: access.user, fetch: access.fetch) == access.code)
    }

    /// A page that was read may still not be executed.
    @Test func dataIsNotCode() throws {
        let bench = try Self.benchPAE(entry: 0x80007 | 1 << 63, noExecute: true)
        ProtectedModeTests.gate(bench, 14, 0x2000)
        bench.memory.write(0x2000, [0xF4])
        bench.memory.write(0x80000, [0xF4])
        // mov al,[400000h]; jmp 400000h
        bench.memory.write(0x1000, [0xA0, 0, 0, 0x40, 0, 0xE9, 0xF6, 0xEF, 0x3F, 0])
        #expect(bench.run() == .halted)
        #expect(bench.e.s.eip == 0x2001 && bench.memory.read(bench.e.esp, .dword) == 0x11)
        #expect(bench.memory.read(bench.e.esp + 4, .dword) == Self.page)
    }

    @Test func pointersWithReservedBitsAreRefused() throws {
        let bench = try Self.benchPAE(entry: 0x80007)
        bench.memory.write(0x20000, .dword, 0x11003)
        #expect(throws: Fault.protection(0)) { try bench.e.writeControl(3, 0x20000) }
        #expect(bench.e.s.cr3 == 0x10000)
        #expect(Self.code(bench) == nil)
    }

    /// The directory pointers stand in the processor: memory may change behind its back until CR3 is loaded.
    @Test func pointersAreLoadedWithCR3Only() throws {
        let bench = try Self.benchPAE(entry: 0x80007)
        bench.memory.write(0x10000, .dword, 0)
        #expect(Self.code(bench) == nil)
        try bench.e.writeControl(3, 0x10000)
        #expect(Self.code(bench) == 0)
    }

    /// With CR4.PGE a global page survives a load of CR3, and nothing else does; INVLPG and PGE itself end it (§4.10.4).
    @Test(arguments: [true, false])
    func globalPagesOutliveCR3(isGlobal: Bool) throws {
        let bench = try Self.bench(entry: 0x80007 | (isGlobal ? 0x100 : 0), cr4: CR4.pge)
        bench.memory.write(0x80000, .dword, 1)
        bench.memory.write(0x90000, .dword, 2)
        func value() throws -> UInt32 { try bench.e.read(3, Self.page) }
        #expect(try value() == 1)
        bench.memory.write(0x12000, .dword, 0x90007)
        try bench.e.writeControl(3, 0x10000)
        #expect(try value() == (isGlobal ? 1 : 2))
        bench.processor.tlb.flush(page: Self.page)
        #expect(try value() == 2)
        bench.memory.write(0x12000, .dword, 0x80107)
        try bench.e.writeControl(4, 0)
        #expect(try value() == 1)
    }

    /// A loop that loads CR3 runs in blocks that are decoded once, not once a load.
    @Test func blocksOutliveALoadOfCR3() throws {
        let bench = try Self.bench(entry: 0)
        // MOV EAX,CR3; MOV CR3,EAX; DEC ECX; JNZ back; HLT
        bench.memory.write(0x1000, [0x0F, 0x20, 0xD8, 0x0F, 0x22, 0xD8, 0x49, 0x75, 0xF7, 0xF4])
        bench.e.s.eip = 0x1000
        bench.e.ecx = 3
        #expect(bench.run() == .halted)
        let built = bench.processor.blocks.blockCount
        bench.e.s.halted = false
        bench.e.s.eip = 0x1000
        bench.e.ecx = 100
        #expect(bench.run() == .halted)
        #expect(bench.processor.blocks.blockCount == built)
    }

    /// Where a run is interrupted changes nothing that follows: a repeated instruction is left only where its own budget ends.
    @Test(arguments: [1, 7, 100]) func stopsChangeNothing(budget: Int) throws {
        func count(_ step: (Processor) -> StopReason) throws -> UInt64 {
            let bench = try Self.bench(entry: 0)
            // MOV ECX,40; MOV ESI,2000h; REP LODSB; DEC EDX; JNZ back; HLT
            bench.memory.write(
                0x1000, [0xB9, 40, 0, 0, 0, 0xBE, 0, 0x20, 0, 0, 0xF3, 0xAC, 0x4A, 0x75, 0xF1, 0xF4])
            bench.e.s.eip = 0x1000
            bench.e.edx = 50
            while step(bench.processor) != .halted {}
            return bench.processor.instructionsExecuted
        }
        let whole = try count { $0.run(budget: 1_000_000) }
        #expect(try count { $0.run(budget: budget, repeatBudget: 1_000_000) } == whole)
        #expect(try count { $0.run(budget: 7) } > whole, "one that is left between two iterations counts again")
    }
}
