package import Bus

/// A CD/DVD-ROM drive: ATA/ATAPI-6 packet interface (T13/1410D §9.8) with the MMC-3 commands of `ATAPIDrive+Commands.swift`; PIO and DMA.
/// Not modelled: audio, raw sub-channels, error correction codes of READ CD, overlapped commands.
package final class ATAPIDrive: Device, IDEDrive, BlockClient {
    package static let part = "ATAPI CD-ROM"
    static let blockBytes = 2048

    /// Interrupt Reason, in the Sector Count register.
    private enum Reason { static let dataOut: UInt8 = 0, command: UInt8 = 1, dataIn: UInt8 = 2, status: UInt8 = 3 }

    package enum Phase: String, Codable, Sendable {
        case idle
        /// The host is to write the 12 bytes of a command packet.
        case packet
        case dataIn, dataOut
        /// The registers of IDENTIFY PACKET DEVICE, which is no packet command.
        case identify
        case reading
    }

    /// Sense key, additional sense code and qualifier (MMC-3 table 330).
    package struct Sense: Codable, Equatable, Sendable {
        var key: UInt8, code: UInt8, qualifier: UInt8
        private init(_ key: UInt8, _ code: UInt8, _ qualifier: UInt8) { (self.key, self.code, self.qualifier) = (key, code, qualifier) }
        static let none = Self(0, 0, 0)
        static let noMedium = Self(2, 0x3A, 1), trayOpen = Self(2, 0x3A, 2)
        static let readError = Self(3, 0x11, 0)
        static let invalidCommand = Self(5, 0x20, 0), addressOutOfRange = Self(5, 0x21, 0), invalidField = Self(5, 0x24, 0)
        static let savingNotSupported = Self(5, 0x39, 0), removalPrevented = Self(5, 0x53, 2)
        static let mediumChanged = Self(6, 0x28, 0)
    }

    package struct State: DeviceState {
        package var taskFile = IDETaskFile()
        package var transfer = IDETransfer()
        var phase = Phase.idle
        var packet = [UInt8](repeating: 0, count: 12)
        /// The Features and Byte Count registers when PACKET was written.
        var isDMA = false
        var byteCountLimit = 0
        /// Blocks from here on, as many as these, are still to be read for the command.
        var block: UInt32 = 0
        var blocksLeft: UInt32 = 0
        /// READ CD asked for whole sectors of 2352 bytes.
        var isRaw = false
        var sense = Sense.none
        /// The medium was changed and the host has not been told.
        var isAttentionDue = false
        var isTrayOpen = false
        var isLocked = false
        var dmaMode: UInt8 = 0x42
        /// What GET EVENT STATUS NOTIFICATION reports next: 0 nothing, 2 new medium, 3 medium removed.
        var mediaEvent: UInt8 = 0

        package func validate() throws(SnapshotError) {
            guard phase != .reading else { throw SnapshotError(ATAPIDrive.part, "a request was under way") }
            guard transfer.isSound, packet.count == 12, (0...65535).contains(byteCountLimit) else {
                throw SnapshotError(ATAPIDrive.part, "the buffer and its positions do not fit")
            }
            guard transfer.isActive == taskFile.status.contains(.DRQ), transfer.isActive == (phase != .idle), !taskFile.status.contains(.BSY) else {
                throw SnapshotError(ATAPIDrive.part, "status and buffer disagree")
            }
            guard phase != .packet || transfer.buffer.count == 12 else { throw SnapshotError(ATAPIDrive.part, "a command packet has 12 bytes") }
        }
    }

    package var state = State()
    package weak var channel: IDEChannel?
    let port: BlockPort
    let serial: String
    let model: String
    /// Numbers requests: older ones are of commands that a reset ended.
    private var tag: UInt32 = 0

    package init(_ port: BlockPort, serial: String, model: String = "VITRINE CD-ROM") {
        self.port = port
        self.serial = serial
        self.model = model
        port.client = self
        port.onMediumChange = { [weak self] in self?.mediumChanged() }
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
        state.transfer = IDETransfer()
        state.phase = .idle
        state.blocksLeft = 0
        state.isLocked = false
        state.taskFile.isInterrupting = false
        showSignature()
    }

    /// A packet device shows its signature with DRDY clear.
    private func showSignature() {
        state.taskFile.putSignature(packet: true)
        state.taskFile.status = []
    }

    // MARK: The medium

    /// The medium within reach of the laser.
    var medium: (any BlockDevice)? { state.isTrayOpen ? nil : port.medium }
    /// How many of the medium's own sectors make a block.
    private var sectorsPerBlock: Int { max(1, Self.blockBytes / max(1, port.medium?.sectorSize ?? Self.blockBytes)) }
    var blockCount: UInt32 { UInt32(clamping: (medium?.sectorCount ?? 0) / UInt64(sectorsPerBlock)) }

    private func mediumChanged() {
        state.isTrayOpen = false
        state.isAttentionDue = port.medium != nil
        state.mediaEvent = port.medium != nil ? 2 : 3
    }

    /// START STOP UNIT opens and closes the tray; the medium stays in it.
    func moveTray(open: Bool) {
        guard state.isTrayOpen != open else { return }
        state.isTrayOpen = open
        state.isAttentionDue = !open && port.medium != nil
        state.mediaEvent = open || port.medium == nil ? 3 : 2
    }

    // MARK: ATA commands

    package func execute(_ code: UInt8) {
        let command = ATACommand(code)
        if command == .deviceReset {
            softReset()
            return
        }
        state.taskFile.error = []
        state.taskFile.status = [.DRDY, .DSC]
        switch command {
        case .packet: takePacket()
        case .identifyPacketDevice:
            state.phase = .identify
            state.transfer.begin(.toHost, identification(), block: 512, dma: false)
            state.taskFile.status = [.DRDY, .DSC, .DRQ]
            interrupt()
        case .setFeatures: setFeatures()
        case .checkPowerMode:
            state.taskFile.sectorCount = 0xFF
            interrupt()
        case .standbyImmediate, .idleImmediate, .standby, .idle, .sleep, .flushCache: interrupt()
        case .identifyDevice, .readSectors:
            // A host that takes this for a disk learns here what it is.
            state.taskFile.putSignature(packet: true)
            abort()
        default: abort()
        }
    }

    private func abort() {
        state.taskFile.error = .ABRT
        state.taskFile.status = [.DRDY, .DSC, .ERR]
        interrupt()
    }

    private func setFeatures() {
        guard state.taskFile.features == 3 else { return [0x66, 0xCC].contains(state.taskFile.features) ? interrupt() : abort() }
        switch state.taskFile.sectorCount {
        case 0x00, 0x01, 0x08...0x0C: break
        case 0x20...0x22, 0x40...0x42: state.dmaMode = state.taskFile.sectorCount
        default: return abort()
        }
        interrupt()
    }

    // MARK: PACKET

    private func takePacket() {
        state.isDMA = state.taskFile.features & 1 != 0
        state.byteCountLimit = state.taskFile.byteCount
        state.phase = .packet
        state.transfer.begin(.fromHost, [UInt8](repeating: 0, count: 12), block: 12, dma: false)
        state.taskFile.sectorCount = Reason.command
        // No interrupt: IDENTIFY PACKET DEVICE says that DRQ comes within 50 microseconds.
        state.taskFile.status = [.DRDY, .DSC, .DRQ]
    }

    package func blockMoved() {
        if !state.transfer.isAllMoved {
            openBlock()
            return interrupt()
        }
        let phase = state.phase
        let data = state.transfer.end()
        state.phase = .idle
        switch phase {
        case .packet:
            state.taskFile.status = [.DRDY, .DSC]
            state.packet = data
            runPacket()
        case .identify: state.taskFile.status = [.DRDY, .DSC]
        case .dataIn where state.blocksLeft > 0: fetch()
        case .dataIn, .dataOut, .idle, .reading: succeed()
        }
    }

    /// Command completion, without error.
    func succeed() {
        state.taskFile.sectorCount = Reason.status
        state.taskFile.status = [.DRDY, .DSC]
        interrupt()
    }

    /// CHECK CONDITION: the host asks for the sense next.
    func fail(_ sense: Sense) {
        state.transfer = IDETransfer()
        state.phase = .idle
        state.blocksLeft = 0
        state.sense = sense
        state.taskFile.error = ATAError(rawValue: sense.key << 4).union(.ABRT)
        state.taskFile.sectorCount = Reason.status
        state.taskFile.status = [.DRDY, .DSC, .CHK]
        interrupt()
    }

    /// Sends at most `limit` bytes of a reply, the allocation length of its command.
    func reply(_ bytes: [UInt8], limit: Int) {
        let bytes = Array(bytes.prefix(limit))
        guard !bytes.isEmpty else { return succeed() }
        offer(bytes)
    }

    private func offer(_ bytes: [UInt8]) {
        state.phase = .dataIn
        state.transfer.begin(.toHost, bytes, block: 1, dma: state.isDMA)
        startData()
    }

    /// Takes parameters that the drive then ignores.
    func swallow(_ count: Int) {
        guard count > 0 else { return succeed() }
        state.phase = .dataOut
        state.transfer.begin(.fromHost, [UInt8](repeating: 0, count: min(count, 65535)), block: 1, dma: state.isDMA)
        startData()
    }

    private func startData() {
        state.taskFile.status = [.DRDY, .DSC, .DRQ]
        if state.isDMA {
            state.taskFile.sectorCount = state.phase == .dataIn ? Reason.dataIn : Reason.dataOut
            channel?.dmaRequested()
        } else {
            openBlock()
            interrupt()
        }
    }

    /// A DRQ block of as many bytes as the host allowed, an even number unless it is the last (§8.20.5).
    private func openBlock() {
        let left = state.transfer.remaining
        var size = state.byteCountLimit == 0 ? 0xFFFE : state.byteCountLimit
        if left > size { size = max(size & ~1, 2) }
        size = min(size, left, 0xFFFE)
        state.transfer.openBlock(size)
        state.taskFile.byteCount = size
        state.taskFile.sectorCount = state.phase == .dataOut ? Reason.dataOut : Reason.dataIn
        state.taskFile.status = [.DRDY, .DSC, .DRQ]
    }

    // MARK: Reading

    /// The most blocks asked of the medium at once.
    private var chunk: UInt32 { min(state.blocksLeft, 32) }

    func read(_ block: UInt32, count: UInt32, raw: Bool = false) {
        guard UInt64(block) + UInt64(count) <= UInt64(blockCount) else { return fail(.addressOutOfRange) }
        guard count > 0 else { return succeed() }
        (state.block, state.blocksLeft, state.isRaw) = (block, count, raw)
        fetch()
    }

    private func fetch() {
        guard medium != nil else { return fail(state.isTrayOpen ? .trayOpen : .noMedium) }
        state.taskFile.status = [.BSY]
        state.phase = .reading
        tag &+= 1
        let per = sectorsPerBlock
        port.submit(.read(sector: UInt64(state.block) * UInt64(per), count: Int(chunk) * per), tag: tag)
    }

    package func blockCompleted(_ tag: UInt32, _ result: Result<[UInt8], BlockError>) {
        guard tag == self.tag, state.phase == .reading else { return }
        switch result {
        case .failure(.noMedium): return fail(.noMedium)
        case .failure: return fail(.readError)
        case .success(let data):
            let count = chunk
            guard data.count == Int(count) * Self.blockBytes else { return fail(.readError) }
            let first = state.block
            state.block &+= count
            state.blocksLeft -= count
            offer(state.isRaw ? Self.raw(data, from: first) : data)
        }
    }

    /// Mode 1 sectors with sync and header.
    /// Deviation: EDC and ECC are zero.
    private static func raw(_ data: [UInt8], from first: UInt32) -> [UInt8] {
        var result: [UInt8] = []
        for index in 0..<data.count / blockBytes {
            let (minute, second, frame) = address(first &+ UInt32(index))
            result += [0] + [UInt8](repeating: 0xFF, count: 10) + [0]
            result += [minute, second, frame].map { ($0 / 10) << 4 | $0 % 10 } + [1]
            result += data[index * blockBytes..<(index + 1) * blockBytes]
            result += [UInt8](repeating: 0, count: 288)
        }
        return result
    }

    /// Minute, second and frame of a block; the first two seconds of a disc are the pre-gap.
    static func address(_ block: UInt32) -> (minute: UInt8, second: UInt8, frame: UInt8) {
        let frames = UInt64(block) + 150
        return (UInt8(clamping: min(frames / 4500, 99)), UInt8(truncatingIfNeeded: frames / 75 % 60), UInt8(truncatingIfNeeded: frames % 75))
    }
}
