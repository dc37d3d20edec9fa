import Testing

@testable import Bus
@testable import Processor

/// Small programs in flat protected mode: GDT at 800h (code 08h, data 10h), IDT at 900h, page directory at 10000h.
@Suite struct ProtectedModeTests {
    static func bench(_ model: ProcessorModel = .pentium4) throws -> Bench {
        let bench = try Bench(model: model)
        func descriptor(_ access: UInt8) -> [UInt8] { [0xFF, 0xFF, 0, 0, 0, access, 0xCF, 0] }
        bench.memory.write(0x800, [UInt8](repeating: 0, count: 8) + descriptor(0x9A) + descriptor(0x92))
        let e = bench.e
        e.s.gdtr = TableRegister(base: 0x800, limit: 0x17)
        e.s.idtr = TableRegister(base: 0x900, limit: 0xFF)
        try e.writeCR0(0x11)
        try e.farTransfer(8, 0x1000, 4, call: false, next: 0)
        for number: UInt8 in [0, 2, 3, 4, 5] { try e.loadSegment(number, 0x10) }
        e.esp = 0x8000
        return bench
    }

    /// A 32-bit interrupt gate for `vector` to `handler`.
    static func gate(_ bench: Bench, _ vector: UInt8, _ handler: UInt32) {
        bench.memory.write(
            0x900 + UInt32(vector) * 8,
            [UInt8(handler & 0xFF), UInt8(handler >> 8 & 0xFF), 8, 0, 0, 0x8E, UInt8(handler >> 16 & 0xFF), UInt8(handler >> 24)])
    }

    @Test func aPageFaultNamesItsAddressAndLeavesTheInstruction() throws {
        let bench = try Self.bench()
        Self.gate(bench, 14, 0x2000)
        // One page table that maps the first 4 MiB but for the page at 5000h.
        for page in UInt32(0)..<1024 where page != 5 { bench.memory.write(0x11000 + page * 4, .dword, page << 12 | 3) }
        bench.memory.write(0x10000, .dword, 0x11003)
        // mov eax,10000h; mov cr3,eax; mov eax,80000011h; mov cr0,eax; push 7; inc dword [5004h]; hlt
        bench.memory.write(
            0x1000,
            [
                0xB8, 0, 0, 1, 0, 0x0F, 0x22, 0xD8, 0xB8, 0x11, 0, 0, 0x80, 0x0F, 0x22, 0xC0, 0x6A, 7, 0xFF, 0x05, 4, 0x50, 0, 0, 0xF4,
            ])
        bench.memory.write(0x2000, [0xF4])
        #expect(bench.run() == .halted)
        #expect(bench.e.s.eip == 0x2001)
        #expect(bench.e.s.cr2 == 0x5004)
        // Error code: a write by the supervisor to a page not present; the saved EIP is that of INC.
        #expect(bench.memory.read(bench.e.esp, .dword) == 2)
        #expect(bench.memory.read(bench.e.esp + 4, .dword) == 0x1012)
        #expect(bench.e.esp == 0x8000 - 4 - 16)
        #expect(bench.memory.read(0x11000, .dword) & 0x20 != 0)
    }

    /// Undefined by the manual; every processor clears the half that it names and leaves the other alone.
    @Test func aSwapOf16BitsClearsThem() throws {
        let bench = try Self.bench()
        // bswap ax; bswap ecx; hlt
        bench.memory.write(0x1000, [0x66, 0x0F, 0xC8, 0x0F, 0xC9, 0xF4])
        bench.e.eax = 0x1234_5678
        bench.e.ecx = 0x1234_5678
        #expect(bench.run() == .halted)
        #expect(bench.e.eax == 0x1234_0000)
        #expect(bench.e.ecx == 0x7856_3412)
    }

    @Test func aWriteIntoTheNextInstructionTakesEffectAtOnce() throws {
        let bench = try Self.bench()
        // mov byte [1007h],42h (INC EDX); nop (becomes it); hlt
        bench.memory.write(0x1000, [0xC6, 0x05, 7, 0x10, 0, 0, 0x42, 0x90, 0xF4])
        bench.e.edx = 5
        #expect(bench.run() == .halted)
        #expect(bench.e.edx == 6)
    }

    @Test func dataBesideCodeDoesNotDropTheCode() throws {
        let bench = try Self.bench()
        // L: inc dword [1100h]; dec ecx; jnz L; hlt
        bench.memory.write(0x1000, [0xFF, 0x05, 0, 0x11, 0, 0, 0x49, 0x75, 0xF7, 0xF4])
        bench.e.ecx = 100
        #expect(bench.run() == .halted)
        #expect(bench.memory.read(0x1100, .dword) == 100)
    }

    /// A handler beyond the limit of its segment: the fault's delivery works, the fetch never does.
    @Test func faultsWithoutEndLeaveTheRunLoopItsTurn() throws {
        let bench = try Bench()
        bench.memory.write(6 * 4, [0x00, 0x20, 0, 0])
        bench.memory.write(13 * 4, [0xFF, 0xFF, 0, 0])
        bench.load([0x0F, 0x0B])
        bench.e.s.segments[1].limit = 0x1FFF
        #expect(bench.run() == .budget)
    }

    @Test func aTripleFaultShutsDown() throws {
        let bench = try Self.bench()
        bench.e.s.idtr = TableRegister(base: 0, limit: 0)
        bench.memory.write(0x1000, [0x0F, 0x0B])
        #expect(bench.run() == .shutdown)
        #expect(bench.processor.registerDump.contains("EIP=00001000"))
    }

    @Test func aStateRestoredGoesOnAlike() throws {
        let bench = try Self.bench()
        // L: add eax,ecx; rol eax,3; dec ecx; jnz L; hlt
        bench.memory.write(0x1000, [0x01, 0xC8, 0xC1, 0xC0, 3, 0x49, 0x75, 0xF8, 0xF4])
        bench.e.ecx = 1000
        #expect(bench.run(limit: 777) == .budget)
        let saved = bench.processor.save()
        #expect(bench.run(limit: 100_000) == .halted)
        let expected = bench.e.eax
        try bench.processor.restore(saved)
        #expect(bench.processor.save() == saved)
        #expect(bench.run(limit: 100_000) == .halted)
        #expect(bench.e.eax == expected)
    }
}
