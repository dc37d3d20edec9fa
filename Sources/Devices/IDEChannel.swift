package import Bus

/// A drive on an IDE cable.
package protocol IDEDrive: AnyObject {
    var taskFile: IDETaskFile { get set }
    var transfer: IDETransfer { get set }
    /// The cable; set when the drive is plugged in.
    var channel: IDEChannel? { get set }
    /// The Command register was written, while the drive was free or with a command that it takes at any time.
    func execute(_ command: UInt8)
    /// SRST, or EXECUTE DEVICE DIAGNOSTIC: ends what is under way and shows the signature.
    func softReset()
    /// RESET-.
    func reset()
    /// The host has moved the DRQ block, or a bus master all of `transfer`.
    func blockMoved()
}

extension IDEDrive {
    /// Asserts INTRQ.
    func interrupt() {
        taskFile.isInterrupting = true
        channel?.interruptAsserted(by: self)
    }
}

/// One IDE channel: the registers by which the host reaches the two drives on a cable (ATA/ATAPI-6 §7 and §9).
///
/// Offsets 0–7 are the command block, 8 the control block's Alternate Status and Device Control.
package final class IDEChannel: Device, PortMapped {
    package static let part = "IDE channel"

    enum Port {
        static let data: UInt16 = 0, error: UInt16 = 1, features: UInt16 = 1, sectorCount: UInt16 = 2, lbaLow: UInt16 = 3
        static let lbaMid: UInt16 = 4, lbaHigh: UInt16 = 5, device: UInt16 = 6, status: UInt16 = 7, command: UInt16 = 7
        static let alternateStatus: UInt16 = 8, deviceControl: UInt16 = 8
    }

    package struct DeviceControl: OptionSet, Codable, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        static let nIEN = Self(rawValue: 0x02), SRST = Self(rawValue: 0x04), HOB = Self(rawValue: 0x80)
    }

    package struct State: DeviceState {
        var control: DeviceControl = []
        /// Bit 4 of the Device register: which drive answers.
        var selectsDevice1 = false
        /// The controller in front of the cable passes accesses on.
        var isDecoded = true
    }

    package var state = State()
    private let irq: IRQLine
    private let drives: [(any IDEDrive)?]
    /// INTRQ was asserted and is not masked: for a bus master's status.
    var onInterrupt: (() -> Void)?
    /// A drive has data for, or wants data from, the bus master.
    var onDMARequest: (() -> Void)?

    package init(irq: IRQLine, master: (any IDEDrive)?, slave: (any IDEDrive)?) {
        self.irq = irq
        drives = [master, slave]
        master?.channel = self
        slave?.channel = self
    }

    /// Resets the channel and its drives.
    package func reset() {
        state = State(isDecoded: state.isDecoded)
        drives.forEach { $0?.reset() }
        update()
    }

    package func stateRestored() { update() }

    /// Call once the drives' states were restored too.
    package func drivesRestored() { update() }

    private var selected: (any IDEDrive)? { drives[state.selectsDevice1 ? 1 : 0] }
    package func drive(_ number: Int) -> (any IDEDrive)? { number == 0 || number == 1 ? drives[number] : nil }

    /// The PCI function's decode enable bit.
    func setDecoded(_ decoded: Bool) { state.isDecoded = decoded }

    // MARK: Interrupt and DMA request

    func interruptAsserted(by drive: any IDEDrive) {
        update()
        if drive === selected && irq.isRaised { onInterrupt?() }
    }

    private func update() { irq.set(selected?.taskFile.isInterrupting == true && !state.control.contains(.nIEN)) }

    /// The drive that asserts DMARQ.
    var requestingDMA: (any IDEDrive)? {
        guard let selected, selected.transfer.isActive, selected.transfer.isDMA else { return nil }
        return selected
    }

    func dmaRequested() { onDMARequest?() }

    // MARK: Registers

    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
        guard state.isDecoded, drives[0] != nil || drives[1] != nil else { return width.mask }
        if offset == Port.data { return readData(width) }
        var value: UInt32 = 0
        for index in 0..<UInt16(width.bytes) { value |= UInt32(readRegister(offset &+ index)) << UInt32(index * 8) }
        return value
    }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        guard state.isDecoded else { return }
        if offset == Port.data { return writeData(width, value) }
        for index in 0..<UInt16(width.bytes) { writeRegister(offset &+ index, UInt8(truncatingIfNeeded: value >> UInt32(index * 8))) }
    }

    private func readData(_ width: Width) -> UInt32 {
        guard let selected, selected.transfer.direction == .toHost, !selected.transfer.isDMA else { return width.mask }
        let value = selected.transfer.take(width)
        if selected.transfer.isBlockMoved { selected.blockMoved() }
        return value
    }

    private func writeData(_ width: Width, _ value: UInt32) {
        guard let selected, selected.transfer.direction == .fromHost, !selected.transfer.isDMA else { return }
        selected.transfer.put(width, value)
        if selected.transfer.isBlockMoved { selected.blockMoved() }
    }

    private func readRegister(_ offset: UInt16) -> UInt8 {
        guard let selected else {
            // Drive 0 answers for a missing drive 1, with a status of 0.
            guard let other = drives[0], offset != Port.status, offset != Port.alternateStatus else { return 0 }
            return register(offset, of: other)
        }
        if offset == Port.status {
            selected.taskFile.isInterrupting = false
            update()
        }
        return register(offset, of: selected)
    }

    private func register(_ offset: UInt16, of drive: any IDEDrive) -> UInt8 {
        let file = drive.taskFile
        let high = state.control.contains(.HOB)
        switch offset {
        case Port.error: return file.error.rawValue
        case Port.sectorCount: return high ? file.previousSectorCount : file.sectorCount
        case Port.lbaLow: return high ? file.previousLow : file.lbaLow
        case Port.lbaMid: return high ? file.previousMid : file.lbaMid
        case Port.lbaHigh: return high ? file.previousHigh : file.lbaHigh
        case Port.device: return file.device
        case Port.status, Port.alternateStatus: return state.control.contains(.SRST) ? ATAStatus.BSY.rawValue : file.status.rawValue
        default: return 0xFF
        }
    }

    /// Both drives listen to everything but the Command register.
    private func writeRegister(_ offset: UInt16, _ value: UInt8) {
        if offset == Port.deviceControl { return writeDeviceControl(DeviceControl(rawValue: value)) }
        guard offset < 8, !state.control.contains(.SRST) else { return }
        state.control.remove(.HOB)
        if offset == Port.command { return writeCommand(value) }
        if offset == Port.device { state.selectsDevice1 = value & 0x10 != 0 }
        for drive in drives {
            guard let drive else { continue }
            if offset == Port.device {
                drive.taskFile.device = value
            } else if !drive.taskFile.status.contains(.BSY) {
                Self.write(offset, value, to: &drive.taskFile)
            }
        }
        if offset == Port.device { update() }
    }

    private static func write(_ offset: UInt16, _ value: UInt8, to file: inout IDETaskFile) {
        switch offset {
        case Port.features: (file.previousFeatures, file.features) = (file.features, value)
        case Port.sectorCount: (file.previousSectorCount, file.sectorCount) = (file.sectorCount, value)
        case Port.lbaLow: (file.previousLow, file.lbaLow) = (file.lbaLow, value)
        case Port.lbaMid: (file.previousMid, file.lbaMid) = (file.lbaMid, value)
        case Port.lbaHigh: (file.previousHigh, file.lbaHigh) = (file.lbaHigh, value)
        default: break
        }
    }

    private func writeDeviceControl(_ value: DeviceControl) {
        let before = state.control
        state.control = value
        if value.contains(.SRST) && !before.contains(.SRST) {
            drives.forEach { $0?.softReset() }
            state.selectsDevice1 = false
            drives.forEach { $0?.taskFile.device &= ~0x10 }
        }
        update()
    }

    private func writeCommand(_ command: UInt8) {
        if command == ATACommand.executeDeviceDiagnostic.rawValue {
            // Goes to both drives; drive 0 reports for both.
            for drive in drives { drive?.softReset() }
            state.selectsDevice1 = false
            drives.forEach { $0?.taskFile.device &= ~0x10 }
            drives[0]?.interrupt()
            return
        }
        guard let selected else { return }
        let status = selected.taskFile.status
        guard status.isDisjoint(with: [.BSY, .DRQ]) || command == ATACommand.deviceReset.rawValue else { return }
        selected.taskFile.isInterrupting = false
        update()
        selected.execute(command)
    }
}
