package import Bus

/// The 8259A pair of a PC: sixteen interrupt lines, the slave behind input 2 of the master.
/// Sources: Intel 8259A data sheet; 82371SB (PIIX3) data sheet, ELCR1/ELCR2.
/// Not modelled: MCS-80 mode, buffered mode, ICW1's LTIM (the PIIX3 has the ELCR in its place).
package final class PIC: Device, InterruptSink, InterruptController {
    package static let part = "8259A interrupt controllers"

    package struct State: DeviceState {
        var master = Chip(), slave = Chip()
        package func validate() throws(SnapshotError) {
            guard master.isPossible, slave.isPossible else { throw SnapshotError(PIC.part, "no such registers") }
        }
    }

    /// One chip's two ports.
    package final class Window: PortMapped {
        private unowned let pic: PIC
        private let chip: WritableKeyPath<State, Chip>
        fileprivate init(_ pic: PIC, _ chip: WritableKeyPath<State, Chip>) { (self.pic, self.chip) = (pic, chip) }

        package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
            defer { pic.update() }
            return UInt32(pic.state[keyPath: chip].read(offset))
        }
        package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
            pic.state[keyPath: chip].write(offset, UInt8(truncatingIfNeeded: value))
            pic.update()
        }
    }

    /// The edge/level control registers: offset 0 for the master, 1 for the slave.
    package final class LevelControl: PortMapped {
        private unowned let pic: PIC
        fileprivate init(_ pic: PIC) { self.pic = pic }

        package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
            UInt32(offset == 0 ? pic.state.master.elcr : pic.state.slave.elcr)
        }
        package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
            // Inputs 0, 1, 2, 8 and 13 are edge-triggered for ever.
            if offset == 0 {
                pic.state.master.elcr = UInt8(truncatingIfNeeded: value) & 0xF8
            } else {
                pic.state.slave.elcr = UInt8(truncatingIfNeeded: value) & 0xDE
            }
            pic.update()
        }
    }

    package var state = State()
    /// INTR.
    package var onINTR: ((Bool) -> Void)?
    package private(set) lazy var master = Window(self, \.master)
    package private(set) lazy var slave = Window(self, \.slave)
    package private(set) lazy var levelControl = LevelControl(self)

    package init() {}

    /// The lines are the other chips' and keep their levels.
    package func reset() {
        state = State(master: Chip(lines: state.master.lines), slave: Chip(lines: state.slave.lines))
        update()
    }

    package func stateRestored() { update() }

    package func setLine(_ number: Int, _ level: Bool) {
        switch number {
        case 0..<8: state.master.drive(UInt8(1) &<< UInt8(number), level)
        case 8..<16: state.slave.drive(UInt8(1) &<< UInt8(number - 8), level)
        default: return
        }
        update()
    }

    private func update() {
        state.master.drive(Chip.cascade, state.slave.request != nil)
        onINTR?(isRequesting)
    }

    package var isRequesting: Bool { state.master.request != nil }

    /// Both INTA cycles. A request that went away leaves the vector of input 7, and no bit in service.
    package func acknowledge() -> UInt8 {
        defer { update() }
        // INT falls with the acknowledgement: what asks then is another edge.
        onINTR?(false)
        guard let number = state.master.request else { return state.master.vectorBase | 7 }
        state.master.serve(number)
        guard UInt8(1) &<< number == Chip.cascade else { return state.master.vectorBase | number }
        // The slave's INT falls with the acknowledgement: where it asks for more, the master must see another edge.
        state.master.drive(Chip.cascade, false)
        guard let inner = state.slave.request else { return state.slave.vectorBase | 7 }
        state.slave.serve(inner)
        return state.slave.vectorBase | inner
    }
}

extension PIC {
    /// One 8259A.
    package struct Chip: Codable, Equatable, Sendable {
        /// The input of the master at which the slave's INT arrives.
        static let cascade: UInt8 = 1 << 2

        private enum ICW1 {
            static let isICW1: UInt8 = 0x10
            static let needsICW4: UInt8 = 0x01
            static let single: UInt8 = 0x02
        }
        private enum ICW4 {
            static let autoEOI: UInt8 = 0x02
            static let specialFullyNested: UInt8 = 0x10
        }
        private enum OCW3 {
            static let isOCW3: UInt8 = 0x08
            static let readsISR: UInt8 = 0x01
            static let selectsRegister: UInt8 = 0x02
            static let poll: UInt8 = 0x04
            static let specialMask: UInt8 = 0x20
            static let setsSpecialMask: UInt8 = 0x40
        }

        /// Which word port 1 takes next.
        enum Expects: String, Codable { case ocw1, icw2, icw3, icw4 }

        /// The edge sense latches: set by a rising line, cleared when it is served or falls (figure "priority cell": the request input
        /// must stay until the first INTA).
        var edges: UInt8 = 0
        var isr: UInt8 = 0, imr: UInt8 = 0
        /// The input lines as driven.
        var lines: UInt8 = 0
        /// Level-triggered inputs.
        var elcr: UInt8 = 0
        var vectorBase: UInt8 = 0
        /// The input of highest priority.
        var first: UInt8 = 0
        var expects = Expects.ocw1
        var isSingle = false, needsICW4 = false
        var autoEOI = false, rotatesOnAutoEOI = false
        var specialFullyNested = false, specialMask = false
        var readsISR = false, polls = false

        init(lines: UInt8 = 0) { self.lines = lines }

        var isPossible: Bool { first < 8 && vectorBase & 7 == 0 }

        var irr: UInt8 { edges & ~elcr | lines & elcr }

        mutating func drive(_ input: UInt8, _ level: Bool) {
            if level {
                edges |= input & ~lines
                lines |= input
            } else {
                edges &= ~input
                lines &= ~input
            }
        }

        // MARK: Priority

        /// Bit 0 is the input of highest priority.
        private func ranked(_ inputs: UInt8) -> UInt8 { inputs &>> first | inputs &<< (8 &- first & 7) }
        private func input(ofRank rank: Int) -> UInt8 { (first &+ UInt8(truncatingIfNeeded: rank)) & 7 }

        /// The input to serve now: the first that asks, unless one of its rank or above is in service.
        var request: UInt8? {
            let asking = irr & ~imr
            guard asking != 0 else { return nil }
            // Special mask mode: inputs masked while in service let all others through.
            var serving = specialMask ? isr & ~imr : isr
            // Special fully nested mode: the slave's own input may ask again while it is served.
            if specialFullyNested { serving &= ~(Self.cascade & asking) }
            let rank = ranked(asking).trailingZeroBitCount
            return rank < ranked(serving).trailingZeroBitCount ? input(ofRank: rank) : nil
        }

        mutating func serve(_ number: UInt8) {
            let input = UInt8(1) &<< number
            edges &= ~input
            if !autoEOI {
                isr |= input
            } else if rotatesOnAutoEOI {
                first = (number &+ 1) & 7
            }
        }

        // MARK: Registers

        mutating func read(_ offset: UInt16) -> UInt8 {
            if polls {
                polls = false
                guard let number = request else { return 0 }
                serve(number)
                return 0x80 | number
            }
            return offset & 1 != 0 ? imr : readsISR ? isr : irr
        }

        mutating func write(_ offset: UInt16, _ value: UInt8) {
            if offset & 1 != 0 {
                writeData(value)
            } else if value & ICW1.isICW1 != 0 {
                initialize(value)
            } else if value & OCW3.isOCW3 != 0 {
                if value & OCW3.poll != 0 { polls = true }
                if value & OCW3.selectsRegister != 0 { readsISR = value & OCW3.readsISR != 0 }
                if value & OCW3.setsSpecialMask != 0 { specialMask = value & OCW3.specialMask != 0 }
            } else {
                operate(value)
            }
        }

        /// ICW1: what is left are the lines and what the ELCR says of them; an input that is high already must fall and rise to ask.
        private mutating func initialize(_ value: UInt8) {
            let old = self
            self = Chip(lines: old.lines)
            elcr = old.elcr
            vectorBase = old.vectorBase
            isSingle = value & ICW1.single != 0
            needsICW4 = value & ICW1.needsICW4 != 0
            expects = .icw2
        }

        private mutating func writeData(_ value: UInt8) {
            switch expects {
            case .ocw1: imr = value
            case .icw2:
                vectorBase = value & 0xF8
                expects = !isSingle ? .icw3 : needsICW4 ? .icw4 : .ocw1
            case .icw3:
                // Which input the slave hangs on is soldered.
                expects = needsICW4 ? .icw4 : .ocw1
            case .icw4:
                specialFullyNested = value & ICW4.specialFullyNested != 0
                autoEOI = value & ICW4.autoEOI != 0
                expects = .ocw1
            }
        }

        /// OCW2: rotate (bit 7), specific (bit 6), end of interrupt (bit 5).
        private mutating func operate(_ value: UInt8) {
            let level = value & 7
            switch value &>> 5 {
            case 0b000: rotatesOnAutoEOI = false
            case 0b100: rotatesOnAutoEOI = true
            case 0b001, 0b101:
                // A non-specific end leaves inputs alone that special mask mode masks.
                let rank = ranked(specialMask ? isr & ~imr : isr).trailingZeroBitCount
                guard rank < 8 else { return }
                let number = input(ofRank: rank)
                isr &= ~(UInt8(1) &<< number)
                if value & 0x80 != 0 { first = (number &+ 1) & 7 }
            case 0b011: isr &= ~(UInt8(1) &<< level)
            case 0b111:
                isr &= ~(UInt8(1) &<< level)
                first = (level &+ 1) & 7
            case 0b110: first = (level &+ 1) & 7
            default: break
            }
        }
    }
}
