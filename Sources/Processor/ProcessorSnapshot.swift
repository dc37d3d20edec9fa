package import Bus
import X86

/// The processor's architectural state as a value: what a saved machine holds. Caches and translations are built again.
package struct ProcessorSnapshot: DeviceState {
    package struct Segment: Codable, Equatable, Sendable {
        var selector: UInt16
        var attributes: UInt16
        var base: UInt32
        var limit: UInt32

        init(_ cache: SegmentCache) { (selector, attributes, base, limit) = (cache.selector, cache.attributes, cache.base, cache.limit) }
        var cache: SegmentCache {
            var cache = SegmentCache()
            (cache.selector, cache.attributes, cache.base, cache.limit) = (selector, attributes, base, limit)
            cache.settle()
            return cache
        }
    }

    var general: [UInt32]
    var eip: UInt32
    var eflags: UInt32
    var segments: [Segment]
    var ldtr: Segment
    var tr: Segment
    var gdtrBase: UInt32, gdtrLimit: UInt16, idtrBase: UInt32, idtrLimit: UInt16
    var cpl: UInt8
    var halted: Bool
    var intr: Bool
    var nmiBlocked: Bool
    var smm: SystemManagement
    /// Pending NMI, shadows, debug traps: bits of `CPUState.Pending`.
    var pending: UInt32
    var debugHits: UInt32
    /// CR0, CR2, CR3, CR4.
    var control: [UInt32]
    var debug: [UInt32]
    var pdpte: [UInt64]
    var efer: UInt64, pat: UInt64, tscOffset: UInt64
    var sysenter: [UInt32]
    var machine: [UInt64]
    var x87: [UInt64], xmm: [UInt64]
    var fpuControl: UInt16, fpuStatus: UInt16, fpuTags: UInt16, fpuOpcode: UInt16
    var mxcsr: UInt32, fip: UInt32, fdp: UInt32, fcs: UInt16, fds: UInt16
    package var instructionsExecuted: UInt64

    package func validate() throws(SnapshotError) {
        let counts = [
            (general.count, 8), (segments.count, 6), (control.count, 4), (debug.count, 8), (pdpte.count, 4), (sysenter.count, 3),
            (machine.count, MachineRegister.count),
            (x87.count, 16), (xmm.count, 16),
        ]
        guard counts.allSatisfy({ $0.0 == $0.1 }), cpl <= 3, control[0] & 0x8000_0001 != 0x8000_0000, mxcsr & 0xFFFF_0000 == 0 else {
            throw SnapshotError("processor", "its registers are not those of a processor")
        }
    }
}

extension Processor {
    /// What waits and does not follow from the registers.
    private static let saved: CPUState.Pending = [.reset, .smi, .nmi, .shadow, .stackShadow, .debug, .resume]

    package func save() -> ProcessorSnapshot {
        let e = e
        let f = e.s.fpu
        return ProcessorSnapshot(
            general: (UInt8(0)..<8).map { e.reg($0) }, eip: e.s.eip, eflags: e.eflags, segments: (0..<6).map { .init(e.s.segments[$0]) },
            ldtr: .init(e.s.ldtr), tr: .init(e.s.tr), gdtrBase: e.s.gdtr.base, gdtrLimit: e.s.gdtr.limit, idtrBase: e.s.idtr.base,
            idtrLimit: e.s.idtr.limit, cpl: e.s.cpl, halted: e.s.halted, intr: e.s.intr,
            nmiBlocked: e.s.nmiBlocked, smm: e.s.smm,
            pending: e.s.pending.intersection(Self.saved).rawValue, debugHits: e.s.debugHits, control: [e.s.cr0, e.s.cr2, e.s.cr3, e.s.cr4],
            debug: (0..<8).map { e.s.dr[$0] }, pdpte: (0..<4).map { e.s.pdpte[$0] }, efer: e.s.efer, pat: e.s.pat,
            tscOffset: e.s.tscOffset, sysenter: [e.s.sysenterCS, e.s.sysenterESP, e.s.sysenterEIP],
            machine: (0..<MachineRegister.count).map { e.s.machine[$0] },
            x87: (0..<16).map { f.registers[$0] }, xmm: (0..<16).map { f.xmm[$0] }, fpuControl: f.control, fpuStatus: f.status, fpuTags: f.fullTags,
            fpuOpcode: f.opcode, mxcsr: f.mxcsr, fip: f.instructionPointer, fdp: f.dataPointer, fcs: f.instructionSelector, fds: f.dataSelector,
            instructionsExecuted: instructionsExecuted)
    }

    /// Call after memory and the address map are restored.
    package func restore(_ saved: ProcessorSnapshot) throws(SnapshotError) {
        try saved.validate()
        reset()
        let e = e
        for number in 0..<8 { e.setReg(UInt8(number), saved.general[number]) }
        for number in 0..<6 { e.s.segments[number] = saved.segments[number].cache }
        e.s.ldtr = saved.ldtr.cache
        e.s.tr = saved.tr.cache
        e.s.gdtr = TableRegister(base: saved.gdtrBase, limit: saved.gdtrLimit)
        e.s.idtr = TableRegister(base: saved.idtrBase, limit: saved.idtrLimit)
        (e.s.cr0, e.s.cr2, e.s.cr3, e.s.cr4) = (saved.control[0], saved.control[1], saved.control[2], saved.control[3])
        for number in 0..<8 { e.s.dr[number] = saved.debug[number] }
        for number in 0..<4 { e.s.pdpte[number] = saved.pdpte[number] }
        (e.s.efer, e.s.pat, e.s.tscOffset) = (saved.efer, saved.pat, saved.tscOffset)
        (e.s.sysenterCS, e.s.sysenterESP, e.s.sysenterEIP) = (saved.sysenter[0], saved.sysenter[1], saved.sysenter[2])
        for number in 0..<MachineRegister.count { e.s.machine[number] = saved.machine[number] }
        for number in 0..<16 {
            e.s.fpu.registers[number] = saved.x87[number]
            e.s.fpu.xmm[number] = saved.xmm[number]
        }
        (e.s.fpu.control, e.s.fpu.status, e.s.fpu.tags, e.s.fpu.opcode) = (saved.fpuControl, saved.fpuStatus, saved.fpuTags, saved.fpuOpcode)
        (e.s.fpu.mxcsr, e.s.fpu.instructionPointer, e.s.fpu.dataPointer) = (saved.mxcsr, saved.fip, saved.fdp)
        (e.s.fpu.instructionSelector, e.s.fpu.dataSelector) = (saved.fcs, saved.fds)
        e.s.eip = saved.eip
        e.s.halted = saved.halted
        e.s.stackMask = e.ss.isBig ? 0xFFFF_FFFF : 0xFFFF
        e.setCPL(saved.cpl)
        e.s.intr = saved.intr
        e.s.nmiBlocked = saved.nmiBlocked
        e.s.smm = saved.smm
        onSystemManagement?(saved.smm.isActive)
        e.s.debugHits = saved.debugHits & 0x800F
        e.s.pending = CPUState.Pending(rawValue: saved.pending).intersection(Self.saved)
        e.settleBreakpoints()
        e.setEFLAGS(saved.eflags)
        blocks.flush()
        flushTranslations()
        countsFrom(saved.instructionsExecuted)
    }
}
