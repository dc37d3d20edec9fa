import X64Assembler

/// The routines behind a place of access (`Translator.check`) whose slot does not have the page.
///
/// A place begins with its slot, which is best while it sees one page at a time. When it missed `patience` times between two flushes it is changed to go by
/// the map, in place, through the cache's writable mapping:
///
///     sub r9, [slot]       4D 2B 8F ....   becomes  rorx r8d, r9d, log2 size
///     cmp r9, 4096-size    49 81 F9 ....            shr r8d, 12 - log2 size
///     ja  miss             0F 87 ....               mov r8, [map + r8*8]
///     mov r8, [slot + 8]   4D 8B 87 ....            test r8, r8; je miss
///     retry:
///
/// Rotated, an address that is not a multiple of the size, the only kind that may cross into another page, finds an empty entry beyond those of the 2^20
/// pages: one test for both. A place that often sees such addresses gets its slot back for a while. Its slow way is
///
///     miss: mov r10, slot; mov r11d, 4096-size; call refill (by the map: unaligned); jne retry
///     slow:
///
/// Code by the map is longer in the chain from the address to the datum, but no page makes it miss, and it takes no jump. It is not a routine that all
/// places call: that made Python a third slower, we think because two taken jumps at every access displace the guest's in the host's history of branches.
extension Routines {
    private enum Place {
        /// Distances back from `retry`: its start, the operand of CMP, JA, and what follows JA.
        static let start: Int32 = 27, compare: Int32 = 20, limit: Int32 = 17, jump: Int32 = 13, load: Int32 = 7
        /// Code by the map but for its last jump, which ends at `retry`; and room for each size's.
        static let inlineBytes = 21, room: Int32 = 32
        /// Accesses by the map that were not aligned until the slot is tried again, and its misses until the map is; and misses that no place will see.
        static let unaligned: UInt32 = 4096, again: UInt32 = 64, forever: UInt32 = 0x7FFF_FFFF
        static let longest: UInt32 = 8
    }
    private enum Field {
        static let host: Int32 = 8
        static let patience = Int32(TranslationMaps.upkeepBehindSlot), lists = patience + 8
    }

    static func emitSlotRoutines(_ a: inout Assembler) -> (read: Int, write: Int) {
        func emit(_ map: Int32) -> Int {
            a.align(Int(Place.room))
            let inline = a.position
            for logarithm in [0, 1, 2, 2, 3, 3, 3, 3] as [UInt8] { emitInline(&a, map: map, logarithm) }
            let refill = a.label(), unaligned = a.label()
            emitUnaligned(&a, unaligned, map: map, refill: refill)
            return emitRefill(&a, refill, map: map, inline: inline, unaligned: unaligned)
        }
        return (emit(0), emit(Int32(TranslationMaps.mapBytes)))
    }

    private static func slot(_ field: Int32 = 0) -> HostOperand { .at(Pinned.maps, .r10, field) }

    /// R9: linear address minus the slot's base; R10: the slot, relative to the bank; R11D: 4096 minus the operand's size. Back with ZF clear: R8 is the
    /// page's host address, R9 the offset in it. ZF set: only the interpreter can help.
    private static func emitRefill(_ a: inout Assembler, _ refill: Assembler.Label, map: Int32, inline: Int, unaligned: Assembler.Label) -> Int {
        a.align(16)
        let start = a.position
        a.bind(refill)
        let fails = a.label(), crosses = a.label(), changes = a.label(), lists = a.label()
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
        a.alu(.sub, slot(Field.patience), immediate: 1)
        a.jump(.equal, changes)
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

        a.bind(changes)
        a.store(slot(Field.patience), immediate: Place.forever)
        if HostProcessor.hasBMI2 {
            let isLong = a.label()
            findPlace(&a)
            a.move(.r11, immediate: 4096)
            a.alu(.sub, .r11, .at(.r8, -Place.limit))
            a.alu(.cmp, .register(.r11), immediate: Place.longest)
            a.jump(.above, isLong)
            a.store(slot(Field.patience), immediate: Place.unaligned)
            goByMap(&a, inline: inline, unaligned: unaligned)
            a.bind(isLong)
            a.pop(.r8)
            a.pop(.r11)
        }
        a.jump(updates)
        return start
    }

    /// R11 and R8 are pushed; R8 becomes `retry` of the place whose slow way called.
    private static func findPlace(_ a: inout Assembler) {
        a.push(.r11)
        a.push(.r8)
        a.load(.r8, .at(.rsp, 16), .qword)
        a.emit(HostOpcode(0x63), reg: HostRegister.r11.rawValue, .at(.r8, 2), .qword)  // MOVSXD
        a.lea(.r8, .at(.r8, .r11, 6), .qword)
    }

    /// R8: `retry` of a place; R11D: its operand's size. The place goes by the map from now on. R8 and R11 are lost.
    private static func goByMap(_ a: inout Assembler, inline: Int, unaligned: Assembler.Label) {
        let layout = StateLayout.shared
        a.push(.r9)
        a.push(.r10)
        a.load(.r9, .at(.r8, 2 - Place.jump))
        a.alu(.sub, .register(.r9), immediate: UInt32(Place.load))
        a.alu(.add, .r8, .at(Pinned.state, layout.codeAlias), .qword)
        a.shiftLeft(.r11, 5)
        a.alu(.add, .r11, .at(Pinned.state, layout.codeBase), .qword)
        for offset in [0, 8, 16] as [Int32] {
            a.load(.r10, .at(.r11, Int32(inline) - Place.room + offset), .qword)
            a.store(.at(.r8, offset - Place.start), .r10, .qword)
        }
        a.store(.at(.r8, -6), immediate: 0x840F, .word)
        a.store(.at(.r8, -4), .r9)
        callNow(&a, unaligned, returnAddress: .at(.rsp, 32))
        a.pop(.r10)
        a.pop(.r9)
    }

    /// The slow way that called calls `routine` from now on. R8 and R9 are lost.
    private static func callNow(_ a: inout Assembler, _ routine: Assembler.Label, returnAddress: HostOperand) {
        a.load(.r9, returnAddress, .qword)
        a.lea(.r8, routine)
        a.alu(.sub, .r8, .register(.r9), .qword)
        a.alu(.add, .r9, .at(Pinned.state, StateLayout.shared.codeAlias), .qword)
        a.store(.at(.r9, -4), .r8)
    }

    /// What a place is changed to, but for its last jump.
    private static func emitInline(_ a: inout Assembler, map: Int32, _ logarithm: UInt8) {
        let start = a.position
        if logarithm == 0 { a.move(.r8, .r9) } else { a.rorx(.r8, .r9, logarithm) }
        a.shiftRight(.r8, 12 - logarithm)
        a.load(.r8, .at(Pinned.maps, .r8, scale: 3, map), .qword)
        let nops: [[UInt8]] = [[], [0x90], [0x66, 0x90], [0x0F, 0x1F, 0], [0x0F, 0x1F, 0x40, 0], [0x0F, 0x1F, 0x44, 0, 0]]
        var missing = start + Place.inlineBytes - 3 - a.position
        while missing > 0 {
            let nop = nops[min(missing, nops.count - 1)]
            for byte in nop { a.byte(byte) }
            missing -= nop.count
        }
        a.test(.r8, .r8, .qword)
        a.align(Int(Place.room))
    }

    /// R9D: linear address; R10, R11D as for `refill`. Back like it, but for R8 and R9, whose sum is the host address.
    private static func emitUnaligned(_ a: inout Assembler, _ unaligned: Assembler.Label, map: Int32, refill: Assembler.Label) {
        a.align(16)
        a.bind(unaligned)
        let crosses = a.label(), fails = a.label(), isUsual = a.label()
        a.move(.r8, .r9)
        a.shiftRight(.r8, 12)
        a.load(.r8, .at(Pinned.maps, .r8, scale: 3, map), .qword)
        a.test(.r8, .r8, .qword)
        a.jump(.equal, fails)
        a.push(.r9)
        a.alu(.and, .register(.r9), immediate: 0xFFF)
        a.alu(.cmp, .register(.r9), .r11)
        a.pop(.r9)
        a.jump(.above, crosses)
        a.alu(.sub, slot(Field.patience), immediate: 1)
        a.jump(.notEqual, isUsual)
        a.store(slot(Field.patience), immediate: Place.again)
        goBySlot(&a, refill)
        a.bind(isUsual)
        a.test(.r8, .r8, .qword)
        a.bind(fails)
        a.ret()
        a.bind(crosses)
        a.alu(.cmp, .register(.rax), .rax)
        a.ret()
    }

    /// The place whose slow way called has its slot again.
    private static func goBySlot(_ a: inout Assembler, _ refill: Assembler.Label) {
        let layout = StateLayout.shared
        findPlace(&a)
        a.push(.r9)
        a.load(.r9, .at(.r8, -4))
        a.alu(.add, .register(.r9), immediate: UInt32(Place.load))
        a.alu(.add, .r8, .at(Pinned.state, layout.codeAlias), .qword)
        a.load(.r11, .at(.rsp, 16), .qword)
        a.store(.at(.r8, -Place.start), immediate: 0x8F2B4D)
        a.store(.at(.r8, 3 - Place.start), .r10)
        a.store(.at(.r8, -Place.compare), immediate: 0xF98149)
        a.store(.at(.r8, -Place.limit), .r11)
        a.store(.at(.r8, -Place.jump), immediate: 0x870F, .word)
        a.store(.at(.r8, 2 - Place.jump), .r9)
        a.store(.at(.r8, -Place.load), immediate: 0x878B4D)
        a.lea(.r9, .at(.r10, Field.host))
        a.store(.at(.r8, 3 - Place.load), .r9)
        callNow(&a, refill, returnAddress: .at(.rsp, 24))
        a.pop(.r9)
        a.pop(.r8)
        a.pop(.r11)
    }
}
