package import Bus

/// The 8259A pair of a PC: sixteen interrupt lines, the slave behind line 2 of the master.
/// Sources: Intel 8259A data sheet; 82371SB (PIIX3) data sheet, ELCR.
/// Not modelled: MCS-80 mode, buffered mode, special mask mode's nesting corner cases.
package final class PIC: Device, InterruptSink, InterruptController {
    package static let part = "8259A interrupt controllers"

    package struct Chip: Codable, Equatable, Sendable {
        var irr: UInt8 = 0, isr: UInt8 = 0, imr: UInt8 = 0
        /// Line levels as driven, for edges and level-triggered inputs.
        var lines: UInt8 = 0
        var elcr: UInt8 = 0
        var vectorBase: UInt8 = 0
        var priority: UInt8 = 0
        /// 0: ready, else the next initialisation word.
        var initStep: UInt8 = 0
        var needsICW4 = false
        var autoEOI = false, rotatesOnAutoEOI = false
        var specialFullyNested = false, specialMask = false
        var readsISR = false, polls = false
    }

    package struct State: DeviceState {
        var chips = [Chip(), Chip()]
        package func validate() throws(SnapshotError) {
            guard chips.count == 2, chips.allSatisfy({ $0.priority < 8 && $0.initStep < 5 }) else {
                throw SnapshotError(PIC.part, "no such registers")
            }
        }
    }

    /// One chip's two ports.
    package final class Window: PortMapped {
        private unowned let pic: PIC
        private let chip: Int
        fileprivate init(_ pic: PIC, _ chip: Int) { (self.pic, self.chip) = (pic, chip) }
        package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 { UInt32(pic.read(chip, offset)) }
        package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) { pic.write(chip, offset, UInt8(truncatingIfNeeded: value)) }
    }

    /// The edge/level control registers.
    package final class LevelControl: PortMapped {
        private unowned let pic: PIC
        fileprivate init(_ pic: PIC) { self.pic = pic }
        package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 { UInt32(pic.state.chips[Int(offset & 1)].elcr) }
        package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
            // IRQ 0, 1, 2, 8 and 13 are edge-triggered for ever.
            pic.state.chips[Int(offset & 1)].elcr = UInt8(truncatingIfNeeded: value) & (offset & 1 == 0 ? 0xF8 : 0xDE)
            pic.update()
        }
    }

    package var state = State()
    package var pins: (any ProcessorPins)?
    package private(set) lazy var master = Window(self, 0)
    package private(set) lazy var slave = Window(self, 1)
    package private(set) lazy var levelControl = LevelControl(self)

    package init() {}

    package func reset() {
        let lines = state.chips.map(\.lines)
        state = State()
        for chip in 0..<2 { state.chips[chip].lines = lines[chip] }
        update()
    }

    package func stateRestored() { update() }

    // MARK: Lines

    package func setLine(_ number: Int, _ level: Bool) {
        guard (0..<16).contains(number) else { return }
        drive(number >> 3, UInt8(1) << UInt8(number & 7), level)
        update()
    }

    private func drive(_ chip: Int, _ mask: UInt8, _ level: Bool) {
        if level {
            if state.chips[chip].lines & mask == 0 { state.chips[chip].irr |= mask }
            state.chips[chip].lines |= mask
        } else {
            state.chips[chip].lines &= ~mask
            if state.chips[chip].elcr & mask != 0 { state.chips[chip].irr &= ~mask }
        }
    }

    private func requests(_ chip: Int) -> UInt8 {
        let c = state.chips[chip]
        return (c.irr | c.lines & c.elcr) & ~c.imr
    }

    /// The input to serve now, or nil.
    private func candidate(_ chip: Int) -> UInt8? {
        let c = state.chips[chip]
        let requests = requests(chip)
        guard requests != 0 else { return nil }
        for step in UInt8(0)..<8 {
            let number = (c.priority &+ step) & 7
            let mask = UInt8(1) << number
            if requests & mask != 0 && !(c.specialMask && c.isr & mask != 0) { return number }
            if c.isr & mask != 0 && !c.specialMask {
                // The slave's line may interrupt itself under special fully nested mode.
                if !(c.specialFullyNested && chip == 0 && number == 2) { return nil }
            }
        }
        return nil
    }

    private func update() {
        drive(0, 4, candidate(1) != nil)
        pins?.setINTR(candidate(0) != nil)
    }

    package var isRequesting: Bool { candidate(0) != nil }

    private func serve(_ chip: Int, _ number: UInt8) {
        let mask = UInt8(1) << number
        if state.chips[chip].elcr & mask == 0 { state.chips[chip].irr &= ~mask }
        if state.chips[chip].autoEOI {
            if state.chips[chip].rotatesOnAutoEOI { state.chips[chip].priority = (number &+ 1) & 7 }
        } else {
            state.chips[chip].isr |= mask
        }
    }

    package func acknowledge() -> UInt8 {
        defer { update() }
        guard let number = candidate(0) else { return state.chips[0].vectorBase &+ 7 }
        serve(0, number)
        guard number == 2 else { return state.chips[0].vectorBase &+ number }
        guard let inner = candidate(1) else { return state.chips[1].vectorBase &+ 7 }
        serve(1, inner)
        return state.chips[1].vectorBase &+ inner
    }

    // MARK: Registers

    fileprivate func read(_ chip: Int, _ offset: UInt16) -> UInt8 {
        if state.chips[chip].polls {
            state.chips[chip].polls = false
            guard let number = candidate(chip) else { return 0 }
            serve(chip, number)
            update()
            return 0x80 | number
        }
        if offset & 1 != 0 { return state.chips[chip].imr }
        return state.chips[chip].readsISR ? state.chips[chip].isr : state.chips[chip].irr | state.chips[chip].lines & state.chips[chip].elcr
    }

    fileprivate func write(_ chip: Int, _ offset: UInt16, _ value: UInt8) {
        defer { update() }
        if offset & 1 != 0 { return writeData(chip, value) }
        if value & 0x10 != 0 {
            // ICW1
            state.chips[chip].irr = 0
            state.chips[chip].isr = 0
            state.chips[chip].imr = 0
            state.chips[chip].priority = 0
            state.chips[chip].autoEOI = false
            state.chips[chip].specialMask = false
            state.chips[chip].specialFullyNested = false
            state.chips[chip].readsISR = false
            state.chips[chip].needsICW4 = value & 1 != 0
            state.chips[chip].initStep = 2
        } else if value & 8 != 0 {
            // OCW3
            if value & 4 != 0 { state.chips[chip].polls = true }
            if value & 2 != 0 { state.chips[chip].readsISR = value & 1 != 0 }
            if value & 0x40 != 0 { state.chips[chip].specialMask = value & 0x20 != 0 }
        } else {
            endOfInterrupt(chip, value)
        }
    }

    private func writeData(_ chip: Int, _ value: UInt8) {
        switch state.chips[chip].initStep {
        case 2:
            state.chips[chip].vectorBase = value & 0xF8
            state.chips[chip].initStep = 3
        case 3: state.chips[chip].initStep = state.chips[chip].needsICW4 ? 4 : 0
        case 4:
            state.chips[chip].specialFullyNested = value & 0x10 != 0
            state.chips[chip].autoEOI = value & 2 != 0
            state.chips[chip].initStep = 0
        default: state.chips[chip].imr = value
        }
    }

    /// OCW2: rotate bit 7, specific bit 6, EOI bit 5.
    private func endOfInterrupt(_ chip: Int, _ value: UInt8) {
        let level = value & 7
        switch value >> 5 {
        case 0: state.chips[chip].rotatesOnAutoEOI = false
        case 4: state.chips[chip].rotatesOnAutoEOI = true
        case 1, 5:
            for step in UInt8(0)..<8 {
                let number = (state.chips[chip].priority &+ step) & 7
                guard state.chips[chip].isr & (UInt8(1) << number) != 0 else { continue }
                state.chips[chip].isr &= ~(UInt8(1) << number)
                if value >> 5 == 5 { state.chips[chip].priority = (number &+ 1) & 7 }
                break
            }
        case 3: state.chips[chip].isr &= ~(UInt8(1) << level)
        case 7:
            state.chips[chip].isr &= ~(UInt8(1) << level)
            state.chips[chip].priority = (level &+ 1) & 7
        case 6: state.chips[chip].priority = (level &+ 1) & 7
        default: break
        }
    }
}
