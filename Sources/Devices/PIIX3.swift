package import Bus

/// 82371SB (PIIX3) ISA bridge: brings the four PCI interrupt lines to the 8259s, where they share inputs with ISA cards.
/// Source: 82371SB data sheet, PIRQRC. Its ports (8259s, 8254, 8237s, CF9h …) are chips of their own here.
/// Not modelled: bus timing, X-bus chip selects; their registers only store.
package final class PIIX3: Device, PCIFunction, InterruptSink {
    package static let part = "82371SB ISA bridge"

    private enum Register {
        static let pirqRouteControl = 0x60
        /// PIRQRC bit 7: the line is not routed.
        static let disabled: UInt8 = 0x80
    }

    /// The number, as an interrupt sink, of ISA interrupt 0; PIRQA–PIRQD are 0…3. Only inputs shared with PCI need come through here.
    package static let isaLines = 16

    package struct State: DeviceState {
        package var configuration = PIIX3.powerOn
        /// Levels of PIRQA–PIRQD, bit 0 to 3.
        var pirq: UInt8 = 0
        /// Levels of the ISA lines that come through the bridge.
        var isa: UInt16 = 0
        package func validate() throws(SnapshotError) {
            guard configuration.isReachable(from: PIIX3.powerOn) else { throw SnapshotError(PIIX3.part, "no such configuration registers") }
        }
    }

    private static let powerOn: PCIConfiguration = {
        var configuration = PCIConfiguration(vendor: 0x8086, device: 0x7000, classCode: 0x060100)
        configuration.set16(0x04, 0x0007)
        configuration.allow(0x04, [0x08, 0x00])
        configuration.set16(0x06, 0x0200)
        // Multifunction: IDE and power management stand beside it.
        configuration.set8(0x0E, 0x80)
        configuration.set8(0x4C, 0x4D)
        configuration.allow(0x4C, [0xFF, 0x00, 0xFF, 0xFF])
        configuration.set8(0x4E, 0x03)
        for index in 0..<4 { configuration.set8(Register.pirqRouteControl + index, Register.disabled) }
        configuration.allow(Register.pirqRouteControl, [0x8F, 0x8F, 0x8F, 0x8F])
        configuration.set8(0x69, 0x02)
        configuration.allow(0x69, [0xFE, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xCF, 0xCF])
        configuration.allow(0x80, [0x7F, 0x00, 0x0F])
        configuration.allow(0xA0, [0x1F, 0x00, 0xFF, 0x03, 0xFF, 0xFF, 0xFF, 0x00, 0xFF])
        return configuration
    }()

    package var state = State()
    package var configuration: PCIConfiguration {
        get { state.configuration }
        set { state.configuration = newValue }
    }
    private let outputs: [IRQLine]
    /// Outputs that this bridge drives; an ISA card wired past it keeps its line to itself.
    private var driven: UInt16 = 0

    /// - Parameter outputs: a line to each of the sixteen inputs of the 8259s.
    package init(outputs: [IRQLine]) {
        precondition(outputs.count == 16)
        self.outputs = outputs
    }

    package func reset() {
        state.configuration = Self.powerOn
        route()
    }

    package func stateRestored() { route() }
    package func configurationChanged(_ register: Int) { if register == Register.pirqRouteControl { route() } }

    package func setLine(_ number: Int, _ level: Bool) {
        switch number {
        case 0..<4:
            let bit = UInt8(1) &<< UInt8(number)
            state.pirq = level ? state.pirq | bit : state.pirq & ~bit
        case Self.isaLines..<Self.isaLines + 16:
            let bit = UInt16(1) &<< UInt16(number - Self.isaLines)
            state.isa = level ? state.isa | bit : state.isa & ~bit
        default: return
        }
        route()
    }

    /// Wired-or: an input of the 8259s is high while any line routed to it is.
    private func route() {
        var levels = state.isa
        for pirq in 0..<4 where state.pirq >> UInt8(pirq) & 1 != 0 {
            let control = state.configuration.bytes[Register.pirqRouteControl + pirq]
            let interrupt = UInt16(control & 0xF)
            // 0, 1, 2, 8 and 13 are reserved (PIRQRC bits 3:0).
            if control & Register.disabled == 0 && 0xDEF8 >> interrupt & 1 != 0 { levels |= 1 << interrupt }
        }
        let touched = driven | levels
        for number in 0..<16 where touched >> UInt16(number) & 1 != 0 { outputs[number].set(levels >> UInt16(number) & 1 != 0) }
        driven = levels
    }
}
