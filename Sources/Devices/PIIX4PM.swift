package import Bus

/// 82371AB (PIIX4) power management: ACPI timer, power button, soft-off.
/// Source: 82371AB data sheet §7.2; ACPI 1.0b §4.7. Not modelled: SMBus, SMM; the device itself turns ACPI on where an SMI handler would.
package final class PIIX4PM: Device, PCIFunction, PortMapped {
    package static let part = "82371AB power management"
    package struct State: DeviceState {
        var configuration: PCIConfiguration
        var status: UInt16 = 0, enable: UInt16 = 0, control: UInt16 = 0
        var apmControl: UInt8 = 0, apmStatus: UInt8 = 0
        package func validate() throws(SnapshotError) {
            guard configuration.isWhole else { throw SnapshotError(PIIX4PM.part, "no such registers") }
        }
    }

    /// Ports B2h and B3h.
    package final class APM: PortMapped {
        private unowned let device: PIIX4PM
        fileprivate init(_ device: PIIX4PM) { self.device = device }
        package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
            UInt32(offset == 0 ? device.state.apmControl : device.state.apmStatus)
        }
        package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
            let value = UInt8(truncatingIfNeeded: value)
            if offset != 0 { return device.state.apmStatus = value }
            device.state.apmControl = value
            if value == 0xF1 { device.state.control |= 1 }
            if value == 0xF0 { device.state.control &= ~1 }
            device.update()
        }
    }

    package var state: State
    package var configuration: PCIConfiguration {
        get { state.configuration }
        set { state.configuration = newValue }
    }
    package private(set) lazy var apm = APM(self)
    private let ports: PortSpace
    private let clock: ClockPort
    private let sci: IRQLine
    private var window: PortSpace.Attachment?
    package var onPowerOff: (() -> Void)?

    package init(ports: PortSpace, clock: ClockPort, sci: IRQLine) {
        (self.ports, self.clock, self.sci) = (ports, clock, sci)
        var configuration = PCIConfiguration(vendor: 0x8086, device: 0x7113, classCode: 0x068000, revision: 3)
        configuration.bytes[0x3D] = 1
        configuration.allow(0x40, [0xC0, 0xFF])
        configuration.bytes[0x40] = 1
        configuration.allow(0x58, [0xFF, 0xFF, 0xFF, 0xFF])
        // DEVACTB.APMC_EN reads set: SeaBIOS then leaves its SMM set-up alone.
        configuration.bytes[0x5B] = 2
        configuration.allow(0x80, [1])
        configuration.allow(0x90, [0xF0, 0xFF])
        configuration.bytes[0x90] = 1
        configuration.allow(0xD2, [0xFF])
        state = State(configuration: configuration)
        window = ports.reserve(self, count: 64, "PIIX4 power management", registers: .dword)
    }

    package func reset() {
        let fresh = PIIX4PM.State(configuration: state.configuration)
        state = fresh
        state.configuration.bytes[0x80] = 0
        place()
        update()
    }
    package func stateRestored() {
        place()
        update()
    }
    package func configurationChanged(_ register: Int) { if register == 0x40 || register == 0x80 { place() } }

    private func place() {
        guard let window else { return }
        let enabled = state.configuration.bytes[0x80] & 1 != 0
        ports.place(window, at: enabled ? UInt16(truncatingIfNeeded: state.configuration.dword(0x40) & 0xFFC0) : nil)
    }

    private func update() { sci.set(state.control & 1 != 0 && state.status & state.enable & 0x0521 != 0) }

    package func pressPowerButton() {
        state.status |= 0x100
        update()
    }

    private func register(_ offset: UInt16) -> UInt32 {
        switch offset & ~3 {
        case 0: UInt32(state.status) | UInt32(state.enable) << 16
        case 4: UInt32(state.control)
        case 8: UInt32(truncatingIfNeeded: clock.now &* 3 / 838 & 0xFF_FFFF)
        default: 0
        }
    }

    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 { register(offset) >> (UInt32(offset & 3) * 8) }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        for index in 0..<UInt16(width.bytes) { write(offset &+ index, UInt8(truncatingIfNeeded: value >> UInt32(index * 8))) }
        if offset <= 5 && offset &+ UInt16(width.bytes) > 5 && state.control & 0x2000 != 0 {
            state.control &= ~0x2000
            if state.control >> 10 & 7 == 0 { onPowerOff?() }
        }
        update()
    }

    private func write(_ offset: UInt16, _ value: UInt8) {
        switch offset {
        case 0: state.status &= ~UInt16(value)
        case 1: state.status &= ~(UInt16(value) << 8)
        case 2: state.enable = state.enable & 0xFF00 | UInt16(value)
        case 3: state.enable = state.enable & 0xFF | UInt16(value) << 8
        case 4: state.control = state.control & 0xFF00 | UInt16(value)
        case 5: state.control = state.control & 0xFF | UInt16(value) << 8
        default: break
        }
    }
}
