package import Bus

/// 82371AB (PIIX4) power management: ACPI timer, events, power button, soft-off, the SMI of the APM control port.
/// Sources: 82371AB data sheet §7.2; ACPI 1.0b §4.7; values that SeaBIOS's tables tell the guest: SCI enable and disable at the SMI command
/// port, sleep types of its DSDT, the second address of the general purpose events.
/// Not modelled: SMBus, sources of SMI other than the APM control port, sleep states in which the machine keeps its memory.
///
/// Deviation: the chip itself turns ACPI on and off at F1h and F0h, before it asks for the SMI: SeaBIOS's tables name these commands, and its SMI
/// handler leaves them to the board (its src/fw/smm.c, handle_smi; QEMU's board does it so). EOS is not needed to let the next SMI through.
package final class PIIX4PM: Device, PCIFunction, PortMapped, Clocked {
    package static let part = "82371AB power management"
    /// Hz.
    package static let timerFrequency: UInt64 = 3_579_545

    private enum Port {
        static let status: UInt16 = 0x00, enable: UInt16 = 0x02, control: UInt16 = 0x04, timer: UInt16 = 0x08
        static let generalStatus: UInt16 = 0x0C, generalEnable: UInt16 = 0x0E
        static let globalStatus: UInt16 = 0x18, globalControl: UInt16 = 0x28
    }

    private enum Register {
        static let base = 0x40, deviceActivityB = 0x58, miscellaneous = 0x80, smbusBase = 0x90, smbusConfiguration = 0xD2
    }

    /// PMSTS, and PMEN where a bit has its enable there.
    package struct Events: OptionSet, Codable, Sendable {
        package let rawValue: UInt16
        package init(rawValue: UInt16) { self.rawValue = rawValue }
        package static let timerOverflow = Self(rawValue: 1 << 0)
        package static let global = Self(rawValue: 1 << 5)
        package static let powerButton = Self(rawValue: 1 << 8)
        package static let rtc = Self(rawValue: 1 << 10)
        package static let resume = Self(rawValue: 1 << 15)
        static let interrupting: Self = [.timerOverflow, .global, .powerButton, .rtc]
    }

    private enum Control {
        static let sciEnable: UInt16 = 1 << 0
        static let sleepEnable: UInt16 = 1 << 13
        /// GBL_RLS and SUS_EN read 0.
        static let kept: UInt16 = 0x1C03
        static func sleepType(_ value: UInt16) -> UInt16 { value >> 10 & 7 }
    }

    /// SUS_TYP as the DSDT spells it.
    private enum SleepType {
        static let softOff: UInt16 = 0
        /// The guest has put its memory on disk.
        static let disk: UInt16 = 2
    }

    /// DEVACTB bit 25, in its highest byte: a write to the APM control port asks for an SMI.
    private static let apmcEnable: UInt8 = 0x02

    private enum Global {
        /// GLBSTS: the APM control port was written.
        static let apmStatus: UInt16 = 1 << 5
        /// GLBCTL: SMI# reaches the processor.
        static let smiEnable: UInt16 = 1 << 0
    }

    private enum Command {
        static let acpiEnable: UInt8 = 0xF1
        static let acpiDisable: UInt8 = 0xF0
    }

    package struct State: DeviceState {
        var configuration = PIIX4PM.powerOn
        var status: Events = [], enable: Events = []
        var control: UInt16 = 0
        var generalStatus: UInt16 = 0, generalEnable: UInt16 = 0
        var globalStatus: UInt16 = 0, globalControl: UInt16 = 0
        /// Half turns of the timer up to which TMROF_STS is true.
        var halfTurns: UInt64 = 0
        var apmControl: UInt8 = 0, apmStatus: UInt8 = 0
        package func validate() throws(SnapshotError) {
            guard configuration.isReachable(from: PIIX4PM.powerOn) else { throw SnapshotError(PIIX4PM.part, "no such configuration registers") }
        }
    }

    private static let powerOn: PCIConfiguration = {
        var configuration = PCIConfiguration(vendor: 0x8086, device: 0x7113, classCode: 0x068000, revision: 3)
        configuration.set8(0x3D, 1)
        configuration.allow(Register.base, [0xC0, 0xFF])
        configuration.set8(Register.base, 1)
        configuration.allow(Register.deviceActivityB, [0xFF, 0xFF, 0xFF, 0xFF])
        configuration.allow(Register.miscellaneous, [1])
        configuration.allow(Register.smbusBase, [0xF0, 0xFF])
        configuration.set8(Register.smbusBase, 1)
        configuration.allow(Register.smbusConfiguration, [0xFF])
        return configuration
    }()

    /// The SMI command port (offset 0) and its status byte (1).
    package final class APM: PortMapped {
        private unowned let device: PIIX4PM
        fileprivate init(_ device: PIIX4PM) { self.device = device }
        package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
            UInt32(offset == 0 ? device.state.apmControl : device.state.apmStatus)
        }
        package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) { device.command(offset, UInt8(truncatingIfNeeded: value)) }
    }

    /// GPSTS and GPEN once more, at the address that the firmware's FADT names.
    package final class GeneralEvents: PortMapped {
        private unowned let device: PIIX4PM
        fileprivate init(_ device: PIIX4PM) { self.device = device }
        package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 { device.readPort(Port.generalStatus &+ offset, width) }
        package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) { device.writePort(Port.generalStatus &+ offset, width, value) }
    }

    package var state = State()
    package var configuration: PCIConfiguration {
        get { state.configuration }
        set { state.configuration = newValue }
    }
    package private(set) lazy var apm = APM(self)
    package private(set) lazy var generalEvents = GeneralEvents(self)
    package var onPowerOff: (() -> Void)?
    private let ports: PortSpace
    private let clock: ClockPort
    private let sci: IRQLine
    private let pins: any ProcessorPins
    private var window: PortSpace.Attachment?

    /// - Parameter sci: a level, high until the guest has cleared what it tells of.
    package init(ports: PortSpace, clock: ClockPort, sci: IRQLine, pins: any ProcessorPins) {
        (self.ports, self.clock, self.sci, self.pins) = (ports, clock, sci, pins)
        window = ports.reserve(self, count: 64, "PIIX4 power management", registers: .dword)
        clock.connect(self)
    }

    package func reset() {
        state = State(halfTurns: timer >> 23)
        place()
        update()
    }
    package func stateRestored() {
        place()
        sci.set(isInterrupting)
    }
    package func configurationChanged(_ register: Int) { if register == Register.base || register == Register.miscellaneous { place() } }

    /// PMIOSE puts the registers on the bus.
    private func place() {
        guard let window else { return }
        let enabled = state.configuration.bytes[Register.miscellaneous] & 1 != 0
        ports.place(window, at: enabled ? UInt16(truncatingIfNeeded: state.configuration.dword(Register.base) & 0xFFC0) : nil)
    }

    // MARK: Registers

    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
        catchUp()
        // A register is looked at once: the timer runs on between two looks, and its bytes would not belong together.
        let shift = UInt32(offset & 3) * 8
        let low = register(offset & ~3) >> shift
        guard Int(offset & 3) + width.bytes > 4 else { return low & width.mask }
        return (low | register((offset & ~3) &+ 4) << (32 - shift)) & width.mask
    }

    private func register(_ offset: UInt16) -> UInt32 {
        switch offset {
        case Port.status: UInt32(state.status.rawValue) | UInt32(state.enable.rawValue) << 16
        case Port.control: UInt32(state.control)
        case Port.timer: UInt32(truncatingIfNeeded: timer & 0xFF_FFFF)
        case Port.generalStatus: UInt32(state.generalStatus) | UInt32(state.generalEnable) << 16
        case Port.globalStatus: UInt32(state.globalStatus)
        case Port.globalControl: UInt32(state.globalControl)
        default: 0
        }
    }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        catchUp()
        for index in 0..<UInt16(width.bytes) { write(offset &+ index, UInt8(truncatingIfNeeded: value >> UInt32(index * 8))) }
        update()
    }

    private func write(_ offset: UInt16, _ value: UInt8) {
        let shift = (offset & 1) * 8
        let bits = UInt16(value) << shift, others = ~(UInt16(0xFF) << shift)
        switch offset & ~1 {
        case Port.status: state.status.subtract(Events(rawValue: bits))
        case Port.enable: state.enable = Events(rawValue: state.enable.rawValue & others | bits)
        case Port.control:
            state.control = (state.control & others | bits) & Control.kept
            if bits & Control.sleepEnable != 0 { sleep() }
        case Port.generalStatus: state.generalStatus &= ~bits
        case Port.generalEnable: state.generalEnable = state.generalEnable & others | bits
        case Port.globalStatus: state.globalStatus &= ~bits
        case Port.globalControl: state.globalControl = (state.globalControl & others | bits) & Global.smiEnable
        default: break
        }
    }

    private func command(_ offset: UInt16, _ value: UInt8) {
        guard offset == 0 else {
            state.apmStatus = value
            return
        }
        state.apmControl = value
        switch value {
        case Command.acpiEnable: state.control |= Control.sciEnable
        case Command.acpiDisable: state.control &= ~Control.sciEnable
        default: break
        }
        catchUp()
        update()
        guard state.configuration.bytes[Register.deviceActivityB + 3] & Self.apmcEnable != 0 else { return }
        state.globalStatus |= Global.apmStatus
        if state.globalControl & Global.smiEnable != 0 { pins.pulseSMI() }
    }

    /// Sleep that must keep memory is refused by waking at once: a guest that waits for WAK_STS goes on.
    private func sleep() {
        switch Control.sleepType(state.control) {
        case SleepType.softOff, SleepType.disk: onPowerOff?()
        default: state.status.insert(.resume)
        }
    }

    // MARK: Events

    package func pressPowerButton() {
        state.status.insert(.powerButton)
        update()
    }

    /// All ticks since power-on; the register shows the lowest 24 bits.
    private var timer: UInt64 {
        let product = clock.now.multipliedFullWidth(by: Self.timerFrequency)
        return product.high >= 1_000_000_000 ? .max >> 4 : UInt64(1_000_000_000).dividingFullWidth(product).quotient
    }

    /// TMROF_STS tells that bit 23 of the timer changed.
    private func catchUp() {
        let turns = timer >> 23
        if turns != state.halfTurns { state.status.insert(.timerOverflow) }
        state.halfTurns = turns
    }

    private var isInterrupting: Bool {
        let events = !state.status.intersection(state.enable).isDisjoint(with: .interrupting)
        return state.control & Control.sciEnable != 0 && (events || state.generalStatus & state.generalEnable != 0)
    }

    private func update() {
        sci.set(isInterrupting)
        let waits = state.control & Control.sciEnable != 0 && state.enable.contains(.timerOverflow) && !state.status.contains(.timerOverflow)
        guard waits else { return clock.cancel(0) }
        let product = ((timer >> 23 &+ 1) << 23).multipliedFullWidth(by: 1_000_000_000)
        guard product.high < Self.timerFrequency else { return clock.cancel(0) }
        clock.schedule(0, at: Self.timerFrequency.dividingFullWidth(product).quotient &+ 1)
    }

    package func clockEvent(_ kind: UInt8, _ payload: UInt32, at time: UInt64) {
        catchUp()
        update()
    }
}
