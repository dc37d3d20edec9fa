import Bus
import X86

/// Debug registers (SDM Vol. 3B chapter 17): instruction, data and I/O breakpoints, general detect.
///
/// While a breakpoint is enabled the processor goes instruction by instruction (`Pending.watch`), and pages with a data breakpoint in them stay
/// out of the translation maps, so that the slow path sees every access.
extension Execution {
    /// To be called after every change of DR7 or of a breakpoint's address.
    func settleBreakpoints() {
        let enabled = s.dr[7] & 0xFF != 0
        if enabled || s.pending.contains(.watch) { owner.flushTranslations() }
        if enabled { s.pending.insert(.watch) } else { s.pending.remove(.watch) }
    }

    private enum Condition: UInt32 { case execute, write, port, access }

    /// The DR6 bits of the enabled breakpoints of these conditions that overlap `count` bytes from `first`.
    private func hits(_ first: UInt32, _ count: UInt32, _ conditions: [Condition]) -> UInt32 {
        var result: UInt32 = 0
        for number in 0..<4 where s.dr[7] >> UInt32(number * 2) & 3 != 0 {
            let control = s.dr[7] >> UInt32(16 + number * 4) & 15
            guard conditions.contains(where: { $0.rawValue == control & 3 }) else { continue }
            // LEN: 1, 2, (8) or 4 bytes, aligned to it
            let length: UInt32 = [1, 2, 8, 4][Int(control >> 2)]
            let start = s.dr[number] & ~(length - 1)
            if first &- start < length || start &- first < count { result |= 1 << UInt32(number) }
        }
        return result
    }

    /// An instruction breakpoint at `linear`: its DR6 bits.
    func instructionBreakpoints(at linear: UInt32) -> UInt32 { hits(linear, 1, [.execute]) }

    func noteAccess(_ linear: UInt32, _ bytes: UInt32, write: Bool) { s.debugHits |= hits(linear, bytes, write ? [.write, .access] : [.access]) }

    func notePort(_ port: UInt16, _ bytes: UInt8) {
        if s.cr4 & CR4.de != 0 { s.debugHits |= hits(UInt32(port), UInt32(bytes), [.port]) }
    }

    /// Whether accesses to this page must go the slow way.
    func isWatched(page linear: UInt32) -> Bool { s.pending.contains(.watch) && hits(linear & ~0xFFF, 4096, [.write, .access]) != 0 }

    /// #DB as a trap, or as the fault of an instruction breakpoint, for these causes.
    func deliverDebug(_ causes: UInt32) {
        s.dr[6] |= causes
        s.dr[7] &= ~(1 << 13)
        s.debugHits = 0
        s.halted = false
        deliver(vector: 1)
    }

    // MARK: MOV to and from debug registers

    /// DR4 and DR5 are other names of DR6 and DR7, unless CR4.DE undefines them.
    private func debugRegister(_ number: UInt8) throws(Fault) -> Int {
        var number = Int(number & 7)
        if number == 4 || number == 5 {
            if s.cr4 & CR4.de != 0 { throw .invalidOpcode }
            number += 2
        }
        try requireRing0()
        if s.dr[7] & 1 << 13 != 0 {
            s.dr[6] |= 1 << 13
            s.dr[7] &= ~(1 << 13)
            throw .debug
        }
        return number
    }

    func writeDebug(_ number: UInt8, _ value: UInt32) throws(Fault) {
        let number = try debugRegister(number)
        switch number {
        case 6: s.dr[6] = value & 0xE00F | 0xFFFF_0FF0
        case 7: s.dr[7] = value & 0xFFFF_2FFF | 0x400
        default: s.dr[number] = value
        }
        if number != 6 { settleBreakpoints() }
    }

    func readDebug(_ number: UInt8) throws(Fault) -> UInt32 { s.dr[try debugRegister(number)] }
}
