import X64Assembler

/// The routines behind a place of access (`Translator.check`) whose slot does not have the page.
///
/// A place begins with its slot. When it missed `patience` times, its accesses are counted for a while; where many miss, the place is made to go by the map,
/// otherwise it gets more patience. The code of the place is changed in place, through the cache's writable mapping:
///
///     sub r9, [slot]       4D 2B 8F ....   becomes  call byMap; jmp short over the rest
///     cmp r9, 4096-size    49 81 F9 ....
///     ja  miss             0F 87 ....      becomes  nop; jmp miss  while accesses are counted
///     mov r8, [slot + 8]   4D 8B 87 ....
///     retry:
///
/// and its slow way is
///
///     miss: mov r10, slot; mov r11d, 4096-size; call refill; jne retry
///     slow:
extension Routines {
    private enum Place {
        /// Distances back from `retry`.
        static let start: Int32 = 27, jump: Int32 = 13
        /// From where `byMap` returns to: the operand of JA and its end.
        static let distance: Int32 = 11, end: Int32 = 15
        /// The operand of CMP, back from `retry`.
        static let limit: Int32 = 17
        static let slowBehindMiss: Int32 = 24
        static let counted: UInt32 = 64, tooMany: UInt32 = 12, morePatience: UInt32 = 8192
    }
    private enum Field {
        static let host: Int32 = 8
        static let patience = Int32(TranslationMaps.upkeepBehindSlot), countdown = patience + 4, misses = patience + 6, lists = patience + 8
    }

    static func emitSlotRoutines(_ a: inout Assembler) -> (read: Int, write: Int) {
        let sizes: [Int32] = [1, 2, 4, 6, 8, 10, 16]
        func emit(_ map: Int32) -> Int {
            let routines = sizes.map { size in emitByMap(&a, map: map, size: size) }
            // For operands of any other size.
            let whole = emitByMap(&a, map: map, size: 512)
            a.align(4)
            let table = a.position
            for size in 0...16 { a.dword(UInt32(sizes.firstIndex { $0 == Int32(size) }.map { routines[$0] } ?? whole)) }
            return emitRefill(&a, map: map, byMap: table)
        }
        return (emit(0), emit(Int32(TranslationMaps.mapBytes)))
    }

    /// R9: linear address minus the slot's base; R10: the slot, relative to the bank; R11D: 4096 minus the operand's size. Back with ZF clear: R8 is the
    /// page's host address, R9 the offset in it. ZF set: only the interpreter can help.
    private static func emitRefill(_ a: inout Assembler, map: Int32, byMap: Int) -> Int {
        let layout = StateLayout.shared
        func slot(_ field: Int32 = 0) -> HostOperand { .at(Pinned.maps, .r10, field) }
        a.align(16)
        let start = a.position
        let fails = a.label(), crosses = a.label(), counting = a.label(), begins = a.label(), lists = a.label(), hits = a.label()
        let byMapNow = a.label()
        a.alu(.add, .r9, slot(), .qword)
        a.move(.r9, .r9)
        a.move(.r8, .r9)
        a.shiftRight(.r8, 12)
        a.load(.r8, .at(Pinned.maps, .r8, scale: 3, map), .qword)
        a.test(.r8, .r8, .qword)
        a.jump(.equal, fails)
        a.push(.r9)
        a.alu(.and, .register(.r9), immediate: 0xFFF)
        a.alu(.cmp, .register(.r9), .r11)
        a.pop(.r11)
        a.jump(.above, crosses)
        a.alu(.and, .register(.r11), immediate: 0xFFFF_F000)
        a.alu(.add, .r8, .register(.r11), .qword)
        a.alu(.cmp, slot(Field.countdown), immediate: 0, .word)
        a.jump(.notEqual, counting)
        a.alu(.sub, slot(Field.patience), immediate: 1)
        a.jump(.equal, begins)
        let updates = a.here()
        a.store(slot(), .r11, .qword)
        a.store(slot(Field.host), .r8, .qword)
        a.emit(HostOpcode(0xF6), reg: 0, slot(Field.lists), .byte)  // TEST
        a.byte(UInt8(TranslationMaps.Upkeep.recent))
        a.jump(.equal, lists)
        let done = a.here()
        a.test(.r8, .r8, .qword)
        a.ret()
        a.bind(crosses)
        a.alu(.cmp, .register(.rax), .rax)
        a.bind(fails)
        a.ret()

        a.bind(lists)
        a.alu(.or, slot(Field.lists), immediate: UInt32(TranslationMaps.Upkeep.recent))
        a.load(.r11, .at(Pinned.maps, Int32(TranslationMaps.listCount)), .qword)
        a.store(.at(Pinned.maps, .r11, scale: 2, Int32(TranslationMaps.list)), .r10)
        a.alu(.add, .at(Pinned.maps, Int32(TranslationMaps.listCount)), immediate: 1, .qword)
        a.jump(done)

        // R8 becomes `retry` of the place that called.
        func findPlace(_ a: inout Assembler) {
            a.push(.r11)
            a.push(.r8)
            a.load(.r8, .at(.rsp, 16), .qword)
            a.emit(HostOpcode(0x63), reg: HostRegister.r11.rawValue, .at(.r8, 2), .qword)  // MOVSXD
            a.lea(.r8, .at(.r8, .r11, 6), .qword)
        }
        func leavePlace(_ a: inout Assembler) {
            a.pop(.r8)
            a.pop(.r11)
            a.jump(updates)
        }
        func changeJump(_ a: inout Assembler, to bytes: UInt32) {
            findPlace(&a)
            a.alu(.add, .r8, .at(Pinned.state, layout.codeAlias), .qword)
            a.store(.at(.r8, -Place.jump), immediate: bytes, .word)
            leavePlace(&a)
        }
        a.bind(begins)
        a.store(slot(Field.countdown), immediate: Place.counted, .word)
        a.store(slot(Field.misses), immediate: 0, .word)
        changeJump(&a, to: 0xE990)

        a.bind(counting)
        a.alu(.cmp, .r11, slot(), .qword)
        a.jump(.equal, hits)
        a.alu(.add, slot(Field.misses), immediate: 1, .word)
        a.bind(hits)
        a.alu(.sub, slot(Field.countdown), immediate: 1, .word)
        a.jump(.notEqual, updates)
        a.alu(.cmp, slot(Field.misses), immediate: Place.tooMany, .word)
        a.jump(.aboveOrEqual, byMapNow)
        a.store(slot(Field.patience), immediate: Place.morePatience)
        changeJump(&a, to: 0x870F)

        // `byMap` is a table by size, 0 standing for what is longer than 16 bytes.
        a.bind(byMapNow)
        findPlace(&a)
        let isShort = a.label()
        a.move(.r11, immediate: 4096)
        a.alu(.sub, .r11, .at(.r8, -Place.limit))
        a.alu(.cmp, .register(.r11), immediate: 16)
        a.jump(.belowOrEqual, isShort)
        a.move(.r11, immediate: 0)
        a.bind(isShort)
        a.shiftLeft(.r11, 2)
        a.alu(.add, .r11, .at(Pinned.state, layout.codeBase), .qword)
        a.load(.r11, .at(.r11, Int32(byMap)))
        a.lea(.r11, .at(.r11, Place.start - 5), .qword)
        a.alu(.add, .r11, .at(Pinned.state, layout.codeBase), .qword)
        a.alu(.sub, .r11, .register(.r8), .qword)
        a.alu(.add, .r8, .at(Pinned.state, layout.codeAlias), .qword)
        a.store(.at(.r8, -Place.start), immediate: 0xE8, .byte)
        a.store(.at(.r8, 1 - Place.start), .r11)
        a.store(.at(.r8, 5 - Place.start), immediate: 0xEB | UInt32(Place.start - 7) << 8, .word)
        leavePlace(&a)
        return start
    }

    /// R9D: linear address. Back with R8 + R9 the host address, or at the place's slow way.
    private static func emitByMap(_ a: inout Assembler, map: Int32, size: Int32) -> Int {
        a.align(16)
        let start = a.position
        let fails = a.label()
        if size > 1 {
            a.move(.r8, .r9)
            a.alu(.and, .register(.r8), immediate: 0xFFF)
            a.alu(.cmp, .register(.r8), immediate: UInt32(4096 - size))
            a.jump(.above, fails)
        }
        a.move(.r8, .r9)
        a.shiftRight(.r8, 12)
        a.load(.r8, .at(Pinned.maps, .r8, scale: 3, map), .qword)
        a.test(.r8, .r8, .qword)
        a.jump(.equal, fails)
        a.ret()
        a.bind(fails)
        a.pop(.r10)
        a.emit(HostOpcode(0x63), reg: HostRegister.r8.rawValue, .at(.r10, Place.distance), .qword)  // MOVSXD
        a.lea(.r10, .at(.r10, .r8, Place.end + Place.slowBehindMiss), .qword)
        a.jump(.register(.r10))
        return start
    }
}
