package import Bus

/// 82077AA floppy disk controller with up to two 3.5" drives, which take every layout of `FloppyGeometry`.
///
/// Sources: Intel 82077AA data sheet (290166), §2.1 registers, §4 modes, §5 commands and results; NEC µPD765A data sheet.
/// What a diskette is comes from its image: sectors of 512 bytes numbered from 1, in order, written at the rate of the layout.
///
/// Not modelled: SCAN commands (refused as invalid), power-down, write precompensation, tape drives, FM, sectors of other sizes, overruns
/// (the controller waits for its DMA channel), head load and step times (SPECIFY stores them).
/// Deviation: SRA and SRB answer as in PS/2 mode, all else as in PC-AT mode.
/// Deviation: images keep no address marks: sectors written as deleted read as normal ones.
/// Deviation: every reset sets EIS, and FORMAT TRACK seeks by its first ID under it, because SeaBIOS neither seeks nor sends CONFIGURE.
/// Deviation: where a drive does not turn, a search ends with a missing address mark, instead of waiting for index pulses until a reset.
package final class FloppyController: Device, PortMapped, Clocked, BlockClient {
    package static let part = "82077AA floppy controller"

    private enum Port {
        static let SRA: UInt16 = 0, SRB: UInt16 = 1, DOR: UInt16 = 2, TDR: UInt16 = 3
        static let MSR: UInt16 = 4, DSR: UInt16 = 4, FIFO: UInt16 = 5, DIR: UInt16 = 7, CCR: UInt16 = 7
    }

    /// Digital Output Register (§2.1.2).
    package struct DOR: OptionSet, Codable, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        /// RESET#: the controller runs. DMAGATE#: its INT and DRQ reach the bus.
        static let notReset = Self(rawValue: 0x04), DMAGATE = Self(rawValue: 0x08)
        static func motor(_ unit: Int) -> Self { Self(rawValue: 0x10 &<< UInt8(unit & 3)) }
        var selected: Int { Int(rawValue & 3) }
    }

    /// Main Status Register (§2.1.4); bits 3–0: the drive seeks.
    private struct MSR: OptionSet {
        let rawValue: UInt8
        static let CB = Self(rawValue: 0x10), NONDMA = Self(rawValue: 0x20), DIO = Self(rawValue: 0x40), RQM = Self(rawValue: 0x80)
    }

    /// What CONFIGURE sets (§5.2.7).
    package struct Configuration: OptionSet, Codable, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        /// POLL and EFIFO switch off what they are named after.
        static let POLL = Self(rawValue: 0x10), EFIFO = Self(rawValue: 0x20), EIS = Self(rawValue: 0x40)
        static let FIFOTHR = Self(rawValue: 0x0F)
    }

    package enum Phase: String, Codable, Sendable {
        /// Held in reset, or on the way out of it.
        case reset
        case command, execution, result
    }

    /// A drive, and what the controller knows about it.
    package struct Drive: Codable, Equatable, Sendable {
        package struct Seek: Codable, Equatable, Sendable {
            /// Step pulses, positive towards the spindle; PCN at the end.
            var steps: Int16
            var pcn: UInt8
            var recalibrates: Bool
        }
        /// Where the head stands, and where the controller believes it to stand.
        var track: UInt8 = 0, pcn: UInt8 = 0
        /// The drive's DSKCHG latch: set without a medium, cleared by a step with one.
        var isChanged = true
        var seek: Seek?
        /// The sector that last went by under the head.
        var passed: UInt8 = 0
        /// The stop inside the drive: 84 tracks.
        static let lastTrack: UInt8 = 83
    }

    /// What an address mark is compared with: cylinder, head, sector number, size code.
    package struct SectorID: Codable, Equatable, Sendable {
        var c: UInt8 = 0, h: UInt8 = 0, r: UInt8 = 0, n: UInt8 = 0
    }

    package enum Direction: String, Codable, Sendable { case none, toHost, fromHost }
    package enum Request: String, Codable, Sendable { case none, read, write }

    package struct State: DeviceState {
        var dor: DOR = []
        var tdr: UInt8 = 0
        /// DSR without its reset bit; its two low bits are CCR.
        var dsr: UInt8 = 0x02
        var phase = Phase.reset
        /// The bytes of the command that is given or executed, and what the host has not read of its result.
        var command: [UInt8] = []
        var result: [UInt8] = []
        var isInterrupting = false
        /// ST0 of what SENSE INTERRUPT STATUS has to report.
        var pending: [UInt8] = []
        var drives = [Drive(), Drive(), Drive(), Drive()]

        /// SPECIFY, CONFIGURE, PERPENDICULAR MODE and LOCK.
        var specified: [UInt8] = [0, 0]
        var configuration: Configuration = [.EIS, .EFIFO]
        var pretrack: UInt8 = 0
        var perpendicular: UInt8 = 0
        var isLocked = false
        /// What DUMPREG shows as SC/EOT.
        var lastEOT: UInt8 = 0

        /// The execution phase: the sector looked for, the side in use, and the status it will end with.
        var id = SectorID()
        var side: UInt8 = 0
        var st1: ST1 = []
        var st2: ST2 = []
        /// Sectors that a VERIFY with EC has before it.
        var toVerify = 0
        /// Terminal count came: the sectors in the buffer are the last.
        var isTerminated = false
        var direction = Direction.none
        var buffer: [UInt8] = []
        var position = 0
        /// Bytes until the FIFO asks again, without DMA.
        var fifoLeft = 0
        /// What the medium is asked to do, and how many sectors it is to write.
        var request = Request.none
        var writing = 0

        package func validate() throws(SnapshotError) {
            func refuse(_ problem: String) -> SnapshotError { SnapshotError(FloppyController.part, problem) }
            guard request == .none else { throw refuse("a request was under way") }
            guard drives.count == 4, drives.allSatisfy({ $0.track <= Drive.lastTrack }), specified.count == 2, side < 2 else {
                throw refuse("no such drives")
            }
            guard command.count <= Command.longest, result.count <= 10, pending.count <= 4, (0...256).contains(toVerify), (0...36).contains(writing)
            else {
                throw refuse("impossible registers")
            }
            guard result.isEmpty == (phase != .result) else { throw refuse("phase and result disagree") }
            let given = command.first.flatMap(Command.init)
            let isPossible =
                switch phase {
                case .reset: command.isEmpty
                case .command: command.isEmpty || given.map { command.count < $0.length } == true
                case .execution: given.map { $0.executes && command.count == $0.length } == true
                case .result: !command.isEmpty
                }
            guard isPossible else { throw refuse("phase and command disagree") }
            guard buffer.count <= FloppyController.bufferCapacity, (0...buffer.count).contains(position), (0...16).contains(fifoLeft),
                direction == .none ? buffer.isEmpty : phase == .execution && position < buffer.count
            else { throw refuse("the buffer and its positions do not fit") }
        }
    }

    /// The longest track: 36 sectors.
    static let bufferCapacity = 36 * 512

    enum Event { static let wake: UInt8 = 0, execute: UInt8 = 1, giveUp: UInt8 = 2, seek: UInt8 = 4 }
    /// Virtual ns. Long enough that no driver is interrupted before it waits, and otherwise far quicker than a diskette.
    enum Delay {
        static let wake: UInt64 = 100_000, execute: UInt64 = 50_000, seek: UInt64 = 1_000_000, twoRevolutions: UInt64 = 10_000_000
    }

    package var state = State()
    private let irq: IRQLine
    let dma: any DMALine
    let clock: ClockPort
    /// Media of drives 0 and 1; nil: no such drive.
    let ports: [BlockPort?]
    /// Numbers requests, so that answers to those that a reset ended are known.
    var tag: UInt32 = 0

    /// - Parameter drives: at most two; nil where none is plugged in.
    package init(irq: IRQLine, dma: any DMALine, clock: ClockPort, drives: [BlockPort?]) {
        precondition(drives.count <= 2)
        (self.irq, self.dma, self.clock, ports) = (irq, dma, clock, drives)
        for (unit, port) in drives.enumerated() {
            port?.client = self
            port?.onMediumChange = { [weak self] in self?.state.drives[unit].isChanged = true }
        }
        dma.onReady = { [weak self] in self?.moveByDMA() }
        clock.connect(self)
    }

    package func reset() {
        let drives = state.drives
        end()
        state = State()
        state.drives = drives
        for unit in drives.indices { state.drives[unit].seek = nil }
        update()
    }

    package func stateRestored() { update() }

    /// Ends everything under way, as each reset does.
    private func end() {
        for kind in [Event.wake, Event.execute, Event.giveUp] { clock.cancel(kind) }
        for unit in state.drives.indices {
            clock.cancel(Event.seek + UInt8(unit))
            state.drives[unit].seek = nil
        }
        tag &+= 1
        state.request = .none
        state.phase = .reset
        (state.command, state.result, state.pending) = ([], [], [])
        state.isInterrupting = false
        clearTransfer()
    }

    func clearTransfer() {
        state.direction = .none
        (state.buffer, state.position, state.fifoLeft) = ([], 0, 0)
    }

    /// DOR's or DSR's reset: spares what SPECIFY set, and what LOCK locks (§4.1, §5.2.10).
    private func softwareReset() {
        end()
        if !state.isLocked {
            state.configuration = [.EFIFO]
            state.pretrack = 0
        }
        state.configuration.remove(.POLL)
        state.configuration.insert(.EIS)
        state.perpendicular &= ~3
        update()
    }

    private func leaveReset() { if state.dor.contains(.notReset) { clock.schedule(Event.wake, at: clock.now + Delay.wake) } }

    func interrupt() {
        state.isInterrupting = true
        update()
    }

    func endInterrupt() {
        state.isInterrupting = false
        update()
    }

    private func update() { irq.set(state.isInterrupting && state.dor.contains(.DMAGATE)) }

    package func clockEvent(_ kind: UInt8, _ payload: UInt32, at time: UInt64) {
        switch kind {
        case Event.wake: if state.phase == .reset { wake() }
        case Event.execute: if state.phase == .execution { execute() }
        case Event.giveUp: if state.phase == .execution { finish(.abnormal) }
        default: endSeek(Int(kind & 3))
        }
    }

    /// The first polling loop finds that every drive has become ready (§7.4).
    private func wake() {
        state.phase = .command
        guard !state.configuration.contains(.POLL) else { return }
        state.pending = (0..<4).map { ST0.polled.rawValue | $0 }
        interrupt()
    }

    // MARK: The drives

    func medium(_ unit: Int) -> (any BlockDevice)? { unit < ports.count ? ports[unit]?.medium : nil }
    func isPresent(_ unit: Int) -> Bool { unit < ports.count && ports[unit] != nil }

    // MARK: Registers

    package func readPort(_ offset: UInt16, _ width: Width) -> UInt32 {
        switch offset {
        case Port.SRA: return UInt32(statusA)
        case Port.SRB: return UInt32(0xC0 | (state.dor.rawValue & 1) << 5 | state.dor.rawValue >> 4 & 3)
        case Port.DOR: return UInt32(state.dor.rawValue)
        case Port.TDR: return UInt32(0xFC | state.tdr)
        case Port.MSR: return UInt32(mainStatus.rawValue)
        case Port.FIFO: return UInt32(readFIFO())
        // The other bits of DIR belong to the hard disk's adapter and float.
        case Port.DIR: return isPresent(state.dor.selected) && state.drives[state.dor.selected].isChanged ? 0xFF : 0x7F
        default: return width.mask
        }
    }

    package func writePort(_ offset: UInt16, _ width: Width, _ value: UInt32) {
        let value = UInt8(truncatingIfNeeded: value)
        switch offset {
        case Port.DOR: writeDOR(DOR(rawValue: value))
        case Port.TDR: state.tdr = value & 3
        case Port.DSR:
            state.dsr = value & 0x7F
            guard value & 0x80 != 0 else { break }
            softwareReset()
            leaveReset()
        case Port.FIFO: writeFIFO(value)
        case Port.CCR: state.dsr = state.dsr & 0xFC | value & 3
        default: break
        }
    }

    private func writeDOR(_ value: DOR) {
        let before = state.dor
        state.dor = value
        if !value.contains(.notReset) {
            softwareReset()
        } else if !before.contains(.notReset) {
            leaveReset()
        }
        update()
        moveByDMA()
    }

    /// Signals of the selected drive; those with # in the data sheet are low when active.
    private var statusA: UInt8 {
        let unit = state.dor.selected
        var value: UInt8 = 0x04
        if state.isInterrupting { value |= 0x80 }
        if !isPresent(1) { value |= 0x40 }
        if !(isPresent(unit) && state.drives[unit].track == 0) { value |= 0x10 }
        if state.side != 0 { value |= 0x08 }
        if !isWriteProtected(unit) { value |= 0x02 }
        return value
    }

    private var mainStatus: MSR {
        var value: MSR = []
        for unit in state.drives.indices where state.drives[unit].seek != nil { value.insert(MSR(rawValue: 1 &<< UInt8(unit))) }
        switch state.phase {
        case .reset: return []
        case .command:
            value.insert(.RQM)
            if !state.command.isEmpty { value.insert(.CB) }
        case .result: value.formUnion([.RQM, .DIO, .CB])
        case .execution:
            value.insert(.CB)
            guard !usesDMA else { break }
            value.insert(.NONDMA)
            if state.direction != .none { value.insert(.RQM) }
            if state.direction == .toHost { value.insert(.DIO) }
        }
        return value
    }

    private func readFIFO() -> UInt8 {
        switch state.phase {
        case .result:
            let byte = state.result.removeFirst()
            endInterrupt()
            if state.result.isEmpty { awaitCommand() }
            return byte
        case .execution where !usesDMA && state.direction == .toHost:
            let byte = state.buffer[state.position]
            byteMoved()
            return byte
        default: return 0
        }
    }

    private func writeFIFO(_ value: UInt8) {
        switch state.phase {
        case .command:
            state.command.append(value)
            guard let command = Command(state.command[0]) else { return give([ST0.invalid.rawValue]) }
            if state.command.count == command.length { accept(command) }
        case .execution where !usesDMA && state.direction == .fromHost:
            state.buffer[state.position] = value
            byteMoved()
        default: break
        }
    }
}
