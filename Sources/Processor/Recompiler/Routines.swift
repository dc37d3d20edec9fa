import X64Assembler

/// Why translated code was left; what `Routines.enter` returns.
enum Departure: Int32 {
    /// From helpers only: translated code goes on behind the instruction.
    case resume = 0
    /// Go on at CS:EIP; `TranslationState.exit` may name a way out that can be linked.
    case next = 7
    /// The interpreter finishes the block from the instruction `CPUState.current` on.
    case interpret = 1
    /// `Recompiler.fault` is to be delivered for the instruction `CPUState.current`.
    case fault = 2
    /// The budget does not cover the unit at CS:EIP.
    case budget = 3
    /// The stack window does not cover what the unit at CS:EIP wants of it.
    case window = 4
    /// From helpers only: an instruction that ends its block is done; the next is at CS:EIP.
    case dispatch = 5
    /// The unit at CS:EIP cannot run as the processor stands: interpret its first block.
    case unsuitable = 6
}

/// The hand-written routines that all translated code shares, at the start of the code cache. Offsets are from its start.
@safe
struct Routines {
    private(set) var enter = 0, exit = 0, lookUp = 0, unknown = 0, execute = 0, refillRead = 0, refillWrite = 0, findWindow = 0, lendX87 = 0,
        lendVectors = 0
    /// REP MOVS and REP STOS.
    private(set) var repeatMove = (byte: 0, word: 0, dword: 0), repeatStore = (byte: 0, word: 0, dword: 0)
    private(set) var end = 0

    typealias Entry = @convention(c) (UnsafeMutableRawPointer, UInt) -> Int32
    typealias Helper = @convention(c) (UnsafeMutableRawPointer, UnsafeRawPointer) -> Int32

    static let branchTableBits = 15
    /// Bytes of the host's stack that guest calls may take.
    private static let stackDepth: Int32 = 64 << 10

    init(_ a: inout Assembler, execute helper: Helper, prepareX87: Helper) {
        let layout = StateLayout.shared
        func state(_ displacement: Int32) -> HostOperand { .at(Pinned.state, displacement) }
        let saved: [HostRegister] = [.rbp, .rbx, .r12, .r13, .r14, .r15]
        let guests: [HostRegister] = [.rax, .rcx, .rdx, .rbx, .rsp, .rbp, .rsi, .rdi]

        func loadGuests(_ a: inout Assembler) {
            for (number, register) in guests.enumerated() where number != 4 { a.load(register, state(layout.gpr + Int32(number) * 4)) }
            a.load(Pinned.maps, state(layout.readMap), .qword)
        }
        func storeGuests(_ a: inout Assembler) {
            for (number, register) in guests.enumerated() where number != 4 { a.store(state(layout.gpr + Int32(number) * 4), register) }
            a.lea(.r8, .at(Pinned.stack, Pinned.stackDelta))
            a.store(state(layout.gpr + 16), .r8)
        }
        /// Puts the vector registers away before Swift code runs, which owns the host's.
        func storeVectors(_ a: inout Assembler) {
            let done = a.label()
            a.alu(.cmp, state(layout.holdsVectors), immediate: 0, .byte)
            a.jump(.equal, done)
            for number in 0..<8 { a.emit(HostOpcode(0x11, map: 1), reg: UInt8(number), state(layout.xmm + Int32(number) * 16)) }
            a.emit(HostOpcode(0xAE, map: 1), reg: 3, state(layout.mxcsr))
            a.store(state(layout.holdsVectors), immediate: 0, .byte)
            a.store(.at(.rsp, -8), immediate: 0x1F80)
            a.emit(HostOpcode(0xAE, map: 1), reg: 2, .at(.rsp, -8))
            a.bind(done)
        }

        /// Guest calls leave the host's stack aligned or not.
        func callSwift(_ a: inout Assembler, _ helper: Helper) {
            a.lea(.rdi, .at(Pinned.state, -StateLayout.bias), .qword)
            a.store(state(layout.hostTop), .rsp, .qword)
            a.alu(.and, .register(.rsp), immediate: 0xFFFF_FFF0, .qword)
            a.move(.rax, immediate64: unsafe UInt64(UInt(bitPattern: unsafeBitCast(helper, to: UnsafeRawPointer.self))))
            a.call(.register(.rax))
            a.load(.rsp, state(layout.hostTop), .qword)
        }

        // enter(state, code)
        enter = a.position
        for register in saved { a.push(register) }
        a.alu(.sub, .register(.rsp), immediate: 8, .qword)
        a.lea(Pinned.state, .at(.rdi, StateLayout.bias), .qword)
        a.move(.r11, .rsi, .qword)
        let unpaired = a.label()
        a.lea(.r8, unpaired)
        a.push(.r8)
        a.store(state(layout.hostStack), .rsp, .qword)
        a.lea(.r8, .at(.rsp, -Self.stackDepth), .qword)
        a.store(state(layout.hostStackLimit), .r8, .qword)
        loadGuests(&a)
        a.load(Pinned.stack, state(layout.gpr + 16))
        a.move(Pinned.stackDelta, immediate: 0)
        a.load(.r8, state(layout.eip))
        a.jump(.register(.r11))

        // exit: R9D says why
        exit = a.position
        storeGuests(&a)
        let leave = a.here()
        storeVectors(&a)
        a.move(.rax, .r9)
        a.load(.rsp, state(layout.hostStack), .qword)
        a.alu(.add, .register(.rsp), immediate: 16, .qword)
        for register in saved.reversed() { a.pop(register) }
        a.ret()

        // lookUp: to the translation of CS:R8D; flags are in memory
        a.align(16)
        lookUp = a.position
        let search = a.here(), unknown = a.label()
        a.move(.r9, .r8)
        a.alu(.add, .r9, state(layout.base(1)))
        a.move(.r10, .r9)
        a.shiftRight(.r10, 12)
        a.load(.r10, .at(Pinned.maps, .r10, scale: 3, Int32(2 * TranslationMaps.mapBytes)), .qword)
        a.alu(.add, .r9, .register(.r10), .qword)
        a.move(.r10, .r9)
        a.shiftRight(.r10, 12)
        a.alu(.xor, .r10, .register(.r9))
        a.alu(.and, .register(.r10), immediate: UInt32(1 << Self.branchTableBits) - 1)
        a.shiftLeft(.r10, 4)
        a.alu(.add, .r10, state(layout.branchTable), .qword)
        a.alu(.add, .r9, state(layout.modeTag), .qword)
        a.alu(.cmp, .r9, .at(.r10), .qword)
        a.jump(.notEqual, unknown)
        a.alu(.cmp, .r8, state(layout.limit(1)))
        a.jump(.above, unknown)
        // The bank remembers it for the places that jump.
        a.load(.r11, .at(.r10, 8), .qword)
        a.push(.r11)
        a.move(.r11, .r8)
        a.alu(.add, .r11, state(layout.base(1)))
        a.findJump(.r11)
        a.alu(.add, .r11, state(layout.modeTag), .qword)
        func jumps(_ field: Int = 0) -> HostOperand { .at(Pinned.maps, .r10, Int32(TranslationMaps.jumps + field)) }
        let isListed = a.label()
        a.alu(.cmp, jumps(), immediate: 0, .qword)
        a.jump(.notEqual, isListed)
        a.load(.r9, .at(Pinned.maps, Int32(TranslationMaps.jumpCount)), .qword)
        a.store(.at(Pinned.maps, .r9, scale: 2, Int32(TranslationMaps.jumpList)), .r10)
        a.alu(.add, .at(Pinned.maps, Int32(TranslationMaps.jumpCount)), immediate: 1, .qword)
        a.bind(isListed)
        a.store(jumps(), .r11, .qword)
        a.pop(.r11)
        a.store(jumps(8), .r11, .qword)
        a.jump(.register(.r11))
        self.unknown = a.position
        a.bind(unknown)
        a.store(state(layout.eip), .r8)
        a.move(.r9, immediate: UInt32(Departure.next.rawValue))
        a.jump(toOffset: exit)

        // A guest's return without a call of the same run: the next one will find this again.
        a.align(16)
        a.bind(unpaired)
        a.lea(.r9, unpaired)
        a.push(.r9)
        a.jump(search)

        // execute: the interpreter does one instruction; R10: its `Site`. Called; returns when translated code goes on behind it.
        a.align(16)
        execute = a.position
        storeGuests(&a)
        storeVectors(&a)
        a.move(.rsi, .r10, .qword)
        unsafe callSwift(&a, helper)
        a.move(.r9, .rax)
        let departs = a.label(), dispatches = a.label()
        a.test(.r9, .r9)
        a.jump(.notEqual, departs)
        loadGuests(&a)
        a.load(Pinned.stack, state(layout.gpr + 16))
        a.alu(.sub, Pinned.stack, .register(Pinned.stackDelta), .qword)
        a.ret()
        a.bind(departs)
        a.alu(.add, .register(.rsp), immediate: 8, .qword)
        a.alu(.cmp, .register(.r9), immediate: UInt32(Departure.dispatch.rawValue))
        a.jump(.equal, dispatches)
        a.jump(leave)
        a.bind(dispatches)
        loadGuests(&a)
        a.load(Pinned.stack, state(layout.gpr + 16))
        a.alu(.sub, Pinned.stack, .register(Pinned.stackDelta), .qword)
        a.load(.r8, state(layout.eip))
        a.jump(search)

        (refillRead, refillWrite) = Self.emitSlotRoutines(&a)
        repeatMove.byte = Self.emitRepeat(&a, opcode: 0xA4, shift: 0, moves: true)
        repeatMove.word = Self.emitRepeat(&a, opcode: 0xA5, shift: 1, moves: true)
        repeatMove.dword = Self.emitRepeat(&a, opcode: 0xA5, shift: 2, moves: true)
        repeatStore.byte = Self.emitRepeat(&a, opcode: 0xAA, shift: 0, moves: false)
        repeatStore.word = Self.emitRepeat(&a, opcode: 0xAB, shift: 1, moves: false)
        repeatStore.dword = Self.emitRepeat(&a, opcode: 0xAB, shift: 2, moves: false)

        // findWindow: the stack left its window. R8D: lowest offset from ESP that is wanted; R10D: 4096 minus their span. Called; ZF clear: found.
        a.align(16)
        findWindow = a.position
        let noWindow = a.label()
        a.lea(.r9, .at(Pinned.stack, Pinned.stackDelta))
        a.alu(.add, .r8, .register(.r9))
        a.move(.r11, .r8)
        a.alu(.and, .register(.r11), immediate: 0xFFF)
        a.alu(.cmp, .register(.r11), .r10)
        a.jump(.above, noWindow)
        a.move(.r11, .r8)
        a.shiftRight(.r11, 12)
        a.load(.r10, .at(Pinned.maps, .r11, scale: 3, Int32(TranslationMaps.mapBytes)), .qword)
        a.test(.r10, .r10, .qword)
        a.jump(.equal, noWindow)
        // R9: guest ESP; R10: delta. The wanted page may be ESP's neighbour: the host address follows from the page that is wanted.
        a.alu(.and, .register(.r8), immediate: 0xFFFF_F000)
        a.alu(.add, .r8, .register(.r10), .qword)
        a.store(.at(Pinned.maps, Int32(TranslationMaps.stackWindow)), .r8, .qword)
        a.lea(Pinned.stack, .at(.r9, .r10), .qword)
        a.move(Pinned.stackDelta, .r9, .qword)
        a.alu(.sub, Pinned.stackDelta, .register(Pinned.stack), .qword)
        a.test(.r10, .r10, .qword)
        a.ret()
        a.bind(noWindow)
        a.alu(.cmp, .register(.rax), .rax)
        a.ret()

        // lendVectors: called; takes the guest's vector registers and MXCSR into the host's. ZF set: the guest may not use them, or unmasks an exception.
        a.align(16)
        lendVectors = a.position
        let notAllowed = a.label()
        a.load(.r8, state(layout.cr4))
        a.alu(.and, .register(.r8), immediate: 0x200)
        a.jump(.equal, notAllowed)
        a.load(.r8, state(layout.cr0))
        a.alu(.and, .register(.r8), immediate: 0xC)
        a.alu(.cmp, .register(.r8), immediate: 1)
        a.emit(HostOpcode(0x19), reg: HostRegister.r8.rawValue, .register(.r8))  // SBB: all ones where EM and TS are clear
        a.jump(.equal, notAllowed)
        a.load(.r8, state(layout.mxcsr))
        a.emit(HostOpcode(0xF7), reg: 2, .register(.r8))  // NOT
        a.alu(.and, .register(.r8), immediate: 0x1F80)
        a.alu(.cmp, .register(.r8), immediate: 1)
        a.emit(HostOpcode(0x19), reg: HostRegister.r8.rawValue, .register(.r8))
        a.jump(.equal, notAllowed)
        for number in 0..<8 { a.emit(HostOpcode(0x10, map: 1), reg: UInt8(number), state(layout.xmm + Int32(number) * 16)) }
        a.emit(HostOpcode(0xAE, map: 1), reg: 2, state(layout.mxcsr))
        a.store(state(layout.holdsVectors), immediate: 1, .byte)
        a.test(.r8, .r8)
        a.bind(notAllowed)
        a.ret()

        // lendX87: called; the host's x87 unit takes over the guest's registers. ZF set: it may not.
        a.align(16)
        lendX87 = a.position
        let keeps = a.label()
        storeGuests(&a)
        storeVectors(&a)
        unsafe callSwift(&a, prepareX87)
        a.move(.r9, .rax)
        loadGuests(&a)
        a.load(Pinned.stack, state(layout.gpr + 16))
        a.alu(.sub, Pinned.stack, .register(Pinned.stackDelta), .qword)
        a.test(.r9, .r9)
        a.jump(.equal, keeps)
        a.load(.r8, state(layout.x87Image), .qword)
        a.emit(HostOpcode(0xDD), reg: 4, .at(.r8))  // FRSTOR
        a.store(state(layout.holdsX87), immediate: 1, .byte)
        a.bind(keeps)
        a.ret()

        a.align(64)
        a.resolve()
        end = a.position
    }
}

extension Assembler {
    /// R10 becomes the place of `linear` in `TranslationMaps.jumps`.
    mutating func findJump(_ linear: HostRegister) {
        emit(HostOpcode(0x69), reg: HostRegister.r10.rawValue, .register(linear))  // IMUL
        dword(TranslationMaps.jumpFactor)
        shiftRight(.r10, UInt8(32 - TranslationMaps.jumpBits))
        shiftLeft(.r10, 4)
    }
}
