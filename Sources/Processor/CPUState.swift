package import Bus
package import X86

/// A segment register with its descriptor cache (SDM Vol. 3A §3.4.3).
package struct SegmentCache {
    package var selector: UInt16 = 0
    /// Descriptor bytes 5 and 6 (access rights): type 0–3, S 4, DPL 5–6, P 7, AVL 12, D/B 14, G 15.
    package var attributes: UInt16 = 0x0093
    package var base: UInt32 = 0
    /// In bytes, granularity applied.
    package var limit: UInt32 = 0xFFFF
    /// Offsets below this may be read, written, by the fast path; 0 where the slow path must decide (expand-down, null, wrong type).
    package var readEnd: UInt64 = 0x10000
    package var writeEnd: UInt64 = 0x10000
    /// The descriptor that it was loaded from, 0 where that was none: loading the same again changes nothing.
    package var raw: UInt64 = 0

    package var dpl: UInt8 { UInt8(truncatingIfNeeded: attributes >> 5) & 3 }
    package var isPresent: Bool { attributes & 0x80 != 0 }
    package var isCode: Bool { attributes & 0x18 == 0x18 }
    package var isBig: Bool { attributes & 0x4000 != 0 }
    package var isExpandDown: Bool { attributes & 0x1C == 0x14 }

    /// Works out the fast path's bounds after a change of attributes or limit.
    package mutating func settle() {
        raw = 0
        readEnd = 0
        writeEnd = 0
        guard isPresent, !isExpandDown else { return }
        let end = UInt64(limit) + 1
        if !isCode || attributes & 2 != 0 { readEnd = end }
        if !isCode && attributes & 2 != 0 { writeEnd = end }
    }
}

/// GDTR or IDTR.
package struct TableRegister {
    package var base: UInt32 = 0
    package var limit: UInt16 = 0xFFFF
}

/// The processor's whole state, at fixed offsets: interpreter and generated code address it through one pointer.
///
/// EIP names the start of the block that runs; the instruction within adds its `offset`. The six status flags are kept as operands of their
/// own definition: ZF is `flagResult == 0`; SF and PF are the sign and the low byte's parity of `flagSign`; CF is bit 31, OF bit 31 ^ bit 30 and
/// AF bit 3 of `flagCarries`, the vector of carries out of each bit (after D. Mihocka, "Lazy flags"). All other flags are in `systemFlags`.
@safe
package struct CPUState {
    /// EAX…EDI; slot 8 is always 0 (`Instruction.noRegister`).
    package var gpr = InlineArray<12, UInt32>(repeating: 0)
    package var eip: UInt32 = 0xFFF0
    package var flagResult: UInt32 = 1
    package var flagSign: UInt32 = 1
    package var flagCarries: UInt32 = 0
    package var systemFlags: UInt32 = 2
    /// The status flags while translated code runs: OF in bit 0, bits 8…15 as LAHF gives them.
    package var packedFlags: UInt32 = 0
    /// EIP that the first byte of the running code page has, while translated code runs.
    package var pageBase: UInt32 = 0
    /// Reasons to leave the loop between blocks, all set on the machine's own thread.
    package var pending: Pending = []
    /// Instructions left until the run loop wants control.
    package var budget: Int = 0
    /// What `budget` may fall to before a repeated string instruction is left between two iterations; 0 or less.
    package var repeatLimit: Int = 0
    /// Translation maps in force at this CPL: one word a page, host address minus linear address, or 0.
    package var readMap: UnsafeMutablePointer<UInt>
    package var writeMap: UnsafeMutablePointer<UInt>
    /// Instruction fetches: a page may be data only.
    package var fetchMap: UnsafeMutablePointer<UInt>
    /// The instruction being executed.
    package var current: UnsafePointer<Instruction>
    /// What translated code needs to find its way (Recompiler/Routines.swift).
    package var translation = TranslationState()
    package var intr = false
    package var halted = false
    /// 0xFFFF or 0xFFFFFFFF by SS.B.
    package var stackMask: UInt32 = 0xFFFF
    package var cpl: UInt8 = 0
    /// ES, CS, SS, DS, FS, GS; two more so that three bits always name one.
    package var segments = InlineArray<8, SegmentCache>(repeating: SegmentCache())
    /// From the entry of an NMI's handler to the next IRET (SDM Vol. 3A §6.7.1).
    package var nmiBlocked = false
    /// The IGNNE# pin.
    package var ignoresMathErrors = false
    package var smm = SystemManagement()
    /// DR6 bits of breakpoints that the running instruction met, and of a task that traps.
    package var debugHits: UInt32 = 0
    /// Counts task switches: what faults behind one belongs to the new task.
    package var taskSwitches: UInt32 = 0

    package var ldtr = SegmentCache()
    package var tr = SegmentCache()
    package var gdtr = TableRegister()
    package var idtr = TableRegister()
    package var cr0: UInt32 = 0x6000_0010
    package var cr2: UInt32 = 0
    package var cr3: UInt32 = 0
    package var cr4: UInt32 = 0
    package var dr = InlineArray<8, UInt32>(repeating: 0)
    /// Page directory pointers, loaded with CR3 under PAE.
    package var pdpte = InlineArray<4, UInt64>(repeating: 0)
    package var efer: UInt64 = 0
    package var sysenterCS: UInt32 = 0
    package var sysenterESP: UInt32 = 0
    package var sysenterEIP: UInt32 = 0
    package var pat: UInt64 = 0x0007_0406_0007_0406
    package var tscOffset: UInt64 = 0
    /// Registers that only remember what was written to them, by `MachineRegister`.
    package var machine = InlineArray<48, UInt64>(repeating: 0)
    package var fpu = FPUState()
    /// How time follows from the host's counter while translated code runs.
    package var counter = HostCounter(ticks: 0, rate: 0, time: 0)

    package struct Pending: OptionSet {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }
        /// INTR is high and IF is set.
        package static let interrupt = Self(rawValue: 1)
        package static let nmi = Self(rawValue: 2)
        /// EFLAGS.TF is set: one instruction, then #DB.
        package static let trace = Self(rawValue: 4)
        /// The instruction after STI runs before interrupts are looked at.
        package static let shadow = Self(rawValue: 8)
        package static let reset = Self(rawValue: 16)
        package static let shutdown = Self(rawValue: 32)
        /// Someone wants the run loop now.
        package static let leave = Self(rawValue: 64)
        /// The same after MOV SS and POP SS, before debug exceptions too (SDM Vol. 3A §6.8.3).
        package static let stackShadow = Self(rawValue: 128)
        /// DR7 enables a breakpoint: instruction by instruction.
        package static let watch = Self(rawValue: 256)
        /// EFLAGS.RF is set, for one instruction.
        package static let resume = Self(rawValue: 512)
        /// `debugHits` waits for the boundary.
        package static let debug = Self(rawValue: 1024)
        package static let smi = Self(rawValue: 2048)
    }
}

/// Where translated code looks things up; not part of what a guest sees.
package struct TranslationState {
    /// Entries of the branch table: host address of the code and mode, then where its translation starts.
    package var branchTable: UInt = 0
    /// Mode of the running code (`CodeMode`), in the bits of a branch table tag.
    package var modeTag: UInt = 0
    /// The `Processor`, unretained.
    package var owner: UInt = 0
    /// Where the code cache is executed, and what leads from there to where it is written.
    package var codeBase: UInt = 0
    package var codeAlias: UInt = 0
    /// The host's stack while translated code runs: its bottom, as deep as guest calls may be paired there, and its top while Swift code runs.
    package var hostStack: UInt = 0
    package var hostStackLimit: UInt = 0
    package var hostTop: UInt = 0
    /// Where FRSTOR finds the guest's registers (`X87Image`).
    package var x87Image: UInt = 0
    /// The exit through which translated code was left and that could be linked, or `noExit`.
    package var exit: UInt32 = 0
    /// What an instruction keeps while R8…R11 are in use.
    package var scratch: UInt32 = 0
    package var target: UInt32 = 0
    /// XMM0…XMM7 of the host hold the guest's; MXCSR too.
    package var holdsVectors: UInt8 = 0
    /// The host's x87 unit holds the guest's registers, control and status.
    package var holdsX87: UInt8 = 0
    package static let noExit: UInt32 = 0xFFFF_FFFF
    package init() {}
}

/// x87, MMX and SSE registers. 80-bit values stand in 16 bytes each, in physical order (R0…R7); TOP is in the status word.
package struct FPUState {
    package var registers = InlineArray<16, UInt64>(repeating: 0)
    package var xmm = InlineArray<16, UInt64>(repeating: 0)
    package var control: UInt16 = 0x0040
    package var status: UInt16 = 0
    /// The full tag word: two bits a register.
    package var tags: UInt16 = 0x5555
    package var opcode: UInt16 = 0
    package var mxcsr: UInt32 = 0x1F80
    package var instructionPointer: UInt32 = 0
    package var dataPointer: UInt32 = 0
    package var instructionSelector: UInt16 = 0
    package var dataSelector: UInt16 = 0
    package init() {}
}

/// An architectural exception in delivery (SDM Vol. 3A chapter 6).
package struct Fault: Error, Equatable {
    package var vector: UInt8
    package var errorCode: UInt32
    package var hasErrorCode: Bool

    package init(vector: UInt8, errorCode: UInt32? = nil) {
        self.vector = vector
        self.errorCode = errorCode ?? 0
        hasErrorCode = errorCode != nil
    }

    package static var divide: Fault { Fault(vector: 0) }
    package static var debug: Fault { Fault(vector: 1) }
    package static var overflow: Fault { Fault(vector: 4) }
    package static var bound: Fault { Fault(vector: 5) }
    package static var invalidOpcode: Fault { Fault(vector: 6) }
    package static var noMathCoprocessor: Fault { Fault(vector: 7) }
    package static func invalidTSS(_ code: UInt32) -> Fault { Fault(vector: 10, errorCode: code) }
    package static func notPresent(_ code: UInt32) -> Fault { Fault(vector: 11, errorCode: code) }
    package static func stack(_ code: UInt32) -> Fault { Fault(vector: 12, errorCode: code) }
    package static func protection(_ code: UInt32) -> Fault { Fault(vector: 13, errorCode: code) }
    package static func page(_ code: UInt32) -> Fault { Fault(vector: 14, errorCode: code) }
    package static var mathError: Fault { Fault(vector: 16) }
    package static var alignment: Fault { Fault(vector: 17, errorCode: 0) }
    package static var simd: Fault { Fault(vector: 19) }
    /// Not an exception: the processor stands before this instruction until an interrupt comes.
    package static var standstill: Fault { Fault(vector: 255) }
}
