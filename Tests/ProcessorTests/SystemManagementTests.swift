import Testing

@testable import Bus
@testable import Processor

/// SMI, the save area and RSM (SDM Vol. 3C chapter 34).
@Suite struct SystemManagementTests {
    private static let smbase: UInt32 = 0x30000
    private static func area(_ offset: UInt32, base: UInt32 = smbase) -> UInt32 { base + 0x8000 + offset }
    private static let rsm: [UInt8] = [0x0F, 0xAA]

    /// Asks for an SMI when port B2h is written, as the board does.
    private final class Trigger: PortMapped {
        unowned let processor: Processor
        init(_ processor: Processor) { self.processor = processor }
        func readPort(_ offset: UInt16, _ width: Width) -> UInt32 { 0xFF }
        func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) { processor.pulseSMI() }
    }

    private static func bench(_ bench: Bench, handler: [UInt8], base: UInt32 = smbase) -> (Bench, Trigger) {
        let trigger = Trigger(bench.processor)
        bench.ports.attach(trigger, 0xB2...0xB2, "trigger")
        bench.memory.write(base + 0x8000, handler)
        return (bench, trigger)
    }

    @Test func outsideItRSMIsUndefined() throws {
        for model in ProcessorModel.allCases {
            let bench = try Bench(model: model)
            bench.memory.write(6 * 4, [0x00, 0x20, 0, 0])
            bench.memory.write(0x2000, [0xF4])
            bench.load(Self.rsm)
            #expect(bench.run() == .halted)
            #expect(bench.e.s.eip == 0x2001, "\(model)")
        }
    }

    @Test func theHandlerFindsTheEnvironmentOfTheManual() throws {
        let (bench, trigger) = Self.bench(try ProtectedModeTests.bench(), handler: [0xF4])
        bench.e.s.dr[7] = 0x403
        bench.e.s.cr4 = 0x10
        bench.e.s.cr0 |= 0xE
        bench.e.setEFLAGS(0xAD7)
        // out B2h,al
        bench.memory.write(0x1000, [0xE6, 0xB2, 0xF4])
        #expect(bench.run() == .halted)
        let e = bench.e
        #expect(e.s.smm.isActive && e.s.eip == 0x8001 && e.cs.base == 0x30000 && e.cs.selector == 0x3000)
        #expect(e.eflags == 2 && e.s.cr0 & 0x8000_000F == 2 && e.s.cr4 == 0 && e.s.dr[7] == 0x400 && e.s.cpl == 0)
        for number in [0, 2, 3, 4, 5] {
            let cache = e.s.segments[number]
            #expect(cache.selector == 0 && cache.base == 0 && cache.limit == 0xFFFF_FFFF && !cache.isBig)
        }
        func saved(_ offset: UInt32) -> UInt32 { bench.memory.read(Self.area(offset), .dword) }
        #expect(saved(0x7FFC) == 0x1F && saved(0x7FF4) == 0xAD7 && saved(0x7FF0) == 0x1002 && saved(0x7FE0) == 0x8000)
        #expect(saved(0x7FC8) == 0x403 && saved(0x7FAC) == 8 && saved(0x7FB0) == 0x10 && saved(0x7EF8) == 0x30000 && saved(0x7EFC) == 0x20000)
        #expect(saved(0x7F00) == 0)
        _ = trigger
    }

    @Test func rsmGivesEverythingBack() throws {
        // xor eax,eax; mov ds,ax; mov ss,ax; mov sp,1234h; xor edx,edx; rsm
        let handler: [UInt8] = [0x66, 0x31, 0xC0, 0x8E, 0xD8, 0x8E, 0xD0, 0xBC, 0x34, 0x12, 0x66, 0x31, 0xD2] + Self.rsm
        let (bench, trigger) = Self.bench(try ProtectedModeTests.bench(), handler: handler)
        for page in UInt32(0)..<1024 { bench.memory.write(0x11000 + page * 4, .dword, page << 12 | 3) }
        bench.memory.write(0x10000, .dword, 0x11003)
        // mov eax,10000h; mov cr3,eax; mov eax,80000011h; mov cr0,eax; mov edx,55h; stc; nop; out B2h,al; adc edx,0; hlt
        let program: [UInt8] = [
            0xB8, 0, 0, 1, 0, 0x0F, 0x22, 0xD8, 0xB8, 0x11, 0, 0, 0x80, 0x0F, 0x22, 0xC0, 0xBA, 0x55, 0, 0, 0, 0xF9, 0x90, 0xE6, 0xB2, 0x83, 0xD2, 0,
            0xF4,
        ]
        bench.memory.write(0x1000, program)
        var active: [Bool] = []
        bench.processor.onSystemManagement = { active.append($0) }
        #expect(bench.run() == .halted)
        let e = bench.e
        #expect(active == [true, false])
        #expect(e.edx == 0x56 && e.esp == 0x8000 && e.s.cr0 == 0x8000_0011 && e.s.cr3 == 0x10000 && e.cs.isBig && e.ss.selector == 0x10)
        #expect(e.s.eip == 0x1000 + UInt32(program.count) && !e.s.smm.isActive)
        _ = trigger
    }

    @Test func bigRealModeSurvives() throws {
        let (bench, trigger) = Self.bench(try Bench(), handler: Self.rsm)
        // out B2h,al; mov eax,[ebx]; hlt
        bench.load([0xE6, 0xB2, 0x67, 0x66, 0x8B, 0x03, 0xF4])
        bench.e.s.segments[3].limit = 0xFFFF_FFFF
        bench.e.s.segments[3].settle()
        bench.e.ebx = 0x12_3456
        bench.memory.write(0x12_3456, .dword, 0xCAFE_F00D)
        #expect(bench.run() == .halted)
        #expect(bench.e.eax == 0xCAFE_F00D)
        _ = trigger
    }

    /// mov dword cs:[FEF8h],40000h; rsm
    private static let relocate: [UInt8] = [0x2E, 0x66, 0xC7, 0x06, 0xF8, 0xFE, 0, 0, 4, 0] + rsm

    @Test func smbaseMoves() throws {
        let (bench, trigger) = Self.bench(try Bench(), handler: Self.relocate)
        bench.memory.write(0x48000, [0x43] + Self.rsm)
        // out B2h,al; out B2h,al; hlt
        bench.load([0xE6, 0xB2, 0xE6, 0xB2, 0xF4])
        #expect(bench.run() == .halted)
        #expect(bench.e.s.smm.base == 0x40000)
        #expect(bench.memory.read(Self.area(0x7EF8, base: 0x40000), .dword) == 0x40000)
        #expect(bench.memory.read(Self.area(0x7FF0, base: 0x40000), .dword) == 0x1004)
        bench.processor.initialize()
        #expect(bench.e.s.smm.base == 0x40000, "INIT keeps it")
        bench.processor.reset()
        #expect(bench.e.s.smm.base == 0x30000)
        _ = trigger
    }

    /// The auto HALT restart field decides whether a processor that waited goes on waiting.
    @Test(arguments: [true, false]) func halted(restarts: Bool) throws {
        // and word cs:[FF02h],0, or the same with FFFFh; rsm
        let handler: [UInt8] = [0x2E, 0x81, 0x26, 0x02, 0xFF, restarts ? 0xFF : 0, restarts ? 0xFF : 0] + Self.rsm
        let (bench, trigger) = Self.bench(try Bench(), handler: handler)
        bench.load([0xF4, 0x43, 0xF4])
        #expect(bench.run() == .halted)
        #expect(bench.e.s.eip == 0x1001)
        bench.processor.pulseSMI()
        #expect(bench.run() == .halted)
        #expect(bench.memory.read(Self.area(0x7F02), .word) == (restarts ? 1 : 0))
        #expect(bench.e.s.eip == (restarts ? 0x1001 : 0x1003) && bench.e.ebx == (restarts ? 0 : 1))
        _ = trigger
    }

    @Test func whatComesMeanwhileWaits() throws {
        // inc byte cs:[9000h]; L: inc bx; cmp bx,5; jb L; rsm
        let (bench, trigger) = Self.bench(try Bench(), handler: [0x2E, 0xFE, 0x06, 0x00, 0x90, 0x43, 0x83, 0xFB, 5, 0x72, 0xFA] + Self.rsm)
        // NMI: inc dx; iret
        bench.memory.write(2 * 4, [0x00, 0x20, 0, 0])
        bench.memory.write(0x2000, [0x42, 0xCF])
        bench.load([0xE6, 0xB2, 0xF4])
        bench.e.edx = 0
        #expect(bench.run(limit: 1) == .budget)
        #expect(bench.run(limit: 2) == .budget)
        #expect(bench.e.s.smm.isActive)
        bench.processor.pulseNMI()
        bench.processor.pulseSMI()
        bench.processor.requestReset()
        #expect(bench.run(limit: 6) == .budget)
        #expect(bench.e.s.smm.isActive && bench.e.edx == 0, "none of them yet")
        let saved = bench.processor.save()
        try bench.processor.restore(saved)
        #expect(bench.processor.save() == saved)
        #expect(bench.run() == .resetRequested)
        #expect(!bench.e.s.smm.isActive)
        #expect(bench.run() == .halted)
        #expect(bench.memory.read(0x39000, .byte) == 2 && bench.e.edx == 1)
        _ = trigger
    }

    @Test func anNMIsHandlerIsNotInterruptedByAnother() throws {
        let (bench, trigger) = Self.bench(try Bench(), handler: Self.rsm)
        // inc dx; out B2h,al; cmp dx,1; jne out; hlt; out: iret
        bench.memory.write(2 * 4, [0x00, 0x20, 0, 0])
        bench.memory.write(0x2000, [0x42, 0xE6, 0xB2, 0x83, 0xFA, 1, 0x75, 1, 0xF4, 0xCF])
        bench.load([0x90, 0xF4])
        bench.e.edx = 0
        bench.processor.pulseNMI()
        #expect(bench.run() == .halted)
        bench.processor.pulseNMI()
        #expect(bench.run() == .halted)
        #expect(bench.e.edx == 1 && bench.e.s.nmiBlocked, "RSM has not let it through")
        bench.e.s.halted = false
        #expect(bench.run() == .halted)
        #expect(bench.e.edx == 2 && bench.e.s.eip == 0x1002)
        _ = trigger
    }

    /// CR0 with PG and not PE, with NW and not CD; CR4 with a reserved bit.
    @Test(arguments: [(0xFFFC, 0x8000_0010), (0xFFFC, 0x2000_0010), (0xFF14, 0x8000_0000)] as [(UInt16, UInt32)])
    func anImpossibleSaveAreaShutsDown(at: UInt16, value: UInt32) throws {
        func bytes(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32($0 * 8)) } }
        // mov dword cs:[at],value; rsm
        let handler: [UInt8] = [0x2E, 0x66, 0xC7, 0x06, UInt8(at & 0xFF), UInt8(at >> 8)] + bytes(value) + Self.rsm
        let (bench, trigger) = Self.bench(try Bench(), handler: handler)
        bench.load([0xE6, 0xB2, 0xF4])
        #expect(bench.run() == .shutdown)
        _ = trigger
    }

    /// Whatever stands in the save area: nothing traps.
    @Test func anySaveAreaIsSurvived() throws {
        var seed: UInt64 = 0x9E37_79B9_7F4A_7C15
        for _ in 0..<300 {
            let (bench, trigger) = Self.bench(try Bench(), handler: [0xF4] + Self.rsm)
            bench.load([0xE6, 0xB2, 0xF4])
            #expect(bench.run() == .halted)
            for at in stride(from: UInt32(0x7E00), to: 0x8000, by: 4) where at < 0x7FFC {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                if seed >> 62 == 0 { bench.memory.write(Self.area(at), .dword, UInt32(truncatingIfNeeded: seed >> 20)) }
            }
            bench.memory.write(Self.area(0x7FFC), .dword, seed >> 40 & 1 == 0 ? 0x10 : 0x8000_0011)
            if seed >> 41 & 1 == 0 { bench.memory.write(Self.area(0x7F14), .dword, 0) }
            bench.e.s.halted = false
            _ = bench.run(limit: 200)
            _ = trigger
        }
    }

    // MARK: INIT

    /// SDM Vol. 3A table 9-1.
    @Test func whatINITLeavesAlone() throws {
        let bench = try Bench()
        let e = bench.e
        e.s.fpu.control = 0x27F
        e.s.fpu.mxcsr = 0x1F00
        e.s.pat = 0x0706_0504_0302_0100
        e.s.sysenterEIP = 0x1234
        e.s.cr0 = 0x0000_0011
        e.s.cr4 = 0x10
        e.eax = 7
        bench.processor.initialize()
        #expect(e.s.fpu.control == 0x27F && e.s.fpu.mxcsr == 0x1F00 && e.s.pat == 0x0706_0504_0302_0100 && e.s.sysenterEIP == 0x1234)
        #expect(e.s.cr0 == 0x10 && e.s.cr4 == 0 && e.eax == 0 && e.s.eip == 0xFFF0 && e.cs.base == 0xFFFF_0000)
    }
}
