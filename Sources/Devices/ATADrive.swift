package import Bus

/// The commands of ATA/ATAPI-6, and the older names and numbers that BIOSes still use.
enum ATACommand: UInt8 {
    case nop = 0x00, deviceReset = 0x08, recalibrate = 0x10
    case readSectors = 0x20, readSectorsNoRetry = 0x21, readSectorsExt = 0x24, readDMAExt = 0x25, readNativeMaxExt = 0x27, readMultipleExt = 0x29
    case writeSectors = 0x30, writeSectorsNoRetry = 0x31, writeSectorsExt = 0x34, writeDMAExt = 0x35, writeMultipleExt = 0x39, writeVerify = 0x3C
    case readVerify = 0x40, readVerifyNoRetry = 0x41, readVerifyExt = 0x42, seek = 0x70
    case executeDeviceDiagnostic = 0x90, initializeDeviceParameters = 0x91
    case packet = 0xA0, identifyPacketDevice = 0xA1
    case readMultiple = 0xC4, writeMultiple = 0xC5, setMultipleMode = 0xC6
    case readDMA = 0xC8, readDMANoRetry = 0xC9, writeDMA = 0xCA, writeDMANoRetry = 0xCB
    case standbyImmediate = 0xE0, idleImmediate = 0xE1, standby = 0xE2, idle = 0xE3, checkPowerMode = 0xE5, sleep = 0xE6
    case flushCache = 0xE7, flushCacheExt = 0xEA, identifyDevice = 0xEC, setFeatures = 0xEF, readNativeMax = 0xF8
    case oldStandbyImmediate = 0x94, oldIdleImmediate = 0x95, oldStandby = 0x96, oldIdle = 0x97, oldCheckPowerMode = 0x98, oldSleep = 0x99

    /// RECALIBRATE and SEEK take any low nibble.
    init?(_ code: UInt8) { self.init(rawValue: code & 0xF0 == 0x10 || code & 0xF0 == 0x70 ? code & 0xF0 : code) }
}

/// A hard disk: ATA/ATAPI-6 (T13/1410D) with PIO, multiword DMA and Ultra DMA up to mode 2; 28 and 48 bit addresses and CHS.
/// Not modelled: SMART, security, host protected area, queued commands, power saving (accepted, without effect).
package final class ATADrive: Device, IDEDrive, BlockClient {
    package static let part = "ATA disk"
    static let sectorBytes = 512
    /// The most sectors one READ or WRITE MULTIPLE block may hold.
    static let largestMultiple = 16

    package enum Request: String, Codable, Sendable { case none, read, write, flush }

    package struct State: DeviceState {
        package var taskFile = IDETaskFile()
        package var transfer = IDETransfer()
        /// What the medium is doing for us.
        var request = Request.none
        /// Sectors from here on, as many as these, are still to be moved by the command.
        var sector: UInt64 = 0
        var sectorsLeft = 0
        /// Sectors in a DRQ block.
        var blockSectors = 1
        var isWrite = false, isDMA = false, isExtended = false
        /// SET MULTIPLE MODE; 0: off.
        var multiple = 0
        /// INITIALIZE DEVICE PARAMETERS.
        var heads = 16, sectors = 63
        /// SET FEATURES 03h: transfer mode as in its Sector Count register; 0: none set.
        var dmaMode: UInt8 = 0x42
        var writeCache = true, lookAhead = true

        package func validate() throws(SnapshotError) {
            guard request == .none else { throw SnapshotError(ATADrive.part, "a request was under way") }
            guard transfer.isSound else { throw SnapshotError(ATADrive.part, "the buffer and its positions do not fit") }
            guard (0...65536).contains(sectorsLeft), (1...ATADrive.largestMultiple).contains(blockSectors) else {
                throw SnapshotError(ATADrive.part, "impossible sector counts")
            }
            guard (0...ATADrive.largestMultiple).contains(multiple), (1...16).contains(heads), (1...255).contains(sectors) else {
                throw SnapshotError(ATADrive.part, "impossible geometry")
            }
            guard transfer.buffer.count % ATADrive.sectorBytes == 0, transfer.isActive == taskFile.status.contains(.DRQ),
                !taskFile.status.contains(.BSY)
            else { throw SnapshotError(ATADrive.part, "status and buffer disagree") }
        }
    }

    package var state = State()
    package weak var channel: IDEChannel?
    let port: BlockPort
    let serial: String
    let model: String
    /// Numbers requests: older ones are of commands that a reset ended.
    private var tag: UInt32 = 0

    /// - Parameter serial: at most 20 characters, different for each drive.
    package init(_ port: BlockPort, serial: String, model: String = "VITRINE HARD DISK") {
        self.port = port
        self.serial = serial
        self.model = model
        port.client = self
        reset()
    }

    package var taskFile: IDETaskFile {
        _read { yield state.taskFile }
        _modify { yield &state.taskFile }
    }
    package var transfer: IDETransfer {
        _read { yield state.transfer }
        _modify { yield &state.transfer }
    }

    package func reset() {
        tag &+= 1
        state = State()
        showSignature()
    }

    package func softReset() {
        tag &+= 1
        state.request = .none
        state.transfer = IDETransfer()
        state.sectorsLeft = 0
        state.blockSectors = 1
        state.taskFile.isInterrupting = false
        showSignature()
    }

    private func showSignature() {
        state.taskFile.putSignature(packet: false)
        state.taskFile.status = [.DRDY, .DSC]
    }

    // MARK: Geometry

    var capacity: UInt64 { port.medium?.sectorCount ?? 0 }
    /// The translation a drive reports before INITIALIZE DEVICE PARAMETERS: 16 heads of 63 sectors, at most 16,383 cylinders.
    var cylinders: UInt64 { min(capacity / (16 * 63), 16383) }
    var currentCylinders: UInt64 { min(capacity / UInt64(state.heads * state.sectors), 65535) }

    /// The sector that the registers name; nil where the drive has none such.
    private func address(extended: Bool) -> UInt64? {
        let file = state.taskFile
        let low = UInt64(file.lbaLow) | UInt64(file.lbaMid) << 8 | UInt64(file.lbaHigh) << 16
        if extended {
            return low | UInt64(file.previousLow) << 24 | UInt64(file.previousMid) << 32 | UInt64(file.previousHigh) << 40
        }
        if file.usesLBA { return low | UInt64(file.device & 0xF) << 24 }
        let head = Int(file.device & 0xF), sector = Int(file.lbaLow)
        guard head < state.heads, sector >= 1, sector <= state.sectors else { return nil }
        return UInt64((file.byteCount * state.heads + head) * state.sectors + sector - 1)
    }

    /// Puts a sector's address where the host looks for it after an error or the end of a command.
    private func show(_ sector: UInt64) {
        func byte(_ shift: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: sector >> shift) }
        if state.isExtended || state.taskFile.usesLBA {
            (state.taskFile.lbaLow, state.taskFile.lbaMid, state.taskFile.lbaHigh) = (byte(0), byte(8), byte(16))
            if state.isExtended {
                (state.taskFile.previousLow, state.taskFile.previousMid, state.taskFile.previousHigh) = (byte(24), byte(32), byte(40))
            } else {
                state.taskFile.device = state.taskFile.device & 0xF0 | byte(24) & 0xF
            }
        } else {
            let perCylinder = UInt64(state.heads * state.sectors)
            let inCylinder = sector % perCylinder
            state.taskFile.byteCount = Int(truncatingIfNeeded: sector / perCylinder)
            state.taskFile.device = state.taskFile.device & 0xF0 | UInt8(truncatingIfNeeded: inCylinder / UInt64(state.sectors)) & 0xF
            state.taskFile.lbaLow = UInt8(truncatingIfNeeded: inCylinder % UInt64(state.sectors) + 1)
        }
    }

    // MARK: Commands

    package func execute(_ code: UInt8) {
        // DEVICE RESET, for packet devices alone, comes through at any time.
        guard state.taskFile.status.isDisjoint(with: [.BSY, .DRQ]) else { return }
        state.taskFile.error = []
        state.taskFile.status = [.DRDY, .DSC]
        switch ATACommand(code) {
        case .readSectors, .readSectorsNoRetry: move(write: false)
        case .readSectorsExt: move(write: false, extended: true)
        case .readMultiple: move(write: false, multiple: true)
        case .readMultipleExt: move(write: false, extended: true, multiple: true)
        case .readDMA, .readDMANoRetry: move(write: false, dma: true)
        case .readDMAExt: move(write: false, extended: true, dma: true)
        case .writeSectors, .writeSectorsNoRetry, .writeVerify: move(write: true)
        case .writeSectorsExt: move(write: true, extended: true)
        case .writeMultiple: move(write: true, multiple: true)
        case .writeMultipleExt: move(write: true, extended: true, multiple: true)
        case .writeDMA, .writeDMANoRetry: move(write: true, dma: true)
        case .writeDMAExt: move(write: true, extended: true, dma: true)
        case .readVerify, .readVerifyNoRetry: verify(extended: false)
        case .readVerifyExt: verify(extended: true)
        case .seek: seek()
        case .recalibrate: finish()
        case .initializeDeviceParameters: initializeDeviceParameters()
        case .setMultipleMode: setMultipleMode()
        case .setFeatures: setFeatures()
        case .identifyDevice:
            state.blockSectors = 1
            state.sectorsLeft = 0
            offer(identification())
        case .flushCache, .flushCacheExt: submit(.flush, as: .flush)
        case .readNativeMax: readNativeMax(extended: false)
        case .readNativeMaxExt: readNativeMax(extended: true)
        case .checkPowerMode, .oldCheckPowerMode:
            state.taskFile.sectorCount = 0xFF
            finish()
        case .standbyImmediate, .idleImmediate, .standby, .idle, .sleep: finish()
        case .oldStandbyImmediate, .oldIdleImmediate, .oldStandby, .oldIdle, .oldSleep: finish()
        case .packet, .identifyPacketDevice, .deviceReset:
            // A host that asks for a packet device learns here that this is none.
            if code != ATACommand.deviceReset.rawValue { state.taskFile.putSignature(packet: false) }
            fail(.ABRT)
        case .nop, .executeDeviceDiagnostic, nil: fail(.ABRT)
        }
    }

    private func finish() {
        state.taskFile.status = [.DRDY, .DSC]
        interrupt()
    }

    private func fail(_ error: ATAError) {
        state.transfer = IDETransfer()
        state.sectorsLeft = 0
        state.taskFile.error = error
        state.taskFile.status = [.DRDY, .DSC, .ERR]
        interrupt()
    }

    /// Sectors that the Sector Count register asks for.
    private func count(extended: Bool) -> Int {
        let file = state.taskFile
        if extended {
            let count = Int(file.previousSectorCount) << 8 | Int(file.sectorCount)
            return count == 0 ? 65536 : count
        }
        return file.sectorCount == 0 ? 256 : Int(file.sectorCount)
    }

    /// Takes address and count from the registers. False: the command has failed.
    private func takeAddress(extended: Bool) -> Bool {
        state.isExtended = extended
        let count = count(extended: extended)
        guard let sector = address(extended: extended), sector < capacity, UInt64(count) <= capacity - sector else {
            fail(.IDNF)
            return false
        }
        (state.sector, state.sectorsLeft) = (sector, count)
        return true
    }

    private func verify(extended: Bool) {
        guard takeAddress(extended: extended) else { return }
        state.sectorsLeft = 0
        finish()
    }

    private func seek() {
        state.isExtended = false
        guard let sector = address(extended: false), sector < capacity else { return fail(.IDNF) }
        finish()
    }

    private func initializeDeviceParameters() {
        guard state.taskFile.sectorCount > 0 else { return fail(.ABRT) }
        state.heads = Int(state.taskFile.device & 0xF) + 1
        state.sectors = Int(state.taskFile.sectorCount)
        finish()
    }

    private func setMultipleMode() {
        let count = Int(state.taskFile.sectorCount)
        guard count <= Self.largestMultiple, count & (count - 1) == 0 || count == 0 else { return fail(.ABRT) }
        state.multiple = count
        finish()
    }

    private func readNativeMax(extended: Bool) {
        guard capacity > 0 else { return fail(.ABRT) }
        state.isExtended = extended
        state.taskFile.device |= 0x40
        show(extended ? capacity - 1 : min(capacity, 1 << 28) - 1)
        finish()
    }

    private func setFeatures() {
        switch state.taskFile.features {
        case 0x02: state.writeCache = true
        case 0x82: state.writeCache = false
        case 0xAA: state.lookAhead = true
        case 0x55: state.lookAhead = false
        case 0x03:
            let mode = state.taskFile.sectorCount
            switch mode {
            case 0x00, 0x01, 0x08...0x0C: break
            case 0x20...0x22, 0x40...0x42: state.dmaMode = mode
            default: return fail(.ABRT)
            }
        // Reverting to power-on defaults, advanced power management off: nothing to do.
        case 0x66, 0xCC, 0x85: break
        default: return fail(.ABRT)
        }
        finish()
    }

    // MARK: Moving sectors

    private func move(write: Bool, extended: Bool = false, multiple: Bool = false, dma: Bool = false) {
        guard !multiple || state.multiple > 0 else { return fail(.ABRT) }
        guard takeAddress(extended: extended) else { return }
        (state.isWrite, state.isDMA) = (write, dma)
        state.blockSectors = multiple ? state.multiple : 1
        write ? collect(first: true) : fetch()
    }

    private var chunk: Int { min(state.sectorsLeft, IDETransfer.capacity / Self.sectorBytes) }

    /// Asks the medium for what a read delivers next.
    private func fetch() { submit(.read(sector: state.sector, count: chunk), as: .read) }

    /// Opens the buffer for what a write brings next. The first block of a PIO write is asked for without an interrupt.
    private func collect(first: Bool) {
        state.transfer.begin(
            .fromHost, [UInt8](repeating: 0, count: chunk * Self.sectorBytes), block: state.blockSectors * Self.sectorBytes, dma: state.isDMA)
        state.taskFile.status = [.DRDY, .DSC, .DRQ]
        if state.isDMA { channel?.dmaRequested() } else if !first { interrupt() }
    }

    /// Offers data to the host.
    private func offer(_ data: [UInt8], dma: Bool = false) {
        state.transfer.begin(.toHost, data, block: state.blockSectors * Self.sectorBytes, dma: dma)
        state.taskFile.status = [.DRDY, .DSC, .DRQ]
        dma ? channel?.dmaRequested() : interrupt()
    }

    package func blockMoved() {
        if !state.transfer.isAllMoved {
            state.transfer.openBlock(state.blockSectors * Self.sectorBytes)
            return interrupt()
        }
        let direction = state.transfer.direction
        let data = state.transfer.end()
        state.taskFile.status = [.DRDY, .DSC]
        if direction == .fromHost { return submit(.write(sector: state.sector, bytes: data), as: .write) }
        // IDENTIFY DEVICE moves no sectors of the medium.
        guard state.sectorsLeft > 0 else { return }
        advance(data.count / Self.sectorBytes)
        if state.sectorsLeft > 0 { fetch() } else if state.isDMA { interrupt() }
    }

    private func advance(_ sectors: Int) {
        state.sector &+= UInt64(truncatingIfNeeded: sectors)
        state.sectorsLeft = max(state.sectorsLeft - sectors, 0)
        guard state.sectorsLeft == 0 else { return }
        show(state.sector &- 1)
        state.taskFile.sectorCount = 0
    }

    private func submit(_ operation: BlockOperation, as request: Request) {
        state.taskFile.status = [.BSY]
        state.request = request
        tag &+= 1
        port.submit(operation, tag: tag)
    }

    package func blockCompleted(_ tag: UInt32, _ result: Result<[UInt8], BlockError>) {
        guard tag == self.tag, state.request != .none else { return }
        let request = state.request
        state.request = .none
        guard case .success(let data) = result else {
            show(state.sector)
            return fail(request == .read ? .UNC : .ABRT)
        }
        switch request {
        case .none: break
        case .flush: finish()
        case .read:
            guard data.count == chunk * Self.sectorBytes, !data.isEmpty else { return fail(.UNC) }
            offer(data, dma: state.isDMA)
        case .write:
            advance(chunk)
            if state.sectorsLeft > 0 { collect(first: false) } else { finish() }
        }
    }
}
